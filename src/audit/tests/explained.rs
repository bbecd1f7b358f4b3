//! Failures that come of what the benchmark demands: the notes on them.

use super::*;

const NEWER: &str = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;

fn by(benchmark: Benchmark, change: impl FnOnce(&mut Snapshot)) -> Report {
    let mut snapshot = seed().build();
    change(&mut snapshot);
    audit(&snapshot, Catalog::builtin(benchmark).expect("the rules are sound").rules())
}

/// The notes that explain a failure: code, sentence, remedy.
fn notes(finding: &Finding) -> Vec<(Code, String, String)> {
    let notes = finding.warnings.iter().filter(|note| note.code().explains_failure());
    notes.map(|note| (note.code(), note.message(), note.remedy())).collect()
}

#[test]
fn excluded_identity_provider_sign_ins_are_noted() {
    let report = by(Benchmark::V1_2_0, |account| filter(account, "3.2").pattern = NEWER.into());
    let finding = finding_for(&report, "3.2");
    assert_eq!(finding.reason.as_ref().map(Reason::code), Some(Code::MetricFilterMissesEvents));
    let [(code, wording, remedy)] = notes(finding).try_into().expect("one note");
    assert_eq!(code, Code::MetricFilterFederatedSignIns);
    assert_eq!(
        wording,
        "sign-ins through IAM Identity Center or another identity provider are missed. CloudTrail records them \
         without MFA, whatever the provider required. In any version from 1.4.0 to 7.0.0 of the benchmark, the \
         control requires sign-ins of IAM users only and passes"
    );
    assert!(remedy.contains("--benchmark 1.4.0"), "{remedy}");
    let later = by(Benchmark::V1_4_0, |account| filter(account, "3.2").pattern = NEWER.into());
    assert_eq!(finding_for(&later, "4.2").status, Status::Pass);
}

#[test]
fn no_note_when_other_sign_ins_are_excluded() {
    for pattern in [
        // The sign-ins of IAM users are missed too, so no version passes.
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "Root") }"#,
        // Sign-ins of roles are matched, and those of IAM users in part.
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.userName != "ann") }"#,
    ] {
        let report = by(Benchmark::V1_2_0, |account| filter(account, "3.2").pattern = pattern.into());
        assert_eq!(
            (finding_for(&report, "3.2").status, notes(finding_for(&report, "3.2"))),
            (Status::Fail, vec![]),
            "{pattern}"
        );
    }
}

#[test]
fn the_account_of_an_organization_trail_is_named() {
    let alone = by(Benchmark::V1_4_0, |_| {});
    let finding = finding_for(&alone, "4.15");
    assert_eq!(finding.status, Status::Fail);
    let [(code, wording, remedy)] = notes(finding).try_into().expect("one note");
    assert_eq!(code, Code::TrailOrganizationEvents);
    assert_eq!(
        wording,
        "AWS Organizations records the events of this control in the organization's management account: if account \
         111122223333 is a member, an alarm there is enough; version 1.2.0 of the benchmark does not have the control"
    );
    assert_eq!(
        remedy,
        "Audit the management account; in a member account leave the control out (--exclude), or waive it."
    );
}

#[test]
fn member_accounts_are_recognized_by_the_organization_trail() {
    let with_trail_of = |owner: &str| {
        let owner = owner.to_owned();
        by(Benchmark::V1_4_0, move |account| {
            let mut organizations = trail(account).clone();
            organizations.arn = format!("arn:aws:cloudtrail:us-east-1:{owner}:trail/org").as_str().into();
            organizations.is_organization = true;
            organizations.log_group_arn = None;
            account.trails.as_mut().expect("trails").push(organizations);
        })
    };
    let member = with_trail_of("444455556666");
    let [(_, wording, _)] = notes(finding_for(&member, "4.15")).try_into().expect("one note");
    assert_eq!(
        wording,
        "account 111122223333 is a member of the organization of account 444455556666, where AWS Organizations records \
         the events of this control: an alarm there is enough; version 1.2.0 of the benchmark does not have the control"
    );
    let management = with_trail_of("111122223333");
    assert_eq!(
        (finding_for(&management, "4.15").status, notes(finding_for(&management, "4.15"))),
        (Status::Fail, vec![])
    );
}
