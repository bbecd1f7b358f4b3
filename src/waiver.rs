//! Waivers: a person's statement, in a file, that a control need not pass for a time.
//!
//! Here a file's text becomes [`Waivers`], and a report gets them. A waiver changes what a finding results in, never
//! its verdicts. It is narrow on purpose: it names one control, ends on a day, says who and why, and has no wildcards.
//! It may name the account, the region, the resource and the code of the reason; what it does not name may be any, so
//! that without a code it covers whatever breaks the control next. With `events` it accepts only that these are missed
//! (`events`): all others that the control demands must be proven to be noticed. Pure: the file is read, and the day
//! given, by `app`, which also has the account judged again but for accepted events.

use std::sync::Arc;

use filter_pattern::Pattern;
use jiff::civil::Date;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::arn::{is_account_id, last_part};
use crate::finding::{Code, Exception, Finding, Idle, Report, Status, UnusedWaiver, Waiver};
use crate::misspelt;
use crate::rule::Rule;

use self::refusal::Refusal;

mod events;
mod refusal;
#[cfg(test)]
mod tests;

/// Why a waivers file is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {message}")]
pub struct WaiverError {
    /// Where in the file, 1-based.
    pub line: usize,
    /// Where in the line, 1-based, in characters.
    pub column: usize,
    /// What is wrong there, and what is expected.
    pub message: String,
}

/// The waivers of a file, in its order; no two are of the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waivers(Vec<Entry>);

/// Where a metric filter is to be; what is `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The account, 12 digits.
    pub account: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
}

/// Whether a waiver is about a place, as a metric filter there would be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Bound {
    Here,
    Elsewhere,
    /// That is not known, or it is about one resource or reason alone: which, to follow on "it holds only".
    To(String),
}

/// One waiver, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The control as it was written.
    rule: String,
    scope: Scope,
    /// The events that alone it accepts to be missed. `None`: any.
    events: Option<events::Accepted>,
    waiver: Waiver,
}

/// What a waiver is about; what it leaves out may be any.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scope {
    /// The control's slug; `None`: a control that the chosen version of the benchmark does not have.
    slug: Option<String>,
    account: Option<String>,
    region: Option<String>,
    /// ARN, or the name at its end, of the resource at fault.
    resource: Option<String>,
    /// What is wrong with it.
    code: Option<Code>,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "waiver")]
    waivers: Vec<Spanned<WaiverTable>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaiverTable {
    rule: Spanned<String>,
    account: Option<Spanned<String>>,
    region: Option<Spanned<String>>,
    resource: Option<Spanned<String>>,
    code: Option<Spanned<String>>,
    events: Option<Spanned<String>>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    expires: Spanned<toml::Value>,
}

