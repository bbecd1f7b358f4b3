//! Which members an answer must hold to be one: the border between "there is none" and "it was not stated".
//!
//! A service sends the list that an operation is for even when it is empty, and the fields that it always has; SDKs and
//! JSON make the same of a missing member as of an empty one. So each member that a verdict, a fix or an undo depends on
//! has a row here, and is read through it: what must be there and is not makes the whole answer a failure, never a list
//! of nothing. Nothing here knows what a member means.
//!
//! Sources: recorded answers of live accounts in public tests (Cloud Custodian's `tests/data/placebo`, counted over the
//! recordings of 2016 to 2024), else the API's reference or model.

use super::error::{Call, Failure};

/// A member that every answer of the operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Must {
    operation: &'static str,
    member: &'static str,
    source: &'static str,
}

/// A member that an answer may lack, which then means the API's default: nothing, mostly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    operation: &'static str,
    member: &'static str,
    source: &'static str,
}

/// A row as the table shows it.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) operation: &'static str,
    pub(super) member: &'static str,
    pub(super) must_be_there: bool,
    pub(super) source: &'static str,
}

#[cfg(test)]
impl Must {
    const fn row(self) -> Row {
        Row { operation: self.operation, member: self.member, must_be_there: true, source: self.source }
    }
}

#[cfg(test)]
impl May {
    const fn row(self) -> Row {
        Row { operation: self.operation, member: self.member, must_be_there: false, source: self.source }
    }
}

/// One row is one constant, so that a row without a reader is a warning of the compiler.
macro_rules! members {
    ($($name:ident: $presence:ident = $operation:literal, $member:literal, $source:literal;)+) => {
        $(pub(super) const $name: $presence =
            $presence { operation: $operation, member: $member, source: $source };)+

        /// The whole table.
        #[cfg(test)]
        pub(super) const ALL: &[Row] = &[$($name.row(),)+];
    };
}

