//! What is found out once in a run, however many accounts or files ask for it: a bounded store of answers. Must hold only
//! answers that depend on nothing but their question.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// So many answers are kept; then all of them are given up.
const MOST: usize = 4096;

/// Answers by their questions.
pub(crate) struct Remembered<Q, A>(Mutex<HashMap<Q, A>>);

impl<Q, A> Default for Remembered<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Hash + Eq, A: Clone> Remembered<Q, A> {
    /// The answer to a question. Others go on asking while it is found out; of two answers found at once the first counts.
    pub(crate) fn answer<B>(&self, question: &B, find: impl FnOnce() -> A) -> A
    where
        Q: Borrow<B>,
        B: Hash + Eq + ToOwned<Owned = Q> + ?Sized,
    {
        let answers = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers().get(question) {
            return known.clone();
        }
        let found = find();
        let mut answers = answers();
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.entry(question.to_owned()).or_insert(found).clone()
    }
}
