//! CloudTrail: a trail of its own, and what is changed of one that was there. Whether its events are still used is for
//! `in_use`.

use aws_sdk_cloudtrail::types as sdk;
use serde_json::{Value, json};

use self::selectors::{advanced, are_default, basic};
use super::address::place;
use super::compare::{Filled, difference};
use super::in_use;
use super::resource_state::{altered, foreign, is_ours};
use crate::arn::{LogGroupArn, TrailArn};
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::cloudtrail as read;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::kms;
use crate::aws::raw::Kept;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner};
use crate::fix::plan::{Change, Trail, TrailUpdate};
use crate::snapshot::Trail as Found;

mod selectors;

const CREATE: &str = "cloudtrail:CreateTrail";
const START: &str = "cloudtrail:StartLogging";
const UPDATE: &str = "cloudtrail:UpdateTrail";
const SELECT: &str = "cloudtrail:PutEventSelectors";

/// A role, a policy, a key or a group that was just made is not yet there for CloudTrail.
const NOT_YET: &[&str] = &[
    "InvalidCloudWatchLogsRoleArnException",
    "InvalidCloudWatchLogsLogGroupArnException",
    "InsufficientS3BucketPolicyException",
    "S3BucketDoesNotExistException",
    "InsufficientEncryptionPolicyException",
    "KmsKeyNotFoundException",
    "KmsException",
    "ConflictException",
];

pub(super) async fn inspect(clients: &Clients, trail: &Trail) -> Result<ResourceState, Failure> {
    let name = Named::parse("cloudtrail:DescribeTrails", &trail.arn)?;
    let what = format!("the trail {}", name.name);
    let Some((shown, raw)) = name.shown(clients).await? else { return Ok(ResourceState::Ready) };
    let has_insights = shown.has_insight_selectors == Some(true);
    let mut found = read::trail(name.call("cloudtrail:DescribeTrails"), shown)?;
    if !name.is_tagged(clients, trail).await? {
        return Ok(foreign(&what));
    }
    if found.s3_bucket.as_deref() != Some(&trail.bucket) {
        return Ok(altered(&what, "bucket"));
    }
    if group(&found) != Some(&trail.log_group_arn) || found.log_role_arn.as_deref() != Some(&trail.role_arn) {
        return Ok(altered(&what, "log group or role"));
    }
    let is_wide = found.is_multi_region && found.include_global_service_events && !found.is_organization;
    if !is_wide || !found.log_file_validation {
        return Ok(altered(&what, "scope"));
    }
    if has_insights || !are_default(&read::selectors(clients, &found).await?) {
        return Ok(altered(&what, "choice of events"));
    }
    let key = kms::found(clients, name.region, &trail.key).await?;
    // A key's ARN ends in its id, an alias's in the alias.
    let is_key = |id: &str| key.as_ref().is_some_and(|key| id.ends_with(key.key_id()) || id.ends_with(&trail.key));
    if !found.kms_key_id.as_deref().is_some_and(is_key) {
        return Ok(altered(&what, "key"));
    }
    if let Some(field) = difference(&raw, &made(trail, name), FILLED) {
        return Ok(altered(&what, &field));
    }
    found.status = Some(read::status(clients, &found).await?);
    let is_logging = found.status.is_some_and(|status| status.is_logging);
    Ok(if is_logging { ResourceState::Done } else { ResourceState::Partly(vec![START]) })
}

/// What CloudTrail fills in (`Trail`). Key, log group and events are looked at by themselves.
const FILLED: Filled = Filled {
    ignored: &[
        "TrailARN",
        "HomeRegion",
        "KmsKeyId",
        "CloudWatchLogsLogGroupArn",
        "HasCustomEventSelectors",
        "HasInsightSelectors",
    ],
    defaults: &[("IsOrganizationTrail", "false"), ("RecursiveLogging", "true")],
};

