//! Templates, each of one control's chain with one thing changed, and what is then reported about it: the codes of the audit of
//! the account that it would deploy.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::World;
use super::account::Scope;
use super::cloudformation::{Content, Files, Library, Stack, Template, Unevaluated, worlds};
use super::judged::{Checked, Terms, judge};
use super::{Home, Unknown};
use crate::finding::{Code, Finding, Status};
use crate::rule::catalog::Catalog;
use crate::rule::{Benchmark, Rule, RuleId};
use crate::snapshot::Snapshot;

mod alike;
mod channels;
mod conditions;
mod defaults;
mod defects;
mod endpoints;
mod forged;
mod hostile;
mod intended;
mod kinds;
mod macros;
mod open;
mod over;
mod refused;
mod stacks;
mod terraform;
mod twins;
mod unknowns;
mod values;
mod wellformed;

const CHAIN: &str = include_str!("../../fixtures/templates/chain.yaml");
const PART: &str = include_str!("../../fixtures/templates/part.yaml");

/// Where nothing is known of the account.
fn symbolic() -> Home {
    Home { account: Home::ACCOUNT.to_owned(), region: Home::REGION.to_owned(), partition: "aws".to_owned() }
}

fn rules() -> Vec<Arc<Rule>> {
    Catalog::builtin(Benchmark::default()).expect("the rules are sound").rules().to_vec()
}

fn template(text: &str) -> Template {
    match Template::read("template.yaml", text).unwrap_or_else(|error| panic!("{error}\n{text}")) {
        Content::Template(template) => template,
        Content::Other(what) => panic!("{what}"),
    }
}

/// Templates beside the one that is checked, by their names.
struct Beside<'a>(&'a [(&'a str, &'a str)]);

impl Files for Beside<'_> {
    fn read(&mut self, _: &str, name: &str) -> Result<(String, String), String> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .ok_or_else(|| format!("{name} is not among the files"))
    }
}

/// What stacks declare, with these files beside them.
fn worlds_of(
    mut stacks: Vec<Stack>,
    beside: &[(&str, &str)],
    parameters: &[(&str, &str)],
) -> Result<Vec<World>, Unevaluated> {
    let given = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let library = Library::load(&mut stacks, &mut Beside(beside))?;
    worlds(&stacks, &library, &given.collect(), &symbolic())
}

/// What is reported about a template with these parameters.
fn checked_with(text: &str, parameters: &[(&str, &str)], scope: Scope) -> Checked {
    let worlds = worlds_of(vec![Stack::new(template(text))], &[], parameters).expect("it can be evaluated");
    checked_worlds(&worlds, scope, None)
}

fn checked_worlds(worlds: &[World], scope: Scope, over: Option<&Snapshot>) -> Checked {
    let home = over.map_or_else(symbolic, |over| Home {
        account: over.account_id.clone(),
        region: over.region.clone(),
        partition: over.partition.clone(),
    });
    let now: Timestamp = "2026-01-05T09:00:00Z".parse().expect("a time");
    judge(worlds, &rules(), &Terms { home: &home, scope, over, counts: &|_| false, now })
}

fn checked(text: &str) -> Checked {
    checked_with(text, &[], Scope::Part)
}

fn finding<'a>(checked: &'a Checked, rule: &str) -> Option<&'a Finding> {
    let id = RuleId::parse(rule).expect("a rule's number");
    checked.report.findings().find(|finding| finding.rule.id == id)
}

/// The verdicts `cis` and `effective` of a control, the code of the reason, and the line that it points at.
type Verdicts = (Status, Status, Option<Code>, Option<u32>);

fn verdicts(checked: &Checked, rule: &str) -> Option<Verdicts> {
    let finding = finding(checked, rule)?;
    let reason = finding.verdicts.cis.reason.as_ref().or(finding.verdicts.effective.reason.as_ref());
    let line = finding.place.as_ref().and_then(|place| place.line);
    Some((finding.verdicts.cis.status, finding.verdicts.effective.status, reason.map(|reason| reason.code()), line))
}

/// A text with one thing changed, which is in it.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// The reason why the chain with one thing changed fails, which is refused: its code, and the line that the finding points at.
#[track_caller]
fn refused(from: &str, to: &str, code: Code, line: u32) -> String {
    let checked = checked(&with(CHAIN, from, to));
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Fail, Status::Fail, Some(code), Some(line))), "{from} -> {to}");
    finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message()
}

#[test]
fn a_whole_chain_passes_and_other_controls_are_not_declared() {
    let checked = checked(CHAIN);
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    assert_eq!(checked.report.findings().count(), 1);
    let numbers: Vec<String> = checked.report.not_declared().map(|rule| rule.id.to_string()).collect();
    let wanted = ["3.1", "3.2", "3.3", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];
    assert_eq!(numbers, wanted);
    assert_eq!(checked.resources, 5);
}

#[test]
fn what_is_not_declared_fails_where_it_is_the_whole_account() {
    let checked = checked_with(CHAIN, &[], Scope::Whole);
    assert_eq!(checked.report.summary().fail, 13);
    assert_eq!(verdicts(&checked, "3.4"), Some((Status::Pass, Status::Pass, None, None)));
}

