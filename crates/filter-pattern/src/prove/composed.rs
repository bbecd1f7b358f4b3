//! Texts at a guess: put together from the literals that languages ask for. Must not be taken for a proof: where none of
//! them fits, another may.

use crate::syntax::lang::Lang;

/// Whether one of the guessed texts is in every wanted language and in none of the others. `steps` is what may be spent,
/// and is reduced by what was.
pub(crate) fn is_met(languages: &[(&Lang, bool)], steps: &mut u64) -> bool {
    let cost: u64 = languages.iter().map(|(lang, _)| lang.cost()).sum();
    let fits = |text: &String| {
        *steps = steps.saturating_sub(cost);
        *steps > 0 && languages.iter().all(|(lang, wanted)| lang.accepts(text) == *wanted)
    };
    composed(languages).iter().any(fits)
}

/// Texts made of the prefixes, parts and suffixes that are wanted.
pub(crate) fn composed(languages: &[(&Lang, bool)]) -> Vec<String> {
    let (mut start, mut middle, mut end) = (String::new(), String::new(), String::new());
    for (lang, _) in languages.iter().filter(|(_, wanted)| *wanted) {
        match lang {
            Lang::StartsWith(text) if text.len() > start.len() => start.clone_from(text),
            Lang::EndsWith(text) if text.len() > end.len() => end.clone_from(text),
            Lang::Contains(text) => middle.push_str(text),
            Lang::Leftmost(leftmost) => match leftmost.pieces.as_slice() {
                [only] if leftmost.open_start => {
                    if only.len() > end.len() {
                        end.clone_from(only);
                    }
                }
                pieces => middle.push_str(&pieces.concat()),
            },
            Lang::Nothing
            | Lang::Anything
            | Lang::Exactly(_)
            | Lang::OneOf(_)
            | Lang::StartsWith(_)
            | Lang::EndsWith(_)
            | Lang::Regex(_) => {}
        }
    }
    if start.is_empty() && middle.is_empty() && end.is_empty() {
        return Vec::new();
    }
    let joined = [start.as_str(), &middle, &end].concat();
    let mut candidates = vec![start.clone(), middle.clone(), end.clone(), joined];
    // Something between or around, where the bare literals are refused.
    for filler in ["Example", "example", "1"] {
        candidates.push(format!("{start}{middle}{filler}{end}"));
        candidates.push(format!("{start}{filler}{middle}{end}"));
        candidates.push(format!("{start}{filler}{middle}{filler}{end}"));
    }
    candidates.retain(|text| !text.is_empty());
    candidates
}
