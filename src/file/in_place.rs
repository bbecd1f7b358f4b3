//! Writing into a file that no other can take the place of. Whether that is so is not asked here.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::signals::uninterrupted;
use super::{Readers, owner};

/// Writes a file that is there. A signal waits until it is whole.
pub(super) fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    if readers == Readers::Owner {
        owner::make_private(&file)?;
    }
    uninterrupted(|| overwrite(&mut file, content))
}

/// What the old content has no room for comes first: if the disk is full the file is cut back, and is what it was.
fn overwrite(file: &mut File, content: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let (head, tail) =
        content.split_at_checked(usize::try_from(before).unwrap_or(usize::MAX)).unwrap_or((content, &[]));
    if !tail.is_empty() {
        file.seek(SeekFrom::Start(before))?;
        if let Err(error) = file.write_all(tail).and_then(|()| file.sync_all()) {
            file.set_len(before)?;
            return Err(error);
        }
    }
    file.rewind()?;
    file.write_all(head)?;
    file.set_len(u64::try_from(content.len()).unwrap_or(u64::MAX))?;
    file.sync_all()
}
