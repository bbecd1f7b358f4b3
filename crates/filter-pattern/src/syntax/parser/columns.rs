//! `[ip, user, status = 4*, ...]`: columns of space-delimited text.

use super::reader::Reader;
use crate::syntax::ast::{Column, Operand, Order, Test};
use crate::syntax::cursor;
use crate::syntax::error::{ErrorKind, Fault};

impl Reader<'_> {
    pub(super) fn columns(mut self) -> Result<Vec<Column>, Fault> {
        let open = self.cursor.pos();
        self.cursor.eat("[");
        let mut columns: Vec<Column> = Vec::new();
        loop {
            self.cursor.skip_blanks();
            let start = self.cursor.pos();
            let column = self.column()?;
            let duplicate = match &column {
                Column::Blank => None,
                Column::Ellipsis => columns.contains(&Column::Ellipsis).then_some(ErrorKind::DuplicateEllipsis),
                Column::Named { name, .. } => columns
                    .iter()
                    .any(|other| matches!(other, Column::Named { name: taken, .. } if taken == name))
                    .then_some(ErrorKind::DuplicateColumn),
            };
            if let Some(kind) = duplicate {
                return Err(self.cursor.fault_from(kind, start));
            }
            columns.push(column);
            self.cursor.skip_blanks();
            if self.cursor.eat(",") {
                continue;
            }
            if self.cursor.eat("]") {
                break;
            }
            return Err(match self.cursor.peek() {
                None => Fault::new(ErrorKind::UnclosedColumns, open, open + 1),
                Some(_) => self.cursor.fault_token(ErrorKind::ExpectedConnective),
            });
        }
        if self.cursor.is_at_end() { Ok(columns) } else { Err(self.trailing_text()) }
    }

    fn column(&mut self) -> Result<Column, Fault> {
        if self.cursor.eat("...") {
            return Ok(Column::Ellipsis);
        }
        match self.cursor.peek() {
            None | Some(',' | ']') => return Ok(Column::Blank),
            Some(c) if c.is_alphabetic() || c == '_' => {}
            Some(_) => return Err(self.cursor.fault_token(ErrorKind::ExpectedColumn)),
        }
        let name = self.cursor.take_while(cursor::is_name).to_owned();
        self.cursor.skip_blanks();
        if !matches!(self.cursor.peek(), Some('=' | '!' | '<' | '>')) {
            return Ok(Column::Named { name, any: Vec::new() });
        }
        let mut any = vec![vec![self.column_test()?]];
        loop {
            self.cursor.skip_blanks();
            if self.cursor.eat("||") {
                any.push(Vec::new());
            } else if !self.cursor.eat("&&") {
                return Ok(Column::Named { name, any });
            }
            self.cursor.skip_blanks();
            let start = self.cursor.pos();
            let other = self.cursor.take_while(cursor::is_name);
            if other.is_empty() {
                return Err(self.cursor.fault_token(ErrorKind::ExpectedColumn));
            }
            if other != name {
                return Err(self.cursor.fault_from(ErrorKind::ForeignColumn, start));
            }
            self.cursor.skip_blanks();
            let test = self.column_test()?;
            if let Some(all) = any.last_mut() {
                all.push(test);
            }
        }
    }

    fn column_test(&mut self) -> Result<Test, Fault> {
        let start = self.cursor.pos();
        let operator = self.cursor.take_while(|c| matches!(c, '=' | '!' | '<' | '>'));
        let order = match operator {
            "=" => return Ok(Test::Equal(self.column_operand()?)),
            "!=" => return Ok(Test::NotEqual(self.column_operand()?)),
            "<" => Order::Less,
            "<=" => Order::LessOrEqual,
            ">" => Order::Greater,
            ">=" => Order::GreaterOrEqual,
            "" => return Err(self.cursor.fault_token(ErrorKind::ExpectedOperator)),
            _ => return Err(self.cursor.fault_from(ErrorKind::UnknownOperator, start)),
        };
        self.cursor.skip_blanks();
        let start = self.cursor.pos();
        match self.column_operand()? {
            Operand::Number(number) => Ok(Test::Order(order, number)),
            Operand::Text(_) | Operand::Regex(_) => Err(self.cursor.fault_from(ErrorKind::ExpectedNumber, start)),
        }
    }

    fn column_operand(&mut self) -> Result<Operand, Fault> {
        self.operand(|c| matches!(c, ',' | ']' | '&' | '|'))
    }
}
