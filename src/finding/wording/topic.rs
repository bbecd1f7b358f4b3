//! What is reported about a topic, its key and its subscriptions.

use super::twice::twice;
use crate::arn::TopicArn;
use crate::finding::facts::{DeadEnd, FilterPolicyDoubt, KeyProblem, Place, TopicProblem, TopicQuestion};

pub(super) fn sentence(arn: &TopicArn, problem: &TopicProblem) -> String {
    let name = arn.name();
    match problem {
        TopicProblem::Missing => format!("topic {name} does not exist"),
        TopicProblem::OtherRegion { there, here } => {
            format!("topic {name} is in {}, but the alarm is in {}", place(there), place(here))
        }
        TopicProblem::Unread(TopicQuestion::Anything) => format!("topic {name} could not be read"),
        TopicProblem::Unread(TopicQuestion::Policy) => {
            format!("topic {name}: its policy and encryption could not be read")
        }
        TopicProblem::Unread(TopicQuestion::Existence) => format!("whether topic {arn} exists was not read"),
        TopicProblem::ManagedKey { key } => {
            format!("topic {name} is encrypted with {key}, which CloudWatch may not use")
        }
        TopicProblem::PolicyForbids => format!("the policy of topic {name} does not let CloudWatch publish"),
        TopicProblem::PolicyDenies => format!("the policy of topic {name} denies CloudWatch permission to publish"),
        TopicProblem::PolicyUndecided => {
            format!("whether the policy of topic {name} lets CloudWatch publish cannot be decided")
        }
        TopicProblem::Fifo => format!("topic {name} is a FIFO topic: it delivers to SQS queues only"),
        TopicProblem::NoSubscription => format!("nobody is subscribed to topic {name}"),
        TopicProblem::Pending { count } => {
            let (noun, verb) = if *count == 1 { ("subscription", "awaits") } else { ("subscriptions", "await") };
            format!("{count} {noun} of topic {name} {verb} confirmation, none is confirmed")
        }
        TopicProblem::Deleted => format!("all subscriptions of topic {name} are deleted"),
        TopicProblem::Filtered { alarm } => {
            format!("filter policies keep the messages of alarm {alarm} from every subscription of topic {name}")
        }
        TopicProblem::DeadEnd { why } => {
            let why = match why {
                DeadEnd::FifoQueue => "a FIFO queue takes messages of FIFO topics only",
                DeadEnd::FifoTopic => "a FIFO topic delivers to SQS queues only",
                DeadEnd::OtherPartition => "the endpoint is in another partition",
            };
            format!("topic {name} can deliver to none of its subscriptions: {why}")
        }
        TopicProblem::NotLasting { count } => {
            let (which, it) = match count {
                1 => ("1 email subscription".to_owned(), "it"),
                many => (format!("{many} email subscriptions"), "them"),
            };
            format!(
                "{which} of topic {name} may have been confirmed without authentication: then anyone who has one of its emails, \
                 or a scanner that follows the links in them, can unsubscribe {it}"
            )
        }
        TopicProblem::MachinesOnly => format!(
            "only queues, functions or streams are subscribed to topic {name}: who reads them cannot be seen from here"
        ),
        TopicProblem::FilterPolicyUnread { alarm, doubt } => {
            let what = match doubt {
                FilterPolicyDoubt::Undecided => "cannot be followed",
                FilterPolicyDoubt::NotAsked => "was not requested",
                FilterPolicyDoubt::NotRead => "was not read",
            };
            format!(
                "whether a subscription of topic {name} receives the messages of alarm {alarm} is not known: its filter policy {what}"
            )
        }
        TopicProblem::DeclaredTwice { places } => twice(&format!("topic {name}"), places),
        TopicProblem::Refused { why } => format!("AWS will refuse topic {name}: {why}"),
        TopicProblem::SubscriptionRefused { why } => format!("AWS will refuse a subscription of topic {name}: {why}"),
        TopicProblem::NotDeclared => format!("topic {name} is not declared here"),
        TopicProblem::ToConfirm => {
            format!("the subscriptions of topic {name} must be confirmed after the deployment")
        }
        TopicProblem::SubscriptionsUnread => format!("the subscriptions of topic {name} could not be read"),
        TopicProblem::HubOtherAccount => {
            format!("topic {name} belongs to another account, and who is subscribed to it cannot be seen")
        }
        TopicProblem::HubUnconfirmedUndocumented => format!(
            "whether Security Hub CSPM counts subscriptions of topic {name} that nobody has confirmed is not documented"
        ),
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::Region(region) => region.clone(),
        Place::Partition(partition) => format!("partition {partition}"),
    }
}

pub(super) fn of_key(topic: &TopicArn, key: &str, problem: &KeyProblem) -> String {
    let topic = topic.name();
    let what = match problem {
        KeyProblem::Unread => {
            return format!("whether CloudWatch may use {key}, which encrypts topic {topic}, was not read");
        }
        KeyProblem::Missing { region } => format!("does not exist in {region}"),
        KeyProblem::Asymmetric { spec } => format!("is {spec}, and SNS accepts only symmetric keys"),
        KeyProblem::SpecUndecided { spec } => format!("is of a kind that is not known here, {spec}"),
        KeyProblem::Disabled => "is disabled".to_owned(),
        KeyProblem::PendingDeletion => "is pending deletion".to_owned(),
        KeyProblem::State { state } | KeyProblem::StateUndecided { state: Some(state) } => {
            format!("is in state {state}")
        }
        KeyProblem::StateUndecided { state: None } => "was described without a state".to_owned(),
        KeyProblem::Denies { actions } => format!("has a policy that denies CloudWatch {}", actions.join(" and ")),
        KeyProblem::Forbids { actions } => {
            format!("has neither a policy nor a grant that allows CloudWatch {}", actions.join(" and "))
        }
        KeyProblem::PolicyUndecided { actions } => {
            format!(
                "has a policy for which it cannot be decided whether it allows CloudWatch {}",
                actions.join(" and ")
            )
        }
        KeyProblem::GrantsUnread { actions } => format!(
            "has a policy that does not allow CloudWatch {}, and whether a grant does was not read",
            actions.join(" and ")
        ),
        KeyProblem::GrantUndecided { actions } => {
            format!("has a grant for which it cannot be decided whether it allows CloudWatch {}", actions.join(" and "))
        }
    };
    format!("key {key}, which encrypts topic {topic}, {what}")
}
