//! A plan, for people: what is created (+), changed (~), reused (=) and left to a person (→), and what it will cost to
//! know.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::paint::{Paint, Tone, ranges};
use super::{Look, Verbosity, last_part, mask};
use crate::fix::plan::{Action, Change, Endpoint, Plan, ReusedKind, Step, TrailUpdate};
use crate::rule::RuleId;
use crate::snapshot::EventSelectors;

/// The column of names begins after sign and kind.
const NAMES: usize = 20;
const INDENT: &str = "      ";
/// The order in which what is reused is listed.
const CHAIN: [ReusedKind; 6] = [
    ReusedKind::Trail,
    ReusedKind::LogGroup,
    ReusedKind::MetricFilter,
    ReusedKind::Alarm,
    ReusedKind::Topic,
    ReusedKind::Subscription,
];

/// Writes the plan.
///
/// # Errors
/// What the writer reports.
pub fn render(plan: &Plan, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { look, paint: Paint::new(look), width: look.width.clamp(48, 140) };
    if look.verbosity != Verbosity::Quiet {
        page.header(plan, out)?;
        page.steps(plan, out)?;
        page.left(plan, out)?;
    }
    page.summary(plan, out)
}

/// One step in a line, as the plan shows it.
#[must_use]
pub fn step_line(step: &Step, look: &Look) -> Vec<u8> {
    let page = Page { look, paint: Paint::new(look), width: look.width.clamp(48, 140) };
    let shown = page.shown(step);
    let mut line = Vec::new();
    // Memory can be written to.
    drop(page.line(shown.sign, Tone::Faint, shown.kind, &shown.name, "", &mut line));
    line
}

/// The document itself.
///
/// # Errors
/// What the writer reports.
pub fn json(plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
    super::document(plan, out)
}

struct Page<'a> {
    look: &'a Look,
    paint: Paint,
    width: usize,
}

/// How a step is shown: its sign, the kind and name of the resource, and what is said of it besides.
struct Shown {
    sign: &'static str,
    kind: &'static str,
    name: String,
    /// Label and text; shown always where something is changed, otherwise only when asked for more.
    details: Vec<(&'static str, String)>,
}

impl Page<'_> {
    fn header(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let bullet = self.paint.bullet();
        let account = self.paint.name(&plan.account_id, 20);
        let region = self.paint.name(&plan.region, 20);
        let text = format!("Plan{bullet}CIS AWS Foundations {}{bullet}{account}{bullet}{region}", plan.benchmark);
        writeln!(out, "{}\n", self.paint.tone(Tone::Strong, &text))
    }

    fn steps(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let mut reused: Vec<_> = plan.reused.iter().collect();
        reused.sort_by_key(|reused| CHAIN.iter().position(|kind| *kind == reused.kind));
        for reused in reused {
            self.line("=", Tone::Faint, reused.kind.as_str(), last_part(&reused.resource), "", out)?;
        }
        for step in &plan.steps {
            let shown = self.shown(step);
            let tone = if shown.sign == "~" { Tone::Doubt } else { Tone::Good };
            let elsewhere = step.action.region().filter(|region| *region != plan.region);
            let name = elsewhere.map_or_else(|| shown.name.clone(), |region| format!("{} in {region}", shown.name));
            self.line(shown.sign, tone, shown.kind, &name, &rules(&step.rules, self.paint), out)?;
            if shown.sign == "~" || self.look.verbosity == Verbosity::Verbose {
                self.details(&shown.details, out)?;
            }
        }
        Ok(())
    }

    fn line(
        &self,
        sign: &str,
        tone: Tone,
        kind: &str,
        name: &str,
        rules: &str,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let room = self.width.saturating_sub(NAMES + if rules.is_empty() { 0 } else { rules.width() + 2 });
        let name = self.paint.name(name, room.max(12));
        let left = self.paint.tone(tone, &format!("  {sign} {kind:<15}"));
        let right = if rules.is_empty() {
            String::new()
        } else {
            let gap = " ".repeat(room.saturating_sub(name.width()) + 2);
            format!("{gap}{}", self.paint.tone(Tone::Faint, rules))
        };
        writeln!(out, "{left} {name}{right}")
    }

