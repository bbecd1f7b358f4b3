//! What is known only at deployment: it neither passes nor fails anything, and is named.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

#[test]
fn resources_of_others_are_presumed_and_noted() {
    let checked = checked_with(PART, &[("Env", "live")], Scope::Part);
    let finding = finding(&checked, "3.5").expect("3.5 is declared");
    assert_eq!((finding.verdicts.cis.status, finding.verdicts.effective.status), (Pass, Open));
    let verdicts: Vec<String> = finding.warnings.iter().map(|warning| warning.message()).collect();
    assert_eq!(
        verdicts,
        [
            "trail not declared here",
            "log group ‹$LogGroup› is not declared here",
            "topic ‹$Topic› is not declared here"
        ]
    );
}

#[test]
fn the_same_verdict_in_both_branches_is_a_verdict() {
    let checked = checked(PART);
    assert_eq!(verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.1)), Some((Pass, Open)));
    assert_eq!(
        verdicts(&checked, "3.5").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Open, Some(Code::AlarmUnread)))
    );
    let without = checked_with(PART, &[("Env", "test")], Scope::Part);
    assert_eq!(verdicts(&without, "3.5").map(|verdicts| (verdicts.0, verdicts.2)), Some((Fail, Some(Code::AlarmNone))));
}

#[test]
fn the_declared_part_decides_though_the_rest_is_not_known() {
    let text = with(PART, "AlarmActions: [!Ref Topic]", "AlarmActions: []");
    assert_eq!(
        verdicts(&checked(&text), "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Fail, Some(Code::AlarmNoAction)))
    );
}

/// A parameter in place of one property of the whole chain.
fn opened(from: &str, property: &str) -> Checked {
    let to = format!("{property}: !Ref Open");
    checked(&with(&with(CHAIN, from, &to), "Resources:", "Parameters: {Open: {Type: String}}\nResources:"))
}

#[test]
fn a_value_that_is_not_known_leaves_its_control_unknown() {
    for (from, property, code) in [
        ("IsLogging: true", "IsLogging", Code::TrailUnread),
        ("IsMultiRegionTrail: true", "IsMultiRegionTrail", Code::TrailUnread),
        ("S3BucketName: trail-bucket", "S3BucketName: b\n      EventSelectors", Code::TrailUnread),
        ("Threshold: 1", "Threshold", Code::AlarmUnread),
        ("Period: 300", "Period", Code::AlarmUnread),
        ("TreatMissingData: notBreaching", "TreatMissingData", Code::AlarmUnread),
    ] {
        let checked = opened(from, property);
        let finding = finding(&checked, "3.4").expect("3.4 is declared");
        let reason = finding.reason.as_ref().expect("a reason");
        assert_eq!((finding.status, reason.code()), (Open, code), "{property}");
        assert!(reason.message().contains("parameter Open has no default"), "{}", reason.message());
        let place = finding.place.as_ref().expect("a place");
        assert_eq!(place.address.as_deref(), Some(if code == Code::TrailUnread { "Trail" } else { "PolicyAlarm" }));
    }
}

#[test]
fn a_pattern_that_is_not_known_may_be_any_controls() {
    let checked = opened("MetricValue: 1", "MetricValue: 1\n          Dimensions");
    assert_eq!(
        verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Open, Some(Code::MetricFilterUnread)))
    );
}

#[test]
fn names_that_are_not_known_identify_all_the_same() {
    let text = CHAIN.replace("MetricName: PolicyChanges", "MetricName: !Ref Open");
    let text = with(&text, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
    assert_eq!(verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0), Some(Pass));
    let one = with(&text, "MetricName: !Ref Open", "MetricName: PolicyChanges");
    assert_eq!(
        verdicts(&checked(&one), "3.4").map(|verdicts| (verdicts.0, verdicts.2)),
        Some((Open, Some(Code::AlarmUnread)))
    );
}

#[test]
fn policies_naming_an_account_are_undecided_until_it_is_known() {
    let text = format!(
        "{CHAIN}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: [!Ref Alerts]\n      PolicyDocument: \
         {{Statement: [{{Effect: Allow, Principal: {{Service: cloudwatch.amazonaws.com}}, Action: 'sns:Publish', Resource: \
         '*', Condition: {{StringEquals: {{'aws:SourceAccount': '012345678901'}}}}}}]}}\n"
    );
    assert_eq!(
        verdicts(&checked(&text), "3.4").map(|verdicts| (verdicts.0, verdicts.1, verdicts.2)),
        Some((Pass, Open, Some(Code::TopicPolicyUndecided)))
    );
}

