//! What `--version` prints.

use std::sync::LazyLock;

use crate::snapshot::{TOOL_COMMIT, TOOL_VERSION};

/// The version, with the beginning of the commit where the build knows it: what `--version` says, and `-V` says without.
pub(super) fn long() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| version_of(TOOL_COMMIT));
    &VERSION
}

/// As `git describe` abbreviates a commit; that files had been changed is said too.
fn version_of(commit: Option<&str>) -> String {
    let Some(commit) = commit else { return TOOL_VERSION.to_owned() };
    let (hash, changes) = commit.split_at(commit.find('+').unwrap_or(commit.len()));
    format!("{TOOL_VERSION} ({}{changes})", hash.get(..SHORT_COMMIT).unwrap_or(hash))
}

/// Digits of a commit for people.
const SHORT_COMMIT: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_says_its_commit_and_another_build_does_not() {
        let hash = "68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b";
        assert_eq!(version_of(None), TOOL_VERSION);
        assert_eq!(version_of(Some(hash)), format!("{TOOL_VERSION} (68b06c0)"));
        assert_eq!(version_of(Some(&format!("{hash}+changes"))), format!("{TOOL_VERSION} (68b06c0+changes)"));
        assert_eq!(version_of(Some("é")), format!("{TOOL_VERSION} (é)"));
    }
}
