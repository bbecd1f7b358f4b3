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
        "build.rs",
        "docs/reference.md",
        "fixtures/accounts/demo.json",
        "rules/3.01-unauthorized-api-calls.toml",
        "src/app/man/sections.roff",
        "src/main.rs",
        "src/report/html/filter.js",
        "src/report/html/page.css",
        "src/template/engine/cloudformation.yaml",
        "src/template/engine/states.json",
        "src/template/engine/terraform.tf",
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

/// A file of the repository.
fn text(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The part that looks like a version, behind each occurrence of a text.
fn versions_behind(path: &str, before: &str) -> Vec<String> {
    let text = text(path);
    let rest = text.split(before).skip(1);
    let version = |rest: &str| rest.chars().take_while(|it| it.is_ascii_digit() || *it == '.').collect::<String>();
    rest.map(version).filter(|version| !version.is_empty()).collect()
}

/// Cargo.toml has it; a file of another tool that must repeat it says the same.
#[test]
fn the_version_is_in_one_place() {
    let version = env!("CARGO_PKG_VERSION");
    for (path, before) in [
        ("pyproject.toml", "\"cis-audit=="),
        ("examples/gitlab/.gitlab-ci.yml", "CIS_AUDIT_VERSION: \""),
        ("examples/jenkins/Jenkinsfile", "CIS_AUDIT_VERSION = '"),
        ("docs/ci.md", "rev: v"),
    ] {
        assert_eq!(versions_behind(path, before), [version], "{path}");
    }
    // A release's own, or none before the first.
    let pinned = versions_behind("packaging/pypi/wheels.txt", "cis-audit==");
    assert!(pinned.iter().all(|pinned| pinned == version), "{pinned:?}");
    let wheel: toml::Table = text("packaging/pypi/pyproject.toml").parse().expect("TOML");
    assert_eq!(wheel["project"].get("version"), None);
    let dynamic = wheel["project"]["dynamic"].as_array().expect("a list");
    assert!(dynamic.iter().any(|field| field.as_str() == Some("version")));
    for path in ["action.yml", "packaging/container/Containerfile", ".github/workflows/release.yml"] {
        assert!(!text(path).contains(version), "{path} repeats the version");
    }
}

#[cfg(target_os = "linux")]
mod packed {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::support::run::EXECUTABLE;

    /// A program that is quick to pack.
    fn program(folder: &TempDir) -> String {
        let program = folder.path().join("cis-audit");
        fs::write(&program, format!("#!/bin/sh\nexec '{EXECUTABLE}' \"$@\"\n"))
            .expect("a temporary folder is writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a temporary folder is writable");
        program.display().to_string()
    }

    fn run(script: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(script));
        let output = command.args(arguments).env("SOURCE_DATE_EPOCH", "1795910400").output().expect("it runs");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    #[test]
    fn an_archive_has_the_same_bytes_each_time() {
        let folder = TempDir::new().unwrap();
        let program = program(&folder);
        let pack = |name: &str| {
            let directory = folder.path().join(name).display().to_string();
            run("tarball.sh", &[&program, "x86_64-unknown-linux-gnu", &directory])
        };
        let (one, other) = (pack("one"), pack("other"));
        let name = format!("cis-audit-{}-x86_64-unknown-linux-gnu", env!("CARGO_PKG_VERSION"));
        assert!(one.ends_with(&format!("/one/{name}.tar.gz")), "{one}");
        assert_eq!(fs::read(&one).unwrap(), fs::read(&other).unwrap());

        let listed = Command::new("tar").args(["-tzvf", &one]).output().expect("tar runs");
        let listed = String::from_utf8(listed.stdout).unwrap();
        for (mode, file) in [
            ("-rwxr-xr-x 0/0", "cis-audit"),
            ("-rw-r--r-- 0/0", "LICENSE"),
            ("-rw-r--r-- 0/0", "share/man/man1/cis-audit.1"),
            ("-rw-r--r-- 0/0", "share/man/man1/cis-audit-check.1"),
            ("-rw-r--r-- 0/0", "share/bash-completion/completions/cis-audit"),
            ("-rw-r--r-- 0/0", "share/zsh/site-functions/_cis-audit"),
            ("-rw-r--r-- 0/0", "share/fish/vendor_completions.d/cis-audit.fish"),
        ] {
            let is_it = |line: &&str| line.starts_with(mode) && line.ends_with(&format!(" {name}/{file}"));
            assert_eq!(listed.lines().filter(is_it).count(), 1, "{file}:\n{listed}");
        }
        let files = listed
            .lines()
            .filter(|line| line.starts_with('-'))
            .filter_map(|line| line.split_once(&format!(" {name}/")));
        let above: BTreeSet<&str> = files.map(|(_, file)| file).filter(|file| !file.contains('/')).collect();
        assert_eq!(above, BTreeSet::from(["CHANGELOG.md", "LICENSE", "README.md", "cis-audit"]));
        run("checksums.sh", &[&folder.path().join("one").display().to_string()]);
        let sums = fs::read_to_string(folder.path().join("one/SHA256SUMS")).unwrap();
        assert_eq!(sums.lines().count(), 1);
        assert!(sums.ends_with(&format!("  {name}.tar.gz\n")), "{sums}");
        // What installs by `cargo binstall` looks there.
        let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "cis-audit").unwrap();
        let filled = |template: &Value| {
            let template = template.as_str().expect("a template");
            let version = template.replace("{ name }", "cis-audit").replace("{ version }", env!("CARGO_PKG_VERSION"));
            version.replace("{ target }", "x86_64-unknown-linux-gnu").replace("{ bin }{ binary-ext }", "cis-audit")
        };
        let binstall = &package["metadata"]["binstall"];
        assert!(filled(&binstall["pkg-url"]).ends_with(&format!("/{name}.tar.gz")));
        assert_eq!(filled(&binstall["bin-dir"]), format!("{name}/cis-audit"));
    }

    /// Every file that the Debian package takes is there once its scripts have run.
    #[test]
    fn the_debian_package_finds_its_files() {
        let folder = TempDir::new().unwrap();
        let extras = folder.path().join("extras");
        run("extras.sh", &[&program(&folder), &extras.display().to_string()]);
        let file = extras.join("debian-changelog");
        run("debian/changelog.sh", &[&program(&folder), &file.display().to_string()]);
        let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
        let deb = &manifest["package"]["metadata"]["deb"];
        let assets = deb["assets"].as_array().expect("assets").iter().map(|asset| asset[0].as_str().expect("a path"));
        let wanted: BTreeSet<&str> = assets.chain([deb["changelog"].as_str().expect("a path")]).collect();
        for path in wanted {
            let there = match path.strip_prefix("target/extras/") {
                Some("share/man/man1/*.1") => extras.join("share/man/man1/cis-audit.1"),
                Some(path) => extras.join(path),
                None if path == "target/release/cis-audit" => continue,
                None => Path::new(env!("CARGO_MANIFEST_DIR")).join(path),
            };
            assert!(there.exists(), "{path}");
        }
        let changelog = fs::read_to_string(file).unwrap();
        assert!(changelog.starts_with(&format!("cis-audit ({}-1) unstable;", env!("CARGO_PKG_VERSION"))));
        assert!(changelog.ends_with("  Sun, 29 Nov 2026 00:00:00 +0000\n"), "{changelog}");
    }

    #[test]
    fn the_image_runs_as_nobody_and_has_authorities() {
        let file = text("packaging/container/Containerfile");
        assert!(file.contains("\nUSER 65532:65532\n") && file.contains("\nENTRYPOINT [\"/usr/bin/cis-audit\"]\n"));
        // It has certificates of authorities, and glibc; `static` has no glibc, `scratch` neither.
        assert!(file.contains("\nFROM gcr.io/distroless/cc-debian12:nonroot\n"));
    }
}
