//! A call that failed: what was asked, where, about what, and what kind of trouble it is in. It is words and questions
//! about them; which error of the SDK makes which failure is for `sdk`.

use std::time::Duration;

use super::refusal::Refusal;
use super::words::one_line;
use crate::snapshot::{Cause, Gap, GapSource};

/// What kind of trouble a failed call is in: those kinds that the collection treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Trouble {
    /// The credentials are not valid, whatever they are allowed to do.
    Credentials,
    /// What was asked about does not exist.
    NotFound,
    /// No answer came.
    Unreachable,
    /// Denied, throttled out, a server's fault, an answer that makes no sense.
    Other,
}

/// The address of a call: what was asked, where, and about what.
#[derive(Debug, Clone, Copy)]
pub(in crate::aws) struct Call<'a> {
    /// IAM's name of the action.
    pub(in crate::aws) operation: &'static str,
    /// The region asked.
    pub(in crate::aws) region: &'a str,
    /// The ARN or name asked about.
    pub(in crate::aws) resource: Option<&'a str>,
}

/// A call that failed.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Failure {
    operation: &'static str,
    /// The region asked.
    pub(in crate::aws) region: String,
    resource: Option<String>,
    /// What kind of trouble it is.
    pub(in crate::aws) trouble: Trouble,
    /// The service's error code, or `Timeout`, `Unreachable`, `BadAnswer`, `Credentials`.
    pub(in crate::aws) code: String,
    /// One line.
    pub(in crate::aws) message: String,
    /// The call was refused, and so had no effect. Any other failure may be that of an answer only.
    pub(in crate::aws) is_refusal: bool,
}

impl Call<'_> {
    /// The failure of this call. Only the first line of the message is kept.
    pub(super) fn failed(self, trouble: Trouble, code: &str, message: &str) -> Failure {
        Failure {
            operation: self.operation,
            region: self.region.to_owned(),
            resource: self.resource.map(str::to_owned),
            trouble,
            code: code.to_owned(),
            message: one_line(message),
            is_refusal: false,
        }
    }

    /// An answer came that is not one.
    pub(in crate::aws) fn bad_answer(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "BadAnswer", message)
    }

    /// A page for people came instead of an answer: a proxy's, or that of a network where one must sign in.
    pub(super) fn html_page(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "HtmlPage", message)
    }

    /// The call was not made: the user left optional ones out.
    pub(in crate::aws) fn skipped(self) -> Failure {
        self.failed(Trouble::Other, "Skipped", "not requested, because of --skip-optional")
    }

    /// The call was not made or not waited for: the account's time was over.
    pub(in crate::aws) fn past_deadline(self, deadline: Duration) -> Failure {
        let message = format!("not read within the {} s that --deadline gives the account", deadline.as_secs_f64());
        self.failed(Trouble::Unreachable, DEADLINE, &message)
    }

    /// A request that was not made.
    pub(in crate::aws) fn bad_request(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "BadRequest", message)
    }
}

impl Failure {
    /// The caller may not make the call.
    pub(in crate::aws) fn is_denied(&self) -> bool {
        Cause::classify(&self.code, &self.message).is_denial()
    }

    /// The service refused the request as it is, as one does that does not know a value in it yet.
    pub(in crate::aws) fn is_invalid_request(&self) -> bool {
        self.is_refusal && ["Validation", "Invalid", "Malformed"].iter().any(|word| self.code.starts_with(word))
    }

    /// The call may have had its effect, and only its answer was lost.
    pub(in crate::aws) fn may_have_worked(&self) -> bool {
        !self.is_refusal && self.trouble != Trouble::Credentials
    }

    /// No answer came within the time that an operation has.
    pub(in crate::aws) fn is_timeout(&self) -> bool {
        self.code == TIMEOUT
    }

    /// The same failure of another resource.
    pub(in crate::aws) fn about(self, resource: Option<&str>) -> Self {
        Self { resource: resource.map(str::to_owned), ..self }
    }

    /// Records it as something that could not be read.
    pub(in crate::aws) fn into_gap(self, account_id: &str) -> Gap {
        Gap {
            account_id: account_id.to_owned(),
            region: self.region,
            source: GapSource::call(self.operation),
            resource: self.resource,
            code: self.code,
            message: self.message,
        }
    }

    /// The action on tags that was denied, where that alone is why the call was: what is made with tags must be allowed to
    /// be tagged as well (Service Authorization Reference, dependent actions).
    pub(in crate::aws) fn denied_tagging(&self) -> Option<&str> {
        let (_, denied) = self.message.split_once("not authorized to perform: ")?;
        let action = denied.split([' ', ',', ';']).next()?.trim_end_matches('.');
        let (_, verb) = action.split_once(':')?;
        (self.is_denied() && ["Tag", "AddTags"].iter().any(|tagging| verb.starts_with(tagging))).then_some(action)
    }

    /// What failed and how, in one line.
    pub(in crate::aws) fn words(&self) -> String {
        format!("{}: {}: {}", self.operation, self.code, self.message)
    }

    /// Why the credentials are refused, if that is what happened.
    pub(in crate::aws) fn refusal(&self) -> Option<Refusal> {
        Refusal::from_code(&self.code)
    }

    /// The message of the service or the connection, with the code if it is the service's.
    pub(in crate::aws) fn message_with_code(&self) -> String {
        let message = self.message.trim_end_matches('.');
        match self.code.as_str() {
            TIMEOUT | DEADLINE | "Unreachable" | "BadAnswer" | "BadRequest" | "HtmlPage" | "Credentials" => {
                message.to_owned()
            }
            code => format!("{code}: {message}"),
        }
    }
}

/// The code of a call that was given up.
pub(super) const TIMEOUT: &str = "Timeout";
/// The code of a call for which the account's time did not suffice.
pub(in crate::aws) const DEADLINE: &str = "Deadline";
