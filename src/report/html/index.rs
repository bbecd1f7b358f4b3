//! The page of many accounts: a matrix of accounts and controls with the code of what is wrong in each cell, the causes, and
//! the units of the organization. A cell leads to the account's own page, where there is one.
//!
//! A thousand accounts are fourteen thousand cells: each is as short as it can be, and what they have in common is in the
//! style. All that is said without the script is there without it.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::names::LONGEST;
use super::{Page, STYLE, anchor, decided_by, eyebrow, headline, legend};
use crate::escape;
use crate::finding::{Finding, Outcome, Report, Standing, Summary, UnusedWaiver};
use crate::report::evidence;
use crate::report::exceptions;
use crate::report::lines;
use crate::report::many::{self, Accepted, Across, Cause, Ranked};
use crate::report::paint::{Paint, Tone, ranges};
use crate::report::render_options::RenderOptions;
use crate::report::requirements::Mapping;
use crate::report::rule_files;

const INDEX_STYLE: &str = include_str!("index.css");
const SCRIPT: &str = include_str!("index.js");

/// What may run in the page: these styles and this script, by their hashes, and nothing else.
const POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; form-action 'none'; ",
    "style-src 'sha256-W2N7XO7xCYOLQAYqrAWrmFaiPUzQ1gHIuVmg+8cFzwU=' 'sha256-NzsOq7R6Je49sXtf+4zYO6+0Ctl9TgSnyu/D4qfbRMw='; ",
    "script-src 'sha256-V2+XBBbOlGsQMs02r9B4YgcHycCAYXciXgRWeZMkqA0='",
);

/// Near misses of a cause that are shown.
const NEAR_MISSES: usize = 5;
/// Accounts of a cause that are named before the rest is folded.
const NAMED: usize = 20;

impl Page<'_> {
    /// The page of many accounts.
    pub(super) fn of_many(&self) -> Markup {
        Index { report: self.report, options: self.options, paint: self.paint, across: many::across(self.report) }
            .whole()
    }
}

struct Index<'a> {
    report: &'a Report,
    options: &'a RenderOptions,
    paint: Paint,
    across: Vec<Across<'a>>,
}

