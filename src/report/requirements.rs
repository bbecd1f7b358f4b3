//! A report by the requirements of one framework, where that was asked for: which controls are mapped to each, by whom,
//! and how they fare. A requirement is more than the controls that are mapped to it, so nothing here says that it is met.

use maud::{Markup, html};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::paint::{Paint, Tone, loud, ranges};
use crate::finding::{Finding, Outcome, Report};
use crate::rule::{Basis, Requirement, Rule, RuleId};

/// What is said with every such list.
const CAVEAT: &str =
    "A requirement asks for more than the controls that are mapped to it: that they pass does not mean that it is met.";

/// A report by the requirements of a framework.
pub(super) struct Mapping<'a> {
    framework: &'a str,
    is_primary: bool,
    claimed_by: Vec<&'a str>,
    /// By requirement, in the framework's order.
    groups: Vec<Group<'a>>,
    /// Controls that no requirement of it is claimed for.
    unmapped: Vec<RuleId>,
}

struct Group<'a> {
    requirement: &'a str,
    findings: Vec<&'a Finding>,
}

impl<'a> Mapping<'a> {
    /// `None`: no framework was asked for.
    pub(super) fn new(report: &'a Report) -> Option<Self> {
        let chosen = |finding: &'a Finding| finding.rule.requirements.iter().filter(|it| it.is_chosen);
        let all: Vec<&Requirement> = report.findings().flat_map(chosen).collect();
        let mut mapping = Self {
            framework: &all.first()?.framework,
            is_primary: all.iter().all(|requirement| requirement.basis == Basis::Primary),
            claimed_by: Vec::new(),
            groups: Vec::new(),
            unmapped: Vec::new(),
        };
        for requirement in &all {
            if !mapping.claimed_by.contains(&&*requirement.claimed_by) {
                mapping.claimed_by.push(&requirement.claimed_by);
            }
            for id in &requirement.ids {
                if !mapping.groups.iter().any(|group| group.requirement == id) {
                    mapping.groups.push(Group { requirement: id, findings: Vec::new() });
                }
            }
        }
        mapping.groups.sort_by_key(|group| parts(group.requirement));
        for group in &mut mapping.groups {
            let serves = |finding: &&Finding| chosen_ids(finding).any(|id| id == group.requirement);
            group.findings = report.findings().filter(serves).collect();
        }
        mapping.unmapped =
            report.findings().filter(|it| chosen_ids(it).next().is_none()).map(|it| it.rule.id).collect();
        mapping.unmapped.sort_unstable();
        mapping.unmapped.dedup();
        Some(mapping)
    }

    /// Of what it is, and whose word it is.
    fn title(&self) -> String {
        let who = self.claimed_by.join("; ");
        let kind = if self.is_primary { "stated by" } else { "third-party mapping, claimed by" };
        format!("By requirement of {} ({kind} {who})", self.framework)
    }

    /// Lines for people: a title, a line for each requirement, and what it does not mean.
    pub(super) fn lines(&self, paint: Paint) -> Vec<String> {
        let width = self.groups.iter().map(|group| group.requirement.chars().count()).max().unwrap_or(0);
        let line = |group: &Group<'_>| {
            let tone = Tone::from(group.outcome());
            let status = paint.tone(tone, &format!("{} {:<7}", paint.symbol(tone), loud(group.outcome())));
            format!("{:<width$}  {status}  {}", group.requirement, group.controls(paint))
        };
        let mut lines: Vec<String> = self.groups.iter().map(line).collect();
        lines.insert(0, self.title());
        if !self.unmapped.is_empty() {
            lines.push(format!("no requirement is claimed for {}", ranges(&self.unmapped, paint)));
        }
        lines.push(CAVEAT.to_owned());
        lines
    }

    /// A table for a page.
    pub(super) fn markup(&self, paint: Paint, class: impl Fn(Outcome) -> &'static str) -> Markup {
        html! {
            section.plain aria-labelledby="requirements" {
                h2 #requirements { (self.title()) }
                p { (CAVEAT) }
                ul.gaps {
                    @for group in &self.groups {
                        li {
                            b { (group.requirement) } " "
                            span class=(class(group.outcome())) { span.symbol aria-hidden="true" { (Tone::from(group.outcome()).symbol()) } " " (group.outcome().as_str()) }
                            ": " (group.controls(paint))
                        }
                    }
                    @if !self.unmapped.is_empty() { li { "No requirement is claimed for " (ranges(&self.unmapped, paint)) } }
                }
            }
        }
    }

    /// A table of Markdown; ids are in code.
    pub(super) fn markdown(&self, span: impl Fn(&str) -> String) -> String {
        let paint = Paint::plain();
        let mut text = format!("\n### By requirement of {}\n\n", span(self.framework));
        let kind = if self.is_primary { "Stated by" } else { "Third-party mapping, claimed by" };
        text.push_str(&format!("{kind} {}. {CAVEAT}\n\n", span(&self.claimed_by.join("; "))));
        text.push_str("| requirement | | controls |\n|---|---|---|\n");
        for group in &self.groups {
            let symbol = Tone::from(group.outcome()).symbol();
            let word = group.outcome().as_str();
            text.push_str(&format!("| {} | {symbol} {word} | {} |\n", span(group.requirement), group.controls(paint)));
        }
        if !self.unmapped.is_empty() {
            text.push_str(&format!("| none | | {} |\n", ranges(&self.unmapped, paint)));
        }
        text
    }

    /// For programs.
    pub(super) fn row(&self) -> MappingRow<'a> {
        let requirement = |group: &Group<'a>| GroupRow {
            id: group.requirement,
            status: group.outcome().as_str(),
            rules: group.ids().iter().map(RuleId::to_string).collect(),
        };
        MappingRow {
            framework: self.framework,
            basis: if self.is_primary { Basis::Primary } else { Basis::ThirdParty }.as_str(),
            claimed_by: self.claimed_by.clone(),
            requirements: self.groups.iter().map(requirement).collect(),
            unmapped: self.unmapped.iter().map(RuleId::to_string).collect(),
        }
    }
}

