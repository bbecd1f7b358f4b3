//! `{ … }`: selectors, tests, `&&` and `||` in brackets. Brackets are kept on a stack of their own, not on the
//! program's.

use super::reader::Reader;
use crate::syntax::ast::{Comparison, Expr, Operand, Order, Selector, Step, Test};
use crate::syntax::cursor;
use crate::syntax::error::{ErrorKind, Fault};
use crate::syntax::span::Span;

/// Brackets inside each other: as many as 1,024 characters can hold.
const MAX_DEPTH: usize = 512;

/// Selectors with a wildcard in one pattern.
const MAX_WILDCARDS: usize = 3;

/// An open bracket: what has been joined inside it so far.
struct Group {
    open: usize,
    any: Vec<Expr>,
    all: Vec<Expr>,
}

impl Group {
    fn new(open: usize) -> Self {
        Self { open, any: Vec::new(), all: Vec::new() }
    }

    /// Ends a run of `&&`.
    fn end_all(&mut self) {
        let all = std::mem::take(&mut self.all);
        self.any.push(join(all, Expr::All, |expr| match expr {
            Expr::All(parts) => Ok(parts),
            other @ (Expr::Any(_) | Expr::Test(_)) => Err(other),
        }));
    }

    fn end(mut self) -> Expr {
        self.end_all();
        join(self.any, Expr::Any, |expr| match expr {
            Expr::Any(parts) => Ok(parts),
            other @ (Expr::All(_) | Expr::Test(_)) => Err(other),
        })
    }
}

/// One expression of several; parts of the same kind are taken in, for `&&` and `||` are associative.
fn join(parts: Vec<Expr>, make: impl Fn(Vec<Expr>) -> Expr, open: impl Fn(Expr) -> Result<Vec<Expr>, Expr>) -> Expr {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match open(part) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    match (flat.pop(), flat.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            flat.extend(last);
            make(flat)
        }
    }
}

