//! What is asked about the events of an account: do some patterns match all that a control demands, and what do they miss?
//! An answer that would be any account's is found out once in a run: the accounts of an organization mostly have the same
//! metric filters, and proofs are the most expensive part of judging one. Must not know what an answer is used for.
//!
//! What is known of one account's events alone is its number: in `recipientAccountId`, and in the ARN of its root user. The
//! shared answers are about an account with a number that none has. Where no pattern looks at these fields, the answer is
//! any account's, once an event that is missed has the account's own number there. Everything else is asked of the account's
//! own events.

use std::cell::OnceCell;
use std::sync::LazyLock;

use filter_pattern::{Candidate, Coverage, EventModel, Holes, Pattern, Witness};

use super::metric_filter::Parsed;
use crate::cloudtrail::{self, Recorded};
use crate::partition;
use crate::remembered::Remembered;

/// The fields in which events of two accounts must differ.
const OF_ACCOUNT: [&[&str]; 2] = [&["recipientAccountId"], &["userIdentity", "arn"]];

/// The number of the account that stands for all of them: no account has it.
const ANYONE: &str = "000000000000";

/// The events that an account's trails record, and what is asked about them.
pub(super) struct Proofs<'a> {
    recorded: Recorded<'a>,
    /// Events as any account's trails that record the same.
    anyones: &'static EventModel,
    own: OnceCell<EventModel>,
}

/// Which example of what is missed is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Ask {
    /// The plainest of several.
    Plainest,
    /// Any.
    First,
}

/// A question that many accounts may ask. Equal questions have equal answers: also the order of the filters is the same,
/// on which it depends what example is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    /// The address of the events' model, which is never given up.
    anyones: usize,
    requires: String,
    /// The numbers of the filters' readings, and whether they were meant for something else.
    filters: Vec<(u64, bool)>,
    accepted: Vec<String>,
}

/// Some filters, each once, and the events that are accepted to be missed.
pub(super) struct Filters<'p> {
    /// The readings, and whether they were meant for something else.
    found: Vec<(&'p Parsed, bool)>,
    accepted: &'p [&'p Pattern],
}

