//! An event held against the laws of its model: what the fields that no pattern looks at must hold, and what of the
//! event is unusual. It makes no choice that the laws do not make.

use std::collections::BTreeMap;

use crate::prove::kind::{Kind, Kinds};
use crate::prove::model::{Claim, Content, EventModel, Is, Law, ROOT, Shown, Text};
use crate::prove::places::Places;
use crate::prove::values::{Chosen, Values};

/// What is known of an event's fields.
pub(crate) struct Record<'a> {
    model: &'a EventModel,
    places: &'a Places<'a>,
    /// The values at the places that patterns look at.
    values: &'a Values,
    /// The values of other fields, as it follows from the laws.
    assumed: BTreeMap<usize, Chosen>,
}

impl<'a> Record<'a> {
    /// What follows of an event. None: it breaks a law, whatever is elsewhere.
    pub(crate) fn new(places: &'a Places<'a>, values: &'a Values) -> Option<Self> {
        let mut record = Self { model: places.model, places, values, assumed: BTreeMap::new() };
        // What always holds first: what nearly always does must not contradict it.
        (record.follow(|law| law.exception.is_none()) && record.follow(|law| law.exception.is_some())).then_some(record)
    }

    /// What the event is an example of, where it is unusual.
    pub(crate) fn exceptions(&self) -> Vec<Text> {
        let strange = self.places.strange().filter(|(place, _)| self.values[*place] != Chosen::Missing);
        let mut all: Vec<Text> = Vec::new();
        all.extend(strange.take(1).map(|(_, what)| what.clone()));
        let assumed = self.assumed.keys().flat_map(|node| self.model.laws_of(*node));
        for law in self.places.touching().iter().map(|touching| touching.law).chain(assumed) {
            let Some(exception) = &law.exception else { continue };
            if !all.contains(exception) && self.is_broken(law) {
                all.push(exception.clone());
            }
        }
        all
    }

    /// Settles a field that is shown though nothing follows for it. False if that breaks a law.
    pub(crate) fn show(&mut self, node: usize, text: String) -> bool {
        self.assumed.insert(node, Chosen::Text(text));
        let breaks = self.model.laws_of(node).any(|law| self.is_broken(law));
        if breaks {
            self.assumed.remove(&node);
        }
        !breaks
    }

    /// Assumes what some laws leave no choice about, and what follows of that. False if one is broken that has no exception.
    fn follow(&mut self, which: impl Fn(&Law) -> bool) -> bool {
        let mut waiting = Vec::new();
        // Of fields that all have a place the search has seen to it.
        let open = self.places.touching().iter().filter(|touching| touching.is_open);
        for law in open.map(|touching| touching.law).filter(|law| which(law)) {
            if !self.heed(law, &mut waiting) {
                return false;
            }
        }
        while let Some(node) = waiting.pop() {
            for law in self.model.laws_of(node).filter(|law| law.exception.is_none() || which(law)) {
                if !self.heed(law, &mut waiting) {
                    return false;
                }
            }
        }
        true
    }

    /// Assumes what a law leaves no choice about; the field waits to be followed. False if the law is broken and has no
    /// exception.
    fn heed(&mut self, law: &Law, waiting: &mut Vec<usize>) -> bool {
        match self.consequence(law) {
            Consequence::Kept => {}
            Consequence::Broken if law.exception.is_some() => {}
            Consequence::Broken => return false,
            Consequence::Is(claim) => {
                if self.assume(claim) {
                    waiting.push(claim.node);
                }
            }
        }
        true
    }

