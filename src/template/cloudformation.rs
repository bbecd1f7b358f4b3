//! A template in CloudFormation's YAML.

use super::model::{Body, Declared, Document, Id, Link, Resource, Scope, Tags, Template, comment};
use super::yaml::{self, Node};
use crate::closed::RETENTION_DAYS;
use crate::deploy_time::{Filled, Parameter, Piece, Text};
use crate::escape::shell_word;
use crate::partition::principal;

/// The whole file.
pub(super) fn written(template: &Template) -> String {
    let mut out = comment(&template.head(&[deploy(template)]));
    out.push_str("AWSTemplateFormatVersion: '2010-09-09'\n");
    yaml::entry("Description", &Node::text(template.description()), 0, &mut out);
    section("Parameters", template.parameters.iter().map(parameter), "", &mut out);
    section("Resources", template.resources.iter().flat_map(resources), "\n", &mut out);
    section("Outputs", template.resources.iter().filter_map(output), "", &mut out);
    out
}

/// A mapping at the top, with something between its entries.
fn section(name: &str, entries: impl Iterator<Item = (String, Node)>, between: &str, out: &mut String) {
    for (at, (key, value)) in entries.enumerate() {
        if at == 0 {
            out.push_str(&format!("\n{name}:\n"));
        } else {
            out.push_str(between);
        }
        yaml::entry(&key, &value, 1, out);
    }
}

/// The command that deploys it.
fn deploy(template: &Template) -> String {
    let mut command = "aws cloudformation deploy --stack-name cis-audit --template-file FILE".to_owned();
    if let Scope::Account { region, .. } = &template.scope {
        command.push_str(&format!(" --region {}", shell_word(region)));
    }
    if template.resources.iter().any(|resource| matches!(resource.body, Body::Role { .. })) {
        command.push_str(" --capabilities CAPABILITY_NAMED_IAM");
    }
    let open: Vec<String> =
        template.parameters.iter().filter(|declared| declared.default.is_none()).map(named).collect();
    if !open.is_empty() {
        command.push_str(" --parameter-overrides");
        open.iter().for_each(|name| command.push_str(&format!(" {name}=…")));
    }
    command
}

fn named(declared: &Declared) -> String {
    name(declared.parameter)
}

fn name(parameter: Parameter) -> String {
    let numbered = |name: &str, place: usize| match place {
        0 => format!("Subscriber{name}"),
        _ => format!("Subscriber{}{name}", place + 1),
    };
    match parameter {
        Parameter::Protocol(place) => numbered("Protocol", place),
        Parameter::Endpoint(place) => numbered("Endpoint", place),
        Parameter::Topic => "TopicArn".to_owned(),
        Parameter::NamePrefix => "NamePrefix".to_owned(),
        Parameter::Namespace => "MetricNamespace".to_owned(),
        Parameter::Retention => "RetentionInDays".to_owned(),
        Parameter::AlarmPeriod => "AlarmPeriod".to_owned(),
    }
}

fn parameter(declared: &Declared) -> (String, Node) {
    let parameter = declared.parameter;
    let texts = |texts: &[&str]| Node::List(texts.iter().map(|text| Node::text(*text)).collect());
    let (kind, more) = match parameter {
        Parameter::Protocol(_) => ("String", vec![("AllowedValues", texts(&["email", "https", "sms", "sqs"]))]),
        Parameter::Endpoint(_) => ("String", vec![("MinLength", Node::Number(1))]),
        Parameter::Topic => ("String", vec![("AllowedPattern", Node::text("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[^:]+$"))]),
        Parameter::NamePrefix => (
            "String",
            vec![
                ("AllowedPattern", Node::text("^[a-z](-?[a-z0-9])*$")),
                ("MinLength", Node::Number(3)),
                ("MaxLength", Node::Number(20)),
            ],
        ),
        Parameter::Namespace => {
            ("String", vec![("AllowedPattern", Node::text("^[A-Za-z0-9._/#-]+$")), ("MaxLength", Node::Number(255))])
        }
        Parameter::Retention => {
            let days = RETENTION_DAYS.iter().map(|days| Node::Number((*days).into()));
            ("Number", vec![("AllowedValues", Node::List(days.collect()))])
        }
        Parameter::AlarmPeriod => ("Number", vec![("MinValue", Node::Number(60)), ("MaxValue", Node::Number(86_400))]),
    };
    let mut fields = vec![("Description", Node::text(parameter.description())), ("Type", Node::text(kind))];
    if let Some(default) = &declared.default {
        let number = default.parse().ok().filter(|_| kind == "Number");
        fields.push(("Default", number.map_or_else(|| Node::text(default), Node::Number)));
    }
    fields.extend(more);
    (name(parameter), Node::map(fields))
}

