//! A role's credentials, from STS: assumed with other credentials, or with a web identity's token. Whose they are, and
//! what to do when they do not come, is not known here.

use std::fs;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::IdentityCache;
use aws_sdk_sts::types::Credentials as Answered;

use super::origin::{Role, WebIdentity};
use crate::aws::error::{Call, Failure};
use crate::aws::http;

/// What CloudTrail calls the session where nothing else is set.
const SESSION_NAME: &str = "cis-audit";

/// Assumes a role. `code`: of its MFA device.
pub(super) async fn assume(
    config: &SdkConfig,
    with: Credentials,
    role: &Role,
    code: Option<String>,
    patience: Duration,
) -> Result<Credentials, Failure> {
    let asking = config
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(with))
        .identity_cache(IdentityCache::no_cache())
        .build();
    assume_with(&aws_sdk_sts::Client::new(&asking), region(config), role, code, patience).await
}

/// The same, by a client that signs with the credentials which assume it.
pub(super) async fn assume_with(
    sts: &aws_sdk_sts::Client,
    region: &str,
    role: &Role,
    code: Option<String>,
    patience: Duration,
) -> Result<Credentials, Failure> {
    let call = Call { operation: "sts:AssumeRole", region, resource: Some(&role.arn) };
    let asked = sts
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration)
        .set_serial_number(code.as_ref().and(role.mfa_serial.clone()))
        .set_token_code(code)
        .send();
    let (place, answer) = http::located_in(asked);
    let answer = answer.await.map_err(|error| call.failure_at(&error, place.name(), patience))?;
    credentials(call, answer.credentials)
}

/// Why a web identity gives no credentials.
pub(super) enum WebFailure {
    /// The file cannot be read, or holds no token.
    File(String),
    /// STS does not take it.
    Sts(Failure),
}

/// Assumes the role of a web identity. The request needs no signature: the token is who asks.
pub(super) async fn assume_with_token(
    config: &SdkConfig,
    identity: &WebIdentity,
    patience: Duration,
) -> Result<Credentials, WebFailure> {
    let call =
        Call { operation: "sts:AssumeRoleWithWebIdentity", region: region(config), resource: Some(&identity.role_arn) };
    let token = fs::read_to_string(&identity.token_file).map_err(|error| WebFailure::File(error.to_string()))?;
    if token.trim().is_empty() {
        return Err(WebFailure::File("it is empty".to_owned()));
    }
    let asked = aws_sdk_sts::Client::new(config)
        .assume_role_with_web_identity()
        .role_arn(&identity.role_arn)
        .role_session_name(identity.session_name.as_deref().unwrap_or(SESSION_NAME))
        .web_identity_token(token)
        .send();
    let (place, answer) = http::located_in(asked);
    let answer = answer.await.map_err(|error| WebFailure::Sts(call.failure_at(&error, place.name(), patience)))?;
    credentials(call, answer.credentials).map_err(WebFailure::Sts)
}

fn region(config: &SdkConfig) -> &str {
    config.region().map_or("", AsRef::as_ref)
}

fn credentials(call: Call<'_>, answered: Option<Answered>) -> Result<Credentials, Failure> {
    let Some(answered) = answered else { return Err(call.bad_answer("the answer contains no credentials")) };
    let expiry = SystemTime::try_from(*answered.expiration())
        .map_err(|_| call.bad_answer("the credentials' expiration is not a time"))?;
    let (id, secret, token) = (answered.access_key_id, answered.secret_access_key, answered.session_token);
    if [&id, &secret, &token].iter().any(|text| text.is_empty()) {
        return Err(call.bad_answer("the answer contains credentials without a key or a token"));
    }
    Ok(Credentials::new(id, secret, Some(token), Some(expiry), "AssumedRole"))
}
