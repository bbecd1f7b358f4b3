//! Which events of many are of interest to somebody, by their bytes alone: most are not, and need not be looked at one by one.

use filter_pattern::{Occurrences, Prefilter};

use super::agreed::BEGINNING;

/// Finds the events that are of interest.
pub trait Sieve {
    /// The places of those events that are, in order. An event is what is in `bytes` up to its place in `ends`, from the end of
    /// the one before it; a comma or the end of a line may belong to it.
    /// `names`: where names of members are that begin as most do, if that is known.
    fn sift(&self, bytes: &[u8], ends: &[usize], names: Option<&[usize]>) -> Vec<usize>;

    /// Whether an event is.
    fn is_left(&self, event: &[u8]) -> bool;
}

/// Those that some pattern may match.
impl Sieve for Prefilter {
    fn sift(&self, bytes: &[u8], ends: &[usize], names: Option<&[usize]>) -> Vec<usize> {
        self.sift(bytes, ends, names.map(|at| Occurrences { text: BEGINNING, at }))
    }

    fn is_left(&self, event: &[u8]) -> bool {
        !self.left(event).is_empty()
    }
}
