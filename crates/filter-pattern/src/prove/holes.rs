//! All that escapes some filters, hole by hole: one is found, what decides it is taken for its *region*, the region is
//! closed, and the search goes on. When nothing is left, the holes together are all that is missed.

use std::fmt;

use crate::eval::construct::Construct;
use crate::pattern::Pattern;
use crate::prove::candidate::Candidate;
use crate::prove::compose::{join, written};
use crate::prove::coverage::Coverage;
use crate::prove::exceptions::{may_meet, without};
use crate::prove::model::EventModel;
use crate::prove::places::Reach;
use crate::prove::question::{Asked, Question, Taken};
use crate::prove::region::{Answer, Region, asks};
use crate::prove::witness::Witness;
use crate::syntax::ast::{Comparison, Expr, Operand, Selector, Test, Tree};

/// Demanded events that no filter matches, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    witness: Witness,
    causes: Vec<Cause>,
    choices: Option<Choices>,
    pattern: Option<Pattern>,
}

/// Which of the events that a demand lists are meant, where it lists some and not all are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The field whose values the demand lists, as a selector.
    pub field: String,
    /// The values that are meant, in the order of the demand.
    pub values: Vec<String>,
    /// How many values the demand lists.
    pub of: usize,
}

/// Why events are not matched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No filter asks for them.
    NotAsked,
    /// They hold a value that the filters leave out.
    LeavesOut {
        /// The field, as a selector: `$.user.name`.
        field: String,
        /// The values, as they are written in the pattern.
        values: Vec<String>,
    },
    /// They lack a field that is to be unequal to something, which a missing field is not.
    Missing {
        /// The test: `$.user != "ann"`.
        test: String,
    },
    /// They lack a field that is to be unequal to something, or hold neither a text nor a number there: null, a list, an
    /// object, true or false.
    NoText {
        /// The test: `$.user.name != "ann"`.
        test: String,
    },
    /// They do not meet a test that the demand does not make.
    Fails {
        /// The test: `$.type = "Call"`.
        test: String,
    },
}

impl Cause {
    fn rank(&self) -> u8 {
        match self {
            Self::NotAsked => 0,
            Self::LeavesOut { .. } => 1,
            Self::Fails { .. } => 2,
            Self::Missing { .. } | Self::NoText { .. } => 3,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("no filter asks for them"),
            Self::LeavesOut { field, values } => {
                write!(f, "excludes {} {}", field.trim_start_matches("$."), values.join(", "))
            }
            Self::Missing { test } => write!(f, "{test} does not hold where the field is missing"),
            Self::NoText { test } => {
                write!(f, "{test} does not hold where the field is missing, or is neither text nor number")
            }
            Self::Fails { test } => write!(f, "{test} does not hold"),
        }
    }
}

impl Holes {
    /// The same, with the witnesses changed.
    #[must_use]
    pub fn with_witnesses(self, change: impl Fn(&Witness) -> Witness) -> Self {
        let list = self.list.into_iter().map(|hole| Hole { witness: change(&hole.witness), ..hole });
        Self { list: list.collect(), more: self.more.as_ref().map(&change), undecided: self.undecided }
    }
}

impl Hole {
    /// One such event.
    #[must_use]
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// Why they are not matched; several causes hold together.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// Why they are not matched, in one sentence.
    #[must_use]
    pub fn cause(&self) -> String {
        self.causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// Which of the events that the demand lists they are. None: any of them may be one.
    #[must_use]
    pub fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    /// A pattern of just these events: a filter of it closes the hole. None where the language cannot express them, or
    /// not within the length that the service takes.
    #[must_use]
    pub fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }
}

/// What some filters miss of a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holes {
    /// The holes, each with events that no other has.
    pub list: Vec<Hole>,
    /// An event that is missed and is in none of the listed holes: there were more than were asked for.
    pub more: Option<Witness>,
    /// What the answer depends on: whether there are further holes cannot be decided.
    pub undecided: Option<Construct>,
}

