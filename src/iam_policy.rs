//! Does the policy of a topic, key, queue or function let a service do what an alarm's message takes?
//!
//! A policy is evaluated as IAM does (user guide, "Policy evaluation logic"), for the callers that matter: the service
//! `cloudwatch.amazonaws.com` on behalf of an alarm, and `sns.amazonaws.com` on behalf of a topic; with the context
//! keys that they are known to set (`aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOwner`, SNS's encryption context)
//! and without those that only a principal of an organization or a VPC has. What is undecided is a third answer. Which
//! actions are needed, and what a refusal means, is for those who ask.

use std::borrow::Cow;

use serde_json::Value;

use crate::arn::Arn;
use crate::partition::principal;
use crate::truth::{all, any};

pub(crate) use self::compare::like;
use self::compare::{Comparison, arn_like, is_of_ascii, same, same_letters, text_like};

mod compare;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is allowed.
    Allowed,
    /// A statement denies it.
    Denied,
    /// No statement allows it.
    NotAllowed,
    /// A condition or the policy's form cannot be followed.
    Undecided,
}

/// What a service asks for, to get an alarm's message on its way.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// The service that asks.
    service: Cow<'static, str>,
    /// `service:Operation`.
    action: &'a str,
    /// The ARN of what the action is done to, whose policy this is.
    resource: &'a str,
    /// The ARN of the alarm or topic that it asks for.
    source: &'a str,
    /// The ARN of the topic that the message is sent to.
    topic: &'a str,
}

impl<'a> Request<'a> {
    /// An alarm publishes to a topic.
    pub(crate) fn publish(alarm_arn: &'a str, topic_arn: &'a str) -> Self {
        let service = principal::CLOUDWATCH.into();
        Self { service, action: "sns:Publish", resource: topic_arn, source: alarm_arn, topic: topic_arn }
    }

    /// The same caller does something to another resource on the way.
    pub(crate) fn using(self, action: &'a str, resource: &'a str) -> Self {
        Self { action, resource, ..self }
    }

    /// A topic delivers to a queue or function.
    pub(crate) fn deliver(topic_arn: &'a str, endpoint_arn: &'a str) -> Self {
        let service = principal::delivering(topic_arn, endpoint_arn);
        let is_queue = Arn::parse(endpoint_arn).is_some_and(|arn| arn.service == "sqs");
        let action = if is_queue { "sqs:SendMessage" } else { "lambda:InvokeFunction" };
        Self { service, action, resource: endpoint_arn, source: topic_arn, topic: topic_arn }
    }
}

/// Evaluates a policy document.
pub(crate) fn evaluate(policy: &str, request: &Request<'_>) -> Answer {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return Answer::Undecided };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Answer::Undecided,
    };
    let applies = |effect: &str| {
        let applies =
            statements.iter().filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect));
        any(applies.map(|statement| request.meets(statement)))
    };
    match (applies("Deny"), applies("Allow")) {
        (Some(true), _) => Answer::Denied,
        (_, Some(false)) => Answer::NotAllowed,
        (Some(false), Some(true)) => Answer::Allowed,
        (None, _) | (_, None) => Answer::Undecided,
    }
}

