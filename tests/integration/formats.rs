//! Every format of every saved account, as parsers and schemas of third parties read it: it is what it says it is, and it
//! says the same as the JSON report.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::python::{EMULATORS, VALIDATORS};
use crate::support::run::Cli;
use crate::support::validate::{Document, facts, sarif_schema};

const FORMATS: [&str; 11] =
    ["table", "json", "ndjson", "csv", "markdown", "junit", "sarif", "ocsf", "asff", "openmetrics", "github"];

/// The reports of one account by format, all from one run.
pub(crate) struct Reports {
    by_format: BTreeMap<&'static str, String>,
    json: Value,
}

impl Reports {
    /// Audits a saved account.
    pub(crate) fn read(account: &Path, arguments: &[&str]) -> Self {
        let mut cli = Cli::new().arg("--snapshot").arg(account.display().to_string()).args(arguments);
        for format in FORMATS {
            let file = cli.home().join(format);
            cli = cli.arg("-f").arg(format!("{format}={}", file.display()));
        }
        let run = cli.run();
        assert!(matches!(run.code, Some(0..=2)), "{run:#?}");
        assert_eq!(run.stdout, "", "{}", account.display());
        let is_place = |line: &str| line.starts_with("report written to ");
        assert!(run.stderr.lines().all(is_place), "{}: {}", account.display(), run.stderr);
        let read = |format| (format, fs::read_to_string(cli.home().join(format)).expect("every report was written"));
        let by_format = BTreeMap::from(FORMATS.map(read));
        let json = serde_json::from_str(&by_format["json"]).expect("the JSON report is JSON");
        Self { by_format, json }
    }

    pub(crate) fn text(&self, format: &str) -> &str {
        &self.by_format[format]
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.by_format.iter().map(|(format, text)| (*format, text.as_str()))
    }

    /// A field of every result of the JSON report, `""` where it is null.
    fn each(&self, pointer: &str) -> Vec<String> {
        let results = self.json["results"].as_array().expect("results");
        let field = |result: &Value| result.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        results.iter().map(field).collect()
    }

    fn statuses(&self) -> Vec<String> {
        self.each("/status")
    }

    fn count(&self, status: &str) -> u64 {
        self.json["summary"][status].as_u64().expect("a count")
    }

    fn document(&self, kind: &'static str, schema: Value) -> Document {
        Document { kind, text: self.text(kind).to_owned(), schema }
    }
}

fn accounts() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts");
    let entries = fs::read_dir(directory).expect("the fixtures are there");
    let mut accounts: Vec<PathBuf> = entries.map(|entry| entry.expect("a fixture").path()).collect();
    accounts.sort();
    assert!(accounts.len() >= 3, "{accounts:?}");
    accounts
}

fn every_report() -> Vec<Reports> {
    let mut reports: Vec<Reports> = accounts().iter().map(|account| Reports::read(account, &[])).collect();
    // With failures that are waived.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = root.join("fixtures/accounts/demo.json");
    let waivers = root.join("fixtures/waivers.toml").display().to_string();
    reports.push(Reports::read(&demo, &["--waivers", &waivers]));
    assert_eq!(reports.last().map(|report| report.count("waived")), Some(2));
    // With a control of one's own beside those of the benchmark.
    let own = root.join("fixtures/rules").display().to_string();
    reports.push(Reports::read(&demo, &["--add-rules", &own]));
    assert_eq!(reports.last().and_then(|report| report.each("/rule").pop()).as_deref(), Some("ACME-1"));
    reports
}

fn mapped(statuses: &[String], words: [(&str, &str); 4]) -> Vec<Value> {
    let word = |status: &String| words.iter().find(|(from, _)| from == status).map(|(_, to)| json!(to));
    statuses.iter().map(|status| word(status).unwrap_or_else(|| panic!("{status}"))).collect()
}

