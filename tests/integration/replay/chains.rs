//! Which chains report the events of a replay: those that a fix would make, those of other controls, and those of which too
//! little is known.

use serde_json::{Value, json};

use super::{DEMO, WEEK, event, json_of, pattern_of, replay, replay_of};
use crate::support::run::Cli;

/// A change of an account.
type Change = fn(&mut Value);

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
    let words = "  required events: 1, matched 0, missed 0\n  1 required event is reported by alarm cis-console-sign-in-without-mfa, not by\n    this control's own\n";
    assert!(run.code == Some(0) && run.stdout.contains(words), "{run:#?}");
    let control = &json_of(&cli.args(&["-f", "json"]).run())["controls"][0];
    let alarms = json!(["cis-console-sign-in-without-mfa"]);
    assert_eq!((&control["elsewhere"], &control["elsewhere_alarms"]), (&1.into(), &alarms), "{control}");
    // Its own filter may match, and lead to nobody.
    let denied = event(|event| {
        event["eventSource"] = "s3.amazonaws.com".into();
        event["eventName"] = "PutBucketPolicy".into();
        event["errorCode"] = "AccessDenied".into();
    });
    let cli = Cli::new().file("events.json", &denied).args(&["replay", "--demo", "--rule", "3.8", "events.json"]);
    let control = &json_of(&cli.args(&["-f", "json"]).run())["controls"][0];
    assert_eq!((&control["matched"], &control["missed"]), (&1.into(), &0.into()), "{control}");
    assert_eq!(control["elsewhere_alarms"], json!(["cis-root-usage"]), "{control}");
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
    let play = |change: Change, arguments: &[&str]| {
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
    let unknown: [(Change, &str); 5] = [
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
