//! The report for people: a line per control, what is wrong in full, one summary line.
//!
//! Failures that have the same cause are told once. Every name of the account passes through [`Paint::name`].

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::paint::{Paint, Tone, ranges};
use super::{Look, Verbosity, escape};
use crate::finding::{Finding, Grade, Report, Status};
use crate::rule::RuleId;

mod chain;

/// Where continuation lines of prose begin.
const INDENT: &str = "    ";

/// Writes the report.
pub(super) fn render(report: &Report, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { look, paint: Paint::new(look), width: look.width.clamp(40, 140) };
    if look.verbosity != Verbosity::Quiet {
        page.header(report, out)?;
        page.lines(report, out)?;
        page.problems(report, out)?;
        if look.verbosity == Verbosity::Verbose {
            page.passing(report, out)?;
        }
        page.warnings(report, out)?;
        page.gaps(report, out)?;
        writeln!(out)?;
    }
    page.summary(report, out)
}

/// What is written on, and with what.
struct Page<'a> {
    look: &'a Look,
    paint: Paint,
    width: usize,
}

impl Page<'_> {
    fn header(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let read = report.collected_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let account = self.paint.name(&report.account_id, 20);
        let region = self.paint.name(&report.region, 20);
        let parts = [format!("CIS AWS Foundations {}", report.benchmark), account, region, read];
        let line = parts.join(self.paint.bullet());
        writeln!(out, "{}\n", self.paint.tone(Tone::Strong, &line))
    }

    /// One line for each control.
    fn lines(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        const CODE: usize = 30;
        let number = report.findings.iter().map(|finding| finding.rule.to_string().len()).max().unwrap_or(3);
        let title = self.width.saturating_sub(number + CODE + 15).clamp(10, 70);
        for finding in &report.findings {
            let tone = Tone::from(finding.status);
            let word = match finding.status {
                Status::Pass => "pass   ",
                Status::Fail => "FAIL   ",
                Status::Unknown => "unknown",
            };
            let status = self.paint.tone(tone, &format!("{} {word}", self.paint.symbol(tone)));
            let name = self.paint.name(&finding.short_title, title);
            let code = self.code(finding);
            let gap = " ".repeat(if code.is_empty() { 0 } else { title - name.width() + 2 });
            writeln!(out, "  {:<number$}  {status}  {name}{gap}{code}", finding.rule.to_string())?;
        }
        Ok(())
    }

    /// The short reason: the code of what is wrong, or of the first weakness.
    fn code(&self, finding: &Finding) -> String {
        let weakness = finding.warnings.iter().find(|warning| warning.grade() != Grade::Note);
        match (&finding.reason, weakness) {
            (Some(reason), _) => self.paint.tone(Tone::from(finding.status), reason.code.as_str()),
            (None, Some(warning)) => {
                let more = finding.warnings.iter().filter(|other| other.grade() != Grade::Note).count() - 1;
                let more = if more > 0 { format!(" +{more}") } else { String::new() };
                self.paint.tone(Tone::Doubt, &format!("{}{more}", warning.code.as_str()))
            }
            (None, None) => String::new(),
        }
    }

    /// What fails and what is unknown, each cause once.
    fn problems(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        for group in groups(report) {
            writeln!(out)?;
            self.problem(&group, out)?;
        }
        Ok(())
    }

    fn problem(&self, group: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
        let [first, rest @ ..] = group else { return Ok(()) };
        let Some(reason) = &first.reason else { return Ok(()) };
        let tone = Tone::from(first.status);
        let ids: Vec<RuleId> = group.iter().map(|finding| finding.rule).collect();
        let what = if rest.is_empty() {
            self.paint.name(&first.short_title, self.width.saturating_sub(12))
        } else {
            format!("{} controls", group.len())
        };
        let head = format!("{} {}  {what}", self.paint.symbol(tone), ranges(&ids, self.paint));
        writeln!(out, "{}", self.paint.tone(tone, &head))?;
        self.prose("  ", "  ", &reason.message, out)?;
        writeln!(out)?;
        self.chain(&first.chain, Some((reason, first.status)), out)?;
        if let Some(witness) = first.witness.as_ref().filter(|_| rest.is_empty()) {
            writeln!(out)?;
            writeln!(out, "  {}", self.paint.tone(Tone::Strong, "an event that nobody would be told of"))?;
            self.prose(INDENT, INDENT, &witness.to_json_line(), out)?;
        }
        writeln!(out)?;
        writeln!(out, "  {}", self.paint.tone(Tone::Strong, "to mend it"))?;
        // A pattern is there to be copied, which a wrapped one cannot be.
        let pattern = if reason.code.wants_pattern() {
            format!(" `cis-audit explain {}` prints the pattern.", first.rule)
        } else {
            String::new()
        };
        self.prose(INDENT, INDENT, &format!("{}{pattern}", reason.code.remedy()), out)
    }

    /// The chains of what passes.
    fn passing(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        for finding in report.findings.iter().filter(|finding| finding.status == Status::Pass) {
            let head = format!("{} {}  {}", self.paint.symbol(Tone::Good), finding.rule, finding.short_title);
            writeln!(out, "\n{}\n", self.paint.tone(Tone::Good, &self.paint.name(&head, self.width)))?;
            self.chain(&finding.chain, None, out)?;
        }
        Ok(())
    }

    /// What is weak or unverified in controls that pass; notes only when asked for more.
    fn warnings(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let mut told: Vec<(String, Grade, Vec<RuleId>)> = Vec::new();
        for finding in &report.findings {
            for warning in &finding.warnings {
                if warning.grade() == Grade::Note && self.look.verbosity != Verbosity::Verbose {
                    continue;
                }
                match told.iter_mut().find(|(message, _, _)| *message == warning.message) {
                    Some((_, _, ids)) => ids.push(finding.rule),
                    None => told.push((warning.message.clone(), warning.grade(), vec![finding.rule])),
                }
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Warnings"))?;
        for (message, grade, ids) in told {
            let text = format!("{}: {message} ({})", ranges(&ids, self.paint), grade.as_str());
            self.prose("  ! ", INDENT, &text, out)?;
        }
        Ok(())
    }

    fn gaps(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        if report.gaps.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Could not be read"))?;
        for gap in &report.gaps {
            let resource = gap.resource.as_ref().map_or_else(String::new, |resource| format!(" of {resource}"));
            let text = format!("{}{resource} in {}: {}: {}", gap.operation, gap.region, gap.code, gap.message);
            self.prose("  ? ", INDENT, &text, out)?;
        }
        Ok(())
    }

    fn summary(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let summary = report.summary();
        let of = |status| -> Vec<RuleId> {
            let these = report.findings.iter().filter(|finding| finding.status == status);
            these.map(|finding| finding.rule).collect()
        };
        let weak = |finding: &&Finding| finding.status == Status::Pass && finding.effective != Status::Pass;
        let weak: Vec<RuleId> = report.findings.iter().filter(weak).map(|finding| finding.rule).collect();
        let count = report.findings.len();
        let mut parts = vec![self.paint.tone(Tone::Good, &format!("{} pass", summary.pass))];
        if summary.fail > 0 {
            let text = format!("{} fail ({})", summary.fail, ranges(&of(Status::Fail), self.paint));
            parts.push(self.paint.tone(Tone::Bad, &text));
        }
        if summary.unknown > 0 {
            let text = format!("{} unknown ({})", summary.unknown, ranges(&of(Status::Unknown), self.paint));
            parts.push(self.paint.tone(Tone::Doubt, &text));
        }
        if !weak.is_empty() {
            let text = format!("{} with a weakness ({})", weak.len(), ranges(&weak, self.paint));
            parts.push(self.paint.tone(Tone::Doubt, &text));
        }
        writeln!(out, "{count} {}: {}", if count == 1 { "control" } else { "controls" }, parts.join(", "))
    }

    /// A text, wrapped.
    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        const LONGEST: usize = 4000;
        let text = self.paint.name(text, LONGEST);
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(next)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&escape::terminal(&text), options) {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Findings that do not pass, those of one cause together, in the order of their first.
fn groups(report: &Report) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.status != Status::Pass) {
        let same = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| first.status == finding.status && first.reason == finding.reason)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}
