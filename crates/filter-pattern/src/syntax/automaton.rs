//! One reading of a regular expression as an automaton over UTF-8, built while it runs. What it is built from is the
//! business of `regex`; two automata are the same if they were read from the same text in the same way.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::Hir;

/// The largest automaton that is built; a larger expression is not decided.
const NFA_SIZE: usize = 1 << 20;

/// One reading of a regular expression, as an automaton built while it runs.
#[derive(Clone)]
pub(crate) struct Automaton(Arc<Built>);

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
    /// The texts that are one of these forms as a whole.
    pub(crate) fn from_hir(source: String, hir: &Hir, is_lenient: bool, borders: Vec<u32>) -> Option<Self> {
        let config = thompson::Config::new().nfa_size_limit(Some(NFA_SIZE));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = DFA::config().skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        Some(Self(Arc::new(Built { source, is_lenient, dfa, borders })))
    }

    pub(crate) fn dfa(&self) -> &DFA {
        &self.0.dfa
    }

    pub(crate) fn borders(&self) -> &[u32] {
        &self.0.borders
    }

    pub(crate) fn accepts(&self, text: &str) -> bool {
        let mut cache = Cache::new(&self.0.dfa);
        let input = Input::new(text).anchored(Anchored::No).earliest(true);
        // Fails only for bytes or cache limits that the configuration does not set.
        self.0.dfa.try_search_fwd(&mut cache, &input).is_ok_and(|found| found.is_some())
    }
}
