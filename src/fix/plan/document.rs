//! Reading a saved plan, and saying how it differs from one that was made now.
//!
//! A plan is applied: a field that is not known is refused, wherever it is, and not passed over as in a saved
//! account. It could be part of what is done.

use thiserror::Error;

use super::{Plan, SCHEMA_VERSION, Step};
use crate::document::{self, Head, Misshapen, Refusal};

/// Why a document is no plan that can be carried out.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It is something else.
    #[error("it is not a plan: {0}; save one with --plan-out FILE")]
    NotAPlan(&'static str),
    /// It is broken JSON, or of another shape.
    #[error("it is not a plan: {}", .0.error)]
    Shape(#[from] Misshapen),
    /// It is of another version.
    #[error("it is a plan of version {0}, and this program applies version {SCHEMA_VERSION}: make a new one")]
    Version(u64),
    /// Addresses are masked.
    #[error(
        "its addresses are masked, as `--format json` writes them: such a plan can be read, not applied; save one with --plan-out FILE"
    )]
    Masked,
    /// It was changed.
    #[error(
        "it was changed after it was made: its fingerprint is {found}, and that of what it would do is {wanted}; make a new one"
    )]
    Changed {
        /// The fingerprint that the document has.
        found: String,
        /// The fingerprint of its content.
        wanted: String,
    },
}

impl From<Refusal> for DocumentError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Other(why) => Self::NotAPlan(why),
            Refusal::Misshapen(error) => Self::Shape(error),
            Refusal::Newer(found) => Self::Version(found),
        }
    }
}

impl Plan {
    /// Reads a saved plan.
    ///
    /// # Errors
    /// See [`DocumentError`].
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let text = document::without_mark(text).as_bytes();
        Head::parse(text)?.check(SCHEMA_VERSION)?;
        let plan: Self = document::exactly(text)?;
        if plan.endpoints_masked {
            return Err(DocumentError::Masked);
        }
        let wanted = plan.digest();
        if plan.fingerprint != wanted {
            return Err(DocumentError::Changed { found: plan.fingerprint, wanted });
        }
        Ok(plan)
    }

    /// How another plan differs from this one in what is done: a line for each step.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let find = |plan: &Self, id: &str| plan.steps.iter().find(|step| step.id == id).cloned();
        let gone = self.steps.iter().filter(|step| find(other, &step.id).is_none());
        let mut lines: Vec<String> = gone.map(|step| format!("no longer: {}", step.id)).collect();
        for step in &other.steps {
            match find(self, &step.id) {
                None => lines.push(format!("in addition: {}", step.id)),
                Some(was) if was != *step => lines.push(format!("otherwise: {} ({})", step.id, changed(&was, step))),
                Some(_) => {}
            }
        }
        if lines.is_empty() && self.steps != other.steps {
            lines.push("in another order".to_owned());
        }
        lines
    }
}

/// What of a step differs.
fn changed(was: &Step, is: &Step) -> &'static str {
    if was.action != is.action {
        "another content"
    } else if was.rules != is.rules {
        "for other controls"
    } else {
        "after other steps"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::plan::fingerprint::tests::plan;

    fn text() -> String {
        serde_json::to_string(&plan()).expect("a plan is JSON")
    }

    fn refused(text: &str) -> String {
        Plan::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        assert_eq!(Plan::parse(&text()).expect("a plan"), plan());
        assert_eq!(Plan::parse(&format!("\u{feff}{}", text())).expect("a plan"), plan());
    }

    #[test]
    fn a_plan_that_somebody_changed_is_refused() {
        for changed in [
            text().replace("hooks.example.com/a", "hooks.example.com/b"),
            text().replace("\"allow_update\":false", "\"allow_update\":true"),
            text().replace("\"verdict\":\"cis\"", "\"verdict\":\"effective\""),
        ] {
            assert!(
                refused(&changed).starts_with("it was changed after it was made: its fingerprint is "),
                "{changed}"
            );
        }
        // Nothing that is done.
        assert!(Plan::parse(&text().replace("2026-01-02", "2026-01-03")).is_ok());
    }

    #[test]
    fn what_is_no_plan_is_refused_by_what_it_is() {
        let newer = text().replace("\"schema_version\":1", "\"schema_version\":2,\"new\":{}");
        let message = "it is a plan of version 2, and this program applies version 1: make a new one";
        assert_eq!(refused(&newer), message);
        let masked = text().replace("\"collected_at\"", "\"endpoints_masked\":true,\"collected_at\"");
        assert!(refused(&masked).contains("save one with --plan-out FILE"), "{}", refused(&masked));
        for broken in ["", "[]", "{}", "{\"schema_version\":\"1\"}", "{\"schema_version\":1}", "\u{0}", &text()[..200]]
        {
            assert!(refused(broken).starts_with("it is not a plan: "), "{broken}");
        }
        assert!(refused(&text().replace("\"steps\"", "\"stepz\"")).contains("unknown field `stepz`"));
    }

    /// Also where a type passes it over in a saved account.
    #[test]
    fn an_unknown_field_is_refused_wherever_it_is() {
        let whole = text();
        for (with, message) in [
            (whole.replace("\"steps\"", "\"later\":1,\"steps\""), "unknown field `later`"),
            (whole.replace("\"allow_update\"", "\"later\":1,\"allow_update\""), "unknown field `later`"),
            (whole.replace("\"protocol\"", "\"later\":1,\"protocol\""), "unknown field `later`"),
        ] {
            assert_ne!(with, whole);
            assert!(refused(&with).contains(message), "{}", refused(&with));
        }
        let update = |selector: &str| {
            let change = format!(r#"{{"from":{{}},"to":{{"basic":[{{{selector}}}]}}}}"#);
            serde_json::from_str::<Step>(&format!(
                r#"{{"id":"i","after":[],"rules":[],"action":"update_trail","resource":{{"arn":"a","selectors":{change}}}}}"#
            ))
        };
        assert!(update(r#""read_write_type":"All""#).is_ok());
        let error = update(r#""read_write_type":"All","later":1"#).expect_err("a field that is not known").to_string();
        assert!(error.starts_with("unknown field `to.basic[0].later`"), "{error}");
    }

    #[test]
    fn two_plans_differ_by_their_steps() {
        let plan = plan();
        assert_eq!(plan.differences(&plan), [""; 0]);
        let mut other = plan.clone();
        other.steps[0].rules.push("3.5".to_owned());
        assert_eq!(plan.differences(&other), ["otherwise: subscription/alerts/https-1 (for other controls)"]);
        other.steps[0].id = "subscription/other/https-1".to_owned();
        let both = ["no longer: subscription/alerts/https-1", "in addition: subscription/other/https-1"];
        assert_eq!(plan.differences(&other), both);
    }
}
