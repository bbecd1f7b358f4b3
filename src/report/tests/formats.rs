//! What each format for programs looks like, on a report of one failure, one waiver and one pass.

use insta::assert_snapshot;
use jiff::civil::date;

use std::sync::Arc;

use super::*;
use serde_json::Value;

use crate::finding::{Exception, Idle, UnusedWaiver, Waiver};
use crate::rule::Demand;

mod findings;
mod pipelines;

/// 3.4 fails, 3.7 fails and is waived, 3.14 passes; a waiver has expired.
fn waived() -> Report {
    let mut waived = misses();
    let waiver =
        |reason: &str| Waiver { reason: reason.to_owned(), owner: "@platform".to_owned(), expires: date(2026, 9, 30) };
    waived.waiver = Some(waiver("keys | are managed elsewhere"));
    let mut report = report(vec![pending(), waived, passes(14)]);
    let idle = Waiver { expires: date(2026, 1, 31), ..waiver("moving") };
    report.unused_waivers.push(UnusedWaiver { rule: "3.4".to_owned(), waiver: idle, why: Idle::Expired });
    report
}

/// The one that is waived, alone.
fn only_waived() -> Report {
    let mut report = waived();
    report.audits[0].findings.retain(|finding| finding.waiver.is_some());
    report
}

