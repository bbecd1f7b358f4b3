//! Plans and states of Terraform: recorded ones, and real ones made on the spot.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::run::{Cli, Run};
use crate::support::terraform::{configuration, plan};

const MODULES: &str = include_str!("../../fixtures/plans/modules.json");
const TEMPLATE: &str = include_str!("../../fixtures/plans/template.json");

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans").join(name)
}

fn check(input: &str, arguments: &[&str]) -> Run {
    Cli::new().args(&["check", "-"]).args(arguments).stdin(input).run()
}

/// Control, verdicts `cis` and `effective`, and the code of each, of a report as JSON.
fn findings(run: &Run) -> Vec<(String, String, String, String)> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = report["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|finding| {
            let verdicts = &finding["verdicts"];
            let code = text(&finding["reason"]["code"]);
            (text(&finding["rule"]), text(&verdicts["cis"]), text(&verdicts["effective"]), code)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_recorded_plan_is_followed_through_its_modules() {
    let run = check(MODULES, &["-q"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!(run.stdout, "4 controls: 2 pass, 1 fail (3.9), 1 unknown (3.14)\n");
}

#[test]
fn a_metric_filters_id_is_shown_to_be_its_name() {
    let run = check(MODULES, &["--rule", "3.9", "--color", "never"]);
    let shown = "near miss: alarm config-changes watches metric Security/config-changes, the\n    name of the metric filter, \
                 which publishes Security/ConfigChanges";
    assert!(run.stdout.contains(shown), "{}", run.stdout);
}

#[test]
fn sources_give_lines_of_modules() {
    let source = fixture("modules").display().to_string();
    let run = check(MODULES, &["--source", &source, "-f", "sarif"]);
    let sarif: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let result =
        |rule: &str| results.iter().find(|result| result["ruleId"].as_str().is_some_and(|id| id.contains(rule)));
    let place = |rule: &str| {
        let location = &result(rule).unwrap_or_else(|| panic!("{rule}"))["locations"][0];
        let logical = location["logicalLocations"].as_array().and_then(|all| all.last()).expect("a place");
        let physical = &location["physicalLocation"];
        let file = physical["artifactLocation"]["uri"].as_str().expect("a file");
        let line = physical["region"]["startLine"].as_u64().expect("a line");
        assert!(file.ends_with("fixtures/plans/modules/alarms/main.tf"), "{file}");
        (line, logical["fullyQualifiedName"].as_str().expect("an address").to_owned())
    };
    let text = fs::read_to_string(fixture("modules/alarms/main.tf")).expect("the fixture");
    let line_of = |needle: &str| 1 + text.lines().position(|line| line.contains(needle)).expect("it is there") as u64;
    let above = line_of("# The id of a metric filter");
    let behind = text.lines().skip(above as usize).position(|line| line.contains("metric_transformation {"));
    let block = above + 1 + behind.expect("a block") as u64;
    let filter = "module.alarms[\"standard\"].aws_cloudwatch_log_metric_filter.config".to_owned();
    assert_eq!(place("config"), (block, filter));
}

/// A plan does not show what a local refers to; the files do.
#[test]
fn sources_say_what_locals_are() {
    let source = fixture("modules").display().to_string();
    let without = check(MODULES, &["--rule", "3.14"]);
    let why = "it is local.on_call, and a plan does not show what locals are (--source DIR does)";
    let said = without.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(without.code == Some(2) && said.contains(why), "{without:#?}");
    let with = check(MODULES, &["--rule", "3.14", "--source", &source]);
    assert_eq!(with.code, Some(0), "{with:#?}");
}

#[test]
fn source_needs_a_plan_and_a_directory() {
    let run =
        Cli::new().args(&["check", "-", "--source", "."]).stdin("Resources: {T: {Type: 'AWS::SNS::Topic'}}\n").run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), "error: --source .: no Terraform plan is checked\n"));
    let run = check(MODULES, &["--source", "nowhere"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), "error: --source nowhere: no such directory\n"));
}

