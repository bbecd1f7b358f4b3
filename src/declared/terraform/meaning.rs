//! What a reference means: the ARN, name or argument of an instance, or what stands for it where it is known only after apply.

use serde_json::Value as Json;

use super::blocks::blocks;
use super::graph::{Candidate, Instance, TRANSFORMATION};
use super::reader::{Reader, anything, clean};
use super::types::{self, Block, How};
use crate::declared::cloudformation::{generated, name_property};
use crate::declared::{Unknown, Value};

impl<'a> Reader<'_, 'a> {
    /// Whether something is an attribute of a resource of the chain, which is hardly ever a part of another name. What else is
    /// unknown often is: `"${random_pet.a.id}-changes"` refers to no more than `"${random_pet.a.id}-logins"`.
    pub(super) fn is_of_chain(&self, candidate: &Candidate) -> bool {
        let Candidate::Instance { at, .. } = candidate else { return false };
        self.graph.instances.get(*at).is_some_and(|instance| types::find(&instance.kind).is_some())
    }

    /// What something is, as the value of an argument of the instance `of`.
    pub(super) fn meaning(&self, of: usize, candidate: &Candidate, how: How) -> Value {
        let words = self.words(candidate);
        let other = self.as_other(candidate);
        let candidate = other.as_ref().unwrap_or(candidate);
        if let Some(expression) = self.of_endpoint(of, candidate, how) {
            return Value::Unknown(Unknown { why: format!("{words} is known only after apply"), expression });
        }
        match candidate {
            Candidate::Instance { at, attribute } => self.attribute(*at, attribute.as_deref(), &words),
            Candidate::Other { kind, address, attribute } => match (how, kind.strip_prefix("aws_")) {
                // It is an action, and no topic. Other attributes may be the ARN of one: the value of a parameter.
                (How::Topic | How::Actions, Some(rest)) if attribute == "arn" && !rest.starts_with("sns_") => {
                    Value::Text(self.arn_of_other(of, rest, address))
                }
                (How::Group, Some(rest))
                    if attribute == "arn" && !rest.starts_with("cloudwatch_log") && self.is_trail(of) =>
                {
                    let why = format!("{words} is known only after apply");
                    Value::Unknown(Unknown { why, expression: self.arn_of_other(of, rest, address) })
                }
                (How::Group | How::Metric | How::Topic | How::Actions, _) | (_, None) => {
                    anything(&words, format!("{words} is known only after apply"))
                }
                (_, Some(_)) => Value::Unknown(Unknown::new(&words, format!("{words} is known only after apply"))),
            },
            Candidate::Outside { name } => Value::Unknown(Unknown::new(name, format!("{name} is read at apply"))),
            Candidate::Open { name, why } => anything(&words, format!("it is {name}, and {why}")),
        }
    }

    /// A queue, of which only that is looked at whether it is a FIFO queue, as what is not looked at.
    fn as_other(&self, candidate: &Candidate) -> Option<Candidate> {
        let Candidate::Instance { at, attribute } = candidate else { return None };
        let instance = self.graph.instances.get(*at).filter(|instance| instance.kind == types::QUEUE)?;
        let (address, kind) = (instance.address.to_string(), instance.kind.to_string());
        Some(Candidate::Other { address, kind, attribute: attribute.clone().unwrap_or_default() })
    }

    /// Whether something is a FIFO queue.
    fn is_fifo_queue(&self, address: &str) -> bool {
        let mut queues = self.graph.instances.iter().filter(|instance| instance.kind == types::QUEUE);
        let queue = queues.find(|instance| instance.address == address);
        queue.and_then(|queue| queue.values.get("fifo_queue")).and_then(Json::as_bool).unwrap_or(false)
    }

    /// What is known of an attribute of a queue, function, stream or role where its ARN is taken: of which service its ARN is,
    /// or that it is no ARN at all (documentation of the provider, "Attribute Reference": `id` and `url` of a queue are its
    /// address, `id` of a function and of a role their name; `invoke_arn` is an ARN of API Gateway, which no other service
    /// takes).
    fn of_endpoint(&self, of: usize, candidate: &Candidate, how: How) -> Option<String> {
        let Candidate::Other { kind, address, attribute } = candidate else { return None };
        let is_role = how == How::Role;
        let (service, names): (_, &[&str]) = match kind.as_str() {
            "aws_iam_role" if is_role => ("iam", &["id", "name", "unique_id"]),
            _ if how != How::Endpoint => return None,
            "aws_sqs_queue" => ("sqs", &["id", "url", "name"]),
            "aws_lambda_function" => ("lambda", &["id", "function_name", "invoke_arn", "qualified_invoke_arn"]),
            "aws_lambda_alias" => ("lambda", &["name", "invoke_arn"]),
            "aws_kinesis_firehose_delivery_stream" => ("firehose", &["name"]),
            _ => return None,
        };
        let shown = |text: &str| generated(&clean(text), false);
        match attribute.as_str() {
            "arn" if kind == types::QUEUE => {
                let name = generated(&clean(address), self.is_fifo_queue(address));
                Some(self.homes.home(of).arn(service, &name))
            }
            "arn" | "qualified_arn" if !is_role => Some(self.homes.home(of).arn(service, &shown(address))),
            name if names.contains(&name) => Some(shown(&format!("{address}.{name}"))),
            _ => None,
        }
    }

    fn is_trail(&self, at: usize) -> bool {
        let instance = self.graph.instances.get(at);
        instance.is_some_and(|instance| types::cloudformation(&instance.kind) == Some("AWS::CloudTrail::Trail"))
    }

    /// The ARN of something that is not of the chain, of which its service is known. `rest`: its type, without the provider.
    fn arn_of_other(&self, of: usize, rest: &str, address: &str) -> String {
        let service = rest.split('_').next().unwrap_or(rest);
        self.homes.home(of).arn(service, &generated(&clean(address), false))
    }

    /// An attribute of an instance that is known only after apply.
    fn attribute(&self, at: usize, attribute: Option<&str>, words: &str) -> Value {
        let Some(instance) = self.graph.instances.get(at) else { return anything(words, "it is not there") };
        let attribute = attribute.unwrap_or_default();
        let kind = types::cloudformation(&instance.kind).unwrap_or_default();
        match (kind, attribute) {
            ("AWS::SNS::Topic", "arn" | "id" | "topic_arn" | "") => self.arn(at, "sns", ""),
            ("AWS::Logs::LogGroup", "arn" | "") => self.arn(at, "logs", "log-group:"),
            ("AWS::KMS::Key", "arn" | "id" | "key_id" | "") => self.arn(at, "kms", "key/"),
            ("AWS::SNS::Subscription", "arn" | "id") => {
                let own = format!("{}:subscription", generated(&clean(&instance.address), false));
                let why = format!("{words} is known only after apply");
                Value::Unknown(Unknown { why, expression: self.homes.home(at).arn("sns", &own) })
            }
            ("AWS::KMS::Alias", "arn") => self.arn(at, "kms", ""),
            ("AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm", "arn") => {
                self.arn(at, "cloudwatch", "alarm:")
            }
            (
                "AWS::Logs::LogGroup"
                | "AWS::Logs::MetricFilter"
                | "AWS::CloudWatch::Alarm"
                | "AWS::CloudWatch::CompositeAlarm"
                | "AWS::SNS::Topic"
                | "AWS::KMS::Alias",
                "id" | "name" | "alarm_name" | "filter_name" | "log_group_name" | "topic_name" | "alias_name" | "",
            ) if kind != "AWS::Logs::MetricFilter" || attribute != "log_group_name" => self.name(at),
            ("AWS::Logs::MetricFilter", _) if attribute.starts_with(TRANSFORMATION) => {
                self.metric_of(at, instance, attribute, words)
            }
            ("", "arn" | "id" | "") if instance.kind == "data.aws_sns_topic" => {
                match instance.values.get("name").and_then(Json::as_str) {
                    Some(name) => Value::Text(self.homes.home(at).arn("sns", name)),
                    None => anything(words, format!("{words} is read at apply")),
                }
            }
            _ => self.argument_of(at, instance, attribute, words),
        }
    }

    /// The metric that a filter publishes, or its namespace.
    fn metric_of(&self, at: usize, instance: &Instance<'a>, attribute: &str, words: &str) -> Value {
        let property = match attribute.strip_prefix(TRANSFORMATION) {
            Some(".name") => "MetricName",
            Some(".namespace") => "MetricNamespace",
            _ => return anything(words, format!("{words} is known only after apply")),
        };
        let read = || blocks(self, at, &self.body(instance), TRANSFORMATION, Block::Transformations);
        match self.deeper(read) {
            Some(Value::List(blocks)) => {
                blocks.into_iter().next().map_or(Value::Absent, |block| block.get(property).value.clone())
            }
            Some(other) => other,
            None => anything(words, "its references lead too far"),
        }
    }

    /// An argument of an instance to which something else refers.
    fn argument_of(&self, at: usize, instance: &Instance<'a>, attribute: &str, words: &str) -> Value {
        let attribute = match (&*instance.kind, attribute) {
            ("aws_sns_topic_policy", "id" | "") => "arn",
            ("aws_kms_alias", "target_key_arn") => "target_key_id",
            (types::STACK, _) => {
                let why = format!("{words} is an output of a stack");
                // Of a template that is here it may be anything that is declared, too.
                let is_here = instance.values.get("template_body").is_some_and(Json::is_string);
                return if is_here { anything(words, why) } else { Value::Unknown(Unknown::new(words, why)) };
            }
            (_, attribute) => attribute,
        };
        let arguments = types::find(&instance.kind).map(|known| known.arguments).unwrap_or_default();
        let known = arguments.iter().find(|(name, ..)| *name == attribute);
        let value = known.and_then(|(name, _, how)| self.deeper(|| self.scalar(at, &self.body(instance), name, *how)));
        value.unwrap_or_else(|| anything(words, format!("{words} is known only after apply")))
    }

    /// What an instance is called; of one that is not known what stands for it.
    pub(super) fn name(&self, at: usize) -> Value {
        let Some(instance) = self.graph.instances.get(at) else { return Value::Absent };
        let known = match types::find(&instance.kind) {
            Some(known) => {
                known.name.and_then(|name| self.deeper(|| self.scalar(at, &self.body(instance), name, How::Plain)))
            }
            None => {
                let kind = types::of_awscc(&instance.kind).unwrap_or_default();
                name_property(kind).and_then(|property| super::awscc::text(instance, property)).map(Value::Text)
            }
        };
        match known {
            Some(Value::Text(text)) => Value::Text(text),
            _ => {
                let why = format!("the name of {} is known only after apply", instance.address);
                Value::Unknown(Unknown { why, expression: self.generated(instance) })
            }
        }
    }

    /// The ARN of a topic.
    pub(super) fn topic(&self, at: usize) -> Value {
        self.arn(at, "sns", "")
    }

    fn arn(&self, at: usize, service: &str, before: &str) -> Value {
        let Some(instance) = self.graph.instances.get(at) else { return Value::Absent };
        let arn = |name: &str| self.homes.home(at).arn(service, &format!("{before}{name}"));
        if service == "kms" && before == "key/" {
            return Value::Text(arn(&self.generated(instance)));
        }
        match self.name(at) {
            Value::Text(name) => Value::Text(arn(&name)),
            Value::Unknown(Unknown { why, expression }) => {
                Value::Unknown(Unknown { why, expression: arn(&expression) })
            }
            other => other,
        }
    }

    /// What stands for the name of an instance; of a key its id.
    pub(super) fn generated(&self, instance: &Instance<'a>) -> String {
        if types::cloudformation(&instance.kind) == Some("AWS::KMS::Key")
            && let Some(id) = instance.values.get("key_id").and_then(Json::as_str).filter(|id| !id.is_empty())
        {
            return id.to_owned();
        }
        let is_fifo = instance.values.get("fifo_topic").and_then(Json::as_bool).unwrap_or(false);
        generated(&clean(&instance.address), is_fifo)
    }
}
