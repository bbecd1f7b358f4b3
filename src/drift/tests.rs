//! What is reported about two reports, case by case.

use filter_pattern::Cause;

use super::*;
use crate::audit::audit;
use crate::document::{Ignored, Opened};
use crate::organization::{self, Access, Account, Entry};
use crate::report::read::read;
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;
use crate::saved::Saved;

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

/// A control of account `1`, in `us-east-1`; what does not pass does so for `topic.missing`.
fn control(slug: &str, status: Outcome) -> Control {
    Control {
        account_id: "1".to_owned(),
        region: "us-east-1".to_owned(),
        rule: "3.4".to_owned(),
        slug: slug.to_owned(),
        status,
        reason: (status != Outcome::Pass).then(|| why("topic.missing", Link::Topic)),
        missed: Vec::new(),
        chain: Vec::new(),
    }
}

fn why(code: &str, link: Link) -> Why {
    Why { link: Some(link), code: code.to_owned(), message: "m".to_owned(), resource: Some("r".to_owned()) }
}

fn in_region(control: Control, region: &str) -> Control {
    Control { region: region.to_owned(), ..control }
}

fn with(control: Control, chain: &[(Link, &str)]) -> Control {
    let chain = chain.iter().map(|(link, name)| Resource { link: *link, name: (*name).to_owned() }).collect();
    Control { chain, ..control }
}

fn state(controls: Vec<Control>) -> State {
    State {
        benchmark: "1.2.0".to_owned(),
        subject: Subject::Account,
        verdict: "cis".to_owned(),
        collected_at: Some("2026-01-05T09:00:00Z".parse().expect("a time")),
        accounts: Vec::new(),
        is_whole_organization: false,
        controls,
    }
}

fn drift(old: Vec<Control>, new: Vec<Control>) -> Drift {
    compare(&state(old), &state(new)).expect("one verdict")
}

fn kinds(old: Vec<Control>, new: Vec<Control>) -> Vec<Kind> {
    drift(old, new).changes.iter().map(|change| change.kind).collect()
}

#[test]
fn every_step_from_one_status_to_another() {
    use Outcome::{Fail, Pass, Unknown, Waived};
    for (was, is, kind) in [
        (Some(Pass), Some(Pass), None),
        (Some(Pass), Some(Fail), Some(Kind::NewlyFailing)),
        (Some(Pass), Some(Unknown), Some(Kind::NewlyUnknown)),
        (Some(Pass), Some(Waived), Some(Kind::NewlyWaived)),
        (Some(Pass), None, Some(Kind::Gone)),
        (Some(Fail), Some(Pass), Some(Kind::Fixed)),
        (Some(Fail), Some(Fail), Some(Kind::StillFailing)),
        (Some(Fail), Some(Unknown), Some(Kind::NewlyUnknown)),
        (Some(Fail), Some(Waived), Some(Kind::NewlyWaived)),
        (Some(Fail), None, Some(Kind::Gone)),
        (Some(Unknown), Some(Pass), Some(Kind::Fixed)),
        (Some(Unknown), Some(Fail), Some(Kind::NewlyFailing)),
        (Some(Unknown), Some(Unknown), Some(Kind::StillUnknown)),
        (Some(Unknown), Some(Waived), Some(Kind::NewlyWaived)),
        (Some(Waived), Some(Pass), Some(Kind::Fixed)),
        (Some(Waived), Some(Fail), Some(Kind::NewlyFailing)),
        (Some(Waived), Some(Unknown), Some(Kind::NewlyUnknown)),
        (Some(Waived), Some(Waived), None),
        (None, Some(Pass), Some(Kind::New)),
        (None, Some(Fail), Some(Kind::NewlyFailing)),
        (None, Some(Unknown), Some(Kind::NewlyUnknown)),
        (None, Some(Waived), Some(Kind::New)),
    ] {
        let side = |status: Option<Outcome>| status.map(|status| control("a", status)).into_iter().collect();
        assert_eq!(kinds(side(was), side(is)), Vec::from_iter(kind), "{was:?} -> {is:?}");
    }
}

