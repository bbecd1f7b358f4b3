//! The accounts in parts, each audited by a run of its own: together they are one run, whichever engine starts them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::organization::{Listing, Organization, ROLE, Trouble, member_id as id, members_of_an_owner};
use crate::support::python;
use crate::support::run::{Cli, EXECUTABLE, Run};

/// Sound accounts and broken ones, one that lets nobody in and one that is closed; some of them are members whose events
/// arrive in the management account alone.
fn organization() -> Organization {
    let mut members = members_of_an_owner(24);
    members[0].account.remove_alarm("3.7");
    // Behind the management account.
    members[1 + 8].trouble = Trouble::Denied;
    members[1 + 12].state = "SUSPENDED";
    Organization::new(members, Listing::State)
}

/// Reports are compared: a machine that stalls must not be what they differ in.
const PATIENT: &str = "--timeout 120 --deadline 900";

fn org(organization: &Organization) -> Cli {
    let cli = organization.cli().within(Duration::from_secs(900)).args(&["--org", "--role-name", ROLE]);
    PATIENT.split(' ').fold(cli, |cli, word| cli.arg(word))
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{run:#?}"))
}

/// Rows but for when each was read.
fn timeless(report: &Value, name: &str) -> Vec<Value> {
    let mut rows = report[name].as_array().expect("rows").clone();
    rows.iter_mut()
        .filter_map(Value::as_object_mut)
        .for_each(|row| row.retain(|name, _| !["collected_at", "tried_at"].contains(&name.as_str())));
    rows
}

fn rows<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    report[name].as_array().expect("rows").iter().collect()
}

fn ids(rows: &[&Value]) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row["account_id"].as_str()).map(str::to_owned).collect()
}

/// Two reports say the same of every account, which is more than that both say something.
fn assert_same(report: &Value, whole: &Value) {
    assert_eq!(timeless(report, "accounts"), timeless(whole, "accounts"));
    assert_eq!(timeless(report, "results"), timeless(whole, "results"));
    assert_eq!(report["summary"], whole["summary"]);
}

fn merged(directories: &[PathBuf], more: &[&str]) -> Run {
    let cli = directories.iter().fold(Cli::new().arg("merge"), |cli, path| cli.arg(path.to_string_lossy()));
    cli.args(more).run()
}

