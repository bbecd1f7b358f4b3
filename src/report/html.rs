//! The report as one HTML page, for its recipients: an auditor, a manager, the team that fixes.
//!
//! The page needs nothing else and asks for nothing: no font, script or picture from elsewhere, which its
//! Content-Security-Policy also forbids. It is readable in full without its script, which only filters. Names of the
//! account are hostile: [`maud`] escapes every value, and [`escape`] what a browser would show misleadingly or not at all.

use crate::escape;
use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::names::LONGEST;
use super::documents;
use super::evidence;
use super::lines;
use super::paint::{Paint, Tone, ranges};
use super::render_options::RenderOptions;
use super::requirements::Mapping;
use super::rule_files;
use crate::finding::{Audit, Finding, Outcome, Report, UnusedWaiver, Verdict};
use crate::replay::Replay;
use crate::rule::RuleId;
use crate::snapshot::{Gap, GapSource};

mod card;
mod chart;
mod console;
mod event;
mod excluding;
mod headline;
mod index;
mod legend;
mod links;
mod matrix;
mod names;
mod replayed;
mod svg;

const STYLE: &str = include_str!("html/page.css");
/// What only the page of an audit has.
const REPORT_STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/filter.js");

/// What only a page has of an account in which events were replayed.
const REPLAY_STYLE: &str = include_str!("html/replay.css");

/// What may run in a page: these styles and this script, by their hashes, further styles, and nothing else.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; base-uri 'none'; form-action 'none'; ",
            "style-src 'sha256-W2N7XO7xCYOLQAYqrAWrmFaiPUzQ1gHIuVmg+8cFzwU=' 'sha256-Lm8Lt/J1mC1qqipEVvKpi81RY339ZXwXr3Jb6C83Jmo='",
            $more,
            "; script-src 'sha256-6hu3Jz0DzIXyr5Bo7DjP0+15Dxac+wSFqyHKOn6Hxu0='",
        )
    };
}

const POLICY: &str = policy!("");
const REPLAY_POLICY: &str = policy!(" 'sha256-7z5G6bQ5tlgbgd7/amsytZh8/wG+AubLy4zJBkkQGjA='");

/// The order in which controls are reported: what needs action comes first.
const ORDER: [Outcome; 4] = [Outcome::Fail, Outcome::Unknown, Outcome::Waived, Outcome::Pass];

/// Writes the page, with a section about the events that were replayed in the account, if any were.
pub(super) fn render(
    report: &Report,
    replay: Option<&Replay>,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // A browser has every letter, whatever the terminal has.
    let options = RenderOptions { color: false, unicode: true, ..options.clone() };
    let page = Page { report, replay, paint: Paint::new(&options), options: &options };
    let text = if report.is_of_many() { page.of_many() } else { page.whole() }.into_string();
    // Of the page's own letters none is hostile: whatever is changed here came with a name.
    out.write_all(escape::terminal_lines(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// What is written, and how.
struct Page<'a> {
    report: &'a Report,
    /// Of events in the account.
    replay: Option<&'a Replay>,
    paint: Paint,
    options: &'a RenderOptions,
}

/// The head of a page that asks for nothing from elsewhere.
fn head(title: &str, policy: &str, styles: &[&str]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            meta name="robots" content="noindex";
            title { (title) }
            @for style in styles { style { (PreEscaped(style)) } }
        }
    }
}

