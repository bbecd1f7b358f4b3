//! What changes an account.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::super::live::Session;
use super::super::{look_of_stderr, now, say, show};
use super::{dry_run, save};
use crate::audit::audit;
use crate::cli::{AuditArgs, UndoArgs};
use crate::exit::ExitStatus;
use crate::finding::{Code, Report};
use crate::fix::apply::{Outcome, StepState};
use crate::fix::journal::{Header, Journal, Record};
use crate::fix::plan::{Options, Plan};
use crate::fix::planner;
use crate::fix::undo::{Removal, Undone, removals};
use crate::report::{self, Look};
use crate::rule::Rule;

/// How often a confirmation is looked for, in seconds.
const POLL: u64 = 10;

pub(super) fn live(args: &AuditArgs, rules: &[Rule], options: Options) -> anyhow::Result<ExitStatus> {
    let saved = args.fix.apply.as_deref().map(read).transpose()?;
    let options = saved.as_ref().map_or(options, |plan: &Plan| plan.options.clone());
    options.check().context("the options of the saved plan")?;
    let session = Session::connect(&args.aws, !args.look.quiet)?;
    // Also what the other controls' alarms tell: somebody may hear there already.
    let every = super::super::catalog(&args.scope.catalog)?;
    let snapshot = session.collect_for_fix(now(), every.rules(), &options)?;
    let plan = planner::plan(&snapshot, rules, args.scope.verdict, &options);
    if let Some(saved) = &saved {
        unless_stale(saved, &plan)?;
    }
    if args.fix.dry_run {
        return dry_run(args, rules, &snapshot, &plan);
    }
    save(args, &plan)?;
    if !args.look.quiet {
        let look = Look { show_endpoints: args.show_endpoints, ..look_of_stderr(&args.look) };
        let mut shown = Vec::new();
        report::plan::render(&plan, &look, &mut shown)?;
        tell(&shown);
    }
    if plan.is_empty() {
        return finish(args, rules, &session, true);
    }
    if !args.fix.yes && !agreed("Carry it out?")? {
        say("nothing was changed");
        return Ok(ExitStatus::of(&audit(&snapshot, rules).decided_by(args.scope.verdict)));
    }
    let journal = args.fix.journal.clone().unwrap_or_else(|| default_journal(&plan));
    let outcome = carry_out(args, &session, &plan, &journal)?;
    finish(args, rules, &session, outcome.is_complete())
}

fn read(file: &Path) -> anyhow::Result<Plan> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no plan", file.display()))
}

/// A saved plan is carried out only if it is what would be planned now.
fn unless_stale(saved: &Plan, fresh: &Plan) -> anyhow::Result<()> {
    let place = |plan: &Plan| (plan.account_id.clone(), plan.partition.clone(), plan.region.clone());
    if place(saved) != place(fresh) {
        let ((wanted, _, region), (account, _, here)) = (place(saved), place(fresh));
        bail!("the plan is for account {wanted} in {region}, and this is account {account} in {here}");
    }
    if (&saved.benchmark, &saved.rules) != (&fresh.benchmark, &fresh.rules) {
        bail!("the plan is for other controls: give --benchmark {} --rule {}", saved.benchmark, saved.rules.join(","));
    }
    if saved.verdict != fresh.verdict {
        bail!("the plan is for another verdict: give --verdict {}", saved.verdict.replace('_', "-"));
    }
    if saved.steps != fresh.steps {
        bail!("the plan is stale: the account has changed since {}; make a new one", saved.collected_at);
    }
    Ok(())
}

fn default_journal(plan: &Plan) -> PathBuf {
    PathBuf::from(format!("cis-audit-{}-{}.journal", plan.account_id, now().strftime("%Y%m%dT%H%M%SZ")))
}

