//! The parameters of a template under assumptions: what values they are given, and whether they take them.

use super::conditions::comparison;
use super::constraints;
use super::evaluation::{Evaluation, Parameters};
use super::tree::Tree;
use crate::declared::{MARKS, Node, Value, unmarked};

impl<'a> Evaluation<'a> {
    /// The declaration of a parameter.
    pub(super) fn declaration(&self, name: &str) -> Option<&'a Tree> {
        self.template.root.get("Parameters")?.get(name)
    }

    /// Notes a parameter whose value it does not take: the deployment is refused.
    pub(super) fn check_parameters(&self) {
        for (name, declared) in self.template.root.get("Parameters").map(Tree::entries).unwrap_or_default() {
            let is_of_ssm = declared.get("Type").and_then(Tree::text).is_some_and(|kind| kind.starts_with("AWS::SSM"));
            let default = declared.get("Default").and_then(Tree::text);
            let given = match &self.parameters {
                Parameters::Given(of_documents) => {
                    self.shared.given.get(name).or_else(|| of_documents.get(name)).map(String::as_str)
                }
                Parameters::Passed(passed) => passed.get(name).and_then(|node| node.text().ok().flatten()),
            };
            let is_open = |text: &&str| text.contains(MARKS) || text.contains("{{resolve:");
            // A stack is not deployed with a value that it does not take: what is assumed of the one above does not hold then.
            let is_assumed = |text: &&str| {
                let mut assumed = self.shared.assumed.iter().filter(|(_, holds)| **holds);
                let is_passed = matches!(self.parameters, Parameters::Passed(_));
                is_passed && assumed.any(|(key, _)| key.split_once(" = ").is_some_and(|(_, value)| value == *text))
            };
            let value = given.or(default).filter(|text| !is_of_ssm && !is_open(text) && !is_assumed(text));
            if let Some(why) = value.and_then(|value| constraints::refusal(declared, value)) {
                self.wrong(declared.at, &format!("parameter {}: {why}", crate::escape::shortened(name, 80)));
            }
        }
    }

    /// The value of a parameter. `None`: there is none of this name.
    pub(super) fn parameter(&self, name: &str) -> Option<Value> {
        let declared = self.declaration(name)?;
        let kind = declared.get("Type").and_then(Tree::text).unwrap_or("String");
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        let value = |text: &str| {
            if !is_list {
                return Value::Text(text.to_owned());
            }
            let node = |part: &str| Node { at: Some(declared.at), value: Value::Text(part.trim().to_owned()) };
            Value::List(text.split(',').map(node).collect())
        };
        let default = declared.get("Default").and_then(Tree::text).map(str::to_owned);
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            let why = format!("parameter {name} is read from Systems Manager at deployment");
            return Some(Value::Unknown(self.open(name, why)));
        }
        let known = match &self.parameters {
            Parameters::Given(of_documents) => {
                let given = self.shared.given.get(name).or_else(|| of_documents.get(name));
                given.map(|text| unmarked(text.clone())).or(default)
            }
            Parameters::Passed(passed) => match passed.get(name).map(|node| &node.value) {
                // The stack above has read its documents, and may pass on what it does not know.
                Some(Value::Text(text)) => Some(text.clone()),
                None | Some(Value::Absent) => default,
                Some(other) => return Some(other.clone()),
            },
        };
        Some(match known {
            Some(text) if text.contains("{{resolve:") => {
                Value::Unknown(self.open(&text, "a dynamic reference is resolved at deployment"))
            }
            Some(text) => value(&text),
            None => self.assumed(name, declared).map_or_else(
                || Value::Unknown(self.open(name, format!("parameter {name} has no default"))),
                |text| value(&text),
            ),
        })
    }

    /// The value that a parameter without one has under the assumptions: what it is assumed to be equal to, or the one of the
    /// values that it takes which it is not assumed not to be.
    fn assumed(&self, name: &str, declared: &Tree) -> Option<String> {
        let prefix = comparison(&format!("{}{name}", self.scope));
        let assumed = self.shared.assumed.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let assumed: Vec<(&str, bool)> =
            assumed.filter_map(|(key, holds)| Some((key.strip_prefix(&prefix)?, *holds))).collect();
        assumed.iter().for_each(|(text, _)| self.shared.consult(format!("{prefix}{text}")));
        if let Some((text, _)) = assumed.iter().find(|(_, holds)| *holds) {
            // What it is compared with may not be known either.
            return (!text.contains(MARKS)).then(|| (*text).to_owned());
        }
        let allowed = declared.get("AllowedValues").map(Tree::items).unwrap_or_default();
        let is_left = |text: &&str| !assumed.iter().any(|(other, _)| other == text);
        let mut left = allowed.iter().filter_map(Tree::text).filter(is_left);
        let first = left.next().filter(|_| !assumed.is_empty())?;
        left.next().is_none().then(|| first.to_owned())
    }
}
