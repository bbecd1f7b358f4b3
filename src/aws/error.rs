//! What went wrong, in the words of the service or the connection.
//!
//! A failed call is a [`Failure`]; it ends as a [`Gap`] or, if nothing at all could be read, as a [`CollectError`].
//! Messages are one line and bounded: a service may quote the signed request, session token included, on later lines.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use super::credentials::Origin;
use super::http::{BrokenOff, HtmlPage, Unreachable, chain, is_html};
use crate::snapshot::{Cause, Gap, bare};

/// Why an account could not be read at all.
#[derive(Debug, Error)]
pub enum CollectError {
    /// AWS does not take the credentials.
    #[error("AWS refused the credentials: {code}: {message}; {hint}")]
    Refused {
        /// The service's error code.
        code: String,
        /// What the service said.
        message: String,
        /// What to do.
        hint: String,
    },
    /// One region does not take the credentials, and another does.
    #[error(
        "{region} does not take the credentials ({said}), and {elsewhere} does: enable {region} for the account, ask another region, or get a session from a regional endpoint of STS (those of the global one are not taken everywhere)"
    )]
    NotEnabled {
        /// The region that was asked for.
        region: String,
        /// A region that takes them.
        elsewhere: String,
        /// The refusal.
        said: String,
    },
    /// The credentials are over, and no new ones are to be had.
    #[error("the credentials have expired while the account was read: {message}")]
    NotRenewed {
        /// What their source said, and what to do.
        message: String,
    },
    /// No call came through.
    #[error(
        "no service answers in {region}: {message}; check the network, the region, AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE and SSL_CERT_FILE"
    )]
    Unreachable {
        /// The region that was asked for.
        region: String,
        /// The endpoint and what happened there.
        message: String,
    },
    /// The account's time was over before anything of it was read.
    #[error(
        "the account was {message}: give it more seconds with --deadline, or check whether {region} answers at all"
    )]
    TooLate {
        /// The region that was asked for.
        region: String,
        /// Within which time.
        message: String,
    },
    /// Whose account this is could not be found out.
    #[error("cannot tell which account this is: sts:GetCallerIdentity: {code}: {message}")]
    NoIdentity {
        /// The service's error code.
        code: String,
        /// What the service said.
        message: String,
    },
}

/// What kind of trouble a failed call is in, as far as the collection treats it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The credentials are not valid, whatever they are allowed to do.
    Credentials,
    /// What was asked about does not exist.
    NotFound,
    /// No answer came.
    Unreachable,
    /// Denied, throttled out, a server's fault, an answer that makes no sense.
    Other,
}

/// The address of a call: what was asked, where, and about what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// IAM's name of the action.
    pub(super) operation: &'static str,
    /// The region asked.
    pub(super) region: &'a str,
    /// The ARN or name asked about.
    pub(super) resource: Option<&'a str>,
}

/// A call that failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    operation: &'static str,
    /// The region asked.
    pub(super) region: String,
    resource: Option<String>,
    /// What kind of trouble it is.
    pub(super) trouble: Trouble,
    /// The service's error code, or `Timeout`, `Unreachable`, `BadAnswer`, `Credentials`.
    pub(super) code: String,
    /// One line.
    pub(super) message: String,
    /// The call was refused, and so had no effect. Any other failure may be that of an answer only.
    pub(super) is_refusal: bool,
}

impl Call<'_> {
    fn failed(self, trouble: Trouble, code: &str, message: &str) -> Failure {
        Failure {
            operation: self.operation,
            region: self.region.to_owned(),
            resource: self.resource.map(str::to_owned),
            trouble,
            code: code.to_owned(),
            message: one_line(message),
            is_refusal: false,
        }
    }

    /// An answer came that is not one.
    pub(super) fn bad_answer(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "BadAnswer", message)
    }

    /// A page for people came instead of an answer: a proxy's, or that of a network where one must sign in.
    fn html_page(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "HtmlPage", message)
    }

    /// The call was not made: the user left optional ones out.
    pub(super) fn skipped(self) -> Failure {
        self.failed(Trouble::Other, "Skipped", "not asked, because of --skip-optional")
    }

    /// The call was not made or not waited for: the account's time was over.
    pub(super) fn past_deadline(self, deadline: Duration) -> Failure {
        let message = format!("not read within the {} s that --deadline gives the account", deadline.as_secs_f64());
        self.failed(Trouble::Unreachable, DEADLINE, &message)
    }

    /// A request that was not made.
    pub(super) fn bad_request(self, message: &str) -> Failure {
        self.failed(Trouble::Other, "BadRequest", message)
    }

    /// Reads an error of the SDK.
    pub(super) fn failure<E>(self, error: &SdkError<E, HttpResponse>) -> Failure
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
    pub(super) fn failure_at<E>(
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
        let trouble = match Cause::of(code, &message) {
            Cause::Credentials => Trouble::Credentials,
            Cause::NotFound => Trouble::NotFound,
            _ => Trouble::Other,
        };
        let is_refusal = status < 500 && !may_follow_success(code);
        Failure { is_refusal, ..self.failed(trouble, code, &message) }
    }
}

