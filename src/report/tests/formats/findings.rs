//! Formats for services that take findings: SARIF, OCSF and ASFF.

use super::*;

#[test]
fn sarif() {
    let text = text_of(&only_waived(), Format::Sarif);
    assert_snapshot!(text, @r#"
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "cis-audit",
              "version": "VERSION",
              "semanticVersion": "VERSION",
              "informationUri": "https://cis-audit.example/",
              "rules": [
                {
                  "id": "kms-key-deletion",
                  "shortDescription": {
                    "text": "3.7 KMS key disabled or deleted"
                  },
                  "fullDescription": {
                    "text": "Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs"
                  },
                  "help": {
                    "text": "What a disabled key has encrypted cannot be read; what a deleted key has encrypted is gone. Deletion waits seven to thirty days: long enough to stop it, if somebody knows.\n\nCreate a metric filter for DisableKey and ScheduleKeyDeletion, and an alarm that notifies an SNS topic. The trail must not exclude events from kms.amazonaws.com.",
                    "markdown": "What a disabled key has encrypted cannot be read; what a deleted key has encrypted is gone. Deletion waits seven to thirty days: long enough to stop it, if somebody knows.\n\n**How to satisfy it.** Create a metric filter for DisableKey and ScheduleKeyDeletion, and an alarm that notifies an SNS topic. The trail must not exclude events from kms.amazonaws.com.\n\n- <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7>\n- <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html>\n"
                  },
                  "helpUri": "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7",
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "properties": {
                    "tags": [
                      "security",
                      "cis-aws-foundations-1.2.0",
                      "level-2",
                      "CloudWatch.7",
                      "NIST SP 800-171 r2 3.13.10",
                      "NIST SP 800-171 r2 3.13.16",
                      "NIST SP 800-171 r2 3.14.6",
                      "NIST SP 800-171 r2 3.14.7",
                      "CIS Controls v8 8.11",
                      "CIS Controls v8.1 8.11"
                    ],
                    "precision": "very-high",
                    "security-severity": "2.0"
                  }
                }
              ]
            }
          },
          "automationDetails": {
            "id": "cis-audit/111122223333/eu-west-1/"
          },
          "invocations": [
            {
              "executionSuccessful": true,
              "endTimeUtc": "2026-08-22T10:30:00Z"
            }
          ],
          "results": [
            {
              "ruleId": "kms-key-deletion",
              "ruleIndex": 0,
              "kind": "fail",
              "level": "note",
              "message": {
                "text": "kms does not match ScheduleKeyDeletion. Widen the pattern until it matches all required events, or use the control's own pattern. `cis-audit explain 3.7` prints the pattern."
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "aws/111122223333/eu-west-1/kms-key-deletion",
                      "description": {
                        "text": "A placeholder: an AWS account has no files."
                      }
                    },
                    "region": {
                      "startLine": 1
                    }
                  },
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "AWS::::Account:111122223333",
                      "kind": "account"
                    },
                    {
                      "fullyQualifiedName": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
                      "kind": "trail"
                    },
                    {
                      "fullyQualifiedName": "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs",
                      "kind": "log group"
                    }
                  ]
                }
              ],
              "partialFingerprints": {
                "primaryLocationLineHash": "111122223333/eu-west-1/kms-key-deletion",
                "control/v1": "111122223333/eu-west-1/kms-key-deletion"
              },
              "suppressions": [
                {
                  "kind": "external",
                  "status": "accepted",
                  "justification": "keys | are managed elsewhere (@platform, until 2026-09-30)"
                }
              ],
              "properties": {
                "rule": "3.7",
                "reason": "metric_filter.misses_events",
                "status": "waived",
                "cis": "fail",
                "effective": "fail",
                "securityHub": "failed"
              }
            }
          ]
        }
      ]
    }
    "#);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    assert_eq!(log.runs.len(), 1);
}

