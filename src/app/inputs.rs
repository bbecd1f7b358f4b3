//! What a run reads, so that it writes over none of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::cli::{AuditArgs, CatalogArgs, ReplayArgs, TemplateArgs};
use crate::events::files;
use crate::file;

/// Files that the AWS command line's settings are read from, by the variable that names each and its place under the home
/// directory, if it has one there (SDK reference guide, "Location of the shared config and credentials files").
const SETTINGS: [(&str, Option<&str>); 5] = [
    ("AWS_CONFIG_FILE", Some(".aws/config")),
    ("AWS_SHARED_CREDENTIALS_FILE", Some(".aws/credentials")),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", None),
    ("AWS_CA_BUNDLE", None),
    ("SSL_CERT_FILE", None),
];

/// What in a config file names a further file that is read (SDK reference guide, "Settings reference").
const NAMED_IN_CONFIG: [&str; 2] = ["ca_bundle", "web_identity_token_file"];

/// Where standard input can be looked at, if the system has such names.
const STDIN: &str = "/dev/stdin";

/// Files that a run reads.
pub(super) struct Inputs {
    files: Vec<PathBuf>,
    /// Directories of which files are read.
    directories: Vec<PathBuf>,
    /// Whether a file is read of a directory.
    has: fn(&Path, &Path) -> bool,
}

impl Inputs {
    /// Those of an audit or a fix.
    pub(super) fn from_args(args: &AuditArgs) -> Self {
        let named = [
            &args.snapshot,
            &args.owner.owner_snapshot,
            &args.many.accounts,
            &args.waivers,
            &args.baseline,
            &args.fix.apply,
        ];
        Self::named(named.into_iter().flatten()).and_rules(&args.scope.catalog)
    }

    /// Those of a template.
    pub(super) fn of_template(args: &TemplateArgs) -> Self {
        Self::named(&args.snapshot).and_rules(&args.scope.catalog)
    }

    /// Those of a replay: its files of events may be directories.
    pub(super) fn of_replay(args: &ReplayArgs) -> Self {
        let files = args.files.iter().chain(&args.snapshot).chain(&args.owner_snapshot);
        let directories = args.files.iter().filter(|file| file.is_dir()).cloned().collect();
        Self::named(files).and_below(directories, has).and_rules(&args.scope.catalog)
    }

    /// Those that every run reads which asks AWS, and these.
    pub(super) fn named<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        let home = env::home_dir();
        let setting = |(variable, place): (&str, Option<&str>)| match env::var_os(variable) {
            Some(file) => Some(PathBuf::from(file)),
            None => Some(home.as_ref()?.join(place?)),
        };
        // What standard input was taken from is read too.
        let path = |file: &PathBuf| if file == Path::new("-") { PathBuf::from(STDIN) } else { file.clone() };
        let files = files.into_iter().map(path);
        let settings: Vec<PathBuf> = SETTINGS.into_iter().filter_map(setting).collect();
        let further: Vec<PathBuf> = settings.iter().take(2).flat_map(|file| named_in(file, home.as_deref())).collect();
        Self { files: files.chain(settings).chain(further).collect(), directories: Vec::new(), has }
    }

    /// And these directories: `has` says which of their files are read.
    pub(super) fn and_below(self, directories: Vec<PathBuf>, has: fn(&Path, &Path) -> bool) -> Self {
        Self { directories, has, ..self }
    }

    fn and_rules(mut self, args: &CatalogArgs) -> Self {
        let directories = args.rules.iter().chain(&args.add_rules);
        // A directory that cannot be read fails where its rules are.
        let entries = directories.filter_map(|directory| fs::read_dir(directory).ok()).flatten().flatten();
        self.files
            .extend(entries.map(|entry| entry.path()).filter(|file| file.extension().is_some_and(|it| it == "toml")));
        self
    }

    /// Refuses to write over what is read, and two things into one file.
    pub(super) fn spare(&self, written: &[&Path]) -> anyhow::Result<()> {
        let written: Vec<&Path> = written.iter().copied().filter(|file| !file::is_stdout(file)).collect();
        for (at, output) in written.iter().enumerate() {
            if let Some(input) = self.files.iter().find(|input| file::same(input, output)) {
                let name = if input == Path::new(STDIN) { "standard input".into() } else { input.to_string_lossy() };
                bail!("{name} is an input: give the output another name");
            }
            if let Some(directory) = self.directories.iter().find(|directory| (self.has)(directory, output)) {
                let (output, directory) = (output.display(), directory.display());
                bail!("{output} is one of the files of {directory}, which is an input: give the output another name");
            }
            if written.iter().skip(at + 1).any(|other| file::same(output, other)) {
                bail!("two outputs would go to {}: give each a name of its own", output.display());
            }
        }
        Ok(())
    }
}

/// Whether a file is there in a directory or below it, or a link below it leads to the file.
fn has(directory: &Path, file: &Path) -> bool {
    let (Ok(directory), Ok(found)) = (fs::canonicalize(directory), fs::canonicalize(file)) else { return false };
    if !found.is_file() {
        return false;
    }
    let links = || files::below(&directory).files.into_iter().flatten().filter(|file| file.is_symlink());
    found.starts_with(&directory) || links().any(|link| file::same(&link, &found))
}

/// The files that a config file names, whichever profile is used.
fn named_in(config: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let text = fs::read(config).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let named = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        NAMED_IN_CONFIG.contains(&key.trim()).then(|| value.trim())
    });
    let whole = |value: &str| match (value.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(value),
    };
    named.map(whole).collect()
}
