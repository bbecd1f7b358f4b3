//! CloudFormation and SAM templates, as YAML or JSON, with short forms: what they declare.
//!
//! Parameters that have neither a value nor a default are open. What follows from them is unknown, except in conditions: a
//! condition on an open parameter holds or does not, and each combination is a [`World`] of its own, to be judged by itself.
//! Only types of the chain are evaluated. Nested stacks, macros and included files are named and not followed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::evaluation::{Atom, Evaluation};
use self::tree::Tree;
use super::{At, Declared, Elsewhere, Home, Resource, World};

mod evaluation;
mod functions;
mod identity;
mod parameters;
mod template;
mod tree;

pub(in crate::declared) use identity::{generated, name_property};
pub use parameters::{Unreadable, parse as parse_parameters};
pub use template::{Content, Template};
pub use tree::{Broken, MOST_BYTES};

/// Combinations of conditions that are judged.
const MOST_WORLDS: usize = 64;

/// Types that are evaluated.
const TYPES: [&str; 12] = [
    "AWS::CloudTrail::Trail",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::SNS::Topic",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::KMS::Key",
    "AWS::KMS::Alias",
    "AWS::SecurityHub::Hub",
];

/// Transforms that leave these types as they are.
const HARMLESS: [&str; 4] =
    ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::SecretsManager", "AWS::CodeDeployBlueGreen"];

/// Why templates could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unevaluated {
    /// Something in one of them is wrong.
    #[error("{file}: {broken}")]
    Broken {
        /// The file.
        file: String,
        /// What, and where.
        broken: Broken,
    },
    /// Conditions depend on too much that is not known.
    #[error(
        "conditions depend on more values than can be tried ({MOST_WORLDS} combinations): give some with --parameter: {0}"
    )]
    TooMany(String),
}

/// What templates declare together, in each combination of the conditions that are open.
///
/// # Errors
/// One of them cannot be evaluated.
pub fn worlds(
    templates: &[Template],
    given: &BTreeMap<String, String>,
    home: &Home,
) -> Result<Vec<World>, Unevaluated> {
    let mut open: Vec<BTreeMap<String, bool>> = vec![BTreeMap::new()];
    let mut worlds = Vec::new();
    while let Some(assumed) = open.pop() {
        let mut declared = Declared::default();
        let mut atom: Option<Atom> = None;
        for template in templates {
            let scope = if templates.len() > 1 { format!("{}: ", template.file) } else { String::new() };
            let evaluation = Evaluation::new(template, given, home, &assumed, scope);
            let part = evaluate(&evaluation);
            if let Some(broken) = evaluation.fault() {
                return Err(Unevaluated::Broken { file: template.file.clone(), broken });
            }
            declared.resources.extend(part.resources);
            declared.elsewhere.extend(part.elsewhere);
            atom = atom.or_else(|| evaluation.undecided());
        }
        match atom {
            None => worlds.push(World { declared, assumed: assumed.into_iter().collect() }),
            Some(atom) => {
                if worlds.len() + open.len() >= MOST_WORLDS {
                    let names: BTreeSet<&str> = assumed.keys().filter_map(|key| key.split(" = ").next()).collect();
                    return Err(Unevaluated::TooMany(names.into_iter().collect::<Vec<_>>().join(", ")));
                }
                for holds in [false, true] {
                    let mut next = assumed.clone();
                    next.insert(atom.key.clone(), holds);
                    open.push(next);
                }
            }
        }
    }
    Ok(worlds)
}

fn evaluate(evaluation: &Evaluation<'_>) -> Declared {
    let template = evaluation.template;
    let mut declared = Declared::default();
    let mut elsewhere = |at: At, address: &str, why: &str| {
        declared.elsewhere.push(Elsewhere {
            file: template.file.clone(),
            at: Some(at),
            address: address.to_owned(),
            why: why.to_owned(),
        });
    };
    if let Some(transform) = template.root.get("Transform") {
        let names = if transform.text().is_some() { std::slice::from_ref(transform) } else { transform.items() };
        for name in names {
            let text = name.text().or_else(|| name.get("Name").and_then(Tree::text)).unwrap_or("?");
            if !HARMLESS.iter().any(|known| text.starts_with(known)) {
                elsewhere(name.at, text, "a macro may add resources");
            }
        }
    }
    for (id, tree) in template.resources() {
        let kind = tree.get("Type").and_then(Tree::text).unwrap_or_default();
        let why = match kind {
            _ if id.starts_with("Fn::ForEach") => Some("Fn::ForEach is not followed"),
            _ if id.starts_with("Fn::Transform") => Some("an included file is not read"),
            "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => Some("a nested stack is not followed"),
            "AWS::CloudFormation::StackSet" => Some("the template of a stack set is not followed"),
            _ => None,
        };
        if let Some(why) = why.filter(|_| evaluation.exists(tree)) {
            elsewhere(tree.at, id, why);
        }
    }
    for (id, tree) in template.resources() {
        let kind = tree.get("Type").and_then(Tree::text).unwrap_or_default();
        if !TYPES.contains(&kind) || !evaluation.exists(tree) {
            continue;
        }
        declared.resources.push(Resource {
            kind: kind.to_owned(),
            address: id.clone(),
            generated: evaluation.generated(id, tree),
            file: template.file.clone(),
            at: Some(tree.at),
            home: None,
            arguments: Arc::default(),
            properties: evaluation.properties(tree),
        });
    }
    declared
}
