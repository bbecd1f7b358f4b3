//! What a plan is written on, and with what.

use crate::report::look::Look;
use crate::report::paint::Paint;

/// The page.
pub(super) struct Page<'a> {
    pub(super) look: &'a Look,
    pub(super) paint: Paint,
    /// Columns.
    pub(super) width: usize,
}
