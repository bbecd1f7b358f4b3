//! What a report of declared resources says beside its findings: what is not declared, what is deployed already, and what
//! AWS will refuse.
//!
//! A report of a live account has nothing of this, by which the two kinds are distinguished: they are not compared.

use std::sync::Arc;

use jiff::Timestamp;

use super::Place;
use crate::rule::Rule;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An account, live or saved.
    Account,
    /// Documents that declare resources, before they are deployed.
    Documents,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Account, Self::Documents];

    /// The word in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Documents => "documents",
        }
    }

    /// In words, to follow on "a report of".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "an account",
            Self::Documents => "documents (`cis-audit check`)",
        }
    }
}

/// What a report of documents says beside its findings.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// Controls of which neither a metric filter nor an alarm is declared, and which are not counted, in their order.
    pub not_declared: Vec<Arc<Rule>>,
    /// The saved account that the declared resources are laid over.
    pub over: Option<Deployed>,
    /// Resources that AWS will refuse as they are declared, and that no finding is about: the deployment fails.
    pub refused: Vec<RefusedResource>,
}

/// A resource that AWS will refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedResource {
    /// Where, at the property that is refused.
    pub place: Place,
    /// Its type, by CloudFormation's name.
    pub kind: String,
    /// Why it is refused, without an end.
    pub why: String,
}

impl RefusedResource {
    /// A sentence without an end: what is refused, where, and why.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { place, kind, why } = self;
        let address = place.address.as_deref().unwrap_or_default();
        format!("AWS will refuse {kind} {address} ({}): {why}", place.words())
    }
}

/// A saved account under the declared resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    /// The account, 12 digits.
    pub account_id: String,
    /// When it was read.
    pub collected_at: Timestamp,
    /// What is deployed and declared, in the order of their names: the declared one counts.
    pub replaced: Vec<Replaced>,
}

/// A deployed resource that a declared one replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its ARN; a metric filter's name.
    pub resource: String,
    /// Where it is declared.
    pub place: Place,
}
