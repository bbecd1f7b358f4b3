//! Composite alarms: what the chain shows of them, and rules that nobody would write.

use super::*;
use crate::accounts::builder::composite_alarm;
use Status::Unknown;

#[test]
fn a_composite_alarm_acts_for_an_alarm_without_actions() {
    let report = judge(seed().with_composite_alarm("3.14", "ALARM(IT) OR ALARM(\"other\")"));
    assert_all_pass(&report);
    let chain = &finding_for(&report, "3.14").chain;
    assert_eq!(chain.alarms().map(|alarm| alarm.is_composite).collect::<Vec<_>>(), [false, true]);
    // The filter, the alarm on its metric, the composite alarm above that, and the topic that only this one names.
    let edges: Vec<_> = chain.edges().iter().map(|edge| (edge.from, edge.to)).collect();
    assert_eq!(edges.get(..5), Some([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)].as_slice()));
}

#[test]
fn a_suppressor_is_reported_alike_for_every_alarm_below() {
    let [first, second] = ["3.1", "3.2"];
    let mut names = Vec::new();
    let account = [first, second].into_iter().fold(seed(), |account, control| {
        account.alarm(control, |alarm| {
            names.push(format!("ALARM({})", alarm.name));
            alarm.actions.alarm.clear();
        })
    });
    let mut above = composite_alarm("above", &names.join(" OR "), vec![TOPIC.into()]);
    above.suppressor = Some("maintenance".into());
    let report = judge(account.with(|account| account.alarms[0].composite_alarms.push(above)));
    let reasons = report.findings().filter_map(|finding| finding.verdicts.effective.reason.as_ref());
    let suppressed: Vec<&Reason> = reasons.filter(|it| it.code() == Code::AlarmCompositeConditional).collect();
    assert_eq!(suppressed.len(), 2);
    assert_eq!(suppressed[0], suppressed[1]);
}

#[test]
fn composite_alarms_that_name_each_other_are_undecided() {
    let report = judge(seed().alarm("3.14", |alarm| alarm.actions.alarm.clear()).with(|account| {
        let mut names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
        names.push(alarm(account, "3.14").name.clone());
        let rule = names.iter().map(|name| format!("ALARM(\"{name}\")")).collect::<Vec<_>>().join(" OR ");
        let composites = names.iter().take(20).map(|name| composite_alarm(name, &rule, vec![]));
        account.alarms[0].composite_alarms.extend(composites);
    }));
    assert_controls(&report, &["3.14"], Unknown, Code::AlarmUndecided);
}

#[test]
fn composite_alarms_higher_than_anyone_builds_are_undecided() {
    let report = judge(seed().with_composite_alarm("3.4", "ALARM(IT)").with(|account| {
        let composites = &mut account.alarms[0].composite_alarms;
        composites[0].actions.alarm.clear();
        composites.extend((0..5_000).map(|floor| {
            let rule = if floor == 0 { "ALARM(above)".into() } else { format!("ALARM(floor-{})", floor - 1) };
            composite_alarm(&format!("floor-{floor}"), &rule, vec![])
        }));
    }));
    let expected = Expected {
        cis: Unknown,
        effective: Unknown,
        security_hub: HubStatus::Failed,
        code: Some(Code::AlarmUndecided),
    };
    assert_eq!(verdicts(&report, "3.4"), expected);
}
