//! Patterns as formulas over single questions about single places, negation pushed down to the questions.
//!
//! Wildcard selectors become conjunctions and disjunctions over the places of their elements. A test whose meaning is
//! not documented is handled in one of two ways ([`Mode`]): for a witness only what holds in every reading counts;
//! for a proof it is a truth value of its own, the same wherever the same test meets the same place, so that equal
//! texts still cover each other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::eval::construct::Construct;
use crate::eval::text;
use crate::eval::truth::words;
use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::{Is, Law};
use crate::prove::places::Places;
use crate::syntax::ast::{Comparison, Expr, Number, Operand, Order, Step, Test, Tree};
use crate::syntax::lang::{Lang, Words};
use crate::syntax::number::Num;

/// A Boolean formula in negation normal form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    Constant(bool),
    /// A question, and the answer that is wanted.
    Atom(usize, bool),
    /// An unknown truth value, and the one that is wanted.
    Unknown(usize, bool),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Formula {
    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, true)
    }

    fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, false)
    }

    /// `neutral` is the constant that changes nothing: true in a conjunction.
    fn join(parts: impl IntoIterator<Item = Self>, neutral: bool) -> Self {
        let mut joined = Vec::new();
        for part in parts {
            match part {
                Self::Constant(value) if value == neutral => {}
                Self::Constant(_) => return part,
                Self::All(inner) if neutral => joined.extend(inner),
                Self::Any(inner) if !neutral => joined.extend(inner),
                other => joined.push(other),
            }
        }
        match (joined.pop(), joined.is_empty()) {
            (None, _) => Self::Constant(neutral),
            (Some(only), true) => only,
            (Some(last), false) => {
                joined.push(last);
                if neutral { Self::All(joined) } else { Self::Any(joined) }
            }
        }
    }
}

/// A question about the value at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Atom {
    pub(crate) place: usize,
    pub(crate) ask: Ask,
}

/// What is asked. A number has a text too, so one question serves texts and numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    /// Of one of these kinds?
    Kind(Kinds),
    /// A text, or a number with a text, in this language?
    Like(Lang),
    /// A number equal to this one, or exactly its text?
    Equals(Number, Lang),
    /// A number on this side of that one?
    Order(Order, Number),
}

/// How undocumented tests count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only what is certain: for a witness.
    Certain,
    /// Each is a truth value of its own: for a proof.
    Possible,
}

/// Which events are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Events<'e> {
    /// Those that are not called unusual.
    Ordinary,
    /// These, and those that are unusual in this one respect.
    AndSo(&'e str),
    /// All that can be.
    All,
}

/// Makes formulas; holds the questions and the unknown truth values that they mention.
pub(crate) struct Grounder<'a> {
    pub(crate) places: &'a Places<'a>,
    pub(crate) mode: Mode,
    pub(crate) atoms: Vec<Atom>,
    numbers: HashMap<Atom, usize>,
    pub(crate) unknowns: Vec<Construct>,
    unknown_numbers: HashMap<(usize, Construct), usize>,
    /// Whether some text gives these questions these answers, if a search had to know.
    pub(crate) agreements: RefCell<HashMap<Vec<(usize, bool)>, bool>>,
}

const TEXT_OR_NUMBER: Kinds = Kinds::all_of(&[Kind::Text, Kind::Number, Kind::Huge]);
const NUMBERS: Kinds = Kinds::all_of(&[Kind::Number, Kind::Huge]);
const COMPARABLE: Kinds = Kinds::all_of(&[Kind::Text, Kind::Number]);

impl<'a> Grounder<'a> {
    pub(crate) fn new(places: &'a Places<'a>, mode: Mode) -> Self {
        Self {
            places,
            mode,
            atoms: Vec::new(),
            numbers: HashMap::new(),
            unknowns: Vec::new(),
            unknown_numbers: HashMap::new(),
            agreements: RefCell::default(),
        }
    }

    pub(crate) fn atom_number(&self, atom: &Atom) -> Option<usize> {
        self.numbers.get(atom).copied()
    }

