//! What can be the matter with a trail.

use super::named::Named;
use crate::arn;
use crate::finding::code::Code;

/// What is the matter with a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailProblem {
    /// A part of it could not be read.
    Unread(TrailPart),
    /// It records events of its home region only.
    SingleRegion {
        /// That region.
        home_region: String,
    },
    /// It is stopped.
    NotLogging,
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
    /// It records no management events.
    NoManagementEvents,
    /// It records only read management events.
    NoWriteEvents,
    /// It records management events that write only.
    NoReadEvents,
    /// A condition of its event selectors leaves events out.
    SelectorNarrowed {
        /// The field of the condition.
        field: String,
    },
    /// An event selector has a value that is not known here.
    SelectorUndecided {
        /// Its `ReadWriteType`.
        read_write_type: String,
    },
    /// It leaves out the service that the control is about.
    SourceExcluded {
        /// `kms.amazonaws.com`.
        source: String,
    },
    /// One of its event selectors leaves it out, which is enough for Security Hub CSPM.
    SourceExcludedSomewhere {
        /// `kms.amazonaws.com`.
        source: String,
    },
    /// It leaves out some service.
    SourceExcludedPartly {
        /// `kms.amazonaws.com`.
        source: String,
    },
    /// It delivers to no log group.
    NoLogGroup,
    /// Security Hub CSPM shows it where it lives.
    HubShowsElsewhere {
        /// Its home region.
        home_region: String,
    },
    /// Security Hub CSPM shows it in its owner's account.
    HubShowsInAccount {
        /// The owner, 12 digits.
        owner: String,
    },
    /// Whether Security Hub CSPM adds up its event selectors is not documented.
    HubSelectorsUndocumented,
    /// It records what the region's own trails do not, and whether Security Hub CSPM counts it is not documented.
    HubRecordsToo {
        /// What is at fault with the region's own trails.
        at_fault: Option<String>,
    },
}

/// A part of a trail that is read by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailPart {
    /// `GetEventSelectors`.
    Selectors,
    /// `GetTrailStatus`.
    Status,
}

impl TrailProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::Unread(_) => Code::TrailUnread,
            Self::SingleRegion { .. } => Code::TrailSingleRegion,
            Self::NotLogging => Code::TrailNotLogging,
            Self::DeclaredTwice { .. } => Code::TrailDeclaredTwice,
            Self::Refused { .. } => Code::TrailRefused,
            Self::NoManagementEvents => Code::TrailNoManagementEvents,
            Self::NoWriteEvents => Code::TrailNoWriteEvents,
            Self::NoReadEvents => Code::TrailNoReadEvents,
            Self::SelectorNarrowed { .. } => Code::TrailSelectorNarrowed,
            Self::SelectorUndecided { .. } => Code::TrailUndecided,
            Self::SourceExcluded { .. } | Self::SourceExcludedSomewhere { .. } => Code::TrailSourceExcluded,
            Self::SourceExcludedPartly { .. } => Code::TrailSourceExcludedPartly,
            Self::NoLogGroup => Code::LogGroupNone,
            Self::HubShowsElsewhere { .. } => Code::HubOtherRegion,
            Self::HubShowsInAccount { .. } => Code::HubOtherAccount,
            Self::HubSelectorsUndocumented | Self::HubRecordsToo { .. } => Code::HubUndocumented,
        }
    }

    pub(in crate::finding) fn resource<'a>(&'a self, trail: &'a Named<arn::Trail>) -> Option<&'a str> {
        match self {
            Self::HubRecordsToo { at_fault } => at_fault.as_deref(),
            _ => Some(&trail.arn),
        }
    }
}
