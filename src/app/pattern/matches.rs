//! `cis-audit pattern match`: which events of files a pattern matches.

use std::borrow::Cow;
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use filter_pattern::{Examined, Matched, Pattern};
use serde::Serialize;
use serde_json::value::RawValue;

use super::blocks::{self, Block, Feeder, Gone};
use crate::app::stderr::say;
use crate::escape;
use crate::events::{Events, Item, LONGEST, files, on_one_line};
use crate::exit::ExitStatus;
use crate::report::ListFormat;

const CANNOT_WRITE: &str = "cannot write standard output";

/// Evaluates the pattern on every event of the files, directories and standard input.
pub(super) fn run(pattern: &Pattern, paths: &[PathBuf], count: bool, format: ListFormat) -> anyhow::Result<ExitStatus> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let judge = Judge { pattern, is_listed: !count, format };
    let standard_input = [PathBuf::from("-")];
    let paths = if paths.is_empty() { &standard_input } else { paths };
    let mut tally = Tally::default();
    let read = blocks::process(
        |feeder| read_all(paths, feeder),
        |block| judge.block(block),
        |(lines, judged)| {
            tally.events.add(&judged);
            out.write_all(&lines)?;
            out.flush()
        },
    )
    .context(CANNOT_WRITE)?;
    tally.inputs = read;
    finish(&judge, &tally, &mut out)
}

/// What became of the events.
#[derive(Debug, Default, Serialize)]
struct EventTally {
    matched: u64,
    not_matched: u64,
    undecided: u64,
    /// Events that are no JSON objects, whatever became of them.
    not_json: u64,
}

impl EventTally {
    fn add(&mut self, other: &Self) {
        self.matched += other.matched;
        self.not_matched += other.not_matched;
        self.undecided += other.undecided;
        self.not_json += other.not_json;
    }
}

/// What became of the files.
#[derive(Debug, Default, Serialize)]
struct InputTally {
    /// Events longer than this program reads.
    too_long: u64,
    files: u64,
    /// Files and directories that could not be read, or not to their end.
    errors: u64,
}

/// The document of `--count -f json`.
#[derive(Debug, Default, Serialize)]
struct Tally {
    #[serde(flatten)]
    events: EventTally,
    #[serde(flatten)]
    inputs: InputTally,
}

/// Reads everything, as long as it is wanted.
fn read_all(paths: &[PathBuf], feeder: &mut Feeder) -> InputTally {
    let mut tally = InputTally::default();
    let _ = paths.iter().try_for_each(|path| read_path(path, feeder, &mut tally));
    tally
}

fn read_path(path: &Path, feeder: &mut Feeder, tally: &mut InputTally) -> Result<(), Gone> {
    if path == Path::new("-") {
        tally.files += 1;
        return read(&path.display(), files::unpacked(io::stdin()), feeder, tally);
    }
    for file in files::below(path) {
        match file {
            Ok(file) => {
                tally.files += 1;
                read(&file.display(), files::open(&file), feeder, tally)?;
            }
            Err(error) => tally.complain(&error),
        }
    }
    Ok(())
}

impl InputTally {
    fn complain(&mut self, error: &dyn std::fmt::Display) {
        self.errors += 1;
        say(&format!("error: {}", escape::terminal(&error.to_string())));
    }
}

/// Reads one input to its end, or to where it breaks.
fn read(
    name: &dyn std::fmt::Display,
    input: io::Result<Box<dyn Read>>,
    feeder: &mut Feeder,
    tally: &mut InputTally,
) -> Result<(), Gone> {
    let mut events = match input {
        Ok(input) => Events::new(input),
        Err(error) => {
            tally.complain(&format_args!("cannot read {name}: {error}"));
            return Ok(());
        }
    };
    loop {
        let has_more = events.has_more_at_hand();
        match events.next_event() {
            Ok(Some(Item::Event(event))) => match on_one_line(event) {
                // As CloudTrail would have logged it.
                Some(line) => feeder.add(&line, !has_more)?,
                None => feeder.add(event, !has_more)?,
            },
            Ok(Some(Item::TooLong)) => tally.too_long += 1,
            Ok(None) => return Ok(()),
            Err(error) => {
                tally.complain(&format_args!("{name} {error}"));
                return Ok(());
            }
        }
    }
}

