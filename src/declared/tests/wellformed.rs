//! What CloudFormation refuses of a template as a whole.

use super::*;

/// The message about a template that is the whole chain with one thing changed.
#[track_caller]
fn message(from: &str, to: &str) -> String {
    let worlds = worlds_of(vec![Stack::new(template(&with(CHAIN, from, to)))], &[], &[]);
    worlds.expect_err("it is refused").to_string()
}

const TOPIC: &str = "    Type: AWS::SNS::Topic\n";

#[test]
fn a_dependence_on_nothing() {
    let wanted = "template.yaml: line 46, column 16: resource Alerts depends on Nowhere, which is no resource of this \
                  template";
    assert_eq!(message(TOPIC, &format!("{TOPIC}    DependsOn: Nowhere\n")), wanted);
    let second = message(TOPIC, &format!("{TOPIC}    DependsOn: [Trail, Nowhere]\n"));
    assert!(second.ends_with("Alerts depends on Nowhere, which is no resource of this template"), "{second}");
    // A macro may add it.
    let made = with(CHAIN, "Resources:", "Transform: AWS::Serverless-2016-10-31\nResources:");
    let made = with(&made, TOPIC, &format!("{TOPIC}    DependsOn: MadeBySam\n"));
    assert!(worlds_of(vec![Stack::new(template(&made))], &[], &[]).is_ok());
}

#[test]
fn rings_of_references() {
    let wanted =
        "template.yaml: line 46, column 16: resources depend on each other in a ring: Alerts → PolicyAlarm → Alerts";
    assert_eq!(message(TOPIC, &format!("{TOPIC}    DependsOn: PolicyAlarm\n")), wanted);
    let named = message("TopicName: alerts", "DisplayName: !Sub '${PolicyAlarm}'");
    assert!(named.ends_with("in a ring: Alerts → PolicyAlarm → Alerts"), "{named}");
    let itself = message("TopicName: alerts", "DisplayName: !GetAtt Alerts.TopicName");
    assert!(itself.ends_with("in a ring: Alerts → Alerts"), "{itself}");
    // What a condition decides may break it, and what is written literally is no reference.
    for to in ["DisplayName: !If [Later, !Ref PolicyAlarm, x]", "DisplayName: !Sub '${!PolicyAlarm}'"] {
        let text = with(CHAIN, "TopicName: alerts", to);
        let text = with(&text, "Resources:", "Conditions: {Later: !Equals [!Ref 'AWS::Region', x]}\nResources:");
        assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok(), "{to}");
    }
}

#[test]
fn names_that_are_no_logical_ids() {
    let text = CHAIN.replace("Alerts", "My-Alerts");
    let error = worlds_of(vec![Stack::new(template(&text))], &[], &[]).expect_err("it is refused").to_string();
    let wanted = "template.yaml: line 44, column 3: My-Alerts in Resources is no logical id: letters and digits only";
    assert_eq!(error, wanted);
    let output = message("Resources:", "Outputs: {topic_arn: {Value: x}}\nResources:");
    assert!(output.ends_with("topic_arn in Outputs is no logical id: letters and digits only"), "{output}");
}

#[test]
fn types_and_keys_that_are_misspelt() {
    let wanted = "template.yaml: line 20, column 11: resource PolicyChanges is of a type that there is not, \
                  AWS::Logs::MetricFilters: AWS::Logs::MetricFilter is meant";
    assert_eq!(message("AWS::Logs::MetricFilter", "AWS::Logs::MetricFilters"), wanted);
    for (from, to) in [
        ("AWS::CloudWatch::Alarm", "AWS::Cloudwatch::Alarm"),
        ("AWS::SNS::Topic", "AWS::SNS::Topics"),
        ("AWS::CloudTrail::Trail", "AWS::CloudTrail::Trial"),
        ("AWS::Logs::LogGroup", "AWS::Logs::Loggroup"),
    ] {
        assert!(message(from, to).ends_with(&format!("{to}: {from} is meant")), "{to}");
    }
    // One that is like none may be newer than what is known here.
    let later = with(CHAIN, "AWS::SNS::Topic", "AWS::SNS::Broadcast");
    assert!(worlds_of(vec![Stack::new(template(&later))], &[], &[]).is_ok());
    let key = message("    Type: AWS::SNS::Topic\n    Properties:", "    Type: AWS::SNS::Topic\n    Propertes:");
    assert!(key.ends_with("resource Alerts has Propertes: Properties is meant"), "{key}");
    let none = message("    Type: AWS::SNS::Topic\n", "");
    assert!(none.ends_with("resource Alerts has no Type"), "{none}");
    let text = message("Resources:\n", "Resources:\n  Nothing: later\n");
    assert!(text.ends_with("resource Nothing has no Type"), "{text}");
}

