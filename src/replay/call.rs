//! Who called what, and a filter pattern of just these calls, to be accepted in a waiver: it matches no event of another
//! caller, and is not proposed where that cannot be written down.

use std::collections::HashMap;

use filter_pattern::{Matched, Pattern};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::arn::Arn;

const ISSUER: &str = "$.userIdentity.sessionContext.sessionIssuer.arn";
const ARN: &str = "$.userIdentity.arn";
const INVOKED_BY: &str = "$.userIdentity.invokedBy";
const PRINCIPAL: &str = "$.userIdentity.principalId";
const USER: &str = "$.userIdentity.userName";
const ACCOUNT: &str = "$.userIdentity.accountId";
const TYPE: &str = "$.userIdentity.type";

/// The name in a failed sign-in whose name is that of no user (user guide, "AWS Management Console sign-in events"): many
/// callers have it.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Who called what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The caller: a role, a user, the root user, or a service.
    pub(super) caller: String,
    /// `eventName`
    pub(super) name: String,
    /// A filter pattern of such calls of this caller. None if the event does not name a caller whom no other one can be taken
    /// for, if a name has characters that a pattern cannot contain, and of the root user: each use of it is to be examined,
    /// not accepted.
    pub(super) pattern: Option<String>,
}

/// Patterns that were proposed, parsed once.
#[derive(Debug, Default)]
pub(super) struct Proposals(HashMap<String, Option<Pattern>>);

