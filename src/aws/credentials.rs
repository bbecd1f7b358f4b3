//! Where credentials come from, in the order of the AWS command line, and what to say when they do not come.
//!
//! They are fetched once before the first call, so that their absence is an error of its own and not one of each call.
//!
//! ```text
//! Settings ──Origin::of──▶ Origin ──fetch──▶ credentials of the first source ──▶ of each role
//! ```

mod advice;
mod mfa;
mod origin;
mod role;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::Region;
use aws_config::SdkConfig;
use aws_config::credential_process::CredentialProcessProvider;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_config::imds::{self, credentials::ImdsCredentialsProvider};
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sso::SsoCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, SharedCredentialsProvider, future};

use super::access::{AccessError, Ask};
pub(super) use origin::Origin;
use origin::{First, Role, Sso};

/// Fetches the credentials of an origin. `config`: how STS is reached; `providers`: how the other sources are.
pub(super) async fn fetch(
    origin: Arc<Origin>,
    config: SdkConfig,
    providers: &ProviderConfig,
    patience: Duration,
    ask: Ask,
) -> Result<SharedCredentialsProvider, AccessError> {
    let provider = provider(&origin.first, providers);
    let source = Source { origin, provider, config, patience };
    let first = source.credentials(Some(ask)).await?;
    Ok(SharedCredentialsProvider::new(Primed { first: Mutex::new(Some(first)), source }))
}

/// Why a role gave no credentials.
pub(super) struct RoleError {
    /// Nobody may, or this caller may not.
    pub(super) is_denied: bool,
    /// What happened, and what to do.
    pub(super) error: AccessError,
}

/// Assumes a role with the credentials of an origin, as the last of its roles. `sts`: signs with those credentials.
pub(super) async fn assume(
    origin: &Origin,
    sts: &aws_sdk_sts::Client,
    region: &str,
    (arn, external_id): (&str, Option<&str>),
    patience: Duration,
) -> Result<(SharedCredentialsProvider, Arc<Origin>), RoleError> {
    let external_id = external_id.map(str::to_owned);
    let role = Role { arn: arn.to_owned(), external_id, ..Role::default() };
    let mut origin = origin.clone();
    let credentials = role::assume_with(sts, region, &role, None, patience)
        .await
        .map_err(|failure| RoleError { is_denied: failure.is_denied(), error: origin.role_refused(&role, failure) })?;
    origin.roles.push(role);
    Ok((SharedCredentialsProvider::new(credentials), Arc::new(origin)))
}

/// What the first source needs to be asked. `None`: a web identity, which needs STS alone.
fn provider(first: &First, config: &ProviderConfig) -> Option<SharedCredentialsProvider> {
    Some(match first {
        First::WebIdentity(_) => return None,
        First::Environment => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        First::Keys { keys, .. } => SharedCredentialsProvider::new(keys.clone()),
        First::Sso(sso) => SharedCredentialsProvider::new(of_sso(sso, config)),
        First::Login { session, .. } => {
            SharedCredentialsProvider::new(LoginCredentialsProvider::builder(session).configure(config).build())
        }
        First::Process { command, .. } => {
            SharedCredentialsProvider::new(CredentialProcessProvider::new(command.clone()))
        }
        First::Container => SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(config).build()),
        First::Instance { .. } => SharedCredentialsProvider::new(of_instance(config)),
    })
}

fn of_sso(sso: &Sso, config: &ProviderConfig) -> SsoCredentialsProvider {
    SsoCredentialsProvider::builder()
        .configure(config)
        .account_id(&sso.account_id)
        .role_name(&sso.role_name)
        .region(Region::new(sso.region.clone()))
        .start_url(&sso.start_url)
        .set_session_name(sso.session.clone())
        .to_owned()
        .build()
}

/// The role of the EC2 instance. Most machines that ask are none, and the metadata address then drops packets, refuses or
/// answers nonsense.
fn of_instance(config: &ProviderConfig) -> ImdsCredentialsProvider {
    let patience = Duration::from_secs(1);
    let client = imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(patience)
        .read_timeout(patience)
        .operation_attempt_timeout(patience)
        .operation_timeout(patience)
        .build();
    ImdsCredentialsProvider::builder().configure(config).imds_client(client).build()
}

/// An origin, and what it takes to ask it.
#[derive(Debug)]
struct Source {
    origin: Arc<Origin>,
    provider: Option<SharedCredentialsProvider>,
    config: SdkConfig,
    patience: Duration,
}

impl Source {
    /// `ask`: who is asked for MFA codes; no one in the middle of an audit.
    async fn credentials(&self, ask: Option<Ask>) -> Result<Credentials, AccessError> {
        let mut credentials = self.of_first().await?;
        for role in &self.origin.roles {
            let code = mfa_code(role, ask)?;
            credentials = role::assume(&self.config, credentials, role, code, self.patience)
                .await
                .map_err(|failure| self.origin.role_refused(role, failure))?;
        }
        Ok(credentials)
    }

    async fn of_first(&self) -> Result<Credentials, AccessError> {
        let first = &self.origin.first;
        if let First::WebIdentity(identity) = first {
            let answer = role::assume_with_token(&self.config, identity, self.patience).await;
            return answer.map_err(|failure| advice::web_identity_refused(identity, failure));
        }
        let Some(provider) = &self.provider else { return Err(AccessError::NoCredentials { profile: None }) };
        let answer = tokio::time::timeout(self.patience, provider.provide_credentials()).await;
        let answer = answer.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(self.patience)));
        let credentials = answer.and_then(with_keys).map_err(|error| advice::first_failed(first, &error))?;
        // A command may hand out what it kept for too long; the services of AWS do not.
        match credentials.expiry().zip(self.config.time_source()) {
            Some((expiry, clock)) if matches!(first, First::Process { .. }) && expiry <= clock.now() => {
                Err(advice::process_gave_expired(first, expiry))
            }
            _ => Ok(credentials),
        }
    }
}

/// The SDK takes an answer without keys for one with empty ones.
fn with_keys(credentials: Credentials) -> Provided {
    if credentials.access_key_id().is_empty() || credentials.secret_access_key().is_empty() {
        return Err(CredentialsError::provider_error("the answer contains no keys"));
    }
    Ok(credentials)
}

fn mfa_code(role: &Role, ask: Option<Ask>) -> Result<Option<String>, AccessError> {
    let Some(serial) = &role.mfa_serial else { return Ok(None) };
    let profile = role.profile.as_deref().unwrap_or_default();
    match ask {
        Some(ask) => mfa::code(ask, profile, serial).map(Some),
        None => Err(AccessError::Mfa {
            profile: profile.to_owned(),
            serial: serial.clone(),
            problem: "the session that the last code opened is over; run again".to_owned(),
        }),
    }
}

/// A source whose first credentials have been fetched already. The SDK caches what it gets and asks again on expiry.
#[derive(Debug)]
struct Primed {
    first: Mutex<Option<Credentials>>,
    source: Source,
}

impl Primed {
    async fn again(&self) -> Provided {
        self.source.credentials(None).await.map_err(CredentialsError::provider_error)
    }
}

impl ProvideCredentials for Primed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => future::ProvideCredentials::new(self.again()),
        }
    }
}
