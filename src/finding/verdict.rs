//! The three questions that every finding answers, and their answers.

use super::Reason;

/// A question that may decide what a finding results in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verdict {
    /// The benchmark's audit: is the chain there, and is every link intact?
    #[default]
    Cis,
    /// Is it intact, and would a single such event reach a subscriber?
    Effective,
    /// What will AWS Security Hub CSPM show? A prediction
    SecurityHub,
}

impl Verdict {
    /// All verdicts, in the order of the help.
    pub const ALL: [Self; 3] = [Self::Cis, Self::Effective, Self::SecurityHub];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cis => "cis",
            Self::Effective => "effective",
            Self::SecurityHub => "security_hub",
        }
    }

    /// The word for people, as `--verdict` takes it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Cis => "cis",
            Self::Effective => "effective",
            Self::SecurityHub => "security-hub",
        }
    }
}

/// Pass, fail or unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The chain is whole.
    Pass,
    /// Some link is broken.
    Fail,
    /// The answer depends on something that could not be read or decided.
    Unknown,
}

impl Status {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// What a finding results in once waivers are taken into account: what tables, dashboards and gates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// [`Status::Pass`].
    Pass,
    /// [`Status::Fail`], and it is not waived.
    Fail,
    /// [`Status::Unknown`], and it is not waived.
    Unknown,
    /// It does not pass, and that is accepted for a time.
    Waived,
}

impl Outcome {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
        }
    }
}

/// What Security Hub CSPM shows for a control: a prediction from its documentation (Security Hub CSPM user guide, Amazon
/// CloudWatch controls).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubStatus {
    /// `PASSED`.
    Passed,
    /// `FAILED`.
    Failed,
    /// `NO_DATA`: the trail is another region's or another account's, where the finding is.
    NoData,
    /// `WARNING`: the topic is another account's and cannot be looked into.
    Warning,
    /// The standard of the chosen version does not have the control.
    NotSupported,
    /// It is not documented, or what it depends on could not be read.
    Unknown,
}

impl HubStatus {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NoData => "no_data",
            Self::Warning => "warning",
            Self::NotSupported => "not_supported",
            Self::Unknown => "unknown",
        }
    }

    /// As a gate reads it: only `passed` passes and only `failed` fails.
    #[must_use]
    pub fn as_status(self) -> Status {
        match self {
            Self::Passed => Status::Pass,
            Self::Failed => Status::Fail,
            Self::NoData | Self::Warning | Self::NotSupported | Self::Unknown => Status::Unknown,
        }
    }
}

/// An answer, and why it is not the good one.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged<S> {
    /// The answer.
    pub status: S,
    /// Why it does not pass; or why it does though another verdict does not.
    pub reason: Option<Reason>,
}

impl<S> Judged<S> {
    /// An answer that needs no reason.
    #[must_use]
    pub fn plain(status: S) -> Self {
        Self { status, reason: None }
    }

    /// An answer for a reason.
    #[must_use]
    pub fn because(status: S, reason: Reason) -> Self {
        Self { status, reason: Some(reason) }
    }
}

/// The answers to all three questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// By the benchmark.
    pub cis: Judged<Status>,
    /// For a single event. Its reason is given where it differs from `cis`.
    pub effective: Judged<Status>,
    /// By Security Hub CSPM, predicted.
    pub security_hub: Judged<HubStatus>,
}

impl Verdicts {
    /// The answer to one of them, as a gate reads it.
    #[must_use]
    pub fn decide(&self, verdict: Verdict) -> Judged<Status> {
        match verdict {
            Verdict::Cis => self.cis.clone(),
            Verdict::Effective => {
                let reason = self.effective.reason.clone().or_else(|| self.cis.reason.clone());
                Judged { status: self.effective.status, reason }
            }
            Verdict::SecurityHub => {
                let status = self.security_hub.status.as_status();
                let reason = self.security_hub.reason.clone().filter(|_| status != Status::Pass);
                Judged { status, reason }
            }
        }
    }
}
