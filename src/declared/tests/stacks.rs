//! Several stacks, and what is beside a template: nested stacks, exports, included files, loops.

use super::*;
use crate::declared::Resource;

use Status::{Fail, Pass, Unknown as Open};

/// What a template declares, with these files beside it: addresses, and a property of each.
fn declared(text: &str, beside: &[(&str, &str)], property: &str) -> Vec<(String, String)> {
    let worlds = worlds_of(vec![Stack::new(template(text))], beside, &[]).expect("it can be evaluated");
    let verdicts = |resource: &Resource| {
        (resource.address.clone(), resource.properties.get(property).symbol().unwrap_or_default())
    };
    worlds[0].declared.resources.iter().map(verdicts).collect()
}

fn refused(text: &str, beside: &[(&str, &str)]) -> String {
    worlds_of(vec![Stack::new(template(text))], beside, &[]).expect_err("it is refused").to_string()
}

fn pair(address: &str, value: &str) -> (String, String) {
    (address.to_owned(), value.to_owned())
}

const PARENT: &str = "Parameters: {Env: {Type: String, Default: live}}\nResources:\n  Topics:\n    Type: \
                      AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: topics.yaml\n      Parameters: {Name: !Sub \
                      '${Env}-alerts'}\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: a, AlarmDescription: \
                      !GetAtt Topics.Outputs.TopicArn}\n";
const TOPICS: &str = "Parameters: {Name: {Type: String}}\nResources:\n  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: \
                      {TopicName: !Ref Name}\nOutputs:\n  TopicArn: {Value: !Ref Alerts}\n";

#[test]
fn nested_stacks_get_parameters_and_give_outputs() {
    assert_eq!(
        declared(PARENT, &[("topics.yaml", TOPICS)], "TopicName"),
        [pair("Topics.Alerts", "live-alerts"), pair("Alarm", "")]
    );
    let arn = "arn:aws:sns:‹this region›:‹this account›:live-alerts";
    assert_eq!(declared(PARENT, &[("topics.yaml", TOPICS)], "AlarmDescription")[1], pair("Alarm", arn));
}

#[test]
fn a_nested_stack_that_is_not_here_is_open() {
    let [(_, alarm)] = declared(PARENT, &[], "AlarmDescription").try_into().expect("one resource");
    assert_eq!(alarm, "‹$Topics.Outputs.TopicArn›");
    let worlds = worlds_of(vec![Stack::new(template(PARENT))], &[], &[]).expect("it can be evaluated");
    let elsewhere = &worlds[0].declared.elsewhere[0];
    assert_eq!(
        (elsewhere.address.as_str(), elsewhere.why.as_str()),
        ("Topics", "a nested stack is not followed: topics.yaml is not among the files")
    );
}

#[test]
fn nested_stacks_that_lead_back_are_refused() {
    let back =
        "Resources:\n  Back:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: topics.yaml}\n";
    assert_eq!(
        refused(PARENT, &[("topics.yaml", back)]),
        "topics.yaml: line 2, column 3: nested stacks lead from here back to topics.yaml"
    );
    assert_eq!(
        refused(&PARENT.replace("Topics.Outputs.TopicArn", "Topics.Outputs.Other"), &[("topics.yaml", TOPICS)]),
        "template.yaml: line 10, column 32: nested stack Topics has no output Other"
    );
}

#[test]
fn nested_stacks_that_multiply_end() {
    let names: Vec<String> = (0..12).map(|at| format!("{at}.yaml")).collect();
    let nest = |file: &str| format!("{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {file}}}}}");
    let texts: Vec<String> = (0..12)
        .map(|at| match names.get(at + 1) {
            Some(next) => format!("Resources:\n  A: {0}\n  B: {0}\n", nest(next)),
            None => "Resources: {T: {Type: AWS::SNS::Topic}}".to_owned(),
        })
        .collect();
    let beside: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let message = refused(&texts[0].replace("1.yaml", "0.yaml"), &beside);
    assert!(message.ends_with("there are more than 500 nested stacks"), "{message}");
}

