//! Which controls declared metric filters are for. A filter for one control matches some events of others too, as one for
//! changes of IAM policies matches a few of the calls that are about an organization's: it is for those whose own names it
//! tests for, or, without such names, whose own fields it tests.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::audit::{covers_alone, relevant};
use crate::declared::account::Account;
use crate::rule::catalog::Catalog;
use crate::rule::{Demand, Rule};
use crate::snapshot::MetricFilter;

/// Fields that say which call an event is of, which patterns of nearly all controls test.
pub(super) const COMMON: [&str; 3] = ["eventName", "eventSource", "eventType"];

/// The names that controls test for, each only those that no other control does.
pub(super) struct Meant {
    own: Vec<BTreeSet<String>>,
    /// Built-in controls that are not judged.
    pub(super) others: Vec<Arc<Rule>>,
}

impl Meant {
    /// `rules`: those that are judged. What is another control's is so whether that is judged or not.
    pub(super) fn new(rules: &[Arc<Rule>]) -> Self {
        let builtin = rules.first().and_then(|rule| Catalog::builtin_without_claims(rule.benchmark).ok());
        let others = builtin.iter().flat_map(Catalog::rules);
        let others: Vec<Arc<Rule>> =
            others.filter(|other| rules.iter().all(|rule| rule.slug != other.slug)).cloned().collect();
        let named: Vec<BTreeSet<&str>> = rules.iter().chain(&others).map(|rule| names_of(rule)).collect();
        let is_own =
            |at: usize, name: &str| named.iter().enumerate().all(|(other, names)| other == at || !names.contains(name));
        let own = |(at, names): (usize, &BTreeSet<&str>)| {
            names.iter().filter(|name| is_own(at, name)).map(|name| (*name).to_owned()).collect()
        };
        let own = named.iter().enumerate().map(own).collect();
        Self { own, others }
    }

    /// Whether a metric filter may be declared for a control, the one at this place among those that are judged.
    pub(super) fn declares<'s>(&self, account: &'s Account<'_>, at: usize, rule: &Arc<Rule>) -> bool {
        let Demand::Events(events) = &rule.demand else { return account.snapshot.security_hub.is_some() };
        if account.open_filters.iter().any(|open| open.filter.is_none()) {
            return true;
        }
        let (demanded, named) = (fields(events.pattern.source()), names_of(rule));
        let own_fields: BTreeSet<&str> = demanded.iter().copied().filter(|field| !COMMON.contains(field)).collect();
        // Thousands of filters may have the same few patterns.
        let mut seen = BTreeSet::new();
        let mut is_meant = |filter: &'s MetricFilter| {
            let (pattern, criteria) = (filter.pattern.as_str(), filter.field_selection_criteria.as_deref());
            if !seen.insert((pattern, filter.apply_on_transformed_logs, criteria)) {
                return false;
            }
            let tested = fields(pattern);
            if tested.is_empty() {
                // A pattern of words is for the control if it has a name that the control tests.
                let included = included(pattern);
                return named.iter().any(|name| included.contains(name));
            }
            let by_names = self.by_names(&names(pattern), at);
            // One that has the control's names is for it also where it is so wrong that it matches nothing.
            if by_names == Some(true) {
                return true;
            }
            // Of a longer one than AWS takes nothing else is found out.
            if pattern.chars().nth(filter_pattern::LONGEST).is_some() {
                return by_names.is_none() && tested.iter().any(|field| own_fields.contains(field));
            }
            if !relevant(filter, std::slice::from_ref(rule)) {
                return false;
            }
            let is_reported = match by_names {
                Some(is_named) => is_named,
                None if own_fields.is_empty() => tested.iter().any(|field| demanded.contains(field)),
                None => tested.iter().any(|field| own_fields.contains(field)),
            };
            is_reported || covers_alone(filter, events) != Some(false)
        };
        let groups = &account.snapshot.log_groups;
        let mut filters = groups.iter().flat_map(|group| group.metric_filters.iter().flatten());
        let floating = account.floating_filters.iter().map(|(filter, _)| filter);
        let lost = account.lost_filters.iter().map(|lost| &lost.filter);
        let open = account.open_filters.iter().filter_map(|open| open.filter.as_ref());
        filters.any(&mut is_meant)
            || open.chain(floating).chain(&account.removed_filters).any(&mut is_meant)
            || lost.clone().any(|filter| self.names(filter, at))
            || lost.filter(|filter| filter_pattern::Pattern::parse(&filter.pattern).is_ok()).any(is_meant)
    }

    /// Whether a filter's text has the names of a control, whatever else it is: no pattern, too.
    pub(super) fn names(&self, filter: &MetricFilter, at: usize) -> bool {
        self.by_names(&names(&included(&filter.pattern)), at) == Some(true)
    }

    /// Whether a pattern has half of a control's own names, or a larger part of them than of any other control's. `None`: it
    /// has none of any.
    fn by_names(&self, words: &BTreeSet<&str>, at: usize) -> Option<bool> {
        let part =
            |own: &BTreeSet<String>| (own.iter().filter(|name| words.contains(name.as_str())).count(), own.len());
        let parts: Vec<(usize, usize)> = self.own.iter().map(part).collect();
        if parts.iter().all(|(count, _)| *count == 0) {
            return None;
        }
        let (count, all) = parts.get(at).copied().unwrap_or_default();
        let is_less = |(other, of): &(usize, usize)| other * all <= count * of;
        Some(count > 0 && (count * 2 >= all || parts.iter().all(is_less)))
    }
}

