//! The file of a saved account: what an audit judges and, where it was asked for, what a fix asks in addition. It is
//! the one place that knows both as one document; it looks at nothing in them.
//!
//! Files are untrusted: a broken, hostile or newer one is an error with line, column and field, never a panic.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Read, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::document::{self, Head, Misshapen, Opened, Refusal};
use crate::fix::survey::{EndpointPolicy, Site, Survey};
use crate::snapshot::{
    FurtherRegion, Gap, Key, LogGroup, Provenance, RegionAlarms, RegionEventRules, RegionLinks, SCHEMA_VERSION,
    SecurityHub, Snapshot, Topic, Trail,
};

/// A saved account.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// What an audit judges.
    pub snapshot: Snapshot,
    /// What only a fix asks; empty where the account was saved without.
    pub survey: Survey,
}

/// The file: its fields, in their order.
#[derive(Serialize, Deserialize)]
struct File {
    schema_version: u32,
    collected_at: Timestamp,
    account_id: String,
    partition: String,
    region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    trails: Option<Vec<Trail>>,
    #[serde(default)]
    log_groups: Vec<LogGroup>,
    #[serde(default)]
    alarms: Vec<RegionAlarms>,
    #[serde(default)]
    topics: Vec<Topic>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    security_hub: Option<SecurityHub>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    further_regions: Vec<FurtherRegion>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_rules: Vec<RegionEventRules>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    monitoring_links: Vec<RegionLinks>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sites: Vec<Site>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<EndpointPolicy>,
    #[serde(default)]
    gaps: Vec<Gap>,
}

impl From<File> for Saved {
    fn from(file: File) -> Self {
        let File { schema_version, collected_at, account_id, partition, region, trails, .. } = file;
        let File { log_groups, alarms, topics, keys, security_hub, event_rules, monitoring_links, .. } = file;
        let File { further_regions, provenance, sites, endpoints, gaps, .. } = file;
        let snapshot = Snapshot {
            schema_version,
            collected_at,
            account_id,
            partition,
            region,
            provenance,
            trails,
            log_groups,
            alarms,
            topics,
            keys,
            security_hub,
            further_regions,
            event_rules,
            monitoring_links,
            gaps,
        };
        Self { snapshot, survey: Survey { sites, endpoints } }
    }
}

impl From<Saved> for File {
    fn from(saved: Saved) -> Self {
        let Saved { snapshot, survey: Survey { sites, endpoints } } = saved;
        let Snapshot { schema_version, collected_at, account_id, partition, region, trails, .. } = snapshot;
        let Snapshot { log_groups, alarms, topics, keys, security_hub, further_regions, .. } = snapshot;
        let Snapshot { event_rules, monitoring_links, provenance, gaps, .. } = snapshot;
        Self {
            schema_version,
            collected_at,
            account_id,
            partition,
            region,
            provenance,
            trails,
            log_groups,
            alarms,
            topics,
            keys,
            security_hub,
            further_regions,
            event_rules,
            monitoring_links,
            sites,
            endpoints,
            gaps,
        }
    }
}

/// Why a saved account could not be read.
#[derive(Debug, Error)]
pub enum SavedError {
    /// The bytes could not be had.
    #[error("cannot read it")]
    Read(#[from] io::Error),
    /// Not a text.
    #[error("not a saved account: not UTF-8 text (byte {0}); make one with `cis-audit snapshot -o FILE`")]
    NotText(usize),
    /// Not a JSON document, or not of the right shape.
    #[error("not a saved account: {0}; make one with `cis-audit snapshot -o FILE`")]
    Shape(Misshapen),
    /// Written by a newer program.
    #[error(
        "written by a newer cis-audit (schema_version {found}; this one reads {SCHEMA_VERSION}): upgrade cis-audit, or save the account again with this one"
    )]
    Newer {
        /// The file's `schema_version`.
        found: u64,
    },
    /// It says two things of one resource.
    #[error("{0} is in it twice")]
    Twice(String),
    /// It has two alarms of one name, whatever their kinds: in an account a name is one alarm's
    /// (CloudWatch API reference, `PutMetricAlarm`, `AlarmName`).
    #[error(
        "two alarms in {region} have the name {name}: an account cannot have both; save it again with `cis-audit snapshot -o FILE`"
    )]
    TwoAlarms {
        /// The alarms' region.
        region: String,
        /// Their name.
        name: String,
    },
    /// No version, or one that never existed.
    #[error("not a saved account: {0}; make one with `cis-audit snapshot -o FILE`")]
    NotSaved(&'static str),
}

