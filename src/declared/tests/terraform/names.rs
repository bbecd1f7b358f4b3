//! Names that are known only after apply: what is equal, and what merely refers to the same.

use super::*;

const FILTER: &str = "aws_cloudwatch_log_metric_filter.policy";
const ALARM: &str = "aws_cloudwatch_metric_alarm.policy";
const PERSON: &str = "aws_sns_topic_subscription.person";

/// A chain whose metric is known only after apply, at both ends.
fn unknown_metric(argument: &str, of_filter: &[&str], of_alarm: &[&str]) -> Vec<Planned> {
    let of_alarm = Some(references(of_alarm));
    let alarm_argument = if argument == "name" { "metric_name" } else { argument };
    let mut resources = changed(ALARM, alarm_argument, Json::Null, json!(true), of_alarm);
    let filter = resources.iter_mut().find(|it| it.address == FILTER).expect("a filter");
    filter.values["metric_transformation"][0].as_object_mut().expect("a block").remove(argument);
    filter.unknown["metric_transformation"][0][argument] = json!(true);
    filter.written["metric_transformation"][0][argument] = references(of_filter);
    if argument == "namespace" {
        let alarm = resources.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
        alarm.values["metric_name"] = json!("policy-changes");
        alarm.unknown.as_object_mut().expect("an object").remove("metric_name");
    }
    resources
}

/// `"${random_pet.p.id}-changes"` and `"${random_pet.p.id}-logins"` refer to the same.
#[test]
fn metrics_that_refer_to_the_same_need_not_be_equal() {
    for argument in ["name", "namespace"] {
        for same in [&["random_pet.p.id", "random_pet.p"][..], &["local.prefix"], &["data.aws_ssm_parameter.p.value"]] {
            let status = verdict(&unknown_metric(argument, same, same)).map(|verdicts| (verdicts.0, verdicts.1));
            assert_eq!(status, Some((Status::Unknown, Status::Unknown)), "{argument} {same:?}");
        }
    }
}

#[test]
fn an_alarm_may_refer_to_the_metric_of_its_filter() {
    for argument in ["name", "namespace"] {
        let block = format!("{FILTER}.metric_transformation");
        let of_alarm = [&format!("{block}[0].{argument}"), &format!("{block}[0]"), &block, FILTER];
        let resources = unknown_metric(argument, &["random_pet.p.id", "random_pet.p"], &of_alarm);
        assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)), "{argument}");
    }
}

/// Two topics and an alarm on the second's key; a subscription to one of them.
fn keyed(key: &str, actions: &[&str], subscribed: &str) -> Vec<Planned> {
    let mut chain = chain();
    chain.retain(|it| !it.address.starts_with("aws_sns_topic."));
    for own in ["iam", "kms"] {
        let address = format!("aws_sns_topic.t[\"{own}\"]");
        chain.push(planned(&address, json!({ "name": own }), json!({ "arn": true, "id": true }), json!({})));
    }
    let alarm = chain.iter_mut().find(|it| it.address == ALARM).expect("an alarm");
    alarm.address = format!("{ALARM}[{key}]");
    alarm.written["alarm_actions"] = references(actions);
    let person = chain.iter_mut().find(|it| it.address == PERSON).expect("a subscription");
    person.written["topic_arn"] = attribute(&format!("aws_sns_topic.t[\"{subscribed}\"]"), "arn");
    chain
}

#[test]
fn a_key_beside_a_map_of_keys_may_be_another() {
    let status = |actions: &[&str], subscribed: &str| verdict(&keyed("\"iam\"", actions, subscribed)).map(|it| it.0);
    assert_eq!(status(&["aws_sns_topic.t", "each.key"], "iam"), Some(Status::Pass));
    assert_eq!(status(&["aws_sns_topic.t", "each.key"], "kms"), Some(Status::Fail));
    for map in ["var.routes", "local.routes", "each.value.route", "data.external.routes.result"] {
        for subscribed in ["iam", "kms"] {
            let actions = ["aws_sns_topic.t", map, "each.key"];
            assert_eq!(status(&actions, subscribed), Some(Status::Unknown), "{map} {subscribed}");
        }
    }
}

