//! What is reported about an account and a region.

use super::metric::versions;
use crate::finding::facts::{AccountProblem, RegionProblem};

pub(super) fn sentence(account: &str, problem: &AccountProblem) -> String {
    match problem {
        AccountProblem::NoTrail { region: None } => format!("account {account} has no trail"),
        AccountProblem::NoTrail { region: Some(region) } => format!("no trail of account {account} lives in {region}"),
        AccountProblem::TrailsUnread => "the trails could not be read".to_owned(),
        AccountProblem::TrailNotDeclared => "trail not declared here".to_owned(),
        AccountProblem::FilterNotDeclared => "no metric filter for it is declared here".to_owned(),
        AccountProblem::NoFilter => "no metric filter".to_owned(),
        AccountProblem::OrganizationsElsewhere { owner, without } => {
            let who = match owner {
                Some(owner) => format!(
                    "account {account} is a member of the organization of account {owner}, where AWS Organizations \
                     records the events of this control: an alarm there is enough"
                ),
                None => format!(
                    "AWS Organizations records the events of this control in the organization's management account: if \
                     account {account} is a member, an alarm there is enough"
                ),
            };
            match versions(without) {
                Some(without) => format!("{who}; {without} of the benchmark does not have the control"),
                None => who,
            }
        }
        AccountProblem::NoSuchHubControl { control: Some((control, version)) } => {
            format!("Security Hub CSPM has no control {control} in its standards for version {version}")
        }
        AccountProblem::NoSuchHubControl { control: None } => "Security Hub CSPM has no such control".to_owned(),
    }
}

pub(super) fn of_region(region: &str, problem: &RegionProblem) -> String {
    match problem {
        RegionProblem::HubNotEnabled => format!("Security Hub CSPM is not enabled in {region}"),
        RegionProblem::HubUnread => format!("whether Security Hub CSPM is enabled in {region} was not read"),
        RegionProblem::MuteRulesUnread => format!("whether a mute rule silences alarms in {region} could not be read"),
        RegionProblem::AlarmsUnread => format!("not all alarms of {region} could be read"),
    }
}
