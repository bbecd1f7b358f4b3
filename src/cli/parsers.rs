//! Parsers of options' values: each says in its error what the option takes.

use std::time::Duration;

use crate::arn::is_account_id;
use crate::partition;

pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The name of a region, of whatever partition.
pub(super) fn region_name(text: &str) -> Result<String, String> {
    if partition::is_region_form(text) {
        Ok(text.to_owned())
    } else {
        Err("a region has a name such as eu-west-1".to_owned())
    }
}

pub(super) fn account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err("an account id is 12 digits".to_owned()) }
}

/// `90`, `90s`, `15m`, `2h`. A confirmation token is valid for two days (SNS API reference, `Subscribe`).
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    const TWO_DAYS: Duration = Duration::from_secs(2 * 86_400);
    let patience = time(text).ok_or("must be a time such as 90s, 15m or 2h")?;
    if patience > TWO_DAYS { Err("two days at most: confirmations expire then".to_owned()) } else { Ok(patience) }
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

/// `90`, `90s`, `15m`, `2h`.
pub(super) fn delay(text: &str) -> Result<Duration, String> {
    const DAY: Duration = Duration::from_secs(86_400);
    let delay = time(text).ok_or("must be a whole number with s, m or h, such as --delay 90s, 15m or 2h")?;
    if delay > DAY { Err("must be a day at most, such as --delay 15m or 24h".to_owned()) } else { Ok(delay) }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err("between 0.1 and 3600 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}
