//! A rule file's text → a checked [`Rule`], with errors that name file, place and field.

use filter_pattern::Pattern;
use serde::Deserialize;

use super::checked;
use super::error::RuleError;
use super::lines;
use super::{Basis, Benchmark, Demand, Edition, Events, HubControl, Requirement, Rule, RuleId, Severity};
use crate::{misspelt, refused};

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
    /// What is looked at, where that is no chain for events: `security-hub-enabled`.
    check: Option<String>,
    security_hub_control: Option<String>,
    security_hub_versions: Option<Vec<String>>,
    security_hub_pattern: Option<String>,
    event_source: Option<String>,
    metric_name: Option<String>,
    requires: Option<String>,
    pattern: Option<String>,
    rationale: String,
    remediation: String,
    /// What the control's words mean and its pattern does not match.
    blind_spots: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    #[serde(default)]
    requirements: Vec<RequirementFile>,
    #[serde(default, rename = "edition")]
    editions: Vec<EditionFile>,
}

/// Requirements of a framework, by who claims that the control serves them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementFile {
    framework: String,
    ids: Vec<String>,
    claimed_by: String,
    /// `primary` or `third_party`.
    basis: Option<String>,
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
    /// A new text; those that were printed with the old one go with it.
    pattern: Option<String>,
    /// What is printed, where no filter should have it.
    printed: Option<String>,
    /// Texts that are printed as acceptable.
    accepts: Option<Vec<String>>,
}

/// Characters of a short title: what an 80-column table holds.
const SHORT: usize = 30;

/// Fields that no two controls may have the same value of.
const UNIQUE: [&str; 3] = ["id", "slug", "metric_name"];

/// A control in all versions of the benchmark that have it.
#[derive(Debug)]
pub(super) struct RuleText {
    rule: Rule,
    /// The lines of the fields in [`UNIQUE`].
    lines: [Option<usize>; 3],
    /// What is to be known of the file though it can be used.
    notes: Vec<String>,
}

impl RuleText {
    /// The control as it is in a version; `None` where that does not have it.
    pub(super) fn in_version(&self, benchmark: Benchmark) -> Option<Rule> {
        let edition = self.rule.editions.iter().find(|edition| edition.benchmark == benchmark)?;
        let Edition { benchmark, id, title, level, demand } = edition.clone();
        Some(Rule { benchmark, id, title, level, demand, ..self.rule.clone() })
    }

    /// The same, if what it demands can be demanded: see [`checked`].
    ///
    /// # Errors
    /// The field, with what is wrong with it.
    pub(super) fn checked(mut self, file: &str, text: &str) -> Result<Self, RuleError> {
        self.notes = checked::check(&mut self.rule, file, text)?;
        Ok(self)
    }

    /// What is to be known of the file though it can be used: a sentence each, lower case, no full stop.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The line of a field that no two controls may have the same value of.
    pub(super) fn line(&self, field: &str) -> Option<usize> {
        let at = UNIQUE.iter().position(|unique| *unique == field)?;
        self.lines.get(at).copied().flatten()
    }

    /// Its id in the first version that has it, and that version.
    pub(super) fn begins(&self) -> (RuleId, Benchmark) {
        self.rule.editions.first().map_or((self.rule.id, self.rule.benchmark), |first| (first.id, first.benchmark))
    }
}

/// Checks the fields of one file.
struct Fields<'a> {
    file: &'a str,
    /// The file, or what of it holds from a version on.
    text: &'a str,
    /// How many lines are before that.
    before: usize,
}

