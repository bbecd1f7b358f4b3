//! Where journals are kept, and which there are: `undo` without a file lists them.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;

use super::super::output::Output;
use super::super::render_options::render_options;
use super::super::stderr::say;
use super::journal_file::create;
use super::outputs::cannot_create;
use crate::cli::UndoArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::fix::journal::{Header, Journal, Record};
use crate::fix::undo::removals;
use crate::report::ListFormat;
use crate::report::journals::{Row, render};

/// How a journal's name ends.
const EXTENSION: &str = "journal";
/// More runs than this do not begin in one second.
const MOST_OF_A_SECOND: u32 = 100;

/// Begins the journal of a run, in the file that was named or in one of its own.
pub(super) fn begin(named: Option<&Path>, header: &Header, now: Timestamp) -> anyhow::Result<(PathBuf, Journal)> {
    if let Some(path) = named {
        let journal = create(path, header).map_err(plainly).with_context(|| cannot_create(path))?;
        return Ok((path.to_owned(), journal));
    }
    let name = format!("cis-audit-{}-{}", header.account_id, now.strftime("%Y%m%dT%H%M%SZ"));
    if let Some(directory) = state_directory() {
        match made(&directory).and_then(|()| begin_in(&directory, &name, header)) {
            Ok(begun) => return Ok(begun),
            Err(error) => say(&format!(
                "note: no journal can be kept in {} ({error}): it is written to the working directory",
                directory.display()
            )),
        }
    }
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    begin_in(&here, &name, header).with_context(|| cannot_create(&here.join(&name).with_extension(EXTENSION)))
}

/// What the system says, where the standard library's word for it is not that of people.
fn plainly(error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AlreadyExists => anyhow::anyhow!("it exists already"),
        _ => error.into(),
    }
}

/// Begins a journal that no other run has: two that begin in one second get one each.
fn begin_in(directory: &Path, name: &str, header: &Header) -> io::Result<(PathBuf, Journal)> {
    let mut number = 1;
    loop {
        let file = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        let path = directory.join(file).with_extension(EXTENSION);
        match create(&path, header) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_OF_A_SECOND => number += 1,
            outcome => return outcome.map(|journal| (path, journal)),
        }
    }
}

/// Where the user's programs keep what outlives a run and is no setting: the XDG Base Directory Specification's
/// `XDG_STATE_HOME`, on macOS as other programs of the command line do; on Windows the user's local application data.
/// Nothing where the user has no home, or a variable that does not begin at the root, which the specification ignores.
pub(super) fn state_directory() -> Option<PathBuf> {
    let set = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else {
        set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))
    };
    Some(state?.join("cis-audit"))
}

/// Makes a directory for the user alone, or makes it so.
fn made(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = fs::metadata(directory)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o700);
            fs::set_permissions(directory, permissions)?;
        }
    }
    Ok(())
}

/// Lists the journals of the state directory and of the working directory.
pub(super) fn list(args: &UndoArgs) -> anyhow::Result<ExitStatus> {
    if args.aws.asks_for_something() {
        say("note: no account is read: the options about AWS have no effect");
    }
    let directories: Vec<PathBuf> = state_directory().into_iter().chain(env::current_dir()).collect();
    let mut paths: Vec<PathBuf> = Vec::new();
    for directory in &directories {
        match journals(directory) {
            Ok(found) => paths.extend(found),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => say(&format!("warning: cannot read {}: {error}", directory.display())),
        }
    }
    paths.sort_unstable();
    paths.dedup();
    let mut rows: Vec<Row> = paths.iter().map(|path| row(path)).collect();
    // The last run first: it is the one that users want to undo.
    rows.sort_by(|one, other| other.collected_at.cmp(&one.collected_at).then_with(|| one.journal.cmp(&other.journal)));
    if rows.is_empty() {
        let searched = directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>();
        say(&format!("no journals found in {}; `--fix` writes one", searched.join(" or ")));
    }
    let mut output = Output::stdout()?;
    if args.format == ListFormat::Json || !rows.is_empty() {
        let options = render_options(&args.display, &output);
        let written = render(&rows, args.format, &options, &mut output.stream);
        output.finish(written)?;
    }
    Ok(ExitStatus::Success)
}

fn journals(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

fn row(path: &Path) -> Row {
    let journal = path.display().to_string();
    let read = fs::read(path).map_err(|error| error.to_string());
    match read.and_then(|bytes| Record::parse(&bytes).map_err(|error| error.to_string())) {
        Ok(Record { header, entries }) => Row {
            journal,
            account_id: Some(header.account_id),
            region: Some(header.region),
            collected_at: Some(header.collected_at),
            steps: entries.iter().filter(|entry| entry.plan.is_some()).count(),
            left: removals(&entries).iter().filter(|removal| removal.is_of_something_new()).count(),
            error: None,
        },
        Err(error) => {
            Row { journal, account_id: None, region: None, collected_at: None, steps: 0, left: 0, error: Some(error) }
        }
    }
}

/// The command that takes a run back, to be copied.
pub(super) fn command(journal: &Path) -> String {
    format!("cis-audit undo {}", escape::shell_word(&journal.display().to_string()))
}
