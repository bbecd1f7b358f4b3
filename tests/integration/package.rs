//! What is released: both packages of the workspace, with what a build needs and nothing that only we need.

use std::process::Command;

use serde_json::Value;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("paths in UTF-8")
}

fn files_of(package: &str) -> Vec<String> {
    let list = cargo(&["package", "--list", "--offline", "--allow-dirty", "--package", package]);
    list.lines().map(|line| line.replace('\\', "/")).collect()
}

/// What cargo makes for every package.
const MADE: &[&str] = &[".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];

fn assert_holds(package: &str, wanted: &[&str], folders: &[&str]) {
    let files = files_of(package);
    for file in wanted {
        assert!(files.iter().any(|found| found == file), "{package} lacks {file}");
    }
    let is_expected = |file: &String| {
        let is_source = folders.iter().any(|folder| file.starts_with(folder));
        let is_test = file.ends_with("/tests.rs") || file.contains("/tests/");
        (is_source && !is_test) || wanted.contains(&file.as_str()) || MADE.contains(&file.as_str())
    };
    let strangers: Vec<&String> = files.iter().filter(|file| !is_expected(file)).collect();
    assert!(strangers.is_empty(), "{package} holds {strangers:#?}");
}

#[test]
fn the_program_is_released_with_what_is_embedded_in_it() {
    let wanted = [
        "LICENSE",
        "README.md",
        "docs/reference.md",
        "fixtures/accounts/demo.json",
        "rules/3.01-unauthorized-api-calls.toml",
        "src/app/man/sections.roff",
        "src/main.rs",
        "src/report/html/filter.js",
        "src/report/html/page.css",
    ];
    assert_holds("cis-audit", &wanted, &["docs/", "src/", "rules/"]);
}

#[test]
fn the_pattern_engine_is_released_with_its_sources() {
    assert_holds("filter-pattern", &["LICENSE", "README.md", "src/lib.rs"], &["src/"]);
}

#[test]
fn both_packages_name_one_address_licence_and_what_they_are_for() {
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    assert_eq!(packages.len(), 2);
    for package in packages {
        for field in ["repository", "homepage"] {
            assert_eq!(package[field], env!("CARGO_PKG_REPOSITORY"), "{field} of {}", package["name"]);
        }
        assert_eq!(package["license"], "Apache-2.0");
        assert_eq!(package["readme"], "README.md");
        assert!(package["description"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(package["keywords"].as_array().is_some_and(|words| (1..=5).contains(&words.len())));
        assert!(package["categories"].as_array().is_some_and(|words| !words.is_empty()));
    }
}
