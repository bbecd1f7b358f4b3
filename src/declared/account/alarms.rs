//! Declared alarms on metrics and on other alarms.

use jiff::Timestamp;

use super::builder::{Builder, Open, Scope, known, name_of, part};
use super::refused::is_no_topic;
use crate::arn::{AlarmArn, Arn};
use crate::declared::{Node, Resource, Unknown, is_open};
use crate::snapshot::{
    AlarmActions, CompositeAlarm, DocumentPart, EvaluationWindow, MetricAlarm, MetricQuery, MetricStat, MuteRule,
    WarmUp, Watched,
};

const ALARMS: &str = "cloudwatch:DescribeAlarms";
const MUTE_RULES: &str = "cloudwatch:ListAlarmMuteRules";
const SUBSCRIPTIONS: &str = "sns:ListSubscriptionsByTopic";
/// Properties of a metric alarm that the account model holds, each read by itself.
const SINGLE: &str = "MetricName";

pub(super) fn metric_alarm<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "AlarmName");
    let arn = AlarmArn::new(builder.home.arn("cloudwatch", &format!("alarm:{name}")));
    if builder.declare(&arn, resource) && builder.ground.over.is_some() {
        forget(builder, &arn);
    }
    let actions = actions(builder, resource, &arn);
    let alarm = actions.and_then(|actions| settings(resource, &arn, &name, actions));
    let alarm = match alarm {
        Ok(alarm) => alarm,
        // It will not exist.
        Err(_) if builder.refused().is_some() => match named_metrics(resource) {
            Some(names) => MetricAlarm { watches: Watched::Criteria(names), ..silent(arn, name) },
            None => return,
        },
        Err(part) => {
            builder.gap(&part, None);
            builder.account.open_alarms.insert(arn.to_string(), *part);
            // It watches the metrics that it names in a way that cannot be followed.
            match named_metrics(resource) {
                Some(names) => MetricAlarm { watches: Watched::Criteria(names), ..silent(arn, name) },
                None => {
                    builder.alarms().complete = false;
                    return;
                }
            }
        }
    };
    if let Some(unknown) = unknown_metric(resource) {
        builder.gap(&unknown, None);
        builder.alarms().complete = false;
    }
    builder.alarms().metric_alarms.push(alarm);
}

/// Takes a deployed alarm out that a declared one replaces.
pub(super) fn forget(builder: &mut Builder<'_>, arn: &AlarmArn) {
    let alarms = builder.alarms();
    alarms.metric_alarms.retain(|known| known.arn != *arn);
    alarms.composite_alarms.retain(|known| known.arn != *arn);
}

/// The names of all metrics that an alarm watches, as a text in which each is found. `None`: one is not known.
fn named_metrics(resource: &Resource) -> Option<String> {
    let one = resource.properties.get(SINGLE).text().ok()?;
    let queries = resource.properties.get("Metrics").list().ok()?;
    let mut names: Vec<String> = one.into_iter().map(str::to_owned).collect();
    for query in queries {
        names.extend(query.get("MetricStat").get("Metric").get("MetricName").text().ok()?.map(str::to_owned));
        names.extend(query.get("Expression").text().ok()?.map(str::to_owned));
    }
    (!names.is_empty()).then(|| names.join(" "))
}

/// The metric of a single-metric alarm, where its name is known by an expression alone: another may be the same.
fn unknown_metric(resource: &Resource) -> Option<DocumentPart> {
    [SINGLE, "Namespace"].into_iter().find_map(|property| {
        let node = resource.properties.get(property);
        node.unknown().map(|unknown| part(resource, property, node, unknown, ALARMS))
    })
}

fn silent(arn: AlarmArn, name: String) -> MetricAlarm {
    MetricAlarm {
        arn,
        name,
        actions: AlarmActions { enabled: true, alarm: Vec::new(), ok: Vec::new(), insufficient_data: Vec::new() },
        watches: Watched::Criteria(String::new()),
        threshold: None,
        threshold_metric_id: None,
        comparison: None,
        evaluation_periods: None,
        datapoints_to_alarm: None,
        treat_missing_data: None,
        low_samples: None,
        state: None,
        evaluation_state: None,
        window: None,
        warm_up: None,
        tags_in_messages: None,
    }
}