#[test]
fn what_may_be_declared_in_a_nested_stack_does_not_fail() {
    let remove = with(CHAIN, "MetricName: PolicyChanges\n      Statistic", "MetricName: other\n      Statistic");
    assert_eq!(verdicts(&checked(&remove), "3.4").map(|verdicts| verdicts.0), Some(Fail));
    let nested =
        format!("{remove}  More:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: more.yaml}}\n");
    let checked = checked(&nested);
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    assert_eq!(finding.status, Open);
    let message = finding.reason.as_ref().expect("a reason").message();
    assert!(
        message.ends_with(
            "resource More (template.yaml, line 51): a nested stack is not followed: more.yaml is not among the files"
        ),
        "{message}"
    );
}

#[test]
fn a_topic_with_a_written_account_may_be_the_declared_one() {
    let literal = "AlarmActions:\n        - arn:aws:sns:us-east-1:111122223333:alerts";
    let named = with(CHAIN, "AlarmActions:\n        - !Ref Alerts", literal);
    // The trail's role is of another account: it may be either.
    let found = checked(&named);
    assert_eq!(
        verdicts(&found, "3.4").map(|it| (it.0, it.1, it.2)),
        Some((Pass, Open, Some(Code::SubscriptionUnread)))
    );
    let why = "it is the topic declared here if this is account 111122223333 (--in-account)";
    let reason = finding(&found, "3.4").and_then(|it| it.verdicts.effective.reason.as_ref()).expect("a reason");
    assert!(reason.message().ends_with(why), "{}", reason.message());
    // All that is written out is of one account.
    let one = named.replace("012345678901", "111122223333");
    assert_eq!(verdicts(&checked(&one), "3.4"), Some((Pass, Pass, None, None)));
    // Where the declared topic is broken, it fails only if it is that for certain.
    let nobody =
        |text: &str| with(text, "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n", "");
    assert_eq!(verdicts(&checked(&nobody(&named)), "3.4").map(|it| it.0), Some(Open));
    let found = verdicts(&checked(&nobody(&one)), "3.4").map(|it| (it.0, it.2));
    assert_eq!(found, Some((Fail, Some(Code::SubscriptionNone))));
    // One that nothing declares is another stack's.
    let other = with(&named, "111122223333:alerts", "111122223333:others");
    let found = verdicts(&checked(&other), "3.4").map(|it| (it.0, it.1, it.2));
    assert_eq!(found, Some((Pass, Open, Some(Code::TopicNotDeclared))));
}

#[test]
fn a_policy_that_names_its_own_topic_is_decided() {
    let open = with(CHAIN, "Resources:", "Parameters: {Project: {Type: String}}\nResources:");
    let named = with(&open, "TopicName: alerts", "TopicName: !Sub '${Project}-alerts'");
    let policy = |resource: &str| {
        let text = format!(
            "{named}  Policy:\n    Type: AWS::SNS::TopicPolicy\n    Properties:\n      Topics: [!Ref Alerts]\n      \
             PolicyDocument:\n        Statement:\n          - {{Effect: Allow, Principal: {{Service: \
             cloudwatch.amazonaws.com}}, Action: 'sns:Publish', Resource: {resource}}}\n"
        );
        verdicts(&checked(&text), "3.4").map(|it| (it.0, it.1, it.2))
    };
    assert_eq!(policy("!Ref Alerts"), Some((Pass, Pass, None)));
    // Another that is not known may be the same.
    let other = policy("!Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:${Project}'");
    assert_eq!(other, Some((Pass, Open, Some(Code::TopicPolicyUndecided))));
}

/// A filter and an alarm whose metrics are called by these values; `S`, `T` and `L` are parameters without a value.
fn metrics(of_filter: &str, of_alarm: &str) -> Option<Status> {
    const HEAD: &str = "Parameters: {S: {Type: String}, T: {Type: String}, L: {Type: CommaDelimitedList}}\n\
                        Transform: AWS::LanguageExtensions\nMappings: {M: {a: {x: one, y: two}, b: {x: three, y: four}}}\nResources:";
    let name = "MetricName: PolicyChanges";
    let text = with(CHAIN, name, &format!("MetricName: {of_filter}"));
    let text = with(&with(&text, name, &format!("MetricName: {of_alarm}")), "\nResources:", &format!("\n{HEAD}"));
    verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0)
}

