//! `-f html`: the page is what the HTML standard calls valid, whatever the account holds.

use serde_json::{Value, json};

use crate::support::python::VALIDATORS;
use crate::support::run::Cli;
use crate::support::validate::{Document, facts};

const SEED: &str = include_str!("../../fixtures/accounts/seed.json");
const WEEK: &[u8] = include_bytes!("../../fixtures/events/week.json.gz");
const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)></title></svg><!--]]>\u{202e}\u{1b}[2J\0\u{ffff}\r\n&lt;";

fn page_of(account: &str, arguments: &[&str]) -> String {
    let run = Cli::new().file("account.json", account).args(&["--snapshot", "account.json", "-f", "html"]);
    let run = run.args(arguments).run();
    assert!(matches!(run.code, Some(0..=2)) && run.stderr.is_empty(), "{run:#?}");
    assert!(run.stdout.ends_with("</html>\n"), "{}", run.stdout);
    run.stdout
}

/// The page of a replay in an account.
fn replayed(account: &str, arguments: &[&str]) -> String {
    let cli = Cli::new().file("account.json", account).file("week.json.gz", WEEK);
    let run = cli.args(&["replay", "week.json.gz", "--snapshot", "account.json", "-f", "html"]).args(arguments).run();
    assert!(matches!(run.code, Some(0 | 1)), "{run:#?}");
    run.stdout
}

/// What is wrong with pages, each by its name. `None` where there is no Python to ask.
fn complaints(pages: &[(&str, String)]) -> Option<Vec<String>> {
    let documents: Vec<Document> =
        pages.iter().map(|(_, text)| Document { kind: "html", text: text.clone(), schema: Value::Null }).collect();
    let facts = facts(&VALIDATORS, &documents)?;
    let named = pages.iter().zip(&facts).flat_map(|((name, _), facts)| {
        let complaints = facts["complaints"].as_array().expect("a list of complaints");
        complaints.iter().map(move |complaint| format!("{name}: {complaint}"))
    });
    Some(named.collect())
}

/// The seed's account, changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut account: Value = serde_json::from_str(SEED).expect("a snapshot is JSON");
    change(&mut account);
    account.to_string()
}

fn hostile(account: &mut Value) {
    let name = || json!(HOSTILE);
    for filter in account["log_groups"][0]["metric_filters"].as_array_mut().expect("a list") {
        filter["name"] = name();
    }
    for alarm in account["alarms"][0]["metric_alarms"].as_array_mut().expect("a list") {
        let arn = format!("{}{HOSTILE}", alarm["arn"].as_str().expect("an ARN"));
        alarm["arn"] = json!(arn);
        // No two alarms of an account have one name.
        let own = format!("{HOSTILE}{}", alarm["name"].as_str().expect("a name"));
        alarm["name"] = json!(own);
    }
    account["topics"][0]["subscriptions"][0]["endpoint"] = name();
    account["topics"][0]["subscriptions"][0]["protocol"] = name();
    account["trails"][0]["name"] = name();
    account["gaps"] = json!([{
        "account_id": HOSTILE, "region": HOSTILE, "operation": HOSTILE, "resource": HOSTILE, "code": HOSTILE, "message": HOSTILE,
    }]);
}

/// What a reader follows, and what a filter lacks.
#[test]
fn the_page_marks_the_excluding_test_and_leads_to_the_console() {
    let page = page_of(include_str!("../../fixtures/accounts/demo.json"), &[]);
    let test = "$.userIdentity.sessionContext.sessionIssuer.userName != &quot;terraform&quot;";
    assert!(page.contains(&format!("<mark class=\"cut\">{test}</mark>")), "the test that excludes the event");
    let topic = "https://us-east-1.console.aws.amazon.com/sns/v3/home?region=us-east-1#/topic/arn:aws:sns:us-east-1:111122223333:network-team";
    assert!(page.contains(&format!("href=\"{topic}\" rel=\"noreferrer\"")), "the topic's page");
    let command =
        "<span class=\"command copied\"><code>aws sns confirm-subscription --authenticate-on-unsubscribe true";
    assert!(page.contains(command), "a command to be copied");
    assert_eq!(page.matches("<tr data-for=").count(), 14);
    // Nothing is loaded: links lead out, and nothing else does.
    let out: Vec<&str> =
        page.match_indices("https://").filter_map(|(at, _)| page.get(at.saturating_sub(6)..at)).collect();
    assert!(out.iter().all(|before| *before == "href=\""), "{out:?}");
}

#[test]
fn every_page_is_valid_self_contained_and_labelled() {
    let stopped = changed(|account| account["trails"][0]["status"]["is_logging"] = json!(false));
    let unread = changed(|account| account["topics"][0]["subscriptions"] = Value::Null);
    let empty = changed(|account| account["trails"] = json!([]));
    let demo = include_str!("../../fixtures/accounts/demo.json");
    let pages = [
        ("the seed", page_of(SEED, &[])),
        ("the demo", page_of(demo, &[])),
        ("the demo by its effect", page_of(demo, &["--verdict", "effective"])),
        ("the demo by Security Hub", page_of(demo, &["--verdict", "security-hub"])),
        ("a version with Security Hub's control", page_of(demo, &["--benchmark", "5.0.0"])),
        ("that control alone", page_of(demo, &["--benchmark", "5.0.0", "--rule", "4.16"])),
        ("a stopped trail", page_of(&stopped, &[])),
        ("subscriptions not read", page_of(&unread, &[])),
        ("no trail", page_of(&empty, &[])),
        ("hostile names", page_of(&changed(hostile), &["--show-endpoints"])),
        ("a replay", replayed(demo, &[])),
        ("a replay of a version with Security Hub's control", replayed(demo, &["--benchmark", "5.0.0", "--proposed"])),
        ("a replay with hostile names", replayed(&changed(hostile), &[])),
    ];
    let Some(complaints) = complaints(&pages) else { return };
    assert_eq!(complaints, [""; 0]);
}
