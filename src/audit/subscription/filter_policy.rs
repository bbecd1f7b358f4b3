//! Does a subscription's filter policy let an alarm's message through?
//!
//! A policy is matched against the message's attributes, of which an alarm's has none, or against its body, the alarm's
//! JSON (SNS developer guide, message filtering; CloudWatch user guide, notifying users of alarm changes). Every key of
//! the policy must match; any of a key's conditions is enough. What is undecided is a third answer: `None`.

use serde_json::{Map, Value};

use crate::arn::AlarmArn;
use crate::snapshot::SubscriptionAttributes;
use crate::truth::{all, any};

/// The message that an alarm sends to a topic on going to ALARM.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Message<'a> {
    pub(in crate::audit) alarm_arn: &'a AlarmArn,
    pub(in crate::audit) alarm_name: &'a str,
}

/// What a key of the message holds.
#[derive(Debug, Clone, Copy)]
enum Held<'a> {
    Is(&'a str),
    /// Something that is not known from here.
    Something,
    Absent,
    /// Whether there is such a key is not known.
    Unknown,
}

/// Keys of the body whose values are not known beforehand.
const OTHER_KEYS: &[&str] = &[
    "AlarmDescription",
    "AlarmConfigurationUpdatedTimestamp",
    "NewStateReason",
    "StateChangeTime",
    "Region",
    "OldStateValue",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "Trigger",
];

/// Whether the message is delivered.
pub(super) fn lets_through(attributes: &SubscriptionAttributes, message: &Message<'_>) -> Option<bool> {
    let Some(policy) = attributes.filter_policy.as_deref().filter(|policy| !policy.trim().is_empty()) else {
        return Some(true);
    };
    let Ok(Value::Object(policy)) = serde_json::from_str::<Value>(policy) else { return None };
    match attributes.filter_policy_scope.as_deref() {
        None | Some("MessageAttributes") => object(&policy, &|_| Held::Absent),
        Some("MessageBody") => object(&policy, &|key| message.holds(key)),
        Some(_) => None,
    }
}

impl<'a> Message<'a> {
    fn holds(&self, key: &str) -> Held<'a> {
        match key {
            "AlarmName" => Held::Is(self.alarm_name),
            "AlarmArn" => Held::Is(self.alarm_arn),
            "NewStateValue" => Held::Is("ALARM"),
            "AWSAccountId" => self.alarm_arn.account().map_or(Held::Something, Held::Is),
            other if OTHER_KEYS.contains(&other) => Held::Something,
            _ => Held::Unknown,
        }
    }
}

