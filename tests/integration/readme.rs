//! Every `console` block of the README is run, and must print what the README shows.

use crate::support::account::Account;
use crate::support::run::Cli;
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage};

/// Commands that ask AWS find the seed's account there.
#[test]
fn the_readme_shows_what_happens() {
    let stage = Stage::fake(Account::seed("111122223333"));
    let cli: Cli = stage.cli();
    let cases = trycmd::TestCases::new();
    for (name, value) in cli.variables() {
        cases.env(name, value);
    }
    cases.case("README.md");
}

/// The recorded screen of a fix is what a fix of an account with nothing but a queue prints, but for its times.
#[test]
fn the_recorded_fix_is_what_a_fix_prints() {
    const README: &str = include_str!("../../README.md");
    const COMMAND: &str = "cis-audit --fix --yes --rule 3.4 --subscribe arn:aws:sqs:us-east-1:111122223333:told";
    let mut account = Account::empty("111122223333");
    account.region(REGION).queues.push("told".into());
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let cli = stage.cli().args(&COMMAND.split(' ').skip(1).collect::<Vec<_>>());
    let run = cli.run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let home = cli.home().to_str().expect("a name");
    let printed = timeless(&format!("$ {COMMAND}\n{}{}", run.stderr, run.stdout).replace(home, "/home/ops"));
    let start = README.find(&format!("$ {COMMAND}\n")).unwrap_or_else(|| panic!("not in the README:\n{printed}"));
    let (recorded, _) = README[start..].split_once("\n```").expect("a block has an end");
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
