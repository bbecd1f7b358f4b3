//! Notes on failures that come of what the benchmark demands rather than of an omission: in which of its versions that
//! is otherwise. They change no verdict.

use std::collections::BTreeSet;

use filter_pattern::{Matched, Pattern};

use super::judgement::Judgement;
use crate::audit::indexed::Indexed;
use crate::finding::facts::{AccountProblem, FilterProblem};
use crate::finding::{Facts, Reason, Status, Warning};
use crate::rule::{Benchmark, Events, Rule};

/// A successful sign-in through an identity provider, as CloudTrail records it: without MFA, whatever the provider asked
/// for (CloudTrail user guide, "AWS Management Console sign-in events"; IAM Identity Center signs in to roles likewise).
const FEDERATED: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice","accountId":"111122223333"},"eventTime":"2026-01-15T09:30:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.10","userAgent":"Mozilla/5.0","requestParameters":null,"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MobileVersion":"No","MFAUsed":"No"},"eventID":"4b2c7a90-0000-0000-0000-000000000002","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#;

/// What is to be known of a control that fails.
pub(super) fn notes(snapshot: &Indexed<'_>, rule: &Rule, events: &Events, judgement: &Judgement) -> Vec<Warning> {
    if judgement.status != Status::Fail {
        return Vec::new();
    }
    federated_sign_ins(events, judgement).into_iter().chain(organization(snapshot, rule)).collect()
}

/// The filters leave out sign-ins through an identity provider, as other versions of the benchmark do.
fn federated_sign_ins(events: &Events, judgement: &Judgement) -> Option<Warning> {
    let Facts::MetricFilter { filters, problem: FilterProblem::MissesEvents { satisfied, .. } } =
        &*judgement.reason.as_ref()?.facts
    else {
        return None;
    };
    let matches = |pattern: &Pattern| pattern.matches(FEDERATED) == Matched::Yes;
    let mut patterns = judgement.chain.metric_filters().filter_map(|filter| Pattern::parse(&filter.pattern).ok());
    if satisfied.is_empty() || !matches(&events.requires) || patterns.any(|pattern| matches(&pattern)) {
        return None;
    }
    let problem = FilterProblem::FederatedSignIns { satisfied: satisfied.clone() };
    Some(Reason::new(Facts::MetricFilter { filters: filters.clone(), problem }))
}

/// AWS Organizations records its calls in the management account, which this one is not known to be.
fn organization(snapshot: &Indexed<'_>, rule: &Rule) -> Option<Warning> {
    if !rule.demand.is_of_organization() {
        return None;
    }
    let trails = snapshot.whole().trails().iter().filter(|trail| trail.is_organization);
    let owners: Vec<&str> = trails.filter_map(|trail| trail.arn.account()).collect();
    if owners.contains(&snapshot.account_id.as_str()) {
        return None;
    }
    let known: BTreeSet<Benchmark> = rule.editions.iter().map(|edition| edition.benchmark).collect();
    let runs = Benchmark::ALL.split(|version| known.contains(version)).filter(|run| !run.is_empty());
    let without = runs.filter_map(|run| Some((*run.first()?, *run.last()?))).collect();
    let problem = AccountProblem::OrganizationsElsewhere { owner: owners.first().map(|&it| it.to_owned()), without };
    Some(Reason::new(Facts::Account { account: snapshot.account_id.clone(), problem }))
}
