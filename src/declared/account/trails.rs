//! Declared trails, and the one that is presumed where none is declared.

use super::builder::{Builder, Open, Scope, known, name_of, other_region, part};
use crate::arn::{LogGroupArn, TrailArn};
use crate::declared::{Home, Node, Resource, Unknown};
use crate::snapshot::{
    AdvancedEventSelector, DataResource, EventSelector, EventSelectors, FieldSelector, LogGroup, Trail, TrailStatus,
};

const STATUS: &str = "cloudtrail:GetTrailStatus";
const FILTERS: &str = "logs:DescribeMetricFilters";
const SELECTORS: &str = "cloudtrail:GetEventSelectors";
/// The property that names a trail's log group.
const GROUP: &str = "CloudWatchLogsLogGroupArn";
/// What a trail is called that is not declared.
const PRESUMED: &str = "‹a trail›";

pub(super) fn trail<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "TrailName");
    if let Some(why) = elsewhere(builder, resource).filter(|_| builder.refused().is_none()) {
        builder.refuse_here(resource, GROUP, why);
    }
    let arn = TrailArn::new(builder.home.arn("cloudtrail", &format!("trail/{name}")));
    let is_first = builder.declare(&arn, resource);
    let flag = |property: &str, default: bool| {
        known(resource, property, STATUS, |node| Ok(node.boolean()?.unwrap_or(default)))
    };
    let (logging, multi) = (flag("IsLogging", true), flag("IsMultiRegionTrail", false));
    let (organization, global) = (flag("IsOrganizationTrail", false), flag("IncludeGlobalServiceEvents", true));
    let status = match (&logging, &multi, &organization, &global) {
        (Ok(is_logging), Ok(_), Ok(_), Ok(_)) => {
            Some(TrailStatus { is_logging: *is_logging, ..TrailStatus::default() })
        }
        // A trail for which one of these is not known may record nothing that is asked for.
        (Err(part), ..) | (_, Err(part), ..) | (.., Err(part), _) | (.., Err(part)) => {
            builder.gap(part, Some(&arn));
            None
        }
    };
    let group = resource.properties.get(GROUP);
    let log_group_arn = group.symbol().map(|text| builder.group_arn(&text).with_streams());
    if let (Some(arn), Some(unknown)) = (&log_group_arn, group.unknown()) {
        let part = part(resource, GROUP, group, unknown, FILTERS);
        if unknown.is_anything() {
            super::logs::open(builder, &arn.without_streams(), &part);
        } else {
            builder.open_group.get_or_insert(part);
        }
    }
    let selectors = selectors(resource).map_err(|part| builder.gap(&part, Some(&arn))).ok();
    let trail = Trail {
        arn,
        name,
        home_region: builder.home.region.clone(),
        is_multi_region: multi.unwrap_or(true),
        is_organization: organization.unwrap_or(false),
        include_global_service_events: global.unwrap_or(true),
        log_group_arn,
        log_role_arn: resource.properties.get("CloudWatchLogsRoleArn").symbol(),
        s3_bucket: resource.properties.get("S3BucketName").symbol(),
        kms_key_id: resource.properties.get("KMSKeyId").symbol(),
        log_file_validation: false,
        status,
        selectors,
    };
    let trails = builder.account.snapshot.trails.get_or_insert_default();
    if is_first {
        trails.retain(|known| known.arn != trail.arn);
    }
    trails.push(trail);
}

/// Why a trail's log group is in another region than the trail, which CloudTrail refuses (user guide, "Sending events to
/// CloudWatch Logs": an existing log group is one of the trail's region).
fn elsewhere(builder: &Builder<'_>, resource: &Resource) -> Option<String> {
    let here = builder.home.region.as_str();
    let group = resource.properties.get(GROUP).symbol()?;
    let there = other_region(&group, "logs", here)?;
    Some(format!("a trail delivers to a log group of its own region, {here}, and this log group is in {there}"))
}

fn selectors(resource: &Resource) -> Result<EventSelectors, Open> {
    let basic = known(resource, "EventSelectors", SELECTORS, |node| node.list()?.into_iter().map(basic).collect())?;
    let advanced =
        known(resource, "AdvancedEventSelectors", SELECTORS, |node| node.list()?.into_iter().map(advanced).collect())?;
    Ok(EventSelectors { basic, advanced })
}

fn basic(node: &Node) -> Result<EventSelector, Unknown> {
    // What is recorded beside management events is not asked for, so that values which are not known do no harm.
    let data = |node: &Node| DataResource {
        kind: node.get("Type").symbol().unwrap_or_default(),
        values: node.get("Values").texts().unwrap_or_default(),
    };
    Ok(EventSelector {
        read_write_type: node.get("ReadWriteType").text()?.map(str::to_owned),
        include_management_events: node.get("IncludeManagementEvents").boolean()?,
        exclude_management_event_sources: node.get("ExcludeManagementEventSources").texts()?,
        data_resources: node.get("DataResources").list()?.into_iter().map(data).collect(),
    })
}

