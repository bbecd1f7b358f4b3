//! Where in the documents that is written what a finding is about: the property that breaks the chain, as narrow as
//! possible, or the resource that lacks it.

use super::refused::{first, is_refusal, resource};
use crate::declared::At;
use crate::declared::account::{Account, Declaration, filter_key};
use crate::finding::{Code, Facts, Finding, Link, Place, Reason, Status, Unread};

/// The place of a finding under several combinations of conditions: of what is not known wherever it is declared, else of what
/// the reason is about.
pub(super) fn place(accounts: &[Account<'_>], finding: &Finding) -> Option<Place> {
    let of_unknown = |account: &Account<'_>| decides(finding).find_map(|reason| of_unknown(account, reason));
    let unknown = accounts.iter().find_map(of_unknown);
    unknown.or_else(|| accounts.iter().find_map(|account| of_account(account, finding)))
}

/// The reasons of a finding, the one that decides first.
fn decides(finding: &Finding) -> impl Iterator<Item = &Reason> {
    let cis = finding.verdicts.cis.reason.as_ref();
    [finding.reason.as_ref(), cis, finding.verdicts.effective.reason.as_ref()].into_iter().flatten()
}

/// The place of a finding; `None`: nothing that is declared is at fault.
pub(super) fn of_account(account: &Account<'_>, finding: &Finding) -> Option<Place> {
    let place_for = |reason: &Reason| of_unknown(account, reason).or_else(|| of_reason(account, finding, reason));
    let found = decides(finding).find_map(place_for);
    // Of a control that does not pass, else what it rests on.
    found.or_else(|| {
        first_filter(account, finding).filter(|_| finding.status != Status::Pass).map(|declaration| declaration.place())
    })
}

/// Where that is which is not known.
fn of_unknown(account: &Account<'_>, reason: &Reason) -> Option<Place> {
    let Some(Unread::AtDeployment(part)) = &reason.unread else { return None };
    let is_it = |declaration: &&Declaration<'_>| {
        declaration.resource.file == part.file && declaration.resource.address == part.address
    };
    let declaration = account.declarations.values().find(is_it)?;
    let resource = declaration.resource;
    let of_argument = |named: &str| {
        let block = named.split('.').next().unwrap_or(named);
        resource.arguments.iter().find(|(_, argument)| *argument == block).map(|it| it.0)
    };
    let paths = part.property.iter().flat_map(|named| [Some(named.as_str()), of_argument(named)]);
    let paths: Vec<&str> = paths.flatten().collect();
    Some(first_of(*declaration, &paths))
}

fn first_filter<'a>(account: &Account<'a>, finding: &Finding) -> Option<Declaration<'a>> {
    finding.chain.metric_filters().find_map(|filter| filter_named(account, finding, &filter.name))
}

fn filter_named<'a>(account: &Account<'a>, finding: &Finding, name: &str) -> Option<Declaration<'a>> {
    let of_chain = finding.chain.log_group().and_then(|group| account.declarations.get(&filter_key(group, name)));
    let elsewhere = || {
        let groups = account.snapshot.log_groups.iter();
        groups.filter_map(|group| account.declarations.get(&filter_key(&group.arn, name))).next()
    };
    of_chain.or_else(elsewhere).copied()
}

fn of_reason(account: &Account<'_>, finding: &Finding, reason: &Reason) -> Option<Place> {
    if let Some(address) = reason.deleted.first() {
        let resource = account.removed.iter().find(|resource| resource.address == *address)?;
        return Some(Declaration { resource }.place());
    }
    let get = |key: &str| account.declarations.get(key).copied();
    let code = reason.code();
    if is_refusal(code) {
        let of_lost = || {
            let Facts::MetricFilter { filters, .. } = &*reason.facts else { return None };
            let mut lost = account.lost_filters.iter().filter(|lost| filters.contains(&lost.filter.name));
            lost.find_map(|lost| lost.refusal.as_ref())
        };
        let refusal = first(account, finding).map(|(_, refusal)| refusal).or_else(of_lost)?;
        return Some(resource(refusal).place);
    }
    let paths = paths(code);
    let declared = match &*reason.facts {
        Facts::Metric { metric, .. } => {
            let filter = first_filter(account, finding)?;
            return Some(of_metric(filter, metric, paths));
        }
        Facts::MetricFilter { .. } | Facts::LogGroup { .. } if looks_for_filter(code) && meant(finding).is_some() => {
            meant(finding).and_then(|name| filter_named(account, finding, name))
        }
        Facts::MetricFilter { filters, .. } => {
            let named = filters.iter().find_map(|name| filter_named(account, finding, name));
            // The one whose pattern is to be looked at may be another than the first.
            let excluded = finding.excluded().and_then(|it| filter_named(account, finding, it.filter));
            excluded.or(named)
        }
        Facts::Topic { arn, .. } => {
            let of_alarm = || {
                let alarm = finding.chain.alarms().find_map(|alarm| get(&alarm.arn))?;
                Some(of_action(alarm, arn))
            };
            match code {
                Code::TopicPolicyForbids | Code::TopicPolicyDenies | Code::TopicPolicyUndecided => {
                    get(&format!("policy of {arn}")).or_else(|| get(arn))
                }
                Code::SubscriptionFiltered
                | Code::SubscriptionDeadEnd
                | Code::SubscriptionToConfirm
                | Code::SubscriptionFilterUnread => get(&format!("subscription of {arn}")).or_else(|| get(arn)),
                // A topic that is not declared is named by the alarm.
                _ => match get(arn) {
                    Some(topic) => Some(topic),
                    None => return of_alarm(),
                },
            }
        }
        Facts::Key { resource, topic, .. } => get(resource).or_else(|| get(topic)),
        _ => {
            reason.resource().and_then(|resource| get(resource).or_else(|| get(crate::arn::without_streams(resource))))
        }
    };
    let place_in =
        |declaration: Declaration<'_>| unlike(declaration, code).unwrap_or_else(|| first_of(declaration, paths));
    declared.map(place_in).or_else(|| {
        let trail = finding.chain.trail().and_then(|trail| get(&trail.arn));
        trail.filter(|_| reason.link() <= Link::LogGroup).map(|declaration| first_of(declaration, paths))
    })
}

