//! What `Ref` and `Fn::GetAtt` give for resources of the chain (CloudFormation template reference, "Return values"). What
//! of a generated name is not known before deployment is replaced by the logical id in angle marks, which no text of a
//! document holds.

use super::tree::Tree;
use crate::declared::account::is_misspelt;
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
        "AWS::SQS::Queue" => ("QueueName", "sqs", ""),
        "AWS::KMS::Key" => ("", "kms", "key/"),
        "AWS::KMS::Alias" => ("AliasName", "kms", ""),
        // Given by mistake where an ARN or a log group is asked for.
        "AWS::S3::Bucket" => ("BucketName", "s3", ""),
        "AWS::IAM::Role" => ("RoleName", "iam", ""),
        "AWS::Lambda::Function" => ("FunctionName", "lambda", ""),
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
        "AWS::IAM::Role" => Some(&["Arn", "RoleId"]),
        "AWS::SQS::Queue" => Some(&["Arn", "QueueName", "QueueUrl"]),
        "AWS::KMS::Key" => Some(&["Arn", "KeyId"]),
        _ => None,
    }
}

/// The attribute that is meant by one that there is not. Of these types there may be more than are known here.
pub(super) fn meant(kind: &str, attribute: &str) -> Option<&'static str> {
    let known: &[&str] = match kind {
        "AWS::Lambda::Function" => &["Arn"],
        "AWS::S3::Bucket" => &["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"],
        _ => return None,
    };
    if known.contains(&attribute) {
        return None;
    }
    known.iter().copied().find(|known| is_misspelt(attribute, known))
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
        ("AWS::KMS::Key", Some("KeyId")) | ("AWS::SQS::Queue", Some("QueueName")) => text,
        ("AWS::SQS::Queue", None | Some("QueueUrl")) => {
            format!("https://sqs.{}.amazonaws.com/{}/{text}", home.region, home.account)
        }
        (_, None) => text,
        ("AWS::S3::Bucket" | "AWS::IAM::Role" | "AWS::Lambda::Function", Some(_)) => return None,
        (_, Some("Arn")) => arn(),
        _ => return None,
    };
    Some(match name.unknown() {
        Some(Unknown { why, .. }) => Value::Unknown(Unknown { why: why.clone(), expression: given }),
        None => Value::Text(given),
    })
}

/// Types whose `Ref` may be the ARN of a topic or the name of a log group (template reference, "Return values"). Stacks and
/// custom resources give anything.
const GIVE_OTHERS: [&str; 3] = ["AWS::CloudFormation::", "AWS::SNS::TopicInlinePolicy", "AWS::Logs::Transformer"];

/// The expression of what is known only at deployment of a resource that is none of the chain, where a part of it is known:
/// an ARN of another service, the address of a queue, or that it is the generated name of something else. Alarms, filters,
/// trails and subscriptions may be given it by mistake. `is_named`: a property may name the resource.
pub(super) fn outside(
    home: &Home,
    (kind, is_named): (&str, bool),
    unknown: &str,
    attribute: Option<&str>,
) -> Option<String> {
    // It is declared here, as what has a generated name.
    let unknown = unknown.replace("‹$", "‹");
    let is_of_aws = kind.starts_with("AWS::") && !kind.ends_with("::MODULE");
    let gives_itself = is_of_aws && !GIVE_OTHERS.iter().any(|other| kind.starts_with(other));
    let (service, before) = match (kind, attribute) {
        ("AWS::Lambda::Function" | "AWS::Serverless::Function", Some("Arn"))
        | ("AWS::Lambda::Alias" | "AWS::Lambda::Version", None) => ("lambda", "function:"),
        ("AWS::S3::Bucket", Some("Arn")) => return Some(format!("arn:{}:s3:::{unknown}", home.partition)),
        ("AWS::AutoScaling::ScalingPolicy" | "AWS::ApplicationAutoScaling::ScalingPolicy", None | Some("Arn")) => {
            ("autoscaling", "scalingPolicy:")
        }
        ("AWS::SSMIncidents::ResponsePlan", None | Some("Arn")) => ("ssm-incidents", "response-plan/"),
        ("AWS::AIOps::InvestigationGroup", None | Some("Arn")) => ("aiops", "investigation-group/"),
        ("AWS::SNS::Subscription", None | Some("Arn")) => {
            return Some(format!("{}:subscription", home.arn("sns", &unknown)));
        }
        (_, None) if gives_itself && !is_named => return Some(unknown),
        (_, Some("Arn")) if gives_itself => {
            let service = kind.split("::").nth(1).filter(|service| !["SNS", "Logs"].contains(service))?;
            return Some(home.arn(&service_in_arns(service), &unknown));
        }
        _ => return None,
    };
    Some(home.arn(service, &format!("{before}{unknown}")))
}

/// What ARNs call a service that types call so (service authorization reference, "Resource types").
fn service_in_arns(service: &str) -> String {
    const OTHERS: [(&str, &str); 21] = [
        ("ApiGatewayV2", "apigateway"),
        ("CertificateManager", "acm"),
        ("CodeStarNotifications", "codestar-notifications"),
        ("DocDB", "rds"),
        ("EFS", "elasticfilesystem"),
        ("ElasticLoadBalancingV2", "elasticloadbalancing"),
        ("Elasticsearch", "es"),
        ("EventSchemas", "schemas"),
        ("KinesisAnalyticsV2", "kinesisanalytics"),
        ("KinesisFirehose", "firehose"),
        ("MSK", "kafka"),
        ("Neptune", "rds"),
        ("NetworkFirewall", "network-firewall"),
        ("OpenSearchService", "es"),
        ("Pinpoint", "mobiletargeting"),
        ("ResourceGroups", "resource-groups"),
        ("SSMContacts", "ssm-contacts"),
        ("SSMIncidents", "ssm-incidents"),
        ("SSMQuickSetup", "ssm-quicksetup"),
        ("Serverless", "states"),
        ("StepFunctions", "states"),
    ];
    let other = OTHERS.iter().find(|(known, _)| *known == service);
    other.map_or_else(|| service.to_ascii_lowercase(), |(_, other)| (*other).to_owned())
}

/// The type of a resource.
pub(super) fn kind(tree: &Tree) -> &str {
    tree.get("Type").and_then(Tree::text).unwrap_or_default()
}
