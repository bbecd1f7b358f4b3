//! What is known of what is given for a property, and that something is refused. Nothing is judged here.

use crate::arn::Arn;
use crate::declared::{MARKS, Node, Resource, Value, is_generated};

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
    text.contains(MARKS)
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

/// Whether what a value identifies is certainly no topic: it has the ARN of another service or of a subscription, the
/// address of a queue, or the generated name of something, and a topic is named by its ARN.
pub(in crate::declared::account) fn is_no_topic(text: &str) -> bool {
    // What stands for a name may have a colon.
    let after = |resource: &str| resource.rsplit(MARKS).next().is_some_and(|rest| rest.contains(':'));
    let is_other = |arn: Arn<'_>| arn.service != "sns" || after(arn.resource);
    is_generated(text) || text.starts_with("https://") || Arn::parse(text).is_some_and(is_other)
}

/// Whether what a value identifies is certainly no ARN: a generated name, the address of a queue, or a text that is known.
pub(super) fn is_no_arn(text: &str) -> bool {
    is_generated(text) || text.starts_with("https://") || !is_open(text) && !text.starts_with("arn:")
}
