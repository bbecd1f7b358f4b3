//! Which file a name means. Nothing is written.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Standard output, as people call it where something is to be written.
pub(crate) fn is_stdout(name: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].map(Path::new).contains(&name)
}

/// What the caller opened for this program: its name is no file's.
pub(super) fn is_descriptor(name: &Path) -> bool {
    name == Path::new("/dev/stderr") || ["/dev/fd", "/proc/self/fd"].iter().any(|fds| name.starts_with(fds))
}

/// The file that is meant, whether it is there or not.
///
/// # Errors
/// It cannot be one.
pub(super) fn followed(name: &Path) -> io::Result<PathBuf> {
    match fs::metadata(name) {
        Ok(_) => fs::canonicalize(name),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(name),
        // What the system does not follow is not followed here either.
        Err(error) => Err(error),
    }
}

/// A file that is not there, at the end of links that may be.
fn missing(name: &Path) -> io::Result<PathBuf> {
    let mut path = name.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(link) = fs::read_link(&path) else { break };
        path = directory(&path).join(link);
    }
    let is_directory =
        path.as_os_str().as_encoded_bytes().last().is_some_and(|byte| std::path::is_separator(char::from(*byte)));
    match path.file_name() {
        Some(_) if is_directory => Err(ErrorKind::IsADirectory.into()),
        Some(file) => Ok(fs::canonicalize(directory(&path))?.join(file)),
        None => Err(ErrorKind::NotFound.into()),
    }
}

/// Where a file is.
pub(super) fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether two names mean one file. Devices and pipes hold nothing that could be lost.
pub(crate) fn same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) if is_one(&one, &other) => one.is_file(),
        (Ok(found), _) | (_, Ok(found)) if !found.is_file() => false,
        _ => matches!((followed(one), followed(other)), (Ok(one), Ok(other)) if one == other),
    }
}

#[cfg(unix)]
fn is_one(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_one(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Whether something is mounted on a file, so that no other can take its name: `rename` says EBUSY (rename(2)).
#[cfg(target_os = "linux")]
pub(super) fn is_mounted(file: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // Since Linux 5.8. An older one says so when the file is renamed, and then it is written in place.
    statx(CWD, file, AtFlags::empty(), StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_mounted(_: &Path) -> bool {
    false
}
