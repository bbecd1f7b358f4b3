//! What a plan deletes, forgets, or does not say; what a state says in zeros; and what is sensitive.

use super::*;

/// A plan with the actions of some changes replaced, their values being those of before.
fn with_actions(addresses: &[&str], actions: &[&str]) -> Json {
    let mut whole = plan(&chain());
    for change in whole["resource_changes"].as_array_mut().expect("changes") {
        if addresses.iter().any(|address| change["address"] == *address) {
            let kind = change["type"].clone();
            let what = &mut change["change"];
            what["actions"] = json!(actions);
            what["before"] = what["after"].clone();
            if kind == "aws_cloudtrail" {
                let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:events:*";
                what["before"]["cloud_watch_logs_group_arn"] = json!(arn);
            }
            if !actions.contains(&"create") && !actions.contains(&"update") {
                what["after"] = Json::Null;
                what["after_unknown"] = json!({});
            }
        }
    }
    whole
}

fn status(json: &Json) -> Option<(Status, Option<Code>)> {
    verdicts(&checked_plan(json), "3.4").map(|verdicts| (verdicts.0, verdicts.2))
}

#[test]
fn what_a_plan_deletes_fails() {
    for (address, code) in [
        ("aws_cloudwatch_log_metric_filter.policy", Code::MetricFilterNone),
        ("aws_cloudwatch_metric_alarm.policy", Code::AlarmNone),
        ("aws_cloudtrail.management", Code::TrailNone),
        ("aws_sns_topic_subscription.person", Code::SubscriptionNone),
    ] {
        assert_eq!(status(&with_actions(&[address], &["delete"])), Some((Status::Fail, Some(code))), "{address}");
    }
    // A topic that is named by a text, as one that is not declared.
    let mut whole = with_actions(&["aws_sns_topic.alerts", "aws_sns_topic_subscription.person"], &["delete"]);
    let alarm = &mut whole["resource_changes"][3]["change"];
    alarm["after"]["alarm_actions"] = json!(["arn:aws:sns:eu-west-1:111122223333:alerts"]);
    alarm["after_unknown"]["alarm_actions"] = json!([false]);
    let home = Home { account: "111122223333".into(), region: "eu-west-1".into(), partition: "aws".into() };
    let read = terraform::read(&document(whole.to_string()), &home, None).expect("it can be read");
    let judged = judged(read, Scope::Part);
    assert_eq!(
        verdicts(&judged, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::TopicMissing)))
    );
}

#[test]
fn what_a_plan_deletes_is_named_where_it_is_lacking() {
    for (address, wanted) in [
        (
            "aws_cloudwatch_log_metric_filter.policy",
            "log group events has no metric filter. This plan deletes aws_cloudwatch_log_metric_filter.policy",
        ),
        (
            "aws_cloudwatch_metric_alarm.policy",
            "no alarm watches metric Security/policy-changes. This plan deletes aws_cloudwatch_metric_alarm.policy",
        ),
        ("aws_cloudtrail.management", ". This plan deletes aws_cloudtrail.management"),
    ] {
        let mut whole = with_actions(&[address], &["delete"]);
        for change in whole["resource_changes"].as_array_mut().expect("changes") {
            if change["address"] == "aws_cloudwatch_metric_alarm.policy" && address.contains("alarm") {
                change["change"]["before"]["metric_name"] = json!("policy-changes");
            }
        }
        let checked = checked_plan(&whole);
        let finding = finding(&checked, "3.4").expect("3.4 is declared");
        let message = finding.reason.as_ref().expect("a reason").message();
        assert!(message.ends_with(wanted), "{message}");
        assert_eq!(finding.place.as_ref().and_then(|place| place.address.as_deref()), Some(address));
    }
}

#[test]
fn a_plan_that_destroys_all_fails_what_there_was() {
    let addresses: Vec<String> = chain().into_iter().map(|it| it.address).collect();
    let names: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let whole = with_actions(&names, &["delete"]);
    let read = read(&whole);
    assert!(read.is_destroyed);
    let checked = judged(read, Scope::Part);
    assert_eq!(verdicts(&checked, "3.4").map(|verdicts| verdicts.0), Some(Status::Fail));
    assert_eq!((checked.report.findings().count(), checked.report.not_declared().count()), (1, 13));
}

