//! What metric filters miss, as rows of the JSON report and of `pattern cover`.

use filter_pattern::{Cause, Choices, Hole, Holes};
use schemars::JsonSchema;
use serde::Serialize;

use super::witness::{WitnessRow, witness};

/// Events that the control requires and that no metric filter matches, for one reason.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hole")]
pub(crate) struct HoleRow {
    kind: HoleKind,
    /// One of the events. Null where it is not known whether there are any.
    witness: Option<WitnessRow>,
    /// Why they are not matched, in a sentence.
    cause: String,
    /// Why they are not matched; several causes hold together.
    causes: Vec<CauseRow>,
    /// Which of the events that the control lists they are. Null: any of them may be one.
    choices: Option<ChoicesRow>,
    /// A filter pattern of just these events. Null where the language cannot express them.
    pattern: Option<String>,
}

/// What a row represents.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum HoleKind {
    /// One hole.
    Hole,
    /// All holes that are not listed one by one.
    More,
    /// It cannot be decided whether there are further holes.
    Undecided,
}

/// Why events are not matched.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Cause")]
enum CauseRow {
    /// No filter asks for them.
    NotAsked,
    /// The filters leave out these values of a field.
    LeavesOut {
        /// A selector: `$.eventName`.
        field: String,
        values: Vec<String>,
    },
    /// The events lack the field of a test, which is to be unequal to something.
    Missing {
        /// As it is written: `$.userIdentity.userName != "terraform"`.
        test: String,
    },
    /// The events lack the field of a test, which is to be unequal to something, or hold neither text nor number there.
    NoText {
        /// As it is written.
        test: String,
    },
    /// They do not meet a test that the control does not make.
    Fails {
        /// As it is written.
        test: String,
    },
    /// Another reason, which the sentence says.
    Other,
}

/// Some of the events that the control lists.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Choices")]
struct ChoicesRow {
    /// The field whose values the control lists, as a selector.
    field: String,
    values: Vec<String>,
    /// How many values the control lists.
    of: usize,
}

/// What some filters miss, hole by hole.
pub(crate) fn rows(holes: &Holes) -> Vec<HoleRow> {
    let plain = |kind, cause| HoleRow { kind, witness: None, cause, causes: Vec::new(), choices: None, pattern: None };
    let more = holes
        .more
        .iter()
        .map(|more| HoleRow { witness: witness(more), ..plain(HoleKind::More, "further events".to_owned()) });
    let undecided = holes
        .undecided
        .iter()
        .map(|construct| plain(HoleKind::Undecided, format!("whether more is missed cannot be decided: {construct}")));
    holes.list.iter().map(row).chain(more).chain(undecided).collect()
}

fn row(hole: &Hole) -> HoleRow {
    HoleRow {
        kind: HoleKind::Hole,
        witness: witness(hole.witness()),
        cause: hole.cause(),
        causes: hole.causes().iter().map(cause).collect(),
        choices: hole.choices().map(|Choices { field, values, of }| ChoicesRow {
            field: field.clone(),
            values: values.clone(),
            of: *of,
        }),
        pattern: hole.pattern().map(ToString::to_string),
    }
}

fn cause(cause: &Cause) -> CauseRow {
    match cause {
        Cause::NotAsked => CauseRow::NotAsked,
        Cause::LeavesOut { field, values } => CauseRow::LeavesOut { field: field.clone(), values: values.clone() },
        Cause::Missing { test } => CauseRow::Missing { test: test.clone() },
        Cause::NoText { test } => CauseRow::NoText { test: test.clone() },
        Cause::Fails { test } => CauseRow::Fails { test: test.clone() },
        _ => CauseRow::Other,
    }
}
