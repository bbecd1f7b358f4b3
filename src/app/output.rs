//! Where something that is asked for goes: to standard output or into a file.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, bail};

use super::stderr::say;
use crate::cli::Wanted;
use crate::escape;
use crate::file::{self, Draft, Readers, Target};
use crate::report::Format;

/// Where something that is asked for goes.
pub(super) struct Output {
    pub(super) stream: Stream,
    /// It is a terminal: then it has a width and maybe colours.
    pub(super) terminal: bool,
    /// It goes to standard output, whatever that is.
    pub(super) stdout: bool,
    /// What messages call it: as it was called on the command line.
    name: String,
    /// The file, if it is one that was named.
    file: Option<PathBuf>,
}

/// What takes an output.
pub(super) enum Stream {
    /// It goes out as it comes.
    Open(BufWriter<Box<dyn Write>>),
    /// It goes into its place once all of it is known.
    File(Draft),
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(stream) => stream.write(bytes),
            Self::File(draft) => draft.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(stream) => stream.flush(),
            Self::File(draft) => draft.flush(),
        }
    }
}

/// Where each format that is asked for goes, a table if none is; `None`: to standard output. `what`: what they are, such as
/// `report`.
pub(super) fn destinations<'a>(
    formats: &'a [Wanted],
    output: Option<&'a Path>,
    what: &str,
    example: &str,
) -> anyhow::Result<Vec<(Format, Option<&'a Path>)>> {
    static TABLE: [Wanted; 1] = [Wanted { format: Format::Table, file: None }];
    let wanted = if formats.is_empty() { &TABLE[..] } else { formats };
    if output.is_some() && wanted.iter().all(|wanted| wanted.file.is_some()) {
        bail!("every --format has a file of its own: --output has nothing to write");
    }
    let files: Vec<(Format, Option<&Path>)> =
        wanted.iter().map(|it| (it.format, it.file.as_deref().or(output))).collect();
    if files.iter().filter(|(_, file)| file.is_none_or(file::is_stdout)).count() > 1 {
        bail!("only one {what} can go to standard output: give the others files, as in -f json={example}");
    }
    for (at, file) in files.iter().enumerate() {
        let others = files.iter().skip(at + 1).filter_map(|(_, other)| other.zip(file.1));
        if let Some((_, file)) = others.into_iter().find(|(other, file)| file::same(file, other)) {
            bail!("two {what}s would go to {}", path::absolute(file).unwrap_or_else(|_| file.to_owned()).display());
        }
    }
    Ok(files)
}

impl Output {
    /// Opens the output before the work is done, so that a bad path fails at once. Nothing is replaced yet.
    pub(super) fn open(file: Option<&Path>, readers: Readers) -> anyhow::Result<Self> {
        let Some(file) = file.filter(|file| !file::is_stdout(file)) else {
            let stdout = io::stdout();
            let terminal = stdout.is_terminal();
            let stream = Stream::Open(BufWriter::new(Box::new(stdout)));
            return Ok(Self { stream, terminal, stdout: true, name: "standard output".to_owned(), file: None });
        };
        let name = file.display().to_string();
        let named = Some(file.to_owned());
        let stream = match Target::find(file, readers).with_context(|| format!("cannot write {name}"))? {
            Target::Stream(stream) => Stream::Open(BufWriter::new(Box::new(stream))),
            Target::Place(place) => Stream::File(Draft::new(place)),
        };
        Ok(Self { stream, terminal: false, stdout: false, name, file: named })
    }

    /// The file, if it is one that was named.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Says on standard error where it went, if that is a file: a name may be relative, or come from a project file.
    pub(super) fn say_where(&self, what: &str) {
        if self.file.is_some() {
            say(&format!("{what} written to {}", escape::terminal(&self.name)));
        }
    }

    /// Standard output.
    pub(super) fn stdout() -> anyhow::Result<Self> {
        Self::open(None, Readers::AsBefore)
    }

    /// Ends what was written. That a reader has gone is no error.
    pub(super) fn finish(&mut self, written: io::Result<()>) -> anyhow::Result<()> {
        let ended = written.and_then(|()| match &mut self.stream {
            Stream::Open(stream) => stream.flush(),
            Stream::File(draft) => draft.settle(),
        });
        match ended {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            ended => ended.with_context(|| format!("cannot write {}", self.name)),
        }
    }
}

/// Prints what is made already.
pub(super) fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut output = Output::stdout()?;
    let written = output.stream.write_all(text);
    output.finish(written)
}
