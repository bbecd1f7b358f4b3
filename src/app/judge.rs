//! By what an account is judged: controls, the verdict that decides, waivers. Made before the account is read, so that a
//! broken file fails at once.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use filter_pattern::Pattern;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::catalog::{catalog, catalog_for, elsewhere, is_called, mapped, nearest, select};
use super::named::text_of;
use super::stderr::say;
use crate::audit::{accepting_among, audit_among};
use crate::cli::{AuditArgs, CatalogArgs};
#[cfg(feature = "aws")]
use crate::finding::Asked;
use crate::finding::{Evidence, Finding, Outcome, OwnerEvidence, Report, Verdict, Waiver};
use crate::fix::exceptions::BuiltIn;
use crate::fix::plan::Plan;
#[cfg(feature = "aws")]
use crate::organization::Entry;
use crate::rule::{Demand, Rule, RuleId};
use crate::saved::digest;
use crate::snapshot::Snapshot;
use crate::waiver::{Place, Waivers, accept_as};

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

/// An account into which events of others may be followed.
pub(super) struct Owner {
    pub(super) snapshot: Snapshot,
    /// SHA-256 of it, worked out once however many accounts lead there.
    sha256: OnceCell<String>,
}

impl Owner {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, sha256: OnceCell::new() }
    }

    /// As [`digest`] has it.
    pub(super) fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| digest(&self.snapshot))
    }
}

impl Judge {
    /// As the command line asks.
    pub(super) fn new(args: &AuditArgs) -> anyhow::Result<Self> {
        let catalog = catalog_for(&args.scope.catalog, args.framework.as_deref())?;
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

    /// Notes where several regions are asked for, and no control says anything of a region itself.
    pub(super) fn note_regions(&self, regions: &[String]) {
        let is_of_region = |rule: &Arc<Rule>| matches!(rule.demand, Demand::SecurityHubEnabled);
        if regions.len() > 1 && !self.rules.iter().any(is_of_region) {
            say(
                "note: a further --region asks whether Security Hub CSPM is enabled there (4.16 from version 1.5.0 on, 5.16), \
                 which is not among the controls: it does nothing here",
            );
        }
    }

    /// All controls of the version of the benchmark.
    pub(super) fn every_rule(&self) -> &[Arc<Rule>] {
        &self.catalog
    }

    /// What is to be reported about an account.
    pub(super) fn report(&self, snapshot: &Snapshot) -> Report {
        self.report_among(snapshot, &[])
    }

    /// What is to be reported about an account whose events may be followed into others.
    pub(super) fn report_among(&self, snapshot: &Snapshot, owners: &[&Owner]) -> Report {
        let others = snapshots(owners);
        let mut report = audit_among(snapshot, &others, &self.rules);
        for audit in &mut report.audits {
            audit.evidence = Some(evidence(snapshot, owners));
        }
        self.waived(report, |finding, accepted| accepting_among(snapshot, &others, &finding.rule, accepted))
    }

    /// The version of the benchmark.
    #[cfg(feature = "aws")]
    pub(super) fn benchmark(&self) -> &'static str {
        self.rules.first().map(|rule| rule.benchmark).unwrap_or_default().as_str()
    }

    /// A report in which nothing was audited.
    #[cfg(feature = "aws")]
    pub(super) fn report_of_none(&self, accounts: Vec<Entry>) -> Report {
        Report {
            benchmark: self.benchmark(),
            verdict: self.verdict,
            audits: Vec::new(),
            accounts,
            documents: None,
            asked: Asked::new(&self.rules),
            is_whole_organization: false,
            projects: Vec::new(),
            unused_waivers: Vec::new(),
            waived_on: None,
        }
    }

    /// The report with what a saved report accepts of the same account: its waivers and exceptions, whatever their files
    /// say by now.
    pub(super) fn waived_as(
        &self,
        mut report: Report,
        saved: &[Finding],
        snapshot: &Snapshot,
        owners: &[&Owner],
    ) -> Report {
        let others = snapshots(owners);
        for finding in report.audits.iter_mut().flat_map(|audit| &mut audit.findings) {
            let is_it = |saved: &&Finding| saved.id() == finding.id() && saved.region == finding.region;
            let Some(saved) = saved.iter().find(is_it) else { continue };
            accept_as(finding, saved, |finding, accepted| {
                accepting_among(snapshot, &others, &finding.rule, accepted).decided_by(self.verdict)
            });
        }
        report
    }

