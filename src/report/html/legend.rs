//! What the words and signs of the page mean, and what the report rests on.

use maud::{Markup, html};

use super::{Page, links};
use crate::report::evidence;

impl Page<'_> {
    /// Folded on a screen, and always on paper.
    pub(super) fn legend(&self) -> Markup {
        let own = self.report.findings().any(|finding| !finding.rule.is_benchmarks);
        let benchmarks = !own || self.report.findings().any(|finding| finding.rule.is_benchmarks);
        html! {
            footer.legend aria-labelledby="how" {
                h2 #how { "How it was decided" }
                p {
                    "Each control answers one question: if such an event happened in this account, would a CloudWatch alarm notify a subscriber? "
                    "An event is followed from the trail that records it through the log group, metric filters, alarms and topics to the subscriptions. "
                    "A control passes if every event that it requires finds a complete chain. The reason shown is the first broken link of the best chain."
                }
                details.always {
                    summary { "Legend" }
                    dl.words {
                        @for (mark, meaning) in links::MEANINGS {
                            div { dt class=(mark.class()) { span.symbol aria-hidden="true" { (mark.symbol()) } " " (mark.word()) } dd { (meaning) } }
                        }
                        @if benchmarks { div { dt { "Benchmark" } dd { "The benchmark's audit: is the chain there, and is every link intact?" } } }
                        @if own { div { dt { "Whole chain" } dd { "The same for a control that is not in the benchmark: is the chain there, and is every link intact?" } } }
                        div { dt { "Single event" } dd { "Is it intact, and would one such event alone reach a subscriber? A weakness fails this verdict." } }
                        div { dt { "Security Hub CSPM" } dd { "What AWS Security Hub CSPM will show for the control: a prediction from its documentation." } }
                    }
                }
                (self.evidence())
                p.note {
                    "Example events are synthetic: each is one that the control requires and that no CloudWatch alarm would notify about. "
                    @if self.options.show_endpoints { "Subscribers' addresses are shown in full." } @else { "Subscribers' addresses are masked." }
                }
            }
        }
    }

    /// What the audits rest on, for those who check them later.
    fn evidence(&self) -> Markup {
        let show = self.options.show_callers;
        let rests: Vec<_> = self.report.audits.iter().map(|audit| evidence::facts(audit, show)).collect();
        html! {
            @if rests.iter().any(|facts| !facts.is_empty()) {
                h3 { "Evidence" }
                @for facts in &rests {
                    dl.evidence {
                        @for (what, is) in facts { div { dt { (capitalized(what)) } dd { code { (self.text(is)) } } } }
                    }
                }
            }
        }
    }
}

/// With a capital letter in front.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
