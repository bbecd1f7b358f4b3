//! What a report rests on, and judging again what it judged: what an auditor holds against a report that was handed in.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::account::Account;
use crate::support::run::{Cli, Run};
use crate::support::seed::MAILBOX;
use crate::support::stage::{Stage, fresh_id};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes it");
        hex
    })
}

/// The built-in account as it is saved, and its report.
fn demo(arguments: &[&str]) -> (Vec<u8>, String) {
    let cli = Cli::new().args(&["--demo", "--save-snapshot", "account.json", "-f", "json"]).args(arguments);
    let run = cli.run();
    assert_eq!(run.code, Some(1), "{run:#?}");
    (fs::read(cli.home().join("account.json")).expect("it was saved"), run.stdout)
}

fn again(report: &str, snapshot: &[u8], arguments: &[&str]) -> Run {
    let cli = Cli::new().file("report.json", report).file("account.json", snapshot);
    cli.args(&["diff", "report.json", "--snapshot", "account.json"]).args(arguments).run()
}

fn evidence(report: &str) -> Value {
    let report: Value = serde_json::from_str(report).expect("JSON");
    report["evidence"][0].clone()
}

#[test]
fn a_report_names_who_asked_where_and_the_hash_of_its_snapshot() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let cli = stage.cli().args(&["--save-snapshot", "account.json", "-f", "json"]);
    let run = cli.run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), "snapshot written to account.json\n"), "{run:#?}");
    let file = cli.home().join("account.json");
    assert_eq!(fs::metadata(&file).expect("it was saved").permissions().mode() & 0o777, 0o600);
    let saved = fs::read(&file).expect("it was saved");
    let snapshot: Value = serde_json::from_slice(&saved).expect("JSON");
    let account = snapshot["account_id"].as_str().expect("12 digits");
    let caller = format!("arn:aws:iam::{account}:user/auditor");
    assert_eq!(
        snapshot["provenance"],
        json!({
            "caller": caller, "endpoints": [{ "url": stage.url() }], "tool_version": env!("CARGO_PKG_VERSION")
        })
    );
    assert_eq!(
        evidence(&run.stdout),
        json!({
            "account_id": account, "region": snapshot["region"], "snapshot_sha256": sha256(&saved),
            "read_by": {
                "caller": caller, "endpoints": [{ "service": null, "url": stage.url() }],
                "version": env!("CARGO_PKG_VERSION")
            }
        })
    );
    let run = again(&run.stdout, &saved, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:#?}");
    assert!(run.stdout.ends_with("\n14 of 14 results are the same\n"), "{}", run.stdout);
}

/// What is not in the settings of the command line is AWS's own.
#[test]
fn endpoints_of_the_environment_are_named_without_passwords() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let address = stage.url().replace("http://", "http://me:secret@");
    let run = stage.cli().env("AWS_ENDPOINT_URL_SNS", &address).args(&["-f", "json"]).run();
    let endpoints = evidence(&run.stdout)["read_by"]["endpoints"].clone();
    let wanted = json!([{ "service": null, "url": stage.url() }, { "service": "sns", "url": stage.url() }]);
    assert_eq!(endpoints, wanted, "{run:#?}");
    let run =
        stage.cli().env("AWS_ENDPOINT_URL_SNS", &address).args(&["-f", "json", "--endpoint-url", &stage.url()]).run();
    // The option comes instead of all others.
    assert_eq!(evidence(&run.stdout)["read_by"]["endpoints"], json!([{ "service": null, "url": stage.url() }]));
    assert!(!run.stdout.contains("secret"), "{}", run.stdout);
}

#[test]
fn the_caller_is_masked_where_people_read() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let formats = ["table", "html", "markdown", "ndjson", "csv", "junit", "sarif", "ocsf", "asff", "openmetrics"];
    for format in formats {
        let run = stage.cli().args(&["-v", "-f", format]).run();
        assert!(run.stdout.contains(":user/***"), "{format}: {}", run.stdout);
        assert!(!run.stdout.contains("user/auditor"), "{format}");
        let run = stage.cli().args(&["-v", "-f", format, "--show-endpoints"]).run();
        assert!(run.stdout.contains(":user/auditor"), "{format}: {}", run.stdout);
    }
}

