//! What a fix would create, as infrastructure code: read by other programs, and deployed on an emulator.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hcl::expr::{Expression, ObjectKey, TemplateExpr, Traversal, TraversalOperator};
use hcl::template::{Element, Template};
use hcl::{Block, Body};
use serde_json::{Value, json};

use crate::support::account::{Account, LogGroup};
use crate::support::provision::{allow, deploy};
use crate::support::python;
use crate::support::report::all_pass;
use crate::support::run::Cli;
use crate::support::seed::{LOG_GROUP, REGION};
use crate::support::stage::{Endpoint, Stage, fresh_id};

const QUEUE: &str = "page";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:page";

/// What a command writes in both languages, and says.
struct Written {
    cloudformation: String,
    terraform: String,
    stderr: String,
}

fn written(cli: impl Fn() -> Cli, arguments: &[&str]) -> Written {
    let run = |language: &str| {
        let run = cli().args(&["template", language]).args(arguments).run();
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:#?}");
        run
    };
    let (one, other) = (run("cloudformation"), run("terraform"));
    assert_eq!(one.stderr, other.stderr, "{arguments:?}");
    Written { cloudformation: one.stdout, terraform: other.stdout, stderr: one.stderr }
}

/// What other programs make of templates, and whether they object; nothing where they cannot run.
fn judged(texts: &[(&str, &str)]) -> Option<Vec<Value>> {
    let interpreter = python::VALIDATORS.or_skip()?;
    let directory = tempfile::TempDir::new().expect("a temporary directory");
    let mut command = python::script(interpreter, "read_templates.py");
    for (at, (ending, text)) in texts.iter().enumerate() {
        let file = directory.path().join(format!("{at}.{ending}"));
        fs::write(&file, text).expect("it is writable");
        command.arg(file);
    }
    let output = command.output().expect("the environment's interpreter runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON is text");
    let answers: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect();
    assert_eq!(answers.len(), texts.len());
    Some(answers)
}

/// Everything that a Terraform text refers to, such as `var.x` and `aws_sns_topic.alerts`.
fn references(body: &Body, found: &mut BTreeSet<String>) {
    body.attributes().for_each(|attribute| in_expression(attribute.expr(), found));
    body.blocks().for_each(|block| references(block.body(), found));
}

fn in_expression(expression: &Expression, found: &mut BTreeSet<String>) {
    match expression {
        Expression::Array(items) => items.iter().for_each(|item| in_expression(item, found)),
        Expression::Object(entries) => entries.iter().for_each(|(key, value)| {
            if let ObjectKey::Expression(key) = key {
                in_expression(key, found);
            }
            in_expression(value, found);
        }),
        Expression::FuncCall(call) => call.args.iter().for_each(|argument| in_expression(argument, found)),
        Expression::Operation(_) => {
            let text = hcl::format::to_string(expression).expect("an expression is written as it was read");
            found.extend(text.split([' ', '(', ')', ',']).filter(|word| word.starts_with("var.")).map(str::to_owned));
        }
        Expression::Traversal(traversal) => drop(found.insert(referred(traversal))),
        Expression::TemplateExpr(template) => in_template(template, found),
        _ => {}
    }
}

fn in_template(template: &TemplateExpr, found: &mut BTreeSet<String>) {
    let template = Template::from_expr(template).expect("a template");
    for element in template.elements() {
        if let Element::Interpolation(interpolation) = element {
            in_expression(&interpolation.expr, found);
        }
    }
}

/// The names by which a reference finds what it refers to: three of data, else two.
fn referred(traversal: &Traversal) -> String {
    let Expression::Variable(root) = &traversal.expr else { panic!("{traversal:?}") };
    let attributes = traversal.operators.iter().map(|operator| match operator {
        TraversalOperator::GetAttr(name) => name.to_string(),
        other => panic!("{other:?}"),
    });
    let names = if root.as_str() == "data" { 2 } else { 1 };
    let path: Vec<String> = std::iter::once(root.to_string()).chain(attributes.take(names)).collect();
    path.join(".")
}

/// What a block gives to refer to.
fn given(block: &Block) -> Vec<String> {
    let labels: Vec<&str> = block.labels().iter().map(hcl::BlockLabel::as_str).collect();
    match block.identifier() {
        "resource" => vec![labels.join(".")],
        "data" => vec![format!("data.{}", labels.join("."))],
        "variable" => vec![format!("var.{}", labels.join("."))],
        "locals" => block.body().attributes().map(|attribute| format!("local.{}", attribute.key())).collect(),
        _ => Vec::new(),
    }
}

