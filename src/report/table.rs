//! The report for people: a line per control, what is wrong in full, one summary line.
//!
//! Failures that have the same cause are reported once. Every name of the account passes through [`Paint::name`].

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::documents;
use super::evidence;
use super::lines;
use super::paint::{Paint, Tone, loud, ranges};
use super::prose;
use super::render_options::{RenderOptions, Verbosity};
use super::requirements::Mapping;
use super::rule_files;
use crate::drift::{Drift, is_known};
use crate::finding::{Audit, Finding, Grade, Outcome, Report, Status, Verdict};
use crate::rule::RuleId;
use crate::snapshot::{Gap, GapSource};

mod chain;
mod many;
mod passes;
mod problems;
mod waivers;

/// Where continuation lines of prose begin.
const INDENT: &str = "    ";

/// Columns that the lines need; a narrower terminal wraps them itself.
const NARROWEST: usize = 48;
/// Columns below which a code is in the line after its control's, so that neither is cut.
const STACKED: usize = 72;
/// Columns beyond which lines are hard to follow.
const WIDEST: usize = 140;

/// Writes the report.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let page = Page { changes, options, paint: Paint::new(options), width: options.width.clamp(NARROWEST, WIDEST) };
    if report.is_of_many() {
        page.of_many(report, out)?;
        return changes.map_or(Ok(()), |changes| super::drift::after_report(changes, options, out));
    }
    if options.verbosity != Verbosity::Quiet {
        for audit in &report.audits {
            page.header(report, audit, out)?;
            page.evidence(audit, out)?;
        }
        page.lines(report, out)?;
        page.legend(report, out)?;
        page.requirements(report, out)?;
        page.rule_files(report, out)?;
        page.documents(report, out)?;
        page.explain_hint(report, out)?;
        page.problems(report, out)?;
        page.waived(report, out)?;
        if options.verbosity == Verbosity::Verbose {
            page.passing(report, out)?;
        }
        page.differences(report, out)?;
        page.warnings(report, out)?;
        page.unused_waivers(report, out)?;
        page.gaps(report, out)?;
        writeln!(out)?;
    }
    for project in &report.projects {
        page.prose("", "  ", &project.sentence(), out)?;
    }
    page.summary(report, out)?;
    match changes {
        Some(changes) => super::drift::after_report(changes, options, out),
        None => Ok(()),
    }
}

/// What is written on, and with what.
struct Page<'a> {
    changes: Option<&'a Drift>,
    options: &'a RenderOptions,
    paint: Paint,
    width: usize,
}

