//! Plan → [`Template`]: steps that create become resources, steps that change become tasks. References between them are
//! recognised by the ARNs, aliases and names that the plan has for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::manual;
use super::model::{Body, Declared, Document, Id, Link, Resource, Scope, Tags, Task, Template, TemplateError};
use crate::deploy_time::{self, Filled, Parameter, Piece, Text};
use crate::fix::exceptions::BuiltIn;
use crate::fix::plan::{self, Action, Endpoint, Plan, Step};
use crate::fix::survey::{SiteKind, SiteState, Survey};
use crate::mask;

/// What an account lacks.
///
/// # Errors
/// If it has part of it already: a template cannot finish what a fix began.
pub fn missing(plan: &Plan, survey: &Survey) -> Result<Template, TemplateError> {
    for step in &plan.steps {
        let (kind, name, what) = match &step.action {
            Action::CreateKey(key) => (SiteKind::Key, key.alias.as_str(), "key"),
            Action::CreateBucket(bucket) => (SiteKind::Bucket, bucket.name.as_str(), "bucket"),
            Action::CreateRole(role) => (SiteKind::Role, role.name.as_str(), "role"),
            Action::CreateLogGroup(group) => (SiteKind::LogGroup, group.arn.as_str(), "log group"),
            _ => continue,
        };
        if matches!(survey.state(kind, name), Some(SiteState::Ours | SiteState::HalfMade)) {
            return Err(TemplateError::HalfMade(format!("{what} {name}")));
        }
    }
    let region = plan.steps.iter().find_map(|step| region_of(&step.action)).unwrap_or(&plan.region).to_owned();
    let scope = Scope::Account { id: plan.account_id.clone(), region, read_at: plan.collected_at.to_string() };
    Ok(Draft::new(plan, &plan.options, scope).finish())
}

/// What the filters of a control leave out.
fn left_out(exception: &BuiltIn) -> String {
    let caution = exception.caution().map_or_else(String::new, |caution| format!("; {caution}"));
    format!("{}: {}{caution}", exception.rule, exception.words())
}

