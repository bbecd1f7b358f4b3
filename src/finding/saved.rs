//! The results of an audit that was read from a saved report: as they are there, for findings hold less of them.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::value::RawValue;

/// Results as a report has them, each in one line, in the order of the findings.
#[derive(Debug, Clone, Default)]
pub enum SavedRows {
    /// The audit is of this run.
    #[default]
    None,
    /// They are in memory.
    Held(Vec<Box<RawValue>>),
    /// They are where they were read, and are read again when they are written.
    Kept(Arc<dyn RowSource>),
}

/// Where results are that are not in memory.
pub trait RowSource: fmt::Debug + Send + Sync {
    /// Reads them.
    ///
    /// # Errors
    /// They cannot be read, or are not what they were.
    fn rows(&self) -> io::Result<Vec<Box<RawValue>>>;
}

impl SavedRows {
    /// Whether the audit is of this run.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// All of them.
    ///
    /// # Errors
    /// As [`RowSource::rows`].
    pub fn rows(&self) -> io::Result<Cow<'_, [Box<RawValue>]>> {
        match self {
            Self::None => Ok(Cow::Borrowed(&[])),
            Self::Held(rows) => Ok(Cow::Borrowed(rows)),
            Self::Kept(source) => source.rows().map(Cow::Owned),
        }
    }

    /// Adds one to those in memory.
    pub fn push(&mut self, row: Box<RawValue>) {
        match self {
            Self::Held(rows) => rows.push(row),
            Self::None | Self::Kept(_) => *self = Self::Held(vec![row]),
        }
    }
}