#[test]
fn all_shards_together_are_one_run() {
    let organization = organization();
    let whole = json_of(&org(&organization).args(&["-f", "json"]).run());
    let listed = org(&organization).args(&["--list", "-f", "json"]).run().stdout;
    let home = Cli::new();
    let list = home.write("accounts.json", &listed).to_string_lossy().into_owned();
    let directories: Vec<PathBuf> = (1..=5).map(|number| home.home().join(number.to_string())).collect();
    let mut seen = BTreeSet::new();
    for (number, directory) in directories.iter().enumerate() {
        let shard = format!("{}/5", number + 1);
        let directory = directory.to_string_lossy();
        let run = org(&organization).args(&["--shard", &shard, "--exit-zero", "--out", &directory, "-f", "json"]).run();
        let found = ids(&rows(&json_of(&run), "accounts"));
        // The account that lets nobody in is in one of them.
        let wanted = if found.contains(&id(8)) { 2 } else { 0 };
        assert_eq!(run.code, Some(wanted), "{shard}: {}", run.stderr);
        assert!(seen.is_disjoint(&found), "{shard}: {found:?}");
        seen.extend(found);
    }
    assert_eq!(seen.len(), 25);
    assert_same(&json_of(&merged(&directories, &["-f", "json"])), &whole);
    // One that never ran is named, account by account.
    let run = merged(&directories[1..], &["--expect", &list, "-f", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report = json_of(&run);
    let missing: BTreeSet<String> = rows(&report, "accounts")
        .into_iter()
        .filter(|row| row["reason"] == "there is no result of it")
        .filter_map(|row| row["account_id"].as_str().map(str::to_owned))
        .collect();
    let first = org(&organization).args(&["--shard", "1/5", "--list", "-f", "json"]).run();
    let first = json_of(&first);
    assert!(!missing.is_empty());
    assert_eq!(missing, ids(&first.as_array().expect("a list").iter().collect::<Vec<_>>()));
}

#[test]
fn the_list_of_a_shard_is_what_it_would_audit() {
    let organization = organization();
    let mut seen = BTreeSet::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let list = json_of(&org(&organization).args(&["--shard", shard, "--list", "-f", "json"]).run());
        let list = ids(&list.as_array().expect("a list").iter().collect::<Vec<_>>());
        let table = org(&organization).args(&["--shard", shard, "--list"]).run().stdout;
        let last = table.lines().last().unwrap_or_default();
        let is_reported = last.starts_with(&format!(
            "{} accounts in shard {shard}, {} in others",
            list.len(),
            25 - list.len() - skipped(last)
        ));
        assert!(is_reported, "{last}");
        seen.extend(list);
    }
    // All but the one that is suspended.
    assert_eq!(seen.len(), 24);
    assert!(!seen.contains(&id(12)));
}

/// The suspended account is skipped in its own shard, and one of the others elsewhere.
fn skipped(line: &str) -> usize {
    usize::from(line.ends_with(", 1 skipped"))
}

/// There may be more shards than accounts.
#[test]
fn a_shard_without_an_account_succeeds_and_merges() {
    let organization = organization();
    let list = format!("arn:aws:iam::{}:role/{ROLE}\n", id(0));
    let home = Cli::new();
    let (mut directories, mut empty) = (Vec::new(), 0);
    for number in 1..=4 {
        let directory = home.home().join(number.to_string());
        let shard = format!("{number}/4");
        let cli = organization.cli().file("list", &list).args(&["--accounts", "list", "--shard", &shard]);
        let run = cli.args(&["--exit-zero", "-q", "--out", &directory.to_string_lossy()]).run();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        if run.stdout.is_empty() {
            empty += 1;
            assert_eq!(run.stderr, format!("note: no account is in shard {shard}: no report is written\n"));
        }
        directories.push(directory);
    }
    assert_eq!(empty, 3);
    let run = merged(&directories, &["-q"]);
    assert_eq!(run.stdout, "1 account: 1 pass, 0 fail\n", "{}", run.stderr);
}

#[test]
fn a_shard_is_of_many_accounts_and_counted_from_one() {
    let alone = Cli::new().args(&["--shard", "1/2"]).run();
    assert_eq!(alone.code, Some(2));
    assert!(alone.stderr.contains("--org") && alone.stderr.contains("--accounts"), "{}", alone.stderr);
    let zero = Cli::new().args(&["--org", "--role-name", ROLE, "--shard", "0/2"]).run();
    assert_eq!(zero.code, Some(2));
    assert!(zero.stderr.contains("shards are counted from 1"), "{}", zero.stderr);
}

/// An engine that starts eight shards: a program, and what it is given to start one, with `{}` for an index from 0.
fn in_eight_shards(start: impl FnOnce(&Path, &Organization)) {
    let organization = organization();
    let whole = json_of(&org(&organization).args(&["-f", "json"]).run());
    let home = Cli::new();
    start(home.home(), &organization);
    let directories: Vec<PathBuf> = (1..=8).map(|number| home.home().join(number.to_string())).collect();
    let there: Vec<PathBuf> = directories.into_iter().filter(|directory| directory.exists()).collect();
    assert_eq!(there.len(), 8);
    assert_same(&json_of(&merged(&there, &["-f", "json"])), &whole);
}

/// The command of a shard, by its index from 0 in a variable, as the documentation has it.
fn command_of(index: &str) -> String {
    format!(
        "'{EXECUTABLE}' --org --role-name {ROLE} {PATIENT} --shard $(({index} + 1))/8 --exit-zero -q --out $(({index} + 1))"
    )
}

fn engine(program: &str, home: &Path, organization: &Organization) -> Command {
    let cli = organization.cli();
    let mut command = Command::new(program);
    command.current_dir(home).env_clear().envs(cli.variables());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn is_slow() -> bool {
    std::env::var_os("CIS_AUDIT_SLOW").is_some()
}

/// AWS Batch, Kubernetes and Slurm start a job with its index in a variable; so does this.
#[test]
fn jobs_with_an_index_are_shards() {
    for variable in ["AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"] {
        in_eight_shards(|home, organization| {
            for index in 0..8 {
                let mut command = engine("sh", home, organization);
                let status = command.args(["-c", &command_of(variable)]).env(variable, index.to_string()).status();
                assert!(matches!(status.expect("sh runs").code(), Some(0 | 2)), "{variable} {index}");
            }
        });
        if !is_slow() {
            return;
        }
    }
}

#[test]
fn gnu_parallel_runs_shards() {
    if !is_slow() {
        return;
    }
    let is_there = Command::new("parallel").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        drop(writeln!(io::stderr(), "skipped: there is no GNU parallel on this machine"));
        return;
    }
    in_eight_shards(|home, organization| {
        let mut command = engine("parallel", home, organization);
        let jobs = ["-j", "4", "--joblog", "shards.log", "i={};", &command_of("i"), ":::"];
        let status = command.args(jobs).args((0..8).map(|index| index.to_string())).status().expect("it runs");
        // The number of jobs that failed: the shard with the account that lets nobody in.
        assert_eq!(status.code(), Some(1));
        let log = fs::read_to_string(home.join("shards.log")).expect("a log");
        assert_eq!(log.lines().count(), 9, "{log}");
    });
}

#[test]
fn dask_runs_shards() {
    if !is_slow() {
        return;
    }
    let Some(interpreter) = python::ENGINES.or_skip() else { return };
    in_eight_shards(|home, organization| {
        let mut command = engine(&interpreter.to_string_lossy(), home, organization);
        let script = python::sources().join("shards.py");
        let output = command.arg(script).args(["8", &command_of("i")]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let codes: Vec<i32> = serde_json::from_slice(&output.stdout).expect("exit codes");
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 7, "{codes:?}");
    });
}
