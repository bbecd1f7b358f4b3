//! Where a fix keeps its journal, and `undo` without a file, which lists them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::account::Account;
use crate::support::fault::FaultRule;
use crate::support::run::{Cli, Run};
use crate::support::stage::{Stage, fresh_id};
use crate::support::wire::{cbor_of, cbor_response};

/// An account that lacks one alarm, which is put and never there.
fn stage() -> Stage {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.4");
    let put = FaultRule::rewrite("cloudwatch:PutMetricAlarm", |_, response| {
        *response = cbor_response(200, &cbor_of(&json!({})));
    });
    Stage::fake_with_faults(account, vec![put])
}

fn journals(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "journal")).collect();
    found.sort_unstable();
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").mode() & 0o777
}

/// The journal that a fix says twice that it wrote.
fn journal_path(run: &Run) -> PathBuf {
    let path = run.stderr.lines().find_map(|line| line.strip_prefix("journal: ")).expect("the journal");
    assert!(run.stderr.contains(&format!("to undo it:\ncis-audit undo {path}\n")), "{run:#?}");
    path.into()
}

#[test]
fn a_journal_is_kept_where_the_users_state_is() {
    let stage = stage();
    for (variables, place) in [
        (&[][..], ".local/state/cis-audit"),
        (&[("XDG_STATE_HOME", "HOME/state")], "state/cis-audit"),
        // The specification has such a one ignored.
        (&[("XDG_STATE_HOME", "state")], ".local/state/cis-audit"),
        (&[("XDG_STATE_HOME", "")], ".local/state/cis-audit"),
    ] {
        let mut cli = stage.cli();
        for (name, value) in variables {
            let value = value.replace("HOME", cli.home().to_str().expect("a name"));
            cli = cli.env(name, &value);
        }
        // Also where little is said.
        let cli = cli.args(&["--fix", "--yes", "-q"]);
        let run = cli.run();
        let directory = cli.home().join(place);
        let [journal] = &journals(&directory)[..] else { panic!("{place}: {run:#?}") };
        assert_eq!(journal_path(&run), *journal);
        assert_eq!((mode(&directory), mode(journal)), (0o700, 0o600), "{place}");
        assert_eq!(journals(cli.home()), [""; 0].map(PathBuf::from), "{place}");
    }
}

#[test]
fn without_a_home_it_is_kept_in_the_working_directory() {
    let stage = stage();
    for (home, note) in [("", false), ("relative", false), ("/dev/null", true)] {
        let cli = stage.cli().env("HOME", home).args(&["--fix", "--yes"]);
        let run = cli.run();
        let [journal] = &journals(cli.home())[..] else { panic!("{home}: {run:#?}") };
        assert_eq!(journal_path(&run).file_name(), journal.file_name());
        assert_eq!(
            journal_path(&run).canonicalize().expect("it is there"),
            journal.canonicalize().expect("it is there")
        );
        let wanted = "note: no journal can be kept in /dev/null/.local/state/cis-audit (Not a directory (os error 20)): it \
                      is written to the working directory\n";
        assert_eq!(run.stderr.contains(wanted), note, "{run:#?}");
    }
}

#[test]
fn a_directory_that_others_can_read_is_closed_to_them() {
    let stage = stage();
    for (arguments, mode_after, count) in [(&["--fix", "--dry-run"], 0o755, 1), (&["--fix", "--yes"], 0o700, 2)] {
        let cli = stage.cli().file(".local/state/cis-audit/other.journal", "").args(arguments);
        let directory = cli.home().join(".local/state/cis-audit");
        fs::set_permissions(&directory, Permissions::from_mode(0o755)).expect("a mode");
        cli.run();
        assert_eq!((mode(&directory), journals(&directory).len()), (mode_after, count));
    }
}

/// Two that begin in one second get a journal each.
#[test]
fn no_run_takes_the_journal_of_another() {
    let stage = stage();
    let cli = stage.cli().args(&["--fix", "--yes"]);
    for count in 1..=6 {
        assert_eq!(cli.run().code, Some(1));
        assert_eq!(journals(&cli.home().join(".local/state/cis-audit")).len(), count);
    }
}

#[test]
fn undo_without_a_file_lists_the_journals() {
    let stage = stage();
    let home = stage.cli();
    let list = |arguments: &[&str]| {
        let cli = Cli::new().env("HOME", home.home().to_str().expect("a name")).arg("undo").args(arguments);
        cli.run()
    };
    let state = home.home().join(".local/state/cis-audit");
    let run = list(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.starts_with(&format!("no journals found in {} or ", state.display())), "{run:#?}");
    assert_eq!(list(&["-f", "json"]).stdout, "[]\n");

    let fixed = stage.cli().env("HOME", home.home().to_str().expect("a name")).args(&["--fix", "--yes"]).run();
    let journal = journal_path(&fixed);
    fs::write(state.join("broken.journal"), "nonsense\n").expect("a file");
    let run = list(&[]);
    let documents: Value = serde_json::from_str(&list(&["-f", "json"]).stdout).expect("JSON");
    let (account, at) = (documents[0]["account_id"].as_str(), documents[0]["collected_at"].as_str());
    let (account, at) = (account.expect("a number"), at.expect("a time"));
    let when = format!("{} {} UTC", &at[..10], &at[11..16]);
    let wanted = format!(
        "{when} · {account} · us-east-1 · 1 step, 1 to undo\n  {}\n\
         not readable: it is not JSON\n  {}\n\n\
         cis-audit undo --dry-run FILE  shows what would be removed, and\n\
         cis-audit undo FILE            asks, then removes it\n",
        journal.display(),
        state.join("broken.journal").display()
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), wanted.as_str(), ""));
    assert_eq!(
        documents[0],
        json!({
            "journal": journal.to_str(), "account_id": account, "region": "us-east-1", "collected_at": at,
            "steps": 1, "left": 1, "error": null
        })
    );

    // What is noted when a step has been undone.
    let text = fs::read_to_string(&journal).expect("a journal");
    let entry: Value = serde_json::from_str(text.lines().nth(1).expect("a call")).expect("JSON");
    let undone = json!({ "step": entry["step"], "call": "", "resource": "", "state": "undone" });
    fs::write(&journal, format!("{text}{undone}\n")).expect("a file");
    assert!(list(&[]).stdout.contains(" · 1 step, nothing left to undo\n"));
}

#[test]
fn what_only_a_journal_makes_sense_of_asks_for_one() {
    for (arguments, message) in [
        (&["undo", "--yes"][..], "required arguments were not provided"),
        (&["undo", "--dry-run"], "required arguments were not provided"),
        (&["undo", "x.journal", "-f", "json"], "cannot be used with"),
    ] {
        let run = Cli::new().args(arguments).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(message), "{run:#?}");
    }
    let run = Cli::new().args(&["undo", "--profile", "prod"]).run();
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.starts_with("note: no account is read: the options about AWS have no effect\n"), "{run:#?}");
}
