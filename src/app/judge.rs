//! By what an account is judged: controls, the verdict that decides, waivers. Made before the account is read, so that a
//! broken file fails at once.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use filter_pattern::Pattern;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::catalog::{catalog, elsewhere, is_called, mapped, nearest, select};
use super::named::text_of;
use crate::audit::{accepting, audit};
use crate::cli::{AuditArgs, CatalogArgs};
use crate::finding::{Finding, Outcome, Report, Verdict, Waiver};
use crate::fix::exceptions::BuiltIn;
use crate::fix::plan::Plan;
use crate::rule::{Rule, RuleId};
use crate::snapshot::Snapshot;
use crate::waiver::Waivers;

/// By what an account is judged.
pub(super) struct Judge {
    /// The controls that were chosen.
    pub(super) rules: Vec<Arc<Rule>>,
    /// All of that version of the benchmark.
    catalog: Vec<Arc<Rule>>,
    /// The verdict that decides.
    pub(super) verdict: Verdict,
    /// Waivers, and the day on which they are held against a report.
    waivers: Option<(Waivers, Date)>,
}

impl Judge {
    /// As the command line asks.
    pub(super) fn new(args: &AuditArgs) -> anyhow::Result<Self> {
        let catalog = catalog(&args.scope.catalog)?;
        let rules = mapped(&select(catalog.rules(), &args.scope)?, catalog.rules(), args.framework.as_deref())?;
        let waivers = waivers(args, catalog.rules(), &args.scope.catalog)?;
        Ok(Self { rules, catalog: catalog.rules().to_vec(), verdict: args.scope.verdict, waivers })
    }

    /// As a saved plan asks.
    pub(super) fn of_plan(plan: &Plan, args: &AuditArgs) -> anyhow::Result<Self> {
        let benchmark = plan.benchmark.parse().map_err(|_| anyhow!("there is no benchmark {:?}", plan.benchmark))?;
        let chosen = CatalogArgs { benchmark, ..args.scope.catalog.clone() };
        let catalog = catalog(&chosen)?;
        let numbered = |number: &String| {
            let rule = catalog.rules().iter().find(|rule| RuleId::parse(number) == Some(rule.id));
            rule.cloned().with_context(|| match plan.rule_files.iter().find(|from| from.rules.contains(number)) {
                Some(from) => format!("no control {number}: the plan has it from the rule files of {}", from.directory),
                None => format!("version {benchmark} has no control {number}"),
            })
        };
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == plan.verdict);
        Ok(Self {
            rules: plan.rules.iter().map(numbered).collect::<anyhow::Result<_>>()?,
            verdict: verdict.with_context(|| format!("there is no verdict {:?}", plan.verdict))?,
            waivers: waivers(args, catalog.rules(), &chosen)?,
            catalog: catalog.rules().to_vec(),
        })
    }

    /// All controls of the version of the benchmark.
    pub(super) fn every_rule(&self) -> &[Arc<Rule>] {
        &self.catalog
    }

    /// What is to be said of an account.
    pub(super) fn report(&self, snapshot: &Snapshot) -> Report {
        self.waived(audit(snapshot, &self.rules), |rule, accepted| accepting(snapshot, rule, accepted))
    }

    /// A report by the verdict that decides, with waivers applied. `accepting` judges a control again, but for events that
    /// are accepted to be missed.
    pub(super) fn waived(&self, report: Report, accepting: impl Fn(&Arc<Rule>, &[&Pattern]) -> Finding) -> Report {
        let report = report.decided_by(self.verdict);
        match &self.waivers {
            Some((waivers, today)) => waivers
                .apply(report, *today, |finding, accepted| accepting(&finding.rule, accepted).decided_by(self.verdict)),
            None => report,
        }
    }

    /// The exceptions that hold today in an account and region, for filters to be written with.
    pub(super) fn exceptions(&self, place: (&str, &str)) -> Vec<BuiltIn> {
        let waivers = self.waivers.iter();
        waivers.flat_map(|(waivers, today)| built_in(waivers, &self.catalog, Some(place), *today)).collect()
    }

    /// The controls that are not waived as the account is, and the findings of the others.
    pub(super) fn without_waived(&self, snapshot: &Snapshot) -> (Vec<Arc<Rule>>, Vec<Finding>) {
        let report = self.report(snapshot);
        let findings: Vec<Finding> =
            report.findings().filter(|finding| finding.outcome() == Outcome::Waived).cloned().collect();
        let is_waived = |rule: &Rule| findings.iter().any(|finding| finding.rule.id == rule.id);
        (self.rules.iter().filter(|rule| !is_waived(rule)).cloned().collect(), findings)
    }
}

/// The waivers that the command line names, and today.
fn waivers(args: &AuditArgs, rules: &[Arc<Rule>], catalog: &CatalogArgs) -> anyhow::Result<Option<(Waivers, Date)>> {
    let waivers = args.waivers.as_deref().map(|file| read(file, rules, catalog)).transpose()?;
    Ok(waivers.map(|waivers| (waivers, today())))
}

/// The exceptions of a waivers file that hold today, for filters to be written with: in an account, or in any.
pub(super) fn exceptions(
    file: &Path,
    rules: &[Arc<Rule>],
    catalog: &CatalogArgs,
    place: Option<(&str, &str)>,
) -> anyhow::Result<Vec<BuiltIn>> {
    Ok(built_in(&read(file, rules, catalog)?, rules, place, today()))
}

fn built_in(waivers: &Waivers, rules: &[Arc<Rule>], place: Option<(&str, &str)>, today: Date) -> Vec<BuiltIn> {
    let number = |slug: &str| rules.iter().find(|rule| rule.slug == slug).map(|rule| rule.id.to_string());
    let all = waivers.exceptions(place, today).filter_map(|(slug, events, waiver)| {
        let Waiver { reason, owner, expires } = waiver.clone();
        Some(BuiltIn { rule: number(slug)?, events: events.to_string(), reason, owner, expires })
    });
    all.collect()
}

pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn read(file: &Path, rules: &[Arc<Rule>], args: &CatalogArgs) -> anyhow::Result<Waivers> {
    Waivers::parse(&text_of(file)?, |name| named(rules, name, args)).with_context(|| file.display().to_string())
}

/// The control that a waiver names.
fn named(rules: &[Arc<Rule>], name: &str, args: &CatalogArgs) -> Result<Option<Arc<Rule>>, String> {
    if let Some(rule) = rules.iter().find(|rule| is_called(rule, name)) {
        return Ok(Some(Arc::clone(rule)));
    }
    let version = args.benchmark;
    match elsewhere(name, args) {
        // A slug means the same in every version: the file may serve several.
        Some((_, rule)) if rule.slug.eq_ignore_ascii_case(name) => Ok(None),
        Some((other, rule)) => {
            Err(format!("no control {name} in version {version}: in version {other} that is {}", rule.slug))
        }
        None => {
            let known: Vec<String> = rules.iter().flat_map(|rule| [rule.id.to_string(), rule.slug.clone()]).collect();
            let meant = nearest(known.iter().map(String::as_str), name)
                .map_or_else(String::new, |meant| format!(", did you mean {meant}?"));
            Err(format!("no control {name:?} in version {version}{meant} (`cis-audit rules` lists them)"))
        }
    }
}
