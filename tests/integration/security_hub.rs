//! Is Security Hub CSPM enabled? The one control that asks a service of its own, and the one call that it costs.

use crate::support::account::Account;
use crate::support::fault::{Fault, FaultRule};
use crate::support::listener::Listener;
use crate::support::report::Report;
use crate::support::run::Run;
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// The seed, with Security Hub CSPM enabled in these regions.
fn enabled_in(regions: &[&str]) -> Account {
    let mut account = Account::seed(&fresh_id());
    for region in regions {
        account.region(region).security_hub = true;
    }
    account
}

/// This control alone, by version 5.0.0.
fn audited(stage: &Stage) -> (Run, Report) {
    stage.cli().args(&["--benchmark", "5.0.0", "--rule", "4.16"]).report()
}

/// Status, code and verdicts of the one finding.
fn verdicts(report: &Report) -> (&str, Option<&str>, [&str; 3]) {
    let finding = report.finding("4.16");
    let verdicts = &finding.verdicts;
    let code = finding.reason.as_ref().map(|reason| reason.code.as_str());
    (&finding.status, code, [&verdicts.cis, &verdicts.effective, &verdicts.security_hub])
}

const EVERYWHERE: [Endpoint; 3] = [Endpoint::Fake, Endpoint::Moto, Endpoint::Ministack];

#[test]
fn enabled_in_the_region_asked_for() {
    for endpoint in EVERYWHERE {
        let Some(stage) = Stage::new(endpoint, enabled_in(&[REGION])) else { continue };
        let (run, report) = audited(&stage);
        assert_eq!(verdicts(&report), ("pass", None, ["pass", "pass", "not_supported"]), "{endpoint:?}: {report:#?}");
        assert_eq!((run.code, report.gaps.len()), (Some(0), 0), "{endpoint:?}");
    }
}

#[test]
fn not_enabled_in_the_region_asked_for() {
    for endpoint in EVERYWHERE {
        let Some(stage) = Stage::new(endpoint, enabled_in(&["eu-west-1"])) else { continue };
        let (run, report) = audited(&stage);
        let wanted = ("fail", Some("security_hub.not_enabled"), ["fail", "fail", "not_supported"]);
        assert_eq!(verdicts(&report), wanted, "{endpoint:?}: {report:#?}");
        assert_eq!((run.code, report.gaps.len()), (Some(1), 0), "{endpoint:?}");
        let finding = report.finding("4.16");
        let reason = finding.reason.as_ref().unwrap();
        assert_eq!(
            (reason.link.as_str(), reason.message.as_str()),
            ("security_hub", "Security Hub CSPM is not enabled in us-east-1")
        );
        assert_eq!(
            finding.chain,
            serde_json::json!({
                "trail": null, "log_group": null, "metric_filters": [], "alarms": [], "topics": [], "subscriptions": []
            })
        );
        let elsewhere = stage.cli().args(&["--region", "eu-west-1", "--benchmark", "6.0.0", "--rule", "5.16"]).run();
        assert_eq!(elsewhere.code, Some(0), "{endpoint:?}: {elsewhere:#?}");
    }
}

#[test]
fn a_failed_read_is_unknown_and_reported() {
    for fault in [Fault::Denied, Fault::ServerError, Fault::Throttled, Fault::Garbage, Fault::CutOff, Fault::Hang] {
        let faults = vec![FaultRule::always("securityhub:DescribeHub", fault)];
        let stage = Stage::fake_with_faults(enabled_in(&[REGION]), faults);
        let run =
            stage.cli().args(&["--benchmark", "5.0.0", "--rule", "4.16,4.5", "--timeout", "3", "-f", "json"]).run();
        let report = run.report();
        let wanted = ("unknown", Some("security_hub.unread"), ["unknown", "unknown", "not_supported"]);
        assert_eq!(verdicts(&report), wanted, "{report:#?}");
        assert_eq!((run.code, report.finding("4.5").status.as_str()), (Some(2), "pass"), "{run:#?}");
        let gaps: Vec<&str> = report.gap_operations().into_iter().collect();
        assert_eq!(gaps, ["securityhub:DescribeHub"]);
    }
}