impl Fields<'_> {
    fn wrong(&self, field: &'static str, message: impl Into<String>) -> RuleError {
        self.wrong_at(lines::line(self.text, field), field, message)
    }

    /// `line`: in the text, from 1.
    fn wrong_at(&self, line: Option<usize>, field: &'static str, message: impl Into<String>) -> RuleError {
        let line = line.map(|line| self.before + line);
        RuleError::Field { file: self.file.to_owned(), line, field, message: message.into() }
    }

    /// The changes of a version. `number`: from 0.
    fn of_edition(&self, number: usize) -> Self {
        let (text, before) = lines::from_edition(self.text, number);
        Self { text, before, ..*self }
    }

    fn text(&self, field: &'static str, text: &str) -> Result<String, RuleError> {
        match text.trim() {
            "" => Err(self.wrong(field, "must not be empty")),
            trimmed => Ok(trimmed.to_owned()),
        }
    }

    fn pattern(&self, field: &'static str, text: &str) -> Result<Pattern, RuleError> {
        Pattern::parse(text).map_err(|error| self.wrong(field, refused::in_full(&error)))
    }

    fn id(&self, text: &str) -> Result<RuleId, RuleError> {
        RuleId::parse(text).ok_or_else(|| self.wrong("id", RuleId::EXPECTED))
    }

    fn level(&self, level: u8) -> Result<u8, RuleError> {
        if (1..=2).contains(&level) { Ok(level) } else { Err(self.wrong("level", "must be 1 or 2")) }
    }

    fn benchmark(&self, text: &str) -> Result<Benchmark, RuleError> {
        text.parse().map_err(|error: String| self.wrong("since", error))
    }

    /// A name that CloudWatch Logs takes for a metric (API reference, `MetricTransformation`: 255 characters).
    fn metric_name(&self, text: &str) -> Result<String, RuleError> {
        const LONGEST: usize = 255;
        let name = self.text("metric_name", text)?;
        if name.chars().count() > LONGEST || name.contains(refused::NOT_IN_METRICS) {
            let message = format!("must have at most {LONGEST} characters, and none of : * $, which AWS refuses");
            return Err(self.wrong("metric_name", message));
        }
        Ok(name)
    }

    /// Addresses of pages, each of which reports show as a link.
    fn references(&self, references: &[String]) -> Result<Vec<String>, RuleError> {
        let is_url = |text: &str| {
            let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
            let is_letter = |letter: char| !letter.is_whitespace() && !letter.is_control();
            rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric) && rest.chars().all(is_letter))
        };
        match references.iter().find(|reference| !is_url(reference)) {
            None => Ok(references.to_vec()),
            Some(other) => {
                let line = lines::line_with(self.text, other).or_else(|| lines::line(self.text, "references"));
                let message = format!("{other:?} is no URL: it must begin with https:// or http://");
                Err(self.wrong_at(line, "references", message))
            }
        }
    }

    /// A field that a control about events must have.
    fn required<'t>(&self, field: &'static str, text: Option<&'t String>) -> Result<&'t String, RuleError> {
        text.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// What the control demands in its first version.
    fn demand(&self, raw: &RuleFile) -> Result<Demand, RuleError> {
        match raw.check.as_deref() {
            None => Ok(Demand::Events(Events {
                source: raw.event_source.clone(),
                metric_name: self.metric_name(self.required("metric_name", raw.metric_name.as_ref())?)?,
                requires: self.pattern("requires", self.required("requires", raw.requires.as_ref())?)?,
                pattern: self.pattern("pattern", self.required("pattern", raw.pattern.as_ref())?)?,
                accepts: Vec::new(),
            })),
            Some("security-hub-enabled") => {
                let of_events = [
                    ("security_hub_control", raw.security_hub_control.is_some()),
                    ("security_hub_versions", raw.security_hub_versions.is_some()),
                    ("security_hub_pattern", raw.security_hub_pattern.is_some()),
                    ("event_source", raw.event_source.is_some()),
                    ("metric_name", raw.metric_name.is_some()),
                    ("requires", raw.requires.is_some()),
                    ("pattern", raw.pattern.is_some()),
                ];
                self.none_of(&of_events)?;
                Ok(Demand::SecurityHubEnabled)
            }
            Some(_) => Err(self.wrong("check", "must be \"security-hub-enabled\", or left out")),
        }
    }

    /// Fields of controls about events, and whether each is there: none may be.
    fn none_of(&self, fields: &[(&'static str, bool)]) -> Result<(), RuleError> {
        match fields.iter().find(|(_, is_there)| *is_there) {
            Some((field, _)) => Err(self.wrong(field, "is of controls about events, which this is not")),
            None => Ok(()),
        }
    }

    /// What Security Hub CSPM checks: a control, its text, and the versions whose printed texts it takes too.
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
            let events = edition.and_then(|edition| edition.demand.events());
            texts.extend(
                events.iter().flat_map(|events| std::iter::once(&events.pattern).chain(&events.accepts)).cloned(),
            );
        }
        let control = self.text("security_hub_control", control)?;
        Ok(Some(HubControl { control, versions, texts }))
    }

    /// The control in every version, from its first one on.
    fn editions(&self, first: Edition, changes: &[EditionFile]) -> Result<Vec<Edition>, RuleError> {
        let mut starts = vec![first];
        for (number, change) in changes.iter().enumerate() {
            let fields = self.of_edition(number);
            let benchmark = fields.benchmark(&change.since)?;
            let Some(before) = starts.last() else { break };
            if benchmark <= before.benchmark {
                let message = format!("{benchmark} does not come after {}", before.benchmark);
                return Err(fields.wrong("since", message));
            }
            starts.push(fields.changed(before, benchmark, change)?);
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
        match &mut edition.demand {
            Demand::Events(events) => self.change_events(events, change)?,
            Demand::SecurityHubEnabled => self.none_of(&[
                ("requires", change.requires.is_some()),
                ("pattern", change.pattern.is_some()),
                ("printed", change.printed.is_some()),
                ("accepts", change.accepts.is_some()),
            ])?,
        }
        Ok(edition)
    }

    fn change_events(&self, events: &mut Events, change: &EditionFile) -> Result<(), RuleError> {
        if let Some(requires) = &change.requires {
            events.requires = self.pattern("requires", requires)?;
        }
        if let Some(pattern) = &change.pattern {
            events.pattern = self.pattern("pattern", pattern)?;
            events.accepts.clear();
        }
        if let Some(printed) = &change.printed {
            events.accepts.push(self.pattern("printed", printed)?);
        }
        for accepted in change.accepts.iter().flatten() {
            events.accepts.push(self.pattern("accepts", accepted)?);
        }
        Ok(())
    }
}

impl Fields<'_> {
    fn requirement(&self, raw: &RequirementFile) -> Result<Requirement, RuleError> {
        let word = raw.basis.as_deref().unwrap_or(Basis::ThirdParty.as_str());
        let basis = Basis::ALL.into_iter().find(|basis| basis.as_str() == word);
        if raw.ids.is_empty() || raw.ids.iter().any(|id| id.trim().is_empty()) {
            return Err(self.wrong("requirements.ids", "must name requirements"));
        }
        Ok(Requirement {
            framework: self.text("requirements.framework", &raw.framework)?,
            ids: raw.ids.clone(),
            claimed_by: self.text("requirements.claimed_by", &raw.claimed_by)?,
            basis: basis.ok_or_else(|| self.wrong("requirements.basis", "must be \"primary\" or \"third_party\""))?,
            is_chosen: false,
        })
    }
}

