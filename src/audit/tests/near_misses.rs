//! Where a control has nothing at a link: what was probably meant, by its names. It changes no verdict.

use super::*;
use crate::snapshot::{MonitoringLink, RegionLinks, TrailStatus};

/// What is wording to be nearly it.
fn near(report: &Report, rule: &str) -> Vec<(&'static str, String)> {
    let finding = finding_for(report, rule);
    assert_eq!(finding.verdicts.cis.status, Status::Fail, "{finding:?}");
    let all = finding.warnings.iter().filter_map(|warning| Some((warning.near_miss()?.kind(), warning.message())));
    all.filter(|(kind, _)| *kind != "monitoring_account").collect()
}

/// The one thing that is.
#[track_caller]
fn only_near(report: &Report, rule: &str, kind: &str, wording: &str) {
    assert_eq!(
        near(report, rule).iter().map(|(kind, wording)| (*kind, wording.as_str())).collect::<Vec<_>>(),
        [(kind, wording)]
    );
}

fn group_arn(region: &str, name: &str) -> crate::arn::LogGroupArn {
    format!("arn:aws:logs:{region}:111122223333:log-group:{name}").into()
}

/// The account's filters are on another log group than its trail delivers to.
fn moved(account: &mut Snapshot, region: &str, name: &str) {
    let meant = account.log_groups[0].metric_filters.replace(vec![]);
    account.log_groups[0].class = Some("STANDARD".into());
    account.log_groups.push(LogGroup {
        arn: group_arn(region, name),
        exists: Some(true),
        class: Some("STANDARD".into()),
        metric_filters: meant,
    });
}

#[test]
fn filters_on_an_unused_log_group_are_near_misses() {
    let report = judge_with(|account| moved(account, REGION, "old"));
    assert_controls(&report, &CONTROLS, Status::Fail, Code::MetricFilterNone);
    only_near(
        &report,
        "3.5",
        "other_log_group",
        "log group old has metric filter seed-CloudTrailConfigurationChanges for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings",
    );
    let finding = finding_for(&report, "3.5");
    let near: Vec<(Code, Option<&str>, Grade)> =
        finding.warnings.iter().map(|it| (it.code(), it.resource(), it.grade())).collect();
    assert_eq!(near, [(Code::MetricFilterElsewhere, Some("seed-CloudTrailConfigurationChanges"), Grade::Note)]);
}

#[test]
fn filters_of_another_region_are_named_with_it() {
    let report = judge_with(|account| moved(account, "eu-west-1", "old"));
    only_near(
        &report,
        "3.5",
        "other_log_group",
        "log group old in eu-west-1 has metric filter seed-CloudTrailConfigurationChanges for such events, but no trail delivers there: trail DefaultSecuritySettings delivers to log group /aws/cloudtrail/DefaultSecuritySettings",
    );
}

/// A second trail next to the one that does all it should, which delivers to a group of its own.
fn second(account: &mut Snapshot, change: impl FnOnce(&mut Trail)) {
    moved(account, REGION, "old");
    let mut other = trail(account).clone();
    other.name = "other".into();
    other.arn = format!("arn:aws:cloudtrail:{REGION}:111122223333:trail/other").into();
    other.log_group_arn = Some(group_arn(REGION, "old"));
    change(&mut other);
    account.trails.as_mut().expect("trails").push(other);
}

#[test]
fn filters_behind_a_broken_trail_are_near_misses() {
    let report = judge_with(|account| {
        second(account, |trail| trail.status = Some(TrailStatus { is_logging: false, ..TrailStatus::default() }));
    });
    only_near(
        &report,
        "3.5",
        "other_log_group",
        "log group old has metric filter seed-CloudTrailConfigurationChanges for such events, but trail other is stopped: it records nothing",
    );
    let report = judge_with(|account| second(account, |trail| trail.is_multi_region = false));
    only_near(
        &report,
        "3.5",
        "other_log_group",
        "log group old has metric filter seed-CloudTrailConfigurationChanges for such events, but trail other records events of ap-northeast-1 only",
    );
}

