//! What an audit of an organization costs: `cargo bench --bench organization`.
//!
//! A thousand accounts on the in-process organization, 50 ms a request. CPU time and memory are the auditing process's own.
//! Beside it runs the build before, if `BASELINE` names its executable: single audits, 32 at once, as people run them with
//! `xargs`. `ACCOUNTS` asks for another number. The ratio of 100, 1,000 and 5,000 accounts shows whether cost is in
//! proportion (`SCALE=1`).

#[expect(dead_code, reason = "the bench needs a part of what the tests need")]
#[path = "../tests/support/lib.rs"]
mod support;

use std::env;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::account::Account;
use support::organization::{Listing, Member, Organization, ROLE};
use support::run::EXECUTABLE;

const ROUND_TRIP: Duration = Duration::from_millis(50);

/// The kernel reports to a parent what its children used, but the standard library does not pass it on; Python's does.
const ACCOUNTANT: &str = "
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024))
";

/// Single audits, 32 at once, of the accounts that are named on standard input.
const BEFORE: &str = r#"xargs -P 32 -I{} sh -c '"$0" --role-arn "arn:aws:iam::{}:role/Audit" -f ndjson >/dev/null 2>&1; true' "$BASELINE""#;

struct Cost {
    wall: Duration,
    cpu: f64,
    memory: f64,
}

fn id(number: usize) -> String {
    format!("1000{number:08}")
}

fn organization(accounts: usize) -> Organization {
    let root = Member::new(Account::seed("999900000000"), "root");
    let others = (0..accounts).map(|number| Member::new(Account::seed(&id(number)), &format!("account {number}")));
    Organization::with_latency([root].into_iter().chain(others).collect(), Listing::Status, ROUND_TRIP)
}

/// Runs a command under the accountant. `None`: there is no Python here.
fn cost(organization: &Organization, program: &[&str], input: &str) -> Option<Cost> {
    let cli = organization.cli();
    let mut command = Command::new("python3");
    command.args(["-c", ACCOUNTANT]).args(program).envs(cli.variables()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let wall = began.elapsed();
    let text = String::from_utf8(output.stdout).ok()?;
    let mut figures = text.split_whitespace().skip(1).filter_map(|figure| figure.parse::<f64>().ok());
    Some(Cost { wall, cpu: figures.next()?, memory: figures.next()? / 1e6 })
}

fn of_run(accounts: usize) -> Option<Cost> {
    let organization = organization(accounts);
    cost(&organization, &[EXECUTABLE, "--org", "--role-name", ROLE, "--concurrency", "32", "-f", "ndjson"], "")
}

fn main() {
    let accounts: usize = env::var_os("ACCOUNTS").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(1_000);
    let mut out = io::stdout().lock();
    let Some(now) = of_run(accounts) else {
        drop(writeln!(out, "not measurable here: there is no python3"));
        return;
    };
    let each =
        |cost: &Cost, accounts: usize| 1_000.0 * cost.cpu / f64::from(u32::try_from(accounts).unwrap_or(u32::MAX));
    drop(writeln!(
        out,
        "{accounts} accounts: {:.1} s (goal for 1,000: 15), {:.1} ms of CPU an account (goal 7), {:.0} MB (goal 150)",
        now.wall.as_secs_f64(),
        each(&now, accounts),
        now.memory
    ));
    if env::var_os("BASELINE").is_some() {
        let organization = organization(accounts);
        let list: String = (0..accounts).map(|number| format!("{}\n", id(number))).collect();
        if let Some(before) = cost(&organization, &["sh", "-c", BEFORE], &list) {
            drop(writeln!(
                out,
                "single audits of the build before, 32 at once: {:.1} s, {:.1} ms of CPU an account: {:.1} times as much (goal 2.4)",
                before.wall.as_secs_f64(),
                each(&before, accounts),
                before.cpu / now.cpu
            ));
        }
    }
    if env::var_os("SCALE").is_some() {
        for accounts in [100, 1_000, 5_000] {
            if let Some(cost) = of_run(accounts) {
                let (cpu, memory) = (each(&cost, accounts), cost.memory);
                drop(writeln!(out, "{accounts} accounts: {cpu:.1} ms of CPU an account, {memory:.0} MB"));
            }
        }
    }
}
