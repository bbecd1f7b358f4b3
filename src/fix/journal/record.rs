//! Reads a journal, of which nothing is believed that cannot be.

use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;

use super::entry::{Entry, Header, SCHEMA_VERSION};
use crate::fix::validate::{Home, Invalid};
use crate::json;

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
    #[error("line 1: {0}")]
    Header(serde_json::Error),
    /// It is of another version.
    #[error("a journal of version {0}, and this program reads version {SCHEMA_VERSION}")]
    Version(u32),
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
    #[error("line {line}: {error}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Record {
    /// Reads a journal, of which nothing is believed that cannot be: see [`validate`](crate::fix::validate). A last line without
    /// an end was torn as it was written, and what it tells was never begun.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn parse(journal: &[u8]) -> Result<Self, JournalError> {
        // A line may be torn within a character, so that it is no text.
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().unwrap_or_default();
        // A blank line is no header, and no empty file.
        if let Some(why) = json::not_an_object(if first.trim_ascii().is_empty() { journal } else { first }) {
            return Err(JournalError::NotAJournal(why));
        }
        let version: Version = serde_json::from_slice(first).map_err(JournalError::Header)?;
        match version.schema_version {
            Some(SCHEMA_VERSION) => {}
            Some(other) => return Err(JournalError::Version(other)),
            None => return Err(JournalError::NotAJournal("it has no schema_version")),
        }
        let header: Header = serde_json::from_slice(first).map_err(JournalError::Header)?;
        let invalid = |line| move |error| JournalError::Invalid { line, error };
        let home = Home::of(&header.account_id, &header.partition, &header.region).map_err(invalid(1))?;
        let (mut entries, mut planned) = (Vec::new(), BTreeSet::new());
        for (at, line) in lines {
            match serde_json::from_slice::<Entry>(line) {
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

#[derive(Deserialize)]
struct Version {
    schema_version: Option<u32>,
}
