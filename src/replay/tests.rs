//! What an account makes of events: alarms over time, those above them, and what holds them back.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AlarmReplay, Player, Replay};
use crate::events;
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule};
use crate::saved::Saved;

const SEED: &str = include_str!("../../fixtures/accounts/seed.json");
const REGION: &str = "ap-northeast-1";
const ROOT: &str = "Warning-seed-CloudTrail-For-RootAcount";
const TRAIL: &str = "Warning-seed-CloudTrail-CloudTrailConfiguration-Changes";

/// An event of this name at this time of 2026-01-05.
fn event(name: &str, source: &str, time: &str) -> String {
    let user = if name == "ConsoleLogin" { "Root" } else { "IAMUser" };
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": user, "arn": "arn:aws:iam::111122223333:user/ann"},
        "eventTime": format!("2026-01-05T{time}Z"),
        "eventSource": source,
        "eventName": name,
        "eventType": "AwsApiCall",
    })
    .to_string()
}

fn root(time: &str) -> String {
    event("ConsoleLogin", "signin.amazonaws.com", time)
}

fn stop(time: &str) -> String {
    event("StopLogging", "cloudtrail.amazonaws.com", time)
}

/// The seed account after a change of its alarms of the region, in which some events happen.
fn replayed(change: impl FnOnce(&mut Value), events: &[String]) -> Replay {
    replayed_for(&|_| true, change, events)
}

/// The same for some of the controls.
fn replayed_for(is_asked: &dyn Fn(&Rule) -> bool, change: impl FnOnce(&mut Value), events: &[String]) -> Replay {
    replayed_in(is_asked, |account| change(&mut account["alarms"][0]), events)
}

/// The same after any change of the account.
fn replayed_in(is_asked: &dyn Fn(&Rule) -> bool, change: impl FnOnce(&mut Value), events: &[String]) -> Replay {
    let mut account: Value = serde_json::from_str(SEED).expect("JSON");
    change(&mut account);
    let account = Saved::from_json(&account.to_string()).expect("an account").document.snapshot;
    let catalog = Catalog::builtin(Benchmark::default()).expect("the controls");
    let rules: Vec<Arc<Rule>> = catalog.rules().iter().filter(|rule| is_asked(rule)).cloned().collect();
    let player = Player::new(&account, &[], &rules, 0, "2026-12-01T00:00:00Z".parse().expect("a time"));
    let mut tally = player.nothing();
    let lines = events.join("\n") + "\n";
    let found = events::read(&mut lines.as_bytes(), &mut |block| {
        tally.add(player.play(&block));
        Ok(())
    });
    found.expect("nobody goes");
    player.finish(&tally, false)
}

fn alarm<'a>(replay: &'a Replay, name: &str) -> &'a AlarmReplay {
    replay.alarms.iter().find(|alarm| alarm.name == name).expect("an alarm of this name")
}

fn changes(alarm: &AlarmReplay) -> Vec<(String, &'static str)> {
    let time = |at: &Timestamp| at.strftime("%H:%M").to_string();
    alarm.changes.iter().map(|(at, to)| (time(at), to.as_str())).collect()
}

fn composite(name: &str, rule: &str) -> Value {
    json!({
        "arn": format!("arn:aws:cloudwatch:{REGION}:111122223333:alarm:{name}"),
        "name": name,
        "actions": {"enabled": true, "alarm": [format!("arn:aws:sns:{REGION}:111122223333:notice")]},
        "rule": rule,
    })
}

fn control<'a>(replay: &'a Replay, id: &str) -> &'a super::ControlReplay {
    replay.controls.iter().find(|control| control.rule.id.to_string() == id).expect("a control of this number")
}

#[test]
fn a_composite_alarm_follows_the_alarms_below_it() {
    let replay = replayed(
        |alarms| {
            alarms["composite_alarms"] = json!([
                // Above another one, and listed before it.
                composite("top", "ALARM(either)"),
                composite("either", &format!("ALARM(\"{ROOT}\") OR ALARM(\"{TRAIL}\")")),
                composite("both", &format!("ALARM(\"{ROOT}\") AND ALARM(\"{TRAIL}\")")),
            ]);
        },
        &[root("09:00:10"), stop("09:01:10"), root("12:00:00")],
    );
    let either = alarm(&replay, "either");
    assert!(either.is_composite);
    assert_eq!(
        changes(either),
        [
            ("09:01".to_owned(), "ALARM"),
            ("09:03".to_owned(), "OK"),
            ("12:01".to_owned(), "ALARM"),
            ("12:02".to_owned(), "OK")
        ]
    );
    assert_eq!(changes(alarm(&replay, "top")), changes(either));
    assert_eq!(changes(alarm(&replay, "both")), []);
    // The second event came while it was in ALARM for the first one.
    assert_eq!((either.events, either.unnoticed), (3, 1));
    let of = control(&replay, "3.5");
    let names: Vec<&str> = of.alarms.iter().map(|place| replay.alarms[*place].name.as_str()).collect();
    assert_eq!(names, [TRAIL, "both", "either", "top"]);
}

