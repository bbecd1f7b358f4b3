//! The fault matrix: each operation that an audit reads, failing in each way, on a sound account and on accounts that are
//! broken at one link each. What is right of a cell is written out in [`right`], by rules over operation, fault and link.
//!
//! The laws that no cell may break:
//!
//! 1. An account that is broken never exits 0, whatever one fault is injected, unless an optional action that alone would
//!    show it is denied: then `effective` is unknown.
//! 2. A sound account never exits 1.
//! 3. No panic, no secret in the output, and a hung operation costs one `--timeout`.
//! 4. What was not read is listed, with its operation and the right code.
//! 5. No one is advised to allow what is not missing.

mod accounts;
mod cut;
mod reads;
mod right;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use self::accounts::Link;
use self::reads::{Kind, READS, Read};
use self::right::right;
use crate::support::report::Report;
use crate::support::run::Run;
use crate::support::stage::Stage;
use crate::support::sweep::{Sweep, at_once, chosen};

/// Seconds after which an operation that hangs is given up, in the cells where one does.
const TIMEOUT: u64 = 3;
/// What may be waited in vain beyond that: less than a second timeout.
const SLACK: Duration = Duration::from_millis(1000);
/// Longest run: some operations are asked for twice in a row, five attempts each, on a machine that runs many at once.
const LONGEST: Duration = Duration::from_secs(25);
/// Most requests of one operation: an alarm of each control's metric, five attempts each, and room for more.
const MOST: usize = 100;
/// Runs at once. Most of a cell is waiting.
const THREADS: usize = 12;
/// Cells of the sample.
const SAMPLE: usize = 90;

const TOKEN: &str = "SESSIONTOKENSESSIONTOKEN";
/// The key of [`crate::support::stage::example_credentials`].
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// One operation that fails in one way on one account.
struct Cell<'a> {
    link: Link,
    read: &'a Read,
    kind: Kind,
}

/// What the program made of a cell.
struct Seen {
    run: Run,
    /// Nothing where standard output was no report.
    report: Option<Report>,
    /// How often the operation was asked for.
    asked: usize,
    /// How long an answer was waited for that never came.
    waited: Duration,
}

impl Cell<'_> {
    fn name(&self) -> String {
        format!("{} × {} × {}", self.read.action, self.kind.label(), self.link.name())
    }

    fn run(&self) -> Seen {
        let stage = Stage::fake_with_faults(self.link.account(), vec![self.kind.rule(self.read.action)]);
        let cli = stage.cli().env("AWS_SESSION_TOKEN", TOKEN).args(self.link.arguments());
        let timeout = if self.kind == Kind::Hang { TIMEOUT } else { 10 };
        let cli = cli.args(&["--timeout", &timeout.to_string(), "-f", "json"]).within(LONGEST);
        let (run, _) = cli.run_anyhow();
        let asked = stage.traffic().by_action().get(self.read.action).copied().unwrap_or_default();
        let report = serde_json::from_str(&run.stdout).ok();
        Seen { run, report, asked, waited: stage.traffic().waited_in_vain() }
    }
}

/// The audit of each account without any fault: what it asks for, and that it says what is broken.
fn baselines(sweep: &mut Sweep) -> BTreeMap<Link, BTreeMap<String, usize>> {
    let audited = at_once(THREADS, &Link::ALL, |link| {
        let stage = Stage::fake(link.account());
        let (run, report) = stage.cli().args(link.arguments()).report();
        (run, report, stage.traffic().by_action())
    });
    let mut asked = BTreeMap::new();
    for (link, (run, report, actions)) in Link::ALL.into_iter().zip(audited) {
        let wanted = right::without_fault(link);
        for wrong in wanted.misses(&report) {
            sweep.wrong("without any fault", link.name(), &wrong);
        }
        let gaps = report.gap_operations();
        if run.code != Some(link.exit_code()) || !gaps.is_empty() {
            let code = run.code;
            sweep.wrong("without any fault", link.name(), &format!("exit {code:?}, gaps {gaps:?}"));
        }
        asked.insert(link, actions);
    }
    asked
}

