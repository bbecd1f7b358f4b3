//! The pages of a list: where the next begins, and when there have been enough. Nothing is asked here, and what a page
//! holds is for the one that asks.

use std::collections::BTreeSet;

use super::error::{Call, Failure};

/// Walks the pages of one list to its end.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    call: Call<'a>,
    /// Pages that may still be asked for. A server that goes on for ever is stopped there.
    left: usize,
    /// Tokens that came before: a page that leads back to one of them has no end behind it. `None`: it may.
    seen: Option<BTreeSet<String>>,
    token: Option<String>,
}

impl<'a> Pages<'a> {
    /// A list that has at most so many pages.
    pub(super) fn new(call: Call<'a>, most: usize) -> Self {
        Self { call, left: most, seen: Some(BTreeSet::new()), token: None }
    }

    /// A search of at most so many pages, which goes on where a page leads back to one that came before.
    pub(super) fn of_search(call: Call<'a>, most: usize) -> Self {
        Self { seen: None, ..Self::new(call, most) }
    }

    /// A list of which a page was read already: it goes on at this token.
    pub(super) fn behind(call: Call<'a>, most: usize, token: String) -> Self {
        Self { call, left: most, seen: Some(BTreeSet::from([token.clone()])), token: Some(token) }
    }

    /// The token of the page to ask for. `None`: the first.
    pub(super) fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Turns to the page that an answer names. `false`: it was the last.
    ///
    /// # Errors
    /// The pages do not end: the token came before, or there are more than there can be.
    pub(super) fn turn(&mut self, next: Option<String>) -> Result<bool, Failure> {
        let Some(next) = next.filter(|token| !token.is_empty()) else { return Ok(false) };
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(self.call.bad_answer("the pages do not end"));
        }
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(next.clone())) {
            return Err(self.call.bad_answer("the pages do not end: the token of one came before"));
        }
        self.token = Some(next);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call<'_> = Call { operation: "cloudwatch:DescribeAlarms", region: "us-east-1", resource: None };

    fn turned(pages: &mut Pages<'_>, next: &str) -> Result<bool, String> {
        pages.turn(Some(next.to_owned())).map_err(|failure| failure.message)
    }

    #[test]
    fn pages_end_where_no_token_follows() {
        let mut pages = Pages::new(CALL, 10);
        assert_eq!(pages.token(), None);
        assert_eq!(turned(&mut pages, "a"), Ok(true));
        assert_eq!(pages.token().as_deref(), Some("a"));
        assert_eq!(turned(&mut pages, ""), Ok(false));
        assert_eq!(pages.turn(None).map_err(|failure| failure.message), Ok(false));
    }

    #[test]
    fn a_token_that_came_before_ends_them_at_once() {
        let again = Err("the pages do not end: the token of one came before".to_owned());
        let mut pages = Pages::new(CALL, 1_000);
        assert_eq!(turned(&mut pages, "a"), Ok(true));
        assert_eq!(turned(&mut pages, "b"), Ok(true));
        assert_eq!(turned(&mut pages, "a"), again);
        assert_eq!(turned(&mut Pages::behind(CALL, 1_000, "a".to_owned()), "a"), again);
    }

    #[test]
    fn a_search_goes_on_where_a_page_leads_back() {
        let mut pages = Pages::of_search(CALL, 3);
        assert_eq!(turned(&mut pages, "a"), Ok(true));
        assert_eq!(turned(&mut pages, "a"), Ok(true));
        assert_eq!(turned(&mut pages, "a"), Err("the pages do not end".to_owned()));
    }

    #[test]
    fn more_pages_than_there_can_be_are_not_read() {
        let mut pages = Pages::new(CALL, 2);
        assert_eq!(turned(&mut pages, "1"), Ok(true));
        assert_eq!(turned(&mut pages, "2"), Err("the pages do not end".to_owned()));
    }
}
