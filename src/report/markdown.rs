//! GitHub's Markdown, for a comment on a pull request or the summary of a job: the counts, a table of the controls, and
//! for each failure its chain and what to do.
//!
//! What an account says is only in code: in a span or a fence that is longer than any run of backticks within. There
//! nothing is a link, an image, HTML or a mention of a user. Text of rules is escaped.

use crate::escape;
use std::fmt::Write as _;
use std::io;

use super::documents;
use super::evidence;
use super::exceptions;
use super::identity::{self, clipped};
use super::lines;
use super::many::{self, Accepted, Across, Cause, PartialPass, Ranked};
use super::paint::{Paint, Tone, loud, ranges};
use super::render_options::RenderOptions;
use super::requirements::Mapping;
use super::rule_files::{self, FromFiles};
use crate::drift::{Drift, is_known};
use crate::finding::{
    Deployed, Finding, Grade, Outcome, Place, Replaced, Report, Standing, Summary, UnusedWaiver, Waiver,
};
use crate::rule::RuleId;
use crate::snapshot::{Gap, GapSource};

/// GitHub takes comments of 65,536 characters; the rest is for what a workflow puts around it.
const LONGEST: usize = 60_000;
/// The table ends here, and the details have the rest.
const TABLE: usize = 30_000;
const SHORT: usize = 200;
/// Of a sentence with names of a file in it.
const SENTENCE: usize = 500;
/// What changed, in a line.
const SINCE: usize = 2000;
/// More gaps or idle waivers than these are counted, not named.
const SHOWN: usize = 10;

/// Writes the document.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if report.is_of_many() {
        return out.write_all(of_many(report, changes, options.show_callers).as_bytes());
    }
    let mut text = head(report, changes);
    table(report, changes, &mut text);
    legend(report, &mut text);
    if let Some(mapping) = Mapping::new(report) {
        text.push_str(&mapping.markdown(|text| span(text, SHORT)));
    }
    for project in &report.projects {
        let _ = writeln!(text, "\n{}", prose(&clipped(&project.sentence(), SINCE)));
    }
    remarks(report, &mut text);
    rests_on(report, options.show_callers, &mut text);
    let failing = report.findings().filter(|finding| matches!(finding.outcome(), Outcome::Fail | Outcome::Unknown));
    let mut left_out = Vec::new();
    for finding in failing {
        let section = section(finding, options.show_endpoints);
        // The first that does not fit ends it, so that no one takes a gap in the order for a pass.
        if left_out.is_empty() && text.len() + section.len() < LONGEST {
            text.push_str(&section);
        } else {
            left_out.push(finding.rule.id.to_string());
        }
    }
    if !left_out.is_empty() {
        let _ = writeln!(text, "\nToo long to be shown here: {}", clipped(&left_out.join(", "), SHORT));
    }
    out.write_all(text.as_bytes())
}

/// What each audit rests on.
fn rests_on(report: &Report, show_callers: bool, text: &mut String) {
    for audit in &report.audits {
        evidence_line(&evidence::facts(audit, show_callers), text);
    }
}

/// The paragraph on what audits rest on, and on what judged.
fn evidence_line(facts: &[(&str, String)], text: &mut String) {
    if facts.is_empty() {
        return;
    }
    let audited_with = ("audited with", evidence::audited_with());
    let facts: Vec<String> =
        facts.iter().chain([&audited_with]).map(|(what, is)| format!("{what} {}", span(is, SHORT))).collect();
    let _ = writeln!(text, "\nEvidence: {}", facts.join(" · "));
}

