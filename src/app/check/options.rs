//! The options of a check as those of an audit, which judging and reporting take.

use crate::cli::{AuditArgs, CheckArgs};

/// The options that a check shares with an audit; what an audit has of its own is as if it had not been given.
pub(super) fn as_audit(args: &CheckArgs) -> AuditArgs {
    let CheckArgs { scope, framework, waivers, baseline, format, output, show_endpoints, .. } = args.clone();
    let CheckArgs { step_summary, no_config, display, .. } = args.clone();
    let offline = AuditArgs::offline(scope, display);
    AuditArgs { framework, waivers, baseline, format, output, show_endpoints, step_summary, no_config, ..offline }
}
