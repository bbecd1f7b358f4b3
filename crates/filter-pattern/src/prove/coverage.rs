//! What filters make of a demand.

use crate::eval::construct::Construct;
use crate::prove::witness::Witness;

/// The answer of [`covers`](crate::covers). There is no fourth one, so that programs can be sure to have thought of all.
#[derive(Debug, Clone, PartialEq)]
pub enum Coverage {
    /// Every event that the required pattern matches is matched by one of the filters.
    Covered,
    /// This event is required and matched by none.
    Missed(Witness),
    /// That depends on something that AWS does not document, or would take too long.
    Undecided(Construct),
}
