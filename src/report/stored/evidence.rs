//! What the audits of a saved report rest on.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::words::{StoredError, unknown};
use crate::finding::{Audit, Evidence, OwnerEvidence};
use crate::snapshot::{Provenance, ServiceEndpoint};

#[derive(Deserialize)]
pub(super) struct EvidenceRow {
    account_id: String,
    #[serde(default, rename = "region")]
    _region: Option<serde_json::Value>,
    snapshot_sha256: String,
    #[serde(default)]
    owners: Vec<OwnerRow>,
    read_by: Option<ReadByRow>,
}

#[derive(Deserialize)]
struct OwnerRow {
    account_id: String,
    snapshot_sha256: String,
}

#[derive(Deserialize)]
struct ReadByRow {
    caller: Option<String>,
    endpoints: Vec<ServiceEndpoint>,
    version: String,
    #[serde(default)]
    commit: Option<String>,
}

/// Puts it into the audits. Of an account without results nothing rests on it.
pub(super) fn put(rows: Vec<EvidenceRow>, audits: &mut BTreeMap<String, Audit>) -> Result<(), StoredError> {
    for EvidenceRow { account_id, snapshot_sha256, owners, read_by, .. } in rows {
        let owner = |OwnerRow { account_id, snapshot_sha256 }| {
            Ok(OwnerEvidence { account_id, snapshot_sha256: hash(snapshot_sha256)? })
        };
        let provenance = read_by.map(|ReadByRow { caller, endpoints, version, commit }| Provenance {
            caller,
            endpoints,
            tool_version: version,
            tool_commit: commit,
        });
        let evidence = Evidence {
            provenance,
            snapshot_sha256: hash(snapshot_sha256)?,
            owners: owners.into_iter().map(owner).collect::<Result<_, StoredError>>()?,
        };
        if let Some(audit) = audits.get_mut(&account_id) {
            audit.evidence = Some(evidence);
        }
    }
    Ok(())
}

/// A SHA-256 as this program writes it.
fn hash(text: String) -> Result<String, StoredError> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_hash { Ok(text) } else { Err(unknown("SHA-256 of a snapshot", &text)) }
}
