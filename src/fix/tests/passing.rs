//! A named subscriber is subscribed also where every control passes: to as few topics as reach them all, and never
//! twice.

use super::*;
use crate::snapshot::SubscriptionAttributes;

const OTHER: &str = "arn:aws:sns:ap-northeast-1:111122223333:other";

fn by_mail() -> Options {
    Options { subscribe: endpoints(&["email:ops@example.com"]), ..Options::default() }
}

const ALLOWS: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}"#;

/// A topic like the seed's, with a subscriber of its own.
fn with_topic(mut account: Account, arn: &str) -> Account {
    let like = account.topic(NOTICE).expect("the seed's topic").clone();
    account.topics.push(Topic {
        arn: arn.into(),
        policy: Some(ALLOWS.into()),
        subscriptions: Some(vec![Subscription {
            arn: format!("{arn}:00000000-0000-4000-8000-000000000001"),
            protocol: "email".into(),
            endpoint: "others@example.com".into(),
            attributes: Some(SubscriptionAttributes::default()),
        }]),
        ..like
    });
    account
}

#[test]
fn a_named_subscriber_is_added_to_the_one_topic() {
    let plan = plan_for(seed(), &by_mail(), Verdict::Cis);
    let text = summary(&plan);
    let done: Vec<&str> = text.lines().take_while(|line| !line.starts_with("uses ")).collect();
    insta::assert_snapshot!(done.join("\n"), @"
    subscription/notice/email-1 [3.1..3.14 (14)]
    manual: subscription.pending [3.1..3.14 (14)] open the email to op***@example.com and confirm
    manual: subscription.not_lasting [3.1..3.14 (14)] a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN
    ");
    assert_eq!(plan.not_subscribed, []);
}

#[test]
fn an_sms_subscriber_need_not_confirm() {
    let plan = plan_for(seed(), &sms_subscriber(), Verdict::Cis);
    assert_eq!(ids(&plan), ["subscription/notice/sms-1"]);
    assert_eq!(plan.manual, []);
}

/// A queue must let the topic deliver.
#[test]
fn a_queue_is_subscribed_with_its_policy() {
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:alerts");
    let options = Options { subscribe: endpoints(&[&queue]), ..Options::default() };
    let plan = plan_for(seed(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), ["queue-policy/alerts/notice", "subscription/notice/sqs-1"]);
}

#[test]
fn a_confirmed_subscriber_is_not_subscribed_again() {
    let mut account = seed();
    let subscriptions = account.topics[0].subscriptions.as_mut().expect("subscriptions");
    let known = format!("email:{}", subscriptions[0].endpoint);
    let options = Options { subscribe: endpoints(&[&known]), ..Options::default() };
    let plan = plan_for(account, &options, Verdict::Cis);
    assert_eq!((plan.steps.len(), plan.not_subscribed.len()), (0, 0), "{}", summary(&plan));
}

/// Who has not confirmed yet is asked to, not subscribed again.
#[test]
fn a_pending_subscriber_is_asked_to_confirm() {
    let mut account = seed();
    account.topics[0].subscriptions.as_mut().expect("subscriptions").push(Subscription {
        arn: "PendingConfirmation".into(),
        protocol: "email".into(),
        endpoint: "ops@example.com".into(),
        attributes: None,
    });
    let plan = plan_for(account, &by_mail(), Verdict::Cis);
    assert_eq!(plan.steps, []);
    let asked: Vec<&str> = plan.manual.iter().map(|task| task.what.as_str()).collect();
    assert_eq!(asked, ["open the email to op***@example.com and confirm"]);
}

/// The alarms of some controls notify one topic, those of the others another.
#[test]
fn as_few_topics_as_reach_every_alarm_get_the_subscriber() {
    let mut account = with_topic(seed(), OTHER);
    for alarm in account.alarms[0].metric_alarms.iter_mut().take(5) {
        alarm.actions.alarm = vec![OTHER.into()];
    }
    let plan = plan_for(account.clone(), &sms_subscriber(), Verdict::Cis);
    assert_eq!(ids(&plan), ["subscription/other/sms-1", "subscription/notice/sms-1"]);
    // One that every alarm notifies is enough.
    for alarm in account.alarms[0].metric_alarms.iter_mut().take(5) {
        alarm.actions.alarm.push(NOTICE.into());
    }
    let plan = plan_for(account.clone(), &sms_subscriber(), Verdict::Cis);
    assert_eq!(ids(&plan), ["subscription/notice/sms-1"]);
    // Of two that reach as many, the one that is named.
    for alarm in account.alarms[0].metric_alarms.iter_mut() {
        alarm.actions.alarm = vec![NOTICE.into(), OTHER.into()];
    }
    let plan = plan_for(account.clone(), &sms_subscriber(), Verdict::Cis);
    assert_eq!(ids(&plan), ["subscription/notice/sms-1"]);
    let named = Options { topic: Some(OTHER.into()), ..sms_subscriber() };
    assert_eq!(ids(&plan_for(account, &named, Verdict::Cis)), ["subscription/other/sms-1"]);
}

/// Only its owner can add subscribers there.
#[test]
fn another_accounts_topic_is_its_owners_to_add_to() {
    let theirs = "arn:aws:sns:ap-northeast-1:999999999999:central";
    let mut account = with_topic(seed(), theirs);
    for alarm in &mut account.alarms[0].metric_alarms {
        alarm.actions.alarm = vec![theirs.into()];
    }
    let plan = plan_for(account, &by_mail(), Verdict::Cis);
    assert_eq!((plan.steps.len(), &plan.not_subscribed), (0, &by_mail().subscribe));
    let asked: Vec<&str> = plan.manual.iter().map(|task| task.what.as_str()).collect();
    assert_eq!(asked, [format!("make sure that email op***@example.com is subscribed to topic {theirs}")]);
}

/// Two addresses that look alike once they are masked are distinguished.
#[test]
fn addresses_that_look_alike_are_two() {
    let options =
        Options { subscribe: endpoints(&["email:ops@example.com", "email:opera@example.com"]), ..Options::default() };
    let plan = plan_for(seed(), &options, Verdict::Cis);
    let asked: Vec<&str> = plan.manual.iter().map(|task| task.what.as_str()).collect();
    insta::assert_snapshot!(asked.join("\n"), @"
    open the email to op***@example.com#3d2a6a and confirm
    open the email to op***@example.com#dc4d2a and confirm
    a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN
    ");
}
