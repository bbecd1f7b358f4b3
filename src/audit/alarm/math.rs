//! Metric math through which a data point can be followed: one value in, one value out.
//!
//! Arithmetic, comparisons, `FILL` with a number, `IF`, `SUM`/`MAX`/`MIN`/`AVG` over a list or `METRICS()`, `ABS`,
//! `CEIL`, `FLOOR`. Everything else (`RATE`, `SEARCH`, Metrics Insights queries, anomaly bands) is an error that says
//! so: the caller then knows that it cannot decide. Source: CloudWatch user guide, "Using math expressions".

use std::cell::Cell;

use crate::finding::facts::{ExpressionDoubt, FiringDoubt};
use crate::snapshot::{MetricQuery, MetricStat};

/// One datapoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// The period has none.
    Missing,
    /// Its value.
    Number(f64),
}

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Number(f64),
    Id(String),
    Negative(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    Call(String, Vec<Self>),
    List(Vec<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Longest first, so that `<=` is not read as `<`; the number is how tightly it binds.
const OPERATORS: [(&str, Operator, u8); 14] = [
    ("||", Operator::Or, 1),
    ("OR", Operator::Or, 1),
    ("&&", Operator::And, 2),
    ("AND", Operator::And, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<=", Operator::AtMost, 3),
    (">=", Operator::AtLeast, 3),
    ("<", Operator::Less, 3),
    (">", Operator::Greater, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Subtract, 4),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
];

/// Expressions of alarms are short; a nesting beyond this is not followed.
const DEPTH: usize = 32;
/// Nor is one of more operators.
const OPERATIONS: usize = 200;
/// Expressions may name each other; an evaluation ends after this many steps.
const STEPS: usize = 5_000;

/// Looks a metric up: the statistic and, where the metric is another account's, that account.
pub(super) type Lookup<'a> = dyn Fn(&MetricStat, Option<&str>) -> Result<Value, FiringDoubt> + 'a;

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What cannot be followed.
    pub(super) fn parse(text: &str) -> Result<Self, ExpressionDoubt> {
        let mut parser = Parser { rest: text.trim(), depth: 0, operators: 0 };
        let node = parser.binary(0)?;
        if parser.rest.is_empty() { Ok(Self(node)) } else { Err(ExpressionDoubt::Unreadable) }
    }

    /// Its datapoint, given those of the metrics it names.
    ///
    /// # Errors
    /// What cannot be followed.
    pub(super) fn value(&self, queries: &[MetricQuery], lookup: &Lookup<'_>) -> Result<Value, FiringDoubt> {
        Evaluation { queries, lookup, steps: Cell::new(0) }.node(&self.0, DEPTH)
    }
}

struct Evaluation<'a> {
    queries: &'a [MetricQuery],
    lookup: &'a Lookup<'a>,
    steps: Cell<usize>,
}

impl Evaluation<'_> {
    fn node(&self, node: &Node, depth: usize) -> Result<Value, FiringDoubt> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS {
            return Err(FiringDoubt::Expression(ExpressionDoubt::TooLong));
        }
        match node {
            Node::Number(number) => Ok(Value::Number(*number)),
            Node::Id(id) => self.id(id, depth),
            Node::Negative(inner) => Ok(map(self.node(inner, depth)?, |number| -number)),
            Node::Binary(operator, left, right) => {
                Ok(operator.apply(self.node(left, depth)?, self.node(right, depth)?))
            }
            Node::Call(name, arguments) => self.call(name, arguments, depth),
            Node::List(_) => Err(FiringDoubt::Expression(ExpressionDoubt::List)),
        }
    }

    fn id(&self, id: &str, depth: usize) -> Result<Value, FiringDoubt> {
        let depth = depth.checked_sub(1).ok_or(FiringDoubt::Expression(ExpressionDoubt::TooManyNamed))?;
        let query = self.queries.iter().find(|query| query.id == id);
        match query.map(|query| (&query.stat, &query.expression, query.account_id.as_deref())) {
            Some((Some(stat), _, account)) => (self.lookup)(stat, account),
            Some((None, Some(text), _)) => {
                self.node(&Expression::parse(text).map_err(FiringDoubt::Expression)?.0, depth)
            }
            _ => Err(FiringDoubt::Expression(ExpressionDoubt::UnknownId { id: id.to_owned() })),
        }
    }

    fn call(&self, name: &str, arguments: &[Node], depth: usize) -> Result<Value, FiringDoubt> {
        match (name, arguments) {
            ("FILL", [series, Node::Number(fill)]) => Ok(match self.node(series, depth)? {
                Value::Missing => Value::Number(*fill),
                shown @ Value::Number(_) => shown,
            }),
            ("IF", [condition, then, rest @ ..]) if rest.len() <= 1 => {
                match (self.node(condition, depth)?, rest.first()) {
                    (Value::Missing, _) => Ok(Value::Missing),
                    (Value::Number(number), _) if number != 0.0 => self.node(then, depth),
                    (Value::Number(_), Some(otherwise)) => self.node(otherwise, depth),
                    (Value::Number(_), None) => Ok(Value::Missing),
                }
            }
            ("ABS", [inner]) => Ok(map(self.node(inner, depth)?, f64::abs)),
            ("CEIL", [inner]) => Ok(map(self.node(inner, depth)?, f64::ceil)),
            ("FLOOR", [inner]) => Ok(map(self.node(inner, depth)?, f64::floor)),
            ("SUM" | "MAX" | "MIN" | "AVG", [Node::List(items)]) => {
                let values = items.iter().map(|item| self.node(item, depth)).collect::<Result<Vec<_>, _>>()?;
                Ok(aggregate(name, values))
            }
            ("SUM" | "MAX" | "MIN" | "AVG", [Node::Call(metrics, none)]) if metrics == "METRICS" && none.is_empty() => {
                let stats = self.queries.iter().filter(|query| query.stat.is_some());
                let values = stats.map(|query| self.id(&query.id, depth)).collect::<Result<Vec<_>, _>>()?;
                Ok(aggregate(name, values))
            }
            _ => Err(FiringDoubt::Expression(ExpressionDoubt::Function { name: name.to_owned() })),
        }
    }
}

