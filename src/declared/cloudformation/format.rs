//! What CloudFormation takes of a template whatever it declares: its format version, its tags, and that what a transform brings
//! is there only with that transform (template reference, "Template sections", "Intrinsic functions" and "Transforms"). What
//! anything means is not looked at.

use super::evaluation::Evaluation;
use super::foreach::is_loop;
use super::functions::{called, is_tag};
use super::tree::{Kind, Tree};
use crate::escape::shortened;

/// The only version.
const VERSION: &str = "2010-09-09";
/// What brings loops and functions of lists.
pub(super) const EXTENSIONS: &str = "AWS::LanguageExtensions";
/// What brings SAM's types.
pub(super) const SAM: &str = "AWS::Serverless-2016-10-31";

/// Notes what CloudFormation refuses. `transforms`: their names; `has_macro`: one of them may resolve whatever is written.
pub(super) fn check(evaluation: &Evaluation<'_>, transforms: &[&str], has_macro: bool) {
    let root = &evaluation.template.root;
    if let Some(version) = root.get("AWSTemplateFormatVersion").filter(|version| version.text() != Some(VERSION)) {
        let message = format!("AWSTemplateFormatVersion is {VERSION} and nothing else: write that, or leave it out");
        evaluation.wrong_at(version.file.as_deref(), version.at, &message);
    }
    let has = |name: &str| has_macro || transforms.contains(&name);
    written(evaluation, root, None, has(EXTENSIONS));
    if has(SAM) {
        return;
    }
    for (id, tree) in evaluation.resources() {
        let Some(kind) = tree.get("Type") else { continue };
        if let Some(name) = kind.text().filter(|name| name.starts_with("AWS::Serverless::")) {
            let (id, name) = (shortened(id, 80), shortened(name, 80));
            let message = format!("resource {id} is of type {name}, which there is only with Transform: {SAM}");
            evaluation.wrong_in(tree, kind.at, &message);
        }
    }
}

/// Notes tags that there are not, and functions that need a transform which is not there.
fn written(evaluation: &Evaluation<'_>, tree: &Tree, file: Option<&str>, is_extended: bool) {
    let file = tree.file.as_deref().or(file);
    if let Some(tag) = tree.tag.as_deref().filter(|tag| !is_tag(tag)) {
        let shown = shortened(tag, 60);
        let message = format!(
            "!{shown} is no tag of CloudFormation: if a tool resolves it, check the template that the tool writes"
        );
        evaluation.wrong_at(file, tree.at, &message);
    }
    let function = called(tree).map(|(name, argument)| match name {
        "Fn::Length" | "Fn::ToJsonString" => Some(name),
        "Fn::FindInMap" if argument.items().len() > 3 => Some("Fn::FindInMap with a default"),
        _ => None,
    });
    if let Some(name) = function.flatten().filter(|_| !is_extended) {
        evaluation.wrong_at(file, tree.at, &needs_extensions(name));
    }
    match &tree.kind {
        Kind::List(items) => items.iter().for_each(|item| written(evaluation, item, file, is_extended)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                if is_loop(key) && !is_extended {
                    evaluation.wrong_at(file, value.at, &needs_extensions("Fn::ForEach"));
                }
                written(evaluation, value, file, is_extended);
            }
        }
        Kind::Scalar(_) | Kind::Null => {}
    }
}

fn needs_extensions(what: &str) -> String {
    format!("{what} is there only with Transform: {EXTENSIONS}")
}
