//! What SNS refuses of a subscription whose endpoint is a reference, and what is unknown of one.

use super::*;

const ENDPOINT: &str = "Protocol: sms\n          Endpoint: '+15550100'";

/// The verdicts of the chain with a queue, a bucket and another subscription.
fn subscribed(protocol: &str, endpoint: &str, queue: &str) -> Option<(Status, Status, Option<Code>)> {
    let text = with(CHAIN, ENDPOINT, &format!("Protocol: {protocol}\n          Endpoint: {endpoint}"));
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\n{text}  Bucket: {{Type: AWS::S3::Bucket}}\n  Queue: {{Type: AWS::SQS::Queue, \
         Properties: {{{queue}}}}}\n"
    );
    verdicts(&checked(&text), "3.4").map(|it| (it.0, it.1, it.2))
}

#[test]
fn a_fifo_queue_gets_nothing_from_a_standard_topic() {
    let dead = Some((Status::Fail, Status::Fail, Some(Code::SubscriptionDeadEnd)));
    for queue in ["FifoQueue: true", "FifoQueue: true, QueueName: q.fifo"] {
        assert_eq!(subscribed("sqs", "!GetAtt Queue.Arn", queue), dead, "{queue}");
    }
    for queue in ["", "QueueName: q"] {
        let verdicts = subscribed("sqs", "!GetAtt Queue.Arn", queue);
        assert_eq!(verdicts.map(|it| (it.0, it.1)), Some((Status::Pass, Status::Pass)), "{queue}");
    }
}

#[test]
fn an_endpoint_that_refers_to_something_else_is_refused() {
    let refused = Some((Status::Fail, Status::Fail, Some(Code::SubscriptionRefused)));
    for (protocol, endpoint) in [
        ("sqs", "!GetAtt Queue.QueueName"),
        ("sqs", "!GetAtt Queue.QueueUrl"),
        ("sqs", "!Ref Queue"),
        ("sqs", "!Sub '${Queue.QueueName}'"),
        ("email", "!GetAtt Queue.Arn"),
        ("email", "!Ref Bucket"),
        ("https", "!Ref Bucket"),
        ("sms", "!Ref Bucket"),
    ] {
        for queue in ["", "QueueName: q"] {
            assert_eq!(subscribed(protocol, endpoint, queue), refused, "{protocol} {endpoint} {queue}");
        }
    }
}

#[test]
fn an_unknown_endpoint_leaves_effective_unknown() {
    for protocol in ["sqs", "lambda", "sms"] {
        let verdicts = subscribed(protocol, "!Ref P", "");
        assert_eq!(verdicts.map(|it| (it.0, it.1)), Some((Status::Pass, Status::Unknown)), "{protocol}");
    }
}

#[test]
fn an_unknown_filter_policy_leaves_the_control_unknown() {
    let unknown = format!("{ENDPOINT}\n          FilterPolicy: !Ref P");
    let text = with(CHAIN, ENDPOINT, &unknown);
    let checked = checked(&format!("Parameters: {{P: {{Type: String}}}}\n{text}"));
    let verdicts = verdicts(&checked, "3.4").map(|it| (it.0, it.2));
    assert_eq!(verdicts, Some((Status::Unknown, Some(Code::SubscriptionFilterUnread))));
}
