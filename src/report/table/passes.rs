//! What is to be known of controls that pass: their chains, where verdicts differ, and what is weak or unverified.

use std::io;

use super::super::lines;
use super::super::paint::{Tone, ranges};
use super::super::render_options::Verbosity;
use super::{INDENT, Page, counts};
use crate::finding::{Finding, Grade, Judged, Outcome, Report, Status, Verdict, Warning};
use crate::rule::RuleId;

impl Page<'_> {
    /// The chains of what passes.
    pub(super) fn passing(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
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
    pub(super) fn differences(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
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
    pub(super) fn warnings(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
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
}
