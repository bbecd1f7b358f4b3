//! `cis-audit undo` without a file: the journals that there are.

use crate::escape;
use std::io;

use jiff::Timestamp;
use serde::Serialize;

use super::document;
use super::format::ListFormat;
use super::paint::{Paint, Tone};
use super::render_options::RenderOptions;

/// What can be read of a journal. Whether what it names is still there only AWS knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The file.
    pub journal: String,
    /// The account that was changed, 12 digits.
    pub account_id: Option<String>,
    /// The region that was asked for.
    pub region: Option<String>,
    /// When the account was read that the plan was made for.
    pub collected_at: Option<Timestamp>,
    /// How many steps were begun.
    pub steps: usize,
    /// How many of them are not undone yet.
    pub left: usize,
    /// Why the file cannot be read as a journal.
    pub error: Option<String>,
}

/// Writes the journals, for people two lines each: a path is there to be copied and never wrapped.
///
/// # Errors
/// What the writer reports.
pub fn render(rows: &[Row], format: ListFormat, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if format == ListFormat::Json {
        return document::write(rows, out);
    }
    let paint = Paint::new(options);
    for row in rows {
        writeln!(out, "{}\n  {}", headline(row, paint), escape::shell_word(&row.journal))?;
    }
    writeln!(out, "\ncis-audit undo --dry-run FILE  shows what would be removed, and")?;
    writeln!(out, "cis-audit undo FILE            asks, then removes it")
}

fn headline(row: &Row, paint: Paint) -> String {
    let when = row.collected_at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let (Some(account), Some(region)) = (&row.account_id, &row.region) else {
        let why = row.error.as_deref().unwrap_or_default();
        return paint.tone(Tone::Doubt, &format!("not readable: {}", escape::terminal(why)));
    };
    let steps = if row.steps == 1 { "1 step".to_owned() } else { format!("{} steps", row.steps) };
    let left = if row.left == 0 { "nothing left to undo".to_owned() } else { format!("{} to undo", row.left) };
    let bullet = paint.bullet();
    let place = format!("{}{bullet}{}", escape::terminal(account), escape::terminal(region));
    format!("{}{bullet}{place}{bullet}{steps}, {left}", paint.tone(Tone::Strong, &when))
}
