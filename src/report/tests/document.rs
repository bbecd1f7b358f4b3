//! The JSON document, and the controls themselves.

use insta::assert_snapshot;

use super::*;

#[test]
fn the_json_document_in_full() {
    let mut report = report(vec![misses()]);
    report.audits[0].findings[0].warnings.push(Reason::from_sentence(Code::AlarmLatches, "it latches"));
    report.audits[0].gaps.push(Gap {
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        source: GapSource::call("cloudwatch:DescribeAlarms"),
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
      "subject": "account",
      "collected_at": "2026-08-22T10:30:00Z",
      "asked": {
        "controls": []
      },
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
            "security_hub": "failed"
          },
          "reason": {
            "link": "metric_filter",
            "code": "metric_filter.misses_events",
            "message": "kms does not match ScheduleKeyDeletion",
            "resource": "kms"
          },
          "verdict_reasons": {
            "effective": null,
            "security_hub": {
              "link": "metric_filter",
              "code": "metric_filter.misses_events",
              "message": "kms does not match ScheduleKeyDeletion",
              "resource": "kms"
            }
          },
          "waiver": null,
          "requirements": [
            {
              "framework": "NIST SP 800-171 r2",
              "ids": [
                "3.13.10",
                "3.13.16",
                "3.14.6",
                "3.14.7"
              ],
              "basis": "primary",
              "claimed_by": "AWS Security Hub"
            },
            {
              "framework": "CIS Controls v8",
              "ids": [
                "8.11"
              ],
              "basis": "primary",
              "claimed_by": "CIS, as transcribed by MITRE"
            },
            {
              "framework": "CIS Controls v8.1",
              "ids": [
                "8.11"
              ],
              "basis": "primary",
              "claimed_by": "CIS, as transcribed by prowler"
            }
          ],
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
          "remediation": "Widen the pattern until it matches all required events, or use the control's own pattern."
        }
      ],
      "unused_waivers": [],
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
          "latches": false,
          "metrics": [
            {
              "name": "IamPolicyChanges",
              "namespace": "LogMetrics"
            }
          ],
          "quiet_seconds": 300,
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
    rules::list(Catalog::builtin(Benchmark::default()).unwrap().rules(), ListFormat::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    id   level Security Hub  name                        what is monitored
    3.1  1     CloudWatch.2  unauthorized-api-calls      Unauthorized API calls
    3.2  1     CloudWatch.3  console-sign-in-without-mfa Console sign-in without MFA
    3.3  1     CloudWatch.1  root-usage                  Use of the root account
    3.4  1     CloudWatch.4  iam-policy-changes          IAM policy changes
    3.5  1     CloudWatch.5  cloudtrail-changes          CloudTrail changes
    3.6  2     CloudWatch.6  console-sign-in-failures    Console sign-in failures
    3.7  2     CloudWatch.7  kms-key-deletion            KMS key disabled or deleted
    3.8  1     CloudWatch.8  s3-bucket-policy-changes    S3 bucket policy changes
    3.9  2     CloudWatch.9  config-changes              AWS Config changes
    3.10 2     CloudWatch.10 security-group-changes      Security group changes
    3.11 2     CloudWatch.11 network-acl-changes         Network ACL changes
    3.12 1     CloudWatch.12 network-gateway-changes     Network gateway changes
    3.13 1     CloudWatch.13 route-table-changes         Route table changes
    3.14 1     CloudWatch.14 vpc-changes                 VPC changes
    ");
}

