//! The directory in which each account's result is kept as it finishes: `ACCOUNT.json`, the report of that account; with
//! an HTML report `ACCOUNT.html`; where it is asked for `ACCOUNT.snapshot.json`, what was read of it. And `run.json`: by
//! what they were made, so that a run which goes on is one of the same.
//!
//! Every file takes its name when it is whole. A run that is killed leaves results that are whole, and misses others.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::app::judge::Judge;
use crate::app::named::text_of;
use crate::cli::AuditArgs;
use crate::file::{Readers, Target};
use crate::finding::Report;
use crate::organization::{Account, AccountOutcome};
use crate::report::{self, Format, RenderOptions};
use crate::rule::{Benchmark, Rule};
use crate::saved::Saved;
use crate::snapshot::Snapshot;
use std::sync::Arc;

/// What says by what the results were made.
pub(in crate::app) const RUN: &str = "run.json";
/// How what was read of an account is called.
pub(in crate::app) const SNAPSHOT: &str = ".snapshot.json";
/// A result that is older than this is made anew.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// The directory.
pub(in crate::app) struct Store {
    directory: PathBuf,
    run: Run,
    /// It is gone on with: what is there is taken.
    resumes: bool,
    wants_pages: bool,
    rules: Vec<Arc<Rule>>,
}

/// Everything that results depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    schema_version: u32,
    version: String,
    accounts: String,
    role_name: Option<String>,
    benchmark: String,
    verdict: String,
    rules: Vec<String>,
    waivers: Option<String>,
    regions: Vec<String>,
    endpoint_url: Option<String>,
    skip_optional: bool,
    show_endpoints: bool,
    framework: Option<String>,
    ou: Vec<String>,
    /// How it ended. `None`: it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Ended {
    /// It named all accounts of the organization.
    whole_organization: bool,
}

impl Run {
    fn read(args: &AuditArgs, judge: &Judge) -> anyhow::Result<Self> {
        let waivers = args.waivers.as_deref().map(|file| text_of(file).map(|text| hash(&text))).transpose()?;
        // A rule file may say something else under the same name.
        let rule = |rule: &Arc<Rule>| match &rule.files {
            None => rule.id.to_string(),
            Some(_) => format!("{} {}", rule.id, hash(&format!("{rule:?}"))),
        };
        Ok(Self {
            schema_version: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            accounts: if args.many.org { "--org" } else { "--accounts" }.to_owned(),
            role_name: args.many.role_name.clone(),
            benchmark: judge.benchmark().to_owned(),
            verdict: judge.verdict.as_str().to_owned(),
            rules: judge.rules.iter().map(rule).collect(),
            waivers,
            regions: args.aws.region.clone(),
            endpoint_url: args.aws.endpoint_url.clone(),
            skip_optional: args.read.skip_optional,
            show_endpoints: args.show_endpoints,
            framework: args.framework.clone(),
            ou: args.many.ou.clone(),
            ended: None,
        })
    }

    fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        write(file, text.as_bytes(), Readers::AsBefore)
    }

    /// In what two runs differ: each thing by its name, with both values.
    fn differences(&self, other: &Self) -> Vec<String> {
        let values = |run: &Self| -> Vec<(String, serde_json::Value)> {
            match serde_json::to_value(run) {
                Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
                _ => Vec::new(),
            }
        };
        let both = values(self).into_iter().zip(values(other));
        let differing = both.filter(|((_, one), (_, other))| one != other);
        differing.map(|((name, one), (_, other))| format!("{name} {one} there, {other} here")).collect()
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(16).fold(String::new(), |mut hex, byte| {
        // A string takes whatever is written.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Store {
    /// Opens a directory: a new one, or one that is gone on with.
    pub(in crate::app) fn open(directory: &Path, args: &AuditArgs, judge: &Judge) -> anyhow::Result<Self> {
        let resumes = args.many.resume.is_some();
        let name = directory.display();
        let run = Run::read(args, judge)?;
        let file = directory.join(RUN);
        match fs::read(&file) {
            Ok(_) if !resumes => {
                bail!(
                    "{name} holds the results of an earlier run: go on with --resume {name}, or name another directory"
                )
            }
            Ok(text) => {
                let mut known: Run = serde_json::from_slice(&text).with_context(|| {
                    format!("{} is not of this version of cis-audit: name another directory", file.display())
                })?;
                known.ended = None;
                let differences = known.differences(&run);
                if !differences.is_empty() {
                    bail!("{name} holds results of another run ({}): name another directory", differences.join("; "));
                }
                // From here on it has not ended.
                run.write(&file)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && resumes => {
                bail!("{name} holds no results to go on with ({RUN} is missing): begin with --out {name}")
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                fs::create_dir_all(directory).with_context(|| format!("cannot make {name}"))?;
                run.write(&file)?;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
        let wants_pages = args.format.iter().any(|wanted| wanted.format == Format::Html);
        let rules = judge.rules.clone();
        Ok(Self { directory: directory.to_owned(), run, resumes, wants_pages, rules })
    }

    /// Every account has been asked for.
    pub(super) fn ended(&self, whole_organization: bool) -> anyhow::Result<()> {
        let run = Run { ended: Some(Ended { whole_organization }), ..self.run.clone() };
        run.write(&self.directory.join(RUN))
    }

    /// What is there of an account, if it was audited within a day.
    pub(super) fn kept(&self, account_id: &str, now: Timestamp) -> Option<Report> {
        if !self.resumes {
            return None;
        }
        let text = fs::read_to_string(self.directory.join(format!("{account_id}.json"))).ok()?;
        let rule_of =
            |_: Benchmark, _: Option<&str>, slug: &str| self.rules.iter().find(|rule| rule.slug == slug).cloned();
        // What cannot be read is made anew.
        let report = report::stored::read(&text, &rule_of).ok()?.report;
        let [entry] = &report.accounts[..] else { return None };
        let is_it = entry.account.id == account_id && entry.outcome == AccountOutcome::Audited;
        let is_young = report.audits.iter().all(|audit| now.duration_since(audit.collected_at) <= OLDEST);
        let has_page = !self.wants_pages || self.directory.join(format!("{account_id}.html")).exists();
        (is_it && is_young && has_page).then_some(report)
    }

    /// Keeps the result of an account.
    pub(super) fn keep(&self, report: &Report, args: &AuditArgs) -> anyhow::Result<()> {
        let [entry] = &report.accounts[..] else { return Ok(()) };
        let stem = stem(&entry.account);
        let options = RenderOptions::of_file(args.show_endpoints);
        let readers = if args.show_endpoints { Readers::Owner } else { Readers::AsBefore };
        if self.wants_pages && !report.audits.is_empty() {
            // The page of one account is that of a single audit.
            let single = Report { accounts: Vec::new(), ..report.clone() };
            self.write(&single, Format::Html, &options, &format!("{stem}.html"), readers)?;
        }
        // The result comes last: if it is there, the page is too.
        self.write(report, Format::Json, &options, &format!("{stem}.json"), readers)
    }

    fn write(
        &self,
        report: &Report,
        format: Format,
        options: &RenderOptions,
        name: &str,
        readers: Readers,
    ) -> anyhow::Result<()> {
        let mut text = Vec::new();
        report::render(report, None, format, options, &mut text).context("cannot write to memory")?;
        write(&self.directory.join(name), &text, readers)
    }

    /// Keeps what was read of an account, for its owner only.
    pub(super) fn keep_snapshot(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let mut text = Vec::new();
        let saved = Saved { snapshot: snapshot.clone(), survey: Default::default() };
        saved.to_writer(&mut text).context("cannot write to memory")?;
        write(&self.directory.join(format!("{}{SNAPSHOT}", snapshot.account_id)), &text, Readers::Owner)
    }
}

/// What an account's files are called: by its number, or, where that is not known, by a mark of its profile.
fn stem(account: &Account) -> String {
    if account.id.is_empty() { format!("profile-{}", hash(account.label())) } else { account.id.clone() }
}

fn write(file: &Path, content: &[u8], readers: Readers) -> anyhow::Result<()> {
    let name = || format!("cannot write {}", file.display());
    match Target::find(file, readers).with_context(name)? {
        Target::Place(place) => place.write(content).with_context(name),
        Target::Stream(_) => bail!("cannot write {}: it is no file", file.display()),
    }
}
