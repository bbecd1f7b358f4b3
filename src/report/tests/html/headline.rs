//! What the first sentence of the page says.

use super::*;

#[test]
fn the_headline_says_what_would_happen() {
    let fails = |count: u8| (1..=count).map(|number| breaks(number, Status::Fail, unread())).collect::<Vec<_>>();
    let and = |mut findings: Vec<Finding>, more: Finding| {
        findings.push(more);
        report(findings)
    };
    let mut effective = and(fails(2), passes(9));
    effective.verdict = Verdict::Effective;
    let mut hub = and(fails(2), passes(9));
    hub.verdict = Verdict::SecurityHub;
    for (report, wanted) in [
        (
            and(fails(5), passes(9)),
            "5 of 6 controls fail: no CloudWatch alarm would notify a subscriber of Unauthorized API calls, Console \
             sign-in without MFA, Use of the root account and 2 more",
        ),
        (
            stopped(),
            "All 14 controls fail: no CloudWatch alarm would notify a subscriber of Unauthorized API calls, Console \
             sign-in without MFA, Use of the root account and 11 more",
        ),
        (
            report(vec![pending()]),
            "The control fails: no CloudWatch alarm would notify a subscriber of IAM policy changes",
        ),
        (
            report(vec![waived(pending()), passes(9)]),
            "1 of 2 controls fails: no CloudWatch alarm would notify a subscriber of IAM policy changes",
        ),
        (
            and(vec![misses()], passes(9)),
            "1 of 2 controls fails: no CloudWatch alarm would notify a subscriber of some events of KMS key disabled \
             or deleted",
        ),
        (
            and(vec![pending(), misses()], passes(9)),
            "2 of 3 controls fail: no CloudWatch alarm would notify a subscriber of IAM policy changes, nor of some \
             events of KMS key disabled or deleted",
        ),
        (report(vec![passes(1), passes(2)]), "All 2 controls pass: each kind of event reaches a subscriber"),
        (
            report(vec![passes(1), breaks(2, Status::Unknown, unread())]),
            "1 of 2 controls is unknown: whether a CloudWatch alarm would notify a subscriber could not be determined \
             for Console sign-in without MFA",
        ),
        (
            effective,
            "2 of 3 controls fail: a single event may go without an alert: Unauthorized API calls and Console sign-in \
             without MFA",
        ),
        (
            hub,
            "2 of 3 controls fail: Security Hub CSPM is predicted to show a failure of Unauthorized API calls and \
             Console sign-in without MFA",
        ),
    ] {
        assert_eq!(headline(&report), wanted);
    }
    let page = page_of(&report(vec![waived(pending()), breaks(2, Status::Unknown, unread()), passes(9)]));
    assert!(page.contains("<p class=\"also\">1 more could not be determined.</p>"));
    assert!(page.contains("<p class=\"also\">1 of these is waived: accepted for a time.</p>"));
}

/// What is weak is counted apart from what was not read.
#[test]
fn a_weakness_is_one_only_where_it_is_known() {
    let with = |number: u8, status: Status| {
        let mut finding = passes(number);
        finding.verdicts.effective.status = status;
        finding
    };
    let mixed = || vec![with(1, Status::Fail), with(2, Status::Unknown), with(3, Status::Unknown), passes(4)];
    let page = page_of(&report(mixed()));
    assert!(
        page.contains("<p class=\"also\">1 passes with a weakness: some single events would not alert.</p>"),
        "{page}"
    );
    assert!(
        page.contains("<p class=\"also\">2 pass, but whether a single event alerts could not be determined.</p>"),
        "{page}"
    );
    let table = table_of(&report(mixed()), &LOOK);
    assert_eq!(table.lines().last(), Some("4 controls: 4 pass, 1 weak pass (3.1)"), "{table}");
    let unread = table_of(&report(vec![with(2, Status::Unknown)]), &LOOK);
    assert_eq!(unread.lines().last(), Some("1 control: 1 pass"), "{unread}");
}
