//! Accounts that differ from the seed's and are sound all the same: each passes every control by the benchmark, and a
//! single event is notified.

use cis_audit::finding::HubStatus::{self, Failed, Passed};
use cis_audit::snapshot::{EvaluationWindow, EventSelector, Subscription, SubscriptionAttributes, Watched};

use super::super::builder::{
    ACCOUNT, AccountBuilder, OTHER_ACCOUNT, OTHER_REGION, REGION, TOPIC, equals, management_events,
    management_events_without, stat,
};
use super::alarms::{watching, with_math};

/// One difference that is no defect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sound {
    pub(crate) name: &'static str,
    /// Changes the account, or what monitors the control.
    pub(crate) apply: fn(AccountBuilder, &str) -> AccountBuilder,
    /// What Security Hub CSPM shows of the control, which compares texts.
    pub(crate) security_hub: HubStatus,
}

const fn sound(name: &'static str, apply: fn(AccountBuilder, &str) -> AccountBuilder) -> Sound {
    Sound { name, apply, security_hub: Passed }
}

const fn sound_but(
    security_hub: HubStatus,
    name: &'static str,
    apply: fn(AccountBuilder, &str) -> AccountBuilder,
) -> Sound {
    Sound { name, apply, security_hub }
}

const MANAGEMENT: &str = "Management";

