//! Declared log groups and their metric filters.

use super::builder::{
    Account, Builder, Declaration, Lost, Open, OpenFilter, Refusal, Scope, filter_key, known, name_of, part,
};
use super::refused::{Refused, is_of_another};
use crate::arn::{Arn, LogGroupArn};
use crate::declared::{Node, Resource, Unknown, Value, is_expression, is_never, is_open};
use crate::snapshot::{DocumentPart, LogGroup, MetricFilter, MetricTransformation};

const FILTERS: &str = "logs:DescribeMetricFilters";
const GROUPS: &str = "logs:DescribeLogGroups";

pub(super) fn group<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let arn = builder.group_arn(&name_of(resource, "LogGroupName"));
    if !builder.declare(&arn, resource) {
        return;
    }
    builder.alarms();
    let class = known(resource, "LogGroupClass", GROUPS, |node| Ok(node.text()?.unwrap_or("STANDARD").to_owned()));
    let class = class.map_err(|part| {
        builder.gap(&part, Some(&arn));
        builder.open_classes.insert(arn.clone(), *part);
    });
    let class = class.ok();
    // Filters that are deployed already stay: each is a resource of its own. The class of a group cannot be changed
    // (`CreateLogGroup`, "logGroupClass"): one of another class is another group, without them.
    let account = &mut builder.account;
    let groups = &mut account.snapshot.log_groups;
    let known = groups.iter().position(|group| group.arn == arn).map(|at| groups.remove(at));
    let is_other = |group: &LogGroup| group.class.as_ref().zip(class.as_ref()).is_some_and(|(one, other)| one != other);
    let metric_filters = match known {
        Some(group) if group.exists == Some(true) && !is_other(&group) => group.metric_filters,
        replaced => {
            account.removed_filters.extend(replaced.and_then(|group| group.metric_filters).unwrap_or_default());
            Some(Vec::new())
        }
    };
    groups.push(LogGroup { arn, exists: Some(true), class, metric_filters });
}

/// The log group of an ARN that something names. One that is not declared is presumed, or not there.
pub(super) fn named<'a>(builder: &'a mut Builder<'_>, arn: &LogGroupArn) -> Option<&'a mut LogGroup> {
    if !builder.account.snapshot.log_groups.iter().any(|group| group.arn == *arn) {
        let is_there = (builder.scope() == Scope::Part || is_open(arn)) && !is_never(arn);
        if is_there {
            builder.account.presumed_groups.insert(arn.clone());
        }
        builder.account.snapshot.log_groups.push(LogGroup {
            arn: arn.clone(),
            exists: Some(is_there),
            class: Some("STANDARD".to_owned()),
            metric_filters: Some(Vec::new()),
        });
    }
    builder.account.snapshot.log_groups.iter_mut().find(|group| group.arn == *arn)
}

pub(super) fn filter<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "FilterName");
    let node = resource.properties.get("LogGroupName");
    if let Some(other) =
        node.symbol().filter(|text| builder.refused().is_none() && is_no_group(builder, resource, text))
    {
        let shown = crate::escape::shortened(&other, 100);
        let why = format!("{} takes the name of a log group, and {shown} is none", resource.argument("LogGroupName"));
        builder.refuse_here(resource, "LogGroupName", why);
    }
    if builder.refused().is_some_and(|refused| is_lost(resource, refused)) {
        return lose(builder, resource, name);
    }
    if let Some(unknown) = node.unknown().filter(|unknown| unknown.is_anything()) {
        builder.note(&name, resource);
        let part = part(resource, "LogGroupName", node, unknown, FILTERS);
        match settings(resource, &name) {
            Ok((filter, open)) => {
                builder.account.open_metrics.extend(open);
                builder.gap(&part, None);
                builder.account.floating_filters.push((filter, part));
            }
            Err(part) => {
                builder.gap(&part, None);
                let filter = with_pattern(resource, &name);
                builder.account.open_filters.push(OpenFilter { part: *part, filter, group: None });
            }
        }
        return;
    }
    // One that is not set is refused at deployment.
    let Some(group) = node.symbol().map(|text| builder.group_arn(&text)) else { return };
    let is_first = builder.declare(&filter_key(&group, &name), resource);
    builder.alarms();
    match settings(resource, &name) {
        Ok((filter, open)) => {
            builder.account.open_metrics.extend(open);
            // Whether such a log group takes metric filters is not known.
            if let Some(part) = builder.open_classes.get(&group).cloned() {
                builder.account.floating_filters.push((filter, part));
                return;
            }
            let is_over = builder.ground.over.is_some();
            // Where those that are deployed were not read, nothing is known of all of them.
            let group = named(builder, &group);
            // CloudWatch Logs refuses filters of a log group of another class (user guide, "Log classes").
            let takes_filters = |group: &&mut LogGroup| group.class.as_deref().is_none_or(|class| class == "STANDARD");
            let Some(group) = group.filter(takes_filters) else {
                builder.account.lost_filters.push(Lost { filter, refusal: None });
                return;
            };
            if let Some(filters) = group.metric_filters.as_mut() {
                if is_first && is_over {
                    filters.retain(|known| known.name != filter.name);
                }
                filters.push(filter);
            }
        }
        Err(part) => {
            named(builder, &group);
            builder.gap(&part, Some(&group));
            let filter = with_pattern(resource, &name);
            builder.account.open_filters.push(OpenFilter { part: *part, filter, group: Some(group) });
        }
    }
}

