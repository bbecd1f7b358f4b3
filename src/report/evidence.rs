//! What audits rest on, as documents write it and as people read it: who asked, where, with what, and the account that was
//! judged, as a hash that somebody can compute who has the account.
//!
//! Every format has it from here, so that none decides what is masked: a person's name is shown on request only. In JSON,
//! which programs compare, a name that is no address stays.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::identity;
use super::many;
use crate::finding::{Audit, Evidence, OwnerEvidence, Report};
use crate::mask;
use crate::snapshot::{Provenance, ServiceEndpoint, TOOL_COMMIT};

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

/// How an ARN of who asked is shown.
type Mask = fn(&str) -> String;

/// Of each audit that rests on an account, as JSON has it.
pub(super) fn rows(report: &Report, show_endpoints: bool) -> Vec<EvidenceRow<'_>> {
    let mask: Mask = if show_endpoints { str::to_owned } else { mask::caller_address };
    report.audits.iter().filter_map(|audit| row(audit, mask)).collect()
}

/// Of an audit, for a format that is no report in JSON.
pub(super) fn masked_row(audit: &Audit, show_callers: bool) -> Option<EvidenceRow<'_>> {
    row(audit, caller_mask(show_callers))
}

fn caller_mask(show_callers: bool) -> Mask {
    if show_callers { str::to_owned } else { mask::caller }
}

fn row(audit: &Audit, mask: Mask) -> Option<EvidenceRow<'_>> {
    let Evidence { provenance, snapshot_sha256, owners } = audit.evidence.as_ref()?;
    Some(EvidenceRow {
        account_id: &audit.account_id,
        region: &audit.region,
        snapshot_sha256,
        owners: owners.iter().map(owner).collect(),
        read_by: provenance.as_ref().map(|provenance| read_by(provenance, mask)),
    })
}

fn owner(owner: &OwnerEvidence) -> OwnerRow<'_> {
    OwnerRow { account_id: &owner.account_id, snapshot_sha256: &owner.snapshot_sha256 }
}

fn read_by(provenance: &Provenance, mask: Mask) -> ReadByRow<'_> {
    let Provenance { caller, endpoints, tool_version, tool_commit } = provenance;
    ReadByRow {
        caller: caller.as_deref().map(mask),
        endpoints: endpoints
            .iter()
            .map(|ServiceEndpoint { service, url }| EndpointRow { service: service.as_deref(), url })
            .collect(),
        version: tool_version,
        commit: tool_commit.as_deref(),
    }
}

/// Names of what an audit rests on, as formats of programs have them; [`pairs`] gives them in this order, and those alone
/// of which something is known.
pub(super) const NAMES: [&str; 9] = [
    "asked_region",
    "caller",
    "endpoints",
    "read_by_version",
    "read_by_commit",
    "snapshot_sha256",
    "owner_snapshots",
    "tool_version",
    "tool_commit",
];

