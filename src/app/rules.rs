//! `cis-audit rules` and `explain`: the controls themselves, and what reason codes mean.

use std::sync::Arc;

use anyhow::bail;

use super::catalog::{catalog, elsewhere, is_called, mapped, named, nearest, own_hint};
use super::output::Output;
use super::render_options::render_options;
use crate::cli::{CatalogArgs, ExplainArgs, RulesArgs};
use crate::exit::ExitStatus;
use crate::finding::Code;
use crate::report::{self, ListFormat};
use crate::rule::{Rule, RuleId};

/// Lists the controls.
pub(super) fn list(args: &RulesArgs) -> anyhow::Result<ExitStatus> {
    let catalog = catalog(&args.catalog)?;
    let mut output = Output::stdout()?;
    let options = render_options(&args.display, &output);
    let rules = mapped(catalog.rules(), catalog.rules(), args.framework.as_deref())?;
    let written = report::rules::list(&rules, args.format, &options, &mut output.stream);
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

/// Says of one control what it demands, of a code what it means, or lists what a word means.
pub(super) fn explain(args: &ExplainArgs) -> anyhow::Result<ExitStatus> {
    let RulesArgs { catalog: chosen, framework, format, display } = &args.rules;
    let catalog = catalog(chosen)?;
    let rules = mapped(catalog.rules(), catalog.rules(), framework.as_deref())?;
    let asked = Asked::find(&rules, args.what.as_deref().unwrap_or_default(), chosen)?;
    let mut output = Output::stdout()?;
    let options = render_options(display, &output);
    let (format, stream) = (*format, &mut output.stream);
    let written = match (&asked, format) {
        (Asked::Control(rule), _) => report::rules::explain(rule, format, &options, stream),
        (Asked::Code(code), _) => report::codes::explain(*code, format, &options, stream),
        (Asked::Matches(rules, codes), ListFormat::Table) => match (rules.as_slice(), codes.as_slice()) {
            ([rule], []) => report::rules::explain(rule, format, &options, stream),
            ([], [code]) => report::codes::explain(*code, format, &options, stream),
            _ => report::codes::list(rules, codes, format, &options, stream),
        },
        // What programs get has one shape, however many match.
        (Asked::Matches(rules, codes), ListFormat::Json) => report::codes::list(rules, codes, format, &options, stream),
    };
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

/// What a word means that is to be explained.
enum Asked {
    Control(Arc<Rule>),
    Code(Code),
    Matches(Vec<Arc<Rule>>, Vec<Code>),
}

impl Asked {
    fn find(rules: &[Arc<Rule>], word: &str, args: &CatalogArgs) -> anyhow::Result<Self> {
        let word = word.trim();
        if let Some(rule) = rules.iter().find(|rule| is_called(rule, word)) {
            return Ok(Self::Control(Arc::clone(rule)));
        }
        if let Some(code) = Code::named(word) {
            return Ok(Self::Code(code));
        }
        if word.is_empty() {
            return Ok(Self::Matches(rules.to_vec(), Code::ALL.to_vec()));
        }
        let controls: Vec<Arc<Rule>> = rules.iter().filter(|rule| begins(rule, word)).cloned().collect();
        let codes = Code::beginning_with(word);
        if !controls.is_empty() || !codes.is_empty() {
            return Ok(Self::Matches(controls, codes));
        }
        // Numbers, ranges and names of other versions of the benchmark have messages of their own.
        if word.starts_with(|first: char| first.is_ascii_digit()) || elsewhere(word, args).is_some() {
            let ids = named(rules, word, args)?;
            return Ok(Self::Matches(rules.iter().filter(|rule| ids.contains(&rule.id)).cloned().collect(), codes));
        }
        let known = rules.iter().map(|rule| rule.slug.as_str()).chain(Code::ALL.iter().map(|code| code.as_str()));
        let meant = nearest(known, word).map_or_else(String::new, |meant| format!(": did you mean {meant}?"));
        let hint = own_hint(word, args);
        bail!("no control or reason code {word:?}{meant} (`cis-audit explain` lists them){hint}")
    }
}

/// Whether a control's section is called so, or a word of its name begins so.
fn begins(rule: &Rule, word: &str) -> bool {
    let word = word.to_lowercase().replace([' ', '_'], "-");
    let section = match rule.id {
        RuleId::Number { section, .. } => section.to_string(),
        RuleId::Own(_) => String::new(),
    };
    let mut starts = rule.slug.match_indices('-').map(|(at, _)| at + 1).chain([0]);
    word.trim_end_matches('.') == section
        || starts.any(|at| rule.slug.get(at..).is_some_and(|it| it.starts_with(&word)))
}