fn actions(builder: &mut Builder<'_>, resource: &Resource, alarm: &AlarmArn) -> Result<AlarmActions, Open> {
    let enabled = known(resource, "ActionsEnabled", ALARMS, |node| Ok(node.boolean()?.unwrap_or(true)))?;
    let mut list = |property: &str| {
        let node = resource.properties.get(property);
        // A list that is not known is taken for one topic that is not known.
        let nodes = node.list().unwrap_or_else(|_| vec![node]);
        let mut action = |node: &&Node| {
            let text = node.symbol().filter(|text| !text.is_empty())?;
            // Where all is declared, a topic that is not known is one of the declared ones, or there is none.
            let is_whole = builder.scope() == Scope::Whole;
            let may_be_any = |unknown: &&Unknown| unknown.is_anything() || is_whole && is_open(&unknown.expression);
            if let Some(unknown) = node.unknown().filter(may_be_any).filter(|_| !is_no_topic(&text)) {
                let part = part(resource, property, node, unknown, SUBSCRIPTIONS);
                let topic = builder.topic_arn(&text);
                builder.account.open_actions.insert((alarm.clone(), topic.clone()), part.clone());
                builder.open_topics.entry(topic).or_insert(part);
            }
            let names_topic = Arn::parse(&text).is_some_and(|arn| arn.service == "sns");
            if names_topic && is_no_topic(&text) {
                // An audit takes all that SNS has for topics.
                return Some(format!("subscription {text}"));
            }
            if names_topic && node.unknown().is_none() && !builder.home.knows_account() {
                let arn = builder.topic_arn(&text);
                let part = part(resource, property, node, &super::topics::if_here(&arn), SUBSCRIPTIONS);
                builder.account.open_actions.insert((alarm.clone(), arn.clone()), part.clone());
                builder.named_topics.entry(arn).or_insert(part);
            }
            let is_topic = names_topic || node.unknown().is_some() && !is_no_topic(&text);
            Some(if is_topic { builder.topic_arn(&text).to_string() } else { text })
        };
        nodes.iter().filter_map(&mut action).collect::<Vec<String>>()
    };
    Ok(AlarmActions {
        enabled,
        alarm: list("AlarmActions"),
        ok: list("OKActions"),
        insufficient_data: list("InsufficientDataActions"),
    })
}

fn settings(resource: &Resource, arn: &AlarmArn, name: &str, actions: AlarmActions) -> Result<MetricAlarm, Open> {
    let text = |property: &str| known(resource, property, ALARMS, |node| Ok(node.text()?.map(str::to_owned)));
    let whole = |property: &str| known(resource, property, ALARMS, Node::whole);
    let watches = watches(resource)?;
    // It is ignored for every other statistic.
    let low_samples = if has_percentile(&watches) { text("EvaluateLowSampleCountPercentile")? } else { None };
    Ok(MetricAlarm {
        actions,
        watches,
        threshold: known(resource, "Threshold", ALARMS, Node::number)?,
        threshold_metric_id: text("ThresholdMetricId")?,
        comparison: text("ComparisonOperator")?,
        evaluation_periods: whole("EvaluationPeriods")?,
        datapoints_to_alarm: whole("DatapointsToAlarm")?,
        treat_missing_data: text("TreatMissingData")?,
        low_samples,
        window: known(resource, "EvaluationWindow", ALARMS, window)?,
        warm_up: known(resource, "WarmUpConfiguration", ALARMS, warm_up)?,
        ..silent(arn.clone(), name.to_owned())
    })
}

/// Whether an alarm asks for a percentile, or for a statistic that may be one.
fn has_percentile(watches: &Watched) -> bool {
    const OTHERS: [&str; 5] = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"];
    let is_other = |stat: &MetricStat| OTHERS.iter().any(|other| stat.statistic.eq_ignore_ascii_case(other));
    match watches {
        Watched::Metric(stat) => !is_other(stat),
        Watched::Queries(queries) => !queries.iter().filter_map(|query| query.stat.as_ref()).all(is_other),
        Watched::Criteria(_) => false,
    }
}

fn window(node: &Node) -> Result<Option<EvaluationWindow>, Unknown> {
    if let Some(unknown) = node.unknown() {
        return Err(unknown.clone());
    }
    let timezone = node.get("WallClockWindow").get("Timezone").text()?.map(str::to_owned);
    let has = |key: &str| node.get(key).value != crate::declared::Value::Absent;
    Ok(match () {
        () if has("WallClockWindow") => Some(EvaluationWindow::WallClock { timezone }),
        () if has("SlidingWindow") => Some(EvaluationWindow::Sliding),
        () if node.value == crate::declared::Value::Absent => None,
        () => Some(EvaluationWindow::Other),
    })
}

