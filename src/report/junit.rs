//! JUnit's XML, which most CI servers show as test results: a suite per account and region, a case
//! per control; controls that are not the benchmark's have suites of their own.
//!
//! A failure is a failure, what could not be decided is an error, what is waived or was so in the baseline is skipped.
//! No case says how long it took: it was not measured. XML 1.0 has no way to write control characters, so that they are
//! shown as `\u{…}`.

use crate::escape;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::ElementWriter;

use super::documents;
use super::evidence;
use super::exceptions;
use super::identity::{self, TOOL};
use super::lines;
use super::paint::{Paint, ranges};
use super::render_options::RenderOptions;
use super::rule_files::{self, FromFiles};
use crate::drift::{Drift, is_known};
use crate::finding::{Audit, Finding, Outcome, RefusedResource, Report, Standing};
use crate::organization::Entry;
use crate::rule::Rule;

/// How many cases came to what.
#[derive(Clone, Copy)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn count<'a>(changes: Option<&Drift>, findings: impl Iterator<Item = &'a Finding> + Clone) -> Self {
        let known = findings.clone().filter(|finding| is_known(changes, finding)).count();
        let news = findings.clone().filter(|finding| !is_known(changes, finding));
        let count = |outcome| news.clone().filter(|finding| finding.outcome() == outcome).count();
        Self {
            tests: findings.count(),
            failures: count(Outcome::Fail),
            errors: count(Outcome::Unknown),
            skipped: count(Outcome::Waived) + known,
        }
    }

    fn and_skipped(self, more: usize) -> Self {
        Self { tests: self.tests + more, skipped: self.skipped + more, ..self }
    }

    fn and_errors(self, more: usize) -> Self {
        Self { tests: self.tests + more, errors: self.errors + more, ..self }
    }

    fn attributes(self) -> [(&'static str, String); 4] {
        [
            ("tests", self.tests.to_string()),
            ("failures", self.failures.to_string()),
            ("errors", self.errors.to_string()),
            ("skipped", self.skipped.to_string()),
        ]
    }
}

/// Writes the document.
pub(super) fn render(
    report: &Report,
    changes: Option<&Drift>,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if report.is_of_many() {
        return of_many(report, changes, options, out);
    }
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut places: Vec<Suite<'_>> = report.findings().map(Suite::new).collect();
    let left_out = report.not_declared().count();
    let refused = documents::refused(report).len();
    if let Some(audit) = report.audits.first().filter(|_| left_out + refused > 0) {
        places.push(Suite { account: &audit.account_id, region: &audit.region, is_own: false });
    }
    places.sort_unstable();
    places.dedup();
    let all = Counts::count(changes, report.findings()).and_skipped(left_out).and_errors(refused).attributes();
    let suites = writer.create_element("testsuites").with_attribute(("name", TOOL));
    suites.with_attributes(borrowed(&all)).write_inner_content(|writer| {
        places.iter().try_for_each(|place| suite(writer, report, changes, *place, options))
    })?;
    out.write_all(b"\n")
}

/// A suite of the accounts, where one that could not be audited is an error, and a suite for each that was.
fn of_many(
    report: &Report,
    changes: Option<&Drift>,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let entries = report.entries();
    let accounts = Counts {
        tests: entries.len(),
        failures: 0,
        errors: entries.iter().filter(|(entry, audit)| Standing::new(entry, *audit) == Standing::NotAudited).count(),
        skipped: entries.iter().filter(|(entry, audit)| Standing::new(entry, *audit) == Standing::Skipped).count(),
    };
    let all = Counts::count(changes, report.findings());
    let all = Counts {
        tests: all.tests + accounts.tests,
        failures: all.failures,
        errors: all.errors + accounts.errors,
        skipped: all.skipped + accounts.skipped,
    };
    let suites = writer.create_element("testsuites").with_attribute(("name", TOOL));
    suites.with_attributes(borrowed(&all.attributes())).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", "Accounts"));
        suite.with_attributes(borrowed(&accounts.attributes())).write_inner_content(|writer| {
            entries.iter().try_for_each(|(entry, audit)| account_case(writer, entry, *audit))
        })?;
        for (entry, audit) in entries.iter().filter_map(|(entry, audit)| Some((entry, (*audit)?))) {
            let title = account_title(entry);
            let name = format!("{} {title}", identity::benchmark(report));
            let counts = Counts::count(changes, audit.findings.iter()).attributes();
            writer
                .create_element("testsuite")
                .with_attribute(("name", &*escape::terminal_lines(&name)))
                .with_attribute(("timestamp", &*audit.collected_at.to_string()))
                .with_attributes(borrowed(&counts))
                .write_inner_content(|writer| {
                    let evidence = evidence::pairs(audit, options.show_callers);
                    properties(writer, &rule_files::collect(&audit.findings), report, &evidence)?;
                    audit.findings.iter().try_for_each(|finding| case(writer, changes, finding, options.show_endpoints))
                })?;
        }
        Ok(())
    })?;
    out.write_all(b"\n")
}

