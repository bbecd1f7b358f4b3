//! Which of some patterns can match an event at all, by its bytes alone: most events have a value that no pattern asks
//! for, and need not be read as JSON to know it.
//!
//! A pattern of the form `a && b` can match only where `a` can, `a || b` only where one of them can; so each pattern is
//! reduced to tests one of which must hold, and most of them ask whether a field is a text. Where no member of the event with
//! the field's name has such a text, the test does not hold, wherever that member is. The answer is "no" only where
//! evaluation says "no" too (`matching`): an event goes the full way if the name or its value may be spelt with escapes, if
//! the value is a number, which has many spellings, if two members of one object share the name, which makes the answer
//! unknown, and if it is too long.

use rustc_hash::FxHashMap;

use self::siblings::{Name, are_siblings, is_first};
use crate::eval::matching::MAX_EVENT;
use crate::pattern::Pattern;
use crate::syntax::ast::{Comparison, Expr, Operand, Selector, Step, Test, Tree};
use crate::syntax::lang::Lang;

pub use self::sift::Occurrences;

mod siblings;
mod sift;

/// Finds which of some patterns can match an event.
///
/// ```
/// use filter_pattern::{Pattern, Prefilter};
///
/// let patterns = [Pattern::parse("{ $.name = start || $.name = stop }")?, Pattern::parse("{ $.code = 4* }")?];
/// let prefilter = Prefilter::new(&patterns);
/// assert!(prefilter.left(br#"{"name": "pause"}"#).is_empty());
/// let left = prefilter.left(br#"{"name": "stop"}"#);
/// assert!(left.has(0) && !left.has(1));
/// // What may be spelt otherwise is left to be evaluated.
/// assert!(prefilter.left(br#"{"n\u0061me": "pause"}"#).has(0));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Prefilter {
    groups: Vec<Group>,
    /// Patterns about which nothing is known.
    always: u128,
    all: u128,
}

/// Patterns that are left to be evaluated, by their places among those of a [`Prefilter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left(u128);

impl Left {
    /// None is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This one is.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }
}

/// The places from here on share one bit.
const LAST: usize = 127;

fn bit(place: usize) -> u128 {
    1 << place.min(LAST)
}

/// The tests of fields with one path, of all patterns.
#[derive(Debug, Clone)]
struct Group {
    names: Vec<Name>,
    /// Texts that patterns ask for, and which.
    texts: FxHashMap<Vec<u8>, u128>,
    /// How these begin.
    beginnings: Beginnings,
    /// What else they ask for.
    others: Vec<(Lang, u128)>,
    /// Patterns that ask whether there is such a member, and more that is not looked at here.
    present: u128,
    /// All of these.
    all: u128,
}

/// A test that must hold, or one of several.
struct Must<'p> {
    path: Vec<&'p str>,
    /// The texts that satisfy it; `None`: it may hold for any value.
    readings: Option<&'p [Lang]>,
}

impl Prefilter {
    /// Of these patterns.
    #[must_use]
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let mut prefilter = Self { groups: Vec::new(), always: 0, all: 0 };
        for (place, pattern) in patterns.into_iter().enumerate() {
            prefilter.all |= bit(place);
            let musts = match pattern.tree() {
                Tree::Json(expr) => one_must_hold(expr),
                Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => None,
            };
            match musts {
                Some(musts) => musts.iter().for_each(|must| prefilter.add(must, bit(place))),
                None => prefilter.always |= bit(place),
            }
        }
        prefilter
    }

    fn add(&mut self, must: &Must<'_>, patterns: u128) {
        let is_same = |group: &Group| group.names.iter().map(|name| name.text.as_str()).eq(must.path.iter().copied());
        let known = self.groups.iter().position(is_same).unwrap_or_else(|| {
            let names = must.path.iter().map(|name| Name::new(name)).collect();
            self.groups.push(Group {
                names,
                texts: FxHashMap::default(),
                beginnings: Beginnings::default(),
                others: Vec::new(),
                present: 0,
                all: 0,
            });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(known) else { return };
        group.all |= patterns;
        let Some(readings) = must.readings else {
            group.present |= patterns;
            return;
        };
        for reading in readings {
            match reading {
                Lang::Exactly(text) => group.add_text(text, patterns),
                Lang::OneOf(texts) => texts.iter().for_each(|text| group.add_text(text, patterns)),
                Lang::Nothing => {}
                other => match group.others.iter_mut().find(|(lang, _)| lang == other) {
                    Some((_, which)) => *which |= patterns,
                    None => group.others.push((other.clone(), patterns)),
                },
            }
        }
    }

    /// Whether nothing is gained by asking: every event is left to every pattern.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.always == self.all
    }

    /// Which patterns are left to be evaluated on an event.
    #[must_use]
    pub fn left(&self, event: &[u8]) -> Left {
        if event.len() > MAX_EVENT || has_letter_escapes(event) {
            return Left(self.all);
        }
        Left(self.groups.iter().fold(self.always, |left, group| left | group.left(event)))
    }
}

impl Group {
    fn add_text(&mut self, text: &str, patterns: u128) {
        self.beginnings.add(text.as_bytes());
        *self.texts.entry(text.as_bytes().to_vec()).or_default() |= patterns;
    }

