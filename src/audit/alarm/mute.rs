//! Mute rules: do they hold an alarm's actions back, at times or always?
//!
//! A rule's window opens by a schedule and stays open for a duration; while it is open no action of its alarms runs
//! (CloudWatch user guide, alarm mute rules). Only schedules of every day or of days of the week are followed to find
//! windows that never close: the longest window is 15 days.

use jiff::Timestamp;

use crate::finding::Unread;
use crate::snapshot::{MuteRule, Snapshot};

/// What a mute rule does to an alarm's actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Muted {
    /// It holds them back at all times.
    Always,
    /// At the times of its schedule, or at times that cannot be followed.
    AtTimes,
    /// It is in a state that came later: it may or may not.
    Undecided,
}

const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// Of the rules about an alarm those that mute it, and how, at the time when the account was read.
pub(super) fn muted<'a>(
    rules: impl Iterator<Item = &'a MuteRule>,
    now: Timestamp,
) -> impl Iterator<Item = (&'a MuteRule, Muted)> {
    let is_over = move |rule: &MuteRule| rule.status == "EXPIRED" || rule.expire.is_some_and(|end| end <= now);
    let how = move |rule: &MuteRule| match rule.status.as_str() {
        "ACTIVE" | "SCHEDULED" if never_opens_up(rule, now) => Muted::Always,
        "ACTIVE" | "SCHEDULED" => Muted::AtTimes,
        _ => Muted::Undecided,
    };
    rules.filter(move |rule| !is_over(rule)).map(move |rule| (rule, how(rule)))
}

/// Why a region's mute rules were not all read.
pub(super) fn unread(snapshot: &Snapshot, region: &str) -> Unread {
    Unread::find_any(snapshot, &["cloudwatch:ListAlarmMuteRules", "cloudwatch:GetAlarmMuteRule"], region)
}

/// The window is open again before it has closed, time after time, without an end.
fn never_opens_up(rule: &MuteRule, now: Timestamp) -> bool {
    let (Some((starts, period)), Some(length)) = (starts(&rule.schedule), minutes(&rule.duration)) else {
        return false;
    };
    let Some(first) = starts.first() else { return false };
    let next = starts.iter().skip(1).copied().chain([first + period]);
    let is_endless = rule.expire.is_none() && rule.start.is_none_or(|start| start <= now);
    is_endless && starts.iter().zip(next).all(|(start, next)| next - start <= length)
}

/// The minutes at which a `cron(…)` fires within the time after which it repeats itself, in order, and that time: a day,
/// or a week where days of the week are named. `None` where days of the month or months are.
fn starts(schedule: &str) -> Option<(Vec<u32>, u32)> {
    let fields = schedule.trim().strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    if ![day, month].iter().all(|field| matches!(**field, "*" | "?")) {
        return None;
    }
    let (days, period) = match *weekday {
        "*" | "?" => (vec![0], MINUTES_OF_A_DAY),
        named => (weekdays(named)?, 7 * MINUTES_OF_A_DAY),
    };
    let (minutes, hours) = (values(minute, 60)?, values(hour, 24)?);
    let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
    let times: Vec<u32> = times.collect();
    let starts = days.iter().flat_map(|day| times.iter().map(move |time| day * MINUTES_OF_A_DAY + time));
    Some((starts.collect(), period))
}

const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// `SUN`, `MON-FRI`, `2,4`: days of the week, in order. Whether numbers begin at Sunday's 0 or 1 is not distinguished,
/// for the days between them are the same; so numbers and names together are not followed.
fn weekdays(field: &str) -> Option<Vec<u32>> {
    let is = |kind: fn(&char) -> bool| field.chars().any(|letter| kind(&letter));
    if is(char::is_ascii_alphabetic) && is(char::is_ascii_digit) {
        return None;
    }
    let mut numbers = field.to_ascii_uppercase();
    for (number, name) in WEEKDAYS.iter().enumerate() {
        numbers = numbers.replace(name, &number.to_string());
    }
    let end = if numbers.contains('/') { 7 } else { 8 };
    let mut days: Vec<u32> = values(&numbers, end)?.into_iter().map(|day| day % 7).collect();
    days.sort_unstable();
    days.dedup();
    Some(days)
}

