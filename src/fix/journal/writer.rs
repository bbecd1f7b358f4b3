//! Writes a journal. Where its lines go, a file or a test's memory, is for who implements [`Log`].

use std::collections::BTreeSet;
use std::io;

use jiff::Timestamp;
use serde::Serialize;

use super::entry::{End, Entry, Header, State};
use crate::document;
use crate::fix::plan::Step;

/// Where a journal's lines go.
pub trait Log {
    /// Writes a line in one piece, so that two are never torn into each other.
    ///
    /// # Errors
    /// It could not be written.
    fn write(&mut self, line: &[u8]) -> io::Result<()>;
    /// Returns when all that was written outlives the machine.
    ///
    /// # Errors
    /// It may not.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes a journal.
pub struct Journal {
    log: Box<dyn Log>,
    /// Steps that have been written down in full.
    recorded: BTreeSet<String>,
}

impl Journal {
    /// A journal whose log holds its first line, and ends with a whole one.
    #[must_use]
    pub fn behind(log: Box<dyn Log>) -> Self {
        Self { log, recorded: BTreeSet::new() }
    }

    /// What a step made is gone.
    ///
    /// # Errors
    /// It could not be written.
    pub fn undone(&mut self, step: &Step) -> io::Result<()> {
        self.line(&entry(step, "", "", State::Undone))?;
        self.log.sync()
    }

    /// A call of a step is about to be made: on the disk when this returns.
    ///
    /// # Errors
    /// It could not be written: the call must not be made.
    pub fn begun(&mut self, step: &Step, call: &str, resource: &str, at: Timestamp) -> io::Result<()> {
        let plan = (!self.recorded.contains(&step.id)).then(|| step.clone());
        self.line(&Entry { plan, at: Some(at), ..entry(step, call, resource, State::Begun) })?;
        self.log.sync()?;
        self.recorded.insert(step.id.clone());
        Ok(())
    }

    /// The call was made, and this became of it.
    ///
    /// # Errors
    /// It could not be written.
    pub fn ended(&mut self, step: &Step, call: &str, resource: &str, at: Timestamp, end: End<'_>) -> io::Result<()> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.line(&Entry {
            at: Some(at),
            made: owned(end.made),
            message: owned(end.reason),
            ..entry(step, call, resource, end.state.clone())
        })
    }

    /// In one write, so that two lines are never torn into each other.
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.log.write(&line(value)?)
    }
}

/// The first line of a journal.
///
/// # Errors
/// None that a test would not have found.
pub fn first_line(header: &Header) -> io::Result<Vec<u8>> {
    line(header)
}

/// Up to where a journal's lines are whole, in bytes, and whether the last of them lacks its end: a run that was ended may
/// have torn its last line, or torn it from its end.
#[must_use]
pub fn whole_lines(written: &[u8]) -> (usize, bool) {
    let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let torn = written.get(whole..).unwrap_or_default();
    if document::exactly::<Entry>(torn).is_ok() { (written.len(), true) } else { (whole, false) }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn entry(step: &Step, call: &str, resource: &str, state: State) -> Entry {
    Entry {
        step: step.id.clone(),
        call: call.to_owned(),
        resource: resource.to_owned(),
        state,
        at: None,
        made: None,
        message: None,
        plan: None,
    }
}
