//! Links to monitoring accounts: read only where a control has no alarm, and a note where metrics are shared; and all
//! metric filters of a region, read only where a control has nothing.

use crate::support::account::{Account, LogGroup, MetricFilter};
use crate::support::fault::{Fault, FaultRule};
use crate::support::report::all_pass;
use crate::support::run::Run;
use crate::support::seed::REGION;
use crate::support::stage::{Stage, fresh_id};

const LIST: &str = "oam:ListLinks";
const METRICS: &str = "AWS::CloudWatch::Metric";

/// The seed without the alarm of 3.5, linked to these monitoring accounts.
fn linked(accounts: &[&str]) -> Account {
    let mut account = Account::seed(&fresh_id());
    account.remove_alarm("3.5");
    let links = accounts.iter().map(|id| ((*id).to_owned(), METRICS.to_owned()));
    account.region(REGION).monitoring_links = links.collect();
    account
}

/// The notes of 3.5, which fails for want of an alarm.
fn notes(run: &Run) -> Vec<String> {
    let report = run.report();
    let finding = report.finding("3.5");
    assert_eq!((finding.status.as_str(), run.code), ("fail", Some(1)), "{run:#?}");
    assert_eq!(finding.reason.as_ref().map(|reason| reason.code.as_str()), Some("alarm.none"));
    let notes = finding.warnings.iter().filter(|warning| warning.code == "alarm.monitoring_account");
    notes.map(|note| note.message.clone()).collect()
}

fn audited(stage: &Stage, arguments: &[&str]) -> Run {
    stage.cli().args(arguments).args(&["-f", "json"]).run()
}

fn asked(stage: &Stage) -> usize {
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
    stage.traffic().by_action().get(LIST).copied().unwrap_or_default()
}

const UNKNOWN: &str =
    "an alarm may be in a monitoring account (CloudWatch cross-account observability), which cannot be seen from here";

#[test]
fn a_monitoring_account_that_gets_the_metrics_is_a_note() {
    let stage = Stage::fake(linked(&["444455556666"]));
    assert_eq!(
        notes(&audited(&stage, &[])),
        [
            "the metrics are shared with monitoring account 444455556666 (CloudWatch cross-account observability), whose alarms cannot be seen from here"
        ]
    );
    assert_eq!(asked(&stage), 1);
    let stage = Stage::fake(linked(&[]));
    assert_eq!(notes(&audited(&stage, &[])), Vec::<String>::new());
    // All pages are read.
    let many: Vec<String> = (0..7).map(|id| format!("44445555666{id}")).collect();
    let stage = Stage::fake(linked(&many.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(notes(&audited(&stage, &[]))[0].contains("444455556660, 444455556661"));
    assert_eq!(asked(&stage), 2);
}

#[test]
fn links_are_asked_for_only_where_an_alarm_is_missing() {
    let mut account = Account::seed(&fresh_id());
    account.region(REGION).monitoring_links = vec![("444455556666".to_owned(), METRICS.to_owned())];
    let stage = Stage::fake(account.clone());
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(asked(&stage), 0);
    account.remove_filter("3.5");
    let stage = Stage::fake(account);
    assert_eq!(audited(&stage, &[]).code, Some(1));
    assert_eq!(asked(&stage), 0);
}

#[test]
fn links_that_could_not_be_read_change_no_verdict() {
    let stage = Stage::fake_with_faults(linked(&["444455556666"]), vec![FaultRule::always(LIST, Fault::Denied)]);
    let run = audited(&stage, &[]);
    assert_eq!(notes(&run), [UNKNOWN]);
    let gaps: Vec<String> = run.report().gaps.iter().map(|gap| format!("{} {}", gap.operation, gap.code)).collect();
    assert_eq!(gaps, ["oam:ListLinks AccessDeniedException"]);
    let stage = Stage::fake(linked(&["444455556666"]));
    assert_eq!(notes(&audited(&stage, &["--skip-optional"])), [UNKNOWN]);
    assert_eq!(asked(&stage), 0);
}

/// The filter of 3.5 is on another log group, behind a page of others.
#[test]
fn a_near_miss_is_sought_on_every_page_of_the_regions_filters() {
    let mut account = Account::seed(&fresh_id());
    let moved = account.filter("3.5").clone();
    account.remove_filter("3.5");
    let others = (0..60).map(|n| MetricFilter::new(&format!("app-{n:02}"), "ERROR", "App", &format!("Errors{n}")));
    account.region(REGION).log_groups.push(LogGroup::new("app", others.collect()));
    account.region(REGION).log_groups.push(LogGroup::new("old", vec![moved]));
    let pages =
        |stage: &Stage| stage.traffic().by_action().get("logs:DescribeMetricFilters").copied().unwrap_or_default();
    let named = |run: &Run| run.stdout.contains("log group old has metric filter");
    let stage = Stage::fake(account.clone());
    let run = audited(&stage, &[]);
    assert!(run.code == Some(1) && named(&run), "{}", run.stdout);
    let all = pages(&stage);
    let stage = Stage::fake(account);
    let run = audited(&stage, &["--skip-optional"]);
    assert!(run.code == Some(1) && !named(&run), "{}", run.stdout);
    assert!(pages(&stage) < all, "{all}");
}
