//! Files of events as a command line names them: finds them, reads them on all processors, and reports what was wrong with
//! them and what was no event. Knows nothing of what is done with the events.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use self::blocks::Out;
use super::stderr::say;
use crate::escape;
use crate::events::{self, Block, Broken, Found, Gone, Kind, LONGEST, Seen, files};

mod blocks;

/// What came of all inputs.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Files that were read, and standard input.
    pub(super) files: u64,
    /// Files and directories that could not be read, or not to their end, or not in whole.
    pub(super) errors: u64,
    /// Events longer than this program reads.
    pub(super) too_long: u64,
    /// What the command line names and in which no event of CloudTrail was found.
    pub(super) without: Vec<String>,
}

/// One input.
struct Job {
    /// By its place on the command line.
    argument: usize,
    /// As messages call it.
    name: String,
    source: Source,
}

enum Source {
    Standard,
    File(PathBuf),
    /// It was not found: why.
    None(String),
}

/// Whether what is no event of CloudTrail is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notes {
    /// Yes: it is CloudTrail's events that are asked about.
    Shown,
    /// No: any text is an event. Only that there is none at all is noted.
    Hidden,
}

/// Works on all events of the files, directories and standard input, and hands the results out in their order. `drain` says
/// which events turned out not to be JSON.
///
/// # Errors
/// That of `drain`, which ends everything.
pub(super) fn process<T: Send>(
    paths: &[PathBuf],
    notes: Notes,
    work: impl Fn(&Block) -> T + Sync,
    mut drain: impl FnMut(T) -> io::Result<Broken>,
) -> io::Result<Inputs> {
    let standard_input = [PathBuf::from("-")];
    let paths = if paths.is_empty() { &standard_input } else { paths };
    let jobs: Vec<Job> = paths.iter().enumerate().flat_map(|(at, path)| jobs(at, path, notes)).collect();
    let mut inputs = Inputs::default();
    let mut has_events = vec![false; paths.len()];
    let mut broken = Broken::default();
    let mut is_empty = true;
    let mut end = |job: &Job, out: Out<T, Result<Found, String>>| match out {
        Out::Block(result) => {
            is_empty = false;
            broken.add(drain(result)?);
            Ok(())
        }
        Out::End(found) => {
            if is_empty && notes == Notes::Hidden && found.as_ref().is_ok_and(is_nothing) {
                say(&format!("note: no event was found in {}", escape::terminal(&job.name)));
            }
            // Where there is no event at all, what there is instead is noted.
            let notes = match std::mem::replace(&mut is_empty, true) {
                true => Notes::Shown,
                false => notes,
            };
            let has = inputs.end(job, found, std::mem::take(&mut broken), notes);
            if let Some(all) = has_events.get_mut(job.argument) {
                *all |= has;
            }
            Ok(())
        }
    };
    match jobs.as_slice() {
        [job] if matches!(job.source, Source::Standard) => {
            blocks::of_pipe(|to| read(job, to), work, &mut |out| end(job, out))?;
        }
        [job] => blocks::of_file(|to| read(job, to), work, &mut |out| end(job, out))?,
        jobs => blocks::several(jobs, read, work, &mut end)?,
    }
    let without = paths.iter().zip(has_events).filter(|(_, has)| !has);
    inputs.without = without.map(|(path, _)| name_of(path)).collect();
    Ok(inputs)
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The inputs that a path of the command line names.
fn jobs(argument: usize, path: &Path, notes: Notes) -> Vec<Job> {
    if path == Path::new("-") {
        return vec![Job { argument, name: name_of(path), source: Source::Standard }];
    }
    let below = files::below(path);
    let note = |what: &str| {
        if notes == Notes::Shown {
            say(&format!("note: {}: {what}", escape::terminal(&name_of(path))));
        }
    };
    if below.digests > 0 {
        note("digests were left out: they have hashes of files, no events");
    }
    match below.hidden {
        0 => {}
        1 => note("1 hidden file or directory was left out"),
        more => note(&format!("{more} hidden files and directories were left out")),
    }
    if below.links > 0 {
        note("links to directories were not followed: name what they lead to");
    }
    let job = |file: Result<PathBuf, files::FilesError>| match file {
        Ok(path) => Job { argument, name: name_of(&path), source: Source::File(path) },
        Err(error) => Job { argument, name: String::new(), source: Source::None(error.to_string()) },
    };
    below.files.into_iter().map(job).collect()
}

/// Reads an input. The inner error: it cannot be.
fn read(job: &Job, to: &mut dyn FnMut(Block) -> Result<(), Gone>) -> Result<Result<Found, String>, Gone> {
    match &job.source {
        Source::Standard => events::read_stdin(to).map(Ok),
        Source::File(path) => match File::open(path) {
            Ok(file) => events::read_file(file, to).map(Ok),
            Err(error) => Ok(Err(format!("cannot read {}: {error}", job.name))),
        },
        Source::None(error) => Ok(Err(error.clone())),
    }
}

impl Inputs {
    /// The end of an input, and whether an event of CloudTrail was in it.
    fn end(&mut self, job: &Job, found: Result<Found, String>, broken: Broken, notes: Notes) -> bool {
        self.files += u64::from(!matches!(job.source, Source::None(_)));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.errors += 1;
                say(&format!("error: {}", escape::terminal(&error)));
                return false;
            }
        };
        let name = escape::terminal(&job.name);
        for error in &found.errors {
            say(&format!("error: {name} {}", escape::terminal(error)));
        }
        if let Some(first) = broken.first {
            let more = if broken.count > 1 { format!(" ({} in all)", broken.count) } else { String::new() };
            say(&format!("error: {name} is damaged at byte {first}: an event that is no JSON{more}"));
        }
        let too_long = found.tally.too_long;
        if too_long > 0 {
            let events = if too_long == 1 { "1 event is".to_owned() } else { format!("{too_long} events are") };
            say(&format!("error: {name}: {events} longer than {} MiB, and not read", LONGEST >> 20));
        }
        self.errors += u64::from(!found.errors.is_empty() || broken.count > 0 || too_long > 0);
        self.too_long += too_long;
        if notes == Notes::Shown {
            if found.digests > 0 {
                say(&format!("note: {name}: digests were left out: they have hashes of files, no events"));
            }
            for (kind, seen) in &found.tally.others {
                say(&format!("note: {name}: {}", of_kind(*kind, *seen)));
            }
        }
        found.tally.has_events
    }
}

/// Whether there is nothing to be said of what was found.
fn is_nothing(found: &Found) -> bool {
    found.errors.is_empty() && found.tally.others.is_empty() && found.tally.too_long == 0 && found.digests == 0
}

fn of_kind(kind: Kind, Seen { count, first }: Seen) -> String {
    let where_ = format!("at byte {first}");
    match count {
        1 => format!("not a CloudTrail event: {kind}, {where_}"),
        count => format!("not events of CloudTrail: {count} times {kind}, first {where_}"),
    }
}
