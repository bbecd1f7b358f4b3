//! Why an account could not be read at all: the one failure that is left when nothing else came through either, with what
//! to do about it. What could not be read of an account that answers is a gap, and never one of these.

use thiserror::Error;

use super::credentials::Origin;
use super::error::{DEADLINE, Failure, Trouble};

/// Why an account could not be read at all.
#[derive(Debug, Error)]
pub enum CollectError {
    /// AWS does not take the credentials.
    #[error("AWS refused the credentials: {code}: {message}; {hint}")]
    Refused {
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
        /// What to do.
        hint: String,
    },
    /// One region does not take the credentials, and another does.
    #[error(
        "{region} does not accept the credentials ({message}), and {elsewhere} does: enable {region} for the account, audit another region, or get a session from a regional endpoint of STS (sessions from the global one are not accepted everywhere)"
    )]
    NotEnabled {
        /// The region that was asked for.
        region: String,
        /// A region that takes them.
        elsewhere: String,
        /// The refusal.
        message: String,
    },
    /// The credentials are over, and no new ones are to be had.
    #[error("the credentials expired while the account was being read: {message}")]
    NotRenewed {
        /// The message of their source, and what to do.
        message: String,
    },
    /// No call came through.
    #[error(
        "cannot reach AWS in {region}: {message}; check the network, the region, AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE and SSL_CERT_FILE"
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
    #[error("cannot determine which account this is: sts:GetCallerIdentity: {code}: {message}")]
    NoIdentity {
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
    },
}

impl CollectError {
    /// The fatal error that a failure is when nothing else came through either.
    pub(super) fn from_failure(failure: Failure, origin: &Origin) -> Self {
        let refusal = failure.refusal();
        let Failure { region, code, message, .. } = failure;
        match failure.trouble {
            Trouble::Unreachable if code == DEADLINE => Self::TooLate { region, message },
            Trouble::Unreachable => Self::Unreachable { region, message },
            Trouble::Credentials => {
                let message = message.trim_end_matches('.').to_owned();
                match refusal {
                    Some(refusal) => Self::Refused { code, message, hint: origin.advice(refusal, &region) },
                    None => Self::NotRenewed { message },
                }
            }
            Trouble::NotFound | Trouble::Other => Self::NoIdentity { code, message },
        }
    }
}
