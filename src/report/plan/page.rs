//! What a plan is written on, and with what.

use crate::report::paint::Paint;
use crate::report::render_options::RenderOptions;

/// The page.
pub(super) struct Page<'a> {
    pub(super) options: &'a RenderOptions,
    pub(super) paint: Paint,
    /// Columns.
    pub(super) width: usize,
}
