//! `cis-audit template`: what a fix would create, as infrastructure code. The template goes to standard output or a file;
//! what is left to people goes to standard error too.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::account::saved;
use super::catalog::{catalog, select};
use super::inputs::Inputs;
use super::judge::{Exceptions, exceptions};
use super::options::options;
use super::output::Output;
use super::stderr::say;
use crate::cli::TemplateArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::fix::exceptions::but_for;
use crate::fix::plan::Options;
use crate::fix::planner;
use crate::fix::questions::of_interest;
use crate::fix::survey::Survey;
use crate::rule::Rule;
use crate::saved::Saved;
use crate::snapshot::Snapshot;
use crate::template::{self, Template};
use crate::waiver::Place;

/// Writes the template.
pub(super) fn run(args: &TemplateArgs) -> anyhow::Result<ExitStatus> {
    if args.org {
        let mut output = Output::open(args.output.as_deref(), Readers::AsBefore)?;
        let written = output.stream.write_all(template::engine(args.language)?.as_bytes());
        output.finish(written)?;
        output.say_where("template");
        return Ok(ExitStatus::Success);
    }
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
        let place = Place { account: args.in_account.as_deref(), region: args.in_region.as_deref() };
        let Excepted { rules, options, notes } = with_exceptions(args, &rules, &options, place)?;
        template::whole(&rules, args.scope.verdict, &options)?.noting(notes)
    } else {
        let (account, survey) = account(args, &rules, &options)?;
        let place = Place { account: Some(&account.account_id), region: Some(&account.region) };
        let Excepted { rules, options, notes } = with_exceptions(args, &rules, &options, place)?;
        let plan = planner::plan(&account, &survey, &rules, args.scope.verdict, &options);
        template::missing(&plan, &survey)?.noting(notes)
    };
    show(&template);
    if template.is_empty() {
        return nothing_written(&template, args.output.as_deref());
    }
    let written = template.write(args.language, &mut output.stream);
    output.finish(written)?;
    output.say_where("template");
    Ok(ExitStatus::Success)
}

/// What is written where waivers accept that some events are missed.
struct Excepted {
    rules: Vec<Arc<Rule>>,
    options: Options,
    /// Of exceptions that are in no filter: sentences, without full stops.
    notes: Vec<String>,
}

/// The controls but for what waivers accept to be missed, if that was asked for; each exception is said.
fn with_exceptions(
    args: &TemplateArgs,
    rules: &[Arc<Rule>],
    options: &Options,
    place: Place<'_>,
) -> anyhow::Result<Excepted> {
    let file = args.waivers.as_deref().filter(|_| args.with_exceptions);
    // The file may be of controls that are not written here.
    let all = catalog(&args.scope.catalog)?;
    let of_file = |file| exceptions(file, all.rules(), &args.scope.catalog, place);
    let Exceptions { mut built_in, not_written } = file.map(of_file).transpose()?.unwrap_or_default();
    built_in.retain(|exception| rules.iter().any(|rule| exception.is_of(rule.id)));
    for exception in &built_in {
        let caution = exception.caution().map_or_else(String::new, |caution| format!("; {caution}"));
        let line = format!("note: the filter of {} leaves out {}{caution}", exception.rule, exception.words());
        say(&escape::terminal(&line));
    }
    let not_written = not_written.into_iter().filter(|not| rules.iter().any(|rule| rule.slug == not.slug));
    let hint = if args.all { " (--in-account and --in-region say where)" } else { "" };
    let notes: Vec<String> = not_written.map(|not| format!("{}{}", not.words(), not.hint(hint))).collect();
    notes.iter().for_each(|note| say(&escape::terminal(&format!("note: {note}"))));
    let rules = but_for(rules, &built_in)?;
    Ok(Excepted { rules, options: Options { exceptions: built_in, ..options.clone() }, notes })
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
fn show(template: &Template) {
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