/// All keys must match.
fn object<'a>(policy: &Map<String, Value>, holds: &dyn Fn(&str) -> Held<'a>) -> Option<bool> {
    all(policy.iter().map(|(key, conditions)| match conditions {
        Value::Array(policies) if key == "$or" => any(policies.iter().map(|policy| object(policy.as_object()?, holds))),
        Value::Array(conditions) => {
            let held = holds(key);
            any(conditions.iter().map(|each| condition(each, held)))
        }
        // A nested key; an alarm's body has some, and their values are not known beforehand.
        Value::Object(_) => match holds(key) {
            Held::Absent | Held::Is(_) => Some(false),
            Held::Something | Held::Unknown => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }))
}

fn condition(condition: &Value, held: Held<'_>) -> Option<bool> {
    let of_text = |is: &dyn Fn(&str) -> Option<bool>| match held {
        Held::Is(text) => is(text),
        Held::Absent => Some(false),
        Held::Something | Held::Unknown => None,
    };
    match condition {
        Value::String(wanted) => of_text(&|text| Some(text == wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) => of_text(&|_| Some(false)),
        Value::Object(test) => {
            let mut tests = test.iter();
            let (Some((name, argument)), None) = (tests.next(), tests.next()) else { return None };
            match (name.as_str(), argument) {
                ("exists", Value::Bool(wanted)) => match held {
                    Held::Is(_) | Held::Something => Some(*wanted),
                    Held::Absent => Some(!*wanted),
                    Held::Unknown => None,
                },
                ("prefix", Value::String(prefix)) => of_text(&|text| Some(text.starts_with(prefix.as_str()))),
                ("suffix", Value::String(suffix)) => of_text(&|text| Some(text.ends_with(suffix.as_str()))),
                ("equals-ignore-case", Value::String(wanted)) => {
                    of_text(&|text| Some(text.eq_ignore_ascii_case(wanted)))
                }
                ("anything-but", argument) => of_text(&|text| but(argument, text)),
                _ => of_text(&|_| None),
            }
        }
        Value::Array(_) => None,
    }
}

fn but(argument: &Value, text: &str) -> Option<bool> {
    match argument {
        Value::String(other) => Some(text != other),
        Value::Array(others) => Some(others.iter().all(|other| other.as_str() != Some(text))),
        Value::Object(_) => condition(argument, Held::Is(text)).map(|is| !is),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(policy: &str, scope: Option<&str>) -> Option<bool> {
        let attributes = SubscriptionAttributes {
            pending_confirmation: false,
            filter_policy: Some(policy.to_owned()),
            filter_policy_scope: scope.map(str::to_owned),
            confirmation_was_authenticated: None,
        };
        let alarm_arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:CIS-3.4";
        lets_through(&attributes, &Message { alarm_arn: &alarm_arn.into(), alarm_name: "CIS-3.4" })
    }

    #[test]
    fn a_message_without_attributes_meets_only_what_asks_for_none() {
        for (policy, answer) in [
            ("", Some(true)),
            ("{}", Some(true)),
            (r#"{"severity":["high"]}"#, Some(false)),
            (r#"{"severity":[{"anything-but":"low"}]}"#, Some(false)),
            (r#"{"severity":[{"exists":false}]}"#, Some(true)),
            (r#"{"severity":["high",{"exists":false}]}"#, Some(true)),
            (r#"{"severity":[{"exists":true}]}"#, Some(false)),
            (r#"{"$or":[{"a":["x"]},{"b":[{"exists":false}]}]}"#, Some(true)),
            (r#"{"a":[{"numeric":[">",3]}]}"#, Some(false)),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(verdict(policy, None), answer, "{policy}");
            assert_eq!(verdict(policy, Some("MessageAttributes")), answer, "{policy}");
        }
        assert_eq!(verdict(r#"{"a":["x"]}"#, Some("Other")), None);
    }

    #[test]
    fn the_body_is_the_alarms() {
        for (policy, answer) in [
            (r#"{"NewStateValue":["ALARM"]}"#, Some(true)),
            (r#"{"NewStateValue":["OK"]}"#, Some(false)),
            (r#"{"NewStateValue":[{"anything-but":["OK","INSUFFICIENT_DATA"]}]}"#, Some(true)),
            (r#"{"AlarmName":[{"prefix":"CIS-"}],"NewStateValue":["ALARM"]}"#, Some(true)),
            (r#"{"AlarmName":[{"prefix":"prod-"}]}"#, Some(false)),
            (r#"{"AlarmName":[{"suffix":"3.4"}]}"#, Some(true)),
            (r#"{"AlarmName":[{"anything-but":{"prefix":"CIS"}}]}"#, Some(false)),
            (r#"{"AlarmName":[{"equals-ignore-case":"cis-3.4"}]}"#, Some(true)),
            (r#"{"AWSAccountId":["111122223333"]}"#, Some(true)),
            (r#"{"AWSAccountId":["999999999999"]}"#, Some(false)),
            (r#"{"AlarmName":[{"exists":false}]}"#, Some(false)),
            (r#"{"OldStateValue":["OK"]}"#, None),
            (r#"{"Trigger":{"Namespace":["CIS"]}}"#, None),
            (r#"{"detail-type":["x"]}"#, None),
            (r#"{"AlarmName":[{"wildcard":"CIS*"}]}"#, None),
            (r#"{"detail-type":["x"],"NewStateValue":["OK"]}"#, Some(false)),
        ] {
            assert_eq!(verdict(policy, Some("MessageBody")), answer, "{policy}");
        }
    }
}
