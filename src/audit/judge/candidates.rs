//! All metric filters that see an account's events, and what a control makes of them together.
//!
//! Coverage is asked of ever larger unions: of the filters whose path is whole, the sound ones first (then the control
//! passes), of those whose path may be whole (then it is unknown), of all (then the filters are not at fault, but what
//! follows them is).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use filter_pattern::{Construct, Coverage, Pattern, Witness};

pub(super) use self::candidate::CandidateFilter;
use self::memo::{Memo, Unions};
use super::joined::Joined;
use super::judgement::Judgement;
use super::upstream::Upstream;
use crate::audit::chain::{Filter, PreparedAccount};
use crate::audit::link::{LinkOutcome, Soundness};
use crate::audit::metric_filter::Parsed;
use crate::audit::proofs::{Filters, Proofs};
use crate::finding::facts::FilterProblem;
use crate::finding::{Chain, Facts, FilterStep, Metric, Reason, Status, Warning};
use crate::rule::{Events, Rule};
use crate::snapshot::MetricTransformation;

mod candidate;
mod example;
mod memo;
mod unmatched;

/// Filters of which it is found out, one by one, which of them a doubt is about.
const MOST_ASKED: usize = 40;

/// All filters that see the account's events, and what a control makes of their patterns.
pub(super) struct CandidateFilters<'a> {
    /// Its number, 12 digits.
    account: &'a str,
    rule: &'a Rule,
    events: &'a Events,
    candidates: Vec<CandidateFilter<'a>>,
    unions: Unions,
    /// Events that are accepted to be missed.
    accepted: &'a [&'a Pattern],
    /// Some event that it demands and that is not accepted to be missed, an unusual one only where it demands no
    /// others.
    demanded: Coverage,
    proofs: &'a Proofs<'a>,
    /// Whether a pattern looks meant for the control.
    aims: Memo<'a, bool>,
    /// The patterns of filters that alone match what some version of the benchmark requires of the control.
    of_versions: OnceCell<BTreeSet<*const Parsed>>,
    /// Whether some filter that looks meant for the control is not named for another.
    has_own: OnceCell<bool>,
}