#[test]
fn exports_of_another_template_are_followed_if_named() {
    let topics = "Resources: {Alerts: {Type: AWS::SNS::Topic, Properties: {TopicName: alerts}}}\nOutputs:\n  Arn: {Value: !Ref \
                  Alerts, Export: {Name: team-alerts}}\n  Open: {Value: !Ref Alerts, Export: {Name: !Sub \
                  '${AWS::StackName}-alerts'}}\n";
    let alarms = |name: &str| {
        format!(
            "Resources:\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {{AlarmName: a, AlarmActions: \
             [!ImportValue {name}]}}\n"
        )
    };
    let action = |name: &str| {
        let Ok(Content::Template(first)) = Template::read("topics.yaml", topics) else { panic!("a template") };
        let stacks = vec![Stack::new(first), Stack::new(template(&alarms(name)))];
        let worlds = worlds_of(stacks, &[], &[]).expect("they can be evaluated");
        let alarm = worlds[0].declared.resources[1].properties.find("AlarmActions[0]").cloned();
        alarm.expect("an action").text().map(|text| text.unwrap_or_default().to_owned()).map_err(|open| open.why)
    };
    assert_eq!(action("team-alerts"), Ok("arn:aws:sns:‹this region›:‹this account›:alerts".to_owned()));
    assert_eq!(action("prod-alerts"), Err("export prod-alerts is another stack's".to_owned()));
}

#[test]
fn included_files_are_part_of_the_template() {
    let text = "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n  Own:\n    Type: \
                AWS::SNS::Topic\n    Properties:\n      Fn::Transform: {Name: AWS::Include, Parameters: {Location: name.yaml}}\n";
    let more = "More:\n  Type: AWS::SNS::Topic\n  Properties: {TopicName: more}\n";
    let beside = [("more.yaml", more), ("name.yaml", "TopicName: own\n")];
    assert_eq!(declared(text, &beside, "TopicName"), [pair("Own", "own"), pair("More", "more")]);
    let worlds = worlds_of(vec![Stack::new(template(text))], &beside, &[]).expect("it can be evaluated");
    let more = &worlds[0].declared.resources[1];
    assert_eq!((more.file.as_str(), more.at.map(|at| at.line)), ("more.yaml", Some(1)));
    // What is not here may declare anything.
    let worlds = worlds_of(vec![Stack::new(template(text))], &[], &[]).expect("it can be evaluated");
    assert_eq!(worlds[0].declared.elsewhere[0].why, "an included file is not read: more.yaml is not among the files");
    let back = "A:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n";
    assert_eq!(
        refused(text, &[("more.yaml", back), ("name.yaml", "A: b\n")]),
        "more.yaml: line 2, column 3: included files lead back to more.yaml, or too deep"
    );
}

#[test]
fn loops_are_carried_out() {
    let text = "Transform: AWS::LanguageExtensions\nParameters: {Names: {Type: CommaDelimitedList, Default: 'a-b,c'}}\n\
                Resources:\n  Fn::ForEach::Topics:\n    - Name\n    - !Ref Names\n    - Topic&{Name}:\n        Type: \
                AWS::SNS::Topic\n        Properties: {TopicName: !Sub 'team-${Name}', DisplayName: !Ref Name}\n";
    assert_eq!(declared(text, &[], "TopicName"), [pair("Topicab", "team-a-b"), pair("Topicc", "team-c")]);
    assert_eq!(declared(text, &[], "DisplayName")[0], pair("Topicab", "a-b"));
    let open = text.replace(", Default: 'a-b,c'", "");
    let worlds = worlds_of(vec![Stack::new(template(&open))], &[], &[]).expect("it can be evaluated");
    assert_eq!(worlds[0].declared.elsewhere[0].why, "its collection is not known: parameter Names has no default");
    let broken = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics: [Name]\n";
    let wanted = "template.yaml: line 3, column 3: Fn::ForEach takes a name, a collection and a map";
    assert_eq!(refused(broken, &[]), wanted);
}

