//! Work on blocks of events, with results in the order of the events: of one file a block is worked on where it was read, while
//! it is in that processor's cache, or dealt to others where that takes longer than reading; of several files each worker takes
//! whole ones; a pipe is read beside the work. Knows nothing of what the work is.

use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::events::{Block, Gone};

/// Blocks that wait for one worker, and results of it that wait.
const WAITING: usize = 2;
/// More workers than this wait for the reader.
const MOST_WORKERS: usize = 16;

/// What comes of an input, in its order.
pub(super) enum Out<T, F> {
    /// The result of one block.
    Block(T),
    /// The end of the input, with what was found in the whole.
    End(F),
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS)
}

/// How long work on a block takes, by which it is decided where it is done.
#[derive(Debug, Default)]
struct Pace {
    /// So many blocks are dealt before the next one is measured.
    to_deal: u32,
    /// The last one that was measured took long.
    was_slow: bool,
}

impl Pace {
    /// Work that takes longer is shared: about what one processor reads from memory in the time of a block, several times over.
    const SLOW: Duration = Duration::from_nanos(1);
    /// Blocks between two measurements.
    const DEALT: u32 = 32;

    fn is_dealt(&mut self) -> bool {
        let is_dealt = self.to_deal > 0;
        self.to_deal = self.to_deal.saturating_sub(1);
        is_dealt
    }

    fn note(&mut self, bytes: usize, took: Duration) {
        let slow = Self::SLOW.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        // A moment says nothing, and neither does one block that something else held up: threads cost more than they bring.
        let is_slow = took > slow && took > Duration::from_micros(50);
        if is_slow && self.was_slow {
            self.to_deal = Self::DEALT;
        }
        self.was_slow = is_slow;
    }
}