fn text_of(report: &Report, format: Format) -> String {
    shown(report, format, &LOOK).replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn ndjson() {
    assert_snapshot!(text_of(&only_waived(), Format::Ndjson), @r#"{"schema_version":1,"benchmark":"1.2.0","verdict":"cis","collected_at":"2026-08-22T10:30:00Z","account_id":"111122223333","region":"eu-west-1","rule":"3.7","slug":"kms-key-deletion","title":"Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs","level":2,"severity":"low","security_hub_control":"CloudWatch.7","status":"waived","verdicts":{"cis":"fail","effective":"fail","security_hub":"failed"},"reason":{"link":"metric_filter","code":"metric_filter.misses_events","message":"kms does not match ScheduleKeyDeletion","resource":"kms"},"verdict_reasons":{"effective":null,"security_hub":{"link":"metric_filter","code":"metric_filter.misses_events","message":"kms does not match ScheduleKeyDeletion","resource":"kms"}},"waiver":{"reason":"keys | are managed elsewhere","owner":"@platform","expires":"2026-09-30"},"requirements":[{"framework":"NIST SP 800-171 r2","ids":["3.13.10","3.13.16","3.14.6","3.14.7"],"basis":"primary","claimed_by":"AWS Security Hub"},{"framework":"CIS Controls v8","ids":["8.11"],"basis":"primary","claimed_by":"CIS, as transcribed by MITRE"},{"framework":"CIS Controls v8.1","ids":["8.11"],"basis":"primary","claimed_by":"CIS, as transcribed by prowler"}],"warnings":[],"chain":{"trail":{"arn":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","home_region":"eu-west-1"},"log_group":{"arn":"arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs"},"metric_filters":[{"name":"iam-policy-changes","pattern":"{ $.eventName = DeletePolicy }","covers":true,"metrics":[{"namespace":"LogMetrics","name":"IamPolicyChanges"}]}],"alarms":[],"topics":[],"subscriptions":[]},"witness":{"event":{"eventSource":"kms.amazonaws.com","eventName":"ScheduleKeyDeletion"}},"remediation":"Widen the pattern until it matches all required events, or use the control's own pattern."}"#);
}

#[test]
fn csv() {
    assert_snapshot!(text_of(&waived(), Format::Csv), @r#"
    account_id,region,benchmark,collected_at,rule,slug,title,level,severity,security_hub_control,status,cis,effective,security_hub,link,reason,message,resource,warnings,waiver_reason,waiver_owner,waiver_expires,remediation,requirements,rule_files,exceptions,file,line,column,address,asked_region,caller,endpoints,read_by_version,read_by_commit,snapshot_sha256,owner_snapshots,tool_version,tool_commit
    '111122223333,eu-west-1,1.2.0,2026-08-22T10:30:00Z,'3.4,iam-policy-changes,Ensure a log metric filter and alarm exist for IAM policy changes,1,low,CloudWatch.4,fail,fail,fail,failed,subscription,subscription.pending,nobody has confirmed a subscription of security-alerts,arn:aws:sns:eu-west-1:111122223333:security-alerts,,,,,"Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link's Token instead (`cis-audit explain subscription.not_lasting`).",NIST SP 800-171 r2 3.14.6; NIST SP 800-171 r2 3.14.7; CIS Controls v8 8.11; CIS Controls v8.1 8.11,,,,,,,,,,,,,,,
    '111122223333,eu-west-1,1.2.0,2026-08-22T10:30:00Z,'3.7,kms-key-deletion,Ensure a log metric filter and alarm exist for disabling or scheduled deletion of customer created CMKs,2,low,CloudWatch.7,waived,fail,fail,failed,metric_filter,metric_filter.misses_events,kms does not match ScheduleKeyDeletion,kms,,keys | are managed elsewhere,'@platform,2026-09-30,"Widen the pattern until it matches all required events, or use the control's own pattern.",NIST SP 800-171 r2 3.13.10; NIST SP 800-171 r2 3.13.16; NIST SP 800-171 r2 3.14.6; NIST SP 800-171 r2 3.14.7; CIS Controls v8 8.11; CIS Controls v8.1 8.11,,,,,,,,,,,,,,,
    '111122223333,eu-west-1,1.2.0,2026-08-22T10:30:00Z,'3.14,vpc-changes,Ensure a log metric filter and alarm exist for VPC changes,1,low,CloudWatch.14,pass,pass,pass,passed,,,,,,,,,,NIST SP 800-171 r2 3.3.1; NIST SP 800-171 r2 3.13.1; NIST SP 800-171 r2 3.14.6; NIST SP 800-171 r2 3.14.7; CIS Controls v8 8.11; CIS Controls v8.1 8.11,,,,,,,,,,,,,,,
    "#);
}

#[test]
fn markdown() {
    assert_snapshot!(text_of(&waived(), Format::Markdown), @r#"
    ## CIS AWS Foundations 1.2.0: account `111122223333`

    **3 controls: 1 pass, 1 fail, 1 waived** · `eu-west-1` · 2026-08-22T10:30:00Z

    | control | | what is monitored | severity | why |
    |---|---|---|---|---|
    | 3.4 | ✗ **FAIL** | IAM policy changes | low | `subscription.pending` |
    | 3.7 | · waived | KMS key disabled or deleted | low | `metric_filter.misses_events` waived until 2026-09-30 by `@platform`: `keys \| are managed elsewhere` |
    | 3.14 | ✓ pass | VPC changes | low |  |

    Waivers without effect:

    - `3.4` of `@platform`, until 2026-01-31: expired

    ### ✗ 3.4 IAM policy changes

    ```text
    nobody has confirmed a subscription of security-alerts
    ✓ trail          arn:aws:cloudtrail:eu-west-1:111122223333:trail/main
    ✓ log group      arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs
    ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
    ✓ alarm          arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes
    ✓ topic          arn:aws:sns:eu-west-1:111122223333:security-alerts
    ✗ subscription   email on***@example.com (pending)
    ```

    How to fix it: Confirm the subscription\: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link's Token instead (\`cis-audit explain subscription.not\_lasting\`).
    "#);
}

#[test]
fn junit() {
    assert_snapshot!(text_of(&waived(), Format::Junit), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="cis-audit" tests="3" failures="1" errors="0" skipped="1">
      <testsuite name="CIS AWS Foundations Benchmark v1.2.0 111122223333 eu-west-1" timestamp="2026-08-22T10:30:00Z" tests="3" failures="1" errors="0" skipped="1">
        <testcase name="3.4 IAM policy changes" classname="cis-aws-foundations.111122223333.iam-policy-changes">
          <failure message="nobody has confirmed a subscription of security-alerts" type="subscription.pending">nobody has confirmed a subscription of security-alerts
    ✓ trail          arn:aws:cloudtrail:eu-west-1:111122223333:trail/main
    ✓ log group      arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs
    ✓ metric filter  iam-policy-changes → LogMetrics/IamPolicyChanges
    ✓ alarm          arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes
    ✓ topic          arn:aws:sns:eu-west-1:111122223333:security-alerts
    ✗ subscription   email on***@example.com (pending)
    how to fix it: Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link&apos;s Token instead (`cis-audit explain subscription.not_lasting`).</failure>
        </testcase>
        <testcase name="3.7 KMS key disabled or deleted" classname="cis-aws-foundations.111122223333.kms-key-deletion">
          <skipped message="waived until 2026-09-30 by @platform: keys | are managed elsewhere"/>
        </testcase>
        <testcase name="3.14 VPC changes" classname="cis-aws-foundations.111122223333.vpc-changes"/>
      </testsuite>
    </testsuites>
    "#);
}

/// What an error quotes is escaped as what an account says.
#[test]
fn an_audit_that_could_not_be_done_has_a_place() {
    let undone = |format| {
        let mut out = Vec::new();
        render_undone("a <b> & `c`\u{1b}[0m: 100%", None, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_snapshot!(undone(Format::Junit), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="cis-audit" tests="1" failures="0" errors="1" skipped="0">
      <testsuite name="cis-audit" tests="1" failures="0" errors="1" skipped="0">
        <testcase name="the audit could not be done" classname="cis-aws-foundations">
          <error message="a &lt;b&gt; &amp; `c`\u{1b}[0m: 100%" type="undone">a &lt;b&gt; &amp; `c`\u{1b}[0m: 100%</error>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    assert_snapshot!(undone(Format::Github), @r"::error title=the audit could not be done::a <b> & `c`\u{1b}[0m: 100%25");
    assert_snapshot!(undone(Format::Markdown), @r"
    ## cis-audit: the audit could not be done

    ``a <b> & `c`\u{1b}[0m: 100%``
    ");
    let silent = Format::ALL.into_iter().filter(|format| undone(*format).is_empty());
    assert_eq!(silent.count(), Format::ALL.len() - 3);
}

/// What others claim is marked as theirs in every format, and nothing says that a requirement is met.
#[test]
fn a_framework_that_is_asked_for_groups_the_report() {
    let mut report = waived();
    for finding in &mut report.audits[0].findings {
        finding.rule = Arc::new(Rule::clone(&finding.rule).mapped_to("KISA ISMS-P 2023"));
    }
    let table = text_of(&report, Format::Table);
    let start = table.find("  By requirement").expect("the list");
    let end = table[start..].find("\n\n").expect("it ends");
    assert_snapshot!(&table[start..start + end], @r"
    By requirement of KISA ISMS-P 2023 (third-party mapping, claimed by prowler)
    2.9.4   ✓ pass     pass: 3.14
    2.10.1  ✗ FAIL     fail: 3.4; waived: 3.7; pass: 3.14
    2.10.2  ✗ FAIL     fail: 3.4; waived: 3.7; pass: 3.14
    2.11.3  ✗ FAIL     fail: 3.4; waived: 3.7; pass: 3.14
    A requirement asks for more than the controls that are mapped to it: that they
      pass does not mean that it is met.
    ");
    for format in [Format::Markdown, Format::Html, Format::Json] {
        let text = text_of(&report, format);
        assert!(text.contains("KISA ISMS-P 2023") && text.contains("2.10.1"), "{format:?}");
        assert!(text.contains("hird-party mapping") || text.contains("\"basis\": \"third_party\""), "{format:?}");
    }
    for format in [Format::Csv, Format::Ocsf, Format::Asff, Format::Sarif] {
        let text = text_of(&report, format);
        assert!(text.contains("KISA ISMS-P 2023 2.10.1 (third-party mapping: prowler)"), "{format:?}: {text}");
    }
    assert!(!text_of(&waived(), Format::Ocsf).contains("third-party"));
}

/// What the formats say of a report in which nothing passes because nothing could be read.
#[test]
fn what_is_unknown_is_neither_failure_nor_pass() {
    let unread = Reason::from_parts(Code::TopicUnread, TOPIC, "topic security-alerts could not be read");
    let report = report(vec![breaks(9, Status::Unknown, unread)]);
    for (format, words) in [
        (Format::Junit, &["errors=\"1\"", "failures=\"0\"", "<error message="][..]),
        (Format::Sarif, &["\"kind\": \"open\"", "\"level\": \"none\""]),
        (Format::Asff, &["\"Status\": \"NOT_AVAILABLE\""]),
        (Format::Ocsf, &["\"status\": \"Warning\""]),
        (Format::Github, &["::warning title=3.9 "]),
        (Format::Markdown, &["? **unknown**"]),
        (Format::OpenMetrics, &["link=\"topic\",state=\"unknown\"} 1", "status=\"unknown\"} 1"]),
    ] {
        let text = text_of(&report, format);
        for word in words {
            assert!(text.contains(word), "{format:?} lacks {word}: {text}");
        }
    }
}

/// 3.4 failed before and 3.9 could not be decided; 3.7 fails since.
#[test]
fn what_the_baseline_has_is_known() {
    let unread = || breaks(9, Status::Unknown, Reason::from_parts(Code::TopicUnread, TOPIC, "topic was not read"));
    let old = report(vec![pending(), passes(7), unread()]);
    let now = report(vec![pending(), misses(), unread()]);
    let text_of = |format| since(Some(&old), &now, format, &LOOK);
    let junit = text_of(Format::Junit);
    for part in [
        r#"tests="3" failures="1" errors="0" skipped="2""#,
        r#"<skipped message="known: nobody has confirmed a subscription of security-alerts"/>"#,
        r#"<skipped message="known: topic was not read"/>"#,
        r#"<failure message="kms does not match ScheduleKeyDeletion""#,
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    let github = text_of(Format::Github);
    let begins = ["::notice title=known%3A 3.4 ", "::error title=3.7 ", "::notice title=known%3A 3.9 ", "3 controls"];
    assert!(github.lines().zip(begins).all(|(line, begin)| line.starts_with(begin)), "{github}");
    let markdown = text_of(Format::Markdown);
    for part in [
        "\nSince 2026-08-22\\: 1 newly failing (3.7), 1 still failing (3.4), 1 still unknown (3.9)\n",
        "| 3.4 | ✗ known |",
        "| 3.7 | ✗ **FAIL** |",
        "| 3.9 | ? known |",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let sarif: Value = serde_json::from_str(&text_of(Format::Sarif)).unwrap();
    let states = sarif["runs"][0]["results"].as_array().unwrap().iter().map(|result| &result["baselineState"]);
    assert_eq!(states.collect::<Vec<_>>(), ["unchanged", "new", "unchanged"]);
}

/// Security Hub CSPM passes a chain that the benchmark finds broken: no one is informed that it is whole.
#[test]
fn a_broken_chain_is_never_called_whole() {
    let mut finding = pending();
    finding.verdicts.security_hub = Judged::plain(HubStatus::Passed);
    let report = report(vec![finding]).decided_by(Verdict::SecurityHub);
    let asff: Value = serde_json::from_str(&text_of(&report, Format::Asff)).unwrap();
    let description = asff[0]["Description"].as_str().unwrap();
    let wanted = "it passes, though nobody has confirmed a subscription of security-alerts. ";
    assert!(description.starts_with(wanted), "{description}");
    let metrics = text_of(&report, Format::OpenMetrics);
    let has_state = |link: &str, state: &str| {
        let label = format!("link=\"{link}\",state=\"{state}\"}} 1");
        metrics.lines().any(|line| line.ends_with(&label))
    };
    assert!(has_state("topic", "holds") && has_state("subscription", "broken"), "{metrics}");
    let mut hub = passes(14);
    Arc::make_mut(&mut hub.rule).demand = Demand::SecurityHubEnabled;
    hub.chain = Chain::default();
    assert_eq!(identity::message(&hub), "Security Hub CSPM is enabled");
}

/// A resource whose ARN is none has no region, in no format: not "", and not that of something else.
#[test]
fn what_is_no_arn_has_no_region() {
    let mut finding = passes(4);
    finding.chain = changed(&finding.chain, |step| match step {
        Step::Trail(trail) => trail.arn = "main".into(),
        Step::LogGroup(arn) => *arn = "arn:aws:logs::111122223333:log-group:g".into(),
        Step::Alarm(alarm) => alarm.arn = "arn:aws:cloudwatch::111122223333:alarm:a".into(),
        Step::Topic(arn) => *arn = "arn:aws:sns:::t".into(),
        Step::Subscription(subscription) => subscription.topic = "arn:aws:sns:::t".into(),
        Step::MetricFilter(_) => {}
    });
    let report = report(vec![finding]);
    for (format, list) in [(Format::Ocsf, "resources"), (Format::Asff, "Resources")] {
        let text = shown(&report, format, &LOOK);
        let found = text.split(&format!("\"{list}\":")).nth(1).and_then(|rest| rest.split(']').next()).unwrap();
        // That of the account alone.
        assert_eq!(found.to_ascii_lowercase().matches("region\":").count(), 1, "{found}");
    }
    let page = shown(&report, Format::Html, &LOOK);
    assert!(!page.contains("region=") && page.contains("arn:aws:sns:::t"), "a link to nowhere");
}

/// 3.7 misses only events that are accepted to be missed, or others too.
fn excepted(is_waived: bool) -> Report {
    let waiver = Waiver { reason: "moving".to_owned(), owner: "@platform".to_owned(), expires: date(2026, 9, 30) };
    let mut finding = misses();
    finding.waiver = is_waived.then(|| waiver.clone());
    finding.exceptions = vec![Exception {
        events: Pattern::parse(r#"{ $.userAgent = "a[b]" }"#).unwrap(),
        evadable: vec![r#"$.userAgent = "a[b]""#.to_owned()],
        leaves: Some("1 of 2 (DisableKey)".to_owned()),
        waiver,
    }];
    report(vec![finding])
}

const ALL_OF_IT: &str = r#"accepted until 2026-09-30 by @platform: { $.userAgent = "a[b]" } (moving); accepts most of what the control requires: it leaves only 1 of 2 (DisableKey); can be evaded: a caller chooses what meets $.userAgent = "a[b]""#;

#[test]
fn every_format_with_texts_names_the_accepted_events() {
    for is_waived in [true, false] {
        let report = excepted(is_waived);
        let document = |format| -> Value { serde_json::from_str(&text_of(&report, format)).unwrap() };
        let csv = text_of(&report, Format::Csv);
        let row = csv.lines().nth(1).unwrap();
        assert!(row.ends_with(&format!(",\"{}\",,,,,,,,,,,,,", ALL_OF_IT.replace('"', "\"\""))), "{row}");

        let result = &document(Format::Sarif)["runs"][0]["results"][0];
        assert_eq!(result["properties"]["exceptions"], serde_json::json!([ALL_OF_IT]));
        // What is missed beyond them is not suppressed.
        let justified: Vec<&Value> =
            result["suppressions"].as_array().unwrap().iter().map(|each| &each["justification"]).collect();
        let wanted = r#"moving (@platform, until 2026-09-30, only for { $.userAgent = "a[b]" })"#;
        assert_eq!(justified, if is_waived { vec![wanted] } else { vec![] });

        let junit = text_of(&report, Format::Junit);
        let skipped = "<skipped message=\"waived until 2026-09-30 by @platform: moving; only for { $.userAgent = &quot;a[b]&quot; }\"/>";
        assert_eq!(junit.contains(skipped), is_waived, "{junit}");
        assert_eq!(junit.contains("accepted until 2026-09-30 by @platform: { $.userAgent = "), !is_waived, "{junit}");

        let asff = &document(Format::Asff)[0];
        assert_eq!(asff["ProductFields"]["cis-audit/default/exceptions"], ALL_OF_IT);
        let note = r#"waived until 2026-09-30: moving; only for { $.userAgent = "a[b]" }"#;
        assert_eq!(asff["Note"]["Text"], if is_waived { Value::from(note) } else { Value::Null });

        assert_eq!(
            document(Format::Ocsf)[0]["unmapped"]["exceptions"],
            serde_json::json!([{
                "events": r#"{ $.userAgent = "a[b]" }"#,
                "evadable": [r#"$.userAgent = "a[b]""#],
                "leaves": "1 of 2 (DisableKey)",
                "reason": "moving",
                "owner": "@platform",
                "expires": "2026-09-30",
            }])
        );
        assert_eq!(document(Format::Json)["results"][0]["exceptions"][0]["leaves"], "1 of 2 (DisableKey)");

        let metrics = text_of(&report, Format::OpenMetrics);
        let sample = "cis_audit_control_exceptions{account_id=\"111122223333\",region=\"eu-west-1\",benchmark=\"1.2.0\",verdict=\"cis\",rule=\"3.7\",slug=\"kms-key-deletion\",severity=\"low\"} 1\n# EOF\n";
        assert!(metrics.ends_with(sample), "{metrics}");
    }
}
