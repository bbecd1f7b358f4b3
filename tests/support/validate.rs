//! Documents that the tool writes, judged by programs of others.

use std::io::Write as _;
use std::process::Stdio;

use super::python;

/// What is wrong with some documents of one kind, each by its name: nothing, or a line for each complaint. `None` where
/// there is no Python to ask.
///
/// # Panics
/// If the validator itself fails.
pub(crate) fn complaints(kind: &str, documents: &[(&str, String)]) -> Option<Vec<String>> {
    let interpreter = python::VALIDATORS.or_skip()?;
    // One process for all: starting Python takes longer than reading a document.
    let input = serde_json::to_vec(documents).expect("texts are JSON");
    let mut command = python::script(interpreter, "validate.py");
    let command = command.arg(kind).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the interpreter runs");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(&input).expect("the validator reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("the validator ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("a list of complaints"))
}
