//! A chain as a drawing shows it: every link with its resources, what is reported about each, and what leads to what.
//!
//! It says where things belong together, not where they are drawn: that is [`super::svg`]'s.

use super::console;
use super::names::LONGEST;
use crate::mask;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::arn::last_part;
use crate::finding::{Finding, Grade, Link, Reason, Status, Step, SubscriptionStep};
use crate::report::lines;
use crate::report::paint::{Paint, Tone};
use crate::report::render_options::RenderOptions;
use crate::snapshot::SubscriptionState;

/// More resources of one link than this are counted, not drawn.
const SHOWN: usize = 5;

/// What is reported about a resource in a chain. Ordered from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// It holds.
    Holds,
    /// It holds, but not for every event.
    Weak,
    /// All that could be read of it holds.
    Unverified,
    /// It is there, but nothing passes through it.
    Idle,
    /// It is behind what is broken.
    Unreached,
    /// It is behind what is not known.
    Unjudged,
    /// Whether it holds is not known, and all depends on it.
    Unknown,
    /// It does not hold.
    Broken,
}

/// What the marks mean, for the page's reader.
pub(super) const MEANINGS: [(Mark, &str); 7] = [
    (Mark::Holds, "The link exists and forwards every such event."),
    (Mark::Weak, "It forwards events, but can miss single ones."),
    (Mark::Unverified, "It forwards events, but not everything about it could be read."),
    (Mark::Broken, "It is missing, or forwards nothing: fix this link."),
    (Mark::Unknown, "It could not be read or decided, and the result depends on it."),
    (Mark::Unreached, "Not checked: an earlier link is broken."),
    (Mark::Unjudged, "Not checked: an earlier link could not be determined."),
];

impl Mark {
    fn tone(self) -> Tone {
        match self {
            Self::Holds => Tone::Good,
            Self::Weak | Self::Unverified | Self::Unknown => Tone::Doubt,
            Self::Broken => Tone::Bad,
            Self::Idle | Self::Unreached | Self::Unjudged => Tone::Faint,
        }
    }

    /// Its name in the style.
    pub(super) fn class(self) -> &'static str {
        self.tone().class()
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Weak => "!",
            Self::Holds | Self::Unverified | Self::Unknown | Self::Broken => self.tone().symbol(),
            Self::Idle | Self::Unreached | Self::Unjudged => Paint::plain().dash(),
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "intact",
            Self::Weak => "weak",
            Self::Unverified => "unverified",
            Self::Idle => "idle",
            Self::Unreached => "not reached",
            Self::Unjudged => "not judged",
            Self::Unknown => "unknown",
            Self::Broken => "broken",
        }
    }
}

/// A resource, or the lack of one.
#[derive(Debug)]
pub(super) struct Node {
    /// What a person calls it, escaped.
    pub(super) name: String,
    /// Its ARN or name in full, escaped.
    pub(super) full: String,
    /// What else is worth a short line: a region, a metric, a protocol.
    pub(super) detail: String,
    /// Its page in the AWS console.
    pub(super) console: Option<String>,
    pub(super) mark: Mark,
    /// The mark's word, or a truer one.
    pub(super) word: &'static str,
    /// What leads to it: positions in the link before.
    pub(super) from: Vec<usize>,
    /// What of its own link leads to it, as an alarm does to the composite alarm above it.
    pub(super) beside: Vec<usize>,
}

/// The resources of one link.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) link: Link,
    /// Never empty: what is missing is a node too.
    pub(super) nodes: Vec<Node>,
}

/// The six links of a control's chain.
pub(super) fn group(finding: &Finding, options: &RenderOptions, paint: Paint) -> Vec<Group> {
    let view = View { finding, problem: finding.problem(), options, paint };
    let mut groups: Vec<Group> = Vec::new();
    for link in Link::CHAIN {
        let before = groups.last().map_or(0, |group| group.nodes.len());
        groups.push(view.group(link, before));
    }
    groups
}

struct View<'a> {
    finding: &'a Finding,
    problem: Option<(&'a Reason, Status)>,
    options: &'a RenderOptions,
    paint: Paint,
}

/// A resource before it is marked.
struct Shown<'a> {
    /// ARN or name.
    key: &'a str,
    name: String,
    detail: String,
    console: Option<String>,
    /// A word of its own, where it has one.
    state: Option<SubscriptionState>,
}

