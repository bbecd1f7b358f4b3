//! What is known of the events that patterns are asked about, as data: which fields there are, what they can hold, how
//! they depend on each other, which texts are ordinary in them. Here it is written down and looked up; nothing here
//! reasons, and nothing here may know any service's events.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::prove::kind::{Kind, Kinds};
use crate::syntax::lang::Words;

mod fact;
mod field;
mod law;

pub(crate) use self::fact::{Content, Is, Text};
pub use self::fact::{Fact, Facts};
pub use self::field::Field;
pub(crate) use self::law::{Claim, Law};

/// The event itself.
pub(crate) const ROOT: usize = 0;

/// What is known of the events that patterns are asked about.
///
/// Whether filters cover a demand depends on which events there can be: if no event has a null in `status`, a filter that
/// also lets nulls through is no wider than one that does not. An empty model, [`EventModel::default`], knows nothing: an
/// event is any JSON object.
///
/// A model says things of three strengths:
///
/// - what never happens: what the listed fields can hold ([`EventModel::field`]), all others being free, and what holds
///   between fields ([`EventModel::always`], [`EventModel::never`]). Coverage is proven of all other events.
/// - what is unusual ([`EventModel::rarely`]): such an event is a hole, but is looked for last, and is named as what it is
///   ([`Witness::exceptions`](crate::Witness::exceptions)).
/// - what is ordinary, so that the event which shows a hole looks like one that happens.
///
/// ```
/// use filter_pattern::{Candidate, Coverage, EventModel, Fact, Field, Kinds, Pattern, covers};
///
/// let orders = EventModel::new("order")
///     .field(Field::new("status", Kinds::TEXT).ordinary_texts(["open", "shipped", "cancelled"]))
///     .field(Field::new("reason", Kinds::TEXT.or(Kinds::MISSING)).ordinary_texts(["out of stock"]))
///     .always(Fact::text("status", "cancelled"), Fact::present("reason"));
///
/// let required = Pattern::parse("{ $.status = cancelled }")?;
/// let deployed = Pattern::parse("{ $.reason = * && $.status = cancelled }")?;
/// let found = [Candidate::new(&deployed)];
/// // Every order that was cancelled says why. Of any JSON object that cannot be said.
/// assert_eq!(covers(&found, &required, &orders), Coverage::Covered);
/// assert!(matches!(covers(&found, &required, &EventModel::default()), Coverage::Missed(_)));
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventModel {
    name: Text,
    /// The fields that are spoken of, as a tree; the event itself first.
    nodes: Vec<Node>,
    laws: Vec<Law>,
    suggestions: HashMap<usize, Vec<Suggestions>>,
    shown: Vec<Shown>,
    /// The fields that nearly every event has.
    usual: Vec<usize>,
    first: Vec<usize>,
    examples: Vec<(Text, Vec<Text>)>,
    key_ranks: HashMap<Text, usize>,
    common_texts: Vec<Text>,
    identifier_characters: Text,
}

/// A field that the model speaks of.
#[derive(Debug, Clone, Default)]
struct Node {
    /// The names on the way to it; of elements there are many.
    names: Vec<Text>,
    members: HashMap<Text, usize>,
    element: Option<usize>,
    /// There are many of it: it is part of a list's elements.
    is_repeated: bool,
    /// What is known of it, if it is listed.
    field: Option<Field>,
    /// The laws that speak of it.
    laws: Vec<usize>,
    /// What it is a part of.
    above: Option<usize>,
    /// What events are in which it has members that are not spoken of, if these are unusual.
    others: Option<Text>,
}

/// That a text in a field is one of those that it holds.
fn field_law(node: usize, only: Option<&Words>) -> Option<Law> {
    let is_text = Claim { node, is: Is::Kinds(Kinds::TEXT), wanted: false };
    let is_known = Claim { node, is: Is::Texts(only?.clone()), wanted: true };
    Some(Law { claims: vec![is_text, is_known], exception: None, of_field: Some(node) })
}

