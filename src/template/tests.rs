//! What templates say, held against plans, and written out.

use std::sync::Arc;

use super::model::*;
use super::*;
use crate::deploy_time::*;
use crate::finding::Verdict;
use crate::fix::plan::{Action, Change, Options, Plan, PolicyUpdate, TrailUpdate};
use crate::fix::survey::{Site, SiteKind, SiteState};
use crate::fix::tests::{Account, empty, endpoints, plan, rules, surveyed};
use crate::rule::{Benchmark, Rule};
use crate::snapshot::{EventSelector, EventSelectors};

mod own_rules;
mod written;

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

fn demo() -> Account {
    Account::parse(DEMO)
}

/// A control, by its number in the oldest version.
fn only(number: &str) -> Vec<Arc<Rule>> {
    rules(Benchmark::default()).into_iter().filter(|rule| rule.id.to_string() == number).collect()
}

fn written(template: &Template, language: Language) -> String {
    let mut out = Vec::new();
    template.write(language, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("templates are text")
}

/// What the demo's account lacks.
fn of_demo(rules: &[Arc<Rule>], options: &Options) -> (Plan, Template) {
    let plan = plan(&demo(), rules, Verdict::Cis, options);
    let template = missing(&plan, &demo().survey).expect("nothing is half made");
    (plan, template)
}

/// The same template, once it is deployed with the defaults in the account of the fixtures.
fn deployed(template: &Template, options: &Options) -> Vec<Resource> {
    let text = |text: &Text| {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Filled(Filled::Account) => "111122223333".to_owned(),
            Piece::Filled(Filled::Partition) => "aws".to_owned(),
            Piece::Filled(Filled::Region) => "ap-northeast-1".to_owned(),
            Piece::Filled(Filled::Parameter(Parameter::NamePrefix)) => options.name_prefix.clone(),
            Piece::Filled(Filled::Parameter(Parameter::Namespace)) => options.namespace.clone(),
            // These are parameters of both.
            Piece::Filled(Filled::Parameter(parameter)) => format!("{parameter:?}"),
        };
        Text::literal(text.0.iter().map(piece).collect::<String>())
    };
    template
        .resources
        .iter()
        .map(|resource| Resource { id: resource.id.clone(), body: mapped(&resource.body, &text) })
        .collect()
}

fn mapped(body: &Body, text: &dyn Fn(&Text) -> Text) -> Body {
    let document = |policy: &Document| document_mapped(policy, text);
    let tags = |tags: &Tags| tags.iter().map(|(key, value)| (key.clone(), text(value))).collect::<Tags>();
    match body {
        Body::Key { alias, description, policy, tags: of } => {
            Body::Key { alias: text(alias), description: text(description), policy: document(policy), tags: tags(of) }
        }
        Body::Bucket { name, policy, tags: of } => {
            Body::Bucket { name: text(name), policy: document(policy), tags: tags(of) }
        }
        Body::Role { name, description, trust, policy_name, policy, tags: of } => Body::Role {
            name: text(name),
            description: text(description),
            trust: document(trust),
            policy_name: text(policy_name),
            policy: document(policy),
            tags: tags(of),
        },
        Body::LogGroup { name, tags: of } => Body::LogGroup { name: text(name), tags: tags(of) },
        Body::Trail { name, bucket, key, log_group, role, tags: of } => Body::Trail {
            name: text(name),
            bucket: bucket.clone(),
            key: key.clone(),
            log_group: log_group.clone(),
            role: role.clone(),
            tags: tags(of),
        },
        Body::Topic { name, policy, key, tags: of } => {
            Body::Topic { name: text(name), policy: document(policy), key: key.as_ref().map(text), tags: tags(of) }
        }
        Body::Permission { function, statement_id, topic } => {
            Body::Permission { function: text(function), statement_id: text(statement_id), topic: topic.clone() }
        }
        Body::Subscription { topic, protocol, endpoint } => {
            Body::Subscription { topic: topic.clone(), protocol: text(protocol), endpoint: text(endpoint) }
        }
        Body::MetricFilter { log_group, name, pattern, namespace, metric } => Body::MetricFilter {
            log_group: log_group.clone(),
            name: text(name),
            pattern: text(pattern),
            namespace: text(namespace),
            metric: text(metric),
        },
        Body::Alarm { name, description, namespace, metric, topic, tags: of } => Body::Alarm {
            name: text(name),
            description: text(description),
            namespace: text(namespace),
            metric: text(metric),
            topic: topic.clone(),
            tags: tags(of),
        },
    }
}

