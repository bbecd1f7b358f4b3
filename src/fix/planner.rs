//! Account × controls → [`Plan`]: what has to be created so that the controls pass, and nothing else.
//!
//! It works on an account in memory: audit it, plan what the first broken link of each failing control needs, see what
//! the account looks like then ([`simulate`]), and audit again, until nothing more can be planned. So each link gets what
//! it needs, and what still fails at the end is said: to be done by hand, or not planned, with the reason.
//!
//! It uses what is there, deletes nothing, and gives new things names that are free in the snapshot. A control whose
//! answer hangs on what was not read is not planned; nor is any part of one that cannot be planned to its end.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::plan::{Action, OWN_TAG, Options, Plan};
use super::{questions, simulate};
use crate::arn::Arn;
use crate::audit::audit;
use crate::finding::{Code, Finding, Reason, Report, Status, Verdict};
use crate::rule::{Rule, RuleId};
use crate::snapshot::{Snapshot, SubscriptionAttributes, SubscriptionState};

mod order;
mod reuse;
mod road;
mod said;
mod selectors;
mod subscribers;
mod topic;
mod trail;

/// More than any chain has links that can need something, one after the other.
const ROUNDS: usize = 24;

/// Plans what makes the verdict pass for every one of the rules.
#[must_use]
pub fn plan(snapshot: &Snapshot, rules: &[Rule], verdict: Verdict, options: &Options) -> Plan {
    let mut refused = BTreeMap::new();
    loop {
        let mut draft = Draft::new(snapshot, rules, verdict, options, refused);
        let known = draft.refused.len();
        draft.run();
        // What was begun for a control that cannot be brought to its end is not begun at all.
        let half_done =
            draft.steps.values().any(|(_, rules)| rules.iter().any(|rule| draft.refused.contains_key(rule)));
        if draft.refused.len() == known || !half_done {
            return draft.finish();
        }
        refused = draft.refused;
    }
}

/// Why nothing is planned for a control.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    code: Code,
    why: String,
}

impl Refusal {
    fn new(code: Code, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    /// What is wrong, and who or what could help.
    fn of(reason: &Reason) -> Self {
        Self::new(reason.code, with_remedy(reason))
    }
}

/// What is wrong, and who or what could help.
fn with_remedy(reason: &Reason) -> String {
    format!("{}; {}", reason.message, remedy(reason))
}

/// A reason's remedy as part of a sentence.
fn remedy(reason: &Reason) -> String {
    as_clause(&reason.remedy())
}

/// A sentence as part of another.
fn as_clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        // An acronym, as AWS.
        (_, Some(second)) if second.is_uppercase() => sentence.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}

/// What is taken for done once a person was asked to do it, so that what else is wrong is seen too.
#[derive(Debug, Clone)]
enum Assumed {
    /// The subscriptions of this topic are confirmed.
    Confirmed(String),
    /// This trail's deliveries arrive.
    Delivers(String),
}

/// A plan in the making.
struct Draft<'a> {
    /// The account as it was read.
    before: &'a Snapshot,
    /// The account after what is planned so far, with what is asked of a person done.
    account: Snapshot,
    rules: &'a [Rule],
    verdict: Verdict,
    options: &'a Options,
    names: Names<'a>,
    /// By id: what is done, and for which controls.
    steps: BTreeMap<String, (Action, BTreeSet<RuleId>)>,
    by_hand: BTreeMap<(Code, String), BTreeSet<RuleId>>,
    refused: BTreeMap<RuleId, Refusal>,
    /// Controls of which nothing more is planned until a person has done something.
    waiting: BTreeSet<RuleId>,
    /// Topics of chains that pass, in the controls' order.
    telling: Vec<String>,
    /// Ids of this round's steps, and what this round assumes.
    fresh: BTreeSet<String>,
    assumed: Vec<Assumed>,
    /// Topics whose subscriptions are taken for confirmed.
    unconfirmed: BTreeSet<String>,
    /// Something came of the control that is looked at.
    moved: bool,
    /// All that could be planned with what is there is planned.
    is_late: bool,
}

