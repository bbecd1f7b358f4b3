//! The project file: what it sets is said, what it may not set is refused, and nothing of it leads out of its folder.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::run::{Cli, Run};

const WAIVER: &str = r#"
[[waiver]]
rule = "3.7"
reason = "KMS events go elsewhere"
owner = "data"
expires = 2099-12-31
"#;

fn run(file: &str, arguments: &[&str]) -> Run {
    Cli::new().file("cis-audit.toml", file).file("w.toml", WAIVER).args(arguments).run()
}

#[test]
fn project_settings_are_applied_and_reported() {
    let file = "verdict = \"effective\"\nexclude = [\"3.1\", \"3.3\"]\nwaivers = \"w.toml\"\n";
    let done = run(file, &["--demo", "-q"]);
    let sets = "decides by the verdict effective; leaves out 3.1, 3.3; waives by w.toml";
    assert_eq!(done.stderr, format!("note: settings of cis-audit.toml: {sets} (--no-config leaves them out)\n"));
    let (settings, counts) = done.stdout.trim_end().rsplit_once('\n').expect("settings and counts");
    assert_eq!(settings.replace("\n  ", " "), format!("Settings of cis-audit.toml: {sets}"));
    assert_eq!(counts, "12 controls: 6 pass, 5 fail (3.4, 3.6, 3.8, 3.10, 3.12), 1 waived (3.7)");
    assert_eq!(done.code, Some(1));

    let json = run(file, &["--demo", "-f", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["project"]["file"], "cis-audit.toml");
    assert_eq!(json["project"]["sets"][1], "leaves out 3.1, 3.3");
    for format in ["markdown", "html", "junit", "github"] {
        let text = run(file, &["--demo", "-f", format]).stdout;
        assert!(text.contains("3.1, 3.3") || text.contains("3\\.1, 3\\.3"), "{format}: {text}");
    }

    let plain = run(file, &["--demo", "-q", "--no-config"]);
    assert_eq!((plain.stderr.as_str(), plain.stdout.lines().count()), ("", 1));
    assert!(plain.stdout.starts_with("14 controls: 9 pass"), "{}", plain.stdout);
}

#[test]
fn the_command_line_wins() {
    let file = "verdict = \"effective\"\nrule = [\"3.1\"]\nexclude = [\"3.4\"]\nformats = [\"json=report.json\"]\n";
    let done = run(file, &["--demo", "--rule", "3.4", "--verdict", "cis", "-f", "table", "-q"]);
    assert_eq!(done.stderr, "note: cis-audit.toml sets nothing here\n");
    assert_eq!(done.stdout, "1 control: 0 pass, 1 fail (3.4)\n");
}

#[test]
fn reports_go_beside_it_from_any_folder_of_the_repository() {
    let cli = Cli::new()
        .file(".git/HEAD", "")
        .file("cis-audit.toml", "rule = [\"3.4\"]\nformats = [\"table\", \"json=out.json\"]\n")
        .file("templates/.keep", "");
    let home = cli.home().to_owned();
    let script = format!("cd templates && exec '{}' --demo -q", crate::support::run::EXECUTABLE);
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(&home)
        .env_clear()
        .env("HOME", &home)
        .output()
        .expect("sh runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.starts_with("note: settings of ../cis-audit.toml: audits only 3.4;"), "{stderr}");
    assert!(fs::read_to_string(home.join("out.json")).unwrap().contains("\"schema_version\""));
}

#[test]
fn what_a_checkout_may_not_decide_is_refused() {
    for (file, message) in [
        ("endpoint-url = \"http://localhost\"", "line 1, column 1: endpoint-url can be set on the command line only"),
        ("\nshow_endpoints = true", "line 2, column 1: show-endpoints can be set on the command line only"),
        ("profile = \"admin\"", "line 1, column 1: profile can be set on the command line only"),
        ("rule = [\"3.4\"]\nyes = true", "line 2, column 1: yes can be set on the command line only"),
        ("bench = \"1.2.0\"", "line 1, column 1: unknown field `bench`: did you mean `benchmark`?"),
        ("benchmark = \"9\"", "line 1, column 13: there is no benchmark \"9\""),
        ("level = 3", "line 1, column 9: must be 1 or 2"),
        ("verdict = \"good\"", "line 1, column 11: must be one of cis, effective, security-hub"),
        ("formats = [\"json\", \"yaml\"]", "line 1, column 20: there is no format \"yaml\""),
        ("waivers = \"../w.toml\"", "line 1, column 11: \"../w.toml\" must lie in the folder of cis-audit.toml"),
        ("waivers = \"/etc/passwd\"", "line 1, column 11: \"/etc/passwd\" must lie in the folder"),
        ("waivers = \"none.toml\"", "line 1, column 11: none.toml cannot be read"),
        ("rules = \"w.toml\"", "line 1, column 9: w.toml is not a directory"),
        ("formats = [\"json=.git/hooks/pre-commit\"]", "line 1, column 12: a report cannot go to a name that begins"),
        ("formats = [\"json=../out.json\"]", "line 1, column 12: \"../out.json\" must lie in the folder"),
        ("waivers = [", "line 1, column 1"),
    ] {
        let done = run(file, &["--demo"]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{file}: {done:#?}");
        assert!(done.stderr.starts_with("error: cis-audit.toml: "), "{file}: {}", done.stderr);
        assert!(done.stderr.contains(message), "{file}: {}", done.stderr);
    }
}

#[test]
fn links_do_not_lead_out() {
    let outside = tempfile::TempDir::new().unwrap();
    fs::write(outside.path().join("w.toml"), WAIVER).unwrap();
    let linked = |file: &str| {
        let cli = Cli::new().file("cis-audit.toml", file);
        symlink(outside.path(), cli.home().join("there")).unwrap();
        symlink(outside.path().join("w.toml"), cli.home().join("w.toml")).unwrap();
        cli.arg("--demo").run()
    };
    for file in
        ["waivers = \"w.toml\"", "waivers = \"there/w.toml\"", "rules = \"there\"", "formats = [\"json=there/x\"]"]
    {
        let done = linked(file);
        assert_eq!(done.code, Some(2), "{file}: {done:#?}");
        assert!(done.stderr.contains("a link leads out of the folder of cis-audit.toml"), "{file}: {}", done.stderr);
    }
    let done = linked("formats = [\"json=w.toml\"]");
    assert!(done.stderr.contains("w.toml is no plain file"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(outside.path().join("w.toml")).unwrap(), WAIVER);

    // The file itself neither.
    let cli = Cli::new();
    fs::write(outside.path().join("settings"), "rule = [\"3.4\"]").unwrap();
    symlink(outside.path().join("settings"), cli.home().join("cis-audit.toml")).unwrap();
    let done = cli.arg("--demo").run();
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("cis-audit.toml is no plain file"), "{}", done.stderr);
}

#[test]
fn it_is_no_part_of_a_fix_or_a_template() {
    for arguments in [&["--demo", "--fix", "--dry-run"][..], &["template", "terraform", "--demo"]] {
        let done = run("exclude = [\"3.4\"]", arguments);
        assert!(!done.stderr.contains("cis-audit.toml"), "{arguments:?}: {}", done.stderr);
        assert!(done.stdout.contains("iam-policy-changes") || done.stdout.contains("3.4"), "{arguments:?}");
    }
}

#[test]
fn waivers_of_what_fails_are_to_be_filled_in() {
    let cli = Cli::new();
    let home = cli.home().to_owned();
    let cli = cli.args(&["--demo", "--rule", "3.4,3.10,3.14", "-f", "waivers=new.toml"]);
    let done = cli.run();
    assert_eq!(done.code, Some(1), "{done:#?}");
    let text = fs::read_to_string(home.join("new.toml")).unwrap();
    assert_eq!(text.matches("[[waiver]]").count(), 2, "{text}");
    assert!(
        text.contains("rule = \"iam-policy-changes\"\naccount = \"111122223333\"\nregion = \"us-east-1\"\n"),
        "{text}"
    );
    assert!(text.contains("code = \"subscription.pending\"\n"), "{text}");

    let with = |text: &str| Cli::new().file("new.toml", text).args(&["--demo", "--waivers", "new.toml", "-q"]).run();
    let refused = with(&text);
    assert_eq!(refused.code, Some(2), "what nobody has signed: {refused:#?}");
    assert!(refused.stderr.contains("new.toml: line "), "{}", refused.stderr);
    let filled = text
        .replace("reason = \"\"", "reason = \"until the move\"")
        .replace("owner = \"\"", "owner = \"ops\"")
        .replace("expires = \"\"", "expires = 2099-12-31");
    let accepted = with(&filled);
    assert!(accepted.stdout.contains("2 waived (3.4, 3.10)"), "{accepted:#?}");
}

/// Of a filter that misses some events only these are accepted; where a template will be deployed is not known.
#[test]
fn waivers_of_a_template_name_the_events() {
    let template = r#"
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: events } }
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: '{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) }'
      MetricTransformations: [{ MetricName: m, MetricNamespace: n, MetricValue: "1" }]
"#;
    let cli =
        Cli::new().file("a.yaml", template).args(&["check", "a.yaml", "--rule", "3.14", "-f", "waivers=new.toml"]);
    let done = cli.run();
    assert_eq!(done.code, Some(1), "{done:#?}");
    let text = fs::read_to_string(cli.home().join("new.toml")).unwrap();
    assert!(text.contains("[[waiver]]\nrule = \"vpc-changes\"\ncode = \"metric_filter.misses_events\"\n"), "{text}");
    assert!(text.contains("\nevents = ") && text.contains("ModifyVpcAttribute"), "{text}");
}

/// What git or an editor reads stays as it is, whatever leads to it; so does the project file.
#[test]
fn no_report_goes_where_others_read_settings() {
    let cli = Cli::new().file(".git/hooks/post-commit", "#!/bin/sh\n");
    symlink(cli.home().join(".git/hooks"), cli.home().join("hooks")).expect("a link");
    let cli = cli.file("cis-audit.toml", "formats = [\"table=hooks/post-commit\"]\n").args(&["--demo", "-q"]);
    let hooked = cli.run();
    assert_eq!(hooked.code, Some(2), "{hooked:#?}");
    assert!(hooked.stderr.contains("a link leads to a name that begins with a dot"), "{hooked:#?}");
    let hook = fs::read_to_string(cli.home().join(".git/hooks/post-commit")).expect("the hook");
    assert_eq!(hook, "#!/bin/sh\n");

    let own = run("formats = [\"json=cis-audit.toml\"]\n", &["--demo", "-q"]);
    assert_eq!(own.code, Some(2), "{own:#?}");
    assert!(own.stderr.contains("a report cannot go to cis-audit.toml"), "{own:#?}");
    let forged = run("formats = [\"json=x.json\\n14 controls: 14 pass\"]\n", &["--demo", "-q"]);
    assert_eq!(forged.code, Some(2), "{forged:#?}");
    assert!(!forged.stderr.lines().any(|line| line.starts_with("14 controls")), "{forged:#?}");
    let forged = run("framework = \"x\\n14 controls: 14 pass\"\n", &["--demo", "-q"]);
    assert!(!forged.stderr.lines().any(|line| line.starts_with("14 controls")), "{forged:#?}");
}
