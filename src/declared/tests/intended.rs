//! Metric filters that were meant for a control and match none of its events: the control is declared, and fails.

use super::*;

use Code::MetricFilterNone;

const ROUTES: &str = "{ ($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable) }";

/// The chain with another filter, its alarm, and what they are called.
fn with_filter(filter: &str, alarm: &str, pattern: &str) -> Checked {
    let from = CHAIN.find("{($.eventName=DeleteGroupPolicy)").expect("a pattern");
    let to = CHAIN[from..].find('\n').expect("its end") + from;
    let text = format!("{}{pattern}{}", &CHAIN[..from], &CHAIN[to..]);
    let text = with(&text, "FilterName: policy-changes", &format!("FilterName: {filter}"));
    let text = with(&text, "AlarmName: policy-changes", &format!("AlarmName: {alarm}"));
    checked(&text.replace("PolicyChanges\n", "Count\n"))
}

/// The control that fails without a filter, its notes, and the line that it points at.
fn failing(checked: &Checked, rule: &str) -> (Option<Code>, Vec<String>, Option<u32>) {
    let finding = finding(checked, rule).unwrap_or_else(|| panic!("{rule} is not declared"));
    let notes = finding.warnings.iter().filter(|note| note.code() == Code::MetricFilterMatchesNone);
    let line = finding.place.as_ref().and_then(|place| place.line);
    (finding.reason.as_ref().map(|reason| reason.code()), notes.map(|note| note.message()).collect(), line)
}

#[test]
fn a_filter_of_another_control_fails_the_one_it_is_named_for() {
    let message = |name: &str| {
        format!(
            "metric filter {name} is named as if meant for such events, and its pattern matches none of them: it matches what \
             3.13 (Route table changes) requires"
        )
    };
    for (filter, alarm) in [
        ("NetworkGWChanges", "a"),
        ("network-gateway-changes", "a"),
        ("a", "CIS-3.12-NetworkGatewayChanges"),
        ("NetworkGWChanges", "RouteTableChanges"),
    ] {
        let checked = with_filter(filter, alarm, ROUTES);
        let wanted = (Some(MetricFilterNone), vec![message(filter)], Some(25));
        assert_eq!(failing(&checked, "3.12"), wanted, "{filter}, {alarm}");
        // The control that it serves is judged by what it matches.
        assert_eq!(verdicts(&checked, "3.13").map(|it| it.0), Some(Status::Pass), "{filter}, {alarm}");
    }
}

#[test]
fn a_filter_that_serves_none_fails_what_it_is_named_for() {
    let pattern = r#"{ $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" && $.userIdentity.invokedBy = "signin.amazonaws.com" }"#;
    let message =
        "metric filter NoMfaConsoleLogins is named as if meant for such events, and its pattern matches none of them";
    let wanted = (Some(MetricFilterNone), vec![message.to_owned()], Some(25));
    assert_eq!(failing(&with_filter("NoMfaConsoleLogins", "a", pattern), "3.2"), wanted);
}

#[test]
fn a_misspelt_filter_fails_the_control_it_was_meant_for() {
    let pattern = r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failedauthentication") }"#;
    let message = r#"metric filter auth looks meant for such events and matches none of them: $.errorMessage "Failedauthentication" differs in blanks from "Failed authentication""#;
    let wanted = (Some(MetricFilterNone), vec![message.to_owned()], Some(25));
    assert_eq!(failing(&with_filter("auth", "a", pattern), "3.6"), wanted);
}

#[test]
fn a_filter_that_nobody_meant_for_a_control_fails_none() {
    for (filter, alarm, pattern) in [
        ("vpc-endpoint-changes", "a", "{ $.eventName = CreateVpcEndpoint }"),
        ("app-config-changes", "a", "{ $.eventName = PutParameter }"),
        ("gateway-changes", "a", "{ $.eventName = CreateNatGateway }"),
        // Nearly names that controls require, and names of their own.
        ("roles", "a", "{ ($.eventName = CreateRole) || ($.eventName = DeleteRole) }"),
        ("keys", "a", "{ $.eventSource = kms.amazonaws.com && $.eventName = EnableKey }"),
        // Two controls, and a number without a benchmark.
        ("NetworkGatewayChangesAndSecurityGroupChanges", "a", "{ $.eventName = CreateNatGateway }"),
        ("rule-3.12", "a", "{ $.eventName = CreateNatGateway }"),
        // Its events are not CloudTrail's.
        ("network-gateway-changes", "CIS-3.12", "{ $.level = ERROR }"),
    ] {
        let checked = with_filter(filter, alarm, pattern);
        let failing: Vec<String> = checked.report.findings().map(|finding| finding.rule.id.to_string()).collect();
        assert_eq!(failing.join(" "), "", "{filter}");
    }
}

#[test]
fn a_pattern_is_not_meant_for_what_its_words_exclude() {
    let filter = |pattern: &str| {
        format!(
            "Resources:\n  Words:\n    Type: AWS::Logs::MetricFilter\n    Properties: {{LogGroupName: /trail, FilterPattern: \
             '{pattern}', MetricTransformations: [{{MetricNamespace: App, MetricName: Words, MetricValue: 1}}]}}\n"
        )
    };
    let numbers = |pattern: &str| {
        let checked = checked(&filter(pattern));
        checked.report.findings().map(|finding| finding.rule.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("Policy AccessDenied"), ["3.1"]);
    assert_eq!(numbers("Policy -AccessDenied"), [""; 0]);
    assert_eq!(numbers("Policy -\"errorCode AccessDenied\""), [""; 0]);
}

#[test]
fn a_pattern_that_is_too_long_is_for_the_controls_that_it_names() {
    let long = |field: &str, first: &str| {
        let more: String = (0..40).map(|at| format!(" || ($.{field} = Aaaaaaaaaaaaaaaaaaaaaaa{at})")).collect();
        format!("{{ ($.{field} = {first}){more} }}")
    };
    for (pattern, wanted) in
        [(long("level", "error"), vec!["3.4"]), (long("eventName", "CreateTrail"), vec!["3.4", "3.5"])]
    {
        let filter = format!(
            "  Long:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: /app\n      FilterPattern: \
             '{pattern}'\n      MetricTransformations: [{{MetricName: a, MetricNamespace: b, MetricValue: '1'}}]\n"
        );
        let checked = checked(&format!("{CHAIN}{filter}"));
        let judged: Vec<String> = checked.report.findings().map(|finding| finding.rule.id.to_string()).collect();
        assert_eq!(judged, wanted, "{pattern}");
    }
}