impl<'a> CandidateFilters<'a> {
    pub(super) fn new(
        account: &'a PreparedAccount<'_>,
        upstreams: &'a [Upstream<'a>],
        rule: &'a Rule,
        events: &'a Events,
        accepted: &'a [&'a Pattern],
    ) -> Self {
        // Several trails may deliver to one log group, whose filters count once: behind the best of them.
        let mut best: BTreeMap<Option<&str>, &Upstream<'_>> = BTreeMap::new();
        for upstream in upstreams.iter().filter(|upstream| !matches!(upstream.outcome, LinkOutcome::Broken(_))) {
            let rank =
                |upstream: &Upstream<'_>| (!matches!(upstream.outcome, LinkOutcome::Whole), upstream.warnings.len());
            let known = best.entry(upstream.delivery.arn.as_deref()).or_insert(upstream);
            if rank(upstream) < rank(known) {
                *known = upstream;
            }
        }
        let candidates = best.into_values().flat_map(|upstream| {
            account.filters_of(upstream.delivery).iter().flat_map(move |filter| {
                filter.paths.iter().map(move |path| CandidateFilter::new(upstream, filter, path, events))
            })
        });
        let proofs = &account.proofs;
        let aims = Memo::new(|parsed| proofs.aims_at(parsed, &events.requires));
        Self {
            proofs,
            account: &account.snapshot.account_id,
            rule,
            events,
            candidates: candidates.collect(),
            unions: Unions::default(),
            demanded: proofs.rough_coverage(&Filters::new([], accepted), &events.requires),
            accepted,
            aims,
            of_versions: OnceCell::new(),
            has_own: OnceCell::new(),
        }
    }

    /// All of them.
    pub(super) fn each(&self) -> &[CandidateFilter<'a>] {
        &self.candidates
    }

    /// No trail's events meet a metric filter that could be read.
    pub(super) fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// What all of them, and also these, make of the control.
    pub(super) fn beside(&self, more: &[Parsed]) -> Coverage {
        let all: Vec<&Parsed> = self.candidates.iter().map(CandidateFilter::parsed).chain(more).collect();
        self.proofs.coverage(&self.distinct(&all), &self.events.requires)
    }

    pub(super) fn judge(&self) -> Judgement {
        if let Some(judgement) = self.passes() {
            return judgement;
        }
        if let Coverage::Missed(witness) = self.union(|_| true)
            && !self.may_be_missed(&witness)
        {
            return self.alarms_miss(&witness).unwrap_or_else(|| self.filters_miss(witness));
        }
        match self.union(CandidateFilter::may_be_whole) {
            Coverage::Missed(missed) if !self.may_be_missed(&missed) => self.broken_behind(&missed),
            Coverage::Undecided(construct) => self.undetermined(Some(construct)),
            Coverage::Missed(_) | Coverage::Covered => self.undetermined(None),
        }
    }

    /// What these filters make of the control together.
    fn union(&self, which: impl Fn(&CandidateFilter<'a>) -> bool) -> Coverage {
        self.coverage(&self.candidates.iter().filter(|candidate| which(candidate)).collect::<Vec<_>>())
    }

    fn coverage(&self, candidates: &[&CandidateFilter<'a>]) -> Coverage {
        self.coverage_of(&candidates.iter().map(|candidate| candidate.parsed()).collect::<Vec<_>>())
    }

    fn coverage_of(&self, all: &[&Parsed]) -> Coverage {
        self.unions.coverage(all, || self.proofs.coverage(&self.distinct(all), &self.events.requires))
    }

    /// As [`CandidateFilters::coverage_of`], where no finding shows the event that is missed.
    fn roughly(&self, all: &[&Parsed]) -> Coverage {
        self.unions.roughly(all, || self.proofs.rough_coverage(&self.distinct(all), &self.events.requires))
    }

    fn rough_coverage(&self, candidates: &[&CandidateFilter<'a>]) -> Coverage {
        self.roughly(&candidates.iter().map(|candidate| candidate.parsed()).collect::<Vec<_>>())
    }

    /// Whether a filter's pattern covers the control alone, whatever its alarms see of it.
    fn covers(&self, candidate: &CandidateFilter<'a>) -> Option<bool> {
        match self.roughly(&[candidate.own()]) {
            Coverage::Covered => Some(true),
            Coverage::Missed(_) => Some(false),
            Coverage::Undecided(_) => None,
        }
    }

    /// Filters, one for each pattern, and what is accepted to be missed.
    fn distinct<'p>(&self, all: &[&'p Parsed]) -> Filters<'p>
    where
        'a: 'p,
    {
        Filters::new(distinct(all), self.accepted)
    }

    /// Filters whose path is whole and that cover the control: the soundest that do, one alone before several together.
    fn passes(&self) -> Option<Judgement> {
        let event = match &self.demanded {
            // Where there is no such event, any filter matches all of them.
            Coverage::Covered => return None,
            Coverage::Missed(witness) => Some(witness.to_json_line()),
            Coverage::Undecided(_) => None,
        };
        // A filter that does not even match one such event need not be asked.
        let sees = Memo::new(|parsed| event.as_ref().is_none_or(|event| parsed.may_match(event)));
        let whole: Vec<(&CandidateFilter<'_>, Soundness)> = self
            .candidates
            .iter()
            .filter(|candidate| candidate.is_whole())
            .map(|candidate| (candidate, candidate.soundness()))
            .collect();
        for least in [Soundness::Sound, Soundness::Unverified, Soundness::Weak] {
            let sound: Vec<&CandidateFilter<'_>> =
                whole.iter().filter(|(_, soundness)| *soundness <= least).map(|(candidate, _)| *candidate).collect();
            let alone = |may_miss_unusual| {
                let enough = |candidate: &&&CandidateFilter<'a>| {
                    sees.answer(candidate.parsed()) && self.covered(&[**candidate], may_miss_unusual)
                };
                sound
                    .iter()
                    .filter(enough)
                    .min_by_key(|candidate| candidate.weaknesses())
                    .map(|candidate| vec![*candidate])
            };
            let together = |may_miss_unusual| {
                let all = self.covered(&sound, may_miss_unusual);
                all.then(|| {
                    let near: Vec<&CandidateFilter<'_>> =
                        sound.iter().copied().filter(|candidate| self.aims.answer(candidate.parsed())).collect();
                    // One that was meant for something else may be needed all the same.
                    if self.covered(&near, may_miss_unusual) { near } else { sound.clone() }
                })
            };
            let mut needed = alone(false).or_else(|| together(false));
            if least > Soundness::Sound {
                needed = needed.or_else(|| alone(true)).or_else(|| together(true));
            }
            let Some(needed) = needed else { continue };
            let doubt = if least == Soundness::Weak { self.might_pass_soundly() } else { None };
            return Some(Judgement { doubt, ..self.pass(&needed) });
        }
        None
    }

    /// Whether the filters match every event that the control demands, or all but unusual ones where these may be missed.
    fn covered(&self, candidates: &[&CandidateFilter<'a>], may_miss_unusual: bool) -> bool {
        match self.rough_coverage(candidates) {
            Coverage::Covered => true,
            Coverage::Missed(witness) => may_miss_unusual && self.may_be_missed(&witness),
            Coverage::Undecided(_) => false,
        }
    }

    /// Whether an event is unusual, and others that the control demands are not.
    fn may_be_missed(&self, witness: &Witness) -> bool {
        let demands_ordinary = !matches!(&self.demanded, Coverage::Missed(any) if !any.exceptions().is_empty());
        !witness.exceptions().is_empty() && demands_ordinary
    }

    /// What of unusual events the filters miss, where they miss no others.
    fn unusual_hole(&self, candidates: &[&CandidateFilter<'a>]) -> Option<Warning> {
        let Coverage::Missed(witness) = self.rough_coverage(candidates) else { return None };
        if witness.exceptions().is_empty() {
            return None;
        }
        let exceptions: Vec<String> = witness.exceptions().iter().map(ToString::to_string).collect();
        let facts =
            Facts::MetricFilter { filters: names(candidates), problem: FilterProblem::UnusualHole { exceptions } };
        Some(Reason::new(facts))
    }

    /// What was not read, if it could hold sound paths for all events that the control demands.
    fn might_pass_soundly(&self) -> Option<Reason> {
        let unread: Vec<(&CandidateFilter<'_>, &Reason)> =
            self.candidates.iter().filter_map(|candidate| Some((candidate, candidate.might_be_sound()?))).collect();
        let (_, reason) = unread.first()?;
        let sound =
            self.candidates.iter().filter(|candidate| candidate.is_whole() && candidate.soundness() < Soundness::Weak);
        let all: Vec<&CandidateFilter<'_>> = unread.iter().map(|(candidate, _)| *candidate).chain(sound).collect();
        let covered = !matches!(self.rough_coverage(&all), Coverage::Missed(_));
        covered.then(|| (*reason).clone())
    }

    fn pass(&self, candidates: &[&CandidateFilter<'_>]) -> Judgement {
        let mut warnings: Vec<Warning> = candidates.iter().flat_map(|candidate| candidate.warnings()).collect();
        warnings.sort_by(|a, b| (a.code(), a.resource()).cmp(&(b.code(), b.resource())));
        warnings.dedup();
        warnings.extend(self.unusual_hole(candidates));
        let chain = self.chain(candidates);
        Judgement { status: Status::Pass, reason: None, chain, warnings, doubt: None, witness: None }
    }

    /// Whether a filter is one of those that a finding names: it looks meant for the control, and is not named for another
    /// while some that look so are not.
    fn is_meant(&self, candidate: &CandidateFilter<'a>) -> bool {
        let is_other = |candidate: &CandidateFilter<'a>| candidate.slug().is_some_and(|slug| slug != self.rule.slug);
        let has_own =
            || *self.has_own.get_or_init(|| self.candidates.iter().any(|it| self.is_near(it) && !is_other(it)));
        self.is_near(candidate) && !(is_other(candidate) && has_own())
    }

    /// Whether a filter looks meant for the control by its pattern. If some filters match all that a version of the benchmark
    /// requires of it, it is one of these: the others then serve another control.
    fn is_near(&self, candidate: &CandidateFilter<'a>) -> bool {
        let of_versions = self.of_versions.get_or_init(|| {
            let near = self.candidates.iter().map(CandidateFilter::own).filter(|own| self.aims.answer(own));
            near.filter(|own| self.matches_a_version(own)).map(std::ptr::from_ref).collect()
        });
        self.aims.answer(candidate.own())
            && (of_versions.is_empty() || of_versions.contains(&std::ptr::from_ref(candidate.own())))
    }

    /// Whether a pattern alone matches all that some version of the benchmark requires of the control.
    fn matches_a_version(&self, parsed: &Parsed) -> bool {
        let covers = |events: &Events| self.proofs.is_covered(&Filters::new([parsed], &[]), &events.requires);
        self.rule.is_benchmarks && self.rule.events_of_versions().any(|(_, events)| covers(events))
    }

    /// The filters match, but nothing behind those that match this event can notify anyone: the path that leads
    /// furthest is the one to fix.
    fn broken_behind(&self, missed: &Witness) -> Judgement {
        let event = missed.to_json_line();
        // The event is written down without what no pattern of the others looks at.
        let broken = || self.candidates.iter().filter(|candidate| !candidate.may_be_whole());
        let matches = |candidate: &&CandidateFilter<'a>| {
            candidate.parsed().may_match(&event) || self.covers(candidate) == Some(true)
        };
        let mut matching: Vec<&CandidateFilter<'_>> = broken().filter(matches).collect();
        if matching.is_empty() {
            // None of them alone.
            matching = broken().filter(|candidate| self.aims.answer(candidate.own())).collect();
        }
        let best = matching.into_iter().max_by(|a, b| {
            let key = |candidate: &&CandidateFilter<'a>| {
                (self.covers(candidate) == Some(true), candidate.outcome.reason().map(|reason| reason.code()))
            };
            key(a).cmp(&key(b))
        });
        match best.and_then(|candidate| candidate.outcome.reason().map(|reason| (candidate, reason))) {
            Some((candidate, reason)) => Judgement::from_reason(reason.clone(), self.chain(&[candidate])),
            None => self.filters_miss(missed.clone()),
        }
    }

    /// Nothing is proven: a path could not be read, or a pattern not be decided.
    fn undetermined(&self, construct: Option<Construct>) -> Judgement {
        let (may, construct) = self.needed(construct);
        let unread = may.iter().find(|candidate| !candidate.is_whole());
        let unread = unread.and_then(|candidate| candidate.outcome.reason().map(|reason| (*candidate, reason.clone())));
        match (construct, unread) {
            (None, Some((candidate, reason))) => Judgement::from_reason(reason, self.chain(&[candidate])),
            (construct, _) => {
                let facts =
                    Facts::MetricFilter { filters: names(&may), problem: FilterProblem::Undecided { construct } };
                Judgement::from_reason(Reason::new(facts), self.chain(&may))
            }
        }
    }

    /// The filters on which it depends that nothing is proven, and what of them is not known: those are left out without
    /// which it would be the same.
    fn needed(&self, construct: Option<Construct>) -> (Vec<&CandidateFilter<'a>>, Option<Construct>) {
        let is_open = |candidates: &[&CandidateFilter<'a>]| match self.rough_coverage(candidates) {
            Coverage::Missed(witness) => self.may_be_missed(&witness),
            Coverage::Covered | Coverage::Undecided(_) => true,
        };
        let all: Vec<&CandidateFilter<'_>> =
            self.candidates.iter().filter(|candidate| candidate.may_be_whole()).collect();
        // Most filters of an account are about something else, and need not be asked about one by one.
        let near: Vec<&CandidateFilter<'_>> =
            all.iter().copied().filter(|candidate| self.aims.answer(candidate.own())).collect();
        let mut needed = if is_open(&near) { near } else { all };
        // So many that each question would take long are all named.
        for candidate in if needed.len() > MOST_ASKED { Vec::new() } else { needed.clone() } {
            let others: Vec<&CandidateFilter<'_>> =
                needed.iter().copied().filter(|other| !std::ptr::eq(*other, candidate)).collect();
            if is_open(&others) {
                needed = others;
            }
        }
        match self.rough_coverage(&needed) {
            Coverage::Undecided(construct) => (needed, Some(construct)),
            Coverage::Covered | Coverage::Missed(_) => (needed, construct),
        }
    }

    /// The chain through some filters; that of the first names the trail.
    fn chain(&self, candidates: &[&CandidateFilter<'_>]) -> Chain {
        let Some(first) = candidates.first() else { return Chain::default() };
        let mut chain = Joined::at(first.upstream.chain());
        let mut places: BTreeMap<*const Filter<'_>, usize> = BTreeMap::new();
        for candidate in candidates {
            // Several paths may start at one filter.
            let place = places.entry(std::ptr::from_ref(candidate.filter));
            let filter = *place.or_insert_with(|| chain.add_filter(self.step(candidate), candidate.is_on(first)));
            chain.add_downstream(filter, candidate.region(), &candidate.path.downstream.chain);
        }
        chain.into()
    }

    fn step(&self, candidate: &CandidateFilter<'_>) -> FilterStep {
        let filter = candidate.filter.filter;
        let metric =
            |each: &MetricTransformation| Metric { namespace: each.namespace.clone(), name: each.name.clone() };
        FilterStep {
            name: filter.name.clone(),
            pattern: filter.pattern.clone(),
            covers: self.covers(candidate),
            metrics: filter.transformations.iter().map(metric).collect(),
        }
    }
}

/// The readings, each once.
fn distinct<'p>(all: &[&'p Parsed]) -> Vec<&'p Parsed> {
    let mut known = BTreeSet::new();
    all.iter().copied().filter(|parsed| known.insert(std::ptr::from_ref(*parsed))).collect()
}

/// One path of each filter, the first.
fn one_of_each<'m, 'a: 'm>(
    candidates: impl IntoIterator<Item = &'m CandidateFilter<'a>>,
) -> Vec<&'m CandidateFilter<'a>> {
    let mut one: Vec<&CandidateFilter<'_>> = Vec::new();
    for candidate in candidates {
        if !one.iter().any(|known| std::ptr::eq(known.filter, candidate.filter)) {
            one.push(candidate);
        }
    }
    one
}

/// The filters' names, each once.
fn names(candidates: &[&CandidateFilter<'_>]) -> Vec<String> {
    one_of_each(candidates.iter().copied()).into_iter().map(|candidate| candidate.filter.filter.name.clone()).collect()
}
