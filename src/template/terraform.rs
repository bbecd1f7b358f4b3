//! A template in Terraform's HCL.

use super::hcl::{self, Block, Expr, Part};
use super::model::{Body, Declared, Document, Id, Link, Resource, Scope, Tags, Template, comment};
use crate::deploy_time::{Filled, Parameter, Piece, Text};
use crate::partition::principal;

/// The whole file.
pub(super) fn written(template: &Template) -> String {
    let mut out = comment(&template.head(&deploy(template)));
    let mut blocks = vec![versions()];
    match &template.scope {
        Scope::Account { id, region, .. } => blocks.push(provider(id, region)),
        Scope::Any => blocks.extend(surroundings()),
    }
    blocks.extend(template.parameters.iter().map(variable));
    blocks.extend(template.resources.iter().flat_map(resources));
    blocks.extend(template.resources.iter().filter_map(output));
    for block in &blocks {
        out.push('\n');
        hcl::block(block, 0, &mut out);
    }
    out
}

/// The commands that deploy it.
fn deploy(template: &Template) -> Vec<String> {
    let open = template.parameters.iter().filter(|declared| declared.default.is_none());
    let open: String = open.map(|declared| format!(" -var {}=…", name(declared.parameter))).collect();
    vec!["terraform init".to_owned(), format!("terraform apply{open}")]
}

fn plain(kind: &'static str, labels: &[&str], attributes: Vec<(&'static str, Expr)>) -> Block {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    Block { kind, labels, attributes, blocks: Vec::new() }
}

fn versions() -> Block {
    let aws = Expr::Object(vec![
        ("source".to_owned(), Expr::text("hashicorp/aws")),
        ("version".to_owned(), Expr::text(">= 5.0")),
    ]);
    let providers = plain("required_providers", &[], vec![("aws", aws)]);
    Block { blocks: vec![providers], ..plain("terraform", &[], vec![("required_version", Expr::text(">= 1.0"))]) }
}

/// Nothing is made in another account or region than those that were read.
fn provider(account: &str, region: &str) -> Block {
    plain(
        "provider",
        &["aws"],
        vec![("region", Expr::text(region)), ("allowed_account_ids", Expr::List(vec![Expr::text(account)]))],
    )
}

/// Where it is deployed.
fn surroundings() -> Vec<Block> {
    let data = |kind| plain("data", &[kind, "current"], Vec::new());
    vec![
        data("aws_caller_identity"),
        data("aws_partition"),
        data("aws_region"),
        plain(
            "locals",
            &[],
            vec![
                ("account_id", Expr::bare("data.aws_caller_identity.current.account_id")),
                ("partition", Expr::bare("data.aws_partition.current.partition")),
                // The one attribute with the region's name that versions 5 and 6 of the provider have without complaint.
                ("region", Expr::bare("data.aws_region.current.id")),
            ],
        ),
    ]
}

fn name(parameter: Parameter) -> String {
    let numbered = |name: &str, place: usize| match place {
        0 => format!("subscriber_{name}"),
        _ => format!("subscriber_{}_{name}", place + 1),
    };
    match parameter {
        Parameter::Protocol(place) => numbered("protocol", place),
        Parameter::Endpoint(place) => numbered("endpoint", place),
        Parameter::Topic => "topic_arn".to_owned(),
        Parameter::NamePrefix => "name_prefix".to_owned(),
        Parameter::Namespace => "metric_namespace".to_owned(),
        Parameter::Retention => "retention_in_days".to_owned(),
        Parameter::AlarmPeriod => "alarm_period".to_owned(),
    }
}

fn variable(declared: &Declared) -> Block {
    let parameter = declared.parameter;
    let kind = match parameter {
        Parameter::Retention | Parameter::AlarmPeriod => "number",
        Parameter::Protocol(_)
        | Parameter::Endpoint(_)
        | Parameter::Topic
        | Parameter::NamePrefix
        | Parameter::Namespace => "string",
    };
    let mut attributes = vec![("description", Expr::text(parameter.description())), ("type", Expr::bare(kind))];
    if let Some(default) = &declared.default {
        let number = default.parse().ok().filter(|_| kind == "number");
        attributes.push(("default", number.map_or_else(|| Expr::text(default), Expr::Number)));
    }
    let mut block = plain("variable", &[], attributes);
    block.labels.push(name(parameter));
    if parameter == Parameter::NamePrefix {
        // It begins the name of a bucket.
        let condition = r#"length(var.name_prefix) > 2 && length(var.name_prefix) < 21 && can(regex("^[a-z](-?[a-z0-9])*$", var.name_prefix))"#;
        block.blocks.push(plain(
            "validation",
            &[],
            vec![
                ("condition", Expr::bare(condition)),
                ("error_message", Expr::text("3 to 20 lower-case letters, digits and single hyphens, a letter first.")),
            ],
        ));
    }
    block
}

