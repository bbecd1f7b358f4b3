//! Each shape in which people have events: the event inside is what comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{events, packed};

/// An event, as CloudWatch Logs has it.
const EVENT: &str = "{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-01-05T09:00:00Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"PutRolePolicy\",\"requestParameters\":{\"policyDocument\":\"{\\\"a\\\":\\\"{\\\"}\"}}";

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// An event as a JSON value, whose keys `serde_json` sorts: for envelopes that have it as an object.
fn object() -> Value {
    serde_json::from_str(EVENT).expect("JSON")
}

/// Shapes that have the event as a text, so that its very bytes come out.
fn texts() -> Vec<(&'static str, String)> {
    let subscription = json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "g", "logStream": "s",
        "subscriptionFilters": ["f"], "logEvents": [{"id": "1", "timestamp": 1, "message": EVENT}]});
    let base64 = STANDARD.encode(packed(&subscription.to_string()));
    vec![
        ("a line", EVENT.to_owned()),
        ("filter-log-events", pretty(&json!({"events": [{"logStreamName": "s", "timestamp": 1, "message": EVENT, "ingestionTime": 2, "eventId": "3"}], "searchedLogStreams": []}))),
        ("get-log-events", json!({"events": [{"timestamp": 1, "message": EVENT, "ingestionTime": 2}], "nextForwardToken": "f/1", "nextBackwardToken": "b/1"}).to_string()),
        ("--query events[].message", pretty(&json!([EVENT]))),
        ("jq without -r", json!(EVENT).to_string()),
        ("--output text", format!("EVENTS\t3\t2\ts\t{EVENT}\t1\n")),
        ("logs tail", format!("2026-01-05T09:00:00.123000+00:00 111122223333_CloudTrail_us-east-1 {EVENT}\n")),
        ("logs tail --format short", format!("2026-01-05T09:00:00 {EVENT}\n")),
        ("S3 export", format!("2026-01-05T09:00:00.123Z {EVENT}\n")),
        ("lookup-events", pretty(&json!({"Events": [{"EventId": "1", "EventName": "PutRolePolicy", "ReadOnly": "false", "EventTime": 1.0, "EventSource": "iam.amazonaws.com", "Username": "ann", "Resources": [], "CloudTrailEvent": EVENT}]}))),
        ("subscription", subscription.to_string()),
        ("Lambda", pretty(&json!({"awslogs": {"data": base64}}))),
        ("Firehose", json!({"invocationId": "1", "records": [{"recordId": "1", "data": base64}]}).to_string()),
        ("Kinesis", json!({"Records": [{"kinesis": {"kinesisSchemaVersion": "1.0", "data": base64}, "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record"}]}).to_string()),
        ("base64", json!([base64]).to_string()),
        ("Logs Insights", pretty(&json!({"results": [[{"field": "@timestamp", "value": "2026-01-05 09:00:00.000"}, {"field": "@message", "value": EVENT}, {"field": "@ptr", "value": "x"}]], "status": "Complete"}))),
        ("Logs Insights console", pretty(&json!([{"@timestamp": "2026-01-05 09:00:00.000", "@message": EVENT}]))),
        ("Logs Insights CSV", format!("@timestamp,@message\n2026-01-05 09:00:00.000,\"{}\"\n", EVENT.replace('"', "\"\""))),
        ("CSV with semicolons", format!("message;time\n\"{}\";1\n", EVENT.replace('"', "\"\""))),
        ("CSV without a heading", format!("1,\"{}\",x\n", EVENT.replace('"', "\"\""))),
        ("Splunk export", json!({"preview": false, "offset": 0, "result": {"_raw": EVENT, "_time": "2026", "sourcetype": "aws:cloudtrail"}}).to_string()),
        ("Splunk results", pretty(&json!({"init_offset": 0, "results": [{"_raw": EVENT, "source": "s3"}]}))),
        ("Elastic", json!({"_index": "x", "_source": {"@timestamp": "2026", "event": {"original": EVENT, "action": "PutRolePolicy"}}}).to_string()),
        ("Elastic, flat", json!({"@timestamp": "2026", "event.original": EVENT, "event.action": "x"}).to_string()),
        ("Elastic search", pretty(&json!({"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_source": {"message": EVENT}}]}}))),
        ("OpenSearch", json!({"@id": "1", "@message": EVENT, "eventVersion": "1.08", "eventName": "PutRolePolicy"}).to_string()),
        ("SNS", pretty(&json!({"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Message": EVENT}))),
        ("SQS", pretty(&json!({"Messages": [{"MessageId": "1", "Body": json!({"Type": "Notification", "Message": EVENT}).to_string()}]}))),
    ]
}

