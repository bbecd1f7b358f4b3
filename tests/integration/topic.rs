//! May CloudWatch publish to the alarm's topic, and use the key that encrypts it?

use serde_json::{Value, json};

use crate::scenario::{FAKE, check};
use crate::support::account::{Account, Key};
use crate::support::call::Protocol;
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::{RULES, all_fail, all_pass, unknown};
use crate::support::run::Cli;
use crate::support::seed::REGION;
use crate::support::stage::{Stage, fresh_id};
use crate::support::wire::ServiceError;

const ALIAS: &str = "alias/topics";

/// The statement that every new key has: the account's own policies decide, and CloudWatch has none.
fn root(account: &Account) -> Value {
    let root = format!("arn:aws:iam::{}:root", account.id);
    json!({ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" })
}

fn allow(actions: &[&str]) -> Value {
    let principal = json!({ "Service": "cloudwatch.amazonaws.com" });
    json!({ "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*" })
}

/// A customer's key in order, which encrypts the seed's topic.
fn encrypt(account: &mut Account) -> &mut Key {
    let statements = [root(account), allow(&["kms:Decrypt", "kms:GenerateDataKey*"])];
    account.topic().attributes.insert("KmsMasterKeyId".into(), ALIAS.into());
    let keys = &mut account.region(REGION).keys;
    keys.push(Key::new(ALIAS, &statements));
    keys.last_mut().expect("it was pushed")
}

fn encrypt_with(account: &mut Account, statements: &[Value]) {
    encrypt(account).policy = Key::new(ALIAS, statements).policy;
}

#[test]
fn a_key_must_allow_both_operations() {
    let change = |account: &mut Account| {
        let statements = [root(account), allow(&["kms:GenerateDataKey*"])];
        encrypt_with(account, &statements);
    };
    let report = check(FAKE, change, &all_fail("topic.key_forbids"));
    let message = &report.finding("3.4").reason.as_ref().expect("a reason").message;
    assert!(message.contains(ALIAS) && message.ends_with("kms:Decrypt"), "{message}");
}

#[test]
fn the_managed_key_is_recognised_by_its_id() {
    let change = |account: &mut Account| {
        let key = encrypt(account);
        key.alias = "alias/aws/sns".into();
        key.manager = "AWS".into();
        account.topic().attributes.insert("KmsMasterKeyId".into(), Key::id(0));
    };
    check(FAKE, change, &all_fail("topic.managed_key"));
}

/// SNS looks for the key in the topic's own region, where there is none of that ARN.
#[test]
fn a_key_of_another_region_is_missing() {
    let change = |account: &mut Account| {
        let key = encrypt(account).clone();
        account.region("eu-west-1").keys.push(key);
        let arn = account.kms_arn("eu-west-1", ALIAS);
        account.topic().attributes.insert("KmsMasterKeyId".into(), arn);
    };
    check(FAKE, change, &all_fail("topic.key_missing"));
}

/// The requests about keys that an audit of the account sends.
fn asked_of_kms(account: Account) -> Vec<(String, usize)> {
    let stage = Stage::fake(account);
    stage.cli().report();
    stage.traffic().by_action().into_iter().filter(|(action, _)| action.starts_with("kms:")).collect()
}

#[test]
fn a_key_is_asked_about_once_however_many_topics_it_encrypts() {
    let mut account = Account::seed(&fresh_id());
    encrypt(&mut account);
    let mut second = account.topic().clone();
    second.name = "second".into();
    let arn = account.topic_arn(REGION, "second");
    account.region(REGION).topics.push(second);
    account.alarm("3.4").alarm_actions = vec![arn];
    assert_eq!(asked_of_kms(account), [("kms:DescribeKey".into(), 1), ("kms:GetKeyPolicy".into(), 1)]);
}

#[test]
fn nothing_is_asked_about_the_managed_key() {
    let mut account = Account::seed(&fresh_id());
    account.topic().attributes.insert("KmsMasterKeyId".into(), "alias/aws/sns".into());
    assert_eq!(asked_of_kms(account), []);
}

/// A grant as `ListGrants` shows it.
fn grant(id: usize, to: &str, source: Option<&str>) -> Value {
    json!({
        "GrantId": format!("{id:064}"),
        "GranteeServicePrincipal": to,
        "IssuingAccount": "arn:aws:iam::111122223333:root",
        "Operations": ["Decrypt", "GenerateDataKey"],
        "Constraints": source.map_or(json!({}), |arn| json!({ "SourceArn": arn })),
    })
}

/// The policy lets the account only, and a grant on the last of several pages lets CloudWatch.
#[test]
fn a_grant_lets_cloudwatch_use_a_key() {
    let mut account = Account::seed(&fresh_id());
    let statements = [root(&account)];
    encrypt_with(&mut account, &statements);
    let name = account.alarm("3.4").name.clone();
    let alarm = account.alarm_arn(REGION, &name);
    let mut grants: Vec<Value> = (0..4).map(|id| grant(id, "rds.amazonaws.com", None)).collect();
    grants.push(grant(4, "cloudwatch.amazonaws.com", Some(&alarm)));
    account.region(REGION).keys[0].grants = grants;
    let stage = Stage::fake(account);
    let (run, report) = stage.cli().report();
    // The grant is for the alarm of one control.
    for rule in RULES {
        let wanted = if rule == "3.4" { "pass" } else { "fail" };
        assert_eq!(report.finding(rule).verdicts.effective, wanted, "{rule} {run:#?}");
    }
    assert_eq!(stage.traffic().by_action()["kms:ListGrants"], 3);
}

/// A policy that does not let CloudWatch is not the last word while grants are unread.
#[test]
fn grants_that_were_not_read_leave_the_verdict_unknown() {
    let mut account = Account::seed(&fresh_id());
    let statements = [root(&account)];
    encrypt_with(&mut account, &statements);
    let stage = Stage::fake_with_faults(account, vec![FaultRule::always("kms:ListGrants", Fault::Denied)]);
    let (run, report) = stage.cli().report();
    assert_eq!(run.code, Some(2), "{run:#?}");
    for rule in RULES {
        let reason = report.finding(rule).reason.as_ref().expect("a reason");
        assert_eq!((report.finding(rule).status.as_str(), reason.code.as_str()), ("unknown", "topic.key_unread"));
    }
    assert_eq!(report.gap_operations().into_iter().collect::<Vec<_>>(), ["kms:ListGrants"]);
}

/// The benchmark's verdict is kept, whether a subscriber would be notified is unknown, and the report says what was
/// denied.
#[test]
fn a_denied_key_leaves_the_effective_verdict_unknown() {
    for action in ["kms:DescribeKey", "kms:GetKeyPolicy"] {
        let mut account = Account::seed(&fresh_id());
        encrypt(&mut account);
        let stage = Stage::fake_with_faults(account, vec![FaultRule::always(action, Fault::Denied)]);
        let (run, report) = stage.cli().report();
        report.assert(&all_pass(), &run.stderr);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(report.gap_operations().into_iter().collect::<Vec<_>>(), [action]);
        assert_eq!(stage.traffic().by_action()[action], 1, "a denial is final");
        for rule in RULES {
            let finding = report.finding(rule);
            assert_eq!(finding.verdicts.effective, "unknown");
            assert_eq!(finding.verdict_reasons.effective.as_ref().expect("a reason").code, "topic.key_unread");
            assert!(finding.warnings.iter().any(|warning| warning.grade == "unverified"), "{finding:#?}");
        }
    }
}

/// A key that could not be read may be one that CloudWatch may not use.
#[test]
fn a_key_that_could_not_be_read_leaves_the_verdict_unknown() {
    for (action, fault, remedy) in [
        ("kms:DescribeKey", Fault::Throttled, "AWS limits the rate of kms:DescribeKey"),
        ("kms:GetKeyPolicy", Fault::ServerError, "The service failed at kms:GetKeyPolicy"),
        ("kms:GetKeyPolicy", Fault::Hang, "Find out why "),
    ] {
        let mut account = Account::seed(&fresh_id());
        let statements = [root(&account)];
        encrypt_with(&mut account, &statements);
        let stage = Stage::fake_with_faults(account, vec![FaultRule::always(action, fault)]);
        // Retries have their time also on a busy machine.
        let seconds = if remedy.starts_with("Find out why ") { "3" } else { "20" };
        let (run, report) = stage.cli().args(&["--timeout", seconds]).report();
        report.assert(&unknown(&RULES, "topic.key_unread"), &run.stderr);
        assert_eq!(run.code, Some(2), "{action}: {run:#?}");
        let remediation = &report.finding("3.4").remediation;
        assert!(remediation.starts_with(remedy), "{remediation}");
    }
}

/// The topic's attributes say which key encrypts it and whom its policy lets publish.
fn managed_key(account: &mut Account) {
    account.topic().attributes.insert("KmsMasterKeyId".into(), "alias/aws/sns".into());
}

fn denying_policy(account: &mut Account) {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sns:Publish", "Resource": "*" },
        { "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*" },
    ] });
    account.topic().attributes.insert("Policy".into(), policy.to_string());
}

