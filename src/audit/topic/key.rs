//! May CloudWatch use the key that encrypts a topic?
//!
//! It calls KMS as the service that it is, so the account's own policies do not reach it (SNS developer guide, key
//! management): the key's policy can let it, and so can a grant to the service (KMS API reference, `CreateGrant`,
//! `GranteeServicePrincipal`), unless the policy denies it. Grants are read only where the policy does not let it.

use crate::arn::AlarmArn;
#[cfg(feature = "aws")]
use crate::arn::Arn;
use crate::audit::indexed::Indexed;
use crate::audit::link::LinkOutcome;
use crate::closed::KEY_SPEC;
use crate::finding::facts::{KeyProblem, TopicProblem};
use crate::finding::{Facts, Reason, Unread};
use crate::iam_policy::{self, Answer, Request};
use crate::snapshot::{CLOUDWATCH, Grant, Key, Topic};
use crate::truth::{all, any};

/// What encrypting and storing a message takes of the one who publishes it.
const ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// The judgement of a topic's key. Where it was denied or its policy cannot be followed, the rest decides, with a warning;
/// where it could not be read for another reason, nothing is decided.
pub(super) fn judge(snapshot: &Indexed<'_>, topic: &Topic, alarm_arn: &AlarmArn) -> (LinkOutcome, Option<Reason>) {
    let Some(id) = topic.kms_key_id.as_deref() else { return (LinkOutcome::Whole, None) };
    let key = snapshot.key_of(topic);
    if topic.names_managed_key() || key.is_some_and(Key::is_aws_managed) {
        let problem = TopicProblem::ManagedKey { key: id.to_owned() };
        return (LinkOutcome::from_reason(Reason::new(Facts::topic(&topic.arn, problem))), None);
    }
    let case = Case { snapshot, topic, alarm_arn, id };
    let Some(key) = key else { return case.unread() };
    match key.exists {
        None => case.unread(),
        Some(false) => case.broken(KeyProblem::Missing { region: key.region.clone() }),
        Some(true) => match usability(key) {
            Usability::Usable => case.permitted(key),
            Usability::Unusable(why) => case.broken(why),
            Usability::Unknown(why) => {
                let doubt = case.reason(why).because(Unread::Undecided);
                LinkOutcome::unless_kept(doubt)
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

/// Whether SNS can encrypt with the key, no matter who publishes.
enum Usability {
    Usable,
    Unusable(KeyProblem),
    Unknown(KeyProblem),
}

/// States in which a key takes part in cryptographic operations: KMS developer guide, "Key states of AWS KMS keys".
fn usability(key: &Key) -> Usability {
    if let Some(spec) = key.spec.as_deref().filter(|spec| *spec != "SYMMETRIC_DEFAULT") {
        if KEY_SPEC.all().any(|known| known == spec) {
            return Usability::Unusable(KeyProblem::Asymmetric { spec: spec.to_owned() });
        }
        return Usability::Unknown(KeyProblem::SpecUndecided { spec: spec.to_owned() });
    }
    match key.state.as_deref() {
        Some("Enabled" | "Updating") => Usability::Usable,
        Some("Disabled") => Usability::Unusable(KeyProblem::Disabled),
        Some("PendingDeletion" | "PendingReplicaDeletion") => Usability::Unusable(KeyProblem::PendingDeletion),
        Some(state @ ("PendingImport" | "Unavailable")) => {
            Usability::Unusable(KeyProblem::State { state: state.to_owned() })
        }
        Some(state) => Usability::Unknown(KeyProblem::StateUndecided { state: Some(state.to_owned()) }),
        None => Usability::Unknown(KeyProblem::StateUndecided { state: None }),
    }
}

struct Case<'a, 's> {
    snapshot: &'a Indexed<'s>,
    topic: &'a Topic,
    alarm_arn: &'a AlarmArn,
    /// As the topic names the key.
    id: &'a str,
}

impl Case<'_, '_> {
    /// Whether the key's policy lets CloudWatch do both.
    fn permitted(&self, key: &Key) -> (LinkOutcome, Option<Reason>) {
        let Some(policy) = &key.policy else { return self.unread() };
        let resource = key.arn.as_deref().unwrap_or(&key.id);
        let answers = ACTIONS.map(|action| {
            let request = Request::publish(self.alarm_arn, &self.topic.arn).using(action, resource);
            (action, iam_policy::evaluate(policy, &request))
        });
        let actions_answered = |wanted| {
            let actions = answers.iter().filter(|(_, answer)| *answer == wanted);
            actions.map(|(action, _)| *action).collect::<Vec<&str>>()
        };
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
        let denied = actions_answered(Answer::Denied);
        if !denied.is_empty() {
            return self.broken(KeyProblem::Denies { actions: owned(&denied) });
        }
        let granted = self.granted(key, &actions_answered(Answer::NotAllowed));
        let undecided = actions_answered(Answer::Undecided);
        if granted != LinkOutcome::Whole || undecided.is_empty() {
            return (granted, None);
        }
        let problem = KeyProblem::PolicyUndecided { actions: owned(&undecided) };
        (LinkOutcome::Whole, Some(self.reason(problem)))
    }

    /// Whether grants let CloudWatch do what the policy does not let it do.
    fn granted(&self, key: &Key, lacking: &[&str]) -> LinkOutcome {
        let owned = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
        let Some(grants) = &key.grants else {
            if lacking.is_empty() {
                return LinkOutcome::Whole;
            }
            let why = Unread::find(self.snapshot, &["kms:ListGrants"], &key.region, Some(&key.id));
            let problem = KeyProblem::GrantsUnread { actions: owned(lacking) };
            // The policy alone fails the control, so that a denied answer leaves nothing that could be kept.
            return LinkOutcome::from_reason(self.reason(problem).because(why));
        };
        let answers =
            lacking.iter().map(|action| (*action, any(grants.iter().map(|grant| self.permits(grant, action)))));
        let answers: Vec<_> = answers.collect();
        let those = |wanted: Option<bool>| {
            let actions = answers.iter().filter(|(_, answer)| *answer == wanted).map(|(action, _)| *action);
            actions.map(str::to_owned).collect::<Vec<String>>()
        };
        let (refused, undecided) = (those(Some(false)), those(None));
        if !refused.is_empty() {
            return LinkOutcome::from_reason(self.reason(KeyProblem::Forbids { actions: refused }));
        }
        if !undecided.is_empty() {
            return LinkOutcome::from_reason(self.reason(KeyProblem::GrantUndecided { actions: undecided }));
        }
        LinkOutcome::Whole
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
            Some(arn) => Some(*self.alarm_arn == *arn),
        };
        // SNS puts the topic's ARN into the encryption context; that it puts nothing else there is not documented.
        let pair = |(key, value): (&String, &String)| {
            key.eq_ignore_ascii_case("aws:sns:topicArn").then(|| self.topic.arn == *value)
        };
        let subset = all(grant.context_subset.iter().map(pair));
        let equals = grant.context_equals.as_ref().map(|pairs| all(pairs.iter().map(pair).chain([None])));
        all([
            Some(grant.operations.iter().any(|allowed| allowed == operation)),
            grantee,
            source,
            subset,
            equals.unwrap_or(Some(true)),
        ])
    }

    fn unread(&self) -> (LinkOutcome, Option<Reason>) {
        // The topic's region is asked, whichever the key's own is.
        let id = self.topic.key_arn();
        let find =
            |region| Unread::find(self.snapshot, &["kms:DescribeKey", "kms:GetKeyPolicy"], region, id.as_deref());
        let why = self.topic.arn.region().map_or(Unread::NotSaved, find);
        LinkOutcome::unless_kept(self.reason(KeyProblem::Unread).because(why))
    }

    fn broken(&self, problem: KeyProblem) -> (LinkOutcome, Option<Reason>) {
        (LinkOutcome::from_reason(self.reason(problem)), None)
    }

    fn reason(&self, problem: KeyProblem) -> Reason {
        let (topic, key) = (self.topic.arn.clone(), self.id.to_owned());
        Reason::new(Facts::Key { topic, key, resource: self.resource(), problem })
    }

    /// The key itself, or the topic's word for it.
    fn resource(&self) -> String {
        let key = self.snapshot.key_of(self.topic);
        key.and_then(|key| key.arn.clone()).or_else(|| self.topic.key_arn()).unwrap_or_else(|| self.id.to_owned())
    }
}
