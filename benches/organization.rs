//! What an audit of an organization costs: `cargo bench --bench organization`.
//!
//! A thousand accounts on the in-process organization, 50 ms a request, over TLS. CPU time and memory are the auditing
//! process's own. Beside it run single audits, 32 at once, as people run them with `xargs`: of the executable that
//! `BASELINE` names, else of this build. `PROGRAM=PATH` measures another executable than this build's. `ACCOUNTS` asks for
//! another number. The ratio of 100, 1,000 and 5,000 accounts shows whether cost is in proportion (`SCALE=1`). Two hundred
//! members with the organization's trail show the requests for each.

#[expect(dead_code, reason = "the bench needs a part of what the tests need")]
#[path = "../tests/support/lib.rs"]
mod support;

#[path = "support/accountant.rs"]
mod accountant;

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use accountant::accounted;
use support::account::Account;
use support::organization::{Listing, MANAGEMENT, Member, Organization, ROLE, member_id as id};
use support::run::EXECUTABLE;

const ROUND_TRIP: Duration = Duration::from_millis(50);

/// Single audits, 32 at once, of the accounts that are named on standard input.
const BEFORE: &str =
    r#"xargs -P 32 -I{} sh -c '"$0" --role-arn "arn:aws:iam::{}:role/Audit" -f ndjson >/dev/null 2>&1; true' "$0""#;

struct Cost {
    wall: Duration,
    cpu: f64,
    /// MB
    memory: f64,
}

fn organization(accounts: usize) -> Organization {
    let root = Member::new(Account::seed(MANAGEMENT), "root");
    let others = (0..accounts).map(|number| Member::new(Account::seed(&id(number)), &format!("account {number}")));
    Organization::over_tls([root].into_iter().chain(others).collect(), Listing::Status, ROUND_TRIP)
}

/// The management account with the organization's trail, and members that see nothing but it.
fn sharing_a_trail(members: usize) -> Organization {
    let mut owner = Account::seed(MANAGEMENT);
    owner.trail().organization_owner = Some(MANAGEMENT.into());
    let trail = owner.trails.clone();
    let others = (0..members).map(|number| {
        let mut account = Account::empty(&id(number));
        account.trails.clone_from(&trail);
        Member::new(account, &format!("member {number}"))
    });
    let all = [Member::new(owner, "root")].into_iter().chain(others).collect();
    Organization::over_tls(all, Listing::Status, ROUND_TRIP)
}

/// Runs a command under the accountant. `None`: there is no Python here.
fn cost(organization: &Organization, program: &[&str], input: &str) -> Option<Cost> {
    let cli = organization.cli();
    let mut command = accounted(program.iter().map(OsStr::new));
    // Certificates and proxies of the machine are not those of this server.
    command.env_clear().envs(cli.variables()).envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let wall = began.elapsed();
    let used = accountant::read(&output.stdout)?;
    Some(Cost { wall, cpu: used.cpu, memory: used.memory / 1e6 })
}

fn of_run(accounts: usize) -> Option<Cost> {
    measure(&organization(accounts))
}

fn measure(organization: &Organization) -> Option<Cost> {
    cost(organization, &[&program(), "--org", "--role-name", ROLE, "--concurrency", "32", "-f", "ndjson"], "")
}

fn program() -> String {
    env::var_os("PROGRAM").and_then(|path| path.into_string().ok()).unwrap_or_else(|| EXECUTABLE.to_owned())
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
    let (program, whose) = match env::var_os("BASELINE").map(std::ffi::OsString::into_string) {
        Some(Ok(program)) => (program, "the build before"),
        _ => (program(), "this build"),
    };
    let organization = organization(accounts);
    let list: String = (0..accounts).map(|number| format!("{}\n", id(number))).collect();
    if let Some(before) = cost(&organization, &["sh", "-c", BEFORE, &program], &list) {
        drop(writeln!(
            out,
            "single audits of {whose}, 32 at once: {:.1} s, {:.1} ms of CPU an account: {:.1} times as much (goal 2.4)",
            before.wall.as_secs_f64(),
            each(&before, accounts),
            before.cpu / now.cpu
        ));
    }
    drop(organization);
    let shared = sharing_a_trail(200);
    if measure(&shared).is_some() {
        let most = (0..200).map(|number| shared.asked(&id(number)).values().sum::<usize>()).max().unwrap_or_default();
        drop(writeln!(
            out,
            "200 members with the organization's trail: {} requests at most for each, its role included (goal 5); {} in all",
            most + 1,
            shared.requests()
        ));
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
