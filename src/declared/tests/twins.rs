//! Two resources of one name: only one of them will exist.

use super::*;

/// The chain, with a further resource.
fn and(resource: &str) -> String {
    format!("{CHAIN}{resource}")
}

#[test]
fn two_of_one_name_are_a_failure_with_both_places() {
    for (resource, code, line) in [
        (
            "  Again:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: policy-changes, Namespace: x, MetricName: \
             y, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: \
             GreaterThanOrEqualToThreshold}\n",
            Code::AlarmDeclaredTwice,
            33,
        ),
        (
            "  Again:\n    Type: AWS::Logs::MetricFilter\n    Properties: {FilterName: policy-changes, LogGroupName: !Ref \
             Events, FilterPattern: x, MetricTransformations: [{MetricName: a, MetricNamespace: b, MetricValue: 1}]}\n",
            Code::MetricFilterDeclaredTwice,
            22,
        ),
        ("  Again:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: alerts}\n", Code::TopicDeclaredTwice, 47),
        (
            "  Again:\n    Type: AWS::CloudTrail::Trail\n    Properties: {TrailName: management, IsLogging: true, \
             S3BucketName: b}\n",
            Code::TrailDeclaredTwice,
            8,
        ),
        (
            "  Again:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: /aws/cloudtrail/management}\n",
            Code::LogGroupDeclaredTwice,
            18,
        ),
    ] {
        let checked = checked(&and(resource));
        assert_eq!(verdicts(&checked, "3.4"), Some((Status::Fail, Status::Fail, Some(code), Some(line))), "{resource}");
        let message = finding(&checked, "3.4").and_then(|finding| finding.reason.clone()).expect("a reason").message();
        assert!(message.contains("(template.yaml:") && message.contains("Again (template.yaml:51:3)"), "{message}");
    }
}

#[test]
fn a_filter_of_another_log_group_has_a_name_of_its_own() {
    let resource = "  Again:\n    Type: AWS::Logs::MetricFilter\n    Properties: {FilterName: policy-changes, LogGroupName: \
                    other, FilterPattern: x, MetricTransformations: [{MetricName: a, MetricNamespace: b, MetricValue: 1}]}\n";
    assert_eq!(verdicts(&checked(&and(resource)), "3.4").map(|verdicts| verdicts.0), Some(Status::Pass));
}

/// Two templates may be for two regions, as long as nobody says where they are deployed.
#[test]
fn two_documents_of_one_name_are_in_doubt() {
    let topic = "Resources:\n  Again:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: alerts}\n";
    let Ok(Content::Template(second)) = Template::read("second.yaml", topic) else { panic!("a template") };
    let stacks = vec![Stack::new(template(CHAIN)), Stack::new(second)];
    let worlds = worlds_of(stacks, &[], &[]).expect("they can be evaluated");
    let checked = checked_worlds(&worlds, Scope::Part, None);
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    assert_eq!((finding.verdicts.cis.status, finding.verdicts.effective.status), (Status::Pass, Status::Unknown));
    assert!(finding.warnings.iter().any(|warning| warning.code() == Code::TopicDeclaredTwice));
}
