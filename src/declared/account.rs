//! Declared resources as the account model that an audit judges, whatever language they are declared in.
//!
//! What links resources is followed by identity: an ARN, a name, or the expression of one that is not known. What decides
//! by its value and is not known leaves the account model's own gap there, or takes the resource out of it and is noted.
//! What the documents do not declare and something in them names is presumed to be sound, and noted as presumed: the
//! declared part decides, and who judges says what was presumed.

use self::builder::Builder;
use super::{Declared, Elsewhere, Home, Resource};
use crate::snapshot::{DocumentPart, SecurityHub};

mod alarms;
mod builder;
mod channels;
mod contradictions;
mod logs;
mod policy;
mod refused;
mod removed;
mod topics;
mod trails;

pub use builder::{Account, Declaration, Ground, Lost, OpenFilter, Refusal, Scope, filter_key};
pub(in crate::declared) use channels::TYPES as CHANNELS;
pub(in crate::declared) use contradictions::accounts_of_topics;
pub use refused::Refused;
pub(in crate::declared) use refused::{Certainty, TYPES_OF_CHAIN, is_misspelt};

/// Makes the account of the ground's home: of other accounts' resources only what alarms send to.
#[must_use]
pub fn account<'a>(declared: &'a Declared, ground: Ground<'a>) -> Account<'a> {
    let mut builder = Builder::new(ground);
    let part = |elsewhere: &Elsewhere| DocumentPart {
        file: elsewhere.file.clone(),
        line: elsewhere.at.map(|at| at.line),
        address: elsewhere.address.clone(),
        property: None,
        why: Some(elsewhere.why.clone()),
        instead_of: "logs:DescribeMetricFilters".to_owned(),
    };
    builder.account.elsewhere = declared.elsewhere.iter().map(part).collect();
    builder.account.macros = declared.macros.iter().map(|(file, changes)| (file.clone(), part(changes))).collect();
    builder.account.incomplete = declared.incomplete.iter().map(part).collect();
    builder.account.contradictions = contradictions::find(declared, ground.home);
    builder.assumes_log_group = declared.assumes_log_group;
    builder.names_one_account = contradictions::names_one_account(declared);
    builder.account.adrift = adrift(declared, ground);
    let is_ours =
        |resource: &&'a Resource| ground.home_of(resource).account == ground.home.account || is_shared(&resource.kind);
    if ground.over.is_some() {
        for resource in declared.removed.iter().filter(is_ours) {
            builder.begin(resource);
            removed::withdraw(&mut builder, resource);
        }
    }
    let mut each = |kind: &str, read: &dyn Fn(&mut Builder<'a>, &'a Resource)| {
        for resource in declared.resources.iter().filter(|resource| resource.kind == kind).filter(is_ours) {
            builder.begin(resource);
            builder.examine(resource);
            read(&mut builder, resource);
        }
    };
    each("AWS::Logs::LogGroup", &|builder, group| logs::group(builder, group));
    each("AWS::Logs::MetricFilter", &|builder, filter| logs::filter(builder, filter));
    each("AWS::CloudTrail::Trail", &|builder, trail| trails::trail(builder, trail));
    each("AWS::CloudWatch::Alarm", &|builder, alarm| alarms::metric_alarm(builder, alarm));
    each("AWS::CloudWatch::CompositeAlarm", &|builder, alarm| alarms::composite(builder, alarm));
    each("AWS::CloudWatch::AlarmMuteRule", &|builder, rule| alarms::mute_rule(builder, rule));
    each("AWS::SNS::Topic", &|builder, topic| topics::topic(builder, topic));
    each("AWS::KMS::Key", &|builder, key| topics::key(builder, key));
    each("AWS::KMS::Alias", &|builder, alias| topics::alias(builder, alias));
    each("AWS::SNS::Subscription", &|builder, subscription| topics::subscription(builder, subscription));
    for kind in channels::TYPES {
        each(kind, &|builder, channel| channels::channel(builder, channel));
    }
    each("AWS::SNS::TopicPolicy", &|builder, policy| topics::topic_policy(builder, policy, "Topics"));
    each("AWS::SNS::TopicInlinePolicy", &|builder, policy| topics::topic_policy(builder, policy, "TopicArn"));
    builder.removes = true;
    for resource in declared.removed.iter().filter(is_ours) {
        builder.begin(resource);
        builder.account.removed.push(resource);
        match resource.kind.as_str() {
            "AWS::Logs::LogGroup" => logs::removed_group(&mut builder, resource),
            "AWS::Logs::MetricFilter" => logs::removed(&mut builder, resource),
            "AWS::CloudTrail::Trail" => trails::removed(&mut builder, resource),
            "AWS::SNS::Topic" => topics::removed(&mut builder, resource),
            _ => {}
        }
    }
    let mut hubs =
        declared.resources.iter().filter(|resource| resource.kind == "AWS::SecurityHub::Hub").filter(is_ours);
    let in_region = |hub: &'a Resource| ground.home_of(hub).region == ground.home.region;
    let enabled = hubs.any(in_region);
    if enabled || ground.scope == Scope::Whole {
        let region = ground.home.region.clone();
        builder.account.snapshot.security_hub =
            Some(SecurityHub { region, enabled, hub_arn: None, subscribed_at: None });
    }
    builder.home = ground.home;
    topics::presume(&mut builder);
    trails::presume(&mut builder);
    logs::pass_over(&mut builder);
    builder.account.snapshot.sort();
    topics::sound_first(&mut builder);
    builder.account
}

/// The first resource of which it is not known whether it is where others are: in their account, or in their region.
fn adrift<'a>(declared: &'a Declared, ground: Ground<'a>) -> Option<DocumentPart> {
    let here = ground.home;
    let is_near = |home: &Home| home.account == here.account || !home.knows_account() || !here.knows_account();
    let near: Vec<(&Resource, &Home)> = declared
        .resources
        .iter()
        .filter(|resource| resource.is_link())
        .map(|resource| (resource, ground.home_of(resource)))
        .filter(|(_, home)| is_near(home))
        .collect();
    let (_, first) = near.first()?;
    let is_split = |part: fn(&Home) -> &str| near.iter().any(|(_, home)| part(home) != part(first));
    let (accounts, regions) = (is_split(|home| &home.account), is_split(|home| &home.region));
    let is_open = |home: &Home| (accounts && !home.knows_account()) || (regions && !home.knows_region());
    let (resource, _) = near.iter().find(|(_, home)| is_open(home))?;
    Some(DocumentPart {
        file: resource.file.clone(),
        line: resource.at.map(|at| at.line),
        address: resource.address.clone(),
        property: None,
        why: Some(
            "where it is deployed is not known (--in-account, --in-region), and may be where the others are".to_owned(),
        ),
        instead_of: "logs:DescribeMetricFilters".to_owned(),
    })
}

/// Whether alarms of one account may use another's resources of this type.
fn is_shared(kind: &str) -> bool {
    ["AWS::SNS::", "AWS::KMS::", "AWS::Chatbot::"].iter().any(|service| kind.starts_with(service))
}
