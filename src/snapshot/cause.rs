//! Why something could not be read: the kinds of a [`Gap`], by its code and message.
//!
//! What a failed read means for a verdict, and what to do about it, depends on the kind of failure and not on the
//! service's spelling of it. Here is the one place that knows the spellings. No verdict and no advice here.

use super::{Gap, Snapshot};

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
    /// An explicit deny of which it is not said where it is.
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

    /// Whether somebody chose that this is not read: it was denied or skipped, and no second attempt would help.
    #[must_use]
    pub fn is_choice(self) -> bool {
        self.is_denial() || self == Self::Skipped
    }

    /// Sorts a failure. A service's code decides where it has one; a message, where the code alone does not.
    #[must_use]
    pub fn of(code: &str, message: &str) -> Self {
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
    /// What kind of failure it is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::of(&self.code, &self.message)
    }
}

impl Snapshot {
    /// As [`Gap::cause`], with what the account's other answers tell: credentials that one region refuses while the region
    /// asked for takes them are those of a region that the account has not enabled.
    #[must_use]
    pub fn cause(&self, gap: &Gap) -> Cause {
        match gap.cause() {
            Cause::Credentials if gap.region != self.region && is_unknown_key(bare(&gap.code)) => {
                Cause::RegionNotEnabled
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
        // Whoever writes no code with a 401, 403 or 407 is no AWS service, and nothing is known of permissions.
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
mod tests {
    use super::*;

    const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/audit/me is not authorized to perform: \
                        sns:GetTopicAttributes on resource: arn:aws:sns:us-east-1:111122223333:alerts";

    fn denied(more: &str) -> Cause {
        Cause::of("AuthorizationError", &format!("{USER} {more}"))
    }

    #[test]
    fn every_services_word_for_a_denial() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "AuthorizationErrorException",
            "UnauthorizedOperation",
            "Client.UnauthorizedOperation",
            "NotAuthorized",
            "com.amazonaws.cloudtrail#AccessDeniedException",
            "403",
        ] {
            assert_eq!(Cause::of(code, USER), Cause::Denied, "{code}");
        }
    }

    #[test]
    fn a_denial_says_whose_policy_it_is() {
        for (more, kind) in [
            ("with an explicit deny in a service control policy", PolicyKind::ServiceControl),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-1",
                PolicyKind::ServiceControl,
            ),
            ("with an explicit deny in a resource control policy", PolicyKind::ResourceControl),
            ("with an explicit deny in a permissions boundary", PolicyKind::Boundary),
            ("with an explicit deny in a session policy", PolicyKind::Session),
            ("with an explicit deny in a VPC endpoint policy", PolicyKind::VpcEndpoint),
            ("with an explicit deny in an identity-based policy", PolicyKind::Identity),
            ("with an explicit deny in a resource-based policy", PolicyKind::Resource),
            ("with an explicit deny", PolicyKind::Unnamed),
            ("because no service control policy allows the sns:GetTopicAttributes action", PolicyKind::ServiceControl),
            ("because no permissions boundary allows the sns:GetTopicAttributes action", PolicyKind::Boundary),
            ("because no session policy allows the sns:GetTopicAttributes action", PolicyKind::Session),
            ("because no VPC endpoint policy allows the sns:GetTopicAttributes action", PolicyKind::VpcEndpoint),
        ] {
            assert_eq!(denied(more), Cause::Forbidden(kind), "{more}");
        }
        for more in [
            "",
            "because no identity-based policy allows the sns:GetTopicAttributes action",
            "because no resource-based policy allows the sns:GetTopicAttributes action",
        ] {
            assert_eq!(denied(more), Cause::Denied, "{more}");
        }
    }

    #[test]
    fn what_is_no_denial_is_none_whatever_its_message_says() {
        let message = "with an explicit deny in a service control policy";
        assert_eq!(Cause::of("ThrottlingException", message), Cause::Throttled);
        assert_eq!(Cause::of("Timeout", message), Cause::TimedOut);
        assert_eq!(Cause::of("ValidationError", message), Cause::Other);
    }

    #[test]
    fn what_may_pass_by_itself() {
        for (code, cause) in [
            ("Throttling", Cause::Throttled),
            ("ThrottlingException", Cause::Throttled),
            ("Throttled", Cause::Throttled),
            ("ThrottledException", Cause::Throttled),
            ("TooManyRequestsException", Cause::Throttled),
            ("RequestLimitExceeded", Cause::Throttled),
            ("LimitExceededException", Cause::Throttled),
            ("429", Cause::Throttled),
            ("Timeout", Cause::TimedOut),
            ("RequestTimeout", Cause::TimedOut),
            ("Deadline", Cause::Deadline),
            ("Unreachable", Cause::Unreachable),
            ("InternalFailure", Cause::ServerFault),
            ("InternalError", Cause::ServerFault),
            ("InternalErrorException", Cause::ServerFault),
            ("InternalServiceError", Cause::ServerFault),
            ("InternalServerError", Cause::ServerFault),
            ("InternalServerException", Cause::ServerFault),
            ("InternalServiceFault", Cause::ServerFault),
            ("KMSInternalException", Cause::ServerFault),
            ("DependencyTimeoutException", Cause::ServerFault),
            ("ServiceUnavailable", Cause::ServerFault),
            ("ServiceUnavailableException", Cause::ServerFault),
            ("503", Cause::ServerFault),
        ] {
            assert_eq!(Cause::of(code, "no"), cause, "{code}");
        }
    }

    #[test]
    fn what_lasts() {
        for (code, cause) in [
            ("Skipped", Cause::Skipped),
            ("HtmlPage", Cause::HtmlPage),
            ("Credentials", Cause::Credentials),
            ("ExpiredToken", Cause::Credentials),
            ("ExpiredTokenException", Cause::Credentials),
            ("InvalidClientTokenId", Cause::Credentials),
            ("UnrecognizedClientException", Cause::Credentials),
            ("SignatureDoesNotMatch", Cause::Credentials),
            ("OptInRequired", Cause::RegionNotEnabled),
            ("RegionDisabledException", Cause::RegionNotEnabled),
            ("UnknownOperationException", Cause::NotImplemented),
            ("UnknownOperation", Cause::NotImplemented),
            ("InvalidAction", Cause::NotImplemented),
            ("NotImplemented", Cause::NotImplemented),
            ("UnsupportedOperation", Cause::NotImplemented),
            ("UnsupportedOperationException", Cause::NotImplemented),
            ("501", Cause::NotImplemented),
            ("404", Cause::NotImplemented),
            ("NotFound", Cause::NotFound),
            ("ResourceNotFoundException", Cause::NotFound),
            ("TrailNotFoundException", Cause::NotFound),
            ("NoSuchBucket", Cause::NotFound),
            ("InvalidParameter", Cause::Other),
            ("ValidationError", Cause::Other),
            ("", Cause::Other),
        ] {
            assert_eq!(Cause::of(code, "no"), cause, "{code}");
        }
    }

    #[test]
    fn an_answer_that_is_none_is_sorted_by_what_is_wrong_with_it() {
        for (message, cause) in [
            ("the answer has no attributes", Cause::LackingAnswer),
            ("the answer describes no key", Cause::LackingAnswer),
            ("unreadable answer: EOF", Cause::BrokenAnswer),
            ("HTTP status 500 with an unreadable body", Cause::ServerFault),
            ("HTTP status 503 with an unreadable body", Cause::ServerFault),
            ("HTTP status 429 with an unreadable body", Cause::Throttled),
            ("HTTP status 404 with an unreadable body", Cause::NotImplemented),
            ("HTTP status 501 with an unreadable body", Cause::NotImplemented),
            ("HTTP status 403 with an unreadable body", Cause::BrokenAnswer),
            ("HTTP status 407 with an unreadable body", Cause::BrokenAnswer),
            ("HTTP status 302 with an unreadable body", Cause::BrokenAnswer),
            ("HTTP status", Cause::BrokenAnswer),
        ] {
            assert_eq!(Cause::of("BadAnswer", message), cause, "{message}");
        }
    }

    #[test]
    fn only_denied_and_skipped_is_somebodys_choice() {
        for (code, is_choice) in [
            ("AccessDenied", true),
            ("Skipped", true),
            ("Throttling", false),
            ("Timeout", false),
            ("Deadline", false),
            ("Unreachable", false),
            ("InternalFailure", false),
            ("BadAnswer", false),
            ("HtmlPage", false),
            ("OptInRequired", false),
            ("InvalidAction", false),
            ("Credentials", false),
            ("NotFound", false),
            ("ValidationError", false),
        ] {
            assert_eq!(Cause::of(code, "no").is_choice(), is_choice, "{code}");
        }
        assert!(denied("with an explicit deny in a service control policy").is_choice());
    }

    #[test]
    fn a_key_that_one_region_alone_does_not_know_is_that_of_a_region_not_enabled() {
        let demo = include_str!("../../fixtures/accounts/demo.json");
        let snapshot = crate::saved::Saved::from_json(demo).expect("the fixture").document.snapshot;
        let gap = |code: &str, region: &str| Gap {
            account_id: "111122223333".to_owned(),
            region: region.to_owned(),
            operation: "sns:GetTopicAttributes".to_owned(),
            resource: None,
            code: code.to_owned(),
            message: "The security token included in the request is invalid.".to_owned(),
        };
        for code in ["InvalidClientTokenId", "UnrecognizedClientException"] {
            assert_eq!(snapshot.cause(&gap(code, "ap-east-1")), Cause::RegionNotEnabled, "{code}");
            assert_eq!(snapshot.cause(&gap(code, "us-east-1")), Cause::Credentials, "{code}");
        }
        assert_eq!(snapshot.cause(&gap("ExpiredToken", "ap-east-1")), Cause::Credentials);
    }
}

/// The codes that the AWS SDK retries as throttling are throttling here.
#[cfg(all(test, feature = "aws"))]
mod sdk_tests {
    use super::Cause;

    #[test]
    fn what_the_sdk_takes_for_throttling_is_throttling() {
        for code in aws_runtime::retries::classifiers::THROTTLING_ERRORS {
            assert_eq!(Cause::of(code, "no"), Cause::Throttled, "{code}");
        }
    }
}
