//! EventBridge: `ListRules` of the default bus.

use serde_json::{Value, json};

use super::{Here, ServiceError, page, text, unknown};

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    if operation != "ListRules" {
        return Err(unknown(operation));
    }
    let size = asked.get("Limit").and_then(Value::as_u64).unwrap_or(100);
    let size = usize::try_from(size).ok().filter(|size| (1..=100).contains(size));
    let size = size.ok_or_else(|| ServiceError::new(400, "ValidationException", "limit is not from 1 to 100"))?;
    let rules = &here.region.event_rules;
    let (shown, next) = page(rules, size, text(asked, "NextToken"), "ListRules", "ValidationException")?;
    let rule = |rule: &crate::support::account::EventRule| {
        let arn = here.account.event_rule_arn(here.name, &rule.name);
        let mut shown = json!({ "Name": rule.name, "Arn": arn, "State": rule.state, "EventBusName": "default" });
        match &rule.pattern {
            Some(pattern) => shown["EventPattern"] = json!(pattern),
            None => shown["ScheduleExpression"] = json!("rate(1 day)"),
        }
        shown
    };
    Ok(json!({ "Rules": shown.iter().map(rule).collect::<Vec<_>>(), "NextToken": next }))
}
