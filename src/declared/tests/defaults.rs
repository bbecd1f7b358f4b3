//! What is not known is not taken for its default, and what is sure does not depend on the order in which it is declared.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

/// The chain with a parameter that has no value.
fn open_chain(changes: &[(&str, &str)]) -> String {
    let text = with(CHAIN, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
    changes.iter().fold(text, |text, (from, to)| with(&text, from, to))
}

/// The verdicts of the chain with these changes, and the code of the reason.
#[track_caller]
fn assert_judged(changes: &[(&str, &str)], wanted: (Status, Status, Option<Code>)) {
    let checked = checked(&open_chain(changes));
    let found = verdicts(&checked, "3.4").map(|(cis, effective, code, _)| (cis, effective, code));
    assert_eq!(found, Some(wanted), "{changes:?}");
}

const SMS: &str = "        - Protocol: sms\n          Endpoint: '+15550100'";
const EMAIL: &str = "        - {Protocol: email, Endpoint: a@example.com}";

#[test]
fn a_class_that_is_not_known_may_take_no_filters() {
    let name = "LogGroupName: /aws/cloudtrail/management";
    let change = format!("{name}\n      LogGroupClass: !Ref Open");
    assert_judged(&[(name, &change)], (Open, Open, Some(Code::LogGroupUnread)));
}

#[test]
fn a_topic_may_be_one_that_sends_to_queues_only() {
    let change = ("      TopicName: alerts\n", "      FifoTopic: !Ref Open\n");
    assert_judged(&[change], (Pass, Open, Some(Code::SubscriptionUnread)));
    let none = (SMS, "        []");
    assert_judged(&[change, none], (Fail, Fail, Some(Code::SubscriptionNone)));
}

#[test]
fn global_events_may_be_left_out() {
    let change = ("IncludeGlobalServiceEvents: true", "IncludeGlobalServiceEvents: !Ref Open");
    assert_judged(&[change], (Open, Open, Some(Code::TrailUnread)));
}

#[test]
fn a_key_may_be_of_another_use_or_without_material() {
    let policy = "{Statement: [{Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, Action: 'kms:*', Resource: '*'}]}";
    for (property, wanted) in [
        ("Enabled: true", (Pass, Pass, None)),
        ("KeyUsage: ENCRYPT_DECRYPT", (Pass, Pass, None)),
        ("KeyUsage: !Ref Open", (Pass, Open, Some(Code::TopicKeyUnread))),
        ("Origin: EXTERNAL", (Pass, Open, Some(Code::TopicKeyUnread))),
    ] {
        let key = format!("\n  Key:\n    Type: AWS::KMS::Key\n    Properties: {{KeyPolicy: {policy}, {property}}}");
        let sms = format!("{SMS}{key}");
        let topic = ("TopicName: alerts", "KmsMasterKeyId: !GetAtt Key.Arn");
        assert_judged(&[topic, (SMS, &sms)], wanted);
    }
}

#[test]
fn a_policy_of_a_topic_that_is_not_known_may_be_of_any() {
    let policy = "\n  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties: {Topics: [!Ref Open], PolicyDocument: \
                  {Statement: [{Effect: Deny, Principal: '*', Action: 'sns:Publish', Resource: '*'}]}}";
    let change = format!("{SMS}{policy}");
    assert_judged(&[(SMS, &change)], (Pass, Open, Some(Code::TopicPolicyUndecided)));
    let own = change.replace("!Ref Open", "!Ref Alerts");
    assert_judged(&[(SMS, &own)], (Fail, Fail, Some(Code::TopicPolicyDenies)));
}

#[test]
fn a_policy_may_be_json_text() {
    let policy = |document: &str| {
        format!(
            "{SMS}\n  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties: {{Topics: [!Ref Alerts], PolicyDocument: {document}}}"
        )
    };
    let allow = "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"cloudwatch.amazonaws.com\"}, \"Action\": \
                 \"sns:Publish\", \"Resource\": \"${Alerts}\"}}";
    assert_judged(&[(SMS, &policy(&format!("!Sub '{allow}'")))], (Pass, Pass, None));
    let deny = allow.replace("Allow", "Deny").replace("${Alerts}", "*");
    assert_judged(&[(SMS, &policy(&format!("'{deny}'")))], (Fail, Fail, Some(Code::TopicPolicyDenies)));
    let other = allow.replace("cloudwatch", "events").replace("${Alerts}", "*");
    assert_judged(&[(SMS, &policy(&format!("'{other}'")))], (Fail, Fail, Some(Code::TopicPolicyForbids)));
    // What is no JSON, or has what is not known in it, decides nothing.
    let open = allow.replace("${Alerts}", "${Open}");
    for undecided in
        ["'{'".to_owned(), "'[]'".to_owned(), format!("!Sub '{open}'"), "'{\"A\": \"\\u2039\"}'".to_owned()]
    {
        assert_judged(&[(SMS, &policy(&undecided))], (Pass, Open, Some(Code::TopicPolicyUndecided)));
    }
}

#[test]
fn a_subscription_that_gets_nothing_confirms_nothing() {
    let with_email = |other: &str| format!("{EMAIL}\n{other}");
    let queue = with_email("        - {Protocol: sqs, Endpoint: 'arn:aws:sqs:eu-west-1:012345678901:q.fifo'}");
    assert_judged(&[(SMS, &queue)], (Pass, Open, Some(Code::SubscriptionToConfirm)));
    let sound = with_email(SMS);
    assert_judged(&[(SMS, &sound)], (Pass, Pass, None));
    let own = "\n  Own:\n    Type: AWS::SNS::Subscription\n    Properties: {TopicArn: !Ref Alerts, Protocol: sms, \
               Endpoint: '+15550101', FilterPolicy: POLICY}";
    for policy in ["{kind: [other]}", "!Ref Open"] {
        let change = format!("{EMAIL}{}", own.replace("POLICY", policy));
        assert_judged(&[(SMS, &change)], (Pass, Open, Some(Code::SubscriptionToConfirm)));
    }
}

#[test]
fn one_sound_topic_is_enough_in_whatever_order() {
    for actions in ["[!Ref Alerts, !Ref Open]", "[!Ref Open, !Ref Alerts]"] {
        let change = format!("AlarmActions: {actions}");
        assert_judged(&[("AlarmActions:\n        - !Ref Alerts", &change)], (Pass, Pass, None));
    }
}

#[test]
fn a_subscription_is_in_the_region_of_its_topic() {
    let own = "\n  Own:\n    Type: AWS::SNS::Subscription\n    Properties: {TopicArn: !Ref Alerts, Protocol: sms, \
               Endpoint: '+15550101', Region: us-east-1}";
    let text = with(&with(CHAIN, SMS, "        []"), "        []", &format!("        []{own}"));
    let status = |region: &str| deployed_in(&text, region).map(|(cis, effective, code, _)| (cis, effective, code));
    assert_eq!(status("eu-west-1"), Some((Fail, Fail, Some(Code::SubscriptionRefused))));
    assert_eq!(status("us-east-1"), Some((Pass, Pass, None)));
}

/// The verdicts about a template that is deployed in a region.
fn deployed_in(text: &str, region: &str) -> Option<Verdicts> {
    let home = Home { region: region.to_owned(), ..symbolic() };
    let library = Library::default();
    let worlds = worlds(&[Stack::new(template(text))], &library, &BTreeMap::new(), &home).expect("it can be evaluated");
    let now: Timestamp = "2026-01-05T09:00:00Z".parse().expect("a time");
    let terms = Terms { home: &home, scope: Scope::Part, over: None, counts: &|_| false, now };
    verdicts(&judge(&worlds, &rules(), &terms), "3.4")
}

#[test]
fn a_log_group_is_in_the_region_of_its_trail() {
    let group = "CloudWatchLogsLogGroupArn: !GetAtt Events.Arn";
    for arn in [
        "arn:aws:logs:us-east-1:012345678901:log-group:/aws/cloudtrail/management:*",
        "!Sub 'arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:${Events}:*'",
        "!Sub 'arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:${Open}:*'",
    ] {
        let text = with(CHAIN, group, &format!("CloudWatchLogsLogGroupArn: {arn}"));
        let text = with(&text, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
        let elsewhere = deployed_in(&text, "eu-west-1");
        assert_eq!(elsewhere, Some((Fail, Fail, Some(Code::TrailRefused), Some(14))), "{arn}");
        // In the region of the log group, and where no region is known, nothing is said.
        assert_ne!(deployed_in(&text, "us-east-1").map(|it| it.0), Some(Fail), "{arn}");
        assert_ne!(deployed_in(&text, Home::REGION).map(|it| it.0), Some(Fail), "{arn}");
    }
}

#[test]
fn what_is_of_another_service_is_no_link_of_the_chain() {
    let others = "\n  F: {Type: AWS::Lambda::Function}\n  Q: {Type: AWS::SQS::Queue}\n  B: {Type: AWS::S3::Bucket}";
    let all = format!("{SMS}{others}");
    for action in ["!GetAtt F.Arn", "!GetAtt Q.Arn", "!GetAtt B.Arn"] {
        let change = format!("AlarmActions: [{action}]");
        let change = ("AlarmActions:\n        - !Ref Alerts", change.as_str());
        assert_judged(&[(SMS, &all), change], (Fail, Fail, Some(Code::AlarmActionNotTopic)));
    }
    let group = ("!GetAtt Events.Arn", "!GetAtt B.Arn");
    assert_judged(&[(SMS, &all), group], (Fail, Fail, Some(Code::TrailRefused)));
    let own = format!(
        "        []{others}\n  Own:\n    Type: AWS::SNS::Subscription\n    Properties: {{TopicArn: !Ref Q, Protocol: sms, \
         Endpoint: '+15550101'}}"
    );
    assert_judged(&[(SMS, &own)], (Fail, Fail, Some(Code::SubscriptionNone)));
}

#[test]
fn a_filter_with_an_open_setting_concerns_its_own_controls() {
    let open = open_chain(&[("MetricValue: 1", "MetricValue: !Ref Open")]);
    let checked_open = checked(&open);
    let numbers: Vec<String> = checked_open.report.findings().map(|finding| finding.rule.id.to_string()).collect();
    assert_eq!(numbers, ["3.4"]);
    let found = verdicts(&checked_open, "3.4").map(|(cis, effective, code, _)| (cis, effective, code));
    assert_eq!(found, Some((Open, Open, Some(Code::MetricFilterUnread))));
    let other = format!(
        "{SMS}\n  Other:\n    Type: AWS::Logs::MetricFilter\n    Properties: {{LogGroupName: /my/app, FilterPattern: ERROR, \
         MetricTransformations: [{{MetricNamespace: App, MetricName: Errors, MetricValue: !Ref Open}}]}}"
    );
    let checked_other = checked(&open_chain(&[(SMS, &other)]));
    assert_eq!(checked_other.report.findings().count(), 1);
    assert_eq!(verdicts(&checked_other, "3.4").map(|verdicts| (verdicts.0, verdicts.1)), Some((Pass, Pass)));
}

#[test]
fn exactly_one_metric_query_returns_data() {
    let single = "Namespace: Security\n      MetricName: PolicyChanges\n      Statistic: Sum\n      Period: 300\n";
    for (of_metric, of_expression, wanted) in [
        (", ReturnData: false", "", (Pass, Pass, None)),
        (", ReturnData: false", ", ReturnData: true", (Pass, Pass, None)),
        (", ReturnData: false", ", ReturnData: false", (Fail, Fail, Some(Code::AlarmRefused))),
        ("", "", (Fail, Fail, Some(Code::AlarmRefused))),
    ] {
        let queries = format!(
            "Metrics: [{{Id: m1, MetricStat: {{Metric: {{Namespace: Security, MetricName: PolicyChanges}}, Period: 300, \
             Stat: Sum}}{of_metric}}}, {{Id: e1, Expression: m1 * 1{of_expression}}}]\n"
        );
        assert_judged(&[(single, &queries)], wanted);
    }
}

#[test]
fn a_mute_rule_whose_only_window_is_over_mutes_nothing() {
    for (at, wanted) in [("2025-12-30T10:00", Pass), ("2026-02-01T10:00", Fail)] {
        let rule = format!(
            "{SMS}\n  Mute:\n    Type: AWS::CloudWatch::AlarmMuteRule\n    Properties: {{Name: m, MuteTargets: {{AlarmNames: \
             [policy-changes]}}, Rule: {{Schedule: {{Expression: 'at({at})', Duration: PT4H}}}}}}"
        );
        let checked = checked(&open_chain(&[(SMS, &rule)]));
        assert_eq!(verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.1)), Some((Pass, wanted)), "{at}");
    }
}
