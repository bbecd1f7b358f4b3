//! From what the user asked for on the command line to an SDK configuration: profile, region, endpoint, timeouts.
//!
//! Everything not asked for comes from the standard environment variables and config files, read by `aws-config`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use thiserror::Error;

use super::clock::Clock;
use super::credentials::{self, Origin};
use super::http::{self, Roots};
use super::settings::{Settings, is_endpoint};

/// How to reach AWS: what the user asked for on the command line; everything else comes from the standard environment
/// and config files.
#[derive(Debug, Clone)]
pub struct Access {
    /// A profile of the config files, instead of `AWS_PROFILE` and of keys in the environment.
    pub profile: Option<String>,
    /// The region to ask, instead of `AWS_REGION` and the profile's.
    pub region: Option<String>,
    /// Where all services are, instead of AWS and of `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// A role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// How long one operation may take, retries included.
    pub timeout: Duration,
    /// Who is asked for the code of an MFA device.
    pub ask: Ask,
    /// How long the reading of an account may take. What was not read by then is a gap.
    pub deadline: Duration,
    /// Optional calls are not made in an audit.
    pub skip_optional: bool,
}

/// Asks the person at the terminal with a prompt: a line, or `None` where there is no terminal.
pub type Ask = fn(&str) -> io::Result<Option<String>>;

/// Why there is no way to AWS.
#[derive(Debug, Error)]
pub enum AccessError {
    /// Nothing in the environment, the config files or the metadata services gives credentials.
    #[error("no AWS credentials{}", where_to_get_them(.profile.as_deref()))]
    NoCredentials {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// One of the two variables that belong together.
    #[error("no AWS credentials: AWS_ACCESS_KEY_ID is set and {missing} is not; set both, or none to use a profile")]
    HalfKeys {
        /// The variable that is not set.
        missing: &'static str,
    },
    /// No such profile.
    #[error("no profile `{name}` in the AWS config files: `aws configure list-profiles` shows those that exist")]
    UnknownProfile {
        /// The name asked for.
        name: String,
    },
    /// A profile that contradicts itself or lacks something.
    #[error("the profile `{name}` cannot be used: {problem}")]
    Profile {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The config files cannot be read.
    #[error("cannot read the AWS config files: {message}")]
    ConfigFiles {
        /// What is wrong with them.
        message: String,
    },
    /// A setting of the environment or of a profile has a value that means nothing.
    #[error("{place} is `{value}`: it must be {wanted}")]
    Setting {
        /// The variable, or the profile's key.
        place: String,
        /// What is there.
        value: String,
        /// What may be there.
        wanted: &'static str,
    },
    /// FIPS endpoints are AWS's own.
    #[error(
        "FIPS endpoints are asked for (AWS_USE_FIPS_ENDPOINT or use_fips_endpoint), and the endpoint {url} too: one of them cannot be used"
    )]
    FipsEndpoint {
        /// The endpoint.
        url: String,
    },
    /// The file of certificates cannot be used.
    #[error("{place}: {} {problem}", .file.display())]
    Certificates {
        /// The setting that names the file.
        place: String,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A source of credentials failed.
    #[error("cannot get AWS credentials from {from}: {message}{hint}")]
    Credentials {
        /// The source.
        from: String,
        /// What it said.
        message: String,
        /// What to do; empty, or starting with a semicolon.
        hint: String,
    },
    /// A web identity's token cannot be read.
    #[error("cannot read the web identity token {file} ({place}): {problem}")]
    TokenFile {
        /// The file.
        file: String,
        /// The setting that names it.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A web identity without a role.
    #[error(
        "{place} names a web identity token, and nothing names the role to assume with it: set AWS_ROLE_ARN, or role_arn in the profile"
    )]
    NoWebRole {
        /// The setting that names the token's file.
        place: String,
    },
    /// An MFA code was not to be had.
    #[error("the profile `{profile}` asks for an MFA code (mfa_serial {serial}): {problem}")]
    Mfa {
        /// The profile.
        profile: String,
        /// The device.
        serial: String,
        /// Why there is none, and what to do.
        problem: String,
    },
    /// A role cannot be assumed.
    #[error("cannot assume the role {role}: {message}{hint}")]
    Role {
        /// Its ARN, and whose it is.
        role: String,
        /// What STS said.
        message: String,
        /// What to do; empty, or starting with a semicolon.
        hint: String,
    },
    /// Not a region's name.
    #[error("`{name}` is not the name of a region, such as us-east-1")]
    Region {
        /// The name asked for.
        name: String,
    },
    /// Not an endpoint.
    #[error("`{url}` is not an endpoint URL, such as http://localhost:4566")]
    Endpoint {
        /// The URL asked for.
        url: String,
    },
}

