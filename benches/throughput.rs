//! How fast events are read: `cargo bench --bench throughput`, which also measures the evaluator by itself.
//!
//! Writes a corpus of CloudTrail events once, as lines and as the packed files that CloudTrail delivers, and measures the CPU
//! time that it takes to find those of a control in it: with cis-audit, with another build of it (`BASELINE=PATH`), with jq,
//! ripgrep and `DuckDB` (the package of Python) where they are installed. `BYTES=…` sets the corpus's size, 1 GB if unset;
//! `PROGRAM=PATH` measures another executable than this build's. CPU time and memory of programs are Python's figures; those
//! of unpacking alone, which this program does itself with zlib-rs, are read from `/proc`, and mean something in an optimized
//! build, as that of `cargo bench` is.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use cis_audit::rule::Benchmark;
use cis_audit::rule::catalog::Catalog;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

#[path = "../crates/filter-pattern/benches/corpus/mod.rs"]
mod corpus;

#[path = "support/accountant.rs"]
mod accountant;

use accountant::{Used, accounted};
use corpus::{PATTERN, corpus};

const JQ: &str = r#"select(.eventSource == "iam.amazonaws.com" and (.eventName | IN("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy"))) | .eventID"#;

const DUCKDB: &str = "import duckdb, sys
duckdb.sql('set threads = 1')
print(duckdb.sql(\"select count(*) from read_ndjson('\" + sys.argv[1] + \"', columns = {eventSource: 'varchar', eventName: 'varchar'}) where eventSource = 'iam.amazonaws.com' and eventName like '%Policy%' and eventName not like 'Get%' and eventName not like 'List%'\").fetchall()[0][0])";

/// Files in which the packed corpus is delivered.
const FILES: usize = 8;

fn main() -> io::Result<()> {
    let wanted: u64 = std::env::var("BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000_000);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join(format!("events-{wanted}.ndjson"));
    let events = corpus(&file, wanted)?;
    let bytes = fs::metadata(&file)?.len();
    println!("{events} events, {:.2} GB, {} bytes each on average\n", bytes as f64 / 1e9, bytes / events.max(1));
    let program = std::env::var("PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_cis-audit").to_owned());
    println!("measured: {program}");
    let bench = Bench { program, file, bytes };
    // Once, so that all of them find the file in memory.
    io::copy(&mut File::open(&bench.file)?, &mut io::sink())?;
    bench.heading();
    bench.patterns()?;
    bench.others()?;
    bench.replay()?;
    bench.packed(&directory.join(format!("events-{wanted}-gz")))
}

struct Bench {
    /// The executable that is measured.
    program: String,
    file: PathBuf,
    bytes: u64,
}

/// What a program took.
struct Took {
    /// User and system time, in seconds.
    cpu: f64,
    /// Seconds.
    wall: f64,
    /// The most memory that it had, in bytes.
    memory: f64,
    output: String,
}

impl Bench {
    fn heading(&self) {
        println!("{:<44} {:>7} {:>7} {:>9} {:>8} {:>8}", "", "CPU s", "wall s", "GB/CPU s", "MB", "matches");
    }

    fn row(&self, what: &str, took: &Took) -> f64 {
        let Took { cpu, wall, memory, output } = took;
        let speed = self.bytes as f64 / 1e9 / cpu;
        let found = output.lines().last().unwrap_or_default();
        let found = if found.len() <= 8 { found.to_owned() } else { output.lines().count().to_string() };
        println!("{what:<44} {cpu:>7.2} {wall:>7.2} {speed:>9.3} {:>8.1} {found:>8}", memory / 1e6);
        speed
    }

    /// The pattern of each control, by this program and by another build.
    fn patterns(&self) -> io::Result<()> {
        let catalog = Catalog::builtin(Benchmark::default()).map_err(io::Error::other)?;
        let programs: Vec<(String, String)> =
            [("", Some(self.program.clone())), ("before: ", std::env::var("BASELINE").ok())]
                .into_iter()
                .filter_map(|(name, program)| Some((name.to_owned(), program?)))
                .collect();
        for (name, program) in &programs {
            let mut speeds = Vec::new();
            for rule in catalog.rules() {
                let Some(events) = rule.demand.events() else { continue };
                let took = run(Command::new(program)
                    .args(["pattern", "match", "--count", events.pattern.source()])
                    .arg(&self.file))?;
                speeds.push(self.row(&format!("{name}pattern match --count, {} {}", rule.id, rule.slug), &took));
            }
            speeds.sort_by(f64::total_cmp);
            let median = speeds.get(speeds.len() / 2).copied().unwrap_or_default();
            println!("{:<60} {median:>9.3}\n", format!("{name}the median"));
            // A pattern that says nothing of any text.
            let took = run(Command::new(program)
                .args(["pattern", "match", "--count", "{ $.errorCode NOT EXISTS }"])
                .arg(&self.file))?;
            self.row(&format!("{name}pattern match --count, without a text"), &took);
        }
        Ok(())
    }

    /// Other programs, for one control.
    fn others(&self) -> io::Result<()> {
        let took = run(self.count().arg(&self.file))?;
        self.row("cis-audit, what 3.4 requires", &took);
        let file = self.file.as_os_str();
        for (name, program, arguments) in [
            ("jq", "jq", &["-r", JQ][..]),
            ("ripgrep, one text", "rg", &["--count", "PutRolePolicy"]),
            ("DuckDB", "python3", &["-c", DUCKDB]),
            // What reading alone takes.
            ("wc -l", "wc", &["-l"]),
        ] {
            match run(Command::new(program).args(arguments).arg(file)) {
                Ok(took) if took.output.is_empty() => println!("{name}: is not there, or gives no answer"),
                Ok(took) => drop(self.row(name, &took)),
                Err(error) => println!("{name}: {error}"),
            }
        }
        println!();
        Ok(())
    }

    /// All controls in one pass.
    fn replay(&self) -> io::Result<()> {
        for (name, program) in [("", Some(self.program.clone())), ("before: ", std::env::var("BASELINE").ok())] {
            let Some(program) = program else { continue };
            let took = run(Command::new(program).args(["replay", "--demo", "-q"]).arg(&self.file))?;
            self.row(&format!("{name}replay of all controls"), &Took { output: String::new(), ..took });
        }
        Ok(())
    }

    /// The packed files that CloudTrail delivers, beside unpacking alone.
    fn packed(&self, directory: &Path) -> io::Result<()> {
        self.pack(directory)?;
        let files: Vec<PathBuf> =
            fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        let (before, start) = (ticks("/proc/self/stat", 13)?, Instant::now());
        let mut unpacked = 0;
        for file in &files {
            unpacked += io::copy(&mut MultiGzDecoder::new(BufReader::new(File::open(file)?)), &mut io::sink())?;
        }
        let cpu = (ticks("/proc/self/stat", 13)? - before) as f64 / 100.0;
        println!();
        let wall = start.elapsed().as_secs_f64();
        let alone = Took { cpu, wall, memory: 0.0, output: format!("{} MB", unpacked / 1_000_000) };
        self.row(&format!("unpacking {FILES} files, nothing else"), &alone);
        let took = run(self.count().args(&files))?;
        self.row(&format!("pattern match --count of {FILES} packed files"), &took);
        println!("{:<44} {:>+6.0}%", "of that more than unpacking alone", (took.cpu / alone.cpu - 1.0) * 100.0);
        if let Some(first) = files.first() {
            let took = run(self.count().arg(first))?;
            println!(
                "{:<44} {:>7.2} {:>7.2} {:>9} {:>8.1}",
                "pattern match --count of one of them",
                took.cpu,
                took.wall,
                "",
                took.memory / 1e6
            );
        }
        Ok(())
    }

    /// The command that counts what 3.4 requires.
    fn count(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["pattern", "match", "--count", PATTERN]);
        command
    }

    /// The corpus as CloudTrail delivers it.
    fn pack(&self, directory: &Path) -> io::Result<()> {
        if directory.exists() {
            return Ok(());
        }
        let partial = directory.with_extension("part");
        fs::create_dir_all(&partial)?;
        let mut lines = BufReader::with_capacity(1 << 20, File::open(&self.file)?);
        let mut line = Vec::new();
        for number in 0..FILES {
            let mut out = GzEncoder::new(File::create(partial.join(format!("{number}.json.gz")))?, Compression::new(6));
            let (mut written, mut between) = (0, &b"{\"Records\":["[..]);
            while written < self.bytes / FILES as u64 || number + 1 == FILES {
                line.clear();
                if lines.read_until(b'\n', &mut line)? == 0 {
                    break;
                }
                out.write_all(between)?;
                out.write_all(line.trim_ascii_end())?;
                between = b",";
                written += line.len() as u64;
            }
            out.write_all(b"]}")?;
            out.finish()?;
        }
        fs::rename(partial, directory)
    }
}

/// Runs a program to its end.
fn run(command: &mut Command) -> io::Result<Took> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let output = accounted(words).env("KEEPS_OUTPUT", "1").stdin(Stdio::null()).output()?;
    let figures = String::from_utf8_lossy(&output.stderr);
    let wall = figures.split_whitespace().nth(2).and_then(|wall| wall.parse().ok());
    let (Some(Used { cpu, memory }), Some(wall)) = (accountant::read(&output.stderr), wall) else {
        return Err(io::Error::other("it does not run"));
    };
    Ok(Took { cpu, wall, memory, output: String::from_utf8_lossy(&output.stdout).into_owned() })
}

/// User and system time in hundredths of a second, as they are from this field on (from zero).
fn ticks(file: &str, field: usize) -> io::Result<u64> {
    let text = fs::read_to_string(file)?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let number = |at: usize| fields.get(at - 2).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(number(field) + number(field + 1))
}
