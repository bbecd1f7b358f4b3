//! A cloud assembly, which the CDK writes as a directory (`cdk.out`): which stacks its manifest lists, with account and
//! region, template, parameters and construct paths, and which local files their nested stacks are of.
//!
//! Only what is asked for here is read of a manifest; it is not checked (AWS CDK, `cloud-assembly-schema`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::declared::{Home, unmarked};
use crate::partition::Partition;

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembly {
    /// The stacks, in the order of their names.
    pub stacks: Vec<Listed>,
    /// Directories of further assemblies.
    pub nested: Vec<String>,
}

/// A stack that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The stack's name.
    pub name: String,
    /// Its template's file, in the directory.
    pub template: String,
    /// Its list of assets, likewise.
    pub assets: Option<String>,
    /// Further metadata, likewise.
    pub metadata: Option<String>,
    /// Account and region; `None`: neither is known.
    pub home: Option<Arc<Home>>,
    /// Values of parameters.
    pub parameters: BTreeMap<String, String>,
    /// Construct paths by logical id, which resources of nested stacks may have in common with others.
    pub constructs: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "version")]
    _version: String,
    #[serde(default)]
    artifacts: BTreeMap<String, Artifact>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    #[serde(rename = "type")]
    kind: String,
    environment: Option<String>,
    #[serde(default)]
    properties: Properties,
    #[serde(default)]
    metadata: BTreeMap<String, Vec<Entry>>,
    additional_metadata_file: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    template_file: Option<String>,
    stack_name: Option<String>,
    parameters: BTreeMap<String, String>,
    file: Option<String>,
    directory_name: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: serde_json::Value,
}

/// A list of assets.
#[derive(Deserialize)]
struct Assets {
    #[serde(default)]
    files: BTreeMap<String, Asset>,
}

#[derive(Deserialize)]
struct Asset {
    source: AssetSource,
    #[serde(default)]
    destinations: BTreeMap<String, Destination>,
}

#[derive(Deserialize)]
struct AssetSource {
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    object_key: Option<String>,
}

impl Assembly {
    /// Reads a manifest. `given`: where stacks are deployed of which only the account or only the region is known. `None`: it
    /// is none.
    #[must_use]
    pub fn read(text: &str, given: &Home) -> Option<Self> {
        let Manifest { artifacts, .. } = serde_json::from_str(crate::document::without_mark(text)).ok()?;
        let is_one = |artifact: &Artifact| artifact.kind.starts_with("aws:") || artifact.kind.starts_with("cdk:");
        if !artifacts.values().any(is_one) {
            return None;
        }
        let assets = |artifact: &Artifact| {
            let lists = artifact.dependencies.iter().filter_map(|name| artifacts.get(name));
            lists.filter(|list| list.kind == "cdk:asset-manifest").find_map(|list| list.properties.file.clone())
        };
        let listed = |(name, artifact): (&String, &Artifact)| {
            (artifact.kind == "aws:cloudformation:stack").then_some(())?;
            Some(Listed {
                name: artifact.properties.stack_name.clone().unwrap_or_else(|| name.clone()),
                template: artifact.properties.template_file.clone()?,
                assets: assets(artifact),
                metadata: artifact.additional_metadata_file.clone(),
                home: artifact.environment.as_deref().and_then(|text| home(text, given)).map(Arc::new),
                parameters: artifact.properties.parameters.clone(),
                constructs: constructs(&artifact.metadata),
            })
        };
        let nested = artifacts.values().filter(|artifact| artifact.kind == "cdk:cloud-assembly");
        Some(Self {
            stacks: artifacts.iter().filter_map(listed).collect(),
            nested: nested.filter_map(|artifact| artifact.properties.directory_name.clone()).collect(),
        })
    }
}

impl Assembly {
    /// Why a text is no manifest: lower case, no full stop.
    #[must_use]
    pub fn fault(text: &str) -> String {
        match serde_json::from_str::<Manifest>(crate::document::without_mark(text)) {
            Ok(_) => "it has no artifacts of the CDK".to_owned(),
            Err(error) => crate::escape::shortened(&error.to_string(), 120).into_owned(),
        }
    }
}

/// Construct paths by logical id, of metadata that is in a file of its own.
#[must_use]
pub fn constructs_of(text: &str) -> BTreeMap<String, Vec<String>> {
    let metadata: Option<BTreeMap<String, Vec<Entry>>> = serde_json::from_str(crate::document::without_mark(text)).ok();
    metadata.map(|metadata| constructs(&metadata)).unwrap_or_default()
}

