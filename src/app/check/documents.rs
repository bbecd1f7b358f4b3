//! The documents at the paths that a check was given, distinguished by their content.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::local::{Local, MANIFEST, resembles_template};
use crate::app::located::Located;
use crate::declared::Home;
use crate::declared::cloudformation::{self, Assembly, Library, Listed, Stack, Template, assets_of, constructs_of};
use crate::declared::document::{self, Content, Document};
use crate::declared::terraform;

/// Assemblies inside assemblies.
const DEEPEST: usize = 8;

/// Documents, read.
pub(super) struct Documents {
    /// Templates that are stacks of their own, in the order of the paths.
    pub(super) stacks: Vec<Stack>,
    /// What they name.
    pub(super) library: Library,
    /// Terraform plans and states, in the order of the paths.
    pub(super) terraform: Vec<terraform::Document>,
    /// The files.
    local: Local,
}

impl Documents {
    /// Reads what is at these paths. `home`: where what does not say so is deployed.
    pub(super) fn read(paths: &[PathBuf], home: &Home) -> anyhow::Result<Self> {
        let mut reading = Reading { local: Local::new(paths), stacks: Vec::new(), terraform: Vec::new(), home };
        for path in paths {
            reading.path(path)?;
        }
        let Reading { mut local, mut stacks, terraform, .. } = reading;
        let library = Library::load(&mut stacks, &mut local).map_err(Located::unevaluated)?;
        Ok(Self { stacks, library, terraform, local })
    }

    /// Takes in the texts of files that resources are found in.
    pub(super) fn remember(&mut self, sources: Vec<terraform::SourceFile>) {
        sources.into_iter().for_each(|source| self.local.remember(source.file, source.text));
    }

    /// A file's text.
    pub(super) fn text(&self, file: &str) -> Option<&str> {
        self.local.known(file)
    }
}

struct Reading<'a> {
    local: Local,
    stacks: Vec<Stack>,
    terraform: Vec<terraform::Document>,
    home: &'a Home,
}

impl Reading<'_> {
    fn path(&mut self, path: &Path) -> anyhow::Result<()> {
        if path == Path::new("-") || !path.is_dir() {
            return self.file(path);
        }
        let count = |reading: &Self| reading.stacks.len() + reading.terraform.len();
        let before = count(self);
        self.directory(path)?;
        if count(self) == before {
            bail!("{}: no template, plan or state is in this directory", path.display());
        }
        Ok(())
    }

    /// A file that was named.
    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let (name, text) = self.local.text(path)?;
        if path.file_name().is_some_and(|file| file == MANIFEST)
            && let Some(assembly) = Assembly::read(&text, self.home)
        {
            let directory = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or_else(|| Path::new("."));
            self.local.add(directory);
            return self.assembly(directory, assembly, 0);
        }
        match document::read(&name, text).map_err(|broken| Located::broken(&name, &broken))? {
            Content::Document(document) => self.push(document),
            Content::Other(what) => {
                bail!("{name}: no template, and no plan or state of Terraform as JSON: it looks like {what}")
            }
        }
        Ok(())
    }

    fn push(&mut self, document: Document) {
        match document {
            Document::Template(template) => self.add(Stack::new(template)),
            Document::Terraform(document) if self.terraform.iter().any(|known| known.file == document.file) => {}
            Document::Terraform(document) => self.terraform.push(document),
        }
    }

    /// A file that was named twice is one.
    fn add(&mut self, stack: Stack) {
        let is_known = |known: &Stack| known.template.file == stack.template.file && known.name == stack.name;
        if !self.stacks.iter().any(is_known) {
            self.stacks.push(stack);
        }
    }

    fn directory(&mut self, directory: &Path) -> anyhow::Result<()> {
        if let Some(assembly) = self.manifest(directory)? {
            return self.assembly(directory, assembly, 0);
        }
        let mut files = Vec::new();
        Local::collect(directory, &mut files)?;
        for file in files {
            if file.is_dir() {
                self.directory(&file)?;
                continue;
            }
            let (name, text) = self.local.text(&file)?;
            let is_template = resembles_template(&text);
            match document::read(&name, text) {
                Ok(Content::Document(document)) => self.push(document),
                Ok(Content::Other(_)) => {}
                Err(broken) if is_template => return Err(Located::broken(&name, &broken).into()),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The cloud assembly that a directory is, if it is one.
    fn manifest(&mut self, directory: &Path) -> anyhow::Result<Option<Assembly>> {
        let manifest = directory.join(MANIFEST);
        if !manifest.is_file() {
            return Ok(None);
        }
        let (name, text) = self.local.text(&manifest)?;
        let assembly = Assembly::read(&text, self.home);
        // A directory with this file is one, whatever its manifest is.
        if assembly.is_none() && directory.join("cdk.out").is_file() {
            let why = Assembly::fault(&text);
            bail!("{name}: no manifest of a cloud assembly: {why}");
        }
        Ok(assembly)
    }

    /// The stacks of a cloud assembly.
    fn assembly(&mut self, directory: &Path, assembly: Assembly, depth: usize) -> anyhow::Result<()> {
        for Listed { name, template, assets, metadata, home, parameters, constructs } in assembly.stacks {
            let (file, text) = self.local.text(&inside(directory, &template)?)?;
            let cloudformation::Content::Template(template) =
                Template::read(&file, &text).map_err(|broken| Located::broken(&file, &broken))?
            else {
                bail!("{file}: no CloudFormation template, though the manifest says so");
            };
            let mut stack = Stack { name: Some(name), home, parameters, constructs, ..Stack::new(template) };
            if let Some(assets) = assets {
                stack.assets = assets_of(&self.local.text(&inside(directory, &assets)?)?.1);
            }
            if let Some(metadata) = metadata {
                stack.constructs.extend(constructs_of(&self.local.text(&inside(directory, &metadata)?)?.1));
            }
            self.add(stack);
        }
        for nested in assembly.nested {
            if depth >= DEEPEST {
                bail!("{}: cloud assemblies inside each other, too deep", directory.display());
            }
            let directory = inside(directory, &nested)?;
            let Some(assembly) = self.manifest(&directory)? else {
                bail!(
                    "{}: the manifest names a cloud assembly, and none is there: run cdk synth again",
                    directory.display()
                );
            };
            self.assembly(&directory, assembly, depth + 1)?;
        }
        Ok(())
    }
}

/// A file of a directory, by the name that a manifest has for it. No manifest leads out of its directory.
fn inside(directory: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let path = directory.join(name);
    let real = |path: &Path| path.canonicalize().with_context(|| format!("cannot read {}", path.display()));
    if !real(&path)?.starts_with(real(directory)?) {
        bail!("{}: the manifest names a file that is not in its directory", path.display());
    }
    Ok(path)
}
