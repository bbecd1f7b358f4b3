//! References to something that is declared and can never be what is asked for.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

/// The whole chain with one thing changed, and resources beside it that are none of the chain.
fn beside(from: &str, to: &str) -> Checked {
    let policy = "Statement: [{Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: '*'}]";
    let others = format!(
        "  Bucket: {{Type: AWS::S3::Bucket}}\n  Named: {{Type: AWS::S3::Bucket, Properties: {{BucketName: logs}}}}\n  Role: \
         {{Type: AWS::IAM::Role}}\n  Work: {{Type: AWS::Lambda::Function}}\n  Queue: {{Type: AWS::SQS::Queue}}\n  Policy: {{Type: \
         AWS::SNS::TopicPolicy, Properties: {{Topics: [!Ref Alerts], PolicyDocument: {{{policy}}}}}}}\n  Inline: {{Type: \
         AWS::SNS::TopicInlinePolicy, Properties: {{TopicArn: !Ref Alerts, PolicyDocument: {{{policy}}}}}}}\n  Person: {{Type: \
         AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Alerts, Protocol: sms, Endpoint: '+15550101'}}}}\n  Found: {{Type: \
         Custom::Found, Properties: {{ServiceToken: !GetAtt Work.Arn}}}}\n  Incident: {{Type: AWS::SSMIncidents::ResponsePlan}}\n"
    );
    checked(&format!("{}{others}", with(CHAIN, from, to)))
}

/// The verdict `cis` of the control, and the reason's code, line and message.
#[track_caller]
fn found(checked: &Checked) -> (Status, Option<Code>, Option<u32>, String) {
    let (cis, _, code, line) = verdicts(checked, "3.4").expect("3.4 is declared");
    let reason = finding(checked, "3.4").and_then(|finding| finding.reason.as_ref());
    (cis, code, line, reason.map(|reason| reason.message()).unwrap_or_default())
}

#[test]
fn an_alarm_action_that_is_no_arn_is_named() {
    let actions = "AlarmActions:\n        - !Ref Alerts";
    for (reference, shown) in [
        ("!Ref Bucket", "‹Bucket›"),
        ("!Ref Named", "logs"),
        ("!Ref Role", "‹Role›"),
        ("!Ref Work", "‹Work›"),
        ("!Ref Policy", "‹Policy›"),
        ("!Ref Queue", "https://sqs.‹this region›.amazonaws.com/‹this account›/‹Queue›"),
        ("!Ref PolicyAlarm", "policy-changes"),
        ("alerts", "alerts"),
    ] {
        let why = format!("AWS will refuse alarm policy-changes: AlarmActions takes ARNs, and {shown} is none");
        // The alarm would refer to itself.
        if reference != "!Ref PolicyAlarm" {
            let one = found(&beside(actions, &format!("AlarmActions:\n        - {reference}")));
            assert_eq!(one, (Fail, Some(Code::AlarmRefused), Some(43), why), "{reference}");
            // Beside a topic, too: the alarm will not exist.
            let two = found(&beside(actions, &format!("AlarmActions:\n        - !Ref Alerts\n        - {reference}")));
            assert_eq!((two.0, two.1, two.2), (Fail, Some(Code::AlarmRefused), Some(44)), "{reference}");
        }
    }
}

#[test]
fn an_arn_of_something_else_is_no_topic() {
    let actions = "AlarmActions:\n        - !Ref Alerts";
    for reference in ["!Ref Person", "!GetAtt Person.Arn", "!GetAtt Role.Arn", "!Ref Incident"] {
        let found = found(&beside(actions, &format!("AlarmActions:\n        - {reference}")));
        let wanted = "no action of alarm policy-changes is an SNS topic".to_owned();
        assert_eq!(found, (Fail, Some(Code::AlarmActionNotTopic), Some(43), wanted), "{reference}");
    }
    let literal =
        "AlarmActions:\n        - arn:aws:sns:eu-west-1:012345678901:alerts:0f3c5a52-0000-4000-8000-000000000000";
    assert_eq!(found(&beside(actions, literal)).1, Some(Code::AlarmActionNotTopic));
}

#[test]
fn a_reference_that_may_be_a_topic_fails_nothing() {
    let actions = "AlarmActions:\n        - !Ref Alerts";
    for reference in ["!Ref Inline", "!Ref Found", "!GetAtt Found.Arn", "!GetAtt Trail.SnsTopicArn"] {
        let checked = beside(actions, &format!("AlarmActions:\n        - {reference}"));
        let found = verdicts(&checked, "3.4").map(|it| (it.0, it.1, it.2));
        assert_eq!(found, Some((Pass, Open, Some(Code::TopicNotDeclared))), "{reference}");
    }
}

