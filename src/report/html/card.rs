//! What is reported about one control.

use maud::{Markup, html};

use super::{Page, anchor, class, event, links, svg, symbol};
use crate::finding::{
    Audit, Chain, Finding, Grade, HubStatus, Metric, Reason, Remedy, Status, Step, SubscriptionStep, Verdict, Waiver,
};
use crate::mask;
use crate::report::documents;
use crate::report::exceptions;
use crate::report::paint::Tone;

impl Page<'_> {
    /// The control's card. What passes keeps its details folded.
    pub(super) fn card(&self, audit: &Audit, finding: &Finding) -> Markup {
        let outcome = finding.outcome();
        let (id, anchor) = (finding.rule.id, anchor(finding));
        html! {
            article.card.(class(outcome)) id=(anchor) data-status=(outcome.as_str()) aria-labelledby={ "title-" (anchor) } {
                header {
                    h3 id={ "title-" (anchor) } {
                        a href={ "#" (anchor) } { (id) } " " (self.text(&finding.about()))
                    }
                    span.badge { span.symbol aria-hidden="true" { (symbol(outcome)) } " " (outcome.as_str()) }
                }
                p.about {
                    (self.text(&finding.rule.title)) "."
                    span.tags {
                        span.tag { "level " (finding.rule.level) }
                        span.tag { (finding.rule.severity.as_str()) " severity" }
                        @if let Some(control) = &finding.security_hub_control() { span.tag { (self.text(control)) } }
                        @if finding.region != audit.region { span.tag { (self.text(&finding.region)) } }
                        @if finding.account_id != audit.account_id { span.tag { "account " (self.text(&finding.account_id)) } }
                    }
                }
                @if let Some(waiver) = &finding.waiver { (self.waiver(waiver, finding.status)) }
                @for line in exceptions::lines(finding) { p.waiver { (self.text(&line)) } }
                @if let Some(reason) = &finding.reason {
                    p.reason { strong { (self.text(&reason.message())) } " " code.code { (reason.code().as_str()) } }
                }
                @if let Some(place) = &finding.place { p.place { code { (self.text(&documents::place(place))) } } }
                @if finding.asks_for_a_chain() {
                    (svg::drawings(&links::group(finding, self.look, self.paint), self.paint))
                }
                div.facts {
                    @if let Some(witness) = &finding.witness {
                        section {
                            h4 { "Example event that no CloudWatch alarm reports" }
                            (event::shown(witness, &finding.chain, self.paint))
                        }
                    }
                    @if let Some(remedy) = &finding.remedy {
                        section { h4 { "What to do" } (self.remedy(remedy)) }
                    }
                    (self.warnings(finding))
                    @if finding.status != Status::Pass { section.broad { (verdicts(self, finding)) } }
                }
                details {
                    summary { @if finding.status == Status::Pass { "Verdicts and resources" } @else { "Resources" } }
                    @if finding.status == Status::Pass { (verdicts(self, finding)) }
                    (self.resources(&finding.chain))
                }
            }
        }
    }

    fn waiver(&self, waiver: &Waiver, status: Status) -> Markup {
        html! {
            p.waiver {
                strong { "Waived until " time datetime=(waiver.expires) { (waiver.expires) } } " by " (self.text(&waiver.owner)) ": "
                (self.text(&waiver.reason)) " (without the waiver: " (status.as_str()) ")"
            }
        }
    }

    /// What else should be known.
    fn warnings(&self, finding: &Finding) -> Markup {
        html! {
            @if !finding.warnings.is_empty() {
                section {
                    h4 { "Warnings" }
                    ul.warnings {
                        @for warning in &finding.warnings {
                            li {
                                span class={ "grade " (Tone::from(warning.grade()).class()) } { (warning.grade().as_str()) } " "
                                (self.text(&warning.message())) " " code.code { (warning.code().as_str()) }
                                @if (warning.grade() != Grade::Note || warning.code().may_end_any_day()) && warning.remedy() != finding.remediation() {
                                    br;
                                    span.remedy { (self.prose(&warning.remedy())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What to do; a pattern in it is there to be copied.
    fn remedy(&self, remedy: &Remedy) -> Markup {
        html! {
            p { (self.prose(&remedy.words)) }
            @if let Some(pattern) = &remedy.pattern {
                pre.copied tabindex="0" role="region" aria-label="The control's pattern" { code { (self.text(pattern)) } }
            }
        }
    }

    /// A text with commands in backticks.
    fn prose(&self, text: &str) -> Markup {
        let text = self.text(text);
        html! {
            @for (at, part) in text.split('`').enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        }
    }

    /// Every resource in full, to be copied.
    fn resources(&self, chain: &Chain) -> Markup {
        html! {
            h4 { "Resources" }
            @if chain.is_empty() { p.note { "None." } }
            @else {
                dl.resources {
                    @for step in chain.steps() {
                        div { dt { (step.link().words()) } dd { (self.step(step)) } }
                    }
                }
            }
        }
    }

    fn step(&self, step: &Step) -> Markup {
        let name = |name: &str| html! { code { (self.text(name)) } };
        match step {
            Step::Trail(_) | Step::LogGroup(_) | Step::Topic(_) => name(step.name()),
            Step::MetricFilter(filter) => html! {
                (name(&filter.name)) " " (covers(filter.covers)) (self.metrics("publishes", &filter.metrics))
                pre tabindex="0" role="region" aria-label="Filter pattern" { (name(&filter.pattern)) }
            },
            Step::Alarm(alarm) => html! { (name(&alarm.arn)) (self.metrics("watches", &alarm.metrics)) },
            Step::Subscription(SubscriptionStep { topic, protocol, endpoint, state }) => html! {
                (name(&mask::shown(protocol, endpoint, self.look.show_endpoints)))
                ", " (self.text(protocol)) ", " (state.as_str()) ", of " (name(topic))
            },
        }
    }

    fn metrics(&self, verb: &str, metrics: &[Metric]) -> Markup {
        html! {
            @for metric in metrics {
                ", " (verb) " " code { (self.text(&metric.namespace)) "/" (self.text(&metric.name)) }
            }
        }
    }
}

/// All three answers, whichever decides.
fn verdicts(page: &Page<'_>, finding: &Finding) -> Markup {
    let all = &finding.verdicts;
    let hub = all.security_hub.status;
    let row = |verdict: Verdict, name: &str, status: Status, word: &str, reason: Option<&Reason>| {
        let tone = Tone::from(status);
        html! {
            tr {
                th scope="row" { (name) @if page.report.verdict == verdict { " " span.tag { "decides" } } }
                td.word.(tone.class()) { span.symbol aria-hidden="true" { (tone.symbol()) } " " (word) }
                td {
                    @if let Some(reason) = reason {
                        @if finding.reason.as_ref() == Some(reason) { "as above" } @else { (page.text(&reason.message())) }
                    }
                }
            }
        }
    };
    let (cis, effective) = (&all.cis, &all.effective);
    html! {
        h4 { "Verdicts" }
        table.verdicts {
            (row(Verdict::Cis, if finding.rule.is_benchmarks { "Benchmark" } else { "Whole chain" }, cis.status, cis.status.as_str(), cis.reason.as_ref()))
            (row(Verdict::Effective, "Single event", effective.status, effective.status.as_str(), effective.reason.as_ref()))
            (row(Verdict::SecurityHub, "Security Hub CSPM", hub.as_status(), hub_word(hub), all.security_hub.reason.as_ref()))
        }
    }
}

fn hub_word(status: HubStatus) -> &'static str {
    match status {
        HubStatus::Passed => "passed",
        HubStatus::Failed => "failed",
        HubStatus::NoData => "no data",
        HubStatus::Warning => "warning",
        HubStatus::NotSupported => "not supported",
        HubStatus::Unknown => "unknown",
    }
}

fn covers(covers: Option<bool>) -> &'static str {
    match covers {
        Some(true) => "covers the control",
        Some(false) => "does not cover the control alone",
        None => "cannot be decided",
    }
}
