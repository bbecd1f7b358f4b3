//! Carrying out one step of a [`Plan`](crate::fix::plan::Plan): looking at what stands under the step's name, writing
//! what is missing, and removing what a run created.
//!
//! Nothing is decided here but that one thing: is it free, is it ours, or is it somebody else's? In which order steps
//! are taken, and what becomes of the others when one fails, is for `fix::apply` and `fix::undo`. A call that changes
//! something is told to the [`Ledger`] before it is made.
//!
//! One file per service; each `look` says which calls are left, and `write` makes those.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::clients::Clients;
use super::error::{Call, EXISTS, Failure, Trouble};
use super::sts;
use crate::fix::journal::State;
use crate::fix::plan::{Action, OWN_TAG, PolicyUpdate};

mod cloudtrail;
mod cloudwatch;
mod document;
mod iam;
mod kms;
mod lambda;
mod logs;
mod s3;
mod sns;
mod sqs;

pub(super) use iam::role_tags;
pub(super) use lambda::policy as function_policy;
pub(super) use s3::{Found as FoundBucket, found as found_bucket};
pub(super) use sqs::policy as queue_policy;

/// How long something that was just made may take until other services know it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// What stands under the name that a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing, or what the plan read: the step can be taken.
    Ready,
    /// Exactly what the step makes.
    Done,
    /// What the step makes, as far as a run came that was ended. The calls that are left, in their order.
    Partly(Vec<&'static str>),
    /// Something else, and what.
    Changed(String),
}

impl Standing {
    /// Whether a call of the step is still to be made.
    pub(crate) fn leaves(&self, call: &str) -> bool {
        match self {
            Self::Ready => true,
            Self::Partly(left) => left.contains(&call),
            Self::Done | Self::Changed(_) => false,
        }
    }

    /// What is there is ours, and these calls are left.
    fn left(calls: Vec<&'static str>) -> Self {
        if calls.is_empty() { Self::Done } else { Self::Partly(calls) }
    }

    fn changed(why: impl Into<String>) -> Self {
        Self::Changed(why.into())
    }
}

/// What became of a resource that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Removed {
    /// It is gone.
    Gone,
    /// It goes at this time.
    Scheduled(String),
    /// It cannot be removed and vanishes by itself: why.
    Lapses(String),
    /// It stays: why.
    Kept(String),
}

/// Why a step was not taken to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// One line.
    pub(crate) reason: String,
    /// Nothing after it can succeed either.
    pub(crate) ends_all: bool,
    /// What was to be made is there: a first attempt made it, whose answer was lost, or somebody else did.
    pub(crate) exists: bool,
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self {
            reason: failure.words(),
            ends_all: failure.trouble == Trouble::Credentials,
            exists: EXISTS.contains(&failure.code.as_str()),
        }
    }
}

/// Whose account is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// 12 digits.
    pub(crate) id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(crate) partition: String,
}

impl Account {
    /// The account of the credentials.
    pub(crate) async fn of_caller(clients: &Clients) -> Result<Self, Stopped> {
        let caller = sts::caller(clients).await?;
        Ok(Self { id: caller.account_id, partition: caller.partition })
    }
}

/// Who is told of each call that changes something, before it and after it.
pub(crate) trait Ledger {
    /// The call is about to be made. An error keeps it from being made.
    fn begun(&mut self, call: &str, resource: &str) -> io::Result<()>;
    /// The call was made, and this became of it; unless it is done, for this reason.
    fn ended(&mut self, call: &str, resource: &str, state: State, reason: Option<&str>) -> io::Result<()>;
}

/// Makes the calls of one step.
pub(crate) struct Hand<'a> {
    /// Who is told.
    pub(crate) ledger: &'a mut dyn Ledger,
    /// What goes on, for a person who waits.
    pub(crate) progress: &'a dyn Fn(&str),
    /// No further call is to be made.
    pub(crate) cancelled: &'a dyn Fn() -> bool,
}