#[test]
fn a_format_version_that_there_is_not() {
    let wanted = "template.yaml: line 1, column 27: AWSTemplateFormatVersion is 2010-09-09 and nothing else: write that, or \
                  leave it out";
    for version in ["'2010-09-10'", "2012-10-17", "1.0", ""] {
        let shown = message("'2010-09-09'", version);
        assert!(shown.ends_with("nothing else: write that, or leave it out"), "{version}: {shown}");
    }
    assert_eq!(message("'2010-09-09'", "'2010-09-10'"), wanted);
    for version in ["AWSTemplateFormatVersion: 2010-09-09\n", ""] {
        let text = with(CHAIN, "AWSTemplateFormatVersion: '2010-09-09'\n", version);
        assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok(), "{version}");
    }
    // A macro gets the template when its version was read.
    let text =
        message("AWSTemplateFormatVersion: '2010-09-09'", "Transform: Mine\nAWSTemplateFormatVersion: '2012-10-17'");
    assert!(text.starts_with("template.yaml: line 2, column 27: "), "{text}");
}

#[test]
fn tags_that_there_are_not() {
    let wanted = "template.yaml: line 38, column 7: !Include is no tag of CloudFormation: if a tool resolves it, check the \
                  template that the tool writes";
    assert_eq!(message("EvaluationPeriods: 1", "EvaluationPeriods: !Include periods.yaml"), wanted);
    let elsewhere = message("Description: One", "Metadata: {Owner: [!Env OWNER]}\nDescription: One");
    assert!(elsewhere.starts_with("template.yaml: line 2, column 20: !Env is no tag of CloudFormation"), "{elsewhere}");
    // Tags of YAML itself, and of every function.
    for value in ["!!int 1", "!Select [0, [1]]", "!If [Is, 1, 2]", "!FindInMap [M, a, b]"] {
        let text = with(CHAIN, "EvaluationPeriods: 1", &format!("EvaluationPeriods: {value}"));
        let sections =
            "Mappings: {M: {a: {b: 1}}}\nConditions: {Is: !Not [!Equals [a, b]], Also: !Condition Is}\nResources:";
        let text = with(&text, "Resources:", sections);
        assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok(), "{value}");
    }
}

#[test]
fn what_needs_a_transform_that_is_not_there() {
    let looped = "  Fn::ForEach::Topics: [Name, [a, b], {'Topic${Name}': {Type: AWS::SNS::Topic}}]\n";
    let length = "  Many: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Length [a, b]}}\n";
    let default =
        "  Found: {Type: AWS::SNS::Topic, Properties: {DisplayName: !FindInMap [M, a, c, {DefaultValue: x}]}}\n";
    let function = "  Work: {Type: AWS::Serverless::Function}\n";
    let extensions = "AWS::LanguageExtensions";
    for (resource, transform, wanted) in [
        (looped, extensions, "line 52, column 3: Fn::ForEach is there only with Transform: AWS::LanguageExtensions"),
        (length, extensions, "line 52, column 46: Fn::Length is there only with Transform: AWS::LanguageExtensions"),
        (
            default,
            extensions,
            "line 52, column 47: Fn::FindInMap with a default is there only with Transform: AWS::LanguageExtensions",
        ),
        (
            function,
            "AWS::Serverless-2016-10-31",
            "line 52, column 16: resource Work is of type AWS::Serverless::Function, which there is only with Transform: \
             AWS::Serverless-2016-10-31",
        ),
    ] {
        let text = format!("{CHAIN}{resource}").replace("Resources:", "Mappings: {M: {a: {b: 1}}}\nResources:");
        let read = |text: &str| worlds_of(vec![Stack::new(template(text))], &[], &[]).map(|_| ());
        assert_eq!(read(&text).expect_err("it is refused").to_string(), format!("template.yaml: {wanted}"));
        for transform in [transform, "[Mine]"] {
            let text = text.replace("Mappings:", &format!("Transform: {transform}\nMappings:"));
            assert!(read(&text).is_ok(), "{transform}: {resource}");
        }
    }
}

