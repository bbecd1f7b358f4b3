//! What AWS refuses of a resource as it is declared, so that the deployment fails. Only known values decide it.
//! The services' API references say what they take (`CreateTrail`, `PutMetricFilter`, `PutMetricAlarm`, `CreateTopic`,
//! `Subscribe`, `CreateLogGroup`), CloudFormation's resource schemas which properties there are and must be.

mod schemas;

use self::schemas::SCHEMAS;
use crate::declared::{Node, Resource, Value};

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The property, as a path; of one that is missing it leads to nothing.
    pub path: String,
    /// Why, without an end.
    pub why: String,
    /// Whether that is certain: a property that is not known here may be a new one.
    pub is_certain: bool,
}

/// What AWS refuses of a resource, the first thing.
pub(super) fn refusal(resource: &Resource) -> Option<Refused> {
    let (found, doubtful): (Vec<Refused>, Vec<Refused>) =
        properties(resource).into_iter().partition(|refused| refused.is_certain);
    let of_kind = || match resource.kind.as_str() {
        "AWS::CloudTrail::Trail" => trail(resource),
        "AWS::Logs::LogGroup" => log_group(resource),
        "AWS::Logs::MetricFilter" => metric_filter(resource),
        "AWS::CloudWatch::Alarm" => alarm(resource).or_else(|| actions(resource)),
        "AWS::CloudWatch::CompositeAlarm" => actions(resource),
        "AWS::SNS::Topic" => topic(resource),
        "AWS::SNS::Subscription" => subscription(resource, &resource.properties, ""),
        "AWS::SNS::TopicPolicy" => topic_policy(resource),
        _ => None,
    };
    found.into_iter().next().or_else(of_kind).or_else(|| doubtful.into_iter().next())
}

fn refused(path: &str, why: String) -> Refused {
    Refused { path: path.to_owned(), why, is_certain: true }
}

/// Properties that there are not, or that must be there. Other languages' readers and tools have looked at theirs.
fn properties(resource: &Resource) -> Vec<Refused> {
    let Some(schema) = SCHEMAS.iter().find(|schema| schema.kind == resource.kind).filter(|_| resource.is_as_written)
    else {
        return Vec::new();
    };
    let Value::Map(entries) = &resource.properties.value else { return Vec::new() };
    let is_set = |name: &str| entries.iter().any(|(key, _)| key == name);
    let unknown = entries.iter().map(|(key, _)| key.as_str()).filter(|key| !schema.known.contains(key));
    let of_unknown = unknown.map(|key| {
        let shown = crate::escape::shortened(key, 60);
        let meant = schema.known.iter().find(|known| !is_set(known) && is_misspelt(key, known));
        let why = match meant {
            Some(meant) => format!("{} has no property {shown}: {meant} is meant", resource.kind),
            None => {
                format!("property {shown} of {} is not known here, and AWS takes only what it knows", resource.kind)
            }
        };
        Refused { path: key.to_owned(), why, is_certain: meant.is_some() }
    });
    let mut found: Vec<Refused> = of_unknown.collect();
    let missing = schema.required.iter().filter(|name| !is_set(name));
    found.extend(missing.map(|name| refused(name, format!("{name} is missing, which {} needs", resource.kind))));
    found
}

/// Whether a word is another with at most two letters more, less or different, or in another case.
fn is_misspelt(word: &str, meant: &str) -> bool {
    if word.eq_ignore_ascii_case(meant) {
        return true;
    }
    let (word, meant): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    if word.len().abs_diff(meant.len()) > 2 || meant.len() < 5 || word.len() > 60 {
        return false;
    }
    let mut row: Vec<usize> = (0..=meant.len()).collect();
    for (at, letter) in word.iter().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (place, other) in meant.iter().enumerate() {
            let above = row.get(place + 1).copied().unwrap_or(usize::MAX - 1);
            left = (diagonal + usize::from(letter != other)).min(above + 1).min(left + 1);
            next.push(left);
            diagonal = above;
        }
        row = next;
    }
    row.last().is_some_and(|distance| *distance <= 2)
}

