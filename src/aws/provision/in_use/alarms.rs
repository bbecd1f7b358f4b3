//! Which alarm still needs what is to be removed. An alarm of any kind counts, this program's own included, and one that
//! cannot be followed counts as one that needs it.

use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;

use crate::arn::{LogGroupArn, without_streams};
use crate::aws::clients::Clients;
use crate::aws::cloudwatch::{describe, must_be_whole};
use crate::aws::error::{Call, Failure};
use crate::aws::logs::GroupName;
use crate::aws::pages::Pages;
use crate::fix::execute::Removed;
use crate::fix::plan::MetricFilter;

/// A server that goes on for ever is stopped here: pages of 100 alarms.
const MOST_PAGES: usize = 1_000;

/// A topic, and who is subscribed to it, stays while an alarm notifies it.
pub(in super::super) async fn topic(
    clients: &Clients,
    region: &str,
    topic_arn: &str,
) -> Result<Option<Removed>, Failure> {
    let notifies = |page: &DescribeAlarmsOutput| notifying(page, topic_arn);
    kept_for(clients, region, Some(topic_arn), "notifies the topic", notifies).await
}

/// A metric filter stays while an alarm watches its metric, by itself or in an expression.
pub(in super::super) async fn metric(
    clients: &Clients,
    region: &str,
    filter: &MetricFilter,
) -> Result<Option<Removed>, Failure> {
    kept_for(clients, region, None, "watches its metric", |page| watching(page, filter)).await
}

/// A log group, and the trail that fills it, stays while a log alarm queries it.
pub(super) async fn log_group(clients: &Clients, group: GroupName<'_>) -> Result<Option<Removed>, Failure> {
    kept_for(clients, group.region, None, "queries its events", |page| querying(page, group.arn)).await
}

/// An alarm that a composite one is made of, or is silenced by, stays.
pub(in super::super) async fn alarm(clients: &Clients, region: &str, name: &str) -> Result<Option<Removed>, Failure> {
    kept_for(clients, region, None, "is made of it", |page| composed_of(page, name)).await
}

/// All pages of `cloudwatch:DescribeAlarms`, of those with an action that begins so, until an alarm is found on one.
async fn kept_for(
    clients: &Clients,
    region: &str,
    action: Option<&str>,
    how: &str,
    found: impl Fn(&DescribeAlarmsOutput) -> Option<String>,
) -> Result<Option<Removed>, Failure> {
    let call = Call { operation: "cloudwatch:DescribeAlarms", region, resource: action };
    let mut pages = Pages::new(call, MOST_PAGES);
    loop {
        let page = |request: DescribeAlarmsFluentBuilder| {
            let request = request.max_records(100).set_next_token(pages.token());
            request.set_action_prefix(action.map(str::to_owned))
        };
        let answer = describe(clients, call, page).await?;
        must_be_whole(call, &answer)?;
        if let Some(name) = found(&answer) {
            return Ok(Some(Removed::Kept(format!("the alarm {name} {how}"))));
        }
        if !pages.turn(answer.next_token)? {
            return Ok(None);
        }
    }
}

/// The first alarm that notifies a topic in whatever state.
fn notifying(page: &DescribeAlarmsOutput, topic_arn: &str) -> Option<String> {
    let metric = page.metric_alarms().iter().map(|alarm| {
        (alarm.alarm_name(), [alarm.alarm_actions(), alarm.ok_actions(), alarm.insufficient_data_actions()])
    });
    let composite = page.composite_alarms().iter().map(|alarm| {
        (alarm.alarm_name(), [alarm.alarm_actions(), alarm.ok_actions(), alarm.insufficient_data_actions()])
    });
    let log = page.log_alarms().iter().map(|alarm| {
        (alarm.alarm_name(), [alarm.alarm_actions(), alarm.ok_actions(), alarm.insufficient_data_actions()])
    });
    let mut alarms = metric.chain(composite).chain(log);
    let found = alarms.find(|(_, actions)| actions.iter().any(|list| list.iter().any(|action| action == topic_arn)));
    found.map(|(name, _)| name.unwrap_or_default().to_owned())
}