/// What an audit rests on, for formats that have names and texts: nothing where it does not say.
///
/// `read_by_…` is the program that read the account, `tool_…` the one that judged it. `endpoints` are others than AWS's
/// own. `owner_snapshots` are those of accounts into which events were followed: `SHA-256 (ACCOUNT)`.
pub(super) fn pairs(audit: &Audit, show_callers: bool) -> Vec<(&'static str, String)> {
    let Some(known) = Known::new(audit, show_callers) else { return Vec::new() };
    let read_with = known.read_with.map(|(version, commit)| (version.to_owned(), commit.map(str::to_owned)));
    let (read_by_version, read_by_commit) = read_with.unzip();
    let owners: Vec<String> = known.owners.iter().map(owner_words).collect();
    let values = [
        Some(audit.region.clone()),
        known.caller,
        known.endpoints,
        read_by_version,
        read_by_commit.flatten(),
        Some(known.snapshot_sha256.to_owned()),
        (!owners.is_empty()).then(|| owners.join(", ")),
        Some(identity::VERSION.to_owned()),
        TOOL_COMMIT.map(str::to_owned),
    ];
    NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What an audit rests on, for people: names of things, and the things.
pub(super) fn facts(audit: &Audit, show_callers: bool) -> Vec<(&'static str, String)> {
    let Some(known) = Known::new(audit, show_callers) else { return Vec::new() };
    let read_with = known.read_with.map(|(version, commit)| program(version, commit));
    let facts = [(ASKED_BY, known.caller), (ENDPOINTS, known.endpoints), (READ_WITH, read_with)];
    let facts = facts.into_iter().filter_map(|(what, is)| Some((what, is?)));
    let snapshot = ("SHA-256 of the snapshot", known.snapshot_sha256.to_owned());
    let owners = known.owners.iter().map(|owner| ("SHA-256 of its owner's", owner_words(owner)));
    facts.chain([snapshot]).chain(owners).collect()
}

/// What the audits of many accounts rest on, for people, each once: the account's own number is left out of who asked.
pub(super) fn common_facts(report: &Report, show_callers: bool) -> Vec<(&'static str, String)> {
    let known: Vec<(&Audit, Known<'_>)> =
        report.audits.iter().filter_map(|audit| Some((audit, Known::new(audit, show_callers)?))).collect();
    let callers = known.iter().filter_map(|(audit, known)| {
        let caller = known.caller.as_deref()?;
        Some(if report.audits.len() > 1 { many::anyones(caller, &audit.account_id) } else { caller.to_owned() })
    });
    let endpoints = known.iter().filter_map(|(_, known)| known.endpoints.clone());
    let read_with = known.iter().filter_map(|(_, known)| known.read_with);
    let read_with = read_with.map(|(version, commit)| program(version, commit));
    let facts = [(ASKED_BY, some(callers)), (ENDPOINTS, some(endpoints)), (READ_WITH, some(read_with))];
    facts.into_iter().filter_map(|(what, is)| Some((what, is?))).collect()
}

/// SHA-256 of the account that an audit judged.
pub(super) fn snapshot_sha256(audit: &Audit) -> Option<&str> {
    audit.evidence.as_ref().map(|evidence| evidence.snapshot_sha256.as_str())
}

/// The first digits of a SHA-256: enough to distinguish the accounts of a report.
pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..SHORT).unwrap_or(sha256)
}

/// Digits of a hash that is only to be recognized.
const SHORT: usize = 12;

/// This program, with its commit if it knows it.
pub(super) fn audited_with() -> String {
    program(identity::VERSION, TOOL_COMMIT)
}

/// A program as people name it.
pub(super) fn program(version: &str, commit: Option<&str>) -> String {
    let commit = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    format!("{} {version}{commit}", identity::TOOL)
}

const ASKED_BY: &str = "asked by";
const ENDPOINTS: &str = "not AWS's own endpoints";
const READ_WITH: &str = "read with";

/// More of one kind than these are counted.
const NAMED: usize = 3;

/// The first few of what there is, each once; `None`: there is nothing.
fn some(all: impl Iterator<Item = String>) -> Option<String> {
    let all: BTreeSet<String> = all.collect();
    let more = all.len().saturating_sub(NAMED);
    let named: Vec<String> = all.into_iter().take(NAMED).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

/// What there is to be shown, masked.
struct Known<'a> {
    caller: Option<String>,
    endpoints: Option<String>,
    /// Version and commit.
    read_with: Option<(&'a str, Option<&'a str>)>,
    snapshot_sha256: &'a str,
    owners: &'a [OwnerEvidence],
}

impl<'a> Known<'a> {
    fn new(audit: &'a Audit, show_callers: bool) -> Option<Self> {
        let Evidence { provenance, snapshot_sha256, owners } = audit.evidence.as_ref()?;
        let endpoint = |ServiceEndpoint { service, url }: &ServiceEndpoint| match service {
            Some(service) => format!("{service} at {url}"),
            None => url.clone(),
        };
        let provenance = provenance.as_ref();
        let endpoints: Vec<String> = provenance.iter().flat_map(|it| &it.endpoints).map(endpoint).collect();
        Some(Self {
            caller: provenance.and_then(|it| it.caller.as_deref()).map(caller_mask(show_callers)),
            endpoints: (!endpoints.is_empty()).then(|| endpoints.join(", ")),
            read_with: provenance.map(|it| (it.tool_version.as_str(), it.tool_commit.as_deref())),
            snapshot_sha256,
            owners,
        })
    }
}

fn owner_words(OwnerEvidence { account_id, snapshot_sha256 }: &OwnerEvidence) -> String {
    format!("{snapshot_sha256} ({account_id})")
}
