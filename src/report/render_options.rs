//! How output looks: renderers look at no terminal and no environment, this says all that they may know.

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// The summary.
    Quiet,
    /// Every control in a line, and what is wrong in full.
    Normal,
    /// The chains of passing controls too.
    Verbose,
}

/// How it looks.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// Columns.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
    /// How much to say.
    pub verbosity: Verbosity,
    /// Whether to show subscribers' addresses in full.
    pub show_endpoints: bool,
    /// Whether to show the name of who asked in full, in formats other than JSON.
    pub show_callers: bool,
    /// Where the pages of the accounts are, for a page of many: what precedes `ACCOUNT.html` in a link, encoded. `None`:
    /// there are none.
    pub pages: Option<String>,
}

impl RenderOptions {
    /// How a report in a file looks that no option of the terminal changes.
    #[must_use]
    pub fn of_file(show_endpoints: bool) -> Self {
        let (width, verbosity) = (0, Verbosity::Normal);
        let show_callers = show_endpoints;
        Self { width, color: false, unicode: true, verbosity, show_endpoints, show_callers, pages: None }
    }
}