/// A failure for another cause, or at another resource, is another failure; other words for it are not.
#[test]
fn a_failure_is_the_same_while_code_and_resource_are() {
    let failing = |reason: Why| vec![Control { reason: Some(reason), ..control("a", Outcome::Fail) }];
    let old = || failing(why("topic.missing", Link::Topic));
    assert_eq!(kinds(old(), failing(why("trail.not_logging", Link::Trail))), [Kind::ReasonChanged]);
    let elsewhere = Why { resource: Some("another".to_owned()), ..why("topic.missing", Link::Topic) };
    assert_eq!(kinds(old(), failing(elsewhere)), [Kind::ReasonChanged]);
    let in_other_words = Why { message: "n".to_owned(), ..why("topic.missing", Link::Topic) };
    assert_eq!(kinds(old(), failing(in_other_words)), [Kind::StillFailing]);
}

/// Numbers change with the benchmark, the region with the trail; the control stays the same.
#[test]
fn a_control_is_known_by_account_and_name() {
    let (pass, fail) = (|| control("a", Outcome::Pass), || control("a", Outcome::Fail));
    let renumbered = Control { rule: "4.4".to_owned(), ..fail() };
    assert_eq!(kinds(vec![fail()], vec![renumbered]), [Kind::StillFailing]);
    assert_eq!(kinds(vec![fail()], vec![in_region(with(pass(), &[(Link::Trail, "t")]), "eu-west-1")]), [Kind::Fixed]);
    // Reports of two regions put together: each region has its own.
    let two = |east, west| vec![in_region(east, "us-east-1"), in_region(west, "us-west-2")];
    assert_eq!(kinds(two(pass(), fail()), two(fail(), pass())), [Kind::NewlyFailing, Kind::Fixed]);
    assert_eq!(kinds(two(pass(), fail()), vec![in_region(fail(), "us-west-2")]), [Kind::Gone, Kind::StillFailing]);
    let elsewhere = Control { account_id: "2".to_owned(), ..fail() };
    assert_eq!(kinds(vec![fail()], vec![elsewhere]), [Kind::NewlyFailing, Kind::Gone]);
}

/// That Security Hub CSPM is enabled in one region says nothing of another.
#[test]
fn changes_are_kept_apart_by_region() {
    let hub = |status, region| in_region(control("security-hub-enabled", status), region);
    let moved = |was, is| kinds(vec![hub(was, "us-east-1")], vec![hub(is, "us-west-2")]);
    assert_eq!(moved(Outcome::Fail, Outcome::Fail), [Kind::NewlyFailing, Kind::Gone]);
    assert_eq!(moved(Outcome::Fail, Outcome::Pass), [Kind::New, Kind::Gone]);
    let stays = kinds(vec![hub(Outcome::Fail, "us-east-1")], vec![hub(Outcome::Pass, "us-east-1")]);
    assert_eq!(stays, [Kind::Fixed]);
}

