//! Answers that are none: empty, without the list that they are for, broken off, endless, late. What they do not hold is
//! unknown, for a sound account as for one that fails: never "none".

use std::time::Duration;

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use crate::support::account::{Account, EventSelector, Selectors, Subscription, SubscriptionState};
use crate::support::call::Protocol;
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::{Request, Response};
use crate::support::report::{RULES, Report, all_pass, unknown};
use crate::support::run::Run;
use crate::support::stage::{Stage, fresh_id};
use crate::support::wire::{cbor_of, json_of_cbor};

/// The operations whose answer every control depends on, and the member that each is for.
const LISTS: [(&str, Protocol, &str); 7] = [
    ("cloudtrail:DescribeTrails", Protocol::AwsJson, "trailList"),
    ("cloudtrail:GetTrailStatus", Protocol::AwsJson, "IsLogging"),
    ("cloudtrail:GetEventSelectors", Protocol::AwsJson, "EventSelectors"),
    ("logs:DescribeMetricFilters", Protocol::AwsJson, "metricFilters"),
    ("cloudwatch:DescribeAlarms", Protocol::Cbor, "MetricAlarms"),
    ("sns:ListSubscriptionsByTopic", Protocol::Query, "Subscriptions"),
    ("sns:GetTopicAttributes", Protocol::Query, "Attributes"),
];

fn sound() -> Account {
    Account::seed(&fresh_id())
}

/// Records what is only read, and nothing else.
fn read_only() -> Account {
    let mut account = sound();
    account.trail().selectors = Selectors::Basic(vec![EventSelector::management("ReadOnly")]);
    account
}

fn audited(account: Account, fault: FaultRule) -> (Run, Report) {
    Stage::fake_with_faults(account, vec![fault]).cli().report()
}

/// Every control is unknown, and the gap says which operation's answer was none, and why.
fn is_no_answer((run, report): &(Run, Report), operation: &str, message: &str) {
    report.assert(&unknown(&RULES, ""), &run.stderr);
    assert_eq!(run.code, Some(2), "{operation}: {run:#?}");
    let gap = report.gaps.iter().find(|gap| gap.operation == operation);
    let gap = gap.unwrap_or_else(|| panic!("{operation} is no gap: {:?}", report.gaps));
    assert_eq!((gap.code.as_str(), gap.message.as_str()), ("BadAnswer", message), "{operation}");
}

/// The answer, as the document that it is without what it is for.
fn emptied(protocol: Protocol) -> impl Fn(&Request, &mut Response) + Clone {
    move |request, response| {
        response.body = match protocol {
            Protocol::AwsJson | Protocol::Rest => b"{}".to_vec(),
            // An empty map.
            Protocol::Cbor => vec![0xa0],
            Protocol::Query => {
                let form = String::from_utf8_lossy(&request.body).into_owned();
                let operation = form.split('&').find_map(|field| field.strip_prefix("Action=")).expect("an action");
                format!("<{operation}Response><{operation}Result/></{operation}Response>").into_bytes()
            }
        };
    }
}

fn without(protocol: Protocol, member: &'static str) -> impl Fn(&Request, &mut Response) + Clone {
    move |_, response| {
        let null = |mut body: Value| {
            body[member] = Value::Null;
            body
        };
        response.body = match protocol {
            Protocol::AwsJson | Protocol::Rest => {
                serde_json::to_vec(&null(serde_json::from_slice(&response.body).expect("JSON"))).expect("JSON")
            }
            Protocol::Cbor => {
                return in_cbor(response, |body| body.retain(|(name, _)| name.as_text() != Some(member)));
            }
            Protocol::Query => {
                let body = String::from_utf8(response.body.clone()).expect("text");
                let (start, end) = (format!("<{member}>"), format!("</{member}>"));
                let (from, to) = (body.find(&start).expect("the member"), body.find(&end).expect("its end"));
                [&body[..from], &body[to + end.len()..]].concat().into_bytes()
            }
        };
    }
}

type Members = Vec<(Cbor, Cbor)>;

/// Changes an answer in CBOR, whose times have no place in JSON.
fn in_cbor(response: &mut Response, change: impl FnOnce(&mut Members)) {
    let mut body: Cbor = ciborium::from_reader(response.body.as_slice()).expect("CBOR");
    change(body.as_map_mut().expect("a map"));
    response.body.clear();
    ciborium::into_writer(&body, &mut response.body).expect("memory");
}

