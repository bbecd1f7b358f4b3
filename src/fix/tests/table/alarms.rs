//! What is planned where an alarm is wrong, or what it does.

use super::*;

#[test]
fn defects_of_the_alarm_have_their_plans() {
    insta::assert_snapshot!(outlines_of("alarms", &Options::default()), @"
    no alarm
      alarm/cis-audit-iam-policy-changes 1
    alarm on another metric
      alarm/cis-audit-iam-policy-changes 1
    alarm on the name of the metric filter
      alarm/cis-audit-iam-policy-changes 1
      manual alarm.other_metric: alarm Warning-seed-CloudTrail-IamPolicy-Changes watches metric LogMetrics/seed-IamPolicyChanges, the name of the metric filter, which publishes LogMetrics/IamPolicyChanges; it stays as it is beside a new one: correct or delete it
    alarm in another namespace
      alarm/cis-audit-iam-policy-changes 1
    alarm in a namespace of other letter case
      alarm/cis-audit-iam-policy-changes 1
    alarm in another region
      alarm/cis-audit-iam-policy-changes 1
    alarm on the metric of another account
      alarm/cis-audit-iam-policy-changes 1
    alarm with a dimension that is not published
      alarm/cis-audit-iam-policy-changes 1
    alarm with a unit that is not published
      alarm/cis-audit-iam-policy-changes 1
    alarm with the unit Count
      alarm/cis-audit-iam-policy-changes 1
    threshold of 2
      alarm/cis-audit-iam-policy-changes 1
    threshold above the only value
      alarm/cis-audit-iam-policy-changes 1
    threshold that no sum reaches
      alarm/cis-audit-iam-policy-changes 1
    comparison that fires below the threshold
      alarm/cis-audit-iam-policy-changes 1
    comparison with more than the only value
      alarm/cis-audit-iam-policy-changes 1
    alarm that compares another of its metrics
      alarm/cis-audit-iam-policy-changes 1
    query of the metric with a unit that is not published
      alarm/cis-audit-iam-policy-changes 1
    metric math on the metric with a unit that is not published
      alarm/cis-audit-iam-policy-changes 1
    threshold of five events
      alarm/cis-audit-iam-policy-changes 1
    average with a default value of 0
      alarm/cis-audit-iam-policy-changes 1
    two evaluation periods
      alarm/cis-audit-iam-policy-changes 1
    anomaly detection band
      alarm/cis-audit-iam-policy-changes 1
    percentile that ignores few samples
      alarm/cis-audit-iam-policy-changes 1
    sum below a threshold of 2
      alarm/cis-audit-iam-policy-changes 1
    missing data is ignored
      alarm/cis-audit-iam-policy-changes 1
    missing data is breaching
      alarm/cis-audit-iam-policy-changes 1
    sample count with a default value of 0
      alarm/cis-audit-iam-policy-changes 1
    alarm in evaluation error
      alarm/cis-audit-iam-policy-changes 1
    alarm in warm-up
      manual alarm.not_evaluated: alarm Warning-seed-CloudTrail-IamPolicy-Changes is not evaluated at present: it is new, and does nothing until its warm-up is over; see the alarm's evaluation state: aws cloudwatch describe-alarms --alarm-names Warning-seed-CloudTrail-IamPolicy-Changes
    alarm on whole calendar days
      alarm/cis-audit-iam-policy-changes 1
    ");
}

#[test]
fn defects_of_alarm_actions_have_their_plans() {
    insta::assert_snapshot!(outlines_of("alarm actions", &Options::default()), @"
    alarm whose actions are disabled
      alarm/cis-audit-iam-policy-changes 1
    alarm without action
      alarm/cis-audit-iam-policy-changes 1
    alarm that notifies of OK only
      alarm/cis-audit-iam-policy-changes 1
    alarm that invokes a function
      alarm/cis-audit-iam-policy-changes 1
    alarm that is always muted
      alarm/cis-audit-iam-policy-changes 1
    alarm that is muted for a week every week
      alarm/cis-audit-iam-policy-changes 1
    alarm that is muted at night
      alarm/cis-audit-iam-policy-changes 1
    alarm that is muted half of every month
      alarm/cis-audit-iam-policy-changes 1
    alarm that will always be muted from February on
      alarm/cis-audit-iam-policy-changes 1
    composite alarm on OK
      alarm/cis-audit-iam-policy-changes 1
    composite alarm that is always in ALARM
      alarm/cis-audit-iam-policy-changes 1
    composite alarm that needs another alarm
      alarm/cis-audit-iam-policy-changes 1
    composite alarm that is on while another alarm is OK
      alarm/cis-audit-iam-policy-changes 1
    composite alarm whose actions are disabled
      alarm/cis-audit-iam-policy-changes 1
    composite alarm with a suppressor
      alarm/cis-audit-iam-policy-changes 1
    ");
    insta::assert_snapshot!(outlines(["own name muted"], &Options::default(), Verdict::Cis), @"
    own name muted
      alarm/cis-audit-iam-policy-changes-2 1
    ");
}

/// An alarm that sees an event only when the day is over gets another next to it, where every event must be notified.
#[test]
fn an_alarm_that_is_late_gets_another_beside_it() {
    let plan = |verdict| ids(&plan_for_defect("alarm on whole calendar days", &Options::default(), verdict)).join(" ");
    assert_eq!(plan(Verdict::Cis), "");
    assert!(plan(Verdict::Effective).contains("alarm/cis-audit-"), "{}", plan(Verdict::Effective));
}