#[test]
fn an_alias_is_read_and_has_its_place() {
    let aliases = |text: &str| {
        let mut stacks = vec![Stack::new(template(text))];
        let library = Library::load(&mut stacks, &mut Beside(&[])).expect("it is loaded");
        library.aliases(&stacks).values().map(|at| (at.line, at.column)).collect::<Vec<_>>()
    };
    assert_eq!(aliases(CHAIN), []);
    let alias =
        with(CHAIN, "EvaluationPeriods: 1", "EvaluationPeriods: &one 1").replace("Threshold: 1", "Threshold: *one");
    assert_eq!(aliases(&alias), [(39, 18)]);
    assert_eq!(verdicts(&checked(&alias), "3.4"), Some((Status::Pass, Status::Pass, None, None)));
    let merged = with(CHAIN, "      TopicName: alerts\n", "      <<: {TopicName: alerts}\n");
    assert_eq!(aliases(&merged), [(47, 7)]);
}

#[test]
fn properties_that_are_no_map_or_have_no_value() {
    let name = "      LogGroupName: /aws/cloudtrail/management\n";
    let wanted = "template.yaml: line 17, column 5: Properties of resource Events takes a map: each property by its name, \
                  without a dash";
    assert_eq!(message(name, &name.replace("LogGroupName", "- LogGroupName")), wanted);
    let empty =
        "template.yaml: line 17, column 5: Properties of resource Events has no value: write one, or leave it out";
    assert_eq!(message(name, ""), empty);
    let null = message("TreatMissingData: notBreaching", "TreatMissingData:");
    assert_eq!(
        null,
        "template.yaml: line 41, column 7: TreatMissingData of resource PolicyAlarm has no value: write one, or leave it out"
    );
    let inner = message("MetricValue: 1", "MetricValue: ~");
    assert!(
        inner.ends_with("MetricValue of resource PolicyChanges has no value: write one, or leave it out"),
        "{inner}"
    );
    // A transform may leave it out.
    let text = with(CHAIN, "Resources:", "Transform: AWS::Serverless-2016-10-31\nResources:");
    let text = with(&text, "TreatMissingData: notBreaching", "TreatMissingData:");
    assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok());
}

#[test]
fn types_of_no_form() {
    for (kind, meant) in [
        ("x", "x: types are such as AWS::SNS::Topic"),
        ("AWS::SNS", "AWS::SNS: types are such as AWS::SNS::Topic"),
        ("AWS:SNS:Topic", "AWS:SNS:Topic: AWS::SNS::Topic is meant"),
    ] {
        let wanted =
            format!("template.yaml: line 45, column 11: resource Alerts is of a type that there is not, {meant}");
        assert_eq!(message("AWS::SNS::Topic", kind), wanted);
    }
    for kind in ["", "null", "''"] {
        let text = message("AWS::SNS::Topic", kind);
        assert!(text.ends_with("resource Alerts has no Type: write it, or remove the resource"), "{text}");
    }
    for kind in ["Custom::My-Topic@1", "Acme::Cloud::Topic", "Acme::Cloud::Topic::MODULE"] {
        let text = with(CHAIN, "AWS::SNS::Topic", kind);
        assert!(worlds_of(vec![Stack::new(template(&text))], &[], &[]).is_ok(), "{kind}");
    }
}

