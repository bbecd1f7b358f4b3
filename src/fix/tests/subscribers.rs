//! Who is notified by what a plan creates: named subscribers, named topics, and the policies of what receives.

use super::*;
use crate::accounts::seed as seed_builder;

const QUEUE: &str = "arn:aws:sqs:ap-northeast-1:111122223333:alerts";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:alerts";
const CENTRAL: &str = "arn:aws:sqs:ap-northeast-1:999999999999:central";

/// What the plan does and reports, without what it uses of what is there.
fn without_reused(plan: &Plan) -> String {
    let text = summary(plan);
    text.lines().filter(|line| !line.starts_with("uses ")).collect::<Vec<_>>().join("\n")
}

/// Named subscribers are notified by new alarms, also where their topic already notifies others.
#[test]
fn a_named_subscriber_is_notified_by_new_alarms() {
    let options = Options { subscribe: endpoints(&["email:ops@example.com"]), ..Options::default() };
    let plan = plan_for(seed_without_alarm(), &options, Verdict::Cis);
    insta::assert_snapshot!(summary(&plan), @"
    subscription/notice/email-1 [3.4]
    alarm/cis-audit-iam-policy-changes [3.4]
    manual: subscription.pending [3.4] open the email to op***@example.com and confirm
    manual: subscription.not_lasting [3.4] a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

/// A FIFO topic with its queue notifies a subscriber, but no person can be subscribed to it.
#[test]
fn no_person_is_subscribed_to_a_fifo_topic() {
    let mut account = seed_without_alarm();
    let fifo = format!("{NOTICE}.fifo");
    for alarm in &mut account.alarms[0].metric_alarms {
        alarm.actions.alarm = vec![fifo.clone()];
    }
    account.topics.push(Topic {
        is_fifo: true,
        subscriptions: Some(vec![Subscription {
            arn: format!("{fifo}:00000000-0000-4000-8000-000000000001"),
            protocol: "sqs".into(),
            endpoint: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:archive.fifo"),
            attributes: Some(crate::snapshot::SubscriptionAttributes::default()),
        }]),
        ..topic(&fifo)
    });
    let planned = |options: Options| {
        notified_topics(&plan_for(account.clone(), &options, Verdict::Cis))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(planned(Options::default()), [fifo.as_str()]);
    assert_eq!(planned(sms_subscriber()), [NOTICE]);
}

/// A key that would keep every message from a new topic: no topic is made with it.
#[test]
fn a_key_that_cannot_be_used_makes_no_topic() {
    let options = Options { topic_kms_key: Some("alias/alerts".into()), ..sms_subscriber() };
    let with = |change: fn(&mut crate::snapshot::Key)| {
        let mut key = crate::snapshot::Key {
            region: REGION.into(),
            id: format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/alerts"),
            exists: Some(true),
            arn: Some(format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1")),
            manager: Some("CUSTOMER".into()),
            state: Some("Enabled".into()),
            spec: Some("SYMMETRIC_DEFAULT".into()),
            policy: Some(
                r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#
                    .into(),
            ),
            grants: Some(Vec::new()),
        };
        change(&mut key);
        let mut account = empty();
        account.keys.push(key);
        let plan = plan_for(account, &options, Verdict::Cis);
        let topics = plan.steps.iter().filter(|step| matches!(step.action, Action::CreateTopic(_))).count();
        let manual = plan.manual.len();
        (topics, manual, plan.not_planned.iter().map(|not| not.code.clone()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(with(|_| {}), (1, 0, String::new()));
    assert_eq!(with(|key| key.exists = Some(false)), (0, 0, "topic.key_missing".to_owned()));
    assert_eq!(with(|key| key.state = Some("Disabled".into())), (0, 0, "topic.key_unusable".to_owned()));
    assert_eq!(with(|key| key.policy = Some(r#"{"Statement":[]}"#.into())), (0, 0, "topic.key_forbids".to_owned()));
    assert_eq!(with(|key| key.policy = None), (1, 1, String::new()));
}

/// What is not planned, next to the other controls' alarms, whose topic gets the subscriber.
fn refused(plan: &Plan) -> String {
    let text = summary(plan);
    text.lines().filter(|line| line.starts_with("not planned")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_topic_that_is_not_there_is_created_in_this_account_only() {
    let named = |account: &str| Options {
        topic: Some(format!("arn:aws:sns:{REGION}:{account}:chosen").into()),
        ..sms_subscriber()
    };
    let plan = plan_for(seed_without_alarm(), &named(ACCOUNT), Verdict::Cis);
    // The other controls' alarms notify the topic that they have.
    let steps = [
        "topic/chosen",
        "subscription/notice/sms-1",
        "subscription/chosen/sms-1",
        "alarm/cis-audit-iam-policy-changes",
    ];
    assert_eq!(ids(&plan), steps);
    let plan = plan_for(seed_without_alarm(), &named("999999999999"), Verdict::Cis);
    insta::assert_snapshot!(refused(&plan), @"not planned: topic.missing [3.4] topic chosen does not exist, which --topic names, and only its account, 999999999999, can create it: name another");
}

/// From a region that is opted into SNS delivers to other regions under another name.
#[test]
fn a_queue_policy_for_an_opt_in_region_is_a_manual_step() {
    let account = seed_builder().in_region("ap-east-1").without_subscriptions();
    let queue = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:alerts");
    let options = Options { subscribe: endpoints(&[&queue]), ..Options::default() };
    let plan = plan_for(account, &options, Verdict::Cis);
    assert_eq!(ids(&plan), ["subscription/notice/sqs-1"]);
    let asked: Vec<&str> = plan.manual.iter().map(|manual| manual.what.as_str()).collect();
    let policy = format!(
        "make sure that the policy of {queue} allows sns.ap-east-1.amazonaws.com sqs:SendMessage for topic \
         arn:aws:sns:ap-east-1:{ACCOUNT}:notice"
    );
    assert_eq!(asked, [policy.as_str()]);
}

/// What is to be created manually is asked for once, whatever else is wrong with the topics that need it.
#[test]
fn two_missing_subscribers_are_each_asked_for_once() {
    let mut account = seed_without_alarm();
    account.topics[0].subscriptions = Some(vec![Subscription {
        arn: "PendingConfirmation".into(),
        protocol: "email".into(),
        endpoint: "ops@example.com".into(),
        attributes: None,
    }]);
    for arn in [QUEUE, FUNCTION] {
        account.survey.endpoints.push(EndpointPolicy { arn: arn.into(), exists: Some(false), policy: None });
    }
    let options = Options { subscribe: endpoints(&[QUEUE, FUNCTION]), ..Options::default() };
    let plan = plan_for(account, &options, Verdict::Cis);
    let asked: Vec<&str> = plan.manual.iter().map(|manual| manual.what.as_str()).collect();
    let count = |what: &str| asked.iter().filter(|asked| asked.contains(what)).count();
    assert_eq!((count(&format!("create {QUEUE}")), count(&format!("create {FUNCTION}"))), (1, 1), "{asked:?}");
}

#[test]
fn the_named_topic_is_notified() {
    let mine = "arn:aws:sns:ap-northeast-1:111122223333:mine";
    let options = Options { topic: Some(mine.into()), ..sms_subscriber() };
    let mut account = seed_without_alarm();
    account.topics.push(topic(mine));
    let plan = plan_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(notified_topics(&plan), BTreeSet::from([mine]));
    let both = ["subscription/notice/sms-1", "subscription/mine/sms-1", "alarm/cis-audit-iam-policy-changes"];
    assert_eq!(ids(&plan), both);
    // One that does not exist is created, one whose policy forbids is added to, one that can never be notified is
    // refused.
    account.topics.pop();
    let plan = plan_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), [&["topic/mine"], &both[..]].concat());
    account.topics.push(Topic { policy: Some(r#"{"Statement":[]}"#.into()), ..topic(mine) });
    let plan = plan_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), [&["topic-policy/mine"], &both[..]].concat());
    account.topics.pop();
    account.topics.push(Topic { kms_key_id: Some("alias/aws/sns".into()), ..topic(mine) });
    let plan = plan_for(account, &options, Verdict::Cis);
    insta::assert_snapshot!(refused(&plan), @"not planned: topic.managed_key [3.4] topic mine is encrypted with alias/aws/sns, which CloudWatch may not use, which --topic names");
    // Another account's is for its owner to confirm.
    let central = "arn:aws:sns:ap-northeast-1:999999999999:central";
    let options = Options { topic: Some(central.into()), ..sms_subscriber() };
    let mut account = seed_without_alarm();
    account.topics.push(Topic { exists: None, policy: None, subscriptions: None, ..topic(central) });
    insta::assert_snapshot!(without_reused(&plan_for(account, &options, Verdict::Cis)), @"
    subscription/notice/sms-1 [3.1..3.14 (13)]
    alarm/cis-audit-iam-policy-changes [3.4]
    manual: topic.unread [3.4] topic central could not be read; the saved account does not contain it: save the account again with this version of cis-audit, or audit it live
    ");
}

#[test]
fn queues_and_functions_let_the_topic_deliver() {
    let options = Options { subscribe: endpoints(&[QUEUE, FUNCTION, CENTRAL]), ..Options::default() };
    let mut account = seed();
    account.topics[0].subscriptions = Some(vec![]);
    let plan = plan_for(account.clone(), &options, Verdict::Cis);
    insta::assert_snapshot!(without_reused(&plan), @"
    queue-policy/alerts/notice [3.1..3.14 (14)]
    function-permission/alerts/notice [3.1..3.14 (14)]
    subscription/notice/lambda-2 [3.1..3.14 (14)] after function-permission
    subscription/notice/sqs-1 [3.1..3.14 (14)] after queue-policy
    subscription/notice/sqs-3 [3.1..3.14 (14)]
    manual: subscription.none [3.1..3.14 (14)] make sure that the policy of arn:aws:sqs:ap-northeast-1:999999999999:central allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
    manual: subscription.pending [3.1..3.14 (14)] confirm the sqs subscription of arn:aws:sqs:ap-northeast-1:999999999999:central
    ");
    let then = after(&surveyed(account.clone(), &options), &plan);
    for endpoint in [QUEUE, FUNCTION] {
        assert_eq!(simulate::lets_deliver(&then.survey, NOTICE, endpoint), Some(true));
    }
    // Whose policy was not read, and what does not exist.
    account.survey.endpoints.push(EndpointPolicy { arn: QUEUE.into(), exists: Some(true), policy: None });
    account.survey.endpoints.push(EndpointPolicy { arn: FUNCTION.into(), exists: Some(false), policy: None });
    let options = Options { subscribe: endpoints(&[QUEUE, FUNCTION]), ..Options::default() };
    insta::assert_snapshot!(without_reused(&plan_for(account, &options, Verdict::Cis)), @"
    subscription/notice/sqs-1 [3.1..3.14 (14)]
    manual: subscription.none [3.1..3.14 (14)] create arn:aws:lambda:ap-northeast-1:111122223333:function:alerts before it can be subscribed
    manual: subscription.none [3.1..3.14 (14)] make sure that the policy of arn:aws:sqs:ap-northeast-1:111122223333:alerts allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
    ");
}
