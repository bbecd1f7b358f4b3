use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;
use crate::fix::execute::ResourceState;
use crate::fix::journal::State;
use crate::fix::plan::{Bucket, PolicyUpdate, Topic};

fn step(id: &str, after: &[&str], action: Action) -> Step {
    let after = after.iter().map(|id| (*id).to_owned()).collect();
    Step { id: id.to_owned(), after, rules: vec![], action }
}

fn topic(id: &str, after: &[&str]) -> Step {
    let topic = Topic { arn: id.into(), policy: String::new(), kms_key_id: None, tags: BTreeMap::new() };
    step(id, after, Action::CreateTopic(topic))
}

fn bucket(id: &str) -> Step {
    let (region, policy) = ("us-east-1".to_owned(), String::new());
    step(id, &[], Action::CreateBucket(Bucket { region, name: id.to_owned(), policy, tags: BTreeMap::new() }))
}

fn allow(id: &str, after: &[&str]) -> Step {
    let policy = Change { from: Some("{\"Statement\":[]}".to_owned()), to: "{}".to_owned() };
    let (arn, topic_arn, statement) = (id.to_owned(), String::new(), String::new());
    step(id, after, Action::AllowQueue(PolicyUpdate { arn, topic_arn: topic_arn.into(), statement, policy }))
}

fn entry(step: &str, call: &str, state: State, plan: Option<Step>) -> Entry {
    let (step, call, resource) = (step.to_owned(), call.to_owned(), step.to_owned());
    Entry { step, call, resource, state, at: None, made: None, message: None, plan }
}

/// An entry of a step that was made by one call.
fn made(step: Step, call: &str) -> Entry {
    entry(&step.id.clone(), call, State::Begun, Some(step))
}

#[test]
fn the_last_made_is_removed_first() {
    let entries = [
        made(bucket("b"), "s3:CreateBucket"),
        entry("b", "s3:CreateBucket", State::Done, None),
        entry("b", "s3:PutBucketTagging", State::Begun, None),
        made(topic("t", &[]), "sns:CreateTopic"),
    ];
    let begun: Vec<(Step, Vec<(String, bool)>)> = removals(&entries)
        .into_iter()
        .map(|removal| (removal.step, removal.attempts.into_iter().map(|it| (it.call, it.is_done)).collect()))
        .collect();
    let call = |name: &str, is_done| (name.to_owned(), is_done);
    assert_eq!(
        begun,
        [
            (topic("t", &[]), vec![call("sns:CreateTopic", false)]),
            (bucket("b"), vec![call("s3:CreateBucket", true), call("s3:PutBucketTagging", false)]),
        ]
    );
}

#[test]
fn a_refused_call_made_nothing_and_an_unanswered_one_may_have() {
    let ended = |state| entry("t", "sns:CreateTopic", state, None);
    let made = made(topic("t", &[]), "sns:CreateTopic");
    assert_eq!(removals(&[made.clone(), ended(State::Refused)]), []);
    assert_eq!(removals(&[made.clone(), ended(State::Failed)]).len(), 1);
    assert_eq!(removals(std::slice::from_ref(&made)).len(), 1);
    // The second attempt at a step was refused, and the first may have made it.
    let again = [made, ended(State::Failed), ended(State::Begun), ended(State::Refused)];
    assert_eq!(removals(&again)[0].attempts.len(), 1);
}

/// A journal may be long, and say a step twice.
#[test]
fn an_entry_without_its_step_is_ignored() {
    assert_eq!(removals(&[entry("t", "sns:CreateTopic", State::Begun, None)]), []);
    let twice = [made(topic("t", &[]), "sns:CreateTopic"), made(topic("t", &["a"]), "sns:CreateTopic")];
    let removals = removals(&twice);
    assert_eq!(removals.len(), 1);
    assert_eq!((&removals[0].step, removals[0].attempts.len()), (&topic("t", &[]), 2));
}

