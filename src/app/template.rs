//! `cis-audit template`: what a fix would create, as infrastructure code. The template goes to standard output or a file;
//! what is left to people goes to standard error too.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::account::saved;
use super::catalog::{catalog, select};
use super::inputs::Inputs;
use super::judge::exceptions;
use super::options::options;
use super::output::Output;
use super::stderr::say;
use crate::cli::TemplateArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::fix::exceptions::{BuiltIn, but_for};
use crate::fix::plan::Options;
use crate::fix::planner;
use crate::fix::questions::of_interest;
use crate::fix::survey::Survey;
use crate::rule::Rule;
use crate::saved::Saved;
use crate::snapshot::Snapshot;
use crate::template::{self, Template};

/// Writes the template.
pub(super) fn run(args: &TemplateArgs) -> anyhow::Result<ExitStatus> {
    // What changes a trail is a person's to do, so all of it is said.
    let options = Options { allow_update: true, ..options(&args.new)? };
    options.check()?;
    Inputs::of_template(args).spare(args.output.as_deref().as_slice())?;
    // A template names subscribers in full. The file itself is left alone until there is something to write.
    let mut output = Output::open(args.output.as_deref(), Readers::Owner)?;
    let rules = select(catalog(&args.scope.catalog)?.rules(), &args.scope)?;
    if (args.all || args.demo || args.snapshot.is_some()) && args.aws.asks_for_something() {
        say("note: no account is read: the options about AWS have no effect");
    }
    let template = if args.all {
        let (rules, options) = with_exceptions(args, &rules, &options, None)?;
        template::whole(&rules, args.scope.verdict, &options)?
    } else {
        let (account, survey) = account(args, &rules, &options)?;
        let (rules, options) = with_exceptions(args, &rules, &options, Some((&account.account_id, &account.region)))?;
        template::missing(&planner::plan(&account, &survey, &rules, args.scope.verdict, &options), &survey)?
    };
    tell(&template);
    if template.is_empty() {
        return nothing_written(&template, args.output.as_deref());
    }
    let written = template.write(args.language, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

/// The controls but for what waivers accept to be missed, if that was asked for; each exception is said.
fn with_exceptions(
    args: &TemplateArgs,
    rules: &[Arc<Rule>],
    options: &Options,
    place: Option<(&str, &str)>,
) -> anyhow::Result<(Vec<Arc<Rule>>, Options)> {
    let file = args.waivers.as_deref().filter(|_| args.with_exceptions);
    // The file may be of controls that are not written here.
    let all = catalog(&args.scope.catalog)?;
    let of_file = |file| exceptions(file, all.rules(), &args.scope.catalog, place);
    let mut exceptions = file.map(of_file).transpose()?.unwrap_or_default();
    exceptions.retain(|exception| rules.iter().any(|rule| exception.is_of(rule.id)));
    for BuiltIn { rule, events, reason, owner, expires } in &exceptions {
        let line = format!("note: the filter of {rule} leaves out {events} until {expires}: {reason} ({owner})");
        say(&escape::terminal(&line));
    }
    let rules = but_for(rules, &exceptions)?;
    Ok((rules, Options { exceptions, ..options.clone() }))
}

fn account(args: &TemplateArgs, rules: &[Arc<Rule>], options: &Options) -> anyhow::Result<(Snapshot, Survey)> {
    if args.snapshot.is_some() || args.demo {
        let Saved { snapshot, survey } = saved(args.snapshot.as_deref())?;
        Ok((of_interest(snapshot, rules, options), survey))
    } else {
        live(args, rules, options)
    }
}

#[cfg(feature = "aws")]
fn live(args: &TemplateArgs, rules: &[Arc<Rule>], options: &Options) -> anyhow::Result<(Snapshot, Survey)> {
    super::live::Session::connect(&args.aws, Some(&args.read), super::progress::Spinner::Unicode)?.collect_for_fix(
        super::account::now(),
        rules,
        options,
    )
}

#[cfg(not(feature = "aws"))]
fn live(_: &TemplateArgs, _: &[Arc<Rule>], _: &Options) -> anyhow::Result<(Snapshot, Survey)> {
    bail!("this cis-audit was built without AWS access: use --snapshot FILE, --demo or --all")
}

/// What no template can say, a line each whatever names are in it.
fn tell(template: &Template) {
    let line = |line: &str| say(&escape::terminal(line));
    for task in template.tasks() {
        line(&format!("manual step: {}", task.what));
        task.commands.iter().for_each(|command| line(&format!("    {command}")));
    }
    template.not_planned().iter().for_each(|not| line(&format!("not planned: {not}")));
    template.elsewhere().for_each(|elsewhere| line(&format!("note: {elsewhere}")));
}

/// An empty template is refused by what reads it, so none is written.
fn nothing_written(template: &Template, output: Option<&Path>) -> anyhow::Result<ExitStatus> {
    if let Some(file) = output.filter(|file| file.exists()) {
        say(&format!("warning: {} is from an earlier run and was left unchanged", file.display()));
    }
    if !template.not_planned().is_empty() {
        bail!("no template is written: nothing can be planned for the controls that fail (the reasons are above)");
    }
    if template.tasks().is_empty() {
        say("nothing is missing: no template is written");
    } else {
        say("only manual steps are left: no template is written");
    }
    Ok(ExitStatus::Success)
}
