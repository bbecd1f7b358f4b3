//! Plans that are wrong or hostile: a message with a place, in bounded time.

use super::*;

#[test]
fn other_versions_are_named() {
    let mut whole = plan(&chain());
    whole["format_version"] = json!("2.0");
    assert_eq!(
        unreadable(&whole).to_string(),
        "its format_version is 2.0, and only 0.x and 1.x are known here: show it with a version of Terraform or OpenTofu that writes \
         that"
    );
    for version in ["0.1", "1.0", "1.99"] {
        whole["format_version"] = json!(version);
        assert_eq!(read(&whole).declared.resources.len(), 6, "{version}");
    }
    let state = |version: &str| json!({ "format_version": version, "values": { "root_module": {} } });
    assert_eq!(read(&state("0.2")).declared.resources.len(), 0);
    assert!(unreadable(&state("2.0")).to_string().starts_with("its format_version is 2.0, and only 0.x and 1.x"));
}

#[test]
fn a_broken_document_is_refused_with_its_place() {
    let error = |text: &str| {
        terraform::read(&document(text.to_owned()), &symbolic(), None).expect_err("it is broken").to_string()
    };
    let cut = "{\"format_version\":\"1.2\",\n\"resource_changes\":[{";
    assert_eq!(error(cut), "line 2, column 21: EOF while parsing an object");
    let other = "{\"format_version\":\"1.2\",\"resource_changes\":{}}";
    assert_eq!(error(other), "line 1, column 43: invalid type: map, expected a list");
}

#[test]
fn modules_in_modules_end() {
    let nested = |count: usize| {
        let open = "{\"child_modules\":[".repeat(count);
        let close = "]}".repeat(count);
        format!("{{\"format_version\":\"1.2\",\"planned_values\":{{\"root_module\":{open}{{}}{close}}}}}")
    };
    assert!(terraform::read(&document(nested(30)), &symbolic(), None).is_ok());
    let error = terraform::read(&document(nested(1000)), &symbolic(), None).expect_err("it is too deep").to_string();
    assert_eq!(error, "line 1: it is nested too deep (about 30 modules in each other)");
    let calls = |count: usize| {
        let open = "{\"module_calls\":{\"m\":{\"module\":".repeat(count);
        let close = "}}}".repeat(count);
        format!("{{\"format_version\":\"1.2\",\"configuration\":{{\"root_module\":{open}{{}}{close}}}}}")
    };
    assert!(terraform::read(&document(calls(30)), &symbolic(), None).is_ok());
    assert!(terraform::read(&document(calls(1000)), &symbolic(), None).is_err());
}

#[test]
fn rings_and_doublings_of_references_end() {
    let ring = |output: &[&str]| {
        let mut whole = plan(&changed(
            "aws_cloudwatch_metric_alarm.policy",
            "alarm_actions",
            json!([null]),
            json!([true]),
            Some(references(&["module.m.o0"])),
        ));
        let mut outputs = serde_json::Map::new();
        for at in 0..200 {
            let next: Vec<String> = output.iter().map(|it| it.replace('N', &(at + 1).to_string())).collect();
            let next: Vec<&str> = next.iter().map(String::as_str).collect();
            outputs.insert(format!("o{at}"), json!({ "expression": references(&next) }));
        }
        whole["configuration"]["root_module"]["module_calls"] = json!({ "m": {
            "expressions": { "v": references(&["module.m.o0"]), "w": references(&["module.m.o0"]) },
            "module": { "outputs": outputs, "module_calls": {} } } });
        verdicts(&checked_plan(&whole), "3.4").map(|verdicts| verdicts.0)
    };
    assert_eq!(ring(&["var.v"]), Some(Status::Unknown));
    assert_eq!(ring(&["var.v", "var.w", "module.m.oN", "module.x.oN"]), Some(Status::Unknown));
    let mut named = plan(&chain());
    for (at, other) in [(1, "aws_sns_topic.alerts"), (4, "aws_cloudwatch_log_group.events")] {
        let change = &mut named["resource_changes"][at]["change"];
        change["after"].as_object_mut().expect("values").remove("name");
        change["after_unknown"]["name"] = json!(true);
        named["configuration"]["root_module"]["resources"][at]["expressions"]["name"] = attribute(other, "name");
    }
    drop(checked_plan(&named));
}

#[test]
fn more_references_than_are_followed_are_unknown() {
    let names: Vec<String> = (0..5_000).map(|at| format!("aws_sns_topic.alerts.x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let resources = changed(
        "aws_cloudwatch_metric_alarm.policy",
        "alarm_actions",
        json!([null]),
        json!([true]),
        Some(references(&names)),
    );
    assert_eq!(verdict(&resources).map(|verdicts| verdicts.0), Some(Status::Unknown));
}

#[test]
fn no_prefix_of_a_plan_and_no_other_type_of_a_value_panics() {
    let text = plan(&chain()).to_string();
    for end in (0..text.len()).step_by(37).filter(|end| text.is_char_boundary(*end)) {
        drop(terraform::read(&document(text[..end].to_owned()), &symbolic(), None));
    }
    let values =
        [json!("x"), json!(7), json!(-1.5), json!([]), json!({}), json!([[null]]), json!({ "a": [true] }), json!(true)];
    for value in values {
        let mut all = chain();
        for at in 0..all.len() {
            let parts: [fn(&mut Planned) -> &mut Json; 3] =
                [|it| &mut it.values, |it| &mut it.unknown, |it| &mut it.written];
            for part in parts {
                let Some(it) = all.get_mut(at) else { continue };
                let arguments: Vec<String> = part(it).as_object().expect("an object").keys().cloned().collect();
                for argument in arguments {
                    part(it)[argument] = value.clone();
                    drop(read(&plan(std::slice::from_ref(it))));
                }
            }
        }
        drop(checked_plan(&plan(&all)));
    }
}
