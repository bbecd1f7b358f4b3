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
    /// How certain that is.
    pub certainty: Certainty,
}

/// How certain it is that something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Whatever is given for the property.
    Whatever,
    /// If what the property holds is all that is given.
    Certain,
    /// It rests on a reference in a document that does not show whether the value is that reference, or made of it:
    /// `split(":", aws_cloudwatch_log_group.trail.arn)[6]`.
    Unshown,
    /// It may be taken all the same: a property that is not known here may be a new one, a limit may have been raised, and two
    /// documents may be deployed in two places.
    New,
}

impl Refused {
    /// Whether nothing can make it go well.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(self.certainty, Certainty::Whatever | Certainty::Certain)
    }

    /// The same as the document of a resource lets it be said.
    #[must_use]
    pub(in crate::declared::account) fn shown_by(self, resource: &Resource) -> Self {
        let is_certain = self.certainty == Certainty::Certain && is_referred(resource, &self.path);
        if is_certain { Self { certainty: Certainty::Unshown, ..self } } else { self }
    }
}

/// Whether what is at a path is made of a reference.
fn is_referred(resource: &Resource, path: &str) -> bool {
    let Some(referred) = &resource.referred else { return false };
    let names: Vec<&str> = path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect();
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return false };
    let is_it = |known: &String| match known.split_once('.') {
        Some((outer, inner)) => outer == *first && inner == *last,
        None => known == first,
    };
    referred.iter().any(is_it)
}

/// What is refused for what a property holds.
pub(super) fn refused(path: &str, why: String) -> Refused {
    Refused { path: path.to_owned(), why, certainty: Certainty::Certain }
}

/// What is refused whatever a property holds.
pub(super) fn refused_whatever(path: &str, why: String) -> Refused {
    Refused { path: path.to_owned(), why, certainty: Certainty::Whatever }
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

/// Whether a value identifies something by other than a name of its own or an ARN: a generated name, or the address of a queue.
pub(in crate::declared::account) fn is_of_another(text: &str) -> bool {
    is_generated(text) || text.starts_with("https://")
}

/// Whether what a value identifies is certainly no topic: it has the ARN of another service or of a subscription, the
/// address of a queue, or the generated name of something, and a topic is named by its ARN.
pub(in crate::declared::account) fn is_no_topic(text: &str) -> bool {
    // What stands for a name may have a colon.
    let after = |resource: &str| resource.rsplit(MARKS).next().is_some_and(|rest| rest.contains(':'));
    let is_other = |arn: Arn<'_>| arn.service != "sns" || after(arn.resource);
    is_of_another(text) || Arn::parse(text).is_some_and(is_other)
}

/// Whether what a value identifies is certainly no ARN: a generated name, the address of a queue, or a text that is known.
pub(super) fn is_no_arn(text: &str) -> bool {
    is_of_another(text) || !is_open(text) && !text.starts_with("arn:")
}
