//! What became of a saved report when the account was judged again: which results are the same, field by field, and which
//! are not. Nothing here judges or reads a file; waivers were applied before.
//!
//! Fields are compared as they are written, numbers included; a program between may have laid them out anew. Addresses
//! are masked in one report and shown in the other, so that what was judged again is given both ways.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::document::{self, SCHEMA_VERSION, TOOL, Tool};
use super::format::ListFormat;
use super::paint::{Paint, Tone, ranges};
use super::prose;
use super::raw;
use super::render_options::{RenderOptions, Verbosity};
use crate::finding::{Audit, Finding, Report};
use crate::rule::RuleId;

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reproduction {
    /// SHA-256 of the account that was judged.
    pub snapshot_sha256: String,
    /// Numbers of the controls whose results are the same.
    pub same: Vec<RuleId>,
    /// The others, in the report's order; then those that the report lacks.
    pub differences: Vec<Difference>,
}

/// A result that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The control's number.
    pub rule: String,
    /// The control's name.
    pub slug: String,
    /// The region of the result.
    pub region: String,
    /// What differs. Empty: the report does not have the result, or has it though nothing is said when judged again.
    pub fields: Vec<Field>,
    /// The report has it.
    pub is_in_report: bool,
}

/// A field of a result that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What the report says, as JSON. `None`: it does not have the field.
    pub was: Option<String>,
    /// What is said when judged again.
    pub is: Option<String>,
}

/// A result as it is written.
type Row = BTreeMap<String, Box<RawValue>>;

/// Fields that are about how the report was asked for, and not about the account: where rule files are.
const NOT_COMPARED: [&str; 1] = ["rule_files"];

/// Compares an account's results in a saved report with what was said when it was judged again.
///
/// # Errors
/// What was judged again cannot be written.
pub fn compare(saved: &Audit, again: &Report) -> io::Result<Reproduction> {
    let (masked, shown) = (written(again, false)?, written(again, true)?);
    let mut left: Vec<(&Finding, Row, Row)> =
        again.findings().zip(masked).zip(shown).map(|((finding, masked), shown)| (finding, masked, shown)).collect();
    let (mut same, mut differences) = (Vec::new(), Vec::new());
    for (finding, row) in saved.findings.iter().zip(saved.saved.rows()?.iter()) {
        let row: Row = serde_json::from_str(row.get())?;
        let key = |other: &Finding| (other.id(), other.region.as_str()) == (finding.id(), finding.region.as_str());
        // A chain that was said to live elsewhere is the same control's.
        let at = left.iter().position(|(other, ..)| key(other));
        let at = at.or_else(|| left.iter().position(|(other, ..)| other.id() == finding.id() && !other.is_further));
        let found = at.map(|at| left.remove(at));
        let fields = found.map(|(_, masked, shown)| fields(&row, &masked, &shown));
        match fields {
            Some(fields) if fields.is_empty() => same.push(finding.rule.id),
            fields => differences.push(difference(finding, fields.unwrap_or_default(), true)),
        }
    }
    differences.extend(left.into_iter().map(|(finding, ..)| difference(finding, Vec::new(), false)));
    let snapshot_sha256 = saved.evidence.as_ref().map(|evidence| evidence.snapshot_sha256.clone());
    Ok(Reproduction { snapshot_sha256: snapshot_sha256.unwrap_or_default(), same, differences })
}

fn difference(finding: &Finding, fields: Vec<Field>, is_in_report: bool) -> Difference {
    Difference {
        rule: finding.rule.id.to_string(),
        slug: finding.rule.slug.clone(),
        region: finding.region.clone(),
        fields,
        is_in_report,
    }
}

/// The results of a report as it is written.
fn written(report: &Report, show_endpoints: bool) -> io::Result<Vec<Row>> {
    #[derive(Deserialize)]
    struct Document {
        results: Vec<Row>,
    }
    let mut text = Vec::new();
    super::json::render(report, None, show_endpoints, &mut text)?;
    let document: Document = serde_json::from_slice(&text)?;
    Ok(document.results)
}

/// In which fields a result differs, however addresses are shown.
fn fields(saved: &Row, masked: &Row, shown: &Row) -> Vec<Field> {
    let names: std::collections::BTreeSet<&String> = saved.keys().chain(masked.keys()).collect();
    let differing = names.into_iter().filter(|name| !NOT_COMPARED.contains(&name.as_str())).filter(|name| {
        let is_same = |again: &Row| match (saved.get(*name), again.get(*name)) {
            (Some(was), Some(is)) => is_equal(was, is),
            (was, is) => was.is_none() && is.is_none(),
        };
        !is_same(masked) && !is_same(shown)
    });
    let text = |row: &Row, name: &String| row.get(name).map(|value| raw::in_one_line(value).get().to_owned());
    differing.map(|name| Field { name: name.clone(), was: text(saved, name), is: text(masked, name) }).collect()
}

