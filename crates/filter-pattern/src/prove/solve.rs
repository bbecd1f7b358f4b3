//! Looks for an event that satisfies a conjunction of formulas: a tableau with unit propagation over the questions,
//! the places' kinds and languages as theory. Complete unless it says that it gave up. The stack of open choices is
//! a vector, and every step is paid for, so that no pattern can keep it busy or fill the memory.

use crate::prove::formula::{Formula, Grounder};
use crate::prove::kind::Kinds;
use crate::prove::state::State;
use crate::prove::values::{self, Built, Values};

/// What one search may spend, in questions looked at or the like: a few dozen milliseconds.
pub(crate) const STEPS: u64 = 800_000;

/// What a model was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Stop here.
    Enough,
    /// Keep looking, for as many steps at most.
    Another(u64),
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The receiver of models had enough.
    Enough,
    /// All was searched.
    Exhausted,
    /// Something was given up: there may be more models.
    GaveUp,
}

/// A choice between the parts of a disjunction.
struct Choice<'f> {
    /// Disjunctions that also wait.
    pending: Vec<&'f Formula>,
    options: Vec<&'f Formula>,
    next: usize,
    mark: usize,
}

/// Searches; every model found goes to `receive`, with the values of the unknowns in the state.
pub(crate) fn solve(
    formulas: &[Formula],
    grounder: &Grounder<'_>,
    hidden: Kinds,
    steps: u64,
    receive: &mut dyn FnMut(&Values, &State<'_>) -> Verdict,
) -> End {
    let mut state = State::new(grounder, steps);
    let mut has_gaps = false;
    let mut choices: Vec<Choice<'_>> = Vec::new();
    let mut pending: Vec<&Formula> = Vec::new();
    let mut is_open = formulas.iter().all(|formula| assert(formula, &mut state, &mut pending));
    loop {
        if state.steps == 0 {
            return End::GaveUp;
        }
        if is_open && propagate(&mut state, &mut pending) {
            match choose(&mut state, &pending) {
                Some((at, options)) => {
                    pending.swap_remove(at);
                    state.spend(pending.len() as u64);
                    choices.push(Choice {
                        pending: std::mem::take(&mut pending),
                        options,
                        next: 0,
                        mark: state.mark(),
                    });
                }
                None => match values::build(&mut state, grounder, hidden) {
                    Built::Values(values) => match receive(&values, &state) {
                        Verdict::Enough => return End::Enough,
                        Verdict::Another(limit) => state.steps = state.steps.min(limit),
                    },
                    // Choices made since the last word on that place cannot help it.
                    Built::Conflict(place) => {
                        let last = state.last_change(place);
                        while choices.pop_if(|choice| last.is_none_or(|last| last < choice.mark)).is_some() {}
                    }
                    Built::TooComplex => has_gaps = true,
                },
            }
        }
        // Back to the last choice with an option left.
        loop {
            let Some(choice) = choices.last_mut() else {
                return if has_gaps || state.steps == 0 { End::GaveUp } else { End::Exhausted };
            };
            state.undo(choice.mark);
            let Some(&option) = choice.options.get(choice.next) else {
                choices.pop();
                continue;
            };
            // What was tried is done with: from here on it does not hold.
            let refuted = choice.next.checked_sub(1).and_then(|last| choice.options.get(last));
            choice.next += 1;
            pending.clone_from(&choice.pending);
            let is_consistent = refuted.is_none_or(|refuted| assert_not(refuted, &mut state));
            choice.mark = state.mark();
            if !is_consistent {
                choices.pop();
                continue;
            }
            is_open = assert(option, &mut state, &mut pending);
            break;
        }
    }
}

/// Adds a formula to what holds; disjunctions wait in `pending`. False on a contradiction.
fn assert<'f>(formula: &'f Formula, state: &mut State<'_>, pending: &mut Vec<&'f Formula>) -> bool {
    match formula {
        Formula::Constant(value) => *value,
        Formula::Atom(atom, wanted) => state.settle(*atom, *wanted),
        Formula::Unknown(unknown, wanted) => state.settle_unknown(*unknown, *wanted),
        Formula::All(parts) => parts.iter().all(|part| assert(part, state, pending)),
        Formula::Any(_) => {
            pending.push(formula);
            true
        }
    }
}