    /// A report by the verdict that decides, with waivers applied. `accepting` judges a control again, but for events that
    /// are accepted to be missed.
    pub(super) fn waived(&self, report: Report, accepting: impl Fn(&Finding, &[&Pattern]) -> Finding) -> Report {
        let report = report.decided_by(self.verdict);
        match &self.waivers {
            Some((waivers, today)) => {
                waivers.apply(report, *today, |finding, accepted| accepting(finding, accepted).decided_by(self.verdict))
            }
            None => report,
        }
    }

    /// The exceptions that hold today in an account and region, for filters to be written with.
    pub(super) fn exceptions(&self, place: Place<'_>) -> Exceptions {
        let waivers = self.waivers.as_ref();
        waivers.map(|(waivers, today)| of_place(waivers, &self.catalog, place, *today)).unwrap_or_default()
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

fn snapshots<'a>(owners: &[&'a Owner]) -> Vec<&'a Snapshot> {
    owners.iter().map(|owner| &owner.snapshot).collect()
}

/// What an audit of an account rests on.
fn evidence(snapshot: &Snapshot, owners: &[&Owner]) -> Evidence {
    let owner = |owner: &&Owner| OwnerEvidence {
        account_id: owner.snapshot.account_id.clone(),
        snapshot_sha256: owner.sha256().to_owned(),
    };
    Evidence {
        provenance: snapshot.provenance.clone(),
        snapshot_sha256: digest(snapshot),
        owners: owners.iter().map(owner).collect(),
    }
}

/// The waivers that the command line names, and today.
fn waivers(args: &AuditArgs, rules: &[Arc<Rule>], catalog: &CatalogArgs) -> anyhow::Result<Option<(Waivers, Date)>> {
    let waivers = args.waivers.as_deref().map(|file| read(file, rules, catalog)).transpose()?;
    Ok(waivers.map(|waivers| (waivers, today())))
}

/// Exceptions that hold on a day, for filters to be written with.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    /// Those that a filter can leave out.
    pub(super) built_in: Vec<BuiltIn>,
    /// Those that none can.
    pub(super) not_written: Vec<NotWritten>,
}

/// An exception that no filter is written with.
#[derive(Debug)]
pub(super) struct NotWritten {
    /// The name of its control.
    pub(super) slug: String,
    rule: String,
    events: String,
    /// To follow on "it holds only".
    only: String,
}

impl NotWritten {
    /// That it is in no filter, and why: a sentence without a full stop.
    pub(super) fn words(&self) -> String {
        let Self { slug: _, rule, events, only } = self;
        format!("the filter of {rule} does not leave out {events}: the exception holds only {only}")
    }

    /// What would help, where it is a place that is not known.
    pub(super) fn hint(&self, hint: &'static str) -> &'static str {
        let is_of_a_place = self.only.starts_with("in ") && !self.only.contains(" for re");
        if is_of_a_place { hint } else { "" }
    }
}

/// The exceptions of a waivers file that hold today, for filters of a place to be written with.
pub(super) fn exceptions(
    file: &Path,
    rules: &[Arc<Rule>],
    catalog: &CatalogArgs,
    place: Place<'_>,
) -> anyhow::Result<Exceptions> {
    Ok(of_place(&read(file, rules, catalog)?, rules, place, today()))
}

fn of_place(waivers: &Waivers, rules: &[Arc<Rule>], place: Place<'_>, today: Date) -> Exceptions {
    let number = |slug: &str| rules.iter().find(|rule| rule.slug == slug).map(|rule| rule.id.to_string());
    let built_in = waivers.exceptions(place, today).filter_map(|(slug, events, waiver)| {
        let Waiver { reason, owner, expires } = waiver.clone();
        Some(BuiltIn { rule: number(slug)?, events: events.to_string(), reason, owner, expires })
    });
    let not_written = waivers.not_in_filters(place, today).filter_map(|(slug, events, only)| {
        Some(NotWritten { rule: number(slug)?, slug: slug.to_owned(), events: events.to_string(), only })
    });
    Exceptions { built_in: built_in.collect(), not_written: not_written.collect() }
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