impl Reader<'_> {
    /// The expression, and the places of its tests, in their order.
    pub(super) fn json(mut self) -> Result<(Expr, Vec<Span>), Fault> {
        let mut places = Vec::new();
        let mut group = Group::new(self.cursor.pos());
        let mut outer: Vec<Group> = Vec::new();
        self.cursor.eat("{");
        loop {
            self.cursor.skip_blanks();
            let open = self.cursor.pos();
            if self.cursor.eat("(") {
                if outer.len() >= MAX_DEPTH {
                    return Err(self.cursor.fault_from(ErrorKind::TooDeep, open));
                }
                outer.push(std::mem::replace(&mut group, Group::new(open)));
                continue;
            }
            let start = self.cursor.pos();
            let comparison = self.comparison()?;
            places.push(Span::new(start, self.cursor.pos()));
            group.all.push(Expr::Test(comparison));
            // Closing brackets, then a connective or the end.
            loop {
                self.cursor.skip_blanks();
                let at = self.cursor.pos();
                if self.cursor.eat("&&") {
                    break;
                } else if self.cursor.eat("||") {
                    group.end_all();
                    break;
                } else if self.cursor.eat(")") {
                    let Some(mut parent) = outer.pop() else {
                        return Err(self.cursor.fault_from(ErrorKind::UnopenedGroup, at));
                    };
                    std::mem::swap(&mut parent, &mut group);
                    group.all.push(parent.end());
                } else if self.cursor.peek() == Some('}') {
                    return self.end(group, &outer).map(|expr| (expr, places));
                } else {
                    return Err(self.expected_connective(&group, &outer));
                }
            }
        }
    }

    fn end(&mut self, group: Group, outer: &[Group]) -> Result<Expr, Fault> {
        if !outer.is_empty() {
            return Err(Fault::new(ErrorKind::UnclosedGroup, group.open, group.open + 1));
        }
        self.cursor.eat("}");
        if self.cursor.is_at_end() { Ok(group.end()) } else { Err(self.trailing_text()) }
    }

    fn expected_connective(&mut self, group: &Group, outer: &[Group]) -> Fault {
        match self.cursor.peek() {
            None if outer.is_empty() => Fault::new(ErrorKind::UnclosedBrace, group.open, group.open + 1),
            None => Fault::new(ErrorKind::UnclosedGroup, group.open, group.open + 1),
            Some(_) => self.cursor.fault_token(ErrorKind::ExpectedConnective),
        }
    }

    fn comparison(&mut self) -> Result<Comparison, Fault> {
        match self.cursor.peek() {
            Some('$') => {}
            None => return Err(self.cursor.fault(ErrorKind::UnclosedBrace)),
            Some(_) => return Err(self.cursor.fault_token(ErrorKind::ExpectedSelector)),
        }
        let selector = self.selector()?;
        let has_blank = self.cursor.skip_blanks();
        let test = self.test(has_blank)?;
        Ok(Comparison { selector, test })
    }

    fn selector(&mut self) -> Result<Selector, Fault> {
        let start = self.cursor.pos();
        self.cursor.eat("$");
        let mut steps = Vec::new();
        loop {
            let at = self.cursor.pos();
            let step = if self.cursor.eat(".*") {
                Step::Each
            } else if self.cursor.eat(".['") {
                let name = self.cursor.take_while(|c| c != '\'').to_owned();
                if name.is_empty() || !self.cursor.eat("']") {
                    return Err(self.cursor.fault_from(ErrorKind::InvalidSelector, at));
                }
                Step::Name(name)
            } else if self.cursor.eat(".") {
                let name = self.cursor.take_while(cursor::is_name).to_owned();
                if name.is_empty() {
                    self.cursor.bump();
                    return Err(self.cursor.fault_from(ErrorKind::InvalidSelector, at));
                }
                Step::Name(name)
            } else if !steps.is_empty() && self.cursor.eat("[*]") {
                Step::Each
            } else if !steps.is_empty() && self.cursor.eat("[") {
                self.index(at)?
            } else {
                break;
            };
            if step == Step::Each && steps.contains(&Step::Each) {
                return Err(self.cursor.fault_from(ErrorKind::SelectorWildcards, at));
            }
            steps.push(step);
        }
        if steps.is_empty() {
            self.cursor.bump();
            return Err(self.cursor.fault_from(ErrorKind::InvalidSelector, start));
        }
        let selector = Selector { steps };
        self.wildcards += usize::from(selector.has_wildcard());
        if self.wildcards > MAX_WILDCARDS {
            return Err(self.cursor.fault_from(ErrorKind::WildcardSelectors, start));
        }
        Ok(selector)
    }

    fn index(&mut self, at: usize) -> Result<Step, Fault> {
        let digits = self.cursor.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() || !self.cursor.eat("]") {
            self.cursor.bump();
            return Err(self.cursor.fault_from(ErrorKind::InvalidSelector, at));
        }
        // No event holds so many elements: a larger index is as far out of reach.
        Ok(Step::Index(digits.parse().unwrap_or(u64::MAX)))
    }

    fn test(&mut self, has_blank: bool) -> Result<Test, Fault> {
        let start = self.cursor.pos();
        match self.cursor.take_while(|c| matches!(c, '=' | '!' | '<' | '>' | '~' | '&' | '|')) {
            "" => self.keyword_test(has_blank),
            "=" => Ok(Test::Equal(self.json_operand()?)),
            "!=" => Ok(Test::NotEqual(self.json_operand()?)),
            "<" => self.order(Order::Less),
            "<=" => self.order(Order::LessOrEqual),
            ">" => self.order(Order::Greater),
            ">=" => self.order(Order::GreaterOrEqual),
            "&&" | "||" => Err(self.cursor.fault_from(ErrorKind::ExpectedOperator, start)),
            _ => Err(self.cursor.fault_from(ErrorKind::UnknownOperator, start)),
        }
    }

    fn json_operand(&mut self) -> Result<Operand, Fault> {
        self.operand(|c| matches!(c, ')' | '}' | '&' | '|'))
    }

    fn order(&mut self, order: Order) -> Result<Test, Fault> {
        self.cursor.skip_blanks();
        let start = self.cursor.pos();
        match self.json_operand()? {
            Operand::Number(number) => Ok(Test::Order(order, number)),
            Operand::Text(_) | Operand::Regex(_) => Err(self.cursor.fault_from(ErrorKind::ExpectedNumber, start)),
        }
    }

    fn keyword_test(&mut self, has_blank: bool) -> Result<Test, Fault> {
        let start = self.cursor.pos();
        let keyword = self.cursor.take_while(cursor::is_name).to_ascii_uppercase();
        let is_apart = self.cursor.skip_blanks();
        match keyword.as_str() {
            _ if !has_blank => Err(self.cursor.fault_token(ErrorKind::ExpectedOperator)),
            "IS" if is_apart => {
                let at = self.cursor.pos();
                match self.cursor.take_while(cursor::is_name).to_ascii_uppercase().as_str() {
                    "NULL" => Ok(Test::IsNull),
                    "TRUE" => Ok(Test::IsTrue),
                    "FALSE" => Ok(Test::IsFalse),
                    _ => Err(self.cursor.fault_from(ErrorKind::ExpectedState, at)),
                }
            }
            "NOT" if is_apart => {
                let at = self.cursor.pos();
                match self.cursor.take_while(cursor::is_name).to_ascii_uppercase().as_str() {
                    "EXISTS" => Ok(Test::NotExists),
                    _ => Err(self.cursor.fault_from(ErrorKind::ExpectedExists, at)),
                }
            }
            "" => Err(self.cursor.fault_token(ErrorKind::ExpectedOperator)),
            word => Err(Fault::new(ErrorKind::ExpectedOperator, start, start + word.len())),
        }
    }
}