/// The first alarm that watches what a filter counts, or may: by a query that has the metric's name in it, or one that
/// cannot be read.
fn watching(page: &DescribeAlarmsOutput, filter: &MetricFilter) -> Option<String> {
    let is_it = |namespace: Option<&str>, metric: Option<&str>| {
        namespace == Some(&filter.namespace) && metric == Some(&filter.metric)
    };
    let found = page.metric_alarms().iter().find(|alarm| {
        let mut queried = alarm.metrics().iter().filter_map(|query| query.metric_stat()?.metric());
        let mut expressions = alarm.metrics().iter().filter_map(|query| query.expression());
        let in_criteria = alarm.evaluation_criteria().is_some_and(|criteria| {
            let query = criteria.as_prom_ql_criteria().ok().and_then(|criteria| criteria.query());
            query.is_none_or(|query| query.contains(&filter.metric))
        });
        is_it(alarm.namespace(), alarm.metric_name())
            || queried.any(|metric| is_it(metric.namespace(), metric.metric_name()))
            || expressions.any(|expression| expression.contains(&filter.metric))
            || in_criteria
    });
    found.map(|alarm| alarm.alarm_name().unwrap_or_default().to_owned())
}

/// The first log alarm whose query is of a log group, which it names by its name or ARN, or may be.
fn querying(page: &DescribeAlarmsOutput, wanted: &LogGroupArn) -> Option<String> {
    let found = page.log_alarms().iter().find(|alarm| {
        let groups =
            alarm.scheduled_query_configuration().map(|query| query.log_group_identifiers()).unwrap_or_default();
        let is_it = |group: &String| group == wanted.name() || *wanted == *without_streams(group);
        groups.is_empty() || groups.iter().any(is_it)
    });
    found.map(|alarm| alarm.alarm_name().unwrap_or_default().to_owned())
}

