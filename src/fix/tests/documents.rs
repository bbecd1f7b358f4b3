//! The policies of what is created, read again before they are written.

use super::super::documents;

const TRAIL: &str = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/cis-audit";
const GROUP: &str = "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/cloudtrail/cis-audit";
const TOPIC: &str = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:cis-audit-alerts";
const QUEUE: &str = "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:alerts";

fn lines(policy: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(policy).expect("a policy is JSON");
    let statements = document["Statement"].as_array().expect("statements");
    statements.iter().map(serde_json::Value::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_key_encrypts_for_the_trail() {
    insta::assert_snapshot!(lines(&documents::key("aws-us-gov", "111122223333", TRAIL)), @r#"
    {"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws-us-gov:iam::111122223333:root"},"Resource":"*","Sid":"Administration"}
    {"Action":"kms:GenerateDataKey*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/cis-audit"},"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws-us-gov:cloudtrail:*:111122223333:trail/*"}},"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*","Sid":"Encrypt"}
    {"Action":"kms:DescribeKey","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/cis-audit"}},"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*","Sid":"Describe"}
    "#);
}

#[test]
fn a_bucket_takes_files_of_the_trail() {
    insta::assert_snapshot!(lines(&documents::bucket("aws-us-gov", "111122223333", "b", TRAIL)), @r#"
    {"Action":"s3:GetBucketAcl","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/cis-audit"}},"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"arn:aws-us-gov:s3:::b","Sid":"TrailReadsAcl"}
    {"Action":"s3:PutObject","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/cis-audit","s3:x-amz-acl":"bucket-owner-full-control"}},"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"arn:aws-us-gov:s3:::b/AWSLogs/111122223333/*","Sid":"TrailWrites"}
    {"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":["arn:aws-us-gov:s3:::b","arn:aws-us-gov:s3:::b/*"],"Sid":"OnlyTls"}
    "#);
}

#[test]
fn a_role_writes_to_the_log_group() {
    insta::assert_snapshot!(lines(&documents::trust()), @r#"{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"}}"#);
    insta::assert_snapshot!(lines(&documents::delivery("111122223333", "us-gov-west-1", GROUP)), @r#"{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/cloudtrail/cis-audit:log-stream:111122223333_CloudTrail_us-gov-west-1*"}"#);
}

#[test]
fn alarms_publish_to_a_topic() {
    insta::assert_snapshot!(lines(&documents::topic(&TOPIC.into()).expect("the ARN of a topic")), @r#"
    {"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}},"Effect":"Allow","Principal":{"AWS":"*"},"Resource":"arn:aws-us-gov:sns:us-gov-west-1:111122223333:cis-audit-alerts","Sid":"__default_statement_ID"}
    {"Action":"sns:Publish","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:*"},"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Resource":"arn:aws-us-gov:sns:us-gov-west-1:111122223333:cis-audit-alerts","Sid":"CloudWatchAlarms"}
    "#);
}

/// No policy names the account or the region "".
#[test]
fn what_is_no_topic_has_no_policy() {
    let alarm = "arn:aws:cloudwatch:us-gov-west-1:111122223333:alarm:a".into();
    for text in ["x", "arn:aws:sns::111122223333:x", "arn:aws:sns:us-east-1::x"] {
        assert_eq!(documents::topic(&text.into()), None);
        assert_eq!(documents::allow_publish(r#"{"Statement":[]}"#, &alarm, &text.into()), None);
    }
}

/// What a policy holds stays as it is, a lone statement too.
#[test]
fn policies_are_added_to() {
    let own = r#"{"Id":"mine","Statement":{"Sid":"TopicDelivers","Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*"}}"#;
    let merged = documents::allow_queue(Some(own), TOPIC, QUEUE).expect("it can be added to");
    insta::assert_snapshot!(lines(&merged.policy), @r#"
    {"Action":"sqs:ReceiveMessage","Effect":"Allow","Principal":"*","Resource":"*","Sid":"TopicDelivers"}
    {"Action":"sqs:SendMessage","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws-us-gov:sns:us-gov-west-1:111122223333:cis-audit-alerts"}},"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Resource":"arn:aws-us-gov:sqs:us-gov-west-1:111122223333:alerts","Sid":"TopicDelivers2"}
    "#);
    assert!(merged.policy.contains(r#""Id":"mine""#));
    let alarm = "arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:a";
    let denies = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#;
    let long = format!(
        r#"{{"Statement":[{{"Sid":"{}","Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"}}]}}"#,
        "x".repeat(30_700)
    );
    for policy in ["", "[]", r#"{"Statement":1}"#, denies, &long] {
        assert_eq!(documents::allow_publish(policy, &alarm.into(), &TOPIC.into()), None);
    }
}
