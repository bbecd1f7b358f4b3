//! The policies of what a fix creates, as JSON texts whose keys are in one order. Each lets one service do one thing
//! for this account's own resource and no other's (`aws:SourceArn`, `aws:SourceAccount`); only CloudTrail's role has no
//! such condition, for CloudTrail does not say whose trail it is when it assumes one.
//!
//! Sources: CloudTrail user guide, "Amazon S3 bucket policy", "Configure AWS KMS key policies" and "Role policy document
//! for CloudTrail to use CloudWatch Logs"; SNS developer guide, "Example cases" and "Fanout to Amazon SQS queues".

use serde_json::{Value, json};

use super::plan::FunctionPermission;
use crate::arn::{AlarmArn, TopicArn};
use crate::iam_policy::{Answer, Request, evaluate};
use crate::partition::principal;

/// The version of IAM's policy language.
const VERSION: &str = "2012-10-17";
/// The longest policy of a topic, in bytes (SNS quotas).
const TOPIC_POLICY: usize = 30_720;
/// The longest policy of a queue, in bytes (SQS quotas).
const QUEUE_POLICY: usize = 8_192;
/// The longest policy of a function, in bytes (Lambda quotas).
const FUNCTION_POLICY: usize = 20_480;

fn document(statements: &[Value]) -> String {
    json!({ "Version": VERSION, "Statement": statements }).to_string()
}

/// A key policy: the account administers the key, and CloudTrail encrypts a trail's files with it.
#[must_use]
pub fn key(partition: &str, account: &str, trail_arn: &str) -> String {
    let service = json!({ "Service": principal::CLOUDTRAIL });
    document(&[
        json!({
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }),
        json!({
            "Sid": "Encrypt",
            "Effect": "Allow",
            "Principal": service,
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceArn": trail_arn },
                "StringLike": {
                    "kms:EncryptionContext:aws:cloudtrail:arn":
                        format!("arn:{partition}:cloudtrail:*:{account}:trail/*"),
                },
            },
        }),
        json!({
            "Sid": "Describe",
            "Effect": "Allow",
            "Principal": service,
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceArn": trail_arn } },
        }),
    ])
}