/// One resource of the plan, which may be several here.
fn resources(resource: &Resource) -> Vec<Block> {
    let label = resource.id.snake();
    let made = |kind: &str, attributes| plain("resource", &[kind, &label], attributes);
    let own = |kind: &str, attribute: &str| Expr::bare(format!("{kind}.{label}.{attribute}"));
    match &resource.body {
        Body::Key { alias, description, policy, tags } => vec![
            made(
                "aws_kms_key",
                vec![
                    ("description", text(description)),
                    ("enable_key_rotation", Expr::Bool(true)),
                    ("policy", document(policy)),
                    ("tags", key_values(tags)),
                ],
            ),
            made("aws_kms_alias", vec![("name", text(alias)), ("target_key_id", own("aws_kms_key", "key_id"))]),
        ],
        Body::Bucket { name, policy, tags } => {
            let bucket = ("bucket", own("aws_s3_bucket", "id"));
            let blocked = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
            let mut block = vec![bucket.clone()];
            block.extend(blocked.map(|attribute| (attribute, Expr::Bool(true))));
            vec![
                made("aws_s3_bucket", vec![("bucket", text(name)), ("tags", key_values(tags))]),
                made("aws_s3_bucket_public_access_block", block),
                made("aws_s3_bucket_policy", vec![bucket, ("policy", document(policy))]),
            ]
        }
        Body::Role { name, description, trust, policy_name, policy, tags } => vec![
            made(
                "aws_iam_role",
                vec![
                    ("name", text(name)),
                    ("description", text(description)),
                    ("assume_role_policy", document(trust)),
                    ("tags", key_values(tags)),
                ],
            ),
            made(
                "aws_iam_role_policy",
                vec![("name", text(policy_name)), ("role", own("aws_iam_role", "id")), ("policy", document(policy))],
            ),
        ],
        Body::LogGroup { name, tags } => vec![made(
            "aws_cloudwatch_log_group",
            vec![
                ("name", text(name)),
                ("retention_in_days", variable_of(Parameter::Retention)),
                ("tags", key_values(tags)),
            ],
        )],
        Body::Trail { name, bucket, key, log_group, role, tags } => {
            vec![made("aws_cloudtrail", trail(name, bucket, key, log_group, role, tags))]
        }
        Body::Topic { name, policy, key, tags } => {
            let mut attributes = vec![("name", text(name))];
            attributes.extend(key.as_ref().map(|key| ("kms_master_key_id", text(key))));
            attributes.push(("tags", key_values(tags)));
            let policy = vec![("arn", own("aws_sns_topic", "arn")), ("policy", document(policy))];
            vec![made("aws_sns_topic", attributes), made("aws_sns_topic_policy", policy)]
        }
        Body::Permission { function, statement_id, topic } => vec![made(
            "aws_lambda_permission",
            vec![
                ("statement_id", text(statement_id)),
                ("action", Expr::text("lambda:InvokeFunction")),
                ("function_name", text(function)),
                ("principal", Expr::text(principal::SNS)),
                ("source_arn", linked(topic, "aws_sns_topic", "arn")),
            ],
        )],
        Body::Subscription { topic, protocol, endpoint } => vec![made(
            "aws_sns_topic_subscription",
            vec![
                ("topic_arn", linked(topic, "aws_sns_topic", "arn")),
                ("protocol", text(protocol)),
                ("endpoint", text(endpoint)),
            ],
        )],
        Body::MetricFilter { log_group, name, pattern, namespace, metric } => {
            let metric = vec![("namespace", text(namespace)), ("name", text(metric)), ("value", Expr::text("1"))];
            let filter = made(
                "aws_cloudwatch_log_metric_filter",
                vec![
                    ("name", text(name)),
                    ("log_group_name", linked(log_group, "aws_cloudwatch_log_group", "name")),
                    ("pattern", text(pattern)),
                ],
            );
            vec![Block { blocks: vec![plain("metric_transformation", &[], metric)], ..filter }]
        }
        Body::Alarm { name, description, namespace, metric, topic, tags } => {
            vec![made("aws_cloudwatch_metric_alarm", alarm(name, description, namespace, metric, topic, tags))]
        }
    }
}

