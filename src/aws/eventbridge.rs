//! EventBridge: the rules of a region's default bus. What is read is mapped and not judged, and nothing is changed.

use aws_sdk_eventbridge::types as sdk;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure};
use super::pages::Pages;
use crate::snapshot::{EventRule, RegionEventRules};

/// The most that one page holds (`ListRules`).
const PAGE: i32 = 100;
/// A bus has at most 300 rules unless its quota is raised. A server that goes on for ever is stopped here.
const MOST_PAGES: usize = 50;

/// All pages of `events:ListRules` for the default bus of a region.
pub(super) async fn rules(clients: &Clients, region: &str) -> Result<RegionEventRules, Failure> {
    let call = Call { operation: "events:ListRules", region, resource: None };
    let eventbridge = clients.eventbridge(region);
    let (mut rules, mut pages) = (Vec::new(), Pages::new(call, MOST_PAGES));
    loop {
        let request = eventbridge.list_rules().limit(PAGE).set_next_token(pages.token());
        let answer = clients.ask(call, request.send()).await?;
        for listed in call.must(answers::EVENT_RULES, answer.rules)? {
            rules.extend(rule(call, listed)?);
        }
        if !pages.turn(answer.next_token)? {
            return Ok(RegionEventRules { region: region.to_owned(), rules });
        }
    }
}

/// `None`: it is on a schedule, and watches no event.
fn rule(call: Call<'_>, rule: sdk::Rule) -> Result<Option<EventRule>, Failure> {
    let Some(event_pattern) = answers::EVENT_PATTERN.or_default(rule.event_pattern.map(Some)) else { return Ok(None) };
    let state = rule.state.map(|state| state.as_str().to_owned());
    Ok(Some(EventRule {
        name: call.must_say(answers::EVENT_RULE_NAME, rule.name)?,
        arn: call.must_say(answers::EVENT_RULE_ARN, rule.arn)?,
        state: call.must_say(answers::EVENT_RULE_STATE, state)?,
        event_pattern,
    }))
}
