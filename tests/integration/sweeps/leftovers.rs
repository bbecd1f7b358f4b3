//! What exists in an emulator after a fix and its undoing that did not exist there before, and whether the program has
//! named it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::fix::{fix, nothing, queue};
use crate::support::account::Account;
use crate::support::provision::{Item, inventory};
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// What a fix begins from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// An account with nothing in it but a queue.
    Nothing,
    /// A trail and its log group, and nothing that counts or notifies.
    TrailAlone,
}

impl Start {
    pub(super) const ALL: [Self; 2] = [Self::Nothing, Self::TrailAlone];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "from nothing",
            Self::TrailAlone => "from a trail",
        }
    }

    pub(super) fn account(self) -> Account {
        match self {
            Self::Nothing => nothing(),
            Self::TrailAlone => {
                let mut account = Account::seed(&fresh_id());
                account.log_group().filters.clear();
                let region = account.region(REGION);
                region.alarms.clear();
                region.topics.clear();
                region.queues = nothing().region(REGION).queues.clone();
                account
            }
        }
    }
}

/// A user's home, in which fixes leave their journals.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    fn path(&self) -> &str {
        self.0.path().to_str().expect("a name")
    }

    /// `--fix --yes` of all controls, at home.
    pub(super) fn fix(&self, stage: &Stage, account: &Account) -> Cli {
        fix(stage, &queue(account), &["--yes"]).env("HOME", self.path())
    }

    /// Journals that are here, or where the fix ran.
    pub(super) fn journals(&self, cli: &Cli) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        for root in [self.0.path(), cli.home()] {
            gather(root, &mut found);
        }
        found
    }

    pub(super) fn undo(&self, stage: &Stage, journal: &Path) -> Run {
        let journal = journal.to_str().expect("a name");
        stage.cli().env("HOME", self.path()).args(&["undo", "--yes", journal]).run()
    }
}

/// A fix of one control from nothing that was carried out on ministack, and the text of its journal.
pub(super) fn fixed() -> Option<(Stage, Home, String)> {
    let account = Start::Nothing.account();
    let stage = Stage::new(Endpoint::Ministack, account.clone())?;
    let home = Home::new();
    let cli = home.fix(&stage, &account).args(&["--rule", "3.4"]);
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let journal = home.journals(&cli).into_iter().next().expect("a journal");
    let text = std::fs::read_to_string(journal).expect("a journal");
    Some((stage, home, text))
}

fn gather(directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "journal") {
            found.insert(path);
        }
    }
}

/// What exists in the account.
pub(super) fn standing(stage: &Stage) -> BTreeSet<Item> {
    inventory(&stage.url(), &stage.credentials, REGION)
}

/// What is left beyond what was there before and was not named by the program, each in a line.
pub(super) fn unnamed(before: &BTreeSet<Item>, after: &BTreeSet<Item>, runs: &[&Run]) -> Vec<String> {
    let lines: Vec<&str> = runs.iter().flat_map(|run| run.stderr.lines().chain(run.stdout.lines())).collect();
    let left = after.difference(before).filter(|item| !is_gone(item) && !is_named(item, &lines));
    left.map(|(kind, name, detail)| format!("{kind} {name} {}", detail.chars().take(60).collect::<String>())).collect()
}

/// A key that AWS will delete is as gone as a key can be.
fn is_gone((kind, _, detail): &Item) -> bool {
    kind == "key" && detail == "PendingDeletion"
}

/// A line that says of it anything but that it was removed.
fn is_named((kind, name, _): &Item, lines: &[&str]) -> bool {
    let step = match kind.as_str() {
        // A key is known by its id where its alias was not made; one that stays is called by its alias.
        "key" => {
            let stays = |line: &&str| line.trim_start().starts_with("key/") && line.contains(": kept: ");
            return lines.iter().any(|line| line.contains(name.as_str()) || stays(line));
        }
        "alias" => format!("key/{}", name.trim_start_matches("alias/")),
        _ => format!("{kind}/{name}"),
    };
    lines.iter().any(|line| {
        let line = line.trim_start().trim_start_matches(['-', '=', '~', '!']).trim_start();
        let rest = line.strip_prefix(&step).filter(|rest| rest.starts_with([':', '/']));
        rest.is_some_and(|rest| !rest.ends_with(": removed"))
    })
}
