//! Local files that templates name: nested stacks' templates, and what `AWS::Include` includes. All are loaded before anything
//! is evaluated; which may be read is for who reads them. What cannot be had is known by why, and templates that lead back to
//! themselves are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::stack::{Nested, Stack, nested};
use super::template::{Content, Template};
use super::tree::{self, Broken, Kind, Tree};
use super::unevaluated::Unevaluated;
use crate::declared::{At, TRANSFORM};

/// Templates and included files together.
const MOST_FILES: usize = 500;
/// Included files inside included files.
const DEEPEST: usize = 8;

/// Who reads local files.
pub trait Files {
    /// The file that is called `name` in the file `from`: what it is called from here, and its text.
    ///
    /// # Errors
    /// Why it may not, or cannot, be read: lower case, no full stop.
    fn read(&mut self, from: &str, name: &str) -> Result<(String, String), String>;
}

/// No local files.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&mut self, _: &str, name: &str) -> Result<(String, String), String> {
        Err(format!("{} is not among the files", crate::escape::shortened(name, 80)))
    }
}

/// What was loaded.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Templates of nested stacks, by their files.
    templates: BTreeMap<String, Template>,
    /// What was included, by its file.
    included: BTreeMap<String, Tree>,
    /// Where names of local files lead, by the file that they are in: to a file, or why to none.
    leads: BTreeMap<(String, String), Result<String, String>>,
}

impl Library {
    /// Loads what stacks name. Stacks whose templates others nest are taken out: they are no stacks of their own.
    ///
    /// # Errors
    /// A file is broken, there are too many, or templates lead back to themselves.
    pub fn load(stacks: &mut Vec<Stack>, files: &mut dyn Files) -> Result<Self, Unevaluated> {
        let mut library = Self::default();
        for stack in &mut *stacks {
            library.include(&mut stack.template, files)?;
        }
        for stack in &*stacks {
            let mut trail = vec![stack.template.file.clone()];
            library.follow(&stack.template, &stack.assets, files, &mut trail)?;
        }
        stacks.retain(|stack| !library.templates.contains_key(&stack.template.file));
        Ok(library)
    }

    /// The template of a nested stack, by its name in a file; or why there is none.
    pub(super) fn template(&self, from: &str, name: &str) -> Result<&Template, String> {
        let lead = self.leads.get(&(from.to_owned(), name.to_owned()));
        let file = lead.cloned().unwrap_or_else(|| Err("it was not looked for".to_owned()))?;
        self.templates.get(&file).ok_or_else(|| "it was not looked for".to_owned())
    }

    /// Why a file is not included.
    pub(super) fn why_not(&self, from: &str, name: &str) -> Option<&str> {
        self.leads.get(&(from.to_owned(), name.to_owned()))?.as_ref().err().map(String::as_str)
    }

    /// The first YAML alias of each file that has any: CloudFormation takes none.
    #[must_use]
    pub fn aliases<'s>(&'s self, stacks: &'s [Stack]) -> BTreeMap<&'s str, At> {
        let templates = stacks.iter().map(|stack| &stack.template).chain(self.templates.values());
        let roots = templates.map(|template| (template.file.as_str(), &template.root));
        let all = roots.chain(self.included.iter().map(|(file, root)| (file.as_str(), root)));
        all.filter_map(|(file, root)| Some((file, root.first_alias()?))).collect()
    }

    /// Characters that are meant at a place of a file: of these stacks, or loaded.
    #[must_use]
    pub fn width(&self, stacks: &[Stack], file: &str, at: At) -> Option<u32> {
        let of_stack = stacks.iter().map(|stack| &stack.template).find(|template| template.file == file);
        let root = of_stack.or_else(|| self.templates.get(file)).map(|template| &template.root);
        let placed = root.or_else(|| self.included.get(file)).and_then(|root| root.placed(at))?;
        Some(placed.width)
    }

    fn counted(&self, file: &str) -> Result<(), Unevaluated> {
        if self.leads.len() < MOST_FILES {
            return Ok(());
        }
        let message = format!("it names files that name files: more than {MOST_FILES}");
        Err(broken(file, START, &message))
    }

