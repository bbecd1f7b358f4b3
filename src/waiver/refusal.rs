//! A place in a waivers file, and what is wrong there.

use std::ops::Range;

/// What is wrong, and which bytes of the file say it.
pub(super) struct Refusal {
    pub(super) at: Range<usize>,
    pub(super) message: String,
}
