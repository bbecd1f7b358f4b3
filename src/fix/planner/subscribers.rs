//! What the last link needs: a subscriber who has confirmed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::plan::{Action, Change, Endpoint, FunctionPermission, PolicyUpdate, Subscription};
use super::super::{documents, questions, simulate};
use super::draft::{Assumed, Draft};
use super::order;
use super::refusal::Refusal;
use crate::arn::TopicArn;
use crate::finding::{Code, Finding, Reason, Report, Status};
use crate::mask;
use crate::partition::principal;
use crate::rule::{Rule, RuleId};
use crate::snapshot::{SubscriptionState, Topic};

/// The longest statement id of a function's policy (`lambda:AddPermission` `StatementId`).
const STATEMENT: usize = 100;

/// How subscribers by mail confirm so that only they and the topic's owner can end the subscription (SNS API
/// reference, `ConfirmSubscription`, `AuthenticateOnUnsubscribe`). The link in the mail has both arguments.
const LASTING: &str = "a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or \
                       by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link \
                       instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token \
                       TOKEN";

impl<'a> Draft<'a> {
    /// No one receives a topic's messages: subscribe those who are to be notified, or ask a person.
    pub(super) fn notify_somebody(&mut self, reason: &Reason, finding: &Finding, rule: &Rule) -> Result<(), Refusal> {
        let Some(topic) = reason.topic().and_then(|arn| self.account.topic(arn)) else {
            return Err(Refusal::from_reason(reason));
        };
        let arn = topic.arn.clone();
        if !self.owns(&arn) {
            let owner = arn.account().map(|owner| format!(", account {owner},")).unwrap_or_default();
            let what = format!("ask the owner of topic {}{owner} to add a subscriber", arn.name());
            self.leave(rule, reason.code(), what);
            return Ok(());
        }
        // A FIFO topic has no people.
        if topic.is_fifo {
            return self.plan_own_path(finding, reason, rule);
        }
        let mut subscribed = false;
        for endpoint in self.missing_from(topic) {
            subscribed |= self.subscribe(&arn, endpoint, reason.code(), rule);
        }
        if subscribed {
            return Ok(());
        }
        self.ask(reason, &arn, rule);
        Ok(())
    }

    /// A new alarm notifies a topic that is there and may have subscribers: those who are to be notified are subscribed
    /// too.
    pub(super) fn add_subscribers(&mut self, arn: &TopicArn, rule: &Rule) {
        let Some(topic) = self.account.topic(arn).filter(|topic| topic.exists == Some(true)) else { return };
        let missing = self.missing_from(topic);
        let is_read = topic.subscriptions.is_some();
        for endpoint in missing {
            if self.owns(arn) && is_read {
                self.subscribe(arn, endpoint, Code::SubscriptionNone, rule);
            } else {
                let (protocol, address) = (&endpoint.protocol, self.shown(&endpoint.protocol, &endpoint.address));
                let what = format!("make sure that {protocol} {address} is subscribed to topic {arn}");
                self.manual(rule, Code::SubscriptionNone, what);
            }
        }
    }

    /// Controls that pass need no new subscriber, but a subscriber who is named wants to be notified of all of them:
    /// each is subscribed to as few topics of their alarms as reach all of those controls, and to none twice.
    pub(super) fn subscribe_to_passing(&mut self, report: &Report) {
        let passing = self.passing(report);
        for endpoint in &self.options.subscribe {
            for (rule, topics) in &passing {
                if topics.iter().any(|topic| self.has_not_confirmed(topic, endpoint)) {
                    let what = self.confirmation(&endpoint.protocol, &endpoint.address);
                    self.manual(rule, Code::SubscriptionPending, what);
                }
            }
            let notifies = |topics: &[TopicArn]| {
                topics.iter().filter_map(|arn| self.account.topic(arn)).any(|topic| is_subscribed(topic, endpoint))
            };
            let mut open: Vec<&(&Rule, Vec<TopicArn>)> =
                passing.iter().filter(|(_, topics)| !topics.is_empty() && !notifies(topics)).collect();
            while let Some(topic) = self.topic_of_most(open.iter().flat_map(|(_, topics)| topics)) {
                let (reached, rest): (Vec<_>, Vec<_>) =
                    open.into_iter().partition(|(_, topics)| topics.contains(&topic));
                for (rule, _) in reached {
                    self.subscribe(&topic, endpoint.clone(), Code::SubscriptionNone, rule);
                }
                open = rest;
            }
            for (rule, topics) in open {
                let (protocol, address) = (&endpoint.protocol, self.shown(&endpoint.protocol, &endpoint.address));
                for topic in topics {
                    if self.owns(topic) {
                        continue;
                    }
                    let what = format!("make sure that {protocol} {address} is subscribed to topic {topic}");
                    self.manual(rule, Code::SubscriptionNone, what);
                }
            }
        }
    }

