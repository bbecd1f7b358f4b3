//! A journal's file: begun where nothing is, and gone on with behind its last whole line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::file;
use crate::fix::journal::{Header, Journal, Log, first_line, whole_lines};

impl Log for File {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_all(line)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Begins a journal in a file that does not exist and that only its owner can read.
///
/// # Errors
/// The file exists, or cannot be written.
pub(super) fn create(path: &Path, header: &Header) -> io::Result<Journal> {
    // With its header or not at all: what has none cannot be undone, and keeps the name from the next run.
    Ok(Journal::behind(Box::new(file::begin(path, &first_line(header)?)?)))
}

/// Opens a journal to go on with it. A last line that was torn is cut off.
///
/// # Errors
/// It cannot be read or written.
pub(super) fn open(path: &Path) -> io::Result<Journal> {
    let written = fs::read(path)?;
    let mut file = OpenOptions::new().append(true).open(path)?;
    let (whole, lacks_end) = whole_lines(&written);
    if lacks_end {
        file.write_all(b"\n")?;
    } else {
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
    }
    Ok(Journal::behind(Box::new(file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::journal::Record;
    use crate::fix::journal::State;
    use crate::fix::journal::tests::{header, step, written};

    /// A journal that was torn in its last line, and one that was torn right before that line's end, are gone on with.
    #[test]
    fn what_is_undone_is_written_behind_what_was_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        for cut in [0, 1, 7] {
            let text = written();
            fs::write(&path, &text[..text.len() - cut]).unwrap();
            open(&path).unwrap().undone(&step()).unwrap();
            let entries = Record::parse(&fs::read(&path).unwrap()).unwrap().entries;
            let states: Vec<State> = entries.into_iter().map(|entry| entry.state).collect();
            let done = (cut < 7).then_some(State::Done);
            let wanted: Vec<State> =
                [State::Begun, State::Refused, State::Begun].into_iter().chain(done).chain([State::Undone]).collect();
            assert_eq!(states, wanted, "{cut}");
        }
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        drop(create(&path, &header()).unwrap());
        assert_eq!(create(&path, &header()).err().unwrap().kind(), io::ErrorKind::AlreadyExists);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        drop(create(&path, &header()).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
