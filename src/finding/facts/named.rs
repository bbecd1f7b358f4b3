//! What has a name and an ARN.

use crate::arn::{ArnOf, Kind};

/// Something by its name and its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<K> {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: ArnOf<K>,
}

impl<K: Kind> Named<K> {
    /// A thing of this name and ARN.
    #[must_use]
    pub fn new(name: &str, arn: &ArnOf<K>) -> Self {
        Self { name: name.to_owned(), arn: arn.clone() }
    }
}
