//! Corrects on the way what an emulator answers wrongly, so that the tool sees what AWS would say of the account.
//!
//! Each correction stands for one fault of a named emulator; the tool itself knows none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::account::{Account, Selectors, Subscription, SubscriptionState, Topic};
use super::call::Protocol;
use super::call::form;
use super::fake::Aws;
use super::fault::FaultRule;
use super::http::{Request, Response};
use super::stage::Endpoint;
use super::wire::{ServiceError, cbor_of, cbor_response};

pub(crate) fn corrections(endpoint: Endpoint, account: &Account) -> Vec<FaultRule> {
    match endpoint {
        Endpoint::Fake => Vec::new(),
        Endpoint::Ministack => {
            vec![
                subscriptions(account),
                counters(account),
                delivery(account),
                mute_rules(),
                monitoring_links(account),
                security_hub(account),
                created_trail(),
                created_bucket(),
            ]
        }
        Endpoint::Moto => {
            let [create, describe] = missing_groups(account);
            let [put, made] = creation_times();
            vec![
                put,
                made,
                subscriptions(account),
                counters(account),
                delivery(account),
                custom_selectors(account),
                create,
                describe,
                mute_rules(),
                monitoring_links(account),
                created_bucket(),
            ]
        }
    }
}

/// Neither knows mute rules; so there are none.
fn mute_rules() -> FaultRule {
    FaultRule::rewrite("cloudwatch:ListAlarmMuteRules", |_, response| {
        *response = cbor_response(200, &cbor_of(&json!({ "AlarmMuteRuleSummaries": [] })));
    })
}

/// Neither has links to monitoring accounts as they are here, so the in-process server answers.
fn monitoring_links(account: &Account) -> FaultRule {
    let aws = Aws::new(account.clone(), None);
    FaultRule::rewrite("oam:ListLinks", move |request, response| *response = aws.answer(request))
}

/// ministack does not have it, so the in-process server answers.
fn security_hub(account: &Account) -> FaultRule {
    let aws = Aws::new(account.clone(), None);
    FaultRule::rewrite("securityhub:DescribeHub", move |request, response| *response = aws.answer(request))
}

/// ministack drops the log group, role and tags that a trail is created with, and keeps those that it is given later.
fn created_trail() -> FaultRule {
    FaultRule::follow("cloudtrail:CreateTrail", |request| {
        let asked = json_of(&request.body);
        let region = region_of(request);
        let account = request.headers.get("authorization").and_then(|text| text.split_once("Credential="));
        let account = account.and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
        let name = asked["Name"].as_str().unwrap_or_default();
        let arn = format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}");
        let update = json!({
            "Name": name,
            "CloudWatchLogsLogGroupArn": asked["CloudWatchLogsLogGroupArn"],
            "CloudWatchLogsRoleArn": asked["CloudWatchLogsRoleArn"],
        });
        let tags = json!({ "ResourceId": arn, "TagsList": asked["TagsList"] });
        vec![instead(request, "UpdateTrail", &update), instead(request, "AddTags", &tags)]
    })
}

/// Both drop the tags that a bucket is created with, and keep those that it is given later.
fn created_bucket() -> FaultRule {
    FaultRule::follow("s3:CreateBucket", |request| {
        let body = String::from_utf8_lossy(&request.body);
        let Some(tags) = between(&body, "<Tags>", "</Tags>") else { return Vec::new() };
        let mut tagging = request.clone();
        tagging.target.push_str("?tagging");
        tagging.headers.remove("x-amz-checksum-crc32");
        tagging.headers.remove("x-amz-sdk-checksum-algorithm");
        tagging.body = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>").into_bytes();
        vec![tagging]
    })
}

/// The same request for another operation of the service.
fn instead(request: &Request, operation: &str, body: &Value) -> Request {
    let mut other = request.clone();
    let target = request.headers.get("x-amz-target").unwrap_or_default();
    let service = target.rsplit_once('.').map_or(target, |(service, _)| service);
    other.headers.set("x-amz-target", &format!("{service}.{operation}"));
    other.body = body.to_string().into_bytes();
    other
}

