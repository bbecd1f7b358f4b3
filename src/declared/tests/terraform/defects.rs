//! The defects of the audit's own table that can be declared: the same code as of a template.

use super::*;
use Status::{Fail, Pass};

/// One value of the chain replaced, and the verdicts and code that `audit::tests::defects` has for it.
#[track_caller]
fn defect(address: &str, argument: &str, value: Json, wanted: (Status, Status, Code)) {
    let resources = changed(address, argument, value.clone(), Json::Null, None);
    let (cis, effective, code) = wanted;
    assert_eq!(verdict(&resources), Some((cis, effective, Some(code))), "{address}.{argument} = {value}");
}

#[test]
fn of_the_trail() {
    let trail = |argument: &str, value: Json, code: Code| {
        defect("aws_cloudtrail.management", argument, value, (Fail, Fail, code));
    };
    trail("is_multi_region_trail", json!(false), Code::TrailSingleRegion);
    trail("is_multi_region_trail", Json::Null, Code::TrailSingleRegion);
    trail("enable_logging", json!(false), Code::TrailNotLogging);
    trail("cloud_watch_logs_group_arn", json!(""), Code::LogGroupNone);
    for (selector, code) in [
        (json!({ "include_management_events": false }), Code::TrailNoManagementEvents),
        (json!({ "read_write_type": "ReadOnly" }), Code::TrailNoWriteEvents),
        (json!({ "read_write_type": "WriteOnly", "include_management_events": true }), Code::TrailNoReadEvents),
        (json!({ "exclude_management_event_sources": ["iam.amazonaws.com"] }), Code::TrailSourceExcluded),
    ] {
        trail("event_selector", json!([selector]), code);
    }
    let fields = json!([{ "field": "eventCategory", "equals": ["Management"] },
        { "field": "eventName", "equals": ["DeletePolicy"] }]);
    trail("advanced_event_selector", json!([{ "field_selector": fields }]), Code::TrailSelectorNarrowed);
}

#[test]
fn of_the_metric_filter() {
    let filter = |argument: &str, value: Json, code: Code| {
        defect("aws_cloudwatch_log_metric_filter.policy", argument, value, (Fail, Fail, code));
    };
    let other = PATTERN.replace("($.eventName=DetachGroupPolicy)", "($.eventName=Other)");
    filter("pattern", json!(other), Code::MetricFilterMissesEvents);
    let transformation = |value: &str| json!([{ "name": "policy-changes", "namespace": "Security", "value": value, "default_value": "" }]);
    filter("metric_transformation", transformation("0"), Code::MetricFilterZeroValue);
    filter("metric_transformation", transformation("$.value"), Code::MetricFilterValueAbsent);
    filter("log_group_name", json!("other"), Code::MetricFilterNone);
}

#[test]
fn of_the_alarm() {
    let alarm = |argument: &str, value: Json, wanted: (Status, Status, Code)| {
        defect("aws_cloudwatch_metric_alarm.policy", argument, value, wanted);
    };
    alarm("metric_name", json!("policyChanges"), (Fail, Fail, Code::AlarmNone));
    alarm("namespace", json!("Other"), (Fail, Fail, Code::AlarmOtherNamespace));
    alarm("namespace", json!(""), (Fail, Fail, Code::AlarmRefused));
    alarm("namespace", Json::Null, (Fail, Fail, Code::AlarmRefused));
    alarm("dimensions", json!({ "a": "b" }), (Fail, Fail, Code::AlarmDimensions));
    alarm("unit", json!("Seconds"), (Fail, Fail, Code::AlarmUnit));
    alarm("threshold", json!(5), (Pass, Fail, Code::AlarmNotEveryEvent));
    alarm("threshold", json!("5.0"), (Pass, Fail, Code::AlarmNotEveryEvent));
    alarm("evaluation_periods", json!(2), (Pass, Fail, Code::AlarmNotEveryEvent));
    alarm("treat_missing_data", json!("ignore"), (Pass, Fail, Code::AlarmLatches));
    alarm("treat_missing_data", json!("breaching"), (Fail, Fail, Code::AlarmAlwaysFiring));
    alarm("actions_enabled", json!(false), (Fail, Fail, Code::AlarmActionsDisabled));
    alarm("alarm_actions", json!([]), (Fail, Fail, Code::AlarmNoAction));
    let function = json!(["arn:aws:lambda:eu-west-1:012345678901:function:f"]);
    alarm("alarm_actions", function, (Fail, Fail, Code::AlarmActionNotTopic));
}

