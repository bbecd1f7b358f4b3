//! Mute rules: what holds an alarm's actions back, and that what could not be read of them is not taken for none.

use serde_json::json;

use crate::scenario::{FAKE, check};
use crate::support::account::{Account, MuteRule};
use crate::support::call::Protocol;
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::{RULES, Report, all_pass, fails, unknown};
use crate::support::run::Run;
use crate::support::seed::REGION;
use crate::support::stage::{Stage, fresh_id};
use crate::support::wire::{ServiceError, cbor_of, cbor_response};

const LIST: &str = "cloudwatch:ListAlarmMuteRules";
const GET: &str = "cloudwatch:GetAlarmMuteRule";

fn rule(name: &str, alarm: &str, schedule: &str, duration: &str) -> MuteRule {
    MuteRule { name: name.into(), alarms: vec![alarm.into()], schedule: schedule.into(), duration: duration.into() }
}

/// Silences the alarm of 3.4.
fn mute(account: &mut Account, schedule: &str, duration: &str) {
    let rule = rule("maintenance", &account.alarm("3.4").name.clone(), schedule, duration);
    account.region(REGION).mute_rules.push(rule);
}

/// Every rule passes by the benchmark, and these are what `effective` says of 3.4 and of 3.5, and why.
#[track_caller]
fn effective(report: &Report, of_3_4: (&str, Option<&str>), of_3_5: (&str, Option<&str>)) {
    for (rule, wanted) in [("3.4", of_3_4), ("3.5", of_3_5)] {
        let finding = report.finding(rule);
        let reason = finding.verdict_reasons.effective.as_ref().map(|reason| reason.code.as_str());
        assert_eq!((finding.verdicts.effective.as_str(), reason), wanted, "{finding:#?}");
    }
}

/// The seed with a rule for the nights and these faults.
fn faulty(faults: Vec<FaultRule>) -> (Stage, Run, Report) {
    let mut account = Account::seed(&fresh_id());
    mute(&mut account, "cron(0 22 * * *)", "PT8H");
    let stage = Stage::fake_with_faults(account, faults);
    let (run, report) = stage.cli().report();
    (stage, run, report)
}

/// As [`faulty`], where the faults leave the benchmark's verdict.
fn passes(faults: Vec<FaultRule>) -> (Stage, Run, Report) {
    let (stage, run, report) = faulty(faults);
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    (stage, run, report)
}

/// As [`faulty`], where what was not read may be a rule that mutes for ever.
fn undecided(faults: Vec<FaultRule>) -> (Stage, Report) {
    let (stage, run, report) = faulty(faults);
    report.assert(&unknown(&RULES, "alarm.mute_unread"), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(report.gap_operations().contains(LIST), "{:?}", report.gaps);
    (stage, report)
}

/// What could not be read leaves `effective` open for every rule, and is listed.
#[track_caller]
fn unread(report: &Report, operation: &str) {
    let open = ("unknown", Some("alarm.mute_unread"));
    effective(report, open, open);
    assert!(report.gap_operations().contains(operation), "{:?}", report.gaps);
}

#[test]
fn a_rule_that_mutes_for_ever() {
    let change = |account: &mut Account| mute(account, "cron(* * * * *)", "P15D");
    check(FAKE, change, &fails(&["3.4"], "alarm.always_muted"));
    let every_week = |account: &mut Account| mute(account, "cron(0 2 * * SUN)", "P7D");
    check(FAKE, every_week, &fails(&["3.4"], "alarm.always_muted"));
}

#[test]
fn a_rule_that_mutes_at_times() {
    let report = check(FAKE, |account| mute(account, "cron(0 22 * * *)", "PT8H"), &all_pass());
    effective(&report, ("fail", Some("alarm.muted")), ("pass", None));
}

#[test]
fn a_rule_on_the_second_page() {
    let mut account = Account::seed(&fresh_id());
    for number in 0..100 {
        account.region(REGION).mute_rules.push(rule(&format!("other-{number}"), "other", "cron(* * * * *)", "P15D"));
    }
    mute(&mut account, "cron(* * * * *)", "P15D");
    let stage = Stage::fake(account);
    let (run, report) = stage.cli().report();
    report.assert(&fails(&["3.4"], "alarm.always_muted"), &run.stderr);
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
    assert_eq!(stage.traffic().by_action()[LIST], 2);
}

#[test]
fn denied() {
    for operation in [LIST, GET] {
        let (_, _, report) = passes(vec![FaultRule::always(operation, Fault::Denied)]);
        unread(&report, operation);
    }
}

#[test]
fn throttled_once_makes_no_difference() {
    let (_, _, report) = passes([LIST, GET].map(|operation| FaultRule::first(operation, 1, Fault::Throttled)).into());
    effective(&report, ("fail", Some("alarm.muted")), ("pass", None));
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
}

/// Where there are no such rules, their list may be a server's fault for ever.
#[test]
fn a_list_that_keeps_failing_is_given_up_soon() {
    let (stage, _) = undecided(vec![FaultRule::always(LIST, Fault::ServerError)]);
    assert_eq!(stage.traffic().by_action()[LIST], 3);
    let (stage, _, report) = passes(vec![FaultRule::always(LIST, Fault::Denied)]);
    unread(&report, LIST);
    assert_eq!(stage.traffic().by_action()[LIST], 1);
}

#[test]
fn pages_that_do_not_end() {
    undecided(vec![FaultRule::rewrite(LIST, |_, response| {
        *response = cbor_response(200, &cbor_of(&json!({ "AlarmMuteRuleSummaries": [], "NextToken": "more" })));
    })]);
}

#[test]
fn a_rule_that_could_not_be_read_may_mute_for_ever() {
    for fault in [Fault::Throttled, Fault::ServerError] {
        let (_, run, report) = faulty(vec![FaultRule::always(GET, fault)]);
        report.assert(&unknown(&RULES, "alarm.mute_unread"), &run.stderr);
        assert_eq!(run.code, Some(2), "{run:#?}");
    }
}

/// Where there are no mute rules, there is none that mutes.
#[test]
fn an_endpoint_without_mute_rules() {
    let (_, _, report) = passes(vec![FaultRule::rewrite(LIST, |_, response| {
        *response = ServiceError::new(400, "InvalidAction", "no such action").response(Protocol::Cbor);
    })]);
    unread(&report, LIST);
}

#[test]
fn a_rule_that_is_deleted_between_two_requests_mutes_nothing() {
    let (_, _, report) = passes(vec![FaultRule::rewrite(GET, |_, response| {
        *response = ServiceError::new(404, "ResourceNotFoundException", "no such mute rule").response(Protocol::Cbor);
    })]);
    assert_eq!(report.gaps.len(), 0, "{:?}", report.gaps);
    for rule in RULES {
        assert_eq!(report.finding(rule).verdicts.effective, "pass", "{rule}");
    }
}
