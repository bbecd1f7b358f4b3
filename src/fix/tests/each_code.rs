//! Every defect of a chain, one at a time: the steps that fix it and no others, after which the control passes; or what
//! is said instead.

use super::defects::DEFECTS;
use super::*;
use crate::finding::Grade;

/// The plan for the seed's account with one thing wrong, of the metric of 3.4.
#[track_caller]
fn fixed(name: &str, options: &Options, verdict: Verdict) -> Plan {
    let defect = DEFECTS.iter().find(|defect| defect.name == name).expect(name);
    let mut account = seed();
    (defect.change)(&mut account, "IamPolicyChanges");
    lawful(&answered(account, options), &rules(Benchmark::default()), verdict, options)
}

/// A defect, what is planned, and whether `cis` or `effective` asks for it.
fn describe(names: &[&str], options: &Options, verdict: Verdict) -> String {
    let brief = |plan: &Plan| {
        let kind = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
        let of = |step: &Step| plan.steps.iter().filter(|other| kind(&other.id) == kind(&step.id)).count();
        let mut steps: Vec<String> = plan
            .steps
            .iter()
            .map(|step| match of(step) {
                count @ 4.. => format!("  {count} of {}", kind(&step.id)),
                _ => format!("  {} {}", step.id, step.rules.len()),
            })
            .collect();
        steps.dedup();
        let manual = plan.manual.iter().map(|it| format!("  by hand {}: {}", it.code, it.what));
        let not = plan.not_planned.iter().map(|it| format!("  not planned {} {}: {}", it.code, it.rules.len(), it.why));
        steps.into_iter().chain(manual).chain(not).collect::<Vec<_>>().join("\n")
    };
    names.iter().map(|name| format!("{name}\n{}\n", brief(&fixed(name, options, verdict)))).collect()
}

