//! Where the events of an envelope go, and what is said of what is none.

use crate::events::kind::Kind;

/// Where events go, and what is no event of CloudTrail.
pub(in crate::events) trait Sink {
    /// An event.
    fn event(&mut self, bytes: &[u8], is_cloudtrail: bool);
    /// Something else, which is not handed on, or was as an event that is none of CloudTrail.
    fn note(&mut self, kind: Kind);
    /// Something that was an event, and cannot be read.
    fn damage(&mut self, what: &'static str);
}
