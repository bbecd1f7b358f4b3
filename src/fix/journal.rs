//! The Journal: what a fix did, written down before it was done.
//!
//! One JSON object a line: first a [`Header`], then [`Entry`] after entry. An entry of a call that begins is on the disk
//! before the call is made, so that whatever ends the run, every resource that it may have created is named here, with
//! its whole content. A line that the end of a run tore is no entry.

mod entry;
mod record;
mod writer;

#[cfg(feature = "aws")]
pub(super) use self::entry::note;
pub use self::entry::{Attempt, End, Entry, Header, SCHEMA_VERSION, State};
pub use self::record::{JournalError, Record};
pub use self::writer::{Journal, Log, first_line, whole_lines};

#[cfg(test)]
pub(crate) mod tests;
