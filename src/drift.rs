//! What changed between two reports: what fails that did not, what was fixed, what went.
//!
//! Pure: a [`State`] is made of a report of this run, or read from a JSON report ([`crate::report::read`]), and two of them
//! are compared.
//! Controls are the same if account and slug are: numbers change with the benchmark, regions with a trail that moves. Only
//! what is reported about a region itself, that Security Hub CSPM is enabled there, is another thing in another region.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use thiserror::Error;

use crate::finding::{Finding, FindingId, Link, Outcome, Subject};

mod lost;
mod missed;
mod state;
#[cfg(test)]
mod tests;

pub use self::lost::{Fate, Lost};
pub use self::missed::Missed;
pub use self::state::{Control, Resource, State, Why};
pub(crate) use self::state::{sorted, subscription};

/// Two reports that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Incomparable {
    /// They are by different verdicts.
    #[error("the reports use different verdicts ({old} and {new}): audit again with the same --verdict")]
    Verdicts {
        /// The older one's verdict.
        old: String,
        /// The newer one's verdict.
        new: String,
    },
    /// One is of an account, the other of documents.
    #[error("one is a report of {} and the other of {}: compare reports of one kind", .old.words(), .new.words())]
    Subjects {
        /// The older one's subject.
        old: Subject,
        /// The newer one's subject.
        new: Subject,
    },
}

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The older report.
    pub old: Source,
    /// The newer report.
    pub new: Source,
    /// Controls with something to report, the gravest first, in the order of the reports.
    pub changes: Vec<Change>,
    /// Resources that joined or left the chains of controls.
    pub moves: Vec<Move>,
    /// Accounts that the older report has results of and the newer one has not, in the order of the older one.
    pub lost: Vec<Lost>,
    /// One of the reports is about many accounts.
    pub is_of_many: bool,
    /// Failures, and what could not be decided, that are old ones: of many accounts each finding asks.
    old_failures: BTreeSet<Key>,
    /// Controls that did not pass before, or of which there is no change.
    newly_not_passing: BTreeSet<Key>,
}

/// Which report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The version of the benchmark.
    pub benchmark: String,
    /// When the account was read. `None`: that is not known.
    pub collected_at: Option<Timestamp>,
}

/// A control with something to report. At least one of `was` and `is` is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What is to be said.
    pub kind: Kind,
    /// As it was; `None`: the older report does not have it.
    pub was: Option<Control>,
    /// As it is; `None`: the newer report does not have it.
    pub is: Option<Control>,
}

/// What is to be reported about a control, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It fails, and did not, or was not known to: it passed, was waived, unknown, or not there; or it misses events that it
    /// did not miss before.
    NewlyFailing,
    /// It is unknown, and was not, or was not there.
    NewlyUnknown,
    /// It fails as before, for another reason.
    ReasonChanged,
    /// It passes, and did not.
    Fixed,
    /// It is waived, and was not.
    NewlyWaived,
    /// It does not count against the account, and was not there.
    New,
    /// It is not there any more.
    Gone,
    /// It fails as before.
    StillFailing,
    /// It is unknown as before.
    StillUnknown,
}

impl Kind {
    /// All kinds, the gravest first.
    pub const ALL: [Self; 9] = [
        Self::NewlyFailing,
        Self::NewlyUnknown,
        Self::ReasonChanged,
        Self::Fixed,
        Self::NewlyWaived,
        Self::New,
        Self::Gone,
        Self::StillFailing,
        Self::StillUnknown,
    ];

    /// The word in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly_failing",
            Self::NewlyUnknown => "newly_unknown",
            Self::ReasonChanged => "reason_changed",
            Self::Fixed => "fixed",
            Self::NewlyWaived => "newly_waived",
            Self::New => "new",
            Self::Gone => "gone",
            Self::StillFailing => "still_failing",
            Self::StillUnknown => "still_unknown",
        }
    }
}

/// A resource that joined or left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Whether it is in a chain and was in none, or the other way round.
    pub joined: bool,
    /// The account of the chains.
    pub account_id: String,
    /// What.
    pub resource: Resource,
    /// Numbers of the controls whose chains they are.
    pub rules: Vec<String>,
}

impl Change {
    /// The control as it is, or as it last was.
    #[must_use]
    pub fn control(&self) -> Option<&Control> {
        self.is.as_ref().or(self.was.as_ref())
    }
}

