//! Every control and every link of its chain in one table, before anything else: where it breaks, at a glance.

use maud::{Markup, html};

use super::links::{self, Group, Mark};
use super::{Page, anchor};
use crate::finding::{Finding, Link};
use crate::report::paint::Paint;

/// Columns of a name in the line of a chain.
const LONGEST: usize = 60;

impl Page<'_> {
    /// The table. Its rows lead to the cards.
    pub(super) fn matrix(&self) -> Markup {
        html! {
            nav.matrix aria-labelledby="matrix" {
                h2 #matrix { "Controls" }
                table {
                    thead {
                        tr {
                            th scope="col" { "Control" }
                            th scope="col" { "Result" }
                            @for link in Link::CHAIN { th.link scope="col" { span { (link.words()) } } }
                        }
                    }
                    tbody { @for finding in self.report.findings() { (self.row(finding)) } }
                }
                p.note {
                    @for (mark, _) in links::MEANINGS {
                        span.key.(mark.class()) { span.symbol aria-hidden="true" { (mark.symbol()) } " " (mark.word()) }
                    }
                    " " a href="#how" { "What this means" }
                }
            }
        }
    }

    fn row(&self, finding: &Finding) -> Markup {
        let outcome = finding.outcome();
        let anchor = anchor(finding);
        html! {
            tr data-for=(anchor) data-status=(outcome.as_str()) {
                th scope="row" {
                    a href={ "#" (anchor) } { span.number { (finding.rule.id) } " " span { (self.text(&finding.about())) } }
                }
                @let (tone, symbol, word) = self.result(finding);
                td.result.(tone) { span.symbol aria-hidden="true" { (symbol) } " " (word) }
                @if finding.asks_for_a_chain() {
                    @for group in links::group(finding, self.options, self.paint) { (cell(&group)) }
                } @else {
                    td colspan=(Link::CHAIN.len()) { "not about a chain" }
                }
            }
        }
    }
}

/// A link of a chain. What is idle beside something that is not does not count.
fn cell(group: &Group) -> Markup {
    let marks = || group.nodes.iter().map(|node| (node.mark, node.word));
    let awake = marks().filter(|(mark, _)| *mark != Mark::Idle).max_by_key(|(mark, _)| *mark);
    let (mark, word) = awake.or_else(|| marks().next()).unwrap_or((Mark::Unreached, Mark::Unreached.word()));
    html! {
        td.mark.(mark.class()) {
            span.symbol aria-hidden="true" { (mark.symbol()) } span.spoken { (word) }
        }
    }
}

/// The chain in a line: each link, its first resource, and how many more there are.
pub(super) fn path(groups: &[Group], paint: Paint) -> Markup {
    html! {
        ol.path {
            @for group in groups {
                @if let Some(node) = group.nodes.iter().max_by_key(|node| node.mark) {
                    li.(node.mark.class()) {
                        span.symbol aria-hidden="true" { (node.mark.symbol()) }
                        " " span.link { (group.link.words()) } " "
                        @match &node.console {
                            Some(page) => a href=(page) rel="noreferrer" title="Open in the AWS console" { (paint.name(&node.name, LONGEST)) },
                            None => span { (paint.name(&node.name, LONGEST)) },
                        }
                        @if group.nodes.len() > 1 { " (" (group.nodes.len()) ")" }
                        span.spoken { " " (node.word) }
                    }
                }
            }
        }
    }
}
