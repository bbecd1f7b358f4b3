//! The JSON report as a dashboard reads it, and short ways to say what a test expects of it.
//!
//! These are structs of the tests' own: reading with the tool's would hide a renamed field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) schema_version: u64,
    pub(crate) benchmark: String,
    pub(crate) summary: Summary,
    pub(crate) results: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) pass: usize,
    pub(crate) fail: usize,
    pub(crate) unknown: usize,
    pub(crate) waived: usize,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) account_id: String,
    pub(crate) rule: String,
    pub(crate) status: String,
    pub(crate) verdicts: Verdicts,
    pub(crate) reason: Option<Reason>,
    pub(crate) verdict_reasons: VerdictReasons,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) chain: Value,
    pub(crate) witness: Option<Witness>,
    pub(crate) remediation: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Verdicts {
    pub(crate) cis: String,
    pub(crate) effective: String,
    pub(crate) security_hub: String,
}

/// Why verdicts differ from `cis`.
#[derive(Debug, Deserialize)]
pub(crate) struct VerdictReasons {
    pub(crate) effective: Option<Reason>,
    pub(crate) security_hub: Option<Reason>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reason {
    pub(crate) link: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Warning {
    pub(crate) grade: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Witness {
    pub(crate) event: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Gap {
    pub(crate) operation: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Every rule of the default benchmark, in the order of the report.
pub(crate) const RULES: [&str; 14] =
    ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

/// What a report must say of some rules; all others must pass.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    status: &'static str,
    rules: Vec<&'static str>,
    reason: &'static str,
}

/// Every rule passes.
pub(crate) fn all_pass() -> Expected {
    Expected { status: "pass", rules: Vec::new(), reason: "" }
}

/// These rules fail for this reason: a code, `link.problem`; or a link alone, where the problem is a matter of words; or
/// nothing, where several links may rightly be named.
pub(crate) fn fails(rules: &[&'static str], reason: &'static str) -> Expected {
    Expected { status: "fail", rules: rules.to_vec(), reason }
}

/// Every rule fails for this reason.
pub(crate) fn all_fail(reason: &'static str) -> Expected {
    fails(&RULES, reason)
}

/// These rules cannot be decided, for a reason as in [`fails`].
pub(crate) fn unknown(rules: &[&'static str], reason: &'static str) -> Expected {
    Expected { status: "unknown", rules: rules.to_vec(), reason }
}

impl Report {
    /// Compares every rule's line, so that a rule too many is seen as well as one too few.
    ///
    /// # Panics
    /// If the report says anything else.
    pub(crate) fn assert(&self, expected: &Expected, context: &str) {
        let found = self.results.iter().map(|finding| (finding.rule.as_str(), finding.line(expected)));
        let wanted = RULES.iter().map(|&rule| (rule, expected.line(rule)));
        let (found, wanted): (BTreeMap<_, _>, BTreeMap<_, _>) = (found.collect(), wanted.collect());
        assert_eq!(found, wanted, "{context}\n{self:#?}");
        for finding in self.results.iter().filter(|finding| finding.status != "pass") {
            let reason = finding.reason.as_ref().unwrap_or_else(|| panic!("{} without a reason", finding.rule));
            assert!(reason.code.starts_with(&format!("{}.", reason.link)), "{reason:?}");
            assert!(!reason.message.is_empty() && !finding.remediation.is_empty(), "nothing to act on: {finding:#?}");
        }
    }

    pub(crate) fn finding(&self, rule: &str) -> &Finding {
        let found = self.results.iter().find(|finding| finding.rule == rule);
        found.unwrap_or_else(|| panic!("the report has no rule {rule}: {self:#?}"))
    }

    /// The operations that could not be read, each once.
    pub(crate) fn gap_operations(&self) -> BTreeSet<&str> {
        self.gaps.iter().map(|gap| gap.operation.as_str()).collect()
    }
}

impl Finding {
    /// Status and, if the expectation names one, the reason.
    fn line(&self, expected: &Expected) -> String {
        let reason = match &self.reason {
            None => "",
            Some(_) if expected.reason.is_empty() => "",
            Some(reason) if expected.reason.contains('.') => &reason.code,
            Some(reason) => &reason.link,
        };
        format!("{} {reason}", self.status)
    }

    /// What is weak or unverified.
    pub(crate) fn warning_codes(&self) -> BTreeSet<&str> {
        self.codes(|grade| grade != "note")
    }

    /// What is worth knowing, and no defect.
    pub(crate) fn note_codes(&self) -> BTreeSet<&str> {
        self.codes(|grade| grade == "note")
    }

    fn codes(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        self.warnings.iter().filter(|warning| wanted(&warning.grade)).map(|warning| warning.code.as_str()).collect()
    }
}

impl Expected {
    fn line(&self, rule: &str) -> String {
        if self.rules.contains(&rule) { format!("{} {}", self.status, self.reason) } else { "pass ".into() }
    }

    /// 0 where all pass, 1 where a rule fails, 2 where one is unknown.
    pub(crate) fn exit_code(&self) -> i32 {
        match self.status {
            "fail" => 1,
            "unknown" => 2,
            _ => 0,
        }
    }
}
