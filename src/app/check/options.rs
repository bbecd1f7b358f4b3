//! The options of a check as those of an audit, which judging and reporting take.

use std::time::Duration;

use crate::cli::{AuditArgs, AwsArgs, CheckArgs, FixArgs, NewArgs, ReadArgs};

/// The options that a check shares with an audit; what an audit has of its own is as if it had not been given.
pub(super) fn as_audit(args: CheckArgs) -> AuditArgs {
    let CheckArgs { scope, waivers, baseline, format, output, show_endpoints, step_summary, look, .. } = args;
    let new = NewArgs {
        subscribe: Vec::new(),
        topic: None,
        log_group: None,
        name_prefix: String::new(),
        namespace: String::new(),
        alarm_period: 0,
        topic_kms_key: None,
        tags: Vec::new(),
    };
    let fix = FixArgs {
        fix: false,
        dry_run: false,
        yes: false,
        new,
        allow_update: false,
        with_exceptions: false,
        plan_out: None,
        apply: None,
        journal: None,
        wait: None,
    };
    let aws = AwsArgs {
        debug: false,
        profile: None,
        region: None,
        endpoint_url: None,
        role_arn: None,
        external_id: None,
        timeout: Duration::ZERO,
    };
    let read = ReadArgs { deadline: Duration::ZERO, skip_optional: false };
    AuditArgs {
        demo: false,
        snapshot: None,
        aws,
        read,
        scope,
        waivers,
        baseline,
        format,
        output,
        show_endpoints,
        step_summary,
        fix,
        look,
    }
}
