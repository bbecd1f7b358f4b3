//! What of a control's demand is missed, and by whom: by alarms that see only a part of what their filters match, or by all
//! filters together.

use std::collections::BTreeSet;

use filter_pattern::{Candidate, Coverage, Holes, Pattern, Witness};

use super::{CandidateFilter, CandidateFilters, distinct, example, names, one_of_each};
use crate::audit::alarm::Narrowing;
use crate::audit::judge::joined::Joined;
use crate::audit::judge::judgement::Judgement;
use crate::audit::judge::upstream::none_for;
use crate::audit::metric_filter::Parsed;
use crate::audit::proofs::Filters;
use crate::finding::facts::{AccountProblem, AlarmProblem, FilterProblem, LogGroupProblem};
use crate::finding::{Chain, Facts, Reason};
use crate::rule::Benchmark;

/// Holes that are listed one by one; everything else that is missed is one more.
const MOST_HOLES: usize = 20;
/// Those that are listed however many filters there are.
const FEWEST_HOLES: usize = 3;
/// Filters looked at, hole by hole.
const MOST_PROOFS: usize = 400;

impl<'a> CandidateFilters<'a> {
    /// The filters match, but alarms see only a part of what they match.
    pub(super) fn alarms_miss(&self, witness: &Witness) -> Option<Judgement> {
        let own: Vec<&Parsed> = self.candidates.iter().map(CandidateFilter::own).collect();
        if matches!(self.roughly(&own), Coverage::Missed(missed) if !self.may_be_missed(&missed)) {
            return None;
        }
        let narrow =
            |candidate: &&CandidateFilter<'a>| candidate.path.narrowing.is_some() && self.aims.answer(candidate.own());
        let near: Vec<&CandidateFilter<'_>> = self.candidates.iter().filter(narrow).collect();
        let first = near.first()?;
        let narrowing = first.path.narrowing.as_ref()?;
        let alarm = first.path.downstream.chain.alarms().next()?;
        let seen = narrowing.applied_to(&self.events.requires);
        let problem = AlarmProblem::MissesEvents {
            alarms: near
                .iter()
                .filter_map(|it| Some(it.path.downstream.chain.alarms().next()?.arn.name().to_owned()))
                .collect(),
            sees: Box::new(narrowing.problem()),
            sees_none: seen.is_some_and(|seen| filter_pattern::is_covered(&[], &seen, self.proofs.events())),
            holes: Box::new(self.holes()),
        };
        let reason = Reason::new(Facts::alarm(alarm.arn.name(), &alarm.arn, problem));
        Some(Judgement { witness: Some(witness.clone()), ..Judgement::from_reason(reason, self.chain(&near)) })
    }

    fn holes(&self) -> Holes {
        let mut known = BTreeSet::new();
        let distinct = self.candidates.iter().filter(|candidate| known.insert(std::ptr::from_ref(candidate.parsed())));
        let found = distinct.map(|candidate| (candidate.parsed(), !self.is_meant(candidate)));
        let filters = Filters::with_others(found.collect(), self.accepted);
        // Each hole takes as long as there are filters.
        let most = (MOST_PROOFS / filters.count().max(1)).clamp(FEWEST_HOLES, MOST_HOLES);
        self.proofs.holes(&filters, &self.events.requires, most)
    }

    /// All filters together miss events.
    pub(super) fn filters_miss(&self, witness: Witness) -> Judgement {
        // One that looks at raw text matches none of what the control demands, or this would not be certain.
        let is_near = |candidate: &&CandidateFilter<'a>| candidate.own().looks_into_json() && self.is_meant(candidate);
        let near = one_of_each(self.candidates.iter().filter(is_near));
        let Some(first) = near.first() else {
            let upstream = self.candidates.first().map(|candidate| candidate.upstream);
            let mut judgement = upstream.map_or_else(
                || {
                    let account = self.account.to_owned();
                    let facts = Facts::Account { account, problem: AccountProblem::NoFilter };
                    Judgement::from_reason(Reason::new(facts), Chain::default())
                },
                |upstream| none_for(upstream, LogGroupProblem::NoFilterForControl),
            );
            judgement.witness = Some(witness);
            return judgement;
        };
        let holes = self.holes();
        let witness = example::realistic(&holes, witness);
        let problem = FilterProblem::MissesEvents {
            holes: Box::new(holes),
            satisfied: self.satisfied(),
            narrowed: self.narrowed(),
        };
        let reason = Reason::new(Facts::MetricFilter { filters: names(&near), problem });
        let mut chain = Joined::at(first.upstream.chain());
        for candidate in &near {
            chain.add_filter(self.step(candidate), candidate.is_on(first));
        }
        Judgement { witness: Some(witness), ..Judgement::from_reason(reason, chain.into()) }
    }

    /// Alarms that would miss events even if their filters matched all, with the others on the same filter.
    fn narrowed(&self) -> Vec<(String, AlarmProblem)> {
        let near: Vec<&CandidateFilter<'_>> =
            self.candidates.iter().filter(|candidate| self.aims.answer(candidate.own())).collect();
        let mut narrowed: Vec<(String, AlarmProblem)> = Vec::new();
        for first in one_of_each(near.iter().copied()) {
            let paths: Vec<&CandidateFilter<'_>> =
                near.iter().copied().filter(|candidate| std::ptr::eq(candidate.filter, first.filter)).collect();
            let narrowings: Option<Vec<&Narrowing>> =
                paths.iter().map(|candidate| candidate.path.narrowing.as_ref()).collect();
            // One that sees all that the filter matches is enough.
            let Some(narrowings) = narrowings else { continue };
            let seen: Option<Vec<Pattern>> =
                narrowings.iter().map(|narrowing| narrowing.applied_to(&self.events.requires)).collect();
            let Some(seen) = seen else { continue };
            let seen: Vec<Candidate<'_>> = seen.iter().map(Candidate::new).collect();
            if filter_pattern::is_covered(&seen, &self.events.requires, self.proofs.events()) {
                continue;
            }
            for (candidate, narrowing) in paths.iter().zip(narrowings) {
                let alarm = candidate.path.downstream.chain.alarms().next();
                let narrowed_alarm = alarm.map(|alarm| (alarm.arn.name().to_owned(), narrowing.problem()));
                narrowed.extend(narrowed_alarm.filter(|narrowed_alarm| !narrowed.contains(narrowed_alarm)));
            }
        }
        narrowed
    }

    /// The other versions of the benchmark whose demands the filters match, in runs.
    fn satisfied(&self) -> Vec<(Benchmark, Benchmark)> {
        // No version of the benchmark demands what is not its own.
        if !self.rule.is_benchmarks {
            return Vec::new();
        }
        let all: Vec<&Parsed> = self.candidates.iter().map(CandidateFilter::parsed).collect();
        let filters = Filters::new(distinct(&all), &[]);
        let other = self.rule.events_of_versions().filter(|(_, events)| events.requires != self.events.requires);
        let covered = other.filter(|(_, events)| self.proofs.is_covered(&filters, &events.requires));
        let covered: BTreeSet<Benchmark> = covered.map(|(version, _)| version).collect();
        let all = Benchmark::ALL.split(|version| !covered.contains(version)).filter(|run| !run.is_empty());
        all.filter_map(|run| Some((*run.first()?, *run.last()?))).collect()
    }
}
