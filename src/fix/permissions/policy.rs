//! IAM policies that allow what the program does and nothing else.
//!
//! What an audit reads is known only once it has been read, so its statements are about every resource. A fix writes only
//! under its own names, which [`Names`] gives with `*` for account and region, but for what is there before it: the log
//! group of a trail gets metric filters, a topic subscribers, a queue a policy. Which action can be held to which
//! resource and condition: Service Authorization Reference.

use serde::Serialize;
use serde_json::{Value, json};

use super::{UNDO_FILTER, UNDO_KEY, UNDO_OWN, UNDO_SUBSCRIPTION};
use crate::fix::names::Names;
use crate::fix::plan::OWN_TAG;
use crate::partition::principal;
use crate::permissions::{AUDIT, Need};

/// A policy, as IAM reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    /// The version of IAM's policy language.
    pub version: &'static str,
    /// What is allowed.
    pub statement: Vec<Statement>,
}

/// One statement: it allows each of its actions on each of its resources that the action can be about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for: letters and digits, unique in the policy.
    pub sid: &'static str,
    /// Always `Allow`.
    pub effect: &'static str,
    /// `service:Operation`.
    pub action: Vec<&'static str>,
    /// ARNs, or `*`.
    pub resource: Vec<String>,
    /// When it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
}

impl Statement {
    pub(super) fn new(sid: &'static str, action: &[&'static str], resource: Vec<String>) -> Self {
        Self { sid, effect: "Allow", action: action.to_vec(), resource, condition: None }
    }

    fn everywhere(sid: &'static str, action: &[&'static str]) -> Self {
        Self::new(sid, action, vec!["*".to_owned()])
    }

    /// It applies only where the request has this value.
    fn only_if(self, key: &str, value: &str) -> Self {
        Self { condition: Some(json!({ "StringEquals": { key: value } })), ..self }
    }
}

/// The options of a fix that its permissions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, … ([`crate::partition`]).
    pub partition: &'a str,
    /// What names of new resources begin with.
    pub prefix: &'a str,
    /// Name of the log group that a trail without one delivers to, instead of this program's own.
    pub log_group: Option<&'a str>,
}

/// What an audit needs.
#[must_use]
pub fn audit() -> Policy {
    let allow = |sid, need| {
        let reads = AUDIT.iter().filter(|reads| reads.need == need);
        Statement::everywhere(sid, &reads.flat_map(|reads| reads.actions).copied().collect::<Vec<_>>())
    };
    let statement = vec![
        allow("Audit", Need::Always),
        allow("AuditOptional", Need::Optional),
        allow("AuditSecurityHub", Need::SecurityHub),
    ];
    Policy { version: "2012-10-17", statement }
}

/// What an audit, a fix and its undoing need.
#[must_use]
pub fn fix(scope: Scope<'_>) -> Policy {
    let Policy { version, mut statement } = audit();
    let own = Own::new(scope);
    statement.extend(own.trail_statements());
    statement.extend(own.alarm_statements());
    statement.extend(own.undo_statements());
    Policy { version, statement }
}

/// ARNs of what a fix creates, with wildcards.
struct Own<'a> {
    names: Names<'a>,
    aliases: Vec<String>,
    buckets: Vec<String>,
    roles: Vec<String>,
    log_groups: Vec<String>,
    trails: Vec<String>,
    topics: Vec<String>,
    alarms: Vec<String>,
}

impl<'a> Own<'a> {
    fn new(Scope { partition, prefix, log_group }: Scope<'a>) -> Self {
        let names = Names { prefix, partition, account: "*" };
        let role = names.role("*", &names.trail("*", 1), &names.log_group("*", 1), 1);
        let groups = match log_group {
            Some(name) => vec![names.named_log_group("*", name).into()],
            None => numbered(names.log_group("*", 1).into()),
        };
        Self {
            aliases: numbered(format!("arn:{partition}:kms:*:*:{}", names.key(1))),
            buckets: vec![format!("arn:{partition}:s3:::{}", names.bucket("*", 1))],
            roles: vec![names.role_arn(&role)],
            // Actions on tags name a log group without its streams, others with them.
            log_groups: groups.into_iter().flat_map(|group| [format!("{group}:*"), group]).collect(),
            trails: numbered(names.trail("*", 1).into()),
            topics: numbered(names.topic("*", 1).into()),
            alarms: vec![names.alarm_arn("*", &names.control("*")).into()],
            names,
        }
    }