impl Waivers {
    /// Reads a file's text. `rule_of` gives the control that is named by number or slug, `None` for one that only other
    /// versions of the benchmark have, and what to say of one that there is not.
    ///
    /// # Errors
    /// The first thing in it that is wrong, with its place.
    pub fn parse(text: &str, rule_of: impl Fn(&str) -> Result<Option<Arc<Rule>>, String>) -> Result<Self, WaiverError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let located = |Refusal { at, message }: Refusal| {
            let (line, column) = place(text, at.start);
            WaiverError { line, column, message }
        };
        let file: File = toml::from_str(text).map_err(|error| {
            // An end that comes too early has no place of its own.
            let at = error.span().unwrap_or(text.len()..text.len());
            let message = in_words(error.message()) + hint(text, at.start);
            located(Refusal { at, message })
        })?;
        let mut entries: Vec<Entry> = Vec::with_capacity(file.waivers.len());
        for table in file.waivers {
            let at = table.get_ref().rule.span();
            let entry = table.into_inner().check(text, &rule_of).map_err(located)?;
            if entries.iter().any(|known| known.is_same(&entry)) {
                let message = format!("{} is waived above already, for the same: keep one of them", entry.rule);
                return Err(located(Refusal { at, message }));
            }
            entries.push(entry);
        }
        Ok(Self(entries))
    }

    /// The events that are accepted to be missed today, each with the slug of its control, so far as a metric filter of a
    /// place can leave them out.
    pub fn exceptions<'a>(
        &'a self,
        place: Place<'a>,
        today: Date,
    ) -> impl Iterator<Item = (&'a str, &'a Pattern, &'a Waiver)> {
        self.holding(today)
            .filter(move |(_, _, entry)| entry.scope.bound(place) == Bound::Here)
            .map(|(slug, pattern, entry)| (slug, pattern, &entry.waiver))
    }

    /// The others that may hold there: each with the slug of its control and why no metric filter leaves it out, to follow on
    /// "it holds only".
    pub fn not_in_filters<'a>(
        &'a self,
        place: Place<'a>,
        today: Date,
    ) -> impl Iterator<Item = (&'a str, &'a Pattern, String)> {
        self.holding(today).filter_map(move |(slug, pattern, entry)| match entry.scope.bound(place) {
            Bound::Here | Bound::Elsewhere => None,
            Bound::To(what) => Some((slug, pattern, what)),
        })
    }

    fn holding(&self, today: Date) -> impl Iterator<Item = (&str, &Pattern, &Entry)> {
        let holding = self.0.iter().filter(move |entry| today <= entry.waiver.expires);
        holding.filter_map(|entry| Some((entry.scope.slug.as_deref()?, &entry.events.as_ref()?.pattern, entry)))
    }

    /// The report with its findings waived. Of several waivers of a finding the first in the file that holds counts; those
    /// of events count together, where no other does. `but_for` judges the control of a finding again, but for events that
    /// are accepted to be missed, by the verdict that decides.
    ///
    /// A waiver that did nothing is named in the report, unless it is for another account or region, or for a control
    /// that was not audited: one file serves many audits. One about which it is not known whether it is, is named too.
    #[must_use]
    pub fn apply(&self, mut report: Report, today: Date, but_for: impl Fn(&Finding, &[&Pattern]) -> Finding) -> Report {
        let mut at_work = vec![false; self.0.len()];
        let findings = report.audits.iter_mut().flat_map(|audit| &mut audit.findings);
        for finding in findings.filter(|finding| finding.status != Status::Pass) {
            let holds = |entry: &Entry| entry.scope.covers(finding) && today <= entry.waiver.expires;
            let holding: Vec<(usize, &Entry)> = self.0.iter().enumerate().filter(|(_, entry)| holds(entry)).collect();
            if let Some((at, entry)) = holding.iter().find(|(_, entry)| entry.events.is_none()) {
                at_work[*at] = true;
                finding.waiver = Some(entry.waiver.clone());
                continue;
            }
            let accepted = |entry: &Entry| {
                let events::Accepted { pattern, evadable, leaves } = entry.events.clone()?;
                Some(Exception { events: pattern, evadable, leaves, waiver: entry.waiver.clone() })
            };
            let exceptions = holding.into_iter().filter_map(|(at, entry)| Some((at, accepted(entry)?))).collect();
            for at in events::accept(finding, exceptions, &but_for) {
                at_work[at] = true;
            }
        }
        let idle = self.0.iter().zip(at_work).filter(|(_, works)| !works).filter_map(|(entry, _)| {
            let is_here = report.findings().any(|finding| entry.scope.may_cover(finding));
            let could_be = || report.findings().any(|finding| entry.scope.could_cover(finding));
            (is_here || could_be()).then(|| entry.idle(today, if is_here { Idle::Unused } else { Idle::Undecided }))
        });
        report.unused_waivers = idle.collect();
        report.waived_on = Some(today);
        report
    }
}

