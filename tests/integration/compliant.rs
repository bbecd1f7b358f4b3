//! Accounts that comply though they look different from the article: every rule must pass.

use crate::scenario::{EVERYWHERE, NOT_MINISTACK, NOT_MOTO, check};
use crate::support::account::{
    Account, AlarmMetric, CompositeAlarm, LogGroup, MetricFilter, MetricQuery, Subscription, SubscriptionState, Topic,
};
use crate::support::report::all_pass;
use crate::support::seed::{REGION, RULES};
use crate::support::stage::{Endpoint, Stage, fresh_id};

#[test]
fn a_trail_at_home_in_another_region_with_its_chain_there() {
    for &endpoint in EVERYWHERE {
        let account = Account::seed_in(&fresh_id(), "eu-central-1");
        let id = account.id.clone();
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let (run, report) = stage.cli().report();
        report.assert(&all_pass(), &format!("on {endpoint:?}\n{}", run.stderr));
        assert_eq!(run.code, Some(0), "{run:#?}");
        let trail = &report.finding("3.1").chain["trail"];
        assert_eq!(trail["home_region"], "eu-central-1");
        assert_eq!(trail["arn"], format!("arn:aws:cloudtrail:eu-central-1:{id}:trail/DefaultSecuritySettings"));
        assert_eq!(report.finding("3.1").account_id, id);
    }
}

#[test]
fn china_and_govcloud() {
    for region in ["cn-north-1", "us-gov-west-1"] {
        let stage = Stage::fake(Account::seed_in(&fresh_id(), region));
        let (run, report) = stage.cli().env("AWS_REGION", region).report();
        report.assert(&all_pass(), &format!("{region}: {}", run.stderr));
        assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
        assert!(stage.traffic().calls().iter().all(|call| call.region == region), "asked outside {region}");
    }
}

/// The same filters as a careful colleague might have written them.
const REWRITTEN: [(&str, &str); 14] = [
    ("3.1", "{ ($.errorCode = \"AccessDenied*\") || ($.errorCode = \"*UnauthorizedOperation\") }"),
    ("3.2", "{ ($.additionalEventData.MFAUsed != Yes) && ($.eventName = ConsoleLogin) }"),
    (
        "3.3",
        "{ ($.eventType != AwsServiceEvent) && (($.userIdentity.type = Root) && ($.userIdentity.invokedBy NOT EXISTS)) }",
    ),
    (
        "3.4",
        "{ ($.eventName = \"*RolePolicy\") || ($.eventName = \"*UserPolicy\") || ($.eventName = \"*GroupPolicy\") || ($.eventName = \"DeletePolicy\") || ($.eventName = \"CreatePolicy\") || ($.eventName = \"*PolicyVersion\") }",
    ),
    (
        "3.5",
        "{($.eventName=\"StopLogging\")||($.eventName=\"StartLogging\")||($.eventName=\"DeleteTrail\")||($.eventName=\"UpdateTrail\")||($.eventName=\"CreateTrail\")}",
    ),
    ("3.6", "{ ($.errorMessage = \"Failed authentication\") && ($.eventName = \"ConsoleLogin\") }"),
    (
        "3.7",
        "{ (($.eventName = \"ScheduleKeyDeletion\") || ($.eventName = \"DisableKey\")) && ($.eventSource = \"kms.amazonaws.com\") }",
    ),
    (
        "3.8",
        "{ (($.eventName = DeleteBucketReplication) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketCors) || ($.eventName = DeleteBucketPolicy) || ($.eventName = PutBucketReplication) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketAcl)) && ($.eventSource = \"s3.amazonaws.com\") }",
    ),
    (
        "3.9",
        "{ ($.eventSource = \"config.amazonaws.com\" && $.eventName = \"StopConfigurationRecorder\") || ($.eventSource = \"config.amazonaws.com\" && $.eventName = \"DeleteDeliveryChannel\") || ($.eventSource = \"config.amazonaws.com\" && $.eventName = \"PutDeliveryChannel\") || ($.eventSource = \"config.amazonaws.com\" && $.eventName = \"PutConfigurationRecorder\") }",
    ),
    ("3.10", "{ $.eventSource = ec2.amazonaws.com && $.eventName = \"*SecurityGroup*\" }"),
    ("3.11", "{ ($.eventSource = ec2.amazonaws.com) && ($.eventName = *NetworkAcl*) }"),
    (
        "3.12",
        "{\n  ($.eventName = DetachInternetGateway) ||\n  ($.eventName = DeleteInternetGateway) ||\n  ($.eventName = CreateInternetGateway) ||\n  ($.eventName = AttachInternetGateway) ||\n  ($.eventName = DeleteCustomerGateway) ||\n  ($.eventName = CreateCustomerGateway)\n}",
    ),
    (
        "3.13",
        "{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable)) }",
    ),
    (
        "3.14",
        "{ (($.eventName = CreateVpc || $.eventName = DeleteVpc) || $.eventName = ModifyVpcAttribute) || ($.eventName = *VpcPeeringConnection) || ($.eventName = *ClassicLink*) }",
    ),
];