impl Drift {
    /// How many controls there is this to say of.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// What was saved of a comparison, or of several of different accounts.
    #[must_use]
    pub fn new(old: Source, new: Source, mut changes: Vec<Change>, moves: Vec<Move>, lost: Vec<Lost>) -> Self {
        changes.sort_by_key(|change| change.kind);
        let is_old =
            |change: &&Change| matches!(change.kind, Kind::StillFailing | Kind::ReasonChanged | Kind::StillUnknown);
        let old_failures = ids(changes.iter().filter(is_old));
        // Of what is waived as before there is no change.
        let passed = |change: &&Change| change.was.as_ref().is_none_or(|was| was.status == Outcome::Pass);
        let newly_not_passing = ids(changes.iter().filter(passed));
        Self { old, new, changes, moves, lost, is_of_many: false, old_failures, newly_not_passing }
    }

    /// The same, of reports about many accounts or about one.
    #[must_use]
    pub fn about_many(mut self, is_of_many: bool) -> Self {
        self.is_of_many = is_of_many;
        self
    }

    /// Accounts about which nothing is known any more: they did not leave the organization.
    pub fn unknown_accounts(&self) -> impl Iterator<Item = &Lost> {
        self.lost.iter().filter(|lost| lost.fate != Fate::Left)
    }

    /// Whether a failure, or what could not be decided, is an old one.
    #[must_use]
    pub fn knows(&self, finding: &Finding) -> bool {
        self.old_failures.contains(&key(finding))
    }

    /// Whether a waived finding did not pass before either, waived or not.
    #[must_use]
    pub fn had(&self, waived: &Finding) -> bool {
        !self.newly_not_passing.contains(&key(waived))
    }
}

/// Whether the finding did not pass in the earlier report either; never without one.
#[must_use]
pub fn is_known(changes: Option<&Drift>, finding: &Finding) -> bool {
    changes.is_some_and(|changes| changes.knows(finding))
}

/// Compares two reports.
///
/// # Errors
/// They are by different verdicts, or not both of accounts or of documents.
pub fn compare(old: &State, new: &State) -> Result<Drift, Incomparable> {
    if old.verdict != new.verdict {
        // As the option takes them.
        let [old, new] = [old, new].map(|state| state.verdict.replace('_', "-"));
        return Err(Incomparable::Verdicts { old, new });
    }
    is_comparable(old.subject, new.subject)?;
    let lost = lost::find(old, new);
    let gone: BTreeSet<&str> = lost.iter().map(|lost| lost.account_id.as_str()).collect();
    let is_lost = |control: &Control| gone.contains(control.account_id.as_str());
    // An account that is gone is reported as a whole, and not by each of its controls.
    let pairs: Vec<Pair<'_>> =
        pairs(old, new).into_iter().filter(|(was, is)| is.is_some() || was.is_none_or(|was| !is_lost(was))).collect();
    let changes = pairs.iter().filter_map(|&(was, is)| {
        let change = |kind| Change { kind, was: was.cloned(), is: is.cloned() };
        kind(was, is).map(change)
    });
    let changes: Vec<Change> = changes.collect();
    let source = |state: &State| Source { benchmark: state.benchmark.clone(), collected_at: state.collected_at };
    let moves = moves(old, new, &pairs);
    let is_of_many = [old, new].iter().any(|state| !state.accounts.is_empty());
    Ok(Drift::new(source(old), source(new), changes, moves, lost).about_many(is_of_many))
}

/// A control by account and name, and, where it is about a region itself, by region.
type Key = (String, String, Option<String>);

/// The controls, as they are, of changes.
fn ids<'a>(changes: impl Iterator<Item = &'a Change>) -> BTreeSet<Key> {
    changes.filter_map(|change| change.is.as_ref()).map(of_control).collect()
}

fn of_control(control: &Control) -> Key {
    let region = control.is_of_region().then(|| control.region.clone());
    (control.account_id.clone(), control.slug.clone(), region)
}

fn key(finding: &Finding) -> Key {
    let region = (!finding.asks_for_a_chain()).then(|| finding.region.clone());
    (finding.account_id.clone(), finding.rule.slug.clone(), region)
}

/// Whether reports of these two can be compared.
///
/// # Errors
/// One is of an account, the other of documents.
pub fn is_comparable(old: Subject, new: Subject) -> Result<(), Incomparable> {
    if old == new { Ok(()) } else { Err(Incomparable::Subjects { old, new }) }
}

/// The older and the newer of each control.
type Pair<'a> = (Option<&'a Control>, Option<&'a Control>);

