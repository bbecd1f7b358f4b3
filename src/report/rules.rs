//! `cis-audit rules` and `cis-audit explain CONTROL`: the controls themselves, for people and for programs.

use std::io;
use std::sync::Arc;

use filter_pattern::{Candidate, Coverage, Pattern, covers};
use serde::Serialize;

use super::document;
use super::format::ListFormat;
use super::paint::{Paint, Tone};
use super::render_options::RenderOptions;
use super::requirements::{self, RequirementRow};
use super::rule_files;
use crate::cloudtrail;
use crate::rule::{Demand, Edition, Events, Rule};

/// A control, as JSON.
#[derive(Serialize)]
pub(super) struct RuleRow<'a> {
    rule: String,
    slug: &'a str,
    title: &'a str,
    short_title: &'a str,
    level: u8,
    severity: &'static str,
    security_hub_control: Option<&'a str>,
    /// What is looked at, where that is no chain for events.
    check: Option<&'static str>,
    event_source: Option<&'a str>,
    metric_name: Option<&'a str>,
    requires: Option<&'a str>,
    pattern: Option<&'a str>,
    rationale: String,
    remediation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    blind_spots: Option<String>,
    accepts: Vec<&'a str>,
    references: &'a [String],
    related: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<RequirementRow<'a>>,
    benchmark: &'static str,
    /// The directory of rule files that it comes from; not there of a built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_files: Option<&'a str>,
    editions: Vec<EditionRow<'a>>,
}

/// The control in one version of the benchmark.
#[derive(Serialize)]
struct EditionRow<'a> {
    benchmark: &'static str,
    rule: String,
    title: &'a str,
    level: u8,
    requires: Option<&'a str>,
    pattern: Option<&'a str>,
    accepts: Vec<&'a str>,
}

fn edition(edition: &Edition) -> EditionRow<'_> {
    let events = edition.demand.events();
    EditionRow {
        benchmark: edition.benchmark.as_str(),
        rule: edition.id.to_string(),
        title: &edition.title,
        level: edition.level,
        requires: events.map(|events| events.requires.source()),
        pattern: events.map(|events| events.pattern.source()),
        accepts: accepts(events),
    }
}

fn accepts(events: Option<&Events>) -> Vec<&str> {
    events.iter().flat_map(|events| &events.accepts).map(Pattern::source).collect()
}

fn row(rule: &Rule) -> RuleRow<'_> {
    let (check, events) = match &rule.demand {
        Demand::Events(events) => (None, Some(events)),
        Demand::SecurityHubEnabled => (Some("security-hub-enabled"), None),
    };
    RuleRow {
        rule: rule.id.to_string(),
        slug: &rule.slug,
        title: &rule.title,
        short_title: &rule.short_title,
        level: rule.level,
        severity: rule.severity.as_str(),
        security_hub_control: rule.security_hub.as_ref().map(|hub| hub.control.as_str()),
        check,
        event_source: events.and_then(|events| events.source.as_deref()),
        metric_name: events.map(|events| events.metric_name.as_str()),
        requires: events.map(|events| events.requires.source()),
        pattern: events.map(|events| events.pattern.source()),
        rationale: unwrapped(&rule.rationale),
        remediation: unwrapped(&rule.remediation),
        blind_spots: rule.blind_spots.as_deref().map(unwrapped),
        accepts: accepts(events),
        references: &rule.references,
        related: &rule.related,
        requirements: requirements::rows(rule),
        benchmark: rule.benchmark.as_str(),
        rule_files: rule.files.as_ref().map(|files| files.directory.as_str()),
        editions: rule.editions.iter().map(edition).collect(),
    }
}

/// The controls, as JSON.
pub(super) fn rows(rules: &[Arc<Rule>]) -> Vec<RuleRow<'_>> {
    rules.iter().map(|rule| row(rule)).collect()
}

