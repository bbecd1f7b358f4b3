//! SQS: a statement more in a queue's policy. The queue itself is neither made nor removed.

use serde_json::{Value, json};

use super::address::parsed;
use super::resource_state::policy_state;
use crate::arn::Arn;
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure};
use crate::aws::signed::{self, Request, Service};
use crate::fix::execute::{ResourceState, StepError, StepRunner};
use crate::fix::plan::PolicyUpdate;
use crate::partition::host::Hosts;

const SERVICE: Service = Service { id: "SQS", version: "2012-11-05", hosts: Hosts::SQS };

const ALLOW: &str = "sqs:SetQueueAttributes";

pub(super) async fn inspect(clients: &Clients, update: &PolicyUpdate) -> Result<ResourceState, Failure> {
    let found = policy(clients, &update.arn).await?;
    Ok(policy_state(found.as_deref(), update, &format!("the queue {}", update.arn)))
}

pub(super) async fn write(
    clients: &Clients,
    update: &PolicyUpdate,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let queue = Queue::parse(clients, ALLOW, &update.arn)?;
    let url = queue.url().await?;
    let body = json!({ "QueueUrl": url, "Attributes": { "Policy": update.policy.to } });
    runner.call(queue.call(ALLOW), queue.ask(ALLOW, &body)).await?;
    Ok(())
}

/// The policy of a queue; `None`: it has none.
pub(in crate::aws) async fn policy(clients: &Clients, arn: &str) -> Result<Option<String>, Failure> {
    let queue = Queue::parse(clients, "sqs:GetQueueAttributes", arn)?;
    let body = json!({ "QueueUrl": queue.url().await?, "AttributeNames": ["Policy", "QueueArn"] });
    let answer = queue.ask("sqs:GetQueueAttributes", &body).await?;
    // So that an answer about a queue without a policy is not an empty one.
    let call = queue.call("sqs:GetQueueAttributes");
    call.must(answers::QUEUE_ARN, answer.pointer("/Attributes/QueueArn").and_then(Value::as_str))?;
    let policy = answer.pointer("/Attributes/Policy").and_then(Value::as_str);
    Ok(policy.filter(|policy| !policy.is_empty()).map(str::to_owned))
}

#[derive(Clone, Copy)]
struct Queue<'a> {
    clients: &'a Clients,
    arn: &'a str,
    parts: Arn<'a>,
}

impl<'a> Queue<'a> {
    fn parse(clients: &'a Clients, operation: &'static str, arn: &'a str) -> Result<Self, Failure> {
        let parts = parsed(operation, arn, "a queue", |parts| (parts.service == "sqs").then_some(parts))?;
        Ok(Self { clients, arn, parts })
    }

    fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.parts.region, resource: Some(self.arn) }
    }

    /// `sqs:GetQueueUrl`.
    async fn url(self) -> Result<String, Failure> {
        let operation = "sqs:GetQueueUrl";
        let body = json!({ "QueueName": self.parts.resource, "QueueOwnerAWSAccountId": self.parts.account });
        let answer = self.ask(operation, &body).await?;
        let url = answer.get("QueueUrl").and_then(Value::as_str);
        self.call(operation).must(answers::QUEUE_URL, url.map(str::to_owned))
    }

    /// One request, as awsJson 1.0 has it.
    async fn ask(self, operation: &'static str, body: &Value) -> Result<Value, Failure> {
        let name = operation.trim_start_matches("sqs:");
        let request = Request {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.0".to_owned()),
                ("x-amz-target", format!("AmazonSQS.{name}")),
            ],
            body: body.to_string().into(),
        };
        let sent = signed::send(self.clients.config(), SERVICE, self.parts.region, name, request);
        let body = self.clients.ask(self.call(operation), sent).await?.body;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| self.call(operation).bad_answer(&error.to_string()))
    }
}
