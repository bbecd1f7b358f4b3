//! `cis-audit pattern match`: which events of files a pattern matches.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use filter_pattern::{Examined, Matched, Pattern, Prefilter};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::reading::{self, Inputs, Notes};
use crate::app::stderr::say;
use crate::escape;
use crate::events::{Block, Broken, Event};
use crate::exit::ExitStatus;
use crate::report::ListFormat;

const CANNOT_WRITE: &str = "cannot write standard output";

/// Evaluates the pattern on every event of the files, directories and standard input.
pub(super) fn run(pattern: &Pattern, paths: &[PathBuf], count: bool, format: ListFormat) -> anyhow::Result<ExitStatus> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let is_about_json = !pattern.tests().is_empty();
    let judge = Judge::new(pattern, !count, format);
    let mut events = EventTally::default();
    let notes = if is_about_json { Notes::Shown } else { Notes::Hidden };
    let inputs = reading::process(
        paths,
        notes,
        |block| judge.block(block),
        |(lines, judged)| {
            events.add(&judged);
            out.write_all(&lines)?;
            out.flush()?;
            Ok(if is_about_json { judged.broken } else { Broken::default() })
        },
    )
    .context(CANNOT_WRITE)?;
    finish(&judge, &events, &inputs, is_about_json, &mut out)
}

/// What became of the events.
#[derive(Debug, Default, Serialize)]
struct EventTally {
    matched: u64,
    not_matched: u64,
    undecided: u64,
    /// Events that are no JSON objects, whatever became of them.
    not_json: u64,
    /// Of those, the ones that look like events of CloudTrail, of one block; of the others the reader speaks.
    #[serde(skip)]
    broken: Broken,
}

impl EventTally {
    fn add(&mut self, other: &Self) {
        self.matched += other.matched;
        self.not_matched += other.not_matched;
        self.undecided += other.undecided;
        self.not_json += other.not_json;
    }
}

/// The document of `--count -f json`.
#[derive(Debug, Serialize)]
struct Tally<'a> {
    #[serde(flatten)]
    events: &'a EventTally,
    /// Events longer than this program reads.
    too_long: u64,
    files: u64,
    /// Files and directories that could not be read, or not in whole.
    errors: u64,
}

/// What is to be done with each event.
struct Judge<'a> {
    pattern: &'a Pattern,
    /// Which events cannot match. `None`: each is evaluated, for more is asked than whether it matches.
    prefilter: Option<Prefilter>,
    is_listed: bool,
    format: ListFormat,
}

impl<'a> Judge<'a> {
    fn new(pattern: &'a Pattern, is_listed: bool, format: ListFormat) -> Self {
        let prefilter = Prefilter::new([pattern]);
        let is_of_use = format == ListFormat::Table && !prefilter.is_idle();
        Self { pattern, prefilter: is_of_use.then_some(prefilter), is_listed, format }
    }

    /// The lines to print for a block, and what became of its events.
    fn block(&self, block: &Block) -> (Vec<u8>, EventTally) {
        let (mut lines, mut tally) = (Vec::new(), EventTally::default());
        match &self.prefilter {
            None => block.events().for_each(|event| self.event(event, &mut lines, &mut tally)),
            Some(prefilter) => {
                block.select(prefilter, |event, is_left| match is_left {
                    true => self.event(event, &mut lines, &mut tally),
                    false => tally.not_matched += 1,
                });
            }
        }
        (lines, tally)
    }

    fn event(&self, event: Event<'_>, lines: &mut Vec<u8>, tally: &mut EventTally) {
        let Event { bytes: event, is_cloudtrail, at, .. } = event;
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
        if !examined.is_object && is_cloudtrail {
            tally.broken.note(at);
        }
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
fn finish(
    judge: &Judge<'_>,
    events: &EventTally,
    inputs: &Inputs,
    is_about_json: bool,
    out: &mut impl io::Write,
) -> anyhow::Result<ExitStatus> {
    match judge.format {
        _ if judge.is_listed => {}
        ListFormat::Table => writeln!(out, "{}", events.matched)?,
        ListFormat::Json => {
            let &Inputs { too_long, files, errors, .. } = inputs;
            serde_json::to_writer(&mut *out, &Tally { events, too_long, files, errors }).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush().context(CANNOT_WRITE)?;
    if judge.format == ListFormat::Table && events.undecided > 0 {
        let what = if events.undecided == 1 { "event" } else { "events" };
        say(&format!("warning: {} {what} could not be decided", events.undecided));
    }
    if inputs.errors > 0 {
        return Ok(ExitStatus::Error);
    }
    if events.matched > 0 {
        return Ok(ExitStatus::Success);
    }
    // Nor must it come from what may be a "yes".
    if events.undecided > 0 {
        return Ok(ExitStatus::Error);
    }
    // A "no" must not come from not having read.
    if is_about_json && !inputs.without.is_empty() {
        for name in &inputs.without {
            say(&format!("error: no event of CloudTrail was found in {}", escape::terminal(name)));
        }
        return Ok(ExitStatus::Error);
    }
    Ok(ExitStatus::Failure)
}
