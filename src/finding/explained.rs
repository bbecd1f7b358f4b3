//! What codes, links and grades mean, for somebody who meets a code for the first time, and which codes a word means.
//!
//! A code's own meaning and remedy are in its row of the table in [`code`](super::code); here is what codes share. Nothing
//! of a case: that is [`wording`](super::wording)'s.

use super::code::{Code, Grade, Link};

impl Link {
    /// What the link is in the chain from an event to a person, in a sentence.
    #[must_use]
    pub fn explained(self) -> &'static str {
        match self {
            Self::Trail => "CloudTrail records the event: the trail has to log management events in all regions.",
            Self::LogGroup => "The trail delivers the event to this CloudWatch Logs log group.",
            Self::MetricFilter => "A metric filter on the log group matches the event and publishes a metric value.",
            Self::Alarm => "An alarm on the filter's metric changes its state when the value arrives.",
            Self::Topic => "The alarm publishes to this SNS topic.",
            Self::Subscription => "The topic delivers the notification to this confirmed subscription.",
            Self::SecurityHub => {
                "Not part of the chain: whether AWS Security Hub CSPM is enabled, and what it will show for the control."
            }
        }
    }
}

impl Grade {
    /// What the grade does to a verdict, in a sentence.
    #[must_use]
    pub fn explained(self) -> &'static str {
        match self {
            Self::Broken => "The control fails.",
            Self::Weak => "The control passes with a warning, and fails with --verdict effective.",
            Self::Unverified => "The control is unknown if the answer depends on it.",
            Self::Note => "Worth knowing; it changes neither the cis nor the effective verdict.",
        }
    }
}

impl Code {
    /// What to know of the remedy, where it does not fit every cause.
    #[must_use]
    pub fn caveat(self) -> Option<&'static str> {
        let is_unread = self.as_str().ends_with("unread");
        is_unread
            .then_some("This is the remedy for a missing permission; the report gives the one for any other cause.")
    }

    /// The code that is called so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = as_in_codes(name);
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// The codes that begin so; if none does, those whose problem, the part after the dot, begins so.
    #[must_use]
    pub fn beginning_with(prefix: &str) -> Vec<Self> {
        let prefix = as_in_codes(prefix);
        let codes_where = |is_meant: &dyn Fn(&str) -> bool| -> Vec<Self> {
            Self::ALL.iter().copied().filter(|code| is_meant(code.as_str())).collect()
        };
        let codes = codes_where(&|code| code.starts_with(&prefix));
        if !codes.is_empty() {
            return codes;
        }
        codes_where(&|code| code.split_once('.').is_some_and(|(_, problem)| problem.starts_with(&prefix)))
    }
}

/// Links are also written with a blank or a hyphen.
fn as_in_codes(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(codes: &[Code]) -> Vec<&'static str> {
        codes.iter().map(|code| code.as_str()).collect()
    }

    #[test]
    fn every_code_has_a_meaning_a_remedy_a_link_and_a_grade() {
        for code in Code::ALL {
            let remedy = code.remedy();
            for text in [code.meaning(), &remedy, code.link().explained(), code.grade().explained()] {
                assert!(text.ends_with('.') || text.ends_with(')'), "{}: {text}", code.as_str());
                assert!(text.starts_with(|first: char| first.is_uppercase()), "{}: {text}", code.as_str());
                assert!(!text.contains(['<', '>']), "{}: {text}", code.as_str());
            }
        }
    }

    #[test]
    fn every_code_is_found_by_its_name() {
        for code in Code::ALL {
            assert_eq!(Code::named(code.as_str()), Some(*code));
        }
        assert_eq!(Code::named("metric_filter"), None);
    }

    #[test]
    fn a_link_is_the_prefix_of_its_codes() {
        for link in Link::CHAIN {
            let codes = Code::beginning_with(link.as_str());
            let of_link = Code::ALL.iter().filter(|code| code.link() == link).count();
            assert!(codes.iter().all(|code| code.link() == link), "{}", link.as_str());
            assert_eq!(codes.len(), of_link, "{}", link.as_str());
            assert_eq!(Code::beginning_with(link.words()), codes);
        }
    }

    #[test]
    fn a_problem_finds_the_codes_of_all_links() {
        assert_eq!(named(&Code::beginning_with("misses")), ["metric_filter.misses_events", "alarm.misses_events"]);
        assert_eq!(named(&Code::beginning_with("not-logging")), ["trail.not_logging"]);
    }

    #[test]
    fn only_what_could_not_be_read_has_a_remedy_with_a_caveat() {
        assert!(Code::TrailUnread.caveat().is_some());
        assert!(Code::SubscriptionFilterUnread.caveat().is_some());
        assert_eq!(Code::MetricFilterNone.caveat(), None);
    }
}