/// What a person calls an account: its number, its name and where it is.
fn account_title(entry: &Entry) -> String {
    let account = &entry.account;
    let parts = [account.label(), &account.name, &account.ou_path];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn account_case<W: io::Write>(writer: &mut Writer<W>, entry: &Entry, audit: Option<&Audit>) -> io::Result<()> {
    let (title, class) = (account_title(entry), format!("account.{}", entry.account.label()));
    let (title, class) = (escape::terminal_lines(&title), escape::terminal_lines(&class));
    let case = writer.create_element("testcase").with_attributes([("name", &*title), ("classname", &*class)]);
    let why = entry.outcome.why().unwrap_or("there is no result of it");
    match Standing::new(entry, audit) {
        Standing::NotAudited => {
            let why = escape::terminal_lines(why);
            case.write_inner_content(|writer| {
                let attributes = [("message", &*why), ("type", entry.outcome.as_str())];
                writer.create_element("error").with_attributes(attributes).write_empty()?;
                Ok(())
            })?;
            Ok(())
        }
        Standing::Skipped => skipped(case, why),
        Standing::Pass | Standing::Fail | Standing::Unknown => {
            case.write_empty()?;
            Ok(())
        }
    }
}

/// Writes a document with one case, an error: the audit that could not be done. Without it a CI server would show the
/// results of the run before, or none.
pub(super) fn undone(what: &str, error: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = Counts { tests: 1, failures: 0, errors: 1, skipped: 0 }.attributes();
    let error = escape::terminal_lines(error);
    let suites = writer.create_element("testsuites").with_attribute(("name", TOOL));
    suites.with_attributes(borrowed(&counts)).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", TOOL));
        suite.with_attributes(borrowed(&counts)).write_inner_content(|writer| {
            let attributes = [("name", what), ("classname", "cis-aws-foundations")];
            let case = writer.create_element("testcase").with_attributes(attributes);
            case.write_inner_content(|writer| {
                let problem =
                    writer.create_element("error").with_attributes([("message", &*error), ("type", "undone")]);
                problem.write_text_content(BytesText::new(&error))?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    out.write_all(b"\n")
}

/// Cases that are together: those of an account and region, and of the benchmark or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Suite<'a> {
    account: &'a str,
    region: &'a str,
    is_own: bool,
}

impl<'a> Suite<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self { account: &finding.account_id, region: &finding.region, is_own: !finding.rule.is_benchmarks }
    }

    fn name(self, report: &Report) -> String {
        let Self { account, region, is_own } = self;
        let controls = if is_own { "Own controls".to_owned() } else { identity::benchmark(report) };
        format!("{controls} {account} {region}")
    }
}

fn suite<W: io::Write>(
    writer: &mut Writer<W>,
    report: &Report,
    changes: Option<&Drift>,
    suite: Suite<'_>,
    options: &RenderOptions,
) -> io::Result<()> {
    let findings = report.findings().filter(|finding| Suite::new(finding) == suite);
    let name = suite.name(report);
    let audited = report.items().find(|(_, finding)| Suite::new(finding) == suite);
    let evidence = audited.map(|(audit, _)| evidence::pairs(audit, options.show_callers)).unwrap_or_default();
    let when = audited.map_or_else(|| report.collected_at(), |(audit, _)| Some(audit.collected_at));
    let when = when.map(|when| when.to_string()).unwrap_or_default();
    // What is not declared is of no chain: it is where the benchmark's controls do that have none.
    let is_first = report
        .audits
        .first()
        .is_some_and(|audit| suite == Suite { account: &audit.account_id, region: &audit.region, is_own: false });
    let left_out: Vec<&Rule> = report.not_declared().filter(|_| is_first).map(|rule| &**rule).collect();
    let refused = documents::refused(report).iter().filter(|_| is_first);
    let counts = Counts::count(changes, findings.clone()).and_skipped(left_out.len());
    let counts = counts.and_errors(refused.clone().count()).attributes();
    writer
        .create_element("testsuite")
        .with_attribute(("name", &*escape::terminal_lines(&name)))
        .with_attribute(("timestamp", &*when))
        .with_attributes(borrowed(&counts))
        .write_inner_content(|writer| {
            properties(writer, &rule_files::collect(findings.clone()), report, &evidence)?;
            findings.clone().try_for_each(|finding| case(writer, changes, finding, options.show_endpoints))?;
            left_out.iter().try_for_each(|rule| not_declared(writer, rule, suite.account))?;
            refused.clone().try_for_each(|refused| of_refused(writer, refused, suite.account))
        })?;
    Ok(())
}

/// What it rests on, whose settings it was made with, and where rules come from, if from files.
fn properties<W: io::Write>(
    writer: &mut Writer<W>,
    from_files: &[FromFiles<'_>],
    report: &Report,
    evidence: &[(&str, String)],
) -> io::Result<()> {
    if from_files.is_empty() && report.projects.is_empty() && evidence.is_empty() {
        return Ok(());
    }
    writer.create_element("properties").write_inner_content(|writer| {
        for (name, value) in evidence {
            let attributes = [("name", *name), ("value", &*escape::terminal(value))];
            writer.create_element("property").with_attributes(attributes).write_empty()?;
        }
        for project in &report.projects {
            let (file, sets) = (escape::terminal(&project.file), project.sets.join("; "));
            let attributes = [("name", &*format!("settings of {file}")), ("value", &*escape::terminal(&sets))];
            writer.create_element("property").with_attributes(attributes).write_empty()?;
        }
        from_files.iter().try_for_each(|from| {
            let name = escape::terminal(from.directory);
            let attributes =
                [("name", &*format!("controls from {name}")), ("value", &*ranges(&from.ids, Paint::plain()))];
            writer.create_element("property").with_attributes(attributes).write_empty()?;
            Ok(())
        })
    })?;
    Ok(())
}

/// A control that is not counted.
fn not_declared<W: io::Write>(writer: &mut Writer<W>, rule: &Rule, account: &str) -> io::Result<()> {
    let (title, class) = (format!("{} {}", rule.id, rule.short_title), class(rule, account));
    let (title, class) = (escape::terminal_lines(&title), escape::terminal_lines(&class));
    let case = writer.create_element("testcase").with_attributes([("name", &*title), ("classname", &*class)]);
    skipped(case, "not declared here, and not counted")
}

/// A resource that AWS will refuse and that no control is about.
fn of_refused<W: io::Write>(writer: &mut Writer<W>, refused: &RefusedResource, account: &str) -> io::Result<()> {
    let title = format!("{} {}", refused.kind, refused.place.address.as_deref().unwrap_or_default());
    let (title, class) = (escape::terminal_lines(&title), format!("refused.{}", escape::terminal_lines(account)));
    let case = writer.create_element("testcase").with_attributes([("name", &*title), ("classname", &*class)]);
    let words = refused.words();
    let why = escape::terminal_lines(&words);
    case.write_inner_content(|writer| {
        writer.create_element("error").with_attributes([("message", &*why), ("type", "refused")]).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

/// Reports of several accounts come together in one place, where a case is known by its class and name.
fn class(rule: &Rule, account: &str) -> String {
    let group = if rule.is_benchmarks { "cis-aws-foundations" } else { "own-controls" };
    format!("{group}.{account}.{}", rule.slug)
}

fn case<W: io::Write>(
    writer: &mut Writer<W>,
    changes: Option<&Drift>,
    finding: &Finding,
    show_endpoints: bool,
) -> io::Result<()> {
    let title = identity::title(finding);
    let class = class(&finding.rule, &finding.account_id);
    let (title, class) = (escape::terminal_lines(&title), escape::terminal_lines(&class));
    let case = writer.create_element("testcase").with_attributes([("name", &*title), ("classname", &*class)]);
    let element = match (finding.outcome(), &finding.waiver) {
        (Outcome::Pass, _) => return passed(case, finding),
        (Outcome::Waived, Some(waiver)) => {
            let events =
                exceptions::patterns(finding).map_or_else(String::new, |events| format!("; only for {events}"));
            return skipped(case, &escape::terminal(&format!("{}{events}", lines::waiver(waiver))));
        }
        (Outcome::Fail | Outcome::Unknown, _) if is_known(changes, finding) => {
            return skipped(case, &format!("known: {}", identity::message(finding)));
        }
        (Outcome::Fail | Outcome::Waived, _) => "failure",
        (Outcome::Unknown, _) => "error",
    };
    let code = finding.reason.as_ref().map_or("unknown", |reason| reason.code().as_str());
    let message = identity::message(finding);
    let mut text = lines::details(finding, show_endpoints);
    text.push(format!("how to fix it: {}", identity::remedy(finding)));
    let text = text.join("\n");
    let (message, text) = (escape::terminal_lines(&message), escape::terminal_lines(&text));
    case.write_inner_content(|writer| {
        let problem = writer.create_element(element).with_attributes([("message", &*message), ("type", code)]);
        problem.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// What passes says nothing, unless it is weak.
fn passed<W: io::Write>(case: ElementWriter<'_, W>, finding: &Finding) -> io::Result<()> {
    let Some((code, what)) = lines::weakness(finding) else {
        case.write_empty()?;
        return Ok(());
    };
    let text = format!("passes with a weakness: {what} ({code})");
    case.write_inner_content(|writer| {
        writer.create_element("system-out").write_text_content(BytesText::new(&escape::terminal_lines(&text)))?;
        Ok(())
    })?;
    Ok(())
}

fn skipped<W: io::Write>(case: ElementWriter<'_, W>, why: &str) -> io::Result<()> {
    let why = escape::terminal_lines(why);
    case.write_inner_content(|writer| {
        writer.create_element("skipped").with_attribute(("message", &*why)).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn borrowed<'a>(attributes: &'a [(&'static str, String)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    attributes.iter().map(|(name, value)| (*name, value.as_str()))
}
