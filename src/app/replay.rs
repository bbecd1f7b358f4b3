//! `cis-audit replay`: what an account would have made of events.

use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::account::{collect, note_saved, owner, saved};
use super::judge::{Judge, Owner};
use super::output::{Output, destinations};
use super::reading::{self, Inputs, Notes};
use super::render_options::render_options;
use super::stderr::say;
use crate::cli::{AuditArgs, ReplayArgs};
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::finding::Report;
use crate::fix::plan::{Endpoint, Options};
use crate::fix::questions::of_interest;
use crate::fix::{planner, simulate};
use crate::replay::{Player, Replay};
use crate::report::{Format, render_replayed, replay};
use crate::rule::Rule;
use crate::saved::Saved;
use crate::snapshot::{Snapshot, SubscriptionAttributes};
use std::sync::Arc;

/// Replays the events of the files.
pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<ExitStatus> {
    let mut outputs = outputs(args)?;
    let judge = Judge::new(&AuditArgs::offline(args.scope.clone(), args.display.clone()))?;
    if judge.rules.iter().all(|rule| rule.demand.events().is_none()) {
        let ids: Vec<String> = judge.rules.iter().map(|rule| rule.id.to_string()).collect();
        bail!("nothing to replay: {} requires no events, and so has no metric filter and no alarm", ids.join(", "));
    }
    let owner = args.owner();
    note_saved(args.is_saved(), &args.aws, &owner);
    if args.snapshot.as_deref() == Some(Path::new("-")) && args.files.iter().any(|file| file == Path::new("-")) {
        bail!("standard input can be the account or the events, not both");
    }
    let account = account(args, &judge.rules)?;
    let delay = i64::try_from(args.delay.as_secs()).unwrap_or_default();
    let owner = self::owner(&owner, (&args.aws, &args.read, &args.display), &judge.rules, &account)?.map(Owner::new);
    let owners: Vec<&Owner> = owner.iter().collect();
    let replayed = {
        let owners: Vec<&Snapshot> = owners.iter().map(|owner| &owner.snapshot).collect();
        let player = Player::new(&account, &owners, &judge.rules, delay, Timestamp::now());
        let mut tally = player.nothing();
        let inputs = reading::process(
            &args.files,
            Notes::Shown,
            |block| player.play(block),
            |counted| {
                let broken = counted.broken;
                tally.add(counted);
                Ok(broken)
            },
        )?;
        Replayed { replay: player.finish(&tally, args.proposed), inputs }
    };
    // Nothing that is counted in nothing says anything; a file that is there already stays.
    if replayed.replay.events > 0 {
        write(args, &replayed.replay, &mut outputs, || {
            let mut report = judge.report_among(&account, &owners);
            if args.proposed {
                // It rests on an account that there is not.
                report.audits.iter_mut().for_each(|audit| audit.evidence = None);
            }
            report
        })?;
    }
    Ok(replayed.status())
}

/// What came of the events and of the files that they were in.
struct Replayed {
    replay: Replay,
    inputs: Inputs,
}

impl Replayed {
    /// How it ends: 2 if anything was not read, 1 if required events were missed for certain, 2 if some may be.
    fn status(&self) -> ExitStatus {
        let Self { replay, inputs } = self;
        for note in replay::notes(replay) {
            say(&format!("note: {note}"));
        }
        for name in &inputs.without {
            say(&format!("error: no event of CloudTrail was found in {}", escape::terminal(name)));
        }
        if inputs.errors > 0 || !inputs.without.is_empty() {
            ExitStatus::Error
        } else if replay.missed() > 0 {
            ExitStatus::Failure
        } else if replay.undecided() > 0 {
            ExitStatus::Error
        } else {
            ExitStatus::Success
        }
    }
}

/// Writes it in each format. A page is that of the account's audit, with what the events result in.
fn write(
    args: &ReplayArgs,
    replayed: &Replay,
    outputs: &mut [(Format, Output)],
    report: impl Fn() -> Report,
) -> anyhow::Result<()> {
    for (format, output) in outputs {
        let options = render_options(&args.display, output);
        let written = match format {
            Format::Json => replay::render_json(replayed, &mut output.stream),
            Format::Html => render_replayed(&report(), replayed, &options, &mut output.stream),
            _ => replay::render(replayed, &options, &mut output.stream),
        };
        output.finish(written)?;
    }
    Ok(())
}

/// Everything that is asked for, opened before anything is read.
fn outputs(args: &ReplayArgs) -> anyhow::Result<Vec<(Format, Output)>> {
    let files = destinations(&args.format, args.output.as_deref(), "output", "replay.json")?;
    let written: Vec<&Path> = files.iter().filter_map(|(_, file)| *file).collect();
    super::inputs::Inputs::of_replay(args).spare(&written)?;
    files.into_iter().map(|(format, file)| Ok((format, Output::open(file, Readers::AsBefore)?))).collect()
}

/// The account, or what a fix would make of it.
fn account(args: &ReplayArgs, rules: &[Arc<Rule>]) -> anyhow::Result<Snapshot> {
    if !args.proposed {
        return match args.is_saved() {
            true => Ok(saved(args.snapshot.as_deref())?.snapshot),
            false => collect(&args.aws, &args.read, rules, &args.display),
        };
    }
    let options = proposal()?;
    let (snapshot, survey) = if args.is_saved() {
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
            // A subscription whose attributes are not known may have a filter policy.
            subscription.attributes = Some(SubscriptionAttributes::default());
        }
    }
}
