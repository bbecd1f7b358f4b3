//! What has a name and an ARN.

/// Something by its name and its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

impl Named {
    /// A thing of this name and ARN.
    #[must_use]
    pub fn new(name: &str, arn: &str) -> Self {
        Self { name: name.to_owned(), arn: arn.to_owned() }
    }
}
