//! Any bytes, in pieces of any size, are events and an end: the pieces make no difference.

#![no_main]

use std::io::Read;

use cis_audit::events::read;
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

fn events(input: &[u8], step: usize) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut all = Vec::new();
    let found = read(&mut Slow(input, step), &mut |block| {
        all.extend(block.events().map(|event| event.bytes.to_vec()));
        Ok(())
    });
    (all, found.expect("nobody goes").errors)
}

fuzz_target!(|input: &[u8]| {
    let step = input.first().map_or(1, |byte| usize::from(*byte) + 1);
    assert_eq!(events(input, step), events(input, usize::MAX));
});