    /// A subscriber was added to a topic before, and has not confirmed yet.
    fn has_not_confirmed(&self, topic: &str, endpoint: &Endpoint) -> bool {
        let known = self.before.topic(topic).into_iter().flat_map(|topic| topic.subscriptions.iter().flatten());
        let mut own =
            known.filter(|known| (&known.protocol, &known.endpoint) == (&endpoint.protocol, &endpoint.address));
        own.any(|known| known.state() == SubscriptionState::Pending)
    }

    /// The controls that pass by the verdict that was asked for, and those topics that the alarms of each notify and
    /// that are known to be reached: that of its own chain, those that the chains of others end in, and the one that the user
    /// names.
    fn passing(&self, report: &Report) -> Vec<(&'a Rule, Vec<TopicArn>)> {
        let pairs = report.findings().zip(self.rules.iter().map(Arc::as_ref));
        let passing: Vec<_> = pairs.filter(|(finding, _)| finding.status == Status::Pass).collect();
        let reached: BTreeSet<&TopicArn> =
            passing.iter().flat_map(|(finding, _)| finding.chain.topics()).chain(&self.options.topic).collect();
        let topics = |finding: &Finding| {
            let notified = finding.chain.alarms().flat_map(|alarm| &alarm.topics);
            let notified = notified.filter(|topic| reached.contains(topic));
            let topics: BTreeSet<&TopicArn> = finding.chain.topics().chain(notified).collect();
            topics.into_iter().cloned().collect()
        };
        passing.iter().map(|(finding, rule)| (*rule, topics(finding))).collect()
    }

