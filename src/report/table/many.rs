//! The report of many accounts for people: controls with counts, every account with the worst first, what fails by its
//! cause, and how many accounts have which result.

use std::io;

use unicode_width::UnicodeWidthStr as _;

use super::waivers::ends_soon;
use super::{INDENT, Page};
use crate::finding::{Report, Standing, Summary, Verdict};
use crate::report::evidence;
use crate::report::exceptions;
use crate::report::many::{self, Accepted, Across, Cause, Ranked};
use crate::report::paint::{Tone, ranges};
use crate::report::prose;
use crate::report::render_options::Verbosity;
use crate::report::rule_files;

/// Columns of a count.
const COUNT: usize = 9;
/// Columns of an account's name and of its unit at most.
const NAME: usize = 32;
const UNIT: usize = 40;
/// Columns before an account's number.
const ACCOUNT: usize = 13;
/// Accounts of a cause that are named; `-v` names all.
const NAMED: usize = 12;

impl Page<'_> {
    /// The report of many accounts.
    pub(super) fn of_many(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
        render(self, report, out)
    }
}

/// Writes the report but for what changed since another.
fn render(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if page.options.verbosity != Verbosity::Quiet {
        header(page, report, out)?;
        rests_on(page, report, out)?;
        controls(page, report, out)?;
        accounts(page, report, out)?;
        page.requirements(report, out)?;
        page.rule_files(report, out)?;
        for cause in many::causes(report, page.changes) {
            writeln!(out)?;
            self::cause(page, &cause, out)?;
        }
        partial_passes(page, report, out)?;
        accepted(page, report, out)?;
        page.unused_waivers(report, out)?;
        gaps(page, report, out)?;
        writeln!(out)?;
    }
    for project in &report.projects {
        page.prose("", "  ", &project.sentence(), out)?;
    }
    let tone = match report.tally() {
        tally if tally.fail > 0 => Tone::Bad,
        tally if tally.unknown + tally.not_audited > 0 => Tone::Doubt,
        _ => Tone::Good,
    };
    writeln!(out, "{}", page.paint.tone(tone, &many::counts(report)))
}

fn header(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let at = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let times = report.audits.iter().map(|audit| audit.collected_at);
    let read = match (times.clone().min(), times.max()) {
        (Some(first), Some(last)) if at(first) != at(last) => format!("read {} to {}", at(first), at(last)),
        (Some(first), _) => at(first),
        (None, _) => "none could be read".to_owned(),
    };
    let mut parts = vec![rule_files::subject(report), many::count(report.accounts.len()), read];
    if report.verdict != Verdict::Cis {
        parts.push(format!("verdict: {}", report.verdict.words()));
    }
    let parts: Vec<_> = parts.into_iter().map(|part| (Tone::Strong, part)).collect();
    page.joined(&parts, page.paint.bullet(), out)?;
    writeln!(out)
}

/// What the audits rest on, where all is asked for; the hash of each is with its account.
fn rests_on(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if page.options.verbosity == Verbosity::Verbose {
        page.facts(&evidence::common_facts(report, page.options.show_callers), out)?;
    }
    Ok(())
}

/// A line a control: how many accounts have which result.
fn controls(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let across = many::across(report);
    if across.is_empty() {
        return Ok(());
    }
    let number = across.iter().map(|across| across.rule.id.to_string().len()).max().unwrap_or(3);
    let name = |across: &Across<'_>| page.paint.name(&across.rule.short_title, page.width.saturating_sub(number + 4));
    let widest = across.iter().map(|across| name(across).width()).max().unwrap_or_default();
    // Where the counts do not fit beside the names they are below them: nothing is cut.
    let is_stacked = number + 4 + widest + 4 * COUNT > page.width;
    let title =
        if is_stacked { 0 } else { page.width.saturating_sub(number + 4 + 4 * COUNT).clamp(widest, widest.max(32)) };
    let heads = ["fail", "unknown", "waived", "pass"].map(|head| format!("{head:>COUNT$}")).concat();
    writeln!(out, "  {}{heads}", " ".repeat(number + 2 + title))?;
    for across in &across {
        let (name, Across { rule, counts: Summary { pass, fail, unknown, waived } }) = (name(across), across);
        let gap = if is_stacked {
            format!("\n{}", " ".repeat(number + 4))
        } else {
            " ".repeat(title.saturating_sub(name.width()))
        };
        let counts = [(Tone::Bad, fail), (Tone::Doubt, unknown), (Tone::Accepted, waived), (Tone::Good, pass)];
        let counts = counts.map(|(tone, count)| {
            let tone = if *count == 0 { Tone::Faint } else { tone };
            page.paint.tone(tone, &format!("{count:>COUNT$}"))
        });
        writeln!(out, "  {:<number$}  {name}{gap}{}", rule.id.to_string(), counts.concat())?;
    }
    Ok(())
}