#[test]
fn the_value_of_each_topic_is_the_topic_of_that_key() {
    for (subscribed, wanted) in [("iam", Status::Pass), ("kms", Status::Fail)] {
        let mut json = plan(&keyed("\"iam\"", &["each.value.arn", "each.value"], subscribed));
        let configured = json["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
        let alarm = configured.iter_mut().find(|it| it["type"] == "aws_cloudwatch_metric_alarm").expect("an alarm");
        alarm["for_each_expression"] = references(&["aws_sns_topic.t"]);
        assert_eq!(verdicts(&checked_plan(&json), "3.4").map(|it| it.0), Some(wanted), "{subscribed}");
    }
}

#[test]
fn a_topic_that_is_found_by_its_name_is_the_declared_one() {
    let data = "data.aws_sns_topic.found";
    let of_data = Some(attribute(data, "arn"));
    let mut resources = changed(PERSON, "topic_arn", Json::Null, json!(true), of_data);
    let unknown = json!({ "arn": true, "id": true });
    resources.push(planned(data, json!({ "name": "alerts" }), unknown.clone(), json!({})));
    assert_eq!(verdict(&resources), Some((Status::Pass, Status::Pass, None)));
    resources.pop();
    resources.push(planned(data, json!({ "name": "others" }), unknown, json!({})));
    assert_eq!(verdict(&resources).and_then(|it| it.2), Some(Code::SubscriptionNone));
}

/// `lookup` gives nothing of a value of which a part is unknown, also where a block asks it.
#[test]
fn a_value_that_a_block_looked_up_is_known() {
    let status = |namespace: Json| {
        let lookup = Some(references(&[
            "each.value",
            "aws_cloudwatch_log_group.events.name",
            "aws_cloudwatch_log_group.events",
        ]));
        let mut resources = changed(FILTER, "log_group_name", Json::Null, json!(true), lookup);
        let group = resources.iter_mut().find(|it| it.address == "aws_cloudwatch_log_group.events").expect("a group");
        (group.values, group.unknown) = (json!({}), json!({ "name": true, "arn": true, "id": true }));
        let filter = resources.iter_mut().find(|it| it.address == FILTER).expect("a filter");
        filter.address = format!("{FILTER}[\"iam\"]");
        filter.written["metric_transformation"][0]["namespace"] = namespace;
        let mut json = plan(&resources);
        let configured = json["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
        let filter =
            configured.iter_mut().find(|it| it["type"] == "aws_cloudwatch_log_metric_filter").expect("a filter");
        filter["for_each_expression"] = references(&["local.controls"]);
        // The alarm's metric has the name that it has; the filter's id is of no use to it.
        let changes = json["resource_changes"].as_array_mut().expect("changes");
        let alarm = changes.iter_mut().find(|it| it["type"] == "aws_cloudwatch_metric_alarm").expect("an alarm");
        alarm["change"]["after"]["metric_name"] = json!("policy-changes");
        alarm["change"]["after_unknown"].as_object_mut().expect("an object").remove("metric_name");
        verdicts(&checked_plan(&json), "3.4").map(|it| it.0)
    };
    assert_eq!(status(references(&["each.value", "var.namespace"])), Some(Status::Pass));
    assert_eq!(status(json!({ "constant_value": "Security" })), Some(Status::Unknown));
}

/// The chain in a plan whose alarm is of another provider, and both assume these roles.
fn assuming(role: Option<&str>, of_alarm: Option<&str>) -> Json {
    let mut json = plan(&chain());
    let provider = |alias: &str, role: Option<&str>| {
        let role = role.map(|role| json!([{ "role_arn": { "constant_value": role } }]));
        let mut expressions = json!({ "region": { "constant_value": "eu-west-1" } });
        if let Some(role) = role {
            expressions["assume_role"] = role;
        }
        json!({ "name": "aws", "alias": alias, "expressions": expressions })
    };
    json["configuration"]["provider_config"] =
        json!({ "aws": provider("", role), "aws.other": provider("other", of_alarm) });
    let configured = json["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
    let alarm = configured.iter_mut().find(|it| it["type"] == "aws_cloudwatch_metric_alarm").expect("an alarm");
    alarm["provider_config_key"] = json!("aws.other");
    json
}

/// An alarm sees the metrics of its own account; a provider works in that of the role which it assumes.
#[test]
fn a_role_that_a_provider_assumes_is_of_an_account() {
    let (one, other) = ("arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::444455556666:role/deploy");
    for (role, of_alarm, wanted) in [
        (Some(one), Some(one), Status::Pass),
        (Some(one), Some(other), Status::Fail),
        (None, Some(other), Status::Unknown),
        (None, None, Status::Pass),
    ] {
        let status = verdicts(&checked_plan(&assuming(role, of_alarm)), "3.4").map(|it| it.0);
        assert_eq!(status, Some(wanted), "{role:?} {of_alarm:?}");
    }
}
