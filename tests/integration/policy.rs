//! The policy that `cis-audit policy` prints, held against what audits ask for.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::compliant::add_strangers;
use crate::support::account::{Account, Key, LogGroup, MuteRule};
use crate::support::run::Cli;
use crate::support::seed::{LOG_GROUP, REGION};
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// AWS gives it to everybody.
const FREE: &str = "sts:GetCallerIdentity";

/// The policy that these arguments print.
fn printed(arguments: &[&str]) -> Value {
    let run = Cli::new().arg("policy").args(arguments).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:#?}");
    serde_json::from_str(&run.stdout).expect("a policy is JSON")
}

/// What a policy allows.
fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().expect("statements");
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("a text").to_owned()).collect()
}

/// What an audit of the account with these arguments asks for.
fn asked(endpoint: Endpoint, account: Account, arguments: &[&str]) -> BTreeSet<String> {
    let Some(stage) = Stage::new(endpoint, account) else { return BTreeSet::new() };
    let run = stage.cli().args(arguments).run();
    assert!(run.code.is_some_and(|code| code < 2), "{run:#?}");
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
    stage.traffic().by_action().into_keys().collect()
}

fn seed(change: impl FnOnce(&mut Account)) -> Account {
    let mut account = Account::seed(&fresh_id());
    change(&mut account);
    account
}

/// Its topic is encrypted with a customer's key.
fn encrypted(account: &mut Account) {
    account.topic().attributes.insert("KmsMasterKeyId".into(), "alias/topics".into());
    let allow = json!({
        "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    });
    account.region(REGION).keys.push(Key::new("alias/topics", &[allow]));
}

/// Its topic is encrypted with a key whose policy lets no one in, so that a grant may.
fn granted(account: &mut Account) {
    account.topic().attributes.insert("KmsMasterKeyId".into(), "alias/topics".into());
    account.region(REGION).keys.push(Key::new("alias/topics", &[]));
}

/// One of its alarms is silent at night.
fn muted(account: &mut Account) {
    let alarms = vec![account.alarm("3.4").name.clone()];
    let (schedule, duration) = ("cron(0 22 * * *)".into(), "PT8H".into());
    account.region(REGION).mute_rules.push(MuteRule { name: "nights".into(), alarms, schedule, duration });
}

/// Its trail's log group has no metric filter.
fn without_filters(account: &mut Account) {
    account.region(REGION).log_groups = vec![LogGroup::new(LOG_GROUP, Vec::new())];
}

/// Audits of these accounts ask for nothing that the policy does not allow, and the policy allows nothing that none of
/// them asks for.
#[test]
fn an_audit_asks_for_what_the_policy_allows() {
    let hub: &[&str] = &["--benchmark", "5.0.0"];
    let mut all = BTreeSet::new();
    for (endpoint, account, arguments) in [
        (Endpoint::Ministack, seed(|_| ()), &[][..]),
        (Endpoint::Ministack, seed(encrypted), &[]),
        (Endpoint::Fake, seed(encrypted), &[]),
        (Endpoint::Fake, seed(granted), &[]),
        (Endpoint::Fake, seed(muted), &[]),
        (Endpoint::Fake, seed(without_filters), &[]),
        (Endpoint::Fake, seed(|account| add_strangers(account, 200, 200, 0)), &[]),
        (Endpoint::Fake, seed(|account| account.region(REGION).security_hub = true), hub),
        (Endpoint::Fake, seed(muted), &["snapshot"]),
    ] {
        all.extend(asked(endpoint, account, arguments));
    }
    assert!(all.remove(FREE), "{all:?}");
    assert_eq!(all, actions(&printed(&[])));
}

#[test]
fn what_a_fix_needs_includes_what_an_audit_needs() {
    let (audit, fix) = (printed(&[]), printed(&["--fix"]));
    let first = audit["Statement"].as_array().expect("statements");
    assert_eq!(fix["Statement"].as_array().expect("statements")[..first.len()], first[..]);
    for action in ["iam:PassRole", "logs:PutMetricFilter", "sns:Subscribe", "cloudwatch:DeleteAlarms"] {
        assert!(actions(&fix).contains(action), "{action}");
    }
}

#[test]
fn names_and_partition_are_those_of_the_command_line() {
    let policy = printed(&["--fix", "--name-prefix", "prod", "--partition", "aws-cn", "--log-group", "trail-events"]);
    let statements = policy["Statement"].as_array().expect("statements");
    let resources = |sid: &str| {
        let found = statements.iter().find(|statement| statement["Sid"] == sid);
        found.map(|statement| statement["Resource"].clone()).unwrap_or_default()
    };
    assert_eq!(resources("FixAlarms"), json!(["arn:aws-cn:cloudwatch:*:*:alarm:prod-*"]));
    let group = "arn:aws-cn:logs:*:*:log-group:trail-events";
    assert_eq!(resources("FixLogGroup"), json!([format!("{group}:*"), group]));
    assert_eq!(policy.to_string().matches("arn:aws:").count(), 0);
}

#[test]
fn names_that_no_fix_would_give_are_refused() {
    for (arguments, wanted) in [
        (&["policy", "--fix", "--name-prefix", "*"], "--name-prefix *: must be 3 to 20 lower-case letters"),
        (&["policy", "--fix", "--log-group", "*"], "--log-group *: must be a name of 1 to 512 letters"),
        (&["policy", "--fix", "--partition", "mars"], "invalid value 'mars' for '--partition"),
    ] {
        let run = Cli::new().args(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        assert!(run.stderr.contains(wanted), "{run:#?}");
    }
}

/// An ARN of another partition names nothing.
#[test]
fn every_partition_has_a_policy() {
    let partitions = ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];
    for partition in partitions {
        let text = printed(&["--fix", "--partition", partition]).to_string();
        let arns = text.matches("\"arn:").count();
        assert!(arns > 10, "{partition}: {arns}");
        assert_eq!(text.matches(&format!("\"arn:{partition}:")).count(), arns, "{partition}");
    }
    let run = Cli::new().args(&["policy", "--fix", "--partition", "aws-xx"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("aws-iso-f"), "{run:#?}");
}