impl Failure {
    /// The caller may not make the call.
    pub(super) fn is_denied(&self) -> bool {
        Cause::of(&self.code, &self.message).is_denial()
    }

    /// The service refused the request as it is, as one does that does not know a value in it yet.
    pub(super) fn is_invalid_request(&self) -> bool {
        self.is_refusal && ["Validation", "Invalid", "Malformed"].iter().any(|word| self.code.starts_with(word))
    }

    /// The call may have had its effect, and only its answer was lost.
    pub(super) fn may_have_worked(&self) -> bool {
        !self.is_refusal && self.trouble != Trouble::Credentials
    }

    /// No answer came within the time that an operation has.
    pub(super) fn is_timeout(&self) -> bool {
        self.code == TIMEOUT
    }

    /// The same failure of another resource.
    pub(super) fn about(self, resource: Option<&str>) -> Self {
        Self { resource: resource.map(str::to_owned), ..self }
    }

    /// Records it as something that could not be read.
    pub(super) fn into_gap(self, account_id: &str) -> Gap {
        Gap {
            account_id: account_id.to_owned(),
            region: self.region,
            operation: self.operation.to_owned(),
            resource: self.resource,
            code: self.code,
            message: self.message,
        }
    }

    /// The action on tags that was denied, where that alone is why the call was: what is made with tags must be allowed to
    /// be tagged as well (Service Authorization Reference, dependent actions).
    pub(super) fn denied_tagging(&self) -> Option<&str> {
        let (_, denied) = self.message.split_once("not authorized to perform: ")?;
        let action = denied.split([' ', ',', ';']).next()?.trim_end_matches('.');
        let (_, verb) = action.split_once(':')?;
        (self.is_denied() && ["Tag", "AddTags"].iter().any(|tagging| verb.starts_with(tagging))).then_some(action)
    }

    /// What failed and how, in one line.
    pub(super) fn words(&self) -> String {
        format!("{}: {}: {}", self.operation, self.code, self.message)
    }

    /// Why the credentials are refused, if that is what happened.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        Refusal::of(&self.code)
    }

    /// What the service or the connection said, with the code if it is the service's.
    pub(super) fn said(&self) -> String {
        let message = self.message.trim_end_matches('.');
        match self.code.as_str() {
            TIMEOUT | DEADLINE | "Unreachable" | "BadAnswer" | "BadRequest" | "HtmlPage" | "Credentials" => {
                message.to_owned()
            }
            code => format!("{code}: {message}"),
        }
    }

    /// The fatal error that this failure is when nothing else came through either.
    pub(super) fn into_error(self, origin: &Origin) -> CollectError {
        let refusal = self.refusal();
        let Self { region, code, message, .. } = self;
        match self.trouble {
            Trouble::Unreachable if code == DEADLINE => CollectError::TooLate { region, message },
            Trouble::Unreachable => CollectError::Unreachable { region, message },
            Trouble::Credentials => {
                let message = message.trim_end_matches('.').to_owned();
                match refusal {
                    Some(refusal) => CollectError::Refused { code, message, hint: origin.advice(refusal, &region) },
                    None => CollectError::NotRenewed { message },
                }
            }
            Trouble::NotFound | Trouble::Other => CollectError::NoIdentity { code, message },
        }
    }
}

/// The code of a call that was given up.
const TIMEOUT: &str = "Timeout";
/// The code of a call for which the account's time did not suffice.
const DEADLINE: &str = "Deadline";

/// What was to be made is there.
pub(super) const EXISTS: &[&str] = &[
    "AlreadyExistsException",
    "BucketAlreadyOwnedByYou",
    "EntityAlreadyExists",
    "ResourceAlreadyExistsException",
    "ResourceConflictException",
    "TrailAlreadyExistsException",
];

/// What is said of a resource that another call is changing: an earlier attempt of the same, it may be.
const CONFLICTS: &[&str] =
    &["ConcurrentModification", "ConflictException", "OperationAborted", "OperationAbortedException"];

