//! `undo`: what a journal says was made is looked at, shown, asked about, and removed; what is gone is added to the
//! journal.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use super::super::live::Session;
use super::super::progress::Spinner;
use super::super::stderr::say;
use super::apply::agreed;
use super::journal_file::open;
use super::journals::command;
use super::own::is_own;
use crate::arn::last_part;
use crate::cli::UndoArgs;
use crate::escape::terminal;
use crate::exit::ExitStatus;
use crate::fix::journal::{Header, Record};
use crate::fix::plan::Step;
use crate::fix::undo::{Consent, Removal, Seen, Undone, removals};

/// Undoes what a fix created.
pub(super) fn undo(args: &UndoArgs, file: &Path) -> anyhow::Result<ExitStatus> {
    let name = file.display();
    let mut opened = File::open(file).with_context(|| format!("cannot read {name}"))?;
    let mut journal = Vec::new();
    opened.read_to_end(&mut journal).with_context(|| format!("cannot read {name}"))?;
    let Record { header, entries } = Record::parse(&journal)
        .with_context(|| format!("{name} is not the journal of a fix (`cis-audit --fix` says where it writes one)"))?;
    let removals = removals(&entries);
    if removals.is_empty() {
        say("nothing of that fix is left to undo");
        return Ok(ExitStatus::Success);
    }
    let mut consent = Consent { trusted: is_own(&opened, file), named: BTreeSet::new() };
    let session = Session::connect(&args.aws, None, Spinner::from_args(&args.display))?;
    let seen = session.inspect_removals(&header, &removals, &consent)?;
    let is_idle = seen.iter().all(|seen| matches!(seen, Seen::Settled(_)));
    let could_not_look = seen.iter().any(|seen| matches!(seen, Seen::Settled(Undone::Failed(_))));
    // No one can agree to what was not shown.
    if !args.display.quiet || !(args.yes || args.dry_run) || (args.dry_run && could_not_look) {
        show(&header, &removals, &seen);
    }
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
    if !args.yes && !agreed_to(&header, &removals, &seen, could_not_look, &mut consent)? {
        say("nothing was changed");
        return Ok(ExitStatus::Success);
    }
    let done = undo_removals(file, &session, &header, &removals, &consent, args.display.quiet)?;
    say(&done.summary());
    let kept = removals
        .iter()
        .zip(&seen)
        .any(|(removal, seen)| *seen == Seen::Removable && done.left.contains(&removal.step.id));
    if kept {
        say(&format!(
            "note: once nothing needs what was kept, for example after another fix is undone, undo this one again:\n{}",
            command(file)
        ));
    }
    if args.yes && seen.iter().any(|seen| matches!(seen, Seen::Unproven(_))) {
        say(&format!(
            "note: for some of it, only the journal says that the fix created it, so --yes keeps it; without --yes you are\n\
             asked about each:\n{}",
            command(file)
        ));
    }
    Ok(if done.failed > 0 { ExitStatus::Error } else { ExitStatus::Success })
}

/// Asks about all that is surely the fix's, and about each of the others by its name. Whether anything is to be done.
fn agreed_to(
    header: &Header,
    removals: &[Removal],
    seen: &[Seen],
    could_not_look: bool,
    consent: &mut Consent,
) -> anyhow::Result<bool> {
    let asks = seen.iter().any(|seen| matches!(seen, Seen::Removable)) || could_not_look;
    if asks && !agreed(&format!("Undo this fix in account {}?", terminal(&header.account_id)))? {
        return Ok(false);
    }
    for (removal, seen) in removals.iter().zip(seen) {
        if let Seen::Unproven(_) = seen
            && agreed(&format!("Remove {} as well?", terminal(&name(&removal.step))))?
        {
            consent.named.insert(removal.step.id.clone());
        }
    }
    Ok(asks || !consent.named.is_empty())
}

