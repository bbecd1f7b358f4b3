//! What an audit says: a [`Report`] with one [`Finding`] per control.
//!
//! These are the plain types that the stages share. How a report looks (a table, JSON) is for [`crate::report`], which
//! has wire structs of its own; how a verdict is reached is for [`mod@crate::audit`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use filter_pattern::{Pattern, Witness};
use jiff::Timestamp;
use jiff::civil::Date;

mod asked;
mod chain;
pub mod code;
mod documents;
mod evidence;
mod excluded;
mod explained;
pub mod facts;
mod grade;
mod link;
mod many;
mod place;
mod reason;
mod reduced;
mod saved;
mod unnamed;
mod unread;
mod verdict;
mod wording;

pub use asked::{Asked, AskedControl};
pub use chain::{AlarmStep, Chain, Edge, FilterStep, Metric, Quiet, Step, SubscriptionStep, TrailStep};
pub use code::{Code, Grade, Link};
pub use documents::{Deployed, Documents, RefusedResource, Replaced, Subject};
pub use evidence::{Evidence, OwnerEvidence};
pub use excluded::Excluded;
pub use many::{Standing, Tally};
pub use place::{Excerpt, Place};
pub use reason::{Facts, ForeignTrail, Reason, Warning};
pub use saved::{RowSource, SavedRows};
pub(crate) use unread::{Choice, is_choice};
pub use unread::{FailedRead, Gaps, Unread};
pub use verdict::{HubStatus, Judged, Outcome, Status, Verdict, Verdicts};

use crate::organization::Entry;
use crate::rule::Rule;
use crate::snapshot::Gap;

/// The outcome of audits by one version of the benchmark and one verdict: of one account, or of several.
#[derive(Debug, Clone)]
pub struct Report {
    /// The benchmark version whose numbers and demands were used, e.g. `1.2.0`.
    pub benchmark: &'static str,
    /// Which verdict decides every finding's `status`.
    pub verdict: Verdict,
    /// The audits, in the order in which they were asked for.
    pub audits: Vec<Audit>,
    /// What is to be reported about the documents that were judged. `None`: an account was.
    pub documents: Option<Documents>,
    /// The accounts that were asked for, audited or not, in the order of the audits. Empty: nobody asked for many.
    pub accounts: Vec<Entry>,
    /// What was asked of each account.
    pub asked: Asked,
    /// The accounts are all that the organization has: one that is missing has left it.
    pub is_whole_organization: bool,
    /// The project files by whose settings it was made: more than one only where reports were merged.
    pub projects: Vec<Project>,
    /// Waivers without effect, in the order of their file.
    pub unused_waivers: Vec<UnusedWaiver>,
    /// The day on which waivers were held against it, in UTC; `None`: there are none.
    pub waived_on: Option<Date>,
}

/// The audit of one account.
#[derive(Debug, Clone)]
pub struct Audit {
    /// When the account was read.
    pub collected_at: Timestamp,
    /// The account's partition: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The account, 12 digits.
    pub account_id: String,
    /// The region that was asked for.
    pub region: String,
    /// What it rests on. `None`: that is not said, or it is of documents.
    pub evidence: Option<Evidence>,
    /// One finding per selected control, in the benchmark's order.
    pub findings: Vec<Finding>,
    /// What could not be read, whether or not it mattered.
    pub gaps: Vec<Gap>,
    /// Of an audit that was read from a saved report: its results as they are there.
    pub saved: SavedRows,
}

/// What is reported about one control.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The control: what it demands, and what is reported about it wherever it fails.
    pub rule: Arc<Rule>,
    /// What the finding results in, by the verdict that decides.
    pub status: Status,
    /// All verdicts, whichever decides.
    pub verdicts: Verdicts,
    /// The account that the chain lives in.
    pub account_id: String,
    /// The region that the chain lives in; the one asked for where there is no chain.
    pub region: String,
    /// It is about a region that was asked for beside the first one, which other controls say nothing of.
    pub is_further: bool,
    /// Why it does not pass: the first broken (or unreadable) link, by the verdict that decides.
    pub reason: Option<Reason>,
    /// Where it is written, in a template or plan. `None`: nothing of it is in a file.
    pub place: Option<Place>,
    /// Set where it does not pass and that is accepted.
    pub waiver: Option<Waiver>,
    /// The events that are accepted to be missed. Where `waiver` is set as well, nothing else is missed; where it is
    /// not, the reason is about what is missed beyond them.
    pub exceptions: Vec<Exception>,
    /// What does not change `status` but should be known.
    pub warnings: Vec<Warning>,
    /// The chain up to its end or its break: all of it when the control passes, else what is before the broken link.
    pub chain: Chain,
    /// An event that the control requires and that no CloudWatch alarm of the account would notify about.
    pub witness: Option<Witness>,
    /// What to do. `None` when the control passes without a warning.
    pub remedy: Option<Remedy>,
}

