//! Why something could not be read: the kinds of a [`Gap`], by its code and message.
//!
//! What a failed read means for a verdict, and what to do about it, depends on the kind of failure and not on the
//! service's spelling of it. Here is the one place that knows the spellings. No verdict and no advice here.

use super::{Gap, GapSource, Snapshot};

/// What kind of failure left a [`Gap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// No policy allows the action.
    Denied,
    /// A policy forbids the action whatever the others allow, or bounds them and does not allow it.
    Forbidden(PolicyKind),
    /// An optional call that was not made, because of `--skip-optional`.
    Skipped,
    /// Too many requests.
    Throttled,
    /// No answer within `--timeout`.
    TimedOut,
    /// The audit's `--deadline` was over.
    Deadline,
    /// No connection, or one that broke.
    Unreachable,
    /// The service failed.
    ServerFault,
    /// An answer that cannot be read.
    BrokenAnswer,
    /// An answer that can be read and lacks what it must hold.
    LackingAnswer,
    /// A sign-in or error page instead of an answer.
    HtmlPage,
    /// The account has not enabled the region.
    RegionNotEnabled,
    /// The endpoint does not have the operation.
    NotImplemented,
    /// The credentials were not accepted, or could not be renewed.
    Credentials,
    /// What was asked about does not exist.
    NotFound,
    /// Anything else that a service says.
    Other,
}

/// The policy that a service names when it denies an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// A policy of the caller's own.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The organization's service control policy.
    ServiceControl,
    /// The organization's resource control policy.
    ResourceControl,
    /// The permissions boundary of the caller.
    Boundary,
    /// The session policy with which the role was assumed.
    Session,
    /// The policy of the VPC endpoint that the request came through.
    VpcEndpoint,
    /// An explicit deny of which it is not stated where it is.
    Unnamed,
}

impl PolicyKind {
    /// Every kind that a message can name, with the words for it (IAM user guide, "Troubleshoot access denied error
    /// messages").
    const NAMED: [(Self, &'static str); 7] = [
        (Self::ServiceControl, "service control policy"),
        (Self::ResourceControl, "resource control policy"),
        (Self::Boundary, "permissions boundary"),
        (Self::Session, "session policy"),
        (Self::VpcEndpoint, "VPC endpoint policy"),
        (Self::Identity, "identity-based policy"),
        (Self::Resource, "resource-based policy"),
    ];

    /// The words of AWS for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        Self::NAMED.iter().find(|(kind, _)| *kind == self).map_or("policy", |(_, words)| words)
    }

    /// Whether it bounds what other policies may allow, so that an action that it does not allow is denied.
    fn is_bound(self) -> bool {
        match self {
            Self::ServiceControl | Self::ResourceControl | Self::Boundary | Self::Session | Self::VpcEndpoint => true,
            Self::Identity | Self::Resource | Self::Unnamed => false,
        }
    }
}

impl Cause {
    /// Whether an action was denied, by whatever policy.
    #[must_use]
    pub fn is_denial(self) -> bool {
        matches!(self, Self::Denied | Self::Forbidden(_))
    }

    /// Whether it was chosen that this is not read: it was denied or skipped, and no second attempt would help.
    #[must_use]
    pub fn is_choice(self) -> bool {
        self.is_denial() || self == Self::Skipped
    }

    /// Sorts a failure. A service's code decides where it has one; a message, where the code alone does not.
    #[must_use]
    pub fn classify(code: &str, message: &str) -> Self {
        let own = match code {
            "Skipped" => Some(Self::Skipped),
            "Timeout" => Some(Self::TimedOut),
            "Deadline" => Some(Self::Deadline),
            "Unreachable" => Some(Self::Unreachable),
            "HtmlPage" => Some(Self::HtmlPage),
            "Credentials" => Some(Self::Credentials),
            "BadAnswer" => Some(bad_answer(message)),
            _ => None,
        };
        own.or_else(|| code.parse().ok().and_then(of_status)).unwrap_or_else(|| of_service(code, message))
    }
}

/// Whether it may be the resource's own policy that denies an action, so that nothing follows for another resource: which
/// key a caller may read is always the key's to say, and a topic may keep out whom it likes.
pub(crate) fn is_denied_by_resource(operation: &str, message: &str) -> bool {
    operation.starts_with("kms:") || message.contains(PolicyKind::Resource.words())
}

impl Gap {
    /// What kind of failure it is. `None`: no call failed, a document does not say it yet.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self.source {
            GapSource::Call { .. } => Some(Cause::classify(&self.code, &self.message)),
            GapSource::Document(_) => None,
        }
    }
}

impl Snapshot {
    /// As [`Gap::cause`], with what the account's other answers show: credentials that one region refuses while the
    /// region asked for takes them are those of a region that the account has not enabled.
    #[must_use]
    pub fn cause(&self, gap: &Gap) -> Option<Cause> {
        match gap.cause() {
            Some(Cause::Credentials) if gap.region != self.region && is_unknown_key(bare(&gap.code)) => {
                Some(Cause::RegionNotEnabled)
            }
            cause => cause,
        }
    }
}

/// An error's code without the namespace before it and the address behind it: `aws.x#Code:http://…` → `Code`.
pub(crate) fn without_namespace(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().trim()
}