/// The names that a control tests for.
pub(super) fn names_of(rule: &Rule) -> BTreeSet<&str> {
    match &rule.demand {
        Demand::Events(events) => names(events.pattern.source()),
        Demand::SecurityHubEnabled => BTreeSet::new(),
    }
}

/// The names that a pattern tests for, as `DeleteGroupPolicy`: words in mixed case that are no fields, and that are not
/// excluded.
fn names(pattern: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '$');
    let words = pattern.split(|letter: char| !is_part(letter));
    let mut end = 0;
    let mut found = BTreeSet::new();
    for word in words {
        let start = end;
        // What is between words is one character each.
        end = start + word.len();
        end += pattern.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let before = pattern.get(..start).unwrap_or_default().trim_end_matches(['"', ' ', '\n']);
        let is_name = word.len() > 4
            && word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.contains(|letter: char| letter.is_ascii_lowercase());
        if is_name && !before.ends_with("!=") {
            found.insert(word);
        }
    }
    found
}

/// A pattern of words without those that it excludes, `-word` and `-"some words"` (CloudWatch Logs user guide, "Filter pattern
/// syntax"); another pattern as it is.
fn included(pattern: &str) -> Cow<'_, str> {
    let is_of_words = !pattern.trim_start().starts_with(['{', '[']);
    if !is_of_words || !pattern.contains('-') {
        return Cow::Borrowed(pattern);
    }
    let mut kept = Vec::new();
    let mut rest = pattern.trim_start();
    while !rest.is_empty() {
        let word = rest.trim_start_matches(['-', '?']);
        let quote = word.chars().next().filter(|first| ['"', '%'].contains(first));
        let end = match quote {
            Some(quote) => word.get(1..).and_then(|inside| inside.find(quote)).map(|at| at + 2),
            None => word.find(char::is_whitespace),
        };
        let (term, after) = rest.split_at(end.map_or(rest.len(), |end| rest.len() - word.len() + end));
        kept.extend((!term.starts_with('-')).then_some(term));
        rest = after.trim_start();
    }
    Cow::Owned(kept.join(" "))
}

/// The fields that a pattern names: `$.userIdentity.type`.
pub(super) fn fields(pattern: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_');
    let end = |rest: &str| rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    pattern.split("$.").skip(1).filter_map(|rest| rest.get(..end(rest))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_tested_for() {
        let pattern =
            r#"{ ($.eventName = "ConsoleLogin") && ($.userIdentity.type != "AssumedRole") && é = DeletePolicy }"#;
        assert_eq!(names(pattern), BTreeSet::from(["ConsoleLogin", "DeletePolicy"]));
        assert_eq!(fields(pattern), BTreeSet::from(["eventName", "userIdentity.type"]));
    }

    #[test]
    fn excluded_words_are_no_names() {
        for (pattern, wanted) in [
            ("Policy -AccessDenied", "Policy"),
            ("-AccessDenied", ""),
            ("-\"Access Denied\" ?Error", "?Error"),
            ("\"a -AccessDenied\" b", "\"a -AccessDenied\" b"),
            ("-%Access[A-Z] x% Key", "Key"),
            ("x-AccessDenied", "x-AccessDenied"),
            ("-\"no end", ""),
            ("- é -", "é"),
            ("{ $.a != -1 }", "{ $.a != -1 }"),
        ] {
            assert_eq!(included(pattern), wanted, "{pattern}");
        }
    }
}
