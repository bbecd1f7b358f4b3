//! What AWS refuses to deploy: the chain that is built on it will not exist.

use super::*;

use Status::{Fail, Pass};

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

#[test]
fn names_and_arns_of_another_kind() {
    for name in ["a b c", "ab", "a..b", "-trail"] {
        refused("TrailName: management", &format!("TrailName: '{name}'"), Code::TrailRefused, 8);
    }
    let role = "CloudWatchLogsRoleArn: arn:aws:iam::012345678901:role/trail";
    refused(role, "CloudWatchLogsRoleArn: trail-role", Code::TrailRefused, 14);
    refused("MetricName: PolicyChanges", "MetricName: 'Policy*'", Code::MetricFilterRefused, 28);
    refused("MetricNamespace: Security", "MetricNamespace: 'Security:x'", Code::MetricFilterRefused, 27);
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

/// What AWS will refuse that no finding is about, a sentence each.
fn beside(text: &str) -> Vec<String> {
    let documents = checked(text).report.documents.expect("a report of documents");
    documents.refused.iter().map(|refused| refused.words()).collect()
}

#[test]
fn a_filter_with_misspelt_properties_is_never_left_out() {
    let verdicts = refused("FilterPattern: >-", "FilterPatter: >-", Code::MetricFilterRefused, 25);
    let wanted = "AWS will refuse metric filter policy-changes: AWS::Logs::MetricFilter has no property FilterPatter: \
                  FilterPattern is meant";
    assert_eq!(verdicts, wanted);
    refused("MetricTransformations:", "MetricTransformation:", Code::MetricFilterRefused, 26);
    refused("LogGroupName: !Ref Events", "LogGroupname: !Ref Events", Code::MetricFilterRefused, 23);
    refused("MetricNamespace: Security", "MetricNameSpace: Security", Code::MetricFilterRefused, 27);
    // No control is recognised in it.
    let nothing = with(CHAIN, "FilterPattern: >-", "FilterPatter: ERROR\n      Later: >-");
    let report = checked(&nothing).report;
    assert_eq!(report.findings().count(), 0);
    let refused = report.documents.as_ref().map(|documents| documents.refused.as_slice()).unwrap_or_default();
    let words: Vec<String> = refused.iter().map(|refused| refused.words()).collect();
    let wanted = "AWS will refuse AWS::Logs::MetricFilter PolicyChanges (template.yaml:24:21): AWS::Logs::MetricFilter \
                  has no property FilterPatter: FilterPattern is meant";
    assert_eq!(words, [wanted]);
    assert_eq!(crate::exit::ExitStatus::from_report(&report), crate::exit::ExitStatus::Error);
}

#[test]
fn what_is_refused_beside_a_sound_chain_is_named_and_no_success() {
    let alarm = "  Cpu:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      Namespace: AWS/EC2\n      MetricName: \
                 CPUUtilization\n      Statistic: Average\n      Period: 45\n      EvaluationPeriods: 1\n      Threshold: \
                 1\n      ComparisonOperator: GreaterThanThreshold\n";
    let text = format!("{CHAIN}{alarm}");
    assert_eq!(verdicts(&checked(&text), "3.4"), Some((Pass, Pass, None, None)));
    let wanted = "AWS will refuse AWS::CloudWatch::Alarm Cpu (template.yaml:57:15): Period is 10, 20, 30 or a multiple of \
                  60 seconds, and not 45";
    assert_eq!(beside(&text), [wanted]);
    assert_eq!(beside(&text.replace("Period: 45", "Period: 60")), [""; 0]);
}

#[test]
fn a_pattern_that_is_none_fails_its_control_and_no_other() {
    let pattern = CHAIN.lines().find(|line| line.contains("{($.eventName=DeleteGroupPolicy)")).expect("a pattern");
    for (end, word) in [("", "ends with"), ("||}", "selector")] {
        let broken = format!("{}{end}", pattern.trim_end_matches('}'));
        let message = refused(pattern, &broken, Code::MetricFilterRefused, 25);
        assert!(
            message.starts_with("AWS will refuse metric filter policy-changes: bad filter pattern at "),
            "{message}"
        );
        assert!(message.contains("must end with") || message.contains(word), "{message}");
    }
    // Another filter for another control is decided.
    let second = "  Other:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterName: other\n      LogGroupName: \
                  !Ref Events\n      FilterPattern: '{ $.eventName = \"'\n      MetricTransformations: [{MetricNamespace: \
                  Security, MetricName: Other, MetricValue: 1}]\n";
    let text = format!("{CHAIN}{second}");
    assert_eq!(verdicts(&checked(&text), "3.4"), Some((Pass, Pass, None, None)));
    assert_eq!(checked(&text).report.findings().count(), 1);
    assert_eq!(beside(&text).len(), 1);
}

#[test]
fn filters_of_a_log_group_of_another_class_are_refused() {
    for class in ["INFREQUENT_ACCESS", "DELIVERY"] {
        let group = format!("LogGroupName: /aws/cloudtrail/management\n      LogGroupClass: {class}");
        let checked = checked(&with(CHAIN, "LogGroupName: /aws/cloudtrail/management", &group));
        assert_eq!(verdicts(&checked, "3.4"), Some((Fail, Fail, Some(Code::LogGroupClass), Some(19))));
    }
    let class = "LogGroupName: /aws/cloudtrail/management\n      LogGroupClass: INFREQUENT";
    let words = beside(&with(CHAIN, "LogGroupName: /aws/cloudtrail/management", class));
    let found = verdicts(&checked(&with(CHAIN, "LogGroupName: /aws/cloudtrail/management", class)), "3.4");
    assert_eq!((found.map(|it| it.0), words.len()), (Some(Fail), 0));
}

#[test]
fn values_of_another_kind() {
    let message = refused("Threshold: 1", "Threshold: one", Code::AlarmRefused, 39);
    assert_eq!(message, "AWS will refuse alarm policy-changes: Threshold takes a number, and one is none");
    let report = checked(&with(CHAIN, "Threshold: 1", "Threshold: one")).report;
    assert_eq!(report.gaps().count(), 0);
    refused("Period: 300", "Period: 5m", Code::AlarmRefused, 37);
    refused("EvaluationPeriods: 1", "EvaluationPeriods: 1.5", Code::AlarmRefused, 38);
    refused("IsLogging: true", "IsLogging: sometimes", Code::TrailRefused, 9);
    let named = beside(&with(CHAIN, "TopicName: alerts", "TopicName: [alerts]"));
    let wanted = "AWS will refuse AWS::SNS::Topic Alerts (template.yaml:47:7): TopicName takes a text, and not a list";
    assert_eq!(named, [wanted]);
    let message = refused("          MetricValue: 1\n", "", Code::MetricFilterRefused, 27);
    let wanted =
        "AWS will refuse metric filter policy-changes: MetricValue is missing, which a metric transformation needs";
    assert_eq!(message, wanted);
    let later = "MetricValue: 1\n          DefaultValue: none";
    refused("MetricValue: 1", later, Code::MetricFilterRefused, 30);
}

#[test]
fn alarms_that_look_back_too_far() {
    let periods = |period: &str, count: &str| {
        let text = with(CHAIN, "Period: 300", &format!("Period: {period}"));
        let text = with(&text, "EvaluationPeriods: 1", &format!("EvaluationPeriods: {count}"));
        verdicts(&checked(&text), "3.4").and_then(|it| it.2)
    };
    for (period, count, is_refused) in [
        ("300", "288", false),
        ("300", "289", true),
        ("60", "1441", true),
        ("3600", "168", false),
        ("3600", "169", true),
        ("86400", "8", true),
        ("604800", "1", false),
    ] {
        assert_eq!(periods(period, count) == Some(Code::AlarmRefused), is_refused, "{count} of {period} seconds");
    }
    let message = refused("EvaluationPeriods: 1", "EvaluationPeriods: 300", Code::AlarmRefused, 38);
    let wanted = "AWS will refuse alarm policy-changes: 300 EvaluationPeriods of 300 seconds are more than a day (86,400 \
                  seconds), the most of periods of less than an hour";
    assert_eq!(message, wanted);
}

#[test]
fn alarms_that_lack_what_they_need() {
    for (from, line) in [
        ("      EvaluationPeriods: 1\n", 30),
        ("      Threshold: 1\n", 30),
        ("      ComparisonOperator: GreaterThanOrEqualToThreshold\n", 30),
        ("      Period: 300\n", 30),
    ] {
        refused(from, "", Code::AlarmRefused, line);
    }
}

#[test]
fn mute_rules_that_are_refused_are_named_and_mute_nothing() {
    let mute = |properties: &str| {
        let text = format!(
            "{CHAIN}  Mute:\n    Type: AWS::CloudWatch::AlarmMuteRule\n    Properties:\n      Name: nights\n{properties}"
        );
        let cis = verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.1);
        (cis, beside(&text))
    };
    let rule = |expression: &str, duration: &str| {
        format!(
            "      MuteTargets: {{AlarmNames: [policy-changes]}}\n      Rule: {{Schedule: {{Expression: '{expression}', \
             Duration: {duration}}}}}\n"
        )
    };
    // Every minute, for longer than a minute: for ever.
    assert_eq!(mute(&rule("cron(* * * * *)", "PT5M")), (Some(Fail), Vec::new()));
    for (expression, duration, why) in [
        (
            "rate(1 day)",
            "PT5M",
            "its schedule is cron(…) with five fields or at(yyyy-MM-ddThh:mm), and rate(1 day) is neither",
        ),
        ("cron(* * * * *)", "PT30S", "its duration is a minute (PT1M) at least, and PT30S is less"),
        ("cron(* * * * *)", "P16D", "its duration is 15 days (P15D) at most, and P16D is more"),
        ("cron(* * * * *)", "5m", "its duration is one of ISO 8601, as PT4H, and 5m is none"),
    ] {
        let (effective, words) = mute(&rule(expression, duration));
        assert_eq!(effective, Some(Pass), "{expression} {duration}");
        let start = "AWS will refuse AWS::CloudWatch::AlarmMuteRule Mute (template.yaml:56:";
        assert_eq!(
            (words.len(), words.iter().any(|it| it.starts_with(start) && it.ends_with(why))),
            (1, true),
            "{words:?}"
        );
    }
    for (properties, why) in [
        ("      Rule: {Schedule: {Expression: 'at(2027-01-01T00:00)'}}\n", "Duration is missing, which Schedule needs"),
        (
            "      MuteTargets: {Alarms: [a]}\n      Rule: {Schedule: {Expression: 'at(2027-01-01T00:00)', Duration: PT1H}}\n",
            "AlarmNames is missing, which MuteTargets needs",
        ),
        ("      MuteTargets: {AlarmNames: [a]}\n", "Rule is missing, which AWS::CloudWatch::AlarmMuteRule needs"),
    ] {
        let (_, words) = mute(properties);
        assert_eq!((words.len(), words.iter().any(|it| it.ends_with(why))), (1, true), "{words:?}");
    }
    let dates = format!(
        "{}      StartDate: '2027-02-01T00:00'\n      ExpireDate: '2027-01-01T00:00'\n",
        rule("cron(0 2 * * *)", "PT1H")
    );
    assert!(mute(&dates).1.iter().any(|it| it.ends_with("ExpireDate is not after StartDate")));
}

