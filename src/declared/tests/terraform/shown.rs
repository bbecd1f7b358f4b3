//! What AWS refuses if a value is what it refers to, and takes if it is made of that: a plan shows the reference alone, the
//! files how the value is written.

use std::path::{Path, PathBuf};

use super::*;
use crate::declared::terraform::{SourceFile, Sources, directories};

const FILTER: &str = "aws_cloudwatch_log_metric_filter.policy";
const GROUP: &str = "aws_cloudwatch_log_group.events";

/// What is reported about a plan beside a file in which a resource has this argument.
pub(super) fn checked(resources: &[Planned], address: &str, argument: &str) -> Checked {
    let (kind, name) = address.split_once('.').expect("an address");
    let text = format!("resource \"{kind}\" \"{name}\" {{\n  {argument}\n}}\n");
    let file = SourceFile { directory: PathBuf::from("infra"), file: "infra/main.tf".to_owned(), text };
    let sources = Sources::new(directories(Path::new("infra"), &[], None), &[file]);
    let read = terraform::read(&document(plan(resources).to_string()), &symbolic(), Some(&sources)).expect("a plan");
    judged(read, Scope::Part)
}

fn status(checked: &Checked) -> Option<(Status, Option<Code>)> {
    verdicts(checked, "3.4").map(|it| (it.0, it.2))
}

#[test]
fn the_name_of_a_log_group_may_be_taken_from_its_arn() {
    let arn = Some(attribute(GROUP, "arn"));
    let resources = changed(FILTER, "log_group_name", Json::Null, json!(true), arn);
    let unknown = Some((Status::Unknown, Some(Code::MetricFilterUnread)));
    assert_eq!(status(&checked_plan(&plan(&resources))), unknown);
    let wanted = "the metric filters of log group events could not be read; known only at deployment: log_group_name of \
                  resource aws_cloudwatch_log_metric_filter.policy (plan.json): it is what it refers to, or made of that, \
                  which --source DIR may show: as it is AWS will refuse it: log_group_name takes a name, and \
                  arn:aws:logs:‹this region›:‹this account›:log-group:events is none";
    assert_eq!(message(&resources), wanted);
    for (written, wanted) in [
        ("split(\":\", aws_cloudwatch_log_group.events.arn)[6]", unknown),
        ("element(split(\":\", aws_cloudwatch_log_group.events.arn), 6)", unknown),
        ("basename(trimsuffix(aws_cloudwatch_log_group.events.arn, \":*\"))", unknown),
        ("var.is_new ? aws_cloudwatch_log_group.events.arn : \"events\"", unknown),
        ("\"x-${aws_cloudwatch_log_group.events.arn}\"", unknown),
        ("aws_cloudwatch_log_group.events.arn", Some((Status::Fail, Some(Code::MetricFilterRefused)))),
    ] {
        let checked = checked(&resources, FILTER, &format!("log_group_name = {written}"));
        assert_eq!(status(&checked), wanted, "{written}");
    }
}

#[test]
fn what_fails_anyway_fails_beside_what_may_be_refused() {
    let arn = Some(attribute(GROUP, "arn"));
    let mut resources = changed(FILTER, "log_group_name", Json::Null, json!(true), arn);
    resources.retain(|it| it.address != "aws_cloudwatch_metric_alarm.policy");
    assert_eq!(status(&checked_plan(&plan(&resources))), Some((Status::Fail, Some(Code::AlarmNone))));
}

#[test]
fn an_id_may_be_a_part_of_the_arn_that_a_trail_needs() {
    let id = Some(attribute(GROUP, "id"));
    let argument = "cloud_watch_logs_group_arn";
    let resources = changed("aws_cloudtrail.management", argument, Json::Null, json!(true), id);
    assert_eq!(status(&checked_plan(&plan(&resources))).map(|it| it.0), Some(Status::Unknown));
    let written = "cloud_watch_logs_group_arn = aws_cloudwatch_log_group.events.id";
    let shown = checked(&resources, "aws_cloudtrail.management", written);
    assert_eq!(status(&shown), Some((Status::Fail, Some(Code::TrailRefused))));
}

#[test]
fn an_override_may_write_another_expression() {
    let arn = Some(attribute(GROUP, "arn"));
    let resources = changed(FILTER, "log_group_name", Json::Null, json!(true), arn);
    let twice = "log_group_name = aws_cloudwatch_log_group.events.arn\n}\nresource \"aws_cloudwatch_log_metric_filter\" \
                 \"policy\" {\n  log_group_name = split(\":\", aws_cloudwatch_log_group.events.arn)[6]";
    assert_eq!(status(&checked(&resources, FILTER, twice)).map(|it| it.0), Some(Status::Unknown));
}
