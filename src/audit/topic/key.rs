//! May CloudWatch use the key that encrypts a topic?
//!
//! It calls KMS as the service that it is, so the account's own policies do not reach it (SNS developer guide, key
//! management): the key's policy can let it, and so can a grant to the service (KMS API reference, `CreateGrant`,
//! `GranteeServicePrincipal`), unless the policy denies it. Grants are read only where the policy does not let it.

use crate::arn::{Arn, topic_name};
use crate::audit::indexed::Indexed;
use crate::audit::link::Outcome;
use crate::closed::KEY_SPEC;
use crate::finding::{Code, Reason, Unread};
use crate::iam_policy::{self, Answer, Request};
use crate::snapshot::{CLOUDWATCH, Grant, Key, Topic};
use crate::truth::{all, any};

/// What encrypting and storing a message takes of the one who publishes it.
const ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// The judgement of a topic's key. Where it was denied or its policy cannot be followed, the rest decides, with a warning;
/// where it could not be read for another reason, nothing is decided.
pub(super) fn judge(snapshot: &Indexed<'_>, topic: &Topic, alarm_arn: &str) -> (Outcome, Option<Reason>) {
    let Some(id) = topic.kms_key_id.as_deref() else { return (Outcome::Whole, None) };
    let key = snapshot.key_of(topic);
    if topic.names_managed_key() || key.is_some_and(Key::is_aws_managed) {
        let message = format!("topic {} is encrypted with {id}, which CloudWatch may not use", topic_name(&topic.arn));
        return (Outcome::of(Reason::new(Code::TopicManagedKey, &topic.arn, message)), None);
    }
    let case = Case { snapshot, topic, alarm_arn, id };
    let Some(key) = key else { return case.unread() };
    match key.exists {
        None => case.unread(),
        Some(false) => case.broken(Code::TopicKeyMissing, &format!("does not exist in {}", key.region)),
        Some(true) => match usability(key) {
            Usability::Usable => case.permitted(key),
            Usability::Unusable(why) => case.broken(Code::TopicKeyUnusable, &why),
            Usability::Unknown(why) => {
                let doubt = case.reason(Code::TopicKeyUnread, &why).because(Unread::Undecided);
                Outcome::unless_kept(doubt)
            }
        },
    }
}

/// Whether a grant could let CloudWatch use a key that its policy does not let it use. Which alarm asks is not known here:
/// a policy that lets some alarms only is one more that grants are read for.
#[cfg(feature = "aws")]
pub(in crate::audit) fn grants_matter(key: &Key) -> bool {
    let Some(policy) = &key.policy else { return false };
    let resource = key.arn.as_deref().unwrap_or(&key.id);
    let Some(Arn { partition, region, account, .. }) = Arn::parse(resource) else { return false };
    let alarm = format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:any");
    let topic = format!("arn:{partition}:sns:{region}:{account}:any");
    let answers =
        ACTIONS.map(|action| iam_policy::evaluate(policy, &Request::publish(&alarm, &topic).using(action, resource)));
    answers.contains(&Answer::NotAllowed) && !answers.contains(&Answer::Denied)
}

/// Whether SNS can encrypt with the key, whoever publishes.
enum Usability {
    Usable,
    Unusable(String),
    Unknown(String),
}

/// States in which a key takes part in cryptographic operations: KMS developer guide, "Key states of AWS KMS keys".
fn usability(key: &Key) -> Usability {
    if let Some(spec) = key.spec.as_deref().filter(|spec| *spec != "SYMMETRIC_DEFAULT") {
        if KEY_SPEC.all().any(|known| known == spec) {
            return Usability::Unusable(format!("is {spec}, and SNS takes symmetric keys only"));
        }
        return Usability::Unknown(format!("is of a kind that is not known here, {spec}"));
    }
    match key.state.as_deref() {
        Some("Enabled" | "Updating") => Usability::Usable,
        Some("Disabled") => Usability::Unusable("is disabled".to_owned()),
        Some("PendingDeletion" | "PendingReplicaDeletion") => Usability::Unusable("is pending deletion".to_owned()),
        Some(state @ ("PendingImport" | "Unavailable")) => Usability::Unusable(format!("is in state {state}")),
        Some(state) => Usability::Unknown(format!("is in state {state}")),
        None => Usability::Unknown("did not say its state".to_owned()),
    }
}

struct Case<'a, 's> {
    snapshot: &'a Indexed<'s>,
    topic: &'a Topic,
    alarm_arn: &'a str,
    /// As the topic names the key.
    id: &'a str,
}

impl Case<'_, '_> {
    /// Whether the key's policy lets CloudWatch do both.
    fn permitted(&self, key: &Key) -> (Outcome, Option<Reason>) {
        let Some(policy) = &key.policy else { return self.unread() };
        let resource = key.arn.as_deref().unwrap_or(&key.id);
        let answers = ACTIONS.map(|action| {
            let request = Request::publish(self.alarm_arn, &self.topic.arn).using(action, resource);
            (action, iam_policy::evaluate(policy, &request))
        });
        let of = |wanted| {
            let actions = answers.iter().filter(|(_, answer)| *answer == wanted);
            actions.map(|(action, _)| *action).collect::<Vec<&str>>()
        };
        let denied = of(Answer::Denied);
        if !denied.is_empty() {
            let what = format!("has a policy that denies CloudWatch {}", denied.join(" and "));
            return self.broken(Code::TopicKeyForbids, &what);
        }
        let granted = self.granted(key, &of(Answer::NotAllowed));
        let undecided = of(Answer::Undecided);
        if granted != Outcome::Whole || undecided.is_empty() {
            return (granted, None);
        }
        let what = format!(
            "has a policy of which it cannot be decided whether it allows CloudWatch {}",
            undecided.join(" and ")
        );
        self.unverified(Code::TopicKeyPolicyUndecided, &what)
    }

