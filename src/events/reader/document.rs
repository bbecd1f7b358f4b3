//! JSON documents: on one line, over many, of any length. The lists of an envelope are read element by element; everything
//! else is read whole and then looked at.

use std::io::Read;

use super::damage::next_event;
use super::loose::Line;
use super::{LONGEST_LINE, Reader};
use crate::events::block::is_json;
use crate::events::envelope::{self, Sink as _};
use crate::events::json::value;
use crate::events::kind::{CUT, Kind, NOT_WHOLE};
use crate::events::scan::{Scan, Scanner};
use crate::events::{Gone, LONGEST};

/// The lists of envelopes that are as long as the input.
const LISTS: [&[u8]; 8] =
    [b"Records", b"records", b"events", b"Events", b"logEvents", b"results", b"Messages", b"hits"];

/// Elements of a list are not looked for behind more blanks.
const DEEPEST: usize = 64;

const BROKEN: &str = "is no JSON";
const NO_COMMA: &str = "a comma is missing before an event";

/// How a value ends.
enum Skip {
    /// Before this byte at hand.
    To(usize),
    /// It is longer than anything that is read.
    Long(Scanner),
    /// A line ends inside a text of it, before this byte.
    Torn(usize),
    /// The input ends before it does.
    Cut,
}

/// A walk through an object.
struct Walk {
    /// Where the object begins at the front of the window.
    from: usize,
    /// Where the walk is.
    at: usize,
    members: usize,
    /// Parts of it were handed on, and are gone.
    is_streamed: bool,
}