    fn details(&self, details: &[(&'static str, String)], out: &mut dyn io::Write) -> io::Result<()> {
        let widest = details.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
        for (label, text) in details {
            let first = format!("{INDENT}{label:<widest$}  ");
            let next = " ".repeat(first.width());
            self.prose(&first, &next, text, out)?;
        }
        Ok(())
    }

    fn shown(&self, step: &Step) -> Shown {
        let (sign, kind, name) = self.heading(&step.action);
        Shown { sign, kind, name, details: self.details_of(&step.action) }
    }

    /// Sign, kind and name.
    fn heading(&self, action: &Action) -> (&'static str, &'static str, String) {
        let name = |arn: &str| last_part(arn).to_owned();
        match action {
            Action::CreateKey(key) => ("+", "KMS key", key.alias.clone()),
            Action::CreateBucket(bucket) => ("+", "S3 bucket", bucket.name.clone()),
            Action::CreateRole(role) => ("+", "IAM role", role.name.clone()),
            Action::CreateLogGroup(group) => ("+", "log group", name(&group.arn)),
            Action::CreateTrail(trail) => ("+", "trail", name(&trail.arn)),
            Action::UpdateTrail(update) => ("~", "trail", name(&update.arn)),
            Action::CreateTopic(topic) => ("+", "topic", name(&topic.arn)),
            Action::AllowPublish(update) => ("~", "topic policy", name(&update.arn)),
            Action::AllowQueue(update) => ("~", "queue policy", name(&update.arn)),
            Action::AllowFunction(permission) => ("~", "function policy", name(&permission.function_arn)),
            Action::Subscribe(subscription) => {
                let (endpoint, to) = (&subscription.endpoint, name(&subscription.topic_arn));
                let text = format!("{} {} {} {to}", endpoint.protocol, self.address(endpoint), self.paint.arrow());
                ("+", "subscription", text)
            }
            Action::CreateMetricFilter(filter) => ("+", "metric filter", filter.name.clone()),
            Action::CreateAlarm(alarm) => ("+", "alarm", name(&alarm.arn)),
        }
    }

    /// What is said of it besides.
    fn details_of(&self, action: &Action) -> Vec<(&'static str, String)> {
        let name = |arn: &str| last_part(arn).to_owned();
        match action {
            Action::CreateKey(key) => vec![
                ("for", key.description.clone()),
                ("rotation", "yearly".to_owned()),
                ("policy", key.policy.clone()),
            ],
            Action::CreateBucket(bucket) => vec![
                ("region", bucket.region.clone()),
                ("public", "blocked".to_owned()),
                ("policy", bucket.policy.clone()),
            ],
            Action::CreateRole(role) => vec![("trusts", role.trust.clone()), ("may", role.policy.clone())],
            Action::CreateLogGroup(group) => vec![("retention", format!("{} days", group.retention_days))],
            Action::CreateTrail(trail) => vec![
                ("records", "all management events of all regions".to_owned()),
                ("log group", name(&trail.log_group_arn)),
                ("bucket", trail.bucket.clone()),
                ("key", trail.key.clone()),
            ],
            Action::UpdateTrail(update) => self.changes(update),
            Action::CreateTopic(topic) => {
                let key = topic.kms_key_id.clone().map(|key| ("key", key));
                [("policy", topic.policy.clone())].into_iter().chain(key).collect()
            }
            Action::AllowPublish(update) | Action::AllowQueue(update) => vec![("adds", update.statement.clone())],
            Action::AllowFunction(permission) => {
                vec![("adds", format!("topic {} may invoke it", name(&permission.topic_arn)))]
            }
            Action::Subscribe(_) => Vec::new(),
            Action::CreateMetricFilter(filter) => vec![
                ("log group", name(&filter.log_group_arn)),
                ("pattern", filter.pattern.clone()),
                ("metric", format!("{}/{}", filter.namespace, filter.metric)),
            ],
            Action::CreateAlarm(alarm) => vec![
                ("watches", format!("Sum of {}/{} >= 1 in {} s", alarm.namespace, alarm.metric, alarm.period)),
                ("tells", name(&alarm.topic_arn)),
            ],
        }
    }

    /// The fields of a trail that are changed.
    fn changes(&self, update: &TrailUpdate) -> Vec<(&'static str, String)> {
        let arn = |arn: &Option<String>| or_none(arn.as_deref());
        [
            self.changed("multi-region", update.multi_region.as_ref(), |on| yes_no(*on)),
            self.changed("global events", update.global_events.as_ref(), |on| yes_no(*on)),
            self.changed("logging", update.logging.as_ref(), |on| yes_no(*on)),
            self.changed("log group", update.log_group_arn.as_ref(), arn),
            self.changed("role", update.role_arn.as_ref(), arn),
            self.changed("selectors", update.selectors.as_ref(), selectors),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn changed<T>(
        &self,
        label: &'static str,
        change: Option<&Change<T>>,
        words: impl Fn(&T) -> String,
    ) -> Option<(&'static str, String)> {
        change.map(|change| (label, format!("{} {} {}", words(&change.from), self.paint.arrow(), words(&change.to))))
    }

    fn address(&self, endpoint: &Endpoint) -> String {
        if self.look.show_endpoints {
            endpoint.address.clone()
        } else {
            mask::endpoint(&endpoint.protocol, &endpoint.address)
        }
    }

    /// What is left to people, and what nothing is done about.
    fn left(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        if !plan.by_hand.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Left to you"))?;
            for task in &plan.by_hand {
                let text = format!("{} {} ({})", self.paint.arrow(), task.what, rules(&task.rules, self.paint));
                self.prose("  ", INDENT, &text, out)?;
            }
        }
        if !plan.not_subscribed.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Not subscribed, since no new alarm tells them"))?;
            for endpoint in &plan.not_subscribed {
                self.prose("  - ", INDENT, &format!("{} {}", endpoint.protocol, self.address(endpoint)), out)?;
            }
        }
        if !plan.not_planned.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Not planned"))?;
            for task in &plan.not_planned {
                let text = format!("? {} ({}): {}", rules(&task.rules, self.paint), task.code, task.why);
                self.prose("  ", INDENT, &text, out)?;
            }
        }
        writeln!(out)
    }

    fn summary(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let signs: Vec<&str> = plan.steps.iter().map(|step| self.shown(step).sign).collect();
        let count = |sign| signs.iter().filter(|each| **each == sign).count();
        let (created, changed) = (count("+"), count("~"));
        if plan.steps.is_empty() {
            let text = match (plan.by_hand.is_empty(), plan.not_planned.is_empty()) {
                (true, true) => "Nothing to do.",
                (false, true) => "Nothing to do but what is left to you.",
                (_, false) => "Nothing can be done here; see above why.",
            };
            return writeln!(out, "{}", self.paint.tone(Tone::Strong, text));
        }
        let cost = cost(plan);
        if !cost.is_empty() && self.look.verbosity != Verbosity::Quiet {
            self.prose("", "  ", &format!("AWS will bill: {}.", cost.join(", ")), out)?;
        }
        let text = format!("{created} to create, {changed} to change, nothing to delete.");
        writeln!(out, "{}", self.paint.tone(Tone::Strong, &text))
    }

    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        super::prose(self.paint, self.width, first, next, text, out)
    }
}

