//! Every `console` block of the README is run, and must print what the README shows.

use crate::support::account::Account;
use crate::support::run::Cli;
use crate::support::stage::Stage;

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
