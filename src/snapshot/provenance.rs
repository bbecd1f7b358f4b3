//! Who read an account, where, and with what program. It is evidence, and nothing is judged by it.

use serde::{Deserialize, Serialize};

/// The version of this program.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that this program was built from, 40 hexadecimal digits, with `+changes` where files that are part of it
/// had been changed. `None`: a build for development, or of sources that do not say (`build.rs`).
pub const TOOL_COMMIT: Option<&str> = option_env!("CIS_AUDIT_BUILD_COMMIT");

/// Who read an account, where, and with what program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Provenance {
    /// ARN of who asked (STS API reference, `GetCallerIdentity`, `Arn`); of one of many accounts the role that was
    /// assumed there. `None`: it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Where services were asked instead of at AWS's own endpoints. Empty: nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<ServiceEndpoint>,
    /// The version of the program that read the account.
    pub tool_version: String,
    /// The commit that it was built from. `None`: it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_commit: Option<String>,
}

/// Where a service was asked instead of at AWS's own endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceEndpoint {
    /// The service, as the settings of the AWS command line call it, such as `cloudwatch_logs`. `None`: every one that
    /// has no endpoint of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The URL, without a name, a password and what follows a question mark.
    pub url: String,
}

impl Provenance {
    /// Of this program.
    #[must_use]
    pub fn here(caller: Option<String>, endpoints: Vec<ServiceEndpoint>) -> Self {
        let (tool_version, tool_commit) = (TOOL_VERSION.to_owned(), TOOL_COMMIT.map(str::to_owned));
        Self { caller, endpoints, tool_version, tool_commit }
    }
}

impl ServiceEndpoint {
    /// An endpoint that was configured. What a URL may hold of secrets is left out of it.
    #[must_use]
    pub fn new(service: Option<&str>, url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let host = authority.rsplit('@').next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        let url = if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") };
        Self { service: service.map(str::to_owned), url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_kept_without_what_may_be_secret() {
        for (url, kept) in [
            ("http://localhost:4566/", "http://localhost:4566"),
            ("https://vpce-1.sns.us-east-1.vpce.amazonaws.com", "https://vpce-1.sns.us-east-1.vpce.amazonaws.com"),
            ("https://me:secret@proxy.example.com/aws/?token=abc#x", "https://proxy.example.com/aws"),
            ("http://[::1]:80?x", "http://[::1]:80"),
            ("https://a@b@c/d", "https://c/d"),
            ("me:secret@host", "host"),
        ] {
            assert_eq!(ServiceEndpoint::new(None, url).url, kept, "{url}");
        }
    }
}