/// What costs money every month, by its price list's units (no prices: they differ by region and change).
fn cost(plan: &Plan) -> Vec<String> {
    let count = |is: fn(&Action) -> bool| plan.steps.iter().filter(|step| is(&step.action)).count();
    let many = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        many => Some(format!("{many} {more}")),
    };
    let has_trail = plan.reused.iter().any(|reused| reused.kind == ReusedKind::Trail);
    let copies = if has_trail {
        "a further copy of all management events (a second trail)"
    } else {
        "the log group's ingestion of all management events"
    };
    let trail = count(|action| matches!(action, Action::CreateTrail(_)));
    let delivers = count(|action| matches!(action, Action::UpdateTrail(update) if update.log_group_arn.is_some()));
    let widens = count(|action| matches!(action, Action::UpdateTrail(update) if update.selectors.is_some()));
    [
        many(count(|action| matches!(action, Action::CreateAlarm(_))), "alarm", "alarms"),
        many(count(|action| matches!(action, Action::CreateMetricFilter(_))), "custom metric", "custom metrics"),
        many(count(|action| matches!(action, Action::CreateKey(_))), "KMS key", "KMS keys"),
        (trail > 0).then(|| copies.to_owned()),
        (delivers > 0).then(|| "the log group's ingestion of all events of a trail".to_owned()),
        (widens > 0).then(|| "the events that a trail records besides".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn rules(numbers: &[String], paint: Paint) -> String {
    let ids: Option<Vec<RuleId>> = numbers.iter().map(|number| RuleId::parse(number)).collect();
    ids.map_or_else(|| numbers.join(", "), |ids| ranges(&ids, paint))
}

fn yes_no(on: bool) -> String {
    if on { "yes" } else { "no" }.to_owned()
}

fn or_none(arn: Option<&str>) -> String {
    arn.map_or("none", last_part).to_owned()
}

/// Selectors as JSON, which is what they are put as.
fn selectors(selectors: &EventSelectors) -> String {
    match (selectors.basic.is_empty(), selectors.advanced.is_empty()) {
        (true, true) => "the default (all management events)".to_owned(),
        _ => serde_json::to_string(selectors).unwrap_or_default(),
    }
}
