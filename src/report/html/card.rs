//! What is reported about one control.

use maud::{Markup, html};

use super::{Page, anchor, class, console, event, links, matrix, svg, symbol};
use crate::finding::{
    Audit, Chain, Finding, Grade, HubStatus, Metric, Reason, Remedy, Status, Step, SubscriptionStep, Verdict, Waiver,
    advice,
};
use crate::mask;
use crate::report::documents;
use crate::report::exceptions;
use crate::report::paint::{Tone, ranges};

impl Page<'_> {
    /// The card of a control that does not pass.
    pub(super) fn card(&self, audit: &Audit, finding: &Finding) -> Markup {
        let outcome = finding.outcome();
        let (id, anchor) = (finding.rule.id, anchor(finding));
        html! {
            article.card.wide[finding.witness.is_some()].(class(outcome)) id=(anchor) data-status=(outcome.as_str()) aria-labelledby={ "title-" (anchor) } {
                header {
                    h3 id={ "title-" (anchor) } {
                        a href={ "#" (anchor) } { (id) } " " (self.text(&finding.about()))
                    }
                    span.badge { span.symbol aria-hidden="true" { (symbol(outcome)) } " " (outcome.as_str()) }
                }
                (self.reason(finding))
                @if finding.asks_for_a_chain() { (matrix::path(&self.chain(finding), self.paint)) }
                (self.facts(finding))
                (self.replayed(finding))
                details {
                    summary { "Chain, verdicts and resources" }
                    (self.details(audit, finding))
                }
            }
        }
    }

    /// Controls that do not pass for one cause: what it is and what to do about it once, and the controls in a line each.
    pub(super) fn cause(&self, cause: &[(&Audit, &Finding)]) -> Markup {
        let Some((_, first)) = cause.first() else { return html! {} };
        let outcome = first.outcome();
        let findings: Vec<&Finding> = cause.iter().map(|(_, finding)| *finding).collect();
        let ids: Vec<_> = findings.iter().map(|finding| finding.rule.id).collect();
        let remedy = first.reason.as_ref().map(|reason| advice(&findings, reason)).unwrap_or_default();
        html! {
            section.card.cause.(class(outcome)) {
                header {
                    h3 { (ranges(&ids, self.paint)) " " span.count { (cause.len()) " controls" } }
                    span.badge { span.symbol aria-hidden="true" { (symbol(outcome)) } " " (outcome.as_str()) }
                }
                (self.reason(first))
                @if first.asks_for_a_chain() { (matrix::path(&self.chain(first), self.paint)) }
                @if !remedy.is_empty() { div.facts { section { h4 { "What to do" } p { (self.prose(&remedy)) } } } }
                div.members { @for (audit, finding) in cause { (self.folded(audit, finding)) } }
            }
        }
    }

    /// A control in a line, with all that is said of it behind.
    pub(super) fn folded(&self, audit: &Audit, finding: &Finding) -> Markup {
        let outcome = finding.outcome();
        let (id, anchor) = (finding.rule.id, anchor(finding));
        let is_weak = finding.status == Status::Pass && finding.verdicts.effective.status != Status::Pass;
        html! {
            article.card.line.(class(outcome)) id=(anchor) data-status=(outcome.as_str()) aria-labelledby={ "title-" (anchor) } {
                details {
                    summary {
                        h3 id={ "title-" (anchor) } { (id) " " (self.text(&finding.about())) }
                        @if is_weak { " " span.badge.doubt { span.symbol aria-hidden="true" { "!" } " " (weakness(finding)) } }
                    }
                    @if finding.status == Status::Pass { (self.reason(finding)) }
                    (self.replayed(finding))
                    (self.facts(finding))
                    (self.details(audit, finding))
                }
            }
        }
    }

    /// Why it does not pass, and who accepts it.
    fn reason(&self, finding: &Finding) -> Markup {
        html! {
            @if let Some(waiver) = &finding.waiver { (self.waiver(waiver, finding.status)) }
            @for line in exceptions::lines(finding) { p.waiver { (self.text(&line)) } }
            @if let Some(reason) = &finding.reason {
                p.reason { strong { (self.text(&reason.message())) } " " code.code { (reason.code().as_str()) } }
            }
            @if let Some(place) = &finding.place { p.place { code { (self.text(&documents::place(place))) } } }
        }
    }

    /// What proves it, and what to do.
    fn facts(&self, finding: &Finding) -> Markup {
        html! {
            div.facts {
                @if let Some(witness) = &finding.witness {
                    section {
                        h4 { "Example event that no CloudWatch alarm reports" }
                        (event::shown(witness, &finding.chain, self.paint))
                    }
                }
                (self.excluding(finding))
                @if let Some(remedy) = &finding.remedy {
                    section { h4 { "What to do" } (self.remedy(remedy)) }
                }
                (self.warnings(finding))
            }
        }
    }

    /// All the rest.
    fn details(&self, audit: &Audit, finding: &Finding) -> Markup {
        html! {
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
            @if finding.asks_for_a_chain() {
                (svg::drawings(&links::group(finding, self.options, self.paint), self.paint))
            }
            (verdicts(self, finding))
            (self.resources(&finding.chain))
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

    /// A text with names in backticks and at most one command, which the script lets copy.
    fn prose(&self, text: &str) -> Markup {
        let text = self.text(text);
        let (before, command, behind) = around_command(&text);
        html! {
            (quoted(before))
            @if !command.is_empty() { span.command.copied { code { (command) } } (quoted(behind)) }
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
                        div { dt { (step.link().words()) } dd { (self.step(step)) (self.console(step, chain)) } }
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
                (name(&mask::shown(protocol, endpoint, self.options.show_endpoints)))
                ", " (self.text(protocol)) ", " (state.as_str()) ", of " (name(topic))
            },
        }
    }

    /// The way to it in the AWS console; to what is only declared there is none.
    fn console(&self, step: &Step, chain: &Chain) -> Markup {
        let page = console::page(step, chain).filter(|_| self.report.documents.is_none());
        html! {
            @if let Some(page) = page { " " a.console href=(page) rel="noreferrer" { "AWS console" } }
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

/// What precedes a command of the AWS command line in a remedy, the command, and what follows it. The first one counts:
/// before it nothing is a name of the account's.
fn around_command(text: &str) -> (&str, &str, &str) {
    const BEFORE: &str = ": ";
    let Some(at) = text.find(": aws ").map(|at| at + BEFORE.len()) else { return (text, "", "") };
    let (before, rest) = text.split_at(at);
    // A parenthesis within quotes is a name's.
    let end = rest.find(" (").filter(|end| !rest.get(..*end).unwrap_or_default().contains(['\'', '"']));
    let (command, behind) = rest.split_at(end.unwrap_or(rest.len()));
    match command.strip_suffix('.') {
        Some(command) if behind.is_empty() => (before, command, "."),
        _ => (before, command, behind),
    }
}

/// A text with what is in backticks as code.
fn quoted(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// What is not whole about a pass.
fn weakness(finding: &Finding) -> &'static str {
    if finding.verdicts.effective.status == Status::Fail { "weak" } else { "not known of single events" }
}

/// All three answers, whichever decides.
fn verdicts(page: &Page<'_>, finding: &Finding) -> Markup {
    let all = &finding.verdicts;
    let hub = all.security_hub.status;
    let row = |verdict: Verdict, status: Status, word: &str, reason: Option<&Reason>| {
        let tone = Tone::from(status);
        html! {
            tr {
                th scope="row" { (verdict.words()) @if page.report.verdict == verdict { " " span.tag { "decides" } } }
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
            (row(Verdict::Cis, cis.status, cis.status.as_str(), cis.reason.as_ref()))
            (row(Verdict::Effective, effective.status, effective.status.as_str(), effective.reason.as_ref()))
            (row(Verdict::SecurityHub, hub.as_status(), hub_word(hub), all.security_hub.reason.as_ref()))
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
        Some(false) => "does not cover the control on its own",
        None => "cannot be decided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_whole() {
        for (text, wanted) in [
            (
                "Start it: aws cloudtrail start-logging --name x.",
                ("Start it: ", "aws cloudtrail start-logging --name x", "."),
            ),
            (
                "Enable it: aws securityhub enable-security-hub --region r (v2 is other).",
                ("Enable it: ", "aws securityhub enable-security-hub --region r", " (v2 is other)."),
            ),
            (
                "Enable them: aws cloudwatch enable-alarm-actions --alarm-names 'a (b): aws c'.",
                ("Enable them: ", "aws cloudwatch enable-alarm-actions --alarm-names 'a (b): aws c'", "."),
            ),
            ("Point the alarm at `x`.", ("Point the alarm at `x`.", "", "")),
        ] {
            assert_eq!(around_command(text), wanted);
        }
    }
}
