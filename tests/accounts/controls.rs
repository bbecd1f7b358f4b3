//! The controls of CIS AWS Foundations 1.2.0, and the metric by which the seed's account monitors each.

/// Number of the control, and the metric that the seed's filter for it publishes.
const METRICS: [(&str, &str); 14] = [
    ("3.1", "UnauthorizedAPICalls"),
    ("3.2", "LoginWithoutMFA"),
    ("3.3", "ForRootAcount"),
    ("3.4", "IamPolicyChanges"),
    ("3.5", "CloudTrailConfigurationChanges"),
    ("3.6", "AuthenticationFailuresDetected"),
    ("3.7", "CustomerCreatedCMKsChanges"),
    ("3.8", "S3BucketPolicyChanges"),
    ("3.9", "ConfigConfigurationChanges"),
    ("3.10", "SecurityGroupChanges"),
    ("3.11", "NACLChanges"),
    ("3.12", "NetworkGatewayChanges"),
    ("3.13", "RouteTableChanges"),
    ("3.14", "VpcChanges"),
];

/// The numbers of all controls, in the order of a report.
pub(crate) const CONTROLS: [&str; 14] =
    ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

/// The metric by which the seed's account monitors a control.
///
/// # Panics
/// If there is no such control.
pub(crate) fn metric_of(control: &str) -> &'static str {
    let found = METRICS.iter().find(|(number, _)| *number == control);
    found.unwrap_or_else(|| panic!("{control} is no control of the seed's account")).1
}