#[test]
fn an_empty_document_is_no_answer() {
    for (operation, protocol, member) in LISTS {
        let member = if member == "EventSelectors" { "EventSelectors or AdvancedEventSelectors" } else { member };
        let answer = audited(sound(), FaultRule::rewrite(operation, emptied(protocol)));
        is_no_answer(&answer, operation, &format!("the answer has no {member}"));
        let (run, report) = audited(read_only(), FaultRule::rewrite(operation, emptied(protocol)));
        assert!(report.results.iter().all(|finding| finding.status != "pass"), "{operation}: {run:#?}");
    }
}

#[test]
fn an_answer_without_its_list_is_no_answer() {
    for (operation, protocol, member) in LISTS {
        let answer = audited(sound(), FaultRule::rewrite(operation, without(protocol, member)));
        let member = if member == "EventSelectors" { "EventSelectors or AdvancedEventSelectors" } else { member };
        is_no_answer(&answer, operation, &format!("the answer has no {member}"));
    }
}

/// Nothing at all where an answer in JSON should be: SDKs take it for an empty document.
#[test]
fn an_empty_body_is_no_answer() {
    for (operation, _, _) in LISTS {
        let empty = |_: &Request, response: &mut Response| response.body.clear();
        let (run, report) = audited(sound(), FaultRule::rewrite(operation, empty));
        report.assert(&unknown(&RULES, ""), &run.stderr);
        assert_eq!(run.code, Some(2), "{operation}: {run:#?}");
        assert!(report.gap_operations().contains(operation), "{operation}: {:?}", report.gaps);
    }
}

/// What decides of one resource in a list must be there as well.
#[test]
fn a_field_that_decides_must_be_there() {
    let json = |operation: &'static str, list: &'static str, field: &'static str| {
        FaultRule::rewrite(operation, move |_, response| {
            let mut body: Value = serde_json::from_slice(&response.body).expect("JSON");
            for item in body[list].as_array_mut().expect("a list") {
                item[field] = Value::Null;
            }
            response.body = body.to_string().into_bytes();
        })
    };
    for (operation, list, field) in [
        ("cloudtrail:DescribeTrails", "trailList", "IsMultiRegionTrail"),
        ("logs:DescribeMetricFilters", "metricFilters", "filterPattern"),
    ] {
        let answer = audited(sound(), json(operation, list, field));
        is_no_answer(&answer, operation, &format!("the answer has no {list}[].{field}"));
    }
    let enabled = FaultRule::rewrite("cloudwatch:DescribeAlarms", |_, response| {
        in_cbor(response, |body| {
            let alarms = body.iter_mut().find(|(name, _)| name.as_text() == Some("MetricAlarms")).expect("alarms");
            for alarm in alarms.1.as_array_mut().expect("a list") {
                alarm.as_map_mut().expect("an alarm").retain(|(name, _)| name.as_text() != Some("ActionsEnabled"));
            }
        });
    });
    let answer = audited(sound(), enabled);
    is_no_answer(&answer, "cloudwatch:DescribeAlarms", "the answer has no MetricAlarms[].ActionsEnabled");
    let endpoint = "sns:ListSubscriptionsByTopic";
    let answer = audited(sound(), FaultRule::rewrite(endpoint, without(Protocol::Query, "SubscriptionArn")));
    is_no_answer(&answer, endpoint, "the answer has no Subscriptions[].SubscriptionArn");
}

/// Where the connection's end ends the body, nothing but the document itself says that it is whole.
#[test]
fn xml_that_breaks_off_is_no_answer() {
    for operation in ["sns:ListSubscriptionsByTopic", "sns:GetTopicAttributes", "sns:GetSubscriptionAttributes"] {
        for part in [1, 2, 3, 5, 8, 9] {
            let cut = move |_: &Request, response: &mut Response| {
                let end = response.body.len() * part / 10;
                response.body.truncate(end);
            };
            let (run, report) = audited(sound(), FaultRule::rewrite(operation, cut));
            let gap = report.gaps.iter().find(|gap| gap.operation == operation);
            let gap = gap.unwrap_or_else(|| panic!("{operation} at {part}: {run:#?}"));
            assert_eq!(gap.code, "BadAnswer", "{operation}: {gap:?}");
            assert!(gap.message.contains("is cut off"), "{operation}: {gap:?}");
        }
    }
}

#[test]
fn a_page_for_people_is_named_as_one() {
    for operation in ["cloudtrail:DescribeTrails", "cloudwatch:DescribeAlarms", "sns:ListSubscriptionsByTopic"] {
        let (run, report) = audited(sound(), FaultRule::always(operation, Fault::Garbage));
        report.assert(&unknown(&RULES, ""), &run.stderr);
        let gap = report.gaps.iter().find(|gap| gap.operation == operation).expect("a gap");
        assert_eq!(gap.code, "HtmlPage", "{gap:?}");
        assert!(gap.message.starts_with("an HTML page instead of an answer (HTTP status 200) from http://127.0.0.1:"));
    }
}