/// Texts of one field that go with the value of another.
#[derive(Debug, Clone)]
struct Suggestions {
    node: usize,
    by_text: HashMap<String, Vec<Text>>,
    if_present: Vec<Text>,
    if_missing: Vec<Text>,
}

/// A field that events are shown with, though no pattern looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) when: Option<(usize, Is)>,
    pub(crate) node: usize,
    pub(crate) text: Text,
}

/// What is known of a place in an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'m> {
    pub(crate) kinds: Kinds,
    pub(crate) may_be_empty: bool,
    pub(crate) is_usual: bool,
    /// Ordinary texts, the most ordinary first.
    pub(crate) ordinary: &'m [Text],
}

impl Default for EventModel {
    /// An event is any JSON object.
    fn default() -> Self {
        Self::new("event")
    }
}

/// Paths are names joined by dots, `[]` for the elements of a list: `items[].price`. A name that holds a dot or a bracket
/// cannot be spoken of. What two fields have to do with each other is not known of elements: such a statement is left out.
impl EventModel {
    /// Events about which nothing is known but what they are called, in the singular: `order`.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            nodes: vec![Node::default()],
            laws: Vec::new(),
            suggestions: HashMap::new(),
            shown: Vec::new(),
            usual: Vec::new(),
            first: Vec::new(),
            examples: Vec::new(),
            key_ranks: HashMap::new(),
            common_texts: Vec::new(),
            identifier_characters: Text::default(),
        }
    }

    /// What is known of a field. Said twice, the second counts.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        let node = self.node(&field.path);
        self.usual.retain(|known| *known != node);
        if field.is_usual && !self.nodes[node].is_repeated {
            self.usual.push(node);
        }
        let is_closed = field_law(node, field.only.as_ref());
        self.nodes[node].field = Some(field);
        match (self.laws.iter_mut().find(|law| law.of_field == Some(node)), is_closed) {
            (Some(known), fresh) => *known = fresh.unwrap_or_else(|| Law { claims: Vec::new(), ..known.clone() }),
            (None, Some(fresh)) if !self.nodes[node].is_repeated => self.add_law(fresh),
            (None, _) => {}
        }
        self
    }

    /// In every event of which the one is true, or all of several are, so is the other.
    #[must_use]
    pub fn always(self, when: impl Into<Facts>, then: Fact) -> Self {
        self.law(when.into(), Some(then), None)
    }

    /// As [`EventModel::always`], but for events that are unusual, and called so as for [`EventModel::rarely`].
    #[must_use]
    pub fn nearly_always(self, when: impl Into<Facts>, then: Fact, but: impl Into<Cow<'static, str>>) -> Self {
        self.law(when.into(), Some(then), Some(but.into()))
    }

    /// There is no event of which all of these are true.
    #[must_use]
    pub fn never(self, facts: impl Into<Facts>) -> Self {
        self.law(facts.into(), None, None)
    }

    /// Events of which all of these are true are unusual. They are called so, to follow on "only in": `records before 2020`.
    ///
    /// ```
    /// use filter_pattern::{Candidate, Coverage, EventModel, Fact, Field, Kinds, Pattern, covers};
    ///
    /// let orders = EventModel::new("order")
    ///     .field(Field::new("customer", Kinds::TEXT.or(Kinds::MISSING)))
    ///     .rarely(Fact::missing("customer"), "orders of the old shop");
    /// let required = Pattern::parse("{ $.total > 100 }")?;
    /// let missed = |deployed: &Pattern| match covers(&[Candidate::new(deployed)], &required, &orders) {
    ///     Coverage::Missed(witness) => witness,
    ///     other => panic!("{other:?}"),
    /// };
    /// // Ann's orders happen every day.
    /// assert!(missed(&Pattern::parse("{ $.total > 100 && $.customer != ann }")?).exceptions().is_empty());
    /// // All that this one misses is unusual.
    /// let witness = missed(&Pattern::parse("{ $.total > 100 && $.customer = * }")?);
    /// assert_eq!(witness.exceptions(), ["orders of the old shop"]);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn rarely(self, facts: impl Into<Facts>, what: impl Into<Cow<'static, str>>) -> Self {
        self.law(facts.into(), None, Some(what.into()))
    }

    fn law(mut self, Facts(when): Facts, then: Option<Fact>, exception: Option<Text>) -> Self {
        let facts = when.into_iter().map(|fact| (fact, false)).chain(then.map(|fact| (fact, true)));
        let facts: Vec<(Fact, bool)> = facts.collect();
        let claims: Option<Vec<Claim>> = facts
            .into_iter()
            .map(|(fact, wanted)| self.resolve(fact).map(|(node, is)| Claim { node, is, wanted }))
            .collect();
        if let Some(claims) = claims {
            self.add_law(Law { claims, exception, of_field: None });
        }
        self
    }

    fn add_law(&mut self, law: Law) {
        for claim in &law.claims {
            self.nodes[claim.node].laws.push(self.laws.len());
        }
        self.laws.push(law);
    }

    /// Where a fact is true, these are the most ordinary texts of a field. Nothing is proven from it.
    #[must_use]
    pub fn ordinarily<T: Into<Cow<'static, str>>>(
        mut self,
        when: Fact,
        path: &str,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        let Some((node, is)) = self.resolve(when) else { return self };
        let about = self.node(path);
        let all = self.suggestions.entry(about).or_default();
        let at = all.iter().position(|known| known.node == node).unwrap_or_else(|| {
            let by_text = HashMap::new();
            all.push(Suggestions { node, by_text, if_present: Vec::new(), if_missing: Vec::new() });
            all.len() - 1
        });
        let suggestions = &mut all[at];
        let texts: Vec<Text> = texts.into_iter().map(Into::into).collect();
        match is {
            Is::Texts(premises) => {
                for premise in premises.iter() {
                    suggestions.by_text.entry(premise.to_owned()).or_default().extend(texts.iter().cloned());
                }
            }
            Is::Kinds(kinds) if kinds.has(Kind::Missing) => suggestions.if_missing.extend(texts),
            Is::Kinds(_) => suggestions.if_present.extend(texts),
        }
        self
    }

    /// An event that is shown has this field, wherever the object is there that it belongs to, even if no pattern looks
    /// at it: with a text that goes with the rest of the event, or else with this one.
    #[must_use]
    pub fn shown(mut self, path: &str, text: impl Into<Cow<'static, str>>) -> Self {
        let node = self.node(path);
        self.shown.push(Shown { when: None, node, text: text.into() });
        self
    }

    /// As [`EventModel::shown`], in events of which a fact is true. Of several for one field the first that applies counts.
    #[must_use]
    pub fn shown_if(mut self, when: Fact, path: &str, text: impl Into<Cow<'static, str>>) -> Self {
        if let Some(when) = self.resolve(when) {
            let node = self.node(path);
            self.shown.push(Shown { when: Some(when), node, text: text.into() });
        }
        self
    }

    /// The values of these fields are chosen before all others, in this order, so that others can go with them.
    #[must_use]
    pub fn chosen_first<'p>(mut self, paths: impl IntoIterator<Item = &'p str>) -> Self {
        for path in paths {
            let node = self.node(path);
            if !self.nodes[node].is_repeated {
                self.first.push(node);
            }
        }
        self
    }

    /// Ordinary texts for fields for which none are listed, where their name ends so. Of several endings the first counts.
    #[must_use]
    pub fn examples<T: Into<Cow<'static, str>>>(
        mut self,
        ending: impl Into<Cow<'static, str>>,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        self.examples.push((ending.into(), texts.into_iter().map(Into::into).collect()));
        self
    }

    /// An object whose members are all known: those that are listed, and these. An event in which it has another is unusual,
    /// and called so as for [`EventModel::rarely`]. The path of the event itself is empty.
    ///
    /// ```
    /// use filter_pattern::{Candidate, Coverage, EventModel, Pattern, covers};
    ///
    /// let orders = EventModel::new("order").known_members("", ["total", "customer"], "orders with notes in the margin");
    /// let required = Pattern::parse("{ $.total > 100 }")?;
    /// let deployed = Pattern::parse("{ $.total > 100 && $.custommer NOT EXISTS }")?;
    /// let Coverage::Missed(witness) = covers(&[Candidate::new(&deployed)], &required, &orders) else { panic!("it is") };
    /// assert_eq!(witness.exceptions(), ["orders with notes in the margin"]);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    #[must_use]
    pub fn known_members<'n>(
        mut self,
        path: &str,
        names: impl IntoIterator<Item = &'n str>,
        what: impl Into<Cow<'static, str>>,
    ) -> Self {
        let node = self.node(path);
        for name in names {
            self.below(node, Some(name));
        }
        self.nodes[node].others = Some(what.into());
        self
    }

    /// The order in which keys are written; all others follow, by name.
    #[must_use]
    pub fn key_order<T: Into<Cow<'static, str>>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        for key in keys {
            let rank = self.key_ranks.len();
            self.key_ranks.entry(key.into()).or_insert(rank);
        }
        self
    }

    /// Texts that may occur in any event, in addition to the names of the listed fields and their ordinary texts: a
    /// pattern on raw text that looks for a part of one may find it there.
    #[must_use]
    pub fn common_texts<T: Into<Cow<'static, str>>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.common_texts.extend(texts.into_iter().map(Into::into));
        self
    }

    /// The characters of the identifiers and times that any event may hold: what has no others may occur there by
    /// chance.
    #[must_use]
    pub fn identifier_characters(mut self, characters: impl Into<Cow<'static, str>>) -> Self {
        self.identifier_characters = characters.into();
        self
    }

    fn node(&mut self, path: &str) -> usize {
        let mut at = ROOT;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let name = part.trim_end_matches("[]");
            at = self.below(at, Some(name));
            for _ in 0..(part.len() - name.len()) / 2 {
                at = self.below(at, None);
            }
        }
        at
    }

    /// The member of this name, or the elements.
    fn below(&mut self, at: usize, name: Option<&str>) -> usize {
        let fresh = self.nodes.len();
        let is_repeated = self.nodes[at].is_repeated || name.is_none();
        let below = match name {
            Some(name) => *self.nodes[at].members.entry(Text::Owned(name.to_owned())).or_insert(fresh),
            None => *self.nodes[at].element.get_or_insert(fresh),
        };
        if below == fresh {
            let mut names = self.nodes[at].names.clone();
            names.extend(name.map(|name| Text::Owned(name.to_owned())));
            self.nodes.push(Node { names, is_repeated, above: Some(at), ..Node::default() });
        }
        below
    }

    fn resolve(&mut self, fact: Fact) -> Option<(usize, Is)> {
        let node = self.node(&fact.path);
        (!self.nodes[node].is_repeated).then_some((node, fact.is))
    }
}

