//! What can be the matter with an account or one of its regions.

use crate::finding::code::Code;
use crate::rule::Benchmark;

/// What is the matter with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountProblem {
    /// It has no trail; `region`: none that lives there.
    NoTrail {
        /// Where none lives; `None`: anywhere.
        region: Option<String>,
    },
    /// Its trails could not be listed.
    TrailsUnread,
    /// No trail that delivers to the log group is declared in the documents that are checked.
    TrailNotDeclared,
    /// No metric filter for the control is.
    FilterNotDeclared,
    /// Filters were read, and none of them is on a log group that is known.
    NoFilter,
    /// What the control demands is recorded in the management account of the account's organization.
    OrganizationsElsewhere {
        /// The management account, 12 digits; `None`: it is not known whether this is it.
        owner: Option<String>,
        /// Versions of the benchmark that do not have the control: runs of them, from and to.
        without: Vec<(Benchmark, Benchmark)>,
    },
    /// Security Hub CSPM has no such control; in the standard of a version, or at all.
    NoSuchHubControl {
        /// Its number, and the version of the benchmark that has none.
        control: Option<(String, Benchmark)>,
    },
}

impl AccountProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::NoTrail { .. } => Code::TrailNone,
            Self::TrailsUnread => Code::TrailUnread,
            Self::TrailNotDeclared => Code::TrailNotDeclared,
            Self::FilterNotDeclared => Code::MetricFilterNotDeclared,
            Self::NoFilter => Code::MetricFilterNone,
            Self::OrganizationsElsewhere { .. } => Code::TrailOrganizationEvents,
            Self::NoSuchHubControl { .. } => Code::HubNoSuchControl,
        }
    }
}

/// What is the matter with a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionProblem {
    /// Security Hub CSPM is not enabled in it.
    HubNotEnabled,
    /// Whether it is was not read.
    HubUnread,
    /// Its mute rules could not be read.
    MuteRulesUnread,
    /// Its alarms could not all be read, and a new one's name may be taken.
    AlarmsUnread,
}

impl RegionProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::HubNotEnabled => Code::HubNotEnabled,
            Self::HubUnread => Code::HubUnread,
            Self::MuteRulesUnread => Code::AlarmMuteUnread,
            Self::AlarmsUnread => Code::AlarmUnread,
        }
    }

    /// Whether the region is what a report names as being at fault.
    pub(in crate::finding) fn is_at_the_region(&self) -> bool {
        match self {
            Self::MuteRulesUnread => true,
            Self::HubNotEnabled | Self::HubUnread | Self::AlarmsUnread => false,
        }
    }
}
