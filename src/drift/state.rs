//! What is compared of a report, of this run or of an earlier one.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::missed::Missed;
use crate::finding::{Code, Finding, FindingId, Link, Outcome, Reason, Report, Step, Subject};
use crate::mask;
use crate::organization::Entry;

/// The slug of the benchmark's control about Security Hub CSPM.
const HUB_ENABLED: &str = "security-hub-enabled";

/// A report, to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The version of the benchmark.
    pub benchmark: String,
    /// What it is about.
    pub subject: Subject,
    /// The verdict that decides every status, as reports spell it.
    pub verdict: String,
    /// When the account was read. `None`: that is not known.
    pub collected_at: Option<Timestamp>,
    /// The accounts that were asked for; empty where nobody asked for many.
    pub accounts: Vec<Entry>,
    /// The accounts are all that the organization has.
    pub is_whole_organization: bool,
    /// The controls, in the report's order; account, region and slug together are unique.
    pub controls: Vec<Control>,
}

/// What a report says of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The account, 12 digits.
    pub account_id: String,
    /// Where its chain lives.
    pub region: String,
    /// Its number.
    pub rule: String,
    /// Its name that outlives the number.
    pub slug: String,
    /// What it results in.
    pub status: Outcome,
    /// Why it does not pass.
    pub reason: Option<Why>,
    /// What the report says is missed of what it demands.
    pub missed: Vec<Missed>,
    /// The resources of its chain, up to its end or its break, sorted.
    pub chain: Vec<Resource>,
}

/// Why a control does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The link at fault; `None`: one that this program does not know.
    pub link: Option<Link>,
    /// The stable code.
    pub code: String,
    /// One sentence with the facts.
    pub message: String,
    /// ARN or name of what is at fault.
    pub resource: Option<String>,
}

/// A resource of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// Which link it is.
    pub link: Link,
    /// Its ARN; a metric filter's name; protocol and masked endpoint of a subscription, and its topic.
    pub name: String,
}

impl Control {
    /// What it keeps from one report to the next.
    #[must_use]
    pub fn id(&self) -> FindingId<'_> {
        FindingId { account_id: &self.account_id, slug: &self.slug }
    }

    /// Whether it is about a region itself, and not about a chain that lives there.
    pub(super) fn is_of_region(&self) -> bool {
        let is_hub = |why: &Why| [Code::HubNotEnabled, Code::HubUnread].iter().any(|code| code.as_str() == why.code);
        // What passes without a chain asks for none.
        self.slug == HUB_ENABLED
            || self.reason.as_ref().is_some_and(is_hub)
            || (self.status == Outcome::Pass && self.chain.is_empty())
    }

    /// Whether the link was looked at, so that what is not in the chain is not there.
    pub(super) fn reaches(&self, link: Link) -> bool {
        match (self.status, self.reason.as_ref().map(|why| why.link)) {
            (Outcome::Pass, _) => true,
            (_, None | Some(None | Some(Link::SecurityHub))) => false,
            (Outcome::Fail, Some(Some(last))) => link <= last,
            (Outcome::Unknown | Outcome::Waived, Some(Some(last))) => link < last,
        }
    }
}

impl State {
    /// A report of this run.
    #[must_use]
    pub fn from_report(report: &Report) -> Self {
        Self {
            benchmark: report.benchmark.to_owned(),
            subject: report.subject(),
            verdict: report.verdict.as_str().to_owned(),
            collected_at: report.collected_at(),
            accounts: report.accounts.clone(),
            is_whole_organization: report.is_whole_organization,
            controls: report.findings().map(control).collect(),
        }
    }
}

fn control(finding: &Finding) -> Control {
    let reason = finding.reason.as_ref().map(|reason| Why {
        link: Some(reason.link()),
        code: reason.code().as_str().to_owned(),
        message: reason.message(),
        resource: reason.resource().map(str::to_owned),
    });
    Control {
        account_id: finding.account_id.clone(),
        region: finding.region.clone(),
        rule: finding.rule.id.to_string(),
        slug: finding.rule.slug.clone(),
        status: finding.outcome(),
        reason,
        missed: finding.reason.as_ref().and_then(Reason::holes).map(Missed::from_holes).unwrap_or_default(),
        chain: sorted(finding.chain.steps().iter().map(resource)),
    }
}

fn resource(step: &Step) -> Resource {
    let name = match step {
        Step::Subscription(found) => subscription(&found.protocol, &found.endpoint, &found.topic),
        step => step.name().to_owned(),
    };
    Resource { link: step.link(), name }
}

/// The resources of a chain in order, each once.
pub(crate) fn sorted(resources: impl IntoIterator<Item = Resource>) -> Vec<Resource> {
    let once: BTreeSet<Resource> = resources.into_iter().collect();
    once.into_iter().collect()
}

/// What a subscription is called: the same, whether or not the report shows endpoints in full.
pub(crate) fn subscription(protocol: &str, endpoint: &str, topic: &str) -> String {
    format!("{protocol} {} of {topic}", mask::endpoint(protocol, endpoint))
}