/// Controls over all accounts, the accounts with the worst first, and the causes.
fn of_many(report: &Report, changes: Option<&Drift>, show_callers: bool) -> String {
    let counts = lines::counts(report);
    let since = changes.map_or_else(String::new, |changes| {
        format!("\n{}\n", prose(&clipped(&super::drift::since(changes, Paint::plain()), SINCE)))
    });
    let from: String = rule_files::collect(report.findings()).iter().map(rules_from).collect();
    let subject = rule_files::subject(report);
    let mut text = format!(
        "## {subject}: {}\n\n**{counts}** · {}\n{since}{from}",
        many::count(report.accounts.len()),
        report.collected_at().map(|time| time.to_string()).unwrap_or_default()
    );
    text.push_str("\n| control | what is monitored | fail | unknown | waived | pass |\n|---|---|--:|--:|--:|--:|\n");
    for Across { rule, counts: Summary { pass, fail, unknown, waived } } in many::across(report) {
        let what = prose(&clipped(&rule.short_title, SHORT));
        let _ = writeln!(text, "| {} | {what} | {fail} | {unknown} | {waived} | {pass} |", rule.id);
    }
    if let Some(mapping) = Mapping::new(report) {
        text.push_str(&mapping.markdown(|text| span(text, SHORT)));
    }
    let accepted = many::accepted(report);
    let causes = many::causes(report, changes);
    let partial = many::partial_passes(report);
    let causes = causes.iter().map(cause).chain(partial.iter().map(partial_pass));
    let causes: Vec<String> = causes.chain(accepted.iter().map(self::accepted)).collect();
    // The accounts have what the causes leave, which have half of it at most.
    let mut body = String::new();
    let mut left_out = 0;
    for cause in &causes {
        if left_out == 0 && body.len() + cause.len() < TABLE / 2 { body.push_str(cause) } else { left_out += 1 }
    }
    if left_out > 0 {
        let _ = writeln!(body, "\nand {left_out} more causes");
    }
    for project in &report.projects {
        let _ = writeln!(body, "\n{}", prose(&clipped(&project.sentence(), SINCE)));
    }
    remarks(report, &mut body);
    evidence_line(&evidence::common_facts(report, show_callers), &mut body);
    let has_hashes = report.audits.iter().any(|audit| evidence::snapshot_sha256(audit).is_some());
    let (hash, rule) = if has_hashes { (" SHA-256 of the snapshot begins |", "---|") } else { ("", "") };
    let _ = writeln!(text, "\n| account | name | unit | | |{hash}\n|---|---|---|---|---|{rule}");
    let ranked = many::ranked(report);
    for (at, account) in ranked.iter().enumerate() {
        let row = account_row(account, has_hashes);
        if text.len() + body.len() + row.len() + SHORT > LONGEST {
            let _ = writeln!(text, "\nand {} more accounts, the worst are above", ranked.len() - at);
            break;
        }
        text.push_str(&row);
    }
    text + &body
}

fn account_row(ranked: &Ranked<'_>, has_hashes: bool) -> String {
    let account = &ranked.entry.account;
    let (sign, word) = match ranked.standing {
        Standing::Fail => (Tone::Bad, "**FAIL**"),
        Standing::NotAudited => (Tone::Doubt, "**not audited**"),
        Standing::Unknown => (Tone::Doubt, "**unknown**"),
        Standing::Pass => (Tone::Good, "pass"),
        Standing::Skipped => (Tone::Faint, "skipped"),
    };
    let shown = |text: &str| if text.is_empty() { String::new() } else { in_table(text) };
    let words = prose(&clipped(&ranked.words(), SHORT));
    let hash = ranked.audit.and_then(evidence::snapshot_sha256).map(evidence::short);
    let hash = if has_hashes { format!(" {} |", shown(hash.unwrap_or_default())) } else { String::new() };
    format!(
        "| {} | {} | {} | {} {word} | {words} |{hash}\n",
        shown(account.label()),
        shown(&account.name),
        shown(&account.ou_path),
        sign.symbol()
    )
}