impl<'a> Draft<'a> {
    fn new(
        snapshot: &'a Snapshot,
        rules: &'a [Rule],
        verdict: Verdict,
        options: &'a Options,
        refused: BTreeMap<RuleId, Refusal>,
    ) -> Self {
        let names =
            Names { prefix: &options.name_prefix, partition: &snapshot.partition, account: &snapshot.account_id };
        Self {
            before: snapshot,
            account: snapshot.clone(),
            rules,
            verdict,
            options,
            names,
            steps: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            refused,
            waiting: BTreeSet::new(),
            telling: Vec::new(),
            fresh: BTreeSet::new(),
            assumed: Vec::new(),
            unconfirmed: BTreeSet::new(),
            moved: false,
            is_late: false,
        }
    }

    fn run(&mut self) {
        for _ in 0..ROUNDS {
            let report = self.audited(&self.account);
            let passing = report.findings.iter().filter(|finding| finding.status == Status::Pass);
            self.telling = passing.flat_map(|finding| finding.chain.topics.iter().cloned()).collect();
            let (mut moved, mut refused) = (false, Vec::new());
            for (finding, rule) in report.findings.iter().zip(self.rules) {
                if finding.status != Status::Pass && !self.is_settled(rule.id) {
                    match self.look_at(finding, rule) {
                        Ok(()) => moved = true,
                        Err(refusal) => refused.push((rule.id, refusal)),
                    }
                }
            }
            // What is planned for one control may help another, so nothing is refused while there is something to plan.
            match (moved, refused.is_empty(), self.is_late) {
                (true, _, _) => self.advance(),
                (false, true, _) => break,
                (false, false, false) => self.is_late = true,
                (false, false, true) => self.refused.extend(refused),
            }
        }
    }

    fn audited(&self, account: &Snapshot) -> Report {
        audit(account, self.rules).decided_by(self.verdict)
    }

    /// What only a fix asks, and nobody has asked: the account was saved without it.
    fn never_asked(&self, code: Code, what: &str) -> Refusal {
        let saving = questions::saving(self.options);
        Refusal::new(
            code,
            format!("{what} was not read when the account was saved; save it so that it can be planned for: {saving}"),
        )
    }

