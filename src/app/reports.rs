//! The reports of an audit: which are asked for, and where each goes. Nothing here knows what a report says.

use std::env;
use std::io;
#[cfg(feature = "aws")]
use std::io::Write as _;
use std::path::{self, Path, PathBuf};

use anyhow::Context as _;

use super::inputs::Inputs;
use super::located::Located;
use super::output::{Output, destinations};
use super::render_options::render_options;
use super::stderr::{in_one_line, say};
use crate::cli::AuditArgs;
use crate::drift::Drift;
use crate::escape;
use crate::file::{self, Readers};
use crate::finding::Report;
use crate::report::{self, Format, RenderOptions};

/// Every report that is asked for, opened.
pub(super) struct Reports {
    all: Vec<(Format, Output)>,
    /// What became of the lines that were written account by account. `None`: none was.
    streamed: Option<io::Result<()>>,
    /// Writing them has begun.
    begun: bool,
}

impl Reports {
    /// Opens all of them before the account is read.
    pub(super) fn open(args: &AuditArgs) -> anyhow::Result<Self> {
        let files = destinations(&args.format, args.output.as_deref(), "report", "report.json")?;
        Inputs::from_args(args).spare(&written(args))?;
        let readers = if args.show_endpoints { Readers::Owner } else { Readers::AsBefore };
        let open = |(format, file): (Format, Option<&Path>)| Ok((format, Output::open(file, readers)?));
        let all = files.into_iter().map(open).collect::<anyhow::Result<_>>()?;
        if let Some(file) = summary(args) {
            Output::open(Some(file), Readers::AsBefore)?;
        }
        Ok(Self { all, streamed: None, begun: false })
    }

    /// Writes the lines of an account where they can be written before the others are known.
    #[cfg(feature = "aws")]
    pub(super) fn stream(&mut self, args: &AuditArgs, report: &Report) {
        self.begun = true;
        let mut so_far = self.streamed.take().unwrap_or(Ok(()));
        for (format, output) in self.all.iter_mut().filter(|(format, _)| *format == Format::Ndjson) {
            let options = options_of(args, output);
            let out = &mut output.stream;
            so_far =
                so_far.and_then(|()| report::render(report, None, *format, &options, out)).and_then(|()| out.flush());
        }
        self.streamed = Some(so_far);
    }

    /// Writes the report to all of them.
    pub(super) fn write(&mut self, args: &AuditArgs, report: &Report, changes: Option<&Drift>) -> anyhow::Result<()> {
        self.begun = true;
        let streamed = self.streamed.take();
        for (format, output) in &mut self.all {
            if let (Format::Ndjson, Some(streamed)) = (*format, &streamed) {
                output.finish(streamed.as_ref().map_or_else(|error| Err(error.kind().into()), |()| Ok(())))?;
                continue;
            }
            let pages = args.many.directory().and_then(|pages| link(pages, output.file()));
            let options = RenderOptions { pages, ..options_of(args, output) };
            let written = report::render(report, changes, *format, &options, &mut output.stream);
            output.finish(written)?;
        }
        if !args.display.quiet {
            self.all.iter().for_each(|(_, output)| output.say_where("report"));
        }
        summary(args).map_or(Ok(()), |file| {
            let options =
                RenderOptions { show_callers: shows_callers(args), ..RenderOptions::of_file(args.show_endpoints) };
            summarize(file, |out| report::render(report, changes, Format::Markdown, &options, out))
        })
    }

    /// Hands on what came of the work that leads to the reports. Where that failed before any of them was written, those
    /// whose readers would take none for the one before say so.
    pub(super) fn or_undone<T>(&mut self, args: &AuditArgs, outcome: anyhow::Result<T>) -> anyhow::Result<T> {
        if let Err(error) = &outcome
            && !self.begun
        {
            let place = error.downcast_ref::<Located>().map(|located| &located.place);
            let error = in_one_line(error);
            for (format, output) in &mut self.all {
                if matches!(format, Format::Junit | Format::Github) {
                    let written = report::render_undone(&error, place, *format, &mut output.stream);
                    output.finish(written).unwrap_or_else(|error| say(&format!("note: {}", in_one_line(&error))));
                }
            }
            let summarized = summary(args).map_or(Ok(()), |file| {
                summarize(file, |out| report::render_undone(&error, place, Format::Markdown, out))
            });
            summarized.unwrap_or_else(|error| say(&format!("note: {}", in_one_line(&error))));
        }
        outcome
    }
}

/// How a report looks on an output.
fn options_of(args: &AuditArgs, output: &Output) -> RenderOptions {
    let (show_endpoints, show_callers) = (args.show_endpoints, shows_callers(args));
    RenderOptions { show_endpoints, show_callers, ..render_options(&args.display, output) }
}

/// Whether names of callers are shown. In saved results addresses are masked or not; these names are as JSON has them, which
/// no other format shows unasked.
fn shows_callers(args: &AuditArgs) -> bool {
    args.show_endpoints && !args.is_of_saved_results
}

/// What precedes the name of a page in a link to it, from a file, or from wherever standard output goes to: then the working
/// directory. `None`: it cannot be said.
fn link(pages: &Path, from: Option<&Path>) -> Option<String> {
    let whole = |path: &Path| path::absolute(path).ok();
    let from = match from {
        Some(file) => whole(file)?.parent()?.to_owned(),
        None => env::current_dir().ok()?,
    };
    let pages = whole(pages)?;
    let common = from.components().zip(pages.components()).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(from.components().count() - common);
    let down: PathBuf = pages.components().skip(common).collect();
    let down = down.to_str()?;
    let slash = if down.is_empty() { "" } else { "/" };
    Some(format!("{up}{}{slash}", escape::uri(down)))
}

/// Every file that an audit or a fix writes, but for a journal that it names itself.
pub(super) fn written(args: &AuditArgs) -> Vec<&Path> {
    let reports = args.format.iter().map(|wanted| wanted.file.as_deref().or(args.output.as_deref()));
    let reports = reports.chain(args.format.is_empty().then_some(args.output.as_deref()));
    let saved = args.save_snapshot.as_deref();
    let others = [saved, args.fix.plan_out.as_deref(), args.fix.journal.as_deref(), summary(args)];
    reports.chain(others).flatten().collect()
}

/// The summary of the job, where GitHub Actions asks for one.
fn summary(args: &AuditArgs) -> Option<&Path> {
    let is_wanted = args.format.iter().any(|wanted| wanted.format == Format::Github);
    args.step_summary.as_deref().filter(|file| is_wanted && !file.as_os_str().is_empty())
}

/// Appends to it.
fn summarize(file: &Path, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> anyhow::Result<()> {
    let mut summary = Vec::new();
    write(&mut summary)
        .and_then(|()| file::append(file, &summary))
        .with_context(|| format!("cannot append to the job summary in {}", file.display()))
}
