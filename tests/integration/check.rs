//! Templates before deployment: what is read, what is reported about it, and how it ends.

use serde_json::Value;

use crate::support::run::{Cli, Run};

/// Cloud assemblies of the CDK itself.
mod cdk;
/// The same as an account in which it is deployed.
mod deployed;
/// What is not taken.
mod refusals;

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
    let message = "no trail, log group, metric filter, alarm or topic is declared here: nothing was checked\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
    assert_eq!(check(bucket, &["-q", "--allow-none"]).code, Some(0));
    let topic = "Resources:\n  Alerts:\n    Type: AWS::SNS::Topic\n";
    let run = check(topic, &[]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stderr.starts_with("note: no control was judged: no metric filter or alarm of one is declared here ("),
        "{run:#?}"
    );
    let deletes = r#"{"format_version": "1.2", "complete": false, "planned_values": {}, "resource_changes": [{
        "address": "aws_sns_topic.a", "mode": "managed", "type": "aws_sns_topic",
        "change": {"actions": ["delete"], "before": {"name": "a"}, "after": null, "after_unknown": {}}}]}"#;
    let run = check(deletes, &["-q"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let wanted = "no control was judged: which of them need what is deleted is not known from these documents";
    assert!(run.stderr.contains(wanted), "{run:#?}");
}

#[test]
fn what_is_not_followed_is_no_success_if_nothing_is_judged() {
    let rest = "Outputs: {}\n";
    let trail = CHAIN.split("  PolicyChanges:").next().expect("it has a filter");
    let nested =
        "  Alarms:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://example.com/a'}\n";
    let run = check(&format!("{trail}{nested}{rest}"), &["-q"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let wanted = "no control was judged, and what is not known may declare some: known only at deployment: resource Alarms \
                  (standard input, line 19): a nested stack is not followed: its template is in no local file\n";
    assert!(run.stderr.ends_with(wanted), "{}", run.stderr);
    assert_eq!(check(&format!("{trail}{rest}"), &["-q"]).code, Some(0));
    assert_eq!(check(&format!("{CHAIN}{nested}"), &["-q"]).code, Some(0));
}

#[test]
fn a_plan_and_the_state_of_its_workspace_are_no_two_accounts() {
    let topic = r#""address": "aws_sns_topic.a", "mode": "managed", "type": "aws_sns_topic", "name": "a""#;
    let values = r#"{"name": "alerts", "arn": "arn:aws:sns:eu-west-1:111122223333:alerts"}"#;
    let state = format!(
        r#"{{"format_version": "1.0", "values": {{"root_module": {{"resources": [{{{topic}, "values": {values}}}]}}}}}}"#
    );
    let plan = format!(
        r#"{{"format_version": "1.2", "planned_values": {{}}, "resource_changes": [{{{topic}, "change":
            {{"actions": ["no-op"], "before": {values}, "after": {values}, "after_unknown": {{}}}}}}]}}"#
    );
    let cli = Cli::new().file("plan.json", &plan).file("state.json", &state);
    let path = |name: &str| cli.home().join(name).display().to_string();
    let (plan, state) = (path("plan.json"), path("state.json"));
    let run = cli.args(&["check", &plan, &state, "-q", "--allow-none"]).run();
    let note = format!("note: {state} is a state of what {plan} changes: of what both name the plan counts\n");
    assert!(run.stderr.contains(&note), "{run:#?}");
}

