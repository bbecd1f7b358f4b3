//! What can be the matter with a log group, and with its metric filters taken together.

use jiff::Timestamp;

use crate::finding::code::Code;

/// What is the matter with a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogGroupProblem {
    /// It is another account's, and can be read only there.
    OtherAccount {
        /// The owner, 12 digits.
        account: String,
    },
    /// It does not exist.
    Missing,
    /// Its class has no metric filters.
    Class {
        /// Its class.
        class: String,
    },
    /// Whether its class has metric filters is not documented.
    ClassUndecided {
        /// Its class.
        class: String,
    },
    /// It is not declared in the documents that are checked.
    NotDeclared,
    /// AWS refuses it as it is declared.
    Refused {
        /// What AWS does not take of it.
        why: String,
    },
    /// Another of its name is declared too.
    DeclaredTwice {
        /// Where, and by which addresses.
        places: Vec<String>,
    },
    /// Something about it was not read.
    Unread(GroupQuestion),
    /// `CloudTrail`'s last delivery to it failed.
    DeliveryFailing {
        /// What `CloudTrail` says of it.
        error: String,
        /// The last delivery before that.
        last: Option<LastDelivery>,
    },
    /// Nothing has been delivered to it for long.
    DeliveryStale {
        /// When something was delivered last. `None`: never.
        last: Option<Timestamp>,
        /// Whole hours since then, or since logging began.
        hours: i64,
    },
    /// Its metric filters were not read.
    FiltersUnread {
        /// For a plan, which takes none for missing that was not read.
        for_plan: bool,
    },
    /// It has no metric filter.
    NoFilter,
    /// It has none for the control.
    NoFilterForControl,
    /// None of its metric filters has exactly the text that Security Hub CSPM looks for.
    HubOtherText,
}

/// What about a log group was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupQuestion {
    /// Anything at all.
    Anything,
    /// Whether its class has metric filters.
    Class,
    /// Whether it exists, for a plan.
    Existence,
}

/// A delivery that came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDelivery {
    /// When.
    pub at: Timestamp,
    /// Whole hours before the account was read.
    pub hours: i64,
}

impl LogGroupProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::OtherAccount { .. } => Code::LogGroupOtherAccount,
            Self::Missing => Code::LogGroupMissing,
            Self::Class { .. } => Code::LogGroupClass,
            Self::ClassUndecided { .. } => Code::LogGroupClassUndecided,
            Self::Unread(_) => Code::LogGroupUnread,
            Self::DeliveryFailing { .. } => Code::LogGroupDeliveryFailing,
            Self::DeliveryStale { .. } => Code::LogGroupDeliveryStale,
            Self::NotDeclared => Code::LogGroupNotDeclared,
            Self::DeclaredTwice { .. } => Code::LogGroupDeclaredTwice,
            Self::Refused { .. } => Code::LogGroupRefused,
            Self::FiltersUnread { .. } => Code::MetricFilterUnread,
            Self::NoFilter | Self::NoFilterForControl => Code::MetricFilterNone,
            Self::HubOtherText => Code::HubOtherText,
        }
    }
}
