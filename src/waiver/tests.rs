//! What a file may say, and what a report becomes by it.

use jiff::civil::date;

use super::*;
use crate::audit::{accepting, audit};
use crate::finding::Outcome;
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;
use crate::saved::Saved;
use crate::snapshot::Snapshot;

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");
const TODAY: Date = date(2026, 3, 1);

fn rules() -> Catalog {
    Catalog::builtin(Benchmark::default()).expect("the rules")
}

fn parse(text: &str) -> Result<Waivers, WaiverError> {
    Waivers::parse(text, |name| {
        let rule = rules().rules().iter().find(|rule| rule.slug == name || rule.id.to_string() == name).cloned();
        match (rule, name) {
            (Some(rule), _) => Ok(Some(rule)),
            (None, "organizations-changes") => Ok(None),
            (None, _) => Err(format!("no control {name}")),
        }
    })
}

fn account() -> Snapshot {
    Saved::from_json(DEMO).expect("the fixture").document.snapshot
}

/// What the built-in account's report says: 3.4, 3.6, 3.7, 3.8 and 3.10 fail.
fn demo() -> Report {
    audit(&account(), rules().rules())
}

/// A report of the built-in account with waivers held against it.
fn applied(text: &str, today: Date) -> Report {
    let again = |finding: &Finding, accepted: &[&Pattern]| accepting(&account(), &finding.rule, accepted);
    parse(text).expect(text).apply(demo(), today, again)
}

/// A waiver of a control with these lines more; it holds until the day after [`TODAY`].
fn waiver(rule: &str, more: &str) -> String {
    format!("[[waiver]]\nrule = \"{rule}\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-03-02\n{more}\n")
}

fn waived(text: &str) -> (Vec<String>, Vec<(String, Idle)>) {
    let report = applied(text, TODAY);
    let waived = report.findings().filter(|finding| finding.outcome() == Outcome::Waived);
    let idle = report.unused_waivers.iter().map(|idle| (idle.rule.clone(), idle.why));
    (waived.map(|finding| finding.rule.id.to_string()).collect(), idle.collect())
}

#[test]
fn a_waiver_covers_what_it_names_and_no_more() {
    let topic = "arn:aws:sns:us-east-1:111122223333:network-team";
    for (more, covers) in [
        (String::new(), true),
        ("account = \"111122223333\"".to_owned(), true),
        ("account = \"999999999999\"".to_owned(), false),
        ("region = \"us-east-1\"".to_owned(), true),
        ("region = \"us-east-2\"".to_owned(), false),
        (format!("resource = \"{topic}\""), true),
        ("resource = \"network-team\"".to_owned(), true),
        ("resource = \"network\"".to_owned(), false),
        ("resource = \"Network-Team\"".to_owned(), false),
        ("code = \"subscription.pending\"".to_owned(), true),
        ("code = \"topic.missing\"".to_owned(), false),
    ] {
        let (rules, _) = waived(&waiver("3.10", &more));
        assert_eq!(rules, if covers { vec!["3.10"] } else { vec![] }, "{more}");
    }
}

#[test]
fn a_waiver_holds_through_its_last_day() {
    for (today, outcome) in
        [(date(2026, 3, 1), Outcome::Waived), (date(2026, 3, 2), Outcome::Waived), (date(2026, 3, 3), Outcome::Fail)]
    {
        let report = applied(&waiver("3.4", ""), today);
        assert_eq!(report.audits[0].findings[3].outcome(), outcome, "{today}");
        assert_eq!(report.waived_on, Some(today));
    }
}

/// What does nothing is reported, but for what another audit may need.
#[test]
fn idle_waivers_are_those_that_could_have_done_something() {
    let unused = |rule: &str| vec![(rule.to_owned(), Idle::Unused)];
    for (text, idle) in [
        (waiver("3.4", ""), vec![]),
        (waiver("3.5", ""), unused("3.5")),
        (waiver("3.10", "resource = \"another\""), unused("3.10")),
        (waiver("3.5", "account = \"999999999999\""), vec![]),
        (waiver("3.5", "region = \"eu-west-1\""), vec![]),
        (waiver("organizations-changes", ""), vec![]),
        (waiver("3.4", "").replace("2026-03-02", "2026-02-28"), vec![("3.4".to_owned(), Idle::Expired)]),
        (waiver("3.5", "").replace("2026-03-02", "2026-02-28"), vec![("3.5".to_owned(), Idle::Expired)]),
        // The first that holds counts, and the wider one after it is left without work.
        (waiver("3.4", "region = \"us-east-1\"") + &waiver("iam-policy-changes", ""), unused("iam-policy-changes")),
    ] {
        assert_eq!(waived(&text).1, idle, "{text}");
    }
}

/// Before deployment a finding may have neither account nor region: a waiver for one is not applied, and named.
#[test]
fn waivers_for_an_account_wait_until_it_is_known() {
    let mut report = demo();
    for finding in report.audits.iter_mut().flat_map(|audit| &mut audit.findings) {
        finding.account_id = "this account".to_owned();
        finding.region = "this region".to_owned();
    }
    for (more, idle) in [
        ("account = \"111122223333\"", vec![("3.10".to_owned(), Idle::Undecided)]),
        ("region = \"us-east-1\"", vec![("3.10".to_owned(), Idle::Undecided)]),
        ("", vec![]),
    ] {
        let again = |finding: &Finding, accepted: &[&Pattern]| accepting(&account(), &finding.rule, accepted);
        let applied = parse(&waiver("3.10", more)).expect("waivers").apply(report.clone(), TODAY, again);
        let unused: Vec<_> = applied.unused_waivers.iter().map(|idle| (idle.rule.clone(), idle.why)).collect();
        assert_eq!((unused, applied.summary().waived), (idle, usize::from(more.is_empty())), "{more}");
    }
    // Of what passes nothing is to be waived.
    let again = |finding: &Finding, _: &[&Pattern]| finding.clone();
    let passing = parse(&waiver("3.5", "account = \"111122223333\"")).expect("waivers").apply(report, TODAY, again);
    assert_eq!(passing.unused_waivers, []);
}

