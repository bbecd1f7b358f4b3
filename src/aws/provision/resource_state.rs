//! The state of something that has a step's name: is it this program's, and is it as the step makes it? Only the
//! answers of a service are judged here; none is asked for.

use std::collections::BTreeMap;

use super::document;
use crate::fix::execute::ResourceState;
use crate::fix::plan::{OWN_TAG, PolicyUpdate};

/// Whether tags say that this program made what the step makes.
pub(super) fn is_ours<'a>(
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    wanted: &BTreeMap<String, String>,
) -> bool {
    let own = wanted.get(OWN_TAG);
    own.is_some_and(|own| tags.into_iter().any(|(key, value)| key == OWN_TAG && value == own))
}

/// What is reported about a resource without this program's tag.
pub(super) fn foreign(what: &str) -> ResourceState {
    ResourceState::Changed(format!("{what} exists and was not created by this program"))
}

/// What is reported about a resource with this program's tag that is not as it was made.
pub(super) fn altered(what: &str, of_it: &str) -> ResourceState {
    ResourceState::Changed(format!("{what} exists with another {of_it}"))
}

/// Where a policy is that gets a statement more.
pub(super) fn policy_state<A>(found: Option<&str>, update: &PolicyUpdate<A>, what: &str) -> ResourceState {
    let is = |wanted: &String| found.is_some_and(|found| document::same(found, wanted));
    if is(&update.policy.to) {
        ResourceState::Done
    } else if update.policy.from.as_ref().map_or(found.is_none(), is) {
        ResourceState::Ready
    } else {
        ResourceState::Changed(format!("the policy of {what} is no longer the one that the plan was made for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_programs_tag_makes_a_resource_ours() {
        let wanted = [("cis-audit".to_owned(), "prod".to_owned()), ("team".to_owned(), "x".to_owned())].into();
        assert!(is_ours([("team", "y"), ("cis-audit", "prod")], &wanted));
        assert!(!is_ours([("cis-audit", "test"), ("team", "x")], &wanted));
        assert!(!is_ours([], &wanted));
        assert!(!is_ours([("team", "x")], &[("team".to_owned(), "x".to_owned())].into()));
    }
}
