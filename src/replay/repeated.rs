//! How many events are there more than once, by their ids, in little memory: exact up to a number of different ids, and
//! beyond that by those whose hashes begin with enough zeros, which are a known share of all (Gibbons: "Distinct Sampling for
//! Highly-Accurate Answers to Distinct Values Queries and Event Reports", 2001).

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Different ids that are kept.
const MOST: usize = 1 << 16;

/// The golden ratio's digits, as hashes by multiplication have it.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many zeros the hash of an id begins with that is kept: those who find ids leave the others out by it.
pub(super) type Level = Arc<AtomicU32>;

/// The ids of a block, or of all events.
#[derive(Debug, Default)]
pub(super) struct Ids {
    level: Level,
    /// Hashes in the order of a block's events.
    found: Vec<u64>,
    /// How often each was there.
    seen: HashMap<u64, u64, Keyed>,
}

/// Of what is a hash already, with a key that nobody knows beforehand: ids are chosen by who writes the events.
#[derive(Debug, Clone)]
struct Keyed(u64);

impl Default for Keyed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Keyed {
    type Hasher = Hashed;

    fn build_hasher(&self) -> Hashed {
        Hashed(self.0)
    }
}

#[derive(Debug)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.write_u64(hash(bytes));
    }

    fn write_u64(&mut self, hash: u64) {
        // A map takes the last bits first; all bits of the hash are in the first ones of the product.
        self.0 = (hash ^ self.0).wrapping_mul(ODD).rotate_left(u64::BITS / 2);
    }
}

impl Ids {
    /// Of a block, or of all: they share the level.
    pub(super) fn at(level: &Level) -> Self {
        Self { level: Arc::clone(level), ..Self::default() }
    }

    /// Notes the id of an event of a block.
    pub(super) fn find(&mut self, id: &[u8]) {
        let hash = hash(id);
        if is_kept(hash, self.level.load(Ordering::Relaxed)) {
            self.found.push(hash);
        }
    }

    /// Adds the ids of a block.
    pub(super) fn add(&mut self, block: Self) {
        self.add_within(block.found, MOST);
    }

    fn add_within(&mut self, found: Vec<u64>, most: usize) {
        let mut level = self.level.load(Ordering::Relaxed);
        for hash in found {
            // The level may have risen since it was found.
            if !is_kept(hash, level) {
                continue;
            }
            *self.seen.entry(hash).or_default() += 1;
            while self.seen.len() > most && level < u64::BITS {
                level += 1;
                self.seen.retain(|hash, _| is_kept(*hash, level));
            }
        }
        self.level.store(level, Ordering::Relaxed);
    }

    /// How many events have an id that another one had before them, and whether that is an estimate.
    pub(super) fn repeated(&self) -> (u64, bool) {
        let level = self.level.load(Ordering::Relaxed);
        let repeated: u64 = self.seen.values().map(|times| times - 1).sum();
        (repeated.saturating_mul(1_u64.checked_shl(level).unwrap_or(u64::MAX)), level > 0)
    }
}

fn is_kept(hash: u64, level: u32) -> bool {
    hash.leading_zeros() >= level
}

/// Equal for equal ids, and its bits as good as random: multiplied by word, and mixed at the end (the finalizer of
/// `MurmurHash3`).
fn hash(id: &[u8]) -> u64 {
    let (words, rest) = id.as_chunks::<8>();
    let last = rest.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
    let all = words.iter().map(|word| u64::from_be_bytes(*word)).chain([last]);
    let mixed = all.fold(id.len() as u64, |mixed, word| (mixed.rotate_left(23) ^ word).wrapping_mul(ODD));
    let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ mixed >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many ids, each so many times.
    fn repeated(ids: u64, times: usize, most: usize) -> (u64, bool) {
        let mut all = Ids::default();
        for _ in 0..times {
            let found = (0..ids).map(|id| hash(format!("{id:08x}-1111-4111-9111-a01d121ae3e6").as_bytes())).collect();
            all.add_within(found, most);
        }
        all.repeated()
    }

    #[test]
    fn few_ids_are_counted_exactly() {
        assert_eq!(repeated(1_000, 1, 1_000), (0, false));
        assert_eq!(repeated(1_000, 3, 1_000), (2_000, false));
    }

    #[test]
    fn many_ids_are_estimated_in_little_memory() {
        assert_eq!(repeated(50_000, 1, 1_000), (0, true));
        let (count, is_estimate) = repeated(50_000, 2, 1_000);
        assert!(is_estimate && (40_000..60_000).contains(&count), "{count}");
    }
}