    /// The question, with the answer that is wanted.
    pub(crate) fn atom(&mut self, place: usize, ask: Ask, wanted: bool) -> Formula {
        let fresh = self.atoms.len();
        let number = match self.numbers.entry(Atom { place, ask }) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                self.atoms.push(place.key().clone());
                *place.insert(fresh)
            }
        };
        Formula::Atom(number, wanted)
    }

    pub(crate) fn kind(&mut self, place: usize, kinds: Kinds, wanted: bool) -> Formula {
        self.atom(place, Ask::Kind(kinds), wanted)
    }

    /// An unknown truth value; `scope` keeps equal constructs apart that have nothing to do with each other.
    pub(crate) fn unknown(&mut self, scope: usize, construct: Construct, wanted: bool) -> Formula {
        if self.mode == Mode::Certain {
            return Formula::Constant(false);
        }
        let fresh = self.unknowns.len();
        let number = *self.unknown_numbers.entry((scope, construct.clone())).or_insert(fresh);
        if number == fresh {
            self.unknowns.push(construct);
        }
        Formula::Unknown(number, wanted)
    }

    /// That a pattern matches, or that it does not.
    ///
    /// Where only what is certain counts, a pattern on raw text never matches, and is taken not to match: every
    /// witness is evaluated afterwards.
    pub(crate) fn pattern(&mut self, tree: &Tree, wanted: bool) -> Formula {
        match tree {
            Tree::Everything => Formula::Constant(wanted),
            Tree::Json(expr) => self.expr(expr, wanted),
            Tree::Columns(columns) if text::is_any_line(columns) => Formula::Constant(wanted),
            Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) if self.mode == Mode::Certain => {
                Formula::Constant(!wanted)
            }
            Tree::Terms(_) => {
                self.unknown(0, Construct::with_text("terms, which look at the raw text of an event", tree), wanted)
            }
            Tree::Regex(_) => {
                self.unknown(0, Construct::with_text("a regular expression on the raw text of an event", tree), wanted)
            }
            Tree::Columns(_) => {
                self.unknown(0, Construct::with_text("columns, which look at the raw text of an event", tree), wanted)
            }
        }
    }

    /// No deeper than the brackets of a pattern, which the parser limits.
    pub(crate) fn expr(&mut self, expr: &Expr, wanted: bool) -> Formula {
        match expr {
            Expr::Test(comparison) => self.comparison(comparison, wanted),
            Expr::All(parts) | Expr::Any(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.expr(part, wanted)).collect();
                if matches!(expr, Expr::All(_)) == wanted { Formula::all(parts) } else { Formula::any(parts) }
            }
        }
    }

    fn comparison(&mut self, comparison: &Comparison, wanted: bool) -> Formula {
        let steps = &comparison.selector.steps;
        match steps.iter().position(|step| *step == Step::Each) {
            None => match self.places.resolve(0, steps) {
                Some(place) => self.test(place, comparison, wanted),
                None => Formula::Constant(false),
            },
            Some(each) => match self.places.resolve(0, &steps[..each]) {
                Some(base) => self.each(base, &steps[each + 1..], comparison, wanted),
                None => Formula::Constant(false),
            },
        }
    }

    fn test(&mut self, place: usize, comparison: &Comparison, wanted: bool) -> Formula {
        match &comparison.test {
            Test::Equal(operand) => self.equal(place, operand, comparison, wanted),
            Test::NotEqual(operand) => {
                let kinds = if matches!(operand, Operand::Number(_)) { COMPARABLE } else { TEXT_OR_NUMBER };
                let parts = [self.kind(place, kinds, wanted), self.equal(place, operand, comparison, !wanted)];
                if wanted { Formula::all(parts) } else { Formula::any(parts) }
            }
            Test::Order(order, number) => self.order(place, *order, number, comparison, wanted),
            Test::IsNull => self.is_null(place, comparison, wanted),
            Test::IsTrue => self.kind(place, Kinds::one(Kind::True), wanted),
            Test::IsFalse => self.kind(place, Kinds::one(Kind::False), wanted),
            Test::NotExists => self.kind(place, Kinds::one(Kind::Missing), wanted),
        }
    }

    fn equal(&mut self, place: usize, operand: &Operand, comparison: &Comparison, wanted: bool) -> Formula {
        let readings = match operand {
            Operand::Text(literal) => literal.readings(),
            Operand::Regex(regex) => regex.readings(),
            Operand::Number(number) => {
                let word = Lang::Exactly(number.text().to_owned());
                // No number is equal to an infinite one; where there are only texts, the text decides.
                let is_text = number.value().is_infinite() || !self.places.place(place).field.kinds.has(Kind::Number);
                let ask = if is_text { Ask::Like(word) } else { Ask::Equals(number.clone(), word) };
                return self.atom(place, ask, wanted);
            }
        };
        let each: Vec<Formula> =
            readings.iter().map(|lang| self.atom(place, Ask::Like(lang.clone()), wanted)).collect();
        if each.len() == 1 {
            return Formula::all(each);
        }
        let words = Construct::with_text(words::TEXT, comparison);
        // `=` and `!=` with one operand are one unknown: the operand names it.
        let unknown = self.unknown(place, Construct::with_text(words::TEXT, operand), wanted);
        self.name_unknown(&unknown, words);
        Formula::any([Formula::all(each.clone()), Formula::all([unknown, Formula::any(each)])])
    }

    /// Gives an unknown truth value the words by which a report names it.
    fn name_unknown(&mut self, unknown: &Formula, words: Construct) {
        if let Formula::Unknown(number, _) = unknown {
            self.unknowns[*number] = words;
        }
    }

    fn order(&mut self, place: usize, order: Order, number: &Number, comparison: &Comparison, wanted: bool) -> Formula {
        if !number.value().is_infinite() {
            return self.atom(place, Ask::Order(order, number.clone()), wanted);
        }
        let unknown = self.unknown(place, Construct::with_text(words::HUGE_LITERAL, comparison), wanted);
        let Num::Tiny { negative } = number.value() else {
            let is_number = self.kind(place, Kinds::one(Kind::Number), wanted);
            return if wanted { Formula::all([is_number, unknown]) } else { Formula::any([is_number, unknown]) };
        };
        // Next to zero: only of zero itself the answer is not known, and not on both sides.
        let zero = Number::new("0");
        let (strict, lax) = match order {
            Order::Less | Order::LessOrEqual => (Order::Less, Order::LessOrEqual),
            Order::Greater | Order::GreaterOrEqual => (Order::Greater, Order::GreaterOrEqual),
        };
        let beyond_zero = self.atom(place, Ask::Order(strict, zero.clone()), wanted);
        let from_zero = self.atom(place, Ask::Order(lax, zero), wanted);
        match (order, negative) {
            (Order::Greater, false) | (Order::Less, true) => beyond_zero,
            (Order::LessOrEqual, false) | (Order::GreaterOrEqual, true) => from_zero,
            _ if wanted => Formula::any([beyond_zero, Formula::all([from_zero, unknown])]),
            _ => Formula::all([beyond_zero, Formula::any([from_zero, unknown])]),
        }
    }

    /// Null, or an array that holds one; an object that holds one is undocumented.
    fn is_null(&mut self, place: usize, comparison: &Comparison, wanted: bool) -> Formula {
        let null = self.kind(place, Kinds::one(Kind::Null), wanted);
        let holds_null = self.holds_null(place, wanted);
        let array = self.kind(place, Kinds::one(Kind::Array), wanted);
        let object = self.kind(place, Kinds::one(Kind::Object), wanted);
        let unknown = self.unknown(place, Construct::with_text(words::NULL_INSIDE, comparison), wanted);
        if wanted {
            Formula::any([null, Formula::all([array, holds_null.clone()]), Formula::all([object, unknown, holds_null])])
        } else {
            Formula::all([null, Formula::any([array, holds_null.clone()]), Formula::any([object, unknown, holds_null])])
        }
    }

    fn holds_null(&mut self, place: usize, wanted: bool) -> Formula {
        let children = self.places.place(place).children.clone();
        let nulls: Vec<Formula> =
            children.into_iter().map(|child| self.kind(child, Kinds::one(Kind::Null), wanted)).collect();
        if wanted { Formula::any(nulls) } else { Formula::all(nulls) }
    }

    /// A test through a wildcard, over all elements of `base`.
    fn each(&mut self, base: usize, suffix: &[Step], comparison: &Comparison, wanted: bool) -> Formula {
        let places = self.places;
        let elements = &places.place(base).children;
        let ends: Vec<(usize, usize)> =
            elements.iter().filter_map(|&element| places.resolve(element, suffix).map(|end| (element, end))).collect();
        let missing = Kinds::one(Kind::Missing);
        match &comparison.test {
            Test::Equal(_) | Test::Order(..) => {
                let parts: Vec<Formula> = ends.iter().map(|&(_, end)| self.test(end, comparison, wanted)).collect();
                if wanted { Formula::any(parts) } else { Formula::all(parts) }
            }
            Test::NotEqual(operand) => {
                let mut parts: Vec<Formula> =
                    ends.iter().map(|&(_, end)| self.equal(end, operand, comparison, !wanted)).collect();
                parts.insert(0, self.kind(base, missing, !wanted));
                if wanted { Formula::all(parts) } else { Formula::any(parts) }
            }
            Test::IsNull => {
                let mut parts = Vec::new();
                for &(_, end) in &ends {
                    parts.push(self.kind(end, Kinds::one(Kind::Null), wanted));
                    if !suffix.is_empty() {
                        let holds_null = self.holds_null(end, wanted);
                        let unknown = self.unknown(end, Construct::with_text(words::NULL_INSIDE, comparison), wanted);
                        parts.push(if wanted {
                            Formula::all([unknown, holds_null])
                        } else {
                            Formula::any([unknown, holds_null])
                        });
                    }
                }
                if wanted { Formula::any(parts) } else { Formula::all(parts) }
            }
            Test::IsTrue | Test::IsFalse => {
                self.unknown(base, Construct::with_text(words::STATE_EACH, comparison), wanted)
            }
            Test::NotExists => self.each_missing(base, &ends, comparison, wanted),
        }
    }

    /// True if no element has the field, false if all of several have it, unknown between.
    fn each_missing(&mut self, base: usize, ends: &[(usize, usize)], comparison: &Comparison, wanted: bool) -> Formula {
        let missing = Kinds::one(Kind::Missing);
        let none: Vec<Formula> = ends.iter().map(|&(_, end)| self.kind(end, missing, true)).collect();
        let some: Vec<Formula> = ends.iter().map(|&(_, end)| self.kind(end, missing, false)).collect();
        let mut every = Vec::new();
        let mut lacking = Vec::new();
        for &(element, end) in ends {
            every.push(Formula::any([self.kind(element, missing, true), self.kind(end, missing, false)]));
            lacking.push(Formula::all([self.kind(element, missing, false), self.kind(end, missing, true)]));
        }
        let unknown = self.unknown(base, Construct::with_text(words::SOME_MISSING, comparison), wanted);
        if wanted {
            Formula::any([Formula::all(none), Formula::all([unknown, Formula::any(lacking)])])
        } else {
            Formula::all([Formula::any(some), Formula::any([Formula::all(every), unknown])])
        }
    }

    /// What holds of every event, whatever the patterns, the unusual ones included.
    pub(crate) fn axioms(&mut self) -> Vec<Formula> {
        let missing = Kinds::one(Kind::Missing);
        let mut axioms: Vec<Formula> = Vec::new();
        for (container, indexed, extra) in self.places.elements() {
            // Elements are stored without gaps, the extra ones of an array behind those with an index.
            for pair in indexed.windows(2).chain(extra.windows(2)) {
                axioms.push(Formula::any([self.kind(pair[1], missing, true), self.kind(pair[0], missing, false)]));
            }
            if let (Some(&last), Some(&first)) = (indexed.last(), extra.first()) {
                axioms.push(Formula::any([
                    self.kind(container, Kinds::one(Kind::Array), false),
                    self.kind(first, missing, true),
                    self.kind(last, missing, false),
                ]));
            }
        }
        let always = self.places.laws().iter().filter(|law| law.exception.is_none());
        axioms.extend(always.map(|law| self.law(law)).collect::<Vec<_>>());
        axioms
    }

    /// What also holds where only some of the unusual events are looked for.
    pub(crate) fn exceptional(&mut self, events: Events<'_>) -> Vec<Formula> {
        let holds = |exception: &str| match events {
            Events::All => false,
            Events::Ordinary => true,
            Events::AndSo(one) => exception != one,
        };
        let places = self.places;
        let laws = places.laws().iter().filter(|law| law.exception.as_deref().is_some_and(holds));
        let mut formulas: Vec<Formula> = laws.map(|law| self.law(law)).collect();
        let strange = places.strange().filter(|(_, what)| holds(what));
        formulas.extend(strange.map(|(place, _)| self.kind(place, Kinds::one(Kind::Missing), true)));
        formulas
    }

    fn law(&mut self, law: &Law) -> Formula {
        let places = self.places;
        let claims = law.claims.iter().filter_map(|claim| Some((places.at_node(claim.node)?, claim)));
        Formula::any(claims.map(|(place, claim)| self.fact(place, &claim.is, claim.wanted)))
    }

    /// That a fact is true of a place, or that it is not.
    fn fact(&mut self, place: usize, is: &Is, wanted: bool) -> Formula {
        match is {
            Is::Kinds(kinds) => self.kind(place, *kinds, wanted),
            Is::Texts(texts) => self.is_text(place, texts, wanted),
        }
    }

    fn is_text(&mut self, place: usize, texts: &Words, wanted: bool) -> Formula {
        let lang = texts.only().map_or_else(|| Lang::OneOf(texts.clone()), |only| Lang::Exactly(only.to_owned()));
        let alike = self.atom(place, Ask::Like(lang), wanted);
        // A number has a text too, which no fact means.
        let is_only_text = !self.places.place(place).field.kinds.overlaps(NUMBERS);
        if is_only_text {
            return alike;
        }
        let is_text = self.kind(place, Kinds::one(Kind::Text), wanted);
        if wanted { Formula::all([alike, is_text]) } else { Formula::any([alike, is_text]) }
    }
}
