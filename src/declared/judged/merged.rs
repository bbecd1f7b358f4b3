//! One finding of those under each combination of open conditions: what all of them agree on, else unknown, with the conditions
//! that decide and the resource that they are of.

use super::places::of_account;
use super::unknown::{set_unknown, unknown_at};
use crate::declared::World;
use crate::declared::account::{Account, filter_key};
use crate::finding::{Finding, Grade, HubStatus, Judged, Place, Status, Step, Unread};
use crate::snapshot::DocumentPart;

/// What is reported where no combination of conditions is one in which the control passes.
const UNDECIDED: &str = "whether the control passes depends on conditions with a parameter that has no default";

/// One finding of those under each combination of conditions: the worst of equal verdicts, else unknown.
pub(super) fn merge(worlds: &[World], accounts: &[Account<'_>], each: &[&Finding]) -> Option<Finding> {
    let first = each.first()?;
    let weight = |finding: &Finding| {
        (
            finding.verdicts.effective.status != Status::Pass,
            finding.warnings.iter().filter(|it| it.grade() != Grade::Note).count(),
        )
    };
    let is_one = each.iter().all(|finding| finding.verdicts.cis.status == first.verdicts.cis.status);
    if is_one {
        let worst = each.iter().copied().max_by_key(|finding| weight(finding))?;
        let mut merged = worst.clone();
        let effective = |finding: &&Finding| finding.verdicts.effective.status;
        if each.iter().any(|finding| effective(finding) != effective(&worst)) {
            let reason = each.iter().find_map(|finding| finding.verdicts.effective.reason.clone());
            merged.verdicts.effective = Judged { status: Status::Unknown, reason };
        }
        if each.iter().any(|finding| finding.verdicts.security_hub.status != worst.verdicts.security_hub.status) {
            let reason = each.iter().find_map(|finding| finding.verdicts.security_hub.reason.clone());
            merged.verdicts.security_hub = Judged { status: HubStatus::Unknown, reason };
        }
        return Some(merged);
    }
    let broken = each
        .iter()
        .position(|finding| finding.status == Status::Fail)
        .or_else(|| each.iter().position(|finding| finding.status == Status::Unknown))?;
    let failing = each.get(broken)?;
    let mut merged = (*failing).clone();
    if failing.status == Status::Fail {
        let reason = failing.verdicts.cis.reason.as_ref()?;
        let account = accounts.get(broken)?;
        let passing = nearest(worlds, each, broken);
        let place = passing
            .and_then(|at| conditional(account, accounts.get(at)?, each.get(at)?))
            .or_else(|| of_account(account, failing));
        let part = DocumentPart {
            file: place.as_ref().map(|place| place.file.clone()).unwrap_or_else(|| first_file(accounts)),
            line: place.as_ref().and_then(|place| place.line),
            address: place.and_then(|place| place.address).unwrap_or_else(|| "Conditions".to_owned()),
            property: Some(DocumentPart::CONDITION.to_owned()),
            why: Some(passing.map_or_else(|| UNDECIDED.to_owned(), |at| decides(worlds, at, broken))),
            instead_of: "cloudwatch:DescribeAlarms".to_owned(),
        };
        let unread = Unread::AtDeployment(Box::new(part));
        let reason = unknown_at(account, failing, reason.link(), unread);
        set_unknown(&mut merged, reason);
    }
    Some(merged)
}

/// Of the combinations in which a control passes, the one that differs least from that in which it fails.
fn nearest(worlds: &[World], each: &[&Finding], failing: usize) -> Option<usize> {
    let passing = each.iter().enumerate().filter(|(_, finding)| finding.status == Status::Pass).map(|(at, _)| at);
    passing.min_by_key(|at| differing(worlds, *at, failing).len())
}

/// The assumptions of one combination that another does not make.
fn differing(worlds: &[World], one: usize, other: usize) -> Vec<(String, bool)> {
    let assumptions = |at: usize| worlds.get(at).map(|world| world.assumed.as_slice()).unwrap_or_default();
    assumptions(one).iter().filter(|assumed| !assumptions(other).contains(assumed)).cloned().collect()
}

/// On what it depends whether a control passes.
fn decides(worlds: &[World], passing: usize, failing: usize) -> String {
    let word = |(assumed, holds): &(String, bool)| {
        let shown = crate::escape::shortened(assumed, 80);
        let is = if *holds { "is" } else { "is not" };
        match shown.split_once(" = ") {
            Some((name, "")) => format!("{name} {is} empty"),
            Some((name, value)) => format!("{name} {is} {value}"),
            None => format!("{shown} {}", if *holds { "holds" } else { "does not hold" }),
        }
    };
    let words: Vec<String> = differing(worlds, passing, failing).iter().map(word).collect();
    match words.is_empty() {
        true => UNDECIDED.to_owned(),
        false => format!("the control passes if {}, and fails otherwise", words.join(" and ")),
    }
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
