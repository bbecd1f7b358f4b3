//! Values inside of policies, classes and words: what is not known in them is not taken by its letters.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

/// The whole chain, an open parameter, and a policy of its topic.
fn with_policy(statements: &str) -> Checked {
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\n{CHAIN}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      \
         Topics: [!Ref Alerts]\n      PolicyDocument:\n        Statement: [{statements}]\n"
    );
    checked(&text)
}

const ALLOW: &str =
    "{Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, Action: 'sns:Publish', Resource: '*'}";

#[test]
fn an_unknown_value_leaves_a_policy_undecided() {
    assert_eq!(verdicts(&with_policy(ALLOW), "3.4"), Some((Pass, Pass, None, None)));
    for open in ["Effect: Allow", "Service: cloudwatch.amazonaws.com", "Action: 'sns:Publish'"] {
        let (property, _) = open.split_once(": ").expect("a property");
        let to = format!("{property}: !Ref P");
        let allow = with_policy(&with(ALLOW, open, &to));
        assert_eq!(
            verdicts(&allow, "3.4").map(|verdicts| (verdicts.0, verdicts.1)),
            Some((Pass, Open)),
            "allow: {open}"
        );
        if !open.starts_with("Effect") {
            let deny = with(&with(ALLOW, open, &to), "Effect: Allow", "Effect: Deny");
            let deny = with_policy(&format!("{ALLOW}, {deny}"));
            assert_eq!(verdicts(&deny, "3.4").map(|verdicts| verdicts.1), Some(Open), "deny: {open}");
        }
    }
}

#[test]
fn a_policy_may_name_the_alarms_of_the_deployment() {
    let effective = |condition: &str| {
        let allow = with(ALLOW, "Resource: '*'", &format!("Resource: '*', Condition: {condition}"));
        verdicts(&with_policy(&allow), "3.4").map(|verdicts| (verdicts.0, verdicts.1))
    };
    for condition in [
        "{ArnLike: {'aws:SourceArn': !Sub 'arn:aws:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*'}}",
        "{ArnLike: {'aws:SourceArn': !Sub 'arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:*'}}",
        "{ArnEquals: {'aws:SourceArn': !GetAtt PolicyAlarm.Arn}}",
        "{StringLike: {'aws:SourceArn': 'arn:*:cloudwatch:*'}}",
        "{StringEquals: {'aws:SourceAccount': !Ref 'AWS::AccountId'}}",
    ] {
        assert_eq!(effective(condition), Some((Pass, Pass)), "{condition}");
    }
    for condition in [
        "{ArnLike: {'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*'}}",
        "{ArnLike: {'aws:SourceArn': !Sub 'arn:aws:cloudwatch:eu-*:${AWS::AccountId}:alarm:*'}}",
        "{StringEquals: {'aws:SourceAccount': '111122223333'}}",
        "{ArnLike: {'aws:SourceArn': !Ref P}}",
    ] {
        assert_eq!(effective(condition), Some((Pass, Open)), "{condition}");
    }
    let other = "{ArnLike: {'aws:SourceArn': !Sub 'arn:aws:s3:::${AWS::AccountId}-logs'}}";
    assert_eq!(effective(other), Some((Fail, Fail)));
}

#[test]
fn an_unknown_value_leaves_a_filter_policy_undecided() {
    for policy in
        ["{AlarmName: [!Ref P]}", "{AlarmName: [{anything-but: [!Ref P]}]}", "{AWSAccountId: ['111122223333']}"]
    {
        let text = format!(
            "Parameters: {{P: {{Type: String}}}}\n{}  Person:\n    Type: AWS::SNS::Subscription\n    Properties:\n      \
             TopicArn: !Ref Alerts\n      Protocol: sms\n      Endpoint: '+15550100'\n      FilterPolicyScope: \
             MessageBody\n      FilterPolicy: {policy}\n",
            with(CHAIN, "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n", "")
        );
        let checked = checked(&text);
        let verdicts = verdicts(&checked, "3.4").expect("3.4 is declared");
        assert_ne!(verdicts.0, Fail, "{policy}: {verdicts:?}");
        assert_eq!(verdicts.1, Open, "{policy}: {verdicts:?}");
    }
}

#[test]
fn a_log_group_of_another_class_takes_no_filter() {
    let text = with(
        CHAIN,
        "LogGroupName: /aws/cloudtrail/management\n",
        "LogGroupName: /aws/cloudtrail/management\n      LogGroupClass: INFREQUENT_ACCESS\n",
    );
    let checked = checked_with(&text, &[], Scope::Whole);
    assert_eq!(
        verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Fail, Some(Code::LogGroupClass)))
    );
}

