//! `--fix --yes` of all controls, killed before and after each call that changes something, and then undone: nothing of it
//! is left but what the undoing names.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::leftovers::{Home, Start, standing, unnamed};
use crate::fix::{EMULATORS, changes_something};
use crate::support::call::Call;
use crate::support::fault::{Fault, FaultRule};
use crate::support::http::Request;
use crate::support::stage::{Endpoint, Stage};
use crate::support::sweep::{Sweep, at_once, chosen, is_sample};

/// Kills of the sample.
const SAMPLE: usize = 6;
/// Fixes at once: the emulators answer one request after another.
const THREADS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a fix is killed.
#[derive(Clone, Copy, Debug)]
struct Point {
    endpoint: Endpoint,
    start: Start,
    /// Counted from 1.
    call: usize,
    /// The call has been carried out; its answer never comes.
    is_after: bool,
}

impl Point {
    fn name(&self) -> String {
        let when = if self.is_after { "after" } else { "before" };
        format!("{:?} {} {when} call {}", self.endpoint, self.start.name(), self.call)
    }
}

/// A call that is being held up.
#[derive(Clone, Default)]
struct Held {
    seen: Arc<AtomicUsize>,
    is_reached: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    action: Arc<Mutex<String>>,
}

impl Held {
    /// Whether this request is the one.
    fn counts(&self, call: usize, request: &Request) -> bool {
        let is_it = self.seen.fetch_add(1, Ordering::SeqCst) + 1 == call;
        if is_it {
            let action = Call::parse(request).map(|call| call.action()).unwrap_or_default();
            *self.action.lock().expect("nobody panics while holding it") = action;
            self.is_reached.store(true, Ordering::SeqCst);
        }
        is_it
    }

    fn before(&self, call: usize) -> FaultRule {
        let held = self.clone();
        FaultRule::always("*", Fault::Hang)
            .only_when(move |request| changes_something(request) && held.counts(call, request))
    }

    fn after(&self, call: usize) -> FaultRule {
        let held = self.clone();
        let hold = FaultRule::rewrite("*", move |request, _| {
            let began = Instant::now();
            let is_it = held.counts(call, request);
            while is_it && !held.is_over.load(Ordering::SeqCst) && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        hold.only_when(changes_something)
    }
}

/// How many calls change something on the way, and what prevents undoing them without any kill.
fn calls_of_a_whole_run(endpoint: Endpoint, start: Start) -> Option<(usize, Vec<String>)> {
    let account = start.account();
    let stage = Stage::new(endpoint, account.clone())?;
    let before = standing(&stage);
    let home = Home::new();
    let cli = home.fix(&stage, &account);
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let calls = stage.traffic().calls();
    let reads = ["Describe", "Get", "List"];
    let count = calls.iter().filter(|call| !reads.iter().any(|verb| call.operation.starts_with(verb))).count();
    let journals = home.journals(&cli);
    let undone: Vec<_> = journals.iter().map(|journal| home.undo(&stage, journal)).collect();
    Some((count, unnamed(&before, &standing(&stage), &undone.iter().collect::<Vec<_>>())))
}

/// What came of one kill: the call, the undoing's exit code, and what is wrong.
struct Outcome {
    action: String,
    code: Option<i32>,
    wrong: Vec<String>,
}

fn kill(point: &Point) -> Option<Outcome> {
    let account = point.start.account();
    let held = Held::default();
    let rule = if point.is_after { held.after(point.call) } else { held.before(point.call) };
    let stage = Stage::with_faults(point.endpoint, account.clone(), vec![rule])?;
    let before = standing(&stage);
    let home = Home::new();
    let cli = home.fix(&stage, &account);
    let mut command = cli.command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
    let began = Instant::now();
    while !held.is_reached.load(Ordering::SeqCst) && began.elapsed() < PATIENCE {
        if child.try_wait().expect("the child is ours").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(child.kill());
    child.wait().expect("the child is ours");
    held.is_over.store(true, Ordering::SeqCst);
    let mut wrong = Vec::new();
    if !held.is_reached.load(Ordering::SeqCst) {
        wrong.push("the call was never made".to_owned());
    }
    let journals = home.journals(&cli);
    if journals.len() != 1 {
        wrong.push(format!("{} journals", journals.len()));
    }
    let undone: Vec<_> = journals.iter().map(|journal| home.undo(&stage, journal)).collect();
    wrong.extend(unnamed(&before, &standing(&stage), &undone.iter().collect::<Vec<_>>()));
    let code = undone.first().and_then(|run| run.code);
    if code != Some(0) {
        let failed = undone.iter().flat_map(|run| run.stderr.lines()).filter(|line| line.contains("failed"));
        let failed: Vec<&str> = failed.collect();
        wrong.push(format!("undo exits {code:?}: {}", failed.join("; ")));
    }
    let action = held.action.lock().expect("nobody panics while holding it").clone();
    Some(Outcome { action, code, wrong })
}

#[test]
fn a_fix_that_is_killed_at_any_call_is_undone() {
    let mut sweep = Sweep::new("kills");
    let mut points = Vec::new();
    let mut pairs: Vec<(Endpoint, Start)> =
        EMULATORS.into_iter().flat_map(|endpoint| Start::ALL.map(|start| (endpoint, start))).collect();
    if is_sample() {
        pairs = vec![(Endpoint::Ministack, Start::Nothing), (Endpoint::Moto, Start::TrailAlone)];
    }
    let whole = at_once(THREADS, &pairs, |(endpoint, start)| calls_of_a_whole_run(*endpoint, *start));
    for ((endpoint, start), whole) in pairs.into_iter().zip(whole) {
        let Some((calls, left)) = whole else { continue };
        sweep.line(&format!("{endpoint:?} {}: {calls} calls change something", start.name()));
        for left in left {
            sweep.wrong("without any kill", &format!("{endpoint:?} {}", start.name()), &left);
        }
        let both = (1..=calls).flat_map(|call| [false, true].map(|is_after| (call, is_after)));
        points.extend(both.map(|(call, is_after)| Point { endpoint, start, call, is_after }));
    }
    sweep.line(&format!("{} points in all", points.len()));
    let points = chosen(points, SAMPLE, Point::name);
    let outcomes = at_once(THREADS, &points, kill);
    for (point, outcome) in points.iter().zip(outcomes) {
        let Some(Outcome { action, code, wrong }) = outcome else { continue };
        let end = if wrong.is_empty() { "nothing left" } else { "WRONG" };
        let code = code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        sweep.line(&format!("{:<44} {action:<32} undo {code}  {end}", point.name()));
        for wrong in wrong {
            let kind = wrong.split(' ').next().unwrap_or_default().to_owned();
            sweep.wrong(format!("left or failed: {kind}"), &format!("{} ({action})", point.name()), &wrong);
        }
    }
    sweep.close(points.len());
}
