//! What IAM makes of the policies: which action is allowed on which resource.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::arn::Arn;
use crate::fix::names::{PREFIX, TRIES};
use crate::fix::permissions::{NEEDS, UNDO_READS};
use crate::iam_policy::like;

const SCOPE: Scope<'_> = Scope { partition: "aws", prefix: "cis-audit", log_group: None };

fn actions(policy: &Policy) -> BTreeSet<&'static str> {
    policy.statement.iter().flat_map(|statement| statement.action.iter().copied()).collect()
}

/// Whether some statement without a condition, or with exactly this one, allows it.
fn allows(policy: &Policy, action: &str, resource: &str, condition: Option<&Value>) -> bool {
    policy.statement.iter().any(|statement| {
        (statement.condition.is_none() || statement.condition.as_ref() == condition)
            && statement.action.contains(&action)
            && statement.resource.iter().any(|pattern| like(pattern, resource))
    })
}

#[test]
fn an_audit_is_allowed_what_it_reads_and_nothing_else() {
    let wanted: BTreeSet<&str> = AUDIT.iter().flat_map(|reads| reads.actions).copied().collect();
    assert_eq!(actions(&audit()), wanted);
}

#[test]
fn a_fix_is_allowed_what_its_steps_need_and_nothing_else() {
    let steps = NEEDS.iter().flat_map(|(_, needs)| needs.all());
    let reads = AUDIT.iter().flat_map(|reads| reads.actions).copied();
    let wanted: BTreeSet<&str> = reads
        .chain(steps)
        .chain([UNDO_OWN, UNDO_READS, &[UNDO_FILTER, UNDO_SUBSCRIPTION, UNDO_KEY]].into_iter().flatten().copied())
        .collect();
    assert_eq!(actions(&fix(SCOPE)), wanted);
}

/// IAM refuses a policy whose statements have names of other characters, or one name twice. Blanks aside, a managed policy
/// has at most 6,144 characters, and the inline ones of a role 10,240 (IAM quotas).
#[test]
fn iam_takes_the_policies() {
    let (prefix, group) = ("p".repeat(*PREFIX.end()), "g".repeat(512));
    let long = Scope { partition: "aws-us-gov", prefix: &prefix, log_group: None };
    let longest = Scope { log_group: Some(&group), ..long };
    for (policy, most) in [(audit(), 6_144), (fix(SCOPE), 6_144), (fix(long), 6_144), (fix(longest), 10_240)] {
        let mut sids = BTreeSet::new();
        for statement in &policy.statement {
            assert!(statement.sid.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", statement.sid);
            assert!(sids.insert(statement.sid), "{}", statement.sid);
            assert!(!statement.action.is_empty() && !statement.resource.is_empty(), "{}", statement.sid);
        }
        let text = serde_json::to_string(&policy).expect("plain data");
        assert!(text.len() <= most, "{} characters", text.len());
    }
}

#[test]
fn a_statement_is_written_as_iam_reads_it() {
    let policy = fix(Scope { partition: "aws-cn", prefix: "prod", log_group: None });
    let pass = policy.statement.iter().find(|statement| statement.sid == "FixPassRole");
    assert_eq!(
        serde_json::to_value(pass).expect("plain data"),
        json!({
            "Sid": "FixPassRole",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": ["arn:aws-cn:iam::*:role/prod-cloudtrail-logs-*"],
            "Condition": { "StringEquals": { "iam:PassedToService": "cloudtrail.amazonaws.com" } },
        })
    );
    assert_eq!(serde_json::to_value(audit()).expect("plain data")["Version"], "2012-10-17");
}

#[test]
fn resources_are_of_the_partition_and_of_the_service() {
    let policy = fix(Scope { partition: "aws-us-gov", prefix: "cis-audit", log_group: None });
    for statement in &policy.statement {
        for resource in statement.resource.iter().filter(|resource| *resource != "*") {
            let arn = Arn::parse(resource).expect(resource);
            assert_eq!(arn.partition, "aws-us-gov", "{resource}");
            let service = format!("{}:", arn.service);
            let is_used = statement.action.iter().any(|action| action.starts_with(&service));
            assert!(is_used, "{resource} in {}", statement.sid);
        }
    }
}

/// Every name that a fix may give is one that it may write to, in any region.
#[test]
fn names_that_a_fix_gives_are_allowed() {
    let policy = fix(SCOPE);
    let names = Names { prefix: "cis-audit", partition: "aws", account: "111122223333" };
    let region = "eu-west-1";
    let group = names.log_group(region, 1);
    let allowed = |action: &str, resource: &str| {
        assert!(allows(&policy, action, resource, None), "{action} on {resource}");
    };
    for number in 1..=TRIES {
        let trail = names.trail(region, number);
        allowed("cloudtrail:CreateTrail", &trail);
        allowed("s3:CreateBucket", &format!("arn:aws:s3:::{}", names.bucket(region, number)));
        allowed("kms:CreateAlias", &format!("arn:aws:kms:{region}:111122223333:{}", names.key(number)));
        allowed("sns:CreateTopic", &names.topic(region, number));
        let alarm = format!("{}-{number}", names.control("vpc-changes"));
        allowed("cloudwatch:PutMetricAlarm", &names.alarm_arn(region, &alarm));
        for delivered in [&group, "arn:aws:logs:eu-west-1:111122223333:log-group:other"] {
            let role = names.role_arn(&names.role(region, &trail, &delivered.into(), number));
            allowed("iam:PutRolePolicy", &role);
            allowed("iam:DeleteRole", &role);
        }
    }
    for group in [group.clone(), format!("{group}:*").into()] {
        allowed("logs:CreateLogGroup", &group);
        allowed("logs:TagResource", &group);
    }
    allowed("kms:CreateAlias", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
}

#[test]
fn another_log_group_is_the_one_that_may_be_created() {
    let policy = fix(Scope { log_group: Some("audit/trail"), ..SCOPE });
    let group = |name: &str| format!("arn:aws:logs:eu-west-1:111122223333:log-group:{name}:*");
    assert!(allows(&policy, "logs:CreateLogGroup", &group("audit/trail"), None));
    assert!(!allows(&policy, "logs:CreateLogGroup", &group("/aws/cloudtrail/cis-audit"), None));
}

#[test]
fn what_was_there_before_is_out_of_reach() {
    let policy = fix(SCOPE);
    let any_tag = json!({ "StringEquals": { "aws:ResourceTag/team": "x" } });
    for (action, resource) in [
        ("cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:disk-full"),
        ("cloudwatch:DeleteAlarms", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:disk-full"),
        ("sns:DeleteTopic", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web:*"),
        ("cloudtrail:DeleteTrail", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/management-events"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::example-data"),
        ("s3:DeleteBucket", "arn:aws:s3:::example-data"),
        ("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/admin"),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/cis-audit-cloudtrail-logs-eu-west-1"),
        ("kms:DeleteAlias", "arn:aws:kms:eu-west-1:111122223333:alias/payroll"),
        ("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("lambda:AddPermission", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
        ("kms:CreateKey", "*"),
    ] {
        assert!(!allows(&policy, action, resource, Some(&any_tag)), "{action} on {resource}");
    }
    let own = json!({ "StringEquals": { "aws:ResourceTag/cis-audit": "cis-audit" } });
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert!(allows(&policy, "kms:ScheduleKeyDeletion", key, Some(&own)));
    let as_own = json!({ "StringEquals": { "aws:RequestTag/cis-audit": "cis-audit" } });
    assert!(allows(&policy, "kms:CreateKey", "*", Some(&as_own)));
}