/// Takes filters out that are not known and are on a log group to which no trail delivers, as that of an application.
pub(super) fn pass_over(builder: &mut Builder<'_>) {
    let Account { snapshot, open_filters, .. } = &mut builder.account;
    let delivered: Vec<LogGroupArn> =
        snapshot.trails().iter().filter_map(|trail| Some(trail.log_group_arn.as_ref()?.without_streams())).collect();
    let is_any = |group: &LogGroupArn| is_expression(group);
    if delivered.is_empty() || delivered.iter().any(is_any) {
        return;
    }
    open_filters.retain(|open| open.group.as_ref().is_none_or(|group| is_any(group) || delivered.contains(group)));
}

/// Whether what a filter names is certainly no log group: the address of a queue, or the generated name of something else.
fn is_no_group(builder: &Builder<'_>, resource: &Resource, text: &str) -> bool {
    // A log group may have a generated name.
    let is_declared = || builder.account.declarations.contains_key(builder.group_arn(text).as_str());
    resource.is_as_written && is_of_another(text) && !is_declared()
}

/// Whether nothing can be said of what a filter that AWS refuses would do: it has no pattern, or no settings.
fn is_lost(resource: &Resource, refused: &Refused) -> bool {
    let properties = &resource.properties;
    let needed = ["FilterPattern", "LogGroupName", "MetricTransformations"];
    let has_none = needed.iter().any(|property| properties.get(property).value == Value::Absent);
    let group = properties.get("LogGroupName").symbol().filter(|_| refused.path == "LogGroupName");
    let is_elsewhere = group.is_some_and(|text| is_of_another(&text) || is_of_another_service(&text));
    refused.path == "FilterPattern" || has_none || is_elsewhere || settings(resource, "").is_err()
}

/// Whether a text is the ARN of something that is no log group.
fn is_of_another_service(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service != "logs")
}

/// Notes a filter that will not exist, with the pattern that it was given, or another text in place of that.
fn lose<'a>(builder: &mut Builder<'a>, resource: &'a Resource, name: String) {
    let Some(refused) = builder.refused().cloned() else { return };
    let group = resource.properties.get("LogGroupName").symbol().filter(|text| !is_of_another_service(text));
    match group.map(|text| builder.group_arn(&text)) {
        Some(group) => {
            builder.declare(&filter_key(&group, &name), resource);
            // It says of the group that it is there, as others do.
            named(builder, &group);
        }
        None => builder.note(&name, resource),
    }
    let text = |property: &str| resource.properties.get(property).text().ok().flatten();
    let pattern = text("FilterPattern").or_else(|| text(&refused.path)).unwrap_or_default().to_owned();
    let filter = of_pattern(name, pattern);
    let refusal = Some(Refusal { declaration: Declaration { resource }, refused });
    builder.account.lost_filters.push(Lost { filter, refusal });
}

/// A filter of which nothing but the pattern is known.
fn of_pattern(name: String, pattern: String) -> MetricFilter {
    MetricFilter {
        name,
        pattern,
        transformations: Vec::new(),
        apply_on_transformed_logs: false,
        field_selection_criteria: None,
        emit_system_field_dimensions: Vec::new(),
        creation_time: None,
    }
}

/// A filter with its pattern, if that is known.
fn with_pattern(resource: &Resource, name: &str) -> Option<MetricFilter> {
    let pattern = resource.properties.get("FilterPattern").text().ok()?;
    Some(of_pattern(name.to_owned(), pattern.unwrap_or_default().to_owned()))
}

