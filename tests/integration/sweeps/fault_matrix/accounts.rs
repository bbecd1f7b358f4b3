//! A sound account, and accounts that are broken at one link each.

use serde_json::json;

use super::reads::Read;
use crate::compliant::add_strangers;
use crate::support::account::{Account, AlarmMetric, EventSelector, Key, MuteRule, Selectors, SubscriptionState};
use crate::support::seed::REGION;
use crate::support::stage::fresh_id;

/// What is broken. All controls depend on it alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    Sound,
    /// With so many alarms that those on a metric are asked for first.
    SoundAmongMany,
    TrailStopped,
    TrailReadOnly,
    LogGroupMissing,
    FilterMissing,
    FilterNarrow,
    AlarmWithoutActions,
    AlarmDisabled,
    AlarmElsewhere,
    TopicMissing,
    TopicPolicyDenies,
    ManagedKey,
    KeyDisabled,
    KeyForbids,
    NobodySubscribed,
    PendingOnly,
    FilteredAway,
    AlwaysMuted,
    /// The control about Security Hub, which asks for no chain.
    HubEnabled,
    HubDisabled,
}

/// How far along the chain a link or an operation is: what comes after a break decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Account,
    Trail,
    Filter,
    Alarm,
    Mute,
    Topic,
    Key,
    Subscription,
    FilterPolicy,
    Hub,
    /// No link: what is reported about it decides nothing.
    EventRules,
}

const ALIAS: &str = "alias/topics";

