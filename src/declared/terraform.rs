//! Terraform and `OpenTofu` plans and states, as `terraform show -json` writes them: what they declare.
//!
//! Of a plan what counts is what there will be after it: what it deletes is not declared, and what it forgets stays as it
//! is and is not looked at. A value that is known only after apply is followed through the configuration
//! (`graph`): an ARN or id of another resource is what that resource will have, made of its name or, where that is not
//! known, of its address. What cannot be followed to one thing is unknown.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value as Json;
use serde_json::value::RawValue;

use self::address::{Address, config_path, of_modules};
use self::graph::{Graph, Instance};
use self::homes::{Homes, Surroundings};
use self::reader::{Reader, node};
use self::wire::{Before, Change, Expressions, Kept, is};
use super::account::accounts_of_topics;
use super::{Declared, Elsewhere, Home, Resource, Value, unmarked};

pub use self::kind::{Kind, resembles};
pub use self::source::{MOST_SOURCE_BYTES, SourceFile, Sources, directories};
pub use self::workspace::supersede;

mod address;
mod awscc;
mod blocks;
mod expression;
mod graph;
mod homes;
mod kind;
mod locals;
mod meaning;
mod number;
mod policy;
mod reader;
mod replaced;
mod resources;
mod shape;
mod source;
mod stacks;
mod types;
mod values;
mod wire;
mod workspace;

/// The most bytes of a plan or state that are read.
pub const MOST_BYTES: usize = 256 << 20;

/// A plan or state, not yet read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file, as it was named.
    pub file: String,
    /// Which of the two it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// What a plan or state declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// What there will be, or is.
    pub declared: Declared,
    /// Where, if stated.
    pub home: Home,
    /// The sources of its modules, by their paths.
    pub sources: Vec<(String, String)>,
    /// Something in it refers to a local, or may be made of what it refers to, which only the files show.
    pub depends_on_files: bool,
    /// It deletes what there is of the chain and leaves nothing.
    pub is_destroyed: bool,
    /// The accounts that it says it is of, and the regions: of data sources, providers and resources.
    pub stated: (BTreeSet<String>, BTreeSet<String>),
}

/// Why a plan or state could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is broken.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// Its modules, or values in it, are nested deeper than is read.
    #[error("line {line}: it is nested too deep (about 30 modules in each other)")]
    TooDeep {
        /// From 1.
        line: usize,
    },
    /// It is of another version.
    #[error(
        "its format_version is {version}, and only 0.x and 1.x are known here: show it with a version of Terraform or OpenTofu that writes that"
    )]
    Version {
        /// The version.
        version: String,
    },
}

/// Reads a plan or state. `given`: where it will be deployed, for what it does not say. `sources`: the files that it was
/// made from, for what it does not show.
///
/// # Errors
/// It is broken, nested too deep, or of another version.
pub fn read(document: &Document, given: &Home, sources: Option<&Sources>) -> Result<Read, Unreadable> {
    let text = crate::document::without_mark(&document.text);
    let mut wire: wire::Document<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    let version = wire.format_version.as_deref().unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    // Before its version 1.1 Terraform wrote plans of the same form as 0.1 and 0.2.
    if !version.is_empty() && !["0", "1"].contains(&major) {
        return Err(Unreadable::Version { version: crate::escape::shortened(version, 20).into_owned() });
    }
    let parts = Parts::take(&mut wire, document.kind);
    Ok(declared(document, &wire, parts, (given, sources)))
}

fn unreadable(error: &serde_json::Error) -> Unreadable {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return Unreadable::TooDeep { line: error.line() };
    }
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let message = crate::escape::shortened(message, 120).into_owned();
    Unreadable::Json { line: error.line(), column: error.column(), message }
}

/// Instances before they are connected.
#[derive(Default)]
struct Parts<'a> {
    present: Vec<Raw<'a>>,
    removed: Vec<Raw<'a>>,
    /// Instances that are replaced or updated, as they are now.
    changed: Vec<Raw<'a>>,
    forgotten: Vec<Cow<'a, str>>,
    /// Data sources that were read.
    read: HashSet<String>,
    surroundings: Vec<Surroundings>,
    deferred: usize,
}

/// An instance with its values as text.
struct Raw<'a> {
    address: Cow<'a, str>,
    kind: Cow<'a, str>,
    is_data: bool,
    values: Option<&'a RawValue>,
    unknown: Option<&'a RawValue>,
    sensitive: Option<&'a RawValue>,
    is_inferred: bool,
}

