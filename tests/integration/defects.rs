//! The table of defects, deployed: the real executable reports of each account what the table writes out, on every endpoint
//! that can hold it. The unit tests judge the same rows in memory; here the account is read through AWS's own answers.
//!
//! `CIS_AUDIT_SLOW=1` deploys every row everywhere; by default every row is on the in-process server, and a sample on the
//! emulators.

use cis_audit::finding::Status;

use crate::support::accounts::AccountBuilder;
use crate::support::accounts::builder::seed;
use crate::support::accounts::defects::sound::SOUND;
use crate::support::accounts::defects::{self, Affects, CONTROL, Defect, Expected};
use crate::support::described::{Described, describe};
use crate::support::report::Report;
use crate::support::run::Run;
use crate::support::stage::{Endpoint, Stage};
use crate::support::sweep::{at_once, chosen};

/// A row of the table that an endpoint can hold.
struct Case {
    name: &'static str,
    apply: fn(AccountBuilder, &str) -> AccountBuilder,
    affects: Affects,
    expected: Expected,
}

fn cases() -> Vec<Case> {
    let defects =
        defects::all().map(|&Defect { name, apply, affects, expected }| Case { name, apply, affects, expected });
    let sound = SOUND.iter().map(|sound| {
        let expected = Expected { security_hub: sound.security_hub, ..Expected::PASS };
        Case { name: sound.name, apply: sound.apply, affects: Affects::All, expected }
    });
    defects.chain(sound).collect()
}

/// The case as an endpoint holds it, if it can.
fn described(case: &Case, endpoint: Endpoint) -> Option<Described> {
    let described = describe((case.apply)(seed(), CONTROL)).ok()?;
    described.endpoints.contains(&endpoint).then_some(described)
}

/// The verdicts on the control and the code of the reason, as the table has them.
fn verdicts(report: &Report) -> [String; 4] {
    let finding = report.finding(CONTROL);
    let reason = finding.verdict_reasons.effective.as_ref().or(finding.reason.as_ref());
    let code = reason.map(|reason| reason.code.clone()).unwrap_or_default();
    let found = &finding.verdicts;
    [found.cis.clone(), found.effective.clone(), found.security_hub.clone(), code]
}

/// What is not as the case expects it, if anything: the verdicts on the control, the status of the others, the exit code,
/// and whether all was read.
fn difference(case: &Case, run: &Run, report: &Report) -> Option<String> {
    let Expected { cis, effective, security_hub, code } = case.expected;
    let expected = [cis.as_str(), effective.as_str(), security_hub.as_str(), code.map_or("", |code| code.as_str())];
    let found = verdicts(report);
    let others = report.results.iter().filter(|finding| finding.rule != CONTROL);
    let wrong: Vec<&str> = others
        .filter(|finding| match case.affects {
            Affects::All => finding.status != cis.as_str(),
            Affects::One => finding.status != "pass",
            Affects::Some => false,
        })
        .map(|finding| finding.rule.as_str())
        .collect();
    let exit_code = match cis {
        Status::Pass => 0,
        Status::Fail => 1,
        Status::Unknown => 2,
    };
    let is_as_expected = found == expected && wrong.is_empty() && run.code == Some(exit_code) && report.gaps.is_empty();
    (!is_as_expected).then(|| {
        format!(
            "{}: {found:?}, not {expected:?}; {wrong:?}, {:?}, {:?} {}",
            case.name, run.code, report.gaps, run.stderr
        )
    })
}

/// Deploys each of so many cases on the endpoint; `None`: all of them. Returns how many there were.
fn assert_reported(endpoint: Endpoint, sample: Option<usize>) -> usize {
    let held: Vec<Case> = cases().into_iter().filter(|case| described(case, endpoint).is_some()).collect();
    let sample = sample.unwrap_or(held.len());
    let held = chosen(held, sample, |case| case.name.to_owned());
    let wrong = at_once(3, &held, |case| {
        let Described { account, .. } = described(case, endpoint)?;
        let stage = Stage::new(endpoint, account)?;
        let (run, report) = stage.cli().report();
        difference(case, &run, &report)
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} on {endpoint:?}:\n{}", wrong.len(), held.len(), wrong.join("\n"));
    held.len()
}

#[test]
fn every_row_is_reported_on_the_in_process_server() {
    assert!(assert_reported(Endpoint::Fake, None) > 100, "the server can hold more than 100 rows");
}

#[test]
fn rows_are_reported_on_ministack() {
    assert_reported(Endpoint::Ministack, Some(24));
}

#[test]
fn rows_are_reported_on_moto() {
    assert_reported(Endpoint::Moto, Some(24));
}
