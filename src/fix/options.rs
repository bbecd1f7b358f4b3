//! What the user asks of a fix: defaults, and what is refused before anything is planned. Lengths and letters are those of
//! the services' API references.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::names;
use super::plan::{Endpoint, OWN_TAG, Options};
use crate::arn::{Arn, is_account_id};
use crate::partition;
use crate::rule::Rule;

/// An option that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{option} {value}: {problem}")]
pub struct OptionError {
    /// The option's name.
    pub option: &'static str,
    /// What was given.
    pub value: String,
    /// What is wrong with it: a sentence, lower case, no full stop.
    pub problem: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            subscribe: Vec::new(),
            topic: None,
            log_group: None,
            name_prefix: "cis-audit".to_owned(),
            namespace: NAMESPACE.to_owned(),
            own_namespace: None,
            alarm_period: 300,
            topic_kms_key: None,
            tags: BTreeMap::new(),
            allow_update: false,
            exceptions: Vec::new(),
        }
    }
}

/// The namespace of new metrics, unless another one is asked for.
const NAMESPACE: &str = "CISBenchmark";
/// The same of controls that are not the benchmark's.
const OWN_NAMESPACE: &str = "SecurityControls";

impl Options {
    /// The namespace of a rule's new metric: what is not the benchmark's is not called so unless it is asked for.
    #[must_use]
    pub fn namespace_of(&self, rule: &Rule) -> &str {
        if rule.is_benchmarks { &self.namespace } else { self.own_namespace() }
    }

    /// The namespace of new metrics of controls that are not the benchmark's.
    #[must_use]
    pub fn own_namespace(&self) -> &str {
        match &self.own_namespace {
            Some(namespace) => namespace,
            None if self.namespace == NAMESPACE => OWN_NAMESPACE,
            None => &self.namespace,
        }
    }

    /// Refuses what AWS would refuse, or would take and never use.
    ///
    /// # Errors
    /// The first option that cannot be.
    pub fn check(&self) -> Result<(), OptionError> {
        is(is_prefix(&self.name_prefix), "name-prefix", &self.name_prefix, || {
            format!(
                "must be {} to {} lower-case letters, digits and single hyphens, and begin with a letter",
                names::PREFIX.start(),
                names::PREFIX.end()
            )
        })?;
        self.check_metrics()?;
        if let Some(topic) = &self.topic {
            is(is_topic(topic), "topic", topic, || "must be the ARN of a standard SNS topic".to_owned())?;
        }
        if let Some(group) = &self.log_group {
            let fits = (1..=512).contains(&group.len())
                && group.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/#".contains(&b));
            is(fits, "log-group", group, || {
                "must be a name of 1 to 512 letters, digits and . - _ / #, not an ARN".to_owned()
            })?;
            is(!group.starts_with("aws/"), "log-group", group, || "aws/ is reserved for AWS".to_owned())?;
        }
        if let Some(key) = &self.topic_kms_key {
            is(!key.trim().is_empty(), "topic-kms-key", key, || "must be the id, ARN or alias of a key".to_owned())?;
            is(!key.ends_with("alias/aws/sns"), "topic-kms-key", key, || {
                "CloudWatch may not use the AWS managed key, so no alarm would be delivered".to_owned()
            })?;
        }
        self.check_tags()?;
        let mut seen = BTreeSet::new();
        for endpoint in &self.subscribe {
            check_endpoint(endpoint)?;
            let text = format!("{}:{}", endpoint.protocol, endpoint.address);
            is(seen.insert(endpoint), "subscribe", &text, || "is given twice".to_owned())?;
        }
        Ok(())
    }

    fn check_metrics(&self) -> Result<(), OptionError> {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b".-_/#".contains(&b);
        let fits = (1..=255).contains(&self.namespace.len()) && self.namespace.bytes().all(letters);
        is(fits, "namespace", &self.namespace, || "must be 1 to 255 letters, digits and . - _ / #".to_owned())?;
        is(!self.namespace.starts_with("AWS/"), "namespace", &self.namespace, || {
            "AWS/ is reserved for the services' own metrics".to_owned()
        })?;
        // Metrics of metric filters have one point a minute, and an alarm looks back a day at most for shorter periods.
        let period = self.alarm_period;
        is((60..=86_400).contains(&period) && period % 60 == 0, "alarm-period", &period.to_string(), || {
            "must be a multiple of 60 seconds, at most 86400".to_owned()
        })
    }