#[test]
fn alarms_of_controls_that_nobody_asked_for_are_left_out() {
    let events = [root("09:00:10"), stop("09:01:10"), root("12:00:00")];
    assert_eq!(replayed(|_| {}, &events).alerts(), 3);
    let replay = replayed_for(&|rule| rule.id.to_string() == "3.5", |_| {}, &events);
    let names: Vec<&str> = replay.alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!((names.as_slice(), replay.alerts()), (&[TRAIL][..], 1));
    assert_eq!(control(&replay, "3.5").alarms, [0]);
}

#[test]
fn an_alarm_that_no_event_moves_stays_in_ok_and_is_named() {
    let replay = replayed(
        |alarms| {
            alarms["composite_alarms"] =
                json!([composite("calm", &format!("ALARM(\"{ROOT}\") AND NOT ALARM(deploying)"))]);
        },
        &[root("09:00:10")],
    );
    let calm = alarm(&replay, "calm");
    assert_eq!(calm.alerts, 1);
    assert_eq!(calm.notes, ["taken to stay in OK, for no event moves it: deploying"]);
}

#[test]
fn a_composite_alarm_that_is_silenced_does_not_alert() {
    let replay = replayed(
        |alarms| {
            let mut quiet = composite("quiet", &format!("ALARM(\"{TRAIL}\")"));
            quiet["suppressor"] = ROOT.into();
            alarms["composite_alarms"] = json!([quiet]);
        },
        &[root("09:00:10"), stop("09:00:40"), stop("12:00:40")],
    );
    let quiet = alarm(&replay, "quiet");
    assert_eq!((quiet.changes.len(), quiet.alerts), (4, 1));
    assert_eq!(quiet.notes, [format!("{ROOT} silenced it once")]);
}

#[test]
fn rings_and_rules_that_cannot_be_read_are_not_played() {
    let replay = replayed(
        |alarms| {
            alarms["composite_alarms"] = json!([
                composite("a", &format!("ALARM(\"{ROOT}\") OR ALARM(b)")),
                composite("b", "ALARM(a)"),
                composite("odd", &format!("SOMETIMES(\"{ROOT}\")")),
            ]);
        },
        &[root("09:00:10")],
    );
    for name in ["a", "b", "odd"] {
        let alarm = alarm(&replay, name);
        assert!(alarm.doubt.is_some() && alarm.changes.is_empty(), "{alarm:?}");
    }
}

#[test]
fn an_alarm_whose_actions_never_run_alerts_nobody() {
    let of_root = |change: fn(&mut Value)| {
        let replay = replayed(
            |alarms| {
                let all = alarms["metric_alarms"].as_array_mut().expect("alarms");
                change(all.iter_mut().find(|alarm| alarm["name"] == ROOT).expect("the alarm"));
            },
            &[root("09:00:10")],
        );
        (control(&replay, "3.3").alerts, alarm(&replay, ROOT).alerts, alarm(&replay, ROOT).silent.is_some())
    };
    assert_eq!(of_root(|_| {}), (1, 1, false));
    assert_eq!(of_root(|alarm| alarm["actions"]["enabled"] = false.into()), (0, 1, true));
    assert_eq!(of_root(|alarm| alarm["actions"]["alarm"] = json!([])), (0, 1, true));
}

