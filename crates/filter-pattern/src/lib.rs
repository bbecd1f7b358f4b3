//! CloudWatch Logs filter patterns: read one, evaluate it on an event, put it in words, prove that some cover another.
//!
//! A metric filter's pattern decides which log events count. This crate reads every form of the language, refuses what the
//! service refuses, and decides by meaning: two texts that match the same events are the same to it. It knows nothing of
//! AWS accounts, and of events only what it is given ([`EventModel`]).
//!
//! ```text
//! text ──Pattern::parse──▶ Pattern ──matches──▶ does it match this event?
//!             │               ├─────explain──▶ what does it ask, in words?
//!             │               ├─────covers───▶ do these match every event that that one matches?   no: a witness
//!             │               └─────broader──▶ do these match what that one does not?             yes: a witness
//!             └────────▶ ParseError ──repair──▶ what is wrong with it, and what was meant?
//! ```
//!
//! ```
//! use filter_pattern::{Candidate, Coverage, EventModel, Matched, Pattern, covers};
//!
//! let required = Pattern::parse("{ $.action = delete || $.action = archive }")?;
//! assert_eq!(required.matches(r#"{"action":"archive","by":"ann"}"#), Matched::Yes);
//!
//! // What was deployed leaves out one person. Is that a hole?
//! let deployed = Pattern::parse(r#"{ ($.action = delete || $.action = archive) && $.by != "ann" }"#)?;
//! match covers(&[Candidate::new(&deployed)], &required, &EventModel::default()) {
//!     Coverage::Covered => unreachable!("it is one"),
//!     Coverage::Missed(witness) => {
//!         assert_eq!(required.matches(&witness.to_json_line()), Matched::Yes);
//!         assert_eq!(deployed.matches(&witness.to_json_line()), Matched::No);
//!     }
//!     Coverage::Undecided(why) => unreachable!("nothing here is undocumented: {why}"),
//! }
//! # Ok::<(), filter_pattern::ParseError>(())
//! ```
//!
//! # The language
//!
//! The first character decides the form.
//!
//! ```text
//! pattern    = "" | json | columns | regex | terms
//! json       = "{" any "}"
//! any        = all { "||" all }           all = part { "&&" part }          part = "(" any ")" | test
//! test       = selector ( "=" | "!=" ) value | selector ( "<" | "<=" | ">" | ">=" ) number
//!            | selector IS ( NULL | TRUE | FALSE ) | selector NOT EXISTS
//! selector   = "$" ( ".name" | ".['any name']" | "[0]" | "[*]" | ".*" ) …
//! value      = "quoted" | %regex% | bare
//! columns    = "[" [ column { "," column } ] "]"        column = "..." | "" | name | name = value || name = value …
//! terms      = [ "?" | "-" ] ( word | "quoted" ) …
//! ```
//!
//! - The empty pattern matches every event.
//! - `{ … }` looks into events that are JSON objects; others do not match. Letter case counts. `*` in a value stands for any
//!   text. `!=` is not the negation of `=`: where the field is missing, null, a boolean, a list or an object, neither holds.
//!   A number has a text too, so `$.code = 4*` matches `404`.
//! - Terms look at the raw text of an event: all are to be there, those with `-` are not. Those with `?` count only where
//!   there are no others, and then one of them is enough.
//! - `%…%` by itself searches the raw text, too. Regular expressions know no groups, and a pattern holds two at most.
//! - `[…]` splits a line at blanks, quotes and brackets kept together.
//!
//! # Texts as people paste them
//!
//! Where a text is refused only for what copying leaves behind, such as typographic quotes, `&amp;` or `\"`, or for what
//! other languages have, such as `==` and `AND`, [`ParseError::repair`] names the faults and gives the pattern that was
//! meant. It is an offer, which [`Pattern::parse`] never takes by itself.
//!
//! # What is decided, and what is not
//!
//! Every answer is three-valued, here as *yes*, *no* and *unknown* ([`Matched`]), there as *covered*, *missed* and
//! *undecided* ([`Coverage`]). A yes or a no is never a guess:
//!
//! - *Covered* is a proof. The decision procedure has looked at all events that the model allows, the undocumented
//!   constructs taken either way.
//! - *Missed* comes with a [`Witness`], one concrete event. It was evaluated before it was handed out: the demand matches
//!   it, no filter does.
//! - *Unknown* and *undecided* name a [`Construct`]: what AWS does not document, such as an inner star (`a*b` on `aXbXb`),
//!   a star before a text that occurs twice, an escape within quotes, `$` before a line's end, a duplicate key. Where the
//!   possible meanings agree, the answer is a yes or a no all the same.
//! - Undecided is also what would take too long, or would need more elements of a list than are reasoned about.
//!
//! Coverage is about events that are JSON objects. A pattern on raw text is decided there only if the spelling of an
//! event, the order of its keys and the blanks between them, makes no difference.
//!
//! # Input safety
//!
//! Patterns and events may come from any source. Nothing panics, no recursion follows the depth of an event, that in a
//! pattern is limited by the parser ([`ErrorKind::TooDeep`]), and the work is bounded: evaluation takes time by the
//! length of the event, regular expressions being automata without backtracking, and a question of coverage that is too
//! hard ends after some dozen milliseconds with *undecided*.

#![forbid(unsafe_code)]

// In layers: each uses those below its own, and nothing else.
mod blame;
mod explain;
mod pattern_set;

mod prefilter;
mod prove;

mod pattern;

mod eval;

mod syntax;

pub use crate::blame::excluding;
pub use crate::eval::construct::Construct;
pub use crate::eval::outcome::{Examined, Matched};
pub use crate::explain::{Line, explain};
pub use crate::pattern::{LONGEST, Pattern};
pub use crate::pattern_set::{ExaminedBySet, PatternSet};
pub use crate::prefilter::{Left, Occurrences, Prefilter};
pub use crate::prove::aims::aims_at;
pub use crate::prove::candidate::Candidate;
pub use crate::prove::coverage::Coverage;
pub use crate::prove::covers::{broader, covers, covers_quickly, is_covered};
pub use crate::prove::exceptions::{may_meet, without};
pub use crate::prove::holes::{Cause, Choices, Hole, Holes, holes};
pub use crate::prove::kind::Kinds;
pub use crate::prove::model::{EventModel, Fact, Facts, Field};
pub use crate::prove::slips::{Difference, Slip, mentions, slips};
pub use crate::prove::witness::Witness;
pub use crate::syntax::error::{ErrorKind, ParseError};
pub use crate::syntax::repair::Repair;
pub use crate::syntax::repair::fault::{Fault, FaultKind};
pub use crate::syntax::span::Span;

/// What the README shows runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