/// Texts of a field about which nothing is known.
const EXAMPLES: &[Text] = &[Cow::Borrowed("example"), Cow::Borrowed("other")];

impl EventModel {
    /// What one of the events is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn member(&self, node: Option<usize>, name: &str) -> Option<usize> {
        self.nodes[node?].members.get(name).copied()
    }

    /// What events are in which an object has a member that the model does not speak of, if these are unusual.
    pub(crate) fn others(&self, node: Option<usize>) -> Option<&Text> {
        self.nodes[node?].others.as_ref()
    }

    pub(crate) fn element(&self, node: Option<usize>) -> Option<usize> {
        self.nodes[node?].element
    }

    /// Whether an event has one of it at most.
    pub(crate) fn is_single(&self, node: usize) -> bool {
        !self.nodes[node].is_repeated
    }

    /// What is known of a place: by its field, or by its name alone.
    pub(crate) fn known(&self, node: Option<usize>, name: &str) -> Known<'_> {
        let examples = || {
            let examples = self.examples.iter().find(|(ending, _)| name.ends_with(&**ending));
            examples.map_or(EXAMPLES, |(_, texts)| texts)
        };
        match node.and_then(|node| self.nodes[node].field.as_ref()) {
            Some(field) => Known {
                kinds: field.kinds,
                may_be_empty: field.may_be_empty,
                is_usual: field.is_usual,
                ordinary: if field.ordinary.is_empty() { examples() } else { &field.ordinary },
            },
            None => Known { kinds: Kinds::ANY, may_be_empty: true, is_usual: false, ordinary: examples() },
        }
    }

    /// The names on the way from the event to a field that is there once.
    pub(crate) fn names(&self, node: usize) -> &[Text] {
        &self.nodes[node].names
    }

    /// The laws; one that claims nothing says nothing.
    pub(crate) fn laws(&self) -> impl Iterator<Item = &Law> {
        self.laws.iter().filter(|law| !law.claims.is_empty())
    }

    /// The laws that speak of a field.
    pub(crate) fn laws_of(&self, node: usize) -> impl Iterator<Item = &Law> {
        self.nodes[node].laws.iter().filter_map(|law| self.laws.get(*law)).filter(|law| !law.claims.is_empty())
    }

    /// What a field is a part of; nothing of the event itself.
    pub(crate) fn above(&self, node: usize) -> Option<usize> {
        self.nodes[node].above
    }

    pub(crate) fn first(&self) -> &[usize] {
        &self.first
    }

    pub(crate) fn all_shown(&self) -> &[Shown] {
        &self.shown
    }

    /// The fields that nearly every event has.
    pub(crate) fn usual(&self) -> &[usize] {
        &self.usual
    }

    /// Texts of a field that go with the values of others, if known.
    pub(crate) fn suggested<'m, 'a>(
        &'m self,
        node: usize,
        content: impl Fn(usize) -> Option<Content<'a>>,
    ) -> impl Iterator<Item = &'m str> {
        self.suggestions.get(&node).into_iter().flatten().flat_map(move |suggestions| {
            let (by_text, others): (_, &[Text]) = match content(suggestions.node) {
                None => (None, &[]),
                Some(Content::Text(text)) => (suggestions.by_text.get(text), &suggestions.if_present),
                Some(Content::Of(Kind::Missing)) => (None, &suggestions.if_missing),
                Some(Content::Of(_)) => (None, &suggestions.if_present),
            };
            by_text.into_iter().flatten().chain(others).map(|text| &**text)
        })
    }

    /// Whether a field goes with the text of another, and that is a text about which nothing is known.
    pub(crate) fn is_strange<'a>(&self, node: usize, content: impl Fn(usize) -> Option<Content<'a>>) -> bool {
        self.suggestions.get(&node).into_iter().flatten().filter(|suggestions| !suggestions.by_text.is_empty()).any(
            |suggestions| match content(suggestions.node) {
                Some(Content::Text(text)) => !suggestions.by_text.contains_key(text),
                Some(Content::Of(_)) | None => false,
            },
        )
    }

    /// The position of a key among its neighbours.
    pub(crate) fn key_rank(&self, key: &str) -> usize {
        self.key_ranks.get(key).copied().unwrap_or(self.key_ranks.len())
    }

    /// Whether a piece of text may occur in any event: in a field's name, in what most events say, or in an identifier.
    pub(crate) fn is_common(&self, piece: &str) -> bool {
        let fields = || self.nodes.iter().filter_map(|node| node.field.as_ref());
        piece.chars().all(|c| self.identifier_characters.contains(c))
            || self.common_texts.iter().any(|text| text.contains(piece))
            || fields().any(|field| {
                field.path.contains(piece) || (!field.varies && field.ordinary.iter().any(|text| text.contains(piece)))
            })
    }
}
