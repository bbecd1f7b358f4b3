//! EventBridge rules: read only where a control has nothing, and a note where one watches the same events.

use serde_json::Value;

use crate::support::account::{Account, EventRule};
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::{Report, all_pass};
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Stage, fresh_id};
use crate::support::tamper::repeated_token;

const LIST: &str = "events:ListRules";
const TRAILS: &str = r#"{"source":["aws.cloudtrail"],"detail":{"eventName":["CreateTrail","StopLogging"]}}"#;
const NOTE: &str = "EventBridge rule trail-changes in us-east-1 matches such events; the benchmark asks for a metric filter and an alarm";

fn rule(name: &str, state: &str, pattern: Option<&str>) -> EventRule {
    EventRule { name: name.into(), state: state.into(), pattern: pattern.map(str::to_owned) }
}

/// The seed without the metric filter of 3.5, with these rules.
fn unfiltered(rules: Vec<EventRule>) -> Account {
    let mut account = Account::seed(&fresh_id());
    account.remove_filter("3.5");
    account.region(REGION).event_rules = rules;
    account
}

fn watched() -> Account {
    unfiltered(vec![rule("nightly", "ENABLED", None), rule("trail-changes", "ENABLED", Some(TRAILS))])
}

/// What is reported about rules: codes and grades of 3.5's warnings, and its near misses.
fn notes(run: &Run) -> (Vec<(String, String)>, Vec<Value>) {
    let report = run.report();
    let finding = report.finding("3.5");
    assert_eq!((finding.status.as_str(), run.code), ("fail", Some(1)), "{run:#?}");
    assert_eq!(finding.reason.as_ref().map(|reason| reason.code.as_str()), Some("metric_filter.none"));
    let warnings = finding.warnings.iter().map(|warning| (warning.code.clone(), warning.grade.clone())).collect();
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let results = document["results"].as_array().expect("results");
    let row = results.iter().find(|row| row["rule"] == "3.5").expect("the control");
    (warnings, row["near_misses"].as_array().cloned().unwrap_or_default())
}

fn audited(stage: &Stage, arguments: &[&str]) -> Run {
    stage.cli().args(arguments).args(&["-f", "json"]).run()
}

fn asked(stage: &Stage) -> usize {
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
    stage.traffic().by_action().get(LIST).copied().unwrap_or_default()
}

fn gaps(report: &Report) -> Vec<(&str, &str)> {
    report.gaps.iter().map(|gap| (gap.operation.as_str(), gap.code.as_str())).collect()
}

#[test]
fn a_rule_that_watches_the_same_events_is_a_note() {
    let account = watched();
    let arn = account.event_rule_arn(REGION, "trail-changes");
    let stage = Stage::fake(account);
    let run = audited(&stage, &[]);
    let (warnings, near) = notes(&run);
    assert_eq!(warnings, [("metric_filter.event_rule".to_owned(), "note".to_owned())]);
    assert_eq!(near, [serde_json::json!({ "kind": "event_rule", "message": NOTE, "event_rule": arn })]);
    assert_eq!((asked(&stage), gaps(&run.report())), (1, vec![]));
    let table = stage.cli().args(&["--rule", "3.5"]).run();
    let words = table.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("note: {NOTE}")), "{}", table.stdout);
    assert_eq!(table.code, Some(1));
}

#[test]
fn a_disabled_rule_is_not_named() {
    let stage = Stage::fake(unfiltered(vec![rule("trail-changes", "DISABLED", Some(TRAILS))]));
    let run = audited(&stage, &[]);
    assert_eq!(notes(&run), (vec![], vec![]));
    assert_eq!((asked(&stage), gaps(&run.report())), (1, vec![]));
}

#[test]
fn an_account_that_lacks_nothing_is_not_asked_for_rules() {
    let mut account = Account::seed(&fresh_id());
    account.region(REGION).event_rules.push(rule("trail-changes", "ENABLED", Some(TRAILS)));
    let stage = Stage::fake(account.clone());
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(asked(&stage), 0);
    account.alarm("3.5").actions_enabled = false;
    let stage = Stage::fake(account);
    assert_eq!(audited(&stage, &[]).code, Some(1));
    assert_eq!(asked(&stage), 0);
}

