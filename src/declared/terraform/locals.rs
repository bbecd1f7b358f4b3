//! What the locals of a module refer to, by its `.tf` files: a plan lists the references of every expression but these.
//!
//! As in a plan, references are listed and nothing is calculated. Only of an object that is written out it is known which
//! entry refers to what.

use std::collections::{BTreeMap, HashSet};

use hcl_edit::expr::{Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Structure};
use hcl_edit::visit::{self, Visit};

use super::address::{Part, is_type};
use super::shape::{Shape, unwrapped};

/// Functions whose results are known only at apply (Terraform's language reference).
const AT_APPLY: [&str; 4] = ["timestamp", "plantimestamp", "uuid", "bcrypt"];

/// A local, or an entry of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Local {
    /// What all of it refers to, in the words of a plan: `aws_sns_topic.alerts[0].arn`.
    pub(super) references: Vec<String>,
    /// How it is put together.
    pub(super) shape: Shape,
    /// The entries of an object that is written out.
    entries: BTreeMap<String, Self>,
}

impl Local {
    fn new(written: &Expression) -> Self {
        let mut found = References::default();
        found.visit_expr(written);
        let entries = match unwrapped(written) {
            Expression::Object(object) => {
                let entry = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                    Some((key_of(key)?, Self::new(value.expr())))
                };
                object.iter().filter_map(entry).collect()
            }
            _ => BTreeMap::new(),
        };
        Self { references: found.found, shape: Shape::new(written), entries }
    }

    /// What is at the end of a path: `["iam"].topic`. Behind what is no object all of it counts.
    pub(super) fn at(&self, path: &[Part<'_>]) -> &Self {
        let steps = path.iter().enumerate().flat_map(|(at, part)| {
            // The first name is that of the local.
            let name = Some(part.name).filter(|_| at > 0);
            name.into_iter().chain(part.key.map(|key| key.trim_matches('"')))
        });
        let mut local = self;
        for step in steps {
            match local.entries.get(step) {
                Some(entry) => local = entry,
                None => break,
            }
        }
        local
    }
}

/// The locals of a `locals` block, by their names.
pub(super) fn locals(block: &Block) -> impl Iterator<Item = (String, Local)> {
    let attributes = block.body.iter().filter_map(Structure::as_attribute);
    attributes.map(|attribute| (attribute.key.to_string(), Local::new(&attribute.value)))
}

/// Whether an expression is all instances of a resource: `aws_sns_topic.alerts`.
fn is_resource(expression: &Expression) -> bool {
    let Expression::Traversal(traversal) = expression else { return false };
    let Expression::Variable(root) = &traversal.expr else { return false };
    let [one] = traversal.operators.as_slice() else { return false };
    matches!(one.value(), TraversalOperator::GetAttr(_)) && is_type(root.as_str())
}

/// The text of a key that is written out.
fn key_of(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.to_string()),
        ObjectKey::Expression(Expression::String(text)) => Some(text.to_string()),
        ObjectKey::Expression(_) => None,
    }
}

/// Collects what an expression refers to.
#[derive(Default)]
struct References {
    found: Vec<String>,
    /// Names that a `for` gives, as often as they are given.
    bound: Vec<String>,
    known: HashSet<String>,
}

impl References {
    fn add(&mut self, reference: String) {
        if self.known.insert(reference.clone()) {
            self.found.push(reference);
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| bound == name)
    }
}