members! {
    CALLER_ARN: Must = "sts:GetCallerIdentity", "Arn", "9 of 9 recordings";
    CALLER_ACCOUNT: Must = "sts:GetCallerIdentity", "Account", "9 of 9 recordings";

    ACCOUNTS: Must = "organizations:ListAccounts", "Accounts", "the list that the operation is for (API reference)";
    ACCOUNT_ID: Must = "organizations:ListAccounts", "Accounts[].Id", "every account has one (API reference, `Account`)";
    ACCOUNT_STATE: Must =
        "organizations:ListAccounts", "Accounts[].State or Status", "one of them since 2025, `Status` alone before (API reference, `Account`)";
    ACCOUNT_PATHS: May = "organizations:ListAccounts", "Accounts[].Paths", "newer than most answers (API reference, `Account`)";
    ORGANIZATIONAL_UNITS: Must =
        "organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits", "the list that the operation is for (API reference)";
    ORGANIZATIONAL_UNIT_ID: Must =
        "organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits[].Id", "every unit has one (API reference, `OrganizationalUnit`)";

    TRAILS: Must = "cloudtrail:DescribeTrails", "trailList", "36 of 36 recordings, 2 of them empty";
    TRAIL_ARN: Must = "cloudtrail:DescribeTrails", "trailList[].TrailARN", "55 of 55 trails recorded";
    TRAIL_MULTI_REGION: Must = "cloudtrail:DescribeTrails", "trailList[].IsMultiRegionTrail", "55 of 55 trails recorded";
    TRAIL_GLOBAL_EVENTS: Must =
        "cloudtrail:DescribeTrails", "trailList[].IncludeGlobalServiceEvents", "55 of 55 trails recorded";
    TRAIL_IS_LOGGING: Must = "cloudtrail:GetTrailStatus", "IsLogging", "23 of 23 recordings";
    TRAIL_SELECTORS: Must =
        "cloudtrail:GetEventSelectors", "EventSelectors or AdvancedEventSelectors", "exactly one in 16 of 16 recordings";
    SELECTOR_FIELDS: Must =
        "cloudtrail:GetEventSelectors", "AdvancedEventSelectors[].FieldSelectors", "2 of 2 recordings; required by the API";
    SELECTOR_FIELD: Must =
        "cloudtrail:GetEventSelectors", "AdvancedEventSelectors[].FieldSelectors[].Field", "required by the API";
    SELECTOR_CONDITION: Must =
        "cloudtrail:GetEventSelectors", "AdvancedEventSelectors[].FieldSelectors[].Equals or another operator",
        "the API takes no field selector without an operator";

    FILTERS: Must = "logs:DescribeMetricFilters", "metricFilters", "9 of 9 recordings";
    FILTER_GROUP: Must = "logs:DescribeMetricFilters", "metricFilters[].logGroupName", "15 of 15 filters recorded";
    FILTER_NAME: Must = "logs:DescribeMetricFilters", "metricFilters[].filterName", "15 of 15 filters recorded";
    FILTER_PATTERN: Must = "logs:DescribeMetricFilters", "metricFilters[].filterPattern", "15 of 15 filters recorded";
    FILTER_METRICS: Must =
        "logs:DescribeMetricFilters", "metricFilters[].metricTransformations", "15 of 15 filters recorded, none of them empty";
    FILTER_NAMESPACE: Must =
        "logs:DescribeMetricFilters", "metricFilters[].metricTransformations[].metricNamespace", "required by the API";
    FILTER_METRIC: Must =
        "logs:DescribeMetricFilters", "metricFilters[].metricTransformations[].metricName", "required by the API";
    FILTER_VALUE: Must =
        "logs:DescribeMetricFilters", "metricFilters[].metricTransformations[].metricValue", "required by the API";
    GROUPS: Must = "logs:DescribeLogGroups", "logGroups", "32 of 32 recordings, 4 of them empty";
    GROUP_NAME: Must = "logs:DescribeLogGroups", "logGroups[].logGroupName", "50 of 50 groups recorded";

    ALARMS: Must = "cloudwatch:DescribeAlarms", "MetricAlarms", "13 of 13 recordings, 6 of them empty";
    COMPOSITE_ALARMS: May =
        "cloudwatch:DescribeAlarms", "CompositeAlarms", "10 of 13 recordings: the oldest do not know it";
    LOG_ALARMS: May = "cloudwatch:DescribeAlarms", "LogAlarms", "newer than the recordings; not in every region";
    ALARM_NAME: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].AlarmName", "12 of 12 alarms recorded";
    ALARM_ARN: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].AlarmArn", "12 of 12 alarms recorded";
    ALARM_ENABLED: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].ActionsEnabled", "12 of 12 alarms recorded";
    ALARM_ACTIONS: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].AlarmActions", "12 of 12 alarms recorded";
    ALARM_DIMENSIONS: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].Dimensions", "12 of 12 alarms recorded";
    ALARM_COMPARISON: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].ComparisonOperator", "12 of 12 alarms recorded; PutMetricAlarm demands it";
    ALARM_PERIODS: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].EvaluationPeriods", "12 of 12 alarms recorded; PutMetricAlarm demands it";
    ALARM_THRESHOLD: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].Threshold or ThresholdMetricId", "12 of 12 alarms recorded; PutMetricAlarm demands one";
    ALARM_STATISTIC: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].Statistic or ExtendedStatistic", "12 of 12 alarms recorded; PutMetricAlarm demands one";
    ALARM_PERIOD: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].Period", "12 of 12 alarms recorded; PutMetricAlarm demands it beside MetricName";
    QUERY_METRIC: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].Metrics[].MetricStat.Metric", "required by the API";
    QUERY_PERIOD: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].Metrics[].MetricStat.Period", "required by the API";
    QUERY_STATISTIC: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].Metrics[].MetricStat.Stat", "required by the API";
    ALARM_WATCHES: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].MetricName, Metrics or EvaluationCriteria", "12 of 12 alarms recorded; PutMetricAlarm demands one";
    ALARM_OK_ACTIONS: Must = "cloudwatch:DescribeAlarms", "MetricAlarms[].OKActions", "12 of 12 alarms recorded";
    ALARM_OTHER_ACTIONS: Must =
        "cloudwatch:DescribeAlarms", "MetricAlarms[].InsufficientDataActions", "12 of 12 alarms recorded";
    LOG_ALARM_NAME: Must = "cloudwatch:DescribeAlarms", "LogAlarms[].AlarmName", "API reference; an alarm's name is its identity";
    LOG_ALARM_ACTIONS: Must =
        "cloudwatch:DescribeAlarms", "LogAlarms[].AlarmActions, OKActions or InsufficientDataActions", "API reference; as those of metric alarms";
    COMPOSITE_NAME: Must = "cloudwatch:DescribeAlarms", "CompositeAlarms[].AlarmName", "4 of 4 alarms recorded";
    COMPOSITE_ARN: Must = "cloudwatch:DescribeAlarms", "CompositeAlarms[].AlarmArn", "4 of 4 alarms recorded";
    COMPOSITE_ENABLED: Must = "cloudwatch:DescribeAlarms", "CompositeAlarms[].ActionsEnabled", "4 of 4 alarms recorded";
    COMPOSITE_ACTIONS: Must = "cloudwatch:DescribeAlarms", "CompositeAlarms[].AlarmActions", "4 of 4 alarms recorded";
    COMPOSITE_RULE: Must = "cloudwatch:DescribeAlarms", "CompositeAlarms[].AlarmRule", "4 of 4 alarms recorded";
    ALARMS_FOR_METRIC: Must =
        "cloudwatch:DescribeAlarmsForMetric", "MetricAlarms", "8 of 8 recordings, 3 of them empty";
    // No recording shows them: what lacks them leaves the mute rules unread, which moves no verdict but `effective`.
    MUTE_RULES: Must =
        "cloudwatch:ListAlarmMuteRules", "AlarmMuteRuleSummaries", "API reference; no recording was found";
    MUTE_RULE_ARN: Must =
        "cloudwatch:ListAlarmMuteRules", "AlarmMuteRuleSummaries[].AlarmMuteRuleArn", "API reference; no recording was found";
    MUTE_SCHEDULE: Must =
        "cloudwatch:GetAlarmMuteRule", "Rule.Schedule", "required by PutAlarmMuteRule; no recording was found";
    MUTE_STATUS: Must = "cloudwatch:GetAlarmMuteRule", "Status", "API reference; no recording was found";
    MUTE_TARGETS: Must =
        "cloudwatch:GetAlarmMuteRule", "MuteTargets.AlarmNames", "API reference; no recording was found";

    TOPIC_ATTRIBUTES: Must = "sns:GetTopicAttributes", "Attributes", "44 of 44 recordings";
    TOPIC_POLICY: Must = "sns:GetTopicAttributes", "Attributes.Policy", "44 of 44 recordings: every topic has one";
    SUBSCRIPTIONS: Must = "sns:ListSubscriptionsByTopic", "Subscriptions", "3 of 3 recordings; ListTopics sends its list empty too";
    SUBSCRIPTION_ARN: Must = "sns:ListSubscriptionsByTopic", "Subscriptions[].SubscriptionArn", "3 of 3 recorded";
    SUBSCRIPTION_PROTOCOL: Must = "sns:ListSubscriptionsByTopic", "Subscriptions[].Protocol", "3 of 3 recorded";
    SUBSCRIPTION_ENDPOINT: Must = "sns:ListSubscriptionsByTopic", "Subscriptions[].Endpoint", "3 of 3 recorded";
    SUBSCRIPTION_ATTRIBUTES: Must =
        "sns:GetSubscriptionAttributes", "Attributes", "API reference; no recording was found";
    // That a subscription is confirmed its ARN in the list says already.
    SUBSCRIPTION_PENDING: May =
        "sns:GetSubscriptionAttributes", "Attributes.PendingConfirmation", "API reference; an emulator leaves it out";

    KEY: Must = "kms:DescribeKey", "KeyMetadata", "91 of 91 recordings";
    KEY_ARN: Must = "kms:DescribeKey", "KeyMetadata.Arn", "91 of 91 recordings";
    KEY_STATE: Must = "kms:DescribeKey", "KeyMetadata.KeyState", "84 of 91 recordings; API reference";
    KEY_CREATED: Must = "kms:DescribeKey", "KeyMetadata.CreationDate", "78 of 91 recordings; API reference";
    KEY_MANAGER: Must = "kms:DescribeKey", "KeyMetadata.KeyManager", "83 of 91 recordings; API reference";
    KEY_POLICY: Must = "kms:GetKeyPolicy", "Policy", "10 of 10 recordings";
    KEY_GRANTS: Must = "kms:ListGrants", "Grants", "3 of 3 recordings, all empty";

    KEY_TAGS: Must = "kms:ListResourceTags", "Tags", "2 of 2 recordings, 1 of them empty";

    KEY_ROTATION: Must = "kms:GetKeyRotationStatus", "KeyRotationEnabled", "API reference";
    ALIASES: Must = "kms:ListAliases", "Aliases", "API reference: a region has those of AWS's own keys";
    ALIAS_NAME: Must = "kms:ListAliases", "Aliases[].AliasName", "754 of 754 aliases recorded";
    ALIAS_TARGET: Must =
        "kms:ListAliases", "Aliases[].TargetKeyId", "645 of 754 aliases recorded, all but those of AWS that no key has yet";
    KEYS: Must = "kms:ListKeys", "Keys", "API reference";
    KEY_ID: Must = "kms:ListKeys", "Keys[].KeyId", "129 of 129 keys recorded";

    // What a fix and an undo also read.
    TRAIL_TAGS: Must = "cloudtrail:ListTags", "ResourceTagList", "API reference: one entry for each trail asked about";
    GROUP_TAGS: Must = "logs:ListTagsForResource", "tags", "API reference: an empty map where there are none";
    EVENTS: Must = "logs:FilterLogEvents", "events", "API reference: pages without an event have an empty list";
    ALARM_TAGS: Must = "cloudwatch:ListTagsForResource", "Tags", "API reference";
    TOPIC_TAGS: Must = "sns:ListTagsForResource", "Tags", "API reference";
    ROLE_ARN: Must = "iam:GetRole", "Role.Arn", "API reference: required";
    ROLE_POLICY: Must = "iam:GetRolePolicy", "PolicyDocument", "API reference: required";
    ATTACHED_POLICIES: Must = "iam:ListAttachedRolePolicies", "AttachedPolicies", "API reference";
    INLINE_POLICIES: Must = "iam:ListRolePolicies", "PolicyNames", "API reference: required";
    BUCKET_TAGS: Must = "s3:GetBucketTagging", "TagSet", "API reference: a bucket without tags is an error";
    BUCKET_OBJECTS: Must = "s3:ListBucket", "KeyCount", "API reference of ListObjectsV2";
    BUCKET_BLOCK: Must = "s3:GetBucketPublicAccessBlock", "BlockPublicAcls", "API reference";
    QUEUE_URL: Must = "sqs:GetQueueUrl", "QueueUrl", "API reference";
    QUEUE_ARN: Must = "sqs:GetQueueAttributes", "Attributes.QueueArn", "asked for with each policy, and every queue has one";
    FUNCTION_POLICY: Must = "lambda:GetPolicy", "Policy", "API reference: a function without one is an error";

    EVENT_RULES: Must = "events:ListRules", "Rules", "API reference; no recording was found";
    EVENT_RULE_NAME: Must = "events:ListRules", "Rules[].Name", "API reference; a rule's name is its identity";
    EVENT_RULE_ARN: Must = "events:ListRules", "Rules[].Arn", "API reference; no recording was found";
    EVENT_RULE_STATE: Must = "events:ListRules", "Rules[].State", "API reference; no recording was found";
    EVENT_PATTERN: May = "events:ListRules", "Rules[].EventPattern", "API reference: a rule on a schedule has none";

    LINKS: Must = "oam:ListLinks", "Items", "API reference: required; no recording was found";
    LINK_ARN: Must = "oam:ListLinks", "Items[].Arn", "API reference; no recording was found";
    LINK_SINK: Must = "oam:ListLinks", "Items[].SinkArn", "API reference; no recording was found";
    LINK_TYPES: Must = "oam:ListLinks", "Items[].ResourceTypes", "API reference: a link is of one type at least";

    HUB_ARN: Must = "securityhub:DescribeHub", "HubArn", "API reference; no recording was found";
}

