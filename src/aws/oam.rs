//! CloudWatch Observability Access Manager: the monitoring accounts that an account shares its metrics with. What is read
//! is mapped and not judged, and nothing is changed.
//!
//! One operation of it is asked, for which no SDK crate is built in.

use serde_json::{Value, json};

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure};
use super::pages::Pages;
use super::signed::{self, Request, Service};
use crate::partition::host::Hosts;
use crate::snapshot::{MonitoringLink, RegionLinks};

const SERVICE: Service = Service { id: "OAM", version: "2022-06-10", hosts: Hosts::OAM };
/// An account is linked to five monitoring accounts at most. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 20;

/// All pages of `oam:ListLinks` of a region.
pub(super) async fn links(clients: &Clients, region: &str) -> Result<RegionLinks, Failure> {
    let call = Call { operation: "oam:ListLinks", region, resource: None };
    let (mut links, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let body = pages.token().map_or_else(|| json!({}), |token| json!({ "NextToken": token }));
        let request = Request {
            method: "POST",
            path: "/ListLinks".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into(),
        };
        let sent = signed::send(clients.config(), SERVICE, region, "ListLinks", request);
        let answer = clients.ask(call, sent).await?.body;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| call.bad_answer(&error.to_string()))?;
        let items = answer.get("Items").and_then(Value::as_array);
        for item in call.must(answers::LINKS, items)? {
            links.push(link(call, item)?);
        }
        if !pages.turn(text(&answer, "NextToken"))? {
            return Ok(RegionLinks { region: region.to_owned(), links });
        }
    }
}

fn link(call: Call<'_>, item: &Value) -> Result<MonitoringLink, Failure> {
    let types = item.get("ResourceTypes").and_then(Value::as_array);
    let types = call.must(answers::LINK_TYPES, types)?.iter();
    Ok(MonitoringLink {
        arn: call.must_say(answers::LINK_ARN, text(item, "Arn"))?,
        sink_arn: call.must_say(answers::LINK_SINK, text(item, "SinkArn"))?,
        resource_types: types.filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}
