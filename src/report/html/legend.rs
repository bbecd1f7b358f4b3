//! What the words and signs of the page mean, and what the report rests on.

use maud::{Markup, html};

use super::{Page, links};
use crate::finding::Verdict;
use crate::report::evidence;

impl Page<'_> {
    /// Folded on a screen, and always on paper.
    pub(super) fn legend(&self) -> Markup {
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
                        @for verdict in Verdict::ALL { div { dt { (verdict.words()) } dd { (meaning(verdict)) } } }
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

/// What a verdict asks.
fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Cis => "Is the chain there, and is every link intact?",
        Verdict::Effective => {
            "Is the chain intact, and would one such event alone reach a subscriber? A weakness fails this verdict."
        }
        Verdict::SecurityHub => {
            "What will AWS Security Hub CSPM show for the control? A prediction from its documentation."
        }
    }
}

/// With a capital letter in front.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