#[test]
fn others_read_what_the_json_report_says() {
    let schema: Value = serde_json::from_str(&Cli::new().arg("schema").run().stdout).unwrap();
    let mut line = schema.clone();
    line["$ref"] = json!("#/$defs/Result");
    for keyword in ["properties", "required", "type"] {
        line.as_object_mut().unwrap().remove(keyword);
    }
    let sarif = sarif_schema();
    let reports = every_report();
    let kinds = ["csv", "junit", "markdown", "openmetrics", "ocsf", "json", "ndjson", "sarif"];
    let documents: Vec<Document> = reports
        .iter()
        .flat_map(|reports| {
            kinds.map(|kind| {
                let schema = match kind {
                    "json" => schema.clone(),
                    "ndjson" => line.clone(),
                    "sarif" => sarif.clone(),
                    _ => Value::Null,
                };
                reports.document(kind, schema)
            })
        })
        .collect();
    let Some(facts) = facts(&VALIDATORS, &documents) else { return };
    for (report, facts) in reports.iter().zip(facts.chunks(kinds.len())) {
        let facts_of = |kind: &str| &facts[kinds.iter().position(|known| *known == kind).unwrap()];
        let statuses = report.statuses();
        for schema in ["json", "ndjson", "sarif"] {
            assert_eq!(facts_of(schema)["errors"], json!([]), "{schema}");
        }
        assert_eq!(facts_of("csv")["statuses"], json!(statuses));
        assert_eq!(facts_of("csv")["reasons"], json!(report.each("/reason/code")));
        assert_eq!(facts_of("csv")["formulas"], json!([]));
        assert_eq!(facts_of("junit")["statuses"], json!(statuses));
        let counts = ["fail", "unknown", "waived"].map(|status| report.count(status));
        assert_eq!(facts_of("junit")["declared"], json!([statuses.len() as u64, counts[0], counts[1], counts[2]]));
        assert_eq!(facts_of("junit")["times"], json!([]), "no time was measured");
        let standing =
            mapped(&statuses, [("pass", "Pass"), ("fail", "Fail"), ("unknown", "Warning"), ("waived", "Fail")]);
        assert_eq!(facts_of("ocsf")["statuses"], json!(standing));
        assert_eq!(facts_of("ocsf")["version"], json!(["1.5.0"]));
        assert_markdown(report, facts_of("markdown"));
        assert_metrics(report, facts_of("openmetrics"));
    }
}

fn assert_markdown(report: &Reports, read: &Value) {
    let statuses = report.statuses();
    assert_eq!((&read["tables"], &read["widths"]), (&json!(1), &json!([5])), "{}", report.text("markdown"));
    let shown = mapped(
        &statuses,
        [("pass", "✓ pass"), ("fail", "✗ **FAIL**"), ("unknown", "? **unknown**"), ("waived", "· waived")],
    );
    let effective = report.each("/verdicts/effective");
    let weak = |(shown, effective): (Value, &String)| match (shown.as_str(), effective.as_str()) {
        (Some("✓ pass"), "fail") => json!("! pass"),
        _ => shown,
    };
    let shown = shown.into_iter().zip(&effective).map(weak);
    let rows: Vec<Value> = report.each("/rule").iter().zip(shown).map(|(rule, shown)| json!([rule, shown])).collect();
    assert_eq!(read["rows"], json!(rows));
    let problems = report.count("fail") + report.count("unknown");
    assert_eq!(read["fences"], problems);
    assert_eq!(read["headings"].as_array().map_or(0, Vec::len) as u64, problems + 1, "{:?}", read["headings"]);
    assert_eq!((&read["acting"], &read["mentions"]), (&json!([]), &json!([])), "{}", report.text("markdown"));
    assert!(report.text("markdown").chars().count() < 65_536, "GitHub takes no longer comment");
}

fn assert_metrics(report: &Reports, read: &Value) {
    let rules = report.each("/rule");
    let by_rule: BTreeMap<&String, String> = rules.iter().zip(report.statuses()).collect();
    assert_eq!(read["status"], json!(by_rule));
    for status in ["pass", "fail", "unknown", "waived"] {
        assert_eq!(read["counts"][status], report.count(status));
    }
    let links = report.each("/reason/link");
    let mut broken: Vec<[&String; 2]> =
        rules.iter().zip(&links).filter(|(_, link)| !link.is_empty()).map(|(rule, link)| [rule, link]).collect();
    broken.sort();
    assert_eq!(read["links"], json!(broken));
    assert_eq!(read["collected"], 1_767_603_600.0, "2026-01-05T09:00:00Z");
}

/// The client refuses what Security Hub's API has no field for; the emulator takes the findings twice and has them once.
#[test]
fn security_hub_takes_the_findings() {
    let reports = every_report();
    let documents: Vec<Document> = reports.iter().map(|report| report.document("asff", Value::Null)).collect();
    let Some(facts) = facts(&EMULATORS, &documents) else { return };
    for (report, read) in reports.iter().zip(&facts) {
        let statuses = report.statuses();
        let standing = mapped(
            &statuses,
            [("pass", "PASSED"), ("fail", "FAILED"), ("unknown", "NOT_AVAILABLE"), ("waived", "FAILED")],
        );
        assert_eq!(read["statuses"], json!(standing));
        assert_eq!(read["stored"], statuses.len(), "ids are stable and differ");
        assert_eq!(read["too_long"], json!([]));
    }
}

#[test]
fn sarif_has_what_does_not_pass_and_where_github_looks() {
    for report in every_report() {
        let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(report.text("sarif")).unwrap();
        let [run] = sarif.runs.as_slice() else { panic!("one run") };
        let rules = run.tool.driver.rules.as_ref().unwrap();
        assert_eq!(rules.len(), report.statuses().len());
        let results = run.results.as_ref().unwrap();
        let is_waived = |result: &&serde_sarif::sarif::Result| {
            result.suppressions.as_ref().is_some_and(|suppressions| !suppressions.is_empty())
        };
        let of_kind = |kind: &str| {
            let kind = json!(kind);
            let is_kind = |result: &&serde_sarif::sarif::Result| serde_json::to_value(&result.kind).unwrap() == kind;
            results.iter().filter(|result| !is_waived(result)).filter(is_kind).count() as u64
        };
        assert_eq!(results.iter().filter(is_waived).count() as u64, report.count("waived"));
        assert_eq!((of_kind("fail"), of_kind("open")), (report.count("fail"), report.count("unknown")));
        assert_eq!(of_kind("pass"), 0, "GitHub takes every result for an alert");
        let document: Value = serde_json::from_str(report.text("sarif")).unwrap();
        for result in document["runs"][0]["results"].as_array().unwrap() {
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert_eq!(uri, format!("aws/{}", result["partialFingerprints"]["control/v1"].as_str().unwrap()));
            assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize].id, result["ruleId"].as_str().unwrap());
        }
    }
}

