//! What a check does not take, said so that a reader of its output finds the place.

use serde_json::Value;

use super::{CHAIN, check, project};
use crate::support::run::Cli;

#[test]
fn an_annotation_of_broken_input_has_its_place() {
    let (_cli, path) = project(&[("a.yaml", "AWSTemplateFormatVersion: 1\nResources:\n  A: [1\nB: 2\n")]);
    let run = Cli::new().args(&["check", &path, "-f", "github"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    let wanted = format!("::error file={path}/a.yaml,line=");
    assert!(run.stdout.starts_with(&wanted), "{}", run.stdout);
    let (_cli, path) = project(&[("plan.json", "{\"format_version\": \"1.2\", \"planned_values\": {\n  nonsense")]);
    let run = Cli::new().args(&["check", &path, "-f", "github"]).run();
    let wanted = format!("::error file={path}/plan.json,line=2,col=");
    assert!(run.stdout.starts_with(&wanted), "{}", run.stdout);
}

#[test]
fn a_broken_manifest_is_an_error() {
    let (_cli, path) = project(&[
        ("cdk.out", "{\"version\": \"36.0.0\"}"),
        ("manifest.json", "{\"version\": \"36.0.0\", \"artifacts\": {"),
        ("Chain.template.json", "{\"Resources\": {\"T\": {\"Type\": \"AWS::SNS::Topic\"}}}"),
    ]);
    let run = Cli::new().args(&["check", &path]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
    assert!(
        run.stderr.contains("/manifest.json: no manifest of a cloud assembly: EOF while parsing"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_parameter_has_one_value_that_it_takes() {
    let text = CHAIN.replace("Threshold: 1", "Threshold: !Ref Most");
    let text = text.replace("Resources:", "Parameters: {Most: {Type: Number, MaxValue: 5}}\nResources:");
    let run = check(&text, &["--parameter", "Most=1", "--parameter", "Most=2"]);
    let wanted = "error: --parameter Most: it is given twice, with two values\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), wanted));
    let run = check(&text, &["--parameter", "Most=9"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.ends_with("parameter Most: 9 is more than its MaxValue\n"), "{}", run.stderr);
    assert_eq!(check(&text, &["-q", "--parameter", "Most=1", "--parameter", "Most=1"]).code, Some(0));
}

#[test]
fn findings_of_security_hub_need_an_account() {
    let run = check(CHAIN, &["-f", "asff"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("give --in-account and --in-region"), "{}", run.stderr);
    let run = check(CHAIN, &["-f", "asff", "--in-account", "111122223333", "--in-region", "eu-west-1"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
}

#[test]
fn a_waiver_names_no_account_that_is_not_known() {
    let broken = CHAIN.replace("Period: 300", "Period: 300\n      ActionsEnabled: false");
    let broken = broken.replace("AlarmName: policy-changes", "AlarmName: \"policy\\u202echanges\"");
    let run = check(&broken, &["-f", "waivers"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("resource = \"policy\\U0000202Echanges\"\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("account = "), "{}", run.stdout);
}

#[test]
fn a_dependence_on_a_condition_names_parameter_and_resource() {
    let conditions = "Parameters: {Env: {Type: String}}\nConditions: {IsLive: !Equals [!Ref Env, live]}\nResources:";
    let text = CHAIN.replace("Resources:", conditions);
    let text =
        text.replace("    Type: AWS::CloudWatch::Alarm\n", "    Type: AWS::CloudWatch::Alarm\n    Condition: IsLive\n");
    let run = check(&text, &["-f", "json"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let finding = &report["results"][0];
    assert_eq!(finding["place"]["address"], "PolicyAlarm");
    let message = finding["reason"]["message"].as_str().expect("a message");
    let wanted = "the control passes if Env is live, and fails otherwise: see the Condition of resource PolicyAlarm (";
    assert!(message.starts_with(wanted), "{message}");
    let remedy = finding["remediation"].as_str().expect("a remedy");
    assert!(remedy.starts_with("Give the parameters that decide the Condition of resource PolicyAlarm"), "{remedy}");
}

#[test]
fn what_is_refused_is_in_every_format_without_a_control() {
    let filter = "Resources:\n  Errors:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: app\n      \
                  FilterPatter: ERROR\n      MetricTransformations: [{MetricNamespace: App, MetricName: Errors, MetricValue: \
                  1}]\n";
    let (_cli, path) = project(&[("a.yaml", filter)]);
    let words = format!(
        "AWS will refuse AWS::Logs::MetricFilter Errors ({path}/a.yaml:6:21): AWS::Logs::MetricFilter has no property \
         FilterPatter: FilterPattern is meant"
    );
    let run = Cli::new().args(&["check", &path, "-q"]).run();
    assert_eq!((run.code, run.stderr.lines().last()), (Some(2), Some(words.as_str())), "{run:#?}");
    for format in ["table", "json", "sarif", "github", "junit", "markdown", "html"] {
        let run = Cli::new().args(&["check", &path, "-f", format]).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        let flat = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("FilterPattern is meant"), "{format}: {}", run.stdout);
    }
    let run = Cli::new().args(&["check", &path, "-f", "github"]).run();
    let wanted =
        format!("::error file={path}/a.yaml,line=6,col=21,title=AWS will refuse AWS%3A%3ALogs%3A%3AMetricFilter::");
    assert!(run.stdout.starts_with(&wanted), "{}", run.stdout);
    let run = Cli::new().args(&["check", &path, "-f", "json"]).run();
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["refused"][0]["type"], "AWS::Logs::MetricFilter");
    assert_eq!(
        (&report["refused"][0]["place"]["line"], &report["refused"][0]["place"]["column"]),
        (&6.into(), &21.into())
    );
}

#[test]
fn a_region_has_a_regions_name() {
    let run = check(CHAIN, &["--in-region", "nowhere"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("must be the name of a region, such as eu-west-1"), "{}", run.stderr);
    assert_eq!(check(CHAIN, &["-q", "--in-region", "eu-west-1"]).code, Some(0));
}

#[test]
fn an_alias_is_noted_and_the_template_is_judged() {
    let text =
        CHAIN.replace("EvaluationPeriods: 1", "EvaluationPeriods: &one 1").replace("Threshold: 1", "Threshold: *one");
    let (_cli, path) = project(&[("a.yaml", &text)]);
    let run = Cli::new().args(&["check", &path]).run();
    let wanted = format!(
        "note: {path}/a.yaml:39:18: CloudFormation takes no YAML aliases: deploy what a tool writes that resolves them, such \
         as aws cloudformation package\n"
    );
    assert_eq!((run.code, run.stderr), (Some(0), wanted));
}

#[test]
fn an_output_never_replaces_a_document_that_is_checked() {
    let report = "{\"runs\": []}";
    let (_cli, path) = project(&[
        ("chain.yaml", CHAIN),
        ("below/other.json", "{\"Resources\": {\"T\": {\"Type\": \"AWS::SNS::Topic\"}}}"),
        ("broken.yaml", "AWSTemplateFormatVersion: [\n"),
        ("main.tf", "# Sources.\n"),
        ("report.json", report),
    ]);
    let file = |name: &str| format!("{path}/{name}");
    let text = |name: &str| std::fs::read_to_string(file(name)).expect("it is there");
    let run = Cli::new().args(&["check", &file("chain.yaml"), "-o", &file("chain.yaml")]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.ends_with("chain.yaml is an input: give the output another name\n"), "{}", run.stderr);
    for name in ["chain.yaml", "below/other.json", "broken.yaml", "main.tf"] {
        let before = text(name);
        for wanted in [format!("json={}", file(name)), format!("junit={}", file(name))] {
            let run = Cli::new().args(&["check", &path, "-f", &wanted]).run();
            let message = format!(
                "error: {} is one of the files of {path}, which is an input: give the output another name\n",
                file(name)
            );
            assert_eq!((run.code, run.stderr), (Some(2), message), "{wanted}");
            assert_eq!(text(name), before, "{name}");
        }
    }
    // A report of an earlier run is replaced by the next.
    std::fs::remove_file(file("broken.yaml")).expect("it is there");
    let run = Cli::new().args(&["check", &path, "-q", "-f", &format!("sarif={}", file("report.json"))]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(text("report.json").contains("\"version\": \"2.1.0\""), "{}", text("report.json"));
}
