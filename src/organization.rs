//! Many accounts: which there are, how each is reached, and what became of its audit. Plain words: who lists them is
//! [`crate::aws`], what was found in them is a [`crate::finding::Report`].
//!
//! An account that was named never vanishes: whatever happens to it is one of the [`AccountOutcome`]s, with why. Names and
//! paths are the organization's, byte for byte: hostile until escaped for where they are shown.

use std::fmt;

use jiff::Timestamp;

use crate::arn::{Arn, is_account_id};

mod list;
mod shard;

pub use list::{List, ListError, Listed, Names, Repeated};
pub use shard::{Shard, ShardError};

/// An account of an organization, or of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// 12 digits. Of one that is named by a profile alone: empty until it is known.
    pub id: String,
    /// What the organization or the list calls it; empty: nothing.
    pub name: String,
    /// The organizational units above it, from the root: `/Workloads/Production`. Of a unit whose name may not be read, its
    /// id. Empty: not known; `/`: directly under the root.
    pub ou_path: String,
    /// How it is reached.
    pub access: Access,
}

/// By whose credentials an account is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Those of the caller, whose account it is.
    Own,
    /// A role of the account: its ARN.
    Role(String),
    /// A profile of the AWS config files.
    Profile(String),
    /// None is needed: it is not audited.
    Nothing,
}

/// What became of the audit of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountOutcome {
    /// It was read and judged; what could not be read of it is a gap.
    Audited,
    /// Its credentials were refused: a role that may not be assumed, mostly.
    Denied(String),
    /// Nobody asked for it: it is not active, or was left out.
    Skipped(String),
    /// It could not be read.
    Failed(String),
}

/// An account in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub account: Account,
    /// What became of it.
    pub outcome: AccountOutcome,
    /// When that turned out, where it was not audited: an audit says itself when the account was read. `None`: not known.
    pub tried_at: Option<Timestamp>,
}

impl Account {
    /// What stands for the accounts of an organization that could not be listed.
    #[must_use]
    pub fn unlisted() -> Self {
        Self { id: String::new(), name: String::new(), ou_path: String::new(), access: Access::Nothing }
    }

    /// What a person calls it: its number, or the profile that stands for it.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.access {
            Access::Profile(profile) if self.id.is_empty() => profile,
            Access::Nothing if self.id.is_empty() => "further accounts",
            _ => &self.id,
        }
    }

    /// The ARN of the role through which it is reached.
    #[must_use]
    pub fn role_arn(&self) -> Option<&str> {
        if let Access::Role(arn) = &self.access { Some(arn) } else { None }
    }
}

impl Entry {
    /// An account, and what became of it; when is known later.
    #[must_use]
    pub fn new(account: Account, outcome: AccountOutcome) -> Self {
        Self { account, outcome, tried_at: None }
    }
}

impl AccountOutcome {
    /// The word in reports.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Audited => "audited",
            Self::Denied(_) => "denied",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// The outcome of a word, and of why.
    #[must_use]
    pub fn parse(word: &str, why: Option<String>) -> Option<Self> {
        let why = why.unwrap_or_default();
        Some(match word {
            "audited" => Self::Audited,
            "denied" => Self::Denied(why),
            "skipped" => Self::Skipped(why),
            "failed" => Self::Failed(why),
            _ => return None,
        })
    }

    /// Why it was not audited.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Audited => None,
            Self::Denied(why) | Self::Skipped(why) | Self::Failed(why) => Some(why),
        }
    }

    /// Whether it should have been audited and could not be.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Denied(_) | Self::Failed(_))
    }
}

/// The state in which an organization keeps an account (Organizations API reference, `Account`). The retired `Status` has a
/// word less and is read where there is no `State`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(pub String);

impl State {
    /// Whether roles of the account can be assumed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0 == "ACTIVE"
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the account is {} in its organization", self.0)
    }
}

/// The account of a role's ARN, and its partition. `None`: it is not the ARN of a role.
#[must_use]
pub fn account_of_role(arn: &str) -> Option<(&str, &str)> {
    let parsed = Arn::parse(arn)?;
    let is_role = parsed.service == "iam" && parsed.region.is_empty() && is_account_id(parsed.account);
    let name = parsed.resource.strip_prefix("role/")?;
    (is_role && is_role_name(name)).then_some((parsed.account, parsed.partition))
}

/// Whether a text is the name of a role, with or without its path: `Audit`, `security/Audit`. A name has at most 64 letters,
/// digits and `+=,.@-_`, a path at most 512 visible characters of ASCII (IAM API reference, `CreateRole`).
#[must_use]
pub fn is_role_name(text: &str) -> bool {
    let text = text.strip_prefix('/').unwrap_or(text);
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    // A path may have colons, but who writes this means an ARN.
    !text.starts_with("arn:")
        && (1..=64).contains(&name.len())
        && name.bytes().all(is_of_name)
        && path.len() <= 510
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && path.split('/').all(|part| !part.is_empty() || path.is_empty())
}

/// The ARN of a role by its name, with or without a path: `Audit`, `security/Audit`.
#[must_use]
pub fn role_arn(partition: &str, account: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:role/{}", name.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_roles_arn() {
        for (arn, wanted) in [
            ("arn:aws:iam::111122223333:role/Audit", Some(("111122223333", "aws"))),
            ("arn:aws-cn:iam::111122223333:role/security/Audit", Some(("111122223333", "aws-cn"))),
            ("arn:aws:iam::111122223333:user/Audit", None),
            ("arn:aws:iam::11112222333:role/Audit", None),
            ("arn:aws:iam::111122223333:role/", None),
            ("arn:aws:sts::111122223333:assumed-role/Audit/me", None),
            ("Audit", None),
        ] {
            assert_eq!(account_of_role(arn), wanted, "{arn}");
        }
        assert_eq!(role_arn("aws", "111122223333", "security/Audit"), "arn:aws:iam::111122223333:role/security/Audit");
        assert_eq!(role_arn("aws-us-gov", "111122223333", "/Audit"), "arn:aws-us-gov:iam::111122223333:role/Audit");
    }

    #[test]
    fn a_roles_name_is_as_iam_takes_it() {
        let (long, longer) = ("a".repeat(64), "a".repeat(65));
        for name in ["Audit", "/security/Audit", "a/b/c", "x+=,.@-_1", &long] {
            assert!(is_role_name(name), "{name}");
        }
        let arn = "arn:aws:iam::111122223333:role/Audit";
        for name in ["", "/", "Audit/", "a//b", "two words", "a b/c", "Prüfung", "a:b", "Audit*", arn, &longer] {
            assert!(!is_role_name(name), "{name}");
        }
    }

    #[test]
    fn outcomes_are_read_back_as_they_are_written() {
        let why = || "no".to_owned();
        for outcome in [
            AccountOutcome::Audited,
            AccountOutcome::Denied(why()),
            AccountOutcome::Skipped(why()),
            AccountOutcome::Failed(why()),
        ] {
            assert_eq!(AccountOutcome::parse(outcome.as_str(), outcome.why().map(str::to_owned)), Some(outcome));
        }
        assert_eq!(AccountOutcome::parse("lost", None), None);
    }
}
