//! Which names are given, what is used of what is there, and what the limits of the services refuse.

use super::*;

const QUEUE: &str = "arn:aws:sqs:ap-northeast-1:111122223333:alerts";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:alerts";
const CENTRAL: &str = "arn:aws:sqs:ap-northeast-1:999999999999:central";

fn lawful_for(account: Account, options: &Options, verdict: Verdict) -> Plan {
    lawful(&answered(account, options), &rules(Benchmark::default()), verdict, options)
}

fn without_alarm(metric: &str) -> Account {
    let mut account = seed();
    account.alarms[0].metric_alarms.retain(|alarm| !watches(alarm, metric));
    account
}

fn without_filter(metric: &str) -> Account {
    let mut account = seed();
    group(&mut account).retain(|filter| filter.transformations[0].name != metric);
    account
}

fn watches(alarm: &MetricAlarm, metric: &str) -> bool {
    matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric)
}

fn group(account: &mut Account) -> &mut Vec<MetricFilter> {
    account.log_groups[0].metric_filters.as_mut().expect("filters")
}

fn filters(plan: &Plan) -> Vec<(&str, &str, &str)> {
    let of = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateMetricFilter(filter) => Some((&*filter.name, &*filter.namespace, &*filter.metric)),
        _ => None,
    });
    of.collect()
}

fn notified_topics(plan: &Plan) -> BTreeSet<&str> {
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
        policy: super::super::documents::topic(&arn.into()),
        kms_key_id: None,
        is_fifo: false,
        subscriptions: Some(vec![]),
    }
}

/// Named subscribers are notified by new alarms, also where their topic already notifies others.
#[test]
fn a_named_subscriber_is_notified_by_new_alarms() {
    let options = Options { subscribe: endpoints(&["email:ops@example.com"]), ..Options::default() };
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &options, Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    subscription/notice/email-1 [3.4]
    alarm/cis-audit-iam-policy-changes [3.4]
    by hand: subscription.pending [3.4] open the email to op***@example.com and confirm
    by hand: subscription.not_lasting [3.4] a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
}

