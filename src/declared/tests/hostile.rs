//! Templates that are wrong or hostile: a message with a place, in bounded time.

use super::*;

fn error(text: &str) -> String {
    worlds(&[Stack::new(template(text))], &Library::default(), &BTreeMap::new(), &symbolic())
        .expect_err("it cannot be evaluated")
        .to_string()
}

#[test]
fn an_error_is_reported_with_its_place() {
    for (from, to, wanted) in [
        (
            "!Ref Events",
            "!Ref Evnts",
            "line 23, column 7: Evnts is neither a parameter nor a resource of this template",
        ),
        (
            "LogGroupName: /aws/cloudtrail/management",
            "LogGroupName: !Sub '${Events}-x'",
            "line 18, column 7: resources depend on each other in a ring: Events → Events",
        ),
        (
            "Type: AWS::CloudTrail::Trail",
            "Type: AWS::CloudTrail::Trail\n    Condition: C",
            "line 5, column 3: there is no condition C",
        ),
        ("Threshold: 1", "Threshold: !If [a]", "line 39, column 7: Fn::If takes a condition and two values"),
        ("Threshold: 1", "Threshold: !FindInMap [a, b, c]", "line 39, column 7: there is no a.b.c in Mappings"),
    ] {
        assert_eq!(error(&with(CHAIN, from, to)), format!("template.yaml: {wanted}"), "{to}");
    }
}

#[test]
fn attributes_that_topics_and_log_groups_do_not_have_are_errors() {
    for (from, to, wanted) in [
        (
            "- !Ref Alerts",
            "- !GetAtt Alerts.Arn",
            "Alerts has no attribute Arn: AWS::SNS::Topic has TopicArn and TopicName",
        ),
        ("!GetAtt Events.Arn", "!GetAtt Events.Arnn", "Events has no attribute Arnn: AWS::Logs::LogGroup has Arn"),
    ] {
        let error = error(&with(CHAIN, from, to));
        assert!(error.ends_with(wanted), "{error}");
    }
}

#[test]
fn rings_of_conditions_end() {
    let text = with(CHAIN, "Resources:", "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources:");
    let text = with(&text, "Type: AWS::Logs::LogGroup", "Type: AWS::Logs::LogGroup\n    Condition: A");
    assert_eq!(error(&text), "template.yaml: line 4, column 14: condition A depends on itself");
}

#[test]
fn functions_that_multiply_end() {
    let mut conditions = "Conditions:\n  C0: !Equals [a, b]\n".to_owned();
    for at in 1..40 {
        let below = format!("!Condition C{}", at - 1);
        conditions.push_str(&format!("  C{at}: !Or [{below}, {below}, {below}, {below}]\n"));
    }
    let text = with(CHAIN, "Resources:", &format!("{conditions}Resources:"));
    let text = with(&text, "Type: AWS::Logs::LogGroup", "Type: AWS::Logs::LogGroup\n    Condition: C39");
    let message = error(&text);
    assert!(message.ends_with("expand to too much"), "{message}");
}

#[test]
fn more_open_conditions_than_can_be_tried_are_named() {
    let names: Vec<String> = (0..9).map(|at| format!("P{at}")).collect();
    let parameters: String = names.iter().map(|name| format!("{name}: {{Type: String}}, ")).collect();
    let any: Vec<String> = names.iter().map(|name| format!("!Equals [!Ref {name}, x]")).collect();
    let mut text = with(CHAIN, "Resources:", &format!("Parameters: {{{parameters}}}\nResources:"));
    for one in any {
        text.push_str(&format!(
            "  R{}:\n    Type: AWS::SNS::Topic\n    Properties: {{TopicName: !If [{one}, a, b]}}\n",
            text.len()
        ));
    }
    let message = error(&text);
    assert!(message.starts_with("conditions depend on more values than can be tried (64 combinations)"), "{message}");
}

#[test]
fn no_prefix_of_a_template_panics() {
    for end in (0..CHAIN.len()).filter(|end| CHAIN.is_char_boundary(*end)) {
        if let Ok(Content::Template(template)) = Template::read("t", &CHAIN[..end]) {
            let _ = worlds(&[Stack::new(template)], &Library::default(), &BTreeMap::new(), &symbolic());
        }
    }
}
