//! The account and region of each resource: what its values say, else what the provider's configuration says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::address::config_path;
use super::graph::{Graph, Instance};
use super::wire::{Configuration, blocks_of};
use crate::arn::Arn;
use crate::declared::Home;
use crate::partition::Partition;

/// Where the resources of a document will be.
pub(super) struct Homes {
    each: Vec<Arc<Home>>,
    /// Where most will be, if known.
    pub(super) main: Home,
    /// What the document says of where it will be: accounts of `aws_caller_identity` or else of resources, and regions.
    pub(super) stated: (BTreeSet<String>, BTreeSet<String>),
    /// Providers assume roles of accounts, and others are of an account that is not known and may be one of these.
    pub(super) is_account_open: bool,
}

/// What data sources that were read say of the provider that they are of.
pub(super) struct Surroundings {
    /// The data source.
    pub(super) address: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
}

/// What is known of one.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    account: Option<String>,
    region: Option<String>,
    /// The account is that of a role which the provider assumes.
    is_of_role: bool,
}

impl Homes {
    /// Those of the instances of a graph. `surroundings`: what data sources say of their providers.
    pub(super) fn new(
        graph: &Graph<'_>,
        configuration: Option<&Configuration<'_>>,
        surroundings: &[Surroundings],
        given: &Home,
    ) -> Self {
        let mut by_provider: BTreeMap<String, Known> = BTreeMap::new();
        let configurations = graph.configurations();
        for surrounding in surroundings {
            let Some(read) = super::address::Address::read(&surrounding.address) else { continue };
            let path = config_path(&read.modules);
            let config = configurations.get(&(path.as_str(), true, read.kind, read.name));
            let key = config.and_then(|config| config.provider_config_key.as_deref()).unwrap_or_default();
            let known = by_provider.entry(key.to_owned()).or_default();
            known.account = known.account.take().or_else(|| surrounding.account.clone());
            known.region = known.region.take().or_else(|| surrounding.region.clone());
        }
        let groups = groups(graph);
        let known: Vec<Known> =
            (0..graph.instances.len()).map(|at| known(graph, configuration, at, (&by_provider, &groups))).collect();
        let all =
            |field: fn(&Known) -> Option<&String>| -> BTreeSet<&String> { known.iter().filter_map(field).collect() };
        let named: BTreeSet<&String> =
            surroundings.iter().filter_map(|surrounding| surrounding.account.as_ref()).collect();
        let accounts = all(|known| known.account.as_ref());
        let account = sole(if accounts.is_empty() { &named } else { &accounts });
        let is_account_open = !given.knows_account()
            && known.iter().any(|known| known.account.is_none())
            && known.iter().any(|known| known.is_of_role);
        let account = account.filter(|_| !is_account_open);
        let regions = all(|known| known.region.as_ref());
        let owned = |texts: &BTreeSet<&String>| texts.iter().map(|text| (*text).clone()).collect();
        let stated = (owned(if named.is_empty() { &accounts } else { &named }), owned(&regions));
        let main = Home {
            account: if given.knows_account() {
                given.account.clone()
            } else {
                account.unwrap_or_else(|| given.account.clone())
            },
            region: if given.knows_region() {
                given.region.clone()
            } else {
                most(known.iter().filter_map(|known| known.region.as_ref())).unwrap_or_else(|| given.region.clone())
            },
            partition: given.partition.clone(),
        };
        // Where a region is not known it may be any of several.
        let is_open = !given.knows_region() && known.iter().any(|known| known.region.is_none()) && regions.len() > 1;
        let main = if is_open { Home { region: given.region.clone(), ..main } } else { main };
        let main = with_partition(main);
        let mut shared: BTreeMap<Known, Arc<Home>> = BTreeMap::new();
        let home = |known: Known| {
            let make = || {
                let region = known.region.clone().unwrap_or_else(|| main.region.clone());
                let account = known.account.clone().unwrap_or_else(|| main.account.clone());
                Arc::new(with_partition(Home { account, region, partition: main.partition.clone() }))
            };
            Arc::clone(shared.entry(known.clone()).or_insert_with(make))
        };
        Self { each: known.into_iter().map(home).collect(), main, stated, is_account_open }
    }

    pub(super) fn home(&self, at: usize) -> Arc<Home> {
        self.each.get(at).cloned().unwrap_or_else(|| Arc::new(self.main.clone()))
    }
}

