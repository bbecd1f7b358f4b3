//! What bounds the reading of an account: its deadline, and what one call has taught about the next.
//!
//! Every read goes through [`Bounds::ask`]. While an account is read, a [`Window`] is open: a call that is not answered
//! by its end is given up; an operation that did not answer once in a region is not asked there again, so that one that
//! hangs costs one `--timeout`; an optional call that was denied is not made for the next hundred resources. Calls that
//! change something are never cut off or left out here: what became of them would not be known.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::error::{Call, Failure};
use super::http;
use crate::permissions::is_optional;
use crate::snapshot::is_denied_by_resource;

/// How long an account, and one operation, may take, and what is not asked at all.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// For one operation, retries included: only named here, the SDK keeps it.
    timeout: Duration,
    /// For the reading of an account.
    deadline: Duration,
    /// Optional calls are not made in an audit.
    skip_optional: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reading: Option<Reading>,
    /// What did not answer in the reading before.
    hung: Failures,
}

/// Failures that hold for every further call of an operation in a region.
type Failures = BTreeMap<(&'static str, String), Failure>;

/// The reading of an account that is under way.
#[derive(Debug)]
struct Reading {
    /// `None`: it may take for ever.
    until: Option<Instant>,
    skip_optional: bool,
    final_failures: Failures,
    /// Operations that did not answer once, where it takes two such failures in a row to be final. `None`: it takes one.
    suspects: Option<BTreeSet<(&'static str, String)>>,
}

/// While it lives, an account is read.
pub(crate) struct Window<'a>(&'a Bounds);

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        let failures = state.reading.take().map(|reading| reading.final_failures).unwrap_or_default();
        state.hung = failures.into_iter().filter(|(_, failure)| failure.is_timeout()).collect();
    }
}

impl Bounds {
    pub(super) fn new(timeout: Duration, deadline: Duration, skip_optional: bool) -> Self {
        Self { timeout, deadline, skip_optional, state: Mutex::default() }
    }

    /// The same for another account: nothing of what has been learned holds there.
    pub(super) fn anew(&self) -> Self {
        Self::new(self.timeout, self.deadline, self.skip_optional)
    }