/// Both confirm every email subscription at once and know none that is deleted.
fn subscriptions(account: &Account) -> FaultRule {
    let account = account.clone();
    FaultRule::rewrite("sns:ListSubscriptions*", move |_, response| {
        let body = String::from_utf8_lossy(&response.body);
        let mut members = body.split("<member>");
        let mut corrected = members.next().unwrap_or_default().to_owned();
        for member in members {
            corrected.push_str("<member>");
            corrected.push_str(&corrected_member(&account, member));
        }
        response.body = corrected.into_bytes();
    })
}

fn corrected_member(account: &Account, member: &str) -> String {
    let endpoint = between(member, "<Endpoint>", "</Endpoint>");
    let topic = between(member, "<TopicArn>", "</TopicArn>").and_then(|arn| topic_of(account, arn));
    let described = topic
        .and_then(|topic| topic.subscriptions.iter().find(|described| Some(described.endpoint.as_str()) == endpoint));
    let word = match described.map(|described: &Subscription| described.state) {
        Some(SubscriptionState::Pending) => "PendingConfirmation",
        Some(SubscriptionState::Deleted) => "Deleted",
        Some(SubscriptionState::Confirmed) | None => return member.to_owned(),
    };
    match between(member, "<SubscriptionArn>", "</SubscriptionArn>") {
        Some(arn) => {
            let wrong = format!("<SubscriptionArn>{arn}</SubscriptionArn>");
            member.replace(&wrong, &format!("<SubscriptionArn>{word}</SubscriptionArn>"))
        }
        None => member.to_owned(),
    }
}

fn topic_of<'a>(account: &'a Account, arn: &str) -> Option<&'a Topic> {
    let mut parts = arn.trim().split(':');
    let region = parts.nth(3)?;
    let name = parts.nth(1)?;
    account.regions.get(region)?.topics.iter().find(|topic| topic.name == name)
}

/// moto counts no subscriptions in a topic's attributes; both count a pending one as confirmed.
fn counters(account: &Account) -> FaultRule {
    let account = account.clone();
    FaultRule::rewrite("sns:GetTopicAttributes", move |request, response| {
        let asked = form(&request.body);
        let arn = asked.iter().find(|(name, _)| name == "TopicArn").map(|(_, value)| value.as_str());
        let Some(topic) = arn.and_then(|arn| topic_of(&account, arn)) else {
            return;
        };
        let mut body = String::from_utf8_lossy(&response.body).into_owned();
        for (name, state) in [
            ("SubscriptionsConfirmed", SubscriptionState::Confirmed),
            ("SubscriptionsPending", SubscriptionState::Pending),
            ("SubscriptionsDeleted", SubscriptionState::Deleted),
        ] {
            let count = topic.subscriptions.iter().filter(|described| described.state == state).count();
            body = with_entry(&body, name, &count.to_string());
        }
        response.body = body.into_bytes();
    })
}

/// Neither ever reports that the delivery to the log group fails.
fn delivery(account: &Account) -> FaultRule {
    let account = account.clone();
    FaultRule::rewrite("cloudtrail:GetTrailStatus", move |request, response| {
        let name = json_of(&request.body)["Name"].as_str().unwrap_or_default().to_owned();
        let described = account.trails.iter().find(|trail| trail.name == name || account.trail_arn(trail) == name);
        let error = described.and_then(|trail| trail.delivery_error.clone());
        if let Some(error) = error {
            change_json(response, |body| body["LatestCloudWatchLogsDeliveryError"] = json!(error));
        }
    })
}

/// moto says of every trail that it has no custom selectors.
fn custom_selectors(account: &Account) -> FaultRule {
    let account = account.clone();
    FaultRule::rewrite("cloudtrail:DescribeTrails", move |_, response| {
        change_json(response, |body| {
            let Some(trails) = body["trailList"].as_array_mut() else {
                return;
            };
            for trail in trails {
                let described =
                    account.trails.iter().find(|described| trail["TrailARN"] == account.trail_arn(described));
                let custom = described.is_some_and(|described| !matches!(described.selectors, Selectors::Default));
                trail["HasCustomEventSelectors"] = json!(custom);
            }
        });
    })
}