#[test]
fn equal_expressions_are_one_metric() {
    for name in
        ["!Ref S", "!Sub '${S}-x'", "!Select [0, !Ref L]", "!Select [0, !Split ['-', !Ref S]]", "!Base64 {Ref: S}"]
    {
        assert_eq!(metrics(name, name), Some(Pass), "{name}");
    }
    assert_eq!(metrics("!Sub '${S}-x'", "!Join ['-', [!Ref S, x]]"), Some(Pass));
}

#[test]
fn expressions_of_other_values_are_not_one_metric() {
    for (one, other) in [
        ("!Ref S", "!Ref T"),
        ("!Sub '${S}-x'", "!Sub '${S}-y'"),
        ("!Select [0, !Ref L]", "!Select [1, !Ref L]"),
        ("!Select [!Ref S, [a, b]]", "!Select [!Ref S, [c, d]]"),
        ("!Select [0, !Split ['-', !Ref S]]", "!Select [0, !Split ['/', !Ref S]]"),
        ("!FindInMap [M, !Ref S, x]", "!FindInMap [M, !Ref S, y]"),
        ("!Base64 {Ref: S}", "!Ref S"),
        ("!GetAtt [Topic, !Ref S]", "!GetAtt [Topic, !Ref T]"),
        ("{'Fn::ToJsonString': !Ref S}", "{'Fn::ToJsonString': !Ref T}"),
        ("{'Fn::Length': !Ref L}", "{'Fn::Length': [a, !Ref S]}"),
        ("!Select [0, !Cidr [10.0.0.0/8, 1, 8]]", "!Select [0, !Cidr [11.0.0.0/8, 1, 8]]"),
        ("!Select [0, !GetAZs eu-west-1]", "!Select [0, !GetAZs us-east-1]"),
        ("!ImportValue a", "!ImportValue b"),
        ("!Join ['-', !Ref L]", "!Join ['_', !Ref L]"),
        ("!Join ['', !Ref L]", "!Ref L"),
        ("!Join ['', !Split ['-', !Ref S]]", "!Ref S"),
        // What stands for the region, the account or a generated name has other letters.
        ("!Select [0, !Split ['-', !Ref AWS::Region]]", "!Ref AWS::Region"),
        ("!Select [0, !Split ['2', !Ref AWS::AccountId]]", "!Ref AWS::AccountId"),
        ("!Base64 {Ref: AWS::Region}", "4oC5dGhpcyByZWdpb27igLo="),
        ("!FindInMap [M, !Ref AWS::Region, x, {DefaultValue: one}]", "one"),
        ("!FindInMap [M, !Sub '${AWS::Region}-x', x, {DefaultValue: one}]", "one"),
        // What a macro makes of the same need not be the same.
        ("{'Fn::Transform': {Name: Random}}", "{'Fn::Transform': {Name: Random}}"),
    ] {
        assert_eq!(metrics(one, other), Some(Open), "{one} {other}");
    }
}

/// CloudFormation reads YAML 1.1: `yes` without quotes is the text `true`.
#[test]
fn booleans_of_yaml_are_their_texts() {
    for (one, other, wanted) in [
        ("yes", "'true'", Pass),
        ("On", "TRUE", Pass),
        ("off", "false", Pass),
        ("yes", "'yes'", Fail),
        ("True", "'True'", Fail),
        ("y", "'y'", Pass),
    ] {
        assert_eq!(metrics(one, other), Some(wanted), "{one} {other}");
    }
}

/// Names are read as their definitions are.
#[test]
fn a_condition_may_be_called_by_a_boolean() {
    let text = with(CHAIN, "\nResources:", "\nConditions: {On: !Equals [a, a], Off: !Equals [a, b]}\nResources:");
    for (name, wanted) in [("On", Pass), ("Off", Fail)] {
        let text = with(&text, "  PolicyAlarm:\n", &format!("  PolicyAlarm:\n    Condition: {name}\n"));
        assert_eq!(verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0), Some(wanted), "{name}");
    }
}

