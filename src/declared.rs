//! Resources that a template or plan declares, before anything is deployed: what `cis-audit check` judges.
//!
//! A reader of each language ([`cloudformation`]) turns documents into [`Resource`]s: of which type, under which address,
//! at which place, with properties that are known, or unknown for a reason. [`account`] makes of them the account model
//! that an audit judges, and [`judged`] says what is reported about it. A reader knows its language and nothing of the
//! chain; the account knows the chain and nothing of a language: types and properties have the names of CloudFormation's resource
//! schemas, into which other readers translate.
//!
//! The one rule: **what is not known before deployment neither passes nor fails anything.** It is named, with its address
//! and why. No file is opened here, and no clock read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub(in crate::declared) use crate::deploy_time::MARKS;
use crate::snapshot::DocumentPart;

pub mod account;
pub mod cloudformation;
pub mod document;
mod json;
pub mod judged;
pub mod terraform;

#[cfg(test)]
mod tests;

/// A place in a document, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// A value, and where it is written. `at` is `None` where the document's format has no lines, as a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where.
    pub at: Option<At>,
    /// What.
    pub value: Value,
}

/// A property's value. Scalars are texts, to be read by what the property is: an account id is no number.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// It is not set.
    Absent,
    /// A text, number or boolean.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in their order.
    Map(Vec<(String, Node)>),
    /// It is known only at deployment.
    Unknown(Unknown),
}

/// Why a value is known only at deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The reason: lower case, no full stop: `parameter TopicArn has no default`.
    pub why: String,
    /// The value with `‹$…›` for what is not known, which no text of a document holds. Equal expressions of one document have equal values, so that it
    /// identifies a resource, though not what it is called.
    pub expression: String,
}

/// A declared resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its type, by CloudFormation's name: `AWS::SNS::Topic`.
    pub kind: String,
    /// A logical id, or the address in a plan.
    pub address: String,
    /// What stands for its name where it has none of its own: no name that AWS takes, so that it is nobody else's.
    pub generated: String,
    /// The file, as it was named.
    pub file: String,
    /// Where it is declared.
    pub at: Option<At>,
    /// Where it will be deployed, if that is not where the documents' other resources will be.
    pub home: Option<Arc<Home>>,
    /// What its properties are called in the language that it is declared in, where that has other names.
    pub arguments: Arc<[(&'static str, &'static str)]>,
    /// Its properties are those that CloudFormation gets: no macro changes them, and no other language is translated.
    pub is_as_written: bool,
    /// Properties that are made of references to what is not known yet, where nothing shows that they are no more than that:
    /// by path, without places in lists. `None`: of none it is known what will be given.
    pub referred: Option<Arc<[String]>>,
    /// What is declared of it.
    pub properties: Node,
}

/// What documents declare.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// The resources of the chain.
    pub resources: Vec<Resource>,
    /// What may declare more that was not looked at: a nested stack, a macro.
    pub elsewhere: Vec<Elsewhere>,
    /// Resources that are there now, and will be deleted.
    pub removed: Vec<Resource>,
    /// The log group of a trail is assumed: it is known no better whether another trail delivers to the others.
    pub assumes_log_group: bool,
    /// Macros that may change the resources of a file, each of a file the first.
    pub macros: BTreeMap<String, Elsewhere>,
    /// The comparisons that resources depend on, and whether they are created, by file and address.
    pub depends: BTreeMap<(String, String), BTreeSet<String>>,
    /// Why what is declared is not all that the documents are about, so that nothing of it can be said to fail.
    pub incomplete: Vec<Elsewhere>,
}

/// What documents declare if conditions that are open hold or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct World {
    /// What is declared then.
    pub declared: Declared,
    /// The assumptions, in words: `Env = prod`, and whether it holds.
    pub assumed: Vec<(String, bool)>,
    /// Where that is written which an assumption is about, if that is not a condition.
    pub named: BTreeMap<String, DocumentPart>,
    /// There are more combinations than are judged.
    pub is_sample: bool,
}

/// Something that may declare resources which were not looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// The file.
    pub file: String,
    /// Where.
    pub at: Option<At>,
    /// What it is called there.
    pub address: String,
    /// Why it was not looked at.
    pub why: String,
}

/// Where the resources will be deployed. What the documents do not say is a word that no account or region has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The account, 12 digits, or [`Home::ACCOUNT`].
    pub account: String,
    /// The region, or [`Home::REGION`].
    pub region: String,
    /// The partition.
    pub partition: String,
}

impl Home {
    /// The account in ARNs, where none is given: no text of a document is like it.
    pub const ACCOUNT: &str = "‹this account›";
    /// The region in ARNs, where none is given.
    pub const REGION: &str = "‹this region›";
    /// What an account that is not known is called in a report.
    pub const THIS_ACCOUNT: &str = "this account";
    /// What a region that is not known is called in a report.
    pub const THIS_REGION: &str = "this region";

    /// What an account is called in a report.
    #[must_use]
    pub fn account_in_words(number: &str) -> &str {
        if number == Self::ACCOUNT { Self::THIS_ACCOUNT } else { number }
    }

