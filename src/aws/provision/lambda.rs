//! Lambda: a statement of a function's policy that lets a topic invoke it. The function itself, and its other
//! statements, are left alone.

use serde_json::{Value, json};

use super::address::parsed;
use super::resource_state::altered;
use crate::arn::Arn;
use crate::aws::answers;
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::signed::{self, Answer, Request, Service};
use crate::fix::execute::{ResourceState, StepError, StepRunner};
use crate::fix::plan::FunctionPermission;
use crate::partition::host::Hosts;
use crate::partition::principal;

const SERVICE: Service = Service { id: "Lambda", version: "2015-03-31", hosts: Hosts::LAMBDA };

const ALLOW: &str = "lambda:AddPermission";

pub(super) async fn inspect(clients: &Clients, permission: &FunctionPermission) -> Result<ResourceState, Failure> {
    let policy: Value = match policy(clients, &permission.function_arn).await? {
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            let call = Call { operation: "lambda:GetPolicy", region: "", resource: Some(&permission.function_arn) };
            call.bad_answer(&format!("the function's policy is not JSON: {error}"))
        })?,
        None => Value::Null,
    };
    let statements = policy.get("Statement").and_then(Value::as_array);
    let of_this_id =
        |statement: &&Value| statement.get("Sid").and_then(Value::as_str) == Some(&permission.statement_id);
    let Some(found) = statements.into_iter().flatten().find(of_this_id) else { return Ok(ResourceState::Ready) };
    let text = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let source = ["/Condition/ArnLike/AWS:SourceArn", "/Condition/ArnEquals/AWS:SourceArn"].map(text);
    let is_it = text("/Effect") == "Allow"
        && text("/Action") == "lambda:InvokeFunction"
        && text("/Principal/Service") == principal::SNS
        && source.contains(&permission.topic_arn.as_str());
    let what = format!("the statement {} of {}", permission.statement_id, permission.function_arn);
    Ok(if is_it { ResourceState::Done } else { altered(&what, "content") })
}

pub(super) async fn write(
    clients: &Clients,
    permission: &FunctionPermission,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let function = Function::parse(clients, ALLOW, &permission.function_arn)?;
    let body = json!({
        "StatementId": permission.statement_id,
        "Action": "lambda:InvokeFunction",
        "Principal": principal::SNS,
        "SourceArn": permission.topic_arn,
    });
    runner.call(function.call(ALLOW), function.ask(ALLOW, "POST", "policy", body.to_string())).await?;
    Ok(())
}

/// The policy of a function; `None`: it has none. Lambda answers in one word for a policy and for a function that is not
/// there, so the function itself is asked for.
pub(in crate::aws) async fn policy(clients: &Clients, arn: &str) -> Result<Option<String>, Failure> {
    let operation = "lambda:GetPolicy";
    let function = Function::parse(clients, operation, arn)?;
    let answer = match function.ask(operation, "GET", "policy", String::new()).await {
        Ok(answer) => answer.body,
        Err(failure) if failure.trouble == Trouble::NotFound => {
            function.ask("lambda:GetFunctionConfiguration", "GET", "configuration", String::new()).await?;
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let answer: Value =
        serde_json::from_slice(&answer).map_err(|error| function.call(operation).bad_answer(&error.to_string()))?;
    let policy = answer.get("Policy").and_then(Value::as_str).map(str::to_owned);
    function.call(operation).must(answers::FUNCTION_POLICY, policy).map(Some)
}

#[derive(Clone, Copy)]
struct Function<'a> {
    clients: &'a Clients,
    arn: &'a str,
    region: &'a str,
    name: &'a str,
    /// A version or an alias, which has a policy of its own.
    qualifier: Option<&'a str>,
}

impl<'a> Function<'a> {
    fn parse(clients: &'a Clients, operation: &'static str, arn: &'a str) -> Result<Self, Failure> {
        let named = |parts: Arn<'a>| {
            let name = parts.resource.strip_prefix("function:").filter(|_| parts.service == "lambda")?;
            Some((parts.region, name))
        };
        let (region, name) = parsed(operation, arn, "a function", named)?;
        let (name, qualifier) = name.split_once(':').map_or((name, None), |(name, qualifier)| (name, Some(qualifier)));
        Ok(Self { clients, arn, region, name, qualifier })
    }

    fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.region, resource: Some(self.arn) }
    }

    /// One request about a part of the function.
    async fn ask(
        self,
        operation: &'static str,
        method: &'static str,
        part: &'static str,
        body: String,
    ) -> Result<Answer, Failure> {
        let qualifier = self.qualifier.map(|qualifier| format!("?Qualifier={}", signed::encoded(qualifier)));
        let path =
            format!("/2015-03-31/functions/{}/{part}{}", signed::encoded(self.name), qualifier.unwrap_or_default());
        let headers = vec![("content-type", "application/json".to_owned())];
        let name = operation.trim_start_matches("lambda:");
        let request = Request { method, path, headers, body: body.into() };
        let sent = signed::send(self.clients.config(), SERVICE, self.region, name, request);
        self.clients.ask(self.call(operation), sent).await
    }
}
