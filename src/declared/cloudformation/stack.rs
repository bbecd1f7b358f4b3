//! A template with all that its deployment as a stack of its own says: name, account and region, parameters, and what its
//! resources are called by who wrote them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::template::Template;
use super::tree::{Kind, Tree};
use crate::declared::{Home, Node};

/// A template that is deployed as a stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The template.
    pub template: Template,
    /// The stack's name, where the documents say it.
    pub name: Option<String>,
    /// Where it is deployed, where the documents say so.
    pub home: Option<Arc<Home>>,
    /// Values of parameters that the documents give.
    pub parameters: BTreeMap<String, String>,
    /// All values that are given, of which some may be unknown; what else gives values has no say then.
    pub passed: Option<BTreeMap<String, Node>>,
    /// Construct paths of resources, those of nested stacks among them, by their logical ids.
    pub constructs: BTreeMap<String, Vec<String>>,
    /// Files beside the template, by the names under which they are uploaded.
    pub assets: BTreeMap<String, String>,
}

impl Stack {
    /// A template about which nothing more is known.
    #[must_use]
    pub fn new(template: Template) -> Self {
        Self {
            template,
            name: None,
            home: None,
            parameters: BTreeMap::new(),
            passed: None,
            constructs: BTreeMap::new(),
            assets: BTreeMap::new(),
        }
    }
}

/// Where the template of a nested stack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nested {
    /// In a file, named as in the template.
    File(String),
    /// Elsewhere, or where that is not known before deployment.
    Elsewhere(String),
}

/// Where the template of a resource is, if it is a nested stack. What is written decides: nothing is evaluated.
pub(super) fn nested(resource: &Tree, assets: &BTreeMap<String, String>) -> Option<Nested> {
    let properties = resource.get("Properties");
    let property = |name: &str| properties.and_then(|all| all.get(name));
    let location = match resource.get("Type").and_then(Tree::text)? {
        "AWS::CloudFormation::Stack" => property("TemplateURL"),
        "AWS::Serverless::Application" => property("Location"),
        _ => return None,
    };
    let metadata = |name: &str| resource.get("Metadata").and_then(|all| all.get(name)).and_then(Tree::text);
    // What the CDK's own command line leaves for others to find local files by.
    if let Some(path) = metadata("aws:asset:path").filter(|_| metadata("aws:asset:property") == Some("TemplateURL")) {
        return Some(Nested::File(path.to_owned()));
    }
    let Some(location) = location else { return Some(Nested::Elsewhere("it names no template".to_owned())) };
    let last = last_text(location).unwrap_or_default();
    let uploaded = last.rsplit('/').next().and_then(|name| assets.get(name));
    if let Some(file) = uploaded {
        return Some(Nested::File(file.clone()));
    }
    Some(match location.text().filter(|_| location.tag.is_none()) {
        Some(text) if text.contains("://") || text.contains("{{resolve:") => {
            Nested::Elsewhere("its template is in no local file".to_owned())
        }
        Some(text) => Nested::File(text.to_owned()),
        None => Nested::Elsewhere("where its template is is known only at deployment".to_owned()),
    })
}

/// The last text in a value, which ends a URL that is put together.
fn last_text(tree: &Tree) -> Option<&str> {
    match &tree.kind {
        Kind::Scalar(text) => Some(text),
        Kind::Null => None,
        Kind::List(items) => items.iter().rev().find_map(last_text),
        Kind::Map(entries) => entries.iter().rev().find_map(|(_, tree)| last_text(tree)),
    }
}