impl Page<'_> {
    fn whole(&self) -> Markup {
        let accounts: Vec<_> = self.report.audits.iter().map(|audit| self.text(&audit.account_id)).collect();
        let title = format!("{}: account {}", rule_files::subject(self.report), accounts.join(", "));
        let (policy, styles) = match self.replay {
            None => (POLICY, &[STYLE, REPORT_STYLE][..]),
            Some(_) => (REPLAY_POLICY, &[STYLE, REPORT_STYLE, REPLAY_STYLE][..]),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&title, policy, styles))
                body {
                    a.skip href="#controls" { "Skip to the controls" }
                    (self.head())
                    (filter())
                    (self.matrix())
                    main #controls {
                        (self.further())
                        @if let Some(mapping) = Mapping::new(self.report) { (mapping.markup(self.paint, class)) }
                        @for outcome in ORDER { (self.section(outcome)) }
                        (self.replay())
                        (self.declared())
                        p.nothing role="status" hidden { "No control matches." }
                        (self.gaps())
                        (self.unused_waivers())
                    }
                    (self.legend())
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// A text of the account's, to be shown in full.
    fn text(&self, text: &str) -> String {
        self.paint.name(text, LONGEST)
    }

    /// What the report results in, and of what and when it speaks.
    fn head(&self) -> Markup {
        let report = self.report;
        let worst = headline::worst(report);
        html! {
            header.head {
                p.eyebrow { (eyebrow(report)) }
                h1 class=(class(worst)) { span.symbol aria-hidden="true" { (symbol(worst)) } " " (headline::sentence(report)) }
                @for also in headline::also(report) { p.also { (also) } }
                (self.replayed_in_short())
                ul.counts {
                    @for outcome in ORDER {
                        @let count = self.having(outcome).count();
                        li class=(class(outcome)) data-none[count == 0] {
                            b { (count) } " " span { span.symbol aria-hidden="true" { (symbol(outcome)) } " " (outcome.as_str()) }
                        }
                    }
                }
                dl.facts {
                    @for audit in &report.audits {
                        div { dt { "Account" } dd { (self.text(&audit.account_id)) } }
                        div { dt { "Region" } dd { (self.text(&audit.region)) } }
                        div { dt { "Account read" } dd { time datetime=(audit.collected_at) { (audit.collected_at.strftime("%Y-%m-%d %H:%M UTC")) } } }
                    }
                    @if self.replay.is_some_and(|replay| replay.is_proposed) {
                        div { dt { "Judged" } dd { "as --fix would leave it" } }
                    }
                    div { dt { "Decided by" } dd { (decided_by(report)) } }
                    @for from in rule_files::collect(report.findings()) {
                        div { dt { "Controls from " (self.text(from.directory)) } dd { (ranges(&from.ids, self.paint)) } }
                    }
                    @for project in &self.report.projects {
                        div { dt { "Settings of " (self.text(&project.file)) } dd { (self.text(&project.sets.join("; "))) } }
                    }
                    div { dt { "Audited with" } dd { (evidence::audited_with()) } }
                }
            }
        }
    }

    fn having(&self, outcome: Outcome) -> impl Iterator<Item = (&Audit, &Finding)> {
        self.report.items().filter(move |(_, finding)| finding.outcome() == outcome)
    }

    /// Parts of the page that are not about a control.
    fn further(&self) -> Markup {
        html! {
            @if !self.report.further_gaps().is_empty() || !self.report.unused_waivers.is_empty() {
                p.further {
                    @if !self.report.further_gaps().is_empty() { a href="#gaps" { "What could not be read" } }
                    @if !self.report.unused_waivers.is_empty() { a href="#unused-waivers" { "Waivers without effect" } }
                }
            }
        }
    }

    /// The controls with one outcome: those of one cause together, and what passes in a line each.
    fn section(&self, outcome: Outcome) -> Markup {
        let count = self.having(outcome).count();
        let is_folded = outcome == Outcome::Pass;
        html! {
            @if count > 0 {
                section.outcome.(class(outcome)) aria-labelledby=(outcome.as_str()) {
                    h2 #(outcome.as_str()) { (heading(outcome)) " " span.count { (count) } }
                    div.cards.folded[is_folded] {
                        @for cause in self.causes(outcome) {
                            @match &cause[..] {
                                [(audit, finding)] if !is_folded => (self.card(audit, finding)),
                                _ if !is_folded => (self.cause(&cause)),
                                _ => @for (audit, finding) in &cause { (self.folded(audit, finding)) },
                            }
                        }
                    }
                }
            }
        }
    }

    /// The findings with one outcome, those of one cause together, in the order of their first.
    fn causes(&self, outcome: Outcome) -> Vec<Vec<(&Audit, &Finding)>> {
        let mut causes: Vec<Vec<(&Audit, &Finding)>> = Vec::new();
        for item in self.having(outcome) {
            let is_same = |cause: &&mut Vec<(&Audit, &Finding)>| {
                cause.first().is_some_and(|(_, first)| {
                    let finding = item.1;
                    (&first.reason, &first.waiver) == (&finding.reason, &finding.waiver) && finding.reason.is_some()
                })
            };
            match causes.iter_mut().find(is_same) {
                Some(cause) => cause.push(item),
                None => causes.push(vec![item]),
            }
        }
        causes
    }

    /// Colour, symbol and word of what a control results in: a pass is not always a whole one.
    fn result(&self, finding: &Finding) -> (&'static str, &'static str, &'static str) {
        let outcome = finding.outcome();
        match lines::doubt_of_pass(finding) {
            Some(lines::WEAK) => (Tone::Doubt.class(), lines::WEAK, "pass, weak"),
            Some(other) => (Tone::Doubt.class(), other, "pass, unverified"),
            None => (class(outcome), symbol(outcome), outcome.as_str()),
        }
    }

    /// The links of a finding's chain. What is only declared has no page in the console.
    fn chain(&self, finding: &Finding) -> Vec<links::Group> {
        let mut groups = links::group(finding, self.options, self.paint);
        if self.report.documents.is_some() {
            groups.iter_mut().flat_map(|group| &mut group.nodes).for_each(|node| node.console = None);
        }
        groups
    }

    /// What AWS will refuse, what is not declared, and what is deployed already.
    fn declared(&self) -> Markup {
        let lines = documents::lines(self.report, self.paint);
        html! {
            @if !lines.is_empty() {
                section.plain aria-labelledby="declared" {
                    h2 #declared { "What else is to be known of the documents" }
                    ul { @for line in &lines { li { (self.text(line)) } } }
                }
            }
        }
    }

    fn gaps(&self) -> Markup {
        let gaps = self.report.further_gaps();
        html! {
            @if !gaps.is_empty() {
                section.plain aria-labelledby="gaps" {
                    h2 #gaps { "What could not be read " span.count { (gaps.len()) } }
                    p { "Anything that could not be read is never treated as missing: a control that depends on it is unknown." }
                    ul.gaps { @for gap in gaps { (self.gap(gap)) } }
                }
            }
        }
    }

    fn gap(&self, gap: &Gap) -> Markup {
        html! {
            li {
                @match &gap.source {
                    GapSource::Call { action } => {
                        code { (self.text(action)) } " in " (self.text(&gap.region))
                        @if let Some(resource) = &gap.resource { " of " code { (self.text(resource)) } }
                        ": " strong { (self.text(&gap.code)) } ", " (self.text(&gap.message))
                    }
                    GapSource::Document(part) => { (self.text(&part.known_at_deployment())) }
                }
            }
        }
    }

    fn unused_waivers(&self) -> Markup {
        html! {
            @if !self.report.unused_waivers.is_empty() {
                section.plain aria-labelledby="unused-waivers" {
                    h2 #unused-waivers { "Waivers without effect " span.count { (self.report.unused_waivers.len()) } }
                    ul { @for idle in &self.report.unused_waivers { (self.unused_waiver(idle)) } }
                }
            }
        }
    }

    fn unused_waiver(&self, idle: &UnusedWaiver) -> Markup {
        html! {
            li {
                strong { (self.text(&idle.rule)) } " " span.tag { (idle.why.as_str()) } " "
                (self.text(&idle.waiver.reason)) " (" (self.text(&idle.waiver.owner)) ", until " (idle.waiver.expires) ")"
            }
        }
    }
}

