//! How fast `check` judges templates: `cargo bench --bench templates`.
//!
//! Writes a template of 500 resources (a metric filter and an alarm for each of 14 controls, a trail, a log group, a topic, and
//! functions, roles and buckets for the rest), judges it with cis-audit and with checkov, and prints CPU time, once with the
//! start of the program and once without. Checkov is installed below the target directory by the first run that finds a
//! Python. `RUNS=…` sets how often, 20 if unset.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a program of its own, with settings in the environment")]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Version of the peer.
const CHECKOV: &str = "checkov==3.2.500";
/// Resources of the template.
const RESOURCES: usize = 500;

fn main() -> io::Result<()> {
    let runs: u32 = std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let ours = Path::new(env!("CARGO_BIN_EXE_cis-audit"));
    let (large, small) = (directory.join("large.yaml"), directory.join("small.yaml"));
    fs::write(&large, template(ours, RESOURCES)?)?;
    fs::write(&small, "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")?;
    println!(
        "{RESOURCES} resources, {} bytes; CPU time (user and system) of one run, the median of {runs}\n",
        fs::metadata(&large)?.len()
    );
    println!("{:<12} {:>12} {:>12} {:>12}", "", "whole ms", "start ms", "rest ms");
    let mut rows = Vec::new();
    let check = |file: &Path| {
        let mut command = Command::new(ours);
        command.arg("check").arg(file).args(["--allow-none", "-f", "json"]);
        command
    };
    rows.push(row("cis-audit", runs, || check(&large), || check(&small))?);
    match checkov(&directory) {
        Ok(program) => {
            let check = |file: &Path| {
                let mut command = Command::new(&program);
                command
                    .arg("--framework")
                    .arg("cloudformation")
                    .arg("--file")
                    .arg(file)
                    .args(["-o", "json", "--quiet"]);
                command
            };
            rows.push(row("checkov", runs.min(5), || check(&large), || check(&small))?);
        }
        Err(why) => println!("checkov: {why}"),
    }
    if let [(whole, rest), (peers, peers_rest)] = rows.as_slice() {
        println!(
            "\ncheckov takes {:.0} times as long, and {:.0} times without the start",
            peers / whole,
            peers_rest / rest
        );
    }
    Ok(())
}

/// The whole time, and that without the start, in milliseconds.
fn row(name: &str, runs: u32, large: impl Fn() -> Command, small: impl Fn() -> Command) -> io::Result<(f64, f64)> {
    let (whole, start) = (median(runs, large)?, median(runs, small)?);
    let rest = (whole - start).max(0.01);
    println!("{name:<12} {whole:>12.2} {start:>12.2} {rest:>12.2}");
    Ok((whole, rest))
}

fn median(runs: u32, command: impl Fn() -> Command) -> io::Result<f64> {
    let mut all = (0..runs).map(|_| cpu(&mut command())).collect::<io::Result<Vec<f64>>>()?;
    all.sort_by(f64::total_cmp);
    Ok(all.get(all.len() / 2).copied().unwrap_or_default())
}

/// CPU milliseconds of a command, as the shell's `times` has them of its children.
fn cpu(command: &mut Command) -> io::Result<f64> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut shell = Command::new("bash");
    shell.args(["-c", "TIMEFORMAT='%3U %3S'; time \"$@\" >/dev/null 2>/dev/null", "bash"]).args(words);
    let output = shell.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    let text = String::from_utf8_lossy(&output.stderr).replace(',', ".");
    let seconds: f64 = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok()).sum();
    Ok(seconds * 1000.0)
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
