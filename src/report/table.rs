//! The report for people: a line per control, what is wrong in full, one summary line.
//!
//! Failures that have the same cause are reported once. Every name of the account passes through [`Paint::name`].

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::documents;
use super::evidence;
use super::excerpt::Canvas;
use super::lines;
use super::paint::{Paint, Tone, loud, ranges};
use super::prose;
use super::render_options::{RenderOptions, Verbosity};
use super::requirements::Mapping;
use super::rule_files;
use crate::drift::{Drift, is_known};
use crate::finding::facts::NearMiss;
use crate::finding::{
    Audit, Excluded, Facts, Finding, Grade, Judged, Link, Outcome, Place, Reason, Report, Status, Verdict, Warning,
    advice,
};
use crate::rule::RuleId;
use crate::snapshot::{Gap, GapSource};

mod chain;
mod many;
mod waivers;

/// Where continuation lines of prose begin.
const INDENT: &str = "    ";

/// Places of one cause that are shown with what is written there.
const EXCERPTS: usize = 3;

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

    /// What fails and what is unknown, each cause once.
    fn problems(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
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
    fn places(&self, indent: &'static str, findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
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

    /// The chains of what passes.
    fn passing(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let passing = report.findings().filter(|finding| finding.status == Status::Pass);
        for finding in passing.filter(|finding| !finding.chain.is_empty()) {
            let (tone, symbol) = match lines::doubt_of_pass(finding) {
                Some(symbol) => (Tone::Doubt, symbol),
                None => (Tone::Good, self.paint.symbol(Tone::Good)),
            };
            let head = format!("{symbol} {}  {}", finding.rule.id, finding.about());
            writeln!(out, "\n{}\n", self.paint.tone(tone, &self.paint.name(&head, self.width)))?;
            self.chain(&[finding], None, out)?;
        }
        Ok(())
    }

    /// Where one verdict passes and another does not, a line for each cause.
    fn differences(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let verbose = self.options.verbosity == Verbosity::Verbose;
        let mut listed: Vec<(Status, String, Vec<RuleId>)> = Vec::new();
        let mut note = |finding: &Finding, text: String| {
            let cis = finding.verdicts.cis.status;
            match listed.iter_mut().find(|(status, known, _)| (*status, known) == (cis, &text)) {
                Some((.., rules)) => rules.push(finding.rule.id),
                None => listed.push((cis, text, vec![finding.rule.id])),
            }
        };
        let [effective, hub] = [Verdict::Effective, Verdict::SecurityHub].map(Verdict::words);
        for finding in report.findings() {
            let Judged { status, reason } = &finding.verdicts.effective;
            if let (Status::Pass, Some(reason)) = (finding.verdicts.cis.status, reason) {
                let would = match status {
                    Status::Fail => format!("{effective} fails (a single event may not raise an alert)"),
                    Status::Pass | Status::Unknown => {
                        format!("{effective} is unknown (whether a single event raises an alert cannot be determined)")
                    }
                };
                let remedy = if verbose { format!(". How to fix it: {}", reason.remedy()) } else { String::new() };
                note(finding, format!("{would}: {}{remedy}", reason.message()));
            }
        }
        for finding in report.findings().filter(|_| verbose) {
            let judged = &finding.verdicts.security_hub;
            let differs = judged.status.as_status() != finding.verdicts.cis.status;
            if let Some(reason) = judged.reason.as_ref().filter(|_| differs) {
                let word = judged.status.as_str();
                note(finding, format!("{hub} (predicted) is {word}: {}", reason.message()));
            }
        }
        if !listed.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Where verdicts differ"))?;
        }
        let cis = Verdict::Cis.words();
        for (status, text, rules) in listed {
            let verb = match status {
                Status::Pass => "passes",
                Status::Fail => "fails",
                Status::Unknown => "is unknown",
            };
            self.prose("  ! ", INDENT, &format!("{}: {cis} {verb}, {text}", ranges(&rules, self.paint)), out)?;
        }
        Ok(())
    }

    /// What is weak or unverified in controls that pass, but for what is listed under the differing verdicts; notes
    /// only when asked for more, unless what holds may end any day.
    fn warnings(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let mut shown: Vec<(&Warning, Vec<RuleId>)> = Vec::new();
        for finding in report.findings() {
            for warning in &finding.warnings {
                let is_mere_note = warning.grade() == Grade::Note && !warning.code().may_end_any_day();
                if is_mere_note && self.options.verbosity != Verbosity::Verbose {
                    continue;
                }
                // It is shown next to the failure.
                if warning.code().explains_failure() && finding.outcome() != Outcome::Waived {
                    continue;
                }
                // It is listed under what fails.
                if warning.near_miss().is_some() && counts(finding) {
                    continue;
                }
                if finding.verdicts.cis.status == Status::Pass
                    && finding.verdicts.effective.reason.as_ref() == Some(warning)
                {
                    continue;
                }
                match shown.iter_mut().find(|(other, _)| *other == warning) {
                    Some((_, ids)) => ids.push(finding.rule.id),
                    None => shown.push((warning, vec![finding.rule.id])),
                }
            }
        }
        if shown.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Warnings"))?;
        for (warning, ids) in shown {
            let remedy =
                if warning.code().may_end_any_day() { format!(". {}", warning.remedy()) } else { String::new() };
            let grade = warning.grade().as_str();
            let text = format!("{}: {} ({grade}){remedy}", ranges(&ids, self.paint), warning.message());
            self.prose("  ! ", INDENT, &text, out)?;
        }
        Ok(())
    }

    fn gaps(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        if report.gaps().next().is_none() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Could not be read"))?;
        for gap in report.gaps() {
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

/// What places are ordered by: a file's lines as numbers.
fn in_order(place: &Place) -> (&str, Option<u32>, Option<u32>, Option<&str>) {
    (&place.file, place.line, place.column, place.address.as_deref())
}

/// Whether a finding counts against the account.
fn counts(finding: &Finding) -> bool {
    matches!(finding.outcome(), Outcome::Fail | Outcome::Unknown)
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
                (first.status, &first.reason) == (finding.status, &finding.reason)
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
