//! What is written at the places of findings: the line, and what of it is meant.

use std::ops::Range;

use super::documents::Documents;
use crate::declared::At;
use crate::finding::{Excerpt, Excluded, Finding, Place, Report};

/// Lines below a place in which a pattern's test is looked for: patterns are written over several.
const LINES: usize = 60;

/// Adds to each finding what is written at its place.
pub(super) fn add(report: &mut Report, documents: &Documents) {
    for finding in report.audits.iter_mut().flat_map(|audit| &mut audit.findings) {
        let Some(place) = &finding.place else { continue };
        let Some(text) = documents.text(&place.file) else { continue };
        let place = of_test(finding, place, text).or_else(|| of_property(place, text, documents));
        finding.place = place.or(finding.place.take());
    }
}

/// The place with the property that it is.
fn of_property(place: &Place, text: &str, documents: &Documents) -> Option<Place> {
    let (line, column) = (place.line?, place.column?);
    let written = line_of(text, line)?;
    let start = usize::try_from(column).ok()?.checked_sub(1)?;
    let width = documents.library.width(&documents.stacks, &place.file, At { line, column }).unwrap_or(u32::MAX);
    let left = written.trim_end().chars().count().checked_sub(start).filter(|left| *left > 0)?;
    let width = usize::try_from(width).unwrap_or(usize::MAX).clamp(1, left);
    let marks = std::iter::once(start..start + width).collect();
    Some(Place { excerpt: Some(Excerpt { line: written.to_owned(), marks, shows_tests: false }), ..place.clone() })
}

/// The place of the first test of the pattern that excludes the example event, where it is written as it is in the pattern.
fn of_test(finding: &Finding, place: &Place, text: &str) -> Option<Place> {
    let Excluded { pattern, tests, .. } = finding.excluded()?;
    let first = pattern.get(tests.first()?.clone())?;
    let start = usize::try_from(place.line?).ok()?.checked_sub(1)?;
    let before = usize::try_from(place.column?).ok()?.saturating_sub(1);
    // As JSON and YAML write quotes in a quoted text.
    let spellings = [first.to_owned(), first.replace('"', "\\\""), first.replace('\'', "''")];
    let lines = text.lines().enumerate().skip(start).take(LINES);
    let found = lines.filter_map(|(at, line)| {
        let from = if at == start { line.char_indices().nth(before).map_or(0, |(byte, _)| byte) } else { 0 };
        let rest = line.get(from..)?;
        let (byte, spelling) = spellings.iter().find_map(|spelling| Some((rest.find(spelling.as_str())?, spelling)))?;
        let first = line.get(..from + byte)?.chars().count();
        Some((at, line, first..first + spelling.chars().count()))
    });
    let (at, line, mark): (usize, &str, Range<usize>) = found.into_iter().next()?;
    Some(Place {
        line: u32::try_from(at + 1).ok(),
        column: u32::try_from(mark.start + 1).ok(),
        excerpt: Some(Excerpt { line: line.to_owned(), marks: vec![mark], shows_tests: true }),
        ..place.clone()
    })
}

fn line_of(text: &str, line: u32) -> Option<&str> {
    text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)
}
