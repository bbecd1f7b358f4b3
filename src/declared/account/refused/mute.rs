//! What CloudWatch refuses of a mute rule (API reference, `PutAlarmMuteRule`, `MuteTargets` and `Schedule`).

use jiff::SignedDuration;

use super::given::{Certainty, Refused, refused, text};
use crate::declared::{Node, Resource, Value};
use crate::escape::shortened;

/// Alarms that a rule names at most, as the API says, and as CloudFormation's schema does.
const MOST_ALARMS: usize = 100;
const MOST_BY_SCHEMA: usize = 500;
/// The longest window, in minutes: 15 days.
const MOST_MINUTES: i64 = 15 * 24 * 60;

pub(super) fn mute_rule(resource: &Resource) -> Option<Refused> {
    targets(resource).or_else(|| schedule(resource)).or_else(|| dates(resource))
}

fn targets(resource: &Resource) -> Option<Refused> {
    let targets = resource.properties.get("MuteTargets");
    let path = "MuteTargets.AlarmNames";
    let Value::List(names) = &targets.get("AlarmNames").value else { return None };
    if names.len() > MOST_ALARMS {
        let certainty = if names.len() > MOST_BY_SCHEMA { Certainty::Whatever } else { Certainty::New };
        let why = format!("it names {} alarms, and {MOST_ALARMS} are the most", names.len());
        return Some(Refused { certainty, ..refused(path, why) });
    }
    let is_arn = |node: &&Node| node.text().ok().flatten().is_some_and(|name| name.starts_with("arn:"));
    let named = names.iter().find(is_arn).and_then(Node::symbol)?;
    Some(refused(path, format!("it takes names of alarms, and {} is an ARN", shortened(&named, 100))))
}

fn schedule(resource: &Resource) -> Option<Refused> {
    let schedule = resource.properties.get("Rule").get("Schedule");
    let path = |key: &str| format!("Rule.Schedule.{key}");
    if let Some(expression) = text(schedule, "Expression").filter(|expression| !is_expression(expression)) {
        let shown = shortened(expression, 60);
        let why = format!("its schedule is cron(…) with five fields or at(yyyy-MM-ddThh:mm), and {shown} is neither");
        return Some(refused(&path("Expression"), why));
    }
    if let Some(duration) = text(schedule, "Duration") {
        let shown = shortened(duration, 60);
        let why = match minutes(duration) {
            None => format!("its duration is one of ISO 8601, as PT4H, and {shown} is none"),
            Some(minutes) if minutes < 1 => format!("its duration is a minute (PT1M) at least, and {shown} is less"),
            Some(minutes) if minutes > MOST_MINUTES => {
                format!("its duration is 15 days (P15D) at most, and {shown} is more")
            }
            Some(_) => return None,
        };
        return Some(refused(&path("Duration"), why));
    }
    None
}

/// `cron(Minutes Hours Day-of-month Month Day-of-week)` or `at(yyyy-MM-ddThh:mm)`.
fn is_expression(text: &str) -> bool {
    let inside = |name: &str| text.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let is_cron = || inside("cron").is_some_and(|fields| fields.split_whitespace().count() == 5);
    let is_time = |time: &str| time.trim().parse::<jiff::civil::DateTime>().is_ok();
    is_cron() || inside("at").is_some_and(is_time)
}

/// The minutes of a duration, a part of one as none. `None`: it is no duration.
pub(in crate::declared::account) fn minutes(text: &str) -> Option<i64> {
    let span: jiff::Span = text.strip_prefix('P').and_then(|_| text.parse().ok())?;
    let days = i64::from(span.get_days()) + 7 * i64::from(span.get_weeks());
    // Months and years have no length of their own, and each is longer than the longest.
    if span.get_months() != 0 || span.get_years() != 0 {
        return Some(MOST_MINUTES + 1);
    }
    let rest = span.days(0).weeks(0);
    let rest = SignedDuration::try_from(rest).ok()?;
    Some(days * 24 * 60 + rest.as_mins())
}

fn dates(resource: &Resource) -> Option<Refused> {
    let time = |property: &str| {
        let text = text(&resource.properties, property)?;
        let at = text.parse::<jiff::Timestamp>().ok();
        let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        at.or_else(|| local().map(|zoned| zoned.timestamp()))
    };
    for property in ["StartDate", "ExpireDate"] {
        if let Some(given) = text(&resource.properties, property).filter(|_| time(property).is_none()) {
            let called = resource.argument(property);
            let why = format!("{called} is a time, as 2026-04-15T08:00:00Z, and {} is none", shortened(given, 60));
            return Some(refused(property, why));
        }
    }
    let (start, end) = (time("StartDate")?, time("ExpireDate")?);
    let is_before = end <= start;
    is_before.then(|| {
        let (start, end) = (resource.argument("StartDate"), resource.argument("ExpireDate"));
        refused("ExpireDate", format!("{end} is not after {start}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_cron_with_five_fields_or_at() {
        for (text, is) in [
            ("cron(0 2 * * *)", true),
            ("cron(0 2 * * SUN)", true),
            ("at(2024-05-10T14:00)", true),
            ("cron(0 2 * * ? *)", false),
            ("rate(1 day)", false),
            ("0 2 * * *", false),
            ("at(tomorrow)", false),
        ] {
            assert_eq!(is_expression(text), is, "{text}");
        }
    }

    #[test]
    fn durations_are_of_iso_8601() {
        for (text, wanted) in [
            ("PT4H", Some(240)),
            ("P2DT12H", Some(3600)),
            ("PT1M", Some(1)),
            ("PT30S", Some(0)),
            ("P15D", Some(21_600)),
            ("P16D", Some(23_040)),
            ("P1M", Some(21_601)),
            ("4h", None),
            ("240", None),
            ("-PT4H", None),
        ] {
            assert_eq!(minutes(text), wanted, "{text}");
        }
    }
}