/// Writes the controls, one a line.
///
/// # Errors
/// What the writer reports.
pub fn list(
    rules: &[Arc<Rule>],
    format: ListFormat,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if format == ListFormat::Json {
        return document::write(&rows(rules), out);
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_width(u16::try_from(options.width.clamp(40, 140)).unwrap_or(80));
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_header(["id", "level", "Security Hub", "name", "what is monitored"]);
    // One blank between columns: so the whole names, which are there to be copied, leave room for the titles at 80.
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    if let Some(last) = table.column_mut(4) {
        last.set_padding((0, 0));
    }
    if let Some(names) = table.column_mut(3) {
        names.set_constraint(comfy_table::ColumnConstraint::ContentWidth);
    }
    let paint = Paint::new(options);
    for rule in rules {
        let cells = [
            rule.id.to_string(),
            rule.level.to_string(),
            rule.security_hub.as_ref().map(|hub| hub.control.clone()).unwrap_or_default(),
            rule.slug.clone(),
            rule.short_title.clone(),
        ];
        table.add_row(cells.map(|cell| paint.name(&cell, 200)));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    for (at, from) in rule_files::of_rules(rules.iter().map(|rule| &**rule)).iter().enumerate() {
        if at == 0 {
            writeln!(out)?;
        }
        prose(&from.sentence(paint), options.width.clamp(40, 140), out)?;
    }
    Ok(())
}

/// Writes one control in full.
///
/// # Errors
/// What the writer reports.
pub fn explain(rule: &Rule, format: ListFormat, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if format == ListFormat::Json {
        return document::write(&row(rule), out);
    }
    let paint = Paint::new(options);
    let width = options.width.clamp(40, 100);
    writeln!(out, "{}", paint.tone(Tone::Strong, &paint.name(&format!("{}  {}", rule.id, rule.slug), width)))?;
    prose(&rule.title, width, out)?;
    writeln!(out)?;
    for from in rule_files::of_rules([rule]) {
        prose(&from.sentence(paint), width, out)?;
    }
    let hub = rule.security_hub.as_ref().map_or("no control", |hub| hub.control.as_str());
    writeln!(
        out,
        "level {}{}severity {}{}Security Hub CSPM: {}",
        rule.level,
        paint.bullet(),
        rule.severity.as_str(),
        paint.bullet(),
        paint.name(hub, 40)
    )?;
    let of_benchmark = rule.is_benchmarks;
    let sections = [
        ("Why", unwrapped(&rule.rationale)),
        ("How to satisfy it", unwrapped(&rule.remediation)),
        (
            if of_benchmark { "What the benchmark's text does not cover" } else { "What its pattern does not match" },
            rule.blind_spots.as_deref().map(unwrapped).unwrap_or_default(),
        ),
        ("Related requirements", rule.related.join(", ")),
        ("Frameworks that others map it to (--framework NAME)", others(rule)),
    ];
    for (head, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "\n{}", paint.tone(Tone::Strong, head))?;
        prose(&text, width, out)?;
    }
    // Patterns and links are there to be copied, so they are not wrapped.
    let texts = |pick: fn(&Events) -> &[Pattern]| -> Vec<String> {
        let patterns = rule.demand.events().map(pick).unwrap_or_default();
        patterns.iter().map(|text| text.source().to_owned()).collect()
    };
    let copied = [
        ("The events that it requires", texts(|events| std::slice::from_ref(&events.requires))),
        (
            if of_benchmark { "The benchmark's pattern" } else { "Its pattern" },
            texts(|events| std::slice::from_ref(&events.pattern)),
        ),
        ("Other patterns that it prints", texts(|events| &events.accepts)),
        ("Patterns that Security Hub CSPM accepts", security_hub_texts(rule)),
        ("References", rule.references.clone()),
    ];
    for (head, lines) in copied.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        writeln!(out, "\n{}", paint.tone(Tone::Strong, head))?;
        for line in lines {
            writeln!(out, "{}", paint.name(&line, usize::MAX / 16))?;
        }
    }
    // What is not the benchmark's has no versions, unless its file makes some.
    if !of_benchmark && rule.editions.iter().all(|edition| rule.editions.first().is_some_and(|it| is_same(it, edition)))
    {
        return Ok(());
    }
    writeln!(out, "\n{}", paint.tone(Tone::Strong, "In each version of the benchmark"))?;
    for versions in rule.editions.chunk_by(is_same) {
        if let [first, .., last] | [first @ last] = versions {
            let name = if versions.len() == 1 {
                first.benchmark.to_string()
            } else {
                format!("{}{}{}", first.benchmark, paint.dash(), last.benchmark)
            };
            let line = format!("{name:<13} {:<5} level {}", first.id, first.level);
            match (first.demand.events(), rule.demand.events()) {
                (Some(there), Some(here)) => {
                    writeln!(out, "{line}  {}", demand_beside(&there.requires, &here.requires))?;
                }
                (None, _) | (_, None) => writeln!(out, "{line}")?,
            }
        }
    }
    Ok(())
}

/// Frameworks of which a report says something only where it is asked for.
fn others(rule: &Rule) -> String {
    let hidden = rule.requirements.iter().filter(|requirement| !requirement.is_shown());
    let mut names: Vec<&str> = hidden.map(|requirement| requirement.framework.as_str()).collect();
    names.dedup();
    names.join("; ")
}

/// Each text once, blanks aside.
fn security_hub_texts(rule: &Rule) -> Vec<String> {
    let bare = |text: &Pattern| text.source().split_whitespace().collect::<String>();
    let mut known = std::collections::BTreeSet::new();
    let texts = rule.security_hub.iter().flat_map(|hub| &hub.texts);
    texts.filter(|text| known.insert(bare(text))).map(|text| text.source().to_owned()).collect()
}

fn is_same(a: &Edition, b: &Edition) -> bool {
    let requires = |edition: &Edition| edition.demand.events().map(|events| events.requires.clone());
    a.id == b.id && a.level == b.level && requires(a) == requires(b)
}

/// What a version demands, as compared with the one that is shown.
fn demand_beside(demand: &Pattern, shown: &Pattern) -> &'static str {
    let covers = |found: &Pattern, demand: &Pattern| {
        covers(&[Candidate::new(found)], demand, cloudtrail::events()) == Coverage::Covered
    };
    match (covers(shown, demand), covers(demand, shown)) {
        (true, true) => "requires the events above",
        (true, false) => "requires fewer events",
        (false, true) => "requires more events",
        (false, false) => "requires other events",
    }
}

pub(super) fn prose(text: &str, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    // A command that is broken at a hyphen cannot be copied.
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&crate::escape::terminal(text), options) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A text of a rule file without the line ends that it has there.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
