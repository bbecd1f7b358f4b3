//! The controls: what each demands, which for all but one are events, and what is reported about it.
//!
//! A rule is one TOML file in `rules/`; this module holds the checked form. Numbers and texts are data, so a new control
//! about events is a file and its name in the list of [`catalog`]; one about something else is a [`Demand`] too.

use std::sync::Arc;

use filter_pattern::Pattern;
use sha2::{Digest as _, Sha256};

use crate::escape;

mod benchmark;
pub mod catalog;
mod checked;
mod error;
mod file;
mod id;
mod lines;
mod named;
mod requirement;
#[cfg(test)]
mod texts;

pub use self::benchmark::Benchmark;
pub use self::error::RuleError;
pub use self::id::{OwnId, RuleId};
pub(crate) use self::named::{control_of, slug_of};
pub use self::requirement::{Basis, Requirement, called};

/// A control, checked: its patterns parse, its texts are there.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The version of the benchmark that was chosen, whose control this is unless it is one's own.
    pub benchmark: Benchmark,
    /// The control's number in the benchmark, e.g. `3.4`, or an id of one's own, e.g. `ACME-1`.
    pub id: RuleId,
    /// Whether the benchmark, in that version, has a monitoring control of this id.
    pub is_benchmarks: bool,
    /// Where it was read; `None`: it is built into the program.
    pub files: Option<Arc<RuleFiles>>,
    /// The name that outlives the number, e.g. `iam-policy-changes`.
    pub slug: String,
    /// The benchmark's title.
    pub title: String,
    /// What is monitored, in at most 30 characters.
    pub short_title: String,
    /// The benchmark's profile level, 1 or 2.
    pub level: u8,
    /// Severity as Security Hub CSPM rates the control.
    pub severity: Severity,
    /// The control that AWS Security Hub CSPM has for it.
    pub security_hub: Option<HubControl>,
    /// What it demands of an account.
    pub demand: Demand,
    /// The control in every version that has it, the oldest first.
    pub editions: Vec<Edition>,
    /// Why the control exists.
    pub rationale: String,
    /// How to satisfy it.
    pub remediation: String,
    /// What its words mean and the benchmark's text does not see.
    pub blind_spots: Option<String>,
    /// Where the facts come from: URLs.
    pub references: Vec<String>,
    /// Requirements of other standards that the control serves, each a text: what its file says, and of `requirements`
    /// those that are shown.
    pub related: Vec<String>,
    /// Requirements of other frameworks, and who says that the control serves them.
    pub requirements: Vec<Requirement>,
}

/// What a control demands of an account.
#[derive(Debug, Clone)]
pub enum Demand {
    /// That a person is notified of events, through a trail, a metric filter, an alarm and a topic.
    Events(Events),
    /// That AWS Security Hub CSPM is enabled.
    SecurityHubEnabled,
}

/// Events of which a person is to be notified, and the filter patterns for them.
#[derive(Debug, Clone)]
pub struct Events {
    /// The one service whose events the control is about, as `eventSource` spells it; `None`: any service.
    pub source: Option<String>,
    /// The metric's name in the seed configuration.
    pub metric_name: String,
    /// The events that the control demands.
    pub requires: Pattern,
    /// The text that the benchmark prints, and that a filter should have.
    pub pattern: Pattern,
    /// Further texts that the benchmark prints: as acceptable, or instead of one that a filter should have.
    pub accepts: Vec<Pattern>,
}

impl Demand {
    /// The events, where it is about events.
    #[must_use]
    pub fn events(&self) -> Option<&Events> {
        match self {
            Self::Events(events) => Some(events),
            Self::SecurityHubEnabled => None,
        }
    }

    /// Whether AWS Organizations alone makes its events, and records them in the management account (CloudTrail user guide,
    /// "Logging AWS Organizations API calls").
    #[must_use]
    pub fn is_of_organization(&self) -> bool {
        self.events().is_some_and(|events| events.source.as_deref() == Some("organizations.amazonaws.com"))
    }
}

/// What differs between the versions of a control.
#[derive(Debug, Clone)]
pub struct Edition {
    /// The version.
    pub benchmark: Benchmark,
    /// The control's number there.
    pub id: RuleId,
    /// Its title there.
    pub title: String,
    /// Its profile level there, 1 or 2.
    pub level: u8,
    /// What it demands there.
    pub demand: Demand,
}

/// What AWS Security Hub CSPM checks for a control (Security Hub CSPM user guide, Amazon CloudWatch controls).
#[derive(Debug, Clone)]
pub struct HubControl {
    /// `CloudWatch.N`.
    pub control: String,
    /// The versions of the benchmark whose Security Hub CSPM standard has the control.
    pub versions: Vec<Benchmark>,
    /// The filter patterns that Security Hub CSPM takes: its own, and what the benchmark prints in those versions.
    pub texts: Vec<Pattern>,
}

/// The directory of rule files that a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleFiles {
    /// The directory, as it was given.
    pub directory: String,
    /// Its rules are added to the built-in ones; else they are used instead of them.
    pub are_added: bool,
}

impl Rule {
    /// The events that it demands in each version that has it, the oldest first.
    pub(crate) fn events_of_versions(&self) -> impl Iterator<Item = (Benchmark, &Events)> {
        self.editions.iter().filter_map(|edition| Some((edition.benchmark, edition.demand.events()?)))
    }

    /// The rule with what is claimed about a framework shown.
    #[must_use]
    pub fn mapped_to(mut self, framework: &str) -> Self {
        for requirement in self.requirements.iter_mut().filter(|it| it.framework == framework) {
            if !requirement.is_shown() {
                self.related.extend(requirement.labels());
            }
            requirement.is_chosen = true;
        }
        self
    }

    /// What a rule file says of verdicts, as a hash: the same for files of the same content, wherever they are. `None`: the
    /// rule is built in, so that the program's version says it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.files.as_ref()?;
        let mut parts = vec![self.id.to_string(), self.slug.clone(), self.level.to_string()];
        parts.push(self.severity.as_str().to_owned());
        match &self.demand {
            Demand::SecurityHubEnabled => parts.push("security_hub".to_owned()),
            Demand::Events(events) => {
                let patterns = [&events.requires, &events.pattern].into_iter().chain(&events.accepts);
                parts.extend(events.source.iter().cloned());
                parts.extend(patterns.map(|pattern| pattern.source().to_owned()));
            }
        }
        if let Some(hub) = &self.security_hub {
            parts.push(hub.control.clone());
            parts.extend(hub.versions.iter().map(Benchmark::to_string));
            parts.extend(hub.texts.iter().map(|text| text.source().to_owned()));
        }
        let digest = Sha256::digest(parts.join("\u{0}"));
        Some(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The requirements that a report shows.
    pub fn shown_requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| requirement.is_shown())
    }

    /// Where the control's pattern can be read, as a sentence that follows a remedy.
    #[must_use]
    pub fn explained(&self) -> String {
        let mut command = format!("cis-audit explain {}", self.id);
        if self.benchmark != Benchmark::default() {
            command.push_str(&format!(" --benchmark {}", self.benchmark));
        }
        if let Some(RuleFiles { directory, are_added }) = self.files.as_deref() {
            let option = if *are_added { "--add-rules" } else { "--rules" };
            command.push_str(&format!(" {option} {}", escape::shell_word(directory)));
        }
        format!(" `{command}` prints the pattern.")
    }
}

/// Severity as Security Hub CSPM rates a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// The word in rule files and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
