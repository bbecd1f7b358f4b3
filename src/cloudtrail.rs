//! What CloudTrail's events look like, as data for the pattern engine: which fields there are always, of what kind they
//! are, how they depend on each other, and values that occur in practice. A witness outside these bounds would not be a
//! real event. Fields that are not listed are free: they may hold anything, or be missing. Nothing here reasons.

use std::sync::LazyLock;

use filter_pattern::{EventModel, Fact, Field, Kinds};

#[cfg(test)]
mod tests;

/// CloudTrail's events.
#[must_use]
pub fn events() -> &'static EventModel {
    static EVENTS: LazyLock<EventModel> = LazyLock::new(model);
    &EVENTS
}

fn model() -> EventModel {
    let mut model = EventModel::new("CloudTrail event");
    for &(path, kinds, ordinary) in FIELDS {
        let mut field = Field::new(path, kinds).ordinary_texts(ordinary.iter().copied());
        if MAY_BE_EMPTY.contains(&path) {
            field = field.may_be_empty();
        }
        if BY_EVENT.contains(&path) {
            field = field.varying();
        }
        if path == IDENTITY_TYPE {
            field = field.usual();
        }
        model = model.field(field);
    }
    for &(source, names) in SERVICES {
        model = model.ordinarily(Fact::text("eventSource", source), "eventName", names.iter().copied());
        for &name in names {
            model = model.ordinarily(Fact::text("eventName", name), "eventSource", [source]);
        }
    }
    model
        .always(Fact::missing(IDENTITY_TYPE), Fact::text("eventType", SERVICE_EVENT))
        .ordinarily(Fact::text("eventName", "ConsoleLogin"), "eventType", ["AwsConsoleSignIn"])
        .chosen_first(["eventSource", "eventName"])
        .shown("eventName", PLAIN_NAME)
        .shown("eventSource", PLAIN_SOURCE)
        .shown_if(Fact::present("userIdentity.sessionContext"), IDENTITY_TYPE, "AssumedRole")
        .shown(IDENTITY_TYPE, "IAMUser")
        .examples("userName", USERS.iter().copied())
        .examples("user", USERS.iter().copied())
        .examples("", EXAMPLES.iter().copied())
        .key_order(KEYS.iter().copied())
        .common_texts(COMMON.iter().copied())
        .identifier_characters("0123456789abcdefABCDEF-.TZ")
}

const TEXT: Kinds = Kinds::TEXT;
const OPTIONAL_TEXT: Kinds = TEXT.or(Kinds::MISSING);
const OBJECT: Kinds = Kinds::OBJECT;
const OPTIONAL_OBJECT: Kinds = OBJECT.or(Kinds::MISSING);
const OBJECT_OR_NULL: Kinds = OBJECT.or(Kinds::NULL);
const OPTIONAL_BOOLEAN: Kinds = Kinds::BOOLEAN.or(Kinds::MISSING);
const OPTIONAL_ARRAY: Kinds = Kinds::ARRAY.or(Kinds::MISSING);

