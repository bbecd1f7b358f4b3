//! Whether a journal is this program's own: a file that only the user can have written.

use std::fs::{self, File};
use std::path::Path;

use super::journals::state_directory;

/// Whether an open journal is in the state directory, and both can be written and read by the user alone.
pub(super) fn is_own(journal: &File, path: &Path) -> bool {
    state_directory().is_some_and(|directory| is_own_in(journal, path, &directory))
}

#[cfg(unix)]
fn is_own_in(journal: &File, path: &Path, directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let whole = |path: &Path| fs::canonicalize(path).ok();
    let is_there = whole(directory)
        .is_some_and(|directory| whole(path).and_then(|path| Some(path.parent()? == directory)) == Some(true));
    let is_users = |found: &fs::Metadata| found.uid() == rustix::process::geteuid().as_raw();
    let (file, place) = (journal.metadata(), fs::metadata(directory));
    is_there
        && file.is_ok_and(|file| file.is_file() && is_users(&file) && file.mode() & 0o077 == 0)
        && place.is_ok_and(|place| is_users(&place) && place.mode() & 0o022 == 0)
}

/// Who may write a file is not asked on other systems.
#[cfg(not(unix))]
fn is_own_in(_: &File, _: &Path, _: &Path) -> bool {
    false
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_journal_is_own_where_only_the_user_can_have_written_it() {
        let home = tempfile::tempdir().unwrap();
        let (state, elsewhere) = (home.path().join("state"), home.path().join("elsewhere"));
        for directory in [&state, &elsewhere] {
            fs::create_dir(directory).unwrap();
            mode(directory, 0o700);
        }
        let is_own = |path: &Path| is_own_in(&File::open(path).unwrap(), path, &state);
        let (inside, outside) = (state.join("a.journal"), elsewhere.join("b.journal"));
        for file in [&inside, &outside] {
            fs::write(file, "").unwrap();
            mode(file, 0o600);
        }
        assert!(is_own(&inside));
        assert!(is_own(&state.join("../state/a.journal")));
        assert!(!is_own(&outside));
        let link = state.join("c.journal");
        symlink(&outside, &link).unwrap();
        assert!(!is_own(&link));
        mode(&inside, 0o640);
        assert!(!is_own(&inside));
        mode(&inside, 0o600);
        mode(&state, 0o770);
        assert!(!is_own(&inside));
    }
}