/// moto answers for a log group that does not exist as for one without filters. Those exist that the account has, and
/// those that were created since.
fn missing_groups(account: &Account) -> [FaultRule; 2] {
    let names = account.regions.iter().flat_map(|(region, contents)| {
        contents.log_groups.iter().map(|group| (region.clone(), group.name.clone())).collect::<Vec<_>>()
    });
    let known: Arc<Mutex<BTreeSet<(String, String)>>> = Arc::new(Mutex::new(names.collect()));
    let created = Arc::clone(&known);
    let asked_for = |request: &Request| {
        let name = json_of(&request.body)["logGroupName"].as_str()?.to_owned();
        Some((region_of(request).to_owned(), name))
    };
    let create = FaultRule::rewrite("logs:CreateLogGroup", move |request, response| {
        if let Some(group) = asked_for(request).filter(|_| response.status == 200) {
            created.lock().expect("nobody panics while holding it").insert(group);
        }
    });
    let describe = FaultRule::rewrite("logs:DescribeMetricFilters", move |request, response| {
        let Some(group) = asked_for(request) else { return };
        if !known.lock().expect("nobody panics while holding it").contains(&group) {
            let message = "The specified log group does not exist.";
            let error = ServiceError::new(400, "ResourceNotFoundException", message);
            *response = error.response(Protocol::AwsJson);
        }
    });
    [create, describe]
}

/// moto does not say when a metric filter was made.
fn creation_times() -> [FaultRule; 2] {
    type Made = BTreeMap<(String, String, String), i64>;
    let made: Arc<Mutex<Made>> = Arc::default();
    let noted = Arc::clone(&made);
    let put = FaultRule::rewrite("logs:PutMetricFilter", move |request, _| {
        let asked = json_of(&request.body);
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let name = (region_of(request).to_owned(), text("logGroupName"), text("filterName"));
        let now = jiff::Timestamp::now().as_millisecond();
        noted.lock().expect("nobody panics while holding it").entry(name).or_insert(now);
    });
    let describe = FaultRule::rewrite("logs:DescribeMetricFilters", move |request, response| {
        let made = made.lock().expect("nobody panics while holding it");
        change_json(response, |body| {
            for filter in body["metricFilters"].as_array_mut().into_iter().flatten() {
                let text = |name: &str| filter[name].as_str().unwrap_or_default().to_owned();
                let name = (region_of(request).to_owned(), text("logGroupName"), text("filterName"));
                if let Some(time) = made.get(&name) {
                    filter["creationTime"] = json!(time);
                }
            }
        });
    });
    [put, describe]
}

fn region_of(request: &Request) -> &str {
    let authorization = request.headers.get("authorization").unwrap_or_default();
    authorization.split('/').nth(2).unwrap_or_default()
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

/// Changes the body of an answer in JSON that is no error.
pub(crate) fn change_json(response: &mut Response, change: impl FnOnce(&mut Value)) {
    if response.status == 200
        && let Ok(mut body) = serde_json::from_slice(&response.body)
    {
        change(&mut body);
        response.body = body.to_string().into_bytes();
    }
}

/// Changes the body of an answer in CBOR that is no error.
pub(crate) fn change_cbor(response: &mut Response, change: impl FnOnce(&mut ciborium::Value)) {
    if response.status == 200
        && let Ok(mut body) = ciborium::from_reader(&response.body[..])
    {
        change(&mut body);
        let mut bytes = Vec::new();
        ciborium::into_writer(&body, &mut bytes).expect("writing to memory does not fail");
        response.body = bytes;
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

/// The answer with another value in one `<entry>`, or with that entry added.
fn with_entry(body: &str, name: &str, value: &str) -> String {
    let key = format!("<key>{name}</key>");
    if let Some((before, after)) = body.split_once(&key)
        && let Some((to_value, rest)) = after.split_once("<value>")
        && let Some((_, rest)) = rest.split_once("</value>")
    {
        return format!("{before}{key}{to_value}<value>{value}</value>{rest}");
    }
    let entry = format!("<entry>{key}<value>{value}</value></entry></Attributes>");
    body.replace("</Attributes>", &entry)
}
