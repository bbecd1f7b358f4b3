//! Answers in XML whose end is that of their connection, cut at every byte: nothing but the document itself says that it
//! is not whole. A part of one is no answer, and moves no verdict unsaid.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Cell, Kind, Link, READS, Read, faults_of, run_all, shown};
use crate::support::fault::FaultRule;
use crate::support::stage::Stage;
use crate::support::sweep::{Sweep, chosen};

const SAMPLE: usize = 40;

/// Each operation that answers in XML, on an account of which the end of the answer decides.
const CASES: [(&str, Link); 8] = [
    ("sts:GetCallerIdentity", Link::Sound),
    ("sns:GetTopicAttributes", Link::Sound),
    ("sns:GetTopicAttributes", Link::ManagedKey),
    ("sns:ListSubscriptionsByTopic", Link::Sound),
    ("sns:ListSubscriptionsByTopic", Link::NobodySubscribed),
    ("sns:ListSubscriptionsByTopic", Link::PendingOnly),
    ("sns:GetSubscriptionAttributes", Link::Sound),
    ("sns:GetSubscriptionAttributes", Link::FilteredAway),
];

fn read(action: &str) -> &'static Read {
    READS.iter().find(|read| read.action == action).expect("the operation has its row")
}

/// How long the answer is.
fn length(action: &str, link: Link) -> usize {
    let length = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&length);
    let note = FaultRule::rewrite(action, move |_, response| {
        noted.store(response.body.len(), Ordering::SeqCst);
    });
    Stage::fake_with_faults(link.account(), vec![note]).cli().args(link.arguments()).run();
    length.load(Ordering::SeqCst)
}

#[test]
fn an_answer_that_ends_at_any_byte_is_none() {
    let mut sweep = Sweep::new("cut-xml-audit");
    let mut cells = Vec::new();
    for (action, link) in CASES {
        let length = length(action, link);
        sweep.line(&format!("{action} on {}: {length} bytes", link.name()));
        if length == 0 {
            sweep.wrong("never asked for", action, link.name());
        }
        cells.extend((0..length).map(|bytes| Cell { link, read: read(action), kind: Kind::EndsAt(bytes) }));
    }
    sweep.line(&format!("{} points in all", cells.len()));
    let cells = chosen(cells, SAMPLE, Cell::name);
    let seen = run_all(&cells);
    for (cell, seen) in cells.iter().zip(&seen) {
        for (law, how) in faults_of(cell, seen) {
            let cause = format!("{law}: {} on {}", cell.read.action, cell.link.name());
            sweep.wrong(cause, &cell.name(), &format!("{} {how}", shown(seen)));
        }
    }
    sweep.close(cells.len());
}