/// What a topic's attributes say, if anything is wrong with it.
type Attributes = (fn(&mut Account), Option<&'static str>);

/// A gate is never green because the topic could not be read, nor red.
#[test]
fn a_topic_with_unread_attributes_is_unknown() {
    let scp = FaultRule::rewrite("sns:GetTopicAttributes", |_, response| {
        let message = "User: arn:aws:sts::111122223333:assumed-role/Auditor/audit is not authorized to perform: sns:GetTopicAttributes with an explicit deny in a service control policy";
        *response = ServiceError::new(403, "AuthorizationError", message).response(Protocol::Query);
    });
    let faults = [
        (FaultRule::always("sns:GetTopicAttributes", Fault::Denied), "Allow sns:GetTopicAttributes"),
        (scp, "A service control policy of the organization denies sns:GetTopicAttributes"),
        (
            FaultRule::always("sns:GetTopicAttributes", Fault::Throttled),
            "AWS limits the rate of sns:GetTopicAttributes",
        ),
        (
            FaultRule::always("sns:GetTopicAttributes", Fault::ServerError),
            "The service failed at sns:GetTopicAttributes",
        ),
        (FaultRule::always("sns:GetTopicAttributes", Fault::Hang), "Find out why "),
    ];
    let attributes: [Attributes; 3] =
        [(|_| (), None), (managed_key, Some("topic.managed_key")), (denying_policy, Some("topic.policy_denies"))];
    for (change, wrong) in attributes {
        let account = || {
            let mut account = Account::seed(&fresh_id());
            change(&mut account);
            account
        };
        let (run, report) = Stage::fake(account()).cli().report();
        report.assert(&wrong.map_or_else(all_pass, all_fail), &run.stderr);
        for (fault, remedy) in &faults {
            let stage = Stage::fake_with_faults(account(), vec![fault.clone()]);
            // Retries have their time also on a busy machine.
            let seconds = if remedy.starts_with("Find out why ") { "3" } else { "20" };
            let cli = || stage.cli().args(&["--timeout", seconds]);
            let (run, report) = cli().report();
            report.assert(&unknown(&RULES, "topic.unread"), &run.stderr);
            assert_eq!(run.code, Some(2), "{wrong:?}, {remedy}: {run:#?}");
            assert!(report.gap_operations().contains("sns:GetTopicAttributes"), "{:?}", report.gaps);
            for rule in RULES {
                let remediation = &report.finding(rule).remediation;
                assert!(remediation.starts_with(remedy), "{rule}: {remediation}");
            }
            let table = cli().run();
            let text = table.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(remedy), "{remedy}: {table:#?}");
        }
    }
}