/// Whether a call that ends with this code may have had an effect: the server failed on the way, or it is what a second
/// attempt is told after a first one whose answer was lost. A call that is throttled has been attempted several times.
fn may_follow_success(code: &str) -> bool {
    Cause::of(code, "") == Cause::ServerFault
        || [EXISTS, CONFLICTS, THROTTLING_ERRORS].iter().any(|codes| codes.contains(&code))
}

/// Why a service refuses credentials, whatever they are allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The session is over.
    Expired,
    /// This access key or session token is not known there.
    Unknown,
    /// The signature is another than the service's own.
    Signature,
    /// The request is from another time.
    Clock,
    /// There was no signature.
    Unsigned,
}

impl Refusal {
    /// By the service's error code. `None`: the code is not about credentials.
    pub(super) fn of(code: &str) -> Option<Self> {
        match bare(code) {
            "ExpiredToken" | "TokenRefreshRequired" => Some(Self::Expired),
            "InvalidClientTokenId" | "UnrecognizedClient" | "InvalidAccessKeyId" | "InvalidToken" | "AuthFailure" => {
                Some(Self::Unknown)
            }
            "SignatureDoesNotMatch" | "InvalidSignature" | "IncompleteSignature" => Some(Self::Signature),
            "RequestExpired" | "RequestTimeTooSkewed" => Some(Self::Clock),
            "MissingAuthenticationToken" | "MissingAuthToken" => Some(Self::Unsigned),
            _ => None,
        }
    }
}

/// The useful texts of an error and all below it, outermost first, each once.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error) {
        // Below a located failure, hyper and the SDK only say that something failed; the innermost cause says what.
        if let Some(unreachable) = cause.downcast_ref::<Unreachable>() {
            let innermost = chain(cause).last().map(ToString::to_string).unwrap_or_default();
            texts.push(unreachable.to_string());
            texts.push(innermost);
            break;
        }
        let mut text = cause.to_string();
        // What follows is the request in full.
        if let Some(end) = text.find(" to request `") {
            text.truncate(end);
        }
        let said = texts.iter().any(|earlier| earlier.contains(&text));
        if !said && !EMPTY_PHRASES.contains(&text.as_str()) {
            texts.push(text);
        }
    }
    one_line(&texts.join(": "))
}

/// What the SDK's wrappers say, which tells nobody anything.
const EMPTY_PHRASES: &[&str] = &[
    "dispatch failure",
    "service error",
    "unhandled error",
    "response error",
    "io error",
    "other",
    "user error",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "unexpected credentials error",
];

/// Longer messages are cut.
const MESSAGE_CHARACTERS: usize = 300;
/// What is kept of a message that is cut: so many characters at both ends, and from where a denial says what was denied, and
/// by which policy.
const KEPT_CHARACTERS: usize = 150;
const DECISIVE: [&str; 3] = ["not authorized to perform: ", "with an explicit deny", "because no "];

/// The first line, without control characters, cut where it grows too long. What decides is kept: a denial says who, what,
/// and by whose policy, with names between them that may be long.
fn one_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().filter(|character| !character.is_control()).collect();
    let characters: Vec<char> = line.chars().collect();
    if characters.len() <= MESSAGE_CHARACTERS {
        return line;
    }
    let decisive = DECISIVE.iter().filter_map(|words| Some(line.get(..line.find(words)?)?.chars().count()));
    let mut starts: Vec<usize> = decisive.chain([0, characters.len() - KEPT_CHARACTERS]).collect();
    starts.sort_unstable();
    let (mut kept, mut end) = (String::new(), 0);
    for start in starts {
        if start > end {
            kept.push('…');
        }
        let next = (start + KEPT_CHARACTERS).min(characters.len());
        kept.extend(characters.get(start.max(end)..next).unwrap_or_default());
        end = end.max(next);
    }
    kept
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

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
                    operation: "logs:DescribeMetricFilters".to_owned(),
                    resource: Some("group".to_owned()),
                    code: code.to_owned(),
                    message: "User: arn:aws:iam::111122223333:user/me is not authorized".to_owned(),
                }
            );
        }
    }

    #[test]
    fn denied_tagging_is_told_from_the_denied_call() {
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
    fn refused_credentials_are_told_apart_from_denied_actions() {
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
        assert_eq!(Cause::of(&failure.code, &failure.message), Cause::Forbidden(crate::snapshot::PolicyKind::Boundary));
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
