//! Where in the documents that is written what a finding is about: the property that breaks the chain, or the resource that
//! lacks it.

use crate::declared::account::{Account, Declaration};
use crate::finding::{Code, Facts, Finding, Place, Reason, Status, Unread};

/// The place of a finding; `None`: nothing that is declared is at fault.
pub(super) fn place(account: &Account, finding: &Finding) -> Option<Place> {
    let cis = finding.verdicts.cis.reason.as_ref();
    let decides = [finding.reason.as_ref(), cis, finding.verdicts.effective.reason.as_ref()];
    let of = |reason: &Reason| of_unknown(account, reason).or_else(|| of_reason(account, finding, reason));
    let found = decides.into_iter().flatten().find_map(of);
    // Of a control that passes, what it rests on.
    let filter = || {
        let name = &finding.chain.metric_filters().next()?.name;
        account.declarations.get(name).map(|declaration| declaration.place.clone())
    };
    found.or_else(|| filter().filter(|_| finding.status != Status::Pass))
}

/// Where that is which is not known.
fn of_unknown(account: &Account, reason: &Reason) -> Option<Place> {
    let Some(Unread::AtDeployment(part)) = &reason.unread else { return None };
    let declaration = account.declarations.values().find(|declaration| {
        declaration.place.file == part.file && declaration.place.address.as_deref() == Some(&part.address)
    })?;
    let properties: Vec<&str> = part.property.iter().map(String::as_str).collect();
    Some(at(declaration, &properties))
}

fn of_reason(account: &Account, finding: &Finding, reason: &Reason) -> Option<Place> {
    let get = |key: &str| account.declarations.get(key);
    let properties = properties(reason.code());
    let resource = match &*reason.facts {
        Facts::Metric { .. } => finding.chain.metric_filters().next().and_then(|filter| get(&filter.name)),
        Facts::MetricFilter { filters, .. } => filters.first().and_then(|name| get(name)),
        Facts::Topic { arn, .. } => {
            let policy = format!("policy of {arn}");
            let subscription = format!("subscription of {arn}");
            match reason.code() {
                Code::TopicPolicyForbids | Code::TopicPolicyDenies | Code::TopicPolicyUndecided => {
                    get(&policy).or_else(|| get(arn))
                }
                Code::SubscriptionFiltered
                | Code::SubscriptionDeadEnd
                | Code::SubscriptionToConfirm
                | Code::SubscriptionFilterUnread => get(&subscription).or_else(|| get(arn)),
                // A topic that is not declared is named by the alarm.
                _ => get(arn).or_else(|| finding.chain.alarms().next().and_then(|alarm| get(&alarm.arn))),
            }
        }
        Facts::Key { resource, topic, .. } => get(resource).or_else(|| get(topic)),
        _ => {
            reason.resource().and_then(|resource| get(resource).or_else(|| get(crate::arn::without_streams(resource))))
        }
    };
    resource.map(|declaration| at(declaration, properties)).or_else(|| {
        let trail = finding.chain.trail().and_then(|trail| get(&trail.arn));
        trail.filter(|_| reason.link() <= crate::finding::Link::LogGroup).map(|declaration| at(declaration, properties))
    })
}

/// The first of these properties that is declared, else the resource.
fn at(declaration: &Declaration, properties: &[&str]) -> Place {
    let at = properties.iter().find_map(|property| declaration.properties.get(*property));
    match at {
        Some(at) => Place { line: Some(at.line), column: Some(at.column), ..declaration.place.clone() },
        None => declaration.place.clone(),
    }
}

/// Properties that a code is about, the most telling first.
fn properties(code: Code) -> &'static [&'static str] {
    match code {
        Code::TrailSingleRegion => &["IsMultiRegionTrail"],
        Code::TrailNotLogging => &["IsLogging"],
        Code::TrailNoManagementEvents
        | Code::TrailNoWriteEvents
        | Code::TrailNoReadEvents
        | Code::TrailSelectorNarrowed
        | Code::TrailUndecided
        | Code::TrailSourceExcluded
        | Code::TrailSourceExcludedPartly => &["EventSelectors", "AdvancedEventSelectors"],
        Code::LogGroupMissing | Code::LogGroupOtherAccount | Code::LogGroupNotDeclared => {
            &["CloudWatchLogsLogGroupArn"]
        }
        Code::LogGroupClass | Code::LogGroupClassUndecided => &["LogGroupClass"],
        Code::MetricFilterMissesEvents
        | Code::MetricFilterMatchesEverything
        | Code::MetricFilterMatchesRoutine
        | Code::MetricFilterUndecided
        | Code::MetricFilterUnusualHole => &["FilterPattern"],
        Code::MetricFilterZeroValue
        | Code::MetricFilterValueAbsent
        | Code::MetricFilterValueUndecided
        | Code::AlarmNone => &["MetricTransformations"],
        Code::AlarmOtherNamespace => &["Namespace", "Metrics"],
        Code::AlarmDimensions | Code::AlarmMissesEvents => &["Dimensions", "Metrics"],
        Code::AlarmUnit => &["Unit", "Metrics"],
        Code::AlarmNeverFires => &["Threshold", "ComparisonOperator"],
        Code::AlarmNotEveryEvent => &["EvaluationPeriods", "Statistic", "Threshold"],
        Code::AlarmAlwaysFiring | Code::AlarmLatches => &["TreatMissingData"],
        Code::AlarmActionsDisabled => &["ActionsEnabled"],
        Code::AlarmNoAction
        | Code::AlarmActionNotTopic
        | Code::TopicMissing
        | Code::TopicOtherRegion
        | Code::TopicNotDeclared => &["AlarmActions"],
        Code::AlarmCompositeBlocks | Code::AlarmCompositeConditional => &["AlarmRule", "ActionsSuppressor"],
        Code::TopicManagedKey => &["KmsMasterKeyId"],
        Code::TopicKeyForbids => &["KeyPolicy"],
        Code::TopicPolicyForbids | Code::TopicPolicyDenies | Code::TopicPolicyUndecided => &["PolicyDocument"],
        Code::SubscriptionFiltered => &["FilterPolicy"],
        Code::SubscriptionDeadEnd | Code::SubscriptionToConfirm => &["Protocol", "Subscription"],
        _ => &[],
    }
}
