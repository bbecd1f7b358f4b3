//! The documentation holds together: the README stays short, links lead somewhere, and the book has every page.
//!
//! Pages are read as text. What their console blocks print is checked where the executable is run
//! (`tests/integration/readme.rs`), and their tables where the facts are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A newcomer reads it as a whole.
const README_BYTES: usize = 9_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of the book, from the root of the repository.
fn book() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs")).expect("the pages are there");
    let names = folder.map(|entry| PathBuf::from(entry.expect("a page").file_name()));
    let mut pages: Vec<PathBuf> = names.filter(|name| name.extension().is_some_and(|it| it == "md")).collect();
    pages.sort();
    pages.iter().map(|name| Path::new("docs").join(name)).collect()
}

fn read(page: &Path) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// Without code: neither fenced blocks nor spans.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    // Spans end with their paragraph, so that an odd backtick hides no more than that.
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split('`').step_by(2).collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The targets of the links.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let ends = prose.split("](").skip(1);
    ends.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The anchors that GitHub and mdBook give the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let mut is_code = false;
    let headings = text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let anchor = |heading: &str| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-");
    headings.map(|heading| anchor(heading.trim_start_matches('#').trim())).collect()
}

/// The relative links of a page that lead to no file, or to no heading of it.
fn broken(page: &Path, text: &str) -> Vec<String> {
    let leads = |target: &str| {
        let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        let folder = page.parent().expect("a page is in a folder");
        let file = if path.is_empty() { page.to_owned() } else { folder.join(path) };
        let is_there = root().join(&file).exists();
        match anchor {
            None => is_there,
            Some(anchor) if path.is_empty() => anchors(text).iter().any(|it| it == anchor),
            Some(anchor) => is_there && anchors(&read(&file)).iter().any(|it| it == anchor),
        }
    };
    let is_relative = |target: &String| !["https://", "http://", "mailto:"].iter().any(|it| target.starts_with(it));
    let relative = links(text).into_iter().filter(is_relative);
    relative.filter(|target| !leads(target)).map(|target| format!("{}: {target}", page.display())).collect()
}

#[test]
fn the_readme_has_at_most_9000_bytes() {
    let bytes = read(Path::new("README.md")).len();
    assert!(bytes <= README_BYTES, "{bytes} bytes: move something to a page in docs");
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let others =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "rules/README.md", "examples/README.md"];
    let pages = book().into_iter().chain(others.map(PathBuf::from));
    let found: Vec<String> = pages.flat_map(|page| broken(&page, &read(&page))).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// mdBook copies nothing from outside its folder: such a link would lead nowhere in the book.