impl Index<'_> {
    fn whole(&self) -> Markup {
        let ranked = many::ranked(self.report);
        let title = format!("{}: {}", rule_files::subject(self.report), many::count(self.report.accounts.len()));
        html! {
            (DOCTYPE)
            html lang="en" {
                (super::head(&title, POLICY, &[STYLE, INDEX_STYLE]))
                body {
                    a.skip href="#accounts" { "Skip to the accounts" }
                    (self.head(&ranked))
                    main {
                        (self.controls())
                        @if let Some(mapping) = Mapping::new(self.report) { (mapping.markup(self.paint, super::class)) }
                        (self.causes())
                        (self.accepted())
                        (self.unused_waivers())
                        (self.units(&ranked))
                        section.plain #accounts aria-labelledby="accounts-heading" {
                            h2 #accounts-heading { "Accounts " span.count { (ranked.len()) } }
                            (filter())
                            p.nothing role="status" hidden { "No account matches." }
                            (self.matrix(&ranked))
                        }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// A text of the account's, to be shown in full.
    fn text(&self, text: &str) -> String {
        self.paint.name(text, LONGEST)
    }

    fn head(&self, ranked: &[Ranked<'_>]) -> Markup {
        let count = |standing| ranked.iter().filter(|ranked| ranked.standing == standing).count();
        let times = self.report.audits.iter().map(|audit| audit.collected_at);
        let read = [("First account read", times.clone().min()), ("Last account read", times.max())];
        let worst = ranked.first().map_or(Standing::Pass, |ranked| ranked.standing);
        html! {
            header.head {
                p.eyebrow { (eyebrow(self.report)) }
                h1 class=(tone(worst).class()) { (headline::of_accounts(self.report)) }
                ul.counts {
                    @for standing in Standing::ALL {
                        li class=(tone(standing).class()) data-none[count(standing) == 0] {
                            b { (count(standing)) } " " span { span.symbol aria-hidden="true" { (tone(standing).symbol()) } " " (word(standing)) }
                        }
                    }
                }
                dl.facts {
                    @for (what, time) in read {
                        @if let Some(time) = time {
                            div { dt { (what) } dd { time datetime=(time) { (time.strftime("%Y-%m-%d %H:%M UTC")) } } }
                        }
                    }
                    div { dt { "Decided by" } dd { (decided_by(self.report)) } }
                    @for from in rule_files::collect(self.report.findings()) {
                        div { dt { "Controls from " (self.text(from.directory)) } dd { (ranges(&from.ids, self.paint)) } }
                    }
                    @for project in &self.report.projects {
                        div { dt { "Settings of " (self.text(&project.file)) } dd { (self.text(&project.sets.join("; "))) } }
                    }
                    @for (what, is) in evidence::common_facts(self.report, self.options.show_callers) {
                        div { dt { (legend::capitalized(what)) } dd { (self.text(&is)) } }
                    }
                    div { dt { "Audited with" } dd { (evidence::audited_with()) } }
                }
            }
        }
    }

    /// The controls over all accounts.
    fn controls(&self) -> Markup {
        html! {
            section.plain aria-labelledby="controls" {
                h2 #controls { "Controls" }
                div.scroll { table.index {
                    thead { tr { th scope="col" { "Control" } th scope="col" { "What is monitored" } th.n scope="col" { "Fail" } th.n scope="col" { "Unknown" } th.n scope="col" { "Waived" } th.n scope="col" { "Pass" } } }
                    tbody {
                        @for Across { rule, counts: Summary { pass, fail, unknown, waived } } in &self.across {
                            tr {
                                th scope="row" { (rule.id) }
                                td.why { (self.text(&rule.short_title)) }
                                @for (class, count) in [("f", fail), ("u", unknown), ("w", waived), ("p", pass)] {
                                    td.n.(if *count > 0 { class } else { "s" }) { (count) }
                                }
                            }
                        }
                    }
                } }
            }
        }
    }

    fn causes(&self) -> Markup {
        let causes = many::causes(self.report, None);
        html! {
            @if !causes.is_empty() {
                section.plain aria-labelledby="causes" {
                    h2 #causes { "Causes " span.count { (causes.len()) } }
                    @for cause in &causes { (self.cause(cause)) }
                }
            }
        }
    }

    fn cause(&self, cause: &Cause<'_>) -> Markup {
        let tone = Tone::from(cause.outcome);
        html! {
            article.cause.(tone.class()) {
                h3 {
                    span.symbol aria-hidden="true" { (tone.symbol()) } " " (ranges(&cause.rules, self.paint)) ": "
                    @if cause.accounts.len() == 1 { "1 account" } @else { (cause.accounts.len()) " accounts" }
                    " " code { (cause.code) }
                }
                p { (self.text(&cause.message)) }
                @if let Some(owner) = cause.owner { p.note { "In account " (self.text(owner)) ", where the organization's trail delivers." } }
                (self.accounts(&cause.accounts))
                @for line in cause.exceptions() { p.waiver { (self.text(&line)) } }
                @for line in many::some(cause.near_misses(), NEAR_MISSES).into_iter().chain(cause.notes()) { p.note { (self.text(&line)) } }
                p { strong { "How to fix it: " } (self.text(&cause.remedy)) }
            }
        }
    }

    /// What fails and is accepted: until when, why and where.
    fn accepted(&self) -> Markup {
        let all = many::accepted(self.report);
        html! {
            @if !all.is_empty() {
                section.plain aria-labelledby="accepted" {
                    h2 #accepted { "Waived " span.count { (all.len()) } }
                    @for accepted in &all { (self.waived(accepted)) }
                    @if let Some(hint) = exceptions::hint(self.report) { p.note { (self.text(&hint)) } }
                }
            }
        }
    }

    fn waived(&self, accepted: &Accepted<'_>) -> Markup {
        let Accepted { waiver, code, message, exceptions, rules, accounts } = accepted;
        html! {
            article.cause.(Tone::Accepted.class()) {
                h3 {
                    span.symbol aria-hidden="true" { (Tone::Accepted.symbol()) } " " (ranges(rules, self.paint)) ": "
                    (many::count(accounts.len())) " until " time datetime=(waiver.expires) { (waiver.expires) }
                }
                p { (self.text(&waiver.reason)) " (" (self.text(&waiver.owner)) ")" }
                p { "What is wrong: " (self.text(message)) " " code { (code) } }
                @for line in exceptions { p.waiver { (self.text(line)) } }
                (self.accounts(accounts))
            }
        }
    }

    fn unused_waivers(&self) -> Markup {
        html! {
            @if !self.report.unused_waivers.is_empty() {
                section.plain aria-labelledby="unused-waivers" {
                    h2 #unused-waivers { "Waivers without effect " span.count { (self.report.unused_waivers.len()) } }
                    ul {
                        @for UnusedWaiver { rule, waiver, why } in &self.report.unused_waivers {
                            li {
                                strong { (self.text(rule)) } " " span.tag { (why.as_str()) } " "
                                (self.text(&waiver.reason)) " (" (self.text(&waiver.owner)) ", until " (waiver.expires) ")"
                            }
                        }
                    }
                }
            }
        }
    }

    /// Accounts, the first of them in sight.
    fn accounts(&self, accounts: &[&str]) -> Markup {
        let (first, rest) = accounts.split_at(accounts.len().min(NAMED));
        html! {
            p.note { @for (at, id) in first.iter().enumerate() { @if at > 0 { ", " } (self.account(id, None)) } }
            @if !rest.is_empty() {
                details { summary { "and " (rest.len()) " more" } p.note { @for (at, id) in rest.iter().enumerate() { @if at > 0 { ", " } (self.account(id, None)) } } }
            }
        }
    }

    /// An account's number, which leads to its page if there is one.
    fn account(&self, id: &str, finding: Option<&Finding>) -> Markup {
        let shown = self.text(id);
        match &self.options.pages {
            Some(pages) => html! { a href=(self.href(pages, id, finding)) { (shown) } },
            None => html! { (shown) },
        }
    }

    fn href(&self, pages: &str, id: &str, finding: Option<&Finding>) -> String {
        let place = finding.map_or_else(String::new, |finding| format!("#{}", anchor(finding)));
        format!("{pages}{}.html{place}", escape::uri(id))
    }

    /// The results of the accounts of each unit.
    fn units(&self, ranked: &[Ranked<'_>]) -> Markup {
        let mut units: BTreeMap<&str, BTreeMap<Standing, usize>> = BTreeMap::new();
        for ranked in ranked {
            let unit = units.entry(&ranked.entry.account.ou_path).or_default();
            *unit.entry(ranked.standing).or_default() += 1;
        }
        units.retain(|unit, _| !unit.is_empty());
        html! {
            @if units.len() > 1 {
                section.plain aria-labelledby="units" {
                    h2 #units { "Organizational units" }
                    div.scroll { table.index {
                        thead { tr { th scope="col" { "Unit" } @for standing in Standing::ALL { th.n scope="col" { (word(standing)) } } } }
                        tbody {
                            @for (unit, counts) in &units {
                                tr {
                                    th scope="row" { (self.text(unit)) }
                                    @for standing in Standing::ALL {
                                        @let count = counts.get(&standing).copied().unwrap_or_default();
                                        td.n.(if count > 0 { letter(standing) } else { "s" }) { (count) }
                                    }
                                }
                            }
                        }
                    } }
                }
            }
        }
    }

    fn matrix(&self, ranked: &[Ranked<'_>]) -> Markup {
        html! {
            div.scroll { table.index {
                thead { tr {
                    th scope="col" { "Account" } th scope="col" { "Name" } th scope="col" { "Unit" } th scope="col" { "Outcome" }
                    @for across in &self.across { th scope="col" title=(self.text(&across.rule.short_title)) { (across.rule.id) } }
                    @if self.has_hashes() { th scope="col" title="The beginning of the SHA-256 of the snapshot; the whole is in the title of each, and in the account's own report" { "SHA-256" } }
                } }
                tbody { @for ranked in ranked { (self.row(ranked)) } }
            } }
        }
    }

    fn row(&self, ranked: &Ranked<'_>) -> Markup {
        let account = &ranked.entry.account;
        let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in ranked.audit.iter().flat_map(|audit| &audit.findings) {
            findings.entry(&finding.rule.slug).or_default().push(finding);
        }
        html! {
            tr data-status=(ranked.standing.as_str()) {
                th scope="row" { @if ranked.audit.is_some() { (self.account(account.label(), None)) } @else { (self.text(account.label())) } }
                td { (self.text(&account.name)) }
                td { (self.text(&account.ou_path)) }
                @if ranked.audit.is_some() {
                    td class=(letter(ranked.standing)) { (word(ranked.standing)) }
                    @for across in &self.across {
                        @if let Some(found) = findings.get(across.rule.slug.as_str()) { (self.cell(found)) } @else { td.c.s { "·" } }
                    }
                    @match ranked.audit.and_then(evidence::snapshot_sha256) {
                        Some(hash) => td title=(hash) { (evidence::short(hash)) },
                        None => @if self.has_hashes() { td {} },
                    }
                } @else {
                    td class=(letter(ranked.standing)) { (word(ranked.standing)) }
                    td.why.s colspan=((self.across.len() + usize::from(self.has_hashes())).max(1)) { (self.text(&ranked.words())) }
                }
            }
        }
    }

    /// Whether an account's snapshot is known by its hash.
    fn has_hashes(&self) -> bool {
        self.report.audits.iter().any(|audit| evidence::snapshot_sha256(audit).is_some())
    }

    /// A control of an account: a sign, and why in its title. Where it answers for several regions, the worst is shown, and
    /// each is named in the title.
    fn cell(&self, found: &[&Finding]) -> Markup {
        let order = |finding: &&&Finding| super::ORDER.iter().position(|outcome| *outcome == finding.outcome());
        let Some(finding) = found.iter().min_by_key(order) else { return html! { td.c.s { "·" } } };
        let class = match finding.outcome() {
            Outcome::Fail => "f",
            Outcome::Unknown => "u",
            Outcome::Waived => "w",
            Outcome::Pass if lines::doubt_of_pass(finding).is_some() => "u",
            Outcome::Pass => "p",
        };
        let sign = lines::doubt_of_pass(finding).unwrap_or(Tone::from(finding.outcome()).symbol());
        let code = |finding: &Finding| {
            let reason = finding.reason.as_ref().filter(|_| finding.outcome() != Outcome::Pass);
            reason.map(|reason| reason.code().as_str()).or_else(|| lines::weakness(finding).map(|(code, _)| code))
        };
        let code: Option<String> = match found {
            [_] => code(finding).map(str::to_owned),
            several => {
                let counts = several
                    .iter()
                    .map(|it| format!("{}: {}", self.text(&it.region), code(it).unwrap_or(it.outcome().as_str())));
                Some(counts.collect::<Vec<_>>().join(", "))
            }
        };
        match &self.options.pages {
            Some(pages) => {
                html! { td.c.(class) title=[code] { a href=(self.href(pages, &finding.account_id, Some(finding))) { (sign) } } }
            }
            None => html! { td.c.(class) title=[code] { (sign) } },
        }
    }
}

/// Only with the script does it do anything, so only the script shows it.
fn filter() -> Markup {
    html! {
        form.filter role="search" aria-label="Filter the accounts" hidden {
            fieldset {
                legend { "Show" }
                @for standing in Standing::ALL {
                    label class=(tone(standing).class()) {
                        input type="checkbox" name="status" value=(standing.as_str()) checked;
                        " " span.symbol aria-hidden="true" { (tone(standing).symbol()) } " " (word(standing))
                    }
                }
            }
            label.search { "Search " input type="search" name="text" placeholder="account, name, unit, code …" autocomplete="off"; }
            output aria-live="polite" {}
        }
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Fail => Tone::Bad,
        Standing::NotAudited | Standing::Unknown => Tone::Doubt,
        Standing::Pass => Tone::Good,
        Standing::Skipped => Tone::Faint,
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Fail => "fail",
        Standing::NotAudited => "not audited",
        Standing::Unknown => "unknown",
        Standing::Pass => "pass",
        Standing::Skipped => "skipped",
    }
}

fn letter(standing: Standing) -> &'static str {
    match standing {
        Standing::Fail => "f",
        Standing::NotAudited | Standing::Unknown => "u",
        Standing::Pass => "p",
        Standing::Skipped => "s",
    }
}
