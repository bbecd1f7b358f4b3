//! How an expression of a `.tf` file is put together, where it says whether a resource that it refers to is its value or a
//! part of it: a plan lists references only.

use hcl_edit::Decorated;
use hcl_edit::expr::{Conditional, Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::template::{Element, StringTemplate};
use hcl_edit::visit::{self, Visit};

use super::address::is_type;

/// Functions that give what they are given, or choose from it (Terraform's language reference).
const GIVE_BACK: [&str; 32] = [
    "alltrue",
    "can",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "distinct",
    "element",
    "flatten",
    "keys",
    "length",
    "lookup",
    "matchkeys",
    "merge",
    "nonsensitive",
    "one",
    "reverse",
    "sensitive",
    "setintersection",
    "setsubtract",
    "setunion",
    "slice",
    "sort",
    "tolist",
    "tomap",
    "toset",
    "tostring",
    "transpose",
    "try",
    "values",
    "zipmap",
    "ephemeralasnull",
];

/// The end of a log group's ARN, which names the same group with it and without.
const ALL_STREAMS: &str = ":*";

/// How an expression is put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// It is a reference to a resource and nothing else, or a list of such.
    pub(super) is_reference: bool,
    /// A resource that it refers to is a part of a text, or what a function is given that makes another value of it.
    pub(super) is_made: bool,
    /// An instance is chosen by a key that is calculated.
    pub(super) has_calculated_key: bool,
}

impl Shape {
    pub(super) fn new(expression: &Expression) -> Self {
        let mut shape = Self { is_reference: are_references(expression), ..Self::default() };
        shape.visit_expr(expression);
        shape
    }
}

impl Visit for Shape {
    fn visit_string_template(&mut self, node: &StringTemplate) {
        let (mut literals, mut inner) = (Vec::new(), 0);
        for element in node.iter() {
            match element {
                Element::Literal(text) => literals.push(text.as_str()),
                Element::Interpolation(_) | Element::Directive(_) => inner += 1,
            }
        }
        // Of an ARN the last part names what it is of.
        let is_arn = literals.first().is_some_and(|text| text.starts_with("arn:"));
        let is_text = inner > 1 || literals.iter().any(|text| *text != ALL_STREAMS);
        if is_text && !is_arn {
            self.is_made |=
                node.iter().any(|element| matches!(element, Element::Interpolation(it) if refers(&it.expr)));
        }
        visit::visit_string_template(self, node);
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        let gives_back = node.name.namespace.is_empty() && GIVE_BACK.contains(&name);
        let text = |at: usize| node.args.iter().nth(at).and_then(|argument| argument.as_str());
        let is_same = match name {
            // Of one instance, or of none.
            "join" => text(0) == Some(""),
            "replace" => text(1) == Some(ALL_STREAMS) && text(2) == Some(""),
            "trimsuffix" => text(1) == Some(ALL_STREAMS),
            "format" => text(0) == Some("%s"),
            _ => gives_back,
        };
        self.is_made |= !is_same && node.args.iter().any(refers);
        visit::visit_func_args(self, &node.args);
    }

    fn visit_conditional(&mut self, node: &Conditional) {
        // What it depends on is no part of the value.
        self.visit_expr(&node.true_expr);
        self.visit_expr(&node.false_expr);
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        let is_calculated = |operator: &Decorated<TraversalOperator>| match operator.value() {
            TraversalOperator::Index(key) => !is_plain_key(key),
            _ => false,
        };
        self.has_calculated_key |= is_followed(&node.expr) && node.operators.iter().any(is_calculated);
        self.visit_expr(&node.expr);
    }
}

/// What is in brackets, or in a text that is nothing else.
pub(super) fn unwrapped(expression: &Expression) -> &Expression {
    match expression {
        Expression::Parenthesis(inner) => unwrapped(inner.inner()),
        // `"${…}"` is what is in it.
        Expression::StringTemplate(template) => {
            let mut elements = template.iter();
            match (elements.next(), elements.next()) {
                (Some(Element::Interpolation(only)), None) => unwrapped(&only.expr),
                _ => expression,
            }
        }
        other => other,
    }
}

/// Whether an expression is an attribute of a resource and nothing else: `aws_sns_topic.alerts[0].arn`.
fn is_reference(expression: &Expression) -> bool {
    let Expression::Traversal(traversal) = unwrapped(expression) else { return false };
    let Expression::Variable(root) = &traversal.expr else { return false };
    let is_step = |operator: &TraversalOperator| {
        !matches!(operator, TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_))
    };
    is_type(root.as_str()) && traversal.operators.iter().all(|operator| is_step(operator.value()))
}