    /// Follows a template's nested stacks. `trail`: the files that led here.
    fn follow(
        &mut self,
        template: &Template,
        assets: &BTreeMap<String, String>,
        files: &mut dyn Files,
        trail: &mut Vec<String>,
    ) -> Result<(), Unevaluated> {
        let mut named = BTreeMap::new();
        if let Some(resources) = template.root.get("Resources") {
            collect(resources, assets, &mut named);
        }
        for (name, at) in named {
            let key = (template.file.clone(), name.clone());
            if !self.leads.contains_key(&key) {
                self.counted(&template.file)?;
                let found = match files.read(&template.file, &name) {
                    Ok((file, text)) => self.add(file, &text, files)?,
                    Err(why) => Err(why),
                };
                self.leads.insert(key.clone(), found);
            }
            let Some(Ok(file)) = self.leads.get(&key).cloned() else { continue };
            if trail.contains(&file) {
                let message = format!("nested stacks lead from here back to {}", crate::escape::shortened(&file, 80));
                return Err(broken(&template.file, at, &message));
            }
            let Some(next) = self.templates.get(&file).cloned() else { continue };
            trail.push(file);
            self.follow(&next, assets, files, trail)?;
            trail.pop();
        }
        Ok(())
    }

    /// Reads a nested stack's template.
    fn add(&mut self, file: String, text: &str, files: &mut dyn Files) -> Result<Result<String, String>, Unevaluated> {
        if self.templates.contains_key(&file) {
            return Ok(Ok(file));
        }
        let content =
            Template::read(&file, text).map_err(|broken| Unevaluated::Broken { file: file.clone(), broken })?;
        Ok(match content {
            Content::Template(mut template) => {
                self.include(&mut template, files)?;
                self.templates.insert(file.clone(), template);
                Ok(file)
            }
            Content::Other(what) => Err(format!("its template looks like {what}")),
        })
    }

    /// Puts into a template what it includes.
    fn include(&mut self, template: &mut Template, files: &mut dyn Files) -> Result<(), Unevaluated> {
        if !includes(&template.root) {
            return Ok(());
        }
        let file = template.file.clone();
        self.spliced(&mut template.root, &file, files, Level::Root, &mut BTreeSet::new())
    }

    fn spliced(
        &mut self,
        tree: &mut Tree,
        from: &str,
        files: &mut dyn Files,
        level: Level,
        open: &mut BTreeSet<String>,
    ) -> Result<(), Unevaluated> {
        let inner = match &mut tree.kind {
            Kind::List(items) => {
                return items.iter_mut().try_for_each(|item| self.spliced(item, from, files, Level::Value, open));
            }
            Kind::Map(entries) => entries,
            Kind::Scalar(_) | Kind::Null => return Ok(()),
        };
        for (key, value) in &mut *inner {
            let below = match level {
                Level::Root if key == "Resources" => Level::Resources,
                Level::Root | Level::Resources | Level::Value => Level::Value,
            };
            self.spliced(value, from, files, below, open)?;
        }
        // The long form is a key among others, the short form a tag; `Transform` is the template's own.
        let is_include = |key: &str| key == TRANSFORM || level == Level::Root && key == "Transform";
        let at_key = inner.iter().position(|(key, value)| is_include(key) && location(value).is_some());
        let (name, at, width) = match (at_key, tree.tag.as_deref()) {
            (Some(place), _) => {
                let value = &inner[place].1;
                (location(value).unwrap_or_default().to_owned(), value.at, value.width)
            }
            (None, Some("Transform")) => {
                let (at, width) = (tree.at, tree.width);
                let Some(name) = location(tree).map(str::to_owned) else { return Ok(()) };
                (name, at, width)
            }
            _ => return Ok(()),
        };
        let Some(found) = self.included(from, &name, at, files, open)? else { return Ok(()) };
        let (file, found) = found;
        let found = match level {
            Level::Root | Level::Resources => filed(&found, &file, level),
            Level::Value => found.moved(at, width),
        };
        match (&mut tree.kind, at_key, found.kind) {
            (Kind::Map(entries), Some(place), Kind::Map(more)) => {
                entries.remove(place);
                for (key, value) in more {
                    match entries.iter_mut().find(|(known, _)| *known == key) {
                        // Sections of both are joined; else the template's own counts.
                        Some((_, Tree { kind: Kind::Map(own), .. })) if level == Level::Root => {
                            if let Kind::Map(further) = value.kind {
                                own.extend(further);
                            }
                        }
                        Some(_) => {}
                        None => entries.push((key, value)),
                    }
                }
            }
            (kind, _, found) => {
                *kind = found;
                tree.tag = found_tag(at_key, tree.tag.take());
            }
        }
        Ok(())
    }