/// `*`, `5`, `0,30`, `0-10`, `*/15`, `0/15`: the values that a cron field names, in order.
fn values(field: &str, end: u32) -> Option<Vec<u32>> {
    let mut named = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step_by: u32 = step.map_or(Some(1), |step| step.parse().ok())?;
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (0, end - 1),
            Some((low, high)) => (low.parse().ok()?, high.parse().ok()?),
            None => {
                let low: u32 = range.parse().ok()?;
                (low, if step.is_some() { end - 1 } else { low })
            }
        };
        if step_by == 0 || high >= end || low > high {
            return None;
        }
        named.extend((low..=high).step_by(usize::try_from(step_by).ok()?));
    }
    named.sort_unstable();
    named.dedup();
    Some(named)
}

/// An ISO 8601 duration of days, hours and minutes.
fn minutes(duration: &str) -> Option<u32> {
    let (mut total, mut number) = (0_u32, String::new());
    for letter in duration.strip_prefix('P')?.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'T' if number.is_empty() => continue,
            'D' => MINUTES_OF_A_DAY,
            'H' => 60,
            'M' => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(schedule: &str, duration: &str) -> MuteRule {
        MuteRule {
            name: "nights".to_owned(),
            alarms: vec!["a".to_owned()],
            schedule: schedule.to_owned(),
            duration: duration.to_owned(),
            status: "SCHEDULED".to_owned(),
            start: None,
            expire: None,
        }
    }

    const NOW: &str = "2026-01-05T09:00:00Z";

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn ways(rules: &[MuteRule]) -> Vec<Muted> {
        muted(rules.iter(), time(NOW)).map(|(_, muted)| muted).collect()
    }

    #[test]
    fn a_window_that_opens_before_it_closes_mutes_for_ever() {
        for (schedule, duration, muted) in [
            ("cron(* * * * *)", "PT1M", Muted::Always),
            ("cron(* * * * *)", "P15D", Muted::Always),
            ("cron(0 * * * *)", "PT1H", Muted::Always),
            ("cron(0 * * * *)", "PT59M", Muted::AtTimes),
            ("cron(0/30 * * * ?)", "PT30M", Muted::Always),
            ("cron(0 0,12 * * *)", "PT12H", Muted::Always),
            ("cron(0 22 * * *)", "PT8H", Muted::AtTimes),
            ("cron(0 22 * * *)", "P1D", Muted::Always),
            ("cron(0 2 * * SUN)", "P15D", Muted::Always),
            ("cron(0 2 * * SUN)", "P7D", Muted::Always),
            ("cron(0 2 * * SUN)", "P6DT23H59M", Muted::AtTimes),
            ("cron(0 2 ? * 1)", "P7D", Muted::Always),
            ("cron(0 0 * * MON-FRI)", "P3D", Muted::Always),
            ("cron(0 0 * * MON-FRI)", "P2D", Muted::AtTimes),
            ("cron(0 0 * * 2-6)", "P3D", Muted::Always),
            ("cron(0 0 * * 0,3)", "P4D", Muted::Always),
            ("cron(0 0 * * 0,7)", "P6D", Muted::AtTimes),
            ("cron(0 2 * * SUN#1)", "P15D", Muted::AtTimes),
            ("cron(0 2 * * 5L)", "P15D", Muted::AtTimes),
            ("cron(0 2 1,15 * *)", "P15D", Muted::AtTimes),
            ("cron(0 2 * 1 *)", "P15D", Muted::AtTimes),
            ("cron(0 2 * * * 2026)", "P15D", Muted::AtTimes),
            ("at(2026-01-05T00:00)", "P15D", Muted::AtTimes),
            ("cron(61 * * * *)", "P15D", Muted::AtTimes),
            ("cron(*/0 * * * *)", "P15D", Muted::AtTimes),
            ("", "", Muted::AtTimes),
        ] {
            assert_eq!(ways(&[rule(schedule, duration)]), [muted], "{schedule} {duration}");
        }
    }

    #[test]
    fn not_before_its_start_nor_after_its_end() {
        let between = |start: Option<&str>, expire: Option<&str>| MuteRule {
            start: start.map(time),
            expire: expire.map(time),
            ..rule("cron(* * * * *)", "PT1M")
        };
        let (before, after) = ("2026-01-05T08:59:59Z", "2026-01-05T09:00:01Z");
        assert_eq!(ways(&[between(Some(before), None)]), [Muted::Always]);
        assert_eq!(ways(&[between(Some(after), None)]), [Muted::AtTimes]);
        assert_eq!(ways(&[between(None, Some(after))]), [Muted::AtTimes]);
        assert_eq!(ways(&[between(None, Some(before))]), []);
        assert_eq!(ways(&[MuteRule { status: "EXPIRED".to_owned(), ..between(None, None) }]), []);
    }
}
