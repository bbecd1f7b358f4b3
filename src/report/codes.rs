//! `cis-audit explain CODE`: reason codes, and lists of controls and codes, for people and for programs.

use std::io;
use std::sync::Arc;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;

use super::document;
use super::format::ListFormat;
use super::paint::{Paint, Tone};
use super::render_options::RenderOptions;
use super::rules::{self, RuleRow, prose};
use crate::finding::Code;
use crate::rule::Rule;

/// A reason code, as JSON.
#[derive(Serialize)]
struct CodeRow {
    code: &'static str,
    link: &'static str,
    grade: &'static str,
    meaning: &'static str,
    remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy_caveat: Option<&'static str>,
    link_meaning: &'static str,
    grade_meaning: &'static str,
}

/// What a word means, as JSON.
#[derive(Serialize)]
struct Matches<'a> {
    controls: Vec<RuleRow<'a>>,
    codes: Vec<CodeRow>,
}

fn row(code: Code) -> CodeRow {
    CodeRow {
        code: code.as_str(),
        link: code.link().as_str(),
        grade: code.grade().as_str(),
        meaning: code.meaning(),
        remedy: code.remedy(),
        remedy_caveat: code.caveat(),
        link_meaning: code.link().explained(),
        grade_meaning: code.grade().explained(),
    }
}

/// Writes what a code means, where in the chain it is, what it does to a verdict, and how to fix it.
///
/// # Errors
/// What the writer reports.
pub fn explain(code: Code, format: ListFormat, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if format == ListFormat::Json {
        return document::write(&row(code), out);
    }
    let paint = Paint::new(options);
    let width = options.width.clamp(40, 100);
    writeln!(out, "{}", paint.tone(Tone::Strong, code.as_str()))?;
    prose(code.meaning(), width, out)?;
    writeln!(out)?;
    let (link, grade) = (code.link(), code.grade());
    prose(&format!("link: {}. {}", link.words(), link.explained()), width, out)?;
    prose(&format!("grade: {}. {}", grade.as_str(), grade.explained()), width, out)?;
    writeln!(out, "\n{}", paint.tone(Tone::Strong, "How to fix it"))?;
    prose(&code.remedy(), width, out)?;
    if code.wants_pattern() {
        prose("`cis-audit explain CONTROL` prints the control's own pattern.", width, out)?;
    }
    code.caveat().map_or(Ok(()), |caveat| prose(caveat, width, out))
}

/// Writes the controls and the codes that a word means, one a line; nothing of what it means none of.
///
/// # Errors
/// What the writer reports.
pub fn list(
    controls: &[Arc<Rule>],
    codes: &[Code],
    format: ListFormat,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if format == ListFormat::Json {
        let codes = codes.iter().copied().map(row).collect();
        return document::write(&Matches { controls: rules::rows(controls), codes }, out);
    }
    if !controls.is_empty() {
        rules::list(controls, format, options, out)?;
    }
    if !controls.is_empty() && !codes.is_empty() {
        writeln!(out)?;
    }
    if !codes.is_empty() {
        table(codes, options, out)?;
    }
    let example = codes.first().map(|code| code.as_str()).or(controls.first().map(|rule| rule.slug.as_str()));
    let Some(example) = example else { return Ok(()) };
    let text = format!("One in full, with how to fix it: cis-audit explain {example}");
    writeln!(out)?;
    super::prose::wrapped(Paint::new(options), options.width, "", "    ", &text, out)
}

fn table(codes: &[Code], options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_width(u16::try_from(options.width.clamp(40, 140)).unwrap_or(80));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["code", "grade", "what it means"]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    // Codes are there to be copied.
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    for code in codes {
        table.add_row([code.as_str(), code.grade().as_str(), code.meaning()]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
