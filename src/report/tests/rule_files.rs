//! Controls of one's own: every format says where their rules come from, and none calls them the benchmark's.

use insta::assert_snapshot;

use super::*;
use crate::rule::RuleFiles;

/// The finding of a control of one's own, from the rule files of a directory.
fn own(id: &str, directory: &str, finding: Finding) -> Finding {
    let rule = Rule {
        id: RuleId::parse(id).unwrap(),
        slug: format!("own-{}", id.to_lowercase()),
        title: "Ensure that somebody is notified of new access keys".to_owned(),
        short_title: "new access keys".to_owned(),
        is_benchmarks: false,
        files: Some(Arc::new(RuleFiles { directory: directory.to_owned(), are_added: true })),
        security_hub: None,
        related: Vec::new(),
        requirements: Vec::new(),
        ..(*finding.rule).clone()
    };
    Finding { rule: Arc::new(rule), ..finding }
}

/// 3.4 of the benchmark fails, ACME-1 fails, ACME-2 passes.
fn mixed() -> Report {
    report(vec![pending(), own("ACME-1", "acme rules", misses()), own("ACME-2", "acme rules", passes(14))])
}

fn only_own() -> Report {
    report(vec![own("ACME-1", "acme", misses())])
}

fn text_of(report: &Report, format: Format) -> String {
    shown(report, format, &LOOK)
}

/// The lines in which a text is.
fn lines_with(text: &str, part: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains(part)).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_table_names_them_once() {
    let text = text_of(&mixed(), Format::Table);
    let head: Vec<&str> = text.lines().take(9).collect();
    assert_eq!(
        head,
        [
            "CIS AWS Foundations 1.2.0 and own controls · 111122223333 · eu-west-1 ·",
            "    2026-08-22 10:30 UTC",
            "",
            "  3.4     ✗ FAIL     IAM policy changes             subscription.pending",
            "  ACME-1  ✗ FAIL     new access keys                metric_filter.misses_events",
            "  ACME-2  ✓ pass     new access keys",
            "",
            "  Controls from acme rules: ACME-1, ACME-2",
            "",
        ]
    );
    assert_eq!(lines_with(&text, "Controls from").len(), 1);
    assert!(text.contains("`cis-audit explain ACME-1 --add-rules 'acme rules'` prints the"), "{text}");
    assert!(text.ends_with("3 controls: 1 pass, 2 fail (3.4, ACME-1)\n"), "{text}");
}

#[test]
fn verdicts_have_one_name_for_all_controls() {
    let weak = |finding: Finding| {
        let reason = Reason::from_parts(Code::AlarmNotEveryEvent, "calls", "alarm calls waits for more than 10 events");
        let mut finding = finding;
        finding.verdicts.effective = Judged::because(Status::Fail, reason);
        finding
    };
    let report = report(vec![weak(passes(1)), weak(own("ACME-1", "acme", passes(14)))]);
    assert_eq!(
        lines_with(&text_of(&report, Format::Table), "effective fails"),
        ["! 3.1, ACME-1: cis passes, effective fails (a single event may not raise an"]
    );
}

/// In no format is a report of own controls alone called one of the benchmark.
#[test]
fn a_report_of_own_controls_alone_does_not_call_them_cis() {
    let report = only_own();
    for format in Format::ALL {
        let text = text_of(&report, format);
        let at = ["CIS", "cis-aws"].iter().find_map(|word| text.find(word));
        let at = at.map(|at| text.get(at.saturating_sub(60)..text.len().min(at + 60)));
        assert_eq!(at, None, "{}", format.name());
    }
}

