//! Who may use whom, read off the source: the layers that the root of each crate lists, and no two files that need each
//! other.
//!
//! Every `use` counts, and every path outside a macro that leads through a module; a name that a file only passes on
//! (`pub use`) is followed to the file that has it. Tests are not looked at: they may use everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

/// A module that has a file, by its path from the root: `["audit", "alarm"]`. The root is empty.
type Module = Vec<String>;

/// What one file says.
#[derive(Default)]
struct Source {
    /// Names that the file takes from elsewhere, and the path that it wrote.
    imports: BTreeMap<String, Vec<String>>,
    /// Of those, the ones that it only passes on.
    passed_on: BTreeSet<String>,
    /// Paths in its items.
    paths: Vec<Vec<String>>,
    /// The crates whose names begin a path.
    crates: BTreeSet<String>,
    /// How many modules without files of their own are round what is read now.
    inside: usize,
}

/// The files of a crate.
struct Crate {
    sources: BTreeMap<Module, Source>,
}

/// Who uses whom, each file by its module.
type Arrows = BTreeMap<Module, BTreeSet<Module>>;

/// The program.
static AUDITOR: LazyLock<Crate> = LazyLock::new(|| Crate::on_disk("src"));

/// The pattern engine.
static ENGINE: LazyLock<Crate> = LazyLock::new(|| Crate::on_disk("crates/filter-pattern/src"));

impl Crate {
    /// Reads what lies under a crate's `src`.
    fn on_disk(root: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        Self::new(files.iter().map(|(module, text)| (module.as_slice(), text.as_str())))
    }

    fn new<'a>(files: impl IntoIterator<Item = (&'a [String], &'a str)>) -> Self {
        let read = |(module, text): (&[String], &str)| {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module:?}: {error}"));
            let mut source = Source::default();
            source.visit_file(&file);
            (module.to_vec(), source)
        };
        Self { sources: files.into_iter().map(read).collect() }
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, source) in &self.sources {
            let imports = source.imports.iter().filter(|(name, _)| !source.passed_on.contains(*name));
            let named = imports.map(|(_, path)| path).chain(&source.paths);
            let used = named.filter_map(|path| self.resolve(module, path, 0)).filter(|used| used != module);
            // The root only says which modules there are.
            arrows.insert(module.clone(), used.filter(|used| !used.is_empty() && !module.is_empty()).collect());
        }
        arrows
    }

    /// The file that has what a path in this module leads to. `None`: it is another crate's, or no item's.
    fn resolve(&self, module: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let (mut at, mut rest): (Module, &[String]) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (module.clone(), rest),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                (module.get(..module.len().checked_sub(ups)?)?.to_vec(), path.get(ups..)?)
            }
            name if self.sources.contains_key(&child(module, name)) => (module.clone(), path),
            name => {
                let import = self.sources.get(module)?.imports.get(name).filter(|_| depth < 8)?;
                // `use x::y` brings no new way to `y` itself.
                (import.first()? != name).then_some(())?;
                let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                return self.resolve(module, &whole, depth + 1);
            }
        };
        while let Some((name, behind)) = rest.split_first() {
            if self.sources.contains_key(&child(&at, name)) {
                at = child(&at, name);
                rest = behind;
                continue;
            }
            let import = self.sources.get(&at).and_then(|source| source.imports.get(name));
            if let Some(import) = import.filter(|_| depth < 8) {
                let found = self.resolve(&at, import, depth + 1);
                return found.or(Some(at));
            }
            break;
        }
        Some(at)
    }
}