#[test]
fn an_alarm_whose_topic_reaches_nobody_alerts_nobody() {
    let of_root = |change: fn(&mut Value)| {
        let replay = replayed_in(&|_| true, |account| change(&mut account["topics"][0]), &[root("09:00:10")]);
        let alarm = alarm(&replay, ROOT);
        (control(&replay, "3.3").alerts, replay.silent_changes(), alarm.alerts, alarm.silent.clone())
    };
    let nobody = |why: &str| (0, 1, 1, Some(why.to_owned()));
    assert_eq!(of_root(|_| {}), (1, 0, 1, None));
    assert_eq!(of_root(|topic| topic["subscriptions"] = json!([])), nobody("nobody is subscribed to topic notice"));
    assert_eq!(
        of_root(|topic| topic["subscriptions"][0]["arn"] = "PendingConfirmation".into()),
        nobody("1 subscription of topic notice awaits confirmation, none is confirmed")
    );
    assert_eq!(
        of_root(|topic| topic["kms_key_id"] = "alias/aws/sns".into()),
        nobody("topic notice is encrypted with alias/aws/sns, which CloudWatch may not use")
    );
    // What was not read is no reason to say that nobody is notified.
    assert_eq!(of_root(|topic| topic["subscriptions"] = Value::Null), (1, 0, 1, None));
    assert_eq!(of_root(|topic| topic["exists"] = Value::Null), (1, 0, 1, None));
}

/// An alarm that no event reaches notifies nobody of it, and an event that it does not report is missed.
#[test]
fn an_alarm_behind_a_trail_that_does_not_log_alerts_nobody() {
    let replay = replayed_in(
        &|_| true,
        |account| {
            account["alarms"][0]["composite_alarms"] = json!([composite("top", &format!("ALARM(\"{ROOT}\")"))]);
            for trail in account["trails"].as_array_mut().expect("trails") {
                trail["status"]["is_logging"] = false.into();
            }
        },
        &[root("09:00:10")],
    );
    let control = control(&replay, "3.3");
    assert_eq!((control.missed, control.alerts, replay.alerts(), replay.silent_changes()), (1, 0, 0, 2));
    assert_eq!(control.reason, Some("trail.not_logging"));
    assert_eq!(alarm(&replay, "top").silent, alarm(&replay, ROOT).silent);
    assert!(alarm(&replay, ROOT).silent.as_deref().is_some_and(|why| why.ends_with(" is stopped: it records nothing")));
}

#[test]
fn an_alarm_in_ok_does_not_begin_with_a_change_to_ok() {
    let of_root = |state: &'static str, missing: &'static str| {
        let replay = replayed(
            |alarms| {
                let all = alarms["metric_alarms"].as_array_mut().expect("alarms");
                let alarm = all.iter_mut().find(|alarm| alarm["name"] == ROOT).expect("the alarm");
                alarm["watches"]["metric"]["statistic"] = "Sum".into();
                alarm["threshold"] = 2.0.into();
                alarm["state"] = state.into();
                alarm["treat_missing_data"] = missing.into();
            },
            &[root("09:00:10"), root("12:00:00"), root("12:00:05")],
        );
        changes(alarm(&replay, ROOT)).first().expect("a change").clone()
    };
    let second = ("12:01".to_owned(), "ALARM");
    assert_eq!(of_root("OK", "ignore"), second);
    assert_eq!(of_root("INSUFFICIENT_DATA", "notBreaching"), second);
    assert_eq!(of_root("INSUFFICIENT_DATA", "ignore"), ("09:01".to_owned(), "OK"));
}

/// A waiver of these would hide what the control is for.
#[test]
fn events_of_the_root_user_are_not_proposed_for_a_waiver() {
    let by = |arn: &str| {
        event("ConsoleLogin", "signin.amazonaws.com", "09:00:10").replace("arn:aws:iam::111122223333:user/ann", arn)
    };
    let replay = replayed(|_| {}, &[by("arn:aws:iam::111122223333:root")]);
    let control = control(&replay, "3.3");
    assert_eq!((control.events, control.calls.len()), (1, 0));
    assert_eq!(control.callers[0].text, "arn:aws:iam::111122223333:root");
}

#[test]
fn mute_rules_hold_back_alarms_always_or_at_times() {
    let muted = |schedule: &str| {
        let rule = json!({"name": "nights", "alarms": [ROOT], "schedule": schedule, "duration": "PT1H", "status": "SCHEDULED"});
        let replay = replayed(|alarms| alarms["mute_rules"] = json!([rule]), &[root("09:00:10")]);
        let alarm = alarm(&replay, ROOT);
        (control(&replay, "3.3").alerts, alarm.silent.is_some(), alarm.notes.len())
    };
    assert_eq!(muted("cron(0 * * * *)"), (0, true, 0));
    assert_eq!(muted("cron(0 22 * * *)"), (1, false, 1));
}
