//! What `Ref` and `Fn::GetAtt` give for resources of the chain (CloudFormation template reference, "Return values"). What
//! of a generated name is not known before deployment is replaced by the logical id in angle marks, which no text of a
//! document holds.

use super::tree::Tree;
use crate::declared::{Home, Node, Unknown, Value};

/// The property that names a resource of a type, and the part of the ARN before the name.
fn naming(kind: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match kind {
        "AWS::CloudTrail::Trail" => ("TrailName", "cloudtrail", "trail/"),
        "AWS::Logs::LogGroup" => ("LogGroupName", "logs", "log-group:"),
        "AWS::Logs::MetricFilter" => ("FilterName", "logs", "metric-filter:"),
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => ("AlarmName", "cloudwatch", "alarm:"),
        "AWS::CloudWatch::AlarmMuteRule" => ("Name", "cloudwatch", "alarm-mute-rule:"),
        "AWS::SNS::Topic" => ("TopicName", "sns", ""),
        "AWS::KMS::Key" => ("", "kms", "key/"),
        "AWS::KMS::Alias" => ("AliasName", "kms", ""),
        _ => return None,
    })
}

/// What names a resource: its property, if it has one.
pub(in crate::declared) fn name_property(kind: &str) -> Option<&'static str> {
    naming(kind).map(|(property, ..)| property).filter(|property| !property.is_empty())
}

/// A generated name. FIFO topics' end as such.
pub(in crate::declared) fn generated(address: &str, is_fifo: bool) -> String {
    // What begins with one of these is no name that is generated, but one that is not known.
    let address = address.trim_start_matches(['$', '?', '!']);
    format!("‹{address}›{}", if is_fifo { ".fifo" } else { "" })
}

/// The attributes that `Fn::GetAtt` gives of a type; `None`: it is not known which.
pub(super) fn attributes(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "AWS::SNS::Topic" => Some(&["TopicArn", "TopicName"]),
        "AWS::Logs::LogGroup" => Some(&["Arn"]),
        _ => None,
    }
}

/// The value of an attribute of a resource of this name; `None` for `Ref`.
pub(super) fn value(home: &Home, kind: &str, name: &Node, attribute: Option<&str>) -> Option<Value> {
    let (_, service, before) = naming(kind)?;
    let text = name.symbol()?;
    let arn = || home.arn(service, &format!("{before}{text}"));
    let given = match (kind, attribute) {
        ("AWS::SNS::Topic", None | Some("TopicArn")) => arn(),
        ("AWS::SNS::Topic", Some("TopicName")) => text,
        ("AWS::Logs::LogGroup", Some("Arn")) => format!("{}:*", arn()),
        ("AWS::KMS::Key", Some("KeyId")) => text,
        (_, None) => text,
        (_, Some("Arn")) => arn(),
        _ => return None,
    };
    Some(match name.unknown() {
        Some(Unknown { why, .. }) => Value::Unknown(Unknown { why: why.clone(), expression: given }),
        None => Value::Text(given),
    })
}

/// The expression of what is known only at deployment of a resource that is none of the chain, where a part of it is known:
/// an ARN of another service, or the address of a queue. Alarms, trails and subscriptions may be given it by mistake.
pub(super) fn outside(home: &Home, kind: &str, unknown: &str, attribute: Option<&str>) -> Option<String> {
    // It is declared here, as what has a generated name.
    let unknown = unknown.replace("‹$", "‹");
    let (service, before) = match (kind, attribute) {
        ("AWS::Lambda::Function" | "AWS::Serverless::Function", Some("Arn")) => ("lambda", "function:"),
        ("AWS::SQS::Queue", Some("Arn")) => ("sqs", ""),
        ("AWS::SQS::Queue", None) => {
            return Some(format!("https://sqs.{}.amazonaws.com/{}/{unknown}", home.region, home.account));
        }
        ("AWS::S3::Bucket", Some("Arn")) => return Some(format!("arn:{}:s3:::{unknown}", home.partition)),
        ("AWS::AutoScaling::ScalingPolicy", None | Some("Arn")) => ("autoscaling", "scalingPolicy:"),
        _ => return None,
    };
    Some(home.arn(service, &format!("{before}{unknown}")))
}

/// The type of a resource.
pub(super) fn kind(tree: &Tree) -> &str {
    tree.get("Type").and_then(Tree::text).unwrap_or_default()
}