/// Accepts of a finding what a saved report accepts of it. `but_for`: as for [`Waivers::apply`].
pub fn accept_as(finding: &mut Finding, saved: &Finding, but_for: impl Fn(&Finding, &[&Pattern]) -> Finding) {
    if finding.status == Status::Pass {
        return;
    }
    if saved.exceptions.is_empty() {
        finding.waiver.clone_from(&saved.waiver);
    } else {
        events::accept(finding, saved.exceptions.iter().cloned().enumerate().collect(), but_for);
    }
}

impl Entry {
    /// What it names, whether by number or slug.
    fn rule_key(&self) -> &str {
        self.scope.slug.as_deref().unwrap_or(&self.rule)
    }

    /// Whether it is of the same as another, so that one of them says nothing.
    fn is_same(&self, other: &Self) -> bool {
        let pattern = |entry: &Self| entry.events.as_ref().map(|events| events.pattern.clone());
        self.scope == other.scope && self.rule_key() == other.rule_key() && pattern(self) == pattern(other)
    }

    fn idle(&self, today: Date, otherwise: Idle) -> UnusedWaiver {
        let why = if self.waiver.expires < today { Idle::Expired } else { otherwise };
        UnusedWaiver { rule: self.rule.clone(), waiver: self.waiver.clone(), why }
    }
}

impl Scope {
    /// Whether it is about this control in this account and region.
    fn may_cover(&self, finding: &Finding) -> bool {
        self.slug.as_ref() == Some(&finding.rule.slug)
            && self.account.as_ref().is_none_or(|account| *account == finding.account_id)
            && self.region.as_ref().is_none_or(|region| *region == finding.region)
    }

    /// Whether it is about this control, which does not pass, and it is not known whether it is in this account and region:
    /// before deployment a finding may have neither.
    fn could_cover(&self, finding: &Finding) -> bool {
        let is = |wanted: &Option<String>, here: &str, is_known: bool| {
            wanted.as_deref().is_none_or(|wanted| !is_known || wanted == here)
        };
        self.slug.as_ref() == Some(&finding.rule.slug)
            && finding.status != Status::Pass
            && is(&self.account, &finding.account_id, is_account_id(&finding.account_id))
            // No region's name has a blank.
            && is(&self.region, &finding.region, !finding.region.contains(' '))
    }

    /// Whether a metric filter of a place is in it.
    fn bound(&self, place: Place<'_>) -> Bound {
        let scopes = [(&self.account, place.account, "account"), (&self.region, place.region, "region")];
        let of_place = scopes.iter().filter_map(|(wanted, here, name)| Some((wanted.as_deref()?, *here, *name)));
        if of_place.clone().any(|(wanted, here, _)| here.is_some_and(|here| here != wanted)) {
            return Bound::Elsewhere;
        }
        let open =
            of_place.filter(|(_, here, _)| here.is_none()).map(|(wanted, _, name)| format!("in {name} {wanted}"));
        let resource = self.resource.iter().map(|resource| format!("for resource {resource}"));
        let code = self.code.iter().map(|code| format!("for reason {}", code.as_str()));
        let all: Vec<String> = open.chain(resource).chain(code).collect();
        if all.is_empty() { Bound::Here } else { Bound::To(all.join(" and ")) }
    }

    /// Whether it is about what is wrong there, too.
    fn covers(&self, finding: &Finding) -> bool {
        let code = finding.reason.as_ref().map(|reason| reason.code());
        let at_fault = finding.reason.as_ref().and_then(|reason| reason.resource());
        self.may_cover(finding)
            && (self.code.is_none() || self.code == code)
            && self.resource.as_deref().is_none_or(|wanted| {
                at_fault.is_some_and(|at_fault| wanted == at_fault || wanted == last_part(at_fault))
            })
    }
}