#[test]
fn the_event_comes_out_of_every_envelope_with_its_own_bytes() {
    for (name, text) in texts() {
        for step in [1, 100, 1 << 20] {
            assert_eq!(events(text.as_bytes(), step), (vec![EVENT.to_owned()], vec![]), "{name}: {text}");
        }
        // Packed, and one behind the other.
        assert_eq!(events(&packed(&text), 1 << 20).0, [EVENT], "{name}");
        if !name.contains("CSV") {
            let twice = format!("{}\n{text}", text.trim_end());
            assert_eq!(events(twice.as_bytes(), 1 << 20), (vec![EVENT.to_owned(); 2], vec![]), "{name}");
        }
    }
}

#[test]
fn the_event_comes_out_of_envelopes_that_have_it_as_an_object() {
    let event = object();
    let bridge = json!({"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": "111122223333", "time": "2026-01-05T09:00:00Z", "region": "us-east-1", "resources": [], "detail": event});
    for (name, value) in [
        ("Records", json!({"Records": [event]})),
        ("a list", json!([event])),
        ("EventBridge", bridge.clone()),
        ("EventBridge through SNS", json!({"Type": "Notification", "Message": bridge.to_string()})),
        (
            "EventBridge through SQS to Lambda",
            json!({"Records": [{"messageId": "1", "body": bridge.to_string(), "eventSource": "aws:sqs"}]}),
        ),
        (
            "SNS to Lambda",
            json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "Message": event.to_string()}}]}),
        ),
        ("Logs Insights console", json!([{"@timestamp": "2026", "@message": event}])),
        ("Splunk HEC", json!({"time": 1, "sourcetype": "aws:cloudtrail", "event": event})),
    ] {
        for text in [value.to_string(), pretty(&value)] {
            let (found, errors) = events(text.as_bytes(), 100);
            let found: Vec<Value> = found.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
            assert_eq!((found, errors), (vec![event.clone()], vec![]), "{name}: {text}");
        }
    }
    let tail = format!("2026-01-05T09:00:00.123+00:00 111122223333_CloudTrail_us-east-1 \n{}\n", pretty(&event));
    let (found, errors) = events(tail.repeat(2).as_bytes(), 100);
    assert_eq!((found.len(), errors), (2, vec![]), "{found:?}");
    assert_eq!(serde_json::from_str::<Value>(&found[0]).expect("JSON"), event);
    // A stream may have any name, and other programs write something else before a document.
    for before in ["2026-01-05T09:00:00.123+00:00 stream\n", "INFO event: ", "event = "] {
        let text = format!("{before}{}\n", pretty(&event));
        let (found, errors) = events(text.repeat(2).as_bytes(), 100);
        assert_eq!((found.len(), errors), (2, vec![]), "{before}");
        assert_eq!(serde_json::from_str::<Value>(&found[1]).expect("JSON"), event);
    }
}

#[test]
fn text_of_two_bytes_a_letter_is_read() {
    let text = format!("{EVENT}\r\n{EVENT}\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[&[0xff, 0xfe], &little[..]].concat(), [&[0xfe, 0xff], &big[..]].concat(), little, big] {
        assert_eq!(events(&bytes, 7), (vec![EVENT.to_owned(); 2], vec![]));
    }
}

#[test]
fn a_log_event_that_is_text_is_that_text() {
    let answer = pretty(&json!({"events": [{"timestamp": 1, "message": "ERROR \"x\"\n", "eventId": "1"}]}));
    assert_eq!(events(answer.as_bytes(), 100).0, ["ERROR \"x\""]);
}

#[test]
fn packed_twice_is_unpacked_twice() {
    let once = packed(&format!("{EVENT}\n"));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &once).expect("memory");
    assert_eq!(events(&encoder.finish().expect("memory"), 50).0, [EVENT]);
    let zstd =
        ruzstd::encoding::compress_to_vec(format!("{EVENT}\n").as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    assert_eq!(events(&zstd.repeat(2), 50), (vec![EVENT.to_owned(); 2], vec![]));
}

