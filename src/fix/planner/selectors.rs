//! Event selectors widened to all management events. `PutEventSelectors` replaces every selector of a trail, so what
//! they record otherwise (data events, network activity) is written again as it was.

use crate::snapshot::{AdvancedEventSelector, EventSelector, EventSelectors, FieldSelector};

/// A trail has at most so many basic selectors (CloudTrail quotas).
const BASIC: usize = 5;

/// The selectors, widened. `None`: there is no room for it.
pub(super) fn widened(selectors: &EventSelectors) -> Option<EventSelectors> {
    if selectors.advanced.is_empty() {
        return basic(&selectors.basic).map(|basic| EventSelectors { basic, advanced: Vec::new() });
    }
    let field = FieldSelector {
        field: "eventCategory".to_owned(),
        equals: vec!["Management".to_owned()],
        ..FieldSelector::default()
    };
    let whole = AdvancedEventSelector { name: Some("Management events".to_owned()), field_selectors: vec![field] };
    // The narrower selectors of management events add nothing to the whole of them.
    let others = selectors.advanced.iter().filter(|selector| !selector.field_selectors.iter().any(is_management));
    Some(EventSelectors { basic: Vec::new(), advanced: std::iter::once(whole).chain(others.cloned()).collect() })
}

fn is_management(field: &FieldSelector) -> bool {
    field.field == "eventCategory" && field.equals == ["Management"]
}

fn basic(selectors: &[EventSelector]) -> Option<Vec<EventSelector>> {
    let mut widened = selectors.to_vec();
    for selector in &mut widened {
        selector.exclude_management_event_sources.clear();
    }
    // Of a selector that records data events the kind decides which of those, so it stays.
    let fits = |selector: &EventSelector| {
        selector.data_resources.is_empty() || selector.read_write_type.as_deref().is_none_or(|kind| kind == "All")
    };
    match widened.iter().position(fits) {
        Some(at) => {
            widened[at].read_write_type = Some("All".to_owned());
            widened[at].include_management_events = Some(true);
        }
        None if widened.len() < BASIC => widened.push(EventSelector {
            read_write_type: Some("All".to_owned()),
            include_management_events: Some(true),
            exclude_management_event_sources: Vec::new(),
            data_resources: Vec::new(),
        }),
        None => return None,
    }
    Some(widened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::DataResource;

    fn selector(kind: &str, management: bool, excluded: &[&str], data: bool) -> EventSelector {
        let bucket = DataResource { kind: "AWS::S3::Object".into(), values: vec!["arn:aws:s3:::b/".into()] };
        EventSelector {
            read_write_type: Some(kind.into()),
            include_management_events: Some(management),
            exclude_management_event_sources: excluded.iter().map(|source| (*source).into()).collect(),
            data_resources: if data { vec![bucket] } else { vec![] },
        }
    }

    #[test]
    fn data_events_stay_as_they_are() {
        for (from, to) in [
            (vec![selector("ReadOnly", true, &[], false)], vec![selector("All", true, &[], false)]),
            (vec![selector("All", true, &["kms.amazonaws.com"], true)], vec![selector("All", true, &[], true)]),
            (
                vec![selector("WriteOnly", true, &["kms.amazonaws.com"], true)],
                vec![selector("WriteOnly", true, &[], true), selector("All", true, &[], false)],
            ),
            (
                vec![selector("WriteOnly", false, &[], true), selector("All", false, &[], true)],
                vec![selector("WriteOnly", false, &[], true), selector("All", true, &[], true)],
            ),
        ] {
            let got = widened(&EventSelectors { basic: from, advanced: vec![] }).expect("there is room");
            assert_eq!(got, EventSelectors { basic: to, advanced: vec![] });
        }
        let full = vec![selector("WriteOnly", true, &[], true); 5];
        assert_eq!(widened(&EventSelectors { basic: full, advanced: vec![] }), None);
    }

    #[test]
    fn other_categories_stay_as_they_are() {
        let field = |field: &str, value: &str| FieldSelector {
            field: field.into(),
            equals: vec![value.into()],
            ..FieldSelector::default()
        };
        let selector = |name: &str, field_selectors| AdvancedEventSelector { name: Some(name.into()), field_selectors };
        let data = selector("data", vec![field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object")]);
        let reads = selector("reads", vec![field("eventCategory", "Management"), field("readOnly", "true")]);
        let got =
            widened(&EventSelectors { basic: vec![], advanced: vec![reads, data.clone()] }).expect("there is room");
        let whole = selector("Management events", vec![field("eventCategory", "Management")]);
        assert_eq!(got, EventSelectors { basic: vec![], advanced: vec![whole, data] });
    }
}
