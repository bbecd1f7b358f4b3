//! What `.tf` files say that a plan does not: where resources are written, and what locals refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use hcl_edit::Span as _;
use hcl_edit::structure::{Block, Body, Structure};
use serde::Deserialize;

use super::address::Address;
use super::address::config_path;
use super::locals::{Local, locals};
use super::shape::Shape;
use crate::declared::{At, Resource, Value};

/// The most bytes of a file that are read.
pub const MOST_SOURCE_BYTES: usize = 1 << 20;

/// A `.tf` file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The directory of its module, as [`directories`] gives it.
    pub directory: PathBuf,
    /// What it is called in messages and reports.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// What is read of the files of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Where blocks of resources are, by module directory, type and name.
    blocks: BTreeMap<(PathBuf, String), Position>,
    /// Locals, by module directory and name.
    locals: BTreeMap<(PathBuf, String), Local>,
    /// Locals that are written twice: which one counts depends on the names of the files.
    overridden: BTreeSet<(PathBuf, String)>,
    /// Directories with a file that is not read, such as `override.tf.json`: it may write anything once more.
    opaque: BTreeSet<PathBuf>,
    /// The directories of modules, by their paths in the configuration.
    directories: BTreeMap<String, PathBuf>,
}

#[derive(Debug, Clone)]
struct Position {
    file: String,
    at: At,
    /// Arguments and blocks, each where it first is.
    arguments: BTreeMap<String, At>,
    /// How arguments are put together.
    shapes: BTreeMap<String, Shape>,
}

/// `.terraform/modules/modules.json`, in which Terraform notes where modules are.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    dir: String,
}

/// The directories of the modules of a plan, the root's being `root`: local sources lead from one to the next, of others
/// the manifest says where they were installed. Nothing outside `root` is named, except by a local source.
#[must_use]
pub fn directories(root: &Path, sources: &[(String, String)], manifest: Option<&str>) -> BTreeMap<String, PathBuf> {
    let installed: Option<Manifest> = manifest.and_then(|text| serde_json::from_str(text).ok());
    let mut directories = BTreeMap::from([(String::new(), root.to_path_buf())]);
    // Paths are sorted, so that what is above is there before what is below.
    for (path, source) in sources {
        let above = path.rsplit_once('.').map_or("", |(above, _)| above);
        let local = source.starts_with("./") || source.starts_with("../");
        let directory = match directories.get(above) {
            Some(above) if local => Some(normal(&above.join(source))),
            _ => installed.as_ref().and_then(|installed| {
                let module = installed.modules.iter().find(|module| module.key == *path)?;
                let inside = Path::new(&module.dir).components().all(|part| matches!(part, Component::Normal(_)));
                inside.then(|| root.join(&module.dir))
            }),
        };
        if let Some(directory) = directory {
            directories.insert(path.clone(), directory);
        }
    }
    directories
}

/// A path without `.` and `..` in the middle.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}

impl Sources {
    /// Reads files. One that is no HCL says nothing, and leaves open what the others of its directory say.
    #[must_use]
    pub fn new(directories: BTreeMap<String, PathBuf>, files: &[SourceFile]) -> Self {
        let mut sources = Self { directories, ..Self::default() };
        for file in files {
            let Ok(body) = hcl_edit::parser::parse_body(&file.text) else {
                sources.opaque.insert(file.directory.clone());
                continue;
            };
            let lines = Lines::new(&file.text);
            for block in body.iter().filter_map(Structure::as_block) {
                let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
                match (block.ident.as_str(), labels.as_slice()) {
                    ("resource", [kind, name]) => {
                        let Some(position) = position(&file.file, block, &lines) else { continue };
                        // A second block overrides arguments of the first.
                        let id = (file.directory.clone(), format!("{kind}.{name}"));
                        let known = sources.blocks.entry(id).and_modify(|known| known.shapes.clear());
                        known.or_insert(position);
                    }
                    ("locals", []) => {
                        for (name, local) in locals(block) {
                            let id = (file.directory.clone(), name);
                            if sources.locals.insert(id.clone(), local).is_some() {
                                sources.overridden.insert(id);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        sources
    }

    /// The directory of a module, if all of it was read.
    fn shown(&self, module: &str) -> Option<&PathBuf> {
        self.directories.get(module).filter(|directory| !self.opaque.contains(*directory))
    }

    /// A local of the module at a path in the configuration, if it is shown which one counts.
    pub(super) fn local(&self, module: &str, name: &str) -> Option<&Local> {
        let id = (self.shown(module)?.clone(), name.to_owned());
        self.locals.get(&id).filter(|_| !self.overridden.contains(&id))
    }

    /// How an argument of a resource of the module at a path is put together, if that is shown.
    pub(super) fn shape(&self, module: &str, id: &str, argument: &str) -> Option<Shape> {
        let directory = self.shown(module)?;
        self.blocks.get(&(directory.clone(), id.to_owned()))?.shapes.get(argument).copied()
    }

    /// Gives a resource and its properties their places.
    pub fn place(&self, resource: &mut Resource) {
        let address = resource.address.clone();
        let Some(read) = Address::read(&address) else { return };
        let Some(directory) = self.directories.get(&config_path(&read.modules)) else { return };
        let id = format!("{}.{}", read.kind, read.name);
        let Some(position) = self.blocks.get(&(directory.clone(), id)) else { return };
        resource.file.clone_from(&position.file);
        resource.at = Some(position.at);
        let arguments = resource.arguments.clone();
        let Value::Map(properties) = &mut resource.properties.value else { return };
        for (property, node) in properties {
            let argument = arguments.iter().find(|(known, _)| known == property).map_or(property.as_str(), |it| it.1);
            let at = position.arguments.get(argument).copied();
            node.at = at;
            if let Value::List(entries) = &mut node.value {
                entries.iter_mut().for_each(|entry| entry.at = at);
            }
        }
    }
}

fn position(file: &str, block: &Block, lines: &Lines<'_>) -> Option<Position> {
    let at = lines.at(block.ident.span().or_else(|| block.span())?);
    let attributes = block.body.iter().filter_map(Structure::as_attribute);
    let shapes = attributes.map(|attribute| (attribute.key.to_string(), Shape::new(&attribute.value))).collect();
    Some(Position { file: file.to_owned(), at, arguments: arguments(&block.body, lines), shapes })
}

fn arguments(body: &Body, lines: &Lines<'_>) -> BTreeMap<String, At> {
    let mut found = BTreeMap::new();
    for structure in body {
        let (name, span) = match structure {
            Structure::Attribute(attribute) => {
                (attribute.key.as_str(), attribute.value.span().or_else(|| attribute.key.span()))
            }
            // The argument is the label of a dynamic block.
            Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                (block.labels.first().map_or("", |label| label.as_str()), block.ident.span())
            }
            Structure::Block(block) => (block.ident.as_str(), block.ident.span()),
        };
        if let Some(span) = span {
            found.entry(name.to_owned()).or_insert_with(|| lines.at(span));
        }
    }
    found
}

/// Where lines begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    fn at(&self, span: Range<usize>) -> At {
        let line = self.starts.partition_point(|start| *start <= span.start);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self.text.get(start..span.start).map_or(0, |before| before.chars().count());
        let whole = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        At { line: whole(line), column: whole(column + 1) }
    }
}
