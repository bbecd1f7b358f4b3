//! A rule file's text → a checked [`Rule`], with errors that name file, place and field.

use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

use super::{Rule, RuleId, Severity};
use crate::pattern::{Candidate, Coverage, Pattern, covers};

/// Why rules could not be loaded.
#[derive(Debug, Error)]
pub enum RuleError {
    /// The directory or a file in it could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No rule file in the directory.
    #[error("no rule file (*.toml) in {}", .0.display())]
    Empty(PathBuf),
    /// Not TOML, or not of a rule's shape.
    #[error("{file}: {message}")]
    Shape {
        /// The file's name.
        file: String,
        /// Place, field and what is wrong.
        message: String,
    },
    /// A field's value is not one that a rule can have.
    #[error("{file}: field {field}: {message}")]
    Field {
        /// The file's name.
        file: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Two files say the same of what must be unique.
    #[error("{file}: field {field}: {value} is {other}'s already")]
    Duplicate {
        /// The file's name.
        file: String,
        /// `id` or `slug`.
        field: &'static str,
        /// The value.
        value: String,
        /// The file that has it too.
        other: String,
    },
}

/// A rule file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    slug: String,
    title: String,
    short_title: String,
    level: u8,
    severity: String,
    security_hub_control: Option<String>,
    event_source: Option<String>,
    metric_name: String,
    requires: String,
    pattern: String,
    rationale: String,
    remediation: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
}

/// Characters of a short title: what an 80-column table holds.
const SHORT: usize = 30;

/// Reads a rule file.
///
/// # Errors
/// See [`RuleError`].
pub(super) fn read(file: &str, text: &str) -> Result<Rule, RuleError> {
    let raw: RuleFile = toml::from_str(text).map_err(|error| RuleError::Shape {
        file: file.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })?;
    let field = |field, message: &str| RuleError::Field { file: file.to_owned(), field, message: message.to_owned() };
    let text = |name, text: String| match text.trim() {
        "" => Err(field(name, "must not be empty")),
        trimmed => Ok(trimmed.to_owned()),
    };
    let pattern =
        |name, text: &str| Pattern::parse(text).map_err(|error| field(name, &format!("{error}\n{}", error.caret())));
    Ok(Rule {
        id: RuleId::parse(&raw.id).ok_or_else(|| field("id", "must be a number such as \"3.4\""))?,
        slug: Some(raw.slug)
            .filter(|slug| is_slug(slug))
            .ok_or_else(|| field("slug", "must be lower-case words joined by hyphens"))?,
        title: text("title", raw.title)?,
        short_title: Some(text("short_title", raw.short_title)?)
            .filter(|title| title.chars().count() <= SHORT)
            .ok_or_else(|| field("short_title", "must be at most 30 characters"))?,
        level: Some(raw.level)
            .filter(|level| (1..=2).contains(level))
            .ok_or_else(|| field("level", "must be 1 or 2"))?,
        severity: severity(&raw.severity)
            .ok_or_else(|| field("severity", "must be \"low\", \"medium\", \"high\" or \"critical\""))?,
        security_hub_control: raw.security_hub_control,
        event_source: raw.event_source,
        requires: pattern("requires", &raw.requires)?,
        pattern: pattern("pattern", &raw.pattern)?,
        metric_name: text("metric_name", raw.metric_name)?,
        rationale: text("rationale", raw.rationale)?,
        remediation: text("remediation", raw.remediation)?,
        references: raw.references,
        related: raw.related,
    })
}

/// The pattern that a rule recommends must catch all that the rule demands.
///
/// # Errors
/// The field `pattern`, with the event that it misses.
pub(super) fn check_pattern(file: &str, rule: &Rule) -> Result<(), RuleError> {
    let message = match covers(&[Candidate::new(&rule.pattern)], &rule.requires) {
        Coverage::Covered => return Ok(()),
        Coverage::Missed(witness) => format!("misses an event that requires demands: {}", witness.to_json_line()),
        Coverage::Undecided(construct) => format!("whether it covers requires cannot be decided: {construct}"),
    };
    Err(RuleError::Field { file: file.to_owned(), field: "pattern", message })
}

fn is_slug(slug: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    slug.split('-').all(word)
}

fn severity(word: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical].into_iter().find(|it| it.as_str() == word)
}
