//! What new resources are to be like, as the command line says.

use anyhow::bail;

use crate::arn::TopicArn;
use crate::cli::NewArgs;
use crate::fix::plan::Options;

/// What was asked for of a fix, or of the template of one.
pub(super) fn options(args: &NewArgs) -> anyhow::Result<Options> {
    let options = Options {
        subscribe: args.subscribe.clone(),
        topic: args.topic.clone().map(TopicArn::new),
        log_group: args.log_group.clone(),
        name_prefix: args.name_prefix.clone(),
        namespace: args.namespace.clone(),
        own_namespace: None,
        alarm_period: args.alarm_period,
        topic_kms_key: args.topic_kms_key.clone(),
        tags: args.tags.iter().cloned().collect(),
        allow_update: false,
        exceptions: Vec::new(),
    };
    if let Some((key, _)) = args.tags.iter().find(|(key, value)| options.tags.get(key) != Some(value)) {
        bail!("--tag {key} is given twice");
    }
    Ok(options)
}
