//! What every event is handled with: settings, the bucket, a directory, and the commands of this program.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use tokio::runtime::Runtime;

use super::settings::Settings;
use crate::app;
use crate::aws::{Bucket, Clients};
use crate::cli::{Cli, ManyArgs};
use crate::exit::ExitStatus;

/// What every event is handled with.
pub(super) struct Worker<'a> {
    runtime: &'a Runtime,
    pub(super) settings: Settings,
}

impl<'a> Worker<'a> {
    pub(super) fn new(runtime: &'a Runtime, settings: Settings) -> Self {
        Self { runtime, settings }
    }

    /// The clients that the function itself asks with.
    pub(super) fn connect(&self) -> anyhow::Result<Clients> {
        Ok(self.block_on(Clients::connect(&self.settings.access()))?)
    }

    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The bucket of results.
    pub(super) fn bucket<'b>(&'b self, clients: &'b Clients) -> Bucket<'b> {
        Bucket::new(clients, &self.settings.bucket, self.settings.owner.as_deref())
    }

    /// The role in every account, as options.
    pub(super) fn role(&self) -> Vec<String> {
        let Settings { role_name, external_id, .. } = &self.settings;
        let mut words = vec!["--role-name".to_owned(), role_name.clone()];
        words.extend(external_id.iter().flat_map(|id| ["--external-id".to_owned(), id.clone()]));
        words
    }
}

/// Runs a command of this program. `change`: what no option says.
pub(super) fn command(words: Vec<String>, change: impl FnOnce(&mut ManyArgs)) -> anyhow::Result<ExitStatus> {
    let typed = ["cis-audit".to_owned()].into_iter().chain(words).map(OsString::from);
    let mut cli = Cli::from_command_line(typed).map_err(|error| {
        let text = error.to_string();
        anyhow!("{}", text.lines().next().unwrap_or_default().trim_start_matches("error: "))
    })?;
    change(&mut cli.audit.many);
    app::attempt(cli)
}

/// A directory for one event, which is gone afterwards: what one event leaves must not be there for the next.
pub(super) struct Room(PathBuf);

impl Room {
    pub(super) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("cis-audit-{}", std::process::id()));
        // A process before this one may have had its number, and been killed.
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }

    /// A place in it, as an option takes it.
    pub(super) fn place(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> anyhow::Result<String> {
        let place = self.place(name);
        fs::write(&place, text).with_context(|| format!("cannot write {place}"))?;
        Ok(place)
    }

    pub(super) fn read(&self, name: impl AsRef<Path>) -> anyhow::Result<String> {
        let place = self.0.join(name);
        fs::read_to_string(&place).with_context(|| format!("cannot read {}", place.display()))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