/// Every sound difference, in the order of the chain.
pub(crate) const SOUND: &[Sound] = &[
    sound("nothing changed", |account, _| account),
    sound("no selector", |account, _| account.with_selectors(&[])),
    sound("selector that says nothing", |account, _| {
        account.with_selectors(&[EventSelector {
            read_write_type: None,
            include_management_events: None,
            exclude_management_event_sources: Vec::new(),
            data_resources: Vec::new(),
        }])
    }),
    sound_but(HubStatus::Unknown, "read-only and write-only selectors", |account, _| {
        account.with_selectors(&[management_events("ReadOnly"), management_events("WriteOnly")])
    }),
    sound("one of two selectors is without management events", |account, _| {
        let without = EventSelector { include_management_events: Some(false), ..management_events("All") };
        account.with_selectors(&[without, management_events("All")])
    }),
    sound("three selectors, one of which excludes KMS", |account, _| {
        account.with_selectors(&[
            management_events_without(&["kms.amazonaws.com"]),
            management_events("WriteOnly"),
            management_events("ReadOnly"),
        ])
    }),
    sound("one of two selectors excludes KMS", |account, _| {
        account.with_selectors(&[management_events_without(&["kms.amazonaws.com"]), management_events("All")])
    }),
    sound("advanced selector of management events", |account, _| {
        account.with_advanced_selectors(&[&[equals("eventCategory", MANAGEMENT)]])
    }),
    sound_but(HubStatus::Unknown, "advanced read-only and write-only selectors", |account, _| {
        account.with_advanced_selectors(&[
            &[equals("eventCategory", MANAGEMENT), equals("readOnly", "true")],
            &[equals("eventCategory", MANAGEMENT), equals("readOnly", "false")],
            &[equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")],
        ])
    }),
    sound("advanced selectors of data and of management events", |account, _| {
        account.with_advanced_selectors(&[
            &[equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")],
            &[equals("eventCategory", MANAGEMENT)],
        ])
    }),
    sound("stopped second trail", |account, _| {
        account.with_second_trail("another", |trail| {
            trail.status.iter_mut().for_each(|status| status.is_logging = false);
        })
    }),
    sound("single-region second trail", |account, _| {
        account.with_second_trail("another", |trail| trail.is_multi_region = false)
    }),
    sound("second trail without a log group", |account, _| {
        account.with_second_trail("another", |trail| trail.log_group_arn = None)
    }),
    sound("second trail to the log group, whose delivery fails", |account, _| {
        account.with_second_trail("another", |trail| {
            trail.status.iter_mut().for_each(|status| status.latest_logs_delivery_error = Some("AccessDenied".into()));
        })
    }),
    sound("another account's trail to its own log group", |account, _| {
        account.with_second_trail("another", |trail| {
            trail.arn = trail.arn.replace(ACCOUNT, OTHER_ACCOUNT).into();
            trail.log_group_arn = trail.log_group_arn.as_ref().map(|arn| arn.replace(ACCOUNT, OTHER_ACCOUNT).into());
        })
    }),
    sound("trail of the account's own organization", |account, _| account.trail(|trail| trail.is_organization = true)),
    sound("no delivery since logging began a day ago", |account, _| {
        account.trail_status(|status| {
            status.latest_logs_delivery_time = None;
            status.start_logging_time = "2026-01-04T09:00:00Z".parse().ok();
        })
    }),
    sound("log group of class ESSENTIALS with metric filters", |account, _| {
        account.log_group(|group| group.class = Some("ESSENTIALS".into()))
    }),
    sound("empty log group of that name in another region", |account, _| {
        account.with(|account| {
            let mut other = account.log_groups.first().expect("a log group").clone();
            other.arn = other.arn.replace(REGION, OTHER_REGION).into();
            other.metric_filters = Some(Vec::new());
            account.log_groups.push(other);
        })
    }),
    sound_but(Failed, "metric filter of other text and the same meaning", |account, control| {
        account.filter(control, |filter| {
            let tests = filter.pattern.trim_matches(['{', '}']).to_owned();
            filter.pattern = format!("{{ ( {tests} ) }}");
        })
    }),
    sound_but(Failed, "metric filter that publishes a second metric", |account, control| {
        account.filter(control, |filter| {
            let mut second = filter.transformations.first().expect("a metric").clone();
            second.name = "Unwatched".into();
            filter.transformations.insert(0, second);
        })
    }),
    sound("default value of 0", |account, control| {
        account.transformation(control, |metric| metric.default_value = Some(0.0))
    }),
    sound("second metric filter of such events on the metric", |account, control| {
        account
            .with_second_filter(control, "another", |filter| {
                filter.pattern = "{ $.eventName = DeleteRolePolicy }".into();
            })
            .alarm_metric(control, |metric| metric.statistic = "Sum".into())
    }),
    sound("second metric filter that cannot be parsed", |account, control| {
        account.with_second_filter(control, "odd", |filter| filter.pattern = "{ $.a && }".into())
    }),
    sound("sum", |account, control| account.alarm_metric(control, |metric| metric.statistic = "Sum".into())),
    sound("average", |account, control| account.alarm_metric(control, |metric| metric.statistic = "Average".into())),
    sound("99th percentile", |account, control| {
        account.alarm_metric(control, |metric| metric.statistic = "p99".into())
    }),
    sound("more than 0", |account, control| {
        account.alarm(control, |alarm| {
            (alarm.comparison, alarm.threshold) = (Some("GreaterThanThreshold".into()), Some(0.0));
        })
    }),
    sound("one of three data points", |account, control| {
        account.alarm(control, |alarm| {
            (alarm.evaluation_periods, alarm.datapoints_to_alarm) = (Some(3), Some(1));
        })
    }),
    sound("sliding evaluation window", |account, control| {
        account.alarm(control, |alarm| alarm.window = Some(EvaluationWindow::Sliding))
    }),
    sound_but(HubStatus::Unknown, "alarm on a query of the metric alone", |account, control| {
        account.alarm(control, |alarm| {
            let own = stat(alarm).clone();
            alarm.watches = Watched::Queries(vec![cis_audit::snapshot::MetricQuery {
                id: "m1".into(),
                return_data: None,
                stat: Some(own),
                expression: None,
                period: None,
                account_id: None,
            }]);
        })
    }),
    sound_but(HubStatus::Unknown, "alarm on the metric of this account by its number", |account, control| {
        watching(account, control, |own| {
            vec![cis_audit::snapshot::MetricQuery {
                id: "m1".into(),
                return_data: Some(true),
                stat: Some(own),
                expression: None,
                period: None,
                account_id: Some(ACCOUNT.into()),
            }]
        })
    }),
    sound_but(HubStatus::Unknown, "metric math that changes nothing", |account, control| {
        with_math(account, control, "m1")
    }),
    sound_but(HubStatus::Unknown, "metric math that fills gaps with 0", |account, control| {
        with_math(account, control, "FILL(m1, 0)")
    }),
    sound("action that is no topic, in addition", |account, control| {
        account.alarm(control, |alarm| {
            alarm.actions.alarm.insert(0, "arn:aws:automate:ap-northeast-1:ec2:stop".into());
        })
    }),
    sound("topic without subscription, in addition", |account, control| {
        let silent = TOPIC.replace("notice", "silent");
        let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
        account
            .with_topic(&silent, |topic| topic.policy = Some(policy.into()))
            .alarm(control, |alarm| alarm.actions.alarm.insert(0, silent.clone()))
    }),
    sound("second alarm whose actions are disabled", |account, control| {
        account.with_second_alarm(control, "0-broken", |alarm| alarm.actions.enabled = false)
    }),
    sound("second alarm with a threshold of five events", |account, control| {
        account.with_second_alarm(control, "0-weak", |alarm| {
            alarm.threshold = Some(5.0);
            stat(alarm).statistic = "Sum".into();
        })
    }),
    sound_but(Failed, "composite alarm on the alarm", |account, control| {
        account.with_composite_alarm(control, "ALARM(IT)")
    }),
    sound_but(Failed, "composite alarm on any of two alarms", |account, control| {
        account.with_composite_alarm(control, "ALARM(IT) OR ALARM(\"other\")")
    }),
    sound("mute rule that is over", |account, control| {
        let account = account.with_mute_rule(control, "cron(* * * * *)", "P15D");
        account.mute_rule(|rule| rule.expire = "2026-01-01T00:00:00Z".parse().ok())
    }),
    sound("mute rule of other alarms", |account, control| {
        let account = account.with_mute_rule(control, "cron(* * * * *)", "P15D");
        account.mute_rule(|rule| rule.alarms = vec!["another".into(), "another".into()])
    }),
    sound("topic policy as SNS makes it", |account, _| {
        account.with_topic_policy(r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}"#)
    }),
    sound("topic key that CloudWatch may use", |account, _| account.with_topic_key(|_| {})),
    sound("queue", |account, _| account.with_queue("q")),
    sound("filter policy of messages about ALARM", |account, _| {
        account.with_filter_policy(r#"{"NewStateValue":["ALARM"]}"#, Some("MessageBody"))
    }),
    sound("pending and deleted subscriptions, in addition", |account, _| {
        account.topic(|topic| {
            let late = |arn: &str, endpoint: &str| Subscription {
                arn: arn.into(),
                protocol: "email".into(),
                endpoint: endpoint.into(),
                attributes: Some(SubscriptionAttributes::default()),
            };
            let more = [late("PendingConfirmation", "late@example.com"), late("Deleted", "gone@example.com")];
            topic.subscriptions.get_or_insert_default().splice(0..0, more);
        })
    }),
];
