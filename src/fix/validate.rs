//! What a plan or a journal may name. Both come from files, which anyone may have written, and requests are made of
//! what they name: nothing of them is used before every account, partition, region, ARN and name in them has been found
//! to be one. A host is made of a region, so a region must be well formed and of the document's partition.
//!
//! Whether what is named exists, and whose it is, is not asked here. Letters and lengths are those of the services' API
//! references.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::options::check_endpoint;
use super::plan::{Action, Options, Plan, Step};
use crate::arn::{Arn, is_account_id, is_log_group_name, is_trail_name};
use crate::partition::{Partition, is_region_name};
use crate::refused::NOT_IN_METRICS;

/// Something that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}`{field}` is {value}, which is not {wanted}", step_prefix(.step.as_ref()))]
pub struct Invalid {
    /// The step that it is in, escaped. `None`: the document's head.
    pub step: Option<String>,
    /// The field's name in the document: `resource.arn`.
    pub field: &'static str,
    /// Its value, quoted, escaped and cut.
    pub value: String,
    /// What it must be: `the name of a region of aws`.
    pub wanted: String,
}

impl Invalid {
    /// The step of an entry must be the one that the entry is about.
    pub(super) fn unless_same(id: &str, step: &str) -> Result<(), Self> {
        check(id == step, None, "plan.id", id, &format!("the id of the entry's step, {}", quoted(step)))
    }
}

fn step_prefix(step: Option<&String>) -> String {
    step.map(|step| format!("step {step}: ")).unwrap_or_default()
}

/// Characters of a value that a message shows.
const SHOWN: usize = 100;

/// A value from a file, for a message.
fn quoted(value: &str) -> String {
    let mut letters = value.chars();
    let mut shown: String = letters.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// The account that a document is about: everything in it must be of its partition, and what it creates of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home<'a> {
    account: &'a str,
    partition: &'a str,
}

/// Who may own what an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The document's account.
    This,
    /// Any account of the partition: a topic or a queue may be another's.
    Any,
}

/// How the rest of an ARN is made.
struct Shape {
    service: &'static str,
    /// What it is called: `a topic`.
    what: &'static str,
    owner: Owner,
    /// Before the name.
    prefix: &'static str,
    name: fn(&str) -> bool,
}

const TRAIL: Shape =
    Shape { service: "cloudtrail", what: "a trail", owner: Owner::This, prefix: "trail/", name: is_trail_name };
const LOG_GROUP: Shape =
    Shape { service: "logs", what: "a log group", owner: Owner::This, prefix: "log-group:", name: is_log_group_name };
const ROLE: Shape = Shape { service: "iam", what: "a role", owner: Owner::This, prefix: "role/", name: is_role_path };
const ALARM: Shape =
    Shape { service: "cloudwatch", what: "an alarm", owner: Owner::This, prefix: "alarm:", name: is_alarm };
const OWN_TOPIC: Shape = Shape { service: "sns", what: "a topic", owner: Owner::This, prefix: "", name: is_topic };
const TOPIC: Shape = Shape { owner: Owner::Any, ..OWN_TOPIC };
const QUEUE: Shape = Shape { service: "sqs", what: "a queue", owner: Owner::Any, prefix: "", name: is_topic };
const KEY: Shape = Shape { service: "kms", what: "a key", owner: Owner::Any, prefix: "", name: is_key };
const FUNCTION: Shape =
    Shape { service: "lambda", what: "a function", owner: Owner::Any, prefix: "function:", name: is_function };

impl<'a> Home<'a> {
    /// The account of a document's head.
    ///
    /// # Errors
    /// An account, partition or region that cannot be.
    pub fn parse(account: &'a str, partition: &'a str, region: &str) -> Result<Self, Invalid> {
        let head = |fits, field, value: &str, wanted: &dyn fmt::Display| check(fits, None, field, value, wanted);
        head(is_account_id(account), "account_id", account, &"the number of an account, 12 digits")?;
        head(Partition::named(partition).is_some(), "partition", partition, &"a partition of AWS")?;
        let here = Self { account, partition };
        head(here.has(region), "region", region, &here.a_region())?;
        Ok(here)
    }

    /// Whether a region's name is well formed and of the partition, as one of its regions is or would be named.
    fn has(self, region: &str) -> bool {
        is_region_name(region)
            && Partition::named(self.partition)
                .is_some_and(|partition| partition.has_region(region) && partition.global_region != Some(region))
    }

    fn a_region(self) -> String {
        format!("the name of a region of {}", self.partition)
    }