/// A bucket policy: CloudTrail puts a trail's files there, and access without TLS is denied.
#[must_use]
pub fn bucket(partition: &str, account: &str, name: &str, trail_arn: &str) -> String {
    let bucket = format!("arn:{partition}:s3:::{name}");
    let service = json!({ "Service": principal::CLOUDTRAIL });
    document(&[
        json!({
            "Sid": "TrailReadsAcl",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": { "StringEquals": { "aws:SourceArn": trail_arn } },
        }),
        json!({
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": format!("{bucket}/AWSLogs/{account}/*"),
            "Condition": {
                "StringEquals": { "aws:SourceArn": trail_arn, "s3:x-amz-acl": "bucket-owner-full-control" },
            },
        }),
        json!({
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, format!("{bucket}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }),
    ])
}

/// A trust policy: CloudTrail takes the role. With `aws:SourceArn` or `aws:SourceAccount` it could not: "The role policy
/// doesn't support the use of" them (CloudTrail user guide, the page above), and `CreateTrail` refuses such a role. What
/// bounds it is `delivery`: streams of this account in one log group.
#[must_use]
pub fn trust() -> String {
    document(&[json!({
        "Effect": "Allow",
        "Principal": { "Service": principal::CLOUDTRAIL },
        "Action": "sts:AssumeRole",
    })])
}

/// What that role may: write to CloudTrail's streams of this account in one log group.
#[must_use]
pub fn delivery(account: &str, region: &str, log_group_arn: &str) -> String {
    document(&[json!({
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": format!("{log_group_arn}:log-stream:{account}_CloudTrail_{region}*"),
    })])
}

/// A topic's policy: what SNS gives every topic, and that this account's alarms of its region publish. `None`: the ARN
/// names no account and region.
#[must_use]
pub fn topic(arn: &TopicArn) -> Option<String> {
    let account = arn.account()?;
    let owner = json!({
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": [
            "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
            "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
        ],
        "Resource": arn,
        "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
    });
    Some(document(&[owner, publish(arn, PUBLISH_SID)?]))
}

const PUBLISH_SID: &str = "CloudWatchAlarms";
const DELIVER_SID: &str = "TopicDelivers";

/// This account's alarms publish to its topic of their region. `None`: the ARN names no account and region.
fn publish(topic: &TopicArn, sid: &str) -> Option<Value> {
    let (partition, region, account) = (topic.partition()?, topic.region()?, topic.account()?);
    Some(json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": principal::CLOUDWATCH },
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {
            "StringEquals": { "aws:SourceAccount": account },
            "ArnLike": { "aws:SourceArn": format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:*") },
        },
    }))
}

/// A topic delivers to a queue.
fn deliver(topic_arn: &str, queue_arn: &str, sid: &str) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": principal::SNS },
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": { "ArnEquals": { "aws:SourceArn": topic_arn } },
    })
}

/// A policy with a statement more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// The statement.
    pub(super) statement: String,
    /// The whole policy.
    pub(super) policy: String,
}

/// A topic's policy, with what lets alarms publish. `None`: it cannot be added to, or that would not help.
pub(super) fn allow_publish(policy: &str, alarm_arn: &AlarmArn, topic_arn: &TopicArn) -> Option<Merged> {
    let merged = merge(Some(policy), TOPIC_POLICY, PUBLISH_SID, &|sid| publish(topic_arn, sid))?;
    let allowed = evaluate(&merged.policy, &Request::publish(alarm_arn, topic_arn)) == Answer::Allowed;
    allowed.then_some(merged)
}

/// A queue's policy, with what lets a topic deliver. `None`: it cannot be added to, or that would not help.
pub(super) fn allow_queue(policy: Option<&str>, topic_arn: &str, queue_arn: &str) -> Option<Merged> {
    let merged = merge(policy, QUEUE_POLICY, DELIVER_SID, &|sid| Some(deliver(topic_arn, queue_arn, sid)))?;
    let allowed = evaluate(&merged.policy, &Request::deliver(topic_arn, queue_arn)) == Answer::Allowed;
    allowed.then_some(merged)
}

/// A function's policy after `lambda:AddPermission`. `None`: the one that it had cannot be read.
pub(super) fn allow_function(policy: Option<&str>, permission: &FunctionPermission) -> Option<String> {
    merge(policy, FUNCTION_POLICY, &permission.statement_id, &|sid| Some(invoke(sid, permission)))
        .map(|merged| merged.policy)
}

fn invoke(sid: &str, permission: &FunctionPermission) -> Value {
    let FunctionPermission { function_arn, topic_arn, .. } = permission;
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": principal::SNS },
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn,
        "Condition": { "ArnLike": { "AWS:SourceArn": topic_arn } },
    })
}

/// A policy with a statement more; all that it holds stays as it is. Sids are unique in a policy.
fn merge(policy: Option<&str>, longest: usize, sid: &str, statement: &dyn Fn(&str) -> Option<Value>) -> Option<Merged> {
    let mut document = match policy {
        Some(text) => serde_json::from_str(text).ok()?,
        None => json!({ "Version": VERSION, "Statement": [] }),
    };
    let slot = document.as_object_mut()?.get_mut("Statement")?;
    let mut statements = match slot.take() {
        Value::Array(statements) => statements,
        statement @ Value::Object(_) => vec![statement],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    let is_taken =
        |sid: &str| statements.iter().any(|statement| statement.get("Sid").and_then(Value::as_str) == Some(sid));
    let sid = (1..=statements.len() + 1)
        .map(|number| if number == 1 { sid.to_owned() } else { format!("{sid}{number}") })
        .find(|sid| !is_taken(sid))?;
    let statement = statement(&sid)?;
    statements.push(statement.clone());
    *slot = Value::Array(statements);
    let policy = document.to_string();
    (policy.len() <= longest).then(|| Merged { statement: statement.to_string(), policy })
}
