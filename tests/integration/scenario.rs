//! One account, one change to it, and what the report then says.

use crate::support::account::Account;
use crate::support::report::{Expected, Report};
use crate::support::stage::{Endpoint, Stage, fresh_id};

pub(crate) const EVERYWHERE: &[Endpoint] = &[Endpoint::Ministack, Endpoint::Moto, Endpoint::Fake];
/// What moto cannot hold: composite alarms, alarms whose pages matter.
pub(crate) const NOT_MOTO: &[Endpoint] = &[Endpoint::Ministack, Endpoint::Fake];
/// What ministack cannot hold: alarms through `Metrics[]`, which it drops.
pub(crate) const NOT_MINISTACK: &[Endpoint] = &[Endpoint::Moto, Endpoint::Fake];
/// What only the in-process server can show.
pub(crate) const FAKE: &[Endpoint] = &[Endpoint::Fake];

/// Audits the seed with one change on each endpoint. Every rule's line, the exit code and the absence of gaps are
/// checked; the in-process server's report is handed back for what else the test wants of it.
pub(crate) fn check(endpoints: &[Endpoint], change: impl Fn(&mut Account), expected: &Expected) -> Report {
    let mut last = None;
    for &endpoint in endpoints {
        let mut account = Account::seed(&fresh_id());
        change(&mut account);
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let (run, report) = stage.cli().report();
        report.assert(expected, &format!("on {endpoint:?}\n{}", run.stderr));
        assert_eq!(run.code, Some(expected.exit_code()), "on {endpoint:?}: {run:#?}");
        assert_eq!(report.gaps.len(), 0, "on {endpoint:?}: {:#?}", report.gaps);
        last = Some(report);
    }
    last.expect("every scenario runs at least on the in-process server")
}
