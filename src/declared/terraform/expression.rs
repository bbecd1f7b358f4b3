//! Expressions of a configuration: what each refers to, and nothing of how it is put together.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// References of one expression.
pub(super) const MOST_REFERENCES: usize = 200;

/// An expression of the configuration.
pub(super) struct Expression {
    /// What it refers to; of `a.b.c` and `a.b` only the first.
    pub(super) references: Vec<String>,
    /// It refers to more than is followed.
    pub(super) is_too_long: bool,
    /// It is a constant.
    pub(super) is_constant: bool,
}

/// The same as it is written.
#[derive(Deserialize)]
pub(super) struct Written<'a> {
    #[serde(borrow, default)]
    references: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    pub(super) constant_value: Option<&'a RawValue>,
}

impl<'a> Written<'a> {
    /// Reads one. `None`: nested blocks, or nothing that an expression is.
    pub(super) fn read(text: &'a RawValue) -> Option<Self> {
        text.get().starts_with('{').then(|| serde_json::from_str(text.get()).ok()).flatten()
    }
}

impl Expression {
    pub(super) fn new(written: &Written<'_>) -> Self {
        let references: Vec<&str> = written.references.iter().flatten().map(|text| &**text).collect();
        Self { is_constant: written.constant_value.is_some(), ..Self::referring_to(&references) }
    }

    /// One that refers to these.
    pub(super) fn referring_to<T: AsRef<str>>(references: &[T]) -> Self {
        let all: Vec<&str> = references.iter().map(AsRef::as_ref).take(MOST_REFERENCES).collect();
        let goes_on =
            |whole: &str, part: &str| whole.strip_prefix(part).is_some_and(|behind| behind.starts_with(['.', '[']));
        let is_longest = |reference: &&str| !all.iter().any(|other| goes_on(other, reference));
        let mut longest: Vec<String> = all.iter().copied().filter(is_longest).map(str::to_owned).collect();
        longest.dedup();
        Self { references: longest, is_too_long: references.len() > MOST_REFERENCES, is_constant: false }
    }
}