#[test]
fn filters_without_a_trail_are_near_misses() {
    let wording = "log group /aws/cloudtrail/DefaultSecuritySettings in ap-northeast-1 has metric filter seed-CloudTrailConfigurationChanges for such events, but no trail delivers there";
    let report = judge_with(|account| account.trails = Some(vec![]));
    assert_controls(&report, &CONTROLS, Status::Fail, Code::TrailNone);
    only_near(&report, "3.5", "other_log_group", wording);
    let report = judge_with(|account| trail(account).log_group_arn = None);
    assert_controls(&report, &CONTROLS, Status::Fail, Code::LogGroupNone);
    only_near(&report, "3.5", "other_log_group", wording);
}

#[test]
fn filters_for_something_else_are_not_named() {
    let report = judge_with(|account| {
        moved(account, REGION, "old");
        let filters = account.log_groups[1].metric_filters.as_mut().expect("filters");
        filters.retain(|filter| filter.transformations[0].name != metric_of("3.5"));
    });
    assert_eq!(near(&report, "3.5"), []);
}

/// The alarm of control 3.5 watches another metric.
fn watching(namespace: Option<&'static str>, name: &'static str) -> Report {
    judge_with(move |account| {
        let stat = stat(alarm(account, "3.5"));
        stat.name = name.into();
        if let Some(namespace) = namespace {
            stat.namespace = namespace.into();
        }
    })
}

#[test]
fn an_alarm_on_the_name_of_the_filter_is_named() {
    let report = watching(None, "seed-CloudTrailConfigurationChanges");
    assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
    only_near(
        &report,
        "3.5",
        "filter_name",
        "alarm Warning-seed-CloudTrail-CloudTrailConfiguration-Changes watches metric LogMetrics/seed-CloudTrailConfigurationChanges, the name of the metric filter, which publishes LogMetrics/CloudTrailConfigurationChanges",
    );
}

#[test]
fn an_alarm_on_nearly_the_metrics_name_is_named_with_both_names() {
    for (namespace, name, kind, wording) in [
        (
            None,
            "cloudTrailConfigurationChanges",
            "letter_case",
            "LogMetrics/cloudTrailConfigurationChanges, which differs only in letter case from what the metric filter publishes: LogMetrics/CloudTrailConfigurationChanges",
        ),
        (
            None,
            "x1-CloudTrailConfigurationChanges",
            "affix",
            "LogMetrics/x1-CloudTrailConfigurationChanges, which differs only at one end from what the metric filter publishes: LogMetrics/CloudTrailConfigurationChanges",
        ),
        (
            Some("Logmetrics"),
            "CloudTrialConfigurationChanges",
            "spelling",
            "Logmetrics/CloudTrialConfigurationChanges, which is spelled almost like what the metric filter publishes: LogMetrics/CloudTrailConfigurationChanges",
        ),
    ] {
        let report = watching(namespace, name);
        assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
        let wording = format!("alarm Warning-seed-CloudTrail-CloudTrailConfiguration-Changes watches metric {wording}");
        only_near(&report, "3.5", kind, &wording);
    }
}

#[test]
fn an_alarm_on_what_another_filter_publishes_was_meant_for_that() {
    let report = judge_with(|account| {
        let mut other = filter(account, "3.5").clone();
        other.name = "other".into();
        other.pattern = "{ $.eventName = RunInstances }".into();
        other.transformations[0].name = "CloudTrailConfigurationChange".into();
        filters(account).push(other);
        stat(alarm(account, "3.5")).name = "CloudTrailConfigurationChange".into();
    });
    assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
    assert_eq!(near(&report, "3.5"), []);
}

#[test]
fn a_missing_alarm_mentions_monitoring_accounts() {
    let report = judge(seed().without_alarm("3.5"));
    assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
    let wording: Vec<(Code, String)> =
        finding_for(&report, "3.5").warnings.iter().map(|warning| (warning.code(), warning.message())).collect();
    assert_eq!(
        wording,
        [(
            Code::AlarmMonitoringAccount,
            "an alarm may be in a monitoring account (CloudWatch cross-account observability), which cannot be seen from here".to_owned()
        )]
    );
}

