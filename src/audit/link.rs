//! What each link's judge answers, and how answers compare. No judging here.

use std::cmp::Reverse;

use crate::finding::{AlarmStep, Chain, Code, ForeignTrail, Grade, Reason, Step, Warning};

/// Does a link, or the rest of the chain from it on, hold?
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LinkOutcome {
    /// It holds.
    Whole,
    /// It could not be read or decided.
    Unknown(Reason),
    /// It is broken.
    Broken(Reason),
}

impl LinkOutcome {
    /// Files a reason by its grade: broken breaks, unverified leaves the link unknown.
    pub(super) fn from_reason(reason: Reason) -> Self {
        match reason.grade() {
            Grade::Broken => Self::Broken(reason),
            Grade::Unverified => Self::Unknown(reason),
            Grade::Weak | Grade::Note => Self::Whole,
        }
    }

    /// Files a doubt about what only an optional action shows: where the benchmark's verdict is kept it is a warning.
    pub(super) fn unless_kept(doubt: Reason) -> (Self, Option<Warning>) {
        if doubt.keeps_verdict() { (Self::Whole, Some(doubt)) } else { (Self::from_reason(doubt), None) }
    }

    /// Both must hold: a break decides, then what is unknown.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (broken @ Self::Broken(_), _) | (_, broken @ Self::Broken(_)) => broken,
            (unknown @ Self::Unknown(_), _) | (_, unknown @ Self::Unknown(_)) => unknown,
            (Self::Whole, Self::Whole) => Self::Whole,
        }
    }

    /// Of a trail of another account.
    pub(super) fn of_foreign_trail(self, trail: &ForeignTrail) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Unknown(reason) => Self::Unknown(reason.of_foreign_trail(trail.clone())),
            Self::Broken(reason) => Self::Broken(reason.of_foreign_trail(trail.clone())),
        }
    }

    /// Why it does not hold, if it does not.
    pub(super) fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Whole => None,
            Self::Unknown(reason) | Self::Broken(reason) => Some(reason),
        }
    }

    /// The better of two paths has the greater rank: whole before unknown before broken; of two broken paths the one
    /// that leads further, for it is the one to fix. Codes are declared in that order.
    fn rank(&self) -> (u8, Option<Code>) {
        match self {
            Self::Whole => (2, None),
            Self::Unknown(reason) => (1, Some(reason.code())),
            Self::Broken(reason) => (0, Some(reason.code())),
        }
    }
}

/// Whether a path that is whole notifies a subscriber of every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Soundness {
    /// It does.
    Sound,
    /// All that could be read of it does.
    Unverified,
    /// Of some it does not.
    Weak,
}

impl Soundness {
    /// What warnings result in: the worst of them.
    pub(super) fn from_warnings(warnings: &[Warning]) -> Self {
        let each = warnings.iter().map(|warning| match warning.grade() {
            Grade::Note => Self::Sound,
            Grade::Unverified => Self::Unverified,
            Grade::Weak | Grade::Broken => Self::Weak,
        });
        each.max().unwrap_or(Self::Sound)
    }
}

/// One path from a metric filter's metric to a subscriber, up to its end or its break.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Downstream {
    pub(super) outcome: LinkOutcome,
    pub(super) warnings: Vec<Warning>,
    /// Of a whole path with a weakness: what was not read, and could hold a better one.
    pub(super) unread: Option<Reason>,
    /// What it passes; the filter leads to the first of it.
    pub(super) chain: Chain,
}

impl Downstream {
    /// A path that ends where it starts.
    pub(super) fn ends(outcome: LinkOutcome) -> Self {
        Self { outcome, warnings: Vec::new(), unread: None, chain: Chain::default() }
    }

    /// The path through an alarm: if it fires, what it does then.
    pub(super) fn behind(
        alarm: AlarmStep,
        fires: LinkOutcome,
        warnings: Vec<Warning>,
        acts: impl FnOnce() -> Self,
    ) -> Self {
        let acts = if let LinkOutcome::Broken(_) = fires { Self::ends(LinkOutcome::Whole) } else { acts() };
        let chain = acts.chain.behind(Step::Alarm(alarm));
        let mut downstream = Self { outcome: fires.and(acts.outcome), chain, ..acts };
        downstream.warnings.splice(0..0, warnings);
        downstream
    }

    /// The better of two paths; the first of equals.
    pub(super) fn or(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// The best of several paths; the first of equals. `None` if there is none.
    pub(super) fn best(downstreams: impl IntoIterator<Item = Self>) -> Option<Self> {
        downstreams.into_iter().reduce(Self::or)
    }

    /// Sounder paths are better, then those with fewer weaknesses.
    fn rank(&self) -> (u8, Reverse<Soundness>, Reverse<usize>, Option<Code>) {
        let (whole, code) = self.outcome.rank();
        (whole, Reverse(self.soundness()), Reverse(self.weaknesses()), code)
    }

    /// Whether, if it is whole, a subscriber is notified of every event.
    pub(super) fn soundness(&self) -> Soundness {
        Soundness::from_warnings(&self.warnings)
    }

    /// How many warnings say that not every event is notified, or that this is not known.
    pub(super) fn weaknesses(&self) -> usize {
        self.warnings.iter().filter(|warning| warning.grade() != Grade::Note).count()
    }
}
