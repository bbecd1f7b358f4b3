//! What references lead to, and what they do not.

use super::*;

const TRAIL: &str = "aws_cloudtrail.management";
const FILTER: &str = "aws_cloudwatch_log_metric_filter.policy";
const ALARM: &str = "aws_cloudwatch_metric_alarm.policy";
const TOPIC: &str = "aws_sns_topic.alerts";
const PERSON: &str = "aws_sns_topic_subscription.person";

#[test]
fn each_reference_that_is_a_local_leaves_its_link_unknown() {
    for (address, argument, value, unknown) in [
        (TRAIL, "cloud_watch_logs_group_arn", Json::Null, json!(true)),
        (FILTER, "log_group_name", Json::Null, json!(true)),
        (ALARM, "metric_name", Json::Null, json!(true)),
        (ALARM, "alarm_actions", json!([null]), json!([true])),
        (ALARM, "alarm_actions", Json::Null, json!(true)),
        (PERSON, "topic_arn", Json::Null, json!(true)),
        (FILTER, "pattern", Json::Null, json!(true)),
        (ALARM, "threshold", Json::Null, json!(true)),
        (TRAIL, "enable_logging", Json::Null, json!(true)),
    ] {
        let resources = changed(address, argument, value, unknown, Some(references(&["local.it"])));
        assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Unknown), "{address}.{argument}");
        let message = message(&resources);
        let wanted = "(plan.json): it is local.it, and a plan does not show what locals are (--source DIR does)";
        assert!(message.ends_with(&format!("{argument} of resource {address} {wanted}")), "{message}");
    }
}

/// `"x/${aws_sns_topic.alerts.arn}"`: a text that is made of a reference is none of what it is made of.
#[test]
fn what_is_never_a_whole_argument_is_a_part_of_it() {
    let group = "aws_cloudwatch_log_group.events";
    for (address, argument, reference) in [
        (FILTER, "pattern", attribute(TOPIC, "arn")),
        (FILTER, "pattern", attribute(group, "id")),
        (FILTER, "log_group_name", attribute(TOPIC, "arn")),
        (ALARM, "metric_name", attribute(group, "name")),
        (ALARM, "metric_name", attribute(TOPIC, "arn")),
        (ALARM, "namespace", attribute(group, "id")),
        (ALARM, "namespace", attribute(FILTER, "name")),
        (ALARM, "threshold", attribute(ALARM, "period")),
        (ALARM, "unit", attribute(TOPIC, "arn")),
        (ALARM, "statistic", attribute(TOPIC, "arn")),
        (ALARM, "treat_missing_data", attribute(TOPIC, "arn")),
    ] {
        let resources = changed(address, argument, Json::Null, json!(true), Some(reference.clone()));
        assert_eq!(verdict(&resources).map(|it| it.0), Some(Status::Unknown), "{argument}: {reference}");
    }
    // Names that are made of one thing are not one name.
    let mut resources = changed(ALARM, "alarm_name", Json::Null, json!(true), Some(attribute(TOPIC, "arn")));
    let mut other = resources.iter().find(|it| it.address == ALARM).expect("an alarm").clone();
    other.address.push_str("_2");
    resources.push(other);
    assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)));
}

#[test]
fn each_reference_that_is_deleted_breaks_its_link() {
    for (address, argument, code) in [
        (TRAIL, "cloud_watch_logs_group_arn", Code::LogGroupNone),
        (ALARM, "alarm_actions", Code::AlarmNoAction),
        (ALARM, "metric_name", Code::AlarmNone),
    ] {
        let resources = changed(address, argument, Json::Null, Json::Null, None);
        assert_eq!(
            verdict(&resources).map(|verdicts| (verdicts.0, verdicts.2)),
            Some((Status::Fail, Some(code))),
            "{argument}"
        );
    }
    let mut chain = chain();
    chain.retain(|it| it.address != PERSON);
    assert_eq!(
        verdict(&chain).map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::SubscriptionNone)))
    );
}

#[test]
fn a_computed_argument_that_is_written_as_null_has_its_default() {
    for (address, argument) in [
        (ALARM, "evaluate_low_sample_count_percentiles"),
        ("aws_cloudwatch_log_group.events", "log_group_class"),
        (FILTER, "apply_on_transformed_logs"),
        (PERSON, "filter_policy_scope"),
    ] {
        let resources = changed(address, argument, Json::Null, json!(true), Some(references(&["var.it"])));
        assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)), "{argument}");
    }
}

