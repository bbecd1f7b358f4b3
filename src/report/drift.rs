//! What changed between two reports: a line for each control, resources of chains, one summary line; or JSON.

use std::collections::BTreeSet;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::document::SCHEMA_VERSION;
use super::document::{self, TOOL, Tool};
use super::format::ListFormat;
use super::paint::{Paint, Tone, ranges};
use super::prose;
use super::render_options::{RenderOptions, Verbosity};
use super::rule_files;
use crate::arn::last_part;
use crate::drift::{Change, Control, Drift, Fate, Kind, Lost, Move, Resource, Source, Why};
use crate::finding::Link;
use crate::rule::RuleId;

/// Writes what changed.
///
/// # Errors
/// What the writer reports.
pub fn render(drift: &Drift, format: ListFormat, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        ListFormat::Table => table(drift, options, out),
        ListFormat::Json => {
            let document = Document { schema_version: SCHEMA_VERSION, tool: TOOL, drift: DriftRow::new(drift) };
            document::write(&document, out)
        }
    }
}

/// The same after the table of a report.
pub(super) fn after_report(drift: &Drift, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if options.verbosity != Verbosity::Quiet {
        writeln!(out)?;
    }
    table(drift, options, out)
}

fn table(drift: &Drift, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page { paint: Paint::new(options), width: options.width.clamp(48, 140), verbosity: options.verbosity };
    if options.verbosity != Verbosity::Quiet {
        page.header(drift, out)?;
        page.changes(drift, out)?;
        page.lost(drift, out)?;
        page.moves(drift, out)?;
        writeln!(out)?;
    }
    page.summary(drift, out)
}

/// Columns of a control's name.
const LONGEST: usize = 40;
/// Where what is reported about a control begins.
const DETAIL: &str = "      ";

struct Page {
    paint: Paint,
    width: usize,
    verbosity: Verbosity,
}

/// What a kind is called, and how it is coloured and marked.
fn words(kind: Kind) -> (&'static str, Tone) {
    match kind {
        Kind::NewlyFailing => ("newly failing", Tone::Bad),
        Kind::NewlyUnknown => ("newly unknown", Tone::Doubt),
        Kind::ReasonChanged => ("reason changed", Tone::Doubt),
        Kind::Fixed => ("fixed", Tone::Good),
        Kind::NewlyWaived => ("newly waived", Tone::Accepted),
        Kind::New => ("new", Tone::Strong),
        Kind::Gone => ("gone", Tone::Strong),
        Kind::StillFailing => ("still failing", Tone::Faint),
        Kind::StillUnknown => ("still unknown", Tone::Faint),
    }
}

