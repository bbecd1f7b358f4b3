//! What a replay makes of events that are out of the ordinary: times that cannot be used, and many callers.

use serde_json::{Value, json};

use super::{event, json_of, replay_of};
use crate::support::run::Cli;

#[test]
fn an_event_without_a_usable_time_is_counted_and_in_no_chart() {
    let undated = ["yesterday", "2026-01-05 09:00:10", "1970-01-01T00:00:00Z"]
        .map(|time| event(|event| event["eventTime"] = time.into()));
    let note = "note: 2 events have an eventTime that is no time of RFC 3339: they are counted, but no alarm and no chart has them\n\
                note: 1 event has an eventTime before 2013, when CloudTrail did not exist: it is counted, but no alarm and no chart has it\n";
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

/// One event of a wrong clock would stretch the days over which alerts are counted to centuries.
#[test]
fn an_event_of_the_far_future_does_not_stretch_the_time() {
    let late = event(|event| event["eventTime"] = "2999-01-01T00:00:00Z".into());
    let none = event(|event| drop(event.as_object_mut().expect("an object").remove("eventTime")));
    let run = replay_of(&(event(|_| {}) + &late + &none), &["--rule", "3.3", "-f", "json"]);
    let document = json_of(&run);
    assert_eq!((&document["from"], &document["to"]), (&"2026-01-05T09:00:10Z".into(), &"2026-01-05T09:00:10Z".into()));
    assert_eq!((&document["undated"], &document["days"]), (&2.into(), &1.0.into()));
    assert_eq!(document["undated_by"], json!({"missing": 1, "unreadable": 0, "early": 0, "late": 1}));
    assert_eq!(document["controls"][0]["alerts_a_day"], 1.0);
    for note in [
        "note: 1 event has no eventTime: it is counted, but no alarm and no chart has it\n",
        "note: 1 event has an eventTime more than a day in the future: it is counted, but no alarm and no chart has it\n",
    ] {
        assert!(run.stderr.contains(note), "{note}{run:#?}");
    }
}

#[test]
fn other_callers_than_those_that_are_listed_are_counted() {
    let by = |name: usize| {
        event(|event| {
            let user = format!("user-{name}");
            event["userIdentity"] = json!({"type": "IAMUser", "accountId": "111122223333", "userName": user});
            event["eventSource"] = "cloudtrail.amazonaws.com".into();
            event["eventName"] = "StopLogging".into();
        })
    };
    let events: String = (0..8).map(by).collect();
    let run = replay_of(&events, &["--rule", "3.5"]);
    assert!(
        run.stdout.contains("           1  user-4 (IAMUser of 111122223333)\n    and 3 more\n  most calls\n"),
        "{run:#?}"
    );
    let control = &json_of(&replay_of(&events, &["--rule", "3.5", "-f", "json"]))["controls"][0];
    assert_eq!((&control["more_callers"], &control["more_names"]), (&3.into(), &0.into()));
    // Each of the proposed patterns matches what it was counted for.
    for proposed in control["calls"].as_array().expect("patterns") {
        let pattern = proposed["text"].as_str().expect("a pattern");
        let cli = Cli::new().file("events.json", &events);
        let run = cli.args(&["pattern", "match", pattern, "--count", "events.json"]).run();
        assert_eq!((run.stdout.trim(), &proposed["count"]), ("1", &1.into()), "{pattern}");
    }
    assert_eq!(control["calls"].as_array().map(Vec::len), Some(5));
}
