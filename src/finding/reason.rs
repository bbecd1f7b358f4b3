//! Why a link does not hold: a code, with the facts of the case. Nothing of how they are put into words: that is
//! [`wording`](super::wording)'s.
//!
//! A new way to break is a variant of a problem in [`facts`](super::facts), found by the judge of its link under `audit`.
//! The compiler then asks for its code and its sentence in `wording`. A code of its own is a row of the table in
//! [`code`](super::code), at its place in the order of the chain; the compiler asks what a fix does about it
//! (`fix::planner`), and a test asks for its line in `docs/reference.md`.

use filter_pattern::Holes;

use super::code::{Code, Grade, Link};
use super::facts::{
    AccountProblem, AlarmProblem, FilterProblem, KeyProblem, LogGroupProblem, MetricProblem, Named, NearMiss,
    RegionProblem, TopicProblem, TrailProblem,
};
use super::unread::Unread;
use crate::arn::{self, AlarmArn, LogGroupArn, TopicArn, TrailArn};

/// The facts of a case. Names and ARNs are the account's, byte for byte: hostile until escaped for where they are shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Facts {
    /// Of an account.
    Account {
        /// 12 digits.
        account: String,
        /// What is the matter.
        problem: AccountProblem,
    },
    /// Of a region.
    Region {
        /// Its name.
        region: String,
        /// What is the matter.
        problem: RegionProblem,
    },
    /// Of a trail.
    Trail {
        /// The trail.
        trail: Named<arn::Trail>,
        /// What is the matter.
        problem: TrailProblem,
    },
    /// Of a log group.
    LogGroup {
        /// Its ARN.
        arn: LogGroupArn,
        /// What is the matter.
        problem: LogGroupProblem,
    },
    /// Of metric filters.
    MetricFilter {
        /// Their names; the first is the one to look at.
        filters: Vec<String>,
        /// What is the matter.
        problem: FilterProblem,
    },
    /// Of a metric.
    Metric {
        /// `namespace/name`.
        metric: String,
        /// What is the matter.
        problem: MetricProblem,
    },
    /// Of an alarm.
    Alarm {
        /// The alarm.
        alarm: Named<arn::Alarm>,
        /// What is the matter.
        problem: AlarmProblem,
    },
    /// Of a topic, and of who is subscribed to it.
    Topic {
        /// Its ARN.
        arn: TopicArn,
        /// What is the matter.
        problem: TopicProblem,
    },
    /// Of the key that encrypts a topic.
    Key {
        /// The topic's ARN.
        topic: TopicArn,
        /// As the topic names the key.
        key: String,
        /// The key's ARN, or the topic's word for it where that is not known.
        resource: String,
        /// What is the matter.
        problem: KeyProblem,
    },
    /// Of what was probably meant where there is nothing.
    NearMiss(NearMiss),
    /// Security Hub CSPM does not check what is wrong with the chain.
    NotLookedAt {
        /// What is wrong.
        why: Box<Reason>,
    },
    /// What a saved report says of a case, whose facts it does not hold.
    Reported {
        /// The code.
        code: Code,
        /// What is at fault.
        resource: Option<String>,
        /// The sentence.
        sentence: String,
        /// What to do. `None`: it does not say more than the code.
        remedy: Option<String>,
    },
}

impl Facts {
    /// The stable code of these facts.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Account { problem, .. } => problem.code(),
            Self::Region { problem, .. } => problem.code(),
            Self::Trail { problem, .. } => problem.code(),
            Self::LogGroup { problem, .. } => problem.code(),
            Self::MetricFilter { problem, .. } => problem.code(),
            Self::Metric { problem, .. } => problem.code(),
            Self::Alarm { problem, .. } => problem.code(),
            Self::Topic { problem, .. } => problem.code(),
            Self::Key { problem, .. } => problem.code(),
            Self::NearMiss(near) => near.code(),
            Self::NotLookedAt { .. } => Code::HubDoesNotLook,
            Self::Reported { code, .. } => *code,
        }
    }

    /// ARN or name of what is at fault. `None`: nothing is there to be at fault.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        match self {
            Self::Account { .. } => None,
            Self::Region { region, problem } => problem.is_at_the_region().then_some(region),
            Self::Trail { trail, problem } => problem.resource(trail),
            Self::LogGroup { arn, .. } => Some(arn),
            Self::Topic { arn, .. } => Some(arn),
            Self::MetricFilter { filters, problem } => problem.resource(filters),
            Self::Metric { metric, .. } => Some(metric),
            Self::Alarm { alarm, .. } => Some(&alarm.arn),
            Self::Key { resource, .. } => Some(resource),
            Self::NearMiss(near) => near.resource(),
            Self::NotLookedAt { why } => why.resource(),
            Self::Reported { resource, .. } => resource.as_deref(),
        }
    }

    /// Of a trail.
    #[must_use]
    pub fn trail(name: &str, arn: &TrailArn, problem: TrailProblem) -> Self {
        Self::Trail { trail: Named::new(name, arn), problem }
    }

    /// Of a log group.
    #[must_use]
    pub fn log_group(arn: &LogGroupArn, problem: LogGroupProblem) -> Self {
        Self::LogGroup { arn: arn.clone(), problem }
    }

    /// Of one metric filter.
    #[must_use]
    pub fn filter(name: &str, problem: FilterProblem) -> Self {
        Self::MetricFilter { filters: vec![name.to_owned()], problem }
    }

    /// Of a metric, `namespace/name`.
    #[must_use]
    pub fn metric(metric: &str, problem: MetricProblem) -> Self {
        Self::Metric { metric: metric.to_owned(), problem }
    }

    /// Of an alarm.
    #[must_use]
    pub fn alarm(name: &str, arn: &AlarmArn, problem: AlarmProblem) -> Self {
        Self::Alarm { alarm: Named::new(name, arn), problem }
    }

    /// Of a topic.
    #[must_use]
    pub fn topic(arn: &TopicArn, problem: TopicProblem) -> Self {
        Self::Topic { arn: arn.clone(), problem }
    }

    /// Of a region.
    #[must_use]
    pub fn region(region: &str, problem: RegionProblem) -> Self {
        Self::Region { region: region.to_owned(), problem }
    }
}

