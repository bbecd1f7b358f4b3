//! Does a metric filter on the trail's log group match every event that the control demands?
//!
//! The table is the one on which other auditors were measured: those that look for words accept filters that match
//! nothing, those that compare texts refuse filters that differ by a blank.

use crate::scenario::{EVERYWHERE, FAKE, check};
use crate::support::account::{Account, Alarm, MetricFilter};
use crate::support::report::{Expected, all_pass, fails, unknown};
use crate::support::seed::{NAMESPACE, REGION, TOPIC, rule};

fn replace(account: &mut Account, number: &str, pattern: &str) {
    account.filter(number).pattern = pattern.into();
}

/// The witness is an event that a user can feed to `pattern match`, and it is the one that was left out.
#[test]
fn the_event_that_a_weakened_filter_misses_is_shown() {
    let change = |account: &mut Account| {
        let weakened = rule("3.4").pattern.replace(" || ($.eventName=CreatePolicy)", "");
        assert_ne!(weakened, rule("3.4").pattern);
        replace(account, "3.4", &weakened);
    };
    let report = check(EVERYWHERE, change, &fails(&["3.4"], "metric_filter.misses_events"));
    let finding = report.finding("3.4");
    let event = &finding.witness.as_ref().expect("a missed event").event;
    assert_eq!(event["eventName"], "CreatePolicy");
    assert_eq!(event["eventSource"], "iam.amazonaws.com");
    assert_eq!(finding.chain["metric_filters"][0]["name"], rule("3.4").filter);
    assert_eq!(finding.chain["metric_filters"][0]["covers"], false);
}

#[test]
fn a_filter_without_blanks_or_parentheses_is_the_same_filter() {
    let change = |account: &mut Account| {
        replace(account, "3.6", "{$.eventName=ConsoleLogin&&$.errorMessage=\"Failed authentication\"}");
    };
    check(EVERYWHERE, change, &all_pass());
}

/// Two filters, two metrics, two alarms: one control.
#[test]
fn several_filters_cover_a_control_together() {
    let change = |account: &mut Account| {
        replace(account, "3.7", "{ ($.eventSource = kms.amazonaws.com) && ($.eventName = DisableKey) }");
        let rest = "{ ($.eventSource = kms.amazonaws.com) && ($.eventName = ScheduleKeyDeletion) }";
        let rest = MetricFilter::new("deletions", rest, NAMESPACE, "KeyDeletions");
        account.log_group().filters.push(rest);
        let topic = account.topic_arn(REGION, TOPIC);
        let alarm = Alarm::new("deletions", NAMESPACE, "KeyDeletions", &topic);
        account.region(REGION).alarms.push(alarm);
    };
    check(EVERYWHERE, change, &all_pass());
}

#[test]
fn a_filter_whose_alarm_is_missing_does_not_help_to_cover() {
    let change = |account: &mut Account| {
        replace(account, "3.7", "{ ($.eventSource = kms.amazonaws.com) && ($.eventName = DisableKey) }");
        let rest = "{ ($.eventSource = kms.amazonaws.com) && ($.eventName = ScheduleKeyDeletion) }";
        let rest = MetricFilter::new("deletions", rest, NAMESPACE, "KeyDeletions");
        account.log_group().filters.push(rest);
    };
    check(EVERYWHERE, change, &fails(&["3.7"], ""));
}

const TRAIL_EVENTS: [&str; 5] = ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"];

/// `{ (A) || (B) … }` with each event name put into `term`.
fn any_of(names: &[&str], term: &str) -> String {
    let terms: Vec<String> = names.iter().map(|name| term.replace("NAME", name)).collect();
    format!("{{ {} }}", terms.join(" || "))
}

fn judge(number: &'static str, pattern: &str, expected: &Expected) {
    let report = check(FAKE, |account| replace(account, number, pattern), expected);
    let missed = report.finding(number).reason.as_ref();
    if let Some(reason) = missed {
        assert!(!reason.message.is_empty(), "a reason without words");
    }
}

macro_rules! judged {
    ($($name:ident: $number:literal, $verdict:ident, $pattern:expr;)+) => {
        $(#[test]
        fn $name() {
            judge($number, $pattern.as_ref(), &judged!($verdict $number));
        })+
    };
    (covers $number:literal) => { all_pass() };
    (misses $number:literal) => { fails(&[$number], "metric_filter.misses_events") };
    (undecided $number:literal) => { unknown(&[$number], "metric_filter.undecided") };
    // Whether a filter that can match nothing is one that misses events, or none, is a matter of words.
    (empty $number:literal) => { fails(&[$number], "metric_filter") };
}

