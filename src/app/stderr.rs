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

/// An error and what it comes from, each text once: some errors say already what they come from.
pub(super) fn in_one_line(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_repeated_cause_is_printed_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read it: {0}")]
        struct SaysItsCause(#[source] io::Error);
        let not_found = || io::Error::from_raw_os_error(2);
        let wanted = "a.json: cannot read it: No such file or directory (os error 2)";
        let error = Err::<(), _>(SaysItsCause(not_found())).context("a.json").expect_err("an error");
        assert_eq!(in_one_line(&error), wanted);
        let error = Err::<(), _>(not_found()).context("cannot read it").context("a.json").expect_err("an error");
        assert_eq!(in_one_line(&error), wanted);
    }
}
