//! What CloudFormation refuses of a template as a whole.

use super::*;

/// The message about a template that is the whole chain with one thing changed.
#[track_caller]
fn message(from: &str, to: &str) -> String {
    let worlds = worlds_of(vec![Stack::new(template(&with(CHAIN, from, to)))], &[], &[]);
    worlds.expect_err("it is refused").to_string()
}

const TOPIC: &str = "    Type: AWS::SNS::Topic\n";

#[test]
fn a_dependence_on_nothing() {
    let wanted = "template.yaml: line 46, column 16: resource Alerts depends on Nowhere, which is no resource of this \
                  template";
    assert_eq!(message(TOPIC, &format!("{TOPIC}    DependsOn: Nowhere\n")), wanted);
    let second = message(TOPIC, &format!("{TOPIC}    DependsOn: [Trail, Nowhere]\n"));
    assert!(second.ends_with("Alerts depends on Nowhere, which is no resource of this template"), "{second}");
    // A macro may add it.
    let made = with(CHAIN, "Resources:", "Transform: AWS::Serverless-2016-10-31\nResources:");
    let made = with(&made, TOPIC, &format!("{TOPIC}    DependsOn: MadeBySam\n"));
    assert!(worlds_of(vec![Stack::new(template(&made))], &[], &[]).is_ok());
}

#[test]
fn rings_of_references() {
    let wanted =
        "template.yaml: line 46, column 16: resources depend on each other in a ring: Alerts → PolicyAlarm → Alerts";
    assert_eq!(message(TOPIC, &format!("{TOPIC}    DependsOn: PolicyAlarm\n")), wanted);
    let named = message("TopicName: alerts", "DisplayName: !Sub '${PolicyAlarm}'");
    assert!(named.ends_with("in a ring: Alerts → PolicyAlarm → Alerts"), "{named}");
    let itself = message("TopicName: alerts", "DisplayName: !GetAtt Alerts.TopicName");
    assert!(itself.ends_with("in a ring: Alerts → Alerts"), "{itself}");
    // What a condition decides may break it, and what is written literally is no reference.
    for to in ["DisplayName: !If [Later, !Ref PolicyAlarm, x]", "DisplayName: !Sub '${!PolicyAlarm}'"] {
        let text = with(CHAIN, "TopicName: alerts", to);
        let text = with(&text, "Resources:", "Conditions: {Later: !Equals [!Ref 'AWS::Region', x]}\nResources:");
        assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok(), "{to}");
    }
}

#[test]
fn names_that_are_no_logical_ids() {
    let text = CHAIN.replace("Alerts", "My-Alerts");
    let error = worlds_of(vec![Stack::new(template(&text))], &[], &[]).expect_err("it is refused").to_string();
    let wanted = "template.yaml: line 44, column 3: My-Alerts in Resources is no logical id: letters and digits only";
    assert_eq!(error, wanted);
    let output = message("Resources:", "Outputs: {topic_arn: {Value: x}}\nResources:");
    assert!(output.ends_with("topic_arn in Outputs is no logical id: letters and digits only"), "{output}");
}

#[test]
fn types_and_keys_that_are_misspelt() {
    let wanted = "template.yaml: line 20, column 11: resource PolicyChanges is of a type that there is not, \
                  AWS::Logs::MetricFilters: AWS::Logs::MetricFilter is meant";
    assert_eq!(message("AWS::Logs::MetricFilter", "AWS::Logs::MetricFilters"), wanted);
    for (from, to) in [
        ("AWS::CloudWatch::Alarm", "AWS::Cloudwatch::Alarm"),
        ("AWS::SNS::Topic", "AWS::SNS::Topics"),
        ("AWS::CloudTrail::Trail", "AWS::CloudTrail::Trial"),
        ("AWS::Logs::LogGroup", "AWS::Logs::Loggroup"),
    ] {
        assert!(message(from, to).ends_with(&format!("{to}: {from} is meant")), "{to}");
    }
    // One that is like none may be newer than what is known here.
    let later = with(CHAIN, "AWS::SNS::Topic", "AWS::SNS::Broadcast");
    assert!(worlds_of(vec![Stack::new(template(&later))], &[], &[]).is_ok());
    let key = message("    Type: AWS::SNS::Topic\n    Properties:", "    Type: AWS::SNS::Topic\n    Propertes:");
    assert!(key.ends_with("resource Alerts has Propertes: Properties is meant"), "{key}");
    let none = message("    Type: AWS::SNS::Topic\n", "");
    assert!(none.ends_with("resource Alerts has no Type"), "{none}");
    let text = message("Resources:\n", "Resources:\n  Nothing: later\n");
    assert!(text.ends_with("resource Nothing has no Type"), "{text}");
}
