//! What is known of what is given for a property, and that something is refused. Nothing is judged here.

use crate::declared::{Node, Resource, Value};

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The property, as a path; of one that is missing it leads to nothing.
    pub path: String,
    /// Why, without an end.
    pub why: String,
    /// Whether that is certain: a property that is not known here may be a new one.
    pub is_certain: bool,
}

/// What is refused for certain.
pub(super) fn refused(path: &str, why: String) -> Refused {
    Refused { path: path.to_owned(), why, is_certain: true }
}

/// Whether a part of a text is known only at deployment.
pub(super) fn is_open(text: &str) -> bool {
    text.contains(crate::declared::MARKS)
}

/// A text that is known as a whole.
pub(super) fn text<'r>(node: &'r Node, property: &str) -> Option<&'r str> {
    node.get(property).text().ok().flatten().filter(|text| !is_open(text))
}

/// Whether a property is not set.
pub(super) fn is_absent(resource: &Resource, property: &str) -> bool {
    resource.properties.get(property).value == Value::Absent
}

/// Whether a property is a list with something in it.
pub(super) fn has_entries(resource: &Resource, property: &str) -> bool {
    matches!(&resource.properties.get(property).value, Value::List(items) if !items.is_empty())
}

/// A boolean that is known.
pub(super) fn flag(resource: &Resource, property: &str) -> Option<bool> {
    resource.properties.get(property).boolean().ok().flatten()
}
