//! What a check says of a template is what an audit says of the account in which it is deployed: defect by defect, with
//! CloudFormation played by an emulator. It deploys all but the trail, which the account has already, and leaves out the key
//! of a topic.

use serde_json::Value;

use super::CHAIN;
use crate::support::account::{Account, EventSelector, Selectors};
use crate::support::provision::{allow, deploy};
use crate::support::python;
use crate::support::run::Cli;
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, fresh_id};
use crate::support::sweep::chosen;

const QUEUE: &str = "people";
/// The topic's subscription, as the template has it.
const INLINE: &str = "      Subscription:\n        - Protocol: sms\n          Endpoint: '+15550100'\n";
/// Cases that run without `CIS_AUDIT_SLOW=1`.
const SAMPLE: usize = 5;

/// One thing that is changed in the template, and in the account's trail, which is not deployed by it.
struct Case {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    trail: fn(&mut Account),
}

fn case(name: &'static str, from: &'static str, to: &'static str) -> Case {
    Case { name, from, to, trail: |_| {} }
}

fn cases() -> Vec<Case> {
    let alarm = "      AlarmActions:\n        - !Ref Alerts\n";
    vec![
        case("nothing", "Threshold: 1", "Threshold: 1"),
        Case {
            trail: |account| account.trail().logging = false,
            ..case("stopped trail", "IsLogging: true", "IsLogging: false")
        },
        Case {
            trail: |account| account.trail().multi_region = false,
            ..case("one region", "IsMultiRegionTrail: true", "IsMultiRegionTrail: false")
        },
        Case {
            trail: |account| {
                account.trail().selectors = Selectors::Basic(vec![EventSelector::management("ReadOnly")]);
            },
            ..case(
                "read only",
                "S3BucketName: trail-bucket",
                "S3BucketName: b\n      EventSelectors: [{ReadWriteType: ReadOnly}]",
            )
        },
        case("pattern", "($.eventName=DetachGroupPolicy)", "($.eventName=Other)"),
        case("value 0", "MetricValue: 1", "MetricValue: 0"),
        case("absent value", "MetricValue: 1", "MetricValue: $.value"),
        case(
            "other metric",
            "      MetricName: PolicyChanges\n      Statistic",
            "      MetricName: policyChanges\n      Statistic",
        ),
        case("other namespace", "      Namespace: Security", "      Namespace: Other"),
        case("dimensions", "Period: 300", "Period: 300\n      Dimensions: [{Name: a, Value: b}]"),
        case("unit", "Period: 300", "Period: 300\n      Unit: Seconds"),
        case("threshold", "Threshold: 1", "Threshold: 5"),
        case("periods", "EvaluationPeriods: 1", "EvaluationPeriods: 2"),
        case(
            "never fires",
            "Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 1\n      Threshold: 1",
            "Statistic: Maximum\n      Period: 300\n      EvaluationPeriods: 1\n      Threshold: 5",
        ),
        case("latches", "TreatMissingData: notBreaching", "TreatMissingData: ignore"),
        case("always firing", "TreatMissingData: notBreaching", "TreatMissingData: breaching"),
        case("actions disabled", "Period: 300", "Period: 300\n      ActionsEnabled: false"),
        case("no action", alarm, "      AlarmActions: []\n"),
        case("action of no topic", "- !Ref Alerts", "- arn:aws:lambda:us-east-1:111122223333:function:f"),
        case("topic that is not there", "- !Ref Alerts", "- !Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:gone'"),
        case("nobody", INLINE, ""),
    ]
}

/// The verdicts of 3.4, and the code of the reason.
type Said = (String, String, Option<String>);

fn verdicts(report: &str) -> Said {
    let report: Value = serde_json::from_str(report).expect("a report");
    let results = report["results"].as_array().expect("a list");
    let finding = results.iter().find(|result| result["rule"] == "3.4").expect("3.4 is judged");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let verdict = |name: &str| text(&finding["verdicts"][name]).expect("a verdict");
    let reason = text(&finding["reason"]["code"]).or_else(|| text(&finding["verdict_reasons"]["effective"]["code"]));
    (verdict("cis"), verdict("effective"), reason)
}

#[test]
fn a_defect_has_the_code_that_it_has_once_it_is_deployed() {
    if python::EMULATORS.or_skip().is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for Case { name, from, to, trail } in chosen(cases(), SAMPLE, |case| case.name.to_owned()) {
        assert!(CHAIN.contains(from), "{name}");
        let mut account = Account::seed(&fresh_id());
        account.trail().log_group_arn = Some(account.log_group_arn(REGION, "/aws/cloudtrail/management"));
        trail(&mut account);
        let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
        let region = account.region(REGION);
        region.log_groups.clear();
        region.alarms.clear();
        region.topics.clear();
        region.queues.push(QUEUE.into());
        let topic = account.topic_arn(REGION, "alerts");
        let id = account.id.clone();
        let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
        let policy = serde_json::json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
            "Resource": queue, "Condition": { "ArnEquals": { "aws:SourceArn": topic } } }] });
        allow(&stage.url(), &stage.credentials, REGION, QUEUE, &policy);
        let whole = CHAIN.replacen(from, to, 1);
        // Of a subscription that is declared in its topic the emulator knows no attributes.
        let whole = match whole.split_once(INLINE) {
            Some((before, behind)) => format!(
                "{before}{behind}  Person:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref Alerts\n      \
                 Protocol: sqs\n      Endpoint: {queue}\n"
            ),
            None => whole,
        };
        // The emulator keeps a number as a number, and gives it back so.
        let whole = whole.replace("MetricValue: 1", "MetricValue: '1'").replace("MetricValue: 0", "MetricValue: '0'");
        let (before, rest) = whole.split_once("  Trail:\n").expect("a trail");
        let (_, behind) = rest.split_once("  Events:\n").expect("what comes after it");
        let template = format!("{before}  Events:\n{behind}");
        let (status, reasons) = deploy(&stage.url(), &stage.credentials, REGION, &template);
        assert_eq!(status, "CREATE_COMPLETE", "{name}: {reasons:?}");
        let live = stage.cli().args(&["-f", "json"]).run();
        let arguments = ["check", "-", "-f", "json", "--whole-account", "--in-account", &id, "--in-region", REGION];
        let declared = Cli::new().stdin(whole.as_str()).args(&arguments).run();
        let (before, after) = (verdicts(&declared.stdout), verdicts(&live.stdout));
        if before != after {
            wrong.push(format!("{name}: declared {before:?}, deployed {after:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
