//! The page's first sentence, and what must be known with it. A waived failure is one in which no alarm notifies all
//! the same: of other ways in which someone may learn of an event (EventBridge, `GuardDuty`, a SIEM) these chains know
//! nothing.

use std::borrow::Cow;

use crate::finding::{Finding, Outcome, Report, Status, Tally, Verdict};

/// What the headline is coloured by.
pub(super) fn worst(report: &Report) -> Outcome {
    let is = |status| report.findings().any(|finding| finding.status == status);
    if is(Status::Fail) {
        Outcome::Fail
    } else if is(Status::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::Pass
    }
}

/// Controls that the sentence names.
const NAMED: usize = 3;

/// The answer for the account, in a sentence: how many controls fail, and what that means for which events.
pub(super) fn sentence(report: &Report) -> String {
    let all = report.findings().count();
    let having = |status| report.findings().filter(|finding| finding.status == status).collect::<Vec<_>>();
    let (failing, unknown) = (having(Status::Fail), having(Status::Unknown));
    if !failing.is_empty() {
        return format!(
            "{}: {}",
            controls(failing.len(), all, ["fails", "fail"]),
            what_fails(report.verdict, &failing)
        );
    }
    if !unknown.is_empty() {
        let what = what_is_unknown(report.verdict, &unknown);
        return format!("{}: {what}", controls(unknown.len(), all, ["is unknown", "are unknown"]));
    }
    let what = match report.verdict {
        Verdict::SecurityHub => "Security Hub CSPM is predicted to show no failure",
        _ if events(report).next().is_none() => "AWS Security Hub CSPM is enabled",
        Verdict::Cis => "each kind of event reaches a subscriber",
        Verdict::Effective => "a single event of each kind reaches a subscriber",
    };
    format!("{}: {what}", controls(all, all, ["passes", "pass"]))
}

/// What comes of controls that fail.
fn what_fails(verdict: Verdict, failing: &[&Finding]) -> String {
    let (of_events, other): (Vec<&Finding>, Vec<&Finding>) =
        failing.iter().copied().partition(|it| it.asks_for_a_chain());
    match verdict {
        _ if of_events.is_empty() => "AWS Security Hub CSPM is not enabled".to_owned(),
        Verdict::SecurityHub => format!("Security Hub CSPM is predicted to show a failure of {}", named(failing)),
        Verdict::Effective => format!("a single event may go without an alert: {}", named(&of_events)),
        Verdict::Cis => {
            // Of these some events may come through: it is known of others that they do not.
            let (part, whole): (Vec<&Finding>, Vec<&Finding>) =
                of_events.iter().copied().partition(|it| fails_in_part(it));
            let none = "no CloudWatch alarm would notify a subscriber of";
            let hub = if other.is_empty() { "" } else { ", and AWS Security Hub CSPM is not enabled" };
            match (whole.is_empty(), part.is_empty()) {
                (_, true) => format!("{none} {}{hub}", named(&whole)),
                (true, false) => format!("{none} some events of {}{hub}", named(&part)),
                (false, false) => format!("{none} {}, nor of some events of {}{hub}", named(&whole), named(&part)),
            }
        }
    }
}

/// What is not known of controls that are unknown.
fn what_is_unknown(verdict: Verdict, unknown: &[&Finding]) -> String {
    let of_events: Vec<&Finding> = unknown.iter().filter(|finding| finding.asks_for_a_chain()).copied().collect();
    let what = match verdict {
        _ if of_events.is_empty() => {
            return "whether AWS Security Hub CSPM is enabled could not be determined".to_owned();
        }
        Verdict::Cis => "whether a CloudWatch alarm would notify a subscriber",
        Verdict::Effective => "whether a single event would reach a subscriber",
        Verdict::SecurityHub => return format!("what Security Hub CSPM will show is not known of {}", named(unknown)),
    };
    format!("{what} could not be determined for {}", named(&of_events))
}

/// `5 of 14 controls fail`, with the verb of one and of several.
fn controls(count: usize, all: usize, [one, several]: [&str; 2]) -> String {
    match (count, all) {
        (_, 1) => format!("The control {one}"),
        (count, all) if count == all => format!("All {all} controls {several}"),
        (1, all) => format!("1 of {all} controls {one}"),
        (count, all) => format!("{count} of {all} controls {several}"),
    }
}