    fn consequence<'l>(&self, law: &'l Law) -> Consequence<'l> {
        let mut open = None;
        for claim in &law.claims {
            match self.truth(claim) {
                Some(true) => return Consequence::Kept,
                Some(false) => {}
                // A second one leaves a choice.
                None if open.is_some() => return Consequence::Kept,
                None => open = Some(claim),
            }
        }
        open.map_or(Consequence::Broken, Consequence::Is)
    }

    fn is_broken(&self, law: &Law) -> bool {
        law.claims.iter().all(|claim| self.truth(claim) == Some(false))
    }

    pub(crate) fn holds(&self, node: usize, is: &Is) -> bool {
        self.content(node).is_some_and(|content| is.holds(content))
    }

    fn truth(&self, claim: &Claim) -> Option<bool> {
        self.content(claim.node).map(|content| claim.is.holds(content) == claim.wanted)
    }

    /// What is settled about the value of a field.
    pub(crate) fn content(&self, node: usize) -> Option<Content<'_>> {
        if let Some(place) = self.places.at_node(node) {
            return Some(self.values[place].content());
        }
        if let Some(chosen) = self.assumed.get(&node) {
            return Some(chosen.content());
        }
        // Where there is nothing to be part of, there is no part.
        let mut above = self.model.above(node);
        while let Some(at) = above.filter(|at| *at != ROOT) {
            if let Some(place) = self.places.at_node(at) {
                let is_object = self.values[place] == Chosen::Object;
                return (!is_object).then_some(Content::Of(Kind::Missing));
            }
            above = self.model.above(at);
        }
        None
    }

    /// Makes a claim true of a field that nothing looks at, by a value that breaks no other law if there is one. False
    /// where many would, and none need be chosen.
    fn assume(&mut self, claim: &Claim) -> bool {
        let mut first = None;
        for chosen in self.candidates(claim) {
            self.assumed.insert(claim.node, chosen.clone());
            if !self.model.laws_of(claim.node).any(|law| self.is_broken(law)) {
                return true;
            }
            first = first.or(Some(chosen));
        }
        match first {
            Some(chosen) => self.assumed.insert(claim.node, chosen),
            None => self.assumed.remove(&claim.node),
        };
        self.assumed.contains_key(&claim.node)
    }

    fn candidates(&self, claim: &Claim) -> Vec<Chosen> {
        let known = self.model.known(Some(claim.node), "");
        match (&claim.is, claim.wanted) {
            (Is::Texts(texts), true) => {
                let ordinary = self.suggested(claim.node).chain(known.ordinary.iter().map(|text| &**text));
                let all = ordinary.filter(|text| texts.contains(text)).chain(texts.first());
                all.map(|text| Chosen::Text(text.to_owned())).collect()
            }
            // One of the others, where these are known.
            (Is::Texts(texts), false) if self.model.laws_of(claim.node).any(|law| law.of_field.is_some()) => {
                let others = known.ordinary.iter().filter(|text| !texts.contains(text));
                others.map(|text| Chosen::Text(text.clone().into_owned())).collect()
            }
            (Is::Texts(_), false) => Vec::new(),
            (Is::Kinds(kinds), wanted) => {
                let kinds = if wanted { *kinds } else { Kinds::ANY.except(*kinds) };
                let applies = |shown: &&Shown| {
                    shown.node == claim.node && shown.when.as_ref().is_none_or(|(node, is)| self.holds(*node, is))
                };
                let shown = self.model.all_shown().iter().find(applies).map(|shown| &*shown.text);
                let text = self.suggested(claim.node).next().or(shown);
                let text = text.or(known.ordinary.first().map(|text| &**text));
                plain(kinds.and(known.kinds), text.unwrap_or("example"))
            }
        }
    }

    /// Texts of a field that go with the rest of the event.
    pub(crate) fn suggested(&self, node: usize) -> impl Iterator<Item = &'a str> {
        self.model.suggested(node, |other| self.content(other))
    }
}

/// What a law says of an event not all of which is known.
enum Consequence<'l> {
    /// It holds, or can be made to hold in several ways.
    Kept,
    Broken,
    /// It holds only if this is true.
    Is(&'l Claim),
}

/// A value of each of these kinds, the plainest first.
fn plain(kinds: Kinds, text: &str) -> Vec<Chosen> {
    [
        (Kind::Missing, Chosen::Missing),
        (Kind::Text, Chosen::Text(text.to_owned())),
        (Kind::Null, Chosen::Null),
        (Kind::Object, Chosen::Object),
        (Kind::False, Chosen::False),
        (Kind::True, Chosen::True),
        (Kind::Array, Chosen::Array),
        (Kind::Number, Chosen::Number("1".to_owned())),
    ]
    .into_iter()
    .filter_map(|(kind, chosen)| kinds.has(kind).then_some(chosen))
    .collect()
}
