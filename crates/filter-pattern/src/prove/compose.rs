//! Patterns put together from expressions. What is put together is no other language than what is parsed: a pattern that
//! does not read back as what was meant is none.

use crate::pattern::{LONGEST, Pattern};
use crate::syntax::ast::{Expr, Tree};

/// Parts that hold together, or one of which holds.
pub(crate) fn join(parts: Vec<Expr>, all: bool) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Expr::All(inner) if all => flat.extend(inner),
            Expr::Any(inner) if !all => flat.extend(inner),
            other => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.swap_remove(0),
        _ if all => Expr::All(flat),
        _ => Expr::Any(flat),
    }
}

/// The pattern of an expression, if the service takes one so long.
pub(crate) fn written(expr: Expr) -> Option<Pattern> {
    let tree = Tree::Json(expr);
    let text = tree.to_string();
    let pattern = Pattern::parse(&text).ok()?;
    (*pattern.tree() == tree && text.chars().count() <= LONGEST).then_some(pattern)
}