/// The names that JSON has are not shown because saved results are written in another format.
#[test]
fn merged_reports_do_not_show_the_callers_name() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let report = stage.cli().args(&["-f", "json"]).run().stdout;
    assert!(report.contains(":user/auditor"), "{report}");
    for format in ["html", "markdown", "sarif", "csv", "ndjson"] {
        let run = Cli::new().file("report.json", &report).args(&["merge", "report.json", "-f", format]).run();
        assert!(run.stdout.contains(":user/***") && !run.stdout.contains("user/auditor"), "{format}: {}", run.stdout);
    }
}

/// A person's address is masked even in JSON, in a session's name as in a user's.
#[test]
fn a_callers_address_is_masked_in_json() {
    let (saved, _) = demo(&[]);
    let mut account: Value = serde_json::from_slice(&saved).expect("JSON");
    let arn = "arn:aws:sts::111122223333:assumed-role/Auditor/ann@example.com";
    account["provenance"] = json!({ "caller": arn, "tool_version": "0.1.0" });
    let report = |arguments: &[&str]| {
        let cli = Cli::new().stdin(account.to_string()).args(&["--snapshot", "-", "-f", "json"]);
        evidence(&cli.args(arguments).run().stdout)["read_by"]["caller"].clone()
    };
    assert_eq!(report(&[]), "arn:aws:sts::111122223333:assumed-role/Auditor/an***@example.com");
    assert_eq!(report(&["--show-endpoints"]), arn);
}

#[test]
fn a_redacted_snapshot_is_what_was_judged() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let cli = stage.cli().args(&["--save-snapshot", "account.json", "--redact", "-f", "json"]);
    let run = cli.run();
    let saved = fs::read(cli.home().join("account.json")).expect("it was saved");
    let text = String::from_utf8(saved.clone()).expect("JSON is text");
    assert!(!text.contains(MAILBOX) && !text.contains("user/auditor"), "{text}");
    assert!(text.contains(":user/***"), "{text}");
    assert_eq!(evidence(&run.stdout)["snapshot_sha256"], sha256(&saved));
    assert_eq!(again(&run.stdout, &saved, &[]).code, Some(0));
    let saved = stage.cli().args(&["snapshot", "--redact"]).run().stdout;
    assert!(!saved.contains("user/auditor") && saved.contains(":user/***"), "{saved}");
}

#[test]
fn a_changed_report_is_found_out() {
    let (saved, report) = demo(&[]);
    let changed = report.replacen("\"severity\": \"low\"", "\"severity\": \"high\"", 1);
    assert_ne!(changed, report);
    let run = again(&changed, &saved, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{run:#?}");
    let hash = sha256(&saved);
    assert_eq!(
        run.stdout,
        format!(
            "Judged again · 111122223333 · us-east-1 · 2026-01-05 09:00 UTC\n  SHA-256 of the snapshot\n  {hash}\n\n\
             ✗ 3.1  unauthorized-api-calls differs\n    severity: \"high\" in the report, \"low\" when judged again\n\n\
             13 of 14 results are the same (3.2–3.14); not the same: 3.1\n"
        )
    );
    let run = again(&changed, &saved, &["-f", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&document["same"], &document["snapshot_sha256"]), (&json!(13), &json!(hash)));
    assert_eq!(
        document["differences"],
        json!([{
            "rule": "3.1", "slug": "unauthorized-api-calls", "region": "us-east-1", "kind": "differs",
            "fields": [{ "name": "severity", "report": "high", "again": "low" }]
        }])
    );
    // A failure that was taken out, and is not counted either.
    let mut without: Value = serde_json::from_str(&report).expect("JSON");
    without["results"].as_array_mut().expect("a list").retain(|result| result["rule"] != "3.4");
    without["summary"]["fail"] = json!(4);
    let run = again(&without.to_string(), &saved, &["-q"]);
    let message = "13 of 14 results are the same (3.1–3.3, 3.5–3.14); not the same: 3.4\n";
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), message), "{run:#?}");
}

#[test]
fn another_layout_or_shown_addresses_change_nothing() {
    let (saved, report) = demo(&[]);
    let compact: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(again(&compact.to_string(), &saved, &[]).code, Some(0));
    let (saved, report) = demo(&["--show-endpoints"]);
    assert_eq!(again(&report, &saved, &[]).code, Some(0));
    let account: Value = serde_json::from_slice(&saved).expect("JSON");
    let run = again(&report, account.to_string().as_bytes(), &[]);
    assert_eq!(run.code, Some(0), "{run:#?}");
}

