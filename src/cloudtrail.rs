//! What CloudTrail's events look like, as data for the pattern engine: which fields there are and of what kind
//! (`fields`), what they have to do with each other (`laws`), which service makes which call (`services`), and what a caller
//! chooses (`chosen`). A
//! witness outside these bounds would be an event that will never occur. Nothing here reasons.

use std::sync::LazyLock;

use filter_pattern::{EventModel, Fact, Facts, Field, Pattern};

pub use self::chosen::chosen_by_callers;
use self::fields::{
    BY_EVENT, CLOSED, COMMON, EXAMPLES, FIELDS, IDENTITY, KEYS, MAY_BE_EMPTY, TOP, USERS, USUAL, WHOLE,
};
use self::laws::{ANY_NETWORK_ACTIVITY, LAWS, Law, WITHOUT_DATA_EVENTS, WITHOUT_NETWORK_ACTIVITY};
use self::services::{CALLS, CHANGES, READS};
pub use self::triggers::patterns as trigger_patterns;

mod chosen;
mod fields;
mod laws;
mod services;
#[cfg(test)]
mod tests;
mod triggers;

/// What of an account bears on the events that its trails record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded<'a> {
    /// The account whose events they are: 12 digits. None where there may be those of others, as in an organization's trail.
    pub only_account: Option<&'a str>,
    /// The account's partition: `aws`, `aws-cn`, … None: it is not known.
    pub partition: Option<&'a str>,
    /// No trail asks for data events.
    pub no_data_events: bool,
    /// Where IAM is, to whichever region its calls are made. None: it is not known.
    pub iam_region: Option<&'static str>,
    /// Whether a trail asks for network activity events. None: it is not known.
    pub network_activity: Option<bool>,
}

/// CloudTrail's events, of any account.
#[must_use]
pub fn events() -> &'static EventModel {
    static EVENTS: LazyLock<EventModel> = LazyLock::new(|| model(Recorded::default()));
    &EVENTS
}

/// CloudTrail's events, as an account's trails record them.
#[must_use]
pub fn events_of(recorded: Recorded<'_>) -> EventModel {
    model(recorded)
}

/// A pattern of the names of events that read and change nothing. `None`: never, as a test shows.
#[must_use]
pub fn reads() -> Option<&'static Pattern> {
    static PATTERN: LazyLock<Option<Pattern>> = LazyLock::new(|| {
        let names: Vec<String> = READS.iter().map(|name| format!("($.eventName = \"{name}\")")).collect();
        Pattern::parse(&format!("{{ {} }}", names.join(" || "))).ok()
    });
    PATTERN.as_ref()
}

/// Whether events may have the field of a selector, judged by the first name in it: `$.eventName`. Of what is no
/// selector it is not known.
#[must_use]
pub fn may_have(selector: &str) -> bool {
    let Some(path) = selector.strip_prefix("$.") else { return true };
    let name = path.split(['.', '[']).next().unwrap_or(path);
    path.starts_with('[') || name == "*" || TOP.contains(&name) || is_listed(name)
}

/// Whether the user guide documents the field of a selector, or leaves it to the services, as members of `requestParameters`.
/// Of what is no selector it is not known.
#[must_use]
pub fn is_documented(selector: &str) -> bool {
    let Some(path) = selector.strip_prefix("$.") else { return true };
    if !may_have(selector) {
        return false;
    }
    let is_whole = WHOLE.iter().any(|object| path.strip_prefix(object).is_some_and(|rest| rest.starts_with('.')));
    let is_further = |further: &&str| path == *further || path.starts_with(&format!("{further}."));
    !is_whole || path.contains(['*', '[']) || is_listed(path) || IDENTITY.iter().any(is_further)
}

/// The fields that are documented, by path.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(path, ..)| *path).chain(TOP.iter().copied()).chain(IDENTITY.iter().copied())
}

fn is_listed(name: &str) -> bool {
    FIELDS.iter().any(|(path, ..)| *path == name)
}

/// What an event is where patterns do not say.
const PLAIN_SOURCE: &str = "ec2.amazonaws.com";
/// IAM's calls are recorded in one region of each partition (CloudTrail user guide, global service events).
const IAM: &str = "iam.amazonaws.com";
const PLAIN_NAME: &str = "DescribeInstances";
/// The kind of caller.
const IDENTITY_TYPE: &str = "userIdentity.type";

