//! One rule file: TOML text → `RuleFile` (what was written) → [`Rule`] (checked).
//!
//! Rule files are untrusted (`--rules DIR`): whatever is wrong with one is a [`RuleError`], never a panic. What needs more
//! than one file, or the cost of the pattern algebra, is for [`super::catalog`].

use serde::Deserialize;
use toml::Spanned;

use super::error::{Place, RuleError};
use super::{Rule, RuleId, Severity};
use crate::pattern::{Candidate, Coverage, Pattern, covers};

/// A rule file as written. Field by field in `rules/README.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: Spanned<String>,
    slug: Spanned<String>,
    title: Spanned<String>,
    level: Spanned<i64>,
    severity: Spanned<String>,
    security_hub_control: Option<Spanned<String>>,
    event_source: Option<Spanned<String>>,
    metric_name: Spanned<String>,
    requires: Spanned<String>,
    pattern: Spanned<String>,
    rationale: Spanned<String>,
    remediation: Spanned<String>,
    references: Spanned<Vec<Spanned<String>>>,
    related: Vec<Spanned<String>>,
}

/// A checked rule, and where in its file stands what later checks may complain of.
pub(super) struct Checked {
    pub(super) rule: Rule,
    pub(super) id_at: Place,
    pub(super) slug_at: Place,
    pub(super) pattern_at: Place,
}

impl Checked {
    /// Proves that the rule's pattern matches every event that the rule demands. Costs far more than the rest of the
    /// loading, so it is not done for the rules that a test has proven.
    pub(super) fn prove(&self) -> Result<(), RuleError> {
        let place = || self.pattern_at.clone();
        match covers(&[Candidate::new(&self.rule.pattern)], &self.rule.requires) {
            Coverage::Covered => Ok(()),
            Coverage::Missed(witness) => Err(RuleError::Misses { place: place(), event: witness.event().to_string() }),
            Coverage::Undecided(construct) => {
                Err(RuleError::Undecided { place: place(), construct: construct.to_string() })
            }
        }
    }
}

/// Reads and checks one rule file. `name` is how messages call it.
pub(super) fn read(name: &str, text: &str) -> Result<Checked, RuleError> {
    let source = Source { name, text };
    let file = source.parse()?;
    let rule = Rule {
        id: source.check("id", &file.id, |id| {
            RuleId::parse(id).ok_or_else(|| "not a control's number, such as 3.4".to_owned())
        })?,
        slug: source.check("slug", &file.slug, slug)?,
        title: source.check("title", &file.title, prose)?,
        level: source.level(&file.level)?,
        severity: source.check("severity", &file.severity, severity)?,
        security_hub_control: source.check_optional(
            "security_hub_control",
            file.security_hub_control.as_ref(),
            control,
        )?,
        event_source: source.check_optional("event_source", file.event_source.as_ref(), service)?,
        metric_name: source.check("metric_name", &file.metric_name, prose)?,
        requires: source.pattern("requires", &file.requires)?,
        pattern: source.pattern("pattern", &file.pattern)?,
        rationale: source.check("rationale", &file.rationale, prose)?,
        remediation: source.check("remediation", &file.remediation, prose)?,
        references: source.references(&file.references)?,
        related: source.check_each("related", &file.related, prose)?,
    };
    let place = |field: &Spanned<String>| source.place(field.span().start);
    Ok(Checked { rule, id_at: place(&file.id), slug_at: place(&file.slug), pattern_at: place(&file.pattern) })
}

