//! A server that answers as AWS does, from a described account: its page sizes, its errors, its blind spots.
//!
//! The emulators page wrongly or not at all, keep no subscription pending, report no delivery error and know no
//! organization's trail, so whatever depends on those is asked here. It only reads; nothing can be created in it. What
//! it answers is written from the API's documentation, not from the tool's needs.

mod cloudtrail;
mod cloudwatch;
mod eventbridge;
mod kms;
mod logs;
mod oam;
mod security_hub;
mod sns;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use super::account::{Account, Region};
use super::call::{Call, Protocol, form};
use super::http::{Request, Response, write_response};
use super::listener::{Listener, converse};
use super::traffic::Traffic;
use super::wire::{
    ServiceError, cbor_of, cbor_response, escaped, json_of_cbor, json_response, query_response, rest_response,
};

/// Lets a caller in who assumes it with the right external id.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
}

/// The server: everything but the transport.
pub(crate) struct Aws {
    account: Account,
    role: Option<Role>,
    traffic: Traffic,
}

/// The server on a loopback port, in plain HTTP.
pub(crate) struct Fake {
    listener: Listener,
    aws: Arc<Aws>,
}

/// What the access key of an assumed role looks like; a caller without it is not in the account.
const ASSUMED_KEY: &str = "ASIAASSUMEDROLE00000";

impl Fake {
    pub(crate) fn new(account: Account) -> Self {
        Self::with_role(account, None)
    }

    /// Only who assumed the role reads the account.
    pub(crate) fn with_role(account: Account, role: Option<Role>) -> Self {
        let aws = Arc::new(Aws::new(account, role));
        let answering = Arc::clone(&aws);
        let listener = Listener::spawn(move |stream| answering.serve(stream));
        Self { listener, aws }
    }

    pub(crate) fn url(&self) -> String {
        self.listener.url()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.aws.traffic
    }
}

impl Aws {
    pub(crate) fn new(account: Account, role: Option<Role>) -> Self {
        Self { account, role, traffic: Traffic::default() }
    }

    /// Answers one connection to its end.
    pub(crate) fn serve(&self, stream: impl Read + Write) {
        converse(stream, |request, to| {
            write_response(to, &self.answer(&request))?;
            Ok(true)
        });
    }

    /// Answers one request.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let Some(call) = Call::parse(request) else {
            self.traffic.note_strange(format!("{} {}", request.method, request.target));
            return Response::new(404, "text/plain", "no such page");
        };
        self.traffic.note(&call);
        let answered = self.result(&call, request);
        answered.unwrap_or_else(|error| error.response(call.protocol))
    }

    fn result(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        if self.role.is_some() && call.service != "sts" && call.access_key != ASSUMED_KEY {
            let message = format!("User is not authorized to perform: {}", call.action());
            return Err(ServiceError::new(403, "AccessDenied", message));
        }
        let nothing = Region::default();
        let here = Here {
            account: &self.account,
            name: &call.region,
            region: self.account.regions.get(&call.region).unwrap_or(&nothing),
        };
        let operation = call.operation.as_str();
        match (call.service.as_str(), call.protocol) {
            ("cloudtrail", Protocol::AwsJson) => {
                let asked = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                cloudtrail::answer(&here, operation, &asked).map(|body| json_response(&body))
            }
            ("logs", Protocol::AwsJson) => {
                let asked = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                logs::answer(&here, operation, &asked).map(|body| json_response(&body))
            }
            ("kms", Protocol::AwsJson) => {
                let asked = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                kms::answer(&here, operation, &asked).map(|body| json_response(&body))
            }
            ("events", Protocol::AwsJson) => {
                let asked = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                eventbridge::answer(&here, operation, &asked).map(|body| json_response(&body))
            }
            ("cloudwatch", Protocol::Cbor) => {
                let asked = json_of_cbor(&request.body);
                let body = cloudwatch::answer(&here, operation, &asked)?;
                Ok(cbor_response(200, &cbor_of(&body)))
            }
            ("oam", Protocol::Rest) => {
                let asked = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                oam::answer(&here, operation, &asked).map(|body| rest_response(&body))
            }
            ("securityhub", Protocol::Rest) => security_hub::answer(&here, operation).map(|body| rest_response(&body)),
            ("sns", Protocol::Query) => {
                let result = sns::answer(&here, operation, &Form(form(&request.body)))?;
                let namespace = "http://sns.amazonaws.com/doc/2010-03-31/";
                Ok(query_response(operation, namespace, &result))
            }
            ("sts", Protocol::Query) => {
                let result = self.sts(operation, call, &Form(form(&request.body)))?;
                let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
                Ok(query_response(operation, namespace, &result))
            }
            _ => Err(unknown(operation)),
        }
    }

    fn sts(&self, operation: &str, call: &Call, asked: &Form) -> Result<String, ServiceError> {
        let Account { id, partition, .. } = &self.account;
        match operation {
            "GetCallerIdentity" => {
                let who = if call.access_key == ASSUMED_KEY {
                    format!("arn:{partition}:sts::{id}:assumed-role/Auditor/session")
                } else {
                    format!("arn:{partition}:iam::{id}:user/auditor")
                };
                Ok(format!("<Arn>{who}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{id}</Account>"))
            }
            "AssumeRole" => {
                let allowed = self.role.as_ref().is_some_and(|role| {
                    asked.get("RoleArn") == Some(&role.arn) && asked.get("ExternalId") == role.external_id.as_deref()
                });
                if !allowed {
                    let message = "User is not authorized to perform: sts:AssumeRole";
                    return Err(ServiceError::new(403, "AccessDenied", message));
                }
                let arn = escaped(asked.get("RoleArn").unwrap_or_default());
                Ok(format!(
                    "<Credentials><AccessKeyId>{ASSUMED_KEY}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                     <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
                     <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>"
                ))
            }
            _ => Err(unknown(operation)),
        }
    }
}

/// The region of the account that a request is about.
struct Here<'a> {
    account: &'a Account,
    name: &'a str,
    region: &'a Region,
}

/// The fields of a query request.
struct Form(Vec<(String, String)>);

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn unknown(operation: &str) -> ServiceError {
    ServiceError::new(400, "UnknownOperationException", format!("{operation} is not served here"))
}

/// One page of `items`, and the token of the next.
///
/// A token names its operation as well as its place, so that one operation's token is an error to another's.
fn page<'a, T>(
    items: &'a [T],
    size: usize,
    token: Option<&str>,
    operation: &str,
    code: &str,
) -> Result<(&'a [T], Option<String>), ServiceError> {
    let start = match token {
        None => 0,
        Some(token) => {
            let place = token.strip_prefix(operation).and_then(|rest| rest.strip_prefix('.'));
            let place = place.and_then(|place| place.parse().ok());
            place.ok_or_else(|| ServiceError::new(400, code, "The token is not valid"))?
        }
    };
    let rest = items.get(start..).unwrap_or_default();
    let more = rest.len() > size;
    let next = more.then(|| format!("{operation}.{}", start + size));
    Ok((&rest[..rest.len().min(size)], next))
}

/// A string parameter, where it was given.
fn text<'a>(asked: &'a Value, name: &str) -> Option<&'a str> {
    asked.get(name).and_then(Value::as_str)
}
