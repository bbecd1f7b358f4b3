//! The combinations of open conditions that are judged: all of them, or, where these are too many, each condition by itself,
//! beside all others and beside none.
//!
//! Controls have resources and conditions of their own, as a rule, so that a condition that decides a control does so whatever
//! the others are. Knows nothing of what a combination declares.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluation::Atom;
use super::unevaluated::Unevaluated;

/// Combinations that are all judged.
pub const MOST_COMBINATIONS: usize = 64;
/// Conditions that are tried one by one.
const MOST_ATOMS: usize = 64;
/// Evaluations of all templates: each condition takes a few, unless parameters are compared with very many values.
const MOST_EVALUATIONS: usize = 1_024;

/// Comparisons, by their keys, and whether each holds.
pub(super) type Assumed = BTreeMap<String, bool>;

/// What is declared under assumptions, and the first comparison that these do not decide.
type Evaluated<W> = Result<(W, Option<Atom>), Unevaluated>;

/// What is declared in each combination, and whether there are more.
///
/// # Errors
/// It cannot be evaluated, or depends on too much.
pub(super) fn each<W>(
    mut world: impl FnMut(&Assumed) -> Evaluated<W>,
) -> Result<(Vec<(W, Assumed)>, bool), Unevaluated> {
    let mut evaluations = 0;
    let mut counted = |assumed: &Assumed| {
        evaluations += 1;
        if evaluations > MOST_EVALUATIONS { Err(too_many(assumed)) } else { world(assumed) }
    };
    match all(&mut counted)? {
        Some(all) => Ok((all, false)),
        None => Ok((one_by_one(&mut counted)?, true)),
    }
}

/// All of them. `None`: they are too many.
fn all<W>(world: &mut impl FnMut(&Assumed) -> Evaluated<W>) -> Result<Option<Vec<(W, Assumed)>>, Unevaluated> {
    let mut open = vec![Assumed::new()];
    let mut worlds = Vec::new();
    while let Some(assumed) = open.pop() {
        let (declared, atom) = world(&assumed)?;
        let Some(Atom { key }) = atom else {
            worlds.push((declared, assumed));
            continue;
        };
        if worlds.len() + open.len() >= MOST_COMBINATIONS {
            return Ok(None);
        }
        for holds in [false, true] {
            let mut next = assumed.clone();
            next.insert(key.clone(), holds);
            open.push(next);
        }
    }
    Ok(Some(worlds))
}

/// Those in which none holds or all do, and those that differ from these in one.
fn one_by_one<W>(world: &mut impl FnMut(&Assumed) -> Evaluated<W>) -> Result<Vec<(W, Assumed)>, Unevaluated> {
    let mut worlds = Vec::new();
    let mut seen = BTreeSet::new();
    let mut bases = Vec::new();
    for holds in [false, true] {
        let (declared, assumed) = completed(world, holds, Assumed::new())?;
        bases.push((holds, assumed.clone()));
        if seen.insert(assumed.clone()) {
            worlds.push((declared, assumed));
        }
    }
    let keys: BTreeSet<String> = bases.iter().flat_map(|(_, base)| base.keys().cloned()).collect();
    for (holds, base) in &bases {
        for key in &keys {
            let turned = !base.get(key).copied().unwrap_or(*holds);
            // What else the value is compared with is asked again.
            let mut assumed: Assumed = base
                .iter()
                .filter(|(other, _)| name(other) != name(key))
                .map(|(key, holds)| (key.clone(), *holds))
                .collect();
            assumed.insert(key.clone(), turned);
            let (declared, assumed) = completed(world, *holds, assumed)?;
            if seen.insert(assumed.clone()) {
                worlds.push((declared, assumed));
            }
        }
    }
    Ok(worlds)
}

/// Assumes of all other comparisons that they hold, of one value the first, or that none does.
fn completed<W>(
    world: &mut impl FnMut(&Assumed) -> Evaluated<W>,
    holds: bool,
    mut assumed: Assumed,
) -> Result<(W, Assumed), Unevaluated> {
    loop {
        let (declared, atom) = world(&assumed)?;
        let Some(Atom { key }) = atom else { return Ok((declared, assumed)) };
        if assumed.len() >= MOST_ATOMS {
            return Err(too_many(&assumed));
        }
        assumed.insert(key, holds);
    }
}

fn too_many(assumed: &Assumed) -> Unevaluated {
    let names: BTreeSet<&str> = assumed.keys().map(|key| name(key)).collect();
    Unevaluated::TooMany(names.into_iter().collect::<Vec<_>>().join(", "))
}

/// What a comparison is of.
fn name(key: &str) -> &str {
    key.split(" = ").next().unwrap_or(key)
}
