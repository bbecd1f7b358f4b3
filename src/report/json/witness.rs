//! The example event of a result or a hole.

use filter_pattern::Witness;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

/// An event that would be missed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Witness")]
pub(super) struct WitnessRow {
    /// The CloudTrail event: the fields that matter.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    event: Box<RawValue>,
}

/// The event with its members in CloudTrail's order.
pub(super) fn witness(witness: &Witness) -> Option<WitnessRow> {
    RawValue::from_string(witness.to_json_line()).ok().map(|event| WitnessRow { event })
}