impl Link {
    pub(super) const ALL: [Self; 21] = [
        Self::Sound,
        Self::SoundAmongMany,
        Self::TrailStopped,
        Self::TrailReadOnly,
        Self::LogGroupMissing,
        Self::FilterMissing,
        Self::FilterNarrow,
        Self::AlarmWithoutActions,
        Self::AlarmDisabled,
        Self::AlarmElsewhere,
        Self::TopicMissing,
        Self::TopicPolicyDenies,
        Self::ManagedKey,
        Self::KeyDisabled,
        Self::KeyForbids,
        Self::NobodySubscribed,
        Self::PendingOnly,
        Self::FilteredAway,
        Self::AlwaysMuted,
        Self::HubEnabled,
        Self::HubDisabled,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::SoundAmongMany => "sound among many",
            Self::TrailStopped => "trail stopped",
            Self::TrailReadOnly => "trail reads only",
            Self::LogGroupMissing => "log group missing",
            Self::FilterMissing => "filters missing",
            Self::FilterNarrow => "filters too narrow",
            Self::AlarmWithoutActions => "alarms without actions",
            Self::AlarmDisabled => "alarms disabled",
            Self::AlarmElsewhere => "alarms on other metrics",
            Self::TopicMissing => "topic missing",
            Self::TopicPolicyDenies => "topic policy denies",
            Self::ManagedKey => "AWS managed key",
            Self::KeyDisabled => "key disabled",
            Self::KeyForbids => "key policy forbids",
            Self::NobodySubscribed => "nobody subscribed",
            Self::PendingOnly => "pending only",
            Self::FilteredAway => "messages filtered away",
            Self::AlwaysMuted => "always muted",
            Self::HubEnabled => "hub enabled",
            Self::HubDisabled => "hub not enabled",
        }
    }

    /// The operations each of which must have answered for the break to be seen.
    pub(super) fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Sound | Self::SoundAmongMany | Self::HubEnabled => &[],
            Self::TrailStopped => &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
            Self::TrailReadOnly => &["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"],
            Self::LogGroupMissing | Self::FilterMissing | Self::FilterNarrow => {
                &["cloudtrail:DescribeTrails", "logs:DescribeMetricFilters"]
            }
            // That a topic is missing is said by whichever of its operations is asked.
            Self::AlarmWithoutActions | Self::AlarmDisabled | Self::AlarmElsewhere | Self::TopicMissing => {
                &["cloudtrail:DescribeTrails", "logs:DescribeMetricFilters", "cloudwatch:DescribeAlarms"]
            }
            Self::TopicPolicyDenies | Self::ManagedKey => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "sns:GetTopicAttributes",
            ],
            Self::KeyDisabled => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "sns:GetTopicAttributes",
                "kms:DescribeKey",
            ],
            Self::KeyForbids => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "sns:GetTopicAttributes",
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                // A grant may allow what the policy does not.
                "kms:ListGrants",
            ],
            Self::NobodySubscribed | Self::PendingOnly => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "sns:ListSubscriptionsByTopic",
            ],
            Self::FilteredAway => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "sns:ListSubscriptionsByTopic",
                "sns:GetSubscriptionAttributes",
            ],
            Self::AlwaysMuted => &[
                "cloudtrail:DescribeTrails",
                "logs:DescribeMetricFilters",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:ListAlarmMuteRules",
                "cloudwatch:GetAlarmMuteRule",
            ],
            Self::HubDisabled => &["securityhub:DescribeHub"],
        }
    }

    pub(super) fn place(self) -> Place {
        match self {
            // Behind everything: whatever is not read leaves it open.
            Self::Sound | Self::SoundAmongMany | Self::HubEnabled | Self::HubDisabled => Place::Hub,
            Self::TrailStopped | Self::TrailReadOnly => Place::Trail,
            Self::LogGroupMissing | Self::FilterMissing | Self::FilterNarrow => Place::Filter,
            Self::AlarmWithoutActions | Self::AlarmDisabled | Self::AlarmElsewhere => Place::Alarm,
            Self::AlwaysMuted => Place::Mute,
            Self::TopicMissing | Self::TopicPolicyDenies | Self::ManagedKey => Place::Topic,
            Self::KeyDisabled | Self::KeyForbids => Place::Key,
            Self::NobodySubscribed | Self::PendingOnly => Place::Subscription,
            Self::FilteredAway => Place::FilterPolicy,
        }
    }

    pub(super) fn is_sound(self) -> bool {
        matches!(self, Self::Sound | Self::SoundAmongMany | Self::HubEnabled)
    }

    /// More alarms than a page holds.
    fn has_many_alarms(self) -> bool {
        matches!(self, Self::SoundAmongMany | Self::AlarmWithoutActions | Self::NobodySubscribed)
    }

    pub(super) fn exit_code(self) -> i32 {
        i32::from(!self.is_sound())
    }

    /// What is audited of it: all controls depend on the same links, so a few of them are enough.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::HubEnabled | Self::HubDisabled => &["--benchmark", "5.0.0", "--rule", "4.16"],
            _ => &["--rule", "3.1,3.4,3.7"],
        }
    }

    /// Whether it is about the operation: the control about Security Hub has one of its own.
    pub(super) fn asks(self, read: &Read) -> bool {
        (read.action == "securityhub:DescribeHub") == matches!(self, Self::HubEnabled | Self::HubDisabled)
    }

    /// The account: the seed among strangers, with a mute rule for one of them and a topic that a customer's own key
    /// encrypts, so that every operation is needed.
    pub(super) fn account(self) -> Account {
        let mut account = Account::seed(&fresh_id());
        add_strangers(&mut account, 60, if self.has_many_alarms() { 110 } else { 2 }, 0);
        let mute = |name: &str, alarms: Vec<String>, schedule: &str, duration: &str| MuteRule {
            name: name.into(),
            alarms,
            schedule: schedule.into(),
            duration: duration.into(),
        };
        account.region(REGION).mute_rules.push(mute("nights", vec!["0-1".into()], "cron(0 22 * * *)", "PT8H"));
        account.topic().attributes.insert("KmsMasterKeyId".into(), ALIAS.into());
        let root = format!("arn:aws:iam::{}:root", account.id);
        let root = json!({ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" });
        let cloudwatch = json!({
            "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
        });
        account.region(REGION).keys.push(Key::new(ALIAS, &[root.clone(), cloudwatch]));
        let seeds: Vec<String> = crate::support::seed::RULES.iter().map(|rule| rule.alarm.to_owned()).collect();
        match self {
            Self::Sound | Self::SoundAmongMany | Self::HubDisabled => {}
            Self::TrailStopped => account.trail().logging = false,
            Self::TrailReadOnly => {
                account.trail().selectors = Selectors::Basic(vec![EventSelector::management("ReadOnly")]);
            }
            Self::LogGroupMissing => {
                let name = account.group().name.clone();
                account.region(REGION).log_groups.retain(|group| group.name != name);
            }
            Self::FilterMissing => account.group().filters.clear(),
            Self::FilterNarrow => {
                for filter in &mut account.group().filters {
                    let inner = filter.pattern.trim().trim_start_matches('{').trim_end_matches('}');
                    filter.pattern = format!("{{ ({inner}) && ($.recipientAccountId = \"1\") }}");
                }
            }
            Self::AlarmWithoutActions => {
                account.region(REGION).alarms.iter_mut().for_each(|alarm| alarm.alarm_actions.clear());
            }
            Self::AlarmDisabled => {
                account.region(REGION).alarms.iter_mut().for_each(|alarm| alarm.actions_enabled = false);
            }
            Self::AlarmElsewhere => {
                for alarm in &mut account.region(REGION).alarms {
                    if let AlarmMetric::Single(stat) = &mut alarm.metric {
                        stat.name = "Other".to_owned();
                    }
                }
            }
            Self::TopicMissing => account.region(REGION).topics.clear(),
            Self::TopicPolicyDenies => {
                let policy = json!({ "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*" },
                    { "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*" },
                ] });
                account.topic().attributes.insert("Policy".into(), policy.to_string());
            }
            Self::ManagedKey => {
                account.topic().attributes.insert("KmsMasterKeyId".into(), "alias/aws/sns".into());
            }
            Self::KeyDisabled => account.region(REGION).keys[0].state = "Disabled".into(),
            Self::KeyForbids => account.region(REGION).keys = vec![Key::new(ALIAS, &[root])],
            Self::NobodySubscribed => account.topic().subscriptions.clear(),
            Self::PendingOnly => account.topic().subscriptions[0].state = SubscriptionState::Pending,
            Self::FilteredAway => {
                let policy = json!({ "team": ["network"] }).to_string();
                account.topic().subscriptions[0].attributes.insert("FilterPolicy".into(), policy);
            }
            Self::AlwaysMuted => {
                account.region(REGION).mute_rules.push(mute("for ever", seeds, "cron(* * * * *)", "P15D"));
            }
            Self::HubEnabled => account.region(REGION).security_hub = true,
        }
        account
    }
}

impl Account {
    /// The log group of the trail, wherever the strangers' groups are.
    fn group(&mut self) -> &mut crate::support::account::LogGroup {
        let mut groups = self.region(REGION).log_groups.iter_mut();
        groups.find(|group| group.name == crate::support::seed::LOG_GROUP).expect("the seed's log group")
    }
}