/// A FIFO topic with its queue notifies a subscriber, but no person can be subscribed to it.
#[test]
fn a_named_subscriber_is_not_put_on_a_fifo_topic() {
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
        notified_topics(&lawful_for(account.clone(), &options, Verdict::Cis))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(planned(Options::default()), [fifo.as_str()]);
    assert_eq!(planned(by_telephone()), [NOTICE]);
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
            .survey
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
        .survey
        .sites
        .iter_mut()
        .filter(|site| site.kind == SiteKind::Key)
        .for_each(|site| site.state = Some(SiteState::Foreign));
    let plan = lawful(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
    insta::assert_snapshot!(rendered(&plan), @"not planned: trail.none [3.1..3.14 (14)] the names that a trail's bucket and key would have are taken: --name-prefix gives others than those that begin with cis-audit");
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
        let plan = lawful_for(account, options, Verdict::Cis);
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
    assert_eq!(with(SiteState::HalfMade, &by_telephone()), (own("own"), "own".to_owned()));
    assert_eq!(with(SiteState::Ours, &by_telephone()), (None, "own".to_owned()));
    assert_eq!(with(SiteState::Foreign, &by_telephone()), (own("own-2"), "own-2".to_owned()));
    let named = Options { log_group: Some("theirs".into()), ..by_telephone() };
    let theirs = "arn:aws:logs:ap-northeast-1:111122223333:log-group:theirs".to_owned();
    assert_eq!(with(SiteState::Foreign, &named), (None, theirs));
}

/// A trail was created on it all the same: its first metric filter comes with the retention.
#[test]
fn a_half_made_log_group_of_a_trail_is_finished() {
    let mut account = without_filter("IamPolicyChanges");
    account.survey.sites.push(Site { kind: SiteKind::LogGroup, name: GROUP.into(), state: Some(SiteState::HalfMade) });
    let plan = lawful_for(account, &Options::default(), Verdict::Cis);
    assert_eq!(
        ids(&plan),
        [
            "log-group//aws/cloudtrail/DefaultSecuritySettings",
            "metric-filter/cis-audit-iam-policy-changes",
            "alarm/cis-audit-iam-policy-changes"
        ]
    );
}

/// A key that would keep every message from a new topic: no topic is made with it.
#[test]
fn a_key_that_cannot_be_used_makes_no_topic() {
    let options = Options { topic_kms_key: Some("alias/alerts".into()), ..by_telephone() };
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
        let plan = lawful_for(account, &options, Verdict::Cis);
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
    let text = rendered(plan);
    text.lines().filter(|line| line.starts_with("not planned")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_topic_that_is_not_there_is_created_in_this_account_only() {
    let named = |account: &str| Options {
        topic: Some(format!("arn:aws:sns:{REGION}:{account}:chosen").into()),
        ..by_telephone()
    };
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &named(ACCOUNT), Verdict::Cis);
    // The other controls' alarms notify the topic that they have.
    let steps = [
        "topic/chosen",
        "subscription/notice/sms-1",
        "subscription/chosen/sms-1",
        "alarm/cis-audit-iam-policy-changes",
    ];
    assert_eq!(ids(&plan), steps);
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &named("999999999999"), Verdict::Cis);
    insta::assert_snapshot!(refused(&plan), @"not planned: topic.missing [3.4] topic chosen does not exist, which --topic names, and only its account, 999999999999, can create it: name another");
}

/// From a region that is opted into SNS delivers to other regions under another name.
#[test]
fn a_topic_of_an_opt_in_region_is_let_in_by_a_person() {
    let opted = SEED.replace(REGION, "ap-east-1");
    let mut account = Account::parse(&opted);
    account.topics[0].subscriptions = Some(vec![]);
    let queue = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:alerts");
    let options = Options { subscribe: endpoints(&[&queue]), ..Options::default() };
    let plan = lawful_for(account, &options, Verdict::Cis);
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
fn two_subscribers_that_are_not_there_are_each_asked_for_once() {
    let mut account = without_alarm("IamPolicyChanges");
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
    let plan = lawful_for(account, &options, Verdict::Cis);
    let asked: Vec<&str> = plan.manual.iter().map(|manual| manual.what.as_str()).collect();
    let of = |what: &str| asked.iter().filter(|asked| asked.contains(what)).count();
    assert_eq!((of(&format!("create {QUEUE}")), of(&format!("create {FUNCTION}"))), (1, 1), "{asked:?}");
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
    let plan = lawful_for(account, &Options::default(), Verdict::Cis);
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
    let plan = lawful_for(without_alarm("IamPolicyChanges"), &Options::default(), Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    alarm/cis-audit-iam-policy-changes [3.4]
    uses log group arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings
    uses metric filter seed-IamPolicyChanges
    uses subscription email se***@example.com
    uses topic arn:aws:sns:ap-northeast-1:111122223333:notice
    uses trail arn:aws:cloudtrail:ap-northeast-1:111122223333:trail/DefaultSecuritySettings
    ");
    assert_eq!(notified_topics(&plan), BTreeSet::from([NOTICE]));
    // This program's own topic, of an earlier fix.
    let mut account = answered(empty(), &by_telephone());
    account.topics = vec![topic(OWN_TOPIC)];
    let plan = lawful(&account, &rules(Benchmark::default()), Verdict::Cis, &by_telephone());
    assert!(!ids(&plan).contains(&"topic/cis-audit-alerts"));
    assert_eq!(notified_topics(&plan), BTreeSet::from([OWN_TOPIC]));
    // One that cannot be used has another next to it.
    account.topics[0].kms_key_id = Some("alias/aws/sns".into());
    let plan = lawful_for(account, &by_telephone(), Verdict::Cis);
    assert!(ids(&plan).contains(&"topic/cis-audit-alerts-2"));
}

#[test]
fn the_users_topic_is_notified() {
    let mine = "arn:aws:sns:ap-northeast-1:111122223333:mine";
    let options = Options { topic: Some(mine.into()), ..by_telephone() };
    let mut account = without_alarm("IamPolicyChanges");
    account.topics.push(topic(mine));
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(notified_topics(&plan), BTreeSet::from([mine]));
    let both = ["subscription/notice/sms-1", "subscription/mine/sms-1", "alarm/cis-audit-iam-policy-changes"];
    assert_eq!(ids(&plan), both);
    // One that does not exist is created, one whose policy forbids is added to, one that can never be notified is
    // refused.
    account.topics.pop();
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), [&["topic/mine"], &both[..]].concat());
    account.topics.push(Topic { policy: Some(r#"{"Statement":[]}"#.into()), ..topic(mine) });
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    assert_eq!(ids(&plan), [&["topic-policy/mine"], &both[..]].concat());
    account.topics.pop();
    account.topics.push(Topic { kms_key_id: Some("alias/aws/sns".into()), ..topic(mine) });
    let plan = lawful_for(account, &options, Verdict::Cis);
    insta::assert_snapshot!(refused(&plan), @"not planned: topic.managed_key [3.4] topic mine is encrypted with alias/aws/sns, which CloudWatch may not use, which --topic names");
    // Another account's is for its owner to confirm.
    let central = "arn:aws:sns:ap-northeast-1:999999999999:central";
    let options = Options { topic: Some(central.into()), ..by_telephone() };
    let mut account = without_alarm("IamPolicyChanges");
    account.topics.push(Topic { exists: None, policy: None, subscriptions: None, ..topic(central) });
    let text = rendered(&lawful_for(account, &options, Verdict::Cis));
    let done: Vec<&str> = text.lines().filter(|line| !line.starts_with("uses ")).collect();
    insta::assert_snapshot!(done.join("\n"), @"
    subscription/notice/sms-1 [3.1..3.14 (13)]
    alarm/cis-audit-iam-policy-changes [3.4]
    by hand: topic.unread [3.4] topic central could not be read; the saved account does not contain it: save the account again with this version of cis-audit, or audit it live
    ");
}

#[test]
fn queues_and_functions_let_the_topic_deliver() {
    let options = Options { subscribe: endpoints(&[QUEUE, FUNCTION, CENTRAL]), ..Options::default() };
    let mut account = seed();
    account.topics[0].subscriptions = Some(vec![]);
    let plan = lawful_for(account.clone(), &options, Verdict::Cis);
    insta::assert_snapshot!(rendered(&plan), @"
    queue-policy/alerts/notice [3.1..3.14 (14)]
    function-permission/alerts/notice [3.1..3.14 (14)]
    subscription/notice/lambda-2 [3.1..3.14 (14)] after function-permission
    subscription/notice/sqs-1 [3.1..3.14 (14)] after queue-policy
    subscription/notice/sqs-3 [3.1..3.14 (14)]
    by hand: subscription.none [3.1..3.14 (14)] make sure that the policy of arn:aws:sqs:ap-northeast-1:999999999999:central allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
    by hand: subscription.pending [3.1..3.14 (14)] confirm the sqs subscription of arn:aws:sqs:ap-northeast-1:999999999999:central
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
        assert_eq!(simulate::lets_deliver(&then.survey, NOTICE, endpoint), Some(true));
    }
    // Whose policy was not read, and what does not exist.
    account.survey.endpoints.push(EndpointPolicy { arn: QUEUE.into(), exists: Some(true), policy: None });
    account.survey.endpoints.push(EndpointPolicy { arn: FUNCTION.into(), exists: Some(false), policy: None });
    let options = Options { subscribe: endpoints(&[QUEUE, FUNCTION]), ..Options::default() };
    insta::assert_snapshot!(rendered(&lawful_for(account, &options, Verdict::Cis)), @"
    subscription/notice/sqs-1 [3.1..3.14 (14)]
    by hand: subscription.none [3.1..3.14 (14)] create arn:aws:lambda:ap-northeast-1:111122223333:function:alerts before it can be subscribed
    by hand: subscription.none [3.1..3.14 (14)] make sure that the policy of arn:aws:sqs:ap-northeast-1:111122223333:alerts allows sns.amazonaws.com sqs:SendMessage for topic arn:aws:sns:ap-northeast-1:111122223333:notice
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

/// A text that Security Hub CSPM does not take satisfies the benchmark, and fails where Security Hub CSPM is asked.
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
    insta::assert_snapshot!(rendered(&lawful_for(broken(seed(), false), &options, Verdict::Cis)), @"by hand: log_group.none [3.1..3.14 (14)] ask the owner of trail DefaultSecuritySettings, account 999999999999: give the trail a log group and a role: aws cloudtrail update-trail --name DefaultSecuritySettings --cloud-watch-logs-log-group-arn … --cloud-watch-logs-role-arn …");
    assert_eq!(ids(&lawful_for(broken(seed(), true), &options, Verdict::Cis)), ["trail/DefaultSecuritySettings"]);
}

#[test]
fn what_was_created_is_recognised_once_people_have_confirmed() {
    let options = Options { subscribe: endpoints(&["email:security@example.com"]), ..Options::default() };
    let account = answered(empty(), &options);
    let plan = planned(&account, &options);
    let report = judge(&confirmed(after(&account, &plan)));
    assert_eq!(report.summary().pass, 14);
    assert!(planned_for(&confirmed(after(&account, &plan)), &options, Verdict::Effective).is_empty());
}

/// A person is to know of both, and which of them notifies no one.
#[test]
fn a_new_filter_next_to_an_empty_one_is_reported() {
    let mut account = seed();
    let filter = group(&mut account)
        .iter_mut()
        .find(|filter| filter.transformations[0].name == "CloudTrailConfigurationChanges")
        .expect("the filter");
    filter.pattern = "{ $.eventName = CreateTrail && $.eventName = DeleteTrail }".into();
    let plan = lawful_for(account, &by_telephone(), Verdict::Cis);
    assert_eq!(filters(&plan).len(), 1, "{}", rendered(&plan));
    let said: Vec<(&str, &str, &[String])> =
        plan.manual.iter().map(|task| (task.code.as_str(), task.what.as_str(), task.rules.as_slice())).collect();
    assert_eq!(
        said,
        [(
            "metric_filter.matches_none",
            "metric filter seed-CloudTrailConfigurationChanges looks meant for such events and matches none of them: && asks $.eventName to be several values at once, where || is meant; it stays as it is beside a new one: correct or delete it",
            ["3.5".to_owned()].as_slice()
        )]
    );
}

#[test]
fn a_new_alarm_next_to_one_on_another_metric_is_reported() {
    let mut account = seed();
    let alarm = account.alarms[0].metric_alarms.iter_mut();
    let alarm = alarm.into_iter().find(|alarm| watches(alarm, "CloudTrailConfigurationChanges")).expect("the alarm");
    let Watched::Metric(stat) = &mut alarm.watches else { panic!("it watches a metric") };
    stat.name = "cloudtrailConfigurationChanges".into();
    let plan = lawful_for(account, &by_telephone(), Verdict::Cis);
    let said: Vec<&str> = plan.manual.iter().map(|task| task.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "alarm Warning-seed-CloudTrail-CloudTrailConfiguration-Changes watches metric LogMetrics/cloudtrailConfigurationChanges, which differs only in letter case from what the metric filter publishes: LogMetrics/CloudTrailConfigurationChanges; it stays as it is beside a new one: correct or delete it"
        ],
        "{}",
        rendered(&plan)
    );
}

/// A filter that was written with an exception misses events once that is over: what it misses is added on its metric, so that
/// the alarm that is there notifies of both, and of each event once.
#[test]
fn what_an_own_filter_misses_is_added_beside_it() {
    let options = by_telephone();
    let narrowed = |name: &'static str, more: &str| {
        let mut account = seed();
        let pattern = format!(
            "{{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && {more} }}"
        );
        let filter = account.log_groups[0].metric_filters.iter_mut().flatten();
        let filter = filter.into_iter().find(|filter| filter.name == "seed-CustomerCreatedCMKsChanges").expect("it");
        (filter.name, filter.pattern) = (name.to_owned(), pattern);
        plan(&answered(account.clone(), &options), &rules(Benchmark::default()), Verdict::Cis, &options)
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
