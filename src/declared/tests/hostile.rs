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

/// The chain, and so many topics, each with a condition that is open.
fn with_open_conditions(count: usize) -> String {
    let parameters: String = (0..count).map(|at| format!("P{at}: {{Type: String}}, ")).collect();
    let conditions: String = (0..count).map(|at| format!("C{at}: !Equals [!Ref P{at}, x], ")).collect();
    let sections = format!("Parameters: {{{parameters}}}\nConditions: {{{conditions}}}\nResources:");
    let mut text = with(CHAIN, "Resources:", &sections);
    for at in 0..count {
        text.push_str(&format!("  R{at}:\n    Type: AWS::SNS::Topic\n    Condition: C{at}\n"));
    }
    text
}

#[test]
fn more_open_conditions_than_can_be_tried_are_named() {
    let message = error(&with_open_conditions(66));
    assert!(message.starts_with("conditions depend on more values than can be tried: give some"), "{message}");
    assert!(message.contains("P0, P1, P10"), "{message}");
}

#[test]
fn of_many_open_conditions_each_is_tried() {
    let text = with_open_conditions(14);
    let status = |text: &str| {
        let checked = checked(text);
        let finding = finding(&checked, "3.4").expect("3.4 is declared");
        let message = finding.reason.as_ref().map(|reason| reason.message()).unwrap_or_default();
        (finding.status, message)
    };
    assert_eq!(status(&text), (Status::Pass, String::new()));
    let alarm = "    Type: AWS::CloudWatch::Alarm\n";
    let (open, message) = status(&with(&text, alarm, &format!("{alarm}    Condition: C5\n")));
    assert_eq!(open, Status::Unknown);
    assert!(message.contains("the control passes if P5 is x, and fails otherwise"), "{message}");
    // One value cannot be equal to two.
    let sections = "Conditions: {A: !Equals [!Ref P3, a], B: !Equals [!Ref P3, b], ";
    let both = with(&text, "Conditions: {", sections);
    let both = with(&both, alarm, &format!("{alarm}    Condition: A\n"));
    let topic = "  Alerts:\n    Type: AWS::SNS::Topic\n";
    let both = with(&both, topic, &format!("{topic}    Condition: B\n"));
    assert_eq!(status(&both).0, Status::Fail);
}

#[test]
fn no_prefix_of_a_template_panics() {
    for end in (0..CHAIN.len()).filter(|end| CHAIN.is_char_boundary(*end)) {
        if let Ok(Content::Template(template)) = Template::read("t", &CHAIN[..end]) {
            let _ = worlds(&[Stack::new(template)], &Library::default(), &BTreeMap::new(), &symbolic());
        }
    }
}
