//! Envelopes with events in several members: different events are all read, the same event in several spellings counts once.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{events, packed};

/// An event with its id.
fn event(name: &str, id: u32) -> Value {
    json!({"eventID": id.to_string(), "eventName": name, "eventVersion": "1.11", "userIdentity": {"type": "Root"}})
}

/// The names of the events that are in a text, in their order.
fn names(text: &str) -> String {
    let (found, errors) = events(text.as_bytes(), 1 << 20);
    assert_eq!(errors, Vec::<String>::new(), "{text}");
    let name = |event: &String| {
        let event: Option<Value> = serde_json::from_str(event).ok();
        event.and_then(|event| event["eventName"].as_str().map(str::to_owned))
    };
    found.iter().map(|event| name(event).unwrap_or_else(|| "-".to_owned())).collect::<Vec<_>>().join(" ")
}

#[test]
fn members_with_different_events_are_all_read() {
    let (a, b, c) = (event("A", 1), event("B", 2), event("C", 3));
    for (text, wanted) in [
        (json!({"us-east-1": [a, b], "us-west-2": [c]}).to_string(), "A B C"),
        (json!({"1": a, "2": b, "3": c}).to_string(), "A B C"),
        (json!({"a": a.to_string(), "b": {"c": [b.to_string()]}, "d": c}).to_string(), "A B C"),
        (json!({"detail": a, "message": b.to_string()}).to_string(), "A B"),
        (json!({"timestamp": 1, "message": a.to_string(), "more": b}).to_string(), "A B"),
        (json!({"_raw": a.to_string(), "more": b}).to_string(), "A B"),
        (json!({"timestamp": 1, "message": "text", "more": b}).to_string(), "- B"),
        (format!("{{\"Records\":[{a}],\"Records\":[{b},{c}]}}"), "A B C"),
        (format!("{{\n\"first\":{a},\n\"Records\":[\n{b}\n],\n\"last\":[{c}]\n}}\n"), "A B C"),
        // In one list each counts.
        (json!({"Records": [a, a]}).to_string(), "A A"),
    ] {
        assert_eq!(names(&text), wanted, "{text}");
    }
}

#[test]
fn an_event_that_several_members_have_counts_once() {
    let a = event("A", 1);
    let anonymous = json!({"eventVersion": "1.11", "eventName": "A", "userIdentity": {}});
    let spelt = "{\"eventVersion\": \"1.11\", \"userIdentity\": {}, \"eventName\": \"A\"}";
    let pretty = serde_json::to_string_pretty(&a).expect("JSON");
    for text in [
        json!({"event": {"original": a.to_string()}, "aws": a}),
        json!({"message": pretty, "parsed": a, "again": {"log": [a.to_string()]}}),
        json!({"_source": {"message": a.to_string(), "event": {"original": a.to_string()}}}),
        json!({"timestamp": 1, "message": spelt, "fields": anonymous}),
        json!({"_raw": spelt, "json": anonymous}),
        json!({"data": STANDARD.encode(a.to_string()), "decoded": a}),
    ] {
        assert_eq!(names(&text.to_string()), "A", "{text}");
    }
}

#[test]
fn events_in_base64_are_read_under_any_name() {
    let (a, b) = (event("A", 1), event("B", 2));
    let plain = |event: &Value| STANDARD.encode(event.to_string());
    let subscription =
        json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": b.to_string()}]});
    for (text, wanted) in [
        (json!({"messages": [a, {"data": plain(&b)}]}), "A B"),
        (json!({"eventSource": "aws:kafka", "records": {"t-0": [{"value": plain(&a)}, {"value": plain(&b)}]}}), "A B"),
        (json!({"receivedMessages": [{"message": {"data": plain(&b)}}]}), "B"),
        (json!({"items": [plain(&a), URL_SAFE_NO_PAD.encode(format!("{b}  "))]}), "A B"),
        (json!({"logs": [a, {"x": STANDARD.encode(packed(&subscription.to_string()))}]}), "A B"),
        (json!({"logs": [{"x": STANDARD.encode(packed(&b.to_string()))}, {"log": a.to_string()}]}), "B A"),
    ] {
        assert_eq!(names(&text.to_string()), wanted, "{text}");
    }
    // A token in base64 is no event.
    let token = json!([{"token": STANDARD.encode("{\"alg\":\"HS256\"}")}]);
    assert_eq!(names(&token.to_string()), "-");
}

#[test]
fn events_deep_inside_are_read() {
    let a = event("A", 1);
    let record =
        json!({"body": {"stringValue": a.to_string()}, "attributes": [{"key": "x", "value": {"stringValue": "y"}}]});
    let deep = json!({"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [{"scope": {}, "logRecords": [record]}]}]});
    assert_eq!(names(&deep.to_string()), "A");
    let row = |name: &str| json!([{"field": name, "value": a.to_string()}, {"field": "@ptr", "value": "x"}]);
    assert_eq!(names(&json!({"results": [row("@message"), row("m")]}).to_string()), "A A");
}

#[test]
fn what_lies_beside_events_in_an_unknown_list_is_noted() {
    let text = json!({"logs": [event("A", 1), {"a": 1}, {"b": 2}]}).to_string();
    let found = super::read(&mut text.as_bytes(), &mut |_| Ok(())).expect("nobody goes");
    let kinds: Vec<String> = found.tally.others.iter().map(|(kind, seen)| format!("{} {kind}", seen.count)).collect();
    assert_eq!(kinds, ["2 another JSON object"]);
}