#[test]
fn resources_join_and_leave_where_both_reports_looked() {
    let moves = |old: Control, new: Control| -> Vec<(bool, String)> {
        drift(vec![old], vec![new]).moves.into_iter().map(|moved| (moved.joined, moved.resource.name)).collect()
    };
    let whole = || with(control("a", Outcome::Pass), &[(Link::Trail, "t"), (Link::Alarm, "a1"), (Link::Topic, "x")]);
    let other = with(control("a", Outcome::Pass), &[(Link::Trail, "t"), (Link::Alarm, "a2"), (Link::Topic, "x")]);
    assert_eq!(moves(whole(), other), [(false, "a1".to_owned()), (true, "a2".to_owned())]);
    // What comes after the broken link was not looked at, and is not gone.
    let stopped = Control { reason: Some(why("trail.not_logging", Link::Trail)), ..control("a", Outcome::Fail) };
    assert_eq!(moves(whole(), with(stopped.clone(), &[(Link::Trail, "t")])), []);
    assert_eq!(moves(with(stopped, &[(Link::Trail, "t")]), whole()), []);
    let no_alarm = Control { reason: Some(why("alarm.none", Link::Alarm)), ..control("a", Outcome::Fail) };
    assert_eq!(moves(whole(), with(no_alarm, &[(Link::Trail, "t")])), [(false, "a1".to_owned())]);
    // What could not be read is not gone either.
    let unread = Control { reason: Some(why("alarm.unread", Link::Alarm)), ..control("a", Outcome::Unknown) };
    assert_eq!(moves(whole(), with(unread, &[(Link::Trail, "t")])), []);
    // An alarm that serves another control has not left.
    let b = |chain| with(control("b", Outcome::Pass), chain);
    let without = with(control("a", Outcome::Pass), &[(Link::Trail, "t"), (Link::Topic, "x")]);
    let old = vec![whole(), b(&[(Link::Alarm, "a1")])];
    assert_eq!(drift(old, vec![without, b(&[(Link::Alarm, "a1")])]).moves, []);
}

/// A report and its document are the same, with endpoints shown or masked, and nothing changed between them.
#[test]
fn a_report_has_not_changed_from_itself() {
    use crate::report::{Format, RenderOptions, Verbosity, render};
    let snapshot = Saved::from_json(DEMO).expect("the fixture").document.snapshot;
    let report = audit(&snapshot, Catalog::builtin(Benchmark::default()).expect("the rules").rules());
    for show_endpoints in [false, true] {
        let options = RenderOptions {
            width: 80,
            color: false,
            unicode: true,
            verbosity: Verbosity::Normal,
            show_endpoints,
            show_callers: show_endpoints,
            pages: None,
        };
        let mut written = Vec::new();
        render(&report, None, Format::Json, &options, &mut written).expect("memory does not fail");
        let opened = read(std::str::from_utf8(&written).expect("a text")).expect("a report");
        assert_eq!(opened.ignored, Ignored::default());
        let state = opened.document;
        assert_eq!(state, State::from_report(&report));
        let drift = compare(&state, &State::from_report(&report)).expect("one verdict");
        assert_eq!((drift.count(Kind::StillFailing), drift.changes.len(), drift.moves), (5, 5, vec![]));
    }
}

