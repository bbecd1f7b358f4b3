//! Sweeps over all that can go wrong, one test each. `cargo test` runs a fixed sample of every sweep, `.ci/run --slow` all
//! of it; the tables are left in `target/sweeps`.

/// Answers to an undoing that are cut at every byte.
mod cut_answers;
/// Every operation that fails in every way, on accounts that are sound and broken.
mod fault_matrix;
/// A fix that is killed before and after each of its calls, and then undone.
mod kills;
/// What is left of a fix once it is undone.
mod leftovers;
/// Files that are damaged in every way.
mod mutations;
/// Two fixes at once.
mod races;
