//! The spinner on stderr: what is being read, for a person who waits. Nothing on a pipe.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::OutputArgs;
use crate::escape;

/// How the spinner is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spinner {
    Hidden,
    Unicode,
    Ascii,
}

impl Spinner {
    pub(super) fn from_args(display: &OutputArgs) -> Self {
        match (display.quiet, display.ascii) {
            (true, _) => Self::Hidden,
            (false, true) => Self::Ascii,
            (false, false) => Self::Unicode,
        }
    }
}

/// A line that says what is being done, while it is being done.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shows nothing unless stderr is a terminal and it is wanted.
    pub(super) fn new(spinner: Spinner) -> Self {
        if spinner == Spinner::Hidden || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(if spinner == Spinner::Ascii { style.tick_chars("|/-\\ ") } else { style });
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says what is being done.
    pub(super) fn say(&self, what: &str) {
        self.0.set_message(escape::terminal(what).into_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
