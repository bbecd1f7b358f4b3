//! What a file may say, and what a report becomes by it.

use jiff::civil::date;

use super::*;
use crate::audit::{accepting, audit};
use crate::finding::Outcome;
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;
use crate::saved::Saved;
use crate::snapshot::Snapshot;

mod exceptions;

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
