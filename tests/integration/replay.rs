//! `cis-audit replay`: what it counts is what `pattern match` counts, and what its exit code says.

use serde_json::Value;

use crate::support::run::{Cli, Run};

const WEEK: &[u8] = include_bytes!("../../fixtures/events/week.json.gz");
const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

fn replay(arguments: &[&str]) -> Run {
    Cli::new().file("week.json.gz", WEEK).args(&["replay", "week.json.gz"]).args(arguments).run()
}

fn document(arguments: &[&str]) -> Value {
    let run = replay(&[&["-f", "json"], arguments].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

/// The pattern of a metric filter of the built-in account.
fn pattern_of(name: &str) -> String {
    let account: Value = serde_json::from_str(DEMO).expect("JSON");
    let groups = account["log_groups"].as_array().expect("log groups");
    let filters = groups.iter().flat_map(|group| group["metric_filters"].as_array().into_iter().flatten());
    let filter = filters.into_iter().find(|filter| filter["name"] == name).expect("a filter of this name");
    filter["pattern"].as_str().expect("a pattern").to_owned()
}

#[test]
fn a_filter_matches_what_its_pattern_matches() {
    let document = document(&["--demo"]);
    assert_eq!(document["events"], 750);
    let mut compared = 0;
    for control in document["controls"].as_array().expect("controls") {
        for filter in control["filters"].as_array().expect("filters") {
            let pattern = pattern_of(filter["name"].as_str().expect("a name"));
            let run = Cli::new()
                .file("week.json.gz", WEEK)
                .args(&["pattern", "match", &pattern, "--count", "week.json.gz"])
                .run();
            assert_eq!(run.stdout.trim(), filter["matched"].to_string(), "{filter}");
            compared += 1;
        }
    }
    assert!(compared >= 14, "{compared}");
}

#[test]
fn required_events_that_no_intact_chain_matches_are_missed() {
    // The filter of 3.4 leaves out what terraform does, and the topic of 3.10 has no confirmed subscription.
    let run = replay(&["--demo", "--rule", "3.4"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("required events: 10, matched 0, missed 10"), "{run:#?}");
    let document = document(&["--demo", "--rule", "3.10"]);
    let control = &document["controls"][0];
    assert_eq!((&control["required"], &control["matched"], &control["missed"]), (&5.into(), &5.into(), &5.into()));
    // With what a fix would make nothing is missed.
    let run = replay(&["--demo", "--proposed", "--rule", "3.4"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("required events: 10, matched 10, missed 0"), "{run:#?}");
}

#[test]
fn alarms_go_to_alarm_and_back_over_the_time_of_the_events() {
    fn root_usage(document: &Value) -> &Value {
        let mut alarms = document["alarms"].as_array().expect("alarms").iter();
        alarms.find(|alarm| alarm["name"] == "cis-root-usage").expect("the alarm")
    }
    let document = document(&["--demo", "--rule", "3.3"]);
    // The root user at 15:02 and at 15:04: within one period of five minutes.
    let alarm = root_usage(&document);
    let changes: Vec<(&str, &str)> = alarm["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["at"].as_str().expect("a time"), change["to"].as_str().expect("a state")))
        .collect();
    assert_eq!(changes, [("2026-01-07T15:03:00Z", "ALARM"), ("2026-01-07T15:10:00Z", "OK")]);
    assert_eq!((&alarm["alerts"], &alarm["events"], &alarm["unnoticed"]), (&1.into(), &2.into(), &1.into()));
    let late = self::document(&["--demo", "--rule", "3.3", "--delay", "5m"]);
    assert_eq!(root_usage(&late)["changes"][0]["at"], "2026-01-07T15:08:00Z");
}

#[test]
fn a_loud_alarm_names_who_is_behind_it_as_a_waiver_takes_it() {
    let document = document(&["--demo", "--rule", "3.1"]);
    let control = &document["controls"][0];
    assert_eq!(control["callers"][0]["text"], "arn:aws:iam::111122223333:role/inventory");
    assert_eq!((&control["callers"][0]["count"], &control["approximate"]), (&280.into(), &false.into()));
    // That the trail excludes other events says nothing of those that are in the files.
    assert_eq!(control["missed"], 0);
    let unnoticed = control["unnoticed"].as_u64().expect("a count");
    assert!(unnoticed > 200, "{unnoticed}");
    let pattern = control["calls"][0]["text"].as_str().expect("a pattern");
    let run =
        Cli::new().file("week.json.gz", WEEK).args(&["pattern", "match", pattern, "--count", "week.json.gz"]).run();
    assert_eq!(run.stdout.trim(), control["calls"][0]["count"].to_string());
}

#[test]
fn the_printed_pattern_of_a_loud_caller_goes_into_a_waiver() {
    let run = replay(&["--demo", "--rule", "3.1"]);
    let events = run.stdout.lines().find(|line| line.starts_with("events = ")).expect("a line to copy");
    let waiver = format!(
        "[[waiver]]\nrule = \"unauthorized-api-calls\"\n{events}\nreason = \"the inventory may ask\"\nowner = \"@platform\"\nexpires = 2099-12-31\n"
    );
    let cli = Cli::new().file("waivers.toml", &waiver);
    let run = cli.args(&["--demo", "--rule", "3.1", "--waivers", "waivers.toml"]).run();
    assert!(run.code != Some(2) && !run.stderr.contains("error"), "{waiver}{run:#?}");
    // A word of it that is no pattern is refused, so that the file was read.
    let broken = waiver.replace("$.eventName", "eventName");
    let cli = Cli::new().file("waivers.toml", &broken);
    let run = cli.args(&["--demo", "--rule", "3.1", "--waivers", "waivers.toml"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn nothing_is_written_of_no_events() {
    let cli = Cli::new().file("log.txt", "INFO a\n").file("old.json", "{}");
    let run = cli.args(&["replay", "--demo", "log.txt", "-f", "table", "-f", "json=old.json"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    assert!(run.stderr.ends_with("error: no event of CloudTrail was found in log.txt\n"), "{run:#?}");
}

#[test]
fn files_without_events_are_an_error() {
    let cli = Cli::new().file("log.txt", "INFO a\nINFO b\n").file("week.json.gz", WEEK);
    let run = cli.args(&["replay", "--demo", "log.txt", "week.json.gz", "-q"]).run();
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "note: log.txt: not events of CloudTrail: 2 times text, first at byte 0\nerror: no event of CloudTrail was found in log.txt\n"
    );
    let run = Cli::new().args(&["replay", "--demo", "none.json"]).run();
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: cannot read none.json: "), "{run:#?}");
}

#[test]
fn the_page_has_a_chart_for_each_control_with_events() {
    let run = replay(&["--demo", "-f", "html"]);
    let document = document(&["--demo"]);
    let loud = document["controls"]
        .as_array()
        .expect("controls")
        .iter()
        .filter(|control| control["chart"].as_array().expect("a chart").iter().any(|count| *count != 0));
    assert_eq!(run.stdout.matches("<svg ").count(), loud.count());
    assert!(!run.stdout.contains("<script"), "no script runs in it");
}

#[test]
fn the_schema_of_a_replay_is_the_committed_one() {
    let run = Cli::new().args(&["schema", "replay"]).run();
    let committed = include_str!("../../schema/replay.schema.json");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), committed),
        "cis-audit schema replay > schema/replay.schema.json"
    );
}
