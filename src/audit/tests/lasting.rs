//! Subscriptions that anyone who has one of their mails can end: a note, and no verdict depends on it.

use super::*;

/// A subscription of a protocol to the seed's topic; `wording`: what its confirmation was.
fn subscription(protocol: &str, number: u8, wording: Option<bool>) -> Subscription {
    Subscription {
        arn: format!("arn:aws:sns:ap-northeast-1:111122223333:notice:6f1d7b1e-0000-4000-8000-00000000000{number}"),
        protocol: protocol.into(),
        endpoint: "ops@example.com".into(),
        attributes: Some(SubscriptionAttributes { confirmation_was_authenticated: wording, ..Default::default() }),
    }
}

/// What is noted of control 3.5, which passes no matter who can end a subscription.
#[track_caller]
fn noted(subscriptions: Vec<Subscription>) -> Vec<(Code, String)> {
    let report = judge_with(|account| account.topics[0].subscriptions = Some(subscriptions));
    let finding = finding_for(&report, "3.5");
    let verdicts = &finding.verdicts;
    assert_eq!((verdicts.cis.status, verdicts.effective.status), (Status::Pass, Status::Pass), "{finding:?}");
    finding.warnings.iter().map(|note| (note.code(), note.message())).collect()
}

#[test]
fn one_that_was_confirmed_by_its_mails_link_is_noted() {
    let wording = "1 email subscription of topic notice may have been confirmed without authentication: then anyone who \
                has one of its emails, or a scanner that follows the links in them, can unsubscribe it";
    for confirmed in [Some(false), None] {
        assert_eq!(
            noted(vec![subscription("email", 1, confirmed)]),
            [(Code::SubscriptionNotLasting, wording.to_owned())],
            "{confirmed:?}"
        );
    }
    let two = vec![subscription("email", 1, None), subscription("email-json", 2, None)];
    assert_eq!(
        noted(two)[0].1,
        "2 email subscriptions of topic notice may have been confirmed without authentication: then anyone who \
         has one of its emails, or a scanner that follows the links in them, can unsubscribe them"
    );
}

#[test]
fn authenticated_and_non_email_subscriptions_last() {
    assert_eq!(noted(vec![subscription("email", 1, Some(true))]), []);
    assert_eq!(noted(vec![subscription("sms", 1, None), subscription("https", 2, None)]), []);
}

#[test]
fn the_note_has_the_command_that_makes_it_last() {
    let report = judge_with(|account| account.topics[0].subscriptions = Some(vec![subscription("email", 1, None)]));
    assert_eq!(
        finding_for(&report, "3.5").warnings[0].remedy(),
        "Replace the confirmed subscription: unsubscribe the address and subscribe it again. Do not click the link in \
         the new confirmation email, but confirm with the link's Token: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn \
         arn:aws:sns:ap-northeast-1:111122223333:notice --token TOKEN."
    );
}
