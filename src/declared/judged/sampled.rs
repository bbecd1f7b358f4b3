//! Where conditions have more combinations than are judged: a resource that depends on more comparisons than were tried in all
//! combinations may be otherwise in another one, and with it each control whose chain it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::merged::Under;
use super::places::place;
use super::unknown::{set_unknown, unknown_at};
use crate::declared::World;
use crate::declared::account::{Account, filter_key};
use crate::finding::{Finding, Link, Status, Step, Unread};
use crate::rule::{Rule, RuleId};
use crate::snapshot::DocumentPart;

/// Whether all combinations of comparisons are among those that are tried, each of which differs in one value from none and from
/// all.
fn is_tried(keys: &BTreeSet<&str>) -> bool {
    let names: BTreeSet<&str> = keys.iter().map(|key| key.split(" = ").next().unwrap_or(key)).collect();
    names.len() <= 1 || keys.len() <= 2
}

/// A resource, by file and address.
type Id = (String, String);

/// What may be otherwise in combinations that were not tried.
#[derive(Default)]
pub(super) struct Untried {
    /// Resources that depend on more comparisons, for each control whose chain they are in.
    own: BTreeMap<RuleId, DocumentPart>,
    /// One that is in no control's chain.
    other: Option<DocumentPart>,
    /// Those that are in no combination.
    unseen: Vec<DocumentPart>,
}

impl Untried {
    /// What was not tried of controls, each with what was found of it under each combination.
    pub(super) fn new(worlds: &[World], accounts: &[Account<'_>], each: &[(&Arc<Rule>, Vec<Under<'_>>)]) -> Self {
        if worlds.iter().all(|world| !world.is_sample) {
            return Self::default();
        }
        let mut depends: BTreeMap<&Id, BTreeSet<&str>> = BTreeMap::new();
        for (id, keys) in worlds.iter().flat_map(|world| &world.declared.depends) {
            depends.entry(id).or_default().extend(keys.iter().map(String::as_str));
        }
        depends.retain(|_, keys| !is_tried(keys));
        let chains = |(rule, each): &(&Arc<Rule>, Vec<Under<'_>>)| {
            let ids = each.iter().filter_map(|under| Some(chain(accounts.get(under.world)?, under.finding)));
            (rule.id, ids.flatten().collect::<BTreeSet<Id>>())
        };
        let chains: BTreeMap<RuleId, BTreeSet<Id>> = each.iter().map(chains).collect();
        let part = |id: &Id| part(worlds, id, depends.get(id).map_or(0, BTreeSet::len));
        let own = |(rule, ids): (&RuleId, &BTreeSet<Id>)| {
            let id = ids.iter().find(|id| depends.contains_key(id))?;
            Some((*rule, part(id)))
        };
        let is_other = |id: &&&Id| chains.values().all(|ids| !ids.contains(*id));
        let is_unseen = |id: &&&Id| {
            let mut resources = worlds.iter().flat_map(|world| &world.declared.resources);
            !resources.any(|resource| (&resource.file, &resource.address) == (&id.0, &id.1))
        };
        Self {
            own: chains.iter().filter_map(own).collect(),
            other: depends.keys().find(is_other).map(|id| part(id)),
            unseen: depends.keys().filter(is_unseen).map(|id| part(id)).collect(),
        }
    }

    /// The same without what is in no chain: of one control alone it is not known what others' chains have.
    pub(super) fn of_chains(self) -> Self {
        Self { other: None, ..self }
    }

    /// Makes a finding unknown that may be another in a combination that was not tried.
    pub(super) fn read(&self, mut finding: Finding, accounts: &[Account<'_>]) -> Finding {
        let part = self.own.get(&finding.rule.id).or(self.other.as_ref());
        if let Some((part, account)) = part.zip(accounts.first()).filter(|_| finding.status != Status::Unknown) {
            let link = finding.verdicts.cis.reason.as_ref().map_or(Link::MetricFilter, |reason| reason.link());
            let unread = Unread::AtDeployment(Box::new(part.clone()));
            let reason = unknown_at(account, &finding, link, unread);
            set_unknown(&mut finding, reason);
            finding.place = place(accounts, &finding);
        }
        finding
    }

    /// Resources that may declare something and were seen in no combination.
    pub(super) fn unseen(&self) -> impl Iterator<Item = DocumentPart> {
        self.unseen.clone().into_iter()
    }

    /// All of it.
    pub(super) fn parts(&self) -> impl Iterator<Item = DocumentPart> {
        self.own.values().chain(&self.other).cloned()
    }
}

/// The resources that are declared of a chain.
pub(super) fn chain(account: &Account<'_>, finding: &Finding) -> Vec<Id> {
    let keys = finding.chain.steps().iter().flat_map(|step| match step {
        Step::Trail(trail) => vec![trail.arn.to_string()],
        Step::LogGroup(arn) => vec![arn.to_string()],
        Step::MetricFilter(filter) => {
            finding.chain.log_group().map(|group| filter_key(group, &filter.name)).into_iter().collect()
        }
        Step::Alarm(alarm) => vec![alarm.arn.to_string()],
        Step::Topic(arn) => vec![arn.to_string(), format!("policy of {arn}"), format!("subscription of {arn}")],
        Step::Subscription(_) => Vec::new(),
    });
    let declared = keys.filter_map(|key| account.declarations.get(&key));
    declared.map(|declaration| (declaration.resource.file.clone(), declaration.resource.address.clone())).collect()
}

fn part(worlds: &[World], (file, address): &Id, conditions: usize) -> DocumentPart {
    let mut resources = worlds.iter().flat_map(|world| &world.declared.resources);
    let resource = resources.find(|resource| (&resource.file, &resource.address) == (file, address));
    DocumentPart {
        file: file.clone(),
        line: resource.and_then(|resource| resource.at).map(|at| at.line),
        address: address.clone(),
        property: Some(DocumentPart::CONDITION.to_owned()),
        why: Some(format!(
            "it depends on {conditions} conditions that are open, and not all of their combinations were tried (--parameter \
             decides them)"
        )),
        instead_of: "cloudwatch:DescribeAlarms".to_owned(),
    }
}
