//! Sweeps over all that can go wrong, one test each. `cargo test` runs a fixed sample of every sweep, `.ci/run --slow` all
//! of it; the tables are left in `target/sweeps`.

/// Every operation that fails in every way, on accounts that are sound and broken.
mod fault_matrix;
