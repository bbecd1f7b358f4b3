//! The control that asks whether Security Hub CSPM is enabled: its three verdicts by what was read, written out.

use super::*;
use crate::audit::settled;
use crate::finding::{Chain, HubStatus, Link};
use crate::snapshot::{FurtherRegion, SecurityHub};
use Status::{Fail, Pass, Unknown};

fn hub(region: &str, enabled: bool) -> Option<SecurityHub> {
    Some(SecurityHub { region: region.into(), enabled, hub_arn: None, subscribed_at: None })
}

/// The seed's account by version 5.0.0, with this read of Security Hub CSPM.
fn audited(change: impl FnOnce(&mut Snapshot)) -> Report {
    let mut snapshot = seed().build();
    change(&mut snapshot);
    audit(&snapshot, Catalog::builtin(Benchmark::V5_0_0).expect("the rules are sound").rules())
}

/// `cis` and `effective`, the reason's code and words; what else never differs is checked here.
#[track_caller]
fn decided(change: impl FnOnce(&mut Snapshot)) -> (Status, Status, Option<(Code, String)>) {
    let report = audited(change);
    let finding = finding_for(&report, "4.16");
    let Finding { verdicts, reason, .. } = finding;
    assert_eq!(verdicts.security_hub.status, HubStatus::NotSupported);
    assert_eq!(verdicts.security_hub.reason.as_ref().map(|reason| reason.code()), Some(Code::HubNoSuchControl));
    assert_eq!((&finding.chain, finding.region.as_str(), finding.rule.level), (&Chain::default(), REGION, 2));
    assert!(finding.witness.is_none() && finding.warnings.is_empty());
    assert!(reason.as_ref().is_none_or(|reason| reason.link() == Link::SecurityHub));
    (verdicts.cis.status, verdicts.effective.status, reason.clone().map(|reason| (reason.code(), reason.message())))
}

#[test]
fn enabled_passes() {
    assert_eq!(decided(|a| a.security_hub = hub(REGION, true)), (Pass, Pass, None));
}

#[test]
fn not_enabled_fails() {
    let message = "Security Hub CSPM is not enabled in ap-northeast-1".to_owned();
    assert_eq!(decided(|a| a.security_hub = hub(REGION, false)), (Fail, Fail, Some((Code::HubNotEnabled, message))));
    let report = audited(|a| a.security_hub = hub(REGION, false));
    assert_eq!(
        finding_for(&report, "4.16").remediation(),
        "Enable Security Hub CSPM in every region in use: aws securityhub enable-security-hub --region ap-northeast-1 (enable-security-hub-v2 is for another service)."
    );
}

#[test]
fn an_unread_hub_is_unknown() {
    let message = "whether Security Hub CSPM is enabled in ap-northeast-1 was not read";
    let unknown = |why: &str| (Unknown, Unknown, Some((Code::HubUnread, format!("{message}{why}"))));
    assert_eq!(decided(|_| ()), unknown(""));
    let denied = |a: &mut Snapshot| {
        a.gaps.push(Gap {
            account_id: "111122223333".into(),
            region: REGION.into(),
            source: GapSource::call("securityhub:DescribeHub"),
            resource: None,
            code: "AccessDeniedException".into(),
            message: "not authorized".into(),
        });
    };
    assert_eq!(decided(denied), unknown(" (securityhub:DescribeHub: AccessDeniedException)"));
    assert_eq!(decided(|a| a.security_hub = hub("eu-west-1", true)), unknown(""));
}

/// The earlier versions do not ask, and the other controls do not mind.
#[test]
fn only_this_control_asks() {
    assert_all_pass(&judge(seed()));
    let failing = |report: Report| -> Vec<String> {
        let failing = report.findings().filter(|finding| finding.status != Pass);
        failing.map(|finding| finding.rule.slug.clone()).collect()
    };
    let enabled = failing(audited(|a| a.security_hub = hub(REGION, true)));
    let mut not_enabled = failing(audited(|a| a.security_hub = hub(REGION, false)));
    assert_eq!(not_enabled.pop().as_deref(), Some("security-hub-enabled"));
    assert_eq!(not_enabled, enabled);
}

/// Reading all alarms of a large account would not show whether Security Hub CSPM is enabled.
#[test]
fn more_alarms_are_not_read_for_it() {
    let mut rules = Catalog::builtin(Benchmark::V1_5_0).expect("the rules are sound").rules().to_vec();
    rules.retain(|rule| ["security-hub-enabled", "iam-policy-changes"].contains(&rule.slug.as_str()));
    let report = audit(&seed().build(), &rules);
    assert_eq!(finding_for(&report, "4.16").status, Unknown);
    assert!(settled(&report));
}

#[test]
fn each_further_region_has_its_own_answer() {
    let further = |region: &str, security_hub| FurtherRegion { region: region.into(), security_hub };
    let report = audited(|account| {
        account.security_hub = hub(REGION, true);
        account.further_regions = vec![
            further("eu-west-1", hub("eu-west-1", false)),
            further("eu-west-2", hub("eu-west-2", true)),
            further("eu-west-3", None),
        ];
    });
    let answers: Vec<(String, Status)> = report
        .findings()
        .filter(|finding| finding.rule.slug == "security-hub-enabled")
        .map(|finding| (finding.about().into_owned(), finding.status))
        .collect();
    let title = "AWS Security Hub CSPM enabled";
    let wanted = [
        (title.to_owned(), Pass),
        (format!("{title} in eu-west-1"), Fail),
        (format!("{title} in eu-west-2"), Pass),
        (format!("{title} in eu-west-3"), Unknown),
    ];
    assert_eq!(answers, wanted);
    // All else is asked once.
    assert_eq!(report.findings().count(), 16 + 3);
}
