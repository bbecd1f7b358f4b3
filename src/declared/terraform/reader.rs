//! Values of arguments, known or followed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::expression::Expression;
use super::graph::{Candidate, Graph, Instance, TRANSFORMATION};
use super::homes::Homes;
use super::types::{self, How, Type};
use super::values::has_unknown;
use super::wire::Expressions;
use crate::declared::cloudformation::generated;
use crate::declared::json::{node_of, text_of};
use crate::declared::{Node, Unknown, Value};

/// Names that lead from one to the next.
const DEEPEST: usize = 50;
/// Arguments that the provider chooses for each resource where they are not written.
const OWN_COMPUTED: [&str; 2] = ["policy", "name"];
/// Those that it gives the same default in every resource: written as `null`, they are chosen by the provider too.
const FIXED_DEFAULTS: [&str; 4] =
    ["log_group_class", "apply_on_transformed_logs", "filter_policy_scope", "evaluate_low_sample_count_percentiles"];
/// What an endpoint is called that is sensitive.
const SENSITIVE: &str = "(sensitive)";

/// Arguments of a resource or of a block in it.
pub(super) struct Body<'v, 'a> {
    pub(super) values: &'v Json,
    pub(super) unknown: &'v Json,
    pub(super) sensitive: &'v Json,
    pub(super) written: Written<'v, 'a>,
}

/// How arguments are written.
pub(super) enum Written<'v, 'a> {
    /// As these expressions; what has none is left to the provider.
    Here(&'v Expressions<'a>),
    /// It is not shown, as of a `dynamic` block.
    NotShown,
    /// The document has no configuration of the resource.
    Missing,
}

/// How a value was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    /// The document has it.
    #[default]
    Known,
    /// An expression refers to what it is, or what it is made of.
    OfReference,
    /// What that refers to is made of references too.
    OfSeveral,
}

/// Reads instances.
pub(super) struct Reader<'g, 'a> {
    pub(super) graph: &'g Graph<'a>,
    pub(super) homes: &'g Homes,
    pub(super) file: &'g str,
    /// The expressions of what is written without any.
    nothing: &'g Expressions<'a>,
    /// What stands for sensitive values.
    masks: RefCell<BTreeMap<String, String>>,
    depth: Cell<usize>,
    /// How a value was found since [`Reader::made`] was asked last.
    made: Cell<Made>,
    /// Properties in blocks that are made of references, since [`Reader::inner`] was asked last.
    inner: RefCell<BTreeSet<&'static str>>,
    pub(super) arguments: HashMap<&'static str, Arc<[(&'static str, &'static str)]>>,
}

pub(super) static NULL: Json = Json::Null;

impl<'v, 'a> Body<'v, 'a> {
    pub(super) fn value(&self, argument: &str) -> &'v Json {
        self.values.get(argument).unwrap_or(&NULL)
    }

    fn unknown(&self, argument: &str) -> &'v Json {
        if *self.unknown == Json::Bool(true) { self.unknown } else { self.unknown.get(argument).unwrap_or(&NULL) }
    }

    fn is_sensitive(&self, argument: &str) -> bool {
        *self.sensitive == Json::Bool(true) || self.sensitive.get(argument).is_some_and(has_unknown)
    }

    fn expression(&self, graph: &Graph<'a>, argument: &str) -> Option<Rc<Expression>> {
        let Written::Here(expressions) = self.written else { return None };
        graph.expression(expressions.get(argument)?)
    }

    fn is_written(&self, argument: &str) -> bool {
        match self.written {
            Written::Here(expressions) => expressions.contains_key(argument),
            Written::NotShown => true,
            Written::Missing => !OWN_COMPUTED.contains(&argument) && !FIXED_DEFAULTS.contains(&argument),
        }
    }
}

pub(super) fn node(value: Value) -> Node {
    Node { at: None, value }
}

pub(super) fn anything(name: &str, why: impl Into<String>) -> Value {
    Value::Unknown(Unknown::anything(name, why))
}

