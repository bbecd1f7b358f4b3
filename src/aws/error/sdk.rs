//! Reading an error of the SDK: which failure of a call it is, and whether the call may have had its effect all the
//! same. What follows from it is for the caller.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::failure::{Call, Failure, TIMEOUT, Trouble};
use super::words::text;
use crate::aws::http::{BrokenOff, HtmlPage, chain, is_html};
use crate::snapshot::Cause;

impl Call<'_> {
    /// Reads an error of the SDK.
    pub(in crate::aws) fn failure<E>(self, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(refusal) => self.refused(refusal.err(), refusal.raw()),
            SdkError::TimeoutError(_) => {
                self.failed(Trouble::Unreachable, TIMEOUT, &format!("no answer in time from {}", self.region))
            }
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(cause) if chain(cause).any(|cause| cause.is::<CredentialsError>()) => {
                    self.failed(Trouble::Credentials, "Credentials", &text(cause))
                }
                Some(cause) if failure.is_timeout() => {
                    self.failed(Trouble::Unreachable, TIMEOUT, &format!("no answer in time: {}", text(cause)))
                }
                Some(cause) if chain(cause).any(|cause| cause.is::<BrokenOff>()) => self.bad_answer(&text(cause)),
                Some(cause) if chain(cause).any(|cause| cause.is::<HtmlPage>()) => self.html_page(&text(cause)),
                Some(cause) => self.failed(Trouble::Unreachable, "Unreachable", &text(cause)),
                None => self.failed(Trouble::Unreachable, "Unreachable", "the request could not be sent"),
            },
            SdkError::ResponseError(_) => self.bad_answer(&text(error)),
            _ => self.bad_request(&text(error)),
        }
    }

    /// Reads an error of the SDK, and says which place did not answer within which time: the SDK's own error of an
    /// operation that is given up does not.
    pub(in crate::aws) fn failure_at<E>(
        self,
        error: &SdkError<E, HttpResponse>,
        place: Option<&str>,
        timeout: Duration,
    ) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match (error, place) {
            (SdkError::TimeoutError(_), Some(place)) => {
                let message = format!("no answer from {place} within {} s (--timeout)", timeout.as_secs_f64());
                self.failed(Trouble::Unreachable, TIMEOUT, &message)
            }
            _ => self.failure(error),
        }
    }

    fn refused<E: ProvideErrorMetadata + Error + 'static>(self, error: &E, answer: &HttpResponse) -> Failure {
        let status = answer.status().as_u16();
        let Some(code) = error.code() else {
            return if is_html(answer.body().bytes().unwrap_or_default()) {
                self.html_page(&HtmlPage::words(status))
            } else if (200..300).contains(&status) {
                self.bad_answer(&format!("unreadable answer: {}", text(error)))
            } else {
                self.bad_answer(&format!("HTTP status {status} with an unreadable body"))
            };
        };
        let message = error.message().map_or_else(|| format!("HTTP status {status}"), str::to_owned);
        let trouble = match Cause::classify(code, &message) {
            Cause::Credentials => Trouble::Credentials,
            Cause::NotFound => Trouble::NotFound,
            _ => Trouble::Other,
        };
        let mut failure = self.failed(trouble, code, &message);
        failure.is_refusal = status < 500 && !may_follow_success(code);
        failure
    }
}

/// What was to be made is there.
pub(in crate::aws) const EXISTS: &[&str] = &[
    "AlreadyExistsException",
    "BucketAlreadyOwnedByYou",
    "EntityAlreadyExists",
    "ResourceAlreadyExistsException",
    "ResourceConflictException",
    "TrailAlreadyExistsException",
];

/// What is reported about a resource that another call is changing: an earlier attempt of the same, it may be.
const CONFLICTS: &[&str] =
    &["ConcurrentModification", "ConflictException", "OperationAborted", "OperationAbortedException"];

