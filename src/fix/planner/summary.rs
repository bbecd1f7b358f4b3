//! The end of planning: the plan as a document, and of every control that will not pass a word.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::plan::{Action, FromFiles, ManualStep, NotPlanned, Plan, SCHEMA_VERSION};
use super::super::simulate;
use super::super::survey::{SiteKind, SiteState};
use super::draft::Draft;
use super::order::{self, numbers};
use super::refusal::{Refusal, with_remedy};
use crate::finding::facts::NearMiss;
use crate::finding::{Code, Facts, Reason, Report, Status, Warning};
use crate::rule::{Rule, RuleId};

impl Draft<'_> {
    /// The plan that has come of it.
    pub(super) fn finish(mut self) -> Plan {
        let report = self.settle();
        self.announce(&report);
        self.finish_begun(&report);
        self.subscribe_to_passing(&report);
        self.ask_subscribers_to_confirm();
        self.name_what_is_left_beside();
        let report = self.settle();
        let steps = order::ordered(&self.steps);
        let begun = steps.iter().filter(|step| self.is_begun(&step.action)).map(|step| step.id.clone()).collect();
        let reused = self.reused(&report);
        let not_subscribed = self.not_subscribed(&report);
        Plan {
            schema_version: SCHEMA_VERSION,
            fingerprint: String::new(),
            endpoints_masked: false,
            collected_at: self.before.collected_at,
            account_id: self.before.account_id.clone(),
            partition: self.before.partition.clone(),
            region: self.before.region.clone(),
            benchmark: self.rules.first().map(|rule| rule.benchmark).unwrap_or_default().to_string(),
            verdict: self.verdict.as_str().to_owned(),
            rules: self.rules.iter().map(|rule| rule.id.to_string()).collect(),
            rule_files: rule_files(self.rules),
            options: self.options.clone(),
            steps,
            reused,
            manual: self
                .manual
                .iter()
                .map(|((code, what), rules)| ManualStep {
                    rules: numbers(rules),
                    code: code.as_str().to_owned(),
                    what: what.clone(),
                })
                .collect(),
            begun,
            not_subscribed,
            not_planned: not_planned(&self.refused),
        }
        .sealed()
    }

    /// Names what was probably meant and stays as it is, where something new is planned next to it.
    fn name_what_is_left_beside(&mut self) {
        let rules = self.rules;
        let report = self.audited(self.before);
        let mut left: Vec<(NearMiss, Vec<&Rule>)> = Vec::new();
        for (finding, rule) in report.findings().zip(rules) {
            let near = finding.warnings.iter().filter_map(Warning::near_miss);
            for near in near.filter(|near| self.is_beside(near, rule.id)) {
                match left.iter_mut().find_map(|(known, of)| known.absorb(near).then_some(of)) {
                    Some(of) => of.push(rule),
                    None => left.push((near.clone(), vec![rule])),
                }
            }
        }
        for (near, of) in left {
            let left = match near {
                NearMiss::Elsewhere { .. } => {
                    "existing resources are kept alongside the new ones: delete what is not needed"
                }
                NearMiss::MatchesNone { .. }
                | NearMiss::Text { .. }
                | NearMiss::OtherMetric { .. }
                | NearMiss::EventRule { .. }
                | NearMiss::MonitoringAccount { .. } => "it stays as it is beside a new one: correct or delete it",
            };
            let reason = Reason::new(Facts::NearMiss(near));
            let what = format!("{}; {left}", reason.message());
            for rule in of {
                self.manual(rule, reason.code(), what.clone());
            }
        }
    }

    /// Whether the plan creates for a control what something in the account was probably meant to be.
    fn is_beside(&self, near: &NearMiss, rule: RuleId) -> bool {
        let creates =
            |is: fn(&Action) -> bool| self.steps.values().any(|(action, of)| of.contains(&rule) && is(action));
        match near {
            NearMiss::Elsewhere { .. } | NearMiss::MatchesNone { .. } | NearMiss::Text { .. } => {
                creates(|action| matches!(action, Action::CreateMetricFilter(_)))
            }
            NearMiss::OtherMetric { .. } => creates(|action| matches!(action, Action::CreateAlarm(_))),
            NearMiss::EventRule { .. } | NearMiss::MonitoringAccount { .. } => false,
        }
    }

    /// The account after all steps, of which nothing is assumed, and what is to be reported about it.
    fn settle(&mut self) -> Report {
        let (mut after, mut survey) = (self.before.clone(), self.surveyed.clone());
        for step in &order::ordered(&self.steps) {
            simulate::apply_to(&mut after, &mut survey, &step.action);
        }
        (self.account, self.survey) = (after, survey);
        self.audited(&self.account)
    }

    /// Whether what a step creates is there already, in part.
    fn is_begun(&self, action: &Action) -> bool {
        let (kind, name) = match action {
            Action::CreateKey(key) => (SiteKind::Key, key.alias.as_str()),
            Action::CreateBucket(bucket) => (SiteKind::Bucket, bucket.name.as_str()),
            Action::CreateRole(role) => (SiteKind::Role, role.name.as_str()),
            Action::CreateLogGroup(group) => (SiteKind::LogGroup, group.arn.as_str()),
            _ => return false,
        };
        matches!(self.surveyed.state(kind, name), Some(SiteState::Ours | SiteState::HalfMade))
    }

    /// Says of every control that does not pass after the steps why, and of none that does.
    fn announce(&mut self, report: &Report) {
        let rules = self.rules;
        for (finding, rule) in report.findings().zip(rules) {
            if finding.status == Status::Pass {
                self.refused.remove(&rule.id);
                continue;
            }
            let Some(reason) = finding.reason.as_ref().filter(|_| !self.refused.contains_key(&rule.id)) else {
                continue;
            };
            // Others than those who are subscribed now may be asked to confirm.
            if reason.code() == Code::SubscriptionPending {
                self.ask_to_confirm(reason, rule);
            }
            if self.manual.values().any(|rules| rules.contains(&rule.id)) {
                continue;
            }
            if matches!(reason.code(), Code::LogGroupDeliveryFailing | Code::LogGroupDeliveryStale) {
                self.manual(rule, reason.code(), with_remedy(reason));
            } else {
                self.refused.insert(rule.id, Refusal::from_reason(reason));
            }
        }
    }
}

/// One line for all controls that share a reason.
fn not_planned(refused: &BTreeMap<RuleId, Refusal>) -> Vec<NotPlanned> {
    let mut lines: BTreeMap<(Code, &str), BTreeSet<RuleId>> = BTreeMap::new();
    for (rule, refusal) in refused {
        lines.entry((refusal.code, &refusal.why)).or_default().insert(*rule);
    }
    let line = |((code, why), rules): ((Code, &str), BTreeSet<RuleId>)| NotPlanned {
        rules: numbers(&rules),
        code: code.as_str().to_owned(),
        why: why.to_owned(),
    };
    lines.into_iter().map(line).collect()
}

/// Which of the rules come from files, directory by directory.
fn rule_files(rules: &[Arc<Rule>]) -> Vec<FromFiles> {
    let mut found: BTreeMap<&str, FromFiles> = BTreeMap::new();
    for (rule, files) in rules.iter().filter_map(|rule| Some((rule, rule.files.as_ref()?))) {
        let none = || FromFiles { directory: files.directory.clone(), rules: Vec::new(), own: Vec::new() };
        let from = found.entry(&files.directory).or_insert_with(none);
        from.rules.push(rule.id.to_string());
        from.own.extend((!rule.is_benchmarks).then(|| rule.id.to_string()));
    }
    found.into_values().collect()
}
