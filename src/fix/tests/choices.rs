//! Which names are given, what is used of what is there, and what the limits of the services refuse.

use super::*;
use crate::accounts::seed as seed_builder;

fn seed_without_filter() -> Account {
    seed_builder().without_filter("3.4").into()
}

fn group(account: &mut Account) -> &mut Vec<MetricFilter> {
    account.log_groups[0].metric_filters.as_mut().expect("filters")
}

/// Name, namespace and metric of the metric filters that the plan creates.
fn filters(plan: &Plan) -> Vec<(&str, &str, &str)> {
    let created = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateMetricFilter(filter) => Some((&*filter.name, &*filter.namespace, &*filter.metric)),
        _ => None,
    });
    created.collect()
}

/// The metric of another filter would be counted with it.
#[test]
fn names_that_are_taken_are_not_given() {
    let mut account = seed_without_filter();
    let mut other = group(&mut account)[0].clone();
    other.name = "cis-audit-iam-policy-changes".into();
    other.transformations[0].name = "IamPolicyChanges".into();
    group(&mut account).push(other);
    let options = Options { namespace: "LogMetrics".into(), ..Options::default() };
    let mut alarm = account.alarms[0].metric_alarms[0].clone();
    alarm.name = "cis-audit-iam-policy-changes".into();
    alarm.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cis-audit-iam-policy-changes".into();
    account.alarms[0].metric_alarms.push(alarm);
    let plan = plan_for(account, &options, Verdict::Cis);
    assert_eq!(filters(&plan), [("cis-audit-iam-policy-changes-2", "LogMetrics", "CisAuditIamPolicyChanges")]);
    assert_eq!(ids(&plan), ["metric-filter/cis-audit-iam-policy-changes-2", "alarm/cis-audit-iam-policy-changes-2"]);
}

