//! What a condition says of a parameter, in the branches that it chooses; and conditions of which not all combinations are tried.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

/// The chain with these parameters and conditions, and with this in place of that, each time.
fn under(head: &str, changes: &[(&str, &str)]) -> Checked {
    let text = with(CHAIN, "Resources:", &format!("{head}\nResources:"));
    checked(&changes.iter().fold(text, |text, (from, to)| with(&text, from, to)))
}

fn found(checked: &Checked) -> Option<(Status, Option<Code>)> {
    verdicts(checked, "3.4").map(|found| (found.0, found.2))
}

#[test]
fn a_parameter_has_the_value_that_its_condition_says() {
    let empty = "Parameters: {Topic: {Type: String}}\nConditions: {IsOwn: !Equals [!Ref Topic, '']}";
    let action = |to: &'static str| ("AlarmActions:\n        - !Ref Alerts", to);
    let of_ours = ("Type: AWS::SNS::Topic\n", "Type: AWS::SNS::Topic\n    Condition: IsOwn\n");
    for (changes, wanted) in [
        // No action in the one branch, and ours in the other.
        (vec![action("AlarmActions: !If [IsOwn, [!Ref Topic], [!Ref Alerts]]")], (Open, Some(Code::AlarmUnread))),
        (vec![action("AlarmActions: !If [IsOwn, [!Ref Alerts], [!Ref Topic]]")], (Pass, Some(Code::TopicNotDeclared))),
        // None in the one branch, and in the other ours, which is not there.
        (
            vec![action("AlarmActions: [!If [IsOwn, !Ref Topic, !Ref Alerts]]"), of_ours],
            (Fail, Some(Code::TopicMissing)),
        ),
        (
            vec![action("AlarmActions: [!If [IsOwn, !Ref Alerts, !Ref Topic]]"), of_ours],
            (Pass, Some(Code::TopicNotDeclared)),
        ),
    ] {
        assert_eq!(found(&under(empty, &changes)), Some(wanted), "{changes:?}");
    }
}

#[test]
fn the_last_of_the_allowed_values_is_the_value() {
    let head = "Parameters: {Active: {Type: String, AllowedValues: [true, false]}}\nConditions: {IsOff: !Equals [!Ref Active, false]}";
    for (enabled, wanted) in [
        ("!If [IsOff, true, !Ref Active]", (Pass, None)),
        ("!If [IsOff, !Ref Active, true]", (Open, Some(Code::AlarmUnread))),
    ] {
        let checked = under(head, &[("Threshold: 1", &format!("Threshold: 1\n      ActionsEnabled: {enabled}"))]);
        assert_eq!(found(&checked), Some(wanted), "{enabled}");
    }
}

#[test]
fn a_parameter_is_never_equal_to_what_it_does_not_take() {
    for constraint in ["MinLength: 1", "AllowedPattern: 'arn:.+'", "AllowedValues: [a, b]"] {
        let head = format!(
            "Parameters: {{Topic: {{Type: String, {constraint}}}}}\nConditions: {{IsNone: !Equals [!Ref Topic, '']}}"
        );
        let checked =
            under(&head, &[("Threshold: 1", "Threshold: 1\n      ActionsEnabled: !If [IsNone, false, true]")]);
        assert_eq!(found(&checked), Some((Pass, None)), "{constraint}");
    }
}

/// So many parameters, a condition of each, and a topic that is created under each of them.
fn many(count: usize, more: &str) -> (String, String) {
    let each = |one: &dyn Fn(usize) -> String, between: &str| (0..count).map(one).collect::<Vec<_>>().join(between);
    let parameters = each(&|at| format!("P{at}: {{Type: String}}"), ", ");
    let conditions = each(&|at| format!("C{at}: !Equals [!Ref P{at}, y]"), ", ");
    let topics = each(&|at| format!("  T{at}: {{Type: AWS::SNS::Topic, Condition: C{at}}}"), "\n");
    (format!("Parameters: {{{parameters}}}\nConditions: {{{conditions}, {more}}}"), format!("Resources:\n{topics}"))
}

#[test]
fn a_combination_that_was_not_tried_leaves_its_control_unknown() {
    let hole = "No: !Not [!And [!Condition C0, !Condition C2, !Not [!Condition C1], !Not [!Condition C3]]]";
    let (head, topics) = many(7, hole);
    let alarm = "PolicyAlarm:\n    Condition: No";
    let (from, property) = ("PolicyAlarm:", "Threshold: 1");
    for (changes, wanted) in [
        (vec![("Resources:", topics.as_str()), (from, alarm)], Open),
        (vec![("Resources:", &topics), (property, "Threshold: 1\n      ActionsEnabled: !If [No, true, false]")], Open),
        // What its chain does not depend on, or in all combinations that matter, is decided.
        (vec![("Resources:", &topics)], Pass),
        (
            vec![
                ("Resources:", &topics),
                (property, "Threshold: 1\n      ActionsEnabled: !If [C0, true, !If [C1, true, true]]"),
            ],
            Pass,
        ),
        (
            vec![
                ("Resources:", &topics),
                (property, "Threshold: 1\n      ActionsEnabled: !If [C0, false, !If [C1, false, false]]"),
            ],
            Fail,
        ),
    ] {
        let checked = under(&head, &changes);
        let found = verdicts(&checked, "3.4").map(|found| (found.0, found.1));
        assert_eq!(found, Some((wanted, wanted)), "{changes:?}");
        let gaps = checked.report.audits.iter().flat_map(|audit| &audit.gaps).count();
        assert_eq!(gaps > 0, wanted == Open, "{changes:?}");
    }
}

#[test]
fn an_alarm_that_no_combination_shows_leaves_controls_unknown() {
    let never = "Rare: !And [!Condition C0, !Condition C2, !Not [!Condition C1], !Not [!Condition C3]]";
    let (head, topics) = many(7, never);
    let twin =
        "  Twin:\n    Type: AWS::CloudWatch::Alarm\n    Condition: Rare\n    Properties: {AlarmName: policy-changes}";
    let checked = under(&head, &[("Resources:", &format!("{topics}\n{twin}"))]);
    assert_eq!(found(&checked).map(|found| found.0), Some(Open));
}
