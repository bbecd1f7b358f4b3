//! Why something that a finding depends on was not read, and what to do about it.
//!
//! A remedy follows the cause: a permission helps only where one is missing. Which failure is of which kind is
//! [`snapshot::Cause`](crate::snapshot::Cause)'s knowledge; what a kind means for a verdict and for a person is said here.

use super::code::Code;
use crate::arn::{ArnOf, Kind};
use crate::permissions;
use crate::snapshot::{Cause, DocumentPart, Gap, GapSource, Snapshot, is_denied_by_resource};

/// Why something was not read: what verdicts and advice need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// A read failed.
    Failed(Box<FailedRead>),
    /// No read failed: the template or plan that is audited does not say it before it is deployed.
    AtDeployment(Box<DocumentPart>),
    /// No read failed: a saved account does not hold it.
    NotSaved,
    /// It was read, and cannot be followed.
    Undecided,
}

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRead {
    /// What kind of failure it was.
    pub cause: Cause,
    /// IAM's name of the action.
    pub operation: String,
    /// The region that was asked.
    pub region: String,
    /// The service's error code, or one of our own.
    pub code: String,
    /// The host that did not answer, where the gap names it.
    pub(super) host: Option<String>,
    /// The policy that denied it, where the service names it.
    pub(super) policy: Option<String>,
}

/// Where the gaps of an account are looked up: a snapshot, or an index of one.
pub trait Gaps {
    /// The account.
    fn account(&self) -> &Snapshot;

    /// As [`Snapshot::gap`].
    fn gap(&self, operation: &str, region: &str, resource: Option<&str>) -> Option<&Gap>;

    /// The first gap of an operation, whatever it was asked about, that the operator chose: it was denied in the region, or
    /// left out everywhere.
    fn choice(&self, operation: &str, region: &str) -> Option<&Gap>;
}

impl Gaps for Snapshot {
    fn account(&self) -> &Snapshot {
        self
    }

    fn gap(&self, operation: &str, region: &str, resource: Option<&str>) -> Option<&Gap> {
        Self::gap(self, operation, region, resource)
    }

    fn choice(&self, operation: &str, region: &str) -> Option<&Gap> {
        let is_it = |gap: &&Gap| {
            gap.source.question() == operation && is_choice(gap).is_some_and(|choice| choice.is_in(gap, region))
        };
        self.gaps.iter().find(is_it)
    }
}

/// How far a failure reaches that the operator chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// In the region that was asked.
    InRegion,
    /// In every region.
    Everywhere,
}

impl Choice {
    fn is_in(self, gap: &Gap, region: &str) -> bool {
        self == Self::Everywhere || gap.region == region
    }
}

/// Whether a failure is one that the operator chose for all resources. A resource's own denial is of that one alone.
pub(crate) fn is_choice(gap: &Gap) -> Option<Choice> {
    let cause = gap.cause()?;
    let is_for_all = cause.is_choice() && !is_denied_by_resource(gap.source.question(), &gap.message);
    is_for_all.then(|| if cause == Cause::Skipped { Choice::Everywhere } else { Choice::InRegion })
}

impl Unread {
    /// Looks for the failure behind something unread: of the first of these operations that failed in the region.
    /// `resource`: what it was asked about; `None`: about no one resource.
    #[must_use]
    pub fn find<G: Gaps>(gaps: &G, operations: &[&str], region: &str, resource: Option<&str>) -> Self {
        let gap = operations.iter().find_map(|operation| gap(gaps, operation, region, resource));
        gap.map_or(Self::NotSaved, |gap| Self::from_gap(gaps.account(), gap))
    }

    /// What this failure left unread.
    #[must_use]
    pub fn from_gap(snapshot: &Snapshot, gap: &Gap) -> Self {
        match &gap.source {
            GapSource::Call { action } => Self::Failed(Box::new(FailedRead::for_action(snapshot, gap, action))),
            GapSource::Document(part) => Self::AtDeployment(Box::new(part.clone())),
        }
    }

