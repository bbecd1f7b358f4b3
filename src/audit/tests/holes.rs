//! What escapes metric filters and alarms: events that can happen, every hole, each with its cause.

use filter_pattern::Cause;

use super::*;
use crate::accounts::builder::equals;
use crate::rule::RuleFiles;
use crate::rule::catalog::Directory;
use crate::snapshot::{DataResource, EventSelector};

/// The sentence about a control that fails.
fn sentence(report: &Report, rule: &str) -> String {
    let finding = finding_for(report, rule);
    assert_eq!(finding.verdicts.cis.status, Status::Fail, "{finding:?}");
    finding.reason.as_ref().expect("a reason").message()
}

/// An account in which the filter of a control has this pattern.
fn with(control: &str, pattern: &str) -> Report {
    judge(seed().pattern(control, pattern))
}

#[test]
fn a_filter_need_not_match_what_no_record_says() {
    for (rule, pattern) in [
        // MFAUsed is Yes or No in every sign-in.
        ("3.2", r#"{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed = "No" }"#),
        ("3.2", r#"{ $.eventType = AwsConsoleSignIn && $.additionalEventData.MFAUsed != "Yes" }"#),
        ("3.6", r#"{ $.eventName = ConsoleLogin && $.responseElements.ConsoleLogin = Failure }"#),
        (
            "3.3",
            r#"{ $.userIdentity.type = Root && $.userIdentity.arn = * && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }"#,
        ),
        (
            "3.7",
            "{ $.eventSource = kms.amazonaws.com && $.eventType = AwsApiCall && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }",
        ),
        (
            "3.7",
            "{ $.recipientAccountId = 111122223333 && $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }",
        ),
        // The root user has one ARN.
        (
            "3.3",
            r#"{ $.userIdentity.arn = "arn:aws:iam::111122223333:root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }"#,
        ),
        // Data events, which the account's trail does not record.
        (
            "3.1",
            r#"{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && ($.eventSource != "s3.amazonaws.com" || $.eventName != GetObject) }"#,
        ),
    ] {
        let finding = with(rule, pattern);
        let verdicts = &finding_for(&finding, rule).verdicts;
        assert_eq!(
            (verdicts.cis.status, verdicts.effective.status),
            (Status::Pass, Status::Pass),
            "{rule}: {pattern}: {:?}",
            finding_for(&finding, rule).reason
        );
    }
}

#[test]
fn further_events_of_a_trail_count() {
    let objects = r#"{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && ($.eventSource != "s3.amazonaws.com" || $.eventName != GetObject) }"#;
    let recorded = judge_with(|account| {
        filter(account, "3.1").pattern = objects.into();
        let mut selector = management_events("All");
        selector
            .data_resources
            .push(DataResource { kind: "AWS::S3::Object".into(), values: vec!["arn:aws:s3".into()] });
        trail(account).selectors.as_mut().expect("selectors").basic = vec![selector];
    });
    assert!(sentence(&recorded, "3.1").contains("excludes eventName GetObject"), "{}", sentence(&recorded, "3.1"));
    let own = "{ $.recipientAccountId = 111122223333 && $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }";
    let organization = judge_with(|account| {
        filter(account, "3.7").pattern = own.into();
        trail(account).is_organization = true;
    });
    assert!(sentence(&organization, "3.7").contains("recipientAccountId"), "{}", sentence(&organization, "3.7"));
}

#[test]
fn all_that_escapes_is_named_with_its_cause() {
    let iam = "{ $.eventName = DeleteGroupPolicy || $.eventName = DeleteRolePolicy || $.eventName = DeleteUserPolicy || $.eventName = PutGroupPolicy || $.eventName = PutRolePolicy || $.eventName = PutUserPolicy || $.eventName = CreatePolicy || $.eventName = DeletePolicy || $.eventName = CreatePolicyVersion || $.eventName = AttachRolePolicy || $.eventName = DetachRolePolicy || $.eventName = AttachUserPolicy || $.eventName = DetachUserPolicy }";
    assert_eq!(
        sentence(&with("3.4", iam), "3.4"),
        "metric filter seed-IamPolicyChanges misses events that the control requires: 3 of 16 (DeletePolicyVersion, AttachGroupPolicy, DetachGroupPolicy)"
    );
    let macie = r#"{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && $.eventName != GetMacieSession && $.eventName != ListDelegatedAdministrators }"#;
    let report = with("3.1", macie);
    assert!(sentence(&report, "3.1").contains("excludes eventName"), "{}", sentence(&report, "3.1"));
    let holes = finding_for(&report, "3.1").reason.as_ref().and_then(Reason::holes).expect("holes");
    let [hole] = holes.list.as_slice() else { panic!("{holes:?}") };
    let [Cause::LeavesOut { field, values }] = hole.causes() else { panic!("{hole:?}") };
    assert_eq!((field.as_str(), values.len()), ("$.eventName", 2));
    assert!(
        ["macie2.amazonaws.com", "organizations.amazonaws.com"]
            .iter()
            .any(|source| hole.witness().event()["eventSource"] == **source)
    );
    let robot = r#"{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && $.userIdentity.userName != "terraform" }"#;
    let wording = sentence(&with("3.7", robot), "3.7");
    assert!(wording.contains("excludes userIdentity.userName terraform"), "{wording}");
    assert!(
        wording.contains(r#"$.userIdentity.userName != "terraform" does not hold where the field is missing"#),
        "{wording}"
    );
}

#[test]
fn what_escapes_only_in_unusual_events_is_a_warning() {
    let report = with(
        "3.7",
        "{ $.eventCategory = Management && $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }",
    );
    let finding = finding_for(&report, "3.7");
    assert_eq!((finding.verdicts.cis.status, finding.verdicts.effective.status), (Status::Pass, Status::Unknown));
    let messages: Vec<String> = finding.warnings.iter().map(Reason::message).collect();
    assert_eq!(
        messages,
        ["metric filter seed-CustomerCreatedCMKsChanges misses only unusual events: records before 2020"]
    );
    assert_eq!(finding.warnings[0].code(), Code::MetricFilterUnusualHole);
}

#[test]
fn unknown_fields_and_non_iam_regions_are_unusual() {
    for (rule, pattern, what) in [
        (
            "3.7",
            "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && $.invokedBy NOT EXISTS }",
            "records with fields that CloudTrail does not document",
        ),
        (
            "3.4",
            "{ $.eventSource = iam.amazonaws.com && $.awsRegion = us-east-1 && ($.eventName = *Policy* ) }",
            "calls of IAM recorded in another region than its own",
        ),
    ] {
        let report = with(rule, pattern);
        let finding = finding_for(&report, rule);
        assert_eq!(finding.verdicts.cis.status, Status::Pass, "{rule}: {:?}", finding.reason);
        let messages: Vec<String> = finding.warnings.iter().map(Reason::message).collect();
        assert!(messages.iter().any(|message| message.contains(what)), "{rule}: {messages:?}");
    }
}

/// A control of one's own that demands this.
fn own(pattern: &str) -> Result<Catalog, String> {
    let quoted = format!("'{pattern}'");
    let text = include_str!("../../../rules/3.07-kms-key-deletion.toml");
    let line = |line: &str| match line.split_once(" = ") {
        Some((field @ ("requires" | "pattern"), _)) => format!("{field} = {quoted}\n"),
        // These are of no service.
        Some(("event_source", _)) => String::new(),
        _ => format!("{line}\n"),
    };
    let texts = vec![("own.toml".to_owned(), text.lines().map(line).collect())];
    let files = RuleFiles { directory: ".".to_owned(), are_added: false };
    Catalog::from_files(vec![Directory { files, texts }], Benchmark::default()).map_err(|error| error.to_string())
}

#[test]
fn a_control_of_unusual_events_needs_a_filter_for_them() {
    for pattern in ["{ $.eventType = AwsCloudTrailInsight }", "{ $.notAField = x }"] {
        let report = audit(&seed().build(), own(pattern).expect("a rule").rules());
        let finding = report.findings().next().expect("one");
        assert_eq!(finding.verdicts.cis.status, Status::Fail, "{pattern}");
    }
}

#[test]
fn a_control_that_demands_what_never_happens_is_refused() {
    let message = own("{ $.eventType = NoSuchType }").expect_err("no such type");
    assert_eq!(message, "own.toml: line 11, field requires: no event of CloudTrail can match it");
}

/// The alarm of a filter, and another, on one value each of a dimension.
fn on_values(first: &'static str, second: &'static str) -> Report {
    judge_with(|account| {
        filter(account, "3.7").transformations[0].dimensions.insert("Call".into(), "$.eventName".into());
        let mut other = alarm(account, "3.7").clone();
        other.name = "second".into();
        other.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:second".into();
        stat(alarm(account, "3.7")).dimensions.insert("Call".into(), first.into());
        stat(&mut other).dimensions.insert("Call".into(), second.into());
        account.alarms[0].metric_alarms.push(other);
    })
}

#[test]
fn alarms_on_the_values_of_a_dimension_cover_a_control_together() {
    let report = on_values("DisableKey", "ScheduleKeyDeletion");
    let finding = finding_for(&report, "3.7");
    assert_eq!(
        (finding.verdicts.cis.status, finding.verdicts.effective.status),
        (Status::Pass, Status::Pass),
        "{finding:?}"
    );
    assert_eq!(finding.chain.metric_filters().count(), 1);
    assert_eq!(finding.chain.alarms().count(), 2);
    let report = on_values("DisableKey", "CreateKey");
    assert_eq!(finding_for(&report, "3.7").reason.as_ref().map(Reason::code), Some(Code::AlarmMissesEvents));
    assert_eq!(
        sentence(&report, "3.7"),
        "alarms Warning-seed-CloudTrail-CustomerCreatedCMKs-Changes, second together see only some of the events that the control requires"
    );
}

/// Widening one of the two alone changes nothing.
#[test]
fn a_filter_and_an_alarm_that_both_narrow_are_both_named() {
    let narrowed = |pattern: &'static str, second: Option<&'static str>| {
        judge_with(|account| {
            let filter = filter(account, "3.7");
            filter.pattern = pattern.into();
            filter.transformations[0].dimensions.insert("Call".into(), "$.eventName".into());
            let mut other = alarm(account, "3.7").clone();
            stat(alarm(account, "3.7")).dimensions.insert("Call".into(), "DisableKey".into());
            if let Some(second) = second {
                other.name = "second".into();
                other.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:second".into();
                stat(&mut other).dimensions.insert("Call".into(), second.into());
                account.alarms[0].metric_alarms.push(other);
            }
        })
    };
    let filter = "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) && $.userIdentity.type = IAMUser }";
    let wording = sentence(&narrowed(filter, None), "3.7");
    assert!(wording.contains(r#"$.userIdentity.type = "IAMUser" does not hold"#), "{wording}");
    assert!(
        wording.ends_with(
            ". In addition, alarm Warning-seed-CloudTrail-CustomerCreatedCMKs-Changes sees only events whose Call is DisableKey"
        ),
        "{wording}"
    );
    // Two alarms that see all of it between them are not at fault.
    let wording = sentence(&narrowed(filter, Some("ScheduleKeyDeletion")), "3.7");
    assert!(!wording.contains("In addition, alarm"), "{wording}");
}

#[test]
fn a_filter_without_which_the_answer_is_the_same_is_not_named() {
    let beside = |pattern: &'static str| {
        judge_with(|account| {
            filter(account, "3.7").pattern = "{ $.eventSource = kms.amazonaws.com && $.eventName = DisableKey }".into();
            for (name, pattern) in [("odd", pattern), ("errors", "ERROR")] {
                let mut other = filter(account, "3.7").clone();
                (other.name, other.pattern) = (name.into(), pattern.into());
                filters(account).push(other);
            }
        })
    };
    assert_eq!(
        sentence(&beside("[a, b, c = ERROR]"), "3.7"),
        "metric filter seed-CustomerCreatedCMKsChanges misses events that the control requires: 1 of 2 (ScheduleKeyDeletion)"
    );
    let unreadable = beside("{ $.eventName = ScheduleKeyDeletion && }");
    let finding = finding_for(&unreadable, "3.7");
    assert_eq!(finding.verdicts.cis.status, Status::Unknown);
    let wording = finding.reason.as_ref().expect("a reason").message();
    assert!(
        wording.starts_with("whether metric filter odd matches every such event cannot be decided: bad filter pattern"),
        "{wording}"
    );
    assert!(wording.ends_with("{ $.eventName = ScheduleKeyDeletion && ^}"), "{wording}");
    // Where the rest is enough, it does not matter.
    let sound = judge_with(|account| {
        let mut other = filter(account, "3.7").clone();
        (other.name, other.pattern) = ("odd".into(), "{ $.a && }".into());
        filters(account).push(other);
    });
    assert_all_pass(&sound);
}

#[test]
fn every_broken_fact_of_a_trail_is_named() {
    let report = judge_with(|account| {
        trail(account).is_multi_region = false;
        trail(account).status.as_mut().expect("a status").is_logging = false;
        trail(account).selectors.as_mut().expect("selectors").basic = vec![EventSelector {
            read_write_type: Some("ReadOnly".into()),
            ..management_events_without(&["kms.amazonaws.com"])
        }];
    });
    let finding = finding_for(&report, "3.7");
    assert_eq!(finding.reason.as_ref().map(Reason::code), Some(Code::TrailSingleRegion));
    let also: Vec<Code> = finding.warnings.iter().map(Reason::code).collect();
    assert_eq!(also, [Code::TrailNotLogging, Code::TrailNoWriteEvents, Code::TrailSourceExcluded]);
}

const KEYS: &str =
    "$.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion)";

#[test]
fn undecided_ordinary_events_make_the_verdict_unknown() {
    let gated = judge_with(|account| {
        let filter = filter(account, "3.7");
        filter.pattern = format!("{{ {KEYS} && $.readOnly IS FALSE }}");
        filter.apply_on_transformed_logs = true;
    });
    assert_eq!(finding_for(&gated, "3.7").verdicts.cis.status, Status::Unknown);
}

#[test]
fn a_pass_keeps_the_filters_that_it_needs() {
    let report = judge_with(|account| {
        filter(account, "3.7").pattern = format!("{{ {KEYS} && $.userIdentity.type != Root }}");
        for (name, pattern) in [
            ("root", "{ $.userIdentity.type = Root }".to_owned()),
            ("nobody", format!("{{ {KEYS} && $.userIdentity.type NOT EXISTS }}")),
        ] {
            let mut other = filter(account, "3.7").clone();
            (other.name, other.pattern) = (name.into(), pattern);
            filters(account).push(other);
        }
    });
    let finding = finding_for(&report, "3.7");
    assert_eq!(finding.verdicts.cis.status, Status::Pass, "{:?}", finding.reason);
    assert!(finding.chain.metric_filters().any(|filter| filter.name == "root"));
}

#[test]
fn filters_with_different_routine_matches_share_no_path() {
    let report = judge_with(|account| {
        let mut all = filter(account, "3.7").clone();
        (all.name, all.pattern) = ("aaa".into(), "{ $.eventName = * }".into());
        filters(account).insert(0, all);
        filter(account, "3.7").pattern = "{ $.eventName = * }".into();
        let mut some = filter(account, "3.7").clone();
        (some.name, some.pattern) = ("bbb".into(), format!("{{ $.eventName = AssumeRole || {KEYS} }}"));
        filters(account).push(some);
    });
    assert_eq!(finding_for(&report, "3.7").verdicts.cis.status, Status::Fail, "{:?}", finding_for(&report, "3.7"));
}

#[test]
fn a_boolean_as_a_dimension_is_not_taken_for_a_text() {
    let report = judge_with(|account| {
        let transformation = &mut filter(account, "3.7").transformations[0];
        transformation.dimensions.insert("Reads".into(), "$.readOnly".into());
        stat(alarm(account, "3.7")).dimensions.insert("Reads".into(), "false".into());
    });
    assert_eq!(finding_for(&report, "3.7").verdicts.cis.status, Status::Unknown);
}

#[test]
fn network_activity_events_count_where_a_trail_records_them() {
    let account = seed().pattern("3.7", &format!("{{ {KEYS} && $.eventType = AwsApiCall }}"));
    let report = judge(account.with_advanced_selectors(&[
        &[equals("eventCategory", "Management")],
        &[equals("eventCategory", "NetworkActivity")],
    ]));
    assert!(sentence(&report, "3.7").contains("eventType"), "{}", sentence(&report, "3.7"));
}

#[test]
fn a_filter_of_another_control_is_not_named_beside_an_older_one() {
    let version_1_4 = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
    let failures = r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#;
    let report = judge(seed().pattern("3.2", version_1_4).pattern("3.6", failures));
    let sentence = sentence(&report, "3.2");
    let filters: Vec<&str> = finding_for(&report, "3.2").chain.metric_filters().map(|it| it.name.as_str()).collect();
    assert_eq!(filters.len(), 1, "{filters:?}: {sentence}");
    assert!(!sentence.contains("errorMessage"), "{sentence}");
}
