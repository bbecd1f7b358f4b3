//! `cis-audit replay`: what it counts is what `pattern match` counts, and what its exit code says.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

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

/// Where the subscription that a fix creates is the only confirmed one, nobody would be notified without it.
#[test]
fn the_subscription_that_a_fix_creates_counts_as_confirmed() {
    let call = |name: &str, source: &str| {
        event(|event| {
            event["userIdentity"] = json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"});
            event["eventName"] = name.into();
            event["eventSource"] = source.into();
            event["eventType"] = "AwsApiCall".into();
        })
    };
    let events = call("PutBucketPolicy", "s3.amazonaws.com")
        + &call("AuthorizeSecurityGroupIngress", "ec2.amazonaws.com")
        + &call("CreateVpc", "ec2.amazonaws.com");
    for (rule, summary) in [("3.8", "1 alert"), ("3.10", "1 alert"), ("3.14", "1 alert")] {
        let run = replay_of(&events, &["--proposed", "--rule", rule, "-q"]);
        let wanted = format!("3 events: {summary}, 1.0 a day; 0 required events missed\n");
        assert_eq!((run.code, run.stdout), (Some(0), wanted), "{rule}");
    }
    let run = replay(&["--demo", "--proposed", "--rule", "3.10", "-q"]);
    assert_eq!(run.stdout, "750 events: 5 alerts, 0.7 a day; 0 required events missed\n");
}

/// The filter of 3.3 leaves out what the alarm of 3.2 reports all the same.
#[test]
fn events_that_another_chain_reports_name_its_alarm() {
    let sign_in = event(|event| event["additionalEventData"] = json!({"MFAUsed": "No"}));
    let root = pattern_of("root-usage");
    let narrowed = root.replacen(" }", " && $.eventName != \"ConsoleLogin\" }", 1);
    let mut account: Value = serde_json::from_str(DEMO).expect("JSON");
    for group in account["log_groups"].as_array_mut().expect("log groups") {
        for filter in group["metric_filters"].as_array_mut().into_iter().flatten() {
            if filter["name"] == "root-usage" {
                filter["pattern"] = narrowed.as_str().into();
            }
        }
    }
    let cli = Cli::new().file("account.json", account.to_string()).file("events.json", &sign_in);
    let cli = cli.args(&["replay", "--snapshot", "account.json", "--rule", "3.3", "events.json"]);
    let run = cli.run();
    let words = "  required events: 1, matched 0, missed 0\n  1 required event is reported by alarm cis-console-sign-in-without-mfa: no\n    filter of this control matches it\n";
    assert!(run.code == Some(0) && run.stdout.contains(words), "{run:#?}");
    let control = &json_of(&cli.args(&["-f", "json"]).run())["controls"][0];
    let alarms = json!(["cis-console-sign-in-without-mfa"]);
    assert_eq!((&control["elsewhere"], &control["elsewhere_alarms"]), (&1.into(), &alarms), "{control}");
}