/// Why a link does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The facts of the case.
    pub facts: Box<Facts>,
    /// Of what could not be read: why.
    pub unread: Option<Unread>,
    /// Of a trail that is another account's, an organization's seen from a member: which, and whose.
    pub foreign: Option<ForeignTrail>,
    /// Of what is not there after a plan: addresses of what that deletes of it.
    pub deleted: Vec<String>,
}

/// A trail of another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignTrail {
    /// Its name.
    pub name: String,
    /// The owner, 12 digits.
    pub owner: String,
}

/// Something to know that does not decide the status: never [`Grade::Broken`].
pub type Warning = Reason;

impl Reason {
    /// The topic that is at fault, if one is.
    #[must_use]
    pub fn topic(&self) -> Option<&TopicArn> {
        if let Facts::Topic { arn, .. } = &*self.facts { Some(arn) } else { None }
    }

    /// A reason of these facts.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self { facts: Box::new(facts), unread: None, foreign: None, deleted: Vec::new() }
    }

    /// All that escapes the metric filters or their alarms, where they miss events.
    #[must_use]
    pub fn holes(&self) -> Option<&Holes> {
        match &*self.facts {
            Facts::MetricFilter { problem: FilterProblem::MissesEvents { holes, .. }, .. } => Some(holes),
            Facts::Alarm { problem: AlarmProblem::MissesEvents { holes, .. }, .. } => Some(holes),
            _ => None,
        }
    }

    /// What was probably meant, where this is that.
    #[must_use]
    pub fn near_miss(&self) -> Option<&NearMiss> {
        if let Facts::NearMiss(near) = &*self.facts { Some(near) } else { None }
    }

    /// A sentence as it is, about something that is there.
    #[cfg(test)]
    pub(crate) fn from_parts(code: Code, resource: &str, sentence: &str) -> Self {
        let (resource, sentence) = (Some(resource.to_owned()), sentence.to_owned());
        Self::new(Facts::Reported { code, resource, sentence, remedy: None })
    }

    /// A sentence as it is, about something that is not there.
    #[cfg(test)]
    pub(crate) fn from_sentence(code: Code, sentence: &str) -> Self {
        Self::new(Facts::Reported { code, resource: None, sentence: sentence.to_owned(), remedy: None })
    }

    /// With why it could not be read.
    #[must_use]
    pub fn because(self, unread: Unread) -> Self {
        Self { unread: Some(unread), ..self }
    }

    /// With what a plan deletes.
    #[must_use]
    pub fn deleting(self, deleted: Vec<String>) -> Self {
        Self { deleted, ..self }
    }

    /// With whose trail it is.
    #[must_use]
    pub fn of_foreign_trail(self, foreign: ForeignTrail) -> Self {
        Self { foreign: Some(foreign), ..self }
    }

    /// The stable code, which the facts decide.
    #[must_use]
    pub fn code(&self) -> Code {
        self.facts.code()
    }

    /// ARN or name of what is at fault. `None`: nothing is there to be at fault.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.facts.resource()
    }

    /// Whether the benchmark's verdict is kept though something was not read.
    #[must_use]
    pub fn keeps_verdict(&self) -> bool {
        self.unread.as_ref().is_some_and(|unread| unread.keeps_verdict(self.code()))
    }

    /// The link it is about.
    #[must_use]
    pub fn link(&self) -> Link {
        self.code().link()
    }

    /// How grave it is.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.code().grade()
    }
}