#[test]
fn of_the_trail() {
    let allowed = Options { allow_update: true, ..Options::default() };
    let defects = [
        "single region",
        "no global events",
        "stopped",
        "no management events",
        "no write events",
        "no read events",
        "iam left out",
        "added up",
        "narrowed",
        "no log group",
        "log group missing",
        "log group of another class",
        "log group of another account",
        "delivery fails",
        "another organization's broken trail",
        "another organization's log group",
        "only another organization's trail",
        "an organization's own trail",
    ];
    insta::assert_snapshot!(describe(&defects, &allowed, Verdict::Cis), @"
    single region
      trail/DefaultSecuritySettings 14
    no global events
      trail/DefaultSecuritySettings 14
    stopped
      trail/DefaultSecuritySettings 14
    no management events
      trail/DefaultSecuritySettings 14
    no write events
      trail/DefaultSecuritySettings 14
    no read events
      trail/DefaultSecuritySettings 14
    iam left out
      trail/DefaultSecuritySettings 1
    added up

    narrowed
      trail/DefaultSecuritySettings 14
    no log group
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
      by hand metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings in ap-northeast-1 has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there; existing resources are kept alongside the new ones: delete what is not needed
    log group missing
      log-group//aws/cloudtrail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
    log group of another class
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
    log group of another account
      not planned log_group.other_account 14: events go to a log group of account 999999999999: its metric filters and alarms can be read only there; audit the owner's account (its credentials, or --role-arn of a role there)
    delivery fails
      by hand log_group.delivery_failing: CloudTrail's last delivery to log group /aws/cloudtrail/DefaultSecuritySettings failed: Denied (less than an hour after one that succeeded); let the trail's role write to the log group (logs:CreateLogStream and logs:PutLogEvents on its streams)
    another organization's broken trail

    another organization's log group

    only another organization's trail

    an organization's own trail
    ");
}

#[test]
fn existing_trails_stay_as_they_are_unless_the_user_allows_it() {
    let defects = ["single region", "stopped", "no write events", "no log group", "log group of another class"];
    insta::assert_snapshot!(describe(&defects, &Options::default(), Verdict::Cis), @"
    single region
      not planned trail.single_region 14: trail DefaultSecuritySettings records events of ap-northeast-1 only; --allow-update lets the plan change trail DefaultSecuritySettings
    stopped
      not planned trail.not_logging 14: trail DefaultSecuritySettings is stopped: it records nothing; --allow-update lets the plan change trail DefaultSecuritySettings
    no write events
      not planned trail.no_write_events 14: trail DefaultSecuritySettings records only read management events; --allow-update lets the plan change trail DefaultSecuritySettings
    no log group
      not planned log_group.none 14: trail DefaultSecuritySettings delivers to no CloudWatch Logs log group; --allow-update lets the plan change trail DefaultSecuritySettings
    log group of another class
      not planned log_group.class 14: log group /aws/cloudtrail/DefaultSecuritySettings is of class INFREQUENT_ACCESS, which does not support metric filters; --allow-update lets the plan change trail DefaultSecuritySettings
    ");
    let update = |name: &str| {
        let allowed = Options { allow_update: true, ..Options::default() };
        let plan = fixed(name, &allowed, Verdict::Cis);
        let update = plan.steps.iter().find_map(|step| match &step.action {
            Action::UpdateTrail(update) => Some(update.clone()),
            _ => None,
        });
        serde_json::to_string(&update.expect("an update")).expect("JSON")
    };
    insta::assert_snapshot!(update("no global events"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","multi_region":{"from":false,"to":true},"global_events":{"from":false,"to":true}}"#);
    insta::assert_snapshot!(update("no read events"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","selectors":{"from":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]},"to":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]},{"read_write_type":"All","include_management_events":true}]}}}"#);
    insta::assert_snapshot!(update("no log group"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","log_group_arn":{"from":null,"to":"arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/cis-audit"},"role_arn":{"from":null,"to":"arn:aws:iam::111122223333:role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8"}}"#);
}

#[test]
fn of_the_metric_filter_and_the_alarm() {
    let defects = [
        "no filter",
        "narrow filter",
        "filter of zeros",
        "no alarm",
        "alarm of another namespace",
        "alarm with a dimension",
        "alarm of another unit",
        "alarm that never fires",
        "alarm in error",
        "actions off",
        "no action",
        "action is no topic",
        "muted for ever",
        "own name muted",
        "composite blocks",
        "filter of everything",
        "filter with a default",
        "filter with a dimension",
        "alarm always on",
    ];
    insta::assert_snapshot!(describe(&defects, &Options::default(), Verdict::Cis), @"
    no filter
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    narrow filter
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter of zeros
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    no alarm
      alarm/cis-audit-iam-policy-changes 1
    alarm of another namespace
      alarm/cis-audit-iam-policy-changes 1
    alarm with a dimension
      alarm/cis-audit-iam-policy-changes 1
    alarm of another unit
      alarm/cis-audit-iam-policy-changes 1
    alarm that never fires
      alarm/cis-audit-iam-policy-changes 1
    alarm in error
      alarm/cis-audit-iam-policy-changes 1
    actions off
      alarm/cis-audit-iam-policy-changes 1
    no action
      alarm/cis-audit-iam-policy-changes 1
    action is no topic
      alarm/cis-audit-iam-policy-changes 1
    muted for ever
      alarm/cis-audit-iam-policy-changes 1
    own name muted
      alarm/cis-audit-iam-policy-changes-2 1
    composite blocks
      alarm/cis-audit-iam-policy-changes 1
    filter of everything
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter with a default
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    filter with a dimension
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    alarm always on
      alarm/cis-audit-iam-policy-changes 1
    ");
}

/// What weakens a chain is fixed where the verdict is `effective`, and left alone where it is `cis`.
#[test]
fn of_what_is_weak() {
    let defects = [
        "filter of every call",
        "alarm of several events",
        "alarm that latches",
        "new alarm",
        "muted at night",
        "delivery stale",
    ];
    insta::assert_snapshot!(describe(&defects, &Options::default(), Verdict::Effective), @"
    filter of every call
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    alarm of several events
      alarm/cis-audit-iam-policy-changes 1
    alarm that latches
      alarm/cis-audit-iam-policy-changes 1
    new alarm
      by hand alarm.not_evaluated: alarm Warning-seed-CloudTrail-IamPolicy-Changes is not evaluated at present: it is new, and does nothing until its warm-up is over; see the alarm's evaluation state: aws cloudwatch describe-alarms --alarm-names Warning-seed-CloudTrail-IamPolicy-Changes
    muted at night
      alarm/cis-audit-iam-policy-changes 1
    delivery stale
      by hand log_group.delivery_stale: CloudTrail's last delivery to log group /aws/cloudtrail/DefaultSecuritySettings was at 2026-01-02T09:00:00Z, 3 days before the account was read; see what aws cloudtrail get-trail-status says, and let the trail's role write to the log group
    ");
    for name in defects {
        let plan = fixed(name, &Options::default(), Verdict::Cis);
        assert_eq!((plan.steps.len(), plan.manual.len(), plan.not_planned.len()), (0, 0, 0), "{name}");
    }
}

#[test]
fn of_the_topic_and_the_subscription() {
    let options = by_telephone();
    let defects = [
        "no topic",
        "topic's managed key",
        "topic's policy forbids",
        "topic's policy denies",
        "topic elsewhere",
        "readable topic of another account, nobody there",
        "FIFO topic",
        "nobody",
        "pending",
        "deleted",
        "filtered",
        "filtered by name",
        "FIFO queue",
    ];
    insta::assert_snapshot!(describe(&defects, &options, Verdict::Cis), @"
    no topic
      topic/notice 14
      subscription/notice/sms-1 14
    topic's managed key
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic's policy forbids
      topic-policy/notice 14
      subscription/notice/sms-1 14
    topic's policy denies
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    topic elsewhere
      subscription/notice/sms-1 1
      alarm/cis-audit-iam-policy-changes 1
    readable topic of another account, nobody there
      subscription/notice/sms-1 13
      by hand subscription.none: ask the owner of topic notice, account 999999999999, to add a subscriber
    FIFO topic
      topic/cis-audit-alerts 14
      subscription/cis-audit-alerts/sms-1 14
      14 of alarm
    nobody
      subscription/notice/sms-1 14
    pending
      subscription/notice/sms-1 14
    deleted
      subscription/notice/sms-1 14
    filtered
      subscription/notice/sms-1 14
    filtered by name
      subscription/notice/sms-1 8
    FIFO queue
      subscription/notice/sms-1 14
    ");
    let nobody_given =
        ["nobody", "pending", "deleted", "filtered", "FIFO queue", "readable topic of another account, nobody there"];
    insta::assert_snapshot!(describe(&nobody_given, &Options::default(), Verdict::Cis), @"
    nobody
      by hand subscription.none: add a subscriber to topic notice: --subscribe email:ADDRESS
    pending
      by hand subscription.pending: open the email to se***@example.com and confirm
    deleted
      by hand subscription.deleted: add a subscriber to topic notice: --subscribe email:ADDRESS
    filtered
      by hand subscription.filtered: remove the filter policies that keep alarms' messages from every subscription of topic notice, or subscribe somebody: --subscribe email:ADDRESS
    FIFO queue
      by hand subscription.dead_end: add a subscriber to topic notice: --subscribe email:ADDRESS
    readable topic of another account, nobody there
      by hand subscription.none: ask the owner of topic notice, account 999999999999, to add a subscriber
    ");
}

/// Whatever could not be read or decided, nothing is created on it: every unverified code that a chain can have.
#[test]
fn gaps_are_never_planned_on() {
    let unread = [
        ("trails unread", Code::TrailUnread, Verdict::Cis),
        ("status unread", Code::TrailUnread, Verdict::Cis),
        ("selector of an unknown word", Code::TrailUndecided, Verdict::Cis),
        ("log group of another account", Code::LogGroupOtherAccount, Verdict::Cis),
        ("log group not looked at", Code::LogGroupUnread, Verdict::Cis),
        ("log group of an undocumented class", Code::LogGroupClassUndecided, Verdict::Cis),
        ("filters unread", Code::MetricFilterUnread, Verdict::Cis),
        ("filter of sizes", Code::MetricFilterValueUndecided, Verdict::Cis),
        ("filter that misses old records", Code::MetricFilterUnusualHole, Verdict::Effective),
        ("filter of transformed events", Code::MetricFilterUndecided, Verdict::Cis),
        ("alarms unread and none seen", Code::AlarmUnread, Verdict::Cis),
        ("alarm of an expression", Code::AlarmUndecided, Verdict::Cis),
        ("alarm that may be warming up", Code::AlarmWarmUpUndecided, Verdict::Effective),
        ("mute rules unread", Code::AlarmMuteUnread, Verdict::Effective),
        ("topic unread", Code::TopicUnread, Verdict::Cis),
        ("topic of another account", Code::TopicUnread, Verdict::Cis),
        ("topic's own key", Code::TopicKeyUnread, Verdict::Effective),
        ("grants of the topic's key unread", Code::TopicKeyUnread, Verdict::Cis),
        ("topic's key policy cannot be followed", Code::TopicKeyPolicyUndecided, Verdict::Effective),
        ("topic's policy cannot be followed", Code::TopicPolicyUndecided, Verdict::Effective),
        ("subscriptions unread", Code::SubscriptionUnread, Verdict::Cis),
        ("filter policy unread", Code::SubscriptionFilterUnread, Verdict::Effective),
    ];
    let options = Options { allow_update: true, ..by_telephone() };
    for (name, code, verdict) in unread {
        let plan = fixed(name, &options, verdict);
        // Who is named is notified of the other controls all the same.
        let of_it = plan.steps.iter().filter(|step| step.id != "subscription/notice/sms-1" || step.rules.len() != 13);
        assert_eq!(of_it.count(), 0, "{name}: {}", rendered(&plan));
        assert_eq!(plan.manual, [], "{name}");
        let codes: BTreeSet<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        assert_eq!(codes, BTreeSet::from([code.as_str()]), "{name}");
    }
    let seen: BTreeSet<Code> = unread.iter().map(|(_, code, _)| *code).collect();
    // Of Security Hub CSPM itself nothing is ever planned.
    // What documents do not declare is no account's.
    let of_documents = [
        Code::TrailNotDeclared,
        Code::LogGroupNotDeclared,
        Code::MetricFilterNotDeclared,
        Code::TopicNotDeclared,
        Code::SubscriptionToConfirm,
    ];
    let is_asked =
        |code: &Code| code.grade() == Grade::Unverified && *code != Code::HubUnread && !of_documents.contains(code);
    let all: BTreeSet<Code> = Code::ALL.iter().copied().filter(is_asked).collect();
    assert_eq!(seen, all);
}

/// An alarm that sees an event only when the day is over gets another next to it, where every event must be notified.
#[test]
fn an_alarm_that_is_late_gets_another_beside_it() {
    let plan = |verdict| ids(&fixed("alarm that looks once a day", &Options::default(), verdict)).join(" ");
    assert_eq!(plan(Verdict::Cis), "");
    assert!(plan(Verdict::Effective).contains("alarm/cis-audit-"), "{}", plan(Verdict::Effective));
}

/// What is missing for certain is not created either where a name that it would have, or what comes after it, was not read.
#[test]
fn nothing_is_begun_that_depends_on_a_gap() {
    let nothing_but = |account: &Account, code: &str| {
        let plan = lawful(account, &rules(Benchmark::default()), Verdict::Cis, &by_telephone());
        assert_eq!(ids(&plan), [""; 0]);
        let codes: Vec<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        assert_eq!(codes, [code], "{}", rendered(&plan));
    };
    let with = |change: fn(&mut Account)| {
        let mut account = answered(empty(), &by_telephone());
        change(&mut account);
        account
    };
    nothing_but(&empty(), "trail.unread");
    nothing_but(&with(|a| a.survey.sites.iter_mut().for_each(|site| site.state = None)), "trail.unread");
    nothing_but(&with(|a| a.survey.sites.retain(|site| site.kind != SiteKind::Role)), "trail.unread");
    nothing_but(&with(|a| a.log_groups.clear()), "log_group.unread");
    nothing_but(&with(|a| a.alarms[0].complete = false), "alarm.unread");
    nothing_but(&with(|a| a.alarms.clear()), "alarm.unread");
    nothing_but(&with(|a| a.topics.clear()), "topic.unread");
    nothing_but(&with(|a| a.topics.iter_mut().for_each(|topic| topic.exists = None)), "topic.unread");
}
