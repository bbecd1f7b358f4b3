//! A rule file's text → a checked [`Rule`], with errors that name file, place and field.

use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

use super::{Benchmark, Edition, HubControl, Rule, RuleId, Severity};
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

/// A rule file as it is written. What is at the top holds from the version in `since` on, until an edition says otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    slug: String,
    title: String,
    short_title: String,
    since: Option<String>,
    level: u8,
    severity: String,
    security_hub_control: Option<String>,
    security_hub_versions: Option<Vec<String>>,
    security_hub_pattern: Option<String>,
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
    #[serde(default, rename = "edition")]
    editions: Vec<EditionFile>,
}

/// What changes with a version of the benchmark; what is left out stays as it was.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionFile {
    since: String,
    id: Option<String>,
    title: Option<String>,
    level: Option<u8>,
    requires: Option<String>,
    /// A new text; those that were printed beside the old one go with it.
    pattern: Option<String>,
    /// What is printed, where no filter should have it.
    printed: Option<String>,
    /// Texts that are printed as acceptable.
    accepts: Option<Vec<String>>,
}

/// Characters of a short title: what an 80-column table holds.
const SHORT: usize = 30;

/// A control in all versions of the benchmark that have it.
#[derive(Debug)]
pub(super) struct RuleText {
    rule: Rule,
}

impl RuleText {
    /// The control as it is in a version; `None` where that does not have it.
    pub(super) fn in_version(&self, benchmark: Benchmark) -> Option<Rule> {
        let edition = self.rule.editions.iter().find(|edition| edition.benchmark == benchmark)?;
        let Edition { benchmark, id, title, level, requires, pattern, accepts } = edition.clone();
        Some(Rule { benchmark, id, title, level, requires, pattern, accepts, ..self.rule.clone() })
    }

    /// The patterns that a control recommends or accepts must catch all that it demands, in every version.
    ///
    /// # Errors
    /// The field, with the event that it misses.
    pub(super) fn check_patterns(&self, file: &str) -> Result<(), RuleError> {
        for edition in &self.rule.editions {
            let accepted = edition.accepts.iter().map(|text| ("accepts", text));
            for (field, pattern) in std::iter::once(("pattern", &edition.pattern)).chain(accepted) {
                let why = match covers(&[Candidate::new(pattern)], &edition.requires) {
                    Coverage::Covered => continue,
                    Coverage::Missed(witness) => {
                        format!("misses an event that requires demands: {}", witness.to_json_line())
                    }
                    Coverage::Undecided(construct) => {
                        format!("whether it covers requires cannot be decided: {construct}")
                    }
                };
                let message = format!("in version {}: {why}", edition.benchmark);
                return Err(RuleError::Field { file: file.to_owned(), field, message });
            }
        }
        Ok(())
    }
}

/// Checks the fields of one file.
struct Fields<'a> {
    file: &'a str,
}

