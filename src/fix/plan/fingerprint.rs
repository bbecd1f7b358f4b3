//! What a plan does, as a hash that people compare: where the plan is shown, where it is saved, and where it is carried
//! out.
//!
//! It is over all that decides what happens, subscribers' addresses in full, and over nothing else: the time at which the
//! account was read and what is said besides are left out, so that planning again gives the same fingerprint as long as
//! the same would be done. It tells two plans apart; it proves to nobody who made them.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Options, Plan, Step};

/// What is hashed, as JSON in this order. A change of it is a new [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
#[derive(Serialize)]
struct Hashed<'a> {
    schema_version: u32,
    account_id: &'a str,
    partition: &'a str,
    region: &'a str,
    benchmark: &'a str,
    verdict: &'a str,
    rules: &'a [String],
    options: &'a Options,
    steps: &'a [Step],
}

impl Plan {
    /// The fingerprint of what the plan does: SHA-256 in lower-case hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let Self {
            schema_version,
            fingerprint: _,
            endpoints_masked: _,
            collected_at: _,
            account_id,
            partition,
            region,
            benchmark,
            verdict,
            rules,
            options,
            steps,
            reused: _,
            by_hand: _,
            begun: _,
            not_subscribed: _,
            not_planned: _,
        } = self;
        let hashed = Hashed {
            schema_version: *schema_version,
            account_id,
            partition,
            region,
            benchmark,
            verdict,
            rules,
            options,
            steps,
        };
        // Strings, numbers, lists and maps with text for keys: JSON can hold them all.
        let text = serde_json::to_string(&hashed).unwrap_or_default();
        hex(&Sha256::digest(text))
    }

    /// The plan with its fingerprint.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.fingerprint = self.digest();
        self
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string can be written to.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