/// A cause in full, with the accounts that have it.
fn cause(cause: &Cause<'_>) -> String {
    let mark = Tone::from(cause.outcome).symbol();
    let rules = ranges(&cause.rules, Paint::plain());
    let known = if cause.known { " (known)" } else { "" };
    let accounts = match cause.accounts.len() {
        1 => "1 account".to_owned(),
        more => format!("{more} accounts"),
    };
    let at =
        cause.owner.map_or_else(String::new, |owner| format!(" In account {}, which they share.", span(owner, SHORT)));
    let more = many::some(cause.near_misses(), NEAR_MISSES);
    let more = cause.exceptions().into_iter().chain(more).chain(cause.notes());
    let more: String = more.map(|line| format!("\n\n{}", span(&line, SENTENCE))).collect();
    format!(
        "\n### {mark} {rules}: {accounts}{known}\n\n{} `{}`{at}{more}\n\n{}\n\nHow to fix it: {}\n",
        span(&cause.message, SENTENCE),
        cause.code,
        span(&many::named(&cause.accounts, ACCOUNTS), SENTENCE * 2),
        prose(&cause.remedy)
    )
}

/// What passes in accounts whose single events go unnoticed, or may do so.
fn partial_pass(pass: &PartialPass<'_>) -> String {
    format!(
        "\n### {} {}: {}\n\n{}: {} `{}`\n\n{}\n",
        pass.symbol,
        ranges(&pass.rules, Paint::plain()),
        many::count(pass.accounts.len()),
        pass.words(),
        span(&pass.message, SENTENCE),
        pass.code,
        span(&many::named(&pass.accounts, ACCOUNTS), SENTENCE * 2),
    )
}

/// What is accepted, with the accounts that it is accepted in.
fn accepted(accepted: &Accepted<'_>) -> String {
    let Accepted { waiver, code, message, exceptions, rules, accounts } = accepted;
    let (mark, rules) = (Tone::Accepted.symbol(), ranges(rules, Paint::plain()));
    let (owner, reason) = (span(&waiver.owner, SHORT), span(&waiver.reason, SENTENCE));
    let events: String = exceptions.iter().map(|line| format!("\n\n{}", span(line, SENTENCE))).collect();
    format!(
        "\n### \\{mark} {rules}: {}, waived until {}\n\n{reason} ({owner}). What is wrong: {} `{code}`{events}\n\n{}\n",
        many::count(accounts.len()),
        waiver.expires,
        span(message, SENTENCE),
        span(&many::named(accounts, ACCOUNTS), SENTENCE * 2),
    )
}

/// Lines about a cause in addition to its message.
const NEAR_MISSES: usize = 3;

/// Accounts of a cause that are named.
const ACCOUNTS: usize = 30;

/// Writes what the summary of a job says of an audit that could not be done.
pub(super) fn undone(what: &str, error: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "## cis-audit: {what}\n\n{}", span(&clipped(error, SENTENCE), SENTENCE))
}

fn head(report: &Report, changes: Option<&Drift>) -> String {
    let counts = lines::counts(report);
    let accounts: Vec<String> = report.audits.iter().map(|audit| span(&audit.account_id, SHORT)).collect();
    let accounts = accounts.join(", ");
    let read = report.audits.iter().map(|audit| format!("{} · {}", span(&audit.region, SHORT), audit.collected_at));
    let read: Vec<String> = read.collect();
    let read = read.join(", ");
    let since = changes.map_or_else(String::new, |changes| {
        let since = prose(&clipped(&super::drift::since(changes, Paint::plain()), SINCE));
        format!("\n{since}\n")
    });
    let from: String = rule_files::collect(report.findings()).iter().map(rules_from).collect();
    format!("## {}: account {accounts}\n\n**{counts}** · {read}\n{since}{from}", rule_files::subject(report))
}

/// A paragraph on where rules come from.
fn rules_from(from: &FromFiles<'_>) -> String {
    format!("\nControls from {}: {}\n", span(from.directory, SHORT), ranges(&from.ids, Paint::plain()))
}