/// A refusal for another reason is no proof that it is not enabled.
#[test]
fn another_refusal_of_access_is_unknown() {
    let reworded = FaultRule::rewrite("securityhub:DescribeHub", |_, response| {
        response.body = br#"{"Message":"Account is not an administrator for this organization"}"#.to_vec();
    });
    let stage = Stage::fake_with_faults(enabled_in(&[]), vec![reworded]);
    let (run, report) = audited(&stage);
    assert_eq!(verdicts(&report).1, Some("security_hub.unread"), "{report:#?}");
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn a_passing_fault_is_tried_again() {
    for fault in [Fault::ServerError, Fault::Throttled, Fault::CutOff] {
        let faults = vec![FaultRule::first("securityhub:DescribeHub", 1, fault)];
        let stage = Stage::fake_with_faults(enabled_in(&[REGION]), faults);
        let (run, report) = audited(&stage);
        assert_eq!(verdicts(&report).0, "pass", "{report:#?}");
        assert_eq!((run.code, stage.traffic().by_action()["securityhub:DescribeHub"]), (Some(0), 2));
    }
}

/// It is asked once, and only by the versions that have the control.
#[test]
fn one_call_more_where_the_control_asks_for_it() {
    let calls = |arguments: &[&str]| {
        let stage = Stage::fake(enabled_in(&[REGION]));
        stage.cli().args(arguments).report();
        assert_eq!(stage.traffic().strange(), Vec::<String>::new());
        stage.traffic().by_action()
    };
    for arguments in [&["--benchmark", "1.2.0"], &["--benchmark", "1.4.0"]] {
        assert!(!calls(arguments).keys().any(|action| action.starts_with("securityhub:")), "{arguments:?}");
    }
    let without = calls(&["--benchmark", "5.0.0", "--exclude", "4.16"]);
    let mut with = calls(&["--benchmark", "5.0.0"]);
    assert_eq!(with.remove("securityhub:DescribeHub"), Some(1));
    assert_eq!(with, without);
}

#[test]
fn a_saved_account_says_whether_it_is_enabled() {
    for (account, code) in [(enabled_in(&[REGION]), 0), (enabled_in(&[]), 1)] {
        let stage = Stage::fake(account);
        let saving = stage.cli().args(&["snapshot", "-o", "account.json"]);
        assert_eq!(saving.run().code, Some(0));
        let file = saving.home().join("account.json");
        let later = stage.cli().args(&["--benchmark", "5.0.0", "--rule", "4.16", "--snapshot"]);
        let later = later.arg(file.to_string_lossy()).run();
        assert_eq!(later.code, Some(code), "{later:#?}");
    }
}

/// The variable of one service comes before that of all, as for every service of the SDK.
#[test]
fn it_has_an_endpoint_of_its_own() {
    let stage = Stage::fake(enabled_in(&[]));
    let elsewhere = Stage::fake(enabled_in(&[REGION]));
    let run = stage
        .cli()
        .env("AWS_ENDPOINT_URL_SECURITYHUB", &elsewhere.url())
        .args(&["--benchmark", "5.0.0", "--rule", "4.16"])
        .run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(elsewhere.traffic().count(), 1);
    // The command line comes before both.
    let nobody = Listener::spawn(|_| ());
    let run = stage
        .cli()
        .env("AWS_ENDPOINT_URL_SECURITYHUB", &nobody.url())
        .args(&["--benchmark", "5.0.0", "--rule", "4.16", "--endpoint-url", &stage.url()])
        .run();
    assert_eq!(run.code, Some(1), "{run:#?}");
}

#[test]
fn the_table_draws_no_chain_for_it() {
    let failing = Stage::fake(enabled_in(&[]));
    let table = failing.cli().args(&["--benchmark", "5.0.0", "--rule", "4.16"]).run();
    let body: Vec<&str> = table.stdout.lines().skip(2).collect();
    insta::assert_snapshot!(body.join("\n"), @r"
      4.16  ✗ FAIL     AWS Security Hub CSPM enabled    security_hub.not_enabled

      What a code means: cis-audit explain security_hub.not_enabled

    ✗ 4.16  AWS Security Hub CSPM enabled
      Security Hub CSPM is not enabled in us-east-1

      how to fix it
        Enable Security Hub CSPM in every region in use: aws securityhub
        enable-security-hub --region us-east-1 (enable-security-hub-v2 is for
        another service).

    1 control: 0 pass, 1 fail (4.16)
    ");
    let passing = Stage::fake(enabled_in(&[REGION]));
    let table = passing.cli().args(&["--benchmark", "5.0.0", "--rule", "4.16", "-v"]).run();
    let body: Vec<&str> = table.stdout.lines().skip_while(|line| !line.starts_with("  4.16")).collect();
    insta::assert_snapshot!(body.join("\n"), @r"
      4.16  ✓ pass     AWS Security Hub CSPM enabled

    Where verdicts differ
      ! 4.16: cis passes, security-hub (predicted) is not_supported: Security Hub
        CSPM has no such control

    1 control: 1 pass
    ");
}

#[test]
fn no_pattern_can_cover_it() {
    let stage = Stage::fake(enabled_in(&[]));
    let run =
        stage.cli().args(&["pattern", "cover", "{ $.eventName = * }", "--rule", "4.16", "--benchmark", "5.0.0"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        run.stderr,
        "error: control 4.16 checks whether AWS Security Hub CSPM is enabled: it has no events to match\n"
    );
}

#[test]
fn each_region_has_its_answer_and_the_rest_is_read_once() {
    let stage = Stage::fake(enabled_in(&[REGION, "eu-central-1"]));
    let regions = ["--region", REGION, "--region", "eu-west-1", "--region", "eu-central-1", "--region", "eu-west-1"];
    let run = stage.cli().args(&regions).args(&["--benchmark", "5.0.0", "--rule", "4.16,4.5", "-f", "json"]).run();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let rows = report["results"].as_array().expect("results").iter();
    let rows: Vec<_> =
        rows.map(|row| [&row["rule"], &row["region"], &row["status"]].map(|it| it.as_str().unwrap())).collect();
    let wanted = [
        ["4.5", REGION, "pass"],
        ["4.16", REGION, "pass"],
        ["4.16", "eu-west-1", "fail"],
        ["4.16", "eu-central-1", "pass"],
    ];
    assert_eq!(rows, wanted);
    assert_eq!(stage.traffic().by_action().get("securityhub:DescribeHub").copied(), Some(3));
    assert_eq!(stage.traffic().by_action().get("cloudtrail:DescribeTrails").copied(), Some(1));
    // What is saved answers for the same regions.
    let saved = stage.cli().args(&["snapshot"]).args(&regions).run().stdout;
    let again = stage.cli().file("account.json", saved).args(&["--snapshot", "account.json", "--benchmark", "5.0.0"]);
    let again = again.args(&["--rule", "4.16,4.5", "-f", "json"]).run();
    let again: serde_json::Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(again["results"], report["results"]);
}

/// Formats that name a control must name each of its answers differently.
#[test]
fn answers_for_several_regions_are_kept_apart_in_every_format() {
    let stage = Stage::fake(enabled_in(&[REGION]));
    let report_in = |format: &str| {
        let cli =
            stage.cli().args(&["--region", REGION, "--region", "eu-west-1", "--benchmark", "5.0.0", "--rule", "4.16"]);
        cli.args(&["-f", format]).run().stdout
    };
    assert!(report_in("table").contains("AWS Security Hub CSPM enabled in"), "{}", report_in("table"));
    assert!(report_in("junit").contains("4.16 AWS Security Hub CSPM enabled in eu-west-1"), "{}", report_in("junit"));
    assert!(report_in("html").contains("id=\"4.16-eu-west-1\""), "an anchor of its own");
    let id = format!("{REGION}/security-hub-enabled");
    for format in ["asff", "ocsf"] {
        let text = report_in(format);
        assert!(text.contains(&id) && text.contains("eu-west-1/security-hub-enabled"), "{text}");
    }
    let metrics = report_in("openmetrics");
    let samples: Vec<&str> = metrics.lines().filter(|line| line.contains("control_status{")).collect();
    let mut series: Vec<&str> =
        samples.iter().filter_map(|line| line.rsplit_once(' ')).map(|(labels, _)| labels).collect();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), samples.len(), "{metrics}");
}

#[test]
fn a_further_region_that_nothing_is_asked_of_is_noted() {
    let stage = Stage::fake(enabled_in(&[REGION]));
    let run = stage.cli().args(&["--region", REGION, "--region", "eu-west-1", "-q"]).run();
    assert_eq!(run.code, Some(0));
    assert!(
        run.stderr.contains("note: a further --region asks whether Security Hub CSPM is enabled there"),
        "{}",
        run.stderr
    );
    let fix = stage.cli().args(&["--region", REGION, "--region", "eu-west-1", "--fix", "--dry-run"]).run();
    assert!(fix.stderr.contains("--fix works from one region"), "{}", fix.stderr);
    let wrong = stage.cli().args(&["--region", REGION, "--region", "Ireland"]).run();
    assert!(wrong.stderr.contains("`Ireland` is not the name of a region"), "{}", wrong.stderr);
}
