//! What a template creates, what may be chosen where it is deployed, and what is left to people; in no language yet.

use crate::deploy_time::{Parameter, Text};
use crate::escape;
use crate::fix::plan::FromFiles;

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// AWS CloudFormation, as YAML
    Cloudformation,
    /// Terraform, as HCL
    Terraform,
}

/// Why there can be no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A fix was ended, and left something that a template would create once more.
    #[error(
        "{0} already exists, created by a fix that was interrupted: finish it with `cis-audit --fix`, undo it with \
         `cis-audit undo`, or give other names with --name-prefix"
    )]
    HalfMade(String),
    /// A text holds a letter that stands for what is filled in.
    #[error("{0} contains a private-use character (U+E000 to U+E00F), which a template may not contain")]
    StandIn(String),
}

/// What is created, and what is left to people.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// For whom it is.
    pub(super) scope: Scope,
    /// The benchmark's version whose controls it satisfies; `None`: none of the controls is the benchmark's.
    pub(super) benchmark: Option<String>,
    /// Whether any of the controls is not the benchmark's.
    pub(super) is_own: bool,
    /// Ids of the controls that were asked for.
    pub(super) rules: Vec<String>,
    /// Which of them come from rule files.
    pub(super) rule_files: Vec<FromFiles>,
    /// What metric filters leave out of what their controls demand: sentences, without full stops.
    pub(super) exceptions: Vec<String>,
    /// What else is to be known, of what is not written: sentences, without full stops.
    pub(super) notes: Vec<String>,
    /// What may be chosen where it is deployed, in their order.
    pub(super) parameters: Vec<Declared>,
    /// What is created, each after what it refers to.
    pub(super) resources: Vec<Resource>,
    /// What is left to people.
    pub(super) tasks: Vec<Task>,
    /// Controls that will not pass, and why: sentences, without full stops.
    pub(super) not_planned: Vec<String>,
    /// Regions of which the plan has further steps, and those steps' ids: a template is of one region.
    pub(super) elsewhere: Vec<(String, Vec<String>)>,
}

/// For whom a template is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// One account, in one region, as it was when it was read.
    Account { id: String, region: String, read_at: String },
    /// Any account that has nothing yet, in any region.
    Any,
}

/// What only a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What to do: a sentence, lower case, no full stop.
    pub what: String,
    /// Shell commands of the AWS CLI that do it, if there are.
    pub commands: Vec<String>,
}

/// A parameter, and what it is if nothing is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) parameter: Parameter,
    /// `None`: it must be chosen.
    pub(super) default: Option<String>,
}

/// What a resource is called inside the template: each language joins the words in its own way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    /// Lower-case words of the resource's name.
    pub(super) words: Vec<String>,
    pub(super) kind: &'static str,
    /// From 1; of several that would be called the same.
    pub(super) number: u32,
}

/// Another resource: one that the template makes, or one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    Made(Id),
    /// Its name or ARN, as the place asks.
    There(Text),
}

/// Something that is created.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resource {
    pub(super) id: Id,
    pub(super) body: Body,
}

/// Keys and values, in the keys' order.
pub(super) type Tags = Vec<(String, Text)>;

/// What a resource is. Fields are those of the plan's steps; what a plan always does the same way (rotation, blocked
/// public access, `Sum` >= 1) is for the languages to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Key { alias: Text, description: Text, policy: Document, tags: Tags },
    Bucket { name: Text, policy: Document, tags: Tags },
    Role { name: Text, description: Text, trust: Document, policy_name: Text, policy: Document, tags: Tags },
    LogGroup { name: Text, tags: Tags },
    Trail { name: Text, bucket: Link, key: Link, log_group: Link, role: Link, tags: Tags },
    Topic { name: Text, policy: Document, key: Option<Text>, tags: Tags },
    Permission { function: Text, statement_id: Text, topic: Link },
    Subscription { topic: Link, protocol: Text, endpoint: Text },
    MetricFilter { log_group: Link, name: Text, pattern: Text, namespace: Text, metric: Text },
    Alarm { name: Text, description: Text, namespace: Text, metric: Text, topic: Link, tags: Tags },
}

