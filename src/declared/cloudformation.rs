//! CloudFormation and SAM templates, as YAML or JSON, with short forms: what they declare.
//!
//! Parameters that have neither a value nor a default are open. What follows from them is unknown, except in conditions: a
//! condition on an open parameter holds or does not, and each combination is a [`World`] of its own, to be judged by itself.
//! Only types of the chain are evaluated. Nested stacks, included files and exports are followed where they are among the
//! files that were given; macros and what is elsewhere are named.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use self::combinations::Assumed;
use self::evaluation::{Atom, Evaluation, Shared};
use self::tree::Tree;
use super::{At, Declared, Elsewhere, Home, Resource, TRANSFORM, World, unmarked};

mod assembly;
mod combinations;
mod conditions;
mod constraints;
mod evaluation;
mod foreach;
mod format;
mod functions;
mod given;
mod identity;
mod library;
mod nesting;
mod parameters;
mod references;
mod serverless;
mod stack;
mod template;
mod tree;
mod unevaluated;
mod wellformed;

pub use assembly::{Assembly, Listed, assets_of, constructs_of};
pub use combinations::MOST_COMBINATIONS;
pub(in crate::declared) use identity::{generated, name_property};
pub use library::{Files, Library, NoFiles};
pub use parameters::{Unreadable, parse as parse_parameters, parse_one as parse_parameter};
pub use stack::Stack;
pub use template::{Content, Template};
pub use tree::{Broken, MOST_BYTES};
pub use unevaluated::Unevaluated;

/// Types that are evaluated.
const TYPES: [&str; 15] = [
    "AWS::CloudTrail::Trail",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::AlarmMuteRule",
    "AWS::SNS::Topic",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
    "AWS::KMS::Key",
    "AWS::KMS::Alias",
    "AWS::SecurityHub::Hub",
];

/// Types of nested stacks.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Transforms that leave these types as they are.
const HARMLESS: [&str; 4] = [format::SAM, format::EXTENSIONS, "AWS::SecretsManager", "AWS::CodeDeployBlueGreen"];

/// What stacks declare together, in each combination of the conditions that are open, or in some of very many.
///
/// # Errors
/// One of them cannot be evaluated.
pub fn worlds(
    stacks: &[Stack],
    library: &Library,
    given: &BTreeMap<String, String>,
    home: &Home,
) -> Result<Vec<World>, Unevaluated> {
    let (worlds, is_sample) = combinations::each(|assumed| world(stacks, library, (given, assumed), home))?;
    let world = |(declared, assumed): (Declared, Assumed)| World {
        declared,
        assumed: assumed.into_iter().collect(),
        is_sample,
        named: BTreeMap::new(),
    };
    Ok(worlds.into_iter().map(world).collect())
}

/// What stacks declare under assumptions, and the first comparison that these do not decide.
fn world(
    stacks: &[Stack],
    library: &Library,
    (given, assumed): (&BTreeMap<String, String>, &Assumed),
    home: &Home,
) -> Result<(Declared, Option<Atom>), Unevaluated> {
    let shared = Shared::new(given, assumed, library);
    let scope = |stack: &Stack| match &stack.name {
        _ if stacks.len() == 1 => String::new(),
        Some(name) => unmarked(format!("{name}: ")),
        None => unmarked(format!("{}: ", stack.template.file)),
    };
    let evaluations: Vec<Rc<Evaluation<'_>>> =
        stacks.iter().map(|stack| Rc::new(Evaluation::new(stack, &shared, home, scope(stack)))).collect();
    shared.stacks.replace(evaluations.iter().map(Rc::downgrade).collect());
    let mut declared = Declared::default();
    for evaluation in &evaluations {
        evaluate(evaluation, &mut declared);
        if let Some((file, broken)) = shared.fault.borrow().clone() {
            return Err(Unevaluated::Broken { file, broken });
        }
    }
    let atom = shared.atom.borrow().clone();
    Ok((declared, atom))
}