/// The same, or a list of such.
fn are_references(expression: &Expression) -> bool {
    match expression {
        Expression::Array(items) => items.iter().all(are_references),
        other => is_reference(other),
    }
}

/// Whether a key is written out, or is that of the instance itself.
fn is_plain_key(key: &Expression) -> bool {
    match unwrapped(key) {
        Expression::String(_) | Expression::Number(_) => true,
        Expression::Traversal(traversal) => {
            matches!(&traversal.expr, Expression::Variable(root) if ["each", "count"].contains(&root.as_str()))
        }
        _ => false,
    }
}

/// Whether something is what references are followed from: a resource, an output of a module, or a local.
fn is_followed(root: &Expression) -> bool {
    matches!(root, Expression::Variable(root) if is_type(root.as_str()) || ["module", "local"].contains(&root.as_str()))
}

/// Whether an expression refers to such a thing.
fn refers(expression: &Expression) -> bool {
    struct Finds(bool);
    impl Visit for Finds {
        fn visit_traversal(&mut self, node: &Traversal) {
            self.0 |= is_followed(&node.expr);
            visit::visit_traversal(self, node);
        }
    }
    let mut finds = Finds(false);
    finds.visit_expr(expression);
    finds.0
}

#[cfg(test)]
mod tests {
    use hcl_edit::structure::Structure;

    use super::*;

    fn shape(text: &str) -> (bool, bool) {
        let body = hcl_edit::parser::parse_body(&format!("it = {text}\n")).expect("HCL");
        let attribute = body.iter().find_map(Structure::as_attribute).expect("an attribute");
        let Shape { is_made, has_calculated_key, .. } = Shape::new(&attribute.value);
        (is_made, has_calculated_key)
    }

    #[test]
    fn a_reference_may_be_a_value_or_a_part_of_it() {
        let cases: [((bool, bool), &[&str]); 3] = [
            (
                (false, false),
                &[
                    "aws_sns_topic.a.arn",
                    "[aws_sns_topic.a.arn]",
                    "\"${aws_sns_topic.a.arn}\"",
                    "\"${aws_cloudwatch_log_group.a.arn}:*\"",
                    "\"arn:aws:logs:${var.region}:${var.account}:log-group:${aws_cloudwatch_log_group.a.name}:*\"",
                    "trimsuffix(aws_cloudwatch_log_group.a.arn, \":*\")",
                    "replace(aws_cloudwatch_log_group.a.arn, \":*\", \"\")",
                    "join(\"\", aws_sns_topic.a[*].arn)",
                    "try(aws_sns_topic.a[0].arn, null)",
                    "var.create ? one(aws_sns_topic.a[*].arn) : var.arn",
                    "\"${aws_sns_topic.a.arn}\" == \"x\" ? var.a : var.b",
                    "aws_sns_topic.a[each.key].arn",
                    "aws_sns_topic.a[\"${each.key}\"].arn",
                    "aws_sns_topic.a[each.value.topic].arn",
                    "aws_sns_topic.a[count.index].arn",
                    "\"${var.prefix}-x\"",
                    "upper(var.name)",
                ],
            ),
            (
                (true, false),
                &[
                    "\"${aws_sns_topic.a.arn}x\"",
                    "\"x/${local.name}\"",
                    "\"${aws_sns_topic.a.name}${aws_sns_topic.b.name}\"",
                    "upper(aws_cloudwatch_log_metric_filter.a.id)",
                    "replace(aws_sns_topic.a.arn, \"a\", \"b\")",
                    "join(\"-\", [aws_sns_topic.a.arn, \"x\"])",
                    "format(\"%s-dlq\", module.topics.arn)",
                    "var.create ? \"${aws_sns_topic.a.arn}x\" : var.arn",
                ],
            ),
            (
                (false, true),
                &[
                    "aws_sns_topic.a[each.key == \"a\" ? \"b\" : \"a\"].arn",
                    "aws_sns_topic.a[(count.index + 1) % 2].arn",
                    "module.topics[replace(each.key, \"b\", \"a\")].arn",
                    "aws_sns_topic.a[var.key].arn",
                ],
            ),
        ];
        for (wanted, texts) in cases {
            for text in texts {
                assert_eq!(shape(text), wanted, "{text}");
            }
        }
    }
}
