//! Regions and accounts that are written out in ARNs, where those of the deployment are not known. What must be of the same
//! region and account, as a trail's log group, says where it can be deployed. If two say different things, what they name is
//! sound in one place at most, and it is not known whether that is the place.

use std::collections::BTreeSet;

use super::builder::part;
use crate::arn::{Arn, is_account_id};
use crate::declared::{Declared, Home, MARKS, Node, Resource, Unknown, Value};
use crate::snapshot::DocumentPart;

/// What AWS takes only of the same region, and whether of the same account too.
const OWN: [(&str, &str, bool); 5] = [
    ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn", true),
    ("AWS::CloudWatch::Alarm", "AlarmActions", false),
    ("AWS::CloudWatch::CompositeAlarm", "AlarmActions", false),
    ("AWS::SNS::TopicPolicy", "Topics", true),
    ("AWS::SNS::TopicInlinePolicy", "TopicArn", true),
];

/// The first property with a region or account that is another than one before.
pub(super) fn find(declared: &Declared, home: &Home) -> Vec<DocumentPart> {
    if home.knows_account() && home.knows_region() {
        return Vec::new();
    }
    let (mut regions, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    for resource in &declared.resources {
        let here = resource.home.as_deref().unwrap_or(home);
        for (_, property, is_own_account) in OWN.iter().filter(|(kind, ..)| *kind == resource.kind) {
            for (region, account, node) in named(resource, property) {
                if !here.knows_region() {
                    regions.insert(region);
                }
                if !here.knows_account() && *is_own_account {
                    accounts.insert(account);
                }
                let (what, all, option) = match (regions.len(), accounts.len()) {
                    (2.., _) => ("regions", &regions, "--in-region"),
                    (_, 2..) => ("accounts", &accounts, "--in-account"),
                    _ => continue,
                };
                let all: Vec<&str> = all.iter().copied().collect();
                let why = format!(
                    "ARNs of the {what} {} are written out, and where this is deployed is not known ({option})",
                    all.join(" and ")
                );
                return vec![part(resource, property, node, &Unknown::new("?", why), "sns:GetTopicAttributes")];
            }
        }
    }
    Vec::new()
}

/// Whether the ARNs in the documents name one account at most: then that is taken for the one of the deployment.
pub(super) fn names_one_account(declared: &Declared) -> bool {
    let mut accounts = BTreeSet::new();
    declared.resources.iter().for_each(|resource| collect(&resource.properties, &mut accounts));
    accounts.len() <= 1 && accounts.iter().all(|account| is_account_id(account))
}

/// The accounts that written ARNs name of topics which are declared here by the same name: probably these are meant.
pub(in crate::declared) fn accounts_of_topics(declared: &Declared) -> BTreeSet<String> {
    let topics = declared.resources.iter().filter(|resource| resource.kind == "AWS::SNS::Topic");
    let names: BTreeSet<String> = topics.filter_map(|topic| topic.properties.get("TopicName").symbol()).collect();
    let mut arns = Vec::new();
    declared.resources.iter().for_each(|resource| texts(&resource.properties, &mut arns));
    let named =
        arns.into_iter().filter_map(Arn::parse).filter(|arn| arn.service == "sns" && names.contains(arn.resource));
    named.map(|arn| arn.account.to_owned()).filter(|account| is_written(account)).collect()
}

fn texts<'r>(node: &'r Node, found: &mut Vec<&'r str>) {
    match &node.value {
        Value::Text(text) => found.push(text),
        Value::List(nodes) => nodes.iter().for_each(|node| texts(node, found)),
        Value::Map(entries) => entries.iter().for_each(|(_, node)| texts(node, found)),
        Value::Absent | Value::Unknown(_) => {}
    }
}

/// Whether an ARN has an account, which is not what stands for the deployment's own.
fn is_written(account: &str) -> bool {
    !account.is_empty() && account != "aws" && !account.contains(MARKS)
}

fn collect<'r>(node: &'r Node, accounts: &mut BTreeSet<&'r str>) {
    match &node.value {
        Value::Text(text) => {
            accounts.extend(Arn::parse(text).map(|arn| arn.account).filter(|account| is_written(account)));
        }
        Value::List(nodes) => nodes.iter().for_each(|node| collect(node, accounts)),
        Value::Map(entries) => entries.iter().for_each(|(_, node)| collect(node, accounts)),
        Value::Absent | Value::Unknown(_) => {}
    }
}

/// The regions and accounts that are written out in a property.
fn named<'r>(resource: &'r Resource, property: &str) -> Vec<(&'r str, &'r str, &'r Node)> {
    let nodes = resource.properties.get(property).list().unwrap_or_default();
    let region_and_account = |node: &'r Node| {
        let arn = Arn::parse(node.text().ok()??)?;
        let is_written = |text: &str| !text.is_empty() && !text.contains(MARKS);
        let is_own = matches!(arn.service, "sns" | "logs") && is_written(arn.region) && is_written(arn.account);
        is_own.then_some((arn.region, arn.account, node))
    };
    nodes.into_iter().filter_map(region_and_account).collect()
}