/// A text that is known as a whole.
fn text<'r>(node: &'r Node, property: &str) -> Option<&'r str> {
    node.get(property).text().ok().flatten().filter(|text| !text.contains(crate::declared::MARKS))
}

fn is_absent(resource: &Resource, property: &str) -> bool {
    resource.properties.get(property).value == Value::Absent
}

fn has_entries(resource: &Resource, property: &str) -> bool {
    matches!(&resource.properties.get(property).value, Value::List(items) if !items.is_empty())
}

fn flag(resource: &Resource, property: &str) -> Option<bool> {
    resource.properties.get(property).boolean().ok().flatten()
}

fn trail(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let group = "CloudWatchLogsLogGroupArn";
    if flag(resource, "IsMultiRegionTrail") == Some(true) && flag(resource, "IncludeGlobalServiceEvents") == Some(false)
    {
        let why = format!(
            "{} cannot be false where {} is true",
            called("IncludeGlobalServiceEvents"),
            called("IsMultiRegionTrail")
        );
        return Some(refused("IncludeGlobalServiceEvents", why));
    }
    if has_entries(resource, "EventSelectors") && has_entries(resource, "AdvancedEventSelectors") {
        let why = format!("it has both {} and {}", called("EventSelectors"), called("AdvancedEventSelectors"));
        return Some(refused("AdvancedEventSelectors", why));
    }
    if !is_absent(resource, group) && is_absent(resource, "CloudWatchLogsRoleArn") {
        let why = format!("{} is missing, which {} needs", called("CloudWatchLogsRoleArn"), called(group));
        return Some(refused(group, why));
    }
    let node = resource.properties.get(group);
    let value = node.text().ok().flatten()?;
    let is_arn = value.starts_with("arn:");
    // A plan does not show whether `:*` follows on a reference.
    let ends = value.ends_with(":*") || !resource.is_as_written;
    let shown = crate::escape::shortened(value, 100);
    match (is_arn, ends) {
        (false, _) => {
            Some(refused(group, format!("{} takes the ARN of a log group, and {shown} is none", called(group))))
        }
        (true, false) => {
            Some(refused(group, format!("{} takes an ARN that ends in :*, and {shown} does not", called(group))))
        }
        (true, true) => None,
    }
}

/// `[\.\-_/#A-Za-z0-9]+`, up to 512 letters (`CreateLogGroup`).
fn is_group_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#".contains(letter);
    !name.is_empty() && name.len() <= 512 && name.chars().all(is_letter)
}

fn log_group(resource: &Resource) -> Option<Refused> {
    let name = text(&resource.properties, "LogGroupName").filter(|name| !is_group_name(name))?;
    let shown = crate::escape::shortened(name, 100);
    Some(refused("LogGroupName", format!("{shown} is no name of a log group")))
}

fn metric_filter(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let group = resource.properties.get("LogGroupName");
    // Of an ARN that is made of what is known only then, too, the colon says that it is one.
    let of_arn = group.symbol().filter(|name| name.starts_with("arn:"));
    let of_name = text(&resource.properties, "LogGroupName").filter(|name| !is_group_name(name)).map(str::to_owned);
    if let Some(name) = of_arn.filter(|_| resource.is_as_written || group.unknown().is_none()).or(of_name) {
        let shown = crate::escape::shortened(&name, 100).into_owned();
        return Some(refused("LogGroupName", format!("{} takes a name, and {shown} is none", called("LogGroupName"))));
    }
    if text(&resource.properties, "FilterPattern").is_some_and(|pattern| pattern.chars().count() > 1024) {
        return Some(refused("FilterPattern", "its pattern has more than 1,024 characters".to_owned()));
    }
    let transformations = resource.properties.get("MetricTransformations").list().ok()?;
    if transformations.len() > 1 {
        let why = "it has more than one metric transformation".to_owned();
        return Some(refused("MetricTransformations", why));
    }
    let one = transformations.first()?;
    let has_dimensions = matches!(&one.get("Dimensions").value, Value::List(items) if !items.is_empty());
    if has_dimensions && one.get("DefaultValue").value != Value::Absent {
        let why = "a transformation with dimensions has no default value".to_owned();
        return Some(refused("MetricTransformations[0].DefaultValue", why));
    }
    None
}