/// The message about the whole chain's subscription with another protocol and endpoint, and resources beside it.
#[track_caller]
fn of_subscription(protocol: &str, endpoint: &str) -> String {
    let one = "Protocol: sms\n          Endpoint: '+15550100'";
    let text = with(CHAIN, one, &format!("Protocol: {protocol}\n          Endpoint: {endpoint}"));
    let others = "  Work: {Type: AWS::Lambda::Function}\n  Queue: {Type: AWS::SQS::Queue}\n  Flow: {Type: \
                  AWS::KinesisFirehose::DeliveryStream}\n";
    let checked = checked(&format!("{text}{others}"));
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    finding.reason.as_ref().map(|reason| reason.message()).unwrap_or_default()
}

#[test]
fn an_endpoint_suits_its_protocol() {
    let refused = "AWS will refuse a subscription of topic alerts: its Endpoint is";
    for (protocol, endpoint, wanted) in [
        ("lambda", "!GetAtt Work.Arn", String::new()),
        ("sqs", "!GetAtt Queue.Arn", String::new()),
        ("lambda", "!Ref Work", format!("{refused} not an ARN, which lambda needs: ‹Work›")),
        (
            "sqs",
            "!Ref Queue",
            format!(
                "{refused} not an ARN, which sqs needs: https://sqs.‹this region›.amazonaws.com/‹this account›/‹Queue›"
            ),
        ),
        ("lambda", "!GetAtt Queue.Arn", format!("{refused} an ARN of sqs, and lambda takes one of lambda")),
        ("sqs", "notify", format!("{refused} not an ARN, which sqs needs")),
    ] {
        assert_eq!(of_subscription(protocol, endpoint), wanted, "{protocol} {endpoint}");
    }
}