/// Reads one file, works on its blocks or deals them to workers, and hands the results out in order.
///
/// # Errors
/// That of `drain`, which ends everything.
pub(super) fn of_file<T: Send, F>(
    read: impl FnOnce(&mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<F, Gone>,
    work: impl Fn(&Block) -> T + Sync,
    drain: &mut impl FnMut(Out<T, F>) -> io::Result<()>,
) -> io::Result<()> {
    let most = workers();
    let mut failed = Ok(());
    let found = thread::scope(|scope| {
        // Dropped when this closure ends, which ends the workers.
        let mut feeds: Vec<SyncSender<(Block, SyncSender<T>)>> = Vec::new();
        let mut pace = Pace::default();
        let mut dealt = 0;
        // Results that were not handed out, in order.
        let mut pending: VecDeque<Receiver<T>> = VecDeque::new();
        let mut hand_out = |result: T| {
            failed = drain(Out::Block(result));
            if failed.is_ok() { Ok(()) } else { Err(Gone) }
        };
        let found = read(&mut |block| {
            if !pace.is_dealt() || most < 2 {
                for earlier in pending.drain(..) {
                    hand_out(earlier.recv().map_err(|_| Gone)?)?;
                }
                let begin = Instant::now();
                let result = work(&block);
                pace.note(block.length(), begin.elapsed());
                return hand_out(result);
            }
            if pending.len() >= most * WAITING
                && let Some(earliest) = pending.pop_front()
            {
                hand_out(earliest.recv().map_err(|_| Gone)?)?;
            }
            if feeds.len() < most {
                let (feed, blocks) = sync_channel::<(Block, SyncSender<T>)>(WAITING);
                feeds.push(feed);
                let work = &work;
                scope.spawn(move || {
                    for (block, done) in blocks {
                        if done.send(work(&block)).is_err() {
                            return;
                        }
                    }
                });
            }
            let (done, result) = sync_channel(1);
            let feed = feeds.get(dealt % feeds.len()).ok_or(Gone)?;
            dealt += 1;
            feed.send((block, done)).map_err(|_| Gone)?;
            pending.push_back(result);
            Ok(())
        })?;
        for earlier in pending {
            hand_out(earlier.recv().map_err(|_| Gone)?)?;
        }
        Ok(found)
    });
    failed?;
    match found {
        Ok(found) => drain(Out::End(found)),
        Err(Gone) => Err(io::Error::other("work ended early")),
    }
}

/// Reads a pipe, deals its blocks to workers, and hands the results out in order.
///
/// # Errors
/// That of `drain`, which ends everything.
pub(super) fn of_pipe<T: Send, F: Send>(
    read: impl FnOnce(&mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<F, Gone> + Send,
    work: impl Fn(&Block) -> T + Sync,
    drain: &mut impl FnMut(Out<T, F>) -> io::Result<()>,
) -> io::Result<()> {
    let count = workers();
    let read = thread::scope(|scope| {
        // Dropped when this closure ends, which ends the workers and the thread that feeds them.
        let (mut feeds, mut results) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (feed, blocks): (SyncSender<Block>, Receiver<Block>) = sync_channel(WAITING);
            let (to_drain, worked) = sync_channel(WAITING);
            feeds.push(feed);
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
        let reading = scope.spawn(move || {
            let mut turn = feeds.iter().cycle();
            read(&mut |block| turn.next().map_or(Err(Gone), |feed| feed.send(block).map_err(|_| Gone)))
        });
        // Blocks were dealt in turns, and so the results come; the first that is missing is behind the last one.
        for worked in results.iter().cycle() {
            let Ok(result) = worked.recv() else { break };
            drain(Out::Block(result))?;
        }
        reading.join().map_err(|_| io::Error::other("reading ended early"))
    })?;
    read.map_or(Ok(()), |found| drain(Out::End(found)))
}

/// Reads several inputs, as many at a time as there are processors, and hands the results out in order. `drain` gets
/// the input that each is of.
///
/// # Errors
/// That of `drain`, which ends everything.
pub(super) fn several<J: Sync, T: Send, F: Send>(
    jobs: &[J],
    read: impl Fn(&J, &mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<F, Gone> + Sync,
    work: impl Fn(&Block) -> T + Sync,
    drain: &mut impl FnMut(&J, Out<T, F>) -> io::Result<()>,
) -> io::Result<()> {
    let (begun, results) = channel();
    let turns = Mutex::new(Some((jobs.iter(), begun)));
    thread::scope(|scope| {
        for _ in 0..workers().min(jobs.len()) {
            let (turns, read, work) = (&turns, &read, &work);
            scope.spawn(move || {
                while let Some((job, sender)) = begin(turns) {
                    let sent = |out| sender.send(out).map_err(|_| Gone);
                    let found = read(job, &mut |block| sent(Out::Block(work(&block))));
                    if found.and_then(|found| sent(Out::End(found))).is_err() {
                        // The one who wanted it is gone, and wants no other either.
                        turns.lock().unwrap_or_else(PoisonError::into_inner).take();
                    }
                }
            });
        }
        // Each input's results wait until its turn comes; the one whose turn it is always has a worker.
        for (job, results) in jobs.iter().zip(results) {
            for result in results {
                drain(job, result)?;
            }
        }
        Ok(())
    })
}

/// The inputs that are left, and where the results of each will come from, in the order of the inputs.
type Turns<'a, J, T, F> = (std::slice::Iter<'a, J>, Sender<Receiver<Out<T, F>>>);

/// The next input, and where its results go.
fn begin<'a, J, T, F>(turns: &Mutex<Option<Turns<'a, J, T, F>>>) -> Option<(&'a J, SyncSender<Out<T, F>>)> {
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    let (jobs, begun) = turns.as_mut()?;
    let Some(job) = jobs.next() else {
        // That no more will come ends the wait for them.
        *turns = None;
        return None;
    };
    let (sender, receiver) = sync_channel(WAITING);
    begun.send(receiver).ok()?;
    Some((job, sender))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;

    /// Lines of events, each with its number.
    fn lines(count: u32) -> String {
        (0..count).map(|number| format!("{{\"eventVersion\":\"1.08\",\"eventID\":\"{number:08}\"}}\n")).collect()
    }

    /// The numbers of all events, as results come, where the work on a block takes so long.
    fn numbers(input: &str, takes: Duration, is_pipe: bool) -> Vec<u32> {
        let mut all = Vec::new();
        let work = |block: &Block| {
            thread::sleep(takes);
            let number = |event: events::Event<'_>| {
                let text = std::str::from_utf8(event.bytes).expect("text");
                text[text.len() - 10..text.len() - 2].parse::<u32>().expect("a number")
            };
            block.events().map(number).collect::<Vec<_>>()
        };
        let read = |to: &mut dyn FnMut(Block) -> Result<(), Gone>| events::read(&mut input.as_bytes(), to);
        let mut drain = |out| {
            if let Out::Block(mut numbers) = out {
                all.append(&mut numbers);
            }
            Ok(())
        };
        let done = if is_pipe { of_pipe(read, work, &mut drain) } else { of_file(read, work, &mut drain) };
        done.expect("nothing fails");
        all
    }

    #[test]
    fn results_come_in_the_order_of_the_events() {
        let input = lines(60_000);
        let wanted: Vec<u32> = (0..60_000).collect();
        for (takes, is_pipe) in [(Duration::ZERO, false), (Duration::from_millis(3), false), (Duration::ZERO, true)] {
            assert!(numbers(&input, takes, is_pipe) == wanted, "{takes:?}, a pipe: {is_pipe}");
        }
    }

    #[test]
    fn who_takes_the_results_may_end_everything() {
        let input = lines(60_000);
        for takes in [Duration::ZERO, Duration::from_millis(3)] {
            let mut taken = 0;
            let read = |to: &mut dyn FnMut(Block) -> Result<(), Gone>| events::read(&mut input.as_bytes(), to);
            let ended = of_file(read, |_| thread::sleep(takes), &mut |_| {
                taken += 1;
                if taken < 3 { Ok(()) } else { Err(io::Error::other("full")) }
            });
            assert_eq!((taken, ended.map_err(|error| error.to_string())), (3, Err("full".to_owned())));
        }
    }
}
