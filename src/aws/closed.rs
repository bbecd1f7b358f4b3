use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::ReadWriteType;
use aws_sdk_cloudwatch::types::{
    AlarmMuteRuleStatus, AlarmType, ComparisonOperator, EvaluationState, StateValue, Statistic,
};
use aws_sdk_cloudwatchlogs::types::LogGroupClass;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_kms::types::{KeyManagerType, KeySpec, KeyState};

use crate::closed::{self, List};

/// Every list, with what the SDK crates of `Cargo.lock` know of it.
const KNOWN: [(&List, &[&str]); 12] = [
    (&closed::LOG_GROUP_CLASS, LogGroupClass::values()),
    (&closed::ALARM_TYPE, AlarmType::values()),
    (&closed::COMPARISON_OPERATOR, ComparisonOperator::values()),
    (&closed::STATISTIC, Statistic::values()),
    (&closed::STATE_VALUE, StateValue::values()),
    (&closed::EVALUATION_STATE, EvaluationState::values()),
    (&closed::ALARM_MUTE_RULE_STATUS, AlarmMuteRuleStatus::values()),
    (&closed::KEY_STATE, KeyState::values()),
    (&closed::KEY_SPEC, KeySpec::values()),
    (&closed::KEY_MANAGER_TYPE, KeyManagerType::values()),
    (&closed::READ_WRITE_TYPE, ReadWriteType::values()),
    (&closed::RULE_STATE, RuleState::values()),
];

/// What is different between a list and the SDK's, as a question for a person.
fn questions(list: &List, known: &[&str]) -> Vec<String> {
    let List { name, members, decide, .. } = list;
    let (ours, theirs): (BTreeSet<&str>, BTreeSet<&str>) =
        (members.iter().copied().collect(), known.iter().copied().collect());
    let new = theirs.difference(&ours).map(|member| {
        format!("the SDK knows the {name} {member}, and src/closed.rs does not: decide {decide}, then list it")
    });
    let gone = ours.difference(&theirs).map(|member| {
        format!(
            "src/closed.rs lists the {name} {member}, and the SDK does not know it: decide whether answers still have it, \
             then list it as newer or unlisted, or not at all"
        )
    });
    new.chain(gone).collect()
}

#[test]
fn the_lists_are_those_of_the_sdk() {
    let questions: Vec<String> = KNOWN.iter().flat_map(|(list, known)| questions(list, known)).collect();
    assert!(questions.is_empty(), "{}", questions.join("\n"));
    let compared: BTreeSet<&str> = KNOWN.iter().map(|(list, _)| list.name).collect();
    let all: BTreeSet<&str> = closed::LISTS.iter().map(|list| list.name).collect();
    assert_eq!(compared, all);
}

#[test]
fn a_difference_says_what_to_decide() {
    let found = questions(&closed::KEY_MANAGER_TYPE, &["AWS", "SOMEBODY"]);
    assert_eq!(
        found,
        [
            "the SDK knows the KeyManagerType SOMEBODY, and src/closed.rs does not: decide whether the account can edit the \
             key's policy (src/snapshot.rs, Key::is_aws_managed), then list it",
            "src/closed.rs lists the KeyManagerType CUSTOMER, and the SDK does not know it: decide whether answers still \
             have it, then list it as newer or unlisted, or not at all",
        ]
    );
}
