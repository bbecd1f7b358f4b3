//! The words of a replay that its table and its page share: counts, rates and notes. Nothing is counted here.

use crate::replay::{AlarmReplay, AlarmState, ControlReplay, Period, Replay, is_root_user};

/// Accounts that a note names.
const ACCOUNTS: usize = 3;

impl ControlReplay {
    /// Whether there is anything to say of it.
    pub(in crate::report) fn has_something(&self) -> bool {
        self.events + self.demanded + self.missed + self.undecided + self.alerts > 0
            || self.filters.iter().any(|filter| filter.matched != Some(0))
    }

    /// How many callers or names there are beside those that are listed.
    pub(in crate::report) fn more(&self, others: usize) -> Option<String> {
        let at_least = if self.is_approximate { "at least " } else { "" };
        (others > 0).then(|| format!("and {at_least}{} more", number(others as u64)))
    }

    /// Where the reason is for which events are missed or undecided.
    pub(in crate::report) fn reason_in_words(&self) -> Option<String> {
        let reason = self.reason.filter(|_| self.missed + self.undecided > 0)?;
        let what = match (self.missed, self.undecided) {
            (_, 0) => "missed",
            (0, _) => "undecided",
            _ => "missed or undecided",
        };
        Some(format!("{what} because of what the audit reports: {reason}"))
    }

    /// What reports required events that no alarm on its own filters does.
    pub(in crate::report) fn elsewhere_in_words(&self) -> Option<String> {
        let alarms = match self.elsewhere_alarms.as_slice() {
            [] => return None,
            [alarm] => format!("alarm {alarm}"),
            alarms => format!("alarms {}", alarms.join(", ")),
        };
        let is = if self.elsewhere == 1 { "is" } else { "are" };
        Some(format!(
            "{} {is} reported by {alarms}, not by this control's own",
            counted(self.elsewhere, "required event")
        ))
    }

    /// Alerts a day; none where no alarm can be played.
    pub(in crate::report) fn a_day(&self, replay: &Replay) -> String {
        let mut alarms = self.alarms.iter().filter_map(|place| replay.alarms.get(*place));
        if !alarms.any(|alarm| alarm.doubt.is_none()) {
            return "-".to_owned();
        }
        rate(self.alerts, replay)
    }

    /// How often somebody is alerted.
    pub(in crate::report) fn alerts_in_words(&self, replay: &Replay) -> String {
        if self.alarms.is_empty() {
            return "no alarm on its metric filters".to_owned();
        }
        let mut alarms = self.alarms.iter().filter_map(|place| replay.alarms.get(*place));
        if alarms.all(|alarm| alarm.doubt.is_some()) {
            return "no alarm that can be replayed".to_owned();
        }
        let alerts = format!("{}, {} a day", counted(self.alerts, "alert"), rate(self.alerts, replay));
        let alarms = self.alarms.iter().filter_map(|place| replay.alarms.get(*place));
        match alarms.filter(|alarm| alarm.silent.is_some()).map(|alarm| alarm.alerts).sum::<u64>() {
            0 => alerts,
            silent => format!("{alerts}; changed to ALARM {}, notifying nobody", times(silent)),
        }
    }

    /// What to do about events of the root user, if it is behind many of the control's: they are never proposed for a waiver.
    pub(in crate::report) fn about_root(&self) -> Option<&'static str> {
        self.callers.iter().any(|top| is_root_user(&top.text)).then_some(
            "events of the root user are not proposed for a waiver: find out who used it, for what, from which address \
             (sourceIPAddress) and whether with MFA, and use a role instead",
        )
    }
}

impl AlarmState {
    /// As CloudWatch calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// What an alarm is called.
pub(in crate::report) fn kind(alarm: &AlarmReplay) -> &'static str {
    if alarm.is_composite { "composite alarm" } else { "alarm" }
}

/// A count a day.
pub(in crate::report) fn rate(count: u64, replay: &Replay) -> String {
    let Some(period) = replay.period else { return "0".to_owned() };
    // No count is so large that it loses a digit.
    let rate = count as f64 / period.days();
    if rate >= 100.0 || rate == 0.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

/// From when to when, and how long that is.
pub(in crate::report) fn period(period: Option<Period>) -> String {
    let Some(period) = period else { return "none with a time that can be used".to_owned() };
    let form = "%Y-%m-%d %H:%M";
    let days = match period.is_counted_as_a_day() {
        true => "less than a day, counted as one".to_owned(),
        false => format!("{:.1} days", period.days()),
    };
    format!("{} to {} UTC ({days})", period.from.strftime(form), period.to.strftime(form))
}

/// How many things, as `1 alert` or `1,200 alerts`.
pub(in crate::report) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}

/// How often something went to ALARM.
pub(in crate::report) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { counted(count, "time") }
}

/// A number with a comma between thousands.
pub(in crate::report) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What must be known of the events with the counts, a sentence without a full stop each.
#[must_use]
pub fn notes(replay: &Replay) -> Vec<String> {
    let Replay { account_id, undated, foreign, foreign_accounts, repeated, is_repeated_estimate, .. } = replay;
    let mut notes = Vec::new();
    notes.extend(undecided(replay));
    for (count, what) in [
        (undated.missing, "no eventTime"),
        (undated.unreadable, "an eventTime that is no time of RFC 3339"),
        (undated.early, "an eventTime before 2013, when CloudTrail did not exist"),
        (undated.late, "an eventTime more than a day in the future"),
    ] {
        let (have, are, them) = if count == 1 { ("has", "it is", "it") } else { ("have", "they are", "them") };
        if count > 0 {
            let events = counted(count, "event");
            notes.push(format!("{events} {have} {what}: {are} counted, but no alarm and no chart has {them}"));
        }
    }
    if *foreign > 0 {
        let mut accounts: Vec<&str> = foreign_accounts.iter().take(ACCOUNTS).map(|top| top.text.as_str()).collect();
        if foreign_accounts.len() > ACCOUNTS {
            accounts.push("…");
        }
        let (is, they, them) = if *foreign == 1 { ("is", "it is", "it") } else { ("are", "they are", "them") };
        notes.push(format!(
            "{} {is} of another account than {account_id} ({}): {they} counted as if its trail delivered {them}",
            counted(*foreign, "event"),
            accounts.join(", ")
        ));
    }
    if *repeated > 0 {
        let about = if *is_repeated_estimate { "about " } else { "" };
        let (have, is) = if *repeated == 1 { ("has", "it is") } else { ("have", "each is") };
        notes.push(format!(
            "{about}{} {have} the eventID of one before, as where a file is given twice: {is} counted again",
            counted(*repeated, "event")
        ));
    }
    notes
}

/// What is not known whether it was missed, and for which controls.
fn undecided(replay: &Replay) -> Option<String> {
    let those = replay.controls.iter().filter(|control| control.undecided > 0);
    let ids: Vec<String> = those.map(|control| control.rule.id.to_string()).collect();
    let (is, it, is_it) = if replay.undecided() == 1 { ("is", "it", "it is") } else { ("are", "them", "they are") };
    (!ids.is_empty()).then(|| {
        let events = counted(replay.undecided(), "event");
        let ids = ids.join(", ");
        format!(
            "{events} {is} undecided ({ids}): it is not known whether {is_it} required, or whether a chain reports {it}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_thing_is_no_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "event")), ["0 events", "1 event", "2 events"]);
        assert_eq!([0, 1, 2].map(times), ["0 times", "once", "2 times"]);
    }
}
