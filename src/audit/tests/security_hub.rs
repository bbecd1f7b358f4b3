//! What Security Hub CSPM shows, where it differs from the benchmark's verdict, and why.

use super::*;
use HubStatus::{Failed, NoData, NotSupported, Passed};
use Status::{Fail, Pass};

#[test]
fn a_trail_of_another_region_is_no_data() {
    let report = judge(seed().with(|account| account.region = OTHER_REGION.into()));
    assert_eq!(verdicts(&report, "3.4"), Expected { security_hub: NoData, ..Expected::PASS });
    assert_eq!(hub_code(&report, "3.4"), Some(Code::HubOtherRegion));
}

#[test]
fn an_organization_trail_of_another_account_is_no_data() {
    let report = judge(seed().trail(|trail| {
        trail.arn = trail.arn.replace(ACCOUNT, OTHER_ACCOUNT).into();
        trail.is_organization = true;
    }));
    assert_eq!(verdicts(&report, "3.4").security_hub, NoData);
    assert_eq!(hub_code(&report, "3.4"), Some(Code::HubOtherAccount));
}

/// What it shows of 3.5 with this pattern, which the benchmark's verdict passes, and why.
fn shown(pattern: &str) -> (HubStatus, Option<Code>) {
    let report = judge(seed().pattern("3.5", pattern));
    let Expected { cis, effective, security_hub, code } = verdicts(&report, "3.5");
    assert_eq!((cis, effective, code), (Pass, Pass, None));
    (security_hub, hub_code(&report, "3.5"))
}

#[test]
fn blanks_do_not_make_another_text() {
    let exact = "{  ($.eventName=CreateTrail)||($.eventName = UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging) }";
    assert_eq!(shown(exact), (Passed, None));
}

#[test]
fn the_effect_of_another_order_is_undocumented() {
    let reordered = "{($.eventName=UpdateTrail) || ($.eventName=CreateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}";
    assert_eq!(shown(reordered), (HubStatus::Unknown, Some(Code::HubUndocumented)));
}

#[test]
fn parentheses_make_another_text() {
    let bracketed = "{(($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging))}";
    assert_eq!(shown(bracketed), (Failed, Some(Code::HubOtherText)));
}

/// Its own text leaves out sign-ins through an identity provider.
#[test]
fn its_own_text_passes_though_it_misses_sign_ins() {
    let narrow = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
    let report = judge(seed().pattern("3.2", narrow));
    let expected =
        Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::MetricFilterMissesEvents) };
    assert_eq!(verdicts(&report, "3.2"), expected);
    assert_eq!(hub_code(&report, "3.2"), Some(Code::HubDoesNotLook));
}

#[test]
fn it_has_the_controls_of_two_versions() {
    for (version, first, third) in [
        (Benchmark::V1_2_0, Passed, Passed),
        (Benchmark::V1_3_0, NotSupported, NotSupported),
        (Benchmark::V1_4_0, NotSupported, Passed),
        (Benchmark::V3_0_0, NotSupported, NotSupported),
        (Benchmark::V5_0_0, NotSupported, NotSupported),
    ] {
        let catalog = Catalog::builtin(version).expect("the rules are sound");
        let report = audit(&seed().build(), catalog.rules());
        let status = |at: usize| report.audits[0].findings[at].verdicts.security_hub.status;
        assert_eq!((status(0), status(2)), (first, third), "{version}");
    }
}
