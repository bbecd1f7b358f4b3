//! What is true of codes beside their row of the table: what reports and fixes decide by.

use super::Code;

impl Code {
    /// What to do about it, in a sentence, for no case in particular: with `TRAIL` for a trail's name, and so on.
    #[must_use]
    pub fn remedy(self) -> String {
        self.remedy_template().replace(['<', '>'], "")
    }

    /// Whether the control's own pattern is part of the remedy.
    #[must_use]
    pub fn wants_pattern(self) -> bool {
        matches!(self, Self::MetricFilterNone | Self::MetricFilterMissesEvents | Self::MetricFilterUndecided)
    }

    /// Whether it says why a control fails that may fail as it is: reports say so next to the failure.
    #[must_use]
    pub fn explains_failure(self) -> bool {
        matches!(self, Self::MetricFilterFederatedSignIns | Self::TrailOrganizationEvents)
    }

    /// Whether it is a note about what holds today and may end any day: reports for people say it, with what to do, also
    /// where they leave out other notes.
    #[must_use]
    pub fn may_end_any_day(self) -> bool {
        self == Self::SubscriptionNotLasting
    }

    /// Whether no alarm can watch the events, for want of a link: something else than a chain may.
    #[must_use]
    pub fn leaves_unwatched(self) -> bool {
        matches!(self, Self::TrailNone | Self::LogGroupNone | Self::MetricFilterNone | Self::AlarmNone)
    }

    /// Whether what it says may be true of some of the demanded events only, so that others may be notified of.
    #[must_use]
    pub fn may_lose_a_part_only(self) -> bool {
        matches!(
            self,
            Self::TrailSingleRegion
                | Self::TrailNoReadEvents
                | Self::TrailNoWriteEvents
                | Self::TrailSelectorNarrowed
                | Self::TrailSourceExcludedPartly
                | Self::MetricFilterMissesEvents
                | Self::AlarmMissesEvents
        )
    }

    /// Whether the documents that were checked do not declare what is of the link.
    #[must_use]
    pub fn is_undeclared(self) -> bool {
        matches!(
            self,
            Self::TrailNotDeclared | Self::LogGroupNotDeclared | Self::MetricFilterNotDeclared | Self::TopicNotDeclared
        )
    }

    /// Whether there is no resource of the link at all, so that a reason names the one that lacks it.
    #[must_use]
    pub fn is_absence(self) -> bool {
        matches!(
            self,
            Self::TrailNone | Self::LogGroupNone | Self::MetricFilterNone | Self::AlarmNone | Self::SubscriptionNone
        )
    }
}