    /// S3, SNS, IAM and KMS take 50 tags of a resource, one of which is this program's own. To IAM keys that differ in case
    /// alone are one key given twice.
    fn check_tags(&self) -> Result<(), OptionError> {
        let mut seen = BTreeSet::from([OWN_TAG.to_ascii_lowercase()]);
        let letters = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
        for (key, value) in &self.tags {
            let text = format!("{key}={value}");
            let check = |fits, problem: &str| is(fits, "tag", &text, || problem.to_owned());
            check((1..=128).contains(&key.chars().count()), "a key has 1 to 128 characters")?;
            check(value.chars().count() <= 256, "a value has at most 256 characters")?;
            check(letters(key) && letters(value), "only letters, digits, blanks and _ . : / = + - @ may be used")?;
            check(!key.to_ascii_lowercase().starts_with("aws:"), "keys that begin with aws: are reserved for AWS")?;
            check(!key.eq_ignore_ascii_case(OWN_TAG), "this program marks what it creates with this key")?;
            check(seen.insert(key.to_lowercase()), "the key is given twice, and case makes no difference to IAM")?;
        }
        let count = self.tags.len();
        is(count < 50, "tag", &format!("({count} times)"), || {
            "a resource has at most 50 tags, one of them this program's own".to_owned()
        })
    }
}

fn is(fits: bool, option: &'static str, value: &str, problem: impl FnOnce() -> String) -> Result<(), OptionError> {
    if fits { Ok(()) } else { Err(OptionError { option, value: value.to_owned(), problem: problem() }) }
}

/// Fit for the name of a bucket, of which it is the beginning: lower case, and nothing that S3 keeps for itself.
fn is_prefix(prefix: &str) -> bool {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let kept = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|kept| prefix.starts_with(kept));
    names::PREFIX.contains(&prefix.len())
        && prefix.starts_with(|c: char| c.is_ascii_lowercase())
        && prefix.bytes().all(letters)
        && !prefix.ends_with('-')
        && !prefix.contains("--")
        && !kept
        && prefix != "aws"
}

fn is_topic(text: &str) -> bool {
    let arn = Arn::parse(text);
    arn.is_some_and(|arn| {
        arn.service == "sns" && has_place(arn) && !arn.resource.contains(':') && !arn.resource.ends_with(".fifo")
    })
}

/// Whether an ARN says where the resource is. A plan is untrusted, and requests are made of regions that it names.
fn has_place(arn: Arn<'_>) -> bool {
    partition::is_region_name(arn.region) && is_account_id(arn.account)
}

/// `email:oncall@example.com`, `https://hooks.example.com/x`, `sms:+15555550123`, or the ARN of a queue or function.
impl FromStr for Endpoint {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let service = Arn::parse(text).map(|arn| arn.service);
        let (protocol, address) = match (service, text.split_once(':')) {
            (Some(service), _) => (service, text),
            (None, Some(("https", _))) => ("https", text),
            (None, Some((protocol, address))) => (protocol, address),
            (None, None) if text.contains('@') => ("email", text),
            (None, None) => ("", text),
        };
        // `https:https://…` is how the protocol is spelled out.
        let address = if protocol == "https" {
            address.strip_prefix("https:https:").map_or(address.to_owned(), |rest| format!("https:{rest}"))
        } else {
            address.to_owned()
        };
        let endpoint = Self { protocol: protocol.to_owned(), address };
        check_endpoint(&endpoint)?;
        Ok(endpoint)
    }
}