/// What the audit calls unknown is not known to miss events.
#[test]
fn events_of_an_unknown_chain_are_undecided_and_not_missed() {
    let disable = event(|event| {
        event["userIdentity"] = json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"});
        event["eventName"] = "CreateNetworkAcl".into();
        event["eventSource"] = "ec2.amazonaws.com".into();
        event["eventType"] = "AwsApiCall".into();
    });
    let play = |change: fn(&mut Value), arguments: &[&str]| {
        let mut account: Value = serde_json::from_str(DEMO).expect("JSON");
        change(&mut account);
        let cli = Cli::new().file("events.json", &disable).file("account.json", account.to_string());
        let cli = cli.args(&["replay", "--snapshot", "account.json", "--rule", "3.11", "events.json"]);
        cli.args(arguments).run()
    };
    fn acl_alarm(account: &mut Value) -> &mut Value {
        let alarms = account["alarms"][0]["metric_alarms"].as_array_mut().expect("alarms");
        alarms.iter_mut().find(|alarm| alarm["name"] == "cis-network-acl-changes").expect("the alarm")
    }
    let whole = play(|_| {}, &["-q"]);
    assert_eq!(
        (whole.code, whole.stdout.as_str()),
        (Some(0), "1 event: 1 alert, 1.0 a day; 0 required events missed\n")
    );
    let unknown: [(fn(&mut Value), &str); 5] = [
        (|account| account["log_groups"][0]["metric_filters"] = Value::Null, "metric_filter.unread"),
        (
            |account| {
                let alarms = account["alarms"][0]["metric_alarms"].as_array_mut().expect("alarms");
                alarms.retain(|alarm| alarm["name"] != "cis-network-acl-changes");
                account["alarms"][0]["complete"] = false.into();
            },
            "alarm.unread",
        ),
        (|account| account["trails"][0]["status"] = Value::Null, "trail.unread"),
        (|account| acl_alarm(account)["watches"]["metric"]["statistic"] = "TM(10:90)".into(), "alarm.undecided"),
        (
            |account| {
                let topics = account["topics"].as_array_mut().expect("topics");
                for topic in topics {
                    topic["subscriptions"] = Value::Null;
                }
            },
            "subscription.unread",
        ),
    ];
    for (change, reason) in unknown {
        let run = play(change, &["-q"]);
        assert_eq!(run.code, Some(2), "{reason}: {run:#?}");
        assert!(run.stdout.ends_with("; 0 required events missed, 1 undecided (3.11)\n"), "{reason}: {run:#?}");
        let note = "note: 1 event is undecided (3.11): it is not known whether it is required, or whether a chain reports it\n";
        assert_eq!(run.stderr, note, "{reason}");
        let control = &json_of(&play(change, &["-f", "json"]))["controls"][0];
        let counts = ["required", "missed", "undecided"].map(|count| control[count].as_u64());
        assert_eq!((counts, &control["reason"]), ([Some(1), Some(0), Some(1)], &reason.into()), "{control}");
        let table = play(change, &[]).stdout;
        assert!(table.contains(" missed undec.\n") && table.contains("missed 0, undecided 1\n"), "{table}");
        assert!(table.contains(&format!("undecided because of what the audit reports: {reason}\n")), "{table}");
        let page = play(change, &["-f", "html"]).stdout;
        assert!(page.contains("Undecided</th>") && page.contains("none missed, 1 undecided"), "{reason}");
    }
    // Two names of one event: which of them CloudWatch Logs would look at is not known.
    let doubled = disable.replacen("\"eventName\"", "\"eventName\":\"StopLogging\",\"eventName\"", 1);
    let run = replay_of(&doubled, &["--rule", "3.11", "-q"]);
    assert_eq!(
        (run.code, run.stdout.lines().last()),
        (Some(2), Some("1 event: 0 alerts, 0 a day; 0 required events missed, 1 undecided (3.11)")),
        "{run:#?}"
    );
    // What is missed for certain says more.
    let run = Cli::new().file("week.json.gz", WEEK).file("events.json", &doubled);
    let run = run.args(&["replay", "--demo", "--rule", "3.4,3.11", "-q", "week.json.gz", "events.json"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
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
fn an_event_without_a_usable_time_is_counted_and_in_no_chart() {
    let undated = ["yesterday", "2026-01-05 09:00:10", "1970-01-01T00:00:00Z"]
        .map(|time| event(|event| event["eventTime"] = time.into()));
    let note = "note: 3 events have no time that can be used (none, or before 2013): they are counted, but no alarm and no \
                chart has them\n";
    let run = replay_of(&undated.concat(), &["--rule", "3.3", "-f", "json"]);
    let document = json_of(&run);
    let control = &document["controls"][0];
    assert_eq!((&document["undated"], &control["events"], &document["from"]), (&3.into(), &3.into(), &Value::Null));
    assert_eq!((&control["chart"], &control["alerts"]), (&json!([]), &0.into()));
    assert!(run.stderr.contains(note), "{run:#?}");
    // Among others they leave the time of these as it is.
    let run = replay_of(&(undated.concat() + &event(|_| {})), &["--rule", "3.3", "-f", "json"]);
    let document = json_of(&run);
    assert_eq!((&document["undated"], &document["from"]), (&3.into(), &"2026-01-05T09:00:10Z".into()));
    let chart = document["controls"][0]["chart"].as_array().expect("a chart").iter();
    assert_eq!(chart.filter_map(Value::as_u64).sum::<u64>(), 1);
    let run = replay_of(&undated.concat(), &["--rule", "3.3"]);
    assert!(run.stdout.contains("\n3 events, none with a time that can be used\n"), "{run:#?}");
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
        ("5x", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
        ("-3", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
        ("-5m", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
        ("1.5h", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
        ("2d", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
        ("25h", "must be a day at most, such as 15m or 24h"),
        ("99999999999999999999h", "must be a whole number with s, m or h, such as 90s, 15m or 2h"),
    ] {
        let run = replay(&["--demo", "--delay", delay]);
        assert_eq!(run.code, Some(2), "{delay}");
        let error = format!("error: invalid value '{delay}' for '--delay <TIME>': {wanted}\n");
        assert!(run.stderr.starts_with(&error), "{error}{run:#?}");
    }
    assert_ne!(replay(&["--demo", "--delay", "24h", "-q"]).code, Some(2));
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
        "note: 1 event has no time that can be used (none, or before 2013): it is counted, but no alarm and no chart has it\n\
         note: 1 event is of another account than 111122223333 (444455556666): it is counted as if its trail delivered it\n\
         note: 1 event has the eventID of one before, as where a file is given twice: it is counted again\n"
    );
    let page = replay_of(&event(|_| {}), &["--rule", "3.3", "-f", "html"]).stdout;
    assert!(page.contains("Replay of 1 event<") && !page.contains("1 events") && !page.contains("1 alerts"));
}

#[test]
fn quietly_the_summary_is_all_there_is() {
    let run = replay(&["--demo", "-q"]);
    assert_eq!(run.stdout, "750 events: 33 alerts (5 more to nobody), 4.8 a day; 17 required events missed\n");
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
