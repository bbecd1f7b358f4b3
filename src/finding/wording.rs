//! Facts into words: what is reported of a reason, in a sentence or a few, and what to do about it.
//!
//! Every sentence about a link is made here and nowhere else, and no code reads one to learn what it means: that is
//! what the facts are for. Sentences begin in lower case and have no full stop, so that they can be part of others;
//! remedies are sentences of their own.

use super::reason::{Facts, ForeignTrail, Reason};
use super::unread::Unread;
use crate::snapshot::DocumentPart;

mod account;
mod alarm;
mod firing;
mod log_group;
mod metric;
mod near_miss;
mod remedy;
mod routine;
mod topic;
mod trail;
mod twice;

impl Reason {
    /// The facts in a sentence for people: lower case, no full stop. What is more than one cause is more than one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = match &self.unread {
            // Nothing was left unread: both sides of a condition were judged.
            Some(Unread::AtDeployment(part)) if part.is_condition() => of_condition(part),
            Some(unread) => format!("{}{}", self.facts.sentence(), unread.words()),
            None => self.facts.sentence(),
        };
        if let Some(ForeignTrail { name, owner }) = &self.foreign {
            message.push_str(&format!(". Trail {name} belongs to account {owner}: check and change it there"));
        }
        if let [first, more @ ..] = self.deleted.as_slice() {
            let more = match more {
                [] => String::new(),
                [second] => format!(" and {second}"),
                more => format!(" and {} more of it", more.len()),
            };
            message.push_str(&format!(". This plan deletes {first}{more}"));
        }
        message
    }
}

/// What a condition decides, and where it is.
fn of_condition(part: &DocumentPart) -> String {
    let why = part.why.as_deref().unwrap_or("whether the control passes is known only at deployment");
    format!("{why}: see the {}", part.words())
}

impl Facts {
    fn sentence(&self) -> String {
        match self {
            Self::Account { account, problem } => account::sentence(account, problem),
            Self::Region { region, problem } => account::of_region(region, problem),
            Self::Trail { trail, problem } => trail::sentence(&trail.name, problem),
            Self::LogGroup { arn, problem } => log_group::sentence(arn, problem),
            Self::MetricFilter { filters, problem } => metric::of_filters(filters, problem),
            Self::Metric { metric, problem } => metric::sentence(metric, problem),
            Self::Alarm { alarm, problem } => alarm::sentence(&alarm.name, problem),
            Self::Topic { arn, problem } => topic::sentence(arn, problem),
            Self::Key { topic, key, problem, .. } => topic::of_key(topic, key, problem),
            Self::NearMiss(near) => near_miss::sentence(near),
            Self::NotLookedAt { why } => format!("Security Hub CSPM does not check this: {}", why.message()),
            Self::Reported { sentence, .. } => sentence.clone(),
        }
    }
}

impl Unread {
    /// ` (sns:GetTopicAttributes: AuthorizationError)` or `; known only at deployment: …`, to end a sentence with; empty
    /// where no gap says why.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Failed(failed) => format!(" ({}: {})", failed.operation, failed.code),
            Self::AtDeployment(part) => format!("; {}", part.known_at_deployment()),
            Self::NotSaved | Self::Undecided => String::new(),
        }
    }
}
