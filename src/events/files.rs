//! Finds and opens files of events: directories are walked, gzip is unpacked. What a file holds is for [`Events`].
//!
//! [`Events`]: super::Events

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

/// Why files could not be found.
#[derive(Debug, Error)]
pub enum FilesError {
    /// A directory or file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in a directory looks like a file of events.
    #[error("no files of events below {} (.json, .ndjson, .jsonl, .log, or one of these with .gz)", .0.display())]
    None(PathBuf),
}

/// What files of events are called, in any letter case.
const ENDINGS: [&str; 5] = ["json", "ndjson", "jsonl", "log", "gz"];

/// Directories that CloudTrail fills with signatures of its files, not with events.
const SIGNATURES: &str = "CloudTrail-Digest";

/// The file, or the files of events in the directory and below it, in the order of their paths. What cannot be read of
/// a directory is among them as an error. Hidden files, and links to directories, are left out.
#[must_use]
pub fn below(path: &Path) -> Vec<Result<PathBuf, FilesError>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        match entries(&directory) {
            Ok((files, mut directories)) => {
                found.extend(files.into_iter().map(Ok));
                directories.reverse();
                open.append(&mut directories);
            }
            Err(source) => found.push(Err(FilesError::Read { path: directory, source })),
        }
    }
    if found.is_empty() {
        found.push(Err(FilesError::None(path.to_owned())));
    }
    found
}

/// Files of events and directories in a directory, each sorted.
fn entries(directory: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            if name != SIGNATURES {
                directories.push(path);
            }
        } else if is_called_events(&path) && (kind.is_file() || path.is_file()) {
            files.push(path);
        }
    }
    files.sort();
    directories.sort();
    Ok((files, directories))
}

fn is_called_events(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Opens a file, unpacked if it is gzip.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    unpacked(File::open(path)?)
}

/// The input itself, or what it unpacks to if it begins as gzip does. Of several members all are read.
///
/// # Errors
/// What the first read says.
pub fn unpacked(mut input: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    let mut start = Vec::with_capacity(MAGIC.len());
    input.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let is_packed = start == MAGIC;
    let whole = Cursor::new(start).chain(input);
    Ok(if is_packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}
