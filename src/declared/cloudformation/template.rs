//! A template as a document: whether a text is one, and what else it looks like.

use super::tree::{self, Broken, Kind, Tree};

/// A template, read and not evaluated.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file, as it was named.
    pub file: String,
    pub(super) root: Tree,
}

/// What a text is that is to be checked.
#[derive(Debug)]
pub enum Content {
    /// A template.
    Template(Template),
    /// Something else, in a few words: `a Kubernetes manifest`.
    Other(&'static str),
}

impl Template {
    /// The names of its parameters.
    pub(in crate::declared) fn parameters(&self) -> impl Iterator<Item = &str> {
        let declared = self.root.get("Parameters").map(Tree::entries).unwrap_or_default();
        declared.iter().map(|(name, _)| name.as_str())
    }

    /// Reads a text.
    ///
    /// # Errors
    /// It is neither YAML nor JSON.
    pub fn read(file: &str, text: &str) -> Result<Content, Broken> {
        let root = tree::read(text.strip_prefix('\u{feff}').unwrap_or(text))?;
        let has = |key: &str| root.get(key).is_some();
        let is_resource = |tree: &Tree| tree.get("Type").is_some();
        let resources = root.get("Resources").map(Tree::entries).unwrap_or_default();
        let declares = resources.iter().any(|(name, tree)| is_resource(tree) || name.starts_with("Fn::"));
        let version = root.get("AWSTemplateFormatVersion").and_then(Tree::text);
        Ok(match () {
            () if version.is_some_and(|version| version.ends_with("-OC"))
                || has("OrganizationFormationTemplateVersion")
                || has("Organization") && has("OrganizationBindings") =>
            {
                Content::Other("an org-formation template, which CloudFormation does not take as it is")
            }
            () if declares || has("AWSTemplateFormatVersion") => {
                Content::Template(Self { file: file.to_owned(), root })
            }
            () if has("terraform_version") => Content::Other("a file of Terraform's own, and no plan or state as JSON"),
            () if has("trails") && has("schema_version") => {
                Content::Other("a saved account, which `cis-audit --snapshot FILE` audits")
            }
            () if has("results") && has("benchmark") => Content::Other("a report of cis-audit"),
            () if has("apiVersion") && has("kind") => Content::Other("a Kubernetes manifest"),
            () if has("services") && !has("Resources") => Content::Other("a Compose file or serverless.yml"),
            () if has("Statement") => Content::Other("an IAM policy"),
            () if matches!(root.kind, Kind::Map(_)) => Content::Other("a document without Resources"),
            () => Content::Other("no mapping of keys to values"),
        })
    }

    /// Whether something may change what is written: a macro, or a transform of AWS.
    pub(super) fn is_transformed(&self) -> bool {
        self.root.get("Transform").is_some()
    }

    /// Whether it has a parameter of this name.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        self.root.get("Parameters").is_some_and(|parameters| parameters.get(name).is_some())
    }
}
