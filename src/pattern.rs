//! CloudWatch Logs filter patterns: read one, evaluate it on an event, prove that some cover another.
//!
//! The JSON form is decided in full:
//!
//! ```text
//! { ($.eventSource = "iam.amazonaws.com") && (($.eventName = Put*Policy) || ($.errorCode NOT EXISTS)) }
//! ```
//!
//! with selectors `$.a.b[0]`, `$.a[*]`, `$.['a.b']`; `=` and `!=` with quoted or bare text, wildcards, numbers and
//! `%regular expressions%`; `<` `<=` `>` `>=` with numbers; `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`; `&&` before
//! `||`, brackets. An empty pattern matches everything. Term patterns are decided where a term cannot be in an event at
//! all; other forms are unknown.
//!
//! Three answers, not two: what the service does not document is unknown, and the construct is named. Nothing here knows
//! of accounts.

use std::fmt;

mod ast;
mod classes;
mod cloudtrail;
mod covers;
mod error;
mod event;
mod matching;
mod parser;
mod regex;
#[cfg(test)]
mod tests;
mod truth;
mod witness;

pub use self::error::{ErrorKind, ParseError, Span};
pub use self::witness::Witness;

use self::ast::Node;
use self::covers::{Question, Search};
use self::truth::Truth;

/// A filter pattern, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Everything,
    Json(Node),
    /// Every one of these words must be in the event's text.
    Words(Vec<String>),
    Other(Construct),
}

/// What cannot be decided, in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Construct(String);

impl Construct {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a pattern matches an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The service's answer is not known: why.
    Unknown(Construct),
}

/// Whether filters match everything that is demanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// Every demanded event is matched.
    Covered,
    /// This one is not.
    Missed(Witness),
    /// It hangs on what is not known.
    Undecided(Construct),
}

/// Longer patterns are not deployed: the service accepts 1,024 characters.
const LONGEST: usize = 64 * 1024;

impl Pattern {
    /// Reads the pattern of a deployed filter; blanks around it are trimmed.
    ///
    /// # Errors
    /// What the service would refuse, with kind and place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
        if trimmed.len() > LONGEST {
            let start: String = trimmed.chars().take(80).collect();
            return Err(ParseError::new(ErrorKind::TooLong, Span { start: 0, end: start.len() }, &start));
        }
        let form = match trimmed.as_bytes().first() {
            None => Form::Everything,
            Some(b'{') => Form::Json(parser::parse(trimmed)?),
            Some(b'[') => match trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim) {
                None => {
                    let span = Span { start: 0, end: trimmed.len() };
                    return Err(ParseError::new(ErrorKind::Unclosed, span, trimmed));
                }
                Some("" | "...") => Form::Everything,
                Some(_) => Form::Other(Construct::new("a space-delimited pattern")),
            },
            Some(b'%') => Form::Other(Construct::new("a regular expression on the whole event")),
            Some(_) => words(trimmed),
        };
        Ok(Self { source: trimmed.to_owned(), form })
    }

    /// The text it was read from, without blanks around it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates it on a log event's text.
    #[must_use]
    pub fn matches(&self, event: &str) -> Matched {
        let truth = match &self.form {
            Form::Everything => Truth::True,
            Form::Json(node) => match event::read(event) {
                Some(json) => matching::node(node, &json),
                None => Truth::False,
            },
            Form::Words(words) if words.iter().any(|word| !event.contains(word.as_str())) => Truth::False,
            Form::Words(_) => Truth::Unknown(Construct::new("a term pattern on the event's text")),
            Form::Other(construct) => Truth::Unknown(construct.clone()),
        };
        match truth {
            Truth::True => Matched::Yes,
            Truth::False => Matched::No,
            Truth::Unknown(construct) => Matched::Unknown(construct),
        }
    }
}