/// GitHub's documentation: `::COMMAND KEY=VALUE,…::MESSAGE`, with percent signs, ends of lines, and in values colons and
/// commas, written as `%25`, `%0D`, `%0A`, `%3A` and `%2C`.
fn workflow_command(line: &str) -> Option<(&str, &str, String)> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (command, properties) = head.split_once(' ')?;
    let title = properties.strip_prefix("title=")?;
    assert!(!title.contains([':', ',']), "{line}");
    Some((command, title, message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")))
}

#[test]
fn github_gets_a_command_for_each_control_that_does_not_pass() {
    for report in every_report() {
        let commands: Vec<_> = report.text("github").lines().filter_map(workflow_command).collect();
        let count = |command: &str| commands.iter().filter(|(name, ..)| *name == command).count() as u64;
        assert_eq!((count("error"), count("warning")), (report.count("fail"), report.count("unknown")));
        let others: Vec<&str> = report.text("github").lines().filter(|line| workflow_command(line).is_none()).collect();
        let directories = usize::from(!report.each("/rule_files").concat().is_empty());
        assert_eq!(others.len(), directories + 1, "where rules come from, and a line with the counts: {others:?}");
        assert!(others.iter().take(directories).all(|line| line.starts_with("Controls from ")), "{others:?}");
        let titles: Vec<&str> = commands.iter().map(|(_, title, _)| *title).collect();
        let rules = report.each("/rule");
        let effective = report.each("/verdicts/effective");
        let found = rules.iter().zip(report.statuses()).zip(&effective);
        let failing: Vec<&String> = found
            .filter(|((_, status), effective)| status != "pass" || *effective == "fail")
            .map(|((rule, _), _)| rule)
            .collect();
        assert_eq!(titles.len(), failing.len(), "{titles:?}");
        for (title, rule) in titles.iter().zip(failing) {
            assert!(title.starts_with(&format!("{rule} ")), "{title}");
        }
    }
}

/// A runner names a file for the summary of the job; other steps have written to it before.
#[test]
fn github_gets_a_summary_of_the_job() {
    let cli = Cli::new();
    let file = cli.write("summary", "before\n");
    let cli = cli.args(&["--demo", "-f", "github"]).env("GITHUB_STEP_SUMMARY", &file.display().to_string());
    let run = cli.run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let markdown = Cli::new().args(&["--demo", "-f", "markdown"]).run().stdout;
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("before\n{markdown}"));

    let nowhere = Cli::new().args(&["--demo", "-f", "github"]).env("GITHUB_STEP_SUMMARY", "/nowhere/at/all").run();
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
    assert!(nowhere.stderr.contains("/nowhere/at/all"), "{nowhere:#?}");
    let other = Cli::new().args(&["--demo", "-f", "csv"]).env("GITHUB_STEP_SUMMARY", "/nowhere/at/all").run();
    assert_eq!(other.code, Some(1), "only for the format of GitHub: {other:#?}");
}

#[test]
fn quiet_and_verbose_leave_formats_for_programs_alone() {
    let account = accounts().remove(0);
    let plain = Reports::read(&account, &[]);
    for verbosity in ["-q", "-v"] {
        let other = Reports::read(&account, &[verbosity, "--color", "always", "--ascii"]);
        for (format, text) in plain.texts().filter(|(format, _)| *format != "table") {
            assert_eq!(other.text(format), text, "{format} {verbosity}");
        }
    }
}

#[test]
fn addresses_are_masked_in_every_format_unless_asked_for() {
    let account = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/demo.json");
    for (format, text) in Reports::read(&account, &[]).texts() {
        assert!(!text.contains("network@example.com"), "{format}");
    }
    let shown = Reports::read(&account, &["--show-endpoints"]);
    for format in ["table", "json", "ndjson", "markdown", "junit", "github"] {
        assert!(shown.text(format).contains("network@example.com"), "{format}");
    }
}

#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let committed = include_str!("../../schema/report.schema.json");
    let run = Cli::new().arg("schema").run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), committed), "cis-audit schema > schema/report.schema.json");
}

#[test]
fn a_plan_has_no_report_formats() {
    let run = Cli::new().args(&["--demo", "--fix", "--dry-run", "-f", "sarif"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    assert!(run.stderr.contains("a plan is shown as table or json; --format sarif is for reports"), "{run:#?}");
}
