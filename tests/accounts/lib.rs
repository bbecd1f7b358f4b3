//! Accounts for tests of every kind: the seed's account, a builder that changes it in the words of AWS, and the one table
//! of what can be wrong with an account ([`defects`]).
//!
//! The files are compiled twice: into the library's unit tests, which judge a snapshot and plan for it, and into the
//! integration tests, which deploy the same account on an emulator. They use the library's public types alone, so that
//! nothing has to be public for their sake, and they know nothing of verdicts but those that the table writes out.

pub(crate) mod builder;
pub(crate) mod controls;
pub(crate) mod defects;

pub(crate) use builder::{AccountBuilder, seed};
pub(crate) use controls::CONTROLS;
