//! CloudWatch's evaluation played period by period, and whether [`evaluation`](super::evaluation) judges alarms as it does.
//!
//! Written from the user guide's words on alarm evaluation and missing data, and on purpose not from the code that it
//! checks: here time passes, states change, and an action runs on entering ALARM only.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::evaluation::{self, Published, Reach};
use super::replay::{self, Counts, Putting};
use crate::snapshot::{AlarmActions, EvaluationWindow, MetricAlarm, MetricStat, Watched};

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Ok,
    Alarm,
    InsufficientData,
}

/// An alarm on a filter's metric.
#[derive(Debug, Clone, Copy)]
struct Setting {
    statistic: &'static str,
    comparison: &'static str,
    threshold: f64,
    /// M of N.
    datapoints: usize,
    periods: usize,
    missing: Option<&'static str>,
    value: f64,
    default: Option<f64>,
    /// Seconds. A metric filter publishes once a minute: of a shorter period the first in each minute has its data point.
    period: i32,
}

/// Events of one period, or of a minute where the period is shorter: how many match, how many do not.
type Period = (u32, u32);

impl Setting {
    /// The period's data point, from its samples one by one but for equal ones, which are counted.
    fn datapoint(&self, (matching, other): Period) -> Option<f64> {
        let mut samples: Vec<(f64, f64)> = Vec::new();
        if matching > 0 {
            samples.push((self.value, f64::from(matching)));
        }
        if let (Some(default), 1..) = (self.default, other) {
            samples.push((default, f64::from(other)));
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (first, last) = (samples.first()?, samples.last()?);
        let count: f64 = samples.iter().map(|(_, times)| times).sum();
        let sum: f64 = samples.iter().map(|(value, times)| value * times).sum();
        Some(match self.statistic {
            "Sum" => sum,
            "SampleCount" => count,
            "Average" => sum / count,
            "Minimum" => first.0,
            "Maximum" => last.0,
            "p90" => {
                // The smallest value with at least 90 of 100 samples at or below it.
                if first.1 * 100.0 >= count * 90.0 { first.0 } else { last.0 }
            }
            other => panic!("no statistic {other}"),
        })
    }

    fn breaches(&self, datapoint: f64) -> bool {
        match self.comparison {
            "GreaterThanOrEqualToThreshold" => datapoint >= self.threshold,
            "GreaterThanThreshold" => datapoint > self.threshold,
            "LessThanThreshold" => datapoint < self.threshold,
            "LessThanOrEqualToThreshold" => datapoint <= self.threshold,
            other => panic!("no comparison {other}"),
        }
    }

    /// The state after a period, from the last N data points, the newest last, and the state before. `relies`: on an alarm that
    /// goes off late where data is missing too.
    fn next(&self, state: State, window: &[Option<f64>], relies: bool) -> State {
        if window.iter().all(Option::is_none) {
            return match self.missing {
                Some("ignore") => state,
                Some("breaching") => State::Alarm,
                Some("notBreaching") => State::Ok,
                _ => State::InsufficientData,
            };
        }
        let breaching = window.iter().filter(|datapoint| match (datapoint, self.missing) {
            (Some(value), _) => self.breaches(*value),
            (None, missing) => missing == Some("breaching"),
        });
        if breaching.count() >= self.datapoints {
            return State::Alarm;
        }
        // No data point is in order.
        if relies && window.iter().flatten().all(|value| self.breaches(*value)) {
            let oldest = window.iter().position(Option::is_some).unwrap_or_default();
            let age = window.len() - oldest;
            match self.missing {
                Some("ignore") => return state,
                None | Some("missing") if age >= self.datapoints && self.period >= 60 => return State::Alarm,
                _ => {}
            }
        }
        State::Ok
    }

    /// In which periods the alarm's actions run for certain and in time.
    fn notifications(&self, traffic: &[Period]) -> Vec<usize> {
        self.run(State::InsufficientData, traffic, false)
    }

    /// In which periods the alarm's actions run, from this state on.
    fn run(&self, start: State, traffic: &[Period], relies: bool) -> Vec<usize> {
        let mut state = start;
        let mut points: Vec<Option<f64>> = vec![None; self.periods];
        let mut ran = Vec::new();
        for (at, period) in traffic.iter().enumerate() {
            for slot in 0..(60 / self.period).max(1) {
                points.remove(0);
                points.push(self.datapoint(*period).filter(|_| slot == 0));
                // Older points than N are looked at where some are missing, and may keep a state: not relied on here.
                let next = self.next(state, &points, relies);
                if next == State::Alarm && state != State::Alarm {
                    ran.push(at);
                }
                state = next;
            }
        }
        ran
    }

    /// Whether a subscriber is notified of each of two events, or bursts of them, far apart, whatever else the trail
    /// records meanwhile.
    fn notifies_of_events(&self) -> bool {
        const EVENTS: [usize; 2] = [24, 48];
        let backgrounds: [fn(usize) -> u32; 5] = [
            |_| 1,
            |_| 10_000,
            // A quiet account: an event now and then, beside the two or not.
            |at| u32::from(at % 6 == 0),
            |at| u32::from(at % 6 == 3),
            |at| u32::try_from(at % 5).unwrap_or_default(),
        ];
        let played = backgrounds.iter().flat_map(|others| [1, 2, 7, 1_000].map(|burst| (others, burst)));
        played.into_iter().all(|(others, burst)| {
            let matching = |at| if EVENTS.contains(&at) { burst } else { 0 };
            let traffic: Vec<Period> = (0..72).map(|at| (matching(at), others(at))).collect();
            // Actions that run without the events too notify no one of them.
            let quiet: Vec<Period> = traffic.iter().map(|(_, others)| (0, *others)).collect();
            let anyway = self.notifications(&quiet);
            let ran: Vec<usize> = self.notifications(&traffic).into_iter().filter(|at| !anyway.contains(at)).collect();
            EVENTS.iter().all(|event| ran.iter().any(|at| (*event..event + self.periods).contains(at)))
        })
    }

    /// Whether matching events, many or few, ever make a difference to what is sent while they last.
    fn events_matter(&self) -> bool {
        let counts = [1, 2, 3, 5, 10, 100, 1_000, 100_000];
        counts.into_iter().any(|count| {
            [0, 1, 10_000].into_iter().any(|others| {
                let with: Vec<Period> =
                    (0..72).map(|at| (if (24..36).contains(&at) { count } else { 0 }, others)).collect();
                let without: Vec<Period> = with.iter().map(|(_, others)| (0, *others)).collect();
                let ran = self.notifications(&with).into_iter().filter(|at| (24..36).contains(at));
                ran.into_iter().any(|at| !self.notifications(&without).contains(&at))
            })
        })
    }

    fn stat(&self) -> MetricStat {
        MetricStat {
            namespace: "CIS".to_owned(),
            name: "M".to_owned(),
            dimensions: BTreeMap::new(),
            statistic: self.statistic.to_owned(),
            period: self.period,
            unit: None,
        }
    }

    fn alarm(&self) -> MetricAlarm {
        MetricAlarm {
            arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a".into(),
            name: "a".to_owned(),
            actions: AlarmActions { enabled: true, alarm: Vec::new(), ok: Vec::new(), insufficient_data: Vec::new() },
            watches: Watched::Metric(self.stat()),
            threshold: Some(self.threshold),
            threshold_metric_id: None,
            comparison: Some(self.comparison.to_owned()),
            evaluation_periods: i32::try_from(self.periods).ok(),
            datapoints_to_alarm: i32::try_from(self.datapoints).ok(),
            treat_missing_data: self.missing.map(str::to_owned),
            low_samples: None,
            state: None,
            evaluation_state: None,
            window: None,
            warm_up: None,
            tags_in_messages: None,
        }
    }

    fn judged(&self) -> evaluation::Firing {
        let (stat, alarm) = (self.stat(), self.alarm());
        let published = Published {
            account: "111122223333",
            stat: &stat,
            unit: "None",
            value: self.value,
            default: self.default,
            neighbours: Vec::new(),
        };
        evaluation::judge(&alarm, &published)
    }
}

fn settings() -> impl Strategy<Value = Setting> {
    let statistics = select(vec!["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p90"]);
    let comparisons = select(vec![
        "GreaterThanOrEqualToThreshold",
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ]);
    let missing = select(vec![None, Some("missing"), Some("notBreaching"), Some("breaching"), Some("ignore")]);
    (
        statistics,
        comparisons,
        select(vec![-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 5.0, 1e6]),
        (1_usize..4).prop_flat_map(|periods| (1..=periods, Just(periods))),
        missing,
        select(vec![1.0, 2.0, 0.0]),
        select(vec![None, None, Some(0.0), Some(1.0), Some(-1.0)]),
        select(vec![300, 300, 300, 10, 20, 30]),
    )
        .prop_map(|(statistic, comparison, threshold, (datapoints, periods), missing, value, default, period)| {
            Setting { statistic, comparison, threshold, datapoints, periods, missing, value, default, period }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn alarms_are_judged_as_they_behave(setting in settings()) {
        let judged = setting.judged();
        let sound = judged.reach == Reach::Every && !judged.always && !judged.latches;
        if setting.period < 60 && setting.missing == Some("breaching") {
            // One that rests in ALARM and leaves it for the seconds of an event is not called sound, though it notifies.
            prop_assert!(!sound || setting.notifies_of_events(), "{:?}", judged);
        } else {
            prop_assert_eq!(sound, setting.notifies_of_events(), "{:?}", judged);
        }
        if matches!(judged.reach, Reach::Never(_)) {
            prop_assert!(!setting.events_matter(), "{:?}", judged);
        }
    }

    /// What a replay plays is what is simulated here, period by period.
    #[test]
    fn an_alarm_is_played_as_it_is_simulated(
        setting in settings(),
        is_by_minute in proptest::bool::ANY,
        traffic in prop::collection::vec((select(vec![0, 0, 0, 1, 2, 7]), select(vec![0, 0, 1, 50])), 1..40),
    ) {
        // The state before the first data point is simulated from the first period on, and played from the first data.
        let traffic: Vec<Period> = std::iter::once((1, 1)).chain(traffic).collect();
        let setting = Setting { period: if is_by_minute { setting.period.min(60) } else { setting.period }, ..setting };
        let length = i64::from(setting.period.max(60));
        let window = (setting.period == 300).then_some(EvaluationWindow::WallClock { timezone: None });
        let alarm = MetricAlarm { window, ..setting.alarm() };
        let putting = Putting { stat: setting.stat(), value: setting.value, default: setting.default };
        let by = |count: fn(&Period) -> u32| -> BTreeMap<i64, u64> {
            let minutes = traffic.iter().enumerate().map(|(at, period)| (i64::try_from(at).unwrap() * length, u64::from(count(period))));
            minutes.filter(|(_, count)| *count > 0).collect()
        };
        let counts = Counts { matched: vec![by(|period| period.0)], all: by(|period| period.0 + period.1) };
        let played = replay::play(&alarm, &[putting], &counts).expect("it can be played");
        let entered: Vec<usize> = played
            .changes
            .iter()
            .filter(|change| change.to == super::timeline::AlarmState::Alarm)
            .map(|change| usize::try_from((change.at - 1).div_euclid(length)).unwrap())
            .filter(|at| *at < traffic.len())
            .collect();
        let start = if setting.missing == Some("breaching") { State::Alarm } else { State::InsufficientData };
        prop_assert_eq!(entered, setting.run(start, &traffic, true));
    }
}

#[test]
fn the_simulation_knows_what_the_user_guide_says() {
    let plain = Setting {
        statistic: "Sum",
        comparison: "GreaterThanOrEqualToThreshold",
        threshold: 1.0,
        datapoints: 1,
        periods: 1,
        missing: Some("notBreaching"),
        value: 1.0,
        default: None,
        period: 300,
    };
    assert_eq!(plain.notifications(&[(0, 3), (1, 3), (1, 3), (0, 3), (2, 0)]), [1, 4]);
    let ignoring = Setting { missing: Some("ignore"), ..plain };
    assert_eq!(ignoring.notifications(&[(1, 3), (0, 3), (1, 3)]), [0]);
    let breaching = Setting { missing: Some("breaching"), ..plain };
    assert_eq!(breaching.notifications(&[(0, 3), (1, 3), (0, 3)]), [0]);
    let averaging = Setting { statistic: "Average", default: Some(0.0), ..plain };
    assert_eq!(averaging.notifications(&[(0, 3), (1, 3), (1, 0)]), [2]);
    // Two data points are a minute apart, so two of the last three periods of 10 s never have one.
    let short = Setting { period: 10, ..plain };
    assert_eq!(short.notifications(&[(0, 3), (1, 3), (1, 3), (0, 3)]), [1, 2]);
    let short_twice = Setting { datapoints: 2, periods: 3, ..short };
    assert_eq!(short_twice.notifications(&[(5, 3), (5, 3), (5, 3)]), [0_usize; 0]);
    let twice = Setting { datapoints: 2, periods: 3, ..plain };
    assert_eq!(twice.notifications(&[(0, 1), (1, 1), (0, 1), (1, 1), (0, 1)]), [3]);
    // `- - X - -`, three of three, and `- - - X -`, two of three.
    let lone = [(0, 0), (0, 0), (1, 0), (0, 0), (0, 0), (0, 0)];
    for (datapoints, missing, wanted) in
        [(3, None, &[4][..]), (2, Some("missing"), &[3]), (3, Some("ignore"), &[]), (3, Some("notBreaching"), &[])]
    {
        let alarm = Setting { datapoints, periods: 3, missing, ..plain };
        assert_eq!(alarm.run(State::InsufficientData, &lone, true), wanted, "{datapoints} {missing:?}");
        assert_eq!(alarm.notifications(&lone), [0_usize; 0]);
    }
}
