//! What of an event a replay asks for beside its patterns, read from its bytes: when it was, whose it is, and its id.

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::arn::is_account_id;
use crate::events::{Event, Name};

/// No event of CloudTrail is earlier: it records since 2013-11-13 (AWS CloudTrail, document history). An earlier time is a
/// placeholder, and would stretch a replay over decades.
const EARLIEST: i64 = 1_356_998_400;
/// A longer value is no time, account or id.
const LONGEST: usize = 64;

/// Why an event has no time that a replay can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTime {
    /// It has no `eventTime`.
    Missing,
    /// Its `eventTime` is no time.
    Unreadable,
    /// Before 2013.
    Early,
    /// Later than an event can be.
    Late,
}

/// The time of an event by its bytes: of its first member `eventTime`, in seconds since 1970, wherever that is. No event is
/// later than `latest`.
pub(super) fn time(event: &Event<'_>, latest: i64) -> Result<i64, NoTime> {
    static NAME: LazyLock<Name> = LazyLock::new(|| Name::new("eventTime"));
    let found = event.first(&NAME).ok_or(NoTime::Missing)?;
    let text = value(event.bytes, found + NAME.length()).ok_or(NoTime::Unreadable)?;
    // CloudTrail has one spelling (user guide, "CloudTrail record contents"); what copies events may have others.
    match seconds(text).or_else(|| in_any_spelling(text)).ok_or(NoTime::Unreadable)? {
        time if time < EARLIEST => Err(NoTime::Early),
        time if time > latest => Err(NoTime::Late),
        time => Ok(time),
    }
}

/// A time of RFC 3339, with fractions of a second or an offset.
fn in_any_spelling(text: &[u8]) -> Option<i64> {
    let time: Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(time.as_second())
}

/// Whose an event is and which one: `recipientAccountId`, the account in whose trail it is, which older events lack, and
/// `eventID`, which no other event has.
///
/// Of the account that is `own` nothing is said.
pub(super) fn foreign_account_and_id<'e>(event: &Event<'e>, own: &str) -> (Option<&'e str>, Option<&'e [u8]>) {
    static ID: LazyLock<Name> = LazyLock::new(|| Name::new("eventID"));
    static ACCOUNT: LazyLock<Name> = LazyLock::new(|| Name::new("recipientAccountId"));
    // What a call was asked for, which may have members of any name, comes before them.
    let id = event.last(&ID);
    // The account comes behind the id, if it is there.
    let account = id.and_then(|id| event.behind(id, &ACCOUNT)).or_else(|| event.last(&ACCOUNT));
    let text = |at: Option<usize>, name: &Name| value(event.bytes, at? + name.length());
    let account = text(account, &ACCOUNT).filter(|account| *account != own.as_bytes());
    let account = account.and_then(|account| std::str::from_utf8(account).ok());
    (account.filter(|account| is_account_id(account)), text(id, &ID).filter(|id| !id.is_empty()))
}

/// The text that is the value of the member whose name ends here.
fn value(event: &[u8], name_ends: usize) -> Option<&[u8]> {
    let rest = event.get(name_ends..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"")?;
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    rest.get(..memchr::memchr(b'"', rest)?)
}

/// `2026-01-05T09:00:00Z`
fn seconds(text: &[u8]) -> Option<i64> {
    let number = |from: usize, length: usize| {
        text.get(from..from + length)?
            .iter()
            .try_fold(0_i64, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    };
    let is_at = |at: usize, byte: u8| text.get(at) == Some(&byte);
    if text.len() != 20
        || !(is_at(4, b'-')
            && is_at(7, b'-')
            && is_at(10, b'T')
            && is_at(13, b':')
            && is_at(16, b':')
            && is_at(19, b'Z'))
    {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_date = (1..=12).contains(&month) && (1..=days).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 of the Gregorian calendar, years beginning in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01
    const LATEST: i64 = 1_796_083_200;

    fn time_of(event: &[u8]) -> Result<i64, NoTime> {
        time(&Event::alone(event), LATEST)
    }

    #[test]
    fn the_time_of_an_event_is_read_from_its_bytes() {
        let time = |text: &str| time_of(format!("{{\"eventVersion\":\"1.08\",\"eventTime\" : \"{text}\"}}").as_bytes());
        for (text, wanted) in [
            ("2013-11-13T00:00:00Z", 1_384_300_800),
            ("2026-01-05T09:00:00Z", 1_767_603_600),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2026-01-05T09:00:00.123Z", 1_767_603_600),
            ("2026-01-05T11:00:00+02:00", 1_767_603_600),
            ("2026-01-05T04:00:00.999999-05:00", 1_767_603_600),
            ("2026-01-05t09:00:00z", 1_767_603_600),
            ("2026-12-01T00:00:00Z", LATEST),
        ] {
            assert_eq!(time(text), Ok(wanted), "{text}");
        }
        for text in
            ["2024-13-29T23:59:59Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "yesterday", "", "2026-01-05"]
        {
            assert_eq!(time(text), Err(NoTime::Unreadable), "{text}");
        }
        // What stands for no time.
        for text in ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "2012-12-31T23:59:59Z"] {
            assert_eq!(time(text), Err(NoTime::Early), "{text}");
        }
        for text in ["2026-12-01T00:00:01Z", "2999-01-01T00:00:00Z", "9999-12-31T00:00:00Z"] {
            assert_eq!(time(text), Err(NoTime::Late), "{text}");
        }
        assert_eq!(time_of(b"{}"), Err(NoTime::Missing));
        assert_eq!(time_of(br#"{"eventTime":1767603600}"#), Err(NoTime::Unreadable));
    }

    #[test]
    fn a_foreign_account_and_the_id_of_an_event_are_its_own() {
        fn read(event: &[u8]) -> (Option<&str>, Option<&[u8]>) {
            foreign_account_and_id(&Event::alone(event), "444455556666")
        }
        let event = br#"{"requestParameters":{"eventID":"other","recipientAccountId":"999999999999"},"eventID":"one","recipientAccountId":"111122223333"}"#;
        assert_eq!(read(event), (Some("111122223333"), Some(&b"one"[..])));
        let long = [&event[..event.len() - 1], b",\"resources\":\"", &[b'x'; 1_000], b"\"}"].concat();
        assert_eq!(read(&long), (Some("111122223333"), Some(&b"one"[..])));
        let other_order = br#"{"recipientAccountId":"111122223333","eventID":"one"}"#;
        assert_eq!(read(other_order), (Some("111122223333"), Some(&b"one"[..])));
        let own = br#"{"eventID":"one","recipientAccountId":"444455556666"}"#;
        assert_eq!(read(own), (None, Some(&b"one"[..])));
        for event in ["{}", r#"{"recipientAccountId":"somebody"}"#, r#"{"eventID":"#, r#"{"eventID":""}"#] {
            assert_eq!(read(event.as_bytes()), (None, None), "{event}");
        }
    }
}
