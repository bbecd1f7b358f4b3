//! Which names are given, what is used of what is there, and what the limits of the services refuse.

use super::*;

const QUEUE: &str = "arn:aws:sqs:ap-northeast-1:111122223333:alerts";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:alerts";
const CENTRAL: &str = "arn:aws:sqs:ap-northeast-1:999999999999:central";

fn lawful_for(account: Snapshot, options: &Options, verdict: Verdict) -> Plan {
    lawful(&answered(account, options), &rules(Benchmark::default()), verdict, options)
}

fn without_alarm(metric: &str) -> Snapshot {
    let mut account = seed();
    account.alarms[0].metric_alarms.retain(|alarm| !watches(alarm, metric));
    account
}

fn without_filter(metric: &str) -> Snapshot {
    let mut account = seed();
    group(&mut account).retain(|filter| filter.transformations[0].name != metric);
    account
}

fn watches(alarm: &MetricAlarm, metric: &str) -> bool {
    matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric)
}

fn group(account: &mut Snapshot) -> &mut Vec<MetricFilter> {
    account.log_groups[0].metric_filters.as_mut().expect("filters")
}

fn filters(plan: &Plan) -> Vec<(&str, &str, &str)> {
    let of = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateMetricFilter(filter) => Some((&*filter.name, &*filter.namespace, &*filter.metric)),
        _ => None,
    });
    of.collect()
}

fn told(plan: &Plan) -> BTreeSet<&str> {
    let of = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateAlarm(alarm) => Some(alarm.topic_arn.as_str()),
        _ => None,
    });
    of.collect()
}

fn topic(arn: &str) -> Topic {
    Topic {
        arn: arn.into(),
        exists: Some(true),
        policy: Some(super::super::documents::topic(arn)),
        kms_key_id: None,
        is_fifo: false,
        subscriptions: Some(vec![]),
    }
}

