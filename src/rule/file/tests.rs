//! Every way in which a rule file can be wrong, with the message in full.

use insta::assert_snapshot;

use super::*;

const GOOD: &str = r#"id = "3.5"
slug = "trail-changes"
title = "Ensure trail changes are seen"
level = 1
severity = "low"
security_hub_control = "CloudWatch.5"
event_source = "cloudtrail.amazonaws.com"
metric_name = "TrailChanges"
requires = '{ $.eventName = "StopLogging" }'
pattern = '{ $.eventName = StopLogging }'
rationale = """
Two lines,
one sentence.

A paragraph."""
remediation = "Do it."
references = ["https://example.com/a"]
related = ["NIST.800-171.r2 3.3.8"]
"#;

/// The message for the good file with one text replaced by another.
fn message(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the good file");
    read("rules/x.toml", &GOOD.replacen(from, to, 1)).err().map_or_else(|| "fine".to_owned(), |error| error.to_string())
}

#[test]
fn a_good_file_becomes_a_rule() {
    let rule = read("x.toml", GOOD).unwrap().rule;
    assert_eq!(rule.id, RuleId { section: 3, number: 5 });
    assert_eq!(rule.slug, "trail-changes");
    assert_eq!(rule.title, "Ensure trail changes are seen");
    assert_eq!(rule.level, 1);
    assert_eq!(rule.severity, Severity::Low);
    assert_eq!(rule.security_hub_control.as_deref(), Some("CloudWatch.5"));
    assert_eq!(rule.event_source.as_deref(), Some("cloudtrail.amazonaws.com"));
    assert_eq!(rule.metric_name, "TrailChanges");
    assert_eq!(rule.requires.source(), r#"{ $.eventName = "StopLogging" }"#);
    assert_eq!(rule.pattern.source(), "{ $.eventName = StopLogging }");
    assert_eq!(rule.rationale, "Two lines, one sentence.\n\nA paragraph.");
    assert_eq!(rule.remediation, "Do it.");
    assert_eq!(rule.references, ["https://example.com/a"]);
    assert_eq!(rule.related, ["NIST.800-171.r2 3.3.8"]);
}

#[test]
fn a_rule_about_every_service_needs_no_event_source() {
    let text = GOOD.replace("event_source = \"cloudtrail.amazonaws.com\"\n", "");
    assert_eq!(read("x.toml", &text).unwrap().rule.event_source, None);
}

#[test]
fn a_rule_unknown_to_security_hub_needs_no_control() {
    let text = GOOD.replace("security_hub_control = \"CloudWatch.5\"\n", "");
    assert_eq!(read("x.toml", &text).unwrap().rule.security_hub_control, None);
}

#[test]
fn shape_errors_name_file_line_and_field() {
    assert_snapshot!(message("slug = \"trail-changes\"\n", ""), @"rules/x.toml:1:1: missing field `slug`");
    assert_snapshot!(message("level = 1", "level = 1\nowner = \"me\""), @"rules/x.toml:5:1: unknown field `owner`, expected one of `id`, `slug`, `title`, `level`, `severity`, `security_hub_control`, `event_source`, `metric_name`, `requires`, `pattern`, `rationale`, `remediation`, `references`, `related`");
    assert_snapshot!(message("\"3.5\"", "3.50"), @"rules/x.toml:1:6: field `id`: invalid type: floating point `3.5`, expected a string");
    assert_snapshot!(message("level = 1", "level = \"1\""), @r#"rules/x.toml:4:9: field `level`: invalid type: string "1", expected i64"#);
    assert_snapshot!(message("[\"https://example.com/a\"]", "[\"https://example.com/a\", 7]"), @"rules/x.toml:17:40: field `references`: invalid type: integer `7`, expected a string");
    assert_snapshot!(message("level = 1", "level = "), @"rules/x.toml:4:9: string values must be quoted, expected literal string");
    assert_snapshot!(message("level = 1", "level = 1\nlevel = 2"), @"rules/x.toml:5:1: duplicate key");
}

#[test]
fn value_errors_name_file_line_field_and_what_would_do() {
    assert_snapshot!(message("\"3.5\"", "\"three\""), @"rules/x.toml:1:6: field `id`: not a control's number, such as 3.4");
    assert_snapshot!(message("\"trail-changes\"", "\"Trail_Changes\""), @"rules/x.toml:2:8: field `slug`: `Trail_Changes` is not kebab-case, such as iam-policy-changes");
    assert_snapshot!(message("\"trail-changes\"", "\"trail--changes\""), @"rules/x.toml:2:8: field `slug`: `trail--changes` is not kebab-case, such as iam-policy-changes");
    assert_snapshot!(message("\"Ensure trail changes are seen\"", "\"  \""), @"rules/x.toml:3:9: field `title`: empty");
    assert_snapshot!(message("level = 1", "level = 3"), @"rules/x.toml:4:9: field `level`: 3 is not a profile level: 1 or 2");
    assert_snapshot!(message("\"low\"", "\"LOW\""), @"rules/x.toml:5:12: field `severity`: `LOW` is none of low, medium, high, critical");
    assert_snapshot!(message("CloudWatch.5", "5"), @"rules/x.toml:6:24: field `security_hub_control`: `5` is not a control, such as CloudWatch.4");
    assert_snapshot!(message("cloudtrail.amazonaws.com", "CloudTrail"), @"rules/x.toml:7:16: field `event_source`: `CloudTrail` is not an event source, such as iam.amazonaws.com");
    assert_snapshot!(message("\"Do it.\"", "\"\""), @"rules/x.toml:16:15: field `remediation`: empty");
    assert_snapshot!(message("[\"https://example.com/a\"]", "[]"), @"rules/x.toml:17:14: field `references`: empty: name at least one source");
    assert_snapshot!(message("https://example.com/a", "see the wiki"), @"rules/x.toml:17:15: field `references`: `see the wiki` is not an https URL");
    assert_snapshot!(message("'{ $.eventName = StopLogging }'", "''"), @"rules/x.toml:10:11: field `pattern`: empty");
}

#[test]
fn hostile_files_are_errors_and_never_panics() {
    for text in ["", "\u{feff}", "\0", "id", "[[a]]", "id = {}", "= = =", "a.b.c = 1", "\u{202e}", "id = '\u{1b}[31m'"]
    {
        assert!(read("x.toml", text).is_err(), "{text:?}");
    }
    let deep = format!("id = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read("x.toml", &deep).is_err());
}
