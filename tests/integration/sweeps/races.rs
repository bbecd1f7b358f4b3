//! Two `--fix --yes` of all controls at the same time in one account: at the end one of each resource is there, or the
//! second is named; and once both are undone nothing is left but what was named.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use super::leftovers::{Home, Start, standing, unnamed};
use crate::fix::EMULATORS;
use crate::support::provision::Item;
use crate::support::run::Run;
use crate::support::stage::{Endpoint, Stage};
use crate::support::sweep::{Sweep, at_once, is_whole};

/// Races of the whole sweep, on both emulators together.
const RACES: usize = 20;
const SAMPLE: usize = 2;
/// Races at once. Each is two programs already.
const THREADS: usize = 2;

/// What came of a race: the exit codes of both fixes and undoings, and what is wrong.
struct Outcome {
    codes: String,
    wrong: Vec<String>,
}

fn race(endpoint: Endpoint) -> Option<Outcome> {
    let account = Start::Nothing.account();
    let stage = Stage::new(endpoint, account.clone())?;
    let before = standing(&stage);
    let homes = [Home::new(), Home::new()];
    let fixes = [homes[0].fix(&stage, &account), homes[1].fix(&stage, &account)];
    let runs: Vec<Run> = thread::scope(|scope| {
        let running: Vec<_> = fixes.iter().map(|cli| scope.spawn(|| cli.run())).collect();
        running.into_iter().map(|run| run.join().expect("a run ends")).collect()
    });
    let mut wrong = twice(&standing(&stage), &before, &runs);
    let mut undone = Vec::new();
    for (home, cli) in homes.iter().zip(&fixes) {
        undone.extend(home.journals(cli).iter().map(|journal| home.undo(&stage, journal)));
    }
    // What the first undoing left because the second fix needs it is free by now.
    for (home, cli) in homes.iter().zip(&fixes) {
        undone.extend(home.journals(cli).iter().map(|journal| home.undo(&stage, journal)));
    }
    let last: Vec<&Run> = undone.iter().collect();
    wrong.extend(unnamed(&before, &standing(&stage), &last));
    let code = |run: &Run| run.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
    let codes = |runs: &[Run]| runs.iter().map(code).collect::<Vec<_>>().join(" ");
    Some(Outcome { codes: format!("fix {}, undo {}", codes(&runs), codes(&undone)), wrong })
}

/// Kinds of which a fix makes exactly one, where there are more, unless a run has named the further one.
fn twice(standing: &BTreeSet<Item>, before: &BTreeSet<Item>, runs: &[Run]) -> Vec<String> {
    let mut by_kind: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in standing.difference(before) {
        let is_gone = item.0 == "key" && item.2 == "PendingDeletion";
        if !is_gone {
            by_kind.entry(&item.0).or_default().push(item);
        }
    }
    let text: String = runs.iter().flat_map(|run| [run.stderr.as_str(), run.stdout.as_str()]).collect();
    let mut wrong = Vec::new();
    for kind in ["key", "alias", "bucket", "log-group", "role", "trail", "topic"] {
        let items = by_kind.get(kind).map(Vec::as_slice).unwrap_or_default();
        let named = items.iter().filter(|item| text.contains(item.1.as_str())).count();
        if items.len() > 1 && named < items.len() {
            let names: Vec<&str> = items.iter().map(|item| item.1.as_str()).collect();
            wrong.push(format!("{kind} twice: {}", names.join(", ")));
        }
    }
    for kind in ["metric-filter", "alarm"] {
        let count = by_kind.get(kind).map_or(0, Vec::len);
        if count > 14 {
            wrong.push(format!("{kind}: {count} for 14 controls"));
        }
    }
    wrong
}

#[test]
fn two_fixes_at_once() {
    let mut sweep = Sweep::new("races");
    let count = if is_whole() { RACES } else { SAMPLE };
    let races: Vec<Endpoint> = EMULATORS.into_iter().cycle().take(count).collect();
    let outcomes = at_once(THREADS, &races, |endpoint| race(*endpoint));
    for (number, (endpoint, outcome)) in races.iter().zip(outcomes).enumerate() {
        let Some(Outcome { codes, wrong }) = outcome else { continue };
        let end = if wrong.is_empty() { "one of each, nothing left" } else { "WRONG" };
        sweep.line(&format!("race {:>2} on {:<9} {codes}  {end}", number + 1, format!("{endpoint:?}")));
        for wrong in wrong {
            let kind = wrong.split(' ').next().unwrap_or_default().to_owned();
            sweep.wrong(kind, &format!("race {} on {endpoint:?} ({codes})", number + 1), &wrong);
        }
    }
    sweep.close(races.len());
}
