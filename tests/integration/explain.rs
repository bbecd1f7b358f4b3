//! `cis-audit explain`: controls and reason codes, whole or by how they begin.

use serde_json::{Value, json};

use crate::support::run::{Cli, Run};

fn explain(arguments: &[&str]) -> Run {
    Cli::new().env("COLUMNS", "80").arg("explain").args(arguments).run()
}

fn explained(arguments: &[&str]) -> String {
    let run = explain(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:#?}");
    run.stdout
}

fn refused(word: &str) -> String {
    let run = explain(&[word]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    run.stderr
}

fn matches(word: &str) -> (Vec<String>, Vec<String>) {
    let found: Value = serde_json::from_str(&explained(&[word, "-f", "json"])).expect("JSON");
    let names = |list: &str, name: &str| {
        let rows = found[list].as_array().expect("a list");
        rows.iter().map(|row| row[name].as_str().expect("a name").to_owned()).collect()
    };
    (names("controls", "slug"), names("codes", "code"))
}

#[test]
fn a_code_is_explained_with_its_link_its_grade_and_its_fix() {
    insta::assert_snapshot!(explained(&["trail.not_logging"]), @r"
    trail.not_logging
    The trail is stopped.

    link: trail. CloudTrail records the event: the trail has to log management
    events in all regions.
    grade: broken. The control fails.

    How to fix it
    Start it: aws cloudtrail start-logging --name TRAIL.
    ");
}

#[test]
fn an_unread_code_says_which_cause_its_fix_is_for() {
    insta::assert_snapshot!(explained(&["security_hub.unread"]), @r"
    security_hub.unread
    Whether Security Hub CSPM is enabled was not read.

    link: Security Hub CSPM. Not part of the chain: whether AWS Security Hub CSPM is
    enabled, and what it will show for the control.
    grade: unverified. The control is unknown if the answer depends on it.

    How to fix it
    Allow securityhub:DescribeHub, and audit again.
    This is the remedy for a missing permission; the report gives the one for any
    other cause.
    ");
}

#[test]
fn a_code_is_an_object_for_programs() {
    let found: Value = serde_json::from_str(&explained(&["trail.not_logging", "-f", "json"])).expect("JSON");
    let wanted = json!({
        "code": "trail.not_logging",
        "link": "trail",
        "grade": "broken",
        "meaning": "The trail is stopped.",
        "remedy": "Start it: aws cloudtrail start-logging --name TRAIL.",
        "link_meaning": "CloudTrail records the event: the trail has to log management events in all regions.",
        "grade_meaning": "The control fails.",
    });
    assert_eq!(found, wanted);
}

#[test]
fn a_prefix_lists_the_codes_that_begin_so() {
    insta::assert_snapshot!(explained(&["log_group.class"]).lines().take(2).collect::<Vec<_>>().join("\n"), @r"
    log_group.class
    The log group's class does not support metric filters.
    ");
    insta::assert_snapshot!(explained(&["log_group.del"]), @r"
    code                       grade  what it means
    log_group.delivery_failing broken CloudTrail's last delivery to the log group
                                      failed.
    log_group.delivery_stale   weak   CloudTrail has not delivered to the log group
                                      for more than a day.

    One in full, with how to fix it: cis-audit explain log_group.delivery_failing
    ");
}

#[test]
fn a_link_lists_its_codes_alone() {
    let (controls, codes) = matches("metric_filter");
    assert_eq!(controls, [""; 0]);
    assert!(codes.len() > 5 && codes.iter().all(|code| code.starts_with("metric_filter.")), "{codes:?}");
}

#[test]
fn the_beginning_of_a_word_lists_the_controls_with_it() {
    assert_eq!(matches("iam"), (vec!["iam-policy-changes".to_owned()], vec![]));
    assert_eq!(matches("network").0, ["network-acl-changes", "network-gateway-changes"]);
    assert_eq!(matches("mfa").0, ["console-sign-in-without-mfa"]);
}

#[test]
fn one_control_that_begins_so_is_shown_in_full() {
    assert_eq!(explained(&["iam"]), explained(&["3.4"]));
}

#[test]
fn a_range_and_a_section_list_controls() {
    let wanted = ["unauthorized-api-calls", "console-sign-in-without-mfa"];
    assert_eq!(matches("3.1-3.2").0, wanted);
    assert_eq!(matches("3").0.len(), 14);
}

#[test]
fn without_a_word_all_controls_and_codes_are_listed() {
    let text = explained(&[]);
    assert!(text.contains(" vpc-changes "), "{text}");
    assert!(text.contains("\nsubscription.none "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn what_is_nothing_gets_the_name_that_may_have_been_meant() {
    let wanted = "error: no control or reason code \"metric_filter.nome\": did you mean metric_filter.none? \
                  (`cis-audit explain` lists them)\n";
    assert_eq!(refused("metric_filter.nome"), wanted);
    let wanted = "error: no control or reason code \"zzz\" (`cis-audit explain` lists them)\n";
    assert_eq!(refused("zzz"), wanted);
}

#[test]
fn the_table_names_the_command_that_explains_its_codes_once() {
    let run = Cli::new().arg("--demo").run();
    assert_eq!(run.stdout.matches("What a code means: cis-audit explain ").count(), 1, "{run:#?}");
    let quiet = Cli::new().args(&["--demo", "-q"]).run();
    assert!(!quiet.stdout.contains("cis-audit explain"), "{quiet:#?}");
}

#[test]
fn ranges_choose_and_exclude_controls_of_an_audit() {
    let audited = |arguments: &[&str]| {
        let (_, report) = Cli::new().arg("--demo").args(arguments).report();
        report.results.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>()
    };
    assert_eq!(audited(&["--rule", "3.1,3.4-3.6"]), ["3.1", "3.4", "3.5", "3.6"]);
    assert_eq!(audited(&["--exclude", "3.1-3.12"]), ["3.13", "3.14"]);
    assert_eq!(audited(&["--rule", "4.14-4.15", "--benchmark", "4.0.1"]), ["4.14", "4.15"]);
    let run = Cli::new().args(&["--demo", "--exclude", "3.6-3.2"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), "error: the range 3.6-3.2 is reversed: write 3.2-3.6\n"));
}