fn constructs(metadata: &BTreeMap<String, Vec<Entry>>) -> BTreeMap<String, Vec<String>> {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, entry) in metadata.iter().flat_map(|(path, entries)| entries.iter().map(move |entry| (path, entry))) {
        if let Some(id) = entry.data.as_str().filter(|_| entry.kind == "aws:cdk:logicalId") {
            paths.entry(id.to_owned()).or_default().push(path.trim_start_matches('/').to_owned());
        }
    }
    paths
}

/// Files by the names under which they are uploaded.
#[must_use]
pub fn assets_of(text: &str) -> BTreeMap<String, String> {
    let Ok(Assets { files }) = serde_json::from_str(crate::document::without_mark(text)) else {
        return BTreeMap::new();
    };
    let named = files.into_values().flat_map(|Asset { source, destinations }| {
        let path = source.path.unwrap_or_default();
        let keys = destinations.into_values().filter_map(|destination| destination.object_key);
        keys.map(move |key| (key.rsplit('/').next().unwrap_or_default().to_owned(), path.clone())).collect::<Vec<_>>()
    });
    named.filter(|(key, path)| !key.is_empty() && !path.is_empty()).collect()
}

/// `aws://111122223333/eu-west-1`, either of which may be unknown.
fn home(environment: &str, given: &Home) -> Option<Home> {
    let (account, region) = environment.strip_prefix("aws://")?.split_once('/')?;
    let account = Some(account).filter(|account| crate::arn::is_account_id(account));
    let region = Some(region).filter(|region| *region != "unknown-region" && !region.is_empty());
    if account.is_none() && region.is_none() {
        return None;
    }
    let partition = region.and_then(Partition::claiming).map_or(&*given.partition, |partition| partition.name);
    Some(Home {
        account: account.unwrap_or(&given.account).to_owned(),
        region: region.map_or_else(|| given.region.clone(), |region| unmarked(region.to_owned())),
        partition: partition.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Home {
        Home { account: Home::ACCOUNT.to_owned(), region: Home::REGION.to_owned(), partition: "aws".to_owned() }
    }

    #[test]
    fn stacks_are_listed_with_where_they_are_deployed() {
        let text = r#"{"version": "36.0.0", "artifacts": {
            "Alarms.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Alarms.assets.json"}},
            "Alarms": {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
                "dependencies": ["Alarms.assets"],
                "properties": {"templateFile": "Alarms.template.json", "stackName": "alarms", "parameters": {"A": "1"}},
                "metadata": {"/Alarms/Topic/Resource": [{"type": "aws:cdk:logicalId", "data": "TopicBFC7AF6E"}]}},
            "Any": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "Any.template.json"}},
            "Stage": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}},
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}}"#;
        let assembly = Assembly::read(text, &given()).expect("an assembly");
        assert_eq!(assembly.nested, ["assembly-Stage"]);
        let [alarms, any] = assembly.stacks.as_slice() else { panic!("{assembly:?}") };
        assert_eq!((alarms.name.as_str(), alarms.template.as_str()), ("alarms", "Alarms.template.json"));
        assert_eq!(alarms.assets.as_deref(), Some("Alarms.assets.json"));
        let home = alarms.home.as_ref().expect("a home");
        assert_eq!((home.account.as_str(), home.region.as_str()), ("111122223333", "eu-west-1"));
        assert_eq!(alarms.constructs["TopicBFC7AF6E"], ["Alarms/Topic/Resource"]);
        assert_eq!((any.name.as_str(), &any.home), ("Any", &None));
    }

    #[test]
    fn other_manifests_are_none() {
        for text in
            ["{}", "[]", r#"{"name": "app", "version": "1"}"#, "no JSON", r#"{"version": 3, "manifest_version": 3}"#]
        {
            assert_eq!(Assembly::read(text, &given()), None, "{text}");
        }
    }

    #[test]
    fn uploaded_files_are_found_by_their_names() {
        let text = r#"{"version": "36.0.0", "files": {"abc": {"source": {"path": "N.nested.template.json", "packaging": "file"},
            "destinations": {"current": {"bucketName": "b", "objectKey": "abc.json"}}}}}"#;
        assert_eq!(assets_of(text).get("abc.json").map(String::as_str), Some("N.nested.template.json"));
    }
}
