//! What was not read, and why: what it leaves of the verdicts, and what to do about it.

use super::*;
use crate::finding::Unread;
use crate::snapshot::{Cause, DocumentPart, Key};
use Status::{Fail, Pass, Unknown};

const TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:notice";
const KEY: &str = "arn:aws:kms:ap-northeast-1:111122223333:alias/topics";

/// Failures as services and connections say them: code and message.
const DENIED: (&str, &str) = ("AccessDenied", "User: me is not authorized to perform this");
const SCP: (&str, &str) =
    ("AccessDenied", "User: me is not authorized to perform this with an explicit deny in a service control policy");
const SKIPPED: (&str, &str) = ("Skipped", "not requested, because of --skip-optional");
const THROTTLED: (&str, &str) = ("ThrottlingException", "Rate exceeded");
const TIMED_OUT: (&str, &str) = ("Timeout", "no answer from https://sns.example.com:8443 within 30 s (--timeout)");
const DEADLINE: (&str, &str) = ("Deadline", "not read within the 120 s that --deadline gives the account");
const UNREACHABLE: (&str, &str) = ("Unreachable", "cannot reach https://sns.example.com: connection reset");
const FAULT: (&str, &str) = ("InternalFailure", "internal failure");
const BROKEN: (&str, &str) = ("BadAnswer", "unreadable answer: EOF");
const LACKING: (&str, &str) = ("BadAnswer", "the answer has no Attributes");
const HTML: (&str, &str) = ("HtmlPage", "a page of HTML came");
const NOT_ENABLED: (&str, &str) = ("OptInRequired", "the region is not enabled");
const NOT_IMPLEMENTED: (&str, &str) = ("InvalidAction", "no such action");

/// Failures that were not chosen.
const MISHAPS: [(&str, &str); 10] =
    [THROTTLED, TIMED_OUT, DEADLINE, UNREACHABLE, FAULT, BROKEN, LACKING, HTML, NOT_ENABLED, NOT_IMPLEMENTED];

fn gap(operation: &str, resource: Option<&str>, (code, message): (&str, &str)) -> Gap {
    Gap {
        account_id: "111122223333".into(),
        region: REGION.into(),
        source: GapSource::call(operation),
        resource: resource.map(str::to_owned),
        code: code.into(),
        message: message.into(),
    }
}

fn remediation(report: &Report) -> String {
    finding_for(report, "3.4").remediation()
}

/// The topic's attributes were not read, and its subscriptions were.
fn without_attributes(account: &mut Snapshot, why: (&str, &str)) {
    account.topics[0].policy = None;
    account.topics[0].kms_key_id = None;
    account.gaps.push(gap("sns:GetTopicAttributes", Some(TOPIC), why));
}

/// What the attributes may hide (the AWS managed key, a policy that denies) breaks the chain.
#[test]
fn a_topic_without_its_attributes_is_unknown_whatever_the_cause() {
    for why in [DENIED, SCP].into_iter().chain(MISHAPS) {
        let report = judge_with(|account| without_attributes(account, why));
        assert_controls(&report, &CONTROLS, Unknown, Code::TopicUnread);
        assert_eq!(cis_and_effective(&report), (Unknown, Unknown, Some(Code::TopicUnread)), "{}", why.0);
    }
    let report = judge_with(|account| without_attributes(account, THROTTLED));
    assert_eq!(
        finding_for(&report, "3.4").reason.as_ref().expect("a reason").message(),
        "topic notice: its policy and encryption could not be read (sns:GetTopicAttributes: ThrottlingException)"
    );
}

/// Every topic has a policy, so a saved account without one was saved without the topic's attributes.
#[test]
fn a_saved_topic_without_a_policy_was_not_read() {
    let report = judge_with(|account| account.topics[0].policy = None);
    assert_controls(&report, &CONTROLS, Unknown, Code::TopicUnread);
    assert_eq!(
        remediation(&report),
        "The saved account does not contain it: save the account again with this version of cis-audit, or audit it live."
    );
}

