//! What of an input is at hand: a buffer that is read into from behind and consumed from the front, and whose whole
//! content can be handed on without a copy. Knows bytes only.

use std::io::{self, Read};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// What one read asks for, in bytes: it stays in the processor's cache until it is looked at.
pub(super) const CHUNK: usize = 1 << 17;

/// Buffers that were handed on and came back, so that no block costs a fresh one.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// So many wait at most; more are given up.
    const MOST: usize = 24;
    /// A longer buffer held one huge event, and is given up.
    const LARGEST: usize = CHUNK * 4;

    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(super) fn give(&self, buffer: Vec<u8>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < Self::MOST && buffer.len() <= Self::LARGEST {
            waiting.push(buffer);
        }
    }
}

/// An input, and what of it was read and not yet consumed.
#[derive(Debug)]
pub(super) struct Window<R> {
    input: R,
    /// Its length never shrinks: what lies behind `end` is left from before.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How much of the input lies before the buffer's first byte.
    before: u64,
    is_at_end: bool,
    /// Why reading ended before the end.
    error: Option<(u64, io::Error)>,
    /// Reads go on until a chunk is full: nobody waits for what is there already.
    fills: bool,
    pool: Pool,
}

impl<R: Read> Window<R> {
    /// `fills`: the input is a file, and not a pipe whose other end may let wait.
    pub(super) fn new(input: R, fills: bool) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            before: 0,
            is_at_end: false,
            error: None,
            fills,
            pool: Pool::default(),
        }
    }

    /// What is at hand.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Where the first byte at hand is in the input.
    pub(super) fn position(&self) -> u64 {
        self.before + self.start as u64
    }

    /// Why reading ended early, and where; once.
    pub(super) fn take_error(&mut self) -> Option<(u64, io::Error)> {
        self.error.take()
    }

    /// Whether nobody waits for what is at hand.
    pub(super) fn fills(&self) -> bool {
        self.fills
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Hands out the first bytes at hand in a buffer of their own, and where they are in it. What else is at hand moves to
    /// another buffer.
    pub(super) fn split(&mut self, count: usize) -> (Vec<u8>, usize, usize) {
        let (from, to) = (self.start, (self.start + count).min(self.end));
        let left = self.end - to;
        let mut next = self.pool.take();
        if next.len() < left.max(CHUNK) {
            next.resize(left.max(CHUNK), 0);
        }
        if let (Some(into), Some(rest)) = (next.get_mut(..left), self.buffer.get(to..self.end)) {
            into.copy_from_slice(rest);
        }
        self.before += to as u64;
        (self.start, self.end) = (0, left);
        (mem::replace(&mut self.buffer, next), from, to)
    }

    /// Reads on. False at the end of the input, or where it breaks.
    pub(super) fn more(&mut self) -> bool {
        if self.is_at_end {
            return false;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.before += self.start as u64;
        (self.start, self.end) = (0, self.end - self.start);
        // A buffer as large as what is in it once more, so that a long event is not copied over and over.
        let wanted = if self.end < CHUNK / 2 { CHUNK } else { self.end + self.end.max(CHUNK) };
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let had = self.end;
        while let Some(room) = self.buffer.get_mut(self.end..wanted).filter(|room| !room.is_empty()) {
            match self.input.read(room) {
                Ok(0) => {
                    self.is_at_end = true;
                    break;
                }
                Ok(read) => {
                    self.end = (self.end + read).min(wanted);
                    if !self.fills {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_at_end = true;
                    self.error = Some((self.before + self.end as u64, error));
                    break;
                }
            }
        }
        self.end > had
    }
}
