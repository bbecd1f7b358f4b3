//! Locals, where the files are there in which they are written.

use std::path::{Path, PathBuf};

use super::*;
use crate::declared::terraform::{SourceFile, Sources, directories};

const ALARM: &str = "aws_cloudwatch_metric_alarm.policy";

/// The status of 3.4 in the plan that was made from a file with these locals.
fn status(resources: &[Planned], locals: &str) -> Option<Status> {
    status_of(&plan(resources), locals)
}

fn status_of(plan: &Json, locals: &str) -> Option<Status> {
    let text = format!("locals {{\n{locals}\n}}\n");
    let file = SourceFile { directory: PathBuf::from("infra"), file: "infra/main.tf".to_owned(), text };
    let sources = Sources::new(directories(Path::new("infra"), &[], None), &[file]);
    let read = terraform::read(&document(plan.to_string()), &symbolic(), Some(&sources)).expect("a plan");
    verdicts(&judged(read, Scope::Part), "3.4").map(|verdicts| verdicts.0)
}

#[test]
fn locals_lead_to_what_their_files_say() {
    let local = Some(references(&["local.actions"]));
    let mut resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), local);
    resources.push(planned("aws_sns_topic.other", json!({ "name": "other" }), json!({ "arn": true }), json!({})));
    for (locals, wanted) in [
        ("actions = [aws_sns_topic.alerts.arn]", Status::Pass),
        ("actions = [aws_sns_topic.other.arn]", Status::Fail),
        ("actions = compact([local.topic])\n topic = var.create ? aws_sns_topic.alerts.arn : var.topic", Status::Pass),
        ("actions = [aws_sns_topic.other.arn, aws_sns_topic.alerts.arn]", Status::Unknown),
        ("actions = [local.gone]", Status::Unknown),
        ("actions = [local.actions]", Status::Unknown),
        ("actions = [\"${timestamp()}\", aws_sns_topic.alerts.arn]", Status::Unknown),
        ("other = 1", Status::Unknown),
        ("actions = [", Status::Unknown),
    ] {
        assert_eq!(status(&resources, locals), Some(wanted), "{locals}");
    }
}

#[test]
fn an_entry_of_a_local_is_that_of_the_key() {
    let value = Some(references(&["each.value.topic", "each.value"]));
    let mut resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), value);
    resources.push(planned("aws_sns_topic.other", json!({ "name": "other" }), json!({ "arn": true }), json!({})));
    let alarm = resources.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
    alarm.address = format!("{ALARM}[\"iam\"]");
    let mut plan = plan(&resources);
    let configured = plan["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
    let alarm = configured.iter_mut().find(|it| it["type"] == "aws_cloudwatch_metric_alarm").expect("an alarm");
    alarm["for_each_expression"] = references(&["local.alarms"]);
    let of = |iam: &str, other: &str| {
        format!(
            "alarms = {{ iam = {{ topic = aws_sns_topic.{iam}.arn }}, kms = {{ topic = aws_sns_topic.{other}.arn }} }}"
        )
    };
    assert_eq!(status_of(&plan, &of("alerts", "other")), Some(Status::Pass));
    assert_eq!(status_of(&plan, &of("other", "alerts")), Some(Status::Fail));
    let merged =
        "alarms = merge({ iam = { topic = aws_sns_topic.alerts.arn } }, { iam = { topic = aws_sns_topic.other.arn } })";
    assert_eq!(status_of(&plan, merged), Some(Status::Unknown));
}