impl<'a> Parts<'a> {
    fn take(wire: &mut wire::Document<'a>, kind: Kind) -> Self {
        let mut parts = Self { deferred: wire.deferred_changes.as_ref().map_or(0, |count| count.0), ..Self::default() };
        let changes = wire.resource_changes.take().map(|kept: Kept<Change<'a>>| kept.0).unwrap_or_default();
        let prior = wire.prior_state.take().and_then(|state| state.values);
        let prior = prior.map(wire::Values::into_resources).unwrap_or_default();
        let planned = wire.planned_values.take().map(wire::Values::into_resources).unwrap_or_default();
        // A plan that only refreshes has no changes, and says nothing but what there was.
        let is_refresh = kind == Kind::Plan && changes.is_empty() && planned.is_empty();
        let mut states = wire.values.take().map(wire::Values::into_resources).unwrap_or_default();
        for resource in prior {
            if resource.mode == "data" {
                parts.data(&resource);
            } else if is_refresh {
                states.push(resource);
            }
        }
        for resource in states {
            if resource.mode == "data" {
                parts.data(&resource);
            } else if resource.values.is_some() {
                parts.present.push(Raw::known(resource, false));
            }
        }
        let mut known: HashSet<Cow<'a, str>> = HashSet::new();
        for change in changes {
            known.insert(change.address.clone());
            parts.change(change);
        }
        for resource in planned {
            // One without values is forgotten.
            if resource.values.is_some() && resource.mode != "data" && !known.contains(&resource.address) {
                parts.present.push(Raw::known(resource, true));
            }
        }
        parts
    }

    fn data(&mut self, resource: &wire::Resource<'a>) {
        if let Some(base) = base(&resource.address) {
            self.read.insert(base);
        }
        if ![types::IDENTITY, types::REGION].contains(&&*resource.kind) {
            return;
        }
        let Some(values) = resource.values.and_then(|text| serde_json::from_str::<Json>(text.get()).ok()) else {
            return;
        };
        let text = |name: &str| values.get(name).and_then(Json::as_str).map(str::to_owned);
        let is_account = |text: &String| text.len() == 12 && text.bytes().all(|letter| letter.is_ascii_digit());
        let account = text("account_id").filter(is_account);
        // Its name is `region` from version 6 of the provider on.
        let region = ["region", "id", "name"].iter().find_map(|name| text(name));
        self.surroundings.push(Surroundings {
            address: resource.address.to_string(),
            account,
            region: region.filter(|_| resource.kind == types::REGION),
        });
    }

    fn change(&mut self, change: Change<'a>) {
        let Some(what) = change.change else { return };
        if change.deposed.is_some() {
            return;
        }
        let Before { actions, before, after, after_unknown, before_sensitive, after_sensitive } = what;
        let does = |action: &str| actions.iter().any(|known| *known == action);
        let is_set = |text: &&'a RawValue| text.get() != "null";
        let is_data = change.mode == "data";
        let raw = |values, unknown, sensitive| Raw {
            address: change.address.clone(),
            kind: change.kind.clone(),
            is_data,
            values,
            unknown,
            sensitive,
            is_inferred: false,
        };
        let after = after.filter(is_set);
        match () {
            () if does("forget") => self.forgotten.push(change.address.clone()),
            () if does("delete") && !does("create") => self.removed.push(raw(before, None, before_sensitive)),
            // What is not known at all is written as null.
            () if after.is_some() || after_unknown.filter(is_set).is_some() => {
                self.present.push(raw(after, after_unknown, after_sensitive));
                let is_changed = does("delete") || does("update");
                if is_changed && types::cloudformation(&change.kind).is_some() && before.filter(is_set).is_some() {
                    self.changed.push(raw(before, None, before_sensitive));
                }
            }
            () => {}
        }
    }
}

impl<'a> Raw<'a> {
    fn known(resource: wire::Resource<'a>, is_inferred: bool) -> Self {
        Self {
            is_data: resource.mode == "data",
            address: resource.address,
            kind: resource.kind,
            values: resource.values,
            unknown: None,
            sensitive: resource.sensitive_values,
            is_inferred,
        }
    }
}

/// The address of a data source without the keys of its instance.
fn base(text: &str) -> Option<String> {
    let address = Address::read(text)?;
    let module = of_modules(&address.modules);
    let own = format!("data.{}.{}", address.kind, address.name);
    Some(if module.is_empty() { own } else { format!("{module}.{own}") })
}

fn connected<'a>(
    wire: &'a wire::Document<'a>,
    raws: Vec<Raw<'a>>,
    read: HashSet<String>,
    (has_configuration, sources): (bool, Option<&'a Sources>),
) -> Graph<'a> {
    let configuration = wire.configuration.as_ref().filter(|_| has_configuration);
    let mut graph = Graph::new(configuration, wire.variables.as_ref(), read, sources);
    let configurations: HashMap<_, _> = graph
        .configurations()
        .into_iter()
        .map(|((path, is_data, kind, name), config)| {
            ((path.to_owned(), is_data, kind.to_owned(), name.to_owned()), config)
        })
        .collect();
    for raw in raws {
        let address = unmarked(raw.address.into_owned());
        let Some(read) = Address::read(&address) else { continue };
        let json = |text: Option<&RawValue>| text.and_then(|text| number::values(text.get())).unwrap_or(Json::Null);
        let id = (config_path(&read.modules), raw.is_data, read.kind.to_owned(), read.name.to_owned());
        graph.push(Instance {
            kind: if raw.is_data { Cow::Owned(format!("data.{}", raw.kind)) } else { raw.kind },
            module: of_modules(&read.modules),
            name: read.name.to_owned(),
            key: read.key.map(str::to_owned),
            values: json(raw.values),
            unknown: json(raw.unknown),
            sensitive: json(raw.sensitive),
            config: configurations.get(&id).copied(),
            is_inferred: raw.is_inferred,
            modules: read.modules,
            address: Cow::Owned(address),
        });
    }
    graph
}

