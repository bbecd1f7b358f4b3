use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;
use crate::fix::execute::{Removed, Trace};
use crate::fix::journal::tests::in_memory;
use crate::fix::journal::{Attempt, Header, Record, State};
use crate::fix::plan::{Action, Change, Options, PolicyUpdate, Topic};

/// An account in which each topic is in the state that the test says, and on which writes fail as it says.
#[derive(Default)]
struct Fake {
    state: BTreeMap<&'static str, Result<ResourceState, StepError>>,
    /// The state of a step when it is looked at for the first, second, … time, before it is as above.
    at_first: RefCell<BTreeMap<&'static str, Vec<ResourceState>>>,
    /// The state of a topic once its call was refused.
    afterwards: BTreeMap<&'static str, ResourceState>,
    refused: BTreeMap<&'static str, StepError>,
    /// What does not hold after a topic was written.
    lacks: BTreeMap<&'static str, &'static str>,
    tried: RefCell<Vec<String>>,
    written: RefCell<Vec<String>>,
}

impl Provider for Fake {
    fn now(&self) -> Timestamp {
        "2026-01-02T03:04:05Z".parse().expect("a time")
    }

    async fn inspect(&self, action: &Action) -> Result<ResourceState, StepError> {
        let name = name(action);
        if let Some(state) = self.at_first.borrow_mut().get_mut(name).and_then(Vec::pop) {
            return Ok(state);
        }
        if let Some(state) = self.afterwards.get(name).filter(|_| self.tried.borrow().iter().any(|it| it == name)) {
            return Ok(state.clone());
        }
        self.state.get(name).cloned().unwrap_or(Ok(ResourceState::Ready))
    }

    async fn write(&self, action: &Action, _: &ResourceState, runner: &mut StepRunner<'_>) -> Result<(), StepError> {
        let name = name(action);
        if (runner.cancelled)() {
            return Err(error("interrupted before sns:CreateTopic", true));
        }
        runner.call_log.begun(needs(action).writes[0], name).expect("the journal can be written");
        let refused = self.refused.get(name).filter(|_| !self.tried.borrow().iter().any(|it| it == name)).cloned();
        self.tried.borrow_mut().push(name.to_owned());
        let reason = refused.as_ref().map(|error| error.reason.as_str());
        let state = if reason.is_some() { &State::Refused } else { &State::Done };
        let end = End { state, reason, made: None };
        runner.call_log.ended(needs(action).writes[0], name, end).expect("the journal can be written");
        match refused {
            Some(error) => Err(error),
            None => {
                if let Some(what) = self.lacks.get(name) {
                    runner.call_log.lacks(what);
                }
                self.written.borrow_mut().push(name.to_owned());
                Ok(())
            }
        }
    }

    async fn trace(&self, action: &Action, _: &[Attempt]) -> Result<Trace, StepError> {
        panic!("a fix looks for nothing that it made: {action:?}")
    }

    async fn remove(&self, action: &Action, _: &[Attempt], _: &mut StepRunner<'_>) -> Result<Removed, StepError> {
        panic!("a fix removes nothing: {action:?}")
    }
}

fn name(action: &Action) -> &str {
    match action {
        Action::CreateTopic(topic) => topic.arn.rsplit(':').next().unwrap_or_default(),
        Action::AllowQueue(update) => &update.statement,
        other => panic!("{other:?}"),
    }
}

fn error(reason: &str, ends_all: bool) -> StepError {
    StepError { reason: reason.to_owned(), ends_all, exists: false }
}

