//! What holds of all events that a model allows: whether patterns cover another, and an event that shows that they do
//! not. Must not trust itself: every witness is evaluated by `eval` before it leaves.

pub(crate) mod aims;
pub(crate) mod apart;
pub(crate) mod candidate;
pub(crate) mod compose;
pub(crate) mod composed;
pub(crate) mod coverage;
pub(crate) mod covers;
pub(crate) mod exceptions;
pub(crate) mod formula;
pub(crate) mod holes;
pub(crate) mod kind;
pub(crate) mod model;
pub(crate) mod places;
pub(crate) mod question;
pub(crate) mod record;
pub(crate) mod region;
pub(crate) mod slips;
pub(crate) mod solve;
pub(crate) mod state;
pub(crate) mod tokens;
pub(crate) mod values;
pub(crate) mod walker;
pub(crate) mod witness;
