use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;
use crate::fix::plan::{Bucket, Key, PolicyUpdate, Topic};

fn step(id: &str, after: &[&str], action: Action) -> Step {
    let after = after.iter().map(|id| (*id).to_owned()).collect();
    Step { id: id.to_owned(), after, rules: vec![], action }
}

fn topic(id: &str, after: &[&str]) -> Step {
    let topic = Topic { arn: id.to_owned(), policy: String::new(), kms_key_id: None, tags: BTreeMap::new() };
    step(id, after, Action::CreateTopic(topic))
}

fn bucket(id: &str) -> Step {
    let (region, policy) = ("us-east-1".to_owned(), String::new());
    step(id, &[], Action::CreateBucket(Bucket { region, name: id.to_owned(), policy, tags: BTreeMap::new() }))
}

fn key(id: &str) -> Step {
    let key = Key {
        region: "us-east-1".to_owned(),
        alias: id.to_owned(),
        description: String::new(),
        policy: String::new(),
        tags: BTreeMap::new(),
    };
    step(id, &[], Action::CreateKey(key))
}

fn allow(id: &str, after: &[&str]) -> Step {
    let policy = Change { from: Some("{\"Statement\":[]}".to_owned()), to: "{}".to_owned() };
    let (arn, topic_arn, statement) = (id.to_owned(), String::new(), String::new());
    step(id, after, Action::AllowQueue(PolicyUpdate { arn, topic_arn, statement, policy }))
}

fn entry(step: &str, call: &str, state: State, plan: Option<Step>) -> Entry {
    Entry { step: step.to_owned(), call: call.to_owned(), resource: step.to_owned(), state, message: None, plan }
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
    assert_eq!(
        removals(&entries),
        [
            Removal { step: topic("t", &[]), calls: vec!["sns:CreateTopic".to_owned()] },
            Removal { step: bucket("b"), calls: vec!["s3:CreateBucket".to_owned(), "s3:PutBucketTagging".to_owned()] },
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
    assert_eq!(removals(&again)[0].calls, ["sns:CreateTopic"]);
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// An account in which all is as it was made, but for what the test says.
#[derive(Default)]
struct Fake {
    standing: BTreeMap<&'static str, Standing>,
    removed: BTreeMap<&'static str, Removed>,
    calls: RefCell<Vec<String>>,
}

fn name(action: &Action) -> &str {
    match action {
        Action::CreateTopic(topic) => &topic.arn,
        Action::CreateBucket(bucket) => &bucket.name,
        Action::CreateKey(key) => &key.alias,
        Action::AllowQueue(update) => &update.arn,
        other => panic!("{other:?}"),
    }
}

impl Hands for Fake {
    async fn look(&self, action: &Action) -> Result<Standing, Stopped> {
        Ok(self.standing.get(name(action)).cloned().unwrap_or(Standing::Done))
    }

    async fn write(&self, action: &Action, _: &Standing, _: &mut Hand<'_>) -> Result<(), Stopped> {
        panic!("undoing writes nothing: {action:?}")
    }

    async fn remove(&self, action: &Action, _: &mut Hand<'_>) -> Result<Removed, Stopped> {
        self.calls.borrow_mut().push(name(action).to_owned());
        Ok(self.removed.get(name(action)).cloned().unwrap_or(Removed::Gone))
    }
}

fn run(fake: &Fake, entries: &[Entry]) -> Vec<(String, Undone)> {
    let removals = removals(entries);
    let mut undone = Vec::new();
    let mut tell = |step: &Step, state: &Undone| undone.push((step.id.clone(), state.clone()));
    blocking(take_back(fake, &removals, &mut tell, &|| false));
    undone
}

fn left(why: &str) -> Undone {
    Undone::Left(why.to_owned())
}

#[test]
fn what_is_no_longer_as_it_was_made_is_left_with_all_that_it_needs() {
    let entries = [
        made(topic("a", &[]), "sns:CreateTopic"),
        made(topic("b", &["a"]), "sns:CreateTopic"),
        made(topic("c", &["b"]), "sns:CreateTopic"),
        made(topic("d", &[]), "sns:CreateTopic"),
    ];
    let mut fake = Fake::default();
    fake.standing.insert("c", Standing::Changed("the topic c exists with another policy".to_owned()));
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
    fake.standing.insert("a", Standing::Ready);
    fake.standing.insert("b", Standing::Missing("the log group is gone".to_owned()));
    fake.standing.insert("q", Standing::Missing("the queue is gone".to_owned()));
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
    assert_eq!(run(&Fake::default(), &entries), [("b".to_owned(), left("another run made it"))]);
}

#[test]
fn a_key_outlives_the_files_that_it_encrypts() {
    let entries = [made(key("k"), "kms:CreateKey"), made(bucket("b"), "s3:CreateBucket")];
    let mut fake = Fake::default();
    fake.removed.insert("b", Removed::Kept("it holds files".to_owned()));
    assert_eq!(
        run(&fake, &entries),
        [
            ("b".to_owned(), left("it holds files")),
            (
                "k".to_owned(),
                left(
                    "files in a bucket that stays may be encrypted with it; once none is needed, schedule its deletion in KMS"
                )
            ),
        ]
    );
    let mut fake = Fake::default();
    fake.removed.insert("k", Removed::Scheduled("2026-02-01T03:04:05Z".to_owned()));
    assert_eq!(run(&fake, &entries)[1].1, Undone::Scheduled("2026-02-01T03:04:05Z".to_owned()));
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
    fake.standing.insert("q", Standing::Ready);
    assert_eq!(run(&fake, &entries), [("q".to_owned(), Undone::Absent)]);
}