#[test]
fn a_partition_follows_from_a_region_that_is_not_known() {
    let text = |compared: &str| {
        let alarm =
            with(CHAIN, "    Type: AWS::CloudWatch::Alarm\n", "    Type: AWS::CloudWatch::Alarm\n    Condition: C\n");
        format!("Conditions: {{C: {compared}}}\n{alarm}")
    };
    for compared in [
        "!Equals [!Ref 'AWS::Partition', aws-us-gov]",
        "!Equals [aws, !Sub '${AWS::Partition}']",
        "!Equals [!Ref 'AWS::URLSuffix', amazonaws.com.cn]",
    ] {
        let status = verdicts(&checked(&text(compared)), "3.4").map(|verdicts| verdicts.0);
        assert_eq!(status, Some(Status::Unknown), "{compared}");
    }
    // An ARN with it is that of the topic all the same.
    let arn = "!Sub 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:alerts'";
    let text = with(CHAIN, "        - !Ref Alerts\n", &format!("        - {arn}\n"));
    assert_eq!(verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0), Some(Pass));
}

#[test]
fn a_trails_group_that_is_not_known_may_be_any_declared() {
    let text = with(CHAIN, "CloudWatchLogsLogGroupArn: !GetAtt Events.Arn", "CloudWatchLogsLogGroupArn: !Ref P");
    let text = format!("Parameters: {{P: {{Type: String}}}}\n{text}");
    let whole = |text: &str| checked_with(text, &[], Scope::Whole);
    assert_eq!(verdicts(&whole(&text), "3.4").map(|verdicts| verdicts.0), Some(Open));
    // Of no declared group it would pass.
    assert_eq!(verdicts(&whole(&text), "3.5").map(|verdicts| verdicts.0), Some(Fail));
    let checked = whole(&text);
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    let warnings: Vec<String> = finding.warnings.iter().map(|warning| warning.message()).collect();
    assert_eq!(warnings, ["log group ‹$P› is not declared here"]);
}

/// What a report lists as not known, by resource and property.
fn gaps(checked: &Checked) -> Vec<String> {
    let part = |gap: &crate::snapshot::Gap| match &gap.source {
        crate::snapshot::GapSource::Document(part) => part.words(),
        crate::snapshot::GapSource::Call { action } => action.clone(),
    };
    checked.report.gaps().map(part).collect()
}

