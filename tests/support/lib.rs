//! What the integration tests and the benches share: described accounts, servers to put them in, and a runner for the
//! real executable.
//!
//! Nothing here knows how the tool judges an account, and nothing here is linked into it.
//!
//! ```text
//! accounts ─ described ─▶ Account
//!
//! Account ─┬─ provision ─▶ ministack, moto ─┐
//!          └─ fake (AWS's own pages) ───────┴─▶ proxy (faults, counts) ─▶ cis-audit ─▶ Run, Report
//! ```

pub(crate) mod account;
#[path = "../accounts/lib.rs"]
#[expect(dead_code, unused_imports, reason = "the unit tests use the rest")]
pub(crate) mod accounts;
pub(crate) mod call;
pub(crate) mod compensate;
pub(crate) mod described;
pub(crate) mod fake;
pub(crate) mod fault;
pub(crate) mod function;
pub(crate) mod http;
pub(crate) mod identity;
pub(crate) mod listener;
pub(crate) mod organization;
pub(crate) mod provision;
pub(crate) mod proxy;
pub(crate) mod python;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod seed;
pub(crate) mod servers;
pub(crate) mod stage;
pub(crate) mod sweep;
pub(crate) mod tamper;
pub(crate) mod terraform;
pub(crate) mod tls;
pub(crate) mod traffic;
pub(crate) mod validate;
pub(crate) mod wire;
