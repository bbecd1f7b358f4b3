//! Work on events in blocks, on all processors, with results in the order of the events. Knows nothing of what the work
//! is.

use std::io;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// A full block, in bytes: large enough that handing it over costs nothing compared with the work.
const FULL: usize = 1 << 18;
/// Blocks that wait for one worker, and results of it that wait.
const WAITING: usize = 2;
/// More workers than this wait for the reader.
const MOST_WORKERS: usize = 16;

/// Some events, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Block {
    /// The events, in the order in which they were added.
    pub(super) fn events(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}

/// The reader is gone: no more results are wanted.
pub(super) struct Gone;

/// Takes events, and deals them to the workers.
pub(super) struct Feeder {
    block: Block,
    workers: Vec<SyncSender<Block>>,
    next: usize,
}

impl Feeder {
    /// Adds an event. `is_last`: for all that is known, no other will follow soon.
    pub(super) fn add(&mut self, event: &[u8], is_last: bool) -> Result<(), Gone> {
        self.block.bytes.extend_from_slice(event);
        self.block.ends.push(self.block.bytes.len());
        if is_last || self.block.bytes.len() >= FULL { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        if self.block.ends.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let sent = self.workers[self.next].send(block);
        self.next = (self.next + 1) % self.workers.len();
        sent.map_err(|_| Gone)
    }
}

/// Feeds events, works on their blocks, and hands the results out in order.
///
/// # Errors
/// That of `drain`, which ends everything.
pub(super) fn process<T: Send, F: Send>(
    feed: impl FnOnce(&mut Feeder) -> F + Send,
    work: impl Fn(&Block) -> T + Sync,
    mut drain: impl FnMut(T) -> io::Result<()>,
) -> io::Result<F> {
    let count = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS);
    thread::scope(|scope| {
        // Dropped when this closure ends, which ends the workers and the thread that feeds them.
        let (mut workers, mut results) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (to_worker, blocks): (_, Receiver<Block>) = sync_channel(WAITING);
            let (to_drain, worked) = sync_channel(WAITING);
            workers.push(to_worker);
            results.push(worked);
            let work = &work;
            scope.spawn(move || {
                for block in blocks {
                    if to_drain.send(work(&block)).is_err() {
                        return;
                    }
                }
            });
        }
        let feeding = scope.spawn(move || {
            let mut feeder = Feeder { block: Block::default(), workers, next: 0 };
            let fed = feed(&mut feeder);
            // A reader that is gone does not want the rest.
            let _ = feeder.flush();
            fed
        });
        // Blocks were dealt in turns, and so the results come; the first that is missing is behind the last one.
        for result in (0..count).cycle().map(|worker| results[worker].recv()) {
            let Ok(result) = result else { break };
            drain(result)?;
        }
        feeding.join().map_err(|_| io::Error::other("reading ended early"))
    })
}
