//! The harness's own parts, checked against each other through boto3: a described account must look the same through
//! each emulator and through the in-process server, or a test could pass for the wrong reason.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::account::{Account, MetricFilter, Subscription, SubscriptionState};
use crate::support::accounts::builder::seed;
use crate::support::accounts::controls::metric_of;
use crate::support::described::describe;
use crate::support::provision::read_back;
use crate::support::python;
use crate::support::seed::{LOG_GROUP, REGION, RULES};
use crate::support::stage::{Endpoint, Stage, fresh_id};

/// What boto3 sees of the account on each endpoint, the account's own number aside.
fn seen(endpoint: Endpoint, describe: impl Fn(&str) -> Account) -> Option<Value> {
    python::EMULATORS.or_skip()?;
    let id = fresh_id();
    let stage = Stage::new(endpoint, describe(&id))?;
    let seen = read_back(&stage.url(), &stage.credentials, REGION);
    assert_eq!(stage.traffic().strange(), Vec::<String>::new());
    let seen = seen.to_string().replace(&id, "111122223333");
    Some(serde_json::from_str(&seen).expect("digits for digits leave JSON JSON"))
}

/// Names differ: the builder's seed is the article as one deployed it.
#[test]
fn both_seeds_monitor_each_control_by_the_same_pattern() {
    let mut built = describe(seed()).unwrap_or_else(|what| panic!("no words for {what}")).account;
    let patterns = |filters: &[MetricFilter]| -> BTreeMap<String, String> {
        filters.iter().map(|filter| (filter.metric.name.clone(), filter.pattern.clone())).collect()
    };
    let article = Account::seed("111122223333").log_group().filters.clone();
    assert_eq!(patterns(&built.log_group().filters), patterns(&article));
    for rule in RULES {
        assert_eq!(metric_of(rule.rule), rule.metric);
    }
}

fn crowded(id: &str) -> Account {
    let mut account = Account::seed(id);
    crate::compliant::add_strangers(&mut account, 120, 120, 120);
    account
}

fn awkward(id: &str) -> Account {
    let mut account = Account::seed(id);
    account.trail().delivery_error = Some("AccessDenied".into());
    account.topic().subscriptions = vec![
        Subscription::email("a@example.com", SubscriptionState::Pending),
        Subscription::email("b@example.com", SubscriptionState::Deleted),
        Subscription::email("c@example.com", SubscriptionState::Confirmed),
    ];
    account
}

#[test]
fn the_seed_looks_the_same_on_every_endpoint() {
    let Some(fake) = seen(Endpoint::Fake, Account::seed) else {
        return;
    };
    assert_eq!(seen(Endpoint::Ministack, Account::seed).unwrap(), fake);
    assert_eq!(seen(Endpoint::Moto, Account::seed).unwrap(), fake);
    assert_eq!(fake["account"], json!("111122223333"));
    assert_eq!(fake["filters"].as_array().unwrap().len(), 14);
    assert_eq!(fake["filters"][0][0], json!(LOG_GROUP));
    assert_eq!(fake["alarms"].as_array().unwrap().len(), 14);
}

#[test]
fn what_emulators_cannot_hold_is_corrected_on_the_way() {
    let Some(fake) = seen(Endpoint::Fake, awkward) else {
        return;
    };
    assert_eq!(seen(Endpoint::Ministack, awkward).unwrap(), fake);
    assert_eq!(seen(Endpoint::Moto, awkward).unwrap(), fake);
    assert_eq!(fake["trails"][0][5], json!("AccessDenied"));
    let words: Vec<&Value> = fake["subscriptions"].as_array().unwrap().iter().map(|line| &line[4]).collect();
    assert_eq!(words, ["PendingConfirmation", "Deleted", "confirmed"]);
}

#[test]
fn pages_add_up_to_the_same_account() {
    let Some(fake) = seen(Endpoint::Fake, crowded) else { return };
    assert_eq!(seen(Endpoint::Ministack, crowded).unwrap(), fake);
    assert_eq!(seen(Endpoint::Moto, crowded).unwrap(), fake);
    for (kind, count) in [("filters", 134), ("alarms", 134), ("subscriptions", 121)] {
        assert_eq!(fake[kind].as_array().unwrap().len(), count, "{kind}");
    }
}
