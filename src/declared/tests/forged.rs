//! Texts of documents that look like what is not known, and what is written out where the deployment's own is not known.

use super::*;

use Status::{Fail, Pass, Unknown as Open};

fn status(text: &str) -> Option<(Status, Status)> {
    verdicts(&checked(text), "3.4").map(|verdicts| (verdicts.0, verdicts.1))
}

#[test]
fn no_text_of_a_document_is_taken_for_what_is_not_known() {
    let open = with(CHAIN, "Resources:", "Parameters: {Name: {Type: String}}\nResources:");
    for (there, here) in [
        ("MetricName: PolicyChanges\n          Me", "MetricName: !Ref Name\n          Me"),
        ("MetricName: PolicyChanges\n          Me", "MetricName: !Sub '${Name}-x'\n          Me"),
    ] {
        for text in ["${Name}", "‹$Name›", "\"\\u2039$Name\\u203a\"", "${Name}-x", "‹$Name›-x"] {
            let forged = with(&open, there, here);
            let watched = format!("MetricName: {text}\n      Statistic");
            let forged = with(&forged, "MetricName: PolicyChanges\n      Statistic", &watched);
            // What the name will be is not known: it may be this one, for all that is known.
            assert_eq!(status(&forged).map(|verdicts| verdicts.0), Some(Open), "{here} {text}");
        }
    }
    for text in ["<Alerts>", "‹Alerts›"] {
        let nameless = with(CHAIN, "      TopicName: alerts\n", "");
        let named = with(
            &nameless,
            "- !Ref Alerts",
            &format!("- !Sub 'arn:aws:sns:${{AWS::Region}}:${{AWS::AccountId}}:{text}'"),
        );
        assert_eq!(status(&named), Some((Pass, Open)), "{text}");
    }
    for arn in ["arn:aws:sns:this region:this account:alerts", "arn:aws:sns:‹this region›:‹this account›:alerts"]
    {
        let named = with(CHAIN, "- !Ref Alerts", &format!("- '{arn}'"));
        assert_ne!(status(&named), Some((Pass, Pass)), "{arn}");
    }
}

#[test]
fn an_arn_of_an_account_may_be_this_ones() {
    let named = with(CHAIN, "- !Ref Alerts", "- arn:aws:sns:eu-west-1:111122223333:alerts");
    let checked = checked(&named);
    // As the declared one it is judged, and another account's may be as sound.
    assert_eq!(verdicts(&checked, "3.4").map(|verdicts| (verdicts.0, verdicts.1)), Some((Pass, Open)));
    let effective = |finding: &Finding| finding.verdicts.effective.reason.clone();
    let message = finding(&checked, "3.4").and_then(effective).expect("a reason").message();
    assert!(
        message.ends_with("it is the topic declared here if this is account 111122223333 (--in-account)"),
        "{message}"
    );
    // A topic that is not declared is presumed.
    let outside = with(CHAIN, "- !Ref Alerts", "- arn:aws:sns:eu-west-1:111122223333:others");
    assert_eq!(status(&outside), Some((Pass, Open)));
}

#[test]
fn a_subscription_of_an_arn_may_be_this_topics() {
    let none = with(CHAIN, "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n", "");
    assert_eq!(status(&none), Some((Fail, Fail)));
    let person = "  Person:\n    Type: AWS::SNS::Subscription\n    Properties: {TopicArn: \
                  'arn:aws:sns:eu-west-1:111122223333:alerts', Protocol: sms, Endpoint: '+15550100'}\n";
    assert_eq!(status(&format!("{none}{person}")).map(|verdicts| verdicts.0), Some(Open));
    // Nothing else is of another account.
    let one = none.replace("012345678901", "111122223333");
    assert_eq!(status(&format!("{one}{person}")), Some((Pass, Pass)));
}

#[test]
fn regions_that_contradict_each_other_neither_pass_nor_fail() {
    let arn = |region: &str| {
        format!(
            "CloudWatchLogsLogGroupArn: 'arn:aws:logs:{region}:111122223333:log-group:/aws/cloudtrail/management:*'"
        )
    };
    let one = with(CHAIN, "CloudWatchLogsLogGroupArn: !GetAtt Events.Arn", &arn("eu-west-1"));
    assert_eq!(status(&one), Some((Pass, Pass)));
    let two = with(&one, "- !Ref Alerts", "- arn:aws:sns:us-east-1:999900001111:others");
    let checked = checked(&two);
    assert_eq!(verdicts(&checked, "3.4").map(|verdicts| verdicts.0), Some(Open));
    let message = finding(&checked, "3.4").and_then(|finding| finding.reason.as_ref()).expect("a reason").message();
    assert!(message.contains("ARNs of the regions eu-west-1 and us-east-1 are written out"), "{message}");
}