/// One resource of the plan, which may be several here.
fn resources(resource: &Resource) -> Vec<(String, Node)> {
    let id = resource.id.camel();
    match &resource.body {
        Body::Key { alias, description, policy, tags } => {
            let key = kept(
                "AWS::KMS::Key",
                [
                    ("Description", text(description)),
                    ("EnableKeyRotation", Node::Bool(true)),
                    ("KeyPolicy", document(policy)),
                    ("Tags", key_values(tags)),
                ],
            );
            let alias = made("AWS::KMS::Alias", [("AliasName", text(alias)), ("TargetKeyId", reference(&id))]);
            vec![(id.clone(), key), (format!("{id}Alias"), alias)]
        }
        Body::Bucket { name, policy, tags } => bucket(id, name, policy, tags),
        Body::Role { name, description, trust, policy_name, policy, tags } => {
            let inline = Node::map([("PolicyName", text(policy_name)), ("PolicyDocument", document(policy))]);
            let role = made(
                "AWS::IAM::Role",
                [
                    ("RoleName", text(name)),
                    ("Description", text(description)),
                    ("AssumeRolePolicyDocument", document(trust)),
                    ("Policies", Node::List(vec![inline])),
                    ("Tags", key_values(tags)),
                ],
            );
            vec![(id, role)]
        }
        Body::LogGroup { name, tags } => {
            let group = made(
                "AWS::Logs::LogGroup",
                [
                    ("LogGroupName", text(name)),
                    ("RetentionInDays", reference(&self::name(Parameter::Retention))),
                    ("Tags", key_values(tags)),
                ],
            );
            vec![(id, group)]
        }
        Body::Trail { name, bucket, key, log_group, role, tags } => {
            vec![(id, trail(name, bucket, key, log_group, role, tags))]
        }
        Body::Topic { name, policy, key, tags } => {
            let mut fields = vec![("TopicName", text(name))];
            fields.extend(key.as_ref().map(|key| ("KmsMasterKeyId", text(key))));
            fields.push(("Tags", key_values(tags)));
            let policy = made(
                "AWS::SNS::TopicPolicy",
                [("Topics", Node::List(vec![reference(&id)])), ("PolicyDocument", document(policy))],
            );
            vec![(id.clone(), made("AWS::SNS::Topic", fields)), (format!("{id}Policy"), policy)]
        }
        Body::Permission { function, statement_id: _, topic } => {
            let permission = made(
                "AWS::Lambda::Permission",
                [
                    ("FunctionName", text(function)),
                    ("Action", Node::text("lambda:InvokeFunction")),
                    ("Principal", Node::text(principal::SNS)),
                    ("SourceArn", named_by(topic)),
                ],
            );
            vec![(id, permission)]
        }
        Body::Subscription { topic, protocol, endpoint } => {
            let fields = [("TopicArn", named_by(topic)), ("Protocol", text(protocol)), ("Endpoint", text(endpoint))];
            vec![(id, made("AWS::SNS::Subscription", fields))]
        }
        Body::MetricFilter { log_group, name, pattern, namespace, metric } => {
            let metric = Node::map([
                ("MetricNamespace", text(namespace)),
                ("MetricName", text(metric)),
                ("MetricValue", Node::text("1")),
            ]);
            let filter = made(
                "AWS::Logs::MetricFilter",
                [
                    ("LogGroupName", named_by(log_group)),
                    ("FilterName", text(name)),
                    ("FilterPattern", text(pattern)),
                    ("MetricTransformations", Node::List(vec![metric])),
                ],
            );
            vec![(id, filter)]
        }
        Body::Alarm { name, description, namespace, metric, topic, tags } => {
            vec![(id, alarm(name, description, namespace, metric, topic, tags))]
        }
    }
}

fn bucket(id: String, name: &Text, policy: &Document, tags: &Tags) -> Vec<(String, Node)> {
    let blocked = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let bucket = kept(
        "AWS::S3::Bucket",
        [
            ("BucketName", text(name)),
            ("PublicAccessBlockConfiguration", Node::map(blocked.map(|field| (field, Node::Bool(true))))),
            ("Tags", key_values(tags)),
        ],
    );
    let policy = made("AWS::S3::BucketPolicy", [("Bucket", reference(&id)), ("PolicyDocument", document(policy))]);
    vec![(id.clone(), bucket), (format!("{id}Policy"), policy)]
}

fn trail(name: &Text, bucket: &Link, key: &Link, log_group: &Link, role: &Link, tags: &Tags) -> Node {
    let properties = [
        ("TrailName", text(name)),
        ("IsLogging", Node::Bool(true)),
        ("IsMultiRegionTrail", Node::Bool(true)),
        ("IncludeGlobalServiceEvents", Node::Bool(true)),
        ("EnableLogFileValidation", Node::Bool(true)),
        ("S3BucketName", named_by(bucket)),
        ("KMSKeyId", arn_of(key, "")),
        ("CloudWatchLogsLogGroupArn", arn_of(log_group, ":*")),
        ("CloudWatchLogsRoleArn", arn_of(role, "")),
        ("Tags", key_values(tags)),
    ];
    let mut fields = vec![("Type", Node::text("AWS::CloudTrail::Trail"))];
    if let Link::Made(bucket) = bucket {
        // CloudTrail tries the bucket before it takes it.
        fields.push(("DependsOn", Node::List(vec![Node::text(format!("{}Policy", bucket.camel()))])));
    }
    fields.push(("Properties", Node::map(properties)));
    Node::map(fields)
}

