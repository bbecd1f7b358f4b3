//! What of an event a replay asks for beside its patterns: when it was, who called what, and a pattern for just that.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;

/// The time of an event by its bytes: of its first member `eventTime`, in seconds since 1970, wherever that is. `None` if it is
/// not there in the one spelling that CloudTrail has (user guide, "CloudTrail record contents").
pub(super) fn time(event: &[u8]) -> Option<i64> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"eventTime\""));
    let found = NAME.find(event)?;
    let value = event.get(found + NAME.needle().len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    seconds(value.strip_prefix(b"\"")?)
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
    /// A filter pattern of such calls of this caller; none if their names need signs that a pattern has no way to spell.
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

impl Call {
    /// Of an event.
    pub(super) fn parse(event: &str) -> Self {
        let record: Record = serde_json::from_str(event).unwrap_or_default();
        let name = record.event_name.unwrap_or_else(|| "(no eventName)".to_owned());
        let identity = record.user_identity.unwrap_or_default();
        let issuer = identity.session_context.and_then(|session| session.session_issuer).and_then(|issuer| issuer.arn);
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
        let is_plain = |text: &str| !text.contains(['"', '\\', '*']) && text.chars().all(|letter| !letter.is_control());
        let pattern = (is_plain(&caller) && is_plain(&name))
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
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
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
        let odd = Call::parse(r#"{"eventName":"X","userIdentity":{"arn":"a\"b*"}}"#);
        assert_eq!((odd.caller.as_str(), odd.pattern), ("a\"b*", None));
        assert_eq!(Call::parse("{}").caller, "(no caller)");
    }
}
