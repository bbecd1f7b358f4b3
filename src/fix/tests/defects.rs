//! What can be wrong with a chain.

use super::*;
use crate::snapshot::{
    AdvancedEventSelector, CompositeAlarm, DataResource, EvaluationWindow, EventSelector, EventSelectors,
    FieldSelector, Gap, GapSource, Key, LogGroup, MetricQuery, MuteRule, SubscriptionAttributes, WarmUp,
};

/// Something that can be wrong with the seed's account, or with its chain of one metric.
pub(super) struct Defect {
    pub(super) name: &'static str,
    pub(super) change: fn(&mut Account, &str),
}

const fn defect(name: &'static str, change: fn(&mut Account, &str)) -> Defect {
    Defect { name, change }
}

const OTHER: &str = "999999999999";

fn trails(account: &mut Account) -> impl Iterator<Item = &mut Trail> {
    account.trails.iter_mut().flatten()
}

fn filters<'a>(account: &'a mut Account, metric: &'a str) -> impl Iterator<Item = &'a mut MetricFilter> {
    let publishes = move |filter: &&mut MetricFilter| filter.transformations.iter().any(|each| each.name == metric);
    account.log_groups.iter_mut().flat_map(|group| group.metric_filters.iter_mut().flatten()).filter(publishes)
}

fn watches(alarm: &MetricAlarm, metric: &str) -> bool {
    matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric)
}

fn alarms<'a>(account: &'a mut Account, metric: &'a str) -> impl Iterator<Item = &'a mut MetricAlarm> {
    account.alarms.iter_mut().flat_map(|alarms| &mut alarms.metric_alarms).filter(move |alarm| watches(alarm, metric))
}

fn stats<'a>(account: &'a mut Account, metric: &'a str) -> impl Iterator<Item = &'a mut MetricStat> {
    alarms(account, metric).filter_map(|alarm| match &mut alarm.watches {
        Watched::Metric(stat) => Some(stat),
        Watched::Queries(_) | Watched::Criteria(_) => None,
    })
}

fn topics(account: &mut Account) -> impl Iterator<Item = &mut Topic> {
    account.topics.iter_mut()
}

fn subscriptions(account: &mut Account) -> impl Iterator<Item = &mut Subscription> {
    topics(account).flat_map(|topic| topic.subscriptions.iter_mut().flatten())
}

