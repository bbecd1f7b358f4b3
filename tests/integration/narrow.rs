//! In a narrow terminal every line fits, and nothing is cut: names and words are on as many lines as they need.

use unicode_width::UnicodeWidthStr as _;

use crate::support::run::Cli;

const COLUMNS: [usize; 2] = [60, 80];

/// What is one line because it is to be copied: hashes, patterns, exceptions of a waiver, addresses of pages.
fn is_to_be_copied(line: &str) -> bool {
    let text = line.trim_start();
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash || ["{ (", "{ $", "{($", "{$.", "events = ", "https://"].iter().any(|start| text.starts_with(start))
}

/// An excerpt of a line of a file or a pattern shows the part that matters.
fn is_excerpt(line: &str) -> bool {
    line.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit()).starts_with(" | ")
        || line.trim_start().starts_with("| ")
}

fn check(arguments: &[&str]) {
    let demo = || Cli::new().args(&["--demo", "-f", "json"]).run().stdout;
    let other = || Cli::new().args(&["--demo", "--rule", "3.1-3.10", "-f", "json"]).run().stdout;
    let account = std::fs::read_to_string("fixtures/accounts/demo.json").expect("the fixture");
    let template = std::fs::read_to_string("fixtures/templates/part.yaml").expect("the fixture");
    let (demo, other) = (demo(), other());
    let second = demo.replace("111122223333", "444455556666");
    for columns in COLUMNS {
        let cli = Cli::new().env("COLUMNS", &columns.to_string()).file("a.json", &demo).file("b.json", &second);
        let cli = cli.file("part.json", &other).file("account.json", &account).file("part.yaml", &template);
        let run = cli.args(arguments).run();
        assert!(!run.stdout.is_empty(), "{run:#?}");
        for line in run.stdout.lines().filter(|line| !is_to_be_copied(line)) {
            assert!(line.width() <= columns, "{arguments:?}: {} of {columns}: {line}", line.width());
            assert!(!line.contains('…') || is_excerpt(line), "{arguments:?} at {columns} is cut: {line}");
        }
    }
}

#[test]
fn an_audit() {
    for verbosity in [&[][..], &["-v"], &["-q"]] {
        for verdict in ["cis", "effective", "security-hub"] {
            check(&[&["--demo", "--verdict", verdict], verbosity].concat());
        }
        check(&[&["--demo", "--framework", "NIST SP 800-171"], verbosity].concat());
        check(&[&["merge", "a.json", "b.json"], verbosity].concat());
    }
}

#[test]
fn comparisons() {
    for verbosity in [&[][..], &["-v"], &["-q"]] {
        check(&[&["diff", "a.json", "part.json"], verbosity].concat());
        check(&[&["diff", "part.json", "b.json"], verbosity].concat());
        check(&[&["diff", "a.json", "--snapshot", "account.json"], verbosity].concat());
        check(&[&["--demo", "--baseline", "part.json"], verbosity].concat());
    }
}

#[test]
fn what_is_declared_and_what_happened() {
    let events = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/events/week.json.gz");
    for verbosity in [&[][..], &["-v"], &["-q"]] {
        check(&[&["check", "part.yaml"], verbosity].concat());
        check(&[&["check", "part.yaml", "--over", "account.json"], verbosity].concat());
        check(&[&["replay", "--demo", events], verbosity].concat());
    }
}

#[test]
fn controls_and_codes() {
    for arguments in [
        &["explain", "3.4"][..],
        &["explain", "metric_filter.misses_events"],
        &["explain", "alarm"],
        &["explain"],
        &["rules"],
        &["rules", "--benchmark", "6.0.0"],
    ] {
        check(arguments);
    }
}