/// The negation of a single question; that of more is left out, which only costs time.
fn assert_not(formula: &Formula, state: &mut State<'_>) -> bool {
    match formula {
        Formula::Atom(atom, wanted) => state.settle(*atom, !*wanted),
        Formula::Unknown(unknown, wanted) => state.settle_unknown(*unknown, !*wanted),
        Formula::Constant(_) | Formula::All(_) | Formula::Any(_) => true,
    }
}

/// Whether a formula is settled.
fn status(formula: &Formula, state: &mut State<'_>) -> Option<bool> {
    let (parts, decisive) = match formula {
        Formula::Constant(value) => return Some(*value),
        Formula::Atom(atom, wanted) => return state.answer(*atom).map(|answer| answer == *wanted),
        Formula::Unknown(unknown, wanted) => {
            return state.unknowns[*unknown].map(|value| value == *wanted);
        }
        Formula::All(parts) => (parts, false),
        Formula::Any(parts) => (parts, true),
    };
    let mut settled = Some(!decisive);
    for part in parts {
        match status(part, state) {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => settled = None,
        }
    }
    settled
}

/// Drops disjunctions that hold and follows those with one part left, until nothing changes. False on a contradiction.
fn propagate(state: &mut State<'_>, pending: &mut Vec<&Formula>) -> bool {
    loop {
        let mut waiting = Vec::with_capacity(pending.len());
        let mut has_changed = false;
        for formula in std::mem::take(pending) {
            let Formula::Any(parts) = formula else {
                continue;
            };
            let mut open = None;
            let mut count = 0;
            let mut holds = false;
            for part in parts {
                match status(part, state) {
                    Some(true) => {
                        holds = true;
                        break;
                    }
                    Some(false) => {}
                    None => {
                        count += 1;
                        open = open.or(Some(part));
                    }
                }
            }
            match (holds, count, open) {
                (true, ..) => {}
                (false, 1, Some(only)) => {
                    has_changed = true;
                    if !assert(only, state, &mut waiting) {
                        return false;
                    }
                }
                (false, 0, _) => return false,
                (false, ..) => waiting.push(formula),
            }
            if state.steps == 0 {
                return false;
            }
        }
        *pending = waiting;
        if !has_changed {
            return true;
        }
    }
}

/// The disjunction to decide next, and its open parts: the one with the fewest, the first of several; but one that names a
/// value in every part goes first, for with the value most other questions are answered.
fn choose<'f>(state: &mut State<'_>, pending: &[&'f Formula]) -> Option<(usize, Vec<&'f Formula>)> {
    let mut best: Option<((bool, usize), usize, Vec<&'f Formula>)> = None;
    for (at, formula) in pending.iter().enumerate() {
        let Formula::Any(parts) = formula else {
            continue;
        };
        let open: Vec<&Formula> = parts.iter().filter(|part| status(part, state).is_none()).collect();
        let rank = (!open.iter().all(|part| names_value(part, state)), open.len());
        if best.as_ref().is_none_or(|(lowest, ..)| rank < *lowest) {
            best = Some((rank, at, open));
        }
    }
    best.map(|(_, at, open)| (at, open))
}

/// Whether a formula holds for one value of some place only.
fn names_value(formula: &Formula, state: &State<'_>) -> bool {
    match formula {
        Formula::Atom(atom, wanted) => *wanted && state.is_word(*atom),
        Formula::All(parts) => parts.iter().any(|part| names_value(part, state)),
        Formula::Any(parts) => parts.iter().all(|part| names_value(part, state)),
        Formula::Constant(_) | Formula::Unknown(..) => false,
    }
}