#[test]
fn another_snapshot_is_refused() {
    let (saved, report) = demo(&[]);
    let other = String::from_utf8(saved.clone()).expect("text").replacen("\"Sum\"", "\"Average\"", 1);
    let run = again(&report, other.as_bytes(), &[]);
    let (was, is) = (sha256(&saved), sha256(other.as_bytes()));
    let message =
        format!("error: report.json judged another snapshot: SHA-256 {was} there, and {is} of account.json\n");
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(2), "", message.as_str()));
    let stranger = String::from_utf8(saved.clone()).expect("text").replace("111122223333", "444455556666");
    let run = again(&report, stranger.as_bytes(), &[]);
    let message = "error: report.json has no results of account 444455556666, but of 111122223333\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
    let mut silent: Value = serde_json::from_str(&report).expect("JSON");
    silent.as_object_mut().expect("an object").remove("evidence");
    let run = again(&silent.to_string(), &saved, &[]);
    let message = "error: report.json does not say which snapshot of account 111122223333 it judged: it was written by an \
                   earlier cis-audit, or changed since\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
}

#[test]
fn another_version_says_so_and_is_2() {
    let (saved, report) = demo(&[]);
    let version = env!("CARGO_PKG_VERSION");
    let older = report.replacen(&format!("\"version\": \"{version}\""), "\"version\": \"0.0.9\"", 1);
    let run = again(&older, &saved, &[]);
    let message = format!("note: report.json was written by cis-audit 0.0.9, and this is cis-audit {version}\n");
    assert_eq!((run.code, run.stderr), (Some(2), message));
    assert!(run.stdout.ends_with("\n14 of 14 results are the same\n"), "{}", run.stdout);
}

