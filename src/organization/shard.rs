//! One of several parts of the accounts, for engines that run a command many times: which accounts are in it depends on
//! their names alone, so that every run finds the same without asking another.
//!
//! The part of an account never changes with the others: an account that is new moves nobody. With another number of parts
//! as few accounts move as can: jump consistent hash (Lamping and Veach, 2014) over the first eight bytes of the SHA-256 of
//! the name, which any other program can compute too.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The most parts: more than any of the engines starts.
const MOST: u32 = 10_000;

/// One of several parts of the accounts: `3/20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    number: u32,
    /// Of how many.
    of: u32,
}

/// Not a shard.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShardError {
    /// It has another form.
    #[error("must be K/N, such as 3/20: the third of twenty shards")]
    Form,
    /// There are none, or too many.
    #[error("there must be 1 to {MOST} shards, not {0}")]
    Count(u32),
    /// It is none of them.
    #[error("shards are counted from 1: 1/{of} to {of}/{of} (an index from 0 is one less: $((INDEX + 1))/{of})")]
    Number {
        /// How many there are.
        of: u32,
    },
}

impl Shard {
    /// Whether an account is in it: by its id, 12 digits, or, where a list names it by a profile alone, by the profile's
    /// name.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        bucket(key(name), self.of) + 1 == self.number
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError::Form)?;
        let digits = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_number).ok_or(ShardError::Form)
        };
        let (number, of) = (digits(number)?, digits(of)?);
        if !(1..=MOST).contains(&of) {
            return Err(ShardError::Count(of));
        }
        if !(1..=of).contains(&number) {
            return Err(ShardError::Number { of });
        }
        Ok(Self { number, of })
    }
}

/// What is hashed is spread evenly, however alike the names are.
fn key(name: &str) -> u64 {
    let digest = Sha256::digest(name);
    digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// Jump consistent hash: from 0.
fn bucket(mut key: u64, of: u32) -> u32 {
    let (mut last, mut next) = (0_u32, 0.0_f64);
    while next < f64::from(of) {
        // Below `of`, as the loop asks.
        last = next as u32;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let drawn = ((key >> 33) + 1) as f64;
        next = ((f64::from(last) + 1.0) * (f64::from(1_u32 << 31) / drawn)).floor();
    }
    last
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn shards(of: u32) -> Vec<Shard> {
        (1..=of).map(|number| Shard { number, of }).collect()
    }

    /// Account ids, each once.
    fn ids(count: usize) -> impl Strategy<Value = BTreeSet<u64>> {
        proptest::collection::btree_set(0..1_000_000_000_000_u64, count)
    }

    fn name(id: u64) -> String {
        format!("{id:012}")
    }

    #[test]
    fn a_shard_is_read_and_written_alike() {
        for text in ["1/1", "3/20", "10000/10000"] {
            assert_eq!(text.parse::<Shard>().map(|shard| shard.to_string()), Ok(text.to_owned()));
        }
        for (text, wanted) in [
            ("0/4", "shards are counted from 1: 1/4 to 4/4 (an index from 0 is one less: $((INDEX + 1))/4)"),
            ("5/4", "shards are counted from 1: 1/4 to 4/4 (an index from 0 is one less: $((INDEX + 1))/4)"),
            ("1/0", "there must be 1 to 10000 shards, not 0"),
            ("1/10001", "there must be 1 to 10000 shards, not 10001"),
            ("3", "must be K/N, such as 3/20: the third of twenty shards"),
            ("/", "must be K/N, such as 3/20: the third of twenty shards"),
            ("+1/4", "must be K/N, such as 3/20: the third of twenty shards"),
            ("1/4/8", "must be K/N, such as 3/20: the third of twenty shards"),
            ("1/99999999999", "must be K/N, such as 3/20: the third of twenty shards"),
        ] {
            assert_eq!(text.parse::<Shard>().map_err(|error| error.to_string()), Err(wanted.to_owned()), "{text}");
        }
    }

    /// They must never change: runs of two versions would audit some accounts twice and others not at all.
    #[test]
    fn the_shards_of_accounts_are_these() {
        let shard = |name: &str, of: u32| shards(of).into_iter().find(|shard| shard.has(name)).expect("one").number;
        let found = |of: u32| ["111122223333", "444455556666", "123456789012", "sandbox"].map(|name| shard(name, of));
        assert_eq!([found(2), found(4), found(20)], [[1, 1, 1, 2], [4, 1, 3, 2], [11, 1, 12, 2]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

        /// Each account is in one shard, and no shard has many more than another.
        #[test]
        fn ten_thousand_accounts_are_split_evenly(ids in ids(10_000), of in 1..=64_u32) {
            let shards = shards(of);
            let mut sizes = vec![0_usize; shards.len()];
            for (at, id) in ids.iter().enumerate() {
                let name = name(*id);
                let number = bucket(key(&name), of);
                sizes[number as usize] += 1;
                // Asking all shards takes long.
                if at < 100 {
                    let those: Vec<u32> = shards.iter().filter(|shard| shard.has(&name)).map(|it| it.number).collect();
                    prop_assert_eq!(those, [number + 1]);
                }
            }
            // What chance leaves: nobody who knows no other account can do better.
            let even = 10_000.0 / f64::from(of);
            let most = 5.0 * even.sqrt();
            prop_assert!(sizes.iter().all(|size| (*size as f64 - even).abs() <= most), "{:?}", sizes);
        }

        /// With one shard more, accounts move into the new one alone.
        #[test]
        fn a_new_shard_takes_and_moves_nothing_else(ids in ids(500), of in 1..=63_u32) {
            let (before, after) = (shards(of), shards(of + 1));
            for id in ids {
                let name = name(id);
                let find = |shards: &[Shard]| shards.iter().find(|shard| shard.has(&name)).map(|shard| shard.number);
                let (was, is) = (find(&before), find(&after));
                prop_assert!(is == was || is == Some(of + 1), "{:?} {:?}", was, is);
            }
        }
    }

    proptest! {
        // The same ids in each run: of all there are, a few in a thousand choices are less even by chance.
        #![proptest_config(ProptestConfig {
            cases: 8,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn two_to_four_shards_are_even_within_five_percent(ids in ids(10_000), of in 2..=4_u32) {
            for shard in shards(of) {
                let size = ids.iter().filter(|id| shard.has(&name(**id))).count() as f64;
                let even = 10_000.0 / f64::from(of);
                prop_assert!((size - even).abs() <= even * 0.05, "{}: {}", shard, size);
            }
        }
    }
}