/// Parses a Terraform text: each name is given once, and nothing is referred to that is not there.
fn checked(text: &str) -> Body {
    let body: Body = hcl::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let names: Vec<String> = body.blocks().flat_map(given).collect();
    let there: BTreeSet<String> = names.iter().cloned().collect();
    assert_eq!(there.len(), names.len(), "{names:?}");
    let mut wanted = BTreeSet::new();
    references(&body, &mut wanted);
    assert!(wanted.is_subset(&there), "{:?} is not there: {text}", wanted.difference(&there).collect::<Vec<_>>());
    let used = |name: &&String| name.starts_with("var.") && !wanted.contains(*name);
    assert_eq!(names.iter().filter(used).collect::<Vec<_>>(), Vec::<&String>::new(), "chosen for nothing");
    body
}

/// A broken account, and what comes of it with these arguments; nothing where the emulator cannot run.
fn of_broken(change: fn(&mut Account), arguments: &[&str]) -> Option<Written> {
    let mut account = Account::seed(&fresh_id());
    change(&mut account);
    let stage = Stage::new(Endpoint::Ministack, account)?;
    Some(written(|| stage.cli(), arguments))
}

fn nothing(account: &mut Account) {
    *account = Account::empty(&account.id);
}

fn no_filters(account: &mut Account) {
    account.region(REGION).log_groups = vec![LogGroup::new(LOG_GROUP, Vec::new())];
}

fn no_log_group(account: &mut Account) {
    account.trail().log_group_arn = None;
    account.trail().logging = false;
}

#[test]
fn other_programs_read_every_template() {
    let mut all = Vec::new();
    for arguments in [
        &["--all"][..],
        &["--all", "--benchmark", "5.0.0", "--rule", "4.1,4.15", "--name-prefix", "sec"],
        &["--all", "--benchmark", "7.0.0", "--subscribe", "email:a@example.com", "--subscribe", FUNCTION],
        &["--all", "--topic", "arn:aws:sns:us-east-1:111122223333:alerts", "--log-group", "trail", "--rule", "3.4"],
        &["--all", "--topic-kms-key", "alias/topics", "--namespace", "Sec/Trail", "--alarm-period", "60"],
        &["--demo", "--subscribe", "email:a@example.com"],
    ] {
        all.push(written(Cli::new, arguments));
    }
    let mail = ["--subscribe", "email:a@example.com"];
    all.extend(of_broken(nothing, &["--subscribe", "email:a@example.com", "--tag", "team=security"]));
    all.extend(of_broken(no_filters, &[]));
    all.extend(of_broken(no_log_group, &mail));
    all.extend(of_broken(|account| account.topic().subscriptions.clear(), &["--subscribe", "https://a.example/?${b}"]));
    all.extend(of_broken(|account| account.region(REGION).topics.clear(), &["--subscribe", "sms:+15555550123"]));
    for written in &all {
        checked(&written.terraform);
    }
    let texts = |written: &Written| [("yaml", written.cloudformation.clone()), ("tf", written.terraform.clone())];
    let texts: Vec<(&str, String)> = all.iter().flat_map(texts).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(ending, text)| (*ending, text.as_str())).collect();
    for (answer, (_, text)) in judged(&texts).iter().flatten().zip(&texts) {
        assert_eq!(answer["problems"], json!([]), "{text}");
    }
}

/// The policy of a queue to which a topic may deliver.
fn delivers(topic: &str, queue: &str) -> Value {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// The text without the entries of its mappings that are called so.
fn without(text: &str, name: &str) -> String {
    let start = format!("  {name}:\n");
    let mut kept = String::new();
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let is_within = line.starts_with("    ") || line == "\n";
        inside = line == start || (inside && is_within);
        if !inside {
            kept.push_str(line);
        }
    }
    kept
}