/// By the same controls, verdict and waivers as the report: none of them need be given again.
#[test]
fn what_a_report_was_asked_and_accepts_is_in_it() {
    let waivers = "[[waiver]]\nrule = \"3.7\"\nreason = \"known\"\nowner = \"ops\"\nexpires = 2999-12-31\n\n\
                   [[waiver]]\nrule = \"3.4\"\nevents = '{ $.userIdentity.sessionContext.sessionIssuer.userName = \
                   terraform }'\nreason = \"our pipeline\"\nowner = \"ops\"\nexpires = 2999-12-31\n";
    for arguments in [
        &["--verdict", "effective", "--rule", "3.4,3.10"][..],
        &["--benchmark", "4.0.1", "--level", "1"],
        &["--framework", "NIST SP 800-171"],
        &["--waivers", "waivers.toml"],
        &["--waivers", "waivers.toml", "--verdict", "security-hub"],
    ] {
        let cli = Cli::new().file("waivers.toml", waivers);
        let cli = cli.args(&["--demo", "--save-snapshot", "account.json", "-f", "json"]).args(arguments);
        let run = cli.run();
        let saved = fs::read(cli.home().join("account.json")).unwrap_or_else(|_| panic!("{run:#?}"));
        let run = again(&run.stdout, &saved, &[]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}: {run:#?}");
    }
}

#[test]
fn merged_reports_keep_what_they_rest_on() {
    let (saved, report) = demo(&[]);
    let other = String::from_utf8(saved.clone()).expect("text").replace("111122223333", "444455556666");
    let second = Cli::new().stdin(other.clone()).args(&["--snapshot", "-", "-f", "json"]).run().stdout;
    let cli = Cli::new().file("a.json", &report).file("b.json", &second);
    let merged = cli.args(&["merge", "a.json", "b.json", "-f", "json"]).run().stdout;
    let document: Value = serde_json::from_str(&merged).expect("JSON");
    let hashes: Vec<&Value> =
        document["evidence"].as_array().expect("a list").iter().map(|it| &it["snapshot_sha256"]).collect();
    assert_eq!(hashes, [&json!(sha256(&saved)), &json!(sha256(other.as_bytes()))]);
    assert_eq!(again(&merged, &saved, &[]).code, Some(0));
    assert_eq!(again(&merged, other.as_bytes(), &[]).code, Some(0));
}

#[test]
fn what_is_saved_is_a_file_of_its_own() {
    let run = Cli::new().args(&["--demo", "--save-snapshot", "-"]).run();
    let message = "error: --save-snapshot writes a file: `cis-audit snapshot` writes to standard output\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(2), "", message));
    let run = Cli::new().args(&["--demo", "--save-snapshot", "one.json", "-f", "json=one.json"]).run();
    let message = "error: two outputs would go to one.json: give each a name of its own\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
    let run = Cli::new().args(&["--demo", "--redact"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("--save-snapshot"), "{}", run.stderr);
}

/// What the build script says of a commit, for sources in `directory`.
fn commit_of(program: &Path, directory: &Path, profile: &str, given: Option<&str>) -> Option<String> {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("CARGO_MANIFEST_DIR", directory).env("PROFILE", profile).envs(given.map(|it| ("CIS_AUDIT_COMMIT", it)));
    let output = command.current_dir(directory).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().find_map(|line| line.strip_prefix("cargo:rustc-env=CIS_AUDIT_BUILD_COMMIT=")).map(str::to_owned)
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").current_dir(directory);
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let output = command.args(identity).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// Outside git, in somebody else's checkout and in development no commit is stated; in a package it is.
#[test]
fn a_release_knows_its_commit_and_builds_without_one() {
    let place = tempfile::tempdir().expect("a directory");
    let program = place.path().join("build");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(compiler).args(["--edition=2024", "-o"]).arg(&program).arg(&source).status();
    assert!(compiled.expect("rustc runs").success());
    let root = place.path().join("sources");
    fs::create_dir_all(root.join("src")).expect("a directory");
    fs::write(root.join("Cargo.toml"), "").expect("a file");
    assert_eq!(commit_of(&program, &root, "release", None), None);
    let given = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(commit_of(&program, &root, "release", Some(given)), Some(given.to_owned()));
    assert_eq!(commit_of(&program, &root, "release", Some("main")), None);
    fs::write(root.join(".cargo_vcs_info.json"), format!("{{\n  \"git\": {{\n    \"sha1\": \"{given}\"\n  }}\n}}"))
        .expect("a file");
    assert_eq!(commit_of(&program, &root, "release", None), Some(given.to_owned()));
    fs::remove_file(root.join(".cargo_vcs_info.json")).expect("it was there");
    // A folder in somebody else's checkout.
    git(place.path(), &["init", "--quiet"]);
    git(place.path(), &["commit", "--quiet", "--allow-empty", "-m", "theirs"]);
    assert_eq!(commit_of(&program, &root, "release", None), None);
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "--quiet", "-m", "ours"]);
    let commit = git(&root, &["rev-parse", "HEAD"]);
    assert_eq!(commit_of(&program, &root, "release", None), Some(commit.clone()));
    assert_eq!(commit_of(&program, &root, "debug", None), None);
    fs::write(root.join("src/main.rs"), "").expect("a file");
    assert_eq!(commit_of(&program, &root, "release", None), Some(format!("{commit}+changes")));
}

#[test]
fn a_report_that_was_changed_in_its_head_is_refused() {
    let (snapshot, report) = demo(&[]);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(&report).expect("JSON");
        change(&mut document);
        let run = again(&document.to_string(), &snapshot, &[]);
        (run.code, run.stderr)
    };
    assert_eq!(
        changed(&|report| report["collected_at"] = json!("2030-01-01T00:00:00Z")),
        (
            Some(2),
            "error: report.json was changed: the time of its account is 2030-01-01T00:00:00Z there, and \
             2026-01-05T09:00:00Z in account.json\n"
                .to_owned()
        )
    );
    assert_eq!(
        changed(&|report| {
            report["results"] = json!([]);
            report["summary"] = json!({ "pass": 0, "fail": 0, "unknown": 0, "waived": 0 });
        }),
        (Some(2), "error: report.json has no results of account 111122223333\n".to_owned())
    );
}

