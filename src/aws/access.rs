//! From what the user asked for on the command line to an SDK configuration: profile, region, endpoint, timeouts.
//!
//! Everything not asked for comes from the standard environment variables and config files, read by `aws-config`.

use std::error::Error as _;
use std::time::Duration;

use aws_config::profile::{self, Profile, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_types::os_shim_internal::{Env, Fs};
use thiserror::Error;

use super::clock::Clock;
use super::credentials;
use super::http;
use crate::arn::Arn;

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
    /// How long the reading of an account may take. What was not read by then is a gap.
    pub deadline: Duration,
    /// Optional calls are not made in an audit.
    pub skip_optional: bool,
}

/// Why there is no way to AWS.
#[derive(Debug, Error)]
pub enum AccessError {
    /// Nothing in the environment, the config files or the metadata services gives credentials.
    #[error(
        "no AWS credentials{}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`",
        for_profile(.profile.as_deref())
    )]
    NoCredentials {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// No such profile.
    #[error("no profile `{name}` in the AWS config files: `aws configure list-profiles` shows those that exist")]
    UnknownProfile {
        /// The name asked for.
        name: String,
    },
    /// The config files cannot be read.
    #[error("cannot read the AWS config files: {message}")]
    ConfigFiles {
        /// What is wrong with them.
        message: String,
    },
    /// A source of credentials failed.
    #[error("cannot get AWS credentials{}: {message}{hint}", for_profile(.profile.as_deref()))]
    Credentials {
        /// The profile in use.
        profile: Option<String>,
        /// What the source said.
        message: String,
        /// What to do; empty, or starting with a semicolon.
        hint: String,
    },
    /// The role of the command line cannot be assumed.
    #[error("cannot assume the role {role_arn}: {message}")]
    Role {
        /// The role.
        role_arn: String,
        /// What STS said.
        message: String,
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

fn for_profile(profile: Option<&str>) -> String {
    profile.map(|name| format!(" for the profile `{name}`")).unwrap_or_default()
}

/// The parser puts its place and its complaint on two lines.
fn unwrapped(error: &profile::ProfileFileLoadError) -> String {
    let lines = [Some(error.to_string()), error.source().map(ToString::to_string)];
    lines.iter().flatten().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// An SDK configuration with credentials that were obtained once already.
pub(super) struct Connection {
    pub(super) config: SdkConfig,
    pub(super) region: String,
    pub(super) region_is_default: bool,
    /// What time it is for AWS.
    pub(super) clock: Clock,
}

/// Finds region and credentials.
pub(super) async fn connect(access: &Access) -> Result<Connection, AccessError> {
    let settings = Settings::read(access).await?;
    let (region, region_is_default) = settings.region()?;
    let (http, clock) = http::client();
    let timeouts = timeouts(access.timeout);
    let provider_config = ProviderConfig::default()
        .with_region(Some(Region::new(region.clone())))
        .with_http_client(http.clone())
        .with_timeout_config(timeouts.clone());
    let credentials = credentials::find(&settings, provider_config, access.timeout).await?;

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .http_client(http)
        .timeout_config(timeouts)
        .credentials_provider(credentials);
    if let Some(profile) = settings.asked_profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Ok(name) = AppName::new("cis-audit") {
        loader = loader.app_name(name);
    }
    let config = with_retries(loader.load().await);
    if let Some(url) = config.endpoint_url() {
        check_endpoint(url)?;
    }
    let config = match settings.role_arn {
        Some(role_arn) => credentials::assume(config, role_arn, settings.external_id, access.timeout).await?,
        None => config,
    };
    Ok(Connection { config, region, region_is_default, clock })
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

/// Five attempts, the first retry soon: some 2 s for a service that goes on failing. `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE`
/// and the profile's settings are followed.
///
/// The adaptive mode is not the default: its rate limiter learns from the rate so far, which a few requests hardly show,
/// and answers a single throttled request with some 8 s of silence.
fn with_retries(config: SdkConfig) -> SdkConfig {
    let configured = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let is_configured = configured.max_attempts() != RetryConfig::standard().max_attempts();
    let attempts = if is_configured { configured.max_attempts() } else { 5 };
    let retries = configured.with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(250));
    config.into_builder().retry_config(retries).build()
}

/// The options of the command line, empty ones left out, beside the environment and the config files.
pub(super) struct Settings<'a> {
    pub(super) asked_profile: Option<&'a str>,
    /// The profile in use: the one asked for, or that of `AWS_PROFILE`.
    pub(super) named_profile: Option<String>,
    /// Keys stand in the environment, and no profile was asked for instead of them.
    pub(super) has_environment_keys: bool,
    region: Option<&'a str>,
    endpoint_url: Option<&'a str>,
    role_arn: Option<&'a str>,
    external_id: Option<&'a str>,
    env: Env,
    profiles: ProfileSet,
}

impl<'a> Settings<'a> {
    async fn read(access: &'a Access) -> Result<Self, AccessError> {
        let env = Env::real();
        let asked_profile = filled(access.profile.as_deref());
        let named_profile = asked_profile.map(str::to_owned).or_else(|| variable(&env, "AWS_PROFILE"));
        let profiles = profile::load(&Fs::real(), &env, &Default::default(), named_profile.clone().map(Into::into))
            .await
            .map_err(|error| AccessError::ConfigFiles { message: unwrapped(&error) })?;
        let has_environment_keys = asked_profile.is_none()
            && variable(&env, "AWS_ACCESS_KEY_ID").is_some()
            && variable(&env, "AWS_SECRET_ACCESS_KEY").is_some();
        // Going on without the profile could end in an instance's own role: the wrong account, audited in silence.
        if let Some(name) = &named_profile
            && !has_environment_keys
            && profiles.get_profile(name).is_none()
        {
            return Err(AccessError::UnknownProfile { name: name.clone() });
        }
        Ok(Self {
            asked_profile,
            named_profile,
            has_environment_keys,
            region: filled(access.region.as_deref()),
            endpoint_url: filled(access.endpoint_url.as_deref()),
            role_arn: filled(access.role_arn.as_deref()),
            external_id: filled(access.external_id.as_deref()),
            env,
            profiles,
        })
    }

    fn profile(&self) -> Option<&Profile> {
        self.profiles.get_profile(self.named_profile.as_deref().unwrap_or("default"))
    }

    /// The region and whether it is a default that nobody named.
    fn region(&self) -> Result<(String, bool), AccessError> {
        let named = self
            .region
            .map(str::to_owned)
            .or_else(|| variable(&self.env, "AWS_REGION"))
            .or_else(|| variable(&self.env, "AWS_DEFAULT_REGION"))
            .or_else(|| filled(self.profile()?.get("region")).map(str::to_owned));
        let Some(name) = named else { return Ok((self.default_region().to_owned(), true)) };
        let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if is_name && !name.starts_with('-') { Ok((name, false)) } else { Err(AccessError::Region { name }) }
    }

    /// The partition is known only if a role names it.
    fn default_region(&self) -> &'static str {
        let role = self.role_arn.or_else(|| self.profile()?.get("role_arn"));
        match role.and_then(Arn::parse).map(|arn| arn.partition) {
            Some("aws-cn") => "cn-north-1",
            Some("aws-us-gov") => "us-gov-west-1",
            _ => "us-east-1",
        }
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().and_then(|value| filled(Some(&value)).map(str::to_owned))
}

fn check_endpoint(url: &str) -> Result<(), AccessError> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_host =
        |host: &str| !host.is_empty() && !host.starts_with(['/', ':', '?', '#']) && !host.contains(char::is_whitespace);
    if host.is_some_and(is_host) { Ok(()) } else { Err(AccessError::Endpoint { url: url.to_owned() }) }
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
