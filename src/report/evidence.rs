//! What audits rest on, as documents write it and as people read it: who asked, where, with what, and the account that was
//! judged, as a hash that somebody can compute who has the account.
//!
//! A person's name is shown on request only; in JSON, which programs compare, a name that is no address stays.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Audit, Evidence, OwnerEvidence, Report};
use crate::mask;
use crate::snapshot::{Provenance, ServiceEndpoint};

/// What the audit of an account rests on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub(super) struct EvidenceRow<'a> {
    /// The account, 12 digits.
    account_id: &'a str,
    /// The region that was asked for.
    region: &'a str,
    /// SHA-256 of the account that was judged, as `--save-snapshot` writes it.
    #[schemars(extend("pattern" = SHA256))]
    snapshot_sha256: &'a str,
    /// Accounts into which its events were followed. Only where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owners: Vec<OwnerRow<'a>>,
    /// Who read the account, where, and with what program. Null where the saved account does not say.
    read_by: Option<ReadByRow<'a>>,
}

/// Another account that an audit rests on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EvidenceOfOwner")]
struct OwnerRow<'a> {
    /// The account, 12 digits.
    account_id: &'a str,
    /// SHA-256 of it, as `cis-audit snapshot` writes it.
    #[schemars(extend("pattern" = SHA256))]
    snapshot_sha256: &'a str,
}

/// Who read an account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReadBy")]
struct ReadByRow<'a> {
    /// ARN of who asked; of one of many accounts the role that was assumed there. A name that is an email address is masked
    /// unless it was asked for in full. Null where it is not known.
    caller: Option<String>,
    /// Where services were asked instead of at AWS's own endpoints. Empty: nowhere.
    endpoints: Vec<EndpointRow<'a>>,
    /// The version of cis-audit that read the account.
    version: &'a str,
    /// The commit that it was built from. Only where it says so: builds for development do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

/// Where a service was asked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServiceEndpoint")]
struct EndpointRow<'a> {
    /// The service; null for every one that has no endpoint of its own.
    service: Option<&'a str>,
    /// The URL.
    url: &'a str,
}

/// What a SHA-256 looks like.
const SHA256: &str = "^[0-9a-f]{64}$";

/// Of each audit that rests on an account.
pub(super) fn rows(report: &Report, show_endpoints: bool) -> Vec<EvidenceRow<'_>> {
    report.audits.iter().filter_map(|audit| row(audit, show_endpoints)).collect()
}

fn row(audit: &Audit, show_endpoints: bool) -> Option<EvidenceRow<'_>> {
    let Evidence { provenance, snapshot_sha256, owners } = audit.evidence.as_ref()?;
    Some(EvidenceRow {
        account_id: &audit.account_id,
        region: &audit.region,
        snapshot_sha256,
        owners: owners.iter().map(owner).collect(),
        read_by: provenance.as_ref().map(|provenance| read_by(provenance, show_endpoints)),
    })
}

fn owner(owner: &OwnerEvidence) -> OwnerRow<'_> {
    OwnerRow { account_id: &owner.account_id, snapshot_sha256: &owner.snapshot_sha256 }
}

fn read_by(provenance: &Provenance, show_endpoints: bool) -> ReadByRow<'_> {
    let Provenance { caller, endpoints, tool_version, tool_commit } = provenance;
    let shown = |arn: &String| if show_endpoints { arn.clone() } else { mask::caller_address(arn) };
    ReadByRow {
        caller: caller.as_ref().map(shown),
        endpoints: endpoints
            .iter()
            .map(|ServiceEndpoint { service, url }| EndpointRow { service: service.as_deref(), url })
            .collect(),
        version: tool_version,
        commit: tool_commit.as_deref(),
    }
}

/// What an audit rests on, for people: names of things, and the things.
pub(super) fn facts(audit: &Audit, show_endpoints: bool) -> Vec<(&'static str, String)> {
    let Some(Evidence { provenance, snapshot_sha256, owners }) = &audit.evidence else { return Vec::new() };
    let mut facts = Vec::new();
    if let Some(Provenance { caller, endpoints, tool_version, tool_commit }) = provenance {
        if let Some(arn) = caller {
            facts.push(("asked by", if show_endpoints { arn.clone() } else { mask::caller(arn) }));
        }
        let endpoint = |ServiceEndpoint { service, url }: &ServiceEndpoint| match service {
            Some(service) => format!("{service} at {url}"),
            None => url.clone(),
        };
        if !endpoints.is_empty() {
            facts.push(("not AWS's own endpoints", endpoints.iter().map(endpoint).collect::<Vec<_>>().join(", ")));
        }
        let commit = tool_commit.iter().map(|commit| format!(" ({commit})")).collect::<String>();
        facts.push(("read with", format!("cis-audit {tool_version}{commit}")));
    }
    facts.push(("SHA-256 of the snapshot", snapshot_sha256.clone()));
    for OwnerEvidence { account_id, snapshot_sha256 } in owners {
        facts.push(("SHA-256 of its owner's", format!("{snapshot_sha256} ({account_id})")));
    }
    facts
}