impl Page<'_> {
    fn header(&self, report: &Report, audit: &Audit, out: &mut dyn io::Write) -> io::Result<()> {
        let read = audit.collected_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let account = self.paint.name(&audit.account_id, 20);
        let region = self.paint.name(&audit.region, 20);
        let mut parts = vec![rule_files::subject(report), account, region, read];
        match report.verdict {
            Verdict::Cis => {}
            Verdict::Effective => parts.push(format!("verdict: {}", report.verdict.words())),
            Verdict::SecurityHub => parts.push(format!("verdict: {} (predicted)", report.verdict.words())),
        }
        let parts: Vec<_> = parts.into_iter().map(|part| (Tone::Strong, part)).collect();
        self.joined(&parts, self.paint.bullet(), out)?;
        writeln!(out)
    }

    /// What the audit rests on, where all is asked for.
    fn evidence(&self, audit: &Audit, out: &mut dyn io::Write) -> io::Result<()> {
        if self.options.verbosity != Verbosity::Verbose {
            return Ok(());
        }
        self.facts(&evidence::facts(audit, self.options.show_callers), out)
    }

    /// A line each, and what judged; nothing of nothing.
    fn facts(&self, facts: &[(&str, String)], out: &mut dyn io::Write) -> io::Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        for (what, is) in facts.iter().chain([&("audited with", evidence::audited_with())]) {
            self.prose("  ", "      ", &format!("{what}: {is}"), out)?;
        }
        writeln!(out)
    }

    /// One line for each control.
    fn lines(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        /// Symbol, word and the space between the columns.
        const FIXED: usize = 15;
        let number = report.findings().map(|finding| finding.rule.id.to_string().len()).max().unwrap_or(3);
        let code = |finding| code(finding, report.verdict);
        let codes: Vec<(Tone, String)> = report.findings().map(code).collect();
        // At least what most codes take, so that the columns of two reports agree.
        let widest = codes.iter().map(|(_, code)| code.len()).max().unwrap_or(0).max(28);
        // Where there is too little room a title that can be read counts for more than a code, which is given below in
        // words.
        let is_narrow = self.width < STACKED;
        let title = self.width.saturating_sub(number + widest + FIXED + 2).clamp(22, 32);
        let title = if is_narrow { self.width.saturating_sub(number + FIXED) } else { title };
        let below = format!("\n{}", " ".repeat(number + FIXED - 1));
        let room = self.width.saturating_sub(if is_narrow { below.len() - 1 } else { number + title + FIXED + 2 });
        for (finding, (code_tone, code)) in report.findings().zip(codes) {
            let tone = Tone::from(finding.outcome());
            let known = is_known(self.changes, finding);
            let (color, word) = if known { (Tone::Doubt, "known") } else { (tone, loud(finding.outcome())) };
            // A pass that is not a whole one differs without colours too.
            let doubt = lines::doubt_of_pass(finding).map(|symbol| (Tone::Doubt, symbol));
            let (color, symbol) = doubt.unwrap_or_else(|| (color, self.paint.symbol(tone)));
            let status = self.paint.tone(color, &format!("{symbol} {word:<7}"));
            let name = self.paint.name(&finding.about(), title);
            let gap = match (code.is_empty(), is_narrow) {
                (true, _) => String::new(),
                (false, true) => below.clone(),
                (false, false) => " ".repeat(title.saturating_sub(name.width()) + 2),
            };
            let code = self.paint.tone(code_tone, &self.paint.name(&code, room));
            writeln!(out, "  {:<number$}  {status}  {name}{gap}{code}", finding.rule.id.to_string())?;
        }
        Ok(())
    }

    /// The controls by the requirements of a framework, where that is asked for.
    fn requirements(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let Some(mapping) = Mapping::new(report) else { return Ok(()) };
        writeln!(out)?;
        for line in mapping.lines(self.paint) {
            self.prose("  ", INDENT, &line, out)?;
        }
        Ok(())
    }

    /// Which of them come from files, and from where.
    fn rule_files(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        for (at, from) in rule_files::collect(report.findings()).iter().enumerate() {
            if at == 0 {
                writeln!(out)?;
            }
            self.prose("  ", INDENT, &from.sentence(self.paint), out)?;
        }
        Ok(())
    }

    /// What AWS will refuse, what is not declared, and what is deployed already.
    fn documents(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        for (at, line) in documents::lines(report, self.paint).iter().enumerate() {
            if at == 0 {
                writeln!(out)?;
            }
            self.prose("  ", INDENT, line, out)?;
        }
        Ok(())
    }

    /// What the symbols mean whose words do not say it.
    fn legend(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        for (at, legend) in lines::pass_legends(report).iter().enumerate() {
            if at == 0 {
                writeln!(out)?;
            }
            self.prose("  ", "  ", legend, out)?;
        }
        Ok(())
    }

    /// How to look a code up, with the first that is shown.
    fn explain_hint(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let shown = report.findings().map(|finding| code(finding, report.verdict).1).find(|code| !code.is_empty());
        let Some(shown) = shown else { return Ok(()) };
        let first = shown.split(' ').next().unwrap_or_default();
        writeln!(out)?;
        self.prose("  ", "  ", &format!("What a code means: cis-audit explain {first}"), out)
    }

    fn gaps(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let gaps = report.further_gaps();
        if gaps.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Could not be read"))?;
        for gap in gaps {
            let Gap { source, region, resource, code, message, .. } = gap;
            let resource = resource.as_ref().map_or_else(String::new, |resource| format!(" of {resource}"));
            let text = match source {
                GapSource::Call { action } => format!("{action}{resource} in {region}: {code}: {message}"),
                GapSource::Document(part) => part.known_at_deployment(),
            };
            self.prose("  ? ", INDENT, &text, out)?;
        }
        Ok(())
    }

    fn summary(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let summary = report.summary();
        let ids_where = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<RuleId> {
            report.findings().filter(|finding| wanted(finding)).map(|finding| finding.rule.id).collect()
        };
        let asks_for_less = report.verdict == Verdict::Cis;
        let weak = ids_where(&|finding| {
            asks_for_less && finding.status == Status::Pass && finding.verdicts.effective.status == Status::Fail
        });
        let kinds = [
            (Tone::Bad, format!("{} fail", summary.fail), ids_where(&|finding| finding.outcome() == Outcome::Fail)),
            (
                Tone::Doubt,
                format!("{} unknown", summary.unknown),
                ids_where(&|finding| finding.outcome() == Outcome::Unknown),
            ),
            (
                Tone::Accepted,
                format!("{} waived", summary.waived),
                ids_where(&|finding| finding.outcome() == Outcome::Waived),
            ),
            (
                Tone::Doubt,
                if weak.len() == 1 { "1 weak pass".to_owned() } else { format!("{} weak passes", weak.len()) },
                weak,
            ),
        ];
        let count = report.findings().count();
        let controls = if count == 1 { "control" } else { "controls" };
        // The last line is one line: numbers that are above as well are left out where they are too many for it.
        let mut parts = Vec::new();
        for named in (0..=kinds.len()).rev() {
            parts = vec![(Tone::Good, format!("{count} {controls}: {} pass", summary.pass))];
            for (at, (tone, text, ids)) in kinds.iter().enumerate().filter(|(_, (_, _, ids))| !ids.is_empty()) {
                let numbers = if at < named { format!(" ({})", ranges(ids, self.paint)) } else { String::new() };
                parts.push((*tone, format!("{text}{numbers}")));
            }
            if parts.iter().map(|(_, part)| part.width() + 2).sum::<usize>() <= self.width + 2 {
                break;
            }
        }
        self.joined(&parts, ", ", out)
    }

    /// Parts one after the other, on a new line where the next one does not fit.
    fn joined(&self, parts: &[(Tone, String)], joint: &str, out: &mut dyn io::Write) -> io::Result<()> {
        prose::joined(self.paint, self.width, parts, joint, out)
    }

    /// A text, wrapped.
    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        prose::wrapped(self.paint, self.width, first, next, text, out)
    }
}

/// The short reason: the code of what is wrong, or of the first weakness.
fn code(finding: &Finding, verdict: Verdict) -> (Tone, String) {
    if let Some(reason) = &finding.reason {
        return (Tone::from(finding.outcome()), reason.code().as_str().to_owned());
    }
    if verdict == Verdict::SecurityHub {
        return (Tone::Faint, String::new());
    }
    let mut weaknesses = finding.warnings.iter().filter(|warning| warning.grade() != Grade::Note);
    match (weaknesses.next(), weaknesses.count()) {
        (None, _) => (Tone::Faint, String::new()),
        (Some(warning), 0) => (Tone::Doubt, warning.code().as_str().to_owned()),
        (Some(warning), more) => (Tone::Doubt, format!("{} +{more}", warning.code().as_str())),
    }
}

/// Whether a finding counts against the account.
fn counts(finding: &Finding) -> bool {
    matches!(finding.outcome(), Outcome::Fail | Outcome::Unknown)
}
