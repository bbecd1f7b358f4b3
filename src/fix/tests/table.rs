//! Every defect of the table, one at a time: the steps that fix it and no others, after which the control passes; or the
//! manual steps, or why nothing is planned.

use super::circumstances::seed_with;
use super::*;
use crate::accounts::defects::{self, Defect, TABLES};
use crate::finding::Grade;

mod alarms;
mod topics;

/// The plan for the seed's account with one thing wrong.
#[track_caller]
fn plan_for_defect(name: &str, options: &Options, verdict: Verdict) -> Plan {
    plan_for(seed_with(name), options, verdict)
}

/// The verdict that a user must choose so that a fix looks at the defect.
fn verdict_for(defect: &Defect) -> Verdict {
    if defect.expected.cis == Status::Pass { Verdict::Effective } else { Verdict::Cis }
}

/// The steps, how many controls each is for, the manual steps, and what is not planned.
fn outline(plan: &Plan) -> String {
    let kind = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
    let of_kind = |step: &Step| plan.steps.iter().filter(|other| kind(&other.id) == kind(&step.id)).count();
    let mut steps: Vec<String> = plan
        .steps
        .iter()
        .map(|step| match of_kind(step) {
            count @ 4.. => format!("  {count} of {}", kind(&step.id)),
            _ => format!("  {} {}", step.id, step.rules.len()),
        })
        .collect();
    steps.dedup();
    let manual = plan.manual.iter().map(|it| format!("  manual {}: {}", it.code, it.what));
    let not = plan.not_planned.iter().map(|it| format!("  not planned {} {}: {}", it.code, it.rules.len(), it.why));
    steps.into_iter().chain(manual).chain(not).collect::<Vec<_>>().join("\n")
}

/// An outline of the plan for each of these.
fn outlines<'a>(names: impl IntoIterator<Item = &'a str>, options: &Options, verdict: Verdict) -> String {
    names.into_iter().map(|name| format!("{name}\n{}\n", outline(&plan_for_defect(name, options, verdict)))).collect()
}

/// An outline of the plan for each defect of a part of the chain that was read and can be decided.
fn outlines_of(part: &str, options: &Options) -> String {
    let (_, table) = TABLES.into_iter().find(|(name, _)| *name == part).expect("a part of the chain");
    let known = table.iter().filter(|defect| !is_unverified(defect));
    known.map(|defect| outlines([defect.name], options, verdict_for(defect))).collect()
}

fn is_unverified(defect: &Defect) -> bool {
    defect.expected.code.is_some_and(|code| code.grade() == Grade::Unverified)
}

fn updates_allowed() -> Options {
    Options { allow_update: true, ..Options::default() }
}