/// Fields by path; `[]` is an element. Optional fields are left out of an event, not null.
const FIELDS: &[(&str, Kinds, &[&str])] = &[
    ("eventVersion", TEXT, &["1.11", "1.08"]),
    ("userIdentity", OBJECT, &[]),
    ("eventTime", TEXT, &["2026-01-15T09:30:00Z"]),
    ("eventSource", TEXT, SOURCES),
    ("eventName", TEXT, NAMES),
    ("awsRegion", TEXT, &["us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2"]),
    (
        "sourceIPAddress",
        TEXT,
        &[
            "192.0.2.10",
            "198.51.100.7",
            "203.0.113.25",
            "10.0.0.5",
            "2001:db8::1",
            "cloudtrail.amazonaws.com",
            "AWS Internal",
        ],
    ),
    ("requestParameters", OBJECT_OR_NULL, &[]),
    ("responseElements", OBJECT_OR_NULL, &[]),
    ("eventType", TEXT, &["AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction", "AwsServiceEvent", "AwsVpceEvents"]),
    ("userAgent", OPTIONAL_TEXT, &["aws-cli/2.15.0", "console.amazonaws.com", "Boto3/1.34.0", "Terraform/1.7.0"]),
    ("errorCode", OPTIONAL_TEXT, ERRORS),
    (
        "errorMessage",
        OPTIONAL_TEXT,
        &[
            "Failed authentication",
            "No username found in supplied account",
            "You are not authorized to perform this operation.",
        ],
    ),
    ("requestID", OPTIONAL_TEXT, &["4b2c7a90-0000-0000-0000-000000000001"]),
    ("eventID", OPTIONAL_TEXT, &["4b2c7a90-0000-0000-0000-000000000002"]),
    ("additionalEventData", OPTIONAL_OBJECT, &[]),
    ("additionalEventData.MFAUsed", OPTIONAL_TEXT, &["No", "Yes"]),
    ("additionalEventData.MobileVersion", OPTIONAL_TEXT, &["No", "Yes"]),
    ("additionalEventData.LoginTo", OPTIONAL_TEXT, &["https://console.aws.amazon.com/console/home"]),
    ("responseElements.ConsoleLogin", OPTIONAL_TEXT, &["Success", "Failure"]),
    ("readOnly", OPTIONAL_BOOLEAN, &[]),
    ("managementEvent", OPTIONAL_BOOLEAN, &[]),
    ("resources", OPTIONAL_ARRAY, &[]),
    ("resources[]", OPTIONAL_OBJECT, &[]),
    ("resources[].ARN", OPTIONAL_TEXT, &["arn:aws:s3:::example-bucket"]),
    ("resources[].accountId", OPTIONAL_TEXT, &["111122223333"]),
    ("resources[].type", OPTIONAL_TEXT, &["AWS::S3::Bucket", "AWS::KMS::Key"]),
    ("recipientAccountId", OPTIONAL_TEXT, &["111122223333", "444455556666"]),
    ("eventCategory", OPTIONAL_TEXT, &["Management", "Data", "Insight"]),
    ("apiVersion", OPTIONAL_TEXT, &["2016-11-15"]),
    ("sharedEventID", OPTIONAL_TEXT, &["4b2c7a90-0000-0000-0000-000000000003"]),
    ("vpcEndpointId", OPTIONAL_TEXT, &["vpce-0123456789abcdef0"]),
    ("sessionCredentialFromConsole", OPTIONAL_TEXT, &["true"]),
    ("serviceEventDetails", OPTIONAL_OBJECT, &[]),
    ("tlsDetails", OPTIONAL_OBJECT, &[]),
    ("tlsDetails.tlsVersion", OPTIONAL_TEXT, &["TLSv1.3", "TLSv1.2"]),
    ("tlsDetails.cipherSuite", OPTIONAL_TEXT, &["TLS_AES_128_GCM_SHA256"]),
    ("tlsDetails.clientProvidedHostHeader", OPTIONAL_TEXT, &["iam.amazonaws.com"]),
    (
        IDENTITY_TYPE,
        OPTIONAL_TEXT,
        &[
            "IAMUser",
            "AssumedRole",
            "Root",
            "FederatedUser",
            "AWSService",
            "AWSAccount",
            "Role",
            "Directory",
            "IdentityCenterUser",
            "Unknown",
        ],
    ),
    ("userIdentity.principalId", OPTIONAL_TEXT, &["AIDAEXAMPLEEXAMPLEEX"]),
    (
        "userIdentity.arn",
        OPTIONAL_TEXT,
        &["arn:aws:iam::111122223333:user/alice", "arn:aws:sts::111122223333:assumed-role/admin/alice"],
    ),
    ("userIdentity.accountId", OPTIONAL_TEXT, &["111122223333", "444455556666"]),
    ("userIdentity.accessKeyId", OPTIONAL_TEXT, &["AKIAEXAMPLEEXAMPLEEX"]),
    ("userIdentity.userName", OPTIONAL_TEXT, USERS),
    (
        "userIdentity.invokedBy",
        OPTIONAL_TEXT,
        &["cloudformation.amazonaws.com", "AWS Internal", "cloudtrail.amazonaws.com"],
    ),
    ("userIdentity.identityProvider", OPTIONAL_TEXT, &["arn:aws:iam::111122223333:saml-provider/example"]),
    ("userIdentity.sessionContext", OPTIONAL_OBJECT, &[]),
    ("userIdentity.sessionContext.attributes", OPTIONAL_OBJECT, &[]),
    ("userIdentity.sessionContext.attributes.mfaAuthenticated", OPTIONAL_TEXT, &["false", "true"]),
    ("userIdentity.sessionContext.attributes.creationDate", OPTIONAL_TEXT, &["2026-01-15T09:00:00Z"]),
    ("userIdentity.sessionContext.sessionIssuer", OPTIONAL_OBJECT, &[]),
    ("userIdentity.sessionContext.sessionIssuer.type", OPTIONAL_TEXT, &["Role", "Root", "IAMUser"]),
    ("userIdentity.sessionContext.sessionIssuer.userName", OPTIONAL_TEXT, &["admin", "deploy", "developer"]),
    ("userIdentity.sessionContext.sessionIssuer.arn", OPTIONAL_TEXT, &["arn:aws:iam::111122223333:role/admin"]),
    ("userIdentity.sessionContext.sessionIssuer.accountId", OPTIONAL_TEXT, &["111122223333"]),
    ("userIdentity.sessionContext.sessionIssuer.principalId", OPTIONAL_TEXT, &["AROAEXAMPLEEXAMPLEEX"]),
];

