//! Applying one step of a [`Plan`](crate::fix::plan::Plan): inspecting what has the step's name, writing
//! what is missing, and removing what a run created.
//!
//! Nothing is decided here but that one thing: is it free, is it ours, or is it someone else's? In which order steps
//! are taken, and what happens to the others when one fails, is for `fix::apply` and `fix::undo`. A call that changes
//! something is in the [`CallLog`](crate::fix::execute::CallLog) before it is made.
//!
//! One file per service; each `inspect` says which calls are left, and `write` makes those. Below them is what they share:
//! `resource_state` says whose something is, `in_use` who needs it, `step_runner` makes the calls. This file only chooses the service.

use super::clients::Clients;
use super::error::Trouble;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner, Trace};
use crate::fix::journal::Attempt;
use crate::fix::plan::Action;

mod account;
mod address;
mod cloudtrail;
mod cloudwatch;
mod compare;
mod document;
mod iam;
mod in_use;
mod kms;
mod lambda;
mod logs;
mod provider;
mod resource_state;
mod s3;
mod sns;
mod sqs;
mod step_runner;

pub(crate) use account::Account;
pub(super) use iam::role_tags;
pub(super) use kms::is_rotated;
pub(super) use lambda::policy as function_policy;
pub(super) use logs::{Retention, found as found_log_group};
pub(crate) use provider::AwsProvider;
pub(super) use s3::{Found as FoundBucket, found as found_bucket, is_blocked};
pub(super) use sqs::policy as queue_policy;

/// Inspects what has the name of a step.
pub(crate) async fn inspect(clients: &Clients, account: &Account, action: &Action) -> Result<ResourceState, StepError> {
    let state = match action {
        Action::CreateKey(key) => kms::inspect(clients, key).await,
        Action::CreateBucket(bucket) => s3::inspect(clients, account, bucket).await,
        Action::CreateRole(role) => iam::inspect(clients, account, role).await,
        Action::CreateLogGroup(group) => logs::inspect_group(clients, group).await,
        Action::CreateTrail(trail) => cloudtrail::inspect(clients, trail).await,
        Action::UpdateTrail(update) => cloudtrail::inspect_update(clients, update).await,
        Action::CreateTopic(topic) => sns::inspect(clients, topic).await,
        Action::AllowPublish(update) => sns::inspect_policy(clients, update).await,
        Action::AllowQueue(update) => sqs::inspect(clients, update).await,
        Action::AllowFunction(permission) => lambda::inspect(clients, permission).await,
        Action::Subscribe(subscription) => sns::inspect_subscription(clients, subscription).await,
        Action::CreateMetricFilter(filter) => logs::inspect_filter(clients, filter).await,
        Action::CreateAlarm(alarm) => cloudwatch::inspect(clients, alarm).await,
    };
    match state {
        Err(failure) if failure.trouble == Trouble::NotFound => Ok(ResourceState::Missing(failure.words())),
        Ok(_) | Err(_) => Ok(state?),
    }
}

/// Inspects what still exists of what these calls of a step made.
pub(crate) async fn trace(
    clients: &Clients,
    account: &Account,
    action: &Action,
    attempts: &[Attempt],
) -> Result<Trace, StepError> {
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
        | Action::CreateAlarm(_) => return Ok(inspect(clients, account, action).await?.into()),
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
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    match action {
        Action::CreateKey(key) => kms::write(clients, key, state, runner).await,
        Action::CreateBucket(bucket) => s3::write(clients, account, bucket, state, runner).await,
        Action::CreateRole(role) => iam::write(clients, account, role, state, runner).await,
        Action::CreateLogGroup(group) => logs::write_group(clients, group, state, runner).await,
        Action::CreateTrail(trail) => cloudtrail::write(clients, trail, state, runner).await,
        Action::UpdateTrail(update) => cloudtrail::write_update(clients, update, state, runner).await,
        Action::CreateTopic(topic) => sns::write(clients, topic, runner).await,
        Action::AllowPublish(update) => sns::write_policy(clients, update, runner).await,
        Action::AllowQueue(update) => sqs::write(clients, update, runner).await,
        Action::AllowFunction(permission) => lambda::write(clients, permission, runner).await,
        Action::Subscribe(subscription) => sns::write_subscription(clients, subscription, runner).await,
        Action::CreateMetricFilter(filter) => logs::write_filter(clients, filter, runner).await,
        Action::CreateAlarm(alarm) => cloudwatch::write(clients, alarm, runner).await,
    }
}

/// Removes what these calls of a step created. The caller has looked at it: it is ours.
pub(crate) async fn remove(
    clients: &Clients,
    account: &Account,
    action: &Action,
    attempts: &[Attempt],
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    match action {
        Action::CreateKey(key) => kms::remove(clients, account, key, attempts, runner).await,
        Action::CreateBucket(bucket) => s3::remove(clients, account, bucket, runner).await,
        Action::CreateRole(role) => iam::remove(clients, account, role, runner).await,
        Action::CreateLogGroup(group) => logs::remove_group(clients, group, runner).await,
        Action::CreateTrail(trail) => cloudtrail::remove(clients, trail, runner).await,
        Action::CreateTopic(topic) => sns::remove(clients, topic, runner).await,
        Action::Subscribe(subscription) => sns::remove_subscription(clients, subscription, runner).await,
        Action::CreateMetricFilter(filter) => logs::remove_filter(clients, filter, runner).await,
        Action::CreateAlarm(alarm) => cloudwatch::remove(clients, alarm, runner).await,
        Action::UpdateTrail(_) | Action::AllowPublish(_) | Action::AllowQueue(_) | Action::AllowFunction(_) => {
            Ok(Removed::Kept("it was there before and was changed".to_owned()))
        }
    }
}
