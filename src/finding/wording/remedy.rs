//! What to do about it, with the names of the case. Of something that was not read it follows the cause: a permission
//! helps only where one is missing.

use crate::escape::shell_word;
use crate::finding::code::Code;
use crate::finding::facts::{AlarmProblem, KeyProblem, NearMiss};
use crate::finding::reason::{Facts, Reason};
use crate::finding::unread::{FailedRead, Unread};
use crate::snapshot::{Cause, DocumentPart, PolicyKind};

impl Reason {
    /// What to do about it, in a sentence or two: commands have the names of the case, as a shell takes them.
    #[must_use]
    pub fn remedy(&self) -> String {
        if let Facts::Reported { remedy: Some(remedy), .. } = &*self.facts {
            return remedy.clone();
        }
        let template = match &self.unread {
            // Its words are partly the service's, which are no placeholders.
            Some(Unread::Failed(failed)) => return failed.remedy(self.code()),
            Some(Unread::AtDeployment(part)) => return at_deployment(part),
            Some(Unread::NotSaved) => NOT_SAVED,
            Some(Unread::Undecided) => undecided(self.code()),
            None => self.code().remedy_template(),
        };
        filled_in(template, &self.facts.names())
    }
}

impl Reason {
    /// What to do about it beside these notes: where something nearly does what is missing, that is put right.
    #[must_use]
    pub fn remedy_beside(&self, notes: &[Self]) -> String {
        let is_for_want = matches!(self.code(), Code::LogGroupNone | Code::MetricFilterNone | Code::AlarmNone);
        let nearly = notes.iter().filter(|note| is_for_want && note.near_miss().is_some_and(NearMiss::is_nearly_it));
        nearly.map(Self::remedy).next().unwrap_or_else(|| self.remedy())
    }

    /// The remedy as a part of a sentence: without its capital and its full stop.
    #[must_use]
    pub fn remedy_clause(&self) -> String {
        as_clause(&self.remedy())
    }
}

/// A sentence as part of another.
fn as_clause(sentence: &str) -> String {
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        // An acronym, as AWS.
        (_, Some(second)) if second.is_uppercase() => sentence.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}

/// A template with these names in their places; a place without a name keeps the word that is there.
fn filled_in(template: &str, names: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, place)) = rest.split_once('<') {
        let (word, after) = place.split_once('>').unwrap_or((place, ""));
        text.push_str(before);
        match names.iter().find(|(known, name)| *known == word && is_argument(name)) {
            Some((_, name)) => text.push_str(&shell_word(name)),
            None => text.push_str(word),
        }
        rest = after;
    }
    text + rest
}

/// Whether the AWS command line takes a name as it is: it is no option, and no address of what the value is to be read from
/// (AWS CLI user guide, "Loading parameters from a file").
fn is_argument(name: &str) -> bool {
    !name.starts_with('-') && !["file://", "fileb://", "http://", "https://"].iter().any(|way| name.starts_with(way))
}

impl Facts {
    /// Which placeholder is which name in a remedy.
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
            Self::Account { .. } | Self::LogGroup { .. } | Self::MetricFilter { .. } | Self::Metric { .. } => {
                Vec::new()
            }
            Self::NearMiss(near) => match near {
                NearMiss::Elsewhere { log_group, .. } => vec![("GROUP", log_group.name())],
                NearMiss::MatchesNone { filter, .. } | NearMiss::Text { filter, .. } => vec![("FILTER", filter)],
                NearMiss::OtherMetric { alarm, published, .. } => {
                    vec![("ALARM", &alarm.name), ("METRIC", published)]
                }
                NearMiss::EventRule { .. } | NearMiss::MonitoringAccount { .. } => Vec::new(),
            },
            Self::NotLookedAt { .. } | Self::Reported { .. } => Vec::new(),
        }
    }
}

/// What to do where no read failed: a saved account does not hold it.
const NOT_SAVED: &str =
    "The saved account does not contain it: save the account again with this version of cis-audit, or audit it live.";

/// What to do about a part of a document that is known only at deployment: no permission would show it.
fn at_deployment(part: &DocumentPart) -> String {
    const OR: &str = "or audit the account once it is deployed.";
    if part.is_condition() {
        return format!("Give the parameters that decide the {} with --parameter, {OR}", part.words());
    }
    if part.property.is_none() {
        // It is something as a whole, as a nested stack.
        return format!("Check what {} declares together with this, {OR}", part.words());
    }
    format!("Write {} so that it is known before deployment, {OR}", part.words())
}

/// What to do about something that was read and cannot be followed.
fn undecided(code: Code) -> &'static str {
    match code {
        Code::SubscriptionFilterUnread => Code::SubscriptionFiltered.remedy_template(),
        Code::AlarmMuteUnread => {
            "See the mute rule's state: aws cloudwatch get-alarm-mute-rule --alarm-mute-rule-name <MUTE_RULE>."
        }
        Code::TopicKeyUnread => "See the key's state: aws kms describe-key --key-id <USED_KEY>.",
        _ => code.remedy_template(),
    }
}

