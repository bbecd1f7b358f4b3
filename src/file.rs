//! Files that are written whole or not at all.
//!
//! What is written goes into a file next to its place, which takes the name when all of it is on the disk: a full disk,
//! an error or a signal leaves what was there before. A file that is there already keeps its mode and its owner; one
//! that only its owner may read is made so whatever it was before. Links are followed: the file that they lead to is
//! written, and they stay.
//!
//! Some files cannot be given way to another: something is mounted on them (a single file in a container), their directory
//! is not writable, or only their owner could make another like them. Those are written in place, what they lack of room
//! first, so that a full disk leaves them whole too.
//!
//! Nothing here knows what is written, and no message of it holds a name that was not given.

mod draft;
mod in_place;
mod links;
mod owner;
mod readers;
#[cfg_attr(not(unix), path = "file/no_signals.rs")]
mod signals;
mod temporary;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

pub(crate) use self::draft::Draft;
pub(crate) use self::links::{is_stdout, same};
pub(crate) use self::readers::Readers;
#[cfg(feature = "aws")]
pub(crate) use self::signals::take_interrupts;
use self::temporary::Temporary;

/// Where something is written that the user named.
pub(crate) enum Target {
    /// A device, a pipe, a descriptor: it takes what it gets.
    Stream(File),
    /// A file, written when all of it is known.
    Place(Place),
}

impl Target {
    /// Finds out before the work is done whether it can be written. Nothing is written yet.
    ///
    /// # Errors
    /// It cannot be written; what is wrong with it, without its name.
    pub(crate) fn find(name: &Path, readers: Readers) -> io::Result<Self> {
        if links::is_descriptor(name) {
            return OpenOptions::new().append(true).open(name).map(Self::Stream);
        }
        match fs::metadata(name) {
            Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => OpenOptions::new().write(true).open(name).map(Self::Stream),
            Ok(_) | Err(_) => Place::find(name, readers).map(Self::Place),
        }
    }
}

/// Where a file is written.
#[derive(Debug)]
pub(crate) struct Place {
    /// Links are followed.
    path: PathBuf,
    readers: Readers,
}

/// How a file gets to its place.
#[derive(Debug)]
enum Way {
    /// Nothing is there.
    Create,
    /// It takes the place of this one.
    Replace(Metadata),
    /// It is written into the one that is there.
    InPlace,
}

impl Place {
    /// A place that can be written to.
    ///
    /// # Errors
    /// It cannot; what is wrong with it, without its name.
    pub(crate) fn find(name: &Path, readers: Readers) -> io::Result<Self> {
        let place = Self { path: links::followed(name)?, readers };
        place.way()?;
        Ok(place)
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// It could not be written, and what was there before is still there.
    pub(crate) fn write(&self, content: &[u8]) -> io::Result<()> {
        if matches!(self.way()?, Way::InPlace) {
            return in_place::write(&self.path, content, self.readers);
        }
        let mut temporary = Temporary::beside(&self.path, self.readers)?;
        temporary.fill(content)?;
        self.take(temporary, |_| Ok(content))
    }

    /// Lets a file that is whole take the place. `content`: what is in it, for a place that no other file can take.
    fn take<C: AsRef<[u8]>>(
        &self,
        temporary: Temporary,
        content: impl Fn(&Temporary) -> io::Result<C>,
    ) -> io::Result<()> {
        let in_place = |content: C| in_place::write(&self.path, content.as_ref(), self.readers);
        let replaced = match self.way()? {
            Way::InPlace => return in_place(content(&temporary)?),
            Way::Replace(found) => Some(found),
            Way::Create => None,
        };
        if let Some(found) = &replaced {
            owner::take_over(temporary.file(), found, self.readers)?;
        }
        match temporary.replace(&self.path) {
            // Something was mounted on it since, or renaming is refused where it could not be seen before.
            Err((error, temporary)) if replaced.is_some() && leaves_the_file_writable(&error) => {
                in_place(content(&temporary)?)
            }
            outcome => outcome.map_err(|(error, _)| error),
        }
    }

    /// How it would be written now.
    fn way(&self) -> io::Result<Way> {
        let found = match fs::metadata(&self.path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                temporary::probe(&self.path)?;
                return Ok(Way::Create);
            }
            Err(error) => return Err(error),
        };
        if found.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        // The superuser may write to it all the same; its mode says that it is to stay as it is.
        if found.permissions().readonly() {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only"));
        }
        drop(OpenOptions::new().write(true).open(&self.path)?);
        let is_replaceable = match temporary::probe(&self.path) {
            Ok(probe) => {
                !links::is_mounted(&self.path) && owner::can_take_over(&probe, &self.path, &found, self.readers)
            }
            Err(error) if leaves_the_file_writable(&error) => false,
            Err(error) => return Err(error),
        };
        if is_replaceable {
            return Ok(Way::Replace(found));
        }
        owner::check_in_place(&found, self.readers)?;
        Ok(Way::InPlace)
    }
}

/// Whether a file can be written though none can be made beside it, or take its name.
fn leaves_the_file_writable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
    )
}

/// Finds out whether [`begin`] could begin a file now.
///
/// # Errors
/// Something has its name, a link that leads nowhere included, or none can be made there.
#[cfg(any(test, feature = "aws"))]
pub(crate) fn is_free(name: &Path) -> io::Result<()> {
    if fs::symlink_metadata(name).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    temporary::probe(name).map(drop)
}

/// Begins a file that others may not read, which is there with its beginning or not at all, and never in the place of
/// another. What is written to it is appended.
///
/// # Errors
/// Something has its name, or it could not be written.
#[cfg(feature = "aws")]
pub(crate) fn begin(name: &Path, beginning: &[u8]) -> io::Result<File> {
    let mut temporary = Temporary::beside(name, Readers::Owner)?;
    temporary.fill(beginning)?;
    match temporary.settle(name) {
        // Some file systems can neither rename without replacing nor link.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => begin_in_place(name, beginning),
        outcome => outcome,
    }
}

#[cfg(feature = "aws")]
fn begin_in_place(name: &Path, beginning: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(name)?;
    match file.write_all(beginning).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(file),
        Err(error) => {
            // It was not there before.
            let _ = fs::remove_file(name);
            Err(error)
        }
    }
}

/// Appends to a file that someone else began, all of it or nothing.
///
/// # Errors
/// It could not be written.
pub(crate) fn append(name: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(name)?;
    let found = file.metadata()?;
    file.write_all(content).inspect_err(|_| {
        if found.is_file() {
            // What is too much for the disk takes no room on it.
            let _ = file.set_len(found.len());
        }
    })
}

#[cfg(test)]
mod tests;
