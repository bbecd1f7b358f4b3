//! Answers that are well formed and lack something: a whole document, a member, the end of their pages.
//!
//! Members are named by a path, `trailList.*.IsMultiRegionTrail`, in which `*` is every item of a list. In XML only the
//! last name counts: every element of that name, or an `<entry>` of a map with that key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ciborium::Value as Cbor;
use serde_json::Value;

use super::call::{Call, Protocol, form};
use super::fault::Fault;
use super::http::{Request, Response};
use super::wire::{cbor_of, json_of_cbor, query_response};

/// What happens to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is not there.
    Absent,
    /// It is there and null. XML has no null: there the element is left out.
    Null,
    /// It is this text instead.
    Text(&'static str),
}

/// The empty document of the operation's protocol: `{}`, an empty map, an empty result.
pub(crate) fn empty_document() -> Fault {
    of_answers(|call, _, response| match call.protocol {
        Protocol::AwsJson | Protocol::Rest => response.body = b"{}".to_vec(),
        Protocol::Cbor => response.body = cbor_bytes(&cbor_of(&serde_json::json!({}))),
        Protocol::Query => {
            let body = String::from_utf8_lossy(&response.body);
            let namespace = body.split('"').nth(1).unwrap_or_default().to_owned();
            *response = query_response(&call.operation, &namespace, "");
        }
    })
}

/// One member of the answer changed.
pub(crate) fn member(path: &'static str, change: Change) -> Fault {
    of_answers(move |call, _, response| match call.protocol {
        Protocol::AwsJson | Protocol::Rest => {
            let mut body: Value = serde_json::from_slice(&response.body).expect("an answer in JSON");
            in_json(&mut body, path, change);
            response.body = body.to_string().into_bytes();
        }
        Protocol::Cbor => {
            let mut body: Cbor = ciborium::from_reader(&*response.body).expect("an answer in CBOR");
            in_cbor(&mut body, path, change);
            response.body = cbor_bytes(&body);
        }
        Protocol::Query => {
            let name = path.rsplit('.').next().unwrap_or(path);
            let body = String::from_utf8_lossy(&response.body).into_owned();
            response.body = in_xml(&body, name, change).into_bytes();
        }
    })
}

/// Every page says that the same page comes next, and asked for it gives the first again.
pub(crate) fn repeated_token(member: &'static str) -> Fault {
    let pages: Arc<Mutex<HashMap<String, Response>>> = Arc::default();
    rewritten(move |call, request, response| {
        let mut pages = pages.lock().expect("nobody panics while holding it");
        let question = without_token(call, request, member);
        if response.status == 200 {
            pages.entry(question).or_insert_with(|| response.clone());
        } else if let Some(first) = pages.get(&question) {
            *response = first.clone();
        } else {
            return;
        }
        with_token(call, response, member, "AGAIN");
    })
}

/// A change of every answer that is no error.
fn of_answers(change: impl Fn(&Call, &Request, &mut Response) + Send + Sync + 'static) -> Fault {
    rewritten(move |call, request, response| {
        if response.status == 200 {
            change(call, request, response);
        }
    })
}

/// A change of whatever is answered.
fn rewritten(change: impl Fn(&Call, &Request, &mut Response) + Send + Sync + 'static) -> Fault {
    Fault::Rewritten(Arc::new(move |request, response| {
        let call = Call::parse(request).expect("a fault is of a call");
        change(&call, request, response);
    }))
}

fn cbor_bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory does not fail");
    bytes
}

fn in_json(value: &mut Value, path: &str, change: Change) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (value, rest) {
        (Value::Array(items), Some(rest)) if name == "*" => {
            items.iter_mut().for_each(|item| in_json(item, rest, change));
        }
        (Value::Object(members), Some(rest)) => {
            if let Some(inner) = members.get_mut(name) {
                in_json(inner, rest, change);
            }
        }
        (Value::Object(members), None) => match change {
            Change::Absent => drop(members.remove(name)),
            Change::Null => drop(members.insert(name.into(), Value::Null)),
            Change::Text(text) => drop(members.insert(name.into(), text.into())),
        },
        _ => {}
    }
}

fn in_cbor(value: &mut Cbor, path: &str, change: Change) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (value, rest) {
        (Cbor::Array(items), Some(rest)) if name == "*" => {
            items.iter_mut().for_each(|item| in_cbor(item, rest, change));
        }
        (Cbor::Map(members), Some(rest)) => {
            if let Some((_, inner)) = members.iter_mut().find(|(key, _)| key.as_text() == Some(name)) {
                in_cbor(inner, rest, change);
            }
        }
        (Cbor::Map(members), None) => {
            members.retain(|(key, _)| key.as_text() != Some(name));
            match change {
                Change::Absent => {}
                Change::Null => members.push((Cbor::Text(name.into()), Cbor::Null)),
                Change::Text(text) => members.push((Cbor::Text(name.into()), Cbor::Text(text.into()))),
            }
        }
        _ => {}
    }
}

fn in_xml(body: &str, name: &str, change: Change) -> String {
    let entry = format!("<entry><key>{name}</key><value>");
    let ends = if body.contains(&entry) { (entry, "</value></entry>".to_owned()) } else { element(name) };
    let (start, end) = ends;
    let mut parts = body.split(&start);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(&end).expect("an element that begins ends");
        if let Change::Text(text) = change {
            changed.extend([&*start, text, &*end]);
        }
        changed.push_str(rest);
    }
    changed
}

fn element(name: &str) -> (String, String) {
    (format!("<{name}>"), format!("</{name}>"))
}

/// What is asked for, whichever page of it.
fn without_token(call: &Call, request: &Request, member: &str) -> String {
    let body = match call.protocol {
        Protocol::AwsJson | Protocol::Rest => serde_json::from_slice(&request.body).unwrap_or(Value::Null),
        Protocol::Cbor => json_of_cbor(&request.body),
        Protocol::Query => form(&request.body).into_iter().map(|(name, value)| (name, Value::from(value))).collect(),
    };
    let mut body = body;
    in_json(&mut body, member, Change::Absent);
    body.to_string()
}

fn with_token(call: &Call, response: &mut Response, member: &'static str, token: &'static str) {
    match call.protocol {
        Protocol::AwsJson | Protocol::Rest => {
            let mut body: Value = serde_json::from_slice(&response.body).expect("an answer in JSON");
            in_json(&mut body, member, Change::Text(token));
            response.body = body.to_string().into_bytes();
        }
        Protocol::Cbor => {
            let mut body: Cbor = ciborium::from_reader(&*response.body).expect("an answer in CBOR");
            in_cbor(&mut body, member, Change::Text(token));
            response.body = cbor_bytes(&body);
        }
        Protocol::Query => {
            let body = in_xml(&String::from_utf8_lossy(&response.body), member, Change::Absent);
            let end = format!("</{}Result>", call.operation);
            response.body = body.replace(&end, &format!("<{member}>{token}</{member}>{end}")).into_bytes();
        }
    }
}