    /// Whether something is this account's.
    fn owns(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|arn| arn.account == self.before.account_id)
    }

    fn is_settled(&self, rule: RuleId) -> bool {
        self.refused.contains_key(&rule) || self.waiting.contains(&rule)
    }

    /// Plans what a control needs next, or says why nothing is.
    fn look_at(&mut self, finding: &Finding, rule: &Rule) -> Result<(), Refusal> {
        self.moved = false;
        match (finding.status, &finding.reason) {
            (Status::Fail, Some(reason)) => self.mend(finding, reason, rule)?,
            (Status::Unknown, Some(reason)) => self.undecided(finding, reason, rule)?,
            (Status::Fail | Status::Unknown, None) | (Status::Pass, _) => {}
        }
        match &finding.reason {
            Some(reason) if !self.moved => Err(Refusal::of(reason)),
            Some(_) | None => Ok(()),
        }
    }

    /// What was not read is not planned on. What a planned step leaves undecided is for a person to look at.
    fn undecided(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        if !self.steps.values().any(|(_, rules)| rules.contains(&rule.id)) {
            return Err(Refusal::of(reason));
        }
        if let Some(pending) = finding.verdicts.cis.reason.as_ref().filter(|it| it.code == Code::SubscriptionPending) {
            return self.tell_somebody(pending, finding, rule);
        }
        self.leave(rule, reason.code, with_remedy(reason));
        Ok(())
    }

    fn mend(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        match reason.code {
            Code::TrailNone => self.no_trail(reason, rule),
            Code::TrailSingleRegion
            | Code::TrailNotLogging
            | Code::TrailNoManagementEvents
            | Code::TrailNoWriteEvents
            | Code::TrailNoReadEvents
            | Code::TrailSelectorNarrowed
            | Code::TrailSourceExcluded
            | Code::TrailSourceExcludedPartly
            | Code::LogGroupNone
            | Code::LogGroupClass
            | Code::LogGroupMissing
            | Code::LogGroupDeliveryFailing
            | Code::LogGroupDeliveryStale => self.mend_trail(finding, reason, rule),
            Code::MetricFilterNone
            | Code::MetricFilterMissesEvents
            | Code::MetricFilterZeroValue
            | Code::MetricFilterMatchesRoutine
            | Code::AlarmNone
            | Code::AlarmOtherNamespace
            | Code::AlarmDimensions
            | Code::AlarmUnit
            | Code::AlarmOtherRegion
            | Code::AlarmNeverFires
            | Code::AlarmEvaluationError
            | Code::AlarmActionsDisabled
            | Code::AlarmNoAction
            | Code::AlarmAlwaysMuted
            | Code::AlarmActionNotTopic
            | Code::AlarmCompositeBlocks
            | Code::AlarmNotEveryEvent
            | Code::AlarmAlwaysFiring
            | Code::AlarmLatches
            | Code::AlarmLate
            | Code::AlarmMuted
            | Code::AlarmCompositeConditional
            | Code::TopicOtherRegion
            | Code::TopicManagedKey
            | Code::TopicKeyMissing
            | Code::TopicKeyUnusable
            | Code::TopicKeyForbids
            | Code::TopicPolicyDenies
            | Code::HubOtherText => self.own_road(finding, reason, rule),
            // The one is for a time, and another alarm would be no better; the other decides what the account is billed.
            Code::AlarmNotEvaluated | Code::HubNotEnabled => {
                self.leave(rule, reason.code, with_remedy(reason));
                Ok(())
            }
            Code::TopicMissing => self.create_missing_topic(finding, reason, rule),
            Code::TopicPolicyForbids => self.let_publish(finding, reason, rule),
            Code::SubscriptionNone
            | Code::SubscriptionPending
            | Code::SubscriptionFiltered
            | Code::SubscriptionDeadEnd
            | Code::SubscriptionDeleted => self.tell_somebody(reason, finding, rule),
            // What was not read, and what is no defect: neither is a reason to fail, and nothing is planned on either.
            Code::TrailUnread
            | Code::TrailUndecided
            | Code::LogGroupOtherAccount
            | Code::LogGroupClassUndecided
            | Code::LogGroupUnread
            | Code::MetricFilterValueUndecided
            | Code::MetricFilterUndecided
            | Code::MetricFilterUnread
            | Code::AlarmMuteUnread
            | Code::AlarmUnread
            | Code::AlarmUndecided
            | Code::AlarmWarmUpUndecided
            | Code::AlarmCompositeShared
            | Code::AlarmOnLogs
            | Code::TopicPolicyUndecided
            | Code::TopicKeyUnread
            | Code::TopicKeyPolicyUndecided
            | Code::TopicFifo
            | Code::TopicUnread
            | Code::SubscriptionMachine
            | Code::SubscriptionFilterUnread
            | Code::SubscriptionUnread
            | Code::HubNoSuchControl
            | Code::HubOtherRegion
            | Code::HubOtherAccount
            | Code::HubTopicOtherAccount
            | Code::HubUnread
            | Code::HubUndocumented
            | Code::HubDoesNotLook => Err(Refusal::of(reason)),
        }
    }

    /// Adds a step, or a control to it. A step that is there with other content is changed.
    fn put(&mut self, rule: &Rule, action: Action) {
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
    fn put_at_once(&mut self, rule: &Rule, action: Action) {
        simulate::apply_to(&mut self.account, &action);
        let id = order::id(&action, &self.before.region, &self.options.subscribe);
        self.put(rule, action);
        self.fresh.remove(&id);
    }

    /// Asks a person for something. One thing is asked for once, whatever breaks without it.
    fn by_hand(&mut self, rule: &Rule, code: Code, what: impl Into<String>) {
        let what = what.into();
        let code = self.by_hand.keys().find(|(_, asked)| *asked == what).map_or(code, |(code, _)| *code);
        self.moved |= self.by_hand.entry((code, what)).or_default().insert(rule.id);
    }

    /// Asks a person for something, and plans nothing more of a control until it is done.
    fn leave(&mut self, rule: &Rule, code: Code, what: impl Into<String>) {
        self.by_hand(rule, code, what);
        self.waiting.insert(rule.id);
    }

    /// The account after this round's steps.
    fn advance(&mut self) {
        let mut fresh: Vec<&Action> = std::mem::take(&mut self.fresh)
            .iter()
            .filter_map(|id| self.steps.get(id))
            .map(|(action, _)| action)
            .collect();
        fresh.sort_by_key(|action| order::rank(action));
        for action in fresh {
            simulate::apply_to(&mut self.account, action);
        }
        for assumed in std::mem::take(&mut self.assumed) {
            assume(&mut self.account, &assumed);
            if let Assumed::Confirmed(topic) = assumed {
                self.unconfirmed.insert(topic);
            }
        }
    }

    /// The tags of what is created.
    fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.options.tags.clone();
        tags.insert(OWN_TAG.to_owned(), self.options.name_prefix.clone());
        tags
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