/// What is to be done with each event.
struct Judge<'a> {
    pattern: &'a Pattern,
    is_listed: bool,
    format: ListFormat,
}

impl Judge<'_> {
    /// The lines to print for a block, and what became of its events.
    fn block(&self, block: &Block) -> (Vec<u8>, EventTally) {
        let (mut lines, mut tally) = (Vec::new(), EventTally::default());
        for event in block.events() {
            self.event(event, &mut lines, &mut tally);
        }
        (lines, tally)
    }

    fn event(&self, event: &[u8], lines: &mut Vec<u8>, tally: &mut EventTally) {
        let (text, examined) = self.examine(event);
        let matched = match examined.matched {
            Matched::Yes => Some(true),
            Matched::No => Some(false),
            Matched::Unknown(_) => None,
        };
        *match matched {
            Some(true) => &mut tally.matched,
            Some(false) => &mut tally.not_matched,
            None => &mut tally.undecided,
        } += 1;
        tally.not_json += u64::from(!examined.is_object);
        match self.format {
            _ if !self.is_listed => {}
            ListFormat::Table if matched == Some(true) => {
                lines.extend_from_slice(event);
                lines.push(b'\n');
            }
            ListFormat::Table => {}
            ListFormat::Json => write_json(matched, &text, examined.is_object, lines),
        }
    }

    fn examine<'e>(&self, event: &'e [u8]) -> (Cow<'e, str>, Examined) {
        if let Ok(text) = std::str::from_utf8(event) {
            return (Cow::Borrowed(text), self.pattern.examine(text));
        }
        // JSON is text, so this is none.
        let text = String::from_utf8_lossy(event);
        let matched = self.pattern.on_plain_text(&text);
        (text, Examined { matched, is_object: false })
    }
}

/// One line of `-f json`: `{"matched": …, "event": …}`, the event as it was written.
fn write_json(matched: Option<bool>, event: &str, is_object: bool, lines: &mut Vec<u8>) {
    /// An object up to this length was read to its end.
    const EVALUATED: usize = 1 << 20;
    let matched = matched.map_or("null", |matched| if matched { "true" } else { "false" });
    lines.extend_from_slice(format!("{{\"matched\":{matched},\"event\":").as_bytes());
    let is_json = is_object && event.len() <= EVALUATED;
    if is_json || serde_json::from_str::<&RawValue>(event).is_ok() {
        lines.extend_from_slice(event.trim_ascii().as_bytes());
    } else {
        lines.extend_from_slice(serde_json::Value::from(event).to_string().as_bytes());
    }
    lines.extend_from_slice(b"}\n");
}

/// Prints what is to be printed at the end; how the command ends.
fn finish(judge: &Judge<'_>, tally: &Tally, out: &mut impl io::Write) -> anyhow::Result<ExitStatus> {
    let Tally { events, inputs } = tally;
    match judge.format {
        _ if judge.is_listed => {}
        ListFormat::Table => writeln!(out, "{}", events.matched)?,
        ListFormat::Json => {
            serde_json::to_writer(&mut *out, tally).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush().context(CANNOT_WRITE)?;
    let warn = |count: u64, one: &str, many: &str| {
        if count > 0 {
            say(&format!("warning: {count} {}", if count == 1 { one } else { many }));
        }
    };
    if judge.format == ListFormat::Table {
        warn(events.undecided, "event could not be decided", "events could not be decided");
        warn(events.not_json, "event is not a JSON object", "events are not JSON objects");
    }
    let than = format!("longer than {} MiB skipped", LONGEST >> 20);
    warn(inputs.too_long, &format!("event {than}"), &format!("events {than}"));
    Ok(match (inputs.errors, events.matched) {
        (1.., _) => ExitStatus::Error,
        (0, 0) => ExitStatus::Failure,
        (0, _) => ExitStatus::Success,
    })
}
