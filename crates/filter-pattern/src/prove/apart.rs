//! Filters that can be left out of a question at a glance: the demand lists the values of a field, and they ask for others.
//! Must not search, and must not leave out a filter that could match anything of the demand.

use crate::prove::candidate::Candidate;
use crate::syntax::ast::{Comparison, Expr, Operand, Selector, Test, Tree};
use crate::syntax::lang::Lang;

/// The filters that may match something of a demand, and some that cannot.
pub(crate) fn near<'q>(found: &'q [Candidate<'q>], required: &Tree) -> Vec<&'q Candidate<'q>> {
    let lists = match required {
        Tree::Json(demand) => lists(demand),
        Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_) => Vec::new(),
    };
    let is_apart = |candidate: &Candidate<'_>| match candidate.tree() {
        Some(Tree::Json(filter)) => is_refused(filter, &lists),
        Some(Tree::Everything | Tree::Terms(_) | Tree::Regex(_) | Tree::Columns(_)) | None => false,
    };
    found.iter().filter(|candidate| !is_apart(candidate)).collect()
}

/// A field that every demanded event has, and the texts of which it holds one.
struct List<'d> {
    field: &'d Selector,
    texts: Vec<&'d str>,
}

/// Whether an expression holds for none of the events that have such texts. No deeper than the brackets of a pattern, which
/// the parser limits.
fn is_refused(expr: &Expr, lists: &[List<'_>]) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().any(|part| is_refused(part, lists)),
        Expr::Any(parts) => parts.iter().all(|part| is_refused(part, lists)),
        Expr::Test(Comparison { selector, test: Test::Equal(Operand::Text(literal)) }) => {
            lists.iter().filter(|list| list.field == selector).any(|list| {
                let takes = |lang: &Lang| list.texts.iter().any(|text| lang.accepts(text));
                !literal.readings().iter().any(takes)
            })
        }
        Expr::Test(_) => false,
    }
}

/// The lists of a demand that hold of all its events.
fn lists(demand: &Expr) -> Vec<List<'_>> {
    demand.conjuncts().iter().filter_map(list).collect()
}

fn list(part: &Expr) -> Option<List<'_>> {
    let choices = match part {
        Expr::Any(choices) => choices.as_slice(),
        other => std::slice::from_ref(other),
    };
    let (field, _) = named(choices.first()?)?;
    let texts = choices.iter().map(|choice| named(choice).filter(|(other, _)| *other == field).map(|(_, text)| text));
    Some(List { field, texts: texts.collect::<Option<_>>()? })
}

/// The one text that a test asks for, of a field that is there once.
fn named(test: &Expr) -> Option<(&Selector, &str)> {
    let Expr::Test(Comparison { selector, test: Test::Equal(Operand::Text(literal)) }) = test else { return None };
    match literal.readings() {
        [Lang::Exactly(text)] if !selector.has_wildcard() => Some((selector, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    const DEMAND: &str = "{ ($.source = iam) && (($.name = Create) || ($.name = Delete)) && $.error NOT EXISTS }";

    fn is_near(filter: &str) -> bool {
        let (demand, filter) = (Pattern::parse(DEMAND).unwrap(), Pattern::parse(filter).unwrap());
        !near(&[Candidate::new(&filter)], demand.tree()).is_empty()
    }

    #[test]
    fn a_filter_of_other_names_is_left_out() {
        assert!(!is_near("{ $.name = Stop || $.name = Start }"));
        assert!(!is_near("{ $.source = ec2 && $.user = ann }"));
        assert!(!is_near("{ ($.name = Stop && $.user = ann) || ($.source = ec2) }"));
        assert!(!is_near("{ $.name = Start* }"));
    }

    #[test]
    fn a_filter_that_may_match_something_is_kept() {
        assert!(is_near("{ $.name = Stop || $.name = Delete }"));
        assert!(is_near("{ $.name = Cre* }"));
        assert!(is_near("{ $.name != Create && $.name != Delete }"));
        assert!(is_near("{ $.name = Stop || $.user = ann }"));
        assert!(is_near("{ $.names[*] = Stop }"));
        assert!(is_near("{ $.error = AccessDenied }"));
        // It is not documented which texts these are.
        assert!(is_near("{ $.name = \"C\\q\" }"));
        assert!(is_near("Stop"));
    }

    #[test]
    fn a_demand_through_a_wildcard_leaves_out_nothing() {
        let (demand, filter) = (Pattern::parse("{ $.a[*] = x }").unwrap(), Pattern::parse("{ $.a[*] = y }").unwrap());
        assert_eq!(near(&[Candidate::new(&filter)], demand.tree()).len(), 1);
    }
}