fn with_partition(home: Home) -> Home {
    let partition = Partition::claiming(&home.region).filter(|_| home.knows_region());
    Home { partition: partition.map_or(home.partition, |partition| partition.name.to_owned()), ..home }
}

fn sole(texts: &BTreeSet<&String>) -> Option<String> {
    texts.first().filter(|_| texts.len() == 1).map(|text| (*text).clone())
}

fn most<'t>(texts: impl Iterator<Item = &'t String>) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(text, _)| text.clone())
}

fn known(
    graph: &Graph<'_>,
    configuration: Option<&Configuration<'_>>,
    at: usize,
    (by_provider, groups): (&BTreeMap<String, Known>, &Groups<'_>),
) -> Known {
    let Some(instance) = graph.instances.get(at) else { return Known::default() };
    let arn = arn_of(instance).or_else(|| of_group(groups, instance));
    let proper = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let written = instance.values.get("region").and_then(serde_json::Value::as_str).and_then(proper);
    let key = instance.config.and_then(|config| config.provider_config_key.as_deref());
    let path = config_path(&instance.modules);
    let of_resource = || {
        let expression = instance.config?.expressions.as_ref()?.get("region")?;
        graph.text(expression, &path)
    };
    let provider = || {
        let configs = configuration?.provider_config.as_ref()?;
        let config = configs.get(key?).or_else(|| configs.get(key?.rsplit(':').next()?))?;
        let module = config.module_address.as_deref().map(plain).unwrap_or_default();
        Some((config.expressions.as_ref()?, module))
    };
    let of_provider = || {
        let (expressions, module) = provider()?;
        graph.text(expressions.get("region")?, &module)
    };
    // The provider works in the account of the role that it assumes.
    let of_role = || {
        let (expressions, module) = provider()?;
        let role = blocks_of(expressions.get("assume_role")?).first()?.get("role_arn").copied()?;
        let role = graph.text(role, &module)?;
        Arn::parse(&role).and_then(|arn| proper(arn.account))
    };
    let has_own =
        || instance.config.and_then(|config| config.expressions.as_ref()).is_some_and(|all| all.contains_key("region"));
    let region = arn.as_ref().and_then(|arn| proper(arn.region)).or(written).or_else(of_resource);
    let account = arn.as_ref().and_then(|arn| proper(arn.account)).or_else(|| by_provider.get(key?)?.account.clone());
    let is_of_role = account.is_none();
    let account = account.or_else(of_role);
    Known {
        is_of_role: is_of_role && account.is_some(),
        account,
        region: region
            .or_else(|| if has_own() { None } else { of_provider().or_else(|| by_provider.get(key?)?.region.clone()) })
            .filter(|region| is_name(region)),
    }
}

/// The ARN of a resource, or of the topic that a subscription is of.
fn arn_of<'a>(instance: &'a Instance<'_>) -> Option<Arn<'a>> {
    let attribute = if instance.kind == "aws_sns_topic_subscription" { "topic_arn" } else { "arn" };
    instance.values.get(attribute).and_then(serde_json::Value::as_str).and_then(Arn::parse)
}

/// Log groups by their names. `None`: there are several of a name.
type Groups<'a> = HashMap<&'a str, Option<Arn<'a>>>;

fn groups<'a>(graph: &'a Graph<'_>) -> Groups<'a> {
    let mut groups = Groups::new();
    for group in graph.instances.iter().filter(|instance| instance.kind == "aws_cloudwatch_log_group") {
        if let Some(name) = group.values.get("name").and_then(serde_json::Value::as_str) {
            groups.entry(name).and_modify(|known| *known = None).or_insert_with(|| arn_of(group));
        }
    }
    groups
}

/// The ARN of a metric filter's log group: a filter is where its group is, and has no ARN of its own.
fn of_group<'a>(groups: &Groups<'a>, filter: &Instance<'_>) -> Option<Arn<'a>> {
    let name = filter.values.get("log_group_name").filter(|_| filter.kind == "aws_cloudwatch_log_metric_filter")?;
    groups.get(name.as_str()?).cloned()?
}

/// An address of a module as the path in the configuration.
fn plain(address: &str) -> String {
    let parts = super::address::parts(address);
    let names: Vec<Cow<'_, str>> =
        parts.iter().filter(|part| part.name != "module").map(|part| Cow::Borrowed(part.name)).collect();
    names.join(".")
}

/// Whether a text can be a region's name, and no end of an ARN.
fn is_name(text: &str) -> bool {
    text.len() < 40 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}
