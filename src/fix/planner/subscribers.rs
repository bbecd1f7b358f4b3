//! What the last link needs: somebody who is subscribed, and has confirmed.

use super::super::plan::{Action, Change, Endpoint, FunctionPermission, PolicyUpdate, Subscription};
use super::super::{documents, simulate};
use super::{Assumed, Draft, Refusal, order};
use crate::arn::Arn;
use crate::finding::{Code, Finding, Reason, Report};
use crate::partition::principal;
use crate::report::mask;
use crate::rule::Rule;
use crate::snapshot::{SubscriptionState, Topic};

/// The longest statement id of a function's policy (`lambda:AddPermission` `StatementId`).
const STATEMENT: usize = 100;

impl Draft<'_> {
    /// Nobody hears of a topic's messages: subscribe those who are to be told, or ask a person.
    pub(super) fn tell_somebody(&mut self, reason: &Reason, finding: &Finding, rule: &Rule) -> Result<(), Refusal> {
        let arn = reason.resource.clone().unwrap_or_default();
        let Some(topic) = self.account.topic(&arn) else { return Err(Refusal::of(reason)) };
        let name = Arn::parse(&arn).map_or(arn.as_str(), |arn| arn.resource).to_owned();
        let owner = Arn::parse(&arn).map(|arn| arn.account).unwrap_or_default();
        if !self.owns(&arn) {
            let what = format!("ask the owner of topic {name}, account {owner}, to subscribe somebody");
            self.leave(rule, reason.code, what);
            return Ok(());
        }
        // A FIFO topic has no people.
        if topic.is_fifo {
            return self.own_road(finding, reason, rule);
        }
        let mut subscribed = false;
        for endpoint in self.missing_from(topic) {
            subscribed |= self.subscribe(&arn, endpoint, reason.code, rule);
        }
        if subscribed {
            return Ok(());
        }
        self.ask(reason, &name, rule);
        Ok(())
    }

    /// A new alarm tells a topic that is there and may have subscribers: those who are to be told are subscribed too.
    pub(super) fn tell_as_well(&mut self, arn: &str, rule: &Rule) {
        let Some(topic) = self.account.topic(arn).filter(|topic| topic.exists == Some(true)) else { return };
        let missing = self.missing_from(topic);
        let is_read = topic.subscriptions.is_some();
        for endpoint in missing {
            if self.owns(arn) && is_read {
                let needs_confirmation = simulate::awaits_confirmation(&endpoint, arn);
                let what = confirmation(&endpoint.protocol, &endpoint.address);
                if self.subscribe(arn, endpoint, Code::SubscriptionNone, rule) && needs_confirmation {
                    self.by_hand(rule, Code::SubscriptionPending, what);
                }
            } else {
                let (protocol, address) = (&endpoint.protocol, mask::endpoint(&endpoint.protocol, &endpoint.address));
                let what = format!("see that {protocol} {address} is subscribed to topic {arn}");
                self.by_hand(rule, Code::SubscriptionNone, what);
            }
        }
    }

    /// Those who are to be told and are not subscribed to a topic.
    fn missing_from(&self, topic: &Topic) -> Vec<Endpoint> {
        self.options.subscribe.iter().filter(|endpoint| !is_subscribed(topic, endpoint)).cloned().collect()
    }

    /// Those who were to be told and are subscribed to nothing that the controls' alarms tell.
    pub(super) fn not_subscribed(&self, after: &Report) -> Vec<Endpoint> {
        let told: Vec<&Topic> = after
            .findings
            .iter()
            .flat_map(|finding| &finding.chain.topics)
            .filter_map(|arn| self.account.topic(arn))
            .collect();
        let is_told = |endpoint: &&Endpoint| told.iter().any(|topic| is_subscribed(topic, endpoint));
        self.options.subscribe.iter().filter(|endpoint| !is_told(endpoint)).cloned().collect()
    }

    /// Nobody new can be subscribed: what is left for a person to do.
    fn ask(&mut self, reason: &Reason, name: &str, rule: &Rule) {
        if reason.code == Code::SubscriptionPending {
            self.ask_to_confirm(reason, rule);
            self.assumed.push(Assumed::Confirmed(reason.resource.clone().unwrap_or_default()));
            return;
        }
        let what = if reason.code == Code::SubscriptionFiltered {
            format!(
                "remove the filter policies that keep alarms' messages from every subscription of topic {name}, or \
                 subscribe somebody: --subscribe email:ADDRESS"
            )
        } else {
            format!("subscribe somebody to topic {name}: --subscribe email:ADDRESS")
        };
        self.leave(rule, reason.code, what);
    }

    /// Asks those whose confirmation a topic awaits.
    pub(super) fn ask_to_confirm(&mut self, reason: &Reason, rule: &Rule) {
        let topic = reason.resource.as_deref().and_then(|arn| self.account.topic(arn));
        let pending = topic.iter().flat_map(|topic| topic.subscriptions.iter().flatten());
        let asked: Vec<String> = pending
            .filter(|subscription| subscription.state() == SubscriptionState::Pending)
            .map(|subscription| confirmation(&subscription.protocol, &subscription.endpoint))
            .collect();
        for what in asked {
            self.by_hand(rule, Code::SubscriptionPending, what);
        }
    }

    /// Subscribes an endpoint, with what its own policy needs. Returns whether a step came of it.
    fn subscribe(&mut self, topic: &str, endpoint: Endpoint, code: Code, rule: &Rule) -> bool {
        let address = endpoint.address.clone();
        let known = self.account.endpoint(&address);
        if known.is_some_and(|known| known.exists == Some(false)) {
            self.by_hand(rule, code, format!("create {address} before it can be subscribed"));
            return false;
        }
        if matches!(endpoint.protocol.as_str(), "sqs" | "lambda") {
            self.let_deliver(topic, &address, code, rule);
        }
        self.put(rule, Action::Subscribe(Subscription { topic_arn: topic.to_owned(), endpoint }));
        true
    }

    /// Lets a topic deliver to a queue or function of this account; of what is another's, or was not read, says so.
    fn let_deliver(&mut self, topic: &str, endpoint: &str, code: Code, rule: &Rule) {
        let is_own = self.owns(endpoint);
        if let Some(planned) =
            self.steps.values().map(|(action, _)| action).find(|action| order::lets_deliver(action, topic, endpoint))
        {
            let planned = planned.clone();
            self.put(rule, planned);
            return;
        }
        let sns = principal::delivering(topic, endpoint);
        let allowed = simulate::lets_deliver(&self.account, topic, endpoint);
        let action = match allowed {
            Some(true) => return,
            // Another name of SNS is for a person to let in.
            Some(false) if is_own && sns == principal::SNS => self.delivering(topic, endpoint),
            Some(false) | None => None,
        };
        match action {
            Some(action) => self.put_at_once(rule, action),
            None => {
                let service = if endpoint.contains(":sqs:") { "sqs:SendMessage" } else { "lambda:InvokeFunction" };
                let what = format!("see that the policy of {endpoint} allows {sns} {service} for topic {topic}");
                self.by_hand(rule, code, what);
            }
        }
    }

    fn delivering(&self, topic: &str, endpoint: &str) -> Option<Action> {
        let policy = self.account.endpoint(endpoint)?.policy.clone().filter(|policy| !policy.is_empty());
        let arn = Arn::parse(topic)?;
        if endpoint.contains(":sqs:") {
            let merged = documents::allow_queue(policy.as_deref(), topic, endpoint)?;
            let policy = Change { from: policy, to: merged.policy };
            return Some(Action::AllowQueue(PolicyUpdate {
                arn: endpoint.to_owned(),
                topic_arn: topic.to_owned(),
                statement: merged.statement,
                policy,
            }));
        }
        let base = format!("{}-{}", self.names.prefix, arn.resource);
        let base: String = base.chars().take(STATEMENT - 2).collect();
        let policy = policy.unwrap_or_default();
        let statement_id = (1..10)
            .map(|n| super::super::names::numbered(&base, n))
            .find(|id| !policy.contains(&format!("\"{id}\"")))?;
        Some(Action::AllowFunction(FunctionPermission {
            function_arn: endpoint.to_owned(),
            statement_id,
            topic_arn: topic.to_owned(),
        }))
    }
}

fn is_subscribed(topic: &Topic, endpoint: &Endpoint) -> bool {
    topic.subscriptions.iter().flatten().any(|subscription| {
        (&subscription.protocol, &subscription.endpoint) == (&endpoint.protocol, &endpoint.address)
            && subscription.state() != SubscriptionState::Deleted
    })
}

/// What somebody has to do whose subscription is pending.
fn confirmation(protocol: &str, address: &str) -> String {
    let endpoint = mask::endpoint(protocol, address);
    match protocol {
        "email" | "email-json" => format!("open the mail to {endpoint} and confirm"),
        protocol => format!("confirm the {protocol} subscription of {endpoint}"),
    }
}
