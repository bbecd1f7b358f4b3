//! What the fifth link needs: a topic that CloudWatch may publish to. The user's; else one that already notifies a
//! subscriber; else this program's own.

use super::super::names::TRIES;
use super::super::plan::{Action, Change, PolicyUpdate, Topic};
use super::super::{documents, simulate};
use super::draft::Draft;
use super::refusal::{Refusal, with_remedy};
use crate::arn::{AlarmArn, TopicArn};
use crate::audit;
use crate::finding::facts::{TopicProblem, TopicQuestion};
use crate::finding::{Code, Facts, Finding, Grade, Reason, Unread};
use crate::rule::Rule;
use crate::snapshot::topic_key_arn;

/// The topic that a new alarm notifies.
pub(super) enum AlarmTopic {
    /// It is there, or is the user's choice.
    Existing(TopicArn),
    /// It is to be created.
    New(TopicArn),
}

impl AlarmTopic {
    pub(super) fn arn(&self) -> &TopicArn {
        match self {
            Self::Existing(arn) | Self::New(arn) => arn,
        }
    }
}

impl Draft<'_> {
    /// The topic for a new alarm of a region.
    pub(super) fn topic_for(
        &self,
        region: &str,
        alarm_arn: &AlarmArn,
        alarm_name: &str,
    ) -> Result<AlarmTopic, Refusal> {
        if let Some(topic) = &self.options.topic {
            if self.account.topic(topic).is_none() {
                return Err(self.never_asked(Code::TopicUnread, &format!("whether topic {topic} exists")));
            }
            let (reason, _) = audit::delivery(&self.account, alarm_arn, alarm_name, topic);
            return match reason.filter(|reason| !self.can_fix(reason, topic)) {
                // Only its owner can create it.
                Some(reason) if reason.code() == Code::TopicMissing && !self.owns(topic) => {
                    let owner = topic.account().map(|owner| format!(", {owner},")).unwrap_or_default();
                    let why = format!(
                        "{}, which --topic names, and only its account{owner} can create it: name another",
                        reason.message()
                    );
                    Err(Refusal::new(reason.code(), why))
                }
                Some(reason) => Err(Refusal::new(reason.code(), format!("{}, which --topic names", reason.message()))),
                None => Ok(AlarmTopic::Existing(topic.clone())),
            };
        }
        // People and most machines cannot be subscribed to a FIFO topic.
        let takes_subscribers = |topic: &TopicArn| {
            self.options.subscribe.is_empty() || !self.account.topic(topic).is_some_and(|topic| topic.is_fifo)
        };
        let notifies = |topic: &TopicArn| {
            let (reason, warnings) = audit::delivery(&self.account, alarm_arn, alarm_name, topic);
            self.owns(topic)
                && takes_subscribers(topic)
                && !self.unconfirmed.contains(topic)
                && topic.region() == Some(region)
                && reason.is_none()
                && warnings.iter().all(|warning| warning.grade() == Grade::Note)
        };
        if let Some(topic) = self.notifying.iter().find(|topic| notifies(topic)) {
            return Ok(AlarmTopic::Existing(topic.clone()));
        }
        if !self.is_late {
            return Err(Refusal::new(Code::TopicMissing, "no topic of a passing chain can be used"));
        }
        if let Some(topic) = self.account.topics.iter().find(|topic| notifies(&topic.arn)) {
            return Ok(AlarmTopic::Existing(topic.arn.clone()));
        }
        for number in 1..=TRIES {
            let topic = self.names.topic(region, number);
            let Some(found) = self.account.topic(&topic) else {
                return Err(self.never_asked(Code::TopicUnread, &format!("whether topic {topic} exists")));
            };
            match found.exists {
                None => {
                    let why = Unread::find_of(self.before, &["sns:GetTopicAttributes"], &topic);
                    let facts = Facts::topic(&topic, TopicProblem::Unread(TopicQuestion::Existence));
                    return Err(Refusal::from_reason(&Reason::new(facts).because(why)));
                }
                Some(false) => return Ok(AlarmTopic::New(topic)),
                Some(true) => {
                    let (reason, _) = audit::delivery(&self.account, alarm_arn, alarm_name, &topic);
                    if reason.is_none_or(|reason| self.can_fix(&reason, &topic)) {
                        return Ok(AlarmTopic::Existing(topic));
                    }
                }
            }
        }
        let topic = self.names.topic(region, 1);
        let why =
            format!("topic {topic} cannot be used: name another with --topic, or give other names with --name-prefix");
        Err(Refusal::new(Code::TopicMissing, why))
    }

    /// Whether an alarm may notify a topic all the same, because what is wrong with it can be fixed, by a plan or a
    /// person, or is not known.
    fn can_fix(&self, reason: &Reason, topic: &TopicArn) -> bool {
        let is_own = self.owns(topic);
        let is_fifo = self.account.topic(topic).is_some_and(|topic| topic.is_fifo);
        let has_no_recipient = matches!(
            reason.code(),
            Code::SubscriptionNone
                | Code::SubscriptionPending
                | Code::SubscriptionDeleted
                | Code::SubscriptionFiltered
                | Code::SubscriptionDeadEnd
        );
        (is_own && (reason.code() == Code::TopicMissing || self.publishing(reason, topic).is_some()))
            || (has_no_recipient && !is_fifo)
            || reason.grade() == Grade::Unverified
    }

    /// Creates a standard topic, unless the key that it is to have would keep alarms' messages from it.
    pub(super) fn create_topic(&mut self, arn: &TopicArn, rule: &Rule) -> Result<(), Refusal> {
        let kms_key_id = self.options.topic_kms_key.clone();
        let Some((region, policy)) = arn.region().zip(documents::topic(arn)) else {
            let why = format!("{arn} is not the ARN of a topic, so none can be created");
            return Err(Refusal::new(Code::TopicMissing, why));
        };
        let topic = Topic { arn: arn.clone(), policy, kms_key_id, tags: self.tags() };
        // Which alarm does not matter to a key.
        let alarm = self.names.alarm_arn(region, "any");
        let (refused, doubt) = audit::topic_key(&self.account, &simulate::created_topic(&topic), &alarm);
        if let Some(reason) = refused.filter(|reason| reason.grade() == Grade::Broken) {
            let why = format!("{}, which --topic-kms-key names", with_remedy(&reason));
            return Err(Refusal::new(reason.code(), why));
        }
        if let Some((key, doubt)) = topic.kms_key_id.as_ref().zip(doubt) {
            let key_arn = topic_key_arn(arn, key);
            // Only where a read was refused is a permission missing.
            let is_asked = self.account.keys.iter().any(|known| known.id == key_arn)
                || self.before.gaps.iter().any(|gap| gap.resource.as_deref() == Some(&*key_arn));
            let how = if is_asked { format!(": {}", doubt.remedy_clause()) } else { String::new() };
            let what = format!("make sure that key {key} lets CloudWatch encrypt messages to topic {arn}{how}");
            self.manual(rule, Code::TopicKeyUnread, what);
        }
        self.put(rule, Action::CreateTopic(topic));
        Ok(())
    }

    /// An alarm names a topic that does not exist: that very one, if it can be made here.
    pub(super) fn create_missing_topic(
        &mut self,
        finding: &Finding,
        reason: &Reason,
        rule: &Rule,
    ) -> Result<(), Refusal> {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = |arn: &&TopicArn| {
            self.owns(arn)
                && arn.partition() == Some(&self.before.partition)
                && (1..=256).contains(&arn.name().len())
                && arn.name().bytes().all(letters)
        };
        match reason.topic().filter(fits) {
            Some(arn) => self.create_topic(arn, rule),
            None => self.plan_own_path(finding, reason, rule),
        }
    }

    /// The policy with which an alarm of the account could publish.
    fn publishing(&self, reason: &Reason, topic: &TopicArn) -> Option<documents::Merged> {
        let region = topic.region()?;
        let policy = self.account.topic(topic)?.policy.as_deref()?;
        // Which alarm does not matter: the statement is about all of the account and region.
        let alarm = self.names.alarm_arn(region, "any");
        (reason.code() == Code::TopicPolicyForbids).then(|| documents::allow_publish(policy, &alarm, topic)).flatten()
    }

    /// The topic's policy does not let CloudWatch publish.
    pub(super) fn let_publish(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        let own = reason.topic().filter(|topic| self.owns(topic));
        let Some((topic, merged)) = own.and_then(|topic| Some((topic, self.publishing(reason, topic)?))) else {
            return self.plan_own_path(finding, reason, rule);
        };
        let before = self.account.topic(topic).and_then(|topic| topic.policy.clone());
        let policy = Change { from: before, to: merged.policy };
        let (arn, topic_arn) = (topic.clone(), topic.clone());
        self.put(rule, Action::AllowPublish(PolicyUpdate { arn, topic_arn, statement: merged.statement, policy }));
        Ok(())
    }
}
