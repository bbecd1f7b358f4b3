//! Files that the command line names: what they are called, and their text.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;

use super::stderr::say;
use crate::document::Ignored;
use crate::escape;

/// The most characters of a field's path that are shown.
const PATH_CHARACTERS: usize = 80;

/// What a message calls a file, or standard input, which is called `-` on the command line.
pub(super) fn name_of(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// A file's text, or that of standard input.
pub(super) fn text_of(file: &Path) -> anyhow::Result<String> {
    let name = name_of(file);
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes)
        .map_err(|error| anyhow::anyhow!("{name}: not UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
}

/// Says in one line which fields of a document were passed over, if any were. `name`: what the document is called.
pub(super) fn say_ignored(name: &str, ignored: &Ignored) {
    if ignored.named.is_empty() {
        return;
    }
    let shown = |path: &String| escape::terminal(&escape::shortened(path, PATH_CHARACTERS)).into_owned();
    let mut fields = ignored.named.iter().map(shown).collect::<Vec<_>>().join(", ");
    if ignored.others > 0 {
        fields.push_str(&format!(" and {} more", ignored.others));
    }
    say(&format!("note: {}: unknown fields are ignored: {fields}", escape::terminal(name)));
}
