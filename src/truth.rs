//! Answers some of which cannot be given: `None` is "cannot be determined". No rules of any policy here.

/// True if one is, else unknown if one is.
pub(crate) fn any(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all_false = true;
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all_false = false,
        }
    }
    all_false.then_some(false)
}

/// False if one is, else unknown if one is.
pub(crate) fn all(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    any(answers.into_iter().map(|answer| answer.map(|value| !value))).map(|value| !value)
}
