//! Log events out of what people keep them in: lines, the documents that CloudTrail delivers, the answers of the AWS command
//! line, payloads of subscriptions, tables; packed or not, in files and directories. Streams: memory does not grow with
//! the input. Knows no patterns; an event's bytes are handed on as they were, for the spelling of numbers and doubled keys
//! matter to who evaluates them.
//!
//! In layers, from the outside to the inside:
//!
//! ```text
//! files        which files there are in a directory
//! container    gzip, zstd, zip, UTF-16
//! reader       lines, JSON documents of any layout, tables
//! envelope     what is round an event in a JSON value
//! block        events on their way, many in one buffer
//! ```

use std::fs::File;
use std::io::{self, Read};

mod block;
mod container;
mod envelope;
pub mod files;
mod json;
mod kind;
mod reader;
mod scan;
mod window;

pub use self::block::{Block, Event};
pub use self::container::Found;
pub use self::kind::{Damage, Kind, Seen, Tally};

use self::container::Opener;

/// A longer event is passed over: the service takes a megabyte at most.
pub const LONGEST: usize = 16 << 20;

/// No more events are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// Reads the events of a file, in their order.
///
/// # Errors
/// [`Gone`], if the receiver is.
pub fn read_file(file: File, to: &mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<Found, Gone> {
    let mut opener = Opener::new(true, to);
    opener.file(file)?;
    Ok(opener.found)
}

/// Reads the events of standard input: as they come, for their writer may let wait.
///
/// # Errors
/// [`Gone`], if the receiver is.
pub fn read_stdin(to: &mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<Found, Gone> {
    read(&mut io::stdin().lock(), to)
}

/// Reads the events of an input, as they come.
///
/// # Errors
/// [`Gone`], if the receiver is.
pub fn read(input: &mut dyn Read, to: &mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<Found, Gone> {
    let mut opener = Opener::new(false, to);
    opener.stream(input, 0)?;
    Ok(opener.found)
}

/// The bytes of a JSON text on one line: blanks outside strings removed. `None` if it is on one line already.
#[must_use]
pub fn on_one_line(event: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr2(b'\n', b'\r', event)?;
    let mut line = Vec::with_capacity(event.len());
    let mut is_text = false;
    let mut is_escaped = false;
    for &byte in event {
        if is_text || !byte.is_ascii_whitespace() {
            line.push(byte);
        }
        is_text ^= byte == b'"' && !is_escaped;
        is_escaped = is_text && byte == b'\\' && !is_escaped;
    }
    Some(line)
}

#[cfg(test)]
mod tests;