fn table(report: &Report, changes: Option<&Drift>, text: &mut String) {
    text.push_str("\n| control | | what is monitored | severity | why |\n|---|---|---|---|---|\n");
    for (at, finding) in report.findings().enumerate() {
        if text.len() > TABLE {
            let rest = report.findings().count() - at;
            let _ = writeln!(text, "\nand {rest} more controls");
            return;
        }
        let (sign, word) = match finding.outcome() {
            // A tilde would be markup.
            Outcome::Waived => (Tone::Faint.symbol(), loud(Outcome::Waived).to_owned()),
            outcome @ Outcome::Pass => {
                (lines::doubt_of_pass(finding).unwrap_or(Tone::from(outcome).symbol()), loud(outcome).to_owned())
            }
            outcome if is_known(changes, finding) => (Tone::from(outcome).symbol(), "known".to_owned()),
            outcome => (Tone::from(outcome).symbol(), format!("**{}**", loud(outcome))),
        };
        let (rule, severity) = (finding.rule.id, finding.rule.severity.as_str());
        let what = prose(&clipped(&finding.about(), SHORT));
        let _ = writeln!(text, "| {rule} | {sign} {word} | {what} | {severity} | {} |", why(finding));
    }
}

/// What the symbols of passes mean that are not whole ones, where there are any.
fn legend(report: &Report, text: &mut String) {
    for legend in lines::pass_legends(report) {
        let _ = writeln!(text, "\n{legend}");
    }
}

/// The code of the reason, else those of the warnings that are no mere notes, and where it is written.
fn why(finding: &Finding) -> String {
    let reason = finding.reason.iter().filter(|_| finding.outcome() != Outcome::Pass);
    let passes = finding.outcome() == Outcome::Pass;
    let warnings = finding.warnings.iter().filter(|warning| passes && warning.grade() != Grade::Note);
    let codes: Vec<String> = reason.chain(warnings).map(|reason| format!("`{}`", reason.code().as_str())).collect();
    let place = finding.place.as_ref().filter(|_| !codes.is_empty());
    let address = |place: &Place| place.address.as_ref().map(|address| format!(" {}", in_table(address)));
    let words = |place: &Place| format!(" {}{}", in_table(&place.words()), address(place).unwrap_or_default());
    let place = place.map(words).unwrap_or_default();
    let codes = format!("{}{place}", codes.join(", "));
    match &finding.waiver {
        Some(Waiver { reason, owner, expires }) if finding.outcome() == Outcome::Waived => {
            format!("{codes} waived until {expires} by {}: {}", in_table(owner), in_table(reason))
        }
        Some(_) | None => codes,
    }
}

/// What should be known in addition to the controls.
fn remarks(report: &Report, text: &mut String) {
    let more = |count: usize| if count > SHOWN { format!("- and {} more\n", count - SHOWN) } else { String::new() };
    declared(report, text);
    if !report.unused_waivers.is_empty() {
        text.push_str("\nWaivers without effect:\n\n");
        for UnusedWaiver { rule, waiver, why } in report.unused_waivers.iter().take(SHOWN) {
            let (rule, owner) = (span(rule, SHORT), span(&waiver.owner, SHORT));
            let _ = writeln!(text, "- {rule} of {owner}, until {}: {}", waiver.expires, why.as_str());
        }
        text.push_str(&more(report.unused_waivers.len()));
    }
    if let Some(hint) = exceptions::hint(report) {
        let _ = writeln!(text, "\n{}", prose(&clipped(&hint, SENTENCE)));
    }
    let gaps = report.further_gaps();
    if !gaps.is_empty() {
        text.push_str("\nWhat could not be read:\n\n");
        for Gap { source, code, region, .. } in gaps.iter().take(SHOWN) {
            let _ = match source {
                GapSource::Call { action } => {
                    let (action, code, region) = (span(action, SHORT), span(code, SHORT), span(region, SHORT));
                    writeln!(text, "- {action} in {region}: {code}")
                }
                GapSource::Document(part) => writeln!(text, "- {}", span(&part.known_at_deployment(), SENTENCE)),
            };
        }
        text.push_str(&more(gaps.len()));
    }
}

