//! `undo`: what a journal says was made is looked at, shown, asked about, and removed; the journal is told what is gone.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::super::live::Session;
use super::super::say;
use super::carried_out::agreed;
use crate::cli::UndoArgs;
use crate::exit::ExitStatus;
use crate::fix::journal::{Header, Journal, Record};
use crate::fix::undo::{Removal, Undone, removals};

/// Takes back what a fix created.
pub(super) fn undo(args: &UndoArgs, file: &Path) -> anyhow::Result<ExitStatus> {
    let name = file.display();
    let journal = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let Record { header, entries } = Record::parse(&journal)
        .with_context(|| format!("{name} is not the journal of a fix (`cis-audit --fix` says where it writes one)"))?;
    let removals = removals(&entries);
    if removals.is_empty() {
        say("nothing of that fix is left to be taken back");
        return Ok(ExitStatus::Success);
    }
    let session = Session::connect(&args.aws, None, !args.look.quiet)?;
    let seen = session.look_at(&header, &removals)?;
    show(&header, &removals, &seen);
    let is_idle = seen.iter().all(Option::is_some);
    let could_not_look = seen.iter().flatten().any(|undone| matches!(undone, Undone::Failed(_)));
    if args.dry_run {
        return Ok(match (could_not_look, is_idle) {
            (true, _) => ExitStatus::Error,
            (false, true) => ExitStatus::Success,
            (false, false) => ExitStatus::Failure,
        });
    }
    if is_idle && !could_not_look {
        return Ok(ExitStatus::Success);
    }
    if !args.yes && !agreed("Take it back?")? {
        say("nothing was changed");
        return Ok(ExitStatus::Success);
    }
    take_back(file, &session, &header, &removals)
}

fn show(header: &Header, removals: &[Removal], seen: &[Option<Undone>]) {
    let all = || removals.iter().zip(seen);
    if seen.iter().any(Option::is_none) {
        say(&format!("To be taken back in account {}, unless something has come to need it:", header.account_id));
        for (removal, _) in all().filter(|(_, undone)| undone.is_none()) {
            say(&format!("  - {}", removal.step.id));
        }
    } else {
        say(&format!("Nothing is to be taken back in account {}.", header.account_id));
    }
    if seen.iter().any(Option::is_some) {
        say("Left as it is:");
        for (removal, undone) in all().filter_map(|(removal, undone)| Some((removal, undone.as_ref()?))) {
            let why = words(undone);
            say(&format!("  = {}: {}", removal.step.id, why.strip_prefix("left: ").unwrap_or(&why)));
        }
    }
}

fn take_back(file: &Path, session: &Session, header: &Header, removals: &[Removal]) -> anyhow::Result<ExitStatus> {
    let name = file.display();
    // What is gone is noted, so that the same journal does not take back what a later fix makes under the same names.
    let mut journal = Journal::open(file).with_context(|| format!("cannot write to {name}"))?;
    let mut failed = false;
    let mut unwritten = None;
    session.undo(header, removals, &mut |step, undone| {
        say(&format!("  {}: {}", step.id, words(undone)));
        failed |= matches!(undone, Undone::Failed(_));
        if !undone.stays() {
            unwritten = journal.undone(step).err().or(unwritten.take());
        }
    })?;
    if let Some(error) = unwritten {
        say(&format!("warning: {name} could not be written to ({error}): do not undo it again after another fix"));
    }
    Ok(if failed { ExitStatus::Error } else { ExitStatus::Success })
}

fn words(undone: &Undone) -> String {
    match undone {
        Undone::Removed => "removed".to_owned(),
        Undone::Absent => "was not there".to_owned(),
        Undone::Scheduled(when) => format!("is removed by AWS at {when}"),
        Undone::Lapses(why) => format!("lapses by itself: {why}"),
        Undone::Left(why) => format!("left: {why}"),
        Undone::Failed(why) => format!("failed: {why}"),
    }
}