impl From<Refusal> for SavedError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Other(why) => Self::NotSaved(why),
            Refusal::Misshapen(error) => Self::Shape(error),
            Refusal::Newer(found) => Self::Newer { found },
        }
    }
}

impl Saved {
    /// Reads a saved account.
    ///
    /// # Errors
    /// Unreadable, not UTF-8, not JSON, of another shape, or of a newer version: see [`SavedError`].
    pub fn from_reader(mut reader: impl Read) -> Result<Opened<Self>, SavedError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| SavedError::NotText(error.valid_up_to()))?;
        Self::from_json(text)
    }

    /// Reads a saved account from its text.
    ///
    /// # Errors
    /// As [`Saved::from_reader`].
    pub fn from_json(text: &str) -> Result<Opened<Self>, SavedError> {
        let text = document::without_mark(text).as_bytes();
        let head = Head::parse(text)?;
        if head.is_report() {
            return Err(SavedError::NotSaved("it is a report"));
        }
        if head.is_plan() {
            return Err(SavedError::NotSaved("it is a plan"));
        }
        head.check(SCHEMA_VERSION)?;
        let Opened { document, ignored } = document::open::<File>(text).map_err(SavedError::Shape)?;
        let mut saved = Self::from(document);
        saved.snapshot.sort();
        saved.survey.sort();
        if let Some(name) = twice(&saved.snapshot) {
            return Err(SavedError::Twice(name.to_owned()));
        }
        if let Some((region, name)) = two_alarms(&saved.snapshot) {
            return Err(SavedError::TwoAlarms { region: region.to_owned(), name: name.to_owned() });
        }
        Ok(Opened { document: saved, ignored })
    }

    /// Writes the account as indented JSON with a newline at the end.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn to_writer(self, mut writer: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut writer, &File::from(self))?;
        writer.write_all(b"\n")
    }
}

