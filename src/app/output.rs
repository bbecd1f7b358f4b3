//! Where reports go: one or several, each to standard output or into a file. Nothing here knows what a report says.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use super::look;
use crate::cli::{AuditArgs, Wanted};
use crate::finding::Report;
use crate::report::{self, Format, Look, Verbosity};

/// Where something that is asked for goes.
pub(super) struct Output {
    pub(super) stream: BufWriter<Box<dyn Write>>,
    /// It is a terminal: then it has a width and maybe colours.
    pub(super) terminal: bool,
    /// It goes to standard output, whatever that is.
    pub(super) stdout: bool,
    /// What messages call it.
    name: String,
    /// What stood there before outlives a run that fails.
    unfinished: Option<Unfinished>,
}

/// What is written until it is whole, and the name that it takes then.
type Unfinished = (NamedTempFile, PathBuf);

impl Output {
    /// Opens the output before the work is done, so that a bad path fails at once. Nothing is replaced yet.
    pub(super) fn open(file: Option<&Path>, private: bool) -> anyhow::Result<Self> {
        let Some(target) = file.and_then(target) else {
            let stdout = io::stdout();
            let terminal = stdout.is_terminal();
            let stream = BufWriter::new(Box::new(stdout) as Box<dyn Write>);
            return Ok(Self { stream, terminal, stdout: true, name: "standard output".to_owned(), unfinished: None });
        };
        let name = target.display().to_string();
        let (stream, unfinished) = Self::begun(&target, private).with_context(|| format!("cannot write {name}"))?;
        Ok(Self { stream: BufWriter::new(stream), terminal: false, stdout: false, name, unfinished })
    }

    fn begun(target: &Path, private: bool) -> io::Result<(Box<dyn Write>, Option<Unfinished>)> {
        match fs::metadata(target) {
            Ok(found) if !found.is_file() => {
                return Ok((Box::new(OpenOptions::new().write(true).open(target)?), None));
            }
            // One that may not be written to may not be replaced either.
            Ok(_) => drop(OpenOptions::new().write(true).open(target)?),
            Err(_) => {}
        }
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".cis-audit-");
        #[cfg(unix)]
        if !private {
            // Less what the user's mask takes away.
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        #[cfg(not(unix))]
        let _ = private;
        let file = builder.tempfile_in(directory.unwrap_or(Path::new(".")))?;
        Ok((Box::new(file.reopen()?), Some((file, target.to_owned()))))
    }

    /// Ends what was written. That a reader has gone is no error.
    pub(super) fn finish(&mut self, written: io::Result<()>) -> anyhow::Result<()> {
        match written.and_then(|()| self.stream.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", self.name)),
            Ok(()) => {}
        }
        let Some((file, target)) = self.unfinished.take() else { return Ok(()) };
        file.persist(&target).map_err(|error| error.error).with_context(|| format!("cannot write {}", self.name))?;
        Ok(())
    }
}

/// The file that is meant, links followed; `None`: standard output.
fn target(file: &Path) -> Option<PathBuf> {
    let stdout = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].map(Path::new);
    (!stdout.contains(&file)).then(|| resolved(file))
}

/// Where a path leads, also if nothing is there yet.
fn resolved(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = |name| fs::canonicalize(parent).map(|parent| parent.join(name)).ok();
    fs::canonicalize(file).ok().or_else(|| beside(file.file_name()?)).unwrap_or_else(|| file.to_owned())
}

/// Refuses to replace what is read.
pub(super) fn spare<'a>(
    inputs: impl IntoIterator<Item = Option<&'a PathBuf>>,
    output: Option<&Path>,
) -> anyhow::Result<()> {
    let Some(output) = output.and_then(target) else { return Ok(()) };
    match inputs.into_iter().flatten().find(|input| resolved(input) == output) {
        Some(input) => bail!("{} is read: give the output another name", input.display()),
        None => Ok(()),
    }
}

/// A file that only its owner can read, also if it was there before.
pub(super) fn create_private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file)?;
    #[cfg(unix)]
    if opened.metadata()?.is_file() {
        opened.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(opened)
}

/// Every report that is asked for, opened.
pub(super) struct Reports(Vec<(Format, Output)>);

impl Reports {
    /// Opens all of them before the account is read.
    pub(super) fn open(args: &AuditArgs) -> anyhow::Result<Self> {
        let default = [Wanted { format: Format::Table, file: None }];
        let wanted = if args.format.is_empty() { &default[..] } else { &args.format[..] };
        if args.output.is_some() && wanted.iter().all(|wanted| wanted.file.is_some()) {
            bail!("every --format has a file of its own: --output has nothing to write");
        }
        let files: Vec<(Format, Option<&Path>)> =
            wanted.iter().map(|it| (it.format, it.file.as_deref().or(args.output.as_deref()))).collect();
        let mut targets: Vec<Option<PathBuf>> = files.iter().map(|(_, file)| file.and_then(target)).collect();
        // Several may go to a device that is nowhere.
        targets.retain(|target| target.as_ref().is_none_or(|target| target != Path::new("/dev/null")));
        targets.sort_unstable();
        match targets.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
            Some(None) => {
                bail!("only one report can go to standard output: give the others files, as in -f json=report.json")
            }
            Some(Some(target)) => bail!("two reports would go to {}", target.display()),
            None => {}
        }
        for (_, file) in &files {
            spare([args.snapshot.as_ref(), args.waivers.as_ref()], *file)?;
        }
        let open = |(format, file): (Format, Option<&Path>)| Ok((format, Output::open(file, args.show_endpoints)?));
        files.into_iter().map(open).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Writes the report to all of them.
    pub(super) fn write(&mut self, args: &AuditArgs, report: &Report) -> anyhow::Result<()> {
        for (format, output) in &mut self.0 {
            let look = Look { show_endpoints: args.show_endpoints, ..look(&args.look, output) };
            let written = report::render(report, *format, &look, &mut output.stream);
            output.finish(written)?;
        }
        if self.0.iter().any(|(format, _)| *format == Format::Github) {
            summarize(args, report)?;
        }
        Ok(())
    }
}

/// Appends to the summary of the job, where GitHub Actions asks for one.
fn summarize(args: &AuditArgs, report: &Report) -> anyhow::Result<()> {
    let Some(file) = args.step_summary.as_deref().filter(|file| !file.as_os_str().is_empty()) else { return Ok(()) };
    let mut summary = Vec::new();
    let look = Look {
        width: 0,
        color: false,
        unicode: true,
        verbosity: Verbosity::Normal,
        show_endpoints: args.show_endpoints,
    };
    report::render(report, Format::Markdown, &look, &mut summary)
        .and_then(|()| OpenOptions::new().append(true).create(true).open(file)?.write_all(&summary))
        .with_context(|| format!("cannot append to the summary of the job in {}", file.display()))
}