#[test]
fn what_is_not_created_is_not_there() {
    let conditions =
        "Parameters: {Own: {Type: String, Default: 'no'}}\nConditions: {IsOwn: !Equals [!Ref Own, 'yes']}\nResources:";
    let text = with(CHAIN, "Resources:", conditions);
    for (kind, code) in [("AWS::SNS::Topic", Code::TopicMissing), ("AWS::Logs::LogGroup", Code::LogGroupMissing)] {
        let text = with(&text, &format!("    Type: {kind}\n"), &format!("    Type: {kind}\n    Condition: IsOwn\n"));
        for scope in [Scope::Part, Scope::Whole] {
            let verdicts = verdicts(&checked_with(&text, &[], scope), "3.4").map(|verdicts| (verdicts.0, verdicts.2));
            assert_eq!(verdicts, Some((Fail, Some(code))), "{kind} {scope:?}");
            let created = checked_with(&text, &[("Own", "yes")], scope);
            assert_eq!(super::verdicts(&created, "3.4"), Some((Pass, Pass, None, None)), "{kind}");
        }
    }
    // What is named by its name may exist in another stack.
    let named = with(&text, "    Type: AWS::Logs::LogGroup\n", "    Type: AWS::Logs::LogGroup\n    Condition: IsOwn\n");
    let named = with(&named, "LogGroupName: !Ref Events", "LogGroupName: /aws/cloudtrail/management");
    let arn = "!Sub 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/cloudtrail/management:*'";
    let named = with(&named, "!GetAtt Events.Arn", arn);
    assert_eq!(status(&named), Some((Pass, Open)));
}

#[test]
fn mute_rules_are_read() {
    let rule = |schedule: &str, duration: &str, alarms: &str| {
        format!(
            "{CHAIN}  Quiet:\n    Type: AWS::CloudWatch::AlarmMuteRule\n    Properties:\n      Rule: {{Schedule: {{Expression: \
             '{schedule}', Duration: {duration}}}}}\n      MuteTargets: {{AlarmNames: [{alarms}]}}\n"
        )
    };
    let verdicts = |text: &str| verdicts(&checked(text), "3.4").map(|verdicts| (verdicts.0, verdicts.1, verdicts.2));
    assert_eq!(
        verdicts(&rule("cron(* * * * *)", "PT1M", "!Ref PolicyAlarm")),
        Some((Fail, Fail, Some(Code::AlarmAlwaysMuted)))
    );
    assert_eq!(verdicts(&rule("cron(* * * * *)", "PT1M", "other")), Some((Pass, Pass, None)));
    let open = with(
        &rule("cron(0 2 * * *)", "PT1H", "!Ref Which"),
        "Resources:",
        "Parameters: {Which: {Type: String}}\nResources:",
    );
    assert_eq!(verdicts(&open).map(|verdicts| (verdicts.0, verdicts.1)), Some((Open, Open)));
}

#[test]
fn functions_that_sam_subscribes_get_messages() {
    let none = with(CHAIN, "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n", "");
    let function = "  Notify:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        Alarm: {Type: SNS, \
                    Properties: {Topic: !Ref Alerts}}\n";
    let text = with(&none, "Resources:", "Transform: AWS::Serverless-2016-10-31\nResources:");
    assert_eq!(status(&format!("{text}{function}")), Some((Pass, Pass)));
    assert_eq!(status(&format!("{text}{}", function.replace("Type: SNS", "Type: S3"))), Some((Fail, Fail)));
}

#[test]
fn what_a_module_of_the_registry_makes_is_not_known() {
    let none = with(CHAIN, "      AlarmActions:\n        - !Ref Alerts\n", "");
    assert_eq!(status(&none), Some((Fail, Fail)));
    let without = CHAIN.split("  PolicyAlarm:").next().expect("what is before");
    assert_eq!(status(without), Some((Fail, Fail)));
    for kind in ["Example::Alarms::Policy::MODULE", "TF::AWS::CloudwatchMetricAlarm"] {
        assert_eq!(status(&format!("{without}  More:\n    Type: {kind}\n")), Some((Open, Open)), "{kind}");
    }
}
