//! Counts of many texts in little memory: exact up to a number of different ones, and then those that occur most, with
//! counts that may be too high by a known number (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and
//! Top-k Elements in Data Streams", 2005).

use std::collections::{BTreeSet, HashMap};

/// Different texts that are counted exactly.
pub(crate) const EXACT: usize = 10_000;

/// Counts of texts.
#[derive(Debug, Default)]
pub(crate) struct Heavy {
    counts: HashMap<String, Count>,
    /// The same by their counts, once there are more texts than are counted exactly.
    ranks: BTreeSet<(u64, String)>,
    is_approximate: bool,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    count: u64,
    /// By so much it may be too high.
    error: u64,
}

/// One of the texts that occur most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// The text.
    pub text: String,
    /// How often it occurs, at most.
    pub count: u64,
    /// By so much the count may be too high.
    pub error: u64,
}

impl Heavy {
    pub(crate) fn add(&mut self, text: &str, times: u64) {
        self.add_within(text, times, EXACT);
    }

    fn add_within(&mut self, text: &str, times: u64, most: usize) {
        if let Some(known) = self.counts.get_mut(text) {
            if self.is_approximate {
                self.ranks.remove(&(known.count, text.to_owned()));
                self.ranks.insert((known.count + times, text.to_owned()));
            }
            known.count += times;
            return;
        }
        let mut error = 0;
        if self.counts.len() >= most {
            if !self.is_approximate {
                self.is_approximate = true;
                self.ranks = self.counts.iter().map(|(text, count)| (count.count, text.clone())).collect();
            }
            // The rarest gives way, and its count is what the new one may have had unseen.
            if let Some((least, rarest)) = self.ranks.pop_first() {
                self.counts.remove(&rarest);
                error = least;
            }
        }
        if self.is_approximate {
            self.ranks.insert((error + times, text.to_owned()));
        }
        self.counts.insert(text.to_owned(), Count { count: error + times, error });
    }

    /// Whether counts may be too high, and rare texts be missing.
    pub(crate) fn is_approximate(&self) -> bool {
        self.is_approximate
    }

    /// How many different texts are kept: all of them, unless counts may be too high.
    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Those that occur most, the most frequent first; of equals by their texts.
    pub(crate) fn top(&self, most: usize) -> Vec<Top> {
        let mut all: Vec<(&String, &Count)> = self.counts.iter().collect();
        all.sort_by(|a, b| b.1.count.cmp(&a.1.count).then_with(|| a.0.cmp(b.0)));
        let top = all.into_iter().take(most);
        top.map(|(text, count)| Top { text: text.clone(), count: count.count, error: count.error }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_are_counted_exactly() {
        let mut heavy = Heavy::default();
        for text in ["a", "b", "a"] {
            heavy.add(text, 1);
        }
        assert!(!heavy.is_approximate());
        let top = |text: &str, count| Top { text: text.to_owned(), count, error: 0 };
        assert_eq!(heavy.top(5), [top("a", 2), top("b", 1)]);
    }

    #[test]
    fn of_many_texts_the_frequent_ones_are_kept_within_the_error() {
        let mut heavy = Heavy::default();
        for round in 0..1000 {
            heavy.add_within("often", 1, 10);
            heavy.add_within(&format!("once {round}"), 1, 10);
        }
        assert!(heavy.is_approximate());
        let top = heavy.top(1);
        assert_eq!(top[0].text, "often");
        assert!(top[0].count >= 1000 && top[0].count - top[0].error <= 1000, "{top:?}");
        assert_eq!(heavy.top(20).len(), 10);
    }
}
