//! `cis-audit` answers one question for each CIS AWS Foundations monitoring control:
//! if such an event happened in this account now, would a person be told?
//!
//! ```text
//! AWS ──collect──▶ Snapshot ──audit──▶ Report ──render──▶ table, json, …
//!                     ▲                   │
//!  snapshot.json ─────┘                  plan ──▶ Plan ──apply──▶ AWS ──▶ collect + audit again
//! ```
//!
//! The modules below stand in the order of that path. The laws they keep:
//!
//! 1. Only `aws` names an `aws_*` crate; it, `fix::apply` and `fix::undo`, which call it, and `app` alone are async. It
//!    is the default-on cargo feature `aws`: without it the crate is the offline auditor and pattern engine.
//! 2. [`snapshot::Snapshot`] and [`finding::Report`] are plain, versioned documents; stages share them and nothing else.
//! 3. [`mod@audit`], [`pattern`], [`report`] and [`template`] are pure: no IO, no clock, no async; equal input, equal bytes
//!    out.
//! 4. What could not be read is a [`snapshot::Gap`], never "absent". A rule whose answer hangs on a gap is unknown.
//! 5. stdout is the report; progress and questions go to stderr.

pub mod cli;
pub mod exit;
mod file;

pub mod app;

pub mod audit;
#[cfg(feature = "aws")]
pub mod aws;
pub mod drift;
pub mod events;
pub mod finding;
pub mod fix;
pub mod pattern;
pub mod permissions;
pub mod report;
pub mod rule;
pub mod snapshot;
pub mod template;
pub mod waiver;

mod alarm_rule;
pub mod arn;
pub mod closed;
mod deploy_time;
pub mod escape;
mod iam_policy;
mod json;
pub mod mask;
pub mod partition;
mod truth;