/// Waivers change what findings result in, and nothing that was found.
#[test]
fn waivers_never_change_verdicts() {
    let all: String = ["3.4", "3.5", "3.10"].map(|rule| waiver(rule, "")).concat();
    let (before, after) = (demo(), applied(&all, TODAY));
    for (before, after) in before.findings().zip(after.findings()) {
        assert_eq!((before.status, &before.verdicts), (after.status, &after.verdicts));
        assert_eq!((&before.reason, &before.warnings), (&after.reason, &after.warnings));
    }
    assert_eq!(after.summary().waived, 2);
}

#[test]
fn a_broken_file_is_located() {
    const ENDS: &str = "reason = \"r\"\nowner = \"o\"\nexpires = 2099-01-01\n";
    let with_lines = |rest: &str| format!("[[waiver]]\nrule = \"3.4\"\n{rest}");
    let dated = |day: &str| with_lines(&format!("reason = \"r\"\nowner = \"o\"\nexpires = {day}\n"));
    let a_date = "line 5, column 11: expires must be a date without quotes and without a time, such as 2026-12-31: the \
                  last day on which the waiver holds";
    for (text, wanted) in [
        (format!("[[waiver]]\nrule = \"3.99\"\n{ENDS}"), "line 2, column 8: no control 3.99"),
        (
            format!("[[waiver]]\nrule = 3.4\n{ENDS}"),
            "line 2, column 8: invalid type: floating point `3.4`, expected a text in quotes",
        ),
        (format!("[waiver]\nrule = \"3.4\"\n{ENDS}"), "line 1, column 1: invalid type: map, expected [[waiver]]"),
        (
            format!("[[waivers]]\nrule = \"3.4\"\n{ENDS}"),
            "line 1, column 3: unknown field `waivers`: did you mean `waiver`?",
        ),
        ("[[waiver]]\n".to_owned(), "line 1, column 1: missing field `rule`"),
        (with_lines(""), "line 1, column 1: missing field `reason`"),
        (
            with_lines(&format!("ressource = \"x\"\n{ENDS}")),
            "line 3, column 1: unknown field `ressource`: did you mean `resource`?",
        ),
        (with_lines(&ENDS.replace("\"r\"", "\" \"")), "line 3, column 10: reason is empty: it must say something"),
        (with_lines(&ENDS.replace("\"o\"", "\"\"")), "line 4, column 9: owner is empty: it must say something"),
        (dated("\"2099-01-01\""), a_date),
        (dated("2099-01-01T00:00:00Z"), a_date),
        (dated("true"), a_date),
        (dated("2099-02-30"), "line 5, column 11: invalid date, expected day between 01 and 28"),
        (with_lines(&format!("account = \"1111\"\n{ENDS}")), "line 3, column 11: account must be 12 digits in quotes"),
        (
            with_lines(&format!("code = \"topic.absent\"\n{ENDS}")),
            "line 3, column 8: there is no reason code topic.absent: take the one that the report shows",
        ),
        (
            with_lines(&format!("resource = \"*\"\n{ENDS}")),
            "line 3, column 12: resource has no wildcards: name one, or leave the field out for any",
        ),
        (
            with_lines(&format!("region = \"us-*\"\n{ENDS}")),
            "line 3, column 10: region has no wildcards: name one, or leave the field out for any",
        ),
        (
            waiver("3.4", "") + &waiver("iam-policy-changes", ""),
            "line 8, column 8: iam-policy-changes is waived above already, for the same: keep one of them",
        ),
        (
            waiver("organizations-changes", "") + &waiver("organizations-changes", ""),
            "line 8, column 8: organizations-changes is waived above already, for the same: keep one of them",
        ),
        ("x".to_owned(), "line 1, column 2: key with no value, expected `=`"),
        (
            with_lines(&format!("events = \"{{ $.eventName = \"PutUserPolicy\" }}\"\n{ENDS}")),
            "line 3, column 28: unexpected key or value, expected newline, `#`: write a pattern in single quotes, events = '{ … }', for it has double quotes of its own",
        ),
        (
            with_lines(&format!("events = '{{ $.userIdentity.userName = \"o'hara\" }}'\n{ENDS}")),
            "line 3, column 42: unexpected key or value, expected newline, `#`: write a pattern that has single quotes in three, events = '''{ … }'''",
        ),
        (
            with_lines(&format!("events = {{ $.eventName = PutUserPolicy }}\n{ENDS}")),
            "line 3, column 12: invalid unquoted key, expected letters, numbers, `-`, `_`: write a pattern in single quotes, events = '{ … }'",
        ),
    ] {
        assert_eq!(parse(&text).expect_err(&text).to_string(), wanted, "{text}");
    }
    assert_eq!(parse("# nothing yet\n"), Ok(Waivers::default()));
}

mod exceptions {
    //! Waivers of events.

    use filter_pattern::Matched;
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Code, Reason};

    const SEED: &str = include_str!("../../fixtures/accounts/seed.json");
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
            let accepted: Vec<String> =
                finding.exceptions.iter().map(|exception| exception.events.to_string()).collect();
            assert_eq!(accepted, [r#"{ $.userIdentity.userName = "terraform" }"#], "{never}");
            assert_eq!(
                report.unused_waivers.iter().map(|idle| idle.why).collect::<Vec<_>>(),
                [Idle::Unused],
                "{never}"
            );
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
}