/// Reads a rule file.
///
/// # Errors
/// See [`RuleError`].
pub(super) fn read(file: &str, text: &str) -> Result<RuleText, RuleError> {
    let raw: RuleFile = toml::from_str(text).map_err(|error| RuleError::Shape {
        file: file.to_owned(),
        message: error.to_string().replace(error.message(), &misspelt::in_words(error.message())).trim_end().to_owned(),
    })?;
    let fields = Fields { file, text, before: 0 };
    let first = Edition {
        benchmark: raw.since.as_deref().map_or(Ok(Benchmark::default()), |since| fields.benchmark(since))?,
        id: fields.id(&raw.id)?,
        title: fields.text("title", &raw.title)?,
        level: fields.level(raw.level)?,
        demand: fields.demand(&raw)?,
    };
    let editions = fields.editions(first.clone(), &raw.editions)?;
    let security_hub = fields.security_hub(&raw, &editions)?;
    let Edition { benchmark, id, title, level, demand } = first;
    let requirements: Vec<Requirement> =
        raw.requirements.iter().map(|requirement| fields.requirement(requirement)).collect::<Result<_, _>>()?;
    let stated = requirements.iter().filter(|requirement| requirement.is_shown()).flat_map(Requirement::labels);
    let related = raw.related.into_iter().chain(stated).collect();
    let rule = Rule {
        benchmark,
        id,
        // Both are the catalog's to say.
        is_benchmarks: false,
        files: None,
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
        demand,
        editions,
        rationale: fields.text("rationale", &raw.rationale)?,
        remediation: fields.text("remediation", &raw.remediation)?,
        blind_spots: raw.blind_spots.as_deref().map(|text| fields.text("blind_spots", text)).transpose()?,
        references: fields.references(&raw.references)?,
        related,
        requirements,
    };
    Ok(RuleText { rule, lines: UNIQUE.map(|field| lines::line(text, field)), notes: Vec::new() })
}

fn is_slug(slug: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    slug.split('-').all(word)
}

fn severity(word: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical].into_iter().find(|it| it.as_str() == word)
}
