//! Where reports go: one or several, each to standard output or into a file. Nothing here knows what a report says.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::look;
use crate::cli::AuditArgs;
use crate::finding::Report;
use crate::report::{self, Format, Look};

/// Where something that is asked for goes.
pub(super) struct Output {
    pub(super) stream: BufWriter<Box<dyn Write>>,
    /// It is a terminal: then it has a width and maybe colours.
    pub(super) terminal: bool,
    /// It goes to standard output, whatever that is.
    pub(super) stdout: bool,
}

impl Output {
    /// Opens the output before the work is done, so that a bad path fails at once.
    pub(super) fn open(file: Option<&Path>, private: bool) -> anyhow::Result<Self> {
        let Some(file) = file.filter(|file| *file != Path::new("-")) else {
            let stdout = io::stdout();
            let terminal = stdout.is_terminal();
            return Ok(Self { stream: BufWriter::new(Box::new(stdout)), terminal, stdout: true });
        };
        let opened = if private { create_private(file) } else { File::create(file) };
        let opened = opened.with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self { stream: BufWriter::new(Box::new(opened)), terminal: false, stdout: false })
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
        if args.format.is_empty() {
            return Ok(Self(vec![(Format::Table, Output::open(args.output.as_deref(), false)?)]));
        }
        let in_the_open = args.format.iter().filter(|wanted| wanted.file.is_none()).count();
        if in_the_open > 1 {
            bail!("only one report can go to {}: give the others files, as in -f json=report.json", target(args));
        }
        if in_the_open == 0 && args.output.is_some() {
            bail!("every --format has a file of its own: --output has nothing to write");
        }
        let mut files: Vec<&Path> = args.format.iter().filter_map(|wanted| wanted.file.as_deref()).collect();
        files.extend(args.output.as_deref());
        files.sort_unstable();
        if let Some(pair) = files.windows(2).find(|pair| pair.first() == pair.last()) {
            bail!("two reports would go to {}", pair.first().unwrap_or(&Path::new("-")).display());
        }
        let open = |wanted: &crate::cli::Wanted| {
            let file = wanted.file.as_deref().or(args.output.as_deref());
            Ok((wanted.format, Output::open(file, false)?))
        };
        args.format.iter().map(open).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Writes the report to all of them.
    pub(super) fn write(&mut self, args: &AuditArgs, report: &Report) -> anyhow::Result<()> {
        for (format, output) in &mut self.0 {
            let look = Look { show_endpoints: args.show_endpoints, ..look(&args.look, output) };
            match report::render(report, *format, &look, &mut output.stream).and_then(|()| output.stream.flush()) {
                // The verdict stands even if its reader has gone.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => return Err(error).context("cannot write the report"),
                Ok(()) => {}
            }
        }
        Ok(())
    }
}

fn target(args: &AuditArgs) -> String {
    args.output.as_deref().map_or_else(|| "standard output".to_owned(), |file| file.display().to_string())
}