#[test]
fn a_delivery_stream_needs_a_role() {
    let wanted = "AWS will refuse a subscription of topic alerts: it has no SubscriptionRoleArn, which firehose needs";
    assert_eq!(of_subscription("firehose", "!GetAtt Flow.Arn"), wanted);
    let own = |role: &str| {
        format!(
            "{CHAIN}  Own: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Alerts, Protocol: firehose, Endpoint: \
             'arn:aws:firehose:eu-west-1:012345678901:deliverystream/a'{role}}}}}\n"
        )
    };
    let cis = |text: &str| verdicts(&checked(text), "3.4").map(|it| (it.0, it.2));
    assert_eq!(cis(&own("")), Some((Fail, Some(Code::SubscriptionRefused))));
    assert_eq!(cis(&own(", SubscriptionRoleArn: 'arn:aws:iam::012345678901:role/a'")), Some((Pass, None)));
}

/// The alarm of the whole chain on a query of metrics with these Ids.
fn with_queries(first: &str, second: &str) -> String {
    let one = "Namespace: Security\n      MetricName: PolicyChanges\n      Statistic: Sum\n      Period: 300\n";
    let queries = format!(
        "Metrics:\n        - {{Id: {first}, Expression: m, ReturnData: true}}\n        - {{Id: {second}, ReturnData: false, \
         MetricStat: {{Stat: Sum, Period: 300, Metric: {{Namespace: Security, MetricName: PolicyChanges}}}}}}\n"
    );
    with(CHAIN, one, &queries)
}

