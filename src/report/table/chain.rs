//! A chain, link by link, the broken one marked. What comes after a broken link was not looked at, and is not shown.

use crate::mask;
use std::collections::BTreeSet;
use std::io;

use super::super::paint::Tone;
use super::super::prose;
use super::super::render_options::Verbosity;
use super::Page;
use crate::arn::last_part;
use crate::finding::{Chain, Link, Reason, Status, Step, SubscriptionStep};

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
        chains: &[&Chain],
        problem: Option<(&Reason, Status)>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let last = problem.map_or(Link::Subscription, |(reason, _)| reason.link());
        for link in Link::CHAIN.into_iter().filter(|link| *link <= last) {
            let tone = match problem {
                Some((_, status)) if link == last => Tone::from(status),
                Some(_) | None => Tone::Good,
            };
            let is_unknown = problem.is_some_and(|(_, status)| link == last && status == Status::Unknown);
            let [first, others @ ..] = chains else { return Ok(()) };
            let mut names = self.names(first, link);
            if others.iter().any(|chain| self.names(chain, link) != names) {
                names = vec!["each control's own".to_owned()];
            }
            if names.is_empty() {
                // Of what is not there at all, the resource named is the one that lacks it.
                let at_fault = problem.filter(|(reason, _)| link == last && !reason.code().is_absence());
                let at_fault = at_fault.and_then(|(reason, _)| reason.resource());
                names.push(at_fault.map_or_else(
                    || if is_unknown { "not read" } else { "none" }.to_owned(),
                    |resource| self.paint.name(last_part(resource), self.longest()),
                ));
            }
            let rest = names.len().saturating_sub(SHOWN);
            names.truncate(SHOWN);
            if rest > 0 {
                names.push(format!("and {rest} more"));
            }
            for (at, name) in names.into_iter().enumerate() {
                let (mark, word) = if at == 0 { (self.paint.symbol(tone), link.words()) } else { (" ", "") };
                let left = format!("    {mark} {word:<15}");
                for (line, text) in prose::pieces(&name, self.room()).iter().enumerate() {
                    let left = if line == 0 { self.paint.tone(tone, &left) } else { " ".repeat(NAMES) };
                    prose::line(&format!("{left}{text}"), out)?;
                }
            }
            if link == Link::Alarm && self.options.verbosity == Verbosity::Verbose {
                self.quiet(chains, out)?;
            }
        }
        Ok(())
    }

    /// For how long the alarms notify of nothing more after an event, each answer once.
    fn quiet(&self, chains: &[&Chain], out: &mut dyn io::Write) -> io::Result<()> {
        let column = " ".repeat(NAMES);
        let words: BTreeSet<String> =
            chains.iter().flat_map(|chain| chain.alarms()).filter_map(|alarm| Some(alarm.quiet?.words())).collect();
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