fn model(recorded: Recorded<'_>) -> EventModel {
    let mut model = EventModel::new("CloudTrail event");
    for &(path, kinds, ordinary) in FIELDS {
        let mut field = Field::new(path, kinds);
        field = match recorded.only_account {
            Some(account) if path == "recipientAccountId" => field.only_texts([account.to_owned()]),
            _ if CLOSED.contains(&path) => field.only_texts(ordinary.iter().copied()),
            _ => field.ordinary_texts(ordinary.iter().copied()),
        };
        if MAY_BE_EMPTY.contains(&path) {
            field = field.may_be_empty();
        }
        if BY_EVENT.contains(&path) {
            field = field.varying();
        }
        if USUAL.contains(&path) {
            field = field.usual();
        }
        model = model.field(field);
    }
    let data = if recorded.no_data_events { WITHOUT_DATA_EVENTS } else { &[] };
    let network = match recorded.network_activity {
        None => ANY_NETWORK_ACTIVITY,
        Some(false) => WITHOUT_NETWORK_ACTIVITY,
        Some(true) => &[],
    };
    let model = LAWS.iter().chain(data).chain(network).fold(model, with_law);
    let model = match recorded.iam_region {
        Some(region) => model.nearly_always(
            Fact::text("eventSource", IAM),
            Fact::text("awsRegion", region),
            "calls of IAM recorded in another region than its own",
        ),
        None => model,
    };
    let model = match (recorded.partition, recorded.only_account) {
        // IAM user guide, "IAM identifiers": the root user's ARN; CloudTrail user guide, userIdentity element: `Root` is the
        // account's own, a caller of another one is an `AWSAccount`. A root session (`assumedRoot`) has the same.
        (Some(partition), Some(account)) => model.always(
            Fact::text(IDENTITY_TYPE, "Root"),
            Fact::text("userIdentity.arn", format!("arn:{partition}:iam::{account}:root")),
        ),
        _ => model,
    };
    CHANGES
        .iter()
        .chain(CALLS)
        .fold(model, with_service)
        .known_members("", TOP.iter().copied(), "records with fields that CloudTrail does not document")
        .ordinarily(Fact::text("eventName", "ConsoleLogin"), "eventType", ["AwsConsoleSignIn"])
        .ordinarily(Fact::text(IDENTITY_TYPE, "Root"), "userIdentity.arn", ["arn:aws:iam::111122223333:root"])
        .ordinarily(
            Fact::text(IDENTITY_TYPE, "AssumedRole"),
            "userIdentity.arn",
            ["arn:aws:sts::111122223333:assumed-role/admin/alice"],
        )
        .chosen_first(["eventSource", "eventName"])
        .shown("eventName", PLAIN_NAME)
        .shown("eventSource", PLAIN_SOURCE)
        .shown_if(Fact::missing(IDENTITY_TYPE), "eventType", "AwsServiceEvent")
        .shown_if(Fact::present("userIdentity.sessionContext"), IDENTITY_TYPE, "AssumedRole")
        .shown(IDENTITY_TYPE, "IAMUser")
        .examples("userName", USERS.iter().copied())
        .examples("user", USERS.iter().copied())
        .examples("", EXAMPLES.iter().copied())
        .key_order(KEYS.iter().copied())
        .common_texts(COMMON.iter().copied())
        .identifier_characters("0123456789abcdefABCDEF-.TZ")
}

fn with_law(model: EventModel, law: &Law) -> EventModel {
    debug_assert!(!law.source.is_empty(), "nothing is a bound because somebody thought so");
    let when: Facts = law.when.iter().flat_map(|is| is.facts()).collect();
    match (law.then.and_then(|then| then.facts().pop()), law.exception) {
        (Some(then), None) => model.always(when, then),
        (Some(then), Some(exception)) => model.nearly_always(when, then, exception),
        (None, None) => model.never(when),
        (None, Some(exception)) => model.rarely(when, exception),
    }
}

fn with_service(model: EventModel, (source, names): &(&'static str, &'static [&'static str])) -> EventModel {
    let mut model = model.ordinarily(Fact::text("eventSource", *source), "eventName", names.iter().copied());
    for &name in *names {
        model = model.ordinarily(Fact::text("eventName", name), "eventSource", [*source]);
    }
    model
}