impl Pattern {
    /// The one test for which the pattern does not match an event, in words, where it is one test and not a choice of
    /// several.
    #[must_use]
    pub fn unmet(&self, event: &str) -> Option<String> {
        let (Form::Json(node), Some(event)) = (&self.form, event::read(event)) else { return None };
        let test = matching::unmet(node, &event)?;
        let missing = if matching::is_missing(test, &event) {
            " does not hold where the field is missing"
        } else {
            " does not hold"
        };
        Some(format!("{test}{missing}"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Json(node) => write!(f, "{{ {node} }}"),
            Form::Everything | Form::Words(_) | Form::Other(_) => f.write_str(&self.source),
        }
    }
}

/// A term pattern of plain words; any other is beyond this engine.
fn words(text: &str) -> Form {
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let words: Vec<String> = text.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
    if words.iter().all(|word| !word.is_empty() && plain(word)) {
        Form::Words(words)
    } else {
        Form::Other(Construct::new("a term pattern"))
    }
}

/// A deployed filter as coverage sees it.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pattern: Option<&'a Pattern>,
    doubt: Option<String>,
}

impl<'a> Candidate<'a> {
    /// A filter that matches what its pattern matches.
    #[must_use]
    pub fn new(pattern: &'a Pattern) -> Self {
        Self { pattern: Some(pattern), doubt: None }
    }

    /// A filter with a further condition of unknown outcome.
    #[must_use]
    pub fn gated(self, why: &'static str) -> Self {
        Self { doubt: Some(why.to_owned()), ..self }
    }

    /// A filter whose pattern could not be read.
    #[must_use]
    pub fn opaque(why: String) -> Self {
        Self { pattern: None, doubt: Some(why) }
    }

    /// Whether it may match an event.
    fn may_match(&self, event: &str) -> bool {
        self.pattern.is_none_or(|pattern| match &pattern.form {
            // What any record may hold besides the little that a witness shows.
            Form::Words(words) => words.iter().all(|word| event.contains(word.as_str()) || cloudtrail::is_common(word)),
            Form::Everything | Form::Json(_) | Form::Other(_) => pattern.matches(event) != Matched::No,
        })
    }

    fn is_everything(&self) -> bool {
        self.doubt.is_none() && self.pattern.is_some_and(|pattern| pattern.form == Form::Everything)
    }

    fn node(&self) -> Option<&'a Node> {
        self.pattern.and_then(|pattern| match &pattern.form {
            Form::Json(node) => Some(node),
            Form::Everything | Form::Words(_) | Form::Other(_) => None,
        })
    }

    /// Of a term pattern: its words among the fields that a demand looks at, which is where a witness can avoid them.
    fn words_among(&self, demand: &Node) -> Option<Node> {
        let Form::Words(words) = &self.pattern?.form else { return None };
        let mut selectors: Vec<_> = covers::tests(demand).into_iter().map(|test| &test.selector).collect();
        selectors.sort();
        selectors.dedup();
        let holds = |word: &String| {
            let check = ast::Check::Equal(ast::Operand::Text(format!("*{word}*")));
            let test = |selector: &&ast::Selector| {
                Node::Test(ast::Test { selector: (*selector).clone(), check: check.clone() })
            };
            Node::Any(selectors.iter().map(test).collect())
        };
        Some(Node::All(words.iter().map(holds).collect()))
    }

    /// What is not known about it, whatever the event.
    fn doubt(&self) -> Option<Construct> {
        match (&self.doubt, self.pattern.map(|pattern| &pattern.form)) {
            (Some(why), _) => Some(Construct::new(why.clone())),
            (None, Some(Form::Other(construct))) => Some(construct.clone()),
            (None, Some(Form::Words(_))) => Some(Construct::new("a term pattern")),
            (None, _) => None,
        }
    }
}

