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
    assert!(
        run.stdout.ends_with("14 controls: 9 pass, 5 fail (3.4, 3.6–3.8, 3.10), 3 weak passes (3.1, 3.3, 3.12)\n"),
        "{run:#?}"
    );
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
    let message = format!("report written to {}\n", file.display());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr), (Some(1), "", message));
    assert!(file.exists());
    let run = cli.arg("-q").run();
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(1), "", ""));
}

#[test]
fn outputs_that_contradict_each_other_are_refused() {
    for (arguments, message) in [
        (&["-f", "json", "-f", "table"][..], "only one report can go to standard output: give the others files"),
        (&["-f", "json=a", "-f", "table=a"], "two reports would go to /"),
        (&["-f", "json=a", "-f", "table", "-o", "a"], "two reports would go to /"),
        (&["-f", "json=a", "-o", "b"], "every --format has a file of its own"),
        (&["-f", "json="], "needs a file after the equals sign"),
        (&["-f", "yaml"], "[possible values: table, json, ndjson, csv"),
        (&["--fix", "--dry-run", "-f", "html"], "a plan is shown as table or json; --format html is for reports"),
        (&["-f", "json=/nowhere/at/all"], "cannot write /nowhere/at/all"),
    ] {
        let run = Cli::new().arg("--demo").args(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:#?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}

/// What was there before is lost only to a whole report, and what is read is never written over.
#[test]
fn a_run_that_fails_replaces_nothing() {
    let demo = include_str!("../../fixtures/accounts/demo.json");
    let cli = || Cli::new().file("account.json", demo).file("old.json", "old");
    let read = |cli: &Cli, name: &str| fs::read_to_string(cli.home().join(name)).unwrap();
    for arguments in [
        &["--snapshot", "missing.json", "-f", "json=old.json"][..],
        &["--snapshot", "account.json", "-f", "json=old.json", "-f", "csv=no/such/directory"],
        &["--snapshot", "account.json", "--baseline", "account.json", "-f", "json=old.json"],
        &["snapshot", "-o", "old.json", "--region", "nowhere-1", "--endpoint-url", "http://127.0.0.1:1"],
    ] {
        let cli = cli().args(arguments);
        let run = cli.run();
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:#?}");
        assert_eq!(read(&cli, "old.json"), "old", "{arguments:?}");
        let left = fs::read_dir(cli.home())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".cis-audit-"));
        assert_eq!(left.count(), 0, "{arguments:?}");
    }
    for arguments in [&["-f", "json=account.json"][..], &["-o", "account.json"], &["-f", "csv=./account.json"]] {
        let cli = cli().args(&["--snapshot", "account.json"]).args(arguments);
        let run = cli.run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains("account.json is an input: give the output another name"), "{run:#?}");
        assert_eq!(read(&cli, "account.json"), demo);
    }
    let cli = cli().args(&["--snapshot", "account.json", "-f", "json=old.json"]);
    assert_eq!(cli.run().code, Some(1));
    assert!(read(&cli, "old.json").starts_with('{'));
}

#[cfg(unix)]
#[test]
fn two_reports_never_share_a_file_by_another_name() {
    let cli = Cli::new();
    std::os::unix::fs::symlink(cli.home().join("real"), cli.home().join("link")).unwrap();
    fs::write(cli.home().join("real"), "").unwrap();
    let cli = cli.args(&["--demo", "-f", "json=real", "-f", "csv=link"]);
    let run = cli.run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("two reports would go to"), "{run:#?}");
    for stdout in ["-", "/dev/stdout", "/dev/fd/1"] {
        let run = Cli::new().args(&["--demo", "-f", "table", "-f"]).arg(format!("json={stdout}")).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{stdout}: {run:#?}");
    }
    let run = Cli::new().args(&["--demo", "-f", "json=/dev/null", "-f", "csv=/dev/null"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:#?}");
}

#[test]
fn an_empty_variable_of_github_is_none() {
    let run = Cli::new().args(&["--demo", "-q", "-f", "github"]).env("GITHUB_STEP_SUMMARY", "").run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{run:#?}");
}

/// A CI server would take results of the run before for those of this one.
#[test]
fn what_could_not_be_done_is_an_error_of_its_own() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources: [";
    for (arguments, why, place) in [
        (&["--snapshot", "none.json"][..], "cannot open none.json", ""),
        (&["--demo", "--rules", "none"], "none", ""),
        (&["--demo", "--waivers", "none.toml"], "none.toml", ""),
        (&["--demo", "--baseline", "none.json"], "none.json", ""),
        (&["check", "broken.yaml"], "broken.yaml", "file=broken.yaml,line=3,col=1,"),
    ] {
        let cli = Cli::new().file("report.xml", "green").file("report.json", "old").file("broken.yaml", template);
        let run = cli.args(arguments).env("GITHUB_STEP_SUMMARY", "summary.md").args(&[
            "-f",
            "github",
            "-f",
            "junit=report.xml",
            "-f",
            "json=report.json",
        ]);
        let home = run.home().to_owned();
        let done = run.run();
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:#?}");
        assert!(done.stderr.starts_with("error: ") && done.stderr.contains(why), "{arguments:?}: {}", done.stderr);
        let first = format!("::error {place}title=the audit could not be done::");
        assert!(done.stdout.starts_with(&first) && done.stdout.contains(why), "{arguments:?}: {}", done.stdout);
        let text = |name: &str| fs::read_to_string(home.join(name)).unwrap();
        assert!(text("report.xml").contains(r#"errors="1""#) && text("report.xml").contains(why), "{arguments:?}");
        assert!(text("summary.md").contains("could not be done") && text("summary.md").contains(why), "{arguments:?}");
        assert_eq!(text("report.json"), "old");
    }
}
