//! The regular expressions of filter patterns: a small subset without groups, read by a parser of our own so that
//! exactly what the service accepts is accepted, then handed to `regex-automata` as an automaton over UTF-8.
//!
//! Where dialects differ on something undocumented (line ends for `.` and `$`, vertical tab for `\s`) there are two
//! automata, a strict and a lenient one: two readings. Groups do not exist, so the lenient one accepts all that the
//! strict one does.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::syntax::error::Fault;
use crate::syntax::lang::{self, Lang};

use self::items::Item;

mod build;
mod items;
mod parse;

/// A regular expression of a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Regex {
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
    /// Reads the text between the percent signs; `offset` is its position in the pattern.
    pub(crate) fn parse(source: &str, offset: usize) -> Result<Self, Fault> {
        let syntax = parse::parse(source, offset)?;
        let needs = syntax.alternatives.iter().map(|items| literal_runs(items)).collect();
        let readings = build::readings(source, &syntax).unwrap_or_else(lang::undocumented);
        Ok(Self { source: source.to_owned(), readings, needs })
    }

    /// The readings of a search for this expression.
    pub(crate) fn readings(&self) -> &[Lang] {
        &self.readings
    }

    /// For each alternative the texts that any match of it must hold.
    pub(crate) fn needs(&self) -> &[Vec<String>] {
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

/// The longest texts of single characters that occur once, side by side.
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