impl Hand<'_> {
    /// Makes one call.
    async fn call<T>(&mut self, call: Call<'_>, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Stopped> {
        self.begin(call)?;
        let answer = work.await;
        self.end(call, answer)
    }

    /// Makes one call, and again while it is refused with one of these codes, for a minute at most: what was made just now
    /// is not known everywhere at once.
    async fn patiently<T, W>(&mut self, call: Call<'_>, not_yet: &[&str], attempt: impl Fn() -> W) -> Result<T, Stopped>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        self.begin(call)?;
        let start = Instant::now();
        loop {
            let answer = attempt().await;
            let refusal = answer.as_ref().err().filter(|failure| not_yet.contains(&failure.code.as_str()));
            let Some(failure) = refusal.filter(|_| start.elapsed() < PATIENCE && !(self.cancelled)()) else {
                return self.end(call, answer);
            };
            (self.progress)(&format!("{}: {}, trying again", call.operation, failure.code));
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn begin(&mut self, call: Call<'_>) -> Result<(), Stopped> {
        let resource = call.resource.unwrap_or_default();
        if (self.cancelled)() {
            let reason = format!("interrupted before {}", call.operation);
            return Err(Stopped { reason, ends_all: true, exists: false });
        }
        (self.progress)(&format!("{} {resource}", call.operation));
        self.ledger.begun(call.operation, resource).map_err(unwritten)
    }

    fn end<T>(&mut self, call: Call<'_>, answer: Result<T, Failure>) -> Result<T, Stopped> {
        let (state, reason) = match &answer {
            Ok(_) => (State::Done, None),
            Err(failure) if failure.is_refusal => (State::Refused, Some(failure.words())),
            Err(failure) => (State::Failed, Some(failure.words())),
        };
        let resource = call.resource.unwrap_or_default();
        self.ledger.ended(call.operation, resource, state, reason.as_deref()).map_err(unwritten)?;
        Ok(answer?)
    }
}

/// Without a journal nothing may be done.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn unwritten(error: io::Error) -> Stopped {
    Stopped { reason: format!("cannot write the journal: {error}"), ends_all: true, exists: false }
}

/// Looks at what stands under the name of a step.
pub(crate) async fn look(clients: &Clients, account: &Account, action: &Action) -> Result<Standing, Stopped> {
    let standing = match action {
        Action::CreateKey(key) => kms::look(clients, key).await,
        Action::CreateBucket(bucket) => s3::look(clients, account, bucket).await,
        Action::CreateRole(role) => iam::look(clients, account, role).await,
        Action::CreateLogGroup(group) => logs::look_at_group(clients, group).await,
        Action::CreateTrail(trail) => cloudtrail::look(clients, trail).await,
        Action::UpdateTrail(update) => cloudtrail::look_at_update(clients, update).await,
        Action::CreateTopic(topic) => sns::look(clients, topic).await,
        Action::AllowPublish(update) => sns::look_at_policy(clients, update).await,
        Action::AllowQueue(update) => sqs::look(clients, update).await,
        Action::AllowFunction(permission) => lambda::look(clients, permission).await,
        Action::Subscribe(subscription) => sns::look_at_subscription(clients, subscription).await,
        Action::CreateMetricFilter(filter) => logs::look_at_filter(clients, filter).await,
        Action::CreateAlarm(alarm) => cloudwatch::look(clients, alarm).await,
    };
    Ok(standing?)
}

/// Makes the calls of a step that are left.
pub(crate) async fn write(
    clients: &Clients,
    account: &Account,
    action: &Action,
    standing: &Standing,
    hand: &mut Hand<'_>,
) -> Result<(), Stopped> {
    match action {
        Action::CreateKey(key) => kms::write(clients, key, standing, hand).await,
        Action::CreateBucket(bucket) => s3::write(clients, account, bucket, standing, hand).await,
        Action::CreateRole(role) => iam::write(clients, account, role, standing, hand).await,
        Action::CreateLogGroup(group) => logs::write_group(clients, group, standing, hand).await,
        Action::CreateTrail(trail) => cloudtrail::write(clients, trail, standing, hand).await,
        Action::UpdateTrail(update) => cloudtrail::write_update(clients, update, standing, hand).await,
        Action::CreateTopic(topic) => sns::write(clients, topic, hand).await,
        Action::AllowPublish(update) => sns::write_policy(clients, update, hand).await,
        Action::AllowQueue(update) => sqs::write(clients, update, hand).await,
        Action::AllowFunction(permission) => lambda::write(clients, permission, hand).await,
        Action::Subscribe(subscription) => sns::write_subscription(clients, subscription, hand).await,
        Action::CreateMetricFilter(filter) => logs::write_filter(clients, filter, hand).await,
        Action::CreateAlarm(alarm) => cloudwatch::write(clients, alarm, hand).await,
    }
}

/// Removes what a step created. The caller has looked at it: it is ours.
pub(crate) async fn remove(
    clients: &Clients,
    account: &Account,
    action: &Action,
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    match action {
        Action::CreateKey(key) => kms::remove(clients, key, hand).await,
        Action::CreateBucket(bucket) => s3::remove(clients, account, bucket, hand).await,
        Action::CreateRole(role) => iam::remove(clients, account, role, hand).await,
        Action::CreateLogGroup(group) => logs::remove_group(clients, group, hand).await,
        Action::CreateTrail(trail) => cloudtrail::remove(clients, trail, hand).await,
        Action::CreateTopic(topic) => sns::remove(clients, topic, hand).await,
        Action::Subscribe(subscription) => sns::remove_subscription(clients, subscription, hand).await,
        Action::CreateMetricFilter(filter) => logs::remove_filter(clients, filter, hand).await,
        Action::CreateAlarm(alarm) => cloudwatch::remove(clients, alarm, hand).await,
        Action::UpdateTrail(_) | Action::AllowPublish(_) | Action::AllowQueue(_) | Action::AllowFunction(_) => {
            Ok(Removed::Kept("it was there before and was changed".to_owned()))
        }
    }
}

