//! Controls of one's own beside the benchmark's: how they are added, named, left out, waived, planned and refused.

use serde_json::{Value, json};

use crate::support::run::{Cli, Run};

const RULE: &str = include_str!("../../fixtures/rules/access-keys.toml");

fn with_rule(arguments: &[&str]) -> Run {
    Cli::new().file("acme/access-keys.toml", RULE).args(arguments).run()
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

fn rules_of(report: &Value) -> Vec<&str> {
    report["results"].as_array().expect("results").iter().filter_map(|result| result["rule"].as_str()).collect()
}

#[test]
fn they_are_added_to_the_built_in_ones_and_come_after_them() {
    let report = json_of(&with_rule(&["--demo", "--add-rules", "acme", "-f", "json"]));
    let rules = rules_of(&report);
    assert_eq!((rules.len(), rules[0], rules[13], rules[14]), (15, "3.1", "3.14", "ACME-1"));
    assert_eq!(report["results"][14]["rule_files"], "acme");
    assert_eq!(report["results"][13].get("rule_files"), None);
    let table = with_rule(&["--demo", "--add-rules", "acme"]).stdout;
    assert!(table.contains("\n  Controls from acme: ACME-1\n"), "{table}");
    assert!(table.contains("\n  ACME-1  ✗ FAIL     new access keys                metric_filter.none\n"), "{table}");
}

#[test]
fn they_are_chosen_and_left_out_by_id_in_any_letter_case() {
    let only = json_of(&with_rule(&["--demo", "--add-rules", "acme", "--rule", "acme-1", "-f", "json"]));
    assert_eq!(rules_of(&only), ["ACME-1"]);
    let by_name = with_rule(&["--demo", "--add-rules", "acme", "--rule", "acme-access-keys,3.4", "-f", "json"]);
    assert_eq!(rules_of(&json_of(&by_name)), ["3.4", "ACME-1"]);
    let without = json_of(&with_rule(&["--demo", "--add-rules", "acme", "--exclude", "Acme-1", "-f", "json"]));
    assert_eq!(rules_of(&without).len(), 14);
}

#[test]
fn waivers_and_baselines_take_their_ids() {
    let waivers = "[[waiver]]\nrule = \"acme-1\"\nreason = \"later\"\nowner = \"ops\"\nexpires = 2999-12-31\n";
    let cli = || Cli::new().file("acme/access-keys.toml", RULE).file("waivers.toml", waivers);
    let asked = ["--demo", "--add-rules", "acme", "--rule", "ACME-1"];
    let run = cli().args(&asked).args(&["--waivers", "waivers.toml", "-f", "json"]).run();
    assert_eq!((run.code, &json_of(&run)["results"][0]["status"]), (Some(0), &json!("waived")), "{run:#?}");
    let report = cli().args(&asked).args(&["-f", "json"]).run().stdout;
    let run = cli().file("report.json", report).args(&asked).args(&["--baseline", "report.json"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:#?}");
    assert!(run.stdout.contains("Changes since") || run.stdout.contains("known"), "{}", run.stdout);
}

#[test]
fn they_are_explained_and_covered_by_id() {
    let run = with_rule(&["explain", "acme-1", "--add-rules", "acme"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.starts_with("ACME-1  acme-access-keys\nEnsure that somebody is notified of new access keys\n"));
    assert!(run.stdout.contains("\nControls from acme: ACME-1\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("benchmark"), "{}", run.stdout);
    let pattern = "{ $.eventName = CreateAccessKey }";
    let run = with_rule(&["pattern", "cover", pattern, "--rule", "ACME-1", "--add-rules", "acme"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
}

/// A saved plan is carried out with the same rules, and says which directory it had them from where they are not given.
#[test]
fn plans_take_their_ids() {
    let asked = ["--demo", "--add-rules", "acme", "--rule", "ACME-1", "--fix", "--dry-run"];
    let run = with_rule(&[&asked[..], &["--plan-out", "plan.json"]].concat());
    assert!(
        run.stdout.starts_with("Plan · Own controls · 111122223333 · us-east-1\n  controls from acme: ACME-1\n"),
        "{run:#?}"
    );
    let plan = with_rule(&[&asked[..], &["-f", "json", "--show-endpoints"]].concat());
    let document = json_of(&plan);
    assert_eq!(document["rules"], json!(["ACME-1"]));
    assert_eq!(document["rule_files"], json!([{ "directory": "acme", "rules": ["ACME-1"], "own": ["ACME-1"] }]));
    let cli = || Cli::new().file("acme/access-keys.toml", RULE).file("plan.json", &plan.stdout);
    let again = ["--demo", "--fix", "--dry-run", "--apply", "plan.json"];
    let run = cli().args(&again).args(&["--add-rules", "acme"]).run();
    assert_eq!((run.code, run.stderr.contains("error")), (Some(1), false), "{run:#?}");
    let run = cli().args(&again).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("no control ACME-1: the plan has it from the rule files of acme\n"), "{}", run.stderr);
}

#[test]
fn a_conflicting_rule_is_refused_with_file_and_field() {
    let expected = "must be a number such as \"3.4\", or an id of your own such as \"ACME-1\": a letter, then letters, \
                    digits, - and _, at most 32 characters";
    for (id, wanted) in [
        ("../x", format!("acme/a.toml: line 1, field id: {expected}")),
        ("ACME 1", format!("acme/a.toml: line 1, field id: {expected}")),
        ("ACME-1\\u001b[2J", format!("acme/a.toml: line 1, field id: {expected}")),
        ("A23456789012345678901234567890123", format!("acme/a.toml: line 1, field id: {expected}")),
        ("3.4", "acme/a.toml: line 1, field id: 3.4 is the built-in 3.04-iam-policy-changes.toml's already".to_owned()),
        (
            "vpc-changes",
            "acme/a.toml: line 1, field id: vpc-changes is the built-in 3.14-vpc-changes.toml's already".to_owned(),
        ),
    ] {
        let rule = RULE.replace("id = \"ACME-1\"", &format!("id = \"{id}\""));
        let run = Cli::new().file("acme/a.toml", rule).args(&["--demo", "--add-rules", "acme"]).run();
        assert_eq!((run.code, run.stderr), (Some(2), format!("error: {wanted}\n")));
    }
    let other = RULE.replace("acme-access-keys", "other");
    let cli = Cli::new().file("acme/a.toml", RULE).file("more/b.toml", other);
    let run = cli.args(&["--demo", "--add-rules", "acme", "--add-rules", "more"]).run();
    assert_eq!(run.stderr, "error: more/b.toml: line 1, field id: ACME-1 is acme/a.toml's already\n");
}

#[test]
fn either_rules_are_added_or_used_instead() {
    let run = with_rule(&["--demo", "--rules", "acme", "--add-rules", "acme"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("'--rules <DIR>' cannot be used with '--add-rules <DIR>'"), "{}", run.stderr);
    let alone = with_rule(&["--demo", "--rules", "acme"]);
    assert!(alone.stdout.starts_with("Own controls · 111122223333 · us-east-1 · "), "{}", alone.stdout);
    assert!(!alone.stdout.contains("CIS"), "{}", alone.stdout);
}
