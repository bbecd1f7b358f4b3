//! `cis-audit snapshot`: an account is read and saved.

use super::account::collect_all;
use super::inputs::Inputs;
use super::options::options;
use super::output::Output;
use super::stderr::say;
use crate::cli::SnapshotArgs;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::fix::plan::Options;
use crate::mask;
use crate::saved::Saved;
use crate::snapshot::{Gap, GapSource, Snapshot};

/// Reads everything and writes it.
pub(super) fn run(args: &SnapshotArgs) -> anyhow::Result<ExitStatus> {
    // What changes an existing trail is asked too, so that the file does for a plan that may and for one that may not.
    let options = Options { allow_update: true, ..options(&args.new)? };
    options.check()?;
    Inputs::named([]).spare(args.output.as_deref().as_slice())?;
    let mut output = Output::open(args.output.as_deref(), Readers::Owner)?;
    let (mut snapshot, survey) = collect_all(&args.aws, &args.read, args.for_fix.then_some(&options))?;
    if args.redact {
        redact(&mut snapshot);
    }
    let gaps = snapshot.gaps.clone();
    let written = Saved { snapshot, survey }.to_writer(&mut output.stream);
    output.finish(written)?;
    output.say_where("snapshot");
    for gap in &gaps {
        let Gap { source, region, code, message, .. } = gap;
        say(&match source {
            GapSource::Call { action } => format!("warning: could not read {action} in {region}: {code}: {message}"),
            GapSource::Document(part) => format!("warning: {}", part.known_at_deployment()),
        });
    }
    Ok(ExitStatus::Success)
}

/// Masks what only the account's people should read.
pub(super) fn redact(snapshot: &mut Snapshot) {
    if let Some(caller) = snapshot.provenance.as_mut().and_then(|provenance| provenance.caller.as_mut()) {
        *caller = mask::caller(caller);
    }
    let subscriptions = snapshot.topics.iter_mut().filter_map(|topic| topic.subscriptions.as_mut());
    for subscription in subscriptions.flatten() {
        subscription.endpoint = mask::endpoint(&subscription.protocol, &subscription.endpoint);
    }
}