    /// The topic that is named the most often, and that can be given subscribers.
    fn topic_of_most<'t>(&self, topics: impl Iterator<Item = &'t TopicArn>) -> Option<TopicArn> {
        let takes = |topic: &TopicArn| {
            self.owns(topic)
                && self
                    .account
                    .topic(topic)
                    .is_some_and(|topic| topic.exists == Some(true) && !topic.is_fifo && topic.subscriptions.is_some())
        };
        let mut counted: BTreeMap<&TopicArn, usize> = BTreeMap::new();
        for topic in topics.filter(|topic| takes(topic)) {
            *counted.entry(topic).or_default() += 1;
        }
        // Of several that reach as many, the one that the user names, else the first by its ARN.
        let named = |topic: &TopicArn| self.options.topic.as_ref() == Some(topic);
        counted.into_iter().rev().max_by_key(|(topic, count)| (*count, named(topic))).map(|(topic, _)| topic.clone())
    }

    /// Those who are to be notified and are not subscribed to a topic.
    fn missing_from(&self, topic: &Topic) -> Vec<Endpoint> {
        self.options.subscribe.iter().filter(|endpoint| !is_subscribed(topic, endpoint)).cloned().collect()
    }

    /// Those who were named and are subscribed to nothing that the controls' alarms notify.
    pub(super) fn not_subscribed(&self, after: &Report) -> Vec<Endpoint> {
        let notified: Vec<&Topic> = after
            .findings()
            .flat_map(|finding| finding.chain.topics())
            .filter_map(|arn| self.account.topic(arn))
            .collect();
        let is_notified = |endpoint: &&Endpoint| notified.iter().any(|topic| is_subscribed(topic, endpoint));
        self.options.subscribe.iter().filter(|endpoint| !is_notified(endpoint)).cloned().collect()
    }

    /// No new subscriber can be added: what is left for a person to do.
    fn ask(&mut self, reason: &Reason, topic: &TopicArn, rule: &Rule) {
        let name = topic.name();
        if reason.code() == Code::SubscriptionPending {
            self.ask_to_confirm(reason, rule);
            self.assumed.push(Assumed::Confirmed(topic.clone()));
            return;
        }
        let what = if reason.code() == Code::SubscriptionFiltered {
            format!(
                "remove the filter policies that keep alarms' messages from every subscription of topic {name}, or \
                 subscribe somebody: --subscribe email:ADDRESS"
            )
        } else {
            format!("add a subscriber to topic {name}: --subscribe email:ADDRESS")
        };
        self.leave(rule, reason.code(), what);
    }

    /// Asks those whom the plan subscribes, also where a control passes without them.
    pub(super) fn ask_subscribers_to_confirm(&mut self) {
        let rules = self.rules;
        let subscribed: Vec<(Subscription, BTreeSet<RuleId>)> = self
            .steps
            .values()
            .filter_map(|(action, rules)| match action {
                Action::Subscribe(subscription) => Some((subscription.clone(), rules.clone())),
                _ => None,
            })
            .filter(|(subscription, _)| simulate::awaits_confirmation(&subscription.endpoint, &subscription.topic_arn))
            .collect();
        for (Subscription { endpoint, .. }, of) in subscribed {
            for rule in rules.iter().filter(|rule| of.contains(&rule.id)) {
                let what = self.confirmation(&endpoint.protocol, &endpoint.address);
                self.manual(rule, Code::SubscriptionPending, what);
                if matches!(endpoint.protocol.as_str(), "email" | "email-json") {
                    self.manual(rule, Code::SubscriptionNotLasting, LASTING);
                }
            }
        }
    }

    /// Asks those whose confirmation a topic awaits.
    pub(super) fn ask_to_confirm(&mut self, reason: &Reason, rule: &Rule) {
        let topic = reason.resource().and_then(|arn| self.account.topic(arn));
        let pending = topic.iter().flat_map(|topic| topic.subscriptions.iter().flatten());
        let asked: Vec<String> = pending
            .filter(|subscription| subscription.state() == SubscriptionState::Pending)
            .map(|subscription| self.confirmation(&subscription.protocol, &subscription.endpoint))
            .collect();
        for what in asked {
            self.manual(rule, Code::SubscriptionPending, what);
        }
    }

    /// What a subscriber whose subscription is pending has to do.
    fn confirmation(&self, protocol: &str, address: &str) -> String {
        let endpoint = self.shown(protocol, address);
        match protocol {
            "email" | "email-json" => format!("open the email to {endpoint} and confirm"),
            protocol => format!("confirm the {protocol} subscription of {endpoint}"),
        }
    }

    /// An address, masked; where another one looks the same then, with the mark that distinguishes them.
    fn shown(&self, protocol: &str, address: &str) -> String {
        let masked = mask::endpoint(protocol, address);
        let subscribed = self.before.topics.iter().flat_map(|topic| topic.subscriptions.iter().flatten());
        let known = subscribed.map(|subscription| (&subscription.protocol, &subscription.endpoint));
        let named = self.options.subscribe.iter().map(|endpoint| (&endpoint.protocol, &endpoint.address));
        let is_alike =
            |(other, of): (&String, &String)| other == protocol && of != address && mask::endpoint(other, of) == masked;
        if known.chain(named).any(is_alike) { mask::marked(protocol, address) } else { masked }
    }

    /// Subscribes an endpoint, with what its own policy needs. Returns whether a step came of it.
    fn subscribe(&mut self, topic: &TopicArn, endpoint: Endpoint, code: Code, rule: &Rule) -> bool {
        let address = endpoint.address.clone();
        let known = self.survey.endpoint(&address);
        if known.is_some_and(|known| known.exists == Some(false)) {
            self.manual(rule, code, format!("create {address} before it can be subscribed"));
            return false;
        }
        if matches!(endpoint.protocol.as_str(), "sqs" | "lambda") {
            self.let_deliver(topic, &address, code, rule);
        }
        self.put(rule, Action::Subscribe(Subscription { topic_arn: topic.clone(), endpoint }));
        true
    }

    /// Lets a topic deliver to a queue or function of this account; of what is another's, or was not read, says so.
    fn let_deliver(&mut self, topic: &TopicArn, endpoint: &str, code: Code, rule: &Rule) {
        let is_own = self.owns_endpoint(endpoint);
        if let Some(planned) =
            self.steps.values().map(|(action, _)| action).find(|action| order::lets_deliver(action, topic, endpoint))
        {
            let planned = planned.clone();
            self.put(rule, planned);
            return;
        }
        let sns = principal::delivering(topic, endpoint);
        let allowed = simulate::lets_deliver(&self.survey, topic, endpoint);
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
                let mut what =
                    format!("make sure that the policy of {endpoint} allows {sns} {service} for topic {topic}");
                if self.survey.endpoint(endpoint).is_none() {
                    let saving = questions::saving(self.options);
                    what.push_str(&format!("; it was not read when the account was saved: {saving}"));
                }
                self.manual(rule, code, what);
            }
        }
    }

    fn delivering(&self, topic: &TopicArn, endpoint: &str) -> Option<Action> {
        let policy = self.survey.endpoint(endpoint)?.policy.clone().filter(|policy| !policy.is_empty());
        if endpoint.contains(":sqs:") {
            let merged = documents::allow_queue(policy.as_deref(), topic, endpoint)?;
            let policy = Change { from: policy, to: merged.policy };
            return Some(Action::AllowQueue(PolicyUpdate {
                arn: endpoint.to_owned(),
                topic_arn: topic.clone(),
                statement: merged.statement,
                policy,
            }));
        }
        let base = format!("{}-{}", self.names.prefix, topic.name());
        let base: String = base.chars().take(STATEMENT - 2).collect();
        let policy = policy.unwrap_or_default();
        let statement_id = (1..10)
            .map(|n| super::super::names::numbered(&base, n))
            .find(|id| !policy.contains(&format!("\"{id}\"")))?;
        Some(Action::AllowFunction(FunctionPermission {
            function_arn: endpoint.to_owned(),
            statement_id,
            topic_arn: topic.clone(),
        }))
    }
}

fn is_subscribed(topic: &Topic, endpoint: &Endpoint) -> bool {
    topic.subscriptions.iter().flatten().any(|subscription| {
        (&subscription.protocol, &subscription.endpoint) == (&endpoint.protocol, &endpoint.address)
            && subscription.state() != SubscriptionState::Deleted
    })
}
