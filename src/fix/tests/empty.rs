//! An account in which nothing was ever set up.

use super::*;

#[test]
fn everything_is_planned() {
    let options = Options { subscribe: endpoints(&["email:security@example.com"]), ..Options::default() };
    let account = surveyed(empty(), &options);
    let plan = checked_plan(&account, &rules(Benchmark::default()), Verdict::Cis, &options);
    insta::assert_snapshot!(summary(&plan), @"
    key/cis-audit-trail [3.1..3.14 (14)]
    bucket/cis-audit-trail-111122223333-ap-northeast-1 [3.1..3.14 (14)]
    log-group//aws/cloudtrail/cis-audit [3.1..3.14 (14)]
    role/cis-audit-cloudtrail-logs-ap-northeast-1 [3.1..3.14 (14)]
    trail/cis-audit [3.1..3.14 (14)] after key, bucket, log-group, role
    topic/cis-audit-alerts [3.1..3.14 (14)]
    subscription/cis-audit-alerts/email-1 [3.1..3.14 (14)] after topic
    metric-filter/cis-audit-unauthorized-api-calls [3.1] after log-group
    metric-filter/cis-audit-console-sign-in-without-mfa [3.2] after log-group
    metric-filter/cis-audit-root-usage [3.3] after log-group
    metric-filter/cis-audit-iam-policy-changes [3.4] after log-group
    metric-filter/cis-audit-cloudtrail-changes [3.5] after log-group
    metric-filter/cis-audit-console-sign-in-failures [3.6] after log-group
    metric-filter/cis-audit-kms-key-deletion [3.7] after log-group
    metric-filter/cis-audit-s3-bucket-policy-changes [3.8] after log-group
    metric-filter/cis-audit-config-changes [3.9] after log-group
    metric-filter/cis-audit-security-group-changes [3.10] after log-group
    metric-filter/cis-audit-network-acl-changes [3.11] after log-group
    metric-filter/cis-audit-network-gateway-changes [3.12] after log-group
    metric-filter/cis-audit-route-table-changes [3.13] after log-group
    metric-filter/cis-audit-vpc-changes [3.14] after log-group
    alarm/cis-audit-unauthorized-api-calls [3.1] after topic, metric-filter
    alarm/cis-audit-console-sign-in-without-mfa [3.2] after topic, metric-filter
    alarm/cis-audit-root-usage [3.3] after topic, metric-filter
    alarm/cis-audit-iam-policy-changes [3.4] after topic, metric-filter
    alarm/cis-audit-cloudtrail-changes [3.5] after topic, metric-filter
    alarm/cis-audit-console-sign-in-failures [3.6] after topic, metric-filter
    alarm/cis-audit-kms-key-deletion [3.7] after topic, metric-filter
    alarm/cis-audit-s3-bucket-policy-changes [3.8] after topic, metric-filter
    alarm/cis-audit-config-changes [3.9] after topic, metric-filter
    alarm/cis-audit-security-group-changes [3.10] after topic, metric-filter
    alarm/cis-audit-network-acl-changes [3.11] after topic, metric-filter
    alarm/cis-audit-network-gateway-changes [3.12] after topic, metric-filter
    alarm/cis-audit-route-table-changes [3.13] after topic, metric-filter
    alarm/cis-audit-vpc-changes [3.14] after topic, metric-filter
    manual: subscription.pending [3.1..3.14 (14)] open the email to se***@example.com and confirm
    manual: subscription.not_lasting [3.1..3.14 (14)] a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN
    ");
}

#[test]
fn every_benchmark_version_passes_after_confirmation() {
    for benchmark in Benchmark::ALL {
        let rules = rules(benchmark);
        for verdict in [Verdict::Cis, Verdict::Effective] {
            let account = surveyed(empty(), &sms_subscriber());
            let plan = checked_plan(&account, &rules, verdict, &sms_subscriber());
            assert_eq!((plan.manual.len(), plan.not_planned.len()), (0, 0), "{benchmark}: {}", summary(&plan));
            for finding in audit(&after(&account, &plan), &rules).findings() {
                let verdicts = &finding.verdicts;
                assert_eq!(verdicts.cis.status, Status::Pass, "{benchmark} {}", finding.rule.id);
                assert_eq!(verdicts.effective.status, Status::Pass, "{benchmark} {}", finding.rule.id);
                if matches!(benchmark, Benchmark::V1_2_0 | Benchmark::V1_4_0)
                    && finding.verdicts.security_hub.status != HubStatus::NotSupported
                {
                    assert_eq!(verdicts.security_hub.status, HubStatus::Passed, "{benchmark} {}", finding.rule.id);
                }
            }
        }
    }
}