fn child(module: &[String], name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// Files with their modules; not those of tests.
fn collect(root: &Path, directory: &Path, files: &mut Vec<(Module, String)>) {
    for entry in fs::read_dir(directory).expect("the source can be read") {
        let path = entry.expect("the source can be read").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "tests" {
                collect(root, &path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && !matches!(name, "tests" | "main") {
            let place = path.strip_prefix(root).expect("it lies under the root").with_extension("");
            let module = place.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "lib");
            files.push((module.collect(), fs::read_to_string(&path).expect("the source can be read")));
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let words = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        attribute.path().is_ident("cfg")
            && !words.starts_with("not")
            && words.split(['(', ')', ',', ' ']).any(|word| word == "test")
    })
}

/// A path as the file would write it, that is written inside so many modules without files of their own.
fn from_the_file(inside: usize, path: Vec<String>) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").take(inside).count();
    if ups == 0 { path } else { ["self".to_owned()].into_iter().chain(path.into_iter().skip(ups)).collect() }
}

impl Source {
    fn import(&mut self, prefix: &[String], tree: &UseTree, is_passed_on: bool) {
        let mut add = |name: String, path: Vec<String>| {
            let path = from_the_file(self.inside, path);
            if let Some(first) = path.first() {
                self.crates.insert(first.clone());
            }
            if is_passed_on {
                self.passed_on.insert(name.clone());
            }
            self.imports.insert(name, path);
        };
        match tree {
            UseTree::Path(path) => self.import(&child(prefix, &path.ident.to_string()), &path.tree, is_passed_on),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(prefix, tree, is_passed_on);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                add(prefix.last().cloned().unwrap_or_default(), prefix.to_vec());
            }
            UseTree::Name(name) => add(name.ident.to_string(), child(prefix, &name.ident.to_string())),
            UseTree::Rename(name) if name.ident == "self" => add(name.rename.to_string(), prefix.to_vec()),
            UseTree::Rename(name) => add(name.rename.to_string(), child(prefix, &name.ident.to_string())),
            UseTree::Glob(_) => add(format!("{}::*", prefix.join("::")), prefix.to_vec()),
        }
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.inside += 1;
        visit::visit_item_mod(self, item);
        self.inside -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&[], &item.tree, !matches!(item.vis, Visibility::Inherited));
    }

    /// Whom an item is visible to is no use of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let (Some(first), true) = (parts.first(), parts.len() > 1) {
            self.crates.insert(first.clone());
        }
        self.paths.push(from_the_file(self.inside, parts));
        visit::visit_path(self, path);
    }
}

/// Modules that lead back to themselves, each with those on the way that lead back to it.
fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let nothing = BTreeSet::new();
    let behind = |module: &Module| {
        let mut behind: BTreeSet<&Module> = BTreeSet::new();
        let mut next: Vec<&Module> = arrows.get(module).unwrap_or(&nothing).iter().collect();
        while let Some(used) = next.pop() {
            if behind.insert(used) {
                next.extend(arrows.get(used).unwrap_or(&nothing));
            }
        }
        behind
    };
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = arrows.keys().map(|module| (module, behind(module))).collect();
    let round = reach.iter().filter(|(module, behind)| behind.contains(**module));
    let leads_back = |used: &Module, to: &Module| reach.get(used).is_some_and(|behind| behind.contains(to));
    let uses = |module: &Module| {
        arrows
            .get(module)
            .unwrap_or(&nothing)
            .iter()
            .filter(|used| leads_back(used, module))
            .map(|used| used.join("/"))
            .collect::<Vec<_>>()
    };
    round.map(|(module, _)| [module.join("/")].into_iter().chain(uses(module)).collect()).collect()
}

/// The same among top-level modules.
fn of_top_level(arrows: &Arrows) -> Arrows {
    let top = |module: &Module| module.iter().take(1).cloned().collect::<Module>();
    let mut between = Arrows::new();
    for (module, uses) in arrows.iter().filter(|(module, _)| !module.is_empty()) {
        let uses = uses.iter().map(top).filter(|used| *used != top(module));
        between.entry(top(module)).or_default().extend(uses);
    }
    between
}

/// The layers of a crate's root: its `mod` lines, from top to bottom, those of one layer without a blank line between.
fn layers(root: &str) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(root)).expect("the root can be read");
    let mut layers = BTreeMap::new();
    let mut layer = 0;
    for line in text.lines() {
        let declared = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "));
        match declared.and_then(|rest| rest.strip_suffix(';')) {
            Some(name) => drop(layers.insert(name.to_owned(), layer)),
            None if line.is_empty() => layer += 1,
            None => {}
        }
    }
    layers
}

/// What uses something of its own layer or of one above.
fn climbs(arrows: &Arrows, layers: &BTreeMap<String, usize>) -> Vec<String> {
    let layer = |module: &Module| module.first().and_then(|name| layers.get(name)).copied();
    let between = of_top_level(arrows);
    let climbs = between.iter().flat_map(|(module, uses)| uses.iter().map(move |used| (module, used)));
    let climbs = climbs.filter(|(module, used)| layer(module).is_none() || layer(module) >= layer(used));
    climbs.map(|(module, used)| format!("{} uses {}", module.join("/"), used.join("/"))).collect()
}

#[test]
fn modules_use_only_the_layers_below_their_own() {
    let arrows = AUDITOR.arrows();
    assert!(arrows.len() > 100, "{} files", arrows.len());
    let layers = layers("src/lib.rs");
    assert!(layers.values().max() > Some(&6), "{layers:?}");
    assert_eq!(climbs(&arrows, &layers), Vec::<String>::new());
    assert_eq!(circles(&of_top_level(&arrows)), Vec::<Vec<String>>::new());
}

