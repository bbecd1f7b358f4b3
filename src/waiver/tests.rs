//! What a file may say, and what a report becomes by it.

use jiff::civil::date;

use super::*;
use crate::audit::audit;
use crate::finding::Outcome;
use crate::rule::Benchmark;
use crate::rule::catalog::Catalog;
use crate::saved::Saved;

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");
const TODAY: Date = date(2026, 3, 1);

fn parse(text: &str) -> Result<Waivers, WaiverError> {
    Waivers::parse(text, |name| match name {
        "3.4" | "iam-policy-changes" => Ok(Some("iam-policy-changes".to_owned())),
        "3.10" => Ok(Some("security-group-changes".to_owned())),
        "3.5" => Ok(Some("cloudtrail-changes".to_owned())),
        "organizations-changes" => Ok(None),
        _ => Err(format!("no control {name}")),
    })
}

/// What the built-in account's report says: 3.4, 3.6, 3.7, 3.8 and 3.10 fail.
fn demo() -> Report {
    let snapshot = Saved::from_json(DEMO).expect("the fixture").document.snapshot;
    audit(&snapshot, Catalog::builtin(Benchmark::default()).expect("the rules").rules())
}

/// A waiver of a control with these lines more; it holds until the day after [`TODAY`].
fn waiver(rule: &str, more: &str) -> String {
    format!("[[waiver]]\nrule = \"{rule}\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-03-02\n{more}\n")
}

fn waived(text: &str) -> (Vec<String>, Vec<(String, Idle)>) {
    let report = parse(text).expect(text).apply(demo(), TODAY);
    let waived = report.findings().filter(|finding| finding.outcome() == Outcome::Waived);
    let idle = report.idle_waivers.iter().map(|idle| (idle.rule.clone(), idle.why));
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
        let report = parse(&waiver("3.4", "")).expect("a file").apply(demo(), today);
        assert_eq!(report.audits[0].findings[3].outcome(), outcome, "{today}");
        assert_eq!(report.waived_on, Some(today));
    }
}

/// What does nothing is told, but for what another audit may need.
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

/// Waivers change what findings come to, and nothing that was found.
#[test]
fn waivers_never_change_verdicts() {
    let all: String = ["3.4", "3.5", "3.10"].map(|rule| waiver(rule, "")).concat();
    let (before, after) = (demo(), parse(&all).expect("a file").apply(demo(), TODAY));
    for (before, after) in before.findings().zip(after.findings()) {
        assert_eq!((before.status, &before.verdicts), (after.status, &after.verdicts));
        assert_eq!((&before.reason, &before.warnings), (&after.reason, &after.warnings));
    }
    assert_eq!(after.summary().waived, 2);
}

#[test]
fn a_broken_file_is_located() {
    const ENDS: &str = "reason = \"r\"\nowner = \"o\"\nexpires = 2099-01-01\n";
    let of = |rest: &str| format!("[[waiver]]\nrule = \"3.4\"\n{rest}");
    let dated = |day: &str| of(&format!("reason = \"r\"\nowner = \"o\"\nexpires = {day}\n"));
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
            "line 1, column 3: unknown field `waivers`, expected `waiver`",
        ),
        ("[[waiver]]\n".to_owned(), "line 1, column 1: missing field `rule`"),
        (of(""), "line 1, column 1: missing field `reason`"),
        (
            of(&format!("ressource = \"x\"\n{ENDS}")),
            "line 3, column 1: unknown field `ressource`, expected one of `rule`, `account`, `region`, `resource`, `code`, `reason`, `owner`, `expires`",
        ),
        (of(&ENDS.replace("\"r\"", "\" \"")), "line 3, column 10: reason is empty: it must say something"),
        (of(&ENDS.replace("\"o\"", "\"\"")), "line 4, column 9: owner is empty: it must say something"),
        (dated("\"2099-01-01\""), a_date),
        (dated("2099-01-01T00:00:00Z"), a_date),
        (dated("true"), a_date),
        (dated("2099-02-30"), "line 5, column 11: invalid date, expected day between 01 and 28"),
        (of(&format!("account = \"1111\"\n{ENDS}")), "line 3, column 11: account must be 12 digits in quotes"),
        (
            of(&format!("code = \"topic.absent\"\n{ENDS}")),
            "line 3, column 8: there is no reason code topic.absent: take the one that the report shows",
        ),
        (
            of(&format!("resource = \"*\"\n{ENDS}")),
            "line 3, column 12: resource has no wildcards: name one, or leave the field out for any",
        ),
        (
            of(&format!("region = \"us-*\"\n{ENDS}")),
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
    ] {
        assert_eq!(parse(&text).expect_err(&text).to_string(), wanted, "{text}");
    }
    assert_eq!(parse("# nothing yet\n"), Ok(Waivers::default()));
}