/// The texts that are recorded empty.
const MAY_BE_EMPTY: &[&str] = &["userIdentity.accessKeyId", "errorMessage"];

/// The kind of caller. Only a service event lacks it.
pub(crate) const IDENTITY_TYPE: &str = "userIdentity.type";
/// The event type of events that a service logs about itself.
pub(crate) const SERVICE_EVENT: &str = "AwsServiceEvent";

/// Texts for fields of which nothing is known.
const USERS: &[&str] = &["alice", "bob", "carol"];
const EXAMPLES: &[&str] = &["example", "alice", "other"];

const ERRORS: &[&str] = &[
    "AccessDenied",
    "Client.UnauthorizedOperation",
    "AccessDeniedException",
    "Client.InvalidParameterValue",
    "ThrottlingException",
    "NoSuchEntityException",
    "ValidationException",
    "VpceAccessDenied",
];

const SOURCES: &[&str] = &[
    "ec2.amazonaws.com",
    "s3.amazonaws.com",
    "iam.amazonaws.com",
    "sts.amazonaws.com",
    "kms.amazonaws.com",
    "signin.amazonaws.com",
    "lambda.amazonaws.com",
    "dynamodb.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "monitoring.amazonaws.com",
];

const NAMES: &[&str] = &[
    "RunInstances",
    "DescribeInstances",
    "ListBuckets",
    "GetObject",
    "AssumeRole",
    "CreateUser",
    "GetUser",
    "ConsoleLogin",
    "PutObject",
    "DeleteBucket",
    "StartInstances",
    "StopInstances",
    "UpdateFunctionCode",
    "PutRolePolicy",
    "AttachRolePolicy",
    "DeletePolicy",
    "CreatePolicyVersion",
    "ModifyInstanceAttribute",
    "EnableKey",
    "Decrypt",
    "TagResource",
    "InviteAccountToOrganization",
];

/// Which service makes an event of this name, and events that a service makes.
const SERVICES: &[(&str, &[&str])] = &[
    (
        "iam.amazonaws.com",
        &[
            "CreateUser",
            "GetUser",
            "ListUsers",
            "CreateRole",
            "PutRolePolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "DeletePolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutUserPolicy",
            "PutGroupPolicy",
        ],
    ),
    (
        "ec2.amazonaws.com",
        &[
            "RunInstances",
            "DescribeInstances",
            "StartInstances",
            "StopInstances",
            "TerminateInstances",
            "CreateVpc",
            "CreateRoute",
            "CreateSecurityGroup",
            "ModifyInstanceAttribute",
        ],
    ),
    (
        "s3.amazonaws.com",
        &[
            "ListBuckets",
            "CreateBucket",
            "DeleteBucket",
            "GetObject",
            "PutObject",
            "HeadBucket",
            "PutBucketPolicy",
            "PutBucketAcl",
        ],
    ),
    ("kms.amazonaws.com", &["Decrypt", "CreateKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion"]),
    ("signin.amazonaws.com", &["ConsoleLogin", "CheckMfa", "SwitchRole"]),
    ("sts.amazonaws.com", &["AssumeRole", "GetCallerIdentity"]),
    ("config.amazonaws.com", &["DescribeConfigRules", "PutConfigRule", "StopConfigurationRecorder"]),
    ("cloudtrail.amazonaws.com", &["DescribeTrails", "CreateTrail", "StopLogging"]),
    ("organizations.amazonaws.com", &["DescribeOrganization", "ListAccounts", "CreateAccount"]),
    ("lambda.amazonaws.com", &["ListFunctions", "UpdateFunctionCode"]),
];

/// What an event is where patterns do not say.
const PLAIN_SOURCE: &str = "ec2.amazonaws.com";
const PLAIN_NAME: &str = "DescribeInstances";

/// The order in which CloudTrail writes keys; others follow by name.
const KEYS: &[&str] = &[
    "eventVersion",
    "userIdentity",
    "type",
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "userName",
    "sessionContext",
    "sessionIssuer",
    "attributes",
    "invokedBy",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "managementEvent",
];

/// What most records say somewhere.
const COMMON: &[&str] = &["amazonaws.com", "AwsApiCall", "Management", "AWSService", "SAMLUser", "WebIdentityUser"];

/// Fields whose texts differ from event to event: an ordinary one is in few.
const BY_EVENT: &[&str] = &["eventSource", "eventName", "errorCode", "errorMessage", "responseElements.ConsoleLogin"];
