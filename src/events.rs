//! Log events out of what people keep them in: lines, the documents that CloudTrail delivers, the answers of the AWS command
//! line, payloads of subscriptions, tables; packed or not, in files and directories. Streams: memory does not grow with
//! the input. Knows no patterns, but for which
//! events may be passed over; an event's bytes are handed on as they were, for the spelling of numbers and doubled keys
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

mod agreed;
mod block;
mod container;
mod envelope;
mod event;
pub mod files;
mod json;
mod kind;
mod names;
mod reader;
mod scan;
mod sieve;
mod window;

pub use self::agreed::{Gone, LONGEST, on_one_line};
pub use self::block::Block;
pub use self::container::Found;
pub use self::event::Event;
pub use self::kind::{Broken, Damage, Kind, Seen, Tally};
pub use self::names::Name;
pub use self::sieve::Sieve;

use self::container::Opener;

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

#[cfg(test)]
mod tests;
