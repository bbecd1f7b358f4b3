//! Values that AWS does not take, and single values where it takes lists.

use super::*;

use Status::{Fail, Pass};

#[track_caller]
fn passes(from: &str, to: &str) {
    assert_eq!(verdicts(&checked(&with(CHAIN, from, to)), "3.4"), Some((Pass, Pass, None, None)), "{from} -> {to}");
}

#[test]
fn one_value_where_a_list_is_taken() {
    let message = refused("AlarmActions:\n        - !Ref Alerts", "AlarmActions: !Ref Alerts", Code::AlarmRefused, 42);
    let wanted = "AWS will refuse alarm policy-changes: AlarmActions takes a list, and not a single value: put it into a \
                  list of one";
    assert_eq!(message, wanted);
    let message = refused("        - MetricNamespace", "          MetricNamespace", Code::MetricFilterRefused, 26);
    assert!(
        message.ends_with("MetricTransformations takes a list, and not a map: put it into a list of one"),
        "{message}"
    );
    refused("        - Protocol: sms", "          Protocol: sms", Code::SubscriptionRefused, 48);
    let policy = "  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: !Ref Alerts\n      \
                  PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: '*'}]}\n";
    let found = |text: &str| verdicts(&checked(text), "3.4").map(|it| (it.0, it.2));
    let text = format!("{CHAIN}{policy}");
    assert_eq!(found(&text), Some((Fail, Some(Code::TopicRefused))));
    assert_eq!(found(&with(&text, "Topics: !Ref Alerts", "Topics: [!Ref Alerts]")), Some((Pass, None)));
    // A list may come of a parameter, a split or a condition.
    let parameter = with(
        CHAIN,
        "Resources:",
        "Parameters: {Topics: {Type: CommaDelimitedList, Default: 'arn:aws:sns:eu-west-1:012345678901:alerts'}}\nResources:",
    );
    for list in ["!Ref Topics", "!Split [',', 'arn:aws:sns:eu-west-1:012345678901:alerts']"] {
        let text = with(&parameter, "AlarmActions:\n        - !Ref Alerts", &format!("AlarmActions: {list}"));
        assert_eq!(found(&text).map(|it| it.0), Some(Pass), "{list}");
    }
}

#[test]
fn days_of_retention_are_of_a_list() {
    let name = "LogGroupName: /aws/cloudtrail/management";
    let days = |days: &str| format!("{name}\n      RetentionInDays: {days}");
    let message = refused(name, &days("4"), Code::LogGroupRefused, 19);
    let wanted = "AWS will refuse log group /aws/cloudtrail/management: RetentionInDays is one of a list of numbers of \
                  days, of which 4 is none: 5 is one";
    assert_eq!(message, wanted);
    refused(name, &days("4000"), Code::LogGroupRefused, 19);
    refused(name, &days("a year"), Code::LogGroupRefused, 19);
    for known in ["1", "'365'", "1096", "3653"] {
        passes(name, &days(known));
    }
}

#[test]
fn names_and_descriptions_have_lengths_and_letters() {
    let message = refused("FilterName: policy-changes", "FilterName: 'security:x'", Code::MetricFilterRefused, 22);
    let wanted =
        "AWS will refuse metric filter security:x: security:x is no name of a filter: it may have neither : nor *";
    assert_eq!(message, wanted);
    refused("FilterName: policy-changes", "FilterName: 'policy*'", Code::MetricFilterRefused, 22);
    let name = |length: usize| format!("AlarmName: {}", "a".repeat(length));
    let message = refused("AlarmName: policy-changes", &name(256), Code::AlarmRefused, 33);
    assert!(message.ends_with(": AlarmName has 256 characters, and 255 are the most"), "{message}");
    passes("AlarmName: policy-changes", &name(255));
    refused("AlarmName: policy-changes", "AlarmName: ''", Code::AlarmRefused, 33);
    let described = |length: usize| format!("AlarmDescription: {}\n      Period: 300", "a".repeat(length));
    refused("Period: 300", &described(1025), Code::AlarmRefused, 37);
    passes("Period: 300", &described(1024));
}

#[test]
fn units_are_those_that_there_are() {
    let unit = |unit: &str| format!("MetricValue: 1\n          Unit: {unit}");
    let message = refused("MetricValue: 1", &unit("Counts"), Code::MetricFilterRefused, 30);
    assert!(message.ends_with(": Unit cannot be Counts: Count is meant"), "{message}");
    passes("MetricValue: 1", &unit("Count"));
    refused("Period: 300", "Period: 300\n      Unit: Times", Code::AlarmRefused, 38);
}

#[test]
fn an_alarm_has_one_threshold() {
    let message = refused("Threshold: 1", "Threshold: 1\n      ThresholdMetricId: band", Code::AlarmRefused, 40);
    assert!(message.ends_with(": it has both Threshold and ThresholdMetricId: leave out one of them"), "{message}");
}

#[test]
fn an_endpoint_that_is_empty_is_none() {
    let message = refused("Endpoint: '+15550100'", "Endpoint: ''", Code::SubscriptionRefused, 50);
    let wanted = "AWS will refuse a subscription of topic alerts: its Endpoint is empty: write it, or give the parameter that \
                  it comes from (--parameter)";
    assert_eq!(message, wanted);
}

#[test]
fn a_delivery_stream_has_an_arn_of_firehose() {
    let subscription = "  Flow: {Type: AWS::KinesisFirehose::DeliveryStream}\n  Own:\n    Type: AWS::SNS::Subscription\n    Properties:\n      \
                        TopicArn: !Ref Alerts\n      Protocol: firehose\n      Endpoint: !GetAtt Flow.Arn\n      \
                        SubscriptionRoleArn: 'arn:aws:iam::012345678901:role/flow'\n";
    let inline = "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n";
    let text = format!("{}{subscription}", with(CHAIN, inline, ""));
    assert_eq!(verdicts(&checked(&text), "3.4"), Some((Pass, Pass, None, None)));
    let of_machine = with(&text, "KinesisFirehose::DeliveryStream", "StepFunctions::StateMachine");
    let checked = checked(&of_machine);
    let message = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message();
    assert!(message.ends_with("its Endpoint is an ARN of states, and firehose takes one of firehose"), "{message}");
}
