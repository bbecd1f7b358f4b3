//! The rules in the binary against the directory, and directories that are wrong.

use std::collections::BTreeSet;

use super::*;

fn write(dir: &Path, name: &str, id: &str, slug: &str) {
    let text = format!(
        r#"id = "{id}"
slug = "{slug}"
title = "t"
level = 1
severity = "low"
metric_name = "M"
requires = '{{ $.eventName = "StopLogging" }}'
pattern = '{{ $.eventName = StopLogging }}'
rationale = "r"
remediation = "r"
references = ["https://example.com/"]
related = []
"#
    );
    fs::write(dir.join(name), text).unwrap();
}

fn message(dir: &Path) -> String {
    let text = Catalog::from_dir(dir).unwrap_err().to_string();
    text.replace(&dir.display().to_string(), "DIR")
}

#[test]
fn the_list_is_the_directory() {
    let listed: BTreeSet<String> = BUILTIN.iter().map(|(name, _)| (*name).to_owned()).collect();
    let on_disk: BTreeSet<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(listed, on_disk);
}

#[test]
fn a_file_is_named_after_its_number_and_its_slug() {
    for (name, text) in BUILTIN {
        let rule = file::read(name, text).unwrap().rule;
        assert_eq!(*name, format!("{}.{:02}-{}.toml", rule.id.section, rule.id.number, rule.slug));
    }
}

#[test]
fn the_catalog_holds_3_1_to_3_14_in_order() {
    let catalog = Catalog::builtin().unwrap();
    let ids: Vec<String> = catalog.rules().iter().map(|rule| rule.id.to_string()).collect();
    assert_eq!(
        ids,
        ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
    );
    assert_eq!(catalog.get(RuleId { section: 3, number: 10 }).unwrap().slug, "security-group-changes");
    assert_eq!(catalog.by_slug("iam-policy-changes").unwrap().id, RuleId { section: 3, number: 4 });
    assert!(catalog.get(RuleId { section: 4, number: 4 }).is_none());
    assert!(catalog.by_slug("3.4").is_none());
}

#[test]
fn only_the_controls_about_every_service_have_no_event_source() {
    let catalog = Catalog::builtin().unwrap();
    let everywhere: Vec<String> =
        catalog.rules().iter().filter(|rule| rule.event_source.is_none()).map(|rule| rule.id.to_string()).collect();
    assert_eq!(everywhere, ["3.1", "3.3"]);
}

#[test]
fn a_rule_demands_events_of_its_own_service() {
    for rule in Catalog::builtin().unwrap().rules() {
        if let Some(source) = &rule.event_source {
            assert!(rule.requires.source().contains(source.as_str()), "{}", rule.id);
        }
    }
}

#[test]
fn a_directory_of_rules_replaces_the_builtin_ones() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "b.toml", "3.10", "ten");
    write(dir.path(), "a.toml", "3.9", "nine");
    fs::write(dir.path().join("README.md"), "not a rule").unwrap();
    let catalog = Catalog::from_dir(dir.path()).unwrap();
    let slugs: Vec<&str> = catalog.rules().iter().map(|rule| rule.slug.as_str()).collect();
    assert_eq!(slugs, ["nine", "ten"]);
}

#[test]
fn the_repositorys_own_directory_is_a_catalog() {
    let rules = Catalog::from_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))).unwrap();
    assert_eq!(rules.rules().len(), 14);
}

#[test]
fn an_empty_directory_is_an_error_that_says_what_a_rule_is() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("README.md"), "not a rule").unwrap();
    assert_eq!(message(dir.path()), "DIR holds no rule: a rule is a file that ends in .toml (see rules/README.md)");
}

#[test]
fn a_missing_directory_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = Catalog::from_dir(&dir.path().join("none")).unwrap_err();
    assert!(matches!(error, RuleError::Directory { .. }), "{error}");
}

#[test]
fn a_file_that_is_no_text_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.toml"), [0xff, 0xfe]).unwrap();
    assert_eq!(message(dir.path()), "DIR/a.toml: cannot read it: stream did not contain valid UTF-8");
}

#[test]
fn two_files_cannot_share_a_number() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.toml", "3.9", "nine");
    write(dir.path(), "b.toml", "3.9", "other");
    assert_eq!(message(dir.path()), "DIR/b.toml:1:6: field `id`: `3.9` is taken by DIR/a.toml");
}

#[test]
fn two_files_cannot_share_a_name() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.toml", "3.9", "nine");
    write(dir.path(), "b.toml", "3.10", "nine");
    assert_eq!(message(dir.path()), "DIR/b.toml:2:8: field `slug`: `nine` is taken by DIR/a.toml");
}

#[test]
fn the_example_of_the_readme_is_a_rule() {
    let readme = include_str!("../../../rules/README.md");
    let example = readme.rsplit("```toml\n").next().unwrap().split("```").next().unwrap();
    let rule = file::read("9.01-organization-changes.toml", example).unwrap();
    rule.prove().unwrap();
    assert_eq!(rule.rule.id, RuleId { section: 9, number: 1 });
}

#[test]
fn every_field_is_in_the_readme() {
    let readme = include_str!("../../../rules/README.md");
    let error = file::read("x.toml", "unknown = 1").err().unwrap().to_string();
    for field in error.split("expected one of ").nth(1).unwrap().split(", ") {
        assert!(readme.contains(&format!("\n| {field} |")), "{field}");
    }
}