#[test]
fn defects_of_the_trail_have_their_plans() {
    insta::assert_snapshot!(outlines_of("trails", &updates_allowed()), @"
    no trail
      key/cis-audit-trail 14
      bucket/cis-audit-trail-111122223333-ap-northeast-1 14
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1 14
      trail/cis-audit 14
      14 of metric-filter
      14 of alarm
      manual metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings in ap-northeast-1 has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there; existing resources are kept alongside the new ones: delete what is not needed
    single-region trail
      trail/DefaultSecuritySettings 14
    single-region trail without global events
      trail/DefaultSecuritySettings 14
    single-region trail whose status is unread
      trail/DefaultSecuritySettings 14
      manual trail.unread: trail DefaultSecuritySettings: whether it is logging could not be read; the saved account does not contain it: save the account again with this version of cis-audit, or audit it live
    stopped trail
      trail/DefaultSecuritySettings 14
    selector without management events
      trail/DefaultSecuritySettings 14
    read-only selector
      trail/DefaultSecuritySettings 14
    write-only selector
      trail/DefaultSecuritySettings 14
    selector that excludes IAM
      trail/DefaultSecuritySettings 1
    advanced selector that excludes IAM
      trail/DefaultSecuritySettings 1
    advanced read-only selector
      trail/DefaultSecuritySettings 14
    advanced write-only selector
      trail/DefaultSecuritySettings 14
    advanced selector of data events
      trail/DefaultSecuritySettings 14
    advanced selector of one event name
      trail/DefaultSecuritySettings 14
    selectors of one event name and of read events
      trail/DefaultSecuritySettings 14
    stopped trail next to a single-region one
      trail/DefaultSecuritySettings 14
    ");
}

#[test]
fn defects_of_the_log_group_have_their_plans() {
    insta::assert_snapshot!(outlines_of("log groups", &updates_allowed()), @"
    trail without a log group
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
      manual metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings in ap-northeast-1 has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there; existing resources are kept alongside the new ones: delete what is not needed
    deleted log group
      log-group//aws/cloudtrail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
    failing delivery
      manual log_group.delivery_failing: CloudTrail's last delivery to log group /aws/cloudtrail/DefaultSecuritySettings failed: AccessDenied (less than an hour after one that succeeded); let the trail's role write to the log group (logs:CreateLogStream and logs:PutLogEvents on its streams)
    no delivery for three days
      manual log_group.delivery_stale: CloudTrail's last delivery to log group /aws/cloudtrail/DefaultSecuritySettings was at 2026-01-02T09:00:00Z, 3 days before the account was read; see what aws cloudtrail get-trail-status says, and let the trail's role write to the log group
    no delivery since logging began
      manual log_group.delivery_stale: CloudTrail has never delivered to log group /aws/cloudtrail/DefaultSecuritySettings, 3 days after logging began; see what aws cloudtrail get-trail-status says, and let the trail's role write to the log group
    log group of class INFREQUENT_ACCESS
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
    log group of class DELIVERY
      log-group//aws/cloudtrail/cis-audit 14
      role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8 14
      trail/DefaultSecuritySettings 14
      14 of metric-filter
      14 of alarm
    standard log group without metric filters
      14 of metric-filter
      14 of alarm
    metric filters on a log group that no trail delivers to
      14 of metric-filter
      14 of alarm
      manual metric_filter.elsewhere: log group before has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings; existing resources are kept alongside the new ones: delete what is not needed
    metric filters on the log group of that name in another region
      14 of metric-filter
      14 of alarm
      manual metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings in eu-central-1 has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings; existing resources are kept alongside the new ones: delete what is not needed
    metric filters on the log group of that name of another account
      14 of metric-filter
      14 of alarm
      manual metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings has metric filters seed-UnauthorizedAPICalls, seed-AuthenticationFailuresDetected, seed-LoginWithoutMFA and 11 more for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings; existing resources are kept alongside the new ones: delete what is not needed
    ");
}

#[test]
fn trails_of_organizations_have_their_plans() {
    let trails = [
        "another organization's broken trail",
        "another organization's log group",
        "only another organization's trail",
        "trail of the account's own organization",
        "read-only and write-only selectors",
    ];
    insta::assert_snapshot!(outlines(trails, &updates_allowed(), Verdict::Cis), @"
    another organization's broken trail

    another organization's log group

    only another organization's trail

    trail of the account's own organization

    read-only and write-only selectors
    ");
}

#[test]
fn existing_trails_stay_as_they_are_unless_updates_are_allowed() {
    let defects = [
        "single-region trail",
        "stopped trail",
        "read-only selector",
        "trail without a log group",
        "log group of class INFREQUENT_ACCESS",
    ];
    insta::assert_snapshot!(outlines(defects, &Options::default(), Verdict::Cis), @"
    single-region trail
      not planned trail.single_region 14: trail DefaultSecuritySettings records events of ap-northeast-1 only; --allow-update lets the plan change trail DefaultSecuritySettings
    stopped trail
      not planned trail.not_logging 14: trail DefaultSecuritySettings is stopped: it records nothing; --allow-update lets the plan change trail DefaultSecuritySettings
    read-only selector
      not planned trail.no_write_events 14: trail DefaultSecuritySettings records only read management events; --allow-update lets the plan change trail DefaultSecuritySettings
    trail without a log group
      not planned log_group.none 14: trail DefaultSecuritySettings delivers to no CloudWatch Logs log group; --allow-update lets the plan change trail DefaultSecuritySettings
    log group of class INFREQUENT_ACCESS
      not planned log_group.class 14: log group /aws/cloudtrail/DefaultSecuritySettings is of class INFREQUENT_ACCESS, which does not support metric filters; --allow-update lets the plan change trail DefaultSecuritySettings
    ");
}

#[test]
fn an_update_changes_the_broken_setting_alone() {
    let update = |name: &str| {
        let plan = plan_for_defect(name, &updates_allowed(), Verdict::Cis);
        let update = plan.steps.iter().find_map(|step| match &step.action {
            Action::UpdateTrail(update) => Some(update.clone()),
            _ => None,
        });
        serde_json::to_string(&update.expect("an update")).expect("JSON")
    };
    insta::assert_snapshot!(update("single-region trail without global events"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","multi_region":{"from":false,"to":true},"global_events":{"from":false,"to":true}}"#);
    insta::assert_snapshot!(update("write-only selector"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","selectors":{"from":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]},"to":{"basic":[{"read_write_type":"WriteOnly","include_management_events":true,"data_resources":[{"kind":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]},{"read_write_type":"All","include_management_events":true}]}}}"#);
    insta::assert_snapshot!(update("trail without a log group"), @r#"{"arn":"arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings","log_group_arn":{"from":null,"to":"arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/cis-audit"},"role_arn":{"from":null,"to":"arn:aws:iam::111122223333:role/cis-audit-cloudtrail-logs-ap-northeast-1-621654a8"}}"#);
}

#[test]
fn defects_of_the_metric_filter_have_their_plans() {
    insta::assert_snapshot!(outlines_of("metric filters", &Options::default()), @"
    no metric filter
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter on another log group
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
      manual metric_filter.elsewhere: log group /aws/lambda/unrelated has metric filter seed-IamPolicyChanges for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings; existing resources are kept alongside the new ones: delete what is not needed
    metric filter on a log group whose name begins alike
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
      manual metric_filter.elsewhere: log group /aws/cloudtrail/DefaultSecuritySettings-old has metric filter seed-IamPolicyChanges for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings; existing resources are kept alongside the new ones: delete what is not needed
    metric filter of one event name
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter without one of the event names
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter of every API call
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter of every event
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter that publishes 0
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter that publishes a field of no event
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter with a default value of 1
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter with a dimension of some events
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    metric filter with a dimension of every event
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    second metric filter of every API call on the metric
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    second metric filter of every event on the metric
      metric-filter/cis-audit-iam-policy-changes 1
      alarm/cis-audit-iam-policy-changes 1
    second metric filter that publishes -1 to the metric
      not planned alarm.not_every_event 1: alarm Warning-seed-CloudTrail-IamPolicy-Changes may not fire: one event counts as 1, and the alarm needs Sum >= 1 in 60 s; use Sum, GreaterThanOrEqualToThreshold, threshold 1, one of one datapoints
    ");
}

/// What weakens a chain is fixed where the verdict is `effective`, and left alone where it is `cis`.
#[test]
fn a_weak_chain_is_left_alone_by_the_cis_verdict() {
    for defect in defects::all().filter(|defect| defect.expected.cis == Status::Pass) {
        let plan = plan_for_defect(defect.name, &Options::default(), Verdict::Cis);
        assert_eq!((plan.steps.len(), plan.manual.len(), plan.not_planned.len()), (0, 0, 0), "{}", defect.name);
    }
}

/// What a fix asks about in addition to the audit, so that it is known when the plan is made.
const ANSWERED_BY_THE_SURVEY: [&str; 2] = ["alarms of the region unread", "topic not asked about"];

/// Whatever could not be read or decided, nothing is created on it: every unverified code that a chain can have.
#[test]
fn gaps_are_never_planned_on() {
    let options = Options { allow_update: true, ..sms_subscriber() };
    let is_open = |defect: &&Defect| is_unverified(defect) && !ANSWERED_BY_THE_SURVEY.contains(&defect.name);
    for defect in defects::all().filter(is_open) {
        let plan = plan_for_defect(defect.name, &options, verdict_for(defect));
        // The named subscriber is notified of the other controls all the same.
        let of_it = plan.steps.iter().filter(|step| step.id != "subscription/notice/sms-1" || step.rules.len() != 13);
        assert_eq!(of_it.count(), 0, "{}: {}", defect.name, summary(&plan));
        assert_eq!(plan.manual, [], "{}", defect.name);
        let codes: BTreeSet<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        let expected: BTreeSet<&str> = defect.expected.code.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes, expected, "{}", defect.name);
    }
}

#[test]
fn every_unverified_code_has_a_defect() {
    let seen: BTreeSet<Code> = defects::all().filter_map(|defect| defect.expected.code).collect();
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
    assert_eq!(all.difference(&seen).map(|code| code.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// What is missing for certain is not created either where a name that it would have, or what comes after it, was not read.
#[test]
fn nothing_is_begun_that_depends_on_a_gap() {
    let nothing_but = |account: &Account, code: &str| {
        let plan = checked_plan(account, &rules(Benchmark::default()), Verdict::Cis, &sms_subscriber());
        assert_eq!(ids(&plan), [""; 0]);
        let codes: Vec<&str> = plan.not_planned.iter().map(|not| not.code.as_str()).collect();
        assert_eq!(codes, [code], "{}", summary(&plan));
    };
    let with = |change: fn(&mut Account)| {
        let mut account = surveyed(empty(), &sms_subscriber());
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
