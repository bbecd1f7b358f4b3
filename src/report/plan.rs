//! A plan, for people: what is created (+), changed (~), reused (=) and left to a person (→), what it will cost, and the
//! fingerprint of all that is done.
//!
//! Whatever applying a plan depends on is shown: what was asked for other than the defaults, each step (all of its
//! content with `--verbose`), and addresses that are masked by a mark of their own.

use crate::escape;
use crate::mask;
use std::io;

use unicode_width::UnicodeWidthStr as _;

use self::page::Page;
use super::document;
use super::paint::{Paint, Tone, ranges};
use super::prose;
use super::render_options::{RenderOptions, Verbosity};
use super::rule_files;
use crate::arn::last_part;
use crate::finding::Verdict;
use crate::fix::plan::{Action, Endpoint, Options, Plan, ReusedKind, Step};
use crate::rule::RuleId;

mod details;
mod page;

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
pub fn render(plan: &Plan, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { options, paint: Paint::new(options), width: options.width.clamp(48, 140) };
    if options.verbosity != Verbosity::Quiet {
        page.header(plan, out)?;
        page.steps(plan, out)?;
        page.left(plan, out)?;
        page.legend(plan, out)?;
    }
    page.summary(plan, out)
}

/// One step in a line, as the plan shows it.
#[must_use]
pub fn step_line(step: &Step, options: &RenderOptions) -> Vec<u8> {
    let page = Page { options, paint: Paint::new(options), width: options.width.clamp(48, 140) };
    let shown = page.shown(step, false);
    let mut line = Vec::new();
    // Memory can be written to.
    drop(page.line(shown.sign, Tone::Faint, shown.kind, &shown.name, "", &mut line));
    line
}

/// The document itself: with addresses in full it can be carried out, else it is to be read only and says so.
///
/// # Errors
/// What the writer reports.
pub fn json(plan: &Plan, show_endpoints: bool, out: &mut dyn io::Write) -> io::Result<()> {
    if show_endpoints { document::write(plan, out) } else { document::write(&masked(plan), out) }
}

/// The plan with the addresses masked, and its fingerprint as it was.
fn masked(plan: &Plan) -> Plan {
    let mut shown = plan.clone();
    let in_steps = shown.steps.iter_mut().filter_map(|step| match &mut step.action {
        Action::Subscribe(subscription) => Some(&mut subscription.endpoint),
        _ => None,
    });
    let mut is_masked = false;
    for endpoint in shown.options.subscribe.iter_mut().chain(&mut shown.not_subscribed).chain(in_steps) {
        let marked = mask::marked(&endpoint.protocol, &endpoint.address);
        is_masked |= marked != endpoint.address;
        endpoint.address = marked;
    }
    shown.endpoints_masked = is_masked;
    shown
}

