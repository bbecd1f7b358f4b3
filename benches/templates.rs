//! How fast `check` judges documents: `cargo bench --bench templates`.
//!
//! A template of 500 resources (a metric filter and an alarm for each of 14 controls, a trail, a log group, a topic, and
//! functions, roles and buckets for the rest), a plan of 5,000 resources of which 100 are of the chain, and one in which all
//! are. Judges each with cis-audit and with checkov and prints CPU time, once with the start of the program and once
//! without, and peak memory. Checkov is installed below the target directory by the first run that finds a Python. `RUNS=…`
//! sets how often, 20 if unset; `PEER=0` leaves checkov out; `PROGRAM=PATH` measures another executable than this build's.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cis_audit::rule::Benchmark;
use cis_audit::rule::catalog::Catalog;

#[path = "support/accountant.rs"]
mod accountant;
#[path = "templates/plans.rs"]
mod plans;

use accountant::{Used, accounted};

/// Version of the peer.
const CHECKOV: &str = "checkov==3.2.500";
/// Resources of the template.
const RESOURCES: usize = 500;
/// Resources of the plans.
const PLANNED: usize = 5_000;

/// A document, one of the same kind with next to nothing in it, and what checkov calls that kind.
struct Input {
    name: String,
    large: PathBuf,
    small: PathBuf,
    framework: &'static str,
}

fn main() -> io::Result<()> {
    let runs: u32 = std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let ours = std::env::var("PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_cis-audit").to_owned());
    let ours = Path::new(&ours);
    let inputs = inputs(&directory, ours)?;
    let peer = match std::env::var("PEER").as_deref() {
        Ok("0") => Err("left out".to_owned()),
        _ => checkov(&directory),
    };
    if let Err(why) = &peer {
        println!("checkov: {why}");
    }
    println!("CPU time (user and system) and peak memory of one run, the median of {runs}; of checkov, of 3");
    for input in &inputs {
        println!("\n{}, {:.2} MB", input.name, fs::metadata(&input.large)?.len() as f64 / 1e6);
        println!("{:<12} {:>12} {:>12} {:>12} {:>10}", "", "whole ms", "start ms", "rest ms", "MB");
        let check = |file: &Path| {
            let mut command = Command::new(ours);
            command.arg("check").arg(file).args(["--allow-none", "-f", "json"]);
            command
        };
        let own = row("cis-audit", runs, || check(&input.large), || check(&input.small))?;
        let Ok(program) = &peer else { continue };
        let check = |file: &Path| {
            let mut command = Command::new(program);
            command.args(["--framework", input.framework, "--file"]).arg(file).args(["-o", "json", "--quiet"]);
            command
        };
        let peers = row("checkov", 3, || check(&input.large), || check(&input.small))?;
        println!(
            "checkov takes {:.0} times as long, and {:.0} times without the start",
            peers.0 / own.0,
            peers.1 / own.1
        );
    }
    Ok(())
}

/// Writes the documents.
fn inputs(directory: &Path, ours: &Path) -> io::Result<Vec<Input>> {
    let write = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, text).map(|()| path)
    };
    let catalog = Catalog::builtin(Benchmark::default()).map_err(io::Error::other)?;
    let events = catalog.rules().iter().filter_map(|rule| rule.demand.events());
    let patterns: Vec<String> = events.map(|events| events.pattern.source().to_owned()).collect();
    let small = write("small.json", plans::plan(1, 0, &patterns))?;
    let plan = |of_the_chain: usize| {
        Ok::<Input, io::Error>(Input {
            name: format!("plan of {PLANNED} resources, {of_the_chain} of the chain"),
            large: write(&format!("plan-{of_the_chain}.json"), plans::plan(PLANNED, of_the_chain, &patterns))?,
            small: small.clone(),
            framework: "terraform_plan",
        })
    };
    Ok(vec![
        Input {
            name: format!("template of {RESOURCES} resources"),
            large: write("large.yaml", template(ours, RESOURCES)?)?,
            small: write("small.yaml", "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n".to_owned())?,
            framework: "cloudformation",
        },
        plan(100)?,
        plan(PLANNED)?,
    ])
}

/// The whole time, and that without the start, in milliseconds.
fn row(name: &str, runs: u32, large: impl Fn() -> Command, small: impl Fn() -> Command) -> io::Result<(f64, f64)> {
    let (whole, start) = (median(runs, large)?, median(runs, small)?);
    let (whole_ms, start_ms) = (whole.cpu * 1_000.0, start.cpu * 1_000.0);
    let rest = (whole_ms - start_ms).max(0.01);
    println!("{name:<12} {whole_ms:>12.2} {start_ms:>12.2} {rest:>12.2} {:>10.1}", whole.memory / 1e6);
    Ok((whole_ms, rest))
}

fn median(runs: u32, command: impl Fn() -> Command) -> io::Result<Used> {
    let all = (0..runs).map(|_| cost(&command())).collect::<io::Result<Vec<Used>>>()?;
    let middle = |of: fn(&Used) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Ok(Used { cpu: middle(|used| used.cpu), memory: middle(|used| used.memory) })
}

fn cost(command: &Command) -> io::Result<Used> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    // What a program complains of is not what is measured.
    let output = accounted(words).stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    accountant::read(&output.stdout).ok_or_else(|| io::Error::other("python3 said nothing of a run"))
}

/// The program's own template, filled up with what is of no chain.
fn template(ours: &Path, resources: usize) -> io::Result<String> {
    let written = Command::new(ours).args(["template", "cloudformation", "--all"]).output()?;
    let mut text = String::from_utf8_lossy(&written.stdout).into_owned();
    let (mut at, mut own) = (0, 0);
    for line in text.lines() {
        own += usize::from(line.starts_with("    Type: AWS::"));
    }
    let mut more = String::new();
    while own + at < resources {
        let kind = ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Logs::LogGroup"][at % 4];
        let properties = match kind {
            "AWS::S3::Bucket" => format!("      BucketName: !Sub 'b-{at}-${{AWS::AccountId}}'\n"),
            "AWS::IAM::Role" => {
                "      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            \
                                 Principal: {Service: lambda.amazonaws.com}\n            Action: sts:AssumeRole\n"
                    .to_owned()
            }
            "AWS::Lambda::Function" => format!(
                "      Role: !GetAtt More{}.Arn\n      Runtime: python3.12\n      Code: {{ZipFile: x}}\n      Handler: i.h\n",
                at - 1
            ),
            _ => format!("      LogGroupName: /more/{at}\n      RetentionInDays: 30\n"),
        };
        let _ = write!(more, "  More{at}:\n    Type: {kind}\n    Properties:\n{properties}");
        at += 1;
    }
    // The resources are the template's last section but for its outputs.
    match text.find("\nOutputs:") {
        Some(end) => text.insert_str(end + 1, &more),
        None => text.push_str(&more),
    }
    Ok(text)
}

/// Checkov, installed below the target directory.
fn checkov(directory: &Path) -> Result<PathBuf, String> {
    let environment = directory.join("checkov");
    let program = environment.join("bin/checkov");
    if program.exists() {
        return Ok(program);
    }
    let run = |command: &mut Command| match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()),
        Err(error) => Err(error.to_string()),
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    run(Command::new(environment.join("bin/python")).args(["-m", "pip", "install", "--quiet", CHECKOV]))?;
    Ok(program)
}