#[test]
fn what_is_no_event_is_counted_by_its_kind() {
    let kinds = |text: &str| {
        let found = super::read(&mut text.as_bytes(), &mut |_| Ok(())).expect("nobody goes");
        let kinds: Vec<String> =
            found.tally.others.iter().map(|(kind, seen)| format!("{} {kind}", seen.count)).collect();
        (kinds.join(", "), found.tally.has_events)
    };
    for (text, wanted) in [
        ("x\ny\n", "2 text"),
        ("{\"level\":\"info\"}", "1 another JSON object"),
        ("{\"digestStartTime\":\"2026-01-05T08:00:00Z\",\"logFiles\":[]}", "1 a digest, which has hashes of files"),
        (
            "{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"id\":\"\",\"timestamp\":1,\"message\":\"CWL CONTROL MESSAGE: Checking health of destination Firehose.\"}]}",
            "1 a control message of CloudWatch Logs",
        ),
        ("{\"fileVersion\":\"1.0\",\"configurationItems\":[]}", "1 a file of AWS Config"),
        (
            "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{}}]}",
            "1 a notification of S3",
        ),
        ("{\"results\":[[{\"field\":\"eventName\",\"value\":\"x\"}]]}", "1 a query result without @message"),
        ("{\"events\":[],\"searchedLogStreams\":[]}", "1 an empty list of events"),
        ("a,b\n1,\"{\"\"x\"\":1}\"\n", "1 a row without an event"),
        (
            "{\"schema_version\":1,\"document\":\"replay\",\"missed\":[\"{\\\"eventVersion\\\":\\\"1.11\\\"}\"]}",
            "1 a report of cis-audit, whose examples are not read",
        ),
        (
            "{\n\"schema_version\":1,\n\"tool\":{\"name\":\"cis-audit\"},\"event\":{\"eventVersion\":\"1.11\"}}",
            "1 a report of cis-audit, whose examples are not read",
        ),
    ] {
        assert_eq!(kinds(text), (wanted.to_owned(), false), "{text}");
    }
    assert_eq!(kinds(EVENT), (String::new(), true));
}

#[test]
fn what_stands_between_events_is_no_reason_to_lose_them() {
    let other = "{\"a\":1}";
    for text in [
        format!("{EVENT}{other}{EVENT}"),
        format!("{EVENT}\n{other}{EVENT}\n{EVENT}\n"),
        format!("{other} {EVENT}\t{other},{EVENT}\n"),
        format!("INFO {other} {EVENT}\nINFO {{x=1}} {EVENT}\nINFO {{oops {EVENT}\n"),
        format!("{}{EVENT}\n{}\n{EVENT}\n", "x".repeat(5_000), "\0".repeat(2_000)),
        format!("{{\"eventName\":\"x\"}} {EVENT}\n{{\"eventName\":\"x\"}}{EVENT}\n"),
        format!(
            "{{\"source\":\"aws.ec2\",\"detail\":{{\"state\":\"x\"}}}}{{\"source\":\"aws.cloudtrail\",\"detail\":{EVENT}}}"
        ),
    ] {
        for size in [1 << 20, 50] {
            let found = events(text.as_bytes(), size).0.iter().filter(|event| *event == EVENT).count();
            assert_eq!(found, text.matches(EVENT).count(), "{text}");
        }
    }
}

#[test]
fn envelopes_of_any_collector_are_opened() {
    let quoted = serde_json::to_string(EVENT).expect("a text");
    for text in [
        format!("{{\"log\":{quoted},\"stream\":\"stdout\"}}"),
        format!("{{\"eventName\":\"received\",\"message\":{EVENT}}}"),
        format!("{{\"streams\":[{{\"stream\":{{}},\"values\":[[\"170\",{quoted}]]}}]}}"),
        format!("{{\"QueryResultRows\":[[{{\"eventJson\":{quoted}}}]]}}"),
        format!("{{\"attributes\":{{\"attributes\":{EVENT}}},\"raw\":{quoted}}}"),
        format!("[[1704445200000,{quoted}]]"),
        format!("[{{\"m\":{quoted},\"t\":1}}]"),
        format!("{{\"MESSAGE\":{}}}", serde_json::to_string(&format!("host app: {EVENT}")).expect("a text")),
    ] {
        assert_eq!(events(text.as_bytes(), 50), (vec![EVENT.to_owned()], vec![]), "{text}");
    }
    // What an event was asked for is no event.
    let asked = EVENT.replace("\"eventName\"", &format!("\"requestParameters\":{{\"item\":{EVENT}}},\"eventName\""));
    assert_eq!(events(asked.as_bytes(), 50).0.len(), 1);
}

