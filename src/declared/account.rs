//! Declared resources as the account model that an audit judges, whatever language they are declared in.
//!
//! What links resources is followed by identity: an ARN, a name, or the expression of one that is not known. What decides
//! by its value and is not known leaves the account model's own gap there, or takes the resource out of it and is noted.
//! What the documents do not declare and something in them names is presumed to be sound, and noted as presumed: the
//! declared part decides, and who judges says what was presumed.

use jiff::Timestamp;

use self::builder::Builder;
use super::{Declared, Elsewhere, Home, Resource};
use crate::snapshot::{DocumentPart, SecurityHub};

mod alarms;
mod builder;
mod logs;
mod policy;
mod topics;
mod trails;

pub use builder::{Account, Declaration, Scope};

/// Makes the account.
#[must_use]
pub fn account<'a>(declared: &'a Declared, home: &'a Home, scope: Scope, now: Timestamp) -> Account {
    let mut builder = Builder::new(home, scope, now);
    let part = |elsewhere: &Elsewhere| DocumentPart {
        file: elsewhere.file.clone(),
        line: elsewhere.at.map(|at| at.line),
        address: elsewhere.address.clone(),
        property: None,
        why: Some(elsewhere.why.clone()),
        instead_of: "logs:DescribeMetricFilters".to_owned(),
    };
    builder.account.elsewhere = declared.elsewhere.iter().map(part).collect();
    builder.account.incomplete = declared.incomplete.iter().map(part).collect();
    let of = |kind: &'static str| declared.resources.iter().filter(move |resource| resource.kind == kind);
    let mut make = |kind: &'static str, make: &dyn Fn(&mut Builder<'a>, &Resource)| {
        for resource in of(kind) {
            builder.home = resource.home.as_deref().unwrap_or(home);
            make(&mut builder, resource);
        }
    };
    make("AWS::Logs::LogGroup", &logs::group);
    make("AWS::Logs::MetricFilter", &logs::filter);
    make("AWS::CloudTrail::Trail", &trails::trail);
    make("AWS::CloudWatch::Alarm", &alarms::metric_alarm);
    make("AWS::CloudWatch::CompositeAlarm", &alarms::composite);
    make("AWS::SNS::Topic", &topics::topic);
    make("AWS::KMS::Key", &topics::key);
    make("AWS::KMS::Alias", &topics::alias);
    make("AWS::SNS::Subscription", &topics::subscription);
    make("AWS::SNS::TopicPolicy", &|builder, policy| topics::topic_policy(builder, policy, "Topics"));
    make("AWS::SNS::TopicInlinePolicy", &|builder, policy| topics::topic_policy(builder, policy, "TopicArn"));
    for resource in &declared.removed {
        builder.home = resource.home.as_deref().unwrap_or(home);
        match resource.kind.as_str() {
            "AWS::Logs::LogGroup" => logs::removed_group(&mut builder, resource),
            "AWS::Logs::MetricFilter" => logs::removed(&mut builder, resource),
            "AWS::CloudTrail::Trail" => trails::removed(&mut builder, resource),
            "AWS::SNS::Topic" => topics::removed(&mut builder, resource),
            _ => {}
        }
    }
    builder.home = home;
    if of("AWS::SecurityHub::Hub").next().is_some() || scope == Scope::Whole {
        let enabled = of("AWS::SecurityHub::Hub").next().is_some();
        let region = home.region.clone();
        builder.account.snapshot.security_hub =
            Some(SecurityHub { region, enabled, hub_arn: None, subscribed_at: None });
    }
    topics::presume(&mut builder);
    trails::presume(&mut builder);
    builder.account.snapshot.sort();
    builder.account
}