#[test]
fn a_file_that_is_no_template_is_named_as_what_it_is() {
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

/// A template and files beside it, in a directory of its own.
fn project(files: &[(&str, &str)]) -> (Cli, String) {
    let cli = files.iter().fold(Cli::new(), |cli, (name, text)| cli.file(&format!("project/{name}"), text));
    let path = cli.home().join("project").display().to_string();
    (cli, path)
}

#[test]
fn every_format_lists_what_is_not_declared() {
    for (format, wanted) in [
        ("table", "\n  not declared here, and not counted: 3.1–3.3, 3.5–3.14\n"),
        ("markdown", "\nNot declared here, and not counted: 3.1–3.3, 3.5–3.14\n"),
        ("github", "not declared here, and not counted: 3.1–3.3, 3.5–3.14\n"),
        ("html", "<li>not declared here, and not counted: 3.1–3.3, 3.5–3.14</li>"),
        ("csv", ",not_declared,"),
        ("ndjson", "\"status\":\"not_declared\",\"rule\":\"3.1\""),
        ("sarif", "not declared here, and not counted: 3.1–3.3, 3.5–3.14"),
        ("junit", "<skipped message=\"not declared here, and not counted\"/>"),
    ] {
        let run = check(CHAIN, &["-f", format]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(run.stdout.contains(wanted), "{format}: {}", run.stdout);
    }
    let report: Value = serde_json::from_str(&check(CHAIN, &["-f", "json"]).stdout).expect("JSON");
    assert_eq!(report["subject"], "documents");
    let rules: Vec<&str> =
        report["not_declared"].as_array().expect("a list").iter().filter_map(|row| row["rule"].as_str()).collect();
    assert_eq!(rules.len(), 13);
    assert_eq!((rules[0], report["not_declared"][0]["slug"].as_str()), ("3.1", Some("unauthorized-api-calls")));
}

#[test]
fn the_table_shows_the_line_with_carets_under_the_property() {
    let broken = CHAIN.replace("Period: 300", "Period: 300\n      ActionsEnabled: false");
    let run = check(&broken, &[]);
    let wanted = "  standard input:38:23 (PolicyAlarm)\n      |\n   38 |       ActionsEnabled: false\n      |                       ^^^^^\n";
    assert!(run.stdout.contains(wanted), "{}", run.stdout);
}

#[test]
fn the_carets_are_under_the_test_that_excludes_the_event() {
    let pattern = "FilterPattern: '{ ($.eventName = DeletePolicy || $.eventName = CreatePolicy || $.eventName = PutRolePolicy \
                   || $.eventName = PutUserPolicy || $.eventName = PutGroupPolicy || $.eventName = DeleteRolePolicy || \
                   $.eventName = DeleteUserPolicy || $.eventName = DeleteGroupPolicy || $.eventName = CreatePolicyVersion \
                   || $.eventName = DeletePolicyVersion || $.eventName = AttachRolePolicy || $.eventName = \
                   DetachRolePolicy || $.eventName = AttachUserPolicy || $.eventName = DetachUserPolicy || $.eventName = \
                   AttachGroupPolicy || $.eventName = DetachGroupPolicy) && $.userIdentity.type != Root }'";
    let (before, rest) = CHAIN.split_once("FilterPattern: >-").expect("a pattern");
    let (_, after) = rest.split_once("      MetricTransformations").expect("its end");
    let run = check(&format!("{before}{pattern}\n      MetricTransformations{after}"), &[]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).expect("carets");
    let column = lines[carets].find('^').expect("carets");
    let width = lines[carets].matches('^').count();
    let shown: Vec<char> = lines[carets - 1].chars().collect();
    let marked: String = shown[column..column + width].iter().collect();
    assert_eq!(marked, "$.userIdentity.type != Root", "{}", run.stdout);
}

const ALARMS: &str =
    "Resources:\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      AlarmName: policy-changes\n";

#[test]
fn a_cloud_assembly_says_where_its_stacks_are_deployed() {
    let manifest = r#"{"version": "36.0.0", "artifacts": {
        "Chain": {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
            "properties": {"templateFile": "Chain.template.json"},
            "metadata": {"/App/Chain/Alarm/Resource": [{"type": "aws:cdk:logicalId", "data": "PolicyAlarm"}]}},
        "Topics": {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
            "properties": {"templateFile": "Topics.template.json"}}}}"#;
    let topics = "Resources:\n  Alerts:\n    Type: AWS::SNS::Topic\n    Properties:\n      Subscription: [{Protocol: sms, Endpoint: \
                  '+15550100'}]\nOutputs: {Arn: {Value: !Ref Alerts, Export: {Name: 'Topics:Alerts'}}}\n";
    let chain =
        CHAIN.split("  Alerts:").next().expect("what is before").replace("!Ref Alerts", "!ImportValue 'Topics:Alerts'");
    let broken = chain.replace("Threshold: 1", "Threshold: 1\n      ActionsEnabled: false");
    for (chain, code, status) in [(&chain, 0, "pass"), (&broken, 1, "fail")] {
        let (_cli, path) = project(&[
            ("cdk.out", "{\"version\": \"36.0.0\"}"),
            ("manifest.json", manifest),
            ("Chain.template.json", chain),
            ("Topics.template.json", topics),
        ]);
        let run = Cli::new().args(&["check", &path, "-f", "json"]).run();
        assert_eq!(run.code, Some(code), "{run:#?}");
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let result = &report["results"][0];
        assert_eq!((&result["status"], &result["account_id"]), (&Value::from(status), &Value::from("111122223333")));
        assert_eq!(result["region"], "eu-west-1");
        if code == 1 {
            assert_eq!(result["place"]["address"], "App/Chain/Alarm/Resource");
        }
    }
}

