//! What AWS refuses to deploy: the chain that is built on it will not exist.

use super::*;

use Status::{Fail, Pass};

/// One thing changed in the whole chain, the code of what is refused, and the line that the finding points at.
#[track_caller]
fn refused(from: &str, to: &str, code: Code, line: u32) -> String {
    let checked = checked(&with(CHAIN, from, to));
    assert_eq!(verdicts(&checked, "3.4"), Some((Fail, Fail, Some(code), Some(line))), "{from} -> {to}");
    finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message()
}

#[test]
fn of_the_trail() {
    let group = "CloudWatchLogsLogGroupArn: !GetAtt Events.Arn";
    let verdicts =
        refused("IncludeGlobalServiceEvents: true", "IncludeGlobalServiceEvents: false", Code::TrailRefused, 11);
    let wanted = "AWS will refuse trail management: IncludeGlobalServiceEvents cannot be false where \
                  IsMultiRegionTrail is true";
    assert_eq!(verdicts, wanted);
    refused("      CloudWatchLogsRoleArn: arn:aws:iam::012345678901:role/trail\n", "", Code::TrailRefused, 13);
    refused("      IsLogging: true\n", "", Code::TrailRefused, 5);
    refused(group, "CloudWatchLogsLogGroupArn: !Ref Events", Code::TrailRefused, 13);
    let arn = "!Sub 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/cloudtrail/management'";
    refused(group, &format!("CloudWatchLogsLogGroupArn: {arn}"), Code::TrailRefused, 13);
    let ends = arn.replace("management'", "management:*'");
    assert_eq!(verdicts_of_chain(group, &format!("CloudWatchLogsLogGroupArn: {ends}")), Some((Pass, Pass, None, None)));
}

fn verdicts_of_chain(from: &str, to: &str) -> Option<Verdicts> {
    verdicts(&checked(&with(CHAIN, from, to)), "3.4")
}

#[test]
fn of_the_log_group_and_its_filter() {
    refused("LogGroupName: !Ref Events", "LogGroupName: !GetAtt Events.Arn", Code::MetricFilterRefused, 23);
    let value = "MetricValue: 1\n          DefaultValue: 0\n          Dimensions: [{Key: a, Value: $.a}]";
    let checked = checked(&with(CHAIN, "MetricValue: 1", value));
    assert_eq!(verdicts(&checked, "3.4").map(|verdicts| verdicts.0), Some(Fail));
    refused("LogGroupName: /aws/cloudtrail/management", "LogGroupName: 'aws cloudtrail'", Code::LogGroupRefused, 18);
}

#[test]
fn of_the_alarm() {
    let verdicts = refused("Statistic: Sum", "Statistic: p99", Code::AlarmRefused, 36);
    let wanted = "AWS will refuse alarm policy-changes: Statistic is one of SampleCount, Average, Sum, Minimum, Maximum: \
                  p99 is for ExtendedStatistic";
    assert_eq!(verdicts, wanted);
    refused("Statistic: Sum", "ExtendedStatistic: Sum", Code::AlarmRefused, 36);
    refused("Period: 300", "Period: 45", Code::AlarmRefused, 37);
    refused("EvaluationPeriods: 1", "EvaluationPeriods: 1\n      DatapointsToAlarm: 2", Code::AlarmRefused, 39);
    refused("EvaluationPeriods: 1", "EvaluationPeriods: 0", Code::AlarmRefused, 38);
    let verdicts = refused("TreatMissingData: notBreaching", "TreatMissingData: nonBreaching", Code::AlarmRefused, 41);
    let wanted = "AWS will refuse alarm policy-changes: TreatMissingData cannot be nonBreaching: notBreaching is meant";
    assert_eq!(verdicts, wanted);
    let operator = "ComparisonOperator: GreaterThanOrEqualToThreshold";
    refused(operator, "ComparisonOperator: GreaterOrEqual", Code::AlarmRefused, 40);
    let six = "AlarmActions: [!Ref Alerts, a, b, c, d, e]";
    refused("AlarmActions:\n        - !Ref Alerts", six, Code::AlarmRefused, 42);
}

#[test]
fn of_misspelt_properties() {
    let verdicts = refused("TreatMissingData: notBreaching", "TreatMisingData: notBreaching", Code::AlarmRefused, 41);
    let wanted = "AWS will refuse alarm policy-changes: AWS::CloudWatch::Alarm has no property TreatMisingData: TreatMissingData is meant";
    assert_eq!(verdicts, wanted);
    // One that is like none may be newer than what is known here.
    let later = checked(&with(CHAIN, "Period: 300", "Period: 300\n      Shiny: 1"));
    assert_eq!(super::verdicts(&later, "3.4"), Some((Pass, Status::Unknown, Some(Code::AlarmRefused), Some(38))));
    // Macros may take it.
    let macros = with(CHAIN, "Resources:", "Transform: Mine\nResources:");
    let macros = checked(&with(&macros, "TreatMissingData: notBreaching", "TreatMisingData: notBreaching"));
    assert_ne!(super::verdicts(&macros, "3.4").and_then(|verdicts| verdicts.2), Some(Code::AlarmRefused));
}

#[test]
fn of_the_topic_and_its_subscriptions() {
    refused("TopicName: alerts", "TopicName: my alerts", Code::TopicRefused, 47);
    let address = "Protocol: email\n          Endpoint: nobody";
    let verdicts = refused("Protocol: sms\n          Endpoint: '+15550100'", address, Code::SubscriptionRefused, 50);
    assert_eq!(verdicts, "AWS will refuse a subscription of topic alerts: its Endpoint is not an email address");
    refused("Protocol: sms", "Protocol: mail", Code::SubscriptionRefused, 49);
    let policy = format!(
        "{CHAIN}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: [alerts]\n      PolicyDocument: {{}}\n"
    );
    let verdicts = super::verdicts(&checked(&policy), "3.4").map(|verdicts| (verdicts.0, verdicts.2));
    assert_eq!(verdicts, Some((Fail, Some(Code::TopicRefused))));
}

#[test]
fn a_filter_with_the_names_of_a_control_is_declared_for_it() {
    for (from, to) in [(")||(", ")&&("), ("$.eventName", "$.eventname")] {
        let checked = checked(&CHAIN.replace(from, to));
        assert_eq!(verdicts(&checked, "3.4").map(|verdicts| verdicts.0), Some(Fail), "{to}");
    }
}