fn alarm(name: &Text, description: &Text, namespace: &Text, metric: &Text, topic: &Link, tags: &Tags) -> Node {
    made(
        "AWS::CloudWatch::Alarm",
        [
            ("AlarmName", text(name)),
            ("AlarmDescription", text(description)),
            ("Namespace", text(namespace)),
            ("MetricName", text(metric)),
            ("Statistic", Node::text("Sum")),
            ("Period", reference(&self::name(Parameter::AlarmPeriod))),
            ("EvaluationPeriods", Node::Number(1)),
            ("DatapointsToAlarm", Node::Number(1)),
            ("Threshold", Node::Number(1)),
            ("ComparisonOperator", Node::text("GreaterThanOrEqualToThreshold")),
            ("TreatMissingData", Node::text("notBreaching")),
            ("AlarmActions", Node::List(vec![named_by(topic)])),
            ("Tags", key_values(tags)),
        ],
    )
}

fn output(resource: &Resource) -> Option<(String, Node)> {
    let id = resource.id.camel();
    let (description, value) = match &resource.body {
        Body::Bucket { .. } => ("Name of the bucket of the trail", reference(&id)),
        Body::LogGroup { .. } => ("ARN of the log group of the trail", attribute(&resource.id, "Arn")),
        Body::Trail { .. } => ("ARN of the trail", attribute(&resource.id, "Arn")),
        Body::Topic { .. } => ("ARN of the topic that alarms notify", reference(&id)),
        Body::Key { .. }
        | Body::Role { .. }
        | Body::Permission { .. }
        | Body::Subscription { .. }
        | Body::MetricFilter { .. }
        | Body::Alarm { .. } => return None,
    };
    Some((id, Node::map([("Description", Node::text(description)), ("Value", value)])))
}

fn made<'a>(kind: &str, properties: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::map([("Type", Node::text(kind)), ("Properties", Node::map(properties))])
}

/// What holds evidence outlives its stack.
fn kept<'a>(kind: &str, properties: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::map([
        ("Type", Node::text(kind)),
        ("DeletionPolicy", Node::text("Retain")),
        ("UpdateReplacePolicy", Node::text("Retain")),
        ("Properties", Node::map(properties)),
    ])
}

fn key_values(tags: &Tags) -> Node {
    let tag = |(key, value): &(String, Text)| Node::map([("Key", Node::text(key)), ("Value", text(value))]);
    Node::List(tags.iter().map(tag).collect())
}

fn document(document: &Document) -> Node {
    match document {
        Document::Text(value) => text(value),
        Document::List(items) => Node::List(items.iter().map(self::document).collect()),
        Document::Map(entries) => {
            Node::Map(entries.iter().map(|(key, value)| (key.clone(), self::document(value))).collect())
        }
    }
}

fn reference(name: &str) -> Node {
    Node::Tagged("Ref", name.to_owned())
}

fn attribute(id: &Id, attribute: &str) -> Node {
    Node::Tagged("GetAtt", format!("{}.{attribute}", id.camel()))
}

/// A link by what `Ref` gives: a name, or a topic's ARN.
fn named_by(link: &Link) -> Node {
    match link {
        Link::Made(id) => reference(&id.camel()),
        Link::There(text) => self::text(text),
    }
}

/// A link by ARN. A log group's ends with `:*` here already.
fn arn_of(link: &Link, end: &str) -> Node {
    match link {
        Link::Made(id) => attribute(id, "Arn"),
        Link::There(text) => {
            let mut pieces = text.0.clone();
            pieces.push(Piece::Literal(end.to_owned()));
            self::text(&Text(pieces))
        }
    }
}

fn text(text: &Text) -> Node {
    match text.0.as_slice() {
        [Piece::Filled(filled)] => reference(&filled_name(*filled)),
        pieces if pieces.iter().all(|piece| matches!(piece, Piece::Literal(_))) => {
            Node::Text(pieces.iter().map(|piece| substituted(piece, str::to_owned)).collect())
        }
        // `${!` stands for `${` where something is filled in.
        pieces => Node::Tagged(
            "Sub",
            pieces.iter().map(|piece| substituted(piece, |text| text.replace("${", "${!"))).collect(),
        ),
    }
}

fn substituted(piece: &Piece, literal: impl Fn(&str) -> String) -> String {
    match piece {
        Piece::Literal(text) => literal(text),
        Piece::Filled(filled) => format!("${{{}}}", filled_name(*filled)),
    }
}

fn filled_name(filled: Filled) -> String {
    match filled {
        Filled::Account => "AWS::AccountId".to_owned(),
        Filled::Partition => "AWS::Partition".to_owned(),
        Filled::Region => "AWS::Region".to_owned(),
        Filled::Parameter(parameter) => name(parameter),
    }
}
