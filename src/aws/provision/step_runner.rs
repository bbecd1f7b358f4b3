//! Making the calls of a step: each is in the [`CallLog`](crate::fix::execute::CallLog) before it is made, and none is made
//! once a person has interrupted the run. It knows no service: which call it is, and when to wait, is for the caller.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::error::{Call, EXISTS, Failure, Trouble};
use crate::fix::execute::{StepError, StepEvent, StepRunner};
use crate::fix::journal::{End, State};

/// How long something that was just made may take until other services know it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self {
            reason: failure.words(),
            ends_all: failure.trouble == Trouble::Credentials,
            exists: EXISTS.contains(&failure.code.as_str()) || failure.may_have_worked(),
        }
    }
}

impl StepRunner<'_> {
    /// Makes one call.
    pub(super) async fn call<T>(
        &mut self,
        call: Call<'_>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StepError> {
        self.begin(call)?;
        let answer = work.await;
        self.end(call, answer, |_| None)
    }

    /// Makes one call, and again while it is refused with one of these codes, for a minute at most: what was made just now
    /// is not known everywhere at once.
    pub(super) async fn patiently<T, W>(
        &mut self,
        call: Call<'_>,
        not_yet: &[&str],
        attempt: impl Fn() -> W,
    ) -> Result<T, StepError>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        self.making(call, not_yet, attempt, |_| None).await
    }

    /// The same; the log is given what the service calls what was made, where that cannot be known beforehand.
    pub(super) async fn making<T, W>(
        &mut self,
        call: Call<'_>,
        not_yet: &[&str],
        attempt: impl Fn() -> W,
        made: impl Fn(&T) -> Option<&str>,
    ) -> Result<T, StepError>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        self.begin(call)?;
        let answer = self.attempts(call, not_yet, attempt).await;
        self.end(call, answer, made)
    }

    async fn attempts<T, W>(&self, call: Call<'_>, not_yet: &[&str], attempt: impl Fn() -> W) -> Result<T, Failure>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        let start = Instant::now();
        loop {
            let answer = attempt().await;
            let refusal = answer.as_ref().err().filter(|failure| not_yet.contains(&failure.code.as_str()));
            let Some(failure) = refusal.filter(|_| start.elapsed() < PATIENCE && !(self.cancelled)()) else {
                return answer;
            };
            (self.progress)(StepEvent::Again(call.operation, &failure.code));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Makes one call, as [`Self::patiently`] does, that no other call and no other step needs, and that may be made twice:
    /// once more if its answer was lost. If it fails, the step goes on, and what does not hold is noted.
    pub(super) async fn if_possible<T, W>(
        &mut self,
        call: Call<'_>,
        not_yet: &[&str],
        otherwise: &str,
        attempt: impl Fn() -> W,
    ) -> Result<(), StepError>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        self.begin(call)?;
        let mut answer = self.attempts(call, not_yet, &attempt).await;
        if answer.as_ref().is_err_and(Failure::may_have_worked) && !(self.cancelled)() {
            answer = self.attempts(call, not_yet, &attempt).await;
        }
        let lacks = answer.as_ref().err().map(|failure| {
            let what = if failure.is_denied() { "was denied".to_owned() } else { format!("failed ({})", failure.code) };
            format!("{otherwise}: {} {what}", call.operation)
        });
        match self.end(call, answer, |_| None) {
            Err(error) if !error.ends_all => self.call_log.lacks(&lacks.unwrap_or(error.reason)),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        Ok(())
    }

    /// Makes one call that makes something with tags, as [`Self::patiently`] does. Where only tagging is denied, it
    /// makes it without, and notes that: then nothing shows any more that it is this program's. `attempt` is given
    /// whether to tag.
    pub(super) async fn with_tags<T, W>(
        &mut self,
        call: Call<'_>,
        not_yet: &[&str],
        what: &str,
        attempt: impl Fn(bool) -> W,
    ) -> Result<T, StepError>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        self.begin(call)?;
        let answer = self.attempts(call, not_yet, || attempt(true)).await;
        let denied = answer.as_ref().err().and_then(Failure::denied_tagging).map(str::to_owned);
        let made = self.end(call, answer, |_| None);
        let Some(denied) = denied else { return made };
        let made = self.patiently(call, not_yet, || attempt(false)).await?;
        self.call_log.lacks(&format!("{what} has no tags, so undo keeps it: {denied} was denied"));
        Ok(made)
    }

    /// Reads what was just made until it is as it must be, or refused with another than these codes; after a minute, as it
    /// is then.
    pub(super) async fn until<T, W>(
        &mut self,
        call: Call<'_>,
        not_yet: &[&str],
        read: impl Fn() -> W,
        is_there: impl Fn(&T) -> bool,
    ) -> Result<T, Failure>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        let start = Instant::now();
        loop {
            let answer = read().await;
            let is_final = match &answer {
                Ok(found) => is_there(found),
                Err(failure) => !not_yet.contains(&failure.code.as_str()),
            };
            if is_final || start.elapsed() >= PATIENCE || (self.cancelled)() {
                return answer;
            }
            (self.progress)(StepEvent::Wait(call.operation, "what was made is not known everywhere yet"));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Makes one call that removes something. What is gone already is well.
    pub(super) async fn delete<T>(
        &mut self,
        call: Call<'_>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Option<T>, StepError> {
        let work = async {
            match work.await {
                Ok(answer) => Ok(Some(answer)),
                Err(failure) if failure.trouble == Trouble::NotFound => Ok(None),
                Err(failure) => Err(failure),
            }
        };
        self.call(call, work).await
    }

    fn begin(&mut self, call: Call<'_>) -> Result<(), StepError> {
        let resource = call.resource.unwrap_or_default();
        if (self.cancelled)() {
            let reason = format!("interrupted before {}", call.operation);
            return Err(StepError { reason, ends_all: true, exists: false });
        }
        (self.progress)(StepEvent::Call(call.operation, resource));
        self.call_log.begun(call.operation, resource).map_err(unwritten)
    }

    fn end<T>(
        &mut self,
        call: Call<'_>,
        answer: Result<T, Failure>,
        made: impl Fn(&T) -> Option<&str>,
    ) -> Result<T, StepError> {
        let (state, reason) = match &answer {
            Ok(_) => (State::Done, None),
            Err(failure) if failure.is_refusal => (State::Refused, Some(failure.words())),
            Err(failure) => (State::Failed, Some(failure.words())),
        };
        let resource = call.resource.unwrap_or_default();
        let made = answer.as_ref().ok().and_then(made);
        let end = End { state: &state, reason: reason.as_deref(), made };
        self.call_log.ended(call.operation, resource, end).map_err(unwritten)?;
        Ok(answer?)
    }
}

/// Without a journal nothing may be done.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn unwritten(error: io::Error) -> StepError {
    StepError { reason: format!("cannot write the journal: {error}"), ends_all: true, exists: false }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::fix::execute::CallLog;

    const CALL: Call<'_> = Call { operation: "cloudtrail:CreateTrail", region: "us-east-1", resource: Some("main") };

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl CallLog for Lines {
        fn begun(&mut self, call: &str, resource: &str) -> io::Result<()> {
            self.0.push(format!("begun {call} {resource}"));
            Ok(())
        }

        fn ended(&mut self, call: &str, _: &str, end: End<'_>) -> io::Result<()> {
            self.0.push(format!("ended {call} {}", end.reason.unwrap_or("well")));
            Ok(())
        }

        fn lacks(&mut self, what: &str) {
            self.0.push(format!("lacks {what}"));
        }
    }

    /// Refuses the first attempt with a code and grants the second: the result, what was noted, and what was said.
    fn twice(code: &'static str) -> (Result<(), StepError>, Vec<String>, Vec<String>) {
        let (mut lines, events, attempts) = (Lines::default(), RefCell::new(Vec::new()), Cell::new(0));
        let progress = |what: StepEvent<'_>| events.borrow_mut().push(format!("{what:?}"));
        let mut runner = StepRunner { call_log: &mut lines, progress: &progress, cancelled: &|| false };
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            let mut refusal = CALL.bad_answer("no");
            refusal.code = code.to_owned();
            refusal.is_refusal = true;
            if attempts.get() == 1 { Err(refusal) } else { Ok(()) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let result = runtime.block_on(runner.patiently(CALL, &["InvalidCloudWatchLogsRoleArnException"], attempt));
        (result, lines.0, events.into_inner())
    }

    #[test]
    fn what_is_not_yet_known_everywhere_is_waited_for() {
        let (result, lines, events) = twice("InvalidCloudWatchLogsRoleArnException");
        assert_eq!(result, Ok(()));
        assert_eq!(lines, ["begun cloudtrail:CreateTrail main", "ended cloudtrail:CreateTrail well"]);
        assert_eq!(
            events,
            [
                r#"Call("cloudtrail:CreateTrail", "main")"#,
                r#"Again("cloudtrail:CreateTrail", "InvalidCloudWatchLogsRoleArnException")"#
            ]
        );
    }

    /// The outcome of a call that nothing needs, refused with a code: the result and what was noted.
    fn spared(code: &'static str, trouble: Trouble) -> (Result<(), StepError>, Vec<String>) {
        let mut lines = Lines::default();
        let mut runner = StepRunner { call_log: &mut lines, progress: &|_| {}, cancelled: &|| false };
        let attempt = || async {
            let mut refusal = CALL.bad_answer("no");
            refusal.code = code.to_owned();
            refusal.trouble = trouble;
            Err::<(), _>(refusal)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let result = runtime.block_on(runner.if_possible(CALL, &[], "the group keeps its events for ever", attempt));
        (result, lines.0)
    }

    #[test]
    fn a_call_that_nothing_needs_stops_nothing() {
        let (result, lines) = spared("AccessDeniedException", Trouble::Other);
        assert_eq!(result, Ok(()));
        assert_eq!(lines[2..], ["lacks the group keeps its events for ever: cloudtrail:CreateTrail was denied"]);
        let (result, lines) = spared("InternalFailure", Trouble::Other);
        assert_eq!(result, Ok(()));
        let message = "lacks the group keeps its events for ever: cloudtrail:CreateTrail failed (InternalFailure)";
        assert_eq!(lines[2..], [message]);
    }

    #[test]
    fn what_may_not_be_tagged_is_made_without_tags() {
        let (mut lines, tagged) = (Lines::default(), RefCell::new(Vec::new()));
        let mut runner = StepRunner { call_log: &mut lines, progress: &|_| {}, cancelled: &|| false };
        let attempt = |with_tags| {
            tagged.borrow_mut().push(with_tags);
            async move {
                let mut refusal =
                    CALL.bad_answer("User: x is not authorized to perform: cloudtrail:AddTags on resource: y");
                refusal.code = "AccessDeniedException".to_owned();
                refusal.is_refusal = true;
                if with_tags { Err(refusal) } else { Ok(()) }
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert_eq!(runtime.block_on(runner.with_tags(CALL, &[], "the trail main", attempt)), Ok(()));
        assert_eq!(*tagged.borrow(), [true, false]);
        let message = "lacks the trail main has no tags, so undo keeps it: cloudtrail:AddTags was denied";
        assert_eq!(lines.0.len(), 5, "{:?}", lines.0);
        assert_eq!(lines.0[4], message);
    }

    #[test]
    fn refused_credentials_end_all_also_there() {
        let (result, lines) = spared("ExpiredToken", Trouble::Credentials);
        assert!(result.is_err_and(|error| error.ends_all));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_refusal_that_waiting_does_not_fix_is_final() {
        let (result, lines, _) = twice("AccessDenied");
        let reason = "cloudtrail:CreateTrail: AccessDenied: no".to_owned();
        assert_eq!(result, Err(StepError { reason, ends_all: false, exists: false }));
        let ended = "ended cloudtrail:CreateTrail cloudtrail:CreateTrail: AccessDenied: no";
        assert_eq!(lines, ["begun cloudtrail:CreateTrail main", ended]);
    }
}
