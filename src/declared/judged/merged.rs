//! One finding of those under each combination of open conditions: what all of them agree on, else unknown, with the conditions
//! that decide and the resource that they are of. Combinations in which nothing is declared for a control say nothing of it.

use super::places::of_account;
use super::unknown::{doubt, set_unknown, unknown_at};
use crate::declared::World;
use crate::declared::account::{Account, filter_key};
use crate::finding::facts::AccountProblem;
use crate::finding::{Facts, Finding, Grade, HubStatus, Judged, Place, Reason, Status, Step, Unread};
use crate::snapshot::DocumentPart;

/// What is reported where no combination of conditions is one in which the control passes.
const UNDECIDED: &str = "whether the control passes depends on conditions with a parameter that has no default";

/// A control under one combination of conditions.
#[derive(Clone, Copy)]
pub(super) struct Under<'a> {
    /// The combination, by its place.
    pub(super) world: usize,
    pub(super) finding: &'a Finding,
    /// Something is declared for it there.
    pub(super) is_declared: bool,
}

/// How a control is judged of which nothing is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It fails.
    Fails,
    /// It is unknown.
    Unknown,
    /// It is not counted.
    NotCounted,
}

/// One finding of those under each combination.
pub(super) fn merge(worlds: &[World], accounts: &[Account<'_>], each: &[Under<'_>], absent: Absent) -> Option<Finding> {
    let (declared, missing): (Vec<Under<'_>>, Vec<Under<'_>>) = each.iter().partition(|under| under.is_declared);
    if absent == Absent::Fails || declared.is_empty() || missing.is_empty() {
        return agreed(worlds, accounts, each);
    }
    let mut merged = agreed(worlds, accounts, &declared)?;
    if merged.status == Status::Pass {
        let (with, without) = nearest(worlds, &declared, &missing)?;
        let place = conditional(accounts.get(without.world)?, accounts.get(with.world)?, with.finding);
        let why = format!("it is declared only if {}", assumptions(worlds, with.world, without.world)?);
        let problem = AccountProblem::FilterNotDeclared;
        let reason = Reason::new(Facts::Account { account: merged.account_id.clone(), problem });
        let reason = reason.because(Unread::AtDeployment(Box::new(condition(accounts, place, why))));
        if absent == Absent::Unknown { set_unknown(&mut merged, reason) } else { doubt(&mut merged, reason) }
    }
    Some(merged)
}

/// The worst of equal verdicts, else unknown.
fn agreed(worlds: &[World], accounts: &[Account<'_>], each: &[Under<'_>]) -> Option<Finding> {
    let first = each.first()?.finding;
    let findings = || each.iter().map(|under| under.finding);
    let weight = |finding: &Finding| {
        (
            finding.verdicts.effective.status != Status::Pass,
            finding.warnings.iter().filter(|it| it.grade() != Grade::Note).count(),
        )
    };
    let is_one = findings().all(|finding| finding.verdicts.cis.status == first.verdicts.cis.status);
    if is_one {
        let worst = findings().max_by_key(|finding| weight(finding))?;
        let mut merged = worst.clone();
        let effective = |finding: &Finding| finding.verdicts.effective.status;
        if findings().any(|finding| effective(finding) != effective(worst)) {
            let reason = findings().find_map(|finding| finding.verdicts.effective.reason.clone());
            merged.verdicts.effective = Judged { status: Status::Unknown, reason };
        }
        if findings().any(|finding| finding.verdicts.security_hub.status != worst.verdicts.security_hub.status) {
            let reason = findings().find_map(|finding| finding.verdicts.security_hub.reason.clone());
            merged.verdicts.security_hub = Judged { status: HubStatus::Unknown, reason };
        }
        return Some(merged);
    }
    let with_status = |status: Status| -> Vec<Under<'_>> {
        each.iter().copied().filter(|under| under.finding.status == status).collect()
    };
    let (passing, failing) = (with_status(Status::Pass), with_status(Status::Fail));
    let unknown = with_status(Status::Unknown);
    let broken = failing.first().or_else(|| unknown.first())?;
    let mut merged = broken.finding.clone();
    if broken.finding.status == Status::Fail {
        let reason = broken.finding.verdicts.cis.reason.as_ref()?;
        let account = accounts.get(broken.world)?;
        let pair = nearest(worlds, &passing, std::slice::from_ref(broken)).map(|(with, _)| with);
        let place = pair
            .and_then(|with| conditional(account, accounts.get(with.world)?, with.finding))
            .or_else(|| of_account(account, broken.finding));
        let why = pair.and_then(|with| decides(worlds, with, broken, (&passing, &failing)));
        let why = why.unwrap_or_else(|| UNDECIDED.to_owned());
        let named = pair.and_then(|with| named(worlds, with, broken));
        let part = match named {
            Some(part) => DocumentPart { why: Some(why), ..part },
            None => condition(accounts, place, why),
        };
        let reason = unknown_at(account, broken.finding, reason.link(), Unread::AtDeployment(Box::new(part)));
        set_unknown(&mut merged, reason);
    }
    Some(merged)
}

