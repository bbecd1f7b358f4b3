//! The project file, `cis-audit.toml`: settings of an audit or a check that belong to a repository.
//!
//! It is found in a checkout, which anybody may have written, so it is untrusted. It can choose controls, waive and compare, all of which
//! is said on standard error and in the report; it cannot say where AWS is, as whom or what may be shown, nor make a run
//! succeed that does not. What it names lies in its own folder. What the command line says wins.

use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use toml::Spanned;

use super::stderr::say;
use crate::cli::{AuditArgs, Given, Wanted};
use crate::escape;
use crate::finding::{Project, Verdict};
use crate::misspelt;
use crate::report::Format;

/// What the file is called.
const NAME: &str = "cis-audit.toml";
/// No file of settings is larger.
const MOST_BYTES: u64 = 256 * 1024;

/// Options that no checkout may decide, as someone might try to write them.
const NEVER: [&str; 15] = [
    "allow-none",
    "debug",
    "endpoint-url",
    "exit-zero",
    "external-id",
    "fix",
    "org",
    "profile",
    "region",
    "role-arn",
    "show-endpoints",
    "snapshot",
    "subscribe",
    "topic",
    "yes",
];

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    benchmark: Option<Spanned<String>>,
    verdict: Option<Spanned<String>>,
    rule: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    level: Option<Spanned<u8>>,
    only_level: Option<bool>,
    rules: Option<Spanned<String>>,
    add_rules: Option<Vec<Spanned<String>>>,
    framework: Option<String>,
    waivers: Option<Spanned<String>>,
    baseline: Option<Spanned<String>>,
    formats: Option<Vec<Spanned<String>>>,
}

/// Gives the options what the project file says, where there is one and the command line is silent.
pub(super) fn apply(args: &mut AuditArgs, given: &Given) -> anyhow::Result<()> {
    if args.no_config || args.fix.fix || args.many.is_wanted() {
        return Ok(());
    }
    let Some(file) = find()? else { return Ok(()) };
    let name = file.display().to_string();
    let text = read(&file).with_context(|| name.clone())?;
    let folder = file.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let place = Place { folder, text: &text };
    let sets =
        place.settings().and_then(|settings| place.apply(settings, args, given)).with_context(|| name.clone())?;
    if sets.is_empty() {
        say(&format!("note: {name} sets nothing here"));
        return Ok(());
    }
    // What a checkout says is not to look like lines of this program.
    let sets: Vec<String> = sets.iter().map(|phrase| escape::terminal(phrase).into_owned()).collect();
    say(&format!("note: settings of {name}: {} (--no-config leaves them out)", sets.join("; ")));
    args.project = Some(Project { file: name, sets });
    Ok(())
}

/// The file in the working directory, or in a folder above it of the same repository.
fn find() -> anyhow::Result<Option<PathBuf>> {
    let here = std::env::current_dir().context("cannot determine the working directory")?;
    for (depth, folder) in here.ancestors().enumerate() {
        // As a person there would write it.
        let shown: PathBuf = (0..depth).map(|_| "..").collect::<PathBuf>().join(NAME);
        match fs::symlink_metadata(folder.join(NAME)) {
            Ok(metadata) if metadata.is_file() => return Ok(Some(shown)),
            Ok(_) => bail!("{} is no plain file: --no-config leaves it alone", shown.display()),
            Err(_) => {}
        }
        let is_repository = |folder: &Path| folder.join(".git").exists();
        if is_repository(folder) || !folder.ancestors().skip(1).any(is_repository) {
            break;
        }
    }
    Ok(None)
}

fn read(file: &Path) -> anyhow::Result<String> {
    if fs::metadata(file).context("cannot be read")?.len() > MOST_BYTES {
        bail!("larger than {MOST_BYTES} bytes");
    }
    let bytes = fs::read(file).context("cannot be read")?;
    String::from_utf8(bytes)
        .map_err(|error| anyhow::anyhow!("byte {} is not UTF-8", error.utf8_error().valid_up_to() + 1))
}

