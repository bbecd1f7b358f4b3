//! Writes a pattern back, canonically: parsing the text gives the same tree again.

use std::fmt;

use crate::syntax::ast::{
    Column, Comparison, Expr, Literal, Number, Operand, Order, Phrase, Role, Selector, Step, Term, Test, Tree,
};
use crate::syntax::cursor;

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::Json(expr) => write!(f, "{{ {expr} }}"),
            Self::Terms(terms) => join(f, terms, " "),
            Self::Regex(regex) => regex.fmt(f),
            Self::Columns(columns) => {
                f.write_str("[")?;
                join(f, columns, ", ")?;
                f.write_str("]")
            }
        }
    }
}

fn join<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], by: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(by)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, by) = match self {
            Self::Test(comparison) => return comparison.fmt(f),
            Self::All(parts) => (parts, " && "),
            Self::Any(parts) => (parts, " || "),
        };
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                f.write_str(by)?;
            }
            match part {
                Self::Test(comparison) => comparison.fmt(f)?,
                Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.selector, self.test)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) if name.chars().all(cursor::is_name) => write!(f, ".{name}"),
            Self::Name(name) => write!(f, ".['{name}']"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Each => f.write_str(".*"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(operand) => write!(f, "= {operand}"),
            Self::NotEqual(operand) => write!(f, "!= {operand}"),
            Self::Order(order, number) => write!(f, "{order} {number}"),
            Self::IsNull => f.write_str("IS NULL"),
            Self::IsTrue => f.write_str("IS TRUE"),
            Self::IsFalse => f.write_str("IS FALSE"),
            Self::NotExists => f.write_str("NOT EXISTS"),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(literal) => literal.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Regex(regex) => regex.fmt(f),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.raw())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.role {
            Role::Required => "",
            Role::Excluded => "-",
            Role::Optional => "?",
        })?;
        self.phrase.fmt(f)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.raw())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ellipsis => f.write_str("..."),
            Self::Blank => Ok(()),
            Self::Named { name, any } => {
                if any.is_empty() {
                    return f.write_str(name);
                }
                for (i, all) in any.iter().enumerate() {
                    for (j, test) in all.iter().enumerate() {
                        let by = match (i, j) {
                            (0, 0) => "",
                            (_, 0) => " || ",
                            (_, _) => " && ",
                        };
                        write!(f, "{by}{name} {test}")?;
                    }
                }
                Ok(())
            }
        }
    }
}
