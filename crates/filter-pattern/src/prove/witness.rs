//! An event made of values for places: what the patterns look at, and the few fields that the model has shown. Nothing is
//! decided here: `record` holds it against the model, and `covers` evaluates every witness before it leaves.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::prove::model::{Content, EventModel, Text};
use crate::prove::places::{Edge, Places};
use crate::prove::record::Record;
use crate::prove::values::{Chosen, Values};

/// The longest run of elements that is written out to reach an index.
const MAX_INDEX: u64 = 64;

/// One concrete event that proves an answer.
///
/// ```
/// use filter_pattern::{Coverage, EventModel, Pattern, covers};
///
/// let events = EventModel::new("order").shown("id", "A-1").key_order(["id", "price"]);
/// let required = Pattern::parse("{ $.price > 100 && $.customer.name = ann }")?;
/// let Coverage::Missed(witness) = covers(&[], &required, &events) else { panic!("nothing is there to match it") };
/// assert_eq!(witness.to_json_line(), r#"{"id":"A-1","price":101,"customer":{"name":"ann"}}"#);
/// assert_eq!(witness.event()["price"], 101);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Witness {
    /// Of one that was written down it is read from the line when somebody asks for it: it is larger than the line.
    event: OnceLock<Value>,
    line: String,
    exceptions: Vec<Text>,
}

impl PartialEq for Witness {
    fn eq(&self, other: &Self) -> bool {
        (&self.line, &self.exceptions) == (&other.line, &other.exceptions)
    }
}

impl Eq for Witness {}

impl Witness {
    /// The event: an object.
    #[must_use]
    pub fn event(&self) -> &Value {
        self.event.get_or_init(|| serde_json::from_str(&self.line).unwrap_or_default())
    }

    /// An event that was written down as a line of JSON: a witness that was found before, whose exceptions are not known
    /// any more. `None`: it is not a JSON object.
    #[must_use]
    pub fn from_json_line(line: &str) -> Option<Self> {
        let event: Value = serde_json::from_str(line).ok()?;
        event.is_object().then(|| Self { event: OnceLock::new(), line: line.to_owned(), exceptions: Vec::new() })
    }

    /// The event as one line of JSON, its keys in the order of the model.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        self.line.clone()
    }

    /// The same event with another text in place of a part of what some fields hold, each by the names on the way to it. Of
    /// patterns that do not look at these fields it is a witness too.
    ///
    /// ```
    /// use filter_pattern::{EventModel, Witness};
    ///
    /// let event = Witness::from_json_line(r#"{"name":"ann","by":{"name":"users/ann"}}"#).expect("an object");
    /// let other = event.renamed(&[&["by", "name"]], "ann", "bob", &EventModel::default());
    /// assert_eq!(other.event()["by"]["name"], "users/bob");
    /// assert_eq!(other.event()["name"], "ann");
    /// ```
    #[must_use]
    pub fn renamed(&self, fields: &[&[&str]], part: &str, other: &str, model: &EventModel) -> Self {
        // Nearly no event has it anywhere.
        if !self.line.contains(part) {
            return self.clone();
        }
        let mut event = self.event().clone();
        for field in fields {
            let found = field.iter().try_fold(&mut event, |value, name| value.get_mut(*name));
            if let Some(Value::String(text)) = found {
                *text = text.replace(part, other);
            }
        }
        if event == *self.event() {
            return self.clone();
        }
        let mut line = String::new();
        write_value(&event, model, &mut line);
        Self { event: OnceLock::from(event), line, exceptions: self.exceptions.clone() }
    }

    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// What the event is an example of, if events like it are unusual: as the model calls them.
    #[must_use]
    pub fn exceptions(&self) -> &[Cow<'static, str>] {
        &self.exceptions
    }
}

/// The outcome for some values.
pub(crate) enum Drafted {
    /// An event.
    Event(Draft),
    /// It would cost no less than what there is.
    NoBetter,
    /// They cannot be written as JSON, or break a law of the model.
    NoEvent,
}

/// An event that may become a witness, not yet written down.
pub(crate) struct Draft {
    event: Value,
    cost: usize,
    exceptions: Vec<Text>,
}

