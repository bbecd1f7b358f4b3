//! Reads a log event's text as JSON, the way evaluation needs it: numbers as written, duplicate keys noticed, and no
//! recursion, for events are data from outside. One pass checks every byte; only what a pattern looks at is kept, as a
//! tree in one vector, which `matching` walks.

use crate::eval::wanted::Wanted;

use self::reader::Reader;

mod reader;
mod strings;
mod value;

pub(crate) use self::value::Value;

/// A JSON object, read.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    nodes: Vec<Value<'a>>,
    root: usize,
    doubt: Option<&'static str>,
}

impl<'a> Event<'a> {
    /// Reads a text that is one JSON object and nothing else; None for any other text, and for one of gigabytes.
    pub(crate) fn read(text: &'a str, wanted: &Wanted) -> Option<Self> {
        // Places of keys are kept in 32 bits; a log event holds a megabyte at most.
        u32::try_from(text.len()).ok()?;
        let mut reader = Reader::new(text, wanted);
        reader.skip_blanks();
        if reader.peek() != Some(b'{') {
            return None;
        }
        let root = reader.document()?;
        reader.skip_blanks();
        let is_whole = reader.pos == text.len();
        let doubt = reader.doubt;
        is_whole.then_some(Self { nodes: reader.nodes, root: root?, doubt })
    }

    pub(crate) fn root(&self) -> usize {
        self.root
    }

    pub(crate) fn value(&self, at: usize) -> &Value<'a> {
        &self.nodes[at]
    }

    /// Why the service may read this event otherwise, or not at all.
    pub(crate) fn doubt(&self) -> Option<&'static str> {
        self.doubt
    }
}
