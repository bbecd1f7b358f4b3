//! The defects of the audit's own table that can be declared: the same code, at the property that is wrong.

use super::*;

/// One thing changed in the whole chain, the verdicts and code that `audit::tests::defects` has for it, and the line of the
/// changed template that the finding points at.
#[track_caller]
fn defect(from: &str, to: &str, wanted: (Status, Status, Code, u32)) {
    let (cis, effective, code, line) = wanted;
    let checked = checked(&with(CHAIN, from, to));
    assert_eq!(verdicts(&checked, "3.4"), Some((cis, effective, Some(code), Some(line))), "{from} -> {to}");
}

use Status::{Fail, Pass, Unknown};

#[test]
fn of_the_trail() {
    defect("IsMultiRegionTrail: true", "IsMultiRegionTrail: false", (Fail, Fail, Code::TrailSingleRegion, 10));
    defect("      IsMultiRegionTrail: true\n", "", (Fail, Fail, Code::TrailSingleRegion, 5));
    defect("IsLogging: true", "IsLogging: 'no'", (Fail, Fail, Code::TrailNotLogging, 9));
    let selectors = |selector: &str| format!("S3BucketName: b\n      EventSelectors: [{{{selector}}}]");
    for (selector, code) in [
        ("IncludeManagementEvents: false", Code::TrailNoManagementEvents),
        ("ReadWriteType: ReadOnly", Code::TrailNoWriteEvents),
        ("ReadWriteType: WriteOnly", Code::TrailNoReadEvents),
        ("ExcludeManagementEventSources: [iam.amazonaws.com]", Code::TrailSourceExcluded),
    ] {
        defect("S3BucketName: trail-bucket", &selectors(selector), (Fail, Fail, code, 13));
    }
    let narrowed = "S3BucketName: b\n      AdvancedEventSelectors: [{FieldSelectors: [{Field: eventCategory, Equals: \
                    [Management]}, {Field: eventName, Equals: [DeletePolicy]}]}]";
    defect("S3BucketName: trail-bucket", narrowed, (Fail, Fail, Code::TrailSelectorNarrowed, 13));
}

#[test]
fn of_the_log_group() {
    let none = "      CloudWatchLogsLogGroupArn: !GetAtt Events.Arn\n";
    defect(none, "", (Fail, Fail, Code::LogGroupNone, 5));
    // Filters of a group of this class are refused, so that it is believed to have none of them.
    let class = "LogGroupName: /aws/cloudtrail/management\n      LogGroupClass: INFREQUENT_ACCESS";
    let without = with(CHAIN, "LogGroupName: !Ref Events", "LogGroupName: other");
    let text = with(&without, "LogGroupName: /aws/cloudtrail/management", class);
    assert_eq!(verdicts(&checked(&text), "3.4"), Some((Fail, Fail, Some(Code::LogGroupClass), Some(19))));
}

#[test]
fn of_the_metric_filter() {
    defect("($.eventName=DetachGroupPolicy)", "($.eventName=Other)", (Fail, Fail, Code::MetricFilterMissesEvents, 25));
    defect("MetricValue: 1", "MetricValue: 0", (Fail, Fail, Code::MetricFilterZeroValue, 29));
    defect("MetricValue: 1", "MetricValue: $.value", (Fail, Fail, Code::MetricFilterValueAbsent, 29));
    let elsewhere = ("LogGroupName: !Ref Events", "LogGroupName: other");
    let text = with(CHAIN, elsewhere.0, elsewhere.1);
    let checked = checked_with(&text, &[], Scope::Part);
    assert_eq!(verdicts(&checked, "3.4"), Some((Fail, Fail, Some(Code::MetricFilterNone), Some(15))));
}

#[test]
fn of_the_alarm() {
    defect(
        "      MetricName: PolicyChanges\n      Statistic",
        "      MetricName: policyChanges\n      Statistic",
        (Fail, Fail, Code::AlarmNone, 28),
    );
    defect("      Namespace: Security", "      Namespace: Other", (Fail, Fail, Code::AlarmOtherNamespace, 34));
    let dimensions = "Period: 300\n      Dimensions: [{Name: a, Value: b}]";
    defect("Period: 300", dimensions, (Fail, Fail, Code::AlarmDimensions, 38));
    defect("Period: 300", "Period: 300\n      Unit: Seconds", (Fail, Fail, Code::AlarmUnit, 38));
    defect(
        "Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 1\n      Threshold: 1",
        "Statistic: Maximum\n      Period: 300\n      EvaluationPeriods: 1\n      Threshold: 5",
        (Fail, Fail, Code::AlarmNeverFires, 39),
    );
    defect("Threshold: 1", "Threshold: 5", (Pass, Fail, Code::AlarmNotEveryEvent, 39));
    defect("EvaluationPeriods: 1", "EvaluationPeriods: 2", (Pass, Fail, Code::AlarmNotEveryEvent, 38));
    defect("TreatMissingData: notBreaching", "TreatMissingData: ignore", (Pass, Fail, Code::AlarmLatches, 41));
    defect("TreatMissingData: notBreaching", "TreatMissingData: breaching", (Fail, Fail, Code::AlarmAlwaysFiring, 41));
    defect("Period: 300", "Period: 300\n      ActionsEnabled: false", (Fail, Fail, Code::AlarmActionsDisabled, 38));
    defect("AlarmActions:\n        - !Ref Alerts", "AlarmActions: []", (Fail, Fail, Code::AlarmNoAction, 42));
    defect("      AlarmActions:\n        - !Ref Alerts\n", "", (Fail, Fail, Code::AlarmNoAction, 30));
    let function = "AlarmActions: ['arn:aws:lambda:eu-west-1:012345678901:function:f']";
    defect("AlarmActions:\n        - !Ref Alerts", function, (Fail, Fail, Code::AlarmActionNotTopic, 42));
}

