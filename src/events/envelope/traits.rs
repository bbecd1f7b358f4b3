//! What an object is, by its members: an event of CloudTrail, a part of one, an envelope, or something else that lies beside
//! events. Looks at names and at how values begin, and opens nothing.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::events::json::{members, value};
use crate::events::kind::Kind;

/// The members of an envelope that have events in them, or another envelope.
const CARRIERS: [&[u8]; 29] = [
    b"Records",
    b"records",
    b"events",
    b"Events",
    b"logEvents",
    b"results",
    b"result",
    b"responses",
    b"hits",
    b"_source",
    b"detail",
    b"Sns",
    b"Messages",
    b"awslogs",
    b"kinesis",
    b"event",
    b"sessionUpdate",
    b"sessionResults",
    b"message",
    b"Message",
    b"CloudTrailEvent",
    b"body",
    b"Body",
    b"_raw",
    b"original",
    b"event.original",
    b"@message",
    b"data",
    b"Data",
];

/// Whether a member of an envelope that is called so has events in it, or another envelope.
pub(super) fn is_carrier(key: &[u8]) -> bool {
    CARRIERS.contains(&key)
}

/// The members of a CloudTrail event at its top level (user guide, "CloudTrail record contents").
const FIELDS: [&[u8]; 32] = [
    b"eventVersion",
    b"userIdentity",
    b"eventTime",
    b"eventSource",
    b"eventName",
    b"awsRegion",
    b"sourceIPAddress",
    b"userAgent",
    b"errorCode",
    b"errorMessage",
    b"requestParameters",
    b"responseElements",
    b"additionalEventData",
    b"requestID",
    b"eventID",
    b"eventType",
    b"apiVersion",
    b"managementEvent",
    b"readOnly",
    b"resources",
    b"recipientAccountId",
    b"serviceEventDetails",
    b"sharedEventID",
    b"vpcEndpointId",
    b"vpcEndpointAccountId",
    b"eventCategory",
    b"addendum",
    b"sessionCredentialFromConsole",
    b"edgeDeviceDetails",
    b"tlsDetails",
    b"insightDetails",
    b"annotation",
];

/// Whether a line begins as an event of CloudTrail does that is by itself: by its first member. The notifications of S3
/// have an `eventVersion` too, which is 2 (S3 user guide, "Event message structure").
pub(in crate::events) fn begins_event(line: &[u8]) -> bool {
    const VERSION: &[u8] = b"{\"eventVersion\":\"";
    if let Some(version) = line.strip_prefix(VERSION) {
        return version.starts_with(b"1.");
    }
    let Some(rest) = line.strip_prefix(b"{\"") else { return false };
    let key = rest.iter().take(32).take_while(|byte| **byte != b'"').count();
    let key = rest.get(..key).unwrap_or_default();
    key != b"eventVersion" && FIELDS.contains(&key)
}

/// Whether an object begins with a member that an event has, whatever its version.
pub(in crate::events) fn begins_with_field(object: &[u8]) -> bool {
    let member = object.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    let Some(name) = member.strip_prefix(b"\"") else { return false };
    let length = name.iter().take(32).take_while(|byte| **byte != b'"').count();
    name.get(..length).is_some_and(|name| FIELDS.contains(&name))
}

/// Whether a line that ends as an object does, and has the version of an event so many times, is one event and nothing else.
/// CloudTrail writes the version and then the identity; in another order these are looked for, and where the object ends.
pub(in crate::events) fn is_one_event(line: &[u8], versions: usize) -> bool {
    static IDENTITY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"userIdentity\":{"));
    let as_delivered = || {
        let version = line.strip_prefix(b"{\"eventVersion\":\"1.")?;
        let digits = version.iter().take_while(|byte| byte.is_ascii_digit()).count();
        Some(version.get(digits..)?.starts_with(b"\",\"userIdentity\":{"))
    };
    match versions {
        0 => false,
        1 if as_delivered() == Some(true) => true,
        _ => {
            let is_alone = || value(line).is_some_and(|(_, behind)| behind.is_empty());
            begins_event(line) && IDENTITY.find(line).is_some() && is_alone()
        }
    }
}

