//! What can go wrong with one answer on its way, and with which ones.

use std::sync::Arc;

use super::call::{Call, Protocol};
use super::http::{Request, Response};
use super::wire::ServiceError;

#[derive(Clone)]
pub(crate) enum Fault {
    /// The caller may not do this: no policy of its own allows it, in the service's own words.
    Denied,
    /// The caller may do this, and not that which it also demands, as to tag what is made.
    DeniedFor(&'static str),
    /// A service control policy of the organization denies it, whatever the caller's own policies allow.
    DeniedByScp,
    /// The service does not have the operation: an older one, or another's idea of AWS.
    NotImplemented,
    /// `ThrottlingException`, or `Throttling` where the protocol says that.
    Throttled,
    /// The session's token has expired.
    BadToken,
    /// HTTP 500 in the service's envelope.
    ServerError,
    /// No answer at all, on a connection that stays open.
    Hang,
    /// No answer: the connection is reset.
    Reset,
    /// Half of the right answer, then the connection closes.
    CutOff,
    /// So many bytes of the right body, whose end is that of the connection: no length says that there is more.
    EndsAt(usize),
    /// The right status and headers, and a body of no bytes.
    NoBody,
    /// An HTML page with status 200, as a captive portal sends.
    Garbage,
    /// The right answer, changed.
    Rewritten(Rewrite),
    /// The right answer, and if it is no error further requests on the way, which are not reported to the caller.
    Followed(Follow),
}

type Condition = Arc<dyn Fn(&Request) -> bool + Send + Sync>;
pub(crate) type Follow = Arc<dyn Fn(&Request) -> Vec<Request> + Send + Sync>;
pub(crate) type Rewrite = Arc<dyn Fn(&Request, &mut Response) + Send + Sync>;

/// Faults one operation.
#[derive(Clone)]
pub(crate) struct FaultRule {
    /// `service:Operation` as in a policy, or `service:*`, or `*`.
    pub(crate) action: String,
    /// Only the first so many calls; the later ones get through.
    first: Option<usize>,
    /// Only requests of which this holds.
    condition: Option<Condition>,
    pub(crate) fault: Fault,
}

impl FaultRule {
    pub(crate) fn always(action: &str, fault: Fault) -> Self {
        Self { action: action.into(), first: None, condition: None, fault }
    }

    pub(crate) fn first(action: &str, calls: usize, fault: Fault) -> Self {
        Self { first: Some(calls), ..Self::always(action, fault) }
    }

    pub(crate) fn rewrite(action: &str, change: impl Fn(&Request, &mut Response) + Send + Sync + 'static) -> Self {
        Self::always(action, Fault::Rewritten(Arc::new(change)))
    }

    pub(crate) fn follow(action: &str, with: impl Fn(&Request) -> Vec<Request> + Send + Sync + 'static) -> Self {
        Self::always(action, Fault::Followed(Arc::new(with)))
    }

    #[must_use]
    pub(crate) fn only_when(mut self, condition: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Arc::new(condition));
        self
    }

    /// `nth` counts the calls of this very operation, from 0.
    pub(crate) fn applies(&self, call: &Call, request: &Request, nth: usize) -> bool {
        let named = match self.action.strip_suffix('*') {
            Some(prefix) => call.action().starts_with(prefix),
            None => call.action() == self.action,
        };
        named
            && self.first.is_none_or(|first| nth < first)
            && self.condition.as_ref().is_none_or(|holds| holds(request))
    }
}

/// How the service words the fault, for those that are an error answer.
pub(crate) fn error_of(fault: &Fault, call: &Call) -> Option<ServiceError> {
    let mut action = call.action();
    if let Fault::DeniedFor(demanded) = fault {
        action = (*demanded).to_owned();
    }
    match fault {
        // IAM User Guide, "Troubleshoot access denied error messages".
        Fault::Denied | Fault::DeniedFor(_) => {
            Some(denied(call, &action, &format!("because no identity-based policy allows the {action} action")))
        }
        Fault::DeniedByScp => Some(denied(call, &action, "with an explicit deny in a service control policy")),
        Fault::NotImplemented => Some(match call.protocol {
            Protocol::AwsJson | Protocol::Cbor => {
                ServiceError::new(400, "UnknownOperationException", "The operation is not known")
            }
            Protocol::Query => ServiceError::new(400, "InvalidAction", "Could not find operation"),
            Protocol::Rest => ServiceError::new(404, "UnknownOperationException", "The operation is not known"),
        }),
        Fault::Throttled => Some(match call.protocol {
            Protocol::AwsJson => ServiceError::new(400, "ThrottlingException", "Rate exceeded"),
            Protocol::Cbor | Protocol::Query => ServiceError::new(400, "Throttling", "Rate exceeded"),
            Protocol::Rest => ServiceError::new(429, "TooManyRequestsException", "Rate exceeded"),
        }),
        Fault::BadToken => {
            let message = "The security token included in the request is expired";
            Some(match call.protocol {
                Protocol::AwsJson => ServiceError::new(400, "ExpiredTokenException", message),
                Protocol::Cbor | Protocol::Query => ServiceError::new(403, "ExpiredToken", message),
                Protocol::Rest => ServiceError::new(403, "ExpiredTokenException", message),
            })
        }
        Fault::ServerError => Some(match call.protocol {
            Protocol::AwsJson => ServiceError::new(500, "InternalFailure", "internal failure"),
            Protocol::Cbor => ServiceError::new(500, "InternalServiceFault", "internal failure"),
            Protocol::Query => ServiceError::new(500, "InternalError", "internal failure"),
            Protocol::Rest => ServiceError::new(500, "InternalException", "internal failure"),
        }),
        Fault::Hang
        | Fault::Reset
        | Fault::CutOff
        | Fault::EndsAt(_)
        | Fault::NoBody
        | Fault::Garbage
        | Fault::Rewritten(_)
        | Fault::Followed(_) => None,
    }
}

/// What a service says to whom it denies a call, and why.
fn denied(call: &Call, action: &str, because: &str) -> ServiceError {
    let caller = "arn:aws:sts::111122223333:assumed-role/Auditor/audit";
    let message = format!("User: {caller} is not authorized to perform: {action} {because}");
    match (call.service.as_str(), call.protocol) {
        ("sns", _) => ServiceError::new(403, "AuthorizationError", message),
        (_, Protocol::AwsJson) => ServiceError::new(400, "AccessDeniedException", message),
        (_, Protocol::Rest) => ServiceError::new(403, "AccessDeniedException", message),
        (_, Protocol::Cbor | Protocol::Query) => ServiceError::new(403, "AccessDenied", message),
    }
}