/// An account that shares its metrics says with whom, and one that does not has no such alarm.
#[test]
fn monitoring_accounts_that_get_the_metric_are_named() {
    let linked = |region: &'static str, sinks: &'static [(&'static str, &'static str)]| {
        let report = judge(seed().without_alarm("3.5").with(|account| {
            let link = |(account, kind): &(&str, &str)| MonitoringLink {
                arn: format!("arn:aws:oam:{region}:111122223333:link/{account}"),
                sink_arn: format!("arn:aws:oam:{region}:{account}:sink/1"),
                resource_types: vec![(*kind).to_owned()],
            };
            let links = sinks.iter().map(link).collect();
            account.monitoring_links = vec![RegionLinks { region: region.to_owned(), links }];
        }));
        assert_controls(&report, &["3.5"], Status::Fail, Code::AlarmNone);
        finding_for(&report, "3.5").warnings.iter().map(|warning| warning.message()).collect::<Vec<_>>()
    };
    const METRICS: &str = "AWS::CloudWatch::Metric";
    assert_eq!(
        linked(REGION, &[("444455556666", METRICS), ("999988887777", "AWS::Logs::LogGroup")]),
        [
            "the metrics are shared with monitoring account 444455556666 (CloudWatch cross-account observability), whose alarms cannot be seen from here"
        ]
    );
    assert_eq!(
        linked(REGION, &[("777788889999", METRICS), ("444455556666", METRICS)]),
        [
            "the metrics are shared with monitoring accounts 444455556666, 777788889999 (CloudWatch cross-account observability), whose alarms cannot be seen from here"
        ]
    );
    assert_eq!(linked(REGION, &[("999988887777", "AWS::Logs::LogGroup")]), Vec::<String>::new());
    assert_eq!(linked(REGION, &[]), Vec::<String>::new());
    // Another region says nothing of this one.
    assert_eq!(
        linked("eu-west-1", &[]),
        [
            "an alarm may be in a monitoring account (CloudWatch cross-account observability), which cannot be seen from here"
        ]
    );
}

/// Alarms that were not read may be the ones.
#[test]
fn what_is_not_known_has_no_near_misses() {
    let report = judge_with(|account| {
        stat(alarm(account, "3.5")).name = "cloudTrailConfigurationChanges".into();
        account.alarms[0].complete = false;
    });
    let finding = finding_for(&report, "3.5");
    assert_eq!((finding.status, finding.warnings.as_slice()), (Status::Unknown, [].as_slice()));
}

#[test]
fn a_filter_with_a_slip_is_named_with_what_is_wrong() {
    for (rule, pattern, wording) in [
        (
            "3.5",
            "{ $.eventName = CreateTrail && $.eventName = UpdateTrail && $.eventName = DeleteTrail }",
            "&& asks $.eventName to be several values at once, where || is meant",
        ),
        (
            "3.5",
            "{ $.eventName = createTrail || $.eventName = updateTrail }",
            r#"$.eventName "createTrail" differs in letter case from "CreateTrail"; $.eventName "updateTrail" differs in letter case from "UpdateTrail""#,
        ),
        (
            "3.5",
            "{ $.eventSource = cloudtrial.amazonaws.com && ($.eventName = CreateTrail || $.eventName = UpdateTrail) }",
            r#"$.eventSource "cloudtrial.amazonaws.com" differs in spelling from "cloudtrail.amazonaws.com""#,
        ),
        (
            "3.5",
            "{ $.eventname = CreateTrail || $.eventname = UpdateTrail }",
            "$.eventname differs in letter case from $.eventName",
        ),
        (
            "3.6",
            r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failedauthentication") }"#,
            r#"$.errorMessage "Failedauthentication" differs in blanks from "Failed authentication""#,
        ),
        (
            "3.3",
            r#"{ $.userIdentity.type = "root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
            r#"$.userIdentity.type "root" differs in letter case from "Root""#,
        ),
        (
            "3.3",
            r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType = "AwsServiceEvent" }"#,
            r#"$.eventType = "AwsServiceEvent" is the opposite of $.eventType != "AwsServiceEvent""#,
        ),
        (
            "3.4",
            "{ $.eventSource = iam.amazon.com && ($.eventName = PutUserPolicy && $.eventName = DeletePolicy) }",
            r#"$.eventSource "iam.amazon.com" differs in spelling from "iam.amazonaws.com"; && asks $.eventName to be several values at once, where || is meant"#,
        ),
    ] {
        let report = judge(seed().pattern(rule, pattern));
        let reason = finding_for(&report, rule).reason.as_ref().expect("a reason");
        // A filter of another control matches some of what this one demands.
        let is_met = rule == "3.6";
        let code = if is_met { Code::MetricFilterMissesEvents } else { Code::MetricFilterNone };
        assert_eq!(reason.code(), code, "{pattern}: {}", reason.message());
        let metric = metric_of(rule);
        let wording =
            format!("metric filter seed-{metric} looks meant for such events and matches none of them: {wording}");
        only_near(&report, rule, "matches_none", &wording);
    }
}

