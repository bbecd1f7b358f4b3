//! Log groups of which it is not known whether they are one: a trail delivers to what a parameter names, and metric filters are
//! on a group that has a name, or the reverse. Whether they are one is assumed and not assumed, as whether a condition holds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::arn::{Arn, without_streams};
use crate::declared::{Declared, Elsewhere, Home, MARKS, Resource, Value, World, is_open};
use crate::snapshot::DocumentPart;

const TRAIL: (&str, &str) = ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn");
const FILTER: (&str, &str) = ("AWS::Logs::MetricFilter", "LogGroupName");

/// Pairs of log groups that are tried in all combinations of conditions together. Of more, nothing is said to fail.
const MOST: usize = 256;
/// Those that are tried in one combination.
const MOST_OF_ONE: usize = 32;

/// A log group that a resource names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    account: String,
    region: String,
    /// The name, or the expression of it.
    name: String,
}

/// Two log groups that may be one: a trail's, and that of metric filters.
struct Pair {
    trails: Group,
    filters: Group,
    /// Where the one is named that is not known.
    part: DocumentPart,
}

/// Each combination as it is, and with each pair of log groups that may be one as one.
pub(super) fn tried<'w>(worlds: &'w [World], home: &Home) -> Cow<'w, [World]> {
    let pairs: Vec<Vec<Pair>> = worlds.iter().map(|world| pairs(&world.declared, home)).collect();
    if pairs.iter().all(Vec::is_empty) {
        return Cow::Borrowed(worlds);
    }
    let most = (MOST / worlds.len()).min(MOST_OF_ONE);
    Cow::Owned(worlds.iter().zip(&pairs).flat_map(|(world, pairs)| each(world, (pairs, most), home)).collect())
}

/// A combination, and those in which a pair is one.
fn each(world: &World, (pairs, most): (&[Pair], usize), home: &Home) -> Vec<World> {
    let mut plain = world.clone();
    for pair in pairs.iter().take(most) {
        plain.assumed.push((pair.key(), false));
        plain.named.insert(pair.key(), pair.part.clone());
    }
    if let Some(Pair { part, .. }) = pairs.get(most) {
        plain.declared.incomplete.push(Elsewhere {
            file: part.file.clone(),
            at: None,
            address: part.address.clone(),
            why: format!("more than {most} pairs of log groups may be one (--parameter says which)"),
        });
    }
    let mut all = vec![plain.clone()];
    all.extend(pairs.iter().take(most).map(|pair| {
        let mut one = plain.clone();
        unite(&mut one.declared, pair, home);
        let key = pair.key();
        one.assumed.iter_mut().filter(|(known, _)| *known == key).for_each(|(_, holds)| *holds = true);
        one
    }));
    all
}

/// The log groups of trails and filters of which one is known only as an expression that the other may be.
fn pairs(declared: &Declared, home: &Home) -> Vec<Pair> {
    let (trails, filters) = (groups(declared, TRAIL, home), groups(declared, FILTER, home));
    let mut pairs = Vec::new();
    for (trail, of_trail) in &trails {
        for (filter, of_filter) in &filters {
            let (named, (_, property)) = if is_open(&trail.name) { (of_trail, TRAIL) } else { (of_filter, FILTER) };
            let is_asked = is_open(&trail.name) || is_open(&filter.name);
            if is_asked && trail.name != filter.name && trail.may_be(filter) {
                let part = part(named, property);
                pairs.push(Pair { trails: trail.clone(), filters: filter.clone(), part });
            }
        }
    }
    // First those with filters for CloudTrail's events.
    pairs.sort_by_cached_key(|pair| {
        let mut filters = declared.resources.iter().filter(|resource| resource.kind == FILTER.0);
        !filters.any(|filter| {
            looks_at_events(filter) && Group::named(filter, FILTER.1, home).as_ref() == Some(&pair.filters)
        })
    });
    pairs
}

/// Whether a metric filter may look at fields of CloudTrail's events.
fn looks_at_events(filter: &Resource) -> bool {
    let pattern = filter.properties.get("FilterPattern");
    pattern.text().is_ok_and(|text| text.is_some_and(|text| text.contains("$.event"))) || pattern.unknown().is_some()
}

