//! How output looks on the stream that it goes to.

use std::env;
use std::io;
#[cfg(feature = "aws")]
use std::io::IsTerminal as _;

use terminal_size::{Height, Width};

use super::output::Output;
use crate::cli::{Color, OutputArgs};
use crate::report::{RenderOptions, Verbosity};

/// What a pipe or a file gets, and a terminal that does not report its width.
const PLAIN_WIDTH: usize = 80;

/// How it looks on an output.
pub(super) fn render_options(args: &OutputArgs, output: &Output) -> RenderOptions {
    let colors = || output.stdout && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    render_options_on(args, terminal_size::terminal_size_of(io::stdout()).filter(|_| output.terminal), colors)
}

/// How a plan looks on standard error.
#[cfg(feature = "aws")]
pub(super) fn render_options_of_stderr(args: &OutputArgs) -> RenderOptions {
    let colors = || anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    render_options_on(
        args,
        terminal_size::terminal_size_of(io::stderr()).filter(|_| io::stderr().is_terminal()),
        colors,
    )
}

/// How it looks on a stream of this size, whose colours are asked about only where the user left them to it.
fn render_options_on(args: &OutputArgs, size: Option<(Width, Height)>, colors: impl FnOnce() -> bool) -> RenderOptions {
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => colors(),
    };
    let width = asked_width().or(size.map(|(width, _)| usize::from(width.0))).unwrap_or(PLAIN_WIDTH);
    RenderOptions { width, color, unicode: !args.ascii, verbosity: verbosity(args), ..RenderOptions::of_file(false) }
}

/// What `COLUMNS` says, which people set for a pipe or a pager; shells do not export it unasked. Nothing that is no width
/// counts.
fn asked_width() -> Option<usize> {
    let columns = env::var_os("COLUMNS")?;
    columns.to_str()?.parse().ok().filter(|columns| *columns > 0)
}

pub(super) fn verbosity(args: &OutputArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    }
}
