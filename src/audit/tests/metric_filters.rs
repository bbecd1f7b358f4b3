//! The metric filter: texts that match what a control requires and texts that do not, and several filters together.

use super::*;
use Status::{Fail, Unknown};

#[test]
fn a_missing_filter_fails_with_an_example_event() {
    let report = judge(seed().without_filter("3.14"));
    let event = finding_for(&report, "3.14").witness.as_ref().expect("an example event").to_json_line();
    assert!(event.contains("ec2.amazonaws.com"), "{event}");
}

#[test]
fn narrowed_contradictory_and_misspelt_patterns_miss_events() {
    for pattern in [
        r#"{ (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) && ($.userIdentity.userName = "bob") }"#,
        "{ ($.eventName = CreateTrail) && ($.eventName = UpdateTrail) && ($.eventName = DeleteTrail) && ($.eventName = StartLogging) && ($.eventName = StopLogging) }",
        "{ ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) }",
        "{ ($.eventName = createtrail) || ($.eventName = updatetrail) || ($.eventName = deletetrail) || ($.eventName = startlogging) || ($.eventName = stoplogging) || ($.eventName = StopLogging) }",
        "{ (($.eventName = *Trail) || ($.eventName = *Logging)) && ($.readOnly IS TRUE) }",
        "{ (($.eventName = *Trail) || ($.eventName = *Logging)) && ($.errorCode NOT EXISTS) }",
    ] {
        let report = judge(seed().pattern("3.5", pattern));
        let finding = finding_for(&report, "3.5");
        let code = finding.reason.as_ref().map(Reason::code);
        // A pattern that matches no such event at all is no filter for the control.
        let codes = [Some(Code::MetricFilterMissesEvents), Some(Code::MetricFilterNone)];
        assert!(finding.status == Fail && codes.contains(&code), "{pattern}: {code:?}");
        assert!(finding.witness.is_some(), "{pattern}");
        assert_eq!(report.summary().pass, 13, "{pattern}");
    }
}

#[test]
fn other_texts_of_the_same_meaning_pass() {
    for pattern in [
        "{ ($.eventName = StopLogging) || ($.eventName = StartLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = CreateTrail) }",
        r#"{$.eventName="CreateTrail"||$.eventName="UpdateTrail"||$.eventName="DeleteTrail"||$.eventName="StartLogging"||$.eventName="StopLogging"}"#,
        "{ ($.eventName = *Trail) || ($.eventName = *Logging) }",
        "{ ($.eventSource = cloudtrail.amazonaws.com) }",
        "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) || ($.eventName = PutEventSelectors)) }",
        "{ ($.eventName = CreateTrail) ||\n ($.eventName = UpdateTrail) ||\n ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }",
    ] {
        assert_all_pass(&judge(seed().pattern("3.5", pattern)));
    }
}

/// Two filters for 3.7, each of one of its two events; the second publishes a metric of this name.
fn two_halves(second_metric: &'static str) -> AccountBuilder {
    let account = seed().pattern("3.7", "{ $.eventName = DisableKey }");
    account.with_second_filter("3.7", "second", |filter| {
        filter.pattern = "{ $.eventName = ScheduleKeyDeletion }".into();
        filter.transformations[0].name = second_metric.into();
    })
}

#[test]
fn two_filters_cover_a_control_together() {
    let report = judge(two_halves(metric_of("3.7")));
    assert_all_pass(&report);
    assert_eq!(finding_for(&report, "3.7").chain.metric_filters().count(), 2);
}

#[test]
fn of_two_filters_that_cover_together_each_needs_a_chain() {
    assert_controls(&judge(two_halves("Unwatched")), &["3.7"], Fail, Code::AlarmNone);
}

#[test]
fn a_pattern_of_routine_events_fails_or_is_weak() {
    for pattern in ["", "{ $.eventName = * }", "{ $.recipientAccountId = 111122223333 }"] {
        let report = judge(seed().pattern("3.14", pattern));
        assert_controls(&report, &["3.14"], Fail, Code::MetricFilterMatchesEverything);
    }
    for pattern in ["{ $.eventType = AwsApiCall }", "{ $.eventSource = ec2* }"] {
        let report = judge(seed().pattern("3.14", pattern));
        assert_warning(&report, "3.14", Code::MetricFilterMatchesRoutine);
    }
}

/// No such pattern can be in AWS: it is not even read.
#[test]
fn a_pattern_longer_than_aws_takes_is_undecided() {
    let with_length = |length: usize| {
        judge(seed().filter("3.4", |filter| {
            let blanks = " ".repeat(length - filter.pattern.chars().count());
            filter.pattern.push_str(&blanks);
        }))
    };
    assert_eq!(verdicts(&with_length(1_024), "3.4").cis, Status::Pass);
    let report = with_length(1_025);
    assert_controls(&report, &["3.4"], Unknown, Code::MetricFilterUndecided);
    let message = message(&report, "3.4");
    assert!(message.contains("longer than the 1024 characters that CloudWatch Logs accepts"), "{message}");
}

/// Both filters match some sign-ins without MFA; each is sound for, or named for, one of the two controls.
#[test]
fn a_finding_names_the_filter_that_is_named_for_its_control() {
    let account = || {
        let without_roles = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.arn != "*assumed-role*") }"#;
        seed().filter("3.2", |filter| filter.pattern = without_roles.into())
    };
    let named = |first: &'static str, second: &'static str| {
        let account = account().filter("3.2", |filter| filter.name = first.into());
        let report = judge(account.filter("3.6", |filter| {
            filter.name = second.into();
            filter.pattern = r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#.into();
        }));
        let finding = finding_for(&report, "3.2");
        assert_eq!(finding.reason.as_ref().map(Reason::code), Some(Code::MetricFilterMissesEvents));
        finding.chain.metric_filters().map(|filter| filter.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named("NoMFAConsoleSignin", "ConsoleSigninFailures"), ["NoMFAConsoleSignin"]);
    assert_eq!(named("sign-ins", "ConsoleSigninFailures"), ["sign-ins"]);
}

#[test]
fn the_example_event_has_the_fields_that_real_events_have() {
    let without_roles = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.arn != "*assumed-role*") }"#;
    let report = judge(seed().pattern("3.2", without_roles));
    let event = finding_for(&report, "3.2").witness.as_ref().expect("an example event").to_json_line();
    assert!(event.contains(":assumed-role/"), "{event}");
}
