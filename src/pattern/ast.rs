//! The tree of a JSON pattern, and its text.

use std::fmt;

/// A condition on one JSON event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Test(Test),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test {
    pub(super) selector: Selector,
    pub(super) check: Check,
}

/// Where in the event to look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Selector {
    pub(super) steps: Vec<Step>,
}

/// One step of a selector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// `.name`, `.['any.name']`.
    Name(String),
    /// `[3]`.
    Index(usize),
    /// `[*]` or `.*`: every element of an array, every value of an object.
    Every,
}

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    Equal(Operand),
    NotEqual(Operand),
    Order(Order, Number),
    IsNull,
    IsTrue,
    IsFalse,
    NotExists,
}

/// `<` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// The right side of `=` and `!=`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operand {
    /// Quoted or bare text, with `*` as wildcards.
    Text(String),
    /// A bare number, as written.
    Number(Number),
    /// `%…%`.
    Regex(String),
}

/// A number as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) String);

impl Number {
    pub(super) fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl Node {
    /// Joins parts, without a level of its own for a single one.
    pub(super) fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                join(parts)
            }
            None => join(parts),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, joint) = match self {
            Self::Test(test) => return write!(f, "{test}"),
            Self::All(parts) => (parts, " && "),
            Self::Any(parts) => (parts, " || "),
        };
        for (at, part) in parts.iter().enumerate() {
            write!(f, "{}({part})", if at == 0 { "" } else { joint })?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selector = &self.selector;
        match &self.check {
            Check::Equal(operand) => write!(f, "{selector} = {operand}"),
            Check::NotEqual(operand) => write!(f, "{selector} != {operand}"),
            Check::Order(order, number) => write!(f, "{selector} {} {}", order.sign(), number.0),
            Check::IsNull => write!(f, "{selector} IS NULL"),
            Check::IsTrue => write!(f, "{selector} IS TRUE"),
            Check::IsFalse => write!(f, "{selector} IS FALSE"),
            Check::NotExists => write!(f, "{selector} NOT EXISTS"),
        }
    }
}

impl Order {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Number(number) => f.write_str(&number.0),
            Self::Regex(regex) => write!(f, "%{regex}%"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.steps {
            match step {
                Step::Name(name) if name.bytes().all(is_name_byte) && !name.is_empty() => write!(f, ".{name}")?,
                Step::Name(name) => write!(f, ".['{name}']")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Every => f.write_str(".*")?,
            }
        }
        Ok(())
    }
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
