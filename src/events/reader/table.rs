//! Tables: CSV in which a column has events, as Logs Insights and most consoles export them.

use std::io::Read;

use memchr::memmem;

use super::Reader;
use crate::events::envelope::{self, Is, Sink as _};
use crate::events::kind::{CUT_ROW, Kind};
use crate::events::{Gone, LONGEST};

/// A beginning of the input, by which it is known to be a table.
const BEGINNING: usize = 1 << 16;
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How an object begins in a quoted column. Its own quotes are doubled (RFC 4180), and blanks may precede them.
const QUOTED: &[u8] = b"\"{";

impl<R: Read> Reader<'_, R> {
    /// The separator of the columns, if this is a table with events in it.
    pub(super) fn table(&mut self) -> Result<Option<u8>, Gone> {
        while self.window.rest().len() < BEGINNING {
            let is_known =
                self.window.rest().trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
            // The writer of a pipe may let wait.
            let has_rows = !self.window.fills() && memchr::memchr_iter(b'\n', self.window.rest()).nth(1).is_some();
            if is_known || has_rows || !self.more()? {
                break;
            }
        }
        let rest = self.window.rest();
        let beginning = rest.get(..rest.len().min(BEGINNING)).unwrap_or_default();
        if beginning.trim_ascii_start().first().is_none_or(|byte| matches!(byte, b'{' | b'[')) {
            return Ok(None);
        }
        let is_doubled = |at: &usize| {
            beginning.get(at + QUOTED.len()..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"\""))
        };
        let Some(found) = memmem::find_iter(beginning, QUOTED).find(is_doubled) else { return Ok(None) };
        let separator = match found.checked_sub(1).and_then(|before| beginning.get(before)).copied() {
            Some(before) if SEPARATORS.contains(&before) => Some(before),
            Some(b'\n' | b'\r') | None => {
                let heading = super::line(beginning).0;
                Some(SEPARATORS.into_iter().find(|separator| heading.contains(separator)).unwrap_or(b','))
            }
            Some(_) => None,
        };
        Ok(separator)
    }

    /// Reads the rows of a table.
    pub(super) fn rows(&mut self, separator: u8) -> Result<(), Gone> {
        let mut is_first = true;
        loop {
            self.out.at = self.window.position();
            let Some(length) = self.row()? else { return Ok(()) };
            let row = self.window.rest().get(..length).unwrap_or_default();
            if row.trim_ascii().is_empty() {
                self.window.consume(length);
                continue;
            }
            let mut reader =
                csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(row);
            let mut columns = csv::ByteRecord::new();
            let is_read = reader.read_byte_record(&mut columns).unwrap_or(false);
            let mut has_event = false;
            for column in columns.iter().filter(|_| is_read) {
                let column = column.trim_ascii();
                has_event = column.starts_with(b"{") && envelope::open(column, &mut self.out) == Is::Known;
                if has_event {
                    break;
                }
            }
            // The first may be the names of the columns.
            if !has_event && !is_first {
                self.out.note(Kind::Row);
            }
            is_first = false;
            self.window.consume(length);
        }
    }

    /// How long the next row is: it ends where a line ends outside quotes.
    fn row(&mut self) -> Result<Option<usize>, Gone> {
        let (mut searched, mut is_quoted) = (0, false);
        loop {
            let rest = self.window.rest();
            for found in memchr::memchr2_iter(b'"', b'\n', rest.get(searched..).unwrap_or_default()) {
                let at = searched + found;
                if rest.get(at) == Some(&b'"') {
                    is_quoted = !is_quoted;
                } else if !is_quoted {
                    return Ok(Some(at + 1));
                }
            }
            searched = rest.len();
            if searched > LONGEST {
                self.out.tally.too_long += 1;
                self.skip_line()?;
                (searched, is_quoted) = (0, false);
                continue;
            }
            if !self.more()? {
                let left = self.window.rest().len();
                if is_quoted {
                    self.out.tally.damage(self.window.position(), CUT_ROW);
                    self.is_cut = true;
                }
                return Ok((left > 0).then_some(left));
            }
        }
    }
}