impl Unread {
    /// What to do about a code, as a part of a sentence, for no case in particular.
    #[must_use]
    pub fn remedy_clause(&self, code: Code) -> String {
        as_clause(&match self {
            Self::Failed(failed) => failed.remedy(code),
            Self::AtDeployment(part) => at_deployment(part),
            Self::NotSaved => NOT_SAVED.to_owned(),
            Self::Undecided => filled_in(undecided(code), &[]),
        })
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
        Code::TopicKeyUnread => " on the key (if it is another account's, ask its owner whether CloudWatch may use it)",
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
                None => code.remedy(),
            },
            Cause::Forbidden(kind) => self.forbidden(kind),
            Cause::Skipped => "Leave out --skip-optional, and audit again.".to_owned(),
            Cause::Throttled => {
                format!("AWS limits the rate of {operation}: audit again later, or fewer accounts and regions at once.")
            }
            Cause::TimedOut => format!(
                "Find out why {host} does not answer {operation} (network, HTTPS_PROXY, AWS_ENDPOINT_URL), or give it more time with --timeout."
            ),
            Cause::Deadline => {
                format!("The audit's time was up before {operation} was answered: give it more time with --deadline.")
            }
            Cause::Unreachable => format!(
                "Check the connection to {host} (network, region, AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE, SSL_CERT_FILE), and audit again."
            ),
            Cause::ServerFault => {
                format!(
                    "The service failed at {operation}: audit again later; if it keeps failing, see the AWS Health Dashboard."
                )
            }
            Cause::BrokenAnswer | Cause::LackingAnswer => format!(
                "The answer to {operation} is broken: look at the proxy or endpoint that it came through (HTTPS_PROXY, AWS_ENDPOINT_URL), and audit again."
            ),
            Cause::HtmlPage => format!(
                "A web page was returned instead of the answer to {operation}: sign in to the network or proxy, or check AWS_ENDPOINT_URL, and audit again."
            ),
            Cause::RegionNotEnabled => format!(
                "Enable the region (aws account enable-region --region-name {region}), or audit another region."
            ),
            Cause::NotImplemented => format!(
                "The endpoint of {region} does not have {operation}: check AWS_ENDPOINT_URL, or use an endpoint that has it."
            ),
            Cause::Credentials => {
                format!("The credentials were not accepted for {operation} in {region}: renew them, and audit again.")
            }
            Cause::NotFound => "It disappeared while the account was being read: audit again.".to_owned(),
            Cause::Other => {
                format!("See what the service says about {operation} ({}), correct that, and audit again.", self.code)
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
                "A {words} of the organization{named} denies {operation}, and IAM permissions do not help: the organization's administrator must exempt the auditor."
            ),
            PolicyKind::Boundary => format!(
                "The {words} of the auditor's user or role{named} denies {operation}, and other permissions do not help: change the boundary."
            ),
            PolicyKind::Session => format!(
                "The {words} of the auditor's role session denies {operation}, and the role's permissions do not help: assume the role without it, or with one that includes the action."
            ),
            PolicyKind::VpcEndpoint => format!(
                "The {words}{named} denies {operation}, and IAM permissions do not help: the endpoint's owner must change it, or audit from another network."
            ),
            PolicyKind::Identity => format!(
                "A Deny statement of the auditor's own policies{named} forbids {operation}, and further permissions do not help: exempt the action."
            ),
            PolicyKind::Resource => format!(
                "A Deny statement in the resource's own policy forbids {operation}, and further permissions do not help: the resource's owner must exempt the auditor."
            ),
            PolicyKind::Unnamed => format!(
                "A Deny statement forbids {operation}, and further permissions do not help: find it (the auditor's policies and boundary, the organization's policies), and exempt the auditor from it."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::facts::{TopicProblem, TrailProblem};

    fn stopped(name: &str) -> Reason {
        Reason::new(Facts::trail(
            name,
            &"arn:aws:cloudtrail:us-east-1:111122223333:trail/x".into(),
            TrailProblem::NotLogging,
        ))
    }

    #[test]
    fn commands_have_the_names_of_the_case() {
        assert_eq!(
            stopped("management-events").remedy(),
            "Start it: aws cloudtrail start-logging --name management-events."
        );
        let topic = "arn:aws:sns:us-east-1:111122223333:alerts";
        assert_eq!(
            Reason::new(Facts::topic(&topic.into(), TopicProblem::NoSubscription)).remedy(),
            format!(
                "Add a subscriber: aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS."
            )
        );
        let gone = KeyProblem::Missing { region: "us-east-1".to_owned() };
        let facts = Facts::Key { topic: topic.into(), key: "k".to_owned(), resource: "k".to_owned(), problem: gone };
        assert!(Reason::new(facts).remedy().ends_with("--attribute-value KEY."));
    }

    #[test]
    fn a_name_is_one_word_of_a_command_or_left_out() {
        for (name, word) in [
            ("it's; rm x", r"'it'\''s; rm x'"),
            ("two\nlines", r"$'two\U0000000alines'"),
            ("`id`", "'`id`'"),
            ("<TRAIL>", "'<TRAIL>'"),
            ("--endpoint-url=http://198.51.100.7", "TRAIL"),
            ("file:///etc/hostname", "TRAIL"),
            ("https://198.51.100.7", "TRAIL"),
            ("", "''"),
        ] {
            assert_eq!(
                stopped(name).remedy(),
                format!("Start it: aws cloudtrail start-logging --name {word}."),
                "{name}"
            );
        }
    }

    #[test]
    fn a_clause_keeps_the_end_of_a_name() {
        assert_eq!(stopped("x.").remedy_clause(), "start it: aws cloudtrail start-logging --name x.");
    }
}
