//! How fast `pattern match` reads: `cargo bench --bench throughput`, which also measures the evaluator by itself.
//!
//! Writes a corpus of CloudTrail events once, then counts those of one control in it with cis-audit and with jq (where it is
//! installed). `BYTES=…` sets the corpus's size, 1 GB if unset.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

#[path = "../crates/filter-pattern/benches/corpus/mod.rs"]
mod corpus;

use corpus::{PATTERN, corpus};

const JQ: &str = r#"select(.eventSource == "iam.amazonaws.com" and (.eventName | IN("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy"))) | .eventID"#;

fn main() -> io::Result<()> {
    let wanted: u64 = std::env::var("BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000_000);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cloudtrail-{wanted}.ndjson"));
    let events = corpus(&file, wanted)?;
    let bytes = fs::metadata(&file)?.len();
    println!("{events} events, {:.2} GB, {} bytes each on average\n", bytes as f64 / 1e9, bytes / events.max(1));
    println!("{:<44} {:>7} {:>8} {:>12} {:>8}", "", "seconds", "GB/s", "events/s", "matches");
    let row = |what: &str, took: Duration, found: &str| {
        let seconds = took.as_secs_f64();
        let (speed, rate) = (bytes as f64 / 1e9 / seconds, events as f64 / seconds);
        println!("{what:<44} {seconds:>7.2} {speed:>8.3} {rate:>12.0} {found:>8}");
    };
    // Once, so that all of them find the file in memory.
    io::copy(&mut File::open(&file)?, &mut io::sink())?;
    let (took, found) =
        timed(Command::new(env!("CARGO_BIN_EXE_cis-audit")).args(["pattern", "match", "--count", PATTERN]).arg(&file))?;
    row("cis-audit pattern match --count", took, found.trim());
    match timed(Command::new("jq").args(["-r", JQ]).arg(&file)) {
        Ok((took, found)) => row("jq", took, &found.lines().count().to_string()),
        Err(error) => println!("jq: {error}"),
    }
    Ok(())
}

fn timed(command: &mut Command) -> io::Result<(Duration, String)> {
    let start = Instant::now();
    let output = command.output()?;
    Ok((start.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned()))
}