impl Group<'_> {
    /// The worst of its controls.
    fn outcome(&self) -> Outcome {
        let order = [Outcome::Fail, Outcome::Unknown, Outcome::Waived];
        let worst = order.into_iter().find(|outcome| self.findings.iter().any(|it| it.outcome() == *outcome));
        worst.unwrap_or(Outcome::Pass)
    }

    fn ids(&self) -> Vec<RuleId> {
        let mut ids: Vec<RuleId> = self.findings.iter().map(|finding| finding.rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Which of its controls fare how.
    fn controls(&self, paint: Paint) -> String {
        let order = [
            (Outcome::Fail, "fail"),
            (Outcome::Unknown, "unknown"),
            (Outcome::Waived, "waived"),
            (Outcome::Pass, "pass"),
        ];
        let those = |(outcome, word)| {
            let having = self.findings.iter().filter(|finding| finding.outcome() == outcome);
            let mut ids: Vec<RuleId> = having.map(|finding| finding.rule.id).collect();
            // Of many accounts a control may be here more than once, and in more than one of these lists.
            ids.sort_unstable();
            (!ids.is_empty()).then(|| format!("{word}: {}", ranges(&ids, paint)))
        };
        order.into_iter().filter_map(those).collect::<Vec<_>>().join("; ")
    }
}

fn chosen_ids(finding: &Finding) -> impl Iterator<Item = &str> {
    finding.rule.requirements.iter().filter(|it| it.is_chosen).flat_map(|it| &it.ids).map(String::as_str)
}

/// Numbers in an id count as such: 3.13.1 comes after 3.3.8.
fn parts(id: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let words = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(words);
        let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        // The word before a number decides first.
        parts.push((0, word.to_owned()));
        parts.push((number.parse().unwrap_or(0), String::new()));
        rest = after;
    }
    parts
}

/// The report by the requirements of the framework that was asked for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Mapping")]
pub(super) struct MappingRow<'a> {
    /// The framework, with its version.
    framework: &'a str,
    /// `primary`: its source or AWS states it of exactly these controls. `third_party`: others claim it.
    #[schemars(schema_with = "bases")]
    basis: &'static str,
    /// Who says so.
    claimed_by: Vec<&'a str>,
    /// Its requirements that controls of this report are mapped to.
    requirements: Vec<GroupRow<'a>>,
    /// Controls of this report that none is claimed for.
    unmapped: Vec<String>,
}

/// A requirement, and the controls that are mapped to it. That they pass does not mean that it is met.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MappedRequirement")]
struct GroupRow<'a> {
    /// Its id in the framework.
    id: &'a str,
    /// The worst status of its controls.
    #[schemars(schema_with = "outcomes")]
    status: &'static str,
    /// Its controls.
    rules: Vec<String>,
}

/// Requirements of a framework that a control is mapped to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Requirement")]
pub(super) struct RequirementRow<'a> {
    /// The framework, with its version.
    framework: &'a str,
    /// Its requirements' ids.
    ids: &'a [String],
    /// `primary`: its source or AWS states it of exactly this control. `third_party`: others claim it; only where the
    /// framework was asked for.
    #[schemars(schema_with = "bases")]
    basis: &'static str,
    /// Who says so.
    claimed_by: &'a str,
}

fn bases(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Basis::ALL.map(Basis::as_str).as_slice() })
}

fn outcomes(_: &mut SchemaGenerator) -> Schema {
    let all = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Waived];
    json_schema!({ "type": "string", "enum": all.map(Outcome::as_str).as_slice() })
}

/// The requirements that a report shows of a control.
pub(super) fn rows<'a>(rule: &'a Rule) -> Vec<RequirementRow<'a>> {
    let row = |requirement: &'a Requirement| RequirementRow {
        framework: &requirement.framework,
        ids: &requirement.ids,
        basis: requirement.basis.as_str(),
        claimed_by: &requirement.claimed_by,
    };
    rule.shown_requirements().map(row).collect()
}
