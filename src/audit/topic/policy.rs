//! Does a resource's policy let a service pass an alarm's message on?
//!
//! A policy is evaluated as IAM does (user guide, "Policy evaluation logic"), for the requests that matter: the service
//! `cloudwatch.amazonaws.com` publishing to a topic for an alarm, and `sns.amazonaws.com` delivering to a queue or
//! function for a topic; with the context keys that those are known to set (`aws:SourceArn`, `aws:SourceAccount`,
//! `aws:SourceOwner`) and without those that only a principal of an organization or a VPC has. What cannot be told is a
//! third answer.

use serde_json::Value;

use crate::arn::Arn;
use crate::audit::truth::{all, any};

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publishing {
    /// It is allowed.
    Allowed,
    /// A statement denies it.
    Denied,
    /// No statement allows it.
    NotAllowed,
    /// A condition or the policy's form cannot be followed.
    Undecided,
}

/// The request: a service acts on a resource for another one.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    service: &'static str,
    /// In lower case.
    action: &'static str,
    resource: &'a str,
    /// ARN of what it acts for.
    source: &'a str,
}

impl<'a> Request<'a> {
    /// An alarm publishes to a topic.
    pub(crate) fn publish(alarm_arn: &'a str, topic_arn: &'a str) -> Self {
        Self { service: "cloudwatch.amazonaws.com", action: "sns:publish", resource: topic_arn, source: alarm_arn }
    }

    /// A topic delivers to a queue or function.
    pub(crate) fn deliver(topic_arn: &'a str, endpoint_arn: &'a str) -> Self {
        let is_queue = Arn::parse(endpoint_arn).is_some_and(|arn| arn.service == "sqs");
        let action = if is_queue { "sqs:sendmessage" } else { "lambda:invokefunction" };
        Self { service: "sns.amazonaws.com", action, resource: endpoint_arn, source: topic_arn }
    }
}

/// Evaluates a policy document.
pub(crate) fn evaluate(policy: &str, request: &Request<'_>) -> Publishing {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return Publishing::Undecided };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Publishing::Undecided,
    };
    let of = |effect: &str| {
        let applies =
            statements.iter().filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect));
        any(applies.map(|statement| request.meets(statement)))
    };
    match (of("Deny"), of("Allow")) {
        (Some(true), _) => Publishing::Denied,
        (_, Some(false)) => Publishing::NotAllowed,
        (Some(false), Some(true)) => Publishing::Allowed,
        (None, _) | (_, None) => Publishing::Undecided,
    }
}

/// What a context key holds in this request.
enum Context<'a> {
    Is(&'a str),
    Absent,
    Unknown,
}

impl Request<'_> {
    /// Whether a statement is about this request.
    fn meets(&self, statement: &Value) -> Option<bool> {
        let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), None) => Some(self.is_principal(principal)),
            (None, Some(principal)) => Some(!self.is_principal(principal)),
            _ => None,
        };
        let listed = |yes: &str, no: &str, is: &dyn Fn(&str) -> bool| match (statement.get(yes), statement.get(no)) {
            (Some(values), None) => Some(texts(values).any(is)),
            (None, Some(values)) => Some(!texts(values).any(is)),
            _ => None,
        };
        let action = listed("Action", "NotAction", &|action| like(&action.to_ascii_lowercase(), self.action));
        let resource = listed("Resource", "NotResource", &|resource| like(resource, self.resource));
        all([principal, action, resource, self.conditions(statement)])
    }

    fn conditions(&self, statement: &Value) -> Option<bool> {
        let operators = match statement.get("Condition") {
            None => return Some(true),
            Some(Value::Object(operators)) => operators,
            Some(_) => return None,
        };
        all(operators.iter().map(|(operator, keys)| {
            let keys = keys.as_object()?;
            all(keys.iter().map(|(key, values)| self.condition(operator, key, values)))
        }))
    }

    /// One condition. A negated operator holds where the key is absent, a positive one does not (IAM reference,
    /// condition operators).
    fn condition(&self, operator: &str, key: &str, values: &Value) -> Option<bool> {
        let (name, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |name| (name, true));
        let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        let held = match self.context(key) {
            Context::Is(held) => Some(held),
            Context::Absent => None,
            Context::Unknown => return None,
        };
        if texts(values).count() != values.as_array().map_or(1, Vec::len) {
            return None;
        }
        if held.is_none() && operator.starts_with("ForAllValues:") {
            return Some(true);
        }
        let one = |is: &dyn Fn(&str, &str) -> bool| held.map(|held| texts(values).any(|value| is(value, held)));
        let same = |value: &str, held: &str| value == held;
        let same_letters = |value: &str, held: &str| value.eq_ignore_ascii_case(held);
        let absent_is = |negated: bool| Some(negated || if_exists);
        match name.as_str() {
            "stringequals" => one(&same).or(absent_is(false)),
            "stringequalsignorecase" | "bool" => one(&same_letters).or(absent_is(false)),
            "stringlike" | "arnlike" | "arnequals" => one(&like).or(absent_is(false)),
            "stringnotequals" => one(&same).map(|is| !is).or(absent_is(true)),
            "stringnotequalsignorecase" => one(&same_letters).map(|is| !is).or(absent_is(true)),
            "stringnotlike" | "arnnotlike" | "arnnotequals" => one(&like).map(|is| !is).or(absent_is(true)),
            "null" => Some(texts(values).any(|value| (value == "true") == held.is_none())),
            _ => None,
        }
    }

    fn context(&self, key: &str) -> Context<'_> {
        let source = Arn::parse(self.source);
        match key.to_ascii_lowercase().as_str() {
            // AWS advises against this key for alarms whose names are not ASCII.
            "aws:sourcearn" if !self.source.is_ascii() => Context::Unknown,
            "aws:sourcearn" => Context::Is(self.source),
            "aws:sourceaccount" | "aws:sourceowner" => source.map_or(Context::Unknown, |arn| Context::Is(arn.account)),
            "aws:principalisawsservice" | "aws:securetransport" => Context::Is("true"),
            "aws:principalservicename" => Context::Is(self.service),
            "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principalarn"
            | "aws:principalaccount"
            | "aws:principaltype"
            | "aws:userid"
            | "aws:username"
            | "aws:sourcevpc"
            | "aws:sourcevpce"
            | "sns:endpoint"
            | "sns:protocol" => Context::Absent,
            _ => Context::Unknown,
        }
    }

    /// `*` and `{"AWS": "*"}` include AWS services: SNS's own default policy lets CloudWatch in that way.
    fn is_principal(&self, principal: &Value) -> bool {
        match principal {
            Value::String(text) => text == "*",
            Value::Object(kinds) => kinds.iter().any(|(kind, values)| match kind.as_str() {
                "AWS" => texts(values).any(|value| value == "*"),
                "Service" => texts(values).any(|value| value == self.service),
                _ => false,
            }),
            _ => false,
        }
    }
}

