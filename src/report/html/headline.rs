//! The page's first sentence, and what must be known with it. A waived failure is one in which no alarm notifies all
//! the same: of other ways in which someone may learn of an event (EventBridge, `GuardDuty`, a SIEM) these chains know
//! nothing.

use crate::finding::{Finding, Outcome, Report, Status, Verdict};

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

/// The answer for the account, in a sentence.
pub(super) fn sentence(report: &Report) -> String {
    let all = events(report).count();
    let count = |status| events(report).filter(|finding| finding.status == status).count();
    let (fail, unknown) = (count(Status::Fail), count(Status::Unknown));
    if all == 0 {
        let word = report.findings().next().map_or("unknown", |finding| finding.status.as_str());
        return format!("Security Hub CSPM: {word}");
    }
    let some = |count| if count == all { any(all) } else { kinds_of_events(count, all) };
    match (report.verdict, fail, unknown) {
        (Verdict::Cis, 0, 0) => format!("{} reach a subscriber", every(all)),
        (Verdict::Cis, 0, _) => {
            format!(
                "Whether a CloudWatch alarm would notify a subscriber is not known for {}",
                kinds_of_events(unknown, all)
            )
        }
        (Verdict::Cis, _, _) => {
            // Of these some events may come through: it is known of others that they do not.
            let in_part = events(report).filter(|finding| fails_in_part(finding)).count();
            let none = "No CloudWatch alarm would notify a subscriber of";
            match (fail - in_part, in_part) {
                (whole, 0) => format!("{none} {}", some(whole)),
                (0, part) => format!("{none} some events, for {}", kinds_of_events(part, all)),
                (whole, part) => {
                    let kinds = if part == 1 { "kind" } else { "kinds" };
                    format!("{none} {}, nor of some events of {part} more {kinds}", kinds_of_events(whole, all))
                }
            }
        }
        (Verdict::Effective, 0, 0) => format!("{} reach a subscriber at the first event", every(all)),
        (Verdict::Effective, 0, _) => {
            format!("Whether a single event reaches a subscriber is not known for {}", kinds_of_events(unknown, all))
        }
        (Verdict::Effective, _, _) => {
            format!("A single event may go without an alert, for {}", kinds_of_events(fail, all))
        }
        (Verdict::SecurityHub, 0, 0) => "Security Hub CSPM will show every control as passed".to_owned(),
        (Verdict::SecurityHub, 0, _) => {
            format!("Security Hub CSPM will not decide about {}", kinds_of_events(unknown, all))
        }
        (Verdict::SecurityHub, _, _) => {
            format!("Security Hub CSPM will show failures for {}", kinds_of_events(fail, all))
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
    add(hub.filter(|_| failing).map_or(0, |_| 1), "AWS Security Hub CSPM is not enabled.", "");
    also
}

fn events(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings().filter(|finding| finding.asks_for_a_chain())
}

/// Whether it fails though some of the events may be notified of.
fn fails_in_part(finding: &Finding) -> bool {
    finding.status == Status::Fail && finding.reason.as_ref().is_some_and(|reason| reason.code().may_lose_a_part_only())
}

/// `5 of 14 kinds of events`.
fn kinds_of_events(count: usize, all: usize) -> String {
    match (count, all) {
        (1, 1) => "the one kind of event".to_owned(),
        (_, _) if count == all => format!("all {all} kinds of events"),
        (_, _) => format!("{count} of {all} kinds of events"),
    }
}

/// After a negation.
fn any(all: usize) -> String {
    if all == 1 { "the one kind of event".to_owned() } else { format!("any of the {all} kinds of events") }
}

/// As the subject of a sentence in the plural.
fn every(all: usize) -> String {
    if all == 1 { "Events of the one kind".to_owned() } else { format!("All {all} kinds of events") }
}