#[test]
fn the_book_links_to_its_own_pages() {
    let outside = |page: PathBuf| {
        let links = links(&read(&page)).into_iter().filter(|target| target.starts_with("../"));
        links.map(|target| format!("{}: {target}", page.display())).collect::<Vec<_>>()
    };
    assert_eq!(book().into_iter().flat_map(outside).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_page_is_in_the_summary_once() {
    let mut listed = links(&read(Path::new("docs/SUMMARY.md")));
    listed.sort();
    let name = |page: &PathBuf| page.file_name().expect("a file").to_string_lossy().into_owned();
    let pages: Vec<String> = book().iter().map(name).filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(listed, pages);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = "# Two words: a `span`\n\n\
        [right](limits.md) [right](#two-words-a-span) [right](../README.md#install) [right](https://example.com/x.md)\n\
        [wrong](nowhere.md) [wrong](#no-such-heading) [wrong](../README.md#no-such-heading)\n\n\
        `[code](code.md)`\n\n```text\n# Code\n[code](code.md)\n```\n\n[wrong](#code)\n";
    let found = broken(Path::new("docs/page.md"), page);
    let wanted = ["nowhere.md", "#no-such-heading", "../README.md#no-such-heading", "#code"];
    assert_eq!(found, wanted.map(|target| format!("docs/page.md: {target}")));
}

/// Words of this project's early texts for what the field calls notify, fix, depend on, path, undo and manual.
const RETIRED: &[&str] = &[
    "told",
    "tell",
    "tells",
    "hear",
    "hears",
    "mend",
    "mends",
    "mended",
    "whoever",
    "heeded",
    "road",
    "roads",
    "hangs on",
    "comes to",
    "taken back",
    "take back",
    "by hand",
    "telling",
    "besides",
    "as far as",
];

/// The retired words of a text, each with its line.
fn retired(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let words: Vec<String> = line
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let line_of_words = format!(" {} ", words.join(" "));
        let is_in = |word: &&&str| line_of_words.contains(&format!(" {word} "));
        found.extend(RETIRED.iter().filter(is_in).map(|word| format!("{word}: {}", line.trim())));
    }
    found
}

/// What the program prints for these arguments, which ask no account.
fn printed(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_cis-audit")).args(arguments).output().expect("it runs");
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

#[test]
fn what_users_read_has_no_retired_word() {
    let mut found = Vec::new();
    let others =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "rules/README.md", "examples/README.md"];
    // The page of style lists the words.
    let pages = book().into_iter().filter(|page| !page.ends_with("style.md"));
    for page in pages.chain(others.map(PathBuf::from)) {
        let text = read(&page);
        // What was renamed is named there as it was.
        let text = if page.ends_with("CHANGELOG.md") { prose(&text) } else { text };
        found.extend(retired(&text).into_iter().map(|word| format!("{}: {word}", page.display())));
    }
    let commands: &[&[&str]] = &[
        &["--help"],
        &["snapshot", "--help"],
        &["diff", "--help"],
        &["rules", "--help"],
        &["explain", "--help"],
        &["pattern", "--help"],
        &["pattern", "match", "--help"],
        &["pattern", "explain", "--help"],
        &["pattern", "cover", "--help"],
        &["replay", "--help"],
        &["replay", "--demo", "fixtures/events/week.json.gz"],
        &["replay", "--demo", "fixtures/events/week.json.gz", "-f", "html"],
        &["schema", "replay"],
        &["undo", "--help"],
        &["template", "--help"],
        &["policy", "--help"],
        &["schema"],
        &["man"],
        &["--demo"],
        &["--demo", "-v"],
        &["--demo", "-f", "html"],
        &["--demo", "-f", "markdown"],
        &["--demo", "-f", "sarif"],
        &["--demo", "-f", "junit"],
        &["--demo", "-f", "json"],
        &["--demo", "--fix", "--dry-run", "--subscribe", "email:ops@example.com"],
        &["template", "cloudformation", "--demo"],
        &["template", "terraform", "--demo"],
        &["policy", "--fix"],
    ];
    for arguments in commands {
        found.extend(retired(&printed(arguments)).into_iter().map(|word| format!("{arguments:?}: {word}")));
    }
    for number in 1..=16 {
        let section = if number < 15 { "3" } else { "4" };
        let version = if number < 15 { "1.2.0" } else { "5.0.0" };
        let rule = format!("{section}.{number}");
        let text = printed(&["explain", &rule, "--benchmark", version]);
        found.extend(retired(&text).into_iter().map(|word| format!("explain {rule}: {word}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Those of the retired words that no comment and no name of the source has any more, and names that were retired with
/// them.
const RETIRED_IN_SOURCE: &[&str] = &[
    "hear",
    "hears",
    "heard",
    "mend",
    "mends",
    "mended",
    "whoever",
    "heed",
    "heeded",
    "road",
    "roads",
    "hangs on",
    "tells",
    "taken back",
    "take back",
    "e mail",
    "duds",
    "look on",
    "tell",
    "telling",
    "told",
    "by hand",
    "besides",
    "as far as",
];

/// A line of source as words: names are taken apart at underscores and where a small letter meets a capital one.
fn words_of_source(line: &str) -> String {
    let mut words = String::from(" ");
    let mut was_small = false;
    for letter in line.chars() {
        if (letter.is_uppercase() && was_small) || !letter.is_alphanumeric() {
            words.push(' ');
        }
        if letter.is_alphanumeric() {
            words.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
    }
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The retired words in comments and names, each with its line.
fn retired_in_source(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let words = words_of_source(line);
        let is_in = |word: &&&str| words.contains(&format!(" {word} "));
        found.extend(RETIRED_IN_SOURCE.iter().filter(is_in).map(|word| format!("{word}: {}", line.trim())));
    }
    found
}

/// The Rust files below a folder.
fn source(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(source(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

/// This file lists the words.
fn is_list_of_words(file: &Path) -> bool {
    file == root().join("tests/docs.rs")
}

#[test]
fn comments_and_names_have_no_retired_word() {
    let files: Vec<PathBuf> = ["src", "tests", "benches"].iter().flat_map(|it| source(&root().join(it))).collect();
    assert!(files.len() > 300, "{} files", files.len());
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !is_list_of_words(file)) {
        let text = fs::read_to_string(file).expect("the source can be read");
        found.extend(retired_in_source(&text).into_iter().map(|word| format!("{}: {word}", file.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The functions of a source that are called by a word that says nothing, or by more than 60 letters.
fn unclear_functions(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| {
        let (before, rest) = line.split_once("fn ")?;
        // Qualifiers only: no comment, no text, no type of a function.
        let is_qualifier = |letter: char| letter.is_ascii_lowercase() || matches!(letter, ' ' | '(' | ')' | '_');
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        before.chars().all(is_qualifier).then_some(name)
    });
    let is_unclear = |name: &String| name.len() > 60 || ["of", "told", "tell", "look", "said"].contains(&name.as_str());
    names.filter(is_unclear).collect()
}

#[test]
fn functions_have_names_of_at_most_60_letters() {
    let folders = ["src", "tests", "benches", "crates/filter-pattern/src", "crates/filter-pattern/tests"];
    let mut found = Vec::new();
    for file in folders.iter().flat_map(|it| source(&root().join(it))) {
        let text = fs::read_to_string(&file).expect("the source can be read");
        found.extend(unclear_functions(&text).into_iter().map(|name| format!("{}: {name}", file.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let long = "a".repeat(61);
    let text = format!(
        "fn of(at: usize) {{}}\n    pub(crate) async fn look(&self) {{}}\nfn {long}() {{}}\nfn off() {{}}\n// fn of"
    );
    assert_eq!(unclear_functions(&text), ["of", "look", long.as_str()]);
}

#[test]
fn a_retired_word_in_a_name_is_found() {
    assert_eq!(retired_in_source("fn own_road(&self) {\n    broad()"), ["road: fn own_road(&self) {"]);
    assert_eq!(retired_in_source("struct FilterRoad;"), ["road: struct FilterRoad;"]);
    assert_eq!(retired_in_source("fn nothing_hangs_on_it() {}"), ["hangs on: fn nothing_hangs_on_it() {}"]);
    assert_eq!(retired_in_source("// An e-mail address"), ["e mail: // An e-mail address"]);
}

#[test]
fn a_retired_word_is_found() {
    assert_eq!(retired("the user is told\nretold stories"), ["told: the user is told"]);
    assert_eq!(retired("it hangs  on the trail"), ["hangs on: it hangs  on the trail"]);
}