/// What AWS will refuse, what is not declared, and what is deployed already.
fn declared(report: &Report, text: &mut String) {
    let refused = documents::refused(report);
    if !refused.is_empty() {
        text.push_str("\nAWS will refuse the deployment:\n\n");
        for refused in refused.iter().take(SHOWN) {
            let _ = writeln!(text, "- {}", span(&refused.words(), SENTENCE));
        }
        if refused.len() > SHOWN {
            let _ = writeln!(text, "- and {} more", refused.len() - SHOWN);
        }
    }
    let ids: Vec<RuleId> = report.not_declared().map(|rule| rule.id).collect();
    if !ids.is_empty() {
        let _ = writeln!(text, "\nNot declared here, and not counted: {}", ranges(&ids, Paint::plain()));
    }
    let over = report.documents.as_ref().and_then(|documents| documents.over.as_ref());
    let Some(Deployed { account_id, collected_at, replaced }) = over else { return };
    let _ = writeln!(text, "\nLaid over account {} as it was at {collected_at}.", span(account_id, SHORT));
    if !replaced.is_empty() {
        text.push_str("What is deployed and replaced:\n\n");
        for Replaced { resource, place } in replaced.iter().take(SHOWN) {
            let _ = writeln!(text, "- {} by {}", span(resource, SENTENCE), span(&documents::place(place), SENTENCE));
        }
        if replaced.len() > SHOWN {
            let _ = writeln!(text, "- and {} more", replaced.len() - SHOWN);
        }
    }
}

/// A failure in full.
fn section(finding: &Finding, show_endpoints: bool) -> String {
    let mark = Tone::from(finding.outcome()).symbol();
    let title = prose(&clipped(&identity::title(finding), SHORT));
    let lines = lines::details(finding, show_endpoints).join("\n");
    let fence = "`".repeat(longest_run(&lines).max(2) + 1);
    let mut section = format!("\n### {mark} {title}\n\n{fence}text\n{lines}\n{fence}\n");
    if let Some(reason) = &finding.reason {
        let pattern = if reason.code().wants_pattern() { finding.rule.explained() } else { String::new() };
        let _ = writeln!(section, "\nHow to fix it: {}{pattern}", prose(&reason.remedy_beside(&finding.warnings)));
    }
    section
}

/// A text in code, which is shown as it is. Not for tables.
fn span(text: &str, characters: usize) -> String {
    let text = escape::terminal(clipped(text, characters).trim()).into_owned();
    if text.is_empty() {
        return "–".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A blank at either end keeps backticks of the text apart from the fence; both are dropped when shown.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a cell of a table, which is split at bars before anything else is read.
fn in_table(text: &str) -> String {
    span(text, SHORT).replace('|', "\\|")
}

/// Text that is not code, with nothing of it read as Markdown.
fn prose(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in escape::terminal(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // A mention or a link is made of what is shown, however it was written: in code it is neither.
            '@' => safe.push_str("`@`"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | ':' | '!' | '$' => {
                safe.push('\\');
                safe.push(letter);
            }
            _ => safe.push(letter),
        }
    }
    safe
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_left() {
        for (text, shown) in [
            ("plain", "`plain`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("`<script>` @team", "`` `<script>` @team ``"),
            ("a\n\n# b", "`a\\u{a}\\u{a}# b`"),
            (" ", "–"),
        ] {
            assert_eq!(span(text, SHORT), shown);
        }
        assert_eq!(in_table("a|b"), "`a\\|b`");
    }

    #[test]
    fn prose_is_no_markup() {
        assert_eq!(prose("*a* <b> [c](https://d) @e"), "\\*a\\* &lt;b&gt; \\[c\\](https\\://d) `@`e");
    }
}