#[test]
fn a_log_group_of_a_filter_that_is_something_else_is_named() {
    for (reference, shown) in [
        ("!Ref Bucket", "‹Bucket›"),
        ("!Ref Policy", "‹Policy›"),
        ("!Ref Queue", "https://sqs.‹this region›.amazonaws.com/‹this account›/‹Queue›"),
    ] {
        let found = found(&beside("LogGroupName: !Ref Events", &format!("LogGroupName: {reference}")));
        let why = format!(
            "AWS will refuse metric filter policy-changes: LogGroupName takes the name of a log group, and {shown} is none"
        );
        assert_eq!(found, (Fail, Some(Code::MetricFilterRefused), Some(23), why), "{reference}");
    }
    // The log group may have the bucket's name.
    let same = with(CHAIN, "LogGroupName: !Ref Events", "LogGroupName: !Ref Bucket");
    let same = with(&same, "LogGroupName: /aws/cloudtrail/management", "LogGroupName: !Ref Bucket");
    let same = format!("{same}  Bucket: {{Type: AWS::S3::Bucket}}\n");
    assert_eq!(verdicts(&checked(&same), "3.4"), Some((Pass, Pass, None, None)));
}

#[test]
fn a_log_group_of_a_trail_that_is_something_else_is_named() {
    let group = "CloudWatchLogsLogGroupArn: !GetAtt Events.Arn";
    for (reference, shown) in [
        ("!Ref Bucket", "‹Bucket›"),
        ("!Ref Policy", "‹Policy›"),
        ("!Ref Queue", "https://sqs.‹this region›.amazonaws.com/‹this account›/‹Queue›"),
    ] {
        let found = found(&beside(group, &format!("CloudWatchLogsLogGroupArn: {reference}")));
        let why = format!(
            "AWS will refuse trail management: CloudWatchLogsLogGroupArn takes the ARN of a log group, and {shown} is none"
        );
        assert_eq!(found, (Fail, Some(Code::TrailRefused), Some(13), why), "{reference}");
    }
    let role = found(&beside(group, "CloudWatchLogsLogGroupArn: !GetAtt Role.Arn")).3;
    let wanted = "AWS will refuse trail management: CloudWatchLogsLogGroupArn takes the ARN of a log group, and this is one \
                  of iam";
    assert_eq!(role, wanted);
    let role = "CloudWatchLogsRoleArn: arn:aws:iam::012345678901:role/trail";
    let named = found(&beside(role, "CloudWatchLogsRoleArn: !Ref Role"));
    let wanted = "AWS will refuse trail management: CloudWatchLogsRoleArn takes the ARN of a role, and ‹Role› is none";
    assert_eq!((named.0, named.3), (Fail, wanted.to_owned()));
    assert_eq!(found(&beside(role, "CloudWatchLogsRoleArn: !GetAtt Role.Arn")).0, Pass);
}

#[test]
fn a_subscription_of_the_name_of_a_topic_is_refused() {
    let inline = "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n";
    let by_name = |name: &str| {
        let own = format!(
            "  Own:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: {name}\n      Protocol: sms\n      \
             Endpoint: '+15550100'\n"
        );
        format!("{}{own}", with(CHAIN, inline, ""))
    };
    for name in ["!GetAtt Alerts.TopicName", "alerts"] {
        let why =
            "AWS will refuse a subscription of topic alerts: TopicArn takes the ARN of a topic, and alerts is none";
        assert_eq!(
            found(&checked(&by_name(name))),
            (Fail, Some(Code::SubscriptionRefused), Some(51), why.to_owned()),
            "{name}"
        );
    }
    assert_eq!(found(&checked(&by_name("!Ref Alerts"))).0, Pass);
}

#[test]
fn a_subscription_or_policy_of_what_is_no_topic_is_named() {
    for (resource, line) in [
        (
            "{Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref B, Protocol: sms, Endpoint: '+15550101'}}",
            "TopicArn takes the ARN of a topic, and ‹B› is none",
        ),
        (
            "{Type: AWS::SNS::Subscription, Properties: {TopicArn: !GetAtt B.Arn, Protocol: sms, Endpoint: '+15550101'}}",
            "TopicArn takes the ARN of a topic, and arn:aws:s3:::‹B.Arn› is none",
        ),
        (
            "{Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref B], PolicyDocument: {Statement: []}}}",
            "Topics takes ARNs of topics, and ‹B› is none",
        ),
    ] {
        let checked = checked(&format!("{CHAIN}  B: {{Type: AWS::S3::Bucket}}\n  Own: {resource}\n"));
        assert_eq!(verdicts(&checked, "3.4"), Some((Pass, Pass, None, None)), "{resource}");
        let documents = checked.report.documents.expect("a report of documents");
        let words: Vec<String> = documents.refused.iter().map(|refused| refused.words()).collect();
        assert!(words.len() == 1 && words.iter().all(|words| words.ends_with(line)), "{words:?}");
    }
}