impl Visit for References {
    fn visit_traversal(&mut self, node: &Traversal) {
        let Expression::Variable(root) = &node.expr else {
            return visit::visit_traversal(self, node);
        };
        let mut reference = root.to_string();
        let mut operators = node.operators.iter();
        for operator in operators.by_ref() {
            match operator.value() {
                TraversalOperator::GetAttr(name) => reference.push_str(&format!(".{}", name.as_str())),
                TraversalOperator::LegacyIndex(index) => reference.push_str(&format!("[{}]", index.value())),
                TraversalOperator::Index(Expression::Number(index)) => {
                    reference.push_str(&format!("[{}]", index.value()));
                }
                TraversalOperator::Index(Expression::String(key)) => {
                    reference.push_str(&format!("[{}]", serde_json::Value::from(key.as_str())));
                }
                // Behind a key that is calculated, and for all instances, a plan names the resource alone.
                TraversalOperator::Index(key) => {
                    self.visit_expr(key);
                    break;
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => break,
            }
        }
        operators.for_each(|operator| self.visit_traversal_operator(operator));
        if !self.is_bound(root.as_str()) {
            self.add(reference);
        }
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        if node.name.namespace.is_empty() && AT_APPLY.contains(&name) {
            // No reference leads there, so that it is one that is not followed.
            self.add(format!("{name}()"));
        }
        // How many instances a resource has is known before they are made.
        if name == "length" && node.args.iter().all(is_resource) {
            return;
        }
        visit::visit_func_args(self, &node.args);
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.visit_expr(&node.intro.collection_expr);
        let before = self.bound.len();
        self.bound.extend(node.intro.key_var.iter().map(|name| name.to_string()));
        self.bound.push(node.intro.value_var.to_string());
        node.key_expr.iter().for_each(|key| self.visit_expr(key));
        self.visit_expr(&node.value_expr);
        node.cond.iter().for_each(|cond| self.visit_expr(&cond.expr));
        self.bound.truncate(before);
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::parts;
    use super::*;

    fn local(text: &str) -> Local {
        let body = hcl_edit::parser::parse_body(&format!("locals {{\n  it = {text}\n}}\n")).expect("HCL");
        let block = body.iter().find_map(Structure::as_block).expect("a block");
        locals(block).next().expect("a local").1
    }

    fn references(text: &str, path: &str) -> Vec<String> {
        let parts = parts(path);
        local(text).at(parts.get(1..).expect("a name")).references.clone()
    }

    #[test]
    fn references_are_those_that_a_plan_would_list() {
        for (text, wanted) in [
            ("aws_sns_topic.alerts.arn", &["aws_sns_topic.alerts.arn"][..]),
            ("aws_sns_topic.alerts[0].arn", &["aws_sns_topic.alerts[0].arn"]),
            ("aws_sns_topic.alerts.0.arn", &["aws_sns_topic.alerts[0].arn"]),
            ("module.topics[\"eu\"].arn", &["module.topics[\"eu\"].arn"]),
            ("aws_sns_topic.alerts[*].arn", &["aws_sns_topic.alerts"]),
            ("one(aws_sns_topic.alerts.*.arn)", &["aws_sns_topic.alerts"]),
            ("aws_sns_topic.t[var.key].arn", &["var.key", "aws_sns_topic.t"]),
            ("var.create ? aws_sns_topic.t[0].arn : var.arn", &["var.create", "aws_sns_topic.t[0].arn", "var.arn"]),
            ("\"${local.prefix}-x\"", &["local.prefix"]),
            ("\"%{ if var.a }${local.b}%{ endif }\"", &["var.a", "local.b"]),
            ("[for name, t in aws_sns_topic.t : t.arn if name != var.no]", &["aws_sns_topic.t", "var.no"]),
            ("distinct(compact(concat([local.a], var.b)))", &["local.a", "var.b"]),
            ("\"${timestamp()}\"", &["timestamp()"]),
            ("length(aws_sns_topic.t) == 1 ? aws_sns_topic.t[0].arn : null", &["aws_sns_topic.t[0].arn"]),
            ("length(var.a) + length(local.b.c) + length(module.c)", &["var.a", "local.b.c", "module.c"]),
            ("(var.a)", &["var.a"]),
            ("[\"x\", 1, null]", &[]),
        ] {
            assert_eq!(references(text, "local.it"), wanted, "{text}");
        }
    }

    #[test]
    fn an_entry_of_an_object_refers_to_its_own() {
        let object = "{ iam = { topic = aws_sns_topic.a.arn }, \"kms\" = { topic = var.b }, (var.c) = local.d }";
        assert_eq!(references(object, "local.it[\"iam\"].topic"), ["aws_sns_topic.a.arn"]);
        assert_eq!(references(object, "local.it.kms"), ["var.b"]);
        let all = ["aws_sns_topic.a.arn", "var.b", "var.c", "local.d"];
        assert_eq!(references(object, "local.it[\"other\"].topic"), all);
        assert_eq!(references("merge(var.a, var.b)", "local.it.topic"), ["var.a", "var.b"]);
    }
}
