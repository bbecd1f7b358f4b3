//! The names under which services act, as policies have them.
//!
//! Those of the services here are the same in every partition, whatever its hosts end in: AWS CDK's region facts
//! (`region-info`) and the Terraform provider's `aws_service_principal` (both 28 November 2026) have exceptions for a few
//! other services in China and the isolated partitions alone, and the European one refuses names in `amazonaws.eu`.

use std::borrow::Cow;

use super::is_opt_in;
use crate::arn::Arn;

/// `CloudTrail`.
pub const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// `CloudWatch`, on behalf of an alarm.
pub const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

/// SNS, as it calls other services.
pub const SNS: &str = "sns.amazonaws.com";

/// As whom a topic delivers to a queue or function: between two regions of which an account opts into one, SNS calls
/// under that region's name (SNS developer guide, "Sending Amazon SNS messages to an Amazon SQS queue or AWS Lambda
/// function in a different Region"). It is not documented to deliver from one such region to another.
#[must_use]
pub fn delivering(topic_arn: &str, endpoint_arn: &str) -> Cow<'static, str> {
    let Some((topic, endpoint)) = Arn::parse(topic_arn).zip(Arn::parse(endpoint_arn)) else { return SNS.into() };
    if topic.region == endpoint.region {
        return SNS.into();
    }
    let opted = [topic, endpoint].into_iter().find(|arn| is_opt_in(arn.partition, arn.region));
    opted.map_or(SNS.into(), |arn| format!("sns.{}.amazonaws.com", arn.region).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opt_in_regions_have_a_regional_principal() {
        for (topic, endpoint, service) in [
            ("aws:sns:us-east-1", "aws:sqs:eu-west-1", "sns.amazonaws.com"),
            ("aws:sns:us-east-1", "aws:sqs:us-east-1", "sns.amazonaws.com"),
            ("aws:sns:ap-east-1", "aws:sqs:ap-east-1", "sns.amazonaws.com"),
            ("aws:sns:ap-east-1", "aws:sqs:us-east-1", "sns.ap-east-1.amazonaws.com"),
            ("aws:sns:us-east-1", "aws:sqs:af-south-1", "sns.af-south-1.amazonaws.com"),
            // Launched in 2025 and 2026: no list of such regions was complete.
            ("aws:sns:ap-southeast-6", "aws:sqs:us-east-1", "sns.ap-southeast-6.amazonaws.com"),
            ("aws:sns:sa-west-1", "aws:lambda:us-east-1", "sns.sa-west-1.amazonaws.com"),
            ("aws:sns:me-west-1", "aws:lambda:us-east-1", "sns.me-west-1.amazonaws.com"),
            ("aws-cn:sns:cn-north-1", "aws-cn:sqs:cn-northwest-1", "sns.amazonaws.com"),
            ("aws-us-gov:sns:us-gov-west-1", "aws-us-gov:sqs:us-gov-east-1", "sns.amazonaws.com"),
        ] {
            let (topic, endpoint) = (format!("arn:{topic}:111122223333:t"), format!("arn:{endpoint}:111122223333:e"));
            assert_eq!(delivering(&topic, &endpoint), service, "{topic} {endpoint}");
        }
    }
}
