//! A snapshot whose long lists are found by name: an account, or a file, may have 100,000 of anything, and every link of
//! every chain looks things up. No judging here.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Deref;

use crate::arn::without_streams;
use crate::finding::{Choice, Gaps, is_choice};
use crate::snapshot::{Gap, Key, LogGroup, Snapshot, Topic};

/// A snapshot and its indexes, each made when it is first asked. The answers are those of the snapshot's own functions of
/// the same names.
pub(super) struct Indexed<'a> {
    snapshot: &'a Snapshot,
    /// The account whose events are followed, where it is not this one: a member of the organization whose trail delivers
    /// here.
    member: Option<&'a str>,
    log_groups: OnceCell<HashMap<&'a str, &'a LogGroup>>,
    topics: OnceCell<HashMap<&'a str, &'a Topic>>,
    /// By region and id.
    keys: OnceCell<HashMap<(&'a str, &'a str), &'a Key>>,
    gaps: OnceCell<HashMap<Question<'a>, &'a Gap>>,
    /// Failures that the operator chose, by operation and region: the first, and its place.
    choices: OnceCell<HashMap<Place<'a>, (usize, &'a Gap)>>,
}

/// Operation, and region where it matters.
type Place<'a> = (&'a str, Option<&'a str>);

/// Operation, region, and what was asked about.
type Question<'a> = (&'a str, &'a str, Option<&'a str>);

impl<'a> Indexed<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            member: None,
            log_groups: OnceCell::new(),
            topics: OnceCell::new(),
            keys: OnceCell::new(),
            gaps: OnceCell::new(),
            choices: OnceCell::new(),
        }
    }

    /// An account into which the events of a member are followed.
    pub(super) fn for_member(snapshot: &'a Snapshot, member: &'a str) -> Self {
        Self { member: Some(member), ..Self::new(snapshot) }
    }

    /// The account whose events are followed, 12 digits.
    pub(super) fn whose_events(&self) -> &'a str {
        self.member.unwrap_or(&self.snapshot.account_id)
    }

    /// Whether the events are another account's.
    pub(super) fn is_for_member(&self) -> bool {
        self.member.is_some()
    }

    /// The snapshot itself, for as long as it lives.
    pub(super) fn whole(&self) -> &'a Snapshot {
        self.snapshot
    }

    pub(super) fn log_group(&self, arn: &str) -> Option<&'a LogGroup> {
        let index = || first_by(&self.snapshot.log_groups, |group| group.arn.as_str());
        self.log_groups.get_or_init(index).get(without_streams(arn)).copied()
    }

    pub(super) fn topic(&self, arn: &str) -> Option<&'a Topic> {
        self.topics.get_or_init(|| first_by(&self.snapshot.topics, |topic| topic.arn.as_str())).get(arn).copied()
    }

    pub(super) fn key_of(&self, topic: &Topic) -> Option<&'a Key> {
        let (id, region) = (topic.key_arn()?, topic.arn.region()?);
        let index = || first_by(&self.snapshot.keys, |key| (key.region.as_str(), key.id.as_str()));
        self.keys.get_or_init(index).get(&(region, id.as_str())).copied()
    }
}

impl Gaps for Indexed<'_> {
    fn account(&self) -> &Snapshot {
        self.snapshot
    }

    fn gap(&self, operation: &str, region: &str, resource: Option<&str>) -> Option<&Gap> {
        let index = || {
            first_by(&self.snapshot.gaps, |gap| (gap.source.question(), gap.region.as_str(), gap.resource.as_deref()))
        };
        self.gaps.get_or_init(index).get(&(operation, region, resource)).copied()
    }

    fn choice(&self, operation: &str, region: &str) -> Option<&Gap> {
        let index = || {
            let mut choices = HashMap::new();
            for (at, gap) in self.snapshot.gaps.iter().enumerate() {
                let region = is_choice(gap).map(|choice| match choice {
                    Choice::InRegion => Some(gap.region.as_str()),
                    Choice::Everywhere => None,
                });
                if let Some(region) = region {
                    choices.entry((gap.source.question(), region)).or_insert((at, gap));
                }
            }
            choices
        };
        let choices = self.choices.get_or_init(index);
        let found = [Some(region), None].into_iter().filter_map(|region| choices.get(&(operation, region)));
        found.min_by_key(|(at, _)| *at).map(|(_, gap)| *gap)
    }
}

impl Deref for Indexed<'_> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        self.snapshot
    }
}

/// The first of each name.
fn first_by<'a, T, K: std::hash::Hash + Eq>(list: &'a [T], name: impl Fn(&'a T) -> K) -> HashMap<K, &'a T> {
    list.iter().rev().map(|each| (name(each), each)).collect()
}