    /// What a name includes. `None`: it is not here, which is known by why.
    fn included(
        &mut self,
        from: &str,
        name: &str,
        at: At,
        files: &mut dyn Files,
        open: &mut BTreeSet<String>,
    ) -> Result<Option<(String, Tree)>, Unevaluated> {
        self.counted(from)?;
        let key = (from.to_owned(), name.to_owned());
        if name.contains("://") {
            self.leads.insert(key, Err("it is in no local file".to_owned()));
            return Ok(None);
        }
        let (file, text) = match files.read(from, name) {
            Ok(read) => read,
            Err(why) => {
                self.leads.insert(key, Err(why));
                return Ok(None);
            }
        };
        if open.len() >= DEEPEST || !open.insert(file.clone()) {
            let shown = crate::escape::shortened(&file, 80);
            return Err(broken(from, at, &format!("included files lead back to {shown}, or too deep")));
        }
        let read = tree::read(&text).map_err(|broken| Unevaluated::Broken { file: file.clone(), broken })?;
        self.included.insert(file.clone(), read.clone());
        let mut tree = read;
        self.spliced(&mut tree, &file, files, Level::Value, open)?;
        open.remove(&file);
        self.leads.insert(key, Ok(file.clone()));
        Ok(Some((file, tree)))
    }
}

/// How deep in a template something is included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Resources,
    Value,
}

const START: At = At { line: 1, column: 1 };

fn broken(file: &str, at: At, message: &str) -> Unevaluated {
    Unevaluated::Broken { file: file.to_owned(), broken: Broken { at, message: message.to_owned() } }
}

/// The tag of what was put in the place of an include in its short form is none.
fn found_tag(at_key: Option<usize>, tag: Option<String>) -> Option<String> {
    if at_key.is_some() { tag } else { None }
}

/// Where the includes of a value are, if it is the argument of `AWS::Include`.
fn location(transform: &Tree) -> Option<&str> {
    let is_include = transform.get("Name").and_then(Tree::text) == Some("AWS::Include");
    transform.get("Parameters").filter(|_| is_include)?.get("Location")?.text()
}

fn includes(tree: &Tree) -> bool {
    match &tree.kind {
        Kind::List(items) => items.iter().any(includes),
        Kind::Map(entries) => location(tree).is_some() || entries.iter().any(|(_, tree)| includes(tree)),
        Kind::Scalar(_) | Kind::Null => false,
    }
}

/// What was included, with its resources known to be of another file.
fn filed(tree: &Tree, file: &str, level: Level) -> Tree {
    let file: Arc<str> = file.into();
    let mark = |entries: &[(String, Tree)]| {
        let marked =
            entries.iter().map(|(key, tree)| (key.clone(), Tree { file: Some(Arc::clone(&file)), ..tree.clone() }));
        Kind::Map(marked.collect())
    };
    let kind = match level {
        Level::Root => {
            let section =
                |(key, tree): &(String, Tree)| (key.clone(), Tree { kind: mark(tree.entries()), ..tree.clone() });
            let sections = tree.entries().iter().map(|entry| match &entry.1.kind {
                Kind::Map(_) => section(entry),
                _ => entry.clone(),
            });
            Kind::Map(sections.collect())
        }
        Level::Resources | Level::Value => mark(tree.entries()),
    };
    Tree { kind, ..tree.clone() }
}

/// Local files of nested stacks that are named in a tree, with a place.
fn collect(tree: &Tree, assets: &BTreeMap<String, String>, named: &mut BTreeMap<String, At>) {
    match &tree.kind {
        Kind::Map(entries) => {
            if let Some(Nested::File(name)) = nested(tree, assets) {
                named.entry(name).or_insert(tree.at);
                return;
            }
            entries.iter().for_each(|(_, tree)| collect(tree, assets, named));
        }
        Kind::List(items) => items.iter().for_each(|item| collect(item, assets, named)),
        Kind::Scalar(_) | Kind::Null => {}
    }
}
