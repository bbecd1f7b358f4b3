//! What of the JSON report is about documents that declare resources, and about what was not read of them or of an account.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Deployed, Place, RefusedResource, Replaced};
use crate::rule::Rule;
use crate::snapshot::{DocumentPart, Gap, GapSource};

/// A control that is not counted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotDeclared")]
pub(in crate::report) struct NotDeclaredRow<'a> {
    /// The control's number, or an id of one's own.
    rule: String,
    /// The control's name that is the same in all versions of the benchmark.
    slug: &'a str,
    /// The control's title.
    title: &'a str,
}

/// A saved account under the declared resources.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deployed")]
pub(super) struct DeployedRow<'a> {
    /// The account, 12 digits.
    account_id: &'a str,
    /// When it was read, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    collected_at: String,
    /// What is deployed and declared: the declared one counts.
    replaced: Vec<ReplacedRow<'a>>,
}

/// A deployed resource that a declared one replaces.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Replaced")]
struct ReplacedRow<'a> {
    /// Its ARN; a metric filter's name.
    resource: &'a str,
    /// Where it is declared.
    place: PlaceRow<'a>,
}

/// A resource that AWS will refuse as it is declared.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refused")]
pub(super) struct RefusedRow<'a> {
    /// Its type, by CloudFormation's name: `AWS::Logs::MetricFilter`.
    r#type: &'a str,
    /// Why it is refused, a sentence without an end.
    why: &'a str,
    /// Where: the property that is refused, or the resource that lacks it.
    place: PlaceRow<'a>,
}

/// A place in a template or plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Place")]
pub(super) struct PlaceRow<'a> {
    /// The file.
    file: &'a str,
    /// The line, from 1; null where it is not known.
    line: Option<u32>,
    /// The character in the line, from 1; null where it is not known.
    column: Option<u32>,
    /// The resource in the file: its logical id or address; null where it is of no one resource.
    address: Option<&'a str>,
}

/// What could not be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub(super) struct GapRow<'a> {
    /// The account.
    account_id: &'a str,
    /// The region.
    region: &'a str,
    /// The call, `service:Operation`; null where no call failed.
    operation: Option<&'a str>,
    /// The part of a template or plan that is known only at deployment. Only where no call failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentPartRow<'a>>,
    /// ARN or name of what it was about.
    resource: Option<&'a str>,
    /// AWS's error code, or the kind of failure.
    code: &'a str,
    /// AWS's message.
    message: &'a str,
}

/// A part of a template or plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentPart")]
struct DocumentPartRow<'a> {
    /// The file.
    file: &'a str,
    /// Its line, from 1; null where it is not known.
    line: Option<u32>,
    /// The resource in the file: its logical id or address.
    address: &'a str,
    /// Its property; null for the whole resource.
    property: Option<&'a str>,
}

pub(in crate::report) fn not_declared(rule: &Rule) -> NotDeclaredRow<'_> {
    NotDeclaredRow { rule: rule.id.to_string(), slug: &rule.slug, title: &rule.title }
}

pub(super) fn refused_row(refused: &RefusedResource) -> RefusedRow<'_> {
    RefusedRow { r#type: &refused.kind, why: &refused.why, place: place(&refused.place) }
}

fn replaced_row(replaced: &Replaced) -> ReplacedRow<'_> {
    ReplacedRow { resource: &replaced.resource, place: place(&replaced.place) }
}

pub(super) fn deployed(deployed: &Deployed) -> DeployedRow<'_> {
    let Deployed { account_id, collected_at, replaced } = deployed;
    DeployedRow {
        account_id,
        collected_at: collected_at.to_string(),
        replaced: replaced.iter().map(replaced_row).collect(),
    }
}

pub(super) fn place(place: &Place) -> PlaceRow<'_> {
    // The line itself is in the file.
    let Place { file, line, column, address, excerpt: _ } = place;
    PlaceRow { file, line: *line, column: *column, address: address.as_deref() }
}

pub(super) fn gap(gap: &Gap) -> GapRow<'_> {
    let (operation, document) = match &gap.source {
        GapSource::Call { action } => (Some(action.as_str()), None),
        GapSource::Document(part) => (None, Some(document_part(part))),
    };
    GapRow {
        account_id: &gap.account_id,
        region: &gap.region,
        operation,
        document,
        resource: gap.resource.as_deref(),
        code: &gap.code,
        message: &gap.message,
    }
}

fn document_part(part: &DocumentPart) -> DocumentPartRow<'_> {
    // The action that would show it is the audit's own business, not the reader's; why is in the message.
    let DocumentPart { file, line, address, property, why: _, instead_of: _ } = part;
    DocumentPartRow { file, line: *line, address, property: property.as_deref() }
}
