//! What the parsers and schemas of third parties make of the tool's documents. Many documents are judged by one process:
//! starting Python costs more than reading them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::python::{self, Environment};

/// A document to be judged.
pub(crate) struct Document {
    /// A reader of `python/validate.py`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// The JSON Schema that it should obey, for kinds that have one.
    pub(crate) schema: Value,
}

/// What was read in each document, in their order; nothing where Python cannot run.
pub(crate) fn facts(environment: &'static Environment, documents: &[Document]) -> Option<Vec<Value>> {
    let interpreter = environment.or_skip()?;
    let request: Vec<Value> = documents
        .iter()
        .map(|document| json!({ "kind": document.kind, "text": document.text, "schema": document.schema }))
        .collect();
    let mut child = python::script(interpreter, "validate.py")
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the environment's interpreter runs");
    let mut input = child.stdin.take().expect("standard input was piped");
    let text = Value::from(request).to_string();
    // It reads everything before it writes anything.
    input.write_all(text.as_bytes()).expect("the script reads");
    drop(input);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let facts: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the script answers in JSON");
    for (document, facts) in documents.iter().zip(&facts) {
        assert_eq!(facts["error"], Value::Null, "{} is refused:\n{}", document.kind, document.text);
    }
    Some(facts)
}

/// The standard's JSON Schema of SARIF 2.1.0, which the crate that reads SARIF brings along.
pub(crate) fn sarif_schema() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What other platforms need was never downloaded.
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, as it does for the tests");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("the crate is a dependency");
    let manifest = std::path::Path::new(package["manifest_path"].as_str().expect("a path"));
    let schema = std::fs::read(manifest.with_file_name("src").join("schema.json")).expect("the crate has the schema");
    serde_json::from_slice(&schema).expect("a schema is JSON")
}

/// The platform that the tests run on, as rustc calls it.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs, as it did to build the tests");
    let text = String::from_utf8(output.stdout).expect("rustc answers in text");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}
