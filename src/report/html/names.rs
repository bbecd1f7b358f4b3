//! How much of a name of the account's a page shows.

/// Columns that are shown; no one reads more.
pub(super) const LONGEST: usize = 4000;
