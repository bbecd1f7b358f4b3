//! Several reports of one audit, each where it was asked for.

use std::fs;

use crate::support::run::Cli;

#[test]
fn one_audit_makes_several_reports() {
    let cli = Cli::new();
    let json = cli.home().join("report.json");
    let table = cli.home().join("report.txt");
    let cli = cli
        .args(&["--demo", "-f", "table", "-f"])
        .arg(format!("json={}", json.display()))
        .arg("-f")
        .arg(format!("table={}", table.display()));
    let run = cli.run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.ends_with("14 controls: 9 pass, 5 fail (3.4, 3.6–3.8, 3.10), 3 with a weakness\n"), "{run:#?}");
    assert_eq!(fs::read_to_string(table).unwrap(), run.stdout);
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(document["summary"]["fail"], 5);
}

/// Where no report is for standard output, nothing goes there.
#[test]
fn a_report_in_a_file_leaves_standard_output_alone() {
    let cli = Cli::new();
    let file = cli.home().join("report.json");
    let cli = cli.args(&["--demo", "-f"]).arg(format!("json={}", file.display()));
    let run = cli.run();
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(1), "", ""));
    assert!(file.exists());
}

#[test]
fn outputs_that_contradict_each_other_are_refused() {
    for (arguments, message) in [
        (&["-f", "json", "-f", "table"][..], "only one report can go to standard output: give the others files"),
        (&["-f", "json=a", "-f", "table=a"], "two reports would go to a"),
        (&["-f", "json=a", "-f", "table", "-o", "a"], "two reports would go to a"),
        (&["-f", "json=a", "-o", "b"], "every --format has a file of its own"),
        (&["-f", "json="], "needs a file after the sign"),
        (&["-f", "yaml"], "[possible values: table, json"),
        (&["-f", "json=/nowhere/at/all"], "cannot write /nowhere/at/all"),
    ] {
        let run = Cli::new().arg("--demo").args(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:#?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}
