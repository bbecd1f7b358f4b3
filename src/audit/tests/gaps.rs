//! The reason of what is unread is the failure of the call about that very resource: what went wrong with another topic,
//! or in another region, is no reason here.

use super::*;

fn gap(operation: &str, region: &str, resource: Option<&str>, code: &str) -> Gap {
    Gap {
        account_id: ACCOUNT.into(),
        region: region.into(),
        source: GapSource::call(operation),
        resource: resource.map(str::to_owned),
        code: code.into(),
        message: "no".into(),
    }
}

/// The reason on 3.4, of the first verdict that has one, in words.
fn reason(account: AccountBuilder, gaps: &[Gap]) -> String {
    let report = judge(account.with(|account| account.gaps = gaps.to_vec()));
    let Finding { reason, verdicts, .. } = finding_for(&report, "3.4");
    reason.as_ref().or(verdicts.effective.reason.as_ref()).expect("a reason").message()
}

/// The call failed for another topic, and then for the seed's.
fn of_two_topics(operation: &str) -> [Gap; 2] {
    let other = "arn:aws:sns:ap-northeast-1:111122223333:a";
    [gap(operation, REGION, Some(other), "Throttling"), gap(operation, REGION, Some(TOPIC), "AuthorizationError")]
}

#[test]
fn unread_subscriptions_name_the_failure_of_their_topic() {
    let gaps = of_two_topics("sns:ListSubscriptionsByTopic");
    assert_eq!(
        reason(seed().with_unread_subscriptions(), &gaps),
        "the subscriptions of topic notice could not be read (sns:ListSubscriptionsByTopic: AuthorizationError)"
    );
    assert_eq!(
        reason(seed().with_unread_subscriptions(), &gaps[..1]),
        "the subscriptions of topic notice could not be read"
    );
}

#[test]
fn an_unread_topic_names_its_own_failure() {
    let without_topics = || seed().with(|account| account.topics.clear());
    let gaps = of_two_topics("sns:GetTopicAttributes");
    assert_eq!(
        reason(without_topics(), &gaps),
        "topic notice could not be read (sns:GetTopicAttributes: AuthorizationError)"
    );
    assert_eq!(reason(without_topics(), &gaps[..1]), "topic notice could not be read");
}

#[test]
fn unread_alarms_name_the_failure_of_their_region() {
    let unread = || seed().without_alarms().with_unread_alarms();
    let elsewhere = gap("cloudwatch:DescribeAlarms", OTHER_REGION, None, "Throttling");
    let here = gap("cloudwatch:DescribeAlarms", REGION, None, "AccessDenied");
    let plain = reason(unread(), std::slice::from_ref(&elsewhere));
    assert!(plain.starts_with("not all alarms on metric ") && plain.ends_with(" could be read"), "{plain}");
    let denied = reason(unread(), &[elsewhere, here]);
    assert!(denied.ends_with(" could be read (cloudwatch:DescribeAlarms: AccessDenied)"), "{denied}");
}

#[test]
fn unread_mute_rules_name_the_failure() {
    assert_eq!(
        reason(
            seed().with_unread_mute_rules(),
            &[gap("cloudwatch:GetAlarmMuteRule", REGION, Some("nights"), "AccessDenied")]
        ),
        "whether a mute rule silences alarms in ap-northeast-1 could not be read (cloudwatch:GetAlarmMuteRule: AccessDenied)"
    );
}