/// Whether two values are the same, in whatever order their fields are and however their texts are escaped.
fn is_equal(one: &RawValue, other: &RawValue) -> bool {
    if raw::in_one_line(one).get() == raw::in_one_line(other).get() {
        return true;
    }
    let value = |text: &RawValue| serde_json::from_str::<serde_json::Value>(text.get()).ok();
    value(one).zip(value(other)).is_some_and(|(one, other)| one == other)
}

/// Writes what became of a report.
///
/// # Errors
/// What the writer reports.
pub fn render(
    reproduction: &Reproduction,
    saved: &Audit,
    format: ListFormat,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        ListFormat::Json => document::write(&Document::new(reproduction, saved), out),
        ListFormat::Table => table(reproduction, saved, options, out),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    account_id: &'a str,
    region: &'a str,
    snapshot_sha256: &'a str,
    same: usize,
    differences: Vec<DifferenceRow<'a>>,
}

#[derive(Serialize)]
struct DifferenceRow<'a> {
    rule: &'a str,
    slug: &'a str,
    region: &'a str,
    /// `differs`, `not_judged` or `not_in_report`.
    kind: &'static str,
    fields: Vec<FieldRow<'a>>,
}

#[derive(Serialize)]
struct FieldRow<'a> {
    name: &'a str,
    report: Option<Box<RawValue>>,
    again: Option<Box<RawValue>>,
}

impl<'a> Document<'a> {
    fn new(reproduction: &'a Reproduction, saved: &'a Audit) -> Self {
        let raw = |text: &Option<String>| text.clone().and_then(|text| RawValue::from_string(text).ok());
        let field = |Field { name, was, is }: &'a Field| FieldRow { name, report: raw(was), again: raw(is) };
        let row = |difference: &'a Difference| DifferenceRow {
            rule: &difference.rule,
            slug: &difference.slug,
            region: &difference.region,
            kind: difference.kind(),
            fields: difference.fields.iter().map(field).collect(),
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool: TOOL,
            account_id: &saved.account_id,
            region: &saved.region,
            snapshot_sha256: &reproduction.snapshot_sha256,
            same: reproduction.same.len(),
            differences: reproduction.differences.iter().map(row).collect(),
        }
    }
}

impl Difference {
    fn kind(&self) -> &'static str {
        match (self.is_in_report, self.fields.is_empty()) {
            (false, _) => "not_in_report",
            (true, true) => "not_judged",
            (true, false) => "differs",
        }
    }
}

/// Columns beyond which a value is shortened.
const VALUE: usize = 200;

fn table(
    reproduction: &Reproduction,
    saved: &Audit,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (paint, width) = (Paint::new(options), options.width.clamp(48, 140));
    if options.verbosity != Verbosity::Quiet {
        let parts = [
            "Judged again".to_owned(),
            paint.name(&saved.account_id, 20),
            paint.name(&saved.region, 20),
            saved.collected_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        ];
        prose::joined(paint, width, &parts.map(|part| (Tone::Strong, part)), paint.bullet(), out)?;
        writeln!(out, "  SHA-256 of the snapshot")?;
        writeln!(out, "  {}\n", reproduction.snapshot_sha256)?;
        for difference in &reproduction.differences {
            let what = match difference.kind() {
                "not_in_report" => "is not in the report",
                "not_judged" => "is in the report, and nothing is said of it",
                _ => "differs",
            };
            let sign = paint.tone(Tone::Bad, paint.symbol(Tone::Bad));
            let (rule, slug) = (paint.name(&difference.rule, 40), paint.name(&difference.slug, 40));
            // A sign has one column, and its colour none.
            write!(out, "{sign} ")?;
            prose::wrapped(paint, width.saturating_sub(2), "", "    ", &format!("{rule}  {slug} {what}"), out)?;
            for Field { name, was, is } in &difference.fields {
                let value = |text: &Option<String>| text.as_deref().map_or("nothing".to_owned(), clipped);
                let text = format!("{name}: {} in the report, {} when judged again", value(was), value(is));
                prose::wrapped(paint, width, "    ", "      ", &text, out)?;
            }
        }
        if !reproduction.differences.is_empty() {
            writeln!(out)?;
        }
    }
    let differing: Vec<&str> = reproduction.differences.iter().map(|it| it.rule.as_str()).collect();
    let all = reproduction.same.len() + differing.len();
    let controls = if all == 1 { "result is" } else { "results are" };
    let same = format!("{} of {all} {controls} the same", reproduction.same.len());
    let same = match (&reproduction.same[..], differing.is_empty()) {
        ([], _) | (_, true) => same,
        (some, false) => format!("{same} ({})", ranges(some, paint)),
    };
    let differ = if differing.is_empty() { String::new() } else { format!("; not the same: {}", differing.join(", ")) };
    prose::wrapped(paint, width, "", "    ", &format!("{same}{differ}"), out)
}

fn clipped(text: &str) -> String {
    super::identity::clipped(text, VALUE).into_owned()
}
