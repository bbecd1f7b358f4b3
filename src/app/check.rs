//! `cis-audit check`: templates are read, and what they declare is judged as an audit judges an account.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::drift;
use super::inputs::Inputs;
use super::judge::Judge;
use super::named::{name_of, text_of};
use super::project;
use super::reports::Reports;
use super::stderr::say;
use crate::cli::{AuditArgs, AwsArgs, CheckArgs, FixArgs, Given, NewArgs, ReadArgs};
use crate::declared::Home;
use crate::declared::account::Scope;
use crate::declared::cloudformation::{Content, MOST_BYTES, Template, parse_parameters, worlds};
use crate::declared::judged::{Checked, Terms, accepting, judge};
use crate::drift::State;
use crate::escape;
use crate::exit::ExitStatus;
use crate::finding::Report;
use crate::partition::Partition;
use crate::rule::{Rule, RuleId};

/// Files that are looked at in directories, and directories inside directories.
const MOST_FILES: usize = 2_000;
const DEEPEST: usize = 12;
/// How templates' names end.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// Checks what the command line names.
pub(super) fn run(args: &CheckArgs, given: &Given) -> anyhow::Result<ExitStatus> {
    let mut audit = as_audit(args);
    project::apply(&mut audit, given)?;
    let read: Vec<PathBuf> = args.paths.iter().chain(&args.parameters).cloned().collect();
    Inputs::named(&read).spare(&super::reports::written(&audit))?;
    let mut reports = Reports::open(&audit)?;
    let done = check(args, &audit, &mut reports);
    reports.or_undone(&audit, done)
}

fn check(check: &CheckArgs, args: &AuditArgs, reports: &mut Reports) -> anyhow::Result<ExitStatus> {
    let home = home(check);
    let scope = if check.whole_account { Scope::Whole } else { Scope::Part };
    let allow_none = check.allow_none;
    let templates = templates(&check.paths)?;
    let given = given(check, &templates)?;
    let judge_of = Judge::new(args)?;
    let baseline = args.baseline.as_deref().map(drift::read).transpose()?;
    let worlds = worlds(&templates, &given, &home)?;
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
    let changes = baseline.map(|baseline| drift::since(baseline, &report, args)).transpose()?;
    let report = Report { project: args.project.clone(), ..report };
    reports.write(args, &report, changes.as_ref())?;
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

/// The templates at these paths, in their order.
fn templates(paths: &[PathBuf]) -> anyhow::Result<Vec<Template>> {
    let mut templates = Vec::new();
    for path in paths {
        if path.as_path() != Path::new("-") && path.is_dir() {
            let before = templates.len();
            in_directory(path, &mut templates)?;
            if templates.len() == before {
                bail!("{}: no template is in this directory", path.display());
            }
            continue;
        }
        let name = name_of(path);
        match Template::read(&name, &text(path)?).with_context(|| name.clone())? {
            Content::Template(template) => templates.push(template),
            Content::Other(what) => bail!("{name}: no CloudFormation or SAM template: it looks like {what}"),
        }
    }
    Ok(templates)
}

/// The templates in a directory. Links are not followed, and hidden directories not looked into.
fn in_directory(directory: &Path, templates: &mut Vec<Template>) -> anyhow::Result<()> {
    let mut files = Vec::new();
    collect(directory, 0, &mut files)?;
    files.sort();
    for file in files {
        let name = file.display().to_string();
        let text = text(&file)?;
        match Template::read(&name, &text) {
            Ok(Content::Template(template)) => templates.push(template),
            Ok(Content::Other(_)) => {}
            Err(broken) if text.contains("AWSTemplateFormatVersion") || text.contains("AWS::") => {
                return Err(broken).context(name);
            }
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

/// A document's text, which may be UTF-16, as PowerShell writes it. No more is read than a template can have.
fn text(path: &Path) -> anyhow::Result<String> {
    let name = name_of(path);
    let cannot = || format!("cannot read {name}");
    let most = MOST_BYTES as u64 * 2 + 4;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes).with_context(cannot)?;
    } else {
        File::open(path).with_context(cannot)?.take(most).read_to_end(&mut bytes).with_context(cannot)?;
    }
    let wide = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| Some(of(pair.try_into().ok()?))).collect();
        String::from_utf16(&units).ok().with_context(|| format!("{name}: not UTF-16 text"))
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        // Cut off in the middle of a letter, it is too large in any case.
        _ if bytes.len() > MOST_BYTES => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        _ => String::from_utf8(bytes)
            .map_err(|error| anyhow::anyhow!("{name}: not UTF-8 text (byte {})", error.utf8_error().valid_up_to())),
    }
}

/// The options that a check shares with an audit; what an audit has of its own is as if it had not been given.
fn as_audit(args: &CheckArgs) -> AuditArgs {
    let CheckArgs { scope, framework, waivers, baseline, format, output, show_endpoints, .. } = args.clone();
    let CheckArgs { step_summary, no_config, look, .. } = args.clone();
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
        framework,
        waivers,
        baseline,
        format,
        output,
        show_endpoints,
        step_summary,
        no_config,
        project: None,
        fix,
        look,
    }
}
