//! Finds files of events in directories, such as a bucket's that was synchronized. What a file holds is for
//! `Opener`.

use std::collections::BTreeSet;
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
    /// Nothing in a directory looks like a file of events.
    #[error("no files of events below {} (.json, .ndjson, .jsonl, .log, .csv, .gz, .zst, .zip, or no ending)", .0.display())]
    None(PathBuf),
}

/// What files of events are called, in any letter case. Firehose gives its files no ending.
const ENDINGS: [&str; 9] = ["json", "ndjson", "jsonl", "log", "csv", "gz", "zst", "zip", ""];

/// What CloudTrail calls directories and files with hashes of its files (user guide, "CloudTrail digest file structure").
const DIGESTS: &str = "CloudTrail-Digest";

/// The files of events in a directory and below it.
#[derive(Debug, Default)]
pub struct Below {
    /// In the order of their paths. What cannot be read of a directory is among them as an error.
    pub files: Vec<Result<PathBuf, FilesError>>,
    /// Files and directories of digests, which were left out.
    pub digests: u64,
    /// Files that are not called as files of events are, which were left out.
    pub others: u64,
    /// The endings of their names.
    pub endings: BTreeSet<String>,
    /// Links to directories, which were left out.
    pub links: u64,
}

/// Whether a file of this path is one of digests.
pub(super) fn is_digest(path: &str) -> bool {
    path.contains(DIGESTS)
}

/// The file, or the files of events in the directory and below it. Hidden files, and links to directories, are left out.
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
            continue;
        }
        let kind = entry.file_type()?;
        let path = entry.path();
        let is_file = kind.is_file() || (!kind.is_dir() && path.is_file());
        if is_digest(&name.to_string_lossy()) {
            below.digests += 1;
        } else if kind.is_dir() {
            directories.push(path);
        } else if is_file && is_called_events(&path) {
            files.push(path);
        } else if is_file {
            below.others += 1;
            below.endings.insert(ending(&path).to_ascii_lowercase());
        } else if kind.is_symlink() && path.is_dir() {
            below.links += 1;
        } else if kind.is_symlink() && is_called_events(&path) {
            // It leads nowhere, which who opens it finds out.
            files.push(path);
        }
    }
    files.sort();
    directories.sort();
    Ok((files, directories))
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn is_called_events(path: &Path) -> bool {
    ENDINGS.iter().any(|known| ending(path).eq_ignore_ascii_case(known))
}