/// Whether a call that ends with this code may have had an effect: the server failed on the way, or it is the answer to a
/// second attempt after a first one whose answer was lost. A call that is throttled has been attempted several times.
fn may_follow_success(code: &str) -> bool {
    Cause::classify(code, "") == Cause::ServerFault
        || [EXISTS, CONFLICTS, THROTTLING_ERRORS].iter().any(|codes| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::super::words::KEPT_CHARACTERS;
    use super::*;
    use crate::snapshot::{Gap, GapSource};

    const CALL: Call<'_> =
        Call { operation: "logs:DescribeMetricFilters", region: "us-east-1", resource: Some("group") };

    fn answered(status: u16, code: Option<&str>, message: &str) -> Failure {
        let mut metadata = ErrorMetadata::builder().message(message);
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        let error = GetCallerIdentityError::generic(metadata.build());
        CALL.failure(&SdkError::service_error(error, HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())))
    }

    fn undelivered(error: ConnectorError) -> Failure {
        CALL.failure(&SdkError::<GetCallerIdentityError, HttpResponse>::dispatch_failure(error))
    }

    #[test]
    fn denials_keep_the_services_code_and_words() {
        for code in ["AccessDenied", "AccessDeniedException", "AuthorizationError", "ThrottlingException"] {
            let failure = answered(400, Some(code), "User: arn:aws:iam::111122223333:user/me is not authorized");
            assert_eq!(failure.trouble, Trouble::Other, "{code}");
            assert_eq!(
                failure.into_gap("111122223333"),
                Gap {
                    account_id: "111122223333".to_owned(),
                    region: "us-east-1".to_owned(),
                    source: GapSource::call("logs:DescribeMetricFilters"),
                    resource: Some("group".to_owned()),
                    code: code.to_owned(),
                    message: "User: arn:aws:iam::111122223333:user/me is not authorized".to_owned(),
                }
            );
        }
    }

    #[test]
    fn denied_tagging_differs_from_the_denied_call() {
        let denied = |action: &str| {
            let why = format!("no identity-based policy allows the {action} action");
            let text = format!(
                "User: arn:aws:iam::111122223333:user/TagResource is not authorized to perform: {action} on resource: arn:aws:x because {why}"
            );
            answered(400, Some("AccessDeniedException"), &text)
        };
        assert_eq!(denied("logs:TagResource").denied_tagging(), Some("logs:TagResource"));
        assert_eq!(denied("cloudtrail:AddTags").denied_tagging(), Some("cloudtrail:AddTags"));
        assert_eq!(denied("logs:CreateLogGroup").denied_tagging(), None);
        let throttled = "not authorized to perform: logs:TagResource";
        assert_eq!(answered(400, Some("ThrottlingException"), throttled).denied_tagging(), None);
    }

    #[test]
    fn only_what_is_sure_to_have_had_no_effect_is_a_refusal() {
        for code in ["AccessDenied", "AuthorizationError", "ExpiredToken", "LimitExceeded", "InvalidParameter"] {
            assert!(answered(400, Some(code), "no").is_refusal, "{code}");
        }
        for (status, code) in [
            (500, "AccessDenied"),
            (503, "Unexpected"),
            (400, "InternalFailure"),
            (400, "KMSInternalException"),
            (400, "DependencyTimeoutException"),
            (400, "ServiceUnavailableException"),
            (400, "ThrottlingException"),
            (400, "Throttling"),
            (409, "OperationAborted"),
            (409, "EntityAlreadyExists"),
        ] {
            assert!(!answered(status, Some(code), "no").is_refusal, "{status} {code}");
        }
        assert!(!answered(400, None, "").is_refusal);
        assert!(!undelivered(ConnectorError::timeout("slow".into())).is_refusal);
    }

    #[test]
    fn refused_credentials_differ_from_denied_actions() {
        for code in [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
        ] {
            assert_eq!(answered(403, Some(code), "no").trouble, Trouble::Credentials, "{code}");
        }
    }

    #[test]
    fn not_found_is_spelled_differently_by_each_service() {
        for code in ["NotFound", "NotFoundException", "ResourceNotFoundException"] {
            assert_eq!(answered(404, Some(code), "no").trouble, Trouble::NotFound, "{code}");
        }
    }

    #[test]
    fn an_answer_without_a_code_is_a_bad_one() {
        let failure = answered(503, None, "");
        assert_eq!(
            (failure.code.as_str(), failure.message.as_str()),
            ("BadAnswer", "HTTP status 503 with an unreadable body")
        );
        assert_eq!(answered(200, None, "").code, "BadAnswer");
    }

    /// By which policy a denial was made is said behind names that may be long.
    #[test]
    fn a_long_denial_keeps_what_was_denied_and_by_which_policy() {
        let message = format!(
            "User: arn:aws:sts::111122223333:assumed-role/{}/{} is not authorized to perform: sns:GetTopicAttributes on \
             resource: arn:aws:sns:us-east-1:111122223333:{} with an explicit deny in a permissions boundary: \
             arn:aws:iam::111122223333:policy/organisation/platform-engineering/boundaries/{}",
            "r".repeat(64),
            "s".repeat(64),
            "t".repeat(256),
            "b".repeat(128)
        );
        let failure = answered(403, Some("AuthorizationError"), &message);
        assert_eq!(
            Cause::classify(&failure.code, &failure.message),
            Cause::Forbidden(crate::snapshot::PolicyKind::Boundary)
        );
        assert!(
            failure.message.contains("not authorized to perform: sns:GetTopicAttributes on"),
            "{}",
            failure.message
        );
        assert!(failure.message.chars().count() <= 5 * (KEPT_CHARACTERS + 1), "{}", failure.message);
        let tagging = message.replace("sns:GetTopicAttributes", "sns:TagResource");
        assert_eq!(answered(403, Some("AuthorizationError"), &tagging).denied_tagging(), Some("sns:TagResource"));
    }

    #[test]
    fn only_the_first_line_of_a_message_is_kept() {
        let quoted = "does not match.\n\nThe Canonical String was\nx-amz-security-token:SECRET";
        assert_eq!(answered(403, Some("SignatureDoesNotMatch"), quoted).message, "does not match.");
        assert_eq!(answered(403, Some("AccessDenied"), &"x".repeat(999)).message.chars().count(), 301);
        assert_eq!(answered(403, Some("AccessDenied"), "a\u{1b}[31mb").message, "a[31mb");
        let long =
            format!("User: {} is not authorized with an explicit deny in a service control policy", "x".repeat(999));
        let kept = answered(403, Some("AccessDenied"), &long).message;
        assert!(kept.starts_with("User: xxx"), "{kept}");
        assert!(kept.ends_with("xxx is not authorized with an explicit deny in a service control policy"), "{kept}");
    }

    #[test]
    fn a_timeout_is_not_an_unreachable_host() {
        assert_eq!(undelivered(ConnectorError::timeout("slow".into())).code, "Timeout");
        let refused = undelivered(ConnectorError::io("Connection refused".into()));
        assert_eq!((refused.code.as_str(), refused.message.as_str()), ("Unreachable", "Connection refused"));
        assert_eq!(refused.trouble, Trouble::Unreachable);
    }

    #[test]
    fn credentials_that_cannot_be_renewed_are_not_a_network_fault() {
        let error = ConnectorError::other(CredentialsError::provider_error("the session has expired").into(), None);
        let failure = undelivered(error);
        assert_eq!((failure.trouble, failure.message.as_str()), (Trouble::Credentials, "the session has expired"));
    }
}
