//! The audit of an organization on an engine of AWS, as infrastructure code: bucket, function, state machine, schedule, queues
//! and alarms. Nothing of it depends on an account: what is different where it is deployed is a parameter.
//!
//! The text of each language is a file; only what the program itself knows is filled in: what an audit may read, which calls
//! can change a verdict, and the states, which are the same in both.

use serde_json::Value;

use super::Language;
use crate::cloudtrail::trigger_patterns;
use crate::fix::permissions::stack_set;

const CLOUDFORMATION: &str = include_str!("engine/cloudformation.yaml");
const TERRAFORM: &str = include_str!("engine/terraform.tf");
const STATES: &str = include_str!("engine/states.json");

/// Memory of the function in MB: a thousand accounts need less than 128, and with it comes CPU.
const MEMORY: &str = "1024";

/// The template.
///
/// # Errors
/// A policy cannot be written as JSON, which none is.
pub fn engine(language: Language) -> Result<String, serde_json::Error> {
    let statements = serde_json::to_value(stack_set::own())?;
    let statements = statements.as_array().cloned().unwrap_or_default();
    Ok(match language {
        Language::Cloudformation => {
            let filled = [
                ("PARTITION", "${Partition}"),
                ("FUNCTION", "${Function}"),
                ("CONCURRENCY", "${Concurrency}"),
                ("TOLERATED", "${Tolerated}"),
            ];
            let listed = statements.iter().map(|statement| listed(statement, 14)).collect::<Result<Vec<_>, _>>()?;
            let text = CLOUDFORMATION.replace("@STATES@", &indented(&with(STATES, &filled), 8));
            let text = text.replace("@STATEMENTS@", &listed.join("\n"));
            with(&text.replace("@RULES@", &rules()?), &COMMON)
        }
        Language::Terraform => {
            let filled = [
                ("PARTITION", "${local.partition}"),
                ("FUNCTION", "${aws_lambda_function.worker.arn}"),
                ("CONCURRENCY", "${var.max_concurrency}"),
                ("TOLERATED", "${var.tolerated_failure_percentage}"),
            ];
            let text = TERRAFORM.replace("@STATES@", &indented(&with(STATES, &filled), 4));
            let statements = indented(&serde_json::to_string_pretty(&statements)?, 4);
            let patterns: Vec<String> = trigger_patterns()
                .iter()
                .map(|pattern| {
                    let text = serde_json::to_string_pretty(pattern)?;
                    Ok(format!("    <<-JSON\n{}\n    JSON\n    ,", indented(&text, 6)))
                })
                .collect::<Result<_, serde_json::Error>>()?;
            let text = text.replace("@STATEMENTS@", &statements).replace("@PATTERNS@", &patterns.join("\n"));
            with(&text, &COMMON)
        }
    })
}

const COMMON: [(&str, &str); 2] = [("VERSION", env!("CARGO_PKG_VERSION")), ("MEMORY", MEMORY)];

/// The text with what stands for something filled in.
fn with(text: &str, filled: &[(&str, &str)]) -> String {
    filled.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("@{name}@"), value))
}

fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(by)) };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A value as an item of a list of YAML, of which JSON is a part.
fn listed(value: &Value, by: usize) -> Result<String, serde_json::Error> {
    let text = indented(&serde_json::to_string_pretty(value)?, by + 2);
    Ok(format!("{}- {}", " ".repeat(by), text.trim_start()))
}

/// The rules: for each pattern one on the account's own bus, and one on that of the organization.
fn rules() -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    for (number, pattern) in (1..).zip(trigger_patterns()) {
        let pattern = indented(&serde_json::to_string_pretty(&pattern)?, 8);
        for (id, more, whose) in
            [("Here", "", "this account"), ("InMembers", "    Condition: HasOrganization\n", "other accounts")]
        {
            let bus = if more.is_empty() { "" } else { "      EventBusName: !Ref Bus\n" };
            text.push(format!(
                "  Changes{id}{number}:\n    Type: AWS::Events::Rule\n{more}    Properties:\n{bus}      \
                 Description: Calls in {whose} that can change a verdict\n      EventPattern:\n{pattern}\n      \
                 Targets:\n        - Id: events\n          Arn: !GetAtt Events.Arn\n          InputTransformer:\n            \
                 InputPathsMap: {{ account: $.account, time: $.time }}\n            \
                 InputTemplate: '{{\"account\": <account>, \"time\": <time>}}'"
            ));
        }
    }
    Ok(text.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_filled_in_and_the_states_are_json() {
        for language in [Language::Cloudformation, Language::Terraform] {
            let text = engine(language).expect("a template");
            let is_place = |word: &&str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_uppercase());
            let left = text.split('@').find(is_place);
            assert_eq!(left, None);
            assert!(text.ends_with('\n'));
        }
        let numbers = [("CONCURRENCY", "8"), ("TOLERATED", "100")];
        let states: Value = serde_json::from_str(&with(STATES, &numbers)).expect("JSON");
        let names: Vec<&String> = states["States"].as_object().expect("states").keys().collect();
        assert_eq!(names.len(), 6);
        assert_eq!(states["States"]["Audit"]["ItemProcessor"]["ProcessorConfig"]["Mode"], "DISTRIBUTED");
    }

    /// A state may hold 256 KiB: none hands on what a report says.
    #[test]
    fn no_state_hands_on_more_than_counts_and_keys() {
        let numbers = [("CONCURRENCY", "8"), ("TOLERATED", "100")];
        let states: Value = serde_json::from_str(&with(STATES, &numbers)).expect("JSON");
        let audit = &states["States"]["Audit"];
        assert_eq!(audit["ResultPath"], Value::Null);
        let batch = audit["ItemProcessor"]["States"]["Batch"]["ResultSelector"].as_object().expect("a selector");
        assert_eq!(batch.keys().collect::<Vec<_>>(), ["audited.$", "kept.$"]);
    }
}
