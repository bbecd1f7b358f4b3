//! What bounds the reading of an account: its deadline, and what one call has taught about the next.
//!
//! Every read goes through [`Clients::ask`]. While an account is read, a [`Window`] is open: a call that is not answered
//! by its end is given up; an operation that did not answer once in a region is not asked there again, so that one that
//! hangs costs one `--timeout`; an optional call that was denied is not made for the next hundred resources. Calls that
//! change something are never cut off here: what became of them would not be known.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::clients::Clients;
use super::error::{Call, Failure};
use super::http;
use crate::permissions::is_optional;

/// How long an account, and one operation, may take, and what is not asked at all.
#[derive(Debug)]
pub(super) struct Bounds {
    /// For one operation, retries included: only named here, the SDK keeps it.
    timeout: Duration,
    /// For the reading of an account.
    deadline: Duration,
    /// Optional calls are not made in an audit.
    skip_optional: bool,
    window: Mutex<Option<Reading>>,
}

/// The reading of an account that is under way.
#[derive(Debug)]
struct Reading {
    /// `None`: it may take for ever.
    until: Option<Instant>,
    skip_optional: bool,
    /// Failures that hold for every further call of an operation in a region.
    final_failures: BTreeMap<(&'static str, String), Failure>,
}

/// While it lives, an account is read.
pub(super) struct Window<'a>(&'a Bounds);

impl Drop for Window<'_> {
    fn drop(&mut self) {
        *self.0.window.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Bounds {
    pub(super) fn new(timeout: Duration, deadline: Duration, skip_optional: bool) -> Self {
        Self { timeout, deadline, skip_optional, window: Mutex::new(None) }
    }

    /// Begins the reading of an account, for an audit.
    pub(super) fn audit(&self) -> Window<'_> {
        self.open(self.skip_optional)
    }

    /// Begins the reading of what a plan needs, none of which is optional.
    pub(super) fn plan(&self) -> Window<'_> {
        self.open(false)
    }

    fn open(&self, skip_optional: bool) -> Window<'_> {
        let until = Instant::now().checked_add(self.deadline);
        let reading = Reading { until, skip_optional, final_failures: BTreeMap::new() };
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
        Window(self)
    }

    /// When a call must be given up, if ever.
    ///
    /// # Errors
    /// The call is not to be made.
    fn admit(&self, call: Call<'_>) -> Result<Option<Instant>, Failure> {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reading) = &*window else { return Ok(None) };
        if reading.skip_optional && is_optional(call.operation) {
            return Err(call.skipped());
        }
        if let Some(known) = reading.final_failures.get(&(call.operation, call.region.to_owned())) {
            return Err(known.clone().about(call.resource));
        }
        if reading.until.is_some_and(|until| until <= Instant::now()) {
            return Err(call.past_deadline(self.deadline));
        }
        Ok(reading.until)
    }

    /// Remembers a failure that the next call of the same operation in the same region would end in, too.
    fn learn(&self, call: Call<'_>, failure: &Failure) {
        // Which key a caller may read is the key's own policy to say.
        let is_refused_to_all =
            is_optional(call.operation) && failure.is_denied() && !call.operation.starts_with("kms:");
        if !failure.is_timeout() && !is_refused_to_all {
            return;
        }
        if let Some(reading) = &mut *self.window.lock().unwrap_or_else(PoisonError::into_inner) {
            reading.final_failures.insert((call.operation, call.region.to_owned()), failure.clone());
        }
    }
}

impl Clients {
    /// Makes one call, within the bounds of the reading that is under way, if one is.
    pub(super) async fn ask<T, E>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let bounds = self.bounds();
        let until = bounds.admit(call)?;
        let (place, answer) = http::located_in(answer);
        let answer = match until {
            Some(until) => tokio::time::timeout_at(until, answer).await,
            None => Ok(answer.await),
        };
        let failure = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => call.failure_at(&error, place.name(), bounds.timeout),
            Err(_) => call.past_deadline(bounds.deadline),
        };
        bounds.learn(call, &failure);
        Err(failure)
    }
}
