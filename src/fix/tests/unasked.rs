//! Saved accounts: with the answers to a fix's questions they plan as the account itself does, without them they say how
//! they are saved with them.

use super::*;
use crate::arn::TopicArn;
use crate::fix::questions::of_interest;
use crate::snapshot::{DocumentPart, Gap, GapSource};

#[test]
fn an_account_saved_without_names_is_to_be_saved_with_them() {
    let options = Options { name_prefix: "prod".into(), ..sms_subscriber() };
    let plan = planned(&empty(), &options);
    insta::assert_snapshot!(summary(&plan), @"not planned: trail.unread [3.1..3.14 (14)] whether bucket prod-trail-111122223333-ap-northeast-1 exists was not read when the account was saved; a saved account without --for-fix does not say which names are free, so save the account again: cis-audit snapshot --for-fix --name-prefix prod -o FILE");
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:alerts");
    let named = Options { topic: Some(OWN_TOPIC.into()), subscribe: endpoints(&[&queue]), ..Options::default() };
    let mut account = seed();
    account.alarms[0].metric_alarms.clear();
    insta::assert_snapshot!(summary(&planned(&account, &named)), @"not planned: topic.unread [3.1..3.14 (14)] whether topic arn:aws:sns:ap-northeast-1:111122223333:cis-audit-alerts exists was not read when the account was saved; a saved account without --for-fix does not say which names are free, so save the account again: cis-audit snapshot --for-fix --subscribe arn:aws:sqs:ap-northeast-1:111122223333:alerts --topic arn:aws:sns:ap-northeast-1:111122223333:cis-audit-alerts -o FILE");
}

/// Before changing a trail is allowed, too.
#[test]
fn what_was_not_saved_is_named_before_an_update_is_allowed() {
    let mut account = seed();
    account.trails.as_mut().expect("trails")[0].is_multi_region = false;
    let why = |account: &Account| planned(account, &Options::default()).not_planned[0].why.clone();
    let why_not = "trail DefaultSecuritySettings records events of ap-northeast-1 only; --allow-update lets the plan change \
                trail DefaultSecuritySettings";
    assert_eq!(
        why(&account),
        format!(
            "{why_not}; a saved account without --for-fix does not say which names are free, so save the account again: \
             cis-audit snapshot --for-fix -o FILE"
        )
    );
    assert_eq!(why(&surveyed(account, &Options::default())), why_not);
}

/// Only where a permission is missing is one asked for.
#[test]
fn what_timed_out_asks_for_no_permission() {
    let why = |code: &str, message: &str| {
        let mut account = surveyed(empty(), &sms_subscriber());
        let site = account.survey.sites.iter_mut().find(|site| site.kind == SiteKind::Role).expect("a role");
        site.state = None;
        let resource = Some(site.name.clone());
        account.gaps.push(Gap {
            account_id: ACCOUNT.into(),
            region: "us-east-1".into(),
            source: GapSource::call("iam:GetRole"),
            resource,
            code: code.into(),
            message: message.into(),
        });
        let plan = planned(&account, &sms_subscriber());
        plan.not_planned[0].why.clone()
    };
    let ends = |why: String, end: &str| assert!(why.ends_with(end), "{why}");
    ends(why("AccessDenied", ""), "was not read (iam:GetRole: AccessDenied); allow iam:GetRole");
    ends(
        why("Timeout", "no answer from https://iam.amazonaws.com within 30 s (--timeout)"),
        "was not read (iam:GetRole: Timeout); find out why iam.amazonaws.com does not answer iam:GetRole (network, \
         HTTPS_PROXY, AWS_ENDPOINT_URL), or give it more time with --timeout",
    );
    ends(
        why("ThrottlingException", "Rate exceeded"),
        "; AWS limits the rate of iam:GetRole: audit again later, or fewer accounts and regions at once",
    );
    let forbidden =
        why("AccessDenied", "not authorized to perform: iam:GetRole with an explicit deny in a service control policy");
    assert!(forbidden.contains("IAM permissions do not help") && !forbidden.contains("allow iam:"), "{forbidden}");
}

#[test]
fn what_is_known_at_deployment_asks_for_no_permission() {
    let mut account = surveyed(empty(), &sms_subscriber());
    let site = account.survey.sites.iter_mut().find(|site| site.kind == SiteKind::Role).expect("a role");
    site.state = None;
    let name = site.name.clone();
    let part = DocumentPart {
        file: "plan.json".to_owned(),
        line: None,
        address: "aws_iam_role.trail".to_owned(),
        property: Some("name".to_owned()),
        why: None,
        instead_of: "iam:GetRole".to_owned(),
    };
    account.gaps.push(Gap::of_document(ACCOUNT, "us-east-1", Some(&name), part));
    let why = planned(&account, &sms_subscriber()).not_planned[0].why.clone();
    let end = "was not read; known only at deployment: name of resource aws_iam_role.trail (plan.json); write name of \
               resource aws_iam_role.trail (plan.json) so that it is known before deployment, or audit the account \
               once it is deployed";
    assert!(why.ends_with(end), "{why}");
}

/// A saved account holds the topics of all alarms, of which a fix reads those of the controls' alarms alone.
#[test]
fn topics_of_other_alarms_are_not_used() {
    let mut account = seed();
    let deploys = format!("arn:aws:sns:{REGION}:{ACCOUNT}:deploys");
    let topic = account.topic(NOTICE).expect("a topic").clone();
    account.topics.push(Topic {
        arn: deploys.as_str().into(),
        policy: super::super::documents::topic(&deploys.as_str().into()),
        ..topic
    });
    let mut other = account.alarms[0].metric_alarms[0].clone();
    other.name = "deploys".into();
    other.arn = format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:deploys").into();
    other.actions.alarm = vec![deploys];
    if let Watched::Metric(stat) = &mut other.watches {
        (stat.namespace, stat.name) = ("Deploys".into(), "Failed".into());
    }
    account.alarms[0].metric_alarms = vec![other];
    let options = sms_subscriber();
    let account = surveyed(account, &options);
    let Account { snapshot, survey } = account;
    let read = Account { snapshot: of_interest(snapshot, &rules(Benchmark::default()), &options), survey };
    let topics: Vec<&str> =
        read.topics.iter().filter(|topic| topic.exists == Some(true)).map(|topic| topic.arn.as_str()).collect();
    assert_eq!(topics, [""; 0]);
    let notified: BTreeSet<TopicArn> = planned(&read, &options)
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::CreateAlarm(alarm) => Some(alarm.topic_arn.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(notified, [OWN_TOPIC.into()].into());
}
