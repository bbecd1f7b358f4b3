//! A chain, link by link, the broken one marked. What comes after a broken link was not looked at, and is not shown.

use crate::mask;
use std::collections::BTreeSet;
use std::io;

use super::super::lines;
use super::super::paint::Tone;
use super::super::prose;
use super::super::render_options::Verbosity;
use super::Page;
use crate::arn::last_part;
use crate::finding::{Chain, Finding, Link, Reason, Status, Step, SubscriptionStep};

/// The column of names begins after mark and link.
const NAMES: usize = 21;
/// Lines that a name takes at most; a longer one is shortened.
const LINES: usize = 3;
/// More resources of one link than this are counted, not named.
const SHOWN: usize = 4;

impl Page<'_> {
    /// Draws the chain of controls that have one cause, up to its broken or unknown link.
    pub(super) fn chain(
        &self,
        findings: &[&Finding],
        problem: Option<(&Reason, Status)>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let last = problem.map_or(Link::Subscription, |(reason, _)| reason.link());
        for link in Link::CHAIN.into_iter().filter(|link| *link <= last) {
            let tone = match problem {
                Some((_, status)) if link == last => Tone::from(status),
                Some(_) | None => Tone::Good,
            };
            let at_fault = problem.filter(|_| link == last);
            let [first, others @ ..] = findings else { return Ok(()) };
            // What one of them shows is true of all whose chain is drawn with it.
            let doubt = findings.iter().find_map(|it| lines::doubt_of_link(it, link)).filter(|_| at_fault.is_none());
            let (tone, symbol) = match doubt {
                Some((symbol, _)) => (Tone::Doubt, symbol),
                None => (tone, self.paint.symbol(tone)),
            };
            let mut names = self.names(&first.chain, link);
            if others.iter().any(|other| self.names(&other.chain, link) != names) {
                names = vec!["each control's own".to_owned()];
            } else if let Some((_, Some(words))) = doubt {
                names.iter_mut().for_each(|name| *name = format!("{name} ({words})"));
            }
            if names.is_empty() {
                names.push(match (doubt, at_fault) {
                    (Some((_, words)), _) => words.unwrap_or_default().to_owned(),
                    (None, Some((reason, status))) => self.at_fault(reason, status),
                    (None, None) => "none".to_owned(),
                });
            }
            let rest = names.len().saturating_sub(SHOWN);
            names.truncate(SHOWN);
            if rest > 0 {
                names.push(format!("and {rest} more"));
            }
            for (at, name) in names.into_iter().enumerate() {
                let (mark, word) = if at == 0 { (symbol, link.words()) } else { (" ", "") };
                let left = format!("    {mark} {word:<15}");
                for (line, text) in prose::pieces(&name, self.room()).iter().enumerate() {
                    let left = if line == 0 { self.paint.tone(tone, &left) } else { " ".repeat(NAMES) };
                    prose::line(&format!("{left}{text}"), out)?;
                }
            }
            if link == Link::Alarm && self.options.verbosity == Verbosity::Verbose {
                self.quiet(findings, out)?;
            }
        }
        Ok(())
    }

    /// What represents the broken or unknown link where the chain names no resource of it.
    fn at_fault(&self, reason: &Reason, status: Status) -> String {
        if reason.code().is_undeclared() {
            return lines::NOT_DECLARED.to_owned();
        }
        // Of what is not there at all, the resource named is the one that lacks it.
        match reason.resource().filter(|_| !reason.code().is_absence()) {
            Some(resource) => self.paint.name(last_part(resource), self.longest()),
            None if status == Status::Unknown => "not read".to_owned(),
            None => "none".to_owned(),
        }
    }

    /// For how long the alarms notify of nothing more after an event, each answer once.
    fn quiet(&self, findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
        let column = " ".repeat(NAMES);
        let words: BTreeSet<String> =
            findings.iter().flat_map(|it| it.chain.alarms()).filter_map(|alarm| Some(alarm.quiet?.words())).collect();
        words.iter().try_for_each(|words| self.prose(&column, &column, words, out))
    }

    fn room(&self) -> usize {
        self.width.saturating_sub(NAMES)
    }

    /// Columns of a name that may go on in the next lines.
    fn longest(&self) -> usize {
        LINES * self.room()
    }

    fn names(&self, chain: &Chain, link: Link) -> Vec<String> {
        let paint = self.paint;
        let room = self.longest();
        let name = |step: &Step| match step {
            Step::Trail(trail) => paint.name(&format!("{} ({})", trail.arn.name(), trail.home_region), room),
            Step::MetricFilter(filter) => {
                let to = filter.metrics.first().map_or_else(String::new, |metric| {
                    format!(" {} {}/{}", paint.arrow(), metric.namespace, metric.name)
                });
                paint.name(&format!("{}{to}", filter.name), room)
            }
            Step::LogGroup(_) | Step::Alarm(_) | Step::Topic(_) => paint.name(step.short_name(), room),
            Step::Subscription(SubscriptionStep { protocol, endpoint, state, .. }) => {
                let endpoint = mask::shown(protocol, endpoint, self.options.show_endpoints);
                let name = paint.name(&format!("{protocol} {endpoint}"), room.saturating_sub(12));
                format!("{name} ({})", state.as_str())
            }
        };
        chain.steps_of(link).iter().map(name).collect()
    }
}
