//! Amazon Resource Names: `arn:partition:service:region:account:resource`.
//!
//! The resources of a chain have types of their own ([`TrailArn`], [`LogGroupArn`], [`AlarmArn`], [`TopicArn`]), which are
//! read once, where a text enters. [`Arn`] is the split itself, for texts that may name anything: an alarm's action, a
//! subscriber's endpoint, a key. What a part means is for those who ask.

mod typed;

pub use typed::{
    Alarm, AlarmArn, ArnOf, Kind, LogGroup, LogGroupArn, Topic, TopicArn, Trail, TrailArn, without_streams,
};

/// An ARN, split. It borrows the text it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `sns`, `logs`, `cloudtrail`, …
    pub service: &'a str,
    /// Empty for global resources.
    pub region: &'a str,
    /// 12 digits; empty for some resources.
    pub account: &'a str,
    /// All that follows, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN. `None` if it is not one.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        (prefix == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty()).then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

/// Whether a text is an account's number: 12 digits.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a trail may have a name: 3 to 128 letters, digits and `._-`, none of these at an end or beside another, and no IP
/// address (CloudTrail API reference, `CreateTrail`, `Name`).
#[must_use]
pub fn is_trail_name(name: &str) -> bool {
    let is_sign = |letter: char| ".-_".contains(letter);
    let has_two = || name.chars().zip(name.chars().skip(1)).any(|(one, next)| is_sign(one) && is_sign(next));
    (3..=128).contains(&name.len())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || is_sign(letter))
        && !name.starts_with(is_sign)
        && !name.ends_with(is_sign)
        && !has_two()
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// Whether a log group may have a name: up to 512 letters, digits and `._-/#` (CloudWatch Logs API reference,
/// `CreateLogGroup`).
#[must_use]
pub fn is_log_group_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#".contains(letter);
    !name.is_empty() && name.len() <= 512 && name.chars().all(is_letter)
}

/// What a person calls the resource of an ARN whose kind is not known; where it is, [`ArnOf::name`] says it.
#[must_use]
pub fn last_part(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |parsed| {
        let kinds = ["trail/", "log-group:", "alarm:", "role/", "function:"];
        kinds.iter().find_map(|kind| parsed.resource.strip_prefix(kind)).unwrap_or(parsed.resource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_trails_may_have() {
        for (name, may) in [
            ("management", true),
            ("a.b-c_d9", true),
            ("abc", true),
            ("ab", false),
            (&"a".repeat(128), true),
            (&"a".repeat(129), false),
            ("a..b", false),
            ("a._b", false),
            ("-trail", false),
            ("trail.", false),
            ("a b c", false),
            ("trâil", false),
            ("192.168.5.4", false),
            ("192.168.5.400", true),
        ] {
            assert_eq!(is_trail_name(name), may, "{name}");
        }
    }
}
