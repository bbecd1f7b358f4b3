//! A plan in the making: the steps so far, what is asked of a person, and the account as it is after both.
//!
//! What a control needs is decided by the files next to this one; each adds to the draft.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::names::Names;
use super::super::plan::{Action, OWN_TAG, Options};
use super::super::survey::Survey;
use super::super::{questions, simulate};
use super::order;
use super::refusal::Refusal;
use crate::arn::{Arn, ArnOf, Kind, TopicArn, TrailArn};
use crate::audit::audit;
use crate::finding::{Code, Facts, Reason, Report, Verdict};
use crate::rule::{Rule, RuleId};
use crate::snapshot::{Snapshot, SubscriptionAttributes, SubscriptionState};

/// What is taken for done once a person was asked to do it, so that what else is wrong is seen too.
#[derive(Debug, Clone)]
pub(super) enum Assumed {
    /// The subscriptions of this topic are confirmed.
    Confirmed(TopicArn),
    /// This trail's deliveries arrive.
    Delivers(TrailArn),
}

/// A plan in the making.
pub(super) struct Draft<'a> {
    /// The account as it was read.
    pub(super) before: &'a Snapshot,
    /// What else was read of it.
    pub(super) surveyed: &'a Survey,
    /// The account after what is planned so far, with what is asked of a person done.
    pub(super) account: Snapshot,
    /// What else is to be known of that account.
    pub(super) survey: Survey,
    pub(super) rules: &'a [Arc<Rule>],
    pub(super) verdict: Verdict,
    pub(super) options: &'a Options,
    pub(super) names: Names<'a>,
    /// By id: what is done, and for which controls.
    pub(super) steps: BTreeMap<String, (Action, BTreeSet<RuleId>)>,
    pub(super) manual: BTreeMap<(Code, String), BTreeSet<RuleId>>,
    pub(super) refused: BTreeMap<RuleId, Refusal>,
    /// Controls of which nothing more is planned until a person has done something.
    pub(super) waiting: BTreeSet<RuleId>,
    /// Topics of chains that pass, in the controls' order.
    pub(super) notifying: Vec<TopicArn>,
    /// Ids of this round's steps, and what this round assumes.
    pub(super) fresh: BTreeSet<String>,
    pub(super) assumed: Vec<Assumed>,
    /// Topics whose subscriptions are taken for confirmed.
    pub(super) unconfirmed: BTreeSet<TopicArn>,
    /// Something came of the control that is looked at.
    pub(super) moved: bool,
    /// All that could be planned with what is there is planned.
    pub(super) is_late: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        (snapshot, surveyed): (&'a Snapshot, &'a Survey),
        rules: &'a [Arc<Rule>],
        verdict: Verdict,
        options: &'a Options,
        refused: BTreeMap<RuleId, Refusal>,
    ) -> Self {
        let names =
            Names { prefix: &options.name_prefix, partition: &snapshot.partition, account: &snapshot.account_id };
        Self {
            before: snapshot,
            surveyed,
            account: snapshot.clone(),
            survey: surveyed.clone(),
            rules,
            verdict,
            options,
            names,
            steps: BTreeMap::new(),
            manual: BTreeMap::new(),
            refused,
            waiting: BTreeSet::new(),
            notifying: Vec::new(),
            fresh: BTreeSet::new(),
            assumed: Vec::new(),
            unconfirmed: BTreeSet::new(),
            moved: false,
            is_late: false,
        }
    }

    pub(super) fn audited(&self, account: &Snapshot) -> Report {
        audit(account, self.rules).decided_by(self.verdict)
    }

    /// What only a fix asks, and was not asked: the account was saved without it.
    pub(super) fn never_asked(&self, code: Code, what: &str) -> Refusal {
        Refusal::new(code, format!("{what} was not read when the account was saved; {}", self.saved_without()))
    }

    /// What an account that was saved for an audit alone cannot say, and how to save it for a plan.
    pub(super) fn saved_without(&self) -> String {
        let saving = questions::saving(self.options);
        format!(
            "a saved account without --for-fix does not say which names are free, so save the account again: {saving}"
        )
    }

    /// What is wrong with the account as it was read, where a reason names what only the plan would make.
    pub(super) fn obstacle(&self, reason: &Reason, rule: &Rule) -> Reason {
        let named: Vec<&str> = match &*reason.facts {
            Facts::MetricFilter { filters, .. } => filters.iter().map(String::as_str).collect(),
            _ => reason.resource().into_iter().collect(),
        };
        if !self.steps.values().any(|(action, _)| created(action).is_some_and(|name| named.contains(&name))) {
            return reason.clone();
        }
        let rule: Vec<Arc<Rule>> = self.rules.iter().filter(|known| known.id == rule.id).cloned().collect();
        let before = audit(self.before, &rule).decided_by(self.verdict);
        before.findings().find_map(|finding| finding.reason.clone()).unwrap_or_else(|| reason.clone())
    }

    /// Whether something is this account's.
    pub(super) fn owns<K: Kind>(&self, arn: &ArnOf<K>) -> bool {
        arn.account() == Some(&self.before.account_id)
    }

    /// Whether a queue or function is this account's.
    pub(super) fn owns_endpoint(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|arn| arn.account == self.before.account_id)
    }

    pub(super) fn is_settled(&self, rule: RuleId) -> bool {
        self.refused.contains_key(&rule) || self.waiting.contains(&rule)
    }

    /// Adds a step, or a control to it. A step that is there with other content is changed.
    pub(super) fn put(&mut self, rule: &Rule, action: Action) {
        let id = order::id(&action, &self.before.region, &self.options.subscribe);
        let (known, rules) = self.steps.entry(id.clone()).or_insert_with(|| {
            self.fresh.insert(id.clone());
            (action.clone(), BTreeSet::new())
        });
        if *known != action {
            *known = action;
            self.fresh.insert(id.clone());
        }
        // Another control may have asked for it in this round already.
        self.moved |= rules.insert(rule.id) || self.fresh.contains(&id);
    }

    /// Adds a step that later steps of the same round build on.
    pub(super) fn put_at_once(&mut self, rule: &Rule, action: Action) {
        simulate::apply_to(&mut self.account, &mut self.survey, &action);
        let id = order::id(&action, &self.before.region, &self.options.subscribe);
        self.put(rule, action);
        self.fresh.remove(&id);
    }

    /// Asks a person for something. One thing is asked for once, whatever breaks without it.
    pub(super) fn manual(&mut self, rule: &Rule, code: Code, what: impl Into<String>) {
        let what = what.into();
        let code = self.manual.keys().find(|(_, asked)| *asked == what).map_or(code, |(code, _)| *code);
        self.moved |= self.manual.entry((code, what)).or_default().insert(rule.id);
    }

    /// Asks a person for something, and plans nothing more of a control until it is done.
    pub(super) fn leave(&mut self, rule: &Rule, code: Code, what: impl Into<String>) {
        self.manual(rule, code, what);
        self.waiting.insert(rule.id);
    }

    /// The account after this round's steps.
    pub(super) fn advance(&mut self) {
        let mut fresh: Vec<&Action> = std::mem::take(&mut self.fresh)
            .iter()
            .filter_map(|id| self.steps.get(id))
            .map(|(action, _)| action)
            .collect();
        fresh.sort_by_key(|action| order::rank(action));
        for action in fresh {
            simulate::apply_to(&mut self.account, &mut self.survey, action);
        }
        for assumed in std::mem::take(&mut self.assumed) {
            assume(&mut self.account, &assumed);
            if let Assumed::Confirmed(topic) = assumed {
                self.unconfirmed.insert(topic);
            }
        }
    }

    /// The tags of what is created.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.options.tags.clone();
        tags.insert(OWN_TAG.to_owned(), self.options.name_prefix.clone());
        tags
    }
}