fn document_mapped(document: &Document, text: &dyn Fn(&Text) -> Text) -> Document {
    match document {
        Document::Text(value) => Document::Text(text(value)),
        Document::List(items) => Document::List(items.iter().map(|item| document_mapped(item, text)).collect()),
        Document::Map(entries) => {
            Document::Map(entries.iter().map(|(key, value)| (key.clone(), document_mapped(value, text))).collect())
        }
    }
}

#[test]
fn the_whole_is_what_an_empty_account_lacks() {
    let queue = "arn:aws:sqs:ap-northeast-1:111122223333:page";
    let function = "arn:aws:lambda:ap-northeast-1:111122223333:function:page";
    let options = Options {
        subscribe: endpoints(&["email:security@example.com", function, queue]),
        name_prefix: "sec".into(),
        namespace: "Sec/Trail".into(),
        tags: [("team".to_owned(), "security".to_owned())].into(),
        allow_update: true,
        ..Options::default()
    };
    for benchmark in Benchmark::ALL {
        let rules = rules(benchmark);
        let account = surveyed(empty(), &options);
        let lacking =
            missing(&plan(&account, &rules, Verdict::Cis, &options), &account.survey).expect("nothing is there");
        let whole = whole(&rules, Verdict::Cis, &options).expect("no text has stand-ins");
        let (whole_of, lacking_of) = (deployed(&whole, &options), deployed(&lacking, &options));
        assert_eq!(whole_of.len(), lacking_of.len(), "{benchmark}");
        for (one, other) in whole_of.iter().zip(&lacking_of) {
            assert_eq!(one, other, "{benchmark}");
        }
        assert!(whole.not_planned.is_empty() && whole.elsewhere.is_empty(), "{benchmark}: {:?}", whole.not_planned);
        // Security Hub CSPM's control is for a person, and a queue's policy is its owner's.
        let left: Vec<&str> = whole.tasks.iter().map(|task| task.what.as_str()).collect();
        assert!(left.iter().any(|what| what.contains("allows sns.amazonaws.com sqs:SendMessage")), "{left:?}");
    }
}

#[test]
fn everything_is_there_once() {
    let whole = whole(&rules(Benchmark::default()), Verdict::Cis, &Options::default()).expect("no stand-ins");
    let ids: Vec<String> = whole.resources.iter().map(|resource| resource.id.camel()).collect();
    let (chain, rest) = ids.split_at(7);
    assert_eq!(
        chain,
        ["TrailKey", "TrailBucket", "TrailLogGroup", "TrailRole", "Trail", "AlertsTopic", "AlertsSubscription"]
    );
    assert_eq!(rest.len(), 28);
    assert_eq!([&*rest[0], &*rest[14]], ["UnauthorizedApiCallsFilter", "UnauthorizedApiCallsAlarm"]);
    assert!(written(&whole, Language::Cloudformation).len() < 51_200, "the most that is taken without a bucket");
}

/// Named by their ARNs; and what is reported about a topic that is not created.
#[test]
fn a_topic_that_is_given_is_not_created() {
    let topic = "arn:aws:sns:us-east-1:444455556666:alerts";
    let options = Options { topic: Some(topic.into()), ..Options::default() };
    let whole = whole(&only("3.4"), Verdict::Cis, &options).expect("no stand-ins");
    let kinds: Vec<&str> = whole.resources.iter().map(|resource| resource.id.kind).collect();
    assert_eq!(kinds, ["Key", "Bucket", "LogGroup", "Role", "Trail", "Filter", "Alarm"]);
    let text = written(&whole, Language::Cloudformation);
    assert!(text.contains("  TopicArn:\n    Description: ARN of the topic that the alarms notify.\n    Type: String\n    Default: arn:aws:sns:us-east-1:444455556666:alerts\n"), "{text}");
    assert!(text.contains("      AlarmActions:\n        - !Ref TopicArn\n"), "{text}");
    let [task] = &*whole.tasks else { panic!("{:?}", whole.tasks) };
    assert!(task.what.starts_with("make sure that the policy of topic arn:aws:sns:us-east-1:444455556666:alerts lets"));
}