fn where_to_get_them(profile: Option<&str>) -> String {
    match profile {
        Some(name) => format!(
            " for the profile `{name}`: it has no keys, role, SSO or sign-in session and no credential_process, and this \
             machine has no role of its own; `aws configure --profile {name}`, `aws configure sso --profile {name}` or \
             `aws login --profile {name}` sets it up"
        ),
        None => {
            ": name a profile with AWS_PROFILE or --profile (`aws configure list-profiles` shows those that exist), or \
                 set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .to_owned()
        }
    }
}

/// An SDK configuration with credentials that were obtained once already.
pub(super) struct Connection {
    pub(super) config: SdkConfig,
    pub(super) region: String,
    pub(super) region_is_default: bool,
    /// What time it is for AWS.
    pub(super) clock: Clock,
    /// Where the credentials come from.
    pub(super) origin: Arc<Origin>,
}

/// Finds region and credentials.
pub(super) async fn connect(access: &Access) -> Result<Connection, AccessError> {
    let settings = Settings::read(access).await?;
    settings.check_endpoints()?;
    let (region, region_is_default) = settings.region()?;
    let origin = Arc::new(Origin::of(&settings)?);
    let (http, clock) = http::client(roots(&settings)?);
    let (fips, dual_stack) = (settings.use_fips()?, settings.use_dual_stack()?);
    let (retries, timeouts) = (settings.retries()?, timeouts(access.timeout));
    let providers = ProviderConfig::default()
        .with_region(Some(Region::new(region.clone())))
        .with_use_fips(Some(fips))
        .with_use_dual_stack(Some(dual_stack))
        .with_http_client(http.clone())
        .with_retry_config(retries.clone())
        .with_timeout_config(timeouts.clone());

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .http_client(http)
        .retry_config(retries)
        .timeout_config(timeouts)
        .no_credentials();
    if let Some(profile) = &settings.named_profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Ok(name) = AppName::new("cis-audit") {
        loader = loader.app_name(name);
    }
    let config = loader.load().await;
    if let Some(url) = config.endpoint_url() {
        check_endpoint(url)?;
        // The SDK says so of each call.
        if fips {
            return Err(AccessError::FipsEndpoint { url: url.to_owned() });
        }
    }
    let credentials =
        credentials::fetch(Arc::clone(&origin), config.clone(), &providers, access.timeout, access.ask).await?;
    let config = config.into_builder().credentials_provider(credentials).build();
    Ok(Connection { config, region, region_is_default, clock, origin })
}

/// The authorities that are believed.
fn roots(settings: &Settings<'_>) -> Result<Roots, AccessError> {
    let Some((place, file)) = settings.ca_bundle() else { return Ok(Roots::System) };
    Roots::of_file(&file).map_err(|problem| AccessError::Certificates { place, file, problem })
}

/// A hang is retried at most once within the time that an operation has.
fn timeouts(operation: Duration) -> TimeoutConfig {
    let attempt = (operation / 2).max(Duration::from_secs(5)).min(operation);
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3).min(operation))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

fn check_endpoint(url: &str) -> Result<(), AccessError> {
    if is_endpoint(url) { Ok(()) } else { Err(AccessError::Endpoint { url: url.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hang_leaves_time_for_another_attempt() {
        let long = timeouts(Duration::from_secs(30));
        assert_eq!(long.operation_attempt_timeout(), Some(Duration::from_secs(15)));
        let short = timeouts(Duration::from_secs(2));
        assert_eq!(short.operation_attempt_timeout(), Some(Duration::from_secs(2)));
        assert_eq!(short.connect_timeout(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn endpoints_are_checked_before_use() {
        for good in ["http://localhost:4566", "https://vpce-1.sns.us-east-1.vpce.amazonaws.com/", "http://[::1]:80"] {
            assert!(check_endpoint(good).is_ok(), "{good}");
        }
        for bad in ["localhost:4566", "http://", "ftp://host", "http:///path", "http://a b"] {
            assert!(check_endpoint(bad).is_err(), "{bad}");
        }
    }
}