/// Whether a value of a statement is about what is asked.
type Test<'a> = dyn Fn(&str) -> Option<bool> + 'a;

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
        let listed = |yes: &str, no: &str, is: &Test<'_>| match (statement.get(yes), statement.get(no)) {
            (Some(values), None) => any(texts(values).map(is)),
            (None, Some(values)) => any(texts(values).map(is)).map(|is| !is),
            _ => None,
        };
        let asked = self.action.to_ascii_lowercase();
        let action = listed("Action", "NotAction", &|action| Some(like(&action.to_ascii_lowercase(), &asked)));
        let resource =
            listed("Resource", "NotResource", &|resource| written_out(resource).map(|text| like(text, self.resource)));
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

    /// One condition. A negated operator holds where the key is absent, a positive one does not; `ForAllValues:` always
    /// does, `ForAnyValue:` never (IAM reference, condition operators, multivalued context keys).
    fn condition(&self, operator: &str, key: &str, values: &Value) -> Option<bool> {
        let operator = operator.to_ascii_lowercase();
        let (name, if_exists) = operator.strip_suffix("ifexists").map_or((&*operator, false), |name| (name, true));
        let name = name.rsplit(':').next().unwrap_or(name);
        let held = match self.context(key) {
            Context::Is(held) => Some(held),
            Context::Absent => None,
            Context::Unknown => return None,
        };
        if texts(values).count() != values.as_array().map_or(1, Vec::len) {
            return None;
        }
        if held.is_none() && operator.starts_with("forallvalues:") {
            return Some(true);
        }
        if name == "null" {
            return Some(texts(values).any(|value| (value == "true") == held.is_none()));
        }
        let (is, negated): (Comparison, bool) = match name {
            "stringequals" => (same, false),
            "stringnotequals" => (same, true),
            "stringequalsignorecase" | "bool" => (same_letters, false),
            "stringnotequalsignorecase" => (same_letters, true),
            "stringlike" => (text_like, false),
            "stringnotlike" => (text_like, true),
            "arnlike" | "arnequals" => (arn_like, false),
            "arnnotlike" | "arnnotequals" => (arn_like, true),
            _ => return None,
        };
        let Some(held) = held else {
            return Some(if_exists || (negated && !operator.starts_with("foranyvalue:")));
        };
        any(texts(values).map(|value| is(written_out(value)?, held))).map(|is| is != negated)
    }

    fn context(&self, key: &str) -> Context<'_> {
        match key.to_ascii_lowercase().as_str() {
            // AWS advises against this key for alarms whose names are not ASCII.
            "aws:sourcearn" if !is_of_ascii(self.source) => Context::Unknown,
            "aws:sourcearn" => Context::Is(self.source),
            // SNS's own key, which only its policies are documented to see.
            "aws:sourceowner" if !self.action.starts_with("sns:") => Context::Unknown,
            "aws:sourceaccount" | "aws:sourceowner" => {
                let owner = Arn::parse(self.source).map(|arn| arn.account).filter(|owner| !owner.is_empty());
                owner.map_or(Context::Unknown, Context::Is)
            }
            "aws:principalisawsservice" | "aws:securetransport" => Context::Is("true"),
            "aws:principalservicename" => Context::Is(&self.service),
            // What SNS encrypts a message with; key policies for services that publish name it (GameLift Servers
            // developer guide, topics with server-side encryption). Whether `kms:ViaService` and `kms:CallerAccount` say
            // SNS and the alarm's account is not documented.
            "kms:encryptioncontext:aws:sns:topicarn" => Context::Is(self.topic),
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

    /// `*` and `{"AWS": "*"}` include AWS services: SNS's own default policy lets CloudWatch in that way. An account, as its
    /// number or as its `root`, does not.
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

/// A value that says what it means: not one with a policy variable, `${…}`, which stands for what the request holds.
fn written_out(value: &str) -> Option<&str> {
    (!value.contains("${")).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::Answer::{Allowed, Denied, NotAllowed, Undecided};
    use super::*;

    const REQUEST: Request<'_> = Request {
        service: Cow::Borrowed("cloudwatch.amazonaws.com"),
        action: "sns:Publish",
        resource: "arn:aws:sns:us-east-1:111122223333:t",
        source: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a",
        topic: "arn:aws:sns:us-east-1:111122223333:t",
    };

    fn statement(effect: &str, principal: &str, more: &str) -> String {
        format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":"SNS:Publish","Resource":"arn:aws:sns:us-east-1:111122223333:t"{more}}}"#
        )
    }

    fn with(statements: &[String]) -> Answer {
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
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:*:a"}}"#, NotAllowed),
            (r#"{"StringLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:*:a"}}"#, Allowed),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:*:a"}}"#, Undecided),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*"}}"#, NotAllowed),
            (r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:cloudwatch:*:111122223333:*:a"}}"#, Allowed),
            (r#"{"ArnNotLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:*:a"}}"#, Allowed),
            (r#"{"ArnNotEquals":{"aws:SourceArn":"arn:aws:cloudwatch:*:*:alarm:?"}}"#, NotAllowed),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:${aws:RequestedRegion}:*:alarm:*"}}"#, Undecided),
            (r#"{"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}}"#, Undecided),
            (r#"{"StringEquals":{"aws:SourceAccount":["${aws:PrincipalAccount}","111122223333"]}}"#, Allowed),
            (r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, Allowed),
            (r#"{"ForAnyValue:StringNotEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, NotAllowed),
            (r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}"#, NotAllowed),
            (r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, Allowed),
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

    /// The statements as AWS, its blog and its support print them, and what people make of them.
    #[test]
    fn of_a_key() {
        let by_service = |action: &str, more: &str| {
            format!(
                r#"{{"Effect":"Allow","Principal":{{"Service":"cloudwatch.amazonaws.com"}},"Action":{action},"Resource":"*"{more}}}"#
            )
        };
        let both = r#"["kms:Decrypt","kms:GenerateDataKey*"]"#;
        let condition = |condition: &str| by_service(both, &format!(r#","Condition":{condition}"#));
        let root = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;
        let via_sns = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"sns.us-east-1.amazonaws.com"}}}"#;
        let deny_without_source = r#"{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Null":{"aws:SourceArn":"true"}}}"#;
        let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let on =
            |resource: &str| by_service(both, "").replace(r#""Resource":"*""#, &format!(r#""Resource":"{resource}""#));
        for (statements, decrypt, generate) in [
            (root.to_owned(), NotAllowed, NotAllowed),
            (format!("{root},{}", by_service(both, "")), Allowed, Allowed),
            (by_service(r#""kms:*""#, ""), Allowed, Allowed),
            (by_service(r#"["kms:decrypt","kms:generatedatakey"]"#, ""), Allowed, Allowed),
            (by_service(r#""kms:GenerateDataKey*""#, ""), NotAllowed, Allowed),
            (by_service(r#"["kms:Decrypt","kms:GenerateDataKeyWithoutPlaintext"]"#, ""), Allowed, NotAllowed),
            (on(key), Allowed, Allowed),
            (on("arn:aws:kms:us-east-1:111122223333:alias/topics"), NotAllowed, NotAllowed),
            (condition(r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#), Allowed, Allowed),
            (condition(r#"{"StringEquals":{"aws:SourceOwner":"111122223333"}}"#), Undecided, Undecided),
            (
                condition(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"}}"#),
                Allowed,
                Allowed,
            ),
            (
                condition(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:t"}}"#),
                NotAllowed,
                NotAllowed,
            ),
            (
                condition(
                    r#"{"StringEquals":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:us-east-1:111122223333:t"}}"#,
                ),
                Allowed,
                Allowed,
            ),
            (
                condition(
                    r#"{"StringEquals":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:us-east-1:111122223333:other"}}"#,
                ),
                NotAllowed,
                NotAllowed,
            ),
            (via_sns.to_owned(), Undecided, Undecided),
            (format!("{},{deny_without_source}", by_service(both, "")), Allowed, Allowed),
            (format!("{},{}", by_service(both, ""), via_sns.replace("Allow", "Deny")), Undecided, Undecided),
            (
                format!(
                    "{},{}",
                    by_service(both, ""),
                    root.replace("Allow", "Deny").replace(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, r#""*""#)
                ),
                Denied,
                Denied,
            ),
        ] {
            let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
            let answer = |action| evaluate(&policy, &Request { action, resource: key, ..REQUEST });
            assert_eq!((answer("kms:Decrypt"), answer("kms:GenerateDataKey")), (decrypt, generate), "{policy}");
        }
    }

    /// A wildcard of a resource may reach over colons; a variable may stand for anything.
    #[test]
    fn of_which_resource() {
        for (resource, allowed, all_others_denied) in [
            ("*", Allowed, Allowed),
            ("arn:aws:sns:*:t", Allowed, Allowed),
            ("arn:aws:sns:us-east-1:111122223333:u", NotAllowed, Denied),
            ("arn:aws:sns:us-east-1:${aws:PrincipalAccount}:t", Undecided, Undecided),
        ] {
            let statement = |effect: &str, key: &str, resource: &str| {
                format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"sns:Publish","{key}":"{resource}"}}"#)
            };
            assert_eq!(with(&[statement("Allow", "Resource", resource)]), allowed, "{resource}");
            let others = [statement("Allow", "Resource", "*"), statement("Deny", "NotResource", resource)];
            assert_eq!(with(&others), all_others_denied, "{resource}");
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

    /// SNS calls from a region that is opted into under another name, unless it stays in that region.
    #[test]
    fn opt_in_topics_use_a_regional_principal_elsewhere() {
        let queue = "arn:aws:sqs:us-east-1:111122223333:q";
        let policy = |service: &str| {
            format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sqs:SendMessage","Resource":"{queue}"}}]}}"#
            )
        };
        let answer = |topic: &str, service: &str| evaluate(&policy(service), &Request::deliver(topic, queue));
        let hong_kong = "arn:aws:sns:ap-east-1:111122223333:t";
        assert_eq!(answer(hong_kong, "sns.ap-east-1.amazonaws.com"), Allowed);
        assert_eq!(answer(hong_kong, "sns.amazonaws.com"), NotAllowed);
        let santiago = "arn:aws:sns:sa-west-1:111122223333:t";
        assert_eq!(answer(santiago, "sns.sa-west-1.amazonaws.com"), Allowed);
        assert_eq!(answer(santiago, "sns.amazonaws.com"), NotAllowed);
        assert_eq!(answer("arn:aws:sns:eu-west-1:111122223333:t", "sns.amazonaws.com"), Allowed);
        assert_eq!(answer("arn:aws:sns:us-east-1:111122223333:t", "sns.amazonaws.com"), Allowed);
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
