//! Where resources are written.

use std::path::{Path, PathBuf};

use super::*;
use crate::declared::terraform::{SourceFile, Sources, directories};

const ROOT: &str = r#"
# The topic.
resource "aws_sns_topic" "alerts" {
  name = "alerts"
}

module "alarms" {
  source = "./modules/alarms"
}

resource "aws_cloudwatch_metric_alarm" "policy" {
  alarm_name    = "policy-changes"
  alarm_actions = []

  dynamic "metric_query" {
    for_each = []
  }
}
"#;

#[test]
fn findings_point_into_the_files() {
    let mut read =
        read(&plan(&changed("aws_cloudwatch_metric_alarm.policy", "alarm_actions", json!([]), Json::Null, None)));
    let root = Path::new("infra");
    let file = |directory: &str, file: &str, text: &str| SourceFile {
        directory: PathBuf::from(directory),
        file: file.to_owned(),
        text: text.to_owned(),
    };
    let files = [file("infra", "infra/broken.tf", "resource {"), file("infra", "infra/main.tf", ROOT)];
    let sources = Sources::new(directories(root, &read.sources, None), &files);
    read.declared.resources.iter_mut().for_each(|resource| sources.place(resource));
    let checked = judged(read, Scope::Part);
    let place = finding(&checked, "3.4").and_then(|finding| finding.place.clone()).expect("a place");
    let address = Some("aws_cloudwatch_metric_alarm.policy");
    assert_eq!((place.words().as_str(), place.address.as_deref()), ("infra/main.tf:13:19", address));
}

#[test]
fn a_plan_has_addresses_and_no_lines() {
    let resources = changed("aws_cloudwatch_metric_alarm.policy", "actions_enabled", json!(false), Json::Null, None);
    let checked = checked_plan(&plan(&resources));
    let place = finding(&checked, "3.4").and_then(|finding| finding.place.clone()).expect("a place");
    assert_eq!((place.words().as_str(), place.line), ("plan.json", None));
    assert_eq!(place.address.as_deref(), Some("aws_cloudwatch_metric_alarm.policy"));
}

#[test]
fn modules_are_where_their_sources_say() {
    let found_in = |sources: &[(&str, &str)], manifest: Option<&str>| {
        let sources: Vec<(String, String)> =
            sources.iter().map(|(path, source)| ((*path).to_owned(), (*source).to_owned())).collect();
        let found = directories(Path::new("infra"), &sources, manifest);
        found.into_iter().map(|(path, directory)| (path, directory.display().to_string())).collect::<Vec<_>>()
    };
    let at = |path: &str, directory: &str| (path.to_owned(), directory.to_owned());
    assert_eq!(
        found_in(&[("a", "./modules/a"), ("a.b", "../b"), ("c", "hashicorp/c/aws")], None),
        [at("", "infra"), at("a", "infra/modules/a"), at("a.b", "infra/modules/b")]
    );
    let manifest =
        r#"{"Modules":[{"Key":"c","Dir":".terraform/modules/c"},{"Key":"d","Dir":"../../etc"},{"Key":"","Dir":"."}]}"#;
    assert_eq!(
        found_in(&[("c", "hashicorp/c/aws"), ("d", "x/d/aws")], Some(manifest)),
        [at("", "infra"), at("c", "infra/.terraform/modules/c")]
    );
}

#[test]
fn an_unknown_argument_of_a_block_is_named_and_found_there() {
    let selector = json!([{ "include_management_events": true, "read_write_type": "All" }]);
    let mut whole = plan(&changed(
        "aws_cloudtrail.management",
        "event_selector",
        selector,
        json!([{ "exclude_management_event_sources": true }]),
        None,
    ));
    let written =
        json!([{ "exclude_management_event_sources": { "references": ["random_pet.p.id", "random_pet.p"] } }]);
    whole["configuration"]["root_module"]["resources"][0]["expressions"]["event_selector"] = written;
    let mut read = read(&whole);
    let text = "resource \"aws_cloudtrail\" \"management\" {\n  name = \"management\"\n  event_selector {\n  }\n}\n";
    let file =
        SourceFile { directory: PathBuf::from("infra"), file: "infra/main.tf".to_owned(), text: text.to_owned() };
    let sources = Sources::new(directories(Path::new("infra"), &read.sources, None), &[file]);
    read.declared.resources.iter_mut().for_each(|resource| sources.place(resource));
    let checked = judged(read, Scope::Part);
    let finding = finding(&checked, "3.4").expect("3.4 is declared");
    assert_eq!(finding.place.as_ref().and_then(|place| place.line), Some(3));
    let message = finding.reason.as_ref().expect("a reason").message();
    assert!(
        message.contains("event_selector.exclude_management_event_sources of resource aws_cloudtrail.management"),
        "{message}"
    );
}