fn warm_up(node: &Node) -> Result<Option<WarmUp>, Unknown> {
    if let Some(unknown) = node.unknown() {
        return Err(unknown.clone());
    }
    if node.value == crate::declared::Value::Absent {
        return Ok(None);
    }
    Ok(Some(WarmUp {
        minutes: node.get("WarmUpPeriodDurationInMinutes").whole()?,
        to_its_end: node.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds").boolean()?,
        since: None,
    }))
}

fn watches(resource: &Resource) -> Result<Watched, Open> {
    let properties = &resource.properties;
    if properties.get("EvaluationCriteria").value != crate::declared::Value::Absent {
        let query = properties.get("EvaluationCriteria").get("PromQLCriteria").get("Query").symbol();
        return Ok(Watched::Criteria(query.unwrap_or_default()));
    }
    if properties.get("Metrics").value != crate::declared::Value::Absent {
        let queries = known(resource, "Metrics", ALARMS, |node| node.list()?.into_iter().map(query).collect());
        let mut queries: Vec<MetricQuery> = queries?;
        // The API takes one that is absent for true. Beside a band two return data, and the band is not the one that is
        // watched.
        if properties.get("ThresholdMetricId").value == crate::declared::Value::Absent {
            queries.iter_mut().for_each(|query| query.return_data = query.return_data.or(Some(true)));
        }
        return Ok(Watched::Queries(queries));
    }
    let statistic = known(resource, "Statistic", ALARMS, |node| Ok(node.text()?.map(str::to_owned)))?;
    let extended = known(resource, "ExtendedStatistic", ALARMS, |node| Ok(node.text()?.map(str::to_owned)))?;
    Ok(Watched::Metric(MetricStat {
        namespace: properties.get("Namespace").symbol().unwrap_or_default(),
        name: properties.get(SINGLE).symbol().unwrap_or_default(),
        dimensions: known(resource, "Dimensions", ALARMS, dimensions)?,
        statistic: statistic.or(extended).unwrap_or_default(),
        period: known(resource, "Period", ALARMS, Node::whole)?.unwrap_or_default(),
        unit: known(resource, "Unit", ALARMS, |node| Ok(node.text()?.map(str::to_owned)))?,
    }))
}

fn dimensions(node: &Node) -> Result<std::collections::BTreeMap<String, String>, Unknown> {
    let dimension = |node: &Node| {
        let text = |key: &str| node.get(key).text().map(|text| text.unwrap_or_default().to_owned());
        Ok((text("Name")?, text("Value")?))
    };
    node.list()?.into_iter().map(dimension).collect()
}

fn query(node: &Node) -> Result<MetricQuery, Unknown> {
    let text = |key: &str| node.get(key).text().map(|text| text.map(str::to_owned));
    let metric_stat = node.get("MetricStat");
    let stat = match &metric_stat.value {
        crate::declared::Value::Absent => None,
        crate::declared::Value::Unknown(unknown) => return Err(unknown.clone()),
        _ => {
            let metric = metric_stat.get("Metric");
            let plain = |node: &Node| node.text().map(|text| text.unwrap_or_default().to_owned());
            Some(MetricStat {
                namespace: plain(metric.get("Namespace"))?,
                name: plain(metric.get("MetricName"))?,
                dimensions: dimensions(metric.get("Dimensions"))?,
                statistic: plain(metric_stat.get("Stat"))?,
                period: metric_stat.get("Period").whole()?.unwrap_or_default(),
                unit: metric_stat.get("Unit").text()?.map(str::to_owned),
            })
        }
    };
    Ok(MetricQuery {
        id: text("Id")?.unwrap_or_default(),
        return_data: node.get("ReturnData").boolean()?,
        stat,
        expression: text("Expression")?,
        period: node.get("Period").whole()?,
        account_id: text("AccountId")?,
    })
}