#[test]
fn an_operation_that_hangs_costs_one_timeout() {
    for (operation, _, _) in LISTS {
        let stage = Stage::fake_with_faults(sound(), vec![FaultRule::always(operation, Fault::Hang)]);
        let (run, report) = stage.cli().args(&["--timeout", "2"]).report();
        report.assert(&unknown(&RULES, ""), &run.stderr);
        assert!(run.elapsed < Duration::from_millis(3_500), "{operation}: {:?}", run.elapsed);
        let gap = report.gaps.iter().find(|gap| gap.operation == operation).expect("a gap");
        assert_eq!(gap.code, "Timeout", "{gap:?}");
        assert!(gap.message.ends_with(" within 2 s (--timeout)") && gap.message.contains("http://"), "{gap:?}");
    }
}

#[test]
fn a_deadline_bounds_the_whole_audit() {
    let hang = FaultRule::always("cloudtrail:GetTrailStatus", Fault::Hang);
    let stage = Stage::fake_with_faults(sound(), vec![hang]);
    let (run, report) = stage.cli().args(&["--deadline", "2"]).report();
    report.assert(&unknown(&RULES, "trail"), &run.stderr);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.elapsed < Duration::from_secs(4), "{:?}", run.elapsed);
    let gap = &report.gaps[0];
    assert_eq!((gap.operation.as_str(), gap.code.as_str()), ("cloudtrail:GetTrailStatus", "Deadline"));
    assert_eq!(gap.message, "not read within the 2 s that --deadline gives the account");
}

#[test]
fn pages_that_lead_back_end_at_once() {
    let again = FaultRule::rewrite("cloudwatch:DescribeAlarms", |_, response| {
        if response.status != 200 {
            // The server does not take the token.
            *response = crate::support::wire::cbor_response(200, &cbor_of(&json!({ "MetricAlarms": [] })));
        }
        in_cbor(response, |body| body.push(("NextToken".into(), "again".into())));
    });
    let mut account = sound();
    account.alarm("3.9").actions_enabled = false;
    let stage = Stage::fake_with_faults(account, vec![again]);
    let (run, report) = stage.cli().report();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert_eq!(report.finding("3.9").status, "unknown");
    let gap = &report.gaps[0];
    assert_eq!(gap.message, "the pages do not end: the token of one came before");
    assert!(stage.traffic().by_action()["cloudwatch:DescribeAlarms"] <= 3, "{:?}", stage.traffic().by_action());
}

/// Regions that know no alarms on log queries refuse even to be asked for them.
#[test]
fn alarms_are_read_where_a_kind_of_them_is_not_known() {
    let refuse = FaultRule::rewrite("cloudwatch:DescribeAlarms", |request, response| {
        if json_of_cbor(&request.body)["AlarmTypes"].to_string().contains("LogAlarm") {
            let error = json!({ "__type": "ValidationError", "message": "1 validation error detected" });
            *response = crate::support::wire::cbor_response(400, &cbor_of(&error));
        }
    });
    let (run, report) = audited(sound(), refuse);
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(report.gaps.is_empty(), "{:?}", report.gaps);
}

const OPTIONAL: [&str; 8] = [
    "cloudwatch:ListAlarmMuteRules",
    "cloudwatch:GetAlarmMuteRule",
    "sns:GetSubscriptionAttributes",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "events:ListRules",
    "oam:ListLinks",
];

#[test]
fn what_is_skipped_is_not_asked_for() {
    let stage = Stage::fake(sound());
    let (run, report) = stage.cli().args(&["--skip-optional"]).report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    for operation in OPTIONAL {
        assert!(!stage.traffic().by_action().contains_key(operation), "{operation} was asked for");
    }
    assert!(report.gaps.iter().all(|gap| gap.code == "Skipped"), "{:?}", report.gaps);
    assert_eq!(report.finding("3.1").verdicts.effective, "unknown");
}

/// An auditor's own refused calls are events of control 3.1.
#[test]
fn a_denied_optional_call_is_not_made_for_each_subscriber() {
    let mut account = sound();
    let subscriber = |number| Subscription::email(&format!("{number}@example.com"), SubscriptionState::Confirmed);
    account.topic().subscriptions = (0..150).map(subscriber).collect();
    let deny = FaultRule::always("sns:GetSubscriptionAttributes", Fault::Denied);
    let stage = Stage::fake_with_faults(account, vec![deny]);
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
    let asked = stage.traffic().by_action()["sns:GetSubscriptionAttributes"];
    assert!(asked <= 4, "asked {asked} times");
}