/// A log group that may be any: what filters it has is not known.
pub(super) fn open(builder: &mut Builder<'_>, arn: &LogGroupArn, part: &DocumentPart) {
    builder.gap(part, Some(arn));
    builder.account.snapshot.log_groups.push(LogGroup {
        arn: arn.clone(),
        exists: Some(true),
        class: Some("STANDARD".to_owned()),
        metric_filters: None,
    });
}

/// A filter that will be deleted. Its log group stays, unless that is deleted too.
pub(super) fn removed<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let name = name_of(resource, "FilterName");
    builder.note(&name, resource);
    if let Ok((filter, _)) = settings(resource, &name) {
        builder.account.removed_filters.push(filter);
    }
    if let Some(group) = resource.properties.get("LogGroupName").symbol().map(|text| builder.group_arn(&text)) {
        named(builder, &group);
        builder.note(&group, resource);
    }
}

/// A log group that will be deleted.
pub(super) fn removed_group<'a>(builder: &mut Builder<'a>, resource: &'a Resource) {
    let arn = builder.group_arn(&name_of(resource, "LogGroupName"));
    // What names it does not keep it.
    let is_presumed = builder.account.presumed_groups.remove(&arn);
    let groups = &mut builder.account.snapshot.log_groups;
    if is_presumed {
        let gone = groups.extract_if(.., |group| group.arn == arn);
        builder.account.removed_filters.extend(gone.flat_map(|group| group.metric_filters.unwrap_or_default()));
    } else if groups.iter().any(|group| group.arn == arn) {
        return;
    }
    builder.note(&arn, resource);
    let class = Some("STANDARD".to_owned());
    builder.account.snapshot.log_groups.push(LogGroup { arn, exists: Some(false), class, metric_filters: None });
}

/// A filter, and those of its metrics whose name is not known.
type Settings = (MetricFilter, Vec<(String, DocumentPart)>);

fn settings(resource: &Resource, name: &str) -> Result<Settings, Open> {
    let pattern = known(resource, "FilterPattern", FILTERS, |node| Ok(node.text()?.unwrap_or_default().to_owned()))?;
    let transformations = known(resource, "MetricTransformations", FILTERS, |node| {
        node.list()?.into_iter().map(transformation).collect::<Result<Vec<_>, _>>()
    })?;
    let on_transformed =
        known(resource, "ApplyOnTransformedLogs", FILTERS, |node| Ok(node.boolean()?.unwrap_or(false)))?;
    let criteria = known(resource, "FieldSelectionCriteria", FILTERS, |node| Ok(node.text()?.map(str::to_owned)))?;
    let emitted = known(resource, "EmitSystemFieldDimensions", FILTERS, Node::texts)?;
    let node = resource.properties.get("MetricTransformations");
    let mut open = Vec::new();
    let mut plain = Vec::new();
    for (transformation, unknown) in transformations {
        if let Some(unknown) = unknown {
            let metric = format!("{}/{}", transformation.namespace, transformation.name);
            let path = format!("MetricTransformations{}", node.path_to(&unknown).unwrap_or_default());
            let node = resource.properties.find(&path).unwrap_or(node);
            open.push((metric, part(resource, &path, node, &unknown, FILTERS)));
        }
        plain.push(transformation);
    }
    let filter = MetricFilter {
        name: name.to_owned(),
        pattern,
        transformations: plain,
        apply_on_transformed_logs: on_transformed,
        field_selection_criteria: criteria,
        emit_system_field_dimensions: emitted,
        creation_time: None,
    };
    Ok((filter, open))
}

/// A transformation, and why the name of its metric is not known, if it is not: it identifies the metric all the same.
fn transformation(node: &Node) -> Result<(MetricTransformation, Option<Unknown>), Unknown> {
    let (namespace, name) = (node.get("MetricNamespace"), node.get("MetricName"));
    let unknown = namespace.unknown().or(name.unknown()).cloned();
    let dimension = |node: &Node| {
        let text = |key: &str| node.get(key).text().map(|text| text.unwrap_or_default().to_owned());
        Ok((text("Key")?, text("Value")?))
    };
    let transformation = MetricTransformation {
        namespace: namespace.symbol().unwrap_or_default(),
        name: name.symbol().unwrap_or_default(),
        value: node.get("MetricValue").text()?.unwrap_or_default().to_owned(),
        default_value: node.get("DefaultValue").number()?,
        dimensions: node.get("Dimensions").list()?.into_iter().map(dimension).collect::<Result<_, _>>()?,
        unit: node.get("Unit").text()?.map(str::to_owned),
    };
    Ok((transformation, unknown))
}