/// The first composite alarm whose rule or suppressor names an alarm. A longer name that begins so is taken for it too.
fn composed_of(page: &DescribeAlarmsOutput, name: &str) -> Option<String> {
    let names = |text: Option<&str>| text.is_some_and(|text| text.contains(name));
    let mut composite = page.composite_alarms().iter();
    let found = composite.find(|alarm| names(alarm.alarm_rule()) || names(alarm.actions_suppressor()));
    found.map(|alarm| alarm.alarm_name().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types as sdk;

    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:cis-audit-alerts";

    fn page() -> aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsOutputBuilder {
        DescribeAlarmsOutput::builder()
    }

    #[test]
    fn an_alarm_of_any_kind_notifies_a_topic_in_any_state() {
        let metric = sdk::MetricAlarm::builder().alarm_name("metric");
        let composite = sdk::CompositeAlarm::builder().alarm_name("composite").alarm_actions(TOPIC).build();
        let log = sdk::LogAlarm::builder().alarm_name("log").insufficient_data_actions(TOPIC).build();
        let found = |page: DescribeAlarmsOutput| notifying(&page, TOPIC);
        assert_eq!(
            found(page().metric_alarms(metric.clone().ok_actions(TOPIC).build()).build()).as_deref(),
            Some("metric")
        );
        assert_eq!(found(page().composite_alarms(composite).build()).as_deref(), Some("composite"));
        assert_eq!(found(page().log_alarms(log).build()).as_deref(), Some("log"));
        let longer = metric.alarm_actions(format!("{TOPIC}-2")).build();
        assert_eq!(found(page().metric_alarms(longer).build()), None);
    }

    #[test]
    fn an_alarm_watches_a_metric_by_itself_or_in_an_expression() {
        let filter = MetricFilter {
            log_group_arn: String::new().into(),
            name: String::new(),
            pattern: String::new(),
            namespace: "CISBenchmark".to_owned(),
            metric: "VpcChanges".to_owned(),
        };
        let plain = |namespace: &str, metric: &str| {
            let alarm = sdk::MetricAlarm::builder().alarm_name("plain").namespace(namespace).metric_name(metric);
            page().metric_alarms(alarm.build()).build()
        };
        assert_eq!(watching(&plain("CISBenchmark", "VpcChanges"), &filter).as_deref(), Some("plain"));
        assert_eq!(watching(&plain("CISBenchmark", "VpcChanges2"), &filter), None);
        assert_eq!(watching(&plain("Other", "VpcChanges"), &filter), None);
        let metric = sdk::Metric::builder().namespace("CISBenchmark").metric_name("VpcChanges").build();
        let query =
            sdk::MetricDataQuery::builder().metric_stat(sdk::MetricStat::builder().metric(metric).build()).build();
        let math = sdk::MetricAlarm::builder().alarm_name("math").metrics(query).build();
        assert_eq!(watching(&page().metric_alarms(math).build(), &filter).as_deref(), Some("math"));
        let asking = |query: &str| {
            let query = sdk::MetricDataQuery::builder().expression(query).build();
            page().metric_alarms(sdk::MetricAlarm::builder().alarm_name("query").metrics(query).build()).build()
        };
        let select = "SELECT SUM(VpcChanges) FROM CISBenchmark";
        assert_eq!(watching(&asking(select), &filter).as_deref(), Some("query"));
        assert_eq!(watching(&asking("SELECT SUM(Errors) FROM CISBenchmark"), &filter), None);
        let prom = |query: &str| {
            let criteria = sdk::AlarmPromQlCriteria::builder().query(query).build();
            let alarm = sdk::MetricAlarm::builder().alarm_name("prom");
            let alarm = alarm.evaluation_criteria(sdk::EvaluationCriteria::PromQlCriteria(criteria)).build();
            page().metric_alarms(alarm).build()
        };
        assert_eq!(watching(&prom("sum({\"VpcChanges\"}) > 0"), &filter).as_deref(), Some("prom"));
        assert_eq!(watching(&prom("up == 0"), &filter), None);
    }

    #[test]
    fn a_log_alarm_needs_the_groups_that_it_queries() {
        const GROUP: &str = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/cloudtrail/cis-audit";
        let asks = |groups: &[&str]| {
            let query = sdk::ScheduledQueryConfiguration::builder();
            let query = query.set_log_group_identifiers(Some(groups.iter().map(|&group| group.to_owned()).collect()));
            let alarm = sdk::LogAlarm::builder().alarm_name("query").scheduled_query_configuration(query.build());
            querying(&page().log_alarms(alarm.build()).build(), &GROUP.into())
        };
        for groups in [&["/aws/cloudtrail/cis-audit"][..], &["other", &format!("{GROUP}:*")], &[GROUP], &[]] {
            assert_eq!(asks(groups).as_deref(), Some("query"), "{groups:?}");
        }
        assert_eq!(asks(&["/aws/cloudtrail/cis-audit-2"]), None);
    }

    #[test]
    fn a_composite_alarm_is_made_of_those_that_it_names() {
        let found = |alarm: sdk::builders::CompositeAlarmBuilder| {
            composed_of(&page().composite_alarms(alarm.alarm_name("both").build()).build(), "cis-audit-vpc-changes")
        };
        let alarm = sdk::CompositeAlarm::builder;
        assert_eq!(found(alarm().alarm_rule("ALARM(\"cis-audit-vpc-changes\")")).as_deref(), Some("both"));
        let suppressor = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:cis-audit-vpc-changes";
        assert_eq!(found(alarm().actions_suppressor(suppressor)).as_deref(), Some("both"));
        assert_eq!(found(alarm().alarm_rule("ALARM(other)")), None);
    }
}
