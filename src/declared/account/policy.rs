//! Policies that are declared as values, as the JSON text that the services keep.

use serde_json::{Map, Value as Json};

use crate::arn::Arn;
use crate::declared::{Home, Node, Value};

/// What no evaluation of a policy can follow, as IAM's variables are: the statement that holds it stays undecided.
const OPEN: &str = "${known at deployment}";

/// The text of a policy or filter policy.
pub(super) fn text(node: &Node, home: &Home) -> String {
    json(node, home).to_string()
}

fn json(node: &Node, home: &Home) -> Json {
    match &node.value {
        Value::Absent => Json::Null,
        Value::Text(text) if depends_on_home(text, home) => Json::String(format!("{text}{OPEN}")),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(nodes) => Json::Array(nodes.iter().map(|node| json(node, home)).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, node)| (key.clone(), json(node, home))).collect::<Map<_, _>>())
        }
        Value::Unknown(unknown) => Json::String(format!("{}{OPEN}", unknown.expression)),
    }
}

/// Whether a text names an account or region of which it is not known whether it is the one of the deployment.
fn depends_on_home(text: &str, home: &Home) -> bool {
    let mut digits = text.split(|letter: char| !letter.is_ascii_digit());
    let names_account = !home.knows_account() && digits.any(|digits| digits.len() == 12);
    let names_region = || {
        let region = Arn::parse(text).map(|arn| arn.region).unwrap_or_default();
        !home.knows_region() && !region.is_empty() && region != home.region && !region.contains(['*', '?'])
    };
    names_account || names_region()
}
