//! EventBridge rules that match an event which a control demands: they may notify of it in a way that no control asks for.

use filter_pattern::{Matched, Witness};
use serde_json::{Map, Value};

use crate::event_pattern::{self, Event};
use crate::finding::facts::NearMiss;
use crate::rule::Events;
use crate::snapshot::{EventRule, RegionEventRules, Snapshot};

/// Rules that are named at most.
const MOST: usize = 3;

/// What CloudTrail records for every call, of which an example may say nothing.
const ALWAYS: [&str; 11] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "sourceIPAddress",
    "userAgent",
    "requestID",
    "eventID",
    "readOnly",
    "managementEvent",
    "eventCategory",
    "eventName",
];

/// The service that records sign-ins to the console.
const SIGN_IN: &str = "signin.amazonaws.com";

/// The rules that are enabled and match the example event, those of the region asked for first. `is_recorded`: there is
/// a trail, without which EventBridge gets no such events (EventBridge user guide, "AWS service events delivered via AWS
/// CloudTrail").
pub(super) fn find(snapshot: &Snapshot, events: &Events, example: &Witness, is_recorded: bool) -> Vec<NearMiss> {
    let mut regions: Vec<&RegionEventRules> = snapshot.event_rules.iter().collect();
    regions.sort_by_key(|rules| (rules.region != snapshot.region, &rules.region));
    let mut found = Vec::new();
    for RegionEventRules { region, rules } in regions {
        let Some(event) = delivered(&snapshot.account_id, region, events, example) else { continue };
        for rule in rules.iter().filter(|rule| gets(rule, &event)) {
            if event_pattern::matches(&rule.event_pattern, &event) != Some(true) {
                continue;
            }
            let (name, region, arn) = (rule.name.clone(), region.clone(), rule.arn.clone());
            found.push(NearMiss::EventRule { name, region, arn, is_recorded });
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// Whether a rule is given an event at all: unless it asks for them, none of calls that only read.
fn gets(rule: &EventRule, event: &Event) -> bool {
    match rule.state.as_str() {
        "ENABLED" => {
            let name = event.document.get("detail").and_then(|detail| detail.get("eventName")?.as_str());
            name.is_none_or(|name| {
                let only_reads = ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
                !only_reads || ["GetFederationToken", "GetSessionToken"].contains(&name)
            })
        }
        "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" => true,
        _ => false,
    }
}

/// The example without the call that it names, where the control demands events of any.
fn demanded(events: &Events, mut detail: Map<String, Value>) -> Map<String, Value> {
    for name in ["eventSource", "eventName"] {
        let mut without = detail.clone();
        without.remove(name);
        let text = Value::Object(without.clone()).to_string();
        if events.requires.matches(&text) == Matched::Yes {
            detail = without;
        }
    }
    detail
}

/// The example as EventBridge delivers it in a region. `None`: CloudTrail's events of its type are not delivered so.
fn delivered(account: &str, region: &str, events: &Events, example: &Witness) -> Option<Event> {
    let mut detail = demanded(events, serde_json::from_str(&example.to_json_line()).ok()?);
    let text = |detail: &Map<String, Value>, name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_sign_in = text(&detail, "eventName").as_deref() == Some("ConsoleLogin");
    let source = text(&detail, "eventSource")
        .or_else(|| if is_sign_in { Some(SIGN_IN.to_owned()) } else { events.source.clone() });
    let kind = text(&detail, "eventType").unwrap_or_else(|| {
        let kind = if source.as_deref() == Some(SIGN_IN) { "AwsConsoleSignIn" } else { "AwsApiCall" };
        kind.to_owned()
    });
    let detail_type = match kind.as_str() {
        "AwsApiCall" => "AWS API Call via CloudTrail",
        "AwsConsoleSignIn" => "AWS Console Sign In via CloudTrail",
        "AwsConsoleAction" => "AWS Console Action via CloudTrail",
        "AwsServiceEvent" => "AWS Service Event via CloudTrail",
        _ => return None,
    };
    let mut open: Vec<String> = ["id", "time", "resources"].map(str::to_owned).to_vec();
    open.extend(ALWAYS.iter().map(|name| format!("detail.{name}")));
    let mut document = Map::new();
    match &source {
        Some(source) => {
            let service = source.strip_suffix(".amazonaws.com").or_else(|| source.strip_suffix(".amazonaws.com.cn"))?;
            document.insert("source".to_owned(), format!("aws.{service}").into());
        }
        None => open.extend(["source".to_owned(), "detail.eventSource".to_owned()]),
    }
    let known = [
        ("eventSource", source),
        ("eventType", Some(kind)),
        ("awsRegion", Some(region.to_owned())),
        ("recipientAccountId", Some(account.to_owned())),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            detail.entry(name).or_insert_with(|| value.into());
        }
    }
    for (name, value) in [("version", "0"), ("detail-type", detail_type), ("account", account), ("region", region)] {
        document.insert(name.to_owned(), value.into());
    }
    document.insert("detail".to_owned(), Value::Object(detail));
    Some(Event { document, open })
}