fn advanced(node: &Node) -> Result<AdvancedEventSelector, Unknown> {
    let field = |node: &Node| {
        Ok(FieldSelector {
            field: node.get("Field").text()?.unwrap_or_default().to_owned(),
            equals: node.get("Equals").texts()?,
            not_equals: node.get("NotEquals").texts()?,
            starts_with: node.get("StartsWith").texts()?,
            not_starts_with: node.get("NotStartsWith").texts()?,
            ends_with: node.get("EndsWith").texts()?,
            not_ends_with: node.get("NotEndsWith").texts()?,
        })
    };
    Ok(AdvancedEventSelector {
        name: node.get("Name").symbol(),
        field_selectors: node.get("FieldSelectors").list()?.into_iter().map(field).collect::<Result<_, _>>()?,
    })
}

/// A trail that will be deleted: another is not presumed for its log group.
pub(super) fn removed(builder: &mut Builder<'_>, resource: &Resource) {
    let group = resource.properties.get(GROUP).symbol();
    let group = group.map(|text| builder.group_arn(&text));
    builder.account.left_groups.extend(group);
}

/// Presumes a trail for each log group with filters that no declared trail is known to deliver to, unless a declared one
/// delivers to another declared group: then the filters are on the wrong one.
pub(super) fn presume(builder: &mut Builder<'_>) {
    let snapshot = &builder.account.snapshot;
    let is_open = |arn: &LogGroupArn| crate::declared::is_open(arn);
    // One of another region is another.
    let is_elsewhere = |one: &LogGroupArn, other: &LogGroupArn| {
        one.region().is_some_and(|region| other_region(other, "logs", region).is_some())
    };
    let may_be = |open: &LogGroupArn, group: &LogGroupArn| is_open(open) && !is_elsewhere(open, group);
    let delivered: Vec<LogGroupArn> = snapshot
        .trails()
        .iter()
        .filter_map(|trail| trail.log_group_arn.as_ref())
        .map(LogGroupArn::without_streams)
        .collect();
    let declares_trail = !snapshot.trails().is_empty() && !builder.assumes_log_group;
    // A log group without metric filters is only looked at where no other has any.
    let has_filters = |group: &LogGroup| group.metric_filters.as_ref().is_none_or(|filters| !filters.is_empty());
    let account = &builder.account;
    let is_placed = account.floating_filters.is_empty() && account.open_filters.is_empty();
    let has_any = is_placed && snapshot.log_groups.iter().any(has_filters);
    let wanted: Vec<LogGroupArn> = snapshot
        .log_groups
        .iter()
        .filter(|group| group.exists == Some(true) && !delivered.contains(&group.arn))
        .filter(|group| !account.left_groups.contains(&group.arn) && (!has_any || has_filters(group)))
        .filter(|group| !declares_trail || is_open(&group.arn) || delivered.iter().any(|open| may_be(open, &group.arn)))
        .map(|group| group.arn.clone())
        .collect();
    for group in &delivered {
        super::logs::named(builder, group);
    }
    if builder.scope() == Scope::Whole {
        // Where all is declared, a group that is not known is one of the declared ones, whichever.
        if let Some(part) = builder.open_group.take() {
            let account = &mut builder.account;
            let filters = account.snapshot.log_groups.iter().flat_map(|group| group.metric_filters.iter().flatten());
            account.floating_filters.extend(filters.map(|filter| (filter.clone(), part.clone())));
        }
        return;
    }
    for (at, group) in wanted.into_iter().enumerate() {
        let name = if at == 0 { PRESUMED.to_owned() } else { format!("{PRESUMED}{}", at + 1) };
        // It is where its log group is.
        let region = group.region().unwrap_or(&builder.home.region).to_owned();
        let home = Home { region: region.clone(), ..builder.home.clone() };
        let arn = TrailArn::new(home.arn("cloudtrail", &format!("trail/{name}")));
        builder.account.presumed_trails.insert(arn.clone());
        builder.account.snapshot.trails.get_or_insert_default().push(Trail {
            arn,
            name,
            home_region: region,
            is_multi_region: true,
            is_organization: false,
            include_global_service_events: true,
            log_group_arn: Some(group.with_streams()),
            log_role_arn: None,
            s3_bucket: None,
            kms_key_id: None,
            log_file_validation: false,
            status: Some(TrailStatus { is_logging: true, ..TrailStatus::default() }),
            selectors: Some(EventSelectors::default()),
        });
    }
}
