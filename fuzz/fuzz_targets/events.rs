//! Any bytes, in pieces of any size, are events and an end: the pieces make no difference.

#![no_main]

use std::io::Read;

use cis_audit::events::{Events, Item};
use libfuzzer_sys::fuzz_target;

struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn read(input: &[u8], step: usize) -> (Vec<Vec<u8>>, String) {
    let mut events = Events::new(Slow(input, step));
    let mut found = Vec::new();
    loop {
        match events.next_event() {
            Ok(Some(Item::Event(event))) => found.push(event.to_vec()),
            Ok(Some(Item::TooLong)) => found.push(b"too long".to_vec()),
            Ok(None) => return (found, String::new()),
            Err(error) => return (found, error.to_string()),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let step = input.first().map_or(1, |byte| usize::from(*byte) + 1);
    assert_eq!(read(input, step), read(input, usize::MAX));
});