impl Draft {
    /// How far from ordinary the event is: more values are worse, and so is what nearly every event has and it has not.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    pub(crate) fn is_unusual(&self) -> bool {
        !self.exceptions.is_empty()
    }

    pub(crate) fn written(self, model: &EventModel) -> Witness {
        let Self { event, exceptions, .. } = self;
        let mut line = String::new();
        write_value(&event, model, &mut line);
        Witness { event: event.into(), line, exceptions }
    }

    /// The event of these values, if it is to cost less than that.
    pub(crate) fn complete(places: &Places<'_>, values: &Values, limit: usize) -> Drafted {
        let Some(event) = value(places, values, 0) else { return Drafted::NoEvent };
        // What else is shown only adds to it.
        if count(&event) >= limit {
            return Drafted::NoBetter;
        }
        match Self::completed(places, values, event) {
            Some(draft) if draft.cost >= limit => Drafted::NoBetter,
            Some(draft) => Drafted::Event(draft),
            None => Drafted::NoEvent,
        }
    }

    /// The event held against the model, with what else is shown. None: it breaks a law.
    fn completed(places: &Places<'_>, values: &Values, mut event: Value) -> Option<Self> {
        let mut record = Record::new(places, values)?;
        let model = places.model;
        for shown in model.all_shown() {
            let applies = shown.when.as_ref().is_none_or(|(node, is)| record.holds(*node, is));
            let is_asked = places.at_node(shown.node).is_some_and(|place| places.place(place).is_asked);
            if !applies || is_asked {
                continue;
            }
            let text = match record.content(shown.node) {
                Some(Content::Text(text)) => Some(text.to_owned()),
                Some(Content::Of(_)) => None,
                // Beside a text about which it is not known what goes with it, nothing is better than a guess.
                None if model.is_strange(shown.node, |node| record.content(node)) => None,
                None => {
                    let text = record.suggested(shown.node).next().unwrap_or(&shown.text).to_owned();
                    record.show(shown.node, text.clone()).then_some(text)
                }
            };
            let Some((name, above)) = model.names(shown.node).split_last() else { continue };
            let above = above.iter().try_fold(&mut event, |at, name| at.get_mut(&**name));
            if let (Some(Value::Object(members)), Some(text)) = (above, text) {
                members.entry(&**name).or_insert(Value::String(text));
            }
        }
        let exceptions = record.exceptions();
        let is_missing =
            |node: &&usize| model.names(**node).iter().try_fold(&event, |at, name| at.get(&**name)).is_none();
        let cost = count(&event) + 100 * model.usual().iter().filter(is_missing).count();
        Some(Self { event, cost, exceptions })
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The value at a place. As deep as the longest selector, which a pattern's length limits.
fn value(places: &Places<'_>, values: &Values, at: usize) -> Option<Value> {
    let is_written = |child: usize| places.place(child).is_asked && values[child] != Chosen::Missing;
    let parts = || places.place(at).children.iter().filter(|&&child| is_written(child));
    Some(match &values[at] {
        Chosen::Missing => return None,
        Chosen::Null => Value::Null,
        Chosen::True => Value::Bool(true),
        Chosen::False => Value::Bool(false),
        Chosen::Text(text) => Value::String(text.clone()),
        Chosen::Number(written) => {
            let value: Value = serde_json::from_str(written).ok()?;
            // A number that serde_json writes otherwise would have another text.
            let kept = value.to_string();
            (kept == *written || kept.parse::<f64>().ok() == written.parse().ok()).then_some(value)?
        }
        Chosen::Object => {
            let mut members = Map::new();
            for &child in parts() {
                let key = match &places.place(child).edge {
                    Edge::Name(name) => name.clone(),
                    Edge::Index(_) => continue,
                    Edge::Extra(extra) => spare_key(places, at, *extra),
                };
                members.insert(key, value(places, values, child)?);
            }
            Value::Object(members)
        }
        Chosen::Array => {
            let mut indexed: BTreeMap<u64, usize> = BTreeMap::new();
            let mut extras = Vec::new();
            for &child in parts() {
                match &places.place(child).edge {
                    Edge::Index(index) => drop(indexed.insert(*index, child)),
                    Edge::Extra(_) => extras.push(child),
                    Edge::Name(_) => {}
                }
            }
            let mut items = Vec::new();
            for (index, child) in indexed {
                if index > MAX_INDEX {
                    return None;
                }
                // Elements that no pattern looks at, on the way to one that some does.
                while (items.len() as u64) < index {
                    items.push(Value::from("example"));
                }
                items.push(value(places, values, child)?);
            }
            for child in extras {
                items.push(value(places, values, child)?);
            }
            Value::Array(items)
        }
    })
}

/// A key that no selector names.
fn spare_key(places: &Places<'_>, at: usize, extra: usize) -> String {
    let is_taken = |key: &str| places.member(at, key).is_some();
    let mut key = ["detail", "note", "item"].get(extra).map_or_else(|| format!("item{extra}"), |key| (*key).to_owned());
    while is_taken(&key) {
        key.push('X');
    }
    key
}

/// JSON with the model's order of keys. As deep as the event, which is no deeper than the longest selector.
fn write_value(value: &Value, model: &EventModel, line: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(key, _)| (model.key_rank(key), key.as_str()));
            line.push('{');
            for (i, (key, value)) in members.into_iter().enumerate() {
                if i > 0 {
                    line.push(',');
                }
                line.push_str(&Value::from(key.as_str()).to_string());
                line.push(':');
                write_value(value, model, line);
            }
            line.push('}');
        }
        Value::Array(items) => {
            line.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    line.push(',');
                }
                write_value(item, model, line);
            }
            line.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            line.push_str(&value.to_string());
        }
    }
}