    /// What a region is called in a report.
    #[must_use]
    pub fn region_in_words(region: &str) -> &str {
        if region == Self::REGION { Self::THIS_REGION } else { region }
    }

    /// Whether the account is known.
    #[must_use]
    pub fn knows_account(&self) -> bool {
        self.account != Self::ACCOUNT
    }

    /// Whether the region is known.
    #[must_use]
    pub fn knows_region(&self) -> bool {
        self.region != Self::REGION
    }

    /// The ARN of a resource there.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }
}

impl Resource {
    /// Whether properties that are not written may be set all the same.
    pub(in crate::declared) fn is_open(&self) -> bool {
        self.properties.get(TRANSFORM).unknown().is_some()
    }

    /// Whether it is a link of a chain, and not only of use to one, as a key is.
    #[must_use]
    pub fn is_link(&self) -> bool {
        !["AWS::KMS::", "AWS::SecurityHub::", "AWS::Chatbot::"].iter().any(|other| self.kind.starts_with(other))
    }

    /// Whether what a property holds is all that AWS is given for it.
    #[must_use]
    pub fn shows(&self, property: &str) -> bool {
        self.referred.as_ref().is_some_and(|referred| !referred.iter().any(|known| known == property))
    }

    /// What a property is called where it is declared.
    #[must_use]
    pub fn argument<'a>(&self, property: &'a str) -> &'a str {
        self.arguments.iter().find(|(known, _)| *known == property).map_or(property, |(_, argument)| argument)
    }

    /// What the property at a path is called where it is declared: in Terraform, `event_selector.read_write_type`.
    #[must_use]
    pub fn argument_at(&self, path: &str) -> String {
        let mut steps = path.split('.').map(|step| step.split('[').next().unwrap_or(step));
        let outer = steps.next().unwrap_or(path);
        if self.arguments.is_empty() {
            return path.to_owned();
        }
        let inner = steps.filter(|step| *step != "MetricStat").map(|step| match (outer, step) {
            ("MetricTransformations", "MetricName") => "name".to_owned(),
            ("MetricTransformations", "MetricNamespace") => "namespace".to_owned(),
            ("MetricTransformations", "MetricValue") => "value".to_owned(),
            (_, step) => in_snake_case(step),
        });
        let names: Vec<String> = std::iter::once(self.argument(outer).to_owned()).chain(inner).collect();
        names.join(".")
    }
}

