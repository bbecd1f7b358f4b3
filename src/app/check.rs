//! `cis-audit check`: documents are read, and what they declare is judged as an audit judges an account.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use self::documents::Documents;
use self::plans::Planned;
use super::account::saved;
use super::drift;
use super::inputs::Inputs;
use super::judge::Judge;
use super::located::Located;
use super::named::{name_of, text_of};
use super::project;
use super::render_options::verbosity;
use super::reports::Reports;
use super::stderr::say;
use crate::cli::{AuditArgs, CheckArgs, Given};
use crate::declared::account::Scope;
use crate::declared::cloudformation::{MOST_COMBINATIONS, parse_parameter, parse_parameters, worlds};
use crate::declared::judged::{Checked, Terms, accepting, judge};
use crate::declared::{At, Home, World};
use crate::drift::State;
use crate::escape;
use crate::exit::ExitStatus;
use crate::finding::{Audit, Report, Subject};
use crate::partition::Partition;
use crate::report::{Format, Verbosity};
use crate::rule::{Rule, RuleId};
use crate::snapshot::{GapSource, Snapshot};

mod documents;
mod excerpts;
mod local;
mod options;
mod plans;

/// Resources that are refused, on standard error.
const SAID: usize = 20;

/// Checks what the command line names.
pub(super) fn run(args: &CheckArgs, given: &Given) -> anyhow::Result<ExitStatus> {
    let mut audit = options::as_audit(args);
    project::apply(&mut audit, given)?;
    let read: Vec<PathBuf> = args.paths.iter().chain(&args.parameters).chain(&args.over).cloned().collect();
    let directories = args.paths.iter().chain(&args.source).filter(|path| path.is_dir()).cloned().collect();
    Inputs::named(&read).and_below(directories, local::has_document).spare(&super::reports::written(&audit))?;
    let mut reports = Reports::open(&audit)?;
    let done = check(args, &audit, &mut reports);
    reports.or_undone(&audit, done)
}

fn check(check: &CheckArgs, args: &AuditArgs, reports: &mut Reports) -> anyhow::Result<ExitStatus> {
    let over = check.over.as_deref().map(|file| saved(Some(file))).transpose()?.map(|saved| saved.snapshot);
    let home = home(check, over.as_ref())?;
    let scope = if check.whole_account { Scope::Whole } else { Scope::Part };
    let allow_none = check.allow_none;
    let mut documents = Documents::read(&check.paths, &home)?;
    let Planned { declared: planned, home, sources } =
        plans::read(std::mem::take(&mut documents.terraform), check.source.as_deref(), &home)?;
    documents.remember(sources);
    note_aliases(&documents);
    let scope = if documents.stacks.is_empty() && plans::leave_nothing(&planned) { Scope::Whole } else { scope };
    let given = given(check, &documents)?;
    let judge_of = Judge::new(args)?;
    let baseline = drift::baseline(args.baseline.as_deref(), Subject::Documents)?;
    let mut worlds = worlds(&documents.stacks, &documents.library, &given, &home).map_err(Located::unevaluated)?;
    if worlds.iter().any(|world| world.is_sample) {
        say(&format!(
            "note: more than {MOST_COMBINATIONS} combinations of conditions are open: each condition was tried by itself, \
             with all others and with none of them (--parameter decides them)"
        ));
    }
    if let Some((last, others)) = worlds.split_last_mut() {
        others.iter_mut().for_each(|world| world.declared.extend(planned.clone()));
        last.declared.extend(planned);
    }
    let named: BTreeSet<String> = args.scope.only.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let counts = |rule: &Rule| is_asked_for(rule, &named, baseline.as_ref());
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let terms = Terms { home: &home, scope, over: over.as_ref(), counts: &counts, now };
    let Checked { report, resources } = judge(&worlds, &judge_of.rules, &terms);
    let mut report = judge_of.waived(report, |finding, accepted| accepting(&worlds, finding, accepted, &terms));
    excerpts::add(&mut report, &documents);
    let numbers: Vec<String> = report.not_declared().map(|rule| rule.id.to_string()).collect();
    let is_nothing = resources == 0 && scope == Scope::Part;
    if !numbers.is_empty() && !is_nothing && verbosity(&args.display) == Verbosity::Quiet {
        say(&format!("not declared here, and not counted: {}", numbers.join(", ")));
    }
    say_refused(args, &report);
    say_of_others(baseline.as_ref(), &report);
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    let report = Report { projects: args.project.iter().cloned().collect(), ..report };
    if args.format.iter().any(|wanted| wanted.format == Format::Asff) && report.audits.iter().any(is_nowhere) {
        bail!("-f asff: findings of Security Hub are of an account and a region: give --in-account and --in-region");
    }
    reports.write(args, &report, changes.as_ref())?;
    let is_judged = report.findings().next().is_some();
    let why = match not_followed(&report) {
        _ if is_nothing => {
            Some("no trail, log group, metric filter, alarm or topic is declared here: nothing was checked")
        }
        _ if is_judged => None,
        Some(why) => {
            say(&format!("no control was judged, and what is not known may declare some: {why}"));
            return Ok(ExitStatus::Error);
        }
        None if deletes(&worlds) => Some(
            "no control was judged: which of them need what is deleted is not known from these documents (--rule and \
             --whole-account judge them)",
        ),
        None => {
            note_unjudged(&report);
            None
        }
    };
    why.iter().for_each(|why| say(why));
    Ok(match why {
        Some(_) if !allow_none => ExitStatus::Error,
        _ => ExitStatus::of_check(&report, changes.as_ref()),
    })
}