/// `com.amazonaws.sns#ThrottledException:https://…` → `Throttled`, `Client.UnauthorizedOperation` → `UnauthorizedOperation`.
pub(crate) fn bare(code: &str) -> &str {
    let code = without_namespace(code);
    let code = ["Client.", "Server.", "AWS.SimpleQueueService."]
        .iter()
        .find_map(|prefix| code.strip_prefix(prefix))
        .unwrap_or(code);
    code.strip_suffix("Exception").unwrap_or(code)
}

fn is_unknown_key(bare: &str) -> bool {
    matches!(bare, "InvalidClientTokenId" | "UnrecognizedClient" | "AuthFailure" | "InvalidAccessKeyId")
}

/// By the codes of the services that are read: their API references ("Common Errors" and those of each operation), and
/// what the AWS SDKs retry as throttling.
fn of_service(code: &str, message: &str) -> Cause {
    match bare(code) {
        "AccessDenied"
        | "AccessDeniedFault"
        | "Authorization"
        | "AuthorizationError"
        | "UnauthorizedOperation"
        | "Unauthorized"
        | "UnauthorizedAccess"
        | "NotAuthorized"
        | "Forbidden"
        | "VpceAccessDenied"
        | "KMSAccessDenied" => denial(message),
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "LimitExceeded"
        | "BandwidthLimitExceeded"
        | "ProvisionedThroughputExceeded"
        | "PriorRequestNotComplete"
        | "TransactionInProgress"
        | "EC2Throttled"
        | "KMSThrottling"
        | "SlowDown" => Cause::Throttled,
        "RequestTimeout" => Cause::TimedOut,
        "ServiceUnavailable"
        | "ServiceUnavailableError"
        | "ServiceFailure"
        | "Unavailable"
        | "DependencyTimeout"
        | "BadGateway"
        | "GatewayTimeout" => Cause::ServerFault,
        bare if bare.starts_with("Internal") || bare.starts_with("KMSInternal") => Cause::ServerFault,
        "OptInRequired" | "RegionDisabled" => Cause::RegionNotEnabled,
        "UnknownOperation"
        | "UnknownAction"
        | "InvalidAction"
        | "NotImplemented"
        | "NotImplementedError"
        | "UnsupportedOperation"
        | "UnsupportedCommand"
        | "UnsupportedAction"
        | "OperationNotSupported"
        | "ActionNotSupported"
        | "MethodNotAllowed" => Cause::NotImplemented,
        "ExpiredToken"
        | "TokenRefreshRequired"
        | "InvalidToken"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthToken" => Cause::Credentials,
        bare if is_unknown_key(bare) => Cause::Credentials,
        "NotFound" | "ResourceNotFound" | "TrailNotFound" | "QueueDoesNotExist" | "NonExistentQueue" => Cause::NotFound,
        bare if bare.starts_with("NoSuch") => Cause::NotFound,
        _ => Cause::Other,
    }
}

/// An error without a code of its own: its HTTP status is all there is to go by.
fn of_status(status: u16) -> Option<Cause> {
    match status {
        401 | 407 => Some(Cause::Credentials),
        403 => Some(Cause::Denied),
        404 | 405 | 501 => Some(Cause::NotImplemented),
        408 => Some(Cause::TimedOut),
        429 => Some(Cause::Throttled),
        500..=599 => Some(Cause::ServerFault),
        _ => None,
    }
}

/// An answer that is none, as the reading of answers words it.
fn bad_answer(message: &str) -> Cause {
    if let Some(rest) = message.strip_prefix("HTTP status ") {
        let status = rest.split(' ').next().and_then(|status| status.parse().ok());
        // A sender that writes no code with a 401, 403 or 407 is no AWS service, and nothing is known of permissions.
        return match status.and_then(of_status) {
            Some(Cause::Denied | Cause::Credentials) | None => Cause::BrokenAnswer,
            Some(cause) => cause,
        };
    }
    let lacks = ["the answer has no ", "the answer lacks ", "the answer describes no "];
    if lacks.iter().any(|words| message.starts_with(words)) { Cause::LackingAnswer } else { Cause::BrokenAnswer }
}

/// `… with an explicit deny in a service control policy`, `… because no permissions boundary allows the … action`: IAM
/// user guide, "Troubleshoot access denied error messages".
fn denial(message: &str) -> Cause {
    let message = message.to_ascii_lowercase();
    let kind_after = |words: &str| {
        let (_, rest) = message.split_once(words)?;
        let named =
            PolicyKind::NAMED.iter().filter_map(|(kind, name)| Some((rest.find(&name.to_ascii_lowercase())?, *kind)));
        named.min().map(|(_, kind)| kind)
    };
    if message.contains("explicit deny") {
        return Cause::Forbidden(kind_after("explicit deny").unwrap_or(PolicyKind::Unnamed));
    }
    match kind_after("because no ") {
        Some(kind) if kind.is_bound() => Cause::Forbidden(kind),
        _ => Cause::Denied,
    }
}

#[cfg(test)]
mod tests;

/// The codes that the AWS SDK retries as throttling are throttling here.
#[cfg(all(test, feature = "aws"))]
mod sdk_tests {
    use super::Cause;

    #[test]
    fn what_the_sdk_takes_for_throttling_is_throttling() {
        for code in aws_runtime::retries::classifiers::THROTTLING_ERRORS {
            assert_eq!(Cause::classify(code, "no"), Cause::Throttled, "{code}");
        }
    }
}
