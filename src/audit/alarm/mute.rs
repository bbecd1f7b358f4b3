//! Mute rules: do they hold an alarm's actions back, at times or always?
//!
//! A rule's window opens by a schedule and stays open for a duration; while it is open no action of its alarms runs
//! (CloudWatch user guide, alarm mute rules). Only schedules of every day are followed to find windows that never close.

use crate::snapshot::MuteRule;

/// How a mute rule stands to an alarm's actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Muted {
    /// It holds them back at all times.
    Always,
    /// At the times of its schedule, or at times that cannot be followed.
    AtTimes,
}

const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// The rules that mute an alarm of this name, and how.
pub(super) fn of<'a>(rules: &'a [MuteRule], alarm: &str) -> impl Iterator<Item = (&'a MuteRule, Muted)> {
    let alarm = alarm.to_owned();
    rules
        .iter()
        .filter(move |rule| rule.status != "EXPIRED" && rule.alarms.contains(&alarm))
        .map(|rule| (rule, if never_opens_up(rule) { Muted::Always } else { Muted::AtTimes }))
}

/// The window is open again before it has closed, every day, without an end.
fn never_opens_up(rule: &MuteRule) -> bool {
    let (Some(starts), Some(length)) = (daily(&rule.schedule), minutes(&rule.duration)) else { return false };
    let Some(first) = starts.first() else { return false };
    let next = starts.iter().skip(1).copied().chain([first + MINUTES_OF_A_DAY]);
    rule.expire.is_none() && starts.iter().zip(next).all(|(start, next)| next - start <= length)
}

/// The minutes of the day at which a `cron(…)` of every day fires, in order.
fn daily(schedule: &str) -> Option<Vec<u32>> {
    let fields = schedule.trim().strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, days @ ..] = fields.as_slice() else { return None };
    if !days.iter().all(|field| matches!(*field, "*" | "?")) {
        return None;
    }
    let (minutes, hours) = (values(minute, 60)?, values(hour, 24)?);
    Some(hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect())
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
            ("cron(0 2 * * SUN)", "P15D", Muted::AtTimes),
            ("at(2026-01-05T00:00)", "P15D", Muted::AtTimes),
            ("cron(61 * * * *)", "P15D", Muted::AtTimes),
            ("cron(*/0 * * * *)", "P15D", Muted::AtTimes),
            ("", "", Muted::AtTimes),
        ] {
            let rules = [rule(schedule, duration)];
            let got: Vec<Muted> = of(&rules, "a").map(|(_, muted)| muted).collect();
            assert_eq!(got, [muted], "{schedule} {duration}");
        }
    }

    #[test]
    fn only_its_own_alarms_and_not_after_its_end() {
        let mut rules = [rule("cron(* * * * *)", "PT1M")];
        assert_eq!(of(&rules, "b").count(), 0);
        rules[0].status = "EXPIRED".to_owned();
        assert_eq!(of(&rules, "a").count(), 0);
        rules[0].status = "ACTIVE".to_owned();
        rules[0].expire = Some("2026-02-01T00:00:00Z".parse().expect("a time"));
        assert_eq!(of(&rules, "a").map(|(_, muted)| muted).collect::<Vec<_>>(), [Muted::AtTimes]);
    }
}
