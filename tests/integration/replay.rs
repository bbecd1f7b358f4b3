//! `cis-audit replay`: what it counts is what `pattern match` counts, and what its exit code says.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::run::{Cli, Run};

mod chains;
mod events;

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

/// An output is refused before anything is read, whichever way it is an input.
#[test]
fn what_a_replay_reads_is_never_written_over() {
    let wanted = "give the output another name\n";
    for (arguments, input) in [
        (&["replay", "--demo", "d", "-o", "d/week.json.gz", "-f", "json"][..], "d/week.json.gz"),
        (&["replay", "--demo", ".", "-f", "html=d/below/week.json.gz"], "d/below/week.json.gz"),
        (&["replay", "--demo", "d", "-o", "d/../d/note.txt"], "d/note.txt"),
        (&["replay", "--demo", "d/week.json.gz", "-o", "./d/week.json.gz"], "d/week.json.gz"),
        (&["replay", "--snapshot", "s.json", "d", "-o", "s.json"], "s.json"),
        (&["replay", "--snapshot", "s.json", "--owner-snapshot", "o.json", "d", "-f", "json=o.json"], "o.json"),
        (&["replay", "--demo", "linked", "-o", "s.json"], "s.json"),
        (&["replay", "--demo", "linked", "-o", "linked/link.json"], "s.json"),
        (&["replay", "--demo", "d", "--add-rules", "rules", "-o", "rules/own.toml"], "rules/own.toml"),
    ] {
        let cli = Cli::new()
            .file("d/week.json.gz", WEEK)
            .file("d/below/week.json.gz", WEEK)
            .file("d/note.txt", "")
            .file("rules/own.toml", "")
            .file("linked/week.json.gz", WEEK)
            .file("s.json", DEMO)
            .file("o.json", DEMO);
        let home = cli.home().to_owned();
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.join("s.json"), home.join("linked/link.json")).expect("a link");
        let before = std::fs::read(home.join(input)).expect("the input");
        let cli = cli.args(arguments);
        let run = cli.run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:#?}");
        assert!(run.stderr.contains(" input") && run.stderr.ends_with(wanted), "{arguments:?}: {run:#?}");
        assert!(std::fs::read(home.join(input)).expect("the input") == before, "{arguments:?}");
    }
    // A file that is not there yet may be put beside the events.
    let run = Cli::new().file("d/week.json.gz", WEEK).args(&["replay", "--demo", "d", "-f", "html=d/page.html"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
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

/// An event of the built-in account, changed.
fn event(change: impl FnOnce(&mut Value)) -> String {
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"},
        "eventTime": "2026-01-05T09:00:10Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "eventID": "03a63966-1111-4111-9111-a01d121ae3e6",
        "eventType": "AwsConsoleSignIn",
        "recipientAccountId": "111122223333",
    });
    change(&mut event);
    format!("{event}\n")
}