/// A file's text, and the checks that report places in it.
struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, byte: usize) -> Place {
        Place::of(self.name, self.text, byte)
    }

    fn parse(&self) -> Result<RuleFile, RuleError> {
        let shape = |error: &toml::de::Error, field: String| RuleError::Shape {
            place: self.place(error.span().map_or(0, |span| span.start)),
            field,
            // The message alone: toml's display draws the place, which this error says in a line.
            message: error.message().to_owned(),
        };
        let deserializer = toml::Deserializer::parse(self.text).map_err(|error| shape(&error, String::new()))?;
        serde_path_to_error::deserialize(deserializer)
            .map_err(|error| shape(error.inner(), field_name(&error.path().to_string())))
    }

    fn problem<T>(&self, field: &'static str, at: &Spanned<T>, problem: String) -> RuleError {
        RuleError::Field { place: self.place(at.span().start), field, problem }
    }

    fn check<U>(
        &self,
        field: &'static str,
        value: &Spanned<String>,
        check: impl Fn(&str) -> Result<U, String>,
    ) -> Result<U, RuleError> {
        check(value.get_ref()).map_err(|problem| self.problem(field, value, problem))
    }

    fn check_optional<U>(
        &self,
        field: &'static str,
        value: Option<&Spanned<String>>,
        check: impl Fn(&str) -> Result<U, String>,
    ) -> Result<Option<U>, RuleError> {
        value.map(|value| self.check(field, value, check)).transpose()
    }

    fn check_each<U>(
        &self,
        field: &'static str,
        values: &[Spanned<String>],
        check: impl Fn(&str) -> Result<U, String>,
    ) -> Result<Vec<U>, RuleError> {
        values.iter().map(|value| self.check(field, value, &check)).collect()
    }

    fn level(&self, value: &Spanned<i64>) -> Result<u8, RuleError> {
        match value.get_ref() {
            1 => Ok(1),
            2 => Ok(2),
            other => Err(self.problem("level", value, format!("{other} is not a profile level: 1 or 2"))),
        }
    }

    fn pattern(&self, field: &'static str, value: &Spanned<String>) -> Result<Pattern, RuleError> {
        // The service takes an empty pattern for "every event", which no control demands.
        self.check(field, value, |text| prose(text).map(drop))?;
        Pattern::parse(value.get_ref()).map_err(|source| RuleError::Pattern {
            place: self.place(value.span().start),
            field,
            source,
        })
    }

    fn references(&self, values: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<String>, RuleError> {
        if values.get_ref().is_empty() {
            return Err(self.problem("references", values, "empty: name at least one source".to_owned()));
        }
        self.check_each("references", values.get_ref(), url)
    }
}

/// The field's name out of serde's path: `references[0].$__serde_spanned_private_value` → `references[0]`.
fn field_name(path: &str) -> String {
    let plain: Vec<&str> = path.split('.').filter(|part| !part.is_empty() && !part.starts_with('$')).collect();
    plain.join(".")
}

/// A text: not empty, wrapped as its author liked. A single line break is a space, a blank line a paragraph.
fn prose(text: &str) -> Result<String, String> {
    let paragraphs: Vec<String> = text
        .replace("\r\n", "\n")
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    if paragraphs.is_empty() { Err("empty".to_owned()) } else { Ok(paragraphs.join("\n\n")) }
}

fn slug(text: &str) -> Result<String, String> {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if text.split('-').all(word) && text.starts_with(|c: char| c.is_ascii_lowercase()) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not kebab-case, such as iam-policy-changes"))
    }
}

fn severity(word: &str) -> Result<Severity, String> {
    const ALL: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    ALL.into_iter()
        .find(|severity| severity.as_str() == word)
        .ok_or_else(|| format!("`{word}` is none of low, medium, high, critical"))
}

fn control(text: &str) -> Result<String, String> {
    let numbered = text.rsplit_once('.').is_some_and(|(name, number)| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if numbered { Ok(text.to_owned()) } else { Err(format!("`{text}` is not a control, such as CloudWatch.4")) }
}

fn url(text: &str) -> Result<String, String> {
    let is_url = text.starts_with("https://") && !text.contains(char::is_whitespace);
    if is_url { Ok(text.to_owned()) } else { Err(format!("`{text}` is not an https URL")) }
}

fn service(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if text.contains('.') && text.split('.').all(label) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not an event source, such as iam.amazonaws.com"))
    }
}

#[cfg(test)]
mod tests;
