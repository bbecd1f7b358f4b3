//! Accounts that an older report has results of and a newer one has not. Of what happens in them nothing is known any more,
//! unless they left the organization: that is no change of their controls.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use crate::organization::{AccountOutcome, Entry};

/// An account without results in the newer report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// 12 digits.
    pub account_id: String,
    /// What the organization or the list calls it; empty: nothing.
    pub name: String,
    /// As in [`crate::organization::Account::ou_path`].
    pub ou_path: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The newer report names all accounts of the organization, and it is not among them.
    Left,
    /// The newer report does not name it.
    NotNamed,
    /// The newer report says that it was not audited: the word for that, and why.
    NotAudited {
        /// As [`AccountOutcome::as_str`] has it.
        outcome: String,
        /// As [`AccountOutcome::why`] has it.
        why: String,
    },
}

impl Fate {
    /// The word in documents.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::NotNamed => "not_named",
            Self::NotAudited { .. } => "not_audited",
        }
    }

    /// What is reported about it, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Left => "it has left the organization".to_owned(),
            Self::NotNamed => "it is not in the later report".to_owned(),
            Self::NotAudited { outcome, why } => format!("it was not audited ({outcome}): {why}"),
        }
    }
}

/// The accounts of the older report that the newer one has no results of, in the older one's order.
///
/// Two reports of one account each are of what they are of: there is no list that one could be missing in.
pub(super) fn find(old: &State, new: &State) -> Vec<Lost> {
    if old.accounts.is_empty() && new.accounts.is_empty() {
        return Vec::new();
    }
    let named: BTreeMap<&str, &Entry> = new.accounts.iter().map(|entry| (entry.account.id.as_str(), entry)).collect();
    let before: BTreeMap<&str, &Entry> = old.accounts.iter().map(|entry| (entry.account.id.as_str(), entry)).collect();
    // An account that was audited may have no control that was asked for.
    let audited = named.iter().filter(|(_, entry)| entry.outcome == AccountOutcome::Audited).map(|(id, _)| *id);
    let mut seen: BTreeSet<&str> =
        new.controls.iter().map(|control| control.account_id.as_str()).chain(audited).collect();
    let lost = |id: &str| {
        let fate = match named.get(id) {
            Some(entry) => Fate::NotAudited {
                outcome: entry.outcome.as_str().to_owned(),
                why: entry.outcome.why().unwrap_or_default().to_owned(),
            },
            None if new.is_whole_organization => Fate::Left,
            None => Fate::NotNamed,
        };
        let account = named.get(id).or_else(|| before.get(id)).map(|entry| &entry.account);
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Lost {
            account_id: id.to_owned(),
            name: text(account.map(|account| &account.name)),
            ou_path: text(account.map(|account| &account.ou_path)),
            fate,
        }
    };
    let ids = old.controls.iter().map(|control| control.account_id.as_str());
    ids.filter(|id| seen.insert(*id)).map(lost).collect()
}