judged! {
    trail_changes_in_another_order: "3.5", covers,
        any_of(&["StopLogging", "DeleteTrail", "CreateTrail", "StartLogging", "UpdateTrail"], "($.eventName=NAME)");
    trail_changes_all_quoted: "3.5", covers, any_of(&TRAIL_EVENTS, "($.eventName = \"NAME\")");
    trail_changes_without_inner_parentheses: "3.5", covers, any_of(&TRAIL_EVENTS, "$.eventName = NAME");
    trail_changes_on_several_lines: "3.5", covers, any_of(&TRAIL_EVENTS, "\n  ($.eventName = NAME)\n");
    trail_changes_and_one_more_event: "3.5", covers,
        any_of(&[&TRAIL_EVENTS[..], &["PutEventSelectors"]].concat(), "($.eventName = NAME)");
    trail_changes_with_the_source_first: "3.5", covers,
        format!("{{ ($.eventSource = cloudtrail.amazonaws.com) && ({}) }}",
            any_of(&TRAIL_EVENTS, "($.eventName = NAME)").trim_matches(['{', '}']));
    trail_changes_joined_by_and_match_nothing: "3.5", empty,
        any_of(&TRAIL_EVENTS, "($.eventName=NAME)").replace("||", "&&");
    trail_changes_of_one_user_only: "3.5", misses,
        format!("{{ ({}) && ($.userIdentity.userName = \"bob\") }}",
            any_of(&TRAIL_EVENTS, "($.eventName = NAME)").trim_matches(['{', '}']));
    trail_changes_that_only_read_match_nothing: "3.5", empty,
        format!("{{ ({}) && ($.readOnly IS TRUE) }}",
            any_of(&TRAIL_EVENTS, "($.eventName = NAME)").trim_matches(['{', '}']));
    one_trail_change_five_times: "3.5", misses, any_of(&["CreateTrail"; 5], "($.eventName = NAME)");
    trail_changes_in_lower_case: "3.5", empty,
        any_of(&TRAIL_EVENTS, "($.eventName = NAME)").replace("Trail", "trail").replace("Logging", "logging")
            .replace("Create", "create").replace("Update", "update").replace("Delete", "delete")
            .replace("Start", "start").replace("Stop", "stop");
    trail_changes_with_a_stray_letter: "3.5", misses,
        any_of(&["xCreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"], "($.eventName = NAME)");
    trail_changes_in_an_unrelated_field: "3.5", empty, any_of(&TRAIL_EVENTS, "($.requestParameters.name = NAME)");
    trail_changes_inside_one_string: "3.5", empty,
        "{ $.eventName = \"($.eventName = CreateTrail) || ($.eventName = UpdateTrail)\" }";
    trail_changes_by_wildcard: "3.5", covers,
        "{ ($.eventName = *Trail) || ($.eventName = *Logging) }";
    unauthorized_calls_in_another_order: "3.1", covers,
        "{ ($.errorCode = \"AccessDenied*\") || ($.errorCode = \"*UnauthorizedOperation\") }";
    unauthorized_calls_joined_by_and_miss_nearly_all: "3.1", misses,
        "{ ($.errorCode = \"*UnauthorizedOperation\") && ($.errorCode = \"AccessDenied*\") }";
    sign_in_without_mfa_in_another_order: "3.2", covers,
        "{ ($.additionalEventData.MFAUsed != \"Yes\") && ($.eventName = \"ConsoleLogin\") }";
    sign_in_or_anything_without_mfa_is_wider: "3.2", covers,
        "{ ($.eventName = \"ConsoleLogin\") || ($.additionalEventData.MFAUsed != \"Yes\") }";
    root_use_in_another_order: "3.3", covers,
        "{ $.eventType != \"AwsServiceEvent\" && $.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type = \"Root\" }"
            ;
    root_use_in_parentheses: "3.3", covers,
        "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
            ;
    key_changes_without_the_source: "3.7", covers,
        "{ ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) }";
    key_changes_of_another_source: "3.7", empty,
        "{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
            ;
    route_tables_without_routes: "3.13", misses,
        rule("3.13").pattern.replace("($.eventName=CreateRoute) || ", "");
    // What the service makes of a wildcard between letters is not known: neither accepted nor refused.
    key_changes_by_inner_wildcard: "3.7", undecided,
        "{ ($.eventName = DisableKey) || ($.eventName = Schedule*Deletion) }";
    policies_without_the_shorter_name: "3.4", misses,
        rule("3.4").pattern.replace("($.eventName=CreatePolicy) || ", "");
}