#[test]
fn a_function_gets_a_permission() {
    let function = "arn:aws:lambda:us-east-1:111122223333:function:page";
    let options = Options { subscribe: endpoints(&[function]), ..Options::default() };
    let whole = whole(&only("3.4"), Verdict::Cis, &options).expect("no stand-ins");
    let text = written(&whole, Language::Cloudformation);
    assert!(
        text.contains(
            "  AlertsPermission:\n    Type: AWS::Lambda::Permission\n    Properties:\n      FunctionName: !Ref \
             SubscriberEndpoint\n      Action: lambda:InvokeFunction\n      Principal: sns.amazonaws.com\n      SourceArn: \
             !Ref AlertsTopic\n"
        ),
        "{text}"
    );
    assert!(text.contains("      Protocol: lambda\n      Endpoint: !Ref SubscriberEndpoint\n"), "{text}");
    assert!(!text.contains("SubscriberProtocol") && whole.tasks.is_empty(), "{text}");
    let text = written(&whole, Language::Terraform);
    assert!(text.contains("  statement_id  = \"${var.name_prefix}-${var.name_prefix}-alerts\"\n"), "{text}");
}

#[test]
fn a_template_is_of_one_region() {
    let (mut plan, template) = of_demo(&rules(Benchmark::default()), &Options::default());
    let moved =
        plan.steps.iter_mut().find(|step| step.id == "alarm/cis-audit-iam-policy-changes").expect("it is planned");
    let Action::CreateAlarm(alarm) = &mut moved.action else { panic!("an alarm") };
    alarm.arn = alarm.arn.replace("us-east-1", "eu-west-1").into();
    let here = missing(&plan, &demo().survey).expect("nothing is half made");
    assert_eq!(here.resources.len() + 1, template.resources.len());
    assert_eq!(
        here.elsewhere().collect::<Vec<_>>(),
        [
            "a template covers one region: deploy it, then run the command again for eu-west-1 (alarm/cis-audit-iam-policy-changes)"
        ]
    );
}

/// A region comes from a file or a flag, and the command is there to be pasted into a shell.
#[test]
fn the_region_of_the_command_is_one_word() {
    let (_, mut template) = of_demo(&only("3.4"), &Options::default());
    let Scope::Account { region, .. } = &mut template.scope else { panic!("of an account") };
    *region = "us-east-1; id".to_owned();
    let text = written(&template, Language::Cloudformation);
    assert!(text.contains(" --region 'us-east-1; id'"), "{text}");
}

#[test]
fn what_a_fix_began_only_a_fix_can_end() {
    let mut account = surveyed(empty(), &Options::default());
    let bucket = "cis-audit-trail-111122223333-ap-northeast-1";
    account.survey.sites.retain(|site| site.name != bucket);
    account.survey.sites.push(Site { kind: SiteKind::Bucket, name: bucket.into(), state: Some(SiteState::Ours) });
    let plan = plan(&account, &only("3.4"), Verdict::Cis, &Options::default());
    let refused = missing(&plan, &account.survey).expect_err("the bucket is there");
    assert_eq!(refused, TemplateError::HalfMade(format!("bucket {bucket}")));
}

#[test]
fn what_would_be_filled_in_is_refused() {
    let options = Options { subscribe: endpoints(&["email:a\u{e002}@example.com"]), ..Options::default() };
    let refused = whole(&only("3.4"), Verdict::Cis, &options).expect_err("it would be a region");
    assert_eq!(refused, TemplateError::StandIn("\"a\\u{e002}@example.com\"".into()));
}