    /// How long the reading of an account may take.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Begins the reading of an account, for an audit.
    pub(super) fn audit(&self) -> Window<'_> {
        self.open(Some(self.deadline), self.skip_optional, Failures::new())
    }

    /// Whether what is read now is to be read without what an audit can do without.
    pub(super) fn skips_optional(&self) -> bool {
        self.state().reading.as_ref().is_some_and(|reading| reading.skip_optional)
    }

    /// Begins the reading of what a plan needs in addition to the audit before it, none of which is optional.
    pub(super) fn plan(&self) -> Window<'_> {
        let hung = std::mem::take(&mut self.state().hung);
        self.open(Some(self.deadline), false, hung)
    }

    /// Begins looks and changes, however long they take. More depends on one answer here than in an audit, so that an
    /// operation is asked once more before it is held to hang.
    pub(crate) fn changes(&self) -> Window<'_> {
        let window = self.open(None, false, Failures::new());
        if let Some(reading) = &mut self.state().reading {
            reading.suspects = Some(BTreeSet::new());
        }
        window
    }

    fn open(&self, deadline: Option<Duration>, skip_optional: bool, final_failures: Failures) -> Window<'_> {
        let until = deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        self.state().reading = Some(Reading { until, skip_optional, final_failures, suspects: None });
        Window(self)
    }

    /// An operation answered.
    fn forget(&self, call: Call<'_>) {
        if let Some(suspects) = self.state().reading.as_mut().and_then(|reading| reading.suspects.as_mut()) {
            suspects.remove(&(call.operation, call.region.to_owned()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a call must be given up, if ever.
    ///
    /// # Errors
    /// The call is not to be made.
    fn admit(&self, call: Call<'_>) -> Result<Option<Instant>, Failure> {
        let state = self.state();
        let Some(reading) = &state.reading else { return Ok(None) };
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
        let is_refused_to_all = is_optional(call.operation)
            && failure.is_denied()
            && !is_denied_by_resource(call.operation, &failure.message);
        let holds_for_all = is_read(call.operation) && (failure.is_timeout() || is_refused_to_all);
        if holds_for_all && let Some(reading) = &mut self.state().reading {
            let operation = (call.operation, call.region.to_owned());
            let is_first = reading.suspects.as_mut().is_some_and(|suspects| suspects.insert(operation.clone()));
            if !is_first {
                reading.final_failures.insert(operation, failure.clone());
            }
        }
    }
}

/// Whether an action changes nothing: one that does is never left out because an earlier one did not answer.
fn is_read(action: &str) -> bool {
    let verb = action.split_once(':').map_or(action, |(_, verb)| verb);
    ["Describe", "Filter", "Get", "List"].iter().any(|reading| verb.starts_with(reading))
}

impl Bounds {
    /// Makes one call, within the bounds of the reading that is under way, if one is.
    pub(super) async fn ask<T, E>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let until = self.admit(call)?;
        let (place, answer) = http::located_in(answer);
        let answer = match until {
            Some(until) => tokio::time::timeout_at(until, answer).await,
            None => Ok(answer.await),
        };
        let failure = match answer {
            Ok(Ok(answer)) => {
                self.forget(call);
                return Ok(answer);
            }
            Ok(Err(error)) => call.failure_at(&error, place.name(), self.timeout),
            Err(_) => call.past_deadline(self.deadline),
        };
        self.learn(call, &failure);
        Err(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn call(operation: &'static str, region: &'static str) -> Call<'static> {
        Call { operation, region, resource: Some("alerts") }
    }

    fn bounds() -> Bounds {
        Bounds::new(SECOND, Duration::from_secs(3_600), false)
    }

    fn hung(call: Call<'_>) -> Failure {
        let mut failure = call.bad_answer("no answer in time");
        failure.code = "Timeout".to_owned();
        failure
    }

    fn denied(call: Call<'_>, why: &str) -> Failure {
        let mut failure = call.bad_answer(&format!("not authorized, {why}"));
        failure.code = "AuthorizationError".to_owned();
        failure
    }

    #[test]
    fn what_hangs_is_asked_once_in_its_region() {
        let bounds = bounds();
        let (here, there) = (call("sns:GetTopicAttributes", "us-east-1"), call("sns:GetTopicAttributes", "eu-west-1"));
        let _reading = bounds.audit();
        bounds.learn(here, &hung(here));
        assert!(bounds.admit(here).is_err_and(|failure| failure.is_timeout()));
        assert!(bounds.admit(there).is_ok());
    }

    #[test]
    fn a_plan_knows_what_hung_in_its_audit_and_a_fix_asks_again() {
        let bounds = bounds();
        let hanging = call("kms:DescribeKey", "us-east-1");
        let audit = bounds.audit();
        bounds.learn(hanging, &hung(hanging));
        drop(audit);
        let plan = bounds.plan();
        assert!(bounds.admit(hanging).is_err());
        drop(plan);
        let _changes = bounds.changes();
        assert_eq!(bounds.admit(hanging).unwrap(), None);
    }

    #[test]
    fn between_changes_what_hangs_is_asked_twice_in_a_row() {
        let bounds = bounds();
        let slow = call("cloudwatch:DescribeAlarms", "us-east-1");
        let _changes = bounds.changes();
        bounds.learn(slow, &hung(slow));
        assert!(bounds.admit(slow).is_ok());
        bounds.forget(slow);
        bounds.learn(slow, &hung(slow));
        assert!(bounds.admit(slow).is_ok());
        bounds.learn(slow, &hung(slow));
        assert!(bounds.admit(slow).is_err());
    }

    #[test]
    fn a_change_that_hung_is_made_again() {
        let bounds = bounds();
        let create = call("s3:CreateBucket", "us-east-1");
        let _changes = bounds.changes();
        bounds.learn(create, &hung(create));
        assert!(bounds.admit(create).is_ok());
    }

    #[test]
    fn a_denial_by_one_topic_says_nothing_of_another() {
        let asked = call("sns:GetSubscriptionAttributes", "us-east-1");
        let of_topic = "with an explicit deny in a resource-based policy";
        let of_caller = "because no identity-based policy allows the sns:GetSubscriptionAttributes action";
        for (why, is_asked_again) in [(of_topic, true), (of_caller, false)] {
            let bounds = bounds();
            let _reading = bounds.audit();
            bounds.learn(asked, &denied(asked, why));
            assert_eq!(bounds.admit(asked).is_ok(), is_asked_again, "{why}");
        }
    }
}
