//! What the program needs to be allowed, as IAM names it: what an audit reads.
//!
//! The table of this file is the source of the documentation's table and of the first statements of a policy. What a fix
//! needs in addition, and the policies, are where its steps are.

/// What an audit reads for one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// `service:Operation`, as in a policy.
    pub actions: &'static [&'static str],
    /// What is learned from them: an end of "needed for …".
    pub purpose: &'static str,
    /// When they are needed.
    pub need: Need,
}

/// When a permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// By every audit.
    Always,
    /// Without it the benchmark's verdict is kept, and the `effective` one is unknown where it depends on the answer.
    Optional,
    /// By the control about Security Hub CSPM, and to save an account.
    SecurityHub,
}

/// What an audit reads. `sts:GetCallerIdentity`, which says whose account it is, needs no permission (STS API
/// reference).
pub const AUDIT: &[Reads] = &[
    always(&["cloudtrail:DescribeTrails"], "the trails"),
    always(&["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"], "whether they record, and what"),
    always(
        &["logs:DescribeMetricFilters", "logs:DescribeLogGroups"],
        "the metric filters; whether a log group without any exists",
    ),
    always(
        &["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmsForMetric"],
        "the alarms (on `*`, for composite alarms)",
    ),
    always(
        &["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
        "the topics that alarms name, and who is subscribed",
    ),
    optional(
        &["cloudwatch:ListAlarmMuteRules", "cloudwatch:GetAlarmMuteRule"],
        "whether a mute rule silences the alarms",
    ),
    optional(
        &["sns:GetSubscriptionAttributes"],
        "whether a filter policy keeps messages from subscribers, and whether anybody can end a subscription",
    ),
    optional(
        &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"],
        "whether CloudWatch may use a customer managed key that encrypts a topic",
    ),
    optional(
        &["events:ListRules"],
        "whether an EventBridge rule matches the events of a control that has no trail, log group, metric filter or alarm",
    ),
    optional(
        &["oam:ListLinks"],
        "whether a monitoring account, whose alarms cannot be read, gets the metrics of a control that has no alarm",
    ),
    Reads {
        actions: &["securityhub:DescribeHub"],
        purpose: "whether Security Hub CSPM is enabled",
        need: Need::SecurityHub,
    },
];

/// Whether an audit does without an action.
#[must_use]
pub fn is_optional(action: &str) -> bool {
    AUDIT.iter().any(|reads| reads.need == Need::Optional && reads.actions.contains(&action))
}

const fn always(actions: &'static [&'static str], purpose: &'static str) -> Reads {
    Reads { actions, purpose, need: Need::Always }
}

const fn optional(actions: &'static [&'static str], purpose: &'static str) -> Reads {
    Reads { actions, purpose, need: Need::Optional }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn row(reads: &Reads) -> String {
        let actions: Vec<String> = reads.actions.iter().map(|action| format!("`{action}`")).collect();
        let when = match reads.need {
            Need::Always => "",
            Need::Optional => "optional: ",
            Need::SecurityHub => "for 4.16 or 5.16 of versions from 1.5.0 on, and for `cis-audit snapshot`: ",
        };
        format!("| {} | {when}{} |\n", actions.join(", "), reads.purpose)
    }

    /// The documentation's table of permissions is this list, word for word.
    #[test]
    fn the_reference_lists_what_an_audit_reads() {
        let rows: String = AUDIT.iter().map(row).collect();
        let table = format!("\n| action | for |\n|---|---|\n{rows}\n");
        let reference = include_str!("../docs/reference.md");
        assert!(reference.contains(&table), "the table in docs/reference.md should be:\n{table}");
    }

    #[test]
    fn an_audit_only_reads_and_nothing_is_listed_twice() {
        let mut seen = BTreeSet::new();
        for action in AUDIT.iter().flat_map(|reads| reads.actions) {
            let operation = action.split_once(':').expect("a service and an operation").1;
            assert!(["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb)), "{action}");
            assert!(seen.insert(action), "{action}");
        }
    }
}