    /// Everything that a step names.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn check(self, step: &Step) -> Result<(), Invalid> {
        let checked = Checked { home: self, step: &step.id };
        for (field, ids) in [("id", std::slice::from_ref(&step.id)), ("after", &step.after)] {
            for id in ids {
                checked.is(is_text(id, 1, 1_024), field, id, "a step's id")?;
            }
        }
        for rule in &step.rules {
            checked.is(is_text(rule, 1, 64), "rules", rule, "the number of a control")?;
        }
        checked.action(&step.action)
    }

    /// What was asked for is looked at before the steps are compared.
    fn check_options(self, options: &Options) -> Result<(), Invalid> {
        let arn = |field, text: &str, shape: &Shape| {
            check(self.is_arn(text, shape), None, field, text, &self.the_arn_of(shape))
        };
        if let Some(topic) = &options.topic {
            arn("options.topic", topic, &TOPIC)?;
        }
        if let Some(key) = options.topic_kms_key.as_deref().filter(|key| key.starts_with("arn:")) {
            arn("options.topic_kms_key", key, &KEY)?;
        }
        for endpoint in &options.subscribe {
            match endpoint.protocol.as_str() {
                "sqs" => arn("options.subscribe", &endpoint.address, &QUEUE)?,
                "lambda" => arn("options.subscribe", &endpoint.address, &FUNCTION)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn is_arn(self, text: &str, shape: &Shape) -> bool {
        Arn::parse(text).is_some_and(|arn| {
            let is_there = if shape.service == "iam" { arn.region.is_empty() } else { self.has(arn.region) };
            let is_owned = match shape.owner {
                Owner::This => arn.account == self.account,
                Owner::Any => is_account_id(arn.account),
            };
            arn.partition == self.partition
                && arn.service == shape.service
                && is_there
                && is_owned
                && arn.resource.strip_prefix(shape.prefix).is_some_and(shape.name)
        })
    }

    fn the_arn_of(self, shape: &Shape) -> String {
        let whose = match shape.owner {
            Owner::This => format!(" of account {}", self.account),
            Owner::Any => String::new(),
        };
        format!("the ARN of {}{whose} in {}", shape.what, self.partition)
    }
}

/// Everything that a plan names. (What was asked for is checked as options are, too.)
///
/// # Errors
/// The first thing that cannot be.
pub fn plan(plan: &Plan) -> Result<(), Invalid> {
    let home = Home::parse(&plan.account_id, &plan.partition, &plan.region)?;
    home.check_options(&plan.options)?;
    plan.steps.iter().try_for_each(|step| home.check(step))
}

fn check(
    fits: bool,
    step: Option<&str>,
    field: &'static str,
    value: &str,
    wanted: &dyn fmt::Display,
) -> Result<(), Invalid> {
    if fits {
        return Ok(());
    }
    Err(Invalid { step: step.map(quoted), field, value: quoted(value), wanted: wanted.to_string() })
}

/// A step that is being looked at.
#[derive(Clone, Copy)]
struct Checked<'a> {
    home: Home<'a>,
    step: &'a str,
}

impl Checked<'_> {
    fn is(self, fits: bool, field: &'static str, value: &str, wanted: &str) -> Result<(), Invalid> {
        check(fits, Some(self.step), field, value, &wanted)
    }

    fn arn(self, field: &'static str, text: &str, shape: &Shape) -> Result<(), Invalid> {
        self.is(self.home.is_arn(text, shape), field, text, &self.home.the_arn_of(shape))
    }

    fn region(self, region: &str) -> Result<(), Invalid> {
        self.is(self.home.has(region), "resource.region", region, &self.home.a_region())
    }

    fn tags(self, tags: &BTreeMap<String, String>) -> Result<(), Invalid> {
        for (key, value) in tags {
            self.is(is_text(key, 1, 128), "resource.tags", key, "the key of a tag")?;
            self.is(is_text(value, 0, 256), "resource.tags", value, "the value of a tag")?;
        }
        Ok(())
    }

    fn description(self, text: &str) -> Result<(), Invalid> {
        self.is(is_text(text, 0, 1_024), "resource.description", text, "a description")
    }

    fn metric(self, namespace: &str, metric: &str) -> Result<(), Invalid> {
        self.is(is_metric(namespace), "resource.namespace", namespace, "the namespace of a metric")?;
        self.is(is_metric(metric), "resource.metric", metric, "the name of a metric")
    }

    fn policy(self, arn: &str, topic: &str, shape: &Shape) -> Result<(), Invalid> {
        self.arn("resource.arn", arn, shape)?;
        self.arn("resource.topic_arn", topic, &TOPIC)
    }

    fn action(self, action: &Action) -> Result<(), Invalid> {
        match action {
            Action::CreateKey(key) => {
                self.region(&key.region)?;
                self.is(is_alias(&key.alias), "resource.alias", &key.alias, "the alias of a key")?;
                self.description(&key.description)?;
                self.tags(&key.tags)
            }
            Action::CreateBucket(bucket) => {
                self.region(&bucket.region)?;
                self.is(is_bucket(&bucket.name), "resource.name", &bucket.name, "the name of a bucket")?;
                self.tags(&bucket.tags)
            }
            Action::CreateRole(role) => {
                self.is(is_role(&role.name, 64), "resource.name", &role.name, "the name of a role")?;
                self.arn("resource.arn", &role.arn, &ROLE)?;
                let of_this_name = role.arn.rsplit('/').next() == Some(&role.name);
                self.is(of_this_name, "resource.arn", &role.arn, &format!("the ARN of the role {}", role.name))?;
                let policy = &role.policy_name;
                self.is(is_role(policy, 128), "resource.policy_name", policy, "the name of a role's policy")?;
                self.description(&role.description)?;
                self.tags(&role.tags)
            }
            Action::CreateLogGroup(group) => {
                self.arn("resource.arn", &group.arn, &LOG_GROUP)?;
                self.tags(&group.tags)
            }
            Action::CreateTrail(trail) => {
                self.arn("resource.arn", &trail.arn, &TRAIL)?;
                self.is(is_bucket(&trail.bucket), "resource.bucket", &trail.bucket, "the name of a bucket")?;
                self.is(is_alias(&trail.key), "resource.key", &trail.key, "the alias of a key")?;
                self.arn("resource.log_group_arn", &trail.log_group_arn, &LOG_GROUP)?;
                self.arn("resource.role_arn", &trail.role_arn, &ROLE)?;
                self.tags(&trail.tags)
            }
            Action::UpdateTrail(update) => {
                self.arn("resource.arn", &update.arn, &TRAIL)?;
                if let Some(group) = update.log_group_arn.as_ref().and_then(|change| change.to.as_deref()) {
                    self.arn("resource.log_group_arn.to", group, &LOG_GROUP)?;
                }
                if let Some(role) = update.role_arn.as_ref().and_then(|change| change.to.as_deref()) {
                    self.arn("resource.role_arn.to", role, &ROLE)?;
                }
                Ok(())
            }
            Action::CreateTopic(topic) => {
                self.arn("resource.arn", &topic.arn, &OWN_TOPIC)?;
                let key = topic.kms_key_id.as_deref().unwrap_or("none");
                self.is(is_text(key, 1, 2_048), "resource.kms_key_id", key, "the id, ARN or alias of a key")?;
                self.tags(&topic.tags)
            }
            Action::AllowPublish(update) => self.policy(&update.arn, &update.topic_arn, &TOPIC),
            Action::AllowQueue(update) => self.policy(&update.arn, &update.topic_arn, &QUEUE),
            Action::AllowFunction(permission) => {
                self.arn("resource.function_arn", &permission.function_arn, &FUNCTION)?;
                let id = &permission.statement_id;
                let fits = (1..=100).contains(&id.len())
                    && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                self.is(fits, "resource.statement_id", id, "the id of a statement")?;
                self.arn("resource.topic_arn", &permission.topic_arn, &TOPIC)
            }
            Action::Subscribe(subscription) => {
                self.arn("resource.topic_arn", &subscription.topic_arn, &TOPIC)?;
                let endpoint = &subscription.endpoint;
                let text = format!("{}:{}", endpoint.protocol, endpoint.address);
                let fits = check_endpoint(endpoint).is_ok();
                self.is(fits, "resource.endpoint", &text, "an endpoint that can be subscribed")
            }
            Action::CreateMetricFilter(filter) => {
                self.arn("resource.log_group_arn", &filter.log_group_arn, &LOG_GROUP)?;
                let fits = is_text(&filter.name, 1, 512) && !filter.name.contains([':', '*']);
                self.is(fits, "resource.name", &filter.name, "the name of a metric filter")?;
                self.is(is_text(&filter.pattern, 0, 1_024), "resource.pattern", &filter.pattern, "a filter pattern")?;
                self.metric(&filter.namespace, &filter.metric)
            }
            Action::CreateAlarm(alarm) => {
                self.arn("resource.arn", &alarm.arn, &ALARM)?;
                self.description(&alarm.description)?;
                self.metric(&alarm.namespace, &alarm.metric)?;
                self.arn("resource.topic_arn", &alarm.topic_arn, &TOPIC)?;
                self.tags(&alarm.tags)
            }
        }
    }
}

