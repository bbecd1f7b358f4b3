//! Applying one step of a [`Plan`](crate::fix::plan::Plan): inspecting what has the step's name, writing
//! what is missing, and removing what a run created.
//!
//! Nothing is decided here but that one thing: is it free, is it ours, or is it someone else's? In which order steps
//! are taken, and what happens to the others when one fails, is for `fix::apply` and `fix::undo`. A call that changes
//! something is in the [`Ledger`](crate::fix::execute::Ledger) before it is made.
//!
//! One file per service; each `look` says which calls are left, and `write` makes those. Below them is what they share:
//! `standing` says whose something is, `in_use` who needs it, `hand` makes the calls. This file only chooses the service.

use super::clients::Clients;
use super::error::Trouble;
use crate::fix::execute::{Hand, Removed, Standing, Stopped, Trace};
use crate::fix::journal::Attempt;
use crate::fix::plan::Action;

mod account;
mod address;
mod cloudtrail;
mod cloudwatch;
mod compare;
mod document;
mod hand;
mod iam;
mod in_use;
mod kms;
mod lambda;
mod live;
mod logs;
mod s3;
mod sns;
mod sqs;
mod standing;

pub(crate) use account::Account;
pub(super) use iam::role_tags;
pub(super) use kms::is_rotated;
pub(super) use lambda::policy as function_policy;
pub(crate) use live::Live;
pub(super) use logs::{Retention, found as found_log_group};
pub(super) use s3::{Found as FoundBucket, found as found_bucket, is_blocked};
pub(super) use sqs::policy as queue_policy;

/// Inspects what has the name of a step.
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
    match standing {
        Err(failure) if failure.trouble == Trouble::NotFound => Ok(Standing::Missing(failure.words())),
        Ok(_) | Err(_) => Ok(standing?),
    }
}

/// Inspects what still exists of what these calls of a step made.
pub(crate) async fn trace(
    clients: &Clients,
    account: &Account,
    action: &Action,
    attempts: &[Attempt],
) -> Result<Trace, Stopped> {
    let trace = match action {
        Action::CreateKey(key) => kms::trace(clients, key, attempts).await,
        Action::CreateMetricFilter(filter) => logs::trace_filter(clients, filter, attempts).await,
        Action::Subscribe(subscription) => sns::trace_subscription(clients, subscription).await,
        Action::CreateBucket(_)
        | Action::CreateRole(_)
        | Action::CreateLogGroup(_)
        | Action::CreateTrail(_)
        | Action::UpdateTrail(_)
        | Action::CreateTopic(_)
        | Action::AllowPublish(_)
        | Action::AllowQueue(_)
        | Action::AllowFunction(_)
        | Action::CreateAlarm(_) => return Ok(look(clients, account, action).await?.into()),
    };
    match trace {
        Err(failure) if failure.trouble == Trouble::NotFound => Ok(Trace::Gone),
        Ok(_) | Err(_) => Ok(trace?),
    }
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

/// Removes what these calls of a step created. The caller has looked at it: it is ours.
pub(crate) async fn remove(
    clients: &Clients,
    account: &Account,
    action: &Action,
    attempts: &[Attempt],
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    match action {
        Action::CreateKey(key) => kms::remove(clients, account, key, attempts, hand).await,
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