/// A replay in the built-in account of a file with this content.
fn replay_of(events: &str, arguments: &[&str]) -> Run {
    Cli::new().file("events.json", events).args(&["replay", "--demo", "events.json"]).args(arguments).run()
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

#[test]
fn the_page_is_the_audits_with_a_chart_for_each_control() {
    let page = replay(&["--demo", "-f", "html"]).stdout;
    let document = document(&["--demo"]);
    let controls = document["controls"].as_array().expect("controls");
    let is_there = |control: &&Value| control["events"] != 0 || control["missed"] != 0;
    let mut drawn = 0;
    for control in controls.iter().filter(is_there) {
        let id = control["rule"].as_str().expect("a number");
        let (_, section) =
            page.split_once(&format!("<article class=\"replayed\" id=\"replay-{id}\"")).expect("a part of the section");
        let section = section.split_once("</article>").expect("its end").0;
        assert_eq!(section.matches("<svg class=\"replayed\" ").count(), 1, "{id}");
        // The card of the control in the audit leads there.
        let (_, card) = page.split_once(&format!("id=\"{id}\" data-status=")).expect("the audit has its card");
        let card = card.split_once("</article>").expect("its end").0;
        assert!(card.contains(&format!("<a href=\"#replay-{id}\">Replay</a>")), "{id}: {card}");
        drawn += 1;
    }
    assert!(drawn >= 8, "{drawn}");
    assert_eq!(page.matches("<svg class=\"replayed\" ").count(), drawn);
    for words in [
        "CIS AWS Foundations Benchmark 1.2.0",
        "href=\"#replay\">Replay of 750 events</a>",
        "metric_filter.misses_events",
        "10 required events missed",
        "to ALARM 28 times",
        "cis-unauthorized-api-calls",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

/// Browsers apply only what the policy names.
#[test]
fn the_policy_of_the_page_names_all_of_its_styles() {
    let page = replay(&["--demo", "-f", "html"]).stdout;
    let styles: Vec<&str> =
        page.split("<style>").skip(1).map(|rest| rest.split_once("</style>").expect("the end").0).collect();
    assert_eq!(styles.len(), 3);
    let hash = |style: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
    let hashes: Vec<String> = styles.into_iter().map(|style| format!("'sha256-{}'", hash(style))).collect();
    let policy = format!("style-src {}; script-src", hashes.join(" "));
    assert!(page.contains(&policy), "the policy has to have: {policy}");
    assert!(!page.contains(" style="), "a style of one element is not applied");
}

#[test]
fn a_proposal_is_judged_as_it_is_replayed() {
    let page = replay(&["--demo", "--proposed", "-f", "html"]).stdout;
    assert!(page.contains("as --fix would leave it") && page.contains("0 required events missed"));
    assert!(!page.contains("<h3>Evidence</h3>"), "there is no such account");
}

#[test]
fn a_control_without_an_alarm_is_not_replayed() {
    let run = replay(&["--demo", "--benchmark", "3.0.0", "--rule", "4.16,4.3"]);
    let line = "  4.16  AWS Security Hub CSPM enabled  not replayed: it has no alarm\n";
    assert!(run.stdout.contains(line), "{run:#?}");
    // As many columns as the other rows have, where the third is not shown too.
    let page = replay(&["--demo", "--benchmark", "3.0.0", "--rule", "4.16,4.3", "-f", "html"]).stdout;
    assert!(page.contains("</th><td colspan=\"4\">not replayed: it has no alarm</td><td></td></tr>"), "{page}");
    let document = document(&["--demo", "--benchmark", "3.0.0", "--rule", "4.16,4.3"]);
    assert_eq!(document["not_replayed"][0]["rule"], "4.16");
    assert_eq!(document["controls"].as_array().map(Vec::len), Some(1));
    // By itself it looks like nothing that could be clean.
    let run = replay(&["--demo", "--benchmark", "3.0.0", "--rule", "4.16"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    assert_eq!(
        run.stderr,
        "error: nothing to replay: 4.16 requires no events, and so has no metric filter and no alarm\n"
    );
}

#[test]
fn events_of_another_account_are_noted() {
    let other = |id: &str| {
        event(|event| {
            event["recipientAccountId"] = "444455556666".into();
            event["eventID"] = id.into();
        })
    };
    let run = replay_of(&(event(|_| {}) + &other("2") + &other("3")), &["--rule", "3.3", "-f", "json"]);
    let document = json_of(&run);
    assert_eq!((&document["events"], &document["foreign"], &document["repeated"]), (&3.into(), &2.into(), &0.into()));
    assert_eq!(document["foreign_accounts"][0]["text"], "444455556666");
    let note = "note: 2 events are of another account than 111122223333 (444455556666): they are counted as if its trail \
                delivered them\n";
    assert_eq!(run.stderr.matches(note).count(), 1, "{run:#?}");
}

#[test]
fn a_file_that_is_given_twice_is_noted_once() {
    let cli = Cli::new().file("week.json.gz", WEEK).file("copy.json.gz", WEEK);
    let run = cli.args(&["replay", "--demo", "-q", "-f", "json", "week.json.gz", "copy.json.gz"]).run();
    let document = json_of(&run);
    assert_eq!((&document["events"], &document["repeated"]), (&1_500.into(), &750.into()));
    assert_eq!(document["repeated_approximate"], false);
    let note =
        "note: 750 events have the eventID of one before, as where a file is given twice: each is counted again\n";
    assert_eq!(run.stderr, note);
    let once = self::document(&["--demo"]);
    assert_eq!((&once["repeated"], &once["foreign"]), (&0.into(), &0.into()));
}

#[test]
fn a_damaged_file_is_reported_once() {
    let lines = event(|_| {}) + &event(|event| event["eventID"] = "2".into());
    let run = replay_of(&lines[..lines.len() - 40], &["--rule", "3.3", "-q"]);
    assert_eq!(run.code, Some(2));
    let at = lines.find('\n').expect("a line") + 1;
    let error = format!("error: events.json is damaged at byte {at}: ends inside an event or a list of events\n");
    assert_eq!(run.stderr, error);
    // That it ends inside an event comes of what is wrong with the archive.
    let run = Cli::new().file("cut.json.gz", &WEEK[..WEEK.len() / 2]).args(&["replay", "--demo", "-q", "cut.json.gz"]);
    let run = run.run();
    assert_eq!((run.code, run.stderr.lines().count()), (Some(2), 1), "{run:#?}");
    assert!(run.stderr.starts_with("error: cut.json.gz cannot be read beyond byte "), "{run:#?}");
}

#[test]
fn a_delay_that_is_no_time_is_refused_with_an_example() {
    for (delay, wanted) in [
        ("5x", "must be a whole number with s, m, h or d, such as 90s, 15m or 1d"),
        ("-3", "must be a whole number with s, m, h or d, such as 90s, 15m or 1d"),
        ("-5m", "must be a whole number with s, m, h or d, such as 90s, 15m or 1d"),
        ("1.5h", "must be a whole number with s, m, h or d, such as 90s, 15m or 1d"),
        ("2d", "must be a day at most, such as 15m or 24h"),
        ("25h", "must be a day at most, such as 15m or 24h"),
        ("99999999999999999d", "must be a day at most, such as 15m or 24h"),
        ("99999999999999999999h", "must be a whole number with s, m, h or d, such as 90s, 15m or 1d"),
    ] {
        let run = replay(&["--demo", "--delay", delay]);
        assert_eq!(run.code, Some(2), "{delay}");
        let error = format!("error: invalid value '{delay}' for '--delay <TIME>': {wanted}\n");
        assert!(run.stderr.starts_with(&error), "{error}{run:#?}");
    }
    for delay in ["24h", "1d"] {
        assert_ne!(replay(&["--demo", "--delay", delay, "-q"]).code, Some(2), "{delay}");
    }
}

#[test]
fn only_formats_of_a_replay_are_offered_and_taken() {
    let help = replay(&["--help"]).stdout;
    assert!(help.contains("table") && help.contains("json") && help.contains("html"), "{help}");
    for other in ["sarif", "junit", "asff", "openmetrics", "ndjson"] {
        assert!(!help.contains(other), "{other}: {help}");
    }
    let run = replay(&["--demo", "-f", "sarif"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("invalid value 'sarif'") && run.stderr.contains("table, json, html"), "{run:#?}");
}

#[test]
fn one_event_is_no_plural() {
    let run = replay_of(&event(|_| {}), &["--rule", "3.3"]);
    let head = "Replay in account 111122223333\n1 event, 2026-01-05 09:00 to 2026-01-05 09:00 UTC (less than a day, counted as\n    one)\n";
    assert!(run.stdout.starts_with(head), "{run:#?}");
    assert!(run.stdout.contains("  metric filter root-usage: 1 event\n"), "{run:#?}");
    assert!(run.stdout.ends_with("\n\n1 event: 1 alert, 1.0 a day; 0 required events missed\n"), "{run:#?}");
    assert!(!run.stdout.contains("1 events"), "{run:#?}");
    let odd = event(|event| {
        event["recipientAccountId"] = "444455556666".into();
        event["eventTime"] = "yesterday".into();
    });
    assert_eq!(
        replay_of(&(event(|_| {}) + &odd), &["--rule", "3.3", "-q"]).stderr,
        "note: 1 event has an eventTime that is no time of RFC 3339: it is counted, but no alarm and no chart has it\n\
         note: 1 event is of another account than 111122223333 (444455556666): it is counted as if its trail delivered it\n\
         note: 1 event has the eventID of one before, as where a file is given twice: it is counted again\n"
    );
    let page = replay_of(&event(|_| {}), &["--rule", "3.3", "-f", "html"]).stdout;
    assert!(page.contains("Replay of 1 event<") && !page.contains("1 events") && !page.contains("1 alerts"));
}

#[test]
fn quietly_the_summary_is_all_there_is() {
    let run = replay(&["--demo", "-q"]);
    assert_eq!(run.stdout, "750 events: 32 alerts (6 more to nobody), 4.6 a day; 17 required events missed\n");
}

#[test]
fn many_accounts_are_replayed_one_at_a_time() {
    for option in ["--org", "--accounts=list", "--role-name=audit"] {
        let run = replay(&[option]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        assert!(run.stderr.contains("replay one account at a time: `--role-arn ARN`"), "{option}: {run:#?}");
    }
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