/// A parameter of a stack of which only the deployment knows the value.
pub(super) fn unknown_parameter(stack: &str, name: &str) -> Value {
    anything(&format!("{stack}.parameters.{name}"), format!("parameter {name} of {stack} is known only after apply"))
}

impl<'g, 'a> Reader<'g, 'a> {
    pub(super) fn new(graph: &'g Graph<'a>, homes: &'g Homes, file: &'g str, nothing: &'g Expressions<'a>) -> Self {
        let pairs = |known: &'static Type| {
            let pairs: Vec<_> = known.arguments.iter().map(|(argument, property, _)| (*property, *argument)).collect();
            (known.terraform, Arc::from(pairs))
        };
        Self {
            graph,
            homes,
            file,
            nothing,
            masks: RefCell::default(),
            depth: Cell::new(0),
            made: Cell::default(),
            inner: RefCell::default(),
            arguments: types::TYPES.iter().map(pairs).collect(),
        }
    }

    pub(super) fn body<'v>(&self, instance: &'v Instance<'a>) -> Body<'v, 'a>
    where
        'g: 'v,
    {
        let written = match instance.config.and_then(|config| config.expressions.as_ref()) {
            Some(expressions) => Written::Here(expressions),
            None if instance.config.is_some() => Written::Here(self.nothing),
            None => Written::Missing,
        };
        Body { values: &instance.values, unknown: &instance.unknown, sensitive: &instance.sensitive, written }
    }

    /// How what was read since then was found.
    pub(super) fn made(&self) -> Made {
        self.made.take()
    }

    /// Notes how a property of a block was found.
    pub(super) fn note(&self, property: &'static str) {
        if self.made() > Made::Known {
            self.inner.borrow_mut().insert(property);
        }
    }

    /// The properties in blocks that were read since then and are made of references.
    pub(super) fn inner(&self) -> BTreeSet<&'static str> {
        self.inner.take()
    }

    fn follows(&self) {
        let made = if self.depth.get() == 0 { Made::OfReference } else { Made::OfSeveral };
        self.made.set(self.made.get().max(made));
    }

    /// Reads what something is made of. `None`: too many names led there already.
    pub(super) fn deeper<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return None;
        }
        self.depth.set(depth + 1);
        let found = read();
        self.depth.set(depth);
        Some(found)
    }

    /// The value of an argument that is neither a policy nor nested blocks.
    pub(super) fn plain(&self, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Value {
        match how {
            How::Actions => self.actions(at, body, name),
            How::Dimensions(key) => self.dimensions(at, body, name, key),
            How::Topic if name == "arn" => match self.scalar(at, body, name, how) {
                Value::Absent => Value::Absent,
                value => Value::List(vec![node(value)]),
            },
            How::Plain if body.value(name).is_array() => self.list(at, body, name),
            _ => self.scalar(at, body, name, how),
        }
    }

    /// The value of an argument that holds one.
    pub(super) fn scalar(&self, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Value {
        let known = body.value(name);
        let instance = self.graph.instances.get(at);
        let is_inferred = instance.is_some_and(|instance| instance.is_inferred);
        let is_unknown = has_unknown(body.unknown(name)) || is_inferred && known.is_null() && self.refers(body, name);
        if is_unknown {
            return self.unknown(at, body, name, how);
        }
        let text = text_of(known).map(|text| if how == How::Pattern { text.trim().to_owned() } else { text });
        let is_set = |text: &String| match how {
            How::Pattern => true,
            How::Count => !text.is_empty() && text != "0",
            _ => !text.is_empty(),
        };
        match (text.filter(is_set), how) {
            (Some(text), _) if body.is_sensitive(name) => self.masked(at, name, how, text),
            (Some(text), How::Flag(_)) => Value::Text(text),
            (Some(text), _) => Value::Text(text),
            (None, How::Flag(default)) => Value::Text(default.to_owned()),
            (None, _) => Value::Absent,
        }
    }

    /// Whether an argument that has no value is written with something that may be unknown.
    fn refers(&self, body: &Body<'_, 'a>, name: &str) -> bool {
        body.expression(self.graph, name).is_some_and(|expression| !expression.is_constant)
    }

    /// What stands for a sensitive value: a name that joins what has the same one, or nothing that can be judged.
    fn masked(&self, at: usize, name: &str, how: How, text: String) -> Value {
        let address = self.graph.instances.get(at).map(|instance| instance.address.to_string()).unwrap_or_default();
        let identifies = matches!(how, How::Group | How::Metric | How::Topic | How::Key | How::Actions)
            || name.ends_with("name")
            || name == "namespace";
        let is_group_arn = how == How::Group && text.starts_with("arn:");
        match how {
            How::Endpoint => Value::Text(SENSITIVE.to_owned()),
            How::Flag(_) => Value::Text(text),
            // Of an ARN the name that others have is a part.
            _ if identifies && !is_group_arn => {
                let mut masks = self.masks.borrow_mut();
                let mask =
                    masks.entry(text).or_insert_with(|| generated(&clean(&format!("{name} of {address}")), false));
                let is_topic = matches!(how, How::Topic | How::Actions);
                Value::Text(if is_topic { self.homes.home(at).arn("sns", mask) } else { mask.clone() })
            }
            _ => anything(&format!("{address}.{name}"), "it is sensitive, so that it is neither judged nor shown"),
        }
    }

    /// The value of an argument that is known only after apply, derived from its references.
    fn unknown(&self, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Value {
        let candidates = if body.is_written(name) { self.candidates(at, body, name, how) } else { Vec::new() };
        if !candidates.is_empty() {
            self.follows();
        }
        // Nothing that it refers to is unknown: it is `null`, as modules write what nobody sets.
        let is_null = || candidates.is_empty() && FIXED_DEFAULTS.contains(&name) && self.refers(body, name);
        if !body.is_written(name) || is_null() {
            // The provider's own choice.
            return if let How::Flag(default) = how { Value::Text(default.to_owned()) } else { Value::Absent };
        }
        match candidates.as_slice() {
            [one] if !self.can_be(at, one, name, how) => Value::Unknown(self.made_of(at, name, one)),
            [one] => match self.meaning(at, one, how) {
                Value::Unknown(unknown) if is_of_metric(name, how) && !self.is_of_chain(one) => {
                    anything(&self.id(at, name), unknown.why)
                }
                value => value,
            },
            several => Value::Unknown(self.several(at, name, several)),
        }
    }

    /// The one unknown parameter of a stack: the ARN of a topic or log group, if nothing else can be in it.
    pub(super) fn parameter(&self, at: usize, name: &str) -> Value {
        let is_arn = |candidate: &&Candidate| {
            let Candidate::Instance { at, attribute: Some(attribute) } = candidate else { return false };
            let kind = self.graph.instances.get(*at).and_then(|instance| types::cloudformation(&instance.kind));
            matches!(
                (kind, attribute.as_str()),
                (Some("AWS::SNS::Topic"), "arn" | "id") | (Some("AWS::Logs::LogGroup"), "arn")
            )
        };
        let Some(instance) = self.graph.instances.get(at) else { return Value::Absent };
        let candidates = self.candidates(at, &self.body(instance), "parameters", How::Plain);
        match candidates.as_slice() {
            [one] if is_arn(&one) => self.meaning(at, one, How::Actions),
            _ => unknown_parameter(&instance.address, name),
        }
    }

    /// What stands for the value of an argument.
    fn id(&self, at: usize, name: &str) -> String {
        let instance = self.graph.instances.get(at);
        let address = instance.map(|instance| &*instance.address).unwrap_or_default();
        let is_filter = instance.is_some_and(|it| it.kind == "aws_cloudwatch_log_metric_filter");
        match name {
            "name" | "namespace" if is_filter => format!("{address}.{TRANSFORMATION}[0].{name}"),
            _ => format!("{address}.{name}"),
        }
    }

    /// The one thing that an unknown argument can be.
    pub(super) fn one(&self, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Result<Candidate, Unknown> {
        let candidates = self.candidates(at, body, name, how);
        match candidates.as_slice() {
            [one] => Ok(one.clone()),
            several => Err(self.several(at, name, several)),
        }
    }

    /// What the references of an argument lead to, without what it cannot be.
    fn candidates(&self, at: usize, body: &Body<'_, 'a>, name: &str, how: How) -> Vec<Candidate> {
        let Some(instance) = self.graph.instances.get(at) else { return Vec::new() };
        let Some(expression) = body.expression(self.graph, name) else { return Vec::new() };
        let all = self.graph.candidates(&expression, self.graph.scope(instance, name));
        let fitting: Vec<Candidate> = all.iter().filter(|candidate| self.fits(candidate, how)).cloned().collect();
        if fitting.is_empty() { all } else { fitting }
    }

    /// Whether something can be the value of such an argument. What is never one is of another link of the chain, or a key,
    /// role or bucket.
    fn fits(&self, candidate: &Candidate, how: How) -> bool {
        let kind = match candidate {
            Candidate::Instance { at, .. } => self.graph.instances.get(*at).map(|instance| &*instance.kind),
            Candidate::Other { kind, .. } => Some(kind.as_str()),
            Candidate::Outside { .. } | Candidate::Open { .. } => None,
        };
        let Some(kind) = kind else { return true };
        let never: &[&str] = match how {
            How::Topic | How::Actions => &["log_group", "metric_filter", "kms_", "cloudtrail", "iam_role", "s3_bucket"],
            How::Group => &["sns_topic", "alarm", "kms_", "cloudtrail", "iam_role", "s3_bucket"],
            How::Metric => &["sns_topic", "log_group", "kms_", "cloudtrail", "iam_role", "s3_bucket"],
            How::Key => &["sns_topic", "log_group", "metric_filter", "cloudtrail", "iam_role", "s3_bucket"],
            _ => &[],
        };
        !never.iter().any(|word| kind.contains(word))
    }

    /// Whether something can be all there is to an argument, and not only a part of its text: what it is called, or its ARN,
    /// where such a thing is asked for, or the same argument of another resource. A name of its own is hardly ever another's.
    fn can_be(&self, of: usize, candidate: &Candidate, name: &str, how: How) -> bool {
        let Candidate::Instance { at, attribute } = candidate else { return true };
        let (Some(instance), Some(other)) = (self.graph.instances.get(of), self.graph.instances.get(*at)) else {
            return true;
        };
        if self.graph.is_made(instance, name) {
            return false;
        }
        let attribute = attribute.as_deref().unwrap_or_default();
        let inner = attribute.strip_prefix(TRANSFORMATION).and_then(|inner| inner.strip_prefix('.'));
        let is_same = inner.unwrap_or(attribute) == name;
        match how {
            How::Topic | How::Actions | How::Group | How::Key => {
                self.fits(candidate, how) || self.graph.is_shown(instance, name)
            }
            How::Metric => {
                let is_filter = types::cloudformation(&other.kind) == Some("AWS::Logs::MetricFilter");
                let is_name = is_filter && (inner == Some("name") || ["id", "name", ""].contains(&attribute));
                is_name || attribute == "metric_name"
            }
            How::Endpoint | How::Policy | How::Blocks(_) => true,
            _ if types::find(&instance.kind).is_some_and(|own| own.name == Some(name)) => false,
            _ => is_same,
        }
    }

    fn made_of(&self, at: usize, name: &str, one: &Candidate) -> Unknown {
        Unknown::anything(&self.id(at, name), format!("it is made of {}", self.words(one)))
    }

    fn several(&self, at: usize, name: &str, candidates: &[Candidate]) -> Unknown {
        let id = self.id(at, name);
        let words: Vec<String> = candidates.iter().map(|candidate| self.words(candidate)).collect();
        match words.split_last() {
            None => Unknown::anything(&id, "it is computed at apply"),
            Some((last, others)) => {
                let shown = if others.len() > 4 { &others[..4] } else { others };
                let more = if others.len() > 4 { ", …" } else { "" };
                let why = format!("it is one of {}{more} and {last}, or made of them", shown.join(", "));
                Unknown::anything(&id, why)
            }
        }
    }

    pub(super) fn words(&self, candidate: &Candidate) -> String {
        match candidate {
            Candidate::Instance { at, attribute } => {
                let address = self.graph.instances.get(*at).map(|instance| &*instance.address).unwrap_or_default();
                attribute.as_ref().map_or_else(|| address.to_owned(), |attribute| format!("{address}.{attribute}"))
            }
            Candidate::Other { address, attribute, .. } if attribute.is_empty() => address.clone(),
            Candidate::Other { address, attribute, .. } => format!("{address}.{attribute}"),
            Candidate::Outside { name } | Candidate::Open { name, .. } => name.clone(),
        }
    }

    /// The actions of an alarm.
    fn actions(&self, at: usize, body: &Body<'_, 'a>, name: &str) -> Value {
        let known = match body.value(name) {
            Json::Array(items) => items.as_slice(),
            Json::Null => &[],
            // A single one where a list is expected.
            single => std::slice::from_ref(single),
        };
        let unknown = body.unknown(name);
        let is_inferred = self.graph.instances.get(at).is_some_and(|instance| instance.is_inferred);
        let open = match unknown {
            Json::Bool(true) => None,
            Json::Array(items) => Some(items.iter().filter(|item| has_unknown(item)).count()),
            _ if is_inferred && self.refers(body, name) => {
                let nulls = known.iter().filter(|item| item.is_null()).count();
                if known.is_empty() { None } else { Some(nulls) }
            }
            _ => Some(0),
        };
        let is_sensitive = body.is_sensitive(name);
        let action =
            |text: String| if is_sensitive { self.masked(at, name, How::Actions, text) } else { Value::Text(text) };
        let mut actions: Vec<Value> =
            known.iter().filter_map(text_of).filter(|text| !text.is_empty()).map(action).collect();
        if open != Some(0) && body.is_written(name) {
            actions.extend(self.open_actions(at, body, name, open));
        }
        if actions.is_empty() && body.value(name).is_null() {
            return Value::Absent;
        }
        Value::List(actions.into_iter().map(node).collect())
    }

    /// The actions that are known only after apply: so many, or it is not known how many.
    fn open_actions(&self, at: usize, body: &Body<'_, 'a>, name: &str, count: Option<usize>) -> Vec<Value> {
        let candidates = self.candidates(at, body, name, How::Actions);
        self.follows();
        match (candidates.as_slice(), count) {
            ([one], _) if !self.can_be(at, one, name, How::Actions) => {
                vec![Value::Unknown(self.made_of(at, name, one))]
            }
            ([one], _) => vec![self.meaning(at, one, How::Actions)],
            (all, Some(count)) if all.len() == count => {
                all.iter().map(|candidate| self.meaning(at, candidate, How::Actions)).collect()
            }
            (several, _) => vec![Value::Unknown(self.several(at, name, several))],
        }
    }

    /// A list of texts, each of which may be unknown.
    fn list(&self, at: usize, body: &Body<'_, 'a>, name: &str) -> Value {
        if has_unknown(body.unknown(name)) {
            return self.unknown(at, body, name, How::Plain);
        }
        node_of(body.value(name)).value
    }

    /// A map as a list of entries.
    pub(super) fn dimensions(&self, at: usize, body: &Body<'_, 'a>, name: &str, key: &str) -> Value {
        if has_unknown(body.unknown(name)) {
            return self.unknown(at, body, name, How::Plain);
        }
        let Some(entries) = body.value(name).as_object().filter(|entries| !entries.is_empty()) else {
            return Value::Absent;
        };
        let entry = |(name, value): (&String, &Json)| {
            let name = node(Value::Text(name.clone()));
            node(Value::Map(vec![(key.to_owned(), name), ("Value".to_owned(), node_of(value))]))
        };
        Value::List(entries.iter().map(entry).collect())
    }
}

/// Whether an argument names a metric or its namespace.
fn is_of_metric(name: &str, how: How) -> bool {
    how == How::Metric || name == "namespace"
}

/// An address without the colon, at which an ARN is divided.
pub(super) fn clean(text: &str) -> String {
    text.replace(':', "%3A")
}