/// `d` needs `b`, which needs `a`; `c` needs nothing.
fn plan() -> Plan {
    let step = |id: &str, after: &[&str]| Step {
        id: id.to_owned(),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        rules: vec![],
        action: Action::CreateTopic(Topic {
            arn: format!("arn:aws:sns:us-east-1:111122223333:{id}").into(),
            policy: String::new(),
            kms_key_id: None,
            tags: BTreeMap::new(),
        }),
    };
    Plan {
        schema_version: 1,
        fingerprint: String::new(),
        endpoints_masked: false,
        collected_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        account_id: "111122223333".to_owned(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        benchmark: "1.2.0".to_owned(),
        verdict: "cis".to_owned(),
        rules: vec![],
        rule_files: vec![],
        options: Options::default(),
        steps: vec![step("a", &[]), step("b", &["a"]), step("c", &[]), step("d", &["b"])],
        reused: vec![],
        manual: vec![],
        begun: vec![],
        not_subscribed: vec![],
        not_planned: vec![],
    }
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

struct Run {
    states: Vec<StepState>,
    journal: Record,
}

fn run(fake: &Fake, cancelled: &dyn Fn() -> bool) -> Run {
    run_of(fake, &plan(), cancelled)
}

fn run_of(fake: &Fake, plan: &Plan, cancelled: &dyn Fn() -> bool) -> Run {
    let (mut journal, memory) = in_memory(&Header::from_plan(plan));
    let outcome = blocking(carry_out(fake, plan, &mut journal, &|_| {}, cancelled));
    let states = outcome.steps.into_iter().map(|(_, state)| state).collect();
    Run { states, journal: Record::parse(&memory.take()).unwrap() }
}

#[test]
fn steps_are_taken_in_their_order() {
    let fake = Fake::default();
    let run = run(&fake, &|| false);
    assert_eq!(run.states, [StepState::Done, StepState::Done, StepState::Done, StepState::Done]);
    assert_eq!(*fake.written.borrow(), ["a", "b", "c", "d"]);
    let states: Vec<(&str, &State)> =
        run.journal.entries.iter().map(|entry| (entry.step.as_str(), &entry.state)).collect();
    assert_eq!(states[..3], [("a", &State::Begun), ("a", &State::Done), ("b", &State::Begun)]);
}

#[test]
fn a_failure_keeps_back_what_needs_it_and_nothing_else() {
    let mut fake = Fake::default();
    fake.refused.insert("a", error("sns:CreateTopic: AccessDenied: no", false));
    assert_eq!(
        run(&fake, &|| false).states,
        [
            StepState::Failed("sns:CreateTopic: AccessDenied: no".to_owned()),
            StepState::NotStarted("it needs a".to_owned()),
            StepState::Done,
            StepState::NotStarted("it needs b".to_owned()),
        ]
    );
}

/// What no other step needs keeps none back, and is not passed over in silence.
#[test]
fn what_nothing_needs_keeps_nothing_back() {
    let mut fake = Fake::default();
    fake.lacks.insert("a", "the topic has no tags");
    let states = run(&fake, &|| false).states;
    let incomplete = StepState::Incomplete(vec!["the topic has no tags".to_owned()]);
    assert_eq!(states, [incomplete, StepState::Done, StepState::Done, StepState::Done]);
    let is_complete = |states: &[StepState]| {
        let steps = states.iter().map(|state| ("a".to_owned(), state.clone())).collect();
        Outcome { steps }.is_complete()
    };
    assert!(!is_complete(&states) && is_complete(&[StepState::Done, StepState::AlreadyDone]));
}

#[test]
fn what_is_somebody_elses_stops_the_step() {
    let mut fake = Fake::default();
    fake.state.insert("b", Ok(ResourceState::Changed("the topic b exists".to_owned())));
    let run = run(&fake, &|| false);
    assert_eq!(run.states[1], StepState::Failed("the topic b exists".to_owned()));
    assert_eq!(*fake.written.borrow(), ["a", "c"]);
    assert!(run.journal.entries.iter().all(|entry| entry.step != "b"));
}

#[test]
fn what_an_ended_run_did_is_not_done_twice() {
    let mut fake = Fake::default();
    fake.state.insert("a", Ok(ResourceState::Done));
    fake.state.insert("b", Ok(ResourceState::Partly(vec!["sns:CreateTopic"])));
    assert_eq!(
        run(&fake, &|| false).states,
        [StepState::AlreadyDone, StepState::Done, StepState::Done, StepState::Done]
    );
    assert_eq!(*fake.written.borrow(), ["b", "c", "d"]);
}

#[test]
fn what_cannot_be_looked_at_is_not_written() {
    let mut fake = Fake::default();
    fake.state.insert("c", Err(error("sns:GetTopicAttributes: AccessDenied: no", false)));
    let run = run(&fake, &|| false);
    assert_eq!(run.states[2], StepState::Failed("sns:GetTopicAttributes: AccessDenied: no".to_owned()));
    assert_eq!(*fake.written.borrow(), ["a", "b", "d"]);
}

#[test]
fn what_exists_after_all_is_looked_at_again() {
    let exists = |reason: &str| StepError { exists: true, ..error(reason, false) };
    for (afterwards, wanted) in [
        (ResourceState::Done, StepState::Done),
        (ResourceState::Partly(vec!["sns:CreateTopic"]), StepState::Done),
        (
            ResourceState::Changed("somebody else was faster".to_owned()),
            StepState::Failed("AlreadyExists (then: somebody else was faster)".to_owned()),
        ),
        (ResourceState::Ready, StepState::Failed("AlreadyExists".to_owned())),
    ] {
        let mut fake = Fake::default();
        fake.refused.insert("c", exists("AlreadyExists"));
        fake.afterwards.insert("c", afterwards);
        assert_eq!(run(&fake, &|| false).states[2], wanted);
    }
}

#[test]
fn refused_credentials_end_the_run() {
    let mut fake = Fake::default();
    fake.refused.insert("b", error("sns:CreateTopic: ExpiredToken: renew", true));
    let run = run(&fake, &|| false);
    let because = StepState::NotStarted("sns:CreateTopic: ExpiredToken: renew".to_owned());
    assert_eq!(run.states[2..], [because.clone(), because]);
}

#[test]
fn an_interrupt_lets_the_call_end_and_starts_nothing_more() {
    let fake = Fake::default();
    let asked = Cell::new(0);
    // Asked before each step and before its call: the interrupt comes while `a` is written.
    let cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 2
    };
    let run = run(&fake, &cancelled);
    let not_started = StepState::NotStarted("interrupted".to_owned());
    assert_eq!(run.states, [StepState::Done, not_started.clone(), not_started.clone(), not_started]);
    assert_eq!(run.journal.entries.len(), 2);
}

/// Two topics and one queue: its policy is read as it was before the first was let in, and then as it is.
#[test]
fn a_change_that_is_not_known_everywhere_is_waited_for() {
    let step = |id: &str| {
        let policy = Change { from: None, to: String::new() };
        let arn = |service: &str| format!("arn:aws:{service}:us-east-1:111122223333:q");
        let (arn, topic_arn, statement) = (arn("sqs"), arn("sns"), id.to_owned());
        let action = Action::AllowQueue(PolicyUpdate { arn, topic_arn: topic_arn.into(), statement, policy });
        Step { id: id.to_owned(), after: vec![], rules: vec![], action }
    };
    let plan = Plan { steps: vec![step("first"), step("second")], ..plan() };
    let other = || ResourceState::Changed("the policy is another".to_owned());
    let read = |first: Vec<ResourceState>, second: Vec<ResourceState>| {
        let at_first = RefCell::new([("first", first), ("second", second)].into());
        let fake = Fake { at_first, ..Fake::default() };
        run_of(&fake, &plan, &|| false).states
    };
    // The first is looked at to be taken and, once the second is found changed, to see whether that is why.
    assert_eq!(
        read(vec![ResourceState::Ready, ResourceState::Ready], vec![other()]),
        [StepState::Done, StepState::Done]
    );
    // It was changed by someone else.
    let failed = StepState::Failed("the policy is another".to_owned());
    assert_eq!(read(vec![ResourceState::Done, ResourceState::Ready], vec![other()]), [StepState::Done, failed]);
}