fn show(header: &Header, removals: &[Removal], seen: &[Seen]) {
    let all = || removals.iter().zip(seen);
    if seen.iter().any(|seen| matches!(seen, Seen::Removable)) {
        say(&format!("To be removed from account {} (resources in use since then are kept):", header.account_id));
        for (removal, _) in all().filter(|(_, seen)| matches!(seen, Seen::Removable)) {
            say(&format!("  - {}", name(&removal.step)));
        }
    } else {
        say(&format!("Nothing to undo in account {}.", header.account_id));
    }
    if seen.iter().any(|seen| matches!(seen, Seen::Unproven(_))) {
        say("Only the journal says that the fix created this, so each needs your confirmation:");
        for (removal, seen) in all() {
            if let Seen::Unproven(why) = seen {
                say(&format!("  ? {}: {why}", name(&removal.step)));
            }
        }
    }
    let settled = || {
        all().filter_map(|(removal, seen)| match seen {
            Seen::Settled(undone) => Some((removal, undone)),
            Seen::Removable | Seen::Unproven(_) => None,
        })
    };
    let has_failed = |undone: &Undone| matches!(undone, Undone::Failed(_));
    if settled().any(|(_, undone)| !has_failed(undone)) {
        say("Kept:");
        for (removal, undone) in settled().filter(|(_, undone)| !has_failed(undone)) {
            let why = if let Undone::Left(why) = undone { why.clone() } else { words(undone) };
            say(&format!("  = {}: {why}", name(&removal.step)));
        }
    }
    if settled().any(|(_, undone)| has_failed(undone)) {
        say("Could not be read:");
        for (removal, undone) in settled() {
            if let Undone::Failed(why) = undone {
                say(&format!("  ! {}: {why}", name(&removal.step)));
            }
        }
    }
}

/// A step's id; and where the journal's id is not what this program would give it, what it is about.
fn name(step: &Step) -> String {
    let resource = step.action.resource();
    let last = last_part(resource).trim_start_matches("alias/");
    // A subscription is called after its topic and the address's place.
    if step.id.contains(last) { step.id.clone() } else { format!("{} ({resource})", step.id) }
}

/// What undoing resulted in.
#[derive(Default)]
struct Done {
    /// Steps of which nothing is left, or nothing but for a while.
    gone: usize,
    failed: usize,
    /// Ids of steps of which something stays.
    left: BTreeSet<String>,
}

impl Done {
    fn note(&mut self, step: &Step, undone: &Undone) {
        match undone {
            Undone::Removed | Undone::Absent | Undone::Scheduled(_) | Undone::Lapses(_) => self.gone += 1,
            Undone::Left(_) => {
                self.left.insert(step.id.clone());
            }
            Undone::Failed(_) => self.failed += 1,
        }
    }

    fn summary(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{} undone, {} kept{failed}", self.gone, self.left.len())
    }
}

fn undo_removals(
    file: &Path,
    session: &Session,
    header: &Header,
    removals: &[Removal],
    consent: &Consent,
    quiet: bool,
) -> anyhow::Result<Done> {
    let name = file.display();
    // What is gone is noted, so that the same journal does not undo what a later fix makes under the same names.
    let mut journal = open(file).with_context(|| format!("cannot write to {name}"))?;
    let (mut done, mut unwritten) = (Done::default(), None);
    if !quiet {
        say("");
    }
    session.undo(header, removals, consent, &mut |step, undone| {
        if !quiet || matches!(undone, Undone::Failed(_)) {
            say(&format!("  {}: {}", step.id, words(undone)));
        }
        done.note(step, undone);
        if undone.is_final() {
            unwritten = journal.undone(step).err().or(unwritten.take());
        }
    })?;
    if let Some(error) = unwritten {
        say(&format!(
            "warning: {name} could not be written to ({error}): do not run undo on it after another fix, whose resources it could remove"
        ));
    }
    Ok(done)
}

fn words(undone: &Undone) -> String {
    match undone {
        Undone::Removed => "removed".to_owned(),
        Undone::Absent => "was not there".to_owned(),
        Undone::Scheduled(when) => format!("is removed by AWS at {when}"),
        Undone::Lapses(why) => format!("expires by itself: {why}"),
        Undone::Left(why) => format!("kept: {why}"),
        Undone::Failed(why) => format!("failed: {why}"),
    }
}