/// A template in the making.
pub(super) struct Draft<'a> {
    plan: &'a Plan,
    /// What was asked for, as it was: those of the plan may have stand-ins.
    options: &'a plan::Options,
    scope: Scope,
    /// By ARN, alias or bucket's name.
    made: BTreeMap<&'a str, Id>,
    /// What names are taken, in both languages' spelling.
    taken: BTreeSet<String>,
    defaults: BTreeMap<Parameter, Option<String>>,
    resources: Vec<Resource>,
    tasks: Vec<Task>,
    elsewhere: BTreeMap<String, Vec<String>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(plan: &'a Plan, options: &'a plan::Options, scope: Scope) -> Self {
        Self {
            plan,
            options,
            scope,
            made: BTreeMap::new(),
            taken: BTreeSet::new(),
            defaults: BTreeMap::new(),
            resources: Vec::new(),
            tasks: Vec::new(),
            elsewhere: BTreeMap::new(),
        }
    }

    pub(super) fn finish(mut self) -> Template {
        let plan = self.plan;
        for step in &plan.steps {
            self.step(step);
        }
        if self.scope == Scope::Any {
            self.declare(Parameter::NamePrefix, Some(self.options.name_prefix.clone()));
            self.declare(Parameter::Namespace, Some(self.options.namespace.clone()));
            if let Some(topic) = &self.options.topic {
                self.declare(Parameter::Topic, Some(topic.into()));
            }
        }
        for task in &plan.manual {
            let what = format!("{} ({})", self.sentence(&task.what), task.rules.join(", "));
            self.tasks.push(Task { what, commands: Vec::new() });
        }
        for Endpoint { protocol, address } in &plan.not_subscribed {
            let what = format!(
                "no new alarm notifies {protocol} {}: subscribe them to a topic if they should be notified",
                mask::endpoint(protocol, address)
            );
            self.tasks.push(Task { what, commands: Vec::new() });
        }
        let not_planned = plan.not_planned.iter();
        let not_planned = not_planned
            .map(|not| format!("{} ({}): {}", not.rules.join(", "), not.code, self.sentence(&not.why)))
            .collect();
        Template {
            scope: self.scope,
            benchmark: plan.scope().0.map(str::to_owned),
            is_own: plan.scope().1,
            rules: plan.rules.clone(),
            rule_files: plan.rule_files.clone(),
            exceptions: self.options.exceptions.iter().map(left_out).collect(),
            notes: Vec::new(),
            parameters: self.defaults.into_iter().map(|(parameter, default)| Declared { parameter, default }).collect(),
            resources: self.resources,
            tasks: self.tasks,
            not_planned,
            elsewhere: self.elsewhere.into_iter().collect(),
        }
    }

    fn step(&mut self, step: &'a Step) {
        if let (Scope::Account { region, .. }, Some(of)) = (&self.scope, region_of(&step.action))
            && of != region
        {
            self.elsewhere.entry(of.to_owned()).or_default().push(step.id.clone());
            return;
        }
        match &step.action {
            Action::CreateKey(key) => {
                let id = self.id(&["trail"], "Key", &key.alias);
                self.push(
                    id,
                    Body::Key {
                        alias: self.text(&key.alias),
                        description: self.text(&key.description),
                        policy: self.document(&key.policy),
                        tags: self.tags(&key.tags),
                    },
                );
            }
            Action::CreateBucket(bucket) => {
                let id = self.id(&["trail"], "Bucket", &bucket.name);
                self.push(
                    id,
                    Body::Bucket {
                        name: self.text(&bucket.name),
                        policy: self.document(&bucket.policy),
                        tags: self.tags(&bucket.tags),
                    },
                );
            }
            Action::CreateRole(role) => self.role(role),
            Action::CreateLogGroup(group) => {
                let id = self.id(&["trail"], "LogGroup", &group.arn);
                self.declare(Parameter::Retention, Some(group.retention_days.to_string()));
                self.push(id, Body::LogGroup { name: self.text(group.arn.name()), tags: self.tags(&group.tags) });
            }
            Action::CreateTrail(trail) => self.trail(trail),
            Action::CreateTopic(topic) => self.topic(topic),
            Action::AllowFunction(permission) => {
                let id = self.id(&self.words(permission.topic_arn.name()), "Permission", &step.id);
                let function = self.address("lambda", &permission.function_arn);
                self.push(
                    id,
                    Body::Permission {
                        function,
                        statement_id: self.text(&permission.statement_id),
                        topic: self.link(&permission.topic_arn),
                    },
                );
            }
            Action::Subscribe(subscription) => self.subscription(subscription, &step.id),
            Action::CreateMetricFilter(filter) => self.metric_filter(filter, &step.id),
            Action::CreateAlarm(alarm) => self.alarm(alarm),
            Action::UpdateTrail(update) => self.tasks.push(manual::update_trail(update, &step.rules)),
            Action::AllowPublish(update) => self.tasks.push(manual::allow_publish(update, &step.rules)),
            Action::AllowQueue(update) => self.tasks.push(manual::allow_queue(update, &step.rules)),
        }
    }

    fn role(&mut self, role: &'a plan::Role) {
        let id = self.id(&["trail"], "Role", &role.arn);
        self.push(
            id,
            Body::Role {
                name: self.text(&role.name),
                description: self.text(&role.description),
                trust: self.document(&role.trust),
                policy_name: self.text(&role.policy_name),
                policy: self.document(&role.policy),
                tags: self.tags(&role.tags),
            },
        );
    }

    fn trail(&mut self, trail: &'a plan::Trail) {
        let id = self.id::<&str>(&[], "Trail", &trail.arn);
        self.push(
            id,
            Body::Trail {
                name: self.text(trail.arn.name()),
                bucket: self.link(&trail.bucket),
                key: self.link(&trail.key),
                log_group: self.link(&trail.log_group_arn),
                role: self.link(&trail.role_arn),
                tags: self.tags(&trail.tags),
            },
        );
    }

    fn topic(&mut self, topic: &'a plan::Topic) {
        let name = topic.arn.name();
        let id = self.id(&self.words(name), "Topic", &topic.arn);
        self.push(
            id,
            Body::Topic {
                name: self.text(name),
                policy: self.document(&topic.policy),
                key: topic.kms_key_id.as_deref().map(Text::literal),
                tags: self.tags(&topic.tags),
            },
        );
    }

    fn subscription(&mut self, subscription: &'a plan::Subscription, step: &'a str) {
        let Endpoint { protocol, address } = &subscription.endpoint;
        let id = self.id(&self.words(subscription.topic_arn.name()), "Subscription", step);
        let endpoint = self.address(protocol, address);
        let protocol = match self.place(protocol, address) {
            // The permission next to it is for a function and nothing else.
            Some(place) if protocol != "lambda" => {
                self.declare(Parameter::Protocol(place), Some(protocol.clone()));
                Text::parameter(Parameter::Protocol(place))
            }
            Some(_) | None => Text::literal(protocol),
        };
        self.push(id, Body::Subscription { topic: self.link(&subscription.topic_arn), protocol, endpoint });
    }

    fn metric_filter(&mut self, filter: &'a plan::MetricFilter, step: &'a str) {
        let id = self.id(&self.words(&filter.name), "Filter", step);
        let log_group = match self.made.get(filter.log_group_arn.as_str()) {
            Some(group) => Link::Made(group.clone()),
            None => Link::There(self.text(filter.log_group_arn.name())),
        };
        self.push(
            id,
            Body::MetricFilter {
                log_group,
                name: self.text(&filter.name),
                pattern: self.text(&filter.pattern),
                namespace: self.text(&filter.namespace),
                metric: self.text(&filter.metric),
            },
        );
    }

    fn alarm(&mut self, alarm: &'a plan::Alarm) {
        let name = alarm.arn.name();
        let id = self.id(&self.words(name), "Alarm", &alarm.arn);
        self.declare(Parameter::AlarmPeriod, Some(alarm.period.to_string()));
        self.push(
            id,
            Body::Alarm {
                name: self.text(name),
                description: self.text(&alarm.description),
                namespace: self.text(&alarm.namespace),
                metric: self.text(&alarm.metric),
                topic: self.link(&alarm.topic_arn),
                tags: self.tags(&alarm.tags),
            },
        );
    }

    fn push(&mut self, id: Id, body: Body) {
        self.resources.push(Resource { id, body });
    }

    fn declare(&mut self, parameter: Parameter, default: Option<String>) {
        self.defaults.insert(parameter, default);
    }

    /// A free name for a resource, which others know by `known`.
    fn id<W: AsRef<str>>(&mut self, words: &[W], kind: &'static str, known: &'a str) -> Id {
        let words: Vec<String> = words.iter().map(|word| word.as_ref().to_owned()).collect();
        let mut id = Id { words, kind, number: 1 };
        let spelled = |id: &Id| [id.camel(), format!("{kind} {}", id.snake())];
        while spelled(&id).iter().any(|name| self.taken.contains(name)) {
            id.number += 1;
        }
        self.taken.extend(spelled(&id));
        self.made.insert(known, id.clone());
        id
    }

    /// The words of a name, without the prefix that all have.
    fn words(&self, name: &str) -> Vec<String> {
        let rest = name.strip_prefix(&self.plan.options.name_prefix).unwrap_or(name);
        let mut words: Vec<String> = Vec::new();
        let mut before = ' ';
        for letter in rest.chars() {
            // `DefaultSecuritySettings` is three words.
            let begins =
                !before.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && !before.is_ascii_uppercase());
            match words.last_mut() {
                _ if !letter.is_ascii_alphanumeric() => {}
                Some(word) if !begins => word.push(letter.to_ascii_lowercase()),
                Some(_) | None => words.push(letter.to_ascii_lowercase().to_string()),
            }
            before = letter;
        }
        words
    }

    fn text(&self, text: &str) -> Text {
        match self.scope {
            Scope::Account { .. } => Text::literal(text),
            Scope::Any => deploy_time::read(text),
        }
    }

    /// A sentence of the plan, for people.
    fn sentence(&self, text: &str) -> String {
        let words = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Filled(filled) => filled_in(*filled, self.options),
        };
        self.text(text).0.iter().map(words).collect()
    }

    fn tags(&self, tags: &BTreeMap<String, String>) -> Tags {
        tags.iter().map(|(key, value)| (key.clone(), self.text(value))).collect()
    }

    fn link(&self, known: &str) -> Link {
        self.made.get(known).map_or_else(|| Link::There(self.text(known)), |id| Link::Made(id.clone()))
    }

    /// The place of an address among the subscribers that were given.
    fn place(&self, protocol: &str, address: &str) -> Option<usize> {
        let mut given = self.plan.options.subscribe.iter();
        given.position(|given| (given.protocol.as_str(), given.address.as_str()) == (protocol, address))
    }

    /// A subscriber's address, which may be chosen.
    fn address(&mut self, protocol: &str, address: &str) -> Text {
        let Some(place) = self.place(protocol, address) else { return self.text(address) };
        self.declare(Parameter::Endpoint(place), self.options.subscribe.get(place).map(|given| given.address.clone()));
        Text::parameter(Parameter::Endpoint(place))
    }

    fn document(&self, json: &str) -> Document {
        // The plan's own policies are JSON.
        self.part(&serde_json::from_str(json).unwrap_or_default())
    }

    fn part(&self, value: &Value) -> Document {
        match value {
            Value::Array(items) => Document::List(items.iter().map(|item| self.part(item)).collect()),
            Value::Object(entries) => {
                let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), self.part(value))).collect();
                entries.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key));
                Document::Map(entries)
            }
            Value::String(text) => Document::Text(self.text(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Document::Text(Text::literal(value.to_string())),
        }
    }
}

