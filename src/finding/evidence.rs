//! What an audit rests on, for those who check it later: who asked, and which account, byte for byte.

use crate::snapshot::Provenance;

/// What an audit rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Who read the account, where, and with what program. `None`: the account that was judged does not say.
    pub provenance: Option<Provenance>,
    /// SHA-256 of the account that was judged, as it is saved; 64 hexadecimal digits.
    pub snapshot_sha256: String,
    /// Accounts into which its events were followed, and the SHA-256 of each.
    pub owners: Vec<OwnerEvidence>,
}

/// Another account that an audit rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnerEvidence {
    /// The account, 12 digits.
    pub account_id: String,
    /// SHA-256 of it, as it is saved.
    pub snapshot_sha256: String,
}