/// The file's folder, and its text for messages.
struct Place<'a> {
    folder: PathBuf,
    text: &'a str,
}

impl Place<'_> {
    fn settings(&self) -> anyhow::Result<Settings> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().unwrap_or(self.text.len()..self.text.len());
            let word = self.text.get(at.clone()).unwrap_or_default().trim().replace('_', "-");
            if NEVER.contains(&word.as_str()) {
                return self
                    .wrong(&at, &format!("{word} can be set on the command line only: a checkout may be anybody's"));
            }
            self.wrong(&at, &misspelt::in_words(error.message()))
        })
    }

    /// An error with its place, 1-based, in characters.
    fn wrong(&self, at: &Range<usize>, message: &str) -> anyhow::Error {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        anyhow::anyhow!("line {line}, column {column}: {message}")
    }

    /// Fills in what is not given. Returns what that does, each as a phrase.
    fn apply(&self, settings: Settings, args: &mut AuditArgs, given: &Given) -> anyhow::Result<Vec<String>> {
        let mut sets = Vec::new();
        let scope = &mut args.scope;
        if let Some(wanted) = settings.benchmark.filter(|_| !given.has("benchmark")) {
            let unknown = |_| self.wrong(&wanted.span(), &format!("there is no benchmark {:?}", wanted.get_ref()));
            scope.catalog.benchmark = wanted.get_ref().parse().map_err(unknown)?;
            sets.push(format!("judges by version {} of the benchmark", scope.catalog.benchmark));
        }
        if let Some(wanted) = settings.verdict.filter(|_| !given.has("verdict")) {
            let verdict = Verdict::ALL.into_iter().find(|it| it.as_str().replace('_', "-") == *wanted.get_ref());
            let words = Verdict::ALL.map(|it| it.as_str().replace('_', "-")).join(", ");
            scope.verdict =
                verdict.with_context(|| self.wrong(&wanted.span(), &format!("must be one of {words}")).to_string())?;
            sets.push(format!("decides by the verdict {}", wanted.get_ref()));
        }
        // Which controls are chosen is one question: an answer to a part of it on the command line answers all of it.
        if !["only", "exclude", "level", "only_level"].iter().any(|option| given.has(option)) {
            if let Some(only) = settings.rule.filter(|only| !only.is_empty()) {
                sets.push(format!("audits only {}", only.join(", ")));
                scope.only = only;
            }
            if let Some(exclude) = settings.exclude.filter(|exclude| !exclude.is_empty()) {
                sets.push(format!("leaves out {}", exclude.join(", ")));
                scope.exclude = exclude;
            }
            if let Some(level) = settings.level {
                if !(1..=2).contains(level.get_ref()) {
                    return Err(self.wrong(&level.span(), "must be 1 or 2"));
                }
                scope.level = Some(*level.get_ref());
                scope.only_level = settings.only_level.unwrap_or_default();
                let only = if scope.only_level { "only " } else { "" };
                sets.push(format!("leaves out controls that are not of {only}level {}", level.get_ref()));
            }
        }
        if !given.has("rules") && !given.has("add_rules") {
            if let Some(rules) = &settings.rules {
                let directory = self.inside(rules, Path::is_dir, "a directory")?;
                sets.push(format!("replaces the built-in controls by those of {}", directory.display()));
                scope.catalog.rules = Some(directory);
                if let Some(added) = settings.add_rules.iter().flatten().next() {
                    return Err(self.wrong(
                        &added.span(),
                        "`rules` replaces the built-in controls and `add-rules` adds to them: set one of the two",
                    ));
                }
            }
            for added in settings.add_rules.iter().flatten() {
                let directory = self.inside(added, Path::is_dir, "a directory")?;
                sets.push(format!("adds the controls of {}", directory.display()));
                scope.catalog.add_rules.push(directory);
            }
        }
        if let Some(framework) = settings.framework.filter(|_| !given.has("framework")) {
            sets.push(format!("shows the framework {framework}"));
            args.framework = Some(framework);
        }
        if let Some(waivers) = settings.waivers.filter(|_| !given.has("waivers")) {
            let file = self.inside(&waivers, Path::is_file, "a file")?;
            sets.push(format!("waives by {}", file.display()));
            args.waivers = Some(file);
        }
        if let Some(baseline) = settings.baseline.filter(|_| !given.has("baseline")) {
            let file = self.inside(&baseline, Path::is_file, "a file")?;
            sets.push(format!("accepts what failed in {}", file.display()));
            args.baseline = Some(file);
        }
        if !given.has("format") && !given.has("output") {
            for wanted in settings.formats.iter().flatten() {
                args.format.push(self.format(wanted)?);
                sets.push(format!("writes {}", wanted.get_ref()));
            }
        }
        Ok(sets)
    }

    /// A format, with a file in the folder.
    fn format(&self, wanted: &Spanned<String>) -> anyhow::Result<Wanted> {
        let (name, file) = match wanted.get_ref().split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (wanted.get_ref().as_str(), None),
        };
        let format = Format::ALL.into_iter().find(|format| format.name() == name);
        let format =
            format.with_context(|| self.wrong(&wanted.span(), &format!("there is no format {name:?}")).to_string())?;
        let Some(file) = file else { return Ok(Wanted { format, file: None }) };
        let path = self.beside(wanted, file)?;
        // What git, runners and editors read or run is in folders like these.
        let is_hidden = |part: Component<'_>| part.as_os_str().to_string_lossy().starts_with('.');
        if Path::new(file).components().any(is_hidden) {
            return Err(self.wrong(&wanted.span(), "a report cannot go to a name that begins with a dot"));
        }
        if path.file_name().is_some_and(|name| name == NAME) {
            return Err(self.wrong(&wanted.span(), &format!("a report cannot go to {NAME}")));
        }
        let place = path.parent().unwrap_or(&path);
        // A link in the folder may lead to such a name.
        let inside = self.stays(wanted, place)?;
        if inside.components().any(is_hidden) {
            return Err(self.wrong(&wanted.span(), "a link leads to a name that begins with a dot"));
        }
        if fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(self.wrong(&wanted.span(), &format!("{} is no plain file", path.display())));
        }
        Ok(Wanted { format, file: Some(path) })
    }

    /// Something that is there, in the folder.
    fn inside(&self, named: &Spanned<String>, is_it: fn(&Path) -> bool, what: &str) -> anyhow::Result<PathBuf> {
        let path = self.beside(named, named.get_ref())?;
        self.stays(named, &path)?;
        if !is_it(&path) {
            return Err(self.wrong(&named.span(), &format!("{} is not {what}", path.display())));
        }
        Ok(path)
    }

    /// A name in the folder, by its letters.
    fn beside(&self, named: &Spanned<String>, path: &str) -> anyhow::Result<PathBuf> {
        let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if path.is_empty() || path.contains(char::is_control) || !Path::new(path).components().all(is_below) {
            return Err(self.wrong(&named.span(), &format!("{path:?} must lie in the folder of {NAME}")));
        }
        Ok(self.folder.join(path))
    }

    /// Where a path leads, from the folder. Refuses what a symbolic link leads out of it.
    fn stays(&self, named: &Spanned<String>, path: &Path) -> anyhow::Result<PathBuf> {
        let here = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let missing = |_| self.wrong(&named.span(), &format!("{} cannot be read", path.display()));
        let (path, folder) = match path.as_os_str().is_empty() {
            true => (here.canonicalize(), here.canonicalize()),
            false => (path.canonicalize(), here.canonicalize()),
        };
        let (path, folder) = (path.map_err(missing)?, folder.context("the folder cannot be read")?);
        let inside = path.strip_prefix(&folder).map(Path::to_path_buf);
        inside.map_err(|_| self.wrong(&named.span(), &format!("a link leads out of the folder of {NAME}")))
    }
}