#[test]
fn pages_and_comments_name_them() {
    assert_snapshot!(text_of(&mixed(), Format::Markdown).lines().take(7).collect::<Vec<_>>().join("\n"), @"
    ## CIS AWS Foundations 1.2.0 and own controls: account `111122223333`

    **3 controls: 1 pass, 2 fail** · `eu-west-1` · 2026-08-22T10:30:00Z

    Controls from `acme rules`: ACME-1, ACME-2

    | control | | what is monitored | severity | why |
    ");
    let page = text_of(&mixed(), Format::Html);
    assert!(page.contains("<dt>Controls from acme rules</dt><dd>ACME-1, ACME-2</dd>"));
    assert!(page.contains("<title>CIS AWS Foundations 1.2.0 and own controls: account 111122223333</title>"));
    assert!(page.contains("CIS AWS Foundations Benchmark 1.2.0, monitoring controls, and own controls"));
    assert!(page.contains("id=\"control-ACME-1\"") && page.contains("href=\"#control-ACME-1\""));
    assert!(page.contains("<th scope=\"row\">cis"));
    let page = text_of(&only_own(), Format::Html);
    assert!(page.contains("<title>Own controls: account 111122223333</title>"));
    assert!(page.contains("<p class=\"eyebrow\">Own monitoring controls</p>"));
    assert!(page.contains("<dt>cis</dt><dd>Is the chain there, and is every link intact?</dd>"));
}

#[test]
fn the_log_of_a_job_names_them_before_the_counts() {
    let text = text_of(&mixed(), Format::Github);
    let last: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(last, ["3 controls: 1 pass, 2 fail", "Controls from acme rules: ACME-1, ACME-2"]);
}

#[test]
fn json_has_the_directory_in_every_result_of_theirs() {
    let document: serde_json::Value = serde_json::from_str(&text_of(&mixed(), Format::Json)).unwrap();
    let rule_at =
        |at: usize| (document["results"][at]["rule"].as_str(), document["results"][at]["rule_files"].as_str());
    assert_eq!(
        [rule_at(0), rule_at(1), rule_at(2)],
        [(Some("3.4"), None), (Some("ACME-1"), Some("acme rules")), (Some("ACME-2"), Some("acme rules"))]
    );
    let lines = text_of(&mixed(), Format::Ndjson);
    assert_eq!(
        lines_with(&lines, "\"rule\":\"ACME-1\",\"rule_files\":\"acme rules\",\"slug\":\"own-acme-1\"").len(),
        1
    );
    assert_eq!(lines_with(&lines, "rule_files").len(), 2);
}

#[test]
fn csv_has_a_column_for_the_directory() {
    let text = text_of(&mixed(), Format::Csv);
    let ends: Vec<_> = text.lines().map(|line| line.rsplit(',').nth(14).unwrap()).collect();
    assert_eq!(ends, ["rule_files", "", "acme rules", "acme rules"]);
}

#[test]
fn test_results_of_own_controls_are_a_suite_of_their_own() {
    let text = text_of(&mixed(), Format::Junit);
    assert_eq!(
        lines_with(&text, "<testsuite "),
        [
            "<testsuite name=\"CIS AWS Foundations Benchmark v1.2.0 111122223333 eu-west-1\" timestamp=\"2026-08-22T10:30:00Z\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">",
            "<testsuite name=\"Own controls 111122223333 eu-west-1\" timestamp=\"2026-08-22T10:30:00Z\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">",
        ]
    );
    assert_eq!(
        lines_with(&text, "property "),
        ["<property name=\"controls from acme rules\" value=\"ACME-1, ACME-2\"/>"]
    );
    assert_eq!(
        lines_with(&text, "<testcase"),
        [
            "<testcase name=\"3.4 IAM policy changes\" classname=\"cis-aws-foundations.111122223333.iam-policy-changes\">",
            "<testcase name=\"ACME-1 new access keys\" classname=\"own-controls.111122223333.own-acme-1\">",
            "<testcase name=\"ACME-2 new access keys\" classname=\"own-controls.111122223333.own-acme-2\"/>",
        ]
    );
}

#[test]
fn code_scanning_has_the_directory_in_the_rules_properties() {
    let document: serde_json::Value = serde_json::from_str(&text_of(&mixed(), Format::Sarif)).unwrap();
    let rules = &document["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["properties"].get("ruleFiles"), None);
    assert_eq!(rules[0]["properties"]["tags"][1], "cis-aws-foundations-1.2.0");
    assert_eq!(rules[1]["properties"]["ruleFiles"], "acme rules");
    assert_eq!(rules[1]["properties"]["tags"], serde_json::json!(["security", "level-2"]));
    assert_eq!(rules[1]["shortDescription"]["text"], "ACME-1 new access keys");
}

#[test]
fn findings_for_aws_lack_the_benchmarks_type_and_requirement() {
    let document: serde_json::Value = serde_json::from_str(&text_of(&mixed(), Format::Asff)).unwrap();
    let (benchmarks, own) = (&document[0], &document[1]);
    assert_eq!(
        benchmarks["Types"][0],
        "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
    );
    assert_eq!(own["Types"], serde_json::json!(["Software and Configuration Checks"]));
    assert_eq!(own["FindingProviderFields"]["Types"], own["Types"]);
    assert_eq!(own["Title"], "ACME-1 Ensure that somebody is notified of new access keys");
    assert_eq!(own["Compliance"], serde_json::json!({ "Status": "FAILED" }));
    assert_eq!(own["ProductFields"]["cis-audit/default/rule_files"], "acme rules");
    assert_eq!(own["ProductFields"].get("cis-audit/default/benchmark"), None);
    assert_eq!(benchmarks["ProductFields"].get("cis-audit/default/rule_files"), None);
}

#[test]
fn events_for_a_lake_are_of_no_standard_but_their_files() {
    let document: serde_json::Value = serde_json::from_str(&text_of(&mixed(), Format::Ocsf)).unwrap();
    let standards = |at: usize| document[at]["compliance"]["standards"][0].as_str();
    assert_eq!(
        [standards(0), standards(1)],
        [Some("CIS AWS Foundations Benchmark v1.2.0"), Some("Controls from acme rules")]
    );
    assert_eq!(document[1]["unmapped"]["rule_files"], "acme rules");
    assert_eq!(document[0]["unmapped"].get("rule_files"), None);
}

#[test]
fn metrics_name_them_in_a_metric_of_its_own() {
    assert_eq!(
        lines_with(&text_of(&mixed(), Format::OpenMetrics), "cis_audit_rule_files"),
        [
            "# HELP cis_audit_rule_files 1 for a control that comes from rule files.",
            "# TYPE cis_audit_rule_files gauge",
            "cis_audit_rule_files{account_id=\"111122223333\",region=\"eu-west-1\",benchmark=\"1.2.0\",verdict=\"cis\",rule=\"ACME-1\",slug=\"own-acme-1\",severity=\"low\",directory=\"acme rules\"} 1",
            "cis_audit_rule_files{account_id=\"111122223333\",region=\"eu-west-1\",benchmark=\"1.2.0\",verdict=\"cis\",rule=\"ACME-2\",slug=\"own-acme-2\",severity=\"low\",directory=\"acme rules\"} 1",
        ]
    );
}

#[test]
fn a_hostile_directory_is_shown_and_steers_nothing() {
    let directory = "a\u{1b}[2J\n::error::x";
    let report = report(vec![own("ACME-1", directory, misses())]);
    for format in Format::ALL {
        let text = text_of(&report, format);
        assert!(!text.contains('\u{1b}'), "{}", format.name());
        assert!(!text.lines().any(|line| line.starts_with("::error::x")), "{}", format.name());
    }
}

#[test]
fn the_longest_id_leaves_the_table_readable() {
    let id = "A-2345678901234567890123456789012";
    let report = report(vec![own(&id[..32], "acme", misses())]);
    let text = text_of(&report, Format::Table);
    let line = lines_with(&text, "FAIL");
    assert_eq!(line, ["A-234567890123456789012345678901  ✗ FAIL     new access keys         metr…ents"]);
}

#[test]
fn an_own_control_is_listed_and_explained_with_its_directory() {
    let rule = own("ACME-1", "acme", misses()).rule;
    let mut out = Vec::new();
    rules::list(&[Arc::clone(&rule)], ListFormat::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @"
    id     level Security Hub name       what is monitored
    ACME-1 2                  own-acme-1 new access keys

    Controls from acme: ACME-1
    ");
    let mut out = Vec::new();
    rules::explain(&rule, ListFormat::Table, &LOOK, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().next(), Some("ACME-1  own-acme-1"));
    assert!(text.contains("\nControls from acme: ACME-1\n"), "{text}");
    assert!(text.contains("\nIts pattern\n"), "{text}");
}
