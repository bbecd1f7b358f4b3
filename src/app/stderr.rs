//! Everything else that is reported: lines on standard error.

use std::io::{self, Write as _};

use crate::escape;

/// A line on stderr. What it says may hold names of an account or a file: nothing of it may steer the terminal.
pub(super) fn say(line: &str) {
    let mut lines = String::new();
    for line in escape::terminal_lines(line).split('\n') {
        // In CI a line that begins so would be a command to the runner (GitHub Actions).
        match line.trim_start().strip_prefix("::") {
            Some(rest) => lines.extend([&line[..line.len() - rest.len() - 2], ":\\u{3a}", rest, "\n"]),
            None => lines.extend([line, "\n"]),
        }
    }
    // A stderr that cannot be written to leaves no one to inform.
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}
