//! A log event as a JSON pattern sees it: a JSON object, with numbers as far as they matter and duplicate keys marked.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// An integer, as written.
    Integer(String),
    /// A number with a fraction or an exponent.
    Double(f64),
    Text(String),
    List(Vec<Json>),
    /// Members in the order written; a key that occurs twice makes the object's reading unknown.
    Object {
        members: Vec<(String, Json)>,
        duplicate: bool,
    },
}

/// Reads an event. `None` if it is not a JSON object and nothing but that.
pub(super) fn read(text: &str) -> Option<Json> {
    serde_json::from_str::<Json>(text).ok().filter(|json| matches!(json, Json::Object { .. }))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Integer(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut duplicate = false;
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            duplicate |= members.iter().any(|(known, _)| *known == key);
            members.push((key, value));
        }
        Ok(Json::Object { members, duplicate })
    }
}
