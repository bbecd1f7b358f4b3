//! Of several alarms of which the same is not known, each control names its own.

use super::*;
use crate::finding::Unread;

const ROUTES: &str = "{ ($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable) }";

/// The chain of 3.4, where an argument of the alarm has an unknown value, and a second filter and alarm of 3.13 with the same.
fn two_controls(argument: &str, values: &Json, unknown: &Json, written: impl Fn(&str) -> Json) -> Checked {
    let mut chain = chain();
    let copies: Vec<Planned> = chain.iter().filter(|it| it.address.ends_with(".policy")).cloned().collect();
    for mut copy in copies {
        copy.address = copy.address.replace(".policy", ".routes");
        let text = copy.values.to_string().replace("policy-changes", "routes").replace(PATTERN, ROUTES);
        copy.values = serde_json::from_str(&text).expect("values");
        let text = copy.written.to_string().replace("policy-changes", "routes").replace(".policy", ".routes");
        copy.written = serde_json::from_str(&text).expect("expressions");
        chain.push(copy);
    }
    for it in &mut chain {
        if it.address.starts_with("aws_cloudwatch_metric_alarm") {
            let name = it.address.rsplit('.').next().unwrap_or_default().to_owned();
            it.values[argument] = values.clone();
            it.unknown[argument] = unknown.clone();
            it.written[argument] = written(&name);
        }
    }
    checked_plan(&plan(&chain))
}

/// The address that the reason of a control names, and the address of its place.
fn named(checked: &Checked, rule: &str) -> (Option<String>, Option<String>) {
    let finding = finding(checked, rule).unwrap_or_else(|| panic!("{rule} is not declared"));
    let reason = finding.reason.as_ref().unwrap_or_else(|| panic!("{rule} passes"));
    let Some(Unread::AtDeployment(part)) = &reason.unread else { panic!("{rule}: {}", reason.message()) };
    (Some(part.address.clone()), finding.place.as_ref().and_then(|place| place.address.clone()))
}

#[test]
fn each_control_names_its_own_alarm_of_an_unknown_topic() {
    let checked = two_controls("alarm_actions", &Json::Null, &json!(true), |_| references(&["local.actions"]));
    for (rule, alarm) in [("3.4", "policy"), ("3.13", "routes")] {
        let address = Some(format!("aws_cloudwatch_metric_alarm.{alarm}"));
        assert_eq!(named(&checked, rule), (address.clone(), address), "{rule}");
    }
}