impl<'p> Filters<'p> {
    /// Filters that are all meant.
    pub(super) fn new(found: impl IntoIterator<Item = &'p Parsed>, accepted: &'p [&'p Pattern]) -> Self {
        Self { found: found.into_iter().map(|parsed| (parsed, false)).collect(), accepted }
    }

    /// Filters, and whether each was meant for something else.
    pub(super) fn with_others(found: Vec<(&'p Parsed, bool)>, accepted: &'p [&'p Pattern]) -> Self {
        Self { found, accepted }
    }

    fn candidates(&self) -> Vec<Candidate<'p>> {
        let found = self.found.iter().map(|(parsed, is_aside)| {
            let candidate = parsed.candidate();
            if *is_aside { candidate.aside() } else { candidate }
        });
        let accepted = self.accepted.iter().map(|events| Candidate::new(events).excepted());
        found.chain(accepted).collect()
    }

    /// How many there are, with what is accepted.
    pub(super) fn count(&self) -> usize {
        self.found.len() + self.accepted.len()
    }
}

impl<'a> Proofs<'a> {
    pub(super) fn new(recorded: Recorded<'a>) -> Self {
        Self { recorded, anyones: anyones(recorded), own: OnceCell::new() }
    }

    /// The events that the account's trails record.
    pub(super) fn events(&self) -> &EventModel {
        match self.recorded.only_account {
            Some(_) => self.own.get_or_init(|| cloudtrail::events_of(self.recorded)),
            None => self.anyones,
        }
    }

    /// What filters make of a demand, with the plainest example of what they miss.
    pub(super) fn coverage(&self, filters: &Filters<'_>, requires: &Pattern) -> Coverage {
        self.asked(Ask::Plainest, filters, requires)
    }

    /// The same, where nobody is shown the example.
    pub(super) fn rough_coverage(&self, filters: &Filters<'_>, requires: &Pattern) -> Coverage {
        self.asked(Ask::First, filters, requires)
    }

    /// Whether filters match all of a demand.
    pub(super) fn is_covered(&self, filters: &Filters<'_>, requires: &Pattern) -> bool {
        self.rough_coverage(filters, requires) == Coverage::Covered
    }

    fn asked(&self, ask: Ask, filters: &Filters<'_>, requires: &Pattern) -> Coverage {
        static ANSWERS: LazyLock<Remembered<(Ask, Question), Coverage>> = LazyLock::new(Remembered::default);
        let answer = |events: &EventModel| {
            let found = filters.candidates();
            match ask {
                Ask::First => filter_pattern::covers_quickly(&found, requires, events),
                Ask::Plainest => filter_pattern::covers(&found, requires, events),
            }
        };
        let Some(question) = self.question(filters, requires) else { return answer(self.events()) };
        match ANSWERS.answer(&(ask, question), || answer(self.anyones)) {
            Coverage::Missed(witness) => Coverage::Missed(self.owned(&witness)),
            coverage => coverage,
        }
    }

    /// All that filters miss of a demand, up to so many holes.
    pub(super) fn holes(&self, filters: &Filters<'_>, requires: &Pattern, most: usize) -> Holes {
        static ANSWERS: LazyLock<Remembered<(usize, Question), Holes>> = LazyLock::new(Remembered::default);
        let answer = |events: &EventModel| filter_pattern::holes(&filters.candidates(), requires, events, most);
        let Some(question) = self.question(filters, requires) else { return answer(self.events()) };
        let holes = ANSWERS.answer(&(most, question), || answer(self.anyones));
        holes.with_witnesses(|witness| self.owned(witness))
    }

    /// Whether a filter looks meant for a demand.
    pub(super) fn aims_at(&self, parsed: &Parsed, requires: &Pattern) -> bool {
        static ANSWERS: LazyLock<Remembered<Question, bool>> = LazyLock::new(Remembered::default);
        let answer = |events: &EventModel| filter_pattern::aims_at(&parsed.candidate(), requires, events);
        match self.question(&Filters::new([parsed], &[]), requires) {
            Some(question) => ANSWERS.answer(&question, || answer(self.anyones)),
            None => answer(self.events()),
        }
    }

    /// The question, if its answer may be any account's.
    fn question(&self, filters: &Filters<'_>, requires: &Pattern) -> Option<Question> {
        // Of a partition that is not known no model is kept.
        let is_known = self.recorded.partition.is_none_or(|named| partition::names().any(|name| name == named));
        let looks = |field: &&[&str]| {
            requires.may_look_at(field)
                || filters.accepted.iter().any(|pattern| pattern.may_look_at(field))
                || filters.found.iter().any(|(parsed, _)| parsed.may_look_at(field))
        };
        let is_anyones = self.recorded.only_account.is_none() || !OF_ACCOUNT.iter().any(looks);
        let numbers = filters.found.iter().map(|(parsed, is_aside)| Some((parsed.number()?, *is_aside)));
        let filters_by_number = numbers.collect::<Option<Vec<_>>>().filter(|_| is_known && is_anyones)?;
        Some(Question {
            anyones: std::ptr::from_ref(self.anyones) as usize,
            requires: requires.source().to_owned(),
            filters: filters_by_number,
            accepted: filters.accepted.iter().map(|pattern| pattern.source().to_owned()).collect(),
        })
    }

    /// An event of the account that stands for all of them, as this account's.
    fn owned(&self, witness: &Witness) -> Witness {
        match self.recorded.only_account {
            Some(account) => witness.renamed(&OF_ACCOUNT, ANYONE, account, self.anyones),
            None => witness.clone(),
        }
    }
}

/// The events of any account whose trails record the same.
fn anyones(recorded: Recorded<'_>) -> &'static EventModel {
    type Key = (bool, Option<&'static str>, bool, Option<&'static str>, Option<bool>);
    /// There are not more than the partitions, and what trails may record, so these are never given up.
    static MODELS: LazyLock<Remembered<Key, &'static EventModel>> = LazyLock::new(Remembered::default);
    let Recorded { only_account, partition, no_data_events, iam_region, network_activity } = recorded;
    let partition = partition.and_then(|named| partition::names().find(|name| *name == named));
    let is_own = only_account.is_some();
    MODELS.answer(&(is_own, partition, no_data_events, iam_region, network_activity), || {
        let only_account = is_own.then_some(ANYONE);
        let recorded = Recorded { only_account, partition, no_data_events, iam_region, network_activity };
        Box::leak(Box::new(cloudtrail::events_of(recorded)))
    })
}