/// So many characters, none of which steers a terminal.
fn is_text(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}

fn is_key(text: &str) -> bool {
    text.strip_prefix("key/").is_some_and(|id| is_role(id, 256)) || is_alias(text)
}

fn is_alias(text: &str) -> bool {
    text.strip_prefix("alias/").is_some_and(|name| {
        (1..=250).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-".contains(&b))
            && !name.starts_with("aws/")
    })
}

fn is_bucket(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (3..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
        && ends(text.as_bytes().first())
        && ends(text.as_bytes().last())
        && !text.contains("..")
}

fn is_role(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// A role's path and name.
fn is_role_path(text: &str) -> bool {
    text.len() <= 576 && text.split('/').all(|part| is_role(part, 512))
}

fn is_alarm(text: &str) -> bool {
    is_text(text, 1, 255)
}

/// A topic or a queue, FIFO or not.
fn is_topic(text: &str) -> bool {
    let name = text.strip_suffix(".fifo").unwrap_or(text);
    (1..=256).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// A function, and its version or alias.
fn is_function(text: &str) -> bool {
    let (name, qualifier) = text.split_once(':').unwrap_or((text, "1"));
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    (1..=140).contains(&name.len())
        && letters(name)
        && (1..=128).contains(&qualifier.len())
        && letters(qualifier.trim_start_matches('$'))
}

fn is_metric(text: &str) -> bool {
    is_text(text, 1, 255) && !text.contains(NOT_IN_METRICS)
}

#[cfg(test)]
mod tests;
