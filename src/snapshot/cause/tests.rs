//! What is reported about a failed read, and which kind of cause that is.

use super::*;

const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/audit/me is not authorized to perform: \
                    sns:GetTopicAttributes on resource: arn:aws:sns:us-east-1:111122223333:alerts";

fn denied(more: &str) -> Cause {
    Cause::classify("AuthorizationError", &format!("{USER} {more}"))
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
        assert_eq!(Cause::classify(code, USER), Cause::Denied, "{code}");
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
    assert_eq!(Cause::classify("ThrottlingException", message), Cause::Throttled);
    assert_eq!(Cause::classify("Timeout", message), Cause::TimedOut);
    assert_eq!(Cause::classify("ValidationError", message), Cause::Other);
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
        assert_eq!(Cause::classify(code, "no"), cause, "{code}");
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
        assert_eq!(Cause::classify(code, "no"), cause, "{code}");
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
        assert_eq!(Cause::classify("BadAnswer", message), cause, "{message}");
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
        assert_eq!(Cause::classify(code, "no").is_choice(), is_choice, "{code}");
    }
    assert!(denied("with an explicit deny in a service control policy").is_choice());
}

#[test]
fn credentials_refused_by_one_region_mean_it_is_not_enabled() {
    let demo = include_str!("../../../fixtures/accounts/demo.json");
    let snapshot = crate::saved::Saved::from_json(demo).expect("the fixture").document.snapshot;
    let gap = |code: &str, region: &str| Gap {
        account_id: "111122223333".to_owned(),
        region: region.to_owned(),
        source: GapSource::call("sns:GetTopicAttributes"),
        resource: None,
        code: code.to_owned(),
        message: "The security token included in the request is invalid.".to_owned(),
    };
    for code in ["InvalidClientTokenId", "UnrecognizedClientException"] {
        assert_eq!(snapshot.cause(&gap(code, "ap-east-1")), Some(Cause::RegionNotEnabled), "{code}");
        assert_eq!(snapshot.cause(&gap(code, "us-east-1")), Some(Cause::Credentials), "{code}");
    }
    assert_eq!(snapshot.cause(&gap("ExpiredToken", "ap-east-1")), Some(Cause::Credentials));
}