    /// Whether grants let CloudWatch do what the policy does not let it do.
    fn granted(&self, key: &Key, lacking: &[&str]) -> Outcome {
        let of = |code, what: &str| Outcome::of(self.reason(code, what));
        let Some(grants) = &key.grants else {
            if lacking.is_empty() {
                return Outcome::Whole;
            }
            let why = Unread::find(self.snapshot, &["kms:ListGrants"], &key.region, Some(&key.id));
            let what = format!(
                "has a policy that does not allow CloudWatch {}, and whether a grant does was not read",
                lacking.join(" and ")
            );
            // The policy alone fails the control, so that a denied answer leaves nothing that could be kept.
            return Outcome::of(self.reason(Code::TopicKeyUnread, &what).because(why));
        };
        let answers =
            lacking.iter().map(|action| (*action, any(grants.iter().map(|grant| self.permits(grant, action)))));
        let answers: Vec<_> = answers.collect();
        let those = |wanted: Option<bool>| {
            let actions = answers.iter().filter(|(_, answer)| *answer == wanted).map(|(action, _)| *action);
            actions.collect::<Vec<&str>>().join(" and ")
        };
        let (refused, undecided) = (those(Some(false)), those(None));
        if !refused.is_empty() {
            return of(
                Code::TopicKeyForbids,
                &format!("has neither a policy nor a grant that allows CloudWatch {refused}"),
            );
        }
        if !undecided.is_empty() {
            let what = format!("has a grant of which it cannot be decided whether it allows CloudWatch {undecided}");
            return of(Code::TopicKeyPolicyUndecided, &what);
        }
        Outcome::Whole
    }

    /// Whether a grant lets CloudWatch do something for this alarm (KMS API reference, `GrantListEntry`,
    /// `GrantConstraints`).
    fn permits(&self, grant: &Grant, action: &str) -> Option<bool> {
        let operation = action.strip_prefix("kms:").unwrap_or(action);
        let grantee = match (grant.grantee_service.as_deref(), grant.grantee.as_deref()) {
            (Some(service), _) => Some(service == CLOUDWATCH),
            // As this, a service may name several of its callers.
            (None, Some(CLOUDWATCH)) => None,
            (None, _) => Some(false),
        };
        let source = match grant.source_arn.as_deref() {
            None => Some(true),
            // Whether the constraint takes wildcards is not documented, nor what it makes of names that are not ASCII.
            Some(arn) if arn.contains(['*', '?']) || !self.alarm_arn.is_ascii() => None,
            Some(arn) => Some(arn == self.alarm_arn),
        };
        // SNS puts the topic's ARN into the encryption context; that it puts nothing else there is not documented.
        let pair = |(key, value): (&String, &String)| {
            key.eq_ignore_ascii_case("aws:sns:topicArn").then(|| *value == self.topic.arn)
        };
        let subset = all(grant.context_subset.iter().map(pair));
        let equals = grant.context_equals.as_ref().map(|pairs| all(pairs.iter().map(pair).chain([None])));
        all([
            Some(grant.operations.iter().any(|of| of == operation)),
            grantee,
            source,
            subset,
            equals.unwrap_or(Some(true)),
        ])
    }

    fn unread(&self) -> (Outcome, Option<Reason>) {
        // The topic's region is asked, whichever the key's own is.
        let id = self.topic.key_arn();
        let region = Arn::parse(&self.topic.arn).map_or(&*self.snapshot.region, |arn| arn.region);
        let why = Unread::find(self.snapshot, &["kms:DescribeKey", "kms:GetKeyPolicy"], region, id.as_deref());
        let message =
            format!("whether CloudWatch may use {}, which encrypts topic {}, was not read", self.id, self.topic());
        Outcome::unless_kept(Reason::new(Code::TopicKeyUnread, self.resource(), message).because(why))
    }

    fn broken(&self, code: Code, what: &str) -> (Outcome, Option<Reason>) {
        (Outcome::of(self.reason(code, what)), None)
    }

    fn unverified(&self, code: Code, what: &str) -> (Outcome, Option<Reason>) {
        (Outcome::Whole, Some(self.reason(code, what)))
    }

    fn reason(&self, code: Code, what: &str) -> Reason {
        Reason::new(code, self.resource(), format!("key {}, which encrypts topic {}, {what}", self.id, self.topic()))
    }

    fn topic(&self) -> &str {
        topic_name(&self.topic.arn)
    }

    /// The key itself, or the topic's word for it.
    fn resource(&self) -> String {
        let key = self.snapshot.key_of(self.topic);
        key.and_then(|key| key.arn.clone()).or_else(|| self.topic.key_arn()).unwrap_or_else(|| self.id.to_owned())
    }
}