fn declared(
    document: &Document,
    wire: &wire::Document<'_>,
    parts: Parts<'_>,
    (given, sources): (&Home, Option<&Sources>),
) -> Read {
    let Parts { present, mut removed, changed, forgotten, read, surroundings, deferred } = parts;
    let mut declared = Declared::default();
    let elsewhere = |address: &str, why: &str| Elsewhere {
        file: document.file.clone(),
        at: None,
        address: address.to_owned(),
        why: why.to_owned(),
    };
    for (is_so, address, why) in [
        (is(wire.errored.as_ref(), true), "plan", "an error ended the plan before all of it was planned"),
        (is(wire.complete.as_ref(), false), "plan", "the plan is not complete (-target, or an error)"),
        (deferred > 0, "deferred_changes", "a part of the plan is deferred"),
    ] {
        if is_so && declared.incomplete.is_empty() {
            declared.incomplete.push(elsewhere(address, why));
        }
    }
    for address in &forgotten {
        let why = "the plan forgets it: it stays as it is, and was not looked at";
        declared.elsewhere.push(elsewhere(address, why));
    }
    let nothing = Expressions::new();
    let graph = connected(wire, present, read, (true, sources));
    // What is there now is known, however it is written.
    let addresses: HashSet<String> = changed.iter().map(|raw| unmarked(raw.address.to_string())).collect();
    removed.extend(changed);
    let before = connected(wire, removed, HashSet::new(), (false, None));
    let given = home_given(&graph, &before, wire, &surroundings, given);
    let homes = Homes::new(&graph, wire.configuration.as_ref(), &surroundings, &given);
    if homes.is_account_open && declared.incomplete.is_empty() {
        let why = "a provider assumes a role, and the account of another provider is not known (--in-account)";
        declared.incomplete.push(elsewhere("provider", why));
    }
    let reader = Reader::new(&graph, &homes, &document.file, &nothing);
    declared.resources = (0..graph.instances.len()).filter_map(|at| resources::resource(&reader, at)).collect();
    key_policies(&reader, &mut declared.resources);
    topic_policies(&reader, &mut declared.resources);
    for (at, instance) in graph.instances.iter().enumerate() {
        match &*instance.kind {
            types::STACK => stacks::stack(&reader, at, instance, &mut declared),
            types::STACK_SET => {
                declared.elsewhere.push(elsewhere(&instance.address, "the template of a stack set is not followed"));
            }
            _ => {}
        }
    }
    let sources = graph.sources();
    let (main, mut stated) = (homes.main.clone(), homes.stated.clone());
    let there = Homes::new(&before, None, &surroundings, &main);
    let there = Reader::new(&before, &there, &document.file, &nothing);
    let deleted = before.instances.iter().enumerate().filter(|(_, instance)| !addresses.contains(&*instance.address));
    declared.removed = deleted.filter_map(|(at, _)| resources::resource(&there, at)).collect();
    let (gone, open) = replaced::gone(&reader, &there, &addresses);
    declared.removed.extend(gone);
    for address in &open {
        let why = "the plan replaces it, and its new name is not known, which may be the one that it has";
        declared.elsewhere.push(elsewhere(address, why));
    }
    if stated.0.is_empty() {
        stated.0 = accounts_of_topics(&declared);
        // What refers to a topic has the ARN that it will have there.
        stated.0.remove(&main.account);
    }
    let is_referred = |resource: &Resource| resource.referred.as_ref().is_some_and(|referred| !referred.is_empty());
    let depends_on_files = graph.has_met_local.get() || declared.resources.iter().any(is_referred);
    let is_destroyed = declared.resources.is_empty() && !declared.removed.is_empty();
    Read { declared, home: main, sources, depends_on_files, is_destroyed, stated }
}