#[test]
fn ids_of_queries_are_each_given_once() {
    let message = |first: &str, second: &str| {
        let checked = checked(&with_queries(first, second));
        let line = verdicts(&checked, "3.4").and_then(|it| it.3);
        let reason = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref());
        (line, reason.map(|reason| reason.message()).unwrap_or_default())
    };
    assert_eq!(message("e", "m"), (None, String::new()));
    let twice = "AWS will refuse alarm policy-changes: two queries have the Id m";
    assert_eq!(message("m", "m"), (Some(36), twice.to_owned()));
    let capital =
        "AWS will refuse alarm policy-changes: M1 is no Id of a query: letters, digits and _, first a small letter";
    assert_eq!(message("e", "M1"), (Some(36), capital.to_owned()));
}

#[test]
fn a_suppressor_needs_both_periods() {
    let composite = |periods: &str| {
        let silent = with(CHAIN, "      AlarmActions:\n        - !Ref Alerts\n", "");
        let text = format!(
            "{silent}  All:\n    Type: AWS::CloudWatch::CompositeAlarm\n    Properties:\n      AlarmName: all\n      AlarmRule: \
             ALARM(\"policy-changes\")\n      AlarmActions: [!Ref Alerts]\n{periods}"
        );
        let checked = checked(&text);
        let reason = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref());
        (verdicts(&checked, "3.4").map(|it| it.0), reason.map(|reason| reason.message()).unwrap_or_default())
    };
    assert_eq!(composite("").0, Some(Pass));
    let wait = "      ActionsSuppressor: nights\n      ActionsSuppressorWaitPeriod: 60\n";
    let wanted =
        "AWS will refuse alarm all: ActionsSuppressorExtensionPeriod is missing, which ActionsSuppressor needs";
    assert_eq!(composite(wait), (Some(Fail), wanted.to_owned()));
    let both = format!("{wait}      ActionsSuppressorExtensionPeriod: 60\n");
    assert!(!composite(&both).1.starts_with("AWS will refuse"), "{}", composite(&both).1);
}
