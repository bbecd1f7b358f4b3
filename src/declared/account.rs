//! Declared resources as the account model that an audit judges, whatever language they are declared in.
//!
//! What links resources is followed by identity: an ARN, a name, or the expression of one that is not known. What decides
//! by its value and is not known leaves the account model's own gap there, or takes the resource out of it and is noted.
//! What the documents do not declare and something in them names is presumed to be sound, and noted as presumed: the
//! declared part decides, and who judges says what was presumed.

use jiff::Timestamp;

use self::builder::Builder;
use super::{Declared, Home};
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
pub fn account(declared: &Declared, home: &Home, scope: Scope, now: Timestamp) -> Account {
    let mut builder = Builder::new(home, scope, now);
    for elsewhere in &declared.elsewhere {
        builder.account.elsewhere.push(DocumentPart {
            file: elsewhere.file.clone(),
            line: elsewhere.at.map(|at| at.line),
            address: elsewhere.address.clone(),
            property: None,
            why: Some(elsewhere.why.clone()),
            instead_of: "logs:DescribeMetricFilters".to_owned(),
        });
    }
    let of = |kind: &'static str| declared.resources.iter().filter(move |resource| resource.kind == kind);
    of("AWS::Logs::LogGroup").for_each(|group| logs::group(&mut builder, group));
    of("AWS::Logs::MetricFilter").for_each(|filter| logs::filter(&mut builder, filter));
    of("AWS::CloudTrail::Trail").for_each(|trail| trails::trail(&mut builder, trail));
    of("AWS::CloudWatch::Alarm").for_each(|alarm| alarms::metric_alarm(&mut builder, alarm));
    of("AWS::CloudWatch::CompositeAlarm").for_each(|alarm| alarms::composite(&mut builder, alarm));
    of("AWS::SNS::Topic").for_each(|topic| topics::topic(&mut builder, topic));
    of("AWS::KMS::Key").for_each(|key| topics::key(&mut builder, key));
    of("AWS::KMS::Alias").for_each(|alias| topics::alias(&mut builder, alias));
    of("AWS::SNS::Subscription").for_each(|subscription| topics::subscription(&mut builder, subscription));
    of("AWS::SNS::TopicPolicy").for_each(|policy| topics::topic_policy(&mut builder, policy, "Topics"));
    of("AWS::SNS::TopicInlinePolicy").for_each(|policy| topics::topic_policy(&mut builder, policy, "TopicArn"));
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
