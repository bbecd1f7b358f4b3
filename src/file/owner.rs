//! Whose a file is, and who may read it: what one has that takes the place of another. No content is read or written.

#[cfg(unix)]
pub(super) use self::unix::{can_take_over, check_in_place, make_private, take_over};

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata, Permissions};
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    use std::path::Path;

    use super::super::Readers;
    use super::super::links::directory;

    /// Reading and writing, for its owner.
    const PRIVATE: u32 = 0o600;
    /// In such a directory only its owner, and that of a file, may rename the file.
    const STICKY: u32 = 0o1000;
    const ROOT: u32 = 0;

    /// Whether a new file may take the place of the one that is there, and be like it.
    pub(in super::super) fn can_take_over(new: &File, path: &Path, found: &Metadata, readers: Readers) -> bool {
        if is_held(path, found) {
            return false;
        }
        match readers {
            Readers::Owner => true,
            Readers::AsBefore => !has_access_list(path) && chown(new, found).is_ok(),
        }
    }

    /// Gives a new file the owner and the mode of the one whose place it takes.
    pub(in super::super) fn take_over(new: &File, found: &Metadata, readers: Readers) -> io::Result<()> {
        match readers {
            Readers::AsBefore => {
                chown(new, found)?;
                new.set_permissions(Permissions::from_mode(found.mode() & 0o7777))
            }
            // Accessible to no other user, also where another user's file was there: who put it there could read it.
            Readers::Owner => new.set_permissions(Permissions::from_mode(PRIVATE)),
        }
    }

    /// Whether what only its owner may read can be written into the file that is there.
    pub(in super::super) fn check_in_place(found: &Metadata, readers: Readers) -> io::Result<()> {
        let user = rustix::process::geteuid().as_raw();
        if readers == Readers::AsBefore || user == ROOT || user == found.uid() {
            return Ok(());
        }
        Err(io::Error::new(ErrorKind::PermissionDenied, "it belongs to another user, who could read what is written"))
    }

    /// From now on only its owner may read it.
    pub(in super::super) fn make_private(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(PRIVATE))
    }

    fn chown(new: &File, found: &Metadata) -> io::Result<()> {
        let made = new.metadata()?;
        if (made.uid(), made.gid()) == (found.uid(), found.gid()) {
            return Ok(());
        }
        fchown(new, Some(found.uid()), Some(found.gid()))
    }

    fn is_held(path: &Path, found: &Metadata) -> bool {
        let user = rustix::process::geteuid().as_raw();
        let is_sticky = |directory: &Metadata| directory.mode() & STICKY != 0 && directory.uid() != user;
        user != ROOT && user != found.uid() && fs::metadata(directory(path)).is_ok_and(|it| is_sticky(&it))
    }

    /// Whether more is said of who may read it than its mode says (acl(5)). A new file would not have it.
    #[cfg(target_os = "linux")]
    fn has_access_list(path: &Path) -> bool {
        let no_value: &mut [u8] = &mut [];
        rustix::fs::getxattr(path, "system.posix_acl_access", no_value).is_ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn has_access_list(_: &Path) -> bool {
        false
    }
}

#[cfg(not(unix))]
pub(super) use self::elsewhere::{can_take_over, check_in_place, make_private, take_over};

/// Without modes: who may read a file is inherited from its directory.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    use super::super::Readers;

    pub(in super::super) fn can_take_over(_: &File, _: &Path, _: &Metadata, _: Readers) -> bool {
        true
    }

    pub(in super::super) fn take_over(_: &File, _: &Metadata, _: Readers) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn check_in_place(_: &Metadata, _: Readers) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn make_private(_: &File) -> io::Result<()> {
        Ok(())
    }
}
