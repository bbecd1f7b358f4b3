//! `cis-audit pattern match`: which events of files a pattern matches.

use std::borrow::Cow;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::value::RawValue;

use super::say;
use crate::events::{Events, EventsError, Item, LONGEST, files, on_one_line};
use crate::exit::ExitStatus;
use crate::pattern::{Examined, Matched, Pattern};
use crate::report::{Format, escape};

/// Evaluates the pattern on every event of the files, directories and standard input.
pub(super) fn run(pattern: &Pattern, paths: &[PathBuf], count: bool, format: Format) -> anyhow::Result<ExitStatus> {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut matches = Matches { pattern, is_listed: !count, format, out, tally: Tally::default() };
    if paths.is_empty() {
        matches.read_from("standard input", files::unpacked(io::stdin()).map_err(|error| error.to_string()))?;
    }
    for path in paths {
        if path == Path::new("-") {
            matches.read_from("standard input", files::unpacked(io::stdin()).map_err(|error| error.to_string()))?;
            continue;
        }
        for file in files::below(path) {
            match file {
                Ok(file) => {
                    let opened = files::open(&file).map_err(|error| match error {
                        files::FilesError::Read { source, .. } => format!("cannot be read: {source}"),
                        other @ files::FilesError::None(_) => other.to_string(),
                    });
                    matches.read_from(&file.display().to_string(), opened)?;
                }
                Err(error) => {
                    matches.tally.errors += 1;
                    say(&format!("error: {}", escape::terminal(&error.to_string())));
                }
            }
        }
    }
    matches.finish()
}

/// What became of the events.
#[derive(Debug, Default, Serialize)]
struct Tally {
    matched: u64,
    not_matched: u64,
    undecided: u64,
    /// Events that are no JSON objects, whatever became of them.
    not_json: u64,
    /// Events longer than this program reads.
    too_long: u64,
    files: u64,
    errors: u64,
}

struct Matches<'a, W: Write> {
    pattern: &'a Pattern,
    is_listed: bool,
    format: Format,
    out: W,
    tally: Tally,
}

impl<W: Write> Matches<'_, W> {
    /// Reads one input to its end, or to where it breaks; fails only if the output does.
    fn read_from(&mut self, name: &str, input: Result<Box<dyn Read>, String>) -> io::Result<()> {
        self.tally.files += 1;
        let error = match input {
            Ok(input) => self.read(input)?.map(|error| error.to_string()),
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            self.tally.errors += 1;
            say(&format!("error: {} {}", escape::terminal(name), escape::terminal(&error)));
        }
        Ok(())
    }

    fn read(&mut self, input: impl Read) -> io::Result<Option<EventsError>> {
        let mut events = Events::new(input);
        loop {
            match events.next_event() {
                Ok(Some(Item::Event(event))) => match on_one_line(event) {
                    // As CloudTrail would have logged it.
                    Some(line) => self.judge(&line)?,
                    None => self.judge(event)?,
                },
                Ok(Some(Item::TooLong)) => self.tally.too_long += 1,
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(error)),
            }
        }
    }

    fn judge(&mut self, event: &[u8]) -> io::Result<()> {
        let (text, is_text) = match std::str::from_utf8(event) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(event), false),
        };
        let mut examined = self.pattern.examine(&text);
        if !is_text && examined.is_object {
            // JSON is text.
            examined = Examined { matched: self.pattern.on_plain_text(&text), is_object: false };
        }
        let matched = match examined.matched {
            Matched::Yes => Some(true),
            Matched::No => Some(false),
            Matched::Unknown(_) => None,
        };
        *match matched {
            Some(true) => &mut self.tally.matched,
            Some(false) => &mut self.tally.not_matched,
            None => &mut self.tally.undecided,
        } += 1;
        self.tally.not_json += u64::from(!examined.is_object);
        match self.format {
            _ if !self.is_listed => Ok(()),
            Format::Table if matched == Some(true) => {
                self.out.write_all(event)?;
                self.out.write_all(b"\n")
            }
            Format::Table => Ok(()),
            Format::Json => self.write_line(matched, &text, examined.is_object),
        }
    }

    fn write_line(&mut self, matched: Option<bool>, event: &str, is_object: bool) -> io::Result<()> {
        let matched = matched.map_or("null", |matched| if matched { "true" } else { "false" });
        write!(self.out, "{{\"matched\":{matched},\"event\":")?;
        // An object was read to its end, but for one that is too long to be evaluated.
        let is_json = is_object && event.len() <= 1 << 20;
        if is_json || serde_json::from_str::<&RawValue>(event).is_ok() {
            self.out.write_all(event.trim_ascii().as_bytes())?;
        } else {
            serde_json::to_writer(&mut self.out, event)?;
        }
        self.out.write_all(b"}\n")
    }

    /// Prints what is to be printed at the end; how the command ends.
    fn finish(mut self) -> anyhow::Result<ExitStatus> {
        match self.format {
            _ if self.is_listed => {}
            Format::Table => writeln!(self.out, "{}", self.tally.matched)?,
            Format::Json => {
                serde_json::to_writer(&mut self.out, &self.tally).map_err(io::Error::from)?;
                writeln!(self.out)?;
            }
        }
        self.out.flush()?;
        let Tally { undecided, not_json, too_long, .. } = self.tally;
        if self.format == Format::Table {
            for (count, one, many) in [
                (undecided, "event could not be decided", "events could not be decided"),
                (not_json, "event is no JSON object", "events are no JSON objects"),
            ] {
                if count > 0 {
                    say(&format!("warning: {count} {}", if count == 1 { one } else { many }));
                }
            }
        }
        if too_long > 0 {
            let longest = LONGEST >> 20;
            let events = if too_long == 1 { "event" } else { "events" };
            say(&format!("warning: {too_long} {events} longer than {longest} MiB passed over"));
        }
        Ok(match self.tally {
            Tally { errors: 1.., .. } => ExitStatus::Error,
            Tally { matched: 0, .. } => ExitStatus::Failure,
            Tally { .. } => ExitStatus::Success,
        })
    }
}
