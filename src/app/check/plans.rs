//! Terraform plans and states among what is checked, and the `.tf` files that they come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::local::SOURCES;
use crate::app::located::Located;
use crate::app::stderr::say;
use crate::declared::terraform::{self, Document, Kind, MOST_SOURCE_BYTES, Read, SourceFile, Sources};
use crate::declared::{Declared, Home, Resource};

/// `.tf` files that are read.
const MOST_SOURCES: usize = 2_000;

/// What plans and states declare.
pub(super) struct Planned {
    /// All of it together.
    pub(super) declared: Declared,
    /// Where that will be.
    pub(super) home: Home,
    /// The `.tf` files in which it is written, if they were asked for.
    pub(super) sources: Vec<SourceFile>,
}

/// Reads what the documents declare.
pub(super) fn read(documents: Vec<Document>, source: Option<&Path>, given: &Home) -> anyhow::Result<Planned> {
    if let (Some(source), true) = (source, documents.is_empty()) {
        bail!("--source {}: no Terraform plan is checked", source.display());
    }
    let (mut reads, mut sources) = (Vec::new(), Vec::new());
    for document in documents {
        let unreadable = |error: terraform::Unreadable| Located::unreadable(&document.file, &error);
        let mut read = terraform::read(&document, given, None).map_err(unreadable)?;
        if let Some(root) = source {
            // Which files there are to read is in the document.
            let (files, written) = written(root, &read)?;
            if read.depends_on_files {
                read = terraform::read(&document, given, Some(&written)).map_err(unreadable)?;
            }
            let declared = &mut read.declared;
            declared.resources.iter_mut().chain(&mut declared.removed).for_each(|resource| written.place(resource));
            sources.extend(files);
        }
        if read.is_destroyed {
            say(&format!("{}: this plan destroys the chain: {}", document.file, addresses(&read.declared.removed)));
        }
        say_of_contradiction(&document.file, &read, given);
        reads.push((document.kind, document.file, read));
    }
    supersede(&mut reads);
    let reads = reads.into_iter().map(|(_, _, read)| read).collect();
    let (declared, home) = terraform::together(reads, given);
    Ok(Planned { declared, home, sources })
}

/// Lets plans count where a state of the same workspace is given too, and says so.
fn supersede(reads: &mut [(Kind, String, Read)]) {
    let (mut plans, mut states): (Vec<_>, Vec<_>) = reads.iter_mut().partition(|(kind, ..)| *kind == Kind::Plan);
    for (_, state, known) in &mut states {
        for (_, plan, read) in &mut plans {
            if terraform::supersede(&read.declared, &mut known.declared) {
                let (plan, state) = (crate::escape::terminal(plan), crate::escape::terminal(state));
                say(&format!("note: {state} is a state of what {plan} changes: of what both name the plan counts"));
            }
        }
    }
}

/// Says that a plan is of another account or region than the one that is given for it.
fn say_of_contradiction(file: &str, read: &Read, given: &Home) {
    let (accounts, regions) = &read.stated;
    for (what, option, given, is_given, stated) in [
        ("account", "--in-account", &given.account, given.knows_account(), accounts),
        ("region", "--in-region", &given.region, given.knows_region(), regions),
    ] {
        if !is_given || stated.is_empty() || stated.contains(given) {
            continue;
        }
        let stated: Vec<String> = stated.iter().map(|text| crate::escape::terminal(text).into_owned()).collect();
        say(&format!(
            "note: {file} names {what} {}, and {given} is given ({option}, or --over): ARNs of the one are not resources of the other",
            stated.join(", ")
        ));
    }
}

/// Whether plans delete what there is of the chain, which is what all controls need and no metric filter of one of them.
pub(super) fn leave_nothing(planned: &Declared) -> bool {
    let is_filter = |resource: &Resource| resource.kind == "AWS::Logs::MetricFilter";
    let is_whole = planned.incomplete.is_empty() && planned.elsewhere.is_empty();
    let removes = |resource: &Resource| !resource.kind.starts_with("AWS::KMS::");
    is_whole
        && planned.resources.is_empty()
        && planned.removed.iter().any(removes)
        && !planned.removed.iter().any(is_filter)
}

/// The first few addresses.
fn addresses(resources: &[Resource]) -> String {
    let mut named: Vec<String> =
        resources.iter().take(3).map(|resource| crate::escape::terminal(&resource.address).into_owned()).collect();
    if resources.len() > named.len() {
        named.push(format!("and {} more", resources.len() - named.len()));
    }
    named.join(", ")
}

/// The files that a plan was made from, and what they say.
fn written(root: &Path, read: &Read) -> anyhow::Result<(Vec<SourceFile>, Sources)> {
    if !root.is_dir() {
        bail!("--source {}: no such directory", root.display());
    }
    let manifest = fs::read_to_string(root.join(".terraform/modules/modules.json")).ok();
    let directories = terraform::directories(root, &read.sources, manifest.as_deref());
    let files = files(&directories)?;
    let sources = Sources::new(directories, &files);
    Ok((files, sources))
}

/// The files of modules. A module that is not there, as one that was never fetched, has none.
fn files(directories: &BTreeMap<String, PathBuf>) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for directory in directories.values().collect::<BTreeSet<_>>() {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_source =
                |ending: &&str| name.ends_with(&format!(".{ending}")) || name.ends_with(&format!(".{ending}.json"));
            SOURCES.iter().any(is_source) && path.is_file()
        });
        paths.sort();
        for path in paths {
            if files.len() == MOST_SOURCES {
                bail!("--source: more than {MOST_SOURCES} .tf files");
            }
            let mut text = String::new();
            let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let read = file.take(MOST_SOURCE_BYTES as u64 + 1).read_to_string(&mut text);
            // What is no text has no lines.
            if read.is_ok_and(|count| count <= MOST_SOURCE_BYTES) {
                files.push(SourceFile { directory: directory.clone(), file: path.display().to_string(), text });
            }
        }
    }
    Ok(files)
}