/// What a finding keeps from one report to the next: the control's number changes with the benchmark's version, and the
/// region when the chain moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId<'a> {
    /// The account, 12 digits.
    pub account_id: &'a str,
    /// The control's name that outlives its number.
    pub slug: &'a str,
}

/// What to do about a control that does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// A sentence or two.
    pub words: String,
    /// The control's own pattern, where a metric filter is at fault.
    pub pattern: Option<String>,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        match &self.pattern {
            Some(pattern) => write!(f, " The pattern: {pattern}"),
            None => Ok(()),
        }
    }
}

/// A project file, and what it changed about a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Project {
    /// The file, from the working directory.
    pub file: String,
    /// What it leaves out, waives, replaces or adds, each as a phrase.
    pub sets: Vec<String>,
}

impl Project {
    /// All of it, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("Settings of {}: {}", self.file, self.sets.join("; "))
    }
}

/// A person's statement that a control need not pass for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who says so.
    pub owner: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
}

impl Waiver {
    /// Days that are left after this one; negative once it has expired.
    #[must_use]
    pub fn days_left(&self, today: Date) -> i32 {
        today.until(self.expires).map_or(0, |span| span.get_days())
    }
}

/// A person's statement that some of the events that a control requires need not be noticed for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Which events.
    pub events: Pattern,
    /// The tests in it of what a caller chooses: anyone who knows of the exception can slip into it.
    pub evadable: Vec<String>,
    /// What is left of the demand without them, in words or as a pattern, where that is little.
    pub leaves: Option<String>,
    /// Why, who says so, and for how long.
    pub waiver: Waiver,
}

/// A waiver that did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedWaiver {
    /// The control that it names, as it was written.
    pub rule: String,
    /// What it says.
    pub waiver: Waiver,
    /// Why it did nothing.
    pub why: Idle,
}

/// Why a waiver did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// Its last day is over; what it covered counts again.
    Expired,
    /// Nothing that it covers fails: it can go.
    Unused,
    /// It is for an account or a region, and documents do not say whether they are deployed there.
    Undecided,
}

impl Idle {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Expired, Self::Unused, Self::Undecided];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::Undecided => "undecided",
        }
    }
}

/// What to do about findings that share a reason.
#[must_use]
pub fn advice(findings: &[&Finding], reason: &Reason) -> String {
    let mut all = findings.iter().map(|finding| reason.remedy_beside(&finding.warnings));
    match all.next() {
        Some(first) if all.all(|other| other == first) => first,
        _ => reason.remedy(),
    }
}