#[test]
fn loops_that_multiply_end() {
    let letters: Vec<String> = (0..100).map(|at| format!("x{at}")).collect();
    let list = format!("[{}]", letters.join(", "));
    let mut inner = "'T${A}${B}${C}${D}': {Type: AWS::SNS::Topic}".to_owned();
    for name in ["A", "B", "C", "D"] {
        inner = format!("'Fn::ForEach::L{name}': [{name}, {list}, {{{inner}}}]");
    }
    let message = refused(&format!("Transform: AWS::LanguageExtensions\nResources: {{{inner}}}\n"), &[]);
    assert!(message.ends_with("its loops expand to too much"), "{message}");
}

#[test]
fn places_in_values_are_found() {
    let text = "Resources:\n  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      AlarmActions: [x, !Ref \
                AWS::NoValue, y]\n      Metrics:\n        - MetricStat: {Metric: {MetricName: m}}\n";
    let worlds = worlds_of(vec![Stack::new(template(text))], &[], &[]).expect("it can be evaluated");
    let properties = &worlds[0].declared.resources[0].properties;
    let found = |path: &str| properties.find(path).and_then(|node| node.text().ok().flatten());
    assert_eq!(found("AlarmActions[1]"), Some("y"));
    assert_eq!(found("Metrics[*].MetricStat.Metric.MetricName"), Some("m"));
    assert_eq!(found("Metrics[1].MetricStat"), None);
}

#[test]
fn stacks_of_several_accounts_are_judged_each_by_itself() {
    let at = |account: &str, file: &str, text: &str| {
        let Ok(Content::Template(template)) = Template::read(file, text) else { panic!("a template") };
        let home = Home { account: account.to_owned(), region: "eu-west-1".to_owned(), partition: "aws".to_owned() };
        Stack { name: Some(file.to_owned()), home: Some(Arc::new(home)), ..Stack::new(template) }
    };
    let broken = with(CHAIN, "Threshold: 1", "Threshold: 1\n      ActionsEnabled: false");
    let stacks = vec![at("111122223333", "one", CHAIN), at("444455556666", "two", &broken)];
    let worlds = worlds_of(stacks, &[], &[]).expect("they can be evaluated");
    let report = checked_worlds(&worlds, Scope::Part, None).report;
    let verdicts: Vec<(&str, Status)> =
        report.findings().map(|finding| (finding.account_id.as_str(), finding.status)).collect();
    assert_eq!(verdicts, [("111122223333", Pass), ("444455556666", Fail)]);
    assert_eq!(report.not_declared().count(), 13);
}

#[test]
fn a_stack_that_may_be_anywhere_fails_nothing() {
    let (before, behind) = CHAIN.split_once("  PolicyAlarm:\n").expect("the chain has an alarm");
    let alarms = format!("Resources:\n  PolicyAlarm:\n{behind}");
    let at = |file: &str, text: &str, (account, region): (&str, &str)| {
        let Ok(Content::Template(template)) = Template::read(file, text) else { panic!("a template") };
        let home = Home { account: account.to_owned(), region: region.to_owned(), partition: "aws".to_owned() };
        Stack { name: Some(file.to_owned()), home: Some(Arc::new(home)), ..Stack::new(template) }
    };
    let here = ("111122223333", "eu-west-1");
    for (there, wanted) in [
        (here, Pass),
        (("111122223333", Home::REGION), Open),
        ((Home::ACCOUNT, "eu-west-1"), Open),
        ((Home::ACCOUNT, Home::REGION), Open),
        (("111122223333", "us-east-1"), Fail),
        (("444455556666", "eu-west-1"), Fail),
    ] {
        for (logs, chain) in [(here, there), (there, here)] {
            let stacks = vec![at("logs", before, logs), at("alarms", &alarms, chain)];
            let worlds = worlds_of(stacks, &[], &[]).expect("they can be evaluated");
            let checked = checked_worlds(&worlds, Scope::Part, None);
            let found = finding(&checked, "3.4").map(|finding| finding.status);
            assert_eq!(found, Some(wanted), "{logs:?} {chain:?}");
        }
    }
}

