//! Names of what a fix creates: all begin with the prefix, so that one's own are known at a glance. Whether a name is free
//! is not asked here: the planner asks that of a snapshot.
//!
//! Lengths and letters are those of the services' API references: bucket at most 63, role 64, topic 256, alarm 255,
//! metric filter 512 characters. A prefix of [`PREFIX`] characters leaves room for the longest region.

use std::ops::RangeInclusive;

use crate::arn::{AlarmArn, LogGroupArn, TopicArn, TrailArn};
use crate::snapshot::Trail;

/// How long a prefix is: it is also the name of a trail, which has 3 characters at least.
pub const PREFIX: RangeInclusive<usize> = 3..=20;
/// How many names are tried for one thing, `…`, `…-2`, `…-3`.
pub const TRIES: u32 = 3;
/// The longest name of a metric filter (`PutMetricFilter` `filterName`).
pub(super) const FILTER: usize = 512;
/// The longest name of an alarm (`PutMetricAlarm` `AlarmName`).
pub(super) const ALARM: usize = 255;

/// An account's names.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// What names begin with.
    pub prefix: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The account, 12 digits.
    pub account: &'a str,
}

impl Names<'_> {
    /// ARN of something in this account.
    fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition, self.account)
    }

    /// ARN of the trail of a region. Its key and bucket have the same number, for their policies name the trail.
    #[must_use]
    pub fn trail(&self, region: &str, number: u32) -> TrailArn {
        self.arn("cloudtrail", region, &format!("trail/{}", numbered(self.prefix, number))).into()
    }

    /// Name of the trail's bucket.
    #[must_use]
    pub fn bucket(&self, region: &str, number: u32) -> String {
        numbered(&format!("{}-trail-{}-{region}", self.prefix, self.account), number)
    }

    /// Alias of the trail's key.
    #[must_use]
    pub fn key(&self, number: u32) -> String {
        numbered(&format!("alias/{}-trail", self.prefix), number)
    }

    /// The number of a trail that has one of this program's names and its bucket.
    #[must_use]
    pub fn number(&self, trail: &Trail) -> Option<u32> {
        (1..=TRIES).find(|number| {
            trail.arn == self.trail(&trail.home_region, *number)
                && trail.s3_bucket.as_deref() == Some(&*self.bucket(&trail.home_region, *number))
        })
    }

    /// Name of the role with which CloudTrail writes a trail's events to a log group. Its policies name both, so every
    /// other pair than this program's own has a role of its own.
    #[must_use]
    pub fn role(&self, region: &str, trail_arn: &TrailArn, log_group_arn: &LogGroupArn, number: u32) -> String {
        let base = format!("{}-cloudtrail-logs-{region}", self.prefix);
        let own = *trail_arn == self.trail(region, 1) && *log_group_arn == self.log_group(region, 1);
        let base = if own { base } else { format!("{base}-{:08x}", hash(&[trail_arn, log_group_arn])) };
        numbered(&base, number)
    }

    /// ARN of a role.
    #[must_use]
    pub fn role_arn(&self, name: &str) -> String {
        self.arn("iam", "", &format!("role/{name}"))
    }

    /// ARN of this program's own log group, for a trail without one.
    #[must_use]
    pub fn log_group(&self, region: &str, number: u32) -> LogGroupArn {
        self.named_log_group(region, &numbered(&format!("/aws/cloudtrail/{}", self.prefix), number))
    }

    /// ARN of the log group of a name.
    #[must_use]
    pub fn named_log_group(&self, region: &str, name: &str) -> LogGroupArn {
        self.arn("logs", region, &format!("log-group:{name}")).into()
    }

    /// ARNs of the log groups that a trail without one may be given, the first choice first: that of the given name alone,
    /// or this program's own.
    #[must_use]
    pub fn log_groups(&self, region: &str, name: Option<&str>) -> Vec<LogGroupArn> {
        match name {
            Some(name) => vec![self.named_log_group(region, name)],
            None => (1..=TRIES).map(|number| self.log_group(region, number)).collect(),
        }
    }

    /// ARN of the topic that alarms of a region notify.
    #[must_use]
    pub fn topic(&self, region: &str, number: u32) -> TopicArn {
        self.arn("sns", region, &numbered(&format!("{}-alerts", self.prefix), number)).into()
    }

    /// Name of a control's metric filter, and of its alarm: by the slug, which outlives the control's number.
    #[must_use]
    pub fn control(&self, slug: &str) -> String {
        format!("{}-{slug}", self.prefix)
    }

    /// ARN of an alarm.
    #[must_use]
    pub fn alarm_arn(&self, region: &str, name: &str) -> AlarmArn {
        self.arn("cloudwatch", region, &format!("alarm:{name}")).into()
    }
}

/// The first has no number.
pub(super) fn numbered(base: &str, number: u32) -> String {
    if number == 1 { base.to_owned() } else { format!("{base}-{number}") }
}

/// Whether a name is one that is numbered like this, the first included.
pub(super) fn is_numbered(base: &str, name: &str) -> bool {
    match name.strip_prefix(base) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(|number| number.parse().is_ok_and(|number: u32| number > 1)),
        None => false,
    }
}

/// FNV-1a: the same in every build, for names that must be found again.
fn hash(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_fit() {
        let prefix = "p".repeat(*PREFIX.end());
        let names = Names { prefix: &prefix, partition: "aws-us-gov", account: "111122223333" };
        let region = "ap-southeast-1";
        assert!(names.bucket(region, TRIES).len() <= 63);
        assert!(names.role(region, &"trail".into(), &"group".into(), TRIES).len() <= 64);
        assert!(numbered(&names.control(&"s".repeat(200)), 9).len() <= ALARM);
    }

    #[test]
    fn numbered_names_are_known() {
        for (name, is) in [
            ("a-b", true),
            ("a-b-2", true),
            ("a-b-10", true),
            ("a-b-1", false),
            ("a-b-c", false),
            ("a", false),
            ("a-b2", false),
        ] {
            assert_eq!(is_numbered("a-b", name), is, "{name}");
        }
    }

    #[test]
    fn other_trails_and_groups_have_other_roles() {
        let names = Names { prefix: "cis-audit", partition: "aws", account: "111122223333" };
        let (trail, group) = (names.trail("eu-west-1", 1), names.log_group("eu-west-1", 1));
        assert_eq!(names.role("eu-west-1", &trail, &group, 1), "cis-audit-cloudtrail-logs-eu-west-1");
        assert_eq!(
            names.role("eu-west-1", &trail, &"other".into(), 2),
            "cis-audit-cloudtrail-logs-eu-west-1-d8f11c04-2"
        );
        assert_ne!(
            names.role("eu-west-1", &trail, &"other".into(), 1),
            names.role("eu-west-1", &"other".into(), &group, 1)
        );
    }
}
