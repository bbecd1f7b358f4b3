//! CloudWatch Observability Access Manager: `ListLinks`, five a page.

use serde_json::{Value, json};

use super::super::wire::ServiceError;
use super::{Here, page, text, unknown};

pub(super) fn answer(here: &Here<'_>, operation: &str, asked: &Value) -> Result<Value, ServiceError> {
    if operation != "ListLinks" {
        return Err(unknown(operation));
    }
    let links = &here.region.monitoring_links;
    let (shown, next) = page(links, 5, text(asked, "NextToken"), "ListLinks", "InvalidParameterException")?;
    let (partition, region, id) = (&here.account.partition, here.name, &here.account.id);
    let link = |(at, (account, kind)): (usize, &(String, String))| {
        json!({
            "Arn": format!("arn:{partition}:oam:{region}:{id}:link/{at}"),
            "Id": at.to_string(),
            "Label": "$AccountName",
            "ResourceTypes": [kind],
            "SinkArn": format!("arn:{partition}:oam:{region}:{account}:sink/1"),
        })
    };
    let items: Vec<Value> = shown.iter().enumerate().map(link).collect();
    Ok(match next {
        Some(next) => json!({ "Items": items, "NextToken": next }),
        None => json!({ "Items": items }),
    })
}