/// Whether tags say that this program made what the step makes.
fn is_ours<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>, wanted: &BTreeMap<String, String>) -> bool {
    let own = wanted.get(OWN_TAG);
    own.is_some_and(|own| tags.into_iter().any(|(key, value)| key == OWN_TAG && value == own))
}

/// What is said of a resource without this program's tag.
fn foreign(what: &str) -> Standing {
    Standing::Changed(format!("{what} exists, and this program did not make it"))
}

/// What is said of a resource with this program's tag that is not as it was made.
fn altered(what: &str, of_it: &str) -> Standing {
    Standing::Changed(format!("{what} exists with another {of_it}"))
}

/// Where a policy stands that gets a statement more.
fn policy_standing(found: Option<&str>, update: &PolicyUpdate, what: &str) -> Standing {
    let is = |wanted: &Option<String>| match (found, wanted.as_deref()) {
        (Some(found), Some(wanted)) => document::same(found, wanted),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is(&update.policy.to) {
        Standing::Done
    } else if is(&update.policy.from) {
        Standing::Ready
    } else {
        Standing::Changed(format!("the policy of {what} is no longer the one that the plan was made for"))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    const CALL: Call<'_> = Call { operation: "cloudtrail:CreateTrail", region: "us-east-1", resource: Some("main") };

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Ledger for Lines {
        fn begun(&mut self, call: &str, resource: &str) -> io::Result<()> {
            self.0.push(format!("begun {call} {resource}"));
            Ok(())
        }

        fn ended(&mut self, call: &str, _: &str, _: State, reason: Option<&str>) -> io::Result<()> {
            self.0.push(format!("ended {call} {}", reason.unwrap_or("well")));
            Ok(())
        }
    }

    /// Refuses the first attempt with a code and grants the second: the result, what was noted, and what was said.
    fn twice(code: &'static str) -> (Result<(), Stopped>, Vec<String>, Vec<String>) {
        let (mut lines, said, attempts) = (Lines::default(), RefCell::new(Vec::new()), Cell::new(0));
        let progress = |what: &str| said.borrow_mut().push(what.to_owned());
        let mut hand = Hand { ledger: &mut lines, progress: &progress, cancelled: &|| false };
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            let mut refusal = CALL.bad_answer("no");
            refusal.code = code.to_owned();
            if attempts.get() == 1 { Err(refusal) } else { Ok(()) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let result = runtime.block_on(hand.patiently(CALL, &["InvalidCloudWatchLogsRoleArnException"], attempt));
        (result, lines.0, said.into_inner())
    }

    #[test]
    fn what_is_not_yet_known_everywhere_is_waited_for() {
        let (result, lines, said) = twice("InvalidCloudWatchLogsRoleArnException");
        assert_eq!(result, Ok(()));
        assert_eq!(lines, ["begun cloudtrail:CreateTrail main", "ended cloudtrail:CreateTrail well"]);
        assert_eq!(
            said,
            [
                "cloudtrail:CreateTrail main",
                "cloudtrail:CreateTrail: InvalidCloudWatchLogsRoleArnException, trying again"
            ]
        );
    }

    #[test]
    fn a_refusal_that_waiting_does_not_mend_is_final() {
        let (result, lines, _) = twice("AccessDenied");
        let reason = "cloudtrail:CreateTrail: AccessDenied: no".to_owned();
        assert_eq!(result, Err(Stopped { reason, ends_all: false, exists: false }));
        let ended = "ended cloudtrail:CreateTrail cloudtrail:CreateTrail: AccessDenied: no";
        assert_eq!(lines, ["begun cloudtrail:CreateTrail main", ended]);
    }

    #[test]
    fn only_this_programs_tag_makes_a_resource_ours() {
        let wanted = [("cis-audit".to_owned(), "prod".to_owned()), ("team".to_owned(), "x".to_owned())].into();
        assert!(is_ours([("team", "y"), ("cis-audit", "prod")], &wanted));
        assert!(!is_ours([("cis-audit", "test"), ("team", "x")], &wanted));
        assert!(!is_ours([], &wanted));
        assert!(!is_ours([("team", "x")], &[("team".to_owned(), "x".to_owned())].into()));
    }
}
