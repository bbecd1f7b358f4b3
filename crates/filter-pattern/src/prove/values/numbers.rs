//! A number that satisfies numeric tests and tests of its text, or the proof that there is none.

use super::chosen::{Chosen, answers};
use super::sides::{Form, number_like};
use crate::prove::formula::Ask;
use crate::prove::state::State;
use crate::prove::walker::{self, Search};
use crate::syntax::lang::Lang;
use crate::syntax::number::{self, Num};

/// Up to here all integers are doubles, and doubles are close enough to lie between any two literals.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(crate) fn find(state: &mut State<'_>, at: usize) -> Search<Chosen> {
    let numeric = state.numeric(at);
    let mut bounds: Vec<&Num> = Vec::new();
    let mut exact: Vec<String> = Vec::new();
    let mut texts: Vec<(&Lang, bool)> = Vec::new();
    for &(ask, wanted) in &numeric {
        match ask {
            Ask::Equals(number, _) | Ask::Order(_, number) => {
                bounds.push(number.value());
                exact.extend(neighbours(number.text()));
            }
            Ask::Like(lang) => texts.push((lang, wanted)),
            Ask::Kind(_) => {}
        }
    }
    let (mut candidates, is_complete) = candidates(&bounds, &texts);
    candidates.extend(exact);
    state.spend(candidates.len() as u64 * (numeric.len() as u64 + 1));
    if let Some(written) = candidates.iter().find(|written| answers(&numeric, written, true)) {
        return Search::Found(Chosen::Number(written.clone()));
    }
    // Values next to every bound and every word were tried: only shapes of the text can need others, and not where
    // the number is fixed, or where there is none even without looking at its text.
    let has_shapes = texts.iter().any(|(lang, _)| !matches!(lang, Lang::Exactly(_) | Lang::Anything | Lang::Nothing));
    let is_fixed =
        numeric.iter().any(|&(ask, wanted)| wanted && matches!(ask, Ask::Equals(..) | Ask::Like(Lang::Exactly(_))));
    let is_possible = has_shapes && !is_fixed && candidates.iter().any(|written| answers(&numeric, written, false));
    if !is_possible {
        return if is_complete { Search::Empty } else { Search::TooComplex };
    }
    by_text(state, &numeric, &texts)
}

/// An integer and those next to it, however large: doubles do not distinguish them.
fn neighbours(written: &str) -> Vec<String> {
    let Ok(value) = written.parse::<i128>() else { return Vec::new() };
    [Some(value), value.checked_sub(1), value.checked_add(1)]
        .into_iter()
        .flatten()
        .map(|near| near.to_string())
        .collect()
}

/// How many texts of the right shape may have the wrong value.
const MAX_REFUSED: usize = 24;

/// Searches among the texts that numbers have.
fn by_text(state: &mut State<'_>, numeric: &[(&Ask, bool)], texts: &[(&Lang, bool)]) -> Search<Chosen> {
    let like = number_like().map(|like| (like, true));
    let languages: Vec<(&Lang, bool)> = texts.iter().copied().chain(like).collect();
    let mut steps = state.steps.min(100_000);
    let before = steps;
    let found = walker::find(&languages, &mut steps);
    state.spend(before - steps);
    if let Search::Empty = found {
        return Search::Empty;
    }
    let mut has_gaps = false;
    for form in Form::ALL {
        let Some(of_form) = form.texts() else { return Search::TooComplex };
        let sides = form.sides(numeric);
        let mut refused: Vec<Lang> = Vec::new();
        loop {
            let mut languages: Vec<(&Lang, bool)> = texts.iter().copied().chain([(of_form, true)]).collect();
            languages.extend(sides.iter().map(|side| (side, true)));
            languages.extend(refused.iter().map(|text| (text, false)));
            let mut steps = state.steps.min(100_000);
            let before = steps;
            let found = walker::find(&languages, &mut steps);
            state.spend(before - steps);
            match found {
                Search::Found(text) if number::text(&text) == text && answers(numeric, &text, true) => {
                    return Search::Found(Chosen::Number(text));
                }
                Search::Found(text) if refused.len() < MAX_REFUSED => refused.push(Lang::Exactly(text)),
                Search::Empty => break,
                Search::Found(_) | Search::TooComplex => {
                    has_gaps = true;
                    break;
                }
            }
        }
    }
    if has_gaps { Search::TooComplex } else { Search::Empty }
}

/// Numbers at, between, below and above the bounds, more between than there are words to avoid, in both spellings;
/// and whether that is all that can matter.
fn candidates(bounds: &[&Num], texts: &[(&Lang, bool)]) -> (Vec<String>, bool) {
    let mut candidates: Vec<String> = ["1", "0", "42", "-1", "0.5", "-0", "-0.0"].map(str::to_owned).into();
    let mut points: Vec<f64> = bounds.iter().map(|bound| bound.as_f64()).collect();
    let mut is_complete = points.iter().all(|point| point.abs() < EXACT);
    if points.is_empty() {
        points.push(0.0);
    }
    points.sort_by(f64::total_cmp);
    points.dedup();
    for (lang, _) in texts {
        if let Lang::Exactly(word) = lang
            && number::is_json(word)
        {
            candidates.push(word.clone());
        }
    }
    candidates.extend(shaped(texts));
    let room = texts.len() as f64 + 2.0;
    let mut spots = points.clone();
    for i in 1..=texts.len() + 2 {
        let part = i as f64;
        spots.extend(points.first().map(|first| first.floor() - part));
        spots.extend(points.last().map(|last| last.ceil() + part));
        for pair in points.windows(2) {
            let spot = pair[0] + (pair[1] - pair[0]) * part / (room + 1.0);
            is_complete &= pair[0] < spot && spot < pair[1];
            spots.push(spot);
            // Integers between, where there are some.
            let whole = pair[0].floor() + part;
            if whole < pair[1] {
                spots.push(whole);
            }
        }
    }
    for spot in spots {
        if spot.fract() == 0.0 && spot.abs() < EXACT {
            candidates.push(format!("{spot:.0}"));
        }
        candidates.push(number::java_text(spot));
    }
    candidates.retain(|text| number::is_json(text));
    (candidates, is_complete)
}

/// Numbers of every size that start, go on and end as the words of some tests do.
fn shaped(texts: &[(&Lang, bool)]) -> Vec<String> {
    /// As many digits as are written without an exponent.
    const SIZES: usize = 20;
    let (mut starts, mut inner, mut ends) = (vec![""], vec![""], vec![""]);
    for (lang, _) in texts.iter().filter(|(_, wanted)| *wanted) {
        match lang {
            Lang::StartsWith(text) => starts.push(text),
            Lang::Contains(text) => inner.push(text),
            Lang::EndsWith(text) => ends.push(text),
            Lang::Nothing | Lang::Anything | Lang::Exactly(_) | Lang::OneOf(_) | Lang::Leftmost(_) | Lang::Regex(_) => {
            }
        }
    }
    let is_plain = starts.len() * inner.len() * ends.len() == 1;
    if is_plain || starts.len() * inner.len() * ends.len() > 64 {
        return Vec::new();
    }
    let mut all = Vec::new();
    for start in starts {
        for inner in &inner {
            for end in &ends {
                for digit in ["0", "1", "9"] {
                    all.extend((0..SIZES).map(|size| format!("{start}{}{inner}{end}", digit.repeat(size))));
                    all.extend((0..SIZES).map(|size| format!("{start}{inner}{}{end}", digit.repeat(size))));
                }
            }
        }
    }
    all
}
