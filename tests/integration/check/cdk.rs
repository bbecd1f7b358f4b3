//! Documents that the CDK writes: stacks that import from each other, a nested stack, no names. Installing and running it takes
//! a minute, so that it runs with `CIS_AUDIT_SLOW=1` only.

use std::process::Command;

use serde_json::Value;

use crate::support::python;
use crate::support::run::Cli;
use crate::support::sweep::is_whole;

/// Whether there is a node, without which the CDK's Python packages do nothing.
fn has_node() -> bool {
    Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_cloud_assembly_of_the_cdk_is_judged_as_one_account() {
    if !is_whole() || !has_node() {
        return;
    }
    let Some(interpreter) = python::CDK.or_skip() else { return };
    for (kind, code, status) in [("sound", 0, "pass"), ("broken", 1, "fail")] {
        let home = tempfile::TempDir::new().expect("a temporary directory");
        let directory = home.path().join("cdk.out").display().to_string();
        let output = python::script(interpreter, "synthesize.py").args([&directory, kind]).output();
        let output = output.expect("the environment's interpreter runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let run = Cli::new().args(&["check", &directory, "-f", "json"]).run();
        assert_eq!(run.code, Some(code), "{run:#?}");
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let finding = &report["results"][0];
        let found = [&finding["rule"], &finding["status"], &finding["account_id"], &finding["region"]];
        assert_eq!(found, ["3.4", status, "111122223333", "eu-west-1"]);
        if kind == "broken" {
            assert_eq!(finding["reason"]["code"], "alarm.actions_disabled");
            let address = finding["place"]["address"].as_str().expect("a construct");
            assert!(address.contains("Alarms/Nested/Alarm"), "{address}");
        } else {
            assert_eq!(finding["verdicts"]["effective"], "pass", "{finding:#}");
        }
    }
}
