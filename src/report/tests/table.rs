//! The table, in the looks that there are.

use insta::assert_snapshot;
use jiff::civil::date;

use std::sync::Arc;

use super::*;
use crate::finding::facts::{FilterProblem, LogGroupProblem, NearMiss, NotReached, TopicProblem};
use crate::finding::{Facts, Idle, Place, Unread, UnusedWaiver, Waiver};
use crate::snapshot::DocumentPart;

mod terminal;

#[test]
fn a_mixed_report_at_80_columns() {
    assert_snapshot!(table_of(&mixed(), &LOOK), @r#"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.1   ! pass     Unauthorized API calls           alarm.not_every_event
      3.4   ✗ FAIL     IAM policy changes               subscription.pending
      3.7   ✗ FAIL     KMS key disabled or deleted      metric_filter.misses_events
      3.9   ? unknown  AWS Config changes               topic.unread
      3.14  ✓ pass     VPC changes

      ! pass: the chain is complete, but an isolated event may go unnoticed

      What a code means: cis-audit explain alarm.not_every_event

    ✗ 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      how to fix it
        Confirm the subscription: click the link in the confirmation email within
        two days. After that, subscribe again. To keep others from unsubscribing the
        address, confirm with the link's Token instead (`cis-audit explain
        subscription.not_lasting`).

    ✗ 3.7  KMS key disabled or deleted
      kms does not match ScheduleKeyDeletion

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✗ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges

      example event that no CloudWatch alarm reports
        {"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}

      how to fix it
        Widen the pattern until it matches all required events, or use the control's
        own pattern. `cis-audit explain 3.7` prints the pattern.

    ? 3.9  AWS Config changes
      topic security-alerts could not be read

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ? topic          security-alerts

      how to fix it
        Allow sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on the topic
        (its owner's policy, if it is another account's).

    Warnings
      ! 3.1: alarm calls waits for more than 10 events in 300 seconds (weak)

    Could not be read
      ? sns:ListSubscriptionsByTopic of
        arn:aws:sns:eu-west-1:111122223333:security-alerts in eu-west-1:
        AuthorizationError: not authorized to perform this action

    5 controls: 2 pass, 2 fail (3.4, 3.7), 1 unknown (3.9), 1 weak pass (3.1)
    "#);
}

/// Its last fourteen days are reported; what is waived is no failure.
#[test]
fn waived_findings_are_shown_with_their_end() {
    for (today, end) in [
        (date(2026, 8, 17), ""),
        (date(2026, 8, 18), ", 14 days left"),
        (date(2026, 8, 31), ", 1 day left"),
        (date(2026, 9, 1), ", its last day is today"),
    ] {
        let mut report = report(vec![pending(), passes(14)]);
        let (reason, owner) = ("the mailbox moves".to_owned(), "netops".to_owned());
        report.audits[0].findings[0].waiver = Some(Waiver { reason, owner, expires: date(2026, 9, 1) });
        report.waived_on = Some(today);
        let wanted = format!(
            "
  3.4   ~ waived   IAM policy changes               subscription.pending
  3.14  ✓ pass     VPC changes

  What a code means: cis-audit explain subscription.pending

Waived
  ~ 3.4 until 2026-09-01{end}: the mailbox moves (netops)
    what is wrong: nobody has confirmed a subscription of security-alerts
    (subscription.pending)

2 controls: 1 pass, 1 waived (3.4)
"
        );
        let table = table_of(&report, &LOOK);
        assert!(table.ends_with(&wanted), "{table}");
    }
}

#[test]
fn quiet_is_the_summary_alone() {
    assert_snapshot!(table_of(&mixed(), &RenderOptions { verbosity: Verbosity::Quiet, ..LOOK }), @"5 controls: 2 pass, 2 fail (3.4, 3.7), 1 unknown (3.9), 1 weak pass (3.1)");
}

#[test]
fn verbose_shows_the_chains_of_passing_controls_too() {
    assert_snapshot!(table_of(&report(vec![passes(14)]), &RenderOptions { verbosity: Verbosity::Verbose, ..LOOK }), @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.14  ✓ pass     VPC changes

    ✓ 3.14  VPC changes

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
                         quiet for at least 5 min after an event
        ✓ topic          security-alerts
        ✓ subscription   email on***@example.com (confirmed)

    1 control: 1 pass
    ");
}

/// A table as one line of words.
fn in_words(findings: Vec<Finding>) -> String {
    let table = table_of(&report(findings), &RenderOptions { width: 140, ..LOOK });
    table.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_subscription_that_may_end_is_shown_with_its_remedy() {
    let mut finding = passes(4);
    finding.warnings = vec![Reason::new(Facts::topic(&TOPIC.into(), TopicProblem::NotLasting { count: 1 }))];
    let words = in_words(vec![finding]);
    let wanted = "Warnings ! 3.4: 1 email subscription of topic security-alerts may have been confirmed without \
                  authentication: then anyone who has one of its emails, or a scanner that follows the links in them, can \
                  unsubscribe it (note). Replace the confirmed subscription: unsubscribe the address and subscribe it \
                  again. Do not click the link in the new confirmation email, but confirm with the link's Token: aws sns confirm-subscription \
                  --authenticate-on-unsubscribe true --topic-arn arn:aws:sns:eu-west-1:111122223333:security-alerts \
                  --token TOKEN. 1 control: 1 pass";
    assert!(words.ends_with(wanted), "{words}");
}

#[test]
fn a_note_on_a_failure_is_shown_once() {
    let mut finding = misses();
    let problem = FilterProblem::FederatedSignIns { satisfied: vec![(Benchmark::V1_4_0, Benchmark::V7_0_0)] };
    finding.warnings = vec![Reason::new(Facts::filter("sign-ins", problem))];
    let words = in_words(vec![finding]);
    let wanted = "note 3.7: sign-ins through IAM Identity Center or another identity provider are missed. CloudTrail \
                  records them without MFA, whatever the provider required. In any version from 1.4.0 to 7.0.0 of the \
                  benchmark, the control requires sign-ins of IAM users only and passes. Audit with a version";
    assert_eq!(words.matches(wanted).count(), 1, "{words}");
    assert!(!words.contains("Warnings"), "{words}");
}

#[test]
fn one_cause_is_shown_once() {
    assert_snapshot!(table_of(&stopped(), &LOOK), @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.1   ✗ FAIL     Unauthorized API calls           trail.not_logging
      3.2   ✗ FAIL     Console sign-in without MFA      trail.not_logging
      3.3   ✗ FAIL     Use of the root account          trail.not_logging
      3.4   ✗ FAIL     IAM policy changes               trail.not_logging
      3.5   ✗ FAIL     CloudTrail changes               trail.not_logging
      3.6   ✗ FAIL     Console sign-in failures         trail.not_logging
      3.7   ✗ FAIL     KMS key disabled or deleted      trail.not_logging
      3.8   ✗ FAIL     S3 bucket policy changes         trail.not_logging
      3.9   ✗ FAIL     AWS Config changes               trail.not_logging
      3.10  ✗ FAIL     Security group changes           trail.not_logging
      3.11  ✗ FAIL     Network ACL changes              trail.not_logging
      3.12  ✗ FAIL     Network gateway changes          trail.not_logging
      3.13  ✗ FAIL     Route table changes              trail.not_logging
      3.14  ✗ FAIL     VPC changes                      trail.not_logging

      What a code means: cis-audit explain trail.not_logging

    ✗ 3.1–3.14  14 controls
      trail main is stopped

        ✗ trail          main (eu-west-1)

      how to fix it
        Start it: aws cloudtrail start-logging --name TRAIL.

    14 controls: 0 pass, 14 fail (3.1–3.14)
    ");
}

#[test]
fn grouped_controls_do_not_show_the_first_ones_chain() {
    let mut other = pending();
    Arc::make_mut(&mut other.rule).id = RuleId::Number { section: 3, number: 5 };
    other.chain = filters_called("trail-changes", &other.chain);
    assert_snapshot!(table_of(&report(vec![pending(), other]), &LOOK), @"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.4  ✗ FAIL     IAM policy changes                subscription.pending
      3.5  ✗ FAIL     IAM policy changes                subscription.pending

      What a code means: cis-audit explain subscription.pending

    ✗ 3.4, 3.5  2 controls
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  each control's own
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      how to fix it
        Confirm the subscription: click the link in the confirmation email within
        two days. After that, subscribe again. To keep others from unsubscribing the
        address, confirm with the link's Token instead (`cis-audit explain
        subscription.not_lasting`).

    2 controls: 0 pass, 2 fail (3.4, 3.5)
    ");
}

#[test]
fn an_address_is_masked_unless_asked_for() {
    for format in [Format::Table, Format::Json] {
        let masked = shown(&report(vec![pending()]), format, &LOOK);
        assert!(masked.contains("on***@example.com") && !masked.contains("oncall@"), "{masked}");
        let clear = shown(&report(vec![pending()]), format, &RenderOptions { show_endpoints: true, ..LOOK });
        assert!(clear.contains("oncall@example.com"), "{clear}");
    }
}

/// Another verdict decides: the head says which, and what Security Hub CSPM makes of a chain is at no link of it.
#[test]
fn another_verdict_decides() {
    let mut other = passes(4);
    let message = "no metric filter of log group CloudTrail/logs has exactly the text that Security Hub CSPM looks for";
    let why = Reason::from_parts(
        Code::HubOtherText,
        "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs",
        message,
    );
    other.verdicts.security_hub = Judged::because(HubStatus::Failed, why);
    let report = report(vec![other]).decided_by(Verdict::SecurityHub);
    assert_snapshot!(table_of(&report, &LOOK), @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC ·
        verdict: security-hub (predicted)

      3.4  ✗ FAIL     IAM policy changes                security_hub.other_text

      What a code means: cis-audit explain security_hub.other_text

    ✗ 3.4  IAM policy changes
      no metric filter of log group CloudTrail/logs has exactly the text that
      Security Hub CSPM looks for

      how to fix it
        Add a metric filter and alarm with exactly the text that `cis-audit explain
        CONTROL` prints for Security Hub CSPM.

    1 control: 0 pass, 1 fail (3.4)
    ");
}

/// One cause of two failures, with what was probably meant for each.
#[test]
fn near_misses_are_grouped_by_log_group_under_failures() {
    let mut report = mixed();
    report.audits[0].findings.truncate(3);
    let old = "arn:aws:logs:eu-west-1:111122223333:log-group:old";
    for (finding, filter) in report.audits[0].findings.iter_mut().zip(["a", "b", "c"]) {
        finding.status = Status::Fail;
        finding.waiver = None;
        finding.witness = None;
        finding.chain = up_to(Link::LogGroup, &chain());
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs";
        finding.reason = Some(Reason::new(Facts::log_group(&arn.into(), LogGroupProblem::NoFilter)));
        finding.warnings = vec![
            Reason::new(Facts::NearMiss(NearMiss::Elsewhere {
                filters: vec![filter.to_owned()],
                log_group: old.into(),
                why: NotReached::NoTrail { instead: Some(("main".to_owned(), arn.into())) },
            })),
            Reason::new(Facts::NearMiss(NearMiss::MonitoringAccount { accounts: vec![] })),
        ];
    }
    let shown = table_of(&report, &LOOK);
    let shown = shown.lines().skip(8).take(9).collect::<Vec<_>>().join("\n");
    assert_snapshot!(shown, @"
    ✗ 3.1, 3.4, 3.7  3 controls
      log group CloudTrail/logs has no metric filter
      near miss: log group old has metric filters a, b, c for such events, but no
        trail delivers there: trail main delivers to log group CloudTrail/logs
      note: an alarm may be in a monitoring account (CloudWatch cross-account
        observability), which cannot be seen from here

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
    ");
}

/// Without colours too.
#[test]
fn a_weak_pass_reads_otherwise_than_a_whole_one() {
    let mut weak = passes(1);
    weak.verdicts.effective.status = Status::Fail;
    let table = table_of(&report(vec![weak, passes(2)]), &LOOK);
    assert!(table.contains("\n  3.1  ! pass     Unauthorized API calls\n"), "{table}");
    assert!(table.contains("\n  3.2  ✓ pass     Console sign-in without MFA\n"), "{table}");
    assert!(table.contains("\n  ! pass: the chain is complete, but an isolated event may go unnoticed\n"), "{table}");
    let whole = table_of(&report(vec![passes(2)]), &LOOK);
    assert!(!whole.contains("! pass"), "{whole}");
}

/// Of each control another alarm is not known: they have one cause, and each place is shown.
#[test]
fn controls_with_alarms_of_their_own_are_one_group() {
    let unread = |number: u8, alarm: &str| {
        let mut finding = pending();
        Arc::make_mut(&mut finding.rule).id = RuleId::Number { section: 3, number };
        let part = DocumentPart {
            file: "plan.json".to_owned(),
            line: None,
            address: alarm.to_owned(),
            property: Some("alarm_actions".to_owned()),
            why: Some("it is local.actions".to_owned()),
            instead_of: "sns:ListSubscriptionsByTopic".to_owned(),
        };
        let reason = finding.reason.take().map(|reason| reason.because(Unread::AtDeployment(Box::new(part))));
        finding.reason = reason;
        let address = Some(alarm.to_owned());
        finding.place = Some(Place { file: "plan.json".to_owned(), line: None, column: None, address, excerpt: None });
        finding
    };
    let table = table_of(&report(vec![unread(4, "alarm.a"), unread(5, "alarm.b")]), &LOOK);
    for wanted in ["3.4, 3.5  2 controls", "plan.json (alarm.a)", "plan.json (alarm.b)"] {
        assert!(table.contains(wanted), "{wanted}\n{table}");
    }
}