#[test]
fn what_is_replaced_is_there_afterwards() {
    for actions in [["delete", "create"], ["create", "delete"]] {
        let whole = with_actions(&["aws_cloudwatch_metric_alarm.policy", "aws_sns_topic.alerts"], &actions);
        assert_eq!(status(&whole), Some((Status::Pass, None)));
    }
}

/// A plan that changes a resource which is called `old` now, while another resource names it by its ARN.
fn renaming(actions: &[&str], address: &str, (of, argument, arn): (&str, &str, Json)) -> Json {
    let mut whole = with_actions(&[address], actions);
    for change in whole["resource_changes"].as_array_mut().expect("changes") {
        let changed = change["address"].clone();
        let what = &mut change["change"];
        if changed == address {
            what["before"]["name"] = json!("old");
            let first = arn.get(0).unwrap_or(&arn).as_str().expect("an ARN");
            what["before"]["arn"] = json!(first.trim_end_matches(":*"));
        } else if changed == of {
            what["after"][argument] = arn.clone();
            what["after_unknown"][argument] = json!(false);
        }
    }
    whole
}

#[test]
fn what_is_called_otherwise_afterwards_is_gone() {
    let topic = json!(["arn:aws:sns:eu-west-1:111122223333:old"]);
    let group = json!("arn:aws:logs:eu-west-1:111122223333:log-group:old:*");
    for actions in [&["delete", "create"][..], &["create", "delete"], &["update"]] {
        for (address, naming, code) in [
            (
                "aws_sns_topic.alerts",
                ("aws_cloudwatch_metric_alarm.policy", "alarm_actions", &topic),
                Code::TopicMissing,
            ),
            (
                "aws_cloudwatch_log_group.events",
                ("aws_cloudtrail.management", "cloud_watch_logs_group_arn", &group),
                Code::LogGroupMissing,
            ),
        ] {
            let mut whole = renaming(actions, address, (naming.0, naming.1, naming.2.clone()));
            assert_eq!(status(&whole), Some((Status::Fail, Some(code))), "{actions:?} {address}");
            // What it will be called is not known, and may be what it is called now.
            for change in whole["resource_changes"].as_array_mut().expect("changes") {
                if change["address"] == address {
                    change["change"]["after"].as_object_mut().expect("values").remove("name");
                    change["change"]["after_unknown"]["name"] = json!(true);
                }
            }
            assert_eq!(status(&whole).map(|it| it.0), Some(Status::Unknown), "{actions:?} {address}");
        }
    }
}

#[test]
fn what_is_forgotten_stays_and_is_not_looked_at() {
    let whole = with_actions(&["aws_cloudwatch_metric_alarm.policy"], &["forget"]);
    assert_eq!(status(&whole).map(|verdicts| verdicts.0), Some(Status::Unknown));
    let checked = checked_plan(&whole);
    let message = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message();
    assert!(message.ends_with("the plan forgets it: it stays as it is, and was not looked at"), "{message}");
}

#[test]
fn plans_that_are_not_whole_fail_nothing() {
    let broken = changed("aws_cloudwatch_metric_alarm.policy", "alarm_actions", json!([]), Json::Null, None);
    assert_eq!(verdict(&broken).map(|verdicts| verdicts.0), Some(Status::Fail));
    for (key, value) in [
        ("complete", json!(false)),
        ("complete", json!("false")),
        ("errored", json!(true)),
        ("deferred_changes", json!([{ "reason": "x" }])),
    ] {
        let mut whole = plan(&broken);
        whole[key] = value;
        assert_eq!(status(&whole).map(|verdicts| verdicts.0), Some(Status::Unknown), "{key}");
    }
    let mut whole = plan(&chain());
    whole["complete"] = json!(false);
    assert_eq!(status(&whole), Some((Status::Pass, None)));
}

