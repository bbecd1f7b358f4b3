//! Where a resource of a chain is in the AWS Management Console.
//!
//! AWS documents the console's hosts, and not the addresses within it: these are the ones that the console itself shows, and
//! that published runbooks and tools link to. A link leads out of the page only when somebody follows it, and takes nothing
//! along but what is in it. Only what is an ARN of a partition and a region that are known becomes one.

use std::fmt::Write as _;

use crate::arn::Arn;
use crate::finding::{Chain, Link, Step};
use crate::partition::is_region_name;

/// The console's host by partition; a region in front of it leads there at once (AWS Management Console, "Region-specific
/// URLs"; Amazon Web Services in China, "Endpoints"; AWS `GovCloud` (US) user guide, "Signing in").
const HOSTS: [(&str, &str); 3] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// The page about a resource. A metric filter is found at its log group, and a subscription at its topic.
pub(super) fn page(step: &Step, chain: &Chain) -> Option<String> {
    match step {
        Step::MetricFilter(_) => page_of(chain.steps_of(Link::LogGroup).first()?.name()),
        Step::Trail(_) | Step::LogGroup(_) | Step::Alarm(_) | Step::Topic(_) | Step::Subscription(_) => {
            page_of(step.name())
        }
    }
}

fn page_of(text: &str) -> Option<String> {
    let arn = Arn::parse(text)?;
    let (_, host) = HOSTS.iter().find(|(partition, _)| *partition == arn.partition)?;
    let region = Some(arn.region).filter(|region| is_region_name(region))?;
    let place = match arn.service {
        "cloudtrail" => format!("cloudtrail/home?region={region}#/trails/{}", encoded(text)),
        "logs" => {
            let group = arn.resource.strip_prefix("log-group:")?.trim_end_matches(":*");
            // Encoded twice, and with another sign than a URL's.
            let twice = encoded(&encoded(group)).replace('%', "$");
            format!("cloudwatch/home?region={region}#logsV2:log-groups/log-group/{twice}")
        }
        "cloudwatch" => {
            let alarm = arn.resource.strip_prefix("alarm:")?;
            format!("cloudwatch/home?region={region}#alarmsV2:alarm/{}", encoded(alarm))
        }
        "sns" => format!("sns/v3/home?region={region}#/topic/{}", encoded(text)),
        _ => return None,
    };
    Some(format!("https://{region}.{host}/{place}"))
}

/// A part of a URL, by its bytes; the colons and slashes of ARNs stay (RFC 3986, section 3.5).
fn encoded(text: &str) -> String {
    let is_arn = text.starts_with("arn:");
    text.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            b':' | b'/' if is_arn => url.push(char::from(byte)),
            _ => {
                // A string takes whatever is written.
                let _ = write!(url, "%{byte:02X}");
            }
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_page_in_the_console_of_its_partition() {
        for (arn, url) in [
            (
                "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
                "https://us-east-1.console.aws.amazon.com/cloudtrail/home?region=us-east-1#/trails/arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
            ),
            (
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/CloudTrail:*",
                "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252FCloudTrail",
            ),
            (
                "arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:IAM changes/all",
                "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/IAM%20changes%2Fall",
            ),
            (
                "arn:aws-us-gov:sns:us-gov-west-1:111122223333:ops",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/sns/v3/home?region=us-gov-west-1#/topic/arn:aws-us-gov:sns:us-gov-west-1:111122223333:ops",
            ),
        ] {
            assert_eq!(page_of(arn).as_deref(), Some(url));
        }
    }

    /// Names are a stranger's: what is no known place leads nowhere.
    #[test]
    fn what_is_no_known_place_is_no_link() {
        for text in [
            "",
            "main",
            "javascript:alert(1)",
            "arn:aws-iso:sns:us-iso-east-1:111122223333:ops",
            "arn:aws:sns:evil.example/#:111122223333:ops",
            "arn:aws:s3:us-east-1:111122223333:bucket",
            "arn:aws:logs:us-east-1:111122223333:other",
        ] {
            assert_eq!(page_of(text), None, "{text}");
        }
        let hostile = page_of("arn:aws:sns:us-east-1:111122223333:a\"><script>?#").expect("a place");
        assert!(hostile.ends_with(":a%22%3E%3Cscript%3E%3F%23"), "{hostile}");
    }
}