fn map(value: Value, change: impl Fn(f64) -> f64) -> Value {
    match value {
        Value::Missing => Value::Missing,
        Value::Number(number) => Value::Number(change(number)),
    }
}

/// Aggregates of a list skip what is missing; of nothing at all they are missing.
fn aggregate(name: &str, values: Vec<Value>) -> Value {
    let numbers: Vec<f64> = values
        .into_iter()
        .filter_map(|value| match value {
            Value::Missing => None,
            Value::Number(number) => Some(number),
        })
        .collect();
    if numbers.is_empty() {
        return Value::Missing;
    }
    let sum: f64 = numbers.iter().sum();
    Value::Number(match name {
        "MAX" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "MIN" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        "AVG" => sum / numbers.len() as f64,
        _ => sum,
    })
}

impl Operator {
    /// A datapoint that one side lacks is missing in the result.
    fn apply(self, left: Value, right: Value) -> Value {
        let (Value::Number(left), Value::Number(right)) = (left, right) else { return Value::Missing };
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        let number = match self {
            Self::Or => truth(left != 0.0 || right != 0.0),
            Self::And => truth(left != 0.0 && right != 0.0),
            Self::Equal => truth(left == right),
            Self::NotEqual => truth(left != right),
            Self::Less => truth(left < right),
            Self::AtMost => truth(left <= right),
            Self::Greater => truth(left > right),
            Self::AtLeast => truth(left >= right),
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
        };
        // A division by zero publishes nothing.
        if number.is_finite() { Value::Number(number) } else { Value::Missing }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    operators: usize,
}

impl<'a> Parser<'a> {
    fn binary(&mut self, tighter_than: u8) -> Result<Node, ExpressionDoubt> {
        let mut left = self.operand()?;
        while let Some((text, operator, binds)) = self.operator().filter(|(_, _, binds)| *binds > tighter_than) {
            self.operators += 1;
            if self.operators > OPERATIONS {
                return Err(ExpressionDoubt::TooLong);
            }
            self.skip(text.len());
            let right = self.binary(binds)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(&'static str, Operator, u8)> {
        OPERATORS.into_iter().find(|(text, _, _)| self.rest.starts_with(text))
    }

    fn operand(&mut self) -> Result<Node, ExpressionDoubt> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ExpressionDoubt::TooDeep);
        }
        let node = match self.rest.chars().next() {
            Some('-') => {
                self.skip(1);
                Node::Negative(Box::new(self.operand()?))
            }
            Some('(') => {
                self.skip(1);
                let inner = self.binary(0)?;
                self.expect(')')?;
                inner
            }
            Some('[') => Node::List(self.items('[', ']')?),
            Some(start) if start.is_ascii_digit() || start == '.' => {
                let digits = self.take(|letter| letter.is_ascii_digit() || letter == '.');
                Node::Number(digits.parse().map_err(|_| ExpressionDoubt::Unreadable)?)
            }
            Some(start) if start.is_ascii_alphabetic() => {
                let word = self.take(|letter| letter.is_ascii_alphanumeric() || letter == '_').to_owned();
                if self.rest.starts_with('(') { Node::Call(word, self.items('(', ')')?) } else { Node::Id(word) }
            }
            _ => return Err(ExpressionDoubt::Unreadable),
        };
        self.depth -= 1;
        Ok(node)
    }