/// The log groups that resources of a type name, each with the first of these.
fn groups<'r>(declared: &'r Declared, named: (&str, &str), home: &Home) -> Vec<(Group, &'r Resource)> {
    let mut groups: BTreeMap<String, (Group, &'r Resource)> = BTreeMap::new();
    for resource in declared.resources.iter().filter(|resource| resource.kind == named.0) {
        if let Some(group) = Group::named(resource, named.1, home) {
            let key = format!("{} {} {}", group.account, group.region, group.name);
            groups.entry(key).or_insert((group, resource));
        }
    }
    groups.into_values().collect()
}

/// Gives both the name that is known of one.
fn unite(declared: &mut Declared, pair: &Pair, home: &Home) {
    let is_of_trail = is_open(&pair.trails.name);
    let ((kind, property), from, to) =
        if is_of_trail { (TRAIL, &pair.trails, &pair.filters) } else { (FILTER, &pair.filters, &pair.trails) };
    declared.assumes_log_group |= is_of_trail;
    for resource in declared.resources.iter_mut().filter(|resource| resource.kind == kind) {
        if Group::named(resource, property, home).as_ref() != Some(from) {
            continue;
        }
        let text = if is_of_trail {
            let here = resource.home.as_deref().unwrap_or(home);
            format!("{}:*", here.arn("logs", &format!("log-group:{}", to.name)))
        } else {
            to.name.clone()
        };
        if let Value::Map(entries) = &mut resource.properties.value
            && let Some((_, node)) = entries.iter_mut().find(|(key, _)| key == property)
        {
            node.value = Value::Text(text);
        }
    }
}

fn part(resource: &Resource, property: &str) -> DocumentPart {
    let node = resource.properties.get(property);
    DocumentPart {
        file: resource.file.clone(),
        line: node.at.or(resource.at).map(|at| at.line),
        address: resource.address.clone(),
        property: Some(resource.argument(property).to_owned()),
        why: None,
        instead_of: "cloudtrail:DescribeTrails".to_owned(),
    }
}

impl Group {
    /// The log group that a property names; `None`: it is none, or may be anything, which is judged otherwise.
    fn named(resource: &Resource, property: &str, main: &Home) -> Option<Self> {
        let node = resource.properties.get(property);
        if node.unknown().is_some_and(crate::declared::Unknown::is_anything) {
            return None;
        }
        let text = node.symbol()?;
        let home = resource.home.as_deref().unwrap_or(main);
        let Some(arn) = Arn::parse(&text) else {
            let (account, region) = (home.account.clone(), home.region.clone());
            return Some(Self { account, region, name: text });
        };
        let name = without_streams(arn.resource).strip_prefix("log-group:").filter(|_| arn.service == "logs")?;
        Some(Self { account: arn.account.to_owned(), region: arn.region.to_owned(), name: name.to_owned() })
    }

    /// Whether both may be one, for what is known of them.
    fn may_be(&self, other: &Self) -> bool {
        let is_near = |one: &str, other: &str| one == other || one.contains(MARKS) || other.contains(MARKS);
        is_near(&self.account, &other.account)
            && is_near(&self.region, &other.region)
            && may_equal(&self.name, &other.name)
    }
}

/// Whether two names may be equal whose expressions stand for any text: what is before and behind these is.
fn may_equal(one: &str, other: &str) -> bool {
    let ends = |text: &str| {
        let (first, last) = (text.find(MARKS), text.rfind(MARKS));
        let before = text.get(..first.unwrap_or(text.len())).unwrap_or_default().to_owned();
        let behind = text.get(last.unwrap_or(0)..).unwrap_or_default().trim_start_matches(MARKS).to_owned();
        (before, behind)
    };
    let ((before, behind), (before_other, behind_other)) = (ends(one), ends(other));
    (before.starts_with(&before_other) || before_other.starts_with(&before))
        && (behind.ends_with(&behind_other) || behind_other.ends_with(&behind))
}

impl Pair {
    /// What is assumed, in words.
    fn key(&self) -> String {
        let plain =
            |name: &str| name.strip_prefix("‹$").and_then(|rest| rest.strip_suffix('›')).unwrap_or(name).to_owned();
        let (open, other) = if is_open(&self.trails.name) {
            (&self.trails.name, &self.filters.name)
        } else {
            (&self.filters.name, &self.trails.name)
        };
        format!("{} = log group {other}", plain(open))
    }
}