/// Where a plan will be deployed, for what its resources do not say: what it deletes is there already, and says it.
fn home_given(
    graph: &Graph<'_>,
    before: &Graph<'_>,
    wire: &wire::Document<'_>,
    surroundings: &[Surroundings],
    given: &Home,
) -> Home {
    let after = Homes::new(graph, wire.configuration.as_ref(), surroundings, given).main;
    if before.instances.is_empty() || after.knows_account() && after.knows_region() {
        return given.clone();
    }
    let there = Homes::new(before, None, surroundings, given).main;
    Home {
        account: if after.knows_account() { given.account.clone() } else { there.account },
        region: if after.knows_region() { given.region.clone() } else { there.region },
        partition: given.partition.clone(),
    }
}

/// Lays policies that are resources of their own over those of the keys.
fn key_policies(reader: &Reader<'_, '_>, resources: &mut [Resource]) {
    for (at, instance) in reader.graph.instances.iter().enumerate().filter(|(_, it)| it.kind == types::KEY_POLICY) {
        let body = reader.body(instance);
        let policy = policy::policy(reader, at, &body, "policy");
        let key = node(reader.scalar(at, &body, "key_id", types::How::Key)).symbol();
        let Some(key) = key else { continue };
        let is_it = |resource: &&mut Resource| {
            resource.kind == "AWS::KMS::Key"
                && (key == resource.generated || key.ends_with(&format!("/{}", resource.generated)))
        };
        if let Some(resource) = resources.iter_mut().find(is_it)
            && let Value::Map(properties) = &mut resource.properties.value
        {
            properties.retain(|(name, _)| name != "KeyPolicy");
            properties.push(("KeyPolicy".to_owned(), node(policy)));
        }
    }
}

/// The policies that topics have as an argument, unless one that is a resource of its own replaces it.
fn topic_policies(reader: &Reader<'_, '_>, resources: &mut Vec<Resource>) {
    let named: HashSet<String> = resources
        .iter()
        .filter(|resource| resource.kind == "AWS::SNS::TopicPolicy")
        .filter_map(|resource| resource.properties.get("Topics").list().ok())
        .flat_map(|topics| topics.iter().filter_map(|topic| topic.symbol()).collect::<Vec<_>>())
        .collect();
    let mut made = Vec::new();
    for (at, instance) in reader.graph.instances.iter().enumerate().filter(|(_, it)| it.kind == "aws_sns_topic") {
        let body = reader.body(instance);
        let policy = policy::policy(reader, at, &body, "policy");
        let Some(topic) = resources::resource(reader, at).filter(|_| policy != Value::Absent) else { continue };
        let arn = reader.topic(at);
        if node(arn.clone()).symbol().is_some_and(|arn| named.contains(&arn)) {
            continue;
        }
        let topics = node(Value::List(vec![node(arn)]));
        let properties = vec![("Topics".to_owned(), topics), ("PolicyDocument".to_owned(), node(policy))];
        made.push(Resource {
            kind: "AWS::SNS::TopicPolicy".to_owned(),
            arguments: std::sync::Arc::from([("PolicyDocument", "policy")]),
            properties: node(Value::Map(properties)),
            ..topic
        });
    }
    resources.extend(made);
}

/// Several documents as one, with where most of it will be: what each says where it is.
#[must_use]
pub fn together(reads: Vec<Read>, given: &Home) -> (Declared, Home) {
    let mut declared = Declared::default();
    let mut homes: BTreeMap<(String, String), (usize, Home)> = BTreeMap::new();
    for read in reads {
        let weight = read.declared.resources.len() + read.declared.removed.len() + 1;
        let home = homes.entry((read.home.account.clone(), read.home.region.clone())).or_insert((0, read.home.clone()));
        home.0 += weight;
        declared.extend(read.declared);
    }
    let home = homes.into_values().max_by_key(|(weight, _)| *weight).map_or_else(|| given.clone(), |(_, home)| home);
    (declared, home)
}
