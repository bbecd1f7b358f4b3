//! `cis-audit check`: documents are read, and what they declare is judged as an audit judges an account.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::drift;
use super::inputs::Inputs;
use super::judge::Judge;
use super::named::{name_of, text_of};
use super::reports::Reports;
use super::stderr::say;
use crate::cli::{AuditArgs, AwsArgs, CheckArgs, FixArgs, NewArgs, ReadArgs};
use crate::declared::Home;
use crate::declared::account::Scope;
use crate::declared::cloudformation::{MOST_BYTES, Template, parse_parameters, worlds};
use crate::declared::document::{self, Content, Document};
use crate::declared::judged::{Checked, Terms, accepting, judge};
use crate::declared::terraform;
use crate::drift::State;
use crate::escape;
use crate::exit::ExitStatus;
use crate::partition::Partition;
use crate::rule::{Rule, RuleId};

mod plans;

/// Files that are looked at in directories, and directories inside directories.
const MOST_FILES: usize = 2_000;
const DEEPEST: usize = 12;
/// How documents' names end.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// Checks what the command line names.
pub(super) fn run(args: CheckArgs) -> anyhow::Result<ExitStatus> {
    let home = home(&args);
    let scope = if args.whole_account { Scope::Whole } else { Scope::Part };
    let allow_none = args.allow_none;
    let Documents { templates, terraform } = documents(&args.paths)?;
    let (planned, home) = plans::read(terraform, args.source.as_deref(), &home)?;
    let scope = if templates.is_empty() && plans::leave_nothing(&planned) { Scope::Whole } else { scope };
    let given = given(&args, &templates)?;
    let read: Vec<PathBuf> = args.paths.iter().chain(&args.parameters).cloned().collect();
    let args = as_audit(args);
    let judge_of = Judge::new(&args)?;
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    Inputs::named(&read).spare(&super::reports::written(&args))?;
    let mut reports = Reports::open(&args)?;
    let mut worlds = worlds(&templates, &given, &home)?;
    worlds.iter_mut().for_each(|world| world.declared.extend(planned.clone()));
    let named: BTreeSet<String> = args.scope.only.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let counts = |rule: &Rule| is_asked_for(rule, &named, baseline.as_ref());
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let terms = Terms { home: &home, scope, counts: &counts, now };
    let Checked { report, not_declared, resources } = judge(&worlds, &judge_of.rules, &terms);
    if resources == 0 && scope == Scope::Part {
        say("no trail, log group, metric filter, alarm or topic is declared here: nothing was checked");
        if !allow_none {
            return Ok(ExitStatus::Error);
        }
    }
    let report = judge_of.waived(report, |rule, accepted| {
        accepting(&worlds, rule, accepted, &terms)
            .unwrap_or_else(|| crate::audit::accepting(&empty(&home, now), rule, accepted))
    });
    if !not_declared.is_empty() {
        let numbers: Vec<String> = not_declared.iter().map(|rule| rule.id.to_string()).collect();
        say(&format!("not declared here, and not counted: {}", numbers.join(", ")));
    }
    let changes = baseline.map(|baseline| drift::since(baseline, &report, &args)).transpose()?;
    reports.write(&args, &report, changes.as_ref())?;
    Ok(changes.as_ref().map_or_else(|| ExitStatus::of(&report), ExitStatus::of_drift))
}

fn empty(home: &Home, now: Timestamp) -> crate::snapshot::Snapshot {
    crate::declared::account::account(&crate::declared::Declared::default(), home, Scope::Part, now).snapshot
}

/// Whether a control counts though nothing of it is declared: it was named, or was there before.
fn is_asked_for(rule: &Rule, named: &BTreeSet<String>, baseline: Option<&State>) -> bool {
    let is_named = |name: &String| RuleId::parse(name) == Some(rule.id) || *name == rule.slug.to_ascii_lowercase();
    named.iter().any(is_named)
        || baseline.is_some_and(|state| state.controls.iter().any(|control| control.slug == rule.slug))
}

fn home(args: &CheckArgs) -> Home {
    let region = args.in_region.clone();
    let partition = region.as_deref().and_then(Partition::claiming).map_or("aws", |partition| partition.name);
    Home {
        account: args.in_account.clone().unwrap_or_else(|| Home::ACCOUNT.to_owned()),
        partition: partition.to_owned(),
        region: region.unwrap_or_else(|| Home::REGION.to_owned()),
    }
}

/// The parameters that are given: those of files first, then those of the command line.
fn given(args: &CheckArgs, templates: &[Template]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    for file in &args.parameters {
        given.extend(parse_parameters(&text_of(file)?).with_context(|| name_of(file))?);
    }
    given.extend(args.parameter.iter().cloned());
    let unknown = given.keys().find(|name| !templates.iter().any(|template| template.has_parameter(name)));
    if let Some(name) = unknown {
        bail!("no template here has a parameter {}", escape::shortened(name, 80));
    }
    Ok(given)
}

