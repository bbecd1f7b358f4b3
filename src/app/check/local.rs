//! Local files that a check reads: only those that lie in the paths that it was given. A link out of them is not followed,
//! and no more is read than documents can have.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::app::named::name_of;
use crate::declared::cloudformation::{Files, MOST_BYTES};
use crate::declared::document::{self, Content};
use crate::declared::terraform;
use crate::escape;

/// How a cloud assembly's manifest is called.
pub(super) const MANIFEST: &str = "manifest.json";
/// Files that are read in all.
const MOST_FILES: usize = 2_000;
/// Directories inside directories.
const DEEPEST: usize = 12;
/// How documents' names end.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];
/// How the names of files end that say where the resources of plans are written.
pub(super) const SOURCES: [&str; 2] = ["tf", "tofu"];

/// The files, and what was read of them.
#[derive(Default)]
pub(super) struct Local {
    /// The paths that were given, as the system knows them.
    roots: Vec<PathBuf>,
    /// What files are called here, by what the system calls them.
    names: BTreeMap<PathBuf, String>,
    /// Texts by what files are called here.
    texts: BTreeMap<String, String>,
}

impl Local {
    /// Those in these paths.
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        let roots = paths.iter().filter(|path| path.as_path() != Path::new("-"));
        Self { roots: roots.filter_map(|path| fs::canonicalize(path).ok()).collect(), ..Self::default() }
    }

    /// Takes a directory for one that was given: a manifest stands for its own.
    pub(super) fn add(&mut self, directory: &Path) {
        self.roots.extend(fs::canonicalize(directory));
    }

    /// A file's text, which may be UTF-16, and what it is called.
    pub(super) fn text(&mut self, path: &Path) -> anyhow::Result<(String, String)> {
        let canonical = fs::canonicalize(path).ok();
        let known = canonical.as_ref().and_then(|path| self.names.get(path));
        let name = known.cloned().unwrap_or_else(|| name_of(path));
        if let Some(text) = self.texts.get(&name) {
            return Ok((name, text.clone()));
        }
        if self.texts.len() >= MOST_FILES {
            bail!("more than {MOST_FILES} files: name those that are to be checked");
        }
        let text = read(path, &name)?;
        if let Some(canonical) = canonical {
            self.names.insert(canonical, name.clone());
        }
        // Of a plan, which may be large, nothing is shown.
        if text.len() <= MOST_BYTES {
            self.texts.insert(name.clone(), text.clone());
        }
        Ok((name, text))
    }

    /// Takes in a text that was read by others.
    pub(super) fn remember(&mut self, name: String, text: String) {
        self.texts.entry(name).or_insert(text);
    }

    /// What was read of a file.
    pub(super) fn known(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The files in a directory that may be documents, and the directories of cloud assemblies. Links are not followed, and
    /// hidden directories not looked into, but for what the Serverless Framework and SAM build.
    pub(super) fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
        collect(directory, 0, files)?;
        files.sort();
        Ok(())
    }
}

impl Files for Local {
    fn read(&mut self, from: &str, name: &str) -> Result<(String, String), String> {
        let shown = || escape::shortened(name, 80).into_owned();
        let name_of_file = name.strip_prefix("file://").unwrap_or(name);
        let beside = Path::new(from).parent().unwrap_or_else(|| Path::new("")).join(name_of_file);
        let Ok(canonical) = fs::canonicalize(&beside) else { return Err(format!("there is no file {}", shown())) };
        let is_inside = self.roots.iter().any(|root| canonical.starts_with(root));
        if !is_inside {
            return Err(format!("{} is not in the paths that were given", shown()));
        }
        if !canonical.is_file() {
            return Err(format!("{} is no file", shown()));
        }
        let plain: PathBuf = beside.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
        self.text(&plain).map_err(|error| error.to_string())
    }
}

/// Whether a file is there in a directory or below it, and is a document or a source: no report of an earlier run, which the
/// next one replaces.
pub(super) fn has_document(directory: &Path, file: &Path) -> bool {
    let (Ok(directory), Ok(found)) = (fs::canonicalize(directory), fs::canonicalize(file)) else { return false };
    if !found.is_file() || !found.starts_with(&directory) {
        return false;
    }
    let ending = found.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if SOURCES.contains(&ending) || found.parent().is_some_and(is_assembly) {
        return true;
    }
    let Ok(text) = read(&found, "") else { return false };
    let is_template = ENDINGS.contains(&ending) && resembles_template(&text);
    match document::read("", text) {
        Ok(content) => matches!(content, Content::Document(_)),
        Err(_) => is_template,
    }
}

/// Whether a text that is broken was meant to be a template.
pub(super) fn resembles_template(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion") || text.contains("AWS::")
}

/// Whether a directory is a cloud assembly.
fn is_assembly(directory: &Path) -> bool {
    // Whether it is one, its content says once it is read.
    directory.join(MANIFEST).is_file() && directory.join("cdk.out").is_file()
}

fn collect(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot = || format!("cannot read {}", directory.display());
    for entry in fs::read_dir(directory).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let kind = entry.file_type().with_context(cannot)?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_left = name.starts_with('.') && name != ".serverless" || name == "node_modules";
        if kind.is_dir() && !is_left && depth < DEEPEST {
            if is_assembly(&path) {
                files.push(path);
            } else {
                collect(&path, depth + 1, files)?;
            }
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if kind.is_file() && ENDINGS.contains(&ending) {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            bail!("{}: more than {MOST_FILES} files: name those that are to be checked", directory.display());
        }
    }
    Ok(())
}

/// A document's text, which may be UTF-16, as PowerShell writes it. No more is read than a document of its kind can have.
fn read(path: &Path, name: &str) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {name}");
    let mut input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(cannot)?)
    };
    let most = MOST_BYTES as u64 * 2 + 4;
    // Room for all of it, since what a growing buffer leaves behind is memory too.
    let size = if path == Path::new("-") { 0 } else { fs::metadata(path).map_or(0, |file| file.len()) };
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(terraform::MOST_BYTES + 1);
    let mut bytes = Vec::with_capacity(size);
    input.by_ref().take(most).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 == most && terraform::Kind::detect(&decoded(&bytes)).is_some() {
        let left = (terraform::MOST_BYTES - bytes.len()) as u64 + 1;
        input.take(left).read_to_end(&mut bytes).with_context(cannot)?;
        if bytes.len() > terraform::MOST_BYTES {
            bail!("{name}: larger than {} MB: no plan or state of that size is read", terraform::MOST_BYTES >> 20);
        }
    } else if bytes.len() > MOST_BYTES {
        // Cut off in the middle of a letter, it is too large in any case.
        return Ok(decoded(&bytes).into_owned());
    }
    if is_wide(&bytes) {
        let text = decoded(&bytes);
        return if text.contains(char::REPLACEMENT_CHARACTER) {
            Err(anyhow::anyhow!("{name}: not UTF-16 text"))
        } else {
            Ok(text.into_owned())
        };
    }
    String::from_utf8(bytes)
        .map_err(|error| anyhow::anyhow!("{name}: not UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
}

/// Whether bytes begin with a mark of UTF-16.
fn is_wide(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// Text of bytes, with a sign of replacement for what is none.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |decode: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).filter_map(|pair| Some(decode(pair.try_into().ok()?)));
        char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(wide(u16::from_le_bytes, rest)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(wide(u16::from_be_bytes, rest)),
        _ => String::from_utf8_lossy(bytes),
    }
}
