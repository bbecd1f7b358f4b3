//! `cis-audit replay`: what an account would have made of events.

use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::account::{collect, saved};
use super::catalog::{catalog, select};
use super::output::{Output, destinations};
use super::reading::{self, Inputs, Notes};
use super::render_options::render_options;
use super::stderr::say;
use crate::cli::ReplayArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::{self, Readers};
use crate::fix::plan::{Endpoint, Options};
use crate::fix::questions::of_interest;
use crate::fix::{planner, simulate};
use crate::replay::{Player, Replay};
use crate::report::{Format, replay};
use crate::rule::Rule;
use crate::saved::Saved;
use crate::snapshot::Snapshot;
use std::sync::Arc;

/// Replays the events of the files.
pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<ExitStatus> {
    let mut outputs = outputs(args)?;
    let rules = select(catalog(&args.scope.catalog)?.rules(), &args.scope)?;
    if (args.demo || args.snapshot.is_some()) && args.aws.asks_for_something() {
        say("note: no account is read: the options about AWS have no effect");
    }
    if args.snapshot.as_deref() == Some(Path::new("-")) && args.files.iter().any(|file| file == Path::new("-")) {
        bail!("standard input can be the account or the events, not both");
    }
    let account = account(args, &rules)?;
    let delay = i64::try_from(args.delay.as_secs()).unwrap_or_default();
    let owner = args.owner_snapshot.as_deref().map(|file| saved(Some(file))).transpose()?.map(|saved| saved.snapshot);
    let owners: Vec<&Snapshot> = owner.iter().collect();
    let player = Player::new(&account, &owners, &rules, delay);
    let mut tally = player.nothing();
    let inputs = reading::process(
        &args.files,
        Notes::Shown,
        |block| player.play(block),
        |counted| {
            tally.add(counted);
            Ok(())
        },
    )?;
    let replayed = player.finish(&tally, &account.account_id, args.proposed);
    if replayed.events == 0 {
        // Nothing that is counted in nothing says anything; a file that is there already stays.
        return Ok(status(&inputs, &replayed));
    }
    for (format, output) in &mut outputs {
        let look = render_options(&args.look, output);
        let written = match format {
            Format::Json => replay::render_json(&replayed, &mut output.stream),
            Format::Html => replay::render_html(&replayed, &look, &mut output.stream),
            _ => replay::render(&replayed, &look, &mut output.stream),
        };
        output.finish(written)?;
    }
    Ok(status(&inputs, &replayed))
}

/// How it ends: 2 if anything was not read, 1 if required events were missed.
fn status(inputs: &Inputs, replayed: &Replay) -> ExitStatus {
    inputs.say_too_long();
    if replayed.undated > 0 {
        let events = if replayed.undated == 1 { "event has" } else { "events have" };
        say(&format!("warning: {} {events} no time that can be read: no alarm sees them", replayed.undated));
    }
    for name in &inputs.without {
        say(&format!("error: no event of CloudTrail was found in {}", escape::terminal(name)));
    }
    if inputs.errors > 0 || !inputs.without.is_empty() {
        ExitStatus::Error
    } else if replayed.controls.iter().any(|control| control.missed > 0) {
        ExitStatus::Failure
    } else {
        ExitStatus::Success
    }
}

/// Everything that is asked for, opened before anything is read.
fn outputs(args: &ReplayArgs) -> anyhow::Result<Vec<(Format, Output)>> {
    if let Some(other) = args.format.iter().find(|it| !matches!(it.format, Format::Table | Format::Json | Format::Html))
    {
        bail!("a replay is written as table, json or html, not as {}", other.format.name());
    }
    let files = destinations(&args.format, args.output.as_deref(), "output", "replay.json")?;
    for file in files.iter().filter_map(|(_, file)| *file) {
        if args.files.iter().any(|input| file::same(input, file)) {
            bail!("{} is one of the files of events", file.display());
        }
    }
    files.into_iter().map(|(format, file)| Ok((format, Output::open(file, Readers::AsBefore)?))).collect()
}

/// The account, or what a fix would make of it.
fn account(args: &ReplayArgs, rules: &[Arc<Rule>]) -> anyhow::Result<Snapshot> {
    let is_saved = args.demo || args.snapshot.is_some();
    if !args.proposed {
        return match is_saved {
            true => Ok(saved(args.snapshot.as_deref())?.snapshot),
            false => collect(&args.aws, &args.read, rules, &args.look),
        };
    }
    let options = proposal()?;
    let (snapshot, survey) = if is_saved {
        let Saved { snapshot, survey } = saved(args.snapshot.as_deref())?;
        (of_interest(snapshot, rules, &options), survey)
    } else {
        super::account::collect_all(&args.aws, &args.read, Some(&options))?
    };
    let plan = planner::plan(&snapshot, &survey, rules, args.scope.verdict, &options);
    let (mut after, _) = simulate::after(&snapshot, &survey, &plan);
    confirm(&mut after, &snapshot);
    Ok(after)
}

/// What a fix is asked for: somebody to be notified, and nothing else.
fn proposal() -> anyhow::Result<Options> {
    let subscriber: Endpoint = "email:proposed@example.com"
        .parse()
        .map_err(|error| io::Error::other(format!("{error}")))
        .context("--proposed")?;
    Ok(Options {
        subscribe: vec![subscriber],
        topic: None,
        log_group: None,
        name_prefix: "cis-".to_owned(),
        namespace: "CISBenchmark".to_owned(),
        own_namespace: None,
        alarm_period: 300,
        topic_kms_key: None,
        tags: std::collections::BTreeMap::default(),
        allow_update: true,
        exceptions: Vec::new(),
    })
}

/// The subscriptions that the plan makes, confirmed: what events would do once somebody clicked the link.
fn confirm(after: &mut Snapshot, before: &Snapshot) {
    for topic in &mut after.topics {
        let old =
            before.topics.iter().find(|known| known.arn == topic.arn).and_then(|topic| topic.subscriptions.as_ref());
        let is_old = |subscription: &crate::snapshot::Subscription| old.is_some_and(|old| old.contains(subscription));
        let arn = topic.arn.to_string();
        for subscription in topic.subscriptions.iter_mut().flatten().filter(|subscription| !is_old(subscription)) {
            subscription.arn = format!("{arn}:00000000-0000-0000-0000-000000000000");
            if let Some(attributes) = &mut subscription.attributes {
                attributes.pending_confirmation = false;
            }
        }
    }
}
