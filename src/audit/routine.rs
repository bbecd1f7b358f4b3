//! Events that happen all day in any account. A filter that matches one keeps its alarm in ALARM, and an alarm notifies
//! only when it changes state, so no one would be notified of what matters.

use filter_pattern::{Matched, Pattern};

use crate::finding::facts::Routine;

/// What happens, and an event of it as CloudTrail records it.
const EVENTS: &[(Routine, &str)] = &[
    (
        Routine::ServiceAssumesRole,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2026-01-05T08:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","sourceIPAddress":"ec2.amazonaws.com","userAgent":"ec2.amazonaws.com","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/app","roleSessionName":"i-0abc"},"responseElements":{"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/app/i-0abc"}},"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    (
        Routine::RoleDescribesInstances,
        r#"{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci","arn":"arn:aws:sts::111122223333:assumed-role/ci/build","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/ci","userName":"ci"},"attributes":{"creationDate":"2026-01-05T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-01-05T08:01:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.10","userAgent":"aws-cli/2.15.0","requestParameters":{"instancesSet":{},"filterSet":{}},"responseElements":null,"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    (
        Routine::ServiceDecrypts,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"secretsmanager.amazonaws.com"},"eventTime":"2026-01-05T08:02:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","sourceIPAddress":"secretsmanager.amazonaws.com","userAgent":"secretsmanager.amazonaws.com","requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    (
        Routine::UserListsBuckets,
        r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","userName":"alice"},"eventTime":"2026-01-05T08:03:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"console.amazonaws.com","requestParameters":{"Host":"s3.amazonaws.com"},"responseElements":null,"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    // CloudTrail checks the bucket of a trail itself (CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail").
    (
        Routine::TrailChecksBucket,
        r#"{"eventVersion":"1.11","userIdentity":{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"},"eventTime":"2026-01-05T08:04:00Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","awsRegion":"us-east-1","sourceIPAddress":"cloudtrail.amazonaws.com","userAgent":"cloudtrail.amazonaws.com","requestParameters":{"bucketName":"trail-logs","Host":"trail-logs.s3.us-east-1.amazonaws.com","acl":""},"responseElements":null,"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    // The root user and IAM users sign in, at the latest to set an account up.
    (
        Routine::UserSignsIn,
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"},"eventTime":"2026-01-05T08:06:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"Mozilla/5.0","requestParameters":null,"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"Yes"},"readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
    ),
    (
        Routine::FunctionCreatesLogStream,
        r#"{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:fn","arn":"arn:aws:sts::111122223333:assumed-role/fn/fn","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/fn","userName":"fn"},"attributes":{"creationDate":"2026-01-05T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-01-05T08:05:00Z","eventSource":"logs.amazonaws.com","eventName":"CreateLogStream","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.20","userAgent":"awslambda-worker/1.0","requestParameters":{"logGroupName":"/aws/lambda/fn","logStreamName":"2026/01/05/a"},"responseElements":null,"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","apiVersion":"20140328"}"#,
    ),
];

/// Whether the pattern matches all of it.
pub(super) fn matches_all(pattern: &Pattern) -> bool {
    EVENTS.iter().all(|(_, event)| pattern.matches(event) == Matched::Yes)
}

/// What of every day the pattern matches, if anything.
pub(super) fn matched_by(pattern: &Pattern) -> Option<Routine> {
    EVENTS.iter().find(|(_, event)| pattern.matches(event) == Matched::Yes).map(|(what, _)| *what)
}
