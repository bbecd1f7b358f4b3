//! `cis-audit` answers one question for each CIS AWS Foundations monitoring control:
//! if such an event happened in this account now, would a person be notified?
//!
//! ```text
//! AWS ──collect──▶ Snapshot ──audit──▶ Report ──render──▶ table, json, …
//!                     ▲                   │
//!  snapshot.json ─────┘                  plan ──▶ Plan ──apply──▶ AWS ──▶ collect + audit again
//! ```
//!
//! The laws that its modules keep:
//!
//! 1. Only `aws` names an `aws_*` crate; it, `fix::{execute, apply, undo}`, which wait for what carries them out, `app` and
//!    `worker` alone are async. It is the default-on cargo feature `aws`: without it the crate is the offline auditor.
//! 2. [`snapshot::Snapshot`] and [`finding::Report`] are plain, versioned documents; stages share them and nothing
//!    else. What a fix must know in addition is a document of its own, [`fix::survey::Survey`], which no audit sees.
//! 3. [`mod@audit`], [`report`] and [`template`] are pure, as the crate [`filter_pattern`] is: no IO, no clock, no async;
//!    equal input, equal bytes out. Files are opened by `worker`, `app`, `file`, `events` and `aws` alone; only `worker`,
//!    `cli` and `app` know that there is a command line.
//! 4. What could not be read is a [`snapshot::Gap`], never "absent". A rule whose answer depends on a gap is unknown.
//! 5. stdout is the report; progress and questions go to stderr.
//! 6. The modules are listed in layers, with a blank line between: each uses those of the layers below its own, and
//!    nothing else; nor do two files of a module need each other (`tests/architecture.rs`).

#[cfg(feature = "aws")]
pub mod worker;

pub mod app;

pub mod cli;

#[cfg(feature = "aws")]
pub mod aws;
pub mod declared;
pub mod report;
pub mod saved;
pub mod template;

pub mod exit;
pub mod fix;
pub mod merge;
pub mod replay;

pub mod audit;
pub mod drift;
pub mod waiver;

mod event_pattern;
pub mod finding;
mod iam_policy;

pub mod organization;
pub mod partition;
pub mod rule;
pub mod snapshot;

mod alarm_rule;
pub mod arn;
pub mod closed;
pub mod cloudtrail;
mod deploy_time;
pub mod document;
pub mod escape;
pub mod events;
mod file;
pub mod mask;
mod misspelt;
pub mod permissions;
mod refused;
mod truth;

mod remembered;

// Shared with the integration tests, and written against the public names only.
#[cfg(test)]
extern crate self as cis_audit;

#[cfg(test)]
#[path = "../tests/accounts/lib.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod accounts;
