//! Conditions: whether they hold, and on what that depends which is not known before deployment.

use super::constraints;
use super::evaluation::{Atom, Evaluation, MOST_STEPS};
use super::functions;
use super::tree::Tree;
use crate::declared::{At, Home, MARKS, Node, Unknown, Value};

/// How the key of a comparison begins of what has this name.
pub(super) fn comparison(name: &str) -> String {
    format!("{name} = ")
}

impl Evaluation<'_> {
    /// Whether a condition holds.
    pub(super) fn condition_called(&self, name: &str, at: At) -> bool {
        let Some((_, tree)) = self.conditions().iter().find(|(known, _)| known == name) else {
            self.wrong(at, &format!("there is no condition {}", crate::escape::shortened(name, 80)));
            return false;
        };
        let key = format!("{}condition {name}", self.scope);
        if !self.shared.under_way.borrow_mut().insert(key.clone()) {
            self.wrong(tree.at, &format!("condition {} depends on itself", crate::escape::shortened(name, 80)));
            return false;
        }
        let holds = self.condition(tree);
        self.shared.under_way.borrow_mut().remove(&key);
        holds
    }

    pub(super) fn condition(&self, tree: &Tree) -> bool {
        let steps = &self.shared.steps;
        steps.set(steps.get() + 1);
        if steps.get() > MOST_STEPS {
            self.wrong(tree.at, "its conditions expand to too much");
            return false;
        }
        let Some((function, argument)) = functions::called_in_condition(tree) else {
            return tree.text().is_some_and(|text| text.eq_ignore_ascii_case("true"));
        };
        match function {
            "Condition" => argument.text().is_some_and(|name| self.condition_called(name, argument.at)),
            "Fn::And" => argument.items().iter().all(|tree| self.condition(tree)),
            "Fn::Or" => argument.items().iter().any(|tree| self.condition(tree)),
            "Fn::Not" => !argument.items().iter().any(|tree| self.condition(tree)),
            "Fn::Equals" => match argument.items() {
                [left, right] => self.equal(&self.compared(left), &self.compared(right)),
                _ => {
                    self.wrong(argument.at, "Fn::Equals takes two values");
                    false
                }
            },
            _ => {
                self.wrong(tree.at, "a condition is Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition");
                false
            }
        }
    }

    /// A side of a comparison.
    fn compared(&self, side: &Tree) -> Node {
        let before = self.is_compared.replace(true);
        let node = self.node(side);
        self.is_compared.set(before);
        node
    }

    /// Whether two values are equal: known, assumed, or else to be assumed.
    fn equal(&self, left: &Node, right: &Node) -> bool {
        let (of_left, of_right) = (self.undecided_text(left), self.undecided_text(right));
        let (open, other) = match (&of_left, &of_right) {
            (None, None) => return functions::plain(left) == functions::plain(right),
            (Some(open), None) => (open, right),
            (None, Some(open)) => (open, left),
            (Some(open), Some(other)) if open.expression == other.expression => return true,
            (Some(open), Some(_)) => (open, right),
        };
        let name =
            open.expression.strip_prefix("‹$").and_then(|rest| rest.strip_suffix('›')).unwrap_or(&open.expression);
        let prefix = comparison(name);
        let key = format!("{prefix}{}", other.symbol().unwrap_or_else(|| "‹another value›".to_owned()));
        if let Some(assumed) = self.shared.assumed.get(&key) {
            self.shared.consult(key);
            return *assumed;
        }
        let text = other.text().ok().flatten();
        let is_other = |(known, holds): (&String, &bool)| *holds && text.is_some() && known.starts_with(&prefix);
        if self.shared.assumed.iter().any(is_other) {
            self.shared.consult(key);
            return false;
        }
        let plain = name.strip_prefix(&self.scope).unwrap_or(name);
        let declared = self.declaration(plain);
        let is_of_ssm = |kind: &str| kind.starts_with("AWS::SSM");
        let is_plain = |declared: &&Tree| !declared.get("Type").and_then(Tree::text).is_some_and(is_of_ssm);
        // It is not given what it does not take.
        let refuses = |text: &str| {
            !text.contains(MARKS)
                && declared.filter(is_plain).and_then(|declared| constraints::refusal(declared, text)).is_some()
        };
        if text.is_some_and(refuses) {
            return false;
        }
        self.shared.consult(key.clone());
        let allowed = declared.and_then(|declared| declared.get("AllowedValues"));
        let allowed: Vec<&str> = allowed.map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
        if let Some(text) = text.filter(|_| !allowed.is_empty()) {
            let is_out = |value: &&str| self.shared.assumed.get(&format!("{prefix}{value}")) == Some(&false);
            if !allowed.contains(&text) {
                return false;
            }
            if allowed.iter().filter(|value| !is_out(value)).count() == 1 {
                return true;
            }
        }
        self.shared.atom.borrow_mut().get_or_insert(Atom { key });
        false
    }

    /// What is not known of a value, the account and region among it.
    fn undecided_text(&self, node: &Node) -> Option<Unknown> {
        let is_open = |text: &str| {
            (!self.home.knows_account() && text.contains(Home::ACCOUNT))
                || (!self.home.knows_region() && text.contains(Home::REGION))
        };
        match &node.value {
            Value::Unknown(unknown) => Some(unknown.clone()),
            Value::Text(text) if is_open(text) => {
                Some(Unknown { why: "it depends on the account or region".to_owned(), expression: text.clone() })
            }
            _ => None,
        }
    }
}