/// Whether a control lacks a filter for its events.
pub(super) fn looks_for_filter(code: Code) -> bool {
    matches!(code, Code::MetricFilterNone | Code::MetricFilterMissesEvents)
}

/// The filter that was meant for a control and matches none of its events.
fn meant(finding: &Finding) -> Option<&str> {
    let is_near =
        |warning: &&Reason| matches!(warning.code(), Code::MetricFilterMatchesNone | Code::MetricFilterTextPattern);
    finding.warnings.iter().find(is_near).and_then(Reason::resource)
}

/// The first of these paths that is declared, else the resource.
fn first_of(declaration: Declaration<'_>, paths: &[&str]) -> Place {
    let at = paths.iter().find_map(|path| nearest(declaration, path));
    declaration.at(at.or(declaration.resource.at))
}

/// Where a path is declared: of a block whose arguments have no places of their own the block.
fn nearest(declaration: Declaration<'_>, path: &str) -> Option<At> {
    let properties = &declaration.resource.properties;
    let mut path = path;
    let mut found = properties.find(path)?;
    while found.at.is_none() {
        path = &path[..path.rfind(['.', '['])?];
        found = properties.find(path)?;
    }
    found.at
}

/// Of several settings that together decide whether an alarm fires: the first that is not what is recommended.
fn unlike(alarm: Declaration<'_>, code: Code) -> Option<Place> {
    let recommended: &[(&str, &[&str])] = match code {
        Code::AlarmNotEveryEvent => &[
            ("EvaluationPeriods", &["1"]),
            ("DatapointsToAlarm", &["1"]),
            ("Threshold", &["1"]),
            ("ComparisonOperator", &["GreaterThanOrEqualToThreshold"]),
            ("Statistic", &["Sum", "SampleCount"]),
        ],
        Code::AlarmNeverFires => &[
            ("Threshold", &["1"]),
            ("ComparisonOperator", &["GreaterThanOrEqualToThreshold"]),
            ("Statistic", &["Sum", "SampleCount"]),
        ],
        _ => return None,
    };
    let is_unlike = |(path, wanted): &&(&str, &[&str])| {
        let node = alarm.resource.properties.get(path);
        let is_number = |text: &str, wanted: &&str| text.parse::<f64>().ok().is_some_and(|it| wanted.parse() == Ok(it));
        let is_wanted = |text: &str| wanted.iter().any(|wanted| *wanted == text || is_number(text, wanted));
        matches!(node.text(), Ok(Some(text)) if !is_wanted(text))
    };
    let (path, _) = recommended.iter().find(is_unlike)?;
    Some(alarm.at(alarm.resource.properties.get(path).at))
}

/// The transformation of a filter that publishes a metric, `namespace/name`.
fn of_metric(filter: Declaration<'_>, metric: &str, paths: &[&str]) -> Place {
    let list = filter.resource.properties.get("MetricTransformations");
    let symbol = |node: &crate::declared::Node, key| node.get(key).symbol().unwrap_or_default();
    let is_it = |node: &&&crate::declared::Node| {
        format!("{}/{}", symbol(node, "MetricNamespace"), symbol(node, "MetricName")) == metric
    };
    let items = list.list().unwrap_or_default();
    let Some(transformation) = items.iter().find(is_it) else { return first_of(filter, paths) };
    let inner = |path: &&str| path.strip_prefix("MetricTransformations[*].").map(str::to_owned);
    let at = paths.iter().filter_map(inner).find_map(|path| transformation.find(&path)?.at);
    filter.at(at.or(transformation.at).or(filter.resource.at))
}