#[test]
fn a_plan_that_only_refreshes_says_what_there_is() {
    let resources: Vec<Json> = known();
    let whole = json!({ "format_version": "1.2", "planned_values": { "root_module": {} }, "resource_changes": [],
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": resources } } } });
    assert_eq!(status(&whole), Some((Status::Pass, None)));
}

/// The chain once it is there, as a state has it, with the zeros for what is not set.
fn known() -> Vec<Json> {
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{rest}");
    let topic = arn("sns", "alerts");
    let resource = |address: &str, values: Json| {
        let (kind, name) = address.split_once('.').expect("an address");
        json!({ "address": address, "mode": "managed", "type": kind, "name": name, "values": values })
    };
    vec![
        resource(
            "aws_cloudtrail.t",
            json!({ "name": "management", "arn": arn("cloudtrail", "trail/management"), "is_multi_region_trail": true,
            "enable_logging": true, "include_global_service_events": true, "s3_bucket_name": "b", "kms_key_id": "",
            "cloud_watch_logs_role_arn": "arn:aws:iam::111122223333:role/t",
            "cloud_watch_logs_group_arn": arn("logs", "log-group:g:*"), "event_selector": [] }),
        ),
        resource(
            "aws_cloudwatch_log_group.g",
            json!({ "name": "g", "arn": arn("logs", "log-group:g"),
            "log_group_class": "STANDARD", "retention_in_days": 0 }),
        ),
        resource(
            "aws_cloudwatch_log_metric_filter.f",
            json!({ "name": "f", "id": "f", "pattern": PATTERN,
            "log_group_name": "g", "metric_transformation": [{ "name": "m", "namespace": "n", "value": "1",
            "default_value": "", "unit": "None", "dimensions": {} }] }),
        ),
        resource(
            "aws_cloudwatch_metric_alarm.a",
            json!({ "alarm_name": "a", "arn": arn("cloudwatch", "alarm:a"),
            "metric_name": "m", "namespace": "n", "statistic": "Sum", "extended_statistic": "", "period": 300,
            "evaluation_periods": 1, "datapoints_to_alarm": 0, "threshold": 1, "threshold_metric_id": "", "unit": "",
            "comparison_operator": "GreaterThanOrEqualToThreshold", "treat_missing_data": "notBreaching",
            "evaluate_low_sample_count_percentiles": "", "actions_enabled": true, "alarm_actions": [topic],
            "ok_actions": [], "insufficient_data_actions": [], "dimensions": {}, "metric_query": [] }),
        ),
        resource(
            "aws_sns_topic.t",
            json!({ "name": "alerts", "arn": topic, "id": topic, "kms_master_key_id": "",
            "fifo_topic": false, "policy": format!("{{\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\
            \"Action\":\"SNS:Publish\",\"Resource\":\"{topic}\",\"Condition\":{{\"StringEquals\":{{\"AWS:SourceOwner\":\
            \"111122223333\"}}}}}}]}}") }),
        ),
        resource(
            "aws_sns_topic_subscription.s",
            json!({ "topic_arn": topic, "protocol": "email", "endpoint": "a@example.com",
            "pending_confirmation": false, "filter_policy": "", "filter_policy_scope": "" }),
        ),
    ]
}

/// The state, with one value of one resource replaced.
fn state(address: &str, argument: &str, value: Json) -> Json {
    let mut resources: Vec<Json> = known();
    if let Some(it) = resources.iter_mut().find(|it| it["address"] == address) {
        it["values"][argument] = value;
    }
    json!({ "format_version": "1.0", "terraform_version": "1.15.5", "values": { "root_module": { "resources": resources } } })
}

#[test]
fn zeros_of_a_state_are_not_set() {
    let whole = state("", "", Json::Null);
    let read = read(&whole);
    assert_eq!((read.home.account.as_str(), read.home.region.as_str()), ("111122223333", "eu-west-1"));
    for (name, wanted) in
        [("DatapointsToAlarm", "absent"), ("Unit", "absent"), ("ExtendedStatistic", "absent"), ("Threshold", "1")]
    {
        assert_eq!(property(&read, "aws_cloudwatch_metric_alarm.a", name), Ok(wanted.to_owned()), "{name}");
    }
    // The subscription is confirmed: a state says so.
    assert_eq!(verdicts(&judged(read, Scope::Part), "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    let pending = state("aws_sns_topic_subscription.s", "pending_confirmation", json!(true));
    assert_eq!(status(&pending), Some((Status::Pass, Some(Code::SubscriptionToConfirm))));
    let silent = state("aws_cloudwatch_metric_alarm.a", "actions_enabled", json!("false"));
    assert_eq!(status(&silent), Some((Status::Fail, Some(Code::AlarmActionsDisabled))));
}

#[test]
fn queries_return_no_data_unless_they_say_so() {
    let metric =
        json!([{ "metric_name": "m", "namespace": "n", "period": 300, "stat": "Sum", "unit": "", "dimensions": {} }]);
    let queries_with = |return_data: Json| {
        let query = json!([
            { "id": "m1", "metric": metric, "return_data": false, "expression": "", "period": 0, "account_id": "" },
            { "id": "e1", "metric": [], "return_data": return_data, "expression": "m1 * 1", "period": 0 }]);
        let mut whole = state("aws_cloudwatch_metric_alarm.a", "metric_query", query);
        let alarm = &mut whole["values"]["root_module"]["resources"][3]["values"];
        for (name, value) in
            [("metric_name", json!("")), ("namespace", json!("")), ("period", json!(0)), ("statistic", json!(""))]
        {
            alarm[name] = value;
        }
        let read = read(&whole);
        let queries = resource(&read, "aws_cloudwatch_metric_alarm.a").properties.get("Metrics").list().expect("known");
        queries
            .iter()
            .map(|query| query.get("ReturnData").text().expect("known").unwrap_or("absent").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(queries_with(json!(true)), ["false", "true"]);
    assert_eq!(queries_with(Json::Null), ["false", "false"]);
}

#[test]
fn what_is_sensitive_is_neither_judged_nor_shown() {
    let sensitive = |address: &str, argument: &str| {
        let mut whole = plan(&chain());
        for change in whole["resource_changes"].as_array_mut().expect("changes") {
            if change["address"] == address {
                change["change"]["after_sensitive"] = json!({ argument: true });
            }
        }
        read(&whole)
    };
    let person = sensitive("aws_sns_topic_subscription.person", "endpoint");
    assert_eq!(property(&person, "aws_sns_topic_subscription.person", "Endpoint"), Ok("(sensitive)".to_owned()));
    let pattern = sensitive("aws_cloudwatch_log_metric_filter.policy", "pattern");
    let text = format!("{pattern:?}");
    assert!(!text.contains("DeleteGroupPolicy"), "{text}");
    assert_eq!(verdicts(&judged(pattern, Scope::Part), "3.4").map(|verdicts| verdicts.0), Some(Status::Unknown));
    let name = sensitive("aws_sns_topic.alerts", "name");
    let text = format!("{name:?}");
    assert!(!text.contains("\"alerts\""), "{text}");
    assert_eq!(verdicts(&judged(name, Scope::Part), "3.4").map(|verdicts| verdicts.0), Some(Status::Pass));
}

#[test]
fn plans_without_changes_are_read_by_their_planned_values() {
    let mut whole = plan(&chain());
    let changes = whole["resource_changes"].take();
    let resources: Vec<Json> = changes
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| json!({ "address": change["address"], "mode": "managed", "type": change["type"], "values": change["change"]["after"] }))
        .collect();
    whole["planned_values"] = json!({ "root_module": { "resources": resources } });
    whole.as_object_mut().expect("a plan").remove("resource_changes");
    assert_eq!(status(&whole), Some((Status::Pass, None)));
    // A resource without values is one that is let go.
    whole["planned_values"]["root_module"]["resources"][3].as_object_mut().expect("an alarm").remove("values");
    assert_eq!(status(&whole), Some((Status::Fail, Some(Code::AlarmNone))));
}

#[test]
fn templates_in_a_plan_are_read() {
    let stack = |body: Json, unknown: Json| {
        let values = json!({ "name": "s", "template_body": body, "parameters": {} });
        plan(&[planned("aws_cloudformation_stack.s", values, unknown, json!({}))])
    };
    let checked = checked_plan(&stack(json!(CHAIN), json!({})));
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    // One parameter is known, and the topic that the other names is not.
    let body = with(CHAIN, "LogGroupName: /aws/cloudtrail/management", "LogGroupName: !Ref Name");
    let body = with(&body, "\nResources:", "\nParameters: {Name: {Type: String}, Other: {Type: String}}\nResources:");
    let values = json!({ "name": "s", "template_body": body, "parameters": { "Name": "events" } });
    let unknown = json!({ "parameters": { "Other": true } });
    let json = plan(&[planned("aws_cloudformation_stack.s", values, unknown, json!({}))]);
    let group = read(&json).declared.resources.into_iter().find(|it| it.kind == "AWS::Logs::LogGroup");
    let name = group.and_then(|it| it.properties.get("LogGroupName").symbol());
    assert_eq!(name.as_deref(), Some("events"));
    // What is unknown has no default, and no topic that is declared beside the stack is presumed to be right or wrong.
    let topic = chain().into_iter().filter(|it| it.address == "aws_sns_topic.alerts");
    let body = with(CHAIN, "- !Ref Alerts\n  Alerts:", "- !Ref Given\n  Alerts:");
    let body = with(&body, "\nResources:", "\nParameters: {Given: {Type: String, Default: 'x'}}\nResources:");
    for (reference, wanted) in [
        ("aws_sns_topic.alerts.arn", Some((Status::Fail, Some(Code::SubscriptionNone)))),
        ("aws_sns_topic.alerts.name", Some((Status::Unknown, Some(Code::SubscriptionUnread)))),
        ("random_pet.a.id", Some((Status::Unknown, Some(Code::SubscriptionUnread)))),
    ] {
        let values = json!({ "name": "s", "template_body": body, "parameters": {} });
        let unknown = json!({ "parameters": { "Given": true } });
        let written = json!({ "parameters": references(&[reference]) });
        let stack = planned("aws_cloudformation_stack.s", values, unknown, written);
        let all: Vec<Planned> = topic.clone().chain([stack]).collect();
        let whole = plan(&all);
        assert_eq!(status(&whole), wanted, "{reference}");
        let judged = checked_plan(&whole);
        let place = finding(&judged, "3.4").and_then(|finding| finding.place.as_ref()).expect("a place");
        assert_eq!((place.file.as_str(), place.line), ("plan.json", None), "{reference}");
    }
    let checked = checked_plan(&stack(Json::Null, json!({ "template_body": true })));
    // It is named, and no resource: what it declares was not looked at.
    assert_eq!((checked.report.findings().count(), checked.resources), (0, 0));
}

#[test]
fn a_deleted_log_group_is_not_presumed_in_an_unknown_account() {
    let mut whole = with_actions(&["aws_cloudwatch_log_group.events"], &["delete"]);
    let changes = whole["resource_changes"].as_array_mut().expect("changes");
    for change in changes {
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:events";
        match change["type"].as_str().expect("a type") {
            "aws_cloudwatch_log_group" => change["change"]["before"]["arn"] = json!(arn),
            "aws_cloudtrail" => {
                change["change"]["after"]["cloud_watch_logs_group_arn"] = json!(format!("{arn}:*"));
                change["change"]["after_unknown"]["cloud_watch_logs_group_arn"] = json!(false);
            }
            _ => {}
        }
    }
    assert_eq!(status(&whole), Some((Status::Fail, Some(Code::LogGroupMissing))));
}

#[test]
fn a_number_that_is_too_large_leaves_its_alarm_unknown() {
    let text = plan(&chain()).to_string().replace("\"threshold\":1,", "\"threshold\":1e400,");
    assert!(text.contains("1e400"), "{text}");
    let home = Home { account: "111122223333".into(), region: "eu-west-1".into(), partition: "aws".into() };
    let read = terraform::read(&document(text), &home, None).expect("it can be read");
    let judged = judged(read, Scope::Part);
    assert_eq!(
        verdicts(&judged, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Unknown, Some(Code::AlarmUnread)))
    );
}

#[test]
fn a_state_of_several_places_is_read_by_its_arns() {
    let there = |from: &str, to: &str| -> Vec<Json> {
        let text = json!(known()).to_string().replace(from, to);
        let mut resources: Vec<Json> = serde_json::from_str(&text).expect("JSON");
        for it in &mut resources {
            it["address"] = format!("{}_there", it["address"].as_str().expect("an address")).into();
            it["name"] = "there".into();
        }
        resources
    };
    let status_with = |more: Vec<Json>| {
        let mut whole = state("", "", Json::Null);
        let resources = whole["values"]["root_module"]["resources"].as_array_mut().expect("resources");
        resources.extend(more);
        status(&whole).map(|(status, _)| status)
    };
    let of_kind = |kind: &str, (from, to): (&str, &str)| -> Vec<Json> {
        there(from, to).into_iter().filter(|it| it["type"] == kind).collect()
    };
    let region = ("eu-west-1", "us-east-1");
    for kind in ["aws_sns_topic", "aws_cloudwatch_metric_alarm", "aws_cloudtrail"] {
        assert_eq!(status_with(of_kind(kind, region)), Some(Status::Pass), "{kind}");
    }
    // Of two log groups of one name it is not known which one a filter is on.
    assert_eq!(status_with(of_kind("aws_cloudwatch_log_group", region)), Some(Status::Unknown));
    for (from, to) in [region, ("111122223333", "444455556666")] {
        assert_ne!(status_with(there(from, to)), Some(Status::Fail), "{to}");
    }
}
