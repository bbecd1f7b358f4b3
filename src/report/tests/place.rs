//! Where a finding is written, in each format that shows it; and that comparing reports does not mind it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::report::read::read;

/// As hostile as a file's name can be: to a terminal, to Markdown, to a runner's commands and to URIs.
const HOSTILE: &str = "a|b`,:%<i>\u{1b}[2J ?.yaml";

fn place(file: &str, line: Option<u32>, column: Option<u32>) -> Place {
    Place { file: file.to_owned(), line, column, address: Some("Alerts".to_owned()), excerpt: None }
}

/// 3.4 fails there.
fn at(place: Place) -> Report {
    report(vec![Finding { place: Some(place), ..pending() }])
}

fn template() -> Report {
    at(place("stacks/template.yaml", Some(12), Some(5)))
}

fn json_of(report: &Report, format: Format) -> Value {
    serde_json::from_str(&shown(report, format, &LOOK)).expect("JSON")
}

#[test]
fn json_has_it_where_there_is_one() {
    for (report, wanted) in [
        (template(), json!({ "file": "stacks/template.yaml", "line": 12, "column": 5, "address": "Alerts" })),
        (at(place(HOSTILE, None, None)), json!({ "file": HOSTILE, "line": null, "column": null, "address": "Alerts" })),
    ] {
        assert_eq!(json_of(&report, Format::Json)["results"][0]["place"], wanted);
        assert_eq!(json_of(&report, Format::Ndjson)["place"], wanted);
    }
    let without = json_of(&report(vec![pending()]), Format::Json);
    assert!(!without["results"][0].as_object().expect("a result").contains_key("place"));
}

#[test]
fn sarif_points_into_the_file() {
    let location = |report: &Report| json_of(report, Format::Sarif)["runs"][0]["results"][0]["locations"][0].clone();
    let found = location(&template());
    assert_eq!(
        found["physicalLocation"],
        json!({ "artifactLocation": { "uri": "stacks/template.yaml" }, "region": { "startLine": 12, "startColumn": 5 } })
    );
    let logical = found["logicalLocations"].as_array().expect("a list");
    assert_eq!(logical.last(), Some(&json!({ "fullyQualifiedName": "Alerts", "kind": "resource" })));
    assert_eq!(
        location(&at(place(HOSTILE, None, Some(5))))["physicalLocation"],
        json!({
            "artifactLocation": { "uri": "a%7Cb%60%2C%3A%25%3Ci%3E%1B%5B2J%20%3F.yaml" },
            "region": { "startLine": 1 },
        })
    );
}

#[test]
fn github_puts_the_annotation_beside_the_line() {
    let command = |place| {
        let text = shown(&at(place), Format::Github, &LOOK);
        text.split_once("title=").expect("a title").0.to_owned()
    };
    assert_eq!(
        command(place("stacks/template.yaml", Some(12), Some(5))),
        "::error file=stacks/template.yaml,line=12,col=5,"
    );
    assert_eq!(command(place("plan.json", None, Some(5))), "::error file=plan.json,");
    assert_eq!(command(place(HOSTILE, Some(1), None)), r"::error file=a|b`%2C%3A%25<i>\u{1b}[2J ?.yaml,line=1,");
}

#[test]
fn people_see_it_beside_the_finding() {
    let report_at = |file: &str| at(place(file, Some(12), Some(5)));
    for (format, plain, hostile) in [
        (
            Format::Table,
            "  nobody has confirmed a subscription of security-alerts\n  template.yaml:12:5 (Alerts)\n\n    ✓ trail",
            "  nobody has confirmed a subscription of security-alerts\n  a|b`,:%<i>\\u{1b}[2J ?.yaml:12:5 (Alerts)\n\n    ✓ trail",
        ),
        (
            Format::Markdown,
            "| low | `subscription.pending` `template.yaml:12:5` `Alerts` |\n",
            "| low | `subscription.pending` ``a\\|b`,:%<i>\\u{1b}[2J ?.yaml:12:5`` `Alerts` |\n",
        ),
        (
            Format::Markdown,
            "```text\nnobody has confirmed a subscription of security-alerts\ntemplate.yaml:12:5 (Alerts)\n✓ trail",
            "```text\nnobody has confirmed a subscription of security-alerts\na|b`,:%<i>\\u{1b}[2J ?.yaml:12:5 (Alerts)\n✓ trail",
        ),
        (
            Format::Junit,
            "\ntemplate.yaml:12:5 (Alerts)\n✓ trail",
            "\na|b`,:%&lt;i&gt;\\u{1b}[2J ?.yaml:12:5 (Alerts)\n✓ trail",
        ),
        (
            Format::Html,
            r#"<p class="place"><code>template.yaml:12:5 (Alerts)</code></p>"#,
            r#"<p class="place"><code>a|b`,:%&lt;i&gt;\u{1b}[2J ?.yaml:12:5 (Alerts)</code></p>"#,
        ),
    ] {
        for (file, line) in [("template.yaml", plain), (HOSTILE, hostile)] {
            let text = shown(&report_at(file), format, &LOOK);
            assert!(text.contains(line), "{text}");
        }
    }
}

#[test]
fn findings_of_one_cause_have_their_places_one_below_the_other() {
    let findings = [(1, 100), (2, 9), (3, 9)].map(|(number, line)| {
        let reason = Reason::from_parts(Code::TrailNotLogging, "main", "trail main is stopped");
        Finding { place: Some(place("main.tf", Some(line), None)), ..breaks(number, Status::Fail, reason) }
    });
    let text = table_of(&report(findings.into()), &LOOK);
    let begin = text.find("✗ 3.1–3.3").expect("the head of the problem");
    let end = text.find("    ✓ log group").unwrap_or(text.len());
    let problem: Vec<&str> = text[begin..end].lines().take(4).collect();
    assert_eq!(
        problem,
        ["✗ 3.1–3.3  3 controls", "  trail main is stopped", "  main.tf:9 (Alerts)", "  main.tf:100 (Alerts)"]
    );
}

#[test]
fn a_long_name_is_no_wider_than_the_table() {
    let text = table_of(&at(place(&"日本".repeat(100_000), Some(12), Some(5))), &LOOK);
    let line = text.lines().find(|line| line.ends_with("日本:12:5")).expect("the end of the place");
    assert_snapshot!(unicode_width::UnicodeWidthStr::width(line), @"78");
}

/// Lines move with every edit: what was known at another line is known.
#[test]
fn comparing_reports_does_not_mind_where_findings_are_written() {
    let written = read(&shown(&template(), Format::Json, &LOOK)).expect("a report");
    assert_eq!(written.ignored.named, [""; 0]);
    let states = [at(place("stacks/other.yaml", Some(99), None)), report(vec![pending()])]
        .map(|other| State::from_report(&other));
    for other in states {
        assert_eq!(written.document, other);
    }
}
