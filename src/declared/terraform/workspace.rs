//! A state beside a plan of the same workspace: both name the same resources, and the plan says what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::cloudformation::name_property;
use crate::declared::{Declared, Resource};

/// Takes out of a state what a plan of the same workspace names too: that is one if a resource of both has the same address,
/// name and account. Returns whether it is one.
pub fn supersede(plan: &Declared, state: &mut Declared) -> bool {
    let mut planned: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in plan.resources.iter().chain(&plan.removed) {
        planned.entry(&resource.address).or_default().push(resource);
    }
    let is_planned = |known: &Resource| planned.get(&*known.address).into_iter().flatten().any(|it| is_same(it, known));
    if !state.resources.iter().any(is_planned) {
        return false;
    }
    let mut addresses: BTreeSet<&str> = planned.keys().copied().collect();
    addresses.extend(plan.elsewhere.iter().map(|elsewhere| &*elsewhere.address));
    state.resources.retain(|resource| !addresses.contains(&*resource.address));
    true
}

fn is_same(one: &Resource, other: &Resource) -> bool {
    let name = |resource: &Resource| resource.properties.get(name_property(&resource.kind)?).symbol();
    let is_apart = one.home.as_deref().zip(other.home.as_deref()).is_some_and(|(here, there)| {
        let accounts = here.knows_account() && there.knows_account() && here.account != there.account;
        accounts || here.knows_region() && there.knows_region() && here.region != there.region
    });
    one.kind == other.kind && !is_apart && name(one).is_some_and(|it| name(other) == Some(it))
}