/// What a new metric filter leaves out of what its control demands, and what comes of that.
fn left_out(plan: &Plan, step: &Step) -> Vec<(&'static str, String)> {
    let is_filter = matches!(step.action, Action::CreateMetricFilter(_));
    let of_step = plan.options.exceptions.iter().filter(|exception| is_filter && step.rules.contains(&exception.rule));
    let mut details: Vec<(&'static str, String)> = Vec::new();
    for exception in of_step {
        details.push(("leaves out", exception.words()));
        details.extend(exception.caution().map(|caution| ("but", caution)));
    }
    if !details.is_empty() {
        details.push(("then", "Security Hub CSPM fails the control: it accepts only its own pattern".to_owned()));
    }
    details
}

impl Page<'_> {
    fn header(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let bullet = self.paint.bullet();
        let account = self.paint.name(&plan.account_id, 20);
        let region = self.paint.name(&plan.region, 20);
        let (benchmark, own) = plan.scope();
        let subject = rule_files::title(benchmark, own);
        let text = format!("Plan{bullet}{subject}{bullet}{account}{bullet}{region}");
        writeln!(out, "{}", self.paint.tone(Tone::Strong, &text))?;
        let asked = self.asked(plan);
        if !asked.is_empty() {
            self.prose("  with ", "  ", &asked.join(", "), out)?;
        }
        for from in &plan.rule_files {
            let text = format!("{}: {}", escape::terminal(&from.directory), rules(&from.rules, self.paint));
            self.prose("  controls from ", "  ", &text, out)?;
        }
        Ok(())
    }

    /// What was asked for, so far as it is not the default, as it is given.
    fn asked(&self, plan: &Plan) -> Vec<String> {
        let Options {
            subscribe,
            topic,
            log_group,
            name_prefix,
            namespace,
            own_namespace: _,
            alarm_period,
            topic_kms_key,
            tags,
            allow_update,
            exceptions: _,
        } = &plan.options;
        let default = Options::default();
        let given = |name: &str, value: &str| format!("--{name} {value}");
        let mut asked = Vec::new();
        if plan.verdict != Verdict::default().as_str() {
            // A document spells it otherwise than the option.
            asked.push(given("verdict", &plan.verdict.replace('_', "-")));
        }
        if *allow_update {
            asked.push("--allow-update".to_owned());
        }
        asked.extend(subscribe.iter().map(|endpoint| given("subscribe", &self.given(endpoint))));
        asked.extend(topic.iter().map(|topic| given("topic", topic)));
        asked.extend(log_group.iter().map(|group| given("log-group", group)));
        asked.extend((*name_prefix != default.name_prefix).then(|| given("name-prefix", name_prefix)));
        asked.extend((*namespace != default.namespace).then(|| given("namespace", namespace)));
        asked.extend((*alarm_period != default.alarm_period).then(|| given("alarm-period", &alarm_period.to_string())));
        asked.extend(topic_kms_key.iter().map(|key| given("topic-kms-key", key)));
        asked.extend(tags.iter().map(|(key, value)| given("tag", &format!("{key}={value}"))));
        asked
    }

    /// An address as `--subscribe` takes it, masked or not.
    fn given(&self, endpoint: &Endpoint) -> String {
        let address = self.address(endpoint);
        match endpoint.protocol.as_str() {
            "email" | "sms" => format!("{}:{address}", endpoint.protocol),
            _ => address,
        }
    }

    fn steps(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let mut reused: Vec<_> = plan.reused.iter().collect();
        reused.sort_by_key(|reused| CHAIN.iter().position(|kind| *kind == reused.kind));
        if !reused.is_empty() || !plan.steps.is_empty() {
            writeln!(out)?;
        }
        for reused in reused {
            self.line("=", Tone::Faint, reused.kind.as_str(), last_part(&reused.resource), "", out)?;
        }
        for step in &plan.steps {
            let shown = self.shown(step, plan.begun.contains(&step.id));
            let tone = if shown.sign == "~" { Tone::Doubt } else { Tone::Good };
            let elsewhere = step.action.region().filter(|region| *region != plan.region);
            let name = elsewhere.map_or_else(|| shown.name.clone(), |region| format!("{} in {region}", shown.name));
            let numbers = rules(&step.rules, self.paint);
            self.line(shown.sign, tone, shown.kind, &name, &numbers, out)?;
            let mut details = Vec::new();
            if name.width() > self.room(&numbers) {
                // What the line has no room for may be all that differs.
                details.push(("in full", name));
            }
            if shown.sign == "~" || self.options.verbosity == Verbosity::Verbose {
                details.extend(shown.details);
            }
            details.extend(left_out(plan, step));
            self.details(&details, out)?;
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
        let room = self.room(rules);
        let name = self.paint.name(name, room);
        let left = self.paint.tone(tone, &format!("  {sign} {kind:<15}"));
        let right = if rules.is_empty() {
            String::new()
        } else {
            let gap = " ".repeat(room.saturating_sub(name.width()) + 2);
            format!("{gap}{}", self.paint.tone(Tone::Faint, rules))
        };
        writeln!(out, "{left} {name}{right}")
    }

    /// Columns for a name next to the numbers of the controls.
    fn room(&self, rules: &str) -> usize {
        self.width.saturating_sub(NAMES + if rules.is_empty() { 0 } else { rules.width() + 2 }).max(12)
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

    /// What is left to people, and what nothing is done about.
    fn left(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        if !plan.manual.is_empty() {
            writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Manual steps"))?;
            for task in &plan.manual {
                let text = format!("{} {} ({})", self.paint.arrow(), task.what, rules(&task.rules, self.paint));
                self.prose("  ", INDENT, &text, out)?;
            }
        }
        if !plan.not_subscribed.is_empty() {
            writeln!(
                out,
                "\n{}",
                self.paint.tone(
                    Tone::Strong,
                    "Not subscribed: no control that is known to pass has a topic that accepts subscribers"
                )
            )?;
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

    /// What the signs mean that the plan has.
    fn legend(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let signs = self.signs(plan);
        let has = |sign| signs.contains(&sign);
        let meanings = [
            (has("+"), "+", "created"),
            (has("~"), "~", "changed"),
            (!plan.reused.is_empty(), "=", "used as it is"),
            (!plan.manual.is_empty(), self.paint.arrow(), "left to you"),
            (!plan.not_subscribed.is_empty(), "-", "not subscribed"),
            (!plan.not_planned.is_empty(), "?", "not planned"),
        ];
        let shown = meanings.iter().filter(|(is_there, ..)| *is_there);
        let words: Vec<String> = shown.map(|(_, sign, meaning)| format!("{sign} {meaning}")).collect();
        if words.is_empty() { Ok(()) } else { self.prose("", "  ", &format!("Signs: {}.", words.join(", ")), out) }
    }

    /// The sign of each step.
    fn signs(&self, plan: &Plan) -> Vec<&'static str> {
        plan.steps.iter().map(|step| self.shown(step, plan.begun.contains(&step.id)).sign).collect()
    }

    fn summary(&self, plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
        let signs = self.signs(plan);
        let count = |sign| signs.iter().filter(|each| **each == sign).count();
        let (created, changed) = (count("+"), count("~"));
        if plan.steps.is_empty() {
            let text = match (plan.manual.is_empty(), plan.not_planned.is_empty()) {
                (true, true) => "Nothing to do.",
                (false, true) => "Nothing to do except the manual steps.",
                (_, false) => "Nothing is planned; see above why.",
            };
            return writeln!(out, "{}", self.paint.tone(Tone::Strong, text));
        }
        let cost = cost(plan);
        if !cost.is_empty() && self.options.verbosity != Verbosity::Quiet {
            self.prose("", "  ", &format!("AWS will bill: {}.", cost.join(", ")), out)?;
        }
        let text = format!("{created} to create, {changed} to change, nothing to delete.");
        writeln!(out, "{}", self.paint.tone(Tone::Strong, &text))?;
        writeln!(out, "{}", self.paint.tone(Tone::Faint, &format!("fingerprint {}", plan.fingerprint)))
    }

    fn prose(&self, first: &str, next: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        prose::wrapped(self.paint, self.width, first, next, text, out)
    }
}

/// What costs money every month, by its price list's units (no prices: they differ by region and change).
fn cost(plan: &Plan) -> Vec<String> {
    let is_new = |step: &&Step| !plan.begun.contains(&step.id);
    let count = |is: fn(&Action) -> bool| plan.steps.iter().filter(is_new).filter(|step| is(&step.action)).count();
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
        (widens > 0).then(|| "the additional events that a trail records".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn rules(numbers: &[String], paint: Paint) -> String {
    let ids: Option<Vec<RuleId>> = numbers.iter().map(|number| RuleId::parse(number)).collect();
    ids.map_or_else(|| numbers.join(", "), |ids| ranges(&ids, paint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::plan::{ManualStep, Reused, ReusedKind, sample};

    fn shown(plan: &Plan, verbosity: Verbosity, show_endpoints: bool) -> String {
        let options = RenderOptions { width: 80, verbosity, ..RenderOptions::of_file(show_endpoints) };
        let mut out = Vec::new();
        render(plan, &options, &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn all_that_is_done_is_shown() {
        let mut plan = sample();
        plan.options.allow_update = true;
        plan.options.tags.insert("team".to_owned(), "security".to_owned());
        plan.verdict = "effective".to_owned();
        plan.reused
            .push(Reused { kind: ReusedKind::Topic, resource: "arn:aws:sns:us-east-1:111122223333:alerts".to_owned() });
        insta::assert_snapshot!(shown(&plan.sealed(), Verbosity::Normal, false), @"
        Plan · CIS AWS Foundations 1.2.0 · 111122223333 · us-east-1
          with --verdict effective, --allow-update, --subscribe
          https://hooks.example.com/***#cb0893, --tag team=security

          = topic           alerts
          + subscription    https https://hooks.example.com/***#cb0893 → alerts      3.4

        Signs: + created, = used as it is.
        1 to create, 0 to change, nothing to delete.
        fingerprint 93b87f1eb67fe1a815a2f8e85bbca8fb1b2c78e55add938760f519d61ba3e740
        ");
    }

    #[test]
    fn what_a_line_has_no_room_for_is_shown_below_it() {
        let mut plan = sample();
        if let Action::Subscribe(subscription) = &mut plan.steps[0].action {
            subscription.endpoint.address = format!("https://hooks.example.com/{}/end", "a".repeat(80));
        }
        insta::assert_snapshot!(shown(&plan, Verbosity::Normal, true), @"
        Plan · CIS AWS Foundations 1.2.0 · 111122223333 · us-east-1
          with --subscribe https://hooks.example.com/a

          + subscription    https https://hooks.example…aaaaaaaaaaaaaa/end → alerts  3.4
              in full  https https://hooks.example.com/
                       aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                       aaaaaaaaaaaaaaa/end → alerts

        Signs: + created.
        1 to create, 0 to change, nothing to delete.
        fingerprint 5528d2fd8c84185a4d327ed8063c9dd32dec3b98ab1eb3957e21c3ee2dd8e13c
        ");
    }

    #[test]
    fn a_legend_has_the_signs_that_are_there() {
        let mut plan = sample();
        plan.manual.push(ManualStep {
            rules: vec!["3.4".to_owned()],
            code: "topic.policy_forbids".to_owned(),
            what: "ask the owner".to_owned(),
        });
        plan.begun.push(plan.steps[0].id.clone());
        let text = shown(&plan, Verbosity::Normal, false);
        assert!(text.contains("\nSigns: ~ changed, → left to you.\n"), "{text}");
    }

    #[test]
    fn the_summary_has_the_fingerprint() {
        insta::assert_snapshot!(shown(&sample(), Verbosity::Quiet, false), @"
        1 to create, 0 to change, nothing to delete.
        fingerprint 5528d2fd8c84185a4d327ed8063c9dd32dec3b98ab1eb3957e21c3ee2dd8e13c
        ");
    }
}
