//! What a saved report says of an earlier one, read back: what changed, not by what it was found out.

use jiff::Timestamp;
use serde::Deserialize;

use super::words::{StoredError, unknown, word};
use crate::drift::{Change, Control, Drift, Fate, Kind, Lost, Move, Resource, Source, Why};
use crate::finding::{Link, Outcome};

#[derive(Deserialize)]
pub(super) struct DriftRow {
    old: SourceRow,
    new: SourceRow,
    /// Counted again from the changes.
    #[serde(default, rename = "summary")]
    _summary: Option<serde_json::Value>,
    changes: Vec<ChangeRow>,
    resources: Vec<MoveRow>,
    #[serde(default)]
    lost_accounts: Vec<LostRow>,
}

#[derive(Deserialize)]
struct SourceRow {
    benchmark: String,
    collected_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ChangeRow {
    change: String,
    account_id: String,
    region: String,
    rule: String,
    slug: String,
    old: Option<SideRow>,
    new: Option<SideRow>,
}

#[derive(Deserialize)]
struct SideRow {
    status: String,
    reason: Option<WhyRow>,
}

#[derive(Deserialize)]
struct WhyRow {
    code: String,
    message: String,
    resource: Option<String>,
}

#[derive(Deserialize)]
struct MoveRow {
    change: String,
    account_id: String,
    link: String,
    resource: String,
    rules: Vec<String>,
}

#[derive(Deserialize)]
struct LostRow {
    account_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ou_path: String,
    change: String,
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

impl DriftRow {
    pub(super) fn drift(self) -> Result<Drift, StoredError> {
        let source = |SourceRow { benchmark, collected_at }| Source { benchmark, collected_at };
        let changes = self.changes.into_iter().map(ChangeRow::change).collect::<Result<_, _>>()?;
        let moves = self.resources.into_iter().map(MoveRow::moved).collect::<Result<_, _>>()?;
        let lost = self.lost_accounts.into_iter().map(LostRow::lost).collect::<Result<_, _>>()?;
        Ok(Drift::new(source(self.old), source(self.new), changes, moves, lost))
    }
}

impl ChangeRow {
    fn change(self) -> Result<Change, StoredError> {
        let Self { change, account_id, region, rule, slug, old, new } = self;
        let kind = word("drift.changes.change", &change, Kind::ALL, Kind::as_str)?;
        let side = |row: Option<SideRow>| -> Result<Option<Control>, StoredError> {
            let Some(SideRow { status, reason }) = row else { return Ok(None) };
            let all = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived];
            Ok(Some(Control {
                account_id: account_id.clone(),
                region: region.clone(),
                rule: rule.clone(),
                slug: slug.clone(),
                status: word("drift.changes.status", &status, all, Outcome::as_str)?,
                // The link is in the code, and nothing asks for it here.
                reason: reason.map(|WhyRow { code, message, resource }| Why { link: None, code, message, resource }),
                missed: Vec::new(),
                chain: Vec::new(),
            }))
        };
        let (was, is) = (side(old)?, side(new)?);
        if was.is_none() && is.is_none() {
            return Err(unknown("drift.changes", &slug));
        }
        Ok(Change { kind, was, is })
    }
}

impl MoveRow {
    fn moved(self) -> Result<Move, StoredError> {
        let Self { change, account_id, link: name, resource, rules } = self;
        let joined = match change.as_str() {
            "joined" => true,
            "left" => false,
            _ => return Err(unknown("drift.resources.change", &change)),
        };
        let link = word("drift.resources.link", &name, Link::CHAIN, Link::as_str)?;
        Ok(Move { joined, account_id, resource: Resource { link, name: resource }, rules })
    }
}

impl LostRow {
    fn lost(self) -> Result<Lost, StoredError> {
        let Self { account_id, name, ou_path, change, outcome, reason } = self;
        let fate = match change.as_str() {
            "left" => Fate::Left,
            "not_named" => Fate::NotNamed,
            "not_audited" => Fate::NotAudited { outcome: outcome.unwrap_or_default(), why: reason.unwrap_or_default() },
            _ => return Err(unknown("drift.lost_accounts.change", &change)),
        };
        Ok(Lost { account_id, name, ou_path, fate })
    }
}
