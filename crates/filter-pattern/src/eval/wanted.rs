//! Which values of an event a pattern looks at, as a tree of keys: all others are checked to be JSON and skipped.

use crate::syntax::ast::{Comparison, Expr, Step, Test};

/// The root of the tree.
pub(crate) const ROOT: Want = Want::At(0);

/// What is wanted of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Nothing.
    Nothing,
    /// The value, and of its parts those that this branch names.
    At(usize),
    /// The value with all its parts.
    Whole,
}

/// The values that a pattern looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    branches: Vec<Branch>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Branch {
    names: Vec<(String, usize)>,
    indexes: Vec<(u64, usize)>,
    /// Something speaks of all parts.
    is_whole: bool,
}

impl Wanted {
    /// Of a pattern that does not look into JSON.
    pub(crate) fn nothing() -> Self {
        Self { branches: vec![Branch::default()] }
    }

    pub(crate) fn new(expr: &Expr) -> Self {
        Self::of_all([expr])
    }

    /// Whatever one of them looks at. More than a pattern looks at makes no difference to it.
    pub(crate) fn of_all<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> Self {
        let mut wanted = Self::nothing();
        for expr in exprs {
            expr.each_comparison(&mut |comparison| wanted.add(comparison));
        }
        wanted
    }

    fn add(&mut self, Comparison { selector, test }: &Comparison) {
        let mut at = 0;
        for step in &selector.steps {
            at = match step {
                Step::Name(name) => match self.branches[at].names.iter().find(|(known, _)| known == name) {
                    Some(&(_, below)) => below,
                    None => {
                        let below = self.branch();
                        self.branches[at].names.push((name.clone(), below));
                        below
                    }
                },
                Step::Index(index) => match self.branches[at].indexes.iter().find(|(known, _)| known == index) {
                    Some(&(_, below)) => below,
                    None => {
                        let below = self.branch();
                        self.branches[at].indexes.push((*index, below));
                        below
                    }
                },
                Step::Each => {
                    self.branches[at].is_whole = true;
                    return;
                }
            };
        }
        // An array is null if an element is.
        self.branches[at].is_whole |= *test == Test::IsNull;
    }

    fn branch(&mut self) -> usize {
        self.branches.push(Branch::default());
        self.branches.len() - 1
    }

    /// What is wanted of the member of an object.
    pub(crate) fn member(&self, of: Want, key: &str) -> Want {
        self.part(of, |branch| branch.names.iter().find(|(name, _)| name == key).map(|&(_, below)| below))
    }

    /// What is wanted of the element of an array.
    pub(crate) fn element(&self, of: Want, index: u64) -> Want {
        self.part(of, |branch| branch.indexes.iter().find(|(known, _)| *known == index).map(|&(_, below)| below))
    }

    fn part(&self, of: Want, find: impl Fn(&Branch) -> Option<usize>) -> Want {
        match of {
            Want::At(at) if self.branches[at].is_whole => Want::Whole,
            Want::At(at) => find(&self.branches[at]).map_or(Want::Nothing, Want::At),
            other @ (Want::Nothing | Want::Whole) => other,
        }
    }
}