#[test]
fn what_counts_for_percentiles_alone_may_be_unknown_for_a_sum() {
    let local = Some(references(&["local.it"]));
    let argument = "evaluate_low_sample_count_percentiles";
    let mut resources = changed(ALARM, argument, Json::Null, json!(true), local);
    assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)));
    let alarm = resources.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
    alarm.values["extended_statistic"] = json!("p99");
    alarm.values["statistic"] = Json::Null;
    assert_eq!(verdict(&resources).map(|said| said.0), Some(Status::Unknown));
}

#[test]
fn a_metric_filters_id_is_its_name_and_not_its_metrics() {
    let resources = changed(FILTER, "name", json!("filter"), Json::Null, Some(json!({ "constant_value": "filter" })));
    let checked = checked_plan(&plan(&resources));
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    assert_eq!(finding.reason.as_ref().map(|reason| reason.code()), Some(Code::AlarmNone));
    let near = finding.warnings.iter().find(|warning| warning.code() == Code::AlarmOtherMetric).expect("a near miss");
    let verdicts = near.message();
    assert!(verdicts.contains("Security/filter") && verdicts.contains("Security/policy-changes"), "{verdicts}");
}

#[test]
fn names_that_are_not_known_join_all_the_same() {
    let random = Some(references(&["random_pet.name.id", "random_pet.name"]));
    let mut resources = changed(TOPIC, "name", Json::Null, json!(true), random);
    assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)));
    let group = resources.iter_mut().find(|it| it.address == "aws_cloudwatch_log_group.events").expect("a group");
    group.values = json!({});
    group.unknown = json!({ "name": true, "arn": true, "id": true });
    group.written = json!({ "name_prefix": { "constant_value": "events" } });
    let filter = resources.iter_mut().find(|it| it.address == FILTER).expect("a filter");
    filter.values.as_object_mut().expect("values").remove("log_group_name");
    filter.unknown["log_group_name"] = json!(true);
    assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)));
    let topic = "arn:aws:sns:‹this region›:‹this account›:‹aws_sns_topic.alerts›";
    let why = "the name of aws_sns_topic.alerts is known only after apply";
    let read = read(&plan(&resources));
    assert_eq!(property(&read, ALARM, "AlarmActions"), Err(format!("{topic}: {why}")));
}

#[test]
fn what_is_known_is_nothing_that_an_unknown_value_can_be() {
    let status = |names: &[&str]| {
        let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(references(names)));
        verdict(&resources).map(|verdicts| verdicts.0)
    };
    let topic = ["aws_sns_topic.alerts.arn", "aws_sns_topic.alerts"];
    for known in ["var.enabled", "each.key", "count.index", "path.module", "aws_cloudwatch_log_group.events.name"] {
        assert_eq!(status(&[known, topic[0], topic[1]]), Some(Status::Pass), "{known}");
    }
    for open in ["local.enabled", "random_pet.x.id", "module.gone.arn", "data.aws_sns_topic.other.arn"] {
        assert_eq!(status(&[open, topic[0], topic[1]]), Some(Status::Unknown), "{open}");
    }
    // What is never an action of an alarm is none.
    assert_eq!(status(&["aws_kms_key.key.arn", topic[0], topic[1]]), Some(Status::Pass));
}

#[test]
fn several_references_are_all_of_a_list_of_as_many() {
    let both = ["aws_sns_topic.other.arn", "aws_sns_topic.other", "aws_sns_topic.alerts.arn", "aws_sns_topic.alerts"];
    let (values, unknown) = (json!([null, null]), json!([true, true]));
    let mut resources = changed(ALARM, "alarm_actions", values, unknown, Some(references(&both)));
    resources.push(planned("aws_sns_topic.other", json!({ "name": "other" }), json!({ "arn": true }), json!({})));
    assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Pass));
    let alarm = resources.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
    alarm.values["alarm_actions"] = json!([null]);
    alarm.unknown["alarm_actions"] = json!([true]);
    assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Unknown));
    let message = message(&resources);
    let wanted = "it is one of aws_sns_topic.other.arn and aws_sns_topic.alerts.arn, or made of them";
    assert!(message.ends_with(wanted), "{message}");
}