/// Runs every cell, and once more those that come out wrong: a machine that halts for seconds is no fault of the
/// program's.
fn run_all(cells: &[Cell<'_>]) -> Vec<Seen> {
    let mut seen = at_once(THREADS, cells, Cell::run);
    let is_wrong = |place: &usize| !faults_of(&cells[*place], &seen[*place]).is_empty();
    let again: Vec<usize> = (0..cells.len()).filter(is_wrong).collect();
    let second = at_once(THREADS / 2, &again, |place| cells[*place].run());
    for (place, second) in again.into_iter().zip(second) {
        seen[place] = second;
    }
    seen
}

/// What is wrong with a cell: which law or rule it breaks, and how.
fn faults_of(cell: &Cell<'_>, seen: &Seen) -> Vec<(&'static str, String)> {
    let Seen { run, report, asked, waited } = seen;
    let mut wrong = Vec::new();
    if run.stderr.contains("panicked") {
        wrong.push(("a panic", run.stderr.clone()));
    }
    if run.stdout.contains(SECRET) || run.stderr.contains(SECRET) || format!("{run:?}").contains(TOKEN) {
        wrong.push(("a secret in the output", String::new()));
    }
    if run.elapsed >= LONGEST {
        wrong.push(("too slow", format!("{:.1} s, {asked} requests", run.elapsed.as_secs_f64())));
    }
    if *waited > Duration::from_secs(TIMEOUT) + SLACK {
        let timeouts = waited.as_secs_f64() / f64::from(u32::try_from(TIMEOUT).unwrap_or(1));
        wrong.push((
            "a hung operation costs more than one timeout",
            format!("{timeouts:.1} timeouts, {asked} requests"),
        ));
    }
    if run.elapsed < LONGEST && *asked > MOST {
        wrong.push(("asked for too often", format!("{asked} requests")));
    }
    let Some(report) = report else {
        let line = run.stderr.lines().next().unwrap_or_default();
        wrong.push(("no report", format!("exit {:?}: {line}", run.code)));
        return wrong;
    };
    let right = if *asked == 0 { right::without_fault(cell.link) } else { right(cell.link, cell.read, cell.kind) };
    let is_broken = !cell.link.is_sound();
    match run.code {
        Some(0) if is_broken && !right.cis.contains(&"pass") => wrong.push(("a broken account exits 0", String::new())),
        Some(1) if !is_broken => wrong.push(("a sound account exits 1", reason(report))),
        _ => {}
    }
    if is_broken && report.results.iter().all(|finding| finding.verdicts.effective == "pass") {
        wrong.push(("a broken account passes as effective", String::new()));
    }
    if run.code != Some(code_of(report)) {
        wrong.push(("the exit code is not that of the statuses", format!("{:?}", run.code)));
    }
    wrong.extend(right.misses(report).into_iter().map(|miss| ("another status than the rules allow", miss)));
    wrong.extend(right.missing_gap(report, cell.read).map(|miss| ("the gap", miss)));
    if !cell.kind.is_denial()
        && let Some(bad) = report.results.iter().find(|finding| advises_to_allow(&finding.remediation, cell.read))
    {
        wrong.push(("advice to allow what is not missing", bad.remediation.clone()));
    }
    wrong
}

fn advises_to_allow(remediation: &str, read: &Read) -> bool {
    remediation.contains("Allow ") && remediation.contains(read.action)
}

/// Why the first control that does not pass does not.
fn reason(report: &Report) -> String {
    let reason = report.results.iter().find_map(|finding| finding.reason.as_ref());
    reason.map_or_else(String::new, |reason| reason.code.clone())
}

/// The exit code that goes with the statuses.
fn code_of(report: &Report) -> i32 {
    let has = |status: &str| report.results.iter().any(|finding| finding.status == status);
    if has("fail") {
        1
    } else if has("unknown") {
        2
    } else {
        0
    }
}

/// `P/U 0`: `cis` and `effective` of all controls (`*` where they differ), and the exit code.
fn shown(seen: &Seen) -> String {
    let code = seen.run.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
    let Some(report) = &seen.report else { return format!("none {code}") };
    let letter = |field: fn(&crate::support::report::Finding) -> &str| {
        let mut all = report.results.iter().map(field);
        let first = all.next().unwrap_or_default();
        let all_same = all.all(|other| other == first);
        if all_same { first.chars().next().unwrap_or('?').to_ascii_uppercase() } else { '*' }
    };
    let cis = letter(|finding| &finding.verdicts.cis);
    let effective = letter(|finding| &finding.verdicts.effective);
    format!("{cis}/{effective} {code}")
}

/// A block for each operation: a column for each fault, a row for each account that has a cell.
fn table(cells: &[Cell<'_>], texts: &[String]) -> String {
    let mut text =
        "cis/effective exit: P pass, F fail, U unknown, * several; ! wrong, · not asked for or not in the sample\n"
            .to_owned();
    for read in READS {
        let columns: Vec<String> = read.kinds().iter().map(Kind::label).collect();
        let widths: Vec<usize> = columns.iter().map(|column| column.chars().count().max(6)).collect();
        let _ = write!(text, "\n{:<28}", read.action);
        for (column, width) in columns.iter().zip(&widths) {
            let _ = write!(text, "  {column:<width$}");
        }
        text.push('\n');
        let has_cell = |link: &Link| cells.iter().any(|cell| cell.link == *link && cell.read.action == read.action);
        for link in Link::ALL.into_iter().filter(has_cell) {
            let _ = write!(text, "  {:<26}", link.name());
            for (kind, width) in read.kinds().iter().zip(&widths) {
                let is_this =
                    |cell: &Cell<'_>| cell.link == link && cell.read.action == read.action && cell.kind == *kind;
                let shown = cells.iter().position(is_this).map_or("·", |place| &texts[place]);
                let _ = write!(text, "  {shown:<width$}");
            }
            text = text.trim_end().to_owned();
            text.push('\n');
        }
    }
    text
}

#[test]
fn every_operation_fails_in_every_way() {
    let mut sweep = Sweep::new("fault-matrix");
    let asked = baselines(&mut sweep);
    let mut cells = Vec::new();
    for read in READS {
        if !asked.values().any(|actions| actions.contains_key(read.action)) && !read.is_new {
            sweep.wrong("asked for on no account", read.action, "");
        }
        for link in Link::ALL.into_iter().filter(|link| link.asks(read) && asked[link].contains_key(read.action)) {
            cells.extend(read.kinds().into_iter().map(|kind| Cell { link, read, kind }));
        }
    }
    sweep.line(&format!("{} cells in all", cells.len()));
    let cells = chosen(cells, SAMPLE, Cell::name);
    let seen = run_all(&cells);
    let mut texts = Vec::new();
    for (cell, seen) in cells.iter().zip(&seen) {
        let wrong = faults_of(cell, seen);
        texts.push(format!("{}{}", shown(seen), if wrong.is_empty() { "" } else { "!" }));
        for (law, how) in wrong {
            let cause = format!("{law}: {}", cell.read.action);
            sweep.wrong(cause, &cell.name(), &format!("{} {how}", shown(seen)));
        }
    }
    sweep.line(&table(&cells, &texts));
    sweep.close(cells.len());
}

/// A permission that is added to the audit's gets its row here.
#[test]
fn every_action_of_an_audit_has_its_row() {
    let rows: Vec<&str> = READS.iter().map(|read| read.action).collect();
    let listed = cis_audit::permissions::AUDIT.iter().flat_map(|reads| reads.actions);
    let missing: Vec<&&str> = listed.filter(|action| !rows.contains(action)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    assert!(rows.contains(&"sts:GetCallerIdentity"));
}