/// Whether an object is an event that says so by its version, and no envelope.
pub(in crate::events) fn is_versioned(json: &[u8]) -> bool {
    let traits = Traits::read(json);
    traits.is_event() && traits.has_version
}

/// What the reports of this program call it.
static OWN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"cis-audit\""));

/// What names of members begin with where an event was flattened.
const IDENTITY: &[u8] = b"userIdentity";

/// What an object says of itself.
#[derive(Default)]
pub(super) struct Traits<'a> {
    /// Members that an event of CloudTrail has and hardly anything else.
    marks: usize,
    /// The version of its records.
    pub(super) has_version: bool,
    /// A member that no event has, or has in another spelling.
    has_other: bool,
    /// What is nested in an event is beside it, in a text, or typed.
    is_flat: bool,
    is_s3: bool,
    is_aws_message: bool,
    is_digest: bool,
    is_config: bool,
    pub(super) is_control: bool,
    /// It has the version of its schema, and says which document it is.
    has_schema: bool,
    has_document: bool,
    /// `timestamp`, `ingestionTime`, `logStreamName` or `eventId`, as beside a `message` of CloudWatch Logs.
    pub(super) is_beside_message: bool,
    pub(super) message: Option<&'a [u8]>,
    /// `@message` of a query, in one of its rows.
    pub(super) field: Option<&'a [u8]>,
    pub(super) field_value: Option<&'a [u8]>,
    pub(super) members: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Traits<'a> {
    pub(super) fn read(object: &'a [u8]) -> Self {
        let mut traits = Self::default();
        for (key, value) in members(object) {
            match key {
                b"eventVersion" => {
                    traits.marks += 1;
                    traits.has_version = value.starts_with(b"\"1.");
                    traits.is_flat |= value.starts_with(b"{");
                }
                b"eventName" | b"eventTime" | b"eventType" => {
                    traits.marks += 1;
                    traits.is_flat |= value.starts_with(b"{");
                }
                b"userIdentity" => traits.is_flat |= value.starts_with(b"\""),
                b"eventSource" => {
                    traits.marks += 1;
                    traits.is_aws_message |= value.starts_with(b"\"aws:");
                }
                b"s3" => traits.is_s3 = true,
                b"digestStartTime" | b"digestS3Bucket" => traits.is_digest = true,
                b"configurationItems" | b"configSnapshotId" => traits.is_config = true,
                b"messageType" => traits.is_control |= value == b"\"CONTROL_MESSAGE\"",
                b"timestamp" | b"ingestionTime" | b"logStreamName" | b"eventId" => traits.is_beside_message = true,
                b"schema_version" => traits.has_schema = value.iter().all(u8::is_ascii_digit),
                b"document" => traits.has_document |= value.starts_with(b"\""),
                b"tool" => traits.has_document |= value.starts_with(b"{") && OWN.find(value).is_some(),
                b"field" => traits.field = Some(value),
                b"value" => traits.field_value = Some(value),
                _ => {}
            }
            traits.is_flat |= key.len() > IDENTITY.len() && key.starts_with(IDENTITY);
            traits.has_other |= !FIELDS.contains(&key);
            if key == b"message" {
                traits.message = Some(value);
            }
            traits.members.push((key, value));
        }
        traits
    }

    pub(super) fn is_event(&self) -> bool {
        let is_other = self.is_s3 || self.is_aws_message || self.is_flat;
        self.marks > 0 && !is_other && (self.has_version || !self.has_other)
    }

    /// A document that this program wrote.
    pub(super) fn is_report(&self) -> bool {
        self.has_schema && self.has_document
    }

    /// What it is, if it lies beside events and holds none.
    pub(super) fn nothing(&self) -> Option<Kind> {
        match () {
            () if self.is_digest => Some(Kind::Digest),
            () if self.is_config => Some(Kind::Config),
            () if self.is_s3 => Some(Kind::S3Notification),
            () => None,
        }
    }

    /// What it is, if it is neither an event nor known to hold one.
    pub(super) fn kind(&self) -> Kind {
        if self.marks >= 2 && !self.is_s3 && !self.is_aws_message { Kind::Part } else { Kind::Object }
    }
}
