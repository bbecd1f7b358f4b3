//! Which samples an alarm sees: a metric filter's data points played event by event, and whether the audit judges random
//! filters and alarms as they behave. A data point belongs to a metric of one set of dimensions, and has one unit.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const CONTROL: &str = "3.4";
const OWN: &str = "111122223333";

type Dimensions = BTreeMap<String, String>;

/// A filter and an alarm on its metric.
#[derive(Debug, Clone)]
struct Setting {
    /// Name and field of the filter's dimension.
    dimension: Option<(&'static str, &'static str)>,
    emits: Option<&'static str>,
    unit: Option<&'static str>,
    value: f64,
    asked: Vec<(&'static str, &'static str)>,
    asked_unit: Option<&'static str>,
    threshold: f64,
    acts: bool,
}

impl Setting {
    /// The dimensions under which an event of a user, or of one without a name, is published.
    fn published(&self, user: Option<&str>) -> Dimensions {
        let mut dimensions = Dimensions::new();
        if let Some((name, field)) = self.dimension {
            let value = match field {
                "$.recipientAccountId" => Some(OWN),
                "$.userIdentity.userName" => user,
                other => panic!("no field {other}"),
            };
            // No part of the set is published alone.
            let Some(value) = value else { return Dimensions::new() };
            dimensions.insert(name.into(), value.into());
        }
        if let Some(name) = self.emits {
            let value = if name == "@aws.account" { OWN } else { REGION };
            dimensions.insert(name.into(), value.into());
        }
        dimensions
    }

    /// Whether one event of this user brings a message.
    fn notifies_of(&self, user: Option<&str>) -> bool {
        let asked: Dimensions = self.asked.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let unit = self.unit.unwrap_or("None");
        let sees = self.published(user) == asked && self.asked_unit.is_none_or(|asked| asked == unit);
        sees && self.value >= self.threshold && self.acts
    }

    fn judged(&self) -> Report {
        judge_with(|account| {
            let filter = filter(account, CONTROL);
            filter.emit_system_field_dimensions = self.emits.into_iter().map(Into::into).collect();
            let transformation = &mut filter.transformations[0];
            transformation.value = self.value.to_string();
            transformation.unit = self.unit.map(Into::into);
            transformation.dimensions =
                self.dimension.into_iter().map(|(name, field)| (name.into(), field.into())).collect();
            let alarm = alarm(account, CONTROL);
            alarm.actions.enabled = self.acts;
            alarm.threshold = Some(self.threshold);
            let stat = stat(alarm);
            stat.unit = self.asked_unit.map(Into::into);
            stat.dimensions = self.asked.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        })
    }
}

fn settings() -> impl Strategy<Value = Setting> {
    let account = ("Account", "$.recipientAccountId");
    let user = ("User", "$.userIdentity.userName");
    let asked = [("Account", OWN), ("Account", "999999999999"), ("User", "alice"), ("@aws.account", OWN)];
    (
        select(vec![None, None, Some(account), Some(user)]),
        select(vec![None, None, Some("@aws.account"), Some("@aws.region")]),
        select(vec![None, Some("None"), Some("Count")]),
        select(vec![1.0, 2.0]),
        prop::sample::subsequence(asked.to_vec(), 0..3),
        select(vec![None, None, Some("None"), Some("Count")]),
        select(vec![1.0, 2.0]),
        select(vec![true, true, true, false]),
    )
        .prop_map(move |(dimension, emits, unit, value, asked, asked_unit, threshold, acts)| Setting {
            dimension,
            // The effect on the account's and region's dimensions where a field is missing is not known.
            emits: emits.filter(|_| dimension != Some(user)),
            unit,
            value,
            asked,
            asked_unit,
            threshold,
            acts,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_alarm_is_judged_by_the_samples_that_it_sees(setting in settings()) {
        let notified: Vec<bool> = [Some("alice"), Some("bob"), None].into_iter().map(|user| setting.notifies_of(user)).collect();
        let report = setting.judged();
        let finding = finding_for(&report, "3.4");
        // With the right samples a threshold above one event's is for several together.
        if setting.value >= setting.threshold {
            let expected = if notified.iter().all(|notified| *notified) { Status::Pass } else { Status::Fail };
            prop_assert_eq!(finding.verdicts.effective.status, expected, "{:?}", finding);
            prop_assert_eq!(finding.verdicts.cis.status, expected, "{:?}", finding);
        }
    }
}