/// Controls that are the same, in the newer report's order; then those that are gone.
fn pairs<'a>(old: &'a State, new: &'a State) -> Vec<Pair<'a>> {
    // By account and name, for there may be a thousand accounts: in the order of the older report.
    let mut left: BTreeMap<FindingId<'_>, Vec<(usize, &Control)>> = BTreeMap::new();
    for (at, was) in old.controls.iter().enumerate() {
        left.entry(was.id()).or_default().push((at, was));
    }
    let mut partner: Vec<Option<&Control>> = vec![None; new.controls.len()];
    // Where an account has a control in several regions, each keeps its own before one that moved looks for another.
    for is_same_region in [true, false] {
        for (is, partner) in new.controls.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
            let Some(left) = left.get_mut(&is.id()) else { continue };
            let same = |(_, was): &(usize, &Control)| {
                was.region == is.region || !is_same_region && !was.is_of_region() && !is.is_of_region()
            };
            *partner = left.iter().position(same).map(|at| left.remove(at).1);
        }
    }
    let kept = partner.into_iter().zip(&new.controls).map(|(was, is)| (was, Some(is)));
    let mut gone: Vec<(usize, &Control)> = left.into_values().flatten().collect();
    gone.sort_unstable_by_key(|(at, _)| *at);
    kept.chain(gone.into_iter().map(|(_, was)| (Some(was), None))).collect()
}

fn kind(was: Option<&Control>, is: Option<&Control>) -> Option<Kind> {
    let Some(is) = is else { return Some(Kind::Gone) };
    let before = was.map(|was| was.status);
    match (is.status, before) {
        (Outcome::Fail, Some(Outcome::Fail)) => {
            let why = |control: &Control| control.reason.as_ref().map(|why| (why.code.clone(), why.resource.clone()));
            let code = |control: &Control| control.reason.as_ref().map(|why| why.code.clone());
            // Some events were missed, and now a link that all of them need is broken.
            let misses_all = |was: &Control| !was.missed.is_empty() && is.missed.is_empty() && code(was) != code(is);
            if was.is_some_and(|was| missed::is_more(&was.missed, &is.missed) || misses_all(was)) {
                return Some(Kind::NewlyFailing);
            }
            let is_same = was.and_then(why) == why(is);
            Some(if is_same { Kind::StillFailing } else { Kind::ReasonChanged })
        }
        (Outcome::Fail, Some(Outcome::Pass | Outcome::Unknown | Outcome::Waived) | None) => Some(Kind::NewlyFailing),
        (Outcome::Unknown, Some(Outcome::Unknown)) => Some(Kind::StillUnknown),
        (Outcome::Unknown, Some(Outcome::Pass | Outcome::Fail | Outcome::Waived) | None) => Some(Kind::NewlyUnknown),
        (Outcome::Pass, Some(Outcome::Fail | Outcome::Unknown | Outcome::Waived)) => Some(Kind::Fixed),
        (Outcome::Waived, Some(Outcome::Pass | Outcome::Fail | Outcome::Unknown)) => Some(Kind::NewlyWaived),
        (Outcome::Pass, Some(Outcome::Pass)) | (Outcome::Waived, Some(Outcome::Waived)) => None,
        (Outcome::Pass | Outcome::Waived, None) => Some(Kind::New),
    }
}

/// Resources that joined or left chains. Only links that both reports looked at are compared: what comes after a broken
/// link was not looked at, and is not gone.
fn moves(old: &State, new: &State, pairs: &[Pair<'_>]) -> Vec<Move> {
    type Key<'a> = (&'a str, bool, &'a Resource);
    let everywhere = |state: &State| -> BTreeSet<(String, Resource)> {
        let all = state.controls.iter().map(|control| (control.account_id.clone(), &control.chain));
        all.flat_map(|(account, chain)| chain.iter().map(move |step| (account.clone(), step.clone()))).collect()
    };
    let (before, after) = (everywhere(old), everywhere(new));
    let mut found: BTreeMap<Key<'_>, Vec<String>> = BTreeMap::new();
    for (was, is) in pairs.iter().filter_map(|(was, is)| Some(((*was)?, (*is)?))) {
        let seen = |link: Link| was.reaches(link) && is.reaches(link);
        for (from, to, known, joined) in [(was, is, &after, false), (is, was, &before, true)] {
            for resource in from.chain.iter().filter(|resource| seen(resource.link) && !to.chain.contains(resource)) {
                if !known.contains(&(from.account_id.clone(), resource.clone())) {
                    let rules = found.entry((&from.account_id, joined, resource)).or_default();
                    if rules.last() != Some(&is.rule) {
                        rules.push(is.rule.clone());
                    }
                }
            }
        }
    }
    let moves = found.into_iter().map(|((account, joined, resource), rules)| Move {
        joined,
        account_id: account.to_owned(),
        resource: resource.clone(),
        rules,
    });
    moves.collect()
}
