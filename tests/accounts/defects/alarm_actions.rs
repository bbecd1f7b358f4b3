//! Defects of what an alarm does when it fires: its actions, mute rules, and the composite alarms that act in its place.

use cis_audit::finding::Code;
use cis_audit::finding::HubStatus::{self, Failed, Passed};
use cis_audit::finding::Status::{Fail, Pass, Unknown};

use super::{Affects, Defect, Expected};

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:pager";

pub(super) const TABLE: &[Defect] = &[
    Defect {
        name: "alarm whose actions are disabled",
        apply: |account, control| account.alarm(control, |alarm| alarm.actions.enabled = false),
        affects: Affects::One,
        expected: Expected {
            cis: Fail,
            effective: Fail,
            security_hub: HubStatus::Unknown,
            code: Some(Code::AlarmActionsDisabled),
        },
    },
    Defect {
        name: "alarm without action",
        apply: |account, control| account.alarm(control, |alarm| alarm.actions.alarm.clear()),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmNoAction) },
    },
    Defect {
        name: "alarm that notifies of OK only",
        apply: |account, control| {
            account.alarm(control, |alarm| alarm.actions.ok = std::mem::take(&mut alarm.actions.alarm))
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmNoAction) },
    },
    Defect {
        name: "alarm that invokes a function",
        apply: |account, control| account.with_alarm_action(control, FUNCTION),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmActionNotTopic) },
    },
    // What mutes it.
    Defect {
        name: "alarm that is always muted",
        apply: |account, control| account.with_mute_rule(control, "cron(* * * * *)", "P15D"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysMuted) },
    },
    Defect {
        name: "alarm that is muted for a week every week",
        apply: |account, control| account.with_mute_rule(control, "cron(0 2 * * SUN)", "P7D"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Passed, code: Some(Code::AlarmAlwaysMuted) },
    },
    Defect {
        name: "alarm that is muted at night",
        apply: |account, control| account.with_mute_rule(control, "cron(0 22 * * *)", "PT8H"),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmMuted) },
    },
    Defect {
        name: "alarm that is muted half of every month",
        apply: |account, control| account.with_mute_rule(control, "cron(0 2 1 * *)", "P15D"),
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmMuted) },
    },
    // The account was read on 5 January.
    Defect {
        name: "alarm that will always be muted from February on",
        apply: |account, control| {
            let account = account.with_mute_rule(control, "cron(* * * * *)", "P15D");
            account.mute_rule(|rule| rule.start = "2026-02-01T00:00:00Z".parse().ok())
        },
        affects: Affects::One,
        expected: Expected { cis: Pass, effective: Fail, security_hub: Passed, code: Some(Code::AlarmMuted) },
    },
    Defect {
        name: "mute rules unread",
        apply: |account, _| account.with_unread_mute_rules(),
        affects: Affects::All,
        expected: Expected { cis: Pass, effective: Unknown, security_hub: Passed, code: Some(Code::AlarmMuteUnread) },
    },
    // A composite alarm acts in its place.
    Defect {
        name: "composite alarm on OK",
        apply: |account, control| account.with_composite_alarm(control, "OK(IT)"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmCompositeBlocks) },
    },
    Defect {
        name: "composite alarm that is always in ALARM",
        apply: |account, control| account.with_composite_alarm(control, "TRUE OR ALARM(IT)"),
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmCompositeBlocks) },
    },
    Defect {
        name: "composite alarm that needs another alarm",
        apply: |account, control| account.with_composite_alarm(control, "ALARM(IT) AND ALARM(other)"),
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::AlarmCompositeConditional),
        },
    },
    Defect {
        name: "composite alarm that is on while another alarm is OK",
        apply: |account, control| account.with_composite_alarm(control, "ALARM(IT) OR OK(other)"),
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::AlarmCompositeConditional),
        },
    },
    Defect {
        name: "composite alarm that needs itself",
        apply: |account, control| account.with_composite_alarm(control, "ALARM(IT) OR ALARM(above)"),
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Failed, code: Some(Code::AlarmUndecided) },
    },
    Defect {
        name: "composite alarm whose rule cannot be parsed",
        apply: |account, control| account.with_composite_alarm(control, "IT is on fire"),
        affects: Affects::One,
        expected: Expected { cis: Unknown, effective: Unknown, security_hub: Failed, code: Some(Code::AlarmUndecided) },
    },
    Defect {
        name: "composite alarm whose actions are disabled",
        apply: |account, control| {
            let account = account.with_composite_alarm(control, "ALARM(IT)");
            account.composite_alarm(|composite| composite.actions.enabled = false)
        },
        affects: Affects::One,
        expected: Expected { cis: Fail, effective: Fail, security_hub: Failed, code: Some(Code::AlarmActionsDisabled) },
    },
    Defect {
        name: "composite alarm with a suppressor",
        apply: |account, control| {
            let account = account.with_composite_alarm(control, "ALARM(IT)");
            account.composite_alarm(|composite| composite.suppressor = Some("maintenance".into()))
        },
        affects: Affects::One,
        expected: Expected {
            cis: Pass,
            effective: Fail,
            security_hub: Failed,
            code: Some(Code::AlarmCompositeConditional),
        },
    },
];
