//! Closed lists of AWS's: what a field may hold, where something here is decided by it.
//!
//! Read off the SDK crates of `Cargo.lock` and botocore 1.44.8 on 28 November 2026. Tests compare these lists with
//! both, and walk through every member of each, so that a member that AWS adds needs a decision and is never answered
//! by chance. What decides by a member is where it always was, as a `match` mostly, and says "unknown" of others.
//! Regions and partitions are in [`crate::partition`].

/// A closed list.
#[derive(Debug)]
pub struct List {
    /// The service in botocore's words, as `logs`.
    pub service: &'static str,
    /// The list in the API's words, as `LogGroupClass`.
    pub name: &'static str,
    /// What the SDK crates list.
    pub members: &'static [&'static str],
    /// What botocore lists and the SDK crates do not yet.
    pub newer: &'static [&'static str],
    /// What no model lists and AWS's guides name all the same.
    pub unlisted: &'static [&'static str],
    /// What is to be decided about a new member, and where.
    pub decide: &'static str,
}

impl List {
    /// Everything that the field is known to hold.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        [self.members, self.newer, self.unlisted].into_iter().flatten().copied()
    }
}

/// Classes of log groups.
pub static LOG_GROUP_CLASS: List = List {
    service: "logs",
    name: "LogGroupClass",
    members: &["DELIVERY", "INFREQUENT_ACCESS", "STANDARD"],
    newer: &["ESSENTIALS"],
    unlisted: &[],
    decide: "whether a group of the class has metric filters (src/audit/log_group.rs)",
};

/// Kinds of alarms.
pub static ALARM_TYPE: List = List {
    service: "cloudwatch",
    name: "AlarmType",
    members: &["CompositeAlarm", "LogAlarm", "MetricAlarm"],
    newer: &[],
    unlisted: &[],
    decide: "whether it is asked for with the others, and what it is to a filter's metric (src/aws/cloudwatch.rs, src/aws/provision/in_use/alarms.rs)",
};

/// How an alarm compares.
pub static COMPARISON_OPERATOR: List = List {
    service: "cloudwatch",
    name: "ComparisonOperator",
    members: &[
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "GreaterThanUpperThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "LessThanOrEqualToThreshold",
        "LessThanThreshold",
    ],
    newer: &[],
    unlisted: &[],
    decide: "when an alarm with it fires (src/audit/alarm/evaluation.rs)",
};

/// What an alarm makes of a period's samples, in addition to percentiles and trimmed statistics.
pub static STATISTIC: List = List {
    service: "cloudwatch",
    name: "Statistic",
    members: &["Average", "Maximum", "Minimum", "SampleCount", "Sum"],
    newer: &[],
    unlisted: &[],
    decide: "what it makes of samples (src/audit/alarm/evaluation.rs)",
};

/// States of an alarm.
pub static STATE_VALUE: List = List {
    service: "cloudwatch",
    name: "StateValue",
    members: &["ALARM", "INSUFFICIENT_DATA", "OK"],
    newer: &[],
    unlisted: &[],
    decide: "what a composite alarm's rule on it means (src/audit/alarm/composite.rs)",
};

/// Why CloudWatch does not evaluate an alarm as configured. The user guide names one more ("Alarm warm-up").
pub static EVALUATION_STATE: List = List {
    service: "cloudwatch",
    name: "EvaluationState",
    members: &["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA"],
    newer: &[],
    unlisted: &["IN_WARM_UP"],
    decide: "whether an alarm in it is evaluated (src/audit/alarm/evaluation.rs)",
};

/// Where a mute rule is in its life.
pub static ALARM_MUTE_RULE_STATUS: List = List {
    service: "cloudwatch",
    name: "AlarmMuteRuleStatus",
    members: &["ACTIVE", "EXPIRED", "SCHEDULED"],
    newer: &[],
    unlisted: &[],
    decide: "whether a rule in it holds alarms back, now or later (src/audit/alarm/mute.rs)",
};

/// States of a KMS key.
pub static KEY_STATE: List = List {
    service: "kms",
    name: "KeyState",
    members: &[
        "Creating",
        "Disabled",
        "Enabled",
        "PendingDeletion",
        "PendingImport",
        "PendingReplicaDeletion",
        "Unavailable",
        "Updating",
    ],
    newer: &[],
    unlisted: &[],
    decide: "whether a key in it encrypts (src/audit/topic/key.rs)",
};

/// Kinds of KMS keys.
pub static KEY_SPEC: List = List {
    service: "kms",
    name: "KeySpec",
    members: &[
        "ECC_NIST_EDWARDS25519",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "HMAC_224",
        "HMAC_256",
        "HMAC_384",
        "HMAC_512",
        "ML_DSA_44",
        "ML_DSA_65",
        "ML_DSA_87",
        "ML_KEM_1024",
        "ML_KEM_512",
        "ML_KEM_768",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "SM2",
        "SYMMETRIC_DEFAULT",
    ],
    newer: &[],
    unlisted: &[],
    decide: "whether SNS encrypts with such a key (src/audit/topic/key.rs)",
};

/// Whose a KMS key is.
pub static KEY_MANAGER_TYPE: List = List {
    service: "kms",
    name: "KeyManagerType",
    members: &["AWS", "CUSTOMER"],
    newer: &[],
    unlisted: &[],
    decide: "whether the account can edit the key's policy (src/snapshot.rs, Key::is_aws_managed)",
};

/// Which events a selector records.
pub static READ_WRITE_TYPE: List = List {
    service: "cloudtrail",
    name: "ReadWriteType",
    members: &["All", "ReadOnly", "WriteOnly"],
    newer: &[],
    unlisted: &[],
    decide: "which events a selector with it records (src/audit/trail.rs)",
};

/// Whether an EventBridge rule is at work.
pub static RULE_STATE: List = List {
    service: "events",
    name: "RuleState",
    members: &["DISABLED", "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"],
    newer: &[],
    unlisted: &[],
    decide: "which events a rule in it is given (src/audit/judge/near_miss/event_rules.rs)",
};

/// All of them.
pub static LISTS: [&List; 12] = [
    &LOG_GROUP_CLASS,
    &ALARM_TYPE,
    &COMPARISON_OPERATOR,
    &STATISTIC,
    &STATE_VALUE,
    &EVALUATION_STATE,
    &ALARM_MUTE_RULE_STATUS,
    &KEY_STATE,
    &KEY_SPEC,
    &KEY_MANAGER_TYPE,
    &READ_WRITE_TYPE,
    &RULE_STATE,
];

/// How an alarm may treat a period without data. The models have a text here, and the API reference of
/// `PutMetricAlarm` the list (28 November 2026).
pub const TREAT_MISSING_DATA: [&str; 4] = ["breaching", "ignore", "missing", "notBreaching"];

/// What is in the place of a subscription's ARN while it has none, or has no more (`ListSubscriptionsByTopic` and
/// `Subscribe`, SNS API reference; 28 November 2026).
pub const NO_SUBSCRIPTION_ARN: [&str; 3] = ["Deleted", "PendingConfirmation", "pending confirmation"];

/// The days that a log group may keep events (`PutRetentionPolicy`, API reference and the models' text).
pub const RETENTION_DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