#[test]
fn nested_stacks_are_followed_inside_the_paths_and_nowhere_else() {
    let parent = "Resources:\n  Chain:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: nested/chain.yaml}\n";
    let (_cli, path) = project(&[("parent.yaml", parent), ("nested/chain.yaml", CHAIN)]);
    let run = Cli::new().args(&["check", &path, "-q"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "1 control: 1 pass\n"), "{run:#?}");
    let file = format!("{path}/parent.yaml");
    // Nothing was checked, which is no success.
    let run = Cli::new().args(&["check", &file, "-q"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    let run = Cli::new().args(&["check", &file, "--rule", "3.4"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stdout.contains("nested/chain.yaml is not in the paths that were given"), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_paths() {
    let parent =
        "Resources:\n  Chain:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: chain.yaml}\n";
    let (cli, path) = project(&[("parent.yaml", parent)]);
    let cli = cli.file("elsewhere/chain.yaml", CHAIN);
    let target = cli.home().join("elsewhere/chain.yaml");
    std::os::unix::fs::symlink(target, cli.home().join("project/chain.yaml")).expect("a link");
    let run = Cli::new().args(&["check", &path, "--rule", "3.4"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stdout.contains("chain.yaml is not in the paths that were given"), "{}", run.stdout);
}

#[test]
fn reports_of_a_check_and_of_an_account_are_not_compared() {
    let cli = Cli::new();
    let [ours, theirs] = ["check.json", "account.json"].map(|name| cli.home().join(name).display().to_string());
    assert_eq!(Cli::new().stdin(CHAIN).args(&["check", "-", "-f", "json", "-o", &ours]).run().code, Some(0));
    assert_eq!(Cli::new().args(&["--demo", "-f", "json", "-o", &theirs]).run().code, Some(1));
    for arguments in
        [vec!["diff", &ours, &theirs], vec!["--demo", "--baseline", &ours], vec!["check", "-", "--baseline", &theirs]]
    {
        let run = Cli::new().stdin(CHAIN).args(&arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:#?}");
        assert!(run.stderr.contains("compare reports of one kind"), "{}", run.stderr);
    }
    // What was declared in the baseline and is not any more is unknown.
    let run = Cli::new().stdin(ALARMS).args(&["check", "-", "--baseline", &ours]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn broken_input_is_a_message_with_a_place() {
    let large = format!("Resources: {{}}\n# {}", "x".repeat(1_100_000));
    let mut aliases = "A0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..10 {
        aliases.push_str(&format!("A{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(", ")));
    }
    for (input, wanted) in [
        ("{\"Resources\": {\"A\": }", "standard input: line 2, column 1: "),
        ("Resources:\n  A: [1\n", "standard input: line "),
        (&*large, "standard input: line 1, column 1: it has 1100016 bytes"),
        (&*aliases, "standard input: line "),
        (
            "Conditions: {A: !Not [!Condition A]}\nResources:\n  T: {Type: AWS::SNS::Topic, Condition: A}\n",
            "standard input: line 1, column ",
        ),
        (
            "OrganizationFormationTemplateVersion: 1\nOrganization: {}\n",
            "standard input: no template, and no plan or state of Terraform as JSON: it looks like an org-formation template",
        ),
    ] {
        let run = check(input, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{wanted}");
        assert!(run.stderr.starts_with(&format!("error: {wanted}")), "{}", run.stderr);
    }
}

#[test]
fn a_saved_account_lies_under_the_documents() {
    let topic = "Resources:\n  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: new}\n";
    let account = format!("{}/fixtures/accounts/demo.json", env!("CARGO_MANIFEST_DIR"));
    let run = Cli::new().stdin(topic).args(&["check", "-", "--over", &account, "-f", "json"]).run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["deployed"]["account_id"], "111122223333");
    assert_eq!(report["results"].as_array().map(Vec::len), Some(14));
    let run = Cli::new().stdin(topic).args(&["check", "-", "--over", &account, "--in-account", "999999999999"]).run();
    assert_eq!(run.stderr, "error: --in-account says 999999999999, and the account of --over is 111122223333\n");
}
