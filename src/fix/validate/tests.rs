use std::collections::BTreeMap;

use super::*;
use crate::fix::plan::{Alarm, Bucket, Endpoint, Key, MetricFilter, Role, Subscription, Topic};

const ACCOUNT: &str = "111122223333";

fn home() -> Home<'static> {
    Home::parse(ACCOUNT, "aws", "us-east-1").unwrap()
}

fn step(action: Action) -> Step {
    Step { id: "it".to_owned(), after: vec![], rules: vec!["3.4".to_owned()], action }
}

/// What is reported about a step.
fn refusal(action: Action) -> String {
    home().check(&step(action)).unwrap_err().to_string()
}

fn alarm(arn: &str) -> Action {
    Action::CreateAlarm(Alarm {
        arn: arn.into(),
        description: "d".to_owned(),
        namespace: "CISBenchmark".to_owned(),
        metric: "m".to_owned(),
        period: 300,
        topic_arn: "arn:aws:sns:us-east-1:111122223333:t".into(),
        tags: BTreeMap::new(),
    })
}

fn topic(arn: &str) -> Action {
    let (policy, tags) = ("{}".to_owned(), BTreeMap::new());
    Action::CreateTopic(Topic { arn: arn.into(), policy, kms_key_id: None, tags })
}

#[test]
fn heads_are_of_an_account_in_a_partition_and_a_region_of_it() {
    for (partition, region) in [
        ("aws", "us-east-1"),
        ("aws", "ap-southeast-6"),
        ("aws", "sa-west-1"),
        ("aws", "me-west-1"),
        ("aws-cn", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-iso", "us-iso-east-1"),
        ("aws-iso-b", "us-isob-east-1"),
    ] {
        assert!(Home::parse(ACCOUNT, partition, region).is_ok(), "{partition} {region}");
    }
    for (account, partition, region) in [
        ("11112222333", "aws", "us-east-1"),
        ("11112222333x", "aws", "us-east-1"),
        (ACCOUNT, "", "us-east-1"),
        (ACCOUNT, "aws.evil", "us-east-1"),
        (ACCOUNT, "aws", "cn-north-1"),
        (ACCOUNT, "aws", "us-gov-west-1"),
        (ACCOUNT, "aws-cn", "us-east-1"),
        (ACCOUNT, "aws-us-gov", "us-east-1"),
        (ACCOUNT, "aws", ""),
        (ACCOUNT, "aws", "us-east-1.evil.example/"),
        (ACCOUNT, "aws", "us-east-1@evil.example"),
        (ACCOUNT, "aws", "us-east-1:8080"),
        (ACCOUNT, "aws", "us-east-1\n"),
        (ACCOUNT, "aws", "us-éast-1"),
        (ACCOUNT, "aws", "us-east-1_"),
        (ACCOUNT, "aws", "aws-global"),
        (ACCOUNT, "aws", "us-EAST-1"),
        (ACCOUNT, "aws", "us--1"),
    ] {
        assert!(Home::parse(account, partition, region).is_err(), "{account} {partition} {region}");
    }
    let region = Home::parse(ACCOUNT, "aws", "x.evil.example/\u{1b}[2J").unwrap_err().to_string();
    let wanted = "`region` is \"x.evil.example/\\u{1b}[2J\", which is not the name of a region of aws";
    assert_eq!(region, wanted);
}

#[test]
fn arns_are_of_their_service_account_and_partition() {
    assert_eq!(home().check(&step(alarm("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a b: c"))), Ok(()));
    for arn in [
        "nonsense",
        "arn:aws:sns:us-east-1:111122223333:alarm:a",
        "arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:a",
        "arn:aws:cloudwatch:cn-north-1:111122223333:alarm:a",
        "arn:aws:cloudwatch:evil.example/:111122223333:alarm:a",
        "arn:aws:cloudwatch::111122223333:alarm:a",
        "arn:aws:cloudwatch:us-east-1:444455556666:alarm:a",
        "arn:aws:cloudwatch:us-east-1:111122223333:alarm:",
        "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a\u{7}",
    ] {
        let message = refusal(alarm(arn));
        let wanted = ", which is not the ARN of an alarm of account 111122223333 in aws";
        assert!(message.starts_with("step \"it\": `resource.arn` is \"") && message.ends_with(wanted), "{message}");
    }
    assert_eq!(home().check(&step(topic("arn:aws:sns:us-east-1:111122223333:t.fifo"))), Ok(()));
    for arn in ["arn:aws:sns:us-east-1:444455556666:t", "arn:aws:sns:us-east-1:111122223333:t/x"] {
        assert!(refusal(topic(arn)).contains("is not the ARN of a topic of account 111122223333"), "{arn}");
    }
}

/// A subscriber may be another account's, but not another partition's.
#[test]
fn a_subscription_may_be_at_another_accounts_topic() {
    let subscribe = |topic_arn: &str, protocol: &str, address: &str| {
        let endpoint = Endpoint { protocol: protocol.to_owned(), address: address.to_owned() };
        home().check(&step(Action::Subscribe(Subscription { topic_arn: topic_arn.into(), endpoint })))
    };
    let topic = "arn:aws:sns:us-east-1:444455556666:t";
    assert_eq!(subscribe(topic, "email", "a@example.com"), Ok(()));
    assert!(subscribe(topic, "email", "nobody").is_err());
    assert!(subscribe(topic, "https", "http://example.com").is_err());
    assert!(subscribe("arn:aws-cn:sns:cn-north-1:444455556666:t", "email", "a@example.com").is_err());
}

#[test]
fn names_are_within_their_letters() {
    let bucket = |region: &str, name: &str| {
        let (region, name, policy) = (region.to_owned(), name.to_owned(), "{}".to_owned());
        home().check(&step(Action::CreateBucket(Bucket { region, name, policy, tags: BTreeMap::new() })))
    };
    assert_eq!(bucket("us-east-1", "cis-audit-trail-111122223333-us-east-1"), Ok(()));
    for name in ["ab", "Upper", "a/b", "a..b", "-ab", "a?b", "a b", "a\u{e9}b"] {
        assert!(bucket("us-east-1", name).is_err(), "{name}");
    }
    assert!(bucket("evil.example/x", "cis-audit").is_err());

    let key = |alias: &str| {
        let (region, alias) = ("us-east-1".to_owned(), alias.to_owned());
        let (description, policy, tags) = (String::new(), "{}".to_owned(), BTreeMap::new());
        home().check(&step(Action::CreateKey(Key { region, alias, description, policy, tags })))
    };
    assert_eq!(key("alias/cis-audit-trail"), Ok(()));
    for alias in ["cis-audit-trail", "alias/", "alias/aws/sns", "alias/a b", "alias/a:b"] {
        assert!(key(alias).is_err(), "{alias}");
    }

    let filter = |name: &str| {
        let log_group_arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/g".to_owned();
        let (pattern, namespace, metric) = ("{ $.a = b }".to_owned(), "N".to_owned(), "M".to_owned());
        let name = name.to_owned();
        home().check(&step(Action::CreateMetricFilter(MetricFilter {
            log_group_arn: log_group_arn.into(),
            name,
            pattern,
            namespace,
            metric,
        })))
    };
    assert_eq!(filter("cis-audit-iam-policy-changes"), Ok(()));
    assert!(filter("a:b").is_err());
    assert!(filter("").is_err());

    let role = |name: &str, arn: &str| {
        let (name, arn, trust, policy) = (name.to_owned(), arn.to_owned(), "{}".to_owned(), "{}".to_owned());
        let (description, policy_name, tags) = (String::new(), "p".to_owned(), BTreeMap::new());
        home().check(&step(Action::CreateRole(Role { name, arn, description, trust, policy_name, policy, tags })))
    };
    assert_eq!(role("r", "arn:aws:iam::111122223333:role/r"), Ok(()));
    assert_eq!(role("r", "arn:aws:iam::111122223333:role/path/r"), Ok(()));
    assert!(role("r", "arn:aws:iam::111122223333:role/other").is_err());
    assert!(role("r&Action=DeleteUser", "arn:aws:iam::111122223333:role/r").is_err());
    assert!(role("r", "arn:aws:iam:us-east-1:111122223333:role/r").is_err());
}

#[test]
fn long_values_are_cut() {
    let message = refusal(alarm(&"x".repeat(5_000)));
    assert!(message.len() < 300, "{message}");
    assert!(message.contains("x…\""), "{message}");
}

/// What was asked for is looked at in the account before any step is.
#[test]
fn what_was_asked_for_is_in_the_partition() {
    let checked = |change: &dyn Fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        home().check_options(&options).map_err(|error| error.to_string())
    };
    let topic = |arn: &str| checked(&|options| options.topic = Some(arn.into()));
    assert_eq!(topic("arn:aws:sns:eu-west-1:999999999999:central"), Ok(()));
    assert_eq!(
        topic("arn:aws-cn:sns:cn-north-1:111122223333:t"),
        Err("`options.topic` is \"arn:aws-cn:sns:cn-north-1:111122223333:t\", which is not the ARN of a topic in aws"
            .to_owned())
    );
    assert!(topic("arn:aws:sns:cn-north-1:111122223333:t").is_err());
    let queue = |arn: &str| {
        checked(&|options| {
            options.subscribe = vec![Endpoint { protocol: "sqs".to_owned(), address: arn.to_owned() }];
        })
    };
    assert_eq!(queue("arn:aws:sqs:us-east-1:999999999999:q"), Ok(()));
    assert!(queue("arn:aws-cn:sqs:cn-north-1:111122223333:q").is_err());
    let key = |id: &str| checked(&|options| options.topic_kms_key = Some(id.to_owned()));
    assert_eq!(key("alias/topics"), Ok(()));
    assert_eq!(key("arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd"), Ok(()));
    assert!(key("arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd").is_err());
}