#[test]
fn attributes_that_a_type_does_not_have() {
    let role = "CloudWatchLogsRoleArn: arn:aws:iam::012345678901:role/trail";
    let of = |kind: &str, attribute: &str| {
        let text = with(CHAIN, role, &format!("CloudWatchLogsRoleArn: !GetAtt Other.{attribute}"));
        let text = format!("{text}  Other: {{Type: {kind}}}\n");
        worlds_of(vec![Stack::new(template(&text))], &[], &[]).map(|_| ()).map_err(|error| error.to_string())
    };
    let wanted = "template.yaml: line 14, column 7: Other has no attribute ARN: AWS::IAM::Role has Arn and RoleId";
    assert_eq!(of("AWS::IAM::Role", "ARN"), Err(wanted.to_owned()));
    for (kind, attribute, end) in [
        ("AWS::SQS::Queue", "QueueARN", "AWS::SQS::Queue has Arn, QueueName and QueueUrl"),
        ("AWS::KMS::Key", "Id", "AWS::KMS::Key has Arn and KeyId"),
        ("AWS::Lambda::Function", "ARN", "Other has no attribute ARN: Arn is meant"),
        ("AWS::S3::Bucket", "arn", "Other has no attribute arn: Arn is meant"),
    ] {
        let found = of(kind, attribute);
        assert!(found.as_ref().is_err_and(|message| message.ends_with(end)), "{kind} {attribute}: {found:?}");
    }
    for (kind, attribute) in [("AWS::IAM::Role", "Arn"), ("AWS::Lambda::Function", "SnapStartResponse.ApplyOn")] {
        assert_eq!(of(kind, attribute), Ok(()), "{kind} {attribute}");
    }
}

#[test]
fn deletion_policies_that_there_are_not() {
    let wanted = "template.yaml: line 46, column 21: DeletionPolicy of resource Alerts is one of Delete, Retain, \
                  RetainExceptOnCreate, Snapshot, and not Keep";
    assert_eq!(message(TOPIC, &format!("{TOPIC}    DeletionPolicy: Keep\n")), wanted);
    let replaced = message(TOPIC, &format!("{TOPIC}    UpdateReplacePolicy: RetainExceptOnCreate\n"));
    assert!(replaced.ends_with("one of Delete, Retain, Snapshot, and not RetainExceptOnCreate"), "{replaced}");
    let kept = with(CHAIN, TOPIC, &format!("{TOPIC}    DeletionPolicy: RetainExceptOnCreate\n"));
    assert!(worlds_of(vec![Stack::new(template(&kept))], &[], &[]).is_ok());
}

#[test]
fn functions_that_are_none() {
    let wanted = "template.yaml: line 43, column 11: Ref takes the name of a parameter or resource";
    assert_eq!(message("- !Ref Alerts", "- !Ref {a: b}"), wanted);
    let two = message("- !Ref Alerts", "- {Ref: Alerts, 'Fn::Sub': x}");
    let wanted =
        "template.yaml: line 43, column 11: Ref and Fn::Sub are in one mapping: a function is the only key of its own";
    assert_eq!(two, wanted);
}

#[test]
fn parameters_of_a_nested_stack() {
    let child = "Parameters:\n  Topic: {Type: String}\n  Period: {Type: Number, Default: 60}\nResources:\n  Queue: {Type: \
                 AWS::SQS::Queue}\n";
    let read_with = |child: &str, given: &str, head: &str| {
        let parent = format!(
            "{head}Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: \
             child.yaml\n{given}"
        );
        worlds_of(vec![Stack::new(template(&parent))], &[("child.yaml", child)], &[])
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let read = |given: &str, head: &str| read_with(child, given, head);
    let include = "  Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: 's3://b/p.yaml'}}";
    let included = child.replace("  Topic: {Type: String}", include);
    assert_eq!(read_with(&included, "", ""), Ok(()));
    let given = |text: &str| format!("      Parameters:\n        {text}\n");
    assert_eq!(read(&given("Topic: a"), ""), Ok(()));
    assert_eq!(read(&given("{Topic: a, Period: 60}"), ""), Ok(()));
    let extra = "template.yaml: line 7, column 27: nested stack Child is given Later, a parameter that child.yaml does not have";
    assert_eq!(read(&given("{Topic: a, Later: 60}"), ""), Err(extra.to_owned()));
    let missing = "template.yaml: line 2, column 3: nested stack Child is not given Topic, a parameter of child.yaml \
                   without a default: add it to Parameters";
    assert_eq!(read("", ""), Err(missing.to_owned()));
    assert_eq!(read("", "Transform: AWS::Serverless-2016-10-31\n"), Ok(()));
}