impl Proposals {
    /// The pattern, if it matches the event for certain: names may occur twice in it, or be spelled so that this is not known.
    fn checked(&mut self, text: String, event: &str) -> Option<String> {
        let pattern = match self.0.get(&text) {
            Some(known) => known,
            None => self.0.entry(text.clone()).or_insert_with(|| Pattern::parse(&text).ok()),
        };
        let matches = pattern.as_ref().is_some_and(|pattern| pattern.matches(event) == Matched::Yes);
        matches.then_some(text)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record {
    #[serde(deserialize_with = "text")]
    event_name: Option<String>,
    #[serde(deserialize_with = "object")]
    user_identity: Identity,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    #[serde(deserialize_with = "text")]
    r#type: Option<String>,
    #[serde(deserialize_with = "text")]
    arn: Option<String>,
    #[serde(deserialize_with = "text")]
    invoked_by: Option<String>,
    #[serde(deserialize_with = "text")]
    principal_id: Option<String>,
    #[serde(deserialize_with = "text")]
    user_name: Option<String>,
    #[serde(deserialize_with = "text")]
    account_id: Option<String>,
    #[serde(deserialize_with = "object")]
    session_context: Session,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Session {
    #[serde(deserialize_with = "object")]
    session_issuer: Issuer,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Issuer {
    #[serde(deserialize_with = "text")]
    arn: Option<String>,
}

/// A string that is not empty. What else is there says nothing of the other members.
fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
}

/// An object; another value is one without members.
fn object<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(value: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(value)?).unwrap_or_default())
}

impl Record {
    fn parse(event: &str) -> Self {
        // Of a name that occurs twice the last one is taken.
        let lenient = |_| serde_json::from_value(serde_json::from_str::<Value>(event)?);
        serde_json::from_str(event).or_else(lenient).unwrap_or_default()
    }
}

/// Whether a caller is the root user of an account, by its ARN (IAM user guide, "IAM identifiers").
#[must_use]
pub fn is_root_user(caller: &str) -> bool {
    Arn::parse(caller).is_some_and(|arn| arn.service == "iam" && arn.resource == "root")
}

impl Call {
    /// Of an event.
    pub(super) fn parse(event: &str, proposals: &mut Proposals) -> Self {
        let Record { event_name, user_identity } = Record::parse(event);
        let is_root = user_identity.is_root();
        let (caller, tests) = user_identity.caller();
        let pattern =
            event_name.as_deref().and_then(|name| Some(pattern(name, &tests?))).filter(|_| !is_root).flatten();
        Self {
            caller,
            name: event_name.unwrap_or_else(|| "(no eventName)".to_owned()),
            pattern: pattern.and_then(|pattern| proposals.checked(pattern, event)),
        }
    }
}

/// What a pattern tests of a field: it has this value, or is not there.
type Test = (&'static str, Option<String>);

/// The pattern of a call. `None`: a value has characters that a pattern cannot contain.
fn pattern(name: &str, tests: &[Test]) -> Option<String> {
    let equal = |selector: &str, value: &str| {
        let is_plain = !value.contains(['"', '\\', '*']) && value.chars().all(|letter| !letter.is_control());
        is_plain.then(|| format!("{selector} = \"{value}\""))
    };
    let tests = tests.iter().map(|(selector, value)| match value {
        Some(value) => equal(selector, value),
        None => Some(format!("{selector} NOT EXISTS")),
    });
    let tests: Option<Vec<String>> = [equal("$.eventName", name)].into_iter().chain(tests).collect();
    Some(format!("{{ {} }}", tests?.join(" && ")))
}

impl Identity {
    fn is_root(&self) -> bool {
        let arns = [&self.arn, &self.session_context.session_issuer.arn];
        self.r#type.as_deref() == Some("Root") || arns.into_iter().flatten().any(|arn| is_root_user(arn))
    }

    /// The caller, and what a pattern tests that matches no other one.
    fn caller(self) -> (String, Option<Vec<Test>>) {
        let named = |selector, value: &str| (selector, Some(value.to_owned()));
        // A session has a name of its own each time; the role is who is meant.
        if let Some(arn) = self.session_context.session_issuer.arn {
            let tests = vec![named(ISSUER, &arn)];
            return (arn, Some(tests));
        }
        if let Some(arn) = self.arn {
            // A session may have a role in one event and not in another.
            let is_lasting = Arn::parse(&arn).is_some_and(|arn| arn.service == "iam");
            let without = (!is_lasting).then_some((ISSUER, None));
            let tests = [named(ARN, &arn)].into_iter().chain(without).collect();
            return (arn, Some(tests));
        }
        // Services call on behalf of others, too.
        if let Some(service) = self.invoked_by {
            let tests = vec![named(INVOKED_BY, &service), (ARN, None), (ISSUER, None)];
            return (service, Some(tests));
        }
        if let Some(principal) = self.principal_id {
            let tests = vec![named(PRINCIPAL, &principal), (ARN, None), (ISSUER, None), (INVOKED_BY, None)];
            return (principal, Some(tests));
        }
        let without = [ARN, ISSUER, INVOKED_BY, PRINCIPAL].map(|selector| (selector, None));
        let of_account = self.account_id.as_deref().map_or_else(String::new, |account| format!(" of {account}"));
        match (self.user_name, self.r#type) {
            (Some(user), kind) => {
                let caller = match &kind {
                    Some(kind) => format!("{user} ({kind}{of_account})"),
                    None => format!("{user}{of_account}"),
                };
                let is_one = user != HIDDEN;
                let tests = [(TYPE, kind), (USER, Some(user)), (ACCOUNT, self.account_id)].into_iter().chain(without);
                (caller, is_one.then(|| tests.collect()))
            }
            // Many have the type, but for an account that calls as a whole.
            (None, Some(kind)) => {
                let is_one = kind == "AWSAccount" && self.account_id.is_some();
                let caller = format!("{kind}{of_account}");
                let tests = [(TYPE, Some(kind)), (ACCOUNT, self.account_id), (USER, None)].into_iter().chain(without);
                (caller, is_one.then(|| tests.collect()))
            }
            (None, None) => ("(no caller)".to_owned(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(event: &str) -> Call {
        Call::parse(event, &mut Proposals::default())
    }

    /// Callers, each by one kind of name, some of whose names others have too.
    const IDENTITIES: [(&str, &str); 21] = [
        (
            r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"ann"}"#,
            "arn:aws:iam::111122223333:user/ann",
        ),
        (r#"{"type":"IAMUser","accountId":"111122223333","userName":"ann"}"#, "ann (IAMUser of 111122223333)"),
        (r#"{"type":"IAMUser","accountId":"444455556666","userName":"ann"}"#, "ann (IAMUser of 444455556666)"),
        (r#"{"type":"IAMUser","userName":"ann"}"#, "ann (IAMUser)"),
        (r#"{"type":"SAMLUser","userName":"ann"}"#, "ann (SAMLUser)"),
        (r#"{"userName":"ann"}"#, "ann"),
        (r#"{"type":"IAMUser","accountId":"111122223333"}"#, "IAMUser of 111122223333"),
        (r#"{"type":"IAMUser"}"#, "IAMUser"),
        (
            r#"{"type":"IAMUser","accountId":"111122223333","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
            "HIDDEN_DUE_TO_SECURITY_REASONS (IAMUser of 111122223333)",
        ),
        (r#"{"type":"AWSAccount","accountId":"444455556666"}"#, "AWSAccount of 444455556666"),
        (r#"{"type":"AWSAccount","accountId":"777788889999"}"#, "AWSAccount of 777788889999"),
        (r#"{"type":"AWSAccount","accountId":"444455556666","principalId":"AIDA1"}"#, "AIDA1"),
        (r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#, "ec2.amazonaws.com"),
        (
            r#"{"type":"AssumedRole","invokedBy":"ec2.amazonaws.com","arn":"arn:aws:sts::111122223333:assumed-role/r/s","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/r"}}}"#,
            "arn:aws:iam::111122223333:role/r",
        ),
        (
            r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/s","sessionContext":{}}"#,
            "arn:aws:sts::111122223333:assumed-role/r/s",
        ),
        (
            r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/t"}"#,
            "arn:aws:sts::111122223333:assumed-role/r/t",
        ),
        (r#"{"type":"IAMUser","arn":"","principalId":"AIDA1","userName":"ann"}"#, "AIDA1"),
        (r#"{"type":"IAMUser","arn":5,"principalId":"AIDA2"}"#, "AIDA2"),
        (r#"{"type":"IAMUser","principalId":"AIDA2","sessionContext":"none"}"#, "AIDA2"),
        (r#""nobody""#, "(no caller)"),
        ("{}", "(no caller)"),
    ];

    #[test]
    fn a_proposed_pattern_matches_no_event_of_another_caller() {
        let event = |identity: &str| format!(r#"{{"userIdentity":{identity},"eventName":"GetUser"}}"#);
        let mut proposed = 0;
        for (identity, caller) in IDENTITIES {
            let call = called(&event(identity));
            assert_eq!((call.caller.as_str(), call.name.as_str()), (caller, "GetUser"), "{identity}");
            let Some(pattern) = call.pattern else { continue };
            proposed += 1;
            let pattern = Pattern::parse(&pattern).expect("a pattern");
            for (other, of) in IDENTITIES {
                let matched = pattern.matches(&event(other));
                if other == identity {
                    assert_eq!(matched, Matched::Yes, "{identity}");
                } else if of != caller {
                    assert_eq!(matched, Matched::No, "{identity}: {other}");
                }
            }
        }
        assert_eq!(proposed, 14);
    }

    #[test]
    fn many_users_are_never_proposed_as_one() {
        for identity in [
            r#"{"type":"IAMUser"}"#,
            r#"{"type":"IAMUser","accountId":"111122223333"}"#,
            r#"{"type":"IAMUser","arn":"","accountId":"111122223333"}"#,
            r#"{"type":"IAMUser","accountId":"111122223333","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ] {
            let call = called(&format!(r#"{{"userIdentity":{identity},"eventName":"ConsoleLogin"}}"#));
            assert_eq!(call.pattern, None, "{identity}");
        }
    }

    #[test]
    fn a_field_of_another_kind_leaves_the_others_readable() {
        let odd = called(
            r#"{"eventName":"GetUser","userIdentity":{"type":["x"],"arn":5,"userName":"ann","accountId":null}}"#,
        );
        assert_eq!((odd.caller.as_str(), odd.name.as_str()), ("ann", "GetUser"));
        let odd = called(r#"{"eventName":7,"userIdentity":{"arn":"arn:aws:iam::111122223333:user/ann"}}"#);
        assert_eq!((odd.caller.as_str(), odd.name.as_str()), ("arn:aws:iam::111122223333:user/ann", "(no eventName)"));
        assert_eq!(odd.pattern, None);
    }

    /// CloudWatch Logs may look at either of them.
    #[test]
    fn a_name_that_occurs_twice_is_shown_and_not_proposed() {
        let identity = r#""userIdentity":{"arn":"arn:aws:iam::111122223333:user/ann"}"#;
        let doubled = called(&format!(r#"{{"eventName":"A","eventName":"B",{identity}}}"#));
        assert_eq!((doubled.caller.as_str(), doubled.name.as_str()), ("arn:aws:iam::111122223333:user/ann", "B"));
        assert_eq!(doubled.pattern, None);
        assert!(called(&format!(r#"{{"eventName":"B",{identity}}}"#)).pattern.is_some());
    }

    #[test]
    fn a_session_is_called_by_its_role() {
        let call = called(
            r#"{"eventName":"PutRolePolicy","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/r/s","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::1:role/r"}}}}"#,
        );
        assert_eq!((call.caller.as_str(), call.name.as_str()), ("arn:aws:iam::1:role/r", "PutRolePolicy"));
        assert_eq!(
            call.pattern.as_deref(),
            Some(
                "{ $.eventName = \"PutRolePolicy\" && $.userIdentity.sessionContext.sessionIssuer.arn = \"arn:aws:iam::1:role/r\" }"
            )
        );
        let service =
            called(r#"{"eventName":"Decrypt","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}}"#);
        assert_eq!(service.caller, "ec2.amazonaws.com");
        let root = called(
            r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"}}"#,
        );
        assert_eq!((root.caller.as_str(), root.pattern), ("arn:aws:iam::111122223333:root", None));
        let odd = called(r#"{"eventName":"X","userIdentity":{"arn":"a\"b*"}}"#);
        assert_eq!((odd.caller.as_str(), odd.pattern), ("a\"b*", None));
        assert_eq!(called("{}").caller, "(no caller)");
    }
}