    fn items(&mut self, open: char, close: char) -> Result<Vec<Node>, ExpressionDoubt> {
        self.expect(open)?;
        let mut items = Vec::new();
        if self.rest.starts_with(close) {
            self.skip(1);
            return Ok(items);
        }
        loop {
            items.push(self.binary(0)?);
            if self.rest.starts_with(',') {
                self.skip(1);
            } else {
                self.expect(close)?;
                return Ok(items);
            }
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), ExpressionDoubt> {
        if !self.rest.starts_with(wanted) {
            return Err(ExpressionDoubt::Unreadable);
        }
        self.skip(wanted.len_utf8());
        Ok(())
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, _) = self.rest.split_at(end);
        self.skip(end);
        taken
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, m1: Value) -> Result<Value, FiringDoubt> {
        let stat = |name: &str| MetricStat {
            namespace: "Ns".into(),
            name: name.into(),
            dimensions: std::collections::BTreeMap::default(),
            statistic: "Sum".into(),
            period: 60,
            unit: None,
        };
        let query = |id: &str, stat, expression: Option<&str>| MetricQuery {
            id: id.into(),
            return_data: None,
            stat,
            expression: expression.map(str::to_owned),
            period: None,
            account_id: None,
        };
        let queries = [
            query("m1", Some(stat("A")), None),
            query("m2", Some(stat("B")), None),
            query("e1", None, Some("FILL(m1, 0)")),
            query("loop", None, Some("loop + 1")),
        ];
        let lookup = |stat: &MetricStat, _: Option<&str>| Ok(if stat.name == "A" { m1 } else { Value::Missing });
        Expression::parse(text).map_err(FiringDoubt::Expression)?.value(&queries, &lookup)
    }

    #[test]
    fn a_datapoint_passes_through() {
        for (text, with_one, with_none) in [
            ("m1", Value::Number(1.0), Value::Missing),
            (" m1 ", Value::Number(1.0), Value::Missing),
            ("FILL(m1,0)", Value::Number(1.0), Value::Number(0.0)),
            ("FILL(m1, 0) + FILL(m2, 0)", Value::Number(1.0), Value::Number(0.0)),
            ("m1 + m2", Value::Missing, Value::Missing),
            ("SUM([m1, m2])", Value::Number(1.0), Value::Missing),
            ("SUM(METRICS())", Value::Number(1.0), Value::Missing),
            ("MAX([m1, 0])", Value::Number(1.0), Value::Number(0.0)),
            ("IF(e1 > 0, 1, 0)", Value::Number(1.0), Value::Number(0.0)),
            ("2 + 3 * m1 - 1", Value::Number(4.0), Value::Missing),
            ("-(m1 - 3) / 2", Value::Number(1.0), Value::Missing),
            ("m1 >= 1 AND m1 < 2", Value::Number(1.0), Value::Missing),
            ("m1 / 0", Value::Missing, Value::Missing),
        ] {
            assert_eq!(value(text, Value::Number(1.0)), Ok(with_one), "{text}");
            assert_eq!(value(text, Value::Missing), Ok(with_none), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_followed_says_so() {
        let deep = "(".repeat(5000);
        let queries =
            ["RATE(m1)", "SELECT SUM(x) FROM \"Ns\"", "m9", "m1 +", "loop", "FILL(m1, REPEAT)", "m1 ü", "", &deep];
        for text in queries {
            assert!(value(text, Value::Number(1.0)).is_err(), "{text}");
        }
    }
}