#[test]
fn a_control_in_full() {
    let catalog = Catalog::builtin(Benchmark::default()).unwrap();
    let rule = catalog.get(RuleId::Number { section: 3, number: 7 }).unwrap();
    let mut out = Vec::new();
    rules::explain(rule, ListFormat::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    3.7  kms-key-deletion
    Ensure a log metric filter and alarm exist for disabling or scheduled deletion
    of customer created CMKs

    level 2 · severity low · Security Hub CSPM: CloudWatch.7

    Why
    What a disabled key has encrypted cannot be read; what a deleted key has
    encrypted is gone. Deletion waits seven to thirty days: long enough to stop it,
    if somebody knows.

    How to satisfy it
    Create a metric filter for DisableKey and ScheduleKeyDeletion, and an alarm that
    notifies an SNS topic. The trail must not exclude events from kms.amazonaws.com.

    What the benchmark's text does not cover
    PutKeyPolicy can lock everybody out of a key, and the deletion itself is a
    service event, DeleteKey.

    Related requirements
    NIST SP 800-171 r2 3.13.10, NIST SP 800-171 r2 3.13.16, NIST SP 800-171 r2
    3.14.6, NIST SP 800-171 r2 3.14.7, CIS Controls v8 8.11, CIS Controls v8.1 8.11

    Frameworks that others map it to (--framework NAME)
    NIST SP 800-53 r5; ASD Essential Eight ACSC ML3; AWS Well-Architected, security
    pillar; BSI C5 2025; CSA CCM 4.0.13; DORA 2022/2554; ENS RD 311/2022; FINOS CCC
    2025.10; FedRAMP 20x KSI 2026.07.14.01; GDPR 2016/679; ISO/IEC 27001:2022; KISA
    ISMS-P 2023; MITRE ATT&CK Enterprise; NIS2 2022/2555; SecNumCloud 3.2

    The events that it requires
    {($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }

    The benchmark's pattern
    {($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }

    Patterns that Security Hub CSPM accepts
    {($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}

    References
    https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html

    In each version of the benchmark
    1.2.0         3.7   level 2  requires the events above
    1.3.0–5.0.0   4.7   level 2  requires the events above
    6.0.0–7.0.0   5.7   level 2  requires the events above
    ");
}

#[test]
fn a_control_about_a_service_shows_no_patterns() {
    let catalog = Catalog::builtin(Benchmark::V5_0_0).unwrap();
    let rule = catalog.get(RuleId::Number { section: 4, number: 16 }).unwrap();
    let mut out = Vec::new();
    rules::explain(rule, ListFormat::Table, &LOOK, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    4.16  security-hub-enabled
    Ensure AWS Security Hub is enabled

    level 2 · severity low · Security Hub CSPM: no control

    Why
    Alarms notify of single events. Security Hub CSPM gathers what the account's
    other services find (GuardDuty, Inspector, Macie, partners' products) in one
    place and checks the account against standards continuously, so that a weakness
    is seen before somebody uses it. It is what was called AWS Security Hub before
    2025; the new AWS Security Hub does not replace it.

    How to satisfy it
    Enable Security Hub CSPM in every region in use: aws securityhub
    enable-security-hub --region REGION (not enable-security-hub-v2, which is for
    the new AWS Security Hub). Its checks need AWS Config to record resources there,
    and are charged for.

    Frameworks that others map it to (--framework NAME)
    ASD Essential Eight ACSC ML3; AWS Well-Architected, security pillar; CISA Cyber
    Essentials; CMMC 2.0; CSA CCM 4.0.13; DORA 2022/2554; ENS RD 311/2022; EU GMP
    Annex 11; FDA 21 CFR Part 11; FFIEC CAT; FedRAMP 20x FRR Class C 2026.09.13.02;
    FedRAMP 20x KSI 2026.07.14.01; FedRAMP Low r4; FedRAMP Moderate r4; HIPAA
    Security Rule (45 CFR 164); ISO/IEC 27001:2022; KISA ISMS-P 2023; MITRE ATT&CK
    Enterprise; NIST CSF 1.1; NIST SP 800-172; NIST SP 800-53 r4; NYDFS 23 NYCRR
    500; RBI Cyber Security Framework (UCB); RBI IT Framework for NBFC; SOC 2 (TSC
    2017); SecNumCloud 3.2

    References
    https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html
    https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html

    In each version of the benchmark
    1.5.0–5.0.0   4.16  level 2
    6.0.0–7.0.0   5.16  level 2
    ");
    let mut out = Vec::new();
    rules::explain(rule, ListFormat::Json, &LOOK, &mut out).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
    for field in ["requires", "pattern", "metric_name", "event_source", "security_hub_control"] {
        assert!(document[field].is_null(), "{field}");
    }
    assert_eq!(document["check"], "security-hub-enabled");
    assert_eq!(document["accepts"], serde_json::json!([]));
    assert_eq!(
        document["editions"][6],
        serde_json::json!({
            "benchmark": "7.0.0", "rule": "5.16", "title": "Ensure AWS Security Hub is enabled", "level": 2,
            "requires": null, "pattern": null, "accepts": []
        })
    );
}

/// A part of a template whose names are as hostile as a file can make them.
fn known_at_deployment() -> Report {
    let part = DocumentPart {
        file: "a|b`<i>\u{1b}[2J.yaml".to_owned(),
        line: Some(7),
        address: "Alerts".to_owned(),
        property: Some("KmsMasterKeyId".to_owned()),
        why: None,
        instead_of: "sns:GetTopicAttributes".to_owned(),
    };
    let mut report = report(vec![passes(4)]);
    report.audits[0].gaps.push(Gap::of_document("111122223333", "eu-west-1", Some(TOPIC), part));
    report
}

#[test]
fn a_gap_of_a_document_is_its_place_and_no_call() {
    let text = shown(&known_at_deployment(), Format::Json, &LOOK);
    let end = text.find("\n  \"gaps\"").expect("the field");
    assert_snapshot!(&text[end + 1..], @r#"
      "gaps": [
        {
          "account_id": "111122223333",
          "region": "eu-west-1",
          "operation": null,
          "document": {
            "file": "a|b`<i>\u001b[2J.yaml",
            "line": 7,
            "address": "Alerts",
            "property": "KmsMasterKeyId"
          },
          "resource": "arn:aws:sns:eu-west-1:111122223333:security-alerts",
          "code": "KnownAtDeployment",
          "message": "known only at deployment: KmsMasterKeyId of resource Alerts (a|b`<i>\u001b[2J.yaml, line 7)"
        }
      ]
    }
    "#);
}

#[test]
fn where_gaps_are_listed_a_documents_is_a_sentence() {
    let report = known_at_deployment();
    for (format, line) in [
        (
            Format::Table,
            "Could not be read\n  ? known only at deployment: KmsMasterKeyId of resource Alerts\n    (a|b`<i>\\u{1b}[2J.yaml, line 7)\n",
        ),
        (
            Format::Markdown,
            "- ``known only at deployment: KmsMasterKeyId of resource Alerts (a|b`<i>\\u{1b}[2J.yaml, line 7)``\n",
        ),
        (
            Format::Html,
            "<li>known only at deployment: KmsMasterKeyId of resource Alerts (a|b`&lt;i&gt;\\u{1b}[2J.yaml, line 7)</li>",
        ),
    ] {
        let text = shown(&report, format, &LOOK);
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("sns:GetTopicAttributes"), "{text}");
    }
}
