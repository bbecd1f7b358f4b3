//! What passed through a server or proxy: every call, counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::call::Call;

/// A shared record of calls.
#[derive(Clone, Default)]
pub(crate) struct Traffic(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    calls: Vec<Call>,
    /// Requests that were no signed call of a known protocol.
    strange: Vec<String>,
}

impl Traffic {
    /// Notes the call and says how many of the same operation came before it.
    pub(crate) fn note(&self, call: &Call) -> usize {
        let mut record = self.record();
        let action = call.action();
        let before = record.calls.iter().filter(|earlier| earlier.action() == action).count();
        record.calls.push(call.clone());
        before
    }

    pub(crate) fn note_strange(&self, request_line: String) {
        self.record().strange.push(request_line);
    }

    /// How many requests of any kind.
    pub(crate) fn count(&self) -> usize {
        let record = self.record();
        record.calls.len() + record.strange.len()
    }

    /// How often each operation was asked for.
    pub(crate) fn by_action(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.record().calls {
            *counts.entry(call.action()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.record().calls.clone()
    }

    pub(crate) fn strange(&self) -> Vec<String> {
        self.record().strange.clone()
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.0.lock().expect("nobody panics while holding the record")
    }
}
