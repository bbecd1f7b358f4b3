//! The plan of a fix, for what is not waived, and how it is shown where nothing else is to happen.

use super::outputs::Outputs;
use super::saved;
use crate::app::judge::{Exceptions, Judge, today};
use crate::app::stderr::say;
use crate::cli::AuditArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::fix::exceptions;
use crate::fix::plan::{Options, Plan};
use crate::fix::planner;
use crate::fix::survey::Survey;
use crate::snapshot::Snapshot;
use crate::waiver::Place;

/// What is to be planned, and the plan that it must result in.
pub(super) struct Task<'a> {
    pub(super) judge: &'a Judge,
    pub(super) options: &'a Options,
    pub(super) saved: Option<&'a Plan>,
}

/// A plan for what is not waived; if one was saved, that one.
pub(super) fn plan(args: &AuditArgs, task: &Task<'_>, snapshot: &Snapshot, survey: &Survey) -> anyhow::Result<Plan> {
    let (rules, waived) = task.judge.without_waived(snapshot);
    for finding in waived.iter().filter(|_| !args.display.quiet) {
        let until = finding.waiver.as_ref().map_or_else(String::new, |waiver| format!(" until {}", waiver.expires));
        say(&format!("note: {} ({}) is waived{until}: nothing is planned for it", finding.rule.id, finding.rule.slug));
    }
    let mut options = task.options.clone();
    if args.fix.with_exceptions {
        let place = Place { account: Some(&snapshot.account_id), region: Some(&snapshot.region) };
        let Exceptions { built_in, not_written } = task.judge.exceptions(place);
        options.exceptions = built_in;
        let here = not_written.iter().filter(|not| rules.iter().any(|rule| rule.slug == not.slug));
        for not in here.filter(|_| !args.display.quiet) {
            say(&escape::terminal(&format!("note: {}", not.words())));
        }
    }
    // A saved plan with one that has expired is not what would be planned now.
    options.exceptions.retain(|exception| today() <= exception.expires);
    options.exceptions.retain(|exception| rules.iter().any(|rule| exception.is_of(rule.id)));
    let rules = exceptions::but_for(&rules, &options.exceptions)?;
    let plan = planner::plan(snapshot, survey, &rules, task.judge.verdict, &options);
    if let Some(saved) = task.saved {
        saved::unless_stale(saved, &plan)?;
        if !args.display.quiet {
            say(&format!(
                "the saved plan is up to date: the same plan would be made now, fingerprint {}",
                saved.fingerprint
            ));
        }
    }
    Ok(plan)
}

/// Shows the plan, and nothing else happens.
pub(super) fn dry_run(
    args: &AuditArgs,
    judge: &Judge,
    snapshot: &Snapshot,
    plan: &Plan,
    outputs: &mut Outputs,
) -> anyhow::Result<ExitStatus> {
    outputs.save(args, plan)?;
    outputs.show(args, plan)?;
    if !plan.is_empty() {
        return Ok(ExitStatus::Failure);
    }
    if plan.not_planned.is_empty() {
        return Ok(ExitStatus::Success);
    }
    // Something is wrong or unknown, and nothing is planned about it.
    Ok(ExitStatus::from_report(&judge.report(snapshot)))
}