    fn left(&self, event: &[u8]) -> u128 {
        let Some((last, before)) = self.names.split_last() else { return self.all };
        let mut left = 0;
        let mut may_be_doubled = false;
        for (members, (at, value)) in last.members(event).enumerate() {
            may_be_doubled |= members > 0 && !event.get(..at).is_some_and(is_first);
            match self.of_value(value) {
                Some(which) => left |= which,
                None => return self.all,
            }
        }
        let is_doubled = |name: &Name| are_siblings(event, name);
        if (may_be_doubled && is_doubled(last)) || before.iter().any(is_doubled) {
            return self.all;
        }
        left
    }

    /// The patterns whose tests a value may satisfy; `None`: that is not known.
    #[inline]
    fn of_value(&self, value: &[u8]) -> Option<u128> {
        match value.first()? {
            b'"' => {
                let text = value.get(1..)?;
                let may_be_listed = self.beginnings.may_begin(text);
                if self.others.is_empty() && !may_be_listed {
                    return Some(self.present);
                }
                let end = memchr::memchr2(b'"', b'\\', text)?;
                (text.get(end) == Some(&b'"')).then_some(())?;
                let text = text.get(..end)?;
                let listed = if may_be_listed { self.texts.get(text).copied() } else { None };
                Some(self.present | listed.unwrap_or_default() | self.of_others(text)?)
            }
            // Texts that are the words of these do not match them.
            b'{' | b'[' | b't' | b'f' | b'n' => Some(self.present),
            _ => None,
        }
    }

    /// The patterns that ask for a set of texts that this one is in. `None`: bytes that are no text are no JSON either.
    #[inline]
    fn of_others(&self, text: &[u8]) -> Option<u128> {
        if self.others.iter().all(|(lang, _)| lang.is_refused(text)) {
            return Some(0);
        }
        let text = std::str::from_utf8(text).ok()?;
        Some(self.others.iter().filter(|(lang, _)| lang.accepts(text)).fold(0, |left, (_, which)| left | which))
    }
}

/// The first two bytes of texts, with the quote behind them: most values are known by these to be none of them.
#[derive(Debug, Clone, Copy, Default)]
struct Beginnings([u64; 16]);

impl Beginnings {
    fn place(first: u8, second: u8) -> (usize, u64) {
        let at = (usize::from(first) * 37 + usize::from(second)) % 1024;
        (at / 64, 1 << (at % 64))
    }

    fn add(&mut self, text: &[u8]) {
        let first = text.first().copied().unwrap_or(b'"');
        let second = text.get(1).copied().unwrap_or(b'"');
        // Of the empty text it is not known what follows its quote.
        let seconds = if text.is_empty() { 0..=u8::MAX } else { second..=second };
        for second in seconds {
            let (word, bit) = Self::place(first, second);
            self.0[word] |= bit;
        }
    }

    /// Whether what follows a quote may be one of the texts, or may be spelt with an escape there.
    #[inline]
    fn may_begin(&self, text: &[u8]) -> bool {
        let [first, second, ..] = text else { return true };
        let (word, bit) = Self::place(*first, *second);
        self.0[word] & bit != 0 || *first == b'\\' || *second == b'\\'
    }
}

/// Whether letters may be spelt with escapes: `\u0041`. No other escape is a letter, a digit or a sign that names have.
fn has_letter_escapes(event: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', event).any(|at| event.get(at + 1) == Some(&b'u'))
}

/// Tests of which one must hold for an expression to match, or to be unknown; `None`: no such are known.
fn one_must_hold(expr: &Expr) -> Option<Vec<Must<'_>>> {
    match expr {
        Expr::Test(comparison) => must_of(comparison).map(|must| vec![must]),
        Expr::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(one_must_hold(part)?);
            }
            Some(all)
        }
        // Of equals the last: people name the service before the call.
        Expr::All(parts) => parts.iter().rev().filter_map(one_must_hold).min_by_key(|musts| {
            let is_open = |must: &Must<'_>| must.readings.is_none_or(|readings| readings.contains(&Lang::Anything));
            let open = musts.iter().filter(|must| is_open(must)).count();
            let longest = musts.iter().map(|must| must.path.len()).max();
            // A choice of several names things more closely than one.
            (open, longest, std::cmp::Reverse(musts.len().min(2)))
        }),
    }
}

fn must_of(comparison: &Comparison) -> Option<Must<'_>> {
    let Comparison { selector: Selector { steps }, test } = comparison;
    let each = steps.iter().position(|step| *step == Step::Each);
    let readings = match test {
        Test::Equal(Operand::Text(literal)) => Some(literal.readings()),
        Test::Equal(Operand::Regex(regex)) => Some(regex.readings()),
        Test::Equal(Operand::Number(_)) | Test::Order(..) | Test::IsNull => None,
        Test::NotEqual(_) => None,
        // Of a list it is not known what these say.
        Test::IsTrue | Test::IsFalse if each.is_some() => return None,
        Test::IsTrue | Test::IsFalse => None,
        Test::NotExists => return None,
    };
    let steps = match (test, each) {
        // Of elements none of which has the field it holds.
        (Test::NotEqual(_), Some(each)) => steps.get(..each)?,
        _ => steps.as_slice(),
    };
    let path: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Index(_) | Step::Each => None,
        })
        .collect();
    let is_plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:@ ".contains(&byte))
    };
    if path.is_empty() || !path.iter().all(is_plain) {
        return None;
    }
    // The value behind a name is what is compared only if no step follows it.
    let is_last = matches!(steps.last(), Some(Step::Name(_)));
    Some(Must { path, readings: readings.filter(|_| is_last) })
}