#[test]
fn actions_that_are_no_topics_are_known_to_be_none() {
    let function = references(&["aws_lambda_function.f.arn", "aws_lambda_function.f"]);
    let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(function));
    assert_eq!(
        verdict(&resources).map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Status::Fail, Some(Code::AlarmActionNotTopic)))
    );
    let person = references(&["aws_sns_topic_subscription.person.arn", "aws_sns_topic_subscription.person"]);
    let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(person));
    assert_eq!(verdict(&resources).map(|it| (it.0, it.2)), Some((Status::Fail, Some(Code::AlarmActionNotTopic))));
    // The value of a parameter may be a topic's ARN, and the id of something a part of one.
    for reference in ["aws_ssm_parameter.topic.value", "aws_s3_bucket.b.id"] {
        let resource = reference.rsplit_once('.').map(|it| it.0).unwrap_or_default();
        let open = references(&[reference, resource]);
        let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(open));
        assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Unknown), "{reference}");
    }
    let known = json!(["arn:aws:swf:eu-west-1:111122223333:action/actions/AWS_EC2.InstanceId.Stop/1.0", null]);
    let topic = attribute(TOPIC, "arn");
    let resources = changed(ALARM, "alarm_actions", known, json!([false, true]), Some(topic));
    assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Pass));
}

#[test]
fn a_bucket_is_no_log_group_of_a_trail() {
    let bucket = references(&["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]);
    let resources = changed(TRAIL, "cloud_watch_logs_group_arn", Json::Null, json!(true), Some(bucket));
    // Without the files a part of that ARN may be a part of a log group's.
    assert_eq!(verdict(&resources).map(|it| it.0), Some(Status::Unknown));
    let shown = shown::checked(&resources, TRAIL, "cloud_watch_logs_group_arn = aws_s3_bucket.b.arn");
    assert_eq!(verdicts(&shown, "3.4").map(|it| (it.0, it.2)), Some((Status::Fail, Some(Code::TrailRefused))));
    let message = finding(&shown, "3.4").and_then(|it| it.reason.as_ref()).map(|reason| reason.message());
    let wanted = "AWS will refuse trail management: cloud_watch_logs_group_arn takes the ARN of a log group, and this is \
                  one of s3";
    assert_eq!(message.as_deref(), Some(wanted));
}

#[test]
fn references_win_over_the_raw_text_of_json_syntax() {
    let raw = json!({ "constant_value": "${aws_sns_topic.alerts.arn}", "references": ["aws_sns_topic.alerts.arn"] });
    let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(raw));
    assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Pass));
}

#[test]
fn a_topic_that_is_there_already_is_not_declared_here() {
    let data = references(&["data.aws_sns_topic.alerts.arn", "data.aws_sns_topic.alerts"]);
    let resources = changed(ALARM, "alarm_actions", json!([null]), json!([true]), Some(data));
    let not_declared = Some((Status::Pass, Status::Unknown, Some(Code::TopicNotDeclared)));
    assert_eq!(verdict(&resources), not_declared);
    let known = json!(["arn:aws:sns:eu-west-1:111122223333:other"]);
    assert_eq!(verdict(&changed(ALARM, "alarm_actions", known, Json::Null, None)), not_declared);
}

