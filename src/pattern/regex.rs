//! The regular expressions of filter patterns: a small subset without groups, read here by hand so that exactly what
//! the service accepts is accepted, then handed to `regex-automata` as an automaton over UTF-8.
//!
//! Where dialects differ on something undocumented (line ends for `.` and `$`, vertical tab for `\s`) there are two
//! automata, a strict and a lenient one: two readings. Groups do not exist, so the lenient one accepts all that the
//! strict one does.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};

use super::error::Fault;
use super::lang::{self, Lang};

mod parse;

/// The largest automaton that is built; a larger expression is not decided.
const NFA_SIZE: usize = 1 << 20;

/// A regular expression of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Regex {
    source: String,
    readings: Vec<Lang>,
    needs: Vec<Vec<String>>,
}

/// Equal expressions are equal texts: automata are not compared.
impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Regex {
    /// Reads the text between the percent signs; `offset` is where it stands in the pattern.
    pub(super) fn parse(source: &str, offset: usize) -> Result<Self, Fault> {
        let syntax = parse::parse(source, offset)?;
        let needs = syntax.alternatives.iter().map(|items| literal_runs(items)).collect();
        let readings = readings(source, &syntax).unwrap_or_else(lang::undocumented);
        Ok(Self { source: source.to_owned(), readings, needs })
    }

    /// The readings of a search for this expression.
    pub(super) fn readings(&self) -> &[Lang] {
        &self.readings
    }

    /// For each alternative the texts that any match of it must hold.
    pub(super) fn needs(&self) -> &[Vec<String>] {
        &self.needs
    }
}

impl Eq for Regex {}

impl Hash for Regex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source)
    }
}

/// One part of a concatenation.
#[derive(Debug, Clone)]
enum Item {
    /// `^`
    Start,
    /// `$`
    End,
    /// A set of characters, repeated.
    Chars { set: Set, min: u32, max: Option<u32> },
}

/// A set of characters, in both readings.
#[derive(Debug, Clone)]
struct Set {
    strict: ClassUnicode,
    lenient: ClassUnicode,
}

impl Set {
    fn of(ranges: &[(char, char)]) -> Self {
        let class = class(ranges);
        Self { strict: class.clone(), lenient: class }
    }

    fn add(&mut self, other: &Self) {
        self.strict.union(&other.strict);
        self.lenient.union(&other.lenient);
    }

    /// The complement. What is surely in becomes what is surely out, so the readings change places.
    fn negated(mut self) -> Self {
        self.strict.negate();
        self.lenient.negate();
        Self { strict: self.lenient, lenient: self.strict }
    }

    fn single(&self) -> Option<char> {
        match (self.strict.ranges(), self.strict == self.lenient) {
            ([range], true) if range.start() == range.end() => Some(range.start()),
            _ => None,
        }
    }
}

