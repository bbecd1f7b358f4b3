//! What changes an account.

use std::cell::RefCell;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::super::account::now;
use super::super::judge::Judge;
use super::super::live::Session;
use super::super::progress::Spinner;
use super::super::render_options::render_options_of_stderr;
use super::super::stderr::say;
use super::journals;
use super::outputs::Outputs;
use super::planned::{Task, dry_run, plan};
use crate::cli::AuditArgs;
use crate::escape::terminal;
use crate::exit::ExitStatus;
use crate::finding::{Code, Report};
use crate::fix::apply::{Outcome, StepState};
use crate::fix::execute::StepEvent;
use crate::fix::journal::{Header, Journal};
use crate::fix::plan::Plan;
use crate::report::{self, RenderOptions, Verbosity};

/// How often a confirmation is looked for, in seconds.
const POLL: u64 = 10;

pub(super) fn live(args: &AuditArgs, task: &Task<'_>, outputs: &mut Outputs) -> anyhow::Result<ExitStatus> {
    let judge = task.judge;
    let session = Session::connect(&args.aws, Some(&args.read), Spinner::from_args(&args.display))?;
    // Also what the other controls' alarms notify: there may be subscribers already.
    let (snapshot, survey) = session.collect_for_fix(now(), judge.every_rule(), task.options)?;
    let plan = plan(args, task, &snapshot, &survey)?;
    if args.fix.dry_run {
        return dry_run(args, judge, &snapshot, &plan, outputs);
    }
    outputs.save(args, &plan)?;
    let asks = !args.fix.yes && !plan.is_empty();
    if asks || !args.display.quiet {
        let mut options =
            RenderOptions { show_endpoints: args.show_endpoints, ..render_options_of_stderr(&args.display) };
        if asks && options.verbosity == Verbosity::Quiet {
            // No one can agree to what was not shown.
            options.verbosity = Verbosity::Normal;
        }
        let mut shown = Vec::new();
        report::plan::render(&plan, &options, &mut shown)?;
        write(&shown);
    }
    if plan.is_empty() {
        return finish(args, judge, &session, true, outputs);
    }
    if asks && !agreed(&format!("Apply this plan to account {}?", terminal(&plan.account_id)))? {
        say("nothing was changed");
        return Ok(ExitStatus::from_report(&judge.report(&snapshot)));
    }
    let (journal, mut written) = journals::begin(args.fix.journal.as_deref(), &Header::from_plan(&plan), now())?;
    let outcome = carry_out(args, &session, &plan, &journal, &mut written)?;
    finish(args, judge, &session, outcome.is_complete(), outputs)
}

/// Carries the plan out and says what became of it.
fn carry_out(
    args: &AuditArgs,
    session: &Session,
    plan: &Plan,
    journal: &Path,
    written: &mut Journal,
) -> anyhow::Result<Outcome> {
    let quiet = args.display.quiet;
    // Also where little is to be said: it is what undoes an interrupted run.
    let (above, below) = if quiet { ("", "") } else { ("\n", "\n") };
    say(&format!("{above}journal: {}{below}", journal.display()));
    let options = RenderOptions { show_endpoints: args.show_endpoints, ..render_options_of_stderr(&args.display) };
    // One thing that is waited for is reported once, however often it is looked for.
    let waiting = RefCell::new(String::new());
    let wait = |what: String| {
        if *waiting.borrow() != what {
            say(&format!("      {what}"));
            waiting.replace(what);
        }
    };
    let outcome = session.apply(plan, written, &|event| match event {
        StepEvent::Step(id) => {
            let step = plan.steps.iter().find(|step| step.id == id && !quiet);
            write(&step.map(|step| report::plan::step_line(step, &options)).unwrap_or_default());
        }
        StepEvent::Call(call, resource) if args.display.verbose => say(&format!("      {call} {resource}")),
        StepEvent::Call(..) => {}
        StepEvent::Again(call, code) if !quiet => wait(format!("{call} is not possible yet ({code}): trying again")),
        StepEvent::Wait(what, why) if !quiet => wait(format!("{what}: {why}")),
        StepEvent::Left(what, why) => say(&format!("      {what} is left over: {why}")),
        StepEvent::Again(..) | StepEvent::Wait(..) => {}
    })?;
    report_outcome(&outcome, journal, above);
    Ok(outcome)
}

/// Says what became of a plan.
fn report_outcome(outcome: &Outcome, journal: &Path, above: &str) {
    let (mut done, mut before, mut incomplete) = (0, 0, 0);
    for (step, state) in &outcome.steps {
        match state {
            StepState::Done => done += 1,
            StepState::AlreadyDone => before += 1,
            StepState::Incomplete(lacks) => {
                incomplete += 1;
                lacks.iter().for_each(|what| say(&format!("failed: {step}: {what}")));
            }
            StepState::Failed(why) => say(&format!("failed: {step}: {why}")),
            StepState::NotStarted(why) => say(&format!("not started: {step}: {why}")),
        }
    }
    let all = outcome.steps.len();
    let part = match incomplete {
        0 => String::new(),
        1 => ", 1 in part (see what failed: the next run finishes it)".to_owned(),
        many => format!(", {many} in part (see what failed: the next run finishes them)"),
    };
    let found = match before {
        0 => String::new(),
        1 => ", 1 was done before".to_owned(),
        many => format!(", {many} were done before"),
    };
    let (steps, them) = if all == 1 { ("step", "it") } else { ("steps", "them") };
    let undo = journals::command(journal);
    say(&format!("{above}{done} of {all} {steps} done{part}{found}; to undo {them}:\n{undo}"));
}

/// Audits again, and waits for confirmations if asked to.
fn finish(
    args: &AuditArgs,
    judge: &Judge,
    session: &Session,
    complete: bool,
    outputs: &mut Outputs,
) -> anyhow::Result<ExitStatus> {
    let began = Instant::now();
    let mut is_reported = false;
    let report = loop {
        let snapshot = session.collect_for_audit(now(), &judge.rules)?;
        let report = judge.report(&snapshot);
        let patience = args.fix.wait.map(|wait| wait.saturating_sub(began.elapsed()));
        match patience.filter(|left| !left.is_zero() && waits(&report)) {
            Some(left) => {
                if !is_reported {
                    say(&format!("waiting for subscriptions to be confirmed, at most {} s", left.as_secs()));
                }
                is_reported = true;
                session.pause(left.min(Duration::from_secs(POLL)))?;
            }
            None => break report,
        }
    };
    if !args.display.quiet {
        say("");
    }
    outputs.report(args, &report)?;
    Ok(if complete { ExitStatus::from_report(&report) } else { ExitStatus::Error })
}

fn waits(report: &Report) -> bool {
    let counts = report.findings().filter(|finding| finding.waiver.is_none());
    counts.filter_map(|finding| finding.reason.as_ref()).any(|reason| reason.code() == Code::SubscriptionPending)
}

/// Asks, and takes nothing but `yes` for one.
pub(super) fn agreed(question: &str) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!(
            "there is no terminal to ask on: add --yes to continue without asking, or --dry-run to only see what would be done"
        );
    }
    // A stderr that cannot be written to leaves no one to ask.
    write!(io::stderr().lock(), "{question} Only `yes` is accepted: ").and_then(|()| io::stderr().flush())?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim() == "yes")
}

/// Text that is escaped already, to standard error.
fn write(text: &[u8]) {
    // There is no one left to inform.
    let _ = io::stderr().lock().write_all(text);
}