/// A module of topics that is called twice, one of which has a subscriber, and a module of alarms, by what its call gives
/// for `topics` and what its alarm's actions refer to.
fn modules(topics: Json, actions: Json) -> Json {
    let mut chain = chain();
    chain.retain(|it| ![ALARM, TOPIC, PERSON].contains(&it.address.as_str()));
    let mut whole = plan(&chain);
    let change = |address: &str, kind: &str, after: Json, unknown: Json| {
        json!({ "address": address, "mode": "managed", "type": kind,
            "change": { "actions": ["create"], "after": after, "after_unknown": unknown } })
    };
    let alarm = json!({ "alarm_name": "policy", "namespace": "Security", "metric_name": "policy-changes",
        "statistic": "Sum", "period": 300, "evaluation_periods": 1, "threshold": 1, "alarm_actions": [null],
        "comparison_operator": "GreaterThanOrEqualToThreshold", "treat_missing_data": "notBreaching" });
    let person = json!({ "protocol": "sms", "endpoint": "+15550100" });
    let changes = whole["resource_changes"].as_array_mut().expect("changes");
    for (address, kind, after, unknown) in [
        ("module.topics[\"a\"].aws_sns_topic.this", "aws_sns_topic", json!({ "name": "a" }), "arn"),
        ("module.topics[\"b\"].aws_sns_topic.this", "aws_sns_topic", json!({ "name": "b" }), "arn"),
        ("module.topics[\"a\"].aws_sns_topic_subscription.this", "aws_sns_topic_subscription", person, "topic_arn"),
    ] {
        changes.push(change(address, kind, after, json!({ unknown: true })));
    }
    let address = "module.alarms[\"a\"].aws_cloudwatch_metric_alarm.this[\"a\"]";
    changes.push(change(address, "aws_cloudwatch_metric_alarm", alarm, json!({ "alarm_actions": [true] })));
    let resource =
        |kind: &str, written: Json| json!({ "mode": "managed", "type": kind, "name": "this", "expressions": written });
    whole["configuration"]["root_module"]["module_calls"] = json!({
        "topics": { "source": "./topics", "for_each_expression": {}, "module": {
            "outputs": { "arn": { "expression": attribute("aws_sns_topic.this", "arn") } },
            "resources": [resource("aws_sns_topic", json!({ "name": references(&["each.key"]) })),
                resource("aws_sns_topic_subscription", json!({ "topic_arn": attribute("aws_sns_topic.this", "arn") }))],
        } },
        "alarms": { "source": "./alarms", "expressions": { "topics": topics }, "module": {
            "variables": { "topics": {} },
            "resources": [resource("aws_cloudwatch_metric_alarm", json!({ "alarm_actions": actions }))],
        } },
    });
    whole
}

#[test]
fn modules_are_followed_by_their_instances() {
    let verdict_with = |topics: Json| {
        let checked = checked_plan(&modules(topics, references(&["var.topics"])));
        verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.2))
    };
    let pass = Some((Status::Pass, None));
    assert_eq!(verdict_with(references(&["module.topics[\"a\"].arn", "module.topics[\"a\"]"])), pass);
    let other = references(&["module.topics[\"b\"].arn", "module.topics[\"b\"]"]);
    assert_eq!(verdict_with(other), Some((Status::Fail, Some(Code::SubscriptionNone))));
    // Which output is meant is lost, and there is one only.
    assert_eq!(verdict_with(references(&["module.topics", "each.key"])), pass);
    // It may be either instance's.
    assert_eq!(verdict_with(references(&["module.topics"])).map(|verdicts| verdicts.0), Some(Status::Unknown));
    assert_eq!(verdict_with(json!({ "constant_value": [] })).map(|verdicts| verdicts.0), Some(Status::Unknown));
}

#[test]
fn a_value_of_for_each_is_one_thing_or_unknown() {
    let status = |actions: Json, for_each: Json, statistic: Json| {
        let mut plan = modules(references(&["module.topics[\"a\"].arn"]), actions);
        let alarm = &mut plan["configuration"]["root_module"]["module_calls"]["alarms"]["module"]["resources"][0];
        alarm["for_each_expression"] = for_each;
        alarm["expressions"]["statistic"] = statistic;
        verdicts(&checked_plan(&plan), "3.4").map(|verdicts| verdicts.0)
    };
    let value = || references(&["each.value.topic", "each.value"]);
    let local = || references(&["local.alarms"]);
    let constant = || json!({ "constant_value": "Sum" });
    assert_eq!(status(value(), references(&["var.topics"]), constant()), Some(Status::Pass));
    assert_eq!(status(value(), local(), constant()), Some(Status::Unknown));
    let lookup = || references(&["each.value", "var.topics"]);
    assert_eq!(status(lookup(), local(), constant()), Some(Status::Unknown));
    // What is looked up in a value a part of which is unknown is unknown: as the statistic is not, all of it is known.
    assert_eq!(status(lookup(), local(), references(&["each.value"])), Some(Status::Pass));
}

