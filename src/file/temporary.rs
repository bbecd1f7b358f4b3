//! The file next to a place that becomes the one in it. Whether it may take the place is for the caller.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::Readers;
use super::links::directory;
use super::signals::{self, Noted};

const PREFIX: &str = ".cis-audit-";

/// A file that is gone with its value, or with the program that a signal ends, unless it took its place.
#[derive(Debug)]
pub(super) struct Temporary {
    made: NamedTempFile,
    // Dropped after it.
    noted: Noted,
}

impl Temporary {
    pub(super) fn beside(place: &Path, readers: Readers) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(
            &mut options,
            match readers {
                Readers::Owner => 0o600,
                // Less what the user's mask takes away.
                Readers::AsBefore => 0o666,
            },
        );
        #[cfg(not(unix))]
        let _ = readers;
        let mut builder = tempfile::Builder::new();
        // Opened here, so that an error does not name a file that the user does not know.
        let make = || builder.prefix(PREFIX).make_in(directory(place), |path| options.open(path)).map_err(unnamed);
        let (made, noted) = signals::noted(make, |made| made.path().to_owned())?;
        Ok(Self { made, noted })
    }

    pub(super) fn file(&self) -> &File {
        self.made.as_file()
    }

    /// All of it is on the disk when this returns.
    pub(super) fn fill(&mut self, content: &[u8]) -> io::Result<()> {
        let mut file = self.file();
        file.write_all(content)?;
        match file.sync_all() {
            // Some file systems keep nothing that could be waited for.
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => Ok(()),
            outcome => outcome,
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.made.path()
    }

    /// Takes the place of what is there, if anything is. If it cannot, it is still where it was.
    pub(super) fn replace(self, place: &Path) -> Result<(), (io::Error, Self)> {
        let Self { made, noted } = self;
        match signals::uninterrupted(|| made.persist(place)) {
            Ok(_) => {
                remember(place);
                Ok(())
            }
            Err(refused) => Err((refused.error, Self { made: refused.file, noted })),
        }
    }

    /// Takes a place where nothing is.
    #[cfg(feature = "aws")]
    pub(super) fn settle(self, place: &Path) -> io::Result<File> {
        let persisted = signals::uninterrupted(|| self.made.persist_noclobber(place));
        let file = persisted.map_err(|refused| refused.error)?;
        remember(place);
        Ok(file)
    }
}

/// A name is to outlive a crash too. Not every file system can promise that.
fn remember(place: &Path) {
    #[cfg(unix)]
    if let Ok(directory) = File::open(directory(place)) {
        let _ = directory.sync_all();
    }
    #[cfg(not(unix))]
    let _ = place;
}

/// A file without a name next to a place, which shows that one can be made there.
pub(super) fn probe(place: &Path) -> io::Result<File> {
    tempfile::tempfile_in(directory(place)).map_err(unnamed)
}

/// The error without the name of a file that the user does not know.
fn unnamed(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() { error } else { error.kind().into() }
}
