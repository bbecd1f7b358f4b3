//! What the fields of a CloudTrail record have to do with each other: a table, each row with its source. A row without an
//! exception is a bound, and needs a page of AWS's or a mechanism seen in a hundred records at least; one with an exception
//! is about events that happen, but hardly ever.
//!
//! "n of n" counts records of public data sets: simulated attacks, incidents, detection tests, AWS's own examples.

use super::services::{CHANGES, OBJECT_CALLS};

/// Something that is true of a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    /// One of these texts.
    Text(&'static str, &'static [&'static str]),
    Missing(&'static str),
    Present(&'static str),
    True(&'static str),
    /// The name of an event that the controls demand, sign-ins aside.
    Change,
    /// The name of a call about an object of S3, in the name of S3.
    ObjectCall,
}

/// Where all of these are true, so is what follows, or there is no such event.
#[derive(Debug)]
pub(super) struct Law {
    pub(super) when: &'static [Is],
    pub(super) then: Option<Is>,
    /// What the events are in which it does not hold, to follow on "only in". None: there are none.
    pub(super) exception: Option<&'static str>,
    /// Where that is known from.
    pub(super) source: &'static str,
}

const NAME: &str = "eventName";
const SOURCE: &str = "eventSource";
const TYPE: &str = "eventType";
const CALLER: &str = "userIdentity.type";
const SIGN_IN: Is = Is::Text(NAME, &["ConsoleLogin"]);
const RESULT: &str = "responseElements.ConsoleLogin";
const INSIGHTS: Is = Is::Text(TYPE, &["AwsCloudTrailInsight"]);
const MFA_USED: &str = "additionalEventData.MFAUsed";

const fn always(when: &'static [Is], then: Is, source: &'static str) -> Law {
    Law { when, then: Some(then), exception: None, source }
}

const fn never(when: &'static [Is], source: &'static str) -> Law {
    Law { when, then: None, exception: None, source }
}

const fn rarely(when: &'static [Is], exception: &'static str, source: &'static str) -> Law {
    Law { when, then: None, exception: Some(exception), source }
}

/// What holds of the events of every account.
pub(super) const LAWS: &[Law] = &[
    always(
        &[SIGN_IN],
        Is::Text(TYPE, &["AwsConsoleSignIn"]),
        "CloudTrail user guide, AWS Management Console sign-in events; 7 of 7. Two examples of before 2019 spell it otherwise",
    ),
    always(
        &[SIGN_IN],
        Is::Text(SOURCE, &["signin.amazonaws.com"]),
        "CloudTrail user guide, AWS Management Console sign-in events; 7 of 7",
    ),
    always(&[SIGN_IN], Is::Present(RESULT), "CloudTrail user guide, examples of sign-in events; 7 of 7"),
    always(&[SIGN_IN], Is::Present(CALLER), "CloudTrail user guide, examples of sign-in events: each names its caller"),
    always(
        &[SIGN_IN, Is::Text("errorMessage", &["Failed authentication"])],
        Is::Text(RESULT, &["Failure"]),
        "CloudTrail user guide, examples of unsuccessful sign-in events; 6 of 6",
    ),
    rarely(
        &[SIGN_IN, Is::Present("errorCode")],
        "sign-ins recorded with an error code",
        "CloudTrail user guide, examples of sign-in events: those that failed have an errorMessage alone; 7 of 7",
    ),
    rarely(
        &[SIGN_IN, Is::Missing(MFA_USED)],
        "sign-ins recorded without additionalEventData",
        "CloudTrail user guide, examples of sign-in events: left out where the example shows no additionalEventData; 7 of 7 have it",
    ),
    never(
        &[Is::Present("additionalEventData.SamlProviderArn"), Is::Text(CALLER, &["IAMUser", "Root"])],
        "CloudTrail user guide, sign-in events: who signs in with SAML has a session of a role; all records",
    ),
    always(
        &[Is::Change],
        Is::Text(TYPE, &["AwsApiCall", "AwsVpceEvent"]),
        "156 of 156 are AwsApiCall; CloudTrail user guide, network activity events, which carry the names of calls too",
    ),
    never(
        &[Is::Change, Is::True("readOnly")],
        "CloudTrail user guide, record contents, readOnly: whether the operation is read-only, and these write; 156 of 156",
    ),
    always(
        &[Is::Change, Is::Present("eventCategory")],
        Is::Text("eventCategory", &["Management", "NetworkActivity"]),
        "CloudTrail user guide, management events and network activity events; 156 of 156 are Management",
    ),
    always(
        &[Is::Text("eventCategory", &["NetworkActivity"])],
        Is::Text(TYPE, &["AwsVpceEvent"]),
        "CloudTrail user guide, network activity events",
    ),
    always(&[Is::Text("eventCategory", &["Insight"])], INSIGHTS, "CloudTrail user guide, Insights events"),
    always(
        &[Is::Change, API_CALL, Is::Present("managementEvent")],
        Is::True("managementEvent"),
        "CloudTrail user guide, record contents, managementEvent; 156 of 156",
    ),
    always(
        &[SIGN_IN, Is::Present("eventCategory")],
        Is::Text("eventCategory", &["Management"]),
        "CloudTrail user guide, record contents, eventCategory: API calls and sign-ins to the console; 7 of 7",
    ),
    always(
        &[SIGN_IN, Is::Present("managementEvent")],
        Is::True("managementEvent"),
        "CloudTrail user guide, examples of sign-in events; 7 of 7",
    ),
    always(
        &[Is::ObjectCall, Is::Present("eventCategory")],
        Is::Text("eventCategory", &["Data"]),
        "S3 user guide, CloudTrail events, object-level actions; 16,574 of 16,574",
    ),
    always(&[Is::Missing(NAME)], INSIGHTS, "CloudTrail user guide, record contents for Insights events"),
    always(&[Is::Missing(SOURCE)], INSIGHTS, "CloudTrail user guide, record contents for Insights events"),
    always(&[Is::Missing("userIdentity")], INSIGHTS, "CloudTrail user guide, record contents for Insights events"),
    rarely(
        &[INSIGHTS],
        "the events of CloudTrail Insights, where a trail records them",
        "CloudTrail user guide, logging Insights events: off unless asked for",
    ),
    never(
        &[INSIGHTS, Is::Present(NAME)],
        "CloudTrail user guide, record contents for Insights events: names are in insightDetails",
    ),
    never(
        &[INSIGHTS, Is::Present(SOURCE)],
        "CloudTrail user guide, record contents for Insights events: sources are in insightDetails",
    ),
    never(
        &[INSIGHTS, Is::Present("errorCode")],
        "CloudTrail user guide, record contents for Insights events: errors are in insightDetails",
    ),
    never(
        &[INSIGHTS, Is::Present("userIdentity")],
        "CloudTrail user guide, record contents for Insights events: callers are in insightDetails",
    ),
    rarely(
        &[Is::Missing("requestParameters"), CALLS],
        "calls recorded without requestParameters",
        "CloudTrail user guide, record contents: all other records of calls have the key, be it null",
    ),
    rarely(
        &[Is::Missing("responseElements"), CALLS],
        "calls recorded without responseElements",
        "CloudTrail user guide, record contents, where it is called optional: all records of calls have the key, be it null",
    ),
    always(
        &[Is::Missing(CALLER)],
        Is::Text(TYPE, &["AwsServiceEvent", "AwsApiCall", "AwsConsoleAction", "AwsVpceEvent", "AwsCloudTrailInsight"]),
        "CloudTrail user guide, sign-in events: each has a caller",
    ),
    rarely(
        &[Is::Missing(CALLER), Is::Text(TYPE, &["AwsApiCall", "AwsConsoleAction", "AwsVpceEvent"])],
        "calls that a service records without a kind of caller, such as kms:SynchronizeMultiRegionKey",
        "KMS developer guide, SynchronizeMultiRegionKey; billing and tax settings guides, examples of console actions",
    ),
    always(&[Is::Text(CALLER, &["Root"])], Is::Present("userIdentity.arn"), "657 of 657"),
    rarely(
        &[Is::Text(CALLER, &["AssumedRole"]), Is::Missing("userIdentity.arn")],
        "records of a role's session without an ARN",
        "157 of 157 have one",
    ),
    rarely(
        &[Is::Text(CALLER, &["IAMUser"]), Is::Missing("userIdentity.arn"), API_CALL],
        "calls of an IAM user without an ARN",
        "4,855 of 4,856 have one, and the other is a CheckMfa; failed sign-ins in AWS's examples have none",
    ),
    rarely(&[Is::Missing("readOnly"), RECORDED], OLD, "all such records of version 1.08 and later have it"),
    rarely(&[Is::Missing("managementEvent"), RECORDED], OLD, "all such records of version 1.08 and later have it"),
    rarely(&[Is::Missing("eventCategory"), RECORDED], OLD, "all such records of version 1.08 and later have it"),
    rarely(&[Is::Missing("sourceIPAddress")], NO_ADDRESS, "one service event of 27,304 records has none"),
    rarely(
        &[Is::Text("sourceIPAddress", &[""])],
        NO_ADDRESS,
        "one example of AWS's has an empty one, perhaps redacted",
    ),
];

/// Calls and what is done in a console.
const CALLS: Is = Is::Text(TYPE, &["AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction"]);
const API_CALL: Is = Is::Text(TYPE, &["AwsApiCall"]);
/// All but network activity and insights.
const RECORDED: Is = Is::Text(TYPE, &["AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction", "AwsServiceEvent"]);
const OLD: &str = "records before 2020";
const NO_ADDRESS: &str = "records without a source address";

/// What also holds where no trail records data events.
pub(super) const WITHOUT_DATA_EVENTS: &[Law] = &[
    never(
        &[Is::ObjectCall],
        "S3 user guide, CloudTrail events: object-level actions are recorded only where a trail asks for data events; 16,574 of 16,574",
    ),
    never(
        &[Is::Text("eventCategory", &["Data"])],
        "CloudTrail user guide, logging data events: not recorded unless asked for",
    ),
];

/// What also holds where no trail records network activity events.
pub(super) const WITHOUT_NETWORK_ACTIVITY: &[Law] = &[
    never(
        &[Is::Text(TYPE, &["AwsVpceEvent"])],
        "CloudTrail user guide, logging network activity events: not recorded unless asked for",
    ),
    never(
        &[Is::Text("eventCategory", &["NetworkActivity"])],
        "CloudTrail user guide, logging network activity events: not recorded unless asked for",
    ),
];

/// What also holds where it is not known what the trails record.
pub(super) const ANY_NETWORK_ACTIVITY: &[Law] = &[rarely(
    &[Is::Text(TYPE, &["AwsVpceEvent"])],
    "network activity events, where a trail records them",
    "CloudTrail user guide, logging network activity events: not recorded unless asked for",
)];

impl Is {
    /// As facts of the engine.
    pub(super) fn facts(self) -> Vec<filter_pattern::Fact> {
        use filter_pattern::Fact;
        match self {
            Self::Text(path, texts) => vec![Fact::one_of(path, texts.iter().copied())],
            Self::Missing(path) => vec![Fact::missing(path)],
            Self::Present(path) => vec![Fact::present(path)],
            Self::True(path) => vec![Fact::is_true(path)],
            Self::Change => vec![Fact::one_of(NAME, CHANGES.iter().flat_map(|(_, names)| names.iter().copied()))],
            Self::ObjectCall => {
                vec![Fact::text(SOURCE, "s3.amazonaws.com"), Fact::one_of(NAME, OBJECT_CALLS.iter().copied())]
            }
        }
    }
}