pub(super) fn composite<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "AlarmName");
    let arn = AlarmArn::new(builder.home.arn("cloudwatch", &format!("alarm:{name}")));
    if builder.declare(&arn, resource) && builder.ground.over.is_some() {
        forget(builder, &arn);
    }
    let rule = resource.properties.get("AlarmRule").symbol().unwrap_or_default();
    let is_decided = |node: &Node| match node.unknown() {
        Some(unknown) => Err(unknown.clone()),
        None => Ok(()),
    };
    let decided = known(resource, "AlarmRule", ALARMS, is_decided);
    match decided.and_then(|()| actions(builder, resource, &arn)) {
        Ok(actions) => {
            let suppressor = resource.properties.get("ActionsSuppressor").symbol();
            let alarm = CompositeAlarm { arn, name, actions, rule, suppressor };
            builder.alarms().composite_alarms.push(alarm);
        }
        Err(_) if builder.refused().is_some() => {}
        Err(part) => {
            builder.gap(&part, None);
            builder.alarms().complete = false;
        }
    }
}

/// A mute rule. Of one that is not known it is not known which alarms it mutes.
pub(super) fn mute_rule<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "Name");
    builder.declare(&builder.home.arn("cloudwatch", &format!("alarm-mute-rule:{name}")), resource);
    // One that is refused mutes nothing.
    if builder.refused().is_some() {
        return;
    }
    match mute_rule_of(resource, &name, builder.ground.now) {
        Ok(rule) => {
            // Where those that are deployed were not read, nothing is known of all of them.
            if let Some(rules) = &mut builder.alarms().mute_rules {
                rules.retain(|known| known.name != name);
                rules.push(rule);
            }
        }
        Err(part) => {
            builder.gap(&part, None);
            builder.alarms().mute_rules = None;
        }
    }
}

/// A time, which is one of the schedule's zone where it has none of its own (CDK reference, `AlarmMuteRuleProps`).
fn time(text: &str, zone: &str) -> Result<Timestamp, Unknown> {
    let is_utc = ["", "UTC", "Etc/UTC"].contains(&zone);
    let local = || text.parse::<jiff::civil::DateTime>().ok().filter(|_| is_utc);
    let local = || local()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(local).ok_or_else(|| Unknown::new("?", "its time zone is not followed"))
}

/// Whether the only window of a schedule, `at(…)`, is over for certain, in whatever zone its time is.
fn is_over(schedule: &str, duration: &str, now: Timestamp) -> bool {
    const FARTHEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(14);
    let inside = schedule.trim().strip_prefix("at(").and_then(|rest| rest.strip_suffix(')'));
    let start = inside.and_then(|time| time.trim().parse::<jiff::civil::DateTime>().ok());
    let start = start.and_then(|start| start.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let length = super::refused::minutes(duration).map(jiff::SignedDuration::from_mins);
    let end = start.zip(length).and_then(|(start, length)| start.timestamp().checked_add(length + FARTHEST).ok());
    end.is_some_and(|end| end <= now)
}

fn mute_rule_of(resource: &Resource, name: &str, now: Timestamp) -> Result<MuteRule, Open> {
    let alarms = known(resource, "MuteTargets", MUTE_RULES, |targets| {
        let named = |node: &&Node| match node.unknown() {
            Some(unknown) => Err(unknown.clone()),
            None => Ok(node.symbol().unwrap_or_default()),
        };
        if let Some(unknown) = targets.unknown() {
            return Err(unknown.clone());
        }
        targets.get("AlarmNames").list()?.iter().map(named).collect::<Result<Vec<String>, Unknown>>()
    })?;
    let schedule = |key: &str| {
        known(resource, "Rule", MUTE_RULES, |rule| {
            if let Some(unknown) = rule.unknown().or_else(|| rule.get("Schedule").unknown()) {
                return Err(unknown.clone());
            }
            Ok(rule.get("Schedule").get(key).text()?.unwrap_or_default().to_owned())
        })
    };
    let zone = schedule("Timezone")?;
    let date = |property: &str| {
        known(resource, property, MUTE_RULES, |node| node.text()?.map(|text| time(text, &zone)).transpose())
    };
    let (expression, duration) = (schedule("Expression")?, schedule("Duration")?);
    let status = if is_over(&expression, &duration, now) { "EXPIRED" } else { "SCHEDULED" };
    Ok(MuteRule {
        name: name.to_owned(),
        alarms,
        schedule: expression,
        duration,
        status: status.to_owned(),
        start: date("StartDate")?,
        expire: date("ExpireDate")?,
    })
}