/// A policy, its keys in the order in which people write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    Text(Text),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Template {
    /// It creates nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// What is left to people once it is deployed.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Controls that will not pass, and why: sentences, without full stops.
    #[must_use]
    pub fn not_planned(&self) -> &[String] {
        &self.not_planned
    }

    /// What a template of another region is needed for: sentences, without full stops.
    pub fn elsewhere(&self) -> impl Iterator<Item = String> {
        self.elsewhere.iter().map(|(region, steps)| {
            format!(
                "a template covers one region: deploy it, then run the command again for {region} ({})",
                steps.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// With lines more in its head, of what was not written.
    #[must_use]
    pub fn noting(mut self, notes: Vec<String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// What it is, in a sentence.
    pub(super) fn description(&self) -> String {
        let monitoring = match &self.benchmark {
            Some(benchmark) if self.is_own => format!("CIS AWS Foundations {benchmark} and own monitoring"),
            Some(benchmark) => format!("CIS AWS Foundations {benchmark} monitoring"),
            None => "Own monitoring".to_owned(),
        };
        match &self.scope {
            Scope::Account { id, region, .. } => format!("{monitoring}: what account {id} lacks in {region}"),
            Scope::Any => format!(
                "{monitoring}: trail, log group, metric filters, alarms and topic, for an account that has none of them"
            ),
        }
    }

    /// The comment at its head, a line each.
    pub(super) fn head(&self, deploy: &[String]) -> Vec<String> {
        let mut lines = vec![format!("{}.", self.description())];
        lines.push(format!("Written by cis-audit {}. Controls: {}.", env!("CARGO_PKG_VERSION"), self.rules.join(", ")));
        let from = self.rule_files.iter();
        lines.extend(from.map(|from| format!("Controls from {}: {}.", from.directory, from.rules.join(", "))));
        if let Scope::Account { read_at, .. } = &self.scope {
            lines.push(format!("The account was read at {read_at}: if it has changed since, make a new template."));
        }
        if !self.exceptions.is_empty() {
            lines.extend([
                String::new(),
                "Metric filters leave out (Security Hub CSPM fails these controls):".to_owned(),
            ]);
            lines.extend(self.exceptions.iter().map(|line| format!("- {line}")));
        }
        lines.extend(self.notes.iter().map(|note| format!("Note: {note}.")));
        lines.push(String::new());
        lines.push("Deploy it:".to_owned());
        lines.extend(deploy.iter().map(|line| format!("  {line}")));
        if !self.tasks.is_empty() {
            lines.extend([String::new(), "Manual steps, once it is deployed:".to_owned()]);
            for task in &self.tasks {
                lines.push(format!("- {}", task.what));
                lines.extend(task.commands.iter().map(|command| format!("    {command}")));
            }
        }
        if !self.not_planned.is_empty() {
            lines.extend([String::new(), "Not planned:".to_owned()]);
            lines.extend(self.not_planned.iter().map(|line| format!("- {line}")));
        }
        let elsewhere: Vec<String> = self.elsewhere().map(|line| format!("- {line}")).collect();
        if !elsewhere.is_empty() {
            lines.extend([String::new(), "Elsewhere:".to_owned()]);
            lines.extend(elsewhere);
        }
        lines
    }
}

/// Lines as a comment of both languages: nothing in them may end it.
pub(super) fn comment(lines: &[String]) -> String {
    let escaped = lines.iter().map(|line| escape::terminal(line));
    escaped.map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect()
}

impl Id {
    /// `IamPolicyChangesAlarm`, unique in the template.
    pub(super) fn camel(&self) -> String {
        let mut name: String = self.words.iter().map(|word| capitalised(word)).collect();
        name.push_str(self.kind);
        if self.number > 1 {
            name.push_str(&self.number.to_string());
        }
        name
    }

    /// `iam_policy_changes`, unique among those of its kind.
    pub(super) fn snake(&self) -> String {
        let kind = [self.kind.to_ascii_lowercase()];
        let words = if self.words.is_empty() { &kind[..] } else { &self.words };
        let mut name = words.join("_");
        if name.starts_with(|letter: char| letter.is_ascii_digit()) {
            name.insert(0, '_');
        }
        if self.number > 1 {
            name.push_str(&format!("_{}", self.number));
        }
        name
    }
}

pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
