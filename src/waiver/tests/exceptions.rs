//! Waivers of events.

use filter_pattern::Matched;
use proptest::prelude::*;

use super::*;
use crate::finding::{Code, Reason};

const SEED: &str = include_str!("../../../fixtures/accounts/seed.json");
/// What control 3.7 demands.
const KEYS: &str =
    "$.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion)";

/// An account whose filter for control 3.7 also asks for this.
fn narrowed(by: &str) -> Snapshot {
    let mut account = Saved::from_json(SEED).expect("the fixture").document.snapshot;
    let filters = account.log_groups.iter_mut().flat_map(|group| group.metric_filters.iter_mut().flatten());
    let filter = filters.into_iter().find(|filter| filter.name == "seed-CustomerCreatedCMKsChanges");
    filter.expect("the filter").pattern = format!("{{ {KEYS} && {by} }}");
    account
}

/// Waivers of control 3.7 for these events, until the day after [`TODAY`].
fn file(events: &[&str]) -> String {
    let entry = |events: &&str| {
        let reason = format!("reason {}", events.len());
        format!(
            "[[waiver]]\nrule = \"3.7\"\nevents = '{events}'\nreason = \"{reason}\"\nowner = \"o\"\nexpires = 2026-03-02\n"
        )
    };
    events.iter().map(entry).collect()
}

fn parse_all(text: &str) -> Result<Waivers, WaiverError> {
    Waivers::parse(text, |name| Ok(rules().rules().iter().find(|rule| rule.id.to_string() == name).cloned()))
}

fn held(account: &Snapshot, events: &[&str], today: Date) -> Report {
    let again = |finding: &Finding, accepted: &[&Pattern]| accepting(account, &finding.rule, accepted);
    parse_all(&file(events)).expect("a file").apply(audit(account, rules().rules()), today, again)
}

fn finding_of(report: &Report) -> &Finding {
    report.findings().find(|finding| finding.rule.id.to_string() == "3.7").expect("the control")
}

const ROBOT: &str = "{ $.userIdentity.userName = terraform }";
const ROLES: &str = "{ $.userIdentity.type = AssumedRole }";