#[test]
fn what_is_broken_for_certain_fails_whatever_was_not_read() {
    let report = judge_with(|account| {
        without_attributes(account, THROTTLED);
        account.topics[0].subscriptions = Some(vec![]);
    });
    assert_controls(&report, &CONTROLS, Fail, Code::SubscriptionNone);
}

/// A queue for FIFO topics is no dead end of a topic that is called one.
#[test]
fn a_topics_name_says_that_it_is_a_fifo_topic() {
    let report = judge_with(|account| {
        without_attributes(account, THROTTLED);
        let fifo = format!("{TOPIC}.fifo");
        for alarm in &mut account.alarms[0].metric_alarms {
            alarm.actions.alarm = vec![fifo.clone()];
        }
        let subscription = &mut account.topics[0].subscriptions.as_mut().expect("subscriptions")[0];
        subscription.protocol = "sqs".into();
        subscription.endpoint = format!("arn:aws:sqs:{REGION}:111122223333:q.fifo");
        account.topics[0].arn = fifo.into();
    });
    assert_controls(&report, &CONTROLS, Unknown, Code::TopicUnread);
}

type Optional = (&'static str, Code, fn(&mut Snapshot, (&str, &str)));

/// What optional actions show, and how it is when they fail.
const OPTIONAL: [Optional; 5] = [
    ("mute rules", Code::AlarmMuteUnread, |account, why| {
        account.alarms[0].mute_rules = None;
        account.gaps.push(gap("cloudwatch:ListAlarmMuteRules", None, why));
    }),
    ("a mute rule", Code::AlarmMuteUnread, |account, why| {
        account.alarms[0].mute_rules = None;
        account.gaps.push(gap("cloudwatch:GetAlarmMuteRule", Some("maintenance"), why));
    }),
    ("a filter policy", Code::SubscriptionFilterUnread, |account, why| {
        let subscription = &mut account.topics[0].subscriptions.as_mut().expect("subscriptions")[0];
        subscription.attributes = None;
        let arn = subscription.arn.clone();
        account.gaps.push(gap("sns:GetSubscriptionAttributes", Some(&arn), why));
    }),
    ("a key", Code::TopicKeyUnread, |account, why| {
        account.topics[0].kms_key_id = Some("alias/topics".into());
        account.gaps.push(gap("kms:DescribeKey", Some(KEY), why));
    }),
    ("a key's policy", Code::TopicKeyUnread, |account, why| {
        account.topics[0].kms_key_id = Some("alias/topics".into());
        account.keys.push(Key {
            region: REGION.into(),
            id: KEY.into(),
            exists: Some(true),
            arn: Some("arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".into()),
            manager: Some("CUSTOMER".into()),
            state: Some("Enabled".into()),
            spec: Some("SYMMETRIC_DEFAULT".into()),
            policy: None,
            grants: None,
        });
        account.gaps.push(gap("kms:GetKeyPolicy", Some(KEY), why));
    }),
];

#[test]
fn a_denied_optional_action_keeps_the_cis_verdict() {
    for (name, code, break_it) in OPTIONAL {
        for why in [DENIED, SCP, SKIPPED] {
            let report = judge_with(|account| break_it(account, why));
            assert_eq!(cis_and_effective(&report), (Pass, Unknown, Some(code)), "{name}: {}", why.0);
        }
    }
}

#[test]
fn other_failures_of_an_optional_action_are_unknown() {
    for (name, code, break_it) in OPTIONAL {
        for why in MISHAPS {
            let report = judge_with(|account| break_it(account, why));
            // Whether an empty list is sent is not known, and where there is no such operation there are no rules.
            let is_kept = code == Code::AlarmMuteUnread && (why == LACKING || why == NOT_IMPLEMENTED);
            let cis = if is_kept { Pass } else { Unknown };
            assert_eq!(cis_and_effective(&report), (cis, Unknown, Some(code)), "{name}: {} {}", why.0, why.1);
        }
    }
}

/// Both say so of themselves, and the worse decides.
#[test]
fn an_unintended_mute_rule_failure_decides() {
    let report = judge_with(|account| {
        account.alarms[0].mute_rules = None;
        account.gaps.push(gap("cloudwatch:GetAlarmMuteRule", Some("a"), DENIED));
        account.gaps.push(gap("cloudwatch:GetAlarmMuteRule", Some("b"), THROTTLED));
    });
    assert_eq!(cis_and_effective(&report), (Unknown, Unknown, Some(Code::AlarmMuteUnread)));
    assert!(remediation(&report).starts_with("AWS limits the rate of cloudwatch:GetAlarmMuteRule"));
}

fn subscriptions(account: &mut Snapshot, attributes: &[Option<&str>]) -> Vec<String> {
    let arn = |at: usize| format!("{TOPIC}:6f1d7b1e-0000-4000-8000-{at:012}");
    let all = attributes.iter().enumerate().map(|(at, filter_policy)| Subscription {
        arn: arn(at),
        protocol: "email".into(),
        endpoint: format!("ops{at}@example.com"),
        attributes: filter_policy.map(|policy| SubscriptionAttributes {
            filter_policy: Some(policy.to_owned()).filter(|policy| !policy.is_empty()),
            ..SubscriptionAttributes::default()
        }),
    });
    account.topics[0].subscriptions = Some(all.collect());
    (0..attributes.len()).map(arn).collect()
}

/// Of more subscriptions than are asked about, those that were answer for the rest.
#[test]
fn a_subscription_not_asked_about_is_unread() {
    for (why, cis) in [(THROTTLED, Unknown), (FAULT, Unknown), (DENIED, Pass)] {
        let report = judge_with(|account| {
            let arns = subscriptions(account, &[None; 21]);
            for arn in arns.iter().take(20) {
                account.gaps.push(gap("sns:GetSubscriptionAttributes", Some(arn), why));
            }
        });
        assert_eq!(cis_and_effective(&report), (cis, Unknown, Some(Code::SubscriptionFilterUnread)), "{}", why.0);
    }
}

/// A group of a class without metric filters has none; whether this is one was not read.
#[test]
fn a_log_group_of_unread_class_is_unknown() {
    let without = |why: Option<(&str, &str)>| {
        judge_with(|account| {
            let group = &mut account.log_groups[0];
            (group.metric_filters, group.class) = (Some(vec![]), None);
            let arn = group.arn.clone();
            account.gaps.extend(why.map(|why| gap("logs:DescribeLogGroups", Some(&arn), why)));
        })
    };
    assert_controls(&without(Some(THROTTLED)), &CONTROLS, Unknown, Code::LogGroupUnread);
    assert_controls(&without(None), &CONTROLS, Fail, Code::MetricFilterNone);
}

const HIGH: Option<&str> = Some(r#"{"severity":["high"]}"#);

/// One subscriber is enough: where the first may not be looked into and the second could not, the operator's choice holds.
#[test]
fn one_subscription_that_keeps_the_verdict_is_enough() {
    for order in [[DENIED, THROTTLED], [THROTTLED, DENIED]] {
        let report = judge_with(|account| {
            let arns = subscriptions(account, &[None, None]);
            for (arn, why) in arns.iter().zip(order) {
                account.gaps.push(gap("sns:GetSubscriptionAttributes", Some(arn), why));
            }
        });
        assert_eq!(cis_and_effective(&report), (Pass, Unknown, Some(Code::SubscriptionFilterUnread)));
        assert_eq!(
            remediation(&report),
            "Allow sns:GetSubscriptionAttributes, or remove the subscription's filter policy."
        );
    }
}

/// A denied optional action is not tried again, so one gap is that of all.
#[test]
fn one_denial_covers_subscriptions_not_asked_about() {
    let report = judge_with(|account| {
        let arns = subscriptions(account, &[HIGH, None, None]);
        account.gaps.push(gap("sns:GetSubscriptionAttributes", Some(&arns[1]), DENIED));
    });
    assert_eq!(cis_and_effective(&report), (Pass, Unknown, Some(Code::SubscriptionFilterUnread)));
}

/// Only so many are asked about: that those get no message says nothing of the rest.
#[test]
fn subscriptions_beyond_those_that_were_asked_about_are_unknown() {
    let report = judge_with(|account| {
        subscriptions(account, &[HIGH, HIGH, None]);
    });
    assert_eq!(cis_and_effective(&report), (Unknown, Unknown, Some(Code::SubscriptionFilterUnread)));
    assert!(remediation(&report).starts_with("Remove the subscription's filter policy"), "{}", remediation(&report));
}

#[test]
fn a_list_of_subscriptions_that_broke_off_proves_no_failure() {
    let broken_off = |attributes: &[Option<&str>]| {
        judge_with(|account| {
            subscriptions(account, attributes);
            account.gaps.push(gap("sns:ListSubscriptionsByTopic", Some(TOPIC), THROTTLED));
        })
    };
    assert_eq!(cis_and_effective(&broken_off(&[HIGH])), (Unknown, Unknown, Some(Code::SubscriptionUnread)));
    assert_eq!(cis_and_effective(&broken_off(&[HIGH, Some("")])), (Pass, Pass, None));
    let whole = judge_with(|account| {
        subscriptions(account, &[HIGH]);
    });
    assert_eq!(cis_and_effective(&whole), (Fail, Fail, Some(Code::SubscriptionFiltered)));
}

#[test]
fn advice_follows_the_cause() {
    let advice = |why| {
        let report = judge_with(|account| without_attributes(account, why));
        let finding = finding_for(&report, "3.4");
        assert_eq!(finding.remediation(), finding.reason.as_ref().expect("a reason").remedy());
        finding.remediation()
    };
    for (why, wanted) in [
        (DENIED, "Allow sns:GetTopicAttributes on the topic (its owner's policy, if it is another account's)."),
        (
            SCP,
            "A service control policy of the organization denies sns:GetTopicAttributes, and IAM permissions do not help: the organization's administrator must exempt the auditor.",
        ),
        (
            (
                "AuthorizationError",
                "User: me is not authorized with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1",
            ),
            "A service control policy of the organization (arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1) denies sns:GetTopicAttributes, and IAM permissions do not help: the organization's administrator must exempt the auditor.",
        ),
        (
            ("AuthorizationError", "User: me is not authorized because no permissions boundary allows the action"),
            "The permissions boundary of the auditor's user or role denies sns:GetTopicAttributes, and other permissions do not help: change the boundary.",
        ),
        (
            ("AuthorizationError", "User: me is not authorized with an explicit deny in a session policy"),
            "The session policy of the auditor's role session denies sns:GetTopicAttributes, and the role's permissions do not help: assume the role without it, or with one that includes the action.",
        ),
        (
            ("AuthorizationError", "User: me is not authorized with an explicit deny in an identity-based policy"),
            "A Deny statement of the auditor's own policies forbids sns:GetTopicAttributes, and further permissions do not help: exempt the action.",
        ),
        (
            THROTTLED,
            "AWS limits the rate of sns:GetTopicAttributes: audit again later, or fewer accounts and regions at once.",
        ),
        (
            TIMED_OUT,
            "Find out why sns.example.com:8443 does not answer sns:GetTopicAttributes (network, HTTPS_PROXY, AWS_ENDPOINT_URL), or give it more time with --timeout.",
        ),
        (
            ("Timeout", "no answer in time from ap-northeast-1"),
            "Find out why the service does not answer sns:GetTopicAttributes (network, HTTPS_PROXY, AWS_ENDPOINT_URL), or give it more time with --timeout.",
        ),
        (
            DEADLINE,
            "The audit's time was up before sns:GetTopicAttributes was answered: give it more time with --deadline.",
        ),
        (
            UNREACHABLE,
            "Check the connection to sns.example.com (network, region, AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE, SSL_CERT_FILE), and audit again.",
        ),
        (
            FAULT,
            "The service failed at sns:GetTopicAttributes: audit again later; if it keeps failing, see the AWS Health Dashboard.",
        ),
        (
            BROKEN,
            "The answer to sns:GetTopicAttributes is broken: look at the proxy or endpoint that it came through (HTTPS_PROXY, AWS_ENDPOINT_URL), and audit again.",
        ),
        (
            HTML,
            "A web page was returned instead of the answer to sns:GetTopicAttributes: sign in to the network or proxy, or check AWS_ENDPOINT_URL, and audit again.",
        ),
        (
            NOT_ENABLED,
            "Enable the region (aws account enable-region --region-name ap-northeast-1), or audit another region.",
        ),
        (
            NOT_IMPLEMENTED,
            "The endpoint of ap-northeast-1 does not have sns:GetTopicAttributes: check AWS_ENDPOINT_URL, or use an endpoint that has it.",
        ),
        (SKIPPED, "Leave out --skip-optional, and audit again."),
        (
            ("InvalidParameter", "no"),
            "See what the service says about sns:GetTopicAttributes (InvalidParameter), correct that, and audit again.",
        ),
    ] {
        assert_eq!(advice(why), wanted, "{}", why.0);
    }
}

/// Whatever was not read, a permission is asked for where one is missing and nowhere else.
#[test]
fn a_permission_is_asked_for_only_where_one_is_missing() {
    let unread: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.as_str().ends_with("unread")).collect();
    assert_eq!(unread.len(), 10);
    for code in unread {
        for why in [DENIED, SCP, SKIPPED].into_iter().chain(MISHAPS) {
            let mut account = seed().build();
            account.gaps.push(gap("any:Operation", None, why));
            let unread = Unread::find(&account, &["any:Operation"], REGION, None);
            let asks = Reason::from_sentence(code, "").because(unread).remedy().to_lowercase().contains("allow");
            assert_eq!(asks, Cause::classify(why.0, why.1) == Cause::Denied, "{} {}", code.as_str(), why.0);
        }
        for unread in [Unread::NotSaved, Unread::Undecided] {
            let is_new =
                unread == Unread::NotSaved || matches!(code, Code::SubscriptionFilterUnread | Code::TopicKeyUnread);
            let reason = Reason::from_sentence(code, "").because(unread);
            assert!(!is_new || !reason.remedy().to_lowercase().contains("allow"), "{}", code.as_str());
        }
    }
}

/// An action, what it is asked about, and an account without its answer.
type Link<'a> = (&'a str, Option<&'a str>, fn(&mut Snapshot));

/// What each link needs.
fn links(trail_arn: &str) -> [Link<'_>; 7] {
    [
        ("cloudtrail:DescribeTrails", None, |a| a.trails = None),
        ("cloudtrail:GetTrailStatus", Some(trail_arn), |a| trail(a).status = None),
        ("cloudtrail:GetEventSelectors", Some(trail_arn), |a| trail(a).selectors = None),
        ("logs:DescribeMetricFilters", Some(GROUP), |a| a.log_groups[0].metric_filters = None),
        ("cloudwatch:DescribeAlarms", None, |a| {
            a.alarms[0].metric_alarms.clear();
            a.alarms[0].complete = false;
        }),
        ("sns:GetTopicAttributes", Some(TOPIC), |a| a.topics[0].exists = None),
        ("sns:ListSubscriptionsByTopic", Some(TOPIC), |a| a.topics[0].subscriptions = None),
    ]
}

/// Each link's unread part finds the failure behind it.
#[test]
fn every_link_names_the_failure_behind_it() {
    let trail_arn = seed().build().trails()[0].arn.clone();
    for (operation, resource, change) in links(&trail_arn) {
        let report = judge_with(|account| {
            change(account);
            account.gaps.push(gap(operation, resource, FAULT));
        });
        let reason = finding_for(&report, "3.4").reason.as_ref().expect("a reason");
        assert_eq!(finding_for(&report, "3.4").status, Unknown, "{operation}");
        assert!(reason.message().ends_with(&format!(" ({operation}: InternalFailure)")), "{}", reason.message());
        assert!(reason.remedy().starts_with(&format!("The service failed at {operation}")), "{}", reason.remedy());
    }
}

/// A property of a template that says nothing before it is deployed, where such a call would have shown it.
fn at_deployment(instead_of: &str, resource: Option<&str>) -> Gap {
    let part = DocumentPart {
        file: "template.yaml".to_owned(),
        line: Some(12),
        address: "TrailLogGroup".to_owned(),
        property: Some("LogGroupName".to_owned()),
        why: None,
        instead_of: instead_of.to_owned(),
    };
    Gap::of_document("111122223333", REGION, resource, part)
}

const KNOWN_THEN: &str = "known only at deployment: LogGroupName of resource TrailLogGroup (template.yaml, line 12)";
const WRITE_IT: &str = "Write LogGroupName of resource TrailLogGroup (template.yaml, line 12) so that it is known before deployment, or audit the account once it is deployed.";

/// Neither failed nor passed, and no permission asked for: nothing was denied.
#[test]
fn what_a_document_does_not_say_yet_is_unknown_at_every_link() {
    let trail_arn = seed().build().trails()[0].arn.clone();
    for (operation, resource, change) in links(&trail_arn) {
        let report = judge_with(|account| {
            change(account);
            account.gaps.push(at_deployment(operation, resource));
        });
        let finding = finding_for(&report, "3.4");
        let reason = finding.reason.as_ref().expect("a reason");
        assert_eq!(finding.status, Unknown, "{operation}");
        assert!(reason.message().ends_with(&format!("; {KNOWN_THEN}")), "{}", reason.message());
        assert_eq!(finding.remediation(), WRITE_IT, "{operation}");
        assert!(!reason.message().contains(operation), "{}", reason.message());
    }
}

#[test]
fn a_document_leaves_the_sentence_of_the_link_as_it_is() {
    let report = judge_with(|account| {
        account.log_groups[0].metric_filters = None;
        account.gaps.push(at_deployment("logs:DescribeMetricFilters", Some(GROUP)));
    });
    assert_controls(&report, &CONTROLS, Unknown, Code::MetricFilterUnread);
    assert_eq!(
        finding_for(&report, "3.4").reason.as_ref().expect("a reason").message(),
        format!(
            "the metric filters of log group /aws/cloudtrail/DefaultSecuritySettings could not be read; {KNOWN_THEN}"
        )
    );
}

/// What is deployed may be anything, and that was not chosen to be left open.
#[test]
fn what_a_document_does_not_say_yet_keeps_no_verdict() {
    for (name, code, break_it) in OPTIONAL {
        let report = judge_with(|account| {
            break_it(account, DENIED);
            let Gap { source, resource, .. } = account.gaps.pop().expect("the one of the call");
            account.gaps.push(at_deployment(source.question(), resource.as_deref()));
        });
        assert_eq!(cis_and_effective(&report), (Unknown, Unknown, Some(code)), "{name}");
        assert_eq!(finding_for(&report, "3.4").reason.as_ref().expect("a reason").remedy(), WRITE_IT, "{name}");
    }
}

/// A template's log group whose class is not known yet may be of one that has no metric filters.
#[test]
fn a_class_that_is_known_at_deployment_is_unknown() {
    let report = judge_with(|account| {
        account.log_groups[0].class = None;
        account.log_groups[0].metric_filters = Some(Vec::new());
        account.gaps.push(at_deployment("logs:DescribeLogGroups", Some(GROUP)));
    });
    assert_controls(&report, &CONTROLS, Unknown, Code::LogGroupUnread);
}