impl Fields<'_> {
    fn wrong(&self, field: &'static str, message: impl Into<String>) -> RuleError {
        RuleError::Field { file: self.file.to_owned(), field, message: message.into() }
    }

    fn text(&self, field: &'static str, text: &str) -> Result<String, RuleError> {
        match text.trim() {
            "" => Err(self.wrong(field, "must not be empty")),
            trimmed => Ok(trimmed.to_owned()),
        }
    }

    fn pattern(&self, field: &'static str, text: &str) -> Result<Pattern, RuleError> {
        Pattern::parse(text).map_err(|error| self.wrong(field, format!("{error}\n{}", error.caret())))
    }

    fn id(&self, text: &str) -> Result<RuleId, RuleError> {
        RuleId::parse(text).ok_or_else(|| self.wrong("id", "must be a number such as \"3.4\""))
    }

    fn level(&self, level: u8) -> Result<u8, RuleError> {
        if (1..=2).contains(&level) { Ok(level) } else { Err(self.wrong("level", "must be 1 or 2")) }
    }

    fn benchmark(&self, text: &str) -> Result<Benchmark, RuleError> {
        text.parse().map_err(|error: String| self.wrong("since", error))
    }

    /// What Security Hub checks: a control, its text, and the versions whose printed texts it takes too.
    fn security_hub(&self, raw: &RuleFile, editions: &[Edition]) -> Result<Option<HubControl>, RuleError> {
        let Some(control) = &raw.security_hub_control else {
            let stray = [
                ("security_hub_versions", raw.security_hub_versions.is_some()),
                ("security_hub_pattern", raw.security_hub_pattern.is_some()),
            ];
            return match stray.into_iter().find(|(_, is_there)| *is_there) {
                Some((field, _)) => Err(self.wrong(field, "needs security_hub_control")),
                None => Ok(None),
            };
        };
        let own = raw.security_hub_pattern.iter().map(|text| self.pattern("security_hub_pattern", text));
        let mut texts = own.collect::<Result<Vec<_>, _>>()?;
        let mut versions = Vec::new();
        for text in raw.security_hub_versions.iter().flatten() {
            let version = text.parse().map_err(|error: String| self.wrong("security_hub_versions", error))?;
            versions.push(version);
            let edition = editions.iter().find(|edition| edition.benchmark == version);
            texts.extend(
                edition.iter().flat_map(|edition| std::iter::once(&edition.pattern).chain(&edition.accepts)).cloned(),
            );
        }
        let control = self.text("security_hub_control", control)?;
        Ok(Some(HubControl { control, versions, texts }))
    }

    /// The control in every version, from its first one on.
    fn editions(&self, first: Edition, changes: &[EditionFile]) -> Result<Vec<Edition>, RuleError> {
        let mut starts = vec![first];
        for change in changes {
            let benchmark = self.benchmark(&change.since)?;
            let Some(before) = starts.last() else { break };
            if benchmark <= before.benchmark {
                let message = format!("{benchmark} does not come after {}", before.benchmark);
                return Err(self.wrong("since", message));
            }
            starts.push(self.changed(before, benchmark, change)?);
        }
        let in_version = |version: Benchmark| {
            let start = starts.iter().rev().find(|start| start.benchmark <= version)?;
            Some(Edition { benchmark: version, ..start.clone() })
        };
        Ok(Benchmark::ALL.into_iter().filter_map(in_version).collect())
    }

    fn changed(&self, before: &Edition, benchmark: Benchmark, change: &EditionFile) -> Result<Edition, RuleError> {
        let mut edition = Edition { benchmark, ..before.clone() };
        if let Some(id) = &change.id {
            edition.id = self.id(id)?;
        }
        if let Some(title) = &change.title {
            edition.title = self.text("title", title)?;
        }
        if let Some(level) = change.level {
            edition.level = self.level(level)?;
        }
        if let Some(requires) = &change.requires {
            edition.requires = self.pattern("requires", requires)?;
        }
        if let Some(pattern) = &change.pattern {
            edition.pattern = self.pattern("pattern", pattern)?;
            edition.accepts.clear();
        }
        if let Some(printed) = &change.printed {
            edition.accepts.push(self.pattern("printed", printed)?);
        }
        for accepted in change.accepts.iter().flatten() {
            edition.accepts.push(self.pattern("accepts", accepted)?);
        }
        Ok(edition)
    }
}

/// Reads a rule file.
///
/// # Errors
/// See [`RuleError`].
pub(super) fn read(file: &str, text: &str) -> Result<RuleText, RuleError> {
    let raw: RuleFile = toml::from_str(text).map_err(|error| RuleError::Shape {
        file: file.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })?;
    let fields = Fields { file };
    let first = Edition {
        benchmark: raw.since.as_deref().map_or(Ok(Benchmark::default()), |since| fields.benchmark(since))?,
        id: fields.id(&raw.id)?,
        title: fields.text("title", &raw.title)?,
        level: fields.level(raw.level)?,
        requires: fields.pattern("requires", &raw.requires)?,
        pattern: fields.pattern("pattern", &raw.pattern)?,
        accepts: Vec::new(),
    };
    let editions = fields.editions(first.clone(), &raw.editions)?;
    let security_hub = fields.security_hub(&raw, &editions)?;
    let Edition { benchmark, id, title, level, requires, pattern, accepts } = first;
    let rule = Rule {
        benchmark,
        id,
        slug: Some(raw.slug)
            .filter(|slug| is_slug(slug))
            .ok_or_else(|| fields.wrong("slug", "must be lower-case words joined by hyphens"))?,
        title,
        short_title: Some(fields.text("short_title", &raw.short_title)?)
            .filter(|title| title.chars().count() <= SHORT)
            .ok_or_else(|| fields.wrong("short_title", "must be at most 30 characters"))?,
        level,
        severity: severity(&raw.severity)
            .ok_or_else(|| fields.wrong("severity", "must be \"low\", \"medium\", \"high\" or \"critical\""))?,
        security_hub,
        event_source: raw.event_source,
        requires,
        pattern,
        accepts,
        editions,
        metric_name: fields.text("metric_name", &raw.metric_name)?,
        rationale: fields.text("rationale", &raw.rationale)?,
        remediation: fields.text("remediation", &raw.remediation)?,
        references: raw.references,
        related: raw.related,
    };
    Ok(RuleText { rule })
}

fn is_slug(slug: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    slug.split('-').all(word)
}

fn severity(word: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical].into_iter().find(|it| it.as_str() == word)
}