#[test]
fn a_finding_that_misses_only_accepted_events_is_waived() {
    let by = "($.userIdentity.userName != terraform || $.userIdentity.userName NOT EXISTS)";
    let report = held(&narrowed(by), &[ROBOT], TODAY);
    let finding = finding_of(&report);
    assert_eq!((finding.outcome(), finding.verdicts.cis.status), (Outcome::Waived, Status::Fail));
    let waiver = finding.waiver.as_ref().expect("a waiver");
    assert_eq!(waiver.reason, "1 exception accepted, the rest is proven: reason 39");
    assert_eq!(finding.exceptions[0].events.to_string(), r#"{ $.userIdentity.userName = "terraform" }"#);
}

#[test]
fn only_events_beyond_the_accepted_ones_are_reported() {
    let report = held(&narrowed("$.userIdentity.userName != terraform"), &[ROBOT], TODAY);
    let finding = finding_of(&report);
    assert_eq!(finding.outcome(), Outcome::Fail);
    assert_eq!(
        finding.reason.as_ref().expect("a reason").message(),
        "metric filter seed-CustomerCreatedCMKsChanges misses events that the control requires: \
         $.userIdentity.userName != \"terraform\" does not hold where the field is missing"
    );
    assert_eq!(finding.exceptions.len(), 1);
    assert!(report.unused_waivers.is_empty());
}

#[test]
fn exceptions_add_up_and_needless_ones_are_unused() {
    let by = "$.userIdentity.type != AssumedRole && ($.userIdentity.userName != terraform || $.userIdentity.userName NOT EXISTS)";
    let needless = "{ $.awsRegion = eu-west-3 }";
    let nothing = "{ $.eventSource = ec2.amazonaws.com }";
    // Events of a service, which have no type of caller.
    let services = "{ $.userIdentity.type NOT EXISTS }";
    let report = held(&narrowed(by), &[needless, ROBOT, ROLES, services, nothing], TODAY);
    let finding = finding_of(&report);
    assert_eq!(finding.outcome(), Outcome::Waived, "{:?}", finding.reason);
    let waiver = finding.waiver.as_ref().expect("a waiver");
    assert!(waiver.reason.contains("exceptions accepted, the rest is proven: "), "{}", waiver.reason);
    let unused: Vec<Idle> = report.unused_waivers.iter().map(|idle| idle.why).collect();
    assert_eq!(unused.len() + finding.exceptions.len(), 5);
    let accepted: Vec<String> = finding.exceptions.iter().map(|exception| exception.events.to_string()).collect();
    assert!(!accepted.iter().any(|events| events.contains("awsRegion") || events.contains("ec2")), "{accepted:?}");
}

#[test]
fn exceptions_for_the_whole_demand_waive_the_control() {
    let report = held(
        &narrowed("$.userIdentity.type = Nobody"),
        &["{ $.eventName = DisableKey }", "{ $.eventName = ScheduleKeyDeletion }"],
        TODAY,
    );
    let finding = finding_of(&report);
    assert_eq!(finding.outcome(), Outcome::Waived);
    let waiver = finding.waiver.as_ref().expect("a waiver");
    assert!(waiver.reason.starts_with("2 exceptions accepted, nothing else is required: "), "{}", waiver.reason);
}

#[test]
fn what_a_pattern_of_a_hole_says_leaves_out_accepted_events() {
    let report = held(&narrowed("$.eventName = DisableKey"), &[ROBOT], TODAY);
    let holes = finding_of(&report).reason.as_ref().and_then(Reason::holes).expect("holes");
    let pattern = holes.list[0].pattern().expect("a pattern");
    let event = |user: &str| {
        format!(
            r#"{{"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion","userIdentity":{{"userName":"{user}"}}}}"#
        )
    };
    assert_eq!(pattern.matches(&event("terraform")), Matched::No, "{pattern}");
    assert_eq!(pattern.matches(&event("ann")), Matched::Yes, "{pattern}");
}

#[test]
fn exceptions_of_another_account_or_region_are_in_no_filter() {
    let scoped = |field: &str| file(&[ROBOT]).replace("reason = ", &format!("{field}\nreason = "));
    let count = |field: &str, place| parse_all(&scoped(field)).expect("a file").exceptions(place, TODAY).count();
    let why = |field: &str, place| -> Vec<String> {
        let waivers = parse_all(&scoped(field)).expect("a file");
        waivers.not_in_filters(place, TODAY).map(|(.., why)| why).collect()
    };
    let nowhere = Place::default();
    let place = |account, region| Place { account: Some(account), region: Some(region) };
    let (here, elsewhere) = (place("111122223333", "eu-west-1"), place("999999999999", "us-west-2"));
    for (field, counts, message) in [
        ("", [1, 1, 1], ""),
        ("account = \"111122223333\"", [1, 0, 0], "in account 111122223333"),
        ("region = \"eu-west-1\"", [1, 0, 0], "in region eu-west-1"),
        (
            "account = \"111122223333\"\nregion = \"eu-west-1\"",
            [1, 0, 0],
            "in account 111122223333 and in region eu-west-1",
        ),
        ("code = \"metric_filter.misses_events\"", [0, 0, 0], "for reason metric_filter.misses_events"),
        ("resource = \"kms\"", [0, 0, 0], "for resource kms"),
    ] {
        assert_eq!([here, elsewhere, nowhere].map(|place| count(field, place)), counts, "{field}");
        // Those of another place are no one's loss.
        let is_bound = !message.is_empty();
        assert_eq!(why(field, nowhere), if is_bound { vec![message.to_owned()] } else { vec![] }, "{field}");
        let is_of_a_place = message.starts_with("in ");
        assert_eq!(why(field, here).is_empty(), !is_bound || is_of_a_place, "{field}");
        assert_eq!(why(field, elsewhere).is_empty(), !is_bound || is_of_a_place, "{field}");
    }
    // A region says nothing of an account that is not known.
    let region = Place { account: None, region: Some("eu-west-1") };
    assert_eq!(count("region = \"eu-west-1\"", region), 1);
    assert_eq!(why("account = \"111122223333\"", region), ["in account 111122223333"]);
}

#[test]
fn an_exception_of_nearly_everything_says_what_it_leaves() {
    let left = |events: &str| {
        let waivers = parse_all(&file(&[events])).expect(events);
        waivers.0[0].events.as_ref().expect("events").leaves.clone()
    };
    for (events, leaves) in [
        (
            "{ $.eventName != DisableKey }",
            Some(r#"{ $.eventSource = "kms.amazonaws.com" && $.eventName = "DisableKey" }"#),
        ),
        ("{ $.eventName = ScheduleKeyDeletion }", Some("1 of 2 (DisableKey)")),
        (
            "{ $.userIdentity.userName != terraform }",
            Some(
                r#"{ ($.eventSource = "kms.amazonaws.com" && ($.eventName = "DisableKey" || $.eventName = "ScheduleKeyDeletion") && $.userIdentity.userName = "terraform") || ($.eventSource = "kms.amazonaws.com" && ($.eventName = "DisableKey" || $.eventName = "ScheduleKeyDeletion") && $.userIdentity.userName NOT EXISTS) }"#,
            ),
        ),
        (ROBOT, None),
        ("{ $.userIdentity.type NOT EXISTS }", None),
    ] {
        assert_eq!(left(events).as_deref(), leaves, "{events}");
    }
    let by = "$.eventName = DisableKey";
    let report = held(&narrowed(by), &["{ $.eventName = ScheduleKeyDeletion }"], TODAY);
    assert_eq!(finding_of(&report).exceptions[0].leaves.as_deref(), Some("1 of 2 (DisableKey)"));
}

/// What CloudTrail never records of these events needs no acceptance.
#[test]
fn an_exception_that_can_never_apply_is_unused() {
    for never in [
        "{ $.eventName = DisableKey && $.readOnly IS TRUE }",
        "{ $.eventType = AwsConsoleSignIn }",
        "{ $.eventName = DisableKey && $.eventCategory = Data }",
        // The account's own trail records its own events alone.
        "{ $.recipientAccountId = 999988887777 }",
    ] {
        let report = held(&narrowed("$.eventName = DisableKey"), &[never, ROBOT], TODAY);
        let finding = finding_of(&report);
        assert_eq!(finding.outcome(), Outcome::Fail);
        let accepted: Vec<String> = finding.exceptions.iter().map(|exception| exception.events.to_string()).collect();
        assert_eq!(accepted, [r#"{ $.userIdentity.userName = "terraform" }"#], "{never}");
        assert_eq!(report.unused_waivers.iter().map(|idle| idle.why).collect::<Vec<_>>(), [Idle::Unused], "{never}");
    }
}

#[test]
fn after_its_last_day_an_exception_counts_no_more() {
    let by = "($.userIdentity.userName != terraform || $.userIdentity.userName NOT EXISTS)";
    let report = held(&narrowed(by), &[ROBOT], date(2026, 3, 3));
    assert_eq!(finding_of(&report).outcome(), Outcome::Fail);
    assert_eq!(report.unused_waivers[0].why, Idle::Expired);
}

#[test]
fn a_broken_alarm_is_not_accepted_with_the_events() {
    let mut account = narrowed("($.userIdentity.userName != terraform || $.userIdentity.userName NOT EXISTS)");
    for alarm in account.alarms.iter_mut().flat_map(|region| &mut region.metric_alarms) {
        alarm.actions.enabled = false;
    }
    let report = held(&account, &[ROBOT], TODAY);
    let finding = finding_of(&report);
    assert_eq!(finding.outcome(), Outcome::Fail);
    assert_eq!(finding.reason.as_ref().map(|reason| reason.code()), Some(Code::AlarmActionsDisabled));
}

#[test]
fn a_too_wide_or_invalid_exception_pattern_is_refused() {
    for (events, wanted) in [
        (
            "{ $.eventSource = kms.amazonaws.com }",
            "line 3, column 10: events leaves nothing of what 3.7 requires: leave the field out to waive the control",
        ),
        (
            "{ $.eventName = * }",
            "line 3, column 10: events leaves nothing of what 3.7 requires: leave the field out to waive the control",
        ),
        (
            "terraform",
            "line 3, column 10: events must be a filter pattern of fields, such as '{ $.eventName = GetMacieSession }'",
        ),
    ] {
        assert_eq!(parse_all(&file(&[events])).expect_err(events).to_string(), wanted);
    }
    let error = parse_all(&file(&["{ $.eventName == x }"])).expect_err("no pattern");
    assert_eq!((error.line, error.column), (3, 25), "{error}");
    assert!(error.message.starts_with("events: "), "{error}");
    let error = parse_all(&file(&[ROBOT, ROBOT])).expect_err("twice");
    assert_eq!(error.message, "3.7 is waived above already, for the same: keep one of them");
}

#[test]
fn a_test_of_what_a_caller_chooses_is_noted() {
    for (events, evadable) in [
        ("{ $.userAgent = aws-internal }", vec![r#"$.userAgent = "aws-internal""#]),
        (
            "{ $.requestParameters.keyId = abc && $.eventName = DisableKey }",
            vec![r#"$.requestParameters.keyId = "abc""#],
        ),
        (
            "{ $.userIdentity.arn = \"arn:aws:sts::111122223333:assumed-role/deploy/ci\" }",
            vec![r#"$.userIdentity.arn = "arn:aws:sts::111122223333:assumed-role/deploy/ci""#],
        ),
        ("{ $.userIdentity.arn = \"arn:aws:sts::111122223333:assumed-role/deploy/*\" }", vec![]),
        ("{ $.userIdentity.arn = \"arn:aws:iam::111122223333:user/terraform\" }", vec![]),
        ("{ $.userIdentity.arn = \"*terraform*\" }", vec![r#"$.userIdentity.arn = "*terraform*""#]),
        ("{ $.userIdentity.arn = %terraform% }", vec!["$.userIdentity.arn = %terraform%"]),
        (ROBOT, vec![]),
    ] {
        let waivers = parse_all(&file(&[events])).expect(events);
        let accepted = waivers.0[0].events.as_ref().expect("events");
        assert_eq!(accepted.evadable, evadable, "{events}");
    }
}

/// Tests with values that distinguish the events of this law.
fn test() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "$.eventName = DisableKey",
        "$.eventName != DisableKey",
        "$.userIdentity.userName = terraform",
        "$.userIdentity.userName != terraform",
        "$.userIdentity.userName = \"t*\"",
        "$.userIdentity.userName NOT EXISTS",
        "$.readOnly IS FALSE",
    ])
}

/// Ordinary events of the service.
fn events() -> Vec<String> {
    let mut events = Vec::new();
    for name in ["DisableKey", "ScheduleKeyDeletion", "Encrypt"] {
        for user in [r#","userName":"terraform""#, r#","userName":"tom""#, r#","userName":"ann""#, ""] {
            events.push(format!(
                r#"{{"eventSource":"kms.amazonaws.com","eventName":"{name}","userIdentity":{{"type":"IAMUser"{user}}},"readOnly":false}}"#
            ));
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_exception_never_hides_an_event_outside_it(
        by in prop::collection::vec(test(), 1..3),
        accepted in prop::collection::vec(prop::collection::vec(test(), 1..3), 1..3),
    ) {
        let patterns: Vec<String> = accepted.iter().map(|tests| format!("{{ {} }}", tests.join(" && "))).collect();
        let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
        if parse_all(&file(&texts)).is_err() {
            return Ok(());
        }
        let account = narrowed(&format!("({})", by.join(" || ")));
        let report = held(&account, &texts, TODAY);
        let finding = finding_of(&report);
        let parsed = |text: &str| Pattern::parse(text).expect("a pattern");
        let (demand, filter) = (parsed(&format!("{{ {KEYS} }}")), parsed(&format!("{{ {KEYS} && ({}) }}", by.join(" || "))));
        let outside = events().into_iter().find(|event| {
            demand.matches(event) == Matched::Yes
                && filter.matches(event) == Matched::No
                && texts.iter().all(|text| parsed(text).matches(event) == Matched::No)
        });
        if finding.outcome() == Outcome::Waived {
            prop_assert_eq!(outside, None);
        }
    }
}
