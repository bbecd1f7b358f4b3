//! How fast events are read: `cargo bench --bench throughput`, which also measures the evaluator by itself.
//!
//! Writes a corpus of CloudTrail events once, as lines and as the packed files that CloudTrail delivers, and measures the CPU
//! time that it takes to find those of a control in it: with cis-audit, with another build of it (`BASELINE=PATH`), with jq,
//! ripgrep and `DuckDB` where they are installed. `BYTES=…` sets the corpus's size, 1 GB if unset. CPU time and memory are read
//! from `/proc`, so Linux alone has figures.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cis_audit::rule::Benchmark;
use cis_audit::rule::catalog::Catalog;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

#[path = "../crates/filter-pattern/benches/corpus/mod.rs"]
mod corpus;

use corpus::{PATTERN, corpus};

const JQ: &str = r#"select(.eventSource == "iam.amazonaws.com" and (.eventName | IN("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy"))) | .eventID"#;

const DUCKDB: &str = "import duckdb, sys
duckdb.sql('set threads = 1')
print(duckdb.sql(\"select count(*) from read_ndjson('\" + sys.argv[1] + \"', columns = {eventSource: 'varchar', eventName: 'varchar'}) where eventSource = 'iam.amazonaws.com' and eventName like '%Policy%' and eventName not like 'Get%' and eventName not like 'List%'\").fetchone()[0])";

/// Files in which the packed corpus is delivered.
const FILES: usize = 8;

fn main() -> io::Result<()> {
    let wanted: u64 = std::env::var("BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000_000);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join(format!("events-{wanted}.ndjson"));
    let events = corpus(&file, wanted)?;
    let bytes = fs::metadata(&file)?.len();
    println!("{events} events, {:.2} GB, {} bytes each on average\n", bytes as f64 / 1e9, bytes / events.max(1));
    let bench = Bench { file, bytes };
    // Once, so that all of them find the file in memory.
    io::copy(&mut File::open(&bench.file)?, &mut io::sink())?;
    bench.heading();
    bench.patterns()?;
    bench.others()?;
    bench.replay()?;
    bench.packed(&directory.join(format!("events-{wanted}-gz")))
}

struct Bench {
    file: PathBuf,
    bytes: u64,
}

/// What a program took.
struct Took {
    cpu: f64,
    wall: Duration,
    /// The most memory that it had, in kB.
    memory: u64,
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
        println!(
            "{what:<44} {cpu:>7.2} {:>7.2} {speed:>9.3} {:>8.1} {found:>8}",
            wall.as_secs_f64(),
            *memory as f64 / 1e3
        );
        speed
    }

    /// The pattern of each control, by this program and by another build.
    fn patterns(&self) -> io::Result<()> {
        let catalog = Catalog::builtin(Benchmark::default()).map_err(io::Error::other)?;
        let programs: Vec<(String, String)> =
            [("", Some(env!("CARGO_BIN_EXE_cis-audit").to_owned())), ("before: ", std::env::var("BASELINE").ok())]
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
        let took = run(Command::new(env!("CARGO_BIN_EXE_cis-audit"))
            .args(["pattern", "match", "--count", PATTERN])
            .arg(&self.file))?;
        self.row("cis-audit, what 3.4 requires", &took);
        let file = self.file.as_os_str();
        for (name, program, arguments) in [
            ("jq", "jq", &["-r", JQ][..]),
            ("ripgrep, one text", "rg", &["--count", "PutRolePolicy"]),
            ("DuckDB", "python3", &["-c", DUCKDB]),
            ("cat", "cat", &[]),
        ] {
            let mut command = Command::new(program);
            command.args(arguments).arg(file);
            if name == "cat" {
                command.stdout(Stdio::null());
            }
            match run(&mut command) {
                Ok(took) if took.output.is_empty() && name != "cat" => println!("{name}: is not there"),
                Ok(took) => drop(self.row(name, &took)),
                Err(error) => println!("{name}: {error}"),
            }
        }
        println!();
        Ok(())
    }

    /// All controls in one pass.
    fn replay(&self) -> io::Result<()> {
        let took = run(Command::new(env!("CARGO_BIN_EXE_cis-audit")).args(["replay", "--demo", "-q"]).arg(&self.file))?;
        self.row("replay of all controls", &Took { output: String::new(), ..took });
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
        let took = Took { cpu, wall: start.elapsed(), memory: 0, output: format!("{} MB", unpacked / 1_000_000) };
        self.row(&format!("unpacking {FILES} files, nothing else"), &took);
        let took = run(Command::new(env!("CARGO_BIN_EXE_cis-audit"))
            .args(["pattern", "match", "--count", PATTERN])
            .args(&files))?;
        self.row(&format!("pattern match --count of {FILES} packed files"), &took);
        if let Some(first) = files.first() {
            let took = run(Command::new(env!("CARGO_BIN_EXE_cis-audit"))
                .args(["pattern", "match", "--count", PATTERN])
                .arg(first))?;
            println!(
                "{:<44} {:>7.2} {:>7.2} {:>9} {:>8.1}",
                "pattern match --count of one of them",
                took.cpu,
                took.wall.as_secs_f64(),
                "",
                took.memory as f64 / 1e3
            );
        }
        Ok(())
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
    // Of children that were waited for: fields 16 and 17 of proc_pid_stat(5).
    let (before, start) = (ticks("/proc/self/stat", 15)?, Instant::now());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut out = child.stdout.take();
    let reading = std::thread::spawn(move || {
        let mut output = String::new();
        out.as_mut().map_or(Ok(0), |out| out.read_to_string(&mut output)).map(|_| output)
    });
    let mut memory = 0;
    while child.try_wait()?.is_none() {
        let peak = fs::read_to_string(&status).unwrap_or_default();
        let peak =
            peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|peak| peak.split_whitespace().next());
        memory = memory.max(peak.and_then(|peak| peak.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(3));
    }
    let wall = start.elapsed();
    let output = reading.join().map_err(|_| io::Error::other("a thread that read"))??;
    let cpu = (ticks("/proc/self/stat", 15)? - before) as f64 / 100.0;
    Ok(Took { cpu, wall, memory, output })
}

/// User and system time in hundredths of a second, as they are from this field on (from zero).
fn ticks(file: &str, field: usize) -> io::Result<u64> {
    let text = fs::read_to_string(file)?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let number = |at: usize| fields.get(at - 2).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(number(field) + number(field + 1))
}
