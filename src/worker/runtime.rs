//! Lambda's runtime API (Lambda developer guide, "Using the Lambda runtime API for custom runtimes"): one event after the
//! other, and an answer to each. It knows nothing of what they say.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::aws::{Answered, Plain};

/// The version of the API.
const VERSION: &str = "/2018-06-01/runtime";
/// The most of an error's text: an answer may have 6 MB, and a state of Step Functions 256 KiB.
const ERROR_CHARACTERS: usize = 2_000;

/// The runtime API.
pub(super) struct Api {
    http: Plain,
}

/// An event, and what it is answered by.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Vec<u8>,
}

impl Api {
    /// `address`: host and port.
    pub(super) fn new(address: &str) -> Self {
        Self { http: Plain::new(format!("http://{address}")) }
    }

    /// Waits for the next event.
    pub(super) async fn next(&self) -> anyhow::Result<Invocation> {
        let answered = self.http.send(&format!("{VERSION}/invocation/next"), Vec::new(), None).await;
        let answered = answered.context("the runtime API gives no event")?;
        let id = answered.header("lambda-runtime-aws-request-id").map(str::to_owned);
        match id.filter(|id| answered.status == 200 && is_id(id)) {
            Some(id) => Ok(Invocation { id, event: answered.body }),
            None => bail!("the runtime API gives no event: status {}", answered.status),
        }
    }

    /// Says what came of an event.
    pub(super) async fn answer(&self, id: &str, done: anyhow::Result<Value>) -> anyhow::Result<()> {
        let answered = match done {
            Ok(answer) => {
                let path = format!("{VERSION}/invocation/{id}/response");
                self.http.send(&path, Vec::new(), Some(answer.to_string())).await
            }
            Err(error) => self.complain(&format!("{VERSION}/invocation/{id}/error"), &error).await,
        };
        accepted(&answered.context("the runtime API takes no answer")?)
    }

    /// Says that there will be no answers.
    pub(super) async fn cannot_start(&self, error: &anyhow::Error) -> anyhow::Result<()> {
        let answered = self.complain(&format!("{VERSION}/init/error"), error).await;
        accepted(&answered.context("the runtime API takes no error")?)
    }

    async fn complain(&self, path: &str, error: &anyhow::Error) -> Result<Answered, crate::aws::PlainError> {
        let text: String = format!("{error:#}").chars().take(ERROR_CHARACTERS).collect();
        let body = json!({ "errorType": "CisAudit", "errorMessage": text, "stackTrace": [] });
        let headers = vec![("lambda-runtime-function-error-type", "Runtime.CisAudit".to_owned())];
        self.http.send(path, headers, Some(body.to_string())).await
    }
}

fn accepted(answered: &Answered) -> anyhow::Result<()> {
    // A function that is out of time is answered for already (410 and the like): the next event decides.
    if answered.status < 500 { Ok(()) } else { bail!("the runtime API answers with status {}", answered.status) }
}

/// It becomes a part of a path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
