//! x
#![forbid(unsafe_code)]

mod eval;
mod explain;
mod pattern;
mod prove;
mod syntax;

pub use crate::eval::construct::Construct;
pub use crate::eval::outcome::{Examined, Matched};
pub use crate::explain::{Line, explain};
pub use crate::pattern::{LONGEST, Pattern};
pub use crate::prove::aims::aims_at;
pub use crate::prove::candidate::Candidate;
pub use crate::prove::covers::{Coverage, broader, covers, is_covered};
pub use crate::prove::kind::Kinds;
pub use crate::prove::model::{EventModel, Fact, Field};
pub use crate::prove::witness::Witness;
pub use crate::syntax::error::{ErrorKind, ParseError};
pub use crate::syntax::span::Span;
