//! What a plan does, as a hash that people compare: where the plan is shown, where it is saved, and where it is carried
//! out.
//!
//! It is over all that decides what happens, subscribers' addresses in full, and over nothing else: the time at which
//! the account was read and what else is reported are left out, so that planning again gives the same fingerprint as
//! long as the same would be done. It distinguishes two plans; it does not prove who made them.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Options, Plan, Step};

/// What is hashed, as JSON in this order. A change of it is a new [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
#[derive(Serialize)]
struct Hashed<'a> {
    schema_version: u32,
    account_id: &'a str,
    partition: &'a str,
    region: &'a str,
    benchmark: &'a str,
    verdict: &'a str,
    rules: &'a [String],
    options: &'a Options,
    steps: &'a [Step],
}

impl Plan {
    /// The fingerprint of what the plan does: SHA-256 in lower-case hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let Self {
            schema_version,
            fingerprint: _,
            endpoints_masked: _,
            collected_at: _,
            account_id,
            partition,
            region,
            benchmark,
            verdict,
            rules,
            rule_files: _,
            options,
            steps,
            reused: _,
            manual: _,
            begun: _,
            not_subscribed: _,
            not_planned: _,
        } = self;
        let hashed = Hashed {
            schema_version: *schema_version,
            account_id,
            partition,
            region,
            benchmark,
            verdict,
            rules,
            options,
            steps,
        };
        // Strings, numbers, lists and maps with text for keys: JSON can hold them all.
        let text = serde_json::to_string(&hashed).unwrap_or_default();
        hex(&Sha256::digest(text))
    }

    /// The plan with its fingerprint.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.fingerprint = self.digest();
        self
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string can be written to.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fix::plan::{Action, Alarm, Endpoint, Subscription};

    fn hook() -> Endpoint {
        "https://hooks.example.com/a".parse().expect("an endpoint")
    }

    /// One webhook is subscribed to one topic.
    pub(crate) fn plan() -> Plan {
        let topic_arn = "arn:aws:sns:us-east-1:111122223333:alerts".to_owned();
        let action = Action::Subscribe(Subscription { topic_arn: topic_arn.into(), endpoint: hook() });
        let id = "subscription/alerts/https-1".to_owned();
        let step = Step { id, after: vec![], rules: vec!["3.4".to_owned()], action };
        let plan = Plan {
            schema_version: 1,
            fingerprint: String::new(),
            endpoints_masked: false,
            collected_at: "2026-01-02T03:04:05Z".parse().expect("a time"),
            account_id: "111122223333".to_owned(),
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            benchmark: "1.2.0".to_owned(),
            verdict: "cis".to_owned(),
            rules: vec!["3.4".to_owned()],
            rule_files: vec![],
            options: Options { subscribe: vec![hook()], ..Options::default() },
            steps: vec![step],
            reused: vec![],
            manual: vec![],
            begun: vec![],
            not_subscribed: vec![],
            not_planned: vec![],
        };
        plan.sealed()
    }

    /// SHA-256 of the text that `Hashed` describes, by another program. Plans that people hold depend on it.
    #[test]
    fn it_is_the_same_in_every_build() {
        assert_eq!(plan().fingerprint, "5528d2fd8c84185a4d327ed8063c9dd32dec3b98ab1eb3957e21c3ee2dd8e13c");
    }

    #[test]
    fn whatever_is_done_changes_it() {
        let digest_after = |change: &dyn Fn(&mut Plan)| {
            let mut changed = plan();
            change(&mut changed);
            changed.digest()
        };
        let other = || "https://hooks.example.com/b".parse::<Endpoint>().expect("an endpoint");
        let alarm = || {
            Action::CreateAlarm(Alarm {
                arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a".into(),
                description: String::new(),
                namespace: "CISBenchmark".to_owned(),
                metric: "RootUsage".to_owned(),
                period: 300,
                topic_arn: "arn:aws:sns:us-east-1:111122223333:alerts".into(),
                tags: Default::default(),
            })
        };
        let all = [
            plan().digest(),
            digest_after(&|plan| plan.account_id = "999999999999".to_owned()),
            digest_after(&|plan| plan.partition = "aws-cn".to_owned()),
            digest_after(&|plan| plan.region = "eu-west-1".to_owned()),
            digest_after(&|plan| plan.benchmark = "3.0.0".to_owned()),
            digest_after(&|plan| plan.verdict = "effective".to_owned()),
            digest_after(&|plan| plan.rules.push("3.5".to_owned())),
            digest_after(&|plan| plan.options.allow_update = true),
            digest_after(&|plan| plan.options.alarm_period = 60),
            digest_after(&|plan| plan.options.subscribe = vec![other()]),
            digest_after(&|plan| match &mut plan.steps[0].action {
                Action::Subscribe(subscription) => subscription.endpoint = other(),
                other => panic!("{other:?}"),
            }),
            digest_after(&|plan| plan.steps[0].action = alarm()),
            digest_after(&|plan| plan.steps[0].after.push("topic/alerts".to_owned())),
            digest_after(&|plan| plan.steps.clear()),
        ];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|digest| digest.len() == 64));
    }

    #[test]
    fn the_time_of_planning_and_notes_do_not() {
        let mut later = plan();
        later.collected_at = "2027-01-02T03:04:05Z".parse().expect("a time");
        later.not_subscribed.push(hook());
        later.begun.push("key/x".to_owned());
        assert_eq!(later.digest(), plan().fingerprint);
    }
}
