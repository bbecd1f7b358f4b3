//! Words that somebody types who comes from another auditor (Prowler, Steampipe and Powerpipe, Security Hub CSPM and the
//! AWS command line), and what they are called here.

use crate::finding::Code;
use crate::rule::RuleId;

/// Commands of others, and the hint for each.
const COMMANDS: [(&[&str], &str); 12] = [
    (
        &[
            "scan",
            "audit",
            "run",
            "aws",
            "account",
            "check-account",
            "check-all",
            "assess",
            "evaluate",
            "benchmark",
            "test",
            "start",
            "verify",
        ],
        "the audit needs no command: run `cis-audit`, or `cis-audit --profile NAME`",
    ),
    (
        &["list", "ls", "controls", "checks", "list-controls", "list-checks", "list-rules", "benchmarks"],
        "`cis-audit rules` lists the controls, and `cis-audit explain` the reason codes too",
    ),
    (
        &["show", "describe", "info", "control", "rule", "code", "codes", "what", "why"],
        "`cis-audit explain CONTROL` or `cis-audit explain CODE` shows one in full",
    ),
    (
        &["fix", "fixer", "remediate", "remediation", "repair", "apply", "enable", "deploy"],
        "`cis-audit --fix` plans what is missing, shows it, asks, and creates it",
    ),
    (&["plan", "dry-run", "preview"], "`cis-audit --fix --dry-run` shows what a fix would create"),
    (&["revert", "rollback", "destroy", "unfix", "cleanup"], "`cis-audit undo JOURNAL` removes what a fix created"),
    (&["compare", "drift", "delta", "changes"], "`cis-audit diff OLD NEW` compares two JSON reports"),
    (&["save", "export", "collect", "dump", "download"], "`cis-audit snapshot -o FILE` saves the account"),
    (
        &["terraform", "cloudformation", "cfn", "tf", "generate"],
        "`cis-audit template terraform` or `cis-audit template cloudformation` writes one",
    ),
    (
        &["report", "output", "html", "json", "dashboard"],
        "`cis-audit -f html=FILE` writes a report; `cis-audit --help` lists the formats",
    ),
    (&["permissions", "iam", "iam-policy", "role"], "`cis-audit policy` prints the IAM policy that an audit needs"),
    (
        &["mute", "mutelist", "allowlist", "suppress", "waive", "waivers", "ignore"],
        "`cis-audit --waivers FILE` accepts failures until they expire",
    ),
];

/// Options of others without their hyphens, the option that a command must have for the hint to fit, and the hint.
const OPTIONS: [(&[&str], Option<&str>, &str); 23] = [
    (
        &["severity", "severities", "priority", "min-severity"],
        Some("level"),
        "controls are chosen by the benchmark's level, not by severity: `--level 1` or `--level 2`",
    ),
    (
        &["check", "checks", "c", "control", "controls", "control-id", "only", "include", "id"],
        Some("rule"),
        "`--rule 3.1-3.5` or `--rule NAME` chooses controls",
    ),
    (
        &["excluded-check", "excluded-checks", "exclude-check", "exclude-checks", "e", "skip", "skip-check", "ignore"],
        Some("exclude"),
        "`--exclude 3.1-3.5` or `--exclude NAME` leaves controls out",
    ),
    (
        &["compliance", "standard", "standards", "standards-arn", "cis-version", "benchmark-version"],
        Some("benchmark"),
        "`--benchmark VERSION` chooses the version of the CIS AWS Foundations Benchmark",
    ),
    (&["profile-name", "aws-profile", "p"], Some("profile"), "`--profile NAME` uses a profile of the AWS config files"),
    (
        &["regions", "filter-region", "aws-region", "all-regions"],
        Some("region"),
        "`--region REGION` says where to start: one is enough, trails are followed to their home regions; repeat it to ask in further ones whether Security Hub CSPM is enabled",
    ),
    (&["role", "assume-role", "assume-role-arn", "R"], Some("role-arn"), "`--role-arn ARN` assumes a role first"),
    (
        &["account", "account-id", "organization", "all-accounts"],
        Some("profile"),
        "the credentials decide which account is audited: `--profile NAME` or `--role-arn ARN`; `--org` audits an organization, `--accounts FILE` a list",
    ),
    (
        &[
            "output-formats",
            "output-modes",
            "output-format",
            "output-mode",
            "M",
            "json",
            "csv",
            "html",
            "junit",
            "sarif",
            "asff",
            "export",
        ],
        Some("format"),
        "`-f FORMAT` or `-f FORMAT=FILE` chooses the format, such as `-f json` or `-f html=report.html`",
    ),
    (
        &["output-filename", "output-file", "output-directory", "F"],
        Some("output"),
        "`-o FILE` or `-f FORMAT=FILE` writes into a file",
    ),
    (
        &["mutelist", "mutelist-file", "allowlist", "allowlist-file", "suppress", "suppressions", "mute"],
        Some("waivers"),
        "`--waivers FILE` accepts failures until they expire",
    ),
    (
        &["remediate", "fixer", "repair", "auto-fix"],
        Some("fix"),
        "`--fix` plans what is missing, shows it, asks, and creates it",
    ),
    (
        &["force", "y", "auto-approve", "assume-yes", "no-confirm", "non-interactive"],
        Some("yes"),
        "`--yes` does not ask",
    ),
    (&["plan", "check-only", "dryrun", "n"], Some("dry-run"), "`--fix --dry-run` only shows the plan"),
    (
        &["email", "notify", "recipient", "sns-email"],
        Some("subscribe"),
        "`--subscribe email:ADDRESS` with `--fix` subscribes an address",
    ),
    (
        &["input", "file", "offline", "from-file"],
        Some("snapshot"),
        "`--snapshot FILE` audits a saved account, which `cis-audit snapshot -o FILE` makes",
    ),
    (&["no-color", "no-colour", "colour", "nocolor"], Some("color"), "`--color never` turns colours off"),
    (&["silent", "no-banner", "b", "only-logs", "summary"], Some("quiet"), "`-q` prints the summary alone"),
    (
        &["log-level", "trace", "timing", "log-file", "d"],
        Some("debug"),
        "`--debug` shows the requests to AWS and their timings",
    ),
    (
        &["unmask", "show-secrets", "no-redact", "no-mask"],
        Some("show-endpoints"),
        "`--show-endpoints` shows subscribers' addresses in full",
    ),
    (
        &["no-verify-ssl", "ca-bundle", "insecure", "k"],
        Some("profile"),
        "certificates are always verified: AWS_CA_BUNDLE or SSL_CERT_FILE names those to trust",
    ),
    (&["list-checks", "list-controls", "list-rules", "l"], None, "`cis-audit rules` lists the controls"),
    (
        &["ignore-exit-code-3", "z", "fail-on", "soft-fail", "no-exit-codes", "fail-fast"],
        Some("baseline"),
        "exit code 1 means that a control fails: `--baseline REPORT` and `--waivers FILE` choose which count, with `--exit-zero` none does",
    ),
];