/// What they monitor, not more than a few.
fn named(findings: &[&Finding]) -> String {
    let names: Vec<Cow<'_, str>> = findings.iter().take(NAMED).map(|finding| finding.about()).collect();
    match (findings.len().saturating_sub(NAMED), names.as_slice()) {
        (0, [before @ .., last]) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        (0, _) => names.join(", "),
        (more, _) => format!("{} and {more} more", names.join(", ")),
    }
}

/// The answer for many accounts, in a sentence.
pub(super) fn of_accounts(report: &Report) -> String {
    let Tally { pass, fail, unknown, not_audited, skipped } = report.tally();
    let all = pass + fail + unknown + not_audited + skipped;
    let accounts = |count: usize, [one, several]: [&str; 2]| match (count, all) {
        (_, 1) => format!("The account {one}"),
        (1, all) => format!("1 of {all} accounts {one}"),
        (count, all) if count == all => format!("All {all} accounts {several}"),
        (count, all) => format!("{count} of {all} accounts {several}"),
    };
    match (fail, not_audited, unknown) {
        (0, 0, 0) if pass == 0 => "No account was audited".to_owned(),
        (0, 0, 0) => accounts(pass, ["passes every control", "pass every control"]),
        (0, 0, _) => accounts(unknown, ["has controls that are unknown", "have controls that are unknown"]),
        (0, _, _) => accounts(not_audited, ["could not be audited", "could not be audited"]),
        _ => {
            let have = accounts(fail, ["has controls that fail", "have controls that fail"]);
            let them = if fail == 1 { "it" } else { "them" };
            match report.verdict {
                Verdict::Cis => {
                    format!("{have}: no CloudWatch alarm would notify a subscriber of some of the events in {them}")
                }
                Verdict::Effective => format!("{have}: a single event in {them} may go without an alert"),
                Verdict::SecurityHub => format!("{have}, as predicted for Security Hub CSPM"),
            }
        }
    }
}

/// What the sentence leaves out, a sentence each.
pub(super) fn also(report: &Report) -> Vec<String> {
    let mut also = Vec::new();
    let mut add = |count: usize, one: &str, many: &str| match count {
        0 => {}
        1 => also.push(one.to_owned()),
        _ => also.push(many.replace('#', &count.to_string())),
    };
    let failing = report.findings().any(|finding| finding.status == Status::Fail);
    let unknown = events(report).filter(|finding| finding.status == Status::Unknown).count();
    add(if failing { unknown } else { 0 }, "1 more could not be determined.", "# more could not be determined.");
    add(
        report.findings().filter(|finding| finding.outcome() == Outcome::Waived).count(),
        "1 of these is waived: accepted for a time.",
        "# of these are waived: accepted for a time.",
    );
    let passing = |single_event: Status| {
        let is_so = |finding: &&Finding| {
            report.verdict == Verdict::Cis
                && finding.status == Status::Pass
                && finding.verdicts.effective.status == single_event
        };
        report.findings().filter(is_so).count()
    };
    add(
        passing(Status::Fail),
        "1 passes with a weakness: some single events would not alert.",
        "# pass with a weakness: some single events would not alert.",
    );
    add(
        passing(Status::Unknown),
        "1 passes, but whether a single event alerts could not be determined.",
        "# pass, but whether a single event alerts could not be determined.",
    );
    let hub = report.findings().find(|finding| !finding.asks_for_a_chain() && finding.status == Status::Fail);
    // The sentence says it of the other verdict, and where nothing else fails.
    let is_said = report.verdict == Verdict::Cis || !events(report).any(|finding| finding.status == Status::Fail);
    add(hub.filter(|_| !is_said).map_or(0, |_| 1), "AWS Security Hub CSPM is not enabled.", "");
    also
}

fn events(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings().filter(|finding| finding.asks_for_a_chain())
}

/// Whether it fails though some of the events may be notified of.
fn fails_in_part(finding: &Finding) -> bool {
    finding.status == Status::Fail && finding.reason.as_ref().is_some_and(|reason| reason.code().may_lose_a_part_only())
}
