//! What to do about it, with the names of the case. Of something that was not read it follows the cause: a permission
//! helps only where one is missing.

use crate::escape::shell_word;
use crate::finding::code::Code;
use crate::finding::facts::{AlarmProblem, KeyProblem, LogGroupProblem};
use crate::finding::reason::{Facts, Reason};
use crate::finding::unread::{FailedRead, Unread};
use crate::snapshot::{Cause, PolicyKind};

impl Reason {
    /// What to do about it, in a sentence or two: commands have the names of the case, as a shell takes them.
    #[must_use]
    pub fn remedy(&self) -> String {
        let template = match &self.unread {
            Some(unread) => unread.remedy_template(self.code),
            None => self.code.remedy_template().to_owned(),
        };
        filled_in(&template, &self.facts.names())
    }
}

impl Reason {
    /// The remedy as a part of a sentence: without its capital and its full stop.
    #[must_use]
    pub fn remedy_clause(&self) -> String {
        as_clause(&self.remedy())
    }
}

/// A sentence as part of another.
fn as_clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        // An acronym, as AWS.
        (_, Some(second)) if second.is_uppercase() => sentence.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}

/// A template with these names in their places; a place without a name keeps the word that stands there.
fn filled_in(template: &str, names: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, place)) = rest.split_once('<') {
        let (word, after) = place.split_once('>').unwrap_or((place, ""));
        text.push_str(before);
        match names.iter().find(|(known, _)| *known == word) {
            Some((_, name)) => text.push_str(&shell_word(name)),
            None => text.push_str(word),
        }
        rest = after;
    }
    text + rest
}

impl Facts {
    /// What stands for which name in a remedy.
    fn names(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Trail { trail, .. } => vec![("TRAIL", &trail.name)],
            Self::Alarm { alarm, problem } => {
                let rule = match problem {
                    AlarmProblem::AlwaysMuted(window) | AlarmProblem::Muted(window) => Some(&window.rule),
                    AlarmProblem::MuteUndecided { rule, .. } => Some(rule),
                    _ => None,
                };
                let rule = rule.map(|rule| ("MUTE_RULE", rule.as_str()));
                [("ALARM", alarm.name.as_str())].into_iter().chain(rule).collect()
            }
            Self::Topic { arn, .. } => vec![("TOPIC", arn)],
            // The key that a topic is to have instead has no name yet.
            Self::Key { topic, problem: KeyProblem::Missing { .. }, .. } => vec![("TOPIC", topic)],
            Self::Key { topic, resource, .. } => vec![("TOPIC", topic), ("USED_KEY", resource)],
            Self::Region { region, .. } => vec![("REGION", region)],
            Self::LogGroup { problem: LogGroupProblem::HubOtherText { control }, .. } => vec![("RULE", control)],
            Self::Account { .. } | Self::LogGroup { .. } | Self::MetricFilter { .. } | Self::Metric { .. } => {
                Vec::new()
            }
            Self::NotLookedAt { .. } => Vec::new(),
            #[cfg(test)]
            Self::Said { .. } => Vec::new(),
        }
    }
}

impl Unread {
    /// What to do about a code, in a sentence or two, for no case in particular.
    #[must_use]
    pub fn remedy(&self, code: Code) -> String {
        filled_in(&self.remedy_template(code), &[])
    }

    /// The same as a part of a sentence.
    #[must_use]
    pub fn remedy_clause(&self, code: Code) -> String {
        as_clause(&self.remedy(code))
    }

    /// What to do, in a sentence or two, with `<TRAIL>` for a trail's name, and so on.
    fn remedy_template(&self, code: Code) -> String {
        match self {
            Self::Failed(failed) => failed.remedy(code),
            Self::NotSaved => {
                "The saved account does not hold it: save the account again with this version of cis-audit, or audit it live."
                    .to_owned()
            }
            Self::Undecided => match code {
                Code::SubscriptionFilterUnread => Code::SubscriptionFiltered.remedy_template().to_owned(),
                Code::AlarmMuteUnread => {
                    "See the mute rule's state: aws cloudwatch get-alarm-mute-rule --alarm-mute-rule-name <MUTE_RULE>.".to_owned()
                }
                Code::TopicKeyUnread => "See the key's state: aws kms describe-key --key-id <USED_KEY>.".to_owned(),
                _ => code.remedy_template().to_owned(),
            },
        }
    }
}

