//! What SNS refuses of a topic, its subscriptions and its policy (API reference, `CreateTopic`, `Subscribe`).

use super::given::{Refused, flag, is_no_arn, is_no_topic, refused, text};
use crate::arn::Arn;
use crate::declared::{MARKS, Node, Resource, Value, is_generated};

pub(super) fn topic(resource: &Resource) -> Option<Refused> {
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

pub(super) fn subscription(resource: &Resource, node: &Node, before: &str) -> Option<Refused> {
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
    if protocol == "firehose" {
        let role = "SubscriptionRoleArn";
        // A subscription inside a topic cannot have it.
        if !before.is_empty() || shows_role(resource) && node.get(role).value == Value::Absent {
            let why = format!("it has no {}, which firehose needs", called(role));
            return Some(refused(&format!("{before}Protocol"), why));
        }
    }
    if text(node, "Endpoint") == Some("") {
        return Some(refused(
            &path,
            format!(
                "its {} is empty: write it, or give the parameter that it comes from (--parameter)",
                called("Endpoint")
            ),
        ));
    }
    if let Some(why) = of_another(resource, node.get("Endpoint"), protocol) {
        return Some(refused(&path, why));
    }
    let endpoint = text(node, "Endpoint").filter(|endpoint| !is_hidden(endpoint))?;
    let is_sound = match protocol {
        "email" | "email-json" => is_address(endpoint),
        "sms" => endpoint.chars().filter(char::is_ascii_digit).count() > 3,
        _ => endpoint.starts_with(begins),
    };
    (!is_sound).then(|| refused(&path, format!("its {} is not {}", called("Endpoint"), taken_by(protocol))))
}

/// What a protocol takes as its endpoint.
fn taken_by(protocol: &str) -> String {
    match protocol {
        "email" | "email-json" => "an email address".to_owned(),
        "sms" => "a telephone number".to_owned(),
        "http" | "https" => format!("an address that begins with {protocol}://"),
        other => format!("an ARN, which {other} needs"),
    }
}

/// Whether it is known of a resource whether it has a role: the arguments of only one provider are read.
fn shows_role(resource: &Resource) -> bool {
    resource.is_as_written || resource.arguments.iter().any(|(property, _)| *property == "SubscriptionRoleArn")
}

/// Why an endpoint that is made of references is of another kind than its protocol takes (`Subscribe`, `Endpoint`): the name
/// or address of something in place of its ARN, or the ARN of something else.
fn of_another(resource: &Resource, node: &Node, protocol: &str) -> Option<String> {
    let needs_arn = ["sqs", "lambda", "firehose", "application"].contains(&protocol);
    let endpoint = node.symbol().filter(|endpoint| !is_hidden(endpoint))?;
    let called = resource.argument("Endpoint");
    if !needs_arn {
        // What is written out is examined as it is.
        let is_other = is_generated(&endpoint) || endpoint.contains(MARKS) && Arn::parse(&endpoint).is_some();
        let shown = crate::escape::shortened(&endpoint, 100);
        let why = || format!("its {called} is {shown}, and {protocol} takes {}", taken_by(protocol));
        return (resource.referred.is_some() && is_other).then(why);
    }
    let service = if protocol == "application" { "sns" } else { protocol };
    match Arn::parse(&endpoint) {
        Some(arn) if resource.referred.is_some() || !endpoint.contains(MARKS) => {
            let is_other = arn.service != service && !arn.service.contains(MARKS);
            is_other
                .then(|| format!("its {called} is an ARN of {}, and {protocol} takes one of {service}", arn.service))
        }
        None if resource.referred.is_some() && is_no_arn(&endpoint) => {
            // What is written out may be secret.
            let shown = crate::escape::shortened(&endpoint, 100);
            let shown = if endpoint.contains(MARKS) { format!(": {shown}") } else { String::new() };
            Some(format!("its {called} is not an ARN, which {protocol} needs{shown}"))
        }
        _ => None,
    }
}

/// Whether a plan does not show an endpoint.
fn is_hidden(endpoint: &str) -> bool {
    endpoint == "(sensitive)"
}

fn is_address(text: &str) -> bool {
    // Several in one text, as a form may take them, are none.
    let sides = text.split_once('@');
    let is_plain = |side: &str| !side.is_empty() && !side.contains(|it: char| it.is_whitespace() || "@,;".contains(it));
    sides.is_some_and(|(name, host)| is_plain(name) && is_plain(host) && !host.ends_with('.'))
}

/// That the topic of a subscription is none.
pub(super) fn topic_of(resource: &Resource) -> Option<Refused> {
    let topic = resource.properties.get("TopicArn").symbol().filter(|_| resource.referred.is_some())?;
    let shown = crate::escape::shortened(&topic, 100);
    let why = || format!("{} takes the ARN of a topic, and {shown} is none", resource.argument("TopicArn"));
    (is_no_arn(&topic) || is_no_topic(&topic)).then(|| refused("TopicArn", why()))
}

pub(super) fn topic_policy(resource: &Resource) -> Option<Refused> {
    let topics = resource.properties.get("Topics").list().ok()?;
    let is_none = |text: &String| is_no_arn(text) && (resource.is_as_written || !text.contains(MARKS));
    let named = topics.iter().find_map(|node| node.symbol().filter(is_none))?;
    let shown = crate::escape::shortened(&named, 100);
    let called = resource.argument("Topics");
    Some(refused("Topics", format!("{called} takes ARNs of topics, and {shown} is none")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_two_sides() {
        for (text, is) in [
            ("a@example.com", true),
            ("team+x@example.com", true),
            ("a", false),
            ("@x", false),
            ("a@", false),
            ("a b@x", false),
            ("a@example.com,b@example.com", false),
            ("a@example.com;b@example.com", false),
        ] {
            assert_eq!(is_address(text), is, "{text}");
        }
    }
}
