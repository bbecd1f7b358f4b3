use super::*;

const GROUP: &str = "/aws/cloudtrail/cis-audit";

fn filter() -> MetricFilter {
    MetricFilter {
        log_group_arn: format!("arn:aws:logs:us-east-1:111122223333:log-group:{GROUP}").into(),
        name: "cis-audit-iam-policy-changes".to_owned(),
        pattern: "{ $.eventName = DeletePolicy }".to_owned(),
        namespace: "CISBenchmark".to_owned(),
        metric: "IamPolicyChanges".to_owned(),
    }
}

fn found() -> Value {
    json!({
        "filterName": "cis-audit-iam-policy-changes",
        "filterPattern": "{ $.eventName = DeletePolicy }",
        "metricTransformations": [
            { "metricName": "IamPolicyChanges", "metricNamespace": "CISBenchmark", "metricValue": "1" },
        ],
        "creationTime": 1_767_323_045_000_i64,
        "logGroupName": GROUP,
    })
}

#[test]
fn a_filter_is_ours_while_no_field_of_it_is_another() {
    assert_eq!(change(&found(), &filter(), GROUP), None);
    let with = |pointer: &str, field: &str, value: Value| {
        let mut found = found();
        found.pointer_mut(pointer).unwrap()[field] = value;
        change(&found, &filter(), GROUP)
    };
    assert_eq!(with("", "applyOnTransformedLogs", json!(false)), None);
    assert_eq!(with("/metricTransformations/0", "dimensions", json!({})), None);
    assert_eq!(with("/metricTransformations/0", "unit", json!("None")), None);
    for (pointer, field, value) in [
        ("", "filterPattern", json!("{ $.eventName = * }")),
        ("", "applyOnTransformedLogs", json!(true)),
        ("", "fieldSelectionCriteria", json!("@aws.account = 1")),
        ("", "emitSystemFieldDimensions", json!(["@aws.account"])),
        ("", "addedIn2031", json!("x")),
        ("", "logGroupName", json!("another")),
        ("/metricTransformations/0", "metricValue", json!("2")),
        ("/metricTransformations/0", "defaultValue", json!(0)),
        ("/metricTransformations/0", "dimensions", json!({ "a": "$.b" })),
        ("/metricTransformations/0", "unit", json!("Count")),
        ("/metricTransformations/0", "addedIn2031", json!(true)),
    ] {
        assert_eq!(with(pointer, field, value).as_deref(), Some(field));
    }
    let mut two = found();
    let first = two["metricTransformations"][0].clone();
    two["metricTransformations"] = json!([first.clone(), first]);
    assert_eq!(change(&two, &filter(), GROUP).as_deref(), Some("metricTransformations"));
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_323_045 + second).unwrap()
}

fn put(begun: Option<i64>, ended: Option<i64>) -> Attempt {
    Attempt {
        call: FILTER.to_owned(),
        begun: begun.map(at),
        ended: ended.map(at),
        is_done: ended.is_some(),
        message: None,
        made: None,
    }
}

#[test]
fn a_filter_is_the_runs_if_it_was_made_during_its_call() {
    let is_ours = |made: i64, attempt: Attempt| proof(Some(at(made)), &[attempt]) == Trace::Ours;
    for (made, ours) in [(-11, false), (-10, true), (0, true), (3, true), (13, true), (14, false)] {
        assert_eq!(is_ours(made, put(Some(0), Some(3))), ours, "{made}");
    }
    // Killed before an answer came.
    for (made, ours) in [(-11, false), (0, true), (70, true), (71, false)] {
        assert_eq!(is_ours(made, put(Some(0), None)), ours, "{made}");
    }
    assert!(matches!(proof(Some(at(100)), &[put(Some(0), Some(3))]), Trace::Unproven { is_contradicted: true, .. }));
    for unknown in [proof(None, &[put(Some(0), Some(3))]), proof(Some(at(0)), &[put(None, None)])] {
        assert!(matches!(unknown, Trace::Unproven { is_contradicted: false, .. }), "{unknown:?}");
    }
}

/// A retention policy of the whole account shows its own days.
#[test]
fn an_accounts_retention_is_no_change_of_the_group() {
    let group = LogGroup { arn: String::new().into(), retention_days: 365, tags: Default::default() };
    let found = |days: Option<i32>, policy: Option<&str>| {
        let found = sdk::LogGroup::builder().set_retention_in_days(days);
        retention(&found.set_retention_policy_name(policy.map(str::to_owned)).build(), &group, "it")
    };
    assert_eq!(found(Some(365), None), ResourceState::Done);
    assert_eq!(found(Some(30), Some("org-policy")), ResourceState::Done);
    assert_eq!(found(None, Some("never-expire")), ResourceState::Done);
    assert_eq!(found(None, None), ResourceState::Partly(vec![RETAIN]));
    assert_eq!(found(Some(30), None), ResourceState::Changed("it exists with another retention".to_owned()));
}
