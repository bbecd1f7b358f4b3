//! The words that fields of the JSON report can hold, for its schema.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::finding::{Grade, HubStatus, Idle, Link, Outcome, Status, Subject, Verdict};
use crate::rule::Severity;
use crate::snapshot::SubscriptionState;

fn words<const N: usize>(words: [&'static str; N]) -> Schema {
    json_schema!({ "type": "string", "enum": words.as_slice() })
}

pub(super) fn verdicts(_: &mut SchemaGenerator) -> Schema {
    words([Verdict::Cis, Verdict::Effective, Verdict::SecurityHub].map(Verdict::as_str))
}

pub(super) fn subjects(_: &mut SchemaGenerator) -> Schema {
    words(Subject::ALL.map(Subject::as_str))
}

pub(super) fn severities(_: &mut SchemaGenerator) -> Schema {
    words([Severity::Low, Severity::Medium, Severity::High, Severity::Critical].map(Severity::as_str))
}

pub(super) fn outcomes(_: &mut SchemaGenerator) -> Schema {
    words([Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived].map(Outcome::as_str))
}

pub(super) fn statuses(_: &mut SchemaGenerator) -> Schema {
    words([Status::Pass, Status::Fail, Status::Unknown].map(Status::as_str))
}

pub(super) fn hub_statuses(_: &mut SchemaGenerator) -> Schema {
    use HubStatus::{Failed, NoData, NotSupported, Passed, Unknown, Warning};
    words([Passed, Failed, NoData, Warning, NotSupported, Unknown].map(HubStatus::as_str))
}

pub(super) fn links(_: &mut SchemaGenerator) -> Schema {
    let [trail, log_group, filter, alarm, topic, subscription] = Link::CHAIN.map(Link::as_str);
    words([trail, log_group, filter, alarm, topic, subscription, Link::SecurityHub.as_str()])
}

pub(super) fn grades(_: &mut SchemaGenerator) -> Schema {
    words([Grade::Broken, Grade::Weak, Grade::Unverified, Grade::Note].map(Grade::as_str))
}

pub(super) fn idle_states(_: &mut SchemaGenerator) -> Schema {
    words(Idle::ALL.map(Idle::as_str))
}

pub(super) fn subscription_states(_: &mut SchemaGenerator) -> Schema {
    words(SubscriptionState::ALL.map(SubscriptionState::as_str))
}