fn class(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// What the parser read.
struct Syntax {
    alternatives: Vec<Vec<Item>>,
    /// Holds something whose meaning differs between dialects.
    is_vague: bool,
}

/// The longest texts of single characters that stand once, side by side.
fn literal_runs(items: &[Item]) -> Vec<String> {
    let mut runs = vec![String::new()];
    for item in items {
        match item {
            Item::Chars { set, min: 1, max: Some(1) } if set.single().is_some() => {
                if let (Some(c), Some(run)) = (set.single(), runs.last_mut()) {
                    run.push(c);
                }
            }
            Item::Start | Item::End | Item::Chars { .. } => runs.push(String::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn readings(source: &str, syntax: &Syntax) -> Option<Vec<Lang>> {
    if syntax.is_vague {
        return None;
    }
    let differ = syntax.alternatives.iter().flatten().any(|item| match item {
        Item::Start => false,
        Item::End => true,
        Item::Chars { set, .. } => set.strict != set.lenient,
    });
    let strict = Automaton::build(source, &syntax.alternatives, false)?;
    if !differ {
        return Some(vec![Lang::Regex(strict)]);
    }
    let lenient = Automaton::build(source, &syntax.alternatives, true)?;
    Some(vec![Lang::Regex(strict), Lang::Regex(lenient)])
}

/// One reading of a regular expression, as an automaton built while it runs.
#[derive(Clone)]
pub(super) struct Automaton(Arc<Built>);

struct Built {
    source: String,
    is_lenient: bool,
    dfa: DFA,
    /// Where sets of characters begin and end: between two of these all characters are alike.
    borders: Vec<u32>,
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%{}", self.0.source, if self.0.is_lenient { " (lenient)" } else { "" })
    }
}

impl PartialEq for Automaton {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source && self.0.is_lenient == other.0.is_lenient
    }
}

impl Eq for Automaton {}

impl Hash for Automaton {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.source.hash(state);
        self.0.is_lenient.hash(state);
    }
}

impl Automaton {
    fn build(source: &str, alternatives: &[Vec<Item>], is_lenient: bool) -> Option<Self> {
        let hir = Hir::alternation(
            alternatives
                .iter()
                .map(|items| Hir::concat(items.iter().map(|item| hir(item, is_lenient)).collect()))
                .collect(),
        );
        let mut borders: Vec<u32> =
            alternatives.iter().flatten().flat_map(|item| item_borders(item, is_lenient)).collect();
        borders.sort_unstable();
        borders.dedup();
        Self::from_hir(source.to_owned(), &hir, is_lenient, borders)
    }

    /// The texts that are one of these forms as a whole.
    pub(super) fn from_hir(source: String, hir: &Hir, is_lenient: bool, borders: Vec<u32>) -> Option<Self> {
        let config = thompson::Config::new().nfa_size_limit(Some(NFA_SIZE));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = DFA::config().skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        Some(Self(Arc::new(Built { source, is_lenient, dfa, borders })))
    }

    pub(super) fn dfa(&self) -> &DFA {
        &self.0.dfa
    }

    pub(super) fn borders(&self) -> &[u32] {
        &self.0.borders
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        let mut cache = Cache::new(&self.0.dfa);
        let input = Input::new(text).anchored(Anchored::No).earliest(true);
        // Fails only for bytes or cache limits that the configuration does not set.
        self.0.dfa.try_search_fwd(&mut cache, &input).is_ok_and(|found| found.is_some())
    }
}

fn item_borders(item: &Item, is_lenient: bool) -> Vec<u32> {
    match item {
        Item::Start => Vec::new(),
        Item::End => LINE_ENDS.iter().flat_map(|&c| [u32::from(c), u32::from(c) + 1]).collect(),
        Item::Chars { set, .. } => {
            let class = if is_lenient { &set.lenient } else { &set.strict };
            class.ranges().iter().flat_map(|range| [u32::from(range.start()), u32::from(range.end()) + 1]).collect()
        }
    }
}

/// What some dialects let `$` stand before, and `.` not match.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

fn hir(item: &Item, is_lenient: bool) -> Hir {
    match item {
        Item::Start => Hir::look(Look::Start),
        Item::End if is_lenient => {
            let line_ends: Vec<(char, char)> = LINE_ENDS.iter().map(|&c| (c, c)).collect();
            let one = |sub: Hir, max| {
                Hir::repetition(Repetition { min: 0, max: Some(max), greedy: true, sub: Box::new(sub) })
            };
            // At most one line end, or the pair of carriage return and line feed.
            let pair = Hir::concat(vec![Hir::literal(*b"\r\n"), Hir::look(Look::End)]);
            Hir::alternation(vec![
                pair,
                Hir::concat(vec![one(Hir::class(Class::Unicode(class(&line_ends))), 1), Hir::look(Look::End)]),
            ])
        }
        Item::End => Hir::look(Look::End),
        Item::Chars { set, min, max } => {
            let class = if is_lenient { &set.lenient } else { &set.strict };
            let sub = Box::new(Hir::class(Class::Unicode(class.clone())));
            Hir::repetition(Repetition { min: *min, max: *max, greedy: true, sub })
        }
    }
}
