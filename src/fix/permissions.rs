//! What each kind of step needs to be allowed, as IAM names it: what `look` reads, what `write` calls, and what a call
//! demands in addition to its own name (tags, a role that is handed on).

pub mod policy;
pub mod stack_set;

use super::plan::Action;

/// What a kind of step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// What is read again before the step, and while one waits.
    pub reads: &'static [&'static str],
    /// The calls that change something, in their order.
    pub writes: &'static [&'static str],
    /// What else those calls demand.
    pub also: &'static [&'static str],
}

impl Needs {
    /// All of them.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        [self.reads, self.writes, self.also].into_iter().flatten().copied()
    }
}

const KEY: Needs = Needs {
    reads: &[
        "kms:DescribeKey",
        "kms:ListAliases",
        "kms:ListKeys",
        "kms:ListResourceTags",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
    ],
    // The last where another run was faster: its key is used, and this one is of no use.
    writes: &["kms:CreateKey", "kms:EnableKeyRotation", "kms:CreateAlias", "kms:ScheduleKeyDeletion"],
    also: &["kms:TagResource"],
};

const BUCKET: Needs = Needs {
    reads: &["s3:ListBucket", "s3:GetBucketTagging", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"],
    writes: &["s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutBucketPolicy"],
    also: &["s3:TagResource"],
};

const ROLE: Needs = Needs {
    reads: &["iam:GetRole", "iam:GetRolePolicy"],
    writes: &["iam:CreateRole", "iam:PutRolePolicy"],
    also: &["iam:TagRole"],
};

const LOG_GROUP: Needs = Needs {
    reads: &["logs:DescribeLogGroups", "logs:ListTagsForResource"],
    writes: &["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
    also: &["logs:TagResource"],
};

const TRAIL: Needs = Needs {
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:ListTags",
        "kms:DescribeKey",
    ],
    writes: &["cloudtrail:CreateTrail", "cloudtrail:StartLogging"],
    also: &["cloudtrail:AddTags", "iam:PassRole"],
};

const TRAIL_UPDATE: Needs = Needs {
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"],
    writes: &["cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StartLogging"],
    also: &["iam:PassRole"],
};

const TOPIC: Needs = Needs {
    reads: &["sns:GetTopicAttributes", "sns:ListTagsForResource"],
    writes: &["sns:CreateTopic"],
    also: &["sns:TagResource"],
};

const TOPIC_POLICY: Needs =
    Needs { reads: &["sns:GetTopicAttributes"], writes: &["sns:SetTopicAttributes"], also: &[] };

const QUEUE_POLICY: Needs =
    Needs { reads: &["sqs:GetQueueUrl", "sqs:GetQueueAttributes"], writes: &["sqs:SetQueueAttributes"], also: &[] };

const FUNCTION_POLICY: Needs = Needs {
    reads: &["lambda:GetPolicy", "lambda:GetFunctionConfiguration"],
    writes: &["lambda:AddPermission"],
    also: &[],
};

const SUBSCRIPTION: Needs = Needs { reads: &["sns:ListSubscriptionsByTopic"], writes: &["sns:Subscribe"], also: &[] };

const METRIC_FILTER: Needs =
    Needs { reads: &["logs:DescribeMetricFilters"], writes: &["logs:PutMetricFilter"], also: &[] };

const ALARM: Needs = Needs {
    reads: &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
    writes: &["cloudwatch:PutMetricAlarm"],
    also: &["cloudwatch:TagResource"],
};

/// Every kind of step by its name in a plan (`action`), in the order in which a plan has them.
pub const NEEDS: &[(&str, Needs)] = &[
    ("create_key", KEY),
    ("create_bucket", BUCKET),
    ("create_log_group", LOG_GROUP),
    ("create_role", ROLE),
    ("create_trail", TRAIL),
    ("update_trail", TRAIL_UPDATE),
    ("create_topic", TOPIC),
    ("allow_publish", TOPIC_POLICY),
    ("allow_queue", QUEUE_POLICY),
    ("allow_function", FUNCTION_POLICY),
    ("subscribe", SUBSCRIPTION),
    ("create_metric_filter", METRIC_FILTER),
    ("create_alarm", ALARM),
];

/// What undoing needs, in addition to what it reads again, to remove what carries the fix's own names.
pub const UNDO_OWN: &[&str] = &[
    "cloudwatch:DeleteAlarms",
    "sns:DeleteTopic",
    "cloudtrail:DeleteTrail",
    "logs:FilterLogEvents",
    "logs:DeleteLogGroup",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "s3:DeleteBucket",
    "kms:DeleteAlias",
];

/// Removes a metric filter, on a log group of any name.
pub const UNDO_FILTER: &str = "logs:DeleteMetricFilter";

/// Removes a subscription, of a topic of any name.
pub const UNDO_SUBSCRIPTION: &str = "sns:Unsubscribe";

/// Removes a key, which has no name itself.
pub const UNDO_KEY: &str = "kms:ScheduleKeyDeletion";

/// What undoing reads to find whether anything needs what is to be removed. An audit reads it too.
pub const UNDO_READS: &[&str] =
    &["cloudwatch:DescribeAlarms", "logs:DescribeMetricFilters", "cloudtrail:DescribeTrails"];

/// What one step needs.
#[must_use]
pub fn needs(action: &Action) -> Needs {
    match action {
        Action::CreateKey(_) => KEY,
        Action::CreateBucket(_) => BUCKET,
        Action::CreateRole(_) => ROLE,
        Action::CreateLogGroup(_) => LOG_GROUP,
        Action::CreateTrail(_) => TRAIL,
        Action::UpdateTrail(_) => TRAIL_UPDATE,
        Action::CreateTopic(_) => TOPIC,
        Action::AllowPublish(_) => TOPIC_POLICY,
        Action::AllowQueue(_) => QUEUE_POLICY,
        Action::AllowFunction(_) => FUNCTION_POLICY,
        Action::Subscribe(_) => SUBSCRIPTION,
        Action::CreateMetricFilter(_) => METRIC_FILTER,
        Action::CreateAlarm(_) => ALARM,
    }
}