/// What [`write()`] makes, as CloudTrail gives it back.
fn made(trail: &Trail, name: Named<'_>) -> Value {
    json!({
        "Name": name.name,
        "S3BucketName": trail.bucket,
        "CloudWatchLogsRoleArn": trail.role_arn,
        "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": true,
        "LogFileValidationEnabled": true,
    })
}

pub(super) async fn write(
    clients: &Clients,
    trail: &Trail,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let name = Named::parse(CREATE, &trail.arn)?;
    let cloudtrail = clients.cloudtrail(name.region);
    if state.leaves(CREATE) {
        let call = name.call(CREATE);
        let tags = trail.tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
        let tags: Result<Vec<_>, _> = tags.collect();
        let tags = tags.map_err(|error| call.bad_answer(&error.to_string()))?;
        let create = |with_tags: bool| {
            let request = cloudtrail.create_trail().name(name.name).set_tags_list(with_tags.then(|| tags.clone()));
            let request = request.s3_bucket_name(&trail.bucket).kms_key_id(&trail.key);
            let request = request.cloud_watch_logs_log_group_arn(trail.log_group_arn.with_streams());
            let request = request.cloud_watch_logs_role_arn(&trail.role_arn);
            let request = request.is_multi_region_trail(true).include_global_service_events(true);
            let request = request.enable_log_file_validation(true);
            async move { request.send().await.map_err(|error| call.failure(&error)) }
        };
        runner.with_tags(call, NOT_YET, "the trail", create).await?;
    }
    if state.leaves(START) {
        name.start(clients, runner).await?;
    }
    Ok(())
}