#[test]
fn patterns_of_the_same_meaning() {
    let change = |account: &mut Account| {
        for (number, pattern) in REWRITTEN {
            account.filter(number).pattern = pattern.into();
        }
    };
    check(EVERYWHERE, change, &all_pass());
}

/// Puts every alarm's metric into `Metrics[]`, with what `watched` adds to it.
fn through_queries(account: &mut Account, watched: &[MetricQuery]) {
    for alarm in &mut account.region(REGION).alarms {
        let stat = alarm.single().clone();
        let mut queries = vec![MetricQuery::stat("m1", stat, watched.is_empty())];
        queries.extend_from_slice(watched);
        alarm.metric = AlarmMetric::Queries(queries);
    }
}

#[test]
fn alarms_on_a_lone_metric_query() {
    let report = check(NOT_MINISTACK, |account| through_queries(account, &[]), &all_pass());
    assert!(report.finding("3.4").warning_codes().is_empty());
}

#[test]
fn alarms_on_metric_math_that_changes_nothing() {
    check(NOT_MINISTACK, |account| through_queries(account, &[MetricQuery::watched("e1", "m1")]), &all_pass());
}

#[test]
fn alarms_on_metric_math_that_fills_gaps_with_zero() {
    let filled = MetricQuery::watched("e1", "FILL(m1, 0)");
    check(NOT_MINISTACK, |account| through_queries(account, std::slice::from_ref(&filled)), &all_pass());
}

/// The alarms have no action of their own; one composite alarm notifies of any of them.
#[test]
fn a_composite_alarm_above_alarms_without_actions() {
    let change = |account: &mut Account| {
        let region = account.region(REGION);
        let mut actions = Vec::new();
        for alarm in &mut region.alarms {
            actions = std::mem::take(&mut alarm.alarm_actions);
        }
        let children: Vec<String> = RULES.iter().map(|rule| format!("ALARM(\"{}\")", rule.alarm)).collect();
        region.composite_alarms.push(CompositeAlarm {
            name: "any-cis-alarm".into(),
            rule: children.join(" OR "),
            actions_enabled: true,
            alarm_actions: actions,
        });
    };
    check(NOT_MOTO, change, &all_pass());
}

/// Everything else that lives in a busy account, named so that lists begin with it.
pub(crate) fn add_strangers(account: &mut Account, filters: usize, alarms: usize, subscriptions: usize) {
    let region = account.region(REGION);
    for (group, numbers) in (0..filters).collect::<Vec<_>>().chunks(100).enumerate() {
        let stranger = |number: &usize| {
            MetricFilter::new(&format!("0-{number}"), "{ $.level = \"ERROR\" }", "App", &format!("errors-{number}"))
        };
        let strangers = numbers.iter().map(stranger).collect();
        region.log_groups.insert(0, LogGroup::new(&format!("/app/{group}"), strangers));
    }
    let mut template = region.alarms[0].clone();
    template.alarm_actions.clear();
    for number in 0..alarms {
        let mut alarm = template.clone();
        alarm.name = format!("0-{number}");
        alarm.single().namespace = "App".into();
        alarm.single().name = format!("errors-{number}");
        region.alarms.push(alarm);
    }
    for (topic, numbers) in (0..subscriptions).collect::<Vec<_>>().chunks(100).enumerate() {
        let stranger =
            |number: &usize| Subscription::email(&format!("{number}@example.org"), SubscriptionState::Confirmed);
        region.topics.push(Topic::new(&format!("0-{topic}"), numbers.iter().map(stranger).collect()));
    }
}

#[test]
fn hundreds_of_strangers() {
    check(EVERYWHERE, |account| add_strangers(account, 150, 150, 150), &all_pass());
}

/// The group's own filters may be many too: AWS allows 100.
#[test]
fn a_full_log_group() {
    let change = |account: &mut Account| {
        for number in 0..86 {
            let name = format!("0-{number}");
            let stranger = MetricFilter::new(&name, "{ $.level = \"ERROR\" }", "App", &name);
            account.log_group().filters.push(stranger);
        }
    };
    check(EVERYWHERE, change, &all_pass());
}

#[test]
fn the_table_says_so_too() {
    for endpoint in [Endpoint::Ministack, Endpoint::Moto, Endpoint::Fake] {
        let Some(stage) = Stage::new(endpoint, Account::seed(&fresh_id())) else { continue };
        let run = stage.cli().run();
        assert_eq!(run.code, Some(0), "on {endpoint:?}: {run:#?}");
        for rule in RULES {
            let line = run.stdout.lines().find(|line| line.trim_start().starts_with(&format!("{} ", rule.rule)));
            let line = line.unwrap_or_else(|| panic!("no line for {}: {run:#?}", rule.rule));
            assert!(line.to_lowercase().contains("pass"), "{line}");
        }
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "wider than a terminal: {run:#?}");
        assert!(!run.stdout.contains('\x1b'), "colour in a pipe");
    }
}
