//! By what an account is judged: controls, the verdict that decides, waivers. Made before the account is read, so that a
//! broken file fails at once.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{catalog, elsewhere, is_called, select};
use crate::audit::audit;
use crate::cli::{AuditArgs, CatalogArgs};
use crate::finding::{Finding, Outcome, Report, Verdict};
use crate::rule::Rule;
use crate::snapshot::Snapshot;
use crate::waiver::Waivers;

/// More letters than this apart, and somebody meant something else.
const ALIKE: f64 = 0.75;

/// By what an account is judged.
pub(super) struct Judge {
    /// The controls that were chosen.
    pub(super) rules: Vec<Rule>,
    /// The verdict that decides.
    pub(super) verdict: Verdict,
    /// Waivers, and the day on which they are held against a report.
    waivers: Option<(Waivers, Date)>,
}

impl Judge {
    /// As the command line asks.
    pub(super) fn new(args: &AuditArgs) -> anyhow::Result<Self> {
        let catalog = catalog(&args.scope.catalog)?;
        let rules = select(catalog.rules(), &args.scope)?;
        let waivers = args.waivers.as_deref().map(|file| read(file, catalog.rules(), &args.scope.catalog));
        let waivers = waivers.transpose()?.map(|waivers| (waivers, today()));
        Ok(Self { rules, verdict: args.scope.verdict, waivers })
    }

    /// What is to be said of an account.
    pub(super) fn report(&self, snapshot: &Snapshot) -> Report {
        let report = audit(snapshot, &self.rules).decided_by(self.verdict);
        match &self.waivers {
            Some((waivers, today)) => waivers.apply(report, *today),
            None => report,
        }
    }

    /// The controls that are not waived as the account is, and the findings of the others.
    pub(super) fn without_waived(&self, snapshot: &Snapshot) -> (Vec<Rule>, Vec<Finding>) {
        let mut findings = self.report(snapshot).findings;
        findings.retain(|finding| finding.outcome() == Outcome::Waived);
        let is_waived = |rule: &&Rule| findings.iter().any(|finding| finding.rule == rule.id);
        (self.rules.iter().filter(|rule| !is_waived(rule)).cloned().collect(), findings)
    }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn read(file: &Path, rules: &[Rule], args: &CatalogArgs) -> anyhow::Result<Waivers> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Waivers::parse(&text, |name| slug(rules, name, args)).with_context(|| file.display().to_string())
}

/// The slug of a control that a waiver names.
fn slug(rules: &[Rule], name: &str, args: &CatalogArgs) -> Result<Option<String>, String> {
    if let Some(rule) = rules.iter().find(|rule| is_called(rule, name)) {
        return Ok(Some(rule.slug.clone()));
    }
    let version = args.benchmark;
    match elsewhere(name, args) {
        // A slug means the same in every version: the file may serve several.
        Some((_, rule)) if rule.slug.eq_ignore_ascii_case(name) => Ok(None),
        Some((other, rule)) => {
            Err(format!("no control {name} in version {version}: in version {other} that is {}", rule.slug))
        }
        None => {
            let meant = nearest(rules, name).map_or_else(String::new, |meant| format!(", did you mean {meant}?"));
            Err(format!("no control {name:?} in version {version}{meant} (`cis-audit rules` lists them)"))
        }
    }
}

/// The number or slug that is most like what was written.
fn nearest(rules: &[Rule], name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let known = rules.iter().flat_map(|rule| [rule.id.to_string(), rule.slug.clone()]);
    let rated = known.map(|known| (strsim::jaro_winkler(&known, &name), known));
    let best = rated.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, known)| known)
}