/// The chain's logs in one template, and its filter, alarm and topic in one that is nested in it.
#[test]
fn what_has_no_name_is_passed_to_a_nested_stack() {
    let (logs, behind) = CHAIN.split_once("  PolicyChanges:\n").expect("the chain has a filter");
    let (filters, topic) = behind.split_once("  Alerts:\n").expect("the chain has a topic");
    let nested = format!(
        "Parameters: {{Group: {{Type: String}}, Topic: {{Type: String}}}}\nResources:\n  PolicyChanges:\n{filters}"
    );
    let nested = with(&with(&nested, "!Ref Events", "!Ref Group"), "!Ref Alerts", "!Ref Topic");
    let above = |logs: &str, topic: &str| {
        let stack = "  Filters:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: filters.yaml\n      \
                     Parameters: {Group: !Ref Events, Topic: !Ref Alerts}\n";
        format!("{logs}  Alerts:\n{topic}{stack}")
    };
    let status = |above: &str| {
        let worlds = worlds_of(vec![Stack::new(template(above))], &[("filters.yaml", &nested)], &[])
            .expect("it can be evaluated");
        verdicts(&checked_worlds(&worlds, Scope::Part, None), "3.4")
            .map(|verdicts| (verdicts.0, verdicts.1, verdicts.2))
    };
    assert_eq!(status(&above(logs, topic)), Some((Pass, Pass, None)));
    let group = |name: &str| with(logs, "      LogGroupName: /aws/cloudtrail/management\n", name);
    let unnamed = with(topic, "      TopicName: alerts\n", "");
    assert_eq!(status(&above(&group("      RetentionInDays: 365\n"), &unnamed)), Some((Pass, Pass, None)));
    let of_account = group("      LogGroupName: !Sub 'trail-${AWS::AccountId}'\n");
    assert_eq!(status(&above(&of_account, &unnamed)), Some((Pass, Pass, None)));
    // What breaks the chain is found there too.
    let silent = with(
        &unnamed,
        "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n",
        "      DisplayName: x\n",
    );
    assert_eq!(status(&above(logs, &silent)), Some((Fail, Fail, Some(Code::SubscriptionNone))));
}

#[test]
fn an_export_of_two_stacks_is_not_known() {
    let export = |file: &str, name: &str| {
        let text = format!(
            "Resources:\n  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: {{TopicName: {name}}}\nOutputs:\n  T: {{Value: !Ref Alerts, \
             Export: {{Name: topic}}}}\n"
        );
        let Ok(Content::Template(template)) = Template::read(file, &text) else { panic!("a template") };
        Stack::new(template)
    };
    let chain = with(CHAIN, "        - !Ref Alerts\n", "        - !ImportValue topic\n");
    let action = |stacks: Vec<Stack>| {
        let worlds = worlds_of(stacks, &[], &[]).expect("they can be evaluated");
        let resources = worlds[0].declared.resources.clone();
        let alarm = resources.iter().find(|resource| resource.kind == "AWS::CloudWatch::Alarm").expect("an alarm");
        alarm.properties.find("AlarmActions[0]").and_then(|node| node.unknown()).map(|unknown| unknown.why.clone())
    };
    let two = vec![Stack::new(template(&chain)), export("a.yaml", "one"), export("b.yaml", "two")];
    assert_eq!(action(two).as_deref(), Some("a.yaml and b.yaml both export topic"));
    let one = vec![Stack::new(template(&chain)), export("a.yaml", "one")];
    assert_eq!(action(one), None);
}