const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

/// What settings of an alarm are one of (`PutMetricAlarm`).
const CHOICES: [(&str, &[&str]); 2] = [
    (
        "ComparisonOperator",
        &[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ],
    ),
    ("TreatMissingData", &["breaching", "notBreaching", "ignore", "missing"]),
];

/// That a setting is none of those that there are.
fn not_chosen(resource: &Resource, property: &str, choices: &[&str]) -> Option<Refused> {
    let chosen = text(&resource.properties, property).filter(|chosen| !choices.contains(chosen))?;
    let meant = choices.iter().find(|choice| is_misspelt(chosen, choice));
    let meant = meant.map(|meant| format!(": {meant} is meant")).unwrap_or_default();
    let shown = crate::escape::shortened(chosen, 60);
    Some(refused(property, format!("{} cannot be {shown}{meant}", resource.argument(property))))
}

fn alarm(resource: &Resource) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let properties = &resource.properties;
    let (statistic, extended) = ("Statistic", "ExtendedStatistic");
    if let Some(named) = text(properties, statistic).filter(|named| !STATISTICS.contains(named)) {
        let shown = crate::escape::shortened(named, 40);
        let names = STATISTICS.join(", ");
        let why = format!("{} is one of {names}: {shown} is for {}", called(statistic), called(extended));
        return Some(refused(statistic, why));
    }
    if let Some(named) = text(properties, extended).filter(|named| STATISTICS.contains(named)) {
        let why = format!("{} is for percentiles and the like: {named} is for {}", called(extended), called(statistic));
        return Some(refused(extended, why));
    }
    let has = |property: &str| !is_absent(resource, property);
    if has(statistic) && has(extended) {
        return Some(refused(extended, format!("it has both {} and {}", called(statistic), called(extended))));
    }
    if has("MetricName") && has("Metrics") {
        return Some(refused("Metrics", format!("it has both {} and {}", called("MetricName"), called("Metrics"))));
    }
    if has("MetricName") && !has(statistic) && !has(extended) {
        let why = format!("an alarm on one metric needs {} or {}", called(statistic), called(extended));
        return Some(refused("MetricName", why));
    }
    if let Some(refused) = CHOICES.iter().find_map(|(property, choices)| not_chosen(resource, property, choices)) {
        return Some(refused);
    }
    let whole = |property: &str| properties.get(property).whole().ok().flatten();
    if whole("EvaluationPeriods").is_some_and(|periods| periods < 1) {
        return Some(refused("EvaluationPeriods", format!("{} is less than 1", called("EvaluationPeriods"))));
    }
    if let (Some(points), Some(periods)) = (whole("DatapointsToAlarm"), whole("EvaluationPeriods"))
        && points > periods
    {
        let why = format!("{} is more than {}", called("DatapointsToAlarm"), called("EvaluationPeriods"));
        return Some(refused("DatapointsToAlarm", why));
    }
    let period = whole("Period").filter(|period| ![10, 20, 30].contains(period) && (*period < 1 || period % 60 != 0));
    period.map(|period| {
        let why = format!("{} is 10, 20, 30 or a multiple of 60 seconds, and not {period}", called("Period"));
        refused("Period", why)
    })
}

fn actions(resource: &Resource) -> Option<Refused> {
    ["AlarmActions", "OKActions", "InsufficientDataActions"].into_iter().find_map(|property| {
        let Value::List(items) = &resource.properties.get(property).value else { return None };
        (items.len() > 5).then(|| refused(property, format!("{} has more than 5 entries", resource.argument(property))))
    })
}

