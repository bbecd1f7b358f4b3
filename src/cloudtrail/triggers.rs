//! Calls that can change a verdict about an account, as EventBridge gets them from CloudTrail. Reads are none, nor are calls
//! that CloudTrail does not record: confirmations and unsubscriptions by the links of an email.

use serde_json::{Value, json};

/// Services, as EventBridge and CloudTrail call them, and the calls of each (API references of the services).
const CALLS: &[(&str, &[&str])] = &[
    ("cloudtrail", &["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors"]),
    (
        "logs",
        &[
            "CreateLogGroup",
            "DeleteLogGroup",
            "PutMetricFilter",
            "DeleteMetricFilter",
            "PutTransformer",
            "DeleteTransformer",
            "PutAccountPolicy",
            "DeleteAccountPolicy",
            "AssociateKmsKey",
            "DisassociateKmsKey",
        ],
    ),
    (
        // Setting an alarm's state changes nothing that is audited.
        "monitoring",
        &[
            "PutMetricAlarm",
            "PutCompositeAlarm",
            "PutLogAlarm",
            "DeleteAlarms",
            "EnableAlarmActions",
            "DisableAlarmActions",
            "PutAlarmMuteRule",
            "DeleteAlarmMuteRule",
            "PutAnomalyDetector",
            "DeleteAnomalyDetector",
        ],
    ),
    (
        "sns",
        &[
            "CreateTopic",
            "DeleteTopic",
            "SetTopicAttributes",
            "AddPermission",
            "RemovePermission",
            "Subscribe",
            "ConfirmSubscription",
            "Unsubscribe",
            "SetSubscriptionAttributes",
        ],
    ),
    (
        "kms",
        &[
            "DisableKey",
            "EnableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "PutKeyPolicy",
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "DeleteImportedKeyMaterial",
        ],
    ),
    (
        // Recorded in us-east-1 alone, as those of organizations.
        "iam",
        &[
            "PutRolePolicy",
            "DeleteRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "UpdateAssumeRolePolicy",
            "DeleteRole",
        ],
    ),
    ("s3", &["PutBucketPolicy", "DeleteBucketPolicy", "DeleteBucket"]),
    ("securityhub", &["EnableSecurityHub", "DisableSecurityHub"]),
    (
        "organizations",
        &[
            "DisableAWSServiceAccess",
            "RemoveAccountFromOrganization",
            "LeaveOrganization",
            "AttachPolicy",
            "DetachPolicy",
            "UpdatePolicy",
        ],
    ),
];

/// Patterns of EventBridge rules that, together, match these calls where they succeed. More than one, for a pattern may have
/// 2,048 characters (EventBridge quotas).
#[must_use]
pub fn patterns() -> Vec<Value> {
    let (chain, around) = CALLS.split_at(4);
    [chain, around].iter().map(|calls| pattern(calls)).collect()
}

fn pattern(calls: &[(&str, &[&str])]) -> Value {
    let sources: Vec<String> = calls.iter().map(|(service, _)| format!("aws.{service}")).collect();
    let event_sources: Vec<String> = calls.iter().map(|(service, _)| format!("{service}.amazonaws.com")).collect();
    let names: Vec<&str> = calls.iter().flat_map(|(_, names)| *names).copied().collect();
    json!({
        "source": sources,
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": { "eventSource": event_sources, "eventName": names, "errorCode": [{ "exists": false }] },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_pattern_is_no_longer_than_eventbridge_takes() {
        for pattern in patterns() {
            assert!(pattern.to_string().len() <= 2_048, "{}: {pattern}", pattern.to_string().len());
        }
    }

    #[test]
    fn each_call_changes_something_and_is_listed_once() {
        let mut seen = BTreeSet::new();
        let patterns = patterns();
        for name in patterns.iter().flat_map(|pattern| pattern["detail"]["eventName"].as_array().unwrap()) {
            let name = name.as_str().unwrap();
            assert!(!["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb)), "{name}");
            assert!(seen.insert(name), "{name}");
        }
        for wanted in ["StopLogging", "DeleteMetricFilter", "DisableAlarmActions", "Unsubscribe", "ScheduleKeyDeletion"]
        {
            assert!(seen.contains(wanted), "{wanted}");
        }
        assert!(!seen.contains("SetAlarmState"));
    }
}