/// The action of an alarm that names a topic.
fn of_action(alarm: Declaration<'_>, topic: &crate::arn::TopicArn) -> Place {
    let actions = alarm.resource.properties.get("AlarmActions");
    let is_it = |node: &&&crate::declared::Node| {
        node.symbol().is_some_and(|text| text == topic.as_str() || topic.ends_with(&format!(":{text}")))
    };
    let items = actions.list().unwrap_or_default();
    let at = items.iter().find(is_it).and_then(|node| node.at);
    alarm.at(at.or(actions.at).or(alarm.resource.at))
}

/// Paths that a code is about, the most specific first; `[*]` is the first place in a list that has what follows.
fn paths(code: Code) -> &'static [&'static str] {
    match code {
        Code::TrailSingleRegion => &["IsMultiRegionTrail"],
        Code::TrailNotLogging => &["IsLogging"],
        Code::TrailDeclaredTwice => &["TrailName"],
        Code::TrailNoManagementEvents => {
            &["EventSelectors[*].IncludeManagementEvents", "EventSelectors", "AdvancedEventSelectors"]
        }
        Code::TrailNoWriteEvents | Code::TrailNoReadEvents => &[
            "EventSelectors[*].ReadWriteType",
            "EventSelectors",
            "AdvancedEventSelectors[*].FieldSelectors",
            "AdvancedEventSelectors",
        ],
        Code::TrailSourceExcluded | Code::TrailSourceExcludedPartly => &[
            "EventSelectors[*].ExcludeManagementEventSources",
            "EventSelectors",
            "AdvancedEventSelectors[*].FieldSelectors",
            "AdvancedEventSelectors",
        ],
        Code::TrailSelectorNarrowed | Code::TrailUndecided => {
            &["AdvancedEventSelectors[*].FieldSelectors", "EventSelectors", "AdvancedEventSelectors"]
        }
        Code::LogGroupMissing | Code::LogGroupOtherAccount | Code::LogGroupNotDeclared => {
            &["CloudWatchLogsLogGroupArn"]
        }
        Code::LogGroupClass | Code::LogGroupClassUndecided => &["LogGroupClass"],
        Code::LogGroupDeclaredTwice => &["LogGroupName"],
        Code::MetricFilterNone
        | Code::MetricFilterMissesEvents
        | Code::MetricFilterMatchesEverything
        | Code::MetricFilterMatchesRoutine
        | Code::MetricFilterUndecided
        | Code::MetricFilterUnusualHole => &["FilterPattern"],
        Code::MetricFilterDeclaredTwice => &["FilterName"],
        Code::MetricFilterZeroValue | Code::MetricFilterValueAbsent | Code::MetricFilterValueUndecided => {
            &["MetricTransformations[*].MetricValue", "MetricTransformations"]
        }
        Code::AlarmNone => &["MetricTransformations[*].MetricName", "MetricTransformations"],
        Code::AlarmOtherNamespace => &["Namespace", "Metrics[*].MetricStat.Metric.Namespace", "Metrics"],
        Code::AlarmDimensions | Code::AlarmMissesEvents => {
            &["Dimensions", "Metrics[*].MetricStat.Metric.Dimensions", "Metrics"]
        }
        Code::AlarmUnit => &["Unit", "Metrics[*].MetricStat.Unit", "Metrics"],
        Code::AlarmNeverFires => &["Threshold", "ComparisonOperator"],
        Code::AlarmNotEveryEvent => &["EvaluationPeriods", "Statistic", "Threshold"],
        Code::AlarmAlwaysFiring | Code::AlarmLatches => &["TreatMissingData"],
        Code::AlarmActionsDisabled => &["ActionsEnabled"],
        Code::AlarmDeclaredTwice => &["AlarmName"],
        Code::AlarmActionNotTopic => &["AlarmActions[0]"],
        Code::AlarmNoAction | Code::TopicMissing | Code::TopicOtherRegion | Code::TopicNotDeclared => &["AlarmActions"],
        Code::AlarmCompositeBlocks | Code::AlarmCompositeConditional => &["AlarmRule", "ActionsSuppressor"],
        Code::TopicManagedKey => &["KmsMasterKeyId"],
        Code::TopicDeclaredTwice => &["TopicName"],
        Code::TopicKeyUnusable => &["Enabled"],
        Code::TopicKeyForbids => &["KeyPolicy"],
        Code::TopicPolicyForbids | Code::TopicPolicyDenies | Code::TopicPolicyUndecided => &["PolicyDocument"],
        Code::SubscriptionFiltered => &["FilterPolicy", "Subscription[*].FilterPolicy"],
        Code::SubscriptionDeadEnd | Code::SubscriptionToConfirm => {
            &["Protocol", "Subscription[*].Protocol", "Subscription"]
        }
        _ => &[],
    }
}
