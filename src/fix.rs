//! From what is missing to a person being told.
//!
//! ```text
//! Report × Snapshot × Options ──planner──▶ Plan ──show──▶ a person ──yes──▶ apply ──▶ collect and audit again
//!                                           ▲                                 │
//!                                 a saved plan, a template                 Journal ──▶ undo
//! ```
//!
//! A fix does what its [`Plan`](plan::Plan) says and nothing else. It never overwrites what it did not create, deletes
//! nothing, and plans nothing on a gap: what could not be read is never taken for missing. Everything here but carrying
//! a plan out is pure.

pub mod documents;
pub mod names;
pub mod options;
pub mod plan;
pub mod planner;
pub mod questions;
pub mod simulate;

#[cfg(test)]
mod tests;
