//! Reads a report only for what this program does not know in it, by the schema of its own reports: so nothing has to list
//! the fields of a report a second time. It says nothing of what is right or wrong in one.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What one place of a document can hold. Whatever deserializes into it takes what the schema describes, and ignores the
/// rest, which [`document`](crate::document) notes.
pub(super) struct Known<'a> {
    root: &'a Value,
    /// The forms that the schema allows here. None: it does not say, so that everything is known.
    forms: Vec<&'a Value>,
}

impl<'a> Known<'a> {
    /// A whole document of the schema.
    pub(super) fn from_schema(root: &'a Value) -> Self {
        Self { root, forms: vec![root] }
    }

    fn from_schemas(root: &'a Value, schemas: impl Iterator<Item = &'a Value>) -> Self {
        let mut forms = Vec::new();
        let mut open: Vec<&Value> = schemas.collect();
        while let Some(schema) = open.pop() {
            let alternatives = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|word| schema.get(word)?.as_array());
            open.extend(alternatives.flatten());
            let named = schema.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix('#'));
            open.extend(named.and_then(|place| root.pointer(place)));
            forms.push(schema);
        }
        Self { root, forms }
    }

    /// What a field can hold. `None`: no form has such a field.
    fn field(&self, name: &str) -> Option<Self> {
        let mut members = self.forms.iter().filter_map(|form| form.get("properties")).peekable();
        if members.peek().is_none() {
            return Some(Self { root: self.root, forms: Vec::new() });
        }
        let fields: Vec<&Value> = members.filter_map(|members| members.get(name)).collect();
        (!fields.is_empty()).then(|| Self::from_schemas(self.root, fields.into_iter()))
    }

    fn items(&self) -> Self {
        Self::from_schemas(self.root, self.forms.iter().filter_map(|form| form.get("items")))
    }
}

impl<'de> DeserializeSeed<'de> for Known<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Known<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.items())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            match self.field(&name) {
                Some(known) => fields.next_value_seed(known)?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::open_as;

    #[test]
    fn what_the_schema_does_not_have_is_noted() {
        let schema = json!({
            "properties": {
                "results": { "items": { "$ref": "#/$defs/Result" } },
                "trail": { "anyOf": [{ "$ref": "#/$defs/Trail" }, { "type": "null" }] },
                "event": { "type": "object" },
            },
            "$defs": {
                "Result": { "properties": { "rule": { "type": "string" }, "trail": { "$ref": "#/$defs/Trail" } } },
                "Trail": { "properties": { "arn": { "type": "string" } } },
            },
        });
        let ignored = |text: &str| open_as(text.as_bytes(), Known::from_schema(&schema)).expect(text).ignored.named;
        let known = r#"{ "results": [{ "rule": "3.1", "trail": { "arn": "a" } }], "trail": null, "event": { "x": [{ "y": 1.5 }] } }"#;
        assert_eq!(ignored(known), [""; 0]);
        let later = r#"{ "later": [], "results": [{ "rule": 1, "more": 1 }, { "trail": { "arn": -1, "z": {} } }], "trail": { "n": true } }"#;
        assert_eq!(ignored(later), ["later", "results[0].more", "results[1].trail.z", "trail.n"]);
    }
}
