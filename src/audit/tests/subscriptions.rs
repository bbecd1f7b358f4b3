//! Subscriptions that are machines.

use super::*;

#[test]
fn a_queue_passes_and_is_noted_as_a_machine() {
    let report = judge(seed().with_queue("q"));
    assert_eq!(verdicts(&report, "3.4"), Expected::PASS);
    assert_eq!(finding_for(&report, "3.4").warnings[0].code(), Code::SubscriptionMachine);
}
