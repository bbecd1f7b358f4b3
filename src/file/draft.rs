//! Content that comes in parts, on its way into a place: in memory while it is small, beside the place when it is large.
//! Nothing is in the place before all of it is known.

use std::fs;
use std::io::{self, Write};
use std::mem;

use super::temporary::Temporary;
use super::{Place, Way};

/// More than this does not stay in memory.
const SMALL: usize = 1 << 20;
/// So many bytes go to the disk together.
const TOGETHER: usize = 1 << 16;

/// What has come so far.
#[derive(Debug)]
pub(crate) struct Draft {
    place: Place,
    /// What is not beside the place yet.
    held: Vec<u8>,
    beside: Option<Temporary>,
    /// The file that is there can give way to another, so that the content may be beside it. `None`: not found out yet.
    gives_way: Option<bool>,
}

impl Draft {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, held: Vec::new(), beside: None, gives_way: None }
    }

    /// Puts what has come into the place. Then nothing has come.
    ///
    /// # Errors
    /// It could not be written, and what was there before is still there.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        let held = mem::take(&mut self.held);
        match self.beside.take() {
            None => self.place.write(&held),
            Some(mut temporary) => {
                temporary.fill(&held)?;
                self.place.take(temporary, |temporary| fs::read(temporary.path()))
            }
        }
    }

    /// Moves what is held beside the place, where that can be.
    fn set_aside(&mut self) -> io::Result<()> {
        if self.beside.is_none() {
            let gives_way = match self.gives_way {
                Some(known) => known,
                None => !matches!(self.place.way()?, Way::InPlace),
            };
            self.gives_way = Some(gives_way);
            if !gives_way {
                return Ok(());
            }
            self.beside = Some(Temporary::beside(&self.place.path, self.place.readers)?);
        }
        if let Some(temporary) = &self.beside {
            temporary.file().write_all(&self.held)?;
            self.held.clear();
        }
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let most = if self.beside.is_some() { TOGETHER } else { SMALL };
        if self.held.len() >= most && self.gives_way != Some(false) {
            self.set_aside()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
