//! What credentials come from: STS, IAM Identity Center, sign-in and a container's endpoint on one port, before an
//! account on the in-process server. Unlike that server it takes requests that are not signed, and keeps what was asked
//! of it with all parameters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::account::Account;
use super::call::{Call, Protocol, form};
use super::fake::Aws;
use super::http::{Request, Response, write_response};
use super::listener::{Listener, converse};
use super::wire::{ServiceError, escaped, query_response};

/// One question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// `service:Operation`, or the path of a request that is not signed.
    pub(crate) action: String,
    /// Empty where there is no signature.
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) form: BTreeMap<String, String>,
}

impl Asked {
    /// A parameter, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }
}

/// Refuses a question: status, code and message.
pub(crate) type Refuse = fn(&Asked) -> Option<(u16, &'static str, &'static str)>;

pub(crate) struct Identity {
    listener: Listener,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Identity {
    /// Gives credentials to everybody whom `refuse` does not refuse, and shows everybody the account.
    pub(crate) fn new(account: Account, refuse: Refuse) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let aws = Aws::new(account, None);
        let listener = Listener::spawn(move |stream| {
            converse(stream, |request, to| {
                let question = read(&request);
                noted.lock().expect("nobody panics while holding it").push(question.clone());
                write_response(to, &answer(&aws, &request, &question, refuse))?;
                Ok(true)
            });
        });
        Self { listener, asked }
    }

    pub(crate) fn url(&self) -> String {
        self.listener.url()
    }

    /// The questions of an action, in order.
    pub(crate) fn asked(&self, action: &str) -> Vec<Asked> {
        let all = self.asked.lock().expect("nobody panics while holding it");
        all.iter().filter(|asked| asked.action == action).cloned().collect()
    }

    /// The keys that signed anything but questions to STS for a role.
    pub(crate) fn audited_as(&self) -> Vec<String> {
        let all = self.asked.lock().expect("nobody panics while holding it");
        let keys = all.iter().filter(|asked| !asked.access_key.is_empty() && !asked.action.contains("AssumeRole"));
        let mut keys: Vec<String> = keys.map(|asked| asked.access_key.clone()).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

fn read(request: &Request) -> Asked {
    let form: BTreeMap<String, String> = form(&request.body).into_iter().collect();
    match Call::parse(request) {
        Some(call) => Asked { action: call.action(), access_key: call.access_key, region: call.region, form },
        None => {
            let path = request.target.split('?').next().unwrap_or_default();
            let action = form.get("Action").map_or_else(|| path.to_owned(), |action| format!("sts:{action}"));
            Asked { action, form, ..Asked::default() }
        }
    }
}

/// The access key of a role's session: `ASIA` and the role's name.
pub(crate) fn key_of(role_arn: &str) -> String {
    let name = role_arn.rsplit('/').next().unwrap_or_default();
    format!("ASIA{}", name.to_ascii_uppercase())
}

fn answer(aws: &Aws, request: &Request, asked: &Asked, refuse: Refuse) -> Response {
    if let Some((status, code, message)) = refuse(asked) {
        return match Call::parse(request) {
            Some(call) => ServiceError::new(status, code, message).response(call.protocol),
            None if asked.action.starts_with("sts:") => {
                ServiceError::new(status, code, message).response(Protocol::Query)
            }
            None => {
                let body = serde_json::json!({ "message": message, "error": code }).to_string();
                Response::new(status, "application/json", body).header("x-amzn-ErrorType", code)
            }
        };
    }
    match asked.action.as_str() {
        "sts:AssumeRole" | "sts:AssumeRoleWithWebIdentity" => {
            let role = asked.get("RoleArn");
            let result = format!(
                "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                 <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
                 <AssumedRoleUser><Arn>{}</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>",
                key_of(role),
                escaped(role)
            );
            query_response(asked.get("Action"), "https://sts.amazonaws.com/doc/2011-06-15/", &result)
        }
        "/federation/credentials" => json(
            r#"{"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "secret", "sessionToken": "token", "expiration": 4070908800000}}"#,
        ),
        "/container" => json(
            r#"{"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "secret", "Token": "token", "Expiration": "2099-01-01T00:00:00Z"}"#,
        ),
        _ => aws.answer(request),
    }
}

fn json(body: &str) -> Response {
    Response::new(200, "application/json", body)
}