/// A trail whose events a metric filter counts stays.
pub(super) async fn remove(
    clients: &Clients,
    trail: &Trail,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let name = Named::parse("cloudtrail:DeleteTrail", &trail.arn)?;
    if let Some(kept) = in_use::events(clients, &trail.log_group_arn).await? {
        return Ok(kept);
    }
    let call = name.call("cloudtrail:DeleteTrail");
    let request = clients.cloudtrail(name.region).delete_trail().name(name.name);
    runner.delete(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    Ok(Removed::Gone)
}

pub(super) async fn inspect_update(clients: &Clients, update: &TrailUpdate) -> Result<ResourceState, Failure> {
    let name = Named::parse("cloudtrail:DescribeTrails", &update.arn)?;
    let what = format!("the trail {}", name.name);
    let Some(mut found) = name.found(clients).await? else {
        return Ok(ResourceState::Missing(format!("{what} is gone")));
    };
    if update.logging.is_some() {
        found.status = Some(read::status(clients, &found).await?);
    }
    if update.selectors.is_some() {
        found.selectors = Some(read::selectors(clients, &found).await?);
    }
    Ok(update_state(&found, update, &what))
}

/// Each field must be as it was or as it becomes.
fn update_state(found: &Found, update: &TrailUpdate, what: &str) -> ResourceState {
    let role = found.log_role_arn.clone();
    let is_logging = found.status.as_ref().is_some_and(|status| status.is_logging);
    let selectors = found.selectors.clone().unwrap_or_default();
    let fields = [
        (UPDATE, "scope", update.multi_region.as_ref().map(|change| at(change, &found.is_multi_region))),
        (UPDATE, "scope", update.global_events.as_ref().map(|change| at(change, &found.include_global_service_events))),
        (
            UPDATE,
            "log group",
            update
                .log_group_arn
                .as_ref()
                .map(|change| at(change, &found.log_group_arn.as_ref().map(LogGroupArn::without_streams))),
        ),
        (UPDATE, "role", update.role_arn.as_ref().map(|change| at(change, &role))),
        (SELECT, "list of event selectors", update.selectors.as_ref().map(|change| at(change, &selectors))),
        (START, "state", update.logging.as_ref().map(|change| at(change, &is_logging))),
    ];
    let mut left: Vec<&'static str> = Vec::new();
    let mut is_begun = false;
    for (call, field, at) in fields {
        match at {
            Some(At::From) if !left.contains(&call) => left.push(call),
            Some(At::From) | None => {}
            Some(At::To) => is_begun = true,
            Some(At::Elsewhere) => {
                return ResourceState::changed(format!("{what} has another {field} than the plan read"));
            }
        }
    }
    if is_begun { ResourceState::left(left) } else { ResourceState::Ready }
}

pub(super) async fn write_update(
    clients: &Clients,
    update: &TrailUpdate,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let name = Named::parse(UPDATE, &update.arn)?;
    let cloudtrail = clients.cloudtrail(name.region);
    let changes_trail = update.multi_region.is_some()
        || update.global_events.is_some()
        || update.log_group_arn.is_some()
        || update.role_arn.is_some();
    if changes_trail && state.leaves(UPDATE) {
        let call = name.call(UPDATE);
        let group = update.log_group_arn.as_ref().and_then(|change| change.to.as_ref());
        let mut role = update.role_arn.as_ref().and_then(|change| change.to.clone());
        if group.is_some() && role.is_none() {
            // A group is not taken without its role.
            role = name.found(clients).await?.and_then(|found| found.log_role_arn);
        }
        let change = || async {
            let request = cloudtrail.update_trail().name(&update.arn);
            let request = request.set_is_multi_region_trail(update.multi_region.as_ref().map(|change| change.to));
            let request =
                request.set_include_global_service_events(update.global_events.as_ref().map(|change| change.to));
            let request = request.set_cloud_watch_logs_log_group_arn(group.map(|group| group.with_streams().into()));
            let request = request.set_cloud_watch_logs_role_arn(role.clone());
            request.send().await.map_err(|error| call.failure(&error))
        };
        runner.patiently(call, NOT_YET, change).await?;
    }
    if let Some(change) = update.selectors.as_ref().filter(|_| state.leaves(SELECT)) {
        let call = name.call(SELECT);
        let request = cloudtrail.put_event_selectors().trail_name(&update.arn);
        let request = if change.to.advanced.is_empty() {
            request.set_event_selectors(Some(change.to.basic.iter().map(basic).collect()))
        } else {
            let advanced: Result<Vec<_>, _> = change.to.advanced.iter().map(advanced).collect();
            let advanced = advanced.map_err(|error| call.bad_answer(&error.to_string()))?;
            request.set_advanced_event_selectors(Some(advanced))
        };
        runner.call(call, async { request.send().await.map_err(|error| call.failure(&error)) }).await?;
    }
    if update.logging.as_ref().is_some_and(|change| change.to) && state.leaves(START) {
        name.start(clients, runner).await?;
    }
    Ok(())
}

/// How far a field is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    From,
    To,
    Elsewhere,
}

fn at<T: PartialEq>(change: &Change<T>, found: &T) -> At {
    if *found == change.to {
        At::To
    } else if *found == change.from {
        At::From
    } else {
        At::Elsewhere
    }
}

/// The log group of a trail, as plans name it.
fn group(found: &Found) -> Option<&str> {
    found.log_group_arn.as_ref().map(LogGroupArn::group)
}

/// A trail by its ARN.
#[derive(Clone, Copy)]
struct Named<'a> {
    arn: &'a str,
    region: &'a str,
    name: &'a str,
}

impl<'a> Named<'a> {
    fn parse(operation: &'static str, arn: &'a TrailArn) -> Result<Self, Failure> {
        let (region, name) = place(operation, arn, "a trail")?;
        Ok(Self { arn, region, name })
    }

    fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.region, resource: Some(self.arn) }
    }

    async fn found(self, clients: &Clients) -> Result<Option<Found>, Failure> {
        let shown = self.shown(clients).await?;
        shown.map(|(shown, _)| read::trail(self.call("cloudtrail:DescribeTrails"), shown)).transpose()
    }

    /// `cloudtrail:DescribeTrails` at the trail's home: as the SDK knows it, and with every field.
    async fn shown(self, clients: &Clients) -> Result<Option<(sdk::Trail, Value)>, Failure> {
        let call = self.call("cloudtrail:DescribeTrails");
        let kept = Kept::default();
        let request = clients.cloudtrail(self.region).describe_trails().trail_name_list(self.arn);
        let request = request.customize().interceptor(kept.clone());
        let answer = match clients.ask(call, request.send()).await {
            Ok(answer) => answer,
            Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let shown = call.must(answers::TRAILS, answer.trail_list)?;
        for trail in &shown {
            call.must(answers::TRAIL_ARN, trail.trail_arn())?;
        }
        let Some(found) = shown.into_iter().find(|shown| shown.trail_arn() == Some(self.arn)) else { return Ok(None) };
        let raw = kept.json(call)?;
        let is_it = |found: &&Value| found.get("TrailARN").and_then(Value::as_str) == Some(self.arn);
        let raw = raw.get("trailList").and_then(Value::as_array).into_iter().flatten().find(is_it).cloned();
        Ok(Some((found, raw.ok_or_else(|| call.bad_answer("the answer has no trail"))?)))
    }

    /// `cloudtrail:ListTags`.
    async fn is_tagged(self, clients: &Clients, trail: &Trail) -> Result<bool, Failure> {
        let call = self.call("cloudtrail:ListTags");
        let request = clients.cloudtrail(self.region).list_tags().resource_id_list(self.arn);
        let lists = call.must(answers::TRAIL_TAGS, clients.ask(call, request.send()).await?.resource_tag_list)?;
        let list = call.must(answers::TRAIL_TAGS, lists.iter().find(|list| list.resource_id() == Some(self.arn)))?;
        let tags = list.tags_list().iter();
        Ok(is_ours(tags.map(|tag| (tag.key(), tag.value().unwrap_or_default())), &trail.tags))
    }

    async fn start(self, clients: &Clients, runner: &mut StepRunner<'_>) -> Result<(), StepError> {
        let call = self.call(START);
        let start = || async {
            let request = clients.cloudtrail(self.region).start_logging().name(self.arn);
            request.send().await.map_err(|error| call.failure(&error))
        };
        runner.patiently(call, &["TrailNotFoundException", "ConflictException"], start).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::TrailStatus;

    const ARN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    const GROUP: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail";

    fn found(log_group: Option<&str>, is_logging: bool) -> Found {
        Found {
            arn: ARN.into(),
            name: "main".to_owned(),
            home_region: "us-east-1".to_owned(),
            is_multi_region: true,
            is_organization: false,
            include_global_service_events: true,
            log_group_arn: log_group.map(|arn| format!("{arn}:*").into()),
            log_role_arn: None,
            s3_bucket: None,
            kms_key_id: None,
            log_file_validation: true,
            status: Some(TrailStatus { is_logging, ..TrailStatus::default() }),
            selectors: None,
        }
    }

    fn update() -> TrailUpdate {
        TrailUpdate {
            arn: ARN.into(),
            log_group_arn: Some(Change { from: None, to: Some(GROUP.into()) }),
            logging: Some(Change { from: false, to: true }),
            ..TrailUpdate::default()
        }
    }

    #[test]
    fn each_field_of_an_update_is_as_it_was_or_as_it_becomes() {
        let state = |log_group, is_logging| update_state(&found(log_group, is_logging), &update(), "it");
        assert_eq!(state(None, false), ResourceState::Ready);
        assert_eq!(state(Some(GROUP), false), ResourceState::Partly(vec![START]));
        assert_eq!(state(None, true), ResourceState::Partly(vec![UPDATE]));
        assert_eq!(state(Some(GROUP), true), ResourceState::Done);
        assert_eq!(
            state(Some("arn:aws:logs:us-east-1:111122223333:log-group:other"), false),
            ResourceState::Changed("it has another log group than the plan read".to_owned())
        );
    }
}
