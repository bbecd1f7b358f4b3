//! What all documents of this program begin with, and how they are written.

use std::io::{self, Write as _};

use schemars::JsonSchema;
use serde::Serialize;

use super::identity;
use crate::escape::JsonWriter;
use crate::snapshot::TOOL_COMMIT;

/// Version of the JSON report's shape; fields may be added without a new one.
pub const SCHEMA_VERSION: u32 = 1;

/// What judged.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// The commit that it was built from. Only where it says so: builds for development do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'static str>,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: identity::TOOL, version: identity::VERSION, commit: TOOL_COMMIT };

/// Writes a document as JSON, indented, with a newline at the end.
pub(super) fn write(document: &(impl Serialize + ?Sized), out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = JsonWriter::new(out);
    serde_json::to_writer_pretty(&mut writer, document)?;
    writer.write_all(b"\n")?;
    writer.finish()
}
