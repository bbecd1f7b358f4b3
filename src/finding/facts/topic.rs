//! What can be the matter with a topic, with the key that encrypts it, and with who is subscribed to it.

use crate::finding::code::Code;

/// What is the matter with a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicProblem {
    /// It does not exist.
    Missing,
    /// It lies elsewhere than the alarm.
    OtherRegion {
        /// Where it lies.
        there: Place,
        /// Where the alarm lies.
        here: Place,
    },
    /// Something about it was not read.
    Unread(TopicQuestion),
    /// It is encrypted with a key of AWS's, which CloudWatch may not use.
    ManagedKey {
        /// As the topic names it.
        key: String,
    },
    /// Its policy does not let CloudWatch publish.
    PolicyForbids,
    /// Its policy denies that.
    PolicyDenies,
    /// Whether its policy lets CloudWatch publish cannot be decided.
    PolicyUndecided,
    /// It is a FIFO topic.
    Fifo,
    /// It has no subscriptions.
    NoSubscription,
    /// It has no confirmed subscription.
    Pending {
        /// How many subscriptions wait for that.
        count: usize,
    },
    /// All its subscriptions are deleted.
    Deleted,
    /// Filter policies keep an alarm's messages from every subscription.
    Filtered {
        /// The alarm's name.
        alarm: String,
    },
    /// It can deliver to none of its subscriptions.
    DeadEnd {
        /// Why.
        why: DeadEnd,
    },
    /// Subscriptions by mail are not shown to be confirmed with authentication, so that anyone with a mail may end
    /// them.
    NotLasting {
        /// How many.
        count: usize,
    },
    /// Only queues, functions or streams are subscribed.
    MachinesOnly,
    /// Whether a subscription gets an alarm's messages is not known.
    FilterPolicyUnread {
        /// The alarm's name.
        alarm: String,
        /// What about the filter policy is in doubt.
        doubt: FilterPolicyDoubt,
    },
    /// It is not declared in the documents that are checked.
    NotDeclared,
    /// AWS refuses it as it is declared.
    Refused {
        /// What AWS does not take of it.
        why: String,
    },
    /// AWS refuses a subscription of it as it is declared.
    SubscriptionRefused {
        /// What AWS does not take of it.
        why: String,
    },
    /// Another of its name is declared too.
    DeclaredTwice {
        /// Where, and by which addresses.
        places: Vec<String>,
    },
    /// Its subscriptions must be confirmed after the deployment.
    ToConfirm,
    /// Its subscriptions could not be read.
    SubscriptionsUnread,
    /// It is another account's, and Security Hub CSPM cannot see who is subscribed.
    HubOtherAccount,
    /// Whether Security Hub CSPM counts unconfirmed subscriptions is not documented.
    HubUnconfirmedUndocumented,
}

/// Why nothing can be delivered to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadEnd {
    /// A FIFO queue is subscribed to a topic that is none.
    FifoQueue,
    /// Something else than a queue is subscribed to a FIFO topic.
    FifoTopic,
    /// Its endpoint is in another partition than the topic.
    OtherPartition,
}

/// A region, or a partition where that differs too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A region.
    Region(String),
    /// A partition.
    Partition(String),
}

/// What about a topic was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicQuestion {
    /// Anything at all.
    Anything,
    /// Its policy and encryption.
    Policy,
    /// Whether it exists, for a plan.
    Existence,
}

/// What about a filter policy is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterPolicyDoubt {
    /// It cannot be followed.
    Undecided,
    /// It was not asked for: it is one of too many.
    NotAsked,
    /// It was not read.
    NotRead,
}

/// What is the matter with a topic's key. Actions are IAM's names of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProblem {
    /// It does not exist.
    Missing {
        /// Where it was looked for.
        region: String,
    },
    /// It is of a kind that SNS does not take.
    Asymmetric {
        /// Its specification.
        spec: String,
    },
    /// It is of a kind that is not known here.
    SpecUndecided {
        /// Its specification.
        spec: String,
    },
    /// It is disabled.
    Disabled,
    /// It is pending deletion.
    PendingDeletion,
    /// It is in a state in which it cannot be used.
    State {
        /// That state.
        state: String,
    },
    /// It is in a state that is not known here. `None`: KMS did not say which.
    StateUndecided {
        /// That state.
        state: Option<String>,
    },
    /// Its policy denies CloudWatch these actions.
    Denies {
        /// The actions.
        actions: Vec<String>,
    },
    /// Neither its policy nor a grant allows CloudWatch these actions.
    Forbids {
        /// The actions.
        actions: Vec<String>,
    },
    /// Whether its policy allows CloudWatch these actions cannot be decided.
    PolicyUndecided {
        /// The actions.
        actions: Vec<String>,
    },
    /// Its policy does not allow CloudWatch these actions, and its grants were not read.
    GrantsUnread {
        /// The actions.
        actions: Vec<String>,
    },
    /// Whether a grant allows CloudWatch these actions cannot be decided.
    GrantUndecided {
        /// The actions.
        actions: Vec<String>,
    },
    /// Whether CloudWatch may use it was not read.
    Unread,
}

impl TopicProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::Missing => Code::TopicMissing,
            Self::OtherRegion { .. } => Code::TopicOtherRegion,
            Self::Unread(_) => Code::TopicUnread,
            Self::ManagedKey { .. } => Code::TopicManagedKey,
            Self::PolicyForbids => Code::TopicPolicyForbids,
            Self::PolicyDenies => Code::TopicPolicyDenies,
            Self::PolicyUndecided => Code::TopicPolicyUndecided,
            Self::Fifo => Code::TopicFifo,
            Self::NoSubscription => Code::SubscriptionNone,
            Self::Pending { .. } => Code::SubscriptionPending,
            Self::Deleted => Code::SubscriptionDeleted,
            Self::Filtered { .. } => Code::SubscriptionFiltered,
            Self::DeadEnd { .. } => Code::SubscriptionDeadEnd,
            Self::NotLasting { .. } => Code::SubscriptionNotLasting,
            Self::MachinesOnly => Code::SubscriptionMachine,
            Self::FilterPolicyUnread { .. } => Code::SubscriptionFilterUnread,
            Self::NotDeclared => Code::TopicNotDeclared,
            Self::DeclaredTwice { .. } => Code::TopicDeclaredTwice,
            Self::Refused { .. } => Code::TopicRefused,
            Self::SubscriptionRefused { .. } => Code::SubscriptionRefused,
            Self::ToConfirm => Code::SubscriptionToConfirm,
            Self::SubscriptionsUnread => Code::SubscriptionUnread,
            Self::HubOtherAccount => Code::HubTopicOtherAccount,
            Self::HubUnconfirmedUndocumented => Code::HubUndocumented,
        }
    }
}

impl KeyProblem {
    pub(in crate::finding) fn code(&self) -> Code {
        match self {
            Self::Missing { .. } => Code::TopicKeyMissing,
            Self::Asymmetric { .. } | Self::Disabled | Self::PendingDeletion | Self::State { .. } => {
                Code::TopicKeyUnusable
            }
            Self::SpecUndecided { .. } | Self::StateUndecided { .. } | Self::GrantsUnread { .. } | Self::Unread => {
                Code::TopicKeyUnread
            }
            Self::Denies { .. } | Self::Forbids { .. } => Code::TopicKeyForbids,
            Self::PolicyUndecided { .. } | Self::GrantUndecided { .. } => Code::TopicKeyPolicyUndecided,
        }
    }
}
