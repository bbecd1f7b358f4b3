// Modes, links and owners are those of Unix.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    Place::find(path, readers)?.write(content)
}

/// The same in parts.
fn write_in_parts(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut draft = Draft::new(Place::find(path, readers)?);
    content.chunks(10_000).try_for_each(|part| draft.write_all(part))?;
    draft.settle()
}

/// A directory with a file of this mode.
fn with_file(mode: u32) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (directory, path)
}

fn names(directory: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_file_keeps_its_mode_unless_only_its_owner_may_read_it() {
    for (before, readers, after) in [
        (0o640, Readers::AsBefore, 0o640),
        (0o666, Readers::AsBefore, 0o666),
        (0o755, Readers::AsBefore, 0o755),
        (0o666, Readers::Owner, 0o600),
        (0o600, Readers::Owner, 0o600),
    ] {
        let (directory, path) = with_file(before);
        write(&path, b"new", readers).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), after, "{before:o}");
        assert_eq!(names(&directory), ["file"]);
    }
}

#[test]
fn large_content_waits_beside_its_place() {
    let content = b"0123456789".repeat(300_000);
    for (before, readers, after) in
        [(0o640, Readers::AsBefore, 0o640), (0o666, Readers::Owner, 0o600), (0o755, Readers::AsBefore, 0o755)]
    {
        let (directory, path) = with_file(before);
        write_in_parts(&path, &content, readers).unwrap();
        assert!(fs::read(&path).unwrap() == content);
        assert_eq!((mode(&path), names(&directory)), (after, vec!["file".to_owned()]), "{before:o}");
    }
    let (directory, path) = with_file(0o644);
    let mut draft = Draft::new(Place::find(&path, Readers::AsBefore).unwrap());
    draft.write_all(&content).unwrap();
    assert_eq!((fs::read(&path).unwrap(), names(&directory).len()), (b"old".to_vec(), 2));
    drop(draft);
    assert_eq!(names(&directory), ["file"]);
    // What comes later is another file.
    let mut draft = Draft::new(Place::find(&path, Readers::AsBefore).unwrap());
    draft.write_all(&content).unwrap();
    draft.settle().unwrap();
    draft.write_all(b"new").unwrap();
    draft.settle().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn finding_a_place_changes_nothing() {
    let (directory, path) = with_file(0o644);
    let inode = fs::metadata(&path).unwrap().ino();
    Place::find(&path, Readers::Owner).unwrap();
    Place::find(&directory.path().join("none"), Readers::Owner).unwrap();
    is_free(&directory.path().join("none")).unwrap();
    assert_eq!((names(&directory), mode(&path)), (vec!["file".to_owned()], 0o644));
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let (directory, path) = with_file(0o644);
    let link = directory.path().join("link");
    symlink("file", &link).unwrap();
    write(&link, b"new", Readers::AsBefore).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("file"));

    let (first, second) = (directory.path().join("first"), directory.path().join("second"));
    symlink("second", &first).unwrap();
    symlink(directory.path().join("none"), &second).unwrap();
    write(&first, b"there", Readers::AsBefore).unwrap();
    assert_eq!(fs::read(directory.path().join("none")).unwrap(), b"there");
    assert!(fs::symlink_metadata(&first).unwrap().is_symlink());
}

#[test]
fn links_that_lead_nowhere_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("round");
    symlink("round", &link).unwrap();
    assert!(Place::find(&link, Readers::AsBefore).is_err());
    let link = directory.path().join("gone");
    symlink("no/such/file", &link).unwrap();
    assert_eq!(Place::find(&link, Readers::AsBefore).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_is_no_file_is_not_written() {
    let (directory, path) = with_file(0o444);
    assert_eq!(Place::find(&path, Readers::AsBefore).unwrap_err().to_string(), "it is read-only");
    let error_kind = |name: &str| Place::find(&directory.path().join(name), Readers::AsBefore).unwrap_err().kind();
    assert_eq!(error_kind(""), ErrorKind::IsADirectory);
    assert_eq!(error_kind("new/"), ErrorKind::IsADirectory);
    assert_eq!(error_kind("none/file"), ErrorKind::NotFound);
    assert_eq!(error_kind("file/below"), ErrorKind::NotADirectory);
}

/// A reader sees the old or the new while it is written, and one that has it open keeps it.
#[test]
fn another_file_takes_the_name() {
    let (_directory, path) = with_file(0o644);
    let other = path.with_file_name("other");
    fs::hard_link(&path, &other).unwrap();
    write(&path, b"new", Readers::AsBefore).unwrap();
    assert_eq!(fs::read(&other).unwrap(), b"old");
}

#[test]
fn a_file_that_is_written_in_place_is_the_same_one() {
    for (old, new) in [("old", "longer than it was"), ("longer than it was", "new"), ("old", ""), ("", "new")] {
        let (_directory, path) = with_file(0o644);
        fs::write(&path, old).unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        in_place::write(&path, new.as_bytes(), Readers::Owner).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), new);
        assert_eq!((fs::metadata(&path).unwrap().ino(), mode(&path)), (inode, 0o600));
    }
}

#[test]
fn what_is_begun_is_never_in_the_place_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut file = begin(&path, b"first\n").unwrap();
    file.write_all(b"second\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first\nsecond\n");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(begin(&path, b"third\n").unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(is_free(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
    let link = directory.path().join("link");
    symlink("none", &link).unwrap();
    assert_eq!(begin(&link, b"third\n").unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(is_free(&link).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(names(&directory), ["journal", "link"]);
}

#[test]
fn an_error_names_no_file_that_nobody_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none/file");
    for error in [begin(&path, b"").unwrap_err(), is_free(&path).unwrap_err()] {
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }
}

#[test]
fn one_file_has_many_names() {
    let (directory, path) = with_file(0o644);
    let at = |name: &str| directory.path().join(name);
    symlink("file", at("link")).unwrap();
    symlink("none", at("dangling")).unwrap();
    fs::hard_link(&path, at("hard")).unwrap();
    for name in ["file", "link", "hard", "./file"] {
        assert!(same(&path, &at(name)), "{name}");
    }
    assert!(same(&at("none"), &at("dangling")));
    assert!(!same(&path, &at("none")));
    assert!(!same(Path::new("/dev/null"), Path::new("/dev/null")));
}

#[test]
fn what_cannot_be_appended_is_cut_off() {
    let (_directory, path) = with_file(0o644);
    append(&path, b", new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old, new");
    assert_eq!(append(Path::new("/dev/full"), b"x").unwrap_err().kind(), ErrorKind::StorageFull);
}
