//! Where there are no signals that end a program: the same words as `signals`, with nothing to do.

use std::io;
use std::path::PathBuf;

/// Nothing takes a file away.
#[derive(Debug)]
pub(super) struct Noted;

/// Makes a file.
pub(super) fn noted<T>(make: impl FnOnce() -> io::Result<T>, _: impl FnOnce(&T) -> PathBuf) -> io::Result<(T, Noted)> {
    make().map(|made| (made, Noted))
}

/// Nothing interrupts this.
pub(super) fn uninterrupted<T>(write: impl FnOnce() -> T) -> T {
    write()
}

/// Nothing else would have been interrupted.
#[cfg(feature = "aws")]
pub(crate) fn take_interrupts() {}
