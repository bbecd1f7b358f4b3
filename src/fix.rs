//! From what is missing to a person being notified.
//!
//! ```text
//! Snapshot × Survey × Options ──planner──▶ Plan ──show──▶ a person ──yes──▶ apply ──▶ collect and audit again
//!                                           ▲                                 │
//!                                 a saved plan, a template                 Journal ──▶ undo
//! ```
//!
//! A fix does what its [`Plan`](plan::Plan) says and nothing else. It never overwrites what it did not create, deletes
//! nothing, and plans nothing on a gap: what could not be read is never taken for missing. Everything here but carrying
//! a plan out is pure.

#[cfg(feature = "aws")]
pub mod apply;
pub mod documents;
pub mod exceptions;
#[cfg(feature = "aws")]
pub(crate) mod execute;
pub mod journal;
pub mod names;
pub mod options;
pub mod permissions;
pub mod plan;
pub mod planner;
pub mod questions;
pub mod simulate;
pub mod survey;
#[cfg(feature = "aws")]
pub mod undo;
pub mod validate;

#[cfg(test)]
pub(crate) mod tests;
