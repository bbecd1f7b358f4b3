//! The plan of a fix as infrastructure code, for accounts that no tool may touch: CloudFormation or Terraform.
//!
//! ```text
//! Report × Snapshot × Options ──planner──▶ Plan ──▶ Template ──▶ CloudFormation YAML, Terraform HCL
//! ```
//!
//! A template holds what the plan would create and refers to what is there. What a plan would change cannot be said in
//! code that does not own it, so that is a task for a person, with its commands. It must not decide anything: names,
//! patterns and policies are the plan's. For no account in particular ([`whole`]) the plan is that of an account in which
//! nothing is, and whatever is the account's own is filled in where the template is deployed.

use std::io;

use clap::ValueEnum;

mod by_hand;
mod cloudformation;
mod from_plan;
mod hcl;
mod stand_in;
mod terraform;
#[cfg(test)]
mod tests;
mod yaml;

pub use self::from_plan::missing;
pub use self::stand_in::whole;

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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
        "{0} is there already, made by a fix that was ended: finish it with `cis-audit --fix`, take it back with \
         `cis-audit undo`, or give other names with --name-prefix"
    )]
    HalfMade(String),
    /// A text holds a letter that stands for what is filled in.
    #[error("{0} holds a letter for private use (U+E000 to U+E00F), which nothing in a template may")]
    StandIn(String),
}

/// What is created, and what is left to people.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// For whom it is.
    scope: Scope,
    /// The benchmark's version whose controls it satisfies.
    benchmark: String,
    /// Numbers of the controls that were asked for.
    rules: Vec<String>,
    /// What may be chosen where it is deployed, in their order.
    parameters: Vec<Declared>,
    /// What is created, each after what it refers to.
    resources: Vec<Resource>,
    /// What is left to people.
    tasks: Vec<Task>,
    /// Controls that will not pass, and why: sentences, without full stops.
    not_planned: Vec<String>,
    /// Regions of which the plan has further steps, and those steps' ids: a template is of one region.
    elsewhere: Vec<(String, Vec<String>)>,
}

/// For whom a template is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
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

/// A text of which parts may be known only where the template is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text(Vec<Piece>);

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Filled(Filled),
}

/// What is filled in where the template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    Account,
    Partition,
    Region,
    Parameter(Parameter),
}

/// What may be chosen where the template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parameter {
    /// How a subscriber is told, by their place among those that were given, from 0.
    Protocol(usize),
    /// Whom, likewise.
    Endpoint(usize),
    /// ARN of the topic that alarms tell, where it is not created.
    Topic,
    NamePrefix,
    /// Namespace of the metrics.
    Namespace,
    /// Days that the log group keeps events.
    Retention,
    /// Period of the alarms in seconds.
    AlarmPeriod,
}

/// A parameter, and what it is if nothing is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Declared {
    parameter: Parameter,
    /// `None`: it must be chosen.
    default: Option<String>,
}

/// What a resource is called inside the template: each language joins the words in its own way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    /// Lower-case words of the resource's name.
    words: Vec<String>,
    kind: &'static str,
    /// From 1; of several that would be called the same.
    number: u32,
}

/// Another resource: one that the template makes, or one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Link {
    Made(Id),
    /// Its name or ARN, as the place asks.
    There(Text),
}

/// Something that is created.
#[derive(Debug, Clone, PartialEq)]
struct Resource {
    id: Id,
    body: Body,
}

/// Keys and values, in the keys' order.
type Tags = Vec<(String, Text)>;

/// What a resource is. Fields are those of the plan's steps; what a plan always does the same way (rotation, blocked
/// public access, `Sum` >= 1) is for the languages to write.
#[derive(Debug, Clone, PartialEq)]
enum Body {
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
enum Document {
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
                "a template is of one region: deploy it, then write that of {region} ({})",
                steps.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write(&self, language: Language, out: &mut dyn io::Write) -> io::Result<()> {
        let text = match language {
            Language::Cloudformation => cloudformation::written(self),
            Language::Terraform => terraform::written(self),
        };
        out.write_all(text.as_bytes())
    }

    /// What it is, in a sentence.
    fn description(&self) -> String {
        let benchmark = &self.benchmark;
        match &self.scope {
            Scope::Account { id, region, .. } => {
                format!("CIS AWS Foundations {benchmark} monitoring: what account {id} lacks in {region}")
            }
            Scope::Any => format!(
                "CIS AWS Foundations {benchmark} monitoring: trail, log group, metric filters, alarms and topic, for an \
                 account that has none of them"
            ),
        }
    }

    /// The comment at its head, a line each.
    fn head(&self, deploy: &[String]) -> Vec<String> {
        let mut lines = vec![format!("{}.", self.description())];
        lines.push(format!("Written by cis-audit {}. Controls: {}.", env!("CARGO_PKG_VERSION"), self.rules.join(", ")));
        if let Scope::Account { read_at, .. } = &self.scope {
            lines.push(format!("The account was read at {read_at}: if it has changed since, write a new one."));
        }
        lines.push(String::new());
        lines.push("Deploy it:".to_owned());
        lines.extend(deploy.iter().map(|line| format!("  {line}")));
        if !self.tasks.is_empty() {
            lines.extend([String::new(), "Left to you, once it is deployed:".to_owned()]);
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
fn comment(lines: &[String]) -> String {
    let escaped = lines.iter().map(|line| crate::escape::terminal(line));
    escaped.map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect()
}

impl Text {
    fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Literal(text.into())])
    }

    fn of(parameter: Parameter) -> Self {
        Self(vec![Piece::Filled(Filled::Parameter(parameter))])
    }
}

impl Id {
    /// `IamPolicyChangesAlarm`, unique in the template.
    fn camel(&self) -> String {
        let mut name: String = self.words.iter().map(|word| capitalised(word)).collect();
        name.push_str(self.kind);
        if self.number > 1 {
            name.push_str(&self.number.to_string());
        }
        name
    }

    /// `iam_policy_changes`, unique among those of its kind.
    fn snake(&self) -> String {
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

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Parameter {
    /// What it is, for those who choose it: a sentence.
    fn told(self) -> &'static str {
        match self {
            Self::Protocol(_) => "How a subscriber is told: email, https, sms or sqs.",
            Self::Endpoint(_) => "Whom: a mail address, https:// URL, telephone number or ARN.",
            Self::Topic => "ARN of the topic that the alarms tell.",
            Self::NamePrefix => "What all names begin with.",
            Self::Namespace => "Namespace of the metrics.",
            Self::Retention => "Days that the log group keeps events.",
            Self::AlarmPeriod => "Period of the alarms, a multiple of 60 seconds.",
        }
    }
}