/// Who is to be told is told of new alarms, also where their topic tells somebody already.
#[test]
fn whoever_is_named_hears_of_new_alarms() {
    let options = Options { subscribe: to(&["email:ops@example.com"]), ..Options::default() };
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &options, Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    subscription/notice/email-1 [3.4]
    alarm/cis-audit-iam-policy-changes [3.4]
    by hand: subscription.pending [3.4] open the mail to op***@example.com and confirm
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

/// A FIFO topic with its queue tells somebody, but no person can be subscribed to it.
#[test]
fn whoever_is_named_is_not_put_on_a_fifo_topic() {
    let mut account = without_alarm("IamPolicyChanges");
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
        told(&lawful_for(account.clone(), &options, Verdict::Cis)).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(planned(Options::default()), [fifo.as_str()]);
    assert_eq!(planned(by_telephone()), [NOTICE]);
}

#[test]
fn that_nobody_is_subscribed_where_nothing_is_to_be_done_is_said() {
    let options = Options { subscribe: to(&["email:ops@example.com"]), ..Options::default() };
    let plan = lawful_for(seed(), &options, Verdict::Cis);
    assert_eq!((plan.steps.len(), &plan.not_subscribed), (0, &options.subscribe));
}

/// The metric of another filter would be counted with it.
#[test]
fn names_that_are_taken_are_not_given() {
    let mut account = without_filter("IamPolicyChanges");
    let mut other = group(&mut account)[0].clone();
    other.name = "cis-audit-iam-policy-changes".into();
    other.transformations[0].name = "IamPolicyChanges".into();
    group(&mut account).push(other);
    let options = Options { namespace: "LogMetrics".into(), ..Options::default() };
    let mut alarm = account.alarms[0].metric_alarms[0].clone();
    alarm.name = "cis-audit-iam-policy-changes".into();
    alarm.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cis-audit-iam-policy-changes".into();
    account.alarms[0].metric_alarms.push(alarm);
    let plan = lawful_for(account, &options, Verdict::Cis);
    assert_eq!(filters(&plan), [("cis-audit-iam-policy-changes-2", "LogMetrics", "CisAuditIamPolicyChanges")]);
    assert_eq!(ids(&plan), ["metric-filter/cis-audit-iam-policy-changes-2", "alarm/cis-audit-iam-policy-changes-2"]);
}

#[test]
fn buckets_keys_and_roles_are_used_again_or_get_another_name() {
    let options = by_telephone();
    let with = |state: SiteState, kind: SiteKind| {
        let mut account = answered(empty(), &options);
        let first = account
            .sites
            .iter_mut()
            .find(|site| site.kind == kind && !site.name.ends_with("-2") && !site.name.ends_with("-3"));
        first.expect("a site").state = Some(state);
        let plan = lawful(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
        let created: Vec<String> =
            plan.steps.iter().take_while(|step| !step.id.starts_with("topic")).map(|step| step.id.clone()).collect();
        let reused: Vec<String> = plan.reused.iter().map(|it| it.resource.clone()).collect();
        format!("{} | {}", created.join(" "), reused.join(" "))
    };
    insta::assert_snapshot!(with(SiteState::Ours, SiteKind::Bucket), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1 trail/cis-audit |");
    insta::assert_snapshot!(with(SiteState::Foreign, SiteKind::Bucket), @"key/cis-audit-trail-2 bucket/cis-audit-trail-111122223333-ap-northeast-1-2 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1-d8603eb2 trail/cis-audit-2 |");
    insta::assert_snapshot!(with(SiteState::Ours, SiteKind::Role), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1 trail/cis-audit |");
    insta::assert_snapshot!(with(SiteState::Foreign, SiteKind::Role), @"key/cis-audit-trail bucket/cis-audit-trail-111122223333-ap-northeast-1 log-group//aws/cloudtrail/cis-audit role/cis-audit-cloudtrail-logs-ap-northeast-1-2 trail/cis-audit |");
    let mut account = answered(empty(), &options);
    account
        .sites
        .iter_mut()
        .filter(|site| site.kind == SiteKind::Key)
        .for_each(|site| site.state = Some(SiteState::Foreign));
    let plan = lawful(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
    insta::assert_snapshot!(rendered(&plan), @"not planned: trail.none [3.1..3.14 (14)] the names that a trail's bucket and key would have are taken: --name-prefix gives others than those that begin with cis-audit");
}

#[test]
fn a_log_group_has_a_hundred_filters_at_most() {
    let mut account = seed();
    let rules_without = ["IamPolicyChanges", "VpcChanges"];
    group(&mut account).retain(|filter| !rules_without.contains(&filter.transformations[0].name.as_str()));
    let one = group(&mut account)[0].clone();
    for number in group(&mut account).len()..99 {
        let mut filter = one.clone();
        filter.name = format!("filter {number}");
        filter.pattern = "{ $.eventName = Nothing }".into();
        filter.transformations[0].name = filter.name.clone();
        group(&mut account).push(filter);
    }
    let plan = lawful_for(account, &Options::default(), Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    metric-filter/cis-audit-iam-policy-changes [3.4]
    alarm/cis-audit-iam-policy-changes [3.4] after metric-filter
    not planned: metric_filter.none [3.14] log group /aws/cloudtrail/DefaultSecuritySettings has no metric filter for this control; the log group has 100 metric filters, as many as it may: delete one that nobody needs
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

#[test]
fn what_is_there_is_used() {
    // A topic of a chain that passes.
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &Options::default(), Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    alarm/cis-audit-iam-policy-changes [3.4]
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
    assert_eq!(told(&plan), BTreeSet::from([NOTICE]));
    // This program's own topic, of an earlier fix.
    let mut account = answered(empty(), &by_telephone());
    account.topics = vec![topic(OWN_TOPIC)];
    let plan = lawful(&account, &rules(Benchmark::default()), Verdict::Cis, &by_telephone());
    assert!(!ids(&plan).contains(&"topic/cis-audit-alerts"));
    assert_eq!(told(&plan), BTreeSet::from([OWN_TOPIC]));
    // One that cannot be used has another beside it.
    account.topics[0].kms_key_id = Some("alias/aws/sns".into());
    let plan = lawful_for(account, &by_telephone(), Verdict::Cis);
    assert!(ids(&plan).contains(&"topic/cis-audit-alerts-2"));
}

#[test]
fn the_users_topic_is_told() {
    let mine = "arn:aws:sns:ap-northeast-1:111122223333:mine";
    let options = Options { topic: Some(mine.into()), ..by_telephone() };
    let mut account = without_alarm("IamPolicyChanges");
    account.topics.push(topic(mine));
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(told(&plan), BTreeSet::from([mine]));
    assert_eq!(ids(&plan), ["subscription/mine/sms-1", "alarm/cis-audit-iam-policy-changes"]);
    // One that does not exist is created, one whose policy forbids is added to, one that can never be told is refused.
    account.topics.pop();
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), ["topic/mine", "subscription/mine/sms-1", "alarm/cis-audit-iam-policy-changes"]);
    account.topics.push(Topic { policy: Some(r#"{"Statement":[]}"#.into()), ..topic(mine) });
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), ["topic-policy/mine", "subscription/mine/sms-1", "alarm/cis-audit-iam-policy-changes"]);
    account.topics.pop();
    account.topics.push(Topic { kms_key_id: Some("alias/aws/sns".into()), ..topic(mine) });
    let plan = lawful_for(account, &options, Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"not planned: topic.managed_key [3.4] topic mine is encrypted with alias/aws/sns, which CloudWatch may not use, which --topic names");
    // Of another account's the owner has to tell.
    let central = "arn:aws:sns:ap-northeast-1:999999999999:central";
    let options = Options { topic: Some(central.into()), ..by_telephone() };
    let mut account = without_alarm("IamPolicyChanges");
    account.topics.push(Topic { exists: None, policy: None, subscriptions: None, ..topic(central) });
    insta::assert_snapshot!(rendered(&lawful_for(account, &options, Verdict::Cis)), @"
    alarm/cis-audit-iam-policy-changes [3.4]
    by hand: topic.unread [3.4] topic central could not be looked at; allow sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on the topic (its owner's policy, if it is another account's)
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

#[test]
fn queues_and_functions_let_the_topic_deliver() {
    let options = Options { subscribe: to(&[QUEUE, FUNCTION, CENTRAL]), ..Options::default() };
    let mut account = seed();
    account.topics[0].subscriptions = Some(vec![]);
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    queue-policy/alerts/notice [3.1..3.14 (14)]
    function-permission/alerts/notice [3.1..3.14 (14)]
    subscription/notice/lambda-2 [3.1..3.14 (14)] after function-permission
    subscription/notice/sqs-1 [3.1..3.14 (14)] after queue-policy
    subscription/notice/sqs-3 [3.1..3.14 (14)]
    by hand: subscription.none [3.1..3.14 (14)] see that the policy of arn:aws:sqs:ap-northeast-1:999999999999:central allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-NACL-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-NetworkGateway-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-RouteTable-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-S3BucketPolicy-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-Unauthorized-API-Calls
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-Vpc-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-AuthenticationFailures-Detected
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-CloudTrailConfiguration-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-ConfigConfiguration-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-CustomerCreatedCMKs-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-For-RootAcount
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-IamPolicy-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-Login-Without-MFA
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-SecurityGroup-Changes
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-AuthenticationFailuresDetected
    uses metric filter seed-CloudTrailConfigurationChanges
    uses metric filter seed-ConfigConfigurationChanges
    uses metric filter seed-CustomerCreatedCMKsChanges
    uses metric filter seed-ForRootAcount
    uses metric filter seed-IamPolicyChanges
    uses metric filter seed-LoginWithoutMFA
    uses metric filter seed-NACLChanges
    uses metric filter seed-NetworkGatewayChanges
    uses metric filter seed-RouteTableChanges
    uses metric filter seed-S3BucketPolicyChanges
    uses metric filter seed-SecurityGroupChanges
    uses metric filter seed-UnauthorizedAPICalls
    uses metric filter seed-VpcChanges
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
    let then = after(&answered(account.clone(), &options), &plan);
    for endpoint in [QUEUE, FUNCTION] {
        assert_eq!(super::super::simulate::lets_deliver(&then, NOTICE, endpoint), Some(true));
    }
    // Whose policy was not read, and what does not exist.
    account.endpoints.push(EndpointPolicy { arn: QUEUE.into(), exists: Some(true), policy: None });
    account.endpoints.push(EndpointPolicy { arn: FUNCTION.into(), exists: Some(false), policy: None });
    let options = Options { subscribe: to(&[QUEUE, FUNCTION]), ..Options::default() };
    insta::assert_snapshot!(rendered(&lawful_for(account, &options, Verdict::Cis)), @"
    subscription/notice/sqs-1 [3.1..3.14 (14)]
    by hand: subscription.none [3.1..3.14 (14)] create arn:aws:lambda:ap-northeast-1:111122223333:function:alerts before it can be subscribed
    by hand: subscription.none [3.1..3.14 (14)] see that the policy of arn:aws:sqs:ap-northeast-1:111122223333:alerts allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-NACL-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-NetworkGateway-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-RouteTable-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-S3BucketPolicy-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-Unauthorized-API-Calls
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Notice-seed-CloudTrail-Vpc-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-AuthenticationFailures-Detected
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-CloudTrailConfiguration-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-ConfigConfiguration-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-CustomerCreatedCMKs-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-For-RootAcount
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-IamPolicy-Changes
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-Login-Without-MFA
    uses alarm arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Warning-seed-CloudTrail-SecurityGroup-Changes
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-AuthenticationFailuresDetected
    uses metric filter seed-CloudTrailConfigurationChanges
    uses metric filter seed-ConfigConfigurationChanges
    uses metric filter seed-CustomerCreatedCMKsChanges
    uses metric filter seed-ForRootAcount
    uses metric filter seed-IamPolicyChanges
    uses metric filter seed-LoginWithoutMFA
    uses metric filter seed-NACLChanges
    uses metric filter seed-NetworkGatewayChanges
    uses metric filter seed-RouteTableChanges
    uses metric filter seed-S3BucketPolicyChanges
    uses metric filter seed-SecurityGroupChanges
    uses metric filter seed-UnauthorizedAPICalls
    uses metric filter seed-VpcChanges
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

/// A text that Security Hub does not take satisfies the benchmark, and fails where Security Hub is asked.
#[test]
fn security_hubs_text_is_added_where_it_decides() {
    let mut account = seed();
    let filter = group(&mut account).iter_mut().find(|filter| filter.transformations[0].name == "IamPolicyChanges");
    filter.expect("the filter").pattern = "{ $.eventSource = iam.amazonaws.com }".into();
    assert_eq!(ids(&lawful_for(account.clone(), &Options::default(), Verdict::Cis)), [""; 0]);
    let plan = lawful_for(account, &Options::default(), Verdict::SecurityHub);
    assert_eq!(ids(&plan), ["metric-filter/cis-audit-iam-policy-changes", "alarm/cis-audit-iam-policy-changes"]);
}

#[test]
fn another_organizations_trail_is_its_owners_to_mend() {
    let broken = |mut account: Snapshot, own: bool| {
        let mut trail = account.trails()[0].clone();
        trail.arn = trail.arn.replace(ACCOUNT, "999999999999");
        trail.is_organization = true;
        trail.log_group_arn = None;
        let first = &mut account.trails.as_mut().expect("trails")[0];
        first.is_multi_region = false;
        let first = first.clone();
        account.trails = Some(if own { vec![first, trail] } else { vec![trail] });
        account
    };
    let options = Options { allow_update: true, ..Options::default() };
    insta::assert_snapshot!(rendered(&lawful_for(broken(seed(), false), &options, Verdict::Cis)), @"by hand: log_group.none [3.1..3.14 (14)] ask the owner of trail DefaultSecuritySettings, account 999999999999: give the trail a log group and a role: aws cloudtrail update-trail --cloud-watch-logs-log-group-arn … --cloud-watch-logs-role-arn …");
    assert_eq!(ids(&lawful_for(broken(seed(), true), &options, Verdict::Cis)), ["trail/DefaultSecuritySettings"]);
}

#[test]
fn what_was_created_is_recognised_once_people_have_confirmed() {
    let options = Options { subscribe: to(&["email:security@example.com"]), ..Options::default() };
    let account = answered(empty(), &options);
    let plan = planned(&account, &options);
    let report = judge(&confirmed(after(&account, &plan)));
    assert_eq!(report.summary().pass, 14);
    assert!(planned_for(&confirmed(after(&account, &plan)), &options, Verdict::Effective).is_empty());
}