/// Notes that no control was judged though something of the chain is declared. What AWS will refuse says more.
fn note_unjudged(report: &Report) {
    if report.documents.as_ref().is_none_or(|documents| documents.refused.is_empty()) {
        say(
            "note: no control was judged: no metric filter or alarm of one is declared here (--rule and --whole-account judge \
             controls of which nothing is declared)",
        );
    }
}

/// Whether something of the chain is deleted.
fn deletes(worlds: &[World]) -> bool {
    worlds.iter().any(|world| !world.declared.removed.is_empty())
}

/// What could not be followed first.
fn not_followed(report: &Report) -> Option<String> {
    let mut gaps = report.audits.iter().flat_map(|audit| &audit.gaps);
    let first = gaps.find(|gap| matches!(gap.source, GapSource::Document(_)))?;
    Some(escape::terminal(&first.message).into_owned())
}

/// Says which templates have aliases, which CloudFormation refuses and tools that package templates resolve.
fn note_aliases(documents: &Documents) {
    for (file, At { line, column }) in documents.library.aliases(&documents.stacks) {
        let file = escape::terminal(file);
        say(&format!(
            "note: {file}:{line}:{column}: CloudFormation takes no YAML aliases: deploy what a tool writes that resolves \
             them, such as aws cloudformation package"
        ));
    }
}

/// Says what AWS will refuse and no finding is about, where no table does.
fn say_refused(args: &AuditArgs, report: &Report) {
    let is_shown = args.format.iter().any(|wanted| wanted.format == Format::Table) || args.format.is_empty();
    if is_shown && verbosity(&args.display) != Verbosity::Quiet {
        return;
    }
    let refused = report.documents.as_ref().map(|documents| documents.refused.as_slice()).unwrap_or_default();
    refused.iter().take(SAID).for_each(|refused| say(&refused.words()));
    if refused.len() > SAID {
        say(&format!("AWS will refuse {} more resources", refused.len() - SAID));
    }
}

/// Whether it is not known where an audit's documents are deployed.
fn is_nowhere(audit: &Audit) -> bool {
    audit.account_id == Home::THIS_ACCOUNT || audit.region == Home::THIS_REGION
}

/// Says which results of a baseline are compared with nothing, for it is not known where these documents are deployed.
fn say_of_others(baseline: Option<&State>, report: &Report) {
    let is_open = report.audits.iter().any(|audit| audit.account_id == Home::THIS_ACCOUNT);
    let accounts: BTreeSet<&str> = baseline
        .iter()
        .flat_map(|state| &state.controls)
        .map(|control| control.account_id.as_str())
        .filter(|account| is_open && *account != Home::THIS_ACCOUNT)
        .collect();
    if !accounts.is_empty() {
        let accounts: Vec<String> =
            accounts.iter().map(|account| escape::shortened(account, 40).into_owned()).collect();
        say(&format!(
            "note: the baseline has results of account {}, which are not compared: --in-account says whose these are",
            accounts.join(", ")
        ));
    }
}

/// Whether a control counts though nothing of it is declared: it was named, or was there before.
fn is_asked_for(rule: &Rule, named: &BTreeSet<String>, baseline: Option<&State>) -> bool {
    let is_named = |name: &String| RuleId::parse(name) == Some(rule.id) || *name == rule.slug.to_ascii_lowercase();
    named.iter().any(is_named)
        || baseline.is_some_and(|state| state.controls.iter().any(|control| control.slug == rule.slug))
}

/// Where documents are deployed that do not say so.
fn home(args: &CheckArgs, over: Option<&Snapshot>) -> anyhow::Result<Home> {
    let account = args.in_account.clone();
    if let (Some(account), Some(over)) = (&account, over)
        && *account != over.account_id
    {
        bail!("--in-account says {account}, and the account of --over is {}", escape::shortened(&over.account_id, 40));
    }
    let account = account.or_else(|| over.map(|over| over.account_id.clone()));
    let region = args.in_region.clone().or_else(|| over.map(|over| over.region.clone()));
    let claimed = region.as_deref().and_then(Partition::claiming).map(|partition| partition.name.to_owned());
    let partition = over.map(|over| over.partition.clone()).or(claimed);
    Ok(Home {
        account: account.unwrap_or_else(|| Home::ACCOUNT.to_owned()),
        partition: partition.unwrap_or_else(|| "aws".to_owned()),
        region: region.unwrap_or_else(|| Home::REGION.to_owned()),
    })
}

/// The parameters that are given: those of files first, then those of the command line.
fn given(args: &CheckArgs, documents: &Documents) -> anyhow::Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    for file in &args.parameters {
        // As the AWS command line names files.
        let plain = file.to_str().and_then(|name| name.strip_prefix("file://")).map(PathBuf::from);
        let file = plain.as_ref().unwrap_or(file);
        given.extend(parse_parameters(&text_of(file)?).with_context(|| name_of(file))?);
    }
    let words: Vec<_> = args.parameter.iter().map(|(key, value)| parse_parameter(key, value)).collect();
    for (at, (key, value)) in words.iter().enumerate() {
        let before = words.iter().take(at).any(|(known, other)| known == key && other != value);
        if before {
            bail!("--parameter {}: it is given twice, with two values", escape::shortened(key, 80));
        }
    }
    given.extend(words);
    let has = |name: &str| documents.stacks.iter().any(|stack| stack.template.has_parameter(name));
    if let Some(name) = given.keys().find(|name| !has(name)) {
        bail!("no template here has a parameter {}", escape::shortened(name, 80));
    }
    Ok(given)
}
