//! What is reported about a trail.

use super::twice::twice;
use crate::finding::facts::{TrailPart, TrailProblem};

pub(super) fn sentence(name: &str, problem: &TrailProblem) -> String {
    match problem {
        TrailProblem::Unread(part) => {
            let what = match part {
                TrailPart::Selectors => "its event selectors",
                TrailPart::Status => "whether it is logging",
            };
            format!("trail {name}: {what} could not be read")
        }
        TrailProblem::SingleRegion { home_region } => format!("trail {name} records events of {home_region} only"),
        TrailProblem::DeclaredTwice { places } => twice(&format!("trail {name}"), places),
        TrailProblem::Refused { why } => format!("AWS will refuse trail {name}: {why}"),
        TrailProblem::NotLogging => format!("trail {name} is stopped: it records nothing"),
        TrailProblem::NoManagementEvents => format!("trail {name} records no management events"),
        TrailProblem::NoWriteEvents => format!("trail {name} records only read management events"),
        TrailProblem::NoReadEvents => {
            format!("trail {name} records only write management events: denied reads go unnoticed")
        }
        TrailProblem::SelectorNarrowed { field } => {
            format!("trail {name} records only some management events: its selectors have a condition on {field}")
        }
        TrailProblem::SelectorUndecided { read_write_type } => {
            format!("trail {name}: what its event selectors record is not known: ReadWriteType {read_write_type}")
        }
        TrailProblem::SourceExcluded { source } => {
            format!("trail {name} excludes events from {source}, which this control is about")
        }
        TrailProblem::SourceExcludedSomewhere { source } => {
            format!("an event selector of trail {name} excludes {source}")
        }
        TrailProblem::SourceExcludedPartly { source } => format!("trail {name} excludes events from {source}"),
        TrailProblem::NoLogGroup => format!("trail {name} delivers to no CloudWatch Logs log group"),
        TrailProblem::HubShowsElsewhere { home_region } => {
            format!("trail {name} lives in {home_region}, where Security Hub CSPM shows the control")
        }
        TrailProblem::HubShowsInAccount { owner } => {
            format!("trail {name} belongs to account {owner}, where Security Hub CSPM shows the control")
        }
        TrailProblem::HubSelectorsUndocumented => {
            format!("whether Security Hub CSPM combines the event selectors of trail {name} is not documented")
        }
        TrailProblem::HubRecordsToo { .. } => {
            format!("the trails of this region fail, and trail {name} of another region or account records it too")
        }
    }
}
