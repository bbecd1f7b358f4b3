//! Macros of a whole template: what is not written may be set by them.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

#[test]
fn what_a_macro_may_set_neither_passes_nor_fails() {
    let made = with(CHAIN, "Resources:", "Transform: Mine\nResources:");
    for (from, to, wanted) in [
        ("Resources:", "Resources:", (Pass, Open)),
        ("      IsMultiRegionTrail: true\n", "", (Open, Open)),
        ("      AlarmActions:\n        - !Ref Alerts\n", "", (Open, Open)),
        // The default of what is not written alerts once and never again.
        ("      TreatMissingData: notBreaching\n", "", (Pass, Open)),
        // What is written is taken for what will be deployed.
        ("IsLogging: true", "IsLogging: false", (Fail, Fail)),
        ("Threshold: 1", "Threshold: 1\n      ActionsEnabled: false", (Fail, Fail)),
        ("$.eventName=DeleteGroupPolicy", "$.eventName=Other", (Fail, Fail)),
    ] {
        let found = verdicts(&checked(&with(&made, from, to)), "3.4").map(|found| (found.0, found.1));
        assert_eq!(found, Some(wanted), "{from} -> {to}");
    }
    let checked = checked(&with(&made, "      IsMultiRegionTrail: true\n", ""));
    let message = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message();
    assert!(message.contains("Mine"), "{message}");
    assert!(message.ends_with("a macro may set what is not written"), "{message}");
}