#[test]
fn of_composite_alarms() {
    let above = |rule: &str| {
        let mut resources = changed("aws_cloudwatch_metric_alarm.policy", "alarm_actions", json!([]), Json::Null, None);
        resources.push(planned(
            "aws_cloudwatch_composite_alarm.above",
            json!({ "alarm_name": "above", "alarm_rule": rule, "actions_enabled": true, "alarm_actions": [null] }),
            json!({ "alarm_actions": [true] }),
            json!({ "alarm_actions": attribute("aws_sns_topic.alerts", "arn") }),
        ));
        resources
    };
    assert_eq!(verdict(&above("ALARM(policy-changes)")), Some((Pass, Pass, None)));
    assert_eq!(verdict(&above("OK(policy-changes)")), Some((Fail, Fail, Some(Code::AlarmCompositeBlocks))));
    let both = above("ALARM(policy-changes) AND ALARM(other)");
    assert_eq!(verdict(&both), Some((Pass, Fail, Some(Code::AlarmCompositeConditional))));
    let mut open = above("");
    let composite = open.last_mut().expect("it was added");
    composite.values.as_object_mut().expect("values").remove("alarm_rule");
    composite.unknown["alarm_rule"] = json!(true);
    composite.written["alarm_rule"] = references(&["local.rule"]);
    assert_eq!(verdict(&open).map(|verdicts| verdicts.0), Some(Status::Unknown));
}

#[test]
fn of_the_topic_and_its_subscriptions() {
    defect("aws_sns_topic.alerts", "kms_master_key_id", json!("alias/aws/sns"), (Fail, Fail, Code::TopicManagedKey));
    let key = Some(attribute("aws_kms_key.key", "arn"));
    let mut resources = changed("aws_sns_topic.alerts", "kms_master_key_id", Json::Null, json!(true), key);
    resources.push(planned(
        "aws_kms_key.key",
        json!({ "is_enabled": true }),
        json!({ "arn": true, "key_id": true, "policy": true }),
        json!({ "description": {} }),
    ));
    assert_eq!(verdict(&resources), Some((Fail, Fail, Some(Code::TopicKeyForbids))));
    let statement = "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudwatch.amazonaws.com\"},\
                     \"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey*\"],\"Resource\":\"*\"}]}";
    let mut with_policy = resources.clone();
    with_policy.push(planned(
        "aws_kms_key_policy.key",
        json!({ "policy": statement }),
        json!({ "key_id": true }),
        json!({ "key_id": attribute("aws_kms_key.key", "id"), "policy": {} }),
    ));
    assert_eq!(verdict(&with_policy), Some((Pass, Pass, None)));
    let person = |argument: &str, value: Json, wanted: (Status, Status, Code)| {
        defect("aws_sns_topic_subscription.person", argument, value, wanted);
    };
    let mut resources = chain();
    let it = resources.iter_mut().find(|it| it.address == "aws_sns_topic_subscription.person").expect("a person");
    it.values["protocol"] = json!("email");
    it.values["endpoint"] = json!("ops@example.com");
    let verdicts = verdict(&resources).map(|verdicts| (verdicts.0, verdicts.1, verdicts.2));
    assert_eq!(verdicts, Some((Pass, Status::Unknown, Some(Code::SubscriptionToConfirm))));
    person("filter_policy", json!("{\"kind\":[\"other\"]}"), (Fail, Fail, Code::SubscriptionFiltered));
}

#[test]
fn of_a_topic_in_another_region() {
    let mut whole = plan(&chain());
    whole["configuration"]["provider_config"] = json!({
        "aws": { "name": "aws", "expressions": { "region": references(&["var.region"]) } },
        "aws.us": { "name": "aws", "alias": "us", "expressions": { "region": { "constant_value": "us-east-1" } } } });
    whole["variables"] = json!({ "region": { "value": "eu-west-1" } });
    let checked_worlds = |whole: &Json| verdicts(&checked_plan(whole), "3.4").map(|verdicts| (verdicts.0, verdicts.2));
    assert_eq!(checked_worlds(&whole), Some((Pass, None)));
    assert_eq!(read(&whole).home.region, "eu-west-1");
    whole["configuration"]["root_module"]["resources"][4]["provider_config_key"] = json!("aws.us");
    assert_eq!(checked_worlds(&whole), Some((Fail, Some(Code::TopicOtherRegion))));
    // A region about which nothing is known is no other.
    whole["configuration"]["provider_config"]["aws"] = json!({ "name": "aws" });
    assert_eq!(checked_worlds(&whole), Some((Pass, None)));
    // From version 6 of the provider on a resource has a region of its own.
    let mut own = plan(&changed("aws_sns_topic.alerts", "region", json!("us-east-1"), Json::Null, None));
    own["configuration"]["provider_config"]["aws"]["expressions"] =
        json!({ "region": { "constant_value": "eu-west-1" } });
    assert_eq!(checked_worlds(&own), Some((Fail, Some(Code::TopicOtherRegion))));
}

