//! What fails and what is unknown, in full: each cause once, with its chain, an example event and what to do.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::super::excerpt::Canvas;
use super::super::paint::{Tone, ranges};
use super::{INDENT, Page, counts};
use crate::drift::{Drift, is_known};
use crate::finding::facts::NearMiss;
use crate::finding::{Excluded, Facts, Finding, Link, Place, Reason, Report, Unread, Warning, advice};
use crate::rule::RuleId;

/// Places of one cause that are shown with what is written there.
const EXCERPTS: usize = 3;

impl Page<'_> {
    /// What fails and what is unknown, each cause once.
    pub(super) fn problems(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let mut shown: Vec<NearMiss> = Vec::new();
        for group in groups(report, self.changes) {
            writeln!(out)?;
            // What is true of every control is reported once.
            let near: Vec<NearMiss> = near_misses(&group).into_iter().filter(|near| !shown.contains(near)).collect();
            self.problem(&group, &near, out)?;
            shown.extend(near);
        }
        Ok(())
    }

    fn problem(&self, group: &[&Finding], near: &[NearMiss], out: &mut dyn io::Write) -> io::Result<()> {
        let [first, rest @ ..] = group else { return Ok(()) };
        let Some(reason) = &first.reason else { return Ok(()) };
        let tone = Tone::from(first.status);
        let ids: Vec<RuleId> = group.iter().map(|finding| finding.rule.id).collect();
        let what = if rest.is_empty() {
            self.paint.name(&first.about(), self.width.saturating_sub(12))
        } else {
            format!("{} controls", group.len())
        };
        let known = if is_known(self.changes, first) { " (known)" } else { "" };
        let head = format!("{} {}  {what}{known}", self.paint.symbol(tone), ranges(&ids, self.paint));
        writeln!(out, "{}", self.paint.tone(tone, &self.paint.name(&head, self.width)))?;
        self.prose("  ", "  ", &reason.message(), out)?;
        if rest.is_empty() {
            self.exceptions("  ", first, out)?;
        }
        for near in near {
            let label = if near.is_nearly_it() { "near miss" } else { "note" };
            let sentence = Reason::new(Facts::NearMiss(near.clone())).message();
            self.prose("  ", INDENT, &format!("{label}: {sentence}"), out)?;
        }
        self.places("  ", group, out)?;
        writeln!(out)?;
        // Whether Security Hub CSPM is enabled, and what it makes of a chain, is at no link of it.
        let is_at_a_link = reason.link() != Link::SecurityHub;
        if is_at_a_link {
            self.chain(group, Some((reason, first.status)), out)?;
        }
        if let Some(witness) = first.witness.as_ref().filter(|_| rest.is_empty()) {
            writeln!(out)?;
            writeln!(out, "  {}", self.paint.tone(Tone::Strong, "example event that no CloudWatch alarm reports"))?;
            self.prose(INDENT, INDENT, &witness.to_json_line(), out)?;
            self.excluded(first, out)?;
        }
        if is_at_a_link {
            writeln!(out)?;
        }
        writeln!(out, "  {}", self.paint.tone(Tone::Strong, "how to fix it"))?;
        // A pattern is there to be copied, which a wrapped one cannot be.
        let pattern = if reason.code().wants_pattern() { first.rule.explained() } else { String::new() };
        self.prose(INDENT, INDENT, &format!("{}{pattern}", advice(group, reason)), out)?;
        self.explained(group, out)
    }

    /// Why a control may fail that is as it should be.
    fn explained(&self, group: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
        let notes = group.iter().flat_map(|finding| {
            finding.warnings.iter().filter(|it| it.code().explains_failure()).map(move |it| (finding.rule.id, it))
        });
        for (at, (id, note)) in notes.enumerate() {
            if at == 0 {
                writeln!(out, "\n  {}", self.paint.tone(Tone::Strong, "note"))?;
            }
            self.prose(INDENT, INDENT, &format!("{id}: {}. {}", note.message(), note.remedy()), out)?;
        }
        Ok(())
    }

    /// Where findings are written, each place once and in one piece, to be followed; of the first few with what is written
    /// there.
    pub(super) fn places(
        &self,
        indent: &'static str,
        findings: &[&Finding],
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut places: Vec<(&Place, Tone)> =
            findings.iter().filter_map(|it| Some((it.place.as_ref()?, Tone::from(it.status)))).collect();
        places.sort_by(|(a, _), (b, _)| in_order(a).cmp(&in_order(b)));
        places.dedup_by(|(a, _), (b, _)| in_order(a) == in_order(b));
        for (at, (place, tone)) in places.into_iter().enumerate() {
            let room = self.width.saturating_sub(indent.len());
            let words = self.paint.name(&place.words(), room);
            // The place is to be followed, so that it is not shortened for the sake of the address.
            match place.address.as_ref().map(|address| (address, format!(" ({address})"))) {
                Some((_, address)) if words.width() + address.width() <= room => {
                    writeln!(out, "{indent}{words}{}", self.paint.name(&address, room))?;
                }
                Some((address, _)) => writeln!(out, "{indent}{words}\n{indent}{}", self.paint.name(address, room))?,
                None => writeln!(out, "{indent}{words}")?,
            }
            if let Some(excerpt) = place.excerpt.as_ref().filter(|_| at < EXCERPTS) {
                self.canvas(indent, tone).draw(place.line, &excerpt.line, &excerpt.marks, out)?;
            }
        }
        Ok(())
    }

    fn canvas(&self, indent: &'static str, tone: Tone) -> Canvas {
        Canvas { paint: self.paint, width: self.width, indent, tone }
    }

    /// The pattern of the metric filter that excludes the example event, with carets under the tests that do, where no
    /// file shows them already.
    fn excluded(&self, finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
        let Some(Excluded { filter, pattern, tests }) = finding.excluded() else { return Ok(()) };
        if finding.place.as_ref().is_some_and(|place| place.excerpt.as_ref().is_some_and(|it| it.shows_tests)) {
            return Ok(());
        }
        let characters = |end: usize| pattern.get(..end).unwrap_or_default().chars().count();
        let marks: Vec<_> = tests.iter().map(|test| characters(test.start)..characters(test.end)).collect();
        let many = if marks.len() == 1 { "this test excludes it" } else { "these tests exclude it" };
        let name = self.paint.name(filter, self.width.saturating_sub(42));
        writeln!(out, "\n  {}", self.paint.tone(Tone::Strong, &format!("metric filter {name}: {many}")))?;
        self.canvas("  ", Tone::from(finding.status)).draw(None, pattern, &marks, out)
    }
}

