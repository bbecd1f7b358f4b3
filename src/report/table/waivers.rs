//! What is waived, until when and why; and waivers that did nothing.

use std::io;

use jiff::civil::Date;

use super::super::paint::{Tone, ranges};
use super::super::{Verbosity, exceptions};
use super::{INDENT, Page};
use crate::finding::{Finding, Idle, Link, Outcome, Report, UnusedWaiver, Waiver};
use crate::rule::RuleId;

/// So many days before the last one it is said that a waiver ends.
const SOON: i32 = 14;

impl Page<'_> {
    pub(super) fn waived(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        let mut listed: Vec<(&Waiver, Vec<&Finding>)> = Vec::new();
        for finding in report.findings().filter(|finding| finding.outcome() == Outcome::Waived) {
            let Some(waiver) = &finding.waiver else { continue };
            let same = |known: &[&Finding]| known.iter().all(|known| known.reason == finding.reason);
            match listed.iter_mut().find(|(known, findings)| *known == waiver && same(findings)) {
                Some((_, findings)) => findings.push(finding),
                None => listed.push((waiver, vec![finding])),
            }
        }
        if !listed.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Waived"))?;
        }
        for (at, (waiver, findings)) in listed.into_iter().enumerate() {
            if at > 0 && self.options.verbosity == Verbosity::Verbose {
                writeln!(out)?;
            }
            let first = format!("  {} ", self.paint.symbol(Tone::Accepted));
            let end = report.waived_on.map_or_else(String::new, |today| ends_soon(waiver, today));
            let rules: Vec<RuleId> = findings.iter().map(|finding| finding.rule.id).collect();
            let rules = ranges(&rules, self.paint);
            let text = format!("{rules} until {}{end}: {} ({})", waiver.expires, waiver.reason, waiver.owner);
            self.prose(&first, INDENT, &text, out)?;
            self.accepted(&findings, out)?;
        }
        match exceptions::hint(report) {
            Some(hint) => self.prose("  ! ", INDENT, &hint, out),
            None => Ok(()),
        }
    }

    /// Which events are accepted to be missed.
    pub(super) fn exceptions(&self, indent: &str, finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
        exceptions::lines(finding).try_for_each(|line| self.prose(indent, indent, &line, out))
    }

    /// What is wrong; with its chain only when asked for more.
    fn accepted(&self, findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
        let [first, ..] = findings else { return Ok(()) };
        let Some(reason) = &first.reason else { return Ok(()) };
        self.prose(INDENT, INDENT, &format!("what is wrong: {} ({})", reason.message(), reason.code().as_str()), out)?;
        self.places(INDENT, findings, out)?;
        self.exceptions(INDENT, first, out)?;
        if self.options.verbosity != Verbosity::Verbose || reason.link() == Link::SecurityHub {
            return Ok(());
        }
        writeln!(out)?;
        self.chain(findings, Some((reason, first.status)), out)
    }

    pub(super) fn unused_waivers(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        if report.unused_waivers.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Waivers without effect"))?;
        for UnusedWaiver { rule, waiver, why } in &report.unused_waivers {
            let why = match why {
                Idle::Expired => format!("expired, {} was its last day", waiver.expires),
                Idle::Unused => "unused, nothing that it is for is left to waive".to_owned(),
                Idle::Undecided => "it is for an account or region, and where this is deployed is not known \
                                    (--in-account, --in-region)"
                    .to_owned(),
            };
            let text = format!("{rule}: {why}: {} ({})", waiver.reason, waiver.owner);
            self.prose("  ! ", INDENT, &text, out)?;
        }
        Ok(())
    }
}

pub(super) fn ends_soon(waiver: &Waiver, today: Date) -> String {
    match waiver.days_left(today) {
        0 => ", its last day is today".to_owned(),
        1 => ", 1 day left".to_owned(),
        days @ 2..=SOON => format!(", {days} days left"),
        _ => String::new(),
    }
}