/// The whole chain but its trail, which no emulator makes by a template. One that was there delivers to the same name.
#[test]
fn the_whole_that_is_deployed_notifies_a_queue() {
    let mut account = Account::seed(&fresh_id());
    account.trail().log_group_arn = Some(account.log_group_arn(REGION, "/aws/cloudtrail/cis-audit"));
    let region = account.region(REGION);
    region.log_groups.clear();
    region.alarms.clear();
    region.topics.clear();
    region.queues.push(QUEUE.into());
    let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
    let topic = account.topic_arn(REGION, "cis-audit-alerts");
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    allow(&stage.url(), &stage.credentials, REGION, QUEUE, &delivers(&topic, &queue));
    let whole = written(Cli::new, &["--all", "--subscribe", &queue]).cloudformation;
    let template = without(&whole, "Trail");
    assert!(whole.contains("AWS::CloudTrail::Trail") && !template.contains("AWS::CloudTrail::Trail"), "{template}");
    let (status, reasons) = deploy(&stage.url(), &stage.credentials, REGION, &template);
    assert_eq!(status, "CREATE_COMPLETE", "{reasons:?}");
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
}

/// Deployed, it lets all controls pass: an account with a trail, and with no one notified.
#[test]
fn what_is_deployed_notifies_a_queue() {
    let mut account = Account::seed(&fresh_id());
    let region = account.region(REGION);
    region.log_groups = vec![LogGroup::new(LOG_GROUP, Vec::new())];
    region.alarms.clear();
    region.topics.clear();
    region.queues.push(QUEUE.into());
    let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
    let topic = account.topic_arn(REGION, "cis-audit-alerts");
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let policy = delivers(&topic, &queue);
    allow(&stage.url(), &stage.credentials, REGION, QUEUE, &policy);
    let written = written(|| stage.cli(), &["--missing", "--subscribe", &queue]);
    assert_eq!(written.stderr, "");
    let (status, reasons) = deploy(&stage.url(), &stage.credentials, REGION, &written.cloudformation);
    assert_eq!(status, "CREATE_COMPLETE", "{reasons:?}");
    let (run, report) = stage.cli().report();
    report.assert(&all_pass(), &run.stderr);
    for finding in &report.results {
        assert_eq!(["pass", "pass"], [&*finding.verdicts.cis, &*finding.verdicts.effective], "{}", finding.rule);
    }
    let run = stage.cli().args(&["template", "terraform", "--subscribe", &queue]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:#?}");
    assert_eq!(run.stderr, "nothing is missing: no template is written\n");
}

/// A queue's policy is not the template's to replace: the command that adds to it is said, in the template too.
#[test]
fn what_must_be_changed_is_a_persons() {
    let mut account = Account::seed(&fresh_id());
    account.topic().subscriptions.clear();
    account.trail().logging = false;
    account.region(REGION).queues.push(QUEUE.into());
    let queue = format!("arn:aws:sqs:{REGION}:{}:{QUEUE}", account.id);
    let Some(stage) = Stage::new(Endpoint::Ministack, account) else { return };
    let written = written(|| stage.cli(), &["--subscribe", &queue]);
    for wanted in [
        "manual step: change trail DefaultSecuritySettings (3.1, 3.2,",
        "    aws --region us-east-1 cloudtrail start-logging --name arn:aws:cloudtrail:us-east-1:",
        "manual step: let the topic deliver to queue page (its policy as it was read, plus one statement) (3.1, 3.2,",
        "    aws --region us-east-1 sqs set-queue-attributes --queue-url \"$(aws --region us-east-1 sqs get-queue-url \
         --queue-name page --query QueueUrl --output text)\" --attributes '{\"Policy\":\"",
    ] {
        assert!(written.stderr.contains(wanted), "{}", written.stderr);
    }
    for text in [&written.cloudformation, &written.terraform] {
        assert!(text.contains("#     aws --region us-east-1 cloudtrail start-logging --name arn:"), "{text}");
        assert!(!text.contains("QueuePolicy") && !text.contains("queue_policy"), "{text}");
    }
    assert!(written.cloudformation.contains("  DefaultSecuritySettingsSubscription:\n"), "{}", written.cloudformation);
}

/// Names that would end a string, begin an interpolation, or go on behind a comment.
#[test]
fn hostile_names_stay_names() {
    let demo = include_str!("../../fixtures/accounts/demo.json");
    let topic = "net'\\\"${AWS::Region}%{if}\\n- work: #x\\u2028y";
    let account = demo.replace("network-team", topic).replace("\"management-events\"", "\"m\\nResources: {}\"");
    let account = account.replace("trail/management-events", "trail/m\\nResources: {}");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/3.04-iam-policy-changes.toml");
    let rule = fs::read_to_string(rules).expect("the rule is there");
    let mut rule: Vec<&str> = rule.lines().filter(|line| !line.starts_with("security_hub")).collect();
    let title = "title = 'A \"$$${AWS::Region}\" %%{if} \\ title'";
    let pattern =
        "pattern = '''{ ($.eventSource = \"iam.amazonaws.com\") || ($.eventName = \"it's ${var.x} %{y}\") }'''";
    for line in &mut rule {
        if line.starts_with("title = ") {
            *line = title;
        } else if line.starts_with("pattern = ") {
            *line = pattern;
        }
    }
    let cli = || Cli::new().file("account.json", &account).file("rules/3.04-iam-policy-changes.toml", rule.join("\n"));
    let of_account = written(cli, &["--snapshot", "account.json", "--subscribe", "email:a@example.com"]);
    let of_rule = written(cli, &["--all", "--rules", "rules"]);
    checked(&of_account.terraform);
    let body = checked(&of_rule.terraform);
    let filter = body
        .blocks()
        .find(|block| block.labels().first().is_some_and(|label| label.as_str() == "aws_cloudwatch_log_metric_filter"));
    let filter = filter.expect("a filter").body().attributes().find(|attribute| attribute.key() == "pattern");
    let wanted = "{ ($.eventSource = \"iam.amazonaws.com\") || ($.eventName = \"it's ${var.x} %{y}\") }";
    assert_eq!(text_of(filter.expect("a pattern").expr()), wanted);

    let texts = [("yaml", of_account.cloudformation.as_str()), ("yaml", of_rule.cloudformation.as_str())];
    let texts = [texts[0], texts[1], ("tf", &of_account.terraform), ("tf", &of_rule.terraform)];
    // The linter may object to what is no name for AWS.
    let Some(answers) = judged(&texts) else { return };
    let documents: Vec<&Value> = answers.iter().map(|answer| &answer["document"]).collect();
    let subscriptions = documents[0]["Resources"].as_object().expect("resources").values();
    let arns: Vec<&str> = subscriptions.filter_map(|each| each["Properties"]["TopicArn"].as_str()).collect();
    assert_eq!(arns[0], "arn:aws:sns:us-east-1:111122223333:net'\"${AWS::Region}%{if}\n- work: #x\u{2028}y");
    let resources = &documents[1]["Resources"];
    assert_eq!(resources["IamPolicyChangesFilter"]["Properties"]["FilterPattern"], wanted);
    assert_eq!(
        resources["IamPolicyChangesAlarm"]["Properties"]["AlarmDescription"],
        "A \"$$${AWS::Region}\" %%{if} \\ title (CIS AWS Foundations Benchmark 1.2.0, 3.4)"
    );
    for line in of_account.stderr.lines() {
        assert!(!line.starts_with("Resources"), "{}", of_account.stderr);
    }
}

fn text_of(expression: &Expression) -> String {
    use hcl::eval::{Context, Evaluate as _};
    match expression.evaluate(&Context::new()).expect("it refers to nothing") {
        hcl::Value::String(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (arguments, wanted) in [
        (&["cloudformation", "--all", "--name-prefix", "${x}"][..], "--name-prefix ${x}: must be 3 to 20 lower-case"),
        (&["terraform", "--all", "--tag", "a=${b}"], "--tag a=${b}: only letters, digits, blanks and"),
        (&["terraform", "--all", "--tag", "a=b\nc"], "only letters, digits, blanks and"),
        (&["terraform", "--all", "--tag", "a=b", "--tag", "a=c"], "--tag a is given twice"),
        (&["terraform", "--all", "--demo"], "the argument '--all' cannot be used with '--demo'"),
        (&["terraform", "--all", "--missing"], "cannot be used with"),
        (&["pulumi", "--all"], "[possible values: cloudformation, terraform]"),
        (&["terraform", "--demo", "-o", "nowhere/at/all.tf"], "cannot write nowhere/at/all.tf"),
    ] {
        let run = Cli::new().arg("template").args(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:#?}");
        assert!(run.stderr.contains(wanted), "{arguments:?}: {}", run.stderr);
    }
}

/// It names subscribers in full, so that a file is its owner's.
#[cfg(unix)]
#[test]
fn a_file_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let cli = Cli::new().args(&["template", "terraform", "--demo", "-o", "main.tf"]);
    let run = cli.run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:#?}");
    let file = cli.home().join("main.tf");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    checked(&fs::read_to_string(file).expect("it is text"));
}