#[test]
fn of_resources_of_awscc() {
    let chain = |actions: Json| {
        plan(&[
            planned(
                "awscc_cloudtrail_trail.t",
                json!({ "trail_name": "trail", "is_logging": true, "is_multi_region_trail": true,
                    "include_global_service_events": true, "s3_bucket_name": "b",
                    "cloudwatch_logs_role_arn": "arn:aws:iam::111122223333:role/t" }),
                json!({ "cloudwatch_logs_log_group_arn": true, "arn": true }),
                json!({ "cloudwatch_logs_log_group_arn": attribute("awscc_logs_log_group.g", "arn") }),
            ),
            planned("awscc_logs_log_group.g", json!({ "log_group_name": "g" }), json!({ "arn": true }), json!({})),
            planned(
                "awscc_logs_metric_filter.f",
                json!({ "filter_name": "f", "filter_pattern": PATTERN, "log_group_name": "g",
                    "metric_transformations": [{ "metric_name": "m", "metric_namespace": "n", "metric_value": "1" }] }),
                json!({ "id": true }),
                json!({}),
            ),
            planned(
                "awscc_cloudwatch_alarm.a",
                json!({ "alarm_name": "a", "metric_name": "m", "namespace": "n", "statistic": "Sum", "period": 300,
                    "evaluation_periods": 1, "threshold": 1, "treat_missing_data": "notBreaching",
                    "comparison_operator": "GreaterThanOrEqualToThreshold", "alarm_actions": actions }),
                json!({ "alarm_actions": [true] }),
                json!({ "alarm_actions": attribute("awscc_sns_topic.t", "topic_arn") }),
            ),
            planned(
                "awscc_sns_topic.t",
                json!({ "topic_name": "t", "subscription": [{ "protocol": "sms", "endpoint": "+15550100" }] }),
                json!({ "topic_arn": true }),
                json!({}),
            ),
        ])
    };
    assert_eq!(verdicts(&checked_plan(&chain(json!([null]))), "3.4"), Some((Pass, Pass, None, None)));
    let mut silent = chain(json!([]));
    silent["resource_changes"][3]["change"]["after_unknown"] = json!({});
    let verdicts = verdicts(&checked_plan(&silent), "3.4");
    assert_eq!(verdicts.map(|verdicts| (verdicts.0, verdicts.2)), Some((Fail, Some(Code::AlarmNoAction))));
}

#[test]
fn mute_rules_are_read_from_both_providers() {
    for (alarm, code) in [("policy-changes", Some(Code::AlarmAlwaysMuted)), ("another", None)] {
        let schedule = json!({ "expression": "cron(* * * * *)", "duration": "PT1M", "timezone": null });
        let aws = planned(
            "aws_cloudwatch_alarm_mute_rule.quiet",
            json!({ "name": "quiet", "rule": [{ "schedule": [schedule] }],
                "mute_targets": [{ "alarm_names": [alarm] }], "start_date": null, "expire_date": null }),
            json!({ "arn": true }),
            json!({ "name": { "constant_value": "quiet" },
                "rule": [{ "schedule": [{ "expression": { "constant_value": "cron(* * * * *)" },
                    "duration": { "constant_value": "PT1M" } }] }],
                "mute_targets": [{ "alarm_names": { "constant_value": [alarm] } }] }),
        );
        let awscc = planned(
            "awscc_cloudwatch_alarm_mute_rule.quiet",
            json!({ "name": "quiet", "rule": { "schedule": schedule }, "mute_targets": { "alarm_names": [alarm] } }),
            json!({ "arn": true, "id": true }),
            json!({}),
        );
        for rule in [aws, awscc] {
            let address = rule.address.clone();
            let resources: Vec<Planned> = chain().into_iter().chain([rule]).collect();
            assert_eq!(verdict(&resources).and_then(|said| said.2), code, "{address}: {alarm}");
        }
    }
}

#[test]
fn what_aws_refuses_is_said_in_terraforms_words() {
    let refused = |address: &str, argument: &str, value: Json, code: Code| {
        let resources = changed(address, argument, value, Json::Null, None);
        let checked = checked_plan(&plan(&resources));
        let found = verdicts(&checked, "3.4").map(|it| (it.0, it.2));
        assert_eq!(found, Some((Fail, Some(code))), "{address}.{argument}");
        finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message()
    };
    let alarm = "aws_cloudwatch_metric_alarm.policy";
    let message = refused(alarm, "evaluation_periods", json!(300), Code::AlarmRefused);
    let wanted = "AWS will refuse alarm policy-changes: 300 evaluation_periods of 300 seconds are more than a day (86,400 \
                  seconds), the most of periods of less than an hour";
    assert_eq!(message, wanted);
    let filter = "aws_cloudwatch_log_metric_filter.policy";
    let open = PATTERN.trim_end_matches('}');
    let message = refused(filter, "pattern", json!(open), Code::MetricFilterRefused);
    assert!(message.contains("a pattern that starts with '{' must end with '}'"), "{message}");
    refused("aws_cloudwatch_log_group.events", "log_group_class", json!("DELIVERY"), Code::LogGroupClass);
}

#[test]
fn only_an_endpoint_confirms_itself() {
    for (protocol, endpoint, wanted) in [
        ("email", "a@example.com", (Pass, Status::Unknown, Some(Code::SubscriptionToConfirm))),
        ("https", "https://example.com", (Pass, Pass, None)),
    ] {
        let mut resources = chain();
        let person =
            resources.iter_mut().find(|it| it.address == "aws_sns_topic_subscription.person").expect("declared");
        person.values = json!({ "protocol": protocol, "endpoint": endpoint, "endpoint_auto_confirms": true });
        assert_eq!(verdict(&resources), Some(wanted), "{protocol}");
    }
}