#[test]
fn a_plan_of_powershell_is_read() {
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(TEMPLATE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let run = Cli::new().args(&["check", "-", "-q"]).stdin(bytes).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "14 controls: 14 pass\n"), "{run:#?}");
}

#[test]
fn plans_and_templates_are_judged_together() {
    // What has one name would be declared twice.
    let template = include_str!("../../fixtures/templates/chain.yaml");
    let template =
        template.replace("TrailName: management", "TrailName: other").replace("TopicName: alerts", "TopicName: others");
    let cli = Cli::new().file("stacks/a.yaml", template).file("stacks/b.json", MODULES);
    let path = cli.home().join("stacks").display().to_string();
    let run = cli.args(&["check", &path, "-q"]).run();
    assert_eq!(run.stdout, "4 controls: 2 pass, 1 fail (3.9), 1 unknown (3.14)\n", "{run:#?}");
}

#[test]
fn a_broken_plan_or_another_version_is_refused() {
    let cut = &MODULES[..MODULES.len() / 2];
    let run = check(cut, &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: standard input: line 1, column "), "{}", run.stderr);
    let other = MODULES.replacen("\"format_version\":\"1.2\"", "\"format_version\":\"2.0\"", 1);
    let run = check(&other, &[]);
    let message = "error: standard input: its format_version is 2.0, and only 0.x and 1.x are known here";
    assert!(run.stderr.starts_with(message), "{}", run.stderr);
}

#[test]
fn a_plan_of_our_own_template_passes_every_control() {
    let assert_passes = |run: &Run| {
        let found = findings(run);
        assert_eq!(found.len(), 14, "{run:#?}");
        for (rule, cis, effective, _) in &found {
            assert_eq!((cis.as_str(), effective.as_str()), ("pass", "unknown"), "{rule}");
        }
    };
    assert_passes(&check(TEMPLATE, &["-f", "json"]));
    let written = Cli::new().args(&["template", "terraform", "--all"]).run();
    assert_eq!(written.code, Some(0), "{written:#?}");
    let home = tempfile::tempdir().expect("a temporary directory");
    let directory = configuration(home.path(), &[("main.tf", &written.stdout)]);
    if let Some(real) = plan(&directory, &["-var", "subscriber_endpoint=a@example.com"]) {
        assert_passes(&check(&real, &["-f", "json"]));
    }
}

#[test]
fn real_plans_are_what_was_recorded() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let files = ["main.tf", "alarms/main.tf", "alerts/main.tf"];
    let texts = files.map(|file| fs::read_to_string(fixture("modules").join(file)).expect("the fixture"));
    let named: Vec<(&str, &str)> = files.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let directory = configuration(home.path(), &named);
    let Some(real) = plan(&directory, &[]) else { return };
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("a plan is JSON");
    assert_eq!(parse(&real)["configuration"], parse(MODULES)["configuration"]);
    assert_eq!(findings(&check(&real, &["-f", "json"])), findings(&check(MODULES, &["-f", "json"])));
    // What is targeted is not the whole.
    let targeted = plan(&directory, &["-target=module.alarms"]).expect("Terraform runs as before");
    let run = check(&targeted, &["-q"]);
    assert_eq!((run.code, run.stdout.contains("fail")), (Some(2), false), "{run:#?}");
}