#[test]
fn tables_of_events_over_several_lines_are_read() {
    let event: Value = serde_json::from_str(EVENT).expect("JSON");
    let cell = serde_json::to_string_pretty(&event).expect("JSON").replace('"', "\"\"");
    let found = events(format!("time,event\n1,\"{cell}\"\n2,\"{cell}\"\n").as_bytes(), 50).0;
    assert_eq!(found.len(), 2);
}

#[test]
fn what_only_has_fields_of_an_event_is_none() {
    let kinds = |text: &str| {
        let found = super::read(&mut text.as_bytes(), &mut |_| Ok(())).expect("nobody goes");
        let kinds: Vec<String> = found.tally.others.keys().map(ToString::to_string).collect();
        (kinds.join(", "), found.tally.has_events)
    };
    let part = "fields of an event, not the event itself";
    for (text, wanted) in [
        (
            "{\"eventName\":\"ConsoleLogin\",\"eventTime\":\"2026-01-05T08:00:00Z\",\"userIdentity.type\":\"Root\"}",
            part,
        ),
        ("{\"eventVersion\":\"1.08\",\"eventName\":\"ConsoleLogin\",\"userIdentity_type\":\"Root\"}", part),
        ("{\"eventVersion\":\"1.08\",\"userIdentity\":\"{}\",\"eventName\":\"ConsoleLogin\"}", part),
        ("{\"eventName\":{\"S\":\"x\"},\"eventVersion\":{\"S\":\"1.08\"}}", part),
        ("{\"eventTime\":\"t\",\"eventName\":\"x\",\"user\":\"arn\"}", part),
        ("{\"eventName\":\"page_view\",\"user\":7}", "another JSON object"),
    ] {
        for text in [text.to_owned(), format!("{text}\n{text}\n"), format!("[{text}]")] {
            assert_eq!(kinds(&text), (wanted.to_owned(), false), "{text}");
        }
    }
    assert_eq!(kinds("{\"eventName\":\"ConsoleLogin\",\"userIdentity\":{\"type\":\"Root\"}}\n"), (String::new(), true));
}

#[test]
fn frames_of_zstd_are_skipped_and_checked() {
    let packed =
        ruzstd::encoding::compress_to_vec(format!("{EVENT}\n").as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let skipped = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    for file in [[&skipped[..], &packed[..]].concat(), [&packed[..], &skipped[..]].concat()] {
        assert_eq!(events(&file, 50), (vec![EVENT.to_owned()], vec![]));
    }
    let cut = [&packed[..], &skipped[..skipped.len() - 1]].concat();
    assert_eq!(events(&cut, 50).1.len(), 1);
    // The last four bytes are the checksum.
    let mut wrong = packed;
    *wrong.last_mut().expect("a byte") ^= 1;
    let errors = events(&wrong, 50).1;
    assert!(errors[0].ends_with("the checksum of the zstd frame is wrong"), "{errors:?}");
}

#[test]
fn a_tar_archive_is_named() {
    let mut archive = vec![0; 1_536];
    archive[257..262].copy_from_slice(b"ustar");
    archive[512..512 + EVENT.len()].copy_from_slice(EVENT.as_bytes());
    assert_eq!(events(&archive, 50), (vec![], vec!["is a tar archive: unpack it first".to_owned()]));
}

#[test]
fn brackets_without_end_take_bounded_time() {
    for text in ["{\"a\":[\n", "{\"Records\":[\n", "{\"Records\":[{\n"] {
        let text = format!("{}{EVENT}\n", text.repeat(60_000));
        assert!(events(text.as_bytes(), 1 << 17).0.iter().any(|event| event == EVENT));
    }
}