#[test]
fn our_own_template_passes_and_none_fails_effective() {
    let rules = rules();
    let options = crate::fix::plan::Options {
        subscribe: Vec::new(),
        topic: None,
        log_group: None,
        name_prefix: "cis-audit".to_owned(),
        namespace: "CISBenchmark".to_owned(),
        own_namespace: None,
        alarm_period: 300,
        topic_kms_key: None,
        tags: BTreeMap::new(),
        allow_update: true,
        exceptions: Vec::new(),
    };
    let written = crate::template::whole(&rules, crate::finding::Verdict::Cis, &options).expect("a template");
    let mut text = Vec::new();
    written.write(crate::template::Language::Cloudformation, &mut text).expect("memory does not fail");
    let checked = checked(&String::from_utf8(text).expect("text"));
    assert_eq!((checked.report.findings().count(), checked.report.not_declared().count()), (14, 0));
    for finding in checked.report.findings() {
        let verdicts = (finding.verdicts.cis.status, finding.verdicts.effective.status);
        assert_eq!(verdicts, (Status::Pass, Status::Unknown), "{}", finding.rule.id);
        let reason = finding.verdicts.effective.reason.as_ref().map(|reason| reason.code());
        assert_eq!(reason, Some(Code::SubscriptionToConfirm), "{}", finding.rule.id);
    }
}

#[test]
fn json_is_read_as_yaml_is() {
    let text = r#"{"Resources": {"Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}}}}}"#;
    let worlds = worlds(&[Stack::new(template(text))], &Library::default(), &BTreeMap::new(), &symbolic())
        .expect("it can be evaluated");
    let topic = &worlds[0].declared.resources[0];
    assert_eq!(topic.properties.get("TopicName").text(), Ok(Some("a-‹this region›")));
}

#[test]
fn functions_give_what_cloudformation_gives() {
    let value = |expression: &str| {
        let text = format!(
            "Mappings: {{M: {{a: {{b: found}}}}}}\nParameters: {{P: {{Type: String, Default: v}}, O: {{Type: String}}, \
             L: {{Type: CommaDelimitedList, Default: 'x,y'}}}}\nResources:\n  G: {{Type: AWS::Logs::LogGroup}}\n  T:\n    \
             Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {expression}\n"
        );
        let worlds = worlds(&[Stack::new(template(&text))], &Library::default(), &BTreeMap::new(), &symbolic())
            .expect("it can be evaluated");
        let topic = worlds[0].declared.resources[1].properties.get("TopicName").clone();
        topic
            .text()
            .map(|text| text.unwrap_or("absent").to_owned())
            .map_err(|Unknown { why, expression }| format!("{expression}: {why}"))
    };
    for (expression, wanted) in [
        ("!Ref P", "v"),
        ("{Ref: P}", "v"),
        ("!Sub '${P}-${!P}-${X}'", ""),
        ("!Sub ['${P}-${!P}-${X}', {X: !Ref P}]", "v-${P}-v"),
        ("!Join ['-', [a, !Ref P]]", "a-v"),
        ("!Join ['-', !Ref L]", "x-y"),
        ("!Select [1, !Split ['.', a.b.c]]", "b"),
        ("!FindInMap [M, a, b]", "found"),
        ("!Base64 'hello'", "aGVsbG8="),
        ("{'Fn::Base64': !Sub '${P}'}", "dg=="),
        ("{'Fn::Base64': !Ref P}", "dg=="),
        ("{'Fn::Base64': 'hi'}", "aGk="),
        ("!GetAtt G.Arn", "arn:aws:logs:‹this region›:‹this account›:log-group:‹G›:*"),
        ("!GetAtt [G, Arn]", "arn:aws:logs:‹this region›:‹this account›:log-group:‹G›:*"),
        ("!Ref AWS::NoValue", "absent"),
        ("'012345678901'", "012345678901"),
        ("012345678901", "012345678901"),
        ("!Sub 'arn:${AWS::Partition}:x'", "arn:aws:x"),
    ] {
        if wanted.is_empty() {
            continue;
        }
        assert_eq!(value(expression), Ok(wanted.to_owned()), "{expression}");
    }
    for (expression, wanted) in [
        ("!Ref O", "‹$O›: parameter O has no default"),
        ("!Sub 'a-${O}'", "a-‹$O›: parameter O has no default"),
        ("{'Fn::ImportValue': !Sub '${P}-x'}", "‹$import v-x›: export v-x is another stack's"),
        ("!ImportValue Topics", "‹$import Topics›: export Topics is another stack's"),
        ("'{{resolve:ssm:/a:1}}'", "‹${{resolve:ssm:/a:1}}›: a dynamic reference is resolved at deployment"),
        ("!GetAZs ''", "‹$Fn::GetAZs›: Fn::GetAZs is known only at deployment"),
        ("{'Fn::Later': x}", "‹$Fn::Later›: Fn::Later is not known here"),
    ] {
        assert_eq!(value(expression), Err(wanted.to_owned()), "{expression}");
    }
}