/// Where a denied action is to be allowed, and what else would help. `None`: the code is not about a read.
fn where_allowed(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::TrailUnread | Code::LogGroupUnread | Code::AlarmMuteUnread | Code::HubUnread => ", and audit again",
        Code::MetricFilterUnread => " on the log group, and audit again",
        Code::AlarmUnread => " on *, and audit again",
        Code::TopicUnread | Code::SubscriptionUnread => {
            " on the topic (its owner's policy, if it is another account's)"
        }
        Code::SubscriptionFilterUnread => ", or remove the subscription's filter policy",
        Code::TopicKeyUnread => " on the key (of another account's, ask its owner whether CloudWatch may use it)",
        _ => return None,
    })
}

impl FailedRead {
    pub(in crate::finding) fn remedy(&self, code: Code) -> String {
        let Self { operation, region, .. } = self;
        let host = self.host.as_deref().unwrap_or("the service");
        match self.cause {
            Cause::Denied => match where_allowed(code) {
                Some(place) => format!("Allow {operation}{place}."),
                None => code.remedy_template().to_owned(),
            },
            Cause::Forbidden(kind) => self.forbidden(kind),
            Cause::Skipped => "Leave out --skip-optional, and audit again.".to_owned(),
            Cause::Throttled => {
                format!("AWS limits the rate of {operation}: audit again later, or fewer accounts and regions at once.")
            }
            Cause::TimedOut => format!(
                "See why {host} does not answer {operation} (network, HTTPS_PROXY, AWS_ENDPOINT_URL), or give it more seconds with --timeout."
            ),
            Cause::Deadline => {
                format!(
                    "The audit's time was over before {operation} was answered: give it more seconds with --deadline."
                )
            }
            Cause::Unreachable => format!(
                "Check the way to {host} (network, region, AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE, SSL_CERT_FILE), and audit again."
            ),
            Cause::ServerFault => {
                format!(
                    "The service failed at {operation}: audit again later; if that goes on, see the AWS Health Dashboard."
                )
            }
            Cause::BrokenAnswer | Cause::LackingAnswer => format!(
                "The answer to {operation} is broken: look at the proxy or endpoint that it came through (HTTPS_PROXY, AWS_ENDPOINT_URL), and audit again."
            ),
            Cause::HtmlPage => format!(
                "A web page came instead of the answer to {operation}: sign in to the network or proxy, or check AWS_ENDPOINT_URL, and audit again."
            ),
            Cause::RegionNotEnabled => format!(
                "Enable the region (aws account enable-region --region-name {region}), or audit what is in another one."
            ),
            Cause::NotImplemented => format!(
                "The endpoint of {region} does not have {operation}: check AWS_ENDPOINT_URL, or audit at an endpoint that has it."
            ),
            Cause::Credentials => {
                format!("The credentials were not taken for {operation} in {region}: renew them, and audit again.")
            }
            Cause::NotFound => "It went away while the account was read: audit again.".to_owned(),
            Cause::Other => {
                format!("See what the service says of {operation} ({}), correct that, and audit again.", self.code)
            }
        }
    }

    /// IAM user guide, "Policy evaluation logic": an explicit deny wins over every allow, and a bound that does not allow
    /// an action denies it.
    fn forbidden(&self, kind: PolicyKind) -> String {
        let Self { operation, .. } = self;
        let named = self.policy.as_ref().map_or_else(String::new, |arn| format!(" ({arn})"));
        let words = kind.words();
        match kind {
            PolicyKind::ServiceControl | PolicyKind::ResourceControl => format!(
                "A {words} of the organization{named} denies {operation}, and IAM permissions do not help: whoever manages the organization must except the auditor from it."
            ),
            PolicyKind::Boundary => format!(
                "The {words} of the auditor's user or role{named} denies {operation}, and other permissions do not help: change the boundary."
            ),
            PolicyKind::Session => format!(
                "The {words} of the auditor's role session denies {operation}, and the role's permissions do not help: assume the role without it, or with one that includes the action."
            ),
            PolicyKind::VpcEndpoint => format!(
                "The {words}{named} denies {operation}, and IAM permissions do not help: whoever owns the endpoint must change it, or audit from another network."
            ),
            PolicyKind::Identity => format!(
                "A Deny statement of the auditor's own policies{named} forbids {operation}, and further permissions do not help: except the action from it."
            ),
            PolicyKind::Resource => format!(
                "A Deny statement in the resource's own policy forbids {operation}, and further permissions do not help: the resource's owner must except the auditor from it."
            ),
            PolicyKind::Unnamed => format!(
                "A Deny statement forbids {operation}, and further permissions do not help: find it (the auditor's policies and boundary, the organization's policies), and except the auditor from it."
            ),
        }
    }
}
