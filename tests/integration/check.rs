//! Templates before deployment: what is read, what is said of it, and how it ends.

use serde_json::Value;

use crate::support::run::{Cli, Run};

const CHAIN: &str = include_str!("../../fixtures/templates/chain.yaml");

fn check(input: &str, arguments: &[&str]) -> Run {
    Cli::new().args(&["check", "-"]).args(arguments).stdin(input).run()
}

#[test]
fn a_whole_chain_passes_and_what_is_not_declared_is_listed() {
    let run = check(CHAIN, &["-q"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(run.stdout, "1 control: 1 pass\n");
    let wanted =
        "not declared here, and not counted: 3.1, 3.2, 3.3, 3.5, 3.6, 3.7, 3.8, 3.9, 3.10, 3.11, 3.12, 3.13, 3.14\n";
    assert_eq!(run.stderr, wanted);
}

#[test]
fn a_control_that_is_asked_for_and_not_declared_is_unknown() {
    let run = check(CHAIN, &["--rule", "3.5", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "1 control: 0 pass, 1 unknown (3.5)\n"));
    let run = check(CHAIN, &["--rule", "3.5", "--whole-account", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "1 control: 0 pass, 1 fail (3.5)\n"));
}

#[test]
fn findings_point_at_the_line() {
    let broken = CHAIN.replace("Period: 300", "Period: 300\n      ActionsEnabled: false");
    let cli = Cli::new().file("stacks/alarms.yaml", &broken);
    let path = cli.home().join("stacks").display().to_string();
    let run = cli.args(&["check", &path, "-f", "sarif"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let sarif: Value = serde_json::from_str(&run.stdout).expect("SARIF is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let failed = results.iter().find(|result| result["kind"] == "fail").expect("a failure");
    let location = &failed["locations"][0];
    assert_eq!(location["physicalLocation"]["region"], serde_json::json!({ "startLine": 38, "startColumn": 23 }));
    let logical = location["logicalLocations"].as_array().expect("a list").last().expect("a place");
    assert_eq!(logical["fullyQualifiedName"], "PolicyAlarm");
}

#[test]
fn nothing_of_the_chain_is_no_success_unless_it_may_be() {
    let bucket = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";
    let run = check(bucket, &["-q"]);
    let said = "no trail, log group, metric filter, alarm or topic is declared here: nothing was checked\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), said));
    assert_eq!(check(bucket, &["-q", "--allow-none"]).code, Some(0));
}

#[test]
fn what_is_no_template_is_said_to_be_something_else() {
    for (input, wanted) in [
        ("", "standard input: line 1, column 1: it is empty"),
        ("A: [1", "standard input: line "),
        (
            "{\"version\": 4, \"serial\": 1, \"lineage\": \"\"}",
            "standard input: no template, and no plan or state of Terraform as JSON: it looks like a state in Terraform's own \
             form: `terraform show -json` shows it as JSON",
        ),
        (
            "apiVersion: v1\nkind: Pod\n",
            "standard input: no template, and no plan or state of Terraform as JSON: it looks like a Kubernetes manifest",
        ),
    ] {
        let run = check(input, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{input}");
        assert!(run.stderr.starts_with(&format!("error: {wanted}")), "{}", run.stderr);
    }
}

#[test]
fn parameters_come_from_files_and_the_command_line() {
    let text = CHAIN.replace("Threshold: 1", "Threshold: !Ref Most");
    let text = text.replace("Resources:", "Parameters: {Most: {Type: Number}}\nResources:");
    assert_eq!(check(&text, &["-q"]).code, Some(2));
    assert_eq!(check(&text, &["-q", "--parameter", "Most=1"]).code, Some(0));
    let cli = Cli::new().file("p.json", r#"[{"ParameterKey": "Most", "ParameterValue": "1"}]"#).stdin(text.as_str());
    let file = cli.home().join("p.json").display().to_string();
    assert_eq!(cli.args(&["check", "-", "-q", "--parameters", &file]).run().code, Some(0));
    let run = check(&text, &["--parameter", "Other=1"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), "error: no template here has a parameter Other\n"));
}

#[test]
fn text_of_powershell_is_read() {
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(CHAIN.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let run = Cli::new().args(&["check", "-", "-q"]).stdin(bytes).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
}
