//! Why a link does not hold: a code, with the facts of the case in a sentence that is made where the facts are, in the
//! file of the link under `audit/`.

use std::borrow::Cow;

use super::code::{Code, Grade, Link};
use super::unread::Unread;

/// Why a link does not hold, with the facts of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Which way of breaking.
    pub code: Code,
    /// One sentence with the facts, for people: lower case, no full stop.
    pub message: String,
    /// ARN or name of the resource at fault.
    pub resource: Option<String>,
    /// Of what could not be read: why.
    pub unread: Option<Unread>,
}

impl Reason {
    /// A reason about a resource.
    #[must_use]
    pub fn new(code: Code, resource: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), resource: Some(resource.into()), unread: None }
    }

    /// A reason about something that is not there at all.
    #[must_use]
    pub fn absent(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), resource: None, unread: None }
    }

    /// With why it was not read, which ends the message.
    #[must_use]
    pub fn because(mut self, unread: Unread) -> Self {
        self.message.push_str(&unread.words());
        self.unread = Some(unread);
        self
    }

    /// What to do about it, in a sentence or two. Of what was not read it follows the cause.
    #[must_use]
    pub fn remedy(&self) -> Cow<'static, str> {
        match &self.unread {
            Some(unread) => Cow::Owned(unread.remedy(self.code)),
            None => Cow::Borrowed(self.code.remedy()),
        }
    }

    /// Whether the benchmark's verdict is kept, and `effective` alone is unknown.
    #[must_use]
    pub fn keeps_verdict(&self) -> bool {
        self.unread.as_ref().is_some_and(|unread| unread.keeps_verdict(self.code))
    }

    /// The link at fault.
    #[must_use]
    pub fn link(&self) -> Link {
        self.code.link()
    }

    /// Broken, weak, unverified or a note.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.code.grade()
    }
}

/// Something to know that does not decide the status: never [`Grade::Broken`].
pub type Warning = Reason;
