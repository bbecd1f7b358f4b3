//! A file of waivers for what does not pass now, for a person to fill in: what each is about is there, who accepts it, why
//! and until when is not, so that the file is refused as it is written.
//!
//! A waiver is as narrow as what is known: account, region, code, and the resource at fault. Where metric filters miss
//! events that a pattern can name, only those are accepted.

use std::io;

use super::lines;
use crate::arn::is_account_id;
use crate::escape;
use crate::finding::{Finding, Outcome, Report};

const HEAD: &str = "\
# What does not pass, as waivers to be filled in. Keep those that are accepted, and say of each why (reason), who says so
# (owner) and its last day (expires, as in 2027-01-31); delete the others. Until then the file is refused.
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
        text.push_str(&format!("{name} = {}\n", toml::Value::String(value.to_owned())));
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
        if let Some(resource) = reason.resource() {
            field("resource", resource);
        }
        if let Some(pattern) = reason.holes().and_then(|holes| holes.pattern()) {
            field("events", &pattern.to_string());
        }
    }
    text.push_str("reason = \"\"\nowner = \"\"\nexpires = \"\"\n");
    text
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    escape::terminal(&text.replace('\n', " ")).into_owned()
}