#[test]
fn a_trail_is_changed_by_commands() {
    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    let selectors = EventSelectors {
        basic: vec![EventSelector {
            read_write_type: Some("All".into()),
            include_management_events: Some(true),
            exclude_management_event_sources: vec![],
            data_resources: vec![],
        }],
        advanced: vec![],
    };
    let update = TrailUpdate {
        arn: arn.into(),
        multi_region: Some(Change { from: false, to: true }),
        global_events: Some(Change { from: false, to: true }),
        logging: Some(Change { from: false, to: true }),
        log_group_arn: Some(Change { from: None, to: Some("arn:aws:logs:us-east-1:111122223333:log-group:t".into()) }),
        role_arn: Some(Change { from: None, to: Some("arn:aws:iam::111122223333:role/r".into()) }),
        selectors: Some(Change { from: EventSelectors::default(), to: selectors }),
    };
    let task = manual::update_trail(&update, &["3.1".into(), "3.2".into()]);
    assert_eq!(task.what, "change trail main (3.1, 3.2)");
    assert_eq!(
        task.commands,
        [
            "aws --region us-east-1 cloudtrail update-trail --name arn:aws:cloudtrail:us-east-1:111122223333:trail/main \
             --is-multi-region-trail --include-global-service-events --cloud-watch-logs-log-group-arn \
             'arn:aws:logs:us-east-1:111122223333:log-group:t:*' --cloud-watch-logs-role-arn \
             arn:aws:iam::111122223333:role/r",
            "aws --region us-east-1 cloudtrail put-event-selectors --trail-name \
             arn:aws:cloudtrail:us-east-1:111122223333:trail/main --event-selectors \
             '[{\"DataResources\":[],\"ExcludeManagementEventSources\":[],\"IncludeManagementEvents\":true,\"ReadWriteType\":\"All\"}]'",
            "aws --region us-east-1 cloudtrail start-logging --name \
             arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        ]
    );
}

/// A command for an unknown region could change something else.
#[test]
fn what_is_no_arn_is_changed_by_no_command() {
    let policy = || Change { from: Some("{}".to_owned()), to: "{}".to_owned() };
    let rules = ["3.1".to_owned()];
    for text in ["x", "arn:aws:sns::111122223333:x", "arn:aws:cloudtrail::111122223333:trail/x", "arn:aws:sqs::1:x"] {
        let trail =
            TrailUpdate { arn: text.into(), logging: Some(Change { from: false, to: true }), ..TrailUpdate::default() };
        let (topic_arn, statement) = ("x".into(), String::new());
        let topic = PolicyUpdate { arn: text.into(), topic_arn, statement, policy: policy() };
        let (topic_arn, statement) = ("x".into(), String::new());
        let queue = PolicyUpdate { arn: text.to_owned(), topic_arn, statement, policy: policy() };
        for task in [
            manual::update_trail(&trail, &rules),
            manual::allow_publish(&topic, &rules),
            manual::allow_queue(&queue, &rules),
        ] {
            assert_eq!(task.commands, [""; 0], "{text}");
            assert!(
                task.what.ends_with("; no command is given, because its ARN names no region (3.1)"),
                "{}",
                task.what
            );
        }
    }
}

/// Names inside a template are unique, whatever the names outside are.
#[test]
fn two_of_one_name_are_numbered() {
    let (mut plan, _) = of_demo(&rules(Benchmark::default()), &Options::default());
    let again = plan.steps.iter().find(|step| matches!(step.action, Action::CreateAlarm(_))).expect("an alarm").clone();
    for name in ["iam.policy_changes", "4EyesPlease", "?"] {
        let mut step = again.clone();
        let Action::CreateAlarm(alarm) = &mut step.action else { panic!("an alarm") };
        alarm.arn = alarm.arn.replace("cis-audit-iam-policy-changes", name).into();
        plan.steps.push(step);
    }
    let template = missing(&plan, &demo().survey).expect("nothing is half made");
    let alarms = template.resources.iter().filter(|resource| resource.id.kind == "Alarm");
    let names: Vec<[String; 2]> = alarms.map(|resource| [resource.id.camel(), resource.id.snake()]).collect();
    assert_eq!(
        names,
        [
            ["IamPolicyChangesAlarm", "iam_policy_changes"],
            ["ConsoleSignInFailuresAlarm", "console_sign_in_failures"],
            ["IamPolicyChangesAlarm2", "iam_policy_changes_2"],
            ["4EyesPleaseAlarm", "_4_eyes_please"],
            ["Alarm", "alarm"],
        ]
    );
}