/// What `Subscribe` would refuse.
pub(super) fn check_endpoint(endpoint: &Endpoint) -> Result<(), OptionError> {
    let Endpoint { protocol, address } = endpoint;
    let arn = Arn::parse(address);
    let of_service = |service: &str| arn.is_some_and(|arn| arn.service == service && has_place(arn));
    // SNS takes an endpoint of 2,048 characters, mail one of 254.
    let longest = if protocol == "email" { 254 } else { 2_048 };
    let blank = address.contains(|c: char| c.is_whitespace() || c.is_control()) || address.len() > longest;
    let (fits, problem) = match protocol.as_str() {
        "email" => {
            let parts = address.split_once('@');
            let fits = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
            (fits && !blank, "must be an email address")
        }
        "https" => {
            (address.len() > "https://".len() && address.starts_with("https://") && !blank, "must be an https:// URL")
        }
        "sms" => {
            let digits = address.strip_prefix('+').unwrap_or_default();
            let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            (fits, "must be a telephone number with + and the country code")
        }
        "sqs" => (of_service("sqs") && !address.ends_with(".fifo"), "must be the ARN of a standard queue"),
        "lambda" => (of_service("lambda"), "must be the ARN of a function"),
        _ => (false, "must be email:ADDRESS, https://URL, sms:+NUMBER, or the ARN of a queue or function"),
    };
    let given = if protocol.is_empty() { address.clone() } else { format!("{protocol}:{address}") };
    is(fits, "subscribe", &given, || problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read() {
        let queue = "arn:aws:sqs:us-east-1:111122223333:q";
        let function = "arn:aws:lambda:us-east-1:111122223333:function:f";
        for (text, protocol, address) in [
            ("email:a@example.com", "email", "a@example.com"),
            ("a@example.com", "email", "a@example.com"),
            ("https://example.com/x", "https", "https://example.com/x"),
            ("https:https://example.com/x", "https", "https://example.com/x"),
            ("sms:+15555550123", "sms", "+15555550123"),
            (queue, "sqs", queue),
            (&format!("sqs:{queue}"), "sqs", queue),
            (function, "lambda", function),
        ] {
            let got: Endpoint = text.parse().expect(text);
            assert_eq!((got.protocol.as_str(), got.address.as_str()), (protocol, address), "{text}");
        }
        for (text, wanted) in [
            ("nobody", "--subscribe nobody: must be email:ADDRESS"),
            ("email:nobody", "--subscribe email:nobody: must be an email address"),
            ("fax:1", "--subscribe fax:1: must be email:ADDRESS"),
            ("sms:0123", "--subscribe sms:0123: must be a telephone number"),
            ("arn:aws:sqs:us-east-1:111122223333:q.fifo", "must be the ARN of a standard queue"),
            ("arn:aws:s3:::bucket", "must be email:ADDRESS"),
        ] {
            let got = text.parse::<Endpoint>().expect_err(text).to_string();
            assert!(got.contains(wanted), "{got}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(Options::default().check(), Ok(()));
        let with = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            options.check().expect_err("it cannot be").to_string()
        };
        for (got, wanted) in [
            (with(|o| o.name_prefix = "Cis".into()), "--name-prefix Cis: must be 3 to 20 lower-case letters"),
            (with(|o| o.name_prefix = "a".repeat(21)), "must be 3 to 20"),
            (with(|o| o.name_prefix = "ab".into()), "--name-prefix ab: must be 3 to 20"),
            (with(|o| o.name_prefix = "sthree-a".into()), "--name-prefix sthree-a"),
            (with(|o| o.namespace = "AWS/CloudTrail".into()), "--namespace AWS/CloudTrail: AWS/ is reserved"),
            (with(|o| o.namespace = "a:b".into()), "--namespace a:b: must be 1 to 255 letters"),
            (with(|o| o.alarm_period = 90), "--alarm-period 90: must be a multiple of 60"),
            (with(|o| o.topic = Some("alerts".into())), "--topic alerts: must be the ARN"),
            (
                with(|o| o.topic = Some("arn:aws:sns:us-east-1:111122223333:t.fifo".into())),
                "must be the ARN of a standard",
            ),
            // A host would be made of it.
            (
                with(|o| o.topic = Some("arn:aws:sns:evil.example/:111122223333:t".into())),
                "--topic arn:aws:sns:evil.example/:111122223333:t: must be the ARN of a standard",
            ),
            (with(|o| o.topic = Some("arn:aws:sns:us-east-1:1:t".into())), "must be the ARN of a standard"),
            (
                with(|o| {
                    let address = "arn:aws:sqs:x@evil.example#:111122223333:q".to_owned();
                    o.subscribe = vec![Endpoint { protocol: "sqs".into(), address }];
                }),
                "must be the ARN of a standard queue",
            ),
            (with(|o| o.log_group = Some("a b".into())), "--log-group a b: must be a name"),
            (
                with(|o| o.topic_kms_key = Some("alias/aws/sns".into())),
                "--topic-kms-key alias/aws/sns: CloudWatch may not",
            ),
            (with(|o| drop(o.tags.insert("aws:x".into(), "y".into()))), "--tag aws:x=y: keys that begin"),
            (with(|o| drop(o.tags.insert("cis-audit".into(), "y".into()))), "--tag cis-audit=y: this program"),
            (with(|o| drop(o.tags.insert("CIS-Audit".into(), "y".into()))), "--tag CIS-Audit=y: this program"),
            (
                with(|o| o.tags.extend([("Team".into(), "a".into()), ("team".into(), "b".into())])),
                "--tag team=b: the key is given twice",
            ),
            (with(|o| o.log_group = Some("aws/x".into())), "--log-group aws/x: aws/ is reserved"),
            (with(|o| o.subscribe = vec!["a@b.c".parse().expect("one"); 2]), "--subscribe email:a@b.c: is given twice"),
        ] {
            assert!(got.contains(wanted), "{got}");
        }
    }
}