#[test]
fn the_pattern_engine_is_layers_too() {
    let arrows = ENGINE.arrows();
    assert!(arrows.len() > 40, "{} files", arrows.len());
    let layers = layers("crates/filter-pattern/src/lib.rs");
    assert!(
        layers["explain"] < layers["prove"] && layers["prove"] < layers["eval"] && layers["eval"] < layers["syntax"]
    );
    assert_eq!(climbs(&arrows, &layers), Vec::<String>::new());
}

#[test]
fn no_two_files_need_each_other() {
    for files in [&AUDITOR, &ENGINE] {
        assert_eq!(circles(&files.arrows()), Vec::<Vec<String>>::new());
    }
}

/// The pattern engine reads no files, asks no network, and knows no service's events.
#[test]
fn the_pattern_engine_knows_neither_the_world_nor_cloudtrail() {
    let used: BTreeSet<&str> = ENGINE.sources.values().flat_map(|source| &source.crates).map(String::as_str).collect();
    for foreign in ["cis_audit", "clap", "tokio", "tempfile", "anyhow"] {
        assert!(!used.contains(foreign), "{foreign}");
    }
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/filter-pattern/src");
    collect(&root, &root, &mut files);
    for (module, text) in &files {
        for word in ["CloudTrail", "cloudtrail", "eventSource", "eventType", "userIdentity", "std::fs", "std::net"] {
            assert!(!text.contains(word), "{} names {word}", module.join("/"));
        }
    }
}

/// A domain that knows no command line, no network and no files can be used, and tested, by itself.
#[test]
fn only_the_edges_name_the_world() {
    const EDGES: &[(&str, &[&str])] = &[
        ("aws_", &["aws"]),
        ("tokio", &["aws", "app", "fix", "worker"]),
        ("clap", &["cli", "app"]),
        ("anyhow", &["app", "worker"]),
        // An archive that comes through a pipe is read from its end.
        ("tempfile", &["file", "events"]),
        ("rustix", &["file", "app"]),
        ("terminal_size", &["app"]),
        ("indicatif", &["app"]),
    ];
    let mut wrong = Vec::new();
    for (module, source) in &AUDITOR.sources {
        let top = module.first().map_or("", String::as_str);
        for (name, allowed) in EDGES {
            if source.crates.iter().any(|used| used.starts_with(name)) && !allowed.contains(&top) {
                wrong.push(format!("{} names {name}", module.join("/")));
            }
        }
        let opens_files = source
            .imports
            .values()
            .chain(&source.paths)
            .any(|path| path.starts_with(&["std", "fs"].map(str::to_owned)));
        if opens_files && !["worker", "app", "file", "aws", "events"].contains(&top) {
            wrong.push(format!("{} opens files", module.join("/")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The test above would see a circle, an arrow that runs up, and what a file only passes on.
#[test]
fn arrows_are_found() {
    let module = |path: &str| path.split('/').map(str::to_owned).collect::<Module>();
    let files = [
        ("a", "mod x; mod y; pub use self::x::X; fn f() { y::g() }"),
        ("a/x", "pub struct X; use crate::b;\nfn f() { b::B::new() }"),
        ("a/y", "use super::X; pub fn g() {}\n#[cfg(test)] use crate::c::C;"),
        ("b", "pub struct B; fn f(_: crate::a::X) {}"),
        ("c", "pub struct C;"),
    ];
    let owned: Vec<(Module, &str)> = files.iter().map(|(path, text)| (module(path), *text)).collect();
    let arrows = Crate::new(owned.iter().map(|(module, text)| (module.as_slice(), *text))).arrows();
    let used_by = |path: &str| arrows[&module(path)].iter().map(|used| used.join("/")).collect::<Vec<_>>();
    assert_eq!(used_by("a"), ["a/y"]);
    assert_eq!(used_by("a/x"), ["b"]);
    assert_eq!(used_by("a/y"), ["a/x"]);
    assert_eq!(used_by("b"), ["a/x"]);
    assert!(used_by("c").is_empty());
    assert_eq!(circles(&arrows), [["a/x", "b"], ["b", "a/x"]]);
    assert_eq!(circles(&of_top_level(&arrows)), [["a", "b"], ["b", "a"]]);
    let layers = [("a", 0), ("b", 1), ("c", 2)].map(|(name, layer)| (name.to_owned(), layer)).into();
    assert_eq!(climbs(&arrows, &layers), ["b uses a"]);
}
