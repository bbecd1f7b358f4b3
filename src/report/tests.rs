//! What users see, written out: reports made by hand, in the looks that there are.

use insta::assert_snapshot;

use super::*;
use crate::finding::{
    AlarmStep, Chain, Code, FilterStep, Finding, Metric, Reason, Status, SubscriptionStep, TrailStep,
};
use crate::pattern::{Candidate, Coverage, Pattern, Witness, covers};
use crate::rule::catalog::Catalog;
use crate::rule::{RuleId, Severity};
use crate::snapshot::{Gap, SubscriptionState};

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:security-alerts";
const LOOK: Look = Look { width: 80, color: false, unicode: true, verbosity: Verbosity::Normal, show_endpoints: false };

fn shown(report: &Report, format: Format, look: &Look) -> String {
    let mut out = Vec::new();
    render(report, format, look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(report: &Report, look: &Look) -> String {
    shown(report, Format::Table, look)
}

/// A whole chain.
fn chain() -> Chain {
    let metrics = vec![Metric { namespace: "LogMetrics".to_owned(), name: "IamPolicyChanges".to_owned() }];
    Chain {
        trail: Some(TrailStep {
            arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main".to_owned(),
            home_region: "eu-west-1".to_owned(),
        }),
        log_group: Some("arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs".to_owned()),
        metric_filters: vec![FilterStep {
            name: "iam-policy-changes".to_owned(),
            pattern: "{ $.eventName = DeletePolicy }".to_owned(),
            covers: Some(true),
            metrics: metrics.clone(),
        }],
        alarms: vec![AlarmStep {
            arn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes".to_owned(),
            metrics,
            topics: vec![TOPIC.to_owned()],
        }],
        topics: vec![TOPIC.to_owned()],
        subscriptions: vec![SubscriptionStep {
            topic: TOPIC.to_owned(),
            protocol: "email".to_owned(),
            endpoint: "oncall@example.com".to_owned(),
            state: SubscriptionState::Confirmed,
        }],
    }
}

/// Control `3.number` passes.
fn passes(number: u8) -> Finding {
    let catalog = Catalog::builtin().unwrap();
    let rule = catalog.get(RuleId { section: 3, number }).unwrap();
    Finding {
        rule: rule.id,
        slug: rule.slug.clone(),
        title: rule.title.clone(),
        short_title: rule.short_title.clone(),
        level: rule.level,
        severity: Severity::Low,
        security_hub_control: rule.security_hub_control.clone(),
        status: Status::Pass,
        effective: Status::Pass,
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        reason: None,
        effective_reason: None,
        warnings: Vec::new(),
        chain: chain(),
        witness: None,
        remediation: String::new(),
    }
}

/// Control `3.number` does not pass.
fn breaks(number: u8, status: Status, reason: Reason) -> Finding {
    let remediation = reason.code.remedy().to_owned();
    Finding { status, effective: status, reason: Some(reason), remediation, ..passes(number) }
}

/// 3.4 fails for the lack of a person.
fn pending() -> Finding {
    let reason =
        Reason::new(Code::SubscriptionPending, TOPIC, "nobody has confirmed a subscription of security-alerts");
    let mut finding = breaks(4, Status::Fail, reason);
    finding.chain.subscriptions[0].state = SubscriptionState::Pending;
    finding
}

/// 3.7 fails for an event that its filter misses.
fn misses() -> Finding {
    let reason = Reason::new(Code::MetricFilterMissesEvents, "kms", "kms does not match ScheduleKeyDeletion");
    let mut finding = breaks(7, Status::Fail, reason);
    finding.chain.alarms.clear();
    finding.chain.topics.clear();
    finding.chain.subscriptions.clear();
    finding.witness = Some(witness());
    finding
}

fn witness() -> Witness {
    let pattern = |text| Pattern::parse(text).unwrap();
    let found = pattern("{ $.eventName = DisableKey }");
    let wanted = pattern("{ ($.eventSource = kms.amazonaws.com) && ($.eventName = ScheduleKeyDeletion) }");
    match covers(&[Candidate::new(&found)], &wanted) {
        Coverage::Missed(witness) => witness,
        other => panic!("{other:?}"),
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        benchmark: "1.2.0",
        collected_at: "2026-08-22T10:30:00Z".parse().unwrap(),
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        findings,
        gaps: Vec::new(),
    }
}

/// Something of everything.
fn mixed() -> Report {
    let unread = Reason::new(Code::TopicUnread, TOPIC, "topic security-alerts could not be read");
    let mut weak = passes(1);
    weak.effective = Status::Fail;
    weak.warnings = vec![Reason::new(
        Code::AlarmNotEveryEvent,
        "calls",
        "alarm calls waits for more than 10 events in 300 seconds",
    )];
    let mut report = report(vec![weak, pending(), misses(), breaks(9, Status::Unknown, unread), passes(14)]);
    report.gaps.push(Gap {
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: "sns:ListSubscriptionsByTopic".to_owned(),
        resource: Some(TOPIC.to_owned()),
        code: "AuthorizationError".to_owned(),
        message: "not authorized to perform this action".to_owned(),
    });
    report
}

/// The trail is stopped: every control fails alike.
fn stopped() -> Report {
    let findings = (1..=14).map(|number| {
        let reason = Reason::new(
            Code::TrailNotLogging,
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
            "trail main is stopped",
        );
        let mut finding = breaks(number, Status::Fail, reason);
        finding.chain = Chain { trail: finding.chain.trail, ..Chain::default() };
        finding
    });
    report(findings.collect())
}

#[test]
fn a_mixed_report_at_80_columns() {
    assert_snapshot!(table(&mixed(), &LOOK), @r#"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.1   ✓ pass     Unauthorized API calls           alarm.not_every_event
      3.4   ✗ FAIL     IAM policy changes               subscription.pending
      3.7   ✗ FAIL     KMS key disabled or deleted      metric_filter.misses_events
      3.9   ? unknown  AWS Config changes               topic.unread
      3.14  ✓ pass     VPC changes

    ✗ 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      to mend it
        Open the confirmation mail and follow its link; after two days subscribe
        again.

    ✗ 3.7  KMS key disabled or deleted
      kms does not match ScheduleKeyDeletion

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✗ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges

      an event that nobody would be told of
        {"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}

      to mend it
        Widen the pattern so that it matches the witness event, or use the control's
        own pattern. `cis-audit explain 3.7` prints the pattern.

    ? 3.9  AWS Config changes
      topic security-alerts could not be read

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ? topic          security-alerts

      to mend it
        Allow sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on the topic
        (its owner's policy, if it is another account's).

    Warnings
      ! 3.1: alarm calls waits for more than 10 events in 300 seconds (weak)

    Could not be read
      ? sns:ListSubscriptionsByTopic of
        arn:aws:sns:eu-west-1:111122223333:security-alerts in eu-west-1:
        AuthorizationError: not authorized to perform this action

    5 controls: 2 pass, 2 fail (3.4, 3.7), 1 unknown (3.9), 1 with a weakness (3.1)
    "#);
}

#[test]
fn a_mixed_report_in_ascii() {
    assert_snapshot!(table(&mixed(), &Look { unicode: false, ..LOOK }), @r#"
    CIS AWS Foundations 1.2.0 - 111122223333 - eu-west-1 - 2026-08-22 10:30 UTC

      3.1   + pass     Unauthorized API calls           alarm.not_every_event
      3.4   x FAIL     IAM policy changes               subscription.pending
      3.7   x FAIL     KMS key disabled or deleted      metric_filter.misses_events
      3.9   ? unknown  AWS Config changes               topic.unread
      3.14  + pass     VPC changes

    x 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        + metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges
        + alarm          iam-policy-changes
        + topic          security-alerts
        x subscription   email on***@example.com (pending)

      to mend it
        Open the confirmation mail and follow its link; after two days subscribe
        again.

    x 3.7  KMS key disabled or deleted
      kms does not match ScheduleKeyDeletion

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        x metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges

      an event that nobody would be told of
        {"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}

      to mend it
        Widen the pattern so that it matches the witness event, or use the control's
        own pattern. `cis-audit explain 3.7` prints the pattern.

    ? 3.9  AWS Config changes
      topic security-alerts could not be read

        + trail          main (eu-west-1)
        + log group      CloudTrail/logs
        + metric filter  iam-policy-changes -> LogMetrics/IamPolicyChanges
        + alarm          iam-policy-changes
        ? topic          security-alerts

      to mend it
        Allow sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on the topic
        (its owner's policy, if it is another account's).

    Warnings
      ! 3.1: alarm calls waits for more than 10 events in 300 seconds (weak)

    Could not be read
      ? sns:ListSubscriptionsByTopic of
        arn:aws:sns:eu-west-1:111122223333:security-alerts in eu-west-1:
        AuthorizationError: not authorized to perform this action

    5 controls: 2 pass, 2 fail (3.4, 3.7), 1 unknown (3.9), 1 with a weakness (3.1)
    "#);
    assert!(table(&mixed(), &Look { unicode: false, ..LOOK }).is_ascii());
}

#[test]
fn a_wide_terminal_is_used() {
    let lines = table(&report(vec![passes(3), pending()]), &Look { width: 120, ..LOOK });
    assert_snapshot!(lines, @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.3  ✓ pass     Use of the root account
      3.4  ✗ FAIL     IAM policy changes                                                      subscription.pending

    ✗ 3.4  IAM policy changes
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      to mend it
        Open the confirmation mail and follow its link; after two days subscribe again.

    2 controls: 1 pass, 1 fail (3.4)
    ");
}

#[test]
fn quiet_is_the_summary_alone() {
    assert_snapshot!(table(&mixed(), &Look { verbosity: Verbosity::Quiet, ..LOOK }), @"5 controls: 2 pass, 2 fail (3.4, 3.7), 1 unknown (3.9), 1 with a weakness (3.1)");
}

#[test]
fn verbose_shows_the_chains_of_passing_controls_too() {
    assert_snapshot!(table(&report(vec![passes(14)]), &Look { verbosity: Verbosity::Verbose, ..LOOK }), @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.14  ✓ pass     VPC changes

    ✓ 3.14  VPC changes

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✓ subscription   email on***@example.com (confirmed)

    1 control: 1 pass
    ");
}

#[test]
fn one_cause_is_told_once() {
    assert_snapshot!(table(&stopped(), &LOOK), @r"
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

    ✗ 3.1–3.14  14 controls
      trail main is stopped

        ✗ trail          main (eu-west-1)

      to mend it
        Start it: aws cloudtrail start-logging --name TRAIL.

    14 controls: 0 pass, 14 fail (3.1–3.14)
    ");
}

#[test]
fn controls_of_one_cause_do_not_show_the_chain_of_the_first_as_their_own() {
    let mut other = pending();
    other.rule.number = 5;
    other.chain.metric_filters[0].name = "trail-changes".to_owned();
    assert_snapshot!(table(&report(vec![pending(), other]), &LOOK), @r"
    CIS AWS Foundations 1.2.0 · 111122223333 · eu-west-1 · 2026-08-22 10:30 UTC

      3.4  ✗ FAIL     IAM policy changes                subscription.pending
      3.5  ✗ FAIL     IAM policy changes                subscription.pending

    ✗ 3.4, 3.5  2 controls
      nobody has confirmed a subscription of security-alerts

        ✓ trail          main (eu-west-1)
        ✓ log group      CloudTrail/logs
        ✓ metric filter  each control's own
        ✓ alarm          iam-policy-changes
        ✓ topic          security-alerts
        ✗ subscription   email on***@example.com (pending)

      to mend it
        Open the confirmation mail and follow its link; after two days subscribe
        again.

    2 controls: 0 pass, 2 fail (3.4, 3.5)
    ");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = table(&mixed(), &Look { color: true, ..LOOK });
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(uncoloured(&coloured), table(&mixed(), &LOOK));
    assert!(!table(&mixed(), &LOOK).contains('\u{1b}'));
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
    for finding in &mut hostile.findings {
        finding.chain.topics.push(long.clone());
        finding.chain.metric_filters[0].name = long.clone();
        finding.chain.subscriptions.push(SubscriptionStep {
            topic: TOPIC.to_owned(),
            protocol: long.clone(),
            endpoint: long.clone(),
            state: SubscriptionState::Deleted,
        });
        for reason in finding.reason.iter_mut().chain(&mut finding.warnings) {
            reason.message = long.clone();
        }
    }
    hostile.gaps[0].message = long.clone();
    hostile.region = long;
    let routine = || Reason::absent(Code::MetricFilterMatchesRoutine, "it matches AssumeRole");
    let mut scattered = Vec::new();
    for number in 1..=14 {
        let absent = Reason::absent(Code::SubscriptionNone, "nobody is subscribed");
        let unread = Reason::absent(Code::AlarmUnread, "alarms could not be read");
        let mut weak = passes(number);
        weak.effective = Status::Fail;
        weak.warnings = vec![routine(), Reason::absent(Code::AlarmLatches, "it latches")];
        scattered.push(match number % 3 {
            0 => breaks(number, Status::Fail, absent),
            1 => breaks(number, Status::Unknown, unread),
            _ => weak,
        });
    }
    for report in [mixed(), stopped(), hostile, report(scattered)] {
        for width in [48, 60, 80, 100, 140, 200] {
            for unicode in [true, false] {
                for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
                    for line in table(&report, &Look { width, unicode, verbosity, ..LOOK }).lines() {
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
    for finding in &mut report.findings {
        finding.chain.log_group = Some(name.to_owned());
        finding.chain.metric_filters[0].name = name.to_owned();
        finding.slug = name.to_owned();
        finding.short_title = name.to_owned();
        finding.title = name.to_owned();
        for reason in finding.reason.iter_mut().chain(&mut finding.warnings) {
            reason.message = name.to_owned();
        }
    }
    report.gaps[0].message = name.to_owned();
    report.gaps[0].code = name.to_owned();
    report.account_id = name.to_owned();
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        let text = table(&report, &Look { verbosity, ..LOOK });
        let bad = text.chars().find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{200b}'));
        assert_eq!(bad, None, "{text}");
        assert!(!text.contains("\n✓ pass"), "{text}");
    }
}

#[test]
fn an_address_is_masked_unless_asked_for() {
    for format in [Format::Table, Format::Json] {
        let masked = shown(&report(vec![pending()]), format, &LOOK);
        assert!(masked.contains("on***@example.com") && !masked.contains("oncall@"), "{masked}");
        let clear = shown(&report(vec![pending()]), format, &Look { show_endpoints: true, ..LOOK });
        assert!(clear.contains("oncall@example.com"), "{clear}");
    }
}

#[test]
fn the_json_document_in_full() {
    let mut report = report(vec![misses()]);
    report.findings[0].warnings.push(Reason::absent(Code::AlarmLatches, "it latches"));
    report.gaps.push(Gap {
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: "cloudwatch:DescribeAlarms".to_owned(),
        resource: None,
        code: "Timeout".to_owned(),
        message: "no answer in 5 seconds".to_owned(),
    });
    let text = shown(&report, Format::Json, &LOOK).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert!(text.ends_with("}\n"));
    assert_snapshot!(text, @r#"
    {
      "schema_version": 1,
      "tool": {
        "name": "cis-audit",
        "version": "VERSION"
      },
      "benchmark": "1.2.0",
      "verdict": "cis",
      "collected_at": "2026-08-22T10:30:00Z",
      "summary": {
        "pass": 0,
        "fail": 1,
        "unknown": 0,
        "waived": 0
      },
      "results": [
        {
          "account_id": "111122223333",
          "region": "eu-west-1",
          "rule": "3.7",
          "slug": "kms-key-deletion",
          "title": "Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs",
          "level": 2,
          "severity": "low",
          "security_hub_control": "CloudWatch.7",
          "status": "fail",
          "verdicts": {
            "cis": "fail",
            "effective": "fail",
            "security_hub": "unknown"
          },
          "reason": {
            "link": "metric_filter",
            "code": "metric_filter.misses_events",
            "message": "kms does not match ScheduleKeyDeletion",
            "resource": "kms"
          },
          "verdict_reasons": {
            "effective": null,
            "security_hub": null
          },
          "warnings": [
            {
              "grade": "weak",
              "link": "alarm",
              "code": "alarm.latches",
              "message": "it latches",
              "resource": null
            }
          ],
          "chain": {
            "trail": {
              "arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
              "home_region": "eu-west-1"
            },
            "log_group": {
              "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs"
            },
            "metric_filters": [
              {
                "name": "iam-policy-changes",
                "pattern": "{ $.eventName = DeletePolicy }",
                "covers": true,
                "metrics": [
                  {
                    "namespace": "LogMetrics",
                    "name": "IamPolicyChanges"
                  }
                ]
              }
            ],
            "alarms": [],
            "topics": [],
            "subscriptions": []
          },
          "witness": {
            "event": {"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}
          },
          "remediation": "Widen the pattern so that it matches the witness event, or use the control's own pattern."
        }
      ],
      "gaps": [
        {
          "account_id": "111122223333",
          "region": "eu-west-1",
          "operation": "cloudwatch:DescribeAlarms",
          "resource": null,
          "code": "Timeout",
          "message": "no answer in 5 seconds"
        }
      ]
    }
    "#);
}

#[test]
fn the_chain_in_json() {
    let text = shown(&report(vec![pending()]), Format::Json, &LOOK);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&document["results"][0]["chain"]).unwrap(), @r#"
    {
      "alarms": [
        {
          "arn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes",
          "metrics": [
            {
              "name": "IamPolicyChanges",
              "namespace": "LogMetrics"
            }
          ],
          "topics": [
            "arn:aws:sns:eu-west-1:111122223333:security-alerts"
          ]
        }
      ],
      "log_group": {
        "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs"
      },
      "metric_filters": [
        {
          "covers": true,
          "metrics": [
            {
              "name": "IamPolicyChanges",
              "namespace": "LogMetrics"
            }
          ],
          "name": "iam-policy-changes",
          "pattern": "{ $.eventName = DeletePolicy }"
        }
      ],
      "subscriptions": [
        {
          "endpoint": "on***@example.com",
          "protocol": "email",
          "state": "pending",
          "topic": "arn:aws:sns:eu-west-1:111122223333:security-alerts"
        }
      ],
      "topics": [
        {
          "arn": "arn:aws:sns:eu-west-1:111122223333:security-alerts"
        }
      ],
      "trail": {
        "arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
        "home_region": "eu-west-1"
      }
    }
    "#);
}

#[test]
fn the_controls_in_a_table() {
    let mut out = Vec::new();
    rules::list(Catalog::builtin().unwrap().rules(), Format::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    rule  level  Security Hub   name                         what is monitored
    3.1   1      CloudWatch.2   unauthorized-api-calls       Unauthorized API
                                                             calls
    3.2   1      CloudWatch.3   console-sign-in-without-mfa  Console sign-in
                                                             without MFA
    3.3   1      CloudWatch.1   root-usage                   Use of the root
                                                             account
    3.4   1      CloudWatch.4   iam-policy-changes           IAM policy changes
    3.5   1      CloudWatch.5   cloudtrail-changes           CloudTrail changes
    3.6   2      CloudWatch.6   console-sign-in-failures     Console sign-in
                                                             failures
    3.7   2      CloudWatch.7   kms-key-deletion             KMS key disabled or
                                                             deleted
    3.8   1      CloudWatch.8   s3-bucket-policy-changes     S3 bucket policy
                                                             changes
    3.9   2      CloudWatch.9   config-changes               AWS Config changes
    3.10  2      CloudWatch.10  security-group-changes       Security group
                                                             changes
    3.11  2      CloudWatch.11  network-acl-changes          Network ACL changes
    3.12  1      CloudWatch.12  network-gateway-changes      Network gateway
                                                             changes
    3.13  1      CloudWatch.13  route-table-changes          Route table changes
    3.14  1      CloudWatch.14  vpc-changes                  VPC changes
    ");
}

#[test]
fn a_control_in_full() {
    let catalog = Catalog::builtin().unwrap();
    let rule = catalog.get(RuleId { section: 3, number: 7 }).unwrap();
    let mut out = Vec::new();
    rules::explain(rule, Format::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    3.7  kms-key-deletion
    Ensure a log metric filter and alarm exist for disabling or scheduled deletion
    of customer created CMKs

    level 2 · severity low · Security Hub: CloudWatch.7

    Why
    What a disabled key has encrypted cannot be read; what a deleted key has
    encrypted is gone. Deletion waits seven to thirty days: long enough to stop it,
    if somebody knows.

    How to satisfy it
    Create a metric filter for DisableKey and ScheduleKeyDeletion, and an alarm that
    notifies an SNS topic. The trail must not leave out events of kms.amazonaws.com.

    Related requirements
    NIST SP 800-171 r2 3.13.10, NIST SP 800-171 r2 3.13.16, NIST SP 800-171 r2
    3.14.6, NIST SP 800-171 r2 3.14.7

    The events that it demands
    {($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }

    The benchmark's pattern
    {($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }

    References
    https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
    ");
}