/// A text, or those of a list; booleans as IAM spells them. Other values are left out.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().map(Vec::as_slice).unwrap_or_else(|| std::slice::from_ref(value));
    many.iter().filter_map(|value| match value {
        Value::String(text) => Some(text.as_str()),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// IAM's wildcards: `*` any run, `?` one character.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where the last star stood, and how much it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((stood, swallowed)) => {
                    star = Some((stood, swallowed + 1));
                    at = stood + 1;
                    read = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::Publishing::{Allowed, Denied, NotAllowed, Undecided};
    use super::*;

    const REQUEST: Request<'_> = Request {
        service: "cloudwatch.amazonaws.com",
        action: "sns:publish",
        resource: "arn:aws:sns:us-east-1:111122223333:t",
        source: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a",
    };

    fn statement(effect: &str, principal: &str, more: &str) -> String {
        format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":"SNS:Publish","Resource":"arn:aws:sns:us-east-1:111122223333:t"{more}}}"#
        )
    }

    fn with(statements: &[String]) -> Publishing {
        evaluate(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")), &REQUEST)
    }

    #[test]
    fn who_may_publish() {
        for (principal, answer) in [
            (r#""*""#, Allowed),
            (r#"{"AWS":"*"}"#, Allowed),
            (r#"{"Service":"cloudwatch.amazonaws.com"}"#, Allowed),
            (r#"{"Service":["events.amazonaws.com","cloudwatch.amazonaws.com"]}"#, Allowed),
            (r#"{"Service":"events.amazonaws.com"}"#, NotAllowed),
            (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, NotAllowed),
        ] {
            assert_eq!(with(&[statement("Allow", principal, "")]), answer, "{principal}");
        }
    }

    #[test]
    fn under_which_conditions() {
        for (condition, answer) in [
            (r#"{"StringEquals":{"AWS:SourceOwner":"111122223333"}}"#, Allowed),
            (r#"{"StringEquals":{"AWS:SourceOwner":"999999999999"}}"#, NotAllowed),
            (r#"{"StringEquals":{"aws:SourceAccount":["999999999999","111122223333"]}}"#, Allowed),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:*:111122223333:alarm:*"}}"#, Allowed),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:events:*:*:rule/*"}}"#, NotAllowed),
            (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, NotAllowed),
            (r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}"#, Allowed),
            (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, Allowed),
            (r#"{"Null":{"aws:SourceVpce":"true"}}"#, Allowed),
            (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, Undecided),
            (r#"{"StringEquals":{"aws:SourceOrgID":"o-abc"}}"#, Undecided),
        ] {
            let more = format!(r#","Condition":{condition}"#);
            assert_eq!(with(&[statement("Allow", r#"{"AWS":"*"}"#, &more)]), answer, "{condition}");
        }
    }

    #[test]
    fn a_deny_wins() {
        let allow = statement("Allow", r#""*""#, "");
        let deny = |more: &str| statement("Deny", r#""*""#, more);
        assert_eq!(with(&[allow.clone(), deny("")]), Denied);
        let vpc = deny(r#","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#);
        assert_eq!(with(&[allow.clone(), vpc]), Denied);
        let insecure = deny(r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#);
        assert_eq!(with(&[allow.clone(), insecure]), Allowed);
        let strange = deny(r#","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#);
        assert_eq!(with(&[allow, strange]), Undecided);
    }

    #[test]
    fn forms_of_a_policy() {
        let lone = format!(r#"{{"Statement":{}}}"#, statement("Allow", r#""*""#, ""));
        assert_eq!(evaluate(&lone, &REQUEST), Allowed);
        let all = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["sns:*"],"Resource":"*"}]}"#;
        assert_eq!(evaluate(all, &REQUEST), Allowed);
        let other = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Subscribe","Resource":"*"}]}"#;
        assert_eq!(evaluate(other, &REQUEST), NotAllowed);
        let but = r#"{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"sns:DeleteTopic","Resource":"*"}]}"#;
        assert_eq!(evaluate(but, &REQUEST), Allowed);
        assert_eq!(evaluate(r#"{"Statement":[]}"#, &REQUEST), NotAllowed);
        for text in ["", "{}", "[]", r#"{"Statement":3}"#, r#"{"Statement":[{"Effect":"Allow"}]}"#] {
            assert_eq!(evaluate(text, &REQUEST), Undecided, "{text}");
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**a", "ba", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(like(pattern, text), is, "{pattern} {text}");
        }
    }
}
