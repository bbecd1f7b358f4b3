//! Reading a saved plan, and saying how it differs from one that was made now.

use serde::Deserialize;
use thiserror::Error;

use super::{Plan, SCHEMA_VERSION, Step};

/// Why a document is no plan that can be carried out.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It is not JSON, or of another shape.
    #[error("it is no plan: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is a plan of version {0}, and this program carries out version {SCHEMA_VERSION}: make a new one")]
    Version(u32),
    /// Addresses are masked.
    #[error(
        "its addresses are masked, as `--format json` writes them: such a plan can be read, not carried out; save one with --plan-out FILE"
    )]
    Masked,
    /// Somebody changed it.
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

#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

impl Plan {
    /// Reads a saved plan.
    ///
    /// # Errors
    /// See [`DocumentError`].
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let version: Version = serde_json::from_str(text)?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(DocumentError::Version(version.schema_version));
        }
        let plan: Self = serde_json::from_str(text)?;
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
