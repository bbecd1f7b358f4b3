//! Declared resources that are laid over a saved account.

use super::*;
use crate::declared::account::{Ground, account};

fn home() -> Home {
    Home { account: "111122223333".to_owned(), region: "eu-west-1".to_owned(), partition: "aws".to_owned() }
}

fn worlds_at_home(text: &str) -> Vec<World> {
    let mut stacks = vec![Stack::new(template(text))];
    let library = Library::load(&mut stacks, &mut Beside(&[])).expect("no files");
    worlds(&stacks, &library, &BTreeMap::new(), &home()).expect("it can be evaluated")
}

/// The account in which the chain is deployed.
fn deployed() -> Snapshot {
    let worlds = worlds_at_home(CHAIN);
    let now = "2026-01-05T08:00:00Z".parse().expect("a time");
    account(&worlds[0].declared, Ground { home: &home(), main: &home(), scope: Scope::Part, over: None, now }).snapshot
}

fn laid(text: &str, over: &Snapshot) -> Checked {
    checked_worlds(&worlds_at_home(text), Scope::Part, Some(over))
}

const NOTHING: &str = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n";

#[test]
fn what_is_deployed_already_counts() {
    let checked = laid(NOTHING, &deployed());
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    assert_eq!(checked.report.not_declared().count(), 13);
}

#[test]
fn a_declared_resource_replaces_the_deployed_one() {
    let over = deployed();
    let alarm = &over.alarms_in("eu-west-1").expect("alarms").metric_alarms[0];
    let text = format!(
        "Resources:\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      AlarmName: {}\n      Namespace: other\n      \
         MetricName: other\n      Statistic: Sum\n      Period: 60\n      EvaluationPeriods: 1\n      Threshold: 1\n      \
         ComparisonOperator: GreaterThanOrEqualToThreshold\n",
        alarm.name
    );
    let checked = laid(&text, &over);
    assert_eq!(
        verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::AlarmNone)))
    );
    let documents = checked.report.documents.as_ref().expect("documents");
    let replaced = &documents.over.as_ref().expect("an account").replaced;
    let replaced: Vec<(&str, String)> = replaced.iter().map(|it| (it.resource.as_str(), it.place.words())).collect();
    assert_eq!(replaced, [(alarm.arn.as_str(), "template.yaml:2:3".to_owned())]);
}

#[test]
fn a_declared_link_completes_what_is_deployed() {
    let mut over = deployed();
    over.alarms[0].metric_alarms[0].actions.alarm.clear();
    let silent = laid(NOTHING, &over);
    assert_eq!(
        verdicts(&silent, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::AlarmNoAction)))
    );
    let alarm = CHAIN.find("  PolicyAlarm:").zip(CHAIN.find("  Alerts:")).map(|(from, to)| &CHAIN[from..to]);
    let alarm = alarm.expect("an alarm").replace("!Ref Alerts", &over.topics[0].arn);
    let checked = laid(&format!("Resources:\n{alarm}"), &over);
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
}

#[test]
fn what_is_asked_for_and_neither_declared_nor_deployed_fails() {
    let over = deployed();
    let now = "2026-01-05T09:00:00Z".parse().expect("a time");
    let terms = Terms { home: &home(), scope: Scope::Part, over: Some(&over), counts: &|_| true, now };
    let checked = judge(&worlds_at_home(NOTHING), &rules(), &terms);
    assert_eq!(
        verdicts(&checked, "3.5").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::MetricFilterNone)))
    );
}

#[test]
fn a_log_group_of_another_class_has_no_filters() {
    let over = deployed();
    let group = |class: &str| {
        let name = "LogGroupName: /aws/cloudtrail/management, LogGroupClass";
        format!("Resources:\n  Events: {{Type: AWS::Logs::LogGroup, Properties: {{{name}: {class}}}}}\n")
    };
    let status = |class: &str| verdicts(&laid(&group(class), &over), "3.4").map(|it| (it.0, it.2));
    assert_eq!(status("STANDARD"), Some((Status::Pass, None)));
    assert_eq!(status("INFREQUENT_ACCESS"), Some((Status::Fail, Some(Code::LogGroupClass))));
}