#[test]
fn times_and_ids_are_those_of_the_call() {
    let at = |second: i64| jiff::Timestamp::from_second(second).ok();
    let step = topic("t", &[]);
    let begun = Entry { at: at(10), ..made(step, "kms:CreateKey") };
    let done = Entry { at: at(12), made: Some("id".to_owned()), ..entry("t", "kms:CreateKey", State::Done, None) };
    let attempt = Attempt {
        call: "kms:CreateKey".to_owned(),
        begun: at(10),
        ended: at(12),
        is_done: true,
        message: None,
        made: Some("id".to_owned()),
    };
    assert_eq!(removals(&[begun, done])[0].attempts, [attempt]);
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// An account in which all is as it was made, but for what the test says.
#[derive(Default)]
struct Fake {
    traces: BTreeMap<&'static str, Trace>,
    removed: BTreeMap<&'static str, Removed>,
    calls: RefCell<Vec<String>>,
}

fn name(action: &Action) -> &str {
    match action {
        Action::CreateTopic(topic) => &topic.arn,
        Action::CreateBucket(bucket) => &bucket.name,
        Action::AllowQueue(update) => &update.arn,
        other => panic!("{other:?}"),
    }
}

impl Provider for Fake {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    async fn inspect(&self, action: &Action) -> Result<ResourceState, StepError> {
        panic!("undoing looks for what was made: {action:?}")
    }

    async fn trace(&self, action: &Action, _: &[Attempt]) -> Result<Trace, StepError> {
        Ok(self.traces.get(name(action)).cloned().unwrap_or(Trace::Ours))
    }

    async fn write(&self, action: &Action, _: &ResourceState, _: &mut StepRunner<'_>) -> Result<(), StepError> {
        panic!("undoing writes nothing: {action:?}")
    }

    async fn remove(&self, action: &Action, _: &[Attempt], _: &mut StepRunner<'_>) -> Result<Removed, StepError> {
        self.calls.borrow_mut().push(name(action).to_owned());
        Ok(self.removed.get(name(action)).cloned().unwrap_or(Removed::Gone))
    }
}

fn run(fake: &Fake, entries: &[Entry]) -> Vec<(String, Undone)> {
    run_with(fake, entries, &Consent::default())
}

fn run_with(fake: &Fake, entries: &[Entry], consent: &Consent) -> Vec<(String, Undone)> {
    let removals = removals(entries);
    let mut undone = Vec::new();
    let mut report = |step: &Step, state: &Undone| undone.push((step.id.clone(), state.clone()));
    blocking(undo(fake, &removals, consent, &mut report, &|| false));
    undone
}

fn left(why: &str) -> Undone {
    Undone::Left(why.to_owned())
}

#[test]
fn a_changed_resource_is_kept_with_its_dependencies() {
    let entries = [
        made(topic("a", &[]), "sns:CreateTopic"),
        made(topic("b", &["a"]), "sns:CreateTopic"),
        made(topic("c", &["b"]), "sns:CreateTopic"),
        made(topic("d", &[]), "sns:CreateTopic"),
    ];
    let mut fake = Fake::default();
    fake.traces.insert("c", Trace::Changed("the topic c exists with another policy".to_owned()));
    assert_eq!(
        run(&fake, &entries),
        [
            ("d".to_owned(), Undone::Removed),
            ("c".to_owned(), left("the topic c exists with another policy")),
            ("b".to_owned(), left("c needs it")),
            ("a".to_owned(), left("b needs it")),
        ]
    );
    assert_eq!(*fake.calls.borrow(), ["d"]);
}

#[test]
fn what_lapses_by_itself_keeps_nothing() {
    let entries = [made(topic("a", &[]), "sns:CreateTopic"), made(topic("b", &["a"]), "sns:CreateTopic")];
    let mut fake = Fake::default();
    fake.removed.insert("b", Removed::Lapses("nobody confirmed it".to_owned()));
    assert_eq!(run(&fake, &entries)[1], ("a".to_owned(), Undone::Removed));
}

#[test]
fn what_is_gone_already_is_not_removed() {
    let mut fake = Fake::default();
    for gone in ["a", "b", "q"] {
        fake.traces.insert(gone, Trace::Gone);
    }
    let entries = [
        made(topic("a", &[]), "sns:CreateTopic"),
        made(topic("b", &[]), "sns:CreateTopic"),
        made(allow("q", &[]), "sqs:SetQueueAttributes"),
    ];
    let absent = |id: &str| (id.to_owned(), Undone::Absent);
    assert_eq!(run(&fake, &entries), [absent("q"), absent("b"), absent("a")]);
    assert!(fake.calls.borrow().is_empty());
}

#[test]
fn what_another_run_made_and_this_one_finished_is_left() {
    let entries = [made(bucket("b"), "s3:PutBucketPolicy")];
    assert_eq!(run(&Fake::default(), &entries), [("b".to_owned(), left("another run created it"))]);
}

#[test]
fn what_aws_removes_already_is_not_removed() {
    let entries = [made(topic("a", &[]), "sns:CreateTopic")];
    let mut fake = Fake::default();
    fake.traces.insert("a", Trace::Ending("2026-02-01T03:04:05Z".to_owned()));
    let when = Undone::Scheduled("2026-02-01T03:04:05Z".to_owned());
    assert_eq!(run(&fake, &entries), [("a".to_owned(), when)]);
    assert!(fake.calls.borrow().is_empty());
}

/// Of what has no tag, a proof, a journal of one's own, or a person's word.
#[test]
fn what_only_a_journal_says_is_left_unless_that_is_believed() {
    let entries = [made(topic("a", &[]), "sns:CreateTopic")];
    let trace = |is_contradicted| Trace::Unproven { why: "it may be another's".to_owned(), is_contradicted };
    let named = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    for (is_contradicted, trusted, ids, removed) in [
        (false, false, &[][..], false),
        (false, true, &[][..], true),
        (true, true, &[][..], false),
        (true, false, &["a"][..], true),
        (false, false, &["b"][..], false),
    ] {
        let mut fake = Fake::default();
        fake.traces.insert("a", trace(is_contradicted));
        let consent = Consent { trusted, named: named(ids) };
        let wanted = if removed { Undone::Removed } else { left("it may be another's") };
        assert_eq!(run_with(&fake, &entries, &consent), [("a".to_owned(), wanted)]);
        assert_eq!(fake.calls.borrow().len(), usize::from(removed));
    }
    // No one's word makes of it what another run made.
    let finished = [made(topic("a", &[]), "sns:TagResource")];
    let mut fake = Fake::default();
    fake.traces.insert("a", trace(false));
    let consent = Consent { trusted: true, named: named(&["a"]) };
    assert_eq!(run_with(&fake, &finished, &consent), [("a".to_owned(), left("another run created it"))]);
}

#[test]
fn what_need_never_be_looked_for_again() {
    let why = || "why".to_owned();
    assert!(Undone::Removed.is_final() && Undone::Absent.is_final() && Undone::Scheduled(why()).is_final());
    assert!(!Undone::Lapses(why()).is_final() && !Undone::Left(why()).is_final() && !Undone::Failed(why()).is_final());
}

#[test]
fn a_permission_that_stays_keeps_no_topic() {
    let entries = [made(topic("t", &[]), "sns:CreateTopic"), made(allow("q", &["t"]), "sqs:SetQueueAttributes")];
    assert_eq!(run(&Fake::default(), &entries)[1], ("t".to_owned(), Undone::Removed));
}

#[test]
fn what_was_there_before_is_named_with_what_it_was() {
    let entries = [made(allow("q", &[]), "sqs:SetQueueAttributes")];
    assert_eq!(
        run(&Fake::default(), &entries),
        [("q".to_owned(), left("it was there before; its policy was {\"Statement\":[]}"))]
    );
    let mut fake = Fake::default();
    fake.traces.insert("q", Trace::Gone);
    assert_eq!(run(&fake, &entries), [("q".to_owned(), Undone::Absent)]);
}