impl WaiverTable {
    fn check(self, text: &str, rule_of: &impl Fn(&str) -> Result<Option<Arc<Rule>>, String>) -> Result<Entry, Refusal> {
        let name = filled("rule", self.rule)?;
        let rule = rule_of(name.get_ref()).map_err(|message| Refusal { at: name.span(), message })?;
        let account = self.account.map(|account| filled("account", account)).transpose()?;
        if let Some(account) = account.as_ref().filter(|account| !is_account_id(account.get_ref())) {
            return Err(Refusal { at: account.span(), message: "account must be 12 digits in quotes".to_owned() });
        }
        let scope = Scope {
            slug: rule.as_ref().map(|rule| rule.slug.clone()),
            account: account.map(Spanned::into_inner),
            region: self.region.map(exact("region")).transpose()?,
            resource: self.resource.map(exact("resource")).transpose()?,
            code: self.code.map(code).transpose()?,
        };
        let waiver = Waiver {
            reason: filled("reason", self.reason)?.into_inner(),
            owner: filled("owner", self.owner)?.into_inner(),
            expires: date(&self.expires)?,
        };
        let events = self.events.map(|events| events::check(text, &events, rule.as_deref())).transpose()?;
        Ok(Entry { rule: name.into_inner(), scope, events, waiver })
    }
}

/// A text that says something, without the blanks around it.
fn filled(field: &str, text: Spanned<String>) -> Result<Spanned<String>, Refusal> {
    let at = text.span();
    match text.get_ref().trim() {
        "" => Err(Refusal { at, message: format!("{field} is empty: it must say something") }),
        text => Ok(Spanned::new(at, text.to_owned())),
    }
}

/// A text that is compared letter by letter.
fn exact(field: &str) -> impl Fn(Spanned<String>) -> Result<String, Refusal> {
    move |text| {
        let text = filled(field, text)?;
        if text.get_ref().contains('*') {
            let message = format!("{field} has no wildcards: name one, or leave the field out for any");
            return Err(Refusal { at: text.span(), message });
        }
        Ok(text.into_inner())
    }
}

fn code(text: Spanned<String>) -> Result<Code, Refusal> {
    let text = filled("code", text)?;
    let known = Code::ALL.iter().find(|code| code.as_str() == text.get_ref());
    known.copied().ok_or_else(|| Refusal {
        at: text.span(),
        message: format!("there is no reason code {}: take the one that the report shows", text.get_ref()),
    })
}

fn date(value: &Spanned<toml::Value>) -> Result<Date, Refusal> {
    let refuse = || Refusal {
        at: value.span(),
        message: "expires must be a date without quotes and without a time, such as 2026-12-31: the last day on which \
                  the waiver holds"
            .to_owned(),
    };
    let toml::Value::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) = value.get_ref()
    else {
        return Err(refuse());
    };
    // TOML has days that no calendar has.
    date.to_string().parse().map_err(|_| refuse())
}

/// What the parser says, in words of the file's author.
fn in_words(message: &str) -> String {
    misspelt::in_words(message)
        .replace("expected a string", "expected a text in quotes")
        .replace("expected a sequence", "expected [[waiver]]")
}

/// What to write instead, where a pattern is not in the quotes that it needs: it has quotes and backslashes of its own.
fn hint(text: &str, at: usize) -> &'static str {
    let begin = text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |end| end + 1));
    let line = text.get(begin..).unwrap_or_default().lines().next().unwrap_or_default();
    let value = line.trim_start().strip_prefix("events").and_then(|rest| rest.trim_start().strip_prefix('='));
    match value.map(str::trim_start) {
        Some(value) if value.starts_with('"') && !value.starts_with("\"\"\"") => {
            ": write a pattern in single quotes, events = '{ … }', for it has double quotes of its own"
        }
        Some(value) if value.starts_with('\'') && !value.starts_with("'''") => {
            ": write a pattern that has single quotes in three, events = '''{ … }'''"
        }
        Some(value) if value.starts_with(['{', '$']) => ": write a pattern in single quotes, events = '{ … }'",
        Some(_) | None => "",
    }
}

/// Line and column of a byte, 1-based.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    (line, column)
}