impl Finding {
    /// What it keeps from one report to the next.
    #[must_use]
    pub fn id(&self) -> FindingId<'_> {
        FindingId { account_id: &self.account_id, slug: &self.rule.slug }
    }

    /// What is monitored, for people: with the region, where there is an answer for several.
    #[must_use]
    pub fn about(&self) -> Cow<'_, str> {
        let title = &self.rule.short_title;
        if self.is_further { format!("{title} in {}", self.region).into() } else { title.into() }
    }

    /// The account into which its events are followed, where that is another one: the owner of the log group that the
    /// organization's trail delivers to, who was read too.
    #[must_use]
    pub fn inherited_from(&self) -> Option<&str> {
        let owner = self.chain.log_group()?.account()?;
        let is_unknown_there = self.reason.as_ref().is_some_and(|reason| reason.code() == Code::LogGroupOtherAccount);
        (owner != self.account_id && !is_unknown_there).then_some(owner)
    }

    /// What breaks the chain, and whether that is known: the reason that decides if it is at a link, else the benchmark's.
    #[must_use]
    pub fn problem(&self) -> Option<(&Reason, Status)> {
        let decides = self.reason.as_ref().map(|reason| (reason, self.status));
        let cis = self.verdicts.cis.reason.as_ref().map(|reason| (reason, self.verdicts.cis.status));
        let at_a_link =
            |(reason, status): &(&Reason, Status)| *status != Status::Pass && reason.link() != Link::SecurityHub;
        decides.filter(at_a_link).or(cis.filter(at_a_link))
    }

    /// The same, with `status` and `reason` by another verdict.
    #[must_use]
    pub fn decided_by(mut self, verdict: Verdict) -> Self {
        self.decide_by(verdict);
        self
    }

    fn decide_by(&mut self, verdict: Verdict) {
        let Judged { status, reason } = self.verdicts.decide(verdict);
        match &reason {
            // What another verdict finds wrong is not what this one asks for.
            None if self.reason.is_some() => {
                self.remedy = None;
                self.witness = None;
            }
            Some(reason) if self.reason.as_ref() != Some(reason) => {
                let mut words = reason.remedy_beside(&self.warnings);
                if reason.code().wants_pattern() {
                    words.push_str(&self.rule.explained());
                }
                self.remedy = Some(Remedy { words, pattern: None });
            }
            None | Some(_) => {}
        }
        self.status = status;
        self.reason = reason;
    }

    /// Whether the control is about events, or about Security Hub CSPM being enabled.
    #[must_use]
    pub fn asks_for_a_chain(&self) -> bool {
        self.rule.demand.events().is_some()
    }

    /// `CloudWatch.N`, where Security Hub CSPM has the control.
    #[must_use]
    pub fn security_hub_control(&self) -> Option<&str> {
        self.rule.security_hub.as_ref().map(|hub| hub.control.as_str())
    }

    /// What to do, in one text; empty where there is nothing to do.
    #[must_use]
    pub fn remediation(&self) -> String {
        self.remedy.as_ref().map(Remedy::to_string).unwrap_or_default()
    }

    /// Whether it passes, and single events are known to go unnoticed.
    #[must_use]
    pub fn is_weak_pass(&self) -> bool {
        self.outcome() == Outcome::Pass && self.verdicts.effective.status == Status::Fail
    }

    /// Whether it passes, and it is not known whether single events go unnoticed.
    #[must_use]
    pub fn is_unverified_pass(&self) -> bool {
        self.outcome() == Outcome::Pass && self.verdicts.effective.status == Status::Unknown
    }

    /// What it results in, waivers taken into account.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.status, &self.waiver) {
            (Status::Pass, _) => Outcome::Pass,
            (Status::Fail | Status::Unknown, Some(_)) => Outcome::Waived,
            (Status::Fail, None) => Outcome::Fail,
            (Status::Unknown, None) => Outcome::Unknown,
        }
    }
}

/// How many findings came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings that pass.
    pub pass: usize,
    /// Findings that fail.
    pub fail: usize,
    /// Findings that could not be decided.
    pub unknown: usize,
    /// Findings that do not pass and are waived.
    pub waived: usize,
}

impl FromIterator<Outcome> for Summary {
    fn from_iter<I: IntoIterator<Item = Outcome>>(outcomes: I) -> Self {
        let mut summary = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Pass => summary.pass += 1,
                Outcome::Fail => summary.fail += 1,
                Outcome::Unknown => summary.unknown += 1,
                Outcome::Waived => summary.waived += 1,
            }
        }
        summary
    }
}

impl Report {
    /// The same findings, with `status` and `reason` by another verdict.
    #[must_use]
    pub fn decided_by(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        for finding in self.audits.iter_mut().flat_map(|audit| &mut audit.findings) {
            finding.decide_by(verdict);
        }
        self
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        if self.documents.is_some() { Subject::Documents } else { Subject::Account }
    }

    /// Controls that are not counted, for nothing of them is declared.
    pub fn not_declared(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.documents.iter().flat_map(|documents| &documents.not_declared)
    }

    /// The findings of all audits, in their order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.audits.iter().flat_map(|audit| &audit.findings)
    }

    /// The findings of all audits, each with its audit.
    pub fn items(&self) -> impl Iterator<Item = (&Audit, &Finding)> + Clone {
        self.audits.iter().flat_map(|audit| audit.findings.iter().map(move |finding| (audit, finding)))
    }

    /// What could not be read in any of the audits.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> + Clone {
        self.audits.iter().flat_map(|audit| &audit.gaps)
    }

    /// When the first of the accounts was read; where none was, when that was first tried. `None`: that is not known.
    #[must_use]
    pub fn collected_at(&self) -> Option<Timestamp> {
        let read = self.audits.iter().map(|audit| audit.collected_at).min();
        read.or_else(|| self.accounts.iter().filter_map(|entry| entry.tried_at).min())
    }

    /// Counts the findings by what they result in.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.findings().map(Finding::outcome).collect()
    }
}