/// What a report counts, its results and what it was asked for agree, or no command takes it.
#[test]
fn a_report_that_contradicts_itself_is_refused_by_name() {
    let (snapshot, report) = demo(&[]);
    let demo: Value = serde_json::from_str(&report).expect("JSON");
    let drop_3_4 = |report: &mut Value| {
        report["results"].as_array_mut().expect("a list").retain(|result| result["rule"] != "3.4");
    };
    let status = |report: &mut Value| report["results"][3]["status"] = json!("pass");
    type Edit<'a> = &'a dyn Fn(&mut Value);
    let cases: [(&str, Edit<'_>, &str); 5] = [
        (
            "a count",
            &|report| (report["summary"]["fail"], report["summary"]["pass"]) = (json!(0), json!(14)),
            "the summary counts 14 pass, 0 fail, 0 unknown and 0 waived, and the results are 9 pass, 5 fail, 0 unknown \
             and 0 waived",
        ),
        (
            "a status",
            &status,
            "the status of iam-policy-changes for account 111122223333 is \"pass\", and its verdicts and waiver make it \
             \"fail\"",
        ),
        (
            "a result",
            &drop_3_4,
            "the summary counts 9 pass, 5 fail, 0 unknown and 0 waived, and the results are 9 pass, 4 fail, 0 unknown and \
             0 waived",
        ),
        (
            "a result, and its count",
            &|report| {
                drop_3_4(report);
                report["summary"]["fail"] = json!(4);
            },
            "iam-policy-changes was asked for, and account 111122223333 has no result of it",
        ),
        (
            "a control that was asked for",
            &|report| {
                report["asked"]["controls"].as_array_mut().expect("a list").retain(|it| it["slug"] != "vpc-changes");
            },
            "account 111122223333 has a result of vpc-changes, which was not asked for",
        ),
    ];
    for (what, change, contradiction) in cases {
        let mut changed = demo.clone();
        change(&mut changed);
        let message = format!(
            "error: changed.json: the report contradicts itself, so that it was changed after it was written: \
             {contradiction}\n"
        );
        let files = || {
            Cli::new().file("changed.json", changed.to_string()).file("report.json", &report).file("a.json", &snapshot)
        };
        let run = files().args(&["merge", "changed.json", "-f", "json"]).run();
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(2), "", message.as_str()), "{what}");
        // What only the results of an account show is compared with it.
        if contradiction.starts_with("the s") {
            let run = files().args(&["diff", "changed.json", "--snapshot", "a.json"]).run();
            assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(2), "", message.as_str()), "{what}");
        }
        // Without the verdicts, a comparison and a baseline have the counts to go by.
        if what != "a result, and its count" && what != "a control that was asked for" {
            let run = files().args(&["diff", "changed.json", "report.json"]).run();
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{what}: {run:#?}");
            let run = files().args(&["--demo", "--baseline", "changed.json"]).run();
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{what}: {run:#?}");
            assert!(run.stderr.contains("changed.json") && run.stderr.contains("contradicts itself"), "{}", run.stderr);
        }
    }
}

/// Of many accounts each is compared with its own results, and all of them with what is said of them together.
#[test]
fn a_report_of_many_that_contradicts_itself_is_refused() {
    let (saved, first) = demo(&[]);
    let other = String::from_utf8(saved).expect("text").replace("111122223333", "444455556666");
    let second = Cli::new().stdin(other).args(&["--snapshot", "-", "-f", "json"]).run().stdout;
    let cli = Cli::new().file("a.json", &first).file("b.json", &second);
    let merged = cli.args(&["merge", "a.json", "b.json", "-f", "json"]).run().stdout;
    let merged: Value = serde_json::from_str(&merged).expect("JSON");
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut changed = merged.clone();
        change(&mut changed);
        let run = Cli::new().file("changed.json", changed.to_string()).args(&["merge", "changed.json"]).run();
        let start = "error: changed.json: the report contradicts itself, so that it was changed after it was written: ";
        let message = run.stderr.strip_prefix(start).unwrap_or_else(|| panic!("{run:#?}"));
        (run.code, message.trim_end().to_owned())
    };
    let refusal = |message: &str| (Some(2), message.to_owned());
    assert_eq!(
        refused(&|report| report["accounts"][0]["status"] = json!("pass")),
        refusal("the status of account 111122223333 is \"pass\", and its results make it \"fail\"")
    );
    assert_eq!(
        refused(&|report| report["accounts"][1]["summary"]["fail"] = json!(3)),
        refusal(
            "the summary of account 444455556666 counts 9 pass, 3 fail, 0 unknown and 0 waived, and the results of account \
             444455556666 are 9 pass, 5 fail, 0 unknown and 0 waived"
        )
    );
    assert_eq!(
        refused(&|report| report["account_summary"]["pass"] = json!(1)),
        refusal(
            "the summary of the accounts counts 1 pass, 2 fail, 0 unknown, 0 not audited and 0 skipped, and they are 0 \
             pass, 2 fail, 0 unknown, 0 not audited and 0 skipped"
        )
    );
    assert_eq!(
        refused(&|report| {
            report["accounts"][0]["outcome"] = json!("skipped");
            report["accounts"][0]["reason"] = json!("left out");
            report["accounts"][0]["status"] = json!("skipped");
            report["account_summary"]["fail"] = json!(1);
            report["account_summary"]["skipped"] = json!(1);
        }),
        refusal("account 111122223333 was not audited (left out), and has results")
    );
}

#[test]
fn the_snapshot_of_an_owner_is_nothing_between_two_reports() {
    let (snapshot, report) = demo(&[]);
    let cli = Cli::new().file("report.json", &report).file("account.json", &snapshot);
    let run = cli.args(&["diff", "report.json", "report.json", "--owner-snapshot", "account.json"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
}
