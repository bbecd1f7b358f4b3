//! Every `console` block of the README and of the pages in `docs` is run, and must print what the page shows.

use std::fs;
use std::path::PathBuf;

use crate::support::account::Account;
use crate::support::run::Cli;
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage};

/// The README and the pages that show commands, in the order of their names.
fn pages() -> Vec<PathBuf> {
    let folder = fs::read_dir("docs").expect("the pages are there");
    let mut pages: Vec<PathBuf> = folder.map(|entry| entry.expect("a page").path()).collect();
    pages.push("README.md".into());
    pages.retain(|page| {
        page.extension().is_some_and(|extension| extension == "md")
            && fs::read_to_string(page).expect("UTF-8").lines().any(|line| line == "```console")
    });
    pages.sort();
    pages
}

/// Commands that ask AWS find the seed's account there.
#[test]
fn the_documentation_shows_what_happens() {
    let stage = Stage::fake(Account::seed("111122223333"));
    let cli: Cli = stage.cli();
    let cases = trycmd::TestCases::new();
    for (name, value) in cli.variables() {
        cases.env(name, value);
    }
    for page in pages() {
        cases.case(page);
    }
}

/// The rule file that the reference shows is one.
#[test]
fn the_rule_of_the_reference_is_listed() {
    const PAGE: &str = include_str!("../../docs/reference.md");
    let (_, rest) = PAGE.split_once("```toml\n").expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example has an end");
    let run = Cli::new().file("my-rules/trail.toml", example).args(&["rules", "--rules", "my-rules"]).run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("\n3.5 1     CloudWatch.5 cloudtrail-changes CloudTrail changes\n"), "{run:#?}");
}

/// The recorded screen of a fix is what a fix of an account with nothing but a queue prints, but for its times.
#[test]
fn the_recorded_fix_is_what_a_fix_prints() {
    const PAGE: &str = include_str!("../../docs/fix.md");
    const COMMAND: &str = "cis-audit --fix --yes --rule 3.4 --subscribe arn:aws:sqs:us-east-1:111122223333:alerts";
    let mut account = Account::empty("111122223333");
    account.region(REGION).queues.push("alerts".into());
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let cli = stage.cli().args(&COMMAND.split(' ').skip(1).collect::<Vec<_>>());
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let home = cli.home().to_str().expect("a name");
    let printed = timeless(&format!("$ {COMMAND}\n{}{}", run.stderr, run.stdout).replace(home, "/home/ops"));
    let start = PAGE.find(&format!("$ {COMMAND}\n")).unwrap_or_else(|| panic!("not in docs/fix.md:\n{printed}"));
    let (recorded, _) = PAGE[start..].split_once("\n```").expect("a block has an end");
    assert_eq!(timeless(recorded).trim_end(), printed.trim_end());
}

/// Digits of times are zeros: `20260105T090000Z`, `2026-01-05 09:00 UTC`.
fn timeless(text: &str) -> String {
    let zeros = |word: &str| word.replace(|c: char| c.is_ascii_digit(), "0");
    let line = |line: &str| {
        let is_headline = line.contains(" UTC");
        let words = line.split(' ').map(|word| {
            let is_time =
                word.len() <= 10 && word.chars().filter(char::is_ascii_digit).count() >= 4 && word.contains(['-', ':']);
            if word.contains(".journal") || (is_headline && is_time) { zeros(word) } else { word.to_owned() }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