#[test]
fn of_composite_alarms() {
    let above = |rule: &str| {
        let text = with(CHAIN, "      AlarmActions:\n        - !Ref Alerts\n", "");
        format!(
            "{text}  Above:\n    Type: AWS::CloudWatch::CompositeAlarm\n    Properties:\n      AlarmName: above\n      \
                 AlarmRule: !Sub '{rule}'\n      AlarmActions: [!Ref Alerts]\n"
        )
    };
    let of_rule = |rule: &str| verdicts(&checked(&above(rule)), "3.4").expect("3.4 is declared");
    assert_eq!(of_rule("ALARM(${PolicyAlarm})"), (Pass, Pass, None, None));
    assert_eq!(of_rule("OK(${PolicyAlarm})"), (Fail, Fail, Some(Code::AlarmCompositeBlocks), Some(53)));
    let both = "ALARM(${PolicyAlarm}) AND ALARM(other)";
    assert_eq!(of_rule(both), (Pass, Fail, Some(Code::AlarmCompositeConditional), Some(53)));
}

#[test]
fn of_the_topic_and_its_subscriptions() {
    let key = |key: &str| format!("TopicName: alerts\n      KmsMasterKeyId: {key}");
    defect("TopicName: alerts", &key("alias/aws/sns"), (Fail, Fail, Code::TopicManagedKey, 48));
    let with_key = format!("{}  Key:\n    Type: AWS::KMS::Key\n", with(CHAIN, "TopicName: alerts", &key("!Ref Key")));
    assert_eq!(verdicts(&checked(&with_key), "3.4"), Some((Fail, Fail, Some(Code::TopicKeyForbids), Some(52))));
    let policy = |principal: &str| {
        format!(
            "{CHAIN}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: [!Ref Alerts]\n      \
             PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: {principal}}}, Action: 'sns:Publish', \
             Resource: !Ref Alerts}}]}}\n"
        )
    };
    let of_policy = |principal: &str| verdicts(&checked(&policy(principal)), "3.4").expect("3.4 is declared");
    assert_eq!(of_policy("cloudwatch.amazonaws.com"), (Pass, Pass, None, None));
    assert_eq!(of_policy("events.amazonaws.com"), (Fail, Fail, Some(Code::TopicPolicyForbids), Some(55)));
    let none = "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n";
    defect(none, "", (Fail, Fail, Code::SubscriptionNone, 44));
    let sms = "Protocol: sms\n          Endpoint: '+15550100'";
    let email = "Protocol: email\n          Endpoint: ops@example.com";
    defect(sms, email, (Pass, Unknown, Code::SubscriptionToConfirm, 49));
    let filtered = with(CHAIN, none, "")
        + "  Person:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref \
        Alerts\n      Protocol: sms\n      Endpoint: '+15550100'\n      FilterPolicy: {kind: [other]}\n";
    assert_eq!(verdicts(&checked(&filtered), "3.4"), Some((Fail, Fail, Some(Code::SubscriptionFiltered), Some(54))));
}

/// Of the calls that a control is about, some are another's too: what is for that one is not this one's.
#[test]
fn a_filter_is_for_the_control_whose_names_it_tests() {
    let statuses = |benchmark: Benchmark, text: &str| {
        let rules = Catalog::builtin(benchmark).expect("the rules are sound").rules().to_vec();
        let worlds = worlds_of(vec![Stack::new(template(text))], &[], &[]).expect("it can be evaluated");
        let home = symbolic();
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().expect("a time");
        let terms = Terms { home: &home, scope: Scope::Part, over: None, counts: &|_| false, now };
        let checked = judge(&worlds, &rules, &terms);
        checked.report.findings().map(|finding| (finding.rule.id.to_string(), finding.status)).collect::<Vec<_>>()
    };
    let newest = Benchmark::ALL.last().copied().expect("a version");
    assert_eq!(statuses(newest, CHAIN), [("5.4".to_owned(), Pass)]);
    // Three names of sixteen are still a filter for that control.
    let (before, rest) = CHAIN.split_once("{($.eventName=DeleteGroupPolicy)").expect("a pattern");
    let (_, after) = rest.split_once("DetachGroupPolicy)}").expect("its end");
    let few = format!(
        "{before}{{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=CreatePolicy)}}{after}"
    );
    assert_eq!(statuses(newest, &few), [("5.4".to_owned(), Fail)]);
    // Sign-ins without MFA, and those that fail.
    let sign_in = "{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != \"Yes\") }";
    let of_mfa = statuses(Benchmark::default(), &format!("{before}{sign_in}{after}"));
    assert_eq!(of_mfa.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["3.2"]);
    let failed = "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }";
    let of_failures = statuses(Benchmark::default(), &format!("{before}{failed}{after}"));
    assert_eq!(of_failures.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["3.6"]);
    let instances = format!("{before}{{$.eventName=RunInstances}}{after}");
    assert_eq!(statuses(newest, &instances), []);
}
