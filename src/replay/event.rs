//! What of an event a replay asks for beside its patterns: when it was, who called what, and a pattern for just that.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;

use crate::arn::{Arn, is_account_id};

/// No event of CloudTrail is earlier: it records since 2013-11-13 (AWS CloudTrail, document history). An earlier time is a
/// placeholder, and would stretch a replay over decades.
const EARLIEST: i64 = 1_356_998_400;
/// A longer value is no time, account or id.
const LONGEST: usize = 64;

/// The time of an event by its bytes: of its first member `eventTime`, in seconds since 1970, wherever that is. `None` if it is
/// not there in the one spelling that CloudTrail has (user guide, "CloudTrail record contents"), or before 2013.
pub(super) fn time(event: &[u8]) -> Option<i64> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"eventTime\""));
    let found = NAME.find(event)?;
    seconds(value(event, found + NAME.needle().len())?).filter(|time| *time >= EARLIEST)
}

/// The account in whose trail an event is: `recipientAccountId`, which older events lack.
pub(super) fn account(event: &[u8]) -> Option<&str> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"recipientAccountId\""));
    let account = std::str::from_utf8(last(event, &NAME)?).ok()?;
    is_account_id(account).then_some(account)
}

/// The id of an event, which no other event has: `eventID`.
pub(super) fn id(event: &[u8]) -> Option<&[u8]> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"eventID\""));
    last(event, &NAME).filter(|id| !id.is_empty())
}

