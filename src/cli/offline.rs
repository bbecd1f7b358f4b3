//! The audit's options where no account is read: of commands that judge something else, or only report.

use std::time::Duration;

use super::{AuditArgs, AwsArgs, FixArgs, ManyArgs, NewArgs, OutputArgs, OwnerArgs, ReadArgs, ScopeArgs};

impl AuditArgs {
    /// These controls and this look, and nothing else.
    #[must_use]
    pub fn offline(scope: ScopeArgs, display: OutputArgs) -> Self {
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
            region: Vec::new(),
            endpoint_url: None,
            role_arn: None,
            external_id: None,
            timeout: Duration::ZERO,
        };
        Self {
            demo: false,
            snapshot: None,
            save_snapshot: None,
            redact: false,
            owner: OwnerArgs::default(),
            many: ManyArgs::default(),
            aws,
            read: ReadArgs { deadline: Duration::ZERO, skip_optional: false },
            scope,
            framework: None,
            waivers: None,
            baseline: None,
            format: Vec::new(),
            output: None,
            show_endpoints: false,
            is_of_saved_results: false,
            exit_zero: false,
            step_summary: None,
            no_config: false,
            project: None,
            fix,
            display,
        }
    }
}