    /// As [`Unread::find`], about a resource by its ARN, which is asked about in its own region. What is no ARN is asked
    /// about nowhere, and its gap is noted in the region that was asked for.
    #[must_use]
    pub fn find_of<G: Gaps, K: Kind>(gaps: &G, operations: &[&str], arn: &ArnOf<K>) -> Self {
        let region = arn.region().unwrap_or(&gaps.account().region);
        Self::find(gaps, operations, region, Some(arn))
    }

    /// As [`Unread::find`], of operations whatever resource they were asked about: of several failures the one that leaves
    /// most in doubt.
    #[must_use]
    pub fn find_any(snapshot: &Snapshot, operations: &[&str], region: &str) -> Self {
        let is_it = |gap: &&Gap| {
            let is_here = gap.region == region || gap.cause() == Some(Cause::Skipped);
            is_here && operations.contains(&gap.source.question())
        };
        let gap = snapshot.gaps.iter().filter(is_it).min_by_key(|gap| gap.cause().is_some_and(Cause::is_choice));
        gap.map_or(Self::NotSaved, |gap| Self::from_gap(snapshot, gap))
    }

    /// The kind of failure, if one is known.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Failed(failed) => Some(failed.cause),
            Self::AtDeployment(_) | Self::NotSaved | Self::Undecided => None,
        }
    }

    /// Whether a gap says why it was not read.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::AtDeployment(_))
    }

    /// Whether the benchmark's verdict is kept though this was not read. Only of what optional actions show: where they
    /// were denied or skipped, which is the operator's choice, or where a saved account was saved without them. A failure
    /// that may hide anything is no such choice.
    pub(super) fn keeps_verdict(&self, code: Code) -> bool {
        let is_optional = matches!(code, Code::AlarmMuteUnread | Code::TopicKeyUnread | Code::SubscriptionFilterUnread);
        let may_be_kept = match self {
            Self::NotSaved | Self::Undecided => true,
            // What is deployed later may be anything.
            Self::AtDeployment(_) => false,
            Self::Failed(failed) => match failed.cause {
                cause if cause.is_choice() => true,
                // No recorded answer shows whether an empty list of mute rules is sent or left out, and where the
                // operation does not exist there are no mute rules.
                Cause::LackingAnswer | Cause::NotImplemented => code == Code::AlarmMuteUnread,
                _ => false,
            },
        };
        is_optional && may_be_kept
    }
}

/// The gap of an operation. An optional action that was denied or skipped once is not tried again for other resources, so
/// that its one gap answers for all of them.
fn gap<'a, G: Gaps>(gaps: &'a G, operation: &str, region: &str, resource: Option<&str>) -> Option<&'a Gap> {
    let for_all = || gaps.choice(operation, region).filter(|_| permissions::is_optional(operation));
    gaps.gap(operation, region, resource).or_else(for_all)
}

impl FailedRead {
    fn for_action(snapshot: &Snapshot, gap: &Gap, action: &str) -> Self {
        Self {
            cause: snapshot.cause(gap).unwrap_or(Cause::Other),
            operation: action.to_owned(),
            region: gap.region.clone(),
            code: gap.code.clone(),
            host: host(&gap.message).map(str::to_owned),
            policy: policy(&gap.message).map(str::to_owned),
        }
    }
}

/// The host that a message names: of its first URL, or the word behind `from`.
fn host(message: &str) -> Option<&str> {
    let url = message.split_once("://").map(|(_, rest)| rest);
    let rest = url.or_else(|| message.split_once(" from ").map(|(_, rest)| rest))?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || ".:-_[]".contains(letter)));
    let host = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches([':', '.', '-']);
    (host.contains(['.', ':']) || host == "localhost").then_some(host)
}

