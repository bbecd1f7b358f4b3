//! Why a service refuses credentials. What to do about it depends on where they come from, and is for `credentials`.

use crate::snapshot::bare;

/// Why a service refuses credentials, whatever they are allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Refusal {
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
    pub(in crate::aws) fn from_code(code: &str) -> Option<Self> {
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
