//! What passed through a server or proxy: every call, counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::call::Call;

/// A shared record of calls.
#[derive(Clone, Default)]
pub(crate) struct Traffic(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    calls: Vec<Call>,
    /// Requests that were no signed call of a known protocol.
    strange: Vec<String>,
    /// When requests that are never answered came, and when their sender gave up.
    silences: Vec<(Instant, Option<Instant>)>,
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

    /// Notes a request that gets no answer while `until_given_up` runs.
    pub(crate) fn note_silence(&self, until_given_up: impl FnOnce()) {
        let place = {
            let mut record = self.record();
            record.silences.push((Instant::now(), None));
            record.silences.len() - 1
        };
        until_given_up();
        self.record().silences[place].1 = Some(Instant::now());
    }

    /// How long a client has waited for an answer that never comes. Requests that wait at the same time count once.
    pub(crate) fn waited_in_vain(&self) -> Duration {
        // The client that waited is gone, and that is noted soon.
        for _ in 0..200 {
            if self.record().silences.iter().all(|(_, end)| end.is_some()) {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let mut silences: Vec<(Instant, Instant)> =
            self.record().silences.iter().map(|(start, end)| (*start, end.unwrap_or_else(Instant::now))).collect();
        silences.sort_unstable();
        let (mut sum, mut until) = (Duration::ZERO, None);
        for (start, end) in silences {
            let from = until.map_or(start, |until| start.max(until));
            sum += end.saturating_duration_since(from);
            until = Some(until.map_or(end, |until: Instant| until.max(end)));
        }
        sum
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