fn topic(resource: &Resource) -> Option<Refused> {
    let is_fifo = flag(resource, "FifoTopic").unwrap_or(false);
    if let Some(name) = text(&resource.properties, "TopicName") {
        let plain = name.strip_suffix(".fifo").unwrap_or(name);
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let is_name = !plain.is_empty() && name.len() <= 256 && plain.chars().all(is_letter);
        let shown = crate::escape::shortened(name, 100);
        if !is_name {
            return Some(refused("TopicName", format!("{shown} is no name of a topic")));
        }
        let is_known = resource.properties.get("FifoTopic").unknown().is_none();
        if is_known && is_fifo != name.ends_with(".fifo") {
            let why = format!("names of FIFO topics, and of no others, end in .fifo: {shown}");
            return Some(refused("TopicName", why));
        }
    }
    let inline = resource.properties.get("Subscription").list().ok()?;
    inline.iter().enumerate().find_map(|(at, node)| subscription(resource, node, &format!("Subscription[{at}].")))
}

/// Protocols of `Subscribe`, and how their endpoints begin.
const PROTOCOLS: [(&str, &str); 9] = [
    ("email", ""),
    ("email-json", ""),
    ("http", "http://"),
    ("https", "https://"),
    ("sms", ""),
    ("sqs", "arn:"),
    ("lambda", "arn:"),
    ("firehose", "arn:"),
    ("application", "arn:"),
];

fn subscription(resource: &Resource, node: &Node, before: &str) -> Option<Refused> {
    let called = |property| resource.argument(property);
    let protocol = text(node, "Protocol")?;
    let shown = crate::escape::shortened(protocol, 40);
    let Some((_, begins)) = PROTOCOLS.iter().find(|(known, _)| *known == protocol) else {
        let why = format!("{} {shown} is none of SNS", called("Protocol"));
        return Some(refused(&format!("{before}Protocol"), why));
    };
    let path = format!("{before}Endpoint");
    if node.get("Endpoint").value == Value::Absent {
        return Some(refused(&path, format!("it has no {}", called("Endpoint"))));
    }
    let endpoint = text(node, "Endpoint").filter(|endpoint| !is_hidden(endpoint))?;
    let is_sound = match protocol {
        "email" | "email-json" => is_address(endpoint),
        "sms" => endpoint.chars().filter(char::is_ascii_digit).count() > 3,
        _ => endpoint.starts_with(begins),
    };
    let what = match protocol {
        "email" | "email-json" => "an email address".to_owned(),
        "sms" => "a telephone number".to_owned(),
        "http" | "https" => format!("an address that begins with {begins}"),
        other => format!("an ARN, which {other} needs"),
    };
    (!is_sound).then(|| refused(&path, format!("its {} is not {what}", called("Endpoint"))))
}

/// Whether a plan does not show an endpoint.
fn is_hidden(endpoint: &str) -> bool {
    endpoint.is_empty() || endpoint == "(sensitive)"
}

fn is_address(text: &str) -> bool {
    let sides = text.rsplit_once('@');
    let is_plain = |side: &str| !side.is_empty() && !side.contains(char::is_whitespace);
    sides.is_some_and(|(name, host)| is_plain(name) && is_plain(host) && !host.ends_with('.'))
}

fn topic_policy(resource: &Resource) -> Option<Refused> {
    let topics = resource.properties.get("Topics").list().ok()?;
    let named = topics.iter().find_map(|node| node.text().ok().flatten().filter(|text| !text.starts_with("arn:")))?;
    let shown = crate::escape::shortened(named, 100);
    let called = resource.argument("Topics");
    Some(refused("Topics", format!("{called} takes ARNs of topics, and {shown} is none")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_misspelt_by_two_letters_at_most() {
        for (word, meant, is) in [
            ("AlarmAction", "AlarmActions", true),
            ("alarmactions", "AlarmActions", true),
            ("AlramActions", "AlarmActions", true),
            ("Actions", "AlarmActions", false),
            ("Later", "Tags", false),
            ("Metric", "Metrics", true),
        ] {
            assert_eq!(is_misspelt(word, meant), is, "{word}");
        }
    }

    #[test]
    fn addresses_have_two_sides() {
        for (text, is) in [
            ("a@example.com", true),
            ("team+x@example.com", true),
            ("a", false),
            ("@x", false),
            ("a@", false),
            ("a b@x", false),
        ] {
            assert_eq!(is_address(text), is, "{text}");
        }
    }
}
