//! What is damaged: names it, finds where the next event begins, and minds how much was looked at in vain.

use std::io::Read;

use memchr::memmem;

use super::Reader;
use crate::events::kind::{CUT, CUT_ROW};
use crate::events::{Gone, LONGEST};

impl<R: Read> Reader<'_, R> {
    /// Names a damaged part; that the input ends early, once.
    pub(super) fn damage(&mut self, at: u64, what: &'static str) {
        if what != CUT || !self.is_cut {
            self.out.tally.damage(at, what);
        }
        self.is_cut |= matches!(what, CUT | CUT_ROW);
        self.damaged_at = Some(at);
    }

    /// Notes that what is at hand was looked at from there on, and did not end. Where that was much, documents are looked for no
    /// more: each that does not end is looked at to the end of what is at hand.
    pub(super) fn looked_in_vain(&mut self, from: usize) {
        self.looked_at_in_vain(self.window.rest().len().saturating_sub(from));
    }

    /// The same of so many bytes.
    pub(super) fn looked_at_in_vain(&mut self, length: usize) {
        /// In bytes.
        const MOST: u64 = 8 * LONGEST as u64;
        self.in_vain += length as u64;
        if self.in_vain > MOST {
            self.only_lines_before = u64::MAX;
        }
    }

    /// Steps to where the next event begins, at or behind this byte. `indent`: what precedes the elements of a list in their
    /// lines.
    pub(super) fn resync(&mut self, from: usize, indent: &[u8]) -> Result<(), Gone> {
        /// What a beginning may be, which the end of what is at hand may cut.
        const BEGINNING: usize = 256;
        self.window.consume(from);
        loop {
            let rest = self.window.rest();
            if let Some(found) = next_event(rest, indent) {
                self.window.consume(found);
                return Ok(());
            }
            let passed = rest.len().saturating_sub(BEGINNING);
            self.window.consume(passed);
            if !self.more()? {
                let left = self.window.rest().len();
                self.window.consume(left);
                return Ok(());
            }
        }
    }
}

/// Where an event begins: by its first member, or at the beginning of a line behind these blanks.
pub(super) fn next_event(rest: &[u8], indent: &[u8]) -> Option<usize> {
    let by_member = memmem::find_iter(rest, b"\"eventVersion\"").find_map(|found| {
        let before = rest.get(..found)?.trim_ascii_end();
        before.ends_with(b"{").then(|| before.len() - 1)
    });
    let line = [b"\n", indent, b"{"].concat();
    let by_line = memmem::find(rest, &line).map(|found| found + line.len() - 1);
    match (by_member, by_line) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