/// Adds what a stack declares, and those that are nested in it.
fn evaluate(evaluation: &Rc<Evaluation<'_>>, declared: &mut Declared) {
    evaluation.check_parameters();
    let has_macro = has_macro(evaluation.template);
    let transforms: Vec<&str> = transforms(evaluation.template).map(|(_, name)| name).collect();
    format::check(evaluation, &transforms, has_macro);
    if !has_macro {
        wellformed::check(evaluation);
    }
    elsewhere(evaluation, declared);
    let consulted = &evaluation.shared.consulted;
    for (id, tree) in evaluation.resources() {
        let kind = tree.get("Type").and_then(Tree::text).unwrap_or_default();
        consulted.replace(evaluation.under.borrow().clone());
        if NESTED.contains(&kind)
            && evaluation.exists(tree)
            && let Some(nested) = evaluation.nested_stack(id, tree)
        {
            nested.under.borrow_mut().extend(consulted.take());
            evaluate(&nested, declared);
        }
        if kind == serverless::FUNCTION && evaluation.exists(tree) {
            declared.resources.extend(serverless::subscriptions(evaluation, id, tree));
        }
        if !TYPES.contains(&kind) {
            continue;
        }
        let file = tree.file.as_deref().unwrap_or(&evaluation.template.file).to_owned();
        let address = evaluation.address(id, tree);
        if !evaluation.exists(tree) {
            declared.depends.insert((file, address), consulted.take());
            continue;
        }
        declared.resources.push(Resource {
            kind: kind.to_owned(),
            address: address.clone(),
            generated: evaluation.generated(id, tree),
            file: file.clone(),
            at: Some(tree.at),
            home: evaluation.own_home.clone(),
            arguments: Arc::default(),
            is_as_written: !has_macro,
            referred: (!has_macro).then(Arc::default),
            properties: evaluation.properties(tree),
        });
        let consulted = consulted.take();
        if !consulted.is_empty() {
            declared.depends.insert((file, address), consulted);
        }
    }
}

/// The names of a template's transforms.
fn transforms(template: &Template) -> impl Iterator<Item = (&Tree, &str)> {
    let transform = template.root.get("Transform");
    let names = transform.map_or(&[][..], |transform| {
        let is_one = transform.text().is_some() || transform.get("Name").is_some();
        if is_one { std::slice::from_ref(transform) } else { transform.items() }
    });
    names.iter().map(|name| (name, name.text().or_else(|| name.get("Name").and_then(Tree::text)).unwrap_or("?")))
}

/// Whether macros may change what is written.
fn has_macro(template: &Template) -> bool {
    transforms(template).any(|(_, name)| !HARMLESS.iter().any(|known| name.starts_with(known)))
}

/// Adds what may declare more and is not looked at.
fn elsewhere(evaluation: &Evaluation<'_>, declared: &mut Declared) {
    let template = evaluation.template;
    let elsewhere = &mut declared.elsewhere;
    let mut add = |at: At, address: &str, why: String| {
        let address = format!("{}{address}", evaluation.before);
        elsewhere.push(Elsewhere { file: template.file.clone(), at: Some(at), address, why });
    };
    for (tree, name) in transforms(template) {
        if name == "AWS::Include" {
            add(tree.at, name, evaluation.not_included(tree));
        } else if !HARMLESS.iter().any(|known| name.starts_with(known)) {
            add(tree.at, name, "a macro may add resources".to_owned());
            let why = "a macro may set what is not written".to_owned();
            let address = format!("{}{name}", evaluation.before);
            let changes = Elsewhere { file: template.file.clone(), at: Some(tree.at), address, why };
            declared.macros.entry(template.file.clone()).or_insert(changes);
        }
    }
    for (id, tree) in evaluation.resources() {
        let kind = tree.get("Type").and_then(Tree::text).unwrap_or_default();
        let why = match kind {
            _ if foreach::is_loop(id) => foreach::unknown(evaluation, tree)
                .map(|unknown| format!("its collection is not known: {}", unknown.why)),
            _ if id.starts_with(TRANSFORM) => Some(evaluation.not_included(tree)),
            _ if NESTED.contains(&kind) => {
                evaluation.not_followed(tree).map(|why| format!("a nested stack is not followed: {why}"))
            }
            "AWS::CloudFormation::StackSet" => Some("the template of a stack set is not followed".to_owned()),
            // Modules of the CloudFormation registry, and its types that stand for resources of Terraform's providers.
            _ if kind.ends_with("::MODULE") => Some(format!("module {kind} is not followed")),
            _ if kind.starts_with("TF::") => Some(format!("type {kind} is not read")),
            _ => None,
        };
        if let Some(why) = why.filter(|_| evaluation.exists(tree)) {
            add(tree.at, id, why);
        }
    }
}