#[test]
fn what_no_verdict_rests_on_is_no_gap() {
    // The names of both metrics are the same, whatever they are.
    let text = CHAIN.replace("MetricName: PolicyChanges", "MetricName: !Ref Open");
    let text = with(&text, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
    assert_eq!(verdicts(&checked(&text), "3.4").map(|it| (it.0, it.1)), Some((Pass, Pass)));
    assert_eq!(gaps(&checked(&text)), [""; 0]);
    let one = with(&text, "MetricName: !Ref Open", "MetricName: PolicyChanges");
    assert_eq!(verdicts(&checked(&one), "3.4").map(|it| it.0), Some(Open));
    assert_eq!(gaps(&checked(&one)), ["MetricName of resource PolicyAlarm (template.yaml, line 36)"]);
    // A stack that is not followed may declare what is not declared here.
    let nested =
        format!("{CHAIN}  More:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: more.yaml}}\n");
    assert_eq!(gaps(&checked(&nested)), ["resource More (template.yaml, line 51)"]);
}

#[test]
fn what_a_finding_names_is_not_listed_again() {
    let text =
        with(CHAIN, "      MetricName: PolicyChanges\n      Statistic", "      MetricName: !Ref Open\n      Statistic");
    let text = with(&text, "Resources:", "Parameters: {Open: {Type: String}}\nResources:");
    let checked = checked(&text);
    let message = finding(&checked, "3.4").and_then(|it| it.reason.as_ref()).map(|reason| reason.message());
    let named = "known only at deployment: MetricName of resource PolicyAlarm (template.yaml, line 36)";
    assert!(message.is_some_and(|message| message.contains(named)));
    assert_eq!(checked.report.gaps().count(), 1);
    assert!(checked.report.further_gaps().is_empty());
}

/// A filter and its alarm under a switch of their own.
#[test]
fn where_a_switch_is_off_nothing_is_declared_and_fails() {
    let text = with(
        CHAIN,
        "\nResources:",
        "\nParameters: {Own: {Type: String}}\nConditions: {C: !Equals [!Ref Own, x]}\nResources:",
    );
    let under = |text: &str, kind: &str| {
        let kind = format!("    Type: AWS::{kind}\n");
        with(text, &kind, &format!("{kind}    Condition: C\n"))
    };
    let switched = under(&under(&text, "Logs::MetricFilter"), "CloudWatch::Alarm");
    let checked = checked(&switched);
    let found = finding(&checked, "3.4").expect("3.4 is declared");
    assert_eq!((found.status, found.verdicts.effective.status), (Pass, Open));
    let warnings: Vec<String> = found.warnings.iter().map(|warning| warning.message()).collect();
    assert!(
        warnings[0].starts_with("it is declared only if Own is x: see the Condition of resource PolicyChanges"),
        "{warnings:?}"
    );
    // Where all is declared, it fails if it is off.
    assert_eq!(verdicts(&checked_with(&switched, &[], Scope::Whole), "3.4").map(|it| it.0), Some(Open));
    // An alarm under a switch leaves a filter without one.
    let alarm = under(&text, "CloudWatch::Alarm");
    assert_eq!(verdicts(&super::checked(&alarm), "3.4").map(|it| it.0), Some(Open));
    // What fails where it is on fails.
    let broken = with(&switched, "Threshold: 1", "Threshold: 1\n      ActionsEnabled: false");
    assert_eq!(verdicts(&super::checked(&broken), "3.4").map(|it| it.0), Some(Fail));
}

#[test]
fn what_a_map_has_under_every_key_is_known() {
    let period = |entries: &str, value: &str| {
        let text = with(CHAIN, "Period: 300", &format!("Period: {value}"));
        let text = with(
            &text,
            "\nResources:",
            &format!("\nTransform: AWS::LanguageExtensions\nMappings: {{M: {{{entries}}}}}\nResources:"),
        );
        verdicts(&checked(&text), "3.4").map(|verdicts| verdicts.0)
    };
    let (same, other) = ("a: {P: 60}, b: {P: 60}", "a: {P: 60}, b: {P: 61}");
    let value = "!FindInMap [M, !Ref 'AWS::Region', P]";
    assert_eq!(period(same, value), Some(Pass));
    assert_eq!(period(other, value), Some(Open));
    let default = "!FindInMap [M, !Ref 'AWS::Region', P, {DefaultValue: 61}]";
    assert_eq!(period(same, default), Some(Open));
}

#[test]
fn what_a_file_elsewhere_adds_to_a_resource_is_not_known() {
    let include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/more.yaml}}\n";
    for kind in ["CloudTrail::Trail", "Logs::MetricFilter", "CloudWatch::Alarm", "SNS::Topic"] {
        let kind = format!("    Type: AWS::{kind}\n    Properties:\n");
        // Beside other properties.
        let text = with(CHAIN, &kind, &format!("{kind}      {include}"));
        let found = verdicts(&checked(&text), "3.4").map(|it| (it.0, it.1));
        assert!(matches!(found, Some((Pass | Open, Open))), "{kind} {found:?}");
        // In place of all of them.
        let (before, behind) = CHAIN.split_once(&kind).expect("it is there");
        let lines = behind.match_indices('\n').map(|(at, _)| at + 1);
        let next = lines.clone().find(|at| behind[*at..].starts_with("  ") && !behind[*at..].starts_with("   "));
        let rest = next.map_or("", |at| &behind[at..]);
        let alone = verdicts(&checked(&format!("{before}{kind}      {include}{rest}")), "3.4").map(|it| it.0);
        assert_ne!(alone, Some(Fail), "{kind}");
    }
}

#[test]
fn an_unknown_topic_of_a_whole_account_neither_passes_nor_fails() {
    for topic in ["!Ref Open", "!ImportValue alerts", "!GetAtt Made.Arn", "'{{resolve:ssm:/alerts}}'"] {
        let made = "Parameters: {Open: {Type: String}}\nResources:\n  Made: {Type: 'Custom::Topic'}";
        let text = with(&with(CHAIN, "- !Ref Alerts", &format!("- {topic}")), "Resources:", made);
        let found = verdicts(&checked_with(&text, &[], Scope::Whole), "3.4").map(|found| (found.0, found.1, found.2));
        assert_eq!(found, Some((Open, Open, Some(Code::SubscriptionUnread))), "{topic}");
        // Beside ours it does no harm.
        let text =
            with(&with(CHAIN, "- !Ref Alerts", &format!("- {topic}\n        - !Ref Alerts")), "Resources:", made);
        let found = verdicts(&checked_with(&text, &[], Scope::Whole), "3.4").map(|found| (found.0, found.1));
        assert_eq!(found, Some((Pass, Pass)), "{topic}");
    }
}
