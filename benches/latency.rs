//! What an audit of the seed's account costs: `cargo bench`.
//!
//! Wall time is shown as a multiple of the round trip that was added, which is what a user far from AWS pays and what
//! does not depend on this machine. CPU time and memory are the process's own, over plain HTTP without latency.
//! Each figure is printed next to its goal; missing one ends the bench with a failure.

#[expect(dead_code, reason = "the bench needs a part of what the tests need")]
#[path = "../tests/support/lib.rs"]
mod support;

use std::io::{self, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use support::account::Account;
use support::proxy::Treatment;
use support::run::Cli;
use support::seed::REGION;
use support::stage::{Endpoint, Stage, example_credentials, fresh_id};
use support::tls::DistantAws;

const ROUND_TRIP: Duration = Duration::from_millis(50);
const RUNS: usize = 9;

/// One line of the table.
struct Figure {
    what: &'static str,
    /// Nothing where it cannot be measured.
    value: Option<f64>,
    unit: &'static str,
    goal: f64,
}

fn main() -> ExitCode {
    let (cpu, memory) = usage();
    let figures = [
        Figure { what: "requests", value: Some(requests()), unit: "", goal: 10.0 },
        Figure {
            what: "wall time, plain HTTP, 50 ms added to every request",
            value: Some(in_round_trips(median(plain_http))),
            unit: "round trips",
            goal: 3.0,
        },
        Figure {
            what: "wall time, TLS 1.3, a host for each service, 50 ms away",
            value: Some(in_round_trips(median(distant_tls))),
            unit: "round trips",
            goal: 5.0,
        },
        Figure { what: "CPU time", value: cpu, unit: "ms", goal: 25.0 },
        Figure { what: "peak memory", value: memory, unit: "MB", goal: 25.0 },
    ];
    let mut out = io::stdout().lock();
    let mut missed = false;
    for Figure { what, value, unit, goal } in figures {
        let shown = match value {
            Some(value) => format!("{value:.1} {unit}"),
            None => "not measurable here".to_owned(),
        };
        let late = value.is_some_and(|value| value > goal);
        missed |= late;
        let verdict = if late { "MISSED" } else { "" };
        drop(writeln!(out, "{what:<56} {shown:>20}   goal {goal} {verdict}"));
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn seed() -> Account {
    Account::seed(&fresh_id())
}

fn near(latency: Duration) -> Stage {
    let treatment = Treatment { latency, faults: Vec::new() };
    Stage::with_treatment(Endpoint::Fake, seed(), treatment).expect("the in-process server always runs")
}

/// Runs it once for its time.
///
/// # Panics
/// If the seed does not pass: a quick wrong answer is no figure.
fn timed(cli: &Cli) -> Duration {
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    run.elapsed
}

fn median(measure: impl Fn() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| measure()).collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn in_round_trips(time: Duration) -> f64 {
    time.as_secs_f64() / ROUND_TRIP.as_secs_f64()
}

fn requests() -> f64 {
    let stage = near(Duration::ZERO);
    timed(&stage.cli());
    let count = u32::try_from(stage.traffic().count()).expect("a handful of requests");
    f64::from(count)
}

fn plain_http() -> Duration {
    timed(&near(ROUND_TRIP).cli())
}

fn distant_tls() -> Duration {
    let aws = DistantAws::new(seed(), ROUND_TRIP);
    let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    timed(&aws.reached_by(cli))
}

/// The kernel reports to a parent what its children used, but the standard library does not pass it on; Python's does.
const ACCOUNTANT: &str = "
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
memory = used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, memory)
";

/// CPU time in ms (the median of the runs) and peak memory in MB (the largest).
fn usage() -> (Option<f64>, Option<f64>) {
    let stage = near(Duration::ZERO);
    let runs: Option<Vec<(f64, f64)>> = (0..RUNS).map(|_| usage_once(&stage.cli())).collect();
    let Some(runs) = runs else { return (None, None) };
    let (mut cpu, memory): (Vec<f64>, Vec<f64>) = runs.into_iter().unzip();
    cpu.sort_by(f64::total_cmp);
    (Some(cpu[RUNS / 2] * 1e3), memory.into_iter().max_by(f64::total_cmp).map(|bytes| bytes / 1e6))
}

fn usage_once(cli: &Cli) -> Option<(f64, f64)> {
    let audit = cli.command();
    let mut command = Command::new("python3");
    command.args(["-S", "-E", "-c", ACCOUNTANT]).arg(audit.get_program()).args(audit.get_args());
    command.env_clear().envs(audit.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut fields = text.split_whitespace();
    assert_eq!(fields.next()?, "0", "the seed passes: {}", String::from_utf8_lossy(&output.stderr));
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
