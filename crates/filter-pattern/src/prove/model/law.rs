//! What holds between the fields of every event, or of nearly every one.

use super::fact::{Is, Text};

/// In every event at least one of these is true.
#[derive(Debug, Clone)]
pub(crate) struct Law {
    pub(crate) claims: Vec<Claim>,
    /// What the events are in which none of them is true, if there are such after all.
    pub(crate) exception: Option<Text>,
    /// It is a part of what is known of this one field.
    pub(crate) of_field: Option<usize>,
}

/// That a fact is true of a field, or that it is not.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) node: usize,
    pub(crate) is: Is,
    pub(crate) wanted: bool,
}