fn trail(
    name: &Text,
    bucket: &Link,
    key: &Link,
    log_group: &Link,
    role: &Link,
    tags: &Tags,
) -> Vec<(&'static str, Expr)> {
    let group = match log_group {
        Link::Made(id) => Expr::Text(vec![
            Part::Filled(attribute_of("aws_cloudwatch_log_group", id, "arn")),
            Part::Literal(":*".to_owned()),
        ]),
        Link::There(arn) => {
            let mut pieces = arn.0.clone();
            pieces.push(Piece::Literal(":*".to_owned()));
            text(&Text(pieces))
        }
    };
    let mut attributes = vec![
        ("name", text(name)),
        ("enable_logging", Expr::Bool(true)),
        ("is_multi_region_trail", Expr::Bool(true)),
        ("include_global_service_events", Expr::Bool(true)),
        ("enable_log_file_validation", Expr::Bool(true)),
        ("s3_bucket_name", linked(bucket, "aws_s3_bucket", "id")),
        ("kms_key_id", linked(key, "aws_kms_key", "arn")),
        ("cloud_watch_logs_group_arn", group),
        ("cloud_watch_logs_role_arn", linked(role, "aws_iam_role", "arn")),
        ("tags", key_values(tags)),
    ];
    // CloudTrail tries the bucket and the role before it takes them.
    let first = [(bucket, "aws_s3_bucket_policy"), (role, "aws_iam_role_policy")];
    let first = first.into_iter().filter_map(|(link, kind)| match link {
        Link::Made(id) => Some(Expr::bare(format!("{kind}.{}", id.snake()))),
        Link::There(_) => None,
    });
    let first: Vec<Expr> = first.collect();
    if !first.is_empty() {
        attributes.push(("depends_on", Expr::List(first)));
    }
    attributes
}

fn alarm(
    name: &Text,
    description: &Text,
    namespace: &Text,
    metric: &Text,
    topic: &Link,
    tags: &Tags,
) -> Vec<(&'static str, Expr)> {
    vec![
        ("alarm_name", text(name)),
        ("alarm_description", text(description)),
        ("namespace", text(namespace)),
        ("metric_name", text(metric)),
        ("statistic", Expr::text("Sum")),
        ("period", variable_of(Parameter::AlarmPeriod)),
        ("evaluation_periods", Expr::Number(1)),
        ("datapoints_to_alarm", Expr::Number(1)),
        ("threshold", Expr::Number(1)),
        ("comparison_operator", Expr::text("GreaterThanOrEqualToThreshold")),
        ("treat_missing_data", Expr::text("notBreaching")),
        ("alarm_actions", Expr::List(vec![linked(topic, "aws_sns_topic", "arn")])),
        ("tags", key_values(tags)),
    ]
}

fn output(resource: &Resource) -> Option<Block> {
    let (kind, attribute, description) = match &resource.body {
        Body::Bucket { .. } => ("aws_s3_bucket", "id", "Name of the bucket of the trail"),
        Body::LogGroup { .. } => ("aws_cloudwatch_log_group", "arn", "ARN of the log group of the trail"),
        Body::Trail { .. } => ("aws_cloudtrail", "arn", "ARN of the trail"),
        Body::Topic { .. } => ("aws_sns_topic", "arn", "ARN of the topic that alarms notify"),
        Body::Key { .. }
        | Body::Role { .. }
        | Body::Permission { .. }
        | Body::Subscription { .. }
        | Body::MetricFilter { .. }
        | Body::Alarm { .. } => return None,
    };
    let id = &resource.id;
    let label = format!("{}_{}", id.snake(), kind.rsplit('_').next().unwrap_or(kind));
    let value = Expr::bare(attribute_of(kind, id, attribute));
    Some(plain("output", &[&label], vec![("description", Expr::text(description)), ("value", value)]))
}

fn key_values(tags: &Tags) -> Expr {
    Expr::Object(tags.iter().map(|(key, value)| (key.clone(), text(value))).collect())
}

fn document(document: &Document) -> Expr {
    Expr::Call("jsonencode", Box::new(part(document)))
}

fn part(document: &Document) -> Expr {
    match document {
        Document::Text(value) => text(value),
        Document::List(items) => Expr::List(items.iter().map(part).collect()),
        Document::Map(entries) => Expr::Object(entries.iter().map(|(key, value)| (key.clone(), part(value))).collect()),
    }
}

fn variable_of(parameter: Parameter) -> Expr {
    Expr::bare(format!("var.{}", name(parameter)))
}

fn attribute_of(kind: &str, id: &Id, attribute: &str) -> String {
    format!("{kind}.{}.{attribute}", id.snake())
}

fn linked(link: &Link, kind: &str, attribute: &str) -> Expr {
    match link {
        Link::Made(id) => Expr::bare(attribute_of(kind, id, attribute)),
        Link::There(text) => self::text(text),
    }
}

fn text(text: &Text) -> Expr {
    if let [Piece::Filled(filled)] = text.0.as_slice() {
        return Expr::bare(reference(*filled));
    }
    let part = |piece: &Piece| match piece {
        Piece::Literal(text) => Part::Literal(text.clone()),
        Piece::Filled(filled) => Part::Filled(reference(*filled)),
    };
    Expr::Text(text.0.iter().map(part).collect())
}

fn reference(filled: Filled) -> String {
    match filled {
        Filled::Account => "local.account_id".to_owned(),
        Filled::Partition => "local.partition".to_owned(),
        Filled::Region => "local.region".to_owned(),
        Filled::Parameter(parameter) => format!("var.{}", name(parameter)),
    }
}