/// A hint for a word where a command should be.
pub(super) fn of_command(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    if let Some((_, hint)) = COMMANDS.iter().find(|(words, _)| words.contains(&lower.as_str())) {
        return Some((*hint).to_owned());
    }
    if lower.ends_with(".json") {
        return Some("`cis-audit --snapshot FILE` audits a saved account".to_owned());
    }
    let is_number = RuleId::parse(word).is_some_and(|id| matches!(id, RuleId::Number { .. }));
    (is_number || Code::named(word).is_some()).then(|| match is_number {
        true => format!("`cis-audit --rule {word}` audits that control alone, `cis-audit explain {word}` shows it"),
        false => format!("`cis-audit explain {word}` says what it means"),
    })
}

/// Options about many accounts, which a replay of events in one has not.
const OF_MANY: [&str; 10] =
    ["org", "accounts", "role-name", "ou", "skip-account", "shard", "concurrency", "list", "out", "resume"];

/// A hint for an option of a replay, without its hyphens.
pub(super) fn of_replay(word: &str) -> Option<&'static str> {
    OF_MANY.contains(&word).then_some(
        "replay one account at a time: `--role-arn ARN` replays in an account of the organization, `--snapshot FILE` in a saved one; \
         with `--owner-role-arn ARN` or `--owner-snapshot FILE` where the organization's trail delivers to another",
    )
}

/// A hint for an option, without its hyphens, and the option that a command must have for it.
pub(super) fn of_option(word: &str) -> Option<(Option<&'static str>, &'static str)> {
    // One letter means another thing as a capital.
    let lower = if word.len() == 1 { word.to_owned() } else { word.to_lowercase().replace('_', "-") };
    OPTIONS.iter().find(|(words, ..)| words.contains(&lower.as_str())).map(|(_, option, hint)| (*option, *hint))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn no_word_has_two_hints() {
        let mut known = BTreeSet::new();
        for word in COMMANDS.iter().flat_map(|(words, _)| *words) {
            assert!(known.insert(*word), "{word}");
        }
        let mut known = BTreeSet::new();
        for word in OPTIONS.iter().flat_map(|(words, ..)| *words) {
            assert!(known.insert(*word), "{word}");
        }
    }

    #[test]
    fn no_word_of_others_is_one_of_ours() {
        let command = Cli::command();
        for word in COMMANDS.iter().flat_map(|(words, _)| *words) {
            assert!(command.find_subcommand(word).is_none(), "{word}");
        }
        for word in OPTIONS.iter().flat_map(|(words, ..)| *words) {
            let is_ours = command.get_arguments().any(|option| {
                option.get_long() == Some(word) || option.get_short().is_some_and(|short| short.to_string() == *word)
            });
            assert!(!is_ours, "{word}");
        }
    }

    #[test]
    fn every_hint_is_about_an_option_of_the_audit() {
        let command = Cli::command();
        for option in OPTIONS.iter().filter_map(|(_, option, _)| *option) {
            assert!(command.get_arguments().any(|known| known.get_long() == Some(option)), "{option}");
        }
    }
}