/// SHA-256 of what an audit judges of an account, as it is saved: of the whole file where it was saved for an audit
/// alone. 64 hexadecimal digits.
#[must_use]
pub fn digest(snapshot: &Snapshot) -> String {
    let saved = Saved { snapshot: snapshot.clone(), survey: Survey::default() };
    let mut bytes = Vec::new();
    // Memory takes what is written, and an account has nothing that JSON has not.
    let _ = saved.to_writer(&mut bytes);
    Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A resource that is there twice. What it is could depend on which is looked at.
fn twice(account: &Snapshot) -> Option<&str> {
    let trails = account.trails().iter().map(|trail| trail.arn.as_str());
    let groups = account.log_groups.iter().map(|group| group.arn.as_str());
    let topics = account.topics.iter().map(|topic| topic.arn.as_str());
    let alarms = account.alarms.iter().flat_map(|alarms| {
        let metric = alarms.metric_alarms.iter().map(|alarm| alarm.arn.as_str());
        let composite = alarms.composite_alarms.iter().map(|alarm| alarm.arn.as_str());
        std::iter::once(alarms.region.as_str()).chain(metric).chain(composite)
    });
    let mut further = account.further_regions.iter().map(|further| further.region.as_str());
    let mut regions: BTreeSet<&str> = [account.region.as_str()].into();
    if let Some(region) = further.find(|region| !regions.insert(region)) {
        return Some(region);
    }
    let mut seen = BTreeSet::new();
    trails.chain(groups).chain(topics).chain(alarms).find(|name| !seen.insert(*name))
}

/// A region and a name that two of its alarms have. A mute rule or a composite alarm that names it would mean either.
fn two_alarms(account: &Snapshot) -> Option<(&str, &str)> {
    account.alarms.iter().find_map(|alarms| {
        let metric = alarms.metric_alarms.iter().map(|alarm| alarm.name.as_str());
        let composite = alarms.composite_alarms.iter().map(|alarm| alarm.name.as_str());
        let log = alarms.log_alarms.iter().map(|alarm| alarm.name.as_str());
        let mut seen = BTreeSet::new();
        let name = metric.chain(composite).chain(log).find(|name| !seen.insert(*name))?;
        Some((alarms.region.as_str(), name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Ignored;
    use crate::fix::survey::{SiteKind, SiteState};
    use crate::snapshot::{DocumentPart, GapSource};

    const DEMO: &str = include_str!("../fixtures/accounts/demo.json");

    fn error(text: &str) -> String {
        Saved::from_json(text).expect_err("a broken file").to_string()
    }

    #[test]
    fn a_saved_account_reads_back_the_same() {
        let opened = Saved::from_json(DEMO).expect("the fixture");
        assert_eq!(opened.ignored, Ignored::default());
        let mut written = Vec::new();
        opened.document.clone().to_writer(&mut written).expect("memory does not fail");
        assert_eq!(Saved::from_reader(written.as_slice()).expect("what was written"), opened);
    }

    /// The position of every field of the file is what other programs, and `diff`, see of it.
    #[test]
    fn what_a_fix_asks_is_between_what_an_audit_judges() {
        let mut saved = Saved::from_json(DEMO).expect("the fixture").document;
        assert_eq!(saved.survey, Survey::default());
        let (arn, name) = ("arn:aws:sqs:us-east-1:111122223333:q".to_owned(), "cis-audit-cloudtrail".to_owned());
        saved.survey.endpoints.push(EndpointPolicy { arn, exists: Some(true), policy: None });
        saved.survey.sites.push(Site { kind: SiteKind::Role, name, state: Some(SiteState::HalfMade) });
        let mut written = Vec::new();
        saved.clone().to_writer(&mut written).expect("memory does not fail");
        let text = String::from_utf8(written).expect("JSON is text");
        let end = text.find("\n  \"sites\"").expect("the field");
        assert_eq!(
            text.get(end..).expect("it begins there"),
            r#"
  "sites": [
    {
      "kind": "role",
      "name": "cis-audit-cloudtrail",
      "state": "half_made"
    }
  ],
  "endpoints": [
    {
      "arn": "arn:aws:sqs:us-east-1:111122223333:q",
      "exists": true
    }
  ],
  "gaps": []
}
"#
        );
        assert_eq!(Saved::from_json(&text).expect("what was written").document, saved);
    }

    /// What `sha256sum` says of the file that `cis-audit --demo --save-snapshot FILE` writes.
    #[test]
    fn an_accounts_hash_is_that_of_its_file() {
        let saved = Saved::from_json(DEMO).expect("the fixture").document;
        let known = "a91982eac4880471d4b36fe3bc93f6324a6aa75d23cb1011b22d23c32c2743ea";
        assert_eq!(digest(&saved.snapshot), known);
        // Another layout of it, or what only a fix asks, makes no other account.
        let compact: serde_json::Value = serde_json::from_str(DEMO).expect("JSON");
        let mut again = Saved::from_json(&compact.to_string()).expect("the same account").document;
        let arn = "arn:aws:sqs:us-east-1:111122223333:q".to_owned();
        again.survey.endpoints.push(EndpointPolicy { arn, exists: Some(true), policy: None });
        assert_eq!(digest(&again.snapshot), known);
        again.snapshot.region = "us-east-2".to_owned();
        assert_ne!(digest(&again.snapshot), known);
    }

    #[test]
    fn a_broken_file_is_located() {
        let end = DEMO.find("\"trails\"").expect("the field");
        insta::assert_snapshot!(error(&DEMO[..end + 11]), @"not a saved account: line 7, column 13: EOF while parsing a list; make one with `cis-audit snapshot -o FILE`");
        insta::assert_snapshot!(error("{\n  \"schema_version\": oops }"), @"not a saved account: line 2, column 21: expected value; make one with `cis-audit snapshot -o FILE`");
        let wrong = DEMO.replace("\"is_multi_region\": true", "\"is_multi_region\": \"yes\"");
        insta::assert_snapshot!(
            error(&wrong),
            @r#"not a saved account: line 12, column 30, field trails[0].is_multi_region: invalid type: string "yes", expected a boolean; make one with `cis-audit snapshot -o FILE`"#
        );
        let missing = DEMO.replace("\"account_id\": \"111122223333\",", "");
        assert!(error(&missing).contains("missing field `account_id`; make one with "), "{}", error(&missing));
    }

    #[test]
    fn another_version_is_refused_by_its_number() {
        let newer = DEMO.replace("\"schema_version\": 1", "\"schema_version\": 2, \"more\": true");
        assert!(error(&newer).starts_with("written by a newer cis-audit (schema_version 2; this one reads 1)"));
        for text in ["{}", "[]", "3", "{\"schema_version\": -1}", "{\"schema_version\": \"1\"}"] {
            assert!(error(text).starts_with("not a saved account"), "{text}: {}", error(text));
        }
    }

    #[test]
    fn fields_that_are_not_known_are_passed_over_and_named() {
        let known = Saved::from_json(DEMO).expect("the fixture").document;
        let later = DEMO
            .replace("\"schema_version\": 1", "\"schema_version\": 1, \"later\": {\"a\": [1]}")
            .replace("\"is_multi_region\": true", "\"is_multi_region\": true, \"x\": null")
            .replace("\"statistic\": \"Sum\"", "\"statistic\": \"Sum\", \"y\": 2");
        let opened = Saved::from_json(&later).expect("an account of a later program");
        assert_eq!(opened.document, known);
        let first = ["later", "trails[0].x", "alarms[0].metric_alarms[0].watches.y"];
        assert_eq!(opened.ignored.named.get(..3).expect("three"), first);
    }

    #[test]
    fn gaps_of_calls_and_of_documents_are_read_alike() {
        let gaps = r#""gaps": [
            { "account_id": "111122223333", "region": "us-east-1", "operation": "sns:GetTopicAttributes", "code": "Timeout", "message": "", "later": 1 },
            { "account_id": "111122223333", "region": "us-east-1", "document": { "file": "a.yaml", "address": "Alerts", "instead_of": "sns:GetTopicAttributes", "later": 1 }, "code": "KnownAtDeployment", "message": "" }
        ]"#;
        assert!(DEMO.contains("\"gaps\": []"));
        let opened = Saved::from_json(&DEMO.replace("\"gaps\": []", gaps)).expect("an account of a later program");
        assert_eq!(opened.ignored.named, ["gaps[0].later", "gaps[1].document.later"]);
        let part = DocumentPart {
            file: "a.yaml".to_owned(),
            line: None,
            address: "Alerts".to_owned(),
            property: None,
            why: None,
            instead_of: "sns:GetTopicAttributes".to_owned(),
        };
        let sources: Vec<GapSource> = opened.document.snapshot.gaps.into_iter().map(|gap| gap.source).collect();
        assert_eq!(sources, [GapSource::call("sns:GetTopicAttributes"), GapSource::Document(part)]);
    }

    /// One that an earlier version saved says nothing of how a subscription was confirmed.
    #[test]
    fn how_a_subscription_was_confirmed_is_kept_and_may_be_absent() {
        let confirmed = |text: &str| {
            let topics = Saved::from_json(text).expect("an account").document.snapshot.topics;
            let subscriptions = topics.into_iter().flat_map(|topic| topic.subscriptions.unwrap_or_default());
            subscriptions.filter_map(|it| it.attributes).map(|it| it.confirmation_was_authenticated).collect::<Vec<_>>()
        };
        assert_eq!(confirmed(DEMO), [None]);
        let attributes = "\"attributes\": {}";
        assert!(DEMO.contains(attributes));
        let authenticated = DEMO.replace(attributes, "\"attributes\": { \"confirmation_was_authenticated\": false }");
        assert_eq!(confirmed(&authenticated), [Some(false)]);
    }

    #[test]
    fn two_alarms_of_one_name_are_an_error_that_says_so() {
        let mut saved = Saved::from_json(DEMO).expect("the fixture").document;
        let mut second = saved.snapshot.alarms[0].metric_alarms[0].clone();
        second.arn = format!("{}-2", second.arn).as_str().into();
        let name = second.name.clone();
        saved.snapshot.alarms[0].metric_alarms.push(second);
        let mut written = Vec::new();
        saved.to_writer(&mut written).expect("memory does not fail");
        let text = String::from_utf8(written).expect("JSON is text");
        let wanted = format!(
            "two alarms in us-east-1 have the name {name}: an account cannot have both; save it again with \
             `cis-audit snapshot -o FILE`"
        );
        assert_eq!(error(&text), wanted);
    }

    #[test]
    fn hostile_files_are_errors() {
        let deep = format!("{{\"schema_version\":1,\"trails\":{}", "[".repeat(100_000));
        for text in ["", "\u{0}", "\u{feff}", "{\"schema_version\":1}x", &deep] {
            assert!(!error(text).is_empty());
        }
        assert!(Saved::from_reader([0xff, 0xfe].as_slice()).is_err());
    }
}
