//! From what the user asked for on the command line to an SDK configuration: profile, region, endpoint, timeouts.
//!
//! Everything not asked for comes from the standard environment variables and config files, read by `aws-config`. Nothing
//! is asked of an account here but its credentials.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::access::{Access, AccessError};
use super::clock::Clock;
use super::credentials::{self, Origin};
use super::http::{self, Roots};
use super::settings::{Settings, is_endpoint};
use crate::partition::is_region_name;
use crate::snapshot::ServiceEndpoint;

/// An SDK configuration with credentials that were obtained once already.
pub(super) struct Connection {
    pub(super) config: SdkConfig,
    pub(super) region: String,
    pub(super) region_is_default: bool,
    /// Further regions that are asked for, each once.
    pub(super) further_regions: Vec<String>,
    /// Where services are asked instead of at AWS's own endpoints.
    pub(super) endpoints: Vec<ServiceEndpoint>,
    /// What time it is for AWS.
    pub(super) clock: Clock,
    /// Where the credentials come from.
    pub(super) origin: Arc<Origin>,
}

/// Finds region and credentials. `http`: what connects already, for another account over the same connections.
pub(super) async fn connect(
    access: &Access,
    http: Option<(SharedHttpClient, Clock)>,
) -> Result<Connection, AccessError> {
    let settings = Settings::read(access).await?;
    settings.check_endpoints()?;
    let endpoints = settings.endpoints()?;
    let (region, region_is_default) = settings.region()?;
    let further_regions = further(&access.further_regions, &region)?;
    let origin = Arc::new(Origin::resolve(&settings)?);
    let (http, clock) = match http {
        Some(known) => known,
        None => http::client(roots(&settings)?, access.debug),
    };
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
    Ok(Connection { config, region, region_is_default, further_regions, endpoints, clock, origin })
}

/// The names of the profiles in the config files.
///
/// # Errors
/// They cannot be read, or the profile of `access` is not among them.
pub async fn profiles(access: &Access) -> Result<BTreeSet<String>, AccessError> {
    Ok(Settings::read(access).await?.profile_names().map(str::to_owned).collect())
}

/// Regions beside the one in which everything begins, each once, in their order.
fn further(named: &[String], first: &str) -> Result<Vec<String>, AccessError> {
    let mut further: Vec<String> = Vec::new();
    for name in named.iter().map(|name| name.trim()) {
        if !is_region_name(name) {
            return Err(AccessError::Region { name: name.to_owned() });
        }
        if name != first && !further.iter().any(|known| known == name) {
            further.push(name.to_owned());
        }
    }
    Ok(further)
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
    fn a_further_region_is_asked_once_and_is_a_regions_name() {
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            further(&names, "us-east-1").map_err(|error| error.to_string())
        };
        let wanted = ["eu-west-1", "eu-central-1"].map(str::to_owned).to_vec();
        assert_eq!(named(&["eu-west-1", "us-east-1", "eu-central-1", "eu-west-1"]), Ok(wanted));
        assert_eq!(named(&["Ireland"]), Err("`Ireland` is not the name of a region, such as us-east-1".to_owned()));
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