impl Page {
    fn header(&self, drift: &Drift, out: &mut dyn io::Write) -> io::Result<()> {
        let bullet = self.paint.bullet();
        let time = |source: &Source| match source.collected_at {
            Some(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            None => "at an unknown time".to_owned(),
        };
        let version = |source: &Source| self.paint.name(&source.benchmark, 20);
        let (old, new) = (version(&drift.old), version(&drift.new));
        let versions = if old == new { new } else { format!("{old} {} {new}", self.paint.arrow()) };
        let times = format!("{} {} {}", time(&drift.old), self.paint.arrow(), time(&drift.new));
        let is_own = |change: &Change| {
            change.control().is_some_and(|control| matches!(RuleId::parse(&control.rule), Some(RuleId::Own(_))))
        };
        let own = drift.changes.iter().filter(|change| is_own(change)).count();
        let benchmark = (own == 0 || own < drift.changes.len()).then_some(&*versions);
        let text = format!("Changes{bullet}{}", rule_files::title(benchmark, own > 0));
        let one_line = text.width() + bullet.width() + times.width() <= self.width;
        let joint = if one_line { bullet.to_owned() } else { "\n    ".to_owned() };
        writeln!(out, "{}", self.paint.tone(Tone::Strong, &format!("{text}{joint}{times}")))
    }

    /// A line for each control of which there is news, account by account where there are several.
    fn changes(&self, drift: &Drift, out: &mut dyn io::Write) -> io::Result<()> {
        let verbose = self.verbosity == Verbosity::Verbose;
        let is_news = |change: &&Change| verbose || !matches!(change.kind, Kind::StillFailing | Kind::StillUnknown);
        let news: Vec<(&Change, &Control)> =
            drift.changes.iter().filter(is_news).filter_map(|change| Some((change, change.control()?))).collect();
        let widest = news.iter().map(|(_, control)| control.slug.width().min(LONGEST)).max().unwrap_or(0);
        let accounts: BTreeSet<&str> = news.iter().map(|(_, control)| control.account_id.as_str()).collect();
        for account in &accounts {
            writeln!(out)?;
            if is_several(drift) {
                prose::line(&self.paint.tone(Tone::Strong, &self.paint.name(account, self.width)), out)?;
            }
            for (change, control) in news.iter().filter(|(_, control)| control.account_id == *account) {
                self.change(change, control, widest, out)?;
            }
        }
        if accounts.is_empty() && drift.lost.is_empty() {
            writeln!(out, "\n  nothing new")?;
        }
        Ok(())
    }

    /// The accounts that there are no results of any more.
    fn lost(&self, drift: &Drift, out: &mut dyn io::Write) -> io::Result<()> {
        if drift.lost.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Accounts without results in the later report"))?;
        for Lost { account_id, name, ou_path, fate } in &drift.lost {
            let sign = if *fate == Fate::Left { "-" } else { self.paint.symbol(Tone::Doubt) };
            let parts = [account_id, name, ou_path].into_iter().filter(|part| !part.is_empty());
            let parts: Vec<String> = parts.map(|part| self.paint.name(part, LONGEST)).collect();
            let text = format!("{}: {}", parts.join(" "), fate.words());
            prose::wrapped(self.paint, self.width, &format!("  {sign} "), DETAIL, &text, out)?;
        }
        Ok(())
    }

    fn change(&self, change: &Change, control: &Control, widest: usize, out: &mut dyn io::Write) -> io::Result<()> {
        /// Number, sign, word and the space between them.
        const LEFT: usize = 25;
        let (word, tone) = words(change.kind);
        let sign = match change.kind {
            Kind::New => "+",
            Kind::Gone => "-",
            Kind::StillFailing => self.paint.symbol(Tone::Bad),
            Kind::StillUnknown | Kind::ReasonChanged => self.paint.symbol(Tone::Doubt),
            Kind::NewlyFailing | Kind::NewlyUnknown | Kind::Fixed | Kind::NewlyWaived => self.paint.symbol(tone),
        };
        let rule = self.paint.name(&control.rule, 5);
        let slug = self.paint.name(&control.slug, LONGEST.min(self.width.saturating_sub(LEFT)));
        let mut line = format!("  {rule:<5} {} {slug}", self.paint.tone(tone, &format!("{sign} {word:<13} ")));
        let codes = codes(change, self.paint);
        if !codes.is_empty() {
            let tone = if change.kind == Kind::Fixed { Tone::Faint } else { tone };
            let fits = LEFT + widest + 2 + codes.width() <= self.width;
            let gap = " ".repeat(widest.saturating_sub(slug.width()) + 2);
            let (gap, room) = if fits {
                (gap, codes.width())
            } else {
                prose::line(&std::mem::take(&mut line), out)?;
                (DETAIL.to_owned(), self.width.saturating_sub(DETAIL.len()))
            };
            line.push_str(&format!("{gap}{}", self.paint.tone(tone, &self.paint.name(&codes, room))));
        }
        prose::line(&line, out)?;
        match (&change.is, change.kind) {
            (Some(is), Kind::NewlyFailing | Kind::NewlyUnknown | Kind::ReasonChanged) => self.why(is, out),
            _ => Ok(()),
        }
    }

    fn why(&self, control: &Control, out: &mut dyn io::Write) -> io::Result<()> {
        match &control.reason {
            Some(Why { message, .. }) => prose::wrapped(self.paint, self.width, DETAIL, DETAIL, message, out),
            None => Ok(()),
        }
    }

    fn moves(&self, drift: &Drift, out: &mut dyn io::Write) -> io::Result<()> {
        if drift.moves.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint.tone(Tone::Strong, "Resources that joined (+) or left (-) the chains"))?;
        for Move { joined, account_id, resource, rules } in &drift.moves {
            let sign = if *joined { "+" } else { "-" };
            let rules = numbers(rules.iter().map(String::as_str), self.paint);
            let account = if is_several(drift) { format!("{account_id} ") } else { String::new() };
            let rules = self.paint.name(&format!("{account}{rules}"), self.width / 3);
            let left = format!("  {sign} {:<15}", resource.link.words());
            let room = self.width.saturating_sub(left.width() + rules.width() + 3);
            let name = self.paint.name(&name(resource), room);
            let gap = " ".repeat(room.saturating_sub(name.width()) + 2);
            writeln!(out, "{left} {name}{gap}{}", self.paint.tone(Tone::Faint, &rules))?;
        }
        Ok(())
    }

