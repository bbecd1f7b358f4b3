//! Notices of the program's own: a message to an SNS topic, and findings to Security Hub CSPM.

use serde_json::{Value, json};

use super::clients::Clients;
use super::error::Call;
use super::signed::{self, Request, Service};
use crate::arn::Arn;
use crate::partition::host::Hosts;

const SECURITY_HUB: Service = Service { id: "SecurityHub", version: "2018-10-26", hosts: Hosts::SECURITY_HUB };

/// The most findings of one call (Security Hub API reference, `BatchImportFindings`).
const MOST_FINDINGS: usize = 100;
/// The most characters of a subject (SNS API reference, `Publish`).
const MOST_SUBJECT: usize = 99;

/// A call that failed: one line, with the action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PublishError(String);

/// `sns:Publish`, in the topic's region.
///
/// # Errors
/// What SNS refuses, or that it cannot be reached.
pub async fn publish(clients: &Clients, topic: &str, subject: &str, message: &str) -> Result<(), PublishError> {
    let Some(arn) = Arn::parse(topic).filter(|arn| arn.service == "sns" && !arn.region.is_empty()) else {
        return Err(PublishError(format!("{topic} is not the ARN of a topic")));
    };
    // It takes ASCII, and no line's end.
    let plain = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    let subject: String = subject.chars().map(plain).take(MOST_SUBJECT).collect();
    let call = Call { operation: "sns:Publish", region: arn.region, resource: Some(topic) };
    let sent = clients.sns(arn.region).publish().topic_arn(topic).subject(subject).message(message).send();
    clients.ask(call, sent).await.map(drop).map_err(|failure| PublishError(failure.words()))
}

/// `securityhub:BatchImportFindings`, of findings as `-f asff` writes them, into the account of the clients: how many were
/// taken. With the default product nobody else may import them (Security Hub user guide, "Using `BatchImportFindings`").
///
/// # Errors
/// What Security Hub refuses, as a whole or of single findings.
pub async fn import(clients: &Clients, region: &str, findings: Vec<Value>) -> Result<usize, PublishError> {
    let mut taken = 0;
    for part in findings.chunks(MOST_FINDINGS) {
        let request = Request {
            method: "POST",
            path: "/findings/import".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: json!({ "Findings": part }).to_string().into(),
        };
        let call = Call { operation: "securityhub:BatchImportFindings", region, resource: None };
        let sent = signed::send(clients.config(), SECURITY_HUB, region, "BatchImportFindings", request);
        let answer = clients.ask(call, sent).await.map_err(|failure| PublishError(failure.words()))?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let refused = answer.get("FailedFindings").and_then(Value::as_array).and_then(|all| all.first());
        if let Some(refused) = refused {
            let text = |name: &str| refused.get(name).and_then(Value::as_str).unwrap_or_default();
            let (id, code, why) = (text("Id"), text("ErrorCode"), text("ErrorMessage"));
            return Err(PublishError(format!("securityhub:BatchImportFindings: {id}: {code}: {why}")));
        }
        taken += part.len();
    }
    Ok(taken)
}