fn select_basic(account: &mut Account, basic: &[EventSelector]) {
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

fn filtered(account: &mut Account, policy: &str) {
    subscriptions(account).for_each(|subscription| {
        subscription.attributes = Some(SubscriptionAttributes {
            pending_confirmation: false,
            filter_policy: Some(policy.into()),
            filter_policy_scope: Some("MessageBody".into()),
            confirmation_was_authenticated: None,
        });
    });
}

fn mute(account: &mut Account, metric: &str, schedule: &str, duration: &str) {
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
fn second_trail(account: &mut Account, owner: &str, change: fn(&mut Trail)) {
    let Some(first) = account.trails().first().cloned() else { return };
    let arn = format!("arn:aws:cloudtrail:ap-northeast-1:{owner}:trail/second");
    let mut trail = Trail { arn: arn.into(), name: "second".into(), is_organization: owner != ACCOUNT, ..first };
    change(&mut trail);
    if !account.trails().iter().any(|other| other.arn == trail.arn) {
        account.trails.get_or_insert_default().push(trail);
    }
}

pub(super) const DEFECTS: &[Defect] = &[
    defect("no trail", |a, _| a.trails = Some(vec![])),
    defect("trails unread", |a, _| a.trails = None),
    defect("single region", |a, _| trails(a).for_each(|t| t.is_multi_region = false)),
    defect("no global events", |a, _| {
        trails(a).for_each(|t| (t.is_multi_region, t.include_global_service_events) = (false, false));
    }),
    defect("stopped", |a, _| trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.is_logging = false)),
    defect("status unread", |a, _| trails(a).for_each(|t| t.status = None)),
    defect("selector of an unknown word", |a, _| select_basic(a, &[basic("NewWord", true, &[], false)])),
    defect("no management events", |a, _| select_basic(a, &[basic("All", false, &[], true)])),
    defect("no write events", |a, _| select_basic(a, &[basic("ReadOnly", true, &[], false)])),
    defect("no read events", |a, _| select_basic(a, &[basic("WriteOnly", true, &[], true)])),
    defect("iam left out", |a, _| select_basic(a, &[basic("All", true, &["iam.amazonaws.com"], true)])),
    defect("added up", |a, _| {
        select_basic(a, &[basic("ReadOnly", true, &[], false), basic("WriteOnly", true, &[], false)]);
    }),
    defect("narrowed", |a, _| {
        let management = vec![equals("eventCategory", "Management"), equals("eventName", "PutUserPolicy")];
        let data = vec![equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")];
        let of = |field_selectors| AdvancedEventSelector { name: None, field_selectors };
        let advanced = vec![of(management), of(data)];
        trails(a).for_each(|t| t.selectors = Some(EventSelectors { basic: vec![], advanced: advanced.clone() }));
    }),
    defect("no log group", |a, _| trails(a).for_each(|t| t.log_group_arn = None)),
    defect("log group missing", |a, _| {
        a.log_groups.iter_mut().for_each(|g| (g.exists, g.metric_filters) = (Some(false), Some(vec![])));
    }),
    defect("log group of another class", |a, _| {
        let emptied = |g: &mut LogGroup| {
            (g.class, g.metric_filters) = (Some("INFREQUENT_ACCESS".into()), Some(vec![]));
        };
        a.log_groups.iter_mut().for_each(emptied);
    }),
    defect("log group of an undocumented class", |a, _| {
        let emptied = |g: &mut LogGroup| (g.class, g.metric_filters) = (Some("ESSENTIALS".into()), Some(vec![]));
        a.log_groups.iter_mut().for_each(emptied);
    }),
    defect("log group of another account", |a, _| {
        trails(a)
            .for_each(|t| t.log_group_arn = t.log_group_arn.as_ref().map(|arn| arn.replace(ACCOUNT, OTHER).into()));
    }),
    defect("log group not looked at", |a, _| a.log_groups.clear()),
    defect("delivery fails", |a, _| {
        trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.latest_logs_delivery_error = Some("Denied".into()));
    }),
    defect("delivery stale", |a, _| {
        let before = "2026-01-02T09:00:00Z".parse().ok();
        trails(a).filter_map(|t| t.status.as_mut()).for_each(|s| s.latest_logs_delivery_time = before);
    }),
    defect("filters unread", |a, _| a.log_groups.iter_mut().for_each(|g| g.metric_filters = None)),
    defect("another organization's trail", |a, _| second_trail(a, OTHER, |_| {})),
    defect("another organization's log group", |a, _| {
        second_trail(a, OTHER, |t| t.log_group_arn = Some(GROUP.replace(ACCOUNT, OTHER).into()));
    }),
    defect("another organization's broken trail", |a, _| second_trail(a, OTHER, |t| t.log_group_arn = None)),
    defect("a second trail elsewhere", |a, _| {
        second_trail(a, ACCOUNT, |t| {
            t.arn = t.arn.replace(REGION, "us-east-1").into();
            t.home_region = "us-east-1".into();
            t.log_group_arn = None;
        });
    }),
    defect("only another organization's trail", |a, _| {
        trails(a).for_each(|t| {
            t.arn = t.arn.replace(ACCOUNT, OTHER).into();
            t.is_organization = true;
        });
    }),
    defect("an organization's own trail", |a, _| trails(a).for_each(|t| t.is_organization = true)),
    defect("no filter", |a, m| {
        let publishes = |f: &MetricFilter| f.transformations.iter().any(|each| each.name == m);
        a.log_groups.iter_mut().for_each(|g| g.metric_filters.iter_mut().for_each(|f| f.retain(|f| !publishes(f))));
    }),
    defect("narrow filter", |a, m| filters(a, m).for_each(|f| f.pattern = "{ $.eventName = DeletePolicy }".into())),
    defect("filter that misses old records", |a, m| {
        filters(a, m).for_each(|f| {
            let tests = f.pattern.trim_matches(['{', '}', ' ']).to_owned();
            f.pattern = format!("{{ ({tests}) && $.eventCategory = Management }}");
        });
    }),
    defect("filter of every call", |a, m| {
        filters(a, m).for_each(|f| f.pattern = "{ $.eventType = AwsApiCall }".into());
    }),
    defect("filter of everything", |a, m| filters(a, m).for_each(|f| f.pattern = "{ $.eventName = * }".into())),
    defect("filter of zeros", |a, m| filters(a, m).for_each(|f| f.transformations[0].value = "0".into())),
    defect("filter of sizes", |a, m| {
        filters(a, m).for_each(|f| f.transformations[0].value = "$.requestParameters.size".into());
    }),
    defect("filter of transformed events", |a, m| filters(a, m).for_each(|f| f.apply_on_transformed_logs = true)),
    defect("filter with a default", |a, m| filters(a, m).for_each(|f| f.transformations[0].default_value = Some(1.0))),
    defect("filter with a dimension", |a, m| {
        filters(a, m).for_each(|f| {
            drop(f.transformations[0].dimensions.insert("User".into(), "$.userIdentity.userName".into()));
        });
    }),
    defect("as many filters as may be", |a, _| {
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
    defect("filter's name is taken", |a, m| {
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
    defect("no alarm", |a, m| a.alarms.iter_mut().for_each(|r| r.metric_alarms.retain(|alarm| !watches(alarm, m)))),
    defect("alarm of another namespace", |a, m| stats(a, m).for_each(|s| s.namespace = "Other".into())),
    defect("alarm with a dimension", |a, m| {
        stats(a, m).for_each(|s| drop(s.dimensions.insert("a".into(), "b".into())));
    }),
    defect("alarm of another unit", |a, m| stats(a, m).for_each(|s| s.unit = Some("Seconds".into()))),
    defect("alarm that never fires", |a, m| alarms(a, m).for_each(|alarm| alarm.threshold = Some(5.0))),
    defect("alarm of several events", |a, m| {
        stats(a, m).for_each(|s| s.statistic = "Sum".into());
        alarms(a, m).for_each(|alarm| alarm.threshold = Some(5.0));
    }),
    defect("alarm that latches", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.treat_missing_data = Some("ignore".into()));
    }),
    defect("alarm always on", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.treat_missing_data = Some("breaching".into()));
    }),
    defect("alarm in error", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.evaluation_state = Some("EVALUATION_ERROR".into()));
    }),
    defect("new alarm", |a, m| alarms(a, m).for_each(|alarm| alarm.evaluation_state = Some("IN_WARM_UP".into()))),
    defect("alarm that may be warming up", |a, m| {
        let warm_up = WarmUp { minutes: Some(30), to_its_end: Some(true), since: None };
        alarms(a, m).for_each(|alarm| (alarm.state, alarm.warm_up) = (None, Some(warm_up.clone())));
    }),
    defect("alarm that looks once a day", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.window = Some(EvaluationWindow::WallClock { timezone: None }));
        stats(a, m).for_each(|s| s.period = 86_400);
    }),
    defect("actions off", |a, m| alarms(a, m).for_each(|alarm| alarm.actions.enabled = false)),
    defect("no action", |a, m| alarms(a, m).for_each(|alarm| alarm.actions.alarm.clear())),
    defect("action is no topic", |a, m| {
        let function = "arn:aws:lambda:ap-northeast-1:111122223333:function:f";
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![function.into()]);
    }),
    defect("muted for ever", |a, m| mute(a, m, "cron(* * * * *)", "P15D")),
    defect("muted at night", |a, m| mute(a, m, "cron(0 22 * * *)", "PT8H")),
    defect("own name muted", |a, m| {
        mute(a, m, "cron(* * * * *)", "P15D");
        let rules = a.alarms[0].mute_rules.iter_mut().flatten();
        rules.for_each(|rule| rule.alarms.push("cis-audit-iam-policy-changes".into()));
    }),
    defect("mute rules unread", |a, _| a.alarms.iter_mut().for_each(|r| r.mute_rules = None)),
    defect("alarms unread", |a, _| a.alarms.iter_mut().for_each(|r| r.complete = false)),
    defect("alarms unread and none seen", |a, m| {
        a.alarms.iter_mut().for_each(|r| r.metric_alarms.retain(|alarm| !watches(alarm, m)));
        a.alarms.iter_mut().for_each(|r| r.complete = false);
    }),
    defect("alarm of an expression", |a, m| {
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
    defect("composite blocks", |a, m| {
        let names: Vec<String> = alarms(a, m).map(|alarm| alarm.name.clone()).collect();
        for name in names {
            let Some(mut actions) = alarms(a, m).next().map(|alarm| alarm.actions.clone()) else { continue };
            actions.ok = vec![];
            let composite = CompositeAlarm {
                arn: format!("arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:over {name}").into(),
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
    defect("alarm's name is taken", |a, _| {
        let Some(mut alarm) = a.alarms[0].metric_alarms.first().cloned() else { return };
        alarm.name = "cis-audit-iam-policy-changes".into();
        alarm.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cis-audit-iam-policy-changes".into();
        alarm.watches = Watched::Criteria("up".into());
        if !a.alarms[0].metric_alarms.iter().any(|other| other.name == alarm.name) {
            a.alarms[0].metric_alarms.push(alarm);
        }
    }),
    defect("no topic", |a, _| {
        topics(a).for_each(|t| (t.exists, t.policy, t.subscriptions) = (Some(false), None, None));
    }),
    defect("topic unread", |a, _| topics(a).for_each(|t| (t.exists, t.policy, t.subscriptions) = (None, None, None))),
    defect("topic's managed key", |a, _| topics(a).for_each(|t| t.kms_key_id = Some("alias/aws/sns".into()))),
    defect("topic's own key", |a, _| topics(a).for_each(|t| t.kms_key_id = Some("alias/own".into()))),
    defect("topic's key is disabled", |a, _| keyed(a, "{}", "Disabled")),
    defect("topic's key forbids", |a, _| keyed(a, r#"{"Statement":[]}"#, "Enabled")),
    defect("grants of the topic's key unread", |a, _| {
        keyed(a, r#"{"Statement":[]}"#, "Enabled");
        a.keys.iter_mut().for_each(|key| key.grants = None);
    }),
    defect("topic's key policy cannot be followed", |a, _| keyed(a, "{}", "Enabled")),
    defect("topic's policy forbids", |a, _| topics(a).for_each(|t| t.policy = Some(r#"{"Statement":[]}"#.into()))),
    defect("topic's policy denies", |a, _| {
        let denies = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
        topics(a).for_each(|t| t.policy = Some(denies.into()));
    }),
    defect("topic's policy cannot be followed", |a, _| {
        let strange = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}]}"#;
        topics(a).for_each(|t| t.policy = Some(strange.into()));
    }),
    defect("topic elsewhere", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![NOTICE.replace(REGION, "us-east-1")]);
    }),
    defect("topic of another account", |a, m| {
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![NOTICE.replace(ACCOUNT, OTHER)]);
    }),
    defect("readable topic of another account, nobody there", |a, m| {
        let arn = NOTICE.replace(ACCOUNT, OTHER);
        alarms(a, m).for_each(|alarm| alarm.actions.alarm = vec![arn.clone()]);
        if a.topic(&arn).is_none() {
            let subscriptions = Some(vec![]);
            a.topics.push(Topic {
                arn: arn.into(),
                exists: Some(true),
                policy: None,
                kms_key_id: None,
                is_fifo: false,
                subscriptions,
            });
        }
    }),
    defect("FIFO topic", |a, _| topics(a).for_each(|t| t.is_fifo = true)),
    defect("own topic is unfit", |a, _| {
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
    defect("own topic is unread", |a, _| {
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
    defect("nobody", |a, _| topics(a).for_each(|t| t.subscriptions = t.subscriptions.as_ref().map(|_| vec![]))),
    defect("pending", |a, _| subscriptions(a).for_each(|s| s.arn = "PendingConfirmation".into())),
    defect("deleted", |a, _| subscriptions(a).for_each(|s| s.arn = "Deleted".into())),
    defect("subscriptions unread", |a, _| topics(a).for_each(|t| t.subscriptions = None)),
    defect("filtered", |a, _| filtered(a, r#"{"NewStateValue":["OK"]}"#)),
    defect("filtered by name", |a, _| filtered(a, r#"{"AlarmName":[{"prefix":"Notice-"}]}"#)),
    defect("filter policy unread", |a, _| subscriptions(a).for_each(|s| s.attributes = None)),
    defect("FIFO queue", |a, _| {
        subscriptions(a).for_each(|s| {
            s.protocol = "sqs".into();
            s.endpoint = "arn:aws:sqs:ap-northeast-1:111122223333:q.fifo".into();
        });
    }),
    defect("sites unread", |a, _| {
        for number in 1..=TRIES {
            let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
            a.survey.sites.push(Site { kind: SiteKind::Bucket, name: names.bucket(REGION, number), state: None });
        }
    }),
    defect("names are taken", |a, _| {
        let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
        let name = names.bucket(REGION, 1);
        if a.survey.state(SiteKind::Bucket, &name).is_none() {
            a.survey.sites.push(Site { kind: SiteKind::Bucket, name, state: Some(SiteState::Foreign) });
        }
    }),
    defect("asked from elsewhere", |a, _| a.region = "us-east-1".into()),
    defect("gap", |a, _| {
        a.gaps.push(Gap {
            account_id: ACCOUNT.into(),
            region: REGION.into(),
            source: GapSource::call("sns:GetTopicAttributes"),
            resource: Some(NOTICE.into()),
            code: "AuthorizationError".into(),
            message: "no".into(),
        });
    }),
];

/// The topics are encrypted with a key that was read.
fn keyed(account: &mut Account, policy: &str, state: &str) {
    topics(account).for_each(|topic| topic.kms_key_id = Some("alias/own".into()));
    let Some(id) = account.topics.iter().find_map(Topic::key_arn) else { return };
    let text = |text: &str| Some(text.to_owned());
    account.keys = vec![Key {
        region: account.region.clone(),
        arn: Some(id.clone()),
        id,
        exists: Some(true),
        manager: text("CUSTOMER"),
        state: text(state),
        spec: text("SYMMETRIC_DEFAULT"),
        policy: text(policy),
        grants: Some(Vec::new()),
    }];
}