/// Only with the script does it do anything, so only the script shows it.
fn filter() -> Markup {
    html! {
        form.filter role="search" aria-label="Filter the controls" hidden {
            fieldset {
                legend { "Show" }
                @for outcome in ORDER {
                    label class=(class(outcome)) {
                        input type="checkbox" name="status" value=(outcome.as_str()) checked;
                        " " span.symbol aria-hidden="true" { (symbol(outcome)) } " " (outcome.as_str())
                    }
                }
            }
            button type="button" name="unfold" { "Expand all" }
            label.search { "Search " input type="search" name="text" placeholder="3.4, topic, alarm name …" autocomplete="off"; }
            output aria-live="polite" {}
        }
    }
}

/// The line above the headline.
fn eyebrow(report: &Report) -> String {
    let own = report.findings().filter(|finding| !finding.rule.is_benchmarks).count();
    match report.findings().count() - own {
        0 if own > 0 => "Own monitoring controls".to_owned(),
        _ if own > 0 => {
            format!("CIS AWS Foundations Benchmark {}, monitoring controls, and own controls", report.benchmark)
        }
        _ => format!("CIS AWS Foundations Benchmark {}, monitoring controls", report.benchmark),
    }
}

/// Where a control's card is in the page. An id of one's own may be that of another part of it.
fn anchor(finding: &Finding) -> String {
    let id = finding.rule.id;
    let of_region = if finding.is_further { format!("-{}", finding.region) } else { String::new() };
    match id {
        RuleId::Number { .. } => format!("{id}{of_region}"),
        RuleId::Own(_) => format!("control-{id}{of_region}"),
    }
}

fn decided_by(report: &Report) -> String {
    let what = match report.verdict {
        Verdict::Cis => "whether the whole chain is intact",
        Verdict::Effective => "whether a single event reaches a subscriber",
        Verdict::SecurityHub => "what Security Hub CSPM will show (predicted)",
    };
    format!("{}: {what}", report.verdict.words())
}

/// The name of an outcome in the style.
fn class(outcome: Outcome) -> &'static str {
    Tone::from(outcome).class()
}

fn symbol(outcome: Outcome) -> &'static str {
    Tone::from(outcome).symbol()
}

fn heading(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "Pass",
        Outcome::Fail => "Fail",
        Outcome::Unknown => "Unknown",
        Outcome::Waived => "Waived",
    }
}