/// The order of a policy's keys; others come before them, among themselves in the alphabet's.
const ORDER: [&str; 8] = ["Version", "Statement", "Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

/// The region in which a step creates something; what only changes something is no part of a template.
fn region_of(action: &Action) -> Option<&str> {
    match action {
        Action::UpdateTrail(_) | Action::AllowPublish(_) | Action::AllowQueue(_) => None,
        Action::CreateKey(_)
        | Action::CreateBucket(_)
        | Action::CreateRole(_)
        | Action::CreateLogGroup(_)
        | Action::CreateTrail(_)
        | Action::CreateTopic(_)
        | Action::AllowFunction(_)
        | Action::Subscribe(_)
        | Action::CreateMetricFilter(_)
        | Action::CreateAlarm(_) => action.region(),
    }
}

/// What is filled in, in a sentence for people.
fn filled_in(filled: Filled, options: &plan::Options) -> String {
    match filled {
        Filled::Account => "ACCOUNT".to_owned(),
        Filled::Partition => "aws".to_owned(),
        Filled::Region => "REGION".to_owned(),
        Filled::Parameter(Parameter::NamePrefix) => options.name_prefix.clone(),
        Filled::Parameter(Parameter::Namespace) => options.namespace.clone(),
        Filled::Parameter(Parameter::Topic) => options.topic.as_ref().map(String::from).unwrap_or_default(),
        Filled::Parameter(Parameter::Protocol(_)) => "PROTOCOL".to_owned(),
        Filled::Parameter(Parameter::Endpoint(_)) => "ENDPOINT".to_owned(),
        Filled::Parameter(Parameter::Retention | Parameter::AlarmPeriod) => "NUMBER".to_owned(),
    }
}
