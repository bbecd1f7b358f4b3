//! A file of waivers for what does not pass now, for a person to fill in: what each is about is there, who accepts it, why
//! and until when is not, so that the file is refused as it is written.
//!
//! A waiver is as narrow as what is known: account, region, code, and the resource at fault. Where metric filters miss
//! events that a pattern can name, only those are accepted.

use std::io;

use super::lines;
use crate::arn::{is_account_id, last_part};
use crate::escape;
use crate::finding::{Finding, Outcome, Report};

const HEAD: &str = "\
# What does not pass, as waivers to be filled in. Keep those that you accept and fill in reason, owner and expires (the
# last day, as in 2027-01-31); delete the others. A file with an empty field is refused.
#
# Use it with: cis-audit --waivers FILE
";

/// Writes the file.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    let failing = report.findings().filter(|it| matches!(it.outcome(), Outcome::Fail | Outcome::Unknown));
    for finding in failing {
        out.write_all(waiver(finding).as_bytes())?;
    }
    for finding in report.findings() {
        if let Some(waiver) = finding.waiver.as_ref().filter(|_| finding.outcome() == Outcome::Waived) {
            writeln!(out, "\n# {} is waived already: {}", finding.rule.id, one_line(&lines::waiver(waiver)))?;
        }
    }
    Ok(())
}

fn waiver(finding: &Finding) -> String {
    let reason = finding.reason.as_ref();
    let mut text = format!("\n# {}: {}\n", finding.rule.id, one_line(&super::identity::message(finding)));
    text.push_str("[[waiver]]\n");
    let mut field = |name: &str, value: &str| {
        // A text of TOML's own making: what an account says can end no line.
        text.push_str(&format!("{name} = {}\n", quoted(value)));
    };
    field("rule", &finding.rule.slug);
    // Of templates it may not be known where they will be deployed; what a waiver leaves out may be any.
    if is_account_id(&finding.account_id) {
        field("account", &finding.account_id);
    }
    if finding.region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        field("region", &finding.region);
    }
    if let Some(reason) = reason {
        field("code", reason.code().as_str());
        if let Some(resource) = reason.resource().and_then(named) {
            field("resource", resource);
        }
        if let Some(pattern) = reason.holes().and_then(|holes| holes.pattern()) {
            field("events", &pattern.to_string());
        }
    }
    text.push_str("reason = \"\"\nowner = \"\"\nexpires = \"\"\n");
    text
}

/// How a waiver names a resource. An ARN of which the account or region is not known yet is another once it is deployed, so
/// that the name stands for it; a name that is not known is none.
fn named(resource: &str) -> Option<&str> {
    let is_known = |text: &&str| !text.contains('‹');
    Some(resource).filter(is_known).or_else(|| Some(last_part(resource)).filter(is_known))
}

/// A text as TOML has it, in which nothing reorders or hides what is around it.
pub(super) fn quoted(text: &str) -> String {
    if escape::terminal(text) == text {
        return toml::Value::String(text.to_owned()).to_string();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '..='~' => quoted.push(letter),
            _ => quoted.push_str(&format!("\\U{:08X}", u32::from(letter))),
        }
    }
    quoted.push('"');
    quoted
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    escape::terminal(&text.replace('\n', " ")).into_owned()
}
