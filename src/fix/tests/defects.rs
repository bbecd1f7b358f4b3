//! Every defect of a chain, one at a time: the steps that mend it and no others, after which the control passes; or what
//! is said instead.

use super::*;
use crate::finding::Grade;
use crate::snapshot::{
    AdvancedEventSelector, CompositeAlarm, DataResource, EventSelector, EventSelectors, FieldSelector, Gap,
    MetricQuery, MuteRule, SubscriptionAttributes,
};

/// Something that can be wrong with the seed's account, or with its chain of one metric.
pub(super) struct Defect {
    pub(super) name: &'static str,
    pub(super) change: fn(&mut Snapshot, &str),
}

const fn of(name: &'static str, change: fn(&mut Snapshot, &str)) -> Defect {
    Defect { name, change }
}

const OTHER: &str = "999999999999";

fn trails(account: &mut Snapshot) -> impl Iterator<Item = &mut Trail> {
    account.trails.iter_mut().flatten()
}

fn filters<'a>(account: &'a mut Snapshot, metric: &'a str) -> impl Iterator<Item = &'a mut MetricFilter> {
    let publishes = move |filter: &&mut MetricFilter| filter.transformations.iter().any(|each| each.name == metric);
    account.log_groups.iter_mut().flat_map(|group| group.metric_filters.iter_mut().flatten()).filter(publishes)
}

fn watches(alarm: &MetricAlarm, metric: &str) -> bool {
    matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric)
}

fn alarms<'a>(account: &'a mut Snapshot, metric: &'a str) -> impl Iterator<Item = &'a mut MetricAlarm> {
    account.alarms.iter_mut().flat_map(|alarms| &mut alarms.metric_alarms).filter(move |alarm| watches(alarm, metric))
}

fn stats<'a>(account: &'a mut Snapshot, metric: &'a str) -> impl Iterator<Item = &'a mut MetricStat> {
    alarms(account, metric).filter_map(|alarm| match &mut alarm.watches {
        Watched::Metric(stat) => Some(stat),
        Watched::Queries(_) | Watched::Criteria(_) => None,
    })
}

fn topics(account: &mut Snapshot) -> impl Iterator<Item = &mut Topic> {
    account.topics.iter_mut()
}

fn subscriptions(account: &mut Snapshot) -> impl Iterator<Item = &mut Subscription> {
    topics(account).flat_map(|topic| topic.subscriptions.iter_mut().flatten())
}

fn select_basic(account: &mut Snapshot, basic: &[EventSelector]) {
    trails(account).for_each(|trail| {
        trail.selectors = Some(EventSelectors { basic: basic.to_vec(), advanced: vec![] });
    });
}

fn basic(kind: &str, management: bool, excluded: &[&str], data: bool) -> EventSelector {
    let resource = DataResource { kind: "AWS::S3::Object".into(), values: vec!["arn:aws:s3:::b/".into()] };
    EventSelector {
        read_write_type: Some(kind.into()),
        include_management_events: Some(management),
        exclude_management_event_sources: excluded.iter().map(|source| (*source).into()).collect(),
        data_resources: if data { vec![resource] } else { vec![] },
    }
}

fn equals(field: &str, value: &str) -> FieldSelector {
    FieldSelector { field: field.into(), equals: vec![value.into()], ..FieldSelector::default() }
}

fn filtered(account: &mut Snapshot, policy: &str) {
    subscriptions(account).for_each(|subscription| {
        subscription.attributes = Some(SubscriptionAttributes {
            pending_confirmation: false,
            filter_policy: Some(policy.into()),
            filter_policy_scope: Some("MessageBody".into()),
        });
    });
}

fn mute(account: &mut Snapshot, metric: &str, schedule: &str, duration: &str) {
    let names: Vec<String> = alarms(account, metric).map(|alarm| alarm.name.clone()).collect();
    account.alarms[0].mute_rules.get_or_insert_default().push(MuteRule {
        name: format!("{metric} {schedule}"),
        alarms: names,
        schedule: schedule.into(),
        duration: duration.into(),
        status: "SCHEDULED".into(),
        start: None,
        expire: None,
    });
}

