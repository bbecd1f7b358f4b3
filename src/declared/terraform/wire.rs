//! The documents as `terraform show -json` writes them (Terraform's "JSON output format"): formats 0 and 1. What is not
//! needed is passed over while it is read: of a plan of thousands of resources those of the chain are kept, and of these
//! the values as text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use serde_json::value::RawValue;

use super::types;

/// A plan or a state.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    pub(super) format_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) variables: Option<BTreeMap<Cow<'a, str>, Variable<'a>>>,
    #[serde(borrow, default)]
    pub(super) planned_values: Option<Values<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_changes: Option<Kept<Change<'a>>>,
    #[serde(borrow, default)]
    pub(super) prior_state: Option<State<'a>>,
    #[serde(borrow, default)]
    pub(super) configuration: Option<Configuration<'a>>,
    #[serde(borrow, default)]
    pub(super) values: Option<Values<'a>>,
    #[serde(default)]
    pub(super) deferred_changes: Option<Count>,
    #[serde(default)]
    pub(super) complete: Option<Value>,
    #[serde(default)]
    pub(super) errored: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct State<'a> {
    #[serde(borrow, default)]
    pub(super) values: Option<Values<'a>>,
}

/// The value of a variable of the root module.
#[derive(Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub(super) value: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
pub(super) struct Values<'a> {
    #[serde(borrow, default)]
    pub(super) root_module: Module<'a>,
}

#[derive(Deserialize, Default)]
pub(super) struct Module<'a> {
    #[serde(borrow, default)]
    pub(super) resources: Option<Kept<Resource<'a>>>,
    #[serde(borrow, default)]
    pub(super) child_modules: Option<Vec<Self>>,
}

/// An instance of a resource, as it is or will be.
#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    #[serde(borrow, default)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) mode: Cow<'a, str>,
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) sensitive_values: Option<&'a RawValue>,
}

/// What happens to an instance of a resource.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) mode: Cow<'a, str>,
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    /// An object that is left over from a replacement, beside the one that counts.
    #[serde(borrow, default)]
    pub(super) deposed: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) change: Option<Before<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Before<'a> {
    #[serde(borrow, default)]
    pub(super) actions: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) after_unknown: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) before_sensitive: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) after_sensitive: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Configuration<'a> {
    #[serde(borrow, default)]
    pub(super) provider_config: Option<BTreeMap<Cow<'a, str>, ProviderConfig<'a>>>,
    #[serde(borrow, default)]
    pub(super) root_module: ModuleConfig<'a>,
}

#[derive(Deserialize)]
pub(super) struct ProviderConfig<'a> {
    #[serde(borrow, default)]
    pub(super) module_address: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<Expressions<'a>>,
}

/// Expressions by their arguments, each read when it is needed.
pub(super) type Expressions<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The expressions of each of the blocks that a text of the configuration shows.
pub(super) fn blocks_of(text: &RawValue) -> Vec<Expressions<'_>> {
    serde_json::from_str(text.get())
        .or_else(|_| serde_json::from_str(text.get()).map(|one: Expressions<'_>| vec![one]))
        .unwrap_or_default()
}

#[derive(Deserialize, Default)]
pub(super) struct ModuleConfig<'a> {
    #[serde(borrow, default)]
    pub(super) resources: Option<Kept<ResourceConfig<'a>>>,
    #[serde(borrow, default)]
    pub(super) module_calls: Option<BTreeMap<Cow<'a, str>, Call<'a>>>,
    #[serde(borrow, default)]
    pub(super) outputs: Option<BTreeMap<Cow<'a, str>, Output<'a>>>,
    #[serde(borrow, default)]
    pub(super) variables: Option<BTreeMap<Cow<'a, str>, VariableConfig>>,
}

#[derive(Deserialize)]
pub(super) struct ResourceConfig<'a> {
    #[serde(borrow, default)]
    pub(super) mode: Cow<'a, str>,
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) provider_config_key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<Expressions<'a>>,
    #[serde(borrow, default)]
    pub(super) for_each_expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow, default)]
    pub(super) source: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) expressions: Option<Expressions<'a>>,
    #[serde(borrow, default)]
    pub(super) for_each_expression: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) module: Option<Box<ModuleConfig<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Output<'a> {
    #[serde(borrow, default)]
    pub(super) expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct VariableConfig {
    #[serde(default)]
    pub(super) ephemeral: Option<Value>,
}

/// The elements of a list that are of types of the chain; `kept` of the others is never made.
pub(super) struct Kept<T>(pub(super) Vec<T>);

/// Something of a type.
pub(super) trait Typed {
    /// Whether it is looked at.
    fn is_wanted(&self) -> bool;
}

impl Typed for Resource<'_> {
    fn is_wanted(&self) -> bool {
        types::is_wanted(&self.mode, &self.kind)
    }
}

impl Typed for Change<'_> {
    fn is_wanted(&self) -> bool {
        types::is_wanted(&self.mode, &self.kind)
    }
}

impl Typed for ResourceConfig<'_> {
    fn is_wanted(&self) -> bool {
        types::is_wanted(&self.mode, &self.kind)
    }
}

impl<'de, T: Deserialize<'de> + Typed> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wanted<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Typed> Visitor<'de> for Wanted<T> {
            type Value = Kept<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kept<T>, A::Error> {
                let mut kept = Vec::new();
                while let Some(element) = list.next_element::<T>()? {
                    if element.is_wanted() {
                        kept.push(element);
                    }
                }
                Ok(Kept(kept))
            }
        }
        deserializer.deserialize_seq(Wanted(PhantomData))
    }
}

/// How long a list is, which is not kept.
pub(super) struct Count(pub(super) usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while list.next_element::<de::IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_seq(Counting)
    }
}

impl<'a> Values<'a> {
    /// The resources of all modules.
    pub(super) fn into_resources(self) -> Vec<Resource<'a>> {
        let mut modules = vec![self.root_module];
        let mut resources = Vec::new();
        while let Some(module) = modules.pop() {
            resources.extend(module.resources.map(|kept| kept.0).unwrap_or_default());
            modules.extend(module.child_modules.unwrap_or_default());
        }
        resources
    }
}

/// Whether a flag is set, in whichever way it is written.
pub(super) fn is(flag: Option<&Value>, wanted: bool) -> bool {
    match flag {
        Some(Value::Bool(flag)) => *flag == wanted,
        Some(Value::String(text)) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
        _ => false,
    }
}
