//! Every way in which a link can break, be weak, or stay unread, with its stable code.
//!
//! One row of the table gives a code its link, grade, meaning and remedy. The rows are in the order in which a chain is
//! followed, and that order decides which of two broken chains leads further. What makes a code occur is a fact: see
//! `reason` for all that a new way to break takes.

mod properties;

pub use super::grade::Grade;
pub use super::link::Link;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $code:literal, $link:ident, $grade:ident, $remedy:literal;)+) => {
        /// Every way in which a link can fail, with a stable public code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl Code {
            /// All codes, in the order of the chain.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable public code, `link.problem`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The link it is about.
            #[must_use]
            pub fn link(self) -> Link {
                match self { $(Self::$variant => Link::$link,)+ }
            }

            /// How grave it is.
            #[must_use]
            pub fn grade(self) -> Grade {
                match self { $(Self::$variant => Grade::$grade,)+ }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii(),)+ }
            }

            /// What to do about it, in a sentence. Of what could not be read: where that was denied; see
            /// [`Reason::remedy`](super::Reason::remedy). `<TRAIL>` stands for the name of the case's trail, and so on.
            pub(super) fn remedy_template(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

codes! {
    /// The account has no trail.
    TrailNone = "trail.none", Trail, Broken,
        "Create a multi-region trail that records all management events and delivers to a CloudWatch Logs log group.";
    /// The trails could not be listed.
    TrailUnread = "trail.unread", Trail, Unverified,
        "Allow cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus and cloudtrail:GetEventSelectors, and audit again.";
    /// The trail records one region only.
    TrailSingleRegion = "trail.single_region", Trail, Broken,
        "Make the trail multi-region: aws cloudtrail update-trail --name <TRAIL> --is-multi-region-trail.";
    /// The trail is stopped.
    TrailNotLogging = "trail.not_logging", Trail, Broken,
        "Start it: aws cloudtrail start-logging --name <TRAIL>.";
    /// The trail's event selectors record no management events.
    TrailNoManagementEvents = "trail.no_management_events", Trail, Broken,
        "Record all management events: put an event selector with IncludeManagementEvents true and ReadWriteType All.";
    /// The trail's event selectors exclude management events that change something.
    TrailNoWriteEvents = "trail.no_write_events", Trail, Broken,
        "Record read and write management events: set ReadWriteType All, or drop the readOnly condition.";
    /// The trail's event selectors exclude management events that only read.
    TrailNoReadEvents = "trail.no_read_events", Trail, Broken,
        "Record read and write management events: set ReadWriteType All, or drop the readOnly condition.";
    /// The trail's advanced event selectors record only some management events.
    TrailSelectorNarrowed = "trail.selector_narrowed", Trail, Broken,
        "Add an advanced event selector whose only condition is eventCategory Equals Management.";
    /// A value in the trail's event selectors is not known to this version.
    TrailUndecided = "trail.undecided", Trail, Unverified,
        "See what the value means in the CloudTrail documentation, and use a version of cis-audit that knows it.";
    /// The trail excludes the service that the control is about.
    TrailSourceExcluded = "trail.source_excluded", Trail, Broken,
        "Remove the service from ExcludeManagementEventSources, or the eventSource condition from the advanced selector.";
    /// The trail excludes one service, and the control is about every service.
    TrailSourceExcludedPartly = "trail.source_excluded_partly", Trail, Weak,
        "Remove the service from ExcludeManagementEventSources, or the eventSource condition from the advanced selector.";
    /// AWS Organizations records the control's events in the organization's management account.
    TrailOrganizationEvents = "trail.organization_events", Trail, Note,
        "Audit the management account; in a member account leave the control out (--exclude), or waive it.";
    /// Two trails of one name are declared: only one of them will exist, or the deployment is refused.
    TrailDeclaredTwice = "trail.declared_twice", Trail, Broken,
        "Give each a name of its own, or declare one of them.";
    /// AWS will refuse the trail as it is declared, so that the deployment fails.
    TrailRefused = "trail.refused", Trail, Broken,
        "Correct the property that the sentence names.";
    /// The trail is not declared in the checked documents and is assumed to exist.
    TrailNotDeclared = "trail.not_declared", Trail, Unverified,
        "Check the trail's template together with this one, or audit the account once it is deployed.";
    /// The trail delivers to no log group.
    LogGroupNone = "log_group.none", LogGroup, Broken,
        "Give the trail a log group and a role: aws cloudtrail update-trail --name <TRAIL> --cloud-watch-logs-log-group-arn … --cloud-watch-logs-role-arn ….";
    /// The trail's log group does not exist.
    LogGroupMissing = "log_group.missing", LogGroup, Broken,
        "Create the log group again, or point the trail at one that exists.";
    /// CloudTrail's last delivery to the log group failed.
    LogGroupDeliveryFailing = "log_group.delivery_failing", LogGroup, Broken,
        "Let the trail's role write to the log group (logs:CreateLogStream and logs:PutLogEvents on its streams).";
    /// CloudTrail has not delivered to the log group for more than a day.
    LogGroupDeliveryStale = "log_group.delivery_stale", LogGroup, Weak,
        "See what aws cloudtrail get-trail-status says, and let the trail's role write to the log group.";
    /// The log group's class does not support metric filters.
    LogGroupClass = "log_group.class", LogGroup, Broken,
        "A log group's class cannot be changed: deliver the trail to a log group of class STANDARD.";
    /// Whether the log group's class supports metric filters is not documented.
    LogGroupClassUndecided = "log_group.class_undecided", LogGroup, Unverified,
        "A log group's class cannot be changed: deliver the trail to a log group of class STANDARD.";
    /// The log group belongs to another account, where its filters and alarms are.
    LogGroupOtherAccount = "log_group.other_account", LogGroup, Unverified,
        "Audit the owner's account (its credentials, or --role-arn of a role there).";
    /// The log group could not be read.
    LogGroupUnread = "log_group.unread", LogGroup, Unverified,
        "Allow logs:DescribeLogGroups and logs:DescribeMetricFilters, and audit again.";
    /// Two log groups of one name are declared: only one of them will exist, or the deployment is refused.
    LogGroupDeclaredTwice = "log_group.declared_twice", LogGroup, Broken,
        "Give each a name of its own, or declare one of them.";
    /// AWS will refuse the log group as it is declared, so that the deployment fails.
    LogGroupRefused = "log_group.refused", LogGroup, Broken,
        "Correct the property that the sentence names.";
    /// The log group is not declared in the checked documents and is assumed to exist.
    LogGroupNotDeclared = "log_group.not_declared", LogGroup, Unverified,
        "Check the log group's template together with this one, or audit the account once it is deployed.";
    /// The log group has no metric filter for the control.
    MetricFilterNone = "metric_filter.none", MetricFilter, Broken,
        "Create a metric filter with the control's pattern on the trail's log group.";
    /// A metric filter for the control's events is on a log group that they do not reach.
    MetricFilterElsewhere = "metric_filter.elsewhere", MetricFilter, Note,
        "Let the trail deliver to log group <GROUP>, or create its metric filters on the log group that the trail delivers to.";
    /// A metric filter looks meant for the control's events and matches none of them.
    MetricFilterMatchesNone = "metric_filter.matches_none", MetricFilter, Note,
        "Correct the pattern of metric filter <FILTER>, or replace it with the control's own.";
    /// A metric filter looks for texts of the control's events anywhere in an event, and misses some of them.
    MetricFilterTextPattern = "metric_filter.text_pattern", MetricFilter, Note,
        "Write the pattern of metric filter <FILTER> as one of fields: the control's own pattern is one.";
    /// An EventBridge rule matches the control's events; the benchmark does not consider such rules.
    MetricFilterEventRule = "metric_filter.event_rule", MetricFilter, Note,
        "The control asks for a metric filter and an alarm on its metric; the EventBridge rule may notify of the same events.";
    /// The metric filters miss events that the control requires.
    MetricFilterMissesEvents = "metric_filter.misses_events", MetricFilter, Broken,
        "Widen the pattern until it matches all required events, or use the control's own pattern.";
    /// The metric filter publishes 0, so no alarm can distinguish an event from none.
    MetricFilterZeroValue = "metric_filter.zero_value", MetricFilter, Broken,
        "Set the metric transformation's value to 1.";
    /// The metric filter publishes the value of a field that no CloudTrail event has.
    MetricFilterValueAbsent = "metric_filter.value_absent", MetricFilter, Broken,
        "Set the metric transformation's value to 1.";
    /// The metric filters miss only events that are unusual.
    MetricFilterUnusualHole = "metric_filter.unusual_hole", MetricFilter, Unverified,
        "Widen the pattern so that it matches such events too, or use the control's own pattern.";
    /// The sign-ins that the metric filters miss include those through an identity provider, which other versions of
    /// the benchmark do not require.
    MetricFilterFederatedSignIns = "metric_filter.federated_sign_ins", MetricFilter, Note,
        "Audit with a version of the benchmark that requires sign-ins of IAM users only (--benchmark 1.4.0 or later), or use the control's own pattern.";
    /// The metric filter's metric value is not a number.
    MetricFilterValueUndecided = "metric_filter.value_undecided", MetricFilter, Unverified,
        "Set the metric transformation's value to 1.";
    /// Whether the metric filter matches what the control requires cannot be decided.
    MetricFilterUndecided = "metric_filter.undecided", MetricFilter, Unverified,
        "Rewrite the pattern without the construct, for example with the control's own pattern.";
    /// The metric filters could not be read.
    MetricFilterUnread = "metric_filter.unread", MetricFilter, Unverified,
        "Allow logs:DescribeMetricFilters on the log group, and audit again.";
    /// Two metric filters of one name are declared for a log group: only one of them will exist, or the deployment is refused.
    MetricFilterDeclaredTwice = "metric_filter.declared_twice", MetricFilter, Broken,
        "Give each a name of its own, or declare one of them.";
    /// AWS will refuse the metric filter as it is declared, so that the deployment fails.
    MetricFilterRefused = "metric_filter.refused", MetricFilter, Broken,
        "Correct the property that the sentence names.";
    /// The checked documents declare no metric filter for the control.
    MetricFilterNotDeclared = "metric_filter.not_declared", MetricFilter, Unverified,
        "Check the template that declares it together with this one; with --whole-account, what is not declared fails.";
    /// The metric filter matches all routine events, so its alarm is always in ALARM.
    MetricFilterMatchesEverything = "metric_filter.matches_everything", MetricFilter, Broken,
        "Use the control's own pattern.";
    /// The metric filter also matches routine events, which keeps its alarm in ALARM.
    MetricFilterMatchesRoutine = "metric_filter.matches_routine", MetricFilter, Weak,
        "Narrow the pattern to what the control requires: an alarm that is always in ALARM notifies nobody.";
    /// No alarm watches the metric.
    AlarmNone = "alarm.none", Alarm, Broken,
        "Create an alarm on the metric filter's metric, with the topic among its alarm actions.";
    /// An alarm watches a metric with almost the same name as the one that the metric filter publishes.
    AlarmOtherMetric = "alarm.other_metric", Alarm, Note,
        "Point alarm <ALARM> at the metric that the metric filter publishes, <METRIC>; names and namespaces are compared exactly.";
    /// An alarm may be in a monitoring account, which cannot be seen from the audited account.
    AlarmMonitoringAccount = "alarm.monitoring_account", Alarm, Note,
        "Look at the alarms of the monitoring account; the benchmark asks for one in the account itself.";
    /// An alarm watches a metric of this name in another namespace.
    AlarmOtherNamespace = "alarm.other_namespace", Alarm, Broken,
        "Point the alarm at the metric filter's namespace; names and namespaces are compared exactly.";
    /// An alarm watches the metric with dimensions that the metric filter does not publish.
    AlarmDimensions = "alarm.dimensions", Alarm, Broken,
        "Give the alarm exactly the dimensions that the metric filter publishes: usually none.";
    /// An alarm watches the metric in a unit that the metric filter does not publish.
    AlarmUnit = "alarm.unit", Alarm, Broken,
        "Remove the alarm's Unit.";
    /// An alarm on the metric is in a different region from the metric.
    AlarmOtherRegion = "alarm.other_region", Alarm, Broken,
        "Create the alarm in the region of the log group: alarms see the metrics of their own region only.";
    /// No such event can bring the alarm to ALARM.
    AlarmNeverFires = "alarm.never_fires", Alarm, Broken,
        "Use Sum, GreaterThanOrEqualToThreshold and threshold 1.";
    /// CloudWatch cannot evaluate the alarm.
    AlarmEvaluationError = "alarm.evaluation_error", Alarm, Broken,
        "See the alarm's state reason: aws cloudwatch describe-alarms --alarm-names <ALARM>.";
    /// The alarm's actions are disabled.
    AlarmActionsDisabled = "alarm.actions_disabled", Alarm, Broken,
        "Enable them: aws cloudwatch enable-alarm-actions --alarm-names <ALARM>.";
    /// Two alarms of one name are declared: only one of them will exist, or the deployment is refused.
    AlarmDeclaredTwice = "alarm.declared_twice", Alarm, Broken,
        "Give each a name of its own, or declare one of them.";
    /// AWS will refuse the alarm as it is declared, so that the deployment fails.
    AlarmRefused = "alarm.refused", Alarm, Broken,
        "Correct the property that the sentence names.";
    /// The alarm has no action for the ALARM state.
    AlarmNoAction = "alarm.no_action", Alarm, Broken,
        "Add the ARN of an SNS topic to the alarm's AlarmActions.";
    /// A mute rule mutes the alarm's actions at all times.
    AlarmAlwaysMuted = "alarm.always_muted", Alarm, Broken,
        "Remove the alarm from the mute rule, or delete the rule: aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name <MUTE_RULE>.";
    /// None of the alarm's actions is an SNS topic.
    AlarmActionNotTopic = "alarm.action_not_topic", Alarm, Broken,
        "Add the ARN of an SNS topic with a confirmed subscription to the alarm's AlarmActions.";
    /// The composite alarm above the alarm does not follow it into ALARM.
    AlarmCompositeBlocks = "alarm.composite_blocks", Alarm, Broken,
        "Let the composite alarm's rule be true whenever the alarm is in ALARM, or give the alarm an action of its own.";
    /// Whether a mute rule mutes the alarm's actions could not be read.
    AlarmMuteUnread = "alarm.mute_unread", Alarm, Unverified,
        "Allow cloudwatch:ListAlarmMuteRules and cloudwatch:GetAlarmMuteRule, and audit again.";
    /// The alarms could not be read.
    AlarmUnread = "alarm.unread", Alarm, Unverified,
        "Allow cloudwatch:DescribeAlarms on *, and audit again.";
    /// Whether the alarm fires cannot be decided.
    AlarmUndecided = "alarm.undecided", Alarm, Unverified,
        "Watch the metric itself: Sum, GreaterThanOrEqualToThreshold, threshold 1.";
    /// The alarm sees only some of the events that the control requires, and no other alarm sees the rest.
    AlarmMissesEvents = "alarm.misses_events", Alarm, Broken,
        "Publish the metric without dimensions, and watch it without any, or create an alarm for each value.";
    /// One event alone does not bring the alarm to ALARM.
    AlarmNotEveryEvent = "alarm.not_every_event", Alarm, Weak,
        "Use Sum, GreaterThanOrEqualToThreshold, threshold 1, one of one datapoints.";
    /// The alarm is in ALARM whether or not there is such an event.
    AlarmAlwaysFiring = "alarm.always_firing", Alarm, Broken,
        "Use Sum, GreaterThanOrEqualToThreshold, threshold 1 and TreatMissingData notBreaching.";
    /// Another metric filter on the alarm's metric matches routine events.
    AlarmHeld = "alarm.held", Alarm, Weak,
        "Give the control's metric filter a metric of its own.";
    /// The alarm never leaves ALARM once it is there, so it notifies once.
    AlarmLatches = "alarm.latches", Alarm, Weak,
        "Set TreatMissingData to notBreaching.";
    /// A mute rule mutes the alarm's actions at times.
    AlarmMuted = "alarm.muted", Alarm, Weak,
        "Remove the alarm from the mute rule, or make the rule's windows no longer than the work that they are for.";
    /// The alarm sees an event only when the calendar hour, day or week is over.
    AlarmLate = "alarm.late", Alarm, Weak,
        "Give the alarm a sliding evaluation window, which is the default, or a period of 300 seconds or less.";
    /// Whether the alarm's warm-up is over cannot be decided.
    AlarmWarmUpUndecided = "alarm.warm_up_undecided", Alarm, Unverified,
        "Audit again when the warm-up is over, or leave WarmUpConfiguration out: a metric filter needs none.";
    /// CloudWatch does not evaluate the alarm as it should at present.
    AlarmNotEvaluated = "alarm.not_evaluated", Alarm, Weak,
        "See the alarm's evaluation state: aws cloudwatch describe-alarms --alarm-names <ALARM>.";
    /// Another alarm can bring the composite alarm to ALARM first, and then this one changes nothing.
    AlarmCompositeShared = "alarm.composite_shared", Alarm, Note,
        "Give the alarm an action of its own.";
    /// A log alarm watches the log group without a metric filter; the benchmark does not consider such alarms.
    AlarmOnLogs = "alarm.on_logs", Alarm, Note,
        "The control asks for a metric filter and an alarm on its metric; the log alarm may notify of the same events.";
    /// The composite alarm above the alarm follows it only when other alarms allow it.
    AlarmCompositeConditional = "alarm.composite_conditional", Alarm, Weak,
        "Let the composite alarm's rule be true whenever the alarm is in ALARM, or give the alarm an action of its own.";
    /// The topic does not exist.
    TopicMissing = "topic.missing", Topic, Broken,
        "Create the topic again and add a subscriber, or point the alarm at a topic that exists.";
    /// The topic is in a different region or partition from the alarm.
    TopicOtherRegion = "topic.other_region", Topic, Broken,
        "Use a topic in the alarm's region.";
    /// The topic is encrypted with the AWS managed key, which CloudWatch cannot use.
    TopicManagedKey = "topic.managed_key", Topic, Broken,
        "Encrypt the topic with a customer managed key whose policy lets cloudwatch.amazonaws.com use it, or not at all.";
    /// The key that the topic is encrypted with does not exist.
    TopicKeyMissing = "topic.key_missing", Topic, Broken,
        "Encrypt the topic with a key of its own region: aws sns set-topic-attributes --topic-arn <TOPIC> --attribute-name KmsMasterKeyId --attribute-value <KEY>.";
    /// The key that the topic is encrypted with is disabled, pending deletion or not symmetric.
    TopicKeyUnusable = "topic.key_unusable", Topic, Broken,
        "Enable the key (aws kms enable-key --key-id <USED_KEY>, after aws kms cancel-key-deletion --key-id <USED_KEY>), or encrypt the topic with another symmetric key.";
    /// The policy of the topic's encryption key keeps CloudWatch from using it.
    TopicKeyForbids = "topic.key_forbids", Topic, Broken,
        "Add to the key's policy: {\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"cloudwatch.amazonaws.com\"}, \"Action\": [\"kms:Decrypt\", \"kms:GenerateDataKey*\"], \"Resource\": \"*\"}; a Deny statement must exempt that service.";
    /// The topic's policy does not let CloudWatch publish.
    TopicPolicyForbids = "topic.policy_forbids", Topic, Broken,
        "Allow cloudwatch.amazonaws.com sns:Publish in the topic's policy, with the account as aws:SourceAccount.";
    /// A statement of the topic's policy keeps CloudWatch from publishing.
    TopicPolicyDenies = "topic.policy_denies", Topic, Broken,
        "Exempt cloudwatch.amazonaws.com in the Deny statement of the topic's policy.";
    /// Whether the topic's policy lets CloudWatch publish cannot be decided.
    TopicPolicyUndecided = "topic.policy_undecided", Topic, Unverified,
        "Allow cloudwatch.amazonaws.com sns:Publish in the topic's policy, with the account as aws:SourceAccount.";
    /// Whether the policy of the topic's encryption key lets CloudWatch use it cannot be decided.
    TopicKeyPolicyUndecided = "topic.key_policy_undecided", Topic, Unverified,
        "Allow cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey* in the key's policy, with the account as aws:SourceAccount.";
    /// Whether CloudWatch may use the topic's encryption key could not be read.
    TopicKeyUnread = "topic.key_unread", Topic, Unverified,
        "Allow kms:DescribeKey, kms:GetKeyPolicy and kms:ListGrants on the key (if it is another account's, ask its owner whether CloudWatch may use it).";
    /// The topic is a FIFO topic, which delivers to SQS queues only.
    TopicFifo = "topic.fifo", Topic, Note,
        "Use a standard topic, to which people can subscribe.";
    /// Two topics of one name are declared: only one of them will exist, or the deployment is refused.
    TopicDeclaredTwice = "topic.declared_twice", Topic, Broken,
        "Give each a name of its own, or declare one of them.";
    /// AWS will refuse the topic as it is declared, so that the deployment fails.
    TopicRefused = "topic.refused", Topic, Broken,
        "Correct the property that the sentence names.";
    /// The topic is not declared in the checked documents and is assumed to exist.
    TopicNotDeclared = "topic.not_declared", Topic, Unverified,
        "Check the topic's template together with this one, or audit the account once it is deployed.";
    /// The topic could not be read.
    TopicUnread = "topic.unread", Topic, Unverified,
        "Allow sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on the topic (its owner's policy, if it is another account's).";
    /// The topic has no subscription.
    SubscriptionNone = "subscription.none", Subscription, Broken,
        "Add a subscriber: aws sns subscribe --topic-arn <TOPIC> --protocol email --notification-endpoint <ADDRESS>.";
    /// The topic's subscriptions await confirmation.
    SubscriptionPending = "subscription.pending", Subscription, Broken,
        "Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link's Token instead (`cis-audit explain subscription.not_lasting`).";
    /// Filter policies keep the alarm's messages from every confirmed subscription.
    SubscriptionFiltered = "subscription.filtered", Subscription, Broken,
        "Remove the subscription's filter policy, or let it match the alarm's message, for example on AlarmName or NewStateValue with FilterPolicyScope MessageBody.";
    /// AWS will refuse a subscription of the topic as it is declared, so that the deployment fails.
    SubscriptionRefused = "subscription.refused", Subscription, Broken,
        "Correct the property that the sentence names.";
    /// The topic can deliver to none of its confirmed subscriptions.
    SubscriptionDeadEnd = "subscription.dead_end", Subscription, Broken,
        "Subscribe an endpoint that the topic can deliver to: for a FIFO topic, an SQS queue; for a standard topic, anything but a FIFO queue.";
    /// Only queues, functions or streams are subscribed, so whether a person is notified cannot be seen from here.
    SubscriptionMachine = "subscription.machine", Subscription, Note,
        "Make sure that what reads the queue notifies a person, or subscribe a person as well.";
    /// An email subscription may have been confirmed without authentication: then anyone who has one of its emails
    /// can unsubscribe it.
    SubscriptionNotLasting = "subscription.not_lasting", Subscription, Note,
        "Replace the confirmed subscription: unsubscribe the address and subscribe it again. Do not click the link in the new confirmation email, but confirm with the link's Token: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn <TOPIC> --token TOKEN.";
    /// The topic's subscriptions are deleted.
    SubscriptionDeleted = "subscription.deleted", Subscription, Broken,
        "Add a subscriber: aws sns subscribe --topic-arn <TOPIC> --protocol email --notification-endpoint <ADDRESS>.";
    /// Whether a filter policy keeps the alarm's messages from the subscription is not known.
    SubscriptionFilterUnread = "subscription.filter_unread", Subscription, Unverified,
        "Allow sns:GetSubscriptionAttributes, or remove the subscription's filter policy.";
    /// The topic's subscriptions must be confirmed after the deployment.
    SubscriptionToConfirm = "subscription.to_confirm", Subscription, Unverified,
        "Confirm the subscription once it is deployed: open the email to the subscriber, or answer the request to the URL.";
    /// The subscriptions could not be read.
    SubscriptionUnread = "subscription.unread", Subscription, Unverified,
        "Allow sns:ListSubscriptionsByTopic on the topic (its owner's policy, if it is another account's).";
    /// Security Hub CSPM is not enabled in the region.
    HubNotEnabled = "security_hub.not_enabled", SecurityHub, Broken,
        "Enable Security Hub CSPM in every region in use: aws securityhub enable-security-hub --region <REGION> (enable-security-hub-v2 is for another service).";
    /// Whether Security Hub CSPM is enabled was not read.
    HubUnread = "security_hub.unread", SecurityHub, Unverified,
        "Allow securityhub:DescribeHub, and audit again.";
    /// Security Hub CSPM has no such control in the standard of the chosen version.
    HubNoSuchControl = "security_hub.no_such_control", SecurityHub, Note,
        "Security Hub CSPM has these controls in its standards for versions 1.2.0 and 1.4.0 only: choose one with --benchmark.";
    /// Security Hub CSPM shows the control in the region in which the trail lives, and no data elsewhere.
    HubOtherRegion = "security_hub.other_region", SecurityHub, Note,
        "Look at the finding in the trail's home region, or audit that region with --region.";
    /// Security Hub CSPM shows the control in the account that owns the trail, and no data elsewhere.
    HubOtherAccount = "security_hub.other_account", SecurityHub, Note,
        "Look at the finding in the account that owns the trail.";
    /// No metric filter has exactly the text that Security Hub CSPM looks for.
    HubOtherText = "security_hub.other_text", SecurityHub, Note,
        "Add a metric filter and alarm with exactly the text that `cis-audit explain <CONTROL>` prints for Security Hub CSPM.";
    /// The topic belongs to another account, and Security Hub CSPM cannot see who is subscribed to it.
    HubTopicOtherAccount = "security_hub.topic_other_account", SecurityHub, Note,
        "Use a topic of this account, or let this account list the topic's subscriptions.";
    /// How Security Hub CSPM treats this is not documented.
    HubUndocumented = "security_hub.undocumented", SecurityHub, Note,
        "Fix what the message describes, so that the result no longer depends on undocumented behaviour.";
    /// Security Hub CSPM does not check what is wrong with the chain.
    HubDoesNotLook = "security_hub.does_not_look", SecurityHub, Note,
        "Fix the chain; Security Hub CSPM does not check it.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation's table of reason codes is this list, word for word.
    #[test]
    fn the_reference_lists_every_code_with_its_meaning_and_remedy() {
        let reference = include_str!("../../docs/reference.md");
        let row = |code: &Code| {
            format!("| `{}` | {} | {} | {} |\n", code.as_str(), code.grade().as_str(), code.meaning(), code.remedy())
        };
        let rows: String = Code::ALL.iter().map(row).collect();
        let table = format!("| code | grade | meaning | remedy |\n|---|---|---|---|\n{rows}");
        assert!(reference.contains(&table), "the table in docs/reference.md should be:\n{table}");
    }

    #[test]
    fn what_is_absent_is_called_none() {
        let absent: Vec<&str> = Code::ALL.iter().filter(|code| code.is_absence()).map(|code| code.as_str()).collect();
        let none = ["trail.none", "log_group.none", "metric_filter.none", "alarm.none", "subscription.none"];
        assert_eq!(absent, none);
        assert_eq!(Code::ALL.iter().filter(|code| code.as_str().ends_with(".none")).count(), none.len());
    }

    #[test]
    fn codes_are_unique_and_begin_with_their_link() {
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for code in Code::ALL {
            assert!(code.as_str().starts_with(&format!("{}.", code.link().as_str())), "{}", code.as_str());
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }
}
