//! The fields of CloudTrail's records: of what kind they are, and texts that occur in them. Fields that are not listed are
//! free: they may hold anything, or be missing.
//!
//! Sources: CloudTrail user guide, "CloudTrail record contents" and "CloudTrail userIdentity element", and the records of
//! public data sets, 27,304 and 28,337 of them.

use filter_pattern::Kinds;

const TEXT: Kinds = Kinds::TEXT;
const OPTIONAL_TEXT: Kinds = TEXT.or(Kinds::MISSING);
const OBJECT: Kinds = Kinds::OBJECT;
const OPTIONAL_OBJECT: Kinds = OBJECT.or(Kinds::MISSING);
const OPTIONAL_OBJECT_OR_NULL: Kinds = OPTIONAL_OBJECT.or(Kinds::NULL);
const OPTIONAL_BOOLEAN: Kinds = Kinds::BOOLEAN.or(Kinds::MISSING);
const OPTIONAL_ARRAY: Kinds = Kinds::ARRAY.or(Kinds::MISSING);

/// Fields by path; `[]` is an element. Optional fields are left out of an event, not null.
pub(super) const FIELDS: &[(&str, Kinds, &[&str])] = &[
    ("eventVersion", TEXT, &["1.11", "1.08"]),
    ("userIdentity", OPTIONAL_OBJECT, &[]),
    ("eventTime", TEXT, &["2026-01-15T09:30:00Z"]),
    ("eventSource", OPTIONAL_TEXT, SOURCES),
    ("eventName", OPTIONAL_TEXT, NAMES),
    ("awsRegion", TEXT, &["us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2"]),
    (
        "sourceIPAddress",
        OPTIONAL_TEXT,
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
    ("requestParameters", OPTIONAL_OBJECT_OR_NULL, &[]),
    ("responseElements", OPTIONAL_OBJECT_OR_NULL, &[]),
    ("eventType", TEXT, EVENT_TYPES),
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
    ("additionalEventData.SamlProviderArn", OPTIONAL_TEXT, &["arn:aws:iam::111122223333:saml-provider/example"]),
    ("responseElements.ConsoleLogin", OPTIONAL_TEXT, &["Success", "Failure"]),
    ("readOnly", OPTIONAL_BOOLEAN, &[]),
    ("managementEvent", OPTIONAL_BOOLEAN, &[]),
    ("resources", OPTIONAL_ARRAY, &[]),
    ("resources[]", OPTIONAL_OBJECT, &[]),
    ("resources[].ARN", OPTIONAL_TEXT, &["arn:aws:s3:::example-bucket"]),
    ("resources[].accountId", OPTIONAL_TEXT, &["111122223333"]),
    ("resources[].type", OPTIONAL_TEXT, &["AWS::S3::Bucket", "AWS::KMS::Key"]),
    ("recipientAccountId", TEXT, &["111122223333", "444455556666"]),
    ("eventCategory", OPTIONAL_TEXT, &["Management", "Data", "NetworkActivity", "Insight"]),
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
        "userIdentity.type",
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
    ("userIdentity.sessionContext.assumedRoot", OPTIONAL_TEXT, &["true"]),
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

/// The objects all of whose members are documented, so that another one is misspelt.
pub(super) const WHOLE: &[&str] = &["userIdentity", "tlsDetails"];

/// Further members of `userIdentity`, with whatever they hold (CloudTrail user guide, "CloudTrail userIdentity element").
pub(super) const IDENTITY: &[&str] = &[
    "userIdentity.credentialId",
    "userIdentity.inScopeOf",
    "userIdentity.onBehalfOf",
    "userIdentity.sessionContext.ec2RoleDelivery",
    "userIdentity.sessionContext.sourceIdentity",
    "userIdentity.sessionContext.webIdFederationData",
];

/// The texts that are recorded empty.
pub(super) const MAY_BE_EMPTY: &[&str] = &["userIdentity.accessKeyId", "errorMessage", "sourceIPAddress"];

/// The fields whose texts are all known: no other occurs there.
pub(super) const CLOSED: &[&str] = &[
    "eventType",
    "eventCategory",
    "responseElements.ConsoleLogin",
    "additionalEventData.MFAUsed",
    "additionalEventData.MobileVersion",
    "userIdentity.sessionContext.assumedRoot",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
];

/// The fields that nearly every event has.
pub(super) const USUAL: &[&str] = &["userIdentity.type"];

/// The user guide writes `AwsVpceEvents`; the records say otherwise.
const EVENT_TYPES: &[&str] =
    &["AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction", "AwsServiceEvent", "AwsVpceEvent", "AwsCloudTrailInsight"];

/// Texts for fields about which nothing is known.
pub(super) const USERS: &[&str] = &["alice", "bob", "carol"];
pub(super) const EXAMPLES: &[&str] = &["example", "alice", "other"];

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

/// The order in which CloudTrail writes keys; others follow by name.
pub(super) const KEYS: &[&str] = &[
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
pub(super) const COMMON: &[&str] =
    &["amazonaws.com", "AwsApiCall", "Management", "AWSService", "SAMLUser", "WebIdentityUser"];

/// Fields whose texts differ from event to event: an ordinary one is in few.
pub(super) const BY_EVENT: &[&str] =
    &["eventSource", "eventName", "errorCode", "errorMessage", "responseElements.ConsoleLogin"];

/// Further fields that a record may have (CloudTrail user guide, "CloudTrail record contents", for management, data, network
/// activity and Insights events).
pub(super) const TOP: &[&str] = &[
    "addendum",
    "edgeDeviceDetails",
    "eventContext",
    "insightContext",
    "insightDetails",
    "insightSource",
    "vpcEndpointAccountId",
    "vpceEventDetails",
];