    /// All resources of a kind: `resource` is what an ARN ends in.
    fn all(&self, service: &str, resource: &str) -> Vec<String> {
        vec![format!("arn:{}:{service}:*:*:{resource}", self.names.partition)]
    }

    /// What makes a trail that records and delivers, or fixes one.
    fn trail_statements(&self) -> Vec<Statement> {
        let tag = format!("aws:RequestTag/{OWN_TAG}");
        vec![
            Statement::everywhere("FixFindKeys", &["kms:ListKeys", "kms:ListAliases"]),
            // A key that is being created cannot be named: only its tags show whose it will be.
            Statement::everywhere("FixCreateKey", &["kms:CreateKey", "kms:TagResource"])
                .only_if(&tag, self.names.prefix),
            // Not held to the key's tags: KMS decides by new tags only some minutes later.
            Statement::new(
                "FixKey",
                &["kms:ListResourceTags", "kms:GetKeyRotationStatus", "kms:EnableKeyRotation", "kms:CreateAlias"],
                [self.all("kms", "key/*"), self.aliases.clone()].concat(),
            ),
            Statement::new(
                "FixBucket",
                &[
                    "s3:ListBucket",
                    "s3:GetBucketTagging",
                    "s3:GetBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:CreateBucket",
                    "s3:TagResource",
                    "s3:PutBucketPublicAccessBlock",
                    "s3:PutBucketPolicy",
                ],
                self.buckets.clone(),
            ),
            Statement::new(
                "FixRole",
                &["iam:GetRole", "iam:GetRolePolicy", "iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy"],
                self.roles.clone(),
            ),
            Statement::new("FixPassRole", &["iam:PassRole"], self.roles.clone())
                .only_if("iam:PassedToService", principal::CLOUDTRAIL),
            Statement::new(
                "FixLogGroup",
                &["logs:ListTagsForResource", "logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
                self.log_groups.clone(),
            ),
            Statement::new(
                "FixTrail",
                &["cloudtrail:ListTags", "cloudtrail:CreateTrail", "cloudtrail:AddTags", "cloudtrail:StartLogging"],
                self.trails.clone(),
            ),
            Statement::new(
                "FixExistingTrails",
                &["cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StartLogging"],
                self.all("cloudtrail", "trail/*"),
            ),
        ]
    }

    /// What makes events raise alerts: metric filters, alarms, topics and who is subscribed.
    fn alarm_statements(&self) -> Vec<Statement> {
        vec![
            Statement::new("FixMetricFilters", &["logs:PutMetricFilter"], self.all("logs", "log-group:*")),
            Statement::new(
                "FixAlarms",
                &["cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
                self.alarms.clone(),
            ),
            Statement::new(
                "FixTopic",
                &["sns:ListTagsForResource", "sns:CreateTopic", "sns:TagResource"],
                self.topics.clone(),
            ),
            Statement::new("FixSubscribe", &["sns:Subscribe", "sns:SetTopicAttributes"], self.all("sns", "*")),
            Statement::new(
                "FixQueues",
                &["sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"],
                self.all("sqs", "*"),
            ),
            Statement::new(
                "FixFindFunctions",
                &["lambda:GetPolicy", "lambda:GetFunctionConfiguration"],
                self.all("lambda", "function:*"),
            ),
            Statement::new("FixFunctions", &["lambda:AddPermission"], self.all("lambda", "function:*"))
                .only_if("lambda:Principal", principal::SNS),
        ]
    }

    fn undo_statements(&self) -> Vec<Statement> {
        let created = [
            &self.alarms,
            &self.topics,
            &self.trails,
            &self.log_groups,
            &self.roles,
            &self.buckets,
            &self.aliases,
            // An alias is deleted from its key.
            &self.all("kms", "key/*"),
        ];
        vec![
            Statement::new("UndoWhatTheFixCreated", UNDO_OWN, created.into_iter().flatten().cloned().collect()),
            Statement::new("UndoMetricFilters", &[UNDO_FILTER], self.all("logs", "log-group:*")),
            Statement::everywhere("UndoSubscriptions", &[UNDO_SUBSCRIPTION]),
            Statement::new("UndoKey", &[UNDO_KEY], self.all("kms", "key/*"))
                .only_if(&format!("aws:ResourceTag/{OWN_TAG}"), self.names.prefix),
        ]
    }
}

/// A name, and what it becomes where it is taken: a number below ten is put behind it.
fn numbered(name: String) -> Vec<String> {
    let next = format!("{name}-?");
    vec![name, next]
}

#[cfg(test)]
mod tests;