impl View<'_> {
    fn group(&self, link: Link, before: usize) -> Group {
        let steps = self.steps(link);
        if steps.is_empty() {
            return Group { link, nodes: vec![self.nothing(link, 0..before)] };
        }
        let start = self.finding.chain.places(link).start;
        let mut nodes = Vec::new();
        for (at, step) in steps.iter().enumerate().take(SHOWN) {
            let mark = self.mark(link, step, &steps);
            let (from, beside) = self.inlets(link, start + at..start + at + 1, before);
            nodes.push(Node {
                name: step.name.clone(),
                full: self.paint.name(if step.state.is_some() { &step.name } else { step.key }, LONGEST),
                detail: step.detail.clone(),
                console: step.console.clone(),
                mark,
                word: word(mark, step.state),
                from,
                beside,
            });
        }
        if let Some(rest) = steps.get(SHOWN..).filter(|rest| !rest.is_empty()) {
            nodes.push(self.others(link, rest, &steps, before));
        }
        Group { link, nodes }
    }

    /// What represents the resources that are counted only.
    fn others(&self, link: Link, rest: &[Shown<'_>], all: &[Shown<'_>], before: usize) -> Node {
        let mark = rest.iter().map(|step| self.mark(link, step, all)).max().unwrap_or(Mark::Unreached);
        let state = rest.first().and_then(|step| step.state);
        let state = state.filter(|state| rest.iter().all(|step| step.state == Some(*state)));
        let places = self.finding.chain.places(link);
        let (from, mut beside) = self.inlets(link, places.start + SHOWN..places.end, before);
        beside.retain(|at| *at < SHOWN);
        let name = format!("and {} more", rest.len());
        let detail = String::new();
        Node { full: name.clone(), name, detail, console: None, mark, word: word(mark, state), from, beside }
    }

    /// What represents a link without a resource.
    fn nothing(&self, link: Link, before: Range<usize>) -> Node {
        let is_undeclared = |reason: &Reason| reason.link() == link && reason.code().is_undeclared();
        let (mark, word, name) = match self.problem {
            Some((reason, _)) if is_undeclared(reason) => (Mark::Unknown, Mark::Unknown.word(), lines::NOT_DECLARED),
            _ if self.finding.warnings.iter().any(is_undeclared) => {
                (Mark::Unverified, Mark::Unverified.word(), lines::NOT_DECLARED)
            }
            Some((reason, Status::Unknown)) if link == reason.link() => {
                (Mark::Unknown, Mark::Unknown.word(), named(reason).unwrap_or("not read"))
            }
            Some((reason, Status::Fail | Status::Pass)) if link == reason.link() => match named(reason) {
                Some(name) => (Mark::Broken, Mark::Broken.word(), name),
                None => (Mark::Broken, "missing", "none"),
            },
            Some((reason, status)) if link > reason.link() => (behind(status), behind(status).word(), "–"),
            Some(_) => (Mark::Unreached, "not named", "–"),
            None => (Mark::Unverified, Mark::Unverified.word(), "not read"),
        };
        let full = self.paint.name(name, LONGEST);
        let detail = String::new();
        Node { name: full.clone(), full, detail, console: None, mark, word, from: before.collect(), beside: Vec::new() }
    }

    fn steps(&self, link: Link) -> Vec<Shown<'_>> {
        self.finding.chain.steps_of(link).iter().map(|step| self.shown(step)).collect()
    }

    fn shown<'a>(&self, step: &'a Step) -> Shown<'a> {
        let key = step.name();
        let (name, detail, state) = match step {
            Step::MetricFilter(filter) => {
                let metric = filter.metrics.first().map_or_else(String::new, |metric| format!("→ {}", metric.name));
                (Cow::Borrowed(key), Cow::Owned(metric), None)
            }
            Step::Subscription(SubscriptionStep { protocol, endpoint, state, .. }) => {
                let endpoint = mask::shown(protocol, endpoint, self.options.show_endpoints);
                (Cow::Owned(endpoint), Cow::Borrowed(protocol.as_str()), Some(*state))
            }
            Step::Trail(_) | Step::LogGroup(_) | Step::Alarm(_) | Step::Topic(_) => {
                // What is no ARN is said without a region.
                (Cow::Borrowed(step.short_name()), Cow::Borrowed(step.region().unwrap_or("")), None)
            }
        };
        let console = console::page(step, &self.finding.chain);
        Shown { key, name: self.text(&name), detail: self.text(&detail), console, state }
    }

    fn text(&self, text: &str) -> String {
        self.paint.name(text, LONGEST)
    }

    fn mark(&self, link: Link, step: &Shown<'_>, all: &[Shown<'_>]) -> Mark {
        let is_asleep = matches!(step.state, Some(SubscriptionState::Pending | SubscriptionState::Deleted));
        let passes_cis = self.finding.verdicts.cis.status == Status::Pass;
        match self.problem {
            Some((reason, status)) if link == reason.link() && concerns(reason, step, all) => match status {
                Status::Unknown => Mark::Unknown,
                Status::Fail | Status::Pass => Mark::Broken,
            },
            Some((reason, status)) if link > reason.link() && !passes_cis => behind(status),
            Some(_) | None if is_asleep => Mark::Idle,
            Some(_) | None => self.warned(link, step, all),
        }
    }

    /// By the warnings alone.
    fn warned(&self, link: Link, step: &Shown<'_>, all: &[Shown<'_>]) -> Mark {
        let warnings =
            self.finding.warnings.iter().filter(|warning| warning.link() == link && concerns(warning, step, all));
        let marks = warnings.map(|warning| match warning.grade() {
            Grade::Note => Mark::Holds,
            Grade::Weak => Mark::Weak,
            Grade::Unverified => Mark::Unverified,
            Grade::Broken => Mark::Broken,
        });
        marks.max().unwrap_or(Mark::Holds)
    }

    /// What leads to some of a link's resources: positions in the link before, and in their own.
    fn inlets(&self, link: Link, places: Range<usize>, before: usize) -> (Vec<usize>, Vec<usize>) {
        let chain = &self.finding.chain;
        let own = chain.places(link);
        let last = Link::CHAIN.into_iter().rev().find(|earlier| *earlier < link);
        let start = last.map_or(0, |last| chain.places(last).start);
        let (beside, from): (Vec<usize>, Vec<usize>) =
            places.flat_map(|place| chain.before(place)).partition(|place| own.contains(place));
        // What is only counted comes after what is drawn.
        let drawn = |places: Vec<usize>, start: usize| {
            let places: BTreeSet<usize> =
                places.into_iter().map(|place| place.saturating_sub(start).min(SHOWN)).collect();
            places.into_iter().collect::<Vec<_>>()
        };
        let (from, beside) = (drawn(from, start), drawn(beside, own.start));
        // Where nothing is known to lead there, all may.
        (if from.is_empty() && beside.is_empty() { (0..before).collect() } else { from }, beside)
    }
}