#[test]
fn a_plan_that_destroys_what_all_controls_need_fails_them_all() {
    let topic = json!({ "name": "alerts", "arn": "arn:aws:sns:eu-west-1:111122223333:alerts" });
    let change = json!({ "address": "aws_sns_topic.alerts", "mode": "managed", "type": "aws_sns_topic",
        "change": { "actions": ["delete"], "before": topic, "after": null, "after_unknown": {} } });
    let plan =
        json!({ "format_version": "1.2", "planned_values": { "root_module": {} }, "resource_changes": [change] });
    let run = check(&plan.to_string(), &["-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "14 controls: 0 pass, 14 fail (3.1–3.14)\n"), "{run:#?}");
    assert_eq!(run.stderr, "standard input: this plan destroys the chain: aws_sns_topic.alerts\n");
}

/// A state, in Terraform's own form, of these resources.
fn state(resources: &[(&str, &str, Value)]) -> String {
    let resource = |(kind, name, attributes): &(&str, &str, Value)| {
        json!({ "mode": "managed", "type": kind, "name": name,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [] }] })
    };
    json!({ "version": 4, "terraform_version": "1.15.5", "serial": 1, "lineage": "l", "outputs": {},
        "resources": resources.iter().map(resource).collect::<Vec<_>>() })
    .to_string()
}

#[test]
fn real_plans_that_delete_and_forget() {
    let group = json!({ "name": "events", "name_prefix": "", "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:events",
        "id": "events", "log_group_class": "STANDARD", "retention_in_days": 0, "skip_destroy": false, "kms_key_id": null, "region": "eu-west-1", "tags": null, "tags_all": {} });
    let filter = json!({ "name": "network", "id": "network", "log_group_name": "events",
        "pattern": "{ ($.eventName = CreateVpc) }", "apply_on_transformed_logs": false,
        "metric_transformation": [{ "name": "m", "namespace": "n", "value": "1", "default_value": "", "unit": "None", "dimensions": {} }],
        "region": "eu-west-1", "tags": null, "tags_all": {} });
    let there =
        state(&[("aws_cloudwatch_log_group", "events", group), ("aws_cloudwatch_log_metric_filter", "vpc", filter)]);
    let head = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}\n";
    let kept = format!("{head}resource \"aws_cloudwatch_log_group\" \"events\" {{\n  name = \"events\"\n}}\n");
    let forgets = format!(
        "{kept}removed {{\n  from = aws_cloudwatch_log_metric_filter.vpc\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    );
    let checked = |text: &str, options: &[&str]| {
        let home = tempfile::tempdir().expect("a temporary directory");
        let directory = configuration(home.path(), &[("main.tf", text), ("terraform.tfstate", &there)]);
        let real = plan(&directory, options)?;
        Some(check(&real, &["-q"]))
    };
    let Some(deleted) = checked(&kept, &[]) else { return };
    assert_eq!(
        (deleted.code, deleted.stdout.as_str()),
        (Some(1), "1 control: 0 pass, 1 fail (3.14)\n"),
        "{deleted:#?}"
    );
    let destroyed = checked(&kept, &["-destroy"]).expect("Terraform runs as before");
    assert_eq!((destroyed.code, destroyed.stdout.as_str()), (Some(1), "1 control: 0 pass, 1 fail (3.14)\n"));
    assert!(destroyed.stderr.contains("this plan destroys the chain: "), "{destroyed:#?}");
    let forgotten = checked(&forgets, &[]).expect("Terraform runs as before");
    assert!(!forgotten.stdout.contains("fail"), "{forgotten:#?}");
}

#[test]
fn another_account_or_region_than_the_plans_own_is_said() {
    let cli = Cli::new().file("plan.json", MODULES);
    let path = cli.home().join("plan.json").display().to_string();
    let said = |account: &str, region: &str| {
        let run = Cli::new().args(&["check", &path, "-q", "--in-account", account, "--in-region", region]).run();
        run.stderr
            .lines()
            .filter(|line| line.starts_with("note: "))
            .map(|line| line.replace(&path, "PLAN"))
            .collect::<Vec<_>>()
    };
    assert_eq!(said("111122223333", "eu-west-1").join(" "), "");
    let wanted = [
        "note: PLAN names account 111122223333, and 999900000000 is given (--in-account, or --over): ARNs of the one are not resources of the other",
        "note: PLAN names region eu-west-1, and us-east-1 is given (--in-region, or --over): ARNs of the one are not resources of the other",
    ];
    assert_eq!(said("999900000000", "us-east-1"), wanted);
}
