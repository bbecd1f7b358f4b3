//! How fast events are evaluated and questions are decided: `cargo bench --bench throughput`.
//!
//! Writes a corpus of CloudTrail events once, then counts those of one control in it, and, as a measure of what reading
//! JSON costs, parses every line into a `serde_json::Value` and looks at nothing. Then asks whether filters cover that
//! control, and what else they match. `BYTES=…` sets the corpus's size, 1 GB if unset.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use filter_pattern::{Candidate, EventModel, Field, Kinds, Matched, Pattern, aims_at, broader, covers, is_covered};

mod corpus;

use corpus::{PATTERN, corpus};

fn main() -> io::Result<()> {
    let wanted: u64 = std::env::var("BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000_000);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("events-{wanted}.ndjson"));
    let events = corpus(&file, wanted)?;
    let bytes = fs::metadata(&file)?.len();
    println!("{events} events, {:.2} GB, {} bytes each on average\n", bytes as f64 / 1e9, bytes / events.max(1));
    println!("{:<44} {:>7} {:>8} {:>12} {:>8}", "", "seconds", "GB/s", "events/s", "matches");
    let row = |what: &str, took: Duration, found: &str| {
        let seconds = took.as_secs_f64();
        let (speed, rate) = (bytes as f64 / 1e9 / seconds, events as f64 / seconds);
        println!("{what:<44} {seconds:>7.2} {speed:>8.3} {rate:>12.0} {found:>8}");
    };
    // Once, so that both find the file in memory.
    io::copy(&mut File::open(&file)?, &mut io::sink())?;
    let (took, found) = evaluated(&file)?;
    row("the evaluator alone, a line at a time", took, &found.to_string());
    row("serde_json::Value of each line, not looked at", parsed(&file)?, "");
    decided()
}

fn evaluated(file: &Path) -> io::Result<(Duration, u64)> {
    let pattern = Pattern::parse(PATTERN).map_err(io::Error::other)?;
    let (mut lines, mut line, mut found) = (BufReader::with_capacity(1 << 20, File::open(file)?), String::new(), 0);
    let start = Instant::now();
    while lines.read_line(&mut line)? > 0 {
        found += u64::from(pattern.matches(&line) == Matched::Yes);
        line.clear();
    }
    Ok((start.elapsed(), found))
}

fn parsed(file: &Path) -> io::Result<Duration> {
    let (mut lines, mut line) = (BufReader::with_capacity(1 << 20, File::open(file)?), String::new());
    let start = Instant::now();
    while lines.read_line(&mut line)? > 0 {
        let value: serde_json::Value = serde_json::from_str(&line)?;
        black_box(value);
        line.clear();
    }
    Ok(start.elapsed())
}

/// The questions that an audit asks of one control and six filters.
fn decided() -> io::Result<()> {
    const TIMES: u32 = 200;
    let records = EventModel::new("record")
        .field(Field::new("eventSource", Kinds::TEXT))
        .field(Field::new("eventName", Kinds::TEXT))
        .field(Field::new("errorCode", Kinds::TEXT.or(Kinds::MISSING)))
        .field(Field::new("userIdentity", Kinds::OBJECT));
    let parse = |text: &str| Pattern::parse(text).map_err(io::Error::other);
    let required = parse(PATTERN)?;
    let filters = [
        parse("{ $.eventSource = iam.amazonaws.com && $.eventName = \"*Policy\" }")?,
        parse("{ $.eventSource = iam.amazonaws.com && $.eventName = \"*PolicyVersion\" }")?,
        parse("{ $.eventName = %Policy% && $.errorCode NOT EXISTS }")?,
        parse("{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS }")?,
        parse("{ $.eventName = ConsoleLogin && $.errorMessage = \"Failed authentication\" }")?,
        parse("{ $.errorCode = \"*UnauthorizedOperation\" || $.errorCode = \"AccessDenied*\" }")?,
    ];
    let found: Vec<Candidate<'_>> = filters.iter().map(Candidate::new).collect();
    println!("\n{:<44} {:>12}", "", "microseconds");
    let row = |what: &str, question: &dyn Fn()| {
        let start = Instant::now();
        (0..TIMES).for_each(|_| question());
        println!("{what:<44} {:>12.1}", start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES));
    };
    row("covers", &|| drop(black_box(covers(&found, &required, &records))));
    row("is_covered", &|| _ = black_box(is_covered(&found[..2], &required, &records)));
    row("broader", &|| drop(black_box(broader(&found, &required, &records))));
    row("aims_at, six times", &|| {
        found.iter().for_each(|filter| _ = black_box(aims_at(filter, &required, &records)));
    });
    Ok(())
}
