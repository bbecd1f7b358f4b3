//! Reads a journal, of which nothing is believed that cannot be.
//!
//! A journal is undone by what it says: a field that is not known is refused, and not passed over as in a saved
//! account. It could be part of what was done.

use std::collections::BTreeSet;

use thiserror::Error;

use super::entry::{Entry, Header, SCHEMA_VERSION};
use crate::document::{self, Head, Misshapen, Refusal};
use crate::fix::validate::{Home, Invalid};

/// A journal that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Of which run.
    pub header: Header,
    /// What it did, in order.
    pub entries: Vec<Entry>,
}

/// A journal that cannot be read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It is something else.
    #[error("{0}")]
    NotAJournal(&'static str),
    /// There is no header.
    #[error("line 1: {}", .0.error)]
    Header(Misshapen),
    /// It is of another version.
    #[error("a journal of version {0}, and this program reads version {SCHEMA_VERSION}")]
    Version(u64),
    /// Something in it is not what it must be.
    #[error("line {line}: {error}")]
    Invalid {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: Invalid,
    },
    /// What a call made is not known.
    #[error("line {line}: no line before it says what the step {step} is")]
    Unplanned {
        /// Its number, from 1.
        line: usize,
        /// The step that it is about.
        step: String,
    },
    /// A line that is not the last is broken.
    #[error("line {line}: {}", .error.error)]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: Misshapen,
    },
}

impl From<Refusal> for JournalError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Other(why) => Self::NotAJournal(why),
            Refusal::Misshapen(error) => Self::Header(error),
            Refusal::Newer(found) => Self::Version(found),
        }
    }
}

impl Record {
    /// Reads a journal, of which nothing is believed that cannot be: see [`validate`](crate::fix::validate). A last
    /// line without an end was torn as it was written, and what it describes was never begun.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn parse(journal: &[u8]) -> Result<Self, JournalError> {
        // A line may be torn within a character, so that it is no text.
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().unwrap_or_default();
        // A blank line is no header, and no empty file.
        let is_blank = first.trim_ascii().is_empty();
        match Head::parse(if is_blank { journal } else { first }) {
            Ok(_) | Err(Refusal::Misshapen(_)) if is_blank => {}
            head => head?.check(SCHEMA_VERSION)?,
        }
        let header: Header = document::exactly(first).map_err(JournalError::Header)?;
        let invalid = |line| move |error| JournalError::Invalid { line, error };
        let home = Home::parse(&header.account_id, &header.partition, &header.region).map_err(invalid(1))?;
        let (mut entries, mut planned) = (Vec::new(), BTreeSet::new());
        for (at, line) in lines {
            match document::exactly::<Entry>(line) {
                Ok(entry) => {
                    if let Some(step) = &entry.plan {
                        home.check(step)
                            .and_then(|()| Invalid::unless_same(&step.id, &entry.step))
                            .map_err(invalid(at + 1))?;
                        planned.insert(entry.step.clone());
                    }
                    if !planned.contains(&entry.step) {
                        return Err(JournalError::Unplanned { line: at + 1, step: entry.step });
                    }
                    entries.push(entry);
                }
                Err(_) if !line.ends_with(b"\n") => break,
                Err(error) => return Err(JournalError::Line { line: at + 1, error }),
            }
        }
        Ok(Self { header, entries })
    }
}
