//! The key that encrypts a topic: its names, what the message says of it, and grants to CloudWatch.

use std::collections::BTreeMap;

use super::*;
use crate::accounts::defects::ACCOUNT_ONLY;
use crate::snapshot::Grant;
use Status::{Fail, Unknown};

/// However the topic names its key, it is the key of the topic's own account and region.
#[test]
fn a_key_is_found_by_any_of_its_names() {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for (name, arn) in [
        ("alias/topics", "arn:aws:kms:ap-northeast-1:111122223333:alias/topics"),
        (id, "arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        (
            "arn:aws:kms:ap-northeast-1:999999999999:alias/theirs",
            "arn:aws:kms:ap-northeast-1:999999999999:alias/theirs",
        ),
    ] {
        let account = seed().with_topic_key(|key| key.id = arn.into());
        let report = judge(account.topic(|topic| topic.kms_key_id = Some(name.into())));
        assert_eq!(verdicts(&report, "3.4"), Expected::PASS, "{name}");
    }
}

/// The message names topic, key and action, so that it can be fixed.
#[test]
fn a_key_that_forbids_is_named_with_what_it_lacks() {
    let half = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}]}"#;
    let report = judge(seed().with_topic_key(|key| key.policy = Some(half.into())));
    let reason = finding_for(&report, "3.4").reason.as_ref().expect("a reason");
    assert_eq!(
        reason.message(),
        "key alias/topics, which encrypts topic notice, has neither a policy nor a grant that allows CloudWatch kms:GenerateDataKey"
    );
    assert_eq!(
        reason.resource(),
        Some("arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    );
}

/// The verdicts where the key's policy allows the account only, and one grant allows CloudWatch, but for the change.
fn with_grant(change: impl FnOnce(&mut Grant)) -> Expected {
    let mut grant = Grant {
        id: "g".into(),
        grantee: None,
        grantee_service: Some("cloudwatch.amazonaws.com".into()),
        operations: vec!["Decrypt".into(), "GenerateDataKey".into()],
        source_arn: None,
        context_subset: BTreeMap::new(),
        context_equals: None,
    };
    change(&mut grant);
    let account = seed().with_topic_key(|key| {
        (key.policy, key.grants) = (Some(ACCOUNT_ONLY.into()), Some(vec![grant]));
    });
    verdicts(&judge(account), "3.4")
}

const FORBIDDEN: Expected =
    Expected { cis: Fail, effective: Fail, security_hub: HubStatus::Passed, code: Some(Code::TopicKeyForbids) };
const UNDECIDED: Expected = Expected {
    cis: Unknown,
    effective: Unknown,
    security_hub: HubStatus::Passed,
    code: Some(Code::TopicKeyPolicyUndecided),
};

fn pair(key: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), value.to_owned())])
}

#[test]
fn a_grant_allows_what_the_key_policy_does_not() {
    assert_eq!(with_grant(|_| ()), Expected::PASS);
}

#[test]
fn a_grant_must_be_for_both_operations() {
    assert_eq!(with_grant(|grant| grant.operations = vec!["Decrypt".into()]), FORBIDDEN);
}

#[test]
fn a_grant_must_be_to_cloudwatch() {
    assert_eq!(with_grant(|grant| grant.grantee_service = Some("events.amazonaws.com".into())), FORBIDDEN);
    let as_principal =
        |grant: &mut Grant| (grant.grantee_service, grant.grantee) = (None, Some("cloudwatch.amazonaws.com".into()));
    assert_eq!(with_grant(as_principal), UNDECIDED);
}

#[test]
fn a_grant_for_one_alarm_is_for_that_alarm() {
    let alarm = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-IamPolicy-Changes";
    assert_eq!(with_grant(|grant| grant.source_arn = Some(alarm.into())), Expected::PASS);
    assert_eq!(with_grant(|grant| grant.source_arn = Some(format!("{alarm}-2"))), FORBIDDEN);
    assert_eq!(with_grant(|grant| grant.source_arn = Some("arn:aws:cloudwatch:*".into())), UNDECIDED);
}

#[test]
fn a_grant_for_one_topic_is_for_that_topic() {
    assert_eq!(with_grant(|grant| grant.context_subset = pair("aws:sns:topicArn", TOPIC)), Expected::PASS);
    let other = pair("aws:sns:topicArn", "arn:aws:sns:eu-west-1:1:x");
    assert_eq!(with_grant(|grant| grant.context_subset = other), FORBIDDEN);
    assert_eq!(with_grant(|grant| grant.context_subset = pair("purpose", "alerts")), UNDECIDED);
    assert_eq!(with_grant(|grant| grant.context_equals = Some(pair("aws:sns:topicArn", TOPIC))), UNDECIDED);
}
