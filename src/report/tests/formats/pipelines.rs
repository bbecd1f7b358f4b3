//! Metrics for Prometheus, and annotations and comments of GitHub Actions.

use super::*;

/// `node_exporter` merges the metrics of all files, and drops one of two whose texts of a metric differ: two versions
/// of this program may write side by side. What is here may get more lines, and no line of it may change.
#[test]
fn what_metrics_are_called_never_changes() {
    let heads = |report: &Report| -> Vec<String> {
        let text = text_of(report, Format::OpenMetrics);
        text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect()
    };
    let wanted = [
        "# HELP cis_audit_collected_timestamp_seconds When the account was read.",
        "# TYPE cis_audit_collected_timestamp_seconds gauge",
        "# UNIT cis_audit_collected_timestamp_seconds seconds",
        "# HELP cis_audit_controls Number of controls by status.",
        "# TYPE cis_audit_controls gauge",
        "# HELP cis_audit_gaps Number of items that could not be read.",
        "# TYPE cis_audit_gaps gauge",
        "# HELP cis_audit_control_status 1 for the status of a control, 0 for all others.",
        "# TYPE cis_audit_control_status gauge",
        "# HELP cis_audit_link_state 1 for the state of a link of a control's chain, 0 for the rest.",
        "# TYPE cis_audit_link_state gauge",
        "# EOF",
    ];
    for report in [only_waived(), report(vec![]), report(vec![pending(), passes(7)])] {
        assert_eq!(heads(&report), wanted);
    }
}

#[test]
fn openmetrics() {
    assert_snapshot!(text_of(&only_waived(), Format::OpenMetrics), @r#"
    # HELP cis_audit_collected_timestamp_seconds When the account was read.
    # TYPE cis_audit_collected_timestamp_seconds gauge
    # UNIT cis_audit_collected_timestamp_seconds seconds
    cis_audit_collected_timestamp_seconds{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis"} 1787394600
    # HELP cis_audit_controls Number of controls by status.
    # TYPE cis_audit_controls gauge
    cis_audit_controls{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",status="pass"} 0
    cis_audit_controls{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",status="fail"} 0
    cis_audit_controls{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",status="unknown"} 0
    cis_audit_controls{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",status="waived"} 1
    # HELP cis_audit_gaps Number of items that could not be read.
    # TYPE cis_audit_gaps gauge
    cis_audit_gaps{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis"} 0
    # HELP cis_audit_control_status 1 for the status of a control, 0 for all others.
    # TYPE cis_audit_control_status gauge
    cis_audit_control_status{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",status="pass"} 0
    cis_audit_control_status{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",status="fail"} 0
    cis_audit_control_status{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",status="unknown"} 0
    cis_audit_control_status{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",status="waived"} 1
    # HELP cis_audit_link_state 1 for the state of a link of a control's chain, 0 for the rest.
    # TYPE cis_audit_link_state gauge
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="trail",state="holds"} 1
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="trail",state="broken"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="trail",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="trail",state="not_reached"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="log_group",state="holds"} 1
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="log_group",state="broken"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="log_group",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="log_group",state="not_reached"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="metric_filter",state="holds"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="metric_filter",state="broken"} 1
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="metric_filter",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="metric_filter",state="not_reached"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="alarm",state="holds"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="alarm",state="broken"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="alarm",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="alarm",state="not_reached"} 1
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="topic",state="holds"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="topic",state="broken"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="topic",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="topic",state="not_reached"} 1
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="subscription",state="holds"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="subscription",state="broken"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="subscription",state="unknown"} 0
    cis_audit_link_state{account_id="111122223333",region="eu-west-1",benchmark="1.2.0",verdict="cis",rule="3.7",slug="kms-key-deletion",severity="low",link="subscription",state="not_reached"} 1
    # EOF
    "#);
}

#[test]
fn github() {
    assert_snapshot!(text_of(&waived(), Format::Github), @r#"
    ::error title=3.4 IAM policy changes::nobody has confirmed a subscription of security-alerts%0A✓ trail          arn:aws:cloudtrail:eu-west-1:111122223333:trail/main%0A✓ log group      arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs%0A✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges%0A✓ alarm          arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes%0A✓ topic          arn:aws:sns:eu-west-1:111122223333:security-alerts%0A✗ subscription   email on***@example.com (pending)%0AHow to fix it: Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link's Token instead (`cis-audit explain subscription.not_lasting`).
    ::notice title=3.7 KMS key disabled or deleted::waived until 2026-09-30 by @platform: keys | are managed elsewhere%0Akms does not match ScheduleKeyDeletion%0A✓ trail          arn:aws:cloudtrail:eu-west-1:111122223333:trail/main%0A✓ log group      arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs%0A✗ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges%0Aexample event that no CloudWatch alarm reports:%0A{"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}%0AHow to fix it: Widen the pattern until it matches all required events, or use the control's own pattern. `cis-audit explain 3.7` prints the pattern.
    3 controls: 1 pass, 1 fail, 1 waived
    "#);
}

/// What is longest in an account: the comment still fits, and says what it leaves out.
#[test]
fn a_comment_is_never_longer_than_github_takes() {
    let findings = (0..60).map(|number| {
        let mut finding =
            breaks(1 + number % 14, Status::Fail, Reason::from_sentence(Code::AlarmNone, &"`|".repeat(10_000)));
        finding.chain = filters_called(&"`".repeat(10_000), &finding.chain);
        Arc::make_mut(&mut finding.rule).short_title = "<b>".repeat(10_000);
        finding
    });
    let text = text_of(&report(findings.collect()), Format::Markdown);
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(!text.contains("<b>"));
    assert!(text.lines().last().is_some_and(|line| line.starts_with("Too long to be shown here: 3.")), "{text}");
}

/// A code and an account of someone's file, each at the beginning of a line.
#[test]
fn changes_are_no_commands_to_a_runner() {
    let mut old = State::from_report(&report(vec![pending()]));
    let mut now = State::from_report(&report(vec![pending(), misses()]));
    for control in old.controls.iter_mut().chain(&mut now.controls) {
        control.slug = "x".repeat(40);
        control.region.clone_from(&control.rule);
        control.reason.as_mut().unwrap().code = "::error::code".to_owned();
    }
    now.controls[1].account_id = "::warning::account".to_owned();
    let mut out = Vec::new();
    let options = RenderOptions { verbosity: Verbosity::Verbose, ..LOOK };
    drift::render(&compare(&old, &now).unwrap(), ListFormat::Table, &options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("error::code") && text.contains("warning::account"), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
}
