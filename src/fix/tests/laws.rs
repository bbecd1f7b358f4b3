//! The laws of every plan, over accounts with several things wrong at once.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::circumstances::{CIRCUMSTANCES, apply};
use super::*;
use crate::accounts::defects;
use crate::accounts::defects::sound::SOUND;

/// Controls that defects are about: of one service, of every service, of a narrow text.
const BROKEN: &[&str] = &["3.4", "3.1", "3.2", "3.14"];
const QUEUE: &str = "arn:aws:sqs:ap-northeast-1:111122223333:alerts";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:alerts";
const CENTRAL: &str = "arn:aws:sqs:ap-northeast-1:999999999999:central";

fn any_options() -> impl Strategy<Value = Options> {
    let addresses = ["sms:+15555550123", "email:a@example.com", "https://example.com/hook", QUEUE, FUNCTION, CENTRAL];
    let topics = [None, None, None, Some(NOTICE), Some("arn:aws:sns:ap-northeast-1:999999999999:central")];
    (
        subsequence(addresses.to_vec(), 0..=3),
        select(topics.to_vec()),
        select(vec![None, Some("trails")]),
        select(vec!["CISBenchmark", "LogMetrics"]),
        select(vec![None, Some("alias/alerts")]),
        any::<bool>(),
    )
        .prop_map(|(addresses, topic, log_group, namespace, key, allow_update)| Options {
            subscribe: endpoints(&addresses),
            topic: topic.map(Into::into),
            log_group: log_group.map(Into::into),
            namespace: namespace.into(),
            topic_kms_key: key.map(Into::into),
            allow_update,
            ..Options::default()
        })
}

fn names() -> Vec<&'static str> {
    let names = defects::all().map(|defect| defect.name).chain(SOUND.iter().map(|sound| sound.name));
    names.chain(CIRCUMSTANCES.iter().map(|circumstance| circumstance.name)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_the_laws(
        wrong in prop::collection::vec((select(names()), select(BROKEN.to_vec())), 0..5),
        options in any_options(),
        verdict in select(vec![Verdict::Cis, Verdict::Effective, Verdict::SecurityHub]),
        benchmark in select(vec![Benchmark::V1_2_0, Benchmark::V1_4_0, Benchmark::V5_0_0]),
    ) {
        let mut account = seed();
        for (name, control) in &wrong {
            apply(&mut account, name, control);
        }
        checked_plan(&surveyed(account, &options), &rules(benchmark), verdict, &options);
    }
}
