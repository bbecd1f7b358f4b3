//! Documents that can be checked: what a text is, decided by its content.

use super::cloudformation::{self, Broken, Template};
use super::terraform;

/// A document of one of the languages.
#[derive(Debug, Clone)]
pub enum Document {
    /// A CloudFormation or SAM template.
    Template(Template),
    /// A Terraform or `OpenTofu` plan or state.
    Terraform(terraform::Document),
}

/// What a text is.
#[derive(Debug)]
pub enum Content {
    /// Something that can be checked.
    Document(Document),
    /// Something else, in a few words: `a Kubernetes manifest`.
    Other(&'static str),
}

/// Reads a text. A plan or state is distinguished from other JSON by its first keys and read no further.
///
/// # Errors
/// It is neither YAML nor JSON.
pub fn read(file: &str, text: String) -> Result<Content, Broken> {
    if let Some(kind) = terraform::Kind::detect(&text) {
        return Ok(Content::Document(Document::Terraform(terraform::Document { file: file.to_owned(), kind, text })));
    }
    if let Some(what) = terraform::resembles(&text) {
        return Ok(Content::Other(what));
    }
    Ok(match Template::read(file, &text)? {
        cloudformation::Content::Template(template) => Content::Document(Document::Template(template)),
        cloudformation::Content::Other(what) => Content::Other(what),
    })
}
