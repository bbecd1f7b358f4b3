//! A question to the person at the terminal. There is no question on a pipe.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::escape;

/// Asks for a line. `None`: there is no terminal to ask on, or no one to read the question.
///
/// # Errors
/// The question cannot be written, or the input ends before a line.
pub(super) fn line(question: &str) -> io::Result<Option<String>> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{}", escape::terminal(question))?;
    stderr.flush()?;
    let mut answer = String::new();
    match stdin.lock().read_line(&mut answer)? {
        // The cursor stays behind the question.
        0 => writeln!(stderr).and_then(|()| Err(io::ErrorKind::UnexpectedEof.into())),
        _ => Ok(Some(answer)),
    }
}