/// What is to be checked, each kind in the order of the paths.
#[derive(Default)]
struct Documents {
    templates: Vec<Template>,
    terraform: Vec<terraform::Document>,
}

impl Documents {
    fn push(&mut self, document: Document) {
        match document {
            Document::Template(template) => self.templates.push(template),
            Document::Terraform(document) => self.terraform.push(document),
        }
    }

    fn count(&self) -> usize {
        self.templates.len() + self.terraform.len()
    }
}

/// The documents at these paths.
fn documents(paths: &[PathBuf]) -> anyhow::Result<Documents> {
    let mut documents = Documents::default();
    for path in paths {
        if path.as_path() != Path::new("-") && path.is_dir() {
            let before = documents.count();
            in_directory(path, &mut documents)?;
            if documents.count() == before {
                bail!("{}: no template, plan or state is in this directory", path.display());
            }
            continue;
        }
        let name = name_of(path);
        match document::read(&name, text(path)?).with_context(|| name.clone())? {
            Content::Document(document) => documents.push(document),
            Content::Other(what) => {
                bail!("{name}: no template, and no plan or state of Terraform as JSON: it looks like {what}")
            }
        }
    }
    Ok(documents)
}

/// The documents in a directory. Links are not followed, and hidden directories not looked into.
fn in_directory(directory: &Path, documents: &mut Documents) -> anyhow::Result<()> {
    let mut files = Vec::new();
    collect(directory, 0, &mut files)?;
    files.sort();
    for file in files {
        let name = file.display().to_string();
        let text = text(&file)?;
        let is_template = text.contains("AWSTemplateFormatVersion") || text.contains("AWS::");
        match document::read(&name, text) {
            Ok(Content::Document(document)) => documents.push(document),
            Ok(Content::Other(_)) => {}
            Err(broken) if is_template => return Err(broken).context(name),
            Err(_) => {}
        }
    }
    Ok(())
}

fn collect(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot = || format!("cannot read {}", directory.display());
    for entry in fs::read_dir(directory).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let kind = entry.file_type().with_context(cannot)?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.') || entry.file_name() == "node_modules";
        if kind.is_dir() && !is_hidden && depth < DEEPEST {
            collect(&path, depth + 1, files)?;
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
fn text(path: &Path) -> anyhow::Result<String> {
    let name = name_of(path);
    let cannot = || format!("cannot read {name}");
    let mut input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(cannot)?)
    };
    let most = MOST_BYTES as u64 * 2 + 4;
    let mut bytes = Vec::new();
    input.by_ref().take(most).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 == most && terraform::Kind::of(&decoded(&bytes)).is_some() {
        let left = (terraform::MOST_BYTES - bytes.len()) as u64 + 1;
        // Not twice the size, as a growing buffer takes.
        let size = if path == Path::new("-") { 0 } else { fs::metadata(path).map_or(0, |file| file.len()) };
        bytes.reserve_exact(usize::try_from(size.saturating_sub(most).min(left)).unwrap_or_default());
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
    let wide = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).filter_map(|pair| Some(of(pair.try_into().ok()?)));
        char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(wide(u16::from_le_bytes, rest)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(wide(u16::from_be_bytes, rest)),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// The options that a check shares with an audit; what an audit has of its own is as if it had not been given.
fn as_audit(args: CheckArgs) -> AuditArgs {
    let CheckArgs { scope, waivers, baseline, format, output, show_endpoints, step_summary, look, .. } = args;
    let new = NewArgs {
        subscribe: Vec::new(),
        topic: None,
        log_group: None,
        name_prefix: String::new(),
        namespace: String::new(),
        alarm_period: 0,
        topic_kms_key: None,
        tags: Vec::new(),
    };
    let fix = FixArgs {
        fix: false,
        dry_run: false,
        yes: false,
        new,
        allow_update: false,
        with_exceptions: false,
        plan_out: None,
        apply: None,
        journal: None,
        wait: None,
    };
    let aws = AwsArgs {
        debug: false,
        profile: None,
        region: None,
        endpoint_url: None,
        role_arn: None,
        external_id: None,
        timeout: Duration::ZERO,
    };
    let read = ReadArgs { deadline: Duration::ZERO, skip_optional: false };
    AuditArgs {
        demo: false,
        snapshot: None,
        aws,
        read,
        scope,
        waivers,
        baseline,
        format,
        output,
        show_endpoints,
        step_summary,
        fix,
        look,
    }
}
