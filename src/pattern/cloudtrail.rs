//! What CloudTrail's records look like, as data: which values a field can have at all, and what an ordinary record shows.
//!
//! A witness outside these bounds is no real event. Source: CloudTrail user guide, record contents, userIdentity element,
//! console sign-in events.

use super::ast::{Selector, Step};

/// What a field of a record can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text in every record.
    AlwaysText,
    /// A text or missing.
    Text,
    /// A boolean or missing.
    Boolean,
    /// An object in every record.
    AlwaysObject,
    /// An object or missing.
    Object,
    /// An object or null.
    ObjectOrNull,
    /// A list or missing.
    List,
    /// Anything at all.
    Free,
}

const FIELDS: &[(&str, Kind)] = &[
    ("eventVersion", Kind::AlwaysText),
    ("eventTime", Kind::AlwaysText),
    ("eventSource", Kind::AlwaysText),
    ("eventName", Kind::AlwaysText),
    ("eventType", Kind::AlwaysText),
    ("eventID", Kind::AlwaysText),
    ("eventCategory", Kind::Text),
    ("awsRegion", Kind::AlwaysText),
    ("sourceIPAddress", Kind::AlwaysText),
    ("userAgent", Kind::Text),
    ("errorCode", Kind::Text),
    ("errorMessage", Kind::Text),
    ("requestID", Kind::Text),
    ("recipientAccountId", Kind::Text),
    ("apiVersion", Kind::Text),
    ("vpcEndpointId", Kind::Text),
    ("sharedEventID", Kind::Text),
    ("sessionCredentialFromConsole", Kind::Text),
    ("readOnly", Kind::Boolean),
    ("managementEvent", Kind::Boolean),
    ("userIdentity", Kind::AlwaysObject),
    ("userIdentity.type", Kind::Text),
    ("userIdentity.principalId", Kind::Text),
    ("userIdentity.arn", Kind::Text),
    ("userIdentity.accountId", Kind::Text),
    ("userIdentity.accessKeyId", Kind::Text),
    ("userIdentity.userName", Kind::Text),
    ("userIdentity.invokedBy", Kind::Text),
    ("userIdentity.identityProvider", Kind::Text),
    ("userIdentity.sessionContext", Kind::Object),
    ("userIdentity.sessionContext.attributes", Kind::Object),
    ("userIdentity.sessionContext.attributes.mfaAuthenticated", Kind::Text),
    ("userIdentity.sessionContext.attributes.creationDate", Kind::Text),
    ("userIdentity.sessionContext.sessionIssuer", Kind::Object),
    ("userIdentity.sessionContext.sessionIssuer.type", Kind::Text),
    ("userIdentity.sessionContext.sessionIssuer.userName", Kind::Text),
    ("userIdentity.sessionContext.sessionIssuer.arn", Kind::Text),
    ("userIdentity.sessionContext.sessionIssuer.principalId", Kind::Text),
    ("userIdentity.sessionContext.sessionIssuer.accountId", Kind::Text),
    ("requestParameters", Kind::ObjectOrNull),
    ("responseElements", Kind::ObjectOrNull),
    ("responseElements.ConsoleLogin", Kind::Text),
    ("additionalEventData", Kind::Object),
    ("additionalEventData.MFAUsed", Kind::Text),
    ("additionalEventData.LoginTo", Kind::Text),
    ("additionalEventData.MobileVersion", Kind::Text),
    ("tlsDetails", Kind::Object),
    ("serviceEventDetails", Kind::Object),
    ("resources", Kind::List),
];

/// What the field at a selector can be.
pub(super) fn kind(selector: &Selector) -> Kind {
    let mut path = String::new();
    for step in &selector.steps {
        let Step::Name(name) = step else { return Kind::Free };
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    }
    FIELDS.iter().find(|(field, _)| *field == path).map_or(Kind::Free, |(_, kind)| *kind)
}

/// An ordinary text of a field, for records in which it may be anything.
pub(super) fn ordinary(selector: &Selector) -> &'static str {
    let Some(Step::Name(last)) = selector.steps.last() else { return "example" };
    match last.as_str() {
        "eventSource" => "iam.amazonaws.com",
        "eventName" => "UpdateUser",
        "eventType" => "AwsApiCall",
        "awsRegion" => "us-east-1",
        "sourceIPAddress" => "198.51.100.7",
        "type" => "IAMUser",
        "userName" => "alice",
        "invokedBy" => "cloudformation.amazonaws.com",
        "errorCode" => "ThrottlingException",
        "errorMessage" => "Rate exceeded",
        "userAgent" => "aws-cli/2.15.0",
        "MFAUsed" => "No",
        "ConsoleLogin" => "Failure",
        "mfaAuthenticated" => "false",
        "accountId" | "recipientAccountId" => "111122223333",
        "arn" => "arn:aws:iam::111122223333:user/alice",
        _ => "example",
    }
}

/// Whether a word may stand in any record: in a field's name, or in what most records say.
pub(super) fn is_common(word: &str) -> bool {
    const SAID: &[&str] =
        &["amazonaws.com", "AwsApiCall", "Management", "aws", "true", "false", "null", "IAMUser", "AssumedRole"];
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        || FIELDS.iter().any(|(field, _)| field.contains(word))
        || SAID.iter().any(|said| said.contains(word))
}