/// A further trail, another organization's or the account's own.
fn second_trail(account: &mut Snapshot, owner: &str, change: fn(&mut Trail)) {
    let Some(first) = account.trails().first().cloned() else { return };
    let arn = format!("arn:aws:cloudtrail:ap-northeast-1:{owner}:trail/second");
    let mut trail = Trail { arn, name: "second".into(), is_organization: owner != ACCOUNT, ..first };
    change(&mut trail);
    if !account.trails().iter().any(|other| other.arn == trail.arn) {
        account.trails.get_or_insert_default().push(trail);
    }
}

pub(super) const DEFECTS: &[Defect] = &[
    of("no trail", |a, _| a.trails = Some(vec![])),
    of("trails unread", |a, _| a.trails = None),
    of("single region", |a, _| trails(a).for_each(|t| t.is_multi_region = false)),
    of("no global events", |a, _| {
        trails(a).for_each(|t| (t.is_multi_region, t.include_global_service_events) = (false, false));
    }),
    of("stopped", |a, _| trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.is_logging = false)),
    of("status unread", |a, _| trails(a).for_each(|t| t.status = None)),
    of("no management events", |a, _| select_basic(a, &[basic("All", false, &[], true)])),
    of("no write events", |a, _| select_basic(a, &[basic("ReadOnly", true, &[], false)])),
    of("no read events", |a, _| select_basic(a, &[basic("WriteOnly", true, &[], true)])),
    of("iam left out", |a, _| select_basic(a, &[basic("All", true, &["iam.amazonaws.com"], true)])),
    of("added up", |a, _| {
        select_basic(a, &[basic("ReadOnly", true, &[], false), basic("WriteOnly", true, &[], false)]);
    }),
    of("narrowed", |a, _| {
        let management = vec![equals("eventCategory", "Management"), equals("eventName", "PutUserPolicy")];
        let data = vec![equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")];
        let of = |field_selectors| AdvancedEventSelector { name: None, field_selectors };
        let advanced = vec![of(management), of(data)];
        trails(a).for_each(|t| t.selectors = Some(EventSelectors { basic: vec![], advanced: advanced.clone() }));
    }),
    of("no log group", |a, _| trails(a).for_each(|t| t.log_group_arn = None)),
    of("log group missing", |a, _| {
        a.log_groups.iter_mut().for_each(|g| (g.exists, g.metric_filters) = (Some(false), Some(vec![])));
    }),
    of("log group of another class", |a, _| {
        a.log_groups.iter_mut().for_each(|g| g.class = Some("INFREQUENT_ACCESS".into()));
    }),
    of("log group of another account", |a, _| {
        trails(a).for_each(|t| t.log_group_arn = t.log_group_arn.as_ref().map(|arn| arn.replace(ACCOUNT, OTHER)));
    }),
    of("log group not looked at", |a, _| a.log_groups.clear()),
    of("delivery fails", |a, _| {
        trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.latest_logs_delivery_error = Some("Denied".into()));
    }),
    of("delivery stale", |a, _| {
        let before = "2026-01-02T09:00:00Z".parse().ok();
        trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.latest_logs_delivery_time = before);
    }),
    of("filters unread", |a, _| a.log_groups.iter_mut().for_each(|g| g.metric_filters = None)),
    of("another organization's trail", |a, _| second_trail(a, OTHER, |_| {})),
    of("another organization's log group", |a, _| {
        second_trail(a, OTHER, |t| t.log_group_arn = Some(GROUP.replace(ACCOUNT, OTHER)));
    }),
    of("another organization's broken trail", |a, _| second_trail(a, OTHER, |t| t.log_group_arn = None)),
    of("a second trail elsewhere", |a, _| {
        second_trail(a, ACCOUNT, |t| {
            t.arn = t.arn.replace(REGION, "us-east-1");
            t.home_region = "us-east-1".into();
            t.log_group_arn = None;
        });
    }),
    of("only another organization's trail", |a, _| {
        trails(a).for_each(|t| {
            t.arn = t.arn.replace(ACCOUNT, OTHER);
            t.is_organization = true;
        });
    }),
    of("an organization's own trail", |a, _| trails(a).for_each(|t| t.is_organization = true)),
    of("no filter", |a, m| {
        let publishes = |f: &MetricFilter| f.transformations.iter().any(|each| each.name == m);
        a.log_groups.iter_mut().for_each(|g| g.metric_filters.iter_mut().for_each(|f| f.retain(|f| !publishes(f))));
    }),
    of("narrow filter", |a, m| filters(a, m).for_each(|f| f.pattern = "{ $.eventName = DeletePolicy }".into())),
    of("filter of everything", |a, m| filters(a, m).for_each(|f| f.pattern = "{ $.eventName = * }".into())),
    of("filter of zeros", |a, m| filters(a, m).for_each(|f| f.transformations[0].value = "0".into())),
    of("filter of sizes", |a, m| filters(a, m).for_each(|f| f.transformations[0].value = "$.size".into())),
    of("filter of transformed events", |a, m| filters(a, m).for_each(|f| f.apply_on_transformed_logs = true)),
    of("filter with a default", |a, m| filters(a, m).for_each(|f| f.transformations[0].default_value = Some(1.0))),
    of("filter with a dimension", |a, m| {
        filters(a, m).for_each(|f| {
            drop(f.transformations[0].dimensions.insert("User".into(), "$.userIdentity.userName".into()));
        });
    }),
    of("as many filters as may be", |a, _| {
        for group in &mut a.log_groups {
            let filters = group.metric_filters.get_or_insert_default();
            for number in filters.len()..100 {
                let Some(mut filter) = filters.first().cloned() else { break };
                filter.name = format!("filter {number}");
                filter.pattern = "{ $.eventName = Nothing }".into();
                filter.transformations[0].name = filter.name.clone();
                filters.push(filter);
            }
        }
    }),
    of("filter's name is taken", |a, m| {
        for group in &mut a.log_groups {
            let filters = group.metric_filters.get_or_insert_default();
            for slug in ["iam-policy-changes", "unauthorized-api-calls", "vpc-changes"] {
                let Some(mut filter) = filters.first().cloned() else { break };
                filter.name = format!("cis-audit-{slug}");
                filter.pattern = "{ $.eventName = Nothing }".into();
                filter.transformations[0].namespace = "CISBenchmark".into();
                filter.transformations[0].name = m.into();
                if !filters.iter().any(|other| other.name == filter.name) {
                    filters.push(filter);
                }
            }
        }
    }),
    of("no alarm", |a, m| a.alarms.iter_mut().for_each(|r| r.metric_alarms.retain(|alarm| !watches(alarm, m)))),
    of("alarm of another namespace", |a, m| stats(a, m).for_each(|s| s.namespace = "Other".into())),
    of("alarm with a dimension", |a, m| stats(a, m).for_each(|s| drop(s.dimensions.insert("a".into(), "b".into())))),
    of("alarm of another unit", |a, m| stats(a, m).for_each(|s| s.unit = Some("Seconds".into()))),
    of("alarm that never fires", |a, m| alarms(a, m).for_each(|alarm| alarm.threshold = Some(5.0))),
    of("alarm of several events", |a, m| {
        stats(a, m).for_each(|s| s.statistic = "Sum".into());
        alarms(a, m).for_each(|alarm| alarm.threshold = Some(5.0));
    }),
    of("alarm that latches", |a, m| alarms(a, m).for_each(|alarm| alarm.treat_missing_data = Some("ignore".into()))),
    of("alarm always on", |a, m| alarms(a, m).for_each(|alarm| alarm.treat_missing_data = Some("breaching".into()))),
    of("alarm in error", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.evaluation_state = Some("EVALUATION_ERROR".into()));
    }),
    of("new alarm", |a, m| alarms(a, m).for_each(|alarm| alarm.evaluation_state = Some("IN_WARM_UP".into()))),
    of("actions off", |a, m| alarms(a, m).for_each(|alarm| alarm.actions.enabled = false)),
    of("no action", |a, m| alarms(a, m).for_each(|alarm| alarm.actions.alarm.clear())),
    of("action is no topic", |a, m| {
        let function = "arn:aws:lambda:ap-northeast-1:111122223333:function:f";
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![function.into()]);
    }),
    of("muted for ever", |a, m| mute(a, m, "cron(* * * * *)", "P15D")),
    of("muted at night", |a, m| mute(a, m, "cron(0 22 * * *)", "PT8H")),
    of("own name muted", |a, m| {
        mute(a, m, "cron(* * * * *)", "P15D");
        let rules = a.alarms[0].mute_rules.iter_mut().flatten();
        rules.for_each(|rule| rule.alarms.push("cis-audit-iam-policy-changes".into()));
    }),
    of("mute rules unread", |a, _| a.alarms.iter_mut().for_each(|r| r.mute_rules = None)),
    of("alarms unread", |a, _| a.alarms.iter_mut().for_each(|r| r.complete = false)),
    of("alarms unread and none seen", |a, m| {
        a.alarms.iter_mut().for_each(|r| r.metric_alarms.retain(|alarm| !watches(alarm, m)));
        a.alarms.iter_mut().for_each(|r| r.complete = false);
    }),
    of("alarm of an expression", |a, m| {
        let query = |id: &str, stat, expression: Option<&str>| MetricQuery {
            id: id.into(),
            return_data: Some(expression.is_some()),
            stat,
            expression: expression.map(Into::into),
            period: None,
            account_id: None,
        };
        for alarm in alarms(a, m) {
            let Watched::Metric(stat) = &alarm.watches else { continue };
            let queries = vec![query("m1", Some(stat.clone()), None), query("e1", None, Some("RATE(m1)"))];
            alarm.watches = Watched::Queries(queries);
        }
    }),
    of("composite blocks", |a, m| {
        let names: Vec<String> = alarms(a, m).map(|alarm| alarm.name.clone()).collect();
        for name in names {
            let Some(mut actions) = alarms(a, m).next().map(|alarm| alarm.actions.clone()) else { continue };
            actions.ok = vec![];
            let composite = CompositeAlarm {
                arn: format!("arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:over {name}"),
                name: format!("over {name}"),
                actions,
                rule: format!("OK(\"{name}\")"),
                suppressor: None,
            };
            alarms(a, m).for_each(|alarm| alarm.actions.alarm.clear());
            if !a.alarms[0].composite_alarms.iter().any(|other| other.name == composite.name) {
                a.alarms[0].composite_alarms.push(composite);
            }
        }
    }),
    of("alarm's name is taken", |a, _| {
        let Some(mut alarm) = a.alarms[0].metric_alarms.first().cloned() else { return };
        alarm.name = "cis-audit-iam-policy-changes".into();
        alarm.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cis-audit-iam-policy-changes".into();
        alarm.watches = Watched::Criteria("up".into());
        if !a.alarms[0].metric_alarms.iter().any(|other| other.name == alarm.name) {
            a.alarms[0].metric_alarms.push(alarm);
        }
    }),
    of("no topic", |a, _| topics(a).for_each(|t| (t.exists, t.policy, t.subscriptions) = (Some(false), None, None))),
    of("topic unread", |a, _| topics(a).for_each(|t| (t.exists, t.policy, t.subscriptions) = (None, None, None))),
    of("topic's managed key", |a, _| topics(a).for_each(|t| t.kms_key_id = Some("alias/aws/sns".into()))),
    of("topic's own key", |a, _| topics(a).for_each(|t| t.kms_key_id = Some("alias/own".into()))),
    of("topic's policy forbids", |a, _| topics(a).for_each(|t| t.policy = Some(r#"{"Statement":[]}"#.into()))),
    of("topic's policy denies", |a, _| {
        let denies = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
        topics(a).for_each(|t| t.policy = Some(denies.into()));
    }),
    of("topic's policy cannot be followed", |a, _| {
        let strange = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}]}"#;
        topics(a).for_each(|t| t.policy = Some(strange.into()));
    }),
    of("topic elsewhere", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![NOTICE.replace(REGION, "us-east-1")]);
    }),
    of("topic of another account", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![NOTICE.replace(ACCOUNT, OTHER)]);
    }),
    of("readable topic of another account, nobody there", |a, m| {
        let arn = NOTICE.replace(ACCOUNT, OTHER);
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![arn.clone()]);
        if a.topic(&arn).is_none() {
            let subscriptions = Some(vec![]);
            a.topics.push(Topic {
                arn,
                exists: Some(true),
                policy: None,
                kms_key_id: None,
                is_fifo: false,
                subscriptions,
            });
        }
    }),
    of("FIFO topic", |a, _| topics(a).for_each(|t| t.is_fifo = true)),
    of("own topic is unfit", |a, _| {
        if a.topic(OWN_TOPIC).is_none() {
            let kms_key_id = Some("alias/aws/sns".into());
            a.topics.push(Topic {
                arn: OWN_TOPIC.into(),
                exists: Some(true),
                policy: None,
                kms_key_id,
                is_fifo: false,
                subscriptions: Some(vec![]),
            });
        }
    }),
    of("own topic is unread", |a, _| {
        if a.topic(OWN_TOPIC).is_none() {
            a.topics.push(Topic {
                arn: OWN_TOPIC.into(),
                exists: None,
                policy: None,
                kms_key_id: None,
                is_fifo: false,
                subscriptions: None,
            });
        }
    }),
    of("nobody", |a, _| topics(a).for_each(|t| t.subscriptions = t.subscriptions.as_ref().map(|_| vec![]))),
    of("pending", |a, _| subscriptions(a).for_each(|s| s.arn = "PendingConfirmation".into())),
    of("deleted", |a, _| subscriptions(a).for_each(|s| s.arn = "Deleted".into())),
    of("subscriptions unread", |a, _| topics(a).for_each(|t| t.subscriptions = None)),
    of("filtered", |a, _| filtered(a, r#"{"NewStateValue":["OK"]}"#)),
    of("filtered by name", |a, _| filtered(a, r#"{"AlarmName":[{"prefix":"Notice-"}]}"#)),
    of("filter policy unread", |a, _| subscriptions(a).for_each(|s| s.attributes = None)),
    of("FIFO queue", |a, _| {
        subscriptions(a).for_each(|s| {
            s.protocol = "sqs".into();
            s.endpoint = "arn:aws:sqs:ap-northeast-1:111122223333:q.fifo".into();
        });
    }),
    of("sites unread", |a, _| {
        for number in 1..=TRIES {
            let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
            a.sites.push(Site { kind: SiteKind::Bucket, name: names.bucket(REGION, number), state: None });
        }
    }),
    of("names are taken", |a, _| {
        let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
        let name = names.bucket(REGION, 1);
        if a.site(SiteKind::Bucket, &name).is_none() {
            a.sites.push(Site { kind: SiteKind::Bucket, name, state: Some(SiteState::Foreign) });
        }
    }),
    of("asked from elsewhere", |a, _| a.region = "us-east-1".into()),
    of("gap", |a, _| {
        a.gaps.push(Gap {
            account_id: ACCOUNT.into(),
            region: REGION.into(),
            operation: "sns:GetTopicAttributes".into(),
            resource: Some(NOTICE.into()),
            code: "AuthorizationError".into(),
            message: "no".into(),
        });
    }),
];

/// The plan for the seed's account with one thing wrong, of the metric of 3.4.
#[track_caller]
fn mended(name: &str, options: &Options, verdict: Verdict) -> Plan {
    let defect = DEFECTS.iter().find(|defect| defect.name == name).expect(name);
    let mut account = seed();
    (defect.change)(&mut account, "IamPolicyChanges");
    lawful(&answered(account, options), &rules(Benchmark::default()), verdict, options)
}

/// A defect, what is planned, and whether `cis` or `effective` asks for it.
fn said(names: &[&str], options: &Options, verdict: Verdict) -> String {
    let brief = |plan: &Plan| {
        let kind = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
        let of = |step: &Step| plan.steps.iter().filter(|other| kind(&other.id) == kind(&step.id)).count();
        let mut steps: Vec<String> = plan
            .steps
            .iter()
            .map(|step| match of(step) {
                count @ 4.. => format!("  {count} of {}", kind(&step.id)),
                _ => format!("  {} {}", step.id, step.rules.len()),
            })
            .collect();
        steps.dedup();
        let by_hand = plan.by_hand.iter().map(|it| format!("  by hand {}: {}", it.code, it.what));
        let not = plan.not_planned.iter().map(|it| format!("  not planned {} {}: {}", it.code, it.rules.len(), it.why));
        steps.into_iter().chain(by_hand).chain(not).collect::<Vec<_>>().join("\n")
    };
    names.iter().map(|name| format!("{name}\n{}\n", brief(&mended(name, options, verdict)))).collect()
}

#[test]
fn of_the_trail() {
    let allowed = Options { allow_update: true, ..Options::default() };
    let defects = [
        "single region",
        "no global events",
        "stopped",
        "no management events",
        "no write events",
        "no read events",
        "iam left out",
        "added up",
        "narrowed",
        "no log group",
        "log group missing",
        "log group of another class",
        "log group of another account",
        "delivery fails",
        "another organization's broken trail",
        "another organization's log group",
        "only another organization's trail",
        "an organization's own trail",
    ];
    insta::assert_snapshot!(said(&defects, &allowed, Verdict::Cis), @"
    single region
      trail/DefaultSecuritySettings 14
    no global events
      trail/DefaultSecuritySettings 14
    stopped
      trail/DefaultSecuritySettings 14
    no management events
      trail/DefaultSecuritySettings 14
    no write events
      trail/DefaultSecuritySettings 14
    no read events
      trail/DefaultSecuritySettings 14
    iam left out
      trail/DefaultSecuritySettings 1
    added up

    narrowed
      trail/DefaultSecuritySettings 14
    no log group
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      topic/cis-audit-alerts 14
      14 of metric-filter
      14 of alarm
      by hand subscription.none: subscribe somebody to topic cis-audit-alerts: --subscribe email:ADDRESS
    log group missing
      log-group//aws/cloudtrail/DefaultSecuritySettings 14
      topic/cis-audit-alerts 14
      14 of metric-filter
      14 of alarm
      by hand subscription.none: subscribe somebody to topic cis-audit-alerts: --subscribe email:ADDRESS
    log group of another class
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      topic/cis-audit-alerts 14
      14 of metric-filter
      14 of alarm
      by hand subscription.none: subscribe somebody to topic cis-audit-alerts: --subscribe email:ADDRESS
    log group of another account
      not planned log_group.other_account 14: events go to a log group of account 999999999999: its metric filters and alarms can be read only there; audit the owner's account (its credentials, or --role-arn of a role there)
    delivery fails
      by hand log_group.delivery_failing: CloudTrail's last delivery to log group /aws/cloudtrail/DefaultSecuritySettings failed: Denied; let the trail's role write to the log group (logs:CreateLogStream and logs:PutLogEvents on its streams)
    another organization's broken trail

    another organization's log group

    only another organization's trail

    an organization's own trail
    ");
}

#[test]
fn existing_trails_stay_as_they_are_unless_the_user_allows_it() {
    let defects = ["single region", "stopped", "no write events", "no log group", "log group of another class"];
    insta::assert_snapshot!(said(&defects, &Options::default(), Verdict::Cis), @"
    single region
      not planned trail.single_region 14: trail DefaultSecuritySettings records events of ap-northeast-1 only; --allow-update lets the plan change trail DefaultSecuritySettings
    stopped
      not planned trail.not_logging 14: trail DefaultSecuritySettings is stopped: it records nothing; --allow-update lets the plan change trail DefaultSecuritySettings
    no write events
      not planned trail.no_write_events 14: trail DefaultSecuritySettings records management events that read only; --allow-update lets the plan change trail DefaultSecuritySettings
    no log group
      not planned log_group.none 14: trail DefaultSecuritySettings delivers to no CloudWatch Logs log group; --allow-update lets the plan change trail DefaultSecuritySettings
    log group of another class
      not planned log_group.class 14: log group /aws/cloudtrail/DefaultSecuritySettings is of class INFREQUENT_ACCESS, which has no metric filters; --allow-update lets the plan change trail DefaultSecuritySettings
    ");
    let update = |name: &str| {
        let allowed = Options { allow_update: true, ..Options::default() };
        let plan = mended(name, &allowed, Verdict::Cis);
        let update = plan.steps.iter().find_map(|step| match &step.action {
            Action::UpdateTrail(update) => Some(update.clone()),
            _ => None,
        });
        serde_json::to_string(&update.expect("an update")).expect("JSON")
    };
    insta::assert_snapshot!(update("no global events"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","multi_region":{"from":false,"to":true},"global_events":{"from":false,"to":true}}"#);
    insta::assert_snapshot!(update("no read events"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","selectors":{"from":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]},"to":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]},{"read_write_type":"All","include_management_events":true}]}}}"#);
    insta::assert_snapshot!(update("no log group"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","log_group_arn":{"from":null,"to":"arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/cis-audit"},"role_arn":{"from":null,"to":"arn:aws:iam::111122223333:role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8"}}"#);
}

#[test]
fn of_the_metric_filter_and_the_alarm() {
    let defects = [
        "no filter",
        "narrow filter",
        "filter of zeros",
        "no alarm",
        "alarm of another namespace",
        "alarm with a dimension",
        "alarm of another unit",
        "alarm that never fires",
        "alarm in error",
        "actions off",
        "no action",
        "action is no topic",
        "muted for ever",
        "own name muted",
        "composite blocks",
    ];
    insta::assert_snapshot!(said(&defects, &Options::default(), Verdict::Cis), @"
    no filter
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    narrow filter
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter of zeros
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    no alarm
      alarm/cis-audit-iam-policy-changes 1
    alarm of another namespace
      alarm/cis-audit-iam-policy-changes 1
    alarm with a dimension
      alarm/cis-audit-iam-policy-changes 1
    alarm of another unit
      alarm/cis-audit-iam-policy-changes 1
    alarm that never fires
      alarm/cis-audit-iam-policy-changes 1
    alarm in error
      alarm/cis-audit-iam-policy-changes 1
    actions off
      alarm/cis-audit-iam-policy-changes 1
    no action
      alarm/cis-audit-iam-policy-changes 1
    action is no topic
      alarm/cis-audit-iam-policy-changes 1
    muted for ever
      alarm/cis-audit-iam-policy-changes 1
    own name muted
      alarm/cis-audit-iam-policy-changes-2 1
    composite blocks
      alarm/cis-audit-iam-policy-changes 1
    ");
}

/// What weakens a chain is mended where the verdict is `effective`, and left alone where it is `cis`.
#[test]
fn of_what_is_weak() {
    let defects = [
        "filter of everything",
        "filter with a default",
        "filter with a dimension",
        "alarm of several events",
        "alarm that latches",
        "alarm always on",
        "new alarm",
        "muted at night",
        "delivery stale",
    ];
    insta::assert_snapshot!(said(&defects, &Options::default(), Verdict::Effective), @"
    filter of everything
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter with a default
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter with a dimension
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    alarm of several events
      alarm/cis-audit-iam-policy-changes 1
    alarm that latches
      alarm/cis-audit-iam-policy-changes 1
    alarm always on
      alarm/cis-audit-iam-policy-changes 1
    new alarm
      by hand alarm.not_evaluated: alarm Warning-seed-CloudTrail-IamPolicy-Changes is not evaluated at present: it is new, and does nothing until its warm-up is over; see the alarm's evaluation state: aws cloudwatch describe-alarms --alarm-names ALARM
    muted at night
      alarm/cis-audit-iam-policy-changes 1
    delivery stale
      by hand log_group.delivery_stale: CloudTrail last delivered to log group /aws/cloudtrail/DefaultSecuritySettings at 2026-01-02T09:00:00Z, 3 days before; see what aws cloudtrail get-trail-status says, and let the trail's role write to the log group
    ");
    for name in defects {
        let plan = mended(name, &Options::default(), Verdict::Cis);
        assert_eq!((plan.steps.len(), plan.by_hand.len(), plan.not_planned.len()), (0, 0, 0), "{name}");
    }
}

#[test]
fn of_the_topic_and_the_subscription() {
    let options = by_telephone();
    let defects = [
        "no topic",
        "topic's managed key",
        "topic's policy forbids",
        "topic's policy denies",
        "topic elsewhere",
        "readable topic of another account, nobody there",
        "FIFO topic",
        "nobody",
        "pending",
        "deleted",
        "filtered",
        "filtered by name",
        "FIFO queue",
    ];
    insta::assert_snapshot!(said(&defects, &options, Verdict::Cis), @"
    no topic
      topic/notice 14
      subscription/notice/sms-1 14
    topic's managed key
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic's policy forbids
      topic-policy/notice 14
    topic's policy denies
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic elsewhere
      alarm/cis-audit-iam-policy-changes 1
    readable topic of another account, nobody there
      by hand subscription.none: ask the owner of topic notice, account 999999999999, to subscribe somebody
    FIFO topic
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    nobody
      subscription/notice/sms-1 14
    pending
      subscription/notice/sms-1 14
    deleted
      subscription/notice/sms-1 14
    filtered
      subscription/notice/sms-1 14
    filtered by name
      subscription/notice/sms-1 8
    FIFO queue
      subscription/notice/sms-1 14
    ");
    let nobody_given =
        ["nobody", "pending", "deleted", "filtered", "FIFO queue", "readable topic of another account, nobody there"];
    insta::assert_snapshot!(said(&nobody_given, &Options::default(), Verdict::Cis), @"
    nobody
      by hand subscription.none: subscribe somebody to topic notice: --subscribe email:ADDRESS
    pending
      by hand subscription.pending: open the mail to se***@example.com and confirm
    deleted
      by hand subscription.deleted: subscribe somebody to topic notice: --subscribe email:ADDRESS
    filtered
      by hand subscription.filtered: remove the filter policies that keep alarms' messages from every subscription of topic notice, or subscribe somebody: --subscribe email:ADDRESS
    FIFO queue
      by hand subscription.dead_end: subscribe somebody to topic notice: --subscribe email:ADDRESS
    readable topic of another account, nobody there
      by hand subscription.none: ask the owner of topic notice, account 999999999999, to subscribe somebody
    ");
}

/// Whatever could not be read or decided, nothing is created on it: every unverified code that a chain can have.
#[test]
fn gaps_are_never_planned_on() {
    let unread = [
        ("trails unread", Code::TrailUnread, Verdict::Cis),
        ("status unread", Code::TrailUnread, Verdict::Cis),
        ("log group of another account", Code::LogGroupOtherAccount, Verdict::Cis),
        ("log group not looked at", Code::LogGroupUnread, Verdict::Cis),
        ("filters unread", Code::MetricFilterUnread, Verdict::Cis),
        ("filter of sizes", Code::MetricFilterValueUndecided, Verdict::Cis),
        ("filter of transformed events", Code::MetricFilterUndecided, Verdict::Cis),
        ("alarms unread and none seen", Code::AlarmUnread, Verdict::Cis),
        ("alarm of an expression", Code::AlarmUndecided, Verdict::Cis),
        ("mute rules unread", Code::AlarmMuteUnread, Verdict::Effective),
        ("topic unread", Code::TopicUnread, Verdict::Cis),
        ("topic of another account", Code::TopicUnread, Verdict::Cis),
        ("topic's own key", Code::TopicKeyUnread, Verdict::Effective),
        ("topic's policy cannot be followed", Code::TopicPolicyUndecided, Verdict::Effective),
        ("subscriptions unread", Code::SubscriptionUnread, Verdict::Cis),
        ("filter policy unread", Code::SubscriptionFilterUnread, Verdict::Effective),
    ];
    let options = Options { allow_update: true, ..by_telephone() };
    for (name, code, verdict) in unread {
        let plan = mended(name, &options, verdict);
        assert_eq!(ids(&plan), [""; 0], "{name}");
        assert_eq!(plan.by_hand, [], "{name}");
        let codes: BTreeSet<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        assert_eq!(codes, BTreeSet::from([code.as_str()]), "{name}");
    }
    let seen: BTreeSet<Code> = unread.iter().map(|(_, code, _)| *code).collect();
    let all: BTreeSet<Code> = Code::ALL.iter().copied().filter(|code| code.grade() == Grade::Unverified).collect();
    assert_eq!(seen, all);
}

/// What is missing for certain is not created either where a name that it would have, or what comes after it, was not read.
#[test]
fn nothing_is_begun_that_hangs_on_a_gap() {
    let nothing_but = |account: &Snapshot, code: &str| {
        let plan = lawful(account, &rules(Benchmark::default()), Verdict::Cis, &by_telephone());
        assert_eq!(ids(&plan), [""; 0]);
        let codes: Vec<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        assert_eq!(codes, [code], "{}", rendered(&plan));
    };
    let with = |change: fn(&mut Snapshot)| {
        let mut account = answered(empty(), &by_telephone());
        change(&mut account);
        account
    };
    nothing_but(&empty(), "trail.unread");
    nothing_but(&with(|a| a.sites.iter_mut().for_each(|site| site.state = None)), "trail.unread");
    nothing_but(&with(|a| a.sites.retain(|site| site.kind != SiteKind::Role)), "trail.unread");
    nothing_but(&with(|a| a.log_groups.clear()), "log_group.unread");
    nothing_but(&with(|a| a.alarms[0].complete = false), "alarm.unread");
    nothing_but(&with(|a| a.alarms.clear()), "alarm.unread");
    nothing_but(&with(|a| a.topics.clear()), "topic.unread");
    nothing_but(&with(|a| a.topics.iter_mut().for_each(|topic| topic.exists = None)), "topic.unread");
}