/// A name of CloudFormation as Terraform writes such names.
fn in_snake_case(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

impl Declared {
    /// Takes in what another document declares.
    pub fn extend(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.elsewhere.extend(other.elsewhere);
        self.removed.extend(other.removed);
        self.incomplete.extend(other.incomplete);
        self.depends.extend(other.depends);
        self.macros.extend(other.macros);
        self.assumes_log_group |= other.assumes_log_group;
    }
}

/// What stands in a mapping to which a macro or an included file may add entries.
pub(in crate::declared) const TRANSFORM: &str = "Fn::Transform";

/// How the expression of something begins that may be anything.
pub(in crate::declared) const ANYTHING: &str = "‹?";

/// How the expression of what is not known begins where it is only the name that is not.
const EXPRESSION: &str = "‹$";

/// How the expression of something begins that is not created.
const NEVER: &str = "‹!";

/// A text of a document, without the marks of what is not known: no document can name that.
pub(in crate::declared) fn unmarked(text: String) -> String {
    if text.contains(MARKS) { text.replace('‹', "〈").replace('›', "〉") } else { text }
}

/// Whether a text names something that is declared and is not created.
pub(in crate::declared) fn is_never(text: &str) -> bool {
    text.contains(NEVER)
}

/// Whether a text is the expression of something, or has one in it: no name of its own.
pub(in crate::declared) fn is_expression(text: &str) -> bool {
    [EXPRESSION, ANYTHING, NEVER].iter().any(|mark| text.contains(mark))
}

/// Whether a text is what stands for a generated name, and nothing else.
pub(in crate::declared) fn is_generated(text: &str) -> bool {
    let inside = text.strip_prefix('‹').and_then(|rest| rest.strip_suffix('›'));
    inside.is_some_and(|inside| !inside.contains(MARKS))
        && !is_expression(text)
        && ![Home::ACCOUNT, Home::REGION].contains(&text)
}

/// Whether the name in an ARN, or a part of it, is known only as an expression: it is something that may be outside of the
/// documents.
pub(in crate::declared) fn is_open(text: &str) -> bool {
    text.contains(EXPRESSION)
}

impl Unknown {
    /// Of something that may be anything, also what these documents declare: not only something that is outside of them,
    /// as what a parameter names.
    #[must_use]
    pub fn anything(name: &str, why: impl Into<String>) -> Self {
        // An ARN is divided at colons.
        Self { why: why.into(), expression: format!("{ANYTHING}{}›", name.replace(':', "%3A")) }
    }

    /// Whether it may be anything.
    #[must_use]
    pub fn is_anything(&self) -> bool {
        self.expression.contains(ANYTHING)
    }

    /// Of something that is declared and not created: what refers to it refers to nothing.
    #[must_use]
    pub fn never(name: &str, why: impl Into<String>) -> Self {
        Self { why: why.into(), expression: format!("{NEVER}{}›", name.replace(':', "%3A")) }
    }

    /// Of an expression without its marks: `TopicArn`.
    #[must_use]
    pub fn new(name: &str, why: impl Into<String>) -> Self {
        Self { why: why.into(), expression: format!("{EXPRESSION}{name}›") }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Nothing, nowhere.
static NOTHING: Node = Node { at: None, value: Value::Absent };

impl Node {
    /// The value of a key; [`Value::Absent`] where there is none. Of what is not known no key is known either, nor of a
    /// mapping to which a macro may add one: then the value is what says so.
    #[must_use]
    pub fn get(&self, key: &str) -> &Self {
        match &self.value {
            Value::Map(entries) => {
                let entry = |wanted: &str| entries.iter().find(|(name, _)| name == wanted).map(|(_, node)| node);
                entry(key).or_else(|| entry(TRANSFORM)).unwrap_or(&NOTHING)
            }
            Value::Unknown(_) => self,
            Value::Absent | Value::Text(_) | Value::List(_) => &NOTHING,
        }
    }

    /// The first value of a path of keys and places in lists that is there: `MetricTransformations[0].MetricName`. `[*]` is any
    /// place. A single value is a list of one, as in [`Node::list`].
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Self> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (step, rest) = path.split_at(end);
        if !step.is_empty() {
            let inner = self.get(step);
            return (inner.value != Value::Absent).then_some(inner)?.find(rest);
        }
        if let Some(rest) = path.strip_prefix('.') {
            return self.find(rest);
        }
        let Some((place, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return Some(self);
        };
        let items = if let Value::List(items) = &self.value { items.as_slice() } else { std::slice::from_ref(self) };
        match place.parse::<usize>() {
            Ok(place) => items.get(place)?.find(rest),
            Err(_) => items.iter().find_map(|item| item.find(rest)),
        }
    }

    /// The path from here to the first value that is not known for this reason.
    #[must_use]
    pub fn path_to(&self, unknown: &Unknown) -> Option<String> {
        match &self.value {
            Value::Unknown(it) => (it == unknown).then(String::new),
            Value::List(items) => {
                items.iter().enumerate().find_map(|(at, item)| Some(format!("[{at}]{}", item.path_to(unknown)?)))
            }
            Value::Map(entries) => {
                entries.iter().find_map(|(key, node)| Some(format!(".{key}{}", node.path_to(unknown)?)))
            }
            Value::Absent | Value::Text(_) => None,
        }
    }

    /// A text. `None`: absent.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn text(&self) -> Result<Option<&str>, Unknown> {
        match &self.value {
            Value::Absent => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Unknown(unknown) => Err(unknown.clone()),
            Value::List(_) | Value::Map(_) => Err(Unknown::new("?", "it is not a text")),
        }
    }

    /// A number. `None`: absent.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn number(&self) -> Result<Option<f64>, Unknown> {
        let read = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        self.text()?.map(|text| read(text).ok_or_else(|| Unknown::new("?", "it is not a number"))).transpose()
    }

    /// A whole number. `None`: absent.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn whole(&self) -> Result<Option<i32>, Unknown> {
        let read = |text: &str| text.trim().parse::<i32>().map_err(|_| Unknown::new("?", "it is not a whole number"));
        self.text()?.map(read).transpose()
    }

    /// A boolean, in any of the spellings that CloudFormation takes. `None`: absent.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn boolean(&self) -> Result<Option<bool>, Unknown> {
        match self.text()?.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "on" | "1") => Ok(Some(true)),
            Some("false" | "no" | "off" | "0") => Ok(Some(false)),
            Some(_) => Err(Unknown::new("?", "it is neither true nor false")),
        }
    }

    /// The entries of a list; a single value is a list of one, and an absent one is empty.
    ///
    /// # Errors
    /// Why it is not known how many there are.
    pub fn list(&self) -> Result<Vec<&Self>, Unknown> {
        match &self.value {
            Value::Absent => Ok(Vec::new()),
            Value::List(nodes) => Ok(nodes.iter().filter(|node| node.value != Value::Absent).collect()),
            Value::Text(_) | Value::Map(_) => Ok(vec![self]),
            Value::Unknown(unknown) => Err(unknown.clone()),
        }
    }

    /// Texts of a list.
    ///
    /// # Errors
    /// Why one of them is not known.
    pub fn texts(&self) -> Result<Vec<String>, Unknown> {
        let text = |node: &Self| node.text().map(|text| text.unwrap_or_default().to_owned());
        self.list()?.into_iter().map(text).collect()
    }

    /// The text that identifies what it names: itself, or the expression of what is not known. `None`: absent, or no text.
    #[must_use]
    pub fn symbol(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Unknown(unknown) => Some(unknown.expression.clone()),
            Value::Absent | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Why it is not known, if it is not.
    #[must_use]
    pub fn unknown(&self) -> Option<&Unknown> {
        if let Value::Unknown(unknown) = &self.value { Some(unknown) } else { None }
    }
}