/// Do these filters together match every CloudTrail event that `required` matches?
#[must_use]
pub fn covers(found: &[Candidate<'_>], required: &Pattern) -> Coverage {
    if found.iter().any(Candidate::is_everything) {
        return Coverage::Covered;
    }
    let Form::Json(demand) = &required.form else {
        return Coverage::Undecided(Construct::new("a demand that is no JSON pattern"));
    };
    let too_complex = || Coverage::Undecided(Construct::new("too complex"));
    // Filters that are certain but for their tests: only they can prove anything.
    let certain = found.iter().filter(|candidate| candidate.doubt().is_none());
    let proof = Question { holds: vec![demand], fails: certain.filter_map(Candidate::node).collect(), plain_but: None };
    match covers::search(&proof, false) {
        Search::Nothing => return Coverage::Covered,
        Search::TooComplex => return too_complex(),
        Search::Found(_) => {}
    }
    let worded: Vec<Node> = found.iter().filter_map(|candidate| candidate.words_among(demand)).collect();
    let fails = found.iter().filter_map(Candidate::node).chain(&worded).collect();
    let all = Question { holds: vec![demand], fails, plain_but: None };
    match covers::search(&all, true) {
        Search::Found(values) => match checked(&values, found, required) {
            Some(witness) => Coverage::Missed(witness),
            None => Coverage::Undecided(doubt(found)),
        },
        Search::Nothing => Coverage::Undecided(doubt(found)),
        Search::TooComplex => too_complex(),
    }
}

/// The witness, if the evaluator agrees that it is one.
fn checked(values: &[(ast::Selector, event::Json)], found: &[Candidate<'_>], required: &Pattern) -> Option<Witness> {
    let witness = Witness::of(values)?;
    let event = witness.to_json_line();
    let demanded = required.matches(&event) == Matched::Yes;
    (demanded && !found.iter().any(|candidate| candidate.may_match(&event))).then_some(witness)
}

fn doubt(found: &[Candidate<'_>]) -> Construct {
    found.iter().find_map(Candidate::doubt).unwrap_or_else(|| Construct::new("a test whose outcome is not documented"))
}

/// An event that the filters match for certain and `required` does not, if there is one.
#[must_use]
pub fn broader(found: &[Candidate<'_>], required: &Pattern) -> Option<Witness> {
    let Form::Json(demand) = &required.form else { return None };
    found.iter().filter(|candidate| candidate.doubt().is_none()).find_map(|candidate| {
        let holds = candidate.node().into_iter().collect();
        let Search::Found(values) = covers::search(&Question { holds, fails: vec![demand], plain_but: None }, true)
        else {
            return None;
        };
        let witness = Witness::of(&values)?;
        let event = witness.to_json_line();
        let matched = candidate.pattern.is_some_and(|pattern| pattern.matches(&event) == Matched::Yes);
        (matched && required.matches(&event) == Matched::No).then_some(witness)
    })
}

/// Whether a filter looks meant for what `required` demands: it matches one of the plainest such events, or nothing but
/// events of which at least one of the demand's tests is true. A filter of all a root user does is not meant for route
/// tables, though both may match one event.
#[must_use]
pub fn aims_at(found: &Candidate<'_>, required: &Pattern) -> bool {
    if found.is_everything() {
        return true;
    }
    let (Form::Json(demand), Some(node)) = (&required.form, found.node()) else { return found.doubt().is_some() };
    let found_any = |question: &Question<'_>| !matches!(covers::search(question, false), Search::Nothing);
    let overlaps = |plain_but| found_any(&Question { holds: vec![demand, node], fails: Vec::new(), plain_but });
    // Most filters of an account are about something else altogether.
    if !overlaps(None) {
        return false;
    }
    if overlaps(Some(demand)) {
        return true;
    }
    let tests = covers::tests(demand).into_iter().map(|test| Node::Test(test.clone())).collect::<Vec<_>>();
    let unrelated = Question { holds: vec![node], fails: tests.iter().collect(), plain_but: None };
    !found_any(&unrelated)
}
