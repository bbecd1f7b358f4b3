//! May CloudWatch use the key that encrypts a topic?
//!
//! It calls KMS as the service that it is, so only the key's policy can let it (SNS developer guide, key management): the
//! account's own policies do not reach it, and it is given no grants.

use super::name;
use crate::arn::Arn;
use crate::audit::link::Outcome;
use crate::audit::policy::{self, Answer, Request};
use crate::closed::KEY_SPEC;
use crate::finding::{Code, Reason, Unread};
use crate::snapshot::{Key, Snapshot, Topic};

/// What encrypting and storing a message takes of the one who publishes it.
const ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// The judgement of a topic's key. Where it was denied or its policy cannot be followed, the rest decides, with a warning;
/// where it could not be read for another reason, nothing is decided.
pub(super) fn judge(snapshot: &Snapshot, topic: &Topic, alarm_arn: &str) -> (Outcome, Option<Reason>) {
    let Some(id) = topic.kms_key_id.as_deref() else { return (Outcome::Whole, None) };
    let key = snapshot.key_of(topic);
    if topic.names_managed_key() || key.is_some_and(Key::is_aws_managed) {
        let message = format!("topic {} is encrypted with {id}, which CloudWatch may not use", name(&topic.arn));
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

struct Case<'a> {
    snapshot: &'a Snapshot,
    topic: &'a Topic,
    alarm_arn: &'a str,
    /// As the topic names the key.
    id: &'a str,
}

impl Case<'_> {
    /// Whether the key's policy lets CloudWatch do both.
    fn permitted(&self, key: &Key) -> (Outcome, Option<Reason>) {
        let Some(policy) = &key.policy else { return self.unread() };
        let resource = key.arn.as_deref().unwrap_or(&key.id);
        let answers = ACTIONS.map(|action| {
            let request = Request::publish(self.alarm_arn, &self.topic.arn).using(action, resource);
            (action, policy::evaluate(policy, &request))
        });
        let of = |wanted| {
            let actions = answers.iter().filter(|(_, answer)| *answer == wanted);
            let actions: Vec<&str> = actions.map(|(action, _)| *action).collect();
            (!actions.is_empty()).then(|| actions.join(" and "))
        };
        if let Some(actions) = of(Answer::Denied) {
            return self.broken(Code::TopicKeyForbids, &format!("has a policy that denies CloudWatch {actions}"));
        }
        if let Some(actions) = of(Answer::NotAllowed) {
            let what = format!("has a policy that does not allow CloudWatch {actions}");
            return self.broken(Code::TopicKeyForbids, &what);
        }
        match of(Answer::Undecided) {
            Some(actions) => {
                let what = format!("has a policy of which it cannot be decided whether it allows CloudWatch {actions}");
                self.unverified(Code::TopicKeyPolicyUndecided, &what)
            }
            None => (Outcome::Whole, None),
        }
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
        name(&self.topic.arn)
    }

    /// The key itself, or the topic's word for it.
    fn resource(&self) -> String {
        let key = self.snapshot.key_of(self.topic);
        key.and_then(|key| key.arn.clone()).or_else(|| self.topic.key_arn()).unwrap_or_else(|| self.id.to_owned())
    }
}
