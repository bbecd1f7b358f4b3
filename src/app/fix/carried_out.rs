//! What changes an account.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum as _;

use super::super::live::Session;
use super::super::{catalog, look_of_stderr, now, say, show};
use super::{dry_run, save};
use crate::audit::audit;
use crate::cli::{AuditArgs, CatalogArgs};
use crate::exit::ExitStatus;
use crate::finding::{Code, Report, Verdict};
use crate::fix::apply::{Outcome, StepState};
use crate::fix::journal::{Header, Journal};
use crate::fix::plan::{self, Options, Plan};
use crate::fix::planner;
use crate::report::{self, Look};
use crate::rule::Rule;

/// How often a confirmation is looked for, in seconds.
const POLL: u64 = 10;

pub(super) fn live(args: &AuditArgs, rules: &[Rule], options: Options) -> anyhow::Result<ExitStatus> {
    let wanted = Wanted { rules: rules.to_vec(), verdict: args.scope.verdict, options };
    let Some(file) = &args.fix.apply else { return carry_out_what(args, &wanted, None) };
    let saved = read(file)?;
    let wanted = Wanted::of(&saved, args).with_context(|| format!("{} cannot be carried out", file.display()))?;
    carry_out_what(args, &wanted, Some(&saved))
}

/// What is to pass, and how.
struct Wanted {
    rules: Vec<Rule>,
    verdict: Verdict,
    options: Options,
}

impl Wanted {
    /// What a saved plan is for.
    fn of(saved: &Plan, args: &AuditArgs) -> anyhow::Result<Self> {
        if saved.schema_version != plan::SCHEMA_VERSION {
            bail!(
                "it is a plan of version {}, and this program carries out version {}: make a new one",
                saved.schema_version,
                plan::SCHEMA_VERSION
            );
        }
        saved.options.check()?;
        let benchmark = saved.benchmark.parse().map_err(|_| anyhow!("there is no benchmark {:?}", saved.benchmark))?;
        let catalog = catalog(&CatalogArgs { benchmark, rules: args.scope.catalog.rules.clone() })?;
        let numbered = |number: &String| {
            let rule = catalog.rules().iter().find(|rule| rule.id.to_string() == *number);
            rule.cloned().with_context(|| format!("version {benchmark} has no control {number}"))
        };
        let verdict = Verdict::value_variants().iter().find(|verdict| verdict.as_str() == saved.verdict);
        Ok(Self {
            rules: saved.rules.iter().map(numbered).collect::<anyhow::Result<_>>()?,
            verdict: *verdict.with_context(|| format!("there is no verdict {:?}", saved.verdict))?,
            options: saved.options.clone(),
        })
    }
}

fn carry_out_what(args: &AuditArgs, wanted: &Wanted, saved: Option<&Plan>) -> anyhow::Result<ExitStatus> {
    let Wanted { rules, verdict, options } = wanted;
    let session = Session::connect(&args.aws, !args.look.quiet)?;
    // Also what the other controls' alarms tell: somebody may hear there already.
    let every = catalog(&args.scope.catalog)?;
    let snapshot = session.collect_for_fix(now(), every.rules(), options)?;
    let plan = planner::plan(&snapshot, rules, *verdict, options);
    if let Some(saved) = saved {
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
        return finish(args, wanted, &session, true);
    }
    if !args.fix.yes && !agreed("Carry it out?")? {
        say("nothing was changed");
        return Ok(ExitStatus::of(&audit(&snapshot, rules).decided_by(*verdict)));
    }
    let journal = args.fix.journal.clone().unwrap_or_else(|| default_journal(&plan));
    let outcome = carry_out(args, &session, &plan, &journal)?;
    finish(args, wanted, &session, outcome.is_complete())
}

fn read(file: &Path) -> anyhow::Result<Plan> {
    let text = if file == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no plan", file.display()))
}

/// A saved plan is carried out only if it is what would be planned now.
fn unless_stale(saved: &Plan, fresh: &Plan) -> anyhow::Result<()> {
    let place = |plan: &Plan| (plan.account_id.clone(), plan.partition.clone(), plan.region.clone());
    if place(saved) != place(fresh) {
        let ((wanted, _, region), (account, _, here)) = (place(saved), place(fresh));
        bail!("the plan is for account {wanted} in {region}, and this is account {account} in {here}");
    }
    if saved.steps != fresh.steps {
        bail!(
            "the plan is stale: what would be planned now differs, because the account has changed since {}, or the file; \
             make a new one",
            saved.collected_at
        );
    }
    Ok(())
}

fn default_journal(plan: &Plan) -> PathBuf {
    PathBuf::from(format!("cis-audit-{}-{}.journal", plan.account_id, now().strftime("%Y%m%dT%H%M%SZ")))
}

/// Carries the plan out and says what became of it.
fn carry_out(args: &AuditArgs, session: &Session, plan: &Plan, journal: &Path) -> anyhow::Result<Outcome> {
    let mut written = Journal::create(journal, &Header::of(plan))
        .with_context(|| format!("cannot create the journal {} (--journal FILE names another)", journal.display()))?;
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
fn finish(args: &AuditArgs, wanted: &Wanted, session: &Session, complete: bool) -> anyhow::Result<ExitStatus> {
    let began = Instant::now();
    let mut is_said = false;
    let report = loop {
        let snapshot = session.collect_for_audit(now(), &wanted.rules)?;
        let report = audit(&snapshot, &wanted.rules).decided_by(wanted.verdict);
        let patience = args.fix.wait.map(|wait| wait.saturating_sub(began.elapsed()));
        match patience.filter(|left| !left.is_zero() && waits(&report)) {
            Some(left) => {
                if !is_said {
                    say(&format!("waiting for somebody to confirm, at most {} s", left.as_secs()));
                }
                is_said = true;
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

/// Asks, and takes nothing but `yes` for one.
pub(super) fn agreed(question: &str) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!(
            "there is no terminal to ask on: add --yes to go on without, or --dry-run to see only what would be done"
        );
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
