//! Log groups that may be one: a trail's and that of metric filters, of which one is known only at deployment.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

/// The chain with a parameter, and with this in place of that, each time.
fn given(changes: &[(&str, &str)]) -> Checked {
    let text = with(CHAIN, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
    checked(&changes.iter().fold(text, |text, (from, to)| with(&text, from, to)))
}

const OF_TRAIL: (&str, &str) = ("!GetAtt Events.Arn", "!Ref Open");
const OF_FILTER: (&str, &str) = ("LogGroupName: !Ref Events", "LogGroupName: !Ref Open");

#[test]
fn a_broken_trail_may_be_that_of_the_log_group() {
    for group in [OF_TRAIL, OF_FILTER, ("!GetAtt Events.Arn", "'{{resolve:ssm:/trail/group}}'")] {
        for broken in
            [("IsLogging: true", "IsLogging: false"), ("IsMultiRegionTrail: true", "IsMultiRegionTrail: false")]
        {
            let checked = given(&[group, broken]);
            let found = verdicts(&checked, "3.4").map(|found| (found.0, found.1, found.2));
            assert_eq!(found, Some((Open, Open, Some(Code::TrailUnread))), "{group:?} {broken:?}");
        }
    }
    let checked = given(&[OF_TRAIL, ("IsLogging: true", "IsLogging: false")]);
    let message = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message();
    let wanted = "the control passes if Open is not log group /aws/cloudtrail/management, and fails otherwise";
    assert!(message.ends_with(wanted), "{message}");
}

#[test]
fn a_sound_trail_on_an_unknown_log_group_passes_unverified() {
    for group in [OF_TRAIL, OF_FILTER] {
        let found = verdicts(&given(&[group]), "3.4").map(|found| (found.0, found.1));
        assert_eq!(found, Some((Pass, Open)), "{group:?}");
    }
    // Filters of an application on another log group do no harm.
    let other = "Resources:\n  Own:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: /app\n      FilterPattern: \
                 ERROR\n      MetricTransformations: [{MetricName: a, MetricNamespace: b, MetricValue: '1'}]";
    let found = verdicts(&given(&[OF_TRAIL, ("Resources:", other)]), "3.4").map(|found| (found.0, found.1));
    assert_eq!(found, Some((Pass, Open)));
}

#[test]
fn a_second_trail_may_be_that_of_the_log_group() {
    let second = "Resources:\n  Second:\n    Type: AWS::CloudTrail::Trail\n    Properties: {IsLogging: true, IsMultiRegionTrail: \
                  true, S3BucketName: b, CloudWatchLogsLogGroupArn: !Ref Open, CloudWatchLogsRoleArn: \
                  'arn:aws:iam::012345678901:role/trail'}";
    let stopped = ("IsLogging: true\n      IsMultiRegionTrail", "IsLogging: false\n      IsMultiRegionTrail");
    let checked = given(&[stopped, ("Resources:", second)]);
    assert_eq!(verdicts(&checked, "3.4").map(|found| (found.0, found.1)), Some((Open, Open)));
}

#[test]
fn what_fails_whichever_log_group_it_is_fails() {
    let stopped = ("IsLogging: true", "IsLogging: false");
    let checked = given(&[OF_TRAIL, stopped, ("Threshold: 1", "Threshold: 1\n      ActionsEnabled: false")]);
    assert_eq!(verdicts(&checked, "3.4").map(|found| found.0), Some(Fail));
}

#[test]
fn a_log_group_without_filters_hides_no_broken_trail() {
    let text = "Resources:\n  Other: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /other}}";
    let arn = "!Sub 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Open}:*'";
    let single = ("IsMultiRegionTrail: true", "IsMultiRegionTrail: false");
    let checked = given(&[("!GetAtt Events.Arn", arn), OF_FILTER, single, ("Resources:", text)]);
    assert_eq!(verdicts(&checked, "3.4"), Some((Fail, Fail, Some(Code::TrailSingleRegion), Some(12))));
}