/// What of a chain a step makes, as a reason names it.
fn created(action: &Action) -> Option<&str> {
    match action {
        Action::CreateTrail(trail) => Some(&trail.arn),
        Action::CreateLogGroup(group) => Some(&group.arn),
        Action::CreateMetricFilter(filter) => Some(&filter.name),
        Action::CreateAlarm(alarm) => Some(&alarm.arn),
        Action::CreateTopic(topic) => Some(&topic.arn),
        _ => None,
    }
}

fn assume(account: &mut Snapshot, assumed: &Assumed) {
    match assumed {
        Assumed::Confirmed(arn) => {
            let topic = account.topics.iter_mut().find(|topic| topic.arn == *arn);
            for (at, subscription) in
                topic.into_iter().flat_map(|topic| topic.subscriptions.iter_mut().flatten()).enumerate()
            {
                if subscription.state() == SubscriptionState::Pending {
                    subscription.arn = format!("{arn}:00000000-0000-4000-9000-{at:012}");
                    subscription.attributes.get_or_insert_with(SubscriptionAttributes::default).pending_confirmation =
                        false;
                }
            }
        }
        Assumed::Delivers(arn) => {
            let now = account.collected_at;
            let trail = account.trails.iter_mut().flatten().find(|trail| trail.arn == *arn);
            if let Some(status) = trail.and_then(|trail| trail.status.as_mut()) {
                status.latest_logs_delivery_error = None;
                status.latest_logs_delivery_time = Some(now);
            }
        }
    }
}
