//! Says which commit a release is built from: what made a report is part of the evidence.
//!
//! Only in the release profile, so that a commit builds nothing anew that is developed, and tests see no moving text. In
//! this order: what the environment says (`CIS_AUDIT_COMMIT`), what `cargo package` wrote (`.cargo_vcs_info.json`), and
//! git, if these sources are a checkout of their own and not a folder in somebody else's. Otherwise nothing is said, and
//! that is no error.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a release is made of. A change in it is a change of what was committed.
const SOURCES: [&str; 7] =
    ["Cargo.lock", "Cargo.toml", "build.rs", "crates/filter-pattern", "fixtures/accounts/demo.json", "rules", "src"];

/// What `cargo package` writes about the commit.
const VCS_INFO: &str = ".cargo_vcs_info.json";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CIS_AUDIT_COMMIT");
    if env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let Some(root) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return };
    if let Some(commit) = given().or_else(|| packed(&root)).or_else(|| checked_out(&root)) {
        println!("cargo:rustc-env=CIS_AUDIT_BUILD_COMMIT={commit}");
    }
}

/// What the environment says.
fn given() -> Option<String> {
    let commit = env::var("CIS_AUDIT_COMMIT").ok()?;
    is_commit(&commit).then_some(commit)
}

/// What a package says: `{"git": {"sha1": "…", "dirty": true}, …}` (Cargo book, "cargo package").
fn packed(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join(VCS_INFO)).ok()?;
    println!("cargo:rerun-if-changed={VCS_INFO}");
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (_, rest) = text.split_once("\"sha1\":\"")?;
    let (commit, _) = rest.split_once('"')?;
    is_commit(commit).then(|| marked(commit, text.contains("\"dirty\":true")))
}

/// What git says of a checkout of these sources.
fn checked_out(root: &Path) -> Option<String> {
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    // A file that is not there would have this run at every build.
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let file = git(root, &["rev-parse", "--git-path", name]).map(|file| root.join(file));
        if let Some(file) = file.filter(|file| file.exists()) {
            println!("cargo:rerun-if-changed={}", file.display());
        }
    }
    for source in SOURCES.iter().filter(|source| root.join(source).exists()) {
        println!("cargo:rerun-if-changed={source}");
    }
    let commit = git(root, &["rev-parse", "HEAD"])?;
    let status = ["status", "--porcelain", "--"].iter().chain(&SOURCES).copied().collect::<Vec<_>>();
    // Where git does not say whether something was changed, it may have been.
    let is_changed = git(root, &status).is_none_or(|changes| !changes.is_empty());
    is_commit(&commit).then(|| marked(&commit, is_changed))
}

fn marked(commit: &str, is_changed: bool) -> String {
    format!("{commit}{}", if is_changed { "+changes" } else { "" })
}

/// What git prints, without the end of its line; `None`: there is no git, or it fails.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

/// A SHA-1 or SHA-256 in hexadecimal digits.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
