//! The table on terminals of all kinds: without colour, without letters beyond ASCII, wide and narrow, and with names that would
//! steer them.

use super::*;

#[test]
fn a_mixed_report_in_ascii() {
    assert_snapshot!(table_of(&mixed(), &RenderOptions { unicode: false, ..LOOK }), @r#"
    CIS AWS Foundations 1.2.0 - 111122223333 - eu-west-1 - 2026-08-22 10:30 UTC

      3.1   ! pass     Unauthorized API calls           alarm.not_every_event
      3.4   x FAIL     IAM policy changes               subscription.pending
      3.7   x FAIL     KMS key disabled or deleted      metric_filter.misses_events
      3.9   ? unknown  AWS Config changes               topic.unread
      3.14  + pass     VPC changes

      ! pass: the chain is complete, but an isolated event may go unnoticed

      What a code means: cis-audit explain alarm.not_every_event

    x 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        + metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges
        + alarm          iam-policy-changes
        + topic          security-alerts
        x subscription   email on***@example.com (pending)

      how to fix it
        Confirm the subscription: click the link in the confirmation email within
        two days. After that, subscribe again. To keep others from unsubscribing the
        address, confirm with the link's Token instead (`cis-audit explain
        subscription.not_lasting`).

    x 3.7  KMS key disabled or deleted
      kms does not match ScheduleKeyDeletion

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        x metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges

      example event that no CloudWatch alarm reports
        {"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}

      how to fix it
        Widen the pattern until it matches all required events, or use the control's
        own pattern. `cis-audit explain 3.7` prints the pattern.

    ? 3.9  AWS Config changes
      topic security-alerts could not be read

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        + metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges
        + alarm          iam-policy-changes
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
    assert!(table_of(&mixed(), &RenderOptions { unicode: false, ..LOOK }).is_ascii());
}

#[test]
fn a_wide_terminal_is_used_for_prose_and_names() {
    let lines = table_of(&report(vec![passes(3), pending()]), &RenderOptions { width: 120, ..LOOK });
    assert_snapshot!(lines, @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.3  ✓ pass     Use of the root account
      3.4  ✗ FAIL     IAM policy changes                subscription.pending

      What a code means: cis-audit explain subscription.pending

    ✗ 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      how to fix it
        Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To
        keep others from unsubscribing the address, confirm with the link's Token instead (`cis-audit explain
        subscription.not_lasting`).

    2 controls: 1 pass, 1 fail (3.4)
    ");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = table_of(&mixed(), &RenderOptions { color: true, ..LOOK });
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(uncoloured(&coloured), table_of(&mixed(), &LOOK));
    assert!(!table_of(&mixed(), &LOOK).contains('\u{1b}'));
}

fn uncoloured(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').unwrap().1);
    }
    plain
}

#[test]
fn no_line_is_wider_than_asked() {
    let mut hostile = mixed();
    let long = "日本".repeat(100_000);
    for finding in &mut hostile.audits[0].findings {
        let subscription = SubscriptionStep {
            topic: TOPIC.into(),
            protocol: long.clone(),
            endpoint: long.clone(),
            state: SubscriptionState::Deleted,
        };
        let more = [Step::Topic(long.clone().into()), Step::Subscription(subscription)];
        finding.chain = filters_called(&long, &with(more, &finding.chain));
        for reason in finding.reason.iter_mut().chain(&mut finding.warnings) {
            *reason = Reason::from_parts(reason.code(), reason.resource().unwrap_or_default(), &long);
        }
    }
    hostile.audits[0].gaps[0].message = long.clone();
    hostile.audits[0].region = long;
    let routine = || Reason::from_sentence(Code::MetricFilterMatchesRoutine, "it matches AssumeRole");
    let mut scattered = Vec::new();
    for number in 1..=14 {
        let absent = Reason::from_sentence(Code::SubscriptionNone, "nobody is subscribed");
        let unread = Reason::from_sentence(Code::AlarmUnread, "alarms could not be read");
        let mut weak = passes(number);
        weak.verdicts.effective.status = Status::Fail;
        weak.warnings = vec![routine(), Reason::from_sentence(Code::AlarmLatches, "it latches")];
        scattered.push(match number % 3 {
            0 => breaks(number, Status::Fail, absent),
            1 => breaks(number, Status::Unknown, unread),
            _ => weak,
        });
    }
    let mut waived = report(vec![pending(), misses()]);
    let long = "because ".repeat(30);
    let waiver = Waiver { reason: long.clone(), owner: long, expires: date(2026, 9, 1) };
    waived.audits[0].findings[0].waiver = Some(waiver.clone());
    waived.unused_waivers.push(UnusedWaiver { rule: "3.2".to_owned(), waiver, why: Idle::Unused });
    assert!(!compare(&State::from_report(&stopped()), &State::from_report(&mixed())).unwrap().changes.is_empty());
    let plain = [mixed(), stopped(), hostile, report(scattered), waived].map(|report| (None, report));
    for (old, report) in plain.into_iter().chain([(Some(stopped()), mixed())]) {
        for width in [48, 60, 80, 100, 140, 200] {
            for unicode in [true, false] {
                for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
                    for line in since(
                        old.as_ref(),
                        &report,
                        Format::Table,
                        &RenderOptions { width, unicode, verbosity, ..LOOK },
                    )
                    .lines()
                    {
                        let columns = unicode_width::UnicodeWidthStr::width(line);
                        assert!(columns <= width.min(140), "{columns} of {width}: {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn names_cannot_steer_the_terminal() {
    let mut report = mixed();
    let name = "x\u{1b}[2J\u{9b}\u{7}\u{202e}\u{200b}\r\n✓ pass";
    for finding in &mut report.audits[0].findings {
        finding.chain = changed(&filters_called(name, &finding.chain), |step| {
            if let Step::LogGroup(arn) = step {
                *arn = name.into();
            }
        });
        Arc::make_mut(&mut finding.rule).slug = name.to_owned();
        Arc::make_mut(&mut finding.rule).short_title = name.to_owned();
        Arc::make_mut(&mut finding.rule).title = name.to_owned();
        for reason in finding.reason.iter_mut().chain(&mut finding.warnings) {
            *reason = Reason::from_parts(reason.code(), reason.resource().unwrap_or_default(), name);
        }
    }
    report.audits[0].gaps[0].message = name.to_owned();
    report.audits[0].gaps[0].code = name.to_owned();
    report.audits[0].account_id = name.to_owned();
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        let text = table_of(&report, &RenderOptions { verbosity, ..LOOK });
        let bad = text.chars().find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{200b}'));
        assert_eq!(bad, None, "{text}");
        assert!(!text.contains("\n✓ pass"), "{text}");
    }
}

/// At 60 columns a code is below its control, and a name goes on in the next line.
#[test]
fn nothing_is_cut_in_a_narrow_terminal() {
    let narrow = table_of(&report(vec![misses(), pending()]), &RenderOptions { width: 60, ..LOOK });
    assert!(!narrow.contains('…'), "{narrow}");
    let lines: Vec<&str> = narrow.lines().collect();
    let code = lines.iter().position(|line| line.trim() == "subscription.pending").expect("a line of its own");
    assert!(lines[code - 1].contains("✗ FAIL     IAM policy changes"), "{narrow}");
    assert!(lines.iter().all(|line| line.chars().count() <= 60), "{narrow}");
}
