//! What AWS refuses if a value is what it refers to, and takes if it is made of that: a plan shows the reference alone, the
//! files how the value is written.

use std::path::{Path, PathBuf};

use super::*;
use crate::declared::terraform::{SourceFile, Sources, directories};

const FILTER: &str = "aws_cloudwatch_log_metric_filter.policy";
const GROUP: &str = "aws_cloudwatch_log_group.events";
const TRAIL: &str = "aws_cloudtrail.management";
const ALARM: &str = "aws_cloudwatch_metric_alarm.policy";
const TOPIC: &str = "aws_sns_topic.alerts";
const PERSON: &str = "aws_sns_topic_subscription.person";

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
                  resource aws_cloudwatch_log_metric_filter.policy (plan.json): it is what it refers to, which AWS will refuse, \
                  or made of that (--source DIR may show which): log_group_name takes a name, and \
                  arn:aws:logs:‹this region›:‹this account›:log-group:events is none";
    assert_eq!(message(&resources), wanted);
    for (written, wanted) in [
        ("split(\":\", aws_cloudwatch_log_group.events.arn)[6]", unknown),
        ("element(split(\":\", aws_cloudwatch_log_group.events.arn), 6)", unknown),
        ("basename(trimsuffix(aws_cloudwatch_log_group.events.arn, \":*\"))", unknown),
        ("var.is_new ? aws_cloudwatch_log_group.events.arn : \"events\"", unknown),
        ("\"x-${aws_cloudwatch_log_group.events.arn}\"", unknown),
        ("aws_cloudwatch_log_group.events.arn", Some((Status::Fail, Some(Code::MetricFilterRefused)))),
        ("\"${aws_cloudwatch_log_group.events.arn}\"", Some((Status::Fail, Some(Code::MetricFilterRefused)))),
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
fn files_show_that_a_reference_is_only_a_part_of_a_value() {
    let chain = chain();
    for (address, argument, written, wanted) in [
        (ALARM, "alarm_actions", "[aws_sns_topic.alerts.arn]", Some(Status::Pass)),
        (ALARM, "alarm_actions", "[\"${aws_sns_topic.alerts.arn}\"]", Some(Status::Pass)),
        (ALARM, "alarm_actions", "compact([one(aws_sns_topic.alerts[*].arn)])", Some(Status::Pass)),
        (ALARM, "alarm_actions", "[\"${aws_sns_topic.alerts.arn}-dlq\"]", Some(Status::Unknown)),
        (ALARM, "alarm_actions", "[replace(aws_sns_topic.alerts.arn, \"a\", \"b\")]", Some(Status::Unknown)),
        (ALARM, "metric_name", "aws_cloudwatch_log_metric_filter.policy.id", Some(Status::Pass)),
        (ALARM, "metric_name", "upper(aws_cloudwatch_log_metric_filter.policy.id)", Some(Status::Unknown)),
        (PERSON, "topic_arn", "\"${aws_sns_topic.alerts.arn}x\"", Some(Status::Unknown)),
        (TRAIL, "cloud_watch_logs_group_arn", "\"${aws_cloudwatch_log_group.events.arn}:*\"", Some(Status::Pass)),
        (TRAIL, "cloud_watch_logs_group_arn", "\"x${aws_cloudwatch_log_group.events.arn}\"", Some(Status::Unknown)),
    ] {
        let shown = checked(&chain, address, &format!("{argument} = {written}"));
        assert_eq!(status(&shown).map(|it| it.0), wanted, "{argument} = {written}");
    }
}

#[test]
fn a_local_that_a_file_may_override_is_open() {
    let locals = |file: &str, text: &str| SourceFile {
        directory: PathBuf::from("infra"),
        file: format!("infra/{file}"),
        text: text.to_owned(),
    };
    let main = locals("main.tf", "locals {\n  topic = aws_sns_topic.alerts.arn\n}\n");
    let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(references(&["local.topic"])));
    for (more, wanted) in [
        (None, Status::Pass),
        (Some(locals("override.tf", "locals {\n  topic = aws_sns_topic.other.arn\n}\n")), Status::Unknown),
        (Some(locals("override.tf.json", r#"{"locals": {"topic": "${aws_sns_topic.other.arn}"}}"#)), Status::Unknown),
    ] {
        let files: Vec<SourceFile> = [main.clone()].into_iter().chain(more).collect();
        let sources = Sources::new(directories(Path::new("infra"), &[], None), &files);
        let read =
            terraform::read(&document(plan(&resources).to_string()), &symbolic(), Some(&sources)).expect("a plan");
        assert_eq!(status(&judged(read, Scope::Part)).map(|it| it.0), Some(wanted));
    }
}

#[test]
fn a_key_that_is_calculated_may_be_of_any_instance() {
    let keyed = |it: &Planned, key: &str| {
        let mut one = it.clone();
        one.address = format!("{}[\"{key}\"]", one.address);
        one
    };
    let mut resources: Vec<Planned> =
        chain().into_iter().filter(|it| ![ALARM, TOPIC].contains(&&*it.address)).collect();
    let all = chain();
    let find = |address: &str| all.iter().find(|it| it.address == address).expect("a resource");
    for key in ["a", "b"] {
        let mut topic = keyed(find(TOPIC), key);
        topic.values["name"] = json!(key);
        let mut alarm = keyed(find(ALARM), key);
        alarm.values["alarm_name"] = json!(key);
        alarm.written["alarm_actions"] = references(&["aws_sns_topic.alerts", "each.key"]);
        resources.extend([topic, alarm]);
    }
    for person in resources.iter_mut().filter(|it| it.address == PERSON) {
        person.written["topic_arn"] = references(&["aws_sns_topic.alerts[\"a\"].arn", "aws_sns_topic.alerts[\"a\"]"]);
    }
    for (written, wanted) in [
        ("[aws_sns_topic.alerts[each.key].arn]", Status::Pass),
        ("[aws_sns_topic.alerts[\"${each.key}\"].arn]", Status::Pass),
        ("[aws_sns_topic.alerts[each.key == \"a\" ? \"b\" : \"a\"].arn]", Status::Unknown),
    ] {
        let shown = checked(&resources, ALARM, &format!("alarm_actions = {written}"));
        assert_eq!(status(&shown).map(|it| it.0), Some(wanted), "{written}");
    }
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

/// The status and code of a chain in which a subscriber of this protocol is what this refers to: by a plan alone, and where the
/// files show that it is nothing else.
fn endpoint(protocol: &str, reference: &str) -> [Option<(Status, Option<Code>)>; 2] {
    let mut resources = chain();
    let person = resources.iter_mut().find(|it| it.address == PERSON).expect("a subscription");
    person.values = json!({ "protocol": protocol });
    person.unknown["endpoint"] = json!(true);
    let resource = reference.rsplit_once('.').map(|it| it.0).unwrap_or_default();
    person.written["endpoint"] = references(&[reference, resource]);
    if resource.starts_with("aws_sqs_queue.") {
        resources.push(planned(
            resource,
            json!({ "fifo_queue": false }),
            json!({ "arn": true, "id": true }),
            json!({}),
        ));
    }
    let shown = checked(&resources, PERSON, &format!("endpoint = {reference}"));
    [status(&checked_plan(&plan(&resources))), status(&shown)]
}

#[test]
fn an_endpoint_that_is_another_attribute_than_the_arn() {
    let unknown = Some((Status::Unknown, Some(Code::SubscriptionUnread)));
    let refused = Some((Status::Fail, Some(Code::SubscriptionRefused)));
    for (protocol, reference) in [
        ("sqs", "aws_sqs_queue.q.url"),
        ("sqs", "aws_sqs_queue.q.id"),
        ("lambda", "aws_lambda_function.f.invoke_arn"),
        ("lambda", "aws_lambda_function.f.id"),
        ("lambda", "aws_sqs_queue.q.arn"),
        ("firehose", "aws_lambda_function.f.arn"),
    ] {
        let wanted = if protocol == "firehose" { [refused, refused] } else { [unknown, refused] };
        assert_eq!(endpoint(protocol, reference), wanted, "{protocol} {reference}");
    }
    for (protocol, reference) in [("sqs", "aws_sqs_queue.q.arn"), ("lambda", "aws_lambda_alias.a.arn")] {
        let passed = Some((Status::Pass, None));
        assert_eq!(endpoint(protocol, reference), [passed, passed], "{protocol} {reference}");
    }
}

#[test]
fn a_trail_s_role_that_is_no_arn() {
    let trail = "aws_cloudtrail.management";
    let argument = "cloud_watch_logs_role_arn";
    let refused = Some((Status::Fail, Some(Code::TrailRefused)));
    let named = changed(trail, argument, json!("trail"), Json::Null, None);
    assert_eq!(status(&checked_plan(&plan(&named))), refused);
    assert_eq!(
        message(&named),
        "AWS will refuse trail management: cloud_watch_logs_role_arn takes the ARN of a role, and trail is none"
    );
    for (reference, by_plan, shown) in [
        ("id", Status::Unknown, Status::Fail),
        ("name", Status::Unknown, Status::Fail),
        ("arn", Status::Pass, Status::Pass),
    ] {
        let resources = changed(trail, argument, Json::Null, json!(true), Some(attribute("aws_iam_role.r", reference)));
        let found = [
            checked_plan(&plan(&resources)),
            checked(&resources, trail, &format!("{argument} = aws_iam_role.r.{reference}")),
        ];
        assert_eq!(found.map(|it| status(&it).map(|it| it.0)), [Some(by_plan), Some(shown)], "{reference}");
    }
}

#[test]
fn the_arn_of_a_trail_s_log_group_ends_in_a_star() {
    let resources = chain();
    assert_eq!(status(&checked_plan(&plan(&resources))), Some((Status::Pass, None)));
    for (written, wanted) in [
        ("\"${aws_cloudwatch_log_group.events.arn}:*\"", Some((Status::Pass, None))),
        ("aws_cloudwatch_log_group.events.arn", Some((Status::Fail, Some(Code::TrailRefused)))),
    ] {
        let argument = format!("cloud_watch_logs_group_arn = {written}");
        assert_eq!(status(&checked(&resources, "aws_cloudtrail.management", &argument)), wanted, "{written}");
    }
}

#[test]
fn a_subscription_of_the_name_of_a_topic_is_refused() {
    let resources = changed(PERSON, "topic_arn", json!("alerts"), Json::Null, None);
    let wanted =
        "AWS will refuse a subscription of topic alerts: topic_arn takes the ARN of a topic, and alerts is none";
    assert_eq!(status(&checked_plan(&plan(&resources))), Some((Status::Fail, Some(Code::SubscriptionRefused))));
    assert_eq!(message(&resources), wanted);
}

#[test]
fn a_subscription_of_what_is_no_topic_may_be_made_of_it() {
    let bucket = Some(attribute("aws_s3_bucket.b", "arn"));
    let resources = changed(PERSON, "topic_arn", Json::Null, json!(true), bucket);
    assert_eq!(status(&checked_plan(&plan(&resources))).map(|it| it.0), Some(Status::Unknown));
    let shown = checked(&resources, PERSON, "topic_arn = aws_s3_bucket.b.arn");
    assert_eq!(status(&shown), Some((Status::Fail, Some(Code::SubscriptionNone))));
}

#[test]
fn the_sensitive_arn_of_a_log_group_is_not_refused() {
    let arn = json!("arn:aws:logs:eu-west-1:111122223333:log-group:events:*");
    let argument = "cloud_watch_logs_group_arn";
    let mut plan = plan(&changed("aws_cloudtrail.management", argument, arn, Json::Null, None));
    plan["resource_changes"][0]["change"]["after_sensitive"] = json!({ argument: true });
    assert_eq!(status(&checked_plan(&plan)).map(|it| it.0), Some(Status::Unknown));
}
