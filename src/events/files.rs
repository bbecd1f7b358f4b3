//! Finds files of events in directories, such as a bucket's that was synchronized. What a file holds is for
//! `Opener`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why files could not be found.
#[derive(Debug, Error)]
pub enum FilesError {
    /// A directory or file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The directory or file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// There is nothing in a directory that may be a file of events.
    #[error("no files of events below {}", .0.display())]
    None(PathBuf),
}

/// What CloudTrail calls directories and files with hashes of its files (user guide, "CloudTrail digest file structure").
const DIGESTS: &str = "CloudTrail-Digest";

/// The files of events in a directory and below it.
#[derive(Debug, Default)]
pub struct Below {
    /// In the order of their paths. What cannot be read of a directory is among them as an error.
    pub files: Vec<Result<PathBuf, FilesError>>,
    /// Files and directories of digests, which were left out.
    pub digests: u64,
    /// Hidden files and directories, which were left out.
    pub hidden: u64,
    /// Links to directories, which were left out.
    pub links: u64,
}

/// Whether a file of this path is one of digests.
pub(super) fn is_digest(path: &str) -> bool {
    path.contains(DIGESTS)
}

/// The file, or the files in the directory and below it, whatever they are called: a rotated log has any ending, and Firehose gives
/// none. Hidden files, and links to directories, are left out.
#[must_use]
pub fn below(path: &Path) -> Below {
    if !path.is_dir() {
        return Below { files: vec![Ok(path.to_owned())], ..Below::default() };
    }
    let mut below = Below::default();
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        match entries(&directory, &mut below) {
            Ok((files, mut directories)) => {
                below.files.extend(files.into_iter().map(Ok));
                directories.reverse();
                open.append(&mut directories);
            }
            Err(source) => below.files.push(Err(FilesError::Read { path: directory, source })),
        }
    }
    if below.files.is_empty() {
        below.files.push(Err(FilesError::None(path.to_owned())));
    }
    below
}

/// Files of events and directories in a directory, each sorted. What is left out is counted.
fn entries(directory: &Path, below: &mut Below) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            below.hidden += 1;
            continue;
        }
        let kind = entry.file_type()?;
        let path = entry.path();
        let is_file = kind.is_file() || (!kind.is_dir() && path.is_file());
        if is_digest(&name.to_string_lossy()) {
            below.digests += 1;
        } else if kind.is_dir() {
            directories.push(path);
        } else if is_file {
            files.push(path);
        } else if kind.is_symlink() && path.is_dir() {
            below.links += 1;
        } else if kind.is_symlink() {
            // It leads nowhere, which who opens it finds out.
            files.push(path);
        }
    }
    files.sort();
    directories.sort();
    Ok((files, directories))
}