impl Call<'_> {
    /// A member that must be in the answer.
    pub(super) fn must<T>(self, member: Must, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| self.bad_answer(&format!("the answer has no {}", member.member)))
    }

    /// A text that must be in the answer, of which the SDK makes an empty one where it is missing.
    pub(super) fn must_say(self, member: Must, text: impl Into<Option<String>>) -> Result<String, Failure> {
        self.must(member, text.into().filter(|text| !text.is_empty()))
    }

    /// A list that must be in the answer and is never empty.
    pub(super) fn must_list<T>(self, member: Must, list: impl Into<Option<Vec<T>>>) -> Result<Vec<T>, Failure> {
        self.must(member, list.into().filter(|list| !list.is_empty()))
    }
}

impl May {
    /// A member that may be missing.
    pub(super) fn or_default<T: Default>(self, value: Option<T>) -> T {
        value.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn presence(operation: &str, member: &str) -> Option<bool> {
        let mut rows = ALL.iter().filter(|row| (row.operation, row.member) == (operation, member));
        rows.next().map(|row| row.must_be_there)
    }

    #[test]
    fn the_list_that_an_operation_is_for_must_be_there() {
        for (operation, list) in [
            ("cloudtrail:DescribeTrails", "trailList"),
            ("logs:DescribeMetricFilters", "metricFilters"),
            ("logs:DescribeLogGroups", "logGroups"),
            ("cloudwatch:DescribeAlarms", "MetricAlarms"),
            ("cloudwatch:DescribeAlarmsForMetric", "MetricAlarms"),
            ("sns:ListSubscriptionsByTopic", "Subscriptions"),
        ] {
            assert_eq!(presence(operation, list), Some(true), "{operation}: {list}");
        }
        for companion in ["CompositeAlarms", "LogAlarms"] {
            assert_eq!(presence("cloudwatch:DescribeAlarms", companion), Some(false), "{companion}");
        }
    }

    #[test]
    fn fields_that_decide_must_be_there() {
        for (operation, field) in [
            ("logs:DescribeMetricFilters", "metricFilters[].filterPattern"),
            ("cloudwatch:DescribeAlarms", "MetricAlarms[].ActionsEnabled"),
            ("cloudtrail:DescribeTrails", "trailList[].IsMultiRegionTrail"),
            ("sns:ListSubscriptionsByTopic", "Subscriptions[].SubscriptionArn"),
            ("kms:DescribeKey", "KeyMetadata.KeyState"),
            ("sts:GetCallerIdentity", "Account"),
        ] {
            assert_eq!(presence(operation, field), Some(true), "{operation}: {field}");
        }
    }

    #[test]
    fn each_row_is_there_once_and_names_its_source() {
        let mut seen = BTreeSet::new();
        for row in ALL {
            assert!(seen.insert((row.operation, row.member)), "{row:?} is there twice");
            assert!(row.operation.contains(':') && !row.member.is_empty() && !row.source.is_empty(), "{row:?}");
        }
    }

    /// A row without a source of recordings or of the API would be a guess.
    #[test]
    fn what_is_missing_is_named() {
        let call = Call { operation: "cloudtrail:DescribeTrails", region: "us-east-1", resource: None };
        assert_eq!(call.must(TRAILS, Some(1)).unwrap(), 1);
        let failure = call.must(TRAILS, None::<()>).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("BadAnswer", "the answer has no trailList"));
        assert!(call.must_say(TRAIL_ARN, String::new()).is_err());
        assert!(call.must_list(FILTER_METRICS, Vec::<()>::new()).is_err());
    }
}