/// The ARN of the policy that a message names behind the words "explicit deny".
fn policy(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("explicit deny")?;
    let word = rest.split_whitespace().find(|word| word.starts_with("arn:"))?;
    let word = word.trim_end_matches(['.', ',', ';', ')']);
    word.chars().all(|letter| letter.is_ascii_graphic()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Reason;
    use crate::snapshot::PolicyKind;

    /// The documentation's table of causes is this list with what [`FailedRead::remedy`] says, word for word.
    const CAUSES: &[(&str, Cause)] = &[
        ("denied: no policy allows the action", Cause::Denied),
        ("denied by a service control policy", Cause::Forbidden(PolicyKind::ServiceControl)),
        ("denied by a resource control policy", Cause::Forbidden(PolicyKind::ResourceControl)),
        ("denied by a permissions boundary", Cause::Forbidden(PolicyKind::Boundary)),
        ("denied by a session policy", Cause::Forbidden(PolicyKind::Session)),
        ("denied by a VPC endpoint's policy", Cause::Forbidden(PolicyKind::VpcEndpoint)),
        ("denied explicitly by a policy of the caller", Cause::Forbidden(PolicyKind::Identity)),
        ("denied explicitly by the resource's policy", Cause::Forbidden(PolicyKind::Resource)),
        ("denied explicitly, nobody says where", Cause::Forbidden(PolicyKind::Unnamed)),
        ("left out", Cause::Skipped),
        ("throttled", Cause::Throttled),
        ("timed out", Cause::TimedOut),
        ("the audit's deadline was over", Cause::Deadline),
        ("unreachable", Cause::Unreachable),
        ("the service failed", Cause::ServerFault),
        ("a broken or incomplete answer", Cause::BrokenAnswer),
        ("a page instead of an answer", Cause::HtmlPage),
        ("the region is not enabled", Cause::RegionNotEnabled),
        ("no such operation there", Cause::NotImplemented),
        ("the credentials were refused", Cause::Credentials),
        ("what was asked about does not exist", Cause::NotFound),
        ("anything else", Cause::Other),
    ];

    #[test]
    fn the_reference_lists_every_cause_with_its_remedy() {
        let row = |(words, cause): &(&str, Cause)| {
            let failed = FailedRead {
                cause: *cause,
                operation: "ACTION".to_owned(),
                region: "REGION".to_owned(),
                code: "CODE".to_owned(),
                host: Some("HOST".to_owned()),
                policy: None,
            };
            let remedy = if *cause == Cause::Denied {
                "That of the code, in the table above, for ACTION alone.".to_owned()
            } else {
                failed.remedy(Code::TopicUnread)
            };
            format!("| {words} | {remedy} |\n")
        };
        let rows: String = CAUSES.iter().map(row).collect();
        let table = format!(
            "| cause | remedy |\n|---|---|\n{rows}| nothing failed: a saved account | {} |\n",
            Reason::from_sentence(Code::TopicUnread, "").because(Unread::NotSaved).remedy()
        );
        let reference = include_str!("../../docs/reference.md");
        assert!(reference.contains(&table), "the table in docs/reference.md should be:\n{table}");
    }

    #[test]
    fn the_host_is_taken_from_the_connection_error() {
        for (message, wanted) in [
            (
                "no answer from https://sns.us-east-1.amazonaws.com within 30 s (--timeout)",
                Some("sns.us-east-1.amazonaws.com"),
            ),
            (
                "no answer in time: cannot reach http://127.0.0.1:4566 (HTTP_PROXY is set): timed out",
                Some("127.0.0.1:4566"),
            ),
            ("no answer in time: cannot reach https://[::1]:4566: timed out", Some("[::1]:4566")),
            ("no answer in time from localhost", Some("localhost")),
            ("no answer in time from us-east-1", None),
            ("no answer in time", None),
            ("from \u{1b}[31m.example", None),
            ("", None),
        ] {
            assert_eq!(host(message), wanted, "{message}");
        }
    }

    #[test]
    fn the_policy_is_the_one_behind_the_deny() {
        let arn = "arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1";
        let message = format!(
            "User: arn:aws:iam::111122223333:user/me is not authorized with an explicit deny in a service control policy: {arn}."
        );
        assert_eq!(policy(&message), Some(arn));
        let unnamed = "User: arn:aws:iam::111122223333:user/me is not authorized with an explicit deny";
        assert_eq!(policy(unnamed), None);
    }
}