/// The text of the last member of this name: what a call was asked for, which may have members of any name, comes before it.
fn last<'e>(event: &'e [u8], name: &Finder<'_>) -> Option<&'e [u8]> {
    /// Most events end with these members: what comes before need not be looked at.
    const TAIL: usize = 448;
    let tail = event.len().saturating_sub(TAIL);
    let in_tail = name.find_iter(event.get(tail..)?).last().map(|found| tail + found);
    let found = in_tail.or_else(|| name.find_iter(event).last())?;
    value(event, found + name.needle().len())
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
    if !(is_at(4, b'-') && is_at(7, b'-') && is_at(10, b'T') && is_at(13, b':') && is_at(16, b':') && is_at(19, b'Z')) {
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
    // What comes after an event has a time too.
    let is_date = (1..=12).contains(&month) && (1..=days).contains(&day) && year < 9_999;
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 of the Gregorian calendar, years beginning in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Who called what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The caller: a role, a user, the root user, or a service.
    pub(super) caller: String,
    /// `eventName`
    pub(super) name: String,
    /// A filter pattern of such calls of this caller; none if their names need signs that a pattern has no way to spell, and
    /// of the root user: its use is to be examined each time, not accepted.
    pub(super) pattern: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record {
    event_name: Option<String>,
    user_identity: Option<Identity>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    r#type: Option<String>,
    arn: Option<String>,
    invoked_by: Option<String>,
    principal_id: Option<String>,
    session_context: Option<Session>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Session {
    session_issuer: Option<Issuer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Issuer {
    arn: Option<String>,
}

/// Whether a caller is the root user of an account, by its ARN (IAM user guide, "IAM identifiers").
#[must_use]
pub fn is_root_user(caller: &str) -> bool {
    Arn::parse(caller).is_some_and(|arn| arn.service == "iam" && arn.resource == "root")
}

impl Call {
    /// Of an event.
    pub(super) fn parse(event: &str) -> Self {
        let record: Record = serde_json::from_str(event).unwrap_or_default();
        let name = record.event_name.unwrap_or_else(|| "(no eventName)".to_owned());
        let identity = record.user_identity.unwrap_or_default();
        let issuer = identity.session_context.and_then(|session| session.session_issuer).and_then(|issuer| issuer.arn);
        let is_root = identity.r#type.as_deref() == Some("Root");
        // A session has a name of its own each time; the role is who is meant.
        let known = [
            ("$.userIdentity.sessionContext.sessionIssuer.arn", issuer),
            ("$.userIdentity.arn", identity.arn),
            ("$.userIdentity.invokedBy", identity.invoked_by),
            ("$.userIdentity.principalId", identity.principal_id),
            ("$.userIdentity.type", identity.r#type),
        ];
        let found = known.into_iter().find_map(|(selector, value)| Some((selector, value?)));
        let Some((selector, caller)) = found else {
            return Self { caller: "(no caller)".to_owned(), name, pattern: None };
        };
        let is_root = is_root || is_root_user(&caller);
        let is_plain = |text: &str| !text.contains(['"', '\\', '*']) && text.chars().all(|letter| !letter.is_control());
        let pattern = (!is_root && is_plain(&caller) && is_plain(&name))
            .then(|| format!("{{ $.eventName = \"{name}\" && {selector} = \"{caller}\" }}"));
        Self { caller, name, pattern }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_event_is_read_from_its_bytes() {
        let seconds = |text: &str| time(format!("{{\"eventVersion\":\"1.08\",\"eventTime\" : \"{text}\"}}").as_bytes());
        assert_eq!(seconds("2013-11-13T00:00:00Z"), Some(1_384_300_800));
        // What stands for no time.
        assert_eq!(seconds("1970-01-01T00:00:00Z"), None);
        assert_eq!(seconds("2026-01-05T09:00:00Z"), Some(1_767_603_600));
        assert_eq!(seconds("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        assert_eq!(seconds("2024-13-29T23:59:59Z"), None);
        for other in
            ["2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-05T09:00:00+05:00", "9999-12-31T00:00:00Z"]
        {
            assert_eq!(seconds(other), None, "{other}");
        }
        assert_eq!(seconds("yesterday"), None);
        assert_eq!(time(b"{}"), None);
    }

    #[test]
    fn the_account_and_the_id_of_an_event_are_its_own() {
        let event = br#"{"requestParameters":{"eventID":"other","recipientAccountId":"999999999999"},"eventID":"one","recipientAccountId":"111122223333"}"#;
        assert_eq!((id(event), account(event)), (Some(&b"one"[..]), Some("111122223333")));
        let long = [&event[..event.len() - 1], b",\"resources\":\"", &[b'x'; 1_000], b"\"}"].concat();
        assert_eq!((id(&long), account(&long)), (Some(&b"one"[..]), Some("111122223333")));
        assert_eq!((id(b"{}"), account(b"{}")), (None, None));
        assert_eq!(account(br#"{"recipientAccountId":"somebody"}"#), None);
        assert_eq!(id(br#"{"eventID":"#), None);
    }

    #[test]
    fn a_session_is_called_by_its_role() {
        let call = Call::parse(
            r#"{"eventName":"PutRolePolicy","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/r/s","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::1:role/r"}}}}"#,
        );
        assert_eq!((call.caller.as_str(), call.name.as_str()), ("arn:aws:iam::1:role/r", "PutRolePolicy"));
        assert_eq!(
            call.pattern.as_deref(),
            Some(
                "{ $.eventName = \"PutRolePolicy\" && $.userIdentity.sessionContext.sessionIssuer.arn = \"arn:aws:iam::1:role/r\" }"
            )
        );
        let service = Call::parse(
            r#"{"eventName":"Decrypt","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}}"#,
        );
        assert_eq!(service.caller, "ec2.amazonaws.com");
        let root = Call::parse(
            r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"}}"#,
        );
        assert_eq!((root.caller.as_str(), root.pattern), ("arn:aws:iam::111122223333:root", None));
        let odd = Call::parse(r#"{"eventName":"X","userIdentity":{"arn":"a\"b*"}}"#);
        assert_eq!((odd.caller.as_str(), odd.pattern), ("a\"b*", None));
        assert_eq!(Call::parse("{}").caller, "(no caller)");
    }
}
