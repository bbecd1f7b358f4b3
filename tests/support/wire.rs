//! Answers in the wire protocols: errors in the envelope the SDK expects, and CBOR to and from JSON values.

use ciborium::Value as Cbor;
use serde_json::{Map, Value};

use super::call::Protocol;
use super::http::Response;

/// An error as a service words it.
#[derive(Clone, Debug)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    pub(crate) fn response(&self, protocol: Protocol) -> Response {
        let Self { status, code, message } = self;
        match protocol {
            Protocol::AwsJson => {
                let body = serde_json::json!({ "__type": code, "message": message }).to_string();
                Response::new(*status, "application/x-amz-json-1.1", body).header("x-amzn-RequestId", REQUEST_ID)
            }
            Protocol::Cbor => {
                let shape = format!("com.amazonaws.cloudwatch#{code}");
                let body = cbor_of(&serde_json::json!({ "__type": shape, "message": message }));
                cbor_response(*status, &body).header("x-amzn-query-error", &format!("{code};Sender"))
            }
            Protocol::Rest => {
                let body = serde_json::json!({ "Code": code, "Message": message }).to_string();
                Response::new(*status, "application/json", body)
                    .header("x-amzn-RequestId", REQUEST_ID)
                    .header("x-amzn-ErrorType", code)
            }
            Protocol::Query => {
                let body = format!(
                    "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
                     <Code>{}</Code><Message>{}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
                    escaped(code),
                    escaped(message)
                );
                Response::new(*status, "text/xml", body)
            }
        }
    }
}

/// What every answer gives as its request id.
pub(crate) const REQUEST_ID: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) fn json_response(body: &Value) -> Response {
    Response::new(200, "application/x-amz-json-1.1", body.to_string()).header("x-amzn-RequestId", REQUEST_ID)
}

/// An answer of Security Hub.
pub(crate) fn rest_response(body: &Value) -> Response {
    Response::new(200, "application/json", body.to_string()).header("x-amzn-RequestId", REQUEST_ID)
}

pub(crate) fn cbor_response(status: u16, body: &Cbor) -> Response {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).expect("writing to memory does not fail");
    Response::new(status, "application/cbor", bytes)
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("x-amzn-RequestId", REQUEST_ID)
}

/// An answer of SNS or STS round the XML of its result.
pub(crate) fn query_response(operation: &str, namespace: &str, result: &str) -> Response {
    let body = format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>"
    );
    Response::new(200, "text/xml", body)
}

/// Text inside XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A point in time, for [`cbor_of`]: JSON cannot distinguish one from a number.
pub(crate) fn timestamp(seconds: i64) -> Value {
    serde_json::json!({ "$timestamp": seconds })
}

pub(crate) fn cbor_of(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(truth) => Cbor::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cbor::Integer(whole.into()),
            None => Cbor::Float(number.as_f64().expect("a JSON number that is no integer is a double")),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(cbor_of).collect()),
        Value::Object(members) => match members.get("$timestamp").and_then(Value::as_i64) {
            Some(seconds) => Cbor::Tag(1, Box::new(Cbor::Integer(seconds.into()))),
            None => Cbor::Map(members.iter().map(|(name, item)| (Cbor::Text(name.clone()), cbor_of(item))).collect()),
        },
    }
}

/// The body of a CBOR request. Numbers lose their width, timestamps their tag: enough for reading parameters.
pub(crate) fn json_of_cbor(bytes: &[u8]) -> Value {
    let parsed: Result<Cbor, _> = ciborium::from_reader(bytes);
    parsed.map_or(Value::Null, |value| json_of(&value))
}

fn json_of(value: &Cbor) -> Value {
    match value {
        Cbor::Bool(truth) => Value::Bool(*truth),
        Cbor::Integer(whole) => i64::try_from(*whole).map_or(Value::Null, Value::from),
        Cbor::Float(number) => Value::from(*number),
        Cbor::Text(text) => Value::String(text.clone()),
        Cbor::Array(items) => Value::Array(items.iter().map(json_of).collect()),
        Cbor::Map(members) => {
            let members = members.iter().filter_map(|(name, item)| Some((name.as_text()?.into(), json_of(item))));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Cbor::Tag(_, inner) => json_of(inner),
        // Byte strings and simple values do not occur in these requests; the enum may grow.
        _ => Value::Null,
    }
}
