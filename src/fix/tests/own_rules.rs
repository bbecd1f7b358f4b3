//! What is made for a control of one's own is not called the benchmark's.

use super::*;
use crate::fix::plan::{Alarm, FromFiles, MetricFilter};
use crate::rule::RuleFiles;
use crate::rule::catalog::Directory;

/// The built-in rules, and one of one's own.
fn with_own() -> Vec<Arc<Rule>> {
    let text = include_str!("../../../fixtures/rules/access-keys.toml").to_owned();
    let files = RuleFiles { directory: "acme".to_owned(), are_added: true };
    let texts = vec![("acme/access-keys.toml".to_owned(), text)];
    let catalog = Catalog::from_files(vec![Directory { files, texts }], Benchmark::default());
    catalog.expect("the rules").rules().to_vec()
}

fn created(plan: &Plan) -> (Vec<&MetricFilter>, Vec<&Alarm>) {
    let filters = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateMetricFilter(filter) => Some(filter),
        _ => None,
    });
    let alarms = plan.steps.iter().filter_map(|step| match &step.action {
        Action::CreateAlarm(alarm) => Some(alarm),
        _ => None,
    });
    (filters.collect(), alarms.collect())
}

fn planned_with(account: &Account, options: &Options) -> Plan {
    plan(account, &with_own(), Verdict::Cis, options)
}

#[test]
fn its_alarm_and_metric_do_not_say_cis() {
    let options = sms_subscriber();
    let plan = planned_with(&surveyed(seed(), &options), &options);
    let (filters, alarms) = created(&plan);
    let [filter] = filters.as_slice() else { panic!("{filters:?}") };
    assert_eq!((filter.namespace.as_str(), filter.metric.as_str()), ("SecurityControls", "AccessKeyCreated"));
    let [alarm] = alarms.as_slice() else { panic!("{alarms:?}") };
    assert_eq!(alarm.description, "Ensure that somebody is notified of new access keys (ACME-1)");
    assert_eq!(alarm.namespace, "SecurityControls");
    assert_eq!(
        plan.rule_files,
        [FromFiles { directory: "acme".to_owned(), rules: vec!["ACME-1".to_owned()], own: vec!["ACME-1".to_owned()] }]
    );
}

#[test]
fn a_namespace_that_was_asked_for_is_everybodys() {
    let options = Options { namespace: "Team".to_owned(), ..sms_subscriber() };
    let plan = planned_with(&surveyed(seed(), &options), &options);
    let (filters, _) = created(&plan);
    assert_eq!(filters.iter().map(|filter| filter.namespace.as_str()).collect::<Vec<_>>(), ["Team"]);
}

#[test]
fn a_metric_name_that_is_taken_gets_a_number() {
    let mut account = seed();
    let filter = account.log_groups[0].metric_filters.as_mut().expect("filters").first_mut().expect("a filter");
    filter.transformations[0].namespace = "SecurityControls".to_owned();
    filter.transformations[0].name = "AccessKeyCreated".to_owned();
    let options = sms_subscriber();
    let plan = planned_with(&surveyed(account, &options), &options);
    let (filters, _) = created(&plan);
    let own = filters.iter().find(|filter| filter.namespace == "SecurityControls").expect("its filter");
    assert_eq!(own.metric, "AccessKeyCreated-2");
}

#[test]
fn where_a_plan_has_its_rules_from_is_no_part_of_what_it_does() {
    let options = sms_subscriber();
    let mut plan = planned_with(&surveyed(seed(), &options), &options);
    let fingerprint = plan.fingerprint.clone();
    plan.rule_files[0].directory = "/elsewhere/acme".to_owned();
    assert_eq!(plan.digest(), fingerprint);
}
