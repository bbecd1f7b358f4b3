//! Parsers of options' values: each says in its error what the option takes.

use std::time::Duration;

use crate::arn::is_account_id;
use crate::fix::options::OptionError;
use crate::fix::plan::Endpoint;
use crate::partition;

/// Whom to notify. The error does not repeat the option and the value, which precede it.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error: OptionError| error.problem)
}

/// The benchmark's level.
pub(super) fn level(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "2" => Ok(2),
        _ => Err("must be 1 or 2".to_owned()),
    }
}

/// How many accounts are audited at once.
pub(super) fn concurrency(text: &str) -> Result<u16, String> {
    const MOST: u16 = 256;
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| format!("must be a number from 1 to {MOST}"))
}

/// The period of an alarm. Which ones there are is checked where all of a fix is.
pub(super) fn period(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| "must be a multiple of 60 seconds, at most 86400".to_owned())
}

pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The name of a region, of whatever partition.
pub(super) fn region_name(text: &str) -> Result<String, String> {
    if partition::is_region_form(text) {
        Ok(text.to_owned())
    } else {
        Err("must be the name of a region, such as eu-west-1".to_owned())
    }
}

pub(super) fn account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err("must be an account id: 12 digits".to_owned()) }
}

/// `90`, `90s`, `15m`, `2h`. A confirmation token is valid for two days (SNS API reference, `Subscribe`).
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);
    let patience = time(text).ok_or("must be a time such as 90s, 15m or 2h")?;
    if patience > TWO_DAYS {
        Err("must be two days at most: confirmations expire then".to_owned())
    } else {
        Ok(patience)
    }
}

/// A whole number of seconds, minutes or hours; of seconds without a letter.
pub(super) fn time(text: &str) -> Option<Duration> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at)?, 1),
        Some((at, 'm')) => (text.get(..at)?, 60),
        Some((at, 'h')) => (text.get(..at)?, 3600),
        _ => (text, 1),
    };
    // A sign is no digit, though a number may have one.
    let number: u64 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Duration::from_secs(number.saturating_mul(unit)))
}

/// `90`, `90s`, `15m`, `2h`, `1d`.
pub(super) fn delay(text: &str) -> Result<Duration, String> {
    const DAY: Duration = Duration::from_secs(86_400);
    let days = || Some(time(&format!("{}h", text.strip_suffix('d')?))?.saturating_mul(24));
    let delay = time(text).or_else(days).ok_or("must be a whole number with s, m, h or d, such as 90s, 15m or 1d")?;
    if delay > DAY { Err("must be a day at most, such as 15m or 24h".to_owned()) } else { Ok(delay) }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "must be a number of seconds from 0.1 to 3600".to_owned())
}
