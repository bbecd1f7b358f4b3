//! Lines that are no JSON document: text, text round events, and what is left of an event that was cut.

use std::io::Read;

use super::Reader;
use super::table;
use super::text::{self, is_binary, parts};
use crate::events::block::{is_json, line};
use crate::events::envelope::{self, Sink as _};
use crate::events::kind::{Kind, NO_TEXT, NOT_WHOLE};
use crate::events::{Gone, LONGEST};

/// What precedes a document in its first line is no longer.
const LONGEST_PREFIX: usize = 512;

/// What a line is.
pub(super) enum Line {
    /// Whole, and this long with its end.
    Whole(usize),
    /// It goes on behind what was looked at.
    Long,
    /// There is none.
    End,
}

impl<R: Read> Reader<'_, R> {
    /// How long the line is that begins `from` bytes behind the front, up to this length.
    pub(super) fn line_length(&mut self, from: usize, most: usize) -> Result<Line, Gone> {
        let mut searched = from;
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr::memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                return Ok(Line::Whole(searched + found + 1 - from));
            }
            searched = rest.len();
            if searched > from + most {
                return Ok(Line::Long);
            }
            if !self.more()? {
                let left = self.window.rest().len().saturating_sub(from);
                return Ok(if left == 0 { Line::End } else { Line::Whole(left) });
            }
        }
    }

    /// The next line, or the next row of a table, whatever is in it. False at the end of the input.
    pub(super) fn line(&mut self) -> Result<bool, Gone> {
        self.out.at = self.window.position();
        if let Some(separator) = self.separator {
            return self.table_row(separator);
        }
        let used = match self.line_length(0, LONGEST)? {
            Line::Whole(used) => used,
            Line::End | Line::Long => return self.text(None),
        };
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        match table::separator(text) {
            // A table that begins behind something else.
            Some(separator) => self.table_row(separator),
            None => self.text(None),
        }
    }

    /// The next line as text. `odd`: what is wrong with it if no event is in it.
    pub(super) fn text(&mut self, odd: Option<&'static str>) -> Result<bool, Gone> {
        let used = match self.line_length(0, LONGEST)? {
            Line::End => return Ok(false),
            Line::Whole(used) => used,
            Line::Long => {
                self.out.tally.too_long += 1;
                self.skip_line()?;
                return Ok(true);
            }
        };
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        if text.is_empty() {
            self.window.consume(used);
            return Ok(true);
        }
        let mut found = parts(text);
        if odd.is_none() && (found.values.is_empty() || found.has_fragment) {
            if let Some(passed) = self.before_document(used)? {
                self.window.consume(passed);
                return Ok(true);
            }
            // Reading on may have moved it.
            found = parts(line(self.window.rest().get(..used).unwrap_or_default()).0);
        }
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        let has_values = !found.values.is_empty();
        for (json, holds_event) in &found.values {
            if *holds_event {
                envelope::open(json, &mut self.out);
            } else if is_json(json) {
                self.out.event(json, false);
                self.out.note(Kind::Object);
            }
        }
        let is_text = !has_values && !envelope::packed(text, &mut self.out);
        let has_fragment = found.has_fragment;
        self.end_line(used, odd.filter(|_| !has_values), has_fragment, is_text);
        Ok(true)
    }

    /// Names what is wrong with this line, hands it on if it is text, and steps behind it.
    fn end_line(&mut self, used: usize, odd: Option<&'static str>, has_fragment: bool, is_text: bool) {
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        let (begin, end) = (self.out.at, self.out.at + used as u64);
        // What closes nothing behind a value is of what was round it.
        let is_left = self.joined_at == Some(begin) && matches!(text.trim_ascii_start().first(), Some(b'}' | b']'));
        // By itself it is a file of another kind, such as those that lie beside logs.
        let is_other = is_text && self.out.tally.has_events && is_binary(text);
        let wrong = match odd {
            _ if has_fragment || is_left => Some(NOT_WHOLE),
            None if is_other => Some(NO_TEXT),
            odd => odd,
        };
        let is_named = self.damaged_at.take().is_some_and(|at| (begin..end).contains(&at));
        // What goes on with what is damaged is named with it.
        let is_behind = self.damaged_before == Some(begin);
        let goes_on = is_behind && std::str::from_utf8(text).is_err();
        if is_text {
            self.out.event(text, false);
            if wrong.is_none() && !is_named && !goes_on {
                self.out.note(Kind::Text);
            }
        }
        if let Some(wrong) = wrong.filter(|_| !is_named && !is_behind) {
            self.damage(begin, wrong);
            self.damaged_at = None;
        }
        if wrong.is_some() || is_named || goes_on {
            self.damaged_before = Some(end);
        }
        self.window.consume(used);
    }

    /// How much of this line only precedes a document that goes on in the next lines: a time, or a name; all of it, or what is
    /// before a bracket. `None`: it does not.
    fn before_document(&mut self, used: usize) -> Result<Option<usize>, Gone> {
        let text = line(self.window.rest().get(..used).unwrap_or_default()).0;
        if let Some(is_heading) = text::heading(text) {
            // Behind a bracket by itself.
            let mut member = used + 1;
            let is_passed = is_heading || {
                self.peek(&mut member)?;
                matches!(self.window.rest().get(used..), Some([b'{', b'\r' | b'\n', ..]))
            };
            return Ok(is_passed.then_some(used));
        }
        let Some(prefix) = text::prefix(text).filter(|prefix| *prefix <= LONGEST_PREFIX) else { return Ok(None) };
        let text = text.trim_ascii_end();
        if text.len() > prefix + 1 {
            return Ok(envelope::begins_with_field(text.get(prefix..).unwrap_or_default()).then_some(prefix));
        }
        if text::begins_with_time(text) {
            return Ok(Some(prefix));
        }
        // Whatever precedes it, behind the bracket there is a name and a colon.
        let mut at = used;
        if self.peek(&mut at)? != Some(b'"') || at > used + LONGEST_PREFIX {
            return Ok(None);
        }
        Ok(self.member(&mut at)?.is_ok().then_some(prefix))
    }

    /// Steps behind the end of a line that is too long.
    pub(super) fn skip_line(&mut self) -> Result<(), Gone> {
        loop {
            let rest = self.window.rest();
            if let Some(found) = memchr::memchr(b'\n', rest) {
                self.window.consume(found + 1);
                return Ok(());
            }
            self.window.consume(rest.len());
            if !self.more()? {
                return Ok(());
            }
        }
    }
}