    fn summary(&self, drift: &Drift, out: &mut dyn io::Write) -> io::Result<()> {
        prose::wrapped(self.paint, self.width, "", "    ", &since(drift, self.paint), out)
    }
}

/// How many controls changed in what way since the earlier report, in a line.
pub(super) fn since(drift: &Drift, paint: Paint) -> String {
    let kinds = Kind::ALL.into_iter().filter(|kind| drift.count(*kind) > 0);
    let counts = kinds.map(|kind| {
        let rules = drift.changes.iter().filter(|change| change.kind == kind).filter_map(Change::control);
        let rules = numbers(rules.map(|control| control.rule.as_str()), paint);
        // Of several accounts a number alone says nothing.
        let rules = if is_several(drift) { String::new() } else { format!(" ({rules})") };
        format!("{} {}{rules}", drift.count(kind), words(kind).0)
    });
    let unknown = drift.unknown_accounts().count();
    let left = drift.lost.len() - unknown;
    let of_accounts = [(unknown, "not audited any more"), (left, "left the organization")];
    let of_accounts = of_accounts.into_iter().filter(|(count, _)| *count > 0);
    let of_accounts = of_accounts.map(|(count, what)| {
        let noun = if count == 1 { "account" } else { "accounts" };
        format!("{count} {noun} {what}")
    });
    let counts: Vec<String> = counts.chain(of_accounts).collect();
    let counts = if counts.is_empty() { "no change".to_owned() } else { counts.join(", ") };
    format!("Since {}: {counts}", day(&drift.old))
}

/// The code, and what it was.
fn codes(change: &Change, paint: Paint) -> String {
    let code = |control: &Option<Control>| {
        control.as_ref().and_then(|control| control.reason.as_ref()).map(|why| why.code.clone())
    };
    match (code(&change.is), code(&change.was)) {
        (Some(is), Some(was)) if is != was => format!("{was} {} {is}", paint.arrow()),
        (Some(is), _) => is,
        (None, Some(was)) => format!("was {was}"),
        (None, None) => String::new(),
    }
}

fn day(source: &Source) -> String {
    let day = source.collected_at.map(|time| time.strftime("%Y-%m-%d").to_string());
    day.unwrap_or_else(|| "the earlier report".to_owned())
}

/// Whether an account must be named: in a report of many also the only one of which there is news.
fn is_several(drift: &Drift) -> bool {
    if drift.is_of_many {
        return true;
    }
    let mut accounts = drift.changes.iter().filter_map(Change::control).map(|control| &control.account_id);
    accounts.next().is_some_and(|first| accounts.any(|account| account != first))
}

fn numbers<'a>(rules: impl Iterator<Item = &'a str>, paint: Paint) -> String {
    let rules: Vec<&str> = rules.collect();
    let mut ids: Vec<RuleId> = rules.iter().filter_map(|rule| RuleId::parse(rule)).collect();
    if ids.len() < rules.len() {
        return rules.join(", ");
    }
    ids.sort_unstable();
    ranges(&ids, paint)
}

/// What a person calls it.
fn name(resource: &Resource) -> String {
    match resource.name.split_once(" of ") {
        Some((endpoint, topic)) if resource.link == Link::Subscription => {
            format!("{endpoint} of {}", last_part(topic))
        }
        Some(_) | None => last_part(&resource.name).to_owned(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    #[serde(flatten)]
    drift: DriftRow<'a>,
}

/// What changed since an earlier report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Drift")]
pub(super) struct DriftRow<'a> {
    /// The earlier report.
    old: SourceRow<'a>,
    /// The later report.
    new: SourceRow<'a>,
    /// How many controls changed in what way.
    summary: SummaryRow,
    /// One per control that does not pass in both reports.
    changes: Vec<ChangeRow<'a>>,
    /// Resources that joined or left the chains, over the links that both reports reached.
    resources: Vec<MoveRow<'a>>,
    /// Accounts that the earlier report has results of and the later one has not. Only where there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost_accounts: Vec<LostRow<'a>>,
}

/// An account without results in the later report: nothing is known of it any more, unless it left.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftAccount")]
struct LostRow<'a> {
    /// The account, 12 digits.
    account_id: &'a str,
    /// What the organization or the list calls it.
    name: &'a str,
    /// The organizational units above it, from the root. Empty where it is not known.
    ou_path: &'a str,
    /// `left`: it is in the organization no more. `not_audited`: the later report says why. `not_named`: the later report
    /// does not have it.
    change: &'static str,
    /// Its outcome in the later report. Only of one that was not audited.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    /// Why it was not audited. Only of one that was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// A report that was compared.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftSource")]
struct SourceRow<'a> {
    /// The version of the benchmark.
    benchmark: &'a str,
    /// When the account was read, RFC 3339 in UTC. Null where that is not known.
    collected_at: Option<String>,
}