#[test]
fn a_filter_for_something_else_has_no_slip() {
    for (rule, pattern) in [
        ("3.5", "{ $.eventName = DescribeTrails || $.eventName = GetTrailStatus }"),
        ("3.7", "{ $.eventSource = iam.amazonaws.com && $.eventName = CreateUser }"),
        ("3.4", "{ $.eventName = GetUserPolicy }"),
        ("3.4", "ERROR"),
    ] {
        let report = judge(seed().pattern(rule, pattern));
        assert_eq!(near(&report, rule), [], "{pattern}");
    }
}

#[test]
fn a_text_pattern_of_such_events_is_named_as_one() {
    let report = judge_with(|account| {
        filter(account, "3.5").pattern = "?CreateTrail ?UpdateTrail ?DeleteTrail".into();
    });
    let finding = finding_for(&report, "3.5");
    assert_eq!(finding.reason.as_ref().map(Reason::code), Some(Code::MetricFilterNone));
    only_near(
        &report,
        "3.5",
        "text_pattern",
        "metric filter seed-CloudTrailConfigurationChanges looks for text (CreateTrail, UpdateTrail, DeleteTrail) anywhere in an event, not for a field's value: it misses such events that do not have the text, and matches others that have",
    );
    assert!(
        finding.remediation().starts_with(
            "Write the pattern of metric filter seed-CloudTrailConfigurationChanges as one of fields: the control's own pattern is one. The pattern: { "
        ),
        "{}",
        finding.remediation()
    );
}

/// What is nearly right is put right, rather than a second one made.
#[test]
fn the_remedy_is_that_of_the_near_miss() {
    let report = judge_with(|account| moved(account, REGION, "old"));
    let wording = finding_for(&report, "3.5").remediation();
    let wanted = "Let the trail deliver to log group old, or create its metric filters on the log group that the trail delivers to. The pattern: {";
    assert!(wording.starts_with(wanted), "{wording}");
    assert_eq!(
        finding_for(&watching(None, "cloudTrailConfigurationChanges"), "3.5").remediation(),
        "Point alarm Warning-seed-CloudTrail-CloudTrailConfiguration-Changes at the metric that the metric filter publishes, LogMetrics/CloudTrailConfigurationChanges; names and namespaces are compared exactly."
    );
    let slip = judge_with(|account| {
        filter(account, "3.5").pattern = "{ $.eventName = createTrail || $.eventName = updateTrail }".into();
    });
    let wording = finding_for(&slip, "3.5").remediation();
    let wanted = "Correct the pattern of metric filter seed-CloudTrailConfigurationChanges, or replace it with the control's own. The pattern: {";
    assert!(wording.starts_with(wanted), "{wording}");
    // A trail that is not there is made all the same.
    let report = judge_with(|account| account.trails = Some(vec![]));
    let wording = finding_for(&report, "3.5").remediation();
    assert!(wording.starts_with("Create a multi-region trail"), "{wording}");
}