impl<R: Read> Reader<'_, R> {
    /// The document that begins behind these blanks. False if it is no JSON: then it is a line.
    pub(super) fn document(&mut self, blanks: usize) -> Result<bool, Gone> {
        let first = self.window.rest().get(blanks).copied();
        match self.line_length(blanks, LONGEST_LINE)? {
            Line::End => return Ok(false),
            Line::Long => {}
            Line::Whole(used) => {
                let rest = self.window.rest().get(blanks..blanks + used).unwrap_or_default();
                // A list that lacks a comma, or the like, is read part by part, which names what is wrong.
                let is_whole = |json: &[u8]| self.window.position() < self.only_lines_before || is_json(json);
                if let Some((json, behind)) = value(rest.trim_ascii_end()).filter(|(json, _)| is_whole(json)) {
                    let (length, is_alone) = (json.len(), behind.trim_ascii().is_empty());
                    // Several on a line, or something behind one: of text only the whole line says what it is.
                    let is_one = if is_alone { first != Some(b'"') } else { false };
                    if !is_one && !envelope::is_known(json) {
                        return Ok(false);
                    }
                    self.whole(blanks, length);
                    self.window.consume(blanks + if is_alone { used } else { length });
                    self.joined_at = (!is_alone).then(|| self.window.position());
                    return Ok(true);
                }
            }
        }
        if self.window.position() < self.only_lines_before {
            return Ok(false);
        }
        match first {
            Some(b'{') => self.object(blanks),
            Some(b'[') => self.list(blanks),
            _ => Ok(false),
        }
    }

    /// A list of events by itself.
    fn list(&mut self, from: usize) -> Result<bool, Gone> {
        let mut at = from + 1;
        match self.peek(&mut at)? {
            Some(b'{' | b'[' | b'"') => {
                self.window.consume(at);
                self.elements(b"")?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The next byte that is no blank, and where it is.
    pub(super) fn peek(&mut self, at: &mut usize) -> Result<Option<u8>, Gone> {
        loop {
            let rest = self.window.rest().get(*at..).unwrap_or_default();
            let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            *at += blanks;
            if let Some(byte) = rest.get(blanks) {
                return Ok(Some(*byte));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Where the value ends that begins here.
    fn skip(&mut self, at: usize) -> Result<Skip, Gone> {
        let mut scanner = Scanner::value();
        let mut scanned = at;
        loop {
            let rest = self.window.rest();
            match scanner.scan(rest.get(scanned..).unwrap_or_default()) {
                Scan::Ends(length) => return Ok(Skip::To(scanned + length)),
                Scan::Breaks(length) => return Ok(Skip::Torn(scanned + length)),
                Scan::GoesOn => scanned = rest.len(),
            }
            if scanned - at > LONGEST {
                return Ok(Skip::Long(scanner));
            }
            if !self.more()? {
                return Ok(Skip::Cut);
            }
        }
    }

    /// Steps over the rest of a value that is too long. False if the input ends in it.
    fn pass(&mut self, mut scanner: Scanner) -> Result<bool, Gone> {
        self.out.tally.too_long += 1;
        loop {
            let all = self.window.rest().len();
            self.window.consume(all);
            if !self.more()? {
                return Ok(false);
            }
            if let Scan::Ends(length) | Scan::Breaks(length) = scanner.scan(self.window.rest()) {
                self.window.consume(length);
                return Ok(true);
            }
        }
    }

    /// An object over several lines, or of great length.
    fn object(&mut self, from: usize) -> Result<bool, Gone> {
        let mut walk = Walk { from, at: from + 1, members: 0, is_streamed: false };
        let mut depth = 1;
        loop {
            if walk.at > LONGEST && !walk.is_streamed {
                self.out.tally.too_long += 1;
                walk.is_streamed = true;
            }
            if walk.is_streamed {
                self.window.consume(walk.at);
                walk.at = 0;
            }
            match self.peek(&mut walk.at)? {
                Some(b'}') => {
                    walk.at += 1;
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                Some(b',') if walk.members > 0 || walk.is_streamed => {
                    walk.at += 1;
                    continue;
                }
                Some(b'"') => {}
                Some(_) => return self.broken(&walk, BROKEN),
                None => return self.broken(&walk, CUT),
            }
            let key = match self.member(&mut walk.at)? {
                Ok(key) => key,
                Err(what) => return self.broken(&walk, what),
            };
            match self.peek(&mut walk.at)? {
                Some(b'[') if !key.is_empty() => {
                    self.beside(&walk);
                    self.window.consume(walk.at + 1);
                    (walk.at, walk.is_streamed) = (0, true);
                    self.elements(key)?;
                    continue;
                }
                Some(b'{') if key == b"hits" => {
                    walk.at += 1;
                    depth += 1;
                    continue;
                }
                Some(_) => {}
                None => return self.broken(&walk, CUT),
            }
            if let Err(what) = self.value(&mut walk)? {
                return self.broken(&walk, what);
            }
            walk.members += 1;
        }
        if !walk.is_streamed {
            self.whole(from, walk.at - from);
        }
        self.window.consume(walk.at);
        Ok(true)
    }

    /// What was stepped over before a list may hold other events.
    fn beside(&mut self, walk: &Walk) {
        let passed = self.window.rest().get(walk.from..walk.at).unwrap_or_default();
        if !walk.is_streamed {
            envelope::beside(passed, &mut self.out);
        }
    }

    /// Steps over the value of a member that is no list of events. The inner error: what is wrong.
    fn value(&mut self, walk: &mut Walk) -> Result<Result<(), &'static str>, Gone> {
        match self.skip(walk.at)? {
            Skip::To(end) => {
                let value = self.window.rest().get(walk.at..end).unwrap_or_default();
                if walk.is_streamed {
                    envelope::beside(value, &mut self.out);
                }
                walk.at = end;
            }
            Skip::Long(scanner) => {
                (walk.at, walk.is_streamed) = (0, true);
                if !self.pass(scanner)? {
                    return Ok(Err(CUT));
                }
            }
            Skip::Torn(_) => return Ok(Err(BROKEN)),
            Skip::Cut => return Ok(Err(CUT)),
        }
        Ok(Ok(()))
    }

    /// Steps over the name of a member and its colon: the name, if it is that of a list of events. The inner error: what is
    /// wrong.
    pub(super) fn member(&mut self, at: &mut usize) -> Result<Result<&'static [u8], &'static str>, Gone> {
        let end = match self.skip(*at)? {
            Skip::To(end) => end,
            Skip::Long(_) | Skip::Torn(_) => return Ok(Err(BROKEN)),
            Skip::Cut => return Ok(Err(CUT)),
        };
        let key = self.window.rest().get(*at + 1..end - 1).unwrap_or_default();
        let known = LISTS.iter().find(|list| **list == key).copied().unwrap_or_default();
        *at = end;
        match self.peek(at)? {
            Some(b':') => {
                *at += 1;
                Ok(Ok(known))
            }
            Some(_) => Ok(Err(BROKEN)),
            None => Ok(Err(CUT)),
        }
    }

    /// The object is broken: what else there is is read on. False if its first line is text and nothing else.
    fn broken(&mut self, walk: &Walk, what: &'static str) -> Result<bool, Gone> {
        self.looked_in_vain(walk.from);
        if walk.is_streamed {
            self.damage(self.window.position() + walk.at as u64, what);
            self.resync(walk.at, b"")?;
            return Ok(true);
        }
        let rest = self.window.rest().get(walk.from..).unwrap_or_default();
        let first = crate::events::block::line(rest).0;
        if walk.members == 0 && first.trim_ascii_end().len() > 1 {
            return Ok(false);
        }
        let at = self.window.position() + walk.from as u64;
        if first.trim_ascii_end().len() > 1 {
            // One line of many was cut.
            self.damage(at, if what == CUT { CUT } else { NOT_WHOLE });
            return Ok(false);
        }
        if walk.members == 0 {
            return Ok(false);
        }
        self.damage(at, if what == CUT { CUT } else { NOT_WHOLE });
        self.resync(walk.from + 1, b"")?;
        Ok(true)
    }

    /// The elements of a list, behind its bracket.
    fn elements(&mut self, key: &[u8]) -> Result<(), Gone> {
        let mut needs_comma = false;
        let mut count = 0_u64;
        let mut indent = Vec::new();
        loop {
            let mut at = 0;
            let byte = self.peek(&mut at)?;
            let blanks = self.window.rest().get(..at).unwrap_or_default();
            if let Some(end) = memchr::memrchr(b'\n', blanks) {
                indent.clear();
                indent.extend(blanks.iter().skip(end + 1).take(DEEPEST));
            }
            self.window.consume(at);
            let here = self.window.position();
            self.out.at = here;
            match byte {
                None => {
                    self.damage(here, CUT);
                    return Ok(());
                }
                Some(b']') => {
                    self.window.consume(1);
                    if count == 0 {
                        self.out.note(Kind::Empty);
                    }
                    return Ok(());
                }
                Some(b',') => {
                    if !needs_comma {
                        self.damage(here, BROKEN);
                    }
                    self.window.consume(1);
                    needs_comma = false;
                    continue;
                }
                Some(b'}' | b':') => {
                    self.damage(here, BROKEN);
                    self.resync(1, &indent)?;
                    needs_comma = false;
                    continue;
                }
                Some(_) if needs_comma => self.damage(here, NO_COMMA),
                Some(_) => {}
            }
            count += 1;
            needs_comma = !self.bare_records()? && self.one(key, &indent)?;
            if self.only_lines_before == u64::MAX {
                return Ok(());
            }
        }
    }

    /// One element. False: a comma need not follow it.
    fn one(&mut self, key: &[u8], indent: &[u8]) -> Result<bool, Gone> {
        let here = self.window.position();
        match self.skip(0)? {
            Skip::To(end) => {
                let json = self.window.rest().get(..end).unwrap_or_default();
                // A bracket that is missing makes one of several.
                let next = json.get(1..).and_then(|rest| next_event(rest, indent));
                if let Some(next) = next.filter(|_| !is_json(json)) {
                    self.looked_at_in_vain(end);
                    self.damage(here, NOT_WHOLE);
                    self.window.consume(next + 1);
                    return Ok(false);
                }
                if !matches!(json.first(), Some(b'{' | b'[' | b'"')) && !is_json(json) {
                    self.damage(here, BROKEN);
                } else {
                    envelope::element(key, json, &mut self.out);
                }
                self.window.consume(end);
                Ok(true)
            }
            Skip::Long(scanner) => {
                if !self.pass(scanner)? {
                    self.damage(here, CUT);
                }
                Ok(true)
            }
            Skip::Torn(end) => {
                self.looked_at_in_vain(end);
                self.damage(here, NOT_WHOLE);
                self.resync(1, indent)?;
                Ok(false)
            }
            Skip::Cut => {
                self.looked_in_vain(0);
                self.resync(1, indent)?;
                let is_cut = self.window.rest().is_empty();
                self.damage(here, if is_cut { CUT } else { NOT_WHOLE });
                Ok(false)
            }
        }
    }
}