#[test]
fn files_that_are_no_reports() {
    const ROW: &str = r#"{"account_id": "1", "region": "r", "rule": "3.4", "slug": "s", "status": "pass", "reason": null, "later": 1,
        "chain": {"metric_filters": [], "alarms": [], "topics": [], "subscriptions": []}}"#;
    let document = |rows: &str| {
        format!(
            r#"{{"schema_version": 1, "benchmark": "9.0.0", "verdict": "cis", "collected_at": "2026-01-05T09:00:00Z", "results": [{rows}], "later": {{}}}}"#
        )
    };
    let Opened { document: state, ignored } = read(&document(ROW)).expect("fields of a later program are passed over");
    assert_eq!((state.controls.len(), state.benchmark.as_str()), (1, "9.0.0"));
    assert_eq!(ignored.named, ["results[0].later", "later"]);
    // An example event is as deep as the pattern of a metric filter, and its numbers as long.
    let event = format!("{}{}{}", r#"{"a":"#.repeat(200), "9".repeat(400), "}".repeat(200));
    let deep = ROW.replace(r#""later": 1"#, &format!(r#""witness": {{"event": {event}}}"#));
    assert_eq!(read(&document(&deep)).expect("a report").document, state);
    for (text, wanted) in [
        ("".to_owned(), "not a cis-audit report: it is empty; `cis-audit -f json -o FILE` writes one"),
        ("CIS".to_owned(), "not a cis-audit report: it is not JSON; `cis-audit -f json -o FILE` writes one"),
        ("[]".to_owned(), "not a cis-audit report: it is not a JSON object; `cis-audit -f json -o FILE` writes one"),
        (
            "{\"schema_version\": 1, \"fingerprint\": \"\"}".to_owned(),
            "not a cis-audit report: it is a plan; `cis-audit -f json -o FILE` writes one",
        ),
        ("{}".to_owned(), "not a cis-audit report: it has no results; `cis-audit -f json -o FILE` writes one"),
        (
            r#"{"results": []}"#.to_owned(),
            "not a cis-audit report: it has no schema_version; `cis-audit -f json -o FILE` writes one",
        ),
        (
            r#"{"schema_version": 0, "results": []}"#.to_owned(),
            "not a cis-audit report: its schema_version is not one this program ever wrote; `cis-audit -f json -o FILE` writes one",
        ),
        (
            r#"{"schema_version": 2, "results": [{"unheard": "of"}]}"#.to_owned(),
            "written by a newer cis-audit (schema_version 2; this one reads 1): upgrade cis-audit",
        ),
        (DEMO.to_owned(), "a saved account, not a report: `cis-audit --snapshot FILE -f json` makes one of it"),
        (document(&format!("{ROW}, {ROW}")), "s is there twice for account 1 in r"),
        (
            document(&ROW.replace("\"pass\"", "\"perhaps\"")),
            "line 1, column 196, field results[0].status: unknown variant `perhaps`, expected one of `pass`, `fail`, `unknown`, `waived`",
        ),
    ] {
        assert_eq!(read(&text).expect_err(&text).to_string(), wanted, "{text}");
    }
    let deep = format!("{{\"schema_version\":1,\"results\":{}", "[".repeat(100_000));
    assert!(read(&deep).is_err());
}

#[test]
fn reports_of_accounts_and_of_documents_are_not_compared() {
    let documents = State { subject: Subject::Documents, ..state(Vec::new()) };
    for (old, new, message) in [
        (
            state(Vec::new()),
            documents.clone(),
            "one is a report of an account and the other of documents (`cis-audit check`)",
        ),
        (documents, state(Vec::new()), "one is a report of documents (`cis-audit check`) and the other of an account"),
    ] {
        let error = compare(&old, &new).expect_err("two kinds").to_string();
        assert_eq!(error, format!("{message}: compare reports of one kind"));
    }
}

#[test]
fn different_verdicts_are_not_compared() {
    let effective = State { verdict: "effective".to_owned(), ..state(Vec::new()) };
    assert_eq!(
        compare(&state(Vec::new()), &effective).expect_err("another verdict").to_string(),
        "the reports use different verdicts (cis and effective): audit again with the same --verdict"
    );
}

/// A control that misses what these patterns match; without a pattern, for this cause.
fn missing(missed: &[(Option<&str>, &str)]) -> Control {
    let missed = missed.iter().map(|(pattern, cause)| Missed {
        pattern: pattern.map(|pattern| filter_pattern::Pattern::parse(pattern).expect("a pattern")),
        event: None,
        causes: vec![Cause::Fails { test: (*cause).to_owned() }],
        choices: Vec::new(),
        is_open: false,
    });
    Control { missed: missed.collect(), ..control("a", Outcome::Fail) }
}

#[test]
fn what_misses_more_than_before_is_a_new_failure() {
    const MACIE: &str = "{ $.errorCode = AccessDenied && $.eventName = GetMacieSession }";
    const BOTH: &str = "{ $.errorCode = AccessDenied && ($.eventName = ListRegions || $.eventName = GetMacieSession) }";
    const ROLES: &str = "{ $.errorCode = AccessDenied && $.userIdentity.type = AssumedRole }";
    for (was, is, kind) in [
        (vec![(Some(MACIE), "c")], vec![(Some(MACIE), "c")], Kind::StillFailing),
        // Less, however it is written.
        (vec![(Some(BOTH), "c")], vec![(Some(MACIE), "other words")], Kind::StillFailing),
        (vec![(Some(MACIE), "c")], vec![(Some(BOTH), "c")], Kind::NewlyFailing),
        (vec![(Some(MACIE), "c")], vec![(Some(MACIE), "c"), (Some(ROLES), "d")], Kind::NewlyFailing),
        // Two that together are what one was.
        (
            vec![(Some(MACIE), "c"), (Some("{ $.eventName = ListRegions }"), "d")],
            vec![(Some(BOTH), "c")],
            Kind::StillFailing,
        ),
        // What has no pattern is compared by its cause.
        (vec![(None, "c")], vec![(Some(MACIE), "c")], Kind::StillFailing),
        (vec![(None, "c")], vec![(Some(MACIE), "d")], Kind::NewlyFailing),
        // An earlier report that lists nothing: known stays known.
        (vec![], vec![(Some(MACIE), "c")], Kind::StillFailing),
        (vec![(Some(MACIE), "c")], vec![], Kind::StillFailing),
    ] {
        assert_eq!(kinds(vec![missing(&was)], vec![missing(&is)]), [kind], "{was:?} -> {is:?}");
    }
}

#[test]
fn losing_the_alarm_after_missing_some_events_is_a_new_failure() {
    let before = missing(&[(Some("{ $.eventName = GetMacieSession }"), "c")]);
    let now = Control { reason: Some(why("alarm.none", Link::Alarm)), ..control("a", Outcome::Fail) };
    assert_eq!(kinds(vec![before], vec![now]), [Kind::NewlyFailing]);
}

fn entry(id: &str, outcome: organization::AccountOutcome) -> Entry {
    let (name, ou_path) = (format!("account {id}"), "/Workloads".to_owned());
    let account = Account { id: id.to_owned(), name, ou_path, access: Access::Own };
    Entry { account, outcome, tried_at: None }
}

fn of_accounts(ids: &[&str], others: Vec<Entry>, is_whole_organization: bool) -> State {
    let controls = ids.iter().map(|id| Control { account_id: (*id).to_owned(), ..control("a", Outcome::Pass) });
    let audited = ids.iter().map(|id| entry(id, organization::AccountOutcome::Audited));
    State { accounts: audited.chain(others).collect(), is_whole_organization, ..state(controls.collect()) }
}

/// That nothing of an account fails any more is no news of its controls: nobody looked.
#[test]
fn an_account_without_results_is_unknown_unless_it_left() {
    let before = of_accounts(&["1", "2", "3"], Vec::new(), true);
    let denied = || entry("2", organization::AccountOutcome::Denied("no".to_owned()));
    let not_audited = Fate::NotAudited { outcome: "denied".to_owned(), why: "no".to_owned() };
    for (others, is_whole, wanted) in [
        (vec![denied()], true, [("2", not_audited.clone()), ("3", Fate::Left)]),
        (vec![denied()], false, [("2", not_audited), ("3", Fate::NotNamed)]),
        (Vec::new(), true, [("2", Fate::Left), ("3", Fate::Left)]),
    ] {
        let drift = compare(&before, &of_accounts(&["1"], others, is_whole)).expect("one verdict");
        let lost: Vec<_> = drift.lost.iter().map(|lost| (lost.account_id.as_str(), lost.fate.clone())).collect();
        assert_eq!(lost, wanted);
        assert_eq!((drift.count(Kind::Gone), drift.changes.len()), (0, 0));
        let unknown = drift.unknown_accounts().count();
        let code = crate::exit::ExitStatus::of_drift(&drift);
        let wanted = if unknown > 0 { crate::exit::ExitStatus::Error } else { crate::exit::ExitStatus::Success };
        assert_eq!(code, wanted);
        assert_eq!(drift.lost[0].name, "account 2");
    }
}
