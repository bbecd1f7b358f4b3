//! Events to be measured with: made up, the same ones every time, written to a file once. Also the pattern of one control,
//! whose events are counted in it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

pub(crate) const PATTERN: &str = r#"{ ($.eventSource = "iam.amazonaws.com") && (($.eventName = "DeleteGroupPolicy") || ($.eventName = "DeleteRolePolicy") || ($.eventName = "DeleteUserPolicy") || ($.eventName = "PutGroupPolicy") || ($.eventName = "PutRolePolicy") || ($.eventName = "PutUserPolicy") || ($.eventName = "CreatePolicy") || ($.eventName = "DeletePolicy") || ($.eventName = "CreatePolicyVersion") || ($.eventName = "DeletePolicyVersion") || ($.eventName = "AttachRolePolicy") || ($.eventName = "DetachRolePolicy") || ($.eventName = "AttachUserPolicy") || ($.eventName = "DetachUserPolicy") || ($.eventName = "AttachGroupPolicy") || ($.eventName = "DetachGroupPolicy")) }"#;

/// Writes the corpus, unless it is there; the number of its events.
pub(crate) fn corpus(file: &Path, wanted: u64) -> io::Result<u64> {
    if !file.exists() {
        let partial = file.with_extension("part");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&partial)?);
        let mut events = Generator { state: 7, number: 0 };
        let (mut written, mut line) = (0, String::new());
        while written < wanted {
            line.clear();
            events.write(&mut line);
            out.write_all(line.as_bytes())?;
            written += line.len() as u64;
        }
        out.flush()?;
        fs::rename(partial, file)?;
    }
    let (mut lines, mut count) = (BufReader::with_capacity(1 << 20, File::open(file)?), 0);
    while lines.skip_until(b'\n')? > 0 {
        count += 1;
    }
    Ok(count)
}

/// What happens in an account: service, event, whether it only reads, its parameters and its answer.
const CALLS: &[(&str, &str, bool, &str, &str)] = &[
    (
        "ec2",
        "DescribeInstances",
        true,
        r#"{"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"web-@"}]}}]}}"#,
        "null",
    ),
    (
        "sts",
        "AssumeRole",
        true,
        r#"{"roleArn":"arn:aws:iam::111122223333:role/service-role/app-@","roleSessionName":"session-@","durationSeconds":3600}"#,
        r#"{"credentials":{"accessKeyId":"ASIAEXAMPLE@","sessionToken":"IQoJb3JpZ2luX2VjEExampleTokenExampleTokenExampleTokenExampleTokenExampleTokenExampleTokenExampleToken@","expiration":"Jan 5, 2026, 9:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE@:session-@","arn":"arn:aws:sts::111122223333:assumed-role/app-@/session-@"}}"#,
    ),
    (
        "kms",
        "Decrypt",
        true,
        r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-bucket-@"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        "null",
    ),
    (
        "s3",
        "GetBucketAcl",
        true,
        r#"{"bucketName":"example-bucket-@","Host":"example-bucket-@.s3.us-east-1.amazonaws.com","acl":""}"#,
        "null",
    ),
    (
        "logs",
        "CreateLogStream",
        false,
        r#"{"logGroupName":"/aws/lambda/function-@","logStreamName":"2026/01/05/[$LATEST]@"}"#,
        "null",
    ),
    (
        "ec2",
        "RunInstances",
        false,
        r#"{"instancesSet":{"items":[{"imageId":"ami-@","minCount":1,"maxCount":2,"keyName":"ops"}]},"userData":"<sensitiveDataRemoved>","instanceType":"m6i.large","blockDeviceMapping":{},"availabilityZone":"us-east-1a","monitoring":{"enabled":false},"disableApiTermination":false,"ebsOptimized":false}"#,
        r#"{"requestId":"@","reservationId":"r-@","ownerId":"111122223333","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-@","imageId":"ami-@","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-0-0-5.ec2.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"m6i.large","launchTime":1767600000000,"placement":{"availabilityZone":"us-east-1a","tenancy":"default"},"subnetId":"subnet-@","vpcId":"vpc-@","privateIpAddress":"10.0.0.5","architecture":"x86_64","rootDeviceType":"ebs"}]}}"#,
    ),
    (
        "iam",
        "PutRolePolicy",
        false,
        r#"{"roleName":"app-@","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::example-bucket-@/*\"}]}"}"#,
        "null",
    ),
    (
        "lambda",
        "UpdateFunctionCode20150331v2",
        false,
        r#"{"functionName":"function-@","s3Bucket":"code-@","s3Key":"build/@.zip","publish":true,"dryRun":false}"#,
        r#"{"functionName":"function-@","runtime":"python3.13","codeSize":48213,"timeout":30,"memorySize":512,"version":"17","tracingConfig":{"mode":"PassThrough"}}"#,
    ),
    ("iam", "GetRole", true, r#"{"roleName":"app-@"}"#, "null"),
    ("dynamodb", "DescribeTable", true, r#"{"tableName":"table-@"}"#, "null"),
];

/// Makes events, the same ones every time.
struct Generator {
    state: u64,
    number: u64,
}

impl Generator {
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % n
    }

    fn write(&mut self, line: &mut String) {
        self.number += 1;
        // Writing is rare among reading.
        let call =
            if self.below(10) < 7 { [0, 1, 2, 3, 8, 9][self.below(6) as usize] } else { self.below(10) as usize };
        // What controls are about is rarer still: less than one event in a hundred.
        let call = if CALLS[call].1 == "PutRolePolicy" && self.below(5) > 0 { 8 } else { call };
        let (service, name, is_read, parameters, answer) = CALLS[call];
        let id = format!("{:08x}{:04x}", self.below(1 << 31), self.number & 0xffff);
        let (parameters, answer) = (parameters.replace('@', &id), answer.replace('@', &id));
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        let error = if self.below(200) == 0 {
            r#""errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::111122223333:assumed-role/app/x is not authorized to perform this action because no identity-based policy allows it","#
        } else {
            ""
        };
        let caller = match self.below(4) {
            0 => format!(
                r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLE{id}","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE{id}","userName":"alice"}}"#
            ),
            1 => format!(r#"{{"type":"AWSService","invokedBy":"{service}.amazonaws.com"}}"#),
            _ => format!(
                r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLE{id}:ci","arn":"arn:aws:sts::111122223333:assumed-role/app-{id}/ci","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE{id}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{id}","arn":"arn:aws:iam::111122223333:role/app-{id}","accountId":"111122223333","userName":"app-{id}"}},"attributes":{{"creationDate":"2026-01-05T08:00:00Z","mfaAuthenticated":"false"}}}}}}"#
            ),
        };
        let _ = writeln!(
            line,
            r#"{{"eventVersion":"1.11","userIdentity":{caller},"eventTime":"2026-01-05T{hour:02}:{minute:02}:{second:02}Z","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.{}","userAgent":"aws-sdk-rust/1.3 os/linux lang/rust/1.94 md/http#hyper",{}"requestParameters":{parameters},"responseElements":{answer},"requestID":"{id}-0000-4000-8000-{id}","eventID":"{id}-1111-4111-9111-{id}","readOnly":{is_read},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{service}.us-east-1.amazonaws.com"}}}}"#,
            self.below(254) + 1,
            error,
        );
    }
}