#[test]
fn buckets_keys_and_roles_are_used_again_or_get_another_name() {
    let options = sms_subscriber();
    let with = |state: SiteState, kind: SiteKind| {
        let mut account = surveyed(empty(), &options);
        let first = account
            .survey
            .sites
            .iter_mut()
            .find(|site| site.kind == kind && !site.name.ends_with("-2") && !site.name.ends_with("-3"));
        first.expect("a site").state = Some(state);
        let plan = checked_plan(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
        let created: Vec<String> =
            plan.steps.iter().take_while(|step| !step.id.starts_with("topic")).map(|step| step.id.clone()).collect();
        let reused: Vec<String> = plan.reused.iter().map(|it| it.resource.clone()).collect();
        format!("{} | {}", created.join(" "), reused.join(" "))
    };
    insta::assert_snapshot!(with(SiteState::Ours, SiteKind::Bucket), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1 trail/cis-audit |");
    insta::assert_snapshot!(with(SiteState::Foreign, SiteKind::Bucket), @"key/cis-audit-trail-2 bucket/cis-audit-trail-111122223333-ap-northeast-1-2 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1-d8603eb2 trail/cis-audit-2 |");
    insta::assert_snapshot!(with(SiteState::Ours, SiteKind::Role), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1 trail/cis-audit |");
    insta::assert_snapshot!(with(SiteState::Foreign, SiteKind::Role), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1-2 trail/cis-audit |");
    let mut account = surveyed(empty(), &options);
    account
        .survey
        .sites
        .iter_mut()
        .filter(|site| site.kind == SiteKind::Key)
        .for_each(|site| site.state = Some(SiteState::Foreign));
    let plan = checked_plan(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
    insta::assert_snapshot!(summary(&plan), @"not planned: trail.none [3.1..3.14 (14)] the names that a trail's bucket and key would have are taken: --name-prefix gives others than those that begin with cis-audit");
}

/// A run may have been ended before the log group got its retention; one of that name that someone else made is not
/// filled with the account's events, unless it was asked for.
#[test]
fn only_an_own_incomplete_log_group_is_finished() {
    const OWN: &str = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/cis-audit";
    let with = |state: SiteState, options: &Options| {
        let arn =
            options.log_group.as_ref().map_or(OWN.to_owned(), |name| OWN.replace("/aws/cloudtrail/cis-audit", name));
        let mut account = empty();
        account.log_groups.push(LogGroup {
            arn: arn.clone().into(),
            exists: Some(true),
            class: Some("STANDARD".into()),
            metric_filters: Some(vec![]),
        });
        account.survey.sites.push(Site { kind: SiteKind::LogGroup, name: arn, state: Some(state) });
        let plan = plan_for(account, options, Verdict::Cis);
        let made = plan.steps.iter().find_map(|step| match &step.action {
            Action::CreateLogGroup(group) => Some(group.arn.clone()),
            _ => None,
        });
        let used = plan.steps.iter().find_map(|step| match &step.action {
            Action::CreateTrail(trail) => Some(trail.log_group_arn.clone()),
            _ => None,
        });
        (made.map(|arn| arn.replace(OWN, "own")), used.expect("a trail").replace(OWN, "own"))
    };
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(with(SiteState::HalfMade, &sms_subscriber()), (own("own"), "own".to_owned()));
    assert_eq!(with(SiteState::Ours, &sms_subscriber()), (None, "own".to_owned()));
    assert_eq!(with(SiteState::Foreign, &sms_subscriber()), (own("own-2"), "own-2".to_owned()));
    let named = Options { log_group: Some("theirs".into()), ..sms_subscriber() };
    let theirs = "arn:aws:logs:ap-northeast-1:111122223333:log-group:theirs".to_owned();
    assert_eq!(with(SiteState::Foreign, &named), (None, theirs));
}

/// A trail was created on it all the same: its first metric filter comes with the retention.
#[test]
fn a_half_made_log_group_of_a_trail_is_finished() {
    let mut account = seed_without_filter();
    account.survey.sites.push(Site { kind: SiteKind::LogGroup, name: GROUP.into(), state: Some(SiteState::HalfMade) });
    let plan = plan_for(account, &Options::default(), Verdict::Cis);
    assert_eq!(
        ids(&plan),
        [
            "log-group//aws/cloudtrail/DefaultSecuritySettings",
            "metric-filter/cis-audit-iam-policy-changes",
            "alarm/cis-audit-iam-policy-changes"
        ]
    );
}

#[test]
fn a_log_group_has_a_hundred_filters_at_most() {
    let mut account = Account::from(seed_builder().without_filter("3.4").without_filter("3.14"));

    let one = group(&mut account)[0].clone();
    for number in group(&mut account).len()..99 {
        let mut filter = one.clone();
        filter.name = format!("filter {number}");
        filter.pattern = "{ $.eventName = Nothing }".into();
        filter.transformations[0].name = filter.name.clone();
        group(&mut account).push(filter);
    }
    let plan = plan_for(account, &Options::default(), Verdict::Cis);
    insta::assert_snapshot!(summary(&plan), @"
    metric-filter/cis-audit-iam-policy-changes [3.4]
    alarm/cis-audit-iam-policy-changes [3.4] after metric-filter
    not planned: metric_filter.none [3.14] log group /aws/cloudtrail/DefaultSecuritySettings has no metric filter for this control; the log group has 99 metric filters, other controls need 1 more, and it may have 100: delete one that is not needed
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

/// A refusal names what is in the account, and not a filter that only the plan would make.
#[test]
fn a_full_log_group_is_the_obstacle_and_no_planned_filter_is() {
    let mut account = seed();
    account.alarms[0].metric_alarms.clear();
    let one = group(&mut account)[0].clone();
    group(&mut account).clear();
    for number in 0..97 {
        let mut filter = one.clone();
        filter.name = format!("app-{number}");
        filter.pattern = "{ $.eventName = Nothing }".into();
        filter.transformations[0].name = filter.name.clone();
        group(&mut account).push(filter);
    }
    let plan = plan_for(account, &Options::default(), Verdict::Cis);
    let filters: Vec<String> =
        ids(&plan).into_iter().map(str::to_owned).filter(|id| id.starts_with("metric-filter/")).collect();
    assert_eq!(
        filters,
        [
            "metric-filter/cis-audit-unauthorized-api-calls",
            "metric-filter/cis-audit-console-sign-in-without-mfa",
            "metric-filter/cis-audit-root-usage",
        ]
    );
    let [refused] = plan.not_planned.as_slice() else { panic!("{:?}", plan.not_planned) };
    assert_eq!((refused.code.as_str(), refused.rules.len()), ("metric_filter.none", 11));
    assert_eq!(
        refused.why,
        "log group /aws/cloudtrail/DefaultSecuritySettings has no metric filter for this control; the log group has 97 \
         metric filters, other controls need 3 more, and it may have 100: delete one that is not needed"
    );
}

#[test]
fn what_is_there_is_used() {
    // A topic of a chain that passes.
    let plan = plan_for(seed_without_alarm(), &Options::default(), Verdict::Cis);
    insta::assert_snapshot!(summary(&plan), @"
    alarm/cis-audit-iam-policy-changes [3.4]
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
    assert_eq!(notified_topics(&plan), BTreeSet::from([NOTICE]));
    // This program's own topic, of an earlier fix.
    let mut account = surveyed(empty(), &sms_subscriber());
    account.topics = vec![topic(OWN_TOPIC)];
    let plan = checked_plan(&account, &rules(Benchmark::default()), Verdict::Cis, &sms_subscriber());
    assert!(!ids(&plan).contains(&"topic/cis-audit-alerts"));
    assert_eq!(notified_topics(&plan), BTreeSet::from([OWN_TOPIC]));
    // One that cannot be used has another next to it.
    account.topics[0].kms_key_id = Some("alias/aws/sns".into());
    let plan = plan_for(account, &sms_subscriber(), Verdict::Cis);
    assert!(ids(&plan).contains(&"topic/cis-audit-alerts-2"));
}

/// A text that Security Hub CSPM does not take satisfies the benchmark, and fails where Security Hub CSPM is asked.
#[test]
fn security_hubs_text_is_added_where_it_decides() {
    let account = seed_builder().pattern("3.4", "{ $.eventSource = iam.amazonaws.com }");
    assert_eq!(ids(&plan_for(account.clone(), &Options::default(), Verdict::Cis)), [""; 0]);
    let plan = plan_for(account, &Options::default(), Verdict::SecurityHub);
    assert_eq!(ids(&plan), ["metric-filter/cis-audit-iam-policy-changes", "alarm/cis-audit-iam-policy-changes"]);
}

#[test]
fn another_organizations_trail_is_its_owners_to_fix() {
    let broken = |mut account: Account, own: bool| {
        let mut trail = account.trails()[0].clone();
        trail.arn = trail.arn.replace(ACCOUNT, "999999999999").into();
        trail.is_organization = true;
        trail.log_group_arn = None;
        let first = &mut account.trails.as_mut().expect("trails")[0];
        first.is_multi_region = false;
        let first = first.clone();
        account.trails = Some(if own { vec![first, trail] } else { vec![trail] });
        account
    };
    let options = Options { allow_update: true, ..Options::default() };
    insta::assert_snapshot!(summary(&plan_for(broken(seed(), false), &options, Verdict::Cis)), @"manual: log_group.none [3.1..3.14 (14)] ask the owner of trail DefaultSecuritySettings, account 999999999999: give the trail a log group and a role: aws cloudtrail update-trail --name DefaultSecuritySettings --cloud-watch-logs-log-group-arn … --cloud-watch-logs-role-arn …");
    assert_eq!(ids(&plan_for(broken(seed(), true), &options, Verdict::Cis)), ["trail/DefaultSecuritySettings"]);
}

#[test]
fn what_was_created_passes_once_people_have_confirmed() {
    let options = Options { subscribe: endpoints(&["email:security@example.com"]), ..Options::default() };
    let account = surveyed(empty(), &options);
    let plan = planned(&account, &options);
    let report = judge(&confirmed(after(&account, &plan)));
    assert_eq!(report.summary().pass, 14);
    assert!(planned_for(&confirmed(after(&account, &plan)), &options, Verdict::Effective).is_empty());
}

/// A person is to know of both, and which of them notifies no one.
#[test]
fn a_new_filter_next_to_an_empty_one_is_reported() {
    let account = seed_builder().pattern("3.5", "{ $.eventName = CreateTrail && $.eventName = DeleteTrail }");
    let plan = plan_for(account, &sms_subscriber(), Verdict::Cis);
    assert_eq!(filters(&plan).len(), 1, "{}", summary(&plan));
    let reported: Vec<(&str, &str, &[String])> =
        plan.manual.iter().map(|task| (task.code.as_str(), task.what.as_str(), task.rules.as_slice())).collect();
    assert_eq!(
        reported,
        [(
            "metric_filter.matches_none",
            "metric filter seed-CloudTrailConfigurationChanges looks meant for such events and matches none of them: && asks $.eventName to be several values at once, where || is meant; it stays as it is beside a new one: correct or delete it",
            ["3.5".to_owned()].as_slice()
        )]
    );
}

#[test]
fn a_new_alarm_next_to_one_on_another_metric_is_reported() {
    let account = seed_builder().alarm_metric("3.5", |metric| metric.name = "cloudtrailConfigurationChanges".into());
    let plan = plan_for(account, &sms_subscriber(), Verdict::Cis);
    let reported: Vec<&str> = plan.manual.iter().map(|task| task.what.as_str()).collect();
    assert_eq!(
        reported,
        [
            "alarm Warning-seed-CloudTrail-CloudTrailConfiguration-Changes watches metric LogMetrics/cloudtrailConfigurationChanges, which differs only in letter case from what the metric filter publishes: LogMetrics/CloudTrailConfigurationChanges; it stays as it is beside a new one: correct or delete it"
        ],
        "{}",
        summary(&plan)
    );
}

/// A filter that was written with an exception misses events once that is over: what it misses is added on its metric, so that
/// the alarm that is there notifies of both, and of each event once.
#[test]
fn what_an_own_filter_misses_is_added_beside_it() {
    let options = sms_subscriber();
    let narrowed = |name: &'static str, more: &str| {
        let pattern = format!(
            "{{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && {more} }}"
        );
        let account = seed_builder().filter("3.7", |filter| {
            (filter.name, filter.pattern) = (name.to_owned(), pattern.clone());
        });
        plan(&surveyed(account.into(), &options), &rules(Benchmark::default()), Verdict::Cis, &options)
    };
    let created = |plan: &Plan| -> Vec<(String, String, String)> {
        let steps = plan.steps.iter().filter(|step| !matches!(step.action, Action::Subscribe(_)));
        let each = steps.map(|step| match &step.action {
            Action::CreateMetricFilter(filter) => (filter.name.clone(), filter.metric.clone(), filter.pattern.clone()),
            other => {
                (format!("{other:?}").chars().take_while(|sign| *sign != '(').collect(), String::new(), String::new())
            }
        });
        each.collect()
    };
    let robot = r#"($.userIdentity.userName != terraform || $.userIdentity.userName NOT EXISTS)"#;
    let plan = narrowed("cis-audit-kms-key-deletion", robot);
    assert_eq!(
        created(&plan),
        [(
            "cis-audit-kms-key-deletion-2".to_owned(),
            "CustomerCreatedCMKsChanges".to_owned(),
            r#"{ $.eventSource = "kms.amazonaws.com" && ($.eventName = "DisableKey" || $.eventName = "ScheduleKeyDeletion") && $.userIdentity.userName = "terraform" }"#.to_owned(),
        )]
    );
    assert!(plan.not_planned.is_empty(), "{:?}", plan.not_planned);
    // What somebody else wrote stays theirs: the control's own pattern is Security Hub CSPM's as well.
    let names: Vec<String> = created(&narrowed("kms", robot)).into_iter().map(|(name, ..)| name).collect();
    assert!(
        names.contains(&"cis-audit-kms-key-deletion".to_owned()) && names.contains(&"CreateAlarm".to_owned()),
        "{names:?}"
    );
    // So is what the language has no words for.
    let odd = r#"$.requestParameters.keyId != abc"#;
    let names: Vec<String> =
        created(&narrowed("cis-audit-kms-key-deletion", odd)).into_iter().map(|(name, ..)| name).collect();
    assert!(names.contains(&"CreateAlarm".to_owned()), "{names:?}");
}