/// How many controls changed in what way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftSummary")]
struct SummaryRow {
    /// They fail and did not fail before.
    newly_failing: usize,
    /// They cannot be decided and could be before.
    newly_unknown: usize,
    /// They fail as before, for another reason or at another resource.
    reason_changed: usize,
    /// They pass and did not before.
    fixed: usize,
    /// They are waived and were not before.
    newly_waived: usize,
    /// The earlier report does not have them.
    new: usize,
    /// The later report does not have them.
    gone: usize,
    /// They fail as before.
    still_failing: usize,
    /// They cannot be decided, as before.
    still_unknown: usize,
}

/// What changed of one control.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftChange")]
struct ChangeRow<'a> {
    /// A word of the summary.
    change: &'static str,
    /// The account, 12 digits.
    account_id: &'a str,
    /// The region of the chain.
    region: &'a str,
    /// The control's number in the later report that has it.
    rule: &'a str,
    /// The control's name, which outlives its number.
    slug: &'a str,
    /// How it was.
    old: Option<SideRow<'a>>,
    /// How it is.
    new: Option<SideRow<'a>>,
}

/// What one report says of a control.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftSide")]
struct SideRow<'a> {
    /// What it results in.
    status: &'static str,
    /// Why it does not pass.
    reason: Option<WhyRow<'a>>,
}

/// Why a control does not pass.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftReason")]
struct WhyRow<'a> {
    /// The stable code.
    code: &'a str,
    /// What is wrong, for people.
    message: &'a str,
    /// The resource at fault.
    resource: Option<&'a str>,
}

/// A resource that joined or left the chains.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DriftResource")]
struct MoveRow<'a> {
    /// `joined` or `left`.
    change: &'static str,
    /// The account, 12 digits.
    account_id: &'a str,
    /// The link of the chain that it is at.
    link: &'static str,
    /// Its ARN or name.
    resource: &'a str,
    /// Numbers of the controls whose chains it is in, or was.
    rules: &'a [String],
}

impl<'a> DriftRow<'a> {
    pub(super) fn new(drift: &'a Drift) -> Self {
        let source = |source: &'a Source| SourceRow {
            benchmark: &source.benchmark,
            collected_at: source.collected_at.map(|time| time.to_string()),
        };
        let count = |kind| drift.count(kind);
        Self {
            old: source(&drift.old),
            new: source(&drift.new),
            summary: SummaryRow {
                newly_failing: count(Kind::NewlyFailing),
                newly_unknown: count(Kind::NewlyUnknown),
                reason_changed: count(Kind::ReasonChanged),
                fixed: count(Kind::Fixed),
                newly_waived: count(Kind::NewlyWaived),
                new: count(Kind::New),
                gone: count(Kind::Gone),
                still_failing: count(Kind::StillFailing),
                still_unknown: count(Kind::StillUnknown),
            },
            changes: drift.changes.iter().filter_map(change_row).collect(),
            resources: drift.moves.iter().map(move_row).collect(),
            lost_accounts: drift.lost.iter().map(lost_row).collect(),
        }
    }
}

fn change_row(change: &Change) -> Option<ChangeRow<'_>> {
    let Control { account_id, region, rule, slug, .. } = change.control()?;
    let (old, new) = (change.was.as_ref().map(side), change.is.as_ref().map(side));
    Some(ChangeRow { change: change.kind.as_str(), account_id, region, rule, slug, old, new })
}

fn side(control: &Control) -> SideRow<'_> {
    SideRow { status: control.status.as_str(), reason: control.reason.as_ref().map(why_row) }
}

fn why_row(why: &Why) -> WhyRow<'_> {
    WhyRow { code: &why.code, message: &why.message, resource: why.resource.as_deref() }
}

fn lost_row(Lost { account_id, name, ou_path, fate }: &Lost) -> LostRow<'_> {
    let (outcome, reason) = match fate {
        Fate::NotAudited { outcome, why } => (Some(outcome.as_str()), Some(why.as_str())),
        Fate::Left | Fate::NotNamed => (None, None),
    };
    LostRow { account_id, name, ou_path, change: fate.as_str(), outcome, reason }
}

fn move_row(moved: &Move) -> MoveRow<'_> {
    MoveRow {
        change: if moved.joined { "joined" } else { "left" },
        account_id: &moved.account_id,
        link: moved.resource.link.as_str(),
        resource: &moved.resource.name,
        rules: &moved.rules,
    }
}