/// What a column shows of an account.
type Column<'a> = &'a dyn Fn(&Ranked<'_>) -> String;

/// A line an account, the worst first.
fn accounts(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let ranked = many::ranked(report);
    let shown = |text: &str, columns| page.paint.name(text, columns);
    let widest = |column: &dyn Fn(&Ranked<'_>) -> String| {
        ranked.iter().map(|ranked| column(ranked).width()).max().unwrap_or_default()
    };
    let name = |ranked: &Ranked<'_>| shown(&ranked.entry.account.name, NAME);
    let unit = |ranked: &Ranked<'_>| shown(&ranked.entry.account.ou_path, UNIT);
    let label = |ranked: &Ranked<'_>| shown(ranked.entry.account.label(), NAME);
    let columns: [(Column<'_>, usize); 3] = [(&label, widest(&label)), (&name, widest(&name)), (&unit, widest(&unit))];
    writeln!(out, "\n{}", page.paint.tone(Tone::Strong, "Accounts"))?;
    for ranked in &ranked {
        let (tone, word) = match ranked.standing {
            Standing::Fail => (Tone::Bad, "FAIL"),
            Standing::NotAudited => (Tone::Doubt, "????"),
            Standing::Unknown => (Tone::Doubt, "unknown"),
            Standing::Pass => (Tone::Good, "pass"),
            Standing::Skipped => (Tone::Faint, "skipped"),
        };
        let status = page.paint.tone(tone, &format!("{} {word:<7}", page.paint.symbol(tone)));
        let mut line = String::new();
        for (column, width) in columns.iter().filter(|(_, width)| *width > 0) {
            let text = column(ranked);
            line.push_str(&text);
            line.push_str(&" ".repeat(width.saturating_sub(text.width()) + 2));
        }
        let (words, next) = (ranked.words(), " ".repeat(ACCOUNT));
        let room = page.width.saturating_sub(ACCOUNT);
        if line.width() + words.width() <= room {
            writeln!(out, "  {status}  {line}{words}")?;
        } else {
            // Below each other: nothing is cut.
            let pieces = prose::pieces(line.trim_end(), room)
                .into_iter()
                .chain(prose::pieces(&words, room.saturating_sub(2)).into_iter().map(|it| format!("  {it}")));
            for (at, piece) in pieces.enumerate() {
                let before = if at == 0 { format!("  {status}  ") } else { next.clone() };
                writeln!(out, "{before}{piece}")?;
            }
        }
        let hash = ranked.audit.and_then(evidence::snapshot_sha256);
        if let Some(hash) = hash.filter(|_| page.options.verbosity == Verbosity::Verbose) {
            let before = " ".repeat(ACCOUNT);
            page.prose(&before, &before, &format!("SHA-256 of the snapshot: {hash}"), out)?;
        }
    }
    Ok(())
}

/// What fails, or is unknown, once, with the accounts that it is so in.
fn cause(page: &Page<'_>, cause: &Cause<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let tone = Tone::from(cause.outcome);
    let accounts = match cause.accounts.len() {
        1 => "1 account".to_owned(),
        more => format!("{more} accounts"),
    };
    let known = if cause.known { " (known)" } else { "" };
    let symbol = page.paint.symbol(tone);
    let head = format!("{symbol} {}  {accounts}  {}{known}", ranges(&cause.rules, page.paint), cause.code);
    if head.width() <= page.width {
        writeln!(out, "{}", page.paint.tone(tone, &head))?;
    } else {
        let parts: Vec<_> = head.split("  ").map(|part| (tone, part.to_owned())).collect();
        page.joined(&parts, " ", out)?;
    }
    page.prose("  ", "  ", &cause.message, out)?;
    if let Some(owner) = cause.owner {
        page.prose("  ", INDENT, &format!("in account {owner}, where the trail of the organization delivers"), out)?;
    }
    let most = if page.options.verbosity == Verbosity::Verbose { usize::MAX } else { NAMED };
    page.prose("  ", INDENT, &format!("accounts: {}", many::named(&cause.accounts, most)), out)?;
    for line in cause.exceptions() {
        page.prose("  ", INDENT, &line, out)?;
    }
    for line in many::some(cause.near_misses(), lines_shown(page)).into_iter().chain(cause.notes()) {
        page.prose("  ", INDENT, &line, out)?;
    }
    if let Some(witness) = cause.example.witness.as_ref().filter(|_| cause.rules.len() == 1) {
        page.prose("  ", INDENT, &format!("example event: {}", witness.to_json_line()), out)?;
    }
    page.prose("  ", INDENT, &format!("how to fix it: {}", cause.remedy), out)
}

/// What passes in accounts whose single events go unnoticed, or may do so.
fn partial_passes(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for pass in many::partial_passes(report) {
        let head = [ranges(&pass.rules, page.paint), many::count(pass.accounts.len()), pass.code.to_owned()];
        let first = format!("{} ", page.paint.tone(Tone::Doubt, pass.symbol));
        writeln!(out)?;
        page.prose(&first, INDENT, &head.join("  "), out)?;
        page.prose("  ", INDENT, &format!("{}: {}", pass.words(), pass.message), out)?;
        let most = if page.options.verbosity == Verbosity::Verbose { usize::MAX } else { NAMED };
        page.prose("  ", INDENT, &format!("accounts: {}", many::named(&pass.accounts, most)), out)?;
    }
    Ok(())
}

/// What is waived, until when and why, with the accounts that it is waived in.
fn accepted(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let all = many::accepted(report);
    if !all.is_empty() {
        writeln!(out, "\n{}", page.paint.tone(Tone::Strong, "Waived"))?;
    }
    for Accepted { waiver, code, message, exceptions, rules, accounts } in all {
        let first = format!("  {} ", page.paint.symbol(Tone::Accepted));
        let end = report.waived_on.map_or_else(String::new, |today| ends_soon(waiver, today));
        let (rules, count) = (ranges(&rules, page.paint), many::count(accounts.len()));
        let text = format!("{rules}  {count} until {}{end}: {} ({})", waiver.expires, waiver.reason, waiver.owner);
        page.prose(&first, INDENT, &text, out)?;
        page.prose(INDENT, INDENT, &format!("what is wrong: {message} ({code})"), out)?;
        for line in &exceptions {
            page.prose(INDENT, INDENT, line, out)?;
        }
        let most = if page.options.verbosity == Verbosity::Verbose { usize::MAX } else { NAMED };
        page.prose(INDENT, INDENT, &format!("accounts: {}", many::named(&accounts, most)), out)?;
    }
    match exceptions::hint(report) {
        Some(hint) => page.prose("  ! ", INDENT, &hint, out),
        None => Ok(()),
    }
}

/// Near misses of a cause that are shown; `-v` shows all.
fn lines_shown(page: &Page<'_>) -> usize {
    if page.options.verbosity == Verbosity::Verbose { usize::MAX } else { 3 }
}

/// How many accounts could not be read in full: what could not be read is in each account's own report.
fn gaps(page: &Page<'_>, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let with_gaps: Vec<&str> =
        report.audits.iter().filter(|audit| !audit.gaps.is_empty()).map(|audit| audit.account_id.as_str()).collect();
    if with_gaps.is_empty() {
        return Ok(());
    }
    let most = if page.options.verbosity == Verbosity::Verbose { usize::MAX } else { NAMED };
    let count = report.gaps().count();
    writeln!(out)?;
    page.prose("  ? ", INDENT, &format!("{count} calls could not be read, in {}", many::named(&with_gaps, most)), out)
}