/// Carries the plan out and says what became of it.
fn carry_out(args: &AuditArgs, session: &Session, plan: &Plan, journal: &Path) -> anyhow::Result<Outcome> {
    let mut written = Journal::create(journal, &Header::of(plan))
        .with_context(|| format!("cannot create the journal {}", journal.display()))?;
    let quiet = args.look.quiet;
    if !quiet {
        say(&format!("journal: {}", journal.display()));
    }
    let outcome = session.apply(plan, &mut written, &|step| {
        if !quiet {
            say(&format!("  {step}"));
        }
    })?;
    let (mut done, mut before) = (0, 0);
    for (step, state) in &outcome.steps {
        match state {
            StepState::Done => done += 1,
            StepState::AlreadyDone => before += 1,
            StepState::Failed(why) => say(&format!("failed: {step}: {why}")),
            StepState::NotStarted(why) => say(&format!("not started: {step}: {why}")),
        }
    }
    let all = outcome.steps.len();
    let found = if before == 0 { String::new() } else { format!(", {before} were done before") };
    say(&format!("{done} of {all} steps done{found}; `cis-audit undo {}` takes them back", journal.display()));
    Ok(outcome)
}

/// Audits again, and waits for confirmations if asked to.
fn finish(args: &AuditArgs, rules: &[Rule], session: &Session, complete: bool) -> anyhow::Result<ExitStatus> {
    let began = Instant::now();
    let report = loop {
        let snapshot = session.collect_for_audit(now(), rules)?;
        let report = audit(&snapshot, rules).decided_by(args.scope.verdict);
        let patience = args.fix.wait.map(|wait| wait.saturating_sub(began.elapsed()));
        match patience.filter(|left| !left.is_zero() && waits(&report)) {
            Some(left) => {
                say("waiting for somebody to confirm");
                session.pause(left.min(Duration::from_secs(POLL)))?;
            }
            None => break report,
        }
    };
    let status = show(args, &report)?;
    Ok(if complete { status } else { ExitStatus::Error })
}

fn waits(report: &Report) -> bool {
    let reasons = report.findings.iter().filter_map(|finding| finding.reason.as_ref());
    reasons.into_iter().any(|reason| reason.code == Code::SubscriptionPending)
}

/// Takes back what a fix created.
pub(crate) fn undo(args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    let name = args.journal.display();
    let journal = fs::read(&args.journal).with_context(|| format!("cannot read {name}"))?;
    let Record { header, entries } = Record::parse(&journal).with_context(|| format!("{name} is no journal"))?;
    let removals = removals(&entries);
    if removals.is_empty() {
        say("that fix changed nothing");
        return Ok(ExitStatus::Success);
    }
    say(&format!("To be taken back in account {}, if it is still as it was made:", header.account_id));
    for removal in &removals {
        say(&format!("  - {}", removal.step.id));
    }
    if !args.yes && !agreed("Take it back?")? {
        say("nothing was changed");
        return Ok(ExitStatus::Success);
    }
    let session = Session::connect(&args.aws, !args.look.quiet)?;
    take_back(&session, &header, &removals)
}

fn take_back(session: &Session, header: &Header, removals: &[Removal]) -> anyhow::Result<ExitStatus> {
    let outcome = session.undo(header, removals, &|_| {})?;
    let mut failed = false;
    for (step, undone) in &outcome {
        let said = match undone {
            Undone::Removed => "removed".to_owned(),
            Undone::Absent => "was not there".to_owned(),
            Undone::Scheduled(when) => format!("is removed by AWS at {when}"),
            Undone::Lapses(why) => format!("lapses by itself: {why}"),
            Undone::Left(why) => format!("left: {why}"),
            Undone::Failed(why) => {
                failed = true;
                format!("failed: {why}")
            }
        };
        say(&format!("  {step}: {said}"));
    }
    Ok(if failed { ExitStatus::Error } else { ExitStatus::Success })
}

/// Asks, and takes nothing but `yes` for one.
fn agreed(question: &str) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!("there is no terminal to ask on: add --yes to go on without, or --dry-run to see the plan only");
    }
    // A stderr that cannot be written to leaves nobody to ask.
    write!(io::stderr().lock(), "{question} Only `yes` is accepted: ").and_then(|()| io::stderr().flush())?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim() == "yes")
}

/// Text that is escaped already, to standard error.
fn tell(text: &[u8]) {
    // Nobody is left to tell.
    let _ = io::stderr().lock().write_all(text);
}