impl Holes {
    /// A pattern of all that is missed. `None` where there are more holes than are listed, where one cannot be expressed, or
    /// where it would be longer than the service takes.
    ///
    /// ```
    /// use filter_pattern::{Candidate, EventModel, Field, Kinds, Pattern, holes};
    ///
    /// let events = EventModel::default().field(Field::new("user", Kinds::TEXT.or(Kinds::MISSING)));
    /// let required = Pattern::parse("{ $.action = drop }")?;
    /// let deployed = Pattern::parse("{ $.action = drop && $.user != ann }")?;
    /// let found = holes(&[Candidate::new(&deployed)], &required, &events, 20);
    /// let all = r#"{ ($.action = "drop" && $.user = "ann") || ($.action = "drop" && $.user NOT EXISTS) }"#;
    /// assert_eq!(found.pattern().unwrap().to_string(), all);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn pattern(&self) -> Option<Pattern> {
        if self.more.is_some() || self.undecided.is_some() || self.list.is_empty() {
            return None;
        }
        let each = self.list.iter().map(|hole| match hole.pattern.as_ref()?.tree() {
            Tree::Json(expr) => Some(expr.clone()),
            Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => None,
        });
        written(join(each.collect::<Option<_>>()?, false))
    }
}

/// All holes that some filters leave of what `required` matches, `limit` at most.
///
/// ```
/// use filter_pattern::{Candidate, EventModel, Pattern, holes};
///
/// let required = Pattern::parse("{ $.action = create || $.action = delete || $.action = drop }")?;
/// let deployed = Pattern::parse(r#"{ ($.action = create || $.action = delete) && $.user != "ann" }"#)?;
/// let found = holes(&[Candidate::new(&deployed)], &required, &EventModel::default(), 20);
/// let causes: Vec<String> = found.list.iter().map(|hole| hole.causes()[0].to_string()).collect();
/// assert_eq!(causes[0], "no filter asks for them");
/// assert_eq!(found.list[0].choices().unwrap().values, ["drop"]);
/// assert!(causes.contains(&"excludes user ann".to_owned()));
/// let missing = r#"$.user != "ann" does not hold where the field is missing, or is neither text nor number"#;
/// assert!(causes.contains(&missing.to_owned()));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[must_use]
pub fn holes(found: &[Candidate<'_>], required: &Pattern, model: &EventModel, limit: usize) -> Holes {
    let mut holes = Holes { list: Vec::new(), more: None, undecided: None };
    let question = Question::new(found, required, model);
    let places = question.places(Reach::Near);
    let mut asked = Asked::new(&question, &places, Taken::Plainest);
    loop {
        match asked.coverage() {
            Coverage::Covered => break,
            Coverage::Undecided(construct) => {
                holes.undecided = Some(construct);
                break;
            }
            Coverage::Missed(witness) => {
                let Some((hole, region)) = hole(&mut asked, &witness) else {
                    // Nothing says what decides it, so nothing can be closed.
                    let hole = Hole { witness, causes: Vec::new(), choices: None, pattern: None };
                    holes.list.push(hole);
                    break;
                };
                // A region that was closed and is met again cannot be closed; so there may be more.
                if asked.is_closed(&region) {
                    holes.more = Some(witness);
                    break;
                }
                if holes.list.len() >= limit && !holes.list.iter().any(|known| joined(known, &hole).is_some()) {
                    holes.more = Some(witness);
                    break;
                }
                asked.close(region);
                add(&mut holes.list, hole);
            }
        }
    }
    // What was forgotten comes before what was left out, and that before what was lost unawares; the unusual comes last.
    holes.list.sort_by_key(|hole| (!hole.witness.exceptions().is_empty(), hole.causes.iter().map(Cause::rank).max()));
    holes
}

/// Puts a hole with another that leaves out a further value of the same field.
fn add(list: &mut Vec<Hole>, hole: Hole) {
    match list.iter_mut().find_map(|known| joined(known, &hole).map(|both| (known, both))) {
        Some((known, both)) => *known = both,
        None => list.push(hole),
    }
}

fn joined(one: &Hole, other: &Hole) -> Option<Hole> {
    without_text(one, other).or_else(|| left_out(one, other))
}

/// Events that lack a field, and those that are alike but for what is no text there.
fn without_text(one: &Hole, other: &Hole) -> Option<Hole> {
    if one.choices != other.choices || one.causes.len() != other.causes.len() {
        return None;
    }
    let mut folds = 0;
    let fold = |(one, other): (&Cause, &Cause)| match (one, other) {
        (Cause::Missing { test } | Cause::NoText { test }, Cause::Fails { test: same })
        | (Cause::Fails { test: same }, Cause::Missing { test } | Cause::NoText { test })
            if test == same =>
        {
            folds += 1;
            Some(Cause::NoText { test: test.clone() })
        }
        (one, other) => (one == other).then(|| one.clone()),
    };
    let causes = one.causes.iter().zip(&other.causes).map(fold).collect::<Option<Vec<Cause>>>()?;
    let is_missing = |hole: &Hole| hole.causes.iter().any(|cause| !matches!(cause, Cause::Fails { .. }));
    let witness = if is_missing(one) { &one.witness } else { &other.witness };
    let pattern = one.pattern.as_ref().zip(other.pattern.as_ref()).and_then(|(one, other)| either(one, other));
    let hole = Hole { witness: witness.clone(), causes, choices: one.choices.clone(), pattern };
    (folds == 1).then_some(hole)
}

/// Values of one field that are left out.
fn left_out(one: &Hole, other: &Hole) -> Option<Hole> {
    let ([Cause::LeavesOut { field, values }], [Cause::LeavesOut { field: same, values: more }]) =
        (one.causes.as_slice(), other.causes.as_slice())
    else {
        return None;
    };
    if field != same || one.choices != other.choices {
        return None;
    }
    let values = values.iter().chain(more.iter().filter(|value| !values.contains(value))).cloned().collect();
    let pattern = one.pattern.as_ref().zip(other.pattern.as_ref()).and_then(|(one, other)| either(one, other));
    let causes = vec![Cause::LeavesOut { field: field.clone(), values }];
    Some(Hole { witness: one.witness.clone(), causes, choices: one.choices.clone(), pattern })
}

/// A pattern of the events of both, which differ in one part.
fn either(one: &Pattern, other: &Pattern) -> Option<Pattern> {
    let (Tree::Json(Expr::All(one)), Tree::Json(Expr::All(other))) = (one.tree(), other.tree()) else { return None };
    let shared: Vec<Expr> = one.iter().filter(|part| other.contains(part)).cloned().collect();
    let rest = |parts: &[Expr]| parts.iter().find(|part| !shared.contains(part)).cloned();
    let parts = |part: Expr| match part {
        Expr::Any(parts) => parts,
        part => vec![part],
    };
    let (first, second) = (rest(one)?, rest(other)?);
    if shared.len() + 1 != one.len() || shared.len() + 1 != other.len() {
        return None;
    }
    let either = Expr::Any(parts(first).into_iter().chain(parts(second)).collect());
    written(join(shared.into_iter().chain([either]).collect(), true))
}

fn hole(asked: &mut Asked<'_, '_>, witness: &Witness) -> Option<(Hole, Region)> {
    let question = asked.question();
    let Tree::Json(demand) = question.required.tree() else { return None };
    let mut filters = Vec::new();
    for filter in question.found.iter().filter(|filter| !filter.is_aside) {
        // One that looks at raw text surely misses this event, or there would be no witness; what else it misses no
        // test says.
        if let Some(Tree::Json(expr)) = filter.tree() {
            filters.push(expr);
        }
    }
    let region = Region::around(&witness.to_json_line(), &filters, demand)?;
    let choice = Choice::find(demand);
    let open = choice.as_ref().map(|choice| asked.open(&region, choice.parts));
    let choices = choice.as_ref().zip(open.as_ref()).filter(|(choice, open)| open.len() < choice.parts.len());
    let choices = choices.map(|(choice, open)| Choices {
        field: choice.field(),
        values: open.iter().map(|at| choice.value(*at)).collect(),
        of: choice.parts.len(),
    });
    let narrowed = match (&choice, &open) {
        (Some(choice), Some(open)) => choice.narrowed(demand, open),
        _ => demand.clone(),
    };
    let causes = causes(&region, demand);
    // What is left out of the listed field says which they are.
    let says_which = |choices: &Choices| {
        causes.iter().any(|cause| matches!(cause, Cause::LeavesOut { field, .. } if *field == choices.field))
    };
    let choices = choices.filter(|choices| !says_which(choices));
    // Which of the listed events are meant says already that they are none of those that were asked for.
    let rest = Region {
        answers: region
            .answers
            .iter()
            .filter(|answer| choices.is_none() || !is_forgotten(answer, demand))
            .cloned()
            .collect(),
    };
    let pattern = rest.parts(question.model).and_then(|parts| {
        let fresh: Vec<Expr> = parts.into_iter().filter(|part| !narrowed.conjuncts().contains(part)).collect();
        written(join(std::iter::once(narrowed).chain(fresh).collect(), true))
    });
    // What is excepted may meet the region all the same.
    let pattern = pattern.and_then(|pattern| {
        let excepted = question.found.iter().filter(|candidate| candidate.is_excepted);
        let meeting: Vec<&Pattern> = excepted
            .filter_map(|candidate| candidate.pattern)
            .filter(|events| may_meet(&pattern, events, question.model))
            .collect();
        if meeting.is_empty() { Some(pattern) } else { without(&pattern, &meeting, question.model) }
    });
    Some((Hole { witness: witness.clone(), causes, choices, pattern }, region))
}

/// A test by which a filter asks for some of what the demand lists, and which these events are not.
fn is_forgotten(answer: &Answer, demand: &Expr) -> bool {
    !answer.is_closer
        && !answer.holds
        && matches!(answer.test.test, Test::Equal(_))
        && asks(demand, &answer.test.selector)
}

fn causes(region: &Region, demand: &Expr) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let refined = |selector: &Selector| {
        region
            .answers
            .iter()
            .find(|answer| answer.holds && answer.test.selector == *selector)
            .map(|answer| &answer.test.test)
    };
    for answer in &region.answers {
        let Comparison { selector, test } = &answer.test;
        let cause = match test {
            _ if answer.is_closer => continue,
            Test::Equal(_) if asks(demand, selector) => Cause::NotAsked,
            Test::NotEqual(operand) => match refined(selector) {
                Some(Test::Equal(_)) => Cause::LeavesOut { field: selector.to_string(), values: vec![value(operand)] },
                Some(Test::NotExists) => Cause::Missing { test: answer.test.to_string() },
                _ => Cause::Fails { test: answer.test.to_string() },
            },
            _ => Cause::Fails { test: answer.test.to_string() },
        };
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    // What is left out or asked for in addition says more than that nothing else asks for it.
    if causes.len() > 1 && region.answers.iter().any(|answer| !answer.is_closer && !is_forgotten(answer, demand)) {
        causes.retain(|cause| *cause != Cause::NotAsked);
    }
    if causes.is_empty() {
        causes.push(Cause::NotAsked);
    }
    causes
}

fn value(operand: &Operand) -> String {
    match operand {
        Operand::Text(literal) => literal.raw().to_owned(),
        Operand::Number(number) => number.text().to_owned(),
        Operand::Regex(regex) => regex.to_string(),
    }
}

/// The longest list of values of one field that a demand asks for: any of them.
struct Choice<'a> {
    list: &'a Expr,
    parts: &'a [Expr],
}