#[test]
fn what_could_not_be_read_is_a_gap_and_changes_no_verdict() {
    for (fault, code) in [
        (Fault::Denied, "AccessDeniedException"),
        (Fault::NotImplemented, "UnknownOperationException"),
        (Fault::Garbage, "HtmlPage"),
        (repeated_token("NextToken"), "BadAnswer"),
    ] {
        let stage = Stage::fake_with_faults(watched(), vec![FaultRule::always(LIST, fault)]);
        let run = audited(&stage, &[]);
        assert_eq!(notes(&run), (vec![], vec![]), "{code}");
        assert_eq!(gaps(&run.report()), [(LIST, code)]);
    }
}

#[test]
fn rules_are_not_asked_for_where_optional_calls_are_left_out() {
    let stage = Stage::fake(watched());
    let run = audited(&stage, &["--skip-optional"]);
    let (warnings, near) = notes(&run);
    assert!(!warnings.iter().any(|(code, _)| code == "metric_filter.event_rule"), "{warnings:?}");
    assert_eq!((asked(&stage), near), (0, vec![]));
    assert!(run.report().gaps.iter().all(|gap| gap.code == "Skipped"), "{run:#?}");
}

#[test]
fn all_pages_and_the_trails_home_region_are_read() {
    let mut account = Account::seed_in(&fresh_id(), "eu-central-1");
    account.remove_filter("3.5");
    let home = account.region("eu-central-1");
    home.event_rules = (0..250).map(|number| rule(&format!("{number}"), "ENABLED", None)).collect();
    home.event_rules.push(rule("trail-changes", "ENABLED", Some(TRAILS)));
    let stage = Stage::fake(account);
    let (_, near) = notes(&audited(&stage, &[]));
    assert_eq!(near[0]["message"], NOTE.replace("us-east-1", "eu-central-1"));
    // Three pages there, and the one of the region asked for.
    assert_eq!((near.len(), asked(&stage)), (1, 4));
}

#[test]
fn a_saved_account_gives_the_same_note() {
    let stage = Stage::fake(watched());
    let live = notes(&audited(&stage, &[]));
    let saving = stage.cli().args(&["snapshot", "-o", "account.json"]);
    assert_eq!(saving.run().code, Some(0));
    let file = std::fs::read_to_string(saving.home().join("account.json")).expect("the file was written");
    let later = |text: &str| {
        notes(&Cli::new().file("account.json", text).args(&["--snapshot", "account.json", "-f", "json"]).run())
    };
    assert_eq!(later(&file), live);
    // A file of before there were any in it.
    let mut document: Value = serde_json::from_str(&file).expect("JSON");
    let rules = document.as_object_mut().and_then(|account| account.remove("event_rules")).expect("the field");
    assert_eq!(rules[0]["rules"].as_array().map(Vec::len), Some(1));
    assert_eq!(later(&document.to_string()), (vec![], vec![]));
}

#[test]
fn hostile_patterns_and_names_do_no_harm() {
    let deep = format!("{}1{}", r#"{"detail":"#.repeat(20_000), "}".repeat(20_000));
    let huge = format!(r#"{{"source":["{}"]}}"#, "x".repeat(2_000_000));
    let account = unfiltered(vec![
        rule("deep", "ENABLED", Some(&deep)),
        rule("huge", "ENABLED", Some(&huge)),
        rule("\u{1b}[31mred\u{202e}", "ENABLED", Some(TRAILS)),
    ]);
    let stage = Stage::fake(account);
    let (warnings, _) = notes(&audited(&stage, &[]));
    assert_eq!(warnings.len(), 1);
    let table = stage.cli().args(&["--rule", "3.5"]).run();
    assert!(!table.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", table.stdout);
}
