//! `--demo`: what a newcomer sees first, on a machine without any AWS setup.

use std::collections::BTreeMap;

use crate::support::run::Cli;

#[test]
fn the_demo_breaks_each_link_once_and_needs_nothing() {
    let (run, report) = Cli::new().arg("--demo").report();
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!(run.stderr, "");
    let failures: BTreeMap<&str, &str> = report
        .results
        .iter()
        .filter(|finding| finding.status == "fail")
        .filter_map(|finding| Some((finding.reason.as_ref()?.link.as_str(), finding.rule.as_str())))
        .collect();
    let links: Vec<&str> = failures.keys().copied().collect();
    assert_eq!(links, ["alarm", "metric_filter", "subscription", "topic", "trail"]);
    assert_eq!(failures["trail"], "3.7", "the trail leaves out KMS");
    assert!(report.finding(failures["metric_filter"]).witness.is_some(), "an event that is missed");
    assert!(report.summary.pass >= 5, "mostly sound: {:?}", report.summary);
    assert_eq!(report.summary.unknown, 0);
}

/// The benchmark's profile Level 2 extends Level 1.
#[test]
fn level_2_includes_level_1_unless_only_it_is_asked_for() {
    let asked = |args: &[&str]| {
        let (_, report) = Cli::new().arg("--demo").args(args).report();
        report.results.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>().join(" ")
    };
    let all = "3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.14";
    assert_eq!(asked(&["--level", "1"]), "3.1 3.2 3.3 3.4 3.5 3.8 3.12 3.13 3.14");
    assert_eq!(asked(&["--level", "2"]), all);
    assert_eq!(asked(&["--level", "2", "--only-level"]), "3.6 3.7 3.9 3.10 3.11");
    let run = Cli::new().args(&["--demo", "--only-level"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("--level <LEVEL>"), "{run:#?}");
}

/// Readable without colour at 80 columns; colour on request, and never against `NO_COLOR`.
#[test]
fn the_table_fits_a_plain_terminal() {
    let plain = Cli::new().arg("--demo").run();
    for line in plain.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.contains('\x1b'), "colour in a pipe: {line}");
    }
    for word in ["FAIL", "pass", "3.14"] {
        assert!(plain.stdout.contains(word), "{word}");
    }
    let coloured = Cli::new().args(&["--demo", "--color", "always"]).run();
    assert!(coloured.stdout.contains('\x1b'));
    let never = Cli::new().args(&["--demo", "--color", "never"]).env("CLICOLOR_FORCE", "1").run();
    assert_eq!(never.stdout, plain.stdout);
    let refused = Cli::new().arg("--demo").env("NO_COLOR", "1").run();
    assert_eq!(refused.stdout, plain.stdout);
}
