//! Tables: CSV in which a column has events, as Logs Insights and most consoles export them. What is no row in a table is a
//! line or a document as elsewhere.

use std::io::Read;

use super::Reader;
use super::text::parts;
use crate::events::block::line;
use crate::events::envelope::{self, Is, Sink as _};
use crate::events::json::value;
use crate::events::kind::{CUT_ROW, Kind, NO_ROW, NOT_WHOLE};
use crate::events::{Gone, LONGEST};

/// A beginning of the input, by which it is known to be a table.
const BEGINNING: usize = 1 << 16;
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the next row ends.
enum Row {
    /// It is this long, with its line end.
    Whole(usize),
    /// Its quotes are not where those of a row are.
    Odd,
    /// The input ends inside it.
    Cut,
}

/// Where a scan of a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before a column.
    Before,
    /// In a column without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// Behind a quote in quotes.
    Behind,
}

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
        let is_json = beginning.trim_ascii_start().first().is_none_or(|byte| matches!(byte, b'{' | b'['));
        Ok(if is_json { None } else { separator(beginning) })
    }

    /// Reads one row of a table; or its first line, if it is none.
    pub(super) fn table_row(&mut self, separator: u8) -> Result<bool, Gone> {
        let length = match self.row(separator)? {
            Row::Whole(0) => return Ok(false),
            Row::Whole(length) => length,
            Row::Odd => return self.text(Some(NO_ROW)),
            Row::Cut => return self.text(Some(CUT_ROW)),
        };
        let row = self.window.rest().get(..length).unwrap_or_default();
        if row.trim_ascii().is_empty() {
            self.window.consume(length);
            return Ok(true);
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(row);
        let mut columns = csv::ByteRecord::new();
        let is_read = reader.read_byte_record(&mut columns).unwrap_or(false);
        let mut siblings = envelope::Siblings::new(&mut self.out, false);
        let mut has_event = false;
        // Beside an event, what has no version is about it.
        let has_version = columns.iter().any(envelope::may_hold);
        for column in columns.iter().filter(|column| is_read && (!has_version || envelope::may_hold(column))) {
            has_event |= cell(column.trim_ascii(), &mut siblings);
            siblings.turn();
        }
        // The first may be the names of the columns.
        if !has_event && !self.is_heading_next {
            self.out.note(Kind::Row);
        }
        self.is_heading_next = false;
        self.window.consume(length);
        Ok(true)
    }

    /// How the next row ends: where a line ends outside quotes.
    fn row(&mut self, separator: u8) -> Result<Row, Gone> {
        let (mut at, mut place) = (0, Place::Before);
        // Of a table in which much was looked at in vain, each line is a row.
        let is_one_line = self.only_lines_before == u64::MAX;
        loop {
            let rest = self.window.rest();
            while let Some(byte) = rest.get(at).copied() {
                at += 1;
                place = match (place, byte) {
                    (Place::Quoted, b'"') if rest.get(at) != Some(&b'"') => Place::Behind,
                    (Place::Quoted, b'\n') if is_one_line => return Ok(Row::Odd),
                    (Place::Quoted, byte) => {
                        // A quote that is doubled is one of the text.
                        at += usize::from(byte == b'"');
                        let left = rest.get(at..).unwrap_or_default();
                        at += memchr::memchr2(b'"', b'\n', left).unwrap_or(left.len());
                        Place::Quoted
                    }
                    (_, b'\n') => return Ok(Row::Whole(at)),
                    (_, byte) if byte == separator => Place::Before,
                    (Place::Before, b'"') => Place::Quoted,
                    (Place::Behind, b'"') if rest.get(at.wrapping_sub(2)) == Some(&b'"') => Place::Quoted,
                    (Place::Before | Place::Behind, byte) if byte.is_ascii_whitespace() => place,
                    (Place::Behind, _) => {
                        self.looked_at_in_vain(at);
                        return Ok(Row::Odd);
                    }
                    (Place::Before | Place::Plain, _) => Place::Plain,
                };
            }
            if at > LONGEST {
                self.looked_at_in_vain(at);
                return Ok(Row::Odd);
            }
            if !self.more()? {
                if place != Place::Quoted {
                    return Ok(Row::Whole(self.window.rest().len()));
                }
                self.looked_at_in_vain(at);
                let is_line = memchr::memchr(b'\n', self.window.rest()).is_none();
                return Ok(if is_line { Row::Cut } else { Row::Odd });
            }
        }
    }
}

/// The separator of the columns, by the first that has an object in quotes. Its own quotes are doubled (RFC 4180); blanks may be
/// in it, and a time or a name before it.
pub(super) fn separator(table: &[u8]) -> Option<u8> {
    /// What precedes an object in its column is no longer.
    const LONGEST_PREFIX: usize = 512;
    let begins = |at: usize| {
        let rest = table.get(at + 1..)?.trim_ascii_start().strip_prefix(b"\"\"")?;
        rest.first().filter(|byte| byte.is_ascii_alphanumeric() || **byte == b'"')?;
        let before = table.get(at.saturating_sub(LONGEST_PREFIX)..at)?;
        let quote = at - (before.len() - memchr::memrchr2(b'"', b'\n', before)?);
        (table.get(quote) == Some(&b'"')).then_some(quote)
    };
    let found =
        memchr::memchr_iter(b'{', table).filter(|at| table.get(at + 1..).is_some_and(is_quoted)).find_map(begins)?;
    match found.checked_sub(1).and_then(|before| table.get(before)).copied() {
        Some(before) if SEPARATORS.contains(&before) => Some(before),
        Some(b'\n' | b'\r') | None => {
            let heading = line(table).0;
            Some(SEPARATORS.into_iter().find(|separator| heading.contains(separator)).unwrap_or(b','))
        }
        Some(_) => None,
    }
}

/// Whether a text begins with a doubled quote.
fn is_quoted(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"\"\"")
}

/// The events in a column, and whether there are any.
fn cell(text: &[u8], sink: &mut envelope::Siblings<'_>) -> bool {
    if let Some((json, [])) = value(text).filter(|(json, _)| matches!(json.first(), Some(b'{' | b'['))) {
        return envelope::open(json, sink) == Is::Known;
    }
    let parts = parts(text);
    for (json, _) in parts.values.iter().filter(|(_, holds_event)| *holds_event) {
        envelope::open(json, sink);
    }
    if parts.has_fragment {
        sink.damage(NOT_WHOLE);
    }
    !parts.values.is_empty() || parts.has_fragment || envelope::packed(text, sink)
}