/// The resource that a reason names, if it is one of its link's own: of what is not there at all, the reason names what
/// lacks it, and of subscriptions their topic.
fn named(reason: &Reason) -> Option<&str> {
    let lacks = reason.code().is_absence() || reason.link() == Link::Subscription;
    reason.resource().filter(|_| !lacks).map(last_part)
}

/// Whether a reason is about this resource: it is named, or none of its link is. Filters miss events together.
fn concerns(reason: &Reason, step: &Shown<'_>, all: &[Shown<'_>]) -> bool {
    let names = |step: &Shown<'_>| {
        // Names are compared where both are read off ARNs: a text that is none is no one else's name.
        let is_named_so = |resource: &str| {
            let (name, own) = (last_part(resource), last_part(step.key));
            name == own && name != resource && own != step.key
        };
        reason.resource().is_some_and(|resource| resource == step.key || is_named_so(resource))
    };
    let together = reason.link() == Link::MetricFilter && reason.grade() != Grade::Weak;
    together || names(step) || !all.iter().any(names)
}

fn word(mark: Mark, state: Option<SubscriptionState>) -> &'static str {
    match (state, mark) {
        (Some(state @ (SubscriptionState::Pending | SubscriptionState::Deleted)), _)
        | (Some(state @ SubscriptionState::Confirmed), Mark::Holds) => state.as_str(),
        (Some(SubscriptionState::Confirmed) | None, mark) => mark.word(),
    }
}

/// The mark of what is behind the link that does not hold.
fn behind(status: Status) -> Mark {
    match status {
        Status::Fail | Status::Pass => Mark::Unreached,
        Status::Unknown => Mark::Unjudged,
    }
}
