//! For how long an alarm notifies of nothing more after an event.

use super::*;
use crate::finding::Quiet;

/// What the alarm of control 3.14 does after an event, changed.
fn quiet(change: impl FnOnce(&mut MetricAlarm)) -> Option<Quiet> {
    let report = judge_with(|account| change(alarm(account, "3.14")));
    let finding = finding_for(&report, "3.14");
    finding.chain.alarms().next().expect("an alarm").quiet
}

fn seconds(seconds: u64) -> Option<Quiet> {
    Some(Quiet::AtLeast { seconds })
}

#[test]
fn it_is_quiet_for_the_periods_in_which_the_event_counts() {
    assert_eq!(quiet(|_| {}), seconds(60));
    assert_eq!(quiet(|alarm| stat(alarm).period = 300), seconds(300));
    // One of twelve: the event counts in each of the next twelve.
    let one_of_twelve = |alarm: &mut MetricAlarm| {
        (alarm.evaluation_periods, alarm.datapoints_to_alarm) = (Some(12), Some(1));
    };
    assert_eq!(quiet(one_of_twelve), seconds(720));
    // Twelve of twelve: the first period without an event ends it.
    assert_eq!(quiet(|alarm| alarm.evaluation_periods = Some(12)), seconds(60));
    assert_eq!(quiet(|alarm| stat(alarm).period = 86_400), seconds(86_400));
}

#[test]
fn one_that_latches_is_quiet_until_it_is_reset() {
    assert_eq!(quiet(|alarm| alarm.treat_missing_data = Some("ignore".into())), Some(Quiet::UntilReset));
}

#[test]
fn an_alarm_that_never_fires_has_no_further_warning() {
    assert_eq!(quiet(|alarm| alarm.comparison = Some("LessThanThreshold".into())), None);
    assert_eq!(quiet(|alarm| alarm.threshold = Some(1e18)), None);
}
