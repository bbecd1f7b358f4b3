//! The examples: what runs `cis-audit` in them is run, on the built-in account; what asks for its metrics asks for metrics
//! that it prints; pipelines are what GitHub and GitLab take.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use promql_parser::label::MatchOp;
use promql_parser::parser::{self, Expr, LabelModifier, VectorSelector};
use promql_parser::util::{ExprVisitor, walk_expr};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::python::VALIDATORS;
use crate::support::run::{Cli, EXECUTABLE};
use crate::support::validate::{Document, facts};

const SCRIPT: &str = "prometheus/cis-audit-textfile.sh";

fn path(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example)
}

fn text(example: &str) -> String {
    fs::read_to_string(path(example)).expect("the example is there")
}

fn yaml(example: &str) -> Value {
    serde_saphyr::from_str(&text(example)).expect("the example is YAML")
}

/// A directory in which the examples' scripts run.
struct Host(TempDir);

impl Host {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    /// The exit code of a script whose `cis-audit` audits the account that these options name.
    fn run(&self, account: &str, arguments: &[&str]) -> Option<i32> {
        let programs = self.path("bin");
        fs::create_dir_all(&programs).expect("the directory is writable");
        let program = programs.join("cis-audit");
        fs::write(&program, format!("#!/bin/sh\nexec '{EXECUTABLE}' {account} \"$@\"\n")).expect("it is writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let before = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", format!("{}:{}", programs.display(), before.display())).env("HOME", self.0.path());
        let output = command.output().expect("bash is there");
        output.status.code()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The files in a directory, and whether there is something in them.
    fn files(&self, directory: &str) -> Vec<(String, bool)> {
        let entries = fs::read_dir(self.path(directory))
            .expect("the directory is there")
            .map(|entry| entry.expect("it can be read"));
        let file = |entry: fs::DirEntry| {
            (entry.file_name().to_string_lossy().into_owned(), entry.metadata().expect("it is there").len() > 0)
        };
        let mut files: Vec<_> = entries.map(file).collect();
        files.sort();
        files
    }
}

const DEMO: &str = "--demo";
const NO_ACCOUNT: &str = "--snapshot /nowhere/at/all.json";

fn filled(names: &[&str]) -> Vec<(String, bool)> {
    names.iter().map(|name| ((*name).to_owned(), true)).collect()
}

#[test]
fn the_gitlab_job_fails_and_has_its_artifacts() {
    let pipeline = yaml("gitlab/.gitlab-ci.yml");
    let job = &pipeline["cis-audit"];
    let host = Host::new();
    let script = job["script"].as_array().expect("a script").iter().map(|line| line.as_str().expect("a command"));
    assert_eq!(host.run(DEMO, &["-e", "-c", &script.collect::<Vec<_>>().join("\n")]), Some(1));
    for artifact in ["report.html", "report.json", "report.xml"] {
        assert!(fs::metadata(host.path(artifact)).is_ok_and(|file| file.len() > 0), "{artifact}");
    }
    assert_eq!(job["artifacts"]["paths"], json!(["report.html", "report.json"]));
    assert_eq!(job["artifacts"]["reports"], json!({"junit": "report.xml"}));
    assert_eq!(job["artifacts"]["when"], "always");
}

/// What is accepted is what a person put there: without it every failure is red, however often it was there before.
#[test]
fn the_workflow_takes_a_baseline_that_no_run_writes() {
    let workflow = yaml("github/cis-audit.yml");
    let steps = workflow["jobs"]["audit"]["steps"].as_array().expect("steps");
    let script = steps.iter().find(|step| step["id"] == "baseline").expect("the step")["run"].as_str().unwrap();
    let host = Host::new();
    let output = host.path("output");
    let script = format!("export GITHUB_OUTPUT='{}'\n{script}", output.display());
    fs::write(&output, "").unwrap();
    assert_eq!(host.run(DEMO, &["-e", "-c", &script]), Some(0));
    assert_eq!(fs::read_to_string(&output).unwrap(), "");

    fs::create_dir(host.path(".github")).unwrap();
    fs::write(host.path(".github/cis-audit-baseline.json"), "{}").unwrap();
    assert_eq!(host.run(DEMO, &["-e", "-c", &script]), Some(0));
    assert_eq!(fs::read_to_string(&output).unwrap(), "option=--baseline .github/cis-audit-baseline.json\n");

    let text = text("github/cis-audit.yml");
    assert!(!text.contains("actions/cache"), "a cache of the last report would accept what fails in it");
}

#[test]
fn github_and_gitlab_take_the_pipelines() {
    let document = |kind, example| Document { kind, text: text(example), schema: Value::Null };
    let documents = [
        document("github-workflow", "github/cis-audit.yml"),
        document("github-workflow", "github/cis-audit-check.yml"),
        document("gitlab-pipeline", "gitlab/.gitlab-ci.yml"),
        document("gitlab-pipeline", "github/cis-audit.yml"),
    ];
    let Some(facts) = facts(&VALIDATORS, &documents) else { return };
    assert_eq!(facts[0]["errors"], json!([]));
    assert_eq!(facts[1]["errors"], json!([]));
    assert_eq!(facts[2]["errors"], json!([]));
    assert_ne!(facts[3]["errors"], json!([]), "the schema refuses nothing");
}

#[test]
fn the_script_gives_node_exporter_whole_files() {
    let script = path(SCRIPT).display().to_string();
    let host = Host::new();
    let directory = host.path("textfile").display().to_string();
    fs::create_dir(&directory).unwrap();
    assert_eq!(host.run(DEMO, &["-n", &script]), Some(0));

    assert_eq!(host.run(DEMO, &[&script, &directory, "--rule", "3.4"]), Some(0));
    assert_eq!(host.files("textfile"), filled(&["cis_audit.prom"]));
    let metrics = fs::read_to_string(host.path("textfile/cis_audit.prom")).unwrap();
    assert!(metrics.contains("rule=\"3.4\"") && !metrics.contains("rule=\"3.5\""), "{metrics}");
    assert_eq!(fs::metadata(host.path("textfile/cis_audit.prom")).unwrap().permissions().mode() & 0o777, 0o644);

    assert_eq!(host.run(NO_ACCOUNT, &[&script, &directory]), Some(2));
    assert_eq!(host.files("textfile"), filled(&["cis_audit.prom"]));
    assert_eq!(fs::read_to_string(host.path("textfile/cis_audit.prom")).unwrap(), metrics);
}

/// What a query asks for.
#[derive(Default)]
struct Asked {
    selectors: Vec<VectorSelector>,
    /// The labels by which it aggregates, which are those of its answer.
    kept: BTreeSet<String>,
}

impl Asked {
    fn by(query: &str) -> Self {
        let mut asked = Self::default();
        let expression = parser::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        walk_expr(&mut asked, &expression).expect("nothing stops the walk");
        asked
    }
}

impl ExprVisitor for Asked {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Self::Error> {
        match expression {
            Expr::VectorSelector(selector) => self.selectors.push(selector.clone()),
            Expr::Aggregate(aggregate) => match &aggregate.modifier {
                Some(LabelModifier::Include(labels)) => self.kept.extend(labels.labels.iter().cloned()),
                Some(LabelModifier::Exclude(labels)) => panic!("without {labels:?} keeps labels of the host"),
                None => {}
            },
            _ => {}
        }
        Ok(true)
    }
}

/// The metrics that are printed, with their labels and the values of these.
struct Printed(BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Printed {
    fn by_the_demo() -> Self {
        let run = Cli::new().args(&["--demo", "-f", "openmetrics"]).run();
        let mut metrics: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        for line in run.stdout.lines().filter(|line| !line.starts_with('#')) {
            let (sample, _) = line.rsplit_once(' ').expect("a sample has a value");
            for selector in Asked::by(sample).selectors {
                let labels = metrics.entry(selector.name.expect("a metric has a name")).or_default();
                for label in selector.matchers.matchers {
                    labels.entry(label.name).or_default().insert(label.value);
                }
            }
        }
        assert_eq!(metrics.len(), 6, "{metrics:?}");
        Self(metrics)
    }

    /// Fails for a query that could never have an answer. Returns the labels of its answer.
    fn answer(&self, query: &str) -> BTreeSet<String> {
        let asked = Asked::by(query);
        assert!(!asked.selectors.is_empty(), "{query} asks for nothing");
        for VectorSelector { name, matchers, .. } in &asked.selectors {
            let name = name.as_deref().expect("every selector names its metric");
            let labels = self.0.get(name).unwrap_or_else(|| panic!("no metric is called {name}: {query}"));
            for matcher in &matchers.matchers {
                let values = labels.get(&matcher.name).unwrap_or_else(|| panic!("{name} has no {}", matcher.name));
                let wanted: Vec<&str> = match &matcher.op {
                    MatchOp::Equal | MatchOp::NotEqual => vec![&matcher.value],
                    MatchOp::Re(_) | MatchOp::NotRe(_) => matcher.value.split('|').collect(),
                };
                for value in wanted.into_iter().filter(|value| !value.starts_with('$')) {
                    assert!(values.contains(value), "{name} never has {}={value}", matcher.name);
                }
            }
            for label in &asked.kept {
                assert!(labels.contains_key(label), "{name} has no {label}: {query}");
            }
        }
        asked.kept
    }
}

/// The labels that a text of Grafana's or Prometheus' templates names.
fn named(template: &str) -> Vec<&str> {
    let inside = template.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()));
    inside.map(|name| name.strip_prefix("$labels.").unwrap_or(name)).filter(|name| !name.starts_with('$')).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    rules: Vec<AlertRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertRule {
    alert: String,
    expr: String,
    #[serde(rename = "for", default)]
    duration: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

#[test]
fn alert_rules_ask_for_what_is_printed() {
    let file: RuleFile = serde_saphyr::from_str(&text("prometheus/cis-audit.rules.yml")).expect("a file of rules");
    let [group] = &file.groups[..] else { panic!("one group") };
    assert_eq!(group.name, "cis-audit");
    let alerts: Vec<(&str, &str)> =
        group.rules.iter().map(|rule| (rule.alert.as_str(), rule.duration.as_str())).collect();
    let expected = [
        ("CisAuditControlFails", ""),
        ("CisAuditControlUnknown", "26h"),
        ("CisAuditTooOld", ""),
        ("CisAuditGone", "1h"),
    ];
    assert_eq!(alerts, expected);
    let printed = Printed::by_the_demo();
    for rule in &group.rules {
        let labels = printed.answer(&rule.expr);
        for annotation in ["summary", "description"] {
            for label in named(&rule.annotations[annotation]) {
                assert!(labels.contains(label), "{}: its answer has no {label}", rule.alert);
            }
        }
        // Where the control's severity is an answer's label, another would hide it.
        assert_eq!(rule.labels.contains_key("severity"), !labels.contains("severity"), "{}", rule.alert);
    }
}

#[test]
fn the_dashboard_asks_for_what_is_printed() {
    let dashboard: Value = serde_json::from_str(&text("grafana/cis-audit.json")).expect("the dashboard is JSON");
    let printed = Printed::by_the_demo();
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: Vec<&str> = variables.iter().map(|variable| variable["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["DS_PROMETHEUS", "benchmark", "verdict", "account", "region"]);
    for variable in &variables[1..] {
        let query = variable["query"]["query"].as_str().expect("a query");
        let inside = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).expect("label values");
        let (selector, label) = inside.rsplit_once(", ").expect("a selector and a label");
        printed.answer(&format!("max by ({label}) ({selector})"));
    }

    let source = json!({"type": "prometheus", "uid": "${DS_PROMETHEUS}"});
    let panels = dashboard["panels"].as_array().expect("panels");
    let kinds: Vec<&str> = panels.iter().map(|panel| panel["type"].as_str().expect("a type")).collect();
    assert_eq!(kinds, ["stat", "stat", "stat", "stat", "stat", "stat", "table", "table", "state-timeline"]);
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().expect("an id")).collect();
    assert_eq!(ids.len(), panels.len());
    let mut places = BTreeSet::new();
    for panel in panels {
        assert_eq!(panel["datasource"], source, "{}", panel["title"]);
        let side = |name: &str| panel["gridPos"][name].as_u64().expect("a place");
        for (x, y) in
            (side("x")..side("x") + side("w")).flat_map(|x| (side("y")..side("y") + side("h")).map(move |y| (x, y)))
        {
            assert!(x < 24 && places.insert((x, y)), "{} covers another panel at {x}, {y}", panel["title"]);
        }
        let targets = panel["targets"].as_array().expect("targets");
        assert!(!targets.is_empty(), "{}", panel["title"]);
        for target in targets {
            assert_eq!(target["datasource"], source, "{}", panel["title"]);
            let query = target["expr"].as_str().expect("a query");
            let labels = printed.answer(query);
            for variable in query.split('$').skip(1) {
                assert!(names.iter().any(|name| variable.starts_with(name)), "no variable is called {variable}");
            }
            let legend = target["legendFormat"].as_str().map(named).unwrap_or_default();
            let columns = panel["transformations"][0]["options"]["renameByName"].as_object();
            for label in
                legend.into_iter().chain(columns.into_iter().flat_map(|columns| columns.keys().map(String::as_str)))
            {
                assert!(labels.contains(label), "{}: its answer has no {label}", panel["title"]);
            }
        }
    }
}
