//! For how long an alarm that went to ALARM notifies of nothing more. Actions run on entering ALARM only (CloudWatch
//! user guide, "Alarm actions"), so that events which come before it has left that state notify no one. No verdict
//! depends on it.

use crate::finding::Quiet;
use crate::snapshot::MetricAlarm;

/// What an alarm of this period, in seconds, does after an event. `None`: its settings are of no use.
///
/// M of the last N periods must breach, so that one burst keeps it in ALARM until fewer than M of those that breached are
/// among them: N − M + 1 periods later. It may be longer: where data is missing CloudWatch looks further back (user guide,
/// "Configuring how CloudWatch alarms treat missing data").
pub(super) fn after_an_event(alarm: &MetricAlarm, period: i32, latches: bool) -> Option<Quiet> {
    if latches {
        return Some(Quiet::UntilReset);
    }
    let periods = alarm.evaluation_periods.unwrap_or(1);
    let points = alarm.datapoints_to_alarm.unwrap_or(periods);
    let period = u32::try_from(period).ok().filter(|period| *period > 0)?;
    let held = u32::try_from(periods.checked_sub(points)?.checked_add(1)?).ok().filter(|_| points >= 1)?;
    (held >= 1).then_some(Quiet::AtLeast { seconds: u64::from(period) * u64::from(held) })
}