#[test]
fn a_filter_of_words_for_something_else_is_for_no_control() {
    for pattern in ["ERROR", "?ERROR ?error", "-healthy", "''"] {
        let other = format!(
            "  App:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: /aws/lambda/app\n      \
             FilterPattern: \"{}\"\n      MetricTransformations: [{{MetricNamespace: n, MetricName: m, MetricValue: 1}}]\n",
            pattern.trim_matches('\'')
        );
        let beside = checked(&format!("{CHAIN}{other}"));
        assert_eq!(beside.report.findings().count(), 1, "{pattern}");
        assert_eq!(verdicts(&beside, "3.4"), Some((Pass, Pass, None, None)), "{pattern}");
        assert_eq!(checked(&format!("Resources:\n{other}")).report.findings().count(), 0, "{pattern}");
    }
}

#[test]
fn a_composite_alarm_whose_rule_is_not_known_fails_nothing() {
    let text = with(CHAIN, "      AlarmActions:\n        - !Ref Alerts\n", "");
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\n{text}  Any:\n    Type: AWS::CloudWatch::CompositeAlarm\n    Properties:\n      \
         AlarmName: any\n      AlarmRule: !Ref P\n      AlarmActions: [!Ref Alerts]\n"
    );
    assert_eq!(verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0), Some(Open));
    let known = text.replace("AlarmRule: !Ref P", "AlarmRule: ALARM(\"policy-changes\")");
    assert_eq!(verdicts(&checked(&known), "3.4"), Some((Pass, Pass, None, None)));
}

#[test]
fn texts_that_grow_without_end_are_refused() {
    let mut value = format!("'{}'", "x".repeat(1_000));
    for _ in 0..12 {
        value = format!("!Sub [\"${{v}}${{v}}${{v}}\", {{v: {value}}}]");
    }
    let text = format!("Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {value}\n");
    let refused = worlds_of(vec![Stack::new(template(&text))], &[], &[]).expect_err("half a gigabyte");
    assert!(refused.to_string().ends_with("its functions expand to too much"), "{refused}");
}

#[test]
fn an_unknown_pattern_of_another_log_group_is_no_controls() {
    let filter = |group: &str| {
        format!(
            "  Own:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: {group}\n      FilterPattern: !Ref \
             Open\n      MetricTransformations: [{{MetricName: a, MetricNamespace: b, MetricValue: '1'}}]\n"
        )
    };
    let head = "Parameters: {Open: {Type: String}}\nResources:";
    for (group, judged) in [("/app", 1), ("!Ref Events", 14), ("!Ref Open", 14)] {
        let text = format!("{}{}", with(CHAIN, "Resources:", head), filter(group));
        assert_eq!(checked(&text).report.findings().count(), judged, "{group}");
    }
    // Without a trail it may be that of any.
    let alone = format!("Parameters: {{Open: {{Type: String}}}}\nResources:\n{}", filter("/app"));
    assert_eq!(checked(&alone).report.findings().count(), 14);
}

#[test]
fn a_policy_names_topics_of_where_it_is_deployed() {
    let policy = |resource: &str| {
        format!(
            "{CHAIN}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: [!Ref Alerts]\n      PolicyDocument:\n        \
             Statement: [{{Effect: Allow, Principal: {{Service: cloudwatch.amazonaws.com}}, Action: 'sns:Publish', \
             Resource: {resource}}}]\n"
        )
    };
    for (resource, wanted) in [
        ("'arn:aws:sns:us-east-1:012345678901:alerts'", (Pass, Pass, None)),
        ("['arn:aws:sns:us-east-1:*:alerts']", (Pass, Pass, None)),
        ("'arn:aws:sns:us-east-1:012345678901:other'", (Fail, Fail, Some(Code::TopicPolicyForbids))),
        ("'arn:aws:sns:*:012345678901:other'", (Fail, Fail, Some(Code::TopicPolicyForbids))),
    ] {
        let found = verdicts(&checked(&policy(resource)), "3.4").map(|found| (found.0, found.1, found.2));
        assert_eq!(found, Some(wanted), "{resource}");
    }
    let named = |resource: &str, name: &str| {
        let text = with(&policy(resource), "      TopicName: alerts\n", name);
        let text = with(&text, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
        verdicts(&checked(&text), "3.4").map(|found| (found.0, found.1))
    };
    let ours = "'arn:aws:sns:us-east-1:012345678901:alerts'";
    let open = "      TopicName: !Ref Open\n";
    assert_eq!(named(ours, open), Some((Pass, Open)));
    assert_eq!(named("'arn:aws:sns:*:*:stack-*'", ""), Some((Pass, Open)));
    assert_eq!(named("'arn:aws:sns:*:012345678901:*'", open), Some((Pass, Pass)));
    assert_eq!(named(ours, ""), Some((Fail, Fail)));
}

#[test]
fn a_topic_in_place_of_a_log_group_is_refused_at_the_filter() {
    refused("LogGroupName: !Ref Events", "LogGroupName: !Ref Alerts", Code::MetricFilterRefused, 23);
}
