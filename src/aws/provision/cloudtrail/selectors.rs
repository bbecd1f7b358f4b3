//! Which events a trail records: its event selectors, as CloudTrail takes them, and whether they are those of a new
//! trail. Nothing is asked here.

use aws_sdk_cloudtrail::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::snapshot::{AdvancedEventSelector, EventSelector, EventSelectors, FieldSelector};

/// Whether a trail records what a new one does: all management events and nothing else. That is said by no selector, by
/// basic ones, or by an advanced one.
pub(super) fn are_default(selectors: &EventSelectors) -> bool {
    let is_basic = |selector: &EventSelector| {
        selector.include_management_events != Some(false)
            && selector.read_write_type.as_deref().is_none_or(|kind| kind == "All")
            && selector.exclude_management_event_sources.is_empty()
            && selector.data_resources.is_empty()
    };
    let management = FieldSelector {
        field: "eventCategory".to_owned(),
        equals: vec!["Management".to_owned()],
        ..FieldSelector::default()
    };
    let is_advanced = |selector: &AdvancedEventSelector| selector.field_selectors == [management.clone()];
    selectors.basic.iter().all(is_basic) && selectors.advanced.iter().all(is_advanced)
}

/// As CloudTrail takes it.
pub(super) fn basic(selector: &EventSelector) -> sdk::EventSelector {
    let resources = selector.data_resources.iter().map(|resource| {
        let values = Some(resource.values.clone());
        sdk::DataResource::builder().r#type(&resource.kind).set_values(values).build()
    });
    sdk::EventSelector::builder()
        .set_read_write_type(selector.read_write_type.as_deref().map(Into::into))
        .set_include_management_events(selector.include_management_events)
        .set_exclude_management_event_sources(Some(selector.exclude_management_event_sources.clone()))
        .set_data_resources(Some(resources.collect()))
        .build()
}

/// As CloudTrail takes it.
pub(super) fn advanced(selector: &AdvancedEventSelector) -> Result<sdk::AdvancedEventSelector, BuildError> {
    let fields: Result<Vec<_>, _> = selector.field_selectors.iter().map(field).collect();
    sdk::AdvancedEventSelector::builder().set_name(selector.name.clone()).set_field_selectors(Some(fields?)).build()
}

fn field(selector: &FieldSelector) -> Result<sdk::AdvancedFieldSelector, BuildError> {
    let some = |values: &Vec<String>| Some(values.clone()).filter(|values| !values.is_empty());
    sdk::AdvancedFieldSelector::builder()
        .field(&selector.field)
        .set_equals(some(&selector.equals))
        .set_not_equals(some(&selector.not_equals))
        .set_starts_with(some(&selector.starts_with))
        .set_not_starts_with(some(&selector.not_starts_with))
        .set_ends_with(some(&selector.ends_with))
        .set_not_ends_with(some(&selector.not_ends_with))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::DataResource;

    #[test]
    fn every_spelling_of_all_management_events_is_recognized() {
        let basic = EventSelector {
            read_write_type: Some("All".to_owned()),
            include_management_events: Some(true),
            exclude_management_event_sources: vec![],
            data_resources: vec![],
        };
        let are = |basic: Vec<EventSelector>, advanced| are_default(&EventSelectors { basic, advanced });
        let field = |field: &str, value: &str| FieldSelector {
            field: field.to_owned(),
            equals: vec![value.to_owned()],
            ..FieldSelector::default()
        };
        let advanced = |field_selectors| vec![AdvancedEventSelector { name: None, field_selectors }];
        let management = field("eventCategory", "Management");
        let defaults = EventSelector { read_write_type: None, include_management_events: None, ..basic.clone() };
        assert!(are(vec![], vec![]));
        assert!(are(vec![basic.clone()], vec![]));
        assert!(are(vec![defaults], vec![]));
        assert!(are(vec![], advanced(vec![management.clone()])));

        let buckets = DataResource { kind: "AWS::S3::Object".to_owned(), values: vec!["arn:aws:s3".to_owned()] };
        let without_kms = vec!["kms.amazonaws.com".to_owned()];
        for changed in [
            EventSelector { read_write_type: Some("WriteOnly".to_owned()), ..basic.clone() },
            EventSelector { include_management_events: Some(false), ..basic.clone() },
            EventSelector { exclude_management_event_sources: without_kms, ..basic.clone() },
            EventSelector { data_resources: vec![buckets], ..basic },
        ] {
            assert!(!are(vec![changed], vec![]));
        }
        assert!(!are(vec![], advanced(vec![management, field("readOnly", "true")])));
        assert!(!are(vec![], advanced(vec![field("eventCategory", "Data")])));
    }
}