#[test]
fn ocsf() {
    assert_snapshot!(text_of(&only_waived(), Format::Ocsf), @r#"
    [
      {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": 1787394600000,
        "severity_id": 2,
        "severity": "Low",
        "status_id": 3,
        "status": "Suppressed",
        "status_code": "metric_filter.misses_events",
        "status_detail": "kms does not match ScheduleKeyDeletion",
        "message": "3.7 KMS key disabled or deleted: kms does not match ScheduleKeyDeletion",
        "metadata": {
          "version": "1.5.0",
          "profiles": [
            "cloud"
          ],
          "product": {
            "name": "cis-audit",
            "vendor_name": "cis-audit",
            "version": "VERSION"
          }
        },
        "cloud": {
          "provider": "AWS",
          "region": "eu-west-1",
          "account": {
            "uid": "111122223333",
            "type": "AWS Account",
            "type_id": 10
          }
        },
        "finding_info": {
          "uid": "111122223333/eu-west-1/kms-key-deletion",
          "title": "3.7 Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs",
          "desc": "What a disabled key has encrypted cannot be read; what a deleted key has encrypted is gone. Deletion waits seven to thirty days: long enough to stop it, if somebody knows.",
          "types": [
            "Software and Configuration Checks"
          ],
          "last_seen_time": 1787394600000,
          "src_url": "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7"
        },
        "compliance": {
          "standards": [
            "CIS AWS Foundations Benchmark v1.2.0"
          ],
          "control": "3.7",
          "requirements": [
            "NIST SP 800-171 r2 3.13.10",
            "NIST SP 800-171 r2 3.13.16",
            "NIST SP 800-171 r2 3.14.6",
            "NIST SP 800-171 r2 3.14.7",
            "CIS Controls v8 8.11",
            "CIS Controls v8.1 8.11"
          ],
          "status_id": 3,
          "status": "Fail"
        },
        "remediation": {
          "desc": "Widen the pattern until it matches all required events, or use the control's own pattern. `cis-audit explain 3.7` prints the pattern.",
          "references": [
            "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html"
          ]
        },
        "resources": [
          {
            "uid": "AWS::::Account:111122223333",
            "type": "AwsAccount",
            "cloud_partition": "aws",
            "region": "eu-west-1"
          },
          {
            "uid": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
            "type": "AwsCloudTrailTrail",
            "cloud_partition": "aws",
            "region": "eu-west-1"
          },
          {
            "uid": "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs",
            "type": "AwsLogsLogGroup",
            "cloud_partition": "aws",
            "region": "eu-west-1"
          }
        ],
        "unmapped": {
          "slug": "kms-key-deletion",
          "outcome": "waived",
          "decided_by": "cis",
          "cis": "fail",
          "effective": "fail",
          "security_hub": "failed",
          "waiver": {
            "reason": "keys | are managed elsewhere",
            "owner": "@platform",
            "expires": "2026-09-30"
          }
        }
      }
    ]
    "#);
}

#[test]
fn asff() {
    assert_snapshot!(text_of(&only_waived(), Format::Asff), @r#"
    [
      {
        "SchemaVersion": "2018-10-08",
        "Id": "111122223333/eu-west-1/kms-key-deletion",
        "ProductArn": "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default",
        "GeneratorId": "cis-audit/kms-key-deletion",
        "AwsAccountId": "111122223333",
        "Types": [
          "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
        ],
        "CreatedAt": "2026-08-22T10:30:00Z",
        "UpdatedAt": "2026-08-22T10:30:00Z",
        "Severity": {
          "Label": "LOW",
          "Original": "low"
        },
        "Title": "3.7 Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs",
        "Description": "kms does not match ScheduleKeyDeletion. What a disabled key has encrypted cannot be read; what a deleted key has encrypted is gone. Deletion waits seven to thirty days: long enough to stop it, if somebody knows.",
        "Remediation": {
          "Recommendation": {
            "Text": "Widen the pattern until it matches all required events, or use the control's own pattern. `cis-audit explain 3.7` prints the pattern.",
            "Url": "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7"
          }
        },
        "ProductFields": {
          "cis-audit/default/benchmark": "1.2.0",
          "cis-audit/default/cis": "fail",
          "cis-audit/default/effective": "fail",
          "cis-audit/default/reason": "metric_filter.misses_events",
          "cis-audit/default/resource": "kms",
          "cis-audit/default/rule": "3.7",
          "cis-audit/default/security_hub": "failed",
          "cis-audit/default/verdict": "cis",
          "cis-audit/default/version": "VERSION",
          "cis-audit/default/waiver_expires": "2026-09-30",
          "cis-audit/default/waiver_owner": "@platform",
          "cis-audit/default/waiver_reason": "keys | are managed elsewhere"
        },
        "Resources": [
          {
            "Type": "AwsAccount",
            "Id": "AWS::::Account:111122223333",
            "Partition": "aws",
            "Region": "eu-west-1"
          },
          {
            "Type": "AwsCloudTrailTrail",
            "Id": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main",
            "Partition": "aws",
            "Region": "eu-west-1"
          },
          {
            "Type": "Other",
            "Id": "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs",
            "Partition": "aws",
            "Region": "eu-west-1"
          }
        ],
        "Compliance": {
          "Status": "FAILED",
          "RelatedRequirements": [
            "CIS AWS Foundations Benchmark v1.2.0 3.7",
            "NIST SP 800-171 r2 3.13.10",
            "NIST SP 800-171 r2 3.13.16",
            "NIST SP 800-171 r2 3.14.6",
            "NIST SP 800-171 r2 3.14.7",
            "CIS Controls v8 8.11",
            "CIS Controls v8.1 8.11"
          ]
        },
        "Workflow": {
          "Status": "NEW"
        },
        "RecordState": "ACTIVE",
        "Note": {
          "Text": "waived until 2026-09-30: keys | are managed elsewhere",
          "UpdatedBy": "cis-audit: @platform",
          "UpdatedAt": "2026-08-22T10:30:00Z"
        },
        "FindingProviderFields": {
          "Severity": {
            "Label": "LOW",
            "Original": "low"
          },
          "Types": [
            "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
          ]
        }
      }
    ]
    "#);
}