/// On what it depends whether a control passes. `passing` and `failing`: all combinations in which it does and does not.
fn decides(
    worlds: &[World],
    with: Under<'_>,
    without: &Under<'_>,
    (passing, failing): (&[Under<'_>], &[Under<'_>]),
) -> Option<String> {
    let decisive = differing(worlds, with.world, without.world);
    let holds = |under: &Under<'_>| {
        let assumed = worlds.get(under.world).map(|world| world.assumed.as_slice()).unwrap_or_default();
        decisive.iter().all(|assumption| assumed.contains(assumption))
    };
    let words = assumptions(worlds, with.world, without.world)?;
    Some(match passing.iter().all(holds) && !failing.iter().any(holds) {
        true => format!("the control passes if {words}, and fails otherwise"),
        false => format!("the control passes if {words}, or in other combinations of conditions, and fails in some"),
    })
}

/// The condition of a resource, by its place, and what depends on it.
fn condition(accounts: &[Account<'_>], place: Option<Place>, why: String) -> DocumentPart {
    DocumentPart {
        file: place.as_ref().map(|place| place.file.clone()).unwrap_or_else(|| first_file(accounts)),
        line: place.as_ref().and_then(|place| place.line),
        address: place.and_then(|place| place.address).unwrap_or_else(|| "Conditions".to_owned()),
        property: Some(DocumentPart::CONDITION.to_owned()),
        why: Some(why),
        instead_of: "cloudwatch:DescribeAlarms".to_owned(),
    }
}

/// Of two groups of combinations the two that differ least.
fn nearest<'a>(worlds: &[World], some: &[Under<'a>], others: &[Under<'a>]) -> Option<(Under<'a>, Under<'a>)> {
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| (*one, *other)));
    pairs.min_by_key(|(one, other)| differing(worlds, one.world, other.world).len())
}

/// The assumptions of one combination that another does not make.
fn differing(worlds: &[World], one: usize, other: usize) -> Vec<(String, bool)> {
    let assumptions = |at: usize| worlds.get(at).map(|world| world.assumed.as_slice()).unwrap_or_default();
    assumptions(one).iter().filter(|assumed| !assumptions(other).contains(assumed)).cloned().collect()
}

/// Where that is written which the first assumption is about that differs, if that is not a condition.
fn named(worlds: &[World], one: Under<'_>, other: &Under<'_>) -> Option<DocumentPart> {
    let named = &worlds.get(one.world)?.named;
    differing(worlds, one.world, other.world).iter().find_map(|(key, _)| named.get(key)).cloned()
}

/// The assumptions that differ, in words; `None`: there is none.
fn assumptions(worlds: &[World], one: usize, other: usize) -> Option<String> {
    let word = |(assumed, holds): &(String, bool)| {
        let shown = crate::escape::shortened(assumed, 80);
        let is = if *holds { "is" } else { "is not" };
        match shown.split_once(" = ") {
            Some((name, "")) => format!("{name} {is} empty"),
            Some((name, value)) => format!("{name} {is} {value}"),
            None => format!("{shown} {}", if *holds { "holds" } else { "does not hold" }),
        }
    };
    let words: Vec<String> = differing(worlds, one, other).iter().map(word).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}

/// The place of the first resource of a chain that is declared under one combination and not under another.
fn conditional(without: &Account<'_>, with: &Account<'_>, passing: &Finding) -> Option<Place> {
    let mut steps = passing.chain.steps().iter();
    let found = steps.find_map(|step| {
        let keys = match step {
            Step::Trail(trail) => vec![trail.arn.to_string()],
            Step::LogGroup(arn) => vec![arn.to_string()],
            Step::MetricFilter(filter) => vec![filter_key(passing.chain.log_group()?, &filter.name)],
            Step::Alarm(alarm) => vec![alarm.arn.to_string()],
            Step::Topic(arn) => vec![arn.to_string(), format!("subscription of {arn}")],
            Step::Subscription(_) => Vec::new(),
        };
        let is_new = |key: &&String| !without.declarations.contains_key(*key);
        keys.iter().filter(is_new).find_map(|key| with.declarations.get(key)).copied()
    });
    found.map(|declaration| declaration.place())
}

fn first_file(accounts: &[Account<'_>]) -> String {
    let mut declarations = accounts.iter().flat_map(|account| account.declarations.values());
    declarations.next().map(|declaration| declaration.resource.file.clone()).unwrap_or_default()
}