impl<'a> Choice<'a> {
    fn find(demand: &'a Expr) -> Option<Self> {
        let of_one_field = |list: &'a Expr| {
            let Expr::Any(parts) = list else { return None };
            let field = |part: &'a Expr| match part {
                Expr::Test(Comparison { selector, test: Test::Equal(_) }) => Some(selector),
                _ => None,
            };
            let first = field(parts.first()?)?;
            parts.iter().all(|part| field(part) == Some(first)).then_some(Self { list, parts })
        };
        demand.conjuncts().iter().filter_map(of_one_field).max_by_key(|choice| choice.parts.len())
    }

    fn field(&self) -> String {
        match self.parts.first() {
            Some(Expr::Test(Comparison { selector, .. })) => selector.to_string(),
            _ => String::new(),
        }
    }

    fn value(&self, at: usize) -> String {
        match self.parts.get(at) {
            Some(Expr::Test(Comparison { test: Test::Equal(operand), .. })) => value(operand),
            _ => String::new(),
        }
    }

    /// The demand of some of them only.
    fn narrowed(&self, demand: &Expr, open: &[usize]) -> Expr {
        let mut kept: Vec<Expr> = open.iter().filter_map(|at| self.parts.get(*at)).cloned().collect();
        let list = if kept.len() == 1 { kept.remove(0) } else { Expr::Any(kept) };
        match demand {
            Expr::All(parts) => Expr::All(
                parts.iter().map(|part| if part == self.list { list.clone() } else { part.clone() }).collect(),
            ),
            _ => list,
        }
    }
}
