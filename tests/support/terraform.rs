//! Real plans: Terraform itself, from `PyPI`, with a provider that has schemas only (`python/provider.py`).

use std::path::{Path, PathBuf};

use super::python::{self, TERRAFORM};

/// The plan of the configuration in a directory, as JSON; nothing where Python cannot run. `options`: those of
/// `terraform plan`.
///
/// # Panics
/// Terraform does not take the configuration.
pub(crate) fn plan(directory: &Path, options: &[&str]) -> Option<String> {
    let interpreter = TERRAFORM.or_skip()?;
    let output = python::script(interpreter, "plan.py").arg(directory).args(options).output().expect("Python runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    Some(String::from_utf8(output.stdout).expect("JSON is text"))
}

/// Writes files of a configuration, with the block that it needs in each directory.
pub(crate) fn configuration(root: &Path, files: &[(&str, &str)]) -> PathBuf {
    let directory = root.join("infra");
    for (file, text) in files {
        let path = directory.join(file);
        let parent = path.parent().expect("a file is in a directory");
        std::fs::create_dir_all(parent).expect("a temporary directory");
        std::fs::write(path, text).expect("a temporary file");
    }
    directory
}