#[test]
fn a_key_behind_a_throttled_answer_is_judged_all_the_same() {
    let mut account = Account::seed(&fresh_id());
    let statements = [root(&account)];
    encrypt_with(&mut account, &statements);
    let once = ["kms:DescribeKey", "kms:GetKeyPolicy"].map(|action| FaultRule::first(action, 1, Fault::Throttled));
    let (run, report) = Stage::fake_with_faults(account, once.to_vec()).cli().report();
    report.assert(&all_fail("topic.key_forbids"), &run.stderr);
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
}

#[test]
fn a_saved_key_is_judged_as_it_was_read() {
    let mut account = Account::seed(&fresh_id());
    encrypt(&mut account).state = "Disabled".into();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("account.json");
    let path = file.to_str().expect("a path in UTF-8");
    let run = Stage::fake(account).cli().args(&["snapshot", "-o", path]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let (run, report) = Cli::new().args(&["--snapshot", path]).report();
    report.assert(&all_fail("topic.key_unusable"), &run.stderr);
}

#[test]
fn a_key_of_another_account_is_unknown() {
    let mut account = Account::seed(&fresh_id());
    let key = format!("arn:aws:kms:{REGION}:999988887777:key/{}", Key::id(0));
    account.topic().attributes.insert("KmsMasterKeyId".into(), key);
    let (run, report) = Stage::fake(account).cli().report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(report.finding("3.4").verdicts.effective, "unknown");
}