#[test]
fn instances_are_chosen_by_their_keys() {
    let mut resources = chain();
    resources.retain(|it| it.address != TOPIC && it.address != PERSON);
    for key in ["0", "1"] {
        let address = format!("aws_sns_topic.alerts[{key}]");
        resources.push(planned(&address, json!({ "name": format!("alerts{key}") }), json!({ "arn": true }), json!({})));
    }
    let mut actions = |names: &[&str], count: usize| {
        let alarm = resources.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
        alarm.written["alarm_actions"] = references(names);
        alarm.values["alarm_actions"] = json!(vec![Json::Null; count]);
        alarm.unknown["alarm_actions"] = json!(vec![true; count]);
        let read = read(&plan(&resources));
        let actions = resource(&read, ALARM).properties.get("AlarmActions").list().expect("a list");
        actions.into_iter().filter_map(|node| node.symbol()).collect::<Vec<_>>()
    };
    let arn = |name: &str| format!("arn:aws:sns:‹this region›:‹this account›:{name}");
    assert_eq!(actions(&["aws_sns_topic.alerts[1].arn", "aws_sns_topic.alerts[1]"], 1), [arn("alerts1")]);
    assert_eq!(actions(&["aws_sns_topic.alerts"], 2), [arn("alerts0"), arn("alerts1")]);
    assert_eq!(actions(&["aws_sns_topic.alerts"], 1), ["‹?aws_cloudwatch_metric_alarm.policy.alarm_actions›"]);
}

#[test]
fn policy_documents_are_put_together_again() {
    let verdict_with = |service: &str, resource: Json| {
        let mut resources = chain();
        let statement = json!({ "actions": ["sns:Publish"], "condition": [], "resources": [null],
            "principals": [{ "type": "Service", "identifiers": [service] }] });
        let unknown = json!({ "resources": [true], "effect": true, "principals": [{ "identifiers": [false] }] });
        let written = json!({ "actions": { "constant_value": ["sns:Publish"] }, "resources": resource,
            "principals": [{ "type": { "constant_value": "Service" } }] });
        resources.push(planned(
            "data.aws_iam_policy_document.topic",
            json!({ "statement": [statement] }),
            json!({ "json": true, "statement": [unknown] }),
            json!({ "statement": [written] }),
        ));
        let document = attribute("data.aws_iam_policy_document.topic", "json");
        resources.push(planned(
            "aws_sns_topic_policy.topic",
            json!({}),
            json!({ "arn": true, "policy": true }),
            json!({ "arn": attribute(TOPIC, "arn"), "policy": document }),
        ));
        verdict(&resources)
    };
    let topic = || attribute(TOPIC, "arn");
    assert_eq!(verdict_with("cloudwatch.amazonaws.com", topic()), Some((Status::Pass, Status::Pass, None)));
    let other = verdict_with("events.amazonaws.com", topic());
    assert_eq!(other.map(|verdicts| (verdicts.0, verdicts.2)), Some((Status::Fail, Some(Code::TopicPolicyForbids))));
    let undecided = Some((Status::Pass, Status::Unknown, Some(Code::TopicPolicyUndecided)));
    assert_eq!(verdict_with("cloudwatch.amazonaws.com", references(&["local.topics"])), undecided);
}

#[test]
fn a_key_that_is_not_known_decides_nothing() {
    let local = Some(references(&["local.key"]));
    let resources = changed(TOPIC, "kms_master_key_id", Json::Null, json!(true), local);
    let (cis, effective, _) = verdict(&resources).expect("3.4 is declared");
    assert_ne!((cis, effective), (Status::Pass, Status::Pass));
    assert_ne!(cis, Status::Fail);
}

#[test]
fn a_plan_of_opentofu_is_judged_as_one_of_terraform() {
    const PLAN: &str = include_str!("../../../../fixtures/plans/modules.json");
    let found = |text: &str| {
        let read = terraform::read(&document(text.to_owned()), &symbolic(), None).expect("it can be read");
        let checked = judged(read, Scope::Part);
        ["3.4", "3.5", "3.9", "3.14"].map(|rule| verdicts(&checked, rule).map(|it| (it.0, it.2)))
    };
    let of_tofu = PLAN.replace("registry.terraform.io", "registry.opentofu.org");
    assert_ne!(of_tofu, PLAN);
    let [policies, .., config, _] = found(&of_tofu);
    assert_eq!(found(&of_tofu), found(PLAN));
    assert_eq!(policies.map(|it| it.0), Some(Status::Pass));
    assert_eq!(config, Some((Status::Fail, Some(Code::AlarmNone))));
}
