//! Whether a text is a plan or a state, by the first keys of its object: the rest may be two hundred megabytes.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

/// What Terraform and `OpenTofu` show as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a run would do: `terraform show -json PLAN`.
    Plan,
    /// What there is: `terraform show -json`.
    State,
}

impl Kind {
    /// What a text is; `None`: neither. A text that is cut off is known by its beginning.
    #[must_use]
    pub fn detect(text: &str) -> Option<Self> {
        let mut keys = Keys::default();
        let mut json = serde_json::Deserializer::from_str(crate::document::without_mark(text));
        // Reading ends with the key that decides, as an error.
        drop(json.deserialize_map(&mut keys));
        keys.kind.or_else(|| (keys.is_whole && keys.is_versioned).then_some(Self::State))
    }
}

/// What a text that is neither looks like, if it is another form of a plan or state.
#[must_use]
pub fn resembles(text: &str) -> Option<&'static str> {
    let start = text.get(..text.len().min(4096)).unwrap_or_default().trim_start();
    let is_object = start.starts_with('{');
    match () {
        () if text.starts_with("PK\u{3}\u{4}") => {
            Some("a saved plan in Terraform's own form: `terraform show -json PLAN` shows it as JSON")
        }
        () if is_object && start.contains("\"encrypted_data\"") && start.contains("\"meta\"") => {
            Some("a state or plan that OpenTofu has encrypted: `tofu show -json`, with its key, shows it as JSON")
        }
        () if is_object && start.contains("\"@level\"") && start.contains("\"@message\"") => {
            Some("the messages of `terraform plan -json`: `terraform show -json PLAN` shows the plan")
        }
        () if is_object && start.contains("\"lineage\"") && start.contains("\"serial\"") => {
            Some("a state in Terraform's own form: `terraform show -json` shows it as JSON")
        }
        () => None,
    }
}

/// Those keys of an object that are needed.
#[derive(Default)]
struct Keys {
    kind: Option<Kind>,
    is_versioned: bool,
    is_whole: bool,
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            self.kind = match &*key {
                "planned_values"
                | "resource_changes"
                | "resource_drift"
                | "output_changes"
                | "prior_state"
                | "configuration"
                | "relevant_attributes" => Some(Kind::Plan),
                "values" if self.is_versioned => Some(Kind::State),
                // A template, whatever else it has.
                "Resources" | "AWSTemplateFormatVersion" => return Err(A::Error::custom("a template")),
                _ => None,
            };
            if self.kind.is_some() {
                return Err(A::Error::custom("decided"));
            }
            self.is_versioned |= key == "format_version";
            map.next_value::<IgnoredAny>()?;
        }
        self.is_whole = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_is_named() {
        let state = r#"{"serial":3,"lineage":"a","meta":{"key_provider.pbkdf2.k":"e30="},"encrypted_data":"AAAA","encryption_version":"v0"}"#;
        let plan = r#"{"meta":{"key_provider.pbkdf2.k":"e30="},"encrypted_data":"AAAA","encryption_version":"v0"}"#;
        for text in [state, plan] {
            assert!(resembles(text).is_some_and(|what| what.contains("OpenTofu has encrypted")), "{text}");
        }
    }

    #[test]
    fn the_first_keys_decide() {
        for (text, wanted) in [
            (r#"{"format_version":"1.2","terraform_version":"1.15.5","planned_values":{"#, Some(Kind::Plan)),
            (r#"{"planned_values": nonsense"#, Some(Kind::Plan)),
            (r#"{"resource_changes":[]}"#, Some(Kind::Plan)),
            (r#"{"format_version":"1.0","values":{}}"#, Some(Kind::State)),
            (r#"{"format_version":"1.0"}"#, Some(Kind::State)),
            (r#"{"format_version":"1.0""#, None),
            (r#"{"values":{}}"#, None),
            (r#"{"Resources":{},"planned_values":{}}"#, None),
            ("[]", None),
            ("", None),
            ("format_version: 1", None),
        ] {
            assert_eq!(Kind::detect(text), wanted, "{text}");
        }
    }
}
