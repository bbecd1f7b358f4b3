//! Where credentials come from, in the order of the AWS command line, and what to say when they do not come.
//!
//! They are fetched once before the first call, so that their absence is an error of its own and not one of each call.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_config::imds::{self, credentials::ImdsCredentialsProvider};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, SharedCredentialsProvider, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::access::{AccessError, Settings};
use super::error::text;
use super::http::chain;

/// Finds the credentials that the settings lead to.
pub(super) async fn find(
    settings: &Settings<'_>,
    config: ProviderConfig,
    patience: Duration,
) -> Result<SharedCredentialsProvider, AccessError> {
    let source = if settings.has_environment_keys {
        SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
    } else {
        SharedCredentialsProvider::new(sources(settings, &config))
    };
    let profile = settings.named_profile.clone();
    primed(source, patience).await.map_err(|error| match error {
        CredentialsError::CredentialsNotLoaded(_) => AccessError::NoCredentials { profile },
        error => {
            let message = explain(&error);
            AccessError::Credentials { hint: sign_in_hint(&message, profile.as_deref()), profile, message }
        }
    })
}

/// Everything but keys in the environment. A profile that was asked for by name comes instead of what the environment
/// says; a machine's own role still stands in for a profile that names none.
fn sources(settings: &Settings<'_>, config: &ProviderConfig) -> CredentialsProviderChain {
    let mut files = ProfileFileCredentialsProvider::builder().configure(config);
    if let Some(name) = settings.asked_profile {
        files = files.profile_name(name);
    }
    let mut sources = CredentialsProviderChain::first_try("Profile", files.build());
    if settings.asked_profile.is_none() {
        let web_identity = WebIdentityTokenCredentialsProvider::builder().configure(config).build();
        sources = sources.or_else("WebIdentityToken", web_identity);
    }
    sources
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(config).build())
        .or_else("Ec2InstanceMetadata", InstanceRole::new(config))
}

/// Assumes a role on top of the credentials of a configuration.
pub(super) async fn assume(
    config: SdkConfig,
    role_arn: &str,
    external_id: Option<&str>,
    patience: Duration,
) -> Result<SdkConfig, AccessError> {
    let mut role = AssumeRoleProvider::builder(role_arn).session_name("cis-audit").configure(&config);
    if let Some(id) = external_id {
        role = role.external_id(id);
    }
    if let Some(region) = config.region() {
        role = role.region(Region::new(region.to_string()));
    }
    let role = SharedCredentialsProvider::new(role.build().await);
    let credentials = primed(role, patience)
        .await
        .map_err(|error| AccessError::Role { role_arn: role_arn.to_owned(), message: explain(&error) })?;
    Ok(config.into_builder().credentials_provider(credentials).build())
}

/// Fetches credentials now, and keeps them for the first one who asks.
async fn primed(
    source: SharedCredentialsProvider,
    patience: Duration,
) -> Result<SharedCredentialsProvider, CredentialsError> {
    let first = tokio::time::timeout(patience, source.provide_credentials())
        .await
        .unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(patience)))?;
    Ok(SharedCredentialsProvider::new(Primed { first: Mutex::new(Some(first)), source }))
}

/// A source whose first credentials have been fetched already. The SDK caches what it gets and asks again on expiry.
#[derive(Debug)]
struct Primed {
    first: Mutex<Option<Credentials>>,
    source: SharedCredentialsProvider,
}

impl ProvideCredentials for Primed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => self.source.provide_credentials(),
        }
    }
}

/// The role of the EC2 instance. Most machines that ask are none, and the metadata address then drops packets, refuses
/// or answers nonsense: each only means that there are no credentials.
#[derive(Debug)]
struct InstanceRole(ImdsCredentialsProvider);

impl InstanceRole {
    fn new(config: &ProviderConfig) -> Self {
        let patience = Duration::from_secs(1);
        let client = imds::Client::builder()
            .configure(config)
            .max_attempts(1)
            .connect_timeout(patience)
            .read_timeout(patience)
            .operation_attempt_timeout(patience)
            .operation_timeout(patience)
            .build();
        Self(ImdsCredentialsProvider::builder().configure(config).imds_client(client).build())
    }

    async fn credentials(&self) -> Provided {
        self.0.provide_credentials().await.map_err(|error| match error {
            error @ CredentialsError::InvalidConfiguration(_) => error,
            error => CredentialsError::not_loaded(error),
        })
    }
}

impl ProvideCredentials for InstanceRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// What a source of credentials said: STS's code and message if it was STS.
fn explain(error: &(dyn Error + 'static)) -> String {
    let refusal = chain(error).find_map(|cause| cause.downcast_ref::<AssumeRoleError>());
    match refusal.and_then(|refusal| Some((refusal.code()?, refusal.message()?))) {
        Some((code, message)) => format!("{code}: {message}"),
        None => text(error),
    }
}

fn sign_in_hint(message: &str, profile: Option<&str>) -> String {
    let message = message.to_ascii_lowercase();
    if ["sso", "token", "expired", "session"].iter().any(|word| message.contains(word)) {
        let option = profile.map(|name| format!(" --profile {name}")).unwrap_or_default();
        format!("; sign in with `aws sso login{option}`")
    } else {
        String::new()
    }
}
