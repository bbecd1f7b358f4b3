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

/// What a person calls the resource of an ARN whose kind is not known; where it is, [`ArnOf::name`] says it.
#[must_use]
pub fn last_part(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |parsed| {
        let kinds = ["trail/", "log-group:", "alarm:", "role/", "function:"];
        kinds.iter().find_map(|kind| parsed.resource.strip_prefix(kind)).unwrap_or(parsed.resource)
    })
}