/// What places are ordered by: a file's lines as numbers.
fn in_order(place: &Place) -> (&str, Option<u32>, Option<u32>, Option<&str>) {
    (&place.file, place.line, place.column, place.address.as_deref())
}

/// What was probably meant in some findings, those about one thing as one.
fn near_misses(group: &[&Finding]) -> Vec<NearMiss> {
    let mut all: Vec<NearMiss> = Vec::new();
    for near in group.iter().flat_map(|finding| &finding.warnings).filter_map(Warning::near_miss) {
        if !all.iter_mut().any(|known| known.absorb(near)) {
            all.push(near.clone());
        }
    }
    all
}

/// Findings that count against the account, those of one cause together, in the order of their first.
fn groups<'a>(report: &'a Report, changes: Option<&Drift>) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in report.findings().filter(|finding| counts(finding)) {
        let same = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| {
                first.status == finding.status
                    && is_one_cause(first, finding)
                    && is_known(changes, first) == is_known(changes, finding)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Whether two findings have one cause. Each control may have an alarm for which the same is not known.
fn is_one_cause(one: &Finding, other: &Finding) -> bool {
    let (Some(one), Some(other)) = (&one.reason, &other.reason) else { return one.reason == other.reason };
    let like = |reason: &Reason| match &reason.unread {
        Some(Unread::AtDeployment(part)) => Some((part.file.clone(), part.property.clone())),
        _ => None,
    };
    let is_alike = || {
        let but_unread = |reason: &Reason| Reason { unread: None, ..reason.clone() };
        like(one).is_some() && like(one) == like(other) && but_unread(one) == but_unread(other)
    };
    one == other || is_alike()
}
