//! The real executable, run as people run it.

#[path = "../support/lib.rs"]
mod support;

/// The harness's own parts, checked against each other before anything is concluded from them.
mod harness;
