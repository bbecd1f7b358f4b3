//! Account × controls → [`Plan`]: what has to be created so that the controls pass, and nothing else.
//!
//! It works on an account in memory: audit it, plan what the first broken link of each failing control needs, see what
//! the account looks like then ([`simulate`](super::simulate)), and audit again, until nothing more can be planned. So
//! each link gets what it needs, and what still fails at the end is reported: as a manual step, or as not planned, with
//! the reason.
//!
//! It uses what is there, deletes nothing, and gives new things names that are free in snapshot and survey. A control
//! whose answer depends on what was not read is not planned; nor is any part of one that cannot be planned to its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use self::draft::Draft;
use self::refusal::{Refusal, with_remedy};
use super::plan::{Options, Plan};
use super::survey::Survey;
use crate::finding::{Code, Finding, Reason, Status, Verdict};
use crate::rule::Rule;
use crate::snapshot::Snapshot;

mod draft;
mod filters_and_alarms;
mod order;
mod refusal;
mod reuse;
mod selectors;
mod subscribers;
mod summary;
mod topic;
mod trail;

/// More than any chain has links that can need something, one after the other.
const ROUNDS: usize = 24;

/// Plans what makes the verdict pass for every one of the rules.
#[must_use]
pub fn plan(snapshot: &Snapshot, survey: &Survey, rules: &[Arc<Rule>], verdict: Verdict, options: &Options) -> Plan {
    let mut refused = BTreeMap::new();
    loop {
        let mut draft = Draft::new((snapshot, survey), rules, verdict, options, refused);
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

impl Draft<'_> {
    fn run(&mut self) {
        for _ in 0..ROUNDS {
            let report = self.audited(&self.account);
            let passing = report.findings().filter(|finding| finding.status == Status::Pass);
            self.notifying = passing.flat_map(|finding| finding.chain.topics().cloned()).collect();
            let (mut moved, mut refused) = (false, Vec::new());
            for (finding, rule) in report.findings().zip(self.rules) {
                if finding.status != Status::Pass && !self.is_settled(rule.id) {
                    match self.plan_for(finding, rule) {
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

    /// Plans what a control needs next, or says why nothing is.
    fn plan_for(&mut self, finding: &Finding, rule: &Rule) -> Result<(), Refusal> {
        self.moved = false;
        let Some(reason) = &finding.reason else { return Ok(()) };
        let looked = match finding.status {
            Status::Fail => self.fix(finding, reason, rule),
            Status::Unknown => self.undecided(finding, reason, rule),
            Status::Pass => Ok(()),
        };
        let refused = match looked {
            Ok(()) if self.moved => return Ok(()),
            Ok(()) => Refusal::from_reason(reason),
            Err(refused) => refused,
        };
        // What only this plan would make is in no one's way.
        Err(if refused == Refusal::from_reason(reason) {
            Refusal::from_reason(&self.obstacle(reason, rule))
        } else {
            refused
        })
    }

    /// What was not read is not planned on. What a planned step leaves undecided is for a person to look at.
    fn undecided(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        if !self.steps.values().any(|(_, rules)| rules.contains(&rule.id)) {
            return Err(Refusal::from_reason(reason));
        }
        if let Some(pending) = finding.verdicts.cis.reason.as_ref().filter(|it| it.code() == Code::SubscriptionPending)
        {
            return self.notify_somebody(pending, finding, rule);
        }
        self.leave(rule, reason.code(), with_remedy(reason));
        Ok(())
    }

    fn fix(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        match reason.code() {
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
            | Code::LogGroupDeliveryStale => self.fix_trail(finding, reason, rule),
            Code::MetricFilterNone
            | Code::MetricFilterMissesEvents
            | Code::MetricFilterZeroValue
            | Code::MetricFilterValueAbsent
            | Code::MetricFilterMatchesEverything
            | Code::MetricFilterMatchesRoutine
            | Code::AlarmMissesEvents
            | Code::AlarmHeld
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
            | Code::HubOtherText => self.plan_own_path(finding, reason, rule),
            // The one is for a time, and another alarm would be no better; the other decides what the account is billed.
            Code::AlarmNotEvaluated | Code::HubNotEnabled => {
                self.leave(rule, reason.code(), with_remedy(reason));
                Ok(())
            }
            Code::TopicMissing => self.create_missing_topic(finding, reason, rule),
            Code::TopicPolicyForbids => self.let_publish(finding, reason, rule),
            Code::SubscriptionNone
            | Code::SubscriptionPending
            | Code::SubscriptionFiltered
            | Code::SubscriptionDeadEnd
            | Code::SubscriptionDeleted => self.notify_somebody(reason, finding, rule),
            // What was not read, and what is no defect: neither is a reason to fail, and nothing is planned on either.
            Code::TrailUnread
            | Code::TrailUndecided
            | Code::TrailOrganizationEvents
            | Code::MetricFilterUnusualHole
            | Code::MetricFilterFederatedSignIns
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
            | Code::MetricFilterElsewhere
            | Code::MetricFilterMatchesNone
            | Code::MetricFilterTextPattern
            | Code::MetricFilterEventRule
            | Code::AlarmOtherMetric
            | Code::AlarmMonitoringAccount
            | Code::AlarmOnLogs
            | Code::TopicPolicyUndecided
            | Code::TopicKeyUnread
            | Code::TopicKeyPolicyUndecided
            | Code::TopicFifo
            | Code::TrailNotDeclared
            | Code::TrailDeclaredTwice
            | Code::LogGroupDeclaredTwice
            | Code::MetricFilterDeclaredTwice
            | Code::AlarmDeclaredTwice
            | Code::TopicDeclaredTwice
            | Code::TrailRefused
            | Code::LogGroupRefused
            | Code::MetricFilterRefused
            | Code::AlarmRefused
            | Code::TopicRefused
            | Code::SubscriptionRefused
            | Code::LogGroupNotDeclared
            | Code::MetricFilterNotDeclared
            | Code::TopicNotDeclared
            | Code::SubscriptionToConfirm
            | Code::TopicUnread
            | Code::SubscriptionMachine
            | Code::SubscriptionNotLasting
            | Code::SubscriptionFilterUnread
            | Code::SubscriptionUnread
            | Code::HubNoSuchControl
            | Code::HubOtherRegion
            | Code::HubOtherAccount
            | Code::HubTopicOtherAccount
            | Code::HubUnread
            | Code::HubUndocumented
            | Code::HubDoesNotLook => Err(Refusal::from_reason(reason)),
        }
    }
}
