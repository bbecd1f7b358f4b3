//! `cis-audit pattern …`: the filter-pattern engine by itself, offline.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{catalog, find, say};
use crate::cli::PatternCommand;
use crate::exit::ExitStatus;
use crate::pattern::{Candidate, Coverage, Matched, Pattern, broader, covers, explain};
use crate::report::{Format, escape};

/// Runs one of the pattern commands.
pub(super) fn run(command: &PatternCommand) -> anyhow::Result<ExitStatus> {
    match command {
        PatternCommand::Match { pattern, files, count, format } => {
            let pattern = parse(pattern)?;
            find_matches(&pattern, files, *count, *format)
        }
        PatternCommand::Explain { pattern } => {
            let mut out = io::stdout().lock();
            for line in explain(&parse(pattern)?) {
                let bullet = if line.depth == 0 { "" } else { "- " };
                let indent = "  ".repeat(line.depth.saturating_sub(1));
                writeln!(out, "{indent}{bullet}{}", escape::terminal(&line.text))?;
            }
            Ok(ExitStatus::Success)
        }
        PatternCommand::Cover { patterns, rule, required, rules, format } => {
            let found = patterns.iter().map(|pattern| parse(pattern)).collect::<anyhow::Result<Vec<_>>>()?;
            let required = match (rule, required) {
                (Some(rule), _) => find(catalog(rules.as_deref())?.rules(), rule)?.requires.clone(),
                (None, Some(required)) => parse(required)?,
                (None, None) => return Err(anyhow!("name a control with --rule, or a pattern with --required")),
            };
            cover(&found, &required, *format)
        }
    }
}

fn parse(text: &str) -> anyhow::Result<Pattern> {
    Pattern::parse(text).map_err(|error| anyhow!("{error}\n{}", error.caret()))
}

/// One line of `pattern match -f json`.
#[derive(Serialize)]
struct MatchLine<'a> {
    matched: Option<bool>,
    event: Event<'a>,
}

/// JSON as it was written, or a text that is none.
#[derive(Serialize)]
#[serde(untagged)]
enum Event<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

struct Matches<'a> {
    pattern: &'a Pattern,
    count: bool,
    format: Format,
    out: BufWriter<io::StdoutLock<'static>>,
    found: u64,
    unknown: u64,
}

fn find_matches(pattern: &Pattern, files: &[PathBuf], count: bool, format: Format) -> anyhow::Result<ExitStatus> {
    let out = BufWriter::new(io::stdout().lock());
    let mut matches = Matches { pattern, count, format, out, found: 0, unknown: 0 };
    let mut unreadable = false;
    let standard_input = [PathBuf::from("-")];
    for file in if files.is_empty() { &standard_input } else { files } {
        let read = if file == Path::new("-") {
            matches.read(io::stdin().lock()).context("standard input")
        } else {
            let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()));
            opened.and_then(|opened| matches.read(BufReader::new(opened)).with_context(|| file.display().to_string()))
        };
        if let Err(error) = read {
            if super::is_closed_pipe(&error) {
                return Err(error);
            }
            say(&format!("error: {error:#}"));
            unreadable = true;
        }
    }
    if count {
        writeln!(matches.out, "{}", matches.found)?;
    }
    matches.out.flush()?;
    if matches.unknown > 0 && format == Format::Table {
        say(&format!("warning: {} events could not be decided", matches.unknown));
    }
    Ok(match (unreadable, matches.found) {
        (true, _) => ExitStatus::Error,
        (false, 0) => ExitStatus::Failure,
        (false, _) => ExitStatus::Success,
    })
}

impl Matches<'_> {
    fn read(&mut self, mut lines: impl BufRead) -> anyhow::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            let event = text.trim_end_matches(['\n', '\r']);
            if !event.is_empty() {
                self.judge(event)?;
            }
        }
    }

    fn judge(&mut self, event: &str) -> io::Result<()> {
        let matched = match self.pattern.matches(event) {
            Matched::Yes => Some(true),
            Matched::No => Some(false),
            Matched::Unknown(_) => None,
        };
        self.found += u64::from(matched == Some(true));
        self.unknown += u64::from(matched.is_none());
        match (self.count, self.format) {
            (true, _) => Ok(()),
            (false, Format::Table) if matched == Some(true) => writeln!(self.out, "{event}"),
            (false, Format::Table) => Ok(()),
            (false, Format::Json) => {
                let raw: Result<&RawValue, _> = serde_json::from_str(event);
                let event = raw.map_or(Event::Text(event), Event::Json);
                serde_json::to_writer(&mut self.out, &MatchLine { matched, event })?;
                writeln!(self.out)
            }
        }
    }
}

/// The document of `pattern cover -f json`.
#[derive(Serialize)]
struct CoverDocument {
    covers: Option<bool>,
    broader: bool,
    witness: Option<WitnessDocument>,
    undecided: Option<String>,
}

#[derive(Serialize)]
struct WitnessDocument {
    event: Box<RawValue>,
}

fn cover(found: &[Pattern], required: &Pattern, format: Format) -> anyhow::Result<ExitStatus> {
    let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
    let coverage = covers(&candidates, required);
    let wider = broader(&candidates, required);
    let (status, covered) = match &coverage {
        Coverage::Covered => (ExitStatus::Success, Some(true)),
        Coverage::Missed(_) => (ExitStatus::Failure, Some(false)),
        Coverage::Undecided(_) => (ExitStatus::Error, None),
    };
    let mut out = io::stdout().lock();
    match format {
        Format::Json => {
            let (witness, undecided) = match &coverage {
                Coverage::Covered => (None, None),
                Coverage::Missed(witness) => {
                    (Some(WitnessDocument { event: RawValue::from_string(witness.to_json_line())? }), None)
                }
                Coverage::Undecided(construct) => (None, Some(construct.to_string())),
            };
            let document = CoverDocument { covers: covered, broader: wider.is_some(), witness, undecided };
            serde_json::to_writer(&mut out, &document).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Table => {
            match &coverage {
                Coverage::Covered => writeln!(out, "covered: every such event is matched")?,
                Coverage::Missed(witness) => {
                    writeln!(out, "not covered: this event is missed\n{}", witness.to_json_line())?;
                }
                Coverage::Undecided(construct) => writeln!(out, "cannot be decided: {construct}")?,
            }
            if let Some(wider) = wider {
                writeln!(out, "broader: this event is matched too\n{}", wider.to_json_line())?;
            }
        }
    }
    Ok(status)
}
