//! Where the names of an event's members are in its bytes, by one search that a whole block shares: most of them begin alike.
//! A text that reads like a name counts as one; brackets are not looked at.

use memchr::memmem::Finder;

/// The name of a member, in its quotes.
#[derive(Debug)]
pub struct Name(pub(super) Finder<'static>);

impl Name {
    /// Of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Finder::new(&format!("\"{text}\"")).into_owned())
    }

    /// How long it is, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.needle().len()
    }
}
