//! Man pages: every command has one, and they say what a user looks for there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::support::run::Cli;

const PAGES: [&str; 18] = [
    "cis-audit-check.1",
    "cis-audit-completions.1",
    "cis-audit-diff.1",
    "cis-audit-explain.1",
    "cis-audit-man.1",
    "cis-audit-merge.1",
    "cis-audit-pattern-cover.1",
    "cis-audit-pattern-explain.1",
    "cis-audit-pattern-match.1",
    "cis-audit-pattern.1",
    "cis-audit-policy.1",
    "cis-audit-replay.1",
    "cis-audit-rules.1",
    "cis-audit-schema.1",
    "cis-audit-snapshot.1",
    "cis-audit-template.1",
    "cis-audit-undo.1",
    "cis-audit.1",
];

#[test]
fn the_main_page_has_what_a_page_has() {
    let run = Cli::new().arg("man").run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let sections: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "EXAMPLES", "VERSION"]
    {
        assert_eq!(sections.iter().filter(|found| **found == section).count(), 1, "{section}: {sections:?}");
    }
    for sentence in [r"\-\-waivers", r"\-\-baseline", r"\-\-snapshot", "NO_COLOR", "cis\\-audit\\-diff(1)"] {
        assert!(run.stdout.contains(sentence), "{sentence}");
    }
}

#[test]
fn every_command_has_a_page() {
    let cli = Cli::new().args(&["man", "--dir", "share/man1"]);
    assert_eq!(cli.run().code, Some(0));
    let dir = cli.home().join("share/man1");
    let written: BTreeSet<String> = fs::read_dir(&dir)
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert_eq!(written, PAGES.map(str::to_owned).into());
    for page in PAGES {
        let text = fs::read_to_string(dir.join(page)).expect("the page");
        assert!(text.contains("\n.SH NAME\n"), "{page}");
        let title = text.lines().find(|line| line.starts_with(".TH ")).expect("a title");
        // Name, section, date, source, manual: man(7).
        let name = page.trim_end_matches(".1");
        assert_eq!(title, format!(".TH {name} 1 2026-11-28 \"cis-audit 0.1.0\" \"cis-audit manual\""));
    }
    let main = fs::read(dir.join("cis-audit.1")).expect("the page");
    assert_eq!(main, Cli::new().arg("man").run().stdout.into_bytes());
}

/// Where groff is there, no page may make it complain.
#[test]
fn pages_are_well_formed() {
    let cli = Cli::new().args(&["man", "--dir", "man"]);
    assert_eq!(cli.run().code, Some(0));
    for page in PAGES {
        let file = cli.home().join("man").join(page);
        // A machine without groff has its facts from the other tests.
        let Ok(output) = Command::new("groff").args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"]).arg(&file).output()
        else {
            return;
        };
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{page}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let run = Cli::new().args(&["man", "--dir", "/dev/null/man"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("error: cannot create /dev/null/man: "), "{}", run.stderr);
}
