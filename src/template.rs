//! The plan of a fix as infrastructure code, for accounts that no tool may touch: CloudFormation or Terraform.
//!
//! ```text
//! Report × Snapshot × Options ──planner──▶ Plan ──▶ Template ──▶ CloudFormation YAML, Terraform HCL
//! ```
//!
//! A template holds what the plan would create and refers to what is there. What a plan would change cannot be said in
//! code that does not own it, so that is a task for a person, with its commands. It must not decide anything: names,
//! patterns and policies are the plan's. For no account in particular ([`whole`]) the plan is that of an account in which
//! nothing is, and whatever is the account's own is filled in where the template is deployed.

use std::io;

mod cloudformation;
mod engine;
mod from_plan;
mod hcl;
mod manual;
mod model;
mod stand_in;
mod terraform;
#[cfg(test)]
mod tests;
mod yaml;

pub use self::engine::engine;
pub use self::from_plan::missing;
pub use self::model::{Language, Task, Template, TemplateError};
pub use self::stand_in::whole;

impl Template {
    /// Writes it.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write(&self, language: Language, out: &mut dyn io::Write) -> io::Result<()> {
        let text = match language {
            Language::Cloudformation => cloudformation::written(self),
            Language::Terraform => terraform::written(self),
        };
        out.write_all(text.as_bytes())
    }
}
